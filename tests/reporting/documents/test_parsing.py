"""Documents are read by the XML parser, and come to the same tree that the HTML parser makes of them."""

import pytest
import tinyhtml5

from reporting.documents import parsing
from reporting.documents.pdf import NUMERALS, printed_html
from tests.reporting.documents import samples


def shape(element):
    """Tag, attributes and words of an element and of all within it; spaces between elements do not matter."""
    attributes = {key: value for key, value in element.attrib.items() if "xmlns" not in key}
    words = ((element.text or "").strip(), (element.tail or "").strip())
    return (element.tag, attributes, words, [shape(kid) for kid in element])


@pytest.mark.parametrize("sample", samples.ALL, ids=lambda sample: sample.__name__)
def test_a_document_is_well_formed_and_read_as_a_browser_reads_it(sample):
    html = printed_html(sample())
    found = parsing._as_xml(html)
    assert found is not None
    assert shape(found) == shape(tinyhtml5.parse(html, namespace_html_elements=False))


@pytest.mark.parametrize(
    "html",
    [
        "<html><body><p>one<p>two</body></html>",
        "<html><body><p>one&nbsp;word</p></body></html>",
        "<html><body><p>a paragraph <ul><li>and a list</li></ul></p></body></html>",
        '<!DOCTYPE html [<!ENTITY x "y">]><html><body>&x;</body></html>',
        "<p>no root</p>",
    ],
)
def test_what_is_not_well_formed_is_left_to_the_parser_of_html(html):
    assert parsing._as_xml(html) is None
    assert shape(parsing.parsed(html)) == shape(tinyhtml5.parse(html, namespace_html_elements=False))


def test_the_page_of_numerals_is_read_like_all_others():
    assert parsing._as_xml(NUMERALS) is not None
