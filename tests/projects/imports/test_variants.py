"""Workbooks as they occur in life: the same words moved, written in other ways, and read to the same values."""

import copy
from collections import Counter
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from projects.imports.cells import Cell, Sheet
from projects.imports.guard import check_file
from projects.imports.layout import Field, Layout, built_in_layouts, match_spelling, squeeze
from projects.imports.nearly import near_headings, near_label
from projects.imports.parse import Parsed, parse
from projects.imports.read import Workbook, read_workbook
from projects.imports.recognise import best_match
from projects.imports.regions import Grid
from projects.imports.shifted import columns_shifted

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


def book_of(**sheets) -> Workbook:
    """Sheets of rows of words, told by their names; what is None is blank."""
    made = [
        Sheet(
            name,
            cells={
                (row, column): Cell(words)
                for row, line in enumerate(lines, start=1)
                for column, words in enumerate(line, start=1)
                if words is not None
            },
        )
        for name, lines in sheets.items()
    ]
    return Workbook("xlsx", made)


def parsed(workbook: Workbook, layout: str = "") -> Parsed:
    """Read in the layout that it is in, or in a chosen one."""
    layouts = [one for one in built_in_layouts() if layout in ("", one.name)]
    return parse(workbook, best_match(workbook, layouts, is_chosen=bool(layout)), statuses=STATUSES)


def listed(said: Parsed) -> dict[str, str]:
    return {one.cell or one.sheet: one.reason for one in said.ignored}


INDICATORS = (
    ("ICT Services Overall Performance: Quarter 2",),
    ("Business Indicator", "Performance 2017-18", None, "Performance 2018-19", None, "Comments"),
    (None, "Q3 Actual", "Q4 Actual", "Q1 Actual", "Q1 Target"),
    ("Availability (B001)", "99.95%", "99.88%", "99.33%", "99.80%", "As planned."),
)


def test_a_blank_row_in_a_header_of_two_rows_changes_nothing():
    said = parsed(book_of(Sheet1=INDICATORS))
    apart = parsed(book_of(Sheet1=(*INDICATORS[:2], (), *INDICATORS[2:])))
    (record,) = said.records["indicator"]
    assert record.value("indicator.actual@2018-19 Q1") == "99.33%"
    assert values(apart) == values(said)
    assert (apart.problems, apart.ignored) == ([], [])


def test_a_header_of_two_rows_that_stands_again_on_the_next_page_changes_nothing():
    more = ("Printing (B002)", "91.00%", "92.00%", "93.00%", "90.00%", "As planned.")
    said = parsed(book_of(Sheet1=(*INDICATORS, more)))
    again = parsed(book_of(Sheet1=(*INDICATORS, *INDICATORS[1:3], more)))
    assert len(said.records["indicator"]) == 2
    assert values(again) == values(said)
    assert (again.problems, again.ignored) == ([], [])


def test_a_heading_that_is_not_in_the_layout_is_listed_although_nothing_stands_below_it():
    plan = (
        ("Ref", "Priority Actions", "Lead Officer", "Start", "Finish", "Current Status", "Seen by"),
        ("A", "VISION"),
        ("A.1", "Develop a programme"),
    )
    said = listed(parsed(book_of(Sheet1=plan)))
    assert said == {"G1": "the layout has no such column, and nothing stands below its heading"}


GRID = (
    (None, "July", "Aug"),
    ("Shifts Filled", 648, 811),
    ("Shifts Unfilled", 8, 20),
    ("Ward", 3, 5),
)


def test_blank_rows_in_a_grid_of_figures_change_nothing_and_a_note_below_is_none_of_it():
    said = parsed(book_of(Agency=GRID))
    apart = parsed(book_of(Agency=(*GRID[:1], (), *GRID[1:3], (), (), *GRID[3:], (), ("Source: the agency",))))
    assert len(values(said)) == 6
    assert values(apart) == values(said)
    assert list(listed(apart)) == ["A9"]


def test_a_note_beside_the_row_of_a_group_is_listed_and_makes_no_row_of_it():
    plan = (
        ("Ref", "Priority Actions", "Lead Officer", "Start", "Finish", "Current Status"),
        ("A", "VISION", None, None, None, None, "Checked"),
        ("A.1", "Develop a programme"),
    )
    said = parsed(book_of(Plan=plan))
    assert [record.record_key for part in said.subjects for record in part.records["plan_item"]] == ["A.1"]
    assert listed(said) == {"G2": "it stands beside the words for the rows below, in a column of no heading"}


