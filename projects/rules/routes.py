"""Which way of decision a change takes: by what it touches, how large it is and how far its items have drifted.

A council's routes are asked in their order and the first whose rule fits is taken, so that the longest way stands
first and the one for everything else, which has no rule, last. The source is the change control of a PID (4.4.5, 4.7).
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from projects.rules.drift import Drift
from projects.rules.kinds import Kind
from projects.rules.limits import in_unit

BASELINES = {
    "plan_item": "the plan",
    "node": "what a project is: its tier, dates, scope or team",
    "benefit": "a benefit",
    "budget": "a budget",
    "indicator": "the targets of an indicator",
}
DRIFTS = {"amber": (Kind.AT_RISK, Kind.OFF_TRACK), "red": (Kind.OFF_TRACK,)}


@dataclass(frozen=True)
class Move:
    """What a change does to one thing.

    `days` (later is positive) and `pounds` are None where nothing of the kind can be compared; `percent` is of the
    amount before, None where that is nought or unknown. `drift` counts this change in; None for what has no date.
    """

    kind: str  # a key of BASELINES
    name: str
    is_significant: bool = False
    days: int | None = None
    pounds: Decimal | None = None
    percent: Decimal | None = None
    drift: Drift | None = None


@dataclass(frozen=True)
class Asked:
    """A change as the rules see it."""

    moves: tuple[Move, ...] = ()
    affects_service_or_policy: bool = False
    node_kind: str = ""  # "workstream": where the change was raised


@dataclass(frozen=True)
class RouteRule:
    """When a route applies. `kinds` and `node_kinds` narrow it (none: any); of the other conditions one is enough.

    A rule without conditions applies to every change it is not narrowed from.
    """

    kinds: tuple[str, ...] = ()
    node_kinds: tuple[str, ...] = ()
    service_or_policy: bool = False
    significant: bool = False
    days_from: int | None = None  # moved by so many days, either way
    pounds_from: Decimal | None = None
    percent_from: Decimal | None = None
    drift: str = ""  # "amber" or "red": a later date whose item has drifted so far

    @classmethod
    def read(cls, kept: dict[str, Any]) -> "RouteRule":
        """A rule as settings keep it; what is not there is not asked."""
        known = {name: kept[name] for name in cls.__dataclass_fields__ if kept.get(name) not in (None, "", [])}
        for name in ("kinds", "node_kinds"):
            known[name] = tuple(known.get(name, ()))
        for name in ("pounds_from", "percent_from"):
            if name in known:
                known[name] = Decimal(known[name])
        return cls(**known)

    def kept(self) -> dict[str, Any]:
        """The rule as settings keep it: plain values, without what is not asked."""
        plain = {name: str(value) if isinstance(value, Decimal) else value for name, value in asdict(self).items()}
        listed = {name: list(value) if isinstance(value, tuple) else value for name, value in plain.items()}
        return {name: value for name, value in listed.items() if value not in (None, "", [], False)}

    @property
    def has_conditions(self) -> bool:
        """Whether anything is asked of the change beyond what it is about and where it was raised."""
        amounts = (self.days_from, self.pounds_from, self.percent_from)
        return (
            self.service_or_policy or self.significant or bool(self.drift) or any(each is not None for each in amounts)
        )


@dataclass(frozen=True)
class Chosen:
    """The place of the route chosen among those asked, and why; `place` is None where none applies."""

    place: int | None
    because: tuple[str, ...] = ()


def choose(rules: Sequence[RouteRule], asked: Asked) -> Chosen:
    """The first rule that applies, with its reasons."""
    for place, rule in enumerate(rules):
        because = reasons_of(rule, asked)
        if because is not None:
            return Chosen(place, because)
    return Chosen(None, ("No route of the council applies to it.",) if rules else ())


def reasons_of(rule: RouteRule, asked: Asked) -> tuple[str, ...] | None:
    """Why a rule applies to a change, in sentences; None where it does not."""
    moves = [move for move in asked.moves if not rule.kinds or move.kind in rule.kinds]
    if rule.kinds and not moves:
        return None
    if rule.node_kinds and asked.node_kind not in rule.node_kinds:
        return None
    if rule.has_conditions:
        return tuple(_met(rule, asked, moves)) or None
    narrowed = [f"It changes {BASELINES[kind]}." for kind in rule.kinds if any(move.kind == kind for move in moves)]
    if rule.node_kinds:
        narrowed.append(f"It is raised on a {asked.node_kind.replace('_', '-')}.")
    return tuple(narrowed) or ("No other route applies.",)


def _met(rule: RouteRule, asked: Asked, moves: Iterable[Move]) -> Iterable[str]:
    """The conditions of a rule that a change meets."""
    if rule.service_or_policy and asked.affects_service_or_policy:
        yield "It has an impact on service or policy."
    for move in moves:
        if rule.significant and move.is_significant and move.days != 0:
            yield f"{move.name} is a significant milestone."
        if rule.days_from is not None and move.days is not None and abs(move.days) >= rule.days_from:
            yield (
                f"{move.name} moves by {in_unit(abs(move.days), 'days')}; "
                f"this route is for {in_unit(rule.days_from, 'days')} or more."
            )
        if rule.pounds_from is not None and move.pounds is not None and abs(move.pounds) >= rule.pounds_from:
            yield f"{move.name} moves by £{abs(move.pounds):,.0f}; this route is for £{rule.pounds_from:,.0f} or more."
        if rule.percent_from is not None and move.percent is not None and abs(move.percent) >= rule.percent_from:
            yield (
                f"{move.name} moves by {in_unit(abs(move.percent), '%')}; "
                f"this route is for {in_unit(rule.percent_from, '%')} or more."
            )
        if rule.drift and has_drifted(move, rule.drift):
            because = move.drift.rating.because
            yield f"{move.name}: {because[0].lower()}{because[1:]}, over {move.drift.moves} changes."


def has_drifted(move: Move, how_far: str = "amber") -> bool:
    """Whether the move adds to a drift that is amber (or red) with it."""
    later = move.days is not None and move.days > 0
    return later and move.drift is not None and move.drift.rating.status in DRIFTS[how_far]
