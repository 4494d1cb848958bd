"""Who has reported and who has not; reminders; closing a period, opening it again and letting one series through."""

import csv
from collections.abc import Iterator
from urllib.parse import urlencode

from auditlog.models import LogEntry
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from projects.actions.locks import ExceptionRefused, end_exception, grant_exception
from projects.actions.organisations import close_period, reopen_period
from projects.actions.reminders import Sent, remind_now
from projects.actions.writing import EditedMeanwhile
from projects.clock import moment_for, today_for
from projects.forms.editing import ReasonForm
from projects.forms.returns import ExceptionForm, ReturnsForm
from projects.models import Calendar, Node, Period, PeriodException
from projects.permissions import get_node, may, needs
from projects.returns import Shown, Totals, latest_first, lines_of, returns_of, shown, totals_of
from projects.rules.access import Permission
from projects.tables import safe_cell
from projects.templatetags.portal import query_string

ROWS_A_PAGE = 50
MOST_NAMED = 20
CSV_HEADS = (
    "Project", "State", "Who has it now", "Due", "In", "How late", "Last known", "Last known status", "Last reminded",
)  # fmt: skip


# ---- the returns of one period ----


def _chosen(request, node) -> tuple[Period | None, ReturnsForm]:
    """The period asked for, else the newest that is open; of the calendar asked for, else of the first."""
    calendars = list(
        Calendar.objects.filter(series__node__in=Node.objects.beneath(node), series__is_archived=False)
        .distinct()
        .order_by("name")
    )
    asked = request.GET.dict()
    calendar = next((each for each in calendars if each.slug == asked.get("calendar")), None)
    calendar = calendar or next(iter(calendars), None)
    periods = []
    if calendar:
        begun = calendar.periods.filter(starts_on__lte=today_for(node.organisation)).order_by("-as_at_on")
        periods = list(begun.select_related("calendar", "organisation", "meeting__board", "closed_by"))
    period = next((each for each in periods if each.slug == asked.get("period")), None)
    period = period or next((each for each in periods if each.closed_at is None), None) or next(iter(periods), None)
    if period:
        asked |= {"calendar": calendar.slug, "period": period.slug}
    return period, ReturnsForm(asked, calendars=calendars, periods=periods)


def _beneath(user, node):
    return Node.objects.visible_to(user).beneath(node)


@needs(Permission.VIEW_RECORD)
def returns(request: HttpRequest, org: str, node: str) -> HttpResponse:
    """The returns of one period beneath a node: where each is, with whom, how late; as a page or as CSV."""
    node = get_node(request.user, org, node, Permission.VIEW_RECORD)
    organisation = request.organisation = node.organisation
    period, form = _chosen(request, node)
    context = {
        "node": node,
        "trail": [{"label": "Home", "url": reverse("home")}],
        "period": period,
        "form": form,
    }
    if period is None:
        return render(request, "projects/returns/returns.html", context)
    now, today = moment_for(organisation), today_for(organisation)
    every = returns_of(_beneath(request.user, node), period)
    if words := form.said("words"):
        every = every.filter(node__title__icontains=words)
    totals = totals_of(every, period, now)
    listed = latest_first(shown(every, form.said("shown"), period, now))
    listed = listed.select_related("node__lead_post", "node__sponsor_post", "template")
    if request.GET.get("format") == "csv":
        if not may(request.user, Permission.EXPORT, node):
            raise PermissionDenied("Your role does not allow files to be downloaded.")
        response = StreamingHttpResponse(
            _as_csv(lines_of(listed, period, now, today), period), content_type="text/csv; charset=utf-8"
        )
        response["Content-Disposition"] = f'attachment; filename="returns-{node.slug}-{period.slug}.csv"'
        return response
    page = Paginator(listed, ROWS_A_PAGE).get_page(request.GET.get("page"))
    may_approve = may(request.user, Permission.APPROVE, node)
    lines = lines_of(page, period, now, today)
    context |= {
        "page": page,
        "lines": lines,
        "totals": totals,
        "tiles": _tiles(request, totals),
        "may_approve": may_approve,
        "may_remind": may_approve and any(line.is_awaited for line in lines),
        "may_manage": _may_manage(request.user, organisation),
        "is_filtered": bool(words or form.said("shown")),
        "csv_url": query_string(request, format="csv"),
        "back": request.GET.urlencode(),
    }
    return render(request, "projects/returns/returns.html", context)


