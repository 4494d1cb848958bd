"""One part of a plan: what a workbook says of one thing, value by value beside what the record says."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError

from projects.imports import plan_links
from projects.imports.layout import Layout, squeeze
from projects.imports.lines import guess_unit, line_model, line_of, measured_words
from projects.imports.mapping import (
    AWARENESS,
    BEFORE,
    BUDGET,
    CHANGE_COLUMNS,
    DECIDED,
    DIMENSIONS,
    HEADER,
    MONEY,
    PRINTED,
    QUESTIONS,
    RATING,
    SAVING,
    SECTIONS_OF_BLOCKS,
    STATED,
    TABLES,
    TEXT,
    Column,
    Table,
    board_name,
    board_of,
    column_names,
    dashed,
    is_blank,
    plain,
    python_value,
    rounded,
)
from projects.imports.match import match_changes, match_records
from projects.imports.parse import ParsedPart, ParsedRecord, ParsedValue
from projects.imports.plan_counts import plan_counts, plan_notices
from projects.imports.planned import (
    CONFLICT,
    CREATE,
    DRAFT,
    LOCKED,
    UNCHANGED,
    UPDATE,
    ImportPlan,
    PartPlan,
    PlannedField,
    PlannedRow,
)
from projects.imports.posts import Posts
from projects.imports.problems import CellProblem, Ignored
from projects.imports.read import position
from projects.imports.target import HeldRows, Nodes, Target
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
    IndicatorUpdate,
    Narrative,
    Node,
    PlanItemUpdate,
    Question,
    Recommendation,
    Report,
    ReportRow,
    ReportTemplate,
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
from projects.rules.indicators import CannotBeRead, read_figure
from projects.rules.kinds import Kind
from projects.rules.money import format_percent, format_pounds
from projects.rules.risk import high_risk_count
from projects.rules.savings import year_begun

POST_COLUMNS = ("lead_words", "reports_to_words", "owner_words", "action_owner_words")
MEASURED = {"indicator.actual": "actual", "indicator.target": "target"}


class Shared:
    """What the parts of one plan have in common: the layout's words, the record read once, the problems."""

    def __init__(
        self,
        plan: ImportPlan,
        layout: Layout,
        wording: Wording,
        nodes: Nodes,
        held: HeldRows,
        templates: dict[int, ReportTemplate],
        posts: Posts,
        node_ids: Iterable[int],
    ):
        self.plan = plan
        self.layout = layout
        self.wording = wording
        self.nodes = nodes
        self.held = held
        self.templates = templates
        self.posts = posts
        self.node_ids = list(node_ids)
        self.spellings = {one.key: one.labels for block in layout.blocks() for one in block.fields}
        self.labels = {
            one.key: (one.labels[0] if one.labels else block.title)
            for block in reversed(list(layout.blocks()))
            for one in block.fields
        }
        for block in layout.blocks():
            for one in block.fields:
                self.labels.update({one.capture: f"{self.labels[one.key]}, as labelled"} if one.capture else {})
                self.labels.update({one.bracket: "Funding, in brackets"} if one.bracket else {})
        # rows of the workbook whose figures do not come to the totals printed in them
        self.doubtful = {(one.sheet, one.row) for one in plan.controls if not one.agrees and one.row}
        self._things: dict[str, dict[int, list]] = {}
        self._asked: dict[tuple[type, int], dict] = {}

    def label_of(self, key: str) -> str:
        """What the layout calls a value; of a column that repeats, what tells it from its like."""
        stem, _, tag = key.partition("@")
        label = self.labels.get(stem, stem)
        return re.sub(r"[*#]", tag, label, count=1) if tag else label.replace("*", "").strip()

    def dimensions(self, template: ReportTemplate) -> dict[str, Dimension]:
        """What a template rates, by key."""
        return self._by_key(Dimension, template)

    def questions(self, template: ReportTemplate) -> dict[str, Question]:
        """What a template asks, by key."""
        return self._by_key(Question, template)

    def _by_key(self, model, template: ReportTemplate) -> dict:
        if (model, template.pk) not in self._asked:
            self._asked[model, template.pk] = {one.key: one for one in model.objects.filter(template=template)}
        return self._asked[model, template.pk]

    def things(self, table: Table, node: Node) -> list:
        """The things of a node that rows of a table are about, archived ones left out."""
        if table.record not in self._things:
            by_node: dict[int, list] = {}
            for thing in table.things.objects.filter(node__in=self.node_ids, is_archived=False):
                by_node.setdefault(thing.node_id, []).append(thing)
            self._things[table.record] = by_node
        return self._things[table.record].get(node.pk, [])

    @cached_property
    def _cashable(self) -> dict[int, list[int]]:
        by_node: dict[int, list[int]] = {}
        benefits = Benefit.objects.filter(node__in=self.node_ids, kind=Benefit.BenefitKind.CASHABLE, is_archived=False)
        for pk, node_id in benefits.order_by("pk").values_list("pk", "node_id"):
            by_node.setdefault(node_id, []).append(pk)
        return by_node

    @cached_property
    def links(self) -> tuple[dict[int, list[Recommendation]], list[Recommendation]]:
        """The recommendations that each action answers, and all that there are."""
        return plan_links.read_links(self.node_ids, self.wording.organisation)

    @cached_property
    def parents_of_items(self) -> dict[int, int]:
        """Of each plan item that is a part of another, the other."""
        return plan_links.read_parents(self.node_ids)

    def cashable(self, node: Node | None) -> list[int]:
        """The cashable benefits of a node."""
        return self._cashable.get(node.pk, []) if node else []


