"""What is asked of the record in order to draw it: the newest report, the portfolio, what awaits whom."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import (
    Case,
    Count,
    DecimalField,
    Exists,
    F,
    FilteredRelation,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, Concat, Length, Substr
from django.utils import timezone

from projects.actions.summaries import KEPT_BACK
from projects.as_at import AsAt, NoSuchDay, as_at
from projects.models import (
    FROZEN_STATES,
    OPEN_STATES,
    CommitteeReport,
    CommitteeReportClearance,
    DimensionRating,
    Meeting,
    Node,
    Organisation,
    Period,
    Report,
    ReportState,
    Series,
    Status,
)
from projects.models.base import exempt_now
from projects.models.people import active_grants, node_filter, open_to
from projects.models.structure import NEVER_REPORTED
from projects.permissions import may
from projects.rules.access import Permission, Role
from projects.rules.deadlines import Lateness, lateness
from projects.rules.finance import Position, expected_spend, remaining
from projects.rules.kinds import Kind
from projects.rules.tree import WIDTH, subtree_range
from reporting.models import Pack

ATTENTION_FROM = 4  # severity of "at risk"


class NoSuchReport(Exception):
    """There is no report to draw; the message says so in a sentence."""


def _of(published: bool) -> str:
    """What the columns of a report's summary begin with that say what this side may know."""
    return "public_" if published else ""


# ---- one report ----


def newest_report(node: Node, *, published: bool) -> Report | None:
    """The newest approved report of the node's headline series, or the newest published one."""
    series = node.headline_series
    newest = (series.published_id if published else series.current_id) if series else None
    return _whole().filter(pk=newest).first() if newest else None


def report_as_at(node: Node, at: AsAt) -> Report | None:
    """The report of the node's headline series that stands as at the day; None where there is none."""
    if node.headline_series_id is None:
        return None
    return _whole().filter(at.standing(), series=node.headline_series_id).first()


def report_of_period(node: Node, period: str, *, published: bool, meaning: str = "") -> Report:
    """The report that stands in a period (its slug) or at a day, as now known or as it stood then.

    A day is answered with the newest report that speaks of it or of a day before it, a period only with its own.
    NoSuchReport where there is none.
    """
    if node.headline_series is None:
        raise NoSuchReport(f"{node.title} has no reports.")
    try:
        at = as_at(
            period,
            meaning,
            node.organisation,
            published=published,
            now=timezone.now(),
            series=node.headline_series,
        )
    except NoSuchDay as unknown:
        raise NoSuchReport(str(unknown)) from unknown
    found = report_as_at(node, at)
    if found is None or not at.speaks_of(found):
        kind = "published" if published else "approved"
        last = f" The last one known is of {found.period_label or found.as_at_on}." if found else ""
        then = " then" if at.moment else ""
        raise NoSuchReport(f"{node.title} has no {kind} report for {at.label}{then}.{last}")
    return found


def _whole() -> QuerySet:
    return Report.objects.select_related(
        "node__organisation", "organisation", "template", "series", "period", "tier", "corrects"
    )


def unfinished_report(node: Node) -> Report | None:
    """The report of the headline series that is being written, submitted or signed off, if any."""
    if node.headline_series_id is None:
        return None
    return _whole().filter(series=node.headline_series_id).unfinished().order_by("-as_at_on", "-revision").first()


def history_of(node: Node, *, published: bool) -> QuerySet:
    """Every report of the node, newest first, with its overall status; readers see the published ones."""
    reports = Report.objects.filter(node=node).select_related(
        "template", "period", f"summary__{_of(published)}overall", "submitted_by", "approved_by", "published_by",
        "corrects",
    )  # fmt: skip
    if published:
        reports = reports.filter(state=ReportState.PUBLISHED)
    return reports.order_by("-as_at_on", "-revision", "-pk")


def standing_words(report: Report, *, published: bool) -> tuple[str, ...]:
    """When a report stands, in both meanings: for which days as now known, and from when to when as it stood then.

    Nothing for a report that is not approved (for readers: published) yet.
    """
    if not report.is_frozen or (published and report.state != ReportState.PUBLISHED):
        return ()
    said = "published" if published else "approved"
    known = "public_known" if published else "known"
    first, until = getattr(report, f"{known}_from"), getattr(report, f"{known}_to")
    if first is None:
        known_words = "As now known: nowhere, a correction stands in its place"
    elif until:
        known_words = f"As now known: for {_day_words(first)} to {_day_words(until - timedelta(days=1))}"
    else:
        known_words = f"As now known: from {_day_words(first)} on"
    stood, gave_way = getattr(report, f"{said}_from"), getattr(report, f"{said}_until")
    if stood is None:
        then_words = f"As {said} then: never, a later report stood already"
    elif gave_way:
        then_words = f"As {said} then: from {_day_words(stood)} until {_day_words(gave_way)}"
    else:
        then_words = f"As {said} then: since {_day_words(stood)}"
    return known_words, then_words


def _day_words(when: date) -> str:
    on = timezone.localtime(when) if isinstance(when, datetime) else when
    return f"{on.day} {on:%B %Y}"


# ---- periods ----


def moment_of(organisation: Organisation, today: date) -> datetime:
    """Now, for deadlines: the real moment, or the same time of day on the organisation's demonstration date."""
    now = timezone.localtime()
    return now if today == now.date() else now.replace(year=today.year, month=today.month, day=today.day)


