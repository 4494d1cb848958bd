"""Registers: approved and draft side by side, edits through the draft, and who may see what."""

import csv
import json
from datetime import date

import pytest
from django.urls import reverse

from projects.actions.change_control import raise_change, set_first_baseline
from projects.actions.reports import open_draft
from projects.actions.rows import add_row, change_row, remove_row
from projects.models import (
    BenefitUpdate,
    IndicatorUpdate,
    IssueUpdate,
    PlanItem,
    PlanItemBaseline,
    PlanItemUpdate,
    RecommendationUpdate,
    Report,
    Risk,
    RiskAssessment,
)
from projects.permissions import top_node
from projects.rules.dates import parse_written_date
from projects.tables import REGISTERS, safe_cell
from tests import factories
from tests.beginnings import handed_out


def review(words):
    return RiskAssessment.review.values(parse_written_date(words))


@pytest.fixture(scope="module")
def beginning(founded):
    """July's report, approved, with a high risk whose review is overdue and a medium one without a date."""
    project = factories.project(founded)
    report = factories.draft(project)
    high, medium = (factories.status(founded, "risk_band", label) for label in ("High", "Medium"))
    factories.risk(report, "Roof leaks", ref="1", residual_band=high, **review("30 June 2019"))
    factories.risk(report, "Staff leave", ref="2", residual_band=medium, **review("monthly ongoing"))
    factories.milestone(report, "Doors open", finish="Mar-20 ongoing", ref="1")
    return {"project": project, "july": factories.approved(project, report=report)}


(july,) = handed_out("july")


@pytest.fixture
def august(july, organisation):
    """The period after July, which has begun on the council's day."""
    return factories.next_period(july.period)


def address(node, kind="risks", **query):
    return reverse("register", args=[node.organisation.slug, node.slug, kind], query=query or None)


def item_address(project, row, name="register-item", kind="risks"):
    identity = getattr(row, f"{row.identity_field}_id")
    return reverse(name, args=[project.organisation.slug, project.slug, kind, identity])


def form_of(page):
    return page.context["form"]


def posted(form, **answers):
    """What a browser sends of a form with these answers changed; None unticks or empties a box."""
    sent = {form.version_name: form.row.version or 1, form.typed_name: form.typed_json}
    for name in form.fields:
        words = form.text_of(form.row, name)
        if words:
            sent[form.add_prefix(name)] = words
    for name, words in answers.items():
        sent[form.add_prefix(name)] = words
    return sent


def titles(page):
    return [line.row.title for line in page.context["lines"]]


# ---- the register ----


def test_a_risk_tells_its_band_its_review_and_how_late_it_is(client, director, project, july):
    client.force_login(director)
    words = client.get(address(project)).content.decode()
    assert "Roof leaks" in words
    assert "30 June 2019" in words
    assert "Overdue by 37 days" in words  # the council's day is 6 August 2019
    assert words.count("Overdue by") == 1


@pytest.mark.parametrize("kind", REGISTERS)
def test_every_register_opens_empty_and_with_rows(client, officer, project, kind, organisation):
    client.force_login(officer)
    assert "Nothing here yet" in client.get(address(project, kind)).content.decode()
    report = factories.draft(project)
    factories.risk(report)
    factories.milestone(report)
    factories.benefit(report)
    add_row(report, IssueUpdate, by=officer, identity={}, title="Pipe burst", closed_on=date(2019, 7, 1))
    add_row(report, IndicatorUpdate, by=officer, identity={}, title="Calls answered")
    add_row(report, RecommendationUpdate, by=officer, identity={"source": "Inspection"}, title="Ask tenants")
    factories.approved(project, report=report)
    page = client.get(address(project, kind))
    assert len(page.context["lines"]) == 1
    row = page.context["lines"][0].row
    assert client.get(item_address(project, row, kind=kind)).status_code == 200
    assert client.get(item_address(project, row, "register-item-edit", kind)).status_code == 200
    assert client.get(item_address(project, row, "register-item-about", kind)).status_code == 200
    assert client.get(item_address(project, row, "register-item-remove", kind)).status_code == 200
    assert client.get(reverse("register-add", args=[organisation.slug, project.slug, kind])).status_code == 200


