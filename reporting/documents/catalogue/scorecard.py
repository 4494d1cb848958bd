"""The programme scorecard: workstreams in several dimensions, what that rests on, and what the reviewer says."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date

from projects.actions.findings import FINDING_SECTIONS
from projects.actions.levels import NOTICE_SECTIONS
from projects.models import PlanItemUpdate, Report, ReviewFindingUpdate, StatedFigure, Status, Tally
from projects.models.base import exempt_now
from projects.rules.elapsed import Elapsed, elapsed
from projects.rules.labels import USUAL
from reporting.documents.catalogue import sections as fill
from reporting.documents.catalogue.report_context import ReportContext, context_of, mark_of, written_day
from reporting.documents.contents import (
    DATE,
    NOT_REPORTED,
    NUMBER,
    STATUS,
    Column,
    Narrative,
    Paragraph,
    Passage,
    StatusMark,
    Table,
    printed_date,
    printed_number,
)
from reporting.documents.document import BuiltDocument, Document, Section, build, register
from reporting.scorecard import REGISTERED, Registers, Scorecard, scorecard_of

MISSING = StatusMark(NOT_REPORTED, "dash", "grey")
UNRATED = StatusMark("Not rated", "ring", "grey", "not_rated")
LAST, THIS = "Last Period", "This Period"
RATED = "project-status"
STAMP = "USING OLDER DATA"  # where the template's section has no words of its own


@dataclass(frozen=True)
class ScorecardContext(ReportContext):
    """A report and what stands beside it on the same page."""

    card: Scorecard


# ---- how old the figures are ----


def position(context: ScorecardContext) -> Narrative:
    """The day the scorecard speaks of, with its stamp, and how old each part of it is.

    The stamp of the template's section is put to it where a part is older than the day and its author did not.
    """
    report, card = context.report, context.card
    section = context.sections["position"]
    said = " ".join(context.said(row, "text") for row in context.narratives if row.section == "position").strip()
    said = said or f"Position as of {printed_date(report.as_at_on)}"
    stamp = section.options.get("stamp", STAMP)
    rows = tuple(_ages(context))
    is_dated = any(row["as_of"] is None or row["age"] for row in rows)
    if stamp and stamp not in said and is_dated:
        said = f"{said} [{stamp}]"
    if not is_dated:
        return Narrative.of(said, f"All figures are as of {printed_date(report.as_at_on)}.")
    table = Table(
        (
            Column("what", "Figures", header=True, width=46),
            Column("as_of", "As of", DATE, width=24),
            Column("age", "Days before the position", NUMBER, width=30),
        ),
        rows,
        caption="How old the figures are",
        notes=tuple(
            f"{line.title}: last known {line.now.period_label or printed_date(line.now.as_at_on)}."
            for line in card.late
        ),
        sheet="Age of figures",
    )
    return Narrative((Passage((Paragraph(said),), tables=(table,)),))


def _ages(context: ScorecardContext) -> Iterable[dict]:
    """A row for each day that figures of the scorecard are of."""
    day = context.report.as_at_on
    by_day: dict[date | None, list[str]] = {}
    for line in context.card.lines:
        by_day.setdefault(line.now.as_at_on, []).append(line.title)
    for as_of, titles in sorted(by_day.items(), reverse=True):
        what = f"Statuses: {len(titles)} of {len(context.card.lines) + len(context.card.silent)} rows"
        yield {"what": what, "as_of": as_of, "age": (day - as_of).days}
    for node in context.card.silent:
        yield {"what": f"{node.title}: never reported", "as_of": None, "age": None}
    for tally in context.card.tallies:
        age = (day - tally.as_of).days if tally.as_of else None
        yield {"what": context.said(tally, "title"), "as_of": tally.as_of, "age": age}


# ---- statuses ----


def ratings(context: ScorecardContext) -> Table:
    """A row for the report and one for each below: every dimension, last period and this."""
    section = context.sections[RATED]
    dimensions = [rating.dimension for rating in context.ratings if rating.dimension.section in ("", RATED)] or list(
        context.report.template.dimensions.filter(section__in=("", RATED))
    )
    columns = [Column("title", "Workstream", header=True, width=28)]
    for dimension in dimensions:
        columns.append(Column(f"{dimension.key}-before", LAST, STATUS, width=12, group=dimension.label))
        columns.append(Column(f"{dimension.key}-now", THIS, STATUS, width=12, group=dimension.label))
    own = section.options.get("labels", {}).get("own", "")
    rows = []
    for place, line in enumerate(context.card.lines):
        row = {"title": own if own and place == 0 else line.title}
        for dimension in dimensions:
            row[f"{dimension.key}-before"] = _mark(line.before, line.ratings_before, dimension.key)
            row[f"{dimension.key}-now"] = _mark(line.now, line.ratings, dimension.key)
        rows.append(row)
    missing = {column.key: MISSING for column in columns[1:]}
    rows += [{"title": node.title, **missing} for node in context.card.silent]
    return Table(tuple(columns), tuple(rows), caption=_periods(context), sheet="Scorecard")


def _periods(context: ScorecardContext) -> str:
    before = context.card.before
    last = _period_of(before) if before else "none"
    return f"{LAST}: {last}. {THIS}: {_period_of(context.report)}."


def _period_of(report: Report) -> str:
    day = printed_date(report.as_at_on)
    return f"{report.period_label} (as of {day})" if report.period_label else f"as of {day}"


def _of_months(words: str, context: ScorecardContext) -> str:
    """A label of the template with the names of the two periods put in for {last} and {this}."""
    before = context.card.before
    last = before.period_label or printed_date(before.as_at_on) if before else "last period"
    this = context.report.period_label or printed_date(context.report.as_at_on)
    return words.replace("{last}", last).replace("{this}", this)


def _mark(report: Report | None, said, key: str) -> StatusMark:
    if report is None or key not in said:
        return MISSING
    return mark_of(said[key]) or UNRATED


# ---- escalations and awareness ----


def calls(*keys: str) -> Callable[[ScorecardContext], Narrative | None]:
    """Sections of notices under one heading, a half for each; an empty half says so."""

    def content(context: ScorecardContext) -> Narrative:
        return Narrative(
            tuple(Passage((), context.sections[key].title, fill.notices(key)(context).tables) for key in keys)
        )

    return content


# ---- stated totals beside the registers ----


def resource_counts(context: ScorecardContext) -> Narrative:
    """Sub-workstreams by how well they are resourced, and the products of those that are not: last period and this."""
    card, key = context.card, "resource-counts"
    counted = card.registers if card.registers.positions else None
    columns = [
        Column("line", context.sections[key].options.get("labels", {}).get("lines", "Counted"), header=True, width=46),
        Column("before", LAST, NUMBER, group="As stated"),
        Column("now", THIS, NUMBER, group="As stated"),
        Column("change", "Change", NUMBER, group="As stated", signed=True),
    ]
    if counted:
        columns.append(Column("register", THIS, NUMBER, group="In the registers"))
    rows = [row for tally in _of_section(card, key) for row in _resource_rows(context, tally, counted)]
    if not rows and counted:
        rows = [
            {"line": label, "register": number}
            for label, number in Counter(each.adequacy.label for each in counted.positions).items()
        ]
    notes = _sums(card, key)
    if counted:
        notes.append(_register_note(card, counted.positions_kept_by, len(counted.positions), "sub-workstreams"))
        notes += _remark(context, key)
    table = Table(tuple(columns), tuple(rows), caption=_periods(context), notes=tuple(notes), sheet="Resource")
    return Narrative((Passage((), tables=(table,)),))


def _resource_rows(context: ScorecardContext, tally: Tally, counted: Registers | None) -> Iterable[dict]:
    before = context.card.tallies_before.get(tally.key)
    was = {(line.label, line.column): line.count for line in before.lines.all()} if before else {}
    counts_products = "product" in tally.key
    yield _compared(
        context.said(tally, "title"),
        before.total if before else None,
        tally.total,
        counted and (counted.products_short_of_people() if counts_products else len(counted.positions)),
    )
    for line in tally.lines.all():
        if counts_products:
            in_register = counted and counted.products_short_of_people(line.column)
        else:
            in_register = counted and sum(counted.adequacies[kind] for kind in line.kinds)
        yield _compared(line.label, was.get((line.label, line.column)), line.count, in_register)


def _compared(label: str, before: int | None, now: int | None, register: int | None) -> dict:
    change = now - before if now is not None and before is not None else None
    return {"line": label, "before": before, "now": now, "change": change, "register": register}


def delivery(context: ScorecardContext) -> Narrative:
    """Products and milestones by tranche and state: a table for each tally, or for what only the registers count."""
    card, passages = context.card, []
    done = set()
    for tally in _of_section(card, "delivery"):
        word = next((word for word in REGISTERED if word in tally.key), "")
        kinds = REGISTERED.get(word, ())
        done.add(word)
        table = _delivery_table(card, tally, kinds)
        if card.registers.number_of(kinds):
            table = replace(table, notes=(*table.notes, *_remark(context, "delivery")))
        passages.append(Passage((), context.said(tally, "title"), (table,)))
    for word, kinds in REGISTERED.items():
        if word not in done and card.registers.number_of(kinds):
            table = _register_table(card.registers, kinds)
            passages.append(Passage((), f"{word.capitalize()}s in the registers", (table,)))
    return Narrative(tuple(passages), empty="No products or milestones are counted.")


def _delivery_table(card: Scorecard, tally: Tally, kinds) -> Table:
    columns = list(dict.fromkeys(line.column for line in tally.lines.all() if line.kinds))
    totals = {line.column: line for line in tally.lines.all() if not line.kinds}
    registers = card.registers if kinds and card.registers.number_of(kinds) else None
    as_of = f", as of {printed_date(tally.as_of)}" if tally.as_of else ""
    heads = [Column("line", "State", header=True, width=26)]
    heads += [Column(f"s-{name}", name or "Stated", NUMBER, group=f"As stated{as_of}") for name in columns]
    if registers:
        heads += [Column(f"r-{name}", name or "Counted", NUMBER, group="In the registers") for name in columns]
    total_label = next((line.label for line in totals.values()), "Total")
    whole = {f"s-{name}": _whole(tally, totals, name) for name in columns}
    rows = []
    if registers or any(number is not None for number in whole.values()):
        rows.append({"line": total_label, **whole})
    if registers:
        rows[0] |= {f"r-{name}": registers.number_of(kinds, (), _tranche(totals, name)) for name in columns}
    by_label: dict[str, dict] = {}
    for line in tally.lines.all():
        if not line.kinds:
            continue
        row = by_label.setdefault(line.label, {"line": line.label})
        row[f"s-{line.column}"] = line.count
        if registers:
            row[f"r-{line.column}"] = registers.number_of(kinds, line.kinds, _tranche(totals, line.column))
    summed = {f"s-{name}": _sum(tally, name) for name in columns}
    if registers and (unrated := registers.number_unrated(kinds)):
        by_label["unrated"] = {"line": "Not rated"} | {
            f"r-{name}": registers.number_unrated(kinds, _tranche(totals, name)) if _tranche(totals, name) else unrated
            for name in columns
        }
    if registers:
        summed |= {f"r-{name}": sum(row.get(f"r-{name}") or 0 for row in by_label.values()) for name in columns}
    notes = list(_differences(tally))
    if registers:
        notes.append(_register_note(card, registers.items_kept_by, registers.number_of(kinds), "of these"))
    else:
        notes.append("As stated: no register of these is kept in the portal.")
    return Table(
        tuple(heads),
        (*rows, *by_label.values()),
        totals=({"line": "Sum of the states", **summed},) if len(by_label) > 1 else (),
        notes=tuple(notes),
        sheet=tally.key,
    )


def _register_table(registers: Registers, kinds) -> Table:
    """What only the registers count, by the statuses that are used."""
    statuses: dict[int, Status] = {}
    tranches: dict[str, None] = {}
    for item in registers.items:
        if item.plan_item.kind in kinds:
            if item.status:
                statuses.setdefault(item.status_id, item.status)
            if item.plan_item.tranche:
                tranches.setdefault(item.plan_item.tranche.name)
    heads = (
        Column("line", "State", header=True, width=30),
        Column("all", "All", NUMBER),
        *(Column(name, name, NUMBER) for name in tranches),
    )

    def row(label, *said):
        return {
            "line": label,
            "all": registers.number_of(kinds, said),
            **{name: registers.number_of(kinds, said, name) for name in tranches},
        }

    ordered = sorted(statuses.values(), key=lambda each: (each.order, each.pk))
    return Table(heads, (row("Total"), *(row(each.label, each.kind) for each in ordered)))


def _of_section(card: Scorecard, key: str) -> list[Tally]:
    return [tally for tally in card.tallies if tally.section == key]


def _tranche(totals: dict, name: str) -> str:
    """The tranche that a column is of: those with a total of their own are; the whole is of none."""
    return name if name in totals else ""


def _whole(tally: Tally, totals: dict, name: str) -> int | None:
    return totals[name].count if name in totals else tally.total


def _sum(tally: Tally, name: str) -> int | None:
    counts = [line.count for line in tally.lines.all() if line.kinds and line.column == name]
    return sum(count or 0 for count in counts) if any(count is not None for count in counts) else None


def _differences(tally: Tally) -> Iterable[str]:
    """A sentence for each column whose states do not add up to its total."""
    totals = {line.column: line for line in tally.lines.all() if not line.kinds}
    for name in dict.fromkeys(line.column for line in tally.lines.all() if line.kinds):
        whole, summed = _whole(tally, totals, name), _sum(tally, name)
        if whole is not None and summed is not None and whole != summed:
            of = f"{name}: the" if name else "The"
            yield (
                f"{of} states add up to {printed_number(summed)} and the total is stated as {printed_number(whole)}; "
                f"{printed_number(abs(whole - summed))} {'are in none of them' if whole > summed else 'too many'}."
            )


def _remark(context: ScorecardContext, key: str) -> list[str]:
    """What the council itself says of its registers, as the template's section has it."""
    note = context.sections[key].options.get("note", "")
    return [note] if note else []


