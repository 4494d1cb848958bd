"""The portfolio update: what each programme beneath a node is for, how it goes, and its milestones in words."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from django.db.models import F, Q
from django.utils import timezone

from projects.actions.reports import for_tier, is_narrative
from projects.as_at import AsAt, NoSuchDay, as_at
from projects.models import Narrative as NarrativeRow
from projects.models import Node, NodeAlias, PlanItemUpdate, Report, ReportState, Series, TemplateSection
from projects.models.base import exempt_now, with_related
from projects.models.reports import NAMES_MARK
from projects.rules.kinds import Kind
from projects.rules.tree import depth, parent_path, subtree_range
from reporting.documents.catalogue.report_context import (
    EXEMPT,
    WITHHELD,
    ReportContext,
    masthead_of,
    rated,
    written_day,
)
from reporting.documents.catalogue.severity import where_schemes_meet
from reporting.documents.contents import (
    DATE,
    NUMBER,
    STATUS,
    Column,
    Narrative,
    Paragraph,
    StatusMark,
    Table,
    printed_date,
)
from reporting.documents.document import BuiltDocument, Document, Masthead, Section, build, register
from reporting.queries import NoSuchReport

NAME = "portfolio-update"
NUMBERED = re.compile(r"\D*(\d+)")
USUAL_LABELS = {
    "theme": "Project",
    "title": "Milestone",
    "end": "Date",
    "status": "Status",
    "comment": "Progress and risks to delivery",
}


# ---- what is drawn ----


@dataclass(frozen=True)
class PlanRow:
    """A milestone. `spans`: over how many rows its update reaches, 0 where one above does.

    `speaker` is the milestone whose update speaks for this one too, "" where it has its own or none.
    """

    title: str
    when: str
    on: date | None
    status: StatusMark
    is_done: bool
    update: str
    spans: int = 1
    speaker: str = ""
    scheme: int | None = None  # of its status

    @property
    def others(self) -> int:
        """How many milestones below this one the update speaks for."""
        return self.spans - 1

    @property
    def stays_with_next(self) -> bool:
        """Whether the row below must be on the same page: a shared update is not torn."""
        return self.spans > 1


@dataclass(frozen=True)
class PlanGroup:
    """The milestones of one project within a programme; without a heading those of the programme itself."""

    heading: str
    rows: tuple[PlanRow, ...]


@dataclass(frozen=True)
class Passage:
    """A text of a programme under its label."""

    label: str
    paragraphs: tuple[Paragraph, ...]


@dataclass(frozen=True)
class Programme:
    """One programme as its report of the day prints it. `missing` says in a sentence that there is none."""

    title: str
    known_as: str
    above: tuple[str, ...]  # the names of what stands between the document's node and the programme, the highest first
    order: tuple
    missing: str = ""
    as_of: str = ""  # the period it is of, where a day is drawn on which the programmes' newest reports differ
    passages: tuple[Passage, ...] = ()
    groups: tuple[PlanGroup, ...] = ()
    labels: dict = field(default_factory=lambda: dict(USUAL_LABELS))
    shows_status: bool = True
    tables: tuple[Table, ...] = ()  # its milestones stand in the workbook with those of all

    @property
    def rows(self) -> tuple[PlanRow, ...]:
        return tuple(row for group in self.groups for row in group.rows)

    @property
    def columns(self) -> int:
        return 4 if self.shows_status else 3

    @property
    def portfolio(self) -> str:
        return ", ".join(self.above)


@dataclass(frozen=True)
class Summary:
    """How much is reported: sentences and, of several portfolios, a table; `book` are the workbook's tables."""

    sentences: tuple[str, ...]
    drawn: Table | None
    book: tuple[Table, ...]

    @property
    def tables(self) -> tuple[Table, ...]:
        return self.book


@dataclass(frozen=True)
class Heading:
    """A portfolio's heading; its programmes follow as sections below it."""

    tables: tuple[Table, ...] = ()


@dataclass(frozen=True)
class UpdateContext:
    masthead: Masthead
    at: AsAt
    programmes: tuple[Programme, ...]

    @property
    def portfolios(self) -> dict[str, list[Programme]]:
        found: dict[str, list[Programme]] = {}
        for programme in self.programmes:
            found.setdefault(programme.portfolio, []).append(programme)
        return found


