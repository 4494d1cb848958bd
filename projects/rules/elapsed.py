"""Time used of a span, and time remaining: days, and both as a share of the whole."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from projects.rules.money import round_half_up


@dataclass(frozen=True)
class Share:
    """Some days of a span; `percent` is rounded to whole per cents."""

    days: int
    percent: int

    def __str__(self):
        return f"{self.days} day{'' if self.days == 1 else 's'} ({self.percent}%)"


@dataclass(frozen=True)
class Elapsed:
    used: Share
    remaining: Share


def elapsed(start: date | None, end: date | None, day: date) -> Elapsed | None:
    """How much of the time from `start` to `end` is used and remains on `day`; None without both ends in order.

    Before the start nothing is used, after the end nothing remains.
    """
    if start is None or end is None or end <= start:
        return None
    whole = (end - start).days
    used = min(max((day - start).days, 0), whole)
    return Elapsed(_share(used, whole), _share(whole - used, whole))


def _share(days: int, whole: int) -> Share:
    return Share(days, round_half_up(Decimal(days * 100) / whole))
