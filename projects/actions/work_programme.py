"""The work programme of a committee: lines added, changed, moved between meetings, put in order, taken out."""

from django.db import transaction

from projects.actions.writing import all_or_nothing, save_changes, save_new
from projects.audit import record
from projects.models import Board, Resolution, WorkProgrammeItem


class ReasonMissing(Exception):
    """What is taken out of a work programme is taken out for a reason that people can read."""


def add_line(board: Board, *, title: str, by, reason="", resolution: Resolution | None = None, **fields):
    """Add a line, the last of its meeting."""
    line = WorkProgrammeItem(organisation_id=board.organisation_id, board=board, title=title, **fields)
    with transaction.atomic():
        if "order" not in fields:
            line.order = _next_order(board, line.meeting_id)
        save_new(line, by=by, reason=reason)
        if resolution:
            link_resolution(resolution, line, by=by)
    return line


def change_line(line: WorkProgrammeItem, changes: dict, *, version=None, by, reason="") -> WorkProgrammeItem:
    """Change a line; moved to another meeting it becomes the last there. EditedMeanwhile if somebody was quicker."""
    if "meeting" in changes and changes["meeting"] != line.meeting:
        meeting = changes["meeting"]
        changes = {**changes, "order": _next_order(line.board, meeting.pk if meeting else None)}
    return save_changes(line, changes, version=version, by=by, reason=reason)


def link_resolution(resolution: Resolution, line: WorkProgrammeItem, *, by) -> None:
    """Say that a resolution of the committee is why the line stands as it does."""
    if resolution.work_programme_items.filter(pk=line.pk).exists():
        return
    with transaction.atomic():
        resolution.work_programme_items.add(line)
        record(line, {"resolution": ["", resolution.number]}, by=by, reason=f"Resolution {resolution.number}")


def shift_line(line: WorkProgrammeItem, step: str, *, by) -> None:
    """Move a line one place "up" or "down" among those of its meeting; at the end of the list it stays."""
    with all_or_nothing(by=by):
        beside = list(
            WorkProgrammeItem.objects.select_for_update(no_key=True)
            .filter(board=line.board_id, meeting=line.meeting_id, is_archived=False)
            .order_by("order", "pk")
        )
        at = beside.index(line)
        other = at - 1 if step == "up" else at + 1
        if not 0 <= other < len(beside):
            return
        beside[at], beside[other] = beside[other], beside[at]
        for place, each in enumerate(beside, start=1):
            if each.order != place:
                save_changes(each, {"order": place}, by=by)


def remove_line(line: WorkProgrammeItem, *, by, reason: str) -> WorkProgrammeItem:
    """Take a line out; it is kept among those taken out, with the reason. ReasonMissing without one."""
    if not reason.strip():
        raise ReasonMissing("Say why the line is taken out.")
    return save_changes(line, {"is_archived": True}, by=by, reason=reason)


def restore_line(line: WorkProgrammeItem, *, by) -> WorkProgrammeItem:
    """Put a line back that was taken out."""
    return save_changes(line, {"is_archived": False}, by=by)


def _next_order(board: Board, meeting_id: int | None) -> int:
    last = WorkProgrammeItem.objects.filter(board=board, meeting=meeting_id).order_by("-order").first()
    return last.order + 1 if last else 1
