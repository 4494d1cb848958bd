"""When the reports of a period are due: by its calendar's rule, and anew when what the rule counts from changes."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

from django.utils import timezone

from projects.actions.schemes import add_setting, change_setting
from projects.actions.writing import all_or_nothing, save_changes
from projects.holidays import bank_holidays
from projects.models import Calendar, Meeting, Organisation, Period
from projects.rules.deadlines import DeadlineRule, deadline

FROM_PERIOD = {"meeting", "ends_on"}  # what of a period its deadline is counted from


def due_by_rule(calendar: Calendar, ends_on: date, meeting: Meeting | None) -> datetime | None:
    """When reports of the period that ends on that day are due. None: the rule wants a meeting and there is none."""
    years = range(ends_on.year, (meeting.starts_at.year if meeting else ends_on.year) + 1)
    return deadline(
        calendar.deadline_rule,
        calendar.deadline_amount,
        zone=timezone.get_default_timezone(),
        period_end=ends_on,
        meets_at=meeting.starts_at if meeting else None,
        # the count back from a January meeting ends in December
        bank_holidays=bank_holidays(calendar.organisation.bank_holidays, (years[0] - 1, *years)),
    )


class Meetings:
    """The meetings of boards, read once: which of them takes the reports of a period."""

    def __init__(self, calendars):
        self.by_board = defaultdict(list)
        boards = {calendar.board_id for calendar in calendars if calendar.board_id}
        for meeting in Meeting.objects.filter(board__in=boards).order_by("starts_at", "pk"):
            self.by_board[meeting.board_id].append(meeting)

    def taking(self, calendar: Calendar, ends_on: date) -> Meeting | None:
        """The first meeting of the board on the period's last day or after; None where the rule needs none."""
        if calendar.deadline_rule == DeadlineRule.DAYS_AFTER_END:
            return None
        return next(
            (each for each in self.by_board[calendar.board_id] if timezone.localdate(each.starts_at) >= ends_on), None
        )


@contextmanager
def deadlines_follow(organisation: Organisation, *, by, reason: str) -> Iterator[None]:
    """Inside, a meeting, a calendar or the bank holidays change; afterwards the deadlines of open periods follow.

    In one transaction, with a line of the audit trail for each period that moves. Only what was as the rule has it
    follows: a meeting or a deadline that somebody set by hand stays, and closed periods stay as they were.
    """
    with all_or_nothing(by=by):
        before = {
            period.pk: (period.meeting_id == (taking.pk if taking else None), period.due_at == _due(period))
            for period, taking in _open_periods(organisation)
        }
        yield
        for period, taking in _open_periods(organisation):
            meeting_follows, due_follows = before.get(period.pk, (False, False))
            changes = {}
            if meeting_follows or period.meeting_id is None:
                changes["meeting"] = taking
            if due_follows:
                changes["due_at"] = due_by_rule(period.calendar, period.ends_on, changes.get("meeting", period.meeting))
            changes = {name: value for name, value in changes.items() if getattr(period, name) != value}
            if changes:
                save_changes(period, changes, by=by, reason=reason)


def _open_periods(organisation):
    """(period, the meeting that takes it by the rule) of every period not closed, read anew."""
    periods = list(
        Period.objects.filter(organisation=organisation, closed_at=None, calendar__is_archived=False)
        .select_related("calendar__organisation", "meeting")
        .order_by("as_at_on", "pk")
    )
    meetings = Meetings({period.calendar_id: period.calendar for period in periods}.values())
    return [(period, meetings.taking(period.calendar, period.ends_on)) for period in periods]


def _due(period):
    return due_by_rule(period.calendar, period.ends_on, period.meeting)


def change_calendar(calendar: Calendar, changes: dict, *, version: int | None = None, by) -> Calendar:
    """Change a calendar; where its rule changes, the deadlines of its open periods follow."""
    with deadlines_follow(calendar.organisation, by=by, reason=f"The calendar {calendar} was changed"):
        return change_setting(calendar, changes, version=version, by=by)


def add_period(period: Period, links: dict, *, by) -> Period:
    """Add a period by hand; what is left blank of its meeting and deadline is filled by the calendar's rule."""
    calendar = period.calendar
    if period.meeting_id is None:
        period.meeting = Meetings([calendar]).taking(calendar, period.ends_on)
    if period.due_at is None:
        period.due_at = _due(period)
    return add_setting(period, links, by=by)


def change_period(period: Period, changes: dict, *, version: int | None = None, by) -> Period:
    """Change a period. A new meeting or last day moves a deadline that is by the rule, unless one is given too."""
    if FROM_PERIOD & set(changes) and "due_at" not in changes and period.due_at == _due(period):
        meeting, ends_on = changes.get("meeting", period.meeting), changes.get("ends_on", period.ends_on)
        changes = {**changes, "due_at": due_by_rule(period.calendar, ends_on, meeting)}
    return change_setting(period, changes, version=version, by=by)
