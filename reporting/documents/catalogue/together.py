"""The rows of many reports read at once: a pack of a hundred dashboards asks what one of them does.

`read_together` is told which reports will be drawn; of these a table is read when the first of them wants it, for all.
Reports that nobody has named are read one by one.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from projects.models import (
    Answer,
    BenefitUpdate,
    BudgetPosition,
    ChangeLine,
    DataTable,
    DimensionRating,
    Narrative,
    Notice,
    PlanItemUpdate,
    ProposedChange,
    RecommendationUpdate,
    Report,
    ReportingStream,
    ResourcePosition,
    RiskAssessment,
)
from projects.models.base import exempt_now, with_related

CAN_BE_EXEMPT = (
    PlanItemUpdate, RiskAssessment, BenefitUpdate, BudgetPosition, Narrative, ChangeLine, ResourcePosition,
    DimensionRating, Answer, ReportingStream, Notice, DataTable, ProposedChange, RecommendationUpdate,
)  # fmt: skip


class Together:
    """What has been read of some reports, by table."""

    def __init__(self, numbers: Iterable[int]):
        self.numbers = list(numbers)
        self._rows: dict[tuple, dict[int, list]] = {}
        self._exempt: dict[date, set[int]] = {}

    def rows(self, report: Report, model, related: tuple[str, ...]) -> list:
        if (model, related) not in self._rows:
            found = defaultdict(list)
            for row in with_related(model.objects.filter(report__in=self.numbers).present(), related):
                found[row.report_id].append(row)
            self._rows[model, related] = found
        return list(self._rows[model, related].get(report.pk, ()))

    def holds_exempt(self, report: Report, day: date) -> bool:
        if day not in self._exempt:
            self._exempt[day] = {
                number
                for model in CAN_BE_EXEMPT
                for number in model.objects.filter(report__in=self.numbers)
                .present()
                .filter(exempt_now(day))
                .order_by()
                .values_list("report", flat=True)
            }
        return report.pk in self._exempt[day]


def read_together(reports: Iterable[Report]) -> None:
    """Have the rows of these reports read at once, when they are wanted."""
    reports = list(reports)
    together = Together(report.pk for report in reports)
    for report in reports:
        report.together = together


def rows_of(report: Report, model, *related: str) -> list:
    """The rows of one table that stand in the report, in their order."""
    together = getattr(report, "together", None) or Together([report.pk])
    return together.rows(report, model, related)


def holds_exempt(report: Report, day: date) -> bool:
    """Whether anything in the report is kept from the public on `day`."""
    together = getattr(report, "together", None) or Together([report.pk])
    return together.holds_exempt(report, day)
