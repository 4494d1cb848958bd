"""The demonstration: what the councils' documents say is in the record; loading again leaves people's work be."""

from datetime import date
from decimal import Decimal

import pytest
from auditlog.models import LogEntry
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import override_settings
from django.utils import timezone

from pmo_portal.accounts.models import User
from projects.actions.nodes import change_node
from projects.actions.reports import discard_draft
from projects.actions.rows import change_row
from projects.loading import DEMO_PASSWORD, LOADER_EMAIL, demonstration_loader, load_council, load_people, read_fixture
from projects.models import (
    BenefitUpdate,
    BudgetPosition,
    ChangeLine,
    CommitteeReport,
    DimensionRating,
    Grant,
    Narrative,
    Node,
    PlanItemUpdate,
    Report,
    ResourcePosition,
    RiskAssessment,
    StatedFigure,
)
from projects.permissions import may
from projects.rules.access import Permission

# design: the command line
ADDRESSES = {
    "rochford": {"rochford", "homelessness", "ict"},
    "southampton": {"southampton"},
    "nottinghamshire": {
        "nottinghamshire",
        "adult-social-care-health",
        "children-families",
        "place",
        "chief-executives",
        "improving-lives",
    },
    "norwich": {"norwich", "housing-improvement"},
    "somerset": {"somerset", "lgr"},
}


COUNCIL = "rochford"  # that `loaded` puts into the database


@pytest.fixture
def rochford(loaded, db):
    return loaded


def july(slug) -> Report:
    return Report.objects.get(node__slug=slug, period__slug="2019-07")


def rows_of(model, slug, *names):
    return list(model.objects.of(july(slug)).values_list(*names))


def everything():
    """How many rows each table has, the audit trail's among them."""
    return {model._meta.label: model._base_manager.count() for model in apps.get_models()}


def test_the_command_loads_every_council_and_its_second_run_writes_nothing(db, demonstration, capsys):
    said = demonstration.whole()
    for slug, nodes in ADDRESSES.items():
        assert nodes <= set(Node.objects.filter(organisation__slug=slug).values_list("slug", flat=True)), slug
    first = everything()
    call_command("load_demo")
    assert everything() == first
    people = [words.count(DEMO_PASSWORD) for words in (said, capsys.readouterr().out)]
    assert people == [9, 9]  # one for each role, and one who clears reports to committees
    waiting = CommitteeReport.objects.get(organisation__slug="rochford", state="draft")
    asked = waiting.clearances.select_related("post__holder")
    assert [each.post.holder and each.post.holder.email for each in asked] == ["finance@example.org", None]


def test_production_is_refused(db):
    before = everything()
    with override_settings(IS_PRODUCTION=True), pytest.raises(CommandError, match="production"):
        call_command("load_demo")
    assert everything() == before


def test_homelessness_as_printed(rochford):
    report = july("homelessness")
    assert (report.reference, report.tier.code, report.team_size, report.score) == ("5", "gold", 9, 3)
    assert (report.score_label, report.appendix_label, report.marking) == (
        "Project Score (10)",
        "Appendix 1",
        "PUBLIC DOCUMENT",
    )
    assert (report.start_on, report.finish_on) == (date(2018, 4, 1), date(2020, 3, 31))
    assert report.lead_words == "Assistant Director - People & Communities"
    assert report.reports_to_words == "Executive"
    assert rows_of(PlanItemUpdate, "homelessness", "ref", "finish_words", "status__label", "interdependencies") == [
        ("1", "Mar-20 ongoing", "GREEN", "Milestone 1"),
        ("2", "Mar-20 ongoing", "AMBER", "Milestone 2,5"),
        ("3", "Mar-20 ongoing", "GREEN", "Milestone 2,3,5,6"),
    ]
    bands = ["Medium", "High", "Medium", "Low", "High", "Medium"]
    assert rows_of(RiskAssessment, "homelessness", "residual_band__label") == [(band,) for band in bands]
    assert (
        rows_of(BenefitUpdate, "homelessness", "status__label", "review_words")
        == [("Under Review", "monthly monitoring")] * 3
    )
    assert rows_of(BudgetPosition, "homelessness", "planned", "forecast", "actual") == [
        (Decimal(601400), Decimal(594058), None)
    ]
    assert ResourcePosition.objects.of(report).count() == 9
    assert ResourcePosition.objects.of(report).get(ends_words="2018-21").ends_on == date(2021, 3, 31)


