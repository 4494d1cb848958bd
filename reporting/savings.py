"""Savings of the projects beneath a node: a row a project, and sums by portfolio, by group and in all, made in SQL.

Amounts are pounds. Signs follow the source: at risk and slippage positive, over-achievement negative. What was not
reported for the period is unknown: it is listed, and in no sum.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Substr
from django.utils import timezone

from projects.as_at import AsAt, NoSuchDay, as_at
from projects.models import (
    BenefitUpdate,
    DimensionRating,
    GroupingMember,
    Narrative,
    Node,
    NodeAlias,
    NodeKind,
    Report,
    SavingLine,
    Series,
    Status,
    TemplateSection,
)
from projects.models.base import exempt_now
from projects.models.reports import FROZEN_STATES, ReportState
from projects.rules import benefits, savings
from projects.rules.kinds import Kind
from projects.rules.tree import WIDTH, ids_of, subtree_range
from reporting.queries import NoSuchReport

AMOUNTS = ("target", "at_risk", "slipped", "other_way", "claimed", "validated")
BY_YEAR = ("target", "at_risk", "slipped", "claimed", "validated")  # what is printed year by year
EXCEPTIONS = {Kind.WATCH, Kind.AT_RISK, Kind.OFF_TRACK, Kind.ON_HOLD}


def is_exception(status: Status | None) -> bool:
    """Whether a project with the status is to be explained: neither on track nor over, and rated."""
    return status is not None and Kind(status.kind) in EXCEPTIONS


@dataclass
class ProjectSavings:
    """One project: its status in the report and in the one before it, its details and its sums by year.

    `sums` maps target_2018 ..., target, at_risk_2018 ..., at_risk, other_way, net ... to pounds or None. `report` None:
    nothing was reported; `last_known` says then which report was the last, "" for none.
    """

    node: int
    path: str
    title: str
    reference: str
    portfolio: int
    order: tuple = ()
    report: int | None = None
    status: Status | None = None
    before: Status | None = None
    details: str = ""
    sums: dict = field(default_factory=dict)
    brought_forward: Decimal | None = None
    last_known: str = ""

    @property
    def is_reported(self) -> bool:
        return self.report is not None

    @property
    def is_exception(self) -> bool:
        return is_exception(self.status)

    @property
    def is_remediated(self) -> bool:
        """It was an exception in the report before, and is none now."""
        return is_exception(self.before) and self.status is not None and not self.is_exception


@dataclass(frozen=True)
class Group:
    """Projects that a document sums up together: a portfolio, or a programme beside the tree."""

    title: str
    projects: tuple[ProjectSavings, ...]
    sums: dict

    @property
    def reported(self) -> int:
        return sum(project.is_reported for project in self.projects)


@dataclass(frozen=True)
class Savings:
    """What the projects beneath a node said as at a day. `years` is the window printed, the newest last."""

    node: Node
    at: AsAt
    years: tuple[int, ...]
    projects: tuple[ProjectSavings, ...]
    portfolios: tuple[Group, ...]
    groups: tuple[Group, ...]
    whole: Group
    statuses: tuple[Status, ...]  # of the schemes that the projects are rated by
    has_exempt: bool
    has_unpublished: bool
    cadence: str

    def year_words(self, year: int) -> str:
        return savings.year_words(year, self.node.organisation.financial_year_start)

    @property
    def exceptions(self) -> list[ProjectSavings]:
        return [project for project in self.projects if project.is_exception]

    @property
    def remediated(self) -> list[ProjectSavings]:
        return [project for project in self.projects if project.is_remediated]

    @property
    def largest_over(self) -> ProjectSavings | None:
        """The project that over-achieves most; None where none does."""
        over = [project for project in self.projects if (project.sums.get("net") or 0) < 0]
        return min(over, key=lambda project: project.sums["net"], default=None)

    @property
    def transfers(self) -> list[tuple[ProjectSavings, savings.Transfer]]:
        """What only moves from one year to another, project by project."""
        return [
            (project, moved)
            for project in self.projects
            for moved in savings.transfers({year: project.sums.get(f"at_risk_{year}") for year in self.years})
        ]


def savings_as_at(
    node: Node, *, published: bool, sees_exempt: bool, period: str = "", meaning: str = "", document: str = ""
) -> Savings:
    """The savings beneath `node` in a period or at a day, else in the newest period that was reported.

    `document` is the one they are printed in: under its names for nodes, by its groupings. NoSuchReport where there is
    nothing. The number of queries is the same however many projects there are.
    """
    at, cadence = _asked_day(node, period, meaning, published)
    today = timezone.localdate()  # exemptions end by the real date
    reports = _told(_standing(node, at), sees_exempt, today)
    if not reports.exists():
        kind = "published" if published else "approved"
        raise NoSuchReport(f"{node.title} has no {kind} report of a project for {at.label}.")
    of_period = reports.filter(as_at_on__gte=at.period.starts_on) if at.period else reports
    years = savings.window(at.day, node.organisation.financial_year_start, years_of(node.organisation_id))
    projects = _projects(node, at, reports, document, sees_exempt, today)
    lines = lines_of(of_period, years, sees_exempt, today)
    _add_sums(projects, lines, years)
    _add_statuses(projects, at, sees_exempt)
    _add_words(projects, sees_exempt, today)
    projects.sort(key=lambda project: project.order)
    whole = Group(node.title, tuple(projects), (summed(lines, years) or [{}])[0])
    return Savings(
        node,
        at,
        years,
        tuple(projects),
        _portfolios(projects, lines, years, document),
        _groups(projects, lines, years, document),
        whole,
        _scales(of_period),
        sees_exempt and _holds_exempt(of_period, today),
        not published and of_period.exclude(state=ReportState.PUBLISHED).exists(),
        cadence,
    )


def summed(lines: QuerySet, years: Iterable[int], *by: str) -> list[dict]:
    """The sums of saving lines, a dict for each value of `by`; None where no line states an amount.

    target_2018 ... and target, the same of what is at risk, slipped, claimed and validated, other_way, net,
    gross_at_risk and gross_over: of a year's line alone, before one project's slippage hides behind another's surplus.
    """
    sums = {name: Sum(name) for name in AMOUNTS}
    sums |= {f"{name}_{year}": Sum(name, filter=Q(year=year)) for name in BY_YEAR for year in years}
    sums["gross_at_risk"] = Sum("at_risk", filter=Q(at_risk__gt=0))
    sums["gross_over"] = Sum("at_risk", filter=Q(at_risk__lt=0))
    lines = lines.order_by()
    aliased = {f"sum_{name}": each for name, each in sums.items()}  # a sum may not have its column's own name
    found = lines.values(*by).annotate(**aliased) if by else [lines.aggregate(**aliased)]
    return [
        {name.removeprefix("sum_"): value for name, value in row.items()}
        | {"net": benefits.net_at_risk(row["sum_at_risk"], row["sum_other_way"])}
        for row in found
    ]


# ---- what is asked ----


def by_year_templates(organisation_id: int) -> QuerySet:
    """The templates whose reports state savings by financial year."""
    return TemplateSection.objects.filter(organisation=organisation_id, key="benefits", options__by_year=True).values(
        "template"
    )


def years_of(organisation_id: int) -> int:
    """How many years the council's newest template with savings by year prints."""
    section = (
        TemplateSection.objects.filter(organisation=organisation_id, key="benefits", options__by_year=True)
        .order_by("template__is_archived", "-pk")
        .first()
    )
    return section.options.get("years", savings.YEARS) if section else savings.YEARS