@dataclass(frozen=True)
class CalendarPeriods:
    """Of one calendar: the newest period whose report was due by now, and the one that is open for reporting."""

    expected: Period | None = None
    open: Period | None = None


def periods_now(organisations: Iterable[Organisation], today_of) -> dict[int, CalendarPeriods]:
    """{calendar id: its periods now}; `today_of(organisation)` is what day it is there. One query."""
    by_id = {organisation.pk: organisation for organisation in organisations}
    found: dict[int, dict] = {}
    for period in Period.objects.filter(organisation__in=by_id, starts_on__lte=_latest_day(by_id, today_of)).order_by(
        "calendar_id", "as_at_on"
    ):
        organisation = by_id[period.organisation_id]
        today = today_of(organisation)
        if period.starts_on > today:
            continue
        known = found.setdefault(period.calendar_id, {})
        if _due_at(period) <= moment_of(organisation, today):
            known["expected"] = period
        if period.closed_at is None:
            known["open"] = period
    return {calendar: CalendarPeriods(**known) for calendar, known in found.items()}


def periods_at(organisation: Organisation, at: AsAt) -> dict[int, CalendarPeriods]:
    """{calendar id: the period whose report was to be expected}, as at a day; the period asked for is its calendar's.

    As now known that is the newest period that speaks of the day or before it, as it stood then the newest that was
    due by then. One query.
    """
    found: dict[int, Period] = {}
    for period in Period.objects.filter(organisation=organisation, as_at_on__lte=max(at.day, at.until.date())).order_by(
        "calendar_id", "as_at_on"
    ):
        is_expected = period.as_at_on <= at.day if at.moment is None else _due_at(period) <= at.moment
        if is_expected:
            found[period.calendar_id] = period
    if at.period:
        found[at.period.calendar_id] = at.period
    return {calendar: CalendarPeriods(expected=period) for calendar, period in found.items()}


def _due_at(period: Period) -> datetime:
    return period.due_at or datetime.combine(period.ends_on, time.max, timezone.get_current_timezone())


def _latest_day(by_id: dict, today_of) -> date:
    return max((today_of(organisation) for organisation in by_id.values()), default=date.min)


# ---- portfolio ----


@dataclass(frozen=True)
class PortfolioFilter:
    """What a person asked of the list; empty values ask for everything."""

    words: str = ""
    kind: str = ""  # a kind of status
    tier: str = ""  # the tier's code
    lead: str = ""
    only_exceptions: bool = False
    only_missing: bool = False


@dataclass(frozen=True)
class PortfolioCount:
    """How many nodes have one overall status; `status` None: not rated, or never reported."""

    kind: str
    label: str
    shape: str
    colour: str
    severity: int
    count: int


@dataclass(frozen=True)
class PortfolioTotals:
    """The tiles above the list: all nodes under the filters but the status ones."""

    counts: tuple[PortfolioCount, ...]
    nodes: int
    missing: int
    exceptions: int
    shown: int  # under every filter


SORTS = ("title", "tier", "status", "score", "next", "budget", "report")
DEFAULT_SORT = "-status"

PORTFOLIO_FIELDS = (
    "pk", "slug", "title", "reference", "kind", "is_sample", "tier__label", "tier__code", "parent__title",
    "parent__kind", "lead_post__title", "headline_series__calendar_id",
    "said__pk", "said__period_label", "said__as_at_on", "said__state", "said__lead_words", "said__score",
    "said__score_label", "said__revision", "said__title", "said__reference", "said__parent_titles", "said__node_kind",
    "said__tier__label", "said__tier__code", "said__summary__sums", "said__summary__next_item",
    "said__summary__next_item_on", "said__summary__severity",
    "said__summary__overall__label", "said__summary__overall__shape", "said__summary__overall__colour",
    "said__summary__overall__kind", "said__marks",
)  # fmt: skip
BEFORE_FIELDS = (
    "before__period_label", "before__summary__overall__label", "before__summary__overall__shape",
    "before__summary__overall__colour", "before__summary__overall__kind",
)  # fmt: skip


def reporting_nodes(user, node: Node, at: AsAt | None = None) -> QuerySet:
    """The nodes beneath `node` that report and have nothing beneath them that does: each is counted once.

    As at a day the tree is the one that the reports of then printed: a node stands where its report says it stood,
    one that was archived since is there, and one that was made since is not.
    """
    reporting_child = Node.objects.filter(
        parent=OuterRef("pk"), headline_series__isnull=False, is_archived=False
    ).order_by()
    if at is None:
        return (
            _visible_beneath(user, node)
            .in_use()
            .filter(headline_series__isnull=False)
            .exclude(pk=node.pk)
            .exclude(Exists(reporting_child))
        )
    low, high = subtree_range(node.path)
    if node.parent_id is None:
        nodes = with_said(_visible_beneath(user, node), at)
    else:
        was_beneath = Q(said__node_path__gt=low, said__node_path__lt=high)
        is_beneath = Q(said__pk=None, path__gt=low, path__lt=high)
        nodes = with_said(Node.objects.filter(organisation=node.organisation_id).visible_to(user), at)
        nodes = nodes.filter(was_beneath | is_beneath)
    reported_beneath = Report.objects.filter(
        at.standing(),
        organisation=node.organisation_id,
        series=F("node__headline_series"),
        node_path__gt=OuterRef("path_then"),
        node_path__lt=Concat(OuterRef("path_then"), Value("a")),
    ).order_by()
    return (
        (nodes.in_use() if at.published else nodes.in_use_at(at.until))
        .filter(Q(said__pk__isnull=False) | Q(created_at__lte=at.until) & ~Exists(reporting_child))
        .filter(headline_series__isnull=False)
        .exclude(pk=node.pk)
        .alias(path_then=Coalesce("said__node_path", "path"))
        .exclude(Exists(reported_beneath))
    )


