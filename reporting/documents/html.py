"""A built document as an accessible page: of the portal, or one that stands by itself and is kept."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from projects.rules.printable import printable
from reporting.documents.document import BuiltDocument
from reporting.documents.pdf import static_file

# Attributes that give a name within the page, or lead to one: names of documents that share a page begin differently.
NAMES = re.compile(r'(?<=\s)(id|aria-labelledby|aria-describedby|headers|for)="([^"]+)"')
LEADS = re.compile(r'(?<=\s)href="#([^"]+)"')
KEPT_STYLES = ("css/kept.css", "css/status.css", "css/document.css")


def render_html(built: BuiltDocument, request: HttpRequest | None = None, **context) -> str:
    """The document inside the portal's page; `context` may add `downloads`, `breadcrumbs` and what base.html takes."""
    return render_to_string("reporting/page.html", {"built": built, "medium": "page"} | context, request=request)


def render_kept_html(built: BuiltDocument) -> str:
    """The document as a page that needs nothing beside itself: it looks the same in years."""
    return printable(render_to_string("reporting/kept.html", {"built": built, "medium": "kept", "styles": _styles()}))


@dataclass(frozen=True)
class PagePart:
    """A document as a part of a page: `anchor` is its place there."""

    anchor: str
    title: str
    drawn: SafeString


def render_kept_pack(contents: BuiltDocument, documents: Iterable[tuple[str, str, BuiltDocument]]) -> str:
    """The contents and then every document, (anchor, title, document), as one page that needs nothing beside itself."""
    parts = (PagePart(anchor, title, _drawn_within(document, anchor)) for anchor, title, document in documents)
    return printable(
        render_to_string(
            "reporting/kept_pack.html", {"built": contents, "medium": "kept", "parts": parts, "styles": _styles()}
        )
    )


def _drawn_within(built: BuiltDocument, anchor: str) -> SafeString:
    """The document with its own names for places, none of which another document of the page has."""
    drawn = render_to_string("reporting/drawn.html", {"built": built, "medium": "kept"})

    def renamed(found: re.Match) -> str:
        return f'{found[1]}="{" ".join(f"{anchor}-{name}" for name in found[2].split())}"'

    return mark_safe(LEADS.sub(rf'href="#{anchor}-\1"', NAMES.sub(renamed, drawn)))  # noqa: S308 (drawn by templates)


@cache
def _styles() -> SafeString:
    files = (static_file(name) for name in KEPT_STYLES)
    rules = "\n".join(file.read_text() for file in files if file is not None)
    return mark_safe(f"<style>{rules}</style>")  # noqa: S308 (our own files)
