"""Recommendations for good: the report that made them and the actions that answer them."""

import re
from collections.abc import Iterable

from projects.actions.writing import OtherOrganisation, all_or_nothing, save_changes
from projects.audit import acting, record
from projects.models import Node, PlanItem, Recommendation
from projects.rules.references import plain_ref


def actions_that_can_answer(node: Node) -> list[PlanItem]:
    """The actions of a node and all beneath it, parts of actions left out."""
    mine = PlanItem.objects.filter(node__in=Node.objects.beneath(node), parent=None, is_archived=False).exclude(ref="")
    return list(mine.select_related("node").order_by("node__path", "pk"))


def refs_answering(recommendation: Recommendation) -> list[str]:
    """The references of the actions that answer a recommendation, in the order of the plan."""
    items = recommendation.plan_items.order_by("node__path", "pk")
    return [item.ref or item.title for item in items]


def actions_named(node: Node, words: str) -> tuple[list[PlanItem], list[str]]:
    """The actions that "A.1, B 3" names, and the names that no action has."""
    known = {plain_ref(item.ref): item for item in actions_that_can_answer(node)}
    names = [name.strip() for name in re.split(r"[,;\n]", words) if name.strip()]
    found = dict.fromkeys(known[plain_ref(name)] for name in names if plain_ref(name) in known)
    return list(found), [name for name in names if plain_ref(name) not in known]


def change_recommendation(recommendation: Recommendation, changes: dict, *, version=None, by) -> Recommendation:
    """Change what a recommendation is; `plan_items` among the changes are all the actions that answer it."""
    columns = {name: value for name, value in changes.items() if name != "plan_items"}
    with all_or_nothing(by=by):
        changed = save_changes(recommendation, columns, version=version, by=by)
        if "plan_items" in changes:
            set_answering(changed, changes["plan_items"], by=by)
        return changed


def set_answering(recommendation: Recommendation, items: Iterable[PlanItem], *, by) -> None:
    """Say which actions answer a recommendation; one line of the audit trail."""
    items = list(items)
    if any(item.organisation_id != recommendation.organisation_id for item in items):
        raise OtherOrganisation(f"An action that is to answer {recommendation} belongs to another organisation.")
    before = ", ".join(refs_answering(recommendation))
    with acting(by):
        recommendation.plan_items.set(items)
    after = ", ".join(refs_answering(recommendation))
    if before != after:
        record(recommendation, {"answered by": [before, after]}, by=by)


def set_answered(item: PlanItem, recommendations: Iterable[Recommendation], *, by, reason: str = "") -> None:
    """Say which recommendations an action answers; one line of the audit trail."""
    recommendations = list(recommendations)
    if any(one.organisation_id != item.organisation_id for one in recommendations):
        raise OtherOrganisation(f"A recommendation that {item} is to answer belongs to another organisation.")
    before = _named(item)
    with acting(by, reason):
        item.recommendations.set(recommendations)
    after = _named(item)
    if before != after:
        record(item, {"answers": [before, after]}, by=by, reason=reason)


def _named(item: PlanItem) -> str:
    return ", ".join(str(one) for one in item.recommendations.order_by("pk"))