def _tiles(request, totals: Totals) -> list[dict]:
    """The totals as links that narrow the list."""
    counted = (
        (totals.expected, "Should report", f"{totals.reported} of {totals.expected} reported", None),
        (totals.late, "Late", "in or not", Shown.LATE),
        (totals.expected - totals.reported, "Not in", "", Shown.MISSING),
        (totals.not_begun, "Not begun", "", Shown.NOT_BEGUN),
        (totals.waiting, "Waiting", "with the sponsor or the PMO", Shown.WAITING),
    )
    return [
        {
            "count": count,
            "label": label,
            "note": note,
            "url": query_string(request, shown=which.value if which else None, format=None),
        }
        for count, label, note, which in counted
    ]


class _Echo:
    """What a csv writer writes to: it hands the line back."""

    def write(self, line: str) -> str:
        return line


def _as_csv(lines, period: Period) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(CSV_HEADS)
    for line in lines:
        words = (
            line.node.title, line.state, line.with_whom, _moment(period.due_at), _moment(line.done_at),
            line.lateness.because, line.last_known, line.last_status.label if line.last_status else "",
            _moment(line.reminded_at),
        )  # fmt: skip
        yield writer.writerow([safe_cell(each) for each in words])


def _moment(at) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else ""


@require_POST
@needs(Permission.APPROVE)
def returns_remind(request: HttpRequest, org: str, node: str) -> HttpResponse:
    """Remind the officers of the returns that were ticked."""
    node = get_node(request.user, org, node, Permission.APPROVE)
    period = get_object_or_404(
        Period.objects.select_related("calendar", "organisation"),
        organisation=node.organisation_id,
        pk=_number(request.POST.get("period")),
    )
    back = f"{reverse('returns', args=[org, node.slug])}?{request.POST.get('back', '')}"
    ticked = [_number(each) for each in request.POST.getlist("series")]
    if not ticked:
        messages.error(request, "Tick the reports to remind of first.")
        return redirect(back)
    chosen = returns_of(_beneath(request.user, node), period).filter(pk__in=ticked, done_at=None)
    if period.closed_at:
        chosen = chosen.filter(pk__in=_excepted(period))
    chosen = list(chosen.select_related("node__lead_post__holder"))
    if not chosen:
        messages.success(request, "Nobody was reminded: what you ticked has come in meanwhile, or is locked.")
        return redirect(back)
    level, words = _told(remind_now(chosen, period, by=request.user))
    messages.add_message(request, level, words)
    return redirect(back)


def _excepted(period):
    in_force = PeriodException.objects.in_force_on(today_for(period.organisation))
    return in_force.filter(period=period).values("series")


def _number(words) -> int:
    return int(words) if words and words.isdecimal() and len(words) < 18 else 0


def _told(sent: Sent) -> tuple[int, str]:
    """What came of it in a sentence, and as what kind of message."""
    said = []
    if sent.people:
        people = "1 person was" if sent.people == 1 else f"{sent.people} people were"
        said.append(f"{people} reminded of {sent.things} {'report' if sent.things == 1 else 'reports'}.")
    if sent.repeated:
        said.append(f"{sent.repeated} had been reminded of today already, and nothing is sent twice.")
    if sent.nobody:
        said.append(f"Nobody is an officer of: {', '.join(sent.nobody)}.")
    if sent.failed:
        said.append(f"The mail to {sent.failed} {'person' if sent.failed == 1 else 'people'} could not be sent.")
    return (messages.ERROR if sent.failed or not sent.people else messages.SUCCESS), " ".join(said)


# ---- the page of a period ----


def _may_manage(user, organisation) -> bool:
    """Whether the person may close periods: the PMO of the whole council, and its administrators."""
    top = Node.objects.get(organisation=organisation, kind="organisation")
    return may(user, Permission.APPROVE, top) or may(user, Permission.MANAGE_SETTINGS, top)


