"""A plan as plain values: what a workbook would write, report by report, that can be stored and looked at."""

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from typing import Any

from projects.imports.parse import Control
from projects.imports.problems import CellProblem, Ignored
from projects.imports.read import position

CREATE, UPDATE, UNCHANGED, CONFLICT = "create", "update", "unchanged", "conflict"
DRAFT, PAST, CORRECTION, LOCKED = "draft", "past", "correction", "locked"
ROUND_TRIP = "round-trip"  # the layout of workbooks that were taken out of the portal to work in
# What many values do not say, and what is then left out where a plan is kept.
SELDOM_SAID = {"old": "", "before": {}, "because": "", "is_fixed": False, "is_withheld": False, "base": ""}
SAID_OFTEN = ("name", "label", "action", "sheet")  # in the same few words
LINES = "lines"  # goes into the live lines of a work programme, and into no report


@dataclass(slots=True)
class PlannedField:
    """One value. `columns` are what would be written and `before` what stands there, as JSON values.

    `is_fixed`: a conflict that nobody can decide for the file; `because` says why it is one.
    """

    name: str
    label: str
    action: str
    old: str
    new: str
    sheet: str
    cell: str
    columns: dict[str, Any]
    before: dict[str, Any]
    because: str = ""
    is_fixed: bool = False
    is_withheld: bool = False
    base: str = ""  # what stood there when the workbook was taken out of the portal


@dataclass(slots=True)
class PlannedRow:
    """One row of the record. `row_id` is its row in the report the plan was held against, None for a new one;
    `identity_id` the thing it is about where the record has that already; `made_with` what else a new row needs."""

    key: str
    section: str
    title: str
    table: str
    row_id: int | None
    identity_id: int | None
    fields: list[PlannedField]
    made_with: dict[str, Any] = field(default_factory=dict)
    identity: dict[str, Any] = field(default_factory=dict)
    must_come: bool = False

    def with_action(self, *actions: str) -> list[PlannedField]:
        return [one for one in self.fields if one.action in actions]

    @property
    def is_new(self) -> bool:
        return self.row_id is None


@dataclass
class AskedOnce:
    """A question that a person answers once for a whole file. `choices` are (value, label) and `answer` the value that
    this plan was made with; `told` says what it was told by where nobody has answered."""

    key: str
    text: str
    choices: list[list[str]]
    answer: str
    told: str = ""
    examples: list[str] = field(default_factory=list)


@dataclass
class PartPlan:
    """What goes into one report. `node_id` None: the node is new, and goes beneath `parent_id`, and beneath those of
    `above` ([title, kind], highest first) that are made for it.

    mode: draft, past, correction or locked, as in `target.Target`. `is_form`: it is read by a cell map, and a report of
    the past says what the form does and no more.
    """

    key: str
    node_title: str
    node_id: int | None = None
    node_slug: str = ""
    node_kind: str = ""
    parent_id: int | None = None
    parent_title: str = ""
    above: list[list[str]] = field(default_factory=list)
    mode: str = DRAFT
    series_id: int | None = None
    template_id: int | None = None
    calendar_id: int | None = None
    period_id: int | None = None
    period_label: str = ""
    period_slug: str = ""
    period_how: str = ""
    as_at_on: str = ""
    existing_id: int | None = None
    base_id: int | None = None
    board_id: int | None = None
    covers: list[str] = field(default_factory=list)
    rows: list[PlannedRow] = field(default_factory=list)
    not_in_file: list[dict[str, str]] = field(default_factory=list)
    is_form: bool = False

    def count(self, action: str) -> int:
        """How many values have this action."""
        return sum(len(row.with_action(action)) for row in self.rows)

    @property
    def is_new_node(self) -> bool:
        return self.node_id is None

    @property
    def place(self) -> str:
        """What a new node will stand in, nearest first; of what is made for it that is said."""
        made = [f"{title} (new)" for title, _ in reversed(self.above)]
        return ", in ".join(filter(None, [*made, self.parent_title]))

    @property
    def differs(self) -> bool:
        return self.is_new_node or any(row.with_action(CREATE, UPDATE, CONFLICT) for row in self.rows)


