"""The way of a report from draft to publication, a page and a button for each step."""

from datetime import date

import pytest
from django.urls import reverse

from projects.actions.rows import change_row
from projects.models import DimensionRating, PlanItemUpdate, Report, ReportState, Status
from projects.rules.dates import parse_written_date
from tests import factories
from tests.beginnings import handed_out


@pytest.fixture(scope="module")
def beginning(founded):
    """July's draft, a copy of June's approved report, which has a milestone."""
    project = factories.project(founded)
    june = factories.draft(project, factories.period(project.organisation, date(2019, 6, 30)))
    factories.milestone(june, "Doors open", "Mar-20 ongoing", ref="1")
    factories.approved(project, report=june)
    july = factories.draft(project, factories.period(project.organisation, date(2019, 7, 31)))
    return {"project": project, "report": july}


(report,) = handed_out("report")


def step(name, report):
    return reverse(f"report-{name}", args=[report.pk])


def take(client, user, name, report, **sent):
    client.force_login(user)
    return client.post(step(name, report), sent, follow=True)


def state_of(report):
    return Report.objects.get(pk=report.pk).state


def test_from_draft_to_published(client, report, officer, pmo):
    take(client, officer, "submit", report)
    assert state_of(report) == ReportState.SUBMITTED
    take(client, pmo, "approve", report)
    assert state_of(report) == ReportState.APPROVED
    take(client, pmo, "publish", report)
    assert state_of(report) == ReportState.PUBLISHED


def test_looking_at_a_step_takes_none(client, report, officer, pmo):
    client.force_login(officer)
    assert client.get(step("submit", report)).status_code == 200
    assert client.get(step("discard", report)).status_code == 200
    assert state_of(report) == ReportState.DRAFT


def test_submitting_shows_what_has_changed_and_what_was_not_looked_at(client, report, officer):
    milestone = PlanItemUpdate.objects.of(report).get()
    change_row(milestone, PlanItemUpdate.finish.values(parse_written_date("Jun-20")), by=officer)
    factories.milestone(report, "Books moved", ref="2")
    client.force_login(officer)
    page = client.get(step("submit", report))
    lines = [line for told in page.context["changes"] for line in told["lines"]]
    assert {"what": "1 Doors open: Target end date", "before": "Mar-20 ongoing", "after": "Jun-20"} in lines
    assert {"what": "2 Books moved", "is_new": True} in lines
    assert "high-risk-register" in [section.key for section in page.context["untouched"]]
    assert "milestones" not in [section.key for section in page.context["untouched"]]


def test_an_incomplete_report_says_what_is_missing(client, report, officer):
    DimensionRating.objects.of(report).filter(dimension__is_overall=True).update(status=None)
    client.force_login(officer)
    answer = client.post(step("submit", report))
    assert answer.status_code == 409
    assert answer.context["problems"]
    assert state_of(report) == ReportState.DRAFT


def test_a_return_needs_a_reason_which_the_officer_reads(client, report, officer, pmo):
    take(client, officer, "submit", report)
    page = take(client, pmo, "return", report, reason="  ")
    assert "Say why." in page.content.decode()
    assert state_of(report) == ReportState.SUBMITTED
    take(client, pmo, "return", report, reason="Milestone 1 has no forecast.")
    client.force_login(officer)
    assert "Milestone 1 has no forecast." in client.get(reverse("report-edit", args=[report.pk])).content.decode()
    take(client, officer, "submit", report)
    assert state_of(report) == ReportState.SUBMITTED


def test_what_is_submitted_can_be_pulled_back(client, report, officer):
    take(client, officer, "submit", report)
    take(client, officer, "pull-back", report)
    assert state_of(report) == ReportState.DRAFT


