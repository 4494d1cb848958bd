"""Who may do what: every view, action, document and export asks here and nowhere else.

A thing hidden from a person is 404, a thing they know of but may not touch is 403.
"""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404

from projects.models import Node, Organisation, Report
from projects.models.people import granted_paths
from projects.rules.access import Permission
from projects.rules.tree import is_within


def may(user, permission: Permission, node: Node) -> bool:
    """Whether `user` holds `permission` on `node`, by a role there or above it."""
    return any(is_within(node.path, path) for path in granted_paths(user, permission))


def require(user, permission: Permission, node: Node) -> None:
    """PermissionDenied unless `user` may."""
    if not may(user, permission, node):
        raise PermissionDenied(f"Your role does not allow this on {node.title}.")


def may_anywhere(user, permission: Permission) -> bool:
    """Whether there is any node at all on which `user` holds `permission`."""
    return bool(granted_paths(user, permission))


def needs(permission: Permission | None) -> Callable:
    """Name the permission a view requires. None: any signed-in person, who sees only what is theirs.

    The view itself asks, through `get_node` and its like; the access sweep refuses a view
    that names none.
    """

    def mark(view):
        view.permission = permission
        view.names_permission = True
        return view

    return mark


def get_node(user, organisation_slug: str, node_slug: str, permission: Permission) -> Node:
    """The node at organisation/slug, for somebody who may `permission` it."""
    node = get_object_or_404(
        Node.objects.visible_to(user).select_related("organisation", "tier", "parent", "headline_series"),
        organisation__slug=organisation_slug,
        slug=node_slug,
    )
    require(user, permission, node)
    return node


def get_report(user, pk: int, permission: Permission) -> Report:
    """The report, for somebody who may `permission` its node. Drafts are hidden from readers."""
    report = get_object_or_404(
        Report.objects.visible_to(user).select_related(
            "node__organisation", "organisation", "template", "series", "period", "tier"
        ),
        pk=pk,
    )
    require(user, permission, report.node)
    return report


def top_node(organisation: Organisation) -> Node:
    """The organisation's own node, above all others of it."""
    return Node.objects.get(organisation=organisation, kind="organisation")


def get_organisation(user, slug: str, permission: Permission) -> Organisation:
    """The organisation, for somebody who may `permission` its top node."""
    node = get_object_or_404(
        Node.objects.visible_to(user).select_related("organisation"), organisation__slug=slug, kind="organisation"
    )
    require(user, permission, node)
    return node.organisation


def get_visible(queryset, user, permission: Permission, node_of=lambda thing: thing.node, **lookup):
    """One row of any QuerySet that knows `visible_to`, for somebody who may `permission` its node."""
    try:
        thing = queryset.visible_to(user).get(**lookup)
    except queryset.model.DoesNotExist as missing:
        raise Http404 from missing
    require(user, permission, node_of(thing))
    return thing
