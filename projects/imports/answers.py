"""Write which recommendations the actions of a workbook answer, and take it back."""

from typing import Any

from projects.actions.recommendations import set_answered
from projects.actions.writing import save_new
from projects.audit import acting
from projects.imports.planned import PlannedField, PlannedRow
from projects.models import ImportedValue, Node, NodeKind, PlanItem, Recommendation

TABLE = PlanItem._meta.model_name
FIELD = "links"


class Answers:
    """Links actions with recommendations, each known by its source and reference. `made` are the new ones."""

    def __init__(self, organisation, *, by, reason: str):
        self.organisation = organisation
        self.by = by
        self.reason = reason
        self.made: list[int] = []

    def write(self, node: Node, row: PlannedRow, one: PlannedField) -> PlanItem | None:
        """The action with its links, which `one` then knows by their ids; None where its own row was left out, so
        that there is no such action."""
        item = self._item(node, row)
        if item is not None:
            named = [self._recommendation(node, source, ref) for source, ref in one.columns[FIELD]]
            one.before = {FIELD: linked_now(item)}
            set_answered(item, named, by=self.by, reason=self.reason)
            one.columns = {FIELD: linked_now(item)}
        return item

    @staticmethod
    def _item(node: Node, row: PlannedRow) -> PlanItem | None:
        if row.identity_id is not None:
            return PlanItem.objects.get(pk=row.identity_id)
        return PlanItem.objects.filter(node=node, is_archived=False, **row.identity).order_by("pk").last()

    def _recommendation(self, node: Node, source: str, ref: str) -> Recommendation:
        """The recommendation that is nearest to the node, or a new one of the project."""
        same = Recommendation.objects.filter(
            organisation=self.organisation, source=source, ref=ref, is_archived=False
        ).select_related("node")
        held = max(same, key=lambda one: (node.path.startswith(one.node.path), one.node.depth, -one.pk), default=None)
        if held is None:
            parts = (NodeKind.WORKSTREAM, NodeKind.SUB_WORKSTREAM)
            home = node.parent if node.kind in parts and node.parent_id else node
            said = {"source": source, "ref": ref, "title": f"{ref} of {source}"}
            held = save_new(
                Recommendation(organisation=self.organisation, node=home, **said), by=self.by, reason=self.reason
            )
            self.made.append(held.pk)
        return held


def linked_now(item: PlanItem) -> list[int]:
    """The recommendations that an action answers."""
    return sorted(item.recommendations.values_list("pk", flat=True))


def unlink(item: PlanItem, value: ImportedValue, *, by, reason: str) -> None:
    """Put back the links that stood before an import."""
    stood = Recommendation.objects.filter(organisation=item.organisation_id, pk__in=value.before[FIELD])
    set_answered(item, stood, by=by, reason=reason)


def remove_made(pks: list[int], *, by, reason: str) -> None:
    """Take out the recommendations that an import made and nothing stands on."""
    with acting(by, reason):
        for one in Recommendation.objects.filter(pk__in=pks, updates=None, plan_items=None):
            one.delete()


def links_as_they_are(organisation, nodes: list[int]) -> list[Any]:
    """What actions of some nodes answer, and the recommendations that there are: part of what a plan is made on."""
    pairs = Recommendation.plan_items.through.objects.filter(planitem__node__in=nodes)
    known = Recommendation.objects.filter(organisation=organisation).order_by("pk")
    return [
        [list(pair) for pair in pairs.order_by("pk").values_list("planitem", "recommendation")],
        [list(one) for one in known.values_list("pk", "version", "is_archived")],
    ]
