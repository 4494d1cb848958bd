"""The sections of a highlight report, each filled from one report as its reader may see it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from django.urls import reverse

from projects.actions.levels import NOTICE_SECTIONS, TAKEN_SECTIONS
from projects.actions.proposals import chosen_otherwise
from projects.actions.reports import is_critical_path_only
from projects.models import Budget, BudgetPosition, ReportState
from projects.rules.finance import Position, percent_spent, remaining, underspend_sentence, variance_percent
from projects.rules.kinds import Kind
from projects.rules.labels import USUAL
from projects.rules.milestones import LinkKind, parse_interdependencies, resolve
from projects.rules.risk import high_risk_count
from reporting.documents.catalogue.passages import passages_of, small_table, tables_named
from reporting.documents.catalogue.report_context import ReportContext, mark_of, rated, written_day
from reporting.documents.catalogue.savings import savings
from reporting.documents.charts import money_bars
from reporting.documents.contents import (
    DATE,
    MONEY,
    NUMBER,
    PERCENT,
    STATUS,
    Column,
    FieldRow,
    Fields,
    Narrative,
    Passage,
    Reference,
    References,
    Table,
    printed_date,
)

# Which registers a derived count of "risk consideration" is made from.
RISK_SECTIONS = ("high-risk-register", "risks")
SLIPPED_QUESTION = "milestones-slipped"


def title_of(key: str) -> Callable[[ReportContext], str]:
    """The heading of a section as the council words it: "RISK CONSIDERATION - ALL PROJECTS"."""

    def title(context: ReportContext) -> str:
        section = context.sections[key]
        return _with_scope(section.title, section.scope_label)

    return title


def _with_scope(title: str, scope: str) -> str:
    return f"{title} - {scope}" if scope else title


def label(context: ReportContext, key: str, name: str, usual: str = "") -> str:
    """A label as the council prints it: the option "labels" of the template's section, else the usual one.

    `usual`: where this document has another than the rest.
    """
    section = context.sections.get(key)
    usual = usual or USUAL[key][name]
    return section.options.get("labels", {}).get(name, usual) if section else usual


def is_in(key: str, fill: Callable[[ReportContext], object]) -> Callable[[ReportContext], object]:
    """The content of a section, None where the report's template and tier have no such section."""
    return lambda context: fill(context) if key in context.sections else None


# ---- project detail and status ----


def project_detail(context: ReportContext) -> Fields:
    report = context.report

    def named(name):
        return label(context, "project-detail", name)

    rows = [
        FieldRow(named("reference"), report.reference),
        FieldRow(named("title"), report.title),
        FieldRow(named("lead"), context.said(report, "lead_words")),
        FieldRow(named("reports_to"), context.said(report, "reports_to_words")),
        FieldRow(named("start"), context.day_said(report, "start"), DATE),
        FieldRow(named("finish"), context.day_said(report, "finish"), DATE),
        FieldRow(named("stage"), report.stage_words),
        FieldRow(named("team_size"), report.team_size, NUMBER),
    ]
    if report.sponsor_words:
        rows.insert(3, FieldRow(named("sponsor"), context.said(report, "sponsor_words")))
    if report.whole_life_cost is not None or "whole_life_cost" in report.marks:
        cost = context.said(report, "whole_life_cost")
        rows.append(FieldRow(named("whole_life_cost"), cost, MONEY))
    return Fields(tuple(rows))


def _rating_row(context: ReportContext, rating) -> FieldRow:
    """A status as chosen; where another was proposed to whoever chose it, both with their reasons."""
    notes = [rating.comment]
    if context.is_judged and chosen_otherwise(rating):
        because = "; ".join(rating.proposed_because)
        proposed = f"{rating.proposed_status.label} proposed{f', because {because}' if because else ''}."
        why = rating.chosen_because.strip() or "no reason is given"
        notes.append(f"{rating.status.label} chosen: {why.rstrip('.')}. {proposed}")
    return FieldRow(
        rating.title or rating.dimension.label, context.status_said(rating), STATUS, note=" ".join(filter(None, notes))
    )


def project_status(context: ReportContext) -> Fields:
    """The overall status, the score and the dimensions printed here (those of no section too)."""
    here = [rating for rating in context.ratings if rating.dimension.section in ("", "project-status")]
    overall = [rating for rating in here if rating.dimension.is_overall]
    others = [rating for rating in here if not rating.dimension.is_overall]
    rows = [_rating_row(context, rating) for rating in overall]
    if context.report.score is not None or context.report.score_label:
        rows.append(FieldRow(context.report.score_label or "Project Score", context.report.score, NUMBER))
    return Fields((*rows, *(_rating_row(context, rating) for rating in others)))


