"""Where WeasyPrint takes its time over documents like ours, and is spared it: the looks and the tags stay the same.

Its own style sheet asks every element about marks of footnotes and list items, each of which gets a style of its own;
and a line below a table's cell is cut out of a rounded frame. Measured, both come to an eighth of a drawing.
"""

import re
from functools import cache

import weasyprint.draw
from weasyprint import CSS
from weasyprint.draw.border import SIDES, draw_border, get_color
from weasyprint.html import UA, UA_COUNTER_STYLE

NOTES = re.compile(r"^::(?:footnote|note)-\w+ \{[^}]*\}\n", re.MULTILINE)
MARKERS = re.compile(r"^::marker \{", re.MULTILINE)
ADVANCES = {"top": (0, 0), "left": (0, 0), "bottom": (0, 1), "right": (1, 0)}


@cache
def usual_styles() -> CSS:
    """WeasyPrint's own style sheet without notes, which documents have none of, and with marks of list items only."""
    words = MARKERS.sub("li::marker {", NOTES.sub("", UA))
    return CSS(string=words, counter_style=UA_COUNTER_STYLE)


def draw_plain_border(stream, box) -> None:
    """Draw one straight line of one colour as the rectangle that it is; any other border as WeasyPrint does."""
    line = _only_line(box)
    if line is None:
        draw_border(stream, box)
        return
    side, width, color = line
    x, y, wide, high, *_ = box.rounded_border_box()
    right, down = ADVANCES[side]
    x, y = x + right * (wide - width), y + down * (high - width)
    with stream.artifact(), stream.stacked():
        stream.set_color(color)
        stream.rectangle(x, y, *((wide, width) if side in ("top", "bottom") else (width, high)))
        stream.fill()


def _only_line(box):
    """The side, width and colour of a border that is a single visible line; None of any other, and of none at all."""
    style = box.style
    widths = [(side, width) for side in SIDES if (width := getattr(box, f"border_{side}_width"))]
    if (
        len(widths) != 1
        or style["visibility"] != "visible"
        or style["border_image_source"][0] != "none"
        or style["column_width"] != "auto"
        or style["column_count"] != "auto"
    ):
        return None
    side, width = widths[0]
    color = get_color(style, f"border_{side}_color")
    if style[f"border_{side}_style"] != "solid" or not color.alpha or any(map(any, box.rounded_border_box()[4:])):
        return None
    return side, width, color


weasyprint.draw.draw_border = draw_plain_border
