"""Which nodes a document groups together, beside the tree."""

from collections.abc import Iterable

from django.db.models import Max

from projects.actions.writing import all_or_nothing, save_new
from projects.audit import acting, record
from projects.models import Grouping, GroupingMember, Node


def choose_members(grouping: Grouping, *, among: Iterable[Node], chosen: Iterable[Node], by) -> tuple[int, int]:
    """Of the nodes `among` have exactly the `chosen` in the grouping; all others stay as they are.

    Returns how many were put in and how many taken out. New ones stand last, in the order given.
    """
    with all_or_nothing(by=by):
        locked = Grouping.objects.select_for_update(no_key=True).get(pk=grouping.pk)
        before = list(locked.members.select_related("node"))
        wanted = {node.pk for node in chosen}
        held = {member.node_id for member in before}
        gone = [member for member in before if member.node_id in {node.pk for node in among} - wanted]
        last = locked.members.aggregate(last=Max("order"))["last"] or 0
        new = [node for node in among if node.pk in wanted - held]
        for order, node in enumerate(new, start=last + 1):
            member = GroupingMember(organisation_id=grouping.organisation_id, grouping=locked, node=node, order=order)
            save_new(member, by=by)
        with acting(by):
            for member in gone:
                member.delete()
        if new or gone:
            after = [member.node.title for member in locked.members.select_related("node")]
            titles = [member.node.title for member in before]
            record(locked, {"nodes": ["; ".join(titles), "; ".join(after)]}, by=by)
        return len(new), len(gone)
