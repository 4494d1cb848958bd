"""Committee packs: one accessible document, and a public copy in which nothing exempt is left."""

import io
from datetime import UTC, date, datetime
from io import StringIO

import pikepdf
import pytest
from django.core.management import call_command

from projects.actions.committees import add_meeting, create_committee_report, publish_committee_report
from projects.actions.nodes import change_node
from projects.models import Board
from projects.permissions import top_node
from reporting.packs import (
    NOT_FOR_PUBLICATION,
    AppendixMissing,
    PackIsExempt,
    UnknownPack,
    contents_of,
    drawn_pack,
    pack_documents,
    pack_named,
)
from tests import factories
from tests.beginnings import handed_out
from tests.reporting.documents.pdfua import assert_pdf_ua, bookmarks, pdf_pages, pdf_text

pytestmark = pytest.mark.django_db

DAY = date(2019, 8, 6)


def reported(organisation, slug, title, **exempt):
    """A project with a published report: two milestones, one waiting for the other, and two risks."""
    node = factories.project(organisation, slug, title)
    report = factories.draft(node)
    factories.milestone(report, f"{title} designed", ref="1")
    factories.milestone(report, f"{title} opened", ref="2", interdependencies="Milestone 1")
    factories.risk(report, f"{title} leaks", ref="1")
    factories.risk(report, f"{title} contractor insolvent", ref="2", **exempt)
    factories.published(node, report=report)
    return node


@pytest.fixture(scope="module")
def beginning(founded):
    """A library that is public and a pool that is exempt, both with a published report."""
    return {
        "library": reported(founded, "library", "Library"),
        "pool": reported(founded, "pool", "Pool", is_exempt=True, exempt_paragraph="3"),
    }


library, pool = handed_out("library", "pool")


def cover_of(organisation, *nodes, publish=True, sections=(), **fields):
    by = factories.system_user()
    board, _ = Board.objects.get_or_create(organisation=organisation, name="Cabinet", kind="executive")
    report = create_committee_report(
        node=top_node(organisation),
        meeting=add_meeting(board, datetime(2019, 7, 31, 18, tzinfo=UTC), by=by),
        slug="cabinet-july",
        heading="REPORT TO THE CABINET",
        subject="Projects",
        report_of="Director of Projects",
        sections=[{"heading": "PURPOSE", "text": "To note progress."}, *sections],
        appendices=[{"node": node, "label": f"Appendix {number}"} for number, node in enumerate(nodes, start=1)],
        by=by,
        **fields,
    )
    return publish_committee_report(report, by=by) if publish else report


@pytest.fixture
def drawn(tmp_path):
    """A copy of the pack of one report, as it would be kept."""

    def draw(report, *, public, day=DAY):
        file = tmp_path / f"{'public' if public else 'whole'}-{day}.pdf"
        asked = pack_named(f"{report.organisation.slug}/{report.slug}")
        drawn_pack(asked.meeting, [asked], file, public=public, day=day)
        return file.read_bytes()

    return draw


def marking(report, *, public):
    documents = list(pack_documents([report], public=public, day=DAY))
    pages = [None] * len(documents)
    return contents_of(report.meeting, documents, pages, public=public, day=DAY).masthead.marking


def test_a_pack_is_one_accessible_document(organisation, library, pool, drawn):
    pack = drawn(cover_of(organisation, library, pool), public=False)
    assert_pdf_ua(pack)
    pages = pdf_pages(pack)
    assert pages[0].startswith("REPORT TO THE CABINET")
    for number, page in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in page
    names = bookmarks(pack)
    assert names.index("Contents") < names.index("1 PURPOSE") < names.index("Appendix 1: Library")
    assert names.index("Appendix 1: Library") < names.index("Appendix 2: Pool")


def test_the_contents_lead_to_each_part_and_say_its_page(organisation, library, pool, drawn):
    pack = drawn(cover_of(organisation, library, pool), public=False)
    pages = pdf_pages(pack)
    begins = next(number for number, page in enumerate(pages, start=1) if "PMO Dashboard: Pool" in page)
    entry = pages[0].split("Appendix 2: Pool")[1]
    assert entry.lstrip(" .").startswith(str(begins))
    with pikepdf.open(io.BytesIO(pack)) as opened:
        links = [each for each in opened.pages[0].Annots if each.Subtype == "/Link"]
        places = [page.objgen for page in opened.pages]
        leads = sorted({places.index(each.Dest[0].objgen) + 1 for each in links})
    assert len(leads) == len(links) == 3  # one stop of the tabulator for a line
    assert leads[-1] == begins


def test_a_document_may_stand_in_a_pack_twice(organisation, library, drawn):
    pack = drawn(cover_of(organisation, library, library), public=False)
    assert_pdf_ua(pack)


def test_links_between_milestones_stay_in_their_appendix(organisation, library, pool, drawn):
    """Both appendices have a milestone 1 that their milestone 2 leads to."""
    with pikepdf.open(io.BytesIO(drawn(cover_of(organisation, library, pool), public=False))) as opened:
        places = [page.objgen for page in opened.pages]
        leads = [
            (number, places.index(link.Dest[0].objgen))
            for number, page in enumerate(opened.pages)
            for link in page.get("/Annots", ())
            if number
        ]
    assert len(leads) == 2
    assert all(abs(here - there) <= 1 for here, there in leads)
    assert leads[0] != leads[1]


