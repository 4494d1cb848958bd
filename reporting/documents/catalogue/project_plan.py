"""The project plan: the priority actions of every work area with their parts, what they answer and what they name."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

from projects.models import (
    Narrative,
    Node,
    NodeBaseline,
    Notice,
    PlanItemUpdate,
    ProposedChange,
    Recommendation,
    RecommendationUpdate,
    Report,
    ReportState,
    RiskAssessment,
    Status,
    Subject,
)
from projects.models.base import exempt_now
from projects.rules.dates import Precision
from projects.rules.references import named_in, split_at_references
from reporting.documents.catalogue.report_context import ReportContext, mark_of, rated, written_day
from reporting.documents.catalogue.work_programme import EXEMPT_MARKING
from reporting.documents.contents import (
    DATE,
    NUMBER,
    STATUS,
    Column,
    FieldRow,
    Fields,
    Reference,
    References,
    Table,
    WrittenDay,
    printed_date,
)
from reporting.documents.document import BuiltDocument, Document, Masthead, Section, build, register
from reporting.plans import Areas, areas_of
from reporting.queries import newest_report

RELATED = "interdependencies"  # where an officer writes which actions hang together
PART = "– "  # before what is part of the action above


@dataclass(frozen=True)
class Action:
    """A row of the plan with the rows that are part of it."""

    row: PlanItemUpdate
    parts: tuple[PlanItemUpdate, ...]
    context: ReportContext

    @property
    def texts(self) -> tuple[str, ...]:
        """Where other actions may be named: its own words, its parts' and the interdependencies beside them."""
        return tuple(str(self.context.said(row, name)) for name in ("title", RELATED) for row in self.rows)

    @property
    def rows(self) -> tuple[PlanItemUpdate, ...]:
        return (self.row, *self.parts)


@dataclass(frozen=True)
class Area:
    """A work area of the plan: its report and its actions."""

    report: Report
    actions: tuple[Action, ...]

    @property
    def heading(self) -> str:
        return f"{self.report.reference}. {self.report.title}" if self.report.reference else self.report.title


@dataclass(frozen=True)
class PlanContext:
    """The plan of a node as one reader may see it. `answers` are (source, reference) of recommendations by item."""

    masthead: Masthead
    node: Node
    areas: tuple[Area, ...]
    statuses: tuple[Status, ...]
    answers: Mapping[int, list[tuple[str, str]]]
    address: str  # of the checkpoint documents
    version: NodeBaseline | None = None  # of the initiation document, for whom it is not kept back
    register: Report | None = None  # whose risk register stands

    @property
    def refs(self) -> tuple[str, ...]:
        return tuple(action.row.ref for area in self.areas for action in area.actions if action.row.ref)


@dataclass(frozen=True)
class PlanArea:
    """A work area as it is drawn: who leads it, its newest checkpoint report, its actions."""

    lead: str
    checkpoint: str
    url: str
    table: Table

    @property
    def tables(self) -> tuple[Table, ...]:
        return (self.table,)


@dataclass(frozen=True)
class Beside:
    """Documents that belong to the plan: (words, address), which are links on the page."""

    links: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...] = ()


# ---- what it is built from ----


def actions_of(context: ReportContext) -> tuple[Action, ...]:
    """The actions of a report in their order, each with its parts; a part whose action is not there stands alone."""
    rows = context.rows(PlanItemUpdate, "status__scheme", "plan_item")
    there = {row.plan_item_id for row in rows}
    parts = defaultdict(list)
    for row in rows:
        if row.plan_item.parent_id in there:
            parts[row.plan_item.parent_id].append(row)
    return tuple(
        Action(row, tuple(parts[row.plan_item_id]), context) for row in rows if row.plan_item.parent_id not in there
    )


def plan_statuses(organisation) -> tuple[Status, ...]:
    """The statuses that a council gives actions, in order: those of its first scheme for them."""
    found = Status.objects.filter(organisation=organisation, scheme__subject=Subject.MILESTONE, is_archived=False)
    listed = list(found.filter(scheme__is_archived=False).select_related("scheme").order_by("scheme", "order"))
    return tuple(status for status in listed if status.scheme_id == listed[0].scheme_id)


def answers_of(items: Iterable[int], *, published: bool, sees_exempt: bool) -> dict[int, list[tuple[str, str]]]:
    """{plan item: (source, reference) of each recommendation that it answers}, in the order they were made.

    Readers are told of those only that a published report speaks of, and nobody who may not see it of an exempt one.
    """
    told = defaultdict(list)
    rows = Recommendation.plan_items.through.objects.filter(planitem__in=list(items)).order_by("recommendation")
    rows = rows.exclude(recommendation__is_archived=True)
    said = RecommendationUpdate.objects.present()
    if published:
        in_public = said.filter(report__state=ReportState.PUBLISHED)
        rows = rows.filter(recommendation__in=in_public.values("recommendation"))
    if not sees_exempt:
        kept_back = said.filter(exempt_now(timezone.localdate()))
        rows = rows.exclude(recommendation__in=kept_back.values("recommendation"))
    for item, source, ref in rows.values_list("planitem", "recommendation__source", "recommendation__ref"):
        told[item].append((source, ref))
    return told


