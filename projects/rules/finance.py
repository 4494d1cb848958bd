"""What the figures of a budget come to: remaining, spent, forecast against plan."""

from dataclasses import dataclass
from decimal import Decimal

from projects.rules.kinds import Rating
from projects.rules.limits import DEFAULT_LIMITS, Threshold, rate
from projects.rules.money import format_pounds, percent


@dataclass(frozen=True)
class Position:
    """The stated figures of a budget in pounds; None: not stated, which is not nothing."""

    planned: Decimal | None = None
    actual: Decimal | None = None
    committed: Decimal | None = None
    emergency: Decimal | None = None
    forecast: Decimal | None = None


def expected_spend(position: Position) -> Decimal | None:
    """The forecast, or else actual with committed and emergency spend; None without forecast and actual.

    A layout without a committed or emergency line counts nothing for it.
    """
    if position.forecast is not None:
        return position.forecast
    if position.actual is None:
        return None
    return position.actual + (position.committed or 0) + (position.emergency or 0)


def remaining(position: Position) -> Decimal | None:
    """Planned less expected spend; negative when overspent; None where either is missing."""
    expected = expected_spend(position)
    if position.planned is None or expected is None:
        return None
    return position.planned - expected


def percent_spent(position: Position) -> Decimal | None:
    """Expected spend in percent of the plan; None where either is missing or nothing is planned."""
    return percent(expected_spend(position), position.planned)


def variance_percent(position: Position) -> Decimal | None:
    """Expected spend over the plan in percent, negative under it; None as for `percent_spent`."""
    left = remaining(position)
    return None if left is None else percent(-left, position.planned)


def underspend_sentence(position: Position) -> str:
    """The forecast in words, to the pound: "Forecast to underspend by £7,342". "" where it is not known."""
    if position.planned is None or position.forecast is None:
        return ""
    left = position.planned - position.forecast
    amount = format_pounds(abs(left))
    if amount == "£0":
        return "Forecast to spend to plan"
    return f"Forecast to {'underspend' if left > 0 else 'overspend'} by {amount}"


def rate_finance(position: Position, limits: Threshold = DEFAULT_LIMITS.finance) -> Rating:
    """Rate forecast (or actual, committed and emergency spend) over planned, in percent of planned."""
    if position.planned is None:
        return Rating(None, "The planned budget is not known")
    if expected_spend(position) is None:
        return Rating(None, "Neither a forecast nor the actual spend is known")
    if position.planned <= 0:
        return Rating(None, "No budget is planned to compare the spend with")
    return rate("Spend over plan", variance_percent(position), limits)


def differs_beyond_rounding(stated: Decimal | None, derived: Decimal | None, unit: Decimal | int = 1) -> bool:
    """Whether a stated figure cannot be the derived one rounded to `unit` pounds.

    One unit apart is let pass, since each part of a sum may have been rounded (£44,979 beside £44,978).
    A missing figure differs from nothing.
    """
    return stated is not None and derived is not None and abs(stated - derived) > unit
