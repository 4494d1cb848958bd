"""Budgets: expected figures are those of the Rochford appendices, July 2019."""

from decimal import Decimal

import pytest

from projects.rules.finance import (
    Position,
    differs_beyond_rounding,
    expected_spend,
    percent_spent,
    rate_finance,
    remaining,
    underspend_sentence,
    variance_percent,
)
from projects.rules.kinds import Kind
from projects.rules.limits import Threshold
from projects.rules.money import format_percent, round_half_up

HOMELESSNESS = Position(planned=Decimal(601_400), forecast=Decimal(594_058))
ICT = Position(planned=Decimal(642_848), actual=Decimal(494_982), committed=Decimal(102_888), emergency=Decimal(0))


def test_homelessness_figures():
    assert remaining(HOMELESSNESS) == 7_342
    assert round_half_up(variance_percent(HOMELESSNESS), 2) == Decimal("-1.22")
    assert format_percent(variance_percent(HOMELESSNESS)) == "-1%"
    assert underspend_sentence(HOMELESSNESS) == "Forecast to underspend by £7,342"


def test_ict_figures():
    assert remaining(ICT) == 44_978
    assert round_half_up(percent_spent(ICT), 1) == Decimal("93.0")
    assert format_percent(percent_spent(ICT)) == "93%"
    assert underspend_sentence(ICT) == ""


@pytest.mark.parametrize(
    ("forecast", "sentence"),
    [
        ("601401", "Forecast to overspend by £1"),
        ("601400", "Forecast to spend to plan"),
        ("601400.49", "Forecast to spend to plan"),
        ("601399", "Forecast to underspend by £1"),
    ],
)
def test_the_forecast_in_words(forecast, sentence):
    assert underspend_sentence(Position(planned=Decimal(601_400), forecast=Decimal(forecast))) == sentence


@pytest.mark.parametrize(
    ("forecast", "status"),
    [
        ("-100", Kind.ON_TRACK),
        ("1000", Kind.ON_TRACK),
        ("1049.99", Kind.ON_TRACK),
        ("1050", Kind.AT_RISK),
        ("1099.99", Kind.AT_RISK),
        ("1100", Kind.OFF_TRACK),
        ("1101", Kind.OFF_TRACK),
    ],
)
def test_rating_on_each_line(forecast, status):
    assert rate_finance(Position(planned=Decimal(1000), forecast=Decimal(forecast))).status is status


@pytest.mark.parametrize(
    "position",
    [
        Position(),
        Position(planned=Decimal(5)),
        Position(forecast=Decimal(5)),
        Position(planned=Decimal(5), committed=Decimal(9)),
        Position(planned=Decimal(0), forecast=Decimal(9)),
    ],
)
def test_missing_figures_are_unrated(position):
    rating = rate_finance(position)
    assert rating.status is None
    assert rating.because


def test_missing_figures_are_not_nothing():
    assert remaining(Position(planned=Decimal(5))) is None
    assert percent_spent(Position(planned=Decimal(5))) is None
    assert variance_percent(Position(planned=Decimal(0), forecast=Decimal(5))) is None
    assert expected_spend(Position(actual=Decimal(5))) == 5
    assert expected_spend(Position(actual=Decimal(5), forecast=Decimal(9))) == 9
    assert expected_spend(Position(actual=Decimal(5), committed=Decimal(3), emergency=Decimal(2))) == 10


def test_an_organisation_may_set_its_own_limits():
    strict = Threshold(Decimal(1), Decimal(2), "%")
    assert rate_finance(Position(planned=Decimal(100), forecast=Decimal(101)), strict).status is Kind.AT_RISK


@pytest.mark.parametrize(
    ("stated", "derived", "unit", "differs"),
    [
        (44_979, 44_978, 1, False),
        (44_980, 44_978, 1, True),
        (620_271, 597_870, 1, True),
        (26_000, 25_574, 1000, False),
        (27_000, 25_574, 1000, True),
        (None, 44_978, 1, False),
        (44_979, None, 1, False),
    ],
)
def test_beyond_rounding(stated, derived, unit, differs):
    assert differs_beyond_rounding(stated, derived, unit) is differs
