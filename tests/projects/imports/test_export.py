"""A report taken out as a workbook and brought in again says the same."""

from datetime import date

import openpyxl
import pytest

from projects.actions.reports import change_report
from projects.actions.rows import add_row, change_row
from projects.imports.export import NothingToExport, export_name, export_report, newest_report
from projects.imports.plan import plan_workbook
from projects.imports.planned import UNCHANGED, UPDATE
from projects.models import Narrative, PlanItemUpdate, Report, RiskAssessment
from projects.rules.dates import parse_written_date
from tests import factories
from tests.projects.imports.record import bring_in, newest, node, workbook
from tests.workbooks import HOMELESSNESS, ICT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("read_in_this_process")]


def exported(council, tmp_path, slug="homelessness"):
    return export_report(newest_report(node(council, slug)), tmp_path / "out.xlsx")


@pytest.mark.parametrize(("project", "slug"), [(HOMELESSNESS, "homelessness"), (ICT, "ict")])
@pytest.mark.parametrize("period", ["-2019-07", ""])
def test_what_was_brought_in_and_taken_out_comes_back_unchanged(council, tmp_path, project, slug, period):
    bring_in(workbook(tmp_path, project, name=f"{slug}{period}.xlsx"), council)
    plan = plan_workbook(exported(council, tmp_path, slug), council)
    assert plan.errors == plan.ignored == plan.not_in_file == []
    assert {one.action for row in plan.rows for one in row.fields} == {UNCHANGED}
    assert plan.parts[0].period_slug == ("2019-07" if period else "2019-09")


def test_an_edit_offline_comes_back_as_just_that_edit(council, tmp_path):
    bring_in(workbook(tmp_path, name="h.xlsx"), council)
    path = exported(council, tmp_path)
    book = openpyxl.load_workbook(path)
    (cell,) = [cell for row in book.worksheets[0].iter_rows() for cell in row if cell.value == 594058]
    cell.value = 600000
    book.save(path)
    plan = plan_workbook(path, council)
    assert [(one.cell, one.old, one.new) for row in plan.rows for one in row.with_action(UPDATE)] == [
        (cell.coordinate, "£594,058", "£600,000")
    ]
    assert plan.to_bring_in == 1


def test_dates_and_figures_are_real_ones(council, tmp_path):
    bring_in(workbook(tmp_path), council)
    sheet = openpyxl.load_workbook(exported(council, tmp_path)).worksheets[0]
    beside = {row[0].value: row[3].value for row in sheet.iter_rows(max_col=4) if row[0].value}
    assert beside["Project Start Date"].date() == date(2018, 4, 1)
    assert (beside["PLANNED BUDGET"], beside["Project Team Members"], beside["Project Score (10)"]) == (601400, 9, 3)
    assert sheet.title == "Dashboard 2019-07"


@pytest.mark.parametrize("nasty", ["=1+1", '=HYPERLINK("http://example.org")', "+44", "-1", "@SUM(A1)", "\t=2"])
def test_text_never_becomes_a_formula(council, tmp_path, nasty):
    bring_in(workbook(tmp_path, name="h.xlsx"), council)
    row = RiskAssessment.objects.get(ref="1")
    change_row(row, {"title": nasty}, by=factories.system_user())
    text = Narrative.objects.get(section="commentary")
    change_row(text, {"text": nasty}, by=factories.system_user())
    book = openpyxl.load_workbook(exported(council, tmp_path))
    found = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value == nasty]
    assert [cell.data_type for cell in found] == ["s", "s"]


def test_a_project_made_in_the_portal_comes_back_unchanged(tmp_path):
    """Of a council without tiers, with a lettered reference and a finished milestone whose end was only forecast."""
    council = factories.council(clock_on=date(2019, 9, 20))
    made = factories.project(council, title="Leisure centre", slug="leisure", reference="S1")
    report = factories.draft(made, factories.period(council, date(2019, 9, 30)))
    header = {"lead_words": "Head of Leisure", "stage_words": "Start"}
    for field, words in ((Report.start, "1 May 2019"), (Report.finish, "Autumn 2020")):
        header |= field.values(parse_written_date(words))
    change_report(report, header, by=factories.system_user())
    done = factories.status(council, "milestone", "Complete")
    factories.milestone(report, title="Design agreed", ref="1", finish="Jun-19", status=done)
    plan = plan_workbook(exported(council, tmp_path, "leisure"), council)
    assert plan.errors == []
    assert {one.action for row in plan.rows for one in row.fields} == {UNCHANGED}
    assert PlanItemUpdate.objects.get(report=report).actual_words == ""


def test_removed_rows_stay_at_home(council, tmp_path):
    bring_in(workbook(tmp_path, name="h.xlsx"), council)
    row = RiskAssessment.objects.get(ref="6")
    change_row(row, {"is_removed": True, "removed_reason": "Gone"}, by=factories.system_user())
    add_row(newest(council), RiskAssessment, by=factories.system_user(), identity={}, title="New one", ref="7")
    words = {
        cell.value
        for row in openpyxl.load_workbook(exported(council, tmp_path)).worksheets[0].iter_rows()
        for cell in row
    }
    assert "New one" in words
    assert row.title not in words


def test_the_file_is_named_for_its_project_and_period(council, tmp_path):
    bring_in(workbook(tmp_path), council)
    assert export_name(newest(council)) == "homelessness-dashboard-2019-07.xlsx"


def test_a_project_without_a_report_has_nothing_to_export(council):
    made = factories.project(council)
    with pytest.raises(NothingToExport, match="New library has no report yet"):
        newest_report(made)
