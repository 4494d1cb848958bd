"""The notice that a key decision of an executive needs: 28 clear days, and what is left where it came too late.

The Local Authorities (Executive Arrangements) (Meetings and Access to Information) (England) Regulations 2012
(SI 2012/2089), regulations 9 to 11.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from projects.rules.deadlines import working_days_before

CLEAR_DAYS = 28  # regulation 9
GENERAL_EXCEPTION_CLEAR_DAYS = 5  # regulation 10; counted in working days, as for the agenda


class Standing(StrEnum):
    """How the notice of a key decision stands."""

    IN_TIME = "in_time"
    TO_COME = "to_come"
    TOO_LATE = "too_late"
    GENERAL_EXCEPTION = "general_exception"
    SPECIAL_URGENCY = "special_urgency"
    UNKNOWN = "unknown"  # the day of the decision is not known


@dataclass(frozen=True)
class Notice:
    """`due_on` is the last day on which notice may be published; None where the day of the decision is not known."""

    standing: Standing
    because: str
    due_on: date | None = None

    @property
    def is_late(self) -> bool:
        """Whether 28 clear days are no longer, or were not, to be had."""
        return self.standing in (Standing.TOO_LATE, Standing.GENERAL_EXCEPTION, Standing.SPECIAL_URGENCY)


def last_day_of_notice(decided_on: date) -> date:
    """The last day of publication that leaves 28 days between it and the decision, neither of the two counted."""
    return decided_on - timedelta(days=CLEAR_DAYS + 1)


def notice_of(
    decided_on: date | None, published_on: date | None, today: date, bank_holidays: Collection[date] = ()
) -> Notice:
    """How the notice of a key decision stands `today`; `published_on` None: not published yet."""
    if decided_on is None:
        return Notice(Standing.UNKNOWN, "Give the decision a meeting: its notice is counted from that day.")
    due_on = last_day_of_notice(decided_on)
    if published_on is not None and published_on <= due_on:
        return Notice(Standing.IN_TIME, f"Published on {_day(published_on)}, in time.", due_on)
    if published_on is None and today <= due_on:
        left = (due_on - today).days
        left_words = "today is the last day" if not left else f"{left} day{'' if left == 1 else 's'} left"
        return Notice(Standing.TO_COME, f"Publish by {_day(due_on)}: {left_words}.", due_on)
    if published_on is not None:
        clear = max((decided_on - published_on).days - 1, 0)
        said = f"Published on {_day(published_on)}, too late: {clear} of {CLEAR_DAYS} clear days."
    else:
        said = f"Too late: notice was due by {_day(due_on)}."
    exception_by = working_days_before(decided_on, GENERAL_EXCEPTION_CLEAR_DAYS + 1, bank_holidays)
    if published_on is None and today >= decided_on:
        return Notice(Standing.TOO_LATE, f"{said} The day of the decision has come without a notice.", due_on)
    if (published_on or today) <= exception_by:
        way = (
            f"General exception (regulation 10): tell the chairman of overview and scrutiny in writing and publish that"
            f" notice by {_day(exception_by)}, or move the decision."
        )
        return Notice(Standing.GENERAL_EXCEPTION, f"{said} {way}", due_on)
    way = (
        "Special urgency (regulation 11): the chairman of overview and scrutiny must agree that the decision cannot"
        " wait, or the decision moves."
    )
    return Notice(Standing.SPECIAL_URGENCY, f"{said} {way}", due_on)


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