def with_said(nodes: QuerySet, at: AsAt) -> QuerySet:
    """The nodes, each with the report of its headline series that stands as at the day, as the relation `said`."""
    said = FilteredRelation("reports", condition=Q(reports__series=F("headline_series")) & at.standing("reports__"))
    return nodes.alias(said=said)


def _visible_beneath(user, node: Node) -> QuerySet:
    """`node` and the nodes beneath it that `user` may see, for a caller who leaves archived ones out.

    Then it is what `visible_to(user).beneath(node)` finds. What a role on `node` or above it settles for all
    beneath is not asked of each row again: only then can the database count and order ten thousand from an index.
    """
    if node.parent_id is None:
        nodes = Node.objects.filter(organisation=node.organisation_id)
    else:
        nodes = Node.objects.beneath(node)
    if not may(user, Permission.VIEW_PUBLISHED, node):
        return nodes.visible_to(user)
    return nodes if may(user, Permission.VIEW_EXEMPT, node) else nodes.filter(open_to(user, "", node=""))


@dataclass(frozen=True)
class _Side:
    """Where a node's newest report stands, as staff or as readers see it, or the one that stands as at a day.

    `said` and `before` are the relations to it and to the one before it ("": asked for apart), the others its columns.
    `of` is what the columns of its summary begin with: readers have their own, without what is exempt.
    """

    said: str
    before: str
    as_at_on: str
    overall: str
    severity: str
    title: str = "title"
    reference: str = "reference"
    tier: str = "tier"
    of: str = ""

    def column(self, name: str) -> str:
        """A column of PORTFOLIO_FIELDS or BEFORE_FIELDS as it is called on this side."""
        for relation, own in (("said__", self.said), ("before__", self.before)):
            if name.startswith(relation):
                name = f"{own}__{name.removeprefix(relation)}"
        return name.replace("__summary__", f"__summary__{self.of}")


STAFF_SIDE = _Side(
    "headline_series__current", "headline_series__previous",
    "current_as_at_on", "current_overall", "current_severity",
)  # fmt: skip
READERS_SIDE = _Side(
    "headline_series__published", "headline_series__published_before",
    "published_as_at_on", "published_overall", "published_severity", of="public_",
)  # fmt: skip
# The tier of what never reported is the node's own, which is not asked for: it is in no tier then.
AS_AT_SIDE = _Side(
    "said", "", "said__as_at_on", "said__summary__overall", "said__summary__severity",
    "title_then", "said__reference", "said__tier",
)  # fmt: skip
READERS_AS_AT_SIDE = replace(
    AS_AT_SIDE, overall="said__summary__public_overall", severity="said__summary__public_severity", of="public_"
)


TITLE_THEN = Coalesce("said__title", "title")


def _side(published: bool, at: AsAt | None = None) -> _Side:
    if at:
        return READERS_AS_AT_SIDE if at.published else AS_AT_SIDE
    return READERS_SIDE if published else STAFF_SIDE


def _is_missing(side: _Side, expected: dict[int, CalendarPeriods]) -> Q:
    """Nodes whose newest report is older than the one that was due by now."""
    missing = Q(**{f"{side.as_at_on}__isnull": True})
    for calendar, periods in expected.items():
        if periods.expected:
            older = Q(**{f"{side.as_at_on}__lt": periods.expected.as_at_on})
            # The series is joined for its calendar only where there is more than one.
            missing |= older & Q(headline_series__calendar=calendar) if len(expected) > 1 else older
    return missing


def filtered(nodes: QuerySet, asked: PortfolioFilter, *, published: bool, at: AsAt | None = None) -> QuerySet:
    """The nodes under the filters that do not concern a status."""
    side = _side(published, at)
    said = side.said
    if asked.words:
        if at:
            nodes = nodes.alias(title_then=TITLE_THEN)
        nodes = nodes.filter(
            Q(**{f"{side.title}__icontains": asked.words}) | Q(**{f"{side.reference}__iexact": asked.words})
        )
    if asked.tier:
        nodes = nodes.filter(**{f"{side.tier}__code": asked.tier})
    if asked.lead:
        named = Q(**{f"{said}__lead_words__icontains": asked.lead})
        if side.of:
            named &= ~Q(**{f"{said}__marks__lead_words__kind__in": KEPT_BACK})
        nodes = nodes.filter(named | Q(lead_post__title__icontains=asked.lead))
    return nodes


