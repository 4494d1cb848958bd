"""Performance indicators in their groups: each against its target over the last periods, and what stands behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from projects.models import IndicatorValue, Node, Status
from projects.rules.indicators import Way, print_figure
from projects.rules.kinds import SEVERITY, Kind
from projects.rules.money import format_percent, round_half_up
from reporting.documents import charts
from reporting.documents.catalogue.report_context import NOT_RATED, ReportContext, mark_of
from reporting.documents.contents import (
    NUMBER,
    STATUS,
    Column,
    Narrative,
    StatusMark,
    Table,
    printed_date,
)
from reporting.documents.document import BuiltDocument, Document, Masthead, Section, build, register
from reporting.indicators import Kept, kept_at, kept_of

WAYS = {
    Way.BETTER: StatusMark("Better", "arrow_up", "green"),
    Way.SAME: StatusMark("Same", "arrow_right", "grey"),
    Way.WORSE: StatusMark("Worse", "arrow_down", "red"),
}
NO_GROUP = "Indicators"
NO_TARGET = StatusMark("No target", NOT_RATED.shape, NOT_RATED.colour, NOT_RATED.kind)


@dataclass(frozen=True)
class IndicatorsContext:
    kept: tuple[Kept, ...]
    masthead: Masthead

    def title(self, kept: Kept, words: str) -> str:
        """A section's heading, with the node's name where the document speaks of several."""
        return f"{kept.report.title}: {words}" if len(self.kept) > 1 else words


@dataclass(frozen=True)
class Group:
    """One group of indicators: what is said of them together, their table, and a small chart of each."""

    narrative: Narrative | None
    table: Table
    charts: tuple[charts.SmallLine, ...]

    @property
    def tables(self) -> tuple[Table, ...]:
        return (self.table,)


@dataclass(frozen=True)
class Summary:
    """How many indicators stand where; `figures` gives every figure as a number, for the workbook alone."""

    table: Table
    figures: Table

    @property
    def tables(self) -> tuple[Table, ...]:
        return (self.table, self.figures)


@dataclass(frozen=True)
class History:
    """Indicators over many periods: a chart of each, and one table of their figures side by side."""

    charts: tuple[charts.LineChart, ...]
    table: Table

    @property
    def tables(self) -> tuple[Table, ...]:
        return (self.table,)


# ---- the periods of a table ----


def _year(value: IndicatorValue, start: int) -> str:
    """The financial year of a measured period as its words have it: "2018-19"; "" where they do not name it."""
    if value.measured_on is None:
        return ""
    first = value.measured_on.year - (value.measured_on.month < start)
    return next(
        (
            year
            for year in (f"{first}-{(first + 1) % 100:02}", f"{first}/{(first + 1) % 100:02}")
            if year in value.measured
        ),
        "",
    )


def _heading(value: IndicatorValue, year: str) -> str:
    """The period within its year: "Q3" of "Q3 2017-18"."""
    return value.measured.replace(year, "").strip() if year else value.measured


def _window(kept: Kept, rows) -> list[IndicatorValue]:
    """One value for each period that the table prints, the oldest first."""
    periods: dict[str, IndicatorValue] = {}
    for each in rows:
        for value in each.row.values:
            periods.setdefault(value.measured, value)
    ordered = sorted(periods.values(), key=lambda value: (value.measured_on is None, value.measured_on, value.order))
    return ordered[-kept.window :]


# ---- groups ----


def groups(context: IndicatorsContext) -> list[tuple[str, Group]]:
    """The groups of every report in the order in which its rows name them."""
    told = []
    for kept in context.kept:
        named: dict[str, list] = {}
        for each in kept.measured:
            named.setdefault(each.row.indicator.group or NO_GROUP, []).append(each)
        told += [(context.title(kept, name), _group(kept, name, rows)) for name, rows in named.items()]
    return told


def _group(kept: Kept, name: str, rows: list) -> Group:
    texts = [narrative.text for narrative in kept.narratives if _group_of(kept, narrative) == name]
    return Group(Narrative.of(*texts) if texts else None, group_table(kept, rows, name), tuple(_charts(kept, rows)))


def _group_of(kept: Kept, narrative) -> str:
    """The group that a section of free text speaks of, by the options of the template or by its heading."""
    groups = {each.row.indicator.group for each in kept.measured}
    options = kept.narrative_options.get(narrative.section, {})
    return options.get("indicator_group") or (narrative.title if narrative.title in groups else "")


def group_table(kept: Kept, rows: list, name: str = "") -> Table:
    """A row for each indicator, or pair of them: the last periods, the target, the status, the way and a comment."""
    window = _window(kept, rows)
    start = kept.report.organisation.financial_year_start
    lead = kept.options.get("heading", "Performance")
    years = [_year(value, start) for value in window]
    together = [f"{lead} {year}" if year else "" for year in years]
    headings = [_heading(value, year) for value, year in zip(window, years, strict=True)]
    last = headings[-1] if headings else ""
    has_others = any(each.is_stated_otherwise for each in rows)
    is_compared = any(each.row.comparator_words for each in rows)
    columns = (
        Column("title", name or "Indicator", header=True, width=17),
        *(
            Column(f"actual-{place}", f"{heading} Actual", NUMBER, width=7, group=group)
            for place, (heading, group) in enumerate(zip(headings, together, strict=True))
        ),
        Column("target", f"{last} Target".strip(), NUMBER, width=7, group=together[-1] if together else ""),
        *((Column("compared", "Compared with", width=12),) if is_compared else ()),
        Column("status", "Status", STATUS, width=12),
        *((Column("stated", "Status as stated", STATUS, width=12),) if has_others else ()),
        Column("way", "Since the period before", STATUS, width=9),
        Column("comment", "Comments"),
    )
    pairs = [list(pair) for _, pair in groupby(rows, lambda each: each.row.indicator.pair_key or each.row.pk)]
    return Table(
        columns,
        tuple(_row(kept, pair, window) for pair in pairs),
        notes=tuple(_notes(kept, rows)),
        empty="No indicator of this group.",
    )


def in_dashboard(context: ReportContext) -> Table:
    """Every indicator of a report in one table, for the report's own page."""
    kept = kept_of(context.report, sees_exempt=context.sees_exempt, day=context.day)
    return group_table(kept, list(kept.measured))


