"""A built document as a PDF/UA-1 file: drawn by WeasyPrint, then completed by pikepdf where WeasyPrint stops short.

The same built document gives the same bytes: the file's identifier comes from its content and its dates from the
document. WeasyPrint is given nothing but the project's static files and data: addresses.
"""

import gc
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
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from reporting.documents.document import BuiltDocument

STYLE_SHEETS = ("css/status.css", "css/document.css", "css/pdf.css")
BASE = "http://portal.invalid"  # never looked up: addresses below STATIC_URL are read from the project's files
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
    html = render_to_string("reporting/print.html", {"built": built, "medium": "pdf"})
    with _no_garbage_collection():
        drawn = HTML(string=html, base_url=f"{BASE}/", url_fetcher=ProjectFilesFetcher()).write_pdf(
            stylesheets=_style_sheets(),
            font_config=_fonts(),
            pdf_variant="pdf/ua-1",
            uncompressed_pdf=True,
        )
    return _completed(drawn)


def _completed(drawn: bytes) -> bytes:
    """Add what WeasyPrint leaves out: Scope of table headers, and the IDTree that finds them by their ids."""
    with pikepdf.open(io.BytesIO(drawn)) as pdf:
        root = pdf.Root.StructTreeRoot
        ids: dict[bytes, pikepdf.Object] = {}
        for table in _elements(root, "/Table"):
            _complete_table(table, ids)
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


def _complete_table(table: pikepdf.Object, ids: dict[bytes, pikepdf.Object]) -> None:
    """Scope for every header of one table, and its id into `ids`."""
    headers = [(cell, "/Column") for head in _elements(table, "/THead") for cell in _elements(head, "/TH")]
    headers += [(cell, "/Row") for body in _elements(table, "/TBody") for cell in _elements(body, "/TH")]
    for cell, scope in headers:
        cell.A.Scope = pikepdf.Name(scope)
        ids[bytes(cell.ID)] = cell
