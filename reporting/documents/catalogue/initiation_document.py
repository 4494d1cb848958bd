"""The project initiation document: its versions with their sign-off, and every section of the version in force."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from projects.actions.printed_heads import checkpoint_head
from projects.models import Baseline, Node, NodeBaseline, PlanItemUpdate, Report, ReportTemplate, RiskAssessment
from reporting.documents.catalogue.passages import blocks_of, small_table
from reporting.documents.catalogue.report_context import rated
from reporting.documents.contents import (
    DATE,
    Column,
    FieldRow,
    Fields,
    Narrative,
    Paragraph,
    Passage,
    Table,
    WrittenDay,
    printed_date,
)
from reporting.documents.document import BuiltDocument, Document, Masthead, Section, build, register
from reporting.plans import checkpoint_series
from reporting.queries import NoSuchReport

NAME = "pid"
CELL = "|"  # parts the cells of a line; lines that all have it are a table whose first line heads it
NOT_SIGNED_OFF = "Not stated"


@dataclass(frozen=True)
class InitiationContext:
    """A version of the document, with all versions entered so far, the first one first."""

    masthead: Masthead
    node: Node
    version: NodeBaseline
    versions: tuple[NodeBaseline, ...]
    checkpoints: tuple[Report, ...]
    register: Report | None  # the report whose risk register stands


@dataclass(frozen=True)
class InitiationSection:
    """A section as written, and what the portal knows of it today; `links` are (words, address), for the page."""

    narrative: Narrative
    today: Table | None = None
    links: tuple[tuple[str, str], ...] = ()

    @property
    def tables(self) -> tuple[Table, ...]:
        return (*self.narrative.tables, *((self.today,) if self.today else ()))


# ---- document control ----


def head(context: InitiationContext) -> Fields:
    """Who owns the project and who manages it."""
    node = context.node
    managers = checkpoint_series(node).exclude(node__sponsor_post=None).exclude(node=node)
    titles = dict.fromkeys(managers.order_by("node__path").values_list("node__sponsor_post__title", flat=True))
    rows = (
        ("Project sponsor", str(node.sponsor_post or "")),
        ("Senior responsible owner", str(node.lead_post or "")),
        ("Project manager/coordinator", ", ".join(titles)),
        ("Start", context.version.start_words),
        ("Finish", context.version.finish_words),
    )
    return Fields(tuple(FieldRow(label, words) for label, words in rows if words))


def control(context: InitiationContext) -> Table:
    """Every version: its date, what it is, its author, and who signed it off when."""
    columns = (
        Column("version", "Version", header=True, width=9),
        Column("date", "Date", DATE, width=12),
        Column("description", "Description"),
        Column("author", "Author", width=22),
        Column("signed", "Date signed off", width=19),
        Column("state", "State", width=12),
    )
    rows = tuple(
        {
            "version": str(each.number),
            "date": WrittenDay(each.document_on_words, each.document_on_on) if each.document_on_words else None,
            "description": each.label,
            "author": each.author_words,
            "signed": signed_off(each),
            "state": each.get_state_display(),
        }
        for each in context.versions
    )
    return Table(columns, rows)


def signed_off(version: NodeBaseline) -> str:
    """When it was signed off as its author wrote it, else by whom its change request was approved."""
    if version.signed_off_words:
        return version.signed_off_words
    if version.change_request is None:
        return NOT_SIGNED_OFF
    approvals = [each for each in version.change_request.approvals.all() if each.is_approval]
    told = (f"{each.board or each.step or each.by}, {printed_date(each.at.date())}" for each in approvals)
    return "; ".join(told) or NOT_SIGNED_OFF


# ---- the sections ----


def written(text: str) -> Narrative:
    """Paragraphs, "# " headings, "- " bullets, and tables of lines with cells parted by |."""
    passages: list[tuple[str, list[Paragraph], list[Table]]] = [("", [], [])]
    for heading, words, bullets in blocks_of(text):
        lines = words.split("\n")
        if heading:
            passages.append((heading, [], []))
        elif len(lines) > 1 and all(CELL in line for line in lines):
            passages[-1][2].append(small_table(_cells(lines)))
            passages.append(("", [], []))
        else:
            passages[-1][1].append(Paragraph(words, "", bullets))
    return Narrative(
        tuple(
            Passage(tuple(paragraphs), heading, tuple(tables))
            for heading, paragraphs, tables in passages
            if heading or paragraphs or tables
        ),
        empty="Not written yet.",
    )


def _cells(lines: list[str]) -> dict:
    """Lines as the columns and rows of a table, each row as long as the heading."""
    split = [[cell.strip() for cell in line.split(CELL)] for line in lines]
    wide = len(split[0])
    return {"columns": split[0], "rows": [(row + [""] * wide)[:wide] for row in split[1:]]}


def sections(context: InitiationContext) -> list[tuple[str, InitiationSection]]:
    """Each section of the version under its heading, with what stands today where the portal knows it."""
    told = []
    for line in context.version.sections.all():
        add = TODAY.get(line.key)
        table, links = add(context) if add else (None, ())
        told.append((line.heading, InitiationSection(written(line.text), table, tuple(links))))
    return told


def _plan_today(context: InitiationContext):
    """How many actions the plan has now."""
    if not context.checkpoints:
        return None, ()
    items = PlanItemUpdate.objects.filter(report__in=context.checkpoints, plan_item__parent=None, is_removed=False)
    words = f"Project plan: {items.count()} actions in {len(context.checkpoints)} work areas"
    return None, ((words, _address(context, "project-plan")),)


def _risks_today(context: InitiationContext):
    """The newest risk matrix, and how many risks stand in each band, the gravest first."""
    report = context.register
    if report is None:
        return None, ()
    risks = RiskAssessment.objects.of(report).present().select_related("residual_band")
    graver = sorted(risks, key=lambda risk: -risk.residual_band.severity if risk.residual_band else 1)
    bands = Counter(rated(risk.residual_band).label for risk in graver)
    told = ", ".join(f"{number} {band.lower()}" for band, number in bands.items()) or "no risks"
    period = report.period_label or printed_date(report.as_at_on)
    return None, ((f"Risk register, {period}: {told}", _address(context, "risk-register")),)


def _reports_today(context: InitiationContext):
    """The newest checkpoint report of every work area."""
    columns = (
        Column("area", "Work area", header=True),
        Column("newest", "Newest checkpoint report", width=30),
        Column("next", "Next", width=20),
    )
    rows = tuple(
        {
            "area": f"{report.reference}. {report.title}" if report.reference else report.title,
            "newest": report.period_label or printed_date(report.as_at_on),
            "next": checkpoint_head(report)["next"],
        }
        for report in context.checkpoints
    )
    if not rows:
        return None, ()
    table = Table(columns, rows, caption="Newest reports", sheet="Checkpoint reports")
    return table, (("Checkpoint reports of every work area", _address(context, "checkpoint")),)


# What the portal adds to a section, by its key.
TODAY: dict[str, Callable] = {
    "plans": _plan_today,
    "risk-management": _risks_today,
    "progress-reports": _reports_today,
}


def _address(context: InitiationContext, name: str) -> str:
    return reverse("document", args=[name, context.node.organisation.slug, context.node.slug])


INITIATION_DOCUMENT = register(
    Document(
        NAME,
        "Project initiation document",
        (
            Section("project-detail", "Who answers for it", head),
            Section("status-key", "Document control and approvals", control),
            Section("initiation-section", "Section", sections, many=True),
        ),
    )
)


def built_initiation_document(node: Node, *, day: date | None = None, words: str = "") -> BuiltDocument:
    """The version in force, or the one that was on a day; NoSuchReport where there is none."""
    entered = NodeBaseline.objects.filter(node=node).exclude(state=Baseline.State.REJECTED)
    entered = entered.select_related("change_request").prefetch_related(
        "sections", "change_request__approvals__board", "change_request__approvals__step__post"
    )
    versions = list(entered.order_by("number"))
    version = next((each for each in reversed(versions) if _is_in_force(each, day)), None)
    if version is None:
        raise NoSuchReport(f"{node.title} has no initiation document{f' for {words}' if words else ' yet'}.")
    name = _title(node)
    since = printed_date(version.in_force_from.date())
    masthead = Masthead(
        title=f"{name}: {node.title}",
        organisation_name=node.organisation.name,
        subtitle=f"Version {version.number}",
        as_at=f"in force from {since}",
        stands_as=f"As at {words}" if words else "",
        file_stem=f"{name} - {node.title} - version {version.number}",
        made_on=version.in_force_from.date(),
    )
    checkpoints = Report.objects.filter(pk__in=checkpoint_series(node).values("current")).order_by("node__path")
    kept = node.headline_series.current if node.headline_series else None
    has_risks = kept is not None and RiskAssessment.objects.of(kept).present().exists()
    return build(
        INITIATION_DOCUMENT,
        InitiationContext(
            masthead,
            node,
            version,
            tuple(versions),
            tuple(checkpoints.select_related("node__parent__lead_post", "series")),
            kept if has_risks else None,
        ),
    )


def _is_in_force(version: NodeBaseline, day: date | None) -> bool:
    if day is None:
        return version.state == Baseline.State.IN_FORCE
    began, ended = version.in_force_from, version.in_force_to
    return began is not None and began.date() <= day and (ended is None or ended.date() > day)


def _title(node: Node) -> str:
    """What the council calls the document."""
    mine = ReportTemplate.objects.filter(organisation=node.organisation_id, document=NAME, is_archived=False)
    return mine.values_list("name", flat=True).first() or INITIATION_DOCUMENT.title