def _sums(card: Scorecard, key: str) -> list[str]:
    return [sentence for tally in _of_section(card, key) for sentence in _differences(tally)]


def _register_note(card: Scorecard, kept_by: int, number: int, what: str) -> str:
    return (
        f"In the registers: {number} {what}, kept by {kept_by} of {card.registers.of} "
        f"report{'' if card.registers.of == 1 else 's'}. "
        "What is stated was counted outside the portal."
    )


# ---- time ----


def time_used(context: ScorecardContext) -> Narrative:
    """Time used and remaining, derived from the two days of the report; what a source stated stands beside it."""
    section = context.sections["time"]
    labels = USUAL["time"] | section.options.get("labels", {})
    sides = [("before", LAST, context.card.before), ("now", THIS, context.report)]
    sides = [(key, head, report) for key, head, report in sides if report is not None]
    stated = _stated([report for _, _, report in sides], context)
    columns = [Column("line", labels["target"], header=True, width=34)]
    rows = {
        "used": {"line": labels["used"]},
        "remaining": {"line": labels["remaining"]},
    }
    notes = []
    for key, head, report in sides:
        group = f"{head} (as of {printed_date(report.as_at_on)})"
        columns.append(Column(key, "From the dates", group=group))
        if any(pk == report.pk for pk, _ in stated):
            columns.append(Column(f"{key}-stated", "As stated", group=group))
        found = elapsed(report.start_on, report.finish_on, report.as_at_on)
        for name, row in rows.items():
            row[key] = _share(found, name)
            words = stated.get((report.pk, name), "")
            row[f"{key}-stated"] = words
            if words and found and words.lower() != row[key].lower():
                notes.append(f"{row['line']}: stated as {words}; the dates give {row[key]}.")
    report = context.report
    if report.start_on and report.finish_on:
        notes.insert(0, f"Counted from {printed_date(report.start_on)} to {printed_date(report.finish_on)}.")
    table = Table(tuple(columns), tuple(rows.values()), notes=tuple(notes), sheet="Time")
    return Narrative((Passage((), tables=(table,)),))


