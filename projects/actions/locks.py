"""The lock of a closed period: no report of it is written any more, unless an exception names its series."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from projects.actions.writing import save_changes, save_new
from projects.clock import today_for
from projects.models import Origin, Period, PeriodException, Report, ReportIsFrozen, Series

# What is known of the past is entered after the past: imports and back-filled reports have a permission of their own.
OF_THE_PAST = (Origin.IMPORTED, Origin.BACK_FILLED)


class PeriodIsLocked(ReportIsFrozen):
    """The period is closed and no exception names the series; the message says since when and what can be done."""


class ExceptionRefused(Exception):
    """The exception cannot be granted; the message says why."""


@dataclass(frozen=True)
class Lock:
    """A closed period as one series meets it. `exception` is the one in force that lets its reports through."""

    period: Period
    exception: PeriodException | None

    @property
    def is_locked(self) -> bool:
        return self.exception is None

    @property
    def words(self) -> str:
        """What the editor says."""
        closed = f"{self.period} was closed on {_day(timezone.localdate(self.period.closed_at))}"
        if self.is_locked:
            return f"{closed}. Its reports are locked: the PMO can grant an exception, or correct one that is approved."
        until = f"until the end of {_day(self.exception.until_on)}" if self.exception.until_on else "until it is ended"
        return f"{closed}. An exception lets this report be made {until}: {self.exception.reason}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def lock_of(series: Series, period: Period | None) -> Lock | None:
    """The lock of the period for the series; None where the period is open. One query for a closed one, else none."""
    if period is None or period.closed_at is None:
        return None
    in_force = PeriodException.objects.in_force_on(today_for(series.organisation))
    return Lock(period, in_force.filter(period=period, series=series).first())


def lock_of_report(report: Report) -> Lock | None:
    """The lock on an unfinished report; None where there is none. Corrections and reports of the past have none."""
    if report.is_frozen or report.corrects_id or report.origin in OF_THE_PAST:
        return None
    return lock_of(report.series, report.period)


def refuse_if_locked(lock: Lock | None) -> None:
    """PeriodIsLocked where the lock holds."""
    if lock and lock.is_locked:
        raise PeriodIsLocked(lock.words)


def reportable(series: Series, today: date) -> QuerySet:
    """Periods of the series that have begun and are open to it, newest first: those not closed, and its exceptions."""
    excepted = PeriodException.objects.in_force_on(today).filter(period=OuterRef("pk"), series=series)
    return Period.objects.filter(
        Q(closed_at=None) | Exists(excepted), calendar=series.calendar_id, starts_on__lte=today
    ).order_by("-as_at_on")


def grant_exception(period: Period, series: Series, *, until_on: date | None, reason: str, by) -> PeriodException:
    """Let one series report for a closed period, up to and with a day. ExceptionRefused where it already may."""
    if series.calendar_id != period.calendar_id:
        raise ExceptionRefused(f"{series.node} does not report by the calendar of {period}.")
    if until_on and until_on < today_for(period.organisation):
        raise ExceptionRefused("Choose a last day that has not passed.")
    lock = lock_of(series, period)
    if lock is None:
        raise ExceptionRefused(f"{period} is open: no exception is needed.")
    if not lock.is_locked:
        raise ExceptionRefused(f"{series.node} has an exception already. End it first, to grant another.")
    return save_new(
        PeriodException(
            organisation=period.organisation,
            period=period,
            series=series,
            until_on=until_on,
            reason=reason,
            granted_by=by,
        ),
        by=by,
        reason=reason,
    )


def end_exception(exception: PeriodException, *, by) -> PeriodException:
    """End an exception before its time."""
    return save_changes(exception, {"ended_at": timezone.now()}, by=by)
