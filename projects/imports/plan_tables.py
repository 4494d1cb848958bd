"""Small tables of figures, held cell by cell against the tables of reports that have the same rows and columns."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from projects.imports.layout import squeeze
from projects.imports.mapping import Column
from projects.imports.parse import ParsedRecord, ParsedValue
from projects.imports.planned import UNCHANGED, ImportPlan, PlannedField
from projects.imports.problems import Ignored
from projects.models import DataTable, Organisation, Series

if TYPE_CHECKING:
    from projects.imports.plan_part import PartPlanner

SECTION = "Tables"
ENOUGH = 0.5  # of a table's rows must be in the file for the two to be one


def _by_table(records: Iterable[ParsedRecord]) -> dict[str, dict[str, ParsedRecord]]:
    """The rows of each table of the file, by their words."""
    tables: dict[str, dict[str, ParsedRecord]] = {}
    for record in records:
        tables.setdefault(record.block, {})[squeeze(record.record_key)] = record
    return tables


def _said(record: ParsedRecord) -> dict[str, ParsedValue]:
    """The figures of a row by the heading of their column."""
    return {squeeze(key.partition("@")[2]): value for key, value in record.values.items()}


def _table_of(held: DataTable, tables: dict[str, dict[str, ParsedRecord]]) -> dict[str, ParsedRecord] | None:
    """The rows of the file's table that a table of the record is, None where it is none of them."""
    labels = [squeeze(str(row[0])) for row in held.rows if row]
    headings = {squeeze(str(heading)) for heading in held.columns[1:]}
    for rows in tables.values():
        shared = [label for label in labels if label in rows]
        if len(shared) >= max(2, len(labels) * ENOUGH) and headings & _said(rows[shared[0]]).keys():
            return rows
    return None


def series_with_tables(organisation: Organisation, records: list[ParsedRecord]) -> list[Series]:
    """The series whose reports have a table that the file has, in the order of their nodes."""
    tables = _by_table(records)
    held = DataTable.objects.filter(
        report__node__organisation=organisation, report__series__is_archived=False, is_removed=False
    )
    wanted = {table.report.series_id for table in held.select_related("report") if _table_of(table, tables)}
    series = Series.objects.filter(pk__in=wanted).order_by("node", "pk")
    return list(
        series.select_related("node", "template", "calendar__organisation").prefetch_related("template__sections")
    )


def plan_tables(planner: "PartPlanner", records: list[ParsedRecord]) -> set[tuple[str, str]]:
    """Plan the tables of one report; gives the cells of the file that are held against a cell of the record."""
    taken: set[tuple[str, str]] = set()
    tables = _by_table(records)
    earlier = planner.held.earlier(planner.target, DataTable)
    for held in planner.held.base_rows(planner.target, DataTable):
        rows = None if held.is_removed else _table_of(held, tables)
        if rows is None:
            continue
        planner.speaks_of(held.section)
        stood = next((one for one in earlier if (one.title, one.order) == (held.title, held.order)), None)
        compared = list(_compared(held, rows))
        taken |= {(value.sheet, value.cell) for _, _, value in compared}
        fields = _fields(planner, held, stood, compared)
        planner.add(SECTION, held.title or SECTION, DataTable, held, fields)
        planner.part.not_in_file += [
            {"section": held.title or SECTION, "title": str(row[0])}
            for row in held.rows
            if row and squeeze(str(row[0])) not in rows
        ]
    planner.part.covers = list(planner.sections)
    return taken


def _compared(held: DataTable, rows: dict[str, ParsedRecord]) -> Iterable[tuple[int, int, ParsedValue]]:
    """(row, column, value) of every cell that both have."""
    for place, row in enumerate(held.rows):
        record = rows.get(squeeze(str(row[0]))) if row else None
        said = _said(record) if record else {}
        for column, heading in enumerate(held.columns):
            value = said.get(squeeze(str(heading)))
            if column and column < len(row) and value is not None:
                yield place, column, value


def _fields(planner: "PartPlanner", held: DataTable, stood, compared) -> list[PlannedField | None]:
    """A value for each cell that agrees, and one for all that differ: they are written together."""
    fields: list[PlannedField | None] = []
    new = [list(row) for row in held.rows]
    apart = []
    for row, column, value in compared:
        before = str(held.rows[row][column])
        label = f"{held.rows[row][0]}, {held.columns[column]}"
        if not _same(before, value.words):
            new[row][column] = value.words
            apart.append((value, label, before))
        elif value.words:
            where = (value.sheet, value.cell)
            fields.append(PlannedField(f"cell {value.cell}", label, UNCHANGED, before, before, *where, {}, {}))
    if apart:
        first = apart[0][0]
        one = planner.field(first, Column(first.key, "rows"), DataTable, held, stood, columns={"rows": new})
        if one is not None:
            one.label = "; ".join(label for _, label, _ in apart)
            one.old = "; ".join(before or "–" for _, _, before in apart)
            one.new = "; ".join(value.words or "–" for value, _, _ in apart)
            fields.append(one)
            _say_published(planner, apart)
    return fields


def _say_published(planner: "PartPlanner", apart) -> None:
    """Say of each cell that differs from a report that is published already what that report prints."""
    existing = planner.target.existing
    if existing is None or existing.published_at is None:
        return
    for value, label, before in apart:
        report = f"the published report of {planner.part.node_title}, {planner.part.period_label},"
        planner.warn(value.sheet, value.cell, f"{label} is {value.words or 'blank'}; {report} has {before or 'none'}.")


def _same(one: str, other: str) -> bool:
    if squeeze(one) == squeeze(other) and not any(character.isdigit() for character in one):
        return True
    try:
        return Decimal(one.replace(",", "")) == Decimal(other.replace(",", ""))
    except InvalidOperation:
        return one.strip() == other.strip()


def ignore_the_rest(plan: ImportPlan, records: Iterable[ParsedRecord], taken: set[tuple[str, str]]) -> None:
    """List the figures that no table of a report has a cell for."""
    plan.ignored += [
        Ignored(value.sheet, value.cell, value.words, "no table of a report has such a row and column")
        for record in records
        for value in record.values.values()
        if value.words and (value.sheet, value.cell) not in taken
    ]
