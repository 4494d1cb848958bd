"""Every document is PDF/UA-1, prints every figure, and comes out the same every time."""

import gc
import io
from dataclasses import replace
from itertools import pairwise

import pikepdf
import pypdfium2
import pytest
from weasyprint.urls import FatalURLFetchingError

from reporting.documents import pdf as drawing
from reporting.documents.contents import Fields
from reporting.documents.render import render_pdf
from tests.reporting.documents import samples
from tests.reporting.documents.pdfua import assert_pdf_ua, bookmarks, elements, pdf_pages, pdf_text, structure_problems


@pytest.mark.parametrize("sample", samples.ALL, ids=lambda sample: sample.__name__)
def test_every_document_is_accessible(sample):
    assert_pdf_ua(render_pdf(sample()))


@pytest.mark.parametrize("sample", samples.ALL, ids=lambda sample: sample.__name__)
def test_the_same_document_gives_the_same_bytes(sample, drawn_anew):
    assert render_pdf(sample()) == render_pdf(sample())


def test_the_dashboard_prints_what_the_sheet_says_on_two_pages():
    pages = pdf_pages(render_pdf(samples.homelessness()))
    assert len(pages) == 2
    text = " ".join(pages)
    for words in (
        "Project Score (10) 3",
        "Direction of travel Ahead of Target",
        "Planned budget £601,400",
        "End of year forecast £594,058",
        "Budget remaining £7,342",
        "End of year forecast vs planned budget -1%",
        "Forecast to underspend by £7,342",
        "Number of High Risks 2",
        "Number of Red Milestones 0",
        "Mar-20 ongoing AMBER Milestone 2,5",
        "Interdependencies",
        "March 2020 monthly ongoing High",
        "monthly monitoring Under Review",
        "2018-19 Fixed term post, DWP funded",
    ):
        assert words in text


def test_every_page_says_which_document_it_belongs_to():
    first, second = pdf_pages(render_pdf(samples.homelessness()))
    assert "Page 1 of 2" in first
    assert "GOLD" in first
    assert "Page 2 of 2" in second
    for words in ("PMO Dashboard: Homelessness", "Appendix 1", "PUBLIC DOCUMENT", "as at 10 July 2019"):
        assert words in first
        assert words in second


def test_what_is_long_or_strange_stays_on_its_page_and_accessible():
    """Head and foot of a page that is not for publication; signs that no font has."""
    built = samples.cover_report()
    marking = "DRAFT, NOT FOR PUBLICATION: CONTAINS EXEMPT INFORMATION"
    title = f"Libraries \N{BOOKS} \U000e0b00 \u0627\u0644\u0645\u0643\u062a\u0628\u0627\u062a {'and leisure ' * 22}"
    head = replace(built.masthead, title=title, marking=marking, organisation_name="Nottinghamshire County Council")
    drawn = render_pdf(replace(built, masthead=head))
    assert_pdf_ua(drawn)
    opened = pypdfium2.PdfDocument(drawn)
    for page in opened:
        letters = page.get_textpage()
        boxes = [letters.get_charbox(place) for place in range(letters.count_chars())]
        assert max(right for _, _, right, _ in boxes) < page.get_width()
        foot = [letters.get_charbox(place, loose=True) for place in range(letters.count_chars())]
        foot = sorted((round(below), left, right) for left, below, right, _ in foot if 0 < below < 40)
        assert all(one[0] != other[0] or one[2] < other[1] + 1 for one, other in pairwise(foot))
    opened.close()


def test_labels_without_any_value_are_no_table():
    built = samples.homelessness()
    nothing = [replace(built.sections[0], content=Fields(())), *built.sections[1:]]
    drawn = render_pdf(replace(built, sections=tuple(nothing)))
    assert_pdf_ua(drawn)
    assert "None recorded." in pdf_text(drawn)


def test_headings_are_bookmarks():
    titles = bookmarks(render_pdf(samples.cover_report()))
    assert titles[:3] == ["Council projects programme management office", "Report", "1 Purpose of the report"]
    assert "11 Recommendation" in titles


def test_a_long_table_repeats_its_headings_and_stays_accessible():
    drawn = render_pdf(samples.change_control(copies=20))
    pages = pdf_pages(drawn)
    assert len(pages) > 2
    assert all("Financial implications" in page for page in pages)
    assert_pdf_ua(drawn)


def test_a_landscape_document_is_wider_than_high():
    with pikepdf.open(_file(render_pdf(samples.change_control()))) as opened:
        left, bottom, right, top = (float(edge) for edge in opened.pages[0].mediabox)
    assert right - left > top - bottom


def test_text_is_never_read_as_markup():
    assert "=HYPERLINK(A1)" in pdf_text(render_pdf(samples.change_control()))
    hostile = samples.Sheet(samples.masthead("<script>alert(1)</script> & <b>bold</b>"))
    assert "<b>bold</b>" in pdf_text(render_pdf(samples.build(samples.CHANGE_CONTROL, hostile)))


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "http://example.org/logo.png",
        "https://portal.invalid/static/css/pdf.css",
        "http://portal.invalid.example.org/static/css/pdf.css",
        "http://portal.invalid/media/secret.png",
        "http://portal.invalid/static/../../etc/passwd",
        "http://portal.invalid/static/%2e%2e/manage.py",
        "http://portal.invalid/static/css/none.css",
        "ftp://example.org/file",
    ],
)
def test_drawing_reads_nothing_but_the_projects_static_files(address):
    with pytest.raises(FatalURLFetchingError):
        drawing.ProjectFilesFetcher().fetch(address)


def test_drawing_reads_static_files_and_data_addresses():
    fetcher = drawing.ProjectFilesFetcher()
    assert b"@page" in fetcher.fetch("http://portal.invalid/static/css/pdf.css").read()
    assert fetcher.fetch("data:text/plain,here").read() == b"here"


def test_the_collector_of_garbage_works_again_after_a_drawing(drawn_anew):
    render_pdf(samples.change_control())
    assert gc.isenabled()


def test_the_structure_check_sees_what_is_missing():
    with pikepdf.open(_file(render_pdf(samples.risk_register()))) as opened:
        del opened.Root.Lang, opened.Root.ViewerPreferences, opened.Root.StructTreeRoot.IDTree
        damaged = _saved(opened)
    assert structure_problems(damaged) == [
        "The document has no language.",
        "A reader's window would show the file name, not the title.",
        "The index of ids does not list every table header.",
    ]


def _file(pdf: bytes):
    return io.BytesIO(pdf)


def _saved(opened: pikepdf.Pdf) -> bytes:
    saved = io.BytesIO()
    opened.save(saved)
    return saved.getvalue()


def test_every_cell_under_a_heading_of_several_columns_names_it():
    """The second row of the head has the columns, the first what they have in common; a cell is read with both."""
    with pikepdf.open(_file(render_pdf(samples.risk_register()))) as opened:
        cells = list(elements(opened.Root.StructTreeRoot))
        (shared,) = [bytes(cell.ID) for cell in cells if "/ColSpan" in cell.get("/A", {}) and cell.A.ColSpan == 2]
        named = [[bytes(each) for each in cell.A.Headers] for cell in cells if str(cell.S) == "/TD"]
    under = [headers for headers in named if shared in headers]
    assert len(under) == 6  # two columns of three risks
    assert {len(headers) for headers in under} == {3}  # the shared heading, the column's, the row's
