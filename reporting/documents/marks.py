"""The few marks that text of committee reports may have: **bold**, *italic*, [a link](https://...). Nothing else.

markdown-it-py reads them, nh3 lets nothing else through; what looks like HTML is printed as it was typed.
"""

from dataclasses import dataclass

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

READER = MarkdownIt("zero").enable(["emphasis", "link", "escape"])
SCHEMES = {"http", "https"}


@dataclass(frozen=True)
class Run:
    """Words that look alike; `address` is where they lead."""

    text: str
    is_bold: bool = False
    is_italic: bool = False
    address: str = ""


def marked_html(text: str) -> SafeString:
    """The text with its marks as HTML, safe to print."""
    drawn = READER.renderInline(text)
    clean = nh3.clean(drawn, tags={"strong", "em", "a"}, attributes={"a": {"href"}}, url_schemes=SCHEMES, link_rel=None)
    return mark_safe(clean)  # noqa: S308 (nh3 has just cleaned it)


def runs_of(text: str) -> list[Run]:
    """The text in runs, for media that are not HTML."""
    runs: list[Run] = []
    bold = italic = 0
    address = ""
    for token in READER.parseInline(text)[0].children or ():
        if token.type in ("strong_open", "strong_close"):
            bold += token.nesting
        elif token.type in ("em_open", "em_close"):
            italic += token.nesting
        elif token.type == "link_open":
            href = str(token.attrGet("href") or "")
            address = href if href.split(":")[0] in SCHEMES else ""
        elif token.type == "link_close":
            address = ""
        elif words := "\n" if token.type == "softbreak" else token.content:
            runs.append(Run(words, bool(bold), bool(italic), address))
    return runs
