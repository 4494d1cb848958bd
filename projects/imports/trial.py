"""Try a layout on a file: what is recognised, cell by cell, what is wrong, and what has no place. Writes nothing."""

from pathlib import Path
from typing import Any

from projects.imports.child import read_safely
from projects.imports.fields_of_record import label_of
from projects.imports.layout import NAMED, Layout
from projects.imports.parse import Parsed, ParsedPart, ParsedRecord, ParsedValue, parse
from projects.imports.present import grouped
from projects.imports.problems import WorkbookRefused
from projects.imports.recognise import best_match
from projects.imports.wording import Wording
from projects.models import Organisation
from projects.rules.dates import WrittenDate

MOST_VALUES = 3_000  # that a page shows
MOST_LISTED = 300


def try_layout(path: Path, layout: Layout, organisation: Organisation, *, name: str) -> dict[str, Any]:
    """What the layout makes of the file, as plain values for a page; `refused` says why it makes nothing."""
    wording = Wording(organisation)
    try:
        workbook = read_safely(path, name=name)
        match = best_match(workbook, [wording.fitted(layout)], is_chosen=True)
    except WorkbookRefused as refused:
        return {"refused": refused.sentence}
    parsed = parse(workbook, match, statuses=wording.statuses, day_first=organisation.is_day_first)
    groups = _groups(parsed)
    return {
        "refused": "",
        "found": list(match.found),
        "missing": list(match.missing),
        "is_recognised": match.is_recognised,
        "groups": groups,
        "count": sum(len(group["values"]) for group in groups),
        "errors": [_said(one) for one in grouped(parsed.errors)],
        "warnings": [_said(one) for one in grouped(parsed.warnings)],
        "ignored": [
            {
                "place": f"{one.sheet} {one.cell}".strip(),
                "words": one.words[:300],
                "reason": one.reason,
                "heading": one.heading,
            }
            for one in parsed.ignored[:MOST_LISTED]
        ],
        "ignored_count": len(parsed.ignored),
    }


def _said(one) -> dict[str, Any]:
    return {"message": one.message, "places": list(one.places[:12]), "others": max(0, len(one.places) - 12)}


def _groups(parsed: Parsed) -> list[dict[str, Any]]:
    groups = []
    left = MOST_VALUES
    for title, values in _all(parsed):
        shown = [_shown(value) for value in values if value.words][:left]
        left -= len(shown)
        if shown:
            groups.append({"title": title, "values": shown})
    return groups


def _all(parsed: Parsed) -> list[tuple[str, list[ParsedValue]]]:
    """Every value in groups: of the whole, of each thing that the file speaks of, and of each row."""
    found: list[tuple[str, list[ParsedValue]]] = []
    parts: list[tuple[str, ParsedPart]] = [("", parsed)]
    parts += [
        (str(part.value("node.title") or f"Part {number}"), part) for number, part in enumerate(parsed.subjects, 1)
    ]
    for whose, part in parts:
        named = [value for value in part.values.values() if value.key.startswith(f"{NAMED}@")]
        placed = [value for value in part.values.values() if not value.key.startswith(f"{NAMED}@")]
        found.append((whose or "Values of the workbook", placed))
        found += [
            (_row_title(whose, record), list(record.values.values()))
            for rows in part.records.values()
            for record in rows
        ]
        found.append((f"{whose} kept under their own names".strip().capitalize(), named))
    return found


def _row_title(whose: str, record: ParsedRecord) -> str:
    what = record.table.replace("_", " ").capitalize()
    return ", ".join(filter(None, (whose, f"{what}, row {record.row} of {record.sheet}")))


def _shown(value: ParsedValue) -> dict[str, str]:
    read = value.value
    if isinstance(read, WrittenDate):
        read = f"{read.earliest:%-d %B %Y}" if read.earliest and read.earliest == read.latest else read.words
    elif isinstance(read, bool):
        read = "Yes" if read else "No"
    words = "" if read is None else str(read)
    stem, _, tag = value.key.partition("@")
    label = tag if stem == NAMED else label_of(stem) + (f", {tag}" if tag else "")
    return {
        "label": label,
        "place": f"{value.sheet} {value.cell}".strip(),
        "words": value.words[:500],
        "read": "Withheld" if value.is_withheld else "" if words.strip() == value.words.strip() else words[:500],
        "is_read": value.is_withheld or read is not None,
    }
