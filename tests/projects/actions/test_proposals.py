"""What the rules propose for a draft, and what a person who chooses otherwise has to say."""

from datetime import date
from decimal import Decimal

import pytest
from auditlog.models import LogEntry

from projects.actions.proposals import is_judged, proposing_once
from projects.actions.reports import ReportIncomplete, approve_report, correct_report, open_draft, submit_report
from projects.actions.rows import change_row
from projects.models import (
    DimensionRating,
    Origin,
    PlanItemBaseline,
    PlanItemUpdate,
    Report,
    SavingLine,
    Status,
)
from projects.rules.dates import parse_written_date
from tests import factories

pytestmark = pytest.mark.django_db


def rating(report):
    return DimensionRating.objects.get(report=report, dimension__is_overall=True)


def by_rule(report, rule):
    """What the overall dimension would be proposed by another rule."""
    row = rating(report)
    row.dimension.rule = rule
    row.dimension.save()
    return row


def baseline(update, finish):
    columns = PlanItemBaseline.finish.values(parse_written_date(finish))
    made = PlanItemBaseline.objects.create(
        organisation=update.organisation, plan_item=update.plan_item, state="in_force", number=1, **columns
    )
    PlanItemUpdate.objects.filter(pk=update.pk).update(baseline=made)
    update.refresh_from_db()
    return update


def forecast(update, finish):
    return change_row(update, PlanItemUpdate.finish.values(parse_written_date(finish)), by=factories.system_user())


@pytest.mark.parametrize(
    ("finish", "is_critical", "kind", "because"),
    [
        ("13 September 2019", False, "on_track", "Milestone 1 Doors open. Slip is 13 days; AMBER from 14 days"),
        ("14 September 2019", False, "at_risk", "Milestone 1 Doors open. Slip is 14 days; AMBER from 14 days"),
        ("12 October 2019", False, "off_track", "Milestone 1 Doors open. Slip is 42 days; RED from 42 days"),
        ("21 September 2019", True, "off_track", "Milestone 1 Doors open. Slip on the critical path is 21 days; "
         "RED from 21 days"),
    ],
)  # fmt: skip
def test_schedule_is_proposed_from_the_slip_against_the_baseline(project, finish, is_critical, kind, because):
    report = factories.draft(project)
    by_rule(report, "schedule")
    update = baseline(factories.milestone(report, ref="1", is_critical_path=is_critical), "31 August 2019")
    forecast(update, finish)
    row = rating(report)
    assert (row.proposed_status.kind, row.proposed_because) == (kind, [because])


def test_an_item_without_a_baseline_proposes_nothing(project):
    report = factories.draft(project)
    by_rule(report, "schedule")
    factories.milestone(report, finish="1 January 2019")
    assert rating(report).proposed_status is None
    assert rating(report).proposed_because == ["No open item has both a baseline and a date"]


def test_a_date_that_has_passed_slips_on_to_the_day_of_the_report(project):
    report = factories.draft(project)
    by_rule(report, "schedule")
    forecast(baseline(factories.milestone(report, ref="1"), "1 July 2019"), "2 July 2019")
    assert "Slip is 30 days" in rating(report).proposed_because[0]


def test_overall_is_one_step_better_where_only_one_dimension_is_amber(project, organisation):
    report = factories.draft(project)
    factories.budget(report, planned=Decimal(100), forecast=Decimal(106))
    assert rating(report).proposed_status.kind == "at_risk", "alone it stands as it is"
    factories.risk(report, residual_band=factories.status(organisation, "risk_band", "Low"))
    row = rating(report)
    assert row.proposed_status.kind == "on_track"
    assert row.proposed_because == [
        "Only Finance is AMBER, so one step better: GREEN; not rated: Schedule, Benefits",
        "Finance: Project budget. Spend over plan is 6%; AMBER from 5%",
        "Risk: Roof leaks. What remains of it is Low",
    ]


def test_benefits_are_proposed_by_financial_year(project):
    report = factories.draft(project)
    by_rule(report, "benefits")
    benefit = factories.benefit(report)
    for year, target, at_risk, other_way in ((2018, 1000, 20, None), (2019, 1000, 200, 50), (None, 2000, 220, 50)):
        SavingLine.objects.create(
            organisation=report.organisation,
            report=report,
            update_row=benefit,
            year=year,
            target=target,
            at_risk=at_risk,
            other_way=other_way,
        )
    change_row(benefit, {"comment": "Checked"}, by=factories.system_user())
    row = rating(report)
    assert (row.proposed_status.kind, row.proposed_because) == (
        "off_track",
        ["2019/20: Shortfall is 15%; RED from 15%"],
    )


