"""Packs assembled in the background: kept with their hash, taken up again, cancelled, published, withdrawn."""

import csv
import hashlib
import io
import re
import subprocess
import zipfile
from datetime import UTC, date, datetime, timedelta

import pikepdf
import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.db.utils import InternalError
from django.urls import reverse
from django.utils import timezone

from projects.actions.committees import (
    add_clearance,
    add_meeting,
    create_committee_report,
    publish_committee_report,
    remove_clearance,
)
from projects.actions.nodes import change_node
from projects.models import Board
from projects.permissions import top_node
from reporting import assembling
from reporting.assembling import (
    PackIsAtWork,
    PackIsKept,
    PackIsNotOut,
    PackNotReady,
    ask_for_pack,
    begin_pack,
    cancel_assembly,
    discard_pack,
    publish_pack,
    say_of_item,
    take_up_abandoned,
    withdraw_pack,
)
from reporting.models import KeptFile, Pack, PackItem
from reporting.tasks import assemble_pack
from tests import factories
from tests.reporting.documents.pdfua import assert_pdf_ua, pdf_text

pytestmark = pytest.mark.django_db

SECRET = "Zephyrine"  # an exempt word that no public output may hold


@pytest.fixture
def library(organisation):
    """A project with one risk that the public may not see."""
    node = factories.project(organisation, "library", "Library")
    report = factories.draft(node)
    factories.milestone(report, "Library opened", ref="1")
    factories.risk(report, f"{SECRET} Construction insolvent", ref="1", is_exempt=True, exempt_paragraph="3")
    factories.published(node, report=report)
    return node


@pytest.fixture
def meeting(organisation):
    board = Board.objects.create(organisation=organisation, name="Cabinet", kind="executive")
    return add_meeting(board, datetime(2019, 8, 28, 18, tzinfo=UTC), by=factories.system_user())


def cover(meeting, node, slug="projects", subject="Projects", publish=True, **fields):
    by = factories.system_user()
    report = create_committee_report(
        node=top_node(meeting.organisation),
        meeting=meeting,
        slug=slug,
        heading="REPORT TO THE CABINET",
        subject=subject,
        report_of="Director of Projects",
        sections=[{"heading": "PURPOSE", "text": "To note progress."}],
        appendices=[{"node": node, "label": "Appendix 1"}] if node else [],
        by=by,
        **fields,
    )
    return publish_committee_report(report, by=by) if publish else report


def assembled(pack, by):
    """The pack once the work in the queue is done, here and now."""
    runs = []
    pack = ask_for_pack(pack, by=by, enqueue=lambda number, run: runs.append((number, run)))
    assembling.assemble(pack.pk, str(pack.run))
    pack.refresh_from_db()
    return pack


@pytest.fixture
def pack(meeting, library, pmo):
    return begin_pack(meeting, [cover(meeting, library)], by=pmo)


def content_of(file) -> bytes:
    with file.file.open() as opened:
        return opened.read()


def read(client, file):
    answer = client.get(reverse("published", args=[file.pk]))
    return answer.status_code, b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_a_pack_is_kept_with_every_file_under_the_name_that_readers_see(pack, pmo, django_capture_on_commit_callbacks):
    pack = assembled(pack, pmo)
    assert (pack.state, pack.problem, pack.told) == ("ready", "", "")
    public = {each.name: each for each in pack.files.filter(copy=KeptFile.PUBLIC)}
    assert {"Pack - Cabinet - 28 August 2019 - public copy.pdf", "Appendix 1 - PMO Dashboard - Library.pdf",
            "Appendix 1 - PMO Dashboard - Library.html", "Appendix 1 - PMO Dashboard - Library.xlsx",
            "Cover report - Cabinet - 28 August 2019.docx"} <= set(public)  # fmt: skip
    for file in pack.files.all():
        content = content_of(file)
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file.size, file.sha256)
        if file.ending == "pdf":
            assert_pdf_ua(content)
    assert [each.to for each in mail.outbox] == [[pmo.email]]
    assert mail.outbox[0].subject == "Ready: Pack of the meeting: Cabinet, 28 August 2019"


