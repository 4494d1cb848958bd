"""The checkpoint report of a work area: its actions, what was done and comes next, and the changes it proposes."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from django.urls import reverse
from django.utils import timezone

from projects.actions.levels import NOTICE_SECTIONS
from projects.actions.printed_heads import checkpoint_head
from projects.actions.proposed_changes import proposed_changes
from projects.models import Node, ProposedChange, Report, ReportState
from reporting.documents.catalogue import sections as fill
from reporting.documents.catalogue.project_plan import (
    Action,
    actions_of,
    anchor_of,
    day_or_words,
    linked,
    masthead_of_areas,
    plan_statuses,
)
from reporting.documents.catalogue.project_plan import key as plan_key
from reporting.documents.catalogue.report_context import ReportContext, context_of, mark_of, rated
from reporting.documents.contents import (
    DATE,
    STATUS,
    Column,
    FieldRow,
    Fields,
    References,
    Table,
    printed_date,
)
from reporting.documents.document import BuiltDocument, Document, Masthead, Section, build, register
from reporting.plans import CHECKPOINT, areas_of
from reporting.queries import NoSuchReport

About = ProposedChange.About


@dataclass(frozen=True)
class CheckpointContext:
    """The checkpoint reports to be drawn, one a work area."""

    masthead: Masthead
    statuses: tuple


@dataclass(frozen=True)
class CheckpointHead:
    """Whose report it is, its dates and where it is kept."""

    fields: Fields
    location: str
    url: str

    @property
    def tables(self) -> tuple[Table, ...]:
        columns = (Column("label", "What", header=True), Column("value", "Value"))
        rows = [{"label": row.label, "value": row.text} for row in self.fields.rows]
        rows.append({"label": "Document location", "value": self.location})
        return (Table(columns, tuple(rows), sheet="Report"),)


@dataclass(frozen=True)
class ProposedChanges:
    """What a report proposes, each with the request of change control that it opened; `urls` are for the page."""

    plan: Table
    service: Table
    urls: tuple[tuple[str, str], ...] = ()

    @property
    def tables(self) -> tuple[Table, ...]:
        return (self.plan, self.service)


# ---- the sections of one report ----


def head(context: ReportContext) -> CheckpointHead:
    """Owner, manager, work area, lead officer and the dates of this report and the next."""
    report = context.report
    kept = checkpoint_head(report)

    def named(name, usual):
        return fill.label(context, "project-detail", name, usual)

    rows = (
        FieldRow(named("owner", "Senior responsible owner"), kept["owner"]),
        FieldRow(named("sponsor", "Project manager"), context.said(report, "sponsor_words")),
        FieldRow(
            named("title", "Work area"), f"{report.reference}. {report.title}" if report.reference else report.title
        ),
        FieldRow(named("lead", "Lead officer"), context.said(report, "lead_words")),
        FieldRow("Date of this checkpoint report", report.as_at_on, DATE),
        FieldRow("Date of next checkpoint report", kept["next"]),
    )
    org, node = report.organisation.slug, report.node.slug
    location = f"{report.organisation_name}, {org}/{node}, {report.period_label or printed_date(report.as_at_on)}"
    url = f"{reverse('document', args=[CHECKPOINT, org, node])}?report={report.pk}"
    return CheckpointHead(Fields(rows), location, url)


def actions(context: ReportContext) -> Table:
    """Overall progress against the actions, each with its parts."""
    told = actions_of(context)
    refs = tuple(action.row.ref for action in told if action.row.ref)
    columns = (
        Column("ref", "Ref", width=6),
        Column("action", "Action", header=True, width=40),
        Column("owner", "Owner", width=16),
        Column("start", "Start date", DATE, width=10),
        Column("due", "Due date", DATE, width=13),
        Column("status", "Status", STATUS, width=12),
    )
    rows = [row for action in told for row in _action_rows(action, refs)]
    comments = [each for action in told for each in (action.row, *action.parts) if each.comment]
    notes = tuple(f"{row.ref or row.title}: {context.said(row, 'comment')}" for row in comments)
    return Table(columns, tuple(rows), notes=notes, empty="The work area has no actions.")


def _action_rows(action: Action, refs):
    row, said = action.row, action.context.said
    anchor = f"{action.context.report.node.slug}-{anchor_of(row.ref)}" if row.ref else ""
    yield {
        "anchor": anchor,
        "ref": row.ref,
        "action": _of_report(linked(said(row, "title"), refs, row.ref), action),
        "status": rated(row.status),
        **_dates(row, said),
    }
    for part in action.parts:
        words = _of_report(linked(f"– {said(part, 'title')}", refs, row.ref), action)
        yield {"ref": part.ref, "action": words, "status": mark_of(part.status), **_dates(part, said)}


def _of_report(words: str | References, action: Action) -> str | References:
    """Links to rows of this report: several reports of one plan may stand in one document."""
    if isinstance(words, str):
        return words
    slug = action.context.report.node.slug
    parts = (replace(part, anchor=f"{slug}-{part.anchor}") if part.anchor else part for part in words.parts)
    return References(tuple(parts), words.note)


def _dates(row, said) -> dict:
    return {
        "owner": said(row, "owner_words"),
        "start": day_or_words(row, "start"),
        "due": day_or_words(row, "actual") or day_or_words(row, "finish"),
    }


def changes(context: ReportContext) -> ProposedChanges:
    """The changes proposed to the plan, and to a service or a policy, with the way of decision of each."""
    if context.report.is_frozen:
        rows = context.rows(ProposedChange)
    else:
        rows = [row for row in proposed_changes(context.report) if context.sees_exempt or not context.is_exempt(row)]
    shown = () if context.report.state == ReportState.PUBLISHED else rows  # readers do not come to change control
    urls = tuple((f"Change {row.ref}: {row.title}", reverse("change", args=[row.change_request_id])) for row in shown)
    return ProposedChanges(_change_table(context, rows, About.PLAN), _change_table(context, rows, About.SERVICE), urls)


def _change_table(context, rows, about) -> Table:
    columns = (
        Column("ref", "Change", width=8),
        Column("item", "What is to change", header=True, width=20),
        Column("description", "Change proposed", width=24),
        Column("reasons", "Why it is necessary", width=24),
        Column("route", "Way of decision", width=24),
    )
    told = tuple(
        {
            "ref": row.ref,
            "item": context.said(row, "title"),
            "description": context.said(row, "description"),
            "reasons": context.said(row, "justification"),
            "route": f"{row.state_words}. {row.route_words or 'One decision, recorded by the PMO'}.",
        }
        for row in rows
        if row.about == about
    )
    label = About(about).label
    return Table(columns, told, caption=label, empty=f"{label}: none is proposed.", sheet=label)


FILLED: dict[str, tuple[str, Callable]] = {
    "project-detail": ("checkpoint-head", head),
    "milestones": ("milestones", actions),
    "changes-proposed": ("changes-proposed", changes),
}


def _drawn_sections(context: ReportContext, level: int) -> list[Section]:
    """The sections of a report's template that it covers, in their order; free text as its template says."""
    told = []
    for key, section in context.sections.items():
        if key in FILLED:
            template, content = FILLED[key]
        elif key in NOTICE_SECTIONS:
            template, content = "notices", fill.notices(key)
        elif section.options.get("kind") == "narrative" or key == "commentary":
            template, content = "commentary", fill.narrative(key)
        else:
            continue
        told.append(Section(template, section.title, _filled_from(context, content), level=level))
    return told


