"""Finished parts joined into one PDF that keeps their tags: one structure tree, one index of ids, bookmarks, links.

Joining by itself would drop the structure. Every part is a PDF/UA-1 file drawn by `pdf.draw_part`, without page
numbers; these are put on here, as artifacts, because only now it is known how many pages there are.
"""

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import pikepdf

from reporting.documents.pdf import LINK_TO_PART, draw_page_numbers

RIGHT_MARGIN, BASELINE = 39.69, 29.16  # points from the paper's edge: where pdf.css has the foot of a page
FONT_SIZE = 8.5
INK = b"0.2196 0.2471 0.2627 rg"


@dataclass(frozen=True)
class DrawnPart:
    """A part as a file; `title` names it in the bookmarks. `pages` is how many it has."""

    title: str
    file: Path
    pages: int


def pages_of(file: Path) -> int:
    with pikepdf.open(file) as opened:
        return len(opened.pages)


def joined(parts: Sequence[DrawnPart], output: Path) -> None:
    """Write the parts as one file, in their order, with "Page n of m" on every page.

    Title, language and conformity are those of the first part. Links of `pdf.LINK_TO_PART` lead to the part that they
    name by its place.
    """
    with pikepdf.open(parts[0].file) as whole:
        tree = _Tree(whole)
        firsts = [0]
        for part in parts[1:]:
            firsts.append(len(whole.pages))
            with pikepdf.open(part.file) as opened:
                tree.take(opened)
        tree.close(parts, firsts)
        _lead_to_parts(whole, range(parts[0].pages), firsts)
        _number_pages(whole)
        whole.save(
            output,
            deterministic_id=True,
            compress_streams=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )


class _Tree:
    """The structure of the file being joined: its document, its parent tree, its ids and its bookmarks."""

    def __init__(self, whole: pikepdf.Pdf):
        self.whole = whole
        self.root = whole.Root.StructTreeRoot
        self.document = whole.make_indirect(
            pikepdf.Dictionary(Type=pikepdf.Name.StructElem, S=pikepdf.Name.Document, P=self.root, K=pikepdf.Array())
        )
        self.numbers = pikepdf.Array()
        self.next_key = 0
        self.ids: dict[bytes, pikepdf.Object] = {}
        self.bookmarks: list[pikepdf.Object] = []
        self._add(self.root, whole.Root.get("/Outlines"), whole.Root.get("/Names"), list(whole.pages))

    def take(self, part: pikepdf.Pdf) -> None:
        """Append the part's pages and all that stands about them."""
        before = len(self.whole.pages)
        for page in part.pages:
            self.whole.pages.append(page)
        pages = [self.whole.pages[number] for number in range(before, len(self.whole.pages))]

        def copied(thing):
            return self.whole.copy_foreign(thing) if thing is not None and thing.is_indirect else thing

        tree = copied(part.make_indirect(part.Root.StructTreeRoot))
        outlines = part.Root.get("/Outlines")
        names = part.Root.get("/Names")
        self._add(
            tree,
            copied(part.make_indirect(outlines)) if outlines is not None else None,
            copied(part.make_indirect(names)) if names is not None else None,
            pages,
        )

    def _add(self, tree, outlines, names, pages) -> None:
        self._number(tree, pages)
        _resolve_links(pages, dict(_pairs(names.Dests)) if names is not None and "/Dests" in names else {})
        for element in tree.K if isinstance(tree.K, pikepdf.Array) else [tree.K]:
            element.S = pikepdf.Name.Part
            element.P = self.document
            self.document.K.append(element)
        if "/IDTree" in tree:
            headers = {bytes(key): element for leaf in tree.IDTree.Kids for key, element in _pairs(leaf)}
            # A part that stands in the file a second time has the names of the first.
            self.ids |= _renamed(headers, len(self.bookmarks)) if headers.keys() & self.ids.keys() else headers
        self.bookmarks.append(outlines)

    def _number(self, tree, pages) -> None:
        """The part's keys of the parent tree become the next free ones of the whole."""
        offset = self.next_key
        for page in pages:
            page.StructParents = int(page.StructParents) + offset
            for note in page.get("/Annots", ()):
                if "/StructParent" in note:
                    note.StructParent = int(note.StructParent) + offset
        highest = offset
        for key, parents in zip(*[iter(tree.ParentTree.Nums)] * 2, strict=True):
            highest = max(highest, int(key) + offset)
            self.numbers.extend([int(key) + offset, parents])
        self.next_key = highest + 1

    def close(self, parts: Sequence[DrawnPart], firsts: Sequence[int]) -> None:
        """Put the one tree and the one list of bookmarks in place."""
        root = self.root
        root.K = self.document
        root.ParentTree = self.whole.make_indirect(pikepdf.Dictionary(Nums=self.numbers))
        root.ParentTreeNextKey = self.next_key
        if self.ids:
            names = pikepdf.Array()
            for key in sorted(self.ids):
                names.extend([pikepdf.String(key.decode("ascii")), self.ids[key]])
            leaf = self.whole.make_indirect(
                pikepdf.Dictionary(Names=names, Limits=pikepdf.Array([names[0], names[-2]]))
            )
            root.IDTree = self.whole.make_indirect(pikepdf.Dictionary(Kids=pikepdf.Array([leaf])))
        if "/Names" in self.whole.Root:
            del self.whole.Root.Names
        self._list_bookmarks(parts, firsts)

    def _list_bookmarks(self, parts, firsts) -> None:
        top = self.whole.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Outlines))
        items = []
        for part, first, outlines in zip(parts, firsts, self.bookmarks, strict=True):
            item = pikepdf.Dictionary(
                Title=pikepdf.String(part.title),
                Parent=top,
                Dest=pikepdf.Array([self.whole.pages[first].obj, pikepdf.Name.Fit]),
            )
            item = self.whole.make_indirect(item)
            # A document's own title is its first bookmark, over all others: the part's stands for it.
            own = outlines.First if outlines is not None and "/First" in outlines else None
            if own is not None and "/First" in own and "/Next" not in own:
                item.First, item.Last = own.First, own.Last
                child, count = own.First, 0
                while child is not None:
                    child.Parent, count = item, count + 1
                    child = child.get("/Next")
                item.Count = -count  # closed: the parts are what one looks for first
            items.append(item)
        for before, after in pairwise(items):
            before.Next, after.Prev = after, before
        top.First, top.Last, top.Count = items[0], items[-1], len(items)
        self.whole.Root.Outlines = top


