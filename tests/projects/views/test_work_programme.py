"""Committees, work programmes and minutes as pages."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from projects.actions.committees import add_meeting
from projects.actions.minutes import add_item, add_resolution, record_attendance
from projects.actions.work_programme import add_line
from projects.models import Meeting, MinuteItem, WorkProgrammeItem
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def board(organisation):
    return factories.board(organisation)


@pytest.fixture
def november(board):
    return add_meeting(board, datetime(2019, 11, 5, 10, 30, tzinfo=UTC), by=factories.system_user())


@pytest.fixture
def july(board):
    return add_meeting(board, datetime(2019, 7, 10, 9, 30, tzinfo=UTC), by=factories.system_user())


def programme(board, name="work-programme"):
    return reverse(name, args=[board.organisation.slug, board.pk])


def of_line(line, step="item"):
    return reverse(f"work-programme-{step}", args=[line.organisation.slug, line.pk])


def as_drawn(page):
    """What a browser would post back of the page unchanged."""
    return {
        name: value
        for form in (page.context["form"], page.context["why"])
        for name, value in ((bound.html_name, bound.value()) for bound in form)
        if value not in (None, "", False)
    } | {page.context["form"].version_name: page.context["form"].row.version,
         page.context["form"].typed_name: page.context["form"].typed_json}  # fmt: skip


def test_a_line_is_added_for_a_meeting_or_for_a_time_in_words(client, pmo, board, november):
    client.force_login(pmo)
    add = programme(board, "work-programme-add")
    page = client.post(add, {"line-title": "ICT", "line-meeting": ""})
    assert page.status_code == 422
    assert "Choose a meeting, or say below when" in page.content.decode()
    assert 'value="ICT"' in page.content.decode()
    client.post(add, {"line-title": "ICT", "line-meeting": november.pk, "line-lead_officer_words": "Director"})
    client.post(add, {"line-title": "Savings", "line-when": "Spring 2020"})
    found = WorkProgrammeItem.objects.values_list("title", "meeting", "when_words", "lead_officer_words")
    assert set(found) == {("ICT", november.pk, "", "Director"), ("Savings", None, "Spring 2020", "")}
    words = client.get(programme(board)).content.decode()
    assert words.index("5 November 2019") < words.index("Spring 2020")


def test_a_line_is_changed_and_moved_by_resolution(client, pmo, board, november, july):
    line = add_line(board, title="ICT", meeting=november, by=pmo)
    resolution = add_resolution(add_item(july, heading="Plans", by=pmo), number="2019/001", text="Move.", by=pmo)
    later = add_meeting(board, datetime(2019, 12, 3, 10, 30, tzinfo=UTC), by=pmo)
    client.force_login(pmo)
    posted = as_drawn(client.get(of_line(line)))
    posted |= {"line-" + str(line.pk) + "-meeting": later.pk, "why-resolution": resolution.pk, "why-reason": "Asked"}
    assert client.post(of_line(line), posted).status_code == 302
    line.refresh_from_db()
    assert line.meeting == later
    assert "Resolution 2019/001" in client.get(programme(board)).content.decode()


def test_two_people_who_change_one_line_see_both_texts(client, pmo, board, november):
    line = add_line(board, title="ICT", meeting=november, by=pmo)
    client.force_login(pmo)
    posted = as_drawn(client.get(of_line(line)))
    title = f"line-{line.pk}-title"
    assert client.post(of_line(line), {**posted, title: "ICT quarter 2"}).status_code == 302
    clash = client.post(of_line(line), {**posted, title: "ICT quarter 3"})
    assert clash.status_code == 409
    assert "ICT quarter 2" in clash.content.decode()
    assert "ICT quarter 3" in clash.content.decode()


def test_a_line_goes_with_its_reason_in_sight_and_comes_back(client, pmo, director, board):
    line = add_line(board, title="ICT", by=pmo)
    client.force_login(pmo)
    assert client.post(of_line(line, "remove"), {"reason": ""}).status_code == 422
    client.post(of_line(line, "remove"), {"reason": "Merged with savings"})
    assert "Merged with savings" in client.get(programme(board)).content.decode()
    client.force_login(director)
    assert "Merged with savings" not in client.get(programme(board)).content.decode()
    client.force_login(pmo)
    client.post(of_line(line, "restore"))
    assert not WorkProgrammeItem.objects.get().is_archived


def test_lines_are_put_in_order(client, pmo, board, november):
    for title in ("First", "Second"):
        line = add_line(board, title=title, meeting=november, by=pmo)
    client.force_login(pmo)
    client.post(of_line(line, "shift"), {"step": "up"})
    words = client.get(programme(board)).content.decode()
    assert words.index("Second</th>") < words.index("First</th>")


def test_a_key_decision_without_notice_in_time_is_said_first(client, reader, pmo, board):
    soon = add_meeting(board, datetime(2019, 8, 21, 10, 30, tzinfo=UTC), by=pmo)
    add_line(board, title="Buy the hall", meeting=soon, is_key_decision=True, by=pmo)
    client.force_login(reader)
    words = client.get(programme(board)).content.decode()
    assert "Key decisions whose notice is too late" in words
    assert "notice was due by 23 July 2019" in words
    assert "General exception" in words


def test_exempt_lines_are_not_shown_to_readers(client, reader, member, pmo, board, november):
    add_line(board, title="Land", meeting=november, is_exempt=True, exempt_paragraph="3", by=pmo)
    drawn = reverse("document", args=["forward-plan", board.organisation.slug, board.organisation.slug])
    client.force_login(reader)
    for where in (programme(board), drawn):
        assert "Land" not in client.get(where).content.decode()
    client.force_login(member)
    for where in (programme(board), drawn):
        assert "Land" in client.get(where).content.decode()


def test_a_meeting_is_added_and_a_wrong_day_told(client, pmo, board):
    client.force_login(pmo)
    add = programme(board, "meeting-add")
    wrong = client.post(add, {"meets_on": "soon", "meets_at": "25:00"})
    assert wrong.status_code == 422
    assert "Give one day, such as 10 July 2019." in wrong.content.decode()
    assert "Give the time such as 11:50" in wrong.content.decode()
    assert 'value="soon"' in wrong.content.decode()
    client.post(add, {"meets_on": "4 March 2020", "meets_at": "10.30 am"})
    assert Meeting.objects.get().starts_at == datetime(2020, 3, 4, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize("where", ["work-programme", "committees"])
def test_a_list_costs_the_same_however_long(client, pmo, board, november, july, count_queries, where):
    client.force_login(pmo)
    address = programme(board) if where == "work-programme" else reverse("committees", args=[board.organisation.slug])

    def cost():
        client.get(address)
        with count_queries() as counted:
            assert client.get(address).status_code == 200
        return len(counted)

    def fill(many):
        for number in many:
            line = add_line(board, title=f"Line {number}", meeting=november, is_key_decision=True, by=pmo)
            item = add_item(july, heading=f"Item {number}", by=pmo)
            add_resolution(item, number=str(number), text="Yes.", lines=[line], by=pmo)

    fill(range(2))
    few = cost()
    fill(range(2, 22))
    assert cost() == few


# ---- minutes ----


def minutes(meeting):
    return reverse("minutes-edit", args=[meeting.organisation.slug, meeting.pk])


def sent(page):
    """The posted page unchanged: all boxes and hidden answers."""
    forms = page.context["page"]
    return {
        name: value
        for form in forms.forms
        for name, value in (
            *((bound.html_name, bound.value()) for bound in form),
            (form.version_name, form.row.version),
            (form.typed_name, form.typed_json),
        )
        if value is not None
    }


def test_minutes_are_written_and_read_once_the_meeting_is_closed(client, pmo, reader, july):
    client.force_login(pmo)
    client.post(minutes(july), {"new-item-number": "1", "new-item-heading": "MINUTES", "new-item-text": "Confirmed."})
    item = MinuteItem.objects.get()
    head = f"meeting-{july.pk}"
    posted = sent(client.get(minutes(july)))
    posted |= {
        f"{head}-attendance": "Councillors: Chairman\nOfficers: Director (absent)",
        f"new-resolution-{item.pk}-number": "2019/001",
        f"new-resolution-{item.pk}-text": "That they are right.",
    }
    assert client.post(minutes(july), posted).status_code == 302
    drawn = reverse("document", args=["minutes", july.organisation.slug, july.organisation.slug])
    assert "DRAFT" in client.get(drawn).content.decode()
    client.force_login(reader)
    assert client.get(drawn).status_code == 404
    client.force_login(pmo)
    posted = sent(client.get(minutes(july)))
    early = client.post(minutes(july), posted | {f"{head}-ended_at": "9:30"})
    assert early.status_code == 422
    assert "The meeting began at 10:30" in early.content.decode()
    client.post(minutes(july), posted | {f"{head}-ended_at": "11.50 am"})
    client.force_login(reader)
    words = client.get(drawn, {"period": "2019-07-10"}).content.decode()
    assert "Resolved 2019/001" in words
    assert "The meeting closed at 11.50 am." in words
    assert "A (absent)" in words
    assert client.get(drawn, {"period": "2019-07-11"}).status_code == 404


def test_attendance_and_resolutions_are_asked_for_whole(client, pmo, july):
    item = add_item(july, heading="MINUTES", by=pmo)
    client.force_login(pmo)
    posted = sent(client.get(minutes(july)))
    posted |= {f"meeting-{july.pk}-attendance": "Chairman", f"new-resolution-{item.pk}-text": "Agreed."}
    page = client.post(minutes(july), posted).content.decode()
    assert "Write a group, a colon and a post: Chairman" in page
    assert "Give the resolution its number." in page
    assert ">Agreed.</textarea>" in page.replace("\n", "")


def test_items_and_resolutions_are_taken_out(client, pmo, july):
    item = add_item(july, heading="MINUTES", by=pmo)
    resolution = add_resolution(item, number="1", text="Yes.", by=pmo)
    client.force_login(pmo)
    client.post(minutes(july), sent(client.get(minutes(july))) | {f"remove-resolution-{resolution.pk}": "1"})
    assert not item.resolutions.exists()
    client.post(minutes(july), sent(client.get(minutes(july))) | {f"remove-item-{item.pk}": "1"})
    assert not MinuteItem.objects.exists()


def test_two_people_who_write_one_item_see_both_texts(client, pmo, july):
    item = add_item(july, heading="MINUTES", text="Confirmed.", by=pmo)
    record_attendance(july, {"place": "County Hall"}, by=pmo)
    client.force_login(pmo)
    posted = sent(client.get(minutes(july)))
    box = f"item-{item.pk}-text"
    client.post(minutes(july), posted | {box: "Confirmed and signed."})
    assert client.post(minutes(july), posted | {box: "Not confirmed."}).status_code == 409
