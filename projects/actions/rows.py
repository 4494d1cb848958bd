"""Editing the rows of a draft: added, changed, removed with a reason, confirmed unchanged."""

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from projects.actions.findings import FINDING_SECTIONS
from projects.actions.levels import NOTICE_SECTIONS, TAKEN_SECTIONS, Taken, take_over
from projects.actions.proposals import propose, propose_after
from projects.actions.reports import (
    HEADER_FIELDS,
    quote_baselines,
    refuse_unless_open,
    row_key,
    rows_by_key,
    said_fields,
    sections_of,
)
from projects.actions.writing import all_or_nothing, check_all_same_organisation, save_changes, save_new
from projects.audit import record
from projects.models import (
    Answer,
    BenefitUpdate,
    BudgetPosition,
    DataTable,
    DimensionRating,
    IndicatorUpdate,
    IssueUpdate,
    Narrative,
    Notice,
    PlanItemUpdate,
    RecommendationUpdate,
    Report,
    ReportingStream,
    ReportRow,
    ResourcePosition,
    ReviewFindingUpdate,
    RiskAssessment,
    Subject,
    Tally,
)

# The sections of stated totals, with what their lines count the statuses of.
TALLY_SECTIONS = {"resource-counts": Subject.ADEQUACY, "delivery": Subject.MILESTONE}

# The tables whose rows a section edits; dimensions, questions and narratives name their section themselves.
SECTION_TABLES = {
    "budget": (BudgetPosition,),
    "milestones": (PlanItemUpdate,),
    "high-risk-register": (RiskAssessment,),
    "risks": (RiskAssessment,),
    "issues": (IssueUpdate,),
    "benefits": (BenefitUpdate,),
    "indicators": (IndicatorUpdate,),
    "recommendations": (RecommendationUpdate,),
    "resources": (ResourcePosition,),
    "reporting-streams": (ReportingStream,),
    "data-tables": (DataTable,),
    **dict.fromkeys(NOTICE_SECTIONS, (Notice,)),
    **dict.fromkeys(FINDING_SECTIONS, (ReviewFindingUpdate,)),
    **dict.fromkeys(TALLY_SECTIONS, (Tally,)),
}
WHOLE_LIFE_COST = "whole_life_cost"  # the option of the project detail that asks for it
# The section a report's own columns are edited in.
HEADER_SECTIONS = {
    "project-detail": tuple(name for name in HEADER_FIELDS if not name.startswith("score")),
    "project-status": ("score", "score_label"),
    "time": tuple(name for name in HEADER_FIELDS if name.startswith(("start_", "finish_"))),
}


def rows_of_section(report: Report, key: str) -> list[ReportRow]:
    """The rows of a report that a section edits, removed ones included, in their order."""
    rows = []
    for model in SECTION_TABLES.get(key, ()):
        rows += model.objects.of(report).filter(**made_with(model, key))
    rows += DimensionRating.objects.of(report).filter(dimension__section=key).select_related("dimension")
    rows += Answer.objects.of(report).filter(question__section=key).select_related("question")
    rows += Narrative.objects.of(report).filter(section=key)
    return rows


def made_with(model: type[ReportRow], key: str) -> dict:
    """What every row of a table says in a section that shares the table with others: the kind of its notices."""
    if model in (DataTable, Tally):
        return {"section": key}
    if model in (Notice, ReviewFindingUpdate):
        return {"kind": {**NOTICE_SECTIONS, **FINDING_SECTIONS}[key]}
    return {}


def section_of(row: ReportRow) -> str | None:
    """The key of the section `row` is edited in; None for rows that no section edits."""
    if isinstance(row, DimensionRating):
        return row.dimension.section
    if isinstance(row, Answer):
        return row.question.section
    if isinstance(row, Narrative | DataTable | Tally):
        return row.section or None
    if isinstance(row, Notice | ReviewFindingUpdate):
        kinds = NOTICE_SECTIONS if isinstance(row, Notice) else FINDING_SECTIONS
        return next((key for key, kind in kinds.items() if kind == row.kind), None)
    template_keys = set(row.report.template.sections.values_list("key", flat=True))
    return next(
        (key for key, tables in SECTION_TABLES.items() if type(row) in tables and key in template_keys),
        None,
    )


