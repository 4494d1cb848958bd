"""What is kept of closed periods is what the reports come to, whatever happens to them afterwards."""

from datetime import date

import pytest
from django.db.models import F

from projects.actions import roll_ups
from projects.actions.locks import grant_exception
from projects.actions.nodes import add_node, archive_node, change_node, move_node
from projects.actions.organisations import close_period, reopen_period
from projects.actions.reports import correct_report
from projects.actions.summaries import summary_of
from projects.models import DimensionRating, NodeKind, Organisation, Period, PeriodStanding, ReportSummary
from projects.permissions import top_node
from tests import factories

MAY, JUNE, JULY = date(2019, 5, 31), date(2019, 6, 30), date(2019, 7, 31)
APPROVED, PUBLISHED = PeriodStanding.Side.APPROVED, PeriodStanding.Side.PUBLISHED


@pytest.fixture
def programme(organisation):
    return add_node(
        parent=top_node(organisation), kind=NodeKind.PROGRAMME, slug="culture", title="Culture",
        by=factories.system_user(),
    )  # fmt: skip


@pytest.fixture
def library(organisation, programme):
    return factories.project(organisation, parent=programme)


@pytest.fixture
def museum(organisation, programme):
    return factories.project(organisation, slug="museum", title="New museum", parent=programme)


def report(node, day, kind="on_track", *, publish=True, **pounds):
    """A report of one day with its overall status, a red milestone and, where pounds are given, a budget."""
    draft = factories.draft(node, factories.period(node.organisation, day))
    rate(draft, kind)
    if not draft.planitemupdate_rows.exists():
        factories.milestone(draft, status=factories.status(node.organisation, "milestone", "Red"))
    if pounds:
        factories.budget(draft, **pounds)
    return (factories.published if publish else factories.approved)(node, report=draft)


def rate(draft, kind):
    rating = draft.dimensionrating_rows.get(dimension__is_overall=True)
    rating.status = rating.dimension.scheme.statuses.get(kind=kind)
    rating.save()
    return rating


def closed(organisation, day):
    return close_period(factories.period(organisation, day), by=factories.system_user())


def kept(node, period, side=APPROVED):
    return PeriodStanding.objects.get(node=node, period=period, side=side)


def standings():
    """Everything that is kept, in a form that compares."""
    columns = ("period", "node", "side", "reported", "expected", "counts", "sums")
    return sorted(map(repr, PeriodStanding.objects.values_list(*columns)))


def rebuilt():
    for organisation in Organisation.objects.all():
        roll_ups.rebuild_all(organisation)
    return standings()


def test_a_closed_period_keeps_counts_and_sums_of_every_node_above_others(organisation, programme, library, museum):
    report(library, JULY, "off_track", planned=600, forecast=650)
    report(museum, JULY, "on_track", planned=400)
    july = closed(organisation, JULY)
    red = library.headline_series.template.dimensions.get(is_overall=True).scheme.statuses.get(kind="off_track")
    for node in (programme, top_node(organisation)):
        standing = kept(node, july)
        assert (standing.reported, standing.expected) == (2, 2)
        assert standing.counts["kinds"] == {"off_track": 1, "on_track": 1}
        assert standing.counts["statuses"][str(red.pk)] == 1
        assert standing.counts["severities"] == {"2": 1, "5": 1}
        assert standing.counts["milestones"] == {"off_track": 2}
        assert standing.counts["stated"] == {"forecast": 1, "planned": 2}
        assert standing.sums == {"forecast": "650.00", "planned": "1000.00"}
    assert not PeriodStanding.objects.filter(node=library).exists()


def test_what_was_not_reported_is_expected_and_not_counted(organisation, programme, library, museum):
    report(library, JUNE)
    report(museum, JUNE)
    report(library, JULY)
    july = closed(organisation, JULY)
    assert (kept(programme, july).reported, kept(programme, july).expected) == (1, 2)
    assert sum(kept(programme, july).counts["kinds"].values()) == 1


def test_readers_get_what_is_published_without_exempt_nodes_and_rows(organisation, programme, library, museum):
    report(library, JULY, planned=600)
    draft = factories.draft(museum)
    factories.budget(draft, planned=400, is_exempt=True)
    factories.published(museum, report=draft)
    annexe = factories.project(organisation, slug="annexe", title="Annexe", parent=programme, is_exempt=True)
    report(annexe, JULY, planned=50)
    approved_only = factories.project(organisation, slug="gallery", title="Gallery", parent=programme)
    report(approved_only, JULY, publish=False, planned=7)
    july = closed(organisation, JULY)
    assert kept(programme, july).sums == {"planned": "1057.00"}
    assert kept(programme, july, PUBLISHED).sums == {"planned": "600.00"}
    assert (kept(programme, july, PUBLISHED).reported, kept(programme, july, PUBLISHED).expected) == (2, 3)


