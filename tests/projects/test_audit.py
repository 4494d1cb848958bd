"""Every way of writing leaves its line: who, what, from what to what, and why."""

import pytest
from auditlog.models import LogEntry

from projects.actions.reports import open_draft
from projects.actions.rows import change_row, remove_row
from projects.actions.writing import EditedMeanwhile
from projects.models import PlanItemUpdate
from tests import factories

pytestmark = pytest.mark.django_db


def lines_about(instance):
    return LogEntry.objects.get_for_object(instance).order_by("pk")


def test_a_change_names_its_author_the_values_and_the_node(project, officer):
    row = factories.milestone(factories.draft(project))
    change_row(row, {"comment": "Two weeks late"}, by=officer)
    line = lines_about(row).last()
    assert line.actor == officer
    assert line.changes == {"comment": ["", "Two weeks late"]}
    assert line.additional_data["node"] == project.pk
    assert line.additional_data["organisation"] == project.organisation_id
    assert line.additional_data["report"] == row.report_id


def test_a_removal_keeps_its_reason(project, officer):
    row = factories.milestone(factories.draft(project))
    remove_row(row, by=officer, reason="Merged with another")
    line = lines_about(row).last()
    assert line.changes["is_removed"] == ["False", "True"]
    assert line.additional_data["reason"] == "Merged with another"


def test_the_copy_forward_is_one_line_and_edits_after_it_are_lines_of_their_own(project, officer):
    july = factories.period(project.organisation)
    report = factories.draft(project, july)
    for number in range(5):
        factories.milestone(report, title=f"Milestone {number}")
    factories.approved(project, report=report)
    before = LogEntry.objects.count()
    august = open_draft(project.headline_series, factories.next_period(july), by=officer)
    assert LogEntry.objects.count() == before + 1
    change_row(PlanItemUpdate.objects.of(august).first(), {"comment": "Moved"}, by=officer)
    assert LogEntry.objects.count() == before + 2


def test_a_lost_attempt_is_kept(project, officer, pmo):
    row = factories.milestone(factories.draft(project))
    change_row(PlanItemUpdate.objects.get(pk=row.pk), {"comment": "First"}, version=1, by=officer)
    with pytest.raises(EditedMeanwhile):
        change_row(row, {"comment": "Second"}, version=1, by=pmo)
    texts = str([line.changes for line in lines_about(row)])
    assert "First" in texts
    assert "Second" in texts
    assert lines_about(row).last().actor == pmo


def test_actors_inside_actors_do_not_mix(project, officer, pmo):
    report = factories.draft(project)
    row = factories.milestone(report)
    change_row(row, {"comment": "By the officer"}, by=officer)
    change_row(row, {"comment": "By the PMO"}, by=pmo)
    assert [line.actor for line in lines_about(row)][-2:] == [officer, pmo]
