"""The requests for change that a workbook lists, beside those of the record."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from projects.imports.mapping import AWARENESS, CHANGE_COLUMNS, DECIDED, Column, board_name, board_of
from projects.imports.match import match_changes
from projects.imports.parse import ParsedRecord, ParsedValue
from projects.imports.planned import CONFLICT, CREATE, UNCHANGED, UPDATE, PlannedField
from projects.models import Board, ChangeAwareness, ChangeRequest, ImportedValue

if TYPE_CHECKING:
    from projects.imports.plan_part import PartPlanner


def plan_changes(planner: "PartPlanner") -> None:
    """Plan the requests, and of which boards are aware of them when."""
    records = planner.parsed.records.get("change", [])
    held = list(ChangeRequest.objects.filter(node=planner.node, is_archived=False)) if planner.node else []
    matched = match_changes(
        [(_said(record, "change.item_words"), _said(record, "change.description")) for record in records],
        [(one.item_words, one.description) for one in held],
    )
    boards = {}
    for key, kind in AWARENESS.items():
        if any(key in record.values for record in records):
            boards[key] = _board(planner, key, kind)
    aware = {
        (one.change_request_id, one.board_id): one for one in ChangeAwareness.objects.filter(change_request__in=held)
    }
    imported = _imported_so(held, boards)
    for record, index in zip(records, matched, strict=True):
        request = held[index] if index is not None else None
        fields = [
            planner.field(record.values.get(column.key), column, ChangeRequest, request, None)
            for column in CHANGE_COLUMNS
        ]
        fields += [
            _awareness_field(planner, record.values.get(key), key, board, request, aware, imported)
            for key, board in boards.items()
        ]
        if request is not None and request.state in DECIDED:
            for one in fields:
                if one and one.action not in (UNCHANGED,):
                    one.action, one.because, one.is_fixed = CONFLICT, "The change is decided.", True
        title = _said(record, "change.item_words")
        planner.add("Change control", title, ChangeRequest, request, fields)


def _said(record: ParsedRecord, key: str) -> str:
    return record.values[key].words if key in record.values else ""


def _board(planner: "PartPlanner", key: str, kind: str) -> Board | None:
    """The board of an awareness column; None where it is to be added, which the preview says."""
    heading = planner.shared.label_of(key)
    board = board_of(planner.organisation, heading, kind)
    if board is None:
        name = board_name(planner.shared.spellings[key])
        planner.warn(
            planner.parsed.blocks[0].sheet,
            "",
            f"No board has the heading “{heading}”; the board {name} will be added for it.",
        )
    return board


def _origin(request: ChangeRequest, key: str) -> tuple:
    """The import and the cell that a day of awareness came from, and its field."""
    mark = request.marks.get(key, {})
    return mark.get("import"), mark.get("cell"), key


def _imported_so(held: list[ChangeRequest], keys: Iterable[str]) -> dict[tuple, str | None]:
    """What imports wrote of when boards became aware, by where it came from."""
    origins = {_origin(request, key) for request in held for key in keys}
    values = ImportedValue.objects.filter(
        imported__in={number for number, _, _ in origins if number}, field__in=list(keys)
    )
    return {(one.imported_id, one.cell, one.field): one.after.get("aware_words") for one in values.order_by("-pk")}


def _awareness_field(
    planner: "PartPlanner", value: ParsedValue | None, key: str, board, request, aware, imported
) -> PlannedField | None:
    entry = aware.get((request.pk, board.pk)) if request and board else None
    one = planner.field(value, Column(key, "aware", "date"), ChangeAwareness, entry, None)
    if one is None:
        return None
    one.name = key
    if request is not None and one.action in (CREATE, UPDATE):
        words = imported.get(_origin(request, key))
        came_so = words is not None and words == one.before.get("aware_words")
        if one.action == UPDATE and not came_so:
            one.action, one.because = CONFLICT, "It was written in the portal."
    return one
