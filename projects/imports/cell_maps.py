"""A cell map (a file of key, sheet, cell and type) becomes a layout, and a layout's map a file again."""

import csv
import io
from collections.abc import Iterable

from projects.imports.guess import slug_of
from projects.imports.layout import (
    A1,
    FORMAT,
    Field,
    LayoutProblem,
    layout_from_dict,
    layout_to_dict,
    match_squeezed,
    may_repeat,
    squeeze,
)
from projects.imports.layout import Layout as LayoutOfMap
from projects.imports.read import decode

COLUMNS = {
    "name": ("cell_key", "key", "name", "cell name"),
    "sheet": ("template_sheet", "sheet", "worksheet", "tab"),
    "cell": ("cellreference", "cell reference", "cell", "cell_reference", "reference"),
    "type": ("type", "kind", "value type"),
}
TYPES = {
    "text": "text",
    "string": "text",
    "integer": "integer",
    "int": "integer",
    "wholenumber": "integer",
    "number": "figure",
    "float": "figure",
    "decimal": "figure",
    "money": "money",
    "currency": "money",
    "percent": "percent",
    "percentage": "percent",
    "date": "written_date",
    "yesno": "yes_no",
    "boolean": "yes_no",
    "bool": "yes_no",
}
WRITTEN = {"text": "TEXT", "integer": "INTEGER", "figure": "NUMBER", "money": "MONEY", "percent": "PERCENT",
           "written_date": "DATE", "yes_no": "YES/NO"}  # fmt: skip
MOST_CELLS = 10_000
MOST_PROBLEMS = 50
# Names that forms of this kind give to what tells whose and of when they are.
WELL_KNOWN = (
    Field("node.title", ("Project/Programme Name", "Project Name", "Programme Name", "Project Title", "Project")),
    Field("report.period", ("Snapshot Date", "Reporting Date", "Period", "Reporting Period")),
)


def read_cell_map(content: bytes, *, title: str) -> LayoutOfMap:
    """The layout that a map is. LayoutProblem names the row of everything that is wrong with it."""
    rows = list(csv.reader(io.StringIO(_text(content), newline=""), strict=False))
    header = next((row for row in rows[:5] if any(cell.strip() for cell in row)), [])
    places = {name: _column(header, spellings) for name, spellings in COLUMNS.items()}
    if lacking := [name for name in ("name", "sheet", "cell") if places[name] is None]:
        wanted = " and ".join({"name": "key", "sheet": "sheet", "cell": "cell"}[one] for one in lacking)
        raise LayoutProblem(
            [f"Row {rows.index(header) + 1 if header else 1}: there is no column headed {wanted}."
             " A cell map has the columns key, sheet, cell and type."]
        )  # fmt: skip
    sheets = _cells_by_sheet(rows, rows.index(header) + 1, places)
    return layout_from_dict(_with_rules(_declaration(sheets, title), WELL_KNOWN))


def _text(content: bytes) -> str:
    try:
        return decode(content).replace("\x00", "")
    except (UnicodeDecodeError, ValueError) as error:
        raise LayoutProblem(["The file is not text. Save the map as CSV and load it again."]) from error


def _column(header: list[str], spellings: Iterable[str]) -> int | None:
    wanted = {squeeze(one) for one in spellings}
    return next((place for place, cell in enumerate(header) if squeeze(cell) in wanted), None)


def _cells_by_sheet(rows: list[list[str]], first: int, places: dict) -> dict[str, list[dict]]:
    problems: list[str] = []
    seen: dict[str, int] = {}
    taken: dict[tuple[str, str], int] = {}
    sheets: dict[str, list[dict]] = {}
    for number, row in enumerate(rows[first:], start=first + 1):
        if not any(cell.strip() for cell in row):
            continue
        said = {
            name: row[place].strip() if place is not None and place < len(row) else "" for name, place in places.items()
        }
        cell = said["cell"].replace("$", "").upper()
        kind = TYPES.get(squeeze(said["type"] or "text"))
        squeezed = squeeze(said["name"])
        wrong = []
        if not squeezed:
            wrong.append("the key is blank")
        elif squeezed in seen:
            wrong.append(f"the key “{said['name']}” stands in row {seen[squeezed]} already")
        if not said["sheet"]:
            wrong.append("no sheet is named")
        if not A1.fullmatch(cell):
            wrong.append(f"“{said['cell']}” is no cell address such as C11")
        elif (said["sheet"], cell) in taken:
            wrong.append(f"the cell {cell} is named in row {taken[said['sheet'], cell]} already")
        if kind is None:
            known = ", ".join(WRITTEN.values())
            wrong.append(f"the type “{said['type']}” is unknown; there are {known}")
        seen.setdefault(squeezed, number)
        taken.setdefault((said["sheet"], cell), number)
        if wrong:
            problems.append(f"Row {number}: {'; '.join(wrong)}.")
        else:
            named = {"name": said["name"], "cell": cell}
            sheets.setdefault(said["sheet"], []).append(named if kind == "text" else {**named, "type": kind})
    if len(problems) > MOST_PROBLEMS:
        problems = [*problems[:MOST_PROBLEMS], f"And {len(problems) - MOST_PROBLEMS} more rows."]
    count = sum(len(cells) for cells in sheets.values())
    if count > MOST_CELLS:
        problems = [f"The map names {count:,} cells; {MOST_CELLS:,} are the most that is taken."]
    if not problems and not sheets:
        problems = ["The map names no cells."]
    if problems:
        raise LayoutProblem(problems)
    return sheets