def test_ict_as_printed(rochford):
    report = july("ict")
    assert (report.reference, report.score_label, report.score, report.team_size) == ("2", "Project Score (3)", 2, 3)
    assert rows_of(BudgetPosition, "ict", "planned", "actual", "committed", "emergency", "forecast") == [
        (Decimal(642848), Decimal(494982), Decimal(102888), Decimal(0), None)
    ]
    # one printed column over two facts: what is complete has an actual end, the rest a target
    ends = ["Mar-18", "Feb-18", "Jun-18", "Jun-18", "Dec-18", "Mar-19", "Nov-18", "Jul-19"]
    rows = rows_of(PlanItemUpdate, "ict", "actual_words", "finish_words", "status__label")
    assert [actual or finish for actual, finish, _ in rows] == ends
    assert [(bool(actual), label) for actual, _, label in rows].count((True, "Complete")) == 6
    assert [ref for ref, on_path in rows_of(PlanItemUpdate, "ict", "ref", "is_critical_path") if on_path] == [
        "1",
        "3",
        "8",
    ]
    assert StatedFigure.objects.of(report).get(key="budget.remaining").words == "£44,979"
    commentary = Narrative.objects.of(report).get(section="commentary").text
    assert all(figure in commentary for figure in ("£642,848", "£620,271", "3%", "109", "£7,581"))


def test_the_change_record_keeps_who_was_aware_when_and_the_blanks(rochford):
    lines = list(ChangeLine.objects.of(july("homelessness")))
    assert len(lines) == 11
    assert [entry["heading"] for entry in lines[0].awareness] == ["Date LT Aware", "Date IB / Exec Aware"]
    assert [entry["words"] for entry in lines[2].awareness] == [
        "17.7.18 via Full Council. Standing item LT project meets.",
        "17.7.18",
    ]
    assert [line.awareness[1]["words"] for line in lines].count("") == 9
    reviewed = lines[4].change_request
    assert sorted(touch.risk.ref for touch in reviewed.touches.all()) == ["1", "2", "4", "6"]
    ict = list(ChangeLine.objects.of(july("ict")))
    assert [line.awareness[1]["words"] for line in ict] == ["Jul-18", "Jul-18", "Nov-18", "Nov-18", "Apr-19"]
    assert not ict[0].change_request.touches.exists()


def test_the_cover_report_has_its_eleven_sections_and_pins_its_appendices(rochford):
    cover = CommitteeReport.objects.get(organisation=rochford, slug="executive-2019-07-10")
    sections = list(cover.sections.all())
    assert len(sections) == 11
    paragraphs = [block for block in sections[2].text.split("\n\n") if not block.startswith("# ")]
    assert len(paragraphs) == 6  # 3.1 to 3.6
    assert [section.heading for section in sections if section.text == "None."] == [
        "CRIME AND DISORDER IMPLICATIONS",
        "ENVIRONMENTAL IMPLICATIONS",
        "PARISH IMPLICATIONS",
    ]
    assert [appendix.source for appendix in cover.appendices.all()] == [july("homelessness"), july("ict")]
    assert (cover.state, timezone.localtime(cover.meeting.starts_at).date()) == ("published", date(2019, 7, 10))


