"""The changes that a report proposes as it prints them: live requests while it is open, rows of its own once frozen."""

from projects.actions.change_control import proposals_of, route_for
from projects.models import ChangeRequest, ChangeRoute, ProposedChange, Report

State = ChangeRequest.State
SECTION = "changes-proposed"  # the section of a template whose reports propose changes


def requests_of(report: Report):
    """The requests that were opened in a report, those withdrawn or archived left out."""
    mine = ChangeRequest.objects.filter(report=report, sort=ChangeRequest.Sort.BASELINE, is_archived=False)
    return mine.exclude(state=State.WITHDRAWN).select_related("route", "node").order_by("order", "pk")


def proposed_changes(report: Report) -> list[ProposedChange]:
    """The changes a report proposes as it would print them now, unsaved."""
    return [_as_printed(report, request, place) for place, request in enumerate(requests_of(report), start=1)]


def freeze_proposed_changes(report: Report) -> None:
    """Copy what the report proposes into it, so that it prints the same however the requests are decided."""
    if not report.template.sections.filter(key=SECTION).exists():
        return
    ProposedChange.objects.filter(report=report).delete()
    ProposedChange.objects.bulk_create(proposed_changes(report))


def _as_printed(report, request, place) -> ProposedChange:
    about = ProposedChange.About.SERVICE if request.affects_service_or_policy else ProposedChange.About.PLAN
    return ProposedChange(
        organisation_id=report.organisation_id,
        report=report,
        change_request=request,
        ref=request.ref,
        title=request.item_words,
        order=place,
        about=about,
        description=request.description,
        justification=request.justification,
        state_words=request.get_state_display(),
        route_words=route_words(request),
        is_exempt=request.is_exempt,
        exempt_paragraph=request.exempt_paragraph,
        exempt_reason=request.exempt_reason,
        exempt_until=request.exempt_until,
    )


def route_words(request: ChangeRequest) -> str:
    """The way a request takes, by the council's rules until it is sent: "Service or policy: Board, then Executive"."""
    route = request.route
    if route is None and request.state == State.DRAFT:
        route, _ = route_for(request, proposals_of(request))
    if route is None:
        return ""
    return f"{route.name}: {', then '.join(_steps(route))}"[:300]


def _steps(route: ChangeRoute) -> list[str]:
    return [str(step) for step in route.steps.select_related("board", "post")]
