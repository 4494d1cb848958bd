"""Documents as pages and files, the pages of a node, and the command: who gets what, and what it says."""

import io
from datetime import date, datetime
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from docx import Document as WordFile
from openpyxl import load_workbook

from projects.actions.committees import add_meeting, create_committee_report, publish_committee_report
from projects.actions.nodes import change_node
from projects.actions.reports import correct_report
from projects.models import Narrative
from projects.permissions import top_node
from reporting.documents.catalogue import REPORT_DOCUMENTS, built_dashboard
from reporting.documents.catalogue.cover_report import built_cover_report
from reporting.documents.catalogue.passages import blocks_of
from reporting.documents.catalogue.sections import interdependencies
from reporting.documents.document import all_documents
from tests import factories
from tests.reporting.documents.pdfua import assert_pdf_ua, pdf_text

AUGUST = date(2019, 8, 31)


def address(node, name="project-dashboard", **asked):
    return reverse("document", args=[name, node.organisation.slug, node.slug], query=asked)


def written(node, words, month=date(2019, 7, 31)):
    """A draft of the node with `words` as its commentary."""
    report = factories.draft(node, factories.period(node.organisation, month))
    Narrative.objects.filter(report=report, section="commentary").update(text=words)
    return report


def text_of(built):
    return str(built)


def test_a_reader_gets_the_published_report_and_staff_the_newest_approved(client, project, reader, director):
    factories.published(project, report=written(project, "July, as published."))
    factories.approved(project, report=written(project, "August, approved only.", AUGUST))
    client.force_login(reader)
    page = client.get(address(project)).content.decode()
    assert "July, as published." in page
    assert "August, approved only." not in page
    client.force_login(director)
    assert "August, approved only." in client.get(address(project)).content.decode()


def test_a_reader_cannot_ask_for_what_is_not_published(client, project, reader):
    approved = factories.approved(project)
    draft = written(project, "Not yet.", AUGUST)
    client.force_login(reader)
    assert client.get(address(project)).status_code == 404
    for report in (approved, draft):
        assert client.get(address(project, report=report.pk)).status_code == 404
        assert client.get(reverse("report", args=[report.pk])).status_code == 404
    assert client.get(address(project, period="2019-07-31")).status_code == 404


def test_a_draft_says_that_it_is_one(client, project, director):
    report = written(project, "On its way.")
    client.force_login(director)
    file = client.get(address(project, report=report.pk, format="pdf"))
    assert "DRAFT" in pdf_text(file.content)
    assert "not approved yet" in client.get(reverse("report", args=[report.pk])).content.decode()


def test_the_report_of_another_node_is_not_drawn_under_this_one(client, organisation, project, director):
    other = factories.approved(factories.project(organisation, slug="museum"))
    client.force_login(director)
    assert client.get(address(project, report=other.pk)).status_code == 404


def test_exempt_rows_are_kept_from_readers_and_marked_for_members(client, project, reader, member):
    report = written(project, "Open words.")
    factories.risk(report, title="The landlord may sell", is_exempt=True, exempt_paragraph="3")
    factories.risk(report, title="Roof leaks")
    factories.published(project, report=report)
    client.force_login(reader)
    public = client.get(address(project)).content.decode()
    assert "Roof leaks" in public
    assert "The landlord may sell" not in public
    assert "NOT FOR PUBLICATION" not in public
    client.force_login(member)
    private = client.get(address(project)).content.decode()
    assert "The landlord may sell" in private
    assert "NOT FOR PUBLICATION" in private


def test_an_exempt_row_is_public_once_its_day_has_come(client, project, reader):
    report = written(project, "Open words.")
    factories.risk(report, title="The landlord may sell", is_exempt=True, exempt_until=date(2019, 8, 6))
    factories.published(project, report=report)
    client.force_login(reader)
    assert "The landlord may sell" in client.get(address(project)).content.decode()


def test_fields_marked_exempt_or_withheld_are_kept_back(project):
    report = written(project, "Open words.")
    row = factories.risk(report, title="Price of the site", marks={"title": {"kind": "exempt"}})
    withheld = factories.benefit(report, title="Sale", marks={"title": {"kind": "withheld"}})
    public = text_of(built_dashboard(report, sees_exempt=False, day=date(2019, 8, 6)))
    private = text_of(built_dashboard(report, sees_exempt=True, day=date(2019, 8, 6)))
    assert row.title not in public
    assert "Exempt from publication" in public
    assert row.title in private
    assert withheld.title not in public + private


def test_an_approved_report_draws_the_same_after_the_project_is_renamed(project):
    report = factories.approved(project, report=written(project, "As it was."))
    before = built_dashboard(report, sees_exempt=True, day=date(2019, 8, 6))
    change_node(project, {"title": "Another name"}, version=project.version, by=factories.system_user())
    report.refresh_from_db()
    assert built_dashboard(report, sees_exempt=True, day=date(2019, 8, 6)) == before


