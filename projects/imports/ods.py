"""Read .ods: values with the formulas they come from, fills as a person sees them, what is merged or hidden."""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import IO
from xml.etree.ElementTree import Element

from projects.imports.cells import Cell, CellValue, Sheet, tidy
from projects.imports.conditional import Rule, areas_of, paint
from projects.imports.guard import SizeLimits, check_place
from projects.imports.xlsx import number_from
from projects.imports.xml_parts import Package, local, local_attributes, new_parser, parse_tree
from projects.rules.printable import printable

CURRENCIES = {"GBP": "£", "EUR": "€", "USD": "$"}
MOST_REPEATED_FILLS = 100  # a fill that goes on for longer colours the paper, not a table
HEX_COLOUR = re.compile(r"#([0-9A-Fa-f]{6})")
ERROR_WORDS = re.compile(r"#(?:REF!|N/A|NAME\?|VALUE!|DIV/0!|NUM!|NULL!)|Err:\d{3}")
REFERENCE = re.compile(r"\[\$?(?:'[^']*'|[^\].]*)\.([^\]]*)\]")
OWN_REFERENCE = re.compile(r"\[\.([^\]]*)\]")


@dataclass
class _Style:
    """What a style says, its parents' words included. `rules` are (condition, style that then applies)."""

    fill_rgb: str | None = None
    is_hidden_sheet: bool = False
    rules: tuple[tuple[str, str], ...] = ()


@dataclass
class _Styles:
    """The styles of a file by name; a name that is not there says nothing."""

    own: dict[str, Element] = field(default_factory=dict)
    known: dict[str, _Style] = field(default_factory=dict)

    def add(self, tree: Element) -> None:
        for each in tree.iter("style"):
            if name := each.get("name"):
                self.own[name] = each

    def get(self, name: str, depth: int = 0) -> _Style:
        if name in self.known:
            return self.known[name]
        written = self.own.get(name)
        if written is None or depth > 20:
            return _Style()
        parent = self.get(written.get("parent-style-name", ""), depth + 1)
        fill = parent.fill_rgb
        for each in written.iterfind("table-cell-properties"):
            if colour := each.get("background-color"):
                found = HEX_COLOUR.fullmatch(colour)
                fill = found[1].upper() if found else None
        maps = tuple((each.get("condition", ""), each.get("apply-style-name", "")) for each in written.iterfind("map"))
        is_hidden = any(each.get("display") == "false" for each in written.iterfind("table-properties"))
        self.known[name] = _Style(fill, is_hidden, maps)
        return self.known[name]


def read_ods(path: Path, limits: SizeLimits) -> tuple[list[Sheet], list[str]]:
    """The sheets in the order of their tabs, and what the importer should be told."""
    with zipfile.ZipFile(path) as archive:
        package = Package(archive)
        styles = _Styles()
        if "styles.xml" in package:
            styles.add(parse_tree(package.read("styles.xml")))
        reading = _Content(styles, limits)
        with package.open("content.xml") as content:
            reading.read(content)
    notes = []
    for sheet, rules in zip(reading.sheets, reading.rules, strict=True):
        left_out = paint(sheet, rules)
        if left_out:
            said = "a rule" if left_out == 1 else f"{left_out} rules"
            notes.append(
                f"The sheet “{sheet.name}” colours cells by {said} that the portal does not work out;"
                " the cells' own colours are taken there."
            )
    return reading.sheets, notes


@dataclass
class _Row:
    """A row while it is read: (first column, how many, cell) of what is in it."""

    repeated: int = 1
    is_hidden: bool = False
    cells: list[tuple[int, int, Cell]] = field(default_factory=list)
    merged: list[tuple[int, int, int]] = field(default_factory=list)  # column, rows, columns
    column: int = 0
    look: str = ""


