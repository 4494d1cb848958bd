"""The hidden sheet of a workbook to work in: whose it is, which reports and rows it holds, and what they said.

Each line is sealed with the portal's secret, so that a changed key or a changed answer of the time is told of and not
believed.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.utils.crypto import constant_time_compare, salted_hmac

from projects.imports.cells import Sheet as Grid
from projects.imports.cells import Workbook
from projects.imports.problems import WorkbookRefused
from projects.imports.round_trip.sheets import Column

NAME = "Portal"
MARK, FORMAT = "pmo-portal-workbook", "1"
CHUNK = 30_000  # characters of a cell; one holds 32,767
CHANGED = (
    "The hidden sheet “Portal” of this workbook was changed, so the portal cannot tell what stood in it when it was"
    " made. Download a new workbook and copy what you changed into it."
)
FORMAT_UNKNOWN = "This workbook was made by another version of the portal. Download a new one and copy your changes."


def seal(*words: object) -> str:
    """A short proof that the portal itself wrote these words."""
    said = "\x1f".join(str(word) for word in words)
    return salted_hmac("projects.imports.round_trip", said, algorithm="sha256").hexdigest()[:20]


def key_of(sheet: str, pk: int, organisation: str) -> str:
    """The key that stands beside a row: its sheet, its number in the portal and a proof of both."""
    return f"{sheet}-{pk}-{seal('key', organisation, sheet, pk)[:6]}"


@dataclass(frozen=True)
class HeldReport:
    """A report as it was when the workbook was made."""

    pk: int
    version: int
    was_open: bool
    slug: str
    title: str  # as the column of projects names it


@dataclass(frozen=True)
class HeldRow:
    """A row as it was: its answers by column, as the boxes of the editor show them."""

    sheet: str
    pk: int
    report: int
    version: int
    texts: dict[str, str]


@dataclass
class Identity:
    """Whose workbook it is and what it held. `of` is "report", "portfolio" or the kind of a register."""

    organisation: str
    council: str
    node: str
    of: str
    made_at: str
    reports: dict[int, HeldReport] = field(default_factory=dict)
    sheets: dict[str, str] = field(default_factory=dict)  # {key: title}
    columns: dict[str, list[Column]] = field(default_factory=dict)  # {key of a sheet: its columns}
    rows: dict[str, HeldRow] = field(default_factory=dict)  # {key: row}

    def lines(self) -> Iterator[list]:
        """The rows of the hidden sheet."""
        yield self._sealed(MARK, FORMAT, self.organisation, self.council, self.node, self.of, self.made_at)
        for one in self.reports.values():
            yield self._sealed("report", one.pk, one.version, int(one.was_open), one.slug, one.title)
        for key, title in self.sheets.items():
            yield self._sealed("sheet", key, title)
            for column in self.columns.get(key, ()):
                codes = json.dumps(column.codes)
                yield self._sealed("column", key, column.name, column.label, column.kind, codes)
        for key, row in self.rows.items():
            texts = json.dumps(row.texts, ensure_ascii=True)  # no sign that a cell would not bring back
            chunks = [texts[at : at + CHUNK] for at in range(0, len(texts), CHUNK)]
            yield self._sealed("row", key, row.sheet, row.pk, row.report, row.version, *chunks)

    def _sealed(self, *words: object) -> list:
        return [seal(self.organisation, *words), *map(str, words)]


def identity_of(workbook: Workbook) -> Identity | None:
    """What the hidden sheet says; None where the workbook has none. WorkbookRefused where it was changed."""
    lines = next((lines for grid in workbook.sheets if (lines := _lines(grid)) and lines[0][1:2] == [MARK]), None)
    if lines is None:
        return None
    head = lines[0]
    if head[2:3] != [FORMAT] or len(head) != 8:
        raise WorkbookRefused(FORMAT_UNKNOWN)
    identity = Identity(*head[3:])
    for proof, *words in lines:
        if not constant_time_compare(proof, seal(identity.organisation, *words)):
            raise WorkbookRefused(CHANGED)
    try:
        _read(identity, lines[1:])
    except (ValueError, IndexError, TypeError) as error:
        raise WorkbookRefused(CHANGED) from error
    return identity


def _read(identity: Identity, lines: Iterable[list[str]]) -> None:
    for _, kind, *words in lines:
        if kind == "report":
            pk, version, was_open, slug, title = words
            identity.reports[int(pk)] = HeldReport(int(pk), int(version), was_open == "1", slug, title)
        elif kind == "sheet":
            identity.sheets[words[0]] = words[1]
        elif kind == "column":
            sheet, name, label, form, codes = words
            codes = json.loads(codes)
            column = Column(name, label, form, tuple(codes), codes)
            identity.columns.setdefault(sheet, []).append(column)
        elif kind == "row":
            key, sheet, pk, report, version, *chunks = words
            texts = json.loads("".join(chunks))
            identity.rows[key] = HeldRow(sheet, int(pk), int(report), int(version), texts)


def _lines(grid: Grid) -> list[list[str]]:
    """The rows of a sheet as words, without what is blank at their ends; [] for one that cannot be the hidden one."""
    first = grid.cells.get((1, 2))
    if first is None or first.value != MARK:
        return []
    rows: dict[int, dict[int, str]] = {}
    for (row, column), cell in grid.cells.items():
        if cell.value is not None:
            rows.setdefault(row, {})[column] = _plain(cell.value)
    return [[rows[row].get(column, "") for column in range(1, max(rows[row]) + 1)] for row in sorted(rows)]


def _plain(value: object) -> str:
    """A number that a spreadsheet programme has made of digits is those digits again."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
