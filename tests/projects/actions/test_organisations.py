"""Founding a council and making its periods."""

from datetime import date
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from auditlog.models import LogEntry

from projects.actions.organisations import (
    MATRIX_BANDS,
    NoRegularPeriods,
    change_organisation,
    close_period,
    financial_year_of,
    found_organisation,
    make_periods,
    reopen_period,
)
from projects.models import (
    Cadence,
    Calendar,
    Node,
    NodeKind,
    Period,
    ReportTemplate,
    RiskMatrix,
    Status,
    StatusScheme,
    Threshold,
)
from projects.models.organisation import COLOURS, SHAPES
from projects.permissions import top_node
from projects.rules.kinds import Kind
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_new_council_can_work_at_once(organisation):
    template = ReportTemplate.objects.get(organisation=organisation)
    assert template.document == "project-dashboard"
    assert [section.key for section in template.sections.all()] == [
        "project-detail",
        "project-status",
        "budget",
        "risk-consideration",
        "milestones",
        "high-risk-register",
        "benefits",
        "commentary",
        "resources",
        "reporting-streams",
        "change-control",
    ]
    assert [dimension.key for dimension in template.dimensions.all()] == [
        "status",
        "direction",
        "risk-direction",
        "risk-status",
    ]
    assert [dimension.key for dimension in template.dimensions.filter(is_overall=True)] == ["status"]
    assert [question.key for question in template.questions.all()] == [
        "budget-on-track",
        "unforeseen-spend",
        "milestones-slipped",
    ]
    assert Period.objects.get(organisation=organisation, slug="2019-08").label == "August 2019"


def test_the_top_node_is_the_council(organisation):
    top = top_node(organisation)
    assert (top.slug, top.title, top.depth, top.parent) == ("westshire", "Westshire Council", 1, None)
    assert top.path == f"{top.pk:08d}"


def test_thresholds_begin_as_the_rules_have_them(organisation):
    limits = {limit.measure: (limit.amber_from, limit.red_from) for limit in Threshold.objects.all()}
    assert limits == {
        "schedule": (14, 42),
        "schedule_critical": (7, 21),
        "finance": (5, 10),
        "benefits": (5, 15),
        "indicators": (0, 10),
        "drift": (28, 84),
    }


def test_the_matrix_bands_hold_every_score_once(organisation):
    matrix = RiskMatrix.objects.get(organisation=organisation)
    assert len(matrix.likelihood_labels) == len(matrix.impact_labels) == 5
    bands = [(band.from_score, band.to_score) for band in matrix.bands.all()]
    assert bands == [(1, 6), (7, 10), (11, 16), (17, 25)]
    assert [band.status.code for band in matrix.bands.all()] == [code for code, *_ in MATRIX_BANDS]


def test_no_two_statuses_of_a_scheme_are_told_apart_by_colour_alone(organisation):
    for scheme in StatusScheme.objects.filter(organisation=organisation):
        statuses = list(scheme.statuses.all())
        assert len({status.label for status in statuses}) == len(statuses)
        for status in statuses:
            assert status.shape in dict(SHAPES)
            assert status.colour in dict(COLOURS)
            assert status.definition
        different = {(status.kind, status.shape) for status in statuses}
        kinds = {status.kind for status in statuses}
        assert len({shape for _, shape in different}) >= len(kinds), scheme.name


def test_severities_are_of_the_common_scale(organisation):
    severity = {(s.scheme.slug, s.label): s.severity for s in Status.objects.select_related("scheme")}
    assert severity["rag", "Green"] == 2
    assert severity["rag", "Amber"] == 4
    assert severity["rag", "Red"] == 5
    assert severity["milestone", "Complete"] == 1
    assert severity["risk-band", "High"] < severity["risk-band", "Very high"]
    assert Status.objects.get(scheme__slug="risk-band", label="High").kind == Kind.OFF_TRACK


def test_without_defaults_a_council_brings_its_own():
    council = found_organisation(name="Bare Council", slug="bare", with_defaults=False)
    assert not StatusScheme.objects.filter(organisation=council).exists()
    assert Threshold.objects.filter(organisation=council).count() == 6
    assert Node.objects.get(organisation=council).kind == NodeKind.ORGANISATION


