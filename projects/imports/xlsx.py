"""Read .xlsx and .xlsm: values with the formulas they come from, fills as a person sees them, what is merged or hidden.

Each part is read once, in one pass. A sheet's stated dimension is not believed, and of two readings of a file (what
openpyxl gives with formulas, and what it gives with their results) this needs neither.
"""

import re
import string
import zipfile
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import isfinite
from pathlib import Path
from typing import IO, Any
from xml.etree.ElementTree import Element, TreeBuilder

from openpyxl.formula.translate import Translator
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.utils.datetime import CALENDAR_MAC_1904, WINDOWS_EPOCH, from_excel

from projects.imports.cells import Cell, CellValue, Sheet, State, address, column_number, drop_covered, tidy
from projects.imports.colours import PALETTE, seen_colour, theme_colours
from projects.imports.conditional import Rule, areas_of, paint
from projects.imports.guard import SizeLimits, check_place
from projects.imports.xml_parts import Package, local, local_attributes, new_parser
from projects.rules.printable import printable

STATES: dict[str, State] = {"hidden": "hidden", "veryHidden": "very_hidden"}
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
MOST_HIDDEN_COLUMNS = 1_000  # of one entry: "all columns to the right" is one
OTHER_SHEETS = {"chartsheet": "a chart", "dialogsheet": "a dialogue", "xlMacrosheet": "a sheet of macros"}


@dataclass
class Look:
    """What a cell's style says: how a number is written, whether it counts days, and the fill."""

    number_format: str = "General"
    counts_days: bool = False
    is_duration: bool = False
    fill_rgb: str | None = None


@dataclass
class _Book:
    """What the sheets of a workbook share."""

    package: Package
    limits: SizeLimits
    texts: list[str] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    rule_fills: list[str | None] = field(default_factory=list)
    epoch: datetime = WINDOWS_EPOCH
    theme: list[str] = field(default_factory=list)
    palette: tuple[str, ...] = PALETTE
    notes: list[str] = field(default_factory=list)
    filled: int = 0


def read_xlsx(path: Path, limits: SizeLimits) -> tuple[list[Sheet], list[str]]:
    """The sheets in the order of their tabs, and what the importer should be told."""
    with zipfile.ZipFile(path) as archive:
        package = Package(archive)
        main = next((part for _, kind, part in package.related("") if kind == "officeDocument"), "xl/workbook.xml")
        related = {name: (kind, part) for name, kind, part in package.related(main)}
        book = _shared(package, main, related, limits)
        sheets = []
        for entry in package.tree(main).iterfind("sheets/sheet"):
            name, (kind, part) = printable(entry.get("name", "")), related.get(entry.get("id", ""), ("", ""))
            if kind in OTHER_SHEETS:
                book.notes.append(f"The sheet “{name}” is {OTHER_SHEETS[kind]}; it holds no cells to take.")
            elif part in package:
                sheet = Sheet(name, STATES.get(entry.get("state", ""), "visible"))
                _fill_sheet(sheet, part, book)
                sheets.append(sheet)
                book.filled += len(sheet.cells)
            else:
                book.notes.append(f"The sheet “{name}” is not in the file any more.")
        return sheets, book.notes


# What sheets share -------------------------------------------------------------------------------------------------


def _shared(package: Package, main: str, related: dict[str, tuple[str, str]], limits: SizeLimits) -> _Book:
    parts = dict(related.values())
    book = _Book(package, limits, theme=theme_colours(package.read(parts.get("theme", ""))))
    properties = package.tree(main).find("workbookPr")
    if properties is not None and properties.get("date1904") in ("1", "true"):
        book.epoch = CALENDAR_MAC_1904
    if parts.get("sharedStrings", "") in package:
        with package.open(parts["sharedStrings"]) as part:
            book.texts = _shared_texts(part)
    _read_styles(book, package.tree(parts.get("styles", "")))
    return book


