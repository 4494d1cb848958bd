"""Programmes and the projects beneath them: each states its own status, to be read beside those of the others."""

from dataclasses import dataclass

from projects.models import Node
from reporting.documents.catalogue.portfolio_status import (
    SIGNS,
    StatusContext,
    key,
    masthead_of_savings,
    saving_columns,
)
from reporting.documents.catalogue.report_context import NOT_RATED, mark_of, rated
from reporting.documents.catalogue.severity import where_schemes_meet
from reporting.documents.contents import STATUS, TEXT, THOUSANDS, Column, Narrative, StatusMark, Table
from reporting.documents.document import BuiltDocument, Document, Section, build, register
from reporting.programmes import DOCUMENT, Programme, comments_of, programmes_as_at
from reporting.queries import NoSuchReport
from reporting.savings import savings_as_at


@dataclass(frozen=True)
class ProgrammeContext(StatusContext):
    """Programmes to be drawn; `comments` maps the reports of projects to what they say for their programme."""

    programmes: tuple[Programme, ...] = ()
    comments: dict | None = None


@dataclass(frozen=True)
class ProgrammePart:
    """One programme: what it is for, what it says of itself, and its projects. `tally` counts their statuses."""

    status: StatusMark
    trend: StatusMark | None
    tally: str
    overview: Narrative | None
    benefits: tuple[str, ...]
    comments: Narrative | None
    lines: Table | None

    @property
    def tables(self) -> tuple[Table, ...]:
        return (self.lines,) if self.lines else ()


@dataclass(frozen=True)
class Overview:
    """The table of all programmes; the workbook has what they say of themselves beside it."""

    table: Table
    words: Table

    @property
    def tables(self) -> tuple[Table, ...]:
        return self.table, self.words


def overview(context: ProgrammeContext) -> Overview:
    """Every programme with its statuses, trend and savings."""
    return Overview(_statuses(context), _words(context))


def _statuses(context: ProgrammeContext) -> Table:
    """A row a programme, those beneath another indented: statuses, trend and savings."""
    savings, beat = context.savings, context.beat
    columns = (
        Column("ref", "Ref", width=6),
        Column("programme", "Programme", header=True),
        Column("before", f"Status (last {beat})", STATUS, width=8),
        Column("status", f"Status (this {beat})", STATUS, width=8),
        Column("trend", "Trend", STATUS, width=7),
        *saving_columns(savings, 5),
    )
    rows = tuple(
        {
            "ref": each.reference,
            "programme": f"{'– ' * each.depth}{each.title}",
            "before": mark_of(each.before),
            "status": rated(each.status),
            "trend": mark_of(each.trend),
            **each.sums,
        }
        for each in context.programmes
    )
    return Table(columns, rows, caption=SIGNS, sheet="Programmes")


def parts(context: ProgrammeContext) -> list[tuple[str, ProgrammePart]]:
    """A part for each programme, under its reference and title."""
    return [(f"{each.reference} {each.title}".strip(), _part(context, each)) for each in context.programmes]


def _part(context: ProgrammeContext, programme: Programme) -> ProgrammePart:
    said = programme.texts
    return ProgrammePart(
        rated(programme.status),
        mark_of(programme.trend),
        _tally(programme),
        _narrative(said.get("overview", "")),
        tuple(line.strip() for line in said.get("example-benefits", "").splitlines() if line.strip()),
        _narrative(said.get("commentary", "")),
        _lines(context, programme),
    )


def _narrative(text: str) -> Narrative | None:
    return Narrative.of(text) if text.strip() else None


def _tally(programme: Programme) -> str:
    """How the projects stand that the programme's own status is read beside."""
    if not programme.lines:
        return ""
    counts = ", ".join(f"{number} {status.label}" for status, number in programme.counted)
    missing = sum(not project.is_reported for project in programme.lines)
    noun = "project" if len(programme.lines) == 1 else "projects"
    said = f"Its {len(programme.lines)} {noun}: {counts or 'none rated'}"
    return f"{said}; {missing} not reported." if missing else f"{said}."


def _lines(context: ProgrammeContext, programme: Programme) -> Table | None:
    """The projects of a programme with their own statuses."""
    if not programme.lines:
        return None
    columns = (
        Column("code", "Code", width=6),
        Column("status", "Project status", STATUS, width=14),
        Column("project", "Project", header=True, width=22),
        Column("target", "Target, all years (£000)", THOUSANDS, width=8),
        Column("net", "Net at risk (£000)", THOUSANDS, width=8),
        Column("comment", "Comment", TEXT),
    )
    rows = tuple(
        {
            "code": project.status.code if project.status else "",
            "status": mark_of(project.status) or (NOT_RATED if project.is_reported else NOT_REPORTED),
            "project": project.title,
            "target": project.sums.get("target"),
            "net": project.sums.get("net"),
            "comment": context.comments.get(project.report, ""),
        }
        for project in programme.lines
    )
    sheet = f"{programme.reference or programme.title} projects"
    return Table(columns, rows, caption="Projects, each with its own status", sheet=sheet)


NOT_REPORTED = StatusMark("Not reported", "ring", "grey", "not_rated")


def _words(context: ProgrammeContext) -> Table:
    """What the programmes say of themselves; on the page it stands in each part."""
    columns = (
        Column("ref", "Ref"),
        Column("programme", "Programme", header=True),
        Column("overview", "Brief overview"),
        Column("benefits", "Example benefits"),
        Column("comments", "Comments"),
    )
    rows = tuple(
        {
            "ref": each.reference,
            "programme": each.title,
            "overview": each.texts.get("overview", ""),
            "benefits": each.texts.get("example-benefits", ""),
            "comments": each.texts.get("commentary", ""),
        }
        for each in context.programmes
    )
    return Table(columns, rows, sheet="Overviews and comments")


def statuses_listed(context: ProgrammeContext) -> list:
    """Of programmes and of the projects beneath them, whose counts stand beside the programme's own status."""
    listed = [each for programme in context.programmes for each in (programme, *programme.lines)]
    return [status for each in listed for status in (each.before, each.status)]


PROGRAMME_STATUS = register(
    Document(
        DOCUMENT,
        "Programme status report",
        (
            Section("status-key", "Status key", key),
            Section("programme-overview", "Programmes", overview),
            Section("programme-part", "Programme", parts, many=True),
            where_schemes_meet(lambda context: context.savings.node.organisation, statuses_listed),
        ),
        landscape=True,
    )
)


def built_programme_status(
    node: Node, *, published: bool, sees_exempt: bool, period: str = "", meaning: str = ""
) -> BuiltDocument:
    """The programmes at and beneath `node` in a period or at a day, else in the newest reported; NoSuchReport."""
    savings = savings_as_at(
        node, published=published, sees_exempt=sees_exempt, period=period, meaning=meaning, document=DOCUMENT
    )
    programmes = programmes_as_at(savings, sees_exempt=sees_exempt)
    if not programmes:
        raise NoSuchReport(f"No programme of {node.title} has a report for {savings.at.label}.")
    comments = comments_of([project for each in programmes for project in each.lines], sees_exempt=sees_exempt)
    masthead = masthead_of_savings(savings, "Programme Status Report", is_asked=bool(period))
    return build(PROGRAMME_STATUS, ProgrammeContext(savings, masthead, tuple(programmes), comments))
