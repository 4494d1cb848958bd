"""Exempt words are planted wherever a council can mark something exempt, and looked for in every public output."""

import io
import re
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pikepdf
import pytest
from django.urls import reverse

from projects.actions.committees import add_meeting, create_committee_report, publish_committee_report
from projects.actions.minutes import add_item, add_resolution, record_attendance
from projects.actions.nodes import change_node
from projects.models import Board, WorkProgrammeItem
from projects.permissions import top_node
from reporting import assembling
from reporting.assembling import ask_for_pack, begin_pack, publish_pack
from reporting.documents.document import all_documents
from tests import factories
from tests.reporting.documents.pdfua import bookmarks, pdf_text

pytestmark = pytest.mark.django_db

SECRET = "Zephyrine"
EXEMPT = {"is_exempt": True, "exempt_paragraph": "3", "exempt_reason": f"{SECRET} bids are open."}
OPEN = "Doors painted"  # stands beside the exempt ones: it must be found, or the search looks at nothing


@pytest.fixture
def planted(organisation, pmo):
    """A project with an exempt row in each register, an exempt project, exempt parts of a committee report."""
    project = factories.project(organisation, "library", "Library")
    draft = factories.draft(project)
    factories.milestone(draft, OPEN, ref="1")
    factories.milestone(draft, f"{SECRET} sold", ref="2", **EXEMPT)
    factories.risk(draft, f"{SECRET} insolvent", ref="1", **EXEMPT)
    factories.published(project, report=draft)
    hidden = factories.project(organisation, "hidden", f"{SECRET} site")
    factories.published(hidden)
    change_node(hidden, EXEMPT, version=hidden.version, by=pmo)
    board = Board.objects.create(organisation=organisation, name="Cabinet", kind="executive")
    meeting = add_meeting(board, datetime(2019, 7, 31, 18, tzinfo=UTC), by=pmo)
    WorkProgrammeItem.objects.create(organisation=organisation, board=board, meeting=meeting, title=OPEN)
    WorkProgrammeItem.objects.create(
        organisation=organisation, board=board, meeting=meeting, title=f"{SECRET} report", **EXEMPT
    )
    table = {"caption": f"{SECRET} bids", "columns": ["Bidder", "£"], "rows": [[f"{SECRET} Ltd", "9,876,543"]]}
    report = create_committee_report(
        node=top_node(organisation), meeting=meeting, slug="cabinet", heading="REPORT", subject="Projects",
        report_of="Director", by=pmo,
        sections=[
            {"heading": "PURPOSE", "text": OPEN},
            {"heading": f"{SECRET} ADVICE", "text": f"{SECRET} may challenge.", "tables": [table], **EXEMPT},
            {"heading": "", "key": "work-programme"},
        ],
        appendices=[
            {"node": project, "label": "Appendix 1"},
            {"node": hidden, "label": "Appendix 2"},
            {"node": project, "label": "Appendix 3", "title": f"{SECRET} appendix", **EXEMPT},
        ],
    )  # fmt: skip
    secret_report = create_committee_report(
        node=top_node(organisation), meeting=meeting, slug="secret", heading=f"{SECRET} REPORT",
        subject=f"{SECRET} purchase", report_of="Director", sections=[{"heading": "PURPOSE", "text": SECRET}], by=pmo,
        **EXEMPT,
    )  # fmt: skip
    of_secret_node = create_committee_report(
        node=hidden, meeting=meeting, slug="site", heading=f"{SECRET} REPORT", subject=f"{SECRET} sale",
        report_of="Director", sections=[{"heading": "PURPOSE", "text": SECRET}], by=pmo,
    )  # fmt: skip
    papers = (report, secret_report, of_secret_node)
    reports = [publish_committee_report(each, by=pmo) for each in papers]
    minute(meeting, papers, by=pmo)
    pack = begin_pack(meeting, reports, by=pmo)
    pack = ask_for_pack(pack, by=pmo, enqueue=lambda *given: None)
    assembling.assemble(pack.pk, str(pack.run))
    pack.refresh_from_db()
    return publish_pack(pack, by=pmo), meeting, project