def _by_status(nodes: QuerySet, asked: PortfolioFilter, missing: Q, side: _Side) -> QuerySet:
    if asked.kind == Kind.NOT_RATED:
        nodes = nodes.filter(Q(**{f"{side.overall}__isnull": True}) | Q(**{f"{side.overall}__kind": asked.kind}))
    elif asked.kind:
        nodes = nodes.filter(**{f"{side.overall}__kind": asked.kind})
    if asked.only_exceptions:
        nodes = nodes.filter(**{f"{side.severity}__gte": ATTENTION_FROM})
    if asked.only_missing:
        nodes = nodes.filter(missing)
    return nodes


STATUS_PARTS = ("label", "kind", "shape", "colour", "severity")


def _by_status_and_day(nodes: QuerySet, expected: dict[int, CalendarPeriods], side: _Side, *by: str) -> QuerySet:
    """How many nodes have one overall status and report's date, and one calendar where that matters.

    Grouped as the index has it, by the columns themselves; a status is looked up once for each group.
    """
    status = Status.objects.filter(pk=OuterRef(side.overall)).order_by()
    calendar = ["headline_series__calendar"] if len(expected) > 1 else []  # joined only where it matters
    return (
        nodes.order_by()
        .values(side.overall, *calendar, *by, as_at_on=F(side.as_at_on))
        .annotate(number=Count("pk"))
        .annotate(**{f"status_{part}": Subquery(status.values(part)) for part in STATUS_PARTS})
    )


@dataclass
class _Tally:
    """Groups of nodes with one overall status and report's date, added up."""

    expected: dict[int, CalendarPeriods]
    nodes: int = 0
    missing: int = 0
    exceptions: int = 0
    by_kind: dict[str, dict] = field(default_factory=dict)

    def add(self, group: dict) -> tuple[str, bool, bool]:
        """Count a group; its kind of status, whether it is an exception, whether its reports are missing."""
        (only,) = self.expected.values() if len(self.expected) == 1 else (CalendarPeriods(),)
        number, as_at_on = group["number"], group["as_at_on"]
        kind = group["status_kind"] or Kind.NOT_RATED.value
        severity = group["status_severity"] or 0
        is_exception = severity >= ATTENTION_FROM
        due = self.expected.get(group.get("headline_series__calendar"), only).expected
        is_missing = as_at_on is None or bool(due and as_at_on < due.as_at_on)
        self.nodes += number
        self.missing += number if is_missing else 0
        self.exceptions += number if is_exception else 0
        known = self.by_kind.setdefault(
            kind, {"labels": set(), "shape": "ring", "colour": "grey", "severity": 0, "count": 0}
        )
        known["count"] += number
        if group["status_label"]:
            known["labels"].add(group["status_label"])
            known |= {
                "shape": group["status_shape"],
                "colour": group["status_colour"],
                "severity": max(severity, known["severity"]),
            }
        return kind, is_exception, is_missing

    @property
    def counts(self) -> tuple[PortfolioCount, ...]:
        """By kind of status, the worst first; under the council's own word for it where there is but one."""
        counts = [
            PortfolioCount(
                kind,
                next(iter(known["labels"])) if len(known["labels"]) == 1 else Kind(kind).label,
                known["shape"],
                known["colour"],
                known["severity"],
                known["count"],
            )
            for kind, known in self.by_kind.items()
        ]
        return tuple(sorted(counts, key=lambda count: (-count.severity, count.label)))


def portfolio_totals(
    nodes: QuerySet, asked: PortfolioFilter, expected: dict[int, CalendarPeriods], *, published: bool
) -> PortfolioTotals:
    """Counts by overall status, of missing reports and of exceptions, in one query."""
    return _totals(_by_status_and_day(nodes, expected, _side(published)), asked, expected)[0]


def portfolio_as_at(
    nodes: QuerySet, asked: PortfolioFilter, expected: dict[int, CalendarPeriods], *, at: AsAt, sort: str
) -> tuple[PortfolioTotals, list[int]]:
    """As at a day: the totals, and every node shown, in the order asked for.

    No index has either, so both come from one reading of the reports that stand; two queries.
    """
    side = _side(at.published, at)
    nodes, order = _in_order(nodes, sort, side, at)
    calendar = ["headline_series__calendar"] if len(expected) > 1 else []
    columns = (side.overall, side.as_at_on, *calendar)
    listed = [(row[0], row[1:]) for row in nodes.order_by(*order).values_list("pk", *columns)]
    counted = Counter(group for _, group in listed)
    statuses = Status.objects.in_bulk({overall for overall, *_ in counted if overall})
    groups = []
    for group, number in counted.items():
        status = statuses.get(group[0])
        groups.append(
            {f"status_{part}": getattr(status, part, None) for part in STATUS_PARTS}
            | dict(zip(("overall", "as_at_on", *calendar), group, strict=True))
            | {"number": number, "of": group}
        )
    totals, shown = _totals(groups, asked, expected)
    wanted = {group["of"] for group in shown}
    return totals, [pk for pk, group in listed if group in wanted]


def _totals(
    groups: Iterable[dict], asked: PortfolioFilter, expected: dict[int, CalendarPeriods]
) -> tuple[PortfolioTotals, list[dict]]:
    """The groups added up, and those that the filters by status leave."""
    tally, shown = _Tally(expected), []
    for group in groups:
        kind, is_exception, is_missing = tally.add(group)
        if (
            (not asked.kind or asked.kind == kind)
            and (not asked.only_exceptions or is_exception)
            and (not asked.only_missing or is_missing)
        ):
            shown.append(group)
    number = sum(group["number"] for group in shown)
    return PortfolioTotals(tally.counts, tally.nodes, tally.missing, tally.exceptions, number), shown


