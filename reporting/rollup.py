"""A portfolio, programme or directorate rolled up: each part beneath it with statuses counted and savings summed.

What reports and has nothing beneath it that does is counted, once and where it stands; a programme's own status is
shown beside what lies beneath it and counted nowhere.
"""

from dataclasses import dataclass
from datetime import date

from django.db.models import F, QuerySet
from django.db.models.functions import Substr
from django.utils import timezone

from projects.as_at import AsAt
from projects.models import Node, Report, Status
from projects.rules.benefits import net_at_risk
from projects.rules.savings import window
from projects.rules.tree import WIDTH
from reporting.queries import (
    ATTENTION_FROM,
    CalendarPeriods,
    Level,
    levels_beneath,
    reporting_nodes,
    with_said,
)
from reporting.savings import lines_of, summed, years_of

SUMS = ("target", "gross_at_risk", "gross_over", "other_way")


@dataclass(frozen=True)
class Part:
    """What stands directly beneath a node. `own` is the status of its own report, None where it makes none.

    `is_leaf`: it reports itself and is counted; `sums` maps target, gross_at_risk, gross_over, other_way and net to
    pounds, None where nothing is stated.
    """

    level: Level
    is_leaf: bool
    own: Status | None
    sums: dict

    @property
    def exceptions(self) -> int:
        return sum(count.count for count in self.level.counts if count.severity >= ATTENTION_FROM)

    @property
    def how_bad(self) -> tuple:
        """Sorts the worst first: how many are worst, then how many are next to it."""
        by_severity = dict.fromkeys(range(5, ATTENTION_FROM - 2, -1), 0)
        for count in self.level.counts:
            if count.severity in by_severity:
                by_severity[count.severity] += count.count
        return tuple(-number for number in by_severity.values())


@dataclass(frozen=True)
class RollUp:
    """A node rolled up. `years` are those that the sums are of, `schemes` those whose statuses are counted together."""

    parts: tuple[Part, ...]
    sums: dict
    years: tuple[int, ...]
    schemes: frozenset[int]

    @property
    def nodes(self) -> int:
        return sum(part.level.nodes for part in self.parts)

    @property
    def reported(self) -> int:
        return sum(part.level.reported for part in self.parts)

    @property
    def exceptions(self) -> int:
        return sum(part.exceptions for part in self.parts)

    @property
    def has_savings(self) -> bool:
        return any(self.sums.get(name) is not None for name in (*SUMS, "net"))


def roll_up(
    user,
    node: Node,
    expected: dict[int, CalendarPeriods],
    *,
    published: bool,
    sees_exempt: bool,
    today: date,
    at: AsAt | None = None,
    is_in_order: bool = False,
) -> RollUp:
    """Roll `node` up, now or as at a day: the worst part first, or in the order of the tree.

    The number of queries is the same however many parts there are. `today` is the day of now, for the years summed.
    """
    levels = levels_beneath(user, node, expected, published=published, at=at, is_each=True)
    leaves = reporting_nodes(user, node, at)
    are_leaves = set(leaves.filter(pk__in=[level.pk for level in levels]).values_list("pk", flat=True))
    own = _own_statuses([level.pk for level in levels if level.pk not in are_leaves], published, at)
    years = window(at.day if at else today, node.organisation.financial_year_start, years_of(node.organisation_id))
    sums = _sums(node, leaves, years, published=published, sees_exempt=sees_exempt, at=at)
    parts = [Part(level, level.pk in are_leaves, own.get(level.pk), sums.get(level.pk, {})) for level in levels]
    if not is_in_order:
        parts.sort(key=lambda part: part.how_bad)
    whole = {name: _sum(part.sums.get(name) for part in parts) for name in (*SUMS, "at_risk")}
    whole["net"] = net_at_risk(whole["at_risk"], whole["other_way"])
    return RollUp(tuple(parts), whole, years, _schemes(leaves, published, at))


def _sum(amounts):
    told = [amount for amount in amounts if amount is not None]
    return sum(told) if told else None


def _overall(published: bool, at: AsAt | None) -> str:
    """The column of a node with its overall status."""
    if at:
        return "said__summary__public_overall" if at.published else "said__summary__overall"
    return "published_overall" if published else "current_overall"


def _own_statuses(nodes: list[int], published: bool, at: AsAt | None) -> dict[int, Status]:
    """{node: the overall status of its own report}."""
    asked = Node.objects.filter(pk__in=nodes)
    found = dict((with_said(asked, at) if at else asked).values_list("pk", _overall(published, at)))
    statuses = Status.objects.in_bulk({status for status in found.values() if status})
    return {node: statuses[status] for node, status in found.items() if status}


def _schemes(leaves: QuerySet, published: bool, at: AsAt | None) -> frozenset[int]:
    scheme = f"{_overall(published, at)}__scheme"
    return frozenset(leaves.exclude(**{scheme: None}).order_by().values_list(scheme, flat=True).distinct())


def _sums(node, leaves, years, *, published, sees_exempt, at) -> dict[int, dict]:
    """{part: its sums} of what the reports of `leaves` that stand state for the years, and for no year."""
    if at:
        reports = Report.objects.filter(at.standing(), node__in=leaves.values("pk"), series=F("node__headline_series"))
        if at.period:
            reports = reports.filter(as_at_on__gte=at.period.starts_on)
    else:
        side = "published" if published else "current"
        reports = Report.objects.filter(pk__in=leaves.values(f"headline_series__{side}"))
    path = "report__node_path" if at else "report__node__path"
    lines = lines_of(reports, years, sees_exempt, timezone.localdate())
    lines = lines.annotate(part=Substr(path, len(node.path) + 1, WIDTH))
    return {int(row["part"]): row for row in summed(lines, years, "part") if row["part"]}
