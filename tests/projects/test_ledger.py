"""The re-cast ledger: moves worked out by hand from three reports and two changes."""

from datetime import date

import pytest

from projects.actions.change_control import decide_change, raise_change, set_first_baseline, submit_change
from projects.actions.rows import change_row
from projects.ledger import BASELINE, FORECAST, NO_REQUEST, ledger_of, ordered
from projects.models import ChangeRequest, Node, PlanItemBaseline, PlanItemUpdate
from projects.rules.dates import parse_written_date
from projects.rules.limits import DEFAULT_LIMITS
from tests import factories


def report_that_says(project, period, finishes):
    """An approved report; finishes are {title: date in words}."""
    draft = factories.draft(project, period)
    rows = {row.title: row for row in draft.planitemupdate_rows.all()}
    for title, words in finishes.items():
        if title in rows:
            columns = PlanItemUpdate.finish.values(parse_written_date(words))
            change_row(rows[title], columns, by=factories.system_user())
        else:
            factories.milestone(draft, title, finish=words)
    return factories.approved(project, report=draft)


def held_to(item, words):
    baseline = PlanItemBaseline(organisation=item.organisation, plan_item=item)
    baseline.finish = parse_written_date(words)
    return baseline


def rebaselined(item, words, officer, pmo):
    request = raise_change(
        item.node,
        by=officer,
        sort=ChangeRequest.Sort.BASELINE,
        item_words=f"Milestone change: {item.title} to {words}",
        description="Later",
        baselines=[held_to(item, words)],
    )
    return decide_change(submit_change(request, by=officer), by=pmo, approve=True)


def all_nodes():
    return Node.objects.all()


@pytest.fixture
def three_reports(organisation, project):
    may = factories.period(organisation, date(2019, 5, 31))
    june = factories.next_period(may)
    july = factories.next_period(june)
    for period, doors, hall in (
        (may, "31/12/2019", "31/10/2019"),
        (june, "31/01/2020", "31/10/2019"),
        (july, "01/03/2020", "Autumn 2019"),
    ):
        report_that_says(project, period, {"Doors open": doors, "Hall let": hall})
    return may, june, july


def test_every_move_of_a_forecast_is_told(three_reports):
    doors, hall = ledger_of(all_nodes(), DEFAULT_LIMITS)
    assert [(move.before, move.after, move.days, move.report_words) for move in doors.moves] == [
        ("31/12/2019", "31/01/2020", 31, "June 2019"),
        ("31/01/2020", "01/03/2020", 30, "July 2019"),
    ]
    assert (doors.title, doors.forecast_moves, doors.baseline_moves, doors.forecast_days) == ("Doors open", 2, 0, 61)
    assert {move.why for move in doors.moves} == {NO_REQUEST}
    assert doors.unrequested == 2
    assert [(move.before, move.after, move.days) for move in hall.moves] == [("31/10/2019", "Autumn 2019", 30)]


def test_the_same_day_in_other_words_is_no_move(organisation, project):
    may = factories.period(organisation, date(2019, 5, 31))
    report_that_says(project, may, {"Doors open": "Mar-20"})
    report_that_says(project, factories.next_period(may), {"Doors open": "31/03/2020"})
    assert ledger_of(all_nodes(), DEFAULT_LIMITS) == []


def test_moves_of_the_baseline_name_their_request_and_add_up(three_reports, project, officer, pmo):
    item = project.plan_items.get(title="Doors open")
    set_first_baseline(held_to(item, "31/12/2019"), by=pmo)
    first = rebaselined(item, "20/01/2020", officer, pmo)
    rebaselined(item, "31/01/2020", officer, pmo)
    doors = ledger_of(all_nodes(), DEFAULT_LIMITS)[0]
    moves = [move for move in doors.moves if move.sort == BASELINE]
    assert [(move.before, move.after, move.days) for move in moves] == [
        ("31/12/2019", "20/01/2020", 20),
        ("20/01/2020", "31/01/2020", 11),
    ]
    assert (moves[0].change_id, moves[0].why, moves[0].by) == (first.pk, first.item_words, pmo.post)
    assert (doors.drift.days, doors.drift.rating.because) == (
        31,
        "Drift since the first baseline is 31 days; AMBER from 28 days",
    )


def test_a_note_of_the_same_report_stands_behind_its_move(three_reports, project, officer):
    item = project.plan_items.get(title="Doors open")
    july = project.headline_series.reports.get(as_at_on=three_reports[2].as_at_on)
    noted = raise_change(
        project,
        by=officer,
        item_words="Doors later",
        description="Roof",
        touches=[{"plan_item": item, "report": july}],
    )
    moves = [move for move in ledger_of(all_nodes(), DEFAULT_LIMITS)[0].moves if move.sort == FORECAST]
    assert [move.change_id for move in moves] == [None, noted.pk]


def test_until_a_day_only_what_had_moved_by_then(three_reports):
    (doors,) = ledger_of(all_nodes(), DEFAULT_LIMITS, until=three_reports[1].as_at_on)
    assert [move.after for move in doors.moves] == ["31/01/2020"]


def test_the_furthest_come_first_where_asked(three_reports, project, officer, pmo):
    item = project.plan_items.get(title="Hall let")
    set_first_baseline(held_to(item, "31/10/2019"), by=pmo)
    rebaselined(item, "31/10/2020", officer, pmo)
    entries = ledger_of(all_nodes(), DEFAULT_LIMITS)
    assert [entry.title for entry in ordered(entries, "drift")] == ["Hall let", "Doors open"]
    assert [entry.title for entry in ordered(entries, "forecast")] == ["Doors open", "Hall let"]


def test_a_ledger_costs_the_same_however_long(organisation, project, count_queries):
    may = factories.period(organisation, date(2019, 5, 31))
    for number, period in enumerate((may, factories.next_period(may))):
        report_that_says(project, period, {f"Door {each}": f"0{number + 1}/12/2019" for each in range(2)})
    with count_queries() as few:
        assert len(ledger_of(all_nodes(), DEFAULT_LIMITS)) == 2
    pool = factories.project(organisation, slug="pool", title="New pool")
    for number, period in enumerate((may, factories.next_period(may))):
        report_that_says(pool, period, {f"Lane {each}": f"0{number + 1}/12/2019" for each in range(20)})
    with count_queries() as many:
        assert len(ledger_of(all_nodes(), DEFAULT_LIMITS)) == 22
    assert len(many) == len(few) == 4