@dataclass(frozen=True)
class Level:
    """What stands directly beneath a node, with how everything that reports beneath it stands."""

    pk: int
    title: str
    slug: str
    kind: str  # "Programme"
    counts: tuple[PortfolioCount, ...]
    nodes: int
    missing: int

    @property
    def reported(self) -> int:
        return self.nodes - self.missing


def levels_beneath(
    user, node: Node, expected: dict[int, CalendarPeriods], *, published: bool, at: AsAt | None = None,
    is_each: bool = False,
) -> list[Level]:  # fmt: skip
    """The parts that hold what reports beneath `node`, in the order of the tree, and last what reports without one.

    The latter are one line, under the node's own name: the portfolio lists them; or with `is_each` a line each, in
    their places. Two queries.
    """
    ends = len(node.path) + WIDTH
    path = Coalesce("said__node_path", "path") if at else F("path")
    part = Substr(path, ends - WIDTH + 1, WIDTH)
    if not is_each:
        part = Case(When(path_length__gt=ends, then=part), default=Value(""))
    nodes = reporting_nodes(user, node, at).alias(path_length=Length(path)).annotate(part=part)
    tallies: dict[str, _Tally] = {}
    for group in _by_status_and_day(nodes, expected, _side(published, at), "part"):
        tallies.setdefault(group["part"], _Tally(expected)).add(group)
    parts = {each.pk: each for each in Node.objects.filter(pk__in=[int(part) for part in tallies if part])}
    ordered = sorted(tallies.items(), key=lambda item: (not item[0], _place_of(parts.get(int(item[0] or 0), node))))
    return [_level(parts[int(part)] if part else node, tally, is_own=not part) for part, tally in ordered]


def _place_of(part: Node) -> tuple:
    return part.order, part.path


def _level(part: Node, tally: _Tally, *, is_own: bool) -> Level:
    kind = "Directly beneath it" if is_own else part.get_kind_display()
    return Level(part.pk, part.title, part.slug, kind, tally.counts, tally.nodes, tally.missing)


@dataclass
class PortfolioRow:
    """One node of the list. `status` and `before` are of the newest report and of the one before it."""

    pk: int
    slug: str
    title: str
    reference: str
    is_sample: bool
    kind: str
    tier: str
    tier_code: str
    parent: str
    lead: str
    report: int | None
    period: str
    state: str
    as_at_on: date | None
    is_missing: bool
    score: Decimal | None
    score_label: str
    status: "StatusWords | None"
    before: "StatusWords | None"
    before_period: str
    next_item: str
    next_on: date | None
    planned: Decimal | None
    expected_spend: Decimal | None
    remaining: Decimal | None
    directions: list = field(default_factory=list)  # of the dimensions other than the overall one
    unfinished: "UnfinishedWords | None" = None


@dataclass(frozen=True)
class StatusWords:
    label: str
    shape: str
    colour: str
    kind: str


@dataclass(frozen=True)
class UnfinishedWords:
    """The report of a node that is being made: its state, for which period, and its number."""

    pk: int
    state: str
    period: str

    @property
    def state_label(self) -> str:
        return ReportState(self.state).label


def _in_order(nodes: QuerySet, sort: str, side: _Side, at: AsAt | None) -> tuple[QuerySet, list]:
    """The nodes with what they are put in order by, and the order that ?sort= asks for."""
    if at:
        nodes = nodes.alias(title_then=TITLE_THEN, severity_then=Coalesce(side.severity, Value(NEVER_REPORTED)))
    severity = "severity_then" if at else side.severity
    name = sort.lstrip("-") if sort.lstrip("-") in SORTS else DEFAULT_SORT.lstrip("-")
    key = {
        "status": F(severity),
        "score": _score_of(side),
        "next": F(side.column("said__summary__next_item_on")),
        "report": F(side.as_at_on),
        "tier": F(f"{side.tier}__order"),
        "budget": Cast(
            KeyTextTransform("planned", side.column("said__summary__sums")),
            DecimalField(max_digits=16, decimal_places=2),
        ),
        "title": F(side.title),
    }[name]
    if sort == DEFAULT_SORT:
        return nodes, [key.desc(), side.title, "pk"]  # never null, and as the index has it
    if name == "status":
        never = Case(When(**{f"{severity}__lt": 0}, then=Value(1)), default=Value(0))
        return nodes, [never, key.asc(), side.title, "pk"]
    return nodes, [
        key.desc(nulls_last=True) if sort.startswith("-") else key.asc(nulls_last=True), side.title, "pk",
    ]  # fmt: skip


def _score_of(side: _Side):
    """What the scores are put in order by: readers know of none that is kept back."""
    score = F(f"{side.said}__score")
    if not side.of:
        return score
    return Case(When(**{f"{side.said}__marks__score__kind__in": KEPT_BACK}, then=None), default=score)


def listed(nodes: QuerySet, asked: PortfolioFilter, expected: dict[int, CalendarPeriods]) -> QuerySet:
    """All the nodes that staff are shown under the filters, those of a status among them."""
    side = _side(published=False)
    return _by_status(nodes, asked, _is_missing(side, expected), side)


