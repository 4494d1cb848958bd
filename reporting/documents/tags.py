"""What WeasyPrint leaves out of a tagged PDF, put in before the file is written: Scope of table headers, the headings
over several columns that a cell stands under, and an index of the headers' ids.

Works on the objects of pydyf: reading the finished file again would cost a tenth of its drawing.
"""

from collections.abc import Callable, Iterator

import pydyf

SCOPES = {"/THead": "/Column", "/TBody": "/Row"}


def completing(prefix: str) -> Callable[[object, pydyf.PDF], None]:
    """What completes a drawn document; `prefix` begins every id, where the file will be joined with others."""

    def complete(document: object, pdf: pydyf.PDF) -> None:
        ids: dict[str, pydyf.Dictionary] = {}
        for table in [each for each in pdf.objects if _kind(each) == "/Table"]:
            _complete_table(pdf, table, ids, prefix)
        if ids:
            _index(pdf, ids)

    return complete


def _kind(thing: object) -> str:
    return thing.get("S", "") if isinstance(thing, pydyf.Dictionary) else ""


def _kids(pdf: pydyf.PDF, element: pydyf.Dictionary) -> Iterator[pydyf.Dictionary]:
    """The elements below one; numbers among its kids are marks in a page's contents."""
    for kid in element["K"]:
        if isinstance(kid, bytes):
            found = pdf.objects[int(kid.split()[0])]
            if _kind(found):
                yield found


def _elements(pdf: pydyf.PDF, element: pydyf.Dictionary, *kinds: str) -> list[pydyf.Dictionary]:
    """The children of some kinds, in reading order."""
    return [kid for kid in _kids(pdf, element) if _kind(kid) in kinds]


def _complete_table(pdf: pydyf.PDF, table: pydyf.Dictionary, ids: dict, prefix: str) -> None:
    """Scope for every header of one table, and its id into `ids`; cells name their headers by the ids."""
    parts = _elements(pdf, table, *SCOPES)
    rows = [(part, _elements(pdf, part, "/TR")) for part in parts]
    cells = [(part, _elements(pdf, row, "/TH", "/TD")) for part, found in rows for row in found]
    _name_group_headings(cells)
    for part, row in cells:
        for cell in row:
            if _kind(cell) == "/TH":
                cell["A"]["Scope"] = SCOPES[_kind(part)]
                # The cells that name this header hold the same string: they follow.
                cell["ID"].string = prefix + cell["ID"].string
                ids[cell["ID"].string] = cell


def _name_group_headings(cells: list[tuple[pydyf.Dictionary, list[pydyf.Dictionary]]]) -> None:
    """Have the cells of every column under a heading that spans several name it; WeasyPrint lets the first one only."""
    spanning = [
        (cell["ID"], first, last)
        for part, row in cells
        if _kind(part) == "/THead"
        for cell, first, last in _placed(row)
        if _kind(cell) == "/TH" and last > first
    ]
    body = [row for part, row in cells if _kind(part) == "/TBody"]
    if not spanning or any("RowSpan" in cell["A"] for row in body for cell in row if _kind(cell) == "/TD"):
        return
    for row in body:
        for cell, place, _ in _placed(row):
            named = cell["A"].get("Headers", ())
            missing = [key for key, first, last in spanning if first <= place <= last and key not in named]
            if named and missing:
                cell["A"]["Headers"] = pydyf.Array([*missing, *named])


def _placed(row: list[pydyf.Dictionary]) -> Iterator[tuple[pydyf.Dictionary, int, int]]:
    """The cells of a row, each with its first and its last column."""
    place = 0
    for cell in row:
        span = cell["A"].get("ColSpan", 1)
        yield cell, place, place + span - 1
        place += span


def _index(pdf: pydyf.PDF, ids: dict[str, pydyf.Dictionary]) -> None:
    """The tree that finds headers by their ids."""
    names = pydyf.Array()
    for key in sorted(ids):
        names.extend([pydyf.String(key), ids[key].reference])
    leaf = pydyf.Dictionary({"Names": names, "Limits": pydyf.Array([names[0], names[-2]])})
    pdf.add_object(leaf)
    tree = pydyf.Dictionary({"Kids": pydyf.Array([leaf.reference])})
    pdf.add_object(tree)
    root = next(each for each in pdf.objects if isinstance(each, pydyf.Dictionary) and _is_root(each))
    root["IDTree"] = tree.reference


def _is_root(thing: pydyf.Dictionary) -> bool:
    return thing.get("Type") == "/StructTreeRoot"
