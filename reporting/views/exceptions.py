"""What stands out beneath a node: exceptions by status, those put right, and who moved since the last period."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from projects.as_at import NoSuchDay
from projects.models import Node
from projects.permissions import get_node, may, needs
from projects.rules.access import Permission
from projects.templatetags.portal import query_string
from projects.views.as_at import AsAtChoice, chosen_as_at
from reporting.comparison import Asked, NothingToCompare, compare, sides_of
from reporting.differences import Move
from reporting.documents.catalogue.severity import mixed_mapping
from reporting.exceptions import exceptions_of
from reporting.views.rollup import way_to

MOVERS_SHOWN = 100
MOVES = {Move.NEW: "New", Move.REMOVED: "Gone"}


@needs(Permission.VIEW_PUBLISHED)
def exceptions(request: HttpRequest, org: str, node: str) -> HttpResponse:
    """The exceptions with reasons and details, now or as at a day; ?watched=1 adds what is to be watched."""
    node = get_node(request.user, org, node, Permission.VIEW_PUBLISHED)
    organisation = request.organisation = node.organisation
    published = not may(request.user, Permission.VIEW_RECORD, node)
    sees_exempt = may(request.user, Permission.VIEW_EXEMPT, node)
    choice = chosen_as_at(request, organisation, published=published)
    is_with_watched = "watched" in request.GET
    found = exceptions_of(
        request.user,
        node,
        published=published,
        sees_exempt=sees_exempt,
        at=choice.as_at,
        is_with_watched=is_with_watched,
    )
    return render(
        request,
        "reporting/exceptions.html",
        {
            "node": node,
            "trail": [
                *way_to(request.user, node, "rollup", choice.query),
                {"label": node.title, "url": reverse("rollup", args=[org, node.slug]) + choice.query},
            ],
            "choice": choice,
            "found": found,
            "is_with_watched": is_with_watched,
            "watched_url": query_string(request, watched=None if is_with_watched else "1"),
            "mapping": mixed_mapping(organisation, found.schemes),
            "published": published,
            **_movers(node, choice, published=published, sees_exempt=sees_exempt),
        },
    )


def _movers(node: Node, choice: AsAtChoice, *, published: bool, sees_exempt: bool) -> dict:
    """Whose overall status moved since the period before, or why that cannot be said."""
    day = choice.as_at
    asked = Asked(period=day.asked, meaning=day.meaning, since_meaning=day.meaning) if day else Asked()
    try:
        old, new = sides_of(node, asked, published=published)
    except (NoSuchDay, NothingToCompare) as refused:
        return {"no_movers": str(refused)}
    moved = compare(node, old, new, sees_exempt=sees_exempt, only_overall=True)
    shown = moved.movers[:MOVERS_SHOWN]
    nodes = Node.objects.in_bulk([each.node_id for each in shown])
    return {
        "movers": [(nodes[each.node_id], each, MOVES.get(each.move, each.move.value)) for each in shown],
        "moved": len(moved.movers),
        "since": old.label,
        "until": new.label,
        "compared": len(moved.nodes),
        "compare_url": reverse("compare", args=[node.organisation.slug, node.slug]) + choice.query,
    }
