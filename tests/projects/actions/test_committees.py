"""Cover reports: changed until they are published, never after, with appendices pinned to what readers saw."""

from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from projects.actions.committees import (
    AppendixNotPublished,
    CommitteeReportIsPublished,
    add_appendix,
    add_meeting,
    add_section,
    change_committee_report,
    change_section,
    create_committee_report,
    discard_committee_report,
    publish_committee_report,
    remove_section,
)
from projects.actions.writing import EditedMeanwhile
from projects.models import Board, CommitteeReport, CommitteeReportSection
from projects.permissions import top_node
from tests import factories

MEETING = datetime(2019, 9, 11, 18, 30, tzinfo=UTC)


@pytest.fixture
def cover(organisation, project, pmo):
    board = Board.objects.create(organisation=organisation, name="Executive")
    return create_committee_report(
        node=top_node(organisation),
        meeting=add_meeting(board, MEETING, by=pmo),
        slug="september",
        heading="Report to the Executive",
        subject="Projects",
        report_of="Director",
        by=pmo,
        sections=[{"heading": "Purpose", "text": "To report."}, {"heading": "Parish implications", "text": "None."}],
        appendices=[{"node": project, "label": "Appendix 1"}],
    )


def test_sections_keep_their_order_and_the_organisations_sentence_is_taken_over(organisation, pmo, project):
    organisation.accessible_formats = "Ask for large print."
    organisation.save()
    board = Board.objects.create(organisation=organisation, name="Executive")
    report = create_committee_report(
        node=top_node(organisation),
        meeting=add_meeting(board, MEETING, by=pmo),
        slug="september",
        heading="Report",
        subject="Projects",
        report_of="Director",
        by=pmo,
        sections=[{"heading": "Purpose"}, {"heading": "Introduction"}],
    )
    add_section(report, heading="Recommendation", by=pmo)
    assert [section.heading for section in report.sections.all()] == ["Purpose", "Introduction", "Recommendation"]
    assert (report.accessible_formats, report.organisation_name) == ("Ask for large print.", organisation.name)


def test_a_meeting_is_made_once(cover, pmo):
    assert add_meeting(cover.meeting.board, MEETING, by=pmo) == cover.meeting


def test_publishing_needs_published_appendices_and_pins_the_newest(cover, project, pmo):
    factories.approved(project)
    with pytest.raises(AppendixNotPublished, match=r"Appendix 1 \(.+\)"):
        publish_committee_report(cover, by=pmo)
    assert CommitteeReport.objects.get(pk=cover.pk).state == "draft"
    published = factories.published(project, factories.next_period(factories.period(project.organisation)))
    report = publish_committee_report(cover, by=pmo)
    assert report.appendices.get().source == published
    assert (report.state, report.published_by) == ("published", pmo)


def test_the_pin_is_to_what_readers_saw_at_that_moment(cover, project, pmo):
    july = factories.published(project)
    moment = timezone.now()
    factories.published(project, factories.next_period(factories.period(project.organisation)))
    assert publish_committee_report(cover, by=pmo, at=moment).appendices.get().source == july


def test_a_published_report_never_changes(cover, project, pmo):
    factories.published(project)
    report = publish_committee_report(cover, by=pmo)
    section = report.sections.first()
    refused = [
        lambda: change_committee_report(report, {"subject": "Other"}, by=pmo),
        lambda: change_section(section, {"text": "Other"}, by=pmo),
        lambda: remove_section(section, by=pmo),
        lambda: add_section(report, heading="More", by=pmo),
        lambda: add_appendix(report, node=project, label="Appendix 2", by=pmo),
        lambda: discard_committee_report(report, by=pmo),
        lambda: publish_committee_report(report, by=pmo),
    ]
    for step in refused:
        with pytest.raises(CommitteeReportIsPublished):
            step()
    with pytest.raises(DatabaseError), transaction.atomic():
        CommitteeReportSection.objects.filter(pk=section.pk).update(text="Other")


def test_two_people_at_one_section(cover, pmo):
    section = cover.sections.first()
    change_section(section, {"text": "First"}, version=1, by=pmo)
    with pytest.raises(EditedMeanwhile):
        change_section(CommitteeReportSection.objects.get(pk=section.pk), {"text": "Second"}, version=1, by=pmo)
    assert CommitteeReportSection.objects.get(pk=section.pk).text == "First"