def _share(found: Elapsed | None, name: str) -> str:
    return str(getattr(found, name)) if found else NOT_REPORTED


def _stated(reports: list[Report], context: ScorecardContext) -> dict[tuple[int, str], str]:
    rows = StatedFigure.objects.filter(report__in=reports, key__in=("time.used", "time.remaining")).present()
    if not context.sees_exempt:
        rows = rows.exclude(exempt_now(context.day))
    return {(row.report_id, row.key.removeprefix("time.")): row.words for row in rows}


# ---- the reviewer ----

FINDING_HEADS = {
    "review-achievements": "Achievement",
    "review-improvements": "Area for improvement",
    "review-progress": "Area of progress",
    "review-considerations": "Area for consideration",
    "review-findings": "Overview of issue",
    "review-insights": "Insight",
}


def findings(key: str) -> Callable[[ScorecardContext], Table]:
    """What a reviewer says under one heading; columns that no row fills are left out."""

    def content(context: ScorecardContext) -> Table:
        rows = [row for row in context.rows(ReviewFindingUpdate) if row.kind == FINDING_SECTIONS[key]]
        is_issue = key == "review-findings"
        labels = USUAL["review-findings"] | context.sections[key].options.get("labels", {})
        labels = {name: _of_months(words, context) for name, words in labels.items()}
        optional = (
            (Column("area", "Workstream", width=16), lambda row: context.said(row, "area"), False),
            (Column("step", labels["step"]), lambda row: context.said(row, "suggested_step"), is_issue),
            (Column("progress", labels["progress"]), lambda row: context.said(row, "progress"), is_issue),
            (Column("next", labels["next"]), lambda row: context.said(row, "next_step"), is_issue),
        )
        kept = [(column, value) for column, value, always in optional if always or any(value(row) for row in rows)]
        title = Column("title", FINDING_HEADS[key], header=True, width=18 if is_issue else None)
        columns = [column for column, _ in kept]
        columns.insert(1 if columns and columns[0].key == "area" else 0, title)
        return Table(
            tuple(columns),
            tuple(
                {"title": context.said(row, "title")} | {column.key: value(row) for column, value in kept}
                for row in rows
            ),
            empty="Nothing is reported.",
        )

    return content


