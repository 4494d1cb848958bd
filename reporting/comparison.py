"""What changed between two days of the record: in one node, or in everything that reports beneath it.

Two reports of a series are compared row by row, matched by identity: every table of state rows, field by field. A
section that only one of the two covers is named and never shown as removed. Rows are read as plain values, with the
same number of queries however many nodes there are.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from django.db.models import F, Max, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from projects.actions.reports import HEADER_FIELDS, KEYED_MODELS
from projects.actions.roll_ups import REGISTERS
from projects.actions.summaries import EXEMPT, POUNDS
from projects.as_at import AsAt, Meaning, as_at
from projects.clock import today_for
from projects.models import (
    FROZEN_STATES,
    Narrative,
    Node,
    Notice,
    PlanItemUpdate,
    Report,
    ReportState,
    Tally,
    TemplateSection,
    Tier,
)
from projects.models.base import exempt_now
from projects.models.plan import PlanItemKind
from reporting.differences import (
    ABOUT,
    EXEMPT_UNTIL,
    FIRST,
    IS_EXEMPT,
    IS_REMOVED,
    KEY,
    LINE_KEYS,
    MARKS,
    PARTS,
    PK,
    REF,
    REMOVED_REASON,
    REPORT,
    ROW,
    SECTIONS_OF,
    SHOWN_OF_NEW,
    TITLE,
    Change,
    Field,
    Kept,
    Known,
    Move,
    as_label,
    compared,
    header_fields,
    kept_tables,
    line_fields,
    printed_side,
)  # fmt: skip
from reporting.documents.contents import StatusMark, printed_date


class Head(NamedTuple):
    """A report as far as the comparison names and counts it; `counts` and `sums` as the database holds them."""

    pk: int
    node_id: int
    title: str
    label: str
    as_at_on: date
    revision: int
    state: str
    marking: str
    overall_id: int | None  # as this reader may know it, like the counts and sums
    counts: str
    sums: str
    own_overall_id: int | None

    @property
    def words(self) -> str:
        """Its period, or its date, and which revision it is."""
        return _period_words(self.label, self.as_at_on, self.revision)

    @property
    def is_published(self) -> bool:
        return self.state == ReportState.PUBLISHED

    @property
    def hides_overall(self) -> bool:
        """Whether its overall status is kept from this reader."""
        return self.own_overall_id != self.overall_id


class Printed(NamedTuple):
    """What a report says of itself, read only of those that are compared row by row."""

    template_id: int
    tier_id: int | None
    covers: frozenset[str] | None
    marks: str  # as the database holds them
    columns: tuple  # in the order of HEADER_FIELDS


@dataclass
class NodeChanges:
    """What changed in one node. `old` or `new` is None where there was no report; the same report on both sides
    means that nothing was reported in between."""

    node_id: int
    title: str
    old: Head | None
    new: Head | None
    old_overall: StatusMark | None = None
    new_overall: StatusMark | None = None
    move: Move | None = None  # of the overall status
    stirred: tuple = (0, Decimal(0))  # by the summaries: things that count otherwise now, pounds moved
    changes: list[Change] = field(default_factory=list)
    unchanged: Counter = field(default_factory=Counter)  # by part: things that both reports hold alike
    not_compared: list[str] = field(default_factory=list)
    judged: set[int] = field(default_factory=set)  # statuses (by number) that were called better or worse, or ranked

    @property
    def is_compared(self) -> bool:
        return bool(self.old and self.new and self.old.pk != self.new.pk)

    @property
    def is_still(self) -> bool:
        """Whether one report stands on both sides."""
        return bool(self.old and self.new and self.old.pk == self.new.pk)

    @property
    def is_gone(self) -> bool:
        """Whether it reported before and no longer does: it was put away since."""
        return self.new is None

    @property
    def sentence(self) -> str:
        """What stands above the node's changes."""
        if self.is_gone:
            return f"No longer reported; last reported for {self.old.words}."
        if self.old is None:
            return f"First reported for {self.new.words}: there was no report before to compare with."
        if self.is_still:
            return f"Nothing reported in between: the report for {self.old.words} stands on both sides."
        counted = counted_words(self.changes)
        return f"{self.old.words} to {self.new.words}: {counted}."


