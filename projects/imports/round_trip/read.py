"""Read a workbook to work in as it comes back: which cells say something else than when it was made."""

from dataclasses import dataclass, field
from typing import Any

from projects.forms.editing import plain
from projects.imports.cells import Cell, Workbook, address
from projects.imports.cells import Sheet as Grid
from projects.imports.layout import squeeze
from projects.imports.problems import CellProblem, Ignored
from projects.imports.round_trip.export import EXEMPT, INSTRUCTIONS, KEY, LISTS, PROJECT, VERSION
from projects.imports.round_trip.identity import NAME, HeldRow, Identity
from projects.imports.round_trip.sheets import SHEETS, Column, Sheet
from projects.imports.round_trip.values import WITHHELD, Unclear, Ways, said

OURS = {squeeze(name) for name in (NAME, LISTS, INSTRUCTIONS)}
ABOUT = ""  # the place of the grey column that says what a row is
FIRST_ROWS = 20  # among which the headings are looked for


@dataclass
class ReadRow:
    """A row that came back: `changed` answers by column, each with its cell. `held` None: it is new.

    `given` are all cells of a new row that hold something, changed or not.
    """

    sheet: Sheet
    page: str
    number: int
    held: HeldRow | None
    key: str
    project: str = ""
    about: str = ""
    about_cell: str = ""
    changed: dict[str, str] = field(default_factory=dict)
    cells: dict[str, str] = field(default_factory=dict)
    is_hidden: bool = False

    @property
    def first_cell(self) -> str:
        return address(self.number, 1)


@dataclass
class Returned:
    """A whole workbook as it came back. `missing` are keys of rows that are no longer on their sheets."""

    rows: list[ReadRow] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    same: int = 0  # cells that say what they said
    errors: list[CellProblem] = field(default_factory=list)
    warnings: list[CellProblem] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)


