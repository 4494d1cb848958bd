"""Trends: how a project, or everything beneath a portfolio, went from period to period, as charts with their tables."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from projects.models import Status, StatusScheme, Subject
from projects.rules.kinds import SEVERITY, Kind
from reporting.documents import charts
from reporting.documents.catalogue.report_context import mark_of
from reporting.documents.catalogue.severity import where_schemes_meet
from reporting.documents.contents import (
    DATE,
    MONEY,
    NUMBER,
    STATUS,
    Column,
    Picture,
    Pictures,
    StatusMark,
    Table,
    printed_date,
    printed_money,
)
from reporting.documents.document import BuiltDocument, Document, Masthead, Section, build, register
from reporting.trends import Forecast, Rated, Track, Trend

NO_REPORT, NOT_SAID = "–", "/"
GAPS = {NO_REPORT: "No report for the period.", NOT_SAID: "The period's report does not say."}
ARROWS = {1: "arrow_up", -1: "arrow_down"}
WAYS = {1: "up", -1: "down"}
# The common scale, for what different vocabularies are added up on: code, colour, shape.
KIND_MARKS = {
    Kind.OFF_TRACK: ("OFF", "red", "octagon"), Kind.AT_RISK: ("AR", "amber", "triangle"),
    Kind.WATCH: ("WA", "yellow", "diamond"), Kind.ON_HOLD: ("OH", "grey", "bar"),
    Kind.ON_TRACK: ("OT", "green", "circle"), Kind.NOT_STARTED: ("NS", "grey", "ring"),
    Kind.DONE: ("DN", "blue", "tick"), Kind.NOT_RATED: ("NR", "grey", "dash"),
}  # fmt: skip
FEW_BARS, SHORT_WORDS = 8, 5  # bars with room above for longer words; words with room above any bar
MOST_STRIP_ROWS = 12  # a chart each: a printed page holds them


@dataclass(frozen=True)
class TrendContext:
    """One node's trend as its sections read it, and the codes that its charts give to statuses."""

    trend: Trend
    masthead: Masthead

    @cached_property
    def labels(self) -> list[str]:
        return [column.short for column in self.trend.columns]

    @cached_property
    def labels_beneath(self) -> list[str]:
        return [column.short for column in self.trend.columns_beneath]

    @cached_property
    def codes(self) -> dict[str, str]:
        """{a status's word: its code}: alike words share one, different words never do."""
        codes: dict[str, str] = {}
        for label, code in [(status.label, status.code) for status in self._statuses()] + self._kinds():
            if label not in codes:
                taken = set(codes.values())
                codes[label] = next(each for each in _possible_codes(label, code) if each not in taken)
        return codes

    def _kinds(self) -> list[tuple[str, str]]:
        return [(kind.label, KIND_MARKS[kind][0]) for kind in self.kinds]

    @cached_property
    def kinds(self) -> list[Kind]:
        """The kinds of the common scale that stand beneath, worst first."""
        counted = {
            name
            for each in self.trend.beneath
            for register_name in ("milestones", "benefits")
            for name in each.counts.get(register_name, {})
        }
        if any(each.counts.get("statuses", {}).get("") for each in self.trend.beneath):
            counted.add(Kind.NOT_RATED)
        return sorted((Kind(name) for name in counted), key=lambda kind: (-SEVERITY[kind], kind.value))

    def _statuses(self) -> Iterable[Status]:
        trend = self.trend
        for track in (*trend.statuses, *trend.benefit_statuses):
            yield from filter(None, track.values)
        for track in trend.risks:
            yield from (rated.band for rated in track.values if rated and rated.band)
        yield from sorted(trend.statuses_beneath.values(), key=lambda status: -status.severity)
        yield from trend.bands_beneath.values()

    @cached_property
    def described(self) -> list[Status]:
        """Every status that a chart gives a code, once."""
        return list({(status.label, status.scheme_id): status for status in self._statuses()}.values())

    def code(self, status: Status | Kind) -> str:
        return self.codes[status.label]

    def gap(self, place: int) -> str:
        return NOT_SAID if self.trend.columns[place].report else NO_REPORT

    def history(self, values: Sequence, words: Callable) -> str:
        """The values in words, neighbours that are alike together: "Apr 19 to Jun 19: Green; Jul 19: Red"."""
        spells: list[list] = []
        for place, value in enumerate(values):
            if value is not None:
                said = words(value)
            elif self.trend.columns[place].is_open:
                said = "not reported yet"
            else:
                said = "not reported" if self.gap(place) == NO_REPORT else "not in the report"
            if spells and spells[-1][2] == said:
                spells[-1][1] = self.labels[place]
            else:
                spells.append([self.labels[place], self.labels[place], said])
        return "; ".join(f"{first if first == last else f'{first} to {last}'}: {said}" for first, last, said in spells)