def test_all_files_of_a_copy_are_handed_over_in_one_with_their_hashes(pack, pmo, tmp_path):
    pack = assembled(pack, pmo)
    for copy in (KeptFile.PUBLIC, KeptFile.MEMBERS):
        files = pack.files.filter(copy=copy)
        everything = files.get(ending="zip")
        with zipfile.ZipFile(io.BytesIO(content_of(everything))) as packed:
            packed.extractall(tmp_path / copy)
            assert packed.namelist() == [
                *(each.name for each in files if each != everything), "Files of this pack.csv", "SHA256SUMS",
            ]  # fmt: skip
        check = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
        subprocess.run(check, cwd=tmp_path / copy, check=True)
    damaged = tmp_path / "public" / "Appendix 1 - PMO Dashboard - Library.pdf"
    damaged.write_bytes(b"something else")
    assert subprocess.run(check, cwd=tmp_path / "public", capture_output=True).returncode == 1
    listed = (tmp_path / "public" / "Files of this pack.csv").read_text(encoding="utf-8-sig")
    first = next(csv.DictReader(listed.splitlines()))
    assert (first["Order"], first["File"]) == ("1", "Pack - Cabinet - 28 August 2019 - public copy.pdf")
    assert first["SHA-256"] == pack.files.get(copy=KeptFile.PUBLIC, name=first["File"]).sha256


def test_exempt_words_are_in_no_public_file(pack, pmo):
    """Not in text, names, titles, bookmarks, metadata, tables: looked for in the bytes and in all that is packed."""
    pack = assembled(pack, pmo)
    names = {copy: set(pack.files.filter(copy=copy).values_list("name", flat=True)) for copy in ("members", "public")}
    assert "Cover report - Cabinet - 28 August 2019 - not for publication.docx" in names["members"]
    assert names["members"].isdisjoint(names["public"])
    members = "".join(pdf_text(content_of(each)) for each in pack.files.filter(copy="members", ending="pdf"))
    assert SECRET in members
    for file in pack.files.filter(copy=KeptFile.PUBLIC):
        assert SECRET not in file.name + file.title
        assert SECRET not in _everything_in(content_of(file), file.ending)


def _everything_in(content: bytes, ending: str) -> str:
    if ending == "pdf":
        return pdf_text(content) + _strings_of(content)
    if ending in ("docx", "xlsx"):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            return "".join(packed.read(name).decode("utf-8", "ignore") for name in packed.namelist())
    if ending == "zip":
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            endings = {name: name.rpartition(".")[2] for name in packed.namelist()}
            return "".join(name + _everything_in(packed.read(name), ending) for name, ending in endings.items())
    return content.decode()


def _strings_of(content: bytes) -> str:
    """Bookmarks, metadata, alternative texts: every string and uncompressed stream that the file holds."""
    found = []
    with pikepdf.open(io.BytesIO(content)) as opened:
        found.append(opened.Root.Metadata.read_bytes().decode())
        found += [str(each) for each in opened.objects if isinstance(each, pikepdf.String)]
        for each in opened.objects:
            if isinstance(each, pikepdf.Dictionary):
                found += [str(value) for value in each.values() if isinstance(value, pikepdf.String)]
    return " ".join(found)


def test_without_anything_exempt_there_is_one_copy(meeting, pmo, organisation):
    node = factories.project(organisation, "pool", "Pool")
    factories.published(node)
    pack = assembled(begin_pack(meeting, [cover(meeting, node)], by=pmo), pmo)
    assert set(pack.files.values_list("copy", flat=True)) == {KeptFile.PUBLIC}


def test_published_files_stay_the_same_bytes_and_are_404_to_who_may_not(
    pack, pmo, reader, member, stranger, client, django_user_model
):
    pack = assembled(pack, pmo)
    public = pack.files.get(copy=KeptFile.PUBLIC, ending="pdf", is_whole=True)
    whole = pack.files.get(copy=KeptFile.MEMBERS, ending="pdf", is_whole=True)
    client.force_login(reader)
    assert read(client, public)[0] == 404  # not published yet
    publish_pack(pack, by=pmo)
    seen = {}
    for person in (reader, member, pmo, stranger):
        client.force_login(person)
        seen[person] = [read(client, file)[0] for file in (public, whole)]
    assert seen == {reader: [200, 404], member: [200, 200], pmo: [200, 200], stranger: [404, 404]}
    client.force_login(reader)
    assert hashlib.sha256(read(client, public)[1]).hexdigest() == public.sha256
    withdraw_pack(Pack.objects.get(pk=pack.pk), reason="It names a tenant.", by=pmo)
    assert read(client, public)[0] == 404
    client.force_login(pmo)
    assert read(client, public)[0] == 200