def _beneath(node: Node, reports: QuerySet) -> QuerySet:
    """Of the reports those that say savings by year where the council has such templates, else those of projects."""
    low, high = subtree_range(node.path)
    reports = reports.filter(organisation=node.organisation_id, node_path__gte=low, node_path__lt=high)
    templates = by_year_templates(node.organisation_id)
    if templates.exists():
        return reports.filter(template__in=templates)
    return reports.filter(series=F("node__headline_series"), node_kind=NodeKind.PROJECT)


def _asked_day(node: Node, period: str, meaning: str, published: bool) -> tuple[AsAt, str]:
    """The day asked for and how often its reports come; without one the newest period that was reported."""
    standing = F("series__published") if published else F("series__current")
    newest = (
        _beneath(node, Report.objects.filter(pk=standing))
        .select_related("series__calendar", "period")
        .order_by("-as_at_on")
        .first()
    )
    if newest is None:
        kind = "published" if published else "approved"
        raise NoSuchReport(f"{node.title} has no {kind} report of a project beneath it yet.")
    words = period or (newest.period.slug if newest.period else newest.as_at_on.isoformat())
    try:
        at = as_at(words, meaning, node.organisation, published=published, now=timezone.now(), series=newest.series)
    except NoSuchDay as unknown:
        raise NoSuchReport(str(unknown)) from unknown
    return at, newest.series.calendar.cadence


