"""The narrative update: a report to a committee in numbered paragraphs, assembled from the reports of projects."""

from datetime import date

from django.utils import timezone

from projects.models import CommitteeReport
from reporting.documents.catalogue.cover_report import EXEMPT_INFORMATION, Body, CoverContext, context_of_committee
from reporting.documents.contents import FieldRow, Fields, Narrative, printed_date
from reporting.documents.document import BuiltDocument, Document, Section, build, register

ROMAN = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


def nth(number: int) -> str:
    """The number of a recommendation: (i), (ii), (iii)."""
    numeral = ""
    for worth, letters in ROMAN:
        while number >= worth:
            numeral, number = numeral + letters, number - worth
    return f"({numeral})"


def header(context: CoverContext) -> Fields:
    """Who decides on what, when and from whom; then the council's own rows, contacts by post among them."""
    report = context.report
    rows = [
        ("Decision-maker", report.meeting.board.name),
        ("Subject", report.subject),
        ("Date of decision", printed_date(timezone.localdate(report.meeting.starts_at))),
        ("Report of", report.report_of),
        *([("Agenda item", report.agenda_item)] if report.agenda_item else ()),
        *((label, words) for label, words in report.fields),
        *([("Contact", report.contact)] if report.contact else ()),
        *([(EXEMPT_INFORMATION, context.left_out)] if context.left_out else ()),
    ]
    return Fields(tuple(FieldRow(label, words) for label, words in rows))


def sections(context: CoverContext) -> list[tuple[str, Narrative]]:
    """Every section in its place, the paragraphs numbered through all of them."""
    return Body(context, nth).sections(context.sections)


NARRATIVE_UPDATE = register(
    Document(
        "narrative-update",
        "Narrative update",
        (
            Section("project-detail", "Report", header),
            Section("cover-section", "Sections", sections, many=True),
        ),
    )
)


def built_narrative_update(report: CommitteeReport, *, sees_exempt: bool, day: date) -> BuiltDocument:
    """The report; until it is published it is marked as a draft."""
    return build(NARRATIVE_UPDATE, context_of_committee(report, "Narrative update", sees_exempt=sees_exempt, day=day))
