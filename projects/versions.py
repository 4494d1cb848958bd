"""What the versions of a baseline say, as values: side by side, how far one moves from another, and its whole history.

Every kind of baseline is declared once here; forms, pages, documents and the routes of decision go by the declaration.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from projects.facts import limits_of
from projects.models import (
    Baseline,
    BenefitBaseline,
    BudgetBaseline,
    IndicatorBaseline,
    NodeBaseline,
    PlanItemBaseline,
)
from projects.rules.drift import Drift, drift_of
from projects.rules.kinds import Kind
from projects.rules.routes import Move

FIRST_DATED_YEAR = 1900  # below it the years of a profile are numbered from its beginning


@dataclass(frozen=True)
class Stated:
    """One thing that a version says: in words, and as a value that two versions are compared by.

    A Decimal is an amount of pounds where `is_money`, else a plain number.
    """

    label: str
    words: str
    value: date | Decimal | str | None
    is_money: bool = False


@dataclass(frozen=True)
class Difference:
    """What two versions say of one thing. `by` is how far it moves in words, "" where that cannot be said."""

    label: str
    before: str
    after: str
    is_changed: bool
    by: str


@dataclass(frozen=True)
class Sort:
    """A kind of baseline: `key` in addresses, what it is called, its table and the lines beneath a version."""

    key: str
    title: str
    model: type[Baseline]
    says: Callable[[Baseline], list[Stated]]
    lines: str = ""

    @property
    def thing(self) -> str:
        """The foreign key to what is held to the baseline."""
        return self.model.identity_field

    @property
    def thing_model(self):
        return self.model._meta.get_field(self.thing).related_model

    def versions(self, **narrowed):
        """The versions of this kind with all that `stated` reads at hand."""
        related = [field.name for field in self.model._meta.fields if field.name in ("tranche", "tier")]
        rows = self.model.objects.filter(**narrowed).select_related(
            self.thing, "change_request", "based_on", "created_by", *related
        )
        return rows.prefetch_related(self.lines) if self.lines else rows


def financial_year(year: int | None) -> str:
    """How a year is printed: 2018/19 for 2018, Year 2 for a second year of no calendar, In all where there is none."""
    if year is None:
        return "In all"
    return f"Year {year}" if year < FIRST_DATED_YEAR else f"{year}/{(year + 1) % 100:02d}"


def pounds(amount: Decimal | None) -> str:
    """An amount with its pence only where it has any."""
    if amount is None:
        return ""
    return f"{'-' if amount < 0 else ''}£{abs(amount):,.{0 if amount == amount.to_integral_value() else 2}f}"


def plain_number(number: Decimal | None) -> str:
    return "" if number is None else f"{number.normalize():f}"


def _dated(version, name: str, label: str) -> Stated:
    return Stated(label, getattr(version, f"{name}_words"), getattr(version, f"{name}_on"))


def _plan(version):
    tranche = str(version.tranche or "")
    return [
        _dated(version, "start", "Start date"),
        _dated(version, "finish", "Target date"),
        Stated("Tranche", tranche, tranche),
    ]


def _project(version):
    tier, team = str(version.tier or ""), "" if version.team_size is None else str(version.team_size)
    return [
        Stated("Tier", tier, tier),
        _dated(version, "start", "Start date"),
        _dated(version, "finish", "Finish date"),
        Stated("Scope", version.scope, version.scope),
        Stated("Team members", team, team),
        _dated(version, "document_on", "Date of the document"),
        Stated("Author", version.author_words, version.author_words),
        _dated(version, "signed_off", "Signed off"),
        *(Stated(section.heading, section.text, section.text) for section in version.sections.all()),
    ]


def _benefit(version):
    return [
        Stated("Measure", version.measure, version.measure),
        *(
            Stated(financial_year(line.year), line.words or pounds(line.amount), line.amount, is_money=True)
            for line in version.targets.all()
        ),
    ]


def _budget(version):
    return [
        Stated("Whole budget", pounds(version.amount), version.amount, is_money=True),
        *(
            Stated(
                " ".join(filter(None, (line.category, financial_year(line.year)))),
                pounds(line.amount),
                line.amount,
                is_money=True,
            )
            for line in version.lines.all()
        ),
    ]


def _indicator(version):
    return [
        Stated(line.measured or "Target", line.words or plain_number(line.amount), line.amount)
        for line in version.targets.all()
    ]


SORTS = {
    sort.key: sort
    for sort in (
        Sort("milestones", "Plan", PlanItemBaseline, _plan),
        Sort("project", "Project", NodeBaseline, _project, "sections"),
        Sort("benefits", "Benefits", BenefitBaseline, _benefit, "targets"),
        Sort("budgets", "Budgets", BudgetBaseline, _budget, "lines"),
        Sort("indicators", "Indicators", IndicatorBaseline, _indicator, "targets"),
    )
}
SORT_OF = {sort.model: sort for sort in SORTS.values()}


def node_of(thing):
    """The node that a thing hangs on; a node is its own."""
    return getattr(thing, "node", thing)


def thing_of(version: Baseline):
    """What the version is of: a plan item, a node, a benefit, a budget or an indicator."""
    return getattr(version, version.identity_field)


def stated(version: Baseline | None) -> list[Stated]:
    """Everything a version says, in order; nothing for None."""
    return SORT_OF[type(version)].says(version) if version is not None else []


def differences(before: Baseline | None, after: Baseline | None) -> list[Difference]:
    """Two versions side by side: all that either says, in the order of the later one."""
    was = {each.label: each for each in stated(before)}
    now = {each.label: each for each in stated(after)}
    told = []
    for label in dict.fromkeys([*now, *was]):
        old, new = was.get(label, Stated(label, "", None)), now.get(label, Stated(label, "", None))
        if old.words or new.words:
            same_value = old.value == new.value and old.value is not None
            is_changed = not same_value and (old.value, old.words) != (new.value, new.words)
            told.append(Difference(label, old.words, new.words, is_changed, _by(old, new)))
    return told


def _by(old: Stated, new: Stated) -> str:
    if isinstance(old.value, date) and isinstance(new.value, date) and old.value != new.value:
        return days_words((new.value - old.value).days)
    if isinstance(old.value, Decimal) and isinstance(new.value, Decimal) and old.value != new.value:
        more = new.value - old.value
        return f"{'+' if more > 0 else '-'}{(pounds if new.is_money else plain_number)(abs(more))}"
    return ""


def days_words(days: int | None) -> str:
    """ "28 days later", "1 day earlier"; "" where there are no two dates."""
    if not days:
        return "" if days is None else "no days"
    return f"{abs(days):,} day{'' if abs(days) == 1 else 's'} {'later' if days > 0 else 'earlier'}"


def _amounts(version) -> Decimal | None:
    """What a version comes to in pounds: the whole budget or the sum of its lines; None where it states no amount."""
    if version is None:
        return None
    if isinstance(version, BudgetBaseline) and version.amount is not None:
        return version.amount
    lines = version.lines.all() if isinstance(version, BudgetBaseline) else version.targets.all()
    told = [line.amount for line in lines if line.amount is not None]
    return sum(told) if told else None


def moves_of(proposals: Iterable[Baseline], organisation) -> tuple[Move, ...]:
    """What the proposed versions do, each against the version it is based on, as the routes of decision see it."""
    proposals = list(proposals)
    chains = chains_of(each.plan_item_id for each in proposals if isinstance(each, PlanItemBaseline))
    limits = limits_of(organisation)
    return tuple(_move_of(each, chains, limits) for each in proposals)


def _move_of(proposal, chains, limits) -> Move:
    thing, before = thing_of(proposal), proposal.based_on
    days = pounds_moved = percent = drift = None
    if hasattr(proposal, "finish_on") and before and proposal.finish_on and before.finish_on:
        days = (proposal.finish_on - before.finish_on).days
    if isinstance(proposal, PlanItemBaseline):
        drift = drift_of([*chains.get(thing.pk, []), proposal.finish_on], limits)
    if isinstance(proposal, BenefitBaseline | BudgetBaseline):
        was, now = _amounts(before), _amounts(proposal)
        if was is not None and now is not None:
            pounds_moved = now - was
            percent = 100 * pounds_moved / abs(was) if was else None
    return Move(
        proposal.identity_field, str(thing), getattr(thing, "is_significant", False), days, pounds_moved, percent, drift
    )


def drift_colour(drift: Drift | None) -> str:
    """The colour of a drift that is told: amber or red; "" for one within the line or not known."""
    if drift is None:
        return ""
    return {Kind.AT_RISK: "amber", Kind.OFF_TRACK: "red"}.get(drift.rating.status, "")


def chains_of(items: Iterable[int]) -> dict[int, list[date | None]]:
    """By plan item, the target dates of its approved baselines, the first one first."""
    chains: dict[int, list[date | None]] = defaultdict(list)
    rows = PlanItemBaseline.objects.filter(plan_item__in=list(items)).exclude(in_force_from=None)
    for item, day in rows.order_by("plan_item", "number").values_list("plan_item_id", "finish_on"):
        chains[item].append(day)
    return chains
