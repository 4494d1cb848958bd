"""A node's newest report as its dashboard, its history, and each report of it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from projects.actions.levels import overtaken_inputs
from projects.clock import today_for
from projects.imports.form_export import has_forms
from projects.models import CommitteeReport, Node, Report, ReportState
from projects.permissions import get_node, get_report, may, needs
from projects.rules.access import Permission
from projects.views.as_at import chosen_as_at
from projects.views.tabs import node_tabs
from reporting import queries
from reporting.documents.catalogue import (
    CHECKPOINT,
    PORTFOLIO_UPDATE,
    SCORECARD,
    built_checkpoint,
    built_dashboard,
    built_scorecard,
)
from reporting.documents.catalogue.portfolio_update import built_update
from reporting.documents.document import BuiltDocument
from reporting.node_documents import can_be_initiated, documents_of
from reporting.views.plan_links import plan_links

MOST_TOLD = 5  # reports to committees on a node's page


def trail_to(user, node: Node) -> list[dict]:
    """Where a node stands: home, then each node above it that the person may see."""
    above = Node.objects.visible_to(user).ancestors(node).select_related("organisation")
    return [
        {"label": "Home", "url": reverse("home")},
        *(
            {"label": each.title, "url": reverse("portfolio", args=[node.organisation.slug, each.slug])}
            for each in above
        ),
    ]


def downloads_of(report: Report) -> list[dict]:
    """The files of a report's document; an update's are drawn of its day, once it is approved."""
    base = [report.node.organisation.slug, report.node.slug]
    name, asked = "project-dashboard", f"report={report.pk}"
    if report.template.document == SCORECARD.name:
        name = SCORECARD.name
    elif report.template.document == PORTFOLIO_UPDATE.name:
        if not report.is_frozen:
            return []
        name, asked = PORTFOLIO_UPDATE.name, f"period={report.as_at_on.isoformat()}"
    elif report.template.document == CHECKPOINT.name:
        name = CHECKPOINT.name
    files = (("Download as PDF", "pdf"), ("Download the tables (XLSX)", "xlsx"))
    address = reverse("document", args=[name, *base])
    return [{"label": label, "url": f"{address}?{asked}&format={ending}"} for label, ending in files]


def built_for(user, report: Report) -> BuiltDocument:
    """A report as this person may see it: the document that its template is printed as, else the dashboard."""
    seen = {
        "sees_exempt": may(user, Permission.VIEW_EXEMPT, report.node),
        "day": today_for(report.node.organisation),
    }
    if report.template.document == SCORECARD.name:
        return built_scorecard(report, published=not may(user, Permission.VIEW_RECORD, report.node), **seen)
    built = {PORTFOLIO_UPDATE.name: built_update, CHECKPOINT.name: built_checkpoint}.get(
        report.template.document, built_dashboard
    )
    return built(report, **seen)


@needs(Permission.VIEW_PUBLISHED)
def node_page(request: HttpRequest, org: str, node: str) -> HttpResponse:
    """The report that stands, now or as at a day, as the dashboard; and how what is beneath the node stands."""
    node = get_node(request.user, org, node, Permission.VIEW_PUBLISHED)
    request.organisation = node.organisation
    is_staff = may(request.user, Permission.VIEW_RECORD, node)
    choice = chosen_as_at(request, node.organisation, published=not is_staff, series=node.headline_series)
    at = choice.as_at
    report = queries.report_as_at(node, at) if at else queries.newest_report(node, published=not is_staff)
    periods = queries.periods_at(node.organisation, at) if at else queries.periods_now([node.organisation], today_for)
    open_period = expected = None
    if node.headline_series_id:
        known = periods.get(node.headline_series.calendar_id, queries.CalendarPeriods())
        open_period, expected = known.open, known.expected
    unfinished = queries.unfinished_report(node) if is_staff and not at else None
    beneath = queries.levels_beneath(request.user, node, periods, published=not is_staff, at=at)
    return render(
        request,
        "reporting/node.html",
        {
            "node": node,
            "trail": trail_to(request.user, node),
            "tabs": node_tabs(request.user, node, "node", choice.query),
            "choice": choice,
            "report": report,
            "built": built_for(request.user, report) if report else None,
            "medium": "page",
            "downloads": downloads_of(report) if report else [],
            "is_missing": bool(report and expected and report.as_at_on < expected.as_at_on),
            "expected": expected,
            "open_period": open_period,
            "unfinished": unfinished,
            "may_export": at is None and bool(report or unfinished) and may(request.user, Permission.EXPORT, node),
            "may_edit": at is None and may(request.user, Permission.EDIT_DRAFT, node),
            "may_begin_series": at is None and may(request.user, Permission.MANAGE_STRUCTURE, node),
            "beneath": beneath,
            "told": CommitteeReport.objects.visible_to(request.user).telling_of(node)[:MOST_TOLD],
            "documents": _documents(request.user, node, choice, published=not is_staff),
            "has_children": Node.objects.visible_to(request.user).filter(parent=node, is_archived=False).exists(),
        },
    )


def _documents(user, node: Node, choice, *, published: bool) -> list[dict]:
    """What can be opened of the node, and where another version of its initiation document is proposed."""
    named = [node.organisation.slug, node.slug]
    links = [
        {"title": title, "url": reverse("document", args=[name, *named]) + choice.query}
        for name, title in documents_of(node, published=published)
    ]
    links += plan_links(user, node)
    if choice.as_at is None and may(user, Permission.RAISE_CHANGE, node) and can_be_initiated(node):
        asked = f"?sort=baseline&words=1&item=project-{node.pk}"
        words = "Propose a version of the initiation document"
        links.append({"title": words, "url": reverse("change-new", args=named) + asked})
    return links


@needs(Permission.VIEW_PUBLISHED)
def node_history(request: HttpRequest, org: str, node: str) -> HttpResponse:
    """Every report of the node: its period, state, revision, origin, when it stands, and who did what when."""
    node = get_node(request.user, org, node, Permission.VIEW_PUBLISHED)
    request.organisation = node.organisation
    is_staff = may(request.user, Permission.VIEW_RECORD, node)
    reports = list(queries.history_of(node, published=not is_staff))
    return render(
        request,
        "reporting/history.html",
        {
            "node": node,
            "trail": trail_to(request.user, node),
            "tabs": node_tabs(request.user, node, "node-history"),
            "reports": reports,
            "standing": {report.pk: queries.standing_words(report, published=not is_staff) for report in reports},
            "is_staff": is_staff,
        },
    )


@needs(Permission.VIEW_PUBLISHED)
def report_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One report, as it was printed; an unfinished one as it stands."""
    report = get_report(request.user, pk, Permission.VIEW_PUBLISHED)
    node = get_node(request.user, report.organisation.slug, report.node.slug, Permission.VIEW_PUBLISHED)
    request.organisation = node.organisation
    trail = trail_to(request.user, node)
    trail.append({"label": node.title, "url": reverse("node", args=[node.organisation.slug, node.slug])})
    history = reverse("node-history", args=[node.organisation.slug, node.slug])
    is_staff = may(request.user, Permission.VIEW_RECORD, node)
    corrections = report.corrections.all()
    if not is_staff:
        corrections = corrections.filter(state=ReportState.PUBLISHED)
    return render(
        request,
        "reporting/report.html",
        {
            "node": node,
            "report": report,
            "trail": [*trail, {"label": "History", "url": history}],
            "built": built_for(request.user, report),
            "medium": "page",
            "downloads": downloads_of(report),
            "overtaken": overtaken_inputs([report]) if is_staff else (),
            "correction": corrections.order_by("-revision").first(),
            "is_staff": is_staff,
            "has_forms": is_staff and has_forms(report),
            "may_edit": may(request.user, Permission.EDIT_DRAFT, node),
            "may_approve": may(request.user, Permission.APPROVE, node),
            "may_publish": may(request.user, Permission.PUBLISH, node),
        },
    )
