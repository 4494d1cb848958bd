"""Reminders: who gets which, once each, whatever runs at the same time and whatever the mail server does."""

import smtplib
import threading
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from projects.actions.change_control import raise_change
from projects.actions.locks import grant_exception
from projects.actions.organisations import close_period
from projects.actions.reminders import remind_now, send_reminders
from projects.actions.reports import submit_report
from projects.models import (
    Board,
    Calendar,
    ChangeAwareness,
    ChangeRequest,
    Grant,
    Organisation,
    Period,
    Reminder,
    Series,
)
from projects.returns import returns_of
from tests import factories

LONDON = ZoneInfo("Europe/London")
DUE_ON = date(2019, 8, 7)  # of July: seven days after its end


@pytest.fixture
def chased(project):
    """July is the only period, due on 7 August; reminders 5 days and 1 day before it, and each week after."""
    Period.objects.filter(organisation=project.organisation).exclude(slug="2019-07").delete()
    return project


def send(organisation, day):
    """Send what is due on `day`; the mails it made."""
    mail.outbox.clear()
    organisation.clock_on = day
    organisation.save()
    send_reminders([organisation])
    return list(mail.outbox)


def to(mails):
    return sorted(each.to[0].split("@")[0] for each in mails)


@pytest.mark.django_db
def test_officers_are_reminded_on_the_calendar_s_days_and_once_a_step(chased, officer):
    organisation = chased.organisation
    sent = {day: len(send(organisation, date(2019, 8, day))) for day in (1, 2, 3, 5, 6, 7)}
    assert sent == {1: 0, 2: 1, 3: 0, 5: 0, 6: 1, 7: 0}


@pytest.mark.django_db
def test_a_step_missed_while_nothing_ran_is_made_good_once(chased, officer):
    assert len(send(chased.organisation, date(2019, 8, 4))) == 1
    assert Reminder.objects.get().step_on == date(2019, 8, 2)
    assert send(chased.organisation, date(2019, 8, 5)) == []


@pytest.mark.django_db
def test_late_reports_are_told_to_the_officer_and_the_pmo_each_week(chased, officer, pmo):
    days = (8, 9, 14, 15, 16, 22)
    sent = {day: to(send(chased.organisation, date(2019, 8, day))) for day in days}
    both = ["officer", "pmo"]
    assert sent == {8: both, 9: [], 14: [], 15: both, 16: [], 22: both}


@pytest.mark.django_db
def test_never_late_where_the_calendar_says_so(chased, officer):
    Calendar.objects.update(remind_late_every=0)
    assert send(chased.organisation, date(2019, 8, 8)) == []


@pytest.mark.django_db
def test_one_mail_a_person_with_all_that_waits_for_them(chased, officer):
    factories.project(chased.organisation, slug="pool", title="Pool & baths")
    (only,) = send(chased.organisation, date(2019, 8, 2))
    assert only.subject == "Westshire Council: 2 due"
    assert "- New library, July 2019: due 7 August 2019 at 23:59. Not begun." in only.body
    assert "- Pool & baths, July 2019" in only.body
    assert "http://127.0.0.1:8000/nodes/westshire/pool/periods/" in only.body
    assert only.content_subtype == "plain"
    assert set(Reminder.objects.values_list("series__node__title", "period__slug")) == {
        ("New library", "2019-07"),
        ("Pool & baths", "2019-07"),
    }


@pytest.mark.django_db
def test_what_is_in_is_not_asked_for(chased, officer):
    submit_report(factories.draft(chased, factories.period(chased.organisation)), by=officer)
    assert send(chased.organisation, date(2019, 8, 2)) == []


@pytest.mark.django_db
def test_only_a_series_with_an_exception_is_asked_for_a_closed_period(chased, officer, pmo):
    factories.project(chased.organisation, slug="pool", title="Pool")
    july = close_period(Period.objects.get(slug="2019-07"), by=pmo)
    assert send(chased.organisation, date(2019, 8, 2)) == []
    grant_exception(july, chased.headline_series, until_on=None, reason="Ill", by=pmo)
    (only,) = send(chased.organisation, date(2019, 8, 2))
    assert "New library" in only.body
    assert "Pool" not in only.body


@pytest.mark.django_db
def test_the_nearest_officers_and_the_holder_of_the_lead_s_post(chased, officer):
    organisation = chased.organisation
    near = factories.person("near@example.org", organisation, "officer", node=chased)
    lead = factories.person("lead@example.org", organisation, "director")
    outsider = factories.person("outsider@example.org", organisation)
    chased.lead_post = factories.post(organisation, holder=lead)
    chased.save()
    pool = factories.project(organisation, slug="pool", title="Pool")
    pool.lead_post = factories.post(organisation, title="Bather", holder=outsider)
    pool.save()
    mails = {each.to[0]: each.body for each in send(organisation, date(2019, 8, 2))}
    assert set(mails) == {near.email, lead.email, officer.email}
    assert "New library" not in mails[officer.email]  # somebody nearer writes it
    assert "Pool" in mails[officer.email]


@pytest.mark.django_db
def test_deputies_in_force_are_reminded_and_inactive_people_are_not(chased, officer):
    organisation, today = chased.organisation, timezone.localdate()
    for name, starts, ends in (
        ("deputy", today, today),
        ("past", None, today - timedelta(days=1)),
        ("future", today + timedelta(days=1), None),
    ):
        deputy = factories.person(f"{name}@example.org", organisation)
        factories.grant(deputy, organisation, "officer", deputy_for=officer, starts_on=starts, ends_on=ends)
    gone = factories.person("gone@example.org", organisation, "officer")
    gone.is_active = False
    gone.save()
    assert to(send(organisation, date(2019, 8, 2))) == ["deputy", "officer"]


