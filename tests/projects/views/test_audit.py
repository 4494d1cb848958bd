"""The audit trail as a page."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from projects.actions.nodes import archive_node, change_node
from projects.actions.organisations import change_organisation, close_period
from projects.actions.people import reset_password
from projects.actions.rows import change_row
from projects.actions.writing import save_new
from projects.models import Label, Post, Status
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(client, pmo):
    client.force_login(pmo)
    return client


def trail(organisation):
    return reverse("audit", args=[organisation.slug])


def lines_of(client, organisation, **asked):
    return client.get(trail(organisation), asked).context["lines"]


def test_a_change_says_who_what_from_and_to(signed_in, organisation, project, administrator):
    head = Post.objects.create(organisation=organisation, title="Head of Culture")
    change_node(project, {"title": "Central library", "lead_post": head}, by=administrator)
    line = lines_of(signed_in, organisation)[0]
    assert (line["by"], line["action"], line["title"], line["node"]) == (
        administrator,
        "Changed",
        "Central library",
        project,
    )
    assert line["changes"] == [
        {"field": "Lead post", "before": "", "after": "Head of Culture"},
        {"field": "Title", "before": "New library", "after": "Central library"},
    ]
    page = signed_in.get(trail(organisation)).content.decode()
    assert "Head of Culture" in page


def test_a_status_stands_by_its_label(signed_in, organisation, project, officer):
    row = factories.milestone(factories.draft(project))
    red = Status.objects.get(organisation=organisation, scheme__slug="milestone", label="Red")
    change_row(row, {"status": red}, version=row.version, by=officer)
    changes = [change for line in lines_of(signed_in, organisation) for change in line["changes"]]
    assert {"field": "Status", "before": "", "after": "Red"} in changes


def test_days_and_moments_are_read_by_the_clock_on_the_wall(signed_in, organisation, administrator):
    july = factories.period(organisation)
    close_period(july, by=administrator, at=datetime(2019, 8, 7, 22, 30, tzinfo=UTC))
    change_organisation(organisation, {"clock_on": date(2019, 9, 1)}, by=administrator)
    changes = {
        change["field"]: (change["before"], change["after"])
        for line in lines_of(signed_in, organisation)[:2]
        for change in line["changes"]
    }
    assert changes["Closed at"] == ("", "7 August 2019, 23:30")
    assert changes["Demonstration date"] == ("6 August 2019", "1 September 2019")


def test_the_reason_is_told(signed_in, organisation, project, administrator):
    archive_node(project, by=administrator, reason="The site was sold")
    assert lines_of(signed_in, organisation)[0]["reason"] == "The site was sold"


def test_another_councils_lines_are_not_there(client, organisation, project, stranger, administrator):
    change_node(project, {"title": "Central library"}, by=administrator)
    client.force_login(stranger)
    assert client.get(trail(organisation)).status_code == 404
    page = client.get(reverse("audit", args=["elsewhere"]))
    assert page.status_code == 200
    assert "Central library" not in page.content.decode()


def test_passwords_are_told_of_but_not_told(signed_in, organisation, officer, administrator):
    reset_password(officer, by=administrator, organisation=organisation)
    line = lines_of(signed_in, organisation)[0]
    assert line["title"] == str(officer)
    assert {"field": "Password", "before": "(hidden)", "after": "(hidden)"} in line["changes"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, True),
        ({"since": "1/1/2000"}, True),
        ({"since": "1/1/2100"}, False),
        ({"until": "1/1/2000"}, False),
        ({"until": "1/1/2100"}, True),
    ],
)
def test_lines_are_narrowed_by_day(signed_in, organisation, project, administrator, asked, found):
    change_node(project, {"title": "Central library"}, by=administrator)
    titles = {line["title"] for line in lines_of(signed_in, organisation, **asked)}
    assert ("Central library" in titles) is found


def test_lines_are_narrowed_by_person_node_and_table(signed_in, organisation, project, administrator, officer):
    change_node(project, {"title": "Central library"}, by=administrator)
    change_organisation(organisation, {"short_name": "West"}, by=officer)
    by_officer = lines_of(signed_in, organisation, person=officer.pk)
    assert [line["what"] for line in by_officer] == ["organisation"]
    of_project = lines_of(signed_in, organisation, node=project.pk)
    assert {line["node"] for line in of_project} == {project}
    tables = signed_in.get(trail(organisation)).context["filters"].fields["table"].queryset
    councils = lines_of(signed_in, organisation, table=tables.get(model="organisation").pk)
    assert {line["what"] for line in councils} == {"organisation"}


def test_a_wrong_date_is_said_and_shows_nothing(signed_in, organisation):
    page = signed_in.get(trail(organisation), {"since": "yesterday"})
    assert "There is a problem" in page.content.decode()
    assert page.context["lines"] == []


def test_older_lines_follow_without_a_gap(signed_in, organisation, administrator):
    for number in range(90):
        save_new(Label(organisation=organisation, name=f"Theme {number}"), by=administrator)
    seen, before = [], {}
    for _ in range(10):
        page = signed_in.get(trail(organisation), before)
        seen += [line["title"] for line in page.context["lines"]]
        if page.context["older"] is None:
            break
        before = {"before": page.context["older"]}
    assert page.context["older"] is None
    assert [title for title in seen if title.startswith("Theme")] == [
        f"Theme {number}" for number in reversed(range(90))
    ]
    assert seen[-1] == "Westshire Council"


@pytest.mark.parametrize("who", ["officer", "director", "sponsor", "reader", "member"])
def test_who_may_not_read_it(client, organisation, request, who):
    client.force_login(request.getfixturevalue(who))
    assert client.get(trail(organisation)).status_code == 403


def test_those_who_only_read_it_are_shown_no_settings(signed_in, organisation, client, administrator):
    assert (
        reverse("settings-boards", args=[organisation.slug]) not in signed_in.get(trail(organisation)).content.decode()
    )
    client.force_login(administrator)
    assert reverse("settings-boards", args=[organisation.slug]) in client.get(trail(organisation)).content.decode()


def test_the_trail_costs_the_same_however_long(signed_in, organisation, project, administrator, count_queries):
    def cost():
        with count_queries() as counted:
            signed_in.get(trail(organisation), {"person": administrator.pk})
        return len(counted)

    posts = [Post.objects.create(organisation=organisation, title=f"Post {number}") for number in range(24)]
    for post in posts[:2]:
        change_node(project, {"lead_post": post}, by=administrator)
    cost()  # the first page also begins the session
    few = cost()
    for post in posts[2:]:
        change_node(project, {"lead_post": post}, by=administrator)
    assert cost() == few
