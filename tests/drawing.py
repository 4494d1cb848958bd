"""The same document is drawn once in a run, whichever tests and databases ask for it.

What WeasyPrint draws hangs on nothing but the HTML, the style sheets and the options that it is given. A document that
comes out differently on the other database is another one, and is drawn. Tests of the drawing itself ask for the
fixture `drawn_anew`.
"""

from contextlib import contextmanager

from reporting.documents import pdf
from tests.kept import kept


@contextmanager
def drawn_once():
    """Inside, a document that was drawn before in this run is not drawn again."""
    drawn = pdf.drawn

    def remembered(*asked):
        return kept(("drawn", *asked), lambda: drawn(*asked))

    remembered.of_the_portal = drawn
    pdf.drawn = remembered
    try:
        yield
    finally:
        pdf.drawn = drawn