def _possible_codes(label: str, code: str) -> Iterable[str]:
    """The status's own code where a cell holds it, then the initials and the beginning of its word, then numbers."""
    initials = "".join(word[0] for word in label.split()).upper()
    short = [code] if len(code) <= 3 else []
    yield from (*short, *([initials[:3]] if len(initials) > 1 else []), label[:3].upper(), label[:2].upper())
    yield from (f"{label[:1].upper()}{number}" for number in range(2, 1_000))


def _newest(values: Sequence):
    return next((value for value in reversed(values) if value is not None), None)


def _name(track: Track) -> str:
    return f"{track.ref} {track.label}".strip()


def _parts(things: Sequence, most: int) -> list[Sequence]:
    return [things[first : first + most] for first in range(0, len(things), most)]


def _numbered(title: str, place: int, parts: Sequence) -> str:
    return f"{title}, part {place} of {len(parts)}" if len(parts) > 1 else title


# ---- strips: statuses, risks, benefits ----


def _strips(context: TrendContext, title: str, tracks: Sequence[Track], cell: Callable, table: Callable) -> list:
    """A strip and its table for every dozen things; `cell(value)` is (code, mark, arrow)."""
    parts = _parts(tracks, MOST_STRIP_ROWS)
    pictures = []
    for number, part in enumerate(parts, start=1):
        name = _numbered(title, number, parts)
        rows = [
            (
                _name(track),
                [
                    cell(value) if value is not None else (context.gap(at), None, "")
                    for at, value in enumerate(track.values)
                ],
            )
            for track in part
        ]
        about = f"{len(part)} rows over {len(context.labels)} periods; the table below says the same in words."
        pictures.append(Picture(charts.status_strip(name, about, context.labels, rows), table(part, name)))
    return pictures


def _status_table(context: TrendContext, tracks: Sequence[Track], caption: str, what: str, has_refs: bool) -> Table:
    columns = (
        *((Column("ref", "Ref", width=7),) if has_refs else ()),
        Column("label", what, header=True, width=26),
        Column("now", "Last known", STATUS, width=16),
        Column("history", "Period by period"),
    )
    rows = tuple(
        {
            "ref": track.ref,
            "label": track.label,
            "now": mark_of(_newest(track.values)),
            "history": context.history(track.values, lambda status: status.label),
        }
        for track in tracks
    )
    return Table(columns, rows, caption=caption)


def statuses(context: TrendContext) -> Pictures | None:
    """Each dimension from period to period."""
    return _of_statuses(context, context.trend.statuses, "Statuses by period", "Dimension")


def benefit_statuses(context: TrendContext) -> Pictures | None:
    """Each benefit from period to period."""
    return _of_statuses(context, context.trend.benefit_statuses, "Benefits by period", "Benefit")


def _of_statuses(context, tracks, title, what) -> Pictures | None:
    if not tracks:
        return None
    has_refs = any(track.ref for track in tracks)
    return Pictures(
        tuple(
            _strips(
                context,
                title,
                tracks,
                lambda status: (context.code(status), mark_of(status), ""),
                lambda part, name: _status_table(context, part, name, what, has_refs),
            )
        ),
        lead="The key at the end says what each code means.",
    )


