"""The Word file has real headings and tables, and the document's language and title."""

import io

import docx
import pytest
from docx.oxml.ns import qn

from reporting.documents.render import UnknownFormat, render_as, render_docx
from tests.reporting.documents import samples


def opened(built):
    return docx.Document(io.BytesIO(render_docx(built)))


def test_the_cover_report_has_its_headings_in_order():
    word = opened(samples.cover_report())
    headings = [(p.style.name, p.text) for p in word.paragraphs if p.style.name.startswith("Heading")]
    assert headings[1] == ("Heading 1", "1 Purpose of the report")
    assert headings[4] == ("Heading 2", "Homelessness Project")
    assert [text for style, text in headings if style == "Heading 1"][-2] == "11 Recommendation"
    assert word.core_properties.title == "Council projects programme management office"
    assert word.core_properties.language == "en-GB"
    text = "\n".join(paragraph.text for paragraph in word.paragraphs)
    assert "5.1\tNone." in text
    assert "LT Lead Officer Signature:" in text


def test_tables_mark_their_heading_rows_and_describe_themselves():
    table = opened(samples.homelessness()).tables[4]
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert table.rows[1]._tr.trPr.find(qn("w:tblHeader")) is None
    assert table._tbl.tblPr.find(qn("w:tblDescription")).get(qn("w:val")) == (
        "Milestones and interdependencies, critical path"
    )
    assert [cell.text for cell in table.rows[2].cells][3:6] == ["Mar-20 ongoing", "AMBER", "Milestone 2,5"]


@pytest.mark.parametrize("sample", samples.ALL, ids=lambda sample: sample.__name__)
def test_the_same_document_gives_the_same_bytes(sample):
    assert render_docx(sample()) == render_docx(sample())


def test_a_format_is_chosen_by_the_ending_of_the_file_name():
    assert render_as(samples.change_control(), "pdf").startswith(b"%PDF-")
    assert render_as(samples.change_control(), "docx").startswith(b"PK")
    with pytest.raises(UnknownFormat, match=r"does not draw odt files\. Use one of: html, pdf, xlsx, docx"):
        render_as(samples.change_control(), "odt")