def portfolio_page(
    nodes: QuerySet,
    asked: PortfolioFilter,
    expected: dict[int, CalendarPeriods],
    *,
    published: bool,
    sort: str = DEFAULT_SORT,
    first: int = 0,
    last: int = 50,
) -> list[PortfolioRow]:
    """The rows from `first` up to `last` in the order asked for: one query for them, two for what belongs to them."""
    side = _side(published)
    missing = _is_missing(side, expected)
    nodes, order = _in_order(_by_status(nodes, asked, missing, side), sort, side, None)
    # The page is cut from the narrowest join that gives the order; only its rows are joined to what they print.
    cut = Node.objects.filter(pk__in=nodes.order_by(*order).values("pk")[first:last])
    rows = _rows(cut.order_by(*order), missing, side)
    if not published:
        _add_unfinished(rows)
    return rows


def portfolio_page_as_at(
    found: list[int], expected: dict[int, CalendarPeriods], *, at: AsAt, sort: str = DEFAULT_SORT
) -> list[PortfolioRow]:
    """The rows of one page of what `portfolio_as_at` found: one query for them, three for what belongs to them."""
    side = _side(at.published, at)
    nodes, order = _in_order(with_said(Node.objects.filter(pk__in=found), at), sort, side, at)
    rows = _rows(nodes.order_by(*order), _is_missing(side, expected), side)
    _add_before(rows, at)
    return rows


def _rows(nodes: QuerySet, missing: Q, side: _Side) -> list[PortfolioRow]:
    fields = (*PORTFOLIO_FIELDS, *BEFORE_FIELDS) if side.before else PORTFOLIO_FIELDS
    columns = {name: side.column(name) for name in fields}
    listed = nodes.annotate(is_missing=Case(When(missing, then=Value(1)), default=Value(0))).values(
        *columns.values(), "is_missing"
    )
    rows = [
        _portfolio_row(
            {name: values[column] for name, column in columns.items()},
            values["is_missing"],
            as_printed=not side.before,
            kept_back=KEPT_BACK if side.of else (),
        )
        for values in listed
    ]
    _add_directions(rows, kept_back=KEPT_BACK if side.of else ())
    return rows


def _portfolio_row(values: dict, is_missing: int, *, as_printed: bool, kept_back: tuple[str, ...]) -> PortfolioRow:
    """A row of the list; `as_printed` with the titles and the tier that the report printed.

    `kept_back`: the kinds of mark that keep a cell of the report's own from who reads the list.
    """
    for name, mark in (values["said__marks"] or {}).items():
        if mark.get("kind") in kept_back:
            values[f"said__{name}"] = None
    if as_printed and values["said__pk"]:
        parents = values["said__parent_titles"][1:]  # without the council's own
        values |= {
            "title": values["said__title"],
            "reference": values["said__reference"],
            "kind": values["said__node_kind"],
            "tier__label": values["said__tier__label"],
            "tier__code": values["said__tier__code"],
            "parent__title": parents[-1] if parents else "",
            "parent__kind": "",
        }
    sums = values["said__summary__sums"] or {}
    pounds = {name: Decimal(sums[name]) for name in sums}
    position = Position(
        **{name: pounds.get(name) for name in ("planned", "actual", "committed", "emergency", "forecast")}
    )
    return PortfolioRow(
        pk=values["pk"],
        slug=values["slug"],
        title=values["title"],
        reference=values["reference"],
        is_sample=values["is_sample"],
        kind=values["kind"],
        tier=values["tier__label"] or "",
        tier_code=values["tier__code"] or "",
        parent="" if values["parent__kind"] == "organisation" else values["parent__title"] or "",
        lead=values["said__lead_words"] or values["lead_post__title"] or "",
        report=values["said__pk"],
        period=values["said__period_label"] or "",
        state=values["said__state"] or "",
        as_at_on=values["said__as_at_on"],
        is_missing=bool(is_missing),
        score=values["said__score"],
        score_label=values["said__score_label"] or "",
        status=_status_words(values, "said__summary__overall"),
        before=_status_words(values, "before__summary__overall"),
        before_period=values.get("before__period_label") or "",
        next_item=values["said__summary__next_item"] or "",
        next_on=values["said__summary__next_item_on"],
        planned=position.planned,
        expected_spend=expected_spend(position),
        remaining=remaining(position),
    )


def _status_words(values: dict, lead: str) -> StatusWords | None:
    if not values.get(f"{lead}__label"):
        return None
    return StatusWords(*(values[f"{lead}__{part}"] for part in ("label", "shape", "colour", "kind")))


def _add_directions(rows: list[PortfolioRow], *, kept_back: tuple[str, ...]) -> None:
    """The other dimensions of each row's report, in the template's order.

    To readers none that is exempt, or whose cells have marks of the kinds in `kept_back`.
    """
    by_report = {row.report: row for row in rows if row.report}
    ratings = DimensionRating.objects.filter(report__in=by_report, is_removed=False, dimension__is_overall=False)
    if kept_back:
        ratings = ratings.exclude(exempt_now(timezone.localdate()))
    ratings = (
        ratings.exclude(status=None)
        .order_by("report_id", "order", "pk")
        .values_list("report_id", "title", "status__label", "status__shape", "status__colour", "status__kind",
                     "dimension__section", "marks")
    )  # fmt: skip
    for report, title, *status, section, marks in ratings:
        if not any(marks.get(cell, {}).get("kind") in kept_back for cell in ("title", "status")):
            by_report[report].directions.append((title, StatusWords(*status), section))


