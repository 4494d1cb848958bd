"""The ICT performance of the second quarter of 2018-19 (agenda of 5 November 2018, items 6 and 8), against the record.

Every figure is typed from the printed tables.
"""

import io
from decimal import Decimal

import openpyxl
import pytest

from projects.models import ChecklistFactor, Indicator, IndicatorUpdate, Node, Report
from reporting.documents.render import render_as
from reporting.drawing import Reader, build_document
from reporting.queries import NoSuchReport
from tests.reporting.documents.pdfua import assert_pdf_ua

pytestmark = pytest.mark.django_db

STAFF = Reader(only_published=False, sees_exempt=True)
PUBLIC = Reader(only_published=True, sees_exempt=False)
GREEN, AMBER, RED = "On or above target", "Below target by up to 10%", "Below target by more than 10%"
# Q3 and Q4 of 2017-18, Q1 and Q2 of 2018-19, the target of Q2, the colour printed.
PRINTED = {
    "Business Activity Indicator": {
        "Average Availability of Business Critical Services (B001)": "99.95% 99.88% 99.33% 99.81% 99.80%",
        "Percentage of Mobile Devices* Within the ICT Estate (*Laptop or Tablet devices, compared to desktop devices) "
        "(B062)": "41.37% 44.97% 47.60% 50.50% 50%",
        "Percentage Incidents Resolved Within Agreed Service Levels (B009)": "91.90% 91.26% 90.39% 93.03% 92.00%",
        "Percentage of ICT Changes Successfully Completed (B032)": "99.28% 98.95% 100% 99.44% 98.00%",
        "Compliance to CIPFA Project Delivery Index (B052)": "9.0 8.2 8.1 8.2 8.0",
        "Percentage of Project Milestones Delivered (B053)": "89% 86% 84% 67% 85%",
    },
    "Customer Indicator": {
        "Average Customer Satisfaction Score: Corp (C001A01) / Schools (C002A01)": (
            "4.28/4.60 4.50/4.75 4.68/4.89 4.73/4.93 4.50/4.50"
        ),
        "Percentage of Service Desk 1st Call Resolutions (C010)": "58.55% 61.40% 57.61% 58.68% 50.00%",
        "Average Service Desk Call Duration (C011)": "5:44mins 6:04mins 5:51mins 5:41mins 6.00mins",
        "Percentage Service Desk Calls Dropped (C014)": "7.30% 7.47% 13.14% 10.89% 10.00%",
    },
    "Staff Indicator": {
        "Average Number of Absence Days Per Staff Member (S003)": "5.72 8.22 1.42 2.42 3.50",
        "Average Number of Professional Training Days Per Staff Member (S004)": "3.61 4.96 1.07 2.07 1.50",
    },
    "Financial Indicator": {
        "Expenditure Against Revenue (F001)": "75% 100% 24% 46% 58%",
        "Expenditure Against Capital (F002)": "51% 100% 62% 70% 50%",
        "Cost of ICT Support Per User (F006)": "£223 £223 £201 £198 £224",
        "Cost of ICT Support Per Workstation (F007)": "£230 £190 £202 £204 £217",
    },
}
NOT_GREEN = {"B053": RED, "C014": AMBER}
# Year, quarter, milestones delivered (%age), project delivery scores (out of 9), of item 6; and the quarter of item 8.
HISTORY = [
    ("2016-17", "Q4", "71", "9"),
    ("2017-18", "Q1", "80", "9"),
    ("2017-18", "Q2", "81", "8.67"),
    ("2017-18", "Q3", "89", "9"),
    ("2017-18", "Q4", "86", "8.2"),
    ("2018-19", "Q1", "84", "8.1"),
    ("2018-19", "Q2", "67", "8.2"),
]
CLOSED = {
    "Bestwood Country Park – Data Transfer": 9,
    "Mansfield Woodhouse Library Refurbishment": 9,
    "Information Governance Improvement Programme": 9,
    "MASH Mosaic VPN": 9,
    "Sophos End Point Protection Renewal": 8,
    "Rufford Country Park – Park Rangers to Parkwood": 9,
    "CP:IS": 8,
    "ASA Firewall Replacement": 6,
    "Sherwood Forest Transfer to RSPB": 7,
}


COUNCIL = "nottinghamshire"  # that `loaded` puts into the database


@pytest.fixture
def council(loaded, db):
    return loaded


def drawn(slug="ict-services", reader=STAFF, **asked):
    node = Node.objects.select_related("organisation", "headline_series").get(slug=slug)
    return build_document("indicators", node, reader, **asked)


def section(built, title):
    return next(each for each in built.sections if each.title == title)


def cells(table):
    return [[cell.text for cell in row.cells] for row in table.printed_rows]


def plain(words):
    return words.replace(" ", "")


@pytest.mark.parametrize("group", PRINTED)
def test_every_printed_figure_of_a_group(council, group):
    table = section(drawn(), group).content.table
    assert [(heading.label, heading.span) for heading in table.group_headings[1:3]] == [
        ("Performance 2017-18", 2),
        ("Performance 2018-19", 3),
    ]
    assert [column.label for column in table.columns[:7]] == [
        group, "Q3 Actual", "Q4 Actual", "Q1 Actual", "Q2 Actual", "Q2 Target", "Status",
    ]  # fmt: skip
    found = {row[0]: [plain(words) for words in row[1:6]] for row in cells(table)}
    assert found == {title: words.split() for title, words in PRINTED[group].items()}


