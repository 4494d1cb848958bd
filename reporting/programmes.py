"""Programmes that report beside their projects: what each states itself, and how its projects stand."""

from collections import Counter
from dataclasses import dataclass, field

from django.db.models import F
from django.utils import timezone

from projects.models import (
    DimensionRating,
    GroupingMember,
    Narrative,
    Node,
    NodeAlias,
    NodeKind,
    ReportTemplate,
    Status,
    Subject,
)
from projects.models.base import exempt_now
from projects.rules.benefits import net_at_risk
from projects.rules.tree import ancestors_of, is_within, subtree_range
from reporting.savings import BY_YEAR, ProjectSavings, Savings, overall_statuses
from reporting.withholding import as_told

DOCUMENT = "programme-status"


@dataclass
class Programme:
    """A programme as its own report states it, with the projects listed beneath it and the sums of all beneath it."""

    node: int
    path: str
    title: str
    reference: str
    report: int
    depth: int = 0
    status: Status | None = None
    before: Status | None = None
    trend: Status | None = None
    texts: dict = field(default_factory=dict)  # {section's key: its words}
    lines: list[ProjectSavings] = field(default_factory=list)
    sums: dict = field(default_factory=dict)

    @property
    def counted(self) -> list[tuple[Status, int]]:
        """How many of the projects listed have each status, the worst first."""
        counts = Counter(project.status for project in self.lines if project.status)
        return sorted(counts.items(), key=lambda count: (-count[0].severity, count[0].order))


def programmes_as_at(savings: Savings, *, sees_exempt: bool) -> list[Programme]:
    """The programmes at and beneath the node that report, in the order of the tree; a few queries in all.

    Those whose template is printed as this document, else those of every programme. Projects stand under the
    programme that the document's groupings put them with, else under the nearest one above them.
    """
    node, at = savings.node, savings.at
    today = timezone.localdate()
    low, high = subtree_range(node.path)
    reports = at.reports().filter(organisation=node.organisation_id, node_path__gte=low, node_path__lt=high)
    templates = ReportTemplate.objects.filter(organisation=node.organisation_id, document=DOCUMENT)
    if templates.exists():
        reports = reports.filter(template__in=templates)
    else:
        reports = reports.filter(series=F("node__headline_series"), node_kind=NodeKind.PROGRAMME)
    if at.period:
        reports = reports.filter(as_at_on__gte=at.period.starts_on)
    if not sees_exempt:
        reports = reports.exclude(exempt_now(today, "node__"))
    found = [
        Programme(of, path, title, reference, pk)
        for pk, of, path, title, reference in reports.values_list("pk", "node_id", "node_path", "title", "reference")
    ]
    found = _in_order(found)
    _add_ratings(found, at, sees_exempt, today)
    _add_texts(found, sees_exempt, today)
    _add_lines(found, savings)
    return found


def comments_of(projects: list[ProjectSavings], *, sees_exempt: bool) -> dict[int, str]:
    """{report: what a project says for its programme's report}, else the details of its exception."""
    texts = Narrative.objects.filter(
        report__in=[project.report for project in projects if project.is_reported],
        section="programme-comment",
        is_removed=False,
    ).exclude(text="")
    if not sees_exempt:
        texts = texts.exclude(exempt_now(timezone.localdate()))
    said = {text.report_id: text.text for text in as_told(texts, sees_exempt=sees_exempt)}
    return {project.report: said.get(project.report) or project.details for project in projects}


def _in_order(found: list[Programme]) -> list[Programme]:
    """As the tree has them: beneath each other, and beside each other by their order."""
    above = {int(path[-8:]) for each in found for path in (*ancestors_of(each.path), each.path)}
    orders = dict(Node.objects.filter(pk__in=above).values_list("pk", "order"))
    paths = {each.path for each in found}
    for each in found:
        each.depth = sum(path in paths for path in ancestors_of(each.path))

    def place(each: Programme):
        return [(orders.get(int(path[-8:]), 0), path) for path in (*ancestors_of(each.path), each.path)]

    return sorted(found, key=place)


def _add_ratings(found, at, sees_exempt, today) -> None:
    rated, before = overall_statuses([each.report for each in found], at, sees_exempt)
    trends = DimensionRating.objects.filter(
        report__in=[each.report for each in found],
        dimension__scheme__subject=Subject.DIRECTION,
        is_removed=False,
    ).select_related("status")
    if not sees_exempt:
        trends = trends.exclude(exempt_now(today))
    trend = {rating.report_id: rating.status for rating in as_told(trends, sees_exempt=sees_exempt)}
    for each in found:
        each.status, each.before = rated.get(each.report), rated.get(before.get(each.report))
        each.trend = trend.get(each.report)


def _add_texts(found, sees_exempt, today) -> None:
    by_report = {each.report: each for each in found}
    texts = Narrative.objects.filter(report__in=by_report, is_removed=False)
    if not sees_exempt:
        texts = texts.exclude(exempt_now(today))
    for text in as_told(texts, sees_exempt=sees_exempt):
        by_report[text.report_id].texts[text.section] = text.text


def _add_lines(found, savings) -> None:
    """The projects of each programme, and the sums over them and over those of the programmes beneath it."""
    projects = {project.node: project for project in savings.projects}
    printed = dict(
        NodeAlias.objects.filter(node__in=[each.node for each in found], document=DOCUMENT).values_list(
            "node_id", "printed_as"
        )
    )
    placed = _placed_by_grouping({each.node for each in found}, projects)
    for each in found:
        each.title = printed.get(each.node, each.title)
        each.lines = [projects[node] for of, node in placed if of == each.node]
    elsewhere = {node for _, node in placed}
    by_path = {each.path: each for each in found}
    for project in savings.projects:
        if project.node in elsewhere:
            continue
        above = [by_path[path] for path in ancestors_of(project.path) if path in by_path]
        if above:
            above[-1].lines.append(project)
    for each in found:
        beneath = {
            project.node: project for other in found if is_within(other.path, each.path) for project in other.lines
        }
        each.sums = added(beneath.values(), savings.years)


def _placed_by_grouping(programmes: set[int], projects: dict) -> list[tuple[int, int]]:
    """(programme, project), in the order in which a grouping that has both lists them."""
    members = list(
        GroupingMember.objects.filter(grouping__document=DOCUMENT, node__in=[*programmes, *projects])
        .order_by("grouping__order", "grouping", "order", "pk")
        .values_list("grouping", "node")
    )
    programme = {of: node for of, node in members if node in programmes}
    return [(programme[of], node) for of, node in members if of in programme and node not in programmes]


def added(projects, years) -> dict:
    """The sums of some projects added up, by the same names; None where none of them states an amount."""
    names = ["other_way", *BY_YEAR, *(f"{name}_{year}" for name in BY_YEAR for year in years)]
    sums = {}
    for name in names:
        stated = [project.sums[name] for project in projects if project.sums.get(name) is not None]
        sums[name] = sum(stated) if stated else None
    return sums | {"net": net_at_risk(sums["at_risk"], sums["other_way"])}