# ---- budget ----


def position_of(row: BudgetPosition) -> Position:
    """The stated figures of a budget as the rules take them."""
    return Position(row.planned, row.actual, row.committed, row.emergency, row.forecast)


def budget(context: ReportContext) -> Fields:
    """Every budget of the report: a year-end forecast against plan, or what has been spent and committed."""
    rows: list[FieldRow] = []
    chart = None
    for row in context.budgets:
        lead = f"{row.title}: " if len(context.budgets) > 1 else ""
        fill = _spend_rows if row.layout == Budget.Layout.SPEND else _forecast_rows
        rows += fill(context, row, lead)
    if len(context.budgets) == 1:
        chart = _budget_chart(context.budgets[0])
    if not rows:
        rows = [FieldRow(label(context, "budget", "planned"), None, MONEY)]
    return Fields(tuple(rows), notes=tuple(row.comment for row in context.budgets if row.comment), chart=chart)


def _forecast_rows(context, row, lead) -> list[FieldRow]:
    def named(name):
        return lead + label(context, "budget", name)

    position = position_of(row)
    rows = [
        FieldRow(named("planned"), context.said(row, "planned"), MONEY),
        FieldRow(named("forecast"), context.said(row, "forecast"), MONEY),
    ]
    figures = (
        (named("remaining"), "budget.remaining", remaining(position), MONEY),
        (
            named("variance"),
            "budget.variance_percent",
            variance_percent(position),
            PERCENT,
        ),
        (
            named("outlook"),
            "budget.outlook",
            underspend_sentence(position) or None,
            "text",
        ),
    )
    return rows + [_figure(context, *figure, lead) for figure in figures]


def _spend_rows(context, row, lead) -> list[FieldRow]:
    def named(name):
        return lead + label(context, "budget", name)

    position = position_of(row)
    rows = [
        FieldRow(named("planned"), context.said(row, "planned"), MONEY),
        FieldRow(named("actual"), context.said(row, "actual"), MONEY),
        FieldRow(named("committed"), context.said(row, "committed"), MONEY),
        FieldRow(named("emergency"), context.said(row, "emergency"), MONEY),
    ]
    figures = (
        (named("left"), "budget.remaining", remaining(position), MONEY),
        (
            named("percent_spent"),
            "budget.percent_spent",
            percent_spent(position),
            PERCENT,
        ),
    )
    return rows + [_figure(context, *figure, lead) for figure in figures]


def _figure(context, name, key, value, kind, lead) -> FieldRow:
    """A derived figure; of several budgets none is compared, because a stated figure does not say whose it is."""
    return FieldRow(name, value, kind) if lead else context.derived_row(name, key, value, kind)


def _budget_chart(row):
    spent = (("Actual", row.actual), ("Committed", row.committed), ("Emergency", row.emergency))
    parts = spent if row.layout == Budget.Layout.SPEND else (("Forecast", row.forecast),)
    amounts = [("Planned", row.planned), *parts]
    return money_bars([(name, pounds) for name, pounds in amounts if pounds is not None])


# ---- risk consideration ----


def risk_consideration(context: ReportContext) -> Fields:
    """The counts that the registers give, the questions answered, and the dimensions printed here."""
    key = "risk-consideration"
    answers = [answer for answer in context.answers if answer.question.section == key]
    counts_risks = any(section in context.sections for section in RISK_SECTIONS)
    high_risks = context.derived_row(
        label(context, key, "high_risks"),
        "counts.high_risks",
        count_high_risks(context.risks) if counts_risks else None,
        NUMBER,
    )
    red_milestones = context.derived_row(
        label(context, key, "red_milestones"),
        "counts.red_milestones",
        count_red(context.plan_items) if "milestones" in context.sections else None,
        NUMBER,
    )
    before = [_answer_row(answer) for answer in answers if answer.question.key != SLIPPED_QUESTION]
    after = [_answer_row(answer) for answer in answers if answer.question.key == SLIPPED_QUESTION]
    ratings = [_rating_row(context, rating) for rating in context.ratings if rating.dimension.section == key]
    return Fields((high_risks, *before, red_milestones, *after, *ratings))


