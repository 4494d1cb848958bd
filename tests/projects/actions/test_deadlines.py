"""Deadlines counted from meetings, and how they follow when meetings, rules or bank holidays change."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from auditlog.models import LogEntry

from projects.actions.committees import add_meeting, cancel_meeting, change_meeting
from projects.actions.deadlines import add_period, change_calendar, change_period
from projects.actions.organisations import change_organisation, close_period, make_periods, make_periods_ahead
from projects.actions.reports import start_series
from projects.actions.writing import EditedMeanwhile
from projects.holidays import bank_holidays
from projects.models import Cadence, Calendar, Meeting, Period, ReportTemplate
from tests import factories

pytestmark = pytest.mark.django_db
LONDON = ZoneInfo("Europe/London")


def at(year, month, day, hour=0, minute=0, second=0):
    return datetime(year, month, day, hour, minute, second, tzinfo=LONDON)


@pytest.fixture
def board(organisation):
    return factories.board(organisation, name="Project team")


def calendar_of(organisation, board, rule, amount, cadence=Cadence.MONTHLY, **fields):
    return Calendar.objects.create(
        organisation=organisation,
        name="Counted from meetings",
        slug="counted",
        cadence=cadence,
        deadline_rule=rule,
        deadline_amount=amount,
        board=board,
        **fields,
    )


def period_of(calendar, slug):
    return Period.objects.get(calendar=calendar, slug=slug)


def test_a_checkpoint_is_due_48_hours_before_the_team_meets(organisation, board, pmo):
    """Norwich, section 4.8.3: sent at least 48 hours before the next project team meeting, every fortnight."""
    for day in (15, 29):
        add_meeting(board, at(2009, 5, day, 10), by=pmo)
    calendar = calendar_of(organisation, board, "hours_before", 48, Cadence.FORTNIGHTLY)
    days = {"starts_on": date(2009, 5, 1), "ends_on": date(2009, 5, 14), "as_at_on": date(2009, 5, 14)}
    first = Period(organisation=organisation, calendar=calendar, slug="a", label="1 to 14 May 2009", **days)
    first = add_period(first, {}, by=pmo)
    assert (first.meeting.starts_at, first.due_at) == (at(2009, 5, 15, 10), at(2009, 5, 13, 10))
    made = make_periods(calendar, year=2009, by=pmo)
    assert (made[0].ends_on, made[0].due_at) == (date(2009, 5, 28), at(2009, 5, 27, 10))
    assert (made[1].meeting, made[1].due_at) == (None, None)  # nobody has said when the team meets in June


def test_five_clear_days_before_the_committee(organisation, board, pmo):
    """Local Government Act 1972, s.100B: open five clear days before, neither end counted."""
    add_meeting(board, at(2019, 7, 16, 19, 30), by=pmo)
    calendar = calendar_of(organisation, board, "clear_days", 5)
    make_periods(calendar, year=2019, by=pmo)
    assert period_of(calendar, "2019-06").due_at == at(2019, 7, 10, 23, 59, 59)


def test_seven_working_days_over_christmas(organisation, board, pmo):
    """From 8 January 2020 back: 7, 6, 3, 2 January, 31, 30 and 27 December; the 1st, 25th and 26th are holidays."""
    add_meeting(board, at(2020, 1, 8, 10), by=pmo)
    calendar = calendar_of(organisation, board, "working_days", 7)
    make_periods(calendar, year=2019, by=pmo)
    assert period_of(calendar, "2019-12").due_at == at(2019, 12, 27, 23, 59, 59)


def test_bank_holidays_are_the_nation_s():
    assert date(2020, 1, 2) in bank_holidays("SCT", [2020])
    assert date(2020, 1, 2) not in bank_holidays("ENG", [2020])
    assert date(2022, 9, 19) in bank_holidays("WLS", [2022])


def test_another_nation_s_holidays_move_deadlines_of_open_periods(organisation, board, administrator):
    add_meeting(board, at(2020, 1, 8, 10), by=administrator)
    calendar = calendar_of(organisation, board, "working_days", 7)
    make_periods(calendar, year=2019, by=administrator)
    change_organisation(organisation, {"bank_holidays": "SCT"}, by=administrator)
    # 2 January is a holiday in Scotland: a working day more is counted back
    assert period_of(calendar, "2019-12").due_at == at(2019, 12, 24, 23, 59, 59)


@pytest.fixture
def june_and_july(organisation, board, administrator):
    """June is taken by the meeting of 10 July, July by that of 7 August, both due two days before."""
    for month, day in ((7, 10), (8, 7)):
        add_meeting(board, at(2019, month, day, 10), by=administrator)
    calendar = calendar_of(organisation, board, "hours_before", 48)
    make_periods(calendar, year=2019, by=administrator)
    return calendar


def lines_about(period):
    return LogEntry.objects.get_for_object(period).filter(action=LogEntry.Action.UPDATE)


def test_a_meeting_that_moves_takes_its_deadlines_along(june_and_july, administrator):
    meeting = Meeting.objects.get(starts_at=at(2019, 8, 7, 10))
    change_meeting(meeting, {"starts_at": at(2019, 8, 9, 14)}, by=administrator)
    july = period_of(june_and_july, "2019-07")
    assert july.due_at == at(2019, 8, 7, 14)
    line = lines_about(july).get()
    assert (line.actor, set(line.changes)) == (administrator, {"due_at"})
    assert "was changed" in line.additional_data["reason"]
    assert not lines_about(period_of(june_and_july, "2019-06")).exists()


def test_a_meeting_that_is_cancelled_hands_its_periods_to_the_next(june_and_july, administrator):
    cancel_meeting(Meeting.objects.get(starts_at=at(2019, 7, 10, 10)), by=administrator)
    june = period_of(june_and_july, "2019-06")
    assert (june.meeting.starts_at, june.due_at) == (at(2019, 8, 7, 10), at(2019, 8, 5, 10))


def test_a_new_meeting_in_between_takes_the_period(june_and_july, board, administrator):
    add_meeting(board, at(2019, 7, 3, 9), by=administrator)
    assert period_of(june_and_july, "2019-06").due_at == at(2019, 7, 1, 9)
    assert period_of(june_and_july, "2019-07").due_at == at(2019, 8, 5, 10)


def test_the_meeting_on_the_last_day_takes_the_period(june_and_july, board, administrator):
    add_meeting(board, at(2019, 6, 30, 9), by=administrator)
    assert period_of(june_and_july, "2019-06").due_at == at(2019, 6, 28, 9)


def test_closed_periods_stay_as_they_were(june_and_july, administrator):
    june = close_period(period_of(june_and_july, "2019-06"), by=administrator)
    meeting = Meeting.objects.get(starts_at=at(2019, 7, 10, 10))
    change_meeting(meeting, {"starts_at": at(2019, 7, 12, 10)}, by=administrator)
    june.refresh_from_db()
    assert june.due_at == at(2019, 7, 8, 10)


def test_another_rule_moves_the_open_ones(june_and_july, administrator):
    change_calendar(june_and_july, {"deadline_amount": 24}, by=administrator)
    assert period_of(june_and_july, "2019-06").due_at == at(2019, 7, 9, 10)
    change_calendar(june_and_july, {"deadline_rule": "days_after_end", "deadline_amount": 7}, by=administrator)
    june = period_of(june_and_july, "2019-06")
    assert (june.meeting, june.due_at) == (None, at(2019, 7, 7, 23, 59, 59))


def test_what_was_set_by_hand_stays(june_and_july, administrator):
    june = period_of(june_and_july, "2019-06")
    change_period(june, {"due_at": at(2019, 7, 1, 17)}, by=administrator)
    change_calendar(june_and_july, {"deadline_amount": 24}, by=administrator)
    assert period_of(june_and_july, "2019-06").due_at == at(2019, 7, 1, 17)
    assert period_of(june_and_july, "2019-07").due_at == at(2019, 8, 6, 10)


def test_a_meeting_chosen_by_hand_brings_its_deadline_and_keeps_it(june_and_july, administrator):
    june = period_of(june_and_july, "2019-06")
    august = Meeting.objects.get(starts_at=at(2019, 8, 7, 10))
    june = change_period(june, {"meeting": august}, by=administrator)
    assert june.due_at == at(2019, 8, 5, 10)
    change_meeting(august, {"starts_at": at(2019, 8, 8, 10)}, by=administrator)
    june.refresh_from_db()
    assert (june.meeting, june.due_at) == (august, at(2019, 8, 6, 10))


def test_a_lost_race_for_a_calendar_moves_no_deadline_and_is_noted(june_and_july, administrator):
    change_calendar(june_and_july, {"name": "Checkpoints"}, by=administrator)
    with pytest.raises(EditedMeanwhile):
        change_calendar(Calendar.objects.get(pk=june_and_july.pk), {"deadline_amount": 24}, version=1, by=administrator)
    assert period_of(june_and_july, "2019-06").due_at == at(2019, 7, 8, 10)
    notes = [(line.additional_data or {}).get("reason", "") for line in LogEntry.objects.get_for_object(june_and_july)]
    assert sum(note.startswith("Not saved") for note in notes) == 1


@pytest.mark.parametrize(
    ("cadence", "codes"),
    [
        ("quarterly", ["Q1 19/20", "Q2 19/20"]),
        ("monthly", ["Apr 19", "May 19"]),
        ("weekly", ["7 Apr 19", "14 Apr 19"]),
    ],
)
def test_short_codes_are_unique_within_a_calendar(organisation, administrator, cadence, codes):
    calendar = Calendar.objects.create(organisation=organisation, name="C", slug="c", cadence=cadence)
    made = [*make_periods(calendar, year=2019, by=administrator), *make_periods(calendar, year=2020, by=administrator)]
    assert [period.short_code for period in made[:2]] == codes
    assert len({period.short_code for period in made}) == len(made)
    assert max(len(period.short_code) for period in made) <= 12


def test_the_next_year_is_made_in_time(organisation, administrator):
    """The council's own calendar runs to 31 March 2020; 60 days before that is 31 January."""
    monthly = Calendar.objects.get(organisation=organisation)
    assert make_periods_ahead(organisation, by=None) == []  # nothing reports by it
    project = factories.project(organisation, with_series=False)
    start_series(project, ReportTemplate.objects.get(organisation=organisation), monthly, by=administrator)
    for today, made in ((date(2020, 1, 30), 0), (date(2020, 1, 31), 12), (date(2020, 2, 1), 0)):
        organisation.clock_on = today
        assert len(make_periods_ahead(organisation, by=None)) == made, today
    assert monthly.periods.order_by("ends_on").last().ends_on == date(2021, 3, 31)
