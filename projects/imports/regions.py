"""Find the blocks of a layout on a sheet: each heading opens a region that ends where the next one begins."""

from collections.abc import Collection
from dataclasses import dataclass

from projects.imports.layout import Block, Field, SheetLayout, is_wild, match_spelling, match_squeezed, squeeze
from projects.imports.nearly import near_headings, near_spelling
from projects.imports.read import Cell, Sheet, address

LONGEST_HEADING = 160  # characters; longer text is narrative
ROWS_OF_A_GRID = 2  # must be known for a grid to be found
BLANK_ROWS = 2  # may stand within a header, or between the rows of a grid of figures
BLOCKS_OF_A_KIND = 2  # must be there before the heading of another may be worded otherwise
ENOUGH_HEADINGS = 3  # of a table must stand in a row that lacks required ones
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
            if isinstance(cell.value, str) and _is_short(cell.value)
        }

    def row(self, row: int, left: int, right: int) -> list[tuple[int, Cell]]:
        """The cells of a row between two columns, in order."""
        return [(column, self.sheet.cells[row, column]) for column in self.rows.get(row, ()) if left <= column <= right]

    def words(self, row: int, left: int, right: int) -> list[tuple[int, Cell]]:
        """The cells of a row that hold something; a fill alone is nothing here."""
        return [(column, cell) for column, cell in self.row(row, left, right) if not cell.is_blank]

    def row_below(self, row: int, last: int, left: int, right: int) -> int | None:
        """The first row below one, up to the last, that holds something between two columns."""
        return next((each for each in range(row + 1, last + 1) if self.words(each, left, right)), None)

    def first_row(self) -> int:
        """The first row that holds something."""
        return next((row for row in self.rows if self.words(row, 1, self.last_column)), 1)


def _is_short(words: str) -> bool:
    """Whether words may be a heading; spaces between them do not make them longer."""
    return len(words) <= LONGEST_HEADING or (
        len(words) <= 3 * LONGEST_HEADING and len(" ".join(words.split())) <= LONGEST_HEADING
    )


def find_regions(grid: Grid, layout: SheetLayout) -> list[Region]:
    """Every block that stands on the sheet, in reading order; one with two headings there has two regions.

    A block without headings is looked for below each heading of a subject, and on the whole sheet where there is none.
    """
    anchors = _anchors(grid, layout)
    regions = [_region(grid, anchor, anchors) for anchor in anchors]
    for top, bottom in scopes(grid, regions):
        tables = []
        for block in layout.blocks:
            if block.kind == "table" and not block.headings and (header := _header_row(grid, block, top, bottom)):
                end = min((anchor.row - 1 for anchor in anchors if anchor.row > header), default=bottom)
                place = address(header, 1)
                tables.append(Region(block, block.title, place, header, 1, min(end, bottom), grid.last_column))
        grids = [_grid(grid, block, top, bottom) for block in layout.blocks if block.kind == "figures"]
        tables += [found for found in grids if found]
        for block in layout.blocks:
            if block.kind == "labelled":
                end = min((table.top - 1 for table in tables), default=bottom)
                if label := _first_label(grid, block, top, end):
                    tables.append(Region(block, block.title, address(*label), top, 1, end, grid.last_column))
        regions += tables
    regions += [_cells(grid, block) for block in layout.blocks if block.kind == "cells"]
    # what stands right below a subject's heading is said of that subject, in whichever column either stands
    return sorted(regions, key=lambda region: (region.top, region.block.kind != "subject", region.left))


def _cells(grid: Grid, block: Block) -> Region:
    """A cell map speaks of the whole sheet."""
    return Region(block, block.title, "A1", 1, 1, grid.last_row, grid.last_column)


def scopes(grid: Grid, regions: list[Region]) -> list[tuple[int, int]]:
    """The first and last row below each heading of a subject; the whole sheet where there is none."""
    tops = [region.top for region in regions if region.block.kind == "subject"]
    if not tops:
        return [(1, grid.last_row)]
    ends = [top - 2 for top in tops[1:]] + [grid.last_row]
    return list(zip(tops, ends, strict=True))


