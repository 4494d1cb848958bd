"""The cover report to a committee: header, numbered sections, declaration and contact."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import count

from django.utils import timezone

from projects.clock import today_for
from projects.models import CommitteeReport
from projects.models.base import exempt_now
from projects.rules.cover import CLOSING, Part, part_of
from projects.work_programme import kept_tables, public_lines
from reporting.documents.contents import (
    NUMBER,
    TEXT,
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
    """A committee report as one reader may see it: exempt sections are left out unless `sees_exempt`."""

    report: CommitteeReport
    masthead: Masthead
    sections: tuple


def blocks_of(text: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """The text of a section as (heading or "", paragraph or "", bullets), one a block.

    Blocks are parted by blank lines. "# words" is a heading within the section; lines that begin "- " are bullets of
    the paragraph before, also across a blank line.
    """
    blocks: list[tuple[str, str, tuple[str, ...]]] = []
    for piece in text.replace("\r\n", "\n").split("\n\n"):
        lines = [line.strip() for line in piece.split("\n") if line.strip()]
        if not lines:
            continue
        if lines[0].startswith("# "):
            blocks.append((lines[0][2:].strip(), "", ()))
            lines = lines[1:]
        words = "\n".join(line for line in lines if not line.startswith("- "))
        bullets = tuple(line[2:].strip() for line in lines if line.startswith("- "))
        if words:
            blocks.append(("", words, bullets))
        elif bullets and blocks and not blocks[-1][0]:
            heading, before, earlier = blocks[-1]
            blocks[-1] = (heading, before, (*earlier, *bullets))
        elif bullets:
            blocks.append(("", "", bullets))
    return blocks


def small_table(given: dict) -> Table:
    """A table as it was typed: the first column names the rows, figures stand right, a row "Total" is set apart.

    A column whose filled cells are all figures is one of figures; what is printed is what was typed.
    """
    columns = tuple(
        Column(
            str(place),
            label,
            kind=NUMBER if place and _are_figures(row[place] for row in given["rows"]) else TEXT,
            header=place == 0,
        )
        for place, label in enumerate(given["columns"])
    )
    rows = [{str(place): cell for place, cell in enumerate(row)} for row in given["rows"]]
    return Table(
        columns,
        tuple(row for row in rows if not _is_total(row)),
        caption=given.get("caption", ""),
        totals=tuple(row for row in rows if _is_total(row)),
        sheet=given.get("caption", ""),
    )


FIGURE = re.compile(r"[-+(]?£?\d[\d,]*(\.\d+)?[%kmbn)]*")


def _are_figures(cells: Iterable[str]) -> bool:
    filled = [cell.strip() for cell in cells if cell.strip()]
    return bool(filled) and all(FIGURE.fullmatch(cell) for cell in filled)


def _is_total(row: dict[str, str]) -> bool:
    return row.get("0", "").strip().lower() in ("total", "totals")


class _Body:
    """The sections in the order the report has them, numbered as it is."""

    def __init__(self, report: CommitteeReport):
        self.report = report
        self.by_section = report.numbering == CommitteeReport.Numbering.BY_SECTION
        self.position = self.number = 0

    def sections(self, rows) -> list[tuple[str, Narrative]]:
        """(heading, text) of each; a section without a heading goes on under the one before it."""
        found: list[tuple[str, list[Passage]]] = []
        for row in rows:
            for heading, passages in self._drawn(row):
                if heading or not found:
                    found.append((heading or self.report.subject, []))
                found[-1][1].extend(passages)
        return [(heading, Narrative(tuple(passages))) for heading, passages in found]

    def _drawn(self, row) -> Iterable[tuple[str, list[Passage]]]:
        part = part_of(row.key)
        if part is None:
            self.position += 1
            if self.by_section:
                self.number = 0
            heading = f"{self.position} {row.heading}" if self.by_section and row.heading else row.heading
            yield heading, self._text(row.text, row.tables, self._next)
        elif part is Part.CLEARANCES:
            for each in self.report.clearances.all():
                cleared = " ".join(filter(None, (each.initials, each.cleared_words)))
                heading = f"{each.heading} ({cleared})" if cleared else each.heading
                yield heading, self._text(each.text, (), self._unnumbered if self.by_section else self._next)
        elif part is Part.WORK_PROGRAMME:
            yield work_programme_part(self.report, row)
        else:
            numbers = self._recommendations() if part is Part.RECOMMENDATIONS else self._unnumbered
            passages = self._text(row.text, row.tables, numbers)
            yield row.heading, [*passages, *self._closing_words(part)]

    def _closing_words(self, part: Part) -> list[Passage]:
        report = self.report
        words = {
            Part.SIGNATURE: (report.declaration, report.signature_label, report.signed_by),
            Part.CONTACT: (report.contact, report.accessible_formats),
            Part.BACKGROUND_PAPERS: report.background_papers.split("\n") if report.background_papers else ["None."],
        }.get(part, ())
        paragraphs = tuple(Paragraph(each.strip()) for each in words if each.strip())
        return [Passage(paragraphs)] if paragraphs else []

    def _next(self) -> str:
        self.number += 1
        return f"{self.position}.{self.number}" if self.by_section else f"{self.number}."

    @staticmethod
    def _unnumbered() -> str:
        return ""

    @staticmethod
    def _recommendations():
        numbers = count(1)
        return lambda: f"{next(numbers)})"

    @staticmethod
    def _text(text: str, tables, next_number) -> list[Passage]:
        """Paragraphs with their numbers; "[table 2]" puts the second table there, those not named stand last."""
        passages: list[tuple[str, list[Paragraph], list[Table]]] = [("", [], [])]
        left = dict(enumerate(tables, start=1))
        for heading, words, bullets in blocks_of(text):
            named = TABLE.fullmatch(words)
            if heading:
                passages.append((heading, [], []))
            elif named and int(named[1]) in left:
                passages[-1][2].append(small_table(left.pop(int(named[1]))))
                passages.append(("", [], []))
            else:
                passages[-1][1].append(Paragraph(words, next_number() if words else "", bullets))
        passages[-1][2].extend(small_table(table) for table in left.values())
        return [
            Passage(tuple(paragraphs), heading, tuple(below))
            for heading, paragraphs, below in passages
            if heading or paragraphs or below
        ]


TABLE = re.compile(r"\[table (\d+)\]", re.IGNORECASE)


def work_programme_part(report: CommitteeReport, row) -> tuple[str, list[Passage]]:
    """The committee's work programme: as it was kept at publication, until then as it stands."""
    tables = row.tables
    if report.state != CommitteeReport.State.PUBLISHED:
        tables = kept_tables(public_lines(report.meeting.board), today_for(report.organisation))
    as_at = f" (as at {printed_date(date.fromisoformat(tables[0]['as_at']))})" if tables else ""
    return f"{row.heading}{as_at}", [Passage((), "", (small_table(table),)) for table in tables]


def numbered_sections(context: CoverContext) -> list[tuple[str, Narrative]]:
    """Each section under its heading, its paragraphs numbered by section or through all of them."""
    return _Body(context.report).sections(context.sections)


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
        ),
    )


def appendices(context: CoverContext) -> Table | None:
    """What is attached, by label; None where nothing is."""
    attached = list(context.report.appendices.all())
    if not attached:
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
    sections = report.sections.all() if sees_exempt else report.sections.exclude(exempt_now(day))
    meets_on = timezone.localdate(report.meeting.starts_at)
    is_draft = report.state != CommitteeReport.State.PUBLISHED
    masthead = Masthead(
        title=report.heading,
        organisation_name=report.organisation_name or report.organisation.name,
        subtitle=report.subject,
        marking="DRAFT" if is_draft else "",
        as_at=printed_date(meets_on),
        file_stem=f"Cover report - {report.meeting.board.name} - {printed_date(meets_on)}",
        made_on=meets_on,
    )
    return build(COVER_REPORT, CoverContext(report, masthead, tuple(sections)))
