"""Counts and sums of an approved report, for staff and for readers, derived so that lists need not read its rows."""

from collections import Counter
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
KEPT_BACK = ("exempt", "withheld")  # the kinds of mark that keep a cell from readers


def summary_of(report: Report, *, public_on: date | None = None) -> dict:
    """The columns of the report's summary, worked out from its rows.

    With `public_on` as readers may know it: without the rows exempt that day and the cells kept back.
    """

    def rows(model, *related):
        present = model.objects.of(report).present().select_related(*related)
        return list(present if public_on is None else present.exclude(exempt_now(public_on)))

    def said(row, name):
        return None if public_on and _is_kept_back(row, name) else getattr(row, name)

    ratings, items = rows(DimensionRating, "dimension", "status"), rows(PlanItemUpdate, "status")
    risks, benefits = rows(RiskAssessment, "residual_band"), rows(BenefitUpdate, "status")
    positions = rows(BudgetPosition)
    overall = next((said(rating, "status") for rating in ratings if rating.dimension.is_overall), None)
    statuses, promised = ([said(row, "status") for row in listed] for listed in (items, benefits))
    bands = [said(risk, "residual_band") for risk in risks]
    counts = {
        "milestones": Counter(status.kind if status else NOT_RATED for status in statuses),
        "risks": Counter(band.code if band else NOT_RATED for band in bands),
        "benefits": Counter(status.kind if status else NOT_RATED for status in promised),
    }
    counts = {name: dict(sorted(count.items())) for name, count in counts.items()}
    if public_on is None:
        marked = sum(row.is_exempt or _is_kept_back(row) for row in (*ratings, *items, *risks, *benefits, *positions))
        counts |= {EXEMPT: marked} if marked else {}
    sums = {}
    for position in positions:
        for name in POUNDS:
            pounds = said(position, name)
            if pounds is not None:
                sums[name] = sums.get(name, 0) + pounds
    waiting = sorted(
        (
            item
            for item in items
            if item.finish_on
            and not (item.status and item.status.kind == Kind.DONE)
            and not item.actual_on
            and not (public_on and _is_kept_back(item, *NEXT_CELLS))
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


def _is_kept_back(row, *names: str) -> bool:
    """Whether one of these cells of a row is kept from readers; any of its cells without names."""
    return any(mark.get("kind") in KEPT_BACK and (not names or field in names) for field, mark in row.marks.items())


def summary_columns(own: dict, public: dict) -> dict:
    """The columns of a summary by their names in the table."""
    return own | {f"public_{name}": value for name, value in public.items()}


def rebuild_summary(report: Report) -> ReportSummary:
    """Write the summary again; it can be thrown away at any time."""
    own = summary_of(report)
    public = summary_of(report, public_on=timezone.localdate()) if EXEMPT in own["counts"] else own
    summary, _ = ReportSummary.objects.update_or_create(
        report=report, defaults={"organisation_id": report.organisation_id, **summary_columns(own, public)}
    )
    return summary
