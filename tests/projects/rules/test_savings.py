"""Savings over the years, each rule just under, on and over its line."""

from datetime import date
from decimal import Decimal

import pytest

from projects.rules.savings import (
    Transfer,
    YearOfSaving,
    end_of_years,
    financial_year,
    share_of,
    transfers,
    window,
    year_begun,
    year_words,
)


@pytest.mark.parametrize(
    ("day", "first_month", "year"),
    [
        (date(2019, 3, 31), 4, 2018),
        (date(2019, 4, 1), 4, 2019),
        (date(2019, 1, 1), 1, 2019),
        (date(2019, 12, 31), 1, 2019),
    ],
)
def test_the_financial_year_of_a_day(day, first_month, year):
    assert financial_year(day, first_month) == year


def test_the_window_rolls_at_the_years_end():
    assert window(date(2019, 3, 31), 4) == (2018, 2019, 2020)
    assert window(date(2019, 4, 1), 4) == (2019, 2020, 2021)
    assert window(date(2019, 4, 1), 4, years=5) == (2019, 2020, 2021, 2022, 2023)


def test_years_in_words():
    assert (year_words(2018, 4), year_words(1999, 4), year_words(2018, 1)) == ("2018/19", "1999/00", "2018")


@pytest.mark.parametrize(
    ("at_risk", "moved"),
    [
        ({2018: 60, 2019: -60}, [(2018, 2019, 60)]),
        ({2018: 60, 2019: -50, 2020: -30}, [(2018, 2019, 50), (2018, 2020, 10)]),
        ({2018: -40, 2019: 10}, [(2019, 2018, 10)]),  # brought earlier
        ({2018: 60, 2019: None}, []),
        ({2018: -65, 2019: -100}, []),
        ({}, []),
    ],
)
def test_what_only_moves_between_years(at_risk, moved):
    pounds = {year: pounds_or_none(amount) for year, amount in at_risk.items()}
    assert transfers(pounds) == tuple(Transfer(was, now, Decimal(amount)) for was, now, amount in moved)


def pounds_or_none(amount):
    return None if amount is None else Decimal(amount)


@pytest.mark.parametrize(
    ("part", "whole", "percent"),
    [(-50, -200, 25), (-50, 200, None), (None, 200, None), (50, 0, None), (50, None, None)],
)
def test_a_share(part, whole, percent):
    assert share_of(pounds_or_none(part), pounds_or_none(whole)) == percent


@pytest.mark.parametrize(
    ("said", "carried", "left"),
    [
        ([(2018, 70, None)], 70, []),
        ([(2018, 70, 30)], 40, []),
        ([(2018, -70, None)], 0, []),  # a surplus is not carried
        ([(2018, 22, None), (None, None, 22)], 0, [(None, None, 0)]),
        ([(2018, 22, None), (None, None, 30)], 0, [(None, None, 8)]),
        ([(2018, 60, None), (2019, -60, None)], 60, [(2019, -60, None)]),
        ([(2019, 60, None)], 0, [(2019, 60, None)]),
        ([], 0, []),
    ],
)
def test_what_a_years_end_carries(said, carried, left):
    def amounts(rows):
        return tuple(
            YearOfSaving(year, *(None if pounds is None else Decimal(pounds) for pounds in each))
            for year, *each in rows
        )

    ended = end_of_years(amounts(said), 2019)
    assert (ended.carried, ended.kept) == (carried, amounts(left))


@pytest.mark.parametrize(
    ("words", "year"),
    [
        ("2018/19", 2018),
        ("2018-19", 2018),
        ("2018–2019", 2018),
        ("18/19", 2018),
        ("1999/00", 1999),
        ("2018", 2018),
        ("FY18", 2018),
        ("2018/21", None),
        ("18", None),
        ("3018/19", None),
        ("Total", None),
        ("", None),
    ],
)
def test_the_year_in_which_a_financial_year_begins(words, year):
    assert year_begun(words) == year
