"""Reports that wait for the PMO, each with what the checks find in it: approved together, or one given back."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from projects.actions.reports import ReportIncomplete, WrongState, approve_report, return_report
from projects.clock import moment_for
from projects.models import Node, Report, ReportIsFrozen
from projects.permissions import get_node, needs
from projects.rules.access import Permission
from projects.rules.deadlines import lateness
from reporting.assurance.document import MARKS, by_check
from reporting.assurance.examine import Examined, examine_reports
from reporting.assurance.registry import Severity
from reporting.queries import ready_to_approve

REPORTS_A_PAGE = 20


@needs(Permission.APPROVE)
def approvals(request: HttpRequest, org: str, node: str) -> HttpResponse:
    """The reports beneath a node that are ready to approve; those ticked are approved, or one is returned."""
    node = get_node(request.user, org, node, Permission.APPROVE)
    request.organisation = node.organisation
    waiting = ready_to_approve(Node.objects.visible_to(request.user).beneath(node).in_use())
    refused = {}
    if request.method == "POST":
        refused = _act(request, {report.pk: report for report in waiting})
        if not refused:
            return redirect(f"{reverse('approvals', args=[org, node.slug])}?{request.GET.urlencode()}")
    page = Paginator(waiting, REPORTS_A_PAGE).get_page(request.GET.get("page"))
    whole = Report.objects.select_related("node__organisation", "organisation", "period", "tier", "submitted_by")
    shown = {report.pk: report for report in whole.filter(pk__in=[report.pk for report in page])}
    examined = examine_reports(shown.values())
    now = moment_for(node.organisation)
    return render(
        request,
        "reporting/approvals.html",
        {
            "node": node,
            "trail": [{"label": "Home", "url": reverse("home")}],
            "page": page,
            "entries": [_entry(shown[each.pk], examined[each.pk], now, request, refused) for each in page],
        },
        status=422 if refused else 200,
    )


def _entry(report: Report, examined: Examined, now, request, refused: dict[int, str]) -> dict:
    """What the page shows of one report."""
    findings = [judged for judged in examined.judged if judged.acceptance is None]
    due_at = report.period.due_at if report.period else None
    return {
        "report": report,
        "seen": _seen(report),
        "is_ticked": str(report.pk) in request.POST.getlist("report"),
        "lateness": lateness(due_at, report.submitted_at, now),
        "counts": [
            {"mark": MARKS[severity], "count": count}
            for severity in Severity
            if (count := examined.number_of(severity))
        ],
        "groups": [
            {"check": check, "mark": MARKS[check.severity], "findings": [judged.finding for judged in together]}
            for check, together in by_check(findings)
        ],
        "accepted": len(examined.accepted),
        "reason": request.POST.get(f"reason-{report.pk}", ""),
        "refusal": refused.get(report.pk, ""),
    }


def _seen(report: Report) -> str:
    """Which submission of a report a person looked at: it changes when the report is pulled back and sent again."""
    return report.submitted_at.isoformat() if report.submitted_at else ""


def _act(request: HttpRequest, waiting: dict[int, Report]) -> dict[int, str]:
    """Approve what is ticked, or return the one whose button was pressed; {report: what is missing} where it cannot."""
    verb, _, about = request.POST.get("action", "").partition(":")
    if verb == "return":
        report = waiting.get(_number(about))
        if report is None:
            messages.error(request, "That report waits for you no longer.")
            return {}
        return _give_back(request, report)
    ticked = [_number(each) for each in request.POST.getlist("report")]
    if not ticked:
        messages.error(request, "Tick the reports to approve first.")
    approved = []
    for pk in ticked:
        report = waiting.get(pk)
        if report is None:
            gone = Report.objects.visible_to(request.user).filter(pk=pk).first()
            if gone:
                messages.error(request, f"{gone} is {gone.get_state_display().lower()} by now: nothing was done.")
        elif request.POST.get(f"seen-{pk}", "") != _seen(report):
            messages.error(request, f"{report} was sent in again after you opened this page. Look at it anew.")
        else:
            try:
                approve_report(report, by=request.user)  # a transaction of its own: the others do not fail with it
            except (WrongState, ReportIsFrozen) as refusal:
                messages.error(request, f"{report} was not approved. {refusal}")
            else:
                approved.append(str(report))
    if approved:
        number = "1 report is" if len(approved) == 1 else f"{len(approved)} reports are"
        messages.success(request, f"{number} approved: {'; '.join(approved)}.")
    return {}


def _give_back(request: HttpRequest, report: Report) -> dict[int, str]:
    try:
        return_report(report, by=request.user, reason=request.POST.get(f"reason-{report.pk}", ""))
    except ReportIncomplete as missing:
        return {report.pk: " ".join(missing.problems)}
    except (WrongState, ReportIsFrozen) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{report} is returned to its officer with your reason.")
    return {}


def _number(words: str) -> int:
    return int(words) if words.isdecimal() and len(words) < 18 else 0