def test_the_draft_stands_beside_the_approved_rows(client, director, project, july, august, organisation, pmo):
    draft = open_draft(project.headline_series, august, by=pmo)
    leaks, leave = RiskAssessment.objects.of(draft).order_by("ref")
    change_row(leaks, {"residual_band": factories.status(organisation, "risk_band", "Medium")}, by=pmo)
    remove_row(leave, by=pmo, reason="Nobody left")
    factories.risk(draft, "Flood", ref="3")
    client.force_login(director)
    page = client.get(address(project))
    told = {line.row.title: line for line in page.context["lines"]}
    assert [(each.label, each.before, each.after) for each in told["Roof leaks"].told] == [
        ("Residual band", "High", "Medium")
    ]
    assert told["Roof leaks"].row.residual_band.label == "High"
    assert told["Staff leave"].is_removed
    assert "Nobody left" in page.content.decode()
    assert told["Flood"].is_new


def test_readers_see_what_is_published_and_no_draft(client, reader, project, july, august, pmo):
    client.force_login(reader)
    assert titles(client.get(address(project))) == []
    factories.publish(project)
    draft = open_draft(project.headline_series, august, by=pmo)
    change_row(RiskAssessment.objects.of(draft).get(ref="1"), {"title": "Roof gone"}, by=pmo)
    factories.risk(draft, "Flood")
    page = client.get(address(project))
    assert titles(page) == ["Roof leaks", "Staff leave"]
    assert "Roof gone" not in page.content.decode()
    assert "In the draft" not in page.content.decode()


def test_readers_keep_the_published_rows_when_a_later_report_is_only_approved(client, reader, project, july, august):
    factories.publish(project)
    draft = factories.draft(project, august)
    change_row(RiskAssessment.objects.of(draft).get(ref="1"), {"title": "Roof gone"}, by=factories.system_user())
    factories.approved(project, report=draft)
    client.force_login(reader)
    assert titles(client.get(address(project))) == ["Roof leaks", "Staff leave"]


def test_exempt_rows_and_withheld_fields_stay_from_readers(client, reader, member, project, organisation):
    report = factories.draft(project)
    secret = factories.risk(report, "Claim against us", is_exempt=True)
    factories.risk(
        report, "Roof leaks", action_owner_words="Head of Estates", marks={"action_owner_words": {"kind": "exempt"}}
    )
    named = factories.risk(
        report, "Bidder is insolvent", residual_band=factories.status(organisation, "risk_band", "High"),
        marks={"title": {"kind": "exempt"}, "residual_band": {"kind": "withheld"}},
    )  # fmt: skip
    factories.published(project, report=report)
    client.force_login(reader)
    words = client.get(address(project)).content.decode()
    assert "Claim against us" not in words
    assert "Head of Estates" not in words
    assert "Not for publication" in words
    assert client.get(item_address(project, secret)).status_code == 404
    page = client.get(item_address(project, named))
    assert (page.status_code, page.context["name"]) == (200, "Risk, not for publication")
    assert "insolvent" not in page.content.decode() + words
    assert titles(client.get(f"{address(project)}?status=H")) == []
    shown = RiskAssessment.objects.get(title="Roof leaks")
    assert "Head of Estates" not in client.get(item_address(project, shown)).content.decode()
    client.force_login(member)
    assert titles(client.get(f"{address(project)}?status=H")) == ["Bidder is insolvent"]
    assert client.get(item_address(project, named)).context["name"] == "Bidder is insolvent"
    words = client.get(address(project)).content.decode()
    assert "Claim against us" in words
    assert "Head of Estates" in words


def test_strangers_find_nothing(client, stranger, project, july):
    client.force_login(stranger)
    row = RiskAssessment.objects.first()
    for name in ("register-item", "register-item-edit", "register-item-about", "register-item-remove"):
        assert client.get(item_address(project, row, name)).status_code == 404
    assert client.get(address(project)).status_code == 404


