"""Take an import back, as long as nothing newer stands on it."""

from typing import Any

from django.db import models, transaction
from django.utils import timezone

from projects.actions.change_control import archive_change, change_change, set_awareness
from projects.actions.nodes import archive_node, change_node
from projects.actions.reports import change_report, discard_draft, why_not_withdrawn, withdraw_import
from projects.actions.rows import change_row
from projects.actions.work_programme import change_line
from projects.actions.writing import save_changes
from projects.audit import acting
from projects.imports.answers import FIELD as LINKS
from projects.imports.answers import linked_now, remove_made, unlink
from projects.imports.lines import by_tag, line_model, line_of
from projects.imports.mapping import AWARENESS, model_of, python_value
from projects.imports.planned import ImportPlan, PartPlan
from projects.imports.provenance import says
from projects.imports.target import rows_as_they_are
from projects.models import (
    Answer,
    ChangeAwareness,
    ChangeRequest,
    ChecklistScore,
    Dependency,
    DimensionRating,
    Import,
    ImportedValue,
    Node,
    PlanItem,
    Report,
    Series,
    WorkProgrammeItem,
)
from projects.models.plan import THEME_MARK
from projects.models.reports import PRINTED, ReportRow
from projects.permissions import top_node

SETTINGS = (Answer, ChecklistScore, DimensionRating)  # rows that are about parts of a template, not of the record


class CannotBeUndone(Exception):
    """The import stands; the message says why and what can be done instead."""


def why_not_undone(imported: Import) -> str:
    """Why an import cannot be taken back; "" where it can."""
    if imported.state != Import.State.APPLIED:
        return f"This import is {imported.get_state_display().lower()}; only an applied one can be undone."
    for part in ImportPlan.from_json(imported.plan).parts:
        if because := _why_not_taken_back(part, imported.choices.get("parts", {}).get(part.key, {})):
            return because
    gone = _reports_opened(imported)
    return next((said for value in imported.values.all() if (said := _why_not(value, gone))), "")


def _reports_opened(imported: Import) -> set[int]:
    """The reports that the import made, drafts and reports of the past."""
    return {made["report"] for made in imported.choices.get("parts", {}).values() if "report" in made}


def _why_not_taken_back(part: PartPlan, made: dict) -> str:
    """Why the report that the import made of one part cannot go again; "" where it can, or where it made none."""
    if "report" not in made:
        return ""
    whose = f"{part.node_title}, {part.period_label}"
    report = Report.objects.filter(pk=made["report"]).first()
    if report is None:
        return f"The report that it opened ({whose}) has been discarded already."
    if report.is_frozen:
        return why_not_withdrawn(report)
    if not report.is_open:
        return f"The draft that it opened ({whose}) is {report.get_state_display().lower()}. Have it returned first."
    if [list(one) for one in rows_as_they_are([report.pk])] != made.get("left_as"):
        return (
            f"Somebody has worked on the draft ({whose}) since. Discard the draft, or change back by hand what"
            " should go."
        )
    return ""


def _why_not(value: ImportedValue, gone: set[int]) -> str:
    row = model_of(value.table).objects.filter(pk=value.row_id).first()
    if row is None:
        return f"What {value.cell} was brought into is no longer there."
    if isinstance(row, ReportRow | Report):
        report = row if isinstance(row, Report) else row.report
        if report.pk in gone:
            return ""
        if not report.is_open:
            return f"{report} is {report.get_state_display().lower()}. Have it returned or correct it instead."
    if not _is_as_written(row, value):
        return f"What came from {value.sheet} {value.cell} has been changed since. Change back by hand what should go."
    return ""


def _is_as_written(row: models.Model, value: ImportedValue) -> bool:
    if value.field in AWARENESS:
        words = value.after["aware_words"]
        return ChangeAwareness.objects.filter(change_request=row, aware_words=words).exists()
    if value.field == LINKS:
        return linked_now(row) == value.after[LINKS]
    return says(row, value)


def undo_import(imported: Import, *, by) -> Import:
    """Put back what stood before. CannotBeUndone says why not; then nothing was changed.

    A draft that the import opened is discarded, a row that it added is taken out, a project that it made is archived.
    """
    with transaction.atomic():
        locked = Import.objects.select_for_update(no_key=True).get(pk=imported.pk)
        if because := why_not_undone(locked):
            raise CannotBeUndone(because)
        reason = f"Import of {locked.file_name} undone"
        gone = _reports_opened(locked)
        values = list(locked.values.order_by("-pk"))
        kept = [value for value in values if _report_of(value) not in gone]
        new_things = _things_of([value for value in values if value.is_new_row])
        for pk in gone:
            report = Report.objects.get(pk=pk)
            if report.is_frozen:
                withdraw_import(report, by=by, reason=reason)
            else:
                discard_draft(report, by=by, reason=reason)
        by_row: dict[tuple[str, int], list[ImportedValue]] = {}
        for value in kept:
            by_row.setdefault((value.table, value.row_id), []).append(value)
        for (table, row_id), own in by_row.items():
            if table != Node._meta.model_name or not own[0].is_new_row:
                _put_back(model_of(table).objects.get(pk=row_id), own, by, reason)
        _remove_what_is_left(locked, new_things, by=by, reason=reason)
        return save_changes(locked, {"state": Import.State.UNDONE, "undone_at": timezone.now()}, by=by, reason=reason)


