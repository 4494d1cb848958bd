"""The checkpoint reports at and beneath a node: the work areas of one plan, each with what it reported last."""

from dataclasses import dataclass

from django.db.models import F, QuerySet
from django.utils import timezone

from projects.as_at import AsAt, NoSuchDay, as_at
from projects.models import Node, Report, Series
from projects.models.base import exempt_now
from reporting.queries import NoSuchReport

CHECKPOINT = "checkpoint"  # what the template of a work area's reports is printed as


@dataclass(frozen=True)
class Areas:
    """The reports of a plan's work areas, in the order of the tree; `at` is None for what stands now."""

    node: Node
    reports: tuple[Report, ...]
    at: AsAt | None

    @property
    def of_period(self) -> tuple[Report, ...]:
        """Those of the period asked for; all where none was."""
        return tuple(report for report in self.reports if self.at is None or self.at.speaks_of(report))

    @property
    def newest(self) -> Report:
        """The report with the latest date."""
        return max(self.reports, key=lambda report: (report.as_at_on, report.pk))


def checkpoint_series(node: Node) -> QuerySet:
    """The series of checkpoint reports at and beneath a node."""
    return Series.objects.filter(
        node__in=Node.objects.beneath(node).in_use(), template__document=CHECKPOINT, is_archived=False
    )


def areas_of(node: Node, *, published: bool, sees_exempt: bool, period: str = "", meaning: str = "") -> Areas:
    """The work areas of the plan of `node`: those with checkpoint reports, else what reports at and beneath it.

    As now known or as it stood then in a period or at a day, else as it stands. NoSuchReport where there is nothing.
    """
    series = checkpoint_series(node)
    if not series.exists():
        mine = Node.objects.beneath(node).in_use()
        series = Series.objects.filter(node__in=mine, pk=F("node__headline_series"), is_archived=False)
    at = _asked(node, series.first(), published, period, meaning) if period else None
    standing = "published" if published else "current"
    found = at.reports() if at else Report.objects.filter(pk__in=series.values(standing))
    found = found.filter(series__in=series)
    if not sees_exempt:
        found = found.exclude(exempt_now(timezone.localdate(), "node__"))
    found = found.select_related(
        "node__organisation", "node__parent__lead_post", "organisation", "template", "series", "period", "tier"
    )
    reports = tuple(found.order_by("node__path"))
    if not reports:
        kind = "published" if published else "approved"
        asked = f" for {at.label}" if at else " yet"
        raise NoSuchReport(f"{node.title} has no {kind} report with a plan{asked}.")
    return Areas(node, reports, at)


def _asked(node, series, published, period, meaning) -> AsAt:
    try:
        return as_at(period, meaning, node.organisation, published=published, now=timezone.now(), series=series)
    except NoSuchDay as unknown:
        raise NoSuchReport(str(unknown)) from unknown
