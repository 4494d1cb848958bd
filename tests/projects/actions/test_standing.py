"""What lists count and order by stands beside the node, and is what its newest reports say."""

from datetime import date

from projects.actions.reports import correct_report
from projects.actions.schemes import change_status
from projects.models import Status
from projects.models.structure import NEVER_REPORTED
from tests import factories

JUNE, JULY = date(2019, 6, 30), date(2019, 7, 31)
NEVER = (None, None, NEVER_REPORTED)


def rated(report, kind):
    rating = report.dimensionrating_rows.get(dimension__is_overall=True)
    rating.status = rating.dimension.scheme.statuses.get(kind=kind, is_archived=False)
    rating.save()
    return report


def approved(node, month, kind):
    report = rated(factories.draft(node, factories.period(node.organisation, month)), kind)
    return factories.approved(node, report=report)


def beside(node):
    """What stands beside the node: of its newest approved report, and of its newest published one."""
    node.refresh_from_db()
    return (
        (node.current_as_at_on, node.current_overall, node.current_severity),
        (node.published_as_at_on, node.published_overall, node.published_severity),
    )


def said(report):
    if report is None:
        return NEVER
    return report.as_at_on, report.summary.overall, report.summary.overall.severity


def in_its_reports(node):
    series = node.headline_series
    series.refresh_from_db()
    return said(series.current), said(series.published)


def test_nothing_stands_beside_a_node_that_never_reported(project):
    assert beside(project) == (NEVER, NEVER)
    factories.draft(project)
    assert beside(project) == (NEVER, NEVER)


def test_approval_publication_and_correction_are_copied(project, pmo):
    june = approved(project, JUNE, "at_risk")
    assert beside(project) == in_its_reports(project) == (said(june), NEVER)
    factories.publish(project)
    assert beside(project) == in_its_reports(project) == (said(june), said(june))
    july = approved(project, JULY, "on_track")
    assert beside(project) == in_its_reports(project) == (said(july), said(june))
    draft = rated(correct_report(july, by=pmo, reason="It was off track."), "off_track")
    assert beside(project) == (said(july), said(june))
    correction = factories.approved(project, report=draft)
    assert beside(project) == in_its_reports(project) == (said(correction), said(june))
    assert project.current_overall.kind == "off_track"


def test_a_replaced_status_stays_beside_the_node_until_the_next_report(project, pmo):
    june = approved(project, JUNE, "at_risk")
    new = change_status(june.summary.overall, {"label": "Yellow"}, by=pmo)
    assert beside(project) == in_its_reports(project)
    assert project.current_overall == Status.objects.get(replaced_by=new)
    approved(project, JULY, "at_risk")
    assert beside(project) == in_its_reports(project)
    assert project.current_overall == new


def test_only_the_headline_series_is_copied(project, pmo):
    june = approved(project, JUNE, "at_risk")
    type(project).objects.filter(pk=project.pk).update(headline_series=None)
    correction = rated(correct_report(june, by=pmo, reason="It was off track."), "off_track")
    factories.approved(project, report=correction)
    assert beside(project)[0] == said(june)