def test_reading_without_signing_in_is_a_switch_and_off(pack, pmo, client, organisation):
    pack = assembled(pack, pmo)
    publish_pack(pack, by=pmo)
    public = pack.files.get(copy=KeptFile.PUBLIC, ending="pdf", is_whole=True)
    whole = pack.files.get(copy=KeptFile.MEMBERS, ending="pdf", is_whole=True)
    assert [read(client, file)[0] for file in (public, whole)] == [404, 404]
    organisation.packs_are_public = True
    organisation.save()
    assert [read(client, file)[0] for file in (public, whole)] == [200, 404]
    withdraw_pack(Pack.objects.get(pk=pack.pk), reason="It names a tenant.", by=pmo)
    status, said = read(client, public)
    assert (status, f"/account/login/?next=/published/{public.pk}/" in said.decode()) == (404, True)


def test_a_published_pack_never_changes(pack, pmo):
    pack = publish_pack(assembled(pack, pmo), by=pmo)
    with pytest.raises(PackIsKept):
        ask_for_pack(pack, by=pmo, enqueue=None)
    with pytest.raises(PackIsKept):
        discard_pack(pack, by=pmo)
    for change in (
        lambda: pack.files.update(sha256="0"),
        lambda: pack.files.all().delete(),
        lambda: PackItem.objects.filter(pack=pack).update(state="withdrawn"),
        lambda: Pack.objects.filter(pk=pack.pk)._raw_delete("default"),
    ):
        with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
            change()


def test_a_correction_stands_beside_what_it_corrects(pack, pmo, meeting):
    first = publish_pack(assembled(pack, pmo), by=pmo)
    report = first.items.get().report
    corrected = begin_pack(
        meeting, [report], by=pmo, kind=Pack.Kind.CORRECTED, follows=first, reason="The date on page 3 was wrong."
    )
    corrected = publish_pack(assembled(corrected, pmo), by=pmo)
    first.refresh_from_db()
    assert (first.state, corrected.state) == ("superseded", "published")
    whole = corrected.files.get(copy=KeptFile.PUBLIC, ending="pdf", is_whole=True)
    assert whole.name == "Corrected pack - Cabinet - 28 August 2019 - public copy.pdf"
    assert "The date on page 3 was wrong." in pdf_text(content_of(whole))


def test_what_a_withdrawn_correction_had_superseded_stands_again(meeting, client, pmo, reader):
    report = cover(meeting, None)

    def out(**fields):
        return publish_pack(assembled(begin_pack(meeting, [report], by=pmo, **fields), pmo), by=pmo)

    first = out()
    second = out(kind=Pack.Kind.CORRECTED, follows=first, reason="A wrong date.")
    third = out(kind=Pack.Kind.CORRECTED, follows=Pack.objects.get(pk=second.pk), reason="A wrong name.")

    def states():
        return list(Pack.objects.order_by("pk").values_list("state", flat=True))

    assert states() == ["superseded", "superseded", "published"]
    withdraw_pack(second, reason="It names a tenant.", by=pmo)  # may be withdrawn itself, and nothing stands instead
    assert states() == ["superseded", "withdrawn", "published"]
    client.force_login(pmo)
    address = reverse("pack-withdraw", args=[third.pk])
    assert "which it corrects, is the published one again" in client.get(address).content.decode()
    client.post(address, {"reason": "The first was right."})
    assert states() == ["published", "withdrawn", "withdrawn"]
    messages = client.get(reverse("pack", args=[third.pk])).content.decode()
    assert "is the published one again." in messages
    client.force_login(reader)
    page = client.get(reverse("pack", args=[first.pk])).content.decode()
    assert "Corrected by this one" not in page  # readers do not hear of what was withdrawn
    with pytest.raises(PackIsNotOut):
        withdraw_pack(third, reason="Again.", by=pmo)


