"""A report written into the cells of a form: a cell map drives export as it drives import.

The form that the map was last imported from is filled where there is one, and nothing in it is touched but the cells
whose values differ, those of which the report says nothing, and those that the map leaves out: the form may be of
another period, and whoever takes it out need not be one who may see what was loaded. Where there is no such form a
workbook is made with the values at the cells of the map.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from openpyxl import Workbook

from projects.imports.cell_maps import is_cell_map
from projects.imports.fill import CannotBeFilled, Value, fill_workbook
from projects.imports.layout import LEFT_OUT, Block, Layout, NamedCell, layout_from_dict
from projects.imports.mapping import (
    BUDGET,
    DIMENSIONS,
    HEADER,
    QUESTIONS,
    RATING,
    STATED,
    TABLES,
    TEXT,
    Column,
    Table,
)
from projects.imports.parse import taker_of
from projects.imports.plan_named import NAMED_KEY, named_key
from projects.imports.planned import ImportPlan
from projects.imports.read import position
from projects.models import (
    Answer,
    BudgetPosition,
    DimensionRating,
    Import,
    ImportLayout,
    Narrative,
    Organisation,
    Report,
    ReportRow,
    StatedFigure,
)
from projects.models.base import with_related
from projects.models.plan import THEME_MARK
from projects.rules.kinds import Kind

FULL_DATE = re.compile(r"(\d\d)/(\d\d)/(\d{4})")
PERCENT = re.compile(r"-?\d+(?:\.\d+)?%")
NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d*[1-9])?")
MOST_BYTES_TO_FILL = 5 * 2**20
UNTOUCHED = object()  # in place of a value for a cell


@dataclass(frozen=True)
class FormCell:
    """One cell of a form and what the report says there; None: the map leaves it out, and it stays empty."""

    sheet: str
    named: NamedCell
    words: str | None


def has_forms(report: Report) -> bool:
    """Whether a report has values under names of a form, or the council maps of its own to write it into."""
    named = StatedFigure.objects.of(report).filter(key__startswith=NAMED_KEY)
    return named.exists() or _may_be_maps(report.organisation).exists()


def maps_of(organisation: Organisation) -> list[Layout]:
    """The council's cell maps that are in use."""
    layouts = [layout_from_dict(one.declaration) for one in _may_be_maps(organisation)]
    return [one for one in layouts if is_cell_map(one)]


def _may_be_maps(organisation: Organisation):
    in_use = ImportLayout.objects.filter(organisation=organisation).newest().filter(is_archived=False)
    return in_use.filter(declaration__sheets__0__blocks__0__kind="cells")


def form_cells(report: Report, layout: Layout) -> list[FormCell]:
    """What a report says at each cell of a map, "" where it says nothing."""
    values = _values(report)
    named = {row.key: row.words for row in StatedFigure.objects.of(report).present()}
    rows = {table.record: _rows(report, table) for table in TABLES}
    cells = []
    for sheet in layout.sheets:
        for block in sheet.blocks:
            slots = _slots(block, rows)
            for one in block.cells:
                field, number = taker_of(block, one.name)
                if field is None:
                    words = named.get(named_key(one.name), "")  # the form may be one of another period
                elif field.key == LEFT_OUT:
                    words = None
                elif number is None:
                    words = values.get(field.key, "")
                else:
                    words = slots.get((field.key.partition(".")[0], number), {}).get(field.key, "")
                cells.append(FormCell(sheet.titles[0], one, words))
    return cells


# What a report says, in words -----------------------------------------------------------------------------------------


