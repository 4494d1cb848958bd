"""Counts and sums of an approved report, for staff and for readers, derived so that lists need not read its rows."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date

from django.utils import timezone

from projects.models import (
    BenefitUpdate,
    BudgetPosition,
    DimensionRating,
    PlanItemUpdate,
    Report,
    ReportSummary,
    RiskAssessment,
)
from projects.models.base import exempt_now
from projects.rules.kinds import Kind

NOT_RATED = Kind.NOT_RATED.value
POUNDS = ("planned", "actual", "committed", "emergency", "forecast")
NEXT_CELLS = ("title", "status", "finish", "finish_words", "finish_on", "actual", "actual_words", "actual_on")
EXEMPT = "exempt"  # among the counts: how many of the rows have something that is kept from readers, where any do
REPORTS_AT_ONCE = 500  # a statement may name only so many rows
KEPT_BACK = ("exempt", "withheld")  # the kinds of mark that keep a cell from readers


def summary_of(report: Report, *, public_on: date | None = None) -> dict:
    """The columns of the report's summary, worked out from its rows.

    With `public_on` as readers may know it: without the rows exempt that day and the cells kept back.
    """
    return _Rows([report], public_on).summary(report)


class _Rows:
    """What summaries need of the rows of some reports, each table read once."""

    def __init__(self, reports: Sequence[Report], public_on: date | None = None):
        self.reports, self.public_on = reports, public_on
        self.ratings = self._of(DimensionRating, "dimension__is_overall", "status", "status__severity", "status__kind")
        columns = ("status__kind", "finish_on", "actual_on", "order", "title")
        self.items = self._of(PlanItemUpdate, *columns, plan_item__parent=None)  # parts are counted with their whole
        self.risks = self._of(RiskAssessment, "residual_band__code")
        self.benefits = self._of(BenefitUpdate, "status__kind")
        self.positions = self._of(BudgetPosition, *POUNDS)

    def _of(self, model, *columns: str, **narrowed) -> dict[int, list]:
        """By report, the rows of a table with these columns, in their order."""
        rows = defaultdict(list)
        present = model.objects.filter(report__in=self.reports, **narrowed).present()
        if self.public_on is not None:
            present = present.exclude(exempt_now(self.public_on))
        for row in present.values_list("report_id", "is_exempt", "marks", *columns, named=True):
            rows[row.report_id].append(row)
        return rows

    def _says(self, row, *names: str) -> bool:
        """Whether these cells of the row are told to whom the summary is for."""
        return self.public_on is None or not _is_kept_back(row, *names)

    def summary(self, report: Report) -> dict:
        """The columns of one report's summary."""
        ratings, items, risks, benefits, positions = (
            rows.get(report.pk, ()) for rows in (self.ratings, self.items, self.risks, self.benefits, self.positions)
        )
        rated = next((rating for rating in ratings if rating.dimension__is_overall), None)
        # a status that rates nothing, such as the one for what is withheld, tells readers nothing
        is_told = rated and (self._says(rated, "status") or rated.status__kind == Kind.NOT_RATED)
        overall = rated if is_told else None
        counts = {
            "milestones": Counter(item.status__kind if self._says(item, "status") else None for item in items),
            "risks": Counter(risk.residual_band__code if self._says(risk, "residual_band") else None for risk in risks),
            "benefits": Counter(each.status__kind if self._says(each, "status") else None for each in benefits),
        }
        counts = {
            name: dict(sorted((said or NOT_RATED, number) for said, number in count.items()))
            for name, count in counts.items()
        }
        if self.public_on is None:
            marked = sum(
                row.is_exempt or _is_kept_back(row) for row in (*ratings, *items, *risks, *benefits, *positions)
            )
            counts |= {EXEMPT: marked} if marked else {}
        sums = {}
        for position in positions:
            for name in POUNDS:
                pounds = getattr(position, name)
                if pounds is not None and self._says(position, name):
                    sums[name] = sums.get(name, 0) + pounds
        waiting = sorted(
            (
                item
                for item in items
                if item.finish_on
                and item.status__kind != Kind.DONE
                and not item.actual_on
                and self._says(item, *NEXT_CELLS)
            ),
            key=lambda item: (item.finish_on, item.order),
        )
        return {
            "overall_id": overall.status if overall else None,
            "severity": (overall.status__severity if overall else None) or 0,
            "counts": counts,
            "sums": {name: str(pounds) for name, pounds in sums.items()},
            "next_item": waiting[0].title[:500] if waiting else "",
            "next_item_on": waiting[0].finish_on if waiting else None,
        }


def _is_kept_back(row, *names: str) -> bool:
    """Whether one of these cells of a row is kept from readers; any of its cells without names."""
    return any(mark.get("kind") in KEPT_BACK and (not names or field in names) for field, mark in row.marks.items())


def summary_columns(own: dict, public: dict) -> dict:
    """The columns of a summary by their names in the table."""
    return own | {f"public_{name}": value for name, value in public.items()}


def rebuild_summaries(reports: Sequence[Report]) -> None:
    """Write the summaries of reports again; they can be thrown away at any time."""
    for start in range(0, len(reports), REPORTS_AT_ONCE):
        _rebuild_some(reports[start : start + REPORTS_AT_ONCE])


def _rebuild_some(reports: Sequence[Report]) -> None:
    rows = _Rows(reports)
    own = {report: rows.summary(report) for report in reports}
    marked = [report for report in reports if EXEMPT in own[report]["counts"]]
    public_rows = _Rows(marked, timezone.localdate()) if marked else None
    public = {report: public_rows.summary(report) for report in marked}
    summaries = [
        ReportSummary(
            report=report,
            organisation_id=report.organisation_id,
            **summary_columns(own[report], public.get(report, own[report])),
        )
        for report in reports
    ]
    columns = [field.name for field in ReportSummary._meta.concrete_fields if field.name not in ("id", "report")]
    ReportSummary.objects.bulk_create(summaries, update_conflicts=True, unique_fields=["report"], update_fields=columns)
