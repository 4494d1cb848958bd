"""Small tables of figures beside a narrative report, held cell by cell against those that reports have."""

from datetime import date
from pathlib import Path

import openpyxl
import pytest

from projects.imports.plan import councils_with_project, plan_workbook
from projects.imports.planned import CONFLICT, CREATE, UNCHANGED, UPDATE
from projects.imports.undo import undo_import
from projects.models import DataTable, Node, Organisation, Report
from tests import factories
from tests.projects.imports.record import bring_in

COUNCIL = "southampton"  # that `loaded` puts into the database
LEGACY = Path(__file__).resolve().parents[4] / "shared" / "legacy"
TABLES = LEGACY / "southampton-workforce-tables-2018-01.xlsx"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("read_in_this_process", "loaded"),
    pytest.mark.skipif(not LEGACY.exists(), reason=f"there are no workbooks in {LEGACY}"),
]


def council():
    return Organisation.objects.get(slug=COUNCIL)


def differing(plan):
    return {one.label for row in plan.rows for one in row.with_action(CREATE, UPDATE, CONFLICT)}


def changed_copy(tmp_path, change):
    """The workbook after somebody has worked on it."""
    book = openpyxl.load_workbook(TABLES)
    change(book)
    book.save(tmp_path / TABLES.name)
    return tmp_path / TABLES.name


def shifts_in_july(book):
    book["Agency KPIs"]["B2"] = 650


def test_every_figure_is_in_the_reports_that_have_the_table():
    assert councils_with_project(TABLES, [council()]) == [council()]
    plan = plan_workbook(TABLES, council())
    assert (plan.layout, plan.errors, plan.ignored, plan.warnings) == ("small-tables", [], [], [])
    assert [(part.node_slug, part.period_label) for part in plan.parts] == [
        ("operating-model", "To January 2018"),
        ("phase-3-children-and-families", "To January 2018"),
        ("phase-3-infrastructure-planning-development", "To January 2018"),
        ("hr-update", "To January 2018"),
    ]
    assert (differing(plan), plan.to_bring_in, plan.not_in_file) == (set(), 0, [])
    said = {(one.sheet, one.cell): one.new for row in plan.rows for one in row.fields}
    assert (said["Restructures S188", "B10"], said["Restructures S188", "C3"], said["Agency KPIs", "D3"]) == (
        "51.46",
        "63.05",
        "29",
    )
    assert len(said) == 43  # of 51 cells; eight are blank in the file and in the reports


def test_a_figure_that_differs_from_a_published_report_is_said_and_comes_as_a_correction(tmp_path):
    path = changed_copy(tmp_path, shifts_in_july)
    plan = plan_workbook(path, council())
    assert differing(plan) == {"Shifts Filled, July"}
    assert [(one.sheet, one.cell, one.message) for one in plan.warnings] == [
        (
            "Agency KPIs",
            "B2",
            "Shifts Filled, July is 650; the published report of HR Update, To January 2018, has 648.",
        )
    ]
    node = Node.objects.get(slug="hr-update")
    published = Report.objects.filter(node=node).in_order().last()
    imported = bring_in(path, council())
    corrected = Report.objects.filter(node=node).in_order().last()
    assert corrected.corrects == published
    assert DataTable.objects.get(report=corrected).rows[0] == [
        "Shifts Filled", "650", "811", "722", "617", "795", "700",
    ]  # fmt: skip
    assert DataTable.objects.get(report=published).rows[0][1] == "648"
    assert plan_workbook(path, council()).to_bring_in == 0
    undo_import(imported, by=None)
    assert Report.objects.filter(node=node).in_order().last() == published


def test_columns_may_stand_elsewhere_and_headings_be_written_otherwise(tmp_path):
    def otherwise(book):
        sheet = book["Agency KPIs"]
        sheet.move_range("B1:B5", cols=7)
        sheet["A1"] = "Measure"
        for cell in sheet[1]:
            cell.value = cell.value and cell.value.upper()
        sheet.title = "Sheet2"
        sheet.insert_rows(1, 3)

    plan = plan_workbook(changed_copy(tmp_path, otherwise), council())
    assert (plan.errors, plan.ignored, differing(plan)) == ([], [], set())
    assert sum(len(row.with_action(UNCHANGED)) for row in plan.rows) == 62


def test_a_row_that_no_report_has_is_listed_with_the_reason(tmp_path):
    path = changed_copy(tmp_path, lambda book: book["Agency KPIs"].append(["Cats employed", 1, 2]))
    plan = plan_workbook(path, council())
    assert {(one.cell, one.words, one.reason) for one in plan.ignored} == {
        ("B6", "1", "no table of a report has such a row and column"),
        ("C6", "2", "no table of a report has such a row and column"),
    }
    assert differing(plan) == set()


def test_a_council_without_such_a_report_is_told_so():
    plan = plan_workbook(TABLES, factories.council(slug="elsewhere", clock_on=date(2018, 2, 6)))
    assert (plan.errors, plan.parts) == ([], [])
    assert plan.blocked.startswith("No report of the council has a table with these rows")
    assert len(plan.ignored) == 43
