"""Tell a row whose values stand beside their columns, by what the columns should hold."""

from collections.abc import Mapping
from dataclasses import dataclass

from projects.imports.layout import Field, match_spelling
from projects.imports.read import Cell
from projects.rules.dates import EXCEL_1900, parse_written_date
from projects.rules.money import Problem, parse_money, parse_percent

FURTHEST = 8  # columns that a row is looked for beside its own
ENOUGH = 3  # values that must read in their new place
CLEARLY = 2  # more that reads or is there than where the row stands
LONGEST_DATE = 80  # characters; a paragraph may name a year
READ_BY_TYPE = ("integer", "money", "percent", "written_date")


def columns_shifted(columns: Mapping[int, Field], cells: Mapping[int, Cell], last_heading: int) -> int:
    """By how many columns the cells of a row stand to the right of their headings (to the left: negative); 0 where they
    stand below them, or nothing tells.

    `cells` are the filled ones of the row by column. Where they stand something cannot be read or is lacking, and one
    shift away all of it reads.
    """
    here = _fit(columns, cells, 0, 0)
    if here.is_whole:
        return 0
    shifts = sorted((each for each in range(-FURTHEST, FURTHEST + 1) if each), key=abs)
    fits = {
        (shift, first): fit
        for shift in shifts
        for first in sorted(columns)
        if (fit := _fit(columns, cells, shift, first)).is_whole and fit.moved >= ENOUGH
    }
    best = max(fits, key=lambda each: fits[each].score, default=None)
    if best is None:
        return 0
    # a value that stands beyond the last heading tells as well
    more = 1 if best[0] > 0 and max(cells) > last_heading else CLEARLY
    return best[0] if fits[best].score >= here.score + more else 0


@dataclass(frozen=True)
class _Fit:
    """How many cells of typed columns read and how many do not, how many required ones are filled and how many not;
    how many of those that read stand elsewhere."""

    read: int
    unread: int
    filled: int
    lacking: int
    moved: int

    @property
    def is_whole(self) -> bool:
        return not self.unread and not self.lacking

    @property
    def score(self) -> int:
        return self.read + self.filled


def _fit(columns: Mapping[int, Field], cells: Mapping[int, Cell], shift: int, first: int) -> _Fit:
    """How a row fits if its cells from the column `first` on are those so many columns further right."""
    found = {column: cells[place] for column in columns if (place := _place(column, shift, first)) in cells}
    typed = {column for column in found if columns[column].type in READ_BY_TYPE}
    reads = {column for column in typed if _reads(columns[column], found[column])}
    needed = [column in found for column, one in columns.items() if one.required]
    moved = sum(column >= first for column in reads)
    return _Fit(len(reads), len(typed - reads), sum(needed), len(needed) - sum(needed), moved)


def _place(column: int, shift: int, first: int) -> int:
    """Where the cell of a column stands; nowhere (0) if those behind it have moved left into its place."""
    if column >= first:
        return column + shift
    return 0 if column >= first + shift else column


def _reads(one: Field, cell: Cell) -> bool:
    """Whether a cell holds what a column of this type should, or words for why it does not."""
    if match_spelling(cell.text, one.withheld):
        return True
    value = cell.value if not isinstance(cell.value, str) else cell.text
    if one.type == "written_date" and len(cell.text) > LONGEST_DATE:
        return False
    if one.type == "written_date":
        return parse_written_date(value, excel_epoch=EXCEL_1900).earliest is not None
    read = parse_percent(value) if one.type == "percent" else parse_money(value)
    return not isinstance(read, Problem)
