"""Home: what awaits whom, and by when."""

from datetime import date, datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from projects.actions.change_control import raise_change, submit_change
from projects.actions.committees import add_meeting, create_committee_report
from projects.actions.reports import return_report, submit_report
from projects.models import ChangeRequest, CommitteeReport, Meeting, Node, Period, Post
from projects.permissions import top_node
from reporting.assurance.examine import examine
from reporting.assurance.registry import Severity
from tests import factories


def at(year, month, day, hour):
    return datetime(year, month, day, hour, tzinfo=timezone.get_current_timezone())


@pytest.fixture
def august(organisation):
    """August is open on 6 August and due on the 16th."""
    period = factories.period(organisation, date(2019, 8, 31))
    Period.objects.filter(calendar=period.calendar).exclude(pk=period.pk).update(closed_at=timezone.now())
    Period.objects.filter(pk=period.pk).update(due_at=at(2019, 8, 16, 17), closed_at=None)
    return Period.objects.get(pk=period.pk)


def home(client, user):
    client.force_login(user)
    return client.get(reverse("home"))


def test_an_officer_sees_the_report_to_begin_and_its_deadline(client, organisation, project, officer, august):
    response = home(client, officer)
    (due,) = response.context["due"].listed
    assert (due.node, due.report, due.period) == (project, None, august)
    drawn = response.content.decode()
    assert "Due 16 August 2019" in drawn
    assert "Not begun" in drawn
    assert "Late" not in drawn


def test_a_report_past_its_deadline_is_late(client, organisation, project, officer, august):
    Period.objects.filter(pk=august.pk).update(due_at=at(2019, 8, 1, 17))
    response = home(client, officer)
    assert response.context["due"].late == 1
    assert "late" in response.context["due"].listed[0].lateness.because


def test_a_returned_report_stands_first_with_its_reason(client, organisation, project, officer, august):
    factories.project(organisation, slug="archive", title="Archive")
    report = submit_report(factories.draft(project, august), by=factories.system_user())
    return_report(report, by=factories.system_user(), reason="The forecast lacks VAT.")
    response = home(client, officer)
    assert [each.node.title for each in response.context["due"].listed] == ["New library", "Archive"]
    assert "The forecast lacks VAT." in response.content.decode()


def test_a_submitted_report_is_no_longer_due_and_waits_for_the_pmo(client, organisation, project, officer, pmo, august):
    report = submit_report(factories.draft(project, august), by=officer)
    assert home(client, officer).context["due"].listed == []
    response = home(client, pmo)
    assert response.context["to_approve"] == [report]
    assert response.context["outstanding"].listed == []


def test_where_a_sponsor_signs_off_the_pmo_waits(client, organisation, project, sponsor, pmo, august):
    project.headline_series.template.requires_sign_off = True
    project.headline_series.template.save()
    report = submit_report(factories.draft(project, august), by=factories.system_user())
    assert home(client, sponsor).context["to_sign_off"] == [report]
    assert home(client, pmo).context["to_approve"] == []


def test_the_pmo_sees_what_is_approved_but_not_published(client, organisation, project, pmo):
    report = factories.approved(project)
    assert home(client, pmo).context["to_publish"] == [report]
    factories.publish(project)
    assert home(client, pmo).context["to_publish"] == []


def test_a_director_sees_what_is_off_track_first_and_why(client, organisation, director):
    for title, kind in (("Museum", "at_risk"), ("Baths", "off_track"), ("Park", "on_track")):
        node = factories.project(organisation, slug=title.lower(), title=title)
        report = factories.draft(node)
        rating = report.dimensionrating_rows.get(dimension__is_overall=True)
        rating.status = rating.dimension.scheme.statuses.get(kind=kind)
        rating.comment = f"{title}: the contractor is late."
        rating.save()
        factories.milestone(report, status=factories.status(organisation, "milestone", "Red"))
        factories.approved(node, report=report)
    response = home(client, director)
    assert [each.node.title for each in response.context["attention"]] == ["Baths", "Museum"]
    assert response.context["attention"][0].reasons == ("Baths: the contractor is late.", "1 red milestone")