def test_the_founding_is_on_record(administrator):
    council = found_organisation(name="Later Council", slug="later", by=administrator)
    founding, settings = LogEntry.objects.get_for_object(council).order_by("pk")
    assert founding.action == LogEntry.Action.CREATE
    assert "Direction of travel" in settings.changes["default settings"][1]
    for line in (founding, settings):
        assert line.actor == administrator
        assert line.additional_data["organisation"] == council.pk


def test_the_top_node_takes_the_councils_new_name(organisation, administrator):
    change_organisation(organisation, {"name": "West and North Shire Council"}, by=administrator)
    assert top_node(organisation).title == "West and North Shire Council"
    assert top_node(organisation).slug == "westshire"


@pytest.mark.parametrize(
    ("day", "year"), [(date(2019, 3, 31), 2018), (date(2019, 4, 1), 2019), (date(2019, 12, 31), 2019)]
)
def test_the_financial_year_begins_in_april(organisation, day, year):
    assert financial_year_of(day, organisation) == year


def test_months_of_a_year_are_made_once(organisation, administrator):
    calendar = Calendar.objects.get(organisation=organisation)
    assert calendar.periods.count() == 12
    made = make_periods(calendar, year=2020, by=administrator)
    assert [period.slug for period in made] == [f"2020-{month:02d}" for month in range(4, 13)] + [
        "2021-01",
        "2021-02",
        "2021-03",
    ]
    assert made[10].ends_on == date(2021, 2, 28)
    assert make_periods(calendar, year=2020, by=administrator) == []


def test_a_period_is_due_by_the_calendars_rule(organisation):
    due = Period.objects.get(organisation=organisation, slug="2019-07").due_at
    assert due.astimezone(ZoneInfo("Europe/London")).strftime("%Y-%m-%d %H:%M") == "2019-08-07 23:59"


def test_quarters_and_fortnights(organisation, administrator):
    quarterly = Calendar.objects.create(
        organisation=organisation, name="Quarterly", slug="quarterly", cadence=Cadence.QUARTERLY
    )
    assert [(p.label, p.ends_on) for p in make_periods(quarterly, year=2019, by=administrator)] == [
        ("Quarter 1 2019/20", date(2019, 6, 30)),
        ("Quarter 2 2019/20", date(2019, 9, 30)),
        ("Quarter 3 2019/20", date(2019, 12, 31)),
        ("Quarter 4 2019/20", date(2020, 3, 31)),
    ]
    fortnightly = Calendar.objects.create(
        organisation=organisation, name="Fortnightly", slug="fortnightly", cadence=Cadence.FORTNIGHTLY
    )
    first_year = make_periods(fortnightly, year=2019, by=administrator)
    assert (first_year[0].starts_on, first_year[0].ends_on) == (date(2019, 4, 1), date(2019, 4, 14))
    assert first_year[0].label == "Fortnight to 14 April 2019"
    second_year = make_periods(fortnightly, year=2020, by=administrator)
    every = [*first_year, *second_year]
    for earlier, later in pairwise(every):
        assert (later.starts_on - earlier.ends_on).days == 1


def test_a_period_made_by_hand_is_not_doubled(organisation, administrator):
    calendar = Calendar.objects.create(organisation=organisation, name="Own", slug="own")
    Period.objects.create(
        organisation=organisation,
        calendar=calendar,
        slug="july",
        label="To 10 July",
        starts_on=date(2019, 6, 11),
        ends_on=date(2019, 7, 10),
        as_at_on=date(2019, 7, 10),
    )
    slugs = [period.slug for period in make_periods(calendar, year=2019, by=administrator)]
    assert "2019-06" not in slugs
    assert "2019-07" not in slugs
    assert len(slugs) == 10


def test_no_periods_in_one_go_without_a_cadence(organisation, administrator):
    calendar = Calendar.objects.create(
        organisation=organisation, name="Now and then", slug="now", cadence=Cadence.ADHOC
    )
    with pytest.raises(NoRegularPeriods):
        make_periods(calendar, year=2019, by=administrator)


def test_closing_says_who_and_when_and_opening_says_why(organisation, administrator):
    july = factories.period(organisation)
    close_period(july, by=administrator)
    july.refresh_from_db()
    assert july.closed_by == administrator
    assert july.closed_at is not None
    reopen_period(july, by=administrator, reason="A late return")
    july.refresh_from_db()
    assert july.closed_at is None
    assert LogEntry.objects.get_for_object(july).first().additional_data["reason"] == "A late return"