def test_a_reason_never_names_what_is_exempt(project):
    report = factories.draft(project)
    budget = factories.budget(report, planned=Decimal(100), forecast=Decimal(120))
    change_row(budget, {"is_exempt": True, "exempt_paragraph": "3"}, by=factories.system_user())
    row = rating(report)
    assert row.proposed_status.kind == "off_track"
    assert row.proposed_because[1] == "Finance: An exempt budget is RED"


def test_the_nearest_status_is_proposed_and_said_where_the_scheme_has_none_of_the_kind(project):
    report = factories.draft(project)
    scheme = rating(report).dimension.scheme
    Status.objects.filter(scheme=scheme, kind="off_track").update(is_archived=True)
    factories.budget(report, planned=Decimal(100), forecast=Decimal(120))
    row = rating(report)
    assert row.proposed_status.kind == "at_risk"
    assert row.proposed_because[-1] == (
        "The scheme has no status that means off track; Amber is the nearest by common severity"
    )


def test_no_version_moves_and_the_audit_trail_is_silent(project, officer):
    report = factories.draft(project)
    row = rating(report)
    lines = LogEntry.objects.filter(object_pk=str(row.pk), content_type__model="dimensionrating").count()
    factories.budget(report, planned=Decimal(100), forecast=Decimal(120))
    assert rating(report).proposed_status is not None
    # the form was read before the rules spoke: its save is not refused, and what they said stays
    change_row(row, {"comment": "On plan"}, version=row.version, by=officer)
    assert rating(report).proposed_status is not None
    now = LogEntry.objects.filter(object_pk=str(row.pk), content_type__model="dimensionrating")
    assert now.count() == lines + 1
    assert "proposed_status" not in now.first().changes


def test_many_rows_ask_the_rules_once(project, officer, count_queries):
    report = factories.draft(project)
    rows = [factories.risk(report, title=f"Risk {number}") for number in range(4)]

    def change(words):
        for row in rows:
            change_row(row, {"controls": words}, by=officer)

    with count_queries() as each_time:
        change("One by one")
    with count_queries() as once, proposing_once():
        change("All at once")
    asked = [
        sum('"projects_threshold"' in query["sql"] for query in counted.captured_queries)
        for counted in (each_time, once)
    ]
    assert asked == [4, 1]


def overspent(project):
    report = factories.draft(project)
    factories.budget(report, planned=Decimal(100), forecast=Decimal(120))
    return report


def test_choosing_otherwise_needs_a_reason_before_submission(project, officer, pmo):
    report = overspent(project)
    with pytest.raises(ReportIncomplete) as refused:
        submit_report(report, by=officer)
    assert refused.value.problems == ["Say why the project status differs from the one proposed."]
    change_row(rating(report), {"chosen_because": "The grant comes in May"}, by=officer)
    report = approve_report(submit_report(report, by=officer), by=pmo)
    row = rating(report)
    assert (row.status.kind, row.chosen_because, row.proposed_status.kind) == (
        "on_track",
        "The grant comes in May",
        "off_track",
    )


def test_another_word_of_the_same_colour_needs_no_reason(project, officer):
    report = factories.draft(project)
    factories.budget(report, planned=Decimal(100), forecast=Decimal(106))
    scheme = rating(report).dimension.scheme
    watch = Status.objects.create(
        organisation=report.organisation, scheme=scheme, label="Watch", code="W", kind="watch", severity=3,
        shape="diamond", colour="yellow", order=9,
    )  # fmt: skip
    change_row(rating(report), {"status": watch}, by=officer)
    assert submit_report(report, by=officer).state == "submitted"


@pytest.mark.parametrize("origin", [Origin.BACK_FILLED, Origin.IMPORTED])
def test_what_was_said_before_the_rules_spoke_is_never_held_up(project, officer, pmo, origin):
    report = open_draft(project.headline_series, factories.period(project.organisation), by=officer, origin=origin)
    row = rating(report)
    green = Status.objects.filter(scheme=row.dimension.scheme, kind="on_track").first()
    change_row(row, {"status": green}, by=officer)
    factories.budget(report, planned=Decimal(100), forecast=Decimal(120))
    report = approve_report(submit_report(report, by=officer), by=pmo)
    assert rating(report).proposed_status.kind == "off_track", "it is kept all the same"
    assert not is_judged(report)
    assert not is_judged(correct_report(report, by=pmo, reason="A figure"))


def test_only_what_the_report_covers_is_evidence(project, officer):
    report = overspent(project)
    Report.objects.filter(pk=report.pk).update(covers=["project-status", "commentary"])
    report.refresh_from_db()
    submit_report(report, by=officer)
    assert rating(report).proposed_status is None


def test_the_day_of_the_report_is_what_counts_not_the_calendar(project):
    report = factories.draft(project, factories.period(project.organisation, date(2019, 6, 30)))
    by_rule(report, "schedule")
    forecast(baseline(factories.milestone(report, ref="1"), "1 July 2019"), "2 July 2019")
    assert "Slip is 1 day;" in rating(report).proposed_because[0]
