"""Begin a layout from the headings that a file has, by what the built-in layouts call things."""

import re
from pathlib import Path

from projects.imports.child import read_safely
from projects.imports.fields_of_record import known_headings, record_fields
from projects.imports.layout import FORMAT, squeeze
from projects.imports.read import Sheet

ROWS_LOOKED_AT = 40
FEWEST_HEADINGS = 3
MOST_SHEETS = 20


def guess_declaration(path: Path, *, name: str, title: str) -> dict:
    """The beginnings of a layout: a table for each sheet that has a row of headings. What no built-in layout knows is
    left for a person to place."""
    workbook = read_safely(path, name=name)
    sheets = []
    for sheet in [one for one in workbook.sheets if one.state == "visible"][:MOST_SHEETS]:
        row = heading_row(sheet)
        if row is None:
            continue
        headings = list(dict.fromkeys(words for _, words in headings_of(sheet, row)))
        key = f"sheet-{len(sheets) + 1}"
        sheets.append(
            {"key": key, "titles": [sheet.name], "required": not sheets, "blocks": [_block(key, sheet.name, headings)]}
        )
    if not sheets and workbook.sheets:
        sheets = [{"key": "sheet-1", "titles": [workbook.sheets[0].name], "blocks": []}]
    return {"format": FORMAT, "name": slug_of(title), "version": 1, "title": title[:120], "sheets": sheets}


def slug_of(title: str) -> str:
    """A layout's name from its title."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60].strip("-") or "layout"


def headings_of(sheet: Sheet, row: int) -> list[tuple[int, str]]:
    """The words of a row, by column."""
    found = ((column, cell) for (at, column), cell in sorted(sheet.cells.items()) if at == row)
    return [
        (column, " ".join(cell.text.split())) for column, cell in found if isinstance(cell.value, str) and cell.text
    ]


def heading_row(sheet: Sheet) -> int | None:
    """The first of the rows with most words and no figures, that has a row below it; None where no row is like that."""
    rows: dict[int, list] = {}
    for (row, _), cell in sheet.cells.items():
        if row <= ROWS_LOOKED_AT and not cell.is_blank:
            rows.setdefault(row, []).append(cell)
    fit = {
        row: len({squeeze(cell.text) for cell in cells})
        for row, cells in rows.items()
        if all(isinstance(cell.value, str) and len(cell.text) <= 160 for cell in cells)
    }
    best = max(fit, key=lambda row: (fit[row], -row), default=None)
    return best if best is not None and fit[best] >= FEWEST_HEADINGS else None


def _block(key: str, title: str, headings: list[str]) -> dict:
    record = _record(headings)
    known = {squeeze(label): field for label, field in known_headings().get(record, {}).items()}
    fields, taken = [], set()
    for heading in headings:
        found = known.get(squeeze(heading), "")
        if found in taken:
            found = ""
        taken.add(found)
        one: dict = {"key": found, "labels": [_plain(heading)]}
        if found:
            usual = record_fields()[found].as_usual
            more = {"type": usual.type, "subject": usual.subject, "choices": usual.choices}
            one |= {name: value for name, value in more.items() if value and value != "text"}
        fields.append(one)
    block = {
        "key": f"{key}-table",
        "kind": "table",
        "title": title,
        "required": True,
        "record": record,
        "fields": fields,
    }
    reference = f"{record}.ref"
    return {**block, "id": reference} if reference in taken else block


def _plain(heading: str) -> str:
    """A heading as a spelling: its own stars and number signs stand for themselves, which is to say for nothing."""
    return heading.replace("*", " ").replace("#", " ").strip()[:300]


def _record(headings: list[str]) -> str:
    """The table whose columns are called most like these; a row a project where none is."""
    squeezed = {squeeze(heading) for heading in headings}
    fit = {
        record: len(squeezed & {squeeze(label) for label in labels})
        for record, labels in known_headings().items()
        if record in ("node", "plan_item", "risk", "benefit", "indicator", "change", "work")
    }
    best = max(fit, key=lambda record: fit[record], default="node")
    return best if fit.get(best, 0) >= 2 else "node"
