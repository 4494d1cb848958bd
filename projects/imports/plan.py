"""What a workbook would change: for every value the cell it stands in, what the record says now and what it would say.

A plan is plain values and can be stored. It writes nothing; `apply` does, while the record is as the plan found it.
"""

from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models

from projects.imports.child import read_safely
from projects.imports.layout import squeeze
from projects.imports.parse import Parsed, ParsedRecord, ParsedValue, parse
from projects.imports.problems import CellProblem, Ignored, WorkbookRefused
from projects.imports.recognise import best_match
from projects.imports.target import (
    Target,
    calendar_of,
    choose_period,
    choose_target,
    find_node,
    fingerprint,
    is_similar,
    series_of,
    template_of,
)
from projects.imports.wording import Wording
from projects.models import (
    Answer,
    Benefit,
    BenefitUpdate,
    Board,
    Budget,
    BudgetPosition,
    ChangeAwareness,
    ChangeRequest,
    Dimension,
    DimensionRating,
    ImportedValue,
    Narrative,
    Node,
    Organisation,
    PlanItem,
    PlanItemUpdate,
    Question,
    Report,
    ReportingStream,
    ReportRow,
    ResourcePosition,
    Risk,
    RiskAssessment,
    StatedFigure,
    Status,
    Subject,
)
from projects.rules.dates import WrittenDate
from projects.rules.finance import (
    Position,
    differs_beyond_rounding,
    percent_spent,
    remaining,
    underspend_sentence,
    variance_percent,
)
from projects.rules.kinds import Kind
from projects.rules.money import format_percent, format_pounds
from projects.rules.risk import high_risk_count

CREATE, UPDATE, UNCHANGED, CONFLICT = "create", "update", "unchanged", "conflict"


@dataclass
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


@dataclass
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
class ImportPlan:
    """A whole workbook against the record. `node_id` None: the project is new. `blocked` says why nothing can be
    brought in at all; "" where something can."""

    layout: str
    file_name: str
    node_id: int | None = None
    node_title: str = ""
    node_slug: str = ""
    mode: str = "draft"
    series_id: int | None = None
    period_id: int | None = None
    period_label: str = ""
    period_slug: str = ""
    period_how: str = ""
    as_at_on: str = ""
    existing_id: int | None = None
    base_id: int | None = None
    base: str = ""
    covers: list[str] = field(default_factory=list)
    rows: list[PlannedRow] = field(default_factory=list)
    not_in_file: list[dict[str, str]] = field(default_factory=list)
    errors: list[CellProblem] = field(default_factory=list)
    warnings: list[CellProblem] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    blocked: str = ""

    def count(self, action: str) -> int:
        """How many values have this action."""
        return sum(len(row.with_action(action)) for row in self.rows)

    @property
    def to_bring_in(self) -> int:
        """How many values would be written if nobody chose anything."""
        return self.count(CREATE) + self.count(UPDATE)

    @property
    def is_new_node(self) -> bool:
        return self.node_id is None

    @property
    def needs_past_permission(self) -> bool:
        return self.mode in ("past", "correction")

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "ImportPlan":
        rows = [
            PlannedRow(**{**row, "fields": [PlannedField(**one) for one in row["fields"]]}) for row in stored["rows"]
        ]
        problems = {name: [CellProblem(**one) for one in stored[name]] for name in ("errors", "warnings")}
        ignored = [Ignored(**one) for one in stored["ignored"]]
        return cls(**{**stored, **problems, "rows": rows, "ignored": ignored})


def plan_workbook(
    path: Path, organisation: Organisation, *, name: str = "", layout: str = "", period: str = ""
) -> ImportPlan:
    """Read a file and say what it would change. WorkbookRefused where it cannot be taken at all.

    `name` is the file's name as its sender knows it, `layout` and `period` (a slug or 2019-07) are guessed if blank.
    """
    name = name or Path(path).name
    wording = Wording(organisation)
    layouts = wording.layouts(layout)
    workbook = read_safely(path, name=name)
    match = best_match(workbook, layouts)
    parsed = parse(workbook, match, statuses=wording.statuses, day_first=organisation.is_day_first)
    notes = [CellProblem(workbook.sheets[0].name, "", note, "warning") for note in workbook.notes]
    sheets = [sheet.name for sheet in workbook.sheets]
    return make_plan(parsed, wording, file_name=name, sheets=sheets, period=period, notes=notes)


def councils_with_project(path: Path, councils: list[Organisation], *, layout: str = "") -> list[Organisation]:
    """The councils that have the project a file names in its title: whose workbook it is where nobody says so."""
    workbook = read_safely(path, name=Path(path).name)
    holding, refusals = [], []
    for council in councils:
        wording = Wording(council)
        try:
            match = best_match(workbook, wording.layouts(layout))
        except WorkbookRefused as refused:
            refusals.append(refused)
            continue
        parsed = parse(workbook, match, statuses=wording.statuses, day_first=council.is_day_first)
        title = parsed.value("node.title")
        if title and find_node(council, str(title), "").node:
            holding.append(council)
    if refusals and len(refusals) == len(councils):
        raise refusals[0]
    return holding


