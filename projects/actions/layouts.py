"""Layouts of workbooks: each save is a version of its own, and none is ever rewritten."""

from django.db import transaction

from projects.actions.writing import save_changes, save_new
from projects.models import ImportLayout, Organisation


class LayoutIsTheSame(Exception):
    """The newest version says all of it already; no version was made."""


class LayoutNameIsTaken(Exception):
    """A new layout would become the next version of another; the message says of which."""


@transaction.atomic
def save_layout(
    organisation: Organisation, declaration: dict, *, note: str = "", is_new: bool = False, by
) -> ImportLayout:
    """Save a checked layout as the next version of its name. LayoutIsTheSame where it is as the newest has it, and
    LayoutNameIsTaken where it `is_new` and there is one of its name."""
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)  # one version after the other
    slug = declaration["name"]
    newest = ImportLayout.objects.filter(organisation=organisation, slug=slug).order_by("number").last()
    if newest and is_new:
        raise LayoutNameIsTaken(
            f"There is a layout called {slug} already. Give this one another name, or change that one."
        )
    number = newest.number + 1 if newest else max(1, int(declaration.get("version", 1)))
    if newest and not newest.is_archived and _said(newest.declaration) == _said(declaration):
        raise LayoutIsTheSame(f"Version {newest.number} of {newest.name} says all of it already.")
    version = ImportLayout(
        organisation=organisation,
        slug=slug,
        name=declaration["title"][:120],
        number=number,
        declaration={**declaration, "version": number},
        note=note[:300],
        saved_by=by,
    )
    return save_new(version, by=by, reason=note)


def _said(declaration: dict) -> dict:
    return {key: value for key, value in declaration.items() if key != "version"}


def archive_layout(layout: ImportLayout, *, by) -> ImportLayout:
    """Take the newest version of a layout out of use; what was read by it stays as it is."""
    return save_changes(layout, {"is_archived": True}, by=by)


def restore_layout(layout: ImportLayout, *, by) -> ImportLayout:
    """Take an archived layout into use again."""
    return save_changes(layout, {"is_archived": False}, by=by)
