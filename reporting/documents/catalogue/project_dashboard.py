"""The project dashboard: a highlight report on a page or two, the appendix that a committee sees."""

from dataclasses import replace
from datetime import date

from projects.actions.levels import NOTICE_SECTIONS
from projects.models import Report
from reporting.documents.catalogue import sections as fill
from reporting.documents.catalogue.indicators import in_dashboard
from reporting.documents.catalogue.recommendations import tracker
from reporting.documents.catalogue.report_context import ReportContext, context_of
from reporting.documents.document import BuiltDocument, Document, Section, build, register

FILLED = {
    "project-detail": fill.project_detail,
    "project-status": fill.project_status,
    "budget": fill.budget,
    "risk-consideration": fill.risk_consideration,
    "milestones": fill.milestones,
    "high-risk-register": fill.high_risks,
    "risks": fill.high_risks,
    "recommendations": tracker,
    "benefits": fill.benefits,
    "indicators": in_dashboard,
    "commentary": fill.narrative("commentary"),
    "data-tables": fill.data_tables,
    "resources": fill.resources,
    "reporting-streams": fill.reporting_streams,
    "change-control": fill.change_record,
}
BESIDE = {"project-detail", "project-status", "budget", "risk-consideration"}
KEY = Section("status-key", "What the statuses mean", fill.status_key)

PROJECT_DASHBOARD = register(
    Document(
        "project-dashboard",
        "Project dashboard",
        (
            *(
                Section(key, fill.title_of(key), fill.is_in(key, content), beside=key in BESIDE)
                for key, content in FILLED.items()
            ),
            KEY,
        ),
    )
)


def built_dashboard(report: Report, *, sees_exempt: bool, day: date) -> BuiltDocument:
    """The dashboard of one report with the sections of its template, in the template's order and for its tier."""
    context = context_of(report, "PMO Dashboard", sees_exempt=sees_exempt, day=day, is_appendix=True)
    ordered = _in_template_order(context)
    # The change control record is wide and long: it closes the document on pages of its own, after the key.
    record = [section for section in ordered if section.key == "change-control"]
    ordered = [section for section in ordered if section.key != "change-control"]
    return build(replace(PROJECT_DASHBOARD, sections=(*ordered, KEY, *record)), context)


def _in_template_order(context: ReportContext) -> list[Section]:
    declared = {section.key: section for section in PROJECT_DASHBOARD.sections}
    return [
        declared.get(key) or _notices_section(key) or _narrative_section(key)
        for key, section in context.sections.items()
        if key in declared or key in NOTICE_SECTIONS or section.options.get("kind") == "narrative"
    ]


def _notices_section(key: str) -> Section | None:
    """A section of notices, drawn by one template whatever they are."""
    return Section("notices", fill.title_of(key), fill.notices(key)) if key in NOTICE_SECTIONS else None


def _narrative_section(key: str) -> Section:
    """A section of free text that only this council's template has."""
    return Section("commentary", fill.title_of(key), fill.narrative(key))
