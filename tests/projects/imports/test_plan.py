"""What a workbook would change, and what it is held against."""

from datetime import UTC, date, datetime

import pytest

from projects.actions.nodes import add_node
from projects.actions.reports import open_draft, start_series, submit_report
from projects.actions.rows import change_row
from projects.imports.match import match_records
from projects.imports.plan import plan_workbook
from projects.imports.planned import CONFLICT, CREATE, UNCHANGED, UPDATE, ImportPlan
from projects.imports.problems import WorkbookRefused
from projects.imports.target import find_node, is_similar
from projects.models import Calendar, DimensionRating, NodeAlias, PlanItemUpdate, ReportTemplate, RiskAssessment
from tests import factories
from tests.projects.imports.record import bring_in, counts, dashboard_council, newest, node, top, workbook
from tests.workbooks import HOMELESSNESS, ICT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("read_in_this_process")]


def existing_project(council, title="Homelessness", reference="5", slug="homelessness"):
    made = add_node(
        parent=top(council), kind="project", slug=slug, title=title, reference=reference, by=factories.system_user()
    )
    start_series(
        made,
        ReportTemplate.objects.get(organisation=council),
        Calendar.objects.get(organisation=council),
        by=factories.system_user(),
    )
    return made


def field_at(plan, cell, sheet="Dashboard"):
    return next(one for row in plan.rows for one in row.fields if (one.sheet, one.cell) == (sheet, cell))


def row_titled(plan, section, title):
    return next(row for row in plan.rows if row.section == section and title in row.title)


def test_a_preview_changes_nothing(council, tmp_path):
    before = counts()
    plan = plan_workbook(workbook(tmp_path), council)
    assert plan.to_bring_in > 100
    assert counts() == before


def test_every_value_names_its_cell_and_both_texts(council, tmp_path):
    plan = plan_workbook(workbook(tmp_path), council)
    budget = field_at(plan, "D20")
    assert (budget.action, budget.old, budget.new) == (CREATE, "", "£601,400")
    milestone = row_titled(plan, "Milestones", "Increase the supply")
    assert {one.cell: one.new for one in milestone.fields} == {
        "A38": "2",
        "B38": "Increase the supply of affordable temporary and settled accommodation",
        "C38": "Apr-18",
        "D38": "Mar-20 ongoing",
        "E38": "Amber",
        "F38": "Milestone 2,5",
    }


def test_a_plan_survives_being_stored(council, tmp_path):
    plan = plan_workbook(workbook(tmp_path), council)
    assert ImportPlan.from_json(plan.to_json()) == plan


@pytest.mark.parametrize(
    ("name", "asked", "label", "mode"),
    [
        ("homelessness-2019-07.xlsx", "", "July 2019", "past"),
        ("homelessness July 2019.xlsx", "", "July 2019", "past"),
        ("homelessness.xlsx", "", "September 2019", "draft"),
        ("homelessness.xlsx", "2019-07", "July 2019", "past"),
        ("homelessness-2019-07.xlsx", "2019-09", "September 2019", "draft"),
        ("homelessness-2017-02.xlsx", "", "February 2017", "past"),
    ],
)
def test_the_period_is_chosen_or_named_or_open(council, tmp_path, name, asked, label, mode):
    plan = plan_workbook(workbook(tmp_path, name=name), council, period=asked)
    assert (plan.parts[0].period_label, plan.parts[0].mode) == (label, mode)


def test_a_period_that_has_not_begun_is_said_once(council, tmp_path):
    said = "for the council it is 20 September 2019"
    for asked, count in (("2019-09", 0), ("2019-10", 1), ("2020-03", 1)):
        plan = plan_workbook(workbook(tmp_path, name="h.xlsx"), council, period=asked)
        assert sum(said in one.message for one in plan.warnings) == count
        assert plan.parts[0].mode == "draft"


def test_a_period_that_is_due_today_is_not_past(tmp_path):
    council = dashboard_council(clock_on=date(2019, 8, 7))  # July is due on 7 August
    assert plan_workbook(workbook(tmp_path), council).parts[0].mode == "draft"


def test_a_closed_period_is_past(tmp_path):
    council = dashboard_council(clock_on=date(2019, 8, 1))
    july = factories.period(council)
    july.closed_at = datetime(2019, 8, 1, 9, tzinfo=UTC)
    july.save()
    assert plan_workbook(workbook(tmp_path), council).parts[0].mode == "past"


def test_a_sheet_may_name_the_period(council, tmp_path):
    def renamed(book):
        book.active.title = "Dashboard 2019-06"

    assert plan_workbook(workbook(tmp_path, name="h.xlsx", also=renamed), council).parts[0].period_label == "June 2019"


def test_an_unknown_period_blocks(council, tmp_path):
    plan = plan_workbook(workbook(tmp_path), council, period="winter")
    assert plan.blocked == "There is no period winter in the calendar Monthly."


