"""Performance indicators: figures as written, against their targets, by the direction that is better; scored lists."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from projects.rules.kinds import Kind, Rating
from projects.rules.limits import DEFAULT_LIMITS, Threshold, in_unit
from projects.rules.money import Money as ReadMoney
from projects.rules.money import format_pounds, parse_money, percent, round_half_up


class Direction(StrEnum):
    """Which way is better."""

    HIGHER = "higher"
    LOWER = "lower"
    CLOSEST = "closest"


class Unit(StrEnum):
    """What an indicator is measured in; the base unit is the one of the name (seconds, pounds, 67 for 67%)."""

    NUMBER = "number"
    PERCENT = "percent"
    SCORE = "score"
    DAYS = "days"
    SECONDS = "seconds"
    POUNDS = "pounds"


class Way(StrEnum):
    """How a figure compares with the one before it."""

    BETTER = "better"
    SAME = "same"
    WORSE = "worse"


class CannotBeRead(ValueError):
    """A figure that cannot be read in its unit; the message says how to write it."""


NO_DATA = {"", "-", "\N{EN DASH}", "n/a", "na", "no data", "not available", "tbc"}
LARGEST, PLACES = Decimal(10) ** 14, 4  # what a figure of the record holds
HOW_TO_WRITE = {
    Unit.SECONDS: "Give minutes and seconds as 5:44, or minutes as 6.00 mins.",
    Unit.PERCENT: "Give a percentage, such as 99.81%.",
    Unit.POUNDS: "Give an amount of money, such as £223.",
    Unit.DAYS: "Give a number of days, such as 2.42.",
    Unit.SCORE: "Give a score, such as 4.73.",
    Unit.NUMBER: "Give a number, such as 1,456.",
}
ENDINGS = {
    Unit.PERCENT: r"%|per ?cent",
    Unit.DAYS: r"days?",
    Unit.SCORE: r"out of \d+|/ ?\d+",
    Unit.NUMBER: "",
}


def read_figure(words: str, unit: Unit | str) -> Decimal | None:
    """A figure as it is written, in its base unit; None where the words say that there is none.

    "5:44 mins" is 344 seconds and "6.00 mins" 360; "58.68 %" is 58.68. CannotBeRead for everything else.
    """
    unit, plain = Unit(unit), " ".join((words or "").split()).lower()
    if plain in NO_DATA:
        return None
    read = _read(plain, unit)
    if abs(read) >= LARGEST:
        raise CannotBeRead("This figure is too large to be right.")
    return round_half_up(read, PLACES)


def _read(plain: str, unit: Unit) -> Decimal:
    if unit is Unit.SECONDS:
        return _read_duration(plain)
    if unit is Unit.POUNDS:
        said = parse_money(plain)
        if isinstance(said, ReadMoney) and said.pounds is not None:
            return said.pounds
        raise CannotBeRead(HOW_TO_WRITE[unit])
    ending = f"(?: ?(?:{ENDINGS[unit]}))?" if ENDINGS[unit] else ""
    read = re.fullmatch(rf"(-?\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|-?\d+(?:\.\d+)?|-?\.\d+){ending}", plain)
    if read is None:
        raise CannotBeRead(HOW_TO_WRITE[unit])
    return Decimal(read[1].replace(",", ""))


def _read_duration(plain: str) -> Decimal:
    if clock := re.fullmatch(r"(\d+):([0-5]\d)(?: ?min(?:ute)?s?)?", plain):
        return Decimal(int(clock[1]) * 60 + int(clock[2]))
    if minutes := re.fullmatch(r"(\d+(?:\.\d+)?) ?min(?:ute)?s?", plain):
        return Decimal(minutes[1]) * 60
    if seconds := re.fullmatch(r"(\d+(?:\.\d+)?) ?sec(?:ond)?s?", plain):
        return Decimal(seconds[1])
    raise CannotBeRead(HOW_TO_WRITE[Unit.SECONDS])


def print_figure(figure: Decimal | None, unit: Unit | str) -> str:
    """A figure in its unit, for one that nobody wrote in words: 344 seconds as "5:44 mins", None as ""."""
    if figure is None:
        return ""
    unit = Unit(unit)
    if unit is Unit.SECONDS:
        whole = int(round_half_up(abs(figure)))
        return f"{'-' if figure < 0 else ''}{whole // 60}:{whole % 60:02} mins"
    if unit is Unit.POUNDS:
        return format_pounds(figure, pence=figure != int(figure))
    digits = f"{figure:,f}"
    digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return f"{digits}%" if unit is Unit.PERCENT else digits


def stands_to(actual: Decimal | None, comparator: Decimal | None, unit: Unit | str) -> str:
    """How a figure stands to what it is compared with, in its unit: "2% above"; "" where either is missing.

    Of percentages it is the difference in points, as reports say it (17% is 2% above 15%).
    """
    if actual is None or comparator is None:
        return ""
    if actual == comparator:
        return "the same"
    return f"{print_figure(abs(actual - comparator), unit)} {'above' if actual > comparator else 'below'}"


def movement(
    before: Decimal | None,
    now: Decimal | None,
    direction: Direction | str,
    *,
    target: Decimal | None = None,
    accumulates: bool = False,
) -> Way | None:
    """Whether the figure went the better way. None where one is missing, or it only adds up through the year.

    Of an indicator that should be close to its target the distance counts; without a target nothing can be said.
    """
    if before is None or now is None or accumulates:
        return None
    if direction == Direction.CLOSEST:
        if target is None:
            return None
        before, now = -abs(before - target), -abs(now - target)
    elif direction == Direction.LOWER:
        before, now = -before, -now
    if now == before:
        return Way.SAME
    return Way.BETTER if now > before else Way.WORSE


@dataclass(frozen=True)
class Scored:
    """What a scored list comes to: the sum and the mean of the scores given, and how many of the factors have one."""

    total: Decimal
    mean: Decimal | None  # None: nothing is scored
    scored: int
    factors: int

    @property
    def is_whole(self) -> bool:
        return self.scored == self.factors


def add_up(scores: Iterable[Decimal | None]) -> Scored:
    """A list of scores, None where a factor has none: what is not scored is not nought."""
    scores = list(scores)
    given = [score for score in scores if score is not None]
    total = sum(given, Decimal(0))
    return Scored(total, total / len(given) if given else None, len(given), len(scores))


def shortfall(actual: Decimal, target: Decimal, direction: Direction | str) -> Decimal:
    """How far the actual is on the worse side of the target, in the indicator's unit; 0 on or beyond the target."""
    if direction == Direction.HIGHER:
        return max(target - actual, Decimal(0))
    if direction == Direction.LOWER:
        return max(actual - target, Decimal(0))
    return abs(actual - target)


