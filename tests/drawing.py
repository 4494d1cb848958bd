"""The same document is drawn once in a run, whichever tests and databases ask for it.

What WeasyPrint draws hangs on nothing but the HTML, the style sheets and the options that it is given. A document that
comes out differently on the other database is another one, and is drawn. Tests of the drawing itself ask for the
fixture `drawn_anew`.
"""

from contextlib import contextmanager

import weasyprint

from reporting.documents import pdf
from tests.kept import kept


class RememberedCSS(weasyprint.CSS):
    """A style sheet that knows its words."""

    def __init__(self, *, string: str, **options):
        super().__init__(string=string, **options)
        self.words = string


class KeptHTML:
    """A page of which the drawing is kept."""

    def __init__(self, *, string: str, **options):
        self.words, self.options = string, options

    def write_pdf(self, *, stylesheets, font_config, **options) -> bytes:
        def draw():
            page = weasyprint.HTML(string=self.words, **self.options)
            return page.write_pdf(stylesheets=stylesheets, font_config=font_config, **options)

        return kept(("drawn", self.words, [sheet.words for sheet in stylesheets], sorted(options.items())), draw)


@contextmanager
def drawn_once():
    """Inside, a document that was drawn before in this run is not drawn again."""
    before = pdf.HTML, pdf.CSS
    pdf.HTML, pdf.CSS = KeptHTML, RememberedCSS
    try:
        yield
    finally:
        pdf.HTML, pdf.CSS = before