@dataclass(frozen=True)
class Totals:
    """What the two sides come to by their summaries, (then, now), over the nodes where both reports say it.

    `counts`: by register and kind (risks: the code of the band). `sums`: pounds by name.
    """

    counts: dict[tuple[str, str], tuple[int, int]]
    sums: dict[str, tuple[Decimal, Decimal]]


@dataclass
class Comparison:
    """Two days of the record beside each other. The overall status of every node is known, and what their summaries
    come to; the rows are those of the nodes that `read` was asked for."""

    old: "Side"
    new: "Side"
    nodes: list[NodeChanges]
    known: Known
    sees_exempt: bool
    totals: Totals
    holds_exempt: bool = False

    def read(self, nodes: Iterable[NodeChanges]) -> None:
        """Compare the reports of these nodes row by row: the same number of queries however many they are."""
        reading = [node for node in nodes if node.is_compared]
        if reading:
            _Reading(reading, self.known, self.sees_exempt, timezone.localdate(), self).read()

    @property
    def is_short(self) -> bool:
        """Whether all can be read at once while somebody waits; what is longer is read page by page."""
        return len(self.to_show) <= MOST_AT_ONCE

    @property
    def to_show(self) -> list[NodeChanges]:
        """The nodes to page through before any is read: all but those that reported nothing in between."""
        return [node for node in self.by_movement if not node.is_still]

    @cached_property
    def by_movement(self) -> list[NodeChanges]:
        """The nodes by how much moved in them: overall status, then what the summaries count and sum otherwise."""
        order = {Move.WORSE: 0, Move.BETTER: 1, Move.CHANGED: 2, None: 3, Move.NEW: 4, Move.REMOVED: 5}

        def size(node):
            severity = [self.known.severity(head.overall_id) if head else 0 for head in (node.old, node.new)]
            things, pounds = node.stirred
            is_quiet = node.move is None and not things and not pounds
            return is_quiet, order[node.move], -abs(severity[1] - severity[0]), -things, -pounds

        return sorted(self.nodes, key=size)

    @cached_property
    def changes(self) -> list[Change]:
        return [change for node in self.nodes for change in node.changes]

    @property
    def changed(self) -> list[NodeChanges]:
        """The nodes that have something to show: changes, sections not covered by both, a first report, or none now."""
        return [node for node in self.by_movement if node.changes or node.not_compared or not node.old or node.is_gone]

    @property
    def movers(self) -> list[NodeChanges]:
        """Nodes whose overall status moved, and those that are new or gone: worse first."""
        order = {Move.WORSE: 0, Move.BETTER: 1, Move.CHANGED: 2, Move.NEW: 3, Move.REMOVED: 4}
        return sorted((node for node in self.nodes if node.move), key=lambda node: order[node.move])


def counted_words(changes: Iterable[Change]) -> str:
    """ "3 milestones moved later, 1 risk worse, 2 new benefits"; each thing is counted once for each way it moved."""
    things: dict[tuple, set] = defaultdict(set)
    for change in changes:
        things[change.part, change.noun, change.move].add(change.item_key)
    order = {part: place for place, part in enumerate(PARTS)}
    moves = {move: place for place, move in enumerate(Move)}
    said = []
    for (part, noun, move), found in sorted(things.items(), key=lambda each: (order[each[0][0]], moves[each[0][2]])):
        one, many = (noun, f"{noun}s") if noun else (PARTS[part].one, PARTS[part].many)
        name = one if len(found) == 1 else many
        if move is Move.NEW:
            said.append(f"{len(found)} new {name}")
        else:
            words = "reworded" if move is Move.REWORDED else move.value.lower()
            said.append(f"{len(found)} {name} {words}")
    return ", ".join(said) or "no changes"


# ---- which two sides ----


@dataclass(frozen=True)
class OneReport:
    """One approved report as a side: what a person ticked, whichever report stands."""

    report: Report

    @property
    def label(self) -> str:
        return _period_words(self.report.period_label, self.report.as_at_on, self.report.revision)

    @property
    def words(self) -> str:
        return f"the report for {self.label}"

    @property
    def day(self) -> date:
        return self.report.as_at_on

    @property
    def published(self) -> bool:
        return self.report.state == ReportState.PUBLISHED

    @property
    def until(self) -> datetime:
        """A moment at which the node was in use."""
        return self.report.opened_at

    def reports(self):
        return Report.objects.filter(pk=self.report.pk)


