"""The plans at and beneath a node as their standing reports have them: what is due, what waits, what scrutiny sees."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Q
from django.utils import timezone

from projects.as_at import AsAt, NoSuchDay, as_at
from projects.clock import today_for
from projects.models import Dependency, ForwardPlan, ForwardPlanValidation, Node, PlanItemKind, PlanItemUpdate, Report
from projects.models.base import exempt_now
from projects.models.reports import known_on
from projects.rules.kinds import Kind
from projects.rules.tree import subtree_range
from projects.rules.waiting import End, Wait, Waiting, waiting
from reporting.queries import NoSuchReport

WEEKS = 8
OTHER_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class View:
    """Whose plans, on which day, and as far as which reader may see. `at` None: now, by the council's clock."""

    node: Node
    day: date
    published: bool
    sees_exempt: bool
    at: AsAt | None = None

    @property
    def standing(self) -> Q:
        return self.at.standing() if self.at else known_on(self.day, published=self.published)


def view_of(node: Node, *, published: bool, sees_exempt: bool, period: str = "", meaning: str = "") -> View:
    """The plans now, or as at a period or day; NoSuchReport where the words name neither."""
    if not period:
        return View(node, today_for(node.organisation), published, sees_exempt)
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
    return View(node, at.day, published, sees_exempt, at)


def items_of(view: View, node: Node | None = None) -> list[PlanItemUpdate]:
    """Every row of the plans that stands at `node` (None: the view's own) and beneath it, in the order of the tree."""
    low, high = subtree_range((node or view.node).path)
    reports = Report.objects.filter(
        view.standing,
        organisation=view.node.organisation_id,
        node_path__gte=low,
        node_path__lt=high,
        series__keeps_registers=True,
    )
    rows = PlanItemUpdate.objects.filter(report__in=reports).present()
    if not view.sees_exempt:
        today = timezone.localdate()
        rows = rows.exclude(exempt_now(today)).exclude(exempt_now(today, "report__node__"))
        rows = rows.exclude(marks__has_key="title")
    rows = rows.select_related(
        "report__node__organisation", "report__series", "plan_item__tranche", "plan_item__parent", "status__scheme"
    )
    return list(rows.order_by("report__node_path", "order", "pk"))


def is_done(row: PlanItemUpdate) -> bool:
    return row.actual_on is not None or bool(row.status and row.status.kind == Kind.DONE)


def end_of(row: PlanItemUpdate) -> End:
    return End(row.actual_on or row.finish_on, is_done(row))


# ---- eight weeks ahead ----


@dataclass(frozen=True)
class Week:
    """Seven days, and what is due in them."""

    begins: date
    rows: tuple[PlanItemUpdate, ...]

    @property
    def ends(self) -> date:
        return self.begins + timedelta(days=6)


@dataclass(frozen=True)
class Ahead:
    """What is open: overdue, due in each of the weeks to come, and without a date that can be read."""

    view: View
    overdue: tuple[PlanItemUpdate, ...]
    weeks: tuple[Week, ...]
    undated: tuple[PlanItemUpdate, ...]
    waits: dict[int, tuple["Link", ...]]


def ahead_of(view: View) -> Ahead:
    """The open milestones, products, actions and decision points by week, from the view's day on."""
    rows = [row for row in items_of(view) if not is_done(row)]
    dated = sorted((row for row in rows if row.finish_on), key=lambda row: row.finish_on)
    weeks = []
    for number in range(WEEKS):
        begins = view.day + number * OTHER_WEEK
        due = [row for row in dated if begins <= row.finish_on < begins + OTHER_WEEK]
        weeks.append(Week(begins, tuple(due)))
    waits: dict[int, list[Link]] = {}
    for link in links_of(view):
        waits.setdefault(link.item.plan_item_id, []).append(link)
    return Ahead(
        view,
        tuple(row for row in dated if row.finish_on < view.day),
        tuple(weeks),
        tuple(row for row in rows if row.finish_on is None),
        {item: tuple(links) for item, links in waits.items()},
    )


# ---- dependencies ----


