"""The forward plan of a scrutiny committee: begun, validated line by line, its queries asked and settled."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.db.models import F

from projects.actions.writing import save_changes, save_new
from projects.audit import record
from projects.models import ForwardPlan, ForwardPlanQuery, ForwardPlanValidation, PlanItem, PlanItemUpdate


def begin_plan(node, board, *, tranche=None, key_points="", ask="", by) -> ForwardPlan:
    """Have the board see the decision points and critical milestones of a programme; board and tranche by their id."""
    plan = ForwardPlan(
        organisation_id=node.organisation_id,
        node=node,
        board_id=board,
        tranche_id=tranche,
        key_points=key_points,
        ask=ask,
    )
    return save_new(plan, by=by)


def change_plan(plan: ForwardPlan, changes: dict, *, version=None, by) -> ForwardPlan:
    """Change what the plan says of itself; EditedMeanwhile if somebody was quicker."""
    return save_changes(plan, changes, version=version, by=by)


def validate_lines(
    plan: ForwardPlan, items: Iterable[PlanItem], *, validator: str, validated_by: str, validated_on: date, by
) -> int:
    """Write down that `validator` confirmed the dates of these items as their newest approved reports have them."""
    items = list(items)
    with transaction.atomic():
        rows = PlanItemUpdate.objects.filter(plan_item__in=items, report__series__current=F("report"), is_removed=False)
        dates = {row.plan_item_id: row for row in rows}
        made = [
            ForwardPlanValidation(
                organisation_id=plan.organisation_id,
                plan=plan,
                plan_item=item,
                validator=validator,
                validated_by=validated_by,
                validated_on=validated_on,
                recorded_by=by,
                **{f"finish_{part}": value for part, value in dates[item.pk].finish.items()},
            )
            for item in items
            if item.pk in dates
        ]
        ForwardPlanValidation.objects.bulk_create(made)
        words = "; ".join(str(each.plan_item) for each in made)
        record(plan, {f"validated by {validated_by}": ["", words]}, by=by)
    return len(made)


def ask_query(
    plan: ForwardPlan, node, text: str, *, raised_on=None, settled_on=None, answer="", by
) -> ForwardPlanQuery:
    """A query about the part of the plan that `node` answers for."""
    query = ForwardPlanQuery(
        organisation_id=plan.organisation_id,
        plan=plan,
        node=node,
        text=text,
        raised_on=raised_on,
        settled_on=settled_on,
        answer=answer,
    )
    return save_new(query, by=by)


def change_query(query: ForwardPlanQuery, changes: dict, *, version=None, by) -> ForwardPlanQuery:
    """Settle a query, or put its words right; EditedMeanwhile if somebody was quicker."""
    return save_changes(query, changes, version=version, by=by)
