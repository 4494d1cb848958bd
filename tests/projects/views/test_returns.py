"""The returns page, reminding from it, and the page of a period."""

import csv
from datetime import date, datetime
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.urls import reverse

from projects.actions.organisations import close_period
from projects.actions.reports import open_draft, return_report, submit_report
from projects.models import Calendar, Period, PeriodException, Reminder, Report, ReportTemplate
from tests import factories
from tests.beginnings import handed_out

pytestmark = pytest.mark.django_db
LONDON = ZoneInfo("Europe/London")
SEEN_ON = date(2019, 8, 12)  # July was due on the 7th


@pytest.fixture(scope="module")
def beginning(founded):
    """One not begun, one begun, one in on the last evening, one two days late; all but the second known in June."""
    founded.clock_on = SEEN_ON
    founded.save()
    july, june = factories.period(founded), factories.period(founded, date(2019, 6, 30))
    officer = factories.person("officer@westshire.example.org", founded, "officer")
    nodes = {slug: factories.project(founded, slug=slug, title=slug.capitalize())
             for slug in ("absent", "begun", "early", "late")}  # fmt: skip
    for slug in ("absent", "early", "late"):
        factories.approved(nodes[slug], june)
    factories.draft(nodes["begun"], july)
    for slug, day in (("early", 7), ("late", 9)):
        submit_report(factories.draft(nodes[slug], july), by=officer, at=datetime(2019, 8, day, 20, tzinfo=LONDON))
    return {"july": july, "officer": officer, "four": nodes}


july, four = handed_out("july", "four")


def page(client, node, **asked):
    return client.get(reverse("returns", args=[node.organisation.slug, node.slug]), {"period": "2019-07", **asked})


def top(organisation):
    return factories.top_node(organisation)


def test_where_each_report_is_with_whom_and_how_late(client, pmo, four, organisation):
    client.force_login(pmo)
    answer = page(client, top(organisation))
    told = {
        line.node.slug: (line.state, line.with_whom, line.lateness.because, line.last_known)
        for line in answer.context["lines"]
    }
    assert told == {
        "absent": ("Not begun", "The officers", "Not in, 4 days late", "June 2019"),
        "begun": ("Draft", "The officers", "Not in, 4 days late", ""),
        "late": ("Submitted", "The PMO", "In 1 day late", "June 2019"),
        "early": ("Submitted", "The PMO", "In time", "June 2019"),
    }
    assert list(told) == ["absent", "begun", "late", "early"]  # the latest first
    totals = answer.context["totals"]
    assert (totals.expected, totals.reported, totals.late, totals.not_begun, totals.waiting) == (4, 2, 3, 1, 2)
    assert "last known June 2019" in answer.text


@pytest.mark.parametrize("due_at", [None, datetime(2019, 8, 20, 17, tzinfo=LONDON)])
def test_nothing_is_late_before_the_deadline_or_without_one(client, pmo, four, organisation, july, due_at):
    Period.objects.filter(pk=july.pk).update(due_at=due_at)
    client.force_login(pmo)
    totals = page(client, top(organisation)).context["totals"]
    assert (totals.expected, totals.reported, totals.late, totals.not_begun, totals.waiting) == (4, 2, 0, 1, 2)
    assert page(client, top(organisation), shown="late").context["lines"] == []


@pytest.mark.parametrize(
    ("shown", "slugs"),
    [
        ("missing", {"absent", "begun"}),
        ("late", {"absent", "begun", "late"}),
        ("not-begun", {"absent"}),
        ("begun", {"begun"}),
        ("waiting", {"early", "late"}),
        ("approved", set()),
        ("nonsense", {"absent", "begun", "early", "late"}),
    ],
)
def test_filters(client, pmo, four, organisation, shown, slugs):
    client.force_login(pmo)
    answer = page(client, top(organisation), shown=shown)
    assert {line.node.slug for line in answer.context.get("lines", ())} == slugs


def test_a_returned_report_is_with_its_officer_again(client, pmo, four, organisation):
    post = factories.post(organisation, title="Librarian")
    type(four["early"]).objects.filter(pk=four["early"].pk).update(lead_post=post)
    return_report(Report.objects.get(node=four["early"], state="submitted"), by=pmo, reason="No figures")
    client.force_login(pmo)
    line = next(line for line in page(client, top(organisation)).context["lines"] if line.node.slug == "early")
    assert (line.state, line.with_whom, line.is_in) == ("Returned", "Librarian", False)