def rate_indicator(
    actual: Decimal | None,
    target: Decimal | None,
    direction: Direction | str = Direction.HIGHER,
    *,
    tolerance: Decimal | None = None,
    limits: Threshold = DEFAULT_LIMITS.indicators,
) -> Rating:
    """On target or better green; worse by up to the tolerance amber; by more red; without figures unrated.

    `tolerance` is the indicator's own, in percent of the target; without it the organisation's. A target
    of nothing leaves no room for amber.
    """
    if actual is None:
        return Rating(None, "No data")
    if target is None:
        return Rating(None, "There is no target")
    worse = shortfall(actual, target, Direction(direction))
    red_over = limits.red_from if tolerance is None else tolerance
    if not worse:
        return Rating(Kind.ON_TRACK, "On target or better")
    share = percent(worse, abs(target))
    if share is None:
        return Rating(Kind.OFF_TRACK, "Worse than a target of nothing")
    stated = f"Worse than target by {in_unit(share, '%')} of it"
    if share > red_over:
        return Rating(Kind.OFF_TRACK, f"{stated}; RED over {in_unit(red_over, '%')}")
    if share > limits.amber_from:
        return Rating(Kind.AT_RISK, f"{stated}; AMBER up to {in_unit(red_over, '%')}")
    return Rating(Kind.ON_TRACK, f"{stated}; AMBER over {in_unit(limits.amber_from, '%')}")
