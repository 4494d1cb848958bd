"""Fill cells of an .xlsx and leave all else in it as it is, byte for byte: formulas, results, looks, drop-downs.

A library that reads a workbook and writes it again loses what it does not know, and the stored results of formulas
with it; so the cells are replaced in the text of their sheets.
"""

import re
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from itertools import count
from pathlib import Path
from xml.parsers.expat import ExpatError
from xml.sax.saxutils import escape

from projects.imports.cells import address, column_number, position
from projects.imports.problems import WorkbookRefused
from projects.imports.xml_parts import Package
from projects.rules.dates import EXCEL_1900, EXCEL_1904
from projects.rules.printable import printable

Value = str | int | float | date | None
ROW = re.compile(r"<row\b([^>]*?)(?:/>|>(.*?)</row>)", re.DOTALL)
CELL = re.compile(r"<c\b([^>]*?)(?:/>|>(.*?)</c>)", re.DOTALL)
ENTRY = re.compile(r"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
DATA = re.compile(r"<sheetData\b[^>]*?(?:/>|>(.*)</sheetData>)", re.DOTALL)
CHAIN = re.compile(r"<(?:Override|Relationship)\b[^>]*calcChain[^>]*?/>")
RESULT = re.compile(r"<v\b[^>]*?(?:/>|>.*?</v>)", re.DOTALL)
SHARED = re.compile(r"<v\b[^>]*>\s*(\d+)\s*</v>")
TEXT = re.compile(r"<si\b[^>]*?(?:/>|>.*?</si>)", re.DOTALL)
MOST_TEXT = 40 * 2**20  # of one sheet
MAIN = "xl/workbook.xml"
TEXTS = "sharedStrings"
FIGURE = re.compile(r"<v\b[^>]*>[^<]")  # in a cell that says of no other kind


@dataclass(frozen=True)
class _Day:
    """A date as the number of its day, for cells that hold dates so, and in words for all others."""

    number: int
    words: str


Figure = str | int | float | _Day | None


class CannotBeFilled(Exception):
    """The workbook is written in a way that is not known here, or a cell holds what others hang on."""


def fill_workbook(
    content: bytes, values: Mapping[tuple[str, str], Value], path: Path, *, keeps_results: bool = True
) -> Path:
    """Write `values` by (sheet, cell) into a copy of a workbook at `path`.

    "" empties a cell; None does, but leaves a formula, of which the result goes. What stood in a cell before is
    nowhere in the copy, the words that sheets share included. `keeps_results`: formulas keep their results, until
    they are worked out anew.
    """
    by_sheet: dict[str, dict[tuple[int, int], Value]] = {}
    for (sheet, cell), value in values.items():
        by_sheet.setdefault(sheet, {})[position(cell)] = value
    with zipfile.ZipFile(BytesIO(content)) as source:
        parts, epoch, shared = _book(source)
        for sheet in by_sheet.keys() - parts.keys():
            if any(value not in ("", None) for value in by_sheet.pop(sheet).values()):
                raise CannotBeFilled(f"The workbook has no sheet {sheet}.")
        changed, loses_formula = {}, False
        for sheet, cells in by_sheet.items():
            figures = {at: _figure(one, epoch) for at, one in cells.items()}
            changed[parts[sheet]], is_lost = _filled(_text(source, parts[sheet]), figures)
            loses_formula |= is_lost
        if not keeps_results:
            for part in parts.values():
                changed[part] = _without_results(changed[part] if part in changed else _text(source, part))
        if gone := _words_gone(source, parts.values(), changed):
            changed[shared] = _without(_text(source, shared), gone)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
            for entry in source.infolist():
                if entry.filename in changed:
                    target.writestr(entry.filename, changed[entry.filename])
                elif loses_formula and entry.filename == "xl/calcChain.xml":
                    continue  # it names cells that hold no formula any more; programmes make it anew
                elif loses_formula and entry.filename in ("[Content_Types].xml", "xl/_rels/workbook.xml.rels"):
                    target.writestr(entry.filename, CHAIN.sub("", _text(source, entry.filename)))
                elif values and entry.filename == MAIN:
                    target.writestr(entry.filename, _worked_out_anew(_text(source, entry.filename)))
                else:
                    target.writestr(entry, source.read(entry))
    return Path(path)


def _words_gone(source: zipfile.ZipFile, sheets: Iterable[str], changed: Mapping[str, str]) -> set[int]:
    """The shared words, by number, that stood in cells which were filled and stand in no cell any more."""
    before = {number for part in changed for number in _shared_in(_text(source, part))}
    after = {number for text in changed.values() for number in _shared_in(text)}
    gone = before - after
    for part in sheets:
        if gone and part not in changed:
            gone -= _shared_in(_text(source, part))
    return gone


def _shared_in(text: str) -> set[int]:
    cells = (match[2] for match in CELL.finditer(text) if match[2] and _entries(match[1]).get("t") == "s")
    return {int(found[1]) for inner in cells if (found := SHARED.search(inner))}


def _without_results(text: str) -> str:
    return CELL.sub(lambda match: _unworked(match) if "<f" in (match[2] or "") else match[0], text)


def _unworked(match: re.Match[str]) -> str:
    """A cell with its formula alone."""
    return f"<c{match[1]}>{RESULT.sub('', match[2])}</c>"


def _without(text: str, gone: set[int]) -> str:
    """The words that sheets share, some of them blank."""
    numbers = count()
    blanked, held = TEXT.subn(lambda match: "<si><t/></si>" if next(numbers) in gone else match[0], text)
    if held <= max(gone):
        raise CannotBeFilled("The words of the workbook are kept in a form that is not known.")
    return blanked


def _text(source: zipfile.ZipFile, name: str) -> str:
    try:
        if source.getinfo(name).file_size > MOST_TEXT:
            raise CannotBeFilled(f"{name} is too large to be filled.")
        return source.read(name).decode("utf-8-sig")
    except (KeyError, UnicodeDecodeError) as error:
        raise CannotBeFilled(f"{name} cannot be read.") from error


def _entries(words: str) -> dict[str, str]:
    return {found[1]: found[2] if found[2] is not None else found[3] for found in ENTRY.finditer(words)}


def _book(source: zipfile.ZipFile) -> tuple[dict[str, str], date, str]:
    """The part of the file that each sheet is kept in, the day from which its dates are counted, and the part with
    the words that sheets share."""
    package = Package(source)
    try:
        book = package.tree(MAIN)
        related = list(package.related(MAIN))
    except (ExpatError, WorkbookRefused) as error:
        raise CannotBeFilled(f"{MAIN} cannot be read.") from error
    sheets = [(each.get("name", ""), each.get("id", "")) for each in book.iterfind("sheets/sheet")]
    properties = book.find("workbookPr")
    is_1904 = properties is not None and properties.get("date1904") in ("1", "true")
    kept = {name: part for name, _, part in related}
    shared = next((part for _, kind, part in related if kind == TEXTS), "")
    parts = {name: kept[key] for name, key in sheets if key in kept}
    return parts, EXCEL_1904 if is_1904 else EXCEL_1900, shared


def _figure(value: Value, epoch: date) -> Figure:
    return _Day((value - epoch).days, f"{value:%d/%m/%Y}") if isinstance(value, date) else value


def _worked_out_anew(text: str) -> str:
    """The workbook with its formulas worked out when it is opened."""
    if "fullCalcOnLoad" in text:
        return text
    if "<calcPr" in text:
        return text.replace("<calcPr", '<calcPr fullCalcOnLoad="1"', 1)
    return text


def _filled(text: str, cells: Mapping[tuple[int, int], Figure]) -> tuple[str, bool]:
    """The text of a sheet with its cells filled, and whether a formula went."""
    found = DATA.search(text)
    if found is None:
        raise CannotBeFilled("A sheet has no cells in a form that is known.")
    inner = found[1] or ""
    rows: dict[int, dict[int, Figure]] = {}
    for (row, column), value in cells.items():
        rows.setdefault(row, {})[column] = value
    written, end, lost = [], 0, False
    for match in ROW.finditer(inner):
        number = int(_entries(match[1]).get("r", "0") or 0)
        if not number:
            raise CannotBeFilled("A row of a sheet does not say which it is.")
        written.append(inner[end : match.start()])
        earlier = sorted(row for row in rows if row < number)
        written += [_new_row(missing, rows.pop(missing)) for missing in earlier]
        if number in rows:
            made, is_lost = _row(match[1], match[2] or "", number, rows.pop(number))
            written.append(made)
            lost |= is_lost
        else:
            written.append(match[0])
        end = match.end()
    written.append(inner[end:])
    written += [_new_row(row, rows[row]) for row in sorted(rows)]
    return f"{text[: found.start()]}<sheetData>{''.join(written)}</sheetData>{text[found.end() :]}", lost


def _new_row(row: int, columns: Mapping[int, Figure]) -> str:
    cells = "".join(_cell(row, column, columns[column], "") for column in sorted(columns))
    return f'<row r="{row}">{cells}</row>' if cells else ""


def _row(entries: str, inner: str, row: int, wanted: dict[int, Figure]) -> tuple[str, bool]:
    written, end, lost = [], 0, False
    wanted = dict(wanted)
    for match in CELL.finditer(inner):
        said = _entries(match[1])
        place = re.match(r"[A-Z]+", said.get("r", ""))
        if place is None:
            raise CannotBeFilled("A cell of a sheet does not say where it stands.")
        column = column_number(place[0])
        written.append(inner[end : match.start()])
        earlier = sorted(one for one in wanted if one < column)
        written += [_cell(row, missing, wanted.pop(missing), "") for missing in earlier]
        if column in wanted:
            made, is_lost = _cell_again(match, row, column, wanted.pop(column))
            written.append(made)
            lost |= is_lost
        else:
            written.append(match[0])
        end = match.end()
    written.append(inner[end:])
    written += [_cell(row, column, wanted[column], "") for column in sorted(wanted)]
    entries = re.sub(r"""\s+spans=("[^"]*"|'[^']*')""", "", entries)
    return f"<row{entries}>{''.join(written)}</row>", lost


def _cell_again(match: re.Match[str], row: int, column: int, value: Figure) -> tuple[str, bool]:
    """A cell that there is, filled, and whether its formula went."""
    held, said = match[2] or "", _entries(match[1])
    has_formula = "<f" in held
    if has_formula and value is None:
        return _unworked(match), False
    if has_formula and re.search(r"<f\b[^>]*\bref=", held):
        raise CannotBeFilled(f"Other cells hang on the formula in {address(row, column)}.")
    holds_figure = said.get("t", "n") in ("n", "d") and FIGURE.search(held) is not None
    return _cell(row, column, value, said.get("s", ""), holds_figure=holds_figure), has_formula


def _cell(row: int, column: int, value: Figure, style: str, *, holds_figure: bool = False) -> str:
    looks = f' s="{style}"' if style.isdecimal() else ""
    start = f'<c r="{address(row, column)}"{looks}'
    if isinstance(value, _Day):
        value = value.number if holds_figure else value.words
    if value in ("", None):
        return f"{start}/>" if looks else ""
    if isinstance(value, int | float):
        return f"{start}><v>{value!r}</v></c>"
    return f'{start} t="inlineStr"><is><t xml:space="preserve">{escape(printable(value))}</t></is></c>'
