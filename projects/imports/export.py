"""A project's newest report as a workbook that can be edited and brought in again: the project dashboard layout."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from projects.actions.reports import change_lines_of
from projects.imports.layout import Layout, built_in_layouts, match_spelling, squeeze
from projects.imports.mapping import (
    AWARENESS,
    BUDGET,
    DIMENSIONS,
    HEADER,
    QUESTIONS,
    STATED,
    TABLES,
    Column,
    Table,
    board_of,
)
from projects.models import (
    Answer,
    BudgetPosition,
    ChangeAwareness,
    DimensionRating,
    Narrative,
    Node,
    Report,
    StatedFigure,
)
from projects.models.base import with_related
from projects.rules.kinds import Kind

LAYOUT = "project-dashboard"
WIDTHS = (10, 52, 28, 28, 16, 20, 16)
LAST_COLUMN = 7
HEADING, HEADER_ROW = PatternFill("solid", fgColor="FF1F3864"), PatternFill("solid", fgColor="FFD9E2F3")
POUNDS, DAY = '"£"#,##0;-"£"#,##0', "dd/mm/yyyy"
FULL_DATE = re.compile(r"(\d\d)/(\d\d)/(\d{4})")
REGISTERS = ("plan_item", "risk", "benefit")
# The blocks of the layout that tables of the record are written to.
BLOCKS = {
    "plan_item": "milestones",
    "risk": "risks",
    "benefit": "benefits",
    "post": "resources",
    "stream": "reporting-streams",
}
CHANGE_FIELDS = ("title", "description", "justification", "financial_implications")


class NothingToExport(Exception):
    """The node has no report yet; the message says so."""


def newest_report(node: Node) -> Report:
    """The newest report of the node's headline series, a draft included. NothingToExport where there is none."""
    report = (
        Report.objects.filter(series__node=node, series__is_archived=False)
        .select_related("node", "organisation", "template", "period", "tier", "series")
        .order_by("series__keeps_registers", "as_at_on", "revision")
        .last()
    )
    if report is None:
        raise NothingToExport(f"{node.title} has no report yet; there is nothing to export.")
    return report


def export_name(report: Report) -> str:
    """The file's name; its period is read from it when the file comes back."""
    return f"{report.node.slug}-dashboard-{_period_words(report)}.xlsx"


def export_report(report: Report, path: Path) -> Path:
    """Write the report as a workbook at `path`. What it states comes back unchanged when it is imported."""
    layout = next(one for one in built_in_layouts() if one.name == LAYOUT)
    book = Workbook()
    sheet = book.active
    # The period stands in the sheet's name, so that the file may be renamed.
    sheet.title = f"Dashboard {_period_words(report)}"[:31]
    _Dashboard(sheet, layout, report).write()
    _change_sheet(book.create_sheet("Change Control"), layout, report)
    book.properties.title = str(report)
    book.properties.creator = report.organisation_name
    book.save(path)
    return Path(path)


def _period_words(report: Report) -> str:
    return report.period.slug if report.period else f"{report.as_at_on:%Y-%m}"


def put(sheet: Worksheet, row: int, column: int, value, *, number_format: str = ""):
    """Write one cell. Text stays text, whatever it begins with: nothing typed becomes a formula."""
    cell = sheet.cell(row, column)
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    if number_format:
        cell.number_format = number_format
    return cell


def whole_or_words(words: str) -> int | str:
    """A reference as a number where it is one, so that the sheet reads as those that officers keep."""
    return int(words) if words.isdecimal() and str(int(words)) == words else words


def day_or_words(words: str) -> date | str:
    """A full date as a real one; anything else as it was written."""
    if found := FULL_DATE.fullmatch(words):
        try:
            return date(int(found[3]), int(found[2]), int(found[1]))
        except ValueError:
            return words
    return words


