"""Where the pages of a node lead that are about its plans."""

from django.urls import reverse

from projects.models import Node
from projects.permissions import may
from projects.rules.access import Permission
from reporting.documents.catalogue import DEPENDENCIES, LOOK_AHEAD, SCRUTINY_PLAN
from reporting.plan_ahead import plan_of


def plan_links(user, node: Node) -> list[dict]:
    """What a node's page leads to: what is ahead, what waits for what, what scrutiny is to see."""
    place = [node.organisation.slug, node.slug]
    links = [{"title": LOOK_AHEAD.title, "url": reverse("document", args=[LOOK_AHEAD.name, *place])}]
    if may(user, Permission.VIEW_RECORD, node):
        links.append({"title": DEPENDENCIES.title, "url": reverse("dependencies", args=place)})
    keeps = may(user, Permission.EDIT_COMMITTEE_REPORT, node)
    if keeps or plan_of(node):
        links.append({"title": SCRUTINY_PLAN.title, "url": reverse("scrutiny-plan", args=place)})
    return links
