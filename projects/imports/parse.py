"""Read the values of a recognised workbook, each with its cell, and say everything that cannot be read.

Nothing here looks at the record: what a value would change is for the plan that is made from it.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import takewhile
from typing import Any

from projects.imports.layout import (
    LEFT_OUT,
    NAMED,
    NODE,
    NODE_TITLE,
    Block,
    Count,
    Field,
    Layout,
    NamedCell,
    match_spelling,
    match_squeezed,
    squeeze,
    words_behind,
)
from projects.imports.nearly import near_headings, near_label
from projects.imports.problems import CellProblem, Ignored, Severity
from projects.imports.read import Cell, Sheet, Workbook, address, display, position
from projects.imports.recognise import FoundSheet, Match, best_match
from projects.imports.regions import Grid, Region, find_regions, header_columns, header_end, header_texts, split_label
from projects.imports.shifted import columns_shifted
from projects.rules.dates import EXCEL_1900, Precision, WrittenDate, is_ambiguous, order_told, parse_written_date
from projects.rules.money import Problem, parse_money, parse_percent

HEADER_WITHIN_ROWS = 10  # below a table's heading
MOST_IGNORED = 50  # cells of one column that are listed one by one
WIDEST = 16_384  # columns of a sheet
CELL = re.compile(r"[A-Z]+[0-9]+")
YES_NO = {"yes": True, "y": True, "true": True, "no": False, "n": False, "false": False}
NOT_APPLICABLE = {"na", "notapplicable"}
UNKNOWN_COLUMN = "its column"  # the first words of why a cell of a column that the layout lacks is not taken
FEW_CELLS = 5  # of such a column that are listed one by one
TITLES = (
    "plan_item.detail",
    "risk.detail",
    "benefit.detail",
    "indicator.title",
    "post.title",
    "stream.title",
    "change.item_words",
)
NO_FILLS = {None, "FFFFFF"}
FIGURES = ("integer", "money", "percent")  # types of values that can be added up
BRACKET_AT_END = re.compile(r"(.*\S)\s*\(([^()]*)\)", re.DOTALL)
CODE_IN_BRACKETS = re.compile(r"\s*\(([A-Z]+\d+[A-Z0-9]*)\)")
STAMP_AT_END = re.compile(r"(.*\S)\s*\[([^\[\]]*)\]\s*", re.DOTALL)
AS_OF = re.compile(r"\bas\s+(?:of|at)\b[\s:)]*(\S.*)", re.IGNORECASE)
STROKE = re.compile(r"\s*/\s*")
MARKUP = re.compile(r"\s*</?[a-zA-Z][^<>]*>\s*")

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
    written; for a status that is a colour alone (`by_colour`) the word that the layout gives the colour. Of a column
    that repeats the key ends in @ and the words that tell it from its like ("saving.target@2018/19"). `is_withheld`:
    the words say that the value is kept back, which is neither nought nor an error. `is_shared`: the cell is merged
    with the one above it, whose words are for both.
    """

    key: str
    record_key: str
    value: Value
    words: str
    sheet: str
    cell: str
    fill: str | None = None
    by_colour: bool = False
    is_withheld: bool = False
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class ParsedRecord:
    """One row of a table or list. `record_key` is its own number or words, else its place (from 1) in the table."""

    table: str
    record_key: str
    sheet: str
    row: int
    values: dict[str, ParsedValue]
    is_total: bool = False
    block: str = ""

    def value(self, key: str) -> Value:
        """A value by its key; None where the table has no such column."""
        return self.values[key].value if key in self.values else None

    def figure(self, key: str) -> Decimal:
        """A figure by its key, a blank one as nought."""
        value = self.value(key)
        return Decimal(value) if isinstance(value, Decimal | int) else Decimal(0)

    def sum_of(self, stems: Sequence[str]) -> Decimal:
        """The figures of all columns whose keys, less what tells repeated ones apart, are given."""
        return _sum({key: self.figure(key) for key in self.values}, stems)


@dataclass(slots=True)
class _Rows:
    """A table while its rows are read: the field and the heading of each column, the rows, and what a row above says
    for those below it."""

    region: Region
    columns: dict[int, Field]
    texts: dict[int, str]
    records: list[ParsedRecord]
    seen: dict[str, str] = field(default_factory=dict)
    group: ParsedValue | None = None
    has_subject: bool = False

    @property
    def block(self) -> Block:
        return self.region.block

    def key_of(self, column: int) -> str:
        """What the values of a column are known by."""
        one = self.columns[column]
        if not one.repeats:
            return one.key
        words = words_behind(self.texts[column], one.labels) or (self.texts[column],)
        figures = [each for each in words if each[:1].isdigit()]
        said = " ".join(figures or words).split()  # a colon that stands alone, or ends the heading, is no part of it
        return f"{one.key}@{' '.join(filter(squeeze, said)).rstrip(' :')}"

    @property
    def id_column(self) -> int | None:
        return next((column for column, one in self.columns.items() if one.key == self.block.id), None)


@dataclass(frozen=True, slots=True)
class FoundBlock:
    """A block that the workbook has: what it covers."""

    key: str
    sheet: str
    cell: str
    heading: str


@dataclass(slots=True)
class ParsedPart:
    """What a workbook says of one thing. `values` are the single ones by key, `records` the rows by table.

    `above` is what the sheet says for all things on it, None for the sheet's and the workbook's own words. `is_own`: it
    is about what the sheet itself names. `row` is the sheet and the row that speaks of it, None where more do.
    """

    blocks: list[FoundBlock] = field(default_factory=list)
    values: dict[str, ParsedValue] = field(default_factory=dict)
    records: dict[str, list[ParsedRecord]] = field(default_factory=dict)
    above: "ParsedPart | None" = None
    is_own: bool = False
    row: tuple[str, int] | None = None

    def find(self, key: str) -> ParsedValue | None:
        """A value by its key, of this part or else of what stands above it."""
        return self.values.get(key) or (self.above.find(key) if self.above else None)

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


@dataclass(frozen=True, slots=True)
class Control:
    """A printed total beside what its rows or parts come to. `stated` None: the sheet holds a formula and no result.

    `row` is the row whose figures are in doubt where the two differ, 0 for a total over rows.
    """

    sheet: str
    cell: str
    label: str
    stated: Decimal | None
    derived: Decimal
    row: int = 0

    @property
    def agrees(self) -> bool:
        return self.stated is None or self.stated == self.derived


