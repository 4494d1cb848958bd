"""A built document as a PDF/UA-1 file: drawn by WeasyPrint, and completed by `tags` where WeasyPrint stops short.

The same built document gives the same bytes: the file's identifier comes from its content and its dates from the
document. WeasyPrint is given nothing but the project's static files and data: addresses.
"""

import gc
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from cssselect2 import ElementWrapper
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.exceptions import SuspiciousFileOperation
from django.template.loader import render_to_string
from weasyprint import CSS, HTML
from weasyprint import __version__ as weasyprint_version
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from projects.rules.printable import printable
from reporting.documents.document import BuiltDocument
from reporting.documents.glyphs import drawable
from reporting.documents.parsing import parsed
from reporting.documents.quicker import usual_styles
from reporting.documents.tags import completing

STYLE_SHEETS = ("css/status.css", "css/document.css", "css/pdf.css")
BASE = "http://portal.invalid"  # never looked up: addresses below STATIC_URL are read from the project's files
LINK_TO_PART = f"{BASE}/part/"  # followed by a part's place: a link into another part, made one when they are joined
PART_STYLES = "@page { @bottom-right { content: none } }"  # the number of a page is known when the parts are joined
NUMERALS = (
    '<!DOCTYPE html><html lang="en-GB"><head><title>Page numbers</title></head>'
    "<body><p>Page 0123456789 of</p></body></html>"
)
NUMERAL_STYLES = "body { font-family: Arial, 'Liberation Sans', sans-serif; font-size: 8.5pt }"
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


@lru_cache(maxsize=4)
def _style_sheet(words: str) -> CSS:
    """The style sheet of print, parsed once a process: that is half the cost of a short document."""
    return CSS(string=words, base_url=f"{BASE}/", url_fetcher=ProjectFilesFetcher(), font_config=_fonts())


@cache
def document_styles() -> str:
    """The words of the style sheets, as one: each sheet by itself would be asked about every element."""
    files = (static_file(name) for name in STYLE_SHEETS)
    return "\n".join(file.read_text() for file in files if file is not None)


def part_styles() -> str:
    """The style sheets of a document that is to be joined with others."""
    return f"{document_styles()}\n{PART_STYLES}"


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


class Page(HTML):
    """A page from a tree that has been read already."""

    def __init__(self, html: str):
        self.base_url, self.url_fetcher, self.media_type = f"{BASE}/", ProjectFilesFetcher(), "print"
        self.wrapper_element = ElementWrapper.from_html_root(parsed(html), content_language=None)
        self.etree_element = self.wrapper_element.etree_element

    def _ua_stylesheets(self, forms=False):
        return [usual_styles()]


def draw_pdf(built: BuiltDocument) -> bytes:
    """The document as PDF/UA-1, with Scope on its table headers and an index of their ids."""
    return drawn(printed_html(built), document_styles())


def printed_html(built: BuiltDocument) -> str:
    """The document as it is given to the drawing."""
    return drawable(printable(render_to_string("reporting/print.html", {"built": built, "medium": "pdf"})))


def draw_part(html: str, styles: str | None = None) -> bytes:
    """A document that is to be joined with others: without page numbers, its ids different from all others'."""
    own = hashlib.sha256(html.encode()).hexdigest()[:12]
    return drawn(html, styles or part_styles(), f"{own}-")


def draw_page_numbers() -> bytes:
    """A page that holds the letters of page numbers in the font of the feet."""
    return drawn(NUMERALS, NUMERAL_STYLES)


def style_words() -> str:
    """Everything the looks of a drawing depend on beside its text."""
    return f"{weasyprint_version}\n{part_styles()}"


def drawn(html: str, styles: str, prefix: str = "") -> bytes:
    """PDF/UA-1 of a page in the words of one style sheet; `prefix` begins the ids of its table headers."""
    with _no_garbage_collection():
        return Page(html).write_pdf(
            stylesheets=[_style_sheet(styles)],
            font_config=_fonts(),
            pdf_variant="pdf/ua-1",
            pdf_identifier=not prefix,  # a part gets one with the file that it is joined into
            finisher=completing(prefix),
        )