def test_a_correction_says_which_of_several_packs_it_corrects(meeting, client, pmo):
    report = cover(meeting, None)
    first = publish_pack(assembled(begin_pack(meeting, [report], by=pmo), pmo), by=pmo)
    client.force_login(pmo)
    address = reverse("pack-new", args=[meeting.organisation.slug, meeting.pk])
    assert "follows" not in client.get(address).context["form"].fields  # there is but one
    more = begin_pack(meeting, [report], by=pmo, kind=Pack.Kind.SUPPLEMENTARY, follows=first, reason="Late.")
    publish_pack(assembled(more, pmo), by=pmo)
    client.post(address, {"kind": "corrected", "reports": [report.pk], "follows": first.pk, "reason": "A wrong date."})
    assert Pack.objects.get(kind=Pack.Kind.CORRECTED).follows == first


def test_papers_to_follow_and_withdrawn_items_are_said_with_their_reason(meeting, library, pmo):
    late = cover(meeting, None, slug="late", subject="Budget monitoring", publish=False)
    pack = begin_pack(meeting, [cover(meeting, library), late], by=pmo)
    item = pack.items.get(report=late)
    say_of_item(item, state="to_follow", reason="The grant was announced on 20 August.", by=pmo)
    pack = publish_pack(assembled(pack, pmo), by=pmo)
    first = pdf_text(content_of(pack.files.get(copy=KeptFile.PUBLIC, ending="pdf", is_whole=True)))
    assert "Budget monitoring: to follow. The grant was announced on 20 August." in first


def test_a_pack_whose_reports_are_all_withdrawn_says_so(meeting, pmo):
    pack = begin_pack(meeting, [cover(meeting, None)], by=pmo)
    say_of_item(pack.items.get(), state="withdrawn", reason="Overtaken.", by=pmo)
    pack = assembled(pack, pmo)
    assert (pack.state, "is to follow or withdrawn" in pack.problem) == ("failed", True)


def test_a_pack_of_drafts_is_not_published(meeting, library, client, pmo):
    draft = cover(meeting, library, publish=False)
    pack = assembled(begin_pack(meeting, [draft], by=pmo), pmo)
    assert "DRAFT" in pdf_text(content_of(pack.files.filter(ending="pdf", is_whole=True).first()))
    with pytest.raises(PackNotReady, match="Publish first: Projects"):
        publish_pack(pack, by=pmo)
    publish_committee_report(draft, by=pmo)
    with pytest.raises(PackNotReady, match="Assemble it again"):
        publish_pack(pack, by=pmo)
    client.force_login(pmo)
    page = client.get(reverse("pack", args=[pack.pk])).content.decode()
    said = "was published after the pack was assembled. Assemble it again."
    assert (said in page, reverse("pack-publish", args=[pack.pk]) in page) == (True, False)


def test_a_project_marked_exempt_after_the_pack_was_assembled_is_not_published_with_it(pack, library, pmo):
    before = assembled(pack, pmo)
    change_node(library, {"is_exempt": True, "exempt_paragraph": "3"}, by=pmo)
    with pytest.raises(PackNotReady, match="Whether Library is exempt was changed"):
        publish_pack(before, by=pmo)
    again = assembled(before, pmo)
    assert publish_pack(again, by=pmo).state == Pack.State.PUBLISHED
    assert not again.files.filter(copy=KeptFile.PUBLIC, title__contains="Library").exists()


def test_the_reports_of_a_pack_are_published_together_and_a_late_one_is_put_in(
    meeting, client, pmo, django_capture_on_commit_callbacks
):
    first = cover(meeting, None, publish=False)
    pack = assembled(begin_pack(meeting, [first], by=pmo), pmo)
    second = cover(meeting, None, slug="second", subject="Second", publish=False)
    client.force_login(pmo)
    address = reverse("pack", args=[pack.pk])
    page = client.get(address).content.decode()
    assert ("Publish its reports" in page, "Put it in" in page) == (True, True)
    client.post(reverse("pack-put-in", args=[pack.pk]), {"report": second.pk})
    pack.refresh_from_db()
    assert (pack.state, [item.report for item in pack.items.all()]) == ("draft", [first, second])
    assert "was changed after its files were drawn" in client.get(address).content.decode()
    pack = assembled(pack, pmo)
    clearance = add_clearance(second, heading="Legal Comments", by=pmo)
    held_up = client.get(address).content.decode()
    assert ("still awaited: Legal Comments" in held_up, "Publish its reports" in held_up) == (True, False)
    refused = client.post(reverse("pack-publish", args=[pack.pk]))
    assert (refused.status_code, "Second: It is not cleared yet" in refused.content.decode()) == (409, True)
    first.refresh_from_db()
    assert first.state == "draft"  # all of them or none
    remove_clearance(clearance, by=pmo)
    with django_capture_on_commit_callbacks():
        client.post(reverse("pack-publish", args=[pack.pk]))
    pack.refresh_from_db()
    assert (pack.state, [item.report.state for item in pack.items.all()]) == ("assembling", ["published"] * 2)