def test_a_late_return_and_a_correction_reach_a_closed_period(organisation, programme, library, museum):
    report(library, JULY, planned=600)
    july = closed(organisation, JULY)
    assert kept(programme, july).sums == {"planned": "600.00"}
    grant_exception(july, museum.headline_series, until_on=None, reason="Staff were away", by=factories.system_user())
    late = factories.draft(museum, july)
    factories.budget(late, planned=400)
    factories.approved(museum, report=late)
    assert kept(programme, july).sums == {"planned": "1000.00"}
    correction = correct_report(
        library.reports.get(series__current=F("pk")), by=factories.system_user(), reason="A figure was wrong"
    )
    correction.budgetposition_rows.update(planned=610)
    factories.approved(library, report=correction)
    assert kept(programme, july).sums == {"planned": "1010.00"}
    assert kept(programme, july, PUBLISHED).sums == {"planned": "600.00"}
    factories.publish(library)
    assert kept(programme, july, PUBLISHED).sums == {"planned": "610.00"}
    assert standings() == rebuilt()


def test_everything_kept_can_be_thrown_away_and_built_again(organisation, programme, library, museum):
    for day, kind in ((MAY, "on_track"), (JUNE, "at_risk"), (JULY, "off_track")):
        report(library, day, kind, **({"planned": 600} if day == MAY else {}))
        if day != JUNE:
            report(museum, day, publish=day == MAY)
        closed(organisation, day)
    before = standings()
    assert len(before) == 3 * 2 * 2  # periods, nodes above others, sides
    PeriodStanding.objects.all().delete()
    assert rebuilt() == before
    for summary in ReportSummary.objects.select_related("report", "overall"):
        assert {name: getattr(summary, name) for name in summary_of(summary.report)} == summary_of(summary.report)


def test_counted_now_is_what_will_be_kept(organisation, programme, library, museum):
    report(library, JUNE, "at_risk")
    report(library, JULY, "off_track", planned=600)
    report(museum, JULY)
    periods = [factories.period(organisation, day) for day in (JUNE, JULY)]
    now = roll_ups.roll_ups(programme, periods, published=False)
    for day in (JUNE, JULY):
        closed(organisation, day)
    periods = list(Period.objects.filter(pk__in=[period.pk for period in periods]))
    assert roll_ups.roll_ups(programme, periods, published=False) == now


def test_as_it_stood_then_knows_no_late_returns(organisation, programme, library, museum):
    first = report(library, JULY)
    moment = first.approved_at
    report(museum, JULY)
    july = closed(organisation, JULY)
    assert roll_ups.roll_ups(programme, [july], published=False)[july.pk].reported == 2
    assert roll_ups.roll_ups(programme, [july], published=False, moment=moment)[july.pk].reported == 1


def test_a_reopened_period_is_counted_again(organisation, programme, library):
    report(library, JULY)
    july = closed(organisation, JULY)
    reopen_period(july, by=factories.system_user(), reason="A return is missing")
    assert not PeriodStanding.objects.exists()


def test_moving_archiving_and_exempting_a_node_reach_closed_periods(organisation, programme, library, museum):
    by = factories.system_user()
    report(library, JULY, planned=600)
    report(museum, JULY, planned=400)
    july = closed(organisation, JULY)
    other = add_node(parent=top_node(organisation), kind=NodeKind.PROGRAMME, slug="other", title="Other", by=by)
    move_node(museum, to=other, by=by)
    assert kept(programme, july).sums == {"planned": "600.00"}
    assert kept(other, july).sums == {"planned": "400.00"}
    museum.refresh_from_db()
    change_node(museum, {"is_exempt": True, "exempt_paragraph": "3", "exempt_reason": "Terms of a sale"}, by=by)
    assert not PeriodStanding.objects.filter(node=other, side=PUBLISHED).exists()
    assert kept(top_node(organisation), july, PUBLISHED).sums == {"planned": "600.00"}
    archive_node(library, by=by, reason="Finished")
    assert kept(programme, july).reported == 1  # what it said stands
    assert standings() == rebuilt()


def test_without_a_demonstration_date_nodes_are_expected_from_their_first_day(organisation, programme, library):
    Organisation.objects.filter(pk=organisation.pk).update(clock_on=None)
    programme.refresh_from_db()
    report(library, JULY)
    factories.project(organisation, slug="museum", title="Made today", parent=programme)
    june, july = (factories.period(organisation, day) for day in (JUNE, JULY))
    counted = roll_ups.roll_ups(programme, [june, july], published=False)
    assert (counted[june.pk].reported, counted[june.pk].expected) == (0, 0)
    assert (counted[july.pk].reported, counted[july.pk].expected) == (1, 1)


def test_the_queries_do_not_grow_with_nodes_and_periods(organisation, programme, library, count_queries):
    report(library, JULY)
    july = factories.period(organisation, JULY)
    with count_queries() as few:
        roll_ups.roll_ups(programme, [july], published=True)
    for number in range(4):
        report(factories.project(organisation, slug=f"p{number}", title=f"P{number}", parent=programme), JUNE)
    june = factories.period(organisation, JUNE)
    with count_queries() as many:
        roll_ups.roll_ups(programme, [june, july], published=True)
    assert len(many) == len(few)


def test_an_unrated_report_counts_as_not_rated(organisation, programme, library):
    draft = factories.draft(library)
    DimensionRating.objects.filter(report=draft).update(is_exempt=True)
    factories.published(library, report=draft)
    july = closed(organisation, JULY)
    assert kept(programme, july).counts["kinds"] == {"on_track": 1}
    assert kept(programme, july, PUBLISHED).counts["kinds"] == {"not_rated": 1}
