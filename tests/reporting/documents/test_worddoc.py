"""The Word file has real headings and tables, and the document's language and title."""

import io
from dataclasses import replace

import docx
import pytest
from docx.oxml.ns import qn

from reporting.documents import contents
from reporting.documents.render import UnknownFormat, render_as, render_docx
from tests.reporting.documents import samples


def opened(built):
    return docx.Document(io.BytesIO(render_docx(built)))


def as_word_prints(word):
    """Every paragraph with the words that Word prints, the numbers counted by its lists."""
    numbering = word.part.numbering_part.element
    abstracts = {each.get(qn("w:abstractNumId")): each for each in numbering.findall(qn("w:abstractNum"))}
    lists = {each.numId: abstracts[str(each.abstractNumId.val)] for each in numbering.num_lst}
    counted, said = {}, []
    for paragraph in word.paragraphs:
        properties = paragraph._p.pPr.numPr if paragraph._p.pPr is not None else None
        if properties is None:
            said.append((paragraph, paragraph.text))
            continue
        number, level = properties.numId.val, properties.ilvl.val
        levels = lists[number].findall(qn("w:lvl"))
        counts = counted.setdefault(number, {})
        start = int(levels[level].find(qn("w:start")).get(qn("w:val")))
        counts[level] = counts.get(level, start - 1) + 1
        for deeper in [each for each in counts if each > level]:
            del counts[deeper]
        words = levels[level].find(qn("w:lvlText")).get(qn("w:val"))
        for place, count in counts.items():
            words = words.replace(f"%{place + 1}", str(count))
        said.append((paragraph, f"{words} {paragraph.text}"))
    return said


def test_numbers_are_words_own_lists_and_read_as_they_are_printed():
    """Through all sections, a list of its own for recommendations, and one that goes on after another."""
    built = samples.cover_report()
    paragraphs = tuple(
        contents.Paragraph(f"words {number}", number) for number in ("1.", "2.", "1)", "2)", "3.", "7.", "A12", "IV")
    )
    section = replace(built.sections[0], content=contents.Narrative((contents.Passage(paragraphs),)), title="2018 plan")
    said = as_word_prints(opened(replace(built, sections=(section,))))
    assert [text for _, text in said if "words" in text] == [
        "1. words 1.",
        "2. words 2.",
        "1) words 1)",
        "2) words 2)",
        "3. words 3.",
        "7. words 7.",
        "A12 words A12",
        "IV\twords IV",
    ]
    assert [text for paragraph, text in said if paragraph.style.name == "Heading 1"] == ["2018 plan"]


def test_every_printed_number_of_the_cover_report_is_the_one_that_word_counts():
    built = samples.cover_report()
    printed = [
        f"{paragraph.number} {paragraph.text}"
        for section in built.sections
        if isinstance(section.content, contents.Narrative)
        for passage in section.content.passages
        for paragraph in passage.paragraphs
        if paragraph.number
    ]
    counted = [text for paragraph, text in as_word_prints(opened(built)) if paragraph._p.pPr is not None]
    assert printed
    assert [text for text in printed if text not in counted] == []


def test_the_cover_report_has_its_headings_in_order():
    word = opened(samples.cover_report())
    said = as_word_prints(word)
    headings = [(p.style.name, text) for p, text in said if p.style.name.startswith("Heading")]
    assert headings[1] == ("Heading 1", "1 Purpose of the report")
    assert headings[4] == ("Heading 2", "Homelessness Project")
    assert [text for style, text in headings if style == "Heading 1"][-2] == "11 Recommendation"
    assert word.core_properties.title == "Council projects programme management office"
    assert word.core_properties.language == "en-GB"
    text = "\n".join(text for _, text in said)
    assert "\n5.1 None." in text
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


def test_a_link_is_a_link_and_what_no_file_can_hold_is_left_out():
    built = samples.cover_report()
    paragraph = contents.Paragraph("See [the\x0b plan](https://example.org/plan).\ufffe", is_marked=True)
    section = replace(built.sections[0], content=contents.Narrative((contents.Passage((paragraph,)),)))
    head = replace(built.masthead, title="Libraries " * 30, subtitle="For \x02 all")
    word = opened(replace(built, sections=(section,), masthead=head))
    (link,) = word.element.iter(qn("w:hyperlink"))
    assert word.part.rels[link.get(qn("r:id"))].target_ref == "https://example.org/plan"
    assert [run.text for run in link.iter(qn("w:t"))] == ["the plan"]
    assert "See the plan." in [each.text for each in word.paragraphs]
    assert (len(word.core_properties.title), word.core_properties.subject) == (255, "For  all")


def test_a_document_that_word_cannot_hold_is_refused_in_a_sentence():
    built = samples.cover_report()
    section = replace(built.sections[0], content=contents.Pictures(()))
    with pytest.raises(UnknownFormat, match="There is no Word file of cover-report"):
        render_as(replace(built, sections=(section,)), "docx")