def make_plan(parsed: Parsed, wording: Wording, *, file_name: str, sheets=(), period: str = "", notes=()) -> ImportPlan:
    """Hold what was read against the record."""
    return _Planner(parsed, wording, file_name, sheets, period, notes).plan


# What each layout key writes --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Column:
    """A value of a layout (`key`) and the field that holds it. kind: words (as written), number, date, status, flag."""

    key: str
    name: str
    kind: str = "words"
    subject: str = ""


@dataclass(frozen=True)
class Table:
    """The rows of a layout's table. `identity` are the fields that a new thing is made with."""

    record: str
    block: str
    section: str
    model: type[ReportRow]
    things: type[models.Model] | None
    columns: tuple[Column, ...]
    identity: dict[str, Any] = field(default_factory=dict)

    @property
    def ref(self) -> Column | None:
        return next((one for one in self.columns if one.name == "ref"), None)

    @property
    def title(self) -> Column:
        return next(one for one in self.columns if one.name == "title")


HEADER = (
    Column("report.lead", "lead_words"),
    Column("report.reports_to", "reports_to_words"),
    Column("node.start", "start", "date"),
    Column("node.finish", "finish", "date"),
    Column("report.stage", "stage_words"),
    Column("report.team_members", "team_size", "number"),
    Column("report.score", "score", "number"),
    Column("report.score_label_figure", "score_label"),
    Column("report.marking", "marking"),
    Column("report.appendix", "appendix_label"),
)
MONEY = ("planned", "forecast", "actual", "committed", "emergency")
BUDGET = tuple(Column(f"budget.{name}", name, "number") for name in MONEY)
DIMENSIONS = {
    "report.status": "status",
    "report.direction": "direction",
    "report.risk_direction": "risk-direction",
    "report.risk_status": "risk-status",
}
QUESTIONS = {
    "stated.budget_on_track": "budget-on-track",
    "stated.unforeseen_spend": "unforeseen-spend",
    "stated.milestones_slipped": "milestones-slipped",
}
STATED = {
    "stated.budget_remaining": "budget.remaining",
    "stated.forecast_against_plan": "budget.variance_percent",
    "stated.forecast_sentence": "budget.outlook",
    "stated.percent_spent": "budget.percent_spent",
    "stated.high_risks": "counts.high_risks",
    "stated.red_milestones": "counts.red_milestones",
}
TABLES = (
    Table(
        "plan_item",
        "milestones",
        "Milestones",
        PlanItemUpdate,
        PlanItem,
        (
            Column("plan_item.ref", "ref"),
            Column("plan_item.detail", "title"),
            Column("plan_item.start", "start", "date"),
            Column("plan_item.end", "finish", "date"),
            Column("plan_item.status", "status", "status", Subject.MILESTONE),
            Column("plan_item.interdependencies", "interdependencies"),
            Column("plan_item.critical_path", "is_critical_path", "flag"),
        ),
        {"kind": "milestone"},
    ),
    Table(
        "risk",
        "risks",
        "High risk register",
        RiskAssessment,
        Risk,
        (
            Column("risk.ref", "ref"),
            Column("risk.detail", "title"),
            Column("risk.review", "review", "date"),
            Column("risk.residual_band", "residual_band", "status", Subject.RISK_BAND),
        ),
    ),
    Table(
        "benefit",
        "benefits",
        "Benefits",
        BenefitUpdate,
        Benefit,
        (
            Column("benefit.ref", "ref"),
            Column("benefit.detail", "title"),
            Column("benefit.review", "review", "date"),
            Column("benefit.status", "status", "status", Subject.BENEFIT),
        ),
    ),
    Table(
        "post",
        "resources",
        "Resources",
        ResourcePosition,
        None,
        (Column("post.title", "title"), Column("post.funding", "funding_words")),
    ),
    Table(
        "stream",
        "reporting-streams",
        "Other reporting streams",
        ReportingStream,
        None,
        (Column("stream.title", "title"), Column("stream.tier", "tier_words")),
    ),
)
CHANGE_COLUMNS = (
    Column("change.item_words", "item_words"),
    Column("change.description", "description"),
    Column("change.justification", "justification"),
    Column("change.financial_implications", "financial_implications"),
)
AWARENESS = {"change.leadership_aware": Board.BoardKind.TEAM, "change.board_aware": Board.BoardKind.BOARD}
# Values that a layout turns into a code or a figure, and that the record keeps as they are printed.
PRINTED = {"report.marking", "report.appendix", "report.score_label_figure", "stream.tier"}
# Sections of a report that blocks of a layout fill under another name.
SECTIONS_OF_BLOCKS = {"risks": "high-risk-register"}
DECIDED = (ChangeRequest.State.APPROVED, ChangeRequest.State.REJECTED)


def board_name(labels: tuple[str, ...]) -> str:
    """The board that a heading such as "Date Leadership Team Aware" names, by its fullest spelling."""
    return max(labels, key=len).removeprefix("Date ").removesuffix(" Aware")


def board_of(organisation: Organisation, heading: str, kind: str) -> Board | None:
    """The board whose awareness a column of the change record states: by the heading, else by its kind."""
    boards = list(Board.objects.filter(organisation=organisation, is_archived=False))
    by_heading = (board for board in boards if squeeze(board.awareness_heading) == squeeze(heading))
    by_kind = (board for board in boards if board.kind == kind and not board.awareness_heading)
    return next(by_heading, None) or next(by_kind, None)


