"""Packs: begun for a meeting, assembled in the background, published, followed by a correction, withdrawn.

An assembly may be killed at any moment: what it has drawn is kept by what it says, and `take_up_abandoned` has the pack
assembled again from there. Only the assembly whose `run` the pack names may write to it.
"""

import hashlib
import smtplib
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import structlog
from auditlog.models import LogEntry
from django.conf import settings
from django.core import mail
from django.core.files import File
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from projects.actions.committees import AppendixNotPublished, NotCleared, publish_committee_report
from projects.actions.writing import save_changes, save_new
from projects.audit import acting
from projects.models import CommitteeReport, Meeting, Node
from projects.rules.tree import ancestors_of
from reporting.bundles import HASHES, LIST, Bundled, bundle, free_name
from reporting.documents.catalogue.cover_report import stem_ending
from reporting.documents.document import BuiltDocument
from reporting.documents.drawers import PartNotDrawn
from reporting.documents.html import render_kept_html
from reporting.documents.merging import joined
from reporting.documents.render import render_docx, render_xlsx
from reporting.models import KeptFile, Pack, PackItem
from reporting.packs import AppendixMissing, DrawnPack, PackDocument, PackIsExempt, drawn_pack

ABANDONED_AFTER = timedelta(seconds=90)  # without a sign of life
MOST_TRIES = 3
TELL_EVERY = 0.5  # seconds between two notes of progress

log = structlog.get_logger(__name__)


class PackIsKept(Exception):
    """A published pack never changes; a correction is a pack of its own."""


class PackIsAtWork(Exception):
    """The pack is being assembled."""


class NothingInPack(Exception):
    """No report is left in the pack: all are to follow or withdrawn."""


class PackNotReady(Exception):
    """The pack cannot be published as it stands; the message says why."""


class PackIsNotOut(Exception):
    """Readers do not have the pack, so that it cannot be taken from them."""


class Stopped(Exception):
    """Somebody cancelled the assembly, or another one took its place."""


# ---- beginning ----


def begin_pack(
    meeting: Meeting, reports: Iterable[CommitteeReport], *, by, kind=Pack.Kind.MAIN, follows=None, reason=""
) -> Pack:
    """A pack of these reports of the meeting, in their order."""
    reports = list(reports)
    with transaction.atomic():
        pack = save_new(
            Pack(
                organisation=meeting.organisation,
                node=_node_of(reports),
                meeting=meeting,
                kind=kind,
                follows=follows,
                reason=reason,
            ),
            by=by,
        )
        for order, report in enumerate(reports, start=1):
            save_new(PackItem(organisation=meeting.organisation, pack=pack, report=report, order=order), by=by)
    return pack


def _node_of(reports: list[CommitteeReport]) -> Node:
    """The lowest node that all the reports lie at or beneath."""
    ways = [[*ancestors_of(report.node.path), report.node.path] for report in reports]
    shared = [steps[0] for steps in zip(*ways, strict=False) if len(set(steps)) == 1]
    return Node.objects.get(path=shared[-1], organisation=reports[0].organisation)


def say_of_item(item: PackItem, *, state: str, reason: str, by) -> PackItem:
    """Have a report follow later, or withdrawn from the agenda, for a reason; or put back into the pack."""
    with transaction.atomic(), acting(by, reason):
        pack = _locked(item.pack)
        item.state, item.reason = state, reason
        item.save(update_fields=["state", "reason"])
        if pack.state == Pack.State.READY:  # what was assembled no longer says what the pack will
            save_changes(pack, {"state": Pack.State.DRAFT}, by=by)
    return item


def put_into_pack(pack: Pack, report: CommitteeReport, *, by) -> PackItem:
    """Add a report of the meeting to a pack that is not published, behind those there are."""
    with transaction.atomic():
        current = _locked(pack)
        if known := current.items.filter(report=report).first():
            return known
        held = list(current.items.select_related("report__node", "report__organisation"))
        changes = {"node": _node_of([*(item.report for item in held), report])}
        if current.state == Pack.State.READY:  # what was assembled no longer says what the pack will
            changes["state"] = Pack.State.DRAFT
        save_changes(current, changes, by=by)
        order = max((item.order for item in held), default=0) + 1
        return save_new(PackItem(organisation=pack.organisation, pack=pack, report=report, order=order), by=by)


