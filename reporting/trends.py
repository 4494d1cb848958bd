"""How a node and what stands beneath it went from period to period: as values, with gaps where nothing is known."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from itertools import dropwhile

from django.utils import timezone

from projects.actions.roll_ups import RollUp, reporting_leaves, roll_ups
from projects.as_at import AsAt
from projects.clock import today_for
from projects.models import (
    FROZEN_STATES,
    BenefitUpdate,
    BudgetPosition,
    BudgetPositionLine,
    DimensionRating,
    Node,
    Period,
    PlanItemBaseline,
    PlanItemUpdate,
    Report,
    ReportState,
    RiskAssessment,
    SavingLine,
    Status,
)
from projects.models.base import exempt_now, with_related
from projects.rules import benefits, finance
from projects.rules.kinds import Kind
from projects.rules.risk import score
from reporting.withholding import as_told

MOST_PERIODS = 24


@dataclass(frozen=True)
class Column:
    """One period of a trend; `report` is the node's own, None where it gave none."""

    label: str
    short: str
    as_at_on: date
    period: Period | None
    report: Report | None = None
    is_open: bool = False  # still being reported


@dataclass(frozen=True)
class Track:
    """One thing from period to period: `values` has None where nothing is known of it."""

    label: str
    values: tuple
    ref: str = ""
    baseline_on: date | None = None
    first_baseline_on: date | None = None


@dataclass(frozen=True)
class Forecast:
    """When an item was said to be done; `is_done`: it was, on that day."""

    on: date
    is_done: bool = False


@dataclass(frozen=True)
class Rated:
    """A risk at one period. `change` is against the last one known: 1 worse, -1 better, 0 alike or nothing before."""

    band: Status | None
    score: int | None
    change: int = 0


@dataclass(frozen=True)
class Money:
    """What the budgets of a report come to, in pounds; None: not reported."""

    planned: Decimal | None
    spent: Decimal | None
    forecast: Decimal | None


@dataclass(frozen=True)
class Year:
    """The savings of a financial year (2018 is 2018/19). `forecast` is the target less what is net at risk."""

    year: int
    totals: benefits.SavingTotals
    claimed: Decimal | None
    validated: Decimal | None

    @property
    def forecast(self) -> Decimal | None:
        """None where no line says what is at risk, or none has a target."""
        if self.totals.target is None or self.totals.net_at_risk is None:
            return None
        return self.totals.target - self.totals.net_at_risk


