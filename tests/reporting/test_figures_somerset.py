"""The programme scorecard at the end of June 2022, typed from the source, against the record."""

from datetime import date

import pytest

from projects.models import (
    DimensionRating,
    Narrative,
    Node,
    Notice,
    Report,
    ReviewFindingUpdate,
    StatusScheme,
    Tally,
    TallyLine,
)
from reporting.documents.render import render_pdf, render_xlsx
from reporting.drawing import Reader, build_document
from tests.reporting.documents.pdfua import assert_pdf_ua, pdf_text

pytestmark = pytest.mark.django_db

# Last period and this, for overall, resources and schedule.
SCORECARD = {
    "lgr": "G A A A G G",
    "assets-property": "G A A A G A",
    "assets-technical": "A A G G G G",
    "communities-customers-partnerships": "G G A A G G",
    "finance": "G A G A G A",
    "governance": "G G A A G G",
    "people": "G G A A G G",
    "service-alignment": "A A R R A A",
}


COUNCIL = "somerset"  # that `loaded` puts into the database


@pytest.fixture
def council(loaded, db):
    return loaded


def report(slug, period):
    return Report.objects.get(node__slug=slug, period__slug=period)


@pytest.mark.parametrize(("slug", "letters"), SCORECARD.items())
def test_each_row_of_the_scorecard(council, slug, letters):
    said = {
        period: dict(DimensionRating.objects.of(report(slug, period)).values_list("dimension__key", "status__code"))
        for period in ("2022-05", "2022-06")
    }
    assert [said[period][key] for key in ("overall", "resources", "schedule") for period in said] == letters.split()


def test_periods_are_of_the_days_printed(council):
    assert [report("lgr", period).as_at_on for period in ("2022-05", "2022-06")] == [
        date(2022, 5, 31),
        date(2022, 6, 30),
    ]
    position = Narrative.objects.get(report=report("lgr", "2022-06"), section="position")
    assert position.text == "Position as of End of Jun 22 [USING AVAILABLE DATA]"


def test_reports_cover_what_is_printed_and_no_more(council):
    assert report("finance", "2022-05").covers == ["project-status"]
    assert report("lgr", "2022-05").covers == ["project-status", "resource-counts", "time", "review-findings"]
    assert "delivery" in report("lgr", "2022-06").covers
    assert {each.origin for each in Report.objects.filter(organisation=council)} == {"back_filled"}
    assert not Notice.objects.filter(report__period__slug="2022-05").exists()
    assert list(Notice.objects.of(report("lgr", "2022-06")).values_list("kind", "area")) == [
        ("awareness", "Programme"),
        ("awareness", "Governance"),
        ("awareness", "Finance"),
        ("awareness", "Finance"),
    ]


# ---- tables, as the document prints them ----


@pytest.fixture(scope="module")
def card(loaded):
    """The scorecard of June as a reader is given it: section title to content."""
    programme = Node.objects.get(organisation=loaded, slug="lgr")
    return build_document("scorecard", programme, Reader(only_published=True, sees_exempt=False))


def cells(table):
    return [[cell.text for cell in row.cells] for row in table.printed_rows]


def section(card, title):
    return next(each for each in card.sections if each.title.startswith(title))


def test_the_scorecard_prints_eight_rows(card):
    (table,) = section(card, "RAG").tables
    printed = [[text[0] for text in row[1:]] for row in cells(table)]
    assert printed == [letters.split() for letters in SCORECARD.values()]
    assert [row[0] for row in cells(table)] == [
        "Overall Prog. RAG",
        "Assets Optimisation: Property",
        "Assets Optimisation: Technical",
        "Communities, Customers & Partnerships",
        "Finance",
        "Governance",
        "People",
        "Service Alignment",
    ]
    assert [heading.label for heading in table.group_headings] == ["", "Overall RAG", "Resources", "Schedule"]


def test_the_stamp_is_printed_and_an_empty_half_says_so(card):
    assert card.landscape
    said = section(card, "LGR in Somerset - Top Level Programme Scorecard").content.passages[0].paragraphs
    assert said[0].text == "Position as of End of Jun 22 [USING AVAILABLE DATA]"
    halves = section(card, "Escalations & Awareness").content.passages
    assert [half.heading for half in halves] == ["Escalations", "Awareness"]
    assert halves[0].tables[0].empty == "Nothing is escalated."
    assert not halves[0].tables[0].rows
    assert [row[0] for row in cells(halves[1].tables[0])] == ["Programme", "Governance", "Finance", "Finance"]


def test_resource_counts_last_period_and_this(card):
    (table,) = section(card, "Resource").tables
    assert [row[:3] for row in cells(table)] == [
        ["Total Sub-Workstream Scorecards", "101", "99"],
        ["Sub-Workstreams Sufficiently Resourced", "68", "71"],
        ["Sub-Workstreams with Borderline Resources", "27", "22"],
        ["Sub-Workstreams Inadequately Resourced", "6", "6"],
        ["No. of Products within Inadequately Resourced Sub-WSs", "39", "122"],
        ["No. of Tranche 1 Products within Inad. Resourced Sub-WSs", "13", "4"],
    ]
    assert [heading.label for heading in table.group_headings] == ["", "As stated", "In the registers"]


def test_time_is_derived_from_the_dates_and_what_is_stated_stands_beside_it(card):
    (table,) = section(card, "Time").tables
    assert cells(table) == [
        ["Time Used (Since Oct 2021)", "242 days (44%)", "242 Days (44%)", "272 days (50%)", "272 Days (50%)"],
        ["Time Remaining", "305 days (56%)", "305 Days (56%)", "275 days (50%)", "275 Days (50%)"],
    ]
    assert [heading.label for heading in table.group_headings][1:] == [
        "Last Period (as of 31 May 2022)",
        "This Period (as of 30 June 2022)",
    ]


