"""Savings and other benefits against their targets, by financial year.

Signs follow the source: at risk and slippage positive, over-achievement negative.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from projects.rules.kinds import Rating
from projects.rules.limits import DEFAULT_LIMITS, Threshold, rate
from projects.rules.money import percent


@dataclass(frozen=True)
class SavingLine:
    """What was said of one benefit and year, in pounds; None: not stated."""

    target: Decimal | None = None
    at_risk: Decimal | None = None
    slipped: Decimal | None = None  # the part of at_risk that comes later
    other_way: Decimal | None = None  # delivered by other means


@dataclass(frozen=True)
class SavingTotals:
    """Sums over lines; each is None where no line states it. `stated` of `lines` say what is at risk."""

    target: Decimal | None
    at_risk: Decimal | None
    slipped: Decimal | None
    other_way: Decimal | None
    net_at_risk: Decimal | None
    stated: int
    lines: int


def net_at_risk(at_risk: Decimal | None, other_way: Decimal | None) -> Decimal | None:
    """At risk less delivered another way; negative is over-achieved. None only where neither is stated."""
    if at_risk is None and other_way is None:
        return None
    return (at_risk or Decimal(0)) - (other_way or Decimal(0))


def totals(lines: Iterable[SavingLine]) -> SavingTotals:
    """Add up lines; net at risk is a property of the total, not a sum of the lines' own."""
    lines = tuple(lines)
    at_risk, other_way = _sum(line.at_risk for line in lines), _sum(line.other_way for line in lines)
    return SavingTotals(
        target=_sum(line.target for line in lines),
        at_risk=at_risk,
        slipped=_sum(line.slipped for line in lines),
        other_way=other_way,
        net_at_risk=net_at_risk(at_risk, other_way),
        stated=sum(line.at_risk is not None for line in lines),
        lines=len(lines),
    )


def rate_benefit(
    target: Decimal | None, forecast: Decimal | None, limits: Threshold = DEFAULT_LIMITS.benefits
) -> Rating:
    """Rate how far the forecast is short of the target of one financial year, in percent of the target."""
    if target is None:
        return Rating(None, "There is no target")
    if forecast is None:
        return Rating(None, "There is no forecast")
    if target <= 0:
        return Rating(None, "The target is not above nothing, so no shortfall can be measured")
    return rate("Shortfall", percent(target - forecast, target), limits)


def _sum(values: Iterable[Decimal | None]) -> Decimal | None:
    stated = [value for value in values if value is not None]
    return sum(stated, Decimal(0)) if stated else None
