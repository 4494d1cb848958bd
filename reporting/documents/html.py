"""A built document as an accessible page of the portal."""

from django.http import HttpRequest
from django.template.loader import render_to_string

from reporting.documents.document import BuiltDocument


def render_html(built: BuiltDocument, request: HttpRequest | None = None, **context) -> str:
    """The document inside the portal's page; `context` may add `downloads`, `breadcrumbs` and what base.html takes."""
    return render_to_string("reporting/page.html", {"built": built, "medium": "page"} | context, request=request)
