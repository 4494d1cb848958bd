"""Small tables as people paste them from a spreadsheet: a row a line, its cells parted by tabs, by | or by commas."""

import csv
from collections.abc import Sequence

MOST_ROWS, MOST_COLUMNS = 200, 20


class NotATable(ValueError):
    """What was pasted is no table; the message says which line is wrong and how to put it right."""


def cells_of(words: str) -> list[list[str]]:
    """The cells of every line that has any: parted by tabs where there is a tab, else by |, else by commas.

    A cell with a comma, a tab or a line break in it stands in quotation marks, as spreadsheets write it. Between tabs
    marks that do not pair are words like any other; between commas NotATable where one is not closed.
    """
    lines = words.replace("\r\n", "\n").replace("\r", "\n")
    if "\t" not in lines and "|" in lines:
        rows = [line.split("|") for line in lines.split("\n") if line.strip()]
    else:
        mark = "\t" if "\t" in lines else ","
        try:
            rows = list(csv.reader(lines.splitlines(keepends=True), delimiter=mark, strict=True))
        except csv.Error as unread:
            if mark == ",":
                raise NotATable(
                    'A quotation mark is opened and not closed, or stands within a cell. Write "" for a mark in a cell.'
                ) from unread
            rows = [line.split(mark) for line in lines.split("\n")]
    return [row for row in ([" ".join(cell.split()) for cell in row] for row in rows) if any(row)]


def table_of(words: str) -> tuple[list[str], list[list[str]]]:
    """(headings, rows) of a pasted table: its first line is the headings, shorter rows end in empty cells.

    Blank words are no table: ([], []). NotATable where it cannot be read.
    """
    lines = _without_empty_end(cells_of(words))
    if not lines:
        return [], []
    columns, *rows = lines
    if len(columns) < 2:
        raise NotATable(
            "Only one column was found. Paste the cells from a spreadsheet, or part them with tabs, | or commas."
        )
    if not rows:
        raise NotATable("There is only a line of headings. Give at least one row below it.")
    if len(rows) > MOST_ROWS or len(columns) > MOST_COLUMNS:
        raise NotATable(f"A table in a report has at most {MOST_ROWS} rows and {MOST_COLUMNS} columns.")
    if bare := next((place for place, label in enumerate(columns[1:], start=2) if not label), None):
        raise NotATable(f"Column {bare} has no heading. Every column after the first needs one in the first line.")
    for row in rows:
        if len(row) > len(columns):
            raise NotATable(
                f"This row has more cells than there are headings: {' | '.join(row)}. "
                "A figure such as 1,050 needs quotation marks where commas part the cells."
            )
    return columns, [row + [""] * (len(columns) - len(row)) for row in rows]


def _without_empty_end(lines: list[list[str]]) -> list[list[str]]:
    """The lines without the columns at their end that hold nothing: a spreadsheet copies those that were marked."""
    width = max((place for line in lines for place, cell in enumerate(line, start=1) if cell), default=0)
    return [line[:width] for line in lines]


def words_of_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The table as its box shows it; read again it is the same."""
    lines = [columns, *rows] if columns else []
    mark = "\t" if any("|" in cell for line in lines for cell in line) else " | "
    return "\n".join(mark.join(line) for line in lines)