class _Dashboard:
    """Writes the first sheet, block under block, in the layout's own words."""

    def __init__(self, sheet: Worksheet, layout: Layout, report: Report):
        self.sheet = sheet
        self.report = report
        self.layout = layout
        self.blocks = {block.key: block for block in layout.blocks()}
        self.row = 1

    def write(self) -> None:
        for number, width in enumerate(WIDTHS, start=1):
            self.sheet.column_dimensions["ABCDEFG"[number - 1]].width = width
        if self.report.tier:
            put(self.sheet, 1, 1, self.report.tier.label)
        if self.report.marking:
            put(self.sheet, 1, 3, self.report.marking)
        if self.report.appendix_label:
            put(self.sheet, 1, 7, self.report.appendix_label)
        header = self._header()
        ratings, answers, stated = self._ratings(), self._answers(), self._stated()
        self._fields("project-detail", header, always=True)
        self._fields("project-status", {**header, **ratings}, always=True)
        self._fields("budget", {**self._budget(), **stated})
        self._fields("risk-consideration", {**stated, **answers, **ratings}, always=True)
        for table in (one for one in TABLES if one.record in REGISTERS):
            self._table(table, always=True)
        self._commentary()
        for table in (one for one in TABLES if one.record in BLOCKS and one.record not in REGISTERS):
            self._table(table, always=False)

    # Values by layout key

    def _header(self) -> dict:
        values = {
            "node.reference": whole_or_words(self.report.node.reference),
            "node.title": self.report.node.title,
        }
        for column in HEADER:
            values[column.key] = self._value(self.report, column)
        return values

    @staticmethod
    def _value(row, column: Column):
        if column.kind == "date":
            return day_or_words(getattr(row, f"{column.name}_words"))
        if column.kind == "status":
            status = getattr(row, column.name)
            return status.label if status else ""
        if column.kind == "flag":
            return "Critical Path" if getattr(row, column.name) else ""
        value = getattr(row, column.name)
        if isinstance(value, Decimal):
            return int(value) if value == value.to_integral_value() else float(value)
        return whole_or_words(value) if column.name == "ref" else value

    def _ratings(self) -> dict:
        rows = DimensionRating.objects.of(self.report).present().select_related("dimension", "status")
        by_key = {row.dimension.key: row for row in rows}
        return {
            key: by_key[name].status.label if by_key[name].status else ""
            for key, name in DIMENSIONS.items()
            if name in by_key
        }

    def _answers(self) -> dict:
        rows = Answer.objects.of(self.report).present().select_related("question", "status")
        by_key = {row.question.key: row for row in rows}
        return {
            key: by_key[name].status.label if by_key[name].status else ""
            for key, name in QUESTIONS.items()
            if name in by_key
        }

    def _stated(self) -> dict:
        by_key = {row.key: row for row in StatedFigure.objects.of(self.report).present()}
        return {key: whole_or_words(by_key[name].words) for key, name in STATED.items() if name in by_key}

    def _budget(self) -> dict:
        position = BudgetPosition.objects.of(self.report).present().first()
        if position is None:
            return {}
        printed = {
            column.key: self._value(position, column)
            for column in BUDGET
            if getattr(position, column.name) is not None or column.name == "planned"
        }
        return printed

    # Blocks

    def _heading(self, key: str) -> None:
        self.row += 1
        cell = put(self.sheet, self.row, 1, self.blocks[key].title)
        cell.fill, cell.font = HEADING, Font(bold=True, color="FFFFFFFF")
        self.sheet.merge_cells(start_row=self.row, start_column=1, end_row=self.row, end_column=LAST_COLUMN)
        self.row += 1

    def _fields(self, key: str, values: dict, *, always: bool = False) -> None:
        fields = [one for one in self.blocks[key].fields if one.key in values]
        if not fields and not always:
            return
        self._heading(key)
        for one in fields:
            value = values[one.key]
            label = one.labels[0]
            if one.capture:
                own = self.report.score_label
                label = own if match_spelling(own, one.labels) else label.replace(" (#)", "")
            put(self.sheet, self.row, 1, label)
            self.sheet.merge_cells(start_row=self.row, start_column=1, end_row=self.row, end_column=3)
            is_money = one.type == "money" and isinstance(value, int | float)
            if value not in (None, ""):
                number_format = POUNDS if is_money else DAY if isinstance(value, date) else ""
                cell = put(self.sheet, self.row, 4, value, number_format=number_format)
                self._fill(cell, one.subject, value)
            self.row += 1

    def _fill(self, cell, subject: str, label) -> None:
        """The colour that the layout gives a status, beside its word."""
        colours = self.layout.colours.get(subject, {})
        rgb = next((rgb for rgb, word in colours.items() if squeeze(word) == squeeze(str(label))), None)
        if rgb:
            cell.fill = PatternFill("solid", fgColor=f"FF{rgb}")

    def _table(self, table: Table, *, always: bool) -> None:
        rows = table.model.objects.of(self.report).present()
        statuses = [column.name for column in table.columns if column.kind == "status"]
        rows = list(with_related(rows, statuses))
        if not rows and not always:
            return
        block = self.blocks[BLOCKS[table.record]]
        self._heading(block.key)
        if block.kind == "list":
            for row in rows:
                put(self.sheet, self.row, 1, f"{row.title} ({row.funding_words})" if row.funding_words else row.title)
                self.row += 1
            return
        columns = {column.key: column for column in table.columns}
        for number, one in enumerate(block.fields, start=1):
            put(self.sheet, self.row, number, one.labels[0]).fill = HEADER_ROW
        self.row += 1
        for row in rows:
            for number, one in enumerate(block.fields, start=1):
                value = self._end(row) if one.key == "plan_item.end" else self._value(row, columns[one.key])
                if value not in (None, ""):
                    cell = put(
                        self.sheet, self.row, number, value, number_format=DAY if isinstance(value, date) else ""
                    )
                    self._fill(cell, one.subject, value)
            self.row += 1

    @staticmethod
    def _end(row) -> date | str:
        """One printed column over two facts: the end of what is done is the actual one."""
        is_done = row.status is not None and row.status.kind == Kind.DONE
        return day_or_words(row.actual_words if is_done and row.actual_words else row.finish_words)

    def _commentary(self) -> None:
        row = Narrative.objects.of(self.report).present().filter(section="commentary").first()
        if row is None:
            return
        self._heading("commentary")
        if row.text:
            put(self.sheet, self.row, 1, row.text)
            self.sheet.merge_cells(start_row=self.row, start_column=1, end_row=self.row, end_column=LAST_COLUMN)
            self.row += 1