def _add_before(rows: list[PortfolioRow], at: AsAt) -> None:
    """What the report before each row's said, as far as it was there then."""
    by_report = {row.report: row for row in rows if row.report}
    earlier = Report.objects.filter(series=OuterRef("series"), as_at_on__lt=OuterRef("as_at_on"))
    if at.moment:
        earlier = earlier.filter(**{f"{'published' if at.published else 'approved'}_at__lte": at.moment})
    earlier = earlier.filter(state__in=[ReportState.PUBLISHED] if at.published else FROZEN_STATES)
    found = dict(
        Report.objects.filter(pk__in=by_report)
        .annotate(before=Subquery(earlier.order_by("-as_at_on", "-revision").values("pk")[:1]))
        .order_by()
        .values_list("before", "pk")
    )
    overall = f"summary__{_of(at.published)}overall"
    fields = [name.removeprefix("before__").replace("summary__overall", overall) for name in BEFORE_FIELDS]
    for values in Report.objects.filter(pk__in=found).values("pk", *fields):
        row = by_report[found[values["pk"]]]
        row.before, row.before_period = _status_words(values, overall), values["period_label"]


def _add_unfinished(rows: list[PortfolioRow]) -> None:
    """What is being written of each row, for staff."""
    by_node = {row.pk: row for row in rows}
    reports = (
        Report.objects.filter(node__in=by_node)
        .unfinished()
        .filter(series=F("node__headline_series"))
        .order_by("as_at_on", "revision")
        .values_list("node_id", "pk", "state", "period_label")
    )
    for node, pk, state, period in reports:
        by_node[node].unfinished = UnfinishedWords(pk, state, period)


# ---- what awaits a person ----


def nodes_as(user, *roles: Role) -> QuerySet:
    """Nodes in use that `user` may see and holds one of the roles on, by a grant there or above."""
    wanted = {role.value for role in roles}
    reach = Q(pk__in=[])
    for grant in active_grants(user):
        if grant.role in wanted:
            low, high = subtree_range(grant.node.path)
            reach |= Q(path__gte=low, path__lt=high)
    return Node.objects.visible_to(user).filter(reach).in_use()


def roles_of(user) -> set[Role]:
    """Every role the person holds today, anywhere."""
    return {Role(grant.role) for grant in active_grants(user)}


def organisations_of(user) -> list[Organisation]:
    """The councils in which the person holds a role today."""
    pks = {grant.node.organisation_id for grant in active_grants(user)}
    return list(Organisation.objects.filter(pk__in=pks)) if pks else []


@dataclass(frozen=True)
class DueReport:
    """A report that an officer must bring up to date, or the PMO chases. `report` None: not begun."""

    node: Node
    period: Period
    report: Report | None
    lateness: Lateness

    @property
    def state_label(self) -> str:
        return self.report.get_state_display() if self.report else "Not begun"

    @property
    def is_returned(self) -> bool:
        return bool(self.report) and self.report.state == ReportState.RETURNED


@dataclass(frozen=True)
class DueReports:
    """Reports of open periods that are not in yet, the first of them listed; and how many there are of each kind."""

    listed: list[DueReport]
    late: int
    not_late: int


MOST_DUE = 60


def due_reports(nodes: QuerySet, periods: dict[int, CalendarPeriods], today_of, most: int = MOST_DUE) -> DueReports:
    """The reports of `nodes` for their open periods that nobody has submitted: returned ones first, then by due date.

    At most `most` a calendar are listed, and counted in the database, so that a large council costs no more.
    """
    listed: list[DueReport] = []
    counts = {True: 0, False: 0}
    for calendar, known in periods.items():
        period = known.open
        if period is None:
            continue
        reports = Report.objects.filter(series=OuterRef("headline_series"), period=period).order_by("-revision")
        waiting = (
            nodes.filter(headline_series__calendar=calendar)
            .annotate(said_state=Subquery(reports.values("state")[:1]), said_report=Subquery(reports.values("pk")[:1]))
            .filter(Q(said_state=None) | Q(said_state__in=OPEN_STATES))
            .select_related("organisation")
            .order_by(Case(When(said_state=ReportState.RETURNED, then=Value(0)), default=Value(1)), "title")
        )
        found = list(waiting[:most])
        if not found:
            continue
        begun = Report.objects.in_bulk([node.said_report for node in found if node.said_report])
        organisation = found[0].organisation
        how_late = lateness(period.due_at, None, moment_of(organisation, today_of(organisation)))
        counts[how_late.is_late] += len(found) if len(found) < most else waiting.count()
        listed += [DueReport(node, period, begun.get(node.said_report), how_late) for node in found]
    far = datetime.max.replace(tzinfo=timezone.get_current_timezone())
    listed.sort(key=lambda each: (not each.is_returned, each.period.due_at or far, each.node.title))
    return DueReports(listed, counts[True], counts[False])


def waiting_reports(nodes: QuerySet, *states: ReportState) -> QuerySet:
    """Reports of `nodes` that stand in one of the states, the oldest first."""
    return (
        Report.objects.filter(node__in=nodes, state__in=states)
        .select_related("node__organisation", "template", "period", "submitted_by", "approved_by")
        .order_by("as_at_on", "title")
    )


