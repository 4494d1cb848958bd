"""The project status report of September 2018 (agenda of 5 November 2018, Appendices B and C), against the record.

Every figure is typed from the printed tables, in thousands of pounds.
"""

from collections import Counter
from decimal import Decimal

import pytest
from django.db.models import Sum

from projects.models import (
    BenefitUpdate,
    DimensionRating,
    Narrative,
    Node,
    NodeAlias,
    Report,
    ReportSummary,
    SavingLine,
    Status,
)
from reporting.drawing import Reader, build_document

pytestmark = pytest.mark.django_db

DEPARTMENTS = ("adult-social-care-health", "children-families", "place", "chief-executives")
# The rows printed beneath each department: targets of three years and their total, at risk likewise, another way, net.
TOTALS = {
    "adult-social-care-health": ((8569, 5682, 3580, 17831), (-6612, -63, 0, -6675), 22, -6697),
    "children-families": ((1681, 325, 350, 2356), (226, 0, 0, 226), 251, -25),
    "place": ((2184, 182, 0, 2366), (686, 0, 0, 686), 0, 686),
    "chief-executives": ((2053, 450, 518, 3021), (0, 0, 0, 0), 0, 0),
}
# Appendix C prints the same rows for programmes.
PROGRAMMES = {
    "improving-lives": ((8569, 5682, 3580, 17831), (-6612, -63, 0, -6675), 22, -6697),
    "promoting-independence-interventions": ((7027, 3328, 2321, 12676), (-6756, -3, 0, -6759), 22, -6781),
    "asch-1801": ((507, 394, 416, 1317), (0, 0, 0, 0), 0, 0),
    "asch-1805": ((1035, 1960, 843, 3838), (144, -60, 0, 84), 0, 84),
}
# Counted in the printed lists, department by department: on target, obstacles, at risk, compromised, closed.
STATUSES = {
    "adult-social-care-health": (10, 7, 5, 0, 1),
    "children-families": (11, 0, 0, 1, 3),
    "place": (12, 0, 0, 1, 1),
    "chief-executives": (16, 0, 0, 0, 2),
}
SIX = ("On Target", "Experiencing Obstacles", "At Risk", "Compromised", "Closed or Completed", "No Status")


COUNCIL = "nottinghamshire"  # that `loaded` puts into the database


@pytest.fixture
def council(loaded, db):
    return loaded


def projects_beneath(slug):
    return Node.objects.beneath(Node.objects.get(slug=slug)).filter(series__template__slug="project-status")


def thousands(rows, column):
    return int((rows.aggregate(total=Sum(column))["total"] or Decimal(0)) / 1000)


def printed_row(slug):
    """What a printed totals row says, from the lines in the record."""
    lines = SavingLine.objects.filter(report__node__in=projects_beneath(slug), report__period__slug="2018-09")
    years = [lines.filter(year=year) for year in (2018, 2019, 2020)]
    at_risk, other_way = thousands(lines, "at_risk"), thousands(lines, "other_way")
    return (
        (*(thousands(year, "target") for year in years), thousands(lines, "target")),
        (*(thousands(year, "at_risk") for year in years), at_risk),
        other_way,
        at_risk - other_way,
    )


@pytest.mark.parametrize(("slug", "row"), [*TOTALS.items(), *PROGRAMMES.items()])
def test_the_totals_are_those_printed(council, slug, row):
    assert printed_row(slug) == row


def test_the_council_comes_to_what_the_report_says(council):
    rows = [printed_row(slug) for slug in DEPARTMENTS]
    assert sum(targets[-1] for targets, _, _, _ in rows) == 25_574  # "£25.6m"
    assert sum(net for _, _, _, net in rows) == -6_036  # "over achieved by £6m"
    assert printed_row("nottinghamshire") == ((14487, 6639, 4448, 25574), (-5700, -63, 0, -5763), 273, -6036)


def test_savings_of_a_project_are_as_printed(council):
    def lines(slug):
        rows = SavingLine.objects.filter(report__node__slug=slug, report__period__slug="2018-09")
        return [
            tuple(None if value is None else int(value) for value in row)
            for row in rows.values_list("year", "target", "at_risk", "other_way")
        ]

    assert lines("targeted-reviews") == [
        (2018, 2_010_000, -1_967_000, None),
        (2019, 2_000_000, None, None),
        (2020, 2_000_000, None, None),
    ]
    assert lines("assistive-technology")[2] == (2020, -28_000, None, None)
    assert lines("shared-lives") == [(2018, 60_000, 60_000, None), (2019, None, -60_000, None)]
    assert lines("icels") == [(2018, None, 14_000, None)]
    assert lines("brokerage-for-self-funders") == [(2018, 28_000, 22_000, None), (None, None, None, 22_000)]
    assert lines("cfcs-management-structure") == [(None, None, None, 185_000)]
    assert not BenefitUpdate.objects.filter(report__node__slug__in=["broadband", "brmi", "smarter-working"]).exists()