# ---- the registers themselves ----


def plan(context: ScorecardContext) -> Table:
    """Products, milestones and decision points; columns that none of them fills are left out."""
    optional = (
        (Column("kind", "Kind", width=10), lambda item: item.plan_item.get_kind_display()),
        (Column("theme", "Sub-workstream"), lambda item: item.theme),
        (
            Column("tranche", "Tranche", width=9),
            lambda item: item.plan_item.tranche.name if item.plan_item.tranche else "",
        ),
        (Column("owner", "Owner", width=11), lambda item: context.said(item, "owner_words")),
        (
            Column("end", "Target / actual date", DATE, width=12),
            lambda item: written_day(item, "actual") or written_day(item, "finish"),
        ),
        (Column("critical", "Critical", width=8), lambda item: "Critical" if item.is_critical_path else ""),
    )
    items = context.rows(PlanItemUpdate, "plan_item__tranche", "status__scheme")
    kept = [(column, value) for column, value in optional if any(value(item) for item in items)]
    rows = tuple(
        {"ref": item.ref, "title": context.said(item, "title"), "status": mark_of(item.status) or UNRATED}
        | {column.key: value(item) for column, value in kept}
        for item in items
    )
    return Table(
        (
            Column("ref", "Ref", width=6),
            Column("title", "Title", header=True, width=26),
            *(column for column, _ in kept),
            Column("status", "Status", STATUS, width=13),
        ),
        rows,
        notes=tuple(
            f"{item.ref}: {context.said(item, 'comment')}"
            for item in items
            if item.comment and not item.marks.get("title")
        ),
    )


