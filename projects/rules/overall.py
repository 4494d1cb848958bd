"""The overall status that the dimensions propose, and how the officer's choice compares with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from projects.rules.kinds import KIND_OF_BAND, Band, Kind, Rating, band_of


@dataclass(frozen=True)
class Proposal:
    """The proposed overall status, why, and the reasons of the dimensions it rests on."""

    status: Kind | None  # None: no dimension is rated
    because: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Choice:
    """The chosen status beside the proposed one."""

    is_greener: bool
    is_different: bool
    because: str


def propose_overall(dimensions: Mapping[str, Rating]) -> Proposal:
    """The worst of the dimensions by colour, one step better where only one is amber and none red.

    `dimensions` are by printed name. Unrated ones are left out, and the reason says so.
    """
    bands = {name: band_of(rating.status) for name, rating in dimensions.items()}
    reasons = tuple(f"{name}: {rating.because}" for name, rating in dimensions.items())
    unrated = [name for name, band in bands.items() if band is None]
    left_out = f"; not rated: {', '.join(unrated)}" if unrated else ""
    rated = {name: band for name, band in bands.items() if band is not None}
    if not rated:
        return Proposal(None, "No dimension is rated", reasons)
    worst = max(rated.values(), key=lambda band: band.severity)
    names = [name for name, band in rated.items() if band is worst]
    if worst is Band.AMBER and len(names) == 1 and len(rated) > 1:
        because = f"Only {names[0]} is AMBER, so one step better: GREEN{left_out}"
        return Proposal(KIND_OF_BAND[Band.GREEN], because, reasons)
    if worst is Band.GREEN:
        return Proposal(KIND_OF_BAND[worst], f"Every rated dimension is GREEN{left_out}", reasons)
    because = f"The worst of the dimensions is {worst.name}: {', '.join(names)}{left_out}"
    return Proposal(KIND_OF_BAND[worst], because, reasons)


def worst_rating(ratings: Iterable[Rating], nothing: str) -> Rating:
    """The worst of a dimension's ratings by colour, the first of equals; `nothing` says why there is none."""
    rated = [rating for rating in ratings if band_of(rating.status)]
    return max(rated, key=lambda rating: band_of(rating.status).severity) if rated else Rating(None, nothing)


def compare(chosen: Kind | str | None, proposed: Kind | str | None) -> Choice:
    """Say how a chosen status stands to the proposed one, by colour; nothing is said where either is missing."""
    chosen_band, proposed_band = band_of(chosen), band_of(proposed)
    if chosen_band is None or proposed_band is None:
        return Choice(False, False, "Nothing to compare")
    if chosen_band is proposed_band:
        return Choice(False, False, f"{chosen_band.name} as proposed")
    is_greener = chosen_band.severity < proposed_band.severity
    better = "better" if is_greener else "worse"
    return Choice(is_greener, True, f"{chosen_band.name} was chosen, {better} than the proposed {proposed_band.name}")
