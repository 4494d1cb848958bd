"""The programme scorecard at the end of June 2022, typed from the source, against the record."""

from datetime import date

import pytest

from projects.models import DimensionRating, Narrative, Notice, Report, Tally, TallyLine

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
    assert report("lgr", "2022-05").covers == ["project-status", "resource-counts", "time"]
    assert "delivery" in report("lgr", "2022-06").covers
    assert {each.origin for each in Report.objects.filter(organisation=council)} == {"back_filled"}
    assert not Notice.objects.filter(report__period__slug="2022-05").exists()
    assert list(Notice.objects.of(report("lgr", "2022-06")).values_list("kind", "area")) == [
        ("awareness", "Programme"),
        ("awareness", "Governance"),
        ("awareness", "Finance"),
        ("awareness", "Finance"),
    ]


def test_totals_are_kept_as_stated_even_where_the_rows_add_up_to_less(council):
    totals = dict(Tally.objects.of(report("lgr", "2022-06")).values_list("key", "total"))
    assert totals == {"sub-workstreams": 99, "products": 245, "milestones": 712}
    rows = TallyLine.objects.filter(tally__key="milestones", column="All T1 & T2 Products")
    assert sum(rows.values_list("count", flat=True)) == 658  # 151 + 481 + 9 + 8 + 9
    time = Narrative.objects.get(report=report("lgr", "2022-06"), section="time").text
    assert all(figure in time for figure in ("272 Days (50%)", "275 Days (50%)", "30/06/2022"))
