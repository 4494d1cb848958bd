"""An .xls workbook comes out as a reader of the sheet sees it."""

import struct
from datetime import date, datetime

import pytest

from projects.imports.child import read_here
from projects.imports.problems import WorkbookRefused
from projects.imports.read import Workbook
from projects.imports.xls import NO_LOOKS
from tests.projects.imports.xls_files import (
    blank,
    build_xls,
    comment,
    error,
    failed_formula,
    number,
    record,
    start,
    text,
)

RED, FIRST_OWN = 10, 8


def read(tmp_path, records: bytes, **options) -> Workbook:
    return read_here(build_xls(tmp_path / "register.xls", [("Status", 0, records)], **options))


def values(workbook: Workbook) -> dict:
    return {place: cell.value for place, cell in workbook.sheets[0].cells.items()}


def test_values_stay_where_and_what_they_are(tmp_path):
    records = text(1, 1, "0042") + text(1, 2, "Café – “new”") + number(1, 3, 5) + number(1, 4, -5.5)
    found = values(read(tmp_path, records))
    assert found == {(2, 2): "0042", (2, 3): "Café – “new”", (2, 4): 5, (2, 5): -5.5}
    assert type(found[2, 4]) is int


@pytest.mark.parametrize("is_1904", [False, True])
def test_days_of_both_calendars(tmp_path, is_1904):
    first = 1462 if is_1904 else 0
    records = number(0, 0, 43191 - first, 1) + number(0, 1, 43191.395833333336 - first, 1)
    workbook = read(tmp_path, records, styles=[(0, 0, 64), (14, 0, 64)], is_1904=is_1904)
    assert list(values(workbook).values()) == [date(2018, 4, 1), datetime(2018, 4, 1, 9, 30)]  # noqa: DTZ001


def test_how_numbers_are_written(tmp_path):
    records = number(0, 0, 0.93, 1) + number(0, 1, 601400, 2)
    workbook = read(tmp_path, records, formats=['"£"#,##0'], styles=[(0, 0, 64), (9, 0, 64), (164, 0, 64)])
    assert [cell.text for cell in workbook.sheets[0].cells.values()] == ["93%", "£601,400"]


def test_fills_of_the_palette_and_of_blank_cells(tmp_path):
    styles = [(0, 0, 64), (0, 1, RED), (0, 1, FIRST_OWN), (0, 4, RED), (0, 1, 65)]
    records = (
        text(0, 0, "Red", 1) + blank(0, 1, 1) + text(0, 2, "own", 2) + text(0, 3, "hatched", 3) + number(0, 4, 1, 4)
    )
    several = record(0xBE, struct.pack("<HHHHHH", 1, 0, 1, 0, 1, 2))
    numbers = record(0xBD, struct.pack("<HHHiHiH", 2, 0, 1, (7 << 2) | 2, 0, (8 << 2) | 2, 1))
    colours = [b"\x12\x34\x56", b"\xff\xff\xff", b"\xff\x00\x00"]
    workbook = read(tmp_path, records + several + numbers, styles=styles, own_colours=colours)
    cells = workbook.sheets[0].cells
    assert [cells[1, column].fill_rgb for column in range(1, 6)] == ["FF0000", "FF0000", "123456", None, None]
    assert {place: cell.fill_rgb for place, cell in cells.items() if place[0] == 2} == {
        (2, 1): "FF0000",
        (2, 3): "FF0000",
    }
    assert [(cells[3, column].value, cells[3, column].fill_rgb) for column in (1, 2)] == [(7, "FF0000"), (8, None)]


def test_errors(tmp_path):
    workbook = read(tmp_path, error(0, 0, 23) + failed_formula(0, 1, 7) + number(0, 2, 1))
    assert [(cell.value, cell.is_error) for _, cell in sorted(workbook.sheets[0].cells.items())] == [
        ("#REF!", True),
        ("#DIV/0!", True),
        (1, False),
    ]


def test_what_is_merged_hidden_or_said_in_comments(tmp_path):
    merged = record(0xE5, struct.pack("<HHHHH", 1, 0, 1, 0, 2))
    hidden_row = record(0x208, struct.pack("<HHHHIHH", 3, 0, 1, 255, 0, 0x20, 0))
    flat_row = record(0x208, struct.pack("<HHHHIHH", 4, 0, 1, 0, 0, 0, 0))
    shown_row = record(0x208, struct.pack("<HHHHIHH", 5, 0, 1, 255, 0, 0, 0))
    hidden_columns = record(0x7D, struct.pack("<HHHHHH", 5, 6, 2048, 0, 1, 0))
    chart = start(0x20) + error(0, 0, 23) + record(0x0A)
    records = hidden_row + flat_row + shown_row + hidden_columns + text(0, 0, "head") + text(1, 1, "unseen") + merged
    records += chart + text(3, 0, "x") + comment(3, 0, "Ask the board") + comment(7, 7, "Why?", of=2)
    (sheet,) = read(tmp_path, records).sheets
    assert (sheet.merged, sheet.hidden_rows, sheet.hidden_cols) == ([(1, 1, 2, 3)], [4, 5], [6, 7])
    assert {place: (cell.value, cell.comment) for place, cell in sheet.cells.items()} == {
        (1, 1): ("head", None),
        (4, 1): ("x", "Ask the board"),
        (8, 8): (None, "Why?"),
    }


def test_hidden_sheets_are_told_apart(tmp_path):
    sheets = [("One", 0, text(0, 0, "x")), ("Lists", 1, b""), ("Secret", 2, b"")]
    workbook = read_here(build_xls(tmp_path / "register.xls", sheets))
    assert [(sheet.name, sheet.state) for sheet in workbook.sheets] == [
        ("One", "visible"),
        ("Lists", "hidden"),
        ("Secret", "very_hidden"),
    ]


def test_rules_that_colour_are_told(tmp_path):
    workbook = read(tmp_path, text(0, 0, "Red") + record(0x1B1, bytes(20)))
    (note,) = workbook.notes
    assert note.startswith("The sheet “Status” colours cells by rules that the portal does not work out in .xls files")


def test_a_workbook_locked_with_a_password(tmp_path):
    with pytest.raises(WorkbookRefused, match="protected by a password"):
        read(tmp_path, text(0, 0, "x"), also=record(0x2F, struct.pack("<HHH", 0, 1, 2)))


def test_values_are_taken_where_the_looks_cannot_be_read(tmp_path):
    workbook = read(tmp_path, text(0, 0, "Red") + record(0x208, b"\0"))
    assert (values(workbook), workbook.notes) == ({(1, 1): "Red"}, [NO_LOOKS])


@pytest.mark.parametrize("kept", [100, 600, 1_500])
def test_a_truncated_workbook_is_refused(tmp_path, kept):
    path = build_xls(tmp_path / "register.xls", [("Status", 0, text(0, 0, "Red") * 200)])
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(WorkbookRefused):
        read_here(path)


def test_a_comment_or_an_error_further_off_than_is_taken_is_refused(tmp_path):
    for far in (comment(3, 20_000, "ask"), error(3, 20_000, 23)):
        with pytest.raises(WorkbookRefused, match="has a cell at ACOG4; the most that is taken"):
            read(tmp_path, text(0, 0, "x") + far)
