"""Deadlines of reports."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from projects.rules.deadlines import Step, deadline, lateness, reminder_step, working_days_before

LONDON = ZoneInfo("Europe/London")
MEETING = datetime(2019, 7, 10, 19, 30, tzinfo=LONDON)  # a Wednesday


def test_48_hours_before_the_team_meets():
    assert deadline("hours_before", 48, zone=LONDON, meets_at=MEETING) == datetime(2019, 7, 8, 19, 30, tzinfo=LONDON)


def test_hours_before_are_by_the_clock_when_the_clocks_change():
    monday = datetime(2019, 4, 1, 10, 0, tzinfo=LONDON)
    due = deadline("hours_before", 48, zone=LONDON, meets_at=monday.astimezone(UTC))
    assert due == datetime(2019, 3, 30, 10, 0, tzinfo=LONDON)
    assert due.hour == 10


@pytest.mark.parametrize(("amount", "day"), [(0, 9), (1, 8), (5, 4)])
def test_clear_days_lie_wholly_between(amount, day):
    due = deadline("clear_days", amount, zone=LONDON, meets_at=MEETING)
    assert due == datetime(2019, 7, day, 23, 59, 59, tzinfo=LONDON)


@pytest.mark.parametrize(
    ("amount", "expected"), [(0, date(2019, 5, 8)), (1, date(2019, 5, 7)), (2, date(2019, 5, 3)), (3, date(2019, 5, 2))]
)
def test_working_days_leave_out_weekends_and_bank_holidays(amount, expected):
    early_may = {date(2019, 5, 6)}
    assert working_days_before(date(2019, 5, 8), amount, early_may) == expected
    due = deadline(
        "working_days", amount, zone=LONDON, meets_at=datetime(2019, 5, 8, 10, tzinfo=LONDON), bank_holidays=early_may
    )
    assert due.date() == expected


def test_days_after_the_period_ends():
    due = deadline("days_after_end", 7, zone=LONDON, period_end=date(2019, 6, 30))
    assert due == datetime(2019, 7, 7, 23, 59, 59, tzinfo=LONDON)


def test_without_a_meeting_or_an_end_there_is_no_deadline():
    assert deadline("hours_before", 48, zone=LONDON) is None
    assert deadline("working_days", 2, zone=LONDON, period_end=date(2019, 6, 30)) is None
    assert deadline("days_after_end", 7, zone=LONDON, meets_at=MEETING) is None


@pytest.mark.parametrize(
    ("done_after", "now_after", "is_late", "because"),
    [
        (timedelta(0), timedelta(days=9), False, "In time"),
        (timedelta(seconds=1), timedelta(days=9), True, "In less than an hour late"),
        (timedelta(hours=5), timedelta(days=9), True, "In 5 hours late"),
        (timedelta(days=1, hours=5), timedelta(days=9), True, "In 1 day late"),
        (None, timedelta(0), False, "Not due yet"),
        (None, timedelta(days=3), True, "Not in, 3 days late"),
    ],
)
def test_lateness(done_after, now_after, is_late, because):
    done_at = None if done_after is None else MEETING + done_after
    answer = lateness(MEETING, done_at, MEETING + now_after)
    assert (answer.is_late, answer.because) == (is_late, because)


def test_no_deadline_no_lateness():
    assert lateness(None, MEETING, MEETING).late_by is None
    assert lateness(None, MEETING, MEETING).is_late is False


def test_what_is_done_after_a_demonstration_s_day_counts_as_done_on_it():
    assert lateness(MEETING, MEETING + timedelta(days=900), MEETING - timedelta(days=1)).because == "In time"
    assert lateness(MEETING, MEETING + timedelta(days=900), MEETING + timedelta(days=2)).because == "In 2 days late"


@pytest.mark.parametrize(
    ("today", "step"),
    [
        (date(2019, 7, 4), None),
        (date(2019, 7, 5), Step(date(2019, 7, 5), False)),
        (date(2019, 7, 8), Step(date(2019, 7, 5), False)),
        (date(2019, 7, 9), Step(date(2019, 7, 9), False)),
        (date(2019, 7, 10), Step(date(2019, 7, 9), False)),
        (date(2019, 7, 11), Step(date(2019, 7, 11), True)),
        (date(2019, 7, 17), Step(date(2019, 7, 11), True)),
        (date(2019, 7, 18), Step(date(2019, 7, 18), True)),
        (date(2019, 8, 3), Step(date(2019, 8, 1), True)),
    ],
)
def test_steps_of_reminders_five_days_and_one_before_and_each_week_after(today, step):
    assert reminder_step(date(2019, 7, 10), today, [5, 1], 7) == step


def test_a_calendar_may_want_no_reminders():
    assert reminder_step(date(2019, 7, 10), date(2019, 7, 10), [], 7) is None
    assert reminder_step(date(2019, 7, 10), date(2019, 9, 1), [5], 0) is None