Side = AsAt | OneReport


LONGEST_NUMBER = 16


class NothingToCompare(Exception):
    """There is no report on one side or on both; the message says so in a sentence."""


@dataclass(frozen=True)
class Asked:
    """What a person asked to compare: periods or days as `as_at` reads them, empty for the usual ones."""

    period: str = ""
    meaning: str = Meaning.KNOWN
    since: str = ""
    since_meaning: str = Meaning.KNOWN
    reports: tuple[Report, ...] = ()  # two approved reports of the node, the older first, instead of days


def sides_of(node: Node, asked: Asked, *, published: bool) -> tuple[Side, Side]:
    """The earlier side and the later one: without words now, and the newest report before that of the later side.

    NoSuchDay for words that name no period and no day, NothingToCompare where there is no report before.
    """
    if asked.reports:
        return tuple(OneReport(report) for report in asked.reports)
    organisation = node.organisation
    today = today_for(organisation)
    common = {
        "organisation": organisation,
        "published": published,
        "now": timezone.now(),
        "series": node.headline_series,
    }
    new = as_at(asked.period or today.isoformat(), asked.meaning, **common)
    return as_at(asked.since or _words_before(node, new), asked.since_meaning, **common), new


def reports_of(node: Node, asked: Iterable[str], *, published: bool) -> list[Report]:
    """The approved (or published) reports of the node among the numbers asked for, oldest first."""
    states = [ReportState.PUBLISHED] if published else FROZEN_STATES
    numbers = [int(number) for number in asked if number.isdecimal() and len(number) < LONGEST_NUMBER]
    return list(Report.objects.filter(node=node, pk__in=numbers, state__in=states).in_order())


def _words_before(node: Node, new: AsAt) -> str:
    """The period, or else the day, of the newest report before the newest that stands at or beneath the node."""
    beneath = Node.objects.beneath(node)
    newest = new.reports().filter(node__in=beneath, series=F("node__headline_series"))
    day = newest.aggregate(newest=Max("as_at_on"))["newest"]
    if day is None:
        kind = "published" if new.published else "approved"
        raise NothingToCompare(f"{node.title} has no {kind} report by {new.label}.")
    states = [ReportState.PUBLISHED] if new.published else FROZEN_STATES
    before = (
        Report.objects.filter(node__in=beneath, series=F("node__headline_series"), state__in=states, as_at_on__lt=day)
        .order_by("-as_at_on")
        .values_list("period__slug", "as_at_on")
        .first()
    )
    if before is None:
        raise NothingToCompare(f"{node.title} has no report before that of {printed_date(day)} to compare with.")
    return before[0] or before[1].isoformat()


# ---- reading the two sides ----


MOST_AT_ONCE = 150  # nodes whose rows are compared, and drawn in a file, while somebody waits: a PDF takes 15 seconds


def compare(node: Node, old: Side, new: Side, *, sees_exempt: bool, only_overall: bool = False) -> Comparison:
    """Everything that reports at `node` and beneath it, as it stood at `old` and at `new`.

    With `only_overall` the overall statuses and the summaries; what changed within is then left to `read`.
    Exempt nodes, rows and cells are left out for who may not see them, on whichever side they are exempt, and
    from every count.
    """
    nodes = Node.objects.beneath(node)
    if not sees_exempt:
        nodes = nodes.exclude(exempt_now(timezone.localdate()))  # exemptions end by the real date
    known = Known.of(node.organisation)
    before, after = (_heads(side, nodes, sees_exempt) for side in (old, new))
    told, is_any_exempt = [], False
    for pk, is_archived, archived_at, is_exempt in nodes.order_by("path").values_list(
        "pk", "is_archived", "archived_at", "is_exempt"
    ):
        sides = [
            None if is_archived and (archived_at is None or archived_at <= side.until) else heads.get(pk)
            for side, heads in ((old, before), (new, after))
        ]
        if is_archived and archived_at is None:
            sides[0] = before.get(pk)  # put away before the portal kept when
        if any(sides):
            told.append(NodeChanges(pk, (sides[1] or sides[0]).title, *sides))
            is_any_exempt |= is_exempt
    for each in told:
        _judge_overall(each, known)
    summed = _Summed()
    for each in told:
        if each.old and each.new:
            each.stirred = summed.add(each.old, each.new)
    comparison = Comparison(old, new, told, known, sees_exempt, summed.totals, is_any_exempt or summed.holds_exempt)
    if not only_overall:
        comparison.read(told)
    return comparison