@dataclass
class ImportPlan:
    """A whole workbook against the record. `base` is what the plan was made on, in short; `blocked` says why nothing
    can be brought in at all, "" where something can. `controls` are the printed totals. `names` are those of people
    whose post nobody has said yet, `posts` what was said: {name: post}. `refused` are rows [sheet, row] of which
    nothing is taken, as errors in them say. `questions` are asked once of the whole file, `answers` what was said:
    {key: value}. `needs` says what the council lacks for it and could be made here, "" where nothing.
    `also_in` names the layouts that fit just as well.
    """

    layout: str
    file_name: str
    parts: list[PartPlan] = field(default_factory=list)
    base: str = ""
    errors: list[CellProblem] = field(default_factory=list)
    warnings: list[CellProblem] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    controls: list[Control] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    posts: dict[str, str] = field(default_factory=dict)
    blocked: str = ""
    as_they_are: int = 0  # values that agree and are not listed one by one
    layout_version: int = 0
    also_in: list[str] = field(default_factory=list)
    refused: list[list] = field(default_factory=list)
    questions: list[AskedOnce] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    needs: str = ""

    @property
    def must_mend(self) -> list[CellProblem]:
        """The errors that nothing can be brought in with: those outside the rows that are refused as a whole."""
        refused = {(sheet, row) for sheet, row in self.refused}
        return [one for one in self.errors if not one.cell or (one.sheet, row_of(one.cell)) not in refused]

    @property
    def rows(self) -> Iterator[PlannedRow]:
        for part in self.parts:
            yield from part.rows

    def count(self, action: str) -> int:
        """How many values have this action."""
        unlisted = self.as_they_are if action == UNCHANGED else 0
        return sum(part.count(action) for part in self.parts) + unlisted

    @property
    def to_bring_in(self) -> int:
        """How many values would be written if nobody chose anything."""
        return self.count(CREATE) + self.count(UPDATE)

    @property
    def needs_past_permission(self) -> bool:
        return any(part.mode in (PAST, CORRECTION) for part in self.parts)

    @property
    def whom(self) -> str:
        """What the workbook is about, in a few words."""
        titles = list(dict.fromkeys(part.node_title for part in self.parts))
        return titles[0] if len(titles) == 1 else f"{len(titles)} projects and programmes" if titles else ""

    @property
    def when(self) -> str:
        """The periods that it speaks of."""
        return joined(dict.fromkeys(part.period_label for part in self.parts if part.period_label))

    @property
    def has_periods(self) -> bool:
        """Whether it goes into reports, so that another period can be chosen."""
        return not self.parts or any(part.period_label or part.mode != LINES for part in self.parts)

    @property
    def not_in_file(self) -> list[dict[str, str]]:
        return [one for part in self.parts for one in part.not_in_file]

    @property
    def disagreeing(self) -> list[Control]:
        """Totals over rows that the rows do not come to: a person says whether the rows are right all the same."""
        return [one for one in self.controls if not one.agrees and not one.row]

    def to_json(self) -> dict[str, Any]:
        parts = self.parts
        plain = {**asdict(replace(self, parts=[])), "parts": [_plain_part(part) for part in parts]}
        for control in plain["controls"]:
            control["stated"] = None if control["stated"] is None else str(control["stated"])
            control["derived"] = str(control["derived"])
        return {**plain, "whom": self.whom, "when": self.when}  # lists of imports read these two

    @classmethod
    def from_text(cls, text: str) -> "ImportPlan":
        """The plan that was stored, from its JSON: of a large one the plain values are never held all at once."""
        return cls.from_json(json.loads(text, object_hook=_value_or_plain))

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "ImportPlan":
        """The plan that was stored."""
        plain = {name: value for name, value in stored.items() if name not in ("whom", "when")}
        parts = [PartPlan(**{**part, "rows": [_row(row) for row in part["rows"]]}) for part in plain.pop("parts")]
        problems = {name: [CellProblem(**one) for one in plain.pop(name)] for name in ("errors", "warnings")}
        ignored = [Ignored(**one) for one in plain.pop("ignored")]
        questions = [AskedOnce(**one) for one in plain.pop("questions", [])]
        controls = [
            Control(
                **{
                    **one,
                    "stated": None if one["stated"] is None else Decimal(one["stated"]),
                    "derived": Decimal(one["derived"]),
                }
            )
            for one in plain.pop("controls")
        ]
        return cls(**plain, **problems, parts=parts, ignored=ignored, controls=controls, questions=questions)


def row_of(cell: str) -> int:
    """The row of a cell, 0 where none is named."""
    return position(cell.partition(":")[0])[0] if cell else 0


def _plain_part(part: PartPlan) -> dict[str, Any]:
    """A part as plain values, without copies of what is plain already: a large plan has hundreds of thousands."""
    rows = [_plain(row, fields=[_plain_field(one) for one in row.fields]) for row in part.rows]
    return {**vars(part), "rows": rows}


def _plain(one: PlannedRow | PlannedField, **more) -> dict[str, Any]:
    return {name: getattr(one, name) for name in type(one).__slots__} | more


def _plain_field(one: PlannedField) -> dict[str, Any]:
    """A value without what most values do not say."""
    return {name: said for name in PlannedField.__slots__ if (said := getattr(one, name)) or name not in SELDOM_SAID}


def _row(stored: dict[str, Any]) -> PlannedRow:
    fields = [one if isinstance(one, PlannedField) else _value(one) for one in stored["fields"]]
    return PlannedRow(**{**stored, "fields": fields})


def _value(stored: dict[str, Any]) -> PlannedField:
    once = {name: sys.intern(stored[name]) for name in SAID_OFTEN}
    new, columns = stored["new"], stored["columns"]
    for name, value in columns.items():
        if value == new:
            columns[name] = new  # one text in memory, not two
    return PlannedField(**{**SELDOM_SAID, "before": {}, **stored, **once})


def _value_or_plain(stored: dict[str, Any]) -> PlannedField | dict[str, Any]:
    return _value(stored) if stored.keys() >= {"cell", "columns", "action"} else stored


def joined(words: Iterable[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    *before, last = list(words) or [""]
    return f"{', '.join(before)} and {last}" if before else last