def unpublished_reports(pack: Pack) -> list[CommitteeReport]:
    """The reports in the pack that have to be published before it can be."""
    return [report for report in _reports_of(pack) if report.state != CommitteeReport.State.PUBLISHED]


def publish_reports(pack: Pack, *, by, enqueue: Callable[[int, str], None]) -> Pack:
    """Publish every report of the pack, or none, and have the pack assembled again without the mark of a draft.

    NotCleared, AppendixNotPublished: the message begins with the report.
    """
    with transaction.atomic():
        for report in unpublished_reports(_locked(pack)):
            try:
                publish_committee_report(report, by=by)
            except (NotCleared, AppendixNotPublished) as lacking:
                raise type(lacking)(f"{report.subject}: {lacking}") from lacking
        return ask_for_pack(pack, by=by, enqueue=enqueue)


def discard_pack(pack: Pack, *, by) -> None:
    """Throw a pack away that was never published."""
    with transaction.atomic(), acting(by):
        pack = _locked(pack)
        files = [each.file for each in pack.files.all()]
        pack.delete()
    for file in files:
        file.storage.delete(file.name)


def _locked(pack: Pack, *, also_at_work: bool = False) -> Pack:
    current = Pack.objects.select_for_update(no_key=True).get(pk=pack.pk)
    if current.is_kept:
        raise PackIsKept("This pack was published and never changes. Make a correction beside it instead.")
    if current.state == Pack.State.ASSEMBLING and not also_at_work:
        raise PackIsAtWork("The pack is being assembled. Wait until it is ready, or cancel it first.")
    return current


# ---- assembling ----


def ask_for_pack(pack: Pack, *, by, enqueue: Callable[[int, str], None]) -> Pack:
    """Have the pack assembled in the background: `enqueue(pack's number, run)` puts it into the queue."""
    with transaction.atomic():
        current = _locked(pack)
        run = uuid.uuid4()
        pack = save_changes(
            current,
            {
                "state": Pack.State.ASSEMBLING,
                "run": run,
                "tries": 1,
                "told": "Waiting for the worker",
                "done": 0,
                "total": current.items.count(),
                "problem": "",
                "beat_at": timezone.now(),
                "asked_by": by,
            },
            by=by,
        )
        transaction.on_commit(lambda: enqueue(pack.pk, str(run)))
    return pack


def cancel_assembly(pack: Pack, *, by) -> Pack:
    """Stop the assembly; what it has drawn stays kept for the next."""
    with transaction.atomic():
        current = _locked(pack, also_at_work=True)
        if current.state != Pack.State.ASSEMBLING:
            return current
        words = "Cancelled."
        return save_changes(current, {"state": Pack.State.FAILED, "run": None, "problem": words, "told": ""}, by=by)


def take_up_abandoned(enqueue: Callable[[int, str], None], *, now=None) -> int:
    """Put packs whose assembly has given no sign of life into the queue again; how many there were."""
    before = (now or timezone.now()) - ABANDONED_AFTER
    taken = 0
    for pack in Pack.objects.filter(state=Pack.State.ASSEMBLING, beat_at__lt=before):
        run = uuid.uuid4()
        mine = Pack.objects.filter(pk=pack.pk, run=pack.run, state=Pack.State.ASSEMBLING)
        if pack.tries >= MOST_TRIES:
            words = f"The work was broken off {pack.tries} times while drawing {pack.told}. Try again later."
            mine.update(state=Pack.State.FAILED, run=None, problem=words, told="")
        elif mine.update(run=run, tries=pack.tries + 1, beat_at=timezone.now(), told="Taken up again"):
            enqueue(pack.pk, str(run))
            taken += 1
    return taken


