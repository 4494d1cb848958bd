"""How it stands with a dependency: broken, late, without a date, in time, met."""

from datetime import date

import pytest

from projects.rules.waiting import End, Wait, waiting

TODAY = date(2022, 7, 11)


def due(day, is_done=False):
    return End(date(2022, 7, day) if day else None, is_done)


@pytest.mark.parametrize(
    ("item", "needed", "state", "words"),
    [
        (due(29), None, Wait.BROKEN, "in no report that stands"),
        (due(29), due(30), Wait.LATE, "due 1 day after it"),
        (due(29), due(29), Wait.IN_TIME, "0 days between"),
        (due(29), due(28), Wait.IN_TIME, "1 day between"),
        (due(29), due(11), Wait.IN_TIME, "18 days between"),
        (due(29), due(10), Wait.LATE, "passed 1 day ago"),
        (due(29), due(10, is_done=True), Wait.MET, "is done"),
        (due(None), due(10), Wait.LATE, "passed 1 day ago"),
        (due(None), due(20), Wait.UNDATED, "no date"),
        (due(29), due(None), Wait.UNDATED, "no date"),
        (due(5, is_done=True), due(20), Wait.LATE, "shown as done"),
    ],
)
def test_waiting(item, needed, state, words):
    found = waiting(item, needed, TODAY)
    assert found.state is state
    assert words in found.because


def test_the_gravest_stands_first():
    assert sorted(Wait, key=lambda state: state.rank) == [
        Wait.BROKEN, Wait.LATE, Wait.UNDATED, Wait.IN_TIME, Wait.MET,
    ]  # fmt: skip