# ---- reading the record ----


def programmes_as_at(node: Node, at: AsAt, *, sees_exempt: bool) -> tuple[list[Programme], list[Report], bool]:
    """The programmes at and beneath `node` that make this report, in printed order; the reports that are drawn, and
    whether anything exempt is.

    The number of queries is the same however many programmes there are.
    """
    today = timezone.localdate()  # exemptions end by the real date
    standing = _beneath(node, at.reports().filter(template__document=NAME), "node_path")
    reports = list(_open_to(standing, sees_exempt, today, at).select_related("template", "period", "node"))
    drawn = [report for report in reports if at.speaks_of(report)]
    older = {report.series_id: report for report in reports if not at.speaks_of(report)}
    series = _beneath(node, Series.objects.filter(template__document=NAME, is_archived=False), "node__path")
    series = series.filter(Q(node__created_at__lte=at.until) | Q(pk__in=older))
    silent = [
        each
        for each in _open_to(series, sees_exempt, today, at).select_related("node")
        if each.pk not in {report.series_id for report in drawn}
    ]
    hidden = _Hidden(sees_exempt, today)
    programmes = _programmes(drawn, node, hidden)
    if len({report.as_at_on for report in drawn}) > 1:
        of = {report.node_path: report.period_label or printed_date(report.as_at_on) for report in drawn}
        programmes = [replace(each, as_of=f"As reported for {of[each.order[-1]]}.") for each in programmes]
    names = NodeAlias.objects.filter(organisation=node.organisation_id, document=NAME).order_by("-pk")
    aliases = dict(names.values_list("node_id", "printed_as"))
    programmes += [_missing(each, older.get(each.pk), at, node, aliases) for each in silent]
    programmes.sort(key=lambda programme: programme.order)
    return programmes, drawn, hidden.was_met or any(report.node.is_exempt for report in drawn)


def _programmes(reports: Sequence[Report], node: Node, hidden: "_Hidden") -> list[Programme]:
    """What the reports print, as seen from `node`."""
    texts, plans = _rows(NarrativeRow, reports), _rows(PlanItemUpdate, reports, "plan_item", "status__scheme")
    sections: dict[int, list] = {}
    templates = {report.template_id for report in reports}
    for section in TemplateSection.objects.filter(template__in=templates).prefetch_related("tiers"):
        sections.setdefault(section.template_id, []).append(section)
    return [
        _programme(
            report,
            node,
            sections.get(report.template_id, ()),
            texts.get(report.pk, ()),
            plans.get(report.pk, ()),
            hidden,
        )
        for report in reports
    ]


def _beneath(node: Node, rows, path: str):
    low, high = subtree_range(node.path)
    return rows.filter(organisation=node.organisation_id, **{f"{path}__gte": low, f"{path}__lt": high})


def _open_to(rows, sees_exempt: bool, today: date, at: AsAt):
    """Those of nodes in use then, without exempt nodes for who may not see them."""
    in_use = Q(node__is_archived=False)
    if not at.published:
        in_use |= Q(node__archived_at__gt=at.until)
    rows = rows.filter(in_use)
    return rows if sees_exempt else rows.exclude(exempt_now(today, "node__"))


def _rows(model, reports: Sequence[Report], *related) -> dict[int, list]:
    """{report: its rows of a table in their order}; exempt ones are there too, for what hangs on them."""
    found: dict[int, list] = {}
    rows = model.objects.filter(report__in=[report.pk for report in reports]).present()
    for row in with_related(rows, related).order_by("order", "pk"):
        found.setdefault(row.report_id, []).append(row)
    return found


class _Hidden:
    """What a reader may not see, and whether anything exempt was met on the way."""

    def __init__(self, sees_exempt: bool, today: date):
        self.sees_exempt, self.today, self.was_met = sees_exempt, today, False

    def hides(self, row) -> bool:
        is_exempt = row.is_exempt and (row.exempt_until is None or row.exempt_until > self.today)
        self.was_met |= is_exempt
        return is_exempt and not self.sees_exempt

    def said(self, row, *names: str) -> str:
        """The first of the fields that says something, or the word for why it is kept back."""
        for name in names:
            kind = row.marks.get(name, row.marks.get(f"{name}_words", {})).get("kind")
            if kind == "withheld":
                return WITHHELD
            if kind == "exempt":
                self.was_met = True
                if not self.sees_exempt:
                    return EXEMPT
            value = getattr(row, name)
            if isinstance(value, dict):
                day = written_day(row, name)
                value = day.words if day else ""
            if value:
                return value
        return ""


