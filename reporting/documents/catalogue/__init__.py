"""The documents there are, by name: each module declares one and fills its sections from the record.

`REPORT_DOCUMENTS` are drawn from a highlight report, `COMMITTEE_DOCUMENTS` from a committee report.
`PORTFOLIO_DOCUMENTS` are drawn from every report at and beneath a node.
"""

from reporting.documents.catalogue.change_control import CHANGE_CONTROL, built_change_control
from reporting.documents.catalogue.changes_since import CHANGES_SINCE, built_changes
from reporting.documents.catalogue.checkpoint import DOCUMENT as CHECKPOINT
from reporting.documents.catalogue.checkpoint import built_checkpoint, built_checkpoints
from reporting.documents.catalogue.cover_report import COVER_REPORT, built_cover_report
from reporting.documents.catalogue.dependencies import DEPENDENCIES, built_dependencies
from reporting.documents.catalogue.indicators import INDICATORS, built_indicators
from reporting.documents.catalogue.look_ahead import LOOK_AHEAD, built_look_ahead
from reporting.documents.catalogue.narrative_update import NARRATIVE_UPDATE, built_narrative_update
from reporting.documents.catalogue.portfolio_status import PORTFOLIO_STATUS, built_portfolio_status
from reporting.documents.catalogue.portfolio_update import PORTFOLIO_UPDATE, built_portfolio_update
from reporting.documents.catalogue.programme_status import PROGRAMME_STATUS, built_programme_status
from reporting.documents.catalogue.project_dashboard import PROJECT_DASHBOARD, built_dashboard
from reporting.documents.catalogue.project_plan import PROJECT_PLAN, built_project_plan
from reporting.documents.catalogue.recommendations import RECOMMENDATION_TRACKER, built_tracker
from reporting.documents.catalogue.risk_register import RISK_REGISTER, built_risk_register
from reporting.documents.catalogue.scorecard import SCORECARD, built_scorecard
from reporting.documents.catalogue.scrutiny_plan import SCRUTINY_PLAN, built_scrutiny_plan

REPORT_DOCUMENTS = {
    PROJECT_DASHBOARD.name: built_dashboard,
    CHANGE_CONTROL.name: built_change_control,
    RISK_REGISTER.name: built_risk_register,
    RECOMMENDATION_TRACKER.name: built_tracker,
}
PORTFOLIO_DOCUMENTS = {
    CHECKPOINT.name: built_checkpoints,
    PROJECT_PLAN.name: built_project_plan,
    INDICATORS.name: built_indicators,
    PORTFOLIO_STATUS.name: built_portfolio_status,
    PROGRAMME_STATUS.name: built_programme_status,
    PORTFOLIO_UPDATE.name: built_portfolio_update,
}
# Drawn from the plans at and beneath a node, now or as at a day.
PLAN_DOCUMENTS = {
    LOOK_AHEAD.name: built_look_ahead,
    DEPENDENCIES.name: built_dependencies,
    SCRUTINY_PLAN.name: built_scrutiny_plan,
}
COMMITTEE_DOCUMENTS = {COVER_REPORT.name: built_cover_report, NARRATIVE_UPDATE.name: built_narrative_update}

__all__ = [
    "CHANGES_SINCE",
    "CHANGE_CONTROL",
    "CHECKPOINT",
    "COMMITTEE_DOCUMENTS",
    "COVER_REPORT",
    "DEPENDENCIES",
    "LOOK_AHEAD",
    "NARRATIVE_UPDATE",
    "PLAN_DOCUMENTS",
    "PORTFOLIO_DOCUMENTS",
    "PORTFOLIO_STATUS",
    "PORTFOLIO_UPDATE",
    "PROGRAMME_STATUS",
    "PROJECT_DASHBOARD",
    "PROJECT_PLAN",
    "RECOMMENDATION_TRACKER",
    "REPORT_DOCUMENTS",
    "RISK_REGISTER",
    "SCORECARD",
    "SCRUTINY_PLAN",
    "built_change_control",
    "built_changes",
    "built_checkpoint",
    "built_checkpoints",
    "built_cover_report",
    "built_dashboard",
    "built_portfolio_status",
    "built_portfolio_update",
    "built_programme_status",
    "built_project_plan",
    "built_risk_register",
    "built_scorecard",
    "built_tracker",
]
