"""Checks that a PDF is accessible: an independent PDF/UA-1 validator, and the structure read back with pikepdf."""

import io
import tempfile
from collections.abc import Iterator
from pathlib import Path

import page
import pikepdf
import pypdfium2

from tests.kept import kept


def assert_pdf_ua(pdf: bytes) -> None:
    """Fail with every reason why the file is not PDF/UA-1, or lacks what PDF/UA leaves open and readers need."""
    problems = validator_problems(pdf) + structure_problems(pdf)
    assert not problems, "\n".join(problems)


def validator_problems(pdf: bytes) -> list[str]:
    """What the validator finds; a file that it has seen in this run it is not shown again."""
    return kept(("validated", pdf), lambda: _validated(pdf))


def _validated(pdf: bytes) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "document.pdf"
        file.write_bytes(pdf)
        report = page.validate_pdf(str(file), profile=page.ValidationProfile.PDF_UA_1)
    return [] if report.is_compliant else [str(report)]


def structure_problems(pdf: bytes) -> list[str]:
    """What a screen reader needs: language, title shown, tags, table headers with scope, pictures with words."""
    problems = []
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        root = opened.Root
        if not str(root.get("/Lang", "")):
            problems.append("The document has no language.")
        if not bool(root.get("/MarkInfo", {}).get("/Marked", False)):
            problems.append("The document is not marked as tagged.")
        if not bool(root.get("/ViewerPreferences", {}).get("/DisplayDocTitle", False)):
            problems.append("A reader's window would show the file name, not the title.")
        with opened.open_metadata() as metadata:
            if not metadata.get("dc:title"):
                problems.append("The document has no title.")
            if metadata.get("pdfuaid:part") != "1":
                problems.append("The document does not say that it is PDF/UA-1.")
        if "/Outlines" not in root:
            problems.append("The document has no bookmarks.")
        if "/StructTreeRoot" not in root:
            return [*problems, "The document has no structure tree."]
        problems += _element_problems(root.StructTreeRoot)
    return problems


def _element_problems(tree: pikepdf.Object) -> list[str]:
    problems, level, ids = [], 0, []
    for element in elements(tree):
        kind = str(element.S)
        if kind == "/TH":
            if element.get("/A", {}).get("/Scope") not in ("/Row", "/Column"):
                problems.append("A table header has no scope.")
            ids.append(bytes(element.get("/ID", b"")))
        elif kind == "/Figure" and not str(element.get("/Alt", "")):
            problems.append("A picture has no text alternative.")
        elif kind in ("/H1", "/H2", "/H3", "/H4", "/H5", "/H6"):
            if int(kind[2]) > level + 1:
                problems.append(f"A heading of level {kind[2]} follows one of level {level}.")
            level = int(kind[2])
    if len(set(ids)) != len(ids):
        problems.append("Two table headers have the same id.")
    if ids and sorted(ids) != sorted(_indexed_ids(tree)):
        problems.append("The index of ids does not list every table header.")
    return problems


def _indexed_ids(tree: pikepdf.Object) -> list[bytes]:
    if "/IDTree" not in tree:
        return []
    return [bytes(key) for leaf in tree.IDTree.Kids for key in list(leaf.Names)[::2]]


def elements(element: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """The structure elements below `element`, in reading order."""
    kids = element.get("/K", pikepdf.Array())
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield kid
            yield from elements(kid)


def bookmarks(pdf: bytes) -> list[str]:
    """The titles of the bookmarks, in order."""
    with pikepdf.open(io.BytesIO(pdf)) as opened, opened.open_outline() as outline:
        return [item.title for item in _items(outline.root)]


def _items(items) -> Iterator[pikepdf.OutlineItem]:
    for item in items:
        yield item
        yield from _items(item.children)


def pdf_pages(pdf: bytes) -> list[str]:
    """The text of each page, runs of white space as one blank, so that a line break does not hide a phrase."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [" ".join(each.get_textpage().get_text_bounded().split()) for each in document]
    finally:
        document.close()


def pdf_text(pdf: bytes) -> str:
    """The text of the whole document."""
    return " ".join(pdf_pages(pdf))
