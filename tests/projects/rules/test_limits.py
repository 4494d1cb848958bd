"""Rating one measure."""

from decimal import Decimal

import pytest

from projects.rules.kinds import Kind
from projects.rules.limits import Threshold, in_unit, rate


def test_the_reason_says_value_and_line():
    rating = rate("Slip", 50, Threshold(Decimal(14), Decimal(42), "days"))
    assert rating.status is Kind.OFF_TRACK
    assert rating.because == "Slip is 50 days; RED from 42 days"


def test_missing_is_unrated_never_green():
    assert rate("Slip", None, Threshold(Decimal(14), Decimal(42), "days")).status is None


@pytest.mark.parametrize(
    ("value", "unit", "printed"),
    [
        (1, "days", "1 day"),
        (-1, "days", "-1 day"),
        (0, "days", "0 days"),
        (Decimal("4.999"), "%", "4.99%"),
        (Decimal("-1.2205"), "%", "-1.22%"),
        (Decimal("-0.001"), "%", "0%"),
        (Decimal("5.00"), "%", "5%"),
        (Decimal(100), "%", "100%"),
    ],
)
def test_a_value_prints_with_its_unit(value, unit, printed):
    assert in_unit(value, unit) == printed