PRODUCTS = """
245 179 66
39 38 1
187 135 52
0 0 0
2 2 0
17 4 13"""
MILESTONES = """
712 504 208
151 129 22
481 305 176
9 8 1
8 8 0
9 0 9"""


def test_delivery_by_tranche_and_state_with_the_total_and_the_sum(card):
    products, milestones = section(card, "Product and Milestone Delivery").tables
    for table, printed in ((products, PRODUCTS), (milestones, MILESTONES)):
        rows = [row for row in cells(table) if row[0] not in ("Not rated", "Sum of the states")]
        assert [row[0] for row in rows] == [
            "Total Number of Products",
            "Delivered",
            "On Track",
            "At Risk",
            "Off Track",
            "On Hold/Not yet Started",
        ]
        assert [row[1:4] for row in rows] == [line.split() for line in printed.split("\n")[1:]]
        assert [heading.label for heading in table.group_headings][1:] == [
            "As stated, as of 30 June 2022",
            "In the registers",
        ]
    assert cells(products)[-1][:4] == ["Sum of the states", "245", "179", "66"]
    assert cells(milestones)[-1][:4] == ["Sum of the states", "658", "450", "208"]
    said = " ".join(milestones.notes)
    assert "add up to 658 and the total is stated as 712" in said
    assert "add up to 450 and the total is stated as 504" in said


def test_one_printed_line_counts_two_kinds_of_status(council):
    line = TallyLine.objects.get(tally__key="products", label="On Hold/Not yet Started", column="Tranche 2")
    assert (line.count, line.kinds) == (13, ["on_hold", "not_started"])
    scheme = StatusScheme.objects.get(organisation=council, subject="milestone")
    kinds = scheme.statuses.filter(label__in=("On Hold", "Not yet Started")).values_list("kind", flat=True)
    assert sorted(kinds) == ["not_started", "on_hold"]


def test_what_the_reviewer_says_is_under_its_headings(card):
    def rows(title):
        return section(card, title).content.rows

    assert len(rows("Half-year view: key achievements")) == 3
    assert len(rows("Half-year view: areas of improvement")) == 5
    assert [row["title"] for row in rows("Progress made against next steps")] == [
        "Programme leadership",
        "Progress against delivery: tranche 1,2,3",
        "Programme and project management ways of working",
        "Benefits and LGR savings",
        "Technology",
        "Change management",
        "Resource constraints",
    ]
    assert all(row["step"] and row["progress"] and row["next"] for row in rows("Progress made against next steps"))
    assert list(dict.fromkeys(row["area"] for row in rows("QA meetings"))) == [
        "Asset Optimisation",
        "Service Alignment and Improvement",
        "Customer, Communities, and Partnerships",
        "Finance",
        "People",
        "Governance",
    ]
    said = " ".join(row["title"] for row in rows("QA meetings"))
    for figure in ("11 sub-workstreams and 31 products", "285 applications", "20 products", "£45m", "55 products"):
        assert figure in said
    achieved = " ".join(row["title"] for row in rows("Half-year view: key achievements"))
    assert "over 170 products" in achieved
    assert "22 products (5%)" in achieved
    issues = section(card, "Progress made against next steps").content.columns
    assert [column.label for column in issues] == [
        "Overview of issue", "Suggested next steps from May 2022", "Progress made in June 2022", "Suggested next steps",
    ]  # fmt: skip
    for title, figures in {
        "Half-year view: key insights": ("over 400 products", "six workstreams", "1 April 2023"),
        "This month: key headlines": ("eight-week forward view", "activity analysis", "two layers"),
        "Overview": ("12 to 18 months",),
    }.items():
        told = " ".join(
            words
            for each in section(card, title).content.passages[0].paragraphs
            for words in (each.text, *each.bullets)
        )
        assert [figure for figure in figures if figure not in told] == []
    for figure in (
        "Only three have defined their Tranche 2",
        "two are in development",
        "business support sub-workstream",
    ):
        assert figure in said


def test_the_step_suggested_in_may_is_the_one_that_june_reports_on(council):
    may, june = (
        {row.title: row for row in ReviewFindingUpdate.objects.of(report("lgr", period)).filter(kind="issue")}
        for period in ("2022-05", "2022-06")
    )
    assert may.keys() == june.keys()
    assert all(may[title].next_step == june[title].suggested_step for title in may)
    assert all(may[title].review_finding_id == june[title].review_finding_id for title in may)


def test_the_scorecard_is_an_accessible_pdf_and_its_tables_a_workbook(card):
    drawn = render_pdf(card)
    assert_pdf_ua(drawn)
    for words in ("[USING AVAILABLE DATA]", "712", "658", "272 days (50%)", "Nothing is escalated."):
        assert words in pdf_text(drawn)
    assert render_xlsx(card)[:2] == b"PK"


def test_totals_are_kept_as_stated_even_where_the_rows_add_up_to_less(council):
    totals = dict(Tally.objects.of(report("lgr", "2022-06")).values_list("key", "total"))
    assert totals == {
        "sub-workstreams": 99,
        "products-inadequately-resourced": 122,
        "products": 245,
        "milestones": 712,
    }
    rows = TallyLine.objects.filter(tally__key="milestones", column="All T1 & T2 Products")
    assert sum(rows.values_list("count", flat=True)) == 658  # 151 + 481 + 9 + 8 + 9
