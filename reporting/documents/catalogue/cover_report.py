"""The cover report to a committee: header, numbered sections, declaration and contact."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from itertools import count

from django.utils import timezone

from projects.clock import today_for
from projects.models import CommitteeReport, CommitteeReportAppendix
from projects.models.base import Exemptable
from projects.rules.cover import CLOSING, Part, part_of
from projects.work_programme import kept_tables, public_lines
from reporting.documents.catalogue.passages import no_number, passages_of, small_table
from reporting.documents.contents import (
    Column,
    CoverClosing,
    CoverHeader,
    Narrative,
    Paragraph,
    Passage,
    Table,
    printed_date,
)
from reporting.documents.document import BuiltDocument, Document, Masthead, Section, build, register


@dataclass(frozen=True)
class CoverContext:
    """A committee report as one reader may see it: the sections numbered in `exempt` are left out unless `sees_exempt`.

    They count all the same: paragraphs have the numbers that members' copies, minutes and other paragraphs name.
    """

    report: CommitteeReport
    masthead: Masthead
    sections: tuple
    appendices: tuple = ()
    exempt: frozenset[int] = frozenset()
    sees_exempt: bool = False
    left_out: str = ""  # what this copy says of it


PAPER, EXEMPT_COLUMN = "Title of background paper", "Paragraph of Schedule 12A, where exempt or confidential"
NOT_ANSWERED = "Not answered yet."
EXEMPT_INFORMATION = "Exempt information"
SCHEDULE = "Part 1 of Schedule 12A to the Local Government Act 1972"
NOT_FOR_PUBLICATION = "NOT FOR PUBLICATION: CONTAINS EXEMPT INFORMATION"
AWAITED = "Not given yet."


class Body:
    """The sections in the order the report has them, numbered as it is. `nth` prints a recommendation's number."""

    def __init__(self, context: CoverContext, nth: Callable[[int], str] = "{})".format):
        report = context.report
        self.report, self.appendices, self.nth = report, context.appendices, nth
        self.exempt, self.sees_exempt = context.exempt, context.sees_exempt
        self.by_section = report.numbering == CommitteeReport.Numbering.BY_SECTION
        self.position = self.number = 0

    def sections(self, rows) -> list[tuple[str, Narrative]]:
        """(heading, text) of each; a section without a heading goes on under the one before it.

        Where that is left out, so is what has no heading of its own.
        """
        found: list[tuple[str, list[Passage]]] = []
        is_section_left_out = is_heading_left_out = False  # what the row stands under: the section, the last heading
        for row in rows:
            drawn = list(self._drawn(row))  # also what is left out, for its numbers
            is_left_out = row.pk in self.exempt and not self.sees_exempt
            if row.heading:
                is_heading_left_out = is_left_out
                is_section_left_out = is_section_left_out if row.is_within else is_left_out
            if is_left_out or (is_heading_left_out and part_of(row.key) is None):
                continue
            for heading, passages in drawn:
                if row.pk in self.exempt:
                    passages = [Passage((Paragraph(_why_exempt(row)),)), *passages]
                if row.is_within and found and not is_section_left_out:
                    _go_on(found[-1][1], _under(heading, passages))
                    continue
                if heading or not found:
                    found.append((heading or self.report.subject, []))
                found[-1][1].extend(passages)
        return [(heading, Narrative(tuple(passages))) for heading, passages in found]

    def _drawn(self, row) -> Iterable[tuple[str, list[Passage]]]:
        part = part_of(row.key)
        if part is None:
            heading = row.heading
            if not row.is_within:
                self.position += 1
                if self.by_section:
                    self.number = 0
                    heading = f"{self.position} {row.heading}" if row.heading else ""
            yield heading, passages_of(row.text, row.tables, self._next)
        elif part is Part.CLEARANCES:
            for each in self.report.clearances.all():
                cleared = " ".join(filter(None, (each.initials, each.cleared_words)))
                heading = f"{each.heading} ({cleared})" if cleared else each.heading
                if not each.text and not each.initials:
                    yield heading, passages_of(AWAITED, (), no_number)
                    continue
                yield heading, passages_of(each.text, (), no_number if self.by_section else self._next)
        elif part is Part.WORK_PROGRAMME:
            yield work_programme_part(self.report, row)
        elif part is Part.QUESTIONS:
            yield row.heading, [Passage((), "", (questions_table(row),))]
        else:
            numbers = self._numbers_of(part)
            tables = () if part is Part.BACKGROUND_PAPERS else row.tables
            yield row.heading, [*passages_of(row.text, tables, numbers), *self._closing_words(part, row)]

    def _closing_words(self, part: Part, row) -> list[Passage]:
        report = self.report
        if part is Part.BACKGROUND_PAPERS and row.tables:
            return [Passage((), "", (papers_table(report, row),))]
        none = not row.text.strip()  # a section that says something itself is not told to say nothing
        words = {
            Part.SIGNATURE: (report.declaration, report.signature_label, report.signed_by),
            Part.CONTACT: (report.contact, report.accessible_formats),
            Part.BACKGROUND_PAPERS: report.background_papers.split("\n")
            if report.background_papers
            else ["None."] * none,
            Part.APPENDICES: [f"{each.label}: {each.title}" for each in self.appendices] or ["None"] * none,
        }.get(part, ())
        numbers = self._numbers_of(part)
        paragraphs = tuple(Paragraph(each.strip(), numbers()) for each in words if each.strip())
        return [Passage(paragraphs)] if paragraphs else []

    def _numbers_of(self, part: Part) -> Callable[[], str]:
        """What numbers the paragraphs of a part that has numbers of its own."""
        print_number = {Part.RECOMMENDATIONS: self.nth, Part.LISTED: "{}.".format, Part.APPENDICES: "{}.".format}
        if part not in print_number:
            return no_number
        numbers = count(1)
        return lambda: print_number[part](next(numbers))

    def _next(self) -> str:
        self.number += 1
        return f"{self.position}.{self.number}" if self.by_section else f"{self.number}."