@pytest.mark.parametrize("name", sorted(REPORT_DOCUMENTS))
def test_every_document_is_drawn_in_every_format(client, organisation, project, director, name):
    report = written(project, "Words.")
    factories.risk(report, residual_likelihood=4, residual_impact=4, title="Roof leaks", ref="R1")
    factories.milestone(report)
    factories.budget(report, planned=Decimal(100), forecast=Decimal(120))
    factories.approved(project, report=report)
    client.force_login(director)
    page = client.get(address(project, name))
    assert page.status_code == 200
    pdf = client.get(address(project, name, format="pdf"))
    assert_pdf_ua(pdf.content)
    assert pdf["Content-Disposition"].startswith("attachment; filename=")
    assert "New library" in pdf["Content-Disposition"]
    book = load_workbook(io.BytesIO(client.get(address(project, name, format="xlsx")).content))
    assert book.sheetnames
    WordFile(io.BytesIO(client.get(address(project, name, format="docx")).content))


def test_the_risk_register_places_scored_risks_in_the_matrix(client, project, director):
    report = written(project, "Words.")
    factories.risk(report, residual_likelihood=4, residual_impact=4, title="Roof leaks", ref="R1")
    factories.risk(report, title="Known by band", ref="R2")
    factories.approved(project, report=report)
    client.force_login(director)
    page = client.get(address(project, "risk-register")).content.decode()
    assert "High 16" in page
    assert "R1" in page
    assert "not placed: R2" in page


def test_what_there_is_not_is_not_found(client, project, director, stranger):
    factories.approved(project)
    client.force_login(director)
    assert client.get(address(project, "no-such")).status_code == 404
    assert client.get(address(project, format="exe")).status_code == 404
    assert (
        "has no approved report for 1 January 2001"
        in client.get(address(project, period="2001-01-01")).content.decode()
    )
    client.force_login(stranger)
    assert client.get(address(project)).status_code == 404


def test_a_period_is_named_by_slug_or_day(client, project, director):
    factories.approved(project, report=written(project, "July words."))
    factories.approved(project, report=written(project, "August words.", AUGUST))
    client.force_login(director)
    july = factories.period(project.organisation)
    for period in (july.slug, "2019-07-31", "2019-08-15"):
        assert "July words." in client.get(address(project, period=period)).content.decode()
    assert "August words." in client.get(address(project, period="2019-09-01")).content.decode()


def test_findings_are_not_for_readers(client, project, reader, director):
    factories.published(project)
    client.force_login(reader)
    assert client.get(address(project, "assurance")).status_code == 404
    client.force_login(director)
    assert client.get(address(project, "assurance")).status_code == 200


# ---- pages of a node ----


def test_the_node_page_draws_the_newest_report(client, project, director):
    factories.approved(project, report=written(project, "July words."))
    client.force_login(director)
    page = client.get(reverse("node", args=[project.organisation.slug, project.slug])).content.decode()
    assert "July words." in page
    assert "format=pdf" in page


def test_the_node_page_before_any_report_says_what_comes(client, project, officer, reader):
    client.force_login(officer)
    where = reverse("node", args=[project.organisation.slug, project.slug])
    page = client.get(where).content.decode()
    assert "Nothing has been reported yet" in page
    assert "Open the" in page
    client.force_login(reader)
    assert "Open the" not in client.get(where).content.decode()


def test_history_lists_every_report_with_who_and_why(client, project, pmo, reader):
    first = factories.published(project)
    correction = correct_report(first, by=pmo, reason="The forecast was last month's.")
    client.force_login(pmo)
    where = reverse("node-history", args=[project.organisation.slug, project.slug])
    page = client.get(where).content.decode()
    assert "revision 2" in page
    assert "The forecast was last month&#x27;s." in page
    assert "Approved" in page
    assert reverse("report", args=[correction.pk]) in page
    client.force_login(reader)
    public = client.get(where).content.decode()
    assert "revision 2" not in public
    assert "System" not in public


def test_a_corrected_report_says_so_and_still_draws_what_it_said(client, project, pmo):
    first = factories.published(project, report=written(project, "What was printed."))
    correct_report(first, by=pmo, reason="A wrong date.")
    client.force_login(pmo)
    page = client.get(reverse("report", args=[first.pk])).content.decode()
    assert "This report has been corrected" in page
    assert "A wrong date." in page
    assert "What was printed." in page


def test_the_list_of_documents_shows_what_can_be_drawn(client, organisation, project, reader, director):
    factories.approved(project)
    client.force_login(reader)
    assert project.title not in client.get(reverse("documents")).content.decode()
    client.force_login(director)
    page = client.get(reverse("documents")).content.decode()
    assert address(project) in page
    for name in ("changes-since", "trends"):
        assert address(project, name) in page
    assert project.title not in client.get(reverse("documents", query={"words": "zoo"})).content.decode()


# ---- the cover report ----