def test_a_supplement_brings_what_is_not_out_yet(meeting, client, pmo):
    out = cover(meeting, None)
    publish_pack(assembled(begin_pack(meeting, [out], by=pmo), pmo), by=pmo)
    late = cover(meeting, None, slug="late", subject="Late")
    client.force_login(pmo)
    form = client.get(reverse("pack-new", args=[meeting.organisation.slug, meeting.pk])).context["form"]
    assert (form["kind"].value(), form["reports"].value()) == ("supplementary", [late.pk])


def test_a_pack_that_cannot_be_drawn_says_what_lacks_and_is_tried_again(meeting, organisation, pmo):
    node = factories.project(organisation, "pool", "Pool")
    pack = assembled(begin_pack(meeting, [cover(meeting, node, publish=False)], by=pmo), pmo)
    assert (pack.state, pack.run) == ("failed", None)
    assert pack.problem == "Appendix 1 (Pool) has no published report to be drawn from; publish it first."
    factories.published(node)
    assert assembled(pack, pmo).state == "ready"


def test_an_assembly_that_was_cancelled_or_overtaken_writes_nothing(pack, pmo, monkeypatch):
    asked = ask_for_pack(pack, by=pmo, enqueue=lambda *given: None)
    with pytest.raises(PackIsAtWork):
        ask_for_pack(pack, by=pmo, enqueue=None)
    cancel_assembly(asked, by=pmo)
    assembling.assemble(pack.pk, str(asked.run))
    pack.refresh_from_db()
    assert (pack.state, pack.problem, pack.files.count()) == ("failed", "Cancelled.", 0)
    asked = ask_for_pack(pack, by=pmo, enqueue=lambda *given: None)
    keep = assembling._keep

    def cancelled_meanwhile(*given):
        cancel_assembly(Pack.objects.get(pk=pack.pk), by=pmo)
        keep(*given)

    monkeypatch.setattr(assembling, "_keep", cancelled_meanwhile)
    assembling.assemble(pack.pk, str(asked.run))
    pack.refresh_from_db()
    assert (pack.state, pack.files.count()) == ("failed", 0)


def test_work_that_gives_no_sign_of_life_is_taken_up_again_three_times(pack, pmo):
    asked = ask_for_pack(pack, by=pmo, enqueue=lambda *given: None)
    now = timezone.now()
    runs = []
    assert take_up_abandoned(lambda *given: runs.append(given), now=now + timedelta(seconds=30)) == 0
    later = now + timedelta(minutes=5)
    assert take_up_abandoned(lambda *given: runs.append(given), now=later) == 1
    assembling.assemble(pack.pk, str(asked.run))  # the one that was thought dead
    pack.refresh_from_db()
    assert pack.state == "assembling"
    assert take_up_abandoned(lambda *given: runs.append(given), now=later) == 1
    assert take_up_abandoned(lambda *given: runs.append(given), now=later) == 0
    pack.refresh_from_db()
    assert (pack.state, len(runs)) == ("failed", 2)
    assert pack.problem.startswith("The work was broken off 3 times")


def test_the_worker_assembles_what_is_asked_for_in_the_browser(meeting, library, client, director, reader, pmo):
    report = cover(meeting, library)
    client.force_login(director)
    org = meeting.organisation.slug
    assert reverse("meeting", args=[org, meeting.pk]) in client.get(reverse("home")).content.decode()
    page = client.get(reverse("meeting", args=[org, meeting.pk])).content.decode()
    assert "19 August 2019" in page  # 20 to 23 and 27 August are clear, 26 August is a bank holiday
    address = reverse("pack-new", args=[org, meeting.pk])
    assert address in page
    refused = client.post(address, {"kind": "main"})
    assert (refused.status_code, "Choose at least one report." in refused.content.decode()) == (422, True)
    answer = client.post(address, {"kind": "main", "reports": [report.pk]})
    pack = Pack.objects.get()
    assert answer.url == reverse("pack", args=[pack.pk])
    assert "Waiting for the worker" in client.get(answer.url).content.decode()
    assemble_pack.call(pack.pk, str(pack.run))
    page = client.get(answer.url).content.decode()
    assert "Appendix 1 - PMO Dashboard - Library.pdf" in page
    assert reverse("pack-publish", args=[pack.pk]) not in page  # a director does not publish
    assert "The pack is ready." in page
    assert client.post(reverse("pack-publish", args=[pack.pk])).status_code == 403
    client.force_login(pmo)
    client.post(reverse("pack-publish", args=[pack.pk]))
    client.force_login(reader)
    page = client.get(answer.url).content.decode()
    assert ("Public copy" in page, "Members&#x27; copy" in page) == (True, False)
    assert SECRET not in page