def _grid(grid: Grid, block: Block, top: int, bottom: int) -> Region | None:
    """The figures whose rows begin with words of the block: from the row of their headings to the last figures."""
    labels = block.fields[0].labels
    named: dict[int, list[int]] = {}
    for (row, column), squeezed in grid.squeezed.items():
        if top <= row <= bottom and squeezed and match_squeezed(squeezed, labels):
            named.setdefault(column, []).append(row)
    column = max(named, key=lambda each: len(named[each]), default=0)
    if not column or len(named[column]) < ROWS_OF_A_GRID:
        return None
    first = min(named[column])
    header = next((row for row in range(first - 1, top - 1, -1) if _heads(grid, row, column)), None)
    if header is None:
        return None
    last = following = header
    while following and following <= bottom:
        last = following
        following = _row_of_grid_below(grid, last, column)
    return Region(block, block.title, address(header, column), header, column, last, grid.last_column)


def _row_of_grid_below(grid: Grid, last: int, column: int) -> int | None:
    """The next row of a grid; one behind blank rows begins with words and has figures beside them."""
    if grid.words(last + 1, 1, grid.last_column):
        return last + 1
    row = grid.row_below(last, last + 1 + BLANK_ROWS, 1, grid.last_column)
    own = grid.sheet.cells.get((row, column)) if row else None
    beside = grid.words(row, column + 1, grid.last_column) if own and not own.is_blank else []
    return row if any(any(sign.isdigit() for sign in cell.text) for _, cell in beside) else None


def _heads(grid: Grid, row: int, column: int) -> bool:
    """Whether a row holds headings beside a column: words, none of them in the column of a row's own words."""
    beside = grid.words(row, column + 1, grid.last_column)
    return bool(beside) and all(isinstance(cell.value, str) for _, cell in beside)


def _first_label(grid: Grid, block: Block, top: int, bottom: int) -> tuple[int, int] | None:
    for row in range(top, bottom + 1):
        for column, cell in grid.words(row, 1, grid.last_column):
            if split_label(cell.text, block):
                return row, column
    return None


def split_label(text: str, block: Block) -> tuple[Field, str] | None:
    """The field whose label a paragraph begins with, and the words behind its colon."""
    label, colon, words = text.partition(":")
    if not colon or len(label) > LONGEST_HEADING:
        return None
    return next(((one, words.strip()) for one in block.fields if match_spelling(label, one.labels)), None)


def header_columns(grid: Grid, block: Block, top: int, left: int, right: int) -> dict[int, Field]:
    """The column of each field whose heading stands in the header rows that begin at `top`."""
    texts = header_texts(grid, block, top, left, right)
    found = _fields_of(texts, block)
    found |= _near_fields_of(texts, block, found)
    bare = next((one for one in block.fields if one.key == block.unheaded), None)
    if len(found) > 1 and bare and bare not in found.values():
        below = range(header_end(grid, block, top, left, right) + 1, grid.last_row + 1)
        places = (place for place in range(left, right + 1) if place not in texts)
        column = next((place for place in places if _has_words(grid, place, below)), None)
        if column:
            found[column] = bare
    return found


def _fields_of(texts: dict[int, str], block: Block) -> dict[int, Field]:
    found: dict[int, Field] = {}
    for column, text in texts.items():
        field = next((one for one in block.fields if match_spelling(text, one.labels)), None)
        if field and field.key != block.group and (field.repeats or field.either or field not in found.values()):
            found[column] = field
    return found


def _near_fields_of(texts: dict[int, str], block: Block, found: dict[int, Field]) -> dict[int, Field]:
    """The columns whose headings are worded a little otherwise, where enough of the others are known."""
    if len(found) < min(2, len(block.fields) - 1) or not found:
        return {}
    free = [one for one in block.fields if one not in found.values() and one.key not in (block.group, block.unheaded)]
    return near_headings({column: text for column, text in texts.items() if column not in found}, free)


def header_end(grid: Grid, block: Block, top: int, left: int, right: int) -> int:
    """The last row of the header that begins at `top`. Blank rows stand within it where the words below them are more
    headings."""
    usual = end = top + block.header_rows - 1
    if block.header_rows == 1 or not grid.words(top, left, right):
        return usual
    below: int | None = top
    for _ in range(block.header_rows - 1):
        below = grid.row_below(below, below + 1 + BLANK_ROWS, left, right)
        if below is None:
            return usual
        end = below
    if end <= usual:
        return usual
    with_blanks, without = (_fields_of(_joined(grid, top, last, left, right), block) for last in (end, usual))
    return end if len(with_blanks) > len(without) else usual