def _row(kept: Kept, pair: list, window: Sequence[IndicatorValue]) -> dict:
    by_period = [{value.measured: value for value in each.row.values} for each in pair]
    cells = {}
    for place, period in enumerate(window):
        said = [
            values[period.measured].printed_actual(each.row.indicator) if period.measured in values else ""
            for each, values in zip(pair, by_period, strict=True)
        ]
        cells[f"actual-{place}"] = _together(said)
    worst = max(pair, key=lambda each: SEVERITY[each.rating.status or Kind.NOT_RATED])
    otherwise = next((each for each in pair if each.is_stated_otherwise), None)
    comments = [each.row.comment for each in pair if each.row.comment]
    if len({each.rating.status for each in pair}) > 1:
        comments.append("; ".join(f"{_pair_name(each)}: {_mark(each).label}" for each in pair) + ".")
    return {
        "title": _title(pair),
        **cells,
        "target": _together([each.row.target_words for each in pair]),
        "compared": _together([each.row.compared_words for each in pair]) or "",
        "status": _mark(worst),
        "stated": mark_of(otherwise.stated) if otherwise else "As the figures say",
        "way": _way(pair),
        "comment": "\n".join(comments),
    }


def _together(said: Sequence[str]) -> str | None:
    """The figures of a pair in one cell; a missing one is a dash, and None where all are."""
    if not any(said):
        return None
    return " / ".join(words or "\N{EN DASH}" for words in said)


def _title(pair: list) -> str:
    first = pair[0].row
    if len(pair) == 1:
        return _named(first.title, first.ref)
    return f"{first.title}: {' / '.join(_named(_pair_name(each), each.row.ref) for each in pair)}"


def _pair_name(each) -> str:
    return each.row.indicator.pair_label or each.row.title