def resources(context: ScorecardContext) -> Table:
    """Sub-workstreams with how well each is resourced; posts where the report lists posts."""
    if not any(each.adequacy for each in context.resources):
        return fill.resources(context)
    return Table(
        (Column("title", "Sub-workstream", header=True), Column("adequacy", "Resources", STATUS, width=34)),
        tuple(
            {"title": context.said(each, "title"), "adequacy": mark_of(each.adequacy) or UNRATED}
            for each in context.resources
        ),
    )


# ---- the document ----


def status_key(context: ScorecardContext) -> Table | None:
    """What the statuses of all rows mean."""
    used: dict[tuple, Status] = {}
    for line in context.card.lines:
        for status in (*line.ratings.values(), *line.ratings_before.values()):
            if status and status.definition:
                used.setdefault((status.order, status.pk), status)
    if not used:
        return None
    return Table(
        (Column("status", "Status", STATUS, header=True, width=22), Column("meaning", "Meaning")),
        tuple({"status": mark_of(status), "meaning": status.definition} for _, status in sorted(used.items())),
    )


FILLED = {
    "position": position,
    RATED: ratings,
    "resource-counts": resource_counts,
    "time": time_used,
    "delivery": delivery,
    "milestones": plan,
    "resources": resources,
    **{key: findings(key) for key in FINDING_SECTIONS},
}
KEY = Section("status-key", "What the statuses mean", status_key)
CALLS = ("escalations", "awareness")

