"""The cover report to a committee: header, numbered sections, declaration and contact."""

import re
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from projects.models import CommitteeReport
from projects.models.base import exempt_now
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


def numbered_sections(context: CoverContext) -> list[tuple[str, Narrative]]:
    """Each section under its numbered heading, its paragraphs numbered by section or through all of them."""
    by_section = context.report.numbering == CommitteeReport.Numbering.BY_SECTION
    number = 0
    sections = []
    for position, section in enumerate(context.sections, start=1):
        if by_section:
            number = 0
        passages: list[tuple[str, list[Paragraph]]] = [("", [])]
        for heading, words, bullets in blocks_of(section.text):
            if heading:
                passages.append((heading, []))
                continue
            number += 1 if words else 0
            printed_number = "" if not words else f"{position}.{number}" if by_section else f"{number}."
            passages[-1][1].append(Paragraph(words, printed_number, bullets))
        narrative = Narrative(
            tuple(Passage(tuple(paragraphs), heading) for heading, paragraphs in passages if heading or paragraphs)
        )
        sections.append((f"{position} {section.heading}" if by_section else section.heading, narrative))
    return sections


def header(context: CoverContext) -> CoverHeader:
    report = context.report
    # The row is labelled "Report from" already, however the post was typed.
    post = re.sub(r"^report (from|of) (the )?", "", report.report_of, flags=re.IGNORECASE)
    return CoverHeader(
        report.meeting.board.name,
        post,
        report.subject,
        timezone.localdate(report.meeting.starts_at),
        more=tuple((label, words) for label, words in report.fields),
    )


def appendices(context: CoverContext) -> Table | None:
    """What is attached, by label; None where nothing is."""
    attached = list(context.report.appendices.all())
    if not attached:
        return None
    columns = (Column("label", "Appendix", header=True, width=25), Column("title", "Title"))
    return Table(columns, tuple({"label": each.label, "title": each.title} for each in attached))


def closing(context: CoverContext) -> CoverClosing:
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