def _standing(node: Node, at: AsAt) -> QuerySet:
    in_use = Q(node__is_archived=False)
    if not at.published:
        in_use |= Q(node__archived_at__gt=at.until)
    return _beneath(node, at.reports()).filter(in_use)


def _told(reports: QuerySet, sees_exempt: bool, today: date) -> QuerySet:
    return reports if sees_exempt else reports.exclude(exempt_now(today, "node__"))


def lines_of(reports: QuerySet, years: tuple[int, ...], sees_exempt: bool, today: date) -> QuerySet:
    """The lines of the window and those of no year."""
    lines = SavingLine.objects.filter(
        Q(year__in=years) | Q(year=None), report__in=reports.order_by().values("pk"), update_row__is_removed=False
    )
    return lines if sees_exempt else lines.exclude(exempt_now(today, "update_row__"))


def _holds_exempt(reports: QuerySet, today: date) -> bool:
    """Whether anything that is drawn of the reports is exempt."""
    pks = reports.order_by().values("pk")
    return reports.filter(exempt_now(today, "node__")).exists() or any(
        model.objects.filter(exempt_now(today), report__in=pks).present().exists()
        for model in (BenefitUpdate, DimensionRating, Narrative)
    )


# ---- the projects ----


def _projects(node, at, reports, document, sees_exempt, today) -> list[ProjectSavings]:
    """A row for each report that stands, and for each project that has none yet."""
    printed = dict(
        NodeAlias.objects.filter(organisation=node.organisation_id, document=document).values_list(
            "node_id", "printed_as"
        )
        if document
        else ()
    )
    found = []
    for pk, of, path, title, reference, day, label in reports.values_list(
        "pk", "node_id", "node_path", "title", "reference", "as_at_on", "period_label"
    ):
        is_late = at.period is not None and day < at.period.starts_on
        found.append(
            ProjectSavings(
                of,
                path,
                printed.get(of, title),
                reference,
                _portfolio_of(path),
                report=None if is_late else pk,
                last_known=(label or day.isoformat()) if is_late else "",
            )
        )
    found += _never_reported(node, at, {each.node for each in found}, printed, sees_exempt, today)
    return found


def _never_reported(node, at, known, printed, sees_exempt, today) -> list[ProjectSavings]:
    templates = by_year_templates(node.organisation_id)
    low, high = subtree_range(node.path)
    nodes = Node.objects.filter(organisation=node.organisation_id, path__gte=low, path__lt=high, is_archived=False)
    if templates.exists():
        series = Series.objects.filter(node=OuterRef("pk"), template__in=templates, is_archived=False)
        nodes = nodes.filter(Exists(series))
    else:
        nodes = nodes.filter(kind=NodeKind.PROJECT, headline_series__isnull=False)
    if not sees_exempt:
        nodes = nodes.exclude(exempt_now(today))
    if at.moment:
        nodes = nodes.filter(created_at__lte=at.moment)
    return [
        ProjectSavings(pk, path, printed.get(pk, title), reference, _portfolio_of(path))
        for pk, path, title, reference in nodes.values_list("pk", "path", "title", "reference")
        if pk not in known
    ]


def _portfolio_of(path: str) -> int:
    """The node directly beneath the council that the path leads through."""
    return ids_of(path)[:2][-1]


def _add_sums(projects, lines, years) -> None:
    sums = {row["report"]: row for row in summed(lines, years, "report")}
    for project in projects:
        project.sums = sums.get(project.report, {})


def _add_statuses(projects, at, sees_exempt) -> None:
    """The overall status of each project's report and of the report before it, and its place by the first."""
    rated, before = overall_statuses([project.report for project in projects if project.is_reported], at, sees_exempt)
    orders = dict(Node.objects.filter(pk__in=_ids(projects)).values_list("pk", "order"))
    for project in projects:
        project.status, project.before = rated.get(project.report), rated.get(before.get(project.report))
        place = project.status.order if project.status else 1000
        portfolio = orders.get(project.portfolio, 0)
        project.order = (portfolio, project.portfolio, place, orders.get(project.node, 0), project.title)


