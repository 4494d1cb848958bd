"""Savings over the years: the window that a report prints, what moves between years and what a year's end carries on.

Signs follow the source: at risk and slippage positive, over-achievement negative.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

NOTHING = Decimal(0)
YEARS = 3  # in the window, where a council's template does not say another number


@dataclass(frozen=True)
class YearOfSaving:
    """What was said of one benefit in one financial year, in pounds; None: not stated. `year` None: of no year."""

    year: int | None  # 2018 is 2018/19
    at_risk: Decimal | None = None
    other_way: Decimal | None = None


@dataclass(frozen=True)
class Transfer:
    """Pounds that one year does not bring and another brings instead."""

    from_year: int
    to_year: int
    pounds: Decimal


@dataclass(frozen=True)
class YearEnd:
    """What is left of a saving's years once those before the window have ended."""

    kept: tuple[YearOfSaving, ...]
    carried: Decimal  # what the ended years did not bring by any way; never negative


def year_begun(words: str) -> int | None:
    """The year in which the financial year that is written begins ("2018/19", "2018-2019", "18/19", "FY18"); None where
    the words name none."""
    found = re.fullmatch(r"(?:fy\s*)?(\d{4}|\d\d)(?:\s*[/–-]\s*(\d{4}|\d\d))?", words.strip().lower())
    if found is None or (len(found[1]) == 2 and not (found[2] or words.lower().startswith("fy"))):
        return None
    year = int(found[1]) if len(found[1]) == 4 else 2000 + int(found[1])
    follows = found[2] is None or int(found[2]) % 100 == (year + 1) % 100
    return year if follows and 1990 <= year <= 2099 else None


def financial_year(day: date, first_month: int) -> int:
    """The financial year that `day` falls in, by the year in which it begins."""
    return day.year if day.month >= first_month else day.year - 1


def year_words(year: int, first_month: int) -> str:
    """ "2018/19"; "2018" where the financial year is the calendar year."""
    return str(year) if first_month == 1 else f"{year}/{(year + 1) % 100:02}"


def window(day: date, first_month: int, years: int = YEARS) -> tuple[int, ...]:
    """The years that a report of `day` prints: the one it falls in and those after it. At a year's end it rolls."""
    first = financial_year(day, first_month)
    return tuple(range(first, first + years))


def transfers(at_risk: Mapping[int, Decimal | None]) -> tuple[Transfer, ...]:
    """What of the amounts at risk by year only moves to another year, the earliest years first.

    60 at risk in one year and -60 in the next nets to nothing, and yet the first year is 60 short.
    """
    short = {year: pounds for year, pounds in sorted(at_risk.items()) if pounds and pounds > 0}
    over = {year: -pounds for year, pounds in sorted(at_risk.items()) if pounds and pounds < 0}
    found = []
    for from_year in short:
        for to_year in over:
            moved = min(short[from_year], over[to_year])
            if moved:
                found.append(Transfer(from_year, to_year, moved))
                short[from_year] -= moved
                over[to_year] -= moved
    return tuple(found)


def share_of(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    """How much of `whole` one `part` of it makes up, in percent; None where the whole is nothing or of another sign."""
    if not part or not whole or (part < 0) != (whole < 0):
        return None
    return part / whole * 100


def end_of_years(said: Iterable[YearOfSaving], first_year: int) -> YearEnd:
    """Close the years before `first_year`: what they fell short by is carried, less what came in another way.

    What was delivered in another way in no year makes good for the ended years first; what is left of it stays.
    """
    said = tuple(said)
    ended = [each for each in said if each.year is not None and each.year < first_year]
    kept = [each for each in said if each not in ended]
    short = sum((each.at_risk or NOTHING) - (each.other_way or NOTHING) for each in ended)
    for place, each in enumerate(kept):
        if each.year is None and each.other_way and short > 0:
            used = min(short, each.other_way)
            short -= used
            kept[place] = replace(each, other_way=each.other_way - used)
    return YearEnd(tuple(kept), max(short, NOTHING))
