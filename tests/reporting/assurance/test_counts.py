"""Stated totals and counts: what the programme's scorecard of June 2022 really says, and each line of the rules."""

from dataclasses import replace
from datetime import date

import pytest

from projects.facts import CountFacts, TallyFacts, facts_of
from projects.models import Node, Report
from projects.rules.kinds import Kind
from reporting.assurance.counts import behind_yet_nothing_at_risk, short_of_people_and_on_track, states_do_not_add_up
from reporting.assurance.examine import examine

pytestmark = pytest.mark.django_db

COUNCIL = "somerset"  # that `loaded` puts into the database
TODAY = date(2022, 6, 30)


@pytest.fixture(scope="module")
def found(loaded):
    """{node: {code: findings}} of June."""
    told = {}
    for each in examine(Node.objects.filter(organisation=loaded), "2022-06"):
        for finding in each.standing:
            told.setdefault(each.node.slug, {}).setdefault(finding.code, []).append(finding)
    return told


@pytest.fixture
def facts(loaded, db):
    report = Report.objects.select_related("node__organisation", "organisation", "period", "tier").get(
        node__slug="lgr", period__slug="2022-06"
    )
    return facts_of([report])[0]


def test_712_milestones_are_658_when_the_states_are_added(found):
    said = [(finding.subject.words, finding.hit.what) for finding in found["lgr"]["FIG-03"]]
    assert said == [
        (
            "Milestone Delivery (Tranche 1 and 2): All T1 & T2 Products",
            "The states add up to 658, and 712 is stated: 54 are in no state.",
        ),
        (
            "Milestone Delivery (Tranche 1 and 2): Tranche 1",
            "The states add up to 450, and 504 is stated: 54 are in no state.",
        ),
    ]


def test_resources_are_short_while_the_schedule_is_green(found):
    assert {slug for slug, codes in found.items() if "RES-02" in codes} == {
        "lgr",
        "communities-customers-partnerships",
        "governance",
        "people",
    }
    evidence = {str(each) for each in found["lgr"]["RES-02"][0].hit.evidence}
    assert "Product Delivery (Tranche 1 and 2): at risk or off track: 2 of 245" in evidence
    assert "Milestone Delivery (Tranche 1 and 2): at risk or off track: 17 of 712" in evidence


def test_four_sub_workstreams_behind_and_nothing_at_risk(found):
    (finding,) = found["service-alignment"]["STA-04"]
    assert finding.hit.what.startswith("4 are behind, and products")
    assert all("STA-04" not in codes for slug, codes in found.items() if slug != "service-alignment")


def test_the_days_stated_are_those_that_the_dates_give(found):
    assert "FIG-01" not in found["lgr"]


def tally(total, *counts, column="", section="delivery", key="products"):
    lines = tuple(
        CountFacts(kind.value, column, frozenset({kind}), count)
        for kind, count in zip((Kind.DONE, Kind.ON_TRACK, Kind.AT_RISK), counts, strict=True)
    )
    return TallyFacts(key, "Products", section, total, lines)


@pytest.mark.parametrize(
    ("total", "counts", "is_found"),
    [
        (10, (3, 4, 3), False),
        (11, (3, 4, 3), True),
        (9, (3, 4, 3), True),
        (None, (3, 4, 3), False),
        (10, (None, None, None), False),
        (10, (10, None, None), False),
    ],
)
def test_states_that_do_not_add_up(facts, total, counts, is_found):
    hits = list(states_do_not_add_up(replace(facts, tallies=(tally(total, *counts),)), TODAY))
    assert bool(hits) is is_found


def test_one_line_alone_is_no_breakdown(facts):
    lines = (CountFacts("At risk", "", frozenset({Kind.AT_RISK}), 0),)
    assert not list(states_do_not_add_up(replace(facts, tallies=(TallyFacts("a", "A", "", 5, lines),)), TODAY))


def test_two_counts_that_agree_are_let_pass(facts):
    both = (tally(10, 3, 4, 3), tally(10, 3, 4, 3, key="milestones"))
    assert not list(behind_yet_nothing_at_risk(replace(facts, tallies=both), TODAY))
    apart = (tally(10, 3, 4, 3), tally(7, 3, 4, 0, key="milestones"))
    assert list(behind_yet_nothing_at_risk(replace(facts, tallies=apart), TODAY))


def test_a_schedule_that_is_not_green_tells_no_other_story(facts):
    assert list(short_of_people_and_on_track(facts, TODAY))
    ratings = tuple(
        replace(each, status=replace(each.status, kind=Kind.AT_RISK)) if each.key == "schedule" else each
        for each in facts.ratings
    )
    assert not list(short_of_people_and_on_track(replace(facts, ratings=ratings), TODAY))
