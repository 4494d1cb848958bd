"""How it stands with one thing that waits for another."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Wait(StrEnum):
    """The gravest first."""

    BROKEN = "broken"  # what it waits for is not in the record
    LATE = "late"  # it comes after the thing that needs it, or its date has passed
    UNDATED = "undated"  # one of the two has no date that can be compared
    IN_TIME = "in_time"
    MET = "met"

    @property
    def rank(self) -> int:
        return list(Wait).index(self)


@dataclass(frozen=True)
class End:
    """When something is due or was done; `on` None: no date that can be read."""

    on: date | None
    is_done: bool = False


@dataclass(frozen=True)
class Waiting:
    state: Wait
    because: str


def waiting(item: End, needed: End | None, today: date) -> Waiting:
    """How it stands with `item`, which waits for `needed` (None: the record does not have it)."""
    if needed is None:
        return Waiting(Wait.BROKEN, "What it waits for is in no report that stands.")
    if needed.is_done:
        return Waiting(Wait.MET, "What it waits for is done.")
    if needed.on is not None and needed.on < today:
        return Waiting(Wait.LATE, f"The date of what it waits for passed {_days((today - needed.on).days)} ago.")
    if item.is_done:
        return Waiting(Wait.LATE, "It is shown as done, and what it waits for is not.")
    if needed.on is None or item.on is None:
        return Waiting(Wait.UNDATED, "One of the two has no date, so nobody can say whether it comes in time.")
    if needed.on > item.on:
        return Waiting(Wait.LATE, f"What it waits for is due {_days((needed.on - item.on).days)} after it.")
    return Waiting(Wait.IN_TIME, f"{_days((item.on - needed.on).days)} between the two dates.")


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"
