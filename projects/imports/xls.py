"""Read .xls: the values by calamine, and with `biff` what calamine leaves out."""

import struct
from datetime import timedelta
from io import BytesIO
from pathlib import Path

from python_calamine import CalamineWorkbook, SheetTypeEnum

from projects.imports.biff import Locked, Looks, read_looks
from projects.imports.cells import Cell, CellValue, Sheet, State, drop_covered, tidy
from projects.imports.guard import LOCKED, SizeLimits, check_place
from projects.imports.problems import WorkbookRefused
from projects.rules.printable import printable

STATES: dict[str, State] = {"Hidden": "hidden", "VeryHidden": "very_hidden"}
NO_LOOKS = "Only the values of the workbook could be read: colours and what is hidden are not taken from so old a file."


def read_xls(path: Path, limits: SizeLimits) -> tuple[list[Sheet], list[str]]:
    """The sheets in the order of their tabs, and what the importer should be told."""
    content = path.read_bytes()
    looks = _looks(content)
    # Not by its path: calamine would go by the name, which may say .xlsx.
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    sheets: list[Sheet] = []
    notes = [] if looks else [NO_LOOKS]
    for about in book.sheets_metadata:
        name = printable(about.name)
        if about.typ != SheetTypeEnum.WorkSheet:
            notes.append(f"The sheet “{name}” is a chart or holds macros; it holds no cells to take.")
            continue
        sheet = Sheet(name, STATES.get(str(about.visible).rpartition(".")[2], "visible"))
        filled = sum(len(one.cells) for one in sheets)
        look = looks.get(name) or Looks(name, sheet.state, is_worksheet=True)
        _fill(sheet, book.get_sheet_by_name(about.name), look, limits, filled)
        sheets.append(sheet)
        if look.rules:
            notes.append(
                f"The sheet “{name}” colours cells by rules that the portal does not work out in .xls files; the cells'"
                " own colours are taken there. Save the workbook as .xlsx if a status is shown by such a colour alone."
            )
    return sheets, notes


def _looks(content: bytes) -> dict[str, Looks]:
    try:
        return {looks.name: looks for looks in read_looks(content)}
    except Locked as locked:
        raise WorkbookRefused(LOCKED) from locked
    except (struct.error, IndexError, ValueError):
        return {}


def _fill(sheet: Sheet, source, look: Looks, limits: SizeLimits, filled: int) -> None:
    # Without skip_empty_area=False the first filled cell would be called A1.
    for row, values in enumerate(source.to_python(skip_empty_area=False), start=1):
        for column, value in enumerate(values, start=1):
            if value not in ("", None):
                check_place(row, column, sheet.name, limits, filled=filled + len(sheet.cells))
                number_format, fill = look.styles.get((row, column), ("General", None))
                sheet.cells[row, column] = Cell(_value(value), number_format, fill)
    for place, (number_format, fill) in look.styles.items():
        if fill and place not in sheet.cells and place[0] <= limits.rows and place[1] <= limits.columns:
            sheet.cells[place] = Cell(None, number_format, fill)
    for place in (*look.errors, *look.comments):
        check_place(*place, sheet.name, limits)
    for place, words in look.errors.items():
        number_format, fill = look.styles[place]
        sheet.cells[place] = Cell(words, number_format, fill, is_error=True)
    for place, words in look.comments.items():
        known = sheet.cells.get(place, Cell())
        sheet.cells[place] = Cell(known.value, known.number_format, known.fill_rgb, words, None, known.is_error)
    sheet.merged, sheet.hidden_rows, sheet.hidden_cols = look.merged, look.hidden_rows, look.hidden_cols
    drop_covered(sheet)


def _value(value: object) -> CellValue:
    if isinstance(value, float) and value.is_integer():
        return int(value)  # the format holds every number as a float
    if isinstance(value, str):
        return printable(value)
    return str(value) if isinstance(value, timedelta) else tidy(value)
