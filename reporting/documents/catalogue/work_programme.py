"""The work programme of a committee by meeting, and the council's forward plan with the notice of key decisions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from projects.clock import today_for
from projects.models import Board, CommitteeReport, CommitteeReportSection, Organisation, WorkProgrammeItem
from projects.models.base import exempt_now
from projects.rules.cover import Part, part_of
from projects.work_programme import (
    COLUMNS,
    by_heading,
    day_of,
    heading_of,
    is_exempt_on,
    lines_of,
    notice_on_line,
    place_of,
)
from reporting.documents.catalogue.passages import small_table
from reporting.documents.contents import Column, Narrative, Table, printed_date
from reporting.documents.document import BuiltDocument, Document, Masthead, Section, build, register
from reporting.queries import NoSuchReport

NOW = "now"  # asks for the work programme as it stands, not for the copy kept of it
EXEMPT_MARKING = "NOT FOR PUBLICATION: CONTAINS EXEMPT INFORMATION"


@dataclass(frozen=True)
class ProgrammeContext:
    """The tables of a work programme under their meetings, and what cannot be put under any heading."""

    masthead: Masthead
    meetings: tuple[tuple[str, Table], ...]


def meetings(context: ProgrammeContext) -> list[tuple[str, Table]]:
    """A section for each meeting."""
    return list(context.meetings)


def empty(context: ProgrammeContext) -> Narrative | None:
    """Said where nothing is planned."""
    return None if context.meetings else Narrative((), empty="No report is planned.")


WORK_PROGRAMME = register(
    Document(
        "work-programme",
        "Work programme",
        (Section("work-programme-meeting", "", meetings, many=True), Section("cover-section", "Work programme", empty)),
        landscape=True,
    )
)


def line_table(lines: Iterable[WorkProgrammeItem], today: date) -> Table:
    """Lines of one meeting; columns for notices and resolutions only where there are any."""
    lines = list(lines)
    columns = [
        Column("title", COLUMNS[0], header=True, width=25),
        Column("summary", COLUMNS[1], width=35),
        Column("lead", COLUMNS[2]),
        Column("author", COLUMNS[3]),
    ]
    if any(line.is_key_decision for line in lines):
        columns.append(Column("notice", "Key decision"))
    if any(line.resolutions.all() for line in lines):
        columns.append(Column("resolutions", "Resolution"))
    return Table(
        tuple(columns),
        tuple(
            {
                "title": line.title,
                "summary": line.summary,
                "lead": line.lead_officer_words,
                "author": line.author_words,
                "notice": notice_words(line, today),
                "resolutions": ", ".join(each.number for each in line.resolutions.all()) or "None",
            }
            for line in lines
        ),
    )


def notice_words(line: WorkProgrammeItem, today: date) -> str:
    """How the notice of a key decision stands; "No" for what is none."""
    if not line.is_key_decision:
        return "No"
    return f"Yes. {notice_on_line(line, today).because}"


@dataclass(frozen=True)
class KeptProgramme:
    """The copy of a work programme that a published report brought to its meeting."""

    report: CommitteeReport
    section: CommitteeReportSection

    @property
    def as_at(self) -> date:
        """The day as at which it was kept."""
        return date.fromisoformat(self.section.tables[0]["as_at"])


def kept_programmes(board: Board, *, sees_exempt: bool) -> list[KeptProgramme]:
    """The copies kept of a board's work programme, newest first; none with a report the reader may not see."""
    sections = CommitteeReportSection.objects.filter(
        report__meeting__board=board, report__state=CommitteeReport.State.PUBLISHED
    ).select_related("report__meeting", "report__node__organisation")
    if not sees_exempt:
        today = timezone.localdate()
        for prefix in ("", "report__", "report__node__"):
            sections = sections.exclude(exempt_now(today, prefix))
    kept = [
        KeptProgramme(each.report, each)
        for each in sections.order_by("pk")
        if part_of(each.key) is Part.WORK_PROGRAMME and each.tables
    ]
    return sorted(kept, key=lambda each: each.as_at, reverse=True)


def built_work_programme(board: Board, *, period: str, sees_exempt: bool) -> BuiltDocument:
    """The work programme: the newest copy kept, up to the day or of the report that `period` names, or as it stands.

    As it stands where `period` is "now", and where none is named and no copy was kept yet. NoSuchReport where no copy
    is old enough.
    """
    kept = kept_programmes(board, sees_exempt=sees_exempt)
    if period == NOW or (not period and not kept):
        return _as_it_stands(board, sees_exempt=sees_exempt)
    asked = _as_day(period)
    found = next(
        (
            each
            for each in kept
            if not period or each.report.slug == period or (asked is not None and each.as_at <= asked)
        ),
        None,
    )
    if found is None:
        raise NoSuchReport(f"No copy of the work programme of the {board.name} was kept by {period}.")
    tables = tuple((each["caption"], small_table({**each, "caption": ""})) for each in found.section.tables)
    return build(WORK_PROGRAMME, ProgrammeContext(_masthead(board, found.as_at), tables))


