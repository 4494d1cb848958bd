"""Counts and sums of an approved report, derived from its rows so that lists need not read them."""

from collections import Counter

from projects.models import (
    BenefitUpdate,
    BudgetPosition,
    DimensionRating,
    PlanItemUpdate,
    Report,
    ReportSummary,
    RiskAssessment,
)
from projects.rules.kinds import Kind

NOT_RATED = Kind.NOT_RATED.value


def summary_of(report: Report) -> dict:
    """The columns of the report's summary, worked out from its rows."""
    overall = (
        DimensionRating.objects.of(report).present().filter(dimension__is_overall=True).select_related("status").first()
    )
    items = list(PlanItemUpdate.objects.of(report).present().select_related("status"))
    counts = {
        "milestones": Counter(item.status.kind if item.status else NOT_RATED for item in items),
        "risks": Counter(
            risk.residual_band.code if risk.residual_band else NOT_RATED
            for risk in RiskAssessment.objects.of(report).present().select_related("residual_band")
        ),
        "benefits": Counter(
            row.status.kind if row.status else NOT_RATED
            for row in BenefitUpdate.objects.of(report).present().select_related("status")
        ),
    }
    sums = {}
    for position in BudgetPosition.objects.of(report).present():
        for name in ("planned", "actual", "committed", "emergency", "forecast"):
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
        "overall": overall.status if overall else None,
        "severity": overall.status.severity if overall and overall.status else 0,
        "counts": {name: dict(sorted(count.items())) for name, count in counts.items()},
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
