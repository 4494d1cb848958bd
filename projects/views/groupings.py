"""What stands beside the tree: a node's other names, labels, groupings and tranches, and who is in a grouping."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from projects.actions.groupings import choose_members
from projects.forms.groupings import FindForm, document_words
from projects.models import Grouping, Node
from projects.permissions import get_node, get_organisation, needs
from projects.rules.access import Permission
from projects.views.settings import page_of

NODES_A_PAGE = 100


@needs(Permission.MANAGE_SETTINGS)
def node_beside(request: HttpRequest, org: str, node: str) -> HttpResponse:
    """Everything that is said of a node beside its place in the tree, each with the way to change it and to add one."""
    node = get_node(request.user, org, node, Permission.MANAGE_SETTINGS)
    asked = urlencode({"node": node.pk})
    groups = [
        {
            "title": "Other names",
            "hint": "What documents and workbooks call it. It is one node, and is counted once.",
            "add": ("Add another name", f"{reverse('settings-aliases-add', args=[org])}?{asked}"),
            "rows": [
                (alias.printed_as, f"In: {document_words(alias.document) or 'any document'}", _page("aliases", alias))
                for alias in node.aliases.select_related("organisation").order_by("printed_as")
            ],
        },
        {
            "title": "Groupings",
            "hint": "Groups of documents that list it, beside its place in the tree.",
            "add": ("All groupings", reverse("settings-groupings", args=[org])),
            "rows": [
                (grouping.title, f"In: {document_words(grouping.document)}", _page("groupings", grouping))
                for grouping in node.groupings.select_related("organisation")
            ],
        },
        {
            "title": "Tranches",
            "hint": "Slices of its plan, each with the day it is to be done by.",
            "add": ("Add a tranche", f"{reverse('settings-tranches-add', args=[org])}?{asked}"),
            "rows": [
                (tranche.name, tranche.due_words or "No date", _page("tranches", tranche))
                for tranche in node.tranches.select_related("organisation")
            ],
        },
        {
            "title": "Labels",
            "hint": "Themes that run across the tree; they are chosen with the node's own details.",
            "add": ("Choose labels", reverse("settings-node-change", args=[org, node.slug])),
            "rows": [
                (label.name, label.definition, _page("labels", label))
                for label in node.labels.select_related("organisation")
            ],
        },
    ]
    trail = [
        {"label": "Portfolio tree", "url": reverse("settings-nodes", args=[org])},
        {"label": node.title, "url": reverse("settings-node-change", args=[org, node.slug])},
    ]
    context = page_of(request, node.organisation, "nodes", trail, node=node, groups=groups)
    return render(request, "projects/groupings/node.html", context)


def _page(key: str, row) -> str:
    return reverse(f"settings-{key}-change", args=[row.organisation.slug, row.pk])


@needs(Permission.MANAGE_SETTINGS)
def grouping_nodes(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Tick the nodes of a grouping, a page of the tree at a time; what is not on the page stays as it is."""
    organisation = get_organisation(request.user, org, Permission.MANAGE_SETTINGS)
    grouping = get_object_or_404(Grouping, organisation=organisation, pk=pk)
    form = FindForm(request.GET, organisation=organisation)
    nodes = form.found(Node.objects.filter(organisation=organisation).in_use().exclude(parent=None))
    if request.method == "POST":
        own = Node.objects.filter(organisation=organisation)
        shown = own.filter(pk__in=_numbers(request.POST.getlist("shown")))
        chosen = own.filter(pk__in=_numbers(request.POST.getlist("chosen")))
        put_in, taken_out = choose_members(grouping, among=list(shown), chosen=list(chosen), by=request.user)
        messages.success(request, f"{put_in} put into {grouping}, {taken_out} taken out.")
        return redirect(request.get_full_path())
    address = reverse("settings-groupings-change", args=[org, pk])
    trail = [
        {"label": "Groupings", "url": reverse("settings-groupings", args=[org])},
        {"label": grouping.title, "url": address},
    ]
    context = page_of(
        request,
        organisation,
        "groupings",
        trail,
        grouping=grouping,
        form=form,
        here=Paginator(nodes, NODES_A_PAGE).get_page(request.GET.get("page")),
        members=set(grouping.members.values_list("node_id", flat=True)),
        cancel_url=address,
    )
    return render(request, "projects/groupings/nodes.html", context)


def _numbers(sent: list[str]) -> list[int]:
    return [int(each) for each in sent if each.isdecimal()]
