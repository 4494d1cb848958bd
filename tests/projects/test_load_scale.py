"""The synthetic council is written past the actions: these tests hold it to what the actions leave behind."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from projects.actions.reports import as_printed
from projects.actions.roll_ups import rebuild_all
from projects.actions.standing import restate
from projects.actions.summaries import summary_of
from projects.audit import COPIED_TO_NODES
from projects.loading import demonstration_loader
from projects.models import (
    FREE_COLUMNS,
    ChangeRequest,
    Node,
    PeriodStanding,
    PlanItemUpdate,
    Report,
    ReportIsFrozen,
    Series,
    Status,
)
from projects.permissions import top_node
from projects.rules.tree import child_path
from projects.scale import load_scale


@pytest.fixture
def council(db):
    return load_scale(projects=6, periods=3, by=demonstration_loader())


def standings(series):
    columns = [name for name in sorted(FREE_COLUMNS) if name not in {"published_by"}]
    columns_of_node = [f"node__{name}" for name in COPIED_TO_NODES]
    series = (
        Series.objects.filter(pk=series.pk)
        .values("current", "previous", "published", "published_before", *columns_of_node)
        .get()
    )
    return series, list(Report.objects.filter(series__current=series["current"]).values("pk", *columns))


def test_every_project_reported_every_period(council):
    assert council.is_sample
    projects = Node.objects.filter(organisation=council, kind="project")
    assert projects.count() == 6
    assert all(node.is_sample and node.reports.count() == 3 for node in projects)


def test_paths_are_those_of_the_tree(council):
    for node in Node.objects.filter(organisation=council).exclude(parent=None).select_related("parent"):
        assert node.path == child_path(node.parent.path, node.pk)


def test_standings_are_what_the_action_would_write(council):
    for series in Series.objects.filter(organisation=council):
        written = standings(series)
        assert written[0]["current"] != written[0]["previous"] is not None
        assert written[0]["node__published_as_at_on"] is not None
        Node.objects.filter(pk=series.node_id).update(**dict.fromkeys(["current_overall", "published_as_at_on"]))
        restate(series)
        assert standings(series) == written


def test_summaries_are_what_the_action_would_write(council):
    for report in Report.objects.filter(organisation=council).select_related("summary__overall"):
        derived = summary_of(report)
        assert derived == {name: getattr(report.summary, name) for name in derived}


def test_reports_print_their_node_and_are_frozen(council):
    for report in Report.objects.filter(organisation=council).select_related("node__organisation", "template"):
        printed = as_printed(report.node, report.template.document)
        assert printed == {name: getattr(report, name) for name in printed}
    with pytest.raises(ReportIsFrozen):
        PlanItemUpdate.objects.filter(report__organisation=council).update(comment="rewritten")


def test_loading_more_adds_and_the_same_number_twice_does_not(council):
    by = demonstration_loader()
    before = list(Node.objects.filter(organisation=council).values_list("pk", "title"))
    load_scale(projects=6, periods=3, by=by)
    assert list(Node.objects.filter(organisation=council).values_list("pk", "title")) == before
    load_scale(projects=8, periods=3, by=by)
    assert Node.objects.filter(organisation=council, kind="project").count() == 8
    assert set(before) < set(Node.objects.filter(organisation=council).values_list("pk", "title"))


def test_statuses_vary(council):
    overall = Status.objects.filter(pk__in=Report.objects.filter(organisation=council).values("summary__overall"))
    assert {status.kind for status in overall} >= {"on_track", "off_track"}


def test_the_command_refuses_production_and_nonsense(db):
    with override_settings(IS_PRODUCTION=True), pytest.raises(CommandError):
        call_command("load_scale", projects=1)
    with pytest.raises(CommandError):
        call_command("load_scale", projects=0)


def test_earlier_reports_of_most_projects_say_the_overall_status_and_no_more(council):
    first = Report.objects.filter(organisation=council).order_by("as_at_on").first().as_at_on
    whole = Report.objects.get(node__slug="project-1", as_at_on=first)  # one in a hundred has its whole history
    slim = Report.objects.get(node__slug="project-2", as_at_on=first)
    assert whole.covers is None
    assert whole.planitemupdate_rows.count() == 3
    assert slim.covers == ["project-status"]
    assert slim.planitemupdate_rows.count() == 0
    assert slim.dimensionrating_rows.get().status == slim.summary.overall
    assert slim.state == "published"


def test_closed_periods_are_added_up_as_the_action_would(council):
    kept = ("period", "node", "side", "reported", "expected", "counts", "sums")
    written = list(PeriodStanding.objects.order_by("pk").values(*kept))
    assert {standing["reported"] for standing in written if standing["node"] == top_node(council).pk} == {6}
    assert rebuild_all(council) == 2  # the newest period is open
    again = list(PeriodStanding.objects.values(*kept))
    assert sorted(map(repr, again)) == sorted(map(repr, written))


def test_a_share_of_the_projects_has_a_moved_baseline_and_waits_for_another(council):
    change = ChangeRequest.objects.get(node__organisation=council)
    item = change.planitembaseline_items.get()
    assert item.finish_on - item.based_on.finish_on == timedelta(days=30)
    assert item.plan_item.waits_for.count() == 1