class Reader:
    """Holds each cell against what it showed. `ways` is how the council writes."""

    def __init__(self, identity: Identity, ways: Ways):
        self.identity = identity
        self.columns = identity.columns
        self.ways = ways
        self.returned = Returned()
        self.seen: dict[str, str] = {}

    def read(self, workbook: Workbook) -> Returned:
        found, read = set(), set()
        for grid in workbook.sheets:
            if squeeze(grid.name) in OURS:
                continue
            sheet, heads = self._sheet_of(grid)
            if sheet is None:
                if unheaded := self._without_heading(grid):
                    found.add(unheaded)
                    self._fail(
                        grid.name, "", f"The heading {KEY} is missing. Write it above the keys of the rows again."
                    )
                elif grid.cells:
                    self._ignore(grid.name, "", grid.name, "This sheet is none of the workbook's own.")
                continue
            found.add(sheet.key)
            read.add(sheet.key)
            self._read_sheet(sheet, grid, heads)
        for key, title in self.identity.sheets.items():
            if key not in found and any(row.sheet == key for row in self.identity.rows.values()):
                self._warn(title, "", "This sheet is no longer in the workbook; what it held stays as it is.")
        self.returned.missing = [
            key for key, row in self.identity.rows.items() if row.sheet in read and key not in self.seen
        ]
        return self.returned

    def _without_heading(self, grid: Grid) -> str | None:
        """The key of the sheet whose rows stand on a page that has lost the heading above their keys."""
        keys = (_text(cell) for cell in grid.cells.values())
        return next((row.sheet for key in keys if (row := self.identity.rows.get(key))), None)

    def _sheet_of(self, grid: Grid) -> tuple[Sheet | None, int]:
        """The sheet and the row of its headings. Keys beneath tell which one it is, whatever it is called now."""
        first = sorted(place for place in grid.cells if place[0] <= FIRST_ROWS)
        heads, at = next((place for place in first if squeeze(_text(grid.cells[place])) == squeeze(KEY)), (0, 0))
        if not heads:
            return None, 0
        keys = [_text(cell) for (row, column), cell in grid.cells.items() if column == at and row > heads]
        named = [row.sheet for key in keys if (row := self.identity.rows.get(key))]
        named += [key for key, title in self.identity.sheets.items() if squeeze(title) == squeeze(grid.name)]
        return (SHEETS[named[0]], heads) if named else (None, 0)

    def _read_sheet(self, sheet: Sheet, grid: Grid, heads: int) -> None:
        by_row: dict[int, dict[int, Cell]] = {}
        for (row, column), cell in grid.cells.items():
            by_row.setdefault(row, {})[column] = cell
        places = self._places(sheet, grid.name, by_row.get(heads, {}), heads)
        hidden = set(grid.hidden_rows)
        for number in sorted(by_row):
            if number > heads:
                self._read_row(sheet, grid.name, number, by_row[number], places, number in hidden)

    def _places(self, sheet: Sheet, page: str, heads: dict[int, Cell], row: int) -> dict[str, int]:
        """{column: its place}: by headings, in whatever order they stand now. What is not known is listed."""
        known = {squeeze(column.label): column.name for column in self.columns[sheet.key]}
        known |= {squeeze(name): name for name in (KEY, VERSION, PROJECT, EXEMPT)}
        if sheet.about:
            known[squeeze(sheet.about[0])] = ABOUT
        places: dict[str, int] = {}
        others: dict[int, str] = {}
        for place, cell in sorted(heads.items()):
            words = _text(cell)
            if squeeze(words) in known:
                places.setdefault(known[squeeze(words)], place)
            elif words:
                others[place] = words
        self._take_reworded(sheet, page, row, places, others)
        for place, words in others.items():
            self._ignore(page, address(row, place), words, "This column is none of the workbook's own.")
        for column in self.columns[sheet.key]:
            if column.name not in places:
                self._warn(page, "", f"The column {column.label} is not in the workbook; its answers stay as they are.")
        return places

    def _take_reworded(self, sheet: Sheet, page: str, row: int, places: dict[str, int], others: dict[int, str]) -> None:
        """A heading in other words that stands just where a lost one stood, between its neighbours, is that one."""
        order = [column.name for column in self.columns[sheet.key]]
        ends = [*(places[name] for name in (EXEMPT, KEY) if name in places)]
        for number, column in enumerate(self.columns[sheet.key]):
            if column.name in places:
                continue
            before = places.get(order[number - 1]) if number else places.get(ABOUT, places.get(PROJECT, 0))
            after = (
                [places[order[number + 1]]] if order[number + 1 : number + 2] and order[number + 1] in places else ends
            )
            if before is None or before + 1 not in others or before + 2 not in after:
                continue
            words = others.pop(before + 1)
            places[column.name] = before + 1
            said = f"The heading “{words}” stands where {column.label} stood, and is read as that."
            self._warn(page, address(row, before + 1), said)

    def _read_row(self, sheet: Sheet, page: str, number: int, cells: dict, places: dict, is_hidden: bool) -> None:
        key = _text(cells.get(places[KEY]))
        held = self.identity.rows.get(key)
        project = _text(cells.get(places.get(PROJECT, 0)))
        read = ReadRow(sheet, page, number, held, key, project, is_hidden=is_hidden)
        at_key = address(number, places[KEY])
        if key and held is None:
            sentence = (
                f"The portal gave this workbook no row with the key {key}. Put the row's own key back, or clear it"
            )
            self._fail(page, at_key, f"{sentence} if the row is new.")
            return
        if key in self.seen:
            self._fail(
                page, at_key, f"The row {self.seen[key]} has this key too. Clear the key of the one that is new."
            )
            return
        if ABOUT in places and sheet.about:
            read.about, read.about_cell = _text(cells.get(places[ABOUT])), address(number, places[ABOUT])
        if held is not None:
            self.seen[key] = str(number)
            if VERSION in places and _text(cells.get(places[VERSION])) != str(held.version):
                sentence = f"The version beside the row was {held.version} when the workbook was made. Put it back."
                self._fail(page, address(number, places[VERSION]), sentence)
        for column in self.columns[sheet.key]:
            if column.name in places:
                self._read_cell(read, column, cells.get(places[column.name]), address(number, places[column.name]))
        if not read.changed and (held is not None or not (sheet.told_by_about and read.about)):
            return
        if is_hidden:
            self._warn(page, address(number, 1), "This row is hidden in the workbook; what was changed in it counts.")
        self.returned.rows.append(read)

    def _read_cell(self, read: ReadRow, column: Column, cell: Cell | None, at: str) -> None:
        base = read.held.texts.get(column.name) if read.held else ""
        if base is None:  # not asked of this row, or kept from whoever took the workbook out
            if _text(cell) not in ("", WITHHELD):
                self._fail(read.page, at, f"{column.label} is not asked here. Clear the cell.")
            return
        try:
            text = said(column, cell, base, self.ways)
        except Unclear as unclear:
            self._fail(read.page, at, str(unclear))
            return
        if plain(text) == plain(base):
            self.returned.same += read.held is not None
            return
        read.changed[column.name] = text
        read.cells[column.name] = at

    def _fail(self, page: str, cell: str, sentence: str) -> None:
        self.returned.errors.append(CellProblem(page, cell, sentence))

    def _warn(self, page: str, cell: str, sentence: str) -> None:
        self.returned.warnings.append(CellProblem(page, cell, sentence, "warning"))

    def _ignore(self, page: str, cell: str, words: str, reason: str) -> None:
        self.returned.ignored.append(Ignored(page, cell, words, reason))


def _text(cell: Cell | None) -> str:
    value: Any = cell.value if cell else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).strip()
