"""Trends say what was reported period by period, with gaps where nothing was, and tell readers what is published."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from projects.actions.nodes import add_node
from projects.actions.organisations import close_period
from projects.actions.reports import correct_report
from projects.as_at import as_at
from projects.models import (
    BudgetPositionLine,
    NodeKind,
    Organisation,
    PeriodStanding,
    PlanItemBaseline,
    SavingLine,
    Status,
)
from projects.permissions import top_node
from projects.rules.dates import parse_written_date
from reporting.documents.catalogue.trends import TrendContext, built_trends
from reporting.documents.document import Masthead
from reporting.documents.render import render_html, render_pdf
from reporting.drawing import Reader, build_document
from reporting.trends import Forecast, trend_of
from tests import factories
from tests.beginnings import handed_out
from tests.reporting.documents.pdfua import assert_pdf_ua

APRIL, MAY, JUNE, JULY = date(2019, 4, 30), date(2019, 5, 31), date(2019, 6, 30), date(2019, 7, 31)
STAFF = {"published": False, "sees_exempt": True}
READERS = {"published": True, "sees_exempt": False}


def draft(node, day, kind="on_track"):
    report = factories.draft(node, factories.period(node.organisation, day))
    rating = report.dimensionrating_rows.get(dimension__is_overall=True)
    rating.status = rating.dimension.scheme.statuses.get(kind=kind)
    rating.save()
    return report


def published(node, day, kind="on_track"):
    return factories.published(node, report=draft(node, day, kind))


def trend(node, **how):
    node.refresh_from_db()
    return trend_of(node, **(STAFF | how))


def labels(tracks):
    return {track.label: [value and value.label for value in track.values] for track in tracks}


@pytest.fixture
def programme(organisation):
    return add_node(
        parent=top_node(organisation), kind=NodeKind.PROGRAMME, slug="culture", title="Culture",
        by=factories.system_user(),
    )  # fmt: skip


@pytest.fixture(scope="module")
def beginning(founded):
    """April green, May nothing, June amber, July red with a milestone, a risk, a budget and a benefit that moved."""
    project = factories.project(founded)
    published(project, APRIL)
    june = draft(project, JUNE, "at_risk")
    milestone = factories.milestone(june, "Doors open", finish="31/10/2019", ref="1")
    risk = factories.risk(june, "Roof leaks", residual_band=status(project, "risk_band", "Low"))
    factories.budget(june, planned=Decimal(600), actual=Decimal(100), committed=Decimal(50))
    factories.published(project, report=june)
    july = draft(project, JULY, "off_track")
    july.planitemupdate_rows.update(**milestone._meta.model.finish.values(parse_written_date("31/12/2019")))
    july.riskassessment_rows.update(residual_band=status(project, "risk_band", "High"))
    july.budgetposition_rows.update(actual=Decimal(250))
    factories.published(project, report=july)
    return {"project": project, "told": (milestone, risk)}


(told,) = handed_out("told")


def status(node, subject, label):
    return factories.status(node.organisation, subject, label)


def test_a_period_without_a_report_is_a_gap(project, told):
    found = trend(project)
    assert [column.label for column in found.columns] == [
        "April 2019",
        "May 2019",
        "June 2019",
        "July 2019",
        "August 2019",
    ]
    assert labels(found.statuses)["Project status"] == ["Green", None, "Amber", "Red", None]
    assert [column.is_open for column in found.columns] == [False, False, False, False, True]


def test_milestones_risks_and_money_are_unknown_before_they_were_said(project, told):
    found = trend(project)
    (milestone,), (risk,) = found.milestones, found.risks
    assert milestone.values == (None, None, Forecast(date(2019, 10, 31)), Forecast(date(2019, 12, 31)), None)
    assert [value and (value.band.label, value.change) for value in risk.values] == [
        None, None, ("Low", 0), ("High", 1), None,
    ]  # fmt: skip
    assert [each and (each.planned, each.spent, each.forecast) for each in found.money] == [
        None, None, (600, 150, None), (600, 300, None), None,
    ]  # fmt: skip


def test_a_correction_counts_once_and_not_as_it_stood_then(project, told, organisation):
    july = project.reports.get(as_at_on=JULY)
    moment = july.approved_at
    correction = correct_report(july, by=factories.system_user(), reason="The status was wrong")
    rating = correction.dimensionrating_rows.get(dimension__is_overall=True)
    rating.status = status(project, "overall", "Amber")
    rating.save()
    factories.published(project, report=correction)
    assert labels(trend(project).statuses)["Project status"][3] == "Amber"
    project.refresh_from_db()
    then = as_at("2019-07", "then", organisation, published=False, now=moment)
    assert labels(trend(project, day=then).statuses)["Project status"] == ["Green", None, "Amber", "Red"]


def test_a_trend_ends_at_the_day_asked_for(project, told, organisation):
    day = as_at("2019-06", "known", organisation, published=False, now=project.created_at)
    assert [column.label for column in trend(project, day=day).columns] == ["April 2019", "May 2019", "June 2019"]


def test_readers_see_published_reports_without_exempt_rows_and_no_baselines(project, told):
    milestone, _ = told
    PlanItemBaseline.objects.create(
        organisation=project.organisation, plan_item=milestone.plan_item, state="in_force",
        in_force_from=project.created_at, **PlanItemBaseline.finish.values(parse_written_date("30/09/2019")),
    )  # fmt: skip
    august = draft(project, date(2019, 8, 31))
    august.riskassessment_rows.update(is_exempt=True)
    factories.approved(project, report=august)
    assert labels(trend(project, **READERS).statuses)["Project status"] == ["Green", None, "Amber", "Red", None]
    assert trend(project).milestones[0].baseline_on == date(2019, 9, 30)
    assert trend(project, **READERS).milestones[0].baseline_on is None
    factories.publish(project)
    assert trend(project).risks[0].values[-1] is not None
    assert trend(project, **READERS).risks[0].values[-1] is None


def test_a_withheld_date_is_a_gap(project, told):
    august = draft(project, date(2019, 8, 31))
    august.planitemupdate_rows.update(marks={"finish": {"kind": "withheld"}})
    factories.published(project, report=august)
    assert trend(project).milestones[0].values[-1] is None


def test_savings_forecast_is_the_target_less_what_is_net_at_risk(project):
    report = draft(project, JULY)
    row = factories.benefit(report)
    lines = [(2018, 120, 20, None), (2018, 80, None, 5), (2019, 300, -50, None), (2020, 100, None, None)]
    for year, target, at_risk, other_way in lines:
        SavingLine.objects.create(
            organisation=project.organisation, report=report, update_row=row, year=year, target=target,
            at_risk=at_risk, other_way=other_way,
        )  # fmt: skip
    factories.published(project, report=report)
    years = trend(project).savings
    # 2018/19: 200 less (20 - 5); 2019/20: 300 and 50 over; 2020/21 says nothing of what is at risk
    assert [(year.year, year.totals.target, year.forecast) for year in years] == [
        (2018, 200, 185), (2019, 300, 350), (2020, 100, None),
    ]  # fmt: skip


def test_the_budget_by_year_adds_up_until_a_year_says_nothing(project):
    report = draft(project, JULY)
    row = factories.budget(report, planned=Decimal(600))
    for year, actual in ((2018, 90), (2019, 200), (2020, None)):
        BudgetPositionLine.objects.create(
            organisation=project.organisation, report=report, position=row, year=year, planned=100, actual=actual
        )
    factories.published(project, report=report)
    built = built_trends(trend(project))
    table = next(table for title, table in built.tables if table.caption == "Budget by financial year, added up")
    assert [(row["label"], row["amount-0"], row["amount-1"]) for row in table.rows] == [
        ("2018/19", 100, 90), ("2019/20", 200, 290), ("2020/21", 300, None),
    ]  # fmt: skip


def test_what_stands_beneath_is_read_from_what_is_kept_and_else_counted(organisation, programme):
    library = factories.project(organisation, parent=programme)
    museum = factories.project(organisation, slug="museum", title="Museum", parent=programme)
    for day in (JUNE, JULY):
        published(library, day, "off_track")
    published(museum, JULY)
    close_period(factories.period(organisation, JUNE), by=factories.system_user())
    PeriodStanding.objects.filter(node=programme).update(reported=9)  # to see that it is read
    found = trend(programme)
    assert [column.label for column in found.columns_beneath] == ["June 2019", "July 2019", "August 2019"]
    assert [(each.reported, each.expected) for each in found.beneath] == [(9, 2), (2, 2), (0, 2)]
    assert found.beneath[1].counts["kinds"] == {"off_track": 1, "on_track": 1}


def test_the_table_of_a_portfolio_says_not_reported_as_no_figure(organisation, programme):
    published(factories.project(organisation, parent=programme), JULY, "off_track")
    built = built_trends(trend(programme))
    (table,) = (table for title, table in built.tables if title == "Overall status beneath")
    july, august = table.rows
    assert (july["label"], july["more-0"], july["count-0"]) == ("July 2019 (so far)", "1 of 1", 1)
    assert (august["label"], august["more-0"], august["count-0"]) == ("August 2019 (so far)", "0 of 1", None)


def test_codes_are_unique_and_each_is_explained(project, told):
    context = TrendContext(trend(project), Masthead("Trends", "Westshire"))
    assert len(set(context.codes.values())) == len(context.codes)
    built = built_trends(trend(project))
    key = built.sections[-1].content
    explained = {row["code"]: row["status"] for row in key.rows}
    assert (explained["G"].label, explained["R"].label) == ("Green", "Red")
    assert {"–", "/"} <= set(explained)


def test_two_words_never_share_a_code(project, told):
    Status.objects.filter(scheme__subject="risk_band", label="High").update(code="G")
    context = TrendContext(trend(project), Masthead("Trends", "Westshire"))
    assert context.codes["Green"] == "G"
    assert context.codes["High"] == "HIG"


def test_the_history_of_a_milestone_is_in_words_below_its_chart(project, told):
    html = render_html(built_trends(trend(project)))
    assert "Jun 19: 31 October 2019; Jul 19: 31 December 2019; Aug 19: not reported yet" in html
    assert "Apr 19: not in the report; May 19: not reported" in html
    charts = [part.split("</svg>")[0] for part in html.split("<svg") if 'role="img"' in part.split(">")[0]]
    assert len(charts) == 5  # statuses, milestones, budget, risks, risks by band
    assert all("<title>" in chart for chart in charts)


@pytest.mark.parametrize("ending", ["html", "pdf", "xlsx"])
def test_the_document_is_drawn_in_every_format(client, director, project, told, ending):
    client.force_login(director)
    answer = client.get(reverse("document", args=["trends", "westshire", "library"]), {"format": ending})
    assert answer.status_code == 200
    if ending == "xlsx":
        book = load_workbook(BytesIO(answer.getvalue()))
        assert "Milestones how forecasts moved" in [" ".join(name.split()) for name in book.sheetnames]


def test_the_page_of_a_node_without_reports_says_so(client, director, project):
    client.force_login(director)
    answer = client.get(reverse("trends", args=["westshire", "library"]))
    assert "Nothing to compare yet" in answer.content.decode()


def test_a_period_that_does_not_exist_is_said_and_the_newest_shown(client, director, project, told):
    client.force_login(director)
    answer = client.get(reverse("trends", args=["westshire", "library"]), {"period": "nonsense"})
    assert answer.status_code == 200
    assert "There is no period and no day named nonsense" in answer.content.decode()


def test_readers_do_not_get_what_is_approved_alone(organisation, project):
    factories.approved(project, report=draft(project, JULY))
    with pytest.raises(Exception, match="has no reports to compare yet"):
        build_document("trends", project, Reader(only_published=True, sees_exempt=False))


def test_pages_cost_the_same_however_much_there_is(client, director, organisation, programme, count_queries):
    client.force_login(director)
    addresses = [reverse("trends", args=["westshire", slug]) for slug in ("library", "culture")]
    library = factories.project(organisation, parent=programme)
    report = draft(library, JUNE)
    factories.milestone(report)
    factories.risk(report, residual_band=status(library, "risk_band", "Low"))
    factories.published(library, report=report)
    counts = []
    for _ in range(2):
        for address in addresses:
            client.get(address)
            with count_queries() as counted:
                assert client.get(address).status_code == 200
            counts.append(len(counted))
        if len(counts) == 2:
            report = draft(library, JULY)
            for number in range(5):
                factories.milestone(report, f"Step {number}")
                factories.risk(report, f"Risk {number}", residual_band=status(library, "risk_band", "High"))
            factories.published(library, report=report)
            for number in range(4):
                published(
                    factories.project(organisation, slug=f"p{number}", title=f"P{number}", parent=programme), JULY
                )
    assert counts[:2] == counts[2:]


def test_without_a_demonstration_date_the_open_period_is_that_of_today(organisation, project):
    published(project, JULY)
    Organisation.objects.update(clock_on=None)
    assert trend(project).columns[0].label == "July 2019"


def test_the_pdf_is_accessible(project, programme, told):
    assert_pdf_ua(render_pdf(built_trends(trend(project))))
    assert_pdf_ua(render_pdf(built_trends(trend(top_node(project.organisation)))))