def _names(report: Report) -> tuple[str, list[str]]:
    """What the report prints as the name of its node and of each node above it, the highest first."""
    printed = report.marks.get(NAMES_MARK)
    return (printed["title"], printed["parents"]) if printed else (report.title, report.parent_titles)


def _place(path: str, title: str, order: int) -> tuple:
    """Programmes stand beneath their portfolio by the number in their printed title, else as the tree has them."""
    hit = NUMBERED.match(title)
    return parent_path(path), int(hit[1]) if hit else 0, order, path


def _programme(report: Report, node: Node, sections: Iterable, texts: list, plan: list, hidden: _Hidden) -> Programme:
    filled = {
        section.key: section for section in sections if for_tier(section, report) and report.covers_section(section.key)
    }
    said = {row.section: row for row in texts if row.text and not hidden.hides(row)}
    title, parents = _names(report)
    options = filled["milestones"].options if "milestones" in filled else {}
    return Programme(
        title,
        report.title,
        tuple(parents[depth(node.path) :]),
        _place(report.node_path, title, report.node.order),
        passages=tuple(
            Passage(section.title, Narrative.of(hidden.said(said[key], "text")).passages[0].paragraphs)
            for key, section in filled.items()
            if is_narrative(section) and key in said
        ),
        groups=_groups(plan, hidden) if "milestones" in filled else (),
        labels={**USUAL_LABELS, **options.get("labels", {})},
        shows_status=options.get("show_status", True),
    )


def _missing(series: Series, older: Report | None, at: AsAt, node: Node, aliases: dict) -> Programme:
    """A programme whose report of the period is not there: unknown, and not nothing."""
    place = series.node
    last = f" The last one known is of {older.period_label or older.as_at_on}." if older else ""
    if older:
        title, parents = _names(older)
    else:
        title, parents = aliases.get(place.pk, place.title), []
    return Programme(
        title,
        place.title,
        tuple(parents[depth(node.path) :]),
        _place(place.path, title, place.order),
        missing=f"Not reported for {at.label}.{last}",
    )


def _groups(plan: list[PlanItemUpdate], hidden: _Hidden) -> tuple[PlanGroup, ...]:
    """The milestones by project, in the order in which each project first appears."""
    by_theme: dict[str, list[PlanItemUpdate]] = {}
    for row in plan:
        by_theme.setdefault(row.theme, []).append(row)
    groups = (PlanGroup(theme, _plan_rows(rows, hidden)) for theme, rows in by_theme.items())
    return tuple(group for group in groups if group.rows)


def _plan_rows(rows: list[PlanItemUpdate], hidden: _Hidden) -> tuple[PlanRow, ...]:
    """The milestones of one project, those below an update that speaks for them too told whose it is.

    Where that one is kept from the reader, so is what it says of those below it.
    """
    told: list[PlanRow] = []
    speaker: int | None = None  # the place of the row that speaks; None: it is hidden, or there is none
    for row in rows:
        if hidden.hides(row):
            speaker = speaker if row.shares_comment else None
            continue
        planned = PlanRow(
            title=hidden.said(row, "title"),
            when=hidden.said(row, "actual", "finish"),
            on=row.actual_on or row.finish_on,
            status=rated(row.status),
            is_done=bool(row.status) and row.status.kind == Kind.DONE,
            update=hidden.said(row, "comment"),
            scheme=row.status.scheme_id if row.status else None,
        )
        if planned.when in (WITHHELD, EXEMPT):
            planned = replace(planned, on=None)
        if not row.shares_comment:
            speaker = len(told) if planned.update else None
        elif speaker is not None:
            first = told[speaker]
            told[speaker] = replace(first, spans=first.spans + 1)
            planned = replace(planned, update=first.update, spans=0, speaker=first.title)
        told.append(planned)
    return tuple(told)


# ---- the sections ----


