"""Bring a previewed workbook in: all of it in one transaction, or nothing."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.files import File
from django.db import models, transaction
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.text import slugify

from projects.actions.back_fill import PastReport, back_fill
from projects.actions.change_control import change_change, raise_change, set_awareness
from projects.actions.lines import change_lines
from projects.actions.nodes import add_node, change_node
from projects.actions.organisations import make_periods
from projects.actions.proposals import ratings_to_explain
from projects.actions.reports import (
    NOT_CARRIED,
    ReportIncomplete,
    approve_report,
    change_lines_of,
    change_report,
    correct_report,
    open_draft,
    sign_off_report,
    start_series,
    submit_report,
)
from projects.actions.rows import add_rows, change_row, remove_row
from projects.actions.standing import lock_series
from projects.actions.work_programme import add_line, change_line
from projects.actions.writing import save_changes, save_new
from projects.imports.answers import TABLE as ANSWERING
from projects.imports.answers import Answers
from projects.imports.layout import Layout
from projects.imports.lines import TABLES_WITH_LINES, by_tag, line_key, line_model
from projects.imports.mapping import AWARENESS, board_name, board_of, is_blank, model_of, python_value
from projects.imports.planned import (
    CONFLICT,
    CORRECTION,
    CREATE,
    DRAFT,
    LINES,
    PAST,
    ROUND_TRIP,
    UPDATE,
    ImportPlan,
    PartPlan,
    PlannedField,
    PlannedRow,
)
from projects.imports.round_trip.targets import may_write
from projects.imports.target import fingerprint, rows_as_they_are
from projects.imports.wording import Wording
from projects.models import (
    Board,
    Calendar,
    ChangeLine,
    ChangeRequest,
    Import,
    ImportedValue,
    Meeting,
    Node,
    Organisation,
    Origin,
    Period,
    PlanItemUpdate,
    Report,
    ReportRow,
    ReportTemplate,
    Series,
    WorkProgrammeItem,
    tables_filled_by,
)
from projects.models.plan import THEME_MARK
from projects.models.reports import PRINTED
from projects.permissions import require, top_node
from projects.rules.access import Permission

VALUES_AT_ONCE = 5_000
ROWS_AT_ONCE = 4_000
NOT_COLUMNS = ("theme",)  # kept in the marks of a row


class CannotBeApplied(Exception):
    """The plan cannot be brought in; the message says why and what to do. Nothing was changed."""


class RecordHasMoved(CannotBeApplied):
    """Somebody changed what the plan was made on."""


def keep_import(
    path: Path,
    plan: ImportPlan,
    *,
    organisation: Organisation,
    by,
    state: str = Import.State.PREVIEWED,
    node: Node | None = None,
) -> Import:
    """Keep a workbook with its plan, to be looked at before it is applied; empty where it is yet to read.

    `node` is where it came from; without one it is the whole council's.
    """
    with Path(path).open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
    periods = {part.period_id for part in plan.parts}
    imported = Import(
        organisation=organisation,
        node=node or top_node(organisation),
        file_name=plan.file_name[-300:],
        sha256=digest,
        layout=plan.layout,
        layout_version=plan.layout_version or None,
        period_id=periods.pop() if len(periods) == 1 else None,
        plan=plan.to_json(),
        state=state,
        uploaded_by=by,
    )
    with Path(path).open("rb") as source:
        # Kept under a name of our own: the sender's could hold anything.
        imported.file.save(f"{digest[:20]}{Path(plan.file_name).suffix.lower()[:6]}", File(source), save=False)
    return save_new(imported, by=by, reason=f"Uploaded {plan.file_name}")


def replan_import(imported: Import, plan: ImportPlan, *, by, period: str = "") -> Import:
    """Put a newer preview in place of the one that is kept; `period` is the one that somebody chose."""
    kept = {
        "plan": plan.to_json(),
        "choices": {"period": period, "answers": plan.answers},
        "problem": "",
        "layout": plan.layout,
        "layout_version": plan.layout_version or None,
    }
    return save_changes(imported, kept, by=by)


def discard_import(imported: Import, *, by) -> Import:
    """Put a preview away that nobody wants to bring in. The file is kept with its record."""
    if imported.state not in (Import.State.PREVIEWED, Import.State.NOT_READ):
        raise CannotBeApplied(f"This import is {imported.get_state_display().lower()} and cannot be discarded.")
    return save_changes(imported, {"state": Import.State.DISCARDED}, by=by)


def chosen_fields(row: PlannedRow, left_out: set[str], take: set[str]) -> list[PlannedField]:
    """The values of a row that are written: all that differ, and of the conflicts those decided for the file."""
    if row.key in left_out and not row.must_come:
        return []
    return [
        one
        for one in row.fields
        if one.action in (CREATE, UPDATE)
        or (one.action == CONFLICT and not one.is_fixed and f"{row.key}.{one.name}" in take)
    ]


def apply_import(
    imported: Import,
    *,
    by,
    left_out=(),
    take=(),
    accepts_totals=False,
    leaves_out_refused=False,
    at=None,
    is_trusted: bool = False,
    run=None,
    tell: Callable[[str], None] = lambda words: None,
) -> Import:
    """Write what the preview showed. `left_out` are keys of rows, `take` are "row.field" of conflicts.

    CannotBeApplied, RecordHasMoved or PermissionDenied say why not. `accepts_totals`: somebody has looked at the totals
    that the rows do not come to, and the rows are right. `leaves_out_refused`: rows that cannot be read whole stay
    out, and the others are brought in all the same. `is_trusted` is for the command line, where whoever may run
    it may do everything. Where nothing is left to write, nothing is written at all. `run` is the worker's, which is
    told how far it is; what `tell` raises takes all of it back.
    """
    with transaction.atomic():
        locked = Import.objects.select_for_update(no_key=True).defer("plan").get(pk=imported.pk)
        if (run is None and locked.state != Import.State.PREVIEWED) or run != locked.run:
            raise CannotBeApplied(f"This import is {locked.get_state_display().lower()} already.")
        stored = Import.objects.values_list(Cast("plan", models.TextField()), flat=True)
        plan = ImportPlan.from_text(stored.get(pk=imported.pk))
        _refuse_unfit(plan, locked.organisation, by, is_trusted, leaves_out_refused)
        if plan.disagreeing and not accepts_totals:
            raise CannotBeApplied(
                "Totals of the workbook are not what its rows come to. Look at them, and say that the rows are right,"
                " or correct the workbook and load it again; nothing was changed."
            )
        choices = {"left_out": sorted(left_out), "take": sorted(take)}
        tell("Holding it against the record")
        writer = _Writer(locked, plan, by, set(left_out), set(take), at, tell)
        writer.write()
        return save_changes(
            locked,
            {
                "state": Import.State.APPLIED,
                "run": None,
                "problem": "",
                "applied_at": at or timezone.now(),
                "node": writer.only_node or locked.node,
                "choices": {**locked.choices, **choices, "parts": writer.made},
            },
            by=by,
            reason=writer.reason,
        )


def _refuse_unfit(plan: ImportPlan, organisation: Organisation, by, is_trusted: bool, leaves_out_refused: bool) -> None:
    if plan.blocked:
        raise CannotBeApplied(plan.blocked)
    standing = plan.must_mend if leaves_out_refused else plan.errors
    if standing:
        count = len(standing)
        raise CannotBeApplied(
            f"{count} cell{'s' if count > 1 else ''} of the workbook cannot be read."
            " Correct the workbook and load it again; nothing was changed."
        )
    if not is_trusted and plan.layout == ROUND_TRIP:
        nodes = Node.objects.in_bulk({part.node_id for part in plan.parts if part.mode == DRAFT})
        if refused := next((node for node in nodes.values() if not may_write(by, node)), None):
            raise CannotBeApplied(f"Your role does not allow you to edit {refused.title}. Nothing was changed.")
    elif not is_trusted:
        top = top_node(organisation)
        require(by, Permission.IMPORT, top)
        if plan.needs_past_permission:
            require(by, Permission.IMPORT_PAST, top)


def _is_told_now(marks: dict[str, Any], one: PlannedField) -> bool:
    """Whether the file tells what an earlier one kept back."""
    mark = marks.get(one.name, {})
    return (
        mark.get("kind") == "withheld" and "import" in mark and any(not is_blank(said) for said in one.columns.values())
    )


@dataclass
class _Change:
    """A planned row with the values of it that are written."""

    row: PlannedRow
    fields: list[PlannedField]

    def columns(self, model: type[models.Model]) -> dict[str, Any]:
        """The values of the row's own columns."""
        return {
            name: python_value(model, name, value)
            for one in self.fields
            for name, value in one.columns.items()
            if "@" not in name and name not in NOT_COLUMNS
        }

    def lines(self, model: type[models.Model]) -> dict[tuple[str, str], Any]:
        """The values of lines beneath the row, by column and the tag of the line."""
        return {
            (name.partition("@")[0], name.partition("@")[2]): python_value(
                line_model(model), name.partition("@")[0], value
            )
            for one in self.fields
            for name, value in one.columns.items()
            if "@" in name
        }

    @property
    def theme(self) -> str | None:
        """The heading within a plan that the row is put under; None where that stays."""
        return next(
            (one.columns["theme"] for one in self.fields if one.name == "theme"), self.row.identity.get("theme")
        )


