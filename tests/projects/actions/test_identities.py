"""What approval leaves in the registers: titles as reported, and which milestone waits for which."""

from datetime import date

import pytest
from auditlog.models import LogEntry

from projects.actions.change_control import decide_change, raise_change, set_first_baseline, submit_change
from projects.actions.reports import approve_report, correct_report, submit_report
from projects.actions.rows import change_row
from projects.models import ChangeRequest, Dependency, PlanItemBaseline, PlanItemUpdate, Risk, RiskAssessment
from projects.rules.dates import parse_written_date
from tests import factories

pytestmark = pytest.mark.django_db


def links():
    """(title of the milestone, title of what it waits for or None, words)."""
    return set(Dependency.objects.values_list("from_item__title", "to_item__title", "words"))


def test_a_row_renamed_in_a_draft_renames_its_risk_at_approval(project, officer, pmo):
    report = factories.draft(project)
    row = factories.risk(report, "Roof leaks", ref="1")
    change_row(row, {"title": "Roof gone", "ref": "2"}, by=officer)
    assert str(Risk.objects.get()) == "1 Roof leaks"
    submit_report(report, by=officer)
    approve_report(report, by=pmo)
    assert str(Risk.objects.get()) == "2 Roof gone"
    line = LogEntry.objects.get_for_object(Risk.objects.get()).first()
    assert line.actor == pmo
    assert line.changes["title"] == ["Roof leaks", "Roof gone"]


def test_a_withheld_title_does_not_rename(project):
    report = factories.draft(project)
    row = factories.risk(report, "Roof leaks")
    RiskAssessment.objects.filter(pk=row.pk).update(title="Withheld", marks={"title": {"kind": "withheld"}})
    factories.approved(project, report=report)
    assert Risk.objects.get().title == "Roof leaks"


def test_a_correction_of_an_older_report_renames_nothing(project, pmo):
    july = factories.period(project.organisation, date(2019, 7, 31))
    report = factories.draft(project, july)
    factories.risk(report, "Roof leaks")
    july_report = factories.approved(project, report=report)
    august = factories.draft(project, factories.next_period(july))
    change_row(RiskAssessment.objects.of(august).get(), {"title": "Roof gone"}, by=pmo)
    factories.approved(project, report=august)
    correction = correct_report(july_report, by=pmo, reason="A wrong word")
    factories.approved(project, report=correction)
    assert Risk.objects.get().title == "Roof gone"


def test_interdependencies_become_links_at_approval(project, officer):
    report = factories.draft(project)
    factories.milestone(report, "Site bought", ref="1")
    walls = factories.milestone(report, "Walls built", ref="2", interdependencies="Milestone 1, 2, 9")
    factories.milestone(report, "Doors open", ref="3", interdependencies="when the council says so")
    assert not links()
    july = factories.approved(project, report=report)
    assert links() == {
        ("Walls built", "Site bought", "1"),
        ("Walls built", "Walls built", "2"),
        ("Walls built", None, "9"),
        ("Doors open", None, "when the council says so"),
    }
    kept = Dependency.objects.get(words="1").pk
    august = factories.draft(project, factories.next_period(july.period))
    changed = PlanItemUpdate.objects.of(august).get(plan_item=walls.plan_item)
    change_row(changed, {"interdependencies": "Milestones 1 and 3"}, by=officer)
    factories.approved(project, report=august)
    assert links() == {
        ("Walls built", "Site bought", "1"),
        ("Walls built", "Doors open", "3"),
        ("Doors open", None, "when the council says so"),
    }
    assert Dependency.objects.get(words="1").pk == kept


def test_rows_quote_the_baseline_in_force(project, officer, pmo):
    july = factories.draft(project)
    row = factories.milestone(july, "Doors open", finish="Mar-20")
    approved = factories.approved(project, report=july)
    first = set_first_baseline(_held_to(row.plan_item, "Mar-20"), by=pmo)
    august = factories.draft(project, factories.next_period(approved.period))
    assert PlanItemUpdate.objects.of(august).get().baseline == first

    change = raise_change(
        project,
        by=officer,
        sort=ChangeRequest.Sort.BASELINE,
        item_words="Doors open",
        description="Later",
        baselines=[_held_to(row.plan_item, "Jun-20")],
    )
    decide_change(submit_change(change, by=officer), by=pmo, approve=True)
    second = PlanItemBaseline.objects.in_force().get()
    assert second != first
    assert PlanItemUpdate.objects.of(august).get().baseline == second
    assert PlanItemUpdate.objects.of(approved).get().baseline is None

    september = factories.draft(project, factories.next_period(factories.approved(project, report=august).period))
    assert PlanItemUpdate.objects.of(september).get().baseline == second


def test_a_correction_goes_on_quoting_the_baseline_of_its_time(project, officer, pmo):
    july = factories.draft(project)
    row = factories.milestone(july, "Doors open", finish="Mar-20")
    first = set_first_baseline(_held_to(row.plan_item, "Mar-20"), by=pmo)
    correction = correct_report(factories.approved(project, report=july), by=pmo, reason="A wrong word")
    change = raise_change(
        project,
        by=officer,
        sort=ChangeRequest.Sort.BASELINE,
        item_words="Doors open",
        description="Later",
        baselines=[_held_to(row.plan_item, "Jun-20")],
    )
    decide_change(submit_change(change, by=officer), by=pmo, approve=True)
    assert PlanItemUpdate.objects.of(correction).get().baseline == first


def _held_to(item, finish):
    baseline = PlanItemBaseline(organisation_id=item.organisation_id, plan_item=item)
    baseline.finish = parse_written_date(finish)
    return baseline
