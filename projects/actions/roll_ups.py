"""What the reports beneath a node come to, period by period; kept for closed periods, derived at any time.

Counted are the nodes that report and have nothing beneath them that does, each by its headline series. Calendars
differ, so periods are matched by date: at the end of a period a node has reported when what its own calendar had
asked for last by then is in. Anything older is not counted: what was not reported is unknown, never zero.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists, F, Min, OuterRef, QuerySet
from django.utils import timezone

from projects.actions.summaries import NOT_RATED
from projects.models import Node, NodeKind, Organisation, Period, PeriodStanding, Report, ReportState
from projects.models.base import exempt_now
from projects.rules.tree import ancestors_of, depth, parent_path, subtree_range

Side = PeriodStanding.Side
REGISTERS = ("milestones", "risks", "benefits")


@dataclass(frozen=True)
class RollUp:
    """What `reported` of `expected` nodes said in a period.

    `counts`: of nodes by "kinds", "statuses" (their ids, "" where none was chosen) and "severities"; of "milestones"
    and "benefits" by kind, of "risks" by the code of their band; under "stated" how many nodes gave each sum.
    `sums`: pounds by name.
    """

    reported: int = 0
    expected: int = 0
    counts: dict = field(default_factory=dict)
    sums: dict = field(default_factory=dict)


class _Tally:
    """A roll-up while it is being added up."""

    def __init__(self):
        self.reported = self.expected = 0
        self.counts: dict[str, Counter] = defaultdict(Counter)
        self.sums: dict[str, Decimal] = defaultdict(Decimal)

    def count(self, said) -> None:
        """Add what one node reported."""
        self.reported += 1
        self.counts["kinds"][said.kind] += 1
        self.counts["statuses"][str(said.overall or "")] += 1
        self.counts["severities"][str(said.severity)] += 1
        for register in REGISTERS:
            self.counts[register].update(said.counts.get(register, {}))
        for name, pounds in said.sums.items():
            self.counts["stated"][name] += 1
            self.sums[name] += Decimal(pounds)

    def add(self, other: "_Tally") -> None:
        self.reported += other.reported
        self.expected += other.expected
        for name, counted in other.counts.items():
            self.counts[name].update(counted)
        for name, pounds in other.sums.items():
            self.sums[name] += pounds

    def settled(self) -> RollUp:
        """With keys in order and pounds as text, as it is kept."""
        return RollUp(
            self.reported,
            self.expected,
            {name: dict(sorted(counted.items())) for name, counted in sorted(self.counts.items()) if counted},
            {name: f"{pounds:.2f}" for name, pounds in sorted(self.sums.items())},
        )


@dataclass(frozen=True)
class _Said:
    """What one report comes to."""

    as_at_on: date
    overall: int | None
    kind: str
    severity: int
    counts: dict
    sums: dict


def roll_ups(
    node: Node, periods: Iterable[Period], *, published: bool, moment: datetime | None = None
) -> dict[int, RollUp]:
    """{period id: what stands beneath `node`}: of closed periods as kept, of the others counted now.

    With `moment` everything is counted from what was approved (or published) by then.
    """
    periods = list(periods)
    kept = {}
    if moment is None:
        side = Side.PUBLISHED if published else Side.APPROVED
        kept = {
            standing.period_id: RollUp(standing.reported, standing.expected, standing.counts, standing.sums)
            for standing in PeriodStanding.objects.filter(
                node=node, side=side, period__in=periods, period__closed_at__isnull=False
            )
        }
    rest = [period for period in periods if period.pk not in kept]
    if rest:
        counted = count(node, rest, published=published, moment=moment)
        kept |= {period: by_path.get(node.path, RollUp()) for period, by_path in counted.items()}
    return kept


def count(
    node: Node, periods: list[Period], *, published: bool, moment: datetime | None = None
) -> dict[int, dict[str, RollUp]]:
    """{period id: {path: what stands beneath the node there}}, for `node` and the nodes beneath it, from the reports.

    Five queries, however many nodes and periods there are.
    """
    today = timezone.localdate()  # exemptions end by the real date
    leaves = reporting_leaves(node)
    if published:
        leaves = leaves.exclude(exempt_now(today))
    listed = [
        (pk, parent_path(path), calendar, created_at, archived_at)
        for pk, path, calendar, created_at, archived_at in leaves.values_list(
            "pk", "path", "headline_series__calendar", "created_at", "archived_at"
        )
    ]
    due = _due(node.organisation_id, periods, {calendar for _, _, calendar, *_ in listed})
    since = min(day for period in periods for day in (period.starts_on, *due[period.pk].values()))
    until = max(period.as_at_on for period in periods)
    said = _said(leaves, since, until, published=published, moment=moment)
    first_day = _first_days(leaves, node.organisation)
    found = {}
    for period in periods:
        by_parent: dict[str, _Tally] = defaultdict(_Tally)
        for pk, above, calendar, created_at, archived_at in listed:
            asked_on = due[period.pk].get(calendar)
            reports = said.get(pk, ())
            place = bisect_right(reports, period.as_at_on, key=lambda each: each.as_at_on)
            newest = reports[place - 1] if place else None
            tally = by_parent[above]
            if newest and newest.as_at_on >= (asked_on or period.starts_on):
                tally.expected += 1
                tally.count(newest)
            elif asked_on and first_day(pk, created_at) <= period.as_at_on < _last_day(archived_at):
                tally.expected += 1
        whole: dict[str, _Tally] = defaultdict(_Tally)
        for path, tally in by_parent.items():
            for above in (*ancestors_of(path), path):
                if above >= node.path:  # `node` and those beneath it
                    whole[above].add(tally)
        found[period.pk] = {path: tally.settled() for path, tally in whole.items()}
    return found


def reporting_leaves(node: Node) -> QuerySet:
    """The nodes beneath `node`, archived ones too, that report and have nothing in use beneath them that does."""
    low, high = subtree_range(node.path)
    reporting_child = Node.objects.filter(
        parent=OuterRef("pk"), headline_series__isnull=False, is_archived=False
    ).order_by()
    return (
        Node.objects.filter(
            organisation=node.organisation_id, path__gt=low, path__lt=high, headline_series__isnull=False
        )
        .exclude(pk=node.pk)
        .exclude(Exists(reporting_child))
        .order_by()
    )


def _due(organisation: int, periods: list[Period], calendars: set[int]) -> dict[int, dict[int, date]]:
    """{period id: {calendar id: the day of the report that its own last period by then asked for}}."""
    days: dict[int, list[date]] = defaultdict(list)
    for calendar, day in (
        Period.objects.filter(organisation=organisation, calendar__in=calendars)
        .order_by("as_at_on")
        .values_list("calendar_id", "as_at_on")
    ):
        days[calendar].append(day)
    return {
        period.pk: {
            calendar: known[place - 1]
            for calendar, known in days.items()
            if (place := bisect_right(known, period.as_at_on))
        }
        for period in periods
    }


def _said(leaves, since, until, *, published, moment) -> dict[int, list[_Said]]:
    """{node id: its reports that speak of the days between, one a day, oldest first}; published as readers see them."""
    states = [ReportState.PUBLISHED] if published else [ReportState.APPROVED, ReportState.PUBLISHED]
    reports = Report.objects.filter(
        node__in=leaves.values("pk"), series=F("node__headline_series"), state__in=states,
        as_at_on__gte=since, as_at_on__lte=until,
    )  # fmt: skip
    side = "published" if published else "approved"
    if moment is None:
        reports = reports.filter(**{f"{'public_' if published else ''}known_from__isnull": False})
    else:
        reports = reports.filter(**{f"{side}_at__lte": moment})
    found: dict[int, list[_Said]] = defaultdict(list)
    of = "public_" if published else ""
    columns = ("overall", "overall__kind", "severity", "counts", "sums")
    for node, as_at_on, overall, kind, severity, counts, sums in (
        reports.order_by("as_at_on", "revision")
        .values_list("node_id", "as_at_on", *(f"summary__{of}{column}" for column in columns))
        .iterator()
    ):
        said = _Said(as_at_on, overall, kind or NOT_RATED, severity or 0, counts or {}, sums or {})
        of_node = found[node]
        if of_node and of_node[-1].as_at_on == as_at_on:
            of_node[-1] = said  # a later revision of the same day
        else:
            of_node.append(said)
    return found


def _first_days(leaves: QuerySet, organisation: Organisation):
    """A function of a node: the day from which it is asked to report, which is that of its first report or its own.

    A demonstration date lies before everything was made, so there a node is asked from the beginning.
    """
    if organisation.clock_on:
        return lambda pk, created_at: date.min
    first = dict(
        Report.objects.filter(node__in=leaves.values("pk"), state__in=(ReportState.APPROVED, ReportState.PUBLISHED))
        .order_by()
        .values("node_id")
        .annotate(first=Min("as_at_on"))
        .values_list("node_id", "first")
    )

    def first_day(pk, created_at):
        own = timezone.localdate(created_at)
        return min(own, first.get(pk, own))

    return first_day


def _last_day(archived_at: datetime | None) -> date:
    """The day from which a node is asked no more."""
    return timezone.localdate(archived_at) if archived_at else date.max


# ---- what is kept ----

AT_ONCE = 6  # periods counted together: bounds the memory


def rebuild(periods: Iterable[Period], *, only: Iterable[int] | None = None) -> None:
    """Write the standings of closed periods of one council again: of every node above others, or of the nodes `only`.

    Those of periods that are open are taken away. The lock of the periods makes two approvals that come together
    count one after the other.
    """
    pks = sorted(period.pk for period in periods)
    for first in range(0, len(pks), AT_ONCE):
        with transaction.atomic():
            _rebuild(
                list(Period.objects.select_for_update(no_key=True).filter(pk__in=pks[first : first + AT_ONCE])), only
            )


def _rebuild(periods: list[Period], only: Iterable[int] | None) -> None:
    organisation = periods[0].organisation_id
    old = PeriodStanding.objects.filter(period__in=periods)
    above = Node.objects.filter(organisation=organisation).order_by()
    if only is not None:
        only = list(only)
        old, above = old.filter(node__in=only), above.filter(pk__in=only)
    old.delete()
    closed = [period for period in periods if period.closed_at]
    if not closed:
        return
    top = Node.objects.select_related("organisation").get(organisation=organisation, kind=NodeKind.ORGANISATION)
    for side in Side:
        counted = count(top, closed, published=side == Side.PUBLISHED)
        paths = {path for by_path in counted.values() for path in by_path}
        pks = dict(above.filter(depth__lte=max(map(depth, paths), default=0)).values_list("path", "pk"))
        PeriodStanding.objects.bulk_create(
            (
                PeriodStanding(
                    organisation_id=organisation,
                    period_id=period,
                    node_id=pks[path],
                    side=side,
                    reported=found.reported,
                    expected=found.expected,
                    counts=found.counts,
                    sums=found.sums,
                )
                for period, by_path in counted.items()
                for path, found in by_path.items()
                if path in pks
            ),
            batch_size=500,
        )


def rebuild_all(organisation: Organisation) -> int:
    """Write the standings of every closed period again; how many periods that were."""
    closed = list(Period.objects.filter(organisation=organisation).exclude(closed_at=None))
    rebuild(closed)
    return len(closed)


def refresh_for(report: Report) -> None:
    """A report was approved or published: write again what is kept of closed periods that it speaks of."""
    report = Report.objects.select_related("node").get(pk=report.pk)
    if report.node.headline_series_id != report.series_id:
        return
    periods = Period.objects.filter(organisation=report.organisation_id, as_at_on__gte=report.as_at_on)
    ends = [report.known_to, *([report.public_known_to] if report.state == ReportState.PUBLISHED else [])]
    if all(ends):
        periods = periods.filter(as_at_on__lt=max(ends))
    closed = list(periods.exclude(closed_at=None))
    if closed:
        rebuild(closed, only=Node.objects.ancestors(report.node).values_list("pk", flat=True))


def refresh_above(organisation: Organisation, *paths: str) -> None:
    """Nodes at these paths came, went, moved or were marked exempt: write again what is kept of all above them."""
    above = Node.objects.filter(path__in={each for path in paths for each in ancestors_of(path)})
    closed = list(Period.objects.filter(organisation=organisation).exclude(closed_at=None))
    if closed:
        rebuild(closed, only=above.values_list("pk", flat=True))