def count_high_risks(risks: Iterable) -> int:
    """Open risks whose residual band is one that counts as high."""
    return high_risk_count(
        risk.residual_band.kind for risk in risks if risk.residual_band and not _is_done(risk.status)
    )


def count_red(items: Iterable) -> int:
    """Milestones that are off track."""
    return sum(bool(item.status) and item.status.kind == Kind.OFF_TRACK for item in items)


def _is_done(status) -> bool:
    return bool(status) and status.kind == Kind.DONE


def _answer_row(answer) -> FieldRow:
    return FieldRow(answer.title or answer.question.text, mark_of(answer.status), STATUS, note=answer.comment)


# ---- registers ----


def milestones(context: ReportContext) -> Table:
    """Milestones in order; references to one another are links, those that lead nowhere are kept and said."""
    section = context.sections["milestones"]
    only_critical = is_critical_path_only(section, context.report)
    items = [item for item in context.plan_items if item.is_critical_path or not only_critical]
    anchors = {item.ref: f"milestone-{position}" for position, item in enumerate(items, start=1) if item.ref}
    critical = section.options.get("critical_path", {})
    columns = (
        Column("ref", "Ref", width=5),
        Column("detail", "Detail", header=True, width=30),
        Column("start", "Start date", DATE, width=9),
        Column("end", "Target / actual end date", DATE, width=15),
        Column("status", "RAG", STATUS, width=13),
        Column("links", "Interdependencies", width=19),
        Column("critical", "Critical path", width=9),
    )
    rows = tuple(
        {
            "anchor": anchors.get(item.ref, ""),
            "ref": item.ref,
            "detail": context.said(item, "title"),
            "start": written_day(item, "start"),
            "end": written_day(item, "actual") or written_day(item, "finish"),
            "status": rated(item.status),
            "links": interdependencies(item.interdependencies, item.ref, anchors),
            "critical": "Critical path" if item.is_critical_path else "",
        }
        for item in items
    )
    comments = tuple(f"{item.ref}: {item.comment}" for item in items if item.comment)
    caption = _with_scope(critical.get("title", ""), critical.get("scope_label", ""))
    if caption and not only_critical:
        caption = f"Milestones, with the critical path marked in the last column ({caption})"
    return Table(columns, rows, caption="" if only_critical else caption, notes=comments)


def interdependencies(words: str, own: str, anchors: dict[str, str]) -> str | References:
    """The words as written, with the references in them that lead to a row of the table as links to it."""
    links = resolve(parse_interdependencies(words), anchors, own)
    if not links:
        return words
    parts: list[Reference] = []
    at = 0
    for link in links:
        found = words.find(link.ref, at)
        if found < 0:
            continue
        if found > at:
            parts.append(Reference(words[at:found]))
        parts.append(Reference(link.ref, anchors[link.ref] if link.kind is LinkKind.OK else ""))
        at = found + len(link.ref)
    if at < len(words):
        parts.append(Reference(words[at:]))
    itself = [link.ref for link in links if link.kind is LinkKind.SELF]
    nowhere = [link.ref for link in links if link.kind is LinkKind.DANGLING]
    notes = [f"{', '.join(itself)} is itself" if itself else "", f"{', '.join(nowhere)} not listed" if nowhere else ""]
    return References(tuple(parts), "; ".join(filter(None, notes)))


def high_risks(context: ReportContext) -> Table:
    """The register as a dashboard prints it, with controls and actions where any are recorded."""
    has_score = any(risk.residual_likelihood and risk.residual_impact for risk in context.risks)
    has_actions = any(risk.further_actions for risk in context.risks)
    columns = [
        Column("ref", "Ref", width=6),
        Column("detail", "Detail", header=True),
        Column("review", "Review date", DATE, width=22),
        Column("residual", "Residual", STATUS, width=16),
    ]
    if has_actions:
        columns.insert(2, Column("actions", "Further actions", width=25))
    if has_score:
        columns.insert(-1, Column("score", "Score", NUMBER, width=8))
    rows = tuple(
        {
            "ref": risk.ref,
            "detail": context.said(risk, "title"),
            "actions": context.said(risk, "further_actions"),
            "review": written_day(risk, "review"),
            "score": score_of(risk),
            "residual": rated(risk.residual_band),
        }
        for risk in context.risks
    )
    return Table(tuple(columns), rows)


