"""A register of many projects, a row each: totals, months, new projects and what was in doubt."""

from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from openpyxl.styles import PatternFill

from projects.imports.apply import CannotBeApplied
from projects.imports.plan import plan_workbook
from projects.imports.planned import CONFLICT, UNCHANGED
from projects.imports.undo import undo_import
from projects.models import (
    Benefit,
    DimensionRating,
    Import,
    ImportedValue,
    Narrative,
    Node,
    Origin,
    Report,
    SavingLine,
    TemplateSection,
)
from tests import factories
from tests.projects.imports.record import bring_in, counts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("read_in_this_process")]

ABOVE = ["Portfolio", "Project Name", "Project Status (Last Month)", "Project Status (This Month)"]
BELOW = ["2019/20 (£000)s", "2020/21 (£000)s", "Total (£000)s"]
ROWS = [
    ["Places", "Libraries", "GREEN", "AMBER", 100, 50, 150, 20, "", 20, 5, 15],
    ["Places", "Swimming pools", "RED", "RED", "", 40, 40, "(10)", "", "(10)", "", "(10)"],
    ["Places", "Parks", "GREEN", "GREEN", 7, "", 7, "", "", "", "", ""],
]


def register(
    tmp_path, rows=ROWS, *, total=(107, 90, 197, 10, 0, 10, 5, 5), exceptions=(), name="register-2019-07.xlsx"
):
    """A workbook with one portfolio; the headings of two rows are merged as officers merge them."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Places"
    sheet.append(["Project Status Report as at July 2019"])
    sheet.append(
        [*ABOVE, "Cashable benefits", None, None, "Projected At Risk / Slippage", None, None, "Savings", "Net"]
    )
    sheet["K2"], sheet["L2"] = "Savings delivered in an alternative way", "Net at risk amount"
    sheet.append([None] * 4 + BELOW * 2)
    for merged in ("E2:G2", "H2:J2", "K2:K3", "L2:L3"):
        sheet.merge_cells(merged)
    for row in rows:
        sheet.append([None if value == "" else value for value in row])
    if total:
        sheet.append(["Places Totals", None, None, None, *total])
    if exceptions:
        more = book.create_sheet("Exceptions")
        more.append(["Status", "Project Name", "Exception detail"])
        for line in exceptions:
            more.append(line)
    book.save(tmp_path / name)
    return tmp_path / name


@pytest.fixture
def council(db):
    council = factories.council(clock_on=date(2019, 9, 20))
    TemplateSection.objects.filter(key="benefits").update(options={"by_year": True})
    factories.project(council, slug="libraries", title="Libraries")
    return council


def labels(council, slug):
    """The status in each of a project's reports, the oldest first."""
    ratings = DimensionRating.objects.filter(report__node__slug=slug, dimension__is_overall=True)
    return list(ratings.order_by("report__as_at_on").values_list("report__as_at_on", "status__label"))


def test_a_past_month_becomes_approved_reports_and_the_month_before_too(council, tmp_path):
    path = register(tmp_path, exceptions=[["AMBER", "LIBRARIES", "Late."]])
    plan = plan_workbook(path, council)
    assert (plan.errors, plan.whom, plan.when) == ([], "3 projects and programmes", "July 2019 and June 2019")
    assert [one for one in plan.controls if not one.agrees] == []
    bring_in(path, council)
    assert labels(council, "libraries") == [(date(2019, 6, 30), "Green"), (date(2019, 7, 31), "Amber")]
    reports = Report.objects.filter(node__organisation=council)
    assert set(reports.values_list("state", "origin")) == {("approved", Origin.IMPORTED)}
    assert reports.get(node__slug="libraries", as_at_on=date(2019, 6, 30)).covers == ["project-status"]
    lines = SavingLine.objects.filter(report__node__slug="libraries").order_by("order")
    assert list(lines.values_list("year", "target", "at_risk", "other_way")) == [
        (2019, 100_000, 20_000, None),
        (2020, 50_000, None, None),
        (None, None, None, 5_000),
    ]
    assert Narrative.objects.get(report__node__slug="libraries", section="commentary").text == "Late."
    assert Node.objects.get(slug="swimming-pools").parent.kind == "organisation"
    assert Benefit.objects.filter(node__slug="swimming-pools", kind="cashable").count() == 1
    value = ImportedValue.objects.get(field="at_risk@2019", row_id=lines[0].update_row_id)
    assert (value.sheet, value.cell, value.after) == ("Places", "H4", {"at_risk@2019": "20000.00"})


