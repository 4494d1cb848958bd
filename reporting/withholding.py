"""Cells that are kept from readers by a mark of their own: rows are told with words or with nothing in their place."""

from collections.abc import Iterable
from copy import copy

from django.db import models

from projects.actions.summaries import KEPT_BACK

WITHHELD, EXEMPT = "Withheld", "Exempt from publication"
PARTS = ("", "_words", "_on", "_precision")  # of a date, kept as it was written


def as_told(rows: Iterable, *, sees_exempt: bool) -> list:
    """The rows as this reader may be told them, those with marked cells as copies; all of them to who sees exempt."""
    return list(rows) if sees_exempt else [_told(row) for row in rows]


def _told(row):
    marks = {name.removesuffix("_words"): mark for name, mark in row.marks.items() if mark.get("kind") in KEPT_BACK}
    if not marks:
        return row
    shown = copy(row)
    cells = {f"{name}{part}": mark for name, mark in marks.items() for part in PARTS}
    for field in row._meta.concrete_fields:
        if field.name in cells and not field.choices:
            setattr(shown, field.name, _instead(field, cells[field.name]))
    return shown


def _instead(field: models.Field, mark: dict):
    """What stands in a cell that is kept back: words where words stood, else nothing."""
    if isinstance(field, models.CharField | models.TextField):
        return EXEMPT if mark["kind"] == "exempt" else WITHHELD
    return None