def answered_words(answers: Iterable[tuple[str, str]]) -> str:
    """Recommendations by the report that made them: "Audit Commission Inspection R1/R6; HQN report"."""
    by_source = defaultdict(list)
    for source, ref in answers:
        by_source[source].append(ref)
    return "; ".join(f"{source} {'/'.join(filter(None, refs))}".strip() for source, refs in by_source.items())


def anchor_of(ref: str) -> str:
    return f"action-{slugify(ref)}"


def linked(words: str, refs: Iterable[str], own: str) -> str | References:
    """The words with the actions that they name as links to their rows."""
    pieces = split_at_references(words, refs, own)
    if not any(piece.ref for piece in pieces):
        return words
    return References(tuple(Reference(piece.text, anchor_of(piece.ref) if piece.ref else "") for piece in pieces))


def related(action: Action, refs: Iterable[str]) -> str | References:
    """What is written of related actions, then the others that the action or its parts name; each as a link."""
    own, refs = action.row.ref, tuple(refs)
    written = dict.fromkeys(filter(None, (str(action.context.said(row, RELATED)) for row in action.rows)))
    parts: list[Reference] = []
    for words in written:
        pieces = split_at_references(words, refs, own)
        parts += [Reference("; ")] if parts else []
        parts += [Reference(piece.text, anchor_of(piece.ref) if piece.ref else "") for piece in pieces]
    told = named_in(written, refs, own)
    for ref in (ref for ref in named_in(action.texts, refs, own) if ref not in told):
        parts += [Reference(", ")] if parts else []
        parts.append(Reference(ref, anchor_of(ref)))
    return References(tuple(parts)) if parts else ""


# ---- its sections ----


def head(context: PlanContext) -> Fields:
    """Who answers for the plan."""
    node = context.node
    managers = dict.fromkeys(area.report.sponsor_words for area in context.areas if area.report.node_id != node.pk)
    rows = (
        ("Project sponsor", str(node.sponsor_post or "")),
        ("Senior responsible owner", str(node.lead_post or "")),
        ("Project manager", ", ".join(filter(None, managers))),
    )
    return Fields(tuple(FieldRow(label, words) for label, words in rows if words))


def beside(context: PlanContext) -> Beside | None:
    """The initiation document in force and the newest risk register; None where there is neither."""
    links = []
    place = [context.node.organisation.slug, context.node.slug]
    if context.version:
        since = printed_date(context.version.in_force_from.date())
        words = f"Initiation document: version {context.version.number}, in force from {since}"
        links.append((words, reverse("document", args=["pid", *place])))
    if context.register:
        period = context.register.period_label or printed_date(context.register.as_at_on)
        links.append((f"Risk register: {period}", reverse("document", args=["risk-register", *place])))
    return Beside(tuple(links)) if links else None


def counted(context: PlanContext) -> Table:
    """How many actions each work area has, and how they stand."""
    columns = (
        Column("area", "Work area", header=True),
        Column("lead", "Lead officer", width=22),
        Column("actions", "Actions", NUMBER, width=8),
        *(Column(status.code, status.label, NUMBER, width=8, group="Of these") for status in context.statuses),
        Column("unrated", "Not rated", NUMBER, width=9, group="Of these"),
    )
    rows = tuple(_counts(context, area.heading, area.report.lead_words, area.actions) for area in context.areas)
    totals = ()
    if len(rows) > 1:
        totals = (_counts(context, "Whole plan", "", [action for area in context.areas for action in area.actions]),)
    return Table(columns, rows, totals=totals, sheet="Actions by work area")


def _counts(context, heading, lead, actions) -> dict:
    codes = Counter(action.row.status.code if action.row.status else "unrated" for action in actions)
    counts = {code: codes[code] for code in ("unrated", *(status.code for status in context.statuses))}
    return {"area": heading, "lead": lead, "actions": len(actions), **counts}


def areas(context: PlanContext) -> list[tuple[str, PlanArea]]:
    """Each work area under its heading."""
    return [(area.heading, _area(context, area)) for area in context.areas]


def _area(context: PlanContext, area: Area) -> PlanArea:
    report = area.report
    period = report.period_label or printed_date(report.as_at_on)
    marking = f" ({report.marking})" if report.marking else ""
    url = reverse("document", args=[context.address, report.organisation.slug, report.node.slug])
    return PlanArea(report.lead_words, f"{period}{marking}", f"{url}?report={report.pk}", action_table(context, area))