@pytest.mark.parametrize(
    ("title", "reference"),
    [("Homelessness", "5"), ("HOMELESSNESS", "5"), ("Homelessness", ""), ("Housing options", "5")],
)
def test_a_project_is_known_by_title_or_reference(council, tmp_path, title, reference):
    known = existing_project(council, title=title, reference=reference)
    assert plan_workbook(workbook(tmp_path), council).parts[0].node_id == known.pk


def test_the_title_wins_over_the_reference_and_the_difference_is_a_conflict(council, tmp_path):
    known = existing_project(council, reference="9")
    existing_project(council, title="ICT", reference="5", slug="ict")
    plan = plan_workbook(workbook(tmp_path), council)
    assert plan.parts[0].node_id == known.pk
    reference = field_at(plan, "D3")
    assert (reference.action, reference.is_fixed, reference.because) == (
        CONFLICT,
        True,
        "The reference is that of ICT; the title was followed.",
    )


def test_a_project_is_known_by_another_name_it_is_printed_under(council):
    known = existing_project(council, title="Housing options", reference="")
    NodeAlias.objects.create(organisation=council, node=known, printed_as="Homelessness")
    assert find_node(council, "Homelessness", "5").node == known


def test_another_councils_project_is_none_of_ours(council, tmp_path):
    elsewhere = factories.council(name="Elsewhere", slug="elsewhere")
    existing_project(elsewhere)
    assert plan_workbook(workbook(tmp_path), council).parts[0].is_new_node


def test_an_open_draft_takes_the_values(council, tmp_path):
    known = existing_project(council)
    draft = open_draft(known.headline_series, factories.period(council), by=factories.system_user())
    plan = plan_workbook(workbook(tmp_path), council)
    assert (plan.parts[0].mode, plan.parts[0].existing_id) == ("draft", draft.pk)


def test_a_report_awaiting_approval_takes_none(council, tmp_path):
    known = existing_project(council)
    submit_report(factories.draft(known), by=factories.system_user())
    plan = plan_workbook(workbook(tmp_path), council)
    assert plan.blocked == (
        "The report for July 2019 is submitted. Have it returned, or pull it back, and import again."
    )
    assert plan.count(CONFLICT) > 100
    assert plan.to_bring_in == 0


def test_what_a_person_typed_into_the_draft_is_a_conflict(council, tmp_path):
    known = existing_project(council)
    draft = factories.draft(known)
    risk = factories.risk(draft, title="More households owed a homeless duty", ref="1")
    low = factories.status(council, "risk_band", "Low")
    change_row(risk, {"residual_band": low}, by=factories.system_user())
    plan = plan_workbook(workbook(tmp_path), council)
    by_name = {one.name: one for one in row_titled(plan, "High risk register", "owed a homeless duty").fields}
    assert (by_name["residual_band"].action, by_name["residual_band"].old, by_name["residual_band"].new) == (
        CONFLICT,
        "Low",
        "Medium",
    )
    assert by_name["title"].action == UNCHANGED
    assert by_name["review"].action == CREATE


def test_what_an_import_wrote_may_be_written_again_by_the_next(council, tmp_path):
    existing_project(council)
    bring_in(workbook(tmp_path, name="h.xlsx"), council)
    plan = plan_workbook(workbook(tmp_path, name="h.xlsx", cells={"D48": "High"}), council)
    band = field_at(plan, "D48")
    assert (band.action, band.old, band.new) == (UPDATE, "Medium", "High")
    assert plan.to_bring_in == 1


def test_what_a_person_changed_after_the_import_is_a_conflict(council, tmp_path):
    existing_project(council)
    bring_in(workbook(tmp_path, name="h.xlsx"), council)
    row = RiskAssessment.objects.get(report=newest(council), ref="1")
    change_row(row, {"residual_band": factories.status(council, "risk_band", "Low")}, by=factories.system_user())
    band = field_at(plan_workbook(workbook(tmp_path, name="h.xlsx", cells={"D48": "High"}), council), "D48")
    assert (band.action, band.because) == (CONFLICT, "Somebody changed it in the portal after it was imported.")


def test_rows_that_the_file_has_not_are_named_and_left(council, tmp_path):
    known = existing_project(council)
    factories.milestone(factories.draft(known), title="Hand over the keys", ref="9")
    plan = plan_workbook(workbook(tmp_path), council)
    assert plan.not_in_file == [{"section": "Milestones", "title": "9 Hand over the keys"}]


def test_an_untouched_draft_row_is_updated_from_the_file(council, tmp_path):
    """A value that stands in the draft as it was approved last month is no conflict."""
    bring_in(workbook(tmp_path), council)
    open_draft(node(council).headline_series, factories.period(council, date(2019, 9, 30)), by=factories.system_user())
    plan = plan_workbook(workbook(tmp_path, name="h.xlsx", cells={"E37": "AMBER"}), council)
    assert plan.parts[0].period_label == "September 2019"
    assert (field_at(plan, "E37").action, field_at(plan, "E37").old) == (UPDATE, "Green")


def test_the_same_title_under_another_number_is_the_same_thing(council, tmp_path):
    bring_in(workbook(tmp_path), council)
    plan = plan_workbook(workbook(tmp_path, cells={"A37": 7}), council)
    assert (field_at(plan, "A37").action, field_at(plan, "A37").old, field_at(plan, "A37").new) == (UPDATE, "1", "7")
    assert plan.count(CREATE) == 0