def _named(words: str, ref: str) -> str:
    return f"{words} ({ref})" if ref and ref != words else words


def _mark(each) -> StatusMark:
    """The status that follows from the figures, in the council's words where it has them."""
    if each.rating.status is None and each.row.actual_words and not each.row.target_words:
        return NO_TARGET
    if each.derived:
        return mark_of(each.derived)
    return StatusMark(each.rating.status.label) if each.rating.status else NOT_RATED


def _way(pair: list) -> StatusMark | str:
    ways = [each.row.way for each in pair]
    if len(set(ways)) == 1 and ways[0]:
        return WAYS[ways[0]]
    if not any(ways):
        return pair[0].row.way_words or "Not known"
    return "; ".join(f"{_pair_name(each)}: {(each.row.way_words or 'not known').lower()}" for each in pair)


def _notes(kept: Kept, rows: list) -> list[str]:
    """Where the council states another status than its figures give, and what was counted."""
    notes = [
        f"{each.row.ref or each.row.title}: stated as {each.stated.label}; by the figures {_mark(each).label}. "
        f"{each.rating.because}."
        for each in rows
        if each.is_stated_otherwise
    ]
    asked = kept.options.get("counted", {})
    counted = kept.counted
    if counted and any(each.row.ref == asked.get("ref") for each in rows):
        notes.append(f"{asked['ref']}: {_counted_words(kept)}")
    return notes


def _charts(kept: Kept, rows: list):
    for each in rows:
        values = each.row.values[-kept.window :]
        target = each.row.current.target if each.row.current else None
        said = [f"{value.measured} {value.printed_actual(each.row.indicator) or 'no data'}" for value in values]
        if each.row.target_words:
            said.append(f"target {each.row.target_words}")
        name = each.row.ref or each.row.title
        label = f"{name} {each.row.indicator.pair_label}".strip()
        if chart := charts.small_line(label, "; ".join(said), [value.actual for value in values], target):
            yield chart


# ---- what stands round the groups ----


def summary(context: IndicatorsContext) -> Summary:
    """Indicators by status, as their figures give it, the worst first."""
    everything = [(kept, each) for kept in context.kept for each in kept.measured]
    counts: dict[StatusMark, list] = {}
    for _, each in sorted(everything, key=lambda pair: -SEVERITY[pair[1].rating.status or Kind.NOT_RATED]):
        counts.setdefault(_mark(each), []).append(each)
    rows = tuple(
        {
            "status": mark,
            "count": len(found),
            "stated": sum(bool(each.is_stated_otherwise) for each in found) or None,
            "which": ", ".join(each.row.ref or each.row.title for each in found),
        }
        for mark, found in counts.items()
    )
    has_others = any(row["stated"] for row in rows)
    columns = (
        Column("status", "Status by the figures", STATUS, header=True, width=28),
        Column("count", "Indicators", NUMBER, width=12),
        *((Column("stated", "Stated otherwise", NUMBER, width=14),) if has_others else ()),
        Column("which", "Which"),
    )
    measured = sum(each.row.current is not None and each.row.current.actual is not None for _, each in everything)
    note = f"{measured} of {len(everything)} indicators have a figure for their last period."
    return Summary(Table(columns, rows, notes=(note,), sheet="Summary"), _figures(everything))


def _figures(everything) -> Table:
    """Every figure as a number in its base unit, to be reckoned with."""
    columns = (
        Column("node", "Of"), Column("ref", "Ref"), Column("title", "Indicator", header=True), Column("group", "Group"),
        Column("unit", "Unit"), Column("measured", "Period measured"), Column("actual", "Actual", NUMBER),
        Column("target", "Target", NUMBER),
    )  # fmt: skip
    rows = tuple(
        {
            "node": kept.report.title,
            "ref": each.row.ref,
            "title": each.row.title,
            "group": each.row.indicator.group,
            "unit": each.row.indicator.get_unit_display() if each.row.indicator.unit != "seconds" else "Seconds",
            "measured": value.measured,
            "actual": _plain(value.actual),
            "target": _plain(value.target),
        }
        for kept, each in everything
        for value in each.row.values
    )
    return Table(columns, rows, sheet="Figures as numbers")