def _why_exempt(row) -> str:
    """What stands above a section in the copies that are not for the public."""
    until = f" until {printed_date(row.exempt_until)}" if row.exempt_until else ""
    return f"Not for publication{until}: exempt by {_paragraphs_of([row])}."


def left_out(marks: Iterable[Exemptable]) -> str:
    """What the public's copy says of what it leaves out, and nothing more of it: by which paragraphs; "" of nothing."""
    marks = list(marks)
    if not marks:
        return ""
    return (
        f"This copy leaves out what is exempt by {_paragraphs_of(marks)}, because the public interest in keeping it "
        "exempt outweighs the public interest in publishing it."
    )


def _paragraphs_of(marks: Iterable[Exemptable]) -> str:
    named = sorted({mark.exempt_paragraph for mark in marks} - {""}, key=lambda words: (len(words), words))
    if not named:
        return SCHEDULE
    *before, last = named
    words = f"paragraphs {', '.join(before)} and {last}" if before else f"paragraph {last}"
    return f"{words} of {SCHEDULE}"


def _under(heading: str, passages: list[Passage]) -> list[Passage]:
    """The passages with a heading of their own below the section's."""
    if not heading:
        return passages
    if passages and not passages[0].heading:
        return [replace(passages[0], heading=heading), *passages[1:]]
    return [Passage((), heading), *passages]


def _go_on(before: list[Passage], passages: list[Passage]) -> None:
    """Put passages under those before them; bullets that stand first are more bullets of the last paragraph."""
    first = passages[0] if passages else None
    if first and not first.heading and before and before[-1].paragraphs and not before[-1].tables:
        *paragraphs, last = before[-1].paragraphs
        opening, *others = first.paragraphs or (None,)
        if opening and not opening.text:
            last = replace(last, bullets=(*last.bullets, *opening.bullets))
            before[-1] = replace(before[-1], paragraphs=(*paragraphs, last, *others), tables=first.tables)
            passages = passages[1:]
    before.extend(passages)


def questions_table(row) -> Table:
    """Questions and answers: of each block of the text the first line asks, and those below it answer."""
    columns = (Column("question", "Question", header=True, width=50), Column("answer", "Answer"))
    blocks = (block.strip() for block in row.text.replace("\r\n", "\n").split("\n\n"))
    asked = (block.partition("\n") for block in blocks if block)
    rows = tuple({"question": question, "answer": answer.strip() or NOT_ANSWERED} for question, _, answer in asked)
    return Table(columns, rows, sheet=row.heading, empty="None.")


def papers_table(report: CommitteeReport, row) -> Table:
    """Background papers with the column that says which are exempt; a paper is "title | paragraph" on its line.

    The section's table has the headings as the council words them.
    """
    paper, exempt = (*row.tables[0]["columns"], "", "")[:2]
    columns = (
        Column("number", "No.", width=7),
        Column("title", paper or PAPER, header=True),
        Column("exempt", exempt or EXEMPT_COLUMN, width=45),
    )
    lines = [line for line in report.background_papers.split("\n") if line.strip()] or ["None"]
    rows = []
    for number, line in enumerate(lines, start=1):
        title, _, paragraph = (each.strip() for each in line.partition("|"))
        rows.append({"number": f"{number}.", "title": title, "exempt": paragraph})
    return Table(columns, tuple(rows), sheet=row.heading)


