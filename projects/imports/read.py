"""Turn a spreadsheet file into one plain grid of cells, whichever format it came in.

Every format gives fills as a person sees them, merged ranges, number formats, comments, formulas with their results,
and what is hidden, as far as it has them; .csv gives text. Run it through `child.read_safely`, which puts
limits round it.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from projects.imports.cells import (
    Cell,
    CellValue,
    FileKind,
    Sheet,
    State,
    Workbook,
    address,
    column_letters,
    column_number,
    display,
    position,
)
from projects.imports.delimited import decode, read_csv
from projects.imports.guard import SizeLimits
from projects.imports.ods import read_ods
from projects.imports.problems import WorkbookRefused
from projects.imports.xls import read_xls
from projects.imports.xlsx import read_xlsx

__all__ = [
    "Cell",
    "CellValue",
    "FileKind",
    "Sheet",
    "State",
    "Workbook",
    "address",
    "column_letters",
    "column_number",
    "decode",
    "display",
    "position",
    "read_workbook",
]

Read = tuple[list[Sheet], list[str]]
USUAL_LIMITS = SizeLimits()
READERS: dict[FileKind, Callable[[Path, SizeLimits], Read]] = {
    "xlsx": read_xlsx,
    "xls": read_xls,
    "ods": read_ods,
    "csv": read_csv,
}


def read_workbook(
    path: Path, kind: FileKind, notes: Iterable[str] = (), *, limits: SizeLimits = USUAL_LIMITS
) -> Workbook:
    """Read a file already looked at by `guard.check_file`, which gave `kind` and `notes`."""
    sheets, said = READERS[kind](Path(path), limits)
    if not sheets:
        raise WorkbookRefused("The workbook has no sheet of cells. Load the workbook that holds the values.")
    said += [
        f"The sheet “{sheet.name}” is hidden so that a spreadsheet programme does not even list it."
        for sheet in sheets
        if sheet.state == "very_hidden"
    ]
    return Workbook(kind, sheets, [*notes, *said])
