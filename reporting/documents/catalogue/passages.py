"""Text as people write it in boxes, with its small tables, as the passages that documents draw."""

import re
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from reporting.documents.contents import NUMBER, TEXT, Column, Paragraph, Passage, Table, printed_number

FIGURE = re.compile(r"[-+(]?£?\d[\d,]*(\.\d+)?[%kmbn)]*")
PLAIN_FIGURE = re.compile(r"-?\d{1,3}(,\d{3})*(\.\d+)?|-?\d+(\.\d+)?")
TABLE = re.compile(r"\[table (\d+)\]", re.IGNORECASE)
FIRST_WIDTH, MANY_COLUMNS = 28, 4  # among many columns the names of the rows get more than an equal share
GOES_ON = "+ "  # begins a paragraph that goes on with the one before, without a number of its own


def blocks_of(text: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """The text of a section as (heading or "", paragraph or "", bullets), one a block.

    Blocks are parted by blank lines. "# words" is a heading within the section; lines that begin "- " are bullets of
    the paragraph before, also across a blank line.
    """
    blocks: list[tuple[str, str, tuple[str, ...]]] = []
    for piece in text.replace("\r\n", "\n").split("\n\n"):
        lines = [line.strip() for line in piece.split("\n") if line.strip()]
        if not lines:
            continue
        if lines[0].startswith("# "):
            blocks.append((lines[0][2:].strip(), "", ()))
            lines = lines[1:]
        words = "\n".join(line for line in lines if not line.startswith("- "))
        bullets = tuple(line[2:].strip() for line in lines if line.startswith("- "))
        if words:
            blocks.append(("", words, bullets))
        elif bullets and blocks and not blocks[-1][0]:
            heading, before, earlier = blocks[-1]
            blocks[-1] = (heading, before, (*earlier, *bullets))
        elif bullets:
            blocks.append(("", "", bullets))
    return blocks


def no_number() -> str:
    """For paragraphs that have none."""
    return ""


def passages_of(text: str, tables: Sequence[dict | None], next_number: Callable[[], str] = no_number) -> list[Passage]:
    """Paragraphs with their numbers; "[table 2]" puts the second table there, those not named stand last.

    A paragraph that begins with "+ " goes on with the one before it. None among the tables is one that is kept back.
    """
    passages: list[tuple[str, list[Paragraph], list[Table]]] = [("", [], [])]
    left = {place: small_table(table) if table else None for place, table in enumerate(tables, start=1)}
    for heading, words, bullets in blocks_of(text):
        named = TABLE.fullmatch(words)
        if heading:
            passages.append((heading, [], []))
        elif named and int(named[1]) in left:
            if table := left.pop(int(named[1])):
                passages[-1][2].append(table)
                passages.append(("", [], []))
        elif words.startswith(GOES_ON):
            passages[-1][1].append(Paragraph(words.removeprefix(GOES_ON), "", bullets, goes_on=True, is_marked=True))
        else:
            passages[-1][1].append(Paragraph(words, next_number() if words else "", bullets, is_marked=True))
    passages[-1][2].extend(table for table in left.values() if table)
    return [
        Passage(tuple(paragraphs), heading, tuple(below))
        for heading, paragraphs, below in passages
        if heading or paragraphs or below
    ]


def tables_named(text: str) -> set[int]:
    """The numbers of the tables that the text puts in their places."""
    return {int(named[1]) for _, words, _ in blocks_of(text) if (named := TABLE.fullmatch(words))}


def small_table(given: dict) -> Table:
    """A table as it was typed: the first column names the rows, figures stand right, a row "Total" is set apart.

    A column whose filled cells are all figures is one of figures; what is printed is what was typed, and a workbook
    gets the number where the two are the same.
    """
    columns = tuple(
        Column(
            str(place),
            label,
            kind=NUMBER if place and _are_figures(row[place] for row in given["rows"]) else TEXT,
            header=place == 0,
            width=FIRST_WIDTH if place == 0 and len(given["columns"]) > MANY_COLUMNS else None,
        )
        for place, label in enumerate(given["columns"])
    )
    rows = [
        {column.key: _figure(cell) if column.is_figure else cell for column, cell in zip(columns, row, strict=True)}
        for row in given["rows"]
    ]
    return Table(
        columns,
        tuple(row for row in rows if not _is_total(row)),
        caption=given.get("caption", ""),
        totals=tuple(row for row in rows if _is_total(row)),
        sheet=given.get("caption", ""),
    )


def _are_figures(cells: Iterable[str]) -> bool:
    filled = [cell.strip() for cell in cells if cell.strip()]
    return bool(filled) and all(FIGURE.fullmatch(cell) for cell in filled)


def _figure(cell: str) -> str | Decimal:
    """The number a cell is, where printing it gives the cell again; else the cell as it was typed."""
    if not PLAIN_FIGURE.fullmatch(cell):
        return cell
    number = Decimal(cell.replace(",", ""))
    return number if printed_number(number) == cell else cell


def _is_total(row: dict) -> bool:
    return str(row.get("0", "")).strip().lower() in ("total", "totals")
