"""The recommendation tracker: what reviewers asked for, which actions answer it, and what shows that it is done."""

from collections import defaultdict
from datetime import date

from projects.models import PlanItem, PlanItemUpdate, RecommendationUpdate, Report
from projects.models.base import exempt_now
from projects.rules.kinds import Kind
from reporting.documents.catalogue.report_context import ReportContext, context_of, mark_of, rated
from reporting.documents.contents import NUMBER, STATUS, Column, Table
from reporting.documents.document import BuiltDocument, Document, Section, build, register

NO_EVIDENCE = "No evidence is given."


def rows_of(context: ReportContext) -> list[RecommendationUpdate]:
    """The recommendations of a report, those of one source together."""
    rows = context.rows(RecommendationUpdate, "recommendation", "status__scheme")
    sources = list(dict.fromkeys(row.source for row in rows))
    return sorted(rows, key=lambda row: sources.index(row.source))


def answering(rows, context: ReportContext) -> dict[int, list[str]]:
    """{recommendation: the references of the actions that answer it}, in the order of the plan; no exempt ones."""
    refs = defaultdict(list)
    links = PlanItem.recommendations.through.objects.filter(recommendation__in=[row.recommendation_id for row in rows])
    links = links.order_by("planitem__node__path", "planitem")
    if not context.sees_exempt:
        kept_back = PlanItemUpdate.objects.present().filter(exempt_now(context.day))
        links = links.exclude(planitem__in=kept_back.values("plan_item"))
    for pk, ref, title in links.values_list("recommendation", "planitem__ref", "planitem__title"):
        refs[pk].append(ref or title)
    return refs


def by_source(context: ReportContext) -> Table:
    """How many recommendations each source made, and how many of them are closed."""
    told = defaultdict(list)
    for row in rows_of(context):
        told[row.source].append(row)
    columns = (
        Column("source", "Source report", header=True),
        Column("all", "Recommendations", NUMBER, width=15),
        Column("closed", "Closed", NUMBER, width=15),
        Column("open", "Not closed", NUMBER, width=15),
    )
    counted = tuple({"source": source, **_counts(rows)} for source, rows in told.items())
    totals = ({"source": "All", **_counts([row for rows in told.values() for row in rows])},) if len(told) > 1 else ()
    return Table(columns, counted, totals=totals, empty="The report has no recommendations.", sheet="By source")


def _counts(rows) -> dict:
    closed = sum(is_closed(row) for row in rows)
    return {"all": len(rows), "closed": closed, "open": len(rows) - closed}


def is_closed(row: RecommendationUpdate) -> bool:
    return row.status is not None and row.status.kind == Kind.DONE


def tracker(context: ReportContext) -> Table:
    """Every recommendation by source and reference: two sources may use one reference."""
    rows = rows_of(context)
    refs = answering(rows, context)
    columns = (
        Column("source", "Source report", width=15),
        Column("ref", "Ref", width=5),
        Column("title", "Recommendation", header=True, width=20),
        Column("actions", "Answered by actions", width=17),
        Column("status", "Status", STATUS, width=12),
        Column("progress", "Progress", width=15),
        Column("evidence", "Closing evidence", width=16),
    )
    told = tuple(
        {
            "source": row.source,
            "ref": row.ref,
            "title": context.said(row, "title"),
            "actions": ", ".join(refs[row.recommendation_id]) or "None is named.",
            "status": rated(row.status),
            "progress": context.said(row, "progress"),
            "evidence": context.said(row, "evidence") or (NO_EVIDENCE if is_closed(row) else ""),
        }
        for row in rows
    )
    return Table(columns, told, empty="The report has no recommendations.", sheet="Recommendations")


def key(context: ReportContext) -> Table | None:
    """What the states used mean."""
    used = {row.status.pk: row.status for row in rows_of(context) if row.status and row.status.definition}
    if not used:
        return None
    columns = (Column("status", "Status", STATUS, header=True, width=22), Column("meaning", "Meaning"))
    ordered = sorted(used.values(), key=lambda status: status.order)
    return Table(columns, tuple({"status": mark_of(status), "meaning": status.definition} for status in ordered))


RECOMMENDATION_TRACKER = register(
    Document(
        "recommendation-tracker",
        "Recommendation tracker",
        (
            Section("status-key", "By source", by_source),
            Section("recommendations", "Recommendations", tracker),
            Section("status-key", "What the statuses mean", key),
        ),
        landscape=True,
    )
)


def built_tracker(report: Report, *, sees_exempt: bool, day: date) -> BuiltDocument:
    """The recommendations as one report tells of them."""
    context = context_of(report, "Recommendation tracker", sees_exempt=sees_exempt, day=day)
    return build(RECOMMENDATION_TRACKER, context)