def _has_words(grid: Grid, column: int, rows: range) -> bool:
    cells = (grid.sheet.cells.get((row, column)) for row in rows)
    return any(cell is not None and isinstance(cell.value, str) and cell.value for cell in cells)


def header_texts(grid: Grid, block: Block, top: int, left: int, right: int) -> dict[int, str]:
    """The heading of each column; with several header rows the words above and below joined."""
    return _joined(grid, top, header_end(grid, block, top, left, right), left, right)


def _joined(grid: Grid, top: int, last: int, left: int, right: int) -> dict[int, str]:
    """Words stand for all columns that they are merged over; where nothing is merged, for those to the right up to the
    next words that have a heading of their own below."""
    below = {column for row in range(top + 1, last + 1) for column, _ in grid.words(row, left, right)}
    texts: dict[int, str] = {}
    for row in range(top, last + 1):
        words = grid.words(row, left, right)
        starts = [column for column, _ in words[1:]] + [right + 1]
        for (column, cell), following in zip(words, starts, strict=False):
            under = {column}
            if row < last:
                merged = grid.merged.get((row, column))
                end = min(merged[1], right) if merged else following - 1
                under |= {place for place in range(column, end + 1) if merged or (place in below and column in below)}
            for place in under:
                texts[place] = f"{texts.get(place, '')} {cell.text}".strip()
    return texts


def _header_row(grid: Grid, block: Block, top: int, bottom: int) -> int | None:
    """The row of a table's headings; without one that has all required ones a row that has half of all, so that what
    it lacks can be said."""
    required = {one.key for one in block.fields if one.required}
    near = most = None
    for row in [row for row in grid.rows if top <= row <= bottom][:HEADER_SEARCH_ROWS]:
        columns = header_columns(grid, block, row, 1, grid.last_column)
        found = {one.key for one in columns.values()}
        if len(found) < min(2, len(block.fields)):
            continue
        exact = _fields_of(header_texts(grid, block, row, 1, grid.last_column), block)
        if required <= {one.key for one in exact.values()}:
            return row
        if required <= found:
            near = near or row
        elif len(exact) >= max(ENOUGH_HEADINGS, len(block.fields) / 2):
            most = most or row
    return near or most


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
    anchors, as_labels = [], {}
    for (row, column), block in sorted(headings.items(), key=lambda item: item[0]):
        cell = grid.sheet.cells[row, column]
        end_row, end_column = grid.merged.get((row, column), (row, column))
        anchor = _Anchor(block, row, column, end_row, end_column, cell.text)
        if grid.squeezed[row, column] in labels and any(
            (not other.is_blank and (row, place) not in headings)
            or (other.is_blank and other.fill_rgb not in (None, cell.fill_rgb))
            for place, other in grid.row(row, end_column + 1, grid.last_column)
        ):
            # "Project Status" heads a block and is also a label in it: a label has its value beside it
            as_labels.setdefault(block.key, []).append(anchor)
        else:
            anchors.append(anchor)
    # where a note stands beside the heading too, the first of the two is the heading
    known = {anchor.block.key for anchor in anchors}
    anchors += [found[0] for key, found in as_labels.items() if key not in known and len(found) > 1]
    known |= {key for key, found in as_labels.items() if len(found) > 1}
    if len(known) >= BLOCKS_OF_A_KIND:
        anchors += _near_anchors(grid, [block for block in layout.blocks if block.key not in known], headings)
    return sorted(anchors, key=lambda anchor: (anchor.row, anchor.column))


def _near_anchors(grid: Grid, blocks: list[Block], headings: Collection[tuple[int, int]]) -> list[_Anchor]:
    """The headings of blocks that are worded a little otherwise, each where one cell alone may be it."""
    anchors = []
    for block in (block for block in blocks if block.headings and block.kind != "subject"):
        places = [
            place
            for place in grid.squeezed
            if place not in headings and near_spelling(grid.sheet.cells[place].text, block.headings)
        ]
        if len(places) == 1:
            (row, column) = places[0]
            end = grid.merged.get(places[0], places[0])
            anchors.append(_Anchor(block, row, column, *end, grid.sheet.cells[row, column].text))
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
    top = anchor.row if anchor.block.heading_heads else anchor.end_row + 1
    return Region(anchor.block, anchor.text, place, top, anchor.column, bottom, right)