def test_a_director_reads_and_does_not_edit(client, director, project, july):
    client.force_login(director)
    row = RiskAssessment.objects.first()
    page = client.get(item_address(project, row))
    assert page.status_code == 200
    assert "register-item-edit" not in page.content.decode()
    assert "/edit/" not in page.content.decode()
    for name in ("register-item-edit", "register-item-about", "register-item-remove"):
        assert client.get(item_address(project, row, name)).status_code == 403
    assert client.post(item_address(project, row, "register-item-restore")).status_code == 403
    add = reverse("register-add", args=[project.organisation.slug, project.slug, "risks"])
    assert client.post(add, {"row-title": "Sneaked in"}).status_code == 403
    assert not Risk.objects.filter(title="Sneaked in").exists()


def test_an_unknown_register_is_not_found(client, director, project):
    client.force_login(director)
    assert client.get(address(project, "wishes")).status_code == 404


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"q": "leaks"}, ["Roof leaks"]),
        ({"q": "2"}, ["Staff leave"]),
        ({"status": "H"}, ["Roof leaks"]),
        ({"status": "L"}, []),
        ({"status": "none"}, []),
        ({"overdue": "on"}, ["Roof leaks"]),
        ({"sort": "-title"}, ["Staff leave", "Roof leaks"]),
        ({"sort": "residual_band"}, ["Staff leave", "Roof leaks"]),
        ({"sort": "report__organisation__clock_on"}, ["Roof leaks", "Staff leave"]),
    ],
)
def test_the_address_filters_and_sorts(client, director, project, july, asked, expected):
    client.force_login(director)
    assert titles(client.get(address(project, **asked))) == expected


def test_a_filter_finds_what_only_the_draft_says(client, director, project, july, august, organisation, pmo):
    draft = open_draft(project.headline_series, august, by=pmo)
    low = factories.status(organisation, "risk_band", "Low")
    change_row(RiskAssessment.objects.of(draft).get(ref="2"), {"residual_band": low}, by=pmo)
    client.force_login(director)
    assert titles(client.get(address(project, status="L"))) == ["Staff leave"]


def test_an_overdue_milestone_that_is_done_is_not_chased(client, director, project, organisation):
    report = factories.draft(project)
    factories.milestone(report, "Late", finish="June 2019")
    done = factories.status(organisation, "milestone", "Complete")
    factories.milestone(report, "Done", finish="June 2019", status=done)
    actual = PlanItemUpdate.actual.values(parse_written_date("30/06/2019"))
    factories.milestone(report, "Reached", finish="June 2019", **actual)
    factories.approved(project, report=report)
    client.force_login(director)
    assert titles(client.get(address(project, "milestones", overdue="on"))) == ["Late"]


def test_a_council_lists_the_risks_of_all_its_projects(client, director, organisation, project, july):
    second = factories.project(organisation, slug="pool", title="New pool")
    report = factories.draft(second)
    factories.risk(report, "Water")
    factories.approved(second, report=report)
    client.force_login(director)
    page = client.get(address(top_node(organisation)))
    assert titles(page) == ["Roof leaks", "Staff leave", "Water"]
    assert "New pool" in page.content.decode()
    assert titles(client.get(address(top_node(organisation), project="pool"))) == ["Water"]


def test_a_register_costs_the_same_however_long(client, director, organisation, project, count_queries):
    report = factories.draft(project)
    factories.risk(report, "Risk 1")
    factories.risk(report, "Risk 2")
    client.force_login(director)
    client.get(address(top_node(organisation)))
    with count_queries() as few:
        assert len(titles(client.get(address(top_node(organisation))))) == 2
    for number in range(20):
        factories.risk(report, f"Another {number}")
    with count_queries() as many:
        assert len(titles(client.get(address(top_node(organisation))))) == 22
    assert len(many) == len(few)