def test_the_statuses_stated_are_those_printed_and_follow_from_the_figures_but_for_one(council):
    rows = IndicatorUpdate.objects.filter(report__period__slug="2018-19-q2").select_related("status")
    assert {row.ref: row.status.label for row in rows} == {row.ref: NOT_GREEN.get(row.ref, GREEN) for row in rows}
    assert len(rows) == 17
    tables = [section(drawn(), group).content.table for group in PRINTED]
    derived = {row["title"]: row["status"].label for table in tables for row in table.rows}
    others = {title: label for title, label in derived.items() if label != GREEN}
    assert others == {
        "Percentage of Project Milestones Delivered (B053)": RED,
        "Percentage Service Desk Calls Dropped (C014)": AMBER,
        "Expenditure Against Revenue (F001)": RED,
    }
    financial = tables[-1]
    assert [row["stated"].label for row in financial.rows if row["status"].label == RED] == [GREEN]
    assert financial.notes[0].startswith(f"F001: stated as {GREEN}; by the figures {RED}. Worse than target by 20.68%")


def test_the_key_is_the_one_printed_with_every_report(council):
    labels = [row["status"].label for row in section(drawn(), "Key symbols").content.rows]
    assert labels == [RED, AMBER, GREEN, "No reported data or no target"]


def test_minutes_and_pounds_are_kept_in_base_units(council):
    def actuals(ref):
        row = IndicatorUpdate.objects.get(ref=ref, report__period__slug="2018-19-q2")
        return [value.actual for value in row.values], row.current.target

    assert actuals("C011") == ([344, 364, 351, 341], 360)
    assert actuals("F006") == ([223, 223, 201, 198], 224)


def test_the_history_of_milestones_and_delivery_scores(council):
    title = "Milestones delivered and project delivery scores since PRINCE2 Agile was taken up"
    assert [tuple(row) for row in cells(section(drawn(), title).content.table)] == HISTORY
    before = drawn(period="2018-19-q1")
    assert [tuple(row) for row in cells(section(before, title).content.table)] == HISTORY[:6]


def test_milestones_are_counted_and_the_percentage_stated_stands_beside_it(council):
    table = section(drawn(), "Milestones of the quarter").content
    assert cells(table) == [
        ["Completed", "20"], ["Awaiting Sign Off", "0"], ["Incomplete", "16"], ["On Hold", "6"], ["Total", "42"],
    ]  # fmt: skip
    assert table.notes == (
        "20 of 42 milestones were delivered, 48%. Stated as 67%, which does not follow from this count.",
    )


def test_nine_closed_projects_come_to_the_index_printed(council):
    rows = cells(section(drawn(), "Project Delivery Index").content)
    assert {title: int(score) for title, score, _ in rows[:-1]} == CLOSED
    assert rows[-1] == ["Average", "8.2", "74 over 9 projects"]


def test_lists_to_be_scored_are_configuration(council):
    factors = ChecklistFactor.objects.filter(organisation=council)
    assert factors.filter(checklist__slug="delivery-index").count() == 9
    assert list(factors.filter(checklist__slug="agilometer").values_list("label", flat=True)) == [
        "Flexibility on what is delivered",
        "Level of collaboration",
        "Ease of communication",
        "Ability to work iteratively and deliver incrementally",
        "Advantageous environmental conditions",
        "Acceptance of Agile",
    ]


@pytest.mark.parametrize("slug", ["nottinghamshire", "chief-executives", "ict-services"])
@pytest.mark.parametrize("reader", [STAFF, PUBLIC])
def test_every_node_above_draws_the_same_groups(council, slug, reader):
    built = drawn(slug, reader)
    assert [each.title for each in built.sections if each.key == "indicator-group"] == list(PRINTED)


def test_a_department_without_indicators_says_so(council):
    with pytest.raises(NoSuchReport, match="no approved report of indicators"):
        drawn("place")


def test_a_day_between_reports_is_answered_with_the_one_that_stands(council):
    assert drawn(period="2018-09-29").subtitle == "Q1 2018-19"
    assert drawn(period="2018-09").subtitle == "Q2 2018-19"  # the month ends with the quarter
    with pytest.raises(NoSuchReport):
        drawn(period="2016-01-01")


def test_the_next_quarter_is_open_with_its_targets_and_nothing_measured(council):
    draft = Report.objects.get(node__slug="ict-services", period__slug="2018-19-q3")
    rows = {row.ref: row for row in IndicatorUpdate.objects.of(draft).select_related("indicator", "status")}
    assert len(rows) == 17
    assert [value.measured for value in rows["B053"].values] == [
        "Q4 2016-17", "Q1 2017-18", "Q2 2017-18", "Q3 2017-18", "Q4 2017-18", "Q1 2018-19", "Q2 2018-19", "Q3 2018-19",
    ]  # fmt: skip
    assert (rows["B001"].actual_words, rows["B001"].target_words) == ("", "99.80%")
    assert rows["S003"].target_words == ""  # set for the second quarter alone
    assert {row.status.label for row in rows.values()} == {"No reported data or no target"}


def test_targets_of_two_years_are_one_baseline(council):
    held = Indicator.objects.get(organisation=council, ref="C014").baselines.get()
    assert [(line.measured, line.amount) for line in held.targets.all()] == [
        ("2017-18", Decimal(12)),
        ("2018-19", Decimal(10)),
    ]


def test_the_pdf_and_the_workbook(council):
    built = drawn("nottinghamshire", PUBLIC)
    assert_pdf_ua(render_as(built, "pdf"))
    book = openpyxl.load_workbook(io.BytesIO(render_as(built, "xlsx")))
    figures = {(row[1], row[5]): row[6:] for row in book["Figures as numbers"].iter_rows(min_row=2, values_only=True)}
    assert figures["C011", "Q2 2018-19"] == (341, 360)
    assert figures["B001", "Q3 2017-18"] == (99.95, None)