def add_row(report: Report, model: type[ReportRow], *, by, identity=None, **fields) -> ReportRow:
    """Add a row to a draft. `identity` is the thing it is about, or the fields to make that thing with."""
    with transaction.atomic():
        refuse_unless_open(report)
        if isinstance(identity, dict):
            identity = save_new(_new_identity(report, model, identity, fields), by=by)
        if identity is not None:
            fields[model.identity_field] = identity
        if "order" not in fields:
            last = model.objects.of(report).aggregate(last=Max("order"))["last"]
            fields["order"] = (last or 0) + 1
        row = model(organisation_id=report.organisation_id, report=report, **fields)
        if "baseline" not in fields:
            quote_baselines([row], model)
        row = save_new(row, by=by)
        unconfirm(report, section_of(row))
        propose_after(report, model)
        return row


def add_rows(report: Report, model: type[ReportRow], new: list[tuple], *, by, reason="") -> list[ReportRow]:
    """Add many rows of one table to a draft, in their order. `new` holds (identity, fields) as `add_row` takes them.

    Written in bulk: the audit trail has one line for the rows and one for the things made with them, on the report.
    """
    with transaction.atomic():
        refuse_unless_open(report)
        things = [
            _new_identity(report, model, identity, fields) if isinstance(identity, dict) else identity
            for identity, fields in new
        ]
        _write_many(report, [thing for thing in things if thing is not None and thing.pk is None], by, reason)
        last = model.objects.of(report).aggregate(last=Max("order"))["last"] or 0
        rows = []
        for thing, (_, fields) in zip(things, new, strict=True):
            about = {} if thing is None else {model.identity_field: thing}
            columns = {"order": last + 1, **fields, **about}
            last = max(last, columns["order"])
            rows.append(model(organisation_id=report.organisation_id, report=report, **columns))
        quote_baselines([row for row, (_, fields) in zip(rows, new, strict=True) if "baseline" not in fields], model)
        _write_many(report, rows, by, reason)
        if confirmed := Report.objects.values_list("confirmed", flat=True).get(pk=report.pk):
            for section in {section_of(row) for row in rows} & confirmed.keys():
                unconfirm(report, section)
        propose_after(report, model)
        return rows


def _write_many(report, rows, by, reason):
    if not rows:
        return
    check_all_same_organisation(rows)
    model = type(rows[0])
    model._base_manager.bulk_create(rows, batch_size=500)
    record(report, {str(model._meta.verbose_name_plural): ["", f"{len(rows)} added"]}, by=by, reason=reason)


def _new_identity(report, model, identity, fields):
    table = model._meta.get_field(model.identity_field).related_model
    known = {field.name for field in table._meta.concrete_fields}
    said = {name: fields[name] for name in ("ref", "title") if name in fields and name in known}
    return table(organisation_id=report.organisation_id, node=report.node, **{**said, **identity})


def change_row(row: ReportRow, changes: dict, *, version=None, by, reason="") -> ReportRow:
    """Change a row of a draft from the version it was read at; EditedMeanwhile if somebody was quicker."""
    with all_or_nothing(by=by):
        refuse_unless_open(row.report)
        section = section_of(row)
        if section in row.report.confirmed:
            unconfirm(row.report, section)
        row = save_changes(row, changes, version=version, by=by, reason=reason)
        propose_after(row.report, type(row))
        return row


def remove_row(row: ReportRow, *, by, reason, version=None) -> ReportRow:
    """Take a row out of the report; it stays in the draft, marked, until the next period.

    A comment that speaks for the milestones below it too goes on with the next of them.
    """
    with all_or_nothing(by=by):
        removed = change_row(row, {"is_removed": True, "removed_reason": reason}, version=version, by=by, reason=reason)
        if isinstance(row, PlanItemUpdate) and (heir := _speaks_next(removed)):
            change_row(heir, {"comment": removed.comment, "shares_comment": False}, by=by, reason=reason)
        return removed