# Columns and words ------------------------------------------------------------------------------------------------


def plain(value: Any) -> Any:
    """A column's value as JSON can hold it; `python_value` turns it back."""
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else value


def python_value(model: type[models.Model], column: str, value: Any) -> Any:
    """A column's value from JSON."""
    return value if value in ("", None) else model._meta.get_field(column).to_python(value)


def rounded(model: type[models.Model], column: str, value: Any) -> Any:
    """A figure with as many places as its column keeps: a sheet's 594058.0000001 is £594,058."""
    kept = model._meta.get_field(column)
    if value is None or not isinstance(kept, models.DecimalField):
        return value
    try:
        return Decimal(value).quantize(Decimal(1).scaleb(-kept.decimal_places), rounding=ROUND_HALF_UP)
    except InvalidOperation:
        return value  # too large for the column, which the check says


def is_blank(value: Any) -> bool:
    return value is None or value == "" or value is False


def column_names(model: type[models.Model], column: Column) -> tuple[str, ...]:
    if column.kind == "date":
        return tuple(f"{column.name}_{part}" for part in ("words", "on", "precision"))
    return (f"{column.name}_id",) if column.kind == "status" else (column.name,)


class _Planner:
    def __init__(self, parsed: Parsed, wording: Wording, file_name: str, sheets, period: str, notes):
        self.parsed = parsed
        self.wording = wording
        self.organisation = wording.organisation
        self.labels = {
            one.key: (one.labels[0] if one.labels else block.title)
            for block in parsed.layout.blocks()
            for one in block.fields
        }
        for block in parsed.layout.blocks():
            for one in block.fields:
                self.labels.update({one.capture: f"{self.labels[one.key]}, as labelled"} if one.capture else {})
                self.labels.update({one.bracket: "Funding, in brackets"} if one.bracket else {})
        self.spellings = {one.key: one.labels for block in parsed.layout.blocks() for one in block.fields}
        self.plan = ImportPlan(layout=parsed.layout.name, file_name=file_name)
        self.plan.errors = list(parsed.errors)
        self.plan.warnings = [*notes, *parsed.warnings]
        self.plan.ignored = list(parsed.ignored)
        self.first_sheet = parsed.blocks[0].sheet if parsed.blocks else ""
        self.target: Target
        self.made = 0
        self._build(sheets, period)

    def _build(self, sheets, period: str) -> None:
        self._warn_of_ambiguous_dates()
        title, reference = (str(self.parsed.value(key) or "") for key in ("node.title", "node.reference"))
        if not title:
            self.plan.blocked = "The workbook does not name its project."
            return
        found = find_node(self.organisation, title, reference)
        self.node = found.node
        if not self._choose_target(sheets, period):
            return
        self.plan.node_id = self.node.pk if self.node else None
        self.plan.node_title = self.node.title if self.node else title
        self.plan.node_slug = self.node.slug if self.node else ""
        self.plan.base = fingerprint(self.organisation, self.node, self.target.base, self.target.existing)
        self.plan.covers = list(
            dict.fromkeys(
                SECTIONS_OF_BLOCKS.get(block.key, block.key) for block in self.parsed.blocks if block.key != "banner"
            )
        )
        self._node_row(title, reference, found.other)
        self._header_row()
        self._dimensions()
        self._budget()
        self._answers()
        self._stated()
        self._commentary()
        for table in TABLES:
            if self.parsed.covers(table.block):
                self._table(table)
        if self.parsed.covers("change-control"):
            self._changes()
        self.plan.rows = [row for row in self.plan.rows if row.fields or row.must_come]
        self._compare_stated()

    def _choose_target(self, sheets, period: str) -> bool:
        series = series_of(self.node, self.parsed.layout.name)
        template = series.template if series else template_of(self.organisation, self.parsed.layout.name)
        calendar = series.calendar if series else calendar_of(self.organisation, template)
        if template is None or calendar is None:
            self.plan.blocked = "The council has no report template or no calendar yet. Add both in its settings first."
            return False
        self.template = template
        chosen, said = choose_period(calendar, asked=period, file_name=self.plan.file_name, sheets=sheets)
        if chosen is None:
            self.plan.blocked = said
            return False
        if said:
            self._warn(self.first_sheet, "", f"{said} The values are taken for {chosen.label}.")
        self.target = choose_target(series, chosen)
        self.plan.mode = self.target.mode
        self.plan.series_id = series.pk if series else None
        self.plan.period_id = chosen.period.pk if chosen.period else None
        self.plan.period_label, self.plan.period_slug = chosen.label, chosen.slug
        self.plan.period_how, self.plan.as_at_on = chosen.how, chosen.as_at_on.isoformat()
        self.plan.existing_id = self.target.existing.pk if self.target.existing else None
        self.plan.base_id = self.target.base.pk if self.target.base else None
        if self.target.mode == "locked":
            state = self.target.existing.get_state_display().lower()
            self.plan.blocked = (
                f"The report for {chosen.label} is {state}. Have it returned, or pull it back, and import again."
            )
        return True

    # Problems

    def _warn(self, sheet: str, cell: str, message: str) -> None:
        self.plan.warnings.append(CellProblem(sheet, cell, message, "warning"))

    def _error(self, value: ParsedValue, message: str) -> None:
        self.plan.errors.append(CellProblem(value.sheet, value.cell, message))

    def _ignore(self, value: ParsedValue, reason: str) -> None:
        self.plan.ignored.append(Ignored(value.sheet, value.cell, value.words, reason))

    def _warn_of_ambiguous_dates(self) -> None:
        order = "day first" if self.organisation.is_day_first else "month first"
        for value in self.parsed.ambiguous:
            self._warn(value.sheet, value.cell, f"“{value.words}” is read {order}; check that this is meant.")

    # One value

    def _columns(self, value: ParsedValue, column: Column, model, status: Status | None = None) -> dict[str, Any]:
        """What the value writes, as Python values by column."""
        if column.kind == "date":
            return getattr(model, column.name).values(value.value or WrittenDate(""))
        if column.kind == "status":
            return {f"{column.name}_id": status.pk if status else None}
        if column.kind == "flag":
            return {column.name: value.value == "yes"}
        if column.kind == "number":
            return {column.name: value.value}
        return {column.name: self._text(value)}

    @staticmethod
    def _text(value: ParsedValue) -> str:
        """What a value says as text: as it is printed where the layout gives it a code, else as it was read."""
        if value.key in PRINTED:
            return value.words
        return "" if value.value is None else str(value.value)

    def _words(self, model, column: Column, columns: dict[str, Any]) -> str:
        """How columns of one value read, for people."""
        first = columns[column_names(model, column)[0]]
        if is_blank(first):
            return ""
        if column.kind == "status":
            return self._status_label(first)
        if column.kind == "flag":
            return "Yes"
        if isinstance(first, Decimal):
            if column.name in MONEY:
                return format_pounds(first, pence=first != first.to_integral_value())
            return format(first.normalize(), "f")
        return str(first)

    def _status_label(self, pk: int) -> str:
        known = (status for words in self.wording.by_scheme.values() for status in words.statuses if status.pk == pk)
        return next((status.label for status in known), None) or Status.objects.get(pk=pk).label

    def _status(self, value: ParsedValue, vocabulary) -> Status | None:
        if value.value is None:
            return None
        status = vocabulary.status(str(value.value)) if vocabulary else None
        if status is None:
            self._error(value, f"“{value.words}” is not a status that is used here.")
        return status

    def _check(self, model, value: ParsedValue, columns: dict[str, Any]) -> bool:
        """Say what the record cannot hold (too long, too large); True where it can hold all."""
        for name, one in columns.items():
            column = model._meta.get_field(name)
            if column.is_relation:
                continue
            try:
                column.run_validators(column.to_python(one) if one is not None else None)
            except ValidationError as error:
                self._error(value, " ".join(error.messages))
                return False
        return True

    def _field(
        self, value: ParsedValue | None, column: Column, model, row, earlier, status=None, columns=None
    ) -> PlannedField | None:
        """One planned value; None where file and record are both blank or the file has no such cell."""
        if value is None:
            return None
        new = columns or self._columns(value, column, model, status)
        new = {name: rounded(model, name, one) for name, one in new.items()}
        if not self._check(model, value, new):
            return None
        new = {name: python_value(model, name, one) for name, one in new.items()}
        before = {name: getattr(row, name) if row is not None else None for name in new}
        # What has no row yet reads as a blank of its kind, so that blank over blank is no change.
        if all(is_blank(one) for one in before.values()) and all(is_blank(one) for one in new.values()):
            return None
        planned = PlannedField(
            name=column.name,
            label=self.labels.get(value.key, value.key),
            action=UNCHANGED,
            old=self._words(model, column, before),
            new=self._words(model, column, new),
            sheet=value.sheet,
            cell=value.cell,
            columns={name: plain(one) for name, one in new.items()},
            before={name: plain(one) for name, one in before.items()},
        )
        if self._same(before, new):
            return planned
        planned.action = CREATE if all(is_blank(one) for one in before.values()) else UPDATE
        if row is not None:
            planned.because = self._why_conflict(row, earlier, column, before)
        if self.target.mode == "locked":
            planned.because, planned.is_fixed = "The report awaits approval.", True
        if planned.because:
            planned.action = CONFLICT
        return planned

    @staticmethod
    def _same(before: dict[str, Any], new: dict[str, Any]) -> bool:
        return all((is_blank(before[name]) and is_blank(one)) or before[name] == one for name, one in new.items())

    def _why_conflict(self, row, earlier, column: Column, before: dict[str, Any]) -> str:
        """Why a value that differs was put there by a person, "" where it was not.

        A value that an import wrote is a person's once it differs from what the import wrote. Any other is one in
        an open draft that differs from the report the draft was copied from.
        """
        mark = (getattr(row, "marks", None) or {}).get(column.name, {})
        if mark.get("kind") == "provenance" and not self.target.opens_report:
            written = ImportedValue.objects.filter(
                imported_id=mark["import"],
                table=mark["table"],
                sheet=mark["sheet"],
                cell=mark["cell"],
                field=column.name,
            ).first()
            if written and not self._same(
                before, {name: python_value(type(row), name, one) for name, one in written.after.items()}
            ):
                return "Somebody changed it in the portal after it was imported."
            return ""
        if isinstance(row, ChangeRequest):
            return "It was written in the portal."
        if self.target.mode != "draft" or self.target.opens_report or not isinstance(row, ReportRow | Report):
            return ""
        stood = {name: getattr(earlier, name) if earlier is not None else None for name in before}
        if self._same(stood, before):
            return ""
        return "Somebody changed it in this draft."

    def _add(self, section: str, title: str, model, row, fields, **more) -> PlannedRow:
        self.made += 1
        planned = PlannedRow(
            key=f"{section.lower().replace(' ', '-')}-{self.made}",
            section=section,
            title=title,
            table=model._meta.model_name,
            row_id=row.pk if row is not None else None,
            identity_id=more.pop("identity_id", None),
            fields=[one for one in fields if one is not None],
            **more,
        )
        self.plan.rows.append(planned)
        return planned

    # The project itself

    def _node_row(self, title: str, reference: str, other: Node | None) -> None:
        values = self.parsed.values
        if self.node is None:
            tier = self._new_tier()
            fields = [
                self._field(values.get("node.title"), Column("node.title", "title"), Node, None, None),
                self._field(values.get("node.reference"), Column("node.reference", "reference"), Node, None, None),
            ]
            if tier:
                fields.append(self._tier_field(values["node.tier"], tier))
            self._add("Project", title, Node, None, fields, must_come=True)
            return
        fields = []
        for key, name, words in (("node.title", "title", title), ("node.reference", "reference", reference)):
            value = values.get(key)
            if value is None or value.value is None:
                continue
            one = self._field(value, Column(key, name), Node, self.node, None)
            if one and name == "title" and squeeze(words) == squeeze(self.node.title):
                one.action = UNCHANGED  # other capitals or dashes are the same title
            if one and one.action == UPDATE:
                one.action, one.because = CONFLICT, "The project is known by another one in the portal."
            if one and name == "reference" and other:
                one.because, one.is_fixed = f"The reference is that of {other.title}; the title was followed.", True
                one.action = CONFLICT
            fields.append(one)
        self._add("Project", self.node.title, Node, self.node, fields)
        tier = self._new_tier()
        if tier and tier.pk != self.node.tier_id:
            said = values["node.tier"]
            held = self.node.tier.label if self.node.tier else "none"
            self._warn(
                said.sheet,
                said.cell,
                f"The sheet says {said.words}; the tier held is {held} and stays. Change it there.",
            )

    def _new_tier(self):
        value = self.parsed.values.get("node.tier")
        if value is None or value.value is None:
            return None
        tier = self.wording.tier(str(value.value))
        if tier is None:
            self._warn(value.sheet, value.cell, f"The council has no tier {value.words}; the project gets none.")
        return tier

    def _tier_field(self, value: ParsedValue, tier) -> PlannedField:
        where = {"sheet": value.sheet, "cell": value.cell}
        return PlannedField(
            "tier", "Tier", CREATE, "", tier.label, columns={"tier_id": tier.pk}, before={"tier_id": None}, **where
        )

    def _header_row(self) -> None:
        base, earlier = self.target.base, None
        if base is not None and not self.target.opens_report:
            earlier = base.copied_from
        row = base
        if self.target.opens_report:
            row = self._header_to_come()
        fields = [self._field(self.parsed.values.get(column.key), column, Report, row, earlier) for column in HEADER]
        planned = self._add("Project detail", "Project detail", Report, base, fields)
        planned.row_id = self.target.existing.pk if self.target.existing else None

    def _header_to_come(self) -> Report:
        """What a report opened now would say of the project, before the file's values."""
        row = self.target.base or Report()
        come = Report(marking=self.template.marking, score_label=self.template.score_label)
        names = [name for column in HEADER for name in column_names(Report, column)]
        if self.target.base is not None:
            for name in names:
                if name != "marking":
                    setattr(come, name, getattr(row, name))
        elif self.node is not None:
            come.lead_words = self.node.lead_post.title if self.node.lead_post else ""
            come.reports_to_words = self.node.board.name if self.node.board else ""
        return come

    # Ratings, answers, figures, text

    def _earlier(self, model) -> list[ReportRow]:
        """The rows of the report that an open draft was copied from."""
        base = self.target.base
        if base is None or self.target.opens_report or base.copied_from_id is None:
            return []
        return list(model.objects.filter(report=base.copied_from_id))

    def _by(self, rows, name: str) -> dict:
        return {getattr(row, name): row for row in rows}

    def _dimensions(self) -> None:
        known = {one.key: one for one in Dimension.objects.filter(template=self.template)}
        overall = next((one for one in known.values() if one.is_overall), None)
        rows = self._by(self.target.base_rows(DimensionRating), "dimension_id")
        earlier = self._by(self._earlier(DimensionRating), "dimension_id")
        for key, name in DIMENSIONS.items():
            value = self.parsed.values.get(key)
            if value is None:
                continue
            dimension = known.get(name) or (overall if name == "status" else None)
            if dimension is None:
                self._ignore(value, "the report template has no such rating")
                continue
            status = self._status(value, self.wording.by_scheme.get(dimension.scheme_id))
            row = rows.get(dimension.pk)
            column = Column(key, "status", "status")
            one = self._field(value, column, DimensionRating, row, earlier.get(dimension.pk), status)
            self._add(
                self._section_of(key),
                dimension.label,
                DimensionRating,
                row,
                [one],
                identity_id=dimension.pk,
                made_with={"title": dimension.label, "order": dimension.order},
            )

    def _section_of(self, key: str) -> str:
        blocks = (block for block in self.parsed.layout.blocks() for one in block.fields if one.key == key)
        return next(blocks).title.capitalize()

    def _answers(self) -> None:
        known = {one.key: one for one in Question.objects.filter(template=self.template)}
        rows = self._by(self.target.base_rows(Answer), "question_id")
        earlier = self._by(self._earlier(Answer), "question_id")
        for key, name in QUESTIONS.items():
            value = self.parsed.values.get(key)
            if value is None:
                continue
            question = known.get(name)
            if question is None:
                self._ignore(value, "the report template has no such question")
                continue
            vocabulary = self.wording.by_scheme.get(question.scheme_id)
            status = None
            if value.value is not None:
                status = vocabulary.status("Yes" if value.value else "No") if vocabulary else None
                if status is None:
                    self._error(value, f"“{value.words}” is not an answer that is used here.")
            row = rows.get(question.pk)
            one = self._field(value, Column(key, "status", "status"), Answer, row, earlier.get(question.pk), status)
            self._add(
                self._section_of(key),
                question.text,
                Answer,
                row,
                [one],
                identity_id=question.pk,
                made_with={"title": question.text, "order": question.order},
            )

    def _budget(self) -> None:
        values = {column.key: self.parsed.values.get(column.key) for column in BUDGET}
        if not any(values.values()):
            return
        row = next((one for one in self.target.base_rows(BudgetPosition) if not one.is_removed), None)
        earlier = next((one for one in self._earlier(BudgetPosition) if row and one.budget_id == row.budget_id), None)
        held = Budget.objects.filter(node=self.node, is_archived=False).first() if self.node else None
        fields = [self._field(values[column.key], column, BudgetPosition, row, earlier) for column in BUDGET]
        told = next((values[f"budget.{name}"] for name in ("forecast", "actual") if values[f"budget.{name}"]), None)
        layout = (
            Budget.Layout.SPEND if values["budget.actual"] and not values["budget.forecast"] else Budget.Layout.FORECAST
        )
        if row is not None and told is not None and row.layout != layout:
            one = self._field(
                told, Column(told.key, "layout"), BudgetPosition, row, earlier, columns={"layout": layout}
            )
            one.label = "How the budget is reported"
            one.old, one.new = (Budget.Layout(each).label for each in (row.layout, layout))
            fields.append(one)
        self._add(
            self._section_of("budget.planned"),
            "Project budget",
            BudgetPosition,
            row,
            fields,
            identity_id=row.budget_id if row else held.pk if held else None,
            identity={"layout": layout.value},
            made_with={"title": "Project budget", "layout": layout.value},
        )

    def _stated(self) -> None:
        rows = self._by(self.target.base_rows(StatedFigure), "key")
        earlier = self._by(self._earlier(StatedFigure), "key")
        for key, name in STATED.items():
            value = self.parsed.values.get(key)
            if value is None or value.value is None:
                continue
            amount = None if isinstance(value.value, str) else Decimal(value.value)
            columns = {"words": value.words, "amount": amount}
            row = rows.get(name)
            one = self._field(value, Column(key, "words"), StatedFigure, row, earlier.get(name), columns=columns)
            label = self.labels[key]
            made_with = {"key": name, "title": label}
            self._add("Figures as stated", label, StatedFigure, row, [one], made_with=made_with)

    def _commentary(self) -> None:
        value = self.parsed.values.get("report.commentary")
        if value is None:
            return
        row = self._by(self.target.base_rows(Narrative), "section").get("commentary")
        earlier = self._by(self._earlier(Narrative), "section").get("commentary")
        one = self._field(value, Column(value.key, "text"), Narrative, row, earlier)
        title = self._section_of("report.commentary")
        self._add(title, title, Narrative, row, [one], made_with={"section": "commentary", "title": title})

    # Tables

    def _table(self, table: Table) -> None:
        base = self.target.base_rows(table.model)
        earlier = self._earlier(table.model)
        records = [one for one in self.parsed.records.get(table.record, ()) if not one.is_total]
        known = self._known(table, base)
        matched = match_records(
            [self._named(table, record) for record in records], [(one.ref, one.title, one.more) for one in known]
        )
        for record, index in zip(records, matched, strict=True):
            thing = known[index] if index is not None else None
            row = thing.row if thing else None
            stood = self._stood(table, row, earlier)
            title = " ".join(part for part in self._named(table, record)[:2] if part)
            self._add(
                table.section,
                title,
                table.model,
                row,
                self._record_fields(table, record, row, stood),
                identity_id=thing.identity_id if thing else None,
                identity=table.identity,
            )
        taken = {index for index in matched if index is not None}
        self.plan.not_in_file += [
            {"section": table.section, "title": f"{one.ref} {one.title}".strip()}
            for place, one in enumerate(known)
            if place not in taken and one.row is not None and not one.row.is_removed
        ]

    @staticmethod
    def _named(table: Table, record: ParsedRecord) -> tuple[str, str, str]:
        ref = record.values.get(table.ref.key) if table.ref else None
        title, more = record.values.get(table.title.key), record.values.get("post.funding")
        return (
            str(ref.value) if ref and ref.value is not None else "",
            str(title.value or "") if title else "",
            more.words if more else "",
        )

    def _known(self, table: Table, base: list[ReportRow]) -> list["_Known"]:
        """What the record has of a table: the rows it is held against, then things that no row of them is about."""
        known = []
        for row in base:
            identity_id = getattr(row, f"{table.model.identity_field}_id") if table.things else None
            known.append(_Known(row.ref, row.title, getattr(row, "funding_words", ""), row, identity_id))
        if table.things is not None and self.node is not None:
            about = {one.identity_id for one in known}
            known += [
                _Known(thing.ref, thing.title, "", None, thing.pk)
                for thing in table.things.objects.filter(node=self.node, is_archived=False, **table.identity)
                if thing.pk not in about
            ]
        return known

    @staticmethod
    def _stood(table: Table, row, earlier: list[ReportRow]):
        if row is None:
            return None
        if table.things is not None:
            name = f"{table.model.identity_field}_id"
            return next((one for one in earlier if getattr(one, name) == getattr(row, name)), None)
        same = [one for one in earlier if (one.ref, one.title) == (row.ref, row.title)]
        return next((one for one in same if one.order == row.order), same[0] if same else None)

    def _record_fields(self, table: Table, record: ParsedRecord, row, stood) -> list[PlannedField | None]:
        fields = []
        statuses = {}
        for column in table.columns:
            value = record.values.get(column.key)
            if value is not None and column.kind == "status":
                statuses[column.name] = self._status(value, self._vocabulary(column, row))
        done = statuses.get("status") and statuses["status"].kind == Kind.DONE
        for column in table.columns:
            value = record.values.get(column.key)
            if column.key == "plan_item.end" and done and not self._ends_as_forecast(row, value):
                column = Column(column.key, "actual", "date")  # one printed column over two facts
            fields.append(self._field(value, column, table.model, row, stood, statuses.get(column.name)))
        if row is not None and row.is_removed:
            fields.append(self._removed_field(row, record.values[table.title.key]))
        return fields

    @staticmethod
    def _ends_as_forecast(row, value: ParsedValue | None) -> bool:
        """Whether a finished item has its end as a forecast only, and the file repeats it."""
        return (
            row is not None
            and row.status is not None
            and row.status.kind == Kind.DONE
            and not row.actual_words
            and value is not None
            and row.finish_words == value.words
        )

    def _vocabulary(self, column: Column, row):
        """The scheme that the row uses, else the organisation's first for the subject."""
        status = getattr(row, column.name) if row is not None else None
        if status is not None and status.scheme_id in self.wording.by_scheme:
            return self.wording.by_scheme[status.scheme_id]
        return self.wording.by_subject[column.subject]

    @staticmethod
    def _removed_field(row, value: ParsedValue) -> PlannedField:
        return PlannedField(
            name="is_removed",
            label="In the report",
            action=CONFLICT,
            old=f"Taken out: {row.removed_reason}",
            new="Put back",
            sheet=value.sheet,
            cell=value.cell,
            columns={"is_removed": False, "removed_reason": ""},
            before={"is_removed": True, "removed_reason": row.removed_reason},
            because="Somebody took it out of this report.",
        )

    # Change control

    def _changes(self) -> None:
        records = self.parsed.records.get("change", [])
        held = list(ChangeRequest.objects.filter(node=self.node, is_archived=False)) if self.node else []
        matched = match_changes(
            [(self._said(record, "change.item_words"), self._said(record, "change.description")) for record in records],
            [(one.item_words, one.description) for one in held],
        )
        boards = {}
        for key, kind in AWARENESS.items():
            if any(key in record.values for record in records):
                boards[key] = self._board(key, kind)
        aware = {
            (one.change_request_id, one.board_id): one
            for one in ChangeAwareness.objects.filter(change_request__in=held)
        }
        for record, index in zip(records, matched, strict=True):
            request = held[index] if index is not None else None
            fields = [
                self._field(record.values.get(column.key), column, ChangeRequest, request, None)
                for column in CHANGE_COLUMNS
            ]
            fields += [
                self._awareness_field(record.values.get(key), key, board, request, aware)
                for key, board in boards.items()
            ]
            if request is not None and request.state in DECIDED:
                for one in fields:
                    if one and one.action not in (UNCHANGED,):
                        one.action, one.because, one.is_fixed = CONFLICT, "The change is decided.", True
            title = self._said(record, "change.item_words")
            self._add("Change control", title, ChangeRequest, request, fields)

    @staticmethod
    def _said(record: ParsedRecord, key: str) -> str:
        return record.values[key].words if key in record.values else ""

    def _board(self, key: str, kind: str) -> Board | None:
        """The board of an awareness column; None where it is to be added, which the preview says."""
        heading = self.labels[key]
        board = board_of(self.organisation, heading, kind)
        if board is None:
            name = board_name(self.spellings[key])
            self._warn(
                self.first_sheet, "", f"No board has the heading “{heading}”; the board {name} will be added for it."
            )
        return board

    def _awareness_field(self, value: ParsedValue | None, key: str, board, request, aware) -> PlannedField | None:
        entry = aware.get((request.pk, board.pk)) if request and board else None
        one = self._field(value, Column(key, "aware", "date"), ChangeAwareness, entry, None)
        if one is None:
            return None
        one.name = key
        if request is not None and one.action in (CREATE, UPDATE):
            mark = request.marks.get(key, {})
            own = ImportedValue.objects.filter(imported_id=mark.get("import"), cell=mark.get("cell"), field=key).first()
            came_so = own is not None and own.after.get("aware_words") == one.before.get("aware_words")
            if one.action == UPDATE and not came_so:
                one.action, one.because = CONFLICT, "It was written in the portal."
        return one

    # Stated beside derived

    def _compare_stated(self) -> None:
        """Warn where a stated figure is not what the file's own parts come to."""
        position = Position(**{name: self.parsed.value(f"budget.{name}") for name in MONEY})
        risks = self._statuses("risk", "risk.residual_band", Subject.RISK_BAND)
        milestones = self._statuses("plan_item", "plan_item.status", Subject.MILESTONE)
        derived = {
            "stated.budget_remaining": (remaining(position), format_pounds),
            "stated.forecast_against_plan": (variance_percent(position), format_percent),
            "stated.percent_spent": (percent_spent(position), format_percent),
        }
        for key, (figure, words) in derived.items():
            value = self.parsed.values.get(key)
            if value and value.value is not None and differs_beyond_rounding(Decimal(value.value), figure):
                self._warn(
                    value.sheet, value.cell, f"The sheet states {value.words}; its parts come to {words(figure)}."
                )
        sentence, worked_out = self.parsed.values.get("stated.forecast_sentence"), underspend_sentence(position)
        if sentence and sentence.value and worked_out and squeeze(worked_out) not in squeeze(str(sentence.value)):
            self._warn(
                sentence.sheet, sentence.cell, f"The sheet states “{sentence.words}”; its figures say “{worked_out}”."
            )
        for key, block, count in (
            ("stated.high_risks", "risks", high_risk_count(one.kind for one in risks)),
            ("stated.red_milestones", "milestones", sum(one.kind == Kind.OFF_TRACK for one in milestones)),
        ):
            value = self.parsed.values.get(key)
            if value and value.value is not None and self.parsed.covers(block) and value.value != count:
                self._warn(value.sheet, value.cell, f"The sheet states {value.words}; its rows come to {count}.")

    def _statuses(self, record: str, key: str, subject: str) -> list[Status]:
        words = self.wording.by_subject[subject]
        said = (one.value(key) for one in self.parsed.records.get(record, ()))
        return [status for label in said if label and (status := words.status(str(label)))]


