"""What changed between two periods, days or reports."""

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse

from projects.as_at import NoSuchDay
from projects.models import Node
from projects.permissions import get_node, may, needs
from projects.rules.access import Permission
from projects.templatetags.portal import query_string
from projects.views.tabs import node_tabs
from reporting.comparing import ComparisonForm
from reporting.comparison import Asked, NothingToCompare, reports_of
from reporting.documents.catalogue import CHANGES_SINCE, built_changes
from reporting.documents.catalogue.changes_since import DrawnChanges
from reporting.views.nodes import trail_to

NODES_A_PAGE = 20
TWO = 2


@needs(Permission.VIEW_PUBLISHED)
def compare(request: HttpRequest, org: str, node: str) -> HttpResponse:
    """The comparison with its picker. Two reports ticked in the history come as ?report= twice."""
    node = get_node(request.user, org, node, Permission.VIEW_PUBLISHED)
    request.organisation = node.organisation
    published = not may(request.user, Permission.VIEW_RECORD, node)
    form = ComparisonForm(request.GET, organisation=node.organisation, series=node.headline_series, published=published)
    context = {
        "node": node,
        "trail": trail_to(request.user, node),
        "tabs": node_tabs(request.user, node, "compare"),
        "form": form,
        "medium": "page",
    }
    ticked = request.GET.getlist("report")
    asked = _asked(node, form, ticked, published, context)
    if asked:
        _add_comparison(context, request, node, asked, published)
    return render(request, "reporting/compare.html", context)


def _asked(node: Node, form: ComparisonForm, ticked: list[str], published: bool, context: dict) -> Asked | None:
    """What to compare; None where that cannot be said, with a sentence in the context or beside a box."""
    if not ticked:
        return form.asked if form.is_valid() else None
    reports = reports_of(node, ticked, published=published)
    if len(ticked) != TWO or len(reports) != TWO:
        context["says"] = "Tick two reports in the history to compare them, or choose two periods or days here."
        return None
    return Asked(reports=tuple(reports))


def _add_comparison(context: dict, request: HttpRequest, node: Node, asked: Asked, published: bool) -> None:
    sees_exempt = may(request.user, Permission.VIEW_EXEMPT, node)
    try:
        drawn = built_changes(
            node,
            asked,
            only_published=published,
            sees_exempt=sees_exempt,
            page=request.GET.get("page", ""),
            size=NODES_A_PAGE,
        )
    except (NoSuchDay, NothingToCompare) as refused:
        context["says"] = str(refused)
        return
    context |= {"built": drawn.built, "page": drawn.page}
    if not asked.reports:
        swapped = {
            "since": drawn.new.asked, "since_meaning": asked.meaning, "since_day": None,
            "period": drawn.old.asked, "meaning": asked.since_meaning, "period_day": None,
        }  # fmt: skip
        context["swap_url"] = query_string(request, **swapped)
        context["last_url"] = query_string(request, since=None, since_day=None, since_meaning=None)
    context |= {"too_many": drawn.too_many, "page_noun": "that reported" if drawn.too_many else "that changed"}
    if not drawn.too_many and (published or may(request.user, Permission.EXPORT, node)):
        context["downloads"] = _downloads(node, asked, drawn)


def _downloads(node: Node, asked: Asked, drawn: DrawnChanges) -> list[dict]:
    """The same comparison as files: the sides are named, so that the file is what the page showed."""
    said = QueryDict(mutable=True)
    if asked.reports:
        said.setlist("report", [str(report.pk) for report in asked.reports])
    else:
        since = {"since": drawn.old.asked, "since_meaning": asked.since_meaning}
        said.update(since | {"period": drawn.new.asked, "meaning": asked.meaning})
    base = reverse("document", args=[CHANGES_SINCE.name, node.organisation.slug, node.slug])
    files = (("Download as PDF", "pdf"), ("Download the tables (XLSX)", "xlsx"))
    return [{"label": label, "url": f"{base}?{said.urlencode()}&format={ending}"} for label, ending in files]