def _speaks_next(removed: PlanItemUpdate) -> PlanItemUpdate | None:
    """The next milestone of the same theme, where it shares the comment that `removed` has."""
    if removed.shares_comment:
        return None
    rows = PlanItemUpdate.objects.of(removed.report).present().select_related("plan_item", "report")
    below = (row for row in rows if (row.order, row.pk) > (removed.order, removed.pk) and row.theme == removed.theme)
    following = next(below, None)
    return following if following and following.shares_comment else None


def restore_row(row: ReportRow, *, by, version=None) -> ReportRow:
    """Put a removed row back."""
    return change_row(row, {"is_removed": False, "removed_reason": ""}, version=version, by=by)


def take_over_new(report: Report, *, by) -> Taken:
    """Bring what reports below have said since into the draft; nothing edited or taken out here is touched."""
    with transaction.atomic():
        refuse_unless_open(report)
        taken = take_over(report, {section.key: section for section in sections_of(report)}, by=by)
        for key in TAKEN_SECTIONS:
            unconfirm(report, key)
        propose(report)
        return taken


def confirm_section(report: Report, key: str, *, by) -> None:
    """Say that a section was looked at and is right as it stands."""
    with transaction.atomic():
        refuse_unless_open(report)
        locked = Report.objects.select_for_update(no_key=True).get(pk=report.pk)
        now = timezone.now()
        locked.confirmed[key] = {"at": now.isoformat(), "by": str(by)}
        Report.objects.filter(pk=report.pk).update(confirmed=locked.confirmed)
        report.confirmed = locked.confirmed
        for model in {type(row) for row in rows_of_section(report, key)}:
            pks = [row.pk for row in rows_of_section(report, key) if isinstance(row, model)]
            model.objects.filter(pk__in=pks).update(confirmed_at=now)


def unconfirm(report: Report, key: str | None) -> None:
    """Forget that a section was confirmed: it has been edited since."""
    locked = Report.objects.select_for_update(no_key=True).get(pk=report.pk)
    if key in locked.confirmed:
        del locked.confirmed[key]
        Report.objects.filter(pk=report.pk).update(confirmed=locked.confirmed)
    report.confirmed = locked.confirmed


def earlier_rows(report: Report, model: type[ReportRow]) -> dict:
    """{row key: row} of the report this one was copied from; empty for a first report."""
    return rows_by_key(report.copied_from_id, model)


def changed_fields(row: ReportRow, earlier: dict | None = None) -> dict:
    """{field: (before, after)} against the report copied from; every said field is None before for a new row.

    `earlier` is `earlier_rows(report, model)`, given by callers that ask for many rows.
    """
    before = (earlier_rows(row.report, type(row)) if earlier is None else earlier).get(row_key(row))
    return _differences(before, row, said_fields(type(row)))


def _has_other_figures(row, earlier) -> bool:
    """Whether the lines beneath the row say something else than they did."""
    return bool(row.figures) and bool(_differences(earlier.get(row_key(row)), row, row.figures))


def _differences(before, after, names):
    told = {}
    for name in names:
        old = getattr(before, name, None)
        new = getattr(after, name)
        if old != new and not (before is None and new in ("", None, False)):
            told[name] = (old, new)
    return told


def changed_header_fields(report: Report, key: str) -> dict:
    """{field: (before, after)} of the report's own columns that the section edits."""
    if not report.copied_from_id:
        return {}
    return _differences(report.copied_from, report, HEADER_SECTIONS.get(key, ()))


def _is_empty_box(row, earlier) -> bool:
    """Whether it is a text that was never written: the last report did not have it, and nothing is said yet."""
    return isinstance(row, Narrative) and not row.text.strip() and row_key(row) not in earlier


def section_state(report: Report, key: str) -> str:
    """ "changed" since the report copied from, "confirmed" as unchanged, or "untouched"."""
    if report.copied_from_id is None:
        return "confirmed" if key in report.confirmed else "untouched"
    if changed_header_fields(report, key):
        return "changed"
    rows = rows_of_section(report, key)
    earlier = {model: earlier_rows(report, model) for model in {type(row) for row in rows}}
    rows = [row for row in rows if not _is_empty_box(row, earlier[type(row)])]
    if any(changed_fields(row, earlier[type(row)]) or _has_other_figures(row, earlier[type(row)]) for row in rows):
        return "changed"
    return "confirmed" if key in report.confirmed else "untouched"