class _Content:
    """The reading of content.xml in one pass: styles first, then a table a sheet."""

    def __init__(self, styles: _Styles, limits: SizeLimits):
        self.styles = styles
        self.limits = limits
        self.sheets: list[Sheet] = []
        self.rules: list[list[Rule]] = []
        self.filled = 0
        self.path: list[str] = []
        self.style: list[Element] = []
        self.mapped: dict[str, list[tuple[int, int]]] = {}
        self.columns: list[tuple[int, int, str]] = []
        self.next_column = 1
        self.row_number = 0
        self.row: _Row | None = None
        self.cell: dict[str, str] | None = None
        self.words: list[str] = []
        self.comment: list[str] = []
        self.targets = ""

    def read(self, content: IO[bytes]) -> None:
        parser = new_parser()
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._characters
        parser.ParseFile(content)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        prefix, name = name.rpartition(":")[0], local(name)
        about = local_attributes(attributes)
        self.path.append(name)
        if self.style or (name == "style" and not self.sheets):
            element = Element(name, about)
            if self.style:
                self.style[-1].append(element)
            self.style.append(element)
        elif name == "table" and len(self.path) > 1 and self.path[-2] == "spreadsheet":
            self._open_sheet(about)
        elif not self._is_in_table():
            return
        elif name == "table-column":
            self._column(about)
        elif name == "table-row":
            self._open_row(about)
        elif name in ("table-cell", "covered-table-cell") and self.row is not None:
            self.cell = {**about, "covered": "yes" if name.startswith("covered") else ""}
            if error := next((value for key, value in attributes.items() if key == "calcext:value-type"), ""):
                self.cell["value-type"] = attributes.get("office:value-type", about.get("value-type", ""))
                self.cell["calculated"] = error
            self.words, self.comment = [], []
        elif self.cell is not None:
            self._open_words(name, about)
        elif name == "conditional-format":
            self.targets = about.get("target-range-address", "")
        elif name == "condition" and prefix != "style" and self.targets:
            self._condition(self.targets, about.get("value", ""), about.get("apply-style-name", ""))

    def _end(self, name: str) -> None:
        name = local(name)
        self.path.pop()
        if self.style:
            done = self.style.pop()
            if not self.style and (key := done.get("name")):
                self.styles.own[key] = done
        elif name in ("table-cell", "covered-table-cell") and self.cell is not None:
            self._close_cell(self.cell)
            self.cell = None
        elif name == "table-row" and self.row is not None:
            self._close_row(self.row)
            self.row = None
        elif name == "table" and self.path and self.path[-1] == "spreadsheet" and self.sheets:
            self._close_sheet()

    def _characters(self, text: str) -> None:
        if self.cell is None or "p" not in self.path:
            return
        (self.comment if "annotation" in self.path else self.words).append(text)

    def _is_in_table(self) -> bool:
        return "spreadsheet" in self.path and self.path[self.path.index("spreadsheet") + 1 :][:1] == ["table"]

    # Sheets and columns

    def _open_sheet(self, about: dict[str, str]) -> None:
        is_hidden = self.styles.get(about.get("style-name", "")).is_hidden_sheet
        self.sheets.append(Sheet(printable(about.get("name", "")), "hidden" if is_hidden else "visible"))
        self.rules.append([])
        self.mapped = {}
        self.columns, self.next_column, self.row_number = [], 1, 0

    def _close_sheet(self) -> None:
        self.sheets[-1].merged.sort()
        self.filled += len(self.sheets[-1].cells)
        for name, places in self.mapped.items():
            areas = tuple((row, column, row, column) for row, column in places)
            for order, (condition, look) in enumerate(self.styles.get(name).rules):
                self._rule(areas, condition, look, priority=order)

    def _column(self, about: dict[str, str]) -> None:
        repeated = _count(about.get("number-columns-repeated"))
        last = self.next_column + repeated - 1
        self.columns.append((self.next_column, last, about.get("default-cell-style-name", "")))
        if about.get("visibility") in ("collapse", "filter"):
            self.sheets[-1].hidden_cols.extend(range(self.next_column, min(last, self.limits.columns) + 1))
        self.next_column = last + 1

    # Rows and cells

    def _open_row(self, about: dict[str, str]) -> None:
        self.row = _Row(
            repeated=_count(about.get("number-rows-repeated")),
            is_hidden=about.get("visibility") in ("collapse", "filter"),
            look=about.get("default-cell-style-name", ""),
        )

    def _close_row(self, row: _Row) -> None:
        sheet, first = self.sheets[-1], self.row_number + 1
        self.row_number += row.repeated
        if row.is_hidden:
            sheet.hidden_rows.extend(range(first, min(self.row_number, self.limits.rows) + 1))
        for column, repeated, cell in row.cells:
            if not cell.is_blank or cell.comment or self._colours_a_table(row, column, repeated):
                self._put(row, first, column, repeated, cell)
        for column, rows, columns in row.merged:
            sheet.merged.append((first, column, first + rows - 1, column + columns - 1))

    def _put(self, row: _Row, first: int, column: int, repeated: int, cell: Cell) -> None:
        sheet = self.sheets[-1]
        # Held against the limits before the places are made: a small file can repeat a cell without end.
        filled = self.filled + len(sheet.cells) + row.repeated * repeated - 1
        check_place(first + row.repeated - 1, column + repeated - 1, sheet.name, self.limits, filled=filled)
        for down in range(row.repeated):
            for along in range(repeated):
                sheet.cells[first + down, column + along] = cell

    def _colours_a_table(self, row: _Row, column: int, repeated: int) -> bool:
        is_near = self.row_number <= self.limits.rows and column + repeated <= self.limits.columns
        return is_near and max(row.repeated, repeated) <= MOST_REPEATED_FILLS

    def _open_words(self, name: str, about: dict[str, str]) -> None:
        words = self.comment if "annotation" in self.path else self.words
        if name == "p" and words:
            words.append("\n")
        elif name == "s":
            words.append(" " * min(_count(about.get("c")), 1_000))
        elif name == "tab":
            words.append("\t")
        elif name == "line-break":
            words.append("\n")

    def _close_cell(self, about: dict[str, str]) -> None:
        row = self.row
        if row is None:
            return
        column, repeated = row.column + 1, _count(about.get("number-columns-repeated"))
        row.column += repeated
        rows, columns = _count(about.get("number-rows-spanned")), _count(about.get("number-columns-spanned"))
        if rows > 1 or columns > 1:
            row.merged.append((column, rows, columns))
        if about["covered"]:
            return
        name = about.get("style-name") or row.look or self._look_of(column)
        style = self.styles.get(name)
        value, number_format = self._value(about)
        formula = _formula(about.get("formula"))
        comment = printable("".join(self.comment)).strip() or None
        if value is None and formula is None and comment is None and style.fill_rgb is None:
            return
        is_error = about.get("calculated") == "error" or bool(
            formula and isinstance(value, str) and ERROR_WORDS.fullmatch(value)
        )
        cell = Cell(value, number_format, style.fill_rgb, comment, formula, is_error)
        row.cells.append((column, repeated, cell))
        if style.rules and repeated <= MOST_REPEATED_FILLS and row.repeated <= MOST_REPEATED_FILLS:
            places = self.mapped.setdefault(name, [])
            places.extend(
                (self.row_number + 1 + down, column + along)
                for down in range(row.repeated)
                for along in range(repeated)
            )

    def _look_of(self, column: int) -> str:
        return next((look for first, last, look in self.columns if first <= column <= last), "")

    def _value(self, about: dict[str, str]) -> tuple[CellValue, str]:
        sort, words = about.get("value-type", ""), printable("".join(self.words))
        if about.get("calculated") == "error":
            return words or "#N/A", "General"
        number = number_from(about.get("value", ""))
        if number is not None and sort == "percentage":
            return number, "0%"
        if number is not None and sort == "currency":
            sign = CURRENCIES.get(about.get("currency", ""), about.get("currency", ""))
            return number, f'"{sign}"#,##0' + ("" if float(number).is_integer() else ".00")
        if number is not None and sort == "float":
            return number, "General"
        if sort == "date":
            return _date(about.get("date-value", ""), words), "dd/mm/yyyy"
        if sort == "boolean":
            return about.get("boolean-value") == "true", "General"
        if sort == "string" and "string-value" in about and not words:
            return printable(about["string-value"]), "General"
        return words or None, "General"

    # Rules that colour

    def _condition(self, targets: str, condition: str, look: str) -> None:
        areas = tuple(area for part in _ranges(targets) for area in areas_of(part))
        self._rule(areas, condition, look, priority=len(self.rules[-1]))

    def _rule(self, areas: tuple, condition: str, look: str, *, priority: int) -> None:
        if areas:
            # Of the rules of one range the first that holds decides.
            rule = Rule("", areas, fill_rgb=self.styles.get(look).fill_rgb, priority=priority, stops=True)
            self.rules[-1].append(_worded(rule, condition))


