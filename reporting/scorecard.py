"""What a scorecard is drawn from: a report, the one before it, and what stood beneath on the day of each."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from projects.actions.levels import reporting_below
from projects.models import (
    DimensionRating,
    Node,
    PlanItemKind,
    PlanItemUpdate,
    Report,
    ReportState,
    ResourcePosition,
    Status,
    Tally,
)
from projects.models.base import exempt_now
from projects.rules.kinds import Kind
from projects.rules.tree import subtree_range
from reporting.withholding import as_told

PRODUCTS = (PlanItemKind.PRODUCT, PlanItemKind.DELIVERABLE)
REGISTERED = {"product": PRODUCTS, "milestone": (PlanItemKind.MILESTONE,)}  # by a word of the tally's key
ITEM_SECTION, ADEQUACY_SECTION = "milestones", "resources"


@dataclass(frozen=True)
class Line:
    """A row of a scorecard: the statuses of one report and of the one before it, by the key of their dimension.

    `now` and `before` are None where nothing stood on that day.
    """

    title: str
    now: Report | None
    before: Report | None
    ratings: Mapping[str, Status | None]
    ratings_before: Mapping[str, Status | None]


@dataclass(frozen=True)
class Registers:
    """What the registers of the reports count. `of` is how many reports there are that could keep one."""

    items: tuple[PlanItemUpdate, ...]
    positions: tuple[ResourcePosition, ...]
    items_kept_by: int
    positions_kept_by: int
    of: int

    def number_of(self, kinds: Iterable[str], statuses: Iterable[str] = (), tranche: str = "") -> int:
        """The items of these kinds, with a status of these kinds (none: any), in the tranche ("": any)."""
        return sum(
            item.plan_item.kind in kinds
            and (not statuses or (item.status is not None and item.status.kind in statuses))
            and (not tranche or _tranche_of(item) == tranche)
            for item in self.items
        )

    def number_unrated(self, kinds: Iterable[str], tranche: str = "") -> int:
        """The items of these kinds of which no status is said."""
        return sum(
            item.plan_item.kind in kinds and item.status is None and (not tranche or _tranche_of(item) == tranche)
            for item in self.items
        )

    @cached_property
    def adequacies(self) -> Counter:
        """How many sub-workstreams there are of each kind of adequacy."""
        return Counter(each.adequacy.kind for each in self.positions)

    def products_short_of_people(self, tranche: str = "") -> int:
        """Products within inadequately resourced sub-workstreams: those under its name in the same report."""
        short = {(each.report_id, each.title) for each in self.positions if each.adequacy.kind == Kind.OFF_TRACK}
        return sum(
            item.plan_item.kind in PRODUCTS
            and (item.report_id, item.theme) in short
            and (not tranche or _tranche_of(item) == tranche)
            for item in self.items
        )


def _tranche_of(item: PlanItemUpdate) -> str:
    return item.plan_item.tranche.name if item.plan_item.tranche else ""


@dataclass(frozen=True)
class Scorecard:
    """One report with what stands beside it. `silent` are nodes below that have never reported."""

    report: Report
    before: Report | None
    lines: tuple[Line, ...]
    silent: tuple[Node, ...]
    registers: Registers
    tallies: tuple[Tally, ...]
    tallies_before: Mapping[str, Tally]

    @property
    def late(self) -> tuple[Line, ...]:
        """The rows whose newest report is older than the scorecard's day."""
        return tuple(each for each in self.lines if each.now and each.now.as_at_on < self.report.as_at_on)


def scorecard_of(report: Report, *, published: bool, sees_exempt: bool, day) -> Scorecard:
    """The report's own row and one for each of the nearest reports below it, as at its day and that of the one before.

    `published`: of the reports below only published ones. `day` says what is exempt.
    """
    before = _before(report, published)
    below = _below(report, report, published, sees_exempt, day)
    earlier = {each.series_id: each for each in _below(report, before, published, sees_exempt, day)} if before else {}
    ratings = _ratings([report, before, *below, *earlier.values()], sees_exempt, day)
    pairs = [(report, before), *((each, earlier.get(each.series_id)) for each in below)]
    lines = [
        Line(now.title, now, was, ratings.get(now.pk, {}), ratings.get(was.pk, {}) if was else {}) for now, was in pairs
    ]
    tallies = _tallies(report, sees_exempt, day)
    return Scorecard(
        report,
        before,
        tuple(lines),
        tuple(_silent(report, below, sees_exempt, day)),
        _registers([report, *below], sees_exempt, day),
        tuple(tallies),
        {each.key: each for each in _tallies(before, sees_exempt, day)} if before else {},
    )


