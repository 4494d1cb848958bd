"""Exceptions beneath a node: what is at risk or worse with its reasons and details, and what no longer is."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from projects.as_at import AsAt
from projects.models import FROZEN_STATES, DimensionRating, Narrative, Node, Report, ReportState, Status
from projects.models.base import exempt_now
from projects.models.reports import ReportSummary
from reporting.queries import ATTENTION_FROM

COMMENTARY = "commentary"
WATCHED_FROM = ATTENTION_FROM - 1


@dataclass
class Standout:
    """A node that is an exception, or was one in the report before; `reasons` are sentences, `details` commentary."""

    node: Node
    report: Report
    status: Status | None
    before: Status | None
    before_period: str
    reasons: list[str] = field(default_factory=list)
    details: str = ""


@dataclass(frozen=True)
class Exceptions:
    """Exceptions, the worst first, and what was one in the report before and is none now."""

    listed: tuple[Standout, ...]
    remediated: tuple[Standout, ...]

    @property
    def by_status(self) -> list[tuple[Status, list[Standout]]]:
        """The exceptions under their statuses, the worst first."""
        groups: dict[int, tuple[Status, list[Standout]]] = {}
        for each in self.listed:
            groups.setdefault(each.status.pk, (each.status, []))[1].append(each)
        return list(groups.values())

    @property
    def schemes(self) -> set[int]:
        told = (*self.listed, *self.remediated)
        return {status.scheme_id for each in told for status in (each.status, each.before) if status}


def exceptions_of(
    user, node: Node, *, published: bool, sees_exempt: bool, at: AsAt | None = None, is_with_watched: bool = False
) -> Exceptions:
    """Everything that reports beneath `node`, programmes too, and stands out by its severity, now or as at a day.

    With `is_with_watched` also what is to be watched. Exempt statuses, reasons and details are left out for who may
    not see them. The number of queries is the same however many there are.
    """
    least = WATCHED_FROM if is_with_watched else ATTENTION_FROM
    today = timezone.localdate()  # exemptions end by the real date
    side = "public_" if published else ""
    reports = _standing(user, node, published, at)
    severity, before = f"summary__{side}severity__gte", _before(published, at)
    was = ReportSummary.objects.filter(report=OuterRef("before"), **{f"{side}severity__gte": least})
    found = list(
        reports.annotate(before=before)
        .filter(Q(**{severity: least}) | Exists(was))
        .select_related("node__organisation", "node__parent")
    )
    earlier = Report.objects.in_bulk({each.before for each in found if each.before})
    ratings = _ratings([*(each.pk for each in found), *earlier], sees_exempt, today)
    listed, remediated = [], []
    for report in found:
        now, then = (_overall(ratings.get(pk, ())) for pk in (report.pk, report.before))
        each = Standout(report.node, report, now, then, _words(earlier.get(report.before)))
        if now and now.severity >= least:
            each.reasons = list(_reasons(each, ratings.get(report.pk, ()), published=published))
            listed.append(each)
        elif now and now.severity and then and then.severity >= least:
            remediated.append(each)
    _add_details(listed, sees_exempt, today)
    listed.sort(key=lambda each: (-each.status.severity, each.status.order, each.status.pk, each.node.path))
    remediated.sort(key=lambda each: each.node.path)
    return Exceptions(tuple(listed), tuple(remediated))


def _standing(user, node: Node, published: bool, at: AsAt | None) -> QuerySet:
    """The reports of headline series that stand at `node` and beneath it, of nodes in use that `user` may see."""
    nodes = Node.objects.visible_to(user).beneath(node)
    if at:
        nodes = nodes.in_use() if at.published else nodes.in_use_at(at.until)
        reports = at.reports().filter(series=F("node__headline_series"))
        if at.period:
            reports = reports.filter(as_at_on__gte=at.period.starts_on)
    else:
        nodes = nodes.in_use()
        said = "published" if published else "current"
        reports = Report.objects.filter(series=F("node__headline_series"), pk=F(f"series__{said}"))
    return reports.filter(node__in=nodes.order_by().values("pk"))


def _before(published: bool, at: AsAt | None) -> Subquery:
    """The report of the series before, as far as it was there then."""
    earlier = Report.objects.filter(
        series=OuterRef("series"),
        as_at_on__lt=OuterRef("as_at_on"),
        state__in=[ReportState.PUBLISHED] if published else FROZEN_STATES,
    )
    if at and at.moment:
        earlier = earlier.filter(**{f"{'published' if at.published else 'approved'}_at__lte": at.moment})
    return Subquery(earlier.order_by("-as_at_on", "-revision").values("pk")[:1])


def _ratings(reports: Iterable[int], sees_exempt: bool, today) -> dict[int, list[DimensionRating]]:
    rows = DimensionRating.objects.filter(report__in=list(reports), is_removed=False)
    if not sees_exempt:
        rows = rows.exclude(exempt_now(today))
    ratings: dict[int, list[DimensionRating]] = {}
    for row in rows.select_related("dimension", "status").order_by("order", "pk"):
        ratings.setdefault(row.report_id, []).append(row)
    return ratings


def _overall(ratings: Iterable[DimensionRating]) -> Status | None:
    return next((rating.status for rating in ratings if rating.dimension.is_overall), None)


def _words(report: Report | None) -> str:
    return (report.period_label or f"{report.as_at_on.day} {report.as_at_on:%B %Y}") if report else ""


def _reasons(each: Standout, ratings: Iterable[DimensionRating], *, published: bool) -> Iterable[str]:
    """Why it stands out: what it was, what was said of its status, and the other dimensions that are bad.

    What the rules say may name exempt rows, and why another status was chosen is for staff: readers are told neither.
    """
    if each.before is None:
        yield "No status before." if not each.before_period else f"Not rated in {each.before_period}."
    elif each.before.severity < each.status.severity:
        yield f"Worse: was {each.before.label} in {each.before_period}."
    elif each.before.severity > each.status.severity:
        yield f"Better, yet not good: was {each.before.label} in {each.before_period}."
    else:
        yield f"As in {each.before_period}."
    for rating in ratings:
        if rating.dimension.is_overall:
            yield from (words for words in ("" if published else rating.chosen_because, rating.comment) if words)
            if rating.proposed_status_id and not rating.chosen_because and not published:
                yield from (str(words) for words in rating.proposed_because)
        elif rating.status and rating.status.severity >= ATTENTION_FROM:
            yield f"{rating.title or rating.dimension.label}: {rating.status.label}."


def _add_details(listed: list[Standout], sees_exempt: bool, today) -> None:
    told = {each.report.pk: each for each in listed}
    texts = Narrative.objects.filter(report__in=told, section=COMMENTARY, is_removed=False)
    if not sees_exempt:
        texts = texts.exclude(exempt_now(today))
    for report, text in texts.values_list("report", "text"):
        told[report].details = text
