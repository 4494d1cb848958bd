"""A committee's report assembled from projects' reports: edited above without touching what is below, and flagged."""

from datetime import UTC, date, datetime

import pytest

from projects.actions.assembly import (
    newer_sources,
    not_told,
    overtaken_sections,
    reports_to_tell,
    sections_from,
    take_anew,
    take_in,
)
from projects.actions.committees import (
    CommitteeReportIsPublished,
    add_meeting,
    change_section,
    create_committee_report,
    publish_committee_report,
)
from projects.actions.reports import correct_report
from projects.actions.rows import add_row, change_row
from projects.models import DataTable, Indicator, IndicatorUpdate, IndicatorValue, Narrative, Node
from projects.permissions import top_node
from tests import factories

pytestmark = pytest.mark.django_db
TABLE = {"columns": ["", "Before", "After"], "rows": [["Posts", "204.63", "177.12"]]}


def told(node, words, **more):
    """July's approved report of a node that says `words`, exempt or withheld as `more` has it."""
    report = factories.draft(node)
    change_row(Narrative.objects.of(report).get(section="commentary"), {"text": words, **more}, by=by())
    return report


def by():
    return factories.system_user()


def approve(node, words, **more):
    return factories.approved(node, report=told(node, words, **more))


@pytest.fixture
def programme(organisation):
    return factories.project(organisation, "digital", "Digital", kind="programme")


@pytest.fixture
def below(organisation, programme):
    return factories.project(organisation, "case-system", "Case system", parent=programme)


@pytest.fixture
def meeting(organisation):
    return add_meeting(factories.board(organisation), datetime(2019, 8, 20, 18, tzinfo=UTC), by=by())


def assembled(organisation, meeting):
    sections = [
        {"key": "detail", "heading": "Detail"},
        *sections_from(reports_to_tell(top_node(organisation), meeting)),
        {"key": "plain", "heading": "Key decision", "text": "No"},
    ]
    return create_committee_report(
        node=top_node(organisation),
        meeting=meeting,
        slug="update",
        document="narrative-update",
        numbering="through",
        heading="Report",
        subject="Key projects",
        report_of="Leader",
        sections=sections,
        by=by(),
    )


def test_a_programme_brings_its_heading_and_its_projects_bullets(organisation, programme, below, meeting):
    approve(programme, "Seven journeys are live.\n\nIts projects:")
    approve(below, "A new system\nis bought.")
    digital, system = sections_from(reports_to_tell(top_node(organisation), meeting))
    assert (digital["heading"], digital["text"]) == ("Digital", "Seven journeys are live.\n\nIts projects:")
    assert (system["heading"], system["text"]) == ("", "- A new system is bought.")
    assert digital["is_within"]
    assert system["source"].node == below


def test_tables_and_measures_come_along(organisation, programme, meeting):
    report = told(programme, "As follows.\n\n[table 1]")
    add_row(report, DataTable, by=by(), title="Posts", section="data-tables", **TABLE)
    indicator = Indicator(node=programme, title="Agency rate", unit="percent", comparator="national average")
    indicator.organisation = organisation
    indicator.save()
    row = add_row(report, IndicatorUpdate, by=by(), identity=indicator, title="Agency rate")
    IndicatorValue.objects.create(
        organisation=organisation, report=report, update_row=row, measured="Q3", actual=17, actual_words="17%",
        comparator=15,
    )  # fmt: skip
    factories.approved(programme, report=report)
    tables = sections_from(reports_to_tell(top_node(organisation), meeting))[0]["tables"]
    assert tables == [
        {"caption": "Posts", **TABLE},
        {
            "caption": "Measures",
            "columns": ["Measure", "Period", "Figure", "Compared with"],
            "rows": [["Agency rate", "Q3", "17%", "15% (national average): 2% above"]],
        },
    ]


def test_what_is_withheld_stays_behind_and_what_is_exempt_stays_exempt(organisation, programme, below, meeting):
    approve(programme, "Said to nobody.", marks={"text": {"kind": "withheld"}})
    approve(below, "For members only.", is_exempt=True, exempt_paragraph="3")
    (only,) = sections_from(reports_to_tell(top_node(organisation), meeting))
    assert (only["heading"], only["is_exempt"], only["exempt_paragraph"]) == ("Case system", True, "3")


def test_reports_after_the_meeting_are_not_told(organisation, programme, meeting):
    factories.approved(programme, factories.period(organisation, date(2019, 8, 31)))
    assert reports_to_tell(top_node(organisation), meeting) == []


def test_editing_above_changes_nothing_below(organisation, programme, meeting):
    report = approve(programme, "As reported.")
    cover = assembled(organisation, meeting)
    section = cover.sections.get(source=report)
    assert not section.is_edited
    change_section(section, {"text": "As the clerk has it."}, by=by())
    section.refresh_from_db()
    assert section.is_edited
    assert Narrative.objects.of(report).get(section="commentary").text == "As reported."


def correct(report, words):
    correction = correct_report(report, by=by(), reason="The supplier wrote again")
    change_row(Narrative.objects.of(correction).get(section="commentary"), {"text": words}, by=by())
    return factories.approved(report.node, report=correction)


def test_a_later_correction_below_is_flagged_and_taken_only_when_asked(organisation, programme, meeting):
    report = approve(programme, "Due in spring.")
    cover = assembled(organisation, meeting)
    section = cover.sections.get(source=report)
    change_section(section, {"text": "Due in spring, we hear."}, by=by())
    assert newer_sources(cover) == {}
    correction = correct(report, "Due in summer.")
    assert newer_sources(cover) == {section.pk: correction}
    assert [each.pk for each in overtaken_sections(Node.objects.all())] == [section.pk]
    section.refresh_from_db()
    assert section.text == "Due in spring, we hear."
    section = take_anew(section, by=by())
    assert (section.text, section.source, section.is_edited) == ("Due in summer.", correction, False)
    assert newer_sources(cover) == {}
    assert not overtaken_sections(Node.objects.all()).exists()


def test_a_published_report_is_flagged_and_never_changes(organisation, programme, meeting):
    report = approve(programme, "Due in spring.")
    cover = publish_committee_report(assembled(organisation, meeting), by=by())
    section = cover.sections.get(source=report)
    correct(report, "Due in summer.")
    assert list(newer_sources(cover)) == [section.pk]
    with pytest.raises(CommitteeReportIsPublished):
        take_anew(section, by=by())
    section.refresh_from_db()
    assert section.text == "Due in spring."


def test_a_report_that_came_later_is_taken_in_after_the_others(organisation, programme, below, meeting):
    approve(programme, "First.")
    cover = assembled(organisation, meeting)
    late = approve(below, "Second.")
    assert not_told(cover) == [late]
    take_in(cover, late, by=by())
    assert [section.heading for section in cover.sections.all()] == ["Detail", "Digital", "Case system", "Key decision"]
    assert not_told(cover) == []
