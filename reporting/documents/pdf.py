"""A built document as a PDF/UA-1 file: drawn by WeasyPrint, then completed by pikepdf where WeasyPrint stops short.

The same built document gives the same bytes: the file's identifier comes from its content and its dates from the
document. WeasyPrint is given nothing but the project's static files and data: addresses.
"""

import gc
import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pikepdf
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.exceptions import SuspiciousFileOperation
from django.template.loader import render_to_string
from weasyprint import CSS, HTML
from weasyprint import __version__ as weasyprint_version
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from reporting.documents.document import BuiltDocument

STYLE_SHEETS = ("css/status.css", "css/document.css", "css/pdf.css")
BASE = "http://portal.invalid"  # never looked up: addresses below STATIC_URL are read from the project's files
LINK_TO_PART = f"{BASE}/part/"  # followed by a part's place: a link into another part, made one when they are joined
PART_STYLES = "@page { @bottom-right { content: none } }"  # the number of a page is known when the parts are joined
NUMERALS = (
    '<!DOCTYPE html><html lang="en-GB"><title>Page numbers</title>'
    "<style>body { font-family: Arial, 'Liberation Sans', sans-serif; font-size: 8.5pt }</style>"
    "<p>Page 0123456789 of</p></html>"
)
CONTENT_TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".css": "text/css"}


class ProjectFilesFetcher(URLFetcher):
    """Reads static files of the project and data: addresses; anything else stops the drawing, and is never fetched."""

    def __init__(self):
        super().__init__(allowed_protocols=("data",), allow_redirects=False, fail_on_errors=True)

    def fetch(self, url, headers=None):
        if url.startswith("data:"):
            return super().fetch(url, headers)
        path = unquote(urlsplit(url).path) if url.startswith(f"{BASE}/") else ""
        if not path.startswith(f"/{settings.STATIC_URL.strip('/')}/"):
            raise FatalURLFetchingError(f"A document may not read {url}.")
        file = static_file(path.removeprefix(f"/{settings.STATIC_URL.strip('/')}/"))
        if file is None:
            raise FatalURLFetchingError(f"There is no static file at {url}.")
        content_type = CONTENT_TYPES.get(file.suffix, "application/octet-stream")
        return URLFetcherResponse(url, file.read_bytes(), {"Content-Type": content_type})


def static_file(name: str) -> Path | None:
    """The project's static file of that name, None where there is none or the name points outside."""
    try:
        found = finders.find(name)
    except SuspiciousFileOperation:
        return None
    return Path(found) if found else None


@cache
def _fonts() -> FontConfiguration:
    return FontConfiguration()


@cache
def _style_sheets() -> tuple[CSS, ...]:
    """The style sheets of print, parsed once a process: that is half the cost of a short document."""
    files = (static_file(name) for name in STYLE_SHEETS)
    return tuple(
        CSS(string=file.read_text(), base_url=f"{BASE}/", url_fetcher=ProjectFilesFetcher(), font_config=_fonts())
        for file in files
        if file is not None
    )


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Drawing makes millions of small objects and few cycles: the collector costs up to a quarter of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def draw_pdf(built: BuiltDocument) -> bytes:
    """The document as PDF/UA-1, with Scope on its table headers and an index of their ids."""
    return _completed(_drawn(printed_html(built), _style_sheets()))


def printed_html(built: BuiltDocument) -> str:
    """The document as it is given to the drawing."""
    return render_to_string("reporting/print.html", {"built": built, "medium": "pdf"})


def draw_part(html: str) -> bytes:
    """A document that is to be joined with others: without page numbers, its ids different from all others'."""
    sheet = CSS(string=PART_STYLES, font_config=_fonts())
    own = hashlib.sha256(html.encode()).hexdigest()[:12]
    return _completed(_drawn(html, (*_style_sheets(), sheet)), f"{own}-")


def draw_page_numbers() -> bytes:
    """A page that holds the letters of page numbers in the font of the feet."""
    return _drawn(NUMERALS, ())


def style_words() -> str:
    """Everything the looks of a drawing depend on beside its text."""
    files = (static_file(name) for name in STYLE_SHEETS)
    return "\n".join([weasyprint_version, PART_STYLES, *(file.read_text() for file in files if file is not None)])