def ready_to_approve(nodes: QuerySet) -> list[Report]:
    """Reports that wait for the PMO: signed off, or submitted where no sponsor signs off."""
    waiting = waiting_reports(nodes, ReportState.SUBMITTED, ReportState.SIGNED_OFF)
    return list(waiting.exclude(state=ReportState.SUBMITTED, template__requires_sign_off=True))


def to_publish(nodes: QuerySet) -> QuerySet:
    """Approved reports that readers do not see yet: the standing one of each series."""
    return waiting_reports(nodes, ReportState.APPROVED).filter(series__current=F("pk"))


@dataclass(frozen=True)
class Attention:
    """A node that needs somebody's attention, and why."""

    node: Node
    report: Report
    reasons: tuple[str, ...]


def needs_attention(nodes: QuerySet, most: int = 20) -> list[Attention]:
    """For staff: nodes whose newest report is at risk or off track, the worst first, each with its reasons."""
    series = (
        Series.objects.filter(node__in=nodes.exclude(headline_series=None), node__headline_series=F("pk"))
        .filter(current__summary__severity__gte=ATTENTION_FROM)
        .select_related("node__organisation", "current__summary__overall", "previous__summary__overall")
        .order_by("-current__summary__severity", "node__title")[:most]
    )
    found = [(each.node, each.current, each.previous) for each in series]
    ratings: dict[int, list[DimensionRating]] = {}
    for rating in (
        DimensionRating.objects.filter(
            report__in=[report.pk for _, report, _ in found], is_removed=False, is_exempt=False
        )
        .select_related("dimension", "status")
        .order_by("order")
    ):
        ratings.setdefault(rating.report_id, []).append(rating)
    return [
        Attention(node, report, _reasons(report, earlier, ratings.get(report.pk, [])))
        for node, report, earlier in found
    ]


def _reasons(report: Report, earlier: Report | None, ratings: list[DimensionRating]) -> tuple[str, ...]:
    """Why a report stands out, from its own words and counts."""
    reasons = []
    was = earlier.summary.overall if earlier and hasattr(earlier, "summary") else None
    now = report.summary.overall
    if was and now and was.severity < now.severity:
        reasons.append(f"Was {was.label} in {earlier.period_label}")
    for rating in ratings:
        if rating.dimension.is_overall:
            reasons += [words for words in (rating.chosen_because, rating.comment) if words]
            if rating.proposed_status_id and not rating.chosen_because:
                reasons += [str(words) for words in rating.proposed_because[:1]]
        elif rating.status and rating.status.severity >= ATTENTION_FROM:
            reasons.append(f"{rating.title or rating.dimension.label}: {rating.status.label}")
    for count, one, many in (
        (report.summary.counts.get("milestones", {}).get(Kind.OFF_TRACK.value, 0), "red milestone", "red milestones"),
        (
            report.summary.counts.get("milestones", {}).get(Kind.AT_RISK.value, 0),
            "milestone at risk",
            "milestones at risk",
        ),
    ):
        if count:
            reasons.append(f"{count} {one if count == 1 else many}")
    return tuple(reasons)


def newest_published(nodes: QuerySet, most: int = 20) -> list[Report]:
    """The published reports that stand, newest first, with their overall status as readers may know it."""
    return list(
        Report.objects.filter(series__in=Series.objects.filter(node__in=nodes), series__published=F("pk"))
        .select_related("node__organisation", "summary__public_overall", "template")
        .order_by("-as_at_on", "title")[:most]
    )


def committee_reports_for(user, most: int = 10) -> list[CommitteeReport]:
    """The newest committee reports a person may see."""
    return list(
        CommitteeReport.objects.visible_to(user).select_related("organisation", "meeting__board", "node")[:most]
    )


def clearances_for(user) -> list[CommitteeReportClearance]:
    """The clearances that wait for the posts the person holds, soonest wanted first."""
    waiting = CommitteeReportClearance.objects.filter(
        post__holder=user.pk, initials="", report__state=CommitteeReport.State.DRAFT
    )
    seen = CommitteeReport.objects.visible_to(user)
    told = waiting.filter(report__in=seen).select_related("report__organisation", "report__meeting__board")
    return list(told.order_by(F("due_on").asc(nulls_last=True), "pk"))


def packs_for(user, most: int = 5) -> list[Pack]:
    """The packs a person may see, those that somebody waits for first, then the newest published."""
    packs = Pack.objects.visible_to(user).exclude(state__in=(Pack.State.SUPERSEDED, Pack.State.WITHDRAWN))
    waiting = Case(When(state=Pack.State.PUBLISHED, then=1), default=0)
    return list(packs.select_related("meeting__board").order_by(waiting, "-published_at", "-pk")[:most])


def meetings_for(user, most: int = 5) -> list[Meeting]:
    """The newest meetings with reports of which the person may assemble a pack."""
    reports = CommitteeReport.objects.visible_to(user).filter(node_filter(user, Permission.ASSEMBLE_PACK, "node__"))
    return list(
        Meeting.objects.filter(reports__in=reports)
        .annotate(papers=Count("reports", distinct=True))
        .select_related("board", "organisation")
        .order_by("-starts_at")[:most]
    )
