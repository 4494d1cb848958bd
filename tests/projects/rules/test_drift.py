"""Drift: small changes added up, just under, on and over each line."""

from datetime import date, timedelta

import pytest

from projects.rules.drift import drift_of
from projects.rules.kinds import Kind

FIRST = date(2020, 3, 31)


def after(*days):
    return [None if each is None else FIRST + timedelta(days=each) for each in days]


@pytest.mark.parametrize(
    ("finishes", "days", "moves", "status"),
    [
        ([], None, 0, None),
        (after(0), None, 0, None),
        (after(0, 27), 27, 1, Kind.ON_TRACK),
        (after(0, 14, 28), 28, 2, Kind.AT_RISK),  # two changes of a fortnight, amber together
        (after(0, 28, 56, 83), 83, 3, Kind.AT_RISK),
        (after(0, 28, 56, 84), 84, 3, Kind.OFF_TRACK),
        (after(0, 90, 0), 0, 2, Kind.ON_TRACK),  # put back where it was
        (after(0, -30), -30, 1, Kind.ON_TRACK),
        (after(0, None, 40), 40, 1, Kind.AT_RISK),  # a version without a date is passed over
        (after(0, 0), 0, 0, Kind.ON_TRACK),  # something else of the item changed
    ],
)
def test_changes_add_up(finishes, days, moves, status):
    drift = drift_of(finishes)
    assert (drift.days, drift.moves, drift.rating.status) == (days, moves, status)


def test_the_reason_names_the_line():
    assert drift_of(after(0, 50, 90)).rating.because == "Drift since the first baseline is 90 days; RED from 84 days"