def test_only_what_should_report_is_listed(client, pmo, organisation, july, four):
    """Not another calendar's; not, outside demonstrations, what was not there yet and has no report of then."""
    other = Calendar.objects.create(organisation=organisation, name="Weekly", slug="weekly", cadence="weekly")
    elsewhere = factories.project(organisation, slug="elsewhere", with_series=False)
    factories.start_series(elsewhere, ReportTemplate.objects.get(organisation=organisation), other, by=pmo)
    client.force_login(pmo)
    assert "elsewhere" not in {line.node.slug for line in page(client, top(organisation)).context["lines"]}
    organisation.clock_on = None
    organisation.save()
    # all were made today, long after July 2019: only those with a report of then or before are left
    factories.project(organisation, slug="new", title="New")
    assert {line.node.slug for line in page(client, top(organisation)).context["lines"]} == set(four)


def test_the_list_as_csv_is_whole_and_safe(client, director, four, organisation):
    type(four["absent"]).objects.filter(pk=four["absent"].pk).update(title="=1+1")
    client.force_login(director)
    answer = page(client, top(organisation), format="csv", shown="missing")
    rows = list(csv.reader(b"".join(answer.streaming_content).decode().splitlines()))
    assert rows[0][:4] == ["Project", "State", "Who has it now", "Due"]
    assert [row[0] for row in rows[1:]] == ["'=1+1", "Begun"]
    assert rows[1][3:6] == ["2019-08-07 23:59", "", "Not in, 4 days late"]


def test_two_rows_and_twenty_two_cost_the_same(client, pmo, organisation, july, count_queries):
    client.force_login(pmo)

    def cost():
        page(client, top(organisation))
        with count_queries() as counted:
            page(client, top(organisation))
        return len(counted)

    for number in range(2):
        factories.approved(factories.project(organisation, slug=f"p{number}", title=f"P {number}"), july)
    two = cost()
    for number in range(2, 22):
        factories.draft(factories.project(organisation, slug=f"p{number}", title=f"P {number}"), july)
    assert cost() == two


def test_somebody_sees_only_what_lies_beneath_and_is_visible(client, organisation, four, july):
    reader_of_one = factories.person("one@example.org", organisation, "director", node=four["begun"])
    client.force_login(reader_of_one)
    answer = page(client, four["begun"])
    assert [line.node.slug for line in answer.context["lines"]] == ["begun"]
    assert "Remind those ticked" not in answer.text
    assert page(client, top(organisation)).status_code == 404


# ---- reminding ----


def remind(client, organisation, july, *nodes, back=""):
    where = reverse("returns-remind", args=[organisation.slug, organisation.slug])
    return client.post(
        where,
        {"period": july.pk, "series": [node.headline_series.pk for node in nodes], "back": back},
        follow=True,
    )


def test_those_ticked_are_reminded_once_and_the_choice_is_kept(client, pmo, officer, organisation, july, four):
    client.force_login(pmo)
    answer = remind(client, organisation, july, four["absent"], four["early"], back="period=2019-07&shown=missing")
    assert "1 person was reminded of 1 report." in answer.text  # what is in is not asked for
    assert parse_qs(urlsplit(answer.redirect_chain[-1][0]).query) == {"period": ["2019-07"], "shown": ["missing"]}
    assert "Absent, July 2019: was due 7 August 2019 at 23:59, 4 days late. Not begun." in mail.outbox[0].body
    again = remind(client, organisation, july, four["absent"])
    assert "nothing is sent twice" in again.text
    assert len(mail.outbox) == 1
    line = next(line for line in page(client, top(organisation)).context["lines"] if line.node.slug == "absent")
    assert line.reminded_at == Reminder.objects.get().sent_at


def test_nothing_ticked_is_said(client, pmo, organisation, july, four):
    client.force_login(pmo)
    assert "Tick the reports to remind of first." in remind(client, organisation, july).text


def test_nobody_is_reminded_of_a_locked_report(client, pmo, officer, organisation, july, four):
    close_period(july, by=pmo)
    client.force_login(pmo)
    assert "Nobody was reminded" in remind(client, organisation, july, four["absent"]).text
    assert "Remind those ticked" not in page(client, top(organisation)).text
    assert mail.outbox == []


# ---- the page of a period ----


def period_url(period):
    return reverse("period", args=[period.organisation.slug, period.pk])