def assemble(number: int, run: str) -> None:
    """Draw both copies of a pack and keep their files. Does nothing where another assembly has taken its place."""
    pack = Pack.objects.filter(pk=number, run=run, state=Pack.State.ASSEMBLING).select_related("meeting__board").first()
    if pack is None:
        return
    teller = _Teller(pack)
    try:
        with tempfile.TemporaryDirectory(prefix="pack-") as folder:
            found = _drawn_copies(pack, Path(folder), teller)
            _keep(pack, found, teller)
    except Stopped:
        return
    except (AppendixMissing, NothingInPack, PackIsExempt, PartNotDrawn) as refused:
        _fail(pack, str(refused))
    except Exception:
        _fail(pack, "The pack could not be assembled because of a fault of the portal. Try again, or tell the PMO.")
        raise
    else:
        _give_notice(pack)


class _Teller:
    """Writes down how far an assembly is, and stops it where it is no longer wanted."""

    def __init__(self, pack: Pack):
        self.mine = Pack.objects.filter(pk=pack.pk, run=pack.run, state=Pack.State.ASSEMBLING)
        self.told_at = 0.0
        self.before = 0  # documents of the copies that are finished

    def __call__(self, words: str, done: int) -> None:
        if time.monotonic() - self.told_at < TELL_EVERY:
            return
        self.told_at = time.monotonic()
        self.insist(told=words[:400], done=self.before + done)

    def insist(self, **noted) -> None:
        if not self.mine.update(beat_at=timezone.now(), **noted):
            raise Stopped


def _fail(pack: Pack, words: str) -> None:
    Pack.objects.filter(pk=pack.pk, run=pack.run, state=Pack.State.ASSEMBLING).update(
        state=Pack.State.FAILED, run=None, problem=words, told=""
    )


def _reports_of(pack: Pack, state=PackItem.State.HERE) -> list[CommitteeReport]:
    """The reports of the pack, read anew: what is attached to them differs between the copies."""
    items = pack.items.filter(state=state).select_related(
        "report__organisation", "report__meeting__board", "report__node"
    )
    return [item.report for item in items]


def _drawn_copies(pack: Pack, folder: Path, tell: _Teller) -> list[dict]:
    """The files of both copies, as the columns of their rows; one copy where nothing in the pack is exempt."""
    day = timezone.localdate()
    reports = _reports_of(pack)
    if not reports:
        raise NothingInPack("Every report of this pack is to follow or withdrawn: there is nothing to assemble.")
    appendices = sum(report.appendices.count() for report in reports)
    tell.insist(total=2 * (len(reports) + appendices), told="The documents")
    whole = _copy(pack, folder, tell, day, public=False)
    tell.before = len(whole.documents)
    try:
        public = _copy(pack, folder, tell, day, public=True)
    except PackIsExempt:
        return _files(pack, whole, folder, KeptFile.MEMBERS, tell)
    if _sha256(whole.file) == _sha256(public.file):
        return _files(pack, whole, folder, KeptFile.PUBLIC, tell)  # the public may have all of it
    return [
        *_files(pack, public, folder, KeptFile.PUBLIC, tell),
        *_files(pack, whole, folder, KeptFile.MEMBERS, tell),
    ]


def _copy(pack: Pack, folder: Path, tell: _Teller, day: date, *, public: bool) -> DrawnPack:
    notes = [
        (f"{item.report.subject}: {item.get_state_display().lower()}.{' ' + item.reason if item.reason else ''}")
        for item in pack.items.exclude(state=PackItem.State.HERE).select_related("report")
        if not (public and item.report.is_exempt_on(day))
    ]
    if pack.reason:
        words = "Why it cannot wait" if pack.kind == Pack.Kind.MAIN else pack.get_kind_display()
        notes.insert(0, f"{words}: {pack.reason}")
    output = folder / ("public.pdf" if public else "members.pdf")
    return drawn_pack(pack.meeting, _reports_of(pack), output, public=public, day=day, tell=tell, notes=tuple(notes))


