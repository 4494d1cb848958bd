"""Large documents drawn in the background for who asks for them: a portfolio of many projects would hold a web worker.

They are cancelled, tried again and taken up after a worker's death as packs are.
"""

import smtplib
import tempfile
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import structlog
from django.conf import settings
from django.core import mail
from django.core.files import File
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from projects.models import Node
from projects.permissions import may
from projects.rules.access import Permission
from reporting.assembling import ABANDONED_AFTER, MOST_TRIES, Stopped
from reporting.documents.catalogue import PORTFOLIO_DOCUMENTS
from reporting.documents.document import BuiltDocument, document
from reporting.documents.drawers import Drawers, PartNotDrawn
from reporting.documents.merging import DrawnPart, joined, pages_of
from reporting.documents.parts import KeptParts
from reporting.documents.render import render_as
from reporting.drawing import Reader, build_document
from reporting.models import Export
from reporting.queries import NoSuchReport

MOST_DRAWN_AT_ONCE = 100  # projects of a document that somebody may wait for
KEPT_FOR = timedelta(days=14)

log = structlog.get_logger(__name__)


def is_large(name: str, node: Node) -> bool:
    """Whether the document is of so many projects that nobody should wait for its file."""
    if name not in PORTFOLIO_DOCUMENTS:
        return False
    return Node.objects.beneath(node).in_use().exclude(headline_series=None).count() > MOST_DRAWN_AT_ONCE


def ask_for_export(
    name: str, node: Node, ending: str, asked: dict, *, by, enqueue: Callable[[int, str], None]
) -> Export:
    """Have the document drawn in the background; `enqueue(export's number, run)` puts it into the queue."""
    export = Export.objects.create(
        organisation_id=node.organisation_id,
        node=node,
        document=document(name).name,
        ending=ending,
        asked=asked,
        asked_by=by,
        run=uuid.uuid4(),
        told="Waiting for the worker",
    )
    transaction.on_commit(lambda: enqueue(export.pk, str(export.run)))
    return export


def ask_again(export: Export, *, enqueue: Callable[[int, str], None]) -> None:
    """Have it drawn again after it failed or was cancelled."""
    run = uuid.uuid4()
    failed = Export.objects.filter(pk=export.pk, state=Export.State.FAILED)
    anew = {"state": Export.State.AT_WORK, "run": run, "tries": 1, "problem": "", "beat_at": timezone.now()}
    if failed.update(told="Waiting for the worker", **anew):
        transaction.on_commit(lambda: enqueue(export.pk, str(run)))


def cancel_export(export: Export) -> None:
    """Stop the drawing; the worker notices within seconds."""
    at_work = Export.objects.filter(pk=export.pk, state=Export.State.AT_WORK)
    at_work.update(state=Export.State.FAILED, run=None, told="", problem="Cancelled.")


def take_up_abandoned(enqueue: Callable[[int, str], None], *, now=None) -> int:
    """Put exports without a sign of life into the queue again; how many there were."""
    before, taken = (now or timezone.now()) - ABANDONED_AFTER, 0
    for export in Export.objects.filter(state=Export.State.AT_WORK, beat_at__lt=before):
        run = uuid.uuid4()
        mine = Export.objects.filter(pk=export.pk, run=export.run, state=Export.State.AT_WORK)
        if export.tries >= MOST_TRIES:
            words = f"The work was broken off {export.tries} times. Try again later."
            mine.update(state=Export.State.FAILED, run=None, told="", problem=words)
        elif mine.update(run=run, tries=export.tries + 1, beat_at=timezone.now(), told="Taken up again"):
            enqueue(export.pk, str(run))
            taken += 1
    return taken


def draw_export(number: int, run: str) -> None:
    """Draw the document as the person may see it now, and keep its file for them."""
    export = (
        Export.objects.filter(pk=number, run=run, state=Export.State.AT_WORK)
        .select_related("node__organisation", "node__headline_series", "asked_by")
        .first()
    )
    if export is None:
        return
    mine = Export.objects.filter(pk=number, run=run, state=Export.State.AT_WORK)

    def tell(words: str, done: int = 0) -> None:
        if not mine.update(told=words[:400], beat_at=timezone.now()):
            raise Stopped

    try:
        tell("Reading the reports")
        built = _built(export)
        tell(built.title)
        with tempfile.TemporaryDirectory(prefix="export-") as folder:
            drawn = Path(folder) / f"drawn.{export.ending}"
            _draw(built, export.ending, drawn, tell)
            tell("Keeping the file")
            with drawn.open("rb") as content:
                export.file.save(f"{uuid.uuid4()}.{export.ending}", File(content), save=False)
        ready = {"state": Export.State.READY, "run": None, "told": "", "file": export.file.name}
        if not mine.update(name=built.file_name_as(export.ending), **ready):
            export.file.storage.delete(export.file.name)
            return
    except Stopped:
        return
    except (NoSuchReport, PartNotDrawn, NotAllowed) as refused:
        mine.update(state=Export.State.FAILED, run=None, told="", problem=str(refused))
        return
    except Exception:
        words = "It could not be drawn because of a fault of the portal. Try again, or tell the PMO."
        mine.update(state=Export.State.FAILED, run=None, told="", problem=words)
        raise
    _give_notice(export)


class NotAllowed(Exception):
    """The person may no longer have the document."""


def _built(export: Export) -> BuiltDocument:
    person, node = export.asked_by, export.node
    if not may(person, Permission.VIEW_PUBLISHED, node):
        raise NotAllowed("You may no longer have this document.")
    reader = Reader(
        only_published=not may(person, Permission.VIEW_RECORD, node),
        sees_exempt=may(person, Permission.VIEW_EXEMPT, node),
    )
    return build_document(export.document, node, reader, **export.asked)


def _draw(built: BuiltDocument, ending: str, output: Path, tell: Callable[[str, int], None]) -> None:
    """A PDF is drawn by another process, so that this one can say that it lives and hear that it is cancelled."""
    if ending != "pdf":
        output.write_bytes(render_as(built, ending))
        return
    with Drawers(KeptParts(Path(settings.MEDIA_ROOT)), processes=1, few=0) as drawers:
        drawers.draw(built.title, built)
        (part,) = drawers.finish(tell)
    joined([DrawnPart(built.title, part, pages_of(part))], output)


def _give_notice(export: Export) -> None:
    """Tell who asked. The mail names the council and nothing of what is in the file."""
    words = f"The file you asked for is ready:\n\n{settings.PORTAL_URL}{reverse('export', args=[export.pk])}\n"
    try:
        mail.send_mail(f"Ready: a file from {export.node.organisation}", words, None, [export.asked_by.email])
    except (OSError, smtplib.SMTPException):
        log.exception("The notice of a finished file could not be sent.", export=export.pk)


def tidy_exports(*, now=None) -> int:
    """Remove files that nobody needs any more: whoever wants one asks again."""
    old = Export.objects.filter(asked_at__lt=(now or timezone.now()) - KEPT_FOR)
    for export in old.exclude(file=""):
        export.file.storage.delete(export.file.name)
    return old.delete()[0]
