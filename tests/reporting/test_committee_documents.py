"""Cover reports with parts of their own, work programmes and minutes as documents."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from projects.actions.committees import add_meeting, create_committee_report, publish_committee_report
from projects.actions.minutes import add_item, add_resolution, record_attendance
from projects.actions.work_programme import add_line, remove_line
from projects.permissions import top_node
from reporting.boards import board_document
from reporting.documents.catalogue.cover_report import SCHEDULE, built_cover_report
from reporting.documents.catalogue.passages import small_table
from reporting.documents.catalogue.work_programme import built_work_programme
from reporting.documents.render import render_docx, render_pdf, render_xlsx
from reporting.packs import pack_documents
from reporting.queries import NoSuchReport
from tests import factories
from tests.reporting.documents.pdfua import assert_pdf_ua, pdf_text

pytestmark = pytest.mark.django_db

TABLE = {
    "caption": "Profile",
    "columns": ["£000", "2018/19", "Total"],
    "rows": [["Kit", "1,005", "1,005"], ["Total", "1,005", "1,005"]],
}
SECTIONS = [
    {"key": "purpose", "heading": "Purpose", "text": "To tell."},
    {"key": "money", "heading": "Money", "text": "Before.\n\n[table 1]\n\nAfter.", "tables": [TABLE]},
    {"key": "recommendations", "heading": "RECOMMENDATION/S", "text": "Note it.\n\nAgree it."},
    {"key": "signature", "heading": ""},
    {"key": "clearances", "heading": "Comments"},
    {"key": "background-papers", "heading": "Background Papers", "text": "May be inspected."},
    {"key": "plain", "heading": "Electoral Division(s)", "text": "All"},
    {"key": "work-programme", "heading": "Work programme"},
]


@pytest.fixture
def board(organisation):
    return factories.board(organisation)


def meeting(board, month, day):
    return add_meeting(board, datetime(2019, month, day, 9, 30, tzinfo=UTC), by=factories.system_user())


def cover(organisation, board, meeting_on=(9, 4), **more):
    comments = [
        {"heading": "Constitutional Comments", "initials": "KK", "cleared_words": "18 October 2018", "text": "Yes"},
        {"heading": "Financial Comments", "initials": "GB", "text": "Paid for."},
    ]
    fields = {"numbering": "through", "sections": SECTIONS, "slug": "september", "background_papers": "None"}
    fields |= {"clearances": comments} | more
    return create_committee_report(
        node=top_node(organisation),
        meeting=meeting(board, *meeting_on),
        heading="Report",
        subject="Smarter working",
        report_of="Director",
        agenda_item="4",
        signed_by="Service Director",
        by=factories.system_user(),
        **fields,
    )


def headings(built):
    return [section.title for section in built.sections]


def numbers(built):
    return [
        (paragraph.number, paragraph.text)
        for section in built.sections
        if section.key == "cover-section"
        for passage in section.content.passages
        for paragraph in passage.paragraphs
    ]


def test_sections_stand_in_the_reports_order_and_are_numbered_through(organisation, board):
    built = built_cover_report(cover(organisation, board), sees_exempt=True, day=date(2019, 8, 6))
    assert headings(built) == [
        "Report",
        "Purpose",
        "Money",
        "RECOMMENDATION/S",
        "Constitutional Comments (KK 18 October 2018)",
        "Financial Comments (GB)",
        "Background Papers",
        "Electoral Division(s)",
        "Work programme",
    ]
    assert numbers(built) == [
        ("1.", "To tell."),
        ("2.", "Before."),
        ("3.", "After."),
        ("1)", "Note it."),
        ("2)", "Agree it."),
        ("", "Service Director"),
        ("4.", "Yes"),
        ("5.", "Paid for."),
        ("", "May be inspected."),
        ("", "None"),
        ("", "All"),
    ]
    assert ("Agenda item", "4") in built.sections[0].content.more


def test_a_draft_says_what_is_not_given_yet_and_nothing_stands_twice(organisation, board):
    own = cover(organisation, board, slug="own", background_papers="", clearances=[{"heading": "Legal Comments"}])
    said = numbers(built_cover_report(own, sees_exempt=True, day=date(2019, 8, 6)))
    assert ("", "Not given yet.") in said
    assert [text for _, text in said if text.startswith("None")] == []  # "May be inspected." stands there


def test_appendices_that_have_a_place_in_the_report_are_listed_once(organisation, board):
    attached = [{"label": "Appendix 1", "title": "Library", "node": top_node(organisation)}]
    place = {"key": "appendices", "heading": "Attached"}
    own = cover(organisation, board, sections=[*SECTIONS, place], appendices=attached)
    usual = cover(organisation, board, slug="usual", meeting_on=(10, 4), appendices=attached)
    titles = [headings(built_cover_report(each, sees_exempt=True, day=date(2019, 8, 6))) for each in (own, usual)]
    assert [("Attached" in each, "Appendices" in each) for each in titles] == [(True, False), (False, True)]


def test_numbered_by_section_only_paragraphs_of_the_report_count(organisation, board):
    report = cover(organisation, board, numbering="by_section")
    built = built_cover_report(report, sees_exempt=True, day=date(2019, 8, 6))
    assert headings(built)[1:4] == ["1 Purpose", "2 Money", "RECOMMENDATION/S"]
    assert [number for number, _ in numbers(built)][:6] == ["1.1", "2.1", "2.2", "1)", "2)", ""]


def test_what_is_exempt_is_left_out_and_the_rest_keeps_its_numbers(organisation, board):
    exempt = {"is_exempt": True, "exempt_paragraph": "3", "exempt_reason": "Bids are open"}
    sections = [
        SECTIONS[0],
        {"heading": "Bids", "text": "Two came.\n\nOne fell.", **exempt},
        {"heading": "", "text": "Goes on."},
        {"heading": "Staff", "text": "Four.", "is_within": True},
        {"heading": "Risk", "text": "None."},
    ]
    report = cover(organisation, board, sections=sections, numbering="by_section")
    public = built_cover_report(report, sees_exempt=False, day=date(2019, 8, 6))
    assert headings(public)[1:4] == ["1 Purpose", "Staff", "4 Risk"]
    assert numbers(public) == [("1.1", "To tell."), ("3.2", "Four."), ("4.1", "None.")]
    statement = dict(public.sections[0].content.more)["Exempt information"]
    assert "exempt by paragraph 3 of Part 1 of Schedule 12A" in statement
    assert "public interest" in statement
    assert public.masthead.marking == "DRAFT"
    whole = built_cover_report(report, sees_exempt=True, day=date(2019, 8, 6))
    assert ("", f"Not for publication: exempt by paragraph 3 of {SCHEDULE}.") in numbers(whole)
    assert set(numbers(public)) < set(numbers(whole))
    assert whole.masthead.marking == "DRAFT, NOT FOR PUBLICATION: CONTAINS EXEMPT INFORMATION"
    assert whole.file_name.endswith(" - not for publication.pdf")
    assert "Exempt information" not in dict(whole.sections[0].content.more)


def test_a_small_table_keeps_what_was_typed_and_its_place(organisation, board):
    built = built_cover_report(cover(organisation, board), sees_exempt=True, day=date(2019, 8, 6))
    before, after = next(section for section in built.sections if section.title == "Money").content.passages
    assert [paragraph.text for paragraph in before.paragraphs] == ["Before."]
    assert [paragraph.text for paragraph in after.paragraphs] == ["After."]
    (table,) = before.tables
    assert [column.is_figure for column in table.columns] == [False, True, True]
    assert [[cell.text for cell in row.cells] for row in table.printed_rows] == TABLE["rows"]
    assert [row.is_total for row in table.printed_rows] == [False, True]


@pytest.mark.parametrize(
    ("cells", "are_figures"),
    [(["1,090", "£223", "8.67"], True), (["67%", ""], True), (["Phase 1", "2"], False), (["", ""], False)],
)
def test_a_column_is_of_figures_where_every_filled_cell_is_one(cells, are_figures):
    table = small_table({"columns": ["a", "b"], "rows": [["x", cell] for cell in cells]})
    assert table.columns[1].is_figure is are_figures


def test_the_documents_are_accessible_pdfs_and_files(organisation, board, pmo):
    add_line(board, title="ICT", meeting=meeting(board, 11, 5), is_key_decision=True, by=pmo)
    built = built_cover_report(cover(organisation, board), sees_exempt=True, day=date(2019, 8, 6))
    drawn = render_pdf(built)
    assert_pdf_ua(drawn)
    assert "Constitutional Comments (KK 18 October 2018)" in pdf_text(drawn)
    assert render_docx(built)
    for name in ("work-programme", "forward-plan"):
        built = board_document(name, organisation, only_published=False, sees_exempt=False)
        assert_pdf_ua(render_pdf(built))
        assert render_xlsx(built)


def rows_of(built):
    return {section.title: [row["title" if "title" in row else "0"] for row in section.content.rows]
            for section in built.sections}  # fmt: skip


def test_the_work_programme_of_an_earlier_day_is_the_copy_that_a_report_kept(organisation, board, pmo):
    line = add_line(board, title="ICT", meeting=meeting(board, 11, 5), by=pmo)
    publish_committee_report(cover(organisation, board), by=pmo, as_at=date(2019, 8, 1))
    remove_line(line, by=pmo, reason="Merged")
    add_line(board, title="Savings", meeting=meeting(board, 11, 5), by=pmo)

    def drawn(period):
        return built_work_programme(board, period=period, sees_exempt=False)

    for period in ("", "2019-08-01", "2019-09-30", "september"):
        assert rows_of(drawn(period)) == {"5 November 2019": ["ICT"]}
        assert drawn(period).masthead.as_at == "as at 1 August 2019"
    assert rows_of(drawn("now")) == {"5 November 2019": ["Savings"]}
    assert drawn("now").masthead.as_at == "as at 6 August 2019"
    for period in ("2019-07-31", "october"):
        with pytest.raises(NoSuchReport, match="No copy of the work programme"):
            drawn(period)


def test_a_copy_in_an_exempt_report_is_not_for_readers(organisation, board, pmo):
    add_line(board, title="ICT", by=pmo)
    publish_committee_report(cover(organisation, board, is_exempt=True), by=pmo, as_at=date(2019, 8, 1))
    with pytest.raises(NoSuchReport):
        built_work_programme(board, period="2019-08-01", sees_exempt=False)
    assert built_work_programme(board, period="2019-08-01", sees_exempt=True)


def test_the_forward_plan_has_key_decisions_of_all_boards_with_the_last_day_of_notice(organisation, board, pmo):
    other = factories.board(organisation, "Cabinet")
    add_line(board, title="Gone", meeting=meeting(board, 7, 10), is_key_decision=True, by=pmo)
    add_line(other, title="Buy", meeting=meeting(other, 9, 4), is_key_decision=True, by=pmo)
    add_line(board, title="ICT", meeting=meeting(board, 11, 5), by=pmo)
    built = board_document("forward-plan", organisation, only_published=True, sees_exempt=False)
    keys, others, _ = built.sections
    assert [(row["title"], row["board"], row["due"]) for row in keys.content.rows] == [
        ("Buy", "Cabinet", "6 August 2019")
    ]
    assert "today is the last day" in keys.content.rows[0]["notice"]
    assert [row["title"] for row in others.content.rows] == ["ICT"]


def test_a_board_is_asked_for_by_its_number(client, organisation, board, director, pmo):
    other = factories.board(organisation, "Cabinet")
    add_line(board, title="ICT", by=pmo)
    add_line(other, title="Buy", by=pmo)
    client.force_login(director)
    where = reverse("document", args=["work-programme", organisation.slug, organisation.slug])
    words = client.get(where, {"board": other.pk}).content.decode()
    assert "Buy" in words
    assert "ICT" not in words
    assert client.get(where, {"board": "x"}).status_code == 404


def test_minutes_name_resolutions_and_the_lines_they_changed(organisation, board, pmo):
    held = meeting(board, 7, 10)
    line = add_line(board, title="Departmental update", meeting=meeting(board, 11, 5), by=pmo)
    kept = add_line(board, title="Land", is_exempt=True, exempt_paragraph="3", by=pmo)
    item = add_item(held, number="7", heading="WORK PROGRAMME", text="Members agreed.", by=pmo)
    add_resolution(item, number="2019/018", text="That it be amended.", lines=[line, kept], by=pmo)
    record_attendance(held, {"attendance": [["Councillors", "Chairman", False]]}, by=pmo)
    with pytest.raises(NoSuchReport):
        board_document("minutes", organisation, only_published=True, sees_exempt=False)
    built = board_document("minutes", organisation, only_published=False, sees_exempt=False)
    assert built.masthead.marking == "DRAFT"
    section = next(section for section in built.sections if section.title == "7. WORK PROGRAMME")
    assert [passage.heading for passage in section.content.passages] == ["", "Resolved 2019/018"]
    assert section.content.passages[1].paragraphs[1].bullets == ("5 November 2019: Departmental update",)
    assert_pdf_ua(render_pdf(built))


def test_the_list_of_documents_names_work_programmes(client, organisation, board, reader, pmo):
    add_line(board, title="ICT", by=pmo)
    client.force_login(reader)
    page = reverse("document", args=["work-programme", organisation.slug, organisation.slug])
    assert f"{page}?board={board.pk}&amp;format=xlsx" in client.get(reverse("documents")).content.decode()


def test_an_appendix_of_a_whole_portfolio_is_drawn_as_at_publication(organisation, board, project, pmo):
    factories.published(project)
    report = cover(organisation, board, appendices=[
        {"node": top_node(organisation), "label": "Appendix B", "title": "Status", "document": "portfolio-status"}
    ])  # fmt: skip
    report = publish_committee_report(report, by=pmo)
    assert report.appendices.get().source is None
    appendix = list(pack_documents([report], public=True, day=date(2019, 8, 6)))[1]
    assert appendix.title == "Appendix B: Status"
    assert project.title in pdf_text(render_pdf(appendix.built))
