"""What a plan of actions says beside its figures: the parts of an action, and the recommendations that it answers."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING

from projects.imports.answers import FIELD, TABLE
from projects.imports.layout import squeeze
from projects.imports.parse import ParsedRecord
from projects.imports.planned import CONFLICT, CREATE, UNCHANGED, UPDATE, PlannedField
from projects.models import Import, ImportedValue, PlanItem, PlanItemUpdate, Recommendation

if TYPE_CHECKING:
    from projects.imports.plan_part import PartPlanner

LEADS_OVER = 16  # letters between an action and its first part, such as "including" or "which delivers"
REFERENCE = re.compile(r"\b[A-Z]{1,3}\d+\b")
REFERENCES = re.compile(rf"{REFERENCE.pattern}(?:[\s/,;&]+(?:and\s+)?{REFERENCE.pattern})*")  # R1/R2 and R6
ANSWERS = "Recommendations that are answered"
LONGEST_SOURCE = Recommendation._meta.get_field("source").max_length
NEARLY = 0.9  # share of equal letters from which nobody would think two reports meant


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


def plan_recommendations(planner: "PartPlanner", record: ParsedRecord, item_id: int | None, title: str) -> None:
    """Plan which recommendations an action answers, as a row of its own: it is no matter of one report."""
    value = record.values.get("plan_item.answers")
    if value is None:
        return
    shared = planner.shared
    held = shared.links.of_item.get(item_id, [])
    named = shared.links.named(value.words)
    label = shared.label_of(value.key)
    for words, reason in named.unread:
        planner.ignore(value, f"{reason}; {_has(held)}" if words == value.words else f"“{words}”: {reason}")
    said = list(dict.fromkeys(named.keys))
    if named.unread:  # what could not be read may be a link that the record has: none is taken away
        said = [key_of(one) for one in held if key_of(one) not in said] + said
    before = [key_of(one) for one in held]
    if not said and not before:
        return
    one = PlannedField(FIELD, label, UNCHANGED, _words(before), _words(said), value.sheet, value.cell, {}, {})
    one.columns = {FIELD: [list(key) for key in said]}
    one.before = {FIELD: [list(key) for key in before]}
    if set(said) != set(before):
        one.action = CREATE if not before else UPDATE
        if before:
            one.label = f"{label}: {'removed' if not said else 'changed'}"
            one.because = _why_conflict(item_id, held)
        planner.settle(one, value)
    about = {"ref": str(record.value("plan_item.ref") or ""), "title": str(record.value("plan_item.detail") or "")}
    row = planner.add(ANSWERS, title, PlanItem, None, [one], identity_id=item_id, identity=about)
    row.row_id = item_id


def _has(held: list[Recommendation]) -> str:
    return f"the record keeps {_words(map(key_of, held))}" if held else "the record has none"


def _words(keys: Iterable[tuple[str, str]]) -> str:
    return ", ".join(" ".join(filter(None, key)) for key in keys)


def _why_conflict(item_id: int, held: list[Recommendation]) -> str:
    """Why links that differ are a person's: an import wrote others."""
    written = ImportedValue.objects.filter(
        table=TABLE, row_id=item_id, field=FIELD, imported__state=Import.State.APPLIED
    ).last()
    if written and set(written.after[FIELD]) != {one.pk for one in held}:
        return "Somebody changed it in the portal after it was imported."
    return ""


def key_of(recommendation: Recommendation) -> tuple[str, str]:
    """What a recommendation is known by: the report that made it, and its reference there."""
    return (recommendation.source, recommendation.ref)


@dataclass
class Named:
    """The recommendations that a cell names, and the words of it that name none, each with the reason."""

    keys: list[tuple[str, str]] = field(default_factory=list)
    unread: list[tuple[str, str]] = field(default_factory=list)


