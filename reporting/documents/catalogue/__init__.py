"""The documents there are, by name: each module declares one and fills its sections from the record.

`REPORT_DOCUMENTS` are drawn from a highlight report, `COMMITTEE_DOCUMENTS` from a committee report.
"""

from reporting.documents.catalogue.change_control import CHANGE_CONTROL, built_change_control
from reporting.documents.catalogue.changes_since import CHANGES_SINCE, built_changes
from reporting.documents.catalogue.cover_report import COVER_REPORT, built_cover_report
from reporting.documents.catalogue.project_dashboard import PROJECT_DASHBOARD, built_dashboard
from reporting.documents.catalogue.risk_register import RISK_REGISTER, built_risk_register

REPORT_DOCUMENTS = {
    PROJECT_DASHBOARD.name: built_dashboard,
    CHANGE_CONTROL.name: built_change_control,
    RISK_REGISTER.name: built_risk_register,
}
COMMITTEE_DOCUMENTS = {COVER_REPORT.name: built_cover_report}

__all__ = [
    "CHANGES_SINCE",
    "CHANGE_CONTROL",
    "COMMITTEE_DOCUMENTS",
    "COVER_REPORT",
    "PROJECT_DASHBOARD",
    "REPORT_DOCUMENTS",
    "RISK_REGISTER",
    "built_change_control",
    "built_changes",
    "built_cover_report",
    "built_dashboard",
    "built_risk_register",
]
