"""What each key of a layout writes into the record."""

from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django.apps import apps
from django.db import models

from projects.imports.layout import squeeze
from projects.models import (
    Benefit,
    BenefitUpdate,
    Board,
    ChangeRequest,
    Indicator,
    IndicatorUpdate,
    Notice,
    Organisation,
    PlanItem,
    PlanItemUpdate,
    ReportingStream,
    ReportRow,
    ResourcePosition,
    Risk,
    RiskAssessment,
    Subject,
)


@dataclass(frozen=True)
class Column:
    """A value of a layout (`key`) and the field that holds it. kind: words (as written), number, date, status, flag."""

    key: str
    name: str
    kind: str = "words"
    subject: str = ""


@dataclass(frozen=True)
class Table:
    """The rows of a layout's table, `key` the section of a report that they stand in.

    `identity` are the fields that a new thing is made with, `about` those of the thing that its row says; `lines` the
    columns that repeat and go into lines beneath the row.
    """

    record: str
    key: str
    section: str
    model: type[ReportRow]
    things: type[models.Model] | None
    columns: tuple[Column, ...]
    identity: dict[str, Any] = field(default_factory=dict)
    about: tuple[Column, ...] = ()
    lines: tuple[Column, ...] = ()

    @property
    def ref(self) -> Column | None:
        return next((one for one in self.columns if one.name == "ref"), None)

    @property
    def title(self) -> Column:
        return next(one for one in self.columns if one.name == "title")


HEADER = (
    Column("report.lead", "lead_words"),
    Column("report.reports_to", "reports_to_words"),
    Column("node.start", "start", "date"),
    Column("node.finish", "finish", "date"),
    Column("report.stage", "stage_words"),
    Column("report.team_members", "team_size", "number"),
    Column("report.whole_life_cost", "whole_life_cost", "number"),
    Column("report.score", "score", "number"),
    Column("report.score_label_figure", "score_label"),
    Column("report.marking", "marking"),
    Column("report.appendix", "appendix_label"),
)
MONEY = ("planned", "forecast", "actual", "committed", "emergency")
IN_POUNDS = (*MONEY, "whole_life_cost")
BUDGET = tuple(Column(f"budget.{name}", name, "number") for name in MONEY)
DIMENSIONS = {
    "report.status": "status",
    "report.direction": "direction",
    "report.risk_direction": "risk-direction",
    "report.risk_status": "risk-status",
}
QUESTIONS = {
    "stated.budget_on_track": "budget-on-track",
    "stated.unforeseen_spend": "unforeseen-spend",
    "stated.milestones_slipped": "milestones-slipped",
}
STATED = {
    "stated.budget_remaining": "budget.remaining",
    "stated.forecast_against_plan": "budget.variance_percent",
    "stated.forecast_sentence": "budget.outlook",
    "stated.percent_spent": "budget.percent_spent",
    "stated.high_risks": "counts.high_risks",
    "stated.red_milestones": "counts.red_milestones",
}
TABLES = (
    Table(
        "plan_item",
        "milestones",
        "Milestones",
        PlanItemUpdate,
        PlanItem,
        (
            Column("plan_item.ref", "ref"),
            Column("plan_item.detail", "title"),
            Column("plan_item.start", "start", "date"),
            Column("plan_item.end", "finish", "date"),
            Column("plan_item.status", "status", "status", Subject.MILESTONE),
            Column("plan_item.interdependencies", "interdependencies"),
            Column("plan_item.critical_path", "is_critical_path", "flag"),
            Column("plan_item.owner", "owner_words"),
            Column("plan_item.comment", "comment"),
        ),
        {"kind": "milestone"},
        (Column("plan_item.kind", "kind"), Column("plan_item.theme", "theme")),
    ),
    Table(
        "risk",
        "high-risk-register",
        "High risk register",
        RiskAssessment,
        Risk,
        (
            Column("risk.ref", "ref"),
            Column("risk.detail", "title"),
            Column("risk.review", "review", "date"),
            Column("risk.residual_band", "residual_band", "status", Subject.RISK_BAND),
            Column("risk.impact_text", "impact_text"),
            Column("risk.controls", "controls"),
            Column("risk.residual_impact", "residual_impact", "number"),
            Column("risk.residual_likelihood", "residual_likelihood", "number"),
            Column("risk.further_actions", "further_actions"),
            Column("risk.action_owner", "action_owner_words"),
            Column("risk.timescale", "timescale_words"),
            Column("risk.last_reviewed", "last_reviewed", "date"),
            Column("risk.comment", "comment"),
        ),
        about=(Column("risk.category", "category"),),
    ),
    Table(
        "benefit",
        "benefits",
        "Benefits",
        BenefitUpdate,
        Benefit,
        (
            Column("benefit.ref", "ref"),
            Column("benefit.detail", "title"),
            Column("benefit.review", "review", "date"),
            Column("benefit.status", "status", "status", Subject.BENEFIT),
        ),
    ),
    Table(
        "indicator",
        "indicators",
        "Indicators",
        IndicatorUpdate,
        Indicator,
        (
            Column("indicator.ref", "ref"),
            Column("indicator.title", "title"),
            Column("indicator.status", "status", "status", Subject.INDICATOR),
            Column("indicator.comment", "comment"),
        ),
        about=(Column("indicator.group", "group"), Column("indicator.pair", "pair_key")),
        lines=(Column("indicator.actual", "actual_words"), Column("indicator.target", "target_words")),
    ),
    Table(
        "post",
        "resources",
        "Resources",
        ResourcePosition,
        None,
        (Column("post.title", "title"), Column("post.funding", "funding_words")),
    ),
    Table(
        "stream",
        "reporting-streams",
        "Other reporting streams",
        ReportingStream,
        None,
        (Column("stream.title", "title"), Column("stream.tier", "tier_words")),
    ),
)
CHANGE_COLUMNS = (
    Column("change.item_words", "item_words"),
    Column("change.description", "description"),
    Column("change.justification", "justification"),
    Column("change.financial_implications", "financial_implications"),
)
AWARENESS = {"change.leadership_aware": Board.BoardKind.TEAM, "change.board_aware": Board.BoardKind.BOARD}
# Values that a layout turns into a code or a figure, and that the record keeps as they are printed.
PRINTED = {"report.marking", "report.appendix", "report.score_label_figure", "stream.tier"}
# Sections of a report that blocks of a layout fill under another name.
SECTIONS_OF_BLOCKS = {"risks": "high-risk-register"}
DECIDED = (ChangeRequest.State.APPROVED, ChangeRequest.State.REJECTED)
# What a report calls attention to, and the section that it stands in.
NOTICE_SECTIONS = {
    Notice.NoticeKind.ESCALATION: ("escalations", "Escalations"),
    Notice.NoticeKind.AWARENESS: ("awareness", "Awareness"),
}
# Keys of these families end in the key of a rating or of a section: rating.resources, text.example_benefits.
RATING, BEFORE, TEXT = "rating.", "before.", "text."
SAVING = tuple(
    Column(f"saving.{name}", name) for name in ("target", "at_risk", "slipped", "other_way", "claimed", "validated")
)


