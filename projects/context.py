"""What every page knows besides its own content: the council one is in, the service navigation, one's roles there."""

from django.http import HttpRequest
from django.urls import reverse

from projects.models import ChangeRequest, CommitteeReport, Import, LayoutDraft, Node, Organisation, Report
from projects.models.people import active_grants
from projects.permissions import may, may_anywhere
from projects.rules.access import Permission, Role

# Pages whose address names a row and no council, by the first part of the address.
OWNERS = {
    "reports": Report,
    "changes": ChangeRequest,
    "imports": Import,
    "layout-drafts": LayoutDraft,
    "committee-reports": CommitteeReport,
}


def portal(request: HttpRequest) -> dict:
    """`organisation`, `portal_nav` (label, url, current) and `roles` for the frame of the page.

    A view that knows its council sets `request.organisation` and saves the look-up.
    """
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    organisation = organisation_of(request)
    return {
        "organisation": organisation,
        "portal_nav": navigation(request, organisation),
        "roles": roles_in(user, organisation),
    }


def organisation_of(request: HttpRequest) -> Organisation | None:
    """The council the page is about; the person's only one where the page is about none; None between several."""
    if hasattr(request, "organisation"):
        return request.organisation
    held = {grant.node.organisation_id for grant in active_grants(request.user)}
    if not held:
        return None
    organisations = {each.slug: each for each in Organisation.objects.filter(pk__in=held)}
    given = request.resolver_match.kwargs if request.resolver_match else {}
    named = next((organisations[value] for value in given.values() if value in organisations), None)
    if named is None and "pk" in given and len(organisations) > 1:
        owner = OWNERS.get(request.path.split("/")[1])
        found = (
            owner.objects.filter(pk=given["pk"]).values_list("organisation_id", flat=True).first() if owner else None
        )
        named = next((each for each in organisations.values() if each.pk == found), None)
    if named is None and len(organisations) == 1:
        named = next(iter(organisations.values()))
    request.organisation = named
    return named


def roles_in(user, organisation: Organisation | None) -> set[Role]:
    """The roles the person holds in one council."""
    if organisation is None:
        return set()
    return {Role(grant.role) for grant in active_grants(user) if grant.node.organisation_id == organisation.pk}


def navigation(request: HttpRequest, organisation: Organisation | None) -> list[dict]:
    """The links of the service navigation that this person can use, the one that is open marked."""
    user = request.user
    entries = [("Home", "home", ())]
    if organisation is not None:
        top = highest_node(user, organisation)
        if top is not None and top.kind not in ("project", "workstream", "sub_workstream"):
            entries.append(("Portfolio", "portfolio", (organisation.slug, top.slug)))
        if top is not None and may(user, Permission.VIEW_RECORD, top):
            entries.append(("Returns", "returns", (organisation.slug, top.slug)))
        entries.append(("Documents", "documents", ()))
        entries.append(("Committee reports", "committee-reports", (organisation.slug,)))
        roles = roles_in(user, organisation)
        if may_anywhere(user, Permission.IMPORT) and roles & {Role.PMO, Role.ADMINISTRATOR}:
            entries.append(("Imports", "imports", ()))
        if roles & {Role.PMO, Role.ADMINISTRATOR}:
            entries.append(("Audit trail", "audit", (organisation.slug,)))
        if Role.ADMINISTRATOR in roles:
            entries.append(("Settings", "settings", (organisation.slug,)))
    else:
        entries.append(("Documents", "documents", ()))
    links = [(label, reverse(name, args=arguments)) for label, name, arguments in entries]
    return [{"label": label, "url": url, "current": is_open(request.path, url)} for label, url in links]


def highest_node(user, organisation: Organisation) -> Node | None:
    """The highest node of the council on which the person holds any role."""
    nodes = [grant.node for grant in active_grants(user) if grant.node.organisation_id == organisation.pk]
    return min(nodes, key=lambda node: (node.depth, node.path), default=None)


def is_open(path: str, url: str) -> bool:
    """Whether the page at `path` is the one linked to, or lies beneath it."""
    return path == url or (url != "/" and path.startswith(url))
