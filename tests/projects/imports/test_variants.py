"""Workbooks as they occur in life: the same words moved, written in other ways, and read to the same values."""

import copy
from collections import Counter
from pathlib import Path

import openpyxl
import pytest

from projects.imports.cells import Cell, Sheet
from projects.imports.guard import check_file
from projects.imports.layout import Layout, built_in_layouts, match_spelling, squeeze
from projects.imports.parse import Parsed, parse
from projects.imports.read import read_workbook
from projects.imports.recognise import best_match
from projects.imports.regions import Grid

LEGACY = Path(__file__).parents[4] / "shared" / "legacy"
WORKBOOKS = sorted(LEGACY.glob("*.xlsx"))
SUBJECTS = {one.subject for layout in built_in_layouts() for block in layout.blocks() for one in block.fields}
STATUSES = dict.fromkeys(SUBJECTS, squeeze)


def read(path: Path) -> Parsed:
    checked = check_file(path, name=path.name)
    workbook = read_workbook(path, checked.kind, checked.notes)
    return parse(workbook, best_match(workbook, built_in_layouts()), statuses=STATUSES)


def values(parsed: Parsed) -> Counter:
    """Every value by what it is said of and its key, as far as other capitals and signs let it be the same."""
    said = Counter()
    for part in (*parsed.subjects, parsed):
        whose = part.values.get("node.title")
        singles = [("", value) for value in part.values.values()]
        rows = [
            (table, value)
            for table, records in part.records.items()
            for record in records
            if not record.is_total
            for value in record.values.values()
        ]
        for table, value in singles + rows:
            if value.value not in (None, ""):
                told = (value.value.earliest, value.value.latest) if hasattr(value.value, "latest") else value.value
                key = squeeze(value.key)
                said[squeeze(whose.words) if whose else "", table, key, squeeze(str(told))] += 1
    return said


def rewrite(source: Path, path: Path, *, words=lambda text: text, place=lambda row, column: (row, column)) -> Path:
    """Write a workbook again with each text and each place put through these."""
    held = openpyxl.load_workbook(source, data_only=True)
    book = openpyxl.Workbook()
    book.remove(book.active)
    for sheet in held.worksheets:
        made = book.create_sheet(sheet.title)
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is None and not cell.fill.fill_type:
                    continue
                one = made.cell(*place(cell.row, cell.column))
                one.value = words(cell.value) if isinstance(cell.value, str) else cell.value
                one.number_format = cell.number_format
                one.fill = copy.copy(cell.fill)
        for area in sheet.merged_cells.ranges:
            (top, left), (bottom, right) = place(area.min_row, area.min_col), place(area.max_row, area.max_col)
            made.merge_cells(start_row=top, start_column=left, end_row=bottom, end_column=right)
    book.save(path)
    return path


def is_label(text: str, layout: Layout) -> bool:
    spellings = [
        one
        for block in layout.blocks()
        for one in (*block.headings, *(label for each in block.fields for label in each.labels))
    ]
    return len(text) < 160 and match_spelling(text, spellings) is not None


@pytest.mark.skipif(not WORKBOOKS, reason="the workbooks of the councils are not on this machine")
@pytest.mark.parametrize("source", WORKBOOKS, ids=lambda path: path.stem[:24])
def test_moved_and_with_headings_written_otherwise_it_says_the_same(source, tmp_path):
    said = read(source)
    path = rewrite(
        source,
        tmp_path / source.name,
        words=lambda text: text.upper().replace(" ", "\n") if is_label(text, said.layout) else text,
        place=lambda row, column: (row + 3, column + 2),
    )
    moved = read(path)
    assert values(moved) == values(said)
    assert [one.message for one in moved.errors] == [one.message for one in said.errors]


def test_paragraphs_below_a_heading_that_is_not_in_the_first_column_are_said_of_it(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Department"
    for row, text in enumerate(
        (
            "Housing Portfolio",
            "Programme 1 - Empty Homes",
            "Programme Outline: Homes are let again.",
            "Programme 2 - New Homes",
            "Programme Outline: Homes are built.",
        ),
        start=2,
    ):
        sheet.cell(row, 3, text)
    sheet.cell(7, 3, "Key Milestones")
    sheet.cell(7, 4, "Implementation Date")
    sheet.cell(8, 3, "Land bought")
    sheet.cell(8, 4, "Autumn 2018")
    book.save(tmp_path / "update.xlsx")
    outlines = {
        part.value("node.title"): part.value("text.outline") for part in read(tmp_path / "update.xlsx").subjects
    }
    assert outlines == {"Empty Homes": "Homes are let again.", "New Homes": "Homes are built."}


def test_spaces_do_not_make_a_heading_too_long():
    heading = "Programme 6 -   " + "   ".join(["Services"] * 14)
    assert (1, 1) in Grid(Sheet("Sheet1", cells={(1, 1): Cell(heading)})).squeezed
