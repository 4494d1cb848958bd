"""Performance indicators against their targets, by the direction that is better."""

from decimal import Decimal
from enum import StrEnum

from projects.rules.kinds import Kind, Rating
from projects.rules.limits import DEFAULT_LIMITS, Threshold, in_unit
from projects.rules.money import percent


class Direction(StrEnum):
    """Which way is better."""

    HIGHER = "higher"
    LOWER = "lower"
    CLOSEST = "closest"


def shortfall(actual: Decimal, target: Decimal, direction: Direction | str) -> Decimal:
    """How far the actual is on the worse side of the target, in the indicator's unit; 0 on or beyond the target."""
    if direction == Direction.HIGHER:
        return max(target - actual, Decimal(0))
    if direction == Direction.LOWER:
        return max(actual - target, Decimal(0))
    return abs(actual - target)


def rate_indicator(
    actual: Decimal | None,
    target: Decimal | None,
    direction: Direction | str = Direction.HIGHER,
    *,
    tolerance: Decimal | None = None,
    limits: Threshold = DEFAULT_LIMITS.indicators,
) -> Rating:
    """On target or better green; worse by up to the tolerance amber; by more red; without figures unrated.

    `tolerance` is the indicator's own, in percent of the target; without it the organisation's. A target
    of nothing leaves no room for amber.
    """
    if actual is None:
        return Rating(None, "No data")
    if target is None:
        return Rating(None, "There is no target")
    worse = shortfall(actual, target, Direction(direction))
    red_over = limits.red_from if tolerance is None else tolerance
    if not worse:
        return Rating(Kind.ON_TRACK, "On target or better")
    share = percent(worse, abs(target))
    if share is None:
        return Rating(Kind.OFF_TRACK, "Worse than a target of nothing")
    stated = f"Worse than target by {in_unit(share, '%')} of it"
    if share > red_over:
        return Rating(Kind.OFF_TRACK, f"{stated}; RED over {in_unit(red_over, '%')}")
    if share > limits.amber_from:
        return Rating(Kind.AT_RISK, f"{stated}; AMBER up to {in_unit(red_over, '%')}")
    return Rating(Kind.ON_TRACK, f"{stated}; AMBER over {in_unit(limits.amber_from, '%')}")