def _shared_texts(part: IO[bytes]) -> list[str]:
    """The texts that cells point to; rich text as its words, what only tells how to pronounce them left out."""
    texts: list[str] = []
    words: list[str] = []
    inside = {"t": False, "rPh": False}

    def start(name, attributes):
        name = local(name)
        if name in inside:
            inside[name] = True

    def end(name):
        name = local(name)
        if name in inside:
            inside[name] = False
        elif name == "si":
            texts.append(unescaped("".join(words)))
            words.clear()

    def characters(text):
        if inside["t"] and not inside["rPh"]:
            words.append(text)

    parser = new_parser()
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, characters
    parser.ParseFile(part)
    return texts


def unescaped(text: str) -> str:
    """The text with the signs that XML cannot hold: "_x000D_" is the end of a line."""
    return printable(ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)) if "_x" in text else text


def _read_styles(book: _Book, styles: Element) -> None:
    own = [each.get("rgb", "")[-6:].upper() for each in styles.iterfind("colors/indexedColors/rgbColor")]
    book.palette = (*own, *PALETTE[len(own) :])
    formats = {**BUILTIN_FORMATS}
    for each in styles.iterfind("numFmts/numFmt"):
        formats[_whole(each.get("numFmtId"))] = printable(each.get("formatCode") or "General")
    fills = [_solid(each, book) for each in styles.iterfind("fills/fill")]
    for each in styles.iterfind("cellXfs/xf"):
        number_format, fill = formats.get(_whole(each.get("numFmtId")), "General"), _whole(each.get("fillId"))
        is_duration = is_timedelta_format(number_format)
        book.looks.append(
            Look(
                number_format,
                is_duration or is_date_format(number_format),
                is_duration,
                fills[fill] if 0 <= fill < len(fills) else None,
            )
        )
    book.looks = book.looks or [Look()]
    book.rule_fills = [_rule_fill(each.find("fill"), book) for each in styles.iterfind("dxfs/dxf")]


def _whole(words: str | None) -> int:
    return int(words) if words and words.isdecimal() and len(words) < 10 else 0


def _solid(fill: Element, book: _Book) -> str | None:
    pattern = fill.find("patternFill")
    if pattern is None or pattern.get("patternType") != "solid":
        return None
    colour = pattern.find("fgColor")
    return seen_colour(colour.attrib, book.theme, book.palette) if colour is not None else None


def _rule_fill(fill: Element | None, book: _Book) -> str | None:
    """In a rule it is the background colour that a solid fill, or one that names no pattern, is made of."""
    pattern = fill.find("patternFill") if fill is not None else None
    if pattern is None or pattern.get("patternType", "solid") != "solid":
        return None
    colours = (pattern.find("bgColor"), pattern.find("fgColor"))
    seen = (seen_colour(each.attrib, book.theme, book.palette) for each in colours if each is not None)
    return next((colour for colour in seen if colour), None)


# One sheet ---------------------------------------------------------------------------------------------------------


def _fill_sheet(sheet: Sheet, part: str, book: _Book) -> None:
    with book.package.open(part) as source:
        rest = _SheetPart(sheet, book).read(source)
    sheet.merged = sorted(
        area for each in rest.iterfind("mergeCells/mergeCell") for area in areas_of(each.get("ref", ""))
    )
    drop_covered(sheet)
    sheet.hidden_rows.sort()
    for each in rest.iterfind("cols/col"):
        first, last = _whole(each.get("min")), _whole(each.get("max"))
        if first and (_is_on(each.get("hidden")) or each.get("width") == "0"):
            sheet.hidden_cols.extend(range(first, min(last, first + MOST_HIDDEN_COLUMNS - 1) + 1))
    sheet.hidden_cols.sort()
    left_out = paint(sheet, _rules(rest, book))
    if left_out:
        rules = "a rule" if left_out == 1 else f"{left_out} rules"
        book.notes.append(
            f"The sheet “{sheet.name}” colours cells by {rules} that the portal does not work out;"
            " the cells' own colours are taken there."
        )
    _add_comments(sheet, part, book.package)


def _is_on(words: str | None) -> bool:
    return words in ("1", "true")


