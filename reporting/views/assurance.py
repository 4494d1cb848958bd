"""What the checks found on a node and beneath it, and leaving a finding as it is for a time."""

from collections.abc import Sequence
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from projects.clock import today_for
from projects.forms.editing import ReasonForm
from projects.forms.fields import WrittenDateInput
from projects.models import Calendar, Node, Period, Report
from projects.permissions import get_node, get_visible, may, needs
from projects.rules.access import Permission
from projects.views.tabs import node_tabs
from reporting.assurance.acceptance import accept_finding, withdraw_acceptance
from reporting.assurance.document import MARKS, built_assurance, by_check, report_words
from reporting.assurance.examine import Examined, Judged, UnknownPeriod, examine, examine_report
from reporting.assurance.registry import Severity
from reporting.documents.render import render_as
from reporting.models import FindingAcceptance
from reporting.views.documents import file_response
from reporting.views.nodes import trail_to

NODES_A_PAGE = 20
FILES = {"pdf": "Download as PDF", "xlsx": "Download the tables (XLSX)"}


class AcceptForm(ReasonForm):
    """The reason, and until when it holds."""

    until = WrittenDateInput(
        label="Accepted until", help_text="For example 30 September 2019. After that day the finding stands again."
    )

    def __init__(self, *args, today, day_first, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["until"].day_first = day_first

    def clean_until(self):
        """The last day it holds."""
        until = self.cleaned_data["until"].latest
        if until is None:
            raise forms.ValidationError("Write a day, such as 30 September 2019.")
        if until < self.today:
            raise forms.ValidationError("Choose a day that has not passed.")
        return until


@needs(Permission.VIEW_RECORD)
def assurance(request: HttpRequest, org: str, node: str) -> HttpResponse:
    """The findings of the newest approved reports, or of one period; as a page, a PDF or a workbook."""
    node = get_node(request.user, org, node, Permission.VIEW_RECORD)
    request.organisation = node.organisation
    period = request.GET.get("period", "")
    try:
        examined = examine(Node.objects.beneath(node), period)
    except UnknownPeriod as unknown:
        raise Http404(str(unknown)) from unknown
    periods = _periods(node)
    label = next((each.label for each in periods if each.slug == period), period)
    ending = request.GET.get("format", "html")
    if ending in FILES:
        if not may(request.user, Permission.EXPORT, node):
            raise PermissionDenied("Your role does not allow files to be downloaded.")
        built = built_assurance(node, examined, day=today_for(node.organisation), period_words=label)
        return file_response(render_as(built, ending), built.file_name_as(ending), ending)
    if ending != "html":
        raise Http404(f"The portal does not draw the findings as {ending}.")
    told = [each for each in examined if each.judged or each.notes]
    page = Paginator(told, NODES_A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "reporting/assurance.html",
        {
            "node": node,
            "trail": trail_to(request.user, node),
            "tabs": node_tabs(request.user, node, "assurance"),
            "periods": periods,
            "period": period,
            "label": label,
            "tiles": _tiles(examined),
            "examined": examined,
            "page": page,
            "sections": [_section(request, each) for each in page],
            "downloads": [
                {"label": words, "url": f"?{urlencode({'period': period, 'format': each})}"}
                for each, words in FILES.items()
            ],
            "back": request.get_full_path(),
        },
    )


def _periods(node: Node) -> list[Period]:
    """The periods, newest first, that reports on the node or beneath it can be of by today."""
    calendars = Calendar.objects.filter(series__node__in=Node.objects.beneath(node)).distinct()
    begun = Period.objects.filter(calendar__in=calendars, starts_on__lte=today_for(node.organisation))
    newest: dict[str, Period] = {}
    for period in begun.order_by("-as_at_on"):
        newest.setdefault(period.slug, period)
    return list(newest.values())


def _tiles(examined: Sequence[Examined]) -> list[dict]:
    tiles = [
        {
            "count": sum(each.number_of(severity) for each in examined),
            "label": severity.label,
            "colour": MARKS[severity].colour,
            "shape": MARKS[severity].shape,
        }
        for severity in Severity
    ]
    return [*tiles, {"count": sum(len(each.accepted) for each in examined), "label": "Accepted"}]


def _section(request: HttpRequest, examined: Examined) -> dict:
    """What the page shows of one node: its findings by check, each with where it leads."""
    node = examined.node
    may_accept = may(request.user, Permission.APPROVE, node)
    standing = [each for each in examined.judged if each.acceptance is None]
    return {
        "node": node,
        "report": examined.report,
        "report_words": report_words(examined),
        "groups": [
            {"check": check, "rows": [_row(each, examined, may_accept) for each in together]}
            for check, together in by_check(standing)
        ],
        "accepted": [_row(each, examined, may_accept) for each in examined.accepted],
        "notes": examined.notes,
    }


def _row(judged: Judged, examined: Examined, may_accept: bool) -> dict:
    finding = judged.finding
    accept = ""
    if may_accept:
        asked = {"code": finding.code, "subject": finding.subject.key, "report": finding.report_id or ""}
        address = reverse("assurance-accept", args=[examined.node.organisation.slug, examined.node.slug])
        accept = f"{address}?{urlencode(asked)}"
    return {
        "finding": finding,
        "mark": MARKS[finding.severity],
        "url": _place(judged, examined),
        "acceptance": judged.acceptance,
        "accept_url": accept,
        "may_withdraw": may_accept and judged.acceptance is not None,
    }


def _place(judged: Judged, examined: Examined) -> str:
    """Where the record can be looked at: the item's own page, the change, or the report."""
    subject, node = judged.finding.subject, examined.node
    if subject.kind in ("milestones", "risks", "benefits"):
        return reverse("register-item", args=[node.organisation.slug, node.slug, subject.kind, subject.id])
    if subject.kind == "change":
        return reverse("change", args=[subject.id])
    if examined.report is not None and judged.finding.report_id:
        return reverse("report", args=[examined.report.pk])
    return reverse("node", args=[node.organisation.slug, node.slug])


@needs(Permission.APPROVE)
def assurance_accept(request: HttpRequest, org: str, node: str) -> HttpResponse:
    """Leave one finding as it is, for a reason and until a day."""
    node = get_node(request.user, org, node, Permission.APPROVE)
    request.organisation = node.organisation
    examined, judged = _found(node, request.GET)
    today = today_for(node.organisation)
    form = AcceptForm(request.POST or None, today=today, day_first=node.organisation.is_day_first)
    back = reverse("assurance", args=[org, node.slug])
    if request.method == "POST" and form.is_valid():
        accept_finding(
            judged.finding,
            node=node,
            reason=form.cleaned_data["reason"],
            expires_on=form.cleaned_data["until"],
            by=request.user,
        )
        messages.success(request, f"{judged.finding.code} is accepted: {judged.finding.subject.words}.")
        return redirect(back)
    return render(
        request,
        "reporting/assurance_accept.html",
        {
            "node": node,
            "form": form,
            "finding": judged.finding,
            "mark": MARKS[judged.finding.severity],
            "report_words": report_words(examined),
            "trail": [
                *trail_to(request.user, node),
                {"label": node.title, "url": reverse("node", args=[org, node.slug])},
                {"label": "Assurance", "url": back},
            ],
            "back": back,
        },
    )


def _found(node: Node, asked) -> tuple[Examined, Judged]:
    """The finding an address names; 404 where the checks no longer find it."""
    report = asked.get("report", "")
    if report.isdigit():
        reports = Report.objects.filter(node=node).select_related(
            "node__organisation", "organisation", "period", "tier"
        )
        examined = [examine_report(each) for each in reports.filter(pk=report)]
    else:
        examined = examine(Node.objects.filter(pk=node.pk))
    for each in examined:
        for judged in each.judged:
            if (judged.finding.code, judged.finding.subject.key) == (asked.get("code"), asked.get("subject")):
                return each, judged
    raise Http404("The checks no longer find this.")


@require_POST
@needs(Permission.APPROVE)
def assurance_withdraw(request: HttpRequest, org: str, node: str, pk: int) -> HttpResponse:
    """Let an accepted finding stand again."""
    node = get_node(request.user, org, node, Permission.APPROVE)
    acceptance = get_visible(
        FindingAcceptance.objects.filter(withdrawn_at=None), request.user, Permission.APPROVE, pk=pk, node=node
    )
    withdraw_acceptance(acceptance, by=request.user)
    messages.success(request, f"{acceptance.check_code} stands again: {acceptance.subject_words}.")
    return redirect("assurance", org, node.slug)