def _as_it_stands(board: Board, *, sees_exempt: bool) -> BuiltDocument:
    today, real = today_for(board.organisation), timezone.localdate()
    lines = lines_of(board)
    exempt = [line for line in lines if is_exempt_on(line, real)]
    shown = lines if sees_exempt else [line for line in lines if line not in exempt]
    masthead = _masthead(board, today, EXEMPT_MARKING if exempt and sees_exempt else "")
    tables = tuple((heading, line_table(group, today)) for heading, group in by_heading(shown).items())
    return build(WORK_PROGRAMME, ProgrammeContext(masthead, tables))


def _masthead(board: Board, as_at: date, marking="") -> Masthead:
    return Masthead(
        title=f"{board.name}: work programme",
        organisation_name=board.organisation.name,
        marking=marking,
        as_at=f"as at {printed_date(as_at)}",
        file_stem=f"Work programme - {board.name} - {printed_date(as_at)}",
        made_on=as_at,
    )


def _as_day(words: str) -> date | None:
    try:
        return date.fromisoformat(words)
    except ValueError:
        return None


# ---- the forward plan ----


@dataclass(frozen=True)
class PlanContext:
    """The lines to come of all a council's boards."""

    masthead: Masthead
    lines: tuple[WorkProgrammeItem, ...]
    today: date


def key_decisions(context: PlanContext) -> Table:
    """Key decisions to come, each with the last day on which its notice may be published."""
    columns = (
        Column("title", "Matter", header=True, width=20),
        Column("board", "Who decides"),
        Column("when", "When"),
        Column("summary", "What is to be decided", width=25),
        Column("lead", "Lead officer"),
        Column("due", "Notice by"),
        Column("notice", "How the notice stands", width=20),
    )
    rows = []
    for line in context.lines:
        if line.is_key_decision:
            notice = notice_on_line(line, context.today)
            due = printed_date(notice.due_on) if notice.due_on else ""
            rows.append({**_plan_row(line), "due": due, "notice": notice.because})
    return Table(columns, tuple(rows), empty="No key decision is planned.")


def other_reports(context: PlanContext) -> Table:
    """All else that committees expect."""
    columns = (
        Column("title", "Matter", header=True, width=25),
        Column("board", "Committee"),
        Column("when", "When"),
        Column("summary", "Brief summary", width=30),
        Column("lead", "Lead officer"),
    )
    rows = tuple(_plan_row(line) for line in context.lines if not line.is_key_decision)
    return Table(columns, rows, empty="Nothing else is planned.")


def how_counted(context: PlanContext) -> Narrative:
    """The rule of the notice, in words."""
    return Narrative.of(
        "Notice of a key decision is published 28 clear days before it is made: neither the day of the notice nor that"
        " of the decision counts. Where that cannot be met, the general exception asks for a written notice to the"
        " chairman of overview and scrutiny, published five clear working days before; where there is no time for"
        " that either, the chairman must agree that the matter is urgent."
    )


def _plan_row(line: WorkProgrammeItem) -> dict:
    return {
        "title": line.title,
        "board": line.board.name,
        "when": heading_of(line),
        "summary": line.summary,
        "lead": line.lead_officer_words,
    }


FORWARD_PLAN = register(
    Document(
        "forward-plan",
        "Forward plan",
        (
            Section("work-programme-meeting", "Key decisions", key_decisions),
            Section("work-programme-meeting", "Other reports to committees", other_reports),
            Section("cover-section", "How notice is counted", how_counted),
        ),
        landscape=True,
    )
)


def built_forward_plan(organisation: Organisation, *, sees_exempt: bool) -> BuiltDocument:
    """What all boards of a council expect from today on; what has no day yet stands last."""
    today, real = today_for(organisation), timezone.localdate()
    found = (
        WorkProgrammeItem.objects.filter(organisation=organisation, is_archived=False, board__is_archived=False)
        .select_related("meeting", "board__organisation")
        .order_by("board")
    )
    lines = sorted((line for line in found if day_of(line) is None or day_of(line) >= today), key=place_of)
    exempt = [line for line in lines if is_exempt_on(line, real)]
    masthead = Masthead(
        title="Forward plan",
        organisation_name=organisation.name,
        subtitle="Key decisions and reports to committees",
        marking=EXEMPT_MARKING if exempt and sees_exempt else "",
        as_at=f"as at {printed_date(today)}",
        file_stem=f"Forward plan - {organisation.name} - {printed_date(today)}",
        made_on=today,
    )
    shown = tuple(line for line in lines if sees_exempt or line not in exempt)
    return build(FORWARD_PLAN, PlanContext(masthead, shown, today))
