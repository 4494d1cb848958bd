"""What a plan of actions says beside its figures: the parts of an action, and the recommendations that it answers."""

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from projects.imports.layout import squeeze
from projects.imports.parse import ParsedRecord
from projects.imports.planned import CONFLICT, UNCHANGED, UPDATE, PlannedField
from projects.models import PlanItem, PlanItemUpdate, Recommendation

if TYPE_CHECKING:
    from projects.imports.plan_part import PartPlanner

LEADS_OVER = 16  # letters between an action and its first part, such as "including" or "which delivers"
REFERENCE = re.compile(r"\b[A-Z]{1,3}\d+\b")


def parts_of(planner: "PartPlanner", rows: Iterable[PlanItemUpdate]) -> dict[int, list[PlanItemUpdate]]:
    """The rows that are parts of another, by the item that they are a part of, in order."""
    parents = planner.shared.parents_of_items
    parts: dict[int, list[PlanItemUpdate]] = {}
    for row in sorted(rows, key=lambda one: (one.order, one.pk)):
        if row.plan_item_id in parents:
            parts.setdefault(parents[row.plan_item_id], []).append(row)
    return parts


def settle_title(fields: list[PlannedField | None], row, parts: dict[int, list[PlanItemUpdate]]) -> None:
    """A cell may hold an action with its parts, which the record keeps in rows of their own: then nothing differs."""
    title = next((one for one in fields if one and one.name == "title"), None)
    if row is None or title is None or title.action not in (UPDATE, CONFLICT):
        return
    own = parts.get(row.plan_item_id, ())
    said, held, below = squeeze(title.new), squeeze(row.title), "".join(squeeze(part.title) for part in own)
    between = len(said) - len(held) - len(below)
    is_whole = said.startswith(held) and said.endswith(below) and 0 <= between <= LEADS_OVER
    if is_whole and (own or title.new.rstrip().endswith(":")):
        title.action, title.because, title.old = UNCHANGED, "", title.new
    elif own:
        title.action, title.because = CONFLICT, "The record keeps the parts of it in rows of their own."


def links_field(planner: "PartPlanner", record: ParsedRecord, item_id: int | None) -> PlannedField | None:
    """The recommendations that an action is linked with, compared; what differs is not taken, and listed."""
    related = record.values.get("plan_item.related")
    if related and related.words:
        planner.ignore(related, "which actions name each other is read from their words")
    value = record.values.get("plan_item.answers")
    if value is None or not value.words:
        return None
    links, known = planner.shared.links
    held = links.get(item_id, [])
    said = list(recommendations_in(value.words, known))
    words = ", ".join(map(str, held))
    if not said or {one.pk for one in said} != {one.pk for one in held}:
        has = f"the record has {words}" if words else "the record has none"
        planner.ignore(value, f"{has}; an action is linked with recommendations where these are kept")
        return None
    label = planner.shared.label_of(value.key)
    return PlannedField("links", label, UNCHANGED, words, words, value.sheet, value.cell, {}, {})


def recommendations_in(words: str, known: Iterable[Recommendation]) -> Iterator[Recommendation]:
    """The recommendations that words name: a source report, then references ("Audit Commission Inspection R1/R6").

    Nothing where part of the words names none that is known.
    """
    by_name = {(squeeze(one.source), one.ref.casefold()): one for one in known}
    references = REFERENCE.findall(words)
    source = squeeze(REFERENCE.sub(" ", words))
    found = [by_name.get((source, reference.casefold())) for reference in references or [""]]
    if None not in found:
        yield from dict.fromkeys(found)


def read_links(node_ids: Iterable[int], organisation) -> tuple[dict[int, list[Recommendation]], list[Recommendation]]:
    """The recommendations that each action of some nodes answers, and all that the council has."""
    known = list(Recommendation.objects.filter(organisation=organisation, is_archived=False).order_by("source", "ref"))
    by_pk = {one.pk: one for one in known}
    links: dict[int, list[Recommendation]] = {}
    pairs = Recommendation.plan_items.through.objects.filter(planitem__node__in=list(node_ids))
    for recommendation, item in pairs.order_by("recommendation").values_list("recommendation", "planitem"):
        if recommendation in by_pk:
            links.setdefault(item, []).append(by_pk[recommendation])
    return links, known


def read_parents(node_ids: Iterable[int]) -> dict[int, int]:
    """Of each item that is a part of another, the other."""
    items = PlanItem.objects.filter(node__in=list(node_ids), parent__isnull=False, is_archived=False)
    return dict(items.values_list("pk", "parent"))