def row_of(cell: str) -> int:
    """The row of a cell, 0 where none is named."""
    return position(cell.partition(":")[0])[0] if cell else 0


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
                if block.key != "banner":
                    self.speaks_of(SECTIONS_OF_BLOCKS.get(block.key, block.key))
        self._node_row(title, reference, other)
        self._header_row()
        self._dimensions()
        self._budget()
        self._answers()
        self._stated()
        self._narratives()
        self._savings()
        for table in TABLES:
            if table.record in self.parsed.records:
                self._table(table)
        if self.parsed.covers("change-control"):
            self._changes()
        plan_counts(self)
        plan_notices(self)
        self._compare_stated()
        self._finish()

    def build_before(self) -> None:
        """Plan the ratings and counts of the period before that the workbook states beside those of its own."""
        self._dimensions(BEFORE)
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

    def _error(self, value: ParsedValue, message: str) -> None:
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

    def check(self, model, value: ParsedValue, columns: dict[str, Any]) -> bool:
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

    def field(
        self, value: ParsedValue | None, column: Column, model, row, earlier, status=None, columns=None
    ) -> PlannedField | None:
        """One planned value; None where file and record are both blank or the file has no such cell."""
        if value is None:
            return None
        if value.is_withheld:
            return self._withheld_field(value, column, model, row)
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
        if self._same(before, new) or (column.name == "title" and squeeze(planned.old) == squeeze(planned.new)):
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

    def _withheld_field(self, value: ParsedValue, column: Column, model, row) -> PlannedField:
        """A value that its source keeps back: its column stays blank and says so, with the words."""
        held = (row.marks.get(column.name, {}) if row is not None else {}).get("kind") == "withheld"
        names = column_names(model, column)
        blank = {name: model._meta.get_field(name).get_default() for name in names}
        return PlannedField(
            name=column.name,
            label=self.shared.label_of(value.key),
            action=UNCHANGED if held else CREATE,
            old="Withheld" if held else "",
            new=f"Withheld: {value.words}",
            sheet=value.sheet,
            cell=value.cell,
            columns={name: plain(one) for name, one in blank.items()},
            before={name: plain(getattr(row, name)) if row is not None else None for name in names},
            is_withheld=True,
        )

    @staticmethod
    def _same(before: dict[str, Any], new: dict[str, Any]) -> bool:
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
        if self._same(stood, before):
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

    # The project itself

    def _node_row(self, title: str, reference: str, other: Node | None) -> None:
        values = self.parsed.values
        if self.node is None:
            tier = self._new_tier()
            fields = [
                self.field(values.get("node.title"), Column("node.title", "title"), Node, None, None),
                self.field(values.get("node.reference"), Column("node.reference", "reference"), Node, None, None),
            ]
            if tier:
                fields.append(self._tier_field(values["node.tier"], tier))
            self.add("Project", title, Node, None, fields, must_come=True)
            return
        fields = []
        for key, name, words in (("node.title", "title", title), ("node.reference", "reference", reference)):
            value = values.get(key)
            if value is None or value.value is None:
                continue
            one = self.field(value, Column(key, name), Node, self.node, None)
            names = (squeeze(words), squeeze(value.words))
            if one and name == "title" and self.node in map(self.shared.nodes.by_title.get, names):
                one.action = UNCHANGED  # other capitals or dashes, or another of its names
            if one and one.action == UPDATE:
                one.action, one.because = CONFLICT, "The project is known by another one in the portal."
            if one and name == "reference" and other:
                one.because, one.is_fixed = f"The reference is that of {other.title}; the title was followed.", True
                one.action = CONFLICT
            fields.append(one)
        self.add("Project", self.node.title, Node, self.node, fields)
        tier = self._new_tier()
        if tier and tier.pk != self.node.tier_id:
            said = values["node.tier"]
            held = self.node.tier.label if self.node.tier else "none"
            self.warn(
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
            self.warn(value.sheet, value.cell, f"The council has no tier {value.words}; the project gets none.")
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
        fields = [self.field(self.parsed.values.get(column.key), column, Report, row, earlier) for column in HEADER]
        planned = self.add("Project detail", "Project detail", Report, base, fields)
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

    def _by(self, rows, name: str) -> dict:
        return {getattr(row, name): row for row in rows}

    def _dimensions(self, family: str = RATING) -> None:
        """Plan the ratings that the keys of a family state: of the report's own period, or of the one before."""
        wanted = {key: dashed(key, family) for key in self.parsed.values if key.startswith(family)}
        if family == RATING:
            wanted = {**{key: name for key, name in DIMENSIONS.items() if key in self.parsed.values}, **wanted}
        if not wanted:
            return
        known = self.shared.dimensions(self.template)
        overall = next((one for one in known.values() if one.is_overall), None)
        rows = self._by(self.held.base_rows(self.target, DimensionRating), "dimension_id")
        earlier = self._by(self.held.earlier(self.target, DimensionRating), "dimension_id")
        for key, name in wanted.items():
            value = self.parsed.values[key]
            dimension = known.get(name) or (overall if name in ("status", "overall") else None)
            if dimension is None:
                self.ignore(value, "the report template has no such rating")
                continue
            self.speaks_of(dimension.section)
            status = self._status(value, self.wording.by_scheme.get(dimension.scheme_id))
            row = rows.get(dimension.pk)
            column = Column(key, "status", "status")
            one = self.field(value, column, DimensionRating, row, earlier.get(dimension.pk), status)
            self.add(
                self._section_of(key),
                dimension.label,
                DimensionRating,
                row,
                [one],
                identity_id=dimension.pk,
                made_with={"title": dimension.label, "order": dimension.order},
            )

    def _section_of(self, key: str) -> str:
        blocks = (block for block in self.shared.layout.blocks() for one in block.fields if one.key == key)
        return next(blocks).title.capitalize()

    def _answers(self) -> None:
        known = self.shared.questions(self.template)
        rows = self._by(self.held.base_rows(self.target, Answer), "question_id")
        earlier = self._by(self.held.earlier(self.target, Answer), "question_id")
        for key, name in QUESTIONS.items():
            value = self.parsed.values.get(key)
            if value is None:
                continue
            question = known.get(name)
            if question is None:
                self.ignore(value, "the report template has no such question")
                continue
            vocabulary = self.wording.by_scheme.get(question.scheme_id)
            status = None
            if value.value is not None:
                status = vocabulary.status("Yes" if value.value else "No") if vocabulary else None
                if status is None:
                    self._error(value, f"“{value.words}” is not an answer that is used here.")
            row = rows.get(question.pk)
            one = self.field(value, Column(key, "status", "status"), Answer, row, earlier.get(question.pk), status)
            self.add(
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
        row = next((one for one in self.held.base_rows(self.target, BudgetPosition) if not one.is_removed), None)
        earlier = next(
            (one for one in self.held.earlier(self.target, BudgetPosition) if row and one.budget_id == row.budget_id),
            None,
        )
        held = Budget.objects.filter(node=self.node, is_archived=False).first() if self.node else None
        fields = [self.field(values[column.key], column, BudgetPosition, row, earlier) for column in BUDGET]
        told = next((values[f"budget.{name}"] for name in ("forecast", "actual") if values[f"budget.{name}"]), None)
        layout = (
            Budget.Layout.SPEND if values["budget.actual"] and not values["budget.forecast"] else Budget.Layout.FORECAST
        )
        if row is not None and told is not None and row.layout != layout:
            one = self.field(told, Column(told.key, "layout"), BudgetPosition, row, earlier, columns={"layout": layout})
            one.label = "How the budget is reported"
            one.old, one.new = (Budget.Layout(each).label for each in (row.layout, layout))
            fields.append(one)
        self.add(
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
        rows = self._by(self.held.base_rows(self.target, StatedFigure), "key")
        earlier = self._by(self.held.earlier(self.target, StatedFigure), "key")
        for key, name in STATED.items():
            value = self.parsed.values.get(key)
            if value is None or value.value is None:
                continue
            amount = None if isinstance(value.value, str) else Decimal(value.value)
            columns = {"words": value.words, "amount": amount}
            row = rows.get(name)
            one = self.field(value, Column(key, "words"), StatedFigure, row, earlier.get(name), columns=columns)
            label = self.shared.label_of(key)
            made_with = {"key": name, "title": label}
            self.add("Figures as stated", label, StatedFigure, row, [one], made_with=made_with)

    def _narratives(self) -> None:
        wanted = {key: dashed(key, TEXT) for key in self.parsed.values if key.startswith(TEXT)}
        if "report.commentary" in self.parsed.values:
            wanted["report.commentary"] = "commentary"
        if not wanted:
            return
        titles = {section.key: section.title for section in self.template.sections.all()}
        rows = self._by(self.held.base_rows(self.target, Narrative), "section")
        earlier = self._by(self.held.earlier(self.target, Narrative), "section")
        for key, section in wanted.items():
            value = self.parsed.values[key]
            if section not in titles and key.startswith(TEXT):
                self.ignore(value, "the report template has no such section")
                continue
            self.speaks_of(section)
            row = rows.get(section)
            one = self.field(value, Column(key, "text"), Narrative, row, earlier.get(section))
            title = titles.get(section) or self._section_of(key)
            self.add(title, title, Narrative, row, [one], made_with={"section": section, "title": title})

    def _savings(self) -> None:
        """The amounts of a cashable benefit, by financial year and of no year."""
        said = {
            column: [value for key, value in self.parsed.values.items() if key.partition("@")[0] == column.key]
            for column in SAVING
        }
        if not any(said.values()):
            return
        self.speaks_of("benefits")
        rows = [one for one in self.held.base_rows(self.target, BenefitUpdate) if not one.is_removed]
        cashable = self.shared.cashable(self.node)
        row = next((one for one in rows if one.benefit_id in cashable), None)
        stood = [
            one for one in self.held.earlier(self.target, BenefitUpdate) if row and one.benefit_id == row.benefit_id
        ]
        fields = []
        for column, values in said.items():
            for value in values:
                heading = value.key.partition("@")[2]
                year = year_begun(heading)
                if heading and year is None:
                    self._error(value, f"“{heading}” above the column is not a financial year, such as 2018/19.")
                    continue
                tag = str(year or "")
                fields.append(self._line_field(value, {column.name: value.value}, tag, BenefitUpdate, row, stood))
        title = row.title if row else "Cashable benefits"
        self.add(
            "Savings by year",
            title,
            BenefitUpdate,
            row,
            fields,
            identity_id=row.benefit_id if row else next(iter(cashable), None),
            identity={"kind": Benefit.BenefitKind.CASHABLE.value, "title": title},
            made_with={"title": title},
        )

    def _line_field(self, value: ParsedValue, said: dict[str, Any], tag: str, model, row, stood) -> PlannedField | None:
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

    # Tables

    def _table(self, table: Table) -> None:
        self.speaks_of(table.key)
        base = self.held.base_rows(self.target, table.model)
        earlier = self.held.earlier(self.target, table.model)
        records = [one for one in self.parsed.records.get(table.record, ()) if not one.is_total]
        kinds = {**table.identity, **(self._about(table, records[0]) if records else {})}
        known = self._known(table, base, kinds.get("kind"))
        matched = match_records(
            [self._named(table, record) for record in records], [(one.ref, one.title, one.more) for one in known]
        )
        parts = plan_links.parts_of(self, base) if table.model is PlanItemUpdate else {}
        for record, index in zip(records, matched, strict=True):
            thing = known[index] if index is not None else None
            row = thing.row if thing else None
            stood = self._stood(table, row, earlier)
            fields = self._record_fields(table, record, row, stood)
            if table.model is PlanItemUpdate:
                plan_links.settle_title(fields, row, parts)
                fields.append(plan_links.links_field(self, record, thing.identity_id if thing else None))
            title = " ".join(part for part in self._named(table, record)[:2] if part)
            self.add(
                table.section,
                title,
                table.model,
                row,
                fields,
                identity_id=thing.identity_id if thing else None,
                identity={**table.identity, **self._about(table, record)},
            )
        taken = {index for index in matched if index is not None}
        parts_held = {part.plan_item_id for held in parts.values() for part in held}
        self.part.not_in_file += [
            {"section": table.section, "title": f"{one.ref} {one.title}".strip()}
            for place, one in enumerate(known)
            if place not in taken
            and one.row is not None
            and not one.row.is_removed
            and one.identity_id not in parts_held
        ]

    @staticmethod
    def _about(table: Table, record: ParsedRecord) -> dict[str, Any]:
        """What a new thing is made with that its row in a report does not say."""
        said = {column.name: record.values[column.key] for column in table.about if column.key in record.values}
        return {name: str(value.value) for name, value in said.items() if value.value}

    @staticmethod
    def _named(table: Table, record: ParsedRecord) -> tuple[str, str, str]:
        ref = record.values.get(table.ref.key) if table.ref else None
        title = record.values.get(table.title.key)
        more = record.values.get("post.funding") or record.values.get("plan_item.theme")
        return (
            str(ref.value) if ref and ref.value is not None else "",
            str(title.value or "") if title else "",
            str(more.value or "") if more else "",
        )

    def _known(self, table: Table, base: list[ReportRow], kind: str | None) -> list["_Known"]:
        """What the record has of a table: the rows it is held against, then things of the kind that none is about."""
        known = []
        for row in base:
            identity_id = getattr(row, f"{table.model.identity_field}_id") if table.things else None
            more = getattr(row, "funding_words", "") or getattr(row, "theme", "")
            known.append(_Known(row.ref, row.title, more, row, identity_id))
        if table.things is not None and self.node is not None:
            about = {one.identity_id for one in known}
            known += [
                _Known(thing.ref, thing.title, "", None, thing.pk)
                for thing in self.shared.things(table, self.node)
                if thing.pk not in about and (kind is None or thing.kind == kind)
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
            columns = None
            if value is not None and value.is_shared and column.name == "comment":
                columns = {"comment": "", "shares_comment": True}  # the words above speak for this row too
            fields.append(self.field(value, column, table.model, row, stood, statuses.get(column.name), columns))
        fields += self._theme_field(table, record, row)
        fields += self._measured_fields(table, record, row, stood)
        if row is not None and row.is_removed:
            fields.append(self._removed_field(row, record.values[table.title.key]))
        return fields

    def _theme_field(self, table: Table, record: ParsedRecord, row) -> list[PlannedField]:
        """The heading within the plan that a milestone stands under; a new one is made with it."""
        value = record.values.get("plan_item.theme")
        if table.model is not PlanItemUpdate or row is None or value is None:
            return []
        said = str(value.value or "")
        where = {"sheet": value.sheet, "cell": value.cell}
        action = UNCHANGED if squeeze(row.theme) == squeeze(said) else UPDATE
        words = {"old": row.theme, "new": said, "columns": {"theme": said}, "before": {"theme": row.theme}}
        planned = PlannedField("theme", self.shared.label_of(value.key), action, **words, **where)
        if action == UPDATE:
            self.settle(planned, value)
        return [planned]

    def _measured_fields(self, table: Table, record: ParsedRecord, row, stood) -> list[PlannedField | None]:
        """The figures of an indicator, a line for each period that the sheet has a column of."""
        if table.model is not IndicatorUpdate:
            return []
        said = [value for key, value in record.values.items() if key.partition("@")[0] in MEASURED]
        unit = row.indicator.unit if row is not None else guess_unit(value.words for value in said)
        fields = []
        for value in said:
            name = MEASURED[value.key.partition("@")[0]]
            try:
                figure = read_figure(value.words, unit)
            except CannotBeRead as cannot:
                self._error(value, f"“{value.words}” is not read. {cannot}")
                continue
            words = value.words if figure is not None else ""
            tag = measured_words(value.key.partition("@")[2])
            columns = {name: figure, f"{name}_words": words}
            fields.append(self._line_field(value, columns, tag, IndicatorUpdate, row, [stood] if stood else []))
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
                self.field(record.values.get(column.key), column, ChangeRequest, request, None)
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
            self.add("Change control", title, ChangeRequest, request, fields)

    @staticmethod
    def _said(record: ParsedRecord, key: str) -> str:
        return record.values[key].words if key in record.values else ""

    def _board(self, key: str, kind: str) -> Board | None:
        """The board of an awareness column; None where it is to be added, which the preview says."""
        heading = self.shared.label_of(key)
        board = board_of(self.organisation, heading, kind)
        if board is None:
            name = board_name(self.shared.spellings[key])
            self.warn(
                self.parsed.blocks[0].sheet,
                "",
                f"No board has the heading “{heading}”; the board {name} will be added for it.",
            )
        return board

    def _awareness_field(self, value: ParsedValue | None, key: str, board, request, aware) -> PlannedField | None:
        entry = aware.get((request.pk, board.pk)) if request and board else None
        one = self.field(value, Column(key, "aware", "date"), ChangeAwareness, entry, None)
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
                self.warn(
                    value.sheet, value.cell, f"The sheet states {value.words}; its parts come to {words(figure)}."
                )
        sentence, worked_out = self.parsed.values.get("stated.forecast_sentence"), underspend_sentence(position)
        if sentence and sentence.value and worked_out and squeeze(worked_out) not in squeeze(str(sentence.value)):
            self.warn(
                sentence.sheet, sentence.cell, f"The sheet states “{sentence.words}”; its figures say “{worked_out}”."
            )
        for key, block, count in (
            ("stated.high_risks", "risk", high_risk_count(one.kind for one in risks)),
            ("stated.red_milestones", "plan_item", sum(one.kind == Kind.OFF_TRACK for one in milestones)),
        ):
            value = self.parsed.values.get(key)
            if value and value.value is not None and block in self.parsed.records and value.value != count:
                self.warn(value.sheet, value.cell, f"The sheet states {value.words}; its rows come to {count}.")

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