def _plain(figure: Decimal | None) -> Decimal | None:
    """Without the noughts that the record keeps behind the point."""
    return None if figure is None else figure.normalize() + Decimal(0)


def narratives(context: IndicatorsContext) -> list[tuple[str, Narrative]]:
    """The sections of free text that speak of no group, before the figures."""
    return [
        (context.title(kept, narrative.title), Narrative.of(narrative.text))
        for kept in context.kept
        for narrative in kept.narratives
        if not _group_of(kept, narrative)
    ]


def histories(context: IndicatorsContext) -> list[tuple[str, History]]:
    """Indicators side by side over every period that the report keeps, as the template asks."""
    told = []
    for kept in context.kept:
        for asked in kept.options.get("history", ()):
            found = [each for ref in asked["refs"] if (each := kept.by_ref(ref))]
            if found:
                told.append((context.title(kept, asked["title"]), _history(kept, found, asked.get("labels", ()))))
    return told


def _history(kept: Kept, found: list, labels: Sequence[str]) -> History:
    start = kept.report.organisation.financial_year_start
    periods: dict[str, IndicatorValue] = {}
    for each in found:
        periods |= {value.measured: value for value in each.row.values if value.measured not in periods}
    window = sorted(periods.values(), key=lambda value: (value.measured_on is None, value.measured_on, value.order))
    names = [labels[place] if place < len(labels) else each.row.title for place, each in enumerate(found)]
    by_period = [{value.measured: value.actual for value in each.row.values} for each in found]
    years = [_year(value, start) for value in window]
    columns = (
        *((Column("year", "Year", width=16),) if any(years) else ()),
        Column("period", "Period", header=True, width=16),
        *(Column(f"figure-{place}", name, NUMBER) for place, name in enumerate(names)),
    )
    rows = tuple(
        {
            "year": year,
            "period": _heading(value, year),
            **{f"figure-{place}": _plain(values.get(value.measured)) for place, values in enumerate(by_period)},
        }
        for value, year in zip(window, years, strict=True)
    )
    table = Table(columns, rows, caption=" and ".join(names))
    pictures = []
    for name, each, values in zip(names, found, by_period, strict=True):
        numbers = [None if (figure := values.get(value.measured)) is None else int(figure * 100) for value in window]
        known = [number for number in numbers if number is not None]
        if known:
            levels = [(number, f"{_plain(Decimal(number) / 100):f}") for number in sorted({min(known), max(known)})]
            about = "Upwards: the figure. The table below gives them all."
            marks = [value.measured for value in window]
            pictures.append(charts.line_chart(name, about, marks, [(each.row.ref or name, numbers)], levels))
    return History(tuple(pictures), table)


def counted(context: IndicatorsContext) -> list[tuple[str, Table]]:
    """What was counted behind a percentage, with the percentage stated beside the one that follows."""
    told = []
    for kept in context.kept:
        if (found := kept.counted) is None:
            continue
        noun = kept.options["counted"].get("noun", "items").capitalize()
        columns = (Column("label", "Progress", header=True, width=60), Column("count", noun, NUMBER))
        rows = tuple({"label": label, "count": count} for label, count in found.lines)
        totals = ({"label": "Total", "count": found.delivered.due},)
        table = Table(columns, rows, totals=totals, notes=(_counted_words(kept),))
        told.append((context.title(kept, found.title), table))
    return told


def _counted_words(kept: Kept) -> str:
    """ "20 of 42 milestones were delivered, 48%. Stated as 67%." """
    said, asked = kept.counted.delivered, kept.options["counted"]
    words = f"{said.done} of {said.due} {asked.get('noun', 'items')} were delivered"
    words += f", {format_percent(said.points)}." if said.points is not None else "."
    stated = kept.by_ref(asked.get("ref", ""))
    value = stated.row.current if stated else None
    figure = value.actual if value else None
    if figure is not None and said.points is not None and round_half_up(figure) != round_half_up(said.points):
        words += f" Stated as {stated.row.actual_words}, which does not follow from this count."
    return words


