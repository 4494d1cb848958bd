"""Large workbooks are read and brought in by the worker: for nobody to wait, and nothing is written by halves.

A run may be killed at any moment. Reading writes nothing but the preview; bringing in is one transaction, which the
database takes back with the worker. `take_up_abandoned` gives such a run to the worker again.
"""

import smtplib
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import structlog
from django.conf import settings
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from projects.actions.writing import save_changes
from projects.imports.apply import CannotBeApplied, RecordHasMoved, apply_import
from projects.imports.child import TASK, WEB_REQUEST, ProcessLimits
from projects.imports.plan import plan_workbook
from projects.imports.planned import ROUND_TRIP, ImportPlan
from projects.imports.problems import WorkbookRefused
from projects.imports.progress import Progress, Stopped, alive, forget, heard_of, is_stopped, stop
from projects.models import Import

ABANDONED_AFTER = timedelta(seconds=90)  # without a sign of life
MOST_TRIES = 3
VALUES_OF_A_REPORT = 50  # so much work it is to open one and to check it
CHOSEN_FOR_READING = ("period", "posts", "answers", "layout")
FAULT = "A fault of the portal broke it off; nothing was changed. Try again, or tell the PMO."
CANCELLED = "Cancelled; nothing was changed."
ENDS_AS = {Import.State.READING: Import.State.NOT_READ, Import.State.APPLYING: Import.State.PREVIEWED}
NOTICES = {  # what was asked for: how it ended well, and how not
    Import.State.READING: ("Ready to be looked at", "Not read"),
    Import.State.APPLYING: ("Brought in", "Not brought in"),
}

log = structlog.get_logger(__name__)

Enqueue = Callable[[int, str], None]


def is_large_file(size: int) -> bool:
    """Whether a file of so many bytes is read in the background."""
    return size > settings.IMPORT_BYTES_AT_ONCE


def is_large_plan(plan: ImportPlan) -> bool:
    """Whether so much is brought in that nobody should wait for it."""
    reports = sum(part.differs for part in plan.parts)
    return plan.to_bring_in + reports * VALUES_OF_A_REPORT > settings.IMPORT_VALUES_AT_ONCE


def ask_to_read(imported: Import, choices: dict, *, by, enqueue: Enqueue) -> Import:
    """Have a workbook that is kept read in the background; `choices` say for which period and with which posts."""
    return _ask(imported, Import.State.READING, choices, by, enqueue)


def ask_to_apply(imported: Import, choices: dict, *, by, enqueue: Enqueue) -> Import:
    """Have a preview brought in in the background, as somebody has decided: left_out, take, accepts_totals and
    leaves_out_refused."""
    if imported.state != Import.State.PREVIEWED:
        raise CannotBeApplied(f"This import is {imported.get_state_display().lower()} already.")
    return _ask(imported, Import.State.APPLYING, choices, by, enqueue)


def _ask(imported: Import, state: str, choices: dict, by, enqueue: Enqueue) -> Import:
    run = uuid.uuid4()
    asked = {
        "state": state,
        "choices": {**imported.choices, **choices},
        "run": run,
        "tries": 1,
        "problem": "",
        "asked_by": by,
        "beat_at": timezone.now(),
    }
    with transaction.atomic():
        imported = save_changes(imported, asked, by=by)
        transaction.on_commit(lambda: enqueue(imported.pk, str(run)))
    return imported


def cancel(imported: Import) -> None:
    """Stop the work. One that has begun to write stops where it next says how far it is, and writes nothing."""
    if imported.run is None:
        return
    stop(imported.run)
    if imported.state == Import.State.READING or heard_of(imported.run) is None:
        _end(imported.pk, imported.run, CANCELLED)


def _end(number: int, run, problem: str) -> None:
    """Put an import back to what it was before it was asked for, with what there is to say of it."""
    for state, ends_as in ENDS_AS.items():
        mine = Import.objects.filter(pk=number, run=run, state=state)
        mine.update(state=ends_as, run=None, problem=problem)


def take_up_abandoned(enqueue: Enqueue, *, now=None) -> int:
    """Put imports whose worker is gone into the queue again; how many there were."""
    before, taken = (now or timezone.now()) - ABANDONED_AFTER, 0
    waiting = Import.objects.filter(state__in=ENDS_AS, beat_at__lt=before).defer("plan", "choices")
    for imported in waiting.select_related("organisation", "asked_by"):
        heard = heard_of(imported.run)
        if heard is not None and heard >= before:
            continue
        if is_stopped(imported.run):
            _end(imported.pk, imported.run, CANCELLED)
            forget(imported.run)
            continue
        if imported.tries >= MOST_TRIES:
            problem = f"The work was broken off {imported.tries} times; nothing was changed. Try again later."
            _end(imported.pk, imported.run, problem)
            _give_notice(imported, imported.state, problem)
            continue
        run = uuid.uuid4()
        mine = Import.objects.filter(pk=imported.pk, run=imported.run, state=imported.state)
        if mine.update(run=run, tries=imported.tries + 1, beat_at=timezone.now()):
            forget(imported.run)
            enqueue(imported.pk, str(run))
            taken += 1
    return taken


