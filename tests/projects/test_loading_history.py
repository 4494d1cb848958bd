"""Six periods of four projects: what the change control record says moved, and what went otherwise than planned."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from projects.actions.back_fill import PastReport, back_fill
from projects.actions.reports import WrongState
from projects.loading import demonstration_loader
from projects.models import (
    BudgetBaseline,
    BudgetPosition,
    ChangeRequest,
    Node,
    NodeBaseline,
    Period,
    PlanItemBaseline,
    PlanItemUpdate,
    Report,
    ReportEvent,
    RiskAssessment,
    Series,
)

MONTHS = ["2019-02", "2019-03", "2019-04", "2019-05", "2019-06", "2019-07"]
DOCUMENTED = ("homelessness", "ict")


COUNCIL = "rochford"  # that `loaded` puts into the database


@pytest.fixture
def rochford(loaded, db):
    return loaded


def reports_of(slug):
    return Report.objects.frozen().filter(node__slug=slug).select_related("period").in_order()


def versions_of(slug, ref):
    rows = PlanItemBaseline.objects.filter(plan_item__node__slug=slug, plan_item__ref=ref)
    return list(rows.values_list("finish_words", "state"))


@pytest.mark.parametrize("slug", ["homelessness", "ict", "leisure-centre-sample"])
def test_six_periods_the_last_of_them_published_and_current(rochford, slug):
    assert [report.period.slug for report in reports_of(slug) if report.revision == 1] == MONTHS
    assert Node.objects.get(slug=slug).headline_series.published.period.slug == "2019-07"


def test_one_project_missed_april(rochford):
    assert [report.period.slug for report in reports_of("garden-waste-sample")] == [
        month for month in MONTHS if month != "2019-04"
    ]


def test_all_but_the_source_s_own_reports_are_marked_as_sample_data(rochford):
    marked = {(report.node.slug, report.period.slug): report.marking for report in Report.objects.frozen()}
    of_the_source = {key: marked.pop(key) for key in [(slug, "2019-07") for slug in DOCUMENTED]}
    assert set(of_the_source.values()) == {"PUBLIC DOCUMENT"}
    assert set(marked.values()) == {"SAMPLE DATA"}


def test_each_period_was_closed_at_its_own_time_after_its_reports_were_published(rochford):
    periods = Period.objects.filter(organisation=rochford)
    closed = [timezone.localdate(period.closed_at) for period in periods if period.closed_at]
    assert len(set(closed)) == 6
    assert periods.get(slug="2019-08").closed_at is None
    for report in Report.objects.frozen().filter(corrects=None).select_related("period"):
        assert (
            report.opened_at < report.submitted_at < report.approved_at < report.published_at < report.period.closed_at
        )


def test_one_report_came_late(rochford):
    late = [
        (report.node.slug, report.period.slug)
        for report in Report.objects.frozen().filter(corrects=None).select_related("node", "period")
        if report.submitted_at > report.period.due_at
    ]
    assert late == [("leisure-centre-sample", "2019-05")]


def test_one_report_was_returned_with_a_reason_and_mended(rochford):
    returned = ReportEvent.objects.get(to_state="returned")
    assert (returned.report.node.slug, returned.report.period.slug) == ("ict", "2019-03")
    assert "what is still to be installed" in returned.reason
    assert timezone.localdate(returned.at) == date(2019, 3, 7)
    assert "eleven servers" in returned.report.narrative_rows.get(section="commentary").text


def test_one_report_was_corrected_and_the_next_still_carries_the_old_band(rochford):
    wrong, right = reports_of("homelessness").filter(period__slug="2019-04")
    assert (right.corrects, right.revision) == (wrong, 2)
    assert "changed places" in right.correction_reason
    forecasts = [BudgetPosition.objects.of(report).get().forecast for report in (wrong, right)]
    assert forecasts == [Decimal(597200), Decimal(592700)]
    bands = {
        (report.period.slug, report.revision): RiskAssessment.objects.of(report).get(ref="5").residual_band.label
        for report in reports_of("homelessness")
    }
    assert bands["2019-04", 1] == bands["2019-05", 1] == "Medium"
    assert bands["2019-04", 2] == bands["2019-06", 1] == "High"
    # as it stood then the report as first made stood until May's; as now known the corrected one does
    assert wrong.approved_until is not None
    assert (right.known_from, wrong.known_from) == (date(2019, 4, 10), None)


def test_forecasts_moved_as_the_change_record_says(rochford):
    def ends(slug, ref):
        rows = PlanItemUpdate.objects.filter(report__node__slug=slug, report__state="published", ref=ref)
        return [row.actual_words or row.finish_words for row in rows.order_by("report__as_at_on")]

    assert ends("ict", "8") == ["01/07/2019"] * 2 + ["Jul-19"] * 4
    assert ends("leisure-centre-sample", "2") == ["Aug-19"] * 2 + ["Sep-19"] * 3 + ["Oct-19"]
    assert ends("garden-waste-sample", "1") == ["Jun-19"] * 2 + ["Autumn 2019"] * 3


def test_baselines_moved_by_approved_changes_only(rochford):
    assert versions_of("ict", "8") == [("01/07/2019", "superseded"), ("Jul-19", "in_force")]
    assert versions_of("ict", "6") == [("Mar-19", "in_force")]
    assert [words for words, _ in versions_of("leisure-centre-sample", "2")] == ["Aug-19", "Sep-19", "Oct-19"]
    team = NodeBaseline.objects.filter(node__slug="homelessness").values_list("team_size", "state")
    assert list(team) == [(7, "superseded"), (9, "in_force")]
    budgets = BudgetBaseline.objects.in_force().values_list("budget__node__slug", "amount")
    assert dict(budgets) == {"homelessness": Decimal(601400), "ict": Decimal(642848)}
    paid = PlanItemBaseline.objects.in_force().get(plan_item__node__slug="ict", plan_item__ref="8")
    assert paid.change_request.item_words == "Final Payment Milestone"
    assert timezone.localdate(paid.in_force_from) == date(2019, 4, 9)
    aware = paid.change_request.awareness.get(board__short_name="IB")
    assert aware.aware_words == "Apr-19"
    quoted = PlanItemUpdate.objects.filter(plan_item=paid.plan_item, report__state="published", report__corrects=None)
    assert [row.baseline.number for row in quoted.order_by("report__as_at_on")] == [1, 1, 2, 2, 2, 2]


def test_some_changes_are_logged_some_approved_and_one_waits(rochford):
    by_state = [request.state for request in ChangeRequest.objects.filter(organisation=rochford)]
    # of the sixteen of the source two moved a baseline; the samples have five more decided or noted, and one to decide
    assert {state: by_state.count(state) for state in set(by_state)} == {"noted": 15, "approved": 6, "submitted": 1}
    waiting = ChangeRequest.objects.get(state="submitted")
    assert (waiting.node.slug, waiting.planitembaseline_items.get().finish_words) == ("leisure-centre-sample", "Jan-20")


def test_a_day_that_has_a_report_is_not_back_filled_again(rochford):
    series = Series.objects.get(node__slug="ict")
    before = Report.objects.count()
    at = timezone.now() - timedelta(days=1)
    moments = dict.fromkeys(("opened_at", "submitted_at", "approved_at", "published_at"), at)
    past = PastReport(series=series, period=Period.objects.get(slug="2019-03"), covers=[], rows=[], **moments)
    with pytest.raises(WrongState, match="has a report of March 2019 already"):
        back_fill([past], by=demonstration_loader())
    assert Report.objects.count() == before
