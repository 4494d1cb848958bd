"""Draw a built document: page, PDF, workbook or Word file. Nothing outside this package imports the engines."""

from reporting.documents.document import BuiltDocument
from reporting.documents.html import render_html
from reporting.documents.pdf import draw_pdf
from reporting.documents.worddoc import draw_docx, is_word_drawn
from reporting.documents.workbook import draw_xlsx

CONTENT_TYPES = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


class UnknownFormat(LookupError):
    """A document was asked for in a format that the portal does not draw."""


def render_pdf(built: BuiltDocument) -> bytes:
    """PDF/UA-1, the same bytes for the same built document."""
    return draw_pdf(built)


def render_xlsx(built: BuiltDocument) -> bytes:
    """Every table of the document on a sheet of its own."""
    return draw_xlsx(built)


def render_docx(built: BuiltDocument) -> bytes:
    """The whole document for a committee clerk to edit."""
    return draw_docx(built)


def render_as(built: BuiltDocument, ending: str) -> bytes:
    """The document in the format of a file name's ending; raises UnknownFormat for any other than CONTENT_TYPES has."""
    drawings = {
        "html": lambda: render_html(built).encode(),
        "pdf": lambda: render_pdf(built),
        "xlsx": lambda: render_xlsx(built),
        "docx": lambda: render_docx(built),
    }
    if ending not in drawings:
        raise UnknownFormat(f"The portal does not draw {ending} files. Use one of: {', '.join(drawings)}.")
    if ending == "docx" and not is_word_drawn(built):
        raise UnknownFormat(f"There is no Word file of {built.name}. Use one of: html, pdf, xlsx.")
    return drawings[ending]()


__all__ = ["CONTENT_TYPES", "UnknownFormat", "render_as", "render_docx", "render_html", "render_pdf", "render_xlsx"]