@dataclass(frozen=True)
class Trend:
    """A node over its newest periods up to `until`, as staff or (`published`) readers see it.

    `moment`: from what was approved (or published) by then; None as now known. Every question costs the same
    few queries, however many periods, reports and rows there are.
    """

    node: Node
    published: bool
    sees_exempt: bool
    until: date
    moment: datetime | None = None

    @cached_property
    def today(self) -> date:
        return timezone.localdate()  # exemptions end by the real date

    # ---- the periods ----

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The node's own reports, period by period from its first; gaps where it gave none."""
        series = self.node.headline_series
        if series is None:
            return ()
        states = [ReportState.PUBLISHED] if self.published else FROZEN_STATES
        reports = Report.objects.filter(series=series, state__in=states, as_at_on__lte=self.until)
        if self.moment is None:
            reports = reports.filter(**{f"{'public_' if self.published else ''}known_from__isnull": False})
        else:
            side = "published" if self.published else "approved"
            reports = reports.filter(**{f"{side}_at__lte": self.moment})
        newest = {}
        for report in reports.select_related("period", "template").order_by("-as_at_on", "-revision")[
            : MOST_PERIODS * 3
        ]:
            newest.setdefault(report.as_at_on, report)
        if not newest:
            return ()
        columns = [_column(report.period, report.as_at_on, report.period_label, report) for report in newest.values()]
        taken = [(column.period.starts_on, column.as_at_on) for column in columns if column.period]
        columns += [
            column
            for column in self._periods(series.calendar_id, min(newest))
            if not any(first <= column.as_at_on <= last for first, last in taken) and column.as_at_on not in newest
        ]
        return tuple(sorted(columns, key=lambda column: column.as_at_on)[-MOST_PERIODS:])

    def _periods(self, calendar: int, first: date = date.min) -> tuple[Column, ...]:
        """The newest periods that have begun, oldest first."""
        today = today_for(self.node.organisation)
        periods = Period.objects.filter(
            calendar=calendar, starts_on__lte=today, as_at_on__gte=first, as_at_on__lte=self.until
        )
        return tuple(
            _column(period, period.as_at_on, period.label, is_open=_is_open(period, today))
            for period in periods.order_by("-as_at_on")[:MOST_PERIODS]
        )[::-1]

    # ---- what the node itself said ----

    @cached_property
    def _reports(self) -> list[int]:
        return [column.report.pk for column in self.columns if column.report]

    def _rows(self, model, *related) -> list:
        rows = with_related(model.objects.filter(report__in=self._reports, is_removed=False), related)
        return self._told(rows if self.sees_exempt else rows.exclude(exempt_now(self.today)))

    def _told(self, rows) -> list:
        """The rows, with nothing in the cells that are kept back from this reader."""
        blank = {column.name for column in rows.model._meta.concrete_fields if column.null}
        rows = as_told(rows, sees_exempt=self.sees_exempt)
        for row in rows:
            for name in blank & row.marks.keys():
                if not self._is_shown(row, name):
                    setattr(row, name, None)
        return rows

    def _tracks(self, rows: list, value: Callable) -> list[tuple[list, tuple]]:
        """(the rows of one thing, its value at each period) of everything that is said of, in the newest order."""
        by_thing: dict[int, dict[int, object]] = {}
        for row in rows:
            by_thing.setdefault(getattr(row, f"{row.identity_field}_id"), {})[row.report_id] = row
        place = {pk: number for number, pk in enumerate(self._reports)}

        def newest(said):
            return max(said.values(), key=lambda row: place[row.report_id])

        found = []
        for said in sorted(by_thing.values(), key=lambda said: (-place[newest(said).report_id], newest(said).order)):
            values = tuple(
                value(said[column.report.pk]) if column.report and column.report.pk in said else None
                for column in self.columns
            )
            found.append((newest(said), values))
        return found

    def _is_shown(self, row, field: str) -> bool:
        """Whether the reader may see the field: withheld for all, exempt for those who do not see exempt items."""
        kind = row.marks.get(field, {}).get("kind")
        return kind != "withheld" and (kind != "exempt" or self.sees_exempt)

    @cached_property
    def statuses(self) -> list[Track]:
        """Each dimension's status; one whose name another has too names its section."""
        tracks = [
            (row, values)
            for row, values in self._tracks(
                self._rows(DimensionRating, "dimension", "status__scheme"), lambda row: row.status
            )
            if any(values)
        ]
        names = Counter(row.title or row.dimension.label for row, _ in tracks)
        return [
            Track(
                f"{name} ({row.dimension.section.replace('-', ' ')})" if names[name] > 1 else name,
                values,
            )
            for row, values in tracks
            for name in [row.title or row.dimension.label]
        ]

    @cached_property
    def milestones(self) -> list[Track]:
        """When each plan item was said to be done, beside the baselines that the reader may know of."""
        rows = self._rows(PlanItemUpdate, "status", "baseline")
        tracks = self._tracks(rows, self._forecast)
        in_force, first = self._baselines({row.plan_item_id for row, _ in tracks})
        return [
            Track(
                row.title,
                values,
                row.ref,
                row.baseline.finish_on if row.baseline else in_force.get(row.plan_item_id),
                first.get(row.plan_item_id),
            )
            for row, values in tracks
            if any(values) and self._is_shown(row, "title")
        ]

    def _forecast(self, row) -> Forecast | None:
        done = bool(row.status and row.status.kind == Kind.DONE)
        if row.actual_on and self._is_shown(row, "actual"):
            return Forecast(row.actual_on, True)
        return Forecast(row.finish_on, done) if row.finish_on and self._is_shown(row, "finish") else None

    def _baselines(self, items: set[int]) -> tuple[dict[int, date], dict[int, date]]:
        """The date in force and the first one agreed, by item; change control is not published."""
        if self.published or not items:
            return {}, {}
        agreed = PlanItemBaseline.objects.filter(plan_item__in=items, in_force_from__isnull=False)
        if self.moment:
            agreed = agreed.filter(in_force_from__lte=self.moment)
        in_force, first = {}, {}
        for item, finish_on in (
            agreed.exclude(finish_on=None).order_by("number", "pk").values_list("plan_item_id", "finish_on")
        ):
            first.setdefault(item, finish_on)
            in_force[item] = finish_on
        return in_force, first

    @cached_property
    def risks(self) -> list[Track]:
        """The residual rating of each risk, and which way it went."""
        tracks = self._tracks(
            self._rows(RiskAssessment, "residual_band__scheme"),
            lambda row: Rated(row.residual_band, score(row.residual_likelihood, row.residual_impact)),
        )
        return [
            Track(row.title, _with_changes(values), row.ref)
            for row, values in tracks
            if self._is_shown(row, "title") and any(each and (each.band or each.score) for each in values)
        ]

    @cached_property
    def money(self) -> list[Money | None]:
        """Budgets by period: planned, spent to date, forecast for the year's end; sums of those that say so."""
        by_report: dict[int, list] = {}
        for row in self._rows(BudgetPosition):
            by_report.setdefault(row.report_id, []).append(row)
        return [
            _money(by_report[column.report.pk]) if column.report and column.report.pk in by_report else None
            for column in self.columns
        ]

    @cached_property
    def budget_years(self) -> list[tuple[int, Money]]:
        """The newest report's budget lines by financial year; empty where it gives none."""
        newest = self._newest_with(BudgetPositionLine)
        lines = self._lines(BudgetPositionLine, newest, "position")
        years = sorted({line.year for line in lines if line.year})
        return [
            (year, Money(*(_sum(getattr(line, name) for line in lines if line.year == year) for name in parts)))
            for year in years
            for parts in [("planned", "actual", "forecast")]
        ]

    @cached_property
    def benefit_statuses(self) -> list[Track]:
        """The status of each benefit."""
        tracks = self._tracks(self._rows(BenefitUpdate, "status__scheme"), lambda row: row.status)
        return [
            Track(row.title, values, row.ref) for row, values in tracks if any(values) and self._is_shown(row, "title")
        ]

    @cached_property
    def savings(self) -> list[Year]:
        """Target and forecast by financial year, as the newest report that has any gives them."""
        lines = self._lines(SavingLine, self._newest_with(SavingLine), "update_row")
        years = []
        for year in sorted({line.year for line in lines if line.year}):
            of_year = [line for line in lines if line.year == year]
            years.append(
                Year(
                    year,
                    benefits.totals(
                        benefits.SavingLine(line.target, line.at_risk, line.slipped, line.other_way) for line in of_year
                    ),
                    _sum(line.claimed for line in of_year),
                    _sum(line.validated for line in of_year),
                )
            )
        return years

    def _newest_with(self, model) -> int | None:
        with_lines = set(model.objects.filter(report__in=self._reports).values_list("report_id", flat=True))
        return next((pk for pk in reversed(self._reports) if pk in with_lines), None)

    def _lines(self, model, report: int | None, row: str) -> list:
        lines = model.objects.filter(report=report, **{f"{row}__is_removed": False})
        return self._told(lines if self.sees_exempt else lines.exclude(exempt_now(self.today, f"{row}__")))

    # ---- what was said beneath it ----

    @cached_property
    def _beneath(self) -> list[tuple[Column, RollUp]]:
        """The periods of the calendar that most nodes beneath report by, from the first that any reported for."""
        calendars = Counter(reporting_leaves(self.node).values_list("headline_series__calendar", flat=True))
        if not calendars:
            return []
        columns = self._periods(calendars.most_common(1)[0][0])
        found = roll_ups(self.node, [column.period for column in columns], published=self.published, moment=self.moment)
        pairs = [(column, found.get(column.period.pk, RollUp())) for column in columns]
        return list(dropwhile(lambda pair: not pair[1].reported, pairs))

    @property
    def columns_beneath(self) -> list[Column]:
        """The periods that nodes beneath are compared over."""
        return [column for column, _ in self._beneath]

    @property
    def beneath(self) -> list[RollUp]:
        """What the nodes beneath came to, at each of `columns_beneath`; one that nobody reported is empty."""
        return [found for _, found in self._beneath]

    @cached_property
    def statuses_beneath(self) -> dict[str, Status]:
        """The statuses that the roll-ups count, by the key that they count them under."""
        keys = {int(key) for each in self.beneath for key in each.counts.get("statuses", {}) if key}
        return {str(status.pk): status for status in Status.objects.filter(pk__in=keys).select_related("scheme")}

    @cached_property
    def bands_beneath(self) -> dict[str, Status]:
        """The risk bands by their code, the one now in use where several had it."""
        codes = {code for each in self.beneath for code in each.counts.get("risks", {})}
        bands = (
            Status.objects.filter(organisation=self.node.organisation_id, scheme__subject="risk_band", code__in=codes)
            .select_related("scheme")
            .order_by("-is_archived", "pk")
        )
        return {band.code: band for band in bands}