@needs(Permission.APPROVE)
def period_page(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """What is still open of a period; closing it, opening it again, and exceptions. For administrators too."""
    top = get_object_or_404(
        Node.objects.visible_to(request.user).select_related("organisation"),
        organisation__slug=org,
        kind="organisation",
    )
    organisation = request.organisation = top.organisation
    if not _may_manage(request.user, organisation):
        raise PermissionDenied(f"Your role does not allow periods of {organisation.name} to be closed.")
    period = get_object_or_404(
        Period.objects.select_related("calendar", "organisation", "meeting__board", "closed_by"),
        organisation=organisation,
        pk=pk,
    )
    nodes = Node.objects.filter(organisation=organisation)
    forms = {"reason": ReasonForm(), "exception": ExceptionForm(period=period, nodes=nodes.in_use())}
    forms["reason"].fields["reason"].label = "Why is it opened again?"
    refusal = ""
    if request.method == "POST":
        try:
            if said := _write(request, period, forms, nodes):
                messages.success(request, said)
                return redirect("period", org, pk)
        except EditedMeanwhile:
            messages.error(request, f"Somebody else changed {period} a moment ago. Look at it again.")
            return redirect("period", org, pk)
        except ExceptionRefused as refused:
            refusal = str(refused)
    every = returns_of(nodes, period)
    totals = totals_of(every, period, moment_for(organisation))
    waiting = list(every.filter(done_at=None).select_related("node").order_by("node__title")[:MOST_NAMED])
    context = {
        "organisation": organisation,
        "top": top,
        "period": period,
        "trail": [
            {"label": "Returns", "url": f"{reverse('returns', args=[org, top.slug])}?{_asked(period)}"},
        ],
        "facts": _facts(period),
        "totals": totals,
        "waiting": waiting,
        "more": totals.expected - totals.reported - len(waiting),
        "forms": forms,
        "wrong": next((form for form in forms.values() if form.errors), None),
        "refusal": refusal,
        "exceptions": _exceptions(period),
        "events": _events(period),
        "asked": _asked(period),
    }
    return render(request, "projects/returns/period.html", context, status=409 if refusal else 200)


def _write(request, period, forms, nodes) -> str:
    """Do what the button says; what was done, in a sentence, or "" where the form has errors."""
    action, _, about = request.POST.get("action", "").partition(":")
    if action == "close" and period.closed_at is None:
        close_period(period, by=request.user)
        return f"{period} is closed: its reports are locked."
    if action == "reopen" and period.closed_at:
        forms["reason"] = ReasonForm(request.POST)
        forms["reason"].fields["reason"].label = "Why is it opened again?"
        if forms["reason"].is_valid():
            reopen_period(period, by=request.user, reason=forms["reason"].cleaned_data["reason"])
            return f"{period} is open again."
        return ""
    if action == "grant":
        form = forms["exception"] = ExceptionForm(request.POST, period=period, nodes=nodes.in_use())
        if not form.is_valid():
            return ""
        said = form.cleaned_data
        grant_exception(period, said["series"], until_on=said["until"], reason=said["reason"], by=request.user)
        return f"{said['series'].node} may report for {period}."
    if action == "end":
        exception = get_object_or_404(period.exceptions.filter(ended_at=None), pk=_number(about))
        end_exception(exception, by=request.user)
        return f"The exception of {exception.series.node} is ended."
    raise EditedMeanwhile(period, {})


def _asked(period: Period) -> str:
    return urlencode({"calendar": period.calendar.slug, "period": period.slug})


def _facts(period: Period) -> list[dict]:
    rows = [
        {"label": "Calendar", "value": period.calendar.name},
        {"label": "From", "value": f"{_day(period.starts_on)} to {_day(period.ends_on)}"},
        {"label": "Reports speak as at", "value": _day(period.as_at_on)},
        {"label": "Due", "value": _said(period.due_at) or "No deadline is set"},
    ]
    if period.meeting:
        rows.append({"label": "Taken by the meeting", "value": str(period.meeting)})
    state = f"Closed {_said(period.closed_at)} by {period.closed_by or 'the portal'}" if period.closed_at else "Open"
    rows.append({"label": "State", "value": state})
    return rows


def _day(day) -> str:
    return f"{day.day} {day:%B %Y}"


def _said(at) -> str:
    local = timezone.localtime(at) if at else None
    return f"{_day(local)}, {local:%H:%M}" if local else ""


def _exceptions(period: Period) -> list[dict]:
    """Every exception ever granted for the period, and whether it still holds."""
    today = today_for(period.organisation)
    return [
        {
            "pk": each.pk,
            "node": each.series.node,
            "until": _day(each.until_on) if each.until_on else "It is ended",
            "reason": each.reason,
            "granted": f"{_said(each.granted_at)}, {each.granted_by or 'the portal'}",
            "state": "Ended" if each.ended_at else "Run out" if each.until_on and each.until_on < today else "In force",
        }
        for each in period.exceptions.select_related("series__node", "granted_by").order_by("-granted_at", "-pk")
    ]


def _events(period: Period) -> list[dict]:
    """When the period was closed and opened again, by whom and why, from the audit trail."""
    lines = LogEntry.objects.get_for_object(period).filter(changes__has_key="closed_at").select_related("actor")
    return [
        {
            "title": "Opened again" if line.changes["closed_at"][1] in (None, "None") else "Closed",
            "by": str(line.actor or "The portal"),
            "at": line.timestamp,
            "text": (line.additional_data or {}).get("reason", ""),
        }
        for line in lines.order_by("-timestamp", "-pk")
        if line.action == LogEntry.Action.UPDATE
    ]
