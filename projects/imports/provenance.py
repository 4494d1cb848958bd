"""Where what the record says came from: file, sheet and cell, when, and by whom; and whether it was edited since."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from django.core.exceptions import FieldDoesNotExist
from django.db import models

from projects.imports.answers import FIELD as LINKS
from projects.imports.lines import TABLES_WITH_LINES, line_model, line_of
from projects.imports.mapping import python_value
from projects.models import Import, ImportedValue, Report, state_models
from projects.models.reports import ReportRow


@dataclass(frozen=True)
class Source:
    """One value of a row and the cell that it came from."""

    row: models.Model
    label: str
    imported: Import
    sheet: str
    cell: str
    is_edited: bool

    @property
    def title(self) -> str:
        """The row, "" for what the report says of itself."""
        return "" if isinstance(self.row, Report) else str(self.row)

    @property
    def at(self) -> datetime | None:
        return self.imported.applied_at

    @property
    def place(self) -> str:
        return f"{self.sheet} {self.cell}".strip()


def sources_of(report: Report) -> list[Source]:
    """Where each value of a report came from that an import wrote, in the order in which it was written."""
    rows: list[models.Model] = [report]
    for model in state_models():
        if issubclass(model, ReportRow):
            rows += model.objects.filter(report=report).prefetch_related(*getattr(model, "beneath", ()))
    return sources_of_rows(rows)


def sources_of_rows(rows: Iterable[models.Model]) -> list[Source]:
    """The same of some rows."""
    rows = list(rows)
    by_table: dict[str, list[int]] = {}
    for row in rows:
        by_table.setdefault(row._meta.model_name, []).append(row.pk)
    wanted = [models.Q(table=table, row_id__in=pks) for table, pks in by_table.items()]
    return _told(rows, _values(ImportedValue.objects.filter(reduce(or_, wanted)))) if wanted else []


def _values(values) -> list[ImportedValue]:
    """What the newest import wrote of each value, older ones left out."""
    applied = values.filter(imported__state=Import.State.APPLIED).exclude(field=LINKS).order_by("pk")
    kept = {
        (value.table, value.row_id, value.field): value
        for value in applied.select_related("imported__uploaded_by").defer("imported__plan", "imported__choices")
    }
    return list(kept.values())


def _told(rows: list[models.Model], values: list[ImportedValue]) -> list[Source]:
    by_key = {(row._meta.model_name, row.pk): row for row in rows}
    return [
        Source(row, label_of(type(row), value.field), value.imported, value.sheet, value.cell, not says(row, value))
        for value in values
        if (row := by_key.get((value.table, value.row_id))) is not None
    ]


def says(row: models.Model, value: ImportedValue) -> bool:
    """Whether a row still says what an import wrote."""
    return all(_says(row, name, said) for name, said in (value.after or {}).items())


def _says(row: models.Model, name: str, said) -> bool:
    """Whether a column of a row, or of a line beneath it ("target@2018"), says what was written."""
    name, is_line, tag = name.partition("@")
    if name == "theme":
        return row.theme == said
    at = line_of(row, tag) if is_line else row
    model = line_model(type(row)) if is_line else type(row)
    return getattr(at, name, None) == python_value(model, name, said)


def label_of(model: type[models.Model], field: str) -> str:
    """What people call a value that an import wrote: "Residual band", "Target, 2018"."""
    name, is_line, tag = field.partition("@")
    table = line_model(model) if is_line and model in TABLES_WITH_LINES else model
    for column in (name, f"{name}_words"):
        try:
            words = str(table._meta.get_field(column).verbose_name).removesuffix(" words")
        except FieldDoesNotExist:
            continue
        return f"{words.capitalize()}, {tag}" if tag else words.capitalize()
    return name.replace("_", " ").capitalize()