def _drawn(html: str, style_sheets: tuple[CSS, ...]) -> bytes:
    with _no_garbage_collection():
        return HTML(string=html, base_url=f"{BASE}/", url_fetcher=ProjectFilesFetcher()).write_pdf(
            stylesheets=style_sheets,
            font_config=_fonts(),
            pdf_variant="pdf/ua-1",
            uncompressed_pdf=True,
        )


def _completed(drawn: bytes, prefix: str = "") -> bytes:
    """Add what WeasyPrint leaves out: Scope of table headers, and the IDTree that finds them by their ids.

    `prefix` begins every id, where the file will be joined with others.
    """
    with pikepdf.open(io.BytesIO(drawn)) as pdf:
        root = pdf.Root.StructTreeRoot
        ids: dict[bytes, pikepdf.Object] = {}
        for table in _elements(root, "/Table"):
            _complete_table(table, ids, prefix)
        if ids:
            names = pikepdf.Array()
            for key in sorted(ids):
                names.extend([pikepdf.String(key.decode("ascii")), ids[key]])
            limits = pikepdf.Array([names[0], names[-2]])
            leaf = pdf.make_indirect(pikepdf.Dictionary(Names=names, Limits=limits))
            root.IDTree = pdf.make_indirect(pikepdf.Dictionary(Kids=pikepdf.Array([leaf])))
        pdf.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
        completed = io.BytesIO()
        pdf.save(
            completed,
            deterministic_id=True,
            compress_streams=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )
    return completed.getvalue()


def _elements(element: pikepdf.Object, kind: str) -> Iterator[pikepdf.Object]:
    """The structure elements of one kind below `element`, in reading order."""
    for kid in _kids(element):
        if kid.get("/S") == kind:
            yield kid
        yield from _elements(kid, kind)


def _kids(element: pikepdf.Object) -> Iterator[pikepdf.Object]:
    kids = element.get("/K", pikepdf.Array())
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield kid


def _name_group_headings(table: pikepdf.Object) -> None:
    """Have the cells of every column under a heading that spans several name it; WeasyPrint lets the first one only."""
    spanning = [
        (heading, first, last)
        for head in _elements(table, "/THead")
        for row in _elements(head, "/TR")
        for heading, first, last in _placed(row)
        if str(heading.S) == "/TH" and last > first
    ]
    if not spanning or any("/RowSpan" in cell.get("/A", {}) for cell in _elements(table, "/TD")):
        return
    for body in _elements(table, "/TBody"):
        for row in _elements(body, "/TR"):
            for cell, place, _ in _placed(row):
                above = [bytes(heading.ID) for heading, first, last in spanning if first <= place <= last]
                if str(cell.S) == "/TD" and above and "/Headers" in cell.get("/A", {}):
                    named = [bytes(each) for each in cell.A.Headers]
                    missing = [each for each in above if each not in named]
                    cell.A.Headers = pikepdf.Array(
                        [pikepdf.String(each.decode("ascii")) for each in (*missing, *named)]
                    )


def _placed(row: pikepdf.Object) -> Iterator[tuple[pikepdf.Object, int, int]]:
    """The cells of a row, each with its first and its last column."""
    place = 0
    for cell in _kids(row):
        span = int(cell.get("/A", {}).get("/ColSpan", 1))
        yield cell, place, place + span - 1
        place += span


def _complete_table(table: pikepdf.Object, ids: dict[bytes, pikepdf.Object], prefix: str) -> None:
    """Scope for every header of one table, and its id into `ids`; cells name their headers by the ids."""
    _name_group_headings(table)
    headers = [(cell, "/Column") for head in _elements(table, "/THead") for cell in _elements(head, "/TH")]
    headers += [(cell, "/Row") for body in _elements(table, "/TBody") for cell in _elements(body, "/TH")]
    for cell, scope in headers:
        cell.A.Scope = pikepdf.Name(scope)
        if prefix:
            cell.ID = pikepdf.String(prefix + bytes(cell.ID).decode("ascii"))
        ids[bytes(cell.ID)] = cell
    if prefix:
        for cell in (*(cell for cell, _ in headers), *_elements(table, "/TD")):
            if "/Headers" in cell.get("/A", {}):
                named = (pikepdf.String(prefix + bytes(each).decode("ascii")) for each in cell.A.Headers)
                cell.A.Headers = pikepdf.Array(named)
