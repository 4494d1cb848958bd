"""What a workbook states beside what its own parts come to."""

from decimal import Decimal
from typing import TYPE_CHECKING

from projects.imports.layout import squeeze
from projects.imports.mapping import MONEY
from projects.models import Status, Subject
from projects.rules.finance import (
    Position,
    differs_beyond_rounding,
    percent_spent,
    remaining,
    underspend_sentence,
    variance_percent,
)
from projects.rules.kinds import Kind
from projects.rules.money import format_percent, format_pounds
from projects.rules.risk import high_risk_count

if TYPE_CHECKING:
    from projects.imports.plan_part import PartPlanner


def compare_stated(planner: "PartPlanner") -> None:
    """Warn where a stated figure is not what the file's own parts come to."""
    position = Position(**{name: planner.parsed.value(f"budget.{name}") for name in MONEY})
    risks = _statuses(planner, "risk", "risk.residual_band", Subject.RISK_BAND)
    milestones = _statuses(planner, "plan_item", "plan_item.status", Subject.MILESTONE)
    derived = {
        "stated.budget_remaining": (remaining(position), format_pounds),
        "stated.forecast_against_plan": (variance_percent(position), format_percent),
        "stated.percent_spent": (percent_spent(position), format_percent),
    }
    for key, (figure, words) in derived.items():
        value = planner.parsed.values.get(key)
        if value and value.value is not None and differs_beyond_rounding(Decimal(value.value), figure):
            planner.warn(value.sheet, value.cell, f"The sheet states {value.words}; its parts come to {words(figure)}.")
    sentence, worked_out = planner.parsed.values.get("stated.forecast_sentence"), underspend_sentence(position)
    if sentence and sentence.value and worked_out and squeeze(worked_out) not in squeeze(str(sentence.value)):
        planner.warn(
            sentence.sheet, sentence.cell, f"The sheet states “{sentence.words}”; its figures say “{worked_out}”."
        )
    for key, block, count in (
        ("stated.high_risks", "risk", high_risk_count(one.kind for one in risks)),
        ("stated.red_milestones", "plan_item", sum(one.kind == Kind.OFF_TRACK for one in milestones)),
    ):
        value = planner.parsed.values.get(key)
        if value and value.value is not None and block in planner.parsed.records and value.value != count:
            planner.warn(value.sheet, value.cell, f"The sheet states {value.words}; its rows come to {count}.")


def _statuses(planner: "PartPlanner", record: str, key: str, subject: str) -> list[Status]:
    words = planner.wording.by_subject[subject]
    said = (one.value(key) for one in planner.parsed.records.get(record, ()))
    return [status for label in said if label and (status := words.status(str(label)))]