def test_the_whole_pack_is_a_page_too_and_its_public_copy_holds_nothing_exempt(pack, pmo):
    """One page with the contents and every document; all links lead somewhere in it, no two places have one name."""
    pack = assembled(pack, pmo)
    pages = {each.copy: content_of(each).decode() for each in pack.files.filter(is_whole=True, ending="html")}
    assert set(pages) == {KeptFile.PUBLIC, KeptFile.MEMBERS}
    assert SECRET in pages[KeptFile.MEMBERS]
    assert SECRET not in pages[KeptFile.PUBLIC]
    for page in pages.values():
        names = re.findall(r'\sid="([^"]+)"', page)
        assert len(set(names)) == len(names)
        assert set(re.findall(r'href="#([^"]+)"', page)) <= set(names)
        assert {"contents", "part-1", "part-2"} <= set(names)
        labels = {name for said in re.findall(r'aria-labelledby="([^"]+)"', page) for name in said.split()}
        assert labels <= set(names)
        assert "portal.invalid" not in page
        for words in ("To note progress.", "Library opened", 'href="#part-2"', "Appendix 1: "):
            assert words in page


def test_files_of_several_reports_to_one_meeting_say_which_item_they_are(meeting, pmo):
    reports = [
        cover(meeting, None, slug="one", subject="One", agenda_item="4"),
        cover(meeting, None, slug="two", subject="Two"),
    ]
    pack = assembled(begin_pack(meeting, reports, by=pmo), pmo)
    assert [each.name for each in pack.files.filter(is_whole=False, ending="docx")] == [
        "Item 4 - Cover report - Cabinet - 28 August 2019.docx",
        "Two - Cover report - Cabinet - 28 August 2019.docx",
    ]


def test_papers_with_fewer_than_five_clear_days_need_a_reason_for_urgency(meeting, client, pmo):
    """To be out by 19 August: from the 20th to the meeting a reason is asked for, and printed."""
    report = cover(meeting, None)
    client.force_login(pmo)
    address = reverse("pack-new", args=[meeting.organisation.slug, meeting.pk])
    given = {"kind": "main", "reports": [report.pk]}
    answers = {}
    for day in ("2019-08-19", "2019-08-20", "2019-08-28", "2019-08-29"):
        meeting.organisation.clock_on = date.fromisoformat(day)
        meeting.organisation.save()
        answers[day] = client.post(address, given).status_code
    assert answers == {"2019-08-19": 302, "2019-08-20": 422, "2019-08-28": 422, "2019-08-29": 302}
    meeting.organisation.clock_on = date(2019, 8, 20)
    meeting.organisation.save()
    said = client.post(address, given).content.decode()
    assert "later than five clear days before the meeting: say why they cannot wait." in said
    in_time = assembled(begin_pack(meeting, [report], by=pmo), pmo)  # made in time, and left lying
    held = client.post(reverse("pack-publish", args=[in_time.pk]))
    assert (held.status_code, "does not say why they cannot wait" in held.content.decode()) == (409, True)
    in_time.refresh_from_db()
    assert in_time.state == "ready"
    urgent = client.post(address, given | {"reason": "The grant lapses on Friday."})
    pack = Pack.objects.get(reason__startswith="The grant")
    assert (urgent.status_code, pack.reason) == (302, "The grant lapses on Friday.")
    assembling.assemble(pack.pk, str(pack.run))
    whole = pdf_text(content_of(pack.files.get(ending="pdf", is_whole=True)))
    assert "Why it cannot wait: The grant lapses on Friday." in whole
