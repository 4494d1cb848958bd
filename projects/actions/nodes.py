"""The tree of a council's work: adding, renaming, moving, archiving and restoring its nodes.

Roles and reports hang on the node itself, so neither is touched by a move; what an approved
report printed of the path stays as it was printed.
"""

from uuid import uuid4

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Substr
from django.utils import timezone

from projects.actions.roll_ups import refresh_above
from projects.actions.writing import all_or_nothing, save_changes, save_new
from projects.audit import acting, record
from projects.models import Node, NodeKind, Organisation
from projects.rules.tree import WIDTH, child_path, depth, is_within, moved

# From the top down: a node never stands beneath one of a later kind.
RANKS = {kind: rank for rank, kind in enumerate(NodeKind)}
FREE_FIELDS = frozenset(
    {
        "kind",
        "slug",
        "title",
        "reference",
        "description",
        "tier",
        "lead_post",
        "sponsor_post",
        "board",
        "labels",
        "order",
        "is_sample",
        "is_exempt",
        "exempt_paragraph",
        "exempt_reason",
        "exempt_until",
    }
)


DEEPEST = Node._meta.get_field("path").max_length // WIDTH
EXEMPTION = {"is_exempt", "exempt_until"}
FIXED = ("kind", "slug")  # of the council's own node


class CannotBePlaced(Exception):
    """The node cannot stand there; the message says why."""


class CannotBeArchived(Exception):
    """The node cannot be archived or restored now; the message says why."""


def plant(node: Node, *, by) -> Node:
    """Save a new node. Its path ends in the id that only saving gives it."""
    with transaction.atomic():
        node.path = f"new-{uuid4().hex}"  # unique until the id is known, two lines down
        save_new(node, by=by)
        node.path = child_path(node.parent.path if node.parent else "", node.pk)
        node.depth = depth(node.path)
        Node.objects.filter(pk=node.pk).update(path=node.path, depth=node.depth)
    return node


def add_node(*, parent: Node, kind: str, slug: str, title: str, by, **fields) -> Node:
    """Make a node beneath `parent`. CannotBePlaced if its kind does not belong there or its slug is taken."""
    labels = fields.pop("labels", None)
    with transaction.atomic():
        parent = _locked(parent)
        node = Node(organisation=parent.organisation, parent=parent, kind=kind, slug=slug, title=title, **fields)
        _check_place(node, parent)
        _check_depth(parent.depth + 1, parent)
        if Node.objects.filter(organisation=parent.organisation, slug=slug).exists():
            raise CannotBePlaced(f"There is another node with the address {slug}.")
        plant(node, by=by)
        if labels is not None:
            _label(node, labels, by)
    return node


def change_node(node: Node, changes: dict, *, version: int | None = None, by) -> Node:
    """Change what a node is. Its place changes with `move_node`, its end with `archive_node`."""
    if refused := set(changes) - FREE_FIELDS:
        raise ValueError(f"Not changed this way: {', '.join(sorted(refused))}")
    changes = dict(changes)
    labels = changes.pop("labels", None)
    with all_or_nothing(by=by):
        if node.parent is None and (
            {"slug", "kind"} & {name for name in changes if changes[name] != getattr(node, name)}
        ):
            raise CannotBePlaced("The council's own node keeps its address and its kind.")
        if "kind" in changes and node.parent:
            _check_kind(changes["kind"], node.parent)
            for child in node.children.all():
                _check_kind(child.kind, node, parent_kind=changes["kind"])
        slug = changes.get("slug", node.slug)
        if Node.objects.filter(organisation_id=node.organisation_id, slug=slug).exclude(pk=node.pk).exists():
            raise CannotBePlaced(f"There is another node with the address {slug}.")
        node = save_changes(node, changes, version=version, by=by)
        if labels is not None:
            _label(node, labels, by)
        if EXEMPTION & set(changes):
            refresh_above(node.organisation, node.path)
    return node


