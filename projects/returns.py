"""The returns of a period: which series should report for it, where each report is, and how late."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, DateTimeField, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, TextChoices, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from projects.models import (
    FROZEN_STATES,
    OPEN_STATES,
    Node,
    Period,
    PeriodException,
    Reminder,
    Report,
    ReportState,
    Series,
    Status,
)
from projects.rules.deadlines import Lateness, lateness

WAITING_STATES = (ReportState.SUBMITTED, ReportState.SIGNED_OFF)
IN_STATES = (*WAITING_STATES, *FROZEN_STATES)


class Shown(TextChoices):
    """Which returns a list shows."""

    ALL = "", "All"
    MISSING = "missing", "Not in"
    LATE = "late", "Late: in or not"
    NOT_BEGUN = "not-begun", "Not begun"
    BEGUN = "begun", "Being written or returned"
    WAITING = "waiting", "With the sponsor or the PMO"
    APPROVED = "approved", "Approved or published"


def returns_of(nodes: QuerySet, period: Period) -> QuerySet:
    """The series on `nodes` that should report for the period, each with `report_pk`, `report_state` and `done_at`.

    `report_state` is "" where nothing is begun, `done_at` None until the report is handed in. Nothing is owed for a
    time before the node was there, unless it has a report of then; in a demonstration that does not count.
    """
    reports = Report.objects.filter(series=OuterRef("pk"))
    of_period = reports.filter(period=period)
    newest = of_period.filter(Q(corrects=None) | Q(state__in=FROZEN_STATES)).order_by("-revision")
    handed_in = of_period.filter(corrects=None, state__in=IN_STATES).annotate(
        done_at=Coalesce("submitted_at", "approved_at", "opened_at", output_field=DateTimeField())
    )
    series = Series.objects.filter(calendar=period.calendar_id, is_archived=False, node__in=nodes).filter(
        Q(node__is_archived=False) | Exists(of_period)
    )
    if period.organisation.clock_on is None:
        end = timezone.make_aware(datetime.combine(period.ends_on + timedelta(days=1), datetime.min.time()))
        series = series.filter(Q(node__created_at__lt=end) | Exists(reports.filter(as_at_on__lte=period.as_at_on)))
    return series.annotate(
        report_pk=Subquery(newest.values("pk")[:1]),
        report_state=Coalesce(Subquery(newest.values("state")[:1]), Value("")),
        done_at=Subquery(handed_in.values("done_at")[:1]),
    )


def _late(period: Period, now: datetime) -> Q | None:
    """What makes a return late; None while none of them can be."""
    if period.due_at is None or period.due_at >= now:
        return None
    return Q(done_at=None) | Q(done_at__gt=period.due_at)


def shown(returns: QuerySet, which: str, period: Period, now: datetime) -> QuerySet:
    """Those of the returns that a list shows."""
    late = _late(period, now)
    return {
        Shown.MISSING: lambda: returns.filter(done_at=None),
        Shown.LATE: lambda: returns.filter(late) if late else returns.none(),
        Shown.NOT_BEGUN: lambda: returns.filter(report_state=""),
        Shown.BEGUN: lambda: returns.filter(report_state__in=OPEN_STATES),
        Shown.WAITING: lambda: returns.filter(report_state__in=WAITING_STATES),
        Shown.APPROVED: lambda: returns.filter(report_state__in=FROZEN_STATES),
    }.get(which, lambda: returns)()


@dataclass(frozen=True)
class Totals:
    """How many series should report, how many have, how many are late (in or not), and how many nobody has begun."""

    expected: int
    reported: int
    late: int
    not_begun: int
    waiting: int


def totals_of(returns: QuerySet, period: Period, now: datetime) -> Totals:
    """Counted in one query."""
    late = _late(period, now)
    counts = {
        "expected": Count("pk"),
        "reported": Count("pk", filter=Q(done_at__isnull=False)),
        "not_begun": Count("pk", filter=Q(report_state="")),
        "waiting": Count("pk", filter=Q(report_state__in=WAITING_STATES)),
        **({"late": Count("pk", filter=late)} if late else {}),
    }
    return Totals(**{"late": 0, **returns.order_by().aggregate(**counts)})


def latest_first(returns: QuerySet) -> QuerySet:
    """By lateness: those not in, then the others from the last that came. All of a period are due at one time."""
    return returns.order_by(F("done_at").desc(nulls_first=True), "report_state", "node__title", "pk")


@dataclass(frozen=True)
class Return:
    """One line of the returns page."""

    series: Series
    node: Node
    report_pk: int | None
    state: str  # in words
    is_in: bool
    with_whom: str  # the post or office that must act next; "" where nobody must
    done_at: datetime | None
    lateness: Lateness
    last_known: str  # the period of the newest approved report before this one; "" where there is none
    last_status: Status | None
    exception: PeriodException | None
    is_awaited: bool  # not in, and the period open to it
    reminded_at: datetime | None
    is_reminder_stuck: bool  # one was about to go and it is not known that it went


def lines_of(page: Iterable[Series], period: Period, now: datetime, today: date) -> list[Return]:
    """The series of one page as lines: four queries, however many they are."""
    page = list(page)
    before = Report.objects.known_at(period.as_at_on - timedelta(days=1)).filter(series__in=page)
    known = {report.series_id: report for report in before.select_related("summary__overall")}
    exceptions = PeriodException.objects.in_force_on(today).filter(period=period, series__in=page)
    excepted = {each.series_id: each for each in exceptions}
    reminded = {
        row["series"]: row
        for row in Reminder.objects.filter(period=period, series__in=page)
        .order_by()
        .values("series")
        .annotate(last=Max("sent_at"), stuck=Count("pk", filter=Q(sent_at=None)))
    }
    lines = []
    for each in page:
        last, told = known.get(each.pk), reminded.get(each.pk, {})
        lines.append(
            Return(
                series=each,
                node=each.node,
                report_pk=each.report_pk,
                state=ReportState(each.report_state).label if each.report_state else "Not begun",
                is_in=each.done_at is not None,
                with_whom=_with_whom(each),
                done_at=each.done_at,
                lateness=lateness(period.due_at, each.done_at, now),
                last_known=(last.period_label or f"{last.as_at_on.day} {last.as_at_on:%B %Y}") if last else "",
                last_status=last.summary.overall if last and hasattr(last, "summary") else None,
                exception=excepted.get(each.pk),
                is_awaited=each.done_at is None and (period.closed_at is None or each.pk in excepted),
                reminded_at=told.get("last"),
                is_reminder_stuck=bool(told.get("stuck")),
            )
        )
    return lines


def _with_whom(series: Series) -> str:
    node, state = series.node, series.report_state
    if not state or state in OPEN_STATES:
        return str(node.lead_post or "The officers")
    if state == ReportState.SUBMITTED and series.template.requires_sign_off:
        return str(node.sponsor_post or "The sponsor")
    return "The PMO" if state in (*WAITING_STATES, ReportState.APPROVED) else ""
