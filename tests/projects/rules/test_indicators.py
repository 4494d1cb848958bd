"""Indicators by direction."""

from decimal import Decimal

import pytest

from projects.rules.indicators import rate_indicator
from projects.rules.kinds import Kind

GREEN, AMBER, RED = Kind.ON_TRACK, Kind.AT_RISK, Kind.OFF_TRACK


@pytest.mark.parametrize(
    ("actual", "direction", "status"),
    [
        ("101", "higher", GREEN),
        ("100", "higher", GREEN),
        ("99.99", "higher", AMBER),
        ("90", "higher", AMBER),
        ("89.99", "higher", RED),
        ("99", "lower", GREEN),
        ("100", "lower", GREEN),
        ("100.01", "lower", AMBER),
        ("110", "lower", AMBER),
        ("110.01", "lower", RED),
        ("100", "closest", GREEN),
        ("90", "closest", AMBER),
        ("110", "closest", AMBER),
        ("110.01", "closest", RED),
        ("89.99", "closest", RED),
    ],
)
def test_rating_on_each_line(actual, direction, status):
    assert rate_indicator(Decimal(actual), Decimal(100), direction).status is status


def test_no_data_no_target():
    assert rate_indicator(None, Decimal(5)).because == "No data"
    assert rate_indicator(None, Decimal(5)).status is None
    assert rate_indicator(Decimal(5), None).status is None


def test_its_own_tolerance_replaces_the_organisations():
    assert rate_indicator(Decimal(97), Decimal(100), tolerance=Decimal(2)).status is RED
    assert rate_indicator(Decimal(98), Decimal(100), tolerance=Decimal(2)).status is AMBER


def test_targets_of_nothing_and_below():
    assert rate_indicator(Decimal(0), Decimal(0), "lower").status is GREEN
    assert rate_indicator(Decimal(1), Decimal(0), "lower").status is RED
    assert rate_indicator(Decimal(-105), Decimal(-100), "higher").status is AMBER
