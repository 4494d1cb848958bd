"""The one order into which every council's own status words are mapped, so that roll-ups are possible."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a status means, whatever a council calls it."""

    NOT_RATED = "not_rated"
    NOT_STARTED = "not_started"
    ON_TRACK = "on_track"
    WATCH = "watch"
    AT_RISK = "at_risk"
    OFF_TRACK = "off_track"
    ON_HOLD = "on_hold"
    DONE = "done"

    @property
    def label(self) -> str:
        """The kind in words, as printed beside the mapping of a scheme."""
        return self.value.replace("_", " ").capitalize()


class Band(StrEnum):
    """The three colours that every kind but "not rated" falls into."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"

    @property
    def severity(self) -> int:
        """0 green, 1 amber, 2 red."""
        return list(Band).index(self)


# 0 says nothing; 5 is worst. Stored on each status as well, so that a council may differ.
SEVERITY = {
    Kind.NOT_RATED: 0,
    Kind.DONE: 1,
    Kind.NOT_STARTED: 2,
    Kind.ON_TRACK: 2,
    Kind.ON_HOLD: 3,
    Kind.WATCH: 3,
    Kind.AT_RISK: 4,
    Kind.OFF_TRACK: 5,
}

BANDS = {
    Kind.NOT_RATED: None,
    Kind.DONE: Band.GREEN,
    Kind.NOT_STARTED: Band.GREEN,
    Kind.ON_TRACK: Band.GREEN,
    Kind.ON_HOLD: Band.AMBER,
    Kind.WATCH: Band.AMBER,
    Kind.AT_RISK: Band.AMBER,
    Kind.OFF_TRACK: Band.RED,
}

# The kinds that rules of this package propose for a colour.
KIND_OF_BAND = {Band.GREEN: Kind.ON_TRACK, Band.AMBER: Kind.AT_RISK, Band.RED: Kind.OFF_TRACK}


@dataclass(frozen=True)
class Rating:
    """A judgement and its reason."""

    status: Kind | None  # None: not enough data to judge
    because: str  # "Slip is 50 days; RED from 42"


def severity_of(kind: Kind | str | None) -> int:
    """0 (says nothing) to 5 (worst); None counts as not rated."""
    return SEVERITY[Kind(kind)] if kind else 0


def band_of(kind: Kind | str | None) -> Band | None:
    """The colour of a kind; None where nothing is rated."""
    return BANDS[Kind(kind)] if kind else None


def worst_of(kinds: Iterable[Kind | str | None]) -> Kind | None:
    """The most severe of the kinds, the first of equals; None where nothing is rated."""
    rated = [Kind(kind) for kind in kinds if severity_of(kind)]
    return max(rated, key=severity_of, default=None)