def board_name(labels: tuple[str, ...]) -> str:
    """The board that a heading such as "Date Leadership Team Aware" names, by its fullest spelling."""
    return max(labels, key=len).removeprefix("Date ").removesuffix(" Aware")


def board_of(organisation: Organisation, heading: str, kind: str) -> Board | None:
    """The board whose awareness a column of the change record states: by the heading, else by its kind."""
    boards = list(Board.objects.filter(organisation=organisation, is_archived=False))
    by_heading = (board for board in boards if squeeze(board.awareness_heading) == squeeze(heading))
    by_kind = (board for board in boards if board.kind == kind and not board.awareness_heading)
    return next(by_heading, None) or next(by_kind, None)


def plain(value: Any) -> Any:
    """A column's value as JSON can hold it; `python_value` turns it back."""
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else value


def python_value(model: type[models.Model], column: str, value: Any) -> Any:
    """A column's value from JSON."""
    return value if value in ("", None) else model._meta.get_field(column).to_python(value)


def rounded(model: type[models.Model], column: str, value: Any) -> Any:
    """A figure with as many places as its column keeps: a sheet's 594058.0000001 is £594,058."""
    kept = model._meta.get_field(column)
    if value is None or not isinstance(kept, models.DecimalField):
        return value
    try:
        return Decimal(value).quantize(Decimal(1).scaleb(-kept.decimal_places), rounding=ROUND_HALF_UP)
    except InvalidOperation:
        return value  # too large for the column, which the check says


def is_blank(value: Any) -> bool:
    return value is None or value == "" or value is False


def dashed(key: str, family: str) -> str:
    """The key of a rating or section that a layout's key names: text.example_benefits -> example-benefits."""
    return key.removeprefix(family).replace("_", "-")


def column_names(model: type[models.Model], column: Column) -> tuple[str, ...]:
    if column.kind == "date":
        return tuple(f"{column.name}_{part}" for part in ("words", "on", "precision"))
    return (f"{column.name}_id",) if column.kind == "status" else (column.name,)


def model_of(table: str) -> type[models.Model]:
    """The table a planned row goes to."""
    return apps.get_model("projects", table)
