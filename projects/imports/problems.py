"""What an import says when something is wrong: sentences for people, each with the sheet and the cell."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


class WorkbookRefused(Exception):
    """The file as a whole cannot be taken. `sentence` says why and what to do; nothing was changed."""

    def __init__(self, sentence: str):
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class CellProblem:
    """One thing wrong at one place. `cell` is an A1 address, or "" where the whole sheet is meant.

    An error keeps the workbook from being applied; a warning is shown and the import may go on.
    """

    sheet: str
    cell: str
    message: str
    severity: Severity = "error"

    def __str__(self) -> str:
        place = f"Sheet {self.sheet}, cell {self.cell}" if self.cell else f"Sheet {self.sheet}"
        return f"{place}: {self.message}"


@dataclass(frozen=True, slots=True)
class Ignored:
    """Something in the workbook that was read and is not taken over, with the reason.

    `heading` is that of its column where the layout does not know it.
    """

    sheet: str
    cell: str
    words: str
    reason: str
    heading: str = ""