HEAD = ("pk", "node_id", "title", "period_label", "as_at_on", "revision", "state", "marking")


def _heads(side: Side, nodes, sees_exempt: bool) -> dict[int, Head]:
    """{node id: the report of its headline series that stands}. One query."""
    reports = side.reports().filter(node__in=nodes)
    if isinstance(side, AsAt):
        reports = reports.filter(series=F("node__headline_series"))
    of = "summary__" if sees_exempt else "summary__public_"
    texts = (Cast(f"{of}{name}", TextField()) for name in ("counts", "sums"))
    rows = reports.order_by().values_list(*HEAD, f"{of}overall_id", *texts, "summary__overall_id")
    return {row[1]: Head._make(row) for row in rows}


class _Summed:
    """The summaries of pairs of reports while they are added up. Equal texts are read once."""

    def __init__(self):
        self.holds_exempt = False
        self.pairs: Counter = Counter()  # of the counts of both sides, as texts
        self.things: dict[tuple[str, str], int] = {}
        self.pounds: dict[str, list[Decimal]] = {}

    def add(self, old: Head, new: Head) -> tuple[int, Decimal]:
        """Add the reports of one node: how many of its things count otherwise now, and how many pounds moved."""
        counts = old.counts or "{}", new.counts or "{}"
        self.pairs[counts] += 1
        if counts not in self.things:
            before, after = map(json.loads, counts)
            self.holds_exempt |= EXEMPT in before or EXEMPT in after
            self.things[counts] = sum(
                (Counter(after[name]) - Counter(before[name])).total()
                for name in REGISTERS
                if _say(name, before, after)
            )
        return self.things[counts], self._add_sums(old.sums or "{}", new.sums or "{}")

    def _add_sums(self, old: str, new: str) -> Decimal:
        before, after = json.loads(old), json.loads(new)
        moved = Decimal(0)
        for name in before.keys() & after.keys():
            then, now = Decimal(before[name]), Decimal(after[name])
            known = self.pounds.setdefault(name, [Decimal(0), Decimal(0)])
            known[0] += then
            known[1] += now
            moved += abs(now - then)
        return moved

    @property
    def totals(self) -> Totals:
        found: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
        for texts, number in self.pairs.items():
            sides = [json.loads(text) for text in texts]
            for name in REGISTERS:
                if _say(name, *sides):
                    for side, counts in enumerate(sides):
                        for kind, count in counts[name].items():
                            found[name, kind][side] += count * number
        return Totals(
            {key: tuple(each) for key, each in found.items()},
            {name: tuple(self.pounds[name]) for name in POUNDS if name in self.pounds},
        )


def _say(register: str, *sides: dict) -> bool:
    """Whether both reports have things in a register: one that has none may not cover it."""
    return all(counts.get(register) for counts in sides)


def _period_words(label: str, day: date, revision: int) -> str:
    return (label or printed_date(day)) + (f", revision {revision}" if revision > 1 else "")


def _judge_overall(each: NodeChanges, known: Known) -> None:
    is_hidden = any(head.hides_overall for head in (each.old, each.new) if head)
    overall = [None if is_hidden or head is None else head.overall_id for head in (each.old, each.new)]
    each.old_overall = known.mark(overall[0]) if each.old else None
    each.new_overall = known.mark(overall[1]) if each.new else None
    each.judged.update(pk for pk in overall if pk)
    if each.is_gone:
        each.move = Move.REMOVED
    elif each.old is None:
        each.move = Move.NEW
    elif not known.is_same(*overall):
        each.move = known.moved(*overall)
        if each.move is Move.DONE:
            each.move = Move.BETTER


@dataclass(frozen=True)
class Spoken:
    """The sections that a template has, and those that one report of it fills."""

    known: frozenset[str]
    filled: dict[str, str]  # key: title
    only_critical: bool