def _filled_from(context: ReportContext, content: Callable) -> Callable:
    """The content of a section drawn from its own report, in a document of several."""
    return lambda _document: content(context)


def _missing_words(context: ReportContext) -> str:
    """What the report does not speak of; what is not covered is unknown, never nothing."""
    every = list(context.report.template.sections.all())
    missing = [section.title.lower() for section in every if section.key not in context.sections]
    return f"Not reported: {', '.join(missing)}." if missing else ""


def area_head(context: ReportContext) -> Callable:
    """The head of one report among several."""
    return lambda _document: replace_notes(head(context), _missing_words(context))


def replace_notes(told: CheckpointHead, words: str) -> CheckpointHead:
    return replace(told, fields=replace(told.fields, notes=(words,))) if words else told


def status_key(context: CheckpointContext) -> Table | None:
    """What the statuses of actions mean."""
    return plan_key(context)


KEY = Section("status-key", "What the statuses mean", status_key)
DOCUMENT = register(Document(CHECKPOINT, "Checkpoint report", (KEY,)))


def built_checkpoint(report: Report, *, sees_exempt: bool, day: date) -> BuiltDocument:
    """One checkpoint report."""
    context = context_of(report, "Checkpoint report", sees_exempt=sees_exempt, day=day)
    drawn = _drawn_sections(context, 2)
    if drawn and drawn[0].key == "checkpoint-head":
        drawn[0] = replace(drawn[0], content=area_head(context))
    document = CheckpointContext(context.masthead, plan_statuses(report.organisation))
    return build(replace(DOCUMENT, sections=(*drawn, KEY)), document)


def built_checkpoints(
    node: Node, *, published: bool, sees_exempt: bool, period: str = "", meaning: str = ""
) -> BuiltDocument:
    """The newest checkpoint report of every work area of a node, or those of a period, one after another."""
    found = areas_of(node, published=published, sees_exempt=sees_exempt, period=period, meaning=meaning)
    reports = [report for report in found.of_period if report.template.document == CHECKPOINT]
    day = timezone.localdate()
    if not reports:
        asked = f" for {found.at.label}" if found.at else " yet"
        raise NoSuchReport(f"{node.title} has no checkpoint report{asked}.")
    if len(reports) == 1:
        built = built_checkpoint(reports[0], sees_exempt=sees_exempt, day=day)
        return replace(built, masthead=replace(built.masthead, stands_as=f"As at {found.at.words}" if found.at else ""))
    masthead = masthead_of_areas(found, "Checkpoint reports", sees_exempt=sees_exempt)
    sections: list[Section] = []
    for report in reports:
        context = ReportContext(report, masthead, sees_exempt, day)
        marking = f" ({report.marking})" if report.marking else ""
        title = f"{report.reference}. {report.title}" if report.reference else report.title
        sections.append(Section("checkpoint-head", f"{title}{marking}", area_head(context)))
        sections += [each for each in _drawn_sections(context, 3) if each.key != "checkpoint-head"]
    document = CheckpointContext(masthead, plan_statuses(node.organisation))
    return build(replace(DOCUMENT, sections=(*sections, KEY)), document)