SCORECARD = register(
    Document(
        "scorecard",
        "Programme scorecard",
        (
            *(
                Section("scorecard-part", fill.title_of(key), fill.is_in(key, content))
                for key, content in FILLED.items()
            ),
            KEY,
        ),
        landscape=True,
    )
)


def built_scorecard(report: Report, *, sees_exempt: bool, day: date, published: bool = False) -> BuiltDocument:
    """The scorecard of one report with the sections of its template, in the template's order.

    `published`: only published reports stand beside it, as everything does that a reader sees.
    """
    plain = context_of(report, "Programme Scorecard", sees_exempt=sees_exempt, day=day, is_appendix=True)
    card = scorecard_of(report, published=published, sees_exempt=sees_exempt, day=day)
    context = ScorecardContext(plain.report, plain.masthead, sees_exempt, day, card)
    return build(replace(SCORECARD, sections=(*_in_template_order(context), KEY)), context)


def _in_template_order(context: ScorecardContext) -> list[Section]:
    found = []
    halves = tuple(key for key in CALLS if key in context.sections)
    for key, section in context.sections.items():
        if key in halves:
            if key == halves[0]:
                found.append(Section("scorecard-part", _heading_of(context, halves), calls(*halves)))
        elif key in FILLED:
            found.append(Section("scorecard-part", fill.title_of(key), FILLED[key]))
        elif key in NOTICE_SECTIONS:
            found.append(Section("notices", fill.title_of(key), fill.notices(key)))
        elif section.options.get("kind") == "narrative" or key == "commentary":
            found.append(Section("commentary", fill.title_of(key), fill.narrative(key)))
    return found


def _heading_of(context: ScorecardContext, halves: tuple[str, ...]) -> str:
    return " & ".join(context.sections[key].title for key in halves)
