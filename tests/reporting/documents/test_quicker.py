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


def rectangles_of(styles: str) -> list[tuple]:
    """Left, top, width and height of every rectangle of the page, in px."""
    with pikepdf.open(io.BytesIO(page_of(styles))) as opened:
        told = pikepdf.parse_content_stream(opened.pages[0])
    return [tuple(map(float, each.operands)) for each in told if str(each.operator) == "re"]


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
    found = rectangles_of(f"@page {{ margin: 10px }} .x {{ {where}; border-{side}: 3px solid #b1b4b6 }}")
    assert place in found


@pytest.mark.parametrize("other", ["border-top: 1px solid red", "border-radius: 4px"])
def test_any_other_border_is_drawn_by_weasyprint(other):
    frames = rectangles_of(f".x {{ border-bottom: 3px solid #b1b4b6; {other} }}")
    assert all(height > 3 for *_, height in frames)  # the whole box, or none where its corners are round