def _rated_words(rated: Rated) -> str:
    named = rated.band.label if rated.band else "no band"
    scored = f" ({rated.score})" if rated.score is not None else ""
    return f"{named}{scored}{', ' + WAYS[rated.change] if rated.change else ''}"


def risks(context: TrendContext) -> Pictures | None:
    """Each risk's residual rating with its way, then how many stood in each band."""
    trend = context.trend
    if not trend.risks:
        return None

    def cell(rated: Rated):
        code = context.code(rated.band) if rated.band else str(rated.score or NOT_SAID)
        return code, mark_of(rated.band) or StatusMark(code, "ring"), ARROWS.get(rated.change, "")

    columns = (
        Column("ref", "Ref", width=7),
        Column("label", "Risk", header=True, width=30),
        Column("now", "Last known", STATUS, width=14),
        Column("history", "Period by period"),
    )

    def table(part, name):
        rows = tuple(
            {
                "ref": track.ref,
                "label": track.label,
                "now": mark_of(_newest(track.values).band),
                "history": context.history(track.values, _rated_words),
            }
            for track in part
        )
        return Table(columns, rows, caption=name)

    pictures = _strips(context, "Residual risk by period", trend.risks, cell, table)
    bands = sorted(
        {rated.band for track in trend.risks for rated in track.values if rated and rated.band},
        key=lambda band: (-band.severity, band.order),
    )
    counts = [
        {
            band: sum(bool(track.values[place]) and track.values[place].band == band for track in trend.risks)
            for band in bands
        }
        for place in range(len(trend.columns))
    ]
    pictures.append(
        _counts_picture(
            "Risks by residual band",
            context.labels,
            [column.label for column in trend.columns],
            [(band.label, context.code(band), band.colour, [count[band] for count in counts]) for band in bands],
            [None if column.report else "not reported" for column in trend.columns],
        )
    )
    return Pictures(
        tuple(pictures),
        lead="An arrow beside the shape says that a risk went up or down since it was last rated.",
    )


# ---- milestones ----


def milestones(context: TrendContext) -> Pictures | None:
    """The slip chart: at each report, when each item was forecast to be done; those that moved most first."""
    tracks = sorted(context.trend.milestones, key=lambda track: -len({value.on for value in track.values if value}))
    if not tracks:
        return None
    has_baselines = any(track.baseline_on for track in tracks)
    labels = [*(["Base line"] if has_baselines else []), *context.labels]
    parts = _parts(tracks, charts.MOST_LINES)
    pictures = []
    for number, part in enumerate(parts, start=1):
        name = _numbered("Forecast dates by report", number, parts)
        lines, squares = [], set()
        for place, track in enumerate(part):
            base = [track.baseline_on and track.baseline_on.toordinal()] if has_baselines else []
            lines.append((_name(track), [*base, *(value and value.on.toordinal() for value in track.values)]))
            squares |= {(place, at + has_baselines) for at, value in enumerate(track.values) if value and value.is_done}
        known = [on for _, numbers in lines for on in numbers if on]
        chart = charts.line_chart(
            name,
            "A line that rises has slipped. The table below gives every date.",
            labels,
            lines,
            _date_levels(date.fromordinal(min(known)), date.fromordinal(max(known))),
            frozenset(squares),
        )
        pictures.append(Picture(chart, _milestone_table(context, part, name, has_baselines)))
    return Pictures(
        tuple(pictures),
        lead="Across: the report. Upwards: the date that it forecast. A line that rises has slipped; "
        "a box round a point says that the item was done.",
    )


