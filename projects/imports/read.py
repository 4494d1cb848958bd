"""Turn a spreadsheet file into one plain grid of cells, whichever format it came in.

.xlsx and .xlsm keep fills, merged ranges, number formats, comments and formulas (openpyxl); .xls and .ods give
values only (calamine); .csv gives text. Run it through `child.read_safely`, which puts limits round it.
"""

import colorsys
import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Literal

import openpyxl
from openpyxl.styles.colors import COLOR_INDEX
from python_calamine import CalamineWorkbook

from projects.imports.guard import FileKind
from projects.imports.problems import WorkbookRefused

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
        return self.formula is None and (self.value is None or self.text == "")


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


def read_workbook(path: Path, kind: FileKind, notes: Iterable[str] = ()) -> Workbook:
    """Read a file already looked at by `guard.check_file`, which gave `kind` and `notes`."""
    readers = {"xlsx": _read_xlsx, "xls": _read_calamine, "ods": _read_calamine, "csv": _read_csv}
    return Workbook(kind, readers[kind](Path(path)), list(notes))


# xlsx and xlsm -----------------------------------------------------------------------------------------------------


def _read_xlsx(path: Path) -> list[Sheet]:
    book = openpyxl.load_workbook(path, keep_links=False)
    theme = _theme_colours(book.loaded_theme)
    # The second load is dear and only formulas need it.
    has_formulas = any(cell.data_type == "f" for sheet in book.worksheets for cell in sheet._cells.values())
    results = openpyxl.load_workbook(path, keep_links=False, data_only=True) if has_formulas else None
    return [_xlsx_sheet(sheet, results[sheet.title] if results else None, theme) for sheet in book.worksheets]


def _xlsx_sheet(sheet, results, theme: list[str]) -> Sheet:
    state = {"hidden": "hidden", "veryHidden": "very_hidden"}.get(sheet.sheet_state, "visible")
    read = Sheet(sheet.title, state)
    # The sparse store, not iter_rows(): one far-off cell would make that walk through millions of empty ones.
    for (row, column), source in sorted(sheet._cells.items()):
        formula, value, is_error = None, source.value, source.data_type == "e"
        if source.data_type == "f":
            formula = str(getattr(value, "text", value))
            formula = formula if formula.startswith("=") else f"={formula}"
            result = results._cells.get((row, column))
            value, is_error = (result.value, result.data_type == "e") if result is not None else (None, False)
        fill = _fill_rgb(source.fill, theme) if source.has_style else None
        comment = source.comment.text if source.comment else None
        if value is None and formula is None and fill is None and comment is None:
            continue
        read.cells[row, column] = Cell(_tidy(value), source.number_format, fill, comment, formula, is_error)
    read.merged = sorted((m.min_row, m.min_col, m.max_row, m.max_col) for m in sheet.merged_cells.ranges)
    read.hidden_rows = sorted(row for row, look in sheet.row_dimensions.items() if look.hidden)
    for look in sheet.column_dimensions.values():
        if look.hidden and look.min:
            read.hidden_cols.extend(range(look.min, min(look.max, look.min + 999) + 1))
    read.hidden_cols.sort()
    return read


def _tidy(value) -> CellValue:
    """A date without a time is a date; times alone and rich objects become their words."""
    if isinstance(value, datetime):
        return value.date() if value.time() == time(0) else value
    if value is None or isinstance(value, str | bool | int | float | date):
        return value
    if isinstance(value, timedelta):
        return str(value)
    return str(value)


def _theme_colours(theme: bytes | None) -> list[str]:
    """The workbook's twelve theme colours in the order that cells count them (light before dark)."""
    found = re.findall(
        rb"<a:(dk1|lt1|dk2|lt2|accent[1-6]|hlink|folHlink)>\s*<a:(?:sysClr[^>]*lastClr|srgbClr[^>]*val)=\"(\w{6})\"",
        theme or b"",
    )
    by_name = {name.decode(): rgb.decode().upper() for name, rgb in found}
    order = ["lt1", "dk1", "lt2", "dk2", *(f"accent{n}" for n in range(1, 7)), "hlink", "folHlink"]
    return [by_name.get(name, "") for name in order]