def score_of(risk) -> int | None:
    """Residual likelihood times impact; None for a risk known by its band only."""
    if risk.residual_likelihood is None or risk.residual_impact is None:
        return None
    return risk.residual_likelihood * risk.residual_impact


def benefits(context: ReportContext) -> Table:
    if context.sections["benefits"].options.get("by_year"):
        return savings(context)
    columns = (
        Column("ref", "Ref", width=6),
        Column("detail", "Key benefit", header=True),
        Column("review", "Review date", DATE, width=22),
        Column("status", "Status", STATUS, width=18),
    )
    rows = tuple(
        {
            "ref": row.ref,
            "detail": context.said(row, "title"),
            "review": written_day(row, "review"),
            "status": rated(row.status),
        }
        for row in context.benefits
    )
    return Table(columns, rows, notes=tuple(f"{row.ref}: {row.comment}" for row in context.benefits if row.comment))


def narrative(key: str) -> Callable[[ReportContext], Narrative]:
    """The free text of a section."""

    def fill(context: ReportContext) -> Narrative:
        text = _text_of(context, key)
        named = tables_named(text)
        tables = [table if place in named else None for place, table in enumerate(context.small_tables, start=1)]
        return Narrative(tuple(passages_of(text, tables)))

    return fill


def _text_of(context: ReportContext, key: str) -> str:
    return "\n\n".join(context.said(row, "text") for row in context.narratives if row.section == key)


def data_tables(context: ReportContext) -> Narrative | None:
    """The small tables that no text of the report puts in a place of its own; None where there are none."""
    named = {place for key in context.sections for place in tables_named(_text_of(context, key))}
    left = [table for place, table in enumerate(context.small_tables, start=1) if table and place not in named]
    return Narrative((Passage((), "", tuple(small_table(table) for table in left)),)) if left else None


def resources(context: ReportContext) -> Table:
    """The posts on the project; columns that no post fills are left out."""
    optional = (
        (Column("people", "People (FTE)", NUMBER, width=12), lambda post: post.people),
        (Column("funding", "Funding", width=34), lambda post: post.funding_words),
        (Column("ends", "Funded until", DATE, width=16), lambda post: written_day(post, "ends")),
        (Column("adequacy", "Adequacy", STATUS, width=16), lambda post: mark_of(post.adequacy)),
    )
    kept = [(column, value) for column, value in optional if any(value(post) for post in context.resources)]
    rows = tuple(
        {"post": context.said(post, "title")} | {column.key: value(post) for column, value in kept}
        for post in context.resources
    )
    return Table((Column("post", "Post", header=True), *(column for column, _ in kept)), rows)


def reporting_streams(context: ReportContext) -> Table:
    columns = (Column("stream", "Work stream activity", header=True), Column("tier", "Tier", width=20))
    return Table(columns, tuple({"stream": row.title, "tier": row.tier_words} for row in context.streams))


def change_record(context: ReportContext) -> Table:
    """The change control record, with a column for each board that must become aware."""
    headings = list(dict.fromkeys(entry["heading"] for line in context.changes for entry in line.awareness))
    columns = (
        Column("item", "Item amended", header=True, width=16),
        Column("description", "Description of change", width=21),
        Column("justification", "Justification", width=20),
        Column("financial", "Financial implications", width=17),
        *(Column(f"aware-{place}", heading) for place, heading in enumerate(headings)),
    )
    rows = tuple(
        {
            "item": context.said(line, "title"),
            "description": context.said(line, "description"),
            "justification": context.said(line, "justification"),
            "financial": context.said(line, "financial_implications"),
        }
        | {
            f"aware-{headings.index(entry['heading'])}": entry["words"]
            for entry in line.awareness
        }
        for line in context.changes
    )  # fmt: skip
    return Table(columns, rows, empty="No changes have been recorded.")


# ---- notices: what a report calls attention to, its own and from the levels below ----

NO_NOTICES = {
    "escalations": "Nothing is escalated.",
    "awareness": "Nothing to be aware of.",
    "deviations": "Nothing departs from the plan.",
    "activities": "No activities are reported.",
    "products-completed": "Nothing was completed.",
    "work-planned": "No work is planned.",
    "products-next": "Nothing is due next.",
}


FROM_BELOW, OF_ITS_OWN = "From the reports below", "Of its own"