@dataclass(slots=True)
class Parsed(ParsedPart):
    """All that a workbook says in a layout: of the workbook as a whole, and of each of its `subjects`.

    `ambiguous` are the dates written in figures that would be another day if day and month changed places, `orders` a
    date for each order of the two ("day", "month") that can be read in that one alone. `settings` are rows that say
    what the council's settings do, `dated` the days that stand over columns ("This Period (As of:) 30/06/2022"), each
    under the key of its column, `record_key` that of its block. `refused` are the rows (sheet, row) of a table about
    many things that cannot be read whole: nothing of them is taken.
    """

    layout: Layout = field(kw_only=True)
    subjects: list[ParsedPart] = field(default_factory=list)
    controls: list[Control] = field(default_factory=list)
    problems: list[CellProblem] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    ambiguous: list[ParsedValue] = field(default_factory=list)
    settings: list[ParsedRecord] = field(default_factory=list)
    dated: list[ParsedValue] = field(default_factory=list)
    orders: dict[str, ParsedValue] = field(default_factory=dict)
    refused: list[tuple[str, int]] = field(default_factory=list)

    @property
    def errors(self) -> list[CellProblem]:
        return [problem for problem in self.problems if problem.severity == "error"]

    @property
    def warnings(self) -> list[CellProblem]:
        return [problem for problem in self.problems if problem.severity == "warning"]


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
        self.parsed = Parsed(layout=match.layout)
        self.part: ParsedPart = self.parsed  # what the values read now are said of
        self.used: dict[str, set[int]] = {}  # cells by their number on the sheet
        self.ignored_in: Counter[tuple[str, int, str]] = Counter()
        self.last_ignored: dict[tuple[str, int, str], int] = {}
        self.grid: Grid
        self.shared_cells: set[tuple[int, int]] = set()  # of columns merged downwards, below the first

    def parse(self) -> Parsed:
        for found in self.match.sheets:
            self.grid = found.grid
            self.shared_cells = {
                (row, column)
                for (top, column), (bottom, right) in self.grid.merged.items()
                if column == right
                for row in range(top + 1, bottom + 1)
            }
            self._sheet(found)
        self._give_to_own()
        self._missing_blocks()
        self._sweep()
        self._gather_ignored()
        return self.parsed

    def _give_to_own(self) -> None:
        """Give what the workbook says of no other thing to the one that its sheets are about."""
        whole = self.parsed
        has_own = any(block.own for block in self.match.layout.blocks())
        named = whole.values.get(NODE_TITLE)
        if not whole.subjects or not any(whole.records.values()) or not (has_own or named):
            return
        own = next((one for one in whole.subjects if one.is_own), None)
        if own is None:
            above = whole.subjects[0].above
            named = named or (above.find(NODE_TITLE) if above else None)
            if named is None:
                self._ignore_whole("nothing in the workbook says whose it is")
                return
            own = ParsedPart(values={named.key: named}, above=above, is_own=True)
            whole.subjects.append(own)
        own.values = {**whole.values, **own.values}
        own.records = whole.records

    def _ignore_whole(self, reason: str) -> None:
        self.parsed.ignored += [
            Ignored(value.sheet, value.cell, value.words, reason) for value in self.parsed.all_values() if value.words
        ]

    # Places and messages

    @property
    def sheet_name(self) -> str:
        return self.grid.sheet.name

    def _say(self, cell: str, message: str, severity: Severity = "error") -> None:
        self.parsed.problems.append(CellProblem(self.sheet_name, cell, message, severity))

    def _ignore(self, row: int, column: int, reason: str, *, heading: str = "") -> None:
        self._use(row, column)
        of_column = self.sheet_name, column, reason
        self.ignored_in[of_column] += 1
        self.last_ignored[of_column] = row
        if self.ignored_in[of_column] > MOST_IGNORED:
            return
        cell = self.grid.sheet.cells[row, column]
        words = cell.text or cell.formula or ""
        self.parsed.ignored.append(Ignored(self.sheet_name, address(row, column), words, reason, heading))

    def _gather_ignored(self) -> None:
        """Say once of a long column that it is not taken, with its first words."""
        told: list[Ignored] = []
        gathered: set[tuple[str, int, str]] = set()
        for one in self.parsed.ignored:
            _, column = position(one.cell) if CELL.fullmatch(one.cell) else (0, 0)
            of_column = one.sheet, column, one.reason
            count = self.ignored_in[of_column]
            if count <= MOST_IGNORED:
                told.append(one)
            elif of_column not in gathered:
                gathered.add(of_column)
                last = address(self.last_ignored[of_column], column)
                told.append(replace(one, cell=f"{one.cell}:{last}", words=f"{one.words} … ({count:,} cells)"))
        self.parsed.ignored[:] = told

    def _use(self, row: int, column: int) -> None:
        self.used.setdefault(self.sheet_name, set()).add(row * WIDEST + column)

    def _is_used(self, row: int, column: int) -> bool:
        return row * WIDEST + column in self.used.get(self.sheet_name, ())

    def _say_near(self, cell: str, heading: str, meant: str) -> None:
        words = " ".join(heading.split())
        self._say(cell, f"The heading “{words}” is not in the layout; it is read as “{meant}”.", "warning")

    # Blocks

    def _sheet(self, found: FoundSheet) -> None:
        whole = self.parsed
        has_subjects = any(
            block.kind == "subject" or block.record == NODE or block.groups_are_nodes for block in found.layout.blocks
        )
        sheet = ParsedPart(above=whole) if has_subjects else whole
        parts = self._parts(found, sheet)
        for region, part in parts:
            block = region.block
            part.blocks.append(FoundBlock(block.key, self.sheet_name, region.heading_cell, region.heading))
            if part is not whole and not whole.covers(block.key):
                whole.blocks.append(part.blocks[-1])
            if block.headings and match_spelling(region.heading, block.headings) is None:
                self._say_near(region.heading_cell, region.heading, block.title)
            if block.headings and not block.heading_heads:
                top, left = region.top - 1, region.left
                self._use(next(row for row in range(top, 0, -1) if (row, left) in self.grid.sheet.cells), left)
            if block.record and block.record != NODE:
                part.records.setdefault(block.record, [])
        self.part = sheet
        for block in found.layout.blocks:
            if block.kind == "banner":
                self._banner(block)
        kinds = {
            "fields": self._fields,
            "table": self._table,
            "list": self._list,
            "text": self._text,
            "subject": self._subject,
            "labelled": self._labelled_paragraphs,
            "figures": self._grid_of_figures,
            "pairs": self._pairs,
            "cells": self._cell_map,
        }
        for region, part in sorted(parts, key=lambda one: one[0].block.kind == "labelled"):
            self.part = part
            kinds[region.block.kind](region)
        self.part = sheet
        for block in found.layout.blocks:
            if block.kind in ("fields", "table"):
                self._missing_fields(block, [region for region in found.regions if region.block.key == block.key])

    def _parts(self, found: FoundSheet, sheet: ParsedPart) -> list[tuple[Region, ParsedPart]]:
        """Each region with what it speaks of: the subject above it, else the sheet."""
        parts, part = [], sheet
        for region in found.regions:
            if region.block.kind == "subject":
                part = ParsedPart(above=sheet)
                self.parsed.subjects.append(part)
            parts.append((region, part))
        return parts

    def _subject(self, region: Region) -> None:
        """The heading's own words: the first field takes what `*` stands for, a captured one the number."""
        one = region.block.fields[0]
        *before, name = words_behind(region.heading, region.block.headings) or (region.heading,)
        said = {one.key: name} | ({one.capture: before[0]} if one.capture and before else {})
        for key, words in said.items():
            value = ParsedValue(key, "", words, region.heading, self.sheet_name, region.heading_cell)
            self.part.values[key] = value

    def _labelled_paragraphs(self, region: Region) -> None:
        """Paragraphs that begin with a label; those that begin with none go on with the one above."""
        current: Field | None = None
        for row in range(region.top, region.bottom + 1):
            words_of_row = self.grid.words(row, region.left, region.right)
            for column, cell in words_of_row:
                if self._is_used(row, column):
                    continue
                found = split_label(cell.text, region.block)
                if found is None and current is None:
                    continue
                is_beside = column != words_of_row[0][0]
                if (
                    found is None
                    and is_beside
                    and (self.part.value(current.key) or self._goes_on_below(region, row, words_of_row[0][0]))
                ):
                    self._ignore(row, column, "it stands beside a paragraph, and has no label")
                    continue
                current, words = found or (current, cell.text)
                self._use(row, column)
                before = self.part.values.get(current.key)
                text = f"{before.value}\n\n{words}" if before and before.value else words
                where = before.cell if before else address(row, column)
                self.part.values[current.key] = ParsedValue(current.key, "", text, text, self.sheet_name, where)

    def _goes_on_below(self, region: Region, row: int, column: int) -> bool:
        """Whether the next row of a region has words in the same column and no label of its own."""
        below = self.grid.row_below(row, region.bottom, region.left, region.right)
        cell = self.grid.sheet.cells.get((below, column)) if below else None
        return cell is not None and not cell.is_blank and split_label(cell.text, region.block) is None

    def _fields(self, region: Region) -> None:
        near = self._near_labels(region)
        for row in range(region.top, region.bottom + 1):
            for column, cell in self.grid.words(row, region.left, region.right):
                if self._is_used(row, column):
                    continue
                one = self._labelled(region.block, cell) or near.get((row, column))
                if one is None:
                    continue
                if (row, column) in near:
                    self._say_near(address(row, column), cell.text, near_label(cell.text, one) or one.labels[0])
                if one.key in self.part.values:
                    first = self.part.values[one.key].cell
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
                self.part.values[one.key] = value
                self._require(one, value, f"“{cell.text}” ({address(row, column)}) has no value.")

    def _near_labels(self, region: Region) -> dict[tuple[int, int], Field]:
        """The labels that are worded a little otherwise, of the fields whose own label does not stand there."""
        first: dict[tuple[int, int], str] = {}
        known = []
        for row in range(region.top, region.bottom + 1):
            words = self.grid.words(row, region.left, region.right)
            labels = [one for _, cell in words if (one := self._labelled(region.block, cell))]
            known += labels
            if len(words) > 1 and not labels and isinstance(words[0][1].value, str):
                first[row, words[0][0]] = words[0][1].text
        return near_headings(first, [one for one in region.block.fields if one not in known])

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
            self.part.values[one.capture] = ParsedValue(
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
            if one.required and one.key not in self.part.values:
                where = regions[0]
                self._say(where.heading_cell, f"Under “{where.heading}” there is no row labelled “{one.labels[0]}”.")

    def _table(self, region: Region) -> None:
        header = self._header(region)
        if header is None:
            return
        block = region.block
        columns = header_columns(self.grid, block, header, region.left, region.right)
        texts = header_texts(self.grid, block, header, region.left, region.right)
        end = header_end(self.grid, block, header, region.left, region.right)
        for row in range(header, end + 1):
            for column, _ in self.grid.words(row, region.left, region.right):
                self._use(row, column)
        for column, one in columns.items():
            if column in texts and match_spelling(texts[column], one.labels) is None:
                meant = near_label(texts[column], one) or one.labels[0]
                self._say_near(address(self._heading_row(header, end, column), column), texts[column], meant)
        for one in block.fields:
            if one.required and one.key != block.group and one not in columns.values():
                self._say(
                    address(header, region.left),
                    f"Under “{region.heading}” there is no column headed “{one.labels[0]}”.",
                )
        rows = _Rows(region, columns, texts, records=[])
        if block.record != NODE:
            rows.records = self.part.records[block.record]
            rows.seen = {
                record.record_key: record.values[block.id].cell for record in rows.records if block.id in record.values
            }
        if block.heading_heads and block.group:
            where = region.heading_cell
            rows.group = ParsedValue(block.group, "", region.heading, region.heading, self.sheet_name, where)
        ignored = len(self.parsed.ignored)
        for row in range(end + 1, region.bottom + 1):
            self._table_row(rows, row)
        self.parsed.ignored[ignored:] = by_column(self.parsed.ignored[ignored:])
        self._empty_columns(rows, header, end)
        self._say_colours_are_lost(rows, end)
        if block.counts:
            self._dated_columns(rows, range(header, end + 1))
            self._control_counts(rows)
        if not rows.records and not rows.has_subject and block.record != NODE:
            self._say(address(header, region.left), f"“{block.title}” has its headings and no rows.", "warning")

    def _say_colours_are_lost(self, rows: "_Rows", end: int) -> None:
        """Say of a column of statuses that is blank in a file without colours that they may have been colours."""
        if self.workbook.kind != "csv" or not rows.records:
            return
        for column, one in rows.columns.items():
            is_by_colour = one.type == "status" and one.subject in self.match.layout.colours
            if is_by_colour and not any(each.values[one.key].words for each in rows.records if one.key in each.values):
                self._say(
                    address(end, column),
                    "No status stands below this heading, and a .csv keeps no colours. Load the workbook itself if they"
                    " are shown by colour.",
                    "warning",
                )

    def _heading_row(self, header: int, end: int, column: int) -> int:
        """The lowest row of a header in which a column has words."""
        cells = self.grid.sheet.cells
        return next((row for row in range(end, header, -1) if not cells.get((row, column), Cell()).is_blank), header)

    def _empty_columns(self, rows: "_Rows", header: int, end: int) -> None:
        """List the headings that no field takes and below which nothing stands: no cell of theirs tells of them."""
        filled: dict[int, int] = {}  # the last row of each column
        for row, columns in self.grid.rows.items():
            if header <= row <= rows.region.bottom:
                filled |= {column: row for column in columns if not self.grid.sheet.cells[row, column].is_blank}
        for column in sorted(rows.texts.keys() - rows.columns.keys()):
            if filled.get(column, end + 1) <= end:
                self._ignore(
                    filled[column], column, "the layout has no such column, and nothing stands below its heading"
                )

    def _dated_columns(self, rows: "_Rows", header: range) -> None:
        """Keep the day that a heading says its column is as of."""
        for column, one in rows.columns.items():
            said = AS_OF.search(rows.texts.get(column, ""))
            if said is None:
                continue
            cells = [row for row in header if (row, column) in self.grid.sheet.cells]
            where = address(cells[-1] if cells else header[0], column)
            read = parse_written_date(said[1], day_first=self.day_first, excel_epoch=EXCEL_1900)
            if read.latest is None:
                self._say(where, f"“{said[1]}” is not read as the day that the column is as of.", "warning")
                continue
            value = ParsedValue(one.key, rows.block.key, read, said[1], self.sheet_name, where)
            self.parsed.dated.append(value)
            if is_ambiguous(said[1]):
                self.parsed.ambiguous.append(value)

    def _grid_of_figures(self, region: Region) -> None:
        """Every figure by the words of its row and the heading of its column, blank ones too."""
        block, one = region.block, region.block.fields[0]
        headings = {column: cell.text for column, cell in self.grid.words(region.top, region.left + 1, region.right)}
        for column, _ in self.grid.words(region.top, region.left, region.right):
            self._use(region.top, column)
        for row in range(region.top + 1, region.bottom + 1):
            label = self.grid.sheet.cells.get((row, region.left), Cell()).text
            if not label:
                continue
            self._use(row, region.left)
            values = {}
            for column, heading in headings.items():
                cell = self.grid.sheet.cells.get((row, column), Cell())
                self._use(row, column)
                if cell.is_error or (cell.is_formula and cell.value is None):
                    self._value(one, row, column)  # which says what is wrong
                    continue
                words, where = figure_words(cell), address(row, column)
                key = f"{one.key}@{' '.join(heading.split())}"
                values[key] = ParsedValue(key, label, words, words, self.sheet_name, where, cell.fill_rgb)
            record = ParsedRecord(block.record, label, self.sheet_name, row, values, block=block.key)
            self.part.records[block.record].append(record)

    def _cell_map(self, region: Region) -> None:
        """Each named cell at its place: to the field that takes its name, into a numbered row, or under its name."""
        block = region.block
        rows: dict[tuple[str, int], dict[str, ParsedValue]] = {}
        for named in block.cells:
            row, column = position(named.cell)
            one, number = taker_of(block, named.name)
            if one is None:
                self._named_value(named, row, column)
            elif one.key == LEFT_OUT:
                self._leave_out(row, column)
            elif number is None:
                self.part.values[one.key] = self._value(one, row, column)
            else:
                values = rows.setdefault((one.key.partition(".")[0], number), {})
                values[one.key] = self._value(one, row, column, str(number))
        for (table, number), values in sorted(rows.items()):
            self._numbered_row(block, table, number, values)

    def _leave_out(self, row: int, column: int) -> None:
        cell = self.grid.sheet.cells.get((row, column), Cell())
        self._use(row, column)
        if not cell.is_blank:
            where = address(row, column)
            self.parsed.ignored.append(Ignored(self.sheet_name, where, cell.text, "the layout leaves it out"))

    def _named_value(self, named: NamedCell, row: int, column: int) -> None:
        """What a cell holds that no field takes: its exact words, once it is known to be of the kind that it should."""
        key = f"{NAMED}@{named.name}"
        read = self._value(Field(key, (named.name,), type=named.type), row, column)
        if read.value is not None or not read.words:
            words = exact_words(self.grid.sheet.cells.get((row, column), Cell()))
            read = replace(read, value=words, words=words)
        self.part.values[key] = read

    def _numbered_row(self, block: Block, table: str, number: int, values: dict[str, ParsedValue]) -> None:
        said = [value for value in values.values() if value.words]
        if not said:
            return  # a row of the form that nobody filled
        if not any(value.words for key, value in values.items() if key in TITLES):
            reason = f"row {number} of the form has no title"
            self.parsed.ignored += [Ignored(value.sheet, value.cell, value.words, reason) for value in said]
            return
        for key, words in block.says.items():
            values[key] = ParsedValue(key, str(number), words, "", self.sheet_name, "")
        where = position(said[0].cell)[0]
        record = ParsedRecord(table, str(number), self.sheet_name, where, values, block=block.key)
        self.part.records.setdefault(table, []).append(record)

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

    def _table_row(self, rows: "_Rows", row: int) -> None:
        block, columns = rows.block, rows.columns
        filled = [
            (column, cell)
            for column, cell in self.grid.words(row, rows.region.left, rows.region.right)
            if not self._is_used(row, column)
        ]
        coloured = [
            column
            for column, one in columns.items()
            if one.type == "status" and self._colour_word(one, self.grid.sheet.cells.get((row, column), Cell()))
        ]
        if not filled:
            for column in coloured:
                self._ignore(row, column, "a coloured cell in a row without words")
            return
        if header_again := self._header_again(rows, row, filled):
            for each in header_again:
                for column, _ in self.grid.words(each, rows.region.left, rows.region.right):
                    self._use(each, column)
            return
        if block.group and self._group_row(rows, row, filled):
            return
        if block.groups_are_nodes and not rows.has_subject:
            for column, _ in filled:
                self._ignore(row, column, "no row above says whose it is")
            return
        is_total = any(match_spelling(cell.text, block.totals) for _, cell in filled)
        within = [(column, cell) for column, cell in filled if column in columns]
        if self._is_row_of_template(rows, within):
            self._use(row, within[0][0])
            self._beside_columns(rows, row, filled)
            for column in coloured:
                self._ignore(row, column, "a coloured cell in a row without words")
            return
        required = [column for column, one in columns.items() if one.required]
        if not is_total and len(filled) == 1 and len(required) > 1 and not coloured:
            self._ignore(row, filled[0][0], f"alone in its row under “{rows.region.heading}”")
            return
        if not within and not coloured:
            self._beside_columns(rows, row, filled)
            return
        if block.record == NODE and not is_total and (shift := columns_shifted(columns, dict(filled), max(rows.texts))):
            self._refuse_shifted(row, filled, shift)
            return
        self._beside_columns(rows, row, filled)
        self._record(rows, row, is_total)

    @staticmethod
    def _is_row_of_template(rows: "_Rows", within: list[tuple[int, Cell]]) -> bool:
        """Whether a row holds nothing but a number that a template gives its blank rows."""
        id_column = rows.id_column
        return (
            len(within) == 1
            and within[0][0] == id_column
            and rows.columns[id_column].type == "integer"
            and _whole(within[0][1].value) is not None
        )

    def _beside_columns(self, rows: "_Rows", row: int, filled: list[tuple[int, Cell]]) -> None:
        """List the cells of a row that stand in no column of the layout."""
        for column, _ in filled:
            if column not in rows.columns:
                heading = rows.texts.get(column, "")
                reason = f"its column “{heading}” is not in the layout" if heading else "its column has no heading"
                self._ignore(row, column, reason, heading=heading)

    def _refuse_shifted(self, row: int, filled: list[tuple[int, Cell]], shift: int) -> None:
        """Say once of a row that its values stand beside their headings; none of them is taken."""
        for column, _ in filled:
            self._use(row, column)
        many = f"{abs(shift)} column{'s' if abs(shift) > 1 else ''}"
        side = "right" if shift > 0 else "left"
        self._say(
            address(row, filled[0][0]),
            f"The values of this row, or most of them, stand {many} to the {side} of their headings.",
        )
        self.parsed.refused.append((self.sheet_name, row))

    def _header_again(self, rows: "_Rows", row: int, filled: list[tuple[int, Cell]]) -> range:
        """The rows that repeat the header from this one on, as at the top of a page; none where it does not."""
        block, left, right = rows.block, rows.region.left, rows.region.right
        none = range(0)
        if len(filled) < 2:
            return none
        if block.header_rows == 1:
            named = all(
                squeeze(cell.text) == squeeze(rows.texts.get(column, ""))
                or (column in rows.columns and bool(match_spelling(cell.text, rows.columns[column].labels)))
                for column, cell in filled
            )
            is_header = named and any(column in rows.columns for column, _ in filled)
            return range(row, row + 1) if is_header else none
        if not all(squeeze(rows.texts.get(column, "")).startswith(squeeze(cell.text)) for column, cell in filled):
            return none
        texts = header_texts(self.grid, block, row, left, right)
        if any(squeeze(texts.get(column, "")) != squeeze(rows.texts.get(column, "")) for column in rows.columns):
            return none
        return range(row, header_end(self.grid, block, row, left, right) + 1)

    def _group_row(self, rows: "_Rows", row: int, filled: list[tuple[int, Cell]]) -> bool:
        """Take a row that says something for all rows below it; False where it is none."""
        block = rows.block
        one = next(one for one in block.fields if one.key == block.group)
        within = [(column, cell) for column, cell in filled if column in rows.columns]
        beside = [column for column, _ in filled if column not in rows.columns]
        if block.group_ids == "letters":
            known = dict(filled)
            cell = known.get(rows.id_column)
            if cell is None or not cell.text.strip(" .:\xa0").isalpha():
                return False
            if block.groups_are_nodes and len(within) > 1:
                self._open_subject(rows, row, one, self._title_place(rows, within))
                if len(within) == 2:
                    self._beside_group(row, beside)
                return len(within) == 2  # one that says more of itself is also a row
            if len(within) != 2:
                return False
            column = self._title_place(rows, within)
            cell = known[column]
            self._use(row, rows.id_column)
        else:
            column, cell = filled[0]
            if len(within or filled) != 1 or not match_spelling(cell.text, one.labels):
                return False
            if beside and one.type == "written_date" and not self._is_date(cell):
                return False
            beside = [each for each in beside if each != column]
        self._beside_group(row, beside)
        value = self._value(one, row, column)
        words = words_behind(cell.text, one.labels) if isinstance(value.value, str) else None
        rows.group = replace(value, value=words[-1]) if words else value
        return True

    @staticmethod
    def _title_place(rows: "_Rows", within: list[tuple[int, Cell]]) -> int:
        """The column of a group's own words: that of the titles, in whichever order the columns stand."""
        places = [column for column, _ in within if column != rows.id_column]
        return next((column for column in places if rows.columns[column].key in TITLES), places[0])

    def _is_date(self, cell: Cell) -> bool:
        return parse_written_date(cell.value, day_first=self.day_first, excel_epoch=EXCEL_1900).latest is not None

    def _beside_group(self, row: int, columns: list[int]) -> None:
        for column in columns:
            self._ignore(row, column, "it stands beside the words for the rows below, in a column of no heading")

    def _open_subject(self, rows: "_Rows", row: int, one: Field, column: int) -> None:
        """Begin what the rows below a group's own row are about, by its letters and its words."""
        title = self._value(one, row, column)
        words = words_behind(title.words, one.labels)
        reference = self._value(Field("node.reference"), row, rows.id_column)
        values = {
            one.key: replace(title, value=words[-1]) if words else title,
            reference.key: replace(reference, value=reference.words.strip(" .:")),
        }
        found = FoundBlock(rows.block.key, self.sheet_name, title.cell, title.words)
        rows.records, rows.seen, rows.has_subject = [], {}, True
        self.parsed.subjects.append(ParsedPart([found], values, {rows.block.record: rows.records}, above=self.part))

    def _record(self, rows: "_Rows", row: int, is_total: bool) -> None:
        block, columns, id_column = rows.block, rows.columns, rows.id_column
        problems = len(self.parsed.problems)
        key = str(len(rows.records) + 1)
        if id_column and not is_total:
            cell = self.grid.sheet.cells.get((row, id_column), Cell())
            whole = _whole(cell.value) if columns[id_column].type == "integer" else None
            key = str(whole) if whole is not None else cell.text or key
            if not cell.is_blank and key in rows.seen:
                self._say(
                    address(row, id_column),
                    f"{columns[id_column].labels[0].strip('*')} {key} is already used in {rows.seen[key]}.",
                )
            rows.seen.setdefault(key, address(row, id_column))
        values: dict[str, ParsedValue] = {}
        for column, one in columns.items():
            is_named = one.key == block.id or one.type not in FIGURES
            if is_total and is_named and not _is_number(self.grid.sheet.cells.get((row, column), Cell()).value):
                self._use(row, column)  # the word "Total" where a number or a name would stand
                continue
            value = self._value(one, row, column, key, is_total)
            value = replace(value, key=rows.key_of(column), is_shared=(row, column) in self.shared_cells)
            value = self._first_said(one, values.get(value.key), value)
            values[value.key] = value
            self._bracketed(one, value, values)
            if not is_total and not one.either:
                self._require(one, values[value.key], f"{one.labels[0].strip('*')} is blank.")
        if rows.group and not is_total:
            values[block.group] = rows.group
        for said, words in block.says.items():
            values[said] = ParsedValue(said, key, words, "", self.sheet_name, "")
        split = [] if is_total else self._split(block, values)
        if split:
            rows.records += [
                ParsedRecord(block.record, key, self.sheet_name, row, each, block=block.key) for each in split
            ]
            return
        record = ParsedRecord(block.record, key, self.sheet_name, row, values, is_total, block.key)
        rows.records.append(record)
        self._control(rows, record)
        if block.record == NODE and any(said.severity == "error" for said in self.parsed.problems[problems:]):
            self.parsed.refused.append((self.sheet_name, row))
        elif block.record == NODE and not is_total:
            found = FoundBlock(block.key, self.sheet_name, address(row, rows.region.left), rows.region.heading)
            title = values.get("node.title")
            is_own = bool(title and match_spelling(title.words, block.own))
            if is_own and (named := self.part.find("node.title")):
                values[named.key] = named
            self.parsed.subjects.append(
                ParsedPart([found], values, above=self.part, is_own=is_own, row=(self.sheet_name, row))
            )

    def _first_said(self, one: Field, before: ParsedValue | None, value: ParsedValue) -> ParsedValue:
        """Of several columns that may hold a value the first that says something; two that differ are said."""
        if not one.either or before is None or not before.words:
            return value
        if value.words and squeeze(value.words) != squeeze(before.words):
            self._say(
                value.cell,
                f"“{value.words}” stands here and “{before.words}” in {before.cell}; the first is taken.",
                "warning",
            )
        return before

    @staticmethod
    def _split(block: Block, values: dict[str, ParsedValue]) -> list[dict[str, ParsedValue]]:
        """The rows that a row with several codes is; none where it has one, or its figures are not as many."""
        named = next((one for one in block.fields if one.bracket and one.key in values), None)
        if named is None or len(CODE_IN_BRACKETS.findall(values[named.key].words)) < 2:
            return []
        codes = CODE_IN_BRACKETS.findall(values[named.key].words)
        title = str(values[named.key].value).partition("*")[0].strip()
        figures = {key for key, value in values.items() if STROKE.search(value.words) and "@" in key}
        if any(len(STROKE.split(values[key].words)) != len(codes) for key in figures):
            return []
        rows = []
        for place, code in enumerate(codes):
            own = dict(values)
            own[named.key] = replace(values[named.key], value=title)
            own[named.bracket] = replace(values[named.bracket], value=code, words=code)
            own[f"{block.record}.pair"] = replace(
                values[named.key], key=f"{block.record}.pair", value=squeeze(title)[:60]
            )
            for key in figures:
                part = STROKE.split(values[key].words)[place]
                own[key] = replace(values[key], value=part, words=part)
            rows.append(own)
        return rows

    def _control(self, rows: "_Rows", record: ParsedRecord) -> None:
        """Hold the printed totals of a row, and those of a row of totals, against what they are totals of."""
        for one in rows.block.sums:
            derived = record.sum_of(one.parts) - record.sum_of(one.less)
            total = record.values.get(one.total)
            if total and (total.words or derived):
                self._compare(rows, record, total, derived)
        if record.is_total:
            above = list(takewhile(lambda each: not each.is_total, reversed(rows.records[:-1])))
            for key, total in record.values.items():
                if total.words:
                    self._compare(rows, None, total, sum((each.figure(key) for each in above), Decimal(0)))

    def _control_counts(self, rows: "_Rows") -> None:
        """Hold each stated total of counts against the counts that it is the total of."""
        said = [(count_of(rows.block, record), record) for record in rows.records if record.block == rows.block.key]
        for count, total in said:
            if count is None or not count.is_total:
                continue
            parts = [record for other, record in said if other and other.key == count.key and other.kinds]
            for key, stated in total.values.items():
                if not parts or not isinstance(stated.value, int):
                    continue
                derived = sum((record.figure(key) for record in parts), Decimal(0))
                name = str(total.value(rows.block.fields[0].key)).strip(" :")
                label = f"{name} ({self._heading_of(rows.block, key)})"
                control = Control(self.sheet_name, stated.cell, label, Decimal(stated.value), derived)
                self.parsed.controls.append(control)
                if not control.agrees:
                    message = f"{label} is stated as {_plainly(control.stated)}; its rows come to {_plainly(derived)}."
                    self._say(stated.cell, message, "warning")

    def _compare(self, rows: "_Rows", record: ParsedRecord | None, total: ParsedValue, derived: Decimal) -> None:
        """`record` is the row that the total is of, None for a total of the rows above."""
        stated = Decimal(total.value) if isinstance(total.value, Decimal | int) else None
        if stated is None and not total.words:
            stated = Decimal(0)
        label = self._heading_of(rows.block, total.key)
        row = record.row if record and not record.is_total else 0
        control = Control(self.sheet_name, total.cell, label, stated, derived, row)
        self.parsed.controls.append(control)
        if control.agrees:
            return
        whose = "the row's figures come" if record else "its rows come"
        message = f"{label} is stated as {_plainly(stated)}; {whose} to {_plainly(derived)}."
        if record and self._adds_up_shifted(rows, record):
            message += " They would agree with the figures one column further left: they may have been shifted."
        self._say(total.cell, message, "warning")

    @staticmethod
    def _heading_of(block: Block, key: str) -> str:
        stem, _, tag = key.partition("@")
        label = next(one.labels[0] for one in block.fields if one.key == stem)
        return re.sub(r"[*#]", tag, label, count=1) if tag else label.replace("*", "").strip()

    def _adds_up_shifted(self, rows: "_Rows", record: ParsedRecord) -> bool:
        """Whether the row would add up if the figures from some column on stood one column to the left."""
        keys = [rows.key_of(column) for column, one in sorted(rows.columns.items()) if one.type in FIGURES]
        for start in range(1, len(keys)):
            if record.figure(keys[start - 1]):
                continue  # the cell that a shifted row leaves blank
            moved = {keys[place - 1]: record.figure(keys[place]) for place in range(start, len(keys))}
            moved[keys[-1]] = Decimal(0)
            shifted = {key: moved.get(key, record.figure(key)) for key in keys}
            if all(
                _sum(shifted, (one.total,)) == _sum(shifted, one.parts) - _sum(shifted, one.less)
                for one in rows.block.sums
            ):
                return True
        return False

    def _list(self, region: Region) -> None:
        one = region.block.fields[0]
        own: int | None = None  # the column of the first
        for row in range(region.top, region.bottom + 1):
            free = [
                column
                for column, _ in self.grid.words(row, region.left, region.right)
                if not self._is_used(row, column)
            ]
            if not free:
                continue
            own = own or free[0]
            if own not in free:
                self._beside(region, row, free)
                continue
            records = self.part.records[region.block.record]
            key = str(len(records) + 1)
            value = self._value(one, row, own, key)
            self._beside(region, row, [column for column in free if column != own])
            values = {one.key: value}
            self._bracketed(one, value, values)
            records.append(ParsedRecord(region.block.record, key, self.sheet_name, row, values))

    def _last_column_of(self, region: Region) -> int:
        """The last column that the heading of a region is merged over."""
        place = position(region.heading_cell)
        return self.grid.merged.get(place, place)[1]

    def _beside(self, region: Region, row: int, columns: Iterable[int]) -> None:
        """List what stands beside the words of a region, in another column than they."""
        for column in columns:
            self._ignore(row, column, f"it stands beside the words under “{region.heading}”")

    def _pairs(self, region: Region) -> None:
        """A key and its words in each row; what stands beside the heading is a heading too."""
        for column, _ in self.grid.words(region.top - 1, region.left, region.right):
            self._use(region.top - 1, column)
        for row in range(region.top, region.bottom + 1):
            columns = [column for column, _ in self.grid.words(row, region.left, region.right)][:2]
            if len(columns) < 2:
                continue
            read = [self._value(one, row, column) for one, column in zip(region.block.fields, columns, strict=True)]
            values = {value.key: value for value in read}
            record = ParsedRecord(
                region.block.kind, read[0].words, self.sheet_name, row, values, block=region.block.key
            )
            self.parsed.settings.append(record)

    def _bracketed(self, one: Field, value: ParsedValue, values: dict[str, ParsedValue]) -> None:
        """Part "Support officer (grant funded 2018-21)" into the post and what its bracket says."""
        if not one.bracket:
            return
        codes = CODE_IN_BRACKETS.findall(value.words)
        parts = BRACKET_AT_END.fullmatch(value.words)
        if codes:
            title, inside = CODE_IN_BRACKETS.sub("", value.words).strip(), " / ".join(codes)
        else:
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
        own = places[0][1] if places else region.left
        for row, column in places:
            if not region.left <= column <= max(own, self._last_column_of(region)):
                self._beside(region, row, [column])
        parts = [self._value(one, row, column) for row, column in places if not self._is_used(row, column)]
        words = "\n\n".join(part.words for part in parts)
        cell = ":".join(dict.fromkeys((parts[0].cell, parts[-1].cell))) if parts else address(region.top, region.left)
        before = self.part.values.get(one.key)
        if before and before.words:
            words, cell = f"{before.words}\n\n{words}".strip(), before.cell
        self.part.values[one.key] = ParsedValue(one.key, "", words, words, self.sheet_name, cell)

    def _banner(self, block: Block) -> None:
        first = self.grid.first_row()
        for row in range(first, first + block.within_rows):
            for column, cell in self.grid.words(row, 1, self.grid.last_column):
                if not self._is_used(row, column):
                    self._banner_cell(block, cell, row, column)
        found = [one for one in block.fields if one.key in self.part.values]
        if found:
            self.part.blocks.append(
                FoundBlock(block.key, self.sheet_name, self.part.values[found[0].key].cell, block.title)
            )
        for one in block.fields:
            if one.required and one not in found:
                wanted = ", ".join(dict.fromkeys(one.choices)) or one.labels[0]
                self._say(
                    address(first, 1), f"The {block.title} is missing: none of {wanted} stands in the first rows."
                )

    def _banner_cell(self, block: Block, cell: Cell, row: int, column: int) -> None:
        for one in block.fields:
            if one.key in self.part.values:
                continue
            value: Value = _choice(one, cell.text)
            found: tuple[str, ...] = ()
            if value is None and match_spelling(cell.text, one.labels):
                found = words_behind(cell.text, one.labels) or ()
                value = found[0] if found else cell.text
            if value is not None:
                self._use(row, column)
                said = {one.key: value} | ({one.capture: found[-1]} if one.capture and len(found) > 1 else {})
                if one.bracket:
                    said = _without_stamp(said, one)
                for key, words in said.items():
                    where = address(row, column)
                    self.part.values[key] = ParsedValue(
                        key, "", words, cell.text, self.sheet_name, where, cell.fill_rgb
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
        if MARKUP.search(words):
            words = MARKUP.sub("\n", words).strip()
            self._say(
                where, "The cell holds the marks of a web page; they are left out and the words are taken.", "warning"
            )
        value: Value = None
        if one.type == "status" and cell.is_blank:
            words, by_colour = self._colour_word(one, cell) or "", True
            if not words and cell.fill_rgb not in NO_FILLS and one.subject in self.match.layout.colours:
                self._say(where, f"The cell has no word, and its colour ({cell.fill_rgb}) stands for no status.")
        if cell.is_error:
            self._say(where, f"The cell shows the error {words}.")
        elif cell.is_formula and cell.value is None:
            if not is_total:  # a total is worked out from its rows
                self._say(
                    where,
                    f"The formula {cell.formula} has no stored result; save the workbook in a spreadsheet programme.",
                )
            words = cell.formula or ""
        elif words and match_spelling(words, one.withheld):
            return ParsedValue(
                one.key, record_key, None, words, self.sheet_name, where, cell.fill_rgb, is_withheld=True
            )
        elif words:
            value, because = self._read(one, cell, words, where)
            if because:
                self._say(where, because)
        read = ParsedValue(
            one.key, record_key, value, words, self.sheet_name, where, cell.fill_rgb, by_colour and bool(words)
        )
        if one.type == "written_date" and isinstance(cell.value, str):
            if is_ambiguous(words):
                self.parsed.ambiguous.append(read)
            elif order := order_told(words):
                self.parsed.orders.setdefault(order, read)
        return read

    def _read(self, one: Field, cell: Cell, words: str, where: str) -> tuple[Value, str]:
        """The value and "", or None and what is wrong."""
        if one.type == "integer":
            whole = _whole(cell.value)
            return whole, "" if whole is not None else f"“{words}” is not a whole number."
        if one.type == "money":
            money = parse_money(
                cell.value if _is_number(cell.value) else words, thousands=one.thousands, millions=one.millions
            )
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
        if one.type == "figure":
            return figure_words(cell), ""
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
            if wanted.aside:
                continue
            self.grid = sheets.get(wanted.key) or next(iter(sheets.values()))
            if wanted.key not in sheets:
                told = [block for block in wanted.blocks if block.kind != "banner"] or wanted.blocks
                titles = " or ".join(f"“{block.title}”" for block in told)
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
        grids = {found.grid.sheet.name: found.grid for found in self.match.sheets}
        for sheet in self.workbook.sheets:
            hidden = " It is hidden." if sheet.state != "visible" else ""
            if sheet.name not in grids:
                filled = sum(not cell.is_blank for cell in sheet.cells.values())
                asides = (one.aside for one in self.match.layout.sheets if match_spelling(sheet.name, one.titles))
                because = next(filter(None, asides), None) or self._why_not_taken(sheet)
                if filled:
                    words = f"{filled} filled cell{'s' if filled > 1 else ''}"
                    self.parsed.ignored.append(Ignored(sheet.name, "", words, f"{because}.{hidden}"))
                continue
            self.grid = grids[sheet.name]
            if hidden:
                self._say("", "The sheet is hidden; its values are taken.", "warning")
            if self._sweep_form(sheet):
                continue
            self._hidden_parts()
            for row, column in ((row, column) for row, columns in self.grid.rows.items() for column in columns):
                cell = sheet.cells[row, column]
                if cell.comment:
                    self.parsed.ignored.append(
                        Ignored(sheet.name, address(row, column), cell.comment, "a comment on the cell")
                    )
                if not cell.is_blank and not self._is_used(row, column):
                    self._ignore(row, column, "no block of the layout takes it")

    def _why_not_taken(self, sheet: Sheet) -> str:
        """Why a sheet is left: its headings may be those of several sheets that only their names tell apart."""
        taken = {found.layout.key for found in self.match.sheets}
        free = [one for one in self.match.layout.sheets if one.by_title and one.key not in taken]
        grid = Grid(sheet) if free else None
        like = [one for one in free if find_regions(grid, one)]
        if not like:
            return "the sheet is not in the layout"
        blocks = " or ".join(f"“{block.title}”" for one in like for block in one.blocks)
        names = " or ".join(f"“{title.rstrip('*')}”" for one in like for title in one.titles[:1])
        return f"its headings do not tell whether it holds {blocks}; name the sheet {names} and load the workbook again"

    def _sweep_form(self, sheet: Sheet) -> bool:
        """Count what stands on a form beside the cells of its map, most of it the form's own words; False where the
        sheet is no form."""
        layout = next((found.layout for found in self.match.sheets if found.grid.sheet is sheet), None)
        if layout is None or not all(block.kind == "cells" for block in layout.blocks):
            return False
        self._hidden_cells(sheet)
        others = [place for place, cell in sheet.cells.items() if not cell.is_blank and not self._is_used(*place)]
        errors = [place for place in sorted(others) if sheet.cells[place].is_error]
        for place in errors:
            self._ignore(*place, "the cell shows an error, and is not in the cell map")
        if count := len(others) - len(errors):
            words = f"{count} filled cell{'s' if count > 1 else ''}"
            self.parsed.ignored.append(Ignored(sheet.name, "", words, "they are not in the cell map"))
        return True

    def _hidden_cells(self, sheet: Sheet) -> None:
        """Name the hidden rows and columns of a form in which cells of its map are filled."""
        filled = [place for place in sorted(sheet.cells) if self._is_used(*place) and not sheet.cells[place].is_blank]
        for what, lines, which in (("row", sheet.hidden_rows, 0), ("column", sheet.hidden_cols, 1)):
            hidden = set(lines)
            for place in (place for place in filled if place[which] in hidden):
                self._say(address(*place), f"The cell is in a hidden {what}; its value is taken.", "warning")

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


def by_column(ignored: list[Ignored]) -> list[Ignored]:
    """What is left of a table, with the many cells of a column that the layout lacks as one."""
    same: dict[tuple[str, str], list[Ignored]] = {}
    for one in ignored:
        if one.reason.startswith(UNKNOWN_COLUMN):
            same.setdefault((re.sub(r"\d", "", one.cell), one.reason), []).append(one)
    many = {key: found for key, found in same.items() if len(found) > FEW_CELLS}
    kept = [one for one in ignored if (re.sub(r"\d", "", one.cell), one.reason) not in many]
    for (_, reason), found in many.items():
        first, last = found[0], found[-1]
        words = f"{first.words}” and {len(found) - 1} more cells, to “{last.words}"
        kept.append(Ignored(first.sheet, f"{first.cell}:{last.cell}", words, reason))
    return kept


def taker_of(block: Block, name: str) -> tuple[Field | None, int | None]:
    """The field of a cell map that takes the cell of a name, and the row where its cells are numbered."""
    squeezed = squeeze(name)
    for one in block.fields:
        if found := match_squeezed(squeezed, one.labels):
            return one, int(found[1]) if found.re.groups else None
    return None, None


def exact_words(cell: Cell) -> str:
    """What a cell holds, with nothing of a figure lost by how it is shown: 1699.37, though £1,699 is seen."""
    if _is_number(cell.value) and "%" not in cell.number_format:
        return display(cell.value)
    return MARKUP.sub("\n", cell.text.replace("\xa0", " ")).strip()


def count_of(block: Block, record: ParsedRecord) -> Count | None:
    """What a row of a table of counts counts for, by the words of its first field; None where the layout lacks it."""
    words = str(record.value(block.fields[0].key) or "")
    return next((one for one in block.counts if match_spelling(words, one.labels)), None)


def _sum(figures: Mapping[str, Decimal], stems: Sequence[str]) -> Decimal:
    return sum((figure for key, figure in figures.items() if key.partition("@")[0] in stems), Decimal(0))


def _plainly(figure: Decimal) -> str:
    return f"{figure.normalize():,f}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def figure_words(cell: Cell) -> str:
    """A figure as its sheet shows it: 0.9981 in a percent format of two places is 99.81%."""
    if _is_number(cell.value) and "%" in cell.number_format:
        places = len(cell.number_format.partition(".")[2].partition("%")[0].strip()) if "." in cell.number_format else 0
        return f"{cell.value:.{places}%}"
    return cell.text.replace("\xa0", " ")


def _without_stamp(said: dict[str, Value], one: Field) -> dict[str, Value]:
    """The words of a heading without the stamp that stands in square brackets at the end, and the stamp by its key."""
    last = list(said)[-1]
    parts = STAMP_AT_END.fullmatch(str(said[last]))
    return {**said, last: parts[1], one.bracket: parts[2].strip()} if parts else said


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