class _Writer:
    """Writes a plan, part by part. `made` says for each part what was opened, for the preview and for undoing."""

    def __init__(self, imported: Import, plan: ImportPlan, by, left_out: set[str], take: set[str], at, tell):
        self.tell = tell
        self.imported = imported
        self.organisation = imported.organisation
        self.plan = plan
        self.by = by
        self.at = at
        self.reason = f"Imported from {plan.file_name}"
        self.made: dict[str, dict[str, Any]] = {}
        self.written: list[tuple[_Change, int, bool]] = []  # with the row that each change is in now
        self.nodes: dict[str, Node] = {}  # made in this import, by title, place or part
        self.only_node: Node | None = None
        self.slugs = set(Node.objects.filter(organisation=self.organisation).values_list("slug", flat=True))
        self.past: list[_PastPart] = []
        self.things: dict[tuple[type[models.Model], int], models.Model] = {}
        self.answers: list[tuple[_PartWriter, _Change]] = []
        self.parts = []
        for part in plan.parts:
            changes = [
                change
                for row in part.rows
                if (change := _Change(row, chosen_fields(row, left_out, take))).fields or row.must_come
            ]
            if any(change.fields for change in changes):
                self.parts.append((part, changes))

    def write(self) -> None:
        self._refuse_moved()
        if not self.parts:
            raise CannotBeApplied("Nothing is left to bring in: all of it is in the record, unticked or kept as it is.")
        for number, (part, changes) in enumerate(self.parts, start=1):
            self.tell(f"Writing {part.node_title} ({number} of {len(self.parts)})")
            if part.mode == LINES:
                self._write_lines(part, changes)
                continue
            writer = _PartWriter(self, part, changes)
            writer.write()
            if writer.made:
                self.made[part.key] = writer.made
            self.only_node = writer.node if len(self.plan.parts) == 1 else None
        self._back_fill()
        self._link_answers()
        self.tell("Keeping from which cell each value comes")
        values = self._values()
        while some := list(islice(values, VALUES_AT_ONCE)):
            ImportedValue.objects.bulk_create(some, batch_size=500)

    def _write_lines(self, part: PartPlan, changes: list[_Change]) -> None:
        """Bring lines of a committee's work programme in line with the file, and add those it lacks."""
        board = Board.objects.get(pk=part.board_id)
        meetings = Meeting.objects.filter(board=board).in_bulk()
        for change in changes:
            columns = change.columns(WorkProgrammeItem)
            if "meeting_id" in columns:
                columns["meeting"] = meetings[columns.pop("meeting_id")]
            if change.row.row_id is None:
                line = add_line(board, by=self.by, reason=self.reason, **columns)
            else:
                line = WorkProgrammeItem.objects.get(pk=change.row.row_id)
                line = change_line(line, columns, by=self.by, reason=self.reason)
            self.keep_values(change, line, is_new=change.row.row_id is None)

    def _refuse_moved(self) -> None:
        """RecordHasMoved unless the record is as the preview found it; the series are locked from here on."""
        series = sorted({part.series_id for part in self.plan.parts if part.series_id})
        for one in Series.objects.filter(pk__in=series).order_by("pk"):
            lock_series(one)
        if len(series) < len(self.plan.parts):
            Organisation.objects.select_for_update(no_key=True).get(pk=self.organisation.pk)
        if self.plan.base != fingerprint(self.organisation, self.plan.parts):
            raise RecordHasMoved(
                "The record was changed after this preview was made. Preview the workbook again, then bring it in."
            )

    def _back_fill(self) -> None:
        """Enter the reports of the past that say only what the workbook does, all of them at once."""
        if not self.past:
            return
        reports = back_fill([one.report for one in self.past], by=self.by, origin=Origin.IMPORTED, reason=self.reason)
        for one, report in zip(self.past, reports, strict=True):
            self.made.setdefault(one.part.key, {})["report"] = report.pk
            for change in one.header:
                self.keep_values(change, report, is_new=True)
            for change, row in zip(one.changes, one.rows, strict=True):
                self.keep_values(change, row, is_new=True)

    def _link_answers(self) -> None:
        """Say which recommendations the actions answer, once all of these are there."""
        for writer, change in self.answers:
            answers = Answers(self.organisation, by=self.by, reason=self.reason)
            item = answers.write(writer.node, change.row, change.fields[0])
            if item is not None:
                self.keep_values(change, item, is_new=False)
            if answers.made:
                self.made.setdefault(writer.part.key, {}).setdefault("recommendations", []).extend(answers.made)

    def thing(self, model: type[models.Model], pk: int) -> models.Model:
        """A thing that rows are about, read once."""
        if (model, pk) not in self.things:
            self.things[model, pk] = model._base_manager.get(pk=pk)
        return self.things[model, pk]

    def keep_values(self, change: _Change, row, *, is_new: bool) -> None:
        """Remember what each value replaced and the cell it came from."""
        self.written.append((_Change(change.row, list(change.fields)), row.pk, is_new))

    def _values(self) -> Iterator[ImportedValue]:
        """What is remembered of every value, one after the other: of a large import there are very many."""
        for change, row_id, is_new in self.written:
            for one in change.fields:
                yield ImportedValue(
                    organisation_id=self.organisation.pk,
                    imported_id=self.imported.pk,
                    table=change.row.table,
                    row_id=row_id,
                    field=one.name[:60],
                    sheet=one.sheet[:100],
                    cell=one.cell[:20],
                    before=one.before,
                    after=one.columns,
                    is_new_row=is_new,
                )