def test_a_reader_sees_what_is_published_and_nothing_else(client, organisation, project, reader, august):
    report = factories.published(project, august)
    factories.draft(factories.project(organisation, slug="baths", title="Baths"), august)
    response = home(client, reader)
    assert response.context["published"] == [report]
    assert not any(name in response.context for name in ("due", "to_approve", "attention"))


def test_committee_reports_in_draft_are_for_staff(client, organisation, reader, pmo):
    board = factories.board(organisation)
    meeting = Meeting.objects.create(organisation=organisation, board=board, starts_at=at(2019, 7, 10, 19))
    CommitteeReport.objects.create(
        organisation=organisation, node=top_node(organisation), meeting=meeting, slug="july", heading="REPORT",
        subject="Projects in July", report_of="Strategic Director",
    )  # fmt: skip
    assert "Projects in July" in home(client, pmo).content.decode()
    assert "Projects in July" not in home(client, reader).content.decode()


def test_what_waits_to_be_cleared_stands_first_and_a_draft_leads_to_its_page(client, organisation, director, pmo):
    meeting = add_meeting(factories.board(organisation), at(2019, 8, 28, 19), by=pmo)
    post = Post.objects.create(organisation=organisation, title="Chief Finance Officer", holder=director)
    report = create_committee_report(
        node=top_node(organisation), meeting=meeting, slug="august", heading="REPORT", subject="Projects in August",
        report_of="Director", clearances=[{"heading": "Financial Comments", "post": post}], by=pmo,
    )  # fmt: skip
    page = home(client, director).content.decode()
    assert page.index("Committee reports to clear") < page.index("What needs attention")
    assert reverse("committee-report", args=[organisation.slug, report.slug]) in page


def test_somebody_without_a_role_is_told_what_to_do(client, organisation):
    assert "You have no role yet" in home(client, factories.person("new@example.org", organisation)).content.decode()


def test_nobody_sees_another_councils_work(client, organisation, project, stranger, august):
    factories.approved(project, august)
    assert project.title not in home(client, stranger).content.decode()


def test_an_administrator_finds_the_way_to_settings(client, organisation, administrator):
    response = home(client, administrator)
    assert reverse("settings", args=[organisation.slug]) in response.content.decode()


def test_home_costs_the_same_however_many_projects(client, organisation, project, pmo, august, count_queries):
    client.force_login(pmo)
    client.get(reverse("home"))
    with count_queries() as one:
        client.get(reverse("home"))
    for number in range(20):
        factories.project(organisation, slug=f"project-{number}", title=f"Project {number}")
    with count_queries() as many:
        client.get(reverse("home"))
    assert len(one) == len(many)


def test_the_pmo_sees_changes_to_decide_and_grave_findings(client, organisation, project, pmo, director):
    report = factories.draft(project)
    factories.milestone(report, finish="Mar-19", status=factories.status(organisation, "milestone", "Green"))
    factories.approved(project, report=report)
    change = raise_change(
        project, by=pmo, item_words="Doors open later", description="x", sort=ChangeRequest.Sort.BASELINE
    )
    assert home(client, pmo).context["checks"][0]["to_decide"] == []
    submit_change(change, by=pmo)
    response = home(client, pmo)
    (check,) = response.context["checks"]
    assert check["to_decide"] == [change]
    high = sum(each.number_of(Severity.HIGH) for each in examine(Node.objects.filter(pk=project.pk)))
    assert high
    assert check["high"] == high
    words = response.content.decode()
    assert "1 change request awaiting decision" in words
    assert reverse("assurance", args=[organisation.slug, organisation.slug]) in words
    assert "checks" not in home(client, director).context


def test_more_projects_than_can_be_waited_for_are_not_examined(client, organisation, project, pmo, monkeypatch):
    monkeypatch.setattr("reporting.views.home.MOST_EXAMINED", 0)
    assert home(client, pmo).context["checks"][0]["high"] is None
