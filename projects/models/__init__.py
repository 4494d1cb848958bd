"""The record: a file a concept."""

from projects.models.benefits import Benefit, BenefitBaseline, BenefitTarget, BenefitUpdate, SavingLine
from projects.models.change import (
    Baseline,
    BaselineIsInForce,
    BaselineLine,
    ChangeApproval,
    ChangeAwareness,
    ChangeLine,
    ChangeRequest,
    ChangeRoute,
    ChangeRouteStep,
    ChangeTouch,
    NodeBaseline,
    NodeBaselineSection,
    ProposedChange,
)
from projects.models.committees import (
    Board,
    CommitteeReport,
    CommitteeReportAppendix,
    CommitteeReportClearance,
    CommitteeReportSection,
    Meeting,
    MinuteItem,
    Resolution,
    WorkProgrammeItem,
)
from projects.models.evidence import Attachment, Import, ImportedValue, ImportLayout, LayoutDraft
from projects.models.finance import Budget, BudgetBaseline, BudgetBaselineLine, BudgetPosition, BudgetPositionLine
from projects.models.indicators import (
    Indicator,
    IndicatorBaseline,
    IndicatorTarget,
    IndicatorUpdate,
    IndicatorValue,
    Tally,
    TallyLine,
)
from projects.models.organisation import (
    Cadence,
    Calendar,
    Organisation,
    Period,
    PeriodException,
    Reminder,
    RiskBand,
    RiskMatrix,
    Status,
    StatusScheme,
    Subject,
    Threshold,
    Tier,
)
from projects.models.people import Grant, Post, Team
from projects.models.plan import Dependency, PlanItem, PlanItemBaseline, PlanItemKind, PlanItemUpdate
from projects.models.reports import (
    FREE_COLUMNS,
    FROZEN_STATES,
    OPEN_STATES,
    Answer,
    DataTable,
    Dimension,
    DimensionRating,
    Narrative,
    Notice,
    Origin,
    PeriodStanding,
    Question,
    Report,
    ReportEvent,
    ReportingStream,
    ReportInput,
    ReportIsFrozen,
    ReportLine,
    ReportRow,
    ReportState,
    ReportSummary,
    ReportTemplate,
    Series,
    StatedFigure,
    TemplateSection,
    state_models,
    tables_filled_by,
)
from projects.models.resources import ResourcePosition
from projects.models.reviews import (
    Action,
    ActionUpdate,
    Checklist,
    ChecklistFactor,
    ChecklistScore,
    Decision,
    DecisionUpdate,
    Recommendation,
    RecommendationUpdate,
    ReviewFinding,
    ReviewFindingUpdate,
)
from projects.models.risks import Issue, IssueUpdate, Risk, RiskAssessment
from projects.models.scrutiny import ForwardPlan, ForwardPlanQuery, ForwardPlanValidation
from projects.models.structure import (
    Grouping,
    GroupingMember,
    Label,
    Node,
    NodeAlias,
    NodeKind,
    Tranche,
)