def closed(context: IndicatorsContext) -> list[tuple[str, Table]]:
    """The projects closed in the period with their scores, and what they come to on average."""
    told = []
    for kept in context.kept:
        if kept.index is None or not kept.closed:
            continue
        said, highest = kept.index_scored, kept.closed[0].highest
        columns = (
            Column("title", "Project closed", header=True, width=50),
            Column("score", f"Score out of {highest}", NUMBER, width=16),
            Column("basis", "Known from"),
        )
        rows = tuple(
            {
                "title": project.title,
                "score": _plain(project.total),
                "basis": "The sum as stated; the criteria not met are not named"
                if project.is_stated
                else "Every criterion",
            }
            for project in kept.closed
        )
        mean = None if said.mean is None else round_half_up(said.mean, 1)
        basis = f"{_plain(said.total):f} over {said.scored} projects"
        totals = ({"title": "Average", "score": mean, "basis": basis},)
        told.append(
            (context.title(kept, kept.index.name), Table(columns, rows, totals=totals, notes=_stated_index(kept, mean)))
        )
    return told


def _stated_index(kept: Kept, mean: Decimal | None) -> tuple[str, ...]:
    """Said where the indicator of the index states another average than its projects come to."""
    stated = kept.by_ref(kept.options["checklist"].get("ref", ""))
    value = stated.row.current.actual if stated and stated.row.current else None
    if value is None or mean is None or round_half_up(value, 1) == mean:
        return ()
    return (f"Stated as {print_figure(value, stated.row.indicator.unit)}.",)


def key(context: IndicatorsContext) -> Table:
    """The statuses of the schemes used and what they mean: the whole key, as it is printed with every report."""
    used = {}
    for kept in context.kept:
        for each in kept.measured:
            for status in (each.derived, each.stated):
                if status is not None:
                    used.setdefault(status.label, status)
    for scheme in {status.scheme_id for status in used.values()}:
        for status in Status.objects.filter(scheme=scheme, is_archived=False):
            used.setdefault(status.label, status)
    ordered = sorted(used.values(), key=lambda status: (-status.severity, status.order))
    columns = (Column("status", "Status", STATUS, header=True, width=30), Column("meaning", "Meaning"))
    return Table(
        columns, tuple({"status": mark_of(status), "meaning": status.definition} for status in ordered),
        empty="No status is used.",
    )  # fmt: skip


INDICATORS = register(
    Document(
        "indicators",
        "Performance indicators",
        (
            Section("indicator-summary", "Summary", summary),
            Section("commentary", "", narratives, many=True),
            Section("indicator-group", "", groups, many=True),
            Section("indicator-table", "", counted, many=True),
            Section("indicator-table", "", closed, many=True),
            Section("indicator-history", "", histories, many=True),
            Section("status-key", "Key symbols", key),
        ),
        landscape=True,
    )
)


def built_indicators(
    node: Node, *, published: bool, sees_exempt: bool, period: str = "", meaning: str = ""
) -> BuiltDocument:
    """The indicators of a node and of everything beneath it, by the newest reports or as at a period or day."""
    kept, at = kept_at(node, published=published, sees_exempt=sees_exempt, period=period, meaning=meaning)
    newest = max(each.report.as_at_on for each in kept)
    labels = list(dict.fromkeys(each.report.period_label or printed_date(each.report.as_at_on) for each in kept))
    alone = kept[0].report if len(kept) == 1 else None
    masthead = Masthead(
        title=f"{alone.template.name}: {alone.title}" if alone else f"{INDICATORS.title}: {node.title}",
        organisation_name=kept[0].report.organisation_name,
        subtitle=", ".join(labels),
        as_at=f"as at {printed_date(newest)}",
        stands_as=at.words if at else "",
        file_stem=f"{INDICATORS.title} - {node.title}",
        made_on=newest,
    )
    return build(INDICATORS, IndicatorsContext(tuple(kept), masthead))