def _values(report: Report) -> dict[str, str]:
    """Single values by the keys of layouts."""
    values = {
        "node.title": report.node.title,
        "node.reference": report.node.reference,
        "report.period": f"{report.as_at_on:%d/%m/%Y}",
    }
    values.update({column.key: _words(report, column) for column in HEADER})
    position_row = BudgetPosition.objects.of(report).present().first()
    if position_row is not None:
        values.update({column.key: _words(position_row, column) for column in BUDGET})
    keys = {name: key for key, name in DIMENSIONS.items()}
    for rating in DimensionRating.objects.of(report).present().select_related("dimension", "status"):
        label = rating.status.label if rating.status else ""
        name = rating.dimension.key
        values[f"{RATING}{name.replace('-', '_')}"] = label
        if rating.dimension.is_overall:
            values[f"{RATING}overall"] = values[f"{RATING}status"] = values["report.status"] = label
        if name in keys:
            values[keys[name]] = label
    keys = {name: key for key, name in QUESTIONS.items()}
    for answer in Answer.objects.of(report).present().select_related("question", "status"):
        if answer.question.key in keys:
            values[keys[answer.question.key]] = answer.status.label if answer.status else ""
    for row in Narrative.objects.of(report).present():
        values[f"{TEXT}{row.section.replace('-', '_')}"] = row.text
        if row.section == "commentary":
            values["report.commentary"] = row.text
    keys = {name: key for key, name in STATED.items()}
    values.update({keys[row.key]: row.words for row in StatedFigure.objects.of(report).present() if row.key in keys})
    return values


def _words(row, column: Column) -> str:
    if column.kind == "date":
        return getattr(row, f"{column.name}_words")
    value = getattr(row, column.name)
    if column.kind == "status":
        return value.label if value else ""
    if column.kind == "flag":
        return "Yes" if value else ""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return "" if value is None else str(value)


def _rows(report: Report, table: Table) -> list[tuple[ReportRow, dict[str, str]]]:
    statuses = [column.name for column in table.columns if column.kind == "status"]
    rows = table.model.objects.of(report).present()
    said = []
    for row in with_related(rows, statuses):
        values = {column.key: _words(row, column) for column in table.columns}
        is_done = getattr(row, "status", None) is not None and row.status.kind == Kind.DONE
        if "plan_item.end" in values and is_done and row.actual_words:
            values["plan_item.end"] = row.actual_words  # one cell of a form over two facts
        said.append((row, values))
    return said


def _slots(block: Block, rows: dict[str, list]) -> dict[tuple[str, int], dict[str, str]]:
    """Which row of a report stands at which number of a form: where it came from, else the next free one."""
    numbers: dict[str, list[int]] = {}
    at: dict[tuple[str, int, int], int] = {}
    for one in block.cells:
        field, number = taker_of(block, one.name)
        if field is None or number is None:
            continue
        record = field.key.partition(".")[0]
        numbers.setdefault(record, [])
        if number not in numbers[record]:
            numbers[record].append(number)
        at[record, *position(one.cell)] = number
    theme = block.says.get("plan_item.theme", "")
    slots: dict[tuple[str, int], dict[str, str]] = {}
    for record, free in numbers.items():
        waiting = []
        for row, values in rows.get(record, ()):
            if theme and _theme(row) != theme:
                continue
            number = _came_from(row, block.title, record, at)
            if number in free:
                slots[record, number] = values
                free.remove(number)
            else:
                waiting.append(values)
        slots.update({(record, number): values for number, values in zip(sorted(free), waiting, strict=False)})
    return slots


def _theme(row: ReportRow) -> str:
    return getattr(row, "theme", "") or row.marks.get(THEME_MARK, {}).get("words", "")


def _came_from(row: ReportRow, sheet: str, record: str, at: dict) -> int | None:
    """The number of a form's row that a row of the report was imported from."""
    for mark in row.marks.values():
        if mark.get("kind") == "provenance" and mark.get("sheet") == sheet and mark.get("cell"):
            number = at.get((record, *position(mark["cell"])))
            if number is not None:
                return number
    return None


# Writing it -----------------------------------------------------------------------------------------------------------


def export_form(report: Report, layout: Layout, path: Path) -> Path:
    """Write a report into a form at `path`."""
    cells = form_cells(report, layout)
    imported = form_of(report, layout)
    if imported is not None:
        plan = ImportPlan.from_json(imported.plan)
        held = {(one.sheet, one.cell): one.new for row in plan.rows for one in row.fields}
        filled: dict = dict.fromkeys(_named_when_loaded(imported))
        filled.update({(one.sheet, one.named.cell): _filling(one, held) for one in cells})
        filled = {place: value for place, value in filled.items() if value is not UNTOUCHED}
        is_of_its_day = all(part.as_at_on == report.as_at_on.isoformat() for part in plan.parts)
        try:
            with imported.file.open("rb") as source:
                return fill_workbook(source.read(), filled, path, keeps_results=is_of_its_day)
        except CannotBeFilled:
            pass  # the values are the same in a workbook of our own
    return _fresh(cells, layout, report, path)