def work(number: int, run: str) -> None:
    """Read one workbook, or bring one in. Does nothing where another run has taken its place."""
    held = Import.objects.filter(pk=number, run=run).select_related("organisation", "asked_by")
    found = held.defer("plan").first()
    if found is None:
        return
    asked = found.state
    begin = {Import.State.READING: _read, Import.State.APPLYING: _apply}[asked]
    try:
        with alive(run) as progress:
            problem = begin(found, progress)
    except Stopped:
        _end(number, run, CANCELLED)
        return
    except (WorkbookRefused, CannotBeApplied) as refused:
        problem = str(refused)
        _end(number, run, problem)
    except PermissionDenied:
        problem = "You may no longer bring workbooks in; nothing was changed."
        _end(number, run, problem)
    except Exception:
        _end(number, run, FAULT)
        _give_notice(found, asked, FAULT)
        raise
    _give_notice(found, asked, problem)


def _read(imported: Import, progress: Progress) -> str:
    """Read the workbook and keep its preview; returns what is to be told of it, "" where all is well."""
    progress("Reading the workbook")
    plan = plan_again(imported, by=imported.asked_by, limits=TASK, tell=progress)
    progress("Keeping the preview")
    _keep_plan(imported, plan)
    return ""


def _keep_plan(imported: Import, plan: ImportPlan, problem: str = "") -> None:
    """Keep a preview that the worker made, if it is still wanted."""
    with transaction.atomic():
        mine = Import.objects.select_for_update(no_key=True).filter(pk=imported.pk, run=imported.run).first()
        if mine is None:
            raise Stopped
        kept = {
            "plan": plan.to_json(),
            "layout": plan.layout,
            "layout_version": plan.layout_version or None,
            "state": Import.State.PREVIEWED,
            "run": None,
            "problem": problem,
            # rows and their keys may be others now
            "choices": {name: said for name, said in mine.choices.items() if name in CHOSEN_FOR_READING},
        }
        save_changes(mine, kept, by=imported.asked_by)


def _apply(imported: Import, progress: Progress) -> str:
    """Bring the workbook in; returns why it was not, "" where it was."""
    choices = imported.choices
    try:
        apply_import(
            imported,
            by=imported.asked_by,
            left_out=choices.get("left_out", ()),
            take=choices.get("take", ()),
            accepts_totals=choices.get("accepts_totals", False),
            leaves_out_refused=choices.get("leaves_out_refused", False),
            run=imported.run,
            tell=progress,
        )
    except RecordHasMoved as moved:
        progress("Previewing it again")
        plan = plan_again(imported, by=imported.asked_by, limits=TASK, tell=progress)
        problem = f"{moved} This is the new preview."
        _keep_plan(imported, plan, problem)
        return problem
    return ""


def plan_again(
    imported: Import,
    *,
    by,
    period: str | None = None,
    posts: dict[str, str] | None = None,
    answers: dict[str, str] | None = None,
    layout: str = "",
    limits: ProcessLimits = WEB_REQUEST,
    tell: Callable[[str], None] = lambda words: None,
) -> ImportPlan:
    """The preview of a workbook that is kept, made anew for who asks; what is not given is as it was chosen before."""
    choices = imported.choices
    with imported.file.open("rb") as kept, on_disk(kept, imported.file_name) as path:
        return plan_workbook(
            path,
            imported.organisation,
            name=imported.file_name,
            by=by,
            layout=layout or choices.get("layout", "") or imported.plan.get("layout", ""),
            period=choices.get("period", "") if period is None else period,
            posts=imported.plan.get("posts", {}) | choices.get("posts", {}) if posts is None else posts,
            answers=imported.plan.get("answers", {}) | choices.get("answers", {}) | (answers or {}),
            limits=limits,
            tell=tell,
        )


@contextmanager
def on_disk(uploaded, name: str) -> Iterator[Path]:
    """The file in a private temporary place, gone afterwards: it is read there by a process of its own.

    Only the ending of `name` is kept, since the readers go by it.
    """
    with tempfile.TemporaryDirectory(prefix="import-") as folder:
        path = Path(folder, "workbook").with_suffix(Path(name).suffix.lower())
        with path.open("wb") as kept:
            for chunk in uploaded.chunks():
                kept.write(chunk)
        yield path


def _give_notice(imported: Import, asked: str, problem: str) -> None:
    """Tell who asked that it is done, or why not. The mail names the council and nothing that the file says."""
    if imported.asked_by is None or not imported.asked_by.email:
        return
    done, failed = NOTICES[asked]
    said = f"{failed}: {problem}" if problem else f"{done}."
    page = "spreadsheet-back" if imported.layout == ROUND_TRIP else "import"
    try:
        mail.send_mail(
            f"{failed if problem else done}: a workbook of {imported.organisation}",
            f"{said}\n\n{settings.PORTAL_URL}{reverse(page, args=[imported.pk])}\n",
            None,
            [imported.asked_by.email],
        )
    except (OSError, smtplib.SMTPException):
        log.exception("The notice of a finished import could not be sent.", imported=imported.pk)
