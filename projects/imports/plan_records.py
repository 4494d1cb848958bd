"""The tables of records that a workbook has (milestones, risks, benefits), row by row beside the report's own."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from projects.imports import plan_links
from projects.imports.layout import squeeze
from projects.imports.lines import guess_unit, measured_words
from projects.imports.mapping import Column, Table
from projects.imports.match import match_records
from projects.imports.parse import ParsedRecord, ParsedValue
from projects.imports.planned import CONFLICT, UNCHANGED, UPDATE, PlannedField
from projects.models import IndicatorUpdate, PlanItemUpdate, ReportRow
from projects.rules.indicators import CannotBeRead, read_figure
from projects.rules.kinds import Kind

if TYPE_CHECKING:
    from projects.imports.plan_part import PartPlanner

MEASURED = {"indicator.actual": "actual", "indicator.target": "target"}


@dataclass(frozen=True)
class _Known:
    """What the record has that a row of a table may be about; `row` None where the report does not have it yet."""

    ref: str
    title: str
    more: str
    row: ReportRow | None
    identity_id: int | None


def plan_records(planner: "PartPlanner", table: Table) -> None:
    """Plan the rows of one table, each matched with the row of the report that is about the same thing."""
    planner.speaks_of(table.key)
    base = planner.held.base_rows(planner.target, table.model)
    earlier = planner.held.earlier(planner.target, table.model)
    records = [one for one in planner.parsed.records.get(table.record, ()) if not one.is_total]
    kinds = {**table.identity, **(_about(table, records[0]) if records else {})}
    known = _known(planner, table, base, kinds.get("kind"))
    matched = match_records(
        [_named(table, record) for record in records], [(one.ref, one.title, one.more) for one in known]
    )
    parts = plan_links.parts_of(planner, base) if table.model is PlanItemUpdate else {}
    for record, index in zip(records, matched, strict=True):
        thing = known[index] if index is not None else None
        row = thing.row if thing else None
        stood = _stood(table, row, earlier)
        fields = _record_fields(planner, table, record, row, stood)
        if table.model is PlanItemUpdate:
            plan_links.settle_title(fields, row, parts)
        title = " ".join(part for part in _named(table, record)[:2] if part)
        planner.add(
            table.section,
            title,
            table.model,
            row,
            fields,
            identity_id=thing.identity_id if thing else None,
            identity={**table.identity, **_about(table, record)},
        )
        if table.model is PlanItemUpdate:
            plan_links.plan_recommendations(planner, record, thing.identity_id if thing else None, title)
    taken = {index for index in matched if index is not None}
    parts_held = {part.plan_item_id for held in parts.values() for part in held}
    planner.part.not_in_file += [
        {"section": table.section, "title": f"{one.ref} {one.title}".strip()}
        for place, one in enumerate(known)
        if place not in taken and one.row is not None and not one.row.is_removed and one.identity_id not in parts_held
    ]


def _about(table: Table, record: ParsedRecord) -> dict[str, Any]:
    """What a new thing is made with that its row in a report does not say."""
    said = {column.name: record.values[column.key] for column in table.about if column.key in record.values}
    return {name: str(value.value) for name, value in said.items() if value.value}


def _named(table: Table, record: ParsedRecord) -> tuple[str, str, str]:
    ref = record.values.get(table.ref.key) if table.ref else None
    title = record.values.get(table.title.key)
    more = record.values.get("post.funding") or record.values.get("plan_item.theme")
    return (
        str(ref.value) if ref and ref.value is not None else "",
        str(title.value or "") if title else "",
        str(more.value or "") if more else "",
    )


def _known(planner: "PartPlanner", table: Table, base: list[ReportRow], kind: str | None) -> list[_Known]:
    """What the record has of a table: the rows it is held against, then things of the kind that none is about."""
    known = []
    for row in base:
        identity_id = getattr(row, f"{table.model.identity_field}_id") if table.things else None
        more = getattr(row, "funding_words", "") or getattr(row, "theme", "")
        known.append(_Known(row.ref, row.title, more, row, identity_id))
    if table.things is not None and planner.node is not None:
        about = {one.identity_id for one in known}
        known += [
            _Known(thing.ref, thing.title, "", None, thing.pk)
            for thing in planner.shared.things(table, planner.node)
            if thing.pk not in about and (kind is None or thing.kind == kind)
        ]
    return known


def _stood(table: Table, row, earlier: list[ReportRow]):
    if row is None:
        return None
    if table.things is not None:
        name = f"{table.model.identity_field}_id"
        return next((one for one in earlier if getattr(one, name) == getattr(row, name)), None)
    same = [one for one in earlier if (one.ref, one.title) == (row.ref, row.title)]
    return next((one for one in same if one.order == row.order), same[0] if same else None)


def _record_fields(planner: "PartPlanner", table: Table, record: ParsedRecord, row, stood) -> list[PlannedField | None]:
    fields = []
    statuses = {}
    for column in table.columns:
        value = record.values.get(column.key)
        if value is not None and column.kind == "status":
            statuses[column.name] = planner.status(value, _vocabulary(planner, column, row))
    done = statuses.get("status") and statuses["status"].kind == Kind.DONE
    for column in table.columns:
        value = record.values.get(column.key)
        if column.key == "plan_item.end" and done and not _ends_as_forecast(row, value):
            column = Column(column.key, "actual", "date")  # one printed column over two facts
        columns = None
        if value is not None and value.is_shared and column.name == "comment":
            columns = {"comment": "", "shares_comment": True}  # the words above speak for this row too
        fields.append(planner.field(value, column, table.model, row, stood, statuses.get(column.name), columns))
    fields += _theme_field(planner, table, record, row)
    fields += _measured_fields(planner, table, record, row, stood)
    if row is not None and row.is_removed:
        fields.append(_removed_field(row, record.values[table.title.key]))
    return fields


def _theme_field(planner: "PartPlanner", table: Table, record: ParsedRecord, row) -> list[PlannedField]:
    """The heading within the plan that a milestone stands under; a new one is made with it."""
    value = record.values.get("plan_item.theme")
    if table.model is not PlanItemUpdate or row is None or value is None:
        return []
    said = str(value.value or "")
    where = {"sheet": value.sheet, "cell": value.cell}
    action = UNCHANGED if squeeze(row.theme) == squeeze(said) else UPDATE
    words = {"old": row.theme, "new": said, "columns": {"theme": said}, "before": {"theme": row.theme}}
    planned = PlannedField("theme", planner.shared.label_of(value.key), action, **words, **where)
    if action == UPDATE:
        planner.settle(planned, value)
    return [planned]


def _measured_fields(
    planner: "PartPlanner", table: Table, record: ParsedRecord, row, stood
) -> list[PlannedField | None]:
    """The figures of an indicator, a line for each period that the sheet has a column of."""
    if table.model is not IndicatorUpdate:
        return []
    said = [value for key, value in record.values.items() if key.partition("@")[0] in MEASURED]
    unit = row.indicator.unit if row is not None else guess_unit(value.words for value in said)
    fields = []
    for value in said:
        name = MEASURED[value.key.partition("@")[0]]
        try:
            figure = read_figure(value.words, unit)
        except CannotBeRead as cannot:
            planner.error(value, f"“{value.words}” is not read. {cannot}")
            continue
        words = value.words if figure is not None else ""
        tag = measured_words(value.key.partition("@")[2])
        columns = {name: figure, f"{name}_words": words}
        fields.append(planner.line_field(value, columns, tag, IndicatorUpdate, row, [stood] if stood else []))
    return fields


def _ends_as_forecast(row, value: ParsedValue | None) -> bool:
    """Whether a finished item has its end as a forecast only, and the file repeats it."""
    return (
        row is not None
        and row.status is not None
        and row.status.kind == Kind.DONE
        and not row.actual_words
        and value is not None
        and row.finish_words == value.words
    )


def _vocabulary(planner: "PartPlanner", column: Column, row):
    """The scheme that the row uses, else the organisation's first for the subject."""
    status = getattr(row, column.name) if row is not None else None
    if status is not None and status.scheme_id in planner.wording.by_scheme:
        return planner.wording.by_scheme[status.scheme_id]
    return planner.wording.by_subject[column.subject]


def _removed_field(row, value: ParsedValue) -> PlannedField:
    return PlannedField(
        name="is_removed",
        label="In the report",
        action=CONFLICT,
        old=f"Taken out: {row.removed_reason}",
        new="Put back",
        sheet=value.sheet,
        cell=value.cell,
        columns={"is_removed": False, "removed_reason": ""},
        before={"is_removed": True, "removed_reason": row.removed_reason},
        because="Somebody took it out of this report.",
    )
