"""One part of a plan: what a workbook says of one thing, value by value beside what the record says."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError

from projects.imports.layout import squeeze
from projects.imports.lines import line_model, line_of
from projects.imports.mapping import (
    BEFORE,
    IN_POUNDS,
    PRINTED,
    SECTIONS_OF_BLOCKS,
    TABLES,
    Column,
    column_names,
    is_blank,
    plain,
    python_value,
    rounded,
)
from projects.imports.parse import ParsedPart, ParsedValue
from projects.imports.plan_changes import plan_changes
from projects.imports.plan_counts import plan_counts, plan_notices
from projects.imports.plan_header import (
    plan_answers,
    plan_budget,
    plan_dimensions,
    plan_header,
    plan_narratives,
    plan_node,
    plan_savings,
    plan_stated,
)
from projects.imports.plan_named import plan_named
from projects.imports.plan_position import plan_position
from projects.imports.plan_records import plan_records
from projects.imports.plan_shared import Shared
from projects.imports.plan_stated import compare_stated
from projects.imports.planned import (
    CONFLICT,
    CREATE,
    DRAFT,
    LOCKED,
    UNCHANGED,
    UPDATE,
    PartPlan,
    PlannedField,
    PlannedRow,
    row_of,
)
from projects.imports.problems import CellProblem, Ignored
from projects.imports.target import Target
from projects.models import ChangeRequest, ImportedValue, Node, Report, ReportRow, Status
from projects.rules.dates import WrittenDate
from projects.rules.money import format_pounds

POST_COLUMNS = ("lead_words", "reports_to_words", "owner_words", "action_owner_words")


class PartPlanner:
    """Holds what a workbook says of one thing in one period against the report that it goes into."""

    def __init__(self, said: ParsedPart, part: PartPlan, node: Node | None, target: Target, shared: Shared):
        self.parsed = said
        self.part = part
        self.node = node
        self.target = target
        self.shared = shared
        self.plan = shared.plan
        self.wording = shared.wording
        self.organisation = shared.wording.organisation
        self.held = shared.held
        self.template = shared.templates[part.template_id]
        self.made = 0
        self.sections: dict[str, None] = {}

    def build(self, title: str, reference: str, other: Node | None, *, is_whole: bool) -> None:
        """Plan every value of the part. `other` is the node that its reference names where that is another.

        `is_whole`: the workbook is about this thing alone, and each of its blocks is a section of the report.
        """
        if is_whole:
            for block in self.parsed.blocks:
                if block.key != "banner" and block.key not in self.shared.forms:
                    self.speaks_of(SECTIONS_OF_BLOCKS.get(block.key, block.key))
        plan_node(self, title, reference, other)
        plan_header(self)
        plan_dimensions(self)
        plan_budget(self)
        plan_answers(self)
        plan_stated(self)
        plan_named(self)
        plan_narratives(self)
        plan_position(self)
        plan_savings(self)
        for table in TABLES:
            if table.record in self.parsed.records:
                plan_records(self, table)
        if self.parsed.covers("change-control"):
            plan_changes(self)
        plan_counts(self)
        plan_notices(self)
        compare_stated(self)
        self._finish()

    def build_before(self) -> None:
        """Plan the ratings and counts of the period before that the workbook states beside those of its own."""
        plan_dimensions(self, BEFORE)
        plan_counts(self, of_before=True)
        for one in (one for row in self.part.rows for one in row.fields):
            if one.action == UPDATE:
                one.action = CONFLICT
                one.because = f"The report of {self.part.period_label} says otherwise."
        self._finish()

    def _finish(self) -> None:
        self.part.rows = [row for row in self.part.rows if row.fields or row.must_come]
        self.part.covers = list(self.sections)

    def speaks_of(self, section: str) -> None:
        """Note that the workbook speaks of a section of the report."""
        self.sections.setdefault(section)

    # Problems

    def warn(self, sheet: str, cell: str, message: str) -> None:
        self.plan.warnings.append(CellProblem(sheet, cell, message, "warning"))

    def error(self, value: ParsedValue, message: str) -> None:
        self.plan.errors.append(CellProblem(value.sheet, value.cell, message))

    def ignore(self, value: ParsedValue, reason: str) -> None:
        self.plan.ignored.append(Ignored(value.sheet, value.cell, value.words, reason))

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
            if column.name in IN_POUNDS:
                return format_pounds(first, pence=first != first.to_integral_value())
            return format(first.normalize(), "f")
        return str(first)

    def _status_label(self, pk: int) -> str:
        known = (status for words in self.wording.by_scheme.values() for status in words.statuses if status.pk == pk)
        return next((status.label for status in known), None) or Status.objects.get(pk=pk).label

    def status(self, value: ParsedValue, vocabulary) -> Status | None:
        if value.value is None:
            return None
        status = vocabulary.status(str(value.value)) if vocabulary else None
        if status is None:
            self.error(value, f"“{value.words}” is not a status that is used here.")
        return status

    def check(self, model, value: ParsedValue, columns: dict[str, Any]) -> bool:
        """Say what the record cannot hold (too long, too large); True where it can hold all."""
        for name, one in columns.items():
            column = model._meta.get_field(name)
            if column.is_relation:
                continue
            try:
                column.run_validators(column.to_python(one) if one is not None else None)
            except ValidationError as error:
                self.error(value, " ".join(error.messages))
                return False
        return True

    def field(
        self, value: ParsedValue | None, column: Column, model, row, earlier, status=None, columns=None
    ) -> PlannedField | None:
        """One planned value; None where file and record are both blank or the file has no such cell."""
        if value is None:
            return None
        if value.is_withheld:
            return self._withheld_field(value, column, model, row, status)
        if column.name in POST_COLUMNS and columns is None:
            words, is_settled = self.shared.posts.settle(value)
            if not is_settled:
                return None
            columns = {column.name: words}
        new = columns or self._columns(value, column, model, status)
        new = {name: rounded(model, name, one) for name, one in new.items()}
        if not self.check(model, value, new):
            return None
        new = {name: python_value(model, name, one) for name, one in new.items()}
        before = {name: getattr(row, name) if row is not None else None for name in new}
        # What has no row yet reads as a blank of its kind, so that blank over blank is no change.
        if all(is_blank(one) for one in before.values()) and all(is_blank(one) for one in new.values()):
            return None
        planned = PlannedField(
            name=column.name,
            label=self.shared.label_of(value.key),
            action=UNCHANGED,
            old=self._words(model, column, before),
            new=self._words(model, column, new),
            sheet=value.sheet,
            cell=value.cell,
            columns={name: plain(one) for name, one in new.items()},
            before={name: plain(one) for name, one in before.items()},
        )
        if planned.new and getattr(row, "marks", {}).get(column.name, {}).get("kind") == "withheld":
            planned.action, planned.old = UPDATE, "Withheld"
            return planned
        if self.same(before, new) or (column.name == "title" and squeeze(planned.old) == squeeze(planned.new)):
            return planned
        planned.action = CREATE if all(is_blank(one) for one in before.values()) else UPDATE
        if row is not None:
            planned.because = self.why_conflict(row, earlier, column.name, before)
        self.settle(planned, value)
        return planned

    def settle(self, planned: PlannedField, value: ParsedValue) -> None:
        """Make a conflict of a value that somebody has to decide on."""
        if (value.sheet, row_of(value.cell)) in self.shared.doubtful and "@" in value.key:
            planned.because = "The figures of its row do not come to the totals printed beside them."
        if self.target.mode == LOCKED:
            planned.because, planned.is_fixed = "The report awaits approval.", True
        if planned.because:
            planned.action = CONFLICT

    def _withheld_field(self, value: ParsedValue, column: Column, model, row, status=None) -> PlannedField:
        """A value that its source keeps back: its column stays blank and says so, with the words.

        A rating takes the status that the council has for what is withheld, where it has one.
        """
        mark = getattr(row, "marks", {}).get(column.name, {})
        was_withheld = mark.get("kind") == "withheld"
        names = column_names(model, column)
        new = {name: model._meta.get_field(name).get_default() for name in names}
        if status is not None:
            new[f"{column.name}_id"] = status.pk
        before = {name: getattr(row, name) if row is not None else None for name in names}
        old = f"Withheld: {mark.get('reason', '')}" if was_withheld else self._words(model, column, before)
        is_same = was_withheld and squeeze(mark.get("reason", "")) == squeeze(value.words)
        return PlannedField(
            name=column.name,
            label=self.shared.label_of(value.key),
            action=UNCHANGED if is_same else UPDATE if old else CREATE,
            old=old,
            new=f"Withheld: {value.words}",
            sheet=value.sheet,
            cell=value.cell,
            columns={name: plain(one) for name, one in new.items()},
            before={name: plain(one) for name, one in before.items()},
            is_withheld=True,
        )

    @staticmethod
    def same(before: dict[str, Any], new: dict[str, Any]) -> bool:
        return all((is_blank(before[name]) and is_blank(one)) or before[name] == one for name, one in new.items())

    def why_conflict(self, row, earlier, name: str, before: dict[str, Any], line=None, line_earlier=None) -> str:
        """Why a value that differs was put there by a person, "" where it was not.

        A value that an import wrote is a person's once it differs from what the import wrote. Any other is one in
        an open draft that differs from the report the draft was copied from.
        """
        mark = (getattr(row, "marks", None) or {}).get(name, {})
        if mark.get("kind") == "provenance" and not self.target.opens_report:
            written = ImportedValue.objects.filter(
                imported_id=mark["import"],
                table=mark["table"],
                sheet=mark["sheet"],
                cell=mark["cell"],
                field=name,
            ).first()
            if written and any(plain(before[key.partition("@")[0]]) != one for key, one in written.after.items()):
                return "Somebody changed it in the portal after it was imported."
            return ""
        if isinstance(row, ChangeRequest):
            return "It was written in the portal."
        if self.target.mode != DRAFT or self.target.opens_report or not isinstance(row, ReportRow | Report):
            return ""
        then = line_earlier if "@" in name else earlier
        stood = {column: getattr(then, column) if then is not None else None for column in before}
        if self.same(stood, before):
            return ""
        return "Somebody changed it in this draft."

    def add(self, section: str, title: str, model, row, fields, **more) -> PlannedRow:
        self.made += 1
        planned = PlannedRow(
            key=f"{self.part.key}-{self.made}",
            section=section,
            title=title,
            table=model._meta.model_name,
            row_id=row.pk if row is not None else None,
            identity_id=more.pop("identity_id", None),
            fields=[one for one in fields if one is not None],
            **more,
        )
        self.part.rows.append(planned)
        return planned

    def line_field(self, value: ParsedValue, said: dict[str, Any], tag: str, model, row, stood) -> PlannedField | None:
        """One planned value of a line beneath a row; its columns are called by name and tag ("target@2018")."""
        line, earlier = line_of(row, tag), line_of(stood[0], tag) if stood else None
        table = line_model(model)
        if not self.check(table, value, said):
            return None
        new = {name: python_value(table, name, rounded(table, name, one)) for name, one in said.items()}
        before = {name: getattr(line, name) if line is not None else None for name in new}
        if all(is_blank(one) for one in (*before.values(), *new.values())):
            return None
        planned = PlannedField(
            name=f"{next(iter(new))}@{tag}",
            label=self.shared.label_of(value.key),
            action=UNCHANGED,
            old=self._amount(table, before),
            new=self._amount(table, new),
            sheet=value.sheet,
            cell=value.cell,
            columns={f"{name}@{tag}": plain(one) for name, one in new.items()},
            before={f"{name}@{tag}": plain(one) for name, one in before.items()},
        )
        if self._same_line(before, new):
            return planned
        planned.action = CREATE if all(is_blank(one) for one in before.values()) else UPDATE
        if row is not None:
            planned.because = self.why_conflict(row, stood[0] if stood else None, planned.name, before, line, earlier)
        self.settle(planned, value)
        return planned

    @staticmethod
    def _same_line(before: dict[str, Any], new: dict[str, Any]) -> bool:
        """Whether a line says the same: by its figure, where it has one, however that is written."""
        figure = next(iter(new))
        if isinstance(new[figure], Decimal) and isinstance(before[figure], Decimal):
            return new[figure] == before[figure]
        return all((is_blank(before[name]) and is_blank(one)) or before[name] == one for name, one in new.items())

    @staticmethod
    def _amount(table, columns: dict[str, Any]) -> str:
        words = columns.get("actual_words") or columns.get("target_words")
        figure = next(iter(columns.values()))
        if words or not isinstance(figure, Decimal):
            return words or ("" if figure is None else str(figure))
        return format_pounds(figure, pence=figure != figure.to_integral_value())
