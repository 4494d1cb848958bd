"""Layout files from elsewhere: held to limits and read without trust, every problem with its place in the file."""

import json
import re
from typing import Any

from projects.imports.fields_of_record import is_writable
from projects.imports.layout import Layout, LayoutProblem, layout_from_dict, layout_to_dict
from projects.rules.printable import printable

MOST_BYTES = 2 * 2**20
DEEPEST = 12
LONGEST = 2_000
MOST_WILD = 4  # stars in one spelling: each more costs time on every cell
MOST_PARTS = {"sheets": 60, "blocks": 100, "fields": 300, "cells": 10_000, "headings": 100, "labels": 100,
              "titles": 100, "totals": 100, "counts": 200, "sums": 100, "withheld": 100}  # fmt: skip
MOST_OTHERS = 1_000


def read_layout_file(content: bytes) -> Layout:
    """The layout in a file. LayoutProblem where it is not one, or would harm."""
    if len(content) > MOST_BYTES:
        raise LayoutProblem([f"The file is larger than {MOST_BYTES // 2**20} MB, the most that a layout file may be."])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LayoutProblem(["The file is not text in UTF-8. A layout file is a .json file of this portal."]) from error
    try:
        written = json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant, parse_int=_whole)
    except json.JSONDecodeError as error:
        raise LayoutProblem(
            [f"The file is not JSON: line {error.lineno}, column {error.colno}: {error.msg}."]
        ) from error
    except RecursionError as error:
        raise LayoutProblem(["The file nests lists and objects too deeply for a layout."]) from error
    return checked_layout(written)


def checked_layout(written: Any) -> Layout:
    """A layout of plain values from anywhere, a form included."""
    problems: list[str] = []
    _look_through(written, "The layout", 0, problems)
    if problems:
        raise LayoutProblem(problems[:50])
    layout = layout_from_dict(written)
    problems = [
        f"Block “{block.key}”, field “{one.key}”, would go nowhere: no value of the record has that name."
        for block in layout.blocks()
        for one in block.fields
        if not is_writable(one.key)
    ]
    if not 1 <= layout.version < 100_000:
        problems.append("The layout, version should be between 1 and 99,999.")
    if len(layout.name) > 60 or len(layout.title) > 120 or not layout.title.strip():
        problems.append("The layout's name may have 60 letters and its title 1 to 120.")
    if problems:
        raise LayoutProblem(problems)
    return layout


def write_layout_file(layout: Layout) -> str:
    """The layout as the file that `read_layout_file` takes."""
    return json.dumps(layout_to_dict(layout), ensure_ascii=False, indent=2) + "\n"


def _object(pairs: list[tuple[str, Any]]) -> dict:
    keys = [key for key, _ in pairs]
    twice = sorted({key for key in keys if keys.count(key) > 1}) if len(keys) < LONGEST else []
    if twice:
        raise LayoutProblem([f"An object of the file has the entry “{twice[0]}” twice."])
    return dict(pairs)


def _no_constant(word: str) -> None:
    raise LayoutProblem([f"The file holds {word}, which is no value of a layout."])


def _whole(figures: str) -> int:
    if len(figures) > 9:
        raise LayoutProblem([f"The file holds the number {figures[:12]}…, which is too large for a layout."])
    return int(figures)


def _look_through(written: Any, where: str, depth: int, problems: list[str]) -> None:
    """Refuse what is too deep, too long, too many, or holds signs that cannot be stored."""
    if depth > DEEPEST:
        problems.append(f"{where} nests lists and objects too deeply.")
    elif isinstance(written, dict):
        for key, value in written.items():
            if len(str(key)) > 300 or printable(str(key)) != str(key):
                problems.append(f"{where} has an entry whose name is too long or holds signs that cannot be stored.")
            else:
                _look_through(value, f"{where}, {key}", depth + 1, problems)
    elif isinstance(written, list):
        part = where.rpartition(", ")[2]
        most = MOST_PARTS.get(part, MOST_OTHERS)
        if len(written) > most:
            problems.append(f"{where} has {len(written):,} parts; {most:,} are the most that is taken.")
            return
        for number, value in enumerate(written, start=1):
            _look_through(value, f"{where} {number}", depth + 1, problems)
    elif isinstance(written, str):
        if len(written) > LONGEST:
            problems.append(f"{where} has more than {LONGEST:,} letters.")
        elif printable(written) != written:
            problems.append(f"{where} holds signs that cannot be stored.")
        elif written.count("*") > MOST_WILD or re.search(r"\*\s*\*", written):
            problems.append(f"{where} has more than {MOST_WILD} stars, or two side by side.")