def test_the_sponsor_signs_off_where_the_template_asks(client, report, officer, sponsor, pmo):
    type(report.template).objects.filter(pk=report.template_id).update(requires_sign_off=True)
    take(client, officer, "submit", report)
    page = take(client, pmo, "approve", report)
    assert state_of(report) == ReportState.SUBMITTED
    assert "this step is not open" in page.content.decode()
    take(client, sponsor, "sign-off", report)
    assert state_of(report) == ReportState.SIGNED_OFF
    page = take(client, sponsor, "return", report, reason="I was wrong")
    assert state_of(report) == ReportState.SIGNED_OFF
    take(client, pmo, "approve", report)
    assert state_of(report) == ReportState.APPROVED


def test_a_correction_says_why_and_leaves_the_approved_report(client, report, officer, pmo):
    take(client, officer, "submit", report)
    take(client, pmo, "approve", report)
    page = take(client, pmo, "correct", report, reason="The forecast was last year's")
    correction = Report.objects.get(corrects=report)
    assert correction.correction_reason == "The forecast was last year's"
    assert page.redirect_chain[-1][0] == reverse("report-edit", args=[correction.pk])
    assert state_of(report) == ReportState.APPROVED
    page = take(client, pmo, "correct", report, reason="Again")
    assert "is open already" in page.content.decode()


def test_a_report_that_was_handed_on_is_not_discarded(client, report, officer):
    take(client, officer, "submit", report)
    offered = client.get(reverse("report-edit", args=[report.pk])).context["steps"]
    assert [each["label"] for each in offered] == ["Pull back"]
    page = take(client, officer, "discard", report)
    assert "is submitted, so this step is not open" in page.content.decode()
    assert state_of(report) == ReportState.SUBMITTED


def test_a_discarded_draft_is_gone(client, report, officer):
    take(client, officer, "discard", report)
    assert not Report.objects.filter(pk=report.pk).exists()


def test_a_step_out_of_turn_is_refused_in_a_sentence(client, report, officer, pmo):
    page = take(client, pmo, "publish", report)
    assert "this step is not open" in page.content.decode()
    assert state_of(report) == ReportState.DRAFT


STEPS_BY_ROLE = {
    "submit": {"officer", "pmo"},
    "pull-back": {"officer", "pmo"},
    "sign-off": {"sponsor"},
    "return": {"sponsor", "pmo"},
    "approve": {"pmo"},
    "publish": {"pmo"},
    "correct": {"pmo"},
    "discard": {"officer", "pmo"},
}


@pytest.mark.parametrize("name", STEPS_BY_ROLE)
def test_each_step_is_for_its_roles(client, report, officer, sponsor, pmo, director, reader, stranger, name):
    cast = {"officer": officer, "sponsor": sponsor, "pmo": pmo, "director": director}
    for role, user in cast.items():
        client.force_login(user)
        answer = client.get(step(name, report))
        assert (answer.status_code == 403) == (role not in STEPS_BY_ROLE[name]), role
    for user in (reader, stranger):
        client.force_login(user)
        assert client.get(step(name, report)).status_code == 404


def test_the_report_offers_each_person_their_steps_only(client, report, officer, pmo, director):
    offered = {}
    for user in (officer, pmo, director):
        client.force_login(user)
        page = client.get(reverse("report-edit", args=[report.pk]))
        offered[user] = [each["label"] for each in page.context["steps"]]
    assert offered == {
        officer: ["Submit", "Discard the draft"],
        pmo: ["Submit", "Discard the draft"],
        director: [],
    }


def test_a_status_chosen_against_the_rule_is_shown_with_both_reasons(client, report, officer, organisation):
    rating = DimensionRating.objects.of(report).get(dimension__is_overall=True)
    worse = Status.objects.filter(scheme=rating.dimension.scheme, kind="off_track").first()
    DimensionRating.objects.filter(pk=rating.pk).update(
        proposed_status=worse, proposed_because=["Slip is 50 days"], chosen_because="The board has agreed new dates"
    )
    client.force_login(officer)
    page = client.get(step("submit", report)).content.decode()
    assert "The board has agreed new dates" in page
    section = client.get(reverse("report-edit-section", args=[report.pk, "project-status"])).content.decode()
    assert "Slip is 50 days" in section
