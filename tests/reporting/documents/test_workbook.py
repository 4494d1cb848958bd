"""Tables as a workbook: figures are figures, and no text becomes a formula."""

import io
from datetime import datetime
from decimal import Decimal

import openpyxl

from reporting.documents.contents import Column, FieldRow, Fields, Table
from reporting.documents.document import Document, Section, build
from reporting.documents.render import render_xlsx
from tests.reporting.documents import samples


def opened(built):
    return openpyxl.load_workbook(io.BytesIO(render_xlsx(built)))


def sheet_of(content):
    document = Document("sample", "Sample", (Section("budget", "Budget: plan/actual", samples.held("budget")),))
    return opened(build(document, samples.Sheet(samples.masthead("Sample"), {"budget": content}))).worksheets[0]


def test_every_table_has_a_sheet_of_its_own_with_frozen_headings():
    book = opened(samples.homelessness())
    assert book.sheetnames == [
        "Project detail",
        "Project status",
        "Budgeting and forecasting",
        "Risk consideration",
        "Milestones and interdependencie",
        "Project high risk register",
        "Benefits realisation",
        "Resource planning and forecasti",
        "Other reporting streams",
    ]
    milestones = book["Milestones and interdependencie"]
    assert milestones.freeze_panes == "A2"
    assert [cell.value for cell in milestones[3]] == [
        "2", "Increase the supply of affordable temporary and settled accommodation", "Apr-18", "Mar-20 ongoing",
        "AMBER", "Milestone 2,5", None,
    ]  # fmt: skip


def test_figures_and_dates_can_be_reckoned_with():
    book = opened(samples.homelessness())
    assert book["Budgeting and forecasting"]["B2"].value == 601400
    assert "£" in book["Budgeting and forecasting"]["B2"].number_format
    assert book["Project detail"]["B6"].value == datetime(2018, 4, 1)  # noqa: DTZ001 (a day in a sheet has no zone)


def test_no_text_becomes_a_formula():
    table = Table(
        tuple(Column(key, key) for key in "abcd"), ({"a": "=1+1", "b": "+1", "c": "@SUM(A1)", "d": "a\x00b"},)
    )
    cells = sheet_of(table)[2]
    assert [(cell.value, cell.data_type) for cell in cells] == [
        ("=1+1", "s"),
        ("+1", "s"),
        ("@SUM(A1)", "s"),
        ("ab", "s"),
    ]


def test_a_stated_figure_stands_beside_the_derived_one():
    sheet = sheet_of(Fields((FieldRow("Budget Remaining", Decimal(44978), "money", stated=Decimal(44979)),)))
    assert [cell.value for cell in sheet[1]] == ["Item", "Value", "As stated in the source"]
    assert [cell.value for cell in sheet[2]] == ["Budget Remaining", 44978, 44979]
    assert sheet.title == "Budget  plan actual"


def test_two_rows_of_headings_are_merged_and_both_frozen():
    columns = (
        Column("ref", "Ref"),
        Column("a", "18/19", "money", group="£000"),
        Column("b", "19/20", "money", group="£000"),
    )
    sheet = sheet_of(Table(columns, ({"ref": "1", "a": Decimal(5), "b": None},)))
    assert [str(merged) for merged in sheet.merged_cells.ranges] == ["B1:C1"]
    assert sheet.freeze_panes == "A3"
    assert [cell.value for cell in sheet[3]] == ["1", 5, None]


def test_sheets_of_one_title_are_told_apart():
    document = Document("s", "S", (Section("budget", "A" * 40, samples.held("budget")),) * 2)
    table = Table((Column("a", "A"),), ({"a": "x"},))
    book = opened(build(document, samples.Sheet(samples.masthead("S"), {"budget": table})))
    assert book.sheetnames == ["A" * 31, "A" * 29 + " 2"]


def test_the_same_document_gives_the_same_bytes():
    assert render_xlsx(samples.risk_register()) == render_xlsx(samples.risk_register())
