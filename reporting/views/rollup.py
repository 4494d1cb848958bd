"""A node rolled up, part by part, with the way down into each and the way back."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from projects.clock import today_for
from projects.models import Node
from projects.permissions import get_node, get_organisation, may, needs
from projects.rules.access import Permission
from projects.rules.savings import year_words
from projects.templatetags.portal import query_string
from projects.views.as_at import chosen_as_at
from reporting import queries
from reporting.documents.catalogue.severity import mapping_of, mixed_mapping
from reporting.rollup import roll_up

LEAVES_SHOWN = 50


def way_to(user, node: Node, page: str, query: str = "") -> list[dict]:
    """Home, then the same page of each node above that the person may see."""
    above = Node.objects.visible_to(user).ancestors(node).select_related("organisation")
    return [
        {"label": "Home", "url": reverse("home")},
        *(
            {"label": each.title, "url": reverse(page, args=[node.organisation.slug, each.slug]) + query}
            for each in above
        ),
    ]


@needs(Permission.VIEW_PUBLISHED)
def rollup(request: HttpRequest, org: str, node: str) -> HttpResponse:
    """Each part beneath with its counts and savings, the worst first; projects directly beneath stand among them."""
    node = get_node(request.user, org, node, Permission.VIEW_PUBLISHED)
    organisation = request.organisation = node.organisation
    published = not may(request.user, Permission.VIEW_RECORD, node)
    choice = chosen_as_at(request, organisation, published=published)
    at = choice.as_at
    expected = queries.periods_at(organisation, at) if at else queries.periods_now([organisation], today_for)
    is_in_order = request.GET.get("order") == "tree"
    rolled = roll_up(
        request.user,
        node,
        expected,
        published=published,
        sees_exempt=may(request.user, Permission.VIEW_EXEMPT, node),
        today=today_for(organisation),
        at=at,
        is_in_order=is_in_order,
    )
    holds = [part for part in rolled.parts if not part.is_leaf]
    leaves = [part for part in rolled.parts if part.is_leaf]
    first_month = organisation.financial_year_start
    return render(
        request,
        "reporting/rollup.html",
        {
            "node": node,
            "trail": way_to(request.user, node, "rollup", choice.query),
            "choice": choice,
            "rolled": rolled,
            "groups": [
                (words, parts)
                for words, parts in (
                    (f"Parts of {node.title}", holds),
                    (
                        "Reporting directly beneath it" if holds else f"Reporting beneath {node.title}",
                        leaves[:LEAVES_SHOWN],
                    ),
                )
                if parts
            ],
            "left_out": len(leaves) - LEAVES_SHOWN if len(leaves) > LEAVES_SHOWN else 0,
            "years": [year_words(year, first_month) for year in rolled.years],
            "is_in_order": is_in_order,
            "order_url": query_string(request, order=None if is_in_order else "tree"),
            "mapping": mixed_mapping(organisation, rolled.schemes),
            "published": published,
        },
    )


@needs(Permission.VIEW_PUBLISHED)
def severity_mapping(request: HttpRequest, org: str) -> HttpResponse:
    """Every status of the council on the common scale."""
    organisation = request.organisation = get_organisation(request.user, org, Permission.VIEW_PUBLISHED)
    manages = may(request.user, Permission.MANAGE_SETTINGS, Node.objects.get(organisation=organisation, parent=None))
    trail = [{"label": "Home", "url": reverse("home")}]
    if manages:
        trail.append({"label": "Settings", "url": reverse("settings", args=[org])})
    return render(
        request,
        "reporting/severity.html",
        {"organisation": organisation, "trail": trail, "mapping": mapping_of(organisation), "manages": manages},
    )
