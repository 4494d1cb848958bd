"""What is due in the eight weeks to come at a node and beneath it, week by week."""

from collections import Counter
from dataclasses import dataclass

from projects.models import Node, PlanItemKind, PlanItemUpdate
from reporting.documents.catalogue.report_context import mark_of, written_day
from reporting.documents.contents import DATE, NUMBER, STATUS, Column, StatusMark, Table, printed_date
from reporting.documents.document import BuiltDocument, Document, Masthead, Section, build, register
from reporting.plan_ahead import WEEKS, Ahead, Week, ahead_of, grave, view_of

EXEMPT_MARKING = "NOT FOR PUBLICATION: CONTAINS EXEMPT INFORMATION"
UNRATED = StatusMark("Not rated", "ring", "grey", "not_rated")
PLURALS = {
    PlanItemKind.PRODUCT: "Products",
    PlanItemKind.DELIVERABLE: "Deliverables",
    PlanItemKind.MILESTONE: "Milestones",
    PlanItemKind.DECISION_POINT: "Decision points",
    PlanItemKind.ACTION: "Actions",
}


@dataclass(frozen=True)
class AheadContext:
    masthead: Masthead
    ahead: Ahead


def glance(context: AheadContext) -> Table:
    """How much is due in each week, by kind."""
    weeks = context.ahead.weeks
    used = {row.plan_item.kind for week in weeks for row in week.rows}
    kinds = [kind for kind in PLURALS if kind in used]
    columns = (
        Column("week", "Week", header=True, width=40),
        *(Column(kind.value, PLURALS[kind], NUMBER) for kind in kinds),
        Column("all", "All", NUMBER),
    )
    rows = tuple(
        {"week": words_of(week), "all": len(week.rows), **Counter(row.plan_item.kind for row in week.rows)}
        for week in weeks
    )
    rows = tuple({**dict.fromkeys((kind.value for kind in kinds), 0), **row} for row in rows)
    whole = {"week": f"All {WEEKS} weeks"}
    whole |= {column.key: sum(row[column.key] for row in rows) for column in columns[1:]}
    return Table(columns, rows, totals=(whole,), sheet="At a glance")


def words_of(week: Week) -> str:
    """ "11 to 17 July 2022", "29 August to 4 September 2022"."""
    begins, ends = week.begins, week.ends
    if begins.year != ends.year:
        return f"{printed_date(begins)} to {printed_date(ends)}"
    first = f"{begins.day}" if begins.month == ends.month else f"{begins.day} {begins:%B}"
    return f"{first} to {printed_date(ends)}"


def overdue(context: AheadContext) -> Table | None:
    """What should have been done by the day and is not; no section where there is nothing."""
    rows = context.ahead.overdue
    return _table(context, rows) if rows else None


def weeks(context: AheadContext) -> list[tuple[str, Table]]:
    """A section for each week; an empty one says so."""
    return [(words_of(week), _table(context, week.rows)) for week in context.ahead.weeks]


def undated(context: AheadContext) -> Table | None:
    """What is open and has no date that can be read, and so is in no week."""
    rows = context.ahead.undated
    return _table(context, rows) if rows else None


def _table(context: AheadContext, rows: tuple[PlanItemUpdate, ...]) -> Table:
    optional = (
        (Column("tranche", "Tranche", width=8), lambda row: row.plan_item.tranche and row.plan_item.tranche.name),
        (Column("owner", "Owner", width=11), lambda row: row.owner_words),
        (Column("waits", "Waits for", width=13), lambda row: _waits(context, row)),
    )
    kept = [(column, value) for column, value in optional if any(value(row) for row in rows)]
    columns = (
        Column("when", "When", DATE, width=10),
        Column("title", "What", header=True),
        Column("kind", "Kind", width=9),
        Column("where", "Workstream", width=13),
        *(column for column, _ in kept),
        Column("status", "Status", STATUS, width=11),
    )
    return Table(
        columns,
        tuple(
            {
                "when": written_day(row, "finish"),
                "title": row.title,
                "kind": row.plan_item.get_kind_display(),
                "where": row.report.title,
                "status": mark_of(row.status) or UNRATED,
                **{column.key: value(row) or "" for column, value in kept},
            }
            for row in rows
        ),
        empty="Nothing is due in this week.",
    )


def _waits(context: AheadContext, row: PlanItemUpdate) -> str:
    """The dependencies of a row that are broken or late, in words."""
    links = grave(context.ahead.waits.get(row.plan_item_id, ()))
    return "; ".join(f"{link.waiting.state.value.capitalize()}: {link.needed_words}" for link in links)


LOOK_AHEAD = register(
    Document(
        "look-ahead",
        "Eight-week look-ahead",
        (
            Section("plan-rows", "Eight weeks at a glance", glance),
            Section("plan-rows", "Date passed and not done", overdue),
            Section("plan-rows", "", weeks, many=True),
            Section("plan-rows", "Open without a date", undated),
        ),
        landscape=True,
    )
)


def built_look_ahead(
    node: Node, *, published: bool, sees_exempt: bool, period: str = "", meaning: str = ""
) -> BuiltDocument:
    """Milestones, products and decision points due from today (by the council's clock) or from a day on."""
    ahead = ahead_of(view_of(node, published=published, sees_exempt=sees_exempt, period=period, meaning=meaning))
    return build(LOOK_AHEAD, AheadContext(masthead_of_plan(ahead.view, "Eight-week look-ahead"), ahead))


def masthead_of_plan(view, name: str, rows=()) -> Masthead:
    """What stands above a document of plans; `rows` are looked through for what is exempt."""
    node = view.node
    return Masthead(
        title=f"{name}: {node.title}",
        organisation_name=node.organisation.name,
        subtitle=f"From {printed_date(view.day)}" if name.endswith("look-ahead") else "",
        marking=EXEMPT_MARKING if view.sees_exempt and any(row.is_exempt for row in rows) else "",
        as_at=f"as at {printed_date(view.day)}",
        stands_as=f"As at {view.at.words}" if view.at else "",
        file_stem=f"{name} - {node.title}",
        made_on=view.day,
    )