def test_a_group_is_named_by_its_title_in_whichever_order_the_columns_stand():
    plan = (
        ("Current Status", "Finish", "Start", "Lead Officer", "Priority Actions", "Ref"),
        (None, "November 2009", None, None, "ENQUIRY", "G"),
    )
    (part,) = parsed(book_of(Plan=plan)).subjects
    assert part.value("node.title") == "ENQUIRY"


def test_a_note_beside_a_project_or_a_paragraph_is_listed_and_is_no_part_of_it():
    update = (
        ("The Housing Portfolio",),
        ("Programme 1 - Empty Homes",),
        ("Programme Outline: Homes are let again.", None, None, "Checked"),
        ("Key Milestones", "Implementation Date", "Delivery Status, key updates"),
        ("Project: Lettings", None, None, "Checked"),
        ("Land bought", "Autumn 2018", "On time"),
    )
    said = parsed(book_of(Housing=update))
    (part,) = said.subjects
    assert part.value("text.outline") == "Homes are let again."
    (item,) = part.records["plan_item"]
    assert item.value("plan_item.theme") == "Lettings"
    assert list(listed(said)) == ["D5", "D3"]


COUNTS = (
    ("All Workstreams", "All Products", "Tranche 1", "Tranche 2"),
    ("Total Number of Products", 3, 2, 1),
    ("Delivered", 3, 2, 1),
)
RATINGS = (
    ("Workstream", "Overall RAG", None),
    (None, "Last Period", "This Period"),
    ("Finance", "Amber", "Green"),
)


def test_sheets_of_counts_are_told_by_words_above_them_and_one_that_nothing_tells_is_listed_with_what_to_do():
    told = parsed(book_of(Sheet1=RATINGS, Sheet2=(("Milestones",), *COUNTS), Sheet3=(("Products",), *COUNTS)))
    keys = {key.partition("@")[0] for record in told.records["count"] for key in record.values}
    assert {"milestone.all", "product.all"} <= keys
    untold = parsed(book_of(Sheet1=RATINGS, Sheet2=COUNTS))
    assert listed(untold) == {
        "Sheet2": "its headings do not tell whether it holds “Product delivery by tranche” or “Milestone delivery by"
        " tranche”; name the sheet “Product” or “Milestone” and load the workbook again."
    }


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


DASHBOARD = (
    ("PROJECT STATUS",),
    ("Project Status", None, "AMBER"),
    ("Project Score (3)", None, 2),
    ("MILESTONES AND INTERDEPENDENCIES",),
    ("REF", "DETAIL", "START DATE", "END DATE", "RAG"),
    (1, "Demolition", None, "July 2019", "GREEN"),
    (2,),
    ("EXPLANATORY COMMENTARY",),
    ("All is on plan.",),
    ("RESOURCE PLANNING AND FORECASTING",),
    ("Project manager",),
    ("Designer",),
)


def test_a_column_of_notes_beside_the_blocks_of_a_dashboard_is_listed_and_changes_nothing():
    said = parsed(book_of(Dashboard=DASHBOARD), "project-dashboard")
    noted = parsed(
        book_of(Dashboard=[(*row, *[None] * (6 - len(row)), "seen") for row in DASHBOARD]), "project-dashboard"
    )
    assert values(noted) == values(said)
    assert [one.message for one in noted.problems] == [one.message for one in said.problems]
    assert {one.cell[0] for one in noted.ignored} == {"G"}
    assert listed(noted)["G9"] == "it stands beside the words under “EXPLANATORY COMMENTARY”"
    assert listed(noted)["G7"] == "its column “seen” is not in the layout"


def test_a_note_alone_beside_a_list_is_none_of_it():
    said = parsed(book_of(Dashboard=(*DASHBOARD[:11], (None, None, "Checked"), DASHBOARD[11])), "project-dashboard")
    assert [record.value("post.title") for record in said.records["post"]] == ["Project manager", "Designer"]
    assert listed(said) == {"C12": "it stands beside the words under “RESOURCE PLANNING AND FORECASTING”"}


