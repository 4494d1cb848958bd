"""Take an import back, as long as nothing newer stands on it."""

from django.db import models, transaction
from django.utils import timezone

from projects.actions.change_control import archive_change, change_change, set_awareness
from projects.actions.nodes import archive_node, change_node
from projects.actions.reports import change_report, discard_draft
from projects.actions.rows import change_row, remove_row
from projects.actions.writing import save_changes
from projects.imports.plan import AWARENESS, ImportPlan, model_of, python_value
from projects.imports.target import rows_as_they_are
from projects.models import (
    ChangeAwareness,
    ChangeRequest,
    Import,
    ImportedValue,
    Node,
    Report,
)
from projects.models.reports import ReportRow


class CannotBeUndone(Exception):
    """The import stands; the message says why and what can be done instead."""


def why_not_undone(imported: Import) -> str:
    """Why an import cannot be taken back; "" where it can."""
    if imported.state != Import.State.APPLIED:
        return f"This import is {imported.get_state_display().lower()}; only an applied one can be undone."
    plan = ImportPlan.from_json(imported.plan)
    if plan.mode in ("past", "correction") and imported.choices.get("report"):
        return (
            f"The import made an approved report of {plan.period_label}, and approved reports are not rewritten."
            " Correct that report instead."
        )
    opened = Report.objects.filter(pk=imported.choices.get("report", 0)).first()
    if "report" in imported.choices:
        if opened is None:
            return "The draft that it opened has been discarded already."
        if not opened.is_open:
            return f"The draft that it opened is {opened.get_state_display().lower()}. Have it returned first."
        if [list(one) for one in rows_as_they_are(opened)] != imported.choices.get("left_as"):
            return "Somebody has worked on the draft since. Discard the draft, or change back by hand what should go."
        values = imported.values.exclude(table__in=_report_tables(imported))
    else:
        values = imported.values.all()
    return next((said for value in values if (said := _why_not(value))), "")


def _report_tables(imported: Import) -> set[str]:
    tables = set(imported.values.values_list("table", flat=True))
    return {table for table in tables if issubclass(model_of(table), ReportRow | Report)}


def _why_not(value: ImportedValue) -> str:
    row = model_of(value.table).objects.filter(pk=value.row_id).first()
    if row is None:
        return f"What {value.cell} was brought into is no longer there."
    if isinstance(row, ReportRow | Report):
        report = row if isinstance(row, Report) else row.report
        if not report.is_open:
            return f"{report} is {report.get_state_display().lower()}. Have it returned or correct it instead."
    if not _is_as_written(row, value):
        return f"What came from {value.sheet} {value.cell} has been changed since. Change back by hand what should go."
    return ""


def _is_as_written(row: models.Model, value: ImportedValue) -> bool:
    if value.field in AWARENESS:
        words = value.after["aware_words"]
        return ChangeAwareness.objects.filter(change_request=row, aware_words=words).exists()
    return all(getattr(row, name) == python_value(type(row), name, said) for name, said in value.after.items())


def undo_import(imported: Import, *, by) -> Import:
    """Put back what stood before. CannotBeUndone says why not; then nothing was changed.

    A draft that the import opened is discarded, a row that it added is taken out, a project that it made is archived.
    """
    with transaction.atomic():
        locked = Import.objects.select_for_update(no_key=True).get(pk=imported.pk)
        if because := why_not_undone(locked):
            raise CannotBeUndone(because)
        reason = f"Import of {locked.file_name} undone"
        values = list(locked.values.order_by("-pk"))
        if opened := locked.choices.get("report"):
            gone = _report_tables(locked)
            values = [value for value in values if value.table not in gone]
            discard_draft(Report.objects.get(pk=opened), by=by, reason=reason)
        by_row: dict[tuple[str, int], list[ImportedValue]] = {}
        for value in values:
            by_row.setdefault((value.table, value.row_id), []).append(value)
        for (table, row_id), own in by_row.items():
            _put_back(model_of(table).objects.get(pk=row_id), own, by, reason)
        return save_changes(locked, {"state": Import.State.UNDONE, "undone_at": timezone.now()}, by=by, reason=reason)


def _put_back(row: models.Model, values: list[ImportedValue], by, reason: str) -> None:
    is_new = any(value.is_new_row for value in values)
    told = {
        name: python_value(type(row), name, said)
        for value in values
        if value.field not in AWARENESS
        for name, said in value.before.items()
    }
    if isinstance(row, Node):
        if is_new:
            archive_node(row, by=by, reason=reason)
        else:
            change_node(row, told, by=by)
        return
    marks = {
        name: mark
        for name, mark in row.marks.items()
        if mark.get("import") != values[0].imported_id or mark.get("kind") != "provenance"
    }
    if isinstance(row, ChangeRequest):
        _put_back_awareness(row, values, by)
        if is_new:
            archive_change(row, by=by, reason=reason)
        else:
            change_change(row, {**told, "marks": marks}, by=by)
    elif isinstance(row, Report):
        change_report(row, {**told, "marks": marks}, by=by)
    elif is_new:
        remove_row(row, by=by, reason=reason)
    else:
        change_row(row, {**_filled(row, told), "marks": marks}, by=by, reason=reason)


def _filled(row: models.Model, told: dict) -> dict:
    """What stood nowhere before is blank of its kind, not null."""
    return {
        name: row._meta.get_field(name).get_default() if said is None and not row._meta.get_field(name).null else said
        for name, said in told.items()
    }


def _put_back_awareness(request: ChangeRequest, values: list[ImportedValue], by) -> None:
    for value in values:
        if value.field not in AWARENESS or value.is_new_row:
            continue
        entry = ChangeAwareness.objects.get(change_request=request, aware_words=value.after["aware_words"])
        set_awareness(request, entry.board, value.before["aware_words"] or "", by=by)