def test_closing_shows_what_is_open_and_locks(client, pmo, officer, july, four):
    client.force_login(pmo)
    shown = client.get(period_url(july))
    assert [each.node.slug for each in shown.context["waiting"]] == ["absent", "begun"]
    assert "none is begun, edited, submitted or approved any more" in shown.text
    answer = client.post(period_url(july), {"action": "close"}, follow=True)
    assert "July 2019 is closed: its reports are locked." in answer.text
    july.refresh_from_db()
    assert july.closed_by == pmo
    assert [(event["title"], event["by"]) for event in answer.context["events"]] == [("Closed", str(pmo))]
    client.force_login(officer)
    draft = Report.objects.get(node=four["begun"])
    editor = client.get(reverse("report-edit", args=[draft.pk]))
    assert "This report is locked" in editor.text
    assert "July 2019 was closed on" in editor.text
    assert [step["label"] for step in editor.context["steps"]] == ["Discard the draft"]
    section = client.get(reverse("report-edit-section", args=[draft.pk, "milestones"]), follow=True)
    assert section.redirect_chain
    assert "Its reports are locked" in section.text
    opened = client.post(reverse("report-open", args=[july.organisation.slug, "absent"]), {"period": "2019-07"})
    assert not Report.objects.filter(node=four["absent"], period=july).exists()
    assert opened.status_code == 302


def test_reopening_says_why(client, administrator, july):
    close_period(july, by=administrator)
    client.force_login(administrator)
    assert "Say why." in client.post(period_url(july), {"action": "reopen", "reason": " "}).text
    answer = client.post(period_url(july), {"action": "reopen", "reason": "Closed a day early"}, follow=True)
    july.refresh_from_db()
    assert july.closed_at is None
    assert [event["text"] for event in answer.context["events"]] == ["Closed a day early", ""]


def test_an_exception_is_granted_seen_and_ended(client, pmo, officer, july, four):
    close_period(july, by=pmo)
    client.force_login(pmo)
    series = four["begun"].headline_series
    sent = {"action": "grant", "series": series.pk, "until": "14 August 2019", "reason": "Waiting for the invoice"}
    assert "Begun may report for July 2019." in client.post(period_url(july), sent, follow=True).text
    exception = PeriodException.objects.get()
    assert (exception.until_on, exception.granted_by) == (date(2019, 8, 14), pmo)
    client.force_login(officer)
    editor = client.get(reverse("report-edit", args=[Report.objects.get(node=four["begun"]).pk]))
    assert "until the end of 14 August 2019: Waiting for the invoice" in editor.text
    periods = client.get(reverse("report-periods", args=[july.organisation.slug, "begun"]))
    assert "July 2019" in periods.text
    client.force_login(pmo)
    assert "Exception until 14 August 2019" in page(client, top(july.organisation)).text
    ended = client.post(period_url(july), {"action": f"end:{exception.pk}"}, follow=True)
    assert [each["state"] for each in ended.context["exceptions"]] == ["Ended"]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"reason": ""}, "Say why."),
        ({"until": "soon"}, "Write a day, such as 30 September 2019."),
        ({"until": "1 August 2019"}, "Choose a last day that has not passed."),
        ({"series": ""}, "This field is required."),
    ],
)
def test_an_exception_badly_asked_for_keeps_what_was_typed(client, pmo, july, four, given, sentence):
    close_period(july, by=pmo)
    client.force_login(pmo)
    sent = {
        "action": "grant",
        "series": four["begun"].headline_series.pk,
        "until": "",
        "reason": "The invoice",
        **given,
    }
    answer = client.post(period_url(july), sent)
    assert sentence in answer.text
    assert "The invoice" in answer.text or not given.get("reason", "x")
    assert not PeriodException.objects.exists()


def test_a_button_pressed_twice_is_told_that_something_changed(client, pmo, july):
    close_period(july, by=pmo)
    client.force_login(pmo)
    assert "Somebody else changed July 2019" in client.post(period_url(july), {"action": "close"}, follow=True).text


def test_the_pmo_of_a_part_closes_nothing(client, organisation, july, four):
    client.force_login(factories.person("part@example.org", organisation, "pmo", node=four["begun"]))
    assert client.get(period_url(july)).status_code == 404  # the council itself is hidden from them
    client.force_login(factories.person("whole@example.org", organisation, "director"))
    assert client.get(period_url(july)).status_code == 403


def test_a_new_draft_of_an_exception_can_be_begun(client, pmo, officer, july, four):
    close_period(july, by=pmo)
    client.force_login(pmo)
    sent = {"action": "grant", "series": four["absent"].headline_series.pk, "until": "", "reason": "Ill"}
    client.post(period_url(july), sent)
    draft = open_draft(four["absent"].headline_series, Period.objects.get(pk=july.pk), by=officer)
    assert draft.state == "draft"