def _change_sheet(sheet: Worksheet, layout: Layout, report: Report) -> None:
    """The change control record as it stands now, with when each of the two boards became aware."""
    block = next(block for block in layout.blocks() if block.key == "change-control")
    for letter, width in zip("ABCDEF", (32, 60, 44, 36, 28, 28), strict=True):
        sheet.column_dimensions[letter].width = width
    put(sheet, 1, 1, f"Change Control Record for {report.node.title}").font = Font(bold=True)
    for number, one in enumerate(block.fields, start=1):
        put(sheet, 2, number, one.labels[0]).fill = HEADER_ROW
    boards = {
        number: board_of(report.organisation, one.labels[0], AWARENESS[one.key])
        for number, one in enumerate(block.fields, start=1)
        if one.key in AWARENESS
    }
    lines = change_lines_of(report.node)
    aware = {
        (entry.change_request_id, entry.board_id): entry.aware_words
        for entry in ChangeAwareness.objects.filter(change_request__in=[line.change_request_id for line in lines])
    }
    for row, line in enumerate(lines, start=3):
        for number, name in enumerate(CHANGE_FIELDS, start=1):
            if words := getattr(line, name):
                put(sheet, row, number, words)
        for number, board in boards.items():
            words = aware.get((line.change_request_id, board.pk if board else None), "")
            if words:
                value = day_or_words(words)
                put(sheet, row, number, value, number_format=DAY if isinstance(value, date) else "")
