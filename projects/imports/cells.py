"""A spreadsheet as plain values: the cells of its sheets, their places and the words in which a reader sees them."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Literal

FileKind = Literal["xlsx", "xls", "ods", "csv"]
CellValue = str | int | float | bool | date | datetime | None
State = Literal["visible", "hidden", "very_hidden"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. `value` None with `formula` set: a formula whose result was never stored.

    `fill_rgb` is six upper-case hex digits, None where the cell has no solid fill.
    `formula` is its text with the equals sign, None where the cell holds a plain value.
    """

    value: CellValue = None
    number_format: str = "General"
    fill_rgb: str | None = None
    comment: str | None = None
    formula: str | None = None
    is_error: bool = False

    @property
    def is_formula(self) -> bool:
        return self.formula is not None

    @property
    def text(self) -> str:
        """The value as a reader of the sheet would see it, near enough to quote: "01/04/2018", "-1%", "£601,400"."""
        return display(self.value, self.number_format)

    @property
    def is_blank(self) -> bool:
        """Whether a reader sees nothing here. A formula whose result is not stored may show something."""
        return self.formula is None if self.value is None else self.text == ""


@dataclass(slots=True)
class Sheet:
    """A worksheet as a sparse grid: (row, column), both from 1, to its cell. Merged ranges are (r1, c1, r2, c2)."""

    name: str
    state: State = "visible"
    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_cols: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Workbook:
    """A whole file. `notes` are things the importer should be told: macros ignored, links to other workbooks."""

    kind: FileKind
    sheets: list[Sheet]
    notes: list[str] = field(default_factory=list)


def column_letters(column: int) -> str:
    """1 -> "A", 27 -> "AA"."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """ "A" -> 1, "AA" -> 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def address(row: int, column: int) -> str:
    """(38, 5) -> "E38"."""
    return f"{column_letters(column)}{row}"


def position(cell: str) -> tuple[int, int]:
    """ "E38" -> (38, 5). ValueError where the text is no A1 address."""
    match = re.fullmatch(r"\$?([A-Za-z]{1,3})\$?([1-9]\d*)", cell.strip())
    if match is None:
        raise ValueError(f"{cell!r} is not a cell address")
    return int(match[2]), column_number(match[1])


def display(value: CellValue, number_format: str = "General") -> str:
    """The words of a value, by its kind and the broad sort of its number format."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return value.strftime("%d/%m/%Y %H:%M")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    if isinstance(value, int | float):
        if "%" in number_format:
            return f"{_plain_number(round(value * 100, 6))}%"
        if "£" in number_format:
            sign = "-" if value < 0 else ""
            pence = ".2f" if ".0" in number_format else ".0f"
            return f"{sign}£{abs(value):,{pence}}"
        return _plain_number(value)
    return value.strip()


def _plain_number(value: int | float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(value)


def tidy(value: object) -> CellValue:
    """A date without a time is a date; times alone and rich objects become their words."""
    if isinstance(value, datetime):
        return value.date() if value.time() == time(0) else value
    if value is None or isinstance(value, str | bool | int | float | date):
        return value
    if isinstance(value, timedelta):
        return str(value)
    return str(value)


def drop_covered(sheet: Sheet) -> None:
    """Under a merged range only its first cell is seen; what still stands in the others is nothing."""
    for top, left, bottom, right in sheet.merged:
        if (bottom - top + 1) * (right - left + 1) <= len(sheet.cells):
            places = [(row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)]
        else:
            places = [(row, column) for row, column in sheet.cells if top <= row <= bottom and left <= column <= right]
        for place in places:
            if place != (top, left):
                sheet.cells.pop(place, None)
