"""Lines of a work programme: their order, their meetings, why they went, and the copy that a report keeps."""

from datetime import UTC, date, datetime

import pytest
from auditlog.models import LogEntry
from django.db import DatabaseError, transaction

from projects.actions.committees import add_clearance, add_meeting, create_committee_report, publish_committee_report
from projects.actions.minutes import add_item, add_resolution, remove_item
from projects.actions.work_programme import (
    ReasonMissing,
    add_line,
    change_line,
    remove_line,
    restore_line,
    shift_line,
)
from projects.models import CommitteeReportClearance, Resolution, WorkProgrammeItem
from projects.permissions import top_node
from projects.rules.dates import parse_written_date
from projects.work_programme import by_heading, lines_of, notice_on_line
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def board(organisation):
    return factories.board(organisation)


def meeting(board, month, day):
    return add_meeting(board, datetime(2019, month, day, 10, 30, tzinfo=UTC), by=factories.system_user())


def titles(board):
    return {heading: [line.title for line in lines] for heading, lines in by_heading(lines_of(board)).items()}


def test_lines_stand_by_meeting_then_by_date_and_the_undated_last(board, pmo):
    september, november = meeting(board, 9, 4), meeting(board, 11, 5)
    add_line(board, title="Later", meeting=november, by=pmo)
    add_line(board, title="Some day", by=pmo)
    add_line(board, title="In autumn", by=pmo, **WorkProgrammeItem.when.values(parse_written_date("October 2019")))
    add_line(board, title="Sooner", meeting=september, by=pmo)
    assert titles(board) == {
        "4 September 2019": ["Sooner"],
        "October 2019": ["In autumn"],
        "5 November 2019": ["Later"],
        "No meeting yet": ["Some day"],
    }


def test_a_line_moves_to_the_end_of_another_meeting_and_the_trail_says_why(board, pmo):
    september, november = meeting(board, 9, 4), meeting(board, 11, 5)
    line = add_line(board, title="ICT", meeting=september, by=pmo)
    add_line(board, title="Savings", meeting=november, by=pmo)
    change_line(line, {"meeting": november}, by=pmo, reason="Members asked for it later")
    assert titles(board) == {"5 November 2019": ["Savings", "ICT"]}
    entry = LogEntry.objects.get_for_object(line).order_by("-timestamp").first()
    assert entry.additional_data["reason"] == "Members asked for it later"


def test_lines_change_places_within_their_meeting(board, pmo):
    september = meeting(board, 9, 4)
    first, _, third = (add_line(board, title=title, meeting=september, by=pmo) for title in "ABC")
    shift_line(third, "up", by=pmo)
    assert titles(board) == {"4 September 2019": ["A", "C", "B"]}
    shift_line(first, "up", by=pmo)
    assert titles(board) == {"4 September 2019": ["A", "C", "B"]}


def test_a_line_goes_with_a_reason_and_comes_back(board, pmo):
    line = add_line(board, title="ICT", by=pmo)
    with pytest.raises(ReasonMissing):
        remove_line(line, by=pmo, reason=" ")
    remove_line(line, by=pmo, reason="Merged with savings")
    assert titles(board) == {}
    line.refresh_from_db()
    restore_line(line, by=pmo)
    assert titles(board) == {"No meeting yet": ["ICT"]}


def test_a_resolution_names_the_lines_it_changed(board, pmo):
    held = meeting(board, 7, 10)
    line = add_line(board, title="ICT", meeting=meeting(board, 9, 4), by=pmo)
    item = add_item(held, heading="Work programme", by=pmo)
    resolution = add_resolution(item, number="2019/001", text="As discussed.", lines=[line], by=pmo)
    assert [each.number for each in line.resolutions.all()] == ["2019/001"]
    entry = LogEntry.objects.get_for_object(line).order_by("-timestamp").first()
    assert entry.changes == {"resolution": ["", "2019/001"]}
    remove_item(item, by=pmo)
    assert not Resolution.objects.filter(pk=resolution.pk).exists()


def test_the_notice_of_a_key_decision_is_counted_from_its_meeting(board, pmo):
    line = add_line(board, title="Buy", meeting=meeting(board, 9, 4), is_key_decision=True, by=pmo)
    # 7 August to 3 September are 28 days
    assert notice_on_line(line, date(2019, 8, 6)).due_on == date(2019, 8, 6)
    assert not notice_on_line(line, date(2019, 8, 6)).is_late
    assert notice_on_line(line, date(2019, 8, 7)).is_late


def published(organisation, board, pmo, **more):
    report = create_committee_report(
        node=top_node(organisation),
        meeting=meeting(board, 9, 4),
        slug="september",
        heading="Report",
        subject="Work programme",
        report_of="Director",
        by=pmo,
        sections=[{"key": "work-programme", "heading": "Work programme"}],
        clearances=[{"heading": "Financial comments", "initials": "GB"}],
    )
    return publish_committee_report(report, by=pmo, **more)


def test_a_published_report_keeps_the_work_programme_as_it_was_without_what_is_exempt(organisation, board, pmo):
    line = add_line(board, title="ICT", meeting=meeting(board, 11, 5), lead_officer_words="Director", by=pmo)
    add_line(board, title="Land", meeting=meeting(board, 11, 5), is_exempt=True, exempt_paragraph="3", by=pmo)
    report = published(organisation, board, pmo, as_at=date(2019, 8, 1))
    remove_line(line, by=pmo, reason="Done")
    tables = report.sections.get().tables
    assert tables == [
        {
            "caption": "5 November 2019",
            "columns": ["Report title", "Brief summary of agenda item", "Lead officer", "Report author"],
            "rows": [["ICT", "", "Director", ""]],
            "as_at": "2019-08-01",
        }
    ]


def test_reviewers_comments_of_a_published_report_are_frozen(organisation, board, pmo):
    report = published(organisation, board, pmo)
    with pytest.raises(Exception, match="never changes"):
        add_clearance(report, heading="Legal comments", by=pmo)
    for change in (
        lambda: CommitteeReportClearance.objects.filter(report=report).update(initials="XX"),
        lambda: CommitteeReportClearance.objects.filter(report=report).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
