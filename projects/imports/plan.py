"""What a workbook would change: for every value the cell it stands in, what the record says now and what it would say.

A plan is plain values and can be stored. It writes nothing; `apply` does, while the record is as the plan found it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from textwrap import shorten

from projects.imports.cell_maps import is_cell_map
from projects.imports.child import WEB_REQUEST, ProcessLimits, read_safely
from projects.imports.layout import NODE, NODE_TITLE, Layout, squeeze
from projects.imports.mapping import BEFORE
from projects.imports.needs import what_is_needed
from projects.imports.parse import Parsed, ParsedPart, ParsedValue, parse
from projects.imports.plan_lines import board_named, plan_lines
from projects.imports.plan_part import PartPlanner
from projects.imports.plan_shared import Shared
from projects.imports.plan_tables import ignore_the_rest, plan_tables, series_with_tables
from projects.imports.planned import LOCKED, PAST, ROUND_TRIP, AskedOnce, ImportPlan, PartPlan
from projects.imports.posts import Posts
from projects.imports.problems import CellProblem, WorkbookRefused
from projects.imports.questions import DATES, DAY, MONTH, about_dates, about_hidden, leave_hidden_out, order_of
from projects.imports.read import Workbook
from projects.imports.recognise import Match, best_match, best_of, others_as_good, recognise
from projects.imports.risk_key import differences
from projects.imports.round_trip.identity import identity_of
from projects.imports.round_trip.plan import plan_round_trip
from projects.imports.target import (
    NEARLY,
    ChosenPeriod,
    FoundNode,
    HeldRows,
    Nodes,
    Target,
    best_series,
    calendar_of,
    choose_period,
    choose_targets,
    fingerprint,
    fits,
    is_ahead,
    period_before,
    template_of,
)
from projects.imports.wording import Wording
from projects.models import Calendar, Node, NodeKind, Organisation, ReportTemplate, Series

SAME, OTHER = "same", "other"
REFERENCE = "node.reference"
LONGEST_TITLE = 120  # characters of a node that is called by the words of a row


def plan_workbook(
    path: Path,
    organisation: Organisation,
    *,
    name: str = "",
    layout: str | Layout = "",
    period: str = "",
    posts=None,
    by=None,
    answers: Mapping[str, str] | None = None,
    limits: ProcessLimits = WEB_REQUEST,
    tell: Callable[[str], None] = lambda words: None,
) -> ImportPlan:
    """Read a file and say what it would change. WorkbookRefused where it cannot be taken at all, ReadingLimitReached
    where reading it may take more than `limits`.

    `name` is the file's name as its sender knows it, `layout` (its name, or a layout that is not saved) and `period` (a
    slug or 2019-07) are guessed if blank. `posts` says which post a person's name in the file stands for, `answers`
    what somebody said to the questions that are asked once of a file. A workbook that was taken out of the portal to
    work in is told by its hidden sheet, and speaks of what `by` may see.
    """
    answers = dict(answers or {})
    name = name or Path(path).name
    workbook = read_safely(path, name=name, limits=limits)
    if identity := identity_of(workbook):
        tell("Holding the values against the record")
        return plan_round_trip(workbook, identity, organisation, name=name, by=by)
    if layout == ROUND_TRIP:
        raise WorkbookRefused(
            "This is not a workbook that was downloaded here to work in, or its hidden sheet “Portal” was deleted."
            " Download a new one and copy your changes into it."
        )
    wording = Wording(organisation)
    layouts = [wording.fitted(layout)] if isinstance(layout, Layout) else wording.layouts(layout)
    tell("Telling the values from the words around them")
    matches = recognise(workbook, layouts)
    match = best_of(workbook, matches, is_chosen=bool(layout))
    also_in = [one.name for one in others_as_good(matches, match)]
    questions = about_hidden([found.grid.sheet for found in match.sheets], answers)
    left_out = leave_hidden_out(workbook, answers)
    if left_out:
        match = best_match(workbook, [match.layout], is_chosen=bool(layout))
    parsed, about = _parse_dates(workbook, match, wording, answers)
    notes = [CellProblem(workbook.sheets[0].name, "", note, "warning") for note in workbook.notes]
    sheets = [sheet.name for sheet in workbook.sheets]
    del workbook, match  # of a large workbook the cells are most of what is held in memory
    tell("Holding the values against the record")
    parsed.ignored += left_out
    plan = make_plan(
        parsed,
        wording,
        file_name=name,
        sheets=sheets,
        period=period,
        notes=notes,
        posts=posts,
        questions=[*questions, *about],
        answers=answers,
    )
    plan.also_in = also_in
    return plan


def _parse_dates(
    workbook: Workbook, match: Match, wording: Wording, answers: Mapping[str, str]
) -> tuple[Parsed, list[AskedOnce]]:
    """Read the values, dates in the order that somebody said, that the file tells, or that the council writes."""
    is_day_first = wording.organisation.is_day_first
    usual = answers.get(DATES) or (DAY if is_day_first else MONTH)
    parsed = parse(workbook, match, statuses=wording.statuses, day_first=usual == DAY)
    order = order_of(parsed, answers, is_day_first=is_day_first)
    if order != usual:
        parsed = parse(workbook, match, statuses=wording.statuses, day_first=order == DAY)
    return parsed, about_dates(parsed, answers, order, is_day_first=is_day_first)


def plan_returned(path: Path, organisation: Organisation, *, name: str, by) -> ImportPlan:
    """What a workbook changes that was taken out of the portal to work in. WorkbookRefused for any other file."""
    return plan_workbook(path, organisation, name=name, layout=ROUND_TRIP, by=by)


def councils_with_project(path: Path, councils: list[Organisation], *, layout: str | Layout = "") -> list[Organisation]:
    """The councils that have most of what a file names: whose workbook it is where nobody says so."""
    workbook = read_safely(path, name=Path(path).name)
    if identity := identity_of(workbook):
        return [council for council in councils if council.slug == identity.organisation]
    holding: dict[int, list[Organisation]] = {}
    refusals = []
    for council in councils:
        wording = Wording(council)
        try:
            layouts = [wording.fitted(layout)] if isinstance(layout, Layout) else wording.layouts(layout)
            match = best_match(workbook, layouts, is_chosen=bool(layout))
        except WorkbookRefused as refused:
            refusals.append(refused)
            continue
        parsed = parse(workbook, match, statuses=wording.statuses, day_first=council.is_day_first)
        nodes = Nodes(council)
        titles = [one for subject in subjects_of(parsed) if (one := subject.values.get("node.title"))]
        found = sum(any(nodes.find(words).node for words in (str(one.value), one.words)) for one in titles)
        if "work" in parsed.records and board_named(council, parsed):
            found = 1
        if "cell" in parsed.records:
            found = len(series_with_tables(council, parsed.records["cell"]))
        holding.setdefault(found, []).append(council)
    if refusals and len(refusals) == len(councils):
        raise refusals[0]
    most = max(holding, default=0)
    return holding[most] if most else []


def subjects_of(parsed: Parsed) -> list[ParsedPart]:
    """What the workbook speaks of, one after the other; the workbook itself where it is about one thing."""
    return parsed.subjects or [parsed]


def make_plan(
    parsed: Parsed,
    wording: Wording,
    *,
    file_name: str,
    sheets=(),
    period: str = "",
    notes=(),
    posts=None,
    questions: Iterable[AskedOnce] = (),
    answers: Mapping[str, str] | None = None,
) -> ImportPlan:
    """Hold what was read against the record."""
    planner = _Planner(parsed, wording, file_name, sheets, period, notes, posts)
    planner.plan.questions = list(questions)
    planner.plan.answers = dict(answers or {})
    return planner.make()


@dataclass
class _Whom:
    """A thing that the workbook speaks of, what it says of it, and the node that it is."""

    said: ParsedPart
    title: str
    reference: str
    found: FoundNode
    goes_by_reference: bool = False

    @property
    def key(self):
        if self.found.node:
            return self.found.node.pk
        return f"{self.reference}/" if self.goes_by_reference else squeeze(self.title)


class _Planner:
    def __init__(self, parsed: Parsed, wording: Wording, file_name: str, sheets, period: str, notes, posts):
        self.parsed = parsed
        self.layout = parsed.layout
        self.wording = wording
        self.organisation = wording.organisation
        self.sheets = sheets
        self.period = period
        self.nodes = Nodes(wording.organisation)
        self.plan = ImportPlan(layout=parsed.layout.name, layout_version=parsed.layout.version, file_name=file_name)
        self.plan.errors = list(parsed.errors)
        self.plan.warnings = [*notes, *parsed.warnings, *differences(parsed.settings, wording.organisation)]
        self.plan.ignored = list(parsed.ignored)
        self.plan.controls = list(parsed.controls)
        self.plan.refused = [list(row) for row in parsed.refused]
        self.plan.posts = dict(posts or {})
        self.posts = Posts(self.plan, self.organisation)
        self.first_sheet = parsed.blocks[0].sheet if parsed.blocks else ""
        self.periods: dict[tuple[int, str], ChosenPeriod] = {}
        self.earlier: dict[tuple[int, date], ChosenPeriod | None] = {}
        self.templates: dict[int, ReportTemplate] = {}
        self.own: _Whom | None = None
        self.parents: dict[str, str] = {}  # to be made, by squeezed name

    def make(self) -> ImportPlan:
        if "work" in self.parsed.records:
            plan_lines(self.plan, self.parsed, self.organisation, self.nodes.top, self.posts)
            self.plan.base = fingerprint(self.organisation, self.plan.parts)
            return self.plan
        if "cell" in self.parsed.records:
            return self._make_tables()
        whom = self._whom()
        if not whom:
            self.plan.blocked = self.plan.blocked or (
                "No row of the workbook can be read whole."
                if self.plan.refused
                else "The workbook does not name its project."
            )
            return self.plan
        parts = self._parts(whom)
        if not parts:
            return self.plan
        targets = choose_targets((series, chosen) for _, _, series, chosen in parts)
        if len(parts) > 1 or parts[0][0].is_form:
            targets = [_alone(target) for target in targets]
        self.plan.parts = [part for part, _, _, _ in parts]
        self.plan.base = self._settle_targets(targets)
        shared = Shared(
            self.plan,
            self.layout,
            self.wording,
            self.nodes,
            HeldRows(targets),
            self.templates,
            self.posts,
            [one.found.node.pk for one in whom if one.found.node],
            self.parsed.dated,
        )
        is_whole = not self.parsed.subjects
        refused = set()
        for (part, one, _, _), target in zip(parts, targets, strict=True):
            planner = PartPlanner(one.said, part, one.found.node, target, shared)
            errors = len(self.plan.errors)
            if part.key.endswith("before"):
                planner.build_before()
            else:
                planner.build(one.title, one.reference, one.found.other, is_whole=is_whole)
            if one.said.row and len(self.plan.errors) > errors:
                self.plan.refused.append(list(one.said.row))
                refused.add(part.key.removesuffix("-before"))
        self.plan.parts = [
            part
            for part in self.plan.parts
            if (part.rows or not part.key.endswith("before")) and part.key.removesuffix("-before") not in refused
        ]
        if refused:
            self.plan.base = fingerprint(self.organisation, self.plan.parts)
        return self.plan

    def _make_tables(self) -> ImportPlan:
        """Hold small tables against those of the same rows in the reports of the period, whosever they are."""
        records = self.parsed.records["cell"]
        parts = []
        for number, series in enumerate(series_with_tables(self.organisation, records), start=1):
            chosen = self._period(series.calendar, self.parsed)
            if chosen is None:
                return self.plan
            node = series.node
            one = _Whom(self.parsed, node.title, node.reference, FoundNode(node))
            self.templates[series.template_id] = series.template
            part = self._part(f"p{number}", one, series, series.template, series.calendar, chosen)
            parts.append((part, series, chosen))
        targets = choose_targets((series, chosen) for _, series, chosen in parts)
        self.plan.parts = [part for part, _, _ in parts]
        base = self._settle_targets(targets)
        node_ids = [series.node_id for _, series, _ in parts]
        held = HeldRows(targets)
        shared = Shared(self.plan, self.layout, self.wording, self.nodes, held, self.templates, self.posts, node_ids)
        taken: set[tuple[str, str]] = set()
        for (part, series, _), target in zip(parts, targets, strict=True):
            taken |= plan_tables(PartPlanner(ParsedPart(), part, series.node, target, shared), records)
        ignore_the_rest(self.plan, records, taken)
        self.plan.parts = [part for part in self.plan.parts if part.rows]
        if not self.plan.parts and not self.plan.blocked:
            self.plan.blocked = "No report of the council has a table with these rows: put it into the report first."
        self.plan.base = fingerprint(self.organisation, self.plan.parts) if self.plan.parts else base
        return self.plan

    # Of whom

    def _whom(self) -> list[_Whom]:
        """What the workbook speaks of, each once, whatever the tables that speak of it."""
        adds = {block.key: block.adds for block in self.layout.blocks()}
        by_reference = {block.key for block in self.layout.blocks() if block.record == NODE and block.id == REFERENCE}
        titles = Counter(
            squeeze(str(said.values[NODE_TITLE].value or ""))
            for said in subjects_of(self.parsed)
            if NODE_TITLE in said.values
        )
        by_key: dict = {}
        for said in subjects_of(self.parsed):
            title_value, reference_value = said.values.get("node.title"), said.values.get("node.reference")
            title, reference = (str(one.value or "") if one else "" for one in (title_value, reference_value))
            if not title:
                continue
            is_also_a_row = any(
                value.cell == title_value.cell and value.sheet == title_value.sheet
                for records in said.records.values()
                for record in records
                for value in record.values.values()
            )
            goes_by_reference = bool(reference and said.blocks and said.blocks[0].key in by_reference)
            found = self.nodes.find(title_value.words, reference)  # some are printed under their whole heading
            if goes_by_reference:
                is_once = titles[squeeze(title)] == 1
                found = self.nodes.find_by_reference(title, reference, is_title_once=is_once)
            elif found.node is None:
                found = self.nodes.find(title, reference, nearly=said is not self.parsed)
            if is_also_a_row and found.node:
                del said.values["node.title"]  # the words are the row's: it was told by its reference
            elif is_also_a_row:
                title = shorten(title, LONGEST_TITLE, placeholder="…")
                said.values["node.title"] = replace(title_value, value=title)
            found = self._asked_whether_near(title_value, found)
            one = _Whom(said, title, reference, found, goes_by_reference)
            if one.key in by_key:
                self._lay_into(by_key[one.key].said, said)
            elif one.found.node is None and said.blocks and not adds.get(said.blocks[0].key, True):
                where = CellProblem(
                    title_value.sheet, title_value.cell, f"“{title}” is neither in the portal nor above."
                )
                self.plan.errors.append(where)
            else:
                by_key[one.key] = one
        return list(by_key.values())

    @staticmethod
    def _lay_into(held: ParsedPart, more: ParsedPart) -> None:
        """What a second table says of the same thing goes to what the first said."""
        for key, value in more.values.items():
            held.values.setdefault(key, value)
        for table, records in more.records.items():
            held.records.setdefault(table, []).extend(records)
        held.blocks += more.blocks

    # Of which period, and in which report

    def _parts(self, whom: list[_Whom]) -> list[tuple[PartPlan, _Whom, Series | None, ChosenPeriod]]:
        """A part for each thing, and one more for the period before where its ratings are stated. Empty where the
        plan is blocked."""
        nodes = [one.found.node.pk for one in whom if one.found.node]
        by_node: dict[int, list[Series]] = {}
        for series in (
            Series.objects.filter(node__in=nodes, is_archived=False)
            .select_related("template", "calendar__organisation", "node")
            .prefetch_related("template__sections")
        ):
            by_node.setdefault(series.node_id, []).append(series)
        new_template = template_of(self.organisation, self.layout)
        self.plan.needs = what_is_needed(self.organisation, self.layout, new_template)
        if self.plan.needs:
            self.plan.blocked = self.plan.needs
            return []
        cadence = self.layout.needs[0].cadence if self.layout.needs else ""
        new_calendar = calendar_of(self.organisation, new_template, cadence)
        parts = []
        self.own = next((one for one in whom if one.said.is_own), None)
        for number, one in enumerate(whom, start=1):
            node = one.found.node
            series = best_series(by_node.get(node.pk, ()), self.layout) if node else None
            if series and new_template and fits(new_template, self.layout) < fits(series.template, self.layout):
                series = None  # the node has no reports of this kind yet
            template = series.template if series else new_template
            calendar = series.calendar if series else new_calendar
            if template is None or calendar is None:
                self.plan.blocked = (
                    "The council has no report template or no calendar yet. Add both in its settings first."
                )
                return []
            chosen = self._period(calendar, one.said)
            if chosen is None:
                return []
            self.templates[template.pk] = template
            parts.append((self._part(f"p{number}", one, series, template, calendar, chosen), one, series, chosen))
            if _speaks_of_before(one.said) and (before := self._before(chosen, calendar, one.said)):
                key = f"p{number}-before"
                parts.append((self._part(key, one, series, template, calendar, before), one, series, before))
        return parts

    def _part(self, key: str, one: _Whom, series, template, calendar: Calendar, chosen: ChosenPeriod) -> PartPlan:
        node = one.found.node
        part = PartPlan(
            key=key,
            node_id=node.pk if node else None,
            node_title=node.title if node else one.title,
            node_slug=node.slug if node else "",
            node_kind=node.kind if node else self.layout.makes_own if one.said.is_own else self.layout.makes,
            series_id=series.pk if series else None,
            template_id=template.pk,
            calendar_id=calendar.pk,
            period_id=chosen.period.pk if chosen.period else None,
            period_label=chosen.label,
            period_slug=chosen.slug,
            period_how=chosen.how,
            as_at_on=chosen.as_at_on.isoformat(),
            is_form=is_cell_map(self.layout),
        )
        if node is None:
            above = one.said.find("node.parent")
            parent = self._parent_named(part, above) if above else None
            if above and above.value and parent is None and not part.above:
                self._warn(above, f"“{above.words}” is not in the portal; what is new stands beneath the council.")
            if above is None and self.own is not None and self.own is not one:
                parent = self.own.found.node
                part.parent_title = self.own.title
            parent = parent or self.nodes.top
            part.parent_id, part.parent_title = parent.pk, part.parent_title or parent.title
        return part

    def _parent_named(self, part: PartPlan, above: ParsedValue) -> Node | None:
        """The node that a new one stands in, None where that is new itself: then the part says what is made."""
        beneath = self.layout.beneath
        portfolio = self.nodes.find(beneath).node if beneath else None
        if beneath and portfolio is None:
            part.above.append([beneath, NodeKind.PORTFOLIO.value])
        name = str(above.value or "")
        found = self._asked_whether_near(above, self.nodes.find(name, nearly=True)) if name else FoundNode(None)
        if found.node is None and name and self.layout.makes_parents:
            part.above.append([self._settled_parent(above), self.layout.makes_parents])
        if found.node is not None:
            part.above = []
        return found.node or portfolio

    def _settled_parent(self, above: ParsedValue) -> str:
        """What a parent that is to be made is called: as the first that is written much alike, where somebody says."""
        name = str(above.value)
        squeezed = squeeze(name)
        if squeezed in self.parents:
            return self.parents[squeezed]
        near = get_close_matches(squeezed, self.parents, n=1, cutoff=NEARLY)
        if near:
            other = self.parents[near[0]]
            name = other if self._ask_whether(above, name, other, is_usual=False) else name
        self.parents[squeezed] = name
        return name

    def _asked_whether_near(self, value: ParsedValue, found: FoundNode) -> FoundNode:
        """The node that is called almost as the file says, unless somebody said that it is another."""
        if not found.is_near:
            return found
        is_it = self._ask_whether(value, str(value.value), found.node.title, is_usual=True)
        return found if is_it else FoundNode(None)

    def _ask_whether(self, value: ParsedValue, name: str, other: str, *, is_usual: bool) -> bool:
        """Ask once a file whether two names are one thing; `is_usual` is what is taken until somebody answers."""
        key = f"name-{squeeze(name)[:60]}"
        answer = self.plan.answers.get(key) or (SAME if is_usual else OTHER)
        if all(one.key != key for one in self.plan.questions):
            self.plan.questions.append(
                AskedOnce(
                    key,
                    f"Is “{name}” the same as “{other}”?",
                    [[SAME, f"Yes, it is “{other}”"], [OTHER, "No, it is something else"]],
                    answer,
                    "You said so." if key in self.plan.answers else "The names are almost alike.",
                    [f"{value.sheet} {value.cell}: “{value.words}”"],
                )
            )
        return answer == SAME

    def _period(self, calendar: Calendar, said: ParsedPart) -> ChosenPeriod | None:
        """The period that the values are of; None where there is none, and then the plan says why."""
        named = said.find("report.period")
        words = str(named.value or "") if named else ""
        if (calendar.pk, words) in self.periods:
            return self.periods[calendar.pk, words]
        chosen, sentence = choose_period(
            calendar, asked=self.period, said=words, file_name=self.plan.file_name, sheets=self.sheets
        )
        if chosen is None:
            self.plan.blocked = sentence
            return None
        if sentence:
            message = f"{sentence} The values are taken for {chosen.label}."
            self.plan.warnings.append(CellProblem(self.first_sheet, "", message, "warning"))
        if ahead := is_ahead(chosen, self.organisation):
            self.plan.warnings.append(CellProblem(self.first_sheet, "", ahead, "warning"))
        self.periods[calendar.pk, words] = chosen
        return chosen

    def _before(self, chosen: ChosenPeriod, calendar: Calendar, said: ParsedPart) -> ChosenPeriod | None:
        if (calendar.pk, chosen.as_at_on) not in self.earlier:
            self.earlier[calendar.pk, chosen.as_at_on] = period_before(chosen, calendar)
        before = self.earlier[calendar.pk, chosen.as_at_on]
        if before is None:
            value = next(value for value in said.all_values() if is_of_before(value.key))
            message = f"The calendar {calendar} has no period before {chosen.label}; what is said of it is not taken."
            self._warn(value, message)
        return before

    def _settle_targets(self, targets: list[Target]) -> str:
        """Say in each part which report it goes into; returns what the plan was made on."""
        for part, target in zip(self.plan.parts, targets, strict=True):
            part.mode = target.mode
            part.existing_id = target.existing.pk if target.existing else None
            part.base_id = target.base.pk if target.base else None
            if part.mode == LOCKED and not self.plan.blocked:
                state = target.existing.get_state_display().lower()
                whose = f" of {part.node_title}" if len(targets) > 1 else ""
                self.plan.blocked = (
                    f"The report{whose} for {part.period_label} is {state}."
                    " Have it returned, or pull it back, and import again."
                )
        return fingerprint(self.organisation, self.plan.parts)

    # Problems

    def _warn(self, value: ParsedValue, message: str) -> None:
        self.plan.warnings.append(CellProblem(value.sheet, value.cell, message, "warning"))


def is_of_before(key: str) -> bool:
    """Whether a value is said of the period before the workbook's own."""
    return key.startswith(BEFORE) or key.partition(".")[2] == "before"


def _speaks_of_before(said: ParsedPart) -> bool:
    return any(is_of_before(value.key) for value in said.all_values())


def _alone(target: Target) -> Target:
    """Of many reports of the past each says only what the workbook does: nothing is copied from the one before."""
    if target.mode == PAST and target.existing is None:
        return Target(target.mode, target.series, target.chosen, None, None)
    return target
