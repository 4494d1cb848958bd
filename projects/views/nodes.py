"""The tree of a council's work, for those who keep it: added to, changed, moved, archived, restored."""

from copy import copy

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from projects.actions.nodes import (
    CannotBeArchived,
    CannotBePlaced,
    add_node,
    archive_node,
    change_node,
    move_node,
    restore_node,
)
from projects.actions.reports import start_series
from projects.actions.writing import EditedMeanwhile, all_or_nothing
from projects.forms.nodes import ArchiveForm, MoveForm, NodeForm, RestoreForm
from projects.models import Node, NodeKind
from projects.permissions import get_node, get_organisation, needs
from projects.rules.access import Permission
from projects.views.settings import chosen, conflict_page, page_of

NODES_A_PAGE = 100
STRUCTURE = Permission.MANAGE_STRUCTURE


@needs(STRUCTURE)
def node_tree(request: HttpRequest, org: str) -> HttpResponse:
    """The whole tree, top down; archived nodes on request, and any by words of its title."""
    organisation = get_organisation(request.user, org, STRUCTURE)
    nodes = Node.objects.filter(organisation=organisation).select_related("tier")
    archived = nodes.filter(is_archived=True).count()
    with_archived = "archived" in request.GET
    if not with_archived:
        nodes = nodes.in_use()
    words = request.GET.get("words", "").strip()
    if words:
        nodes = nodes.filter(title__icontains=words)
    context = page_of(
        request,
        organisation,
        "nodes",
        here=Paginator(nodes, NODES_A_PAGE).get_page(request.GET.get("page")),
        archived=archived,
        with_archived=with_archived,
        words=words,
    )
    return render(request, "projects/nodes/tree.html", context)


@needs(STRUCTURE)
def node_add(request: HttpRequest, org: str, node: str) -> HttpResponse:
    """A new node beneath this one."""
    parent = get_node(request.user, org, node, STRUCTURE)
    kind = NodeKind.PROJECT if parent.kind in (NodeKind.ORGANISATION, NodeKind.PORTFOLIO, NodeKind.PROGRAMME) else None
    blank = Node(organisation=parent.organisation, parent=parent, kind=kind or NodeKind.SUB_WORKSTREAM)
    form = NodeForm(request.POST or None, instance=blank, organisation=parent.organisation)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                added = add_node(parent=parent, by=request.user, **form.answers())
                _begin_reporting(added, form, request.user)
        except CannotBePlaced as misplaced:
            form.add_error(None, str(misplaced))
        else:
            messages.success(request, f"{added} added beneath {parent}.")
            return redirect(_tree(parent))
    return _page(request, parent, "projects/settings/form.html", form=form, heading=f"Add beneath {parent}")


def _begin_reporting(node, form, by):
    if form.reporting:
        template, calendar = form.reporting
        start_series(node, template, calendar, by=by)


@needs(STRUCTURE)
def node_change(request: HttpRequest, org: str, node: str) -> HttpResponse:
    """A node's own details, and the ways to move, archive and restore it."""
    node = get_node(request.user, org, node, STRUCTURE)
    address = _address("settings-node-change", node)
    form = NodeForm(
        chosen(request, NodeForm, node, node.organisation), instance=copy(node), organisation=node.organisation
    )
    if request.method == "POST" and form.is_valid():
        try:
            with all_or_nothing(by=request.user):
                changed, changes = node, form.changes()
                if changes:
                    changed = change_node(node, changes, version=form.cleaned_data["version"], by=request.user)
                _begin_reporting(changed, form, request.user)
        except CannotBePlaced as misplaced:
            form.add_error(None, str(misplaced))
        except EditedMeanwhile as clash:
            return conflict_page(request, form, clash, node.organisation, NodeForm, address)
        else:
            messages.success(request, f"{changed} saved.")
            return redirect(_tree(node))
    return _page(
        request,
        node,
        "projects/settings/form.html",
        form=form,
        heading=node.title,
        caption=node.get_kind_display(),
        buttons=_buttons(node),
    )


@needs(STRUCTURE)
def node_move(request: HttpRequest, org: str, node: str) -> HttpResponse:
    """Put a node and everything beneath it somewhere else."""
    node = get_node(request.user, org, node, STRUCTURE)
    form = MoveForm(request.POST or None, node=node)
    if request.method == "POST" and form.is_valid():
        try:
            move_node(node, to=form.cleaned_data["to"], by=request.user)
        except CannotBePlaced as misplaced:
            form.add_error("to", str(misplaced))
        else:
            messages.success(request, f"{node} now stands beneath {form.cleaned_data['to']}.")
            return redirect(_tree(node))
    return _page(
        request,
        node,
        "projects/settings/confirm.html",
        form=form,
        heading=f"Move {node}",
        lead=_moves_with(node),
        action="Move it",
    )


@needs(STRUCTURE)
def node_archive(request: HttpRequest, org: str, node: str) -> HttpResponse:
    """Take a node out of the lists, saying why."""
    node = get_node(request.user, org, node, STRUCTURE)
    form = ArchiveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            archive_node(node, by=request.user, reason=form.cleaned_data["reason"])
        except CannotBeArchived as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"{node} is archived.")
            return redirect(_tree(node))
    return _page(
        request,
        node,
        "projects/settings/confirm.html",
        form=form,
        heading=f"Archive {node}?",
        warning=f"{_beneath(node)} Its reports and history stay, and it can be restored.",
        action="Archive it",
    )


@needs(STRUCTURE)
def node_restore(request: HttpRequest, org: str, node: str) -> HttpResponse:
    """Bring an archived node back into the lists."""
    node = get_node(request.user, org, node, STRUCTURE)
    form = RestoreForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            restore_node(node, by=request.user, with_all_beneath=form.cleaned_data["with_all_beneath"])
        except CannotBeArchived as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"{node} is back in the lists.")
            return redirect(_tree(node))
    return _page(
        request,
        node,
        "projects/settings/confirm.html",
        form=form,
        heading=f"Restore {node}?",
        lead=node.archived_reason and f"It was archived: {node.archived_reason}",
        action="Restore it",
    )


def _address(name, node):
    return reverse(name, args=[node.organisation.slug, node.slug])


def _tree(node):
    return reverse("settings-nodes", args=[node.organisation.slug])


def _page(request, node, template, **context):
    context.setdefault("cancel_url", _tree(node))
    trail = [{"label": "Portfolio tree", "url": _tree(node)}]
    return render(request, template, page_of(request, node.organisation, "nodes", trail, node=node, **context))


def _buttons(node):
    if node.is_archived:
        return [("Restore", _address("settings-node-restore", node))]
    buttons = [
        ("Add beneath it", _address("settings-node-add", node)),
        ("Series of reports", _address("settings-node-series", node)),
        ("Names, groupings and tranches", _address("settings-node-beside", node)),
    ]
    if node.parent_id:
        buttons += [
            ("Move", _address("settings-node-move", node)),
            ("Archive", _address("settings-node-archive", node)),
        ]
    return buttons


def _count_beneath(node):
    return Node.objects.beneath(node).in_use().exclude(pk=node.pk).count()


def _moves_with(node):
    count = _count_beneath(node)
    stands = f"It stands beneath {node.parent}." if node.parent else ""
    return f"{stands} {_nodes(count)} beneath it {'moves' if count == 1 else 'move'} with it." if count else stands


def _beneath(node):
    count = _count_beneath(node)
    return f"It and {_nodes(count).lower()} beneath it leave the lists." if count else "It leaves the lists."


def _nodes(count):
    return "One node" if count == 1 else f"{count} nodes"