def _renamed(headers: dict[bytes, pikepdf.Object], place: int) -> dict[bytes, pikepdf.Object]:
    """Table headers by names of their own, which the cells that name them take over."""
    tables = {}
    for name, header in headers.items():
        header.ID = pikepdf.String(f"{place}-{name.decode('ascii')}")
        table = header
        while pikepdf.Name.Table != table.S:
            table = table.P
        tables[table.objgen] = table
    for cell in (cell for table in tables.values() for cell in _cells(table)):
        named = cell.get("/A", {}).get("/Headers", ())
        if named:
            cell.A.Headers = pikepdf.Array([headers[bytes(name)].ID for name in named])
    return {bytes(header.ID): header for header in headers.values()}


def _cells(element: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """The cells of a table, in reading order."""
    kids = element.get("/K", ())
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and kid.get("/S") in (pikepdf.Name.TH, pikepdf.Name.TD):
            yield kid
        elif isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield from _cells(kid)


def _pairs(leaf: pikepdf.Object) -> Iterator[tuple[pikepdf.Object, pikepdf.Object]]:
    return zip(*[iter(leaf.Names)] * 2, strict=True)


def _links(pages: Iterable) -> Iterator[pikepdf.Object]:
    for page in pages:
        for note in page.get("/Annots", ()):
            if note.get("/Subtype") == "/Link":
                yield note


def _resolve_links(pages, names: dict) -> None:
    """A link within the part leads to the place itself: its name may mean another place in another part."""
    places = {str(name): place for name, place in names.items()}
    for link in _links(pages):
        if isinstance(link.get("/Dest"), pikepdf.String):
            link.Dest = places[str(link.Dest)]


def _lead_to_parts(whole: pikepdf.Pdf, numbers: Iterable[int], firsts: Sequence[int]) -> None:
    for link in _links(whole.pages[number] for number in numbers):
        address = str(link.get("/A", {}).get("/URI", ""))
        if address.startswith(LINK_TO_PART):
            first = firsts[int(address.removeprefix(LINK_TO_PART))]
            del link["/A"]
            link.Dest = pikepdf.Array([whole.pages[first].obj, pikepdf.Name.Fit])
            link.Contents = pikepdf.String(f"To page {first + 1}")


# ---- page numbers ----


@cache
def _drawn_numbers() -> bytes:
    return draw_page_numbers()


class _Numerals:
    """The font of the feet, and how the letters of "Page 12 of 34" are written in it."""

    def __init__(self, whole: pikepdf.Pdf):
        with pikepdf.open(io.BytesIO(_drawn_numbers())) as drawn:
            (font,) = drawn.pages[0].Resources.Font.values()
            self.font = whole.copy_foreign(font)
            letters = re.findall(rb"<([0-9a-f]{4})> <([0-9a-f]{4})>", font.ToUnicode.read_bytes())
            self.glyphs = {chr(int(letter, 16)): int(glyph, 16) for glyph, letter in letters}
            widths = font.DescendantFonts[0].W
            self.widths = {
                int(first) + place: int(width)
                for first, row in zip(*[iter(widths)] * 2, strict=True)
                for place, width in enumerate(row)
            }

    def written(self, words: str, right: float) -> bytes:
        """What a page's contents say to have `words` end at `right` points from the left."""
        glyphs = [self.glyphs[letter] for letter in words]
        left = right - sum(self.widths[glyph] for glyph in glyphs) * FONT_SIZE / 1000
        shown = b"".join(b"%04x" % glyph for glyph in glyphs)
        font = b"BT %s /PageNumber %.1f Tf %.2f %.2f Td" % (INK, FONT_SIZE, left, BASELINE)
        return b"/Artifact <</Type /Pagination /Subtype /Footer>> BDC q %s <%s> Tj ET Q EMC" % (font, shown)


def _number_pages(whole: pikepdf.Pdf) -> None:
    numerals = _Numerals(whole)
    many = len(whole.pages)
    for number, page in enumerate(whole.pages, start=1):
        page.Resources.Font.PageNumber = numerals.font
        width = float(page.MediaBox[2])
        words = numerals.written(f"Page {number} of {many}", width - RIGHT_MARGIN)
        page.contents_add(b"q", prepend=True)
        page.contents_add(b"Q\n" + words)
