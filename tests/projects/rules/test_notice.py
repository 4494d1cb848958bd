"""28 clear days, and what the regulations leave where they were missed. Days counted by hand."""

from datetime import date

import pytest

from projects.rules.notice import Standing, last_day_of_notice, notice_of

DECIDED = date(2019, 1, 7)  # a Monday
DUE = date(2018, 12, 9)  # 10 December to 6 January are 28 days
HOLIDAYS = {date(2018, 12, 25), date(2018, 12, 26), date(2019, 1, 1)}


def test_neither_the_day_of_notice_nor_of_the_decision_is_counted():
    assert last_day_of_notice(DECIDED) == DUE


@pytest.mark.parametrize(
    ("published", "today", "standing"),
    [
        (DUE, date(2018, 12, 20), Standing.IN_TIME),
        (None, DUE, Standing.TO_COME),
        (date(2018, 12, 10), date(2018, 12, 20), Standing.GENERAL_EXCEPTION),
        (None, date(2018, 12, 10), Standing.GENERAL_EXCEPTION),
        # 28, 31 December and 2, 3, 4 January lie between: 27 December is the last day of the exception
        (None, date(2018, 12, 27), Standing.GENERAL_EXCEPTION),
        (None, date(2018, 12, 28), Standing.SPECIAL_URGENCY),
        (date(2019, 1, 4), date(2019, 1, 8), Standing.SPECIAL_URGENCY),
        (None, DECIDED, Standing.TOO_LATE),
    ],
)
def test_the_clock(published, today, standing):
    assert notice_of(DECIDED, published, today, HOLIDAYS).standing == standing


def test_a_decision_without_a_day_says_so():
    notice = notice_of(None, None, date(2018, 12, 1))
    assert (notice.standing, notice.due_on, notice.is_late) == (Standing.UNKNOWN, None, False)


def test_it_says_how_many_clear_days_there_were():
    assert "27 of 28 clear days" in notice_of(DECIDED, date(2018, 12, 10), date(2018, 12, 20)).because
    assert "1 day left" in notice_of(DECIDED, None, date(2018, 12, 8)).because