def summary(context: UpdateContext) -> Summary:
    """How many programmes reported, and how many milestones they have; the workbook's tables."""
    programmes = context.programmes
    reported = [programme for programme in programmes if not programme.missing]
    rows = [row for programme in reported for row in programme.rows]
    sentences = [
        f"{len(reported)} of {_counted(len(programmes), 'programme')} reported for {context.at.label}: "
        f"{_counted(len(rows), 'milestone')}, {sum(row.is_done for row in rows)} of them complete."
    ]
    bare = [programme.title for programme in reported if not programme.rows]
    if bare:
        sentences.append(f"Without milestones: {'; '.join(bare)}.")
    drawn = _by_portfolio(context) if len(context.portfolios) > 1 else None
    book = filter(None, (drawn, _programme_sheet(context), _plan_sheet(context)))
    return Summary(tuple(sentences), drawn, tuple(book))


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _by_portfolio(context: UpdateContext) -> Table:
    columns = (
        Column("portfolio", "Portfolio", header=True),
        Column("programmes", "Programmes reported", width=18),
        Column("milestones", "Milestones", NUMBER, width=15),
        Column("complete", "Complete", NUMBER, width=15),
    )
    rows = tuple({"portfolio": name or "Of its own", **_counts(each)} for name, each in context.portfolios.items())
    total = {"portfolio": "Total", **_counts(context.programmes)}
    return Table(columns, rows, caption="Programmes and milestones by portfolio", totals=(total,), sheet="Portfolios")


def _counts(programmes: Sequence[Programme]) -> dict:
    rows = [row for programme in programmes for row in programme.rows]
    reported = sum(not programme.missing for programme in programmes)
    return {
        "programmes": f"{reported} of {len(programmes)}",
        "milestones": len(rows),
        "complete": sum(row.is_done for row in rows),
    }


def _programme_sheet(context: UpdateContext) -> Table:
    labels = dict.fromkeys(passage.label for each in context.programmes for passage in each.passages)
    columns = (
        Column("portfolio", "Portfolio"),
        Column("programme", "Programme", header=True),
        Column("known_as", "Known as"),
        Column("milestones", "Milestones", NUMBER),
        *(Column(f"text-{label}", label) for label in labels),
        Column("missing", "Not reported"),
    )
    rows = tuple(
        {
            "portfolio": each.portfolio,
            "programme": each.title,
            "known_as": each.known_as,
            "milestones": None if each.missing else len(each.rows),
            "missing": each.missing,
        }
        | {f"text-{passage.label}": _plain(passage) for passage in each.passages}
        for each in context.programmes
    )
    return Table(columns, rows, sheet="Programmes")


def _plain(passage: Passage) -> str:
    return "\n\n".join(paragraph.text for paragraph in passage.paragraphs)


def _plan_sheet(context: UpdateContext) -> Table:
    """Every milestone a row: a shared update stands beside each that it speaks for, and says so."""
    labels = next((each.labels for each in context.programmes if each.groups), USUAL_LABELS)
    has_status = any(each.shows_status for each in context.programmes if each.groups)
    columns = (
        Column("portfolio", "Portfolio"),
        Column("programme", "Programme"),
        Column("theme", labels["theme"]),
        Column("title", labels["title"], header=True),
        Column("when", labels["end"]),
        Column("on", "Read as, at the latest", DATE),
        *((Column("status", labels["status"], STATUS),) if has_status else ()),
        Column("update", labels["comment"]),
        Column("speaker", "Said together with"),
    )
    rows = tuple(
        {
            "portfolio": each.portfolio,
            "programme": each.title,
            "theme": group.heading,
            "title": row.title,
            "when": row.when,
            "on": row.on,
            "status": row.status,
            "update": row.update,
            "speaker": row.speaker,
        }
        for each in context.programmes
        for group in each.groups
        for row in group.rows
    )
    return Table(columns, rows, sheet="Milestones", empty="No milestones are reported.")


PORTFOLIO_UPDATE = register(
    Document(
        NAME,
        "Portfolio update",
        (
            Section("update-summary", "How much is reported", summary),
            Section("update-portfolio", "Portfolio", lambda _: None),
            Section("update-programme", "Programme", lambda _: None, level=3),
        ),
    )
)


