"""Time used and remaining, just before, within and after the span."""

from datetime import date

import pytest

from projects.rules.elapsed import elapsed

START, END = date(2021, 10, 1), date(2023, 4, 1)


@pytest.mark.parametrize(
    ("day", "used", "remaining"),
    [
        (date(2022, 5, 31), "242 days (44%)", "305 days (56%)"),  # as Somerset printed them
        (date(2022, 6, 30), "272 days (50%)", "275 days (50%)"),
        (START, "0 days (0%)", "547 days (100%)"),
        (date(2021, 9, 1), "0 days (0%)", "547 days (100%)"),
        (date(2023, 3, 31), "546 days (100%)", "1 day (0%)"),
        (END, "547 days (100%)", "0 days (0%)"),
        (date(2024, 1, 1), "547 days (100%)", "0 days (0%)"),
    ],
)
def test_elapsed(day, used, remaining):
    found = elapsed(START, END, day)
    assert (str(found.used), str(found.remaining)) == (used, remaining)


@pytest.mark.parametrize(("start", "end"), [(None, END), (START, None), (END, START), (START, START)])
def test_without_both_ends_in_order_nothing_is_said(start, end):
    assert elapsed(start, end, date(2022, 6, 30)) is None
