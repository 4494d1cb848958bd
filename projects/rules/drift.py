"""How far an item has drifted: small changes, each below a threshold, that add up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from projects.rules.kinds import Rating
from projects.rules.limits import DEFAULT_LIMITS, Limits, rate


@dataclass(frozen=True)
class Drift:
    """How far the date that an item is held to has moved since its first baseline, over how many changes.

    `days` is positive when later; None where there are not two dates to compare.
    """

    days: int | None
    moves: int
    rating: Rating


def drift_of(finishes: Sequence[date | None], limits: Limits = DEFAULT_LIMITS) -> Drift:
    """Add up the changes of one item. `finishes` are the target dates of its baselines, the first one first.

    A version without a date is passed over: the next date is compared with the last one there was.
    """
    dates = [each for each in finishes if each is not None]
    moves = sum(later != earlier for earlier, later in pairwise(dates))
    days = (dates[-1] - dates[0]).days if len(dates) > 1 else None
    return Drift(days, moves, rate("Drift since the first baseline", days, limits.drift))