def test_the_same_file_again_changes_nothing(council, tmp_path):
    bring_in(register(tmp_path), council)
    before = counts()
    plan = plan_workbook(register(tmp_path), council)
    assert {one.action for row in plan.rows for one in row.fields} == {UNCHANGED}
    assert plan.to_bring_in == 0
    assert counts() == before


def test_it_is_taken_back_whole(council, tmp_path):
    before = counts()
    imported = bring_in(register(tmp_path), council)
    undo_import(imported, by=None)
    after = counts()
    assert {name for name in after if after[name] != before[name]} <= {"Import", "ImportedValue", "Period"}
    assert Import.objects.get().state == Import.State.UNDONE


def test_an_open_month_goes_into_drafts_and_back_out_of_them(council, tmp_path):
    library = Node.objects.get(slug="libraries")
    draft = factories.draft(library, factories.period(council, date(2019, 9, 30)))
    imported = bring_in(register(tmp_path, name="register-2019-09.xlsx"), council, period="2019-09")
    assert SavingLine.objects.filter(report=draft).count() == 3
    assert not draft.is_frozen
    undo_import(imported, by=None)
    assert not SavingLine.objects.filter(report=draft).exists()
    assert not Node.objects.filter(slug="swimming-pools").exists()
    assert Report.objects.filter(node=library).count() == 1


def test_totals_that_differ_have_to_be_accepted(council, tmp_path):
    path = register(tmp_path, total=(108, 90, 198, 10, 0, 10, 5, 5))
    plan = plan_workbook(path, council)
    said = {(one.cell, one.message) for one in plan.warnings}
    assert ("E7", "Cashable benefits 2019/20 (£000)s is stated as 108,000; its rows come to 107,000.") in said
    with pytest.raises(CannotBeApplied, match="Totals of the workbook are not what its rows come to"):
        bring_in(path, council)
    assert not Report.objects.exists()


def test_a_row_that_was_shifted_is_in_doubt_and_left_to_a_person(council, tmp_path):
    shifted = ["Places", "Parks", "GREEN", "GREEN", "", 7, 30, 37, "", "", "", ""]
    plan = plan_workbook(register(tmp_path, [*ROWS[:2], shifted], total=None), council)
    parks = [
        one for row in plan.rows if "Parks" in str(row.identity) or row.table == "benefitupdate" for one in row.fields
    ]
    doubtful = [one for one in parks if one.cell.endswith("6")]
    assert {one.action for one in doubtful} == {CONFLICT}
    assert {one.because for one in doubtful} == {
        "The figures of its row do not come to the totals printed beside them."
    }
    assert any("one column further left" in one.message for one in plan.warnings)
    assert any(one.message.startswith("Cashable benefits Total") for one in plan.warnings)


def test_an_exception_of_a_project_that_nobody_knows_is_an_error_with_its_cell(council, tmp_path):
    plan = plan_workbook(register(tmp_path, exceptions=[["RED", "Harbour", "Sinking."]]), council)
    assert [(one.sheet, one.cell) for one in plan.errors] == [("Exceptions", "B2")]


def test_a_status_may_be_a_colour_alone(council, tmp_path):
    path = register(tmp_path)
    book = openpyxl.load_workbook(path)
    book["Places"]["D4"].value = None
    book["Places"]["D4"].fill = PatternFill("solid", fgColor="FF123456")
    book.save(path)
    assert [one.cell for one in plan_workbook(path, council).errors] == ["D4"]


def test_planning_asks_the_same_of_three_projects_and_of_thirty(council, tmp_path, count_queries):
    def rows(number):
        return [["Places", f"Project {one}", "GREEN", "AMBER", 1, "", 1, "", "", "", "", ""] for one in range(number)]

    few, many = (
        register(tmp_path, rows(3), total=None),
        register(tmp_path, rows(30), total=None, name="many-2019-07.xlsx"),
    )
    bring_in(few, council)
    with count_queries() as of_few:
        plan_workbook(few, council)
    bring_in(many, council)
    with count_queries() as of_many:
        plan = plan_workbook(many, council)
    assert (plan.to_bring_in, len(of_many)) == (0, len(of_few))
    assert SavingLine.objects.filter(target=Decimal(1000)).count() == 30