def test_a_word_among_figures_is_said_of_its_cell_and_does_not_make_the_row_a_shifted_one():
    figures = {column: Field(f"budget.y{column}", (f"Year {column}",), "money") for column in range(3, 13)}
    columns = {1: Field("node.title", ("Project",), required=True), **figures}
    row = {1: Cell("Lettings"), **{column: Cell(100 + column) for column in (3, 4, 5, 6, 7)}, 8: Cell("Checked")}
    assert columns_shifted(columns, row, 12) == 0


def test_headings_worded_a_little_otherwise_are_taken_and_said():
    renamed = {
        "RAG": "Current RAG status",
        "END DATE": "Date due",
        "MILESTONES AND INTERDEPENDENCIES": "Interdependencies and Milestones",
        "Project Score (3)": "Project Score (3)",
        "Project Status": "Status of the project",
    }
    rows = [tuple(renamed.get(words, words) for words in row) for row in DASHBOARD]
    said = parsed(book_of(Dashboard=DASHBOARD), "project-dashboard")
    otherwise = parsed(book_of(Dashboard=rows), "project-dashboard")
    assert values(otherwise) == values(said)
    read = [(one.cell, one.message) for one in otherwise.warnings if "is read as" in one.message]
    assert read == [
        ("A4", "The heading “Interdependencies and Milestones” is not in the layout; it is read as “MILESTONES AND"
         " INTERDEPENDENCIES”."),
        ("A2", "The heading “Status of the project” is not in the layout; it is read as “Project Status”."),
        ("D5", "The heading “Date due” is not in the layout; it is read as “DUE DATE”."),
        ("E5", "The heading “Current RAG status” is not in the layout; it is read as “RAG”."),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("heading", "one"),
    [
        ("Status date", Field("x.status", ("Status",), "status")),
        ("Status", Field("x.end", ("End date",), "written_date")),
        ("Date", Field("x.end", ("End date",), "written_date")),
        ("Project", Field("x.title", ("Project Name",), "text")),
        ("Original end date", Field("x.end", ("End date",), "written_date")),
    ],
)
def test_headings_that_say_something_else_are_not_taken(heading, one):
    assert near_label(heading, one) is None
    assert near_headings({1: "Current status", 2: "Project status"}, [Field("x.status", ("Status",), "status")]) == {}


def test_a_table_that_lacks_a_required_heading_is_said_to_lack_it():
    plan = (
        ("Ref", "What we do", "Lead Officer", "Start", "Finish", "Current Status"),
        ("A", "VISION"),
        ("A.1", "Develop a programme"),
    )
    said = parsed(book_of(Plan=plan), "action-plan")
    assert [(one.cell, one.message) for one in said.errors][:1] == [
        ("A1", "Under “Actions by theme” there is no column headed “Priority Actions”.")
    ]
    assert list(listed(said)) == ["A2", "B2", "A3", "B3"]


def test_a_list_of_values_without_a_status_is_said_to_keep_no_colours():
    book = book_of(CSV=(*RATINGS[:2], ("Finance", None, "Green"), ("People", None, "Amber")))
    assert not [one for one in parsed(book).warnings if "colours" in one.message]
    said = parsed(replace(book, kind="csv"))
    assert [(one.cell, one.message) for one in said.warnings if "colours" in one.message] == [
        ("B2", "No status stands below this heading, and a .csv keeps no colours. Load the workbook itself if they are"
         " shown by colour.")
    ]  # fmt: skip


def test_a_note_beside_a_label_whose_words_stand_below_it_is_none_of_them():
    update = (
        ("The Housing Portfolio",),
        ("Programme 1 - Empty Homes",),
        ("Programme Outline:", None, None, "Checked"),
        ("Homes are let again.",),
        ("Overview of progress:", "All is on plan."),
        ("Key Milestones", "Implementation Date", "Delivery Status, key updates"),
        ("Land bought", "Autumn 2018", "On time"),
    )
    said = parsed(book_of(Housing=update))
    (part,) = said.subjects
    assert part.value("text.outline") == "Homes are let again."
    assert part.value("text.progress") == "All is on plan."
    assert list(listed(said)) == ["D3"]
