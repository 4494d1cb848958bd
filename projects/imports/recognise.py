"""Tell which layout a workbook is in, by the headings it holds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from projects.imports.layout import Layout, SheetLayout, match_spelling, match_squeezed
from projects.imports.problems import WorkbookRefused
from projects.imports.read import Workbook
from projects.imports.regions import Grid, Region, find_regions

CAPTION_WITHIN_ROWS = 3  # that hold something
ENOUGH = 0.5  # of a layout's blocks must be there for the workbook to count as one of its kind


@dataclass(frozen=True)
class FoundSheet:
    """A sheet of the workbook taken for a sheet of the layout, with the blocks found on it."""

    layout: SheetLayout
    grid: Grid
    regions: tuple[Region, ...]


@dataclass(frozen=True)
class Match:
    """How far a workbook is in a layout: titles of blocks, and `score`, the share of them that is there (0 to 1)."""

    layout: Layout
    score: float
    found: tuple[str, ...]
    missing: tuple[str, ...]
    missing_required: tuple[str, ...]
    sheets: tuple[FoundSheet, ...]

    @property
    def is_recognised(self) -> bool:
        return self.score >= ENOUGH


def recognise(workbook: Workbook, layouts: Iterable[Layout]) -> list[Match]:
    """Every layout with how well it fits, best first; of two that fit alike the newer version."""
    grids = [Grid(sheet) for sheet in workbook.sheets]
    matches = [_match(grids, layout) for layout in layouts]
    return sorted(
        matches, key=lambda match: (-match.score, -len(match.found), match.layout.name, -match.layout.version)
    )


def best_match(workbook: Workbook, layouts: Iterable[Layout], *, is_chosen: bool = False) -> Match:
    """The layout the workbook is in. WorkbookRefused names what was looked for and not found.

    `is_chosen`: a person chose the layout, and it is taken if anything of it is there at all.
    """
    return best_of(workbook, recognise(workbook, layouts), is_chosen=is_chosen)


def best_of(workbook: Workbook, matches: list[Match], *, is_chosen: bool = False) -> Match:
    """The same where it is known how far the workbook is in each layout."""
    if not matches:
        raise WorkbookRefused("There is no layout to read a workbook by.")
    if not any(sheet.cells for sheet in workbook.sheets):
        raise WorkbookRefused("The workbook is empty: none of its sheets holds anything.")
    best = matches[0]
    if best.is_recognised or (is_chosen and best.found):
        return best
    if not best.found:
        known = _listed(dict.fromkeys(match.layout.title for match in matches))
        raise WorkbookRefused(
            f"The workbook is in no known layout: none of their headings stands in it. Known are {known}."
        )
    looked_for = _some(best.missing)
    found = f"only {_listed(best.found)} found"
    sheets = _some([sheet.name for sheet in workbook.sheets])
    raise WorkbookRefused(
        f"The workbook is in no known layout. For “{best.layout.title}” the headings {looked_for} were looked for,"
        f" {found} (sheets: {sheets})."
    )


def others_as_good(matches: list[Match], best: Match) -> list[Layout]:
    """The layouts that a workbook is in as well as in the best one: a person says which is meant."""
    return [
        one.layout
        for one in matches
        if one is not best and one.is_recognised and (one.score, len(one.found)) == (best.score, len(best.found))
    ]


def _some(names: Sequence[str]) -> str:
    return _listed(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)


def _match(grids: list[Grid], layout: Layout) -> Match:
    sheets = []
    free = list(grids)
    for wanted in layout.sheets:
        others = [one for one in layout.sheets if one.by_title and one is not wanted]
        while found := _best_sheet(free, wanted, others):
            free.remove(found.grid)
            sheets.append(found)
            if not wanted.repeats:
                break
    there = {region.block.key for sheet in sheets for region in sheet.regions}
    # A banner has no heading, so it says nothing about the layout; nor does a sheet that may be missing, and is.
    found_sheets = {sheet.layout.key for sheet in sheets}
    blocks = [
        block
        for sheet in layout.sheets
        if sheet.required or sheet.key in found_sheets
        for block in sheet.blocks
        if block.kind != "banner"
    ]
    missing = [block for block in blocks if block.key not in there]
    return Match(
        layout,
        score=1 - len(missing) / len(blocks) if blocks else 0.0,
        found=tuple(block.title for block in blocks if block.key in there),
        missing=tuple(block.title for block in missing),
        missing_required=tuple(block.title for block in missing if block.required),
        sheets=tuple(sorted(sheets, key=lambda one: grids.index(one.grid))),
    )


def _best_sheet(grids: list[Grid], wanted: SheetLayout, others: list[SheetLayout]) -> FoundSheet | None:
    """The sheet with most of the blocks; the name decides between equals. None where no sheet has any of them.

    A sheet told by its name may have it in its first rows, where its own name is that of none of the others.
    """
    candidates = [
        FoundSheet(wanted, grid, tuple(find_regions(grid, wanted)))
        for grid in grids
        if not wanted.by_title
        or _is_titled(grid.sheet.name, wanted)
        or (_is_captioned(grid, wanted) and not any(_is_titled(grid.sheet.name, other) for other in others))
    ]
    candidates = [one for one in candidates if one.regions]
    return max(
        candidates,
        key=lambda one: (len({region.block.key for region in one.regions}), _is_titled(one.grid.sheet.name, wanted)),
        default=None,
    )


def _is_titled(name: str, wanted: SheetLayout) -> bool:
    return match_spelling(name, wanted.titles) is not None


def _is_captioned(grid: Grid, wanted: SheetLayout) -> bool:
    first = list(grid.rows)[:CAPTION_WITHIN_ROWS]
    return any(
        match_squeezed(grid.squeezed.get((row, column), ""), wanted.titles)
        for row in first
        for column in grid.rows[row]
    )
