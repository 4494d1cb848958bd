"""Checks of the plan: dates passed, forecasts moved, rows that depend on one another."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from projects.facts import ItemFacts, ReportFacts
from projects.rules.drift import drift_of
from projects.rules.kinds import Band, Kind, band_of
from projects.rules.milestones import LinkKind
from projects.rules.schedule import days_overdue
from reporting.assurance.registry import Evidence, Hit, Severity, check
from reporting.assurance.words import about_item, day, days, status_of, today_is

MANY_ON_ONE_DAY = 5  # open rows with the same date
MOVED_AGAIN_AND_AGAIN = 3  # times a forecast went later

REVIEW = "programme assurance review, June 2022"


@check(
    "MIL-01",
    Severity.HIGH,
    clear_by="Mark it complete with the day it was done, or give it a new date and the status that goes with it.",
    source=REVIEW,
)
def date_passed_but_on_track(facts: ReportFacts, today: date) -> Iterator[Hit]:
    """A date has passed, yet the row is shown as on track.

    Whoever reads the colour believes that the work is done or will be in time; the date says otherwise.
    """
    for item in facts.open_items:
        late = days_overdue(item.finish.on, today)
        if late and item.status and band_of(item.status.kind) is Band.GREEN:
            yield Hit(
                about_item(item),
                f"Its date passed {days(late)} ago and it is still {item.status.label}.",
                (Evidence("Target date", str(item.finish)), Evidence("Status", item.status.label), today_is(today)),
            )


@check(
    "MIL-02",
    Severity.MEDIUM,
    clear_by="Add the move to the change control record, with its reason, or put the date back.",
    source=REVIEW,
)
def forecast_moved_without_change_record(facts: ReportFacts, today: date) -> Iterator[Hit]:
    """A forecast is later than in the last report and the change record does not say so.

    A date that moves without a record moves without anybody having agreed to it.
    """
    before = {item.id: item for item in facts.previous.items} if facts.previous else {}
    for item in facts.open_items:
        was = before.get(item.id)
        if was is None or was.finish.on is None or item.finish.on is None or item.is_change_recorded:
            continue
        later = (item.finish.on - was.finish.on).days
        if later > 0:
            yield Hit(
                about_item(item),
                f"Its forecast moved {days(later)} later since the last report, with no change recorded.",
                (
                    Evidence(f"Forecast in {facts.previous.period_label}", str(was.finish)),
                    Evidence("Forecast now", str(item.finish)),
                    Evidence("Change record", "no entry since the last report"),
                ),
            )


@check(
    "MIL-03",
    Severity.MEDIUM,
    clear_by="Agree a date that can be kept, and baseline it by a change request.",
    source=REVIEW,
)
def forecast_moved_again_and_again(facts: ReportFacts, today: date) -> Iterator[Hit]:
    """A forecast has gone later three times or more.

    Small moves that each pass unnoticed add up; a date that keeps moving is not a forecast.
    """
    for item in facts.open_items:
        dates = [*item.earlier_finishes, *([item.finish.on] if item.finish.on else [])]
        moves = sum(later > earlier for earlier, later in pairwise(dates))
        if moves >= MOVED_AGAIN_AND_AGAIN:
            yield Hit(
                about_item(item),
                f"Its forecast has gone later {moves} times, {days((dates[-1] - dates[0]).days)} in all.",
                (Evidence("Forecasts", ", ".join(day(each) for each in dates)),),
            )


@check("MIL-04", Severity.MEDIUM, clear_by="Give it a target date; words such as Autumn 2019 will do.", source=REVIEW)
def no_date(facts: ReportFacts, today: date) -> Iterator[Hit]:
    """An open row of the plan has no date that can be checked.

    What has no date cannot be late, so nobody will notice when it is.
    """
    for item in facts.open_items:
        if item.finish.on is None:
            words = item.finish.words or "none"
            yield Hit(about_item(item), "It has no target date.", (Evidence("Target date as written", words),))


@check("MIL-05", Severity.LOW, clear_by="Name the post that answers for it.", source=REVIEW)
def no_owner(facts: ReportFacts, today: date) -> Iterator[Hit]:
    """An open row has no owner, where others of the same plan have one.

    A plan that names no owners at all has none to miss and is let pass.
    """
    if not any(item.owner for item in facts.items):
        return
    for item in facts.open_items:
        if not item.owner:
            yield Hit(about_item(item), "Nobody is named as its owner.", (Evidence("Owner", "none"),))


@check(
    "MIL-06",
    Severity.LOW,
    clear_by="Give each the date on which it will be done; where they do fall together, accept this with the reason.",
    source=REVIEW,
)
def many_on_one_day(facts: ReportFacts, today: date) -> Iterator[Hit]:
    """Five or more open rows are due on the same day.

    A shared date is more often a placeholder (1 January, the end of the year) than a plan.
    """
    by_day: dict[date, list[ItemFacts]] = defaultdict(list)
    for item in facts.open_items:
        if item.finish.on:
            by_day[item.finish.on].append(item)
    for when, items in sorted(by_day.items()):
        if len(items) >= MANY_ON_ONE_DAY:
            refs = ", ".join(item.ref or item.title for item in items)
            yield Hit(
                about_item(items[0]),
                f"{len(items)} open rows are all due on {day(when)}.",
                (Evidence("Rows", refs),),
            )


@check(
    "MIL-07",
    Severity.MEDIUM,
    clear_by="Take the whole move to the board that agreed the first date, and have it agree a date to hold to.",
    source=REVIEW,
)
def drifted_from_first_baseline(facts: ReportFacts, today: date) -> Iterator[Hit]:
    """Approved changes have moved an open row far from its first baseline, by the council's line for drift.

    Each change may be small enough to pass; what was promised to the board that agreed the plan is gone all the same.
    """
    for item in facts.open_items:
        drift = drift_of(item.baselines_on, facts.limits)
        if drift.rating.status in (Kind.AT_RISK, Kind.OFF_TRACK):
            yield Hit(
                about_item(item),
                f"{drift.moves} approved change{'' if drift.moves == 1 else 's'} moved it {days(drift.days)} later in "
                "all.",
                (
                    Evidence("Baselines", ", ".join(day(each) for each in item.baselines_on if each)),
                    Evidence("Rule", drift.rating.because),
                ),
                Severity.HIGH if drift.rating.status is Kind.OFF_TRACK else None,
            )


@check("DEP-01", Severity.LOW, clear_by="Name the row that it waits for, or leave the interdependency blank.")
def depends_on_itself(facts: ReportFacts, today: date) -> Iterator[Hit]:
    """A row names itself as its interdependency.

    The row it really waits for goes unnamed, and so unwatched.
    """
    for item in facts.items:
        if any(link.kind is LinkKind.SELF for link in item.links):
            yield Hit(about_item(item), "It is listed as depending on itself.", (_written_links(item),))


@check("DEP-02", Severity.MEDIUM, clear_by="Add the row that is meant to the plan, or correct the reference.")
def depends_on_nothing_listed(facts: ReportFacts, today: date) -> Iterator[Hit]:
    """An interdependency names a row that is not in the plan.

    Nobody can tell what the row waits for, or whether it will come in time.
    """
    known = ", ".join(item.ref for item in facts.items if item.ref)
    for item in facts.items:
        missing = [link.ref for link in item.links if link.kind is LinkKind.DANGLING]
        if missing:
            verb = "is" if len(missing) == 1 else "are"
            yield Hit(
                about_item(item),
                f"It waits for {' and '.join(missing)}, which {verb} not in the plan.",
                (_written_links(item), Evidence("Rows of the plan", known)),
            )


@check("DEP-03", Severity.HIGH, clear_by="Move one of the two dates, by change control where they are baselined.")
def due_before_what_it_needs(facts: ReportFacts, today: date) -> Iterator[Hit]:
    """A row is due before something that it waits for.

    One of the two dates cannot be kept. A date already passed is taken as today.
    """
    for item, needed in _linked(facts):
        ends = _expected_end(needed, today)
        if not item.is_done and item.finish.on and ends and ends > item.finish.on:
            yield Hit(
                about_item(item),
                f"It is due {days((ends - item.finish.on).days)} before what it waits for.",
                (
                    _written_links(item),
                    Evidence("Its date", str(item.finish)),
                    Evidence(about_item(needed).words, _end_words(needed)),
                ),
            )


@check("DEP-04", Severity.MEDIUM, clear_by="Check which of the two is right; correct the status, date or reference.")
def complete_before_what_it_needs(facts: ReportFacts, today: date) -> Iterator[Hit]:
    """A row is complete although something that it waits for was not.

    Either it is not complete, or the interdependency is not one.
    """
    for item, needed in _linked(facts):
        if not item.is_done:
            continue
        came_later = needed.end_on and item.end_on and needed.end_on > item.end_on
        if not needed.is_done or came_later:
            yield Hit(
                about_item(item),
                f"It is complete, yet {about_item(needed).words} {'was done later' if needed.is_done else 'is not'}.",
                (
                    _written_links(item),
                    Evidence("Complete", str(item.actual) or str(item.finish)),
                    Evidence(about_item(needed).words, f"{_end_words(needed)}, {status_of(needed.status)}"),
                ),
            )


@check("DEP-05", Severity.HIGH, clear_by="Take out the interdependency that is not one.")
def wait_for_one_another(facts: ReportFacts, today: date) -> Iterator[Hit]:
    """Rows wait for one another in a circle.

    None of them can begin.
    """
    needs = defaultdict(list)
    for item, needed in _linked(facts):
        needs[item.id].append(needed)
    told: set[frozenset[int]] = set()
    for item in facts.items:
        circle = _circle_from(item, needs)
        members = frozenset(each.id for each in circle)
        if circle and members not in told:
            told.add(members)
            way = " waits for ".join(each.ref for each in (*circle, circle[0]))
            yield Hit(about_item(item), "It waits, by way of others, for itself.", (Evidence("Circle", way),))


def _circle_from(start: ItemFacts, needs: dict[int, list[ItemFacts]]) -> list[ItemFacts]:
    """The rows on a way from `start` back to it; empty where there is none."""
    ways = [[start]]
    seen: set[int] = set()
    while ways:
        way = ways.pop()
        for needed in needs[way[-1].id]:
            if needed.id == start.id:
                return way
            if needed.id not in seen:
                seen.add(needed.id)
                ways.append([*way, needed])
    return []


def _linked(facts: ReportFacts) -> Iterator[tuple[ItemFacts, ItemFacts]]:
    """Each row with each other row of the plan that it waits for."""
    by_ref = {item.ref: item for item in facts.items if item.ref}
    for item in facts.items:
        for link in item.links:
            if link.kind is LinkKind.OK:
                yield item, by_ref[link.ref]


def _expected_end(item: ItemFacts, today: date) -> date | None:
    if item.is_done or item.finish.on is None:
        return item.end_on
    return max(item.finish.on, today)


def _end_words(item: ItemFacts) -> str:
    return str(item.actual) or str(item.finish) or "no date"


def _written_links(item: ItemFacts) -> Evidence:
    return Evidence("Interdependencies as written", item.interdependencies)
