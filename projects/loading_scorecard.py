"""What a scorecard rests on, from a fixture: plan items, findings, sub-workstreams, dependencies, the forward plan."""

from datetime import date

from projects.actions.dependencies import map_dependency
from projects.actions.forward_plan import ask_query, begin_plan, validate_lines
from projects.actions.writing import save_new
from projects.models import (
    Board,
    Node,
    PlanItem,
    PlanItemUpdate,
    ResourcePosition,
    ReviewFinding,
    ReviewFindingUpdate,
    StatedFigure,
    Status,
    Subject,
    Tranche,
)
from projects.rules.dates import parse_written_date

SAID_OF_ITEM = ("title", "owner_words", "is_critical_path", "comment", "interdependencies")
DATES_OF_ITEM = {"start": PlanItemUpdate.start, "finish": PlanItemUpdate.finish, "actual": PlanItemUpdate.actual}


def load_identities(organisation, council: dict, *, by) -> None:
    """The items and findings that reports of several periods speak of; parents stand before their parts."""
    for given in council.get("plan_items", ()):
        node = Node.objects.get(organisation=organisation, slug=given["node"])
        columns = {name: given[name] for name in ("kind", "ref", "title", "theme") if name in given}
        if "parent" in given:
            columns["parent"] = _item(organisation, given["parent"])
        if "tranche" in given:
            columns["tranche"] = Tranche.objects.get(organisation=organisation, name=given["tranche"])
        save_new(PlanItem(organisation=organisation, node=node, **columns), by=by)
    for given in council.get("review_findings", ()):
        node = Node.objects.get(organisation=organisation, slug=given["node"])
        made_on = date.fromisoformat(given["made_on"])
        finding = ReviewFinding(
            organisation=organisation, node=node, source=given["source"], title=given["title"], made_on=made_on
        )
        save_new(finding, by=by)


def scorecard_rows(series, given: dict) -> list[tuple]:
    """The rows of a report of the past: (row, lines) of its items, findings, sub-workstreams and stated figures."""
    common = {"organisation": series.organisation}
    rows = [(_item_row(series, order, said), ()) for order, said in enumerate(given.get("items", ()), start=1)]
    for order, said in enumerate(given.get("findings", ()), start=1):
        columns = {
            name: said[name] for name in ("kind", "area", "suggested_step", "progress", "next_step") if name in said
        }
        finding = ReviewFinding.objects.get(node=series.node, title=said["title"])
        row = ReviewFindingUpdate(review_finding=finding, title=finding.title, order=order, **columns, **common)
        rows.append((row, ()))
    for order, (title, label) in enumerate(given.get("sub_workstreams", ()), start=1):
        adequacy = Status.objects.get(scheme__subject=Subject.ADEQUACY, label=label, **common)
        rows.append((ResourcePosition(title=title, order=order, adequacy=adequacy, **common), ()))
    rows += [
        (StatedFigure(order=order, **said, **common), ())
        for order, said in enumerate(given.get("stated_figures", ()), start=1)
    ]
    return rows


def _item_row(series, order, said):
    item = PlanItem.objects.select_related("tranche").get(node=series.node, ref=said["ref"])
    columns = {"title": item.title, **{name: said[name] for name in SAID_OF_ITEM if name in said}}
    for name, field in DATES_OF_ITEM.items():
        if name in said:
            columns |= field.values(parse_written_date(said[name]))
    if "status" in said:
        columns["status"] = Status.objects.get(
            organisation=series.organisation, scheme__slug="milestone", label=said["status"], is_archived=False
        )
    row = PlanItemUpdate(organisation=series.organisation, plan_item=item, ref=item.ref, order=order, **columns)
    if item.theme:
        row.marks = row.marks_with_theme(item.theme)
    return row


def load_map_and_forward_plan(organisation, council: dict, *, by) -> None:
    """The dependencies across workstreams, and the plan of a scrutiny committee with who validated what when."""
    for given in council.get("dependencies", ()):
        needed = _item(organisation, given["to"]) if "to" in given else None
        map_dependency(
            _item(organisation, given["from"]), needed, given.get("words", ""), comment=given.get("comment", ""), by=by
        )
    for given in council.get("forward_plans", ()):
        plan = begin_plan(
            Node.objects.get(organisation=organisation, slug=given["node"]),
            Board.objects.get(organisation=organisation, name=given["board"]).pk,
            tranche=Tranche.objects.get(organisation=organisation, name=given["tranche"]).pk,
            key_points=given["key_points"],
            ask=given["ask"],
            by=by,
        )
        for said in given["validations"]:
            validate_lines(
                plan,
                [_item(organisation, item) for item in said["items"]],
                validator=said["validator"],
                validated_by=said["by"],
                validated_on=date.fromisoformat(said["on"]),
                by=by,
            )
        for said in given["queries"]:
            node = Node.objects.get(organisation=organisation, slug=said["node"])
            ask_query(plan, node, said["text"], raised_on=date.fromisoformat(said["raised_on"]), by=by)


def _item(organisation, address: str) -> PlanItem:
    """The item at node/ref."""
    node, _, ref = address.partition("/")
    return PlanItem.objects.select_related("node").get(organisation=organisation, node__slug=node, ref=ref)