def move_node(node: Node, *, to: Node, by) -> Node:
    """Put a node, and all that is beneath it, beneath another. CannotBePlaced if it does not belong there."""
    with transaction.atomic():
        to = _locked(to)
        node = Node.objects.select_related("parent").get(pk=node.pk)
        if node.parent is None:
            raise CannotBePlaced("The council's own node stays at the top.")
        if to.organisation_id != node.organisation_id:
            raise CannotBePlaced("A node cannot be moved to another council.")
        if is_within(to.path, node.path):
            raise CannotBePlaced(f"{node.title} cannot stand beneath itself.")
        if to.pk == node.parent_id:
            return node
        _check_place(node, to)
        old_path, old_parent = node.path, node.parent.path
        new_path = moved(old_path, old_parent, to.path)
        levels = depth(to.path) - depth(old_parent)
        _check_depth(Node.objects.beneath(node).order_by("-depth").first().depth + levels, to)
        save_changes(node, {"parent": to}, by=by)
        # One statement for the whole subtree: each path keeps its own ids at its end, so none meets another.
        Node.objects.beneath(node).update(
            path=Concat(Value(to.path), Substr("path", len(old_parent) + 1)), depth=F("depth") + levels
        )
        node.path, node.depth = new_path, depth(new_path)
        refresh_above(node.organisation, old_path, new_path)
    return node


def archive_node(node: Node, *, by, reason: str) -> Node:
    """Take a node, and everything beneath it, out of the lists. Reports and history stay.

    CannotBeArchived for the council's own node, or without a reason.
    """
    if node.parent_id is None:
        raise CannotBeArchived("The council's own node cannot be archived.")
    if not reason.strip():
        raise CannotBeArchived("Say why it is archived.")
    with transaction.atomic():
        _locked(node)
        for each in Node.objects.beneath(node).in_use():
            changes = {"is_archived": True, "archived_reason": reason, "archived_at": timezone.now()}
            save_changes(each, changes, by=by, reason=reason)
        refresh_above(node.organisation, *Node.objects.beneath(node).values_list("path", flat=True))
    node.refresh_from_db()
    return node


def restore_node(node: Node, *, by, with_all_beneath: bool = False) -> Node:
    """Bring an archived node back, alone or with everything beneath it. What stands above it comes first."""
    with transaction.atomic():
        _locked(node)
        if node.parent and node.parent.is_archived:
            raise CannotBeArchived(f"Restore {node.parent.title} first: it stands above {node.title}.")
        nodes = Node.objects.beneath(node) if with_all_beneath else Node.objects.filter(pk=node.pk)
        for each in nodes.filter(is_archived=True):
            save_changes(each, {"is_archived": False, "archived_reason": "", "archived_at": None}, by=by)
        refresh_above(node.organisation, *Node.objects.beneath(node).values_list("path", flat=True))
    node.refresh_from_db()
    return node


def _locked(node: Node) -> Node:
    """The node as it now is; whoever else changes this council's tree waits until we are done."""
    Organisation.objects.select_for_update(no_key=True).get(pk=node.organisation_id)
    return Node.objects.select_related("parent", "organisation").get(pk=node.pk)


def _check_place(node, parent):
    _check_kind(node.kind, parent)
    if parent.is_archived:
        raise CannotBePlaced(f"{parent.title} is archived.")


def _check_kind(kind, parent, parent_kind=None):
    above = NodeKind(parent_kind or parent.kind)
    if kind == NodeKind.ORGANISATION or RANKS[NodeKind(kind)] < RANKS[above]:
        raise CannotBePlaced(f"A {NodeKind(kind).label.lower()} cannot stand beneath a {above.label.lower()}.")


def _check_depth(levels, parent):
    if levels > DEEPEST:
        raise CannotBePlaced(f"{parent.title} is too deep in the tree.")


def _label(node, labels, by):
    before = [label.name for label in node.labels.all()]
    with acting(by):
        node.labels.set(labels)
    after = [label.name for label in node.labels.all()]
    if before != after:
        record(node, {"labels": [", ".join(before), ", ".join(after)]}, by=by)