def minute(meeting, papers, *, by):
    """Minutes that are out: of each report an item with a resolution, and one that is exempt by its own mark."""
    for number, paper in enumerate((*papers, None), start=1):
        about = {"committee_report": paper} if paper else EXEMPT
        words = OPEN if number == 1 else SECRET
        item = add_item(meeting, number=str(number), heading=f"{words} {number}", text=f"{words} told", by=by, **about)
        add_resolution(item, number=f"2019/0{number}", text=f"That {words} be noted", by=by)
    record_attendance(meeting, {"ended_at": meeting.starts_at + timedelta(hours=2)}, by=by)


def everything_in(content: bytes) -> str:
    """All words of a file: of a PDF bookmarks, metadata and alternative texts too, of an archive every member."""
    if content.startswith(b"%PDF"):
        with pikepdf.open(io.BytesIO(content)) as opened:
            values = [
                value for each in opened.objects if isinstance(each, pikepdf.Dictionary) for value in each.values()
            ]
            strings = [str(value) for value in values if isinstance(value, pikepdf.String)]
            metadata = opened.Root.Metadata.read_bytes().decode()
        return " ".join([pdf_text(content), *bookmarks(content), *strings, metadata])
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            return "".join(name + everything_in(packed.read(name)) for name in packed.namelist())
    return content.decode("utf-8", "ignore")


def outputs(client, organisation, planted):
    """(address, status, content) of every page and file that a reader can ask for of what was planted."""
    pack, meeting, project = planted
    org = organisation.slug
    nodes = (org, project.slug, "hidden")
    named = [
        ("home", []), ("documents", []), ("committee-reports", [org]), ("committees", [org]),
        *(("committee-report", [org, slug]) for slug in ("cabinet", "secret", "site")),
        ("work-programme", [org, meeting.board_id]), ("meeting", [org, meeting.pk]), ("pack", [pack.pk]),
        *(("published", [file.pk]) for file in pack.files.all()),
        *((page, [org, org]) for page in ("portfolio", "rollup", "exceptions", "compare")),
        *((page, [org, node]) for page in ("node", "node-history", "trends") for node in nodes[1:]),
        *(("register", [org, project.slug, kind]) for kind in ("milestones", "risks")),
    ]  # fmt: skip
    addresses = [reverse(name, args=given) for name, given in named]
    for document in all_documents():
        endings = ("html", "pdf", "docx") if document.name in ("cover-report", "minutes") else ("html", "xlsx")
        pages = [reverse("document", args=[document.name, org, node]) for node in nodes]
        addresses += [f"{page}?format={ending}" for page in pages for ending in endings]
    for address in addresses:
        answer = client.get(address)
        yield address, answer.status_code, b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_no_exempt_word_is_in_anything_that_a_reader_can_ask_for(client, organisation, reader, member, planted):
    client.force_login(reader)
    found, leaks = set(), []
    for address, status, content in outputs(client, organisation, planted):
        words = everything_in(content)
        if status < 400 and OPEN in words:
            found.add(address)
        if SECRET in words or "9,876,543" in words:
            leaks.append(address)
    assert leaks == []
    assert len(found) > 10
    assert searched(client, organisation, SECRET) == searched(client, organisation, "Nonsensical")
    whole = planted[0].files.get(copy="members", ending="pdf", is_whole=True)
    client.force_login(member)
    answer = client.get(reverse("published", args=[whole.pk]))
    assert SECRET in pdf_text(b"".join(answer.streaming_content))
    assert SECRET not in Path(whole.file.name).name
    minutes = f"{reverse('document', args=['minutes', organisation.slug, organisation.slug])}?format=html"
    assert all(f"{SECRET} {number}" in client.get(minutes).content.decode() for number in (2, 3, 4))
    client.force_login(reader)
    assert "That Doors painted be noted" in client.get(minutes).content.decode()
    page = client.get(reverse("meeting", args=[organisation.slug, planted[1].pk])).content.decode()
    assert "That Doors painted be noted" in page


def searched(client, organisation, words: str) -> list[str]:
    """What the pages say that look for words, but for the words themselves."""
    pages = [reverse("documents"), reverse("portfolio", args=[organisation.slug, organisation.slug])]
    answers = (client.get(page, {"words": words}).content.decode().replace(words, "...") for page in pages)
    return [re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer) for answer in answers]
