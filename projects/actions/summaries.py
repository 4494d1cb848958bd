"""Counts and sums of an approved report, derived from its rows so that lists need not read them."""

from collections import Counter
from datetime import date

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
EXEMPT = "exempt"  # among the counts: how many of the rows carry the mark, where any do


def summary_of(report: Report, *, public_on: date | None = None) -> dict:
    """The columns of the report's summary, worked out from its rows; with `public_on` without those exempt that day."""

    def rows(model, *related):
        present = model.objects.of(report).present().select_related(*related)
        return list(present if public_on is None else present.exclude(exempt_now(public_on)))

    ratings, items = rows(DimensionRating, "dimension", "status"), rows(PlanItemUpdate, "status")
    risks, benefits = rows(RiskAssessment, "residual_band"), rows(BenefitUpdate, "status")
    positions = rows(BudgetPosition)
    overall = next((rating.status for rating in ratings if rating.dimension.is_overall), None)
    counts = {
        "milestones": Counter(item.status.kind if item.status else NOT_RATED for item in items),
        "risks": Counter(risk.residual_band.code if risk.residual_band else NOT_RATED for risk in risks),
        "benefits": Counter(row.status.kind if row.status else NOT_RATED for row in benefits),
    }
    counts = {name: dict(sorted(count.items())) for name, count in counts.items()}
    if marked := sum(row.is_exempt for row in (*ratings, *items, *risks, *benefits, *positions)):
        counts[EXEMPT] = marked
    sums = {}
    for position in positions:
        for name in POUNDS:
            pounds = getattr(position, name)
            if pounds is not None:
                sums[name] = sums.get(name, 0) + pounds
    waiting = sorted(
        (
            item
            for item in items
            if item.finish_on and not (item.status and item.status.kind == Kind.DONE) and not item.actual_on
        ),
        key=lambda item: (item.finish_on, item.order),
    )
    return {
        "overall": overall,
        "severity": overall.severity if overall else 0,
        "counts": counts,
        "sums": {name: str(pounds) for name, pounds in sums.items()},
        "next_item": waiting[0].title[:500] if waiting else "",
        "next_item_on": waiting[0].finish_on if waiting else None,
    }


def rebuild_summary(report: Report) -> ReportSummary:
    """Write the summary again; it can be thrown away at any time."""
    summary, _ = ReportSummary.objects.update_or_create(
        report=report, defaults={"organisation_id": report.organisation_id, **summary_of(report)}
    )
    return summary
