"""Which report is the newest, which period is expected, and what stands out."""

from datetime import date, datetime

import pytest
from django.utils import timezone

from projects.actions.reports import correct_report
from projects.clock import today_for
from projects.models import Period
from projects.rules.access import Role
from reporting import queries
from tests import factories

JUNE, JULY = date(2019, 6, 30), date(2019, 7, 31)


def reported(node, month, kind="on_track", publish=True):
    report = factories.draft(node, factories.period(node.organisation, month))
    rating = report.dimensionrating_rows.get(dimension__is_overall=True)
    rating.status = rating.dimension.scheme.statuses.get(kind=kind)
    rating.save()
    return factories.published(node, report=report) if publish else factories.approved(node, report=report)


def test_the_newest_report_for_staff_and_for_readers(project):
    june = reported(project, JUNE)
    july = reported(project, JULY, publish=False)
    project.headline_series.refresh_from_db()
    assert queries.newest_report(project, published=False) == july
    assert queries.newest_report(project, published=True) == june


def test_a_node_without_a_series_has_no_report(organisation):
    node = factories.project(organisation, with_series=False)
    assert queries.newest_report(node, published=False) is None
    assert queries.unfinished_report(node) is None
    with pytest.raises(queries.NoSuchReport, match="has no reports"):
        queries.report_of_period(node, "2019-07-31", published=False)


def test_a_day_is_answered_with_what_is_now_known_of_it(project, pmo):
    june = reported(project, JUNE)
    reported(project, JULY)
    assert queries.report_of_period(project, "2019-07-30", published=False) == june
    draft = correct_report(june, by=pmo, reason="A wrong figure.")
    assert queries.report_of_period(project, "2019-07-30", published=False) == june
    correction = factories.approved(project, report=draft)
    assert queries.report_of_period(project, "2019-07-30", published=False) == correction
    assert queries.report_of_period(project, "2019-07-30", published=True) == june


def at(year, month, day, hour=12):
    return datetime(year, month, day, hour, tzinfo=timezone.get_current_timezone())


def test_the_expected_period_is_the_newest_that_was_due(organisation, project):
    july, august = factories.period(organisation, JULY), factories.period(organisation, date(2019, 8, 31))
    Period.objects.filter(pk=august.pk).update(due_at=at(2019, 8, 16), closed_at=None)
    Period.objects.filter(pk=july.pk).update(due_at=at(2019, 8, 2), closed_at=at(2019, 8, 5))
    (known,) = queries.periods_now([organisation], today_for).values()
    assert (known.expected, known.open) == (july, august)
    (later,) = queries.periods_now([organisation], lambda _: date(2019, 8, 17)).values()
    assert later.expected == august


def test_a_period_that_has_not_begun_is_not_open(organisation, project):
    (known,) = queries.periods_now([organisation], lambda _: date(2019, 7, 31)).values()
    assert known.open.as_at_on <= JULY


def test_attention_says_what_got_worse(project):
    reported(project, JUNE)
    reported(project, JULY, "off_track")
    (found,) = queries.needs_attention(type(project).objects.filter(pk=project.pk))
    assert found.reasons == ("Was Green in June 2019",)


def test_what_is_on_track_needs_no_attention(project):
    reported(project, JULY)
    assert queries.needs_attention(type(project).objects.filter(pk=project.pk)) == []


def test_roles_reach_what_lies_beneath(organisation, project, officer):
    other = factories.project(organisation, slug="museum")
    only = factories.person("one@example.org", organisation, "officer", node=project)
    assert set(queries.nodes_as(officer, Role.OFFICER).filter(kind="project")) == {project, other}
    assert set(queries.nodes_as(only, Role.OFFICER)) == {project}
    assert not queries.nodes_as(only, Role.PMO).exists()