@dataclass(frozen=True)
class _Known:
    ref: str
    title: str
    more: str
    row: ReportRow | None
    identity_id: int | None


def match_records(said: list[tuple[str, str, str]], known: list[tuple[str, str, str]]) -> list[int | None]:
    """For each row of the file the place in `known` of what it is about, None for something new.

    Each is (reference, title, further words). Surest first: all alike; reference and title; title; reference
    where the title is much the same. Nothing is matched twice.
    """
    matched: list[int | None] = [None] * len(said)
    free = set(range(len(known)))
    tests = (
        lambda one, other: one == other,
        lambda one, other: one[0] == other[0] and squeeze(one[1]) == squeeze(other[1]),
        lambda one, other: squeeze(one[1]) == squeeze(other[1]),
        lambda one, other: bool(one[0]) and one[0] == other[0] and is_similar(one[1], other[1]),
    )
    for test in tests:
        for place, one in enumerate(said):
            if matched[place] is None:
                found = next((other for other in sorted(free) if test(one, known[other])), None)
                if found is not None:
                    matched[place] = found
                    free.discard(found)
    return matched


def match_changes(said: list[tuple[str, str]], held: list[tuple[str, str]]) -> list[int | None]:
    """The same for changes, by the item amended and its description; the item alone where one was reworded."""
    matched: list[int | None] = [None] * len(said)
    free = set(range(len(held)))
    for is_exact in (True, False):
        for place, (item, words) in enumerate(said):
            if matched[place] is not None:
                continue
            found = next(
                (
                    other
                    for other in sorted(free)
                    if squeeze(held[other][0]) == squeeze(item)
                    and (not is_exact or squeeze(held[other][1]) == squeeze(words))
                ),
                None,
            )
            if found is not None:
                matched[place] = found
                free.discard(found)
    return matched


def model_of(table: str) -> type[models.Model]:
    """The table a planned row goes to."""
    return apps.get_model("projects", table)


def refuse_blocked(plan: ImportPlan) -> None:
    """WorkbookRefused with the sentence where nothing of the plan can be brought in."""
    if plan.blocked:
        raise WorkbookRefused(plan.blocked)