@dataclass(frozen=True)
class Notices:
    """What the report says itself, and what it took from the reports below (None for a node with none below).

    `sources` are (title, address) of the reports that were taken from, for the page; paper has their titles only.
    """

    own: Table
    below: Table | None = None
    sources: tuple[tuple[str, str], ...] = ()

    @property
    def tables(self) -> tuple[Table, ...]:
        if self.below is None:
            return (self.own,)
        return replace(self.below, caption=FROM_BELOW), replace(self.own, caption=OF_ITS_OWN)


def notices(key: str) -> Callable[[ReportContext], Notices]:
    """A section of notices. Both halves are always there where there are reports below; an empty one says so."""

    def fill(context: ReportContext) -> Notices:
        rows = [row for row in context.notices if row.kind == NOTICE_SECTIONS[key]]
        own = _notice_table(context, [row for row in rows if row.source_id is None], NO_NOTICES[key])
        if key not in TAKEN_SECTIONS or not context.is_made_from_others:
            return Notices(own)
        taken = [row for row in rows if row.source_id]
        sources = {row.source_id: row for row in taken if _may_link(context, row.source)}
        return Notices(
            own,
            _notice_table(context, taken, NO_NOTICES[key], has_source=True),
            tuple((_source_words(row), reverse("report", args=[pk])) for pk, row in sources.items()),
        )

    return fill


def _notice_table(context: ReportContext, rows: list, empty: str, has_source: bool = False) -> Table:
    """The rows; columns that none of them fills are left out. The first that every row fills heads it."""
    optional = (
        (Column("source", "Report below", width=22), lambda row: _source_words(row) if has_source else ""),
        (Column("area", "Area", width=14), lambda row: row.area),
        (Column("what", "What"), lambda row: f"{row.ref} {context.said(row, 'title')}".strip()),
        (Column("text", "Detail"), lambda row: context.said(row, "text")),
        (Column("owner", "Owner", width=15), lambda row: row.owner_words),
        (Column("status", "Status", STATUS, width=14), lambda row: mark_of(row.status)),
    )
    kept = [(column, value) for column, value in optional if column.key == "text" or any(value(row) for row in rows)]
    named = ("what", "area", "source", "text")
    full = {column.key for column, value in kept if all(value(row) for row in rows)}
    head = next((key for key in named if key in full), "")
    kept = [(replace(column, header=column.key == head), value) for column, value in kept]
    cells = tuple({column.key: value(row) for column, value in kept} for row in rows)
    return Table(tuple(column for column, _ in kept), cells, empty=empty)


def _source_words(row) -> str:
    period = row.source.period_label or printed_date(row.source.as_at_on)
    return f"{row.source_words}, {period}"


def _may_link(context: ReportContext, source) -> bool:
    """Whether whoever reads this report may open the one below: no reader sees an unpublished one."""
    return source.state == ReportState.PUBLISHED or context.report.state != ReportState.PUBLISHED


# ---- key ----


def status_key(context: ReportContext) -> Table | None:
    """What each status used in the document means, by what it is said of; None where none has been defined."""
    used = {}
    for status in _statuses_printed(context):
        if status is not None and status.definition:
            used.setdefault((status.scheme.get_subject_display(), status.order, status.pk), status)
    if not used:
        return None
    rows = tuple(
        {"subject": scheme, "status": mark_of(status), "meaning": status.definition}
        for (scheme, _, _), status in sorted(used.items())
    )
    columns = (
        Column("status", "Status", STATUS, header=True, width=22),
        Column("subject", "Used for", width=28),
        Column("meaning", "Meaning"),
    )
    return Table(columns, rows)


def _statuses_printed(context: ReportContext):
    filled = context.sections
    yield from (rating.status for rating in context.ratings if rating.dimension.section in ("", *filled))
    yield from (answer.status for answer in context.answers if answer.question.section in filled)
    if "milestones" in filled:
        only_critical = is_critical_path_only(filled["milestones"], context.report)
        yield from (item.status for item in context.plan_items if item.is_critical_path or not only_critical)
    if any(key in filled for key in RISK_SECTIONS):
        yield from (risk.residual_band for risk in context.risks)
    if "benefits" in filled:
        yield from (row.status for row in context.benefits)
    if "resources" in filled:
        yield from (post.adequacy for post in context.resources)
    yield from (
        notice.status for notice in context.notices for key in filled if NOTICE_SECTIONS.get(key) == notice.kind
    )