# Nearly no row is marked, and most of the time would go into reading empty marks.
MARKS_AS_TEXT = Cast("marks", TextField())
NO_MARKS = "{}"


class _Reading:
    """The rows of the pairs of reports, a query for each table."""

    def __init__(self, told: list[NodeChanges], known: Known, sees_exempt: bool, today: date, result: Comparison):
        self.told, self.known, self.sees_exempt, self.today, self.result = told, known, sees_exempt, today, result
        self.reports = [head.pk for each in told for head in (each.old, each.new)]

    def read(self) -> None:
        rows = Report.objects.filter(pk__in=self.reports).order_by()
        self.printed = {
            pk: Printed(template, tier, None if covers is None else frozenset(covers), marks, tuple(said))
            for pk, template, tier, covers, marks, *said in rows.values_list(
                "pk", "template_id", "tier_id", "covers", MARKS_AS_TEXT, *HEADER_FIELDS
            )
        }
        tiers = Tier.objects.filter(organisation=self.known.organisation)
        self.tiers = {pk: (code, label) for pk, code, label in tiers.values_list("pk", "code", "label")}
        self._read_sections()
        for each in self.told:
            self._compare_headers(each)
        lines = self._read_lines()
        for kept in kept_tables():
            rows = self._read(kept)
            for each in self.told:
                self._compare_tables(each, kept, rows, lines)
        place = {part: number for number, part in enumerate(PARTS)}
        for each in self.told:
            each.changes.sort(key=lambda change: place[change.part])

    # -- what each report covers --

    def _read_sections(self):
        sections = defaultdict(list)
        asked = TemplateSection.objects.filter(template__in={said.template_id for said in self.printed.values()})
        tiers = defaultdict(set)
        for section, tier in TemplateSection.tiers.through.objects.filter(templatesection__in=asked).values_list(
            "templatesection_id", "tier_id"
        ):
            tiers[section].add(tier)
        for pk, template, key, title, options in asked.order_by("order", "pk").values_list(
            "pk", "template_id", "key", "title", "options"
        ):
            sections[template].append((key, title, tiers[pk], options))
        spoken = {}
        self.spoken: dict[int, Spoken] = {}
        for pk, said in self.printed.items():
            group = (said.template_id, said.tier_id, said.covers)
            if group not in spoken:
                has = sections[said.template_id]
                filled = {
                    key: (title, options)
                    for key, title, of, options in has
                    if (not of or said.tier_id in of) and (said.covers is None or key in said.covers)
                }
                critical = filled.get("milestones", ("", {}))[1].get("critical_path_only", ())
                spoken[group] = Spoken(
                    frozenset(key for key, *_ in has),
                    {key: title for key, (title, _) in filled.items()},
                    bool(critical) and self.tiers.get(said.tier_id, ("", ""))[0] in critical,
                )
            self.spoken[pk] = spoken[group]

    def _speaks(self, head: Head, other: Head, model, has_rows: bool) -> bool:
        """Whether a report speaks of a table: by its sections, else by the rows it holds."""
        spoken = self.spoken[head.pk]
        keys = SECTIONS_OF.get(model, frozenset())
        if keys & spoken.known:
            return any(key in spoken.filled for key in keys)
        return has_rows or (self.printed[head.pk].covers is None and not keys & self.spoken[other.pk].known)

    # -- the report's own columns --

    def _compare_headers(self, each: NodeChanges) -> None:
        fields = header_fields()
        old, new = (self.printed[head.pk] for head in (each.old, each.new))
        self._note(each, Field("title", "Title", "text", str), each.old.title, each.new.title)
        if old.tier_id != new.tier_id:
            tiers = [self.tiers.get(head.tier_id, ("", ""))[1] for head in (old, new)]
            self._note(each, Field("tier", "Tier", "text", str), *tiers)
        for named in fields:
            section = "project-status" if named.name.startswith("score") else "project-detail"
            if any(
                section in self.spoken[head.pk].known - self.spoken[head.pk].filled.keys()
                for head in (each.old, each.new)
            ):
                continue
            values = named.read(old.columns), named.read(new.columns)
            if _is_masked(named, old.marks, self.sees_exempt) or _is_masked(named, new.marks, self.sees_exempt):
                continue
            if not self._note(each, named, *values) and _is_said(values[0]):
                each.unchanged["detail"] += 1

    def _note(self, each, named, before, after) -> bool:
        told = compared(self.known, named, before, after)
        if told is None:
            return False
        sides = (printed_side(self.known, named.kind, value) for value in (before, after))
        each.changes.append(
            Change("detail", named.label, "", told[0], *sides, told[1], (each.node_id, "detail", named.name))
        )
        return True

    # -- rows --

    def _read(self, kept: Kept) -> dict[int, dict]:
        """{report id: {key: row}} of one table, in the order they are printed; what is exempt under a None row."""
        asked = kept.model.objects.filter(report__in=self.reports).order_by("order", "pk")
        rows: dict[int, dict] = defaultdict(dict)
        about = kept.about or "pk"
        for row in asked.values_list(*ROW[:MARKS], MARKS_AS_TEXT, kept.key, about, *kept.columns):
            report = rows[row[REPORT]]
            key = row[KEY] if kept.identity else _key_without_identity(kept, row)
            while key in report and not kept.identity:
                key = (key, "again")
            if row[IS_EXEMPT] and (row[EXEMPT_UNTIL] is None or row[EXEMPT_UNTIL] > self.today):
                self.result.holds_exempt |= self.sees_exempt
                report[key] = row if self.sees_exempt else None
            else:
                report[key] = row
                if row[MARKS] != NO_MARKS and self.sees_exempt:
                    kinds = {mark.get("kind") for mark in json.loads(row[MARKS]).values()}
                    self.result.holds_exempt |= "exempt" in kinds
        return rows

    def _read_lines(self) -> dict[type, dict[int, dict]]:
        """{table of rows: {row id: {key: (fields, line)}}} of the lines beneath rows."""
        found: dict[type, dict] = defaultdict(lambda: defaultdict(dict))
        for model, keys in LINE_KEYS.items():
            parent = model._meta.get_field(model.row_field).related_model
            columns, fields = line_fields(model)
            row_id = f"{model.row_field}_id"
            asked = model.objects.filter(report__in=self.reports).order_by("order", "pk")
            for line in asked.values_list(row_id, MARKS_AS_TEXT, *keys, *columns):
                key = line[2 : 2 + len(keys)]
                found[parent][line[0]][key] = (fields, line)
        return found

    def _compare_tables(self, each: NodeChanges, kept: Kept, rows, lines) -> None:
        before, after = rows.get(each.old.pk, {}), rows.get(each.new.pk, {})
        if not any(before.values()) and not any(after.values()):
            return
        if kept.model in KEYED_MODELS or kept.model is Narrative:
            before, after = self._asked_of_both(each, kept, before, after)
        else:
            says = [
                self._speaks(each.old, each.new, kept.model, any(before.values())),
                self._speaks(each.new, each.old, kept.model, any(after.values())),
            ]
            if says[0] != says[1]:
                speaks, silent = (each.old, each.new) if says[0] else (each.new, each.old)
                named = PARTS[kept.part].title
                if kept.part == "other":
                    named = as_label(kept.model._meta.verbose_name_plural)
                each.not_compared.append(
                    f"{named}: covered in {speaks.words}, not in {silent.words}, so nothing is compared."
                )
                return
            if not says[0]:
                return
        if kept.model is Tally:
            before, after = _stated_in_both(each, before, after, self.sees_exempt)
        for key in [*after, *(key for key in before if key not in after)]:
            self._compare_rows(each, kept, key, before, after, lines[kept.model])

    def _asked_of_both(self, each, kept, before, after):
        """What both reports' templates ask and cover of dimensions, questions and texts; the rest is said to be so."""
        both, only_one = ({}, {}), []
        sides = ((before, each.old, after, each.new), (after, each.new, before, each.old))
        for told, (rows, head, others, other) in zip(both, sides, strict=True):
            for key, row in rows.items():
                if row is None or (key in others and others[key] is None):
                    continue  # exempt on one side
                if not self._covers_row(kept, row, head):
                    continue
                is_asked = self._covers_row(kept, others[key], other) if key in others else kept.model is Narrative
                if is_asked and (key in others or key in self.spoken[other.pk].filled):
                    told[key] = row
                elif any(row[FIRST:]):
                    named = _title_of(row, self.sees_exempt) or key
                    only_one.append(f"{named}: only in {head.words}, so nothing is compared.")
        each.not_compared += only_one
        return both

    def _covers_row(self, kept, row, head) -> bool:
        section = row[KEY] if kept.model is Narrative else row[ABOUT]
        return not section or section in self.spoken[head.pk].filled

    def _compare_rows(self, each, kept, key, before, after, lines) -> None:
        old, new = before.get(key), after.get(key)
        if (key in before and old is None) or (key in after and new is None):
            return  # exempt on one side: to tell of the other would tell that it is
        was_removed, is_removed = bool(old and old[IS_REMOVED]), bool(new and new[IS_REMOVED])
        old = None if was_removed else old
        reason = new[REMOVED_REASON] if is_removed else ""
        new = None if is_removed else new
        if kept.model is PlanItemUpdate:
            old, new = self._on_critical_path(each, kept, old, new)
        if old is None and new is None:
            return
        beneath = _pairs(lines.get(old[PK] if old else 0, {}), lines.get(new[PK] if new else 0, {})) if lines else ()
        if old and new and old[FIRST:] == new[FIRST:] and not beneath:
            each.unchanged[kept.part] += any(new[FIRST:])
            return
        thing = _Thing(self, each, kept, key, old, new)
        if old is None or new is None:
            thing.came_or_went(reason)
        elif old[FIRST:] != new[FIRST:]:
            thing.compare_fields()
        for line_key, was, now in beneath:
            thing.compare_line(line_key, was, now)
        if not thing.has_moved and any(new[FIRST:]):
            each.unchanged[kept.part] += 1

    def _on_critical_path(self, each, kept, old, new):
        """Where either report gives only the critical path, items off it on both sides are of neither."""
        only = [self.spoken[head.pk].only_critical for head in (each.old, each.new)]
        if not any(only):
            return old, new
        place = FIRST + kept.columns.index("is_critical_path")
        on_path = [bool(row and row[place]) for row in (old, new)]
        if not any(on_path):
            return None, None
        return (old if on_path[0] or not only[0] else None), (new if on_path[1] or not only[1] else None)


