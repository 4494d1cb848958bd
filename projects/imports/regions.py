"""Find the blocks of a layout on a sheet: each heading opens a region that ends where the next one begins."""

from dataclasses import dataclass

from projects.imports.layout import Block, Field, SheetLayout, is_wild, match_spelling, match_squeezed, squeeze
from projects.imports.read import Cell, Sheet, address

LONGEST_HEADING = 160  # characters; longer text is narrative
HEADER_SEARCH_ROWS = 200  # a table without a heading is looked for in so many rows


@dataclass(frozen=True)
class Region:
    """Where a block's content stands, ends included, and the cell of its heading."""

    block: Block
    heading: str
    heading_cell: str
    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class _Anchor:
    block: Block
    row: int
    column: int
    end_row: int
    end_column: int
    text: str


class Grid:
    """A sheet with its rows in order and its merged ranges at hand."""

    def __init__(self, sheet: Sheet):
        self.sheet = sheet
        self.rows: dict[int, list[int]] = {}
        for row, column in sorted(sheet.cells):
            self.rows.setdefault(row, []).append(column)
        self.last_row = max(self.rows, default=0)
        self.last_column = max((columns[-1] for columns in self.rows.values()), default=0)
        self.merged = {(top, left): (bottom, right) for top, left, bottom, right in sheet.merged}
        # Squeezed once for all the layouts that the sheet is held against: on a large sheet this is most of the cost.
        self.squeezed = {
            place: squeeze(cell.value)
            for place, cell in sheet.cells.items()
            if isinstance(cell.value, str) and len(cell.value) <= LONGEST_HEADING
        }

    def row(self, row: int, left: int, right: int) -> list[tuple[int, Cell]]:
        """The cells of a row between two columns, in order."""
        return [(column, self.sheet.cells[row, column]) for column in self.rows.get(row, ()) if left <= column <= right]

    def words(self, row: int, left: int, right: int) -> list[tuple[int, Cell]]:
        """The cells of a row that hold something; a fill alone is nothing here."""
        return [(column, cell) for column, cell in self.row(row, left, right) if not cell.is_blank]

    def first_row(self) -> int:
        """The first row that holds something."""
        return next((row for row in self.rows if self.words(row, 1, self.last_column)), 1)


def find_regions(grid: Grid, layout: SheetLayout) -> list[Region]:
    """Every block that stands on the sheet, in reading order; one with two headings there has two regions."""
    anchors = _anchors(grid, layout)
    regions = [_region(grid, anchor, anchors) for anchor in anchors]
    for block in layout.blocks:
        if block.kind == "table" and not block.headings and (top := _header_row(grid, block)):
            bottom = min((anchor.row - 1 for anchor in anchors if anchor.row > top), default=grid.last_row)
            regions.append(Region(block, block.title, address(top, 1), top, 1, bottom, grid.last_column))
    return regions


def header_columns(grid: Grid, block: Block, top: int, left: int, right: int) -> dict[int, Field]:
    """The column of each field whose heading stands in the header rows that begin at `top`."""
    found: dict[int, Field] = {}
    for column, text in header_texts(grid, block, top, left, right).items():
        field = next((one for one in block.fields if match_spelling(text, one.labels)), None)
        if field and field not in found.values():
            found[column] = field
    return found


def header_texts(grid: Grid, block: Block, top: int, left: int, right: int) -> dict[int, str]:
    """The heading of each column; with several header rows the words above and below joined, merged ones repeated."""
    texts: dict[int, str] = {}
    for row in range(top, top + block.header_rows):
        for column, cell in grid.words(row, left, right):
            last = grid.merged.get((row, column), (row, column))[1]
            for under in range(column, min(last, right) + 1 if row < top + block.header_rows - 1 else column + 1):
                texts[under] = f"{texts.get(under, '')} {cell.text}".strip()
    return texts


def _header_row(grid: Grid, block: Block) -> int | None:
    required = {one.key for one in block.fields if one.required}
    for row in list(grid.rows)[:HEADER_SEARCH_ROWS]:
        found = {one.key for one in header_columns(grid, block, row, 1, grid.last_column).values()}
        if len(found) >= min(2, len(block.fields)) and required <= found:
            return row
    return None


def _anchors(grid: Grid, layout: SheetLayout) -> list[_Anchor]:
    spellings = [(spelling, block) for block in layout.blocks for spelling in block.headings]
    exact = {squeeze(spelling): block for spelling, block in spellings if not is_wild(spelling)}
    wild = [(spelling, block) for spelling, block in spellings if is_wild(spelling)]
    labels = {
        squeeze(label)
        for block in layout.blocks
        if block.kind == "fields"
        for one in block.fields
        for label in one.labels
    }

    def block_of(squeezed: str) -> Block | None:
        return exact.get(squeezed) or next(
            (block for spelling, block in wild if match_squeezed(squeezed, (spelling,))), None
        )

    headings = {place: block for place, squeezed in grid.squeezed.items() if squeezed and (block := block_of(squeezed))}
    anchors = []
    for (row, column), block in sorted(headings.items(), key=lambda item: item[0]):
        cell = grid.sheet.cells[row, column]
        end_row, end_column = grid.merged.get((row, column), (row, column))
        if grid.squeezed[row, column] in labels and any(
            (not other.is_blank and (row, place) not in headings)
            or (other.is_blank and other.fill_rgb not in (None, cell.fill_rgb))
            for place, other in grid.row(row, end_column + 1, grid.last_column)
        ):
            continue  # "Project Status" heads a block and is also a label in it: a label has its value beside it
        anchors.append(_Anchor(block, row, column, end_row, end_column, cell.text))
    return anchors


def _region(grid: Grid, anchor: _Anchor, anchors: list[_Anchor]) -> Region:
    below = [
        other.row - 1
        for other in anchors
        if other.row > anchor.row and other.column <= anchor.column <= other.end_column
    ]
    bottom = min(below, default=grid.last_row)
    beside = [
        other.column - 1 for other in anchors if other.column > anchor.end_column and anchor.row <= other.row <= bottom
    ]
    right = min(beside, default=grid.last_column)
    place = address(anchor.row, anchor.column)
    return Region(anchor.block, anchor.text, place, anchor.end_row + 1, anchor.column, bottom, right)
