"""The change control record of a project as a document of its own."""

from datetime import date

from projects.models import Report
from reporting.documents.catalogue.report_context import context_of
from reporting.documents.catalogue.sections import change_record
from reporting.documents.document import BuiltDocument, Document, Section, build, register

CHANGE_CONTROL = register(
    Document(
        "change-control",
        "Change control record",
        (Section("change-control", "Changes since the project began", change_record),),
        landscape=True,
    )
)


def built_change_control(report: Report, *, sees_exempt: bool, day: date) -> BuiltDocument:
    """The record as the report printed it; of a draft, as it stands now."""
    return build(CHANGE_CONTROL, context_of(report, "Change Control Record", sees_exempt=sees_exempt, day=day))