class _Thing:
    """One thing on its two sides, and the changes it adds."""

    def __init__(self, reading: _Reading, each: NodeChanges, kept: Kept, key, old, new):
        self.reading, self.each, self.kept, self.key, self.old, self.new = reading, each, kept, key, old, new
        self.has_moved = False
        self.noun = ""
        row = new or old
        if kept.model is PlanItemUpdate and row[ABOUT] != PlanItemKind.MILESTONE:
            self.noun = PlanItemKind(row[ABOUT]).label.lower()
        self.item = self._name(row)

    def _name(self, row) -> str:
        return f"{row[REF]} {_title_of(row, self.reading.sees_exempt)}".strip() or str(self.key)

    def _judged(self, named: Field, *values) -> None:
        if named.kind == "status":
            self.each.judged.update(pk for pk in values if pk)

    def add(self, named: Field | None, move: Move, old=None, new=None, difference=None, item="") -> None:
        self.has_moved = True
        part = self.kept.part
        if named and named.kind == "money":
            part = "money"
        elif part == "money":
            part = "narrative"  # what is written beside the figures
        noun = self.noun if part == self.kept.part else ""
        if move is Move.DONE and part in ("risks", "issues"):
            move = Move.CLOSED
        self.each.changes.append(
            Change(
                part,
                item or self.item,
                named.label if named else "",
                move,
                old,
                new,
                difference,
                (self.each.node_id, self.kept.model, self.key, item, named.name if part == "money" else ""),
                noun,
            )
        )

    def came_or_went(self, reason: str) -> None:
        row, move = (self.new, Move.NEW) if self.old is None else (self.old, Move.REMOVED)
        shown = SHOWN_OF_NEW.get(self.kept.model)
        told = False
        for named in self.kept.fields:
            wanted = named.name in shown if shown else named.kind in ("status", "money")
            value = named.read(row) if wanted else None
            if not wanted or value in (None, "") or _is_masked(named, row[MARKS], self.reading.sees_exempt):
                continue
            value = printed_side(self.reading.known, named.kind, value)
            if value is not None:
                sides = {"new": value} if move is Move.NEW else {"old": value, "new": reason or None}
                self.add(named, move, **sides)
                told = True
        if not told:
            self.add(None, move, new=reason or None)

    def compare_fields(self) -> None:
        for named in self.kept.fields:
            before, after = named.read(self.old), named.read(self.new)
            if before == after:
                continue
            if any(_is_masked(named, row[MARKS], self.reading.sees_exempt) for row in (self.old, self.new)):
                continue
            told = compared(self.reading.known, named, before, after)
            if told is None:
                continue
            self._judged(named, before, after)
            move, difference = told
            if named.name == "end" and self._is_done_now():
                move = Move.DONE
            self.add(
                named,
                move,
                printed_side(self.reading.known, named.kind, before),
                printed_side(self.reading.known, named.kind, after),
                difference,
            )

    def _is_done_now(self) -> bool:
        place = FIRST + self.kept.columns.index("actual_words")
        return any(self.new[place : place + 2]) and not any(self.old[place : place + 2])

    def compare_line(self, key: tuple, was, now) -> None:
        fields = (now or was)[0]
        item = f"{self.item}, {_line_words(key)}" if _line_words(key) else self.item
        for named in fields:
            before, after = (named.read(side[1]) if side else None for side in (was, now))
            if named.kind == "text":
                before, after = before or "", after or ""
            told = None if before == after else compared(self.reading.known, named, before, after)
            if told is None or any(
                _is_masked(named, side[1][1], self.reading.sees_exempt) for side in (was, now) if side
            ):
                continue
            self._judged(named, before, after)
            move, difference = told
            if self.old is None or self.new is None:
                move, difference = (Move.NEW if self.old is None else Move.REMOVED), None
            self.add(
                named,
                move,
                printed_side(self.reading.known, named.kind, before) if was else None,
                printed_side(self.reading.known, named.kind, after) if now else None,
                difference,
                item=item,
            )


