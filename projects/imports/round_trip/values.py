"""How an answer stands in a cell, and what a cell that comes back says.

A cell that still shows what it showed when the workbook was made says nothing new, in whatever form a spreadsheet
programme has put it since: so no answer is lost to a form that cells do not have.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from openpyxl.utils.datetime import from_excel

from projects.forms.editing import plain
from projects.imports.cells import Cell
from projects.imports.layout import squeeze
from projects.imports.round_trip.sheets import Column, words_of
from projects.rules.dates import Precision, parse_written_date
from projects.rules.money import Problem, parse_money
from projects.rules.printable import UNPRINTABLE

LONGEST = 32_767  # what a cell holds, in units of 16 bits
TOO_LONG = "(Longer than a cell can be: see the portal)"
WITHHELD = "Not for publication"
MOST_DIGITS = 15  # of a number in a cell
FIRST_DAY, SERIALS = date(1900, 3, 1), (1_000, 200_000)
ONE_DAY = re.compile(r"\d{1,2}\s*[-/. ]\s*\d{1,2}\s*[-/. ]\s*\d{4}|\d{1,2}(?:st|nd|rd|th)?\s+[A-Za-z]+\.?,?\s+\d{4}")
ISO_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ][\d:.]+Z?)?")
YES, NO = {"yes", "y", "true", "x", "on", "1"}, {"no", "n", "false", "", "off", "0"}


class Unclear(Exception):
    """A cell that cannot be read; the message says why."""


@dataclass(frozen=True)
class Ways:
    """How an organisation writes, and the words of its statuses."""

    labels: dict[str, str]
    day_first: bool = True
    fy_start_month: int = 4

    def day_in(self, words: str) -> date | None:
        """The one day that words name and nothing else; None where they say more or less."""
        if not ONE_DAY.fullmatch(words.strip()):
            return None
        read = parse_written_date(words, day_first=self.day_first, fy_start_month=self.fy_start_month)
        if read.precision is not Precision.DAY or read.earliest != read.latest or read.latest < FIRST_DAY:
            return None
        return read.latest

    def words_of_day(self, day: date) -> str:
        first, second = (day.day, day.month) if self.day_first else (day.month, day.day)
        return f"{first:02}/{second:02}/{day.year}"


def shown(column: Column, text: str, ways: Ways) -> Any:
    """What a cell shows of an answer: text, a date, a number or None."""
    if column.kind in ("written", "day"):
        return ways.day_in(text) or in_cell(text)
    if column.kind in ("money", "number"):
        number = _number(text)
        return in_cell(text) if number is None else number
    return in_cell(words_of(column, text, ways.labels))


def in_cell(words: str) -> str | None:
    """Words as a cell can hold them; None for none."""
    words = UNPRINTABLE.sub("", plain(words))
    return (TOO_LONG if len(words.encode("utf-16-le")) // 2 > LONGEST else words) or None


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None
    is_exact = number.is_finite() and len(number.normalize().as_tuple().digits) <= MOST_DIGITS
    return number if is_exact else None


def said(column: Column, cell: Cell | None, base: str, ways: Ways) -> str:
    """The answer that a cell gives, as the box of the editor takes it; `base` itself where nothing was changed.

    Unclear where it cannot be read at all; what can be read is left to the form to judge.
    """
    value = cell.value if cell else None
    if cell is not None and cell.is_error:
        raise Unclear("The cell holds an error. Write the answer itself.")
    if cell is not None and cell.is_formula and value is None:
        raise Unclear("The formula has no stored result. Write the answer itself.")
    return base if _is_as_shown(value, shown(column, base, ways), ways) else _read(column, value, ways)


def _is_as_shown(value: Any, before: Any, ways: Ways) -> bool:
    if isinstance(before, date):
        return _day(value, ways) == before
    if isinstance(before, Decimal):
        if isinstance(value, str):
            number = parse_money(value)
            return not isinstance(number, Problem) and number.pounds == before
        return _decimal(value) == before
    if isinstance(value, int | float) and not isinstance(value, bool) and before:
        return str(_whole(value)) == before or (_number(before) is not None and _number(before) == _decimal(value))
    if isinstance(value, bool):
        return squeeze(before or "") in (YES if value else NO)
    return plain(_words(value, ways)) == plain(before or "")


def _day(value: Any, ways: Ways) -> date | None:
    """The day that a cell holds: as a date, as its number, or in words."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and SERIALS[0] < value < SERIALS[1]:
        return from_excel(int(value)).date()
    if not isinstance(value, str):
        return None
    if found := ISO_DAY.fullmatch(value.strip()):
        try:
            return date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            return None
    return ways.day_in(value)


def _decimal(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return Decimal(repr(value)) if value == value and abs(value) != float("inf") else None


def _whole(value: int | float) -> int | float:
    return int(value) if float(value).is_integer() else value


def _words(value: Any, ways: Ways) -> str:
    """A cell's value as a person would have typed it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, datetime | date):
        return ways.words_of_day(value)
    if isinstance(value, int | float):
        return f"{_decimal(_whole(value)).normalize():f}" if _decimal(value) is not None else str(value)
    return str(value)


def _read(column: Column, value: Any, ways: Ways) -> str:
    if column.kind == "yes":
        return _yes(value, ways)
    if column.kind in ("status", "choice"):
        return _chosen(column, plain(_words(value, ways)), ways)
    if column.kind in ("written", "day"):
        day = _day(value, ways) if not isinstance(value, str) or ISO_DAY.fullmatch(value.strip()) else None
        return ways.words_of_day(day) if day else plain(_words(value, ways))
    if column.kind == "money" and (pounds := _decimal(value)) is not None:
        return f"{pounds:,.2f}" if pounds % 1 else f"{pounds:,.0f}"
    return plain(_words(value, ways))


def _yes(value: Any, ways: Ways) -> str:
    words = squeeze(_words(value, ways))
    if words in YES:
        return "on"
    if words in NO:
        return ""
    raise Unclear(f"“{_words(value, ways)}” is neither Yes nor No.")


def _chosen(column: Column, words: str, ways: Ways) -> str:
    """The code of a status or choice. A status is told by its label; which scheme it is of, the row's form knows."""
    if not words:
        return ""
    if column.kind == "status":
        return words
    wanted = squeeze(words)
    for label, code in column.codes.items():
        if wanted in (squeeze(label), squeeze(code)):
            return code
    raise Unclear(f"“{words}” is none of the answers: {', '.join(column.offers)}.")
