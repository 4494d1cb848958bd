"""What WeasyPrint is spared changes nothing that is seen."""

import io

import pikepdf
import pytest
from weasyprint.html import UA

from reporting.documents.pdf import drawn
from reporting.documents.quicker import MARKERS, NOTES
from tests.reporting.documents.pdfua import pdf_text


def page_of(styles: str, body: str = '<p class="x">Words</p>') -> bytes:
    html = f'<html lang="en"><head><title>Page</title></head><body><h1>Page</h1>{body}</body></html>'
    return drawn(html, styles)


def strokes_of(styles: str) -> list[tuple]:
    with pikepdf.open(io.BytesIO(page_of(styles))) as opened:
        told = pikepdf.parse_content_stream(opened.pages[0])
    return [
        (str(each.operator), tuple(map(float, each.operands))) for each in told if str(each.operator) in ("re", "W")
    ]


def test_weasyprints_own_sheet_is_the_one_that_is_shortened():
    """A new version that writes it differently is found here, and not by documents that grow slow in silence."""
    assert (len(NOTES.findall(UA)), len(MARKERS.findall(UA))) == (5, 1)


def test_lists_keep_their_marks():
    text = pdf_text(page_of("body { font-family: Arial }", "<ul><li>First</li></ul><ol><li>Second</li></ol>"))
    assert "\N{BULLET}" in text
    assert "1." in text


@pytest.mark.parametrize(
    ("side", "place"),
    [
        ("top", (10, 60, 200, 3)),
        ("bottom", (10, 77, 200, 3)),
        ("left", (10, 60, 3, 20)),
        ("right", (207, 60, 3, 20)),
    ],
)
def test_a_line_at_one_side_is_a_rectangle_in_its_place(side, place):
    where = "position: absolute; box-sizing: border-box; left: 0; top: 50px; width: 200px; height: 20px; margin: 0"
    strokes = strokes_of(f"@page {{ margin: 10px }} .x {{ {where}; border-{side}: 3px solid #b1b4b6 }}")
    assert ("re", place) in strokes
    assert all(operator != "W" for operator, _ in strokes)


def test_any_other_border_is_drawn_by_weasyprint():
    assert ("W", ()) in strokes_of(".x { border-bottom: 3px solid #b1b4b6; border-top: 1px solid red }")
    assert ("W", ()) in strokes_of(".x { border-bottom: 3px solid #b1b4b6; border-radius: 4px }")