def _milestone_table(context: TrendContext, tracks: Sequence[Track], caption: str, has_baselines: bool) -> Table:
    has_first = any(track.first_baseline_on and track.first_baseline_on != track.baseline_on for track in tracks)
    columns = (
        Column("ref", "Ref", width=6),
        Column("label", "Item", header=True, width=24),
        *((Column("first", "First baseline", DATE, width=11),) if has_first else ()),
        *((Column("baseline", "Baseline", DATE, width=11),) if has_baselines else ()),
        Column("slip", "Days moved" if not has_baselines else "Days from baseline", NUMBER, width=10),
        Column("history", "Forecast, report by report"),
    )

    def words(value: Forecast) -> str:
        return f"{'done ' if value.is_done else ''}{printed_date(value.on)}"

    rows = []
    for track in tracks:
        known = [value.on for value in track.values if value]
        against = track.baseline_on if has_baselines else known[0]
        rows.append(
            {
                "ref": track.ref,
                "label": track.label,
                "first": track.first_baseline_on,
                "baseline": track.baseline_on,
                "slip": (known[-1] - against).days if against else None,
                "history": context.history(track.values, words),
            }
        )
    return Table(columns, tuple(rows), caption=caption)


def _date_levels(first: date, last: date) -> list[tuple[int, str]]:
    """Beginnings of months that span the dates, at most about six."""
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    step = next(step for step in (1, 2, 3, 6, 12, 24, 60, 120, 1200) if months / step <= 6)
    month = first.year * 12 + (first.month - 1) // step * step if step <= 12 else first.year * 12
    levels = []
    while True:
        day = date(month // 12, month % 12 + 1, 1)
        levels.append((day.toordinal(), f"{day:%b %Y}"))
        if day > last:
            return levels
        month += step


# ---- money ----


def money(context: TrendContext) -> Pictures | None:
    """The budget by period (planned, spent to date, forecast), then its profile by year, added up from the first."""
    trend = context.trend
    pictures = []
    if any(trend.money):
        names = ("Planned", "Spent to date", "Forecast")
        figures = [
            [each and amount for each, amount in zip(trend.money, amounts, strict=True)]
            for amounts in (
                [each and each.planned for each in trend.money],
                [each and each.spent for each in trend.money],
                [each and each.forecast for each in trend.money],
            )
        ]
        pictures.append(
            _money_picture("Budget by period", "Period", context.labels, _full(trend.columns), names, figures)
        )
    if len(trend.budget_years) > 1:
        years = [_year(year) for year, _ in trend.budget_years]
        names = ("Planned", "Spent", "Forecast")
        figures = [_added_up([getattr(each, name) for _, each in trend.budget_years]) for name in _PARTS]
        title = "Budget by financial year, added up"
        pictures.append(_money_picture(title, "Financial year", years, years, names, figures))
    return Pictures(tuple(pictures)) if pictures else None


_PARTS = ("planned", "spent", "forecast")


def _full(columns) -> list[str]:
    return [f"{column.label} (so far)" if column.is_open else column.label for column in columns]


def _year(year: int) -> str:
    return f"{year}/{(year + 1) % 100:02d}"


def _added_up(amounts: Sequence[Decimal | None]) -> list[Decimal | None]:
    """Running totals; from the first year that says nothing on, the total is not known."""
    total, found = Decimal(0), []
    for amount in amounts:
        total = None if total is None or amount is None else total + amount
        found.append(total)
    return found


def _money_picture(
    title: str,
    what: str,
    labels: Sequence[str],
    full: Sequence[str],
    names: Sequence[str],
    figures: Sequence[Sequence[Decimal | None]],
    more: Sequence[tuple[Column, Sequence]] = (),
) -> Picture:
    kept = [
        (name, amounts) for name, amounts in zip(names, figures, strict=True) if any(x is not None for x in amounts)
    ]
    known = [amount for _, amounts in kept for amount in amounts if amount is not None]
    chart = charts.line_chart(
        title,
        "The table below gives every figure.",
        labels,
        [(name, [None if amount is None else int(amount) for amount in amounts]) for name, amounts in kept],
        _money_levels(int(min(known)), int(max(known))) if known else [(0, "£0")],
    )
    columns = (
        Column("label", what, header=True),
        *(Column(f"amount-{place}", name, MONEY) for place, (name, _) in enumerate(kept)),
        *(column for column, _ in more),
    )
    rows = tuple(
        {"label": label}
        | {f"amount-{place}": amounts[at] for place, (_, amounts) in enumerate(kept)}
        | {column.key: values[at] for column, values in more}
        for at, label in enumerate(full)
    )
    return Picture(chart, Table(columns, rows, caption=title))


def _money_levels(low: int, high: int) -> list[tuple[int, str]]:
    """Round amounts from nothing (or below) to above the highest."""
    low = min(low, 0)
    span = max(high - low, 1)
    step = next(
        unit * power for power in (10**n for n in range(16)) for unit in (1, 2, 5) if span / (unit * power) <= 5
    )
    first = low // step * step
    return [(amount, printed_money(amount)) for amount in range(first, high + step, step)]


# ---- benefits ----


def savings(context: TrendContext) -> Pictures | None:
    """The benefits profile: target and forecast by financial year."""
    years = context.trend.savings
    if not years:
        return None
    title = "Savings by financial year"
    chart = charts.profile_bars(
        title,
        "The table below gives every figure.",
        ("Target", "Forecast"),
        [(_year(each.year), each.totals.target, each.forecast) for each in years],
        _short_money,
    )
    columns = (
        Column("year", "Financial year", header=True),
        Column("target", "Target", MONEY),
        Column("at_risk", "At risk", MONEY),
        Column("slipped", "Of which slipped", MONEY),
        Column("other_way", "Delivered another way", MONEY),
        Column("net", "Net at risk", MONEY),
        Column("forecast", "Forecast", MONEY),
        Column("stated", "Lines that say what is at risk"),
    )
    rows = tuple(
        {
            "year": _year(each.year),
            "target": each.totals.target,
            "at_risk": each.totals.at_risk,
            "slipped": each.totals.slipped,
            "other_way": each.totals.other_way,
            "net": each.totals.net_at_risk,
            "forecast": each.forecast,
            "stated": f"{each.totals.stated} of {each.totals.lines}",
        }
        for each in years
    )
    notes = ("Forecast is the target less what is net at risk; below nothing at risk is more than was asked for.",)
    return Pictures((Picture(chart, Table(columns, rows, caption=title)),), notes=notes)


def _short_money(pounds: Decimal) -> str:
    """An amount that fits above a bar: £1.2m, £340k, £900."""
    sign, size = "-" if pounds < 0 else "", abs(pounds)
    if size >= 1_000_000:
        return f"{sign}£{size / 1_000_000:.2f}m"
    return f"{sign}£{size / 1_000:.0f}k" if size >= 10_000 else f"{sign}£{size:.0f}"


# ---- everything beneath a portfolio ----


def portfolio(context: TrendContext) -> Pictures | None:
    """Counts by overall status, with how many reported."""
    trend = context.trend
    if not any(each.reported for each in trend.beneath):
        return None
    statuses = sorted(trend.statuses_beneath.items(), key=lambda each: (-each[1].severity, each[1].label))
    parts = [
        (
            status.label,
            context.code(status),
            status.colour,
            [each.counts.get("statuses", {}).get(key, 0) for each in trend.beneath],
        )
        for key, status in statuses
    ]
    unrated = [each.counts.get("statuses", {}).get("", 0) for each in trend.beneath]
    if any(unrated):
        parts.append((Kind.NOT_RATED.label, context.code(Kind.NOT_RATED), "grey", unrated))
    return Pictures(
        (
            _counts_picture(
                "Overall statuses by period",
                context.labels_beneath,
                _full(trend.columns_beneath),
                parts,
                [None if each.reported else "not reported" for each in trend.beneath],
                (("Reported", [f"{each.reported} of {each.expected}" for each in trend.beneath]),),
                above=_reported(trend.beneath),
            ),
        ),
        lead="Above each bar: how many reported of how many, or what share. What was not reported is in no bar.",
    )


def _reported(beneath: Sequence) -> list[str]:
    """How many reported of how many: as two numbers, or as a share where bars stand too close for those."""
    words = [f"{each.reported}/{each.expected}" for each in beneath]
    if len(words) <= FEW_BARS or max(map(len, words)) <= SHORT_WORDS:
        return words
    return [f"{each.reported * 100 // each.expected}%" if each.expected else NO_REPORT for each in beneath]


def portfolio_milestones(context: TrendContext) -> Pictures | None:
    """Milestones beneath by kind of status."""
    return _by_kind(context, "milestones", "Milestones by status")


def portfolio_risks(context: TrendContext) -> Pictures | None:
    """Risks beneath by residual band."""
    trend = context.trend
    bands = sorted(trend.bands_beneath.values(), key=lambda band: (-band.severity, band.order))
    parts = [
        (
            band.label,
            context.code(band),
            band.colour,
            [each.counts.get("risks", {}).get(band.code, 0) for each in trend.beneath],
        )
        for band in bands
    ]
    return _beneath(context, "risks", "Risks by residual band", parts)


def portfolio_benefits(context: TrendContext) -> Pictures | None:
    """Benefits beneath by kind of status."""
    return _by_kind(context, "benefits", "Benefits by status")


def _by_kind(context, register_name: str, title: str) -> Pictures | None:
    parts = [
        (
            kind.label,
            context.code(kind),
            KIND_MARKS[kind][1],
            [each.counts.get(register_name, {}).get(kind.value, 0) for each in context.trend.beneath],
        )
        for kind in context.kinds
    ]
    return _beneath(context, register_name, title, parts)


def _beneath(context, register_name, title, parts) -> Pictures | None:
    parts = [part for part in parts if any(part[3])]
    if not parts:
        return None
    gaps = [None if each.counts.get(register_name) else "not reported" for each in context.trend.beneath]
    return Pictures(
        (_counts_picture(title, context.labels_beneath, _full(context.trend.columns_beneath), parts, gaps),)
    )


def portfolio_money(context: TrendContext) -> Pictures | None:
    """Sums of the budgets beneath, and how many stated each."""
    trend = context.trend
    names = {"planned": "Planned", "actual": "Actual", "committed": "Committed", "forecast": "Forecast"}
    figures = [[Decimal(each.sums[name]) if name in each.sums else None for each in trend.beneath] for name in names]
    if not any(amount is not None for amounts in figures for amount in amounts):
        return None
    said = [
        "; ".join(
            f"{names[name].lower()} by {number}"
            for name, number in each.counts.get("stated", {}).items()
            if name in names
        )
        for each in trend.beneath
    ]
    picture = _money_picture(
        "Budgets by period",
        "Period",
        context.labels_beneath,
        _full(trend.columns_beneath),
        tuple(names.values()),
        figures,
        ((Column("said", "Stated by how many", width=28), said),),
    )
    return Pictures((picture,), lead="Sums of what was stated; a budget that was not stated is in no sum.")


def _counts_picture(
    title: str,
    labels: Sequence[str],
    full: Sequence[str],
    parts: Sequence[tuple[str, str, str, Sequence[int]]],
    gaps: Sequence[str | None],
    more: Sequence[tuple[str, Sequence[str]]] = (),
    above: Sequence[str] | None = None,
) -> Picture:
    """`parts` are (label, code, colour, its count at each period), worst first; a period with a gap has no count."""
    stacks = []
    for place, gap in enumerate(gaps):
        counts = [(code, colour, numbers[place]) for _, code, colour, numbers in parts if numbers[place]]
        words = above[place] if above else str(sum(number for *_, number in counts))
        stacks.append(([] if gap else counts, NO_REPORT if gap and not above else words))
    columns = (
        Column("label", "Period", header=True),
        *(Column(f"more-{at}", name) for at, (name, _) in enumerate(more)),
        *(Column(f"count-{at}", f"{label} ({code})", NUMBER) for at, (label, code, *_) in enumerate(parts)),
    )
    rows = tuple(
        {"label": label}
        | {f"count-{at}": None if gaps[place] else numbers[place] for at, (*_, numbers) in enumerate(parts)}
        | {f"more-{at}": words[place] for at, (_, words) in enumerate(more)}
        for place, label in enumerate(full)
    )
    chart = charts.stacked_bars(
        title, "The worst stands at the foot. The table below gives every count.", labels, stacks
    )
    return Picture(chart, Table(columns, rows, caption=title))


def key(context: TrendContext) -> Table | None:
    """What every code of the charts means."""
    columns = (
        Column("code", "Code", header=True, width=8),
        Column("status", "Status", STATUS, width=22),
        Column("subject", "Used for", width=22),
        Column("meaning", "Meaning"),
    )
    rows = [
        {
            "code": context.code(status),
            "status": mark_of(status),
            "subject": status.scheme.get_subject_display(),
            "meaning": status.definition,
        }
        for status in context.described
    ]
    rows += [
        {
            "code": context.code(kind),
            "status": StatusMark(kind.label, KIND_MARKS[kind][2], KIND_MARKS[kind][1], kind.value),
            "subject": "Common scale",
            "meaning": "What the words of different status schemes are added up as.",
        }
        for kind in context.kinds
    ]
    if context.trend.columns:
        rows += [{"code": code, "status": "No status", "subject": "", "meaning": words} for code, words in GAPS.items()]
    return Table(columns, tuple(rows)) if rows else None


# What the kinds of the common scale are counted of beneath a node.
COUNTED_BY_KIND = {"milestones": Subject.MILESTONE, "benefits": Subject.BENEFIT}


def schemes_together(context: TrendContext) -> set[int]:
    """The schemes whose statuses stand in one bar: overall statuses beneath, and what is counted by kind there."""
    trend = context.trend
    together = {status.scheme_id for status in trend.statuses_beneath.values()}
    together = together if len(together) > 1 else set()
    for name, subject in COUNTED_BY_KIND.items():
        if any(each.counts.get(name) for each in trend.beneath):
            in_use = StatusScheme.objects.filter(organisation=trend.node.organisation, subject=subject)
            together |= set(in_use.filter(is_archived=False).values_list("pk", flat=True))
    return together


TRENDS = register(
    Document(
        "trends",
        "Trends",
        (
            Section("pictures", "Overall status beneath", portfolio),
            Section("pictures", "Milestones beneath", portfolio_milestones),
            Section("pictures", "Risks beneath", portfolio_risks),
            Section("pictures", "Benefits beneath", portfolio_benefits),
            Section("pictures", "Budgets beneath", portfolio_money),
            Section("pictures", "Status", statuses),
            Section("pictures", "Milestones: how forecasts moved", milestones),
            Section("pictures", "Budget", money),
            Section("pictures", "Risks: how they moved", risks),
            Section("pictures", "Benefits", benefit_statuses),
            Section("pictures", "Benefits profile", savings),
            Section("status-key", "What the codes mean", key),
            where_schemes_meet(lambda context: context.trend.node.organisation, schemes_together),
        ),
        landscape=True,
    )
)


def built_trends(trend: Trend, *, as_at_words: str = "") -> BuiltDocument:
    """The trends of a node; `as_at_words` say which day they were asked for, empty for the newest."""
    node = trend.node
    columns = sorted((*trend.columns, *trend.columns_beneath), key=lambda column: column.as_at_on)
    spoken = [column for column in columns if not column.is_open]
    subtitle = ""
    if spoken:
        first, last = spoken[0].label, spoken[-1].label
        subtitle = first if first == last else f"{first} to {last}"
    masthead = Masthead(
        title=f"Trends: {node.title}",
        organisation_name=node.organisation.name,
        subtitle=subtitle,
        marking="" if trend.published else "NOT ALL OF THIS IS PUBLISHED",
        as_at=as_at_words,
        file_stem=f"Trends - {node.title}",
        made_on=spoken[-1].as_at_on if spoken else None,
    )
    return build(TRENDS, TrendContext(trend, masthead))
