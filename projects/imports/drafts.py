"""A layout while it is made: its parts by place, what is still wrong, and what trying it shows."""

from pathlib import Path

from django.core.files import File
from django.core.files.storage import Storage
from django.db import transaction

from projects.actions.layouts import save_layout
from projects.actions.writing import save_changes, save_new
from projects.imports.background import on_disk
from projects.imports.layout import FORMAT, Layout, LayoutProblem
from projects.imports.layout_files import checked_layout
from projects.imports.trial import try_layout
from projects.models import ImportLayout, LayoutDraft, Organisation


def begin_draft(organisation: Organisation, declaration: dict, *, slug: str = "", by) -> LayoutDraft:
    """Begin a layout, or the next version of the one called `slug`."""
    return save_new(LayoutDraft(organisation=organisation, slug=slug, declaration=declaration, started_by=by), by=by)


def blank_declaration(title: str, name: str) -> dict:
    """A layout without sheets."""
    return {"format": FORMAT, "name": name, "version": 1, "title": title, "sheets": []}


def finished(declaration: dict) -> dict:
    """The declaration as it would be saved: headings that go nowhere are left out."""
    sheets = [
        {
            **sheet,
            "blocks": [
                {**block, "fields": [one for one in block.get("fields", ()) if one.get("key")]}
                for block in sheet.get("blocks", ())
            ],
        }
        for sheet in declaration.get("sheets", ())
    ]
    return {**declaration, "sheets": sheets}


def what_is_wrong(declaration: dict) -> list[str]:
    """Why a draft cannot be saved yet, in sentences; none where it can."""
    try:
        checked_layout(finished(declaration))
    except LayoutProblem as problem:
        return list(problem.sentences)
    return []


def layout_of_draft(draft: LayoutDraft) -> Layout:
    """The layout that a draft is. LayoutProblem where it is none yet."""
    return checked_layout(finished(draft.declaration))


def change_draft(draft: LayoutDraft, declaration: dict, *, version: int | None = None, by) -> LayoutDraft:
    """Write a draft, and try it at once on the file it has."""
    changes = {"declaration": declaration, "trial": _trial(draft, declaration)}
    return save_changes(draft, changes, version=version, by=by)


def try_on(draft: LayoutDraft, path: Path, *, name: str, by) -> LayoutDraft:
    """Keep a file with a draft and try the draft on it; `trial` says where it is no layout yet."""
    old = draft.file.name
    with path.open("rb") as source:
        draft.file.save(f"{draft.pk}{Path(name).suffix.lower()[:6]}", File(source), save=False)
    kept = draft.file.name
    draft.file.name = old
    trial = _tried(path, draft, draft.declaration, name)
    changes = {"file": kept, "file_name": name[-300:], "trial": trial}
    draft = save_changes(draft, changes, by=by)
    if old != kept:
        _drop_later(draft.file.storage, old)
    return draft


@transaction.atomic
def save_draft(draft: LayoutDraft, *, note: str, by) -> ImportLayout:
    """Save a draft as the next version of its layout; the draft goes. LayoutProblem, LayoutIsTheSame or
    LayoutNameIsTaken where it cannot be saved."""
    layout_of_draft(draft)
    said = finished(draft.declaration)
    version = save_layout(draft.organisation, said, note=note, is_new=not draft.slug, by=by)
    discard_draft(draft)
    return version


@transaction.atomic
def discard_draft(draft: LayoutDraft) -> None:
    """Throw a draft away, and its file: nothing was ever read into the record by it."""
    _drop_later(draft.file.storage, draft.file.name)
    draft.delete()


def _drop_later(storage: Storage, name: str) -> None:
    """Delete a file of a draft once the change that does without it is written; else it stays."""
    if name:
        transaction.on_commit(lambda: storage.delete(name))


def _trial(draft: LayoutDraft, declaration: dict) -> dict:
    if not draft.file:
        return {}
    with draft.file.open("rb") as kept, on_disk(kept, draft.file_name) as path:
        return _tried(path, draft, declaration, draft.file_name)


def _tried(path: Path, draft: LayoutDraft, declaration: dict, name: str) -> dict:
    try:
        layout = checked_layout(finished(declaration))
    except LayoutProblem:
        return {"refused": "The layout cannot be tried yet; what is still to do stands above."}
    return try_layout(path, layout, draft.organisation, name=name)