def _files(pack: Pack, drawn: DrawnPack, folder: Path, copy: str, tell: _Teller) -> list[dict]:
    """The pack as PDF and page, then every document alone: so too, reports also as Word, appendices as tables.

    Last comes one file that holds them all.
    """
    stem = drawn.name.removesuffix(".pdf")
    if pack.kind != Pack.Kind.MAIN:
        stem = f"{pack.get_kind_display()} - {stem.removeprefix('Pack - ')}"
    page = folder / f"{copy}.html"
    page.write_text(drawn.page)
    whole = {"title": drawn.title, "is_whole": True}
    found = [
        {**whole, "name": f"{stem}.pdf", "file": drawn.file, "pages": drawn.pages},
        {**whole, "name": f"{stem}.html", "file": page},
    ]
    several = pack.items.count() > 1
    for place, (document, part) in enumerate(drawn.documents):
        tell(f"Files of {document.title}", place)
        built, about = _named(document, copy, several=several), {"title": document.title}
        alone = folder / f"{copy}-{place}.pdf"
        joined([part], alone)
        found.append({**about, "name": built.file_name, "file": alone, "pages": part.pages})
        others = {"html": lambda built=built: render_kept_html(built).encode()}
        if document.appendix is None:
            others["docx"] = lambda built=built: render_docx(built)
        elif built.tables:
            others["xlsx"] = lambda built=built: render_xlsx(built)
        for ending, draw in others.items():
            file = folder / f"{copy}-{place}.{ending}"
            file.write_bytes(draw())
            found.append({**about, "name": built.file_name_as(ending), "file": file})
    taken = {HASHES, LIST}
    for each in found:
        each |= {"name": free_name(each["name"], taken), "sha256": _sha256(each["file"])}
    everything = folder / f"{copy}.zip"
    bundle(
        [Bundled(each["title"], each["name"], each["file"], each.get("pages"), each["sha256"]) for each in found],
        everything,
    )
    found.append({**whole, "name": f"{stem}.zip", "file": everything, "sha256": _sha256(everything)})
    return [{**each, "copy": copy, "order": order} for order, each in enumerate(found)]


def _named(document: PackDocument, copy: str, *, several: bool) -> BuiltDocument:
    """The document under its file's name.

    Of several reports to one meeting it says which item it is, and in a copy for members that is not for everybody:
    whoever publishes its files by hand must not take the one for the other.
    """
    built, stem = document.built, document.built.masthead.file_stem or document.built.title
    if document.appendix is None and several:
        stem = f"{f'Item {item}' if (item := document.report.agenda_item) else document.report.subject} - {stem}"
    if copy == KeptFile.MEMBERS and not stem.endswith(ending := stem_ending(True)):
        stem = f"{stem}{ending}"
    return replace(built, masthead=replace(built.masthead, file_stem=stem))


def _keep(pack: Pack, found: list[dict], tell: _Teller) -> None:
    """Put the files into the kept ones, in place of those of an earlier assembly, and say that the pack is ready."""
    tell.insist(told="Keeping the files")
    new, old = [], []
    for about in found:
        path = about.pop("file")
        row = KeptFile(
            organisation_id=pack.organisation_id,
            pack=pack,
            ending=path.suffix.removeprefix("."),
            size=path.stat().st_size,
            **about,
        )
        with path.open("rb") as content:
            row.file.save(f"{row.pk}{path.suffix}", File(content), save=False)
        new.append(row)
    try:
        with transaction.atomic():
            tell.insist(
                state=Pack.State.READY,
                assembled_at=timezone.now(),
                told="",
                run=None,
                done=len(found),
                total=len(found),
            )
            old = list(pack.files.all())
            pack.files.all().delete()
            KeptFile.objects.bulk_create(new)
    except BaseException:
        old = new
        raise
    finally:
        for row in old:
            row.file.storage.delete(row.file.name)


