"""The re-cast ledger: every move of a milestone's forecast and of the date it is held to, with who moved it and why."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from django.db.models import Exists, F, OuterRef, QuerySet, Window
from django.db.models.functions import Lag
from django.utils import timezone

from projects.models import ChangeRequest, ChangeTouch, PlanItemBaseline, PlanItemUpdate
from projects.rules.drift import Drift, drift_of
from projects.rules.limits import Limits
from projects.versions import days_words

FORECAST, BASELINE = "Forecast", "Baseline"
NO_REQUEST = "No request"
ALIVE = ChangeRequest.objects.exclude(
    state__in=(ChangeRequest.State.REJECTED, ChangeRequest.State.WITHDRAWN, ChangeRequest.State.DRAFT)
)


@dataclass(frozen=True)
class LedgerMove:
    """One move of one date. `days` is positive when later, None where the words give no two dates.

    `change_id` is None where no request stands behind it; `report_id` is None for a baseline, which no report moves.
    """

    sort: str  # FORECAST or BASELINE
    on: date
    before: str
    after: str
    days: int | None
    by: str
    why: str
    change_id: int | None
    report_id: int | None
    report_words: str

    @property
    def how_far(self) -> str:
        return days_words(self.days) or "not in days"


@dataclass(frozen=True)
class LedgerEntry:
    """A milestone with its moves, the oldest first."""

    item_id: int
    title: str
    node_title: str
    node_slug: str
    moves: tuple[LedgerMove, ...]
    drift: Drift

    @property
    def forecast_moves(self) -> int:
        return sum(move.sort == FORECAST for move in self.moves)

    @property
    def baseline_moves(self) -> int:
        return sum(move.sort == BASELINE for move in self.moves)

    @property
    def forecast_days(self) -> int | None:
        """How far the forecast has moved in all; None where no move can be counted in days."""
        told = [move.days for move in self.moves if move.sort == FORECAST and move.days is not None]
        return sum(told) if told else None

    @property
    def unrequested(self) -> int:
        """Moves that no change request or note stands behind."""
        return sum(move.change_id is None for move in self.moves)


def ledger_of(nodes: QuerySet, limits: Limits, *, until: date | None = None) -> list[LedgerEntry]:
    """The ledger of the milestones of `nodes`, those moved most often first; what never moved is left out.

    `until`: moves of reports that speak of that day or before, and of baselines in force by then. It costs the same
    queries for one node as for a whole portfolio.
    """
    forecasts = list(_forecast_moves(nodes, until))
    baselines = list(_versions(nodes, until))
    behind = _requests_behind({row.plan_item_id for row in forecasts})
    moves: dict[int, list[LedgerMove]] = defaultdict(list)
    about: dict[int, tuple[str, str, str]] = {}
    for row in forecasts:
        if row.was_on != row.finish_on or row.finish_on is None:
            about[row.plan_item_id] = _about(row)
            moves[row.plan_item_id].append(_forecast_move(row, behind))
    chains = defaultdict(list)
    for row in baselines:
        chains[row.plan_item_id].append(row)
    for item, chain in chains.items():
        for before, after in pairwise(chain):
            if before.finish_words != after.finish_words:
                about[item] = _about(after)
                moves[item].append(_baseline_move(before, after))
    entries = [
        LedgerEntry(
            item,
            *about[item],
            tuple(sorted(told, key=lambda move: move.on)),
            drift_of([row.finish_on for row in chains[item]], limits),
        )
        for item, told in moves.items()
    ]
    return ordered(entries)


def ordered(entries: Iterable[LedgerEntry], by: str = "moves") -> list[LedgerEntry]:
    """Most moves first; `by` "drift" or "forecast": furthest first."""
    furthest = {
        "drift": lambda entry: -(entry.drift.days or 0),
        "forecast": lambda entry: -(entry.forecast_days or 0),
    }.get(by, lambda entry: -len(entry.moves))
    return sorted(
        entries, key=lambda entry: (furthest(entry), -abs(entry.drift.days or 0), entry.node_title, entry.item_id)
    )


def _about(row) -> tuple[str, str, str]:
    title = f"{row.plan_item__ref} {row.plan_item__title}".strip()
    return title, row.plan_item__node__title, row.plan_item__node__slug


NAMES = ("plan_item_id", "plan_item__ref", "plan_item__title", "plan_item__node__title", "plan_item__node__slug")


def _forecast_moves(nodes, until) -> Iterator:
    """Rows whose forecast differs from that of the report before, in the words of either."""
    rows = PlanItemUpdate.objects.present().filter(
        plan_item__node__in=nodes, report__series__keeps_registers=True, report__known_from__isnull=False
    )
    if until:
        rows = rows.filter(report__as_at_on__lte=until)

    def before(column):
        return Window(Lag(column), partition_by="plan_item_id", order_by="report__as_at_on")

    rows = rows.annotate(
        was_words=before("finish_words"), was_on=before("finish_on"), was_as_at=before("report__as_at_on")
    )
    return (
        rows.exclude(was_words=None)
        .exclude(was_words=F("finish_words"))
        .order_by("plan_item_id", "report__as_at_on")
        .values_list(
            *NAMES, "finish_words", "finish_on", "was_words", "was_on", "was_as_at", "comment", "report_id",
            "report__as_at_on", "report__period_label", "report__submitted_by__post", "report__approved_by__post",
            named=True,
        )
    )  # fmt: skip


def _versions(nodes, until) -> Iterator:
    """The approved versions of items that have several, by item and number."""
    approved = PlanItemBaseline.objects.exclude(in_force_from=None)
    if until:
        approved = approved.filter(in_force_from__date__lte=until)
    later = approved.filter(plan_item=OuterRef("plan_item"), number__gt=1)
    return (
        approved.filter(Exists(later), plan_item__node__in=nodes)
        .order_by("plan_item_id", "number")
        .values_list(
            *NAMES, "finish_words", "finish_on", "in_force_from", "created_by__post", "change_request_id",
            "change_request__item_words", "change_request__justification", "change_request__decided_by__post",
            named=True,
        )
    )  # fmt: skip


def _requests_behind(items: set[int]) -> dict[int, list[tuple[int, str, set[int], date]]]:
    """By plan item the requests and notes about it: (id, words, the reports they name, the day they were raised)."""
    behind = defaultdict(list)
    columns = ("change_request_id", "change_request__item_words", "change_request__report_id")
    for item, pk, words, report, raised_at, of_touch in ChangeTouch.objects.filter(
        plan_item__in=items, change_request__in=ALIVE
    ).values_list("plan_item_id", *columns, "change_request__raised_at", "report_id"):
        behind[item].append((pk, words, {report, of_touch}, timezone.localdate(raised_at)))
    for item, pk, words, report, raised_at in PlanItemBaseline.objects.filter(
        plan_item__in=items, change_request__in=ALIVE
    ).values_list("plan_item_id", *columns, "change_request__raised_at"):
        behind[item].append((pk, words, {report}, timezone.localdate(raised_at)))
    return behind


def _forecast_move(row, behind) -> LedgerMove:
    request = next(
        (
            (pk, words)
            for pk, words, reports, raised_on in behind[row.plan_item_id]
            if row.report_id in reports or row.was_as_at < raised_on <= row.report__as_at_on
        ),
        None,
    )
    return LedgerMove(
        FORECAST,
        row.report__as_at_on,
        row.was_words or "no date",
        row.finish_words or "no date",
        (row.finish_on - row.was_on).days if row.finish_on and row.was_on else None,
        row.report__submitted_by__post or row.report__approved_by__post or "",
        request[1] if request else NO_REQUEST,
        request[0] if request else None,
        row.report_id,
        row.report__period_label or f"{row.report__as_at_on.day} {row.report__as_at_on:%B %Y}",
    )


def _baseline_move(before, after) -> LedgerMove:
    return LedgerMove(
        BASELINE,
        timezone.localdate(after.in_force_from),
        before.finish_words or "no date",
        after.finish_words or "no date",
        (after.finish_on - before.finish_on).days if before.finish_on and after.finish_on else None,
        after.change_request__decided_by__post or after.created_by__post or "",
        after.change_request__item_words or NO_REQUEST,
        after.change_request_id,
        None,
        "",
    )