def test_savings_are_printed_by_year_with_the_total(council):
    def printed_rows(slug):
        node = Node.objects.select_related("organisation", "headline_series").get(slug=slug)
        built = build_document("project-dashboard", node, Reader(only_published=True, sees_exempt=False))
        (table,) = [section.content for section in built.sections if section.key == "benefits"]
        return [[cell.text for cell in row.cells] for row in table.printed_rows]

    assert printed_rows("brokerage-for-self-funders") == [
        ["2018/19", "£28,000", "£22,000", "–", "£22,000"],
        ["Total", "£28,000", "£22,000", "£22,000", "£0"],
    ]
    assert printed_rows("transitions")[-1] == ["Total", "£160,000", "-£178,000", "–", "-£178,000"]
    assert printed_rows("cfcs-management-structure") == [["Total", "–", "–", "£185,000", "-£185,000"]]
    assert printed_rows("broadband") == []


@pytest.mark.parametrize("period", ["2018-08", "2018-09"])
@pytest.mark.parametrize(("slug", "counts"), STATUSES.items())
def test_projects_by_status(council, period, slug, counts):
    ratings = DimensionRating.objects.filter(report__node__in=projects_beneath(slug), report__period__slug=period)
    expected = Counter(dict(zip(SIX, counts, strict=False)))
    if (slug, period) == ("children-families", "2018-08"):  # one project was closed in September
        expected += Counter({"Experiencing Obstacles": 1})
        expected -= Counter({"Closed or Completed": 1})
    assert Counter(ratings.values_list("status__label", flat=True)) == +expected


def test_seventy_projects_each_reported_twice_and_is_counted_once(council):
    assert projects_beneath("nottinghamshire").count() == 70
    for period in ("2018-08", "2018-09"):
        reports = Report.objects.filter(template__slug="project-status", period__slug=period)
        assert reports.values("node").distinct().count() == reports.count() == 70
    alias = NodeAlias.objects.get(printed_as="Housing with care")
    assert (alias.document, alias.node.title) == (
        "programme-status",
        "Extension of Extra Care and Assessment bed targets",
    )
    assert NodeAlias.objects.get(printed_as="Preparing for Adulthood").node.title == "Transitions"


def test_programmes_with_the_trend(council):
    def said(slug, period):
        rows = DimensionRating.objects.filter(report__node__slug=slug, report__period__slug=period)
        return list(rows.values_list("dimension__key", "status__label"))

    assert said("asch-1803", "2018-08") == [("status", "Experiencing Obstacles")]
    assert said("asch-1803", "2018-09") == [("status", "Experiencing Obstacles"), ("trend", "Better")]
    assert said("improving-lives", "2018-09") == [("status", "On Target"), ("trend", "Better")]


def test_the_six_statuses_with_a_definition_each(council):
    scheme = Status.objects.filter(scheme__organisation=council, scheme__slug="rag", is_archived=False)
    assert tuple(scheme.values_list("label", flat=True)) == SIX
    assert all(status.definition for status in scheme)


def test_a_report_covers_what_the_source_prints_and_no_more(council):
    last = Report.objects.get(node__slug="icels", period__slug="2018-08")
    now = Report.objects.get(node__slug="icels", period__slug="2018-09")
    on_target = Report.objects.get(node__slug="road-lighting-energy", period__slug="2018-09")
    assert (last.origin, last.state, last.covers) == ("back_filled", "published", ["project-status"])
    assert now.covers == ["project-status", "benefits", "commentary"]
    assert on_target.covers == ["project-status", "benefits"]
    assert not BenefitUpdate.objects.of(last).exists()
    assert not Narrative.objects.of(on_target).exists()
    # exceptions are explained: seven obstacles, five at risk, two compromised
    explained = Narrative.objects.filter(report__template__slug="project-status", section="commentary").exclude(text="")
    assert explained.count() == 14


def test_what_was_back_filled_stands_like_any_other_report(council):
    node = Node.objects.get(slug="cfcs-management-structure")
    series = node.headline_series
    assert (series.published.period.slug, series.published_before.period.slug) == ("2018-09", "2018-08")
    assert node.published_overall.label == "Closed or Completed"
    assert ReportSummary.objects.get(report=series.published_before).overall.label == "Experiencing Obstacles"
    assert [event.to_state for event in series.published.events.all()] == [
        "draft",
        "submitted",
        "approved",
        "published",
    ]