def form_of(report: Report, layout: Layout) -> Import | None:
    """The newest import of a node by a map, whose workbook can be filled; None where there is none."""
    found = (
        Import.objects.filter(
            organisation=report.organisation_id, node=report.node_id, layout=layout.name, state=Import.State.APPLIED
        )
        .order_by("-applied_at")
        .first()
    )
    if found is None or not found.file_name.lower().endswith(".xlsx"):
        return None
    storage = found.file.storage
    is_there = bool(found.file) and storage.exists(found.file.name)
    return found if is_there and storage.size(found.file.name) <= MOST_BYTES_TO_FILL else None


def _named_when_loaded(imported: Import) -> list[tuple[str, str]]:
    """The cells that the map named in the version by which a form was read."""
    read_by = ImportLayout.objects.filter(
        organisation=imported.organisation_id, slug=imported.layout, number=imported.layout_version
    ).first()
    sheets = layout_from_dict(read_by.declaration).sheets if read_by else ()
    return [(sheet.titles[0], one.cell) for sheet in sheets for block in sheet.blocks for one in block.cells]


def _filling(one: FormCell, held: dict[tuple[str, str], str]) -> Value | object:
    """What is written into a cell of a form; UNTOUCHED where it says already what the report says.

    A formula stays where the report says nothing, but not its result.
    """
    if one.words is None:
        return ""
    said = held.get((one.sheet, one.named.cell), "")
    if not one.words:
        return None
    return UNTOUCHED if one.words == said else typed(one.words, said, one.named.type)


def typed(words: str, held: str = "", kind: str = "text") -> str | float | int | date:
    """Words as the kind of value that the cell held, or a map says it holds; figures where nothing of them is lost."""
    if NUMBER.fullmatch(words):
        return float(words) if "." in words else int(words)
    if PERCENT.fullmatch(words) and PERCENT.fullmatch(held):
        return round(float(words[:-1]) / 100, 10)
    if (found := FULL_DATE.fullmatch(words)) and (kind == "written_date" or FULL_DATE.fullmatch(held)):
        try:
            return date(int(found[3]), int(found[2]), int(found[1]))
        except ValueError:
            return words
    return words


def _fresh(cells: list[FormCell], layout: Layout, report: Report, path: Path) -> Path:
    book = Workbook()
    book.remove(book.active)
    by_sheet: dict[str, list[FormCell]] = {}
    for one in cells:
        by_sheet.setdefault(one.sheet, []).append(one)
    for layout_sheet in layout.sheets:
        sheet = book.create_sheet(layout_sheet.titles[0][:31])
        mapped = {position(one.cell) for block in layout_sheet.blocks for one in block.cells}
        for one in by_sheet.get(layout_sheet.titles[0], ()):
            row, column = position(one.named.cell)
            beside = (row, column - 1)
            if column > 1 and beside not in mapped:
                _put(sheet.cell(*beside), one.named.name)
                sheet.column_dimensions[sheet.cell(*beside).column_letter].width = 44
            if one.words:
                percent = PERCENT.fullmatch(one.words)
                _put(sheet.cell(row, column), typed(one.words, one.words), "0.00%" if percent else "")
    book.properties.title = str(report)
    book.properties.creator = report.organisation_name
    book.save(path)
    return Path(path)


def _put(cell, value, number_format: str = "") -> None:
    """Text stays text, whatever it begins with: nothing typed becomes a formula."""
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"
    elif isinstance(value, date):
        cell.number_format = "dd/mm/yyyy"
    elif number_format:
        cell.number_format = number_format


def export_form_name(report: Report, layout: Layout) -> str:
    """The file's name."""
    when = report.period.slug if report.period else f"{report.as_at_on:%Y-%m}"
    return f"{report.node.slug}-{layout.name}-{when}.xlsx"
