"""Which sections of a report template a project fills, by its tier, and in what order."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class SectionPlace:
    """A section of a template; `tiers` are the codes of those that fill it, none of them named: all do."""

    key: str
    order: int
    tiers: frozenset[str] = frozenset()


def fills(place: SectionPlace, tier: str | None) -> bool:
    """Whether a project of `tier` fills the section; without a tier only sections for all."""
    return not place.tiers or tier in place.tiers


def sections_for(tier: str | None, places: Iterable[SectionPlace]) -> tuple[str, ...]:
    """The keys of the sections a project of `tier` fills, in the template's order."""
    return tuple(place.key for place in sorted(places, key=lambda place: place.order) if fills(place, tier))
