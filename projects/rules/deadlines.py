"""When a report is due, relative to the period's end or to the meeting that takes it, and how late it was."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum


class DeadlineRule(StrEnum):
    """What a deadline counts from, and in what."""

    HOURS_BEFORE = "hours_before"
    CLEAR_DAYS = "clear_days"
    WORKING_DAYS = "working_days"
    DAYS_AFTER_END = "days_after_end"


@dataclass(frozen=True)
class Lateness:
    """How late something was, or is so far."""

    late_by: timedelta | None  # zero: in time; None: there is no deadline
    because: str

    @property
    def is_late(self) -> bool:
        """Whether the deadline was missed."""
        return bool(self.late_by)


def deadline(
    rule: DeadlineRule | str,
    amount: int,
    *,
    zone: tzinfo,
    period_end: date | None = None,
    meets_at: datetime | None = None,
    bank_holidays: Collection[date] = (),
) -> datetime | None:
    """The last moment in time: hours before the meeting to the minute by the clock, else the end of a day.

    `amount` clear days lie wholly between that day and the meeting's. Working days are Monday to Friday
    without `bank_holidays`. None where the rule's meeting or period end is not known.
    """
    rule = DeadlineRule(rule)
    if rule is DeadlineRule.DAYS_AFTER_END:
        return None if period_end is None else _end_of(period_end + timedelta(days=amount), zone)
    if meets_at is None:
        return None
    meets_at = meets_at.astimezone(zone)
    if rule is DeadlineRule.HOURS_BEFORE:
        return meets_at - timedelta(hours=amount)
    if rule is DeadlineRule.CLEAR_DAYS:
        return _end_of(meets_at.date() - timedelta(days=amount + 1), zone)
    return _end_of(working_days_before(meets_at.date(), amount, bank_holidays), zone)


def is_working_day(day: date, bank_holidays: Collection[date] = ()) -> bool:
    """Monday to Friday, and no bank holiday."""
    return day.weekday() < 5 and day not in bank_holidays


def working_days_before(day: date, amount: int, bank_holidays: Collection[date] = ()) -> date:
    """The working day that is `amount` working days before `day`; 0 is the day itself."""
    while amount > 0:
        day -= timedelta(days=1)
        amount -= is_working_day(day, bank_holidays)
    return day


def lateness(due_at: datetime | None, done_at: datetime | None, now: datetime) -> Lateness:
    """How late a report was; if it is not in yet, how late it is `now`.

    What is done after `now` (the real day, past a demonstration's date) counts as done now.
    """
    if due_at is None:
        return Lateness(None, "There is no deadline")
    late_by = max(min(done_at or now, now) - due_at, timedelta(0))
    if not late_by:
        return Lateness(late_by, "In time" if done_at else "Not due yet")
    verb = "In" if done_at else "Not in,"
    return Lateness(late_by, f"{verb} {_length(late_by)} late")


@dataclass(frozen=True)
class Step:
    """A day on which a reminder falls, and whether it is of something late."""

    on: date
    is_late: bool


def reminder_step(due_on: date, today: date, days_before: Collection[int], late_every: int) -> Step | None:
    """The newest step of the reminders of one deadline that `today` has reached; None where there is none yet.

    Steps fall `days_before` the deadline and, from the day after it, every `late_every` days (0: never). A step
    missed while nothing ran is made good by the newest alone.
    """
    if today <= due_on:
        steps = [due_on - timedelta(days=number) for number in days_before]
        reached = [day for day in steps if day <= today]
        return Step(max(reached), False) if reached else None
    return every_step(due_on + timedelta(days=1), today, late_every)


def every_step(first: date, today: date, every: int) -> Step | None:
    """The newest of the days `first`, `first` + `every`, and so on that `today` has reached. 0: there are none."""
    if not every or today < first:
        return None
    return Step(first + timedelta(days=(today - first).days // every * every), True)


def _end_of(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(23, 59, 59), zone)


def _length(late_by: timedelta) -> str:
    hours = int(late_by.total_seconds() // 3600)
    number, unit = (late_by.days, "day") if late_by.days else (hours, "hour")
    if not number:
        return "less than an hour"
    return f"{number} {unit}{'' if number == 1 else 's'}"