def _sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _give_notice(pack: Pack) -> None:
    """Tell who asked that the pack is ready. The mail names the meeting and nothing of what is in the pack."""
    person = Pack.objects.select_related("asked_by").get(pk=pack.pk).asked_by
    if person is None or not person.email:
        return
    words = render_to_string(
        "reporting/mail/pack_ready.txt",
        {"pack": pack, "url": f"{settings.PORTAL_URL}{reverse('pack', args=[pack.pk])}"},
    )
    try:
        mail.send_mail(f"Ready: {pack}", words, None, [person.email])
    except (OSError, smtplib.SMTPException):
        log.exception(
            "The notice of a finished pack could not be sent; its page and the home page say so.", pack=pack.pk
        )


# ---- publishing ----


def publish_pack(pack: Pack, *, by) -> Pack:
    """Publish the files as they are; a correction supersedes what it corrects. PackNotReady where something lacks."""
    with transaction.atomic():
        current = _locked(pack)
        if current.state != Pack.State.READY:
            raise PackNotReady("Assemble the pack first, and look at what is in it.")
        if drafts := unpublished_reports(current):
            names = ", ".join(report.subject for report in drafts)
            raise PackNotReady(f"Publish first: {names}. Then assemble the pack again.")
        if overtaken := why_overtaken(current):
            raise PackNotReady(overtaken)
        published = save_changes(
            current, {"state": Pack.State.PUBLISHED, "published_at": timezone.now(), "published_by": by}, by=by
        )
        if published.kind == Pack.Kind.CORRECTED and published.follows.state == Pack.State.PUBLISHED:
            save_changes(published.follows, {"state": Pack.State.SUPERSEDED}, by=by, reason=published.reason)
    return published


def why_overtaken(pack: Pack) -> str:
    """What has happened since the files of a pack of published reports were drawn; "" where they say what is so."""
    changed = [report for report in _reports_of(pack) if report.published_at > pack.assembled_at]
    if changed:
        return f"{changed[0]} was published after the pack was assembled. Assemble it again."
    if remarked := _remarked_since_assembled(pack):
        return f"Whether {remarked.object_repr} is exempt was changed after the pack was assembled. Assemble it again."
    return ""


def _remarked_since_assembled(pack: Pack) -> LogEntry | None:
    """The first change of what is exempt of the council's tree that the files of the pack do not know of."""
    return (
        LogEntry.objects.get_for_model(Node)
        .filter(
            additional_data__organisation=pack.organisation_id,
            changes__has_key="is_exempt",
            action=LogEntry.Action.UPDATE,
            timestamp__gt=pack.assembled_at,
        )
        .order_by("pk")
        .first()
    )


def withdraw_pack(pack: Pack, *, reason: str, by) -> Pack:
    """Take a pack from its readers. Its files stay with the council's staff; what it had corrected stands again."""
    with transaction.atomic():
        current = Pack.objects.select_for_update(no_key=True).get(pk=pack.pk)
        if current.state not in Pack.OPEN_TO_READERS:
            raise PackIsNotOut("Readers do not have this pack: it is not published, or withdrawn already.")
        again = stands_again(current)
        changes = {"state": Pack.State.WITHDRAWN, "withdrawn_at": timezone.now(), "withdrawn_reason": reason}
        withdrawn = save_changes(current, changes, by=by, reason=reason)
        if again is not None:
            why = f"The pack that corrected it was withdrawn: {reason}"
            save_changes(again, {"state": Pack.State.PUBLISHED}, by=by, reason=why)
    return withdrawn


def stands_again(pack: Pack) -> Pack | None:
    """The pack that becomes the published one again if this one is withdrawn: what it corrected, else what that did."""
    if pack.state != Pack.State.PUBLISHED:
        return None
    while pack.kind == Pack.Kind.CORRECTED and pack.follows is not None:
        pack = pack.follows
        if pack.state != Pack.State.WITHDRAWN:
            return pack if pack.state == Pack.State.SUPERSEDED else None
    return None
