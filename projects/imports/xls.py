"""Read .xls: the values by calamine."""

from pathlib import Path

from python_calamine import CalamineWorkbook

from projects.imports.cells import Cell, Sheet, State, printable, tidy
from projects.imports.guard import SizeLimits, check_place

STATES: dict[str, State] = {"Hidden": "hidden", "VeryHidden": "very_hidden"}


def read_xls(path: Path, limits: SizeLimits) -> tuple[list[Sheet], list[str]]:
    """The sheets in the order of their tabs, and what the importer should be told."""
    book = CalamineWorkbook.from_path(str(path))
    sheets, filled = [], 0
    for about in book.sheets_metadata:
        sheet = Sheet(printable(about.name), STATES.get(str(about.visible).split(".")[-1], "visible"))
        # Without skip_empty_area=False the first filled cell would be called A1.
        source = book.get_sheet_by_name(about.name)
        for row, values in enumerate(source.to_python(skip_empty_area=False), start=1):
            for column, value in enumerate(values, start=1):
                if value in ("", None):
                    continue
                check_place(row, column, sheet.name, limits, filled=filled + len(sheet.cells))
                if isinstance(value, float) and value.is_integer():
                    value = int(value)  # the format holds every number as a float
                elif isinstance(value, str):
                    value = printable(value)
                sheet.cells[row, column] = Cell(tidy(value))
        sheet.merged = sorted(
            (top + 1, left + 1, bottom + 1, right + 1)
            for (top, left), (bottom, right) in source.merged_cell_ranges or []
        )
        filled += len(sheet.cells)
        sheets.append(sheet)
    return sheets, []