def _fill_rgb(fill, theme: list[str]) -> str | None:
    if fill.fill_type != "solid":
        return None
    colour = fill.fgColor
    if colour.type == "rgb" and isinstance(colour.rgb, str):
        rgb = colour.rgb[-6:]
    elif colour.type == "indexed" and colour.indexed < len(COLOR_INDEX):
        rgb = COLOR_INDEX[colour.indexed][-6:]
    elif colour.type == "theme" and colour.theme < len(theme):
        rgb = theme[colour.theme]
    else:
        return None
    return _tinted(rgb.upper(), colour.tint) if len(rgb) == 6 else None


def _tinted(rgb: str, tint: float) -> str:
    """A theme colour made lighter (tint above 0) or darker, as spreadsheet programmes do it."""
    if not tint:
        return rgb
    hue, light, strength = colorsys.rgb_to_hls(*(int(rgb[i : i + 2], 16) / 255 for i in (0, 2, 4)))
    light = light * (1 + tint) if tint < 0 else light * (1 - tint) + tint
    return "".join(f"{round(part * 255):02X}" for part in colorsys.hls_to_rgb(hue, light, strength))


# xls and ods -------------------------------------------------------------------------------------------------------


def _read_calamine(path: Path) -> list[Sheet]:
    book = CalamineWorkbook.from_path(str(path))
    sheets = []
    for about in book.sheets_metadata:
        state = {"Hidden": "hidden", "VeryHidden": "very_hidden"}.get(str(about.visible).split(".")[-1], "visible")
        read = Sheet(about.name, state)
        # Without skip_empty_area=False the first filled cell would be called A1.
        source = book.get_sheet_by_name(about.name)
        for row, values in enumerate(source.to_python(skip_empty_area=False), start=1):
            for column, value in enumerate(values, start=1):
                if value not in ("", None):
                    if isinstance(value, float) and value.is_integer():
                        value = int(value)  # these formats hold every number as a float
                    read.cells[row, column] = Cell(_tidy(value))
        read.merged = sorted(
            (top + 1, left + 1, bottom + 1, right + 1)
            for (top, left), (bottom, right) in source.merged_cell_ranges or []
        )
        sheets.append(read)
    return sheets


# csv ---------------------------------------------------------------------------------------------------------------

CSV_SHEET = "CSV"
# What a council's file may well hold outside ASCII; used to tell the one-byte encodings apart.
LIKELY_SIGNS = set("£€‘’“”–—•…°½¼¾éèêëàâäáçïîíñôöóúüÉ×\xa0")


def _read_csv(path: Path) -> list[Sheet]:
    text = decode(path.read_bytes())
    read = Sheet(CSV_SHEET)
    for row, values in enumerate(_csv_rows(text), start=1):
        for column, value in enumerate(values, start=1):
            if value.strip():
                read.cells[row, column] = Cell(value.strip())
    return [read]


def _csv_rows(text: str) -> Iterator[list[str]]:
    head = text[:20_000]
    first_line = re.split(r"[\r\n]", head.lstrip(), maxsplit=1)[0]
    delimiter = max(",;\t|", key=first_line.count)
    # Some programmes put a carriage return, or two, before the line feed; alone it ends a line too.
    source = io.StringIO(re.sub(r"\r+\n", "\n", text), newline="")
    try:
        yield from csv.reader(source, delimiter=delimiter)
    except csv.Error as error:
        raise WorkbookRefused(f"The file could not be read as a list of values: {error}.") from error


def decode(content: bytes) -> str:
    """The text of a file of unknown encoding: by its mark, then UTF-8, then the likeliest one-byte code page."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    sample = content[:2000]
    if sample.count(0) > len(sample) // 4:
        return content.decode("utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be", "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        readings = [content.decode(name, errors="replace") for name in ("cp1252", "mac_roman", "cp850")]
        return max(readings, key=_likelihood)


def _likelihood(text: str) -> int:
    strange = [sign for sign in text if ord(sign) > 127]
    return sum(1 if sign in LIKELY_SIGNS else -2 if not sign.isalpha() else -1 for sign in strange)