def _rules(rest: Element, book: _Book) -> list[Rule]:
    rules = []
    for group in rest.iter("conditionalFormatting"):
        # Newer rules stand in an extension, with their areas and their look inside.
        areas = areas_of(group.get("sqref") or group.findtext("sqref") or "")
        for each in group.iterfind("cfRule"):
            own_look = each.find("dxf/fill")
            number = _whole(each.get("dxfId"))
            shared = book.rule_fills[number] if each.get("dxfId") and number < len(book.rule_fills) else None
            rules.append(
                Rule(
                    kind=each.get("type", ""),
                    areas=areas,
                    formulas=tuple(one.text or "" for one in each if one.tag in ("formula", "f")),
                    operator=each.get("operator", ""),
                    text=each.get("text", ""),
                    fill_rgb=_rule_fill(own_look, book) if own_look is not None else shared,
                    priority=_whole(each.get("priority")),
                    stops=_is_on(each.get("stopIfTrue")),
                )
            )
    return rules


def _add_comments(sheet: Sheet, part: str, package: Package) -> None:
    said: dict[str, list[str]] = {}
    threads: dict[str, list[str]] = {}
    for _, kind, target in package.related(part):
        if kind == "comments":
            for each in package.tree(target).iter("comment"):
                said.setdefault(each.get("ref", ""), []).append(_text_of(each))
        elif kind == "threadedComment":
            for each in package.tree(target).iter("threadedComment"):
                threads.setdefault(each.get("ref", ""), []).append(_text_of(each))
    # The old part of a conversation only says that a newer programme shows it.
    for ref, words in {**said, **threads}.items():
        for row, column, *_ in areas_of(ref):
            comment = "\n".join(one for one in words if one) or None
            sheet.cells[row, column] = replace(sheet.cells.get((row, column), Cell()), comment=comment)


def _text_of(comment: Element) -> str:
    return unescaped("".join("".join(each.itertext()) for each in comment.iter("text"))).strip()


