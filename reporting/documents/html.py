"""A built document as an accessible page: of the portal, or one that stands by itself and is kept."""

from functools import cache

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from reporting.documents.document import BuiltDocument
from reporting.documents.pdf import static_file

KEPT_STYLES = ("css/kept.css", "css/status.css", "css/document.css")


def render_html(built: BuiltDocument, request: HttpRequest | None = None, **context) -> str:
    """The document inside the portal's page; `context` may add `downloads`, `breadcrumbs` and what base.html takes."""
    return render_to_string("reporting/page.html", {"built": built, "medium": "page"} | context, request=request)


def render_kept_html(built: BuiltDocument) -> str:
    """The document as a page that needs nothing beside itself: it looks the same in years."""
    return render_to_string("reporting/kept.html", {"built": built, "medium": "kept", "styles": _styles()})


@cache
def _styles() -> SafeString:
    files = (static_file(name) for name in KEPT_STYLES)
    rules = "\n".join(file.read_text() for file in files if file is not None)
    return mark_safe(f"<style>{rules}</style>")  # noqa: S308 (our own files)