def _before(report: Report, published: bool) -> Report | None:
    """The newest report of the series that speaks of an earlier day, in its last revision."""
    states = [ReportState.PUBLISHED] if published else [ReportState.APPROVED, ReportState.PUBLISHED]
    earlier = Report.objects.filter(series=report.series_id, as_at_on__lt=report.as_at_on, state__in=states)
    return earlier.in_order().last()


def _below(report: Report, at: Report, published: bool, sees_exempt: bool, day) -> list[Report]:
    """The reports that stood on the day of `at`, of the nearest nodes below as these reports print their place."""
    low, high = subtree_range(report.node_path)
    found = (
        Report.objects.known_at(at.as_at_on, published=published)
        .filter(organisation=report.organisation_id, node_path__gt=low, node_path__lt=high)
        .filter(series__keeps_registers=True)
        .exclude(node=report.node_id)
        .select_related("node__organisation", "template")
        .prefetch_related("template__sections")
        .order_by("node_path")
    )
    if not sees_exempt:
        found = found.exclude(exempt_now(day, "node__"))
    nearest: list[Report] = []
    for each in found:
        if not nearest or not each.node_path.startswith(nearest[-1].node_path):
            nearest.append(each)
    return nearest


def _silent(report: Report, below: list[Report], sees_exempt: bool, day) -> list[Node]:
    """Nodes below that should report and never have; of an approved report none, which was made without them."""
    if report.is_frozen:
        return []
    known = {each.node_id for each in below}
    nodes = [node for node in reporting_below(report.node) if node.pk not in known]
    return [node for node in nodes if sees_exempt or not _is_exempt(node, day)]


def _is_exempt(thing, day) -> bool:
    return thing.is_exempt and (thing.exempt_until is None or thing.exempt_until > day)


def _seen(rows, sees_exempt: bool, day):
    return rows if sees_exempt else rows.exclude(exempt_now(day))


def _ratings(reports, sees_exempt: bool, day) -> dict[int, dict[str, Status | None]]:
    pks = [each.pk for each in reports if each]
    rows = _seen(DimensionRating.objects.filter(report__in=pks).present(), sees_exempt, day)
    found: dict[int, dict] = {}
    for row in as_told(rows.select_related("dimension", "status__scheme"), sees_exempt=sees_exempt):
        found.setdefault(row.report_id, {})[row.dimension.key] = row.status
    return found


def _registers(reports: list[Report], sees_exempt: bool, day) -> Registers:
    def keeping(key):
        return [
            each.pk
            for each in reports
            if each.covers_section(key) and any(section.key == key for section in each.template.sections.all())
        ]

    items = _seen(PlanItemUpdate.objects.filter(report__in=keeping(ITEM_SECTION)).present(), sees_exempt, day)
    items = tuple(as_told(items.select_related("plan_item__tranche", "status__scheme"), sees_exempt=sees_exempt))
    positions = ResourcePosition.objects.filter(report__in=keeping(ADEQUACY_SECTION)).present().exclude(adequacy=None)
    positions = _seen(positions, sees_exempt, day).select_related("adequacy__scheme")
    positions = tuple(as_told(positions, sees_exempt=sees_exempt))
    return Registers(
        items,
        positions,
        len({each.report_id for each in items}),
        len({each.report_id for each in positions}),
        len(reports),
    )


def _tallies(report: Report, sees_exempt: bool, day) -> list[Tally]:
    tallies = _seen(Tally.objects.of(report).present(), sees_exempt, day).prefetch_related("lines")
    return as_told(tallies, sees_exempt=sees_exempt)