def _count(words: str | None) -> int:
    return max(1, int(words)) if words and words.isdecimal() and len(words) < 8 else 1


def _date(written: str, words: str) -> CellValue:
    try:
        return tidy(datetime.fromisoformat(written.rstrip("Z")[:26]).replace(tzinfo=None))
    except ValueError:
        return words or printable(written) or None


def _formula(written: str | None) -> str | None:
    """ "of:=SUM([.A1:.A2])" -> "=SUM(A1:A2)"."""
    if not written:
        return None
    words = printable(written[written.find("=") :] if "=" in written[:10] else f"={written}")
    return OWN_REFERENCE.sub(lambda found: found[1].replace(":.", ":"), words)


def _ranges(targets: str) -> Iterator[str]:
    """ "'My sheet'.B2:'My sheet'.B9 Sheet.D4" -> "B2:B9", "D4"."""
    for part in re.findall(r"(?:'(?:[^']|'')*'|[^\s'])+", targets):
        yield ":".join(each.rpartition(".")[2] for each in re.split(r":(?=(?:[^']*'[^']*')*[^']*$)", part))


SIGNS = {
    "=": "equal",
    "!=": "notEqual",
    "<>": "notEqual",
    "<": "lessThan",
    "<=": "lessThanOrEqual",
    ">": "greaterThan",
    ">=": "greaterThanOrEqual",
}
CALLS = {
    "contains-text": "containsText",
    "not-contains-text": "notContainsText",
    "begins-with": "beginsWith",
    "ends-with": "endsWith",
    "is-error": "containsErrors",
    "is-no-error": "notContainsErrors",
}


def _worded(rule: Rule, condition: str) -> Rule:
    """The rule with what a condition such as `cell-content()="RED"` or `between(1,2)` says."""
    words = REFERENCE.sub(lambda found: found[1].replace(":.", ":"), condition.strip()).replace(";", ",")
    words = words.removeprefix("of:").removeprefix("cell-content()").strip()
    if found := re.match(r"(!=|<>|<=|>=|=|<|>)(.*)", words, re.DOTALL):
        return replace(rule, kind="cellIs", operator=SIGNS[found[1]], formulas=(found[2],))
    found = re.fullmatch(r"(?:cell-content-)?([a-z-]+)(?:\((.*)\))?", words, re.DOTALL)
    if found is None:
        return rule
    name, inside = found[1].removeprefix("is-") if "between" in found[1] else found[1], found[2] or ""
    if name in ("between", "not-between"):
        first, _, second = inside.partition(",")
        return replace(
            rule,
            kind="cellIs",
            operator="between" if name == "between" else "notBetween",
            formulas=(first, second),
        )
    if name in ("formula-is", "is-true-formula"):
        return replace(rule, kind="expression", formulas=(inside,))
    if name in CALLS:
        return replace(rule, kind=CALLS[name], text=inside.strip().strip('"'))
    return rule