@dataclass
class _PastPart:
    """A report of the past on its way into the record, with the rows that its changes become."""

    part: PartPlan
    report: PastReport
    changes: list[_Change]
    rows: list[models.Model]
    header: list[_Change]


class _PartWriter:
    """Writes one part. `made` says what it opened: its node, series and report."""

    def __init__(self, whole: _Writer, part: PartPlan, changes: list[_Change]):
        self.whole = whole
        self.imported = whole.imported
        self.organisation = whole.organisation
        self.part = part
        self.by = whole.by
        self.at = whole.at
        self.reason = whole.reason
        self.changes = changes
        self.made: dict[str, Any] = {}
        self.node: Node | None = None
        self.boards: dict[str, Board] = {}

    def write(self) -> None:
        in_report = [change for change in self.changes if issubclass(model_of(change.row.table), ReportRow | Report)]
        self._write_node()
        self.whole.answers += [(self, change) for change in self.changes if change.row.table == ANSWERING]
        report = None
        if self._is_entered_at_once:
            self._enter_past(in_report)
        elif in_report or self.part.is_new_node:
            report, rows = self._open_report()
            new: dict[type[ReportRow], list[_Change]] = {}
            for change in in_report:
                if not self._write_row(report, rows, change):
                    new.setdefault(model_of(change.row.table), []).append(change)
            for model, changes in new.items():
                self._add_rows(report, model, changes)
        self._settle_boards()
        requests = [
            self._write_change(change) for change in self.changes if change.row.table == ChangeRequest._meta.model_name
        ]
        if report is not None:
            self._finish_report(report, requests)

    @property
    def _is_entered_at_once(self) -> bool:
        """Whether the report is one of many of the past, or of a form, which start from nothing."""
        many = len(self.whole.plan.parts) > 1 or self.part.is_form
        return many and self.part.mode == PAST and self.part.existing_id is None and self.part.base_id is None

    def _enter_past(self, in_report: list[_Change]) -> None:
        """Put the report by, to be entered with the others of the past."""
        series = self._series()
        header = [change for change in in_report if model_of(change.row.table) is Report]
        changes = [change for change in in_report if model_of(change.row.table) is not Report]
        rows, beneath = [], []
        for order, change in enumerate(changes, start=1):
            model = model_of(change.row.table)
            row = self._unsaved(model, change, order)
            rows.append(row)
            beneath.append(
                [
                    line_model(model)(organisation=self.organisation, order=place, **line_key(model, tag), **amounts)
                    for place, (tag, amounts) in enumerate(by_tag(change.lines(model)).items(), start=1)
                ]
                if model in TABLES_WITH_LINES
                else []
            )
        moment = self.at or timezone.now()
        past = PastReport(
            series=series,
            period=self._period(series),
            covers=self.part.covers,
            rows=list(zip(rows, beneath, strict=True)),
            opened_at=moment,
            submitted_at=moment,
            approved_at=moment,
            published_at=None,
            header=self._header(header),
        )
        self.whole.past.append(_PastPart(self.part, past, changes, rows, header))

    def _header(self, changes: list[_Change]) -> dict[str, Any]:
        """The columns of the report itself, and where each comes from."""
        columns: dict[str, Any] = {}
        for change in changes:
            columns |= {**change.columns(Report), "marks": self._marked(Report(), change)}
        return columns

    def _unsaved(self, model: type[ReportRow], change: _Change, order: int) -> ReportRow:
        """A row of a report of the past, with the thing that it is about."""
        planned = change.row
        columns = {"order": order, **planned.made_with, **change.columns(model)}
        about = {}
        field = model._meta.get_field(model.identity_field) if model.identity_field else None
        if field is not None and field.is_relation:
            things = field.related_model
            if planned.identity_id:
                about = {field.name: self.whole.thing(things, planned.identity_id)}
            else:
                said = {name: columns[name] for name in ("ref", "title") if name in columns}
                identity = {**said, **planned.identity}
                about = {field.name: things(organisation=self.organisation, node=self.node, **identity)}
        row = model(organisation=self.organisation, **columns, **about)
        row.marks = self._marked(row, change)
        return row

    # The project and its report

    def _write_node(self) -> None:
        change = next((one for one in self.changes if one.row.table == Node._meta.model_name), None)
        if self.part.node_id is not None:
            self.node = Node.objects.select_related("organisation").get(pk=self.part.node_id)
            if change:
                self._keep_values(change, self.node, is_new=False)
                change_node(self.node, change.columns(Node), by=self.by)
            return
        own_key = f"{self.part.key.removesuffix('-before')}@"
        if own_key in self.whole.nodes:  # made for another period of the same
            self.node = self.whole.nodes[own_key]
            return
        columns = change.columns(Node)
        title = columns.pop("title")
        self.node = add_node(
            parent=self._parent(),
            kind=self.part.node_kind,
            slug=self._free_slug(title),
            title=title,
            by=self.by,
            **columns,
        )
        self._keep_values(change, self.node, is_new=True)
        self.made["node"] = self.node.pk
        self.whole.nodes.setdefault(self.part.node_title, self.node)
        self.whole.nodes[own_key] = self.node

    def _parent(self) -> Node:
        """What the new node stands in; portfolios that the file names and the record lacks are made for it."""
        parent = self.whole.nodes.get(self.part.parent_title) or Node.objects.get(pk=self.part.parent_id)
        for title, kind in self.part.above:
            key = f"{parent.pk}/{title}"
            if key not in self.whole.nodes:
                made = add_node(parent=parent, kind=kind, slug=self._free_slug(title), title=title, by=self.by)
                self.made.setdefault("above", []).append(made.pk)
                self.whole.nodes[key] = made
            parent = self.whole.nodes[key]
        return parent

    def _free_slug(self, title: str) -> str:
        stem = slugify(title)[:90] or "project"
        taken = self.whole.slugs
        slug = self._numbered(stem, taken)
        taken.add(slug)
        return slug

    @staticmethod
    def _numbered(stem: str, taken: set[str]) -> str:
        numbered = (f"{stem}-{number}" for number in range(2, len(taken) + 3))
        return stem if stem not in taken else next(slug for slug in numbered if slug not in taken)

    def _series(self) -> Series:
        if self.part.series_id is not None:
            return Series.objects.select_related("node", "template", "calendar").get(pk=self.part.series_id)
        template = ReportTemplate.objects.get(pk=self.part.template_id)
        held = Series.objects.filter(node=self.node, template=template, is_archived=False).first()
        if held is not None:  # begun for another period of the same
            return held
        series = start_series(
            self.node, template, Calendar.objects.get(pk=self.part.calendar_id), by=self.by,
            keeps_registers=not Series.objects.filter(node=self.node, keeps_registers=True).exists(),
        )  # fmt: skip
        self.made["series"] = series.pk
        return series

    def _period(self, series: Series) -> Period:
        if self.part.period_id is not None:
            return Period.objects.get(pk=self.part.period_id)
        day = date.fromisoformat(self.part.as_at_on)
        held = series.calendar.periods.holding(day).first()
        if held is None:
            year = day.year - (day.month < self.organisation.financial_year_start)
            make_periods(series.calendar, year=year, by=self.by)
            held = series.calendar.periods.holding(day).first()
        if held is None:
            raise CannotBeApplied(
                f"The calendar {series.calendar} has no period {self.part.period_label}. Add it first."
            )
        return held

    def _open_report(self) -> tuple[Report, dict]:
        """The report to write in, and its rows by (table, id of the row the plan was held against)."""
        series = self._series()
        base = Report.objects.filter(pk=self.part.base_id).first()
        if self.part.mode == CORRECTION:
            report = correct_report(base, by=self.by, reason=self.reason, at=self.at, origin=Origin.IMPORTED)
            self.made["report"] = report.pk
            return report, self._copies(base, report, whole=True)
        origin = Origin.IMPORTED if self.part.mode == PAST else Origin.ENTERED
        if self.part.existing_id is None:
            report = open_draft(series, self._period(series), by=self.by, origin=origin, at=self.at)
            self.made["report"] = report.pk
            return report, self._copies(base, report, whole=False) if base else {}
        report = Report.objects.select_related("node", "template", "series").get(pk=self.part.existing_id)
        return report, self._copies(report, report, whole=True)

    @staticmethod
    def _copies(source: Report, target: Report, *, whole: bool) -> dict:
        """Copies are made in the order of their originals, before any other row, so both stand in one order."""
        pairs = {}
        for model in tables_filled_by(source.pk):
            if not issubclass(model, ReportRow) or (not whole and issubclass(model, NOT_CARRIED)):
                continue
            originals = model.objects.filter(report=source).order_by("pk")
            if not whole:
                originals = originals.filter(is_removed=False)
            copies = model.objects.filter(report=target).order_by("pk")
            pairs.update({(model, old.pk): new for old, new in zip(originals, copies, strict=False)})
        return pairs

    # Rows

    def _write_row(self, report: Report, rows: dict, change: _Change) -> bool:
        """Write into the row that is there; False where there is none and one must be added."""
        model = model_of(change.row.table)
        columns = change.columns(model)
        if model is Report:
            self._keep_values(change, report, is_new=False)
            change_report(report, {**columns, "marks": self._marked(report, change)}, by=self.by)
            return True
        row = rows.get((model, change.row.row_id)) or self._asked_for(report, model, change)
        if row is None:
            return False
        self._keep_values(change, row, is_new=False)
        row.report = report
        if columns.get("is_removed"):
            remove_row(row, by=self.by, reason=columns["removed_reason"])
            return True
        row = change_row(row, {**columns, "marks": self._marked(row, change)}, by=self.by, reason=self.reason)
        if model in TABLES_WITH_LINES:
            change_lines(row, by_tag(change.lines(model)), key=partial(line_key, model), by=self.by)
        return True

    @staticmethod
    def _asked_for(report: Report, model, change: _Change) -> ReportRow | None:
        """The empty row that opening a report makes for each rating, question and narrative."""
        if model.identity_field in ("key", "section"):
            wanted = change.row.made_with.get(model.identity_field)
        else:
            wanted = change.row.identity_id
        if wanted is None:
            return None
        return model.objects.filter(report=report, **{model.identity_field: wanted}).first()

    def _add_rows(self, report: Report, model: type[ReportRow], changes: list[_Change]) -> None:
        for first in range(0, len(changes), ROWS_AT_ONCE):
            told = f"{first:,} of {len(changes):,} {model._meta.verbose_name_plural} are written"
            self.whole.tell(f"Writing {self.part.node_title}: {told}")
            self._add_some(report, model, changes[first : first + ROWS_AT_ONCE])

    def _add_some(self, report: Report, model: type[ReportRow], changes: list[_Change]) -> None:
        known = {}
        has_things = model.identity_field and model._meta.get_field(model.identity_field).is_relation
        if has_things:
            things = model._meta.get_field(model.identity_field).related_model
            known = things.objects.in_bulk([change.row.identity_id for change in changes if change.row.identity_id])
        new = []
        for change in changes:
            row = change.row
            thing = None
            if has_things:
                thing = known[row.identity_id] if row.identity_id else dict(row.identity)
            columns = {**row.made_with, **change.columns(model), "marks": self._marked(model(), change)}
            new.append((thing, columns))
        added = add_rows(report, model, new, by=self.by, reason=self.reason)
        for change, row in zip(changes, added, strict=True):
            self._keep_values(change, row, is_new=True)
            if model in TABLES_WITH_LINES:
                change_lines(row, by_tag(change.lines(model)), key=partial(line_key, model), by=self.by)

    def _marked(self, row, change: _Change) -> dict[str, Any]:
        """The row's marks with the cells that its values now come from; exempt and withheld ones stay."""
        marks = dict(row.marks)
        for one in change.fields:
            cell = {
                "file": self.whole.plan.file_name,
                "sha256": self.imported.sha256,
                "sheet": one.sheet,
                "cell": one.cell,
                "table": change.row.table,
                "import": self.imported.pk,
            }
            if one.is_withheld:
                marks[one.name] = {"kind": "withheld", "reason": one.new.removeprefix("Withheld: "), **cell}
            elif marks.get(one.name, {}).get("kind", "provenance") == "provenance" or _is_told_now(marks, one):
                marks[one.name] = {"kind": "provenance", **cell}
        if change.theme is not None and isinstance(row, PlanItemUpdate):
            marks[THEME_MARK] = {"kind": PRINTED, "words": change.theme}
        return marks

    def _keep_values(self, change: _Change, row, *, is_new: bool) -> None:
        self.whole.keep_values(change, row, is_new=is_new)

    # Change control

    def _write_change(self, change: _Change) -> ChangeRequest:
        aware = [one for one in change.fields if one.name in AWARENESS]
        change.fields = [one for one in change.fields if one.name not in AWARENESS]
        columns = change.columns(ChangeRequest)
        is_new = change.row.row_id is None
        if is_new:
            given = {"item_words": change.row.title, "description": "", **columns}
            request = raise_change(self.node, by=self.by, reason=self.reason, **given)
        else:
            request = ChangeRequest.objects.get(pk=change.row.row_id)
        for one in aware:
            set_awareness(request, self.boards[one.name], one.columns["aware_words"], by=self.by)
        change.fields += aware
        self._keep_values(change, request, is_new=is_new)
        marks = {"marks": self._marked(request, change)}
        return change_change(request, marks if is_new else {**columns, **marks}, by=self.by)

    def _settle_boards(self) -> None:
        """Find or add the boards in the order of their columns, in which change control prints them."""
        stated = {one.name: one for change in self.changes for one in change.fields if one.name in AWARENESS}
        self.boards = {key: self._board(stated[key]) for key in AWARENESS if key in stated}

    def _board(self, one: PlannedField) -> Board:
        """The board of an awareness column, added where the council has none with that heading."""
        kind = AWARENESS[one.name]
        board = board_of(self.organisation, one.label, kind)
        if board is None:
            name = board_name(self._spellings(one.name))
            boards = Board.objects.filter(organisation=self.organisation)
            held = boards.filter(name=name).first()
            if held is not None:
                return save_changes(held, {"awareness_heading": one.label}, by=self.by, reason=self.reason)
            board = save_new(
                Board(
                    organisation=self.organisation,
                    name=name,
                    kind=kind,
                    awareness_heading=one.label,
                    order=boards.count() + 1,
                ),
                by=self.by,
                reason=self.reason,
            )
        return board

    def _spellings(self, key: str) -> tuple[str, ...]:
        layout: Layout = Wording(self.organisation).layout_of(self.whole.plan.layout, self.whole.plan.layout_version)
        return next(one.labels for block in layout.blocks() for one in block.fields if one.key == key)

    # The end

    def _finish_report(self, report: Report, requests: list[ChangeRequest]) -> None:
        """A past report is approved as it stands; a draft is left to its officer."""
        if self.part.mode == DRAFT:
            self.made["left_as"] = rows_as_they_are([report.pk])
            return
        if self.part.mode == PAST:
            change_report(report, {"covers": self.part.covers}, by=self.by)
        elif requests:
            self._restate_changes(report, requests)
        for rating in ratings_to_explain(report):
            change_row(
                rating, {"chosen_because": f"As the workbook {self.whole.plan.file_name} states it."}, by=self.by
            )
        try:
            submit_report(report, by=self.by, at=self.at)
        except ReportIncomplete as incomplete:
            raise CannotBeApplied(f"The report is incomplete. {incomplete}") from incomplete
        if report.template.requires_sign_off:
            sign_off_report(report, by=self.by, at=self.at)
        approve_report(report, by=self.by, at=self.at)

    def _restate_changes(self, report: Report, requests: list[ChangeRequest]) -> None:
        """A correction prints the changes that the file added or altered; the other lines stay as they were printed."""
        touched = {request.pk for request in requests}
        printed = {line.change_request_id: line for line in ChangeLine.objects.filter(report=report)}
        for line in change_lines_of(self.node):
            if line.change_request_id not in touched:
                continue
            columns = ("title", "description", "justification", "financial_implications", "awareness")
            if held := printed.get(line.change_request_id):
                change_row(held, {name: getattr(line, name) for name in columns}, by=self.by)
            else:
                line.report = report
                save_new(line, by=self.by)