def work_programme_part(report: CommitteeReport, row) -> tuple[str, list[Passage]]:
    """The committee's work programme: as it was kept at publication, until then as it stands."""
    tables = row.tables
    if report.state != CommitteeReport.State.PUBLISHED:
        tables = kept_tables(public_lines(report.meeting.board), today_for(report.organisation))
    as_at = f" (as at {printed_date(date.fromisoformat(tables[0]['as_at']))})" if tables else ""
    return f"{row.heading}{as_at}", [Passage((), "", (small_table(table),)) for table in tables]


def numbered_sections(context: CoverContext) -> list[tuple[str, Narrative]]:
    """Each section under its heading, its paragraphs numbered by section or through all of them."""
    return Body(context).sections(context.sections)


def header(context: CoverContext) -> CoverHeader:
    report = context.report
    # The row is labelled "Report from" already, however the post was typed.
    post = re.sub(r"^report (from|of) (the )?", "", report.report_of, flags=re.IGNORECASE)
    return CoverHeader(
        report.meeting.board.name,
        post,
        report.subject,
        timezone.localdate(report.meeting.starts_at),
        more=(
            *([("Agenda item", report.agenda_item)] if report.agenda_item else ()),
            *((label, words) for label, words in report.fields),
            *([(EXEMPT_INFORMATION, context.left_out)] if context.left_out else ()),
        ),
    )


def appendices(context: CoverContext) -> Table | None:
    """What is attached, by label; None where nothing is, and where the report has its own place for it."""
    attached = context.appendices
    if not attached or any(part_of(section.key) is Part.APPENDICES for section in context.sections):
        return None
    columns = (Column("label", "Appendix", header=True, width=25), Column("title", "Title"))
    return Table(columns, tuple({"label": each.label, "title": each.title} for each in attached))


def closing(context: CoverContext) -> CoverClosing | None:
    """Declaration, background papers and contact; None where the report has its own places for them."""
    if any(part_of(section.key) in CLOSING for section in context.sections):
        return None
    report = context.report
    return CoverClosing(
        declaration=report.declaration,
        signature_label=report.signature_label,
        signatory_post=report.signed_by,
        background_papers=tuple(line.strip() for line in report.background_papers.split("\n") if line.strip()),
        contact=report.contact,
        accessible_formats=report.accessible_formats,
    )


COVER_REPORT = register(
    Document(
        "cover-report",
        "Cover report",
        (
            Section("cover-header", "Report", header),
            Section("cover-section", "Numbered sections", numbered_sections, many=True),
            Section("status-key", "Appendices", appendices),
            Section("cover-closing", "Declaration and contact", closing),
        ),
    )
)


def built_cover_report(report: CommitteeReport, *, sees_exempt: bool, day: date) -> BuiltDocument:
    """The cover report; until it is published it is marked as a draft."""
    return build(COVER_REPORT, context_of_committee(report, "Cover report", sees_exempt=sees_exempt, day=day))


def context_of_committee(report: CommitteeReport, name: str, *, sees_exempt: bool, day: date) -> CoverContext:
    """A committee report for one reader; `name` is the document's, as files are called."""
    sections = tuple(report.sections.all())
    exempt = frozenset(section.pk for section in sections if section.is_exempt_on(day))
    appendices = tuple(CommitteeReportAppendix.objects.filter(report=report).select_related("node"))
    marks = [each.mark_on(day) for each in appendices] + [each for each in sections if each.pk in exempt]
    meets_on = timezone.localdate(report.meeting.starts_at)
    is_draft = report.state != CommitteeReport.State.PUBLISHED
    holds_exempt = sees_exempt and (bool(exempt) or report.is_exempt_on(day))
    masthead = Masthead(
        title=report.heading,
        organisation_name=report.organisation_name or report.organisation.name,
        subtitle=report.subject,
        marking=", ".join(filter(None, ("DRAFT" if is_draft else "", NOT_FOR_PUBLICATION if holds_exempt else ""))),
        as_at=printed_date(meets_on),
        file_stem=f"{name} - {report.meeting.board.name} - {printed_date(meets_on)}{stem_ending(holds_exempt)}",
        made_on=meets_on,
    )
    return CoverContext(
        report,
        masthead,
        sections,
        tuple(each for each in appendices if sees_exempt or not each.is_exempt_on(day)),
        exempt,
        sees_exempt,
        "" if sees_exempt else left_out(filter(None, marks)),
    )


def stem_ending(holds_exempt: bool) -> str:
    """What the name of a file ends in, so that nobody takes one with exempt parts for what is published."""
    return " - not for publication" if holds_exempt else ""