def overall_statuses(told: list[int], at: AsAt, sees_exempt: bool) -> tuple[dict[int, Status], dict[int, int]]:
    """{report: its overall status} of the reports and of those before them, and {report: the one before it}."""
    earlier = Report.objects.filter(
        series=OuterRef("series"),
        as_at_on__lt=OuterRef("as_at_on"),
        state__in=[ReportState.PUBLISHED] if at.published else FROZEN_STATES,
    )
    if at.moment:
        earlier = earlier.filter(**{f"{'published' if at.published else 'approved'}_at__lte": at.moment})
    before = dict(
        Report.objects.filter(pk__in=told)
        .order_by()
        .values_list("pk", Subquery(earlier.order_by("-as_at_on", "-revision").values("pk")[:1]))
    )
    ratings = DimensionRating.objects.filter(
        report__in=[*told, *filter(None, before.values())], dimension__is_overall=True, is_removed=False
    )
    if not sees_exempt:
        ratings = ratings.exclude(exempt_now(timezone.localdate()))
    return {rating.report_id: rating.status for rating in ratings.select_related("status")}, before


def _ids(projects) -> set[int]:
    return {project.node for project in projects} | {project.portfolio for project in projects}


def _add_words(projects, sees_exempt, today) -> None:
    """What each report says of its exception, and the slippage it brought forward from years that have ended."""
    told = {project.report: project for project in projects if project.is_reported}
    texts = Narrative.objects.filter(report__in=told, section="commentary", is_removed=False)
    carried = BenefitUpdate.objects.filter(report__in=told, is_removed=False)
    if not sees_exempt:
        texts, carried = texts.exclude(exempt_now(today)), carried.exclude(exempt_now(today))
    for report, text in texts.values_list("report", "text"):
        told[report].details = text
    sums = carried.order_by().values("report").annotate(pounds=Sum("brought_forward")).values_list("report", "pounds")
    for report, pounds in sums:
        told[report].brought_forward = pounds


# ---- the groups ----


def _portfolios(projects, lines, years, document) -> tuple[Group, ...]:
    """What stands directly beneath the council, under the document's own names."""
    pks = list(dict.fromkeys(project.portfolio for project in projects))  # in the order of the projects
    titles = dict(Node.objects.filter(pk__in=pks).values_list("pk", "title"))
    if document:
        aliases = NodeAlias.objects.filter(node__in=pks, document=document)
        titles |= dict(aliases.values_list("node_id", "printed_as"))
    part = Substr("report__node_path", WIDTH + 1, WIDTH)
    sums = {int(row["part"] or 0): row for row in summed(lines.annotate(part=part), years, "part")}
    return tuple(
        Group(titles[pk], tuple(project for project in projects if project.portfolio == pk), sums.get(pk, {}))
        for pk in pks
    )


def _groups(projects, lines, years, document) -> tuple[Group, ...]:
    """The document's groupings that have any of the projects, and the projects that are in none of them."""
    by_node = {project.node: project for project in projects}
    members: dict[int, list[ProjectSavings]] = {}
    titles: dict[int, str] = {}
    for of, title, node in (
        GroupingMember.objects.filter(grouping__document=document, node__in=by_node)
        .order_by("grouping__order", "grouping", "order", "pk")
        .values_list("grouping", "grouping__title", "node")
        if document
        else ()
    ):
        members.setdefault(of, []).append(by_node[node])
        titles[of] = title
    if not members:
        return ()
    in_groups = lines.filter(report__node__groupings__in=members)
    sums = {row[GROUPED]: row for row in summed(in_groups, years, GROUPED)}
    groups = [Group(titles[of], tuple(each), sums.get(of, {})) for of, each in members.items()]
    grouped = {project.node for each in members.values() for project in each}
    rest = tuple(project for project in projects if project.node not in grouped)
    if rest:
        outside = lines.filter(report__in=[project.report for project in rest if project.is_reported])
        groups.append(Group("In no programme", rest, summed(outside, years)[0]))
    return tuple(groups)


GROUPED = "report__node__groupings"


def _scales(reports: QuerySet) -> tuple[Status, ...]:
    """Every status that the projects could have, in the order of their schemes."""
    dimensions = DimensionRating.objects.filter(
        report__in=reports.order_by().values("pk"), dimension__is_overall=True
    ).values("dimension__scheme")
    return tuple(
        Status.objects.filter(scheme__in=dimensions, is_archived=False)
        .select_related("scheme")
        .order_by("scheme", "order", "pk")
    )
