"""How a node went from period to period."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from projects.permissions import get_node, may, needs
from projects.rules.access import Permission
from projects.views.as_at import chosen_as_at
from projects.views.tabs import node_tabs
from reporting.documents.catalogue.trends import built_trends
from reporting.trends import trend_of
from reporting.views.nodes import trail_to


@needs(Permission.VIEW_PUBLISHED)
def trends(request: HttpRequest, org: str, node: str) -> HttpResponse:
    """Charts with their tables, up to the newest period or the one asked for."""
    node = get_node(request.user, org, node, Permission.VIEW_PUBLISHED)
    request.organisation = node.organisation
    is_staff = may(request.user, Permission.VIEW_RECORD, node)
    choice = chosen_as_at(request, node.organisation, published=not is_staff, series=node.headline_series)
    trend = trend_of(
        node,
        published=not is_staff,
        sees_exempt=may(request.user, Permission.VIEW_EXEMPT, node),
        day=choice.as_at,
    )
    built = built_trends(trend, as_at_words=choice.as_at.words if choice.as_at else "")
    files = [("Download as PDF", "pdf"), ("Download the tables (XLSX)", "xlsx")]
    address = reverse("document", args=["trends", org, node.slug])
    asked = f"{choice.query}&" if choice.query else "?"
    may_take = built.sections and (not is_staff or may(request.user, Permission.EXPORT, node))
    return render(
        request,
        "reporting/trends.html",
        {
            "node": node,
            "trail": trail_to(request.user, node),
            "tabs": node_tabs(request.user, node, "trends"),
            "choice": choice,
            "built": built,
            "medium": "page",
            "downloads": [
                {"label": label, "url": f"{address}{asked}format={ending}"} for label, ending in files if may_take
            ],
        },
    )