def test_silver_and_bronze_are_samples(rochford):
    samples = Node.objects.filter(organisation=rochford, is_sample=True)
    assert {node.tier.code for node in samples} == {"silver", "bronze"}
    assert all("(sample)" in node.title for node in samples)
    for node in samples:
        series = node.headline_series
        assert (series.published.period.slug, series.published_before.period.slug) == ("2019-07", "2019-06")
        assert not BudgetPosition.objects.filter(report__node=node).exists()


def test_loading_again_keeps_what_people_made_of_it(rochford):
    by = demonstration_loader()
    here = [{"role": "officer", "nodes": ["rochford/homelessness"]}]  # the officer works for other councils too
    officer_only = [
        {**person, "roles": here} for person in read_fixture("people") if person["post"] == "Project Officer"
    ]
    load_people(officer_only, by=by)
    draft = Report.objects.get(node__slug="homelessness", period__slug="2019-08")
    change_row(PlanItemUpdate.objects.of(draft).first(), {"comment": "Moved by an officer"}, by=by)
    change_node(Node.objects.get(slug="ict"), {"title": "ICT migration"}, by=by)
    officer = User.objects.get(email="officer@example.org")
    officer.set_password("an-officers-own-choice")
    officer.save()
    before = everything()
    load_council(read_fixture("rochford"), by=by)
    load_people(officer_only, by=by)
    assert everything() == before
    assert PlanItemUpdate.objects.of(draft).first().comment == "Moved by an officer"
    assert Node.objects.get(slug="ict").title == "ICT migration"
    officer.refresh_from_db()
    assert officer.check_password("an-officers-own-choice")


def test_a_discarded_draft_is_not_brought_back(rochford):
    by = demonstration_loader()
    discard_draft(Report.objects.get(period__slug="2019-08"), by=by)
    load_council(read_fixture("rochford"), by=by)
    assert not Report.objects.filter(period__slug="2019-08").exists()


def test_each_role_can_do_its_part_and_the_loader_cannot_sign_in(db, client, demonstration):
    demonstration.whole()
    homelessness = Node.objects.get(slug="homelessness")
    lgr = Node.objects.get(slug="lgr")
    parts = {
        "officer": Permission.SUBMIT,
        "sponsor": Permission.SIGN_OFF,
        "pmo": Permission.PUBLISH,
        "director": Permission.EXPORT,
        "administrator": Permission.MANAGE_PEOPLE,
        "member": Permission.VIEW_EXEMPT,
        "reader": Permission.VIEW_PUBLISHED,
    }
    for role, permission in parts.items():
        user = User.objects.get(email=f"{role}@example.org")
        assert may(user, permission, homelessness), role
        assert user.check_password(DEMO_PASSWORD)
        assert not user.must_change_password
    assert not may(User.objects.get(email="reader@example.org"), Permission.VIEW_RECORD, homelessness)
    assert not may(User.objects.get(email="officer@example.org"), Permission.VIEW_PUBLISHED, lgr)
    assert may(User.objects.get(email="director@example.org"), Permission.VIEW_RECORD, lgr)
    assert not User.objects.get(email=LOADER_EMAIL).is_active
    assert not Grant.objects.filter(user__email=LOADER_EMAIL).exists()


def test_what_is_loaded_is_in_the_audit_trail(rochford):
    rating = DimensionRating.objects.of(july("homelessness")).get(dimension__key="direction")  # On Track in June
    entry = LogEntry.objects.get_for_object(rating).first()
    assert entry.actor.email == LOADER_EMAIL
    assert entry.additional_data["organisation"] == rochford.pk


def test_no_council_is_named_in_code():
    """Configuration, not code paths: the councils stand in fixtures and tests only."""
    names = [name.encode() for name in read_fixture("demonstration")["councils"]]
    named = [
        str(path.relative_to(settings.BASE_DIR))
        for folder in ("pmo_portal", "projects", "reporting", "templates", "static")
        for path in sorted((settings.BASE_DIR / folder).rglob("*"))
        if path.is_file() and path.suffix != ".pyc" and any(name in path.read_bytes().lower() for name in names)
    ]
    assert named == []
