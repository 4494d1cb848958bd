"""Home: what the person must do and by when, and what they can reach."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from projects.actions.assembly import overtaken_sections
from projects.actions.levels import overtaken_inputs
from projects.clock import today_for
from projects.models import ChangeRequest, Node, Report, ReportState
from projects.models.people import granted_paths
from projects.permissions import needs
from projects.rules.access import Permission, Role
from reporting import queries
from reporting.assurance.examine import examine
from reporting.assurance.registry import Severity

MOST_OVERTAKEN = 20  # shown on the page
MOST_EXAMINED = 100  # projects whose reports are examined while the page is waited for


@needs(None)
def home(request: HttpRequest) -> HttpResponse:
    """Tasks by role, then what needs attention, then everything within reach."""
    user = request.user
    roles = queries.roles_of(user)
    organisations = queries.organisations_of(user)
    periods = queries.periods_now(organisations, today_for)
    page = {"roles": roles, "organisations": organisations, "reach": _reach(user)}
    if Role.OFFICER in roles:
        page["due"] = queries.due_reports(queries.nodes_as(user, Role.OFFICER), periods, today_for)
    if Role.SPONSOR in roles:
        page["to_sign_off"] = list(
            queries.waiting_reports(queries.nodes_as(user, Role.SPONSOR), ReportState.SUBMITTED).filter(
                template__requires_sign_off=True
            )
        )
    if Role.PMO in roles:
        nodes = queries.nodes_as(user, Role.PMO)
        page["to_approve"] = queries.ready_to_approve(nodes)
        page["to_publish"] = list(queries.to_publish(nodes))
        page["checks"] = _checks(user)
        page["overtaken"] = list(
            overtaken_inputs(Report.objects.filter(node__in=nodes).exclude(known_from=None).values("pk"))[
                :MOST_OVERTAKEN
            ]
        )
        page["outstanding"] = queries.due_reports(nodes, periods, today_for)
    if roles & {Role.PMO, Role.CLERK}:
        writable = queries.nodes_as(user, Role.PMO, Role.CLERK)
        page["overtaken_sections"] = list(overtaken_sections(writable)[:MOST_OVERTAKEN])
    if roles & {Role.DIRECTOR, Role.SPONSOR, Role.PMO}:
        page["attention"] = queries.needs_attention(queries.nodes_as(user, Role.DIRECTOR, Role.SPONSOR, Role.PMO))
    if roles & {Role.READER, Role.MEMBER}:
        page["published"] = queries.newest_published(queries.nodes_as(user, Role.READER, Role.MEMBER))
    page["committee_reports"] = queries.committee_reports_for(user)
    page["to_clear"] = [
        {"clearance": each, "is_late": each.due_on is not None and each.due_on < today_for(each.report.organisation)}
        for each in queries.clearances_for(user)
    ]
    page["packs"] = queries.packs_for(user)
    page["meetings"] = queries.meetings_for(user)
    return render(request, "reporting/home.html", page)


def _checks(user) -> list[dict]:
    """Of each part of the tree the person keeps watch on: changes that await a decision and grave findings.

    `high` is None where more report than can be examined while somebody waits; the assurance page counts them.
    """
    told = []
    watched = Node.objects.filter(path__in=granted_paths(user, Permission.APPROVE), is_archived=False)
    for node in watched.select_related("organisation").order_by("path"):
        beneath = Node.objects.beneath(node)
        high = None
        if beneath.in_use().exclude(headline_series=None).count() <= MOST_EXAMINED:
            high = sum(each.number_of(Severity.HIGH) for each in examine(beneath))
        waiting = (
            ChangeRequest.objects.visible_to(user)
            .filter(node__in=beneath, state=ChangeRequest.State.SUBMITTED, is_archived=False)
            .select_related("node__organisation")
            .order_by("raised_at", "pk")
        )
        told.append({"node": node, "high": high, "to_decide": list(waiting)})
    return told


def _reach(user) -> list[Node]:
    """The highest nodes the person may see, each with its council."""
    paths = granted_paths(user, Permission.VIEW_PUBLISHED)
    return list(Node.objects.filter(path__in=paths, is_archived=False).select_related("organisation").order_by("path"))