def cover_report(organisation, **fields):
    meeting = add_meeting(
        factories.board(organisation),
        datetime(2019, 7, 10, 19, tzinfo=timezone.get_current_timezone()),
        by=factories.system_user(),
    )
    text = "To present.\n\n# New library\n\nIt is open:\n\n- on time\n- to cost"
    sections = [
        {"key": "purpose", "heading": "PURPOSE", "text": text},
        {"key": "price", "heading": "PRICE", "text": "Seven thousand pounds.", "is_exempt": True},
        {"key": "crime", "heading": "CRIME AND DISORDER IMPLICATIONS", "text": "None."},
    ]
    return create_committee_report(
        node=top_node(organisation),
        meeting=meeting,
        by=factories.system_user(),
        slug="july",
        heading="REPORT TO THE EXECUTIVE",
        subject="Projects in July",
        report_of="Report of the Strategic Director",
        sections=sections,
        **fields,
    )


def test_the_cover_report_is_drawn_once_published(client, organisation, reader, pmo):
    report = cover_report(organisation)
    where = reverse("document", args=["cover-report", organisation.slug, organisation.slug])
    client.force_login(reader)
    assert client.get(where).status_code == 404
    assert client.get(where, {"period": "july"}).status_code == 404
    client.force_login(pmo)
    assert "DRAFT" in client.get(where, {"period": "july"}).content.decode()
    publish_committee_report(report, by=pmo)
    client.force_login(reader)
    page = client.get(where).content.decode()
    assert "1 PURPOSE" in page
    assert "1.2" in page
    assert "<li>on time</li>" in page
    assert "Seven thousand pounds." not in page
    assert "DRAFT" not in page
    assert "Strategic Director" in page
    assert client.get(where, {"period": "2019-07-10"}).status_code == 200
    word = WordFile(io.BytesIO(client.get(where, {"format": "docx"}).content))
    purpose = next(paragraph for paragraph in word.paragraphs if paragraph.text == "PURPOSE")
    assert purpose._p.pPr.numPr is not None  # its 1 is Word's own


def test_paragraphs_can_be_numbered_through(organisation):
    report = cover_report(organisation, numbering="through")
    built = built_cover_report(report, sees_exempt=True, day=date(2019, 8, 6))
    numbers = [
        paragraph.number
        for section in built.sections
        if section.key == "cover-section"
        for passage in section.content.passages
        for paragraph in passage.paragraphs
        if paragraph.number  # none has the line that says why a section is exempt
    ]
    assert numbers == ["1.", "2.", "3.", "4."]


def test_text_of_a_section_is_read_as_headings_paragraphs_and_bullets():
    assert blocks_of("One.\n\n# Part\n\nTwo:\n- a\n- b\n\n- c\n\n\nThree.") == [
        ("", "One.", ()),
        ("Part", "", ()),
        ("", "Two:", ("a", "b", "c")),
        ("", "Three.", ()),
    ]


# ---- the command ----


def test_render_lists_the_documents(capsys):
    call_command("render", "--list")
    listed = capsys.readouterr().out.split()
    assert listed == sorted(each.name for each in all_documents())
    assert {"baseline-moves", "change-control", "changes-since", "project-dashboard", "trends"} <= set(listed)


def test_render_writes_the_file(project, tmp_path):
    factories.approved(project, report=written(project, "Words on paper."))
    file = tmp_path / "appendix.pdf"
    call_command("render", "project-dashboard", "--node", f"{project.organisation.slug}/library", "-o", str(file))
    assert "Words on paper." in pdf_text(file.read_bytes())


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ([], "Name a document"),
        (["no-such", "--node", "westshire/library"], "There is no document named no-such"),
        (["project-dashboard", "--node", "westshire/zoo"], "There is no node westshire/zoo"),
        (["project-dashboard"], "Name a node"),
        (["project-dashboard", "--node", "westshire/library"], "has no approved report yet"),
        (["project-dashboard", "--node", "westshire/library", "--format", "exe"], "does not draw exe files"),
        (["cover-report", "--node", "westshire"], "has no committee report"),
    ],
)
def test_render_refuses_in_one_sentence(project, tmp_path, capsys, asked, says):
    with pytest.raises(SystemExit) as refused:
        call_command("render", *asked, "-o", str(tmp_path / "file"))
    assert refused.value.code == 2
    said = capsys.readouterr().err
    assert says in said
    assert said.strip().count("\n") == 0


def test_interdependencies_keep_the_words():
    anchors = {"1": "milestone-1", "2": "milestone-2"}
    drawn = interdependencies("Milestones 1, 2 and 9", "2", anchors)
    assert drawn.words == "Milestones 1, 2 and 9"
    assert [(part.text, part.anchor) for part in drawn.parts if part.anchor] == [("1", "milestone-1")]
    assert drawn.note == "2 is itself; 9 not listed"
    assert interdependencies("the landlord", "1", anchors) == "the landlord"


def test_the_workbook_to_edit_is_offered_where_files_may_be_downloaded(client, project, director, reader):
    workbook = reverse("export-workbook", args=[project.organisation.slug, project.slug])
    node = reverse("node", args=[project.organisation.slug, project.slug])
    client.force_login(director)
    assert workbook not in client.get(node).content.decode()  # nothing is reported yet
    factories.published(project)
    for user, is_offered in ((director, True), (reader, False)):
        client.force_login(user)
        for page in (node, reverse("documents")):
            assert (workbook in client.get(page).content.decode()) is is_offered