def _report_of(value: ImportedValue) -> int | None:
    """The report that a value went into; None for what is not of a report."""
    model = model_of(value.table)
    if model is Report:
        return value.row_id
    if not issubclass(model, ReportRow):
        return None
    return model.objects.filter(pk=value.row_id).values_list("report_id", flat=True).first()


def _things_of(values: list[ImportedValue]) -> dict[type[models.Model], set[int]]:
    """What the new rows are about: risks, milestones and the like."""
    rows: dict[type[models.Model], set[int]] = {}
    for value in values:
        rows.setdefault(model_of(value.table), set()).add(value.row_id)
    things: dict[type[models.Model], set[int]] = {}
    for model, pks in rows.items():
        name = getattr(model, "identity_field", None)
        if name and model._meta.get_field(name).is_relation and model not in SETTINGS:
            about = model.objects.filter(pk__in=pks).values_list(f"{name}_id", flat=True)
            things.setdefault(model._meta.get_field(name).related_model, set()).update(about)
    return things


def _remove_what_is_left(imported: Import, things: dict[type[models.Model], set[int]], *, by, reason: str) -> None:
    """Take out what the import made and nothing is said of any more: things, series and nodes."""
    with acting(by, reason):
        # which item waits for which is read from the words of the rows, and those are gone
        Dependency.objects.filter(from_item__in=things.get(PlanItem, ()), from_item__updates=None).delete()
        for model, pks in things.items():
            for thing in model.objects.filter(pk__in=pks):
                if not _is_spoken_of(thing):
                    thing.delete()
        made = imported.choices.get("parts", {}).values()
        remove_made([pk for one in made for pk in one.get("recommendations", ())], by=by, reason=reason)
        for series in Series.objects.filter(pk__in=[one["series"] for one in made if "series" in one]):
            if not series.reports.exists():
                Node.objects.filter(headline_series=series).update(headline_series=None)
                series.delete()
        for node in Node.objects.filter(pk__in=_nodes_made(made)).order_by("-pk"):
            if node.series.exists() or node.children.exists() or _is_spoken_of(node):
                archive_node(node, by=by, reason=reason)
                continue
            if imported.node_id == node.pk:
                save_changes(imported, {"node": top_node(imported.organisation)}, by=by)
            node.delete()


def _nodes_made(made: list[dict]) -> list[int]:
    """The nodes that the import made, and those that it made above them."""
    return [pk for one in made for pk in (*one.get("above", ()), *([one["node"]] if "node" in one else []))]


def _is_spoken_of(thing: models.Model) -> bool:
    """Whether any row points to a thing; what imports are kept beside does not count."""
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: thing}).exists()
        for relation in thing._meta.related_objects
        if relation.related_model is not Import and not relation.hidden
    )


def _put_back(row: models.Model, values: list[ImportedValue], by, reason: str) -> None:
    if isinstance(row, PlanItem):
        unlink(row, values[0], by=by, reason=reason)
        return
    is_new = any(value.is_new_row for value in values)
    before = {name: said for value in values if value.field not in AWARENESS for name, said in value.before.items()}
    told = {
        name: python_value(type(row), name, said)
        for name, said in before.items()
        if "@" not in name and name != "theme"
    }
    if isinstance(row, WorkProgrammeItem) and is_new:
        with acting(by, reason):
            row.delete()
        return
    if isinstance(row, Node | WorkProgrammeItem):
        if isinstance(row, Node):
            change_node(row, told, by=by)
        else:
            change_line(row, _filled(row, told), by=by, reason=reason)
        return
    marks = {
        name: mark
        for name, mark in row.marks.items()
        if mark.get("import") != values[0].imported_id or mark.get("kind") not in ("provenance", "withheld")
    }
    if "theme" in before:
        marks[THEME_MARK] = {"kind": PRINTED, "words": before["theme"]}
    if isinstance(row, ChangeRequest):
        _put_back_awareness(row, values, by)
        if is_new:
            archive_change(row, by=by, reason=reason)
        else:
            change_change(row, {**told, "marks": marks}, by=by)
    elif isinstance(row, Report):
        change_report(row, {**told, "marks": marks}, by=by)
    elif is_new:
        with acting(by, reason):
            row.delete()
    else:
        row = change_row(row, {**_filled(row, told), "marks": marks}, by=by, reason=reason)
        lines = {tuple(name.split("@", 1)): said for name, said in before.items() if "@" in name}
        if lines:
            _put_lines_back(row, lines, by, reason)


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


def _put_lines_back(row: ReportRow, said: dict[tuple[str, str], Any], by, reason: str) -> None:
    """What stood in the lines of a row; a line of which nothing stood is taken out."""
    table = line_model(type(row))
    with acting(by, reason):
        for tag, amounts in by_tag(said).items():
            line = line_of(row, tag)
            for name, value in amounts.items():
                setattr(line, name, python_value(table, name, value))
            for name, value in _filled(line, amounts).items():
                setattr(line, name, python_value(table, name, value))
            told = [getattr(line, name.partition("@")[0]) for name in amounts]
            if all(one in (None, "", []) for one in told):
                line.delete()
            else:
                line.save()
