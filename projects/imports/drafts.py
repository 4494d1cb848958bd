"""A layout while it is made: its parts by place, what is still wrong, and what trying it shows."""

from pathlib import Path

from django.core.files import File

from projects.actions.writing import save_changes, save_new
from projects.imports.background import on_disk
from projects.imports.layout import FORMAT, Layout, LayoutProblem
from projects.imports.layout_files import checked_layout
from projects.imports.trial import try_layout
from projects.models import LayoutDraft, Organisation


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
    if old and old != kept:
        draft.file.storage.delete(old)
    return draft


def discard_draft(draft: LayoutDraft) -> None:
    """Throw a draft away, and its file: nothing was ever read into the record by it."""
    if draft.file:
        draft.file.delete(save=False)
    draft.delete()


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
