"""What a checkpoint report proposes: the requests it has opened, and opening another."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from projects.actions.checkpoints import propose_change
from projects.actions.locks import PeriodIsLocked
from projects.actions.proposed_changes import SECTION
from projects.actions.reports import WrongState
from projects.forms.checkpoints import ProposeForm
from projects.forms.editing import section_of_report
from projects.models import ReportIsFrozen
from projects.permissions import get_report, needs, require
from projects.rules.access import Permission
from projects.views.workflow import page_of, section_url


@needs(Permission.EDIT_DRAFT)
def report_propose_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a drafted change request from a report, on the route that the council's rules choose."""
    report = get_report(request.user, pk, Permission.EDIT_DRAFT)
    require(request.user, Permission.RAISE_CHANGE, report.node)
    part, _, _ = section_of_report(report, SECTION)
    if part is None:
        raise Http404("This report proposes no changes.")
    if not report.is_open:
        messages.error(request, f"This report is {report.get_state_display().lower()} and cannot be edited now.")
        return redirect("report-edit", pk=pk)
    form = ProposeForm(report, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            change = propose_change(
                report,
                **form.words(),
                affects_service_or_policy=form.affects_service_or_policy,
                baselines=form.baselines(),
                by=request.user,
            )
        except (ReportIsFrozen, WrongState, PeriodIsLocked) as refusal:
            messages.error(request, str(refusal))
            return redirect("report-edit", pk=pk)
        route = f" It will take the route {change.route}." if change.route else ""
        messages.success(request, f"Change {change.ref} is drafted.{route} Send it for decision from its own page.")
        return redirect(section_url(report, SECTION))
    back = section_url(report, SECTION)
    page = page_of(report, section=part, form=form, back=back)
    return render(request, "projects/editing/propose.html", page, status=422 if form.errors else 200)
