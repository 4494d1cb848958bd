"""The life of a highlight report."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from projects.actions.reports import (
    ReportIncomplete,
    WrongState,
    approve_report,
    correct_report,
    discard_draft,
    open_draft,
    publish_report,
    pull_back_report,
    return_report,
    sign_off_report,
    submit_report,
)
from projects.actions.rows import (
    add_row,
    change_row,
    changed_fields,
    confirm_section,
    remove_row,
    section_state,
)
from projects.actions.schemes import change_template
from projects.actions.writing import EditedMeanwhile
from projects.models import (
    Answer,
    DimensionRating,
    Narrative,
    PlanItemUpdate,
    Report,
    ReportIsFrozen,
    ReportState,
    RiskAssessment,
    SavingLine,
    Series,
    StatedFigure,
)
from tests import factories

pytestmark = pytest.mark.django_db


def at(year, month, day):
    return datetime(year, month, day, 12, tzinfo=ZoneInfo("Europe/London"))


def test_a_first_draft_asks_for_every_dimension_and_question(project, officer):
    report = open_draft(project.headline_series, factories.period(project.organisation), by=officer)
    assert report.title == project.title
    asked = set(DimensionRating.objects.of(report).values_list("dimension__key", flat=True))
    assert "status" in asked
    assert Narrative.objects.of(report).filter(section="commentary").exists()


def test_opening_twice_gives_the_same_draft(project, officer):
    period = factories.period(project.organisation)
    first = open_draft(project.headline_series, period, by=officer)
    assert open_draft(project.headline_series, period, by=officer) == first


def test_the_next_draft_starts_where_the_last_report_ended(project, officer):
    july = factories.period(project.organisation)
    report = factories.draft(project, july)
    milestone = factories.milestone(report, title="Doors open")
    gone = factories.risk(report, title="Roof leaks")
    remove_row(gone, by=officer, reason="Closed")
    saving = factories.benefit(report)
    SavingLine.objects.create(
        organisation=report.organisation, report=report, update_row=saving, year=2019, target=5, at_risk=-1
    )
    add_row(report, StatedFigure, by=officer, key="budget.remaining", words="£1", title="")
    PlanItemUpdate.objects.filter(pk=milestone.pk).update(
        marks={"title": {"kind": "provenance", "cell": "B3"}, "comment": {"kind": "exempt", "reason": "para 3"}}
    )
    factories.published(project, report=report)

    august = open_draft(project.headline_series, factories.next_period(july), by=officer)
    copied = PlanItemUpdate.objects.of(august).get()
    assert copied.plan_item == milestone.plan_item
    assert copied.finish == milestone.finish
    assert copied.marks == {"comment": {"kind": "exempt", "reason": "para 3"}}
    assert not RiskAssessment.objects.of(august).exists()
    assert not StatedFigure.objects.of(august).exists()
    line = SavingLine.objects.get(report=august)
    assert line.update_row.report == august
    assert (line.year, line.target, line.at_risk) == (2019, 5, -1)


def test_what_changed_is_marked_at_approval(project, officer):
    july = factories.period(project.organisation)
    report = factories.draft(project, july)
    factories.milestone(report, title="Doors open")
    factories.milestone(report, title="Books bought")
    factories.approved(project, report=report)
    august = factories.draft(project, factories.next_period(july))
    moved = PlanItemUpdate.objects.of(august).get(title="Doors open")
    change_row(moved, {"comment": "Two weeks late"}, by=officer)
    assert changed_fields(moved) == {"comment": ("", "Two weeks late")}
    assert section_state(august, "milestones") == "changed"
    factories.approved(project, report=august)
    assert list(PlanItemUpdate.objects.of(august).filter(is_changed=True).values_list("title", flat=True)) == [
        "Doors open"
    ]


def test_a_section_is_confirmed_until_it_is_edited(project, officer):
    report = factories.draft(project)
    milestone = factories.milestone(report)
    confirm_section(report, "milestones", by=officer)
    assert section_state(report, "milestones") == "confirmed"
    milestone.refresh_from_db()
    change_row(milestone, {"comment": "Moved"}, by=officer)
    report.refresh_from_db()
    assert "milestones" not in report.confirmed


def test_a_report_without_an_overall_status_cannot_be_submitted(project, officer):
    report = open_draft(project.headline_series, factories.period(project.organisation), by=officer)
    DimensionRating.objects.of(report).update(status=None)
    with pytest.raises(ReportIncomplete) as missing:
        submit_report(report, by=officer)
    assert any("status" in problem for problem in missing.value.problems)


def test_the_way_to_publication(project, officer, sponsor, pmo):
    project.headline_series.template.requires_sign_off = True
    project.headline_series.template.save()
    report = submit_report(factories.draft(project), by=officer)
    with pytest.raises(WrongState):
        approve_report(report, by=pmo)
    report = sign_off_report(report, by=sponsor)
    report = approve_report(report, by=pmo)
    report = publish_report(report, by=pmo)
    assert report.state == ReportState.PUBLISHED
    assert [(event.to_state, event.by) for event in report.events.all()][1:] == [
        ("submitted", officer),
        ("signed_off", sponsor),
        ("approved", pmo),
        ("published", pmo),
    ]


def test_a_returned_report_says_why_and_can_be_edited(project, officer, pmo):
    report = submit_report(factories.draft(project), by=officer)
    milestone_row = DimensionRating.objects.of(report).first()
    with pytest.raises(WrongState):
        change_row(milestone_row, {"comment": "Late"}, by=officer)
    with pytest.raises(ReportIncomplete):
        return_report(report, by=pmo, reason="  ")
    report = return_report(report, by=pmo, reason="The forecast is last month's.")
    change_row(milestone_row, {"comment": "Late"}, by=officer)
    assert Report.objects.get(pk=report.pk).return_reason == "The forecast is last month's."


def test_a_submitted_report_can_be_pulled_back(project, officer):
    report = submit_report(factories.draft(project), by=officer)
    with pytest.raises(WrongState, match="pull it back"):
        discard_draft(report, by=officer)
    assert pull_back_report(report, by=officer).state == ReportState.DRAFT


def test_an_approved_report_takes_no_edits(project, officer):
    report = factories.draft(project)
    milestone = factories.milestone(report)
    factories.approved(project, report=report)
    with pytest.raises(ReportIsFrozen):
        change_row(milestone, {"comment": "Late"}, by=officer)
    with pytest.raises(ReportIsFrozen):
        discard_draft(report, by=officer)
    with pytest.raises(WrongState):
        open_draft(project.headline_series, report.period, by=officer)


def test_a_correction_is_a_new_revision_and_the_old_one_stays(project, officer, pmo):
    report = factories.draft(project)
    factories.milestone(report, title="Doors open")
    add_row(report, StatedFigure, by=officer, key="budget.remaining", words="£1")
    report = factories.published(project, report=report)
    with pytest.raises(ReportIncomplete):
        correct_report(report, by=pmo, reason="")
    correction = correct_report(report, by=pmo, reason="The date was misprinted")
    assert (correction.revision, correction.corrects, correction.as_at_on) == (2, report, report.as_at_on)
    assert StatedFigure.objects.of(correction).get().words == "£1"
    with pytest.raises(WrongState):
        correct_report(report, by=pmo, reason="Again")
    change_row(PlanItemUpdate.objects.of(correction).get(), {"title": "Doors open at last"}, by=pmo)
    factories.published(project, report=correction)
    assert PlanItemUpdate.objects.of(report).get().title == "Doors open"
    series = Series.objects.get(pk=report.series_id)
    assert series.current == correction
    assert series.previous is None


def test_standings_in_both_meanings(project, pmo):
    system = factories.system_user()
    july, september = date(2019, 7, 31), date(2019, 9, 30)
    first = factories.draft(project, factories.period(project.organisation, july))
    first = approve_report(submit_report(first, by=system), by=system, at=at(2019, 8, 5))
    late_period = factories.period(project.organisation, date(2019, 8, 31))
    third = factories.draft(project, factories.period(project.organisation, september))
    third = approve_report(submit_report(third, by=system), by=system, at=at(2019, 10, 4))
    second = factories.draft(project, late_period)
    second = approve_report(submit_report(second, by=system), by=system, at=at(2019, 10, 20))
    corrected = correct_report(first, by=pmo, reason="Misprint")
    corrected = approve_report(submit_report(corrected, by=pmo), by=pmo, at=at(2019, 11, 1))

    reports = Report.objects.filter(series=project.headline_series)
    # as now known: by the date the report speaks of, with corrections and late returns
    assert reports.known_at(date(2019, 8, 30)).get() == corrected
    assert reports.known_at(date(2019, 9, 1)).get() == second
    assert reports.known_at(date(2019, 12, 1)).get() == third
    assert not reports.known_at(date(2019, 7, 30)).exists()
    # as it stood then: by the moment of approval
    assert reports.standing_at(at(2019, 9, 15)).get() == first
    assert reports.standing_at(at(2019, 12, 1)).get() == third
    assert not reports.standing_at(at(2019, 8, 4)).exists()


def test_published_standings_wait_for_publication(project):
    report = factories.approved(project)
    assert not Report.objects.known_at(date(2019, 12, 1), published=True).exists()
    publish_report(report, by=factories.system_user())
    assert Report.objects.known_at(date(2019, 12, 1), published=True).get() == report


def test_the_slower_of_two_writers_is_told(project, officer, pmo):
    row = factories.milestone(factories.draft(project))
    read_by_officer = PlanItemUpdate.objects.get(pk=row.pk)
    read_by_pmo = PlanItemUpdate.objects.get(pk=row.pk)
    change_row(read_by_officer, {"comment": "Mine"}, version=row.version, by=officer)
    with pytest.raises(EditedMeanwhile) as lost:
        change_row(read_by_pmo, {"comment": "Yours"}, version=row.version, by=pmo)
    assert lost.value.current.comment == "Mine"
    assert lost.value.attempted == {"comment": "Yours"}
    assert PlanItemUpdate.objects.get(pk=row.pk).comment == "Mine"


def test_the_summary_agrees_with_the_rows(project):
    report = factories.draft(project)
    milestones = project.organisation
    done = factories.status(milestones, "milestone", "Complete")
    factories.milestone(report, title="First", finish="Jan-20", status=done)
    factories.milestone(report, title="Second", finish="Mar-20")
    factories.milestone(report, title="Third", finish="Feb-20")
    factories.budget(report, planned=100, forecast=90)
    summary = factories.approved(project, report=report).summary
    assert summary.counts["milestones"] == {"done": 1, "not_rated": 2}
    assert (summary.next_item, summary.next_item_on) == ("Third", date(2020, 2, 29))
    assert summary.sums == {"planned": "100.00", "forecast": "90.00"}
    assert summary.overall.kind == "on_track"


def test_after_a_template_is_replaced_nothing_said_again_counts_as_changed(project, officer):
    july = factories.approved(project)
    change_template(july.template, {"name": "Highlight report, new"}, by=officer)
    august = factories.draft(project, factories.next_period(july.period))
    assert august.template_id != july.template_id
    assert section_state(august, "project-status") == "untouched"
    factories.approved(project, report=august)
    assert not DimensionRating.objects.of(august).filter(is_changed=True).exists()
    assert not Answer.objects.of(august).filter(is_changed=True).exists()