def test_another_title_under_the_same_number_is_another_thing(council, tmp_path):
    bring_in(workbook(tmp_path), council)
    plan = plan_workbook(workbook(tmp_path, cells={"B37": "A hostel of our own"}), council)
    assert row_titled(plan, "Milestones", "A hostel").is_new
    assert plan.not_in_file == [{"section": "Milestones", "title": "1 Eliminate the use of B & B"}]


@pytest.mark.parametrize(
    ("said", "known", "expected"),
    [
        ([("1", "Roof", "")], [("1", "Roof", "")], [0]),
        ([("2", "Roof", "")], [("1", "roof.", "")], [0]),
        ([("1", "Data centre fails", "")], [("1", "Data centre fails again", "")], [0]),
        ([("1", "Something else", "")], [("1", "Data centre fails", "")], [None]),
        ([("", "Officer", ""), ("", "Officer", "")], [("", "Officer", "")], [0, None]),
        ([("", "Officer", "grant"), ("", "Officer", "")], [("", "Officer", ""), ("", "Officer", "grant")], [1, 0]),
        ([("1", "B", ""), ("2", "A", "")], [("1", "A", ""), ("2", "B", "")], [1, 0]),
    ],
)
def test_matching_rows(said, known, expected):
    assert match_records(said, known) == expected


def test_titles_are_similar_when_most_letters_agree():
    assert is_similar("UAT resource not available", "UAT Resource is not available")
    assert not is_similar("UAT resource not available", "Data centre fails")


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"D22": 9000}, "The sheet states £9,000; its parts come to £7,342."),
        ({"D23": "-4%"}, "The sheet states -4%; its parts come to -1%."),
        ({"D24": "Forecast to overspend by £2"}, "The sheet states “Forecast to overspend by £2”; its figures say"),
        ({"D27": 3}, "The sheet states 3; its rows come to 2."),
        ({"D30": 1}, "The sheet states 1; its rows come to 0."),
    ],
)
def test_a_stated_figure_beyond_rounding_is_warned_of(council, tmp_path, cells, message):
    (cell,) = cells
    warnings = [one for one in plan_workbook(workbook(tmp_path, cells=cells), council).warnings if one.cell == cell]
    assert [one.message.startswith(message) for one in warnings] == [True]


def test_a_pound_of_rounding_is_not_warned_of(council, tmp_path):
    """£44,979 is stated where the parts come to £44,978."""
    plan = plan_workbook(workbook(tmp_path, ICT, name="ict-2019-07.xlsx"), council)
    assert [one.cell for one in plan.warnings if "states" in one.message] == []


def test_a_tier_the_council_has_not_is_said(tmp_path):
    plan = plan_workbook(workbook(tmp_path), factories.council(clock_on=date(2019, 9, 20)))
    assert "The council has no tier GOLD; the project gets none." in [one.message for one in plan.warnings]


def test_a_council_without_tiers_needs_no_banner(tmp_path):
    council = factories.council(clock_on=date(2019, 9, 20))
    assert plan_workbook(workbook(tmp_path, tier=None), council).errors == []


def test_a_council_with_tiers_needs_the_banner(council, tmp_path):
    (error,) = plan_workbook(workbook(tmp_path, tier=None), council).errors
    assert (error.cell, error.message[:28]) == ("A2", "The tier banner is missing: ")


def test_a_text_too_long_for_the_record_names_its_cell(council, tmp_path):
    (error,) = plan_workbook(workbook(tmp_path, cells={"F37": "x" * 201}), council).errors
    assert (error.sheet, error.cell) == ("Dashboard", "F37")
    assert "at most 200 characters" in error.message


def test_an_unknown_layout_is_refused(council, tmp_path):
    with pytest.raises(WorkbookRefused, match="There is no layout called ledger"):
        plan_workbook(workbook(tmp_path), council, layout="ledger")


def test_a_finished_milestone_ends_in_fact(council, tmp_path):
    plan = plan_workbook(workbook(tmp_path, ICT, name="ict-2019-07.xlsx"), council)
    done, running = row_titled(plan, "Milestones", "1 Office 365"), row_titled(plan, "Milestones", "8 Final payment")
    assert {one.name for one in done.fields} >= {"actual", "start"}
    assert {one.name for one in running.fields} >= {"finish", "start"}
    assert PlanItemUpdate.objects.count() == 0


def test_a_rating_the_template_has_not_is_listed(council, tmp_path):
    DimensionRating.dimension.field.related_model.objects.filter(key="direction").delete()
    plan = plan_workbook(workbook(tmp_path), council)
    assert [(one.cell, one.reason) for one in plan.ignored] == [("D17", "the report template has no such rating")]


def test_same_project_title_only_differs_in_case(council, tmp_path):
    existing_project(council, title="HOMELESSNESS")
    assert field_at(plan_workbook(workbook(tmp_path, HOMELESSNESS), council), "D4").action == UNCHANGED