def _is_said(value) -> bool:
    return any(value) if isinstance(value, tuple) else value not in (None, "")


def _pairs(before: dict, after: dict) -> list[tuple]:
    keys = [*after, *(key for key in before if key not in after)]
    return [(key, before.get(key), after.get(key)) for key in keys]


def _line_words(key: tuple) -> str:
    """2018 is 2018/19; other words are given as they stand."""
    said = (f"{part}/{(part + 1) % 100:02}" if isinstance(part, int) else part for part in key)
    return ", ".join(filter(None, said))


def _stated_in_both(each: NodeChanges, before: dict, after: dict, sees_exempt: bool) -> tuple[dict, dict]:
    """The stated totals that both reports print. One that only one of them prints is no thing that came or went."""
    for rows, others, head in ((before, after, each.old), (after, before, each.new)):
        for key, row in rows.items():
            if row and key not in others:
                named = _title_of(row, sees_exempt) or key
                each.not_compared.append(f"{named}: only in {head.words}, so nothing is compared.")
    return {key: before[key] for key in before if key in after}, {key: after[key] for key in after if key in before}


def _key_without_identity(kept: Kept, row) -> str:
    """As `row_key` matches them: by reference or title; notices by their kind and by whom they were taken from too."""
    if kept.model is Notice:
        said = dict(zip(kept.columns, row[FIRST:], strict=True))
        return said["kind"], said["source_words"], row[REF] or row[TITLE] or said["text"]
    return row[REF] or row[TITLE]


def _title_of(row, sees_exempt: bool) -> str:
    """What a row is called, unless that is kept back from this reader."""
    if row[MARKS] != NO_MARKS and _is_kept_back(json.loads(row[MARKS]).get("title", {}), sees_exempt):
        return "Kept back"
    return row[TITLE]


def _is_kept_back(mark: dict, sees_exempt: bool) -> bool:
    """Whether a mark keeps its cell back from this reader."""
    return mark.get("kind") == "withheld" or (mark.get("kind") == "exempt" and not sees_exempt)


def _is_masked(named: Field, marks: str, sees_exempt: bool) -> bool:
    """Whether a cell is kept back from this reader, by the marks of its row as the database holds them."""
    if marks == NO_MARKS:
        return False
    marks = json.loads(marks)
    return any(_is_kept_back(marks.get(name, {}), sees_exempt) for name in named.marks)
