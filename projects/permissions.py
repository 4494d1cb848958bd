"""Who may do what: every view, action, document and export asks here and nowhere else.

A thing hidden from a person is 404, a thing they know of but may not touch is 403.
"""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone

from projects.models import ChangeRouteStep, CommitteeReportClearance, Grant, Node, Organisation, Report
from projects.models.people import active_grants, granted_paths
from projects.rules.access import Permission, Role
from projects.rules.tree import ancestors_of, is_within


def may(user, permission: Permission, node: Node) -> bool:
    """Whether `user` holds `permission` on `node`, by a role there or above it."""
    return any(is_within(node.path, path) for path in granted_paths(user, permission))


def require(user, permission: Permission, node: Node) -> None:
    """PermissionDenied unless `user` may."""
    if not may(user, permission, node):
        raise PermissionDenied(f"Your role does not allow this on {node.title}.")


def may_decide(user, node: Node, step: ChangeRouteStep | None) -> bool:
    """Whether `user` may decide a step of a change's route on `node`; `step` None is the one decision without a route.

    A board's decision is recorded by the PMO. A post's step is for its holder and who deputises for them, and one
    that names neither board nor post for the project's sponsor; the PMO records these where nobody signs in for them.
    """
    records = may(user, Permission.DECIDE_CHANGE, node)
    if step is None or step.board_id:
        return records
    if step.post_id is None:
        above = [*ancestors_of(node.path), node.path]
        sponsors = Grant.objects.filter(role=Role.SPONSOR.value, node__path__in=above)
        has_sponsor = sponsors.active_on(timezone.localdate()).exists()
        return may(user, Permission.SIGN_OFF, node) if has_sponsor else records
    holder = step.post.holder_id
    if holder is None:
        return records
    deputises = any(
        grant.deputy_for_id == holder and is_within(node.path, grant.node.path) for grant in active_grants(user)
    )
    return may(user, Permission.VIEW_RECORD, node) and (user.pk == holder or deputises)


def may_clear(user, clearance: CommitteeReportClearance) -> bool:
    """Whether `user` may clear the report: who holds the reviewer's post, or who writes the report on their behalf."""
    node = clearance.report.node
    holds = clearance.post is not None and clearance.post.holder_id == user.pk
    return may(user, Permission.EDIT_COMMITTEE_REPORT, node) or (holds and may(user, Permission.VIEW_RECORD, node))


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
