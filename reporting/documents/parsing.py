"""The HTML of a document as the tree that WeasyPrint draws, read by the XML parser where it is well-formed.

Our templates write every end tag, so that all it takes is to close the elements that have none; the HTML parser, which
is written in Python, takes a tenth of the time of a whole drawing. What is not well-formed is left to it.
"""

import re
from xml.etree.ElementTree import Element, ParseError

import tinyhtml5
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

DOCTYPE = re.compile(r"\s*<!DOCTYPE html>", re.IGNORECASE)
WITHOUT_END = re.compile(r"<((?:meta|col|br|hr|img|link|wbr)\b[^<>]*?)\s*/?>")
# Elements that the HTML parser closes a paragraph before: a tree that has them within one would differ.
BLOCKS = frozenset(
    [
        "p",
        "div",
        "table",
        "ul",
        "ol",
        "dl",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "section",
        "main",
        "article",
        "header",
        "footer",
        "figure",
        "form",
    ]
)


def parsed(html: str) -> Element:
    """The root element of a page."""
    found = _as_xml(html)
    return tinyhtml5.parse(html, namespace_html_elements=False) if found is None else found


def _as_xml(html: str) -> Element | None:
    """The tree of a page that is well-formed once its open elements are closed; None of any other."""
    try:
        root = fromstring(WITHOUT_END.sub(r"<\1/>", DOCTYPE.sub("", html, count=1)))
    except (ParseError, DefusedXmlException):
        return None
    nested = any(
        inner.tag in BLOCKS for paragraph in root.iter("p") for inner in paragraph.iter() if inner is not paragraph
    )
    return None if nested or root.tag != "html" else root
