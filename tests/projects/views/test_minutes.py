"""What a meeting resolved stands with the report it was about, and becomes an action of a project."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from projects.actions.committees import add_meeting, create_committee_report, publish_committee_report
from projects.actions.minutes import add_item, add_resolution, change_item, record_attendance
from projects.models import Board, PlanItemUpdate
from projects.permissions import top_node
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def resolution(organisation, pmo):
    board = Board.objects.create(organisation=organisation, name="Cabinet", kind="executive")
    meeting = add_meeting(board, datetime(2019, 7, 31, 18, tzinfo=UTC), by=pmo)
    item = add_item(meeting, heading="PROJECTS", number="7", by=pmo)
    return add_resolution(item, number="2019/7", text="That the doors be opened.", by=pmo)


def test_an_item_is_said_to_be_about_a_report_and_its_resolutions_stand_with_it(
    client, pmo, reader, resolution, organisation
):
    meeting, item = resolution.meeting, resolution.minute_item
    report = create_committee_report(
        node=top_node(organisation), meeting=meeting, slug="cabinet", heading="REPORT", subject="Projects",
        report_of="Director", by=pmo,
    )  # fmt: skip
    publish_committee_report(report, by=pmo)
    client.force_login(pmo)
    where = reverse("minutes-edit", args=[organisation.slug, meeting.pk])
    page = client.get(where).context["page"]
    form = page.items[0]
    answer = client.post(
        where,
        {
            form.version_name: form.shown_version,
            form.typed_name: form.typed_json,
            **{form.add_prefix(name): form.text_of(item, name) for name in form.fields},
            form.add_prefix("committee_report"): report.pk,
        },
    )
    assert answer.status_code == 302
    resolution.refresh_from_db()
    assert resolution.committee_report == report
    pages = [
        reverse("committee-report", args=[organisation.slug, "cabinet"]),
        reverse("meeting", args=[organisation.slug, meeting.pk]),
    ]
    for page in pages:
        shown = client.get(page).content.decode()
        assert "2019/7" in shown
        assert "That the doors be opened." in shown
        assert "minute 7 PROJECTS" in shown
    client.force_login(reader)
    assert ["2019/7" in client.get(page).content.decode() for page in pages] == [False, False]  # minutes in draft
    record_attendance(meeting, {"ended_at": datetime(2019, 7, 31, 20, tzinfo=UTC)}, by=pmo)
    assert ["2019/7" in client.get(page).content.decode() for page in pages] == [True, True]
    client.force_login(pmo)
    form = client.get(where).context["page"].items[0]
    kept_back = {
        form.version_name: form.shown_version,
        form.typed_name: form.typed_json,
        **{form.add_prefix(name): form.text_of(form.row, name) for name in form.fields if name != "is_exempt"},
        form.add_prefix("is_exempt"): "on",
    }
    assert client.post(where, kept_back).status_code == 422
    whys = {form.add_prefix("exempt_paragraph"): "3", form.add_prefix("exempt_reason"): "Bids are open."}
    assert client.post(where, kept_back | whys).status_code == 302
    client.force_login(reader)
    assert ["2019/7" in client.get(page).content.decode() for page in pages] == [False, False]


def test_a_resolution_becomes_an_action_of_a_project(client, pmo, director, project, resolution, organisation):
    factories.published(project)
    where = reverse("resolution-action", args=[organisation.slug, resolution.pk])
    meeting = reverse("meeting", args=[organisation.slug, resolution.meeting_id])
    client.force_login(director)
    assert where not in client.get(meeting).content.decode()
    client.force_login(factories.person("clerk@example.org", organisation, "clerk"))
    page = client.get(meeting).content.decode()
    assert where not in page
    assert "Actions belong to projects." in page
    client.force_login(pmo)
    assert "Actions belong to projects." not in client.get(meeting).content.decode()
    assert where in client.get(meeting).content.decode()
    assert client.post(where).status_code == 422
    answer = client.post(where, {"node": project.pk})
    page = client.get(answer.url)
    assert page.context["heading"] == "Add an action"
    assert client.get(answer.url.partition("?")[0]).context["heading"] == "Add a milestone"
    row, about = page.context["row_form"], page.context["about_form"]
    posted = {form.add_prefix(name): form.text_of(form.row, name) for form in (row, about) for name in form.fields}
    assert posted[about.add_prefix("kind")] == "action"
    client.post(answer.url, {key: words for key, words in posted.items() if words})
    action = PlanItemUpdate.objects.get(plan_item__kind="action")
    assert not action.is_exempt
    change_item(resolution.minute_item, {"is_exempt": True, "exempt_paragraph": "3"}, by=pmo)
    answer = client.post(where, {"node": project.pk})
    assert (
        client.get(answer.url).context["row_form"].text_of(client.get(answer.url).context["row_form"].row, "is_exempt")
    )
    assert action.title == "That the doors be opened. (resolution 2019/7, Cabinet, 31 July 2019)"