class _SheetPart:
    """The reading of one sheet's part: its cells at once, all else as a small tree.

    A sheet may have a million cells, so what is called for each of them is kept to the least.
    """

    def __init__(self, sheet: Sheet, book: _Book):
        self.sheet, self.cells = sheet, sheet.cells
        self.book = book
        self.looks: dict[str, Look] = {}
        self.builder = TreeBuilder()
        self.most_rows, self.most_columns = book.limits.rows, book.limits.columns
        self.most_cells = book.limits.cells - book.filled
        self.columns: dict[str, int] = {}
        self.repeated: dict[tuple[str, str], Cell] = {}
        self.formulas: dict[str, tuple[str, str]] = {}  # shared ones by number: text, and where it stands

    def read(self, source: IO[bytes]) -> Element:
        parser = new_parser()
        names: dict[str, str] = {}
        row = column = 0
        sort = style = raw = words = formula = None
        is_in_rows = is_pronounced = False
        text: list[str] = []
        inline: list[str] = []
        columns = self.columns
        digits = string.digits

        def start(name, attributes):
            nonlocal row, column, sort, style, raw, formula, is_in_rows, is_pronounced
            name = names.get(name) or names.setdefault(name, local(name))
            if not is_in_rows:
                if name == "sheetData":
                    is_in_rows = True
                else:
                    self.builder.start(name, local_attributes(attributes))
            elif name == "c":
                reference = attributes.get("r")
                if reference:
                    letters = reference.rstrip(digits)
                    column = columns.get(letters) or columns.setdefault(letters, _column(letters))
                    row = int(reference[len(letters) :])
                else:
                    column += 1
                sort, style = attributes.get("t"), attributes.get("s", "0")
                raw = formula = None
                inline.clear()
            elif name == "v" or name == "t":
                text.clear()
            elif name == "f":
                text.clear()
                formula = attributes
            elif name == "row":
                row, column = int(attributes["r"]) if "r" in attributes else row + 1, 0
                if _is_on(attributes.get("hidden")) or attributes.get("ht") == "0":
                    self.sheet.hidden_rows.append(row)
            elif name == "rPh":
                is_pronounced = True

        def end(name):
            nonlocal raw, words, is_in_rows, is_pronounced
            name = names.get(name) or local(name)
            if not is_in_rows:
                self.builder.end(name)
            elif name == "v":
                raw = "".join(text)
            elif name == "c":
                self._add(row, column, sort, style, raw, inline, formula, words)
            elif name == "f":
                words = "".join(text)
            elif name == "t":
                if not is_pronounced:
                    inline.append("".join(text))
            elif name == "rPh":
                is_pronounced = False
            elif name == "sheetData":
                is_in_rows = False

        def characters(data):
            if is_in_rows:
                text.append(data)
            else:
                self.builder.data(data)

        parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, characters
        parser.ParseFile(source)
        return self.builder.close()

    def _add(self, row, column, sort, style, raw, inline, formula, words) -> None:
        if not 0 < row <= self.most_rows or column > self.most_columns or len(self.cells) >= self.most_cells:
            if row < 1:
                raise ValueError("a cell above the first row")
            if raw is not None or formula is not None or inline:
                filled = self.book.filled + len(self.cells)
                check_place(row, column, self.sheet.name, self.book.limits, filled=filled)
            return
        look = self.looks.get(style) or self._look(style)
        is_repeated = formula is None and raw is not None and (sort == "s" or look.counts_days)
        if is_repeated and (known := self.repeated.get((raw, style))):
            self.cells[row, column] = known
            return
        value = self._value(sort, raw, inline, look)
        said = self._formula(row, column, formula, words, value) if formula is not None else None
        if value is None and said is None and look.fill_rgb is None:
            return
        cell = Cell(value, look.number_format, look.fill_rgb, None, said, sort == "e" and raw is not None)
        if is_repeated:
            self.repeated[raw, style] = cell
        self.cells[row, column] = cell

    def _look(self, style: str) -> Look:
        number = _whole(style)
        look = self.looks[style] = self.book.looks[number if number < len(self.book.looks) else 0]
        return look

    def _value(self, sort: str | None, raw: str | None, inline: list[str], look: Look) -> CellValue:
        if sort == "inlineStr":
            return unescaped("".join(inline)) if inline else None
        if raw is None:
            return None
        if sort is None or sort == "n":
            value = number_from(raw)
            if value is None:
                return raw.strip() or None
            return self._date(value, look) if look.counts_days and value >= 0 else value
        if sort == "s":
            return self.book.texts[int(raw)]
        if sort == "b":
            return raw.strip() in ("1", "true")
        if sort == "d":
            return _iso_date(raw)
        return unescaped(raw)

    def _date(self, value: int | float, look: Look) -> CellValue:
        try:
            return tidy(from_excel(value, self.book.epoch, timedelta=look.is_duration))
        except (OverflowError, ValueError):
            return value

    def _formula(self, row: int, column: int, about: dict[str, Any], words: str, value: CellValue) -> str | None:
        """A formula's text. One filled down from another cell is worked out only where it has no result to show."""
        if about.get("t") == "shared":
            number = about.get("si", "")
            if words:
                self.formulas[number] = (f"={words}", address(row, column))
            elif number in self.formulas:
                text, origin = self.formulas[number]
                return text if value is not None else Translator(text, origin).translate_formula(address(row, column))
        return f"={words}" if words else None


def _column(letters: str) -> int:
    if not (letters.isascii() and letters.isalpha()) or len(letters) > 7:
        raise ValueError("a cell in no column")
    return column_number(letters)


def number_from(raw: str) -> int | float | None:
    """The number that a part of a workbook holds; None where it is none that can be counted with."""
    try:
        value = float(raw)
    except ValueError:
        return None
    if not isfinite(value) or "_" in raw:
        return None
    return int(value) if "." not in raw and value.is_integer() and abs(value) < 2**53 else value


def _iso_date(raw: str) -> CellValue:
    try:
        return tidy(datetime.fromisoformat(raw).replace(tzinfo=None))
    except ValueError:
        return printable(raw)
