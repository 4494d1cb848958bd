"""What the reports below propose for a parent, across the status words of several schemes or councils."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from projects.rules.kinds import KIND_OF_BAND, SEVERITY, Band, Kind
from projects.rules.overall import Proposal

NAMED = 5  # children named in a reason; the rest are counted


@dataclass(frozen=True)
class ChildStatus:
    """The overall status of one report below. `severity` is the common one, 0 (says nothing) to 5 (worst).

    `title` is what may be printed of it; `last_known` the label of its last period, where it has not reported since.
    """

    title: str
    label: str = ""
    severity: int = 0
    scheme: str = ""
    last_known: str = ""


def band_of_severity(severity: int) -> Band | None:
    """The colour of a common severity; None where it says nothing."""
    if not severity:
        return None
    return Band.GREEN if severity <= SEVERITY[Kind.ON_TRACK] else Band.AMBER if severity < 5 else Band.RED


def propose_from_children(children: Iterable[ChildStatus], missing: Sequence[str] = ()) -> Proposal:
    """The worst of the children by common severity, one step better where only one is amber and none red.

    `missing` are titles of those that have never reported: they are named, and never taken for good.
    """
    children = list(children)
    rated = [(child, band) for child in children if (band := band_of_severity(child.severity))]
    reasons = _reasons(children, rated, missing)
    if not rated:
        return Proposal(None, "No report below gives a status", reasons)
    worst = max((band for _, band in rated), key=lambda band: band.severity)
    names = [child.title for child, band in rated if band is worst]
    of = f"{len(names)} of {len(rated)}"
    if worst is Band.GREEN:
        return Proposal(KIND_OF_BAND[worst], f"Each of the {len(rated)} reports below is GREEN", reasons)
    if worst is Band.AMBER and len(names) == 1 and len(rated) > 1:
        return Proposal(
            KIND_OF_BAND[Band.GREEN],
            f"Only {names[0]} of the {len(rated)} reports below is AMBER, so one step better: GREEN",
            reasons,
        )
    return Proposal(KIND_OF_BAND[worst], f"The worst of the reports below is {worst.name}: {of}", reasons)


def _reasons(children, rated, missing) -> tuple[str, ...]:
    reasons = []
    for band in reversed(Band):
        named = [f"{child.title} ({child.label})" for child, each in rated if each is band]
        if named and band is not Band.GREEN:
            reasons.append(f"{band.name}: {_listed(named)}")
    stale = [f"{child.title} (last known {child.last_known})" for child in children if child.last_known]
    if stale:
        reasons.append(f"Not reported since: {_listed(stale)}")
    if unrated := [child.title for child in children if not child.severity]:
        reasons.append(f"Not rated: {_listed(unrated)}")
    if missing:
        reasons.append(f"Never reported: {_listed(missing)}")
    schemes = sorted({child.scheme for child, _ in rated if child.scheme})
    if len(schemes) > 1:
        reasons.append(f"Different status words are compared by their common severity: {', '.join(schemes)}")
    return tuple(reasons)


def _listed(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    return "; ".join(names[:NAMED]) + (f"; and {more} more" if more > 0 else "")


def nearest(kind: Kind, offered: Sequence[tuple[Kind, int]]) -> int | None:
    """The place, among a scheme's statuses as (kind, common severity), of the one to propose for `kind`.

    The first of that kind, else the nearest in severity, the worse of two as near. Statuses that say nothing are
    never proposed; None where no other is offered.
    """
    wanted = SEVERITY[kind]
    ranked = [
        ((offered_kind is not kind, abs(severity - wanted), -severity), place)
        for place, (offered_kind, severity) in enumerate(offered)
        if severity and offered_kind is not Kind.NOT_RATED
    ]
    return min(ranked)[1] if ranked else None