def _sections(context: UpdateContext) -> Iterable[Section]:
    """The summary, then a section for each programme; of several portfolios under a heading for each."""
    yield PORTFOLIO_UPDATE.sections[0]
    has_portfolios = len(context.portfolios) > 1
    for name, programmes in context.portfolios.items():
        is_headed = has_portfolios and bool(name)
        if is_headed:
            yield Section("update-portfolio", name, lambda _: Heading())
        for each in programmes:
            yield Section("update-programme", each.title, lambda _, each=each: each, level=3 if is_headed else 2)


def schemes_listed(context: UpdateContext) -> set[int | None]:
    """The schemes of the statuses that milestones are listed with and counted by."""
    return {row.scheme for programme in context.programmes if programme.shows_status for row in programme.rows}


def built_portfolio_update(
    node: Node, *, published: bool, sees_exempt: bool, period: str = "", meaning: str = ""
) -> BuiltDocument:
    """The update of everything at and beneath `node` in a period or at a day, else in the newest period reported.

    NoSuchReport where there is nothing to draw.
    """
    at = _asked(node, period, meaning, published)
    programmes, reports, has_exempt = programmes_as_at(node, at, sees_exempt=sees_exempt)
    if not reports:
        kind = "published" if published else "approved"
        raise NoSuchReport(f"{node.title} has no {kind} portfolio update for {at.label}.")
    masthead = _masthead(node, at, reports, period, shows_exempt=has_exempt and sees_exempt)
    context = UpdateContext(masthead, at, tuple(programmes))
    meet = where_schemes_meet(lambda _: node.organisation, schemes_listed)
    return build(replace(PORTFOLIO_UPDATE, sections=(*_sections(context), meet)), context)


def built_update(report: Report, *, sees_exempt: bool, day: date) -> BuiltDocument:
    """One programme's report on a page of its own; `day` is the one by which exemptions have ended."""
    hidden = _Hidden(sees_exempt, day)
    (programme,) = _programmes([report], report.node, hidden)
    shows_exempt = sees_exempt and hidden.was_met
    masthead = masthead_of(report, "Portfolio update", sees_exempt=sees_exempt, has_exempt=shows_exempt)
    section = Section("update-programme", programme.title, lambda _: programme)
    return build(replace(PORTFOLIO_UPDATE, sections=(section,)), ReportContext(report, masthead, sees_exempt, day))


def _asked(node: Node, period: str, meaning: str, published: bool) -> AsAt:
    newest = (
        _beneath(node, Report.objects.filter(template__document=NAME), "node__path")
        .filter(pk=F("series__published") if published else F("series__current"))
        .select_related("series", "period")
        .order_by("-as_at_on")
        .first()
    )
    if newest is None:
        kind = "published" if published else "approved"
        raise NoSuchReport(f"{node.title} has no {kind} portfolio update yet.")
    words = period or (newest.period.slug if newest.period else newest.as_at_on.isoformat())
    try:
        return as_at(words, meaning, node.organisation, published=published, now=timezone.now(), series=newest.series)
    except NoSuchDay as unknown:
        raise NoSuchReport(str(unknown)) from unknown


def _masthead(node: Node, at: AsAt, reports: Sequence[Report], period: str, *, shows_exempt: bool) -> Masthead:
    """A portfolio goes by the name that its programmes' reports print for it."""
    level = depth(node.path)
    names = (_names(report)[1] for report in reports if depth(report.node_path) > level)
    printed = next((parents[level - 1] for parents in names if len(parents) >= level), node.title)
    title = printed if printed != node.title else f"Portfolio update: {node.title}"
    marking = ", ".join(sorted({report.marking for report in reports if report.marking}))
    if not all(report.state == ReportState.PUBLISHED for report in reports):
        marking = "NOT ALL OF THIS IS PUBLISHED"
    if shows_exempt:
        marking = "NOT FOR PUBLICATION: CONTAINS EXEMPT INFORMATION"
    return Masthead(
        title=title,
        organisation_name=node.organisation.name,
        subtitle=f"{at.label} update",
        marking=marking,
        as_at=f"as at {at.day.day} {at.day:%B %Y}",
        stands_as=f"As at {at.words}" if period else "",
        file_stem=f"Portfolio update - {node.title} - {at.label}",
        made_on=at.day,
    )