@pytest.mark.django_db
def test_nothing_exempt_leaves_the_portal(chased, officer, pmo):
    chased.is_exempt = True
    chased.title = "Secret purchase"
    chased.save()
    raise_change(chased, by=officer, item_words="Price doubled", description="x", sort=ChangeRequest.Sort.BASELINE)
    ChangeRequest.objects.update(state="submitted", raised_at=datetime(2019, 7, 1, tzinfo=LONDON))
    mails = send(chased.organisation, date(2019, 8, 8))
    assert to(mails) == ["officer", "pmo"]
    for each in mails:
        assert "Secret" not in each.body + each.subject
        assert "Price" not in each.body
        assert "An exempt project, July 2019" in each.body


@pytest.fixture
def change(chased, pmo):
    """A change raised on 1 July that awaits a decision, where two boards are to be told of changes."""
    for name in ("Leadership Team", "Investment Board"):
        factories.board(chased.organisation, name=name, awareness_heading=f"Date {name} aware")
    request = raise_change(chased, by=pmo, item_words="Doors", description="x", sort=ChangeRequest.Sort.BASELINE)
    ChangeRequest.objects.filter(pk=request.pk).update(
        state="submitted", raised_at=datetime(2019, 7, 1, 9, tzinfo=LONDON)
    )
    ChangeAwareness.objects.filter(change_request=request).delete()
    Series.objects.update(is_archived=True)  # no report is asked for here
    return request


@pytest.mark.django_db
def test_changes_to_decide_and_blanks_of_awareness_go_to_the_pmo(change, chased, officer):
    """A week after it was raised for a decision, two weeks for boards not told; each week from then on."""
    organisation = chased.organisation
    said = {day: [each.subject for each in send(organisation, date(2019, 7, day))] for day in (7, 8, 14, 15, 21, 22)}
    decide, both = ["Westshire Council: 1 to decide"], ["Westshire Council: 1 not told, 1 to decide"]
    assert said == {7: [], 8: decide, 14: [], 15: both, 21: [], 22: both}
    only = Reminder.objects.get(kind="awareness", step_on=date(2019, 7, 22))
    assert (only.change_request, only.user.email) == (change, "pmo@westshire.example.org")


@pytest.mark.django_db
def test_a_board_that_was_told_is_not_asked_for(change, chased):
    told = Board.objects.get(name="Leadership Team")
    ChangeAwareness.objects.create(
        organisation=chased.organisation, change_request=change, board=told, aware_words="17 July 2019"
    )
    (only,) = send(chased.organisation, date(2019, 7, 15))
    assert "No date yet for: Investment Board." in only.body


class Refusing(EmailBackend):
    """A mail server that takes no message."""

    def send_messages(self, messages):
        raise smtplib.SMTPServerDisconnected("gone")


class Unreachable(EmailBackend):
    def open(self):
        raise ConnectionRefusedError("no server")


@pytest.mark.django_db
def test_a_mail_that_fails_is_not_repeated_and_can_be_seen(chased, officer, settings, caplog):
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    assert send(chased.organisation, date(2019, 8, 2)) == []
    assert Reminder.objects.get().sent_at is None
    assert "could not be sent" in caplog.text
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert send(chased.organisation, date(2019, 8, 2)) == []


@pytest.mark.django_db
def test_a_server_that_cannot_be_reached_costs_no_reminder(chased, officer, settings):
    settings.EMAIL_BACKEND = f"{__name__}.Unreachable"
    Organisation.objects.update(clock_on=date(2019, 8, 2))
    with pytest.raises(CommandError, match="could not be sent"):
        call_command("send_reminders")
    assert not Reminder.objects.exists()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert len(send(chased.organisation, date(2019, 8, 2))) == 1


@pytest.mark.django_db
def test_reminded_by_hand_once_a_day(chased, officer, pmo):
    organisation = chased.organisation
    july = Period.objects.select_related("calendar", "organisation").get(slug="2019-07")
    pool = factories.project(organisation, slug="pool", title="Pool")
    waiting = returns_of(type(pool).objects.filter(pk=pool.pk), july).select_related("node__lead_post__holder")
    first = remind_now(waiting, july, by=pmo)
    again = remind_now(waiting, july, by=pmo)
    assert (first.people, first.things, again.people, again.repeated) == (1, 1, 0, 1)
    assert "Pool" in mail.outbox[0].body
    Grant.objects.filter(user=officer).delete()
    assert remind_now(waiting, july, by=pmo).nobody == ["Pool"]


@pytest.mark.django_db
def test_a_large_council_costs_the_same_but_for_its_people(chased, officer, count_queries):
    def cost(day):
        with count_queries() as counted:
            assert len(send(chased.organisation, date(2019, 8, day))) == 1
        return len(counted)

    before = cost(2)
    for number in range(20):
        factories.project(chased.organisation, slug=f"p{number}", title=f"Project {number}")
    assert cost(6) <= before


def test_processes_that_run_at_once_send_one_mail_a_person(transactional_db):
    """Eight at the same moment: each person has one mail, each reminder one row."""
    organisation = factories.council(clock_on=date(2019, 8, 2))
    Period.objects.filter(organisation=organisation).exclude(slug="2019-07").delete()
    for number in range(5):
        factories.project(organisation, slug=f"p{number}", title=f"Project {number}")
    for number in range(6):
        factories.person(f"officer{number}@example.org", organisation, "officer")
    barrier, wrong = threading.Barrier(8), []

    def run():
        try:
            barrier.wait()
            send_reminders([Organisation.objects.get(pk=organisation.pk)])
        except Exception as error:
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert to(mail.outbox) == [f"officer{number}" for number in range(6)]
    assert Reminder.objects.count() == 30
    assert not Reminder.objects.filter(sent_at=None).exists()
