"""Slip, overdue, late start."""

from datetime import date, timedelta

import pytest

from projects.rules.kinds import Kind
from projects.rules.schedule import days_overdue, is_overdue, late_start_days, rate_slip, slip_days

BASELINE = date(2019, 3, 31)


def test_slip_is_negative_when_earlier():
    assert slip_days(BASELINE, date(2019, 5, 20)) == 50
    assert slip_days(BASELINE, date(2019, 3, 30)) == -1
    assert slip_days(None, BASELINE) is None
    assert slip_days(BASELINE, None) is None


@pytest.mark.parametrize(
    ("slip", "is_critical", "status"),
    [
        (-5, False, Kind.ON_TRACK),
        (13, False, Kind.ON_TRACK),
        (14, False, Kind.AT_RISK),
        (41, False, Kind.AT_RISK),
        (42, False, Kind.OFF_TRACK),
        (43, False, Kind.OFF_TRACK),
        (6, True, Kind.ON_TRACK),
        (7, True, Kind.AT_RISK),
        (20, True, Kind.AT_RISK),
        (21, True, Kind.OFF_TRACK),
    ],
)
def test_rating_on_each_line(slip, is_critical, status):
    assert rate_slip(BASELINE, BASELINE + timedelta(days=slip), is_critical=is_critical).status is status


def test_what_cannot_be_judged_is_unrated():
    assert rate_slip(None, BASELINE).status is None
    assert rate_slip(BASELINE, None).status is None
    assert rate_slip(BASELINE, date(2020, 3, 31), is_done=True).status is None


@pytest.mark.parametrize(
    ("today", "days"), [(date(2019, 3, 30), 0), (BASELINE, 0), (date(2019, 4, 1), 1), (date(2019, 7, 10), 101)]
)
def test_overdue_from_the_day_after(today, days):
    assert days_overdue(BASELINE, today) == days
    assert is_overdue(BASELINE, today) is (days > 0)


def test_nothing_done_or_undated_is_overdue():
    assert days_overdue(BASELINE, date(2020, 1, 1), is_done=True) is None
    assert days_overdue(None, date(2020, 1, 1)) is None
    assert is_overdue(None, date(2020, 1, 1)) is False


def test_late_start():
    assert late_start_days(BASELINE, date(2019, 4, 2), date(2019, 7, 10)) == 2
    assert late_start_days(BASELINE, None, date(2019, 4, 10)) == 10
    assert late_start_days(BASELINE, date(2019, 3, 1), date(2019, 7, 10)) == 0
    assert late_start_days(None, None, date(2019, 7, 10)) is None