def _declaration(sheets: dict[str, list[dict]], title: str) -> dict:
    keys: dict[str, str] = {}
    for sheet in sheets:
        stem = slug_of(sheet)
        keys[sheet] = stem if stem not in keys.values() else f"{stem}-{len(keys) + 1}"
    return {
        "format": FORMAT,
        "name": slug_of(title),
        "version": 1,
        "title": title[:120],
        "sheets": [
            {
                "key": keys[sheet],
                "titles": [sheet],
                "by_title": True,
                "blocks": [{"key": keys[sheet], "kind": "cells", "title": sheet, "fields": [], "cells": cells}],
            }
            for sheet, cells in sheets.items()
        ],
    }


def is_cell_map(layout: LayoutOfMap) -> bool:
    """Whether a layout is nothing but a map of cells."""
    return all(block.kind == "cells" for block in layout.blocks())


def rules_of(layout: LayoutOfMap) -> list[Field]:
    """Which names go to which fields, each once, in the order in which they stand."""
    rules: dict[tuple, Field] = {}
    for block in layout.blocks():
        for one in block.fields:
            rules.setdefault((one.key, one.labels), one)
    return list(rules.values())


def with_rules(layout: LayoutOfMap, rules: Iterable[Field]) -> LayoutOfMap:
    """The map with other rules: each stands at every sheet that has names which it takes.

    Rows of a plan from several sheets stand under the sheet's name, so that each finds its place again.
    LayoutProblem where a rule takes no name, or a field that is one alone takes two.
    """
    return layout_from_dict(_with_rules(layout_to_dict(layout), rules, is_asked=True))


def _with_rules(declaration: dict, rules: Iterable[Field], *, is_asked: bool = False) -> dict:
    problems = []
    blocks = [block for sheet in declaration["sheets"] for block in sheet["blocks"]]
    taken_by: dict[str, Field] = {}  # a name goes to the first rule that takes it
    for block in blocks:
        block["fields"] = []
        block.pop("says", None)
    for rule in rules:
        count = 0
        for block in blocks:
            names = [one["name"] for one in block["cells"] if match_squeezed(squeeze(one["name"]), rule.labels)]
            mine = [name for name in names if taken_by.setdefault(name, rule) is rule]
            if not mine or (count and not may_repeat(rule) and not is_asked):
                continue
            count += len(mine)
            written = {"key": rule.key, "labels": list(rule.labels), "type": rule.type, "subject": rule.subject,
                       "date_rule": rule.date_rule, "choices": rule.choices}  # fmt: skip
            plain = {
                name: value for name, value in written.items() if value not in ("", {}) and value != "words_allowed"
            }
            block["fields"].append(plain)
        if is_asked and not count:
            problems.append(f"No name of the map is “{' or '.join(rule.labels)}”, or a line above takes it.")
        if is_asked and count > 1 and not may_repeat(rule):
            problems.append(f"“{rule.labels[0]}” takes {count} cells; the field holds one value.")
    if problems:
        raise LayoutProblem(problems)
    with_rows = [block for block in blocks if any(one["key"].startswith("plan_item.") for one in block["fields"])]
    for block in with_rows if len(with_rows) > 1 else ():
        block["says"] = {"plan_item.theme": block["title"]}
    return declaration


def write_cell_map(layout: LayoutOfMap) -> str:
    """The map as the file that it came as: key, sheet, cell, type."""
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\n")
    rows.writerow(("cell_key", "template_sheet", "cellreference", "type"))
    for sheet in layout.sheets:
        for block in sheet.blocks:
            for one in block.cells:
                rows.writerow((_safe(one.name), _safe(sheet.titles[0]), one.cell, WRITTEN[one.type]))
    return written.getvalue()


def _safe(words: str) -> str:
    """Words that no spreadsheet programme takes for a formula."""
    return f"'{words}" if words[:1] in "=+-@\t\r" else words