def test_the_download_has_the_draft_and_no_formula(client, director, reader, project):
    report = factories.draft(project)
    factories.risk(report, '=HYPERLINK("http://x")', ref="1")
    factories.published(project, report=report)
    client.force_login(director)
    answer = client.get(address(project, format="csv"))
    assert answer["Content-Disposition"] == 'attachment; filename="risks-library.csv"'
    rows = list(csv.reader(b"".join(answer.streaming_content).decode().splitlines()))
    assert rows[0][:3] == ["Project", "Ref", "Risk"]
    assert rows[0][-1] == "In the draft"
    assert rows[1][2] == '\'=HYPERLINK("http://x")'
    client.force_login(reader)
    assert client.get(address(project, format="csv")).status_code == 403


@pytest.mark.parametrize("words", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_no_cell_begins_as_a_formula(words):
    assert safe_cell(words) == f"'{words}"
    assert safe_cell(f"a{words}") == f"a{words}"


# ---- one thing ----


def test_a_thing_shows_its_history_its_baseline_and_its_changes(client, director, project, july, august, pmo):
    item = PlanItem.objects.get()
    baseline = PlanItemBaseline(organisation=project.organisation, plan_item=item)
    baseline.finish = parse_written_date("Mar-19")
    set_first_baseline(baseline, by=pmo)
    raise_change(
        project, by=pmo, item_words="Milestone change: Doors open", description="Later", touches=[{"plan_item": item}]
    )
    draft = open_draft(project.headline_series, august, by=pmo)
    row = PlanItemUpdate.objects.of(draft).get()
    change_row(row, PlanItemUpdate.finish.values(parse_written_date("Apr-20")), by=pmo)
    client.force_login(director)
    page = client.get(item_address(project, row, kind="milestones"))
    words = page.content.decode()
    assert "Milestone change: Doors open" in words
    assert "Mar-19" in words
    newest, oldest = page.context["history"]
    assert [(each.before, each.after) for each in newest["changes"]] == [("Mar-20 ongoing", "Apr-20")]
    assert oldest["changes"] == []


def test_readers_see_no_draft_in_the_history(client, reader, project, july, august, pmo):
    factories.publish(project)
    open_draft(project.headline_series, august, by=pmo)
    client.force_login(reader)
    page = client.get(item_address(project, RiskAssessment.objects.of(july).first()))
    assert [said["report"].pk for said in page.context["history"]] == [july.pk]


# ---- edits ----


def test_an_edit_opens_the_draft_and_leaves_the_approved_report_alone(client, officer, project, july, august):
    approved = RiskAssessment.objects.of(july).get(ref="1")
    where = item_address(project, approved, "register-item-edit")
    client.force_login(officer)
    page = client.get(where)
    assert "Saving opens the draft of the August 2019 report" in page.content.decode()
    answer = client.post(where, posted(form_of(page), controls="Buckets"))
    assert answer.url == item_address(project, approved)
    draft = Report.objects.unfinished().get(node=project)
    assert draft.period == august
    assert RiskAssessment.objects.of(draft).get(ref="1").controls == "Buckets"
    approved.refresh_from_db()
    assert approved.controls == ""


def test_nothing_changed_opens_no_draft(client, officer, project, july, august):
    approved = RiskAssessment.objects.of(july).get(ref="1")
    where = item_address(project, approved, "register-item-edit")
    client.force_login(officer)
    client.post(where, posted(form_of(client.get(where))))
    assert not Report.objects.unfinished().filter(node=project).exists()


def test_an_edit_with_an_error_opens_no_draft_and_loses_nothing(client, officer, project, july, august):
    approved = RiskAssessment.objects.of(july).get(ref="1")
    where = item_address(project, approved, "register-item-edit")
    client.force_login(officer)
    answer = client.post(where, posted(form_of(client.get(where)), title="", controls="Buckets of sand"))
    words = answer.content.decode()
    assert "There is a problem" in words
    assert "Buckets of sand" in words
    assert not Report.objects.unfinished().filter(node=project).exists()


def test_after_approval_within_the_period_an_edit_goes_into_the_next(client, officer, organisation):
    project = factories.project(organisation, slug="bridge")
    organisation.clock_on = date(2019, 7, 15)
    organisation.save()
    july = factories.period(organisation)
    august = factories.next_period(july)
    report = factories.draft(project, july)
    row = factories.risk(report, "Rust", ref="1")
    factories.approved(project, report=report)
    where = item_address(project, row, "register-item-edit")
    client.force_login(officer)
    client.post(where, posted(form_of(client.get(where)), controls="Paint"))
    assert Report.objects.unfinished().get(node=project).period == august


def test_a_submitted_report_is_not_edited_through_the_register(client, officer, project, july, august, pmo):
    draft = factories.draft(project, august)
    row = RiskAssessment.objects.of(draft).get(ref="1")
    where = item_address(project, row, "register-item-edit")
    client.force_login(officer)
    form = form_of(client.get(where))
    factories.submit_report(draft, by=pmo)
    page = client.get(item_address(project, row))
    assert "is submitted, so this cannot be edited now" in page.content.decode()
    client.post(where, posted(form, controls="Buckets"))
    row.refresh_from_db()
    assert row.controls == ""


def test_the_band_follows_from_likelihood_and_impact(client, officer, project, july, august):
    row = RiskAssessment.objects.of(july).get(ref="2")
    where = item_address(project, row, "register-item-edit")
    client.force_login(officer)
    client.post(where, posted(form_of(client.get(where)), residual_likelihood="5", residual_impact="5"))
    drafted = RiskAssessment.objects.get(report__node=project, report__state="draft", ref="2")
    assert drafted.residual_band.label == "Very high"
    assert drafted.residual_likelihood == 5
    page = client.get(where)
    assert "5 x 5 = 25; Very high is 17 to 25" in page.content.decode()
    low = factories.status(project.organisation, "risk_band", "Low")
    answer = client.post(where, posted(form_of(page), residual_band=str(low.pk)))
    assert "The band follows from the score" in answer.content.decode()


def test_half_a_score_is_refused(client, officer, project, july, august):
    row = RiskAssessment.objects.of(july).get(ref="2")
    where = item_address(project, row, "register-item-edit")
    client.force_login(officer)
    answer = client.post(where, posted(form_of(client.get(where)), target_likelihood="3"))
    assert form_of(answer).errors["target_impact"]


def test_two_people_who_change_one_answer_choose_between_both(client, officer, pmo, project, july, august):
    draft = factories.draft(project, august)
    row = RiskAssessment.objects.of(draft).get(ref="1")
    where = item_address(project, row, "register-item-edit")
    client.force_login(officer)
    form = form_of(client.get(where))
    change_row(row, {"controls": "Theirs", "comment": "Only theirs"}, by=pmo)
    answer = client.post(where, posted(form, controls="Mine", further_actions="Only mine"))
    assert answer.status_code == 409
    words = answer.content.decode()
    assert "Theirs" in words
    assert "Mine" in words
    row.refresh_from_db()
    assert (row.controls, row.further_actions, row.comment) == ("Theirs", "Only mine", "Only theirs")
    conflict = answer.context["conflict"]
    client.post(conflict["action"], {**dict(conflict["carried"]), "keep_row-controls": "theirs"})
    row.refresh_from_db()
    assert row.controls == "Theirs"
    client.post(conflict["action"], {**dict(conflict["carried"]), "keep_row-controls": "yours"})
    row.refresh_from_db()
    assert (row.controls, row.comment) == ("Mine", "Only theirs")


def test_a_new_risk_goes_into_the_draft_with_the_next_number(client, officer, project, july, august):
    where = reverse("register-add", args=[project.organisation.slug, project.slug, "risks"])
    client.force_login(officer)
    page = client.get(where)
    answers = {
        **posted(page.context["row_form"], title="Flood", review="Autumn 2019"),
        **posted(page.context["about_form"], category="Weather", raised_on="1 August 2019"),
    }
    answer = client.post(where, answers)
    risk = Risk.objects.get(title="Flood")
    assert answer.url.endswith(f"/{risk.pk}/")
    assert (risk.category, risk.raised_on) == ("Weather", date(2019, 8, 1))
    row = risk.assessments.get()
    assert (row.ref, row.review_words, row.report.period) == ("3", "Autumn 2019", august)


def test_a_date_that_is_no_day_is_refused_beside_its_box(client, officer, project, july, august):
    where = reverse("register-add", args=[project.organisation.slug, project.slug, "issues"])
    client.force_login(officer)
    page = client.get(where)
    answer = client.post(where, posted(page.context["row_form"], title="Pipe burst", closed_on="soon"))
    assert "Give one day, such as 10 July 2019." in answer.content.decode()


def test_what_is_taken_out_can_be_put_back(client, officer, project, july, august):
    approved = RiskAssessment.objects.of(july).get(ref="1")
    client.force_login(officer)
    where = item_address(project, approved, "register-item-remove")
    assert "Say why." in client.post(where, {"reason": ""}).content.decode()
    client.post(where, {"reason": "Roof mended"})
    drafted = RiskAssessment.objects.get(risk=approved.risk, report__state="draft")
    assert (drafted.is_removed, drafted.removed_reason) == (True, "Roof mended")
    assert "Roof mended" in client.get(item_address(project, approved)).content.decode()
    client.post(item_address(project, approved, "register-item-restore"))
    drafted.refresh_from_db()
    assert (drafted.is_removed, drafted.removed_reason) == (False, "")


def test_what_a_thing_is_for_good_is_saved_at_once(client, officer, project, july):
    row = RiskAssessment.objects.of(july).get(ref="1")
    where = item_address(project, row, "register-item-about")
    client.force_login(officer)
    form = form_of(client.get(where))
    client.post(where, posted(form, category="Buildings"))
    row.risk.refresh_from_db()
    assert row.risk.category == "Buildings"
    answer = client.post(where, posted(form, category="Estates"))
    assert answer.status_code == 409
    assert json.loads(dict(answer.context["conflict"]["carried"])[form.typed_name])["category"] == "Buildings"


def test_a_benefit_keeps_its_money(client, officer, project):
    report = factories.draft(project)
    factories.next_period(report.period)
    row = factories.benefit(report, "More visitors")
    factories.approved(project, report=report)
    where = item_address(project, row, "register-item-edit", "benefits")
    client.force_login(officer)
    client.post(where, posted(form_of(client.get(where)), brought_forward="£1,234"))
    assert BenefitUpdate.objects.get(report__state="draft").brought_forward == 1234


def test_a_milestone_tells_what_it_waits_for_and_what_needs_it(client, director, reader, project):
    report = factories.draft(project)
    site = factories.milestone(report, "Site bought", ref="1")
    walls = factories.milestone(report, "Walls built", ref="2", interdependencies="Milestone 1, 9")
    factories.published(project, report=report)
    client.force_login(director)
    page = client.get(item_address(project, walls, kind="milestones"))
    assert page.context["waits_for"] == [
        ("1 Site bought", item_address(project, site, kind="milestones")),
        ("9 (not among the milestones)", ""),
    ]
    page = client.get(item_address(project, site, kind="milestones"))
    assert page.context["needed_by"] == [("2 Walls built", item_address(project, walls, kind="milestones"))]
    assert "Needed by" in page.content.decode()
    client.force_login(reader)
    assert client.get(item_address(project, walls, kind="milestones")).context["waits_for"] == []


def test_a_node_has_the_same_pages_wherever_one_stands(client, reader, director, project, july):
    factories.publish(project)
    registers = ["Milestones", "Risks", "Issues", "Benefits", "Indicators", "Recommendations"]
    public = ["Dashboard", "History", "Trends", "What changed", *registers]
    for user, labels in ((reader, public), (director, [*public, "Change control", "Assurance"])):
        client.force_login(user)
        dashboard = client.get(reverse("node", args=[project.organisation.slug, project.slug])).context["tabs"]
        risks = client.get(address(project)).context["tabs"]
        assert [tab["label"] for tab in dashboard] == [tab["label"] for tab in risks] == labels
        assert [tab["label"] for tab in dashboard if tab["current"]] == ["Dashboard"]
        assert [tab["label"] for tab in risks if tab["current"]] == ["Risks"]