def _column(period: Period | None, as_at_on: date, label: str, report: Report | None = None, is_open=False) -> Column:
    short = (period.short_code if period else "") or f"{as_at_on:%b %y}"
    return Column(label or short, short, as_at_on, period, report, is_open)


def _is_open(period: Period, today: date) -> bool:
    """Whether reports are still due: it is not closed, and its deadline has not passed."""
    last = timezone.localdate(period.due_at) if period.due_at else period.as_at_on
    return period.closed_at is None and last >= today


def _with_changes(values: tuple) -> tuple:
    """The ratings with their change against the last one known: by score where both have one, else by severity."""
    found, before = [], None
    for rated in values:
        if rated is None:
            found.append(None)
            continue
        change = 0
        if before and before.score is not None and rated.score is not None:
            change = (rated.score > before.score) - (rated.score < before.score)
        elif before and before.band and rated.band:
            change = (rated.band.severity > before.band.severity) - (rated.band.severity < before.band.severity)
        before = Rated(rated.band, rated.score, change)
        found.append(before)
    return tuple(found)


def _money(rows: list) -> Money:
    positions = [finance.Position(row.planned, row.actual, row.committed, row.emergency, row.forecast) for row in rows]
    return Money(
        _sum(position.planned for position in positions),
        _sum(
            position.actual + (position.committed or 0) + (position.emergency or 0)
            for position in positions
            if position.actual is not None
        ),
        _sum(position.forecast for position in positions),
    )


def _sum(amounts) -> Decimal | None:
    stated = [amount for amount in amounts if amount is not None]
    return sum(stated, Decimal(0)) if stated else None


def trend_of(node: Node, *, published: bool, sees_exempt: bool, day: AsAt | None = None) -> Trend:
    """The node's trend up to `day` in its meaning; as now known to the newest period without one."""
    return Trend(node, published, sees_exempt, day.day if day else date.max, day.moment if day else None)
