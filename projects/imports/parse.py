"""Read the values of a recognised workbook, each with its cell, and say everything that cannot be read.

Nothing here looks at the record: what a value would change is for the plan that is made from it.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from projects.imports.layout import Block, Field, Layout, match_spelling, squeeze
from projects.imports.problems import CellProblem, Ignored, Severity
from projects.imports.read import Cell, Workbook, address
from projects.imports.recognise import FoundSheet, Match, best_match
from projects.imports.regions import Grid, Region, header_columns, header_texts
from projects.rules.dates import EXCEL_1900, Precision, WrittenDate, is_ambiguous, parse_written_date
from projects.rules.money import Problem, parse_money, parse_percent

HEADER_WITHIN_ROWS = 10  # below a table's heading
YES_NO = {"yes": True, "y": True, "true": True, "no": False, "n": False, "false": False}
NOT_APPLICABLE = {"na", "notapplicable"}
NO_FILLS = {None, "FFFFFF"}
BRACKET_AT_END = re.compile(r"(.*\S)\s*\(([^()]*)\)", re.DOTALL)

Value = str | int | bool | Decimal | WrittenDate | None


@dataclass(frozen=True)
class StatusLookup:
    """The labels of one status scheme to their codes; asked without regard to case, spaces and punctuation."""

    codes: Mapping[str, str]

    def __call__(self, label: str) -> str | None:
        return {squeeze(known): code for known, code in self.codes.items()}.get(squeeze(label))

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(self.codes)


@dataclass(frozen=True, slots=True)
class ParsedValue:
    """One value and where it stands. `value` None: the cell is blank, or could not be read (then a problem says so).

    Money is Decimal pounds, a percentage Decimal points, a status its code, a date a WrittenDate. `words` are as
    written; for a status that is a colour alone (`by_colour`) the word that the layout gives the colour.
    """

    key: str
    record_key: str
    value: Value
    words: str
    sheet: str
    cell: str
    fill: str | None = None
    by_colour: bool = False


@dataclass(frozen=True, slots=True)
class ParsedRecord:
    """One row of a table or list. `record_key` is its own number or words, else its place (from 1) in the table."""

    table: str
    record_key: str
    sheet: str
    row: int
    values: dict[str, ParsedValue]
    is_total: bool = False

    def value(self, key: str) -> Value:
        """A value by its key; None where the table has no such column."""
        return self.values[key].value if key in self.values else None


@dataclass(frozen=True, slots=True)
class FoundBlock:
    """A block that the workbook has: what it covers."""

    key: str
    sheet: str
    cell: str
    heading: str


@dataclass(slots=True)
class Parsed:
    """All that a workbook says in a layout. `values` are the single ones by key, `records` the rows by table.

    `ambiguous` are the dates written in figures that would be another day if day and month changed places.
    """

    layout: Layout
    blocks: list[FoundBlock] = field(default_factory=list)
    values: dict[str, ParsedValue] = field(default_factory=dict)
    records: dict[str, list[ParsedRecord]] = field(default_factory=dict)
    problems: list[CellProblem] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    ambiguous: list[ParsedValue] = field(default_factory=list)

    @property
    def errors(self) -> list[CellProblem]:
        return [problem for problem in self.problems if problem.severity == "error"]

    @property
    def warnings(self) -> list[CellProblem]:
        return [problem for problem in self.problems if problem.severity == "warning"]

    def value(self, key: str) -> Value:
        """A single value by its key; None where the workbook has none."""
        return self.values[key].value if key in self.values else None

    def covers(self, block: str) -> bool:
        """Whether the workbook has the block; what it has not is unknown, not empty."""
        return any(found.key == block for found in self.blocks)

    def all_values(self) -> Iterator[ParsedValue]:
        """Every value, of single fields and of records."""
        yield from self.values.values()
        for records in self.records.values():
            for record in records:
                yield from record.values.values()


def parse(
    workbook: Workbook,
    layout: Layout | Match,
    *,
    statuses: Mapping[str, Callable[[str], str | None]],
    day_first: bool = True,
) -> Parsed:
    """Read a workbook by a layout (or by a match already made); WorkbookRefused where it is not in that layout.

    `statuses` gives for each subject a look-up from label to code; one with `labels` lets messages name the choices.
    """
    match = layout if isinstance(layout, Match) else best_match(workbook, [layout])
    return _Parser(workbook, match, statuses, day_first).parse()


class _Parser:
    def __init__(
        self, workbook: Workbook, match: Match, statuses: Mapping[str, Callable[[str], str | None]], day_first: bool
    ):
        self.workbook = workbook
        self.match = match
        self.statuses = statuses
        self.day_first = day_first
        self.parsed = Parsed(match.layout)
        self.used: set[tuple[str, int, int]] = set()
        self.grid: Grid

    def parse(self) -> Parsed:
        for found in self.match.sheets:
            self.grid = found.grid
            self._sheet(found)
        self._missing_blocks()
        self._sweep()
        return self.parsed

    # Places and messages

    @property
    def sheet_name(self) -> str:
        return self.grid.sheet.name

    def _say(self, cell: str, message: str, severity: Severity = "error") -> None:
        self.parsed.problems.append(CellProblem(self.sheet_name, cell, message, severity))

    def _ignore(self, row: int, column: int, reason: str) -> None:
        self._use(row, column)
        cell = self.grid.sheet.cells[row, column]
        words = cell.text or cell.formula or ""
        self.parsed.ignored.append(Ignored(self.sheet_name, address(row, column), words, reason))

    def _use(self, row: int, column: int) -> None:
        self.used.add((self.sheet_name, row, column))

    def _is_used(self, row: int, column: int) -> bool:
        return (self.sheet_name, row, column) in self.used

    # Blocks

    def _sheet(self, found: FoundSheet) -> None:
        kinds = {"fields": self._fields, "table": self._table, "list": self._list, "text": self._text}
        for region in found.regions:
            block = region.block
            self.parsed.blocks.append(FoundBlock(block.key, self.sheet_name, region.heading_cell, region.heading))
            if block.headings:
                top, left = region.top - 1, region.left
                self._use(next(row for row in range(top, 0, -1) if (row, left) in self.grid.sheet.cells), left)
            if block.record:
                self.parsed.records.setdefault(block.record, [])
        for region in found.regions:
            kinds[region.block.kind](region)
        for block in found.layout.blocks:
            if block.kind == "banner":
                self._banner(block)
            elif block.kind in ("fields", "table"):
                self._missing_fields(block, [region for region in found.regions if region.block.key == block.key])

    def _fields(self, region: Region) -> None:
        for row in range(region.top, region.bottom + 1):
            for column, cell in self.grid.words(row, region.left, region.right):
                if self._is_used(row, column):
                    continue
                one = self._labelled(region.block, cell)
                if one is None:
                    continue
                if one.key in self.parsed.values:
                    first = self.parsed.values[one.key].cell
                    self._say(
                        address(row, column),
                        f"“{cell.text}” stands here again; the value beside {first} is taken.",
                        "warning",
                    )
                    continue
                self._use(row, column)
                self._captured(one, cell, row, column)
                place = self._value_place(region, one, row, column)
                value = self._value(one, row, place or self._next_column(row, column))
                self.parsed.values[one.key] = value
                self._require(one, value, f"“{cell.text}” ({address(row, column)}) has no value.")

    def _labelled(self, block: Block, cell: Cell) -> Field | None:
        if not isinstance(cell.value, str):
            return None
        return next((one for one in block.fields if match_spelling(cell.text, one.labels)), None)

    def _next_column(self, row: int, column: int) -> int:
        return self.grid.merged.get((row, column), (row, column))[1] + 1

    def _captured(self, one: Field, cell: Cell, row: int, column: int) -> None:
        """Keep the figure that stands in the label itself."""
        found = match_spelling(cell.text, one.labels)
        if one.capture and found and found.re.groups:
            where = address(row, column)
            self.parsed.values[one.capture] = ParsedValue(
                one.capture, "", int(found[1]), cell.text, self.sheet_name, where
            )

    def _value_place(self, region: Region, one: Field, row: int, label_column: int) -> int | None:
        """The column of the first cell to the right that says something; None where the next label comes first."""
        for column, cell in self.grid.row(row, label_column + 1, region.right):
            if not cell.is_blank:
                return None if self._labelled(region.block, cell) else column
            if one.type == "status" and self._colour_word(one, cell):
                return column
        return None

    def _missing_fields(self, block: Block, regions: list[Region]) -> None:
        if not regions or block.kind != "fields":
            return
        for one in block.fields:
            if one.required and one.key not in self.parsed.values:
                where = regions[0]
                self._say(where.heading_cell, f"Under “{where.heading}” there is no row labelled “{one.labels[0]}”.")

    def _table(self, region: Region) -> None:
        header = self._header(region)
        if header is None:
            return
        block = region.block
        columns = header_columns(self.grid, block, header, region.left, region.right)
        texts = header_texts(self.grid, block, header, region.left, region.right)
        for row in range(header, header + block.header_rows):
            for column, _ in self.grid.words(row, region.left, region.right):
                self._use(row, column)
        for one in block.fields:
            if one.required and one not in columns.values():
                self._say(
                    address(header, region.left),
                    f"Under “{region.heading}” there is no column headed “{one.labels[0]}”.",
                )
        seen: dict[str, str] = {
            record.record_key: record.values[block.id].cell
            for record in self.parsed.records[block.record]
            if block.id in record.values
        }
        for row in range(header + block.header_rows, region.bottom + 1):
            self._table_row(region, row, columns, texts, seen)

    def _header(self, region: Region) -> int | None:
        """The row of the header. The part of a block between two of its headings has none, and needs none if empty."""
        rows = range(region.top, min(region.bottom, region.top + HEADER_WITHIN_ROWS) + 1)
        counts = {row: len(header_columns(self.grid, region.block, row, region.left, region.right)) for row in rows}
        best = max(counts, key=lambda row: counts[row], default=None)
        if best is not None and counts[best] >= min(2, len(region.block.fields)):
            return best
        if any(self.grid.words(row, region.left, region.right) for row in range(region.top, region.bottom + 1)):
            wanted = ", ".join(f"“{one.labels[0]}”" for one in region.block.fields)
            self._say(region.heading_cell, f"Under “{region.heading}” no row holds the column headings {wanted}.")
        return None

    def _table_row(
        self, region: Region, row: int, columns: dict[int, Field], texts: dict[int, str], seen: dict[str, str]
    ) -> None:
        block = region.block
        filled = [
            (column, cell)
            for column, cell in self.grid.words(row, region.left, region.right)
            if not self._is_used(row, column)
        ]
        id_column = next((column for column, one in columns.items() if one.key == block.id), None)
        coloured = [
            column
            for column, one in columns.items()
            if one.type == "status" and self._colour_word(one, self.grid.sheet.cells.get((row, column), Cell()))
        ]
        if not filled:
            for column in coloured:
                self._ignore(row, column, "a coloured cell in a row without words")
            return
        is_total = any(match_spelling(cell.text, block.totals) for _, cell in filled)
        if (
            len(filled) == 1
            and filled[0][0] == id_column
            and columns[id_column].type == "integer"
            and _whole(filled[0][1].value) is not None
        ):
            self._use(row, id_column)  # a blank row of the template
            for column in coloured:
                self._ignore(row, column, "a coloured cell in a row without words")
            return
        required = [column for column, one in columns.items() if one.required]
        if not is_total and len(filled) == 1 and len(required) > 1 and not coloured:
            self._ignore(row, filled[0][0], f"alone in its row under “{region.heading}”")
            return
        for column, _ in filled:
            if column not in columns:
                heading = texts.get(column)
                self._ignore(
                    row,
                    column,
                    f"its column “{heading}” is not in the layout" if heading else "its column has no heading",
                )
        self._record(block, row, columns, id_column, seen, is_total)

    def _record(
        self,
        block: Block,
        row: int,
        columns: dict[int, Field],
        id_column: int | None,
        seen: dict[str, str],
        is_total: bool,
    ) -> None:
        records = self.parsed.records[block.record]
        key = str(len(records) + 1)
        if id_column and not is_total:
            cell = self.grid.sheet.cells.get((row, id_column), Cell())
            whole = _whole(cell.value) if columns[id_column].type == "integer" else None
            key = str(whole) if whole is not None else cell.text or key
            if not cell.is_blank and key in seen:
                self._say(
                    address(row, id_column), f"{columns[id_column].labels[0]} {key} is already used in {seen[key]}."
                )
            seen.setdefault(key, address(row, id_column))
        values: dict[str, ParsedValue] = {}
        for column, one in columns.items():
            if (
                is_total
                and one.key == block.id
                and not isinstance(self.grid.sheet.cells.get((row, column), Cell()).value, int)
            ):
                self._use(row, column)  # the word "Total" where a number would stand
                continue
            value = self._value(one, row, column, key, is_total)
            values[one.key] = value
            self._bracketed(one, value, values)
            if not is_total:
                self._require(one, value, f"{one.labels[0]} is blank.")
        records.append(ParsedRecord(block.record, key, self.sheet_name, row, values, is_total))

    def _list(self, region: Region) -> None:
        one = region.block.fields[0]
        for row in range(region.top, region.bottom + 1):
            free = [
                column
                for column, _ in self.grid.words(row, region.left, region.right)
                if not self._is_used(row, column)
            ]
            if not free:
                continue
            records = self.parsed.records[region.block.record]
            key = str(len(records) + 1)
            value = self._value(one, row, free[0], key)
            values = {one.key: value}
            self._bracketed(one, value, values)
            records.append(ParsedRecord(region.block.record, key, self.sheet_name, row, values))

    def _bracketed(self, one: Field, value: ParsedValue, values: dict[str, ParsedValue]) -> None:
        """Part "Support officer (grant funded 2018-21)" into the post and what its bracket says."""
        if not one.bracket:
            return
        parts = BRACKET_AT_END.fullmatch(value.words)
        title, inside = parts.groups() if parts else (value.words, "")
        values[one.key] = ParsedValue(one.key, value.record_key, title, value.words, value.sheet, value.cell)
        values[one.bracket] = ParsedValue(
            one.bracket, value.record_key, inside.strip(), inside.strip(), value.sheet, value.cell
        )

    def _text(self, region: Region) -> None:
        one = region.block.fields[0]
        places = [
            (row, column)
            for row in range(region.top, region.bottom + 1)
            for column, _ in self.grid.words(row, region.left, region.right)
            if not self._is_used(row, column)
        ]
        parts = [self._value(one, row, column) for row, column in places]
        words = "\n\n".join(part.words for part in parts)
        cell = ":".join(dict.fromkeys((parts[0].cell, parts[-1].cell))) if parts else address(region.top, region.left)
        before = self.parsed.values.get(one.key)
        if before and before.words:
            words, cell = f"{before.words}\n\n{words}".strip(), before.cell
        self.parsed.values[one.key] = ParsedValue(one.key, "", words, words, self.sheet_name, cell)

    def _banner(self, block: Block) -> None:
        first = self.grid.first_row()
        for row in range(first, first + block.within_rows):
            for column, cell in self.grid.words(row, 1, self.grid.last_column):
                if not self._is_used(row, column):
                    self._banner_cell(block, cell, row, column)
        found = [one for one in block.fields if one.key in self.parsed.values]
        if found:
            self.parsed.blocks.append(
                FoundBlock(block.key, self.sheet_name, self.parsed.values[found[0].key].cell, block.title)
            )
        for one in block.fields:
            if one.required and one not in found:
                wanted = ", ".join(dict.fromkeys(one.choices)) or one.labels[0]
                self._say(
                    address(first, 1), f"The {block.title} is missing: none of {wanted} stands in the first rows."
                )

    def _banner_cell(self, block: Block, cell: Cell, row: int, column: int) -> None:
        for one in block.fields:
            if one.key in self.parsed.values:
                continue
            value: Value = _choice(one, cell.text)
            if value is None and (match := match_spelling(cell.text, one.labels)):
                value = match[1] if match.re.groups else cell.text
            if value is not None:
                self._use(row, column)
                where = address(row, column)
                self.parsed.values[one.key] = ParsedValue(
                    one.key, "", value, cell.text, self.sheet_name, where, cell.fill_rgb
                )
                return

    # Values

    def _value(self, one: Field, row: int, column: int, record_key: str = "", is_total: bool = False) -> ParsedValue:
        """Read one cell as its field asks; what cannot be read is a problem and the value None.

        A total is only compared with its rows, so one that was never worked out is no error.
        """
        cell = self.grid.sheet.cells.get((row, column), Cell())
        where = address(row, column)
        self._use(row, column)
        words, by_colour = cell.text.replace("\xa0", " "), False
        value: Value = None
        if one.type == "status" and cell.is_blank:
            words, by_colour = self._colour_word(one, cell) or "", True
            if not words and cell.fill_rgb not in NO_FILLS and one.subject in self.match.layout.colours:
                self._say(where, f"The cell has no word, and its colour ({cell.fill_rgb}) stands for no status.")
        if cell.is_error:
            self._say(where, f"The cell shows the error {words}.")
        elif cell.is_formula and cell.value is None:
            self._say(
                where,
                f"The formula {cell.formula} has no stored result; save the workbook in a spreadsheet programme.",
                "warning" if is_total else "error",
            )
            words = cell.formula or ""
        elif words:
            value, because = self._read(one, cell, words, where)
            if because:
                self._say(where, because)
        read = ParsedValue(
            one.key, record_key, value, words, self.sheet_name, where, cell.fill_rgb, by_colour and bool(words)
        )
        if one.type == "written_date" and isinstance(cell.value, str) and is_ambiguous(words):
            self.parsed.ambiguous.append(read)
        return read

    def _read(self, one: Field, cell: Cell, words: str, where: str) -> tuple[Value, str]:
        """The value and "", or None and what is wrong."""
        if one.type == "integer":
            whole = _whole(cell.value)
            return whole, "" if whole is not None else f"“{words}” is not a whole number."
        if one.type == "money":
            money = parse_money(cell.value if _is_number(cell.value) else words, thousands=one.thousands)
            if isinstance(money, Problem):
                return None, _because("an amount of money", money)
            self._say_not_stated(money.pounds, words, where)
            return money.pounds, ""
        if one.type == "percent":
            percent = parse_percent(
                cell.value if _is_number(cell.value) else words, number_is_fraction="%" in cell.number_format
            )
            if isinstance(percent, Problem):
                return None, _because("a percentage", percent)
            self._say_not_stated(percent.points, words, where)
            return percent.points, ""
        if one.type == "written_date":
            return self._date(one, cell, words, where)
        if one.type == "status":
            return self._status(one, cell, words, where)
        if one.type == "yes_no":
            answer = YES_NO.get(squeeze(words))
            known = answer is not None or squeeze(words) in NOT_APPLICABLE
            return answer, "" if known else f"“{words}” is neither Yes nor No."
        if one.type == "choice":
            code = _choice(one, words)
            return code, "" if code is not None else f"“{words}” is none of {', '.join(one.choices)}."
        return words, ""

    def _say_not_stated(self, figure: Decimal | None, words: str, where: str) -> None:
        """List words such as TBC that stand where a figure should; a dash is an empty cell."""
        if figure is None and any(letter.isalpha() for letter in words):
            self._say(where, f"“{words}” states no figure; the figure is taken as not stated.", "warning")

    def _date(self, one: Field, cell: Cell, words: str, where: str) -> tuple[Value, str]:
        written = cell.value if isinstance(cell.value, date) or _is_number(cell.value) else words
        read = parse_written_date(written, day_first=self.day_first, excel_epoch=EXCEL_1900)
        if one.date_rule == "must_be_a_date" and read.latest is None:
            return None, f"“{words}” is not a date."
        if read.precision == Precision.UNREAD:
            if one.date_rule != "anything":
                return None, f"“{words}” looks like a date but cannot be read as one."
            self._say(where, f"“{words}” cannot be read as a date; the words are kept.", "warning")
        return read, ""

    def _status(self, one: Field, cell: Cell, words: str, where: str) -> tuple[Value, str]:
        look_up = self.statuses.get(one.subject)
        if look_up is None:
            return None, f"There is no list of statuses for {one.subject.replace('_', ' ')}."
        code = look_up(words)
        if code is None:
            labels = ", ".join(getattr(look_up, "labels", ()))
            return None, f"“{words}” is not a known status" + (f"; there are {labels}." if labels else ".")
        by_colour = self._colour_word(one, cell)
        if by_colour and look_up(by_colour) != code:
            self._say(
                where, f"The word is “{words}” but the colour stands for “{by_colour}”; the word is taken.", "warning"
            )
        return code, ""

    def _colour_word(self, one: Field, cell: Cell) -> str | None:
        return self.match.layout.colours.get(one.subject, {}).get(cell.fill_rgb or "")

    def _require(self, one: Field, value: ParsedValue, message: str) -> None:
        """Say that a required value is blank, unless more than that was already said of its cell."""
        last = self.parsed.problems[-1] if self.parsed.problems else None
        if (
            one.required
            and value.words == ""
            and (last is None or (last.sheet, last.cell) != (value.sheet, value.cell))
        ):
            self._say(value.cell, message)

    # What is left

    def _missing_blocks(self) -> None:
        sheets = {found.layout.key: found.grid for found in self.match.sheets}
        for wanted in self.match.layout.sheets:
            self.grid = sheets.get(wanted.key) or next(iter(sheets.values()))
            if wanted.key not in sheets:
                titles = " or ".join(f"“{block.title}”" for block in wanted.blocks)
                severity: Severity = "error" if wanted.required else "warning"
                self._say("", f"No sheet of the workbook holds {titles}.", severity)
                continue
            for order, block in enumerate(wanted.blocks):
                if block.kind == "banner" or self.parsed.covers(block.key):
                    continue
                if block.required or any(self.parsed.value(key) in codes for key, codes in block.required_when.items()):
                    self._say_missing(block, wanted.blocks[order + 1 :])
                elif not block.required_when:
                    self._say("", f"There is no block “{block.title}”; what is held for it stays as it is.", "warning")

    def _say_missing(self, block: Block, later: Sequence[Block]) -> None:
        """A block that is not there has no cell: the problem names the heading that it should stand above."""
        cells = {found.key: found for found in self.parsed.blocks if found.sheet == self.sheet_name}
        below = next((cells[one.key] for one in later if one.key in cells), None)
        where = f" It was looked for above “{below.heading}” ({below.cell})." if below else ""
        self._say(
            below.cell if below else address(self.grid.last_row, 1),
            f"The block “{block.title}” is missing: no cell holds that heading.{where}",
        )

    def _sweep(self) -> None:
        """List whatever no block has taken, and what a reader of the sheet would not have seen."""
        taken = {found.grid.sheet.name for found in self.match.sheets}
        for sheet in self.workbook.sheets:
            self.grid = Grid(sheet)
            hidden = " It is hidden." if sheet.state != "visible" else ""
            if sheet.name not in taken:
                filled = sum(not cell.is_blank for cell in sheet.cells.values())
                if filled:
                    words = f"{filled} filled cell{'s' if filled > 1 else ''}"
                    self.parsed.ignored.append(
                        Ignored(sheet.name, "", words, f"the sheet is not in the layout.{hidden}")
                    )
                continue
            if hidden:
                self._say("", "The sheet is hidden; its values are taken.", "warning")
            self._hidden_parts()
            for row, column in sorted(sheet.cells):
                cell = sheet.cells[row, column]
                if cell.comment:
                    self.parsed.ignored.append(
                        Ignored(sheet.name, address(row, column), cell.comment, "a comment on the cell")
                    )
                if not cell.is_blank and not self._is_used(row, column):
                    self._ignore(row, column, "no block of the layout takes it")

    def _hidden_parts(self) -> None:
        hidden = {*self.grid.sheet.hidden_rows}
        for row in sorted(hidden & self.grid.rows.keys()):
            if words := self.grid.words(row, 1, self.grid.last_column):
                self._say(address(row, words[0][0]), f"Row {row} is hidden; its values are taken.", "warning")
        for column in self.grid.sheet.hidden_cols:
            rows = [
                row
                for row, columns in self.grid.rows.items()
                if column in columns and not self.grid.sheet.cells[row, column].is_blank
            ]
            if rows:
                self._say(address(rows[0], column), "This column is hidden; its values are taken.", "warning")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _whole(value: Any) -> int | None:
    """A whole number written as a number or in figures ("1,234", "5."); None where it is none."""
    if _is_number(value):
        return int(value) if float(value).is_integer() else None
    figures = re.fullmatch(r"\s*(-?\d{1,3}(?:,\d{3})+|-?\d+)(?:\.0*)?\s*", value) if isinstance(value, str) else None
    return int(figures[1].replace(",", "")) if figures else None


def _choice(one: Field, words: str) -> str | None:
    squeezed = squeeze(words)
    return next((code for spelling, code in one.choices.items() if squeeze(spelling) == squeezed), None)


def _because(wanted: str, problem: Problem) -> str:
    return f"“{problem.words}” is not {wanted}."