def action_table(context: PlanContext, area: Area) -> Table:
    """The actions of a work area, their parts beneath them."""
    columns = (
        Column("ref", "Ref", width=5),
        Column("action", "Priority action", header=True, width=34),
        Column("lead", "Lead officer", width=10),
        Column("start", "Start", DATE, width=7),
        Column("finish", "Finish", DATE, width=12),
        Column("status", "Current status", STATUS, width=11),
        Column("answers", "Supporting recommendation", width=13),
        Column("related", "Related priority action", width=8),
    )
    rows = []
    for action in area.actions:
        row, said = action.row, action.context.said
        rows.append(
            {
                "anchor": anchor_of(row.ref) if row.ref else "",
                "ref": row.ref,
                "action": linked(said(row, "title"), context.refs, row.ref),
                "status": rated(row.status),
                "answers": answered_words(context.answers.get(row.plan_item_id, ())),
                "related": related(action, context.refs),
                **_when(row, said),
            }
        )
        for part in action.parts:
            words = linked(f"{PART}{said(part, 'title')}", context.refs, row.ref)
            rows.append({"ref": part.ref, "action": words, "status": mark_of(part.status), **_when(part, said)})
    return Table(columns, tuple(rows), empty="No action is planned yet.", sheet=area.heading)


def _when(row, said) -> dict:
    return {
        "lead": said(row, "owner_words"),
        "start": day_or_words(row, "start"),
        "finish": day_or_words(row, "actual") or day_or_words(row, "finish"),
    }


def day_or_words(row, name: str) -> WrittenDay | None:
    """A date as it was written; in a spreadsheet a date only where the words name one day."""
    day = written_day(row, name)
    if day is None or getattr(row, f"{name}_precision") in ("", Precision.DAY):
        return day
    return replace(day, on=None)


def key(context: PlanContext) -> Table | None:
    """What the statuses mean."""
    if not context.statuses:
        return None
    columns = (Column("status", "Status", STATUS, header=True, width=22), Column("meaning", "Meaning"))
    return Table(
        columns, tuple({"status": mark_of(status), "meaning": status.definition} for status in context.statuses)
    )


PROJECT_PLAN = register(
    Document(
        "project-plan",
        "Project plan",
        (
            Section("project-detail", "Who answers for it", head),
            Section("plan-beside", "Documents beside it", beside),
            Section("status-key", "Actions by work area", counted),
            Section("plan-area", "Work area", areas, many=True),
            Section("status-key", "What the statuses mean", key),
        ),
        landscape=True,
    )
)


def masthead_of_areas(areas_found: Areas, name: str, *, sees_exempt: bool) -> Masthead:
    """What stands above a document of all work areas; without a period as they stand now."""
    node, at, newest = areas_found.node, areas_found.at, areas_found.newest
    day = at.day if at else newest.as_at_on
    return Masthead(
        title=f"{name}: {node.title}",
        organisation_name=newest.organisation_name,
        subtitle=at.label if at else newest.period_label,
        marking=_marking(areas_found, sees_exempt),
        as_at=f"as at {printed_date(day)}",
        stands_as=f"As at {at.words}" if at else "",
        file_stem=f"{name} - {node.title}",
        made_on=day,
    )


def _marking(found: Areas, sees_exempt: bool) -> str:
    """What must stand on every page: that something in it is exempt, or not published yet."""
    day = timezone.localdate()
    rows = (PlanItemUpdate, Notice, Narrative, ProposedChange) if sees_exempt else ()
    if any(model.objects.filter(exempt_now(day), report__in=found.reports).exists() for model in rows):
        return EXEMPT_MARKING
    if any(report.state != ReportState.PUBLISHED for report in found.reports):
        return "APPROVED, NOT YET PUBLISHED"
    return ""


def built_project_plan(
    node: Node, *, published: bool, sees_exempt: bool, period: str = "", meaning: str = ""
) -> BuiltDocument:
    """The plan of a node and what lies beneath it, as its newest reports say, or as at a period or day."""
    found = areas_of(node, published=published, sees_exempt=sees_exempt, period=period, meaning=meaning)
    masthead = masthead_of_areas(found, "Project plan", sees_exempt=sees_exempt)
    today = timezone.localdate()
    told = []
    for report in found.reports:
        context = ReportContext(report, masthead, sees_exempt, today)
        told.append(Area(report, actions_of(context)))
    told = [area for area in told if area.actions] or told
    items = [action.row.plan_item_id for area in told for action in area.actions]
    address = (
        "checkpoint" if any(area.report.template.document == "checkpoint" for area in told) else "project-dashboard"
    )
    answers = answers_of(items, published=published, sees_exempt=sees_exempt)
    statuses = plan_statuses(node.organisation)
    # As at a day the plan tells nothing of documents that may be newer.
    version = NodeBaseline.objects.filter(node=node, state=NodeBaseline.State.IN_FORCE).first()
    register = newest_report(node, published=published)
    risks = RiskAssessment.objects.of(register).present() if register else RiskAssessment.objects.none()
    has_risks = (risks if sees_exempt else risks.exclude(exempt_now(today))).exists()
    now = not period
    return build(
        PROJECT_PLAN,
        PlanContext(
            masthead,
            node,
            tuple(told),
            statuses,
            answers,
            address,
            version if now and not published else None,
            register if now and has_risks else None,
        ),
    )