def test_what_says_the_same_is_not_drawn_again(organisation, library, pool, drawn, monkeypatch):
    report = cover_of(organisation, library, pool)
    before = drawn(report, public=False)

    def refuse(html):
        raise AssertionError("Something was drawn again.")

    monkeypatch.setattr("reporting.documents.parts.draw_part", refuse)
    monkeypatch.setattr("reporting.documents.drawers.draw_part", refuse)
    assert drawn(report, public=False) == before


def test_many_parts_are_drawn_by_processes_of_their_own(organisation, library, pool, drawn):
    lido = reported(organisation, "lido", "Lido")
    pack = drawn(cover_of(organisation, library, pool, lido), public=False)
    assert_pdf_ua(pack)
    assert "Appendix 3: Lido" in bookmarks(pack)


def test_the_public_copy_leaves_out_exempt_rows_sections_and_appendices(organisation, library, pool, drawn):
    secret = {"heading": "LEGAL ADVICE", "text": "The tender may be challenged.", "is_exempt": True}
    report = cover_of(organisation, library, pool, sections=[secret])
    change_node(library, {"is_exempt": True}, version=library.version, by=factories.system_user())
    whole = pdf_text(drawn(report, public=False))
    copy = drawn(report, public=True)
    assert_pdf_ua(copy)
    public = pdf_text(copy)
    for words in ("LEGAL ADVICE", "challenged", "Library", "Appendix 1", "Pool contractor insolvent", "NOT FOR"):
        assert words in whole
        assert words not in public
    assert "Pool leaks" in public
    with pikepdf.open(io.BytesIO(copy)) as opened:
        assert b"Library" not in b"".join(bytes(each) for each in opened.objects if isinstance(each, pikepdf.String))


def test_what_is_exempt_until_a_day_is_public_from_that_day(organisation, drawn):
    pool = reported(organisation, "pool", "Pool", is_exempt=True, exempt_until=date(2019, 9, 1))
    report = cover_of(organisation, pool)
    copies = [drawn(report, public=True, day=date(2019, month, day)) for month, day in ((8, 31), (9, 1))]
    assert ["Pool contractor insolvent" in pdf_text(copy) for copy in copies] == [False, True]


def test_a_copy_that_holds_exempt_items_says_so(organisation, library, pool):
    report = cover_of(organisation, library, pool)
    assert marking(report, public=False) == NOT_FOR_PUBLICATION
    assert marking(pack_named("westshire/cabinet-july"), public=True) == ""


def test_an_exempt_report_has_no_public_copy(organisation, library):
    report = cover_of(organisation, library, is_exempt=True)
    with pytest.raises(PackIsExempt):
        list(pack_documents([report], public=True, day=DAY))
    assert list(pack_documents([report], public=False, day=DAY))


def test_a_pack_keeps_the_report_pinned_at_publication(organisation, library, drawn):
    report = cover_of(organisation, library)
    later = factories.draft(library, factories.next_period(factories.period(organisation)))
    factories.milestone(later, "Library extended", ref="3")
    factories.published(library, report=later)
    assert "Library extended" not in pdf_text(drawn(report, public=True))


def test_an_unpublished_pack_shows_the_newest_published_reports_and_is_a_draft(organisation, library):
    report = cover_of(organisation, library, publish=False)
    assert marking(report, public=False) == "DRAFT"
    titles = [each.title for each in pack_documents([report], public=False, day=DAY)]
    assert titles == ["Report: Projects", "Appendix 1: Library"]


def test_an_appendix_without_a_published_report_is_named(organisation):
    node = factories.project(organisation)
    with pytest.raises(AppendixMissing, match=r"Appendix 1 \(New library\) has no published report"):
        list(pack_documents([cover_of(organisation, node, publish=False)], public=False, day=DAY))


def test_a_pack_there_is_not():
    for words in ("westshire/nothing", "westshire", ""):
        with pytest.raises(UnknownPack):
            pack_named(words)


def test_the_command(organisation, library, pool, tmp_path):
    cover_of(organisation, library, pool)
    whole, public = tmp_path / "whole.pdf", tmp_path / "public.pdf"
    call_command("render_pack", "westshire/cabinet-july", "-o", str(whole))
    call_command("render_pack", "westshire/cabinet-july", "-o", str(public), "--public")
    assert "Pool contractor insolvent" in pdf_text(whole.read_bytes())
    assert "Pool contractor insolvent" not in pdf_text(public.read_bytes())


def test_the_command_refuses_in_a_sentence(db, tmp_path):
    said = StringIO()
    with pytest.raises(SystemExit) as left:
        call_command("render_pack", "westshire/nothing", "-o", str(tmp_path / "x.pdf"), stderr=said)
    assert left.value.code == 2
    assert said.getvalue() == "There is no pack westshire/nothing; a pack is named organisation/committee-report.\n"
    assert not (tmp_path / "x.pdf").exists()