@dataclass(frozen=True)
class Link:
    """A dependency of the map with what stands of both its ends; `needed` None where nothing stands of it."""

    dependency: Dependency
    item: PlanItemUpdate
    needed: PlanItemUpdate | None
    waiting: Waiting

    @property
    def needed_words(self) -> str:
        """What is waited for: as its report has it, else as the map names it."""
        return self.needed.title if self.needed else self.dependency.words

    @property
    def is_across(self) -> bool:
        """Whether it runs from one node to another."""
        return self.needed is None or self.needed.report.node_id != self.item.report.node_id


def links_of(view: View) -> list[Link]:
    """The dependencies of the map with an end at the node or beneath it, the gravest first.

    What the reader may not see of an end is told as if it were not there, and no dependency without its waiting end.
    """
    beneath = Node.objects.beneath(view.node)
    mapped = Dependency.objects.filter(is_mapped=True).filter(
        Q(from_item__node__in=beneath) | Q(to_item__node__in=beneath)
    )
    mapped = list(mapped.select_related("from_item", "to_item"))
    if not mapped:
        return []
    top = Node.objects.get(organisation=view.node.organisation_id, kind="organisation")
    rows = {row.plan_item_id: row for row in items_of(view, top)}
    links = []
    for each in mapped:
        item, needed = rows.get(each.from_item_id), rows.get(each.to_item_id)
        if item is None or (each.to_item_id and needed is None and not view.sees_exempt):
            continue
        stands = waiting(end_of(item), end_of(needed) if needed else None, view.day)
        links.append(Link(each, item, needed, stands))
    return sorted(links, key=lambda link: (link.waiting.state.rank, link.item.report.node_path, link.dependency.pk))


def grave(links: Iterable[Link]) -> list[Link]:
    """Those that are broken or late."""
    return [link for link in links if link.waiting.state in (Wait.BROKEN, Wait.LATE)]


# ---- what a scrutiny committee is to see ----


@dataclass(frozen=True)
class PlanLine:
    """A line of a committee's forward plan: an item, and its newest validation by each validator."""

    row: PlanItemUpdate
    validations: dict[str, ForwardPlanValidation] = field(default_factory=dict)

    def holds(self, validator: str) -> bool:
        """Whether the date was validated as it stands now."""
        kept = self.validations.get(validator)
        return kept is not None and (kept.finish_words, kept.finish_on) == (self.row.finish_words, self.row.finish_on)


def plan_of(node: Node) -> ForwardPlan | None:
    """The forward plan of a node, or of the nearest above that has one; None where there is none."""
    above = [*Node.objects.ancestors(node), node]
    plans = ForwardPlan.objects.filter(node__in=above, is_archived=False)
    return plans.select_related("node__organisation", "board", "tranche").order_by("-node__depth").first()


def lines_of(plan: ForwardPlan, view: View) -> list[PlanLine]:
    """The open decision points, and the critical milestones of the plan's tranche, by date; undated ones last."""
    rows = [row for row in items_of(view) if not is_done(row)]
    critical = {row.plan_item_id for row in rows if row.is_critical_path}
    chosen = [row for row in rows if _is_for_scrutiny(row, plan, critical)]
    validations: dict[int, dict[str, ForwardPlanValidation]] = {}
    for each in ForwardPlanValidation.objects.filter(plan=plan).order_by("validated_on", "pk"):
        validations.setdefault(each.plan_item_id, {})[each.validator] = each
    chosen.sort(key=lambda row: (row.finish_on is None, row.finish_on or date.max, row.report.node_path, row.order))
    return [PlanLine(row, validations.get(row.plan_item_id, {})) for row in chosen]


def _is_for_scrutiny(row: PlanItemUpdate, plan: ForwardPlan, critical: set[int]) -> bool:
    item = row.plan_item
    if item.kind == PlanItemKind.DECISION_POINT:
        return True
    if item.kind != PlanItemKind.MILESTONE:
        return False
    if not (row.is_critical_path or item.parent_id in critical):
        return False
    tranche = item.tranche_id or (item.parent.tranche_id if item.parent else None)
    return plan.tranche_id is None or tranche == plan.tranche_id
