"""How late things are: slip against the baseline, dates passed, late starts."""

from datetime import date

from projects.rules.kinds import Rating
from projects.rules.limits import DEFAULT_LIMITS, Limits, rate


def slip_days(baseline: date | None, forecast: date | None) -> int | None:
    """Calendar days from baseline to forecast (or actual), negative when earlier; None where either is missing."""
    if baseline is None or forecast is None:
        return None
    return (forecast - baseline).days


def rate_slip(
    baseline: date | None,
    forecast: date | None,
    *,
    is_critical: bool = False,
    is_done: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> Rating:
    """Rate the slip of an open item, by half the limits on the critical path. A done item is not rated."""
    if is_done:
        return Rating(None, "Done, so its slip is not rated")
    if baseline is None:
        return Rating(None, "There is no baseline date")
    if forecast is None:
        return Rating(None, "There is no forecast date")
    if is_critical:
        return rate("Slip on the critical path", slip_days(baseline, forecast), limits.schedule_critical)
    return rate("Slip", slip_days(baseline, forecast), limits.schedule)


def days_overdue(due: date | None, today: date, *, is_done: bool = False) -> int | None:
    """Days since an open item's date passed; 0 on or before the day; None for done items and without a date.

    `due` is the last day the words allow, so "Mar-20" is overdue from 1 April 2020.
    """
    if due is None or is_done:
        return None
    return max((today - due).days, 0)


def is_overdue(due: date | None, today: date, *, is_done: bool = False) -> bool:
    """Whether an open item's date has passed."""
    return bool(days_overdue(due, today, is_done=is_done))


def late_start_days(planned: date | None, started: date | None, today: date) -> int | None:
    """Days by which the start was late, or is so far; 0 in time; None without a planned start."""
    if planned is None:
        return None
    return max(((started or today) - planned).days, 0)