class Links:
    """The recommendations of a council, and which of them each action answers, read once."""

    def __init__(self, known: Iterable[Recommendation], of_item: dict[int, list[Recommendation]]):
        self.known = list(known)
        self.of_item = of_item
        self.by_key = {(squeeze(one.source), one.ref.casefold()): key_of(one) for one in self.known}
        self.sources = {squeeze(one.source): one.source for one in self.known}

    def named(self, words: str) -> Named:
        """What words name: a source report, then references ("Audit Commission Inspection R1/R6"), more than once too.

        A report that nobody knows is taken for a new one where references follow it.
        """
        found = Named()
        at = 0
        for run in REFERENCES.finditer(words):
            self._add(found, words[at : run.start()], REFERENCE.findall(run[0]), words)
            at = run.end()
        self._add(found, words[at:], [], words)
        return found

    def _add(self, found: Named, before: str, refs: list[str], whole: str) -> None:
        words = before.strip(" ,;.&/-")
        if not squeeze(words) and not refs:
            return
        rest, source = self._source_at_end(words)
        if refs and not source and not squeeze(words):
            self._add_alone(found, refs)
            return
        if source is None:
            rest, source = ("", words) if refs and len(words) <= LONGEST_SOURCE else (words, None)
        if rest:
            self._add_unread(found, rest, whole)
        for ref in refs or [""]:
            key = self.by_key.get((squeeze(source or ""), ref.casefold()))
            if key is None and source and ref:
                key = (self.sources.setdefault(squeeze(source), source), ref)
                self.by_key[squeeze(source), ref.casefold()] = key
            if key is not None:
                found.keys.append(key)
            elif source:
                self._add_unread(found, source, whole)

    def _add_unread(self, found: Named, words: str, whole: str) -> None:
        if key := self.by_key.get((squeeze(words), "")):
            found.keys.append(key)
            return
        is_all = squeeze(words) == squeeze(whole)
        found.unread.append((whole if is_all else words, "it names no recommendation that is kept, and no reference"))

    def _add_alone(self, found: Named, refs: list[str]) -> None:
        """References without a report: told only where one report has them."""
        for ref in refs:
            keys = [key for (_, known), key in self.by_key.items() if known == ref.casefold()]
            if len(keys) == 1:
                found.keys += keys
            else:
                because = f"{len(keys)} reports have it ({'; '.join(source for source, _ in keys)})" if keys else ""
                found.unread.append((ref, because or "no report is named that has it"))

    def _source_at_end(self, words: str) -> tuple[str, str | None]:
        """Words parted before the longest source that they end in, or nearly end in."""
        parts = words.split()
        ends = [squeeze(" ".join(parts[start:])) for start in range(len(parts))]
        for start, end in enumerate(ends):
            if end in self.sources:
                return " ".join(parts[:start]), self.sources[end]
        for start, end in enumerate(ends):
            if near := get_close_matches(end, self.sources, 1, NEARLY):
                return " ".join(parts[:start]), self.sources[near[0]]
        return words, None


def read_links(node_ids: Iterable[int], organisation) -> Links:
    """The recommendations that each action of some nodes answers, and all that the council has."""
    known = list(Recommendation.objects.filter(organisation=organisation, is_archived=False).order_by("pk"))
    return Links(known, answers_of(node_ids, {one.pk: one for one in known}))


def answers_of(node_ids: Iterable[int], known: dict[int, Recommendation]) -> dict[int, list[Recommendation]]:
    """{plan item: the recommendations that it answers, in the order in which they were made}."""
    links: dict[int, list[Recommendation]] = {}
    pairs = Recommendation.plan_items.through.objects.filter(planitem__node__in=list(node_ids))
    for recommendation, item in pairs.order_by("recommendation").values_list("recommendation", "planitem"):
        if recommendation in known:
            links.setdefault(item, []).append(known[recommendation])
    return links


def read_parents(node_ids: Iterable[int]) -> dict[int, int]:
    """Of each item that is a part of another, the other."""
    items = PlanItem.objects.filter(node__in=list(node_ids), parent__isnull=False, is_archived=False)
    return dict(items.values_list("pk", "parent"))
