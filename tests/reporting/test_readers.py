"""What is exempt in a published report is in no list, total, order, trend or comparison that a reader sees."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from projects.actions.organisations import close_period
from projects.actions.roll_ups import rebuild_all
from projects.models import Dimension, DimensionRating, Node, PeriodStanding, Report, ReportSummary
from projects.permissions import top_node
from reporting import queries
from tests import factories
from tests.beginnings import handed_out

JUNE, JULY = date(2019, 6, 30), date(2019, 7, 31)
HIDDEN = "Sale of the site"
SECRET_POUNDS = Decimal(9_876_500)


def rate(report, kind, **fields):
    rating = report.dimensionrating_rows.get(dimension__is_overall=True)
    rating.status = rating.dimension.scheme.statuses.get(kind=kind)
    for name, value in fields.items():
        setattr(rating, name, value)
    rating.save()


def reported(node, day, kind, **exempt):
    """A published report: a milestone due after the hidden one, a budget beside the hidden one."""
    draft = factories.draft(node, factories.period(node.organisation, day))
    rate(draft, kind, **exempt)
    if not draft.planitemupdate_rows.exists():
        red = factories.status(node.organisation, "milestone", "Red")
        factories.milestone(draft, title="Doors open", finish="01/03/2020")
        factories.budget(draft, planned=100)
        if exempt:
            factories.milestone(draft, title=HIDDEN, finish="01/10/2019", status=red, **exempt)
            factories.risk(draft, title=HIDDEN, **exempt)
            factories.budget(draft, planned=SECRET_POUNDS, **exempt)
    return factories.published(node, report=draft)


@pytest.fixture(scope="module")
def beginning(founded):
    """The library, red, with a big budget and a milestone in October, all exempt; the museum, amber and open."""
    library = factories.project(founded)
    for day, kind in ((JUNE, "at_risk"), (JULY, "off_track")):
        reported(library, day, kind, is_exempt=True)
    museum = factories.project(founded, slug="museum", title="New museum")
    for day in (JUNE, JULY):
        reported(museum, day, "at_risk")
    return {"library": library, "museum": museum}


library, museum = handed_out("library", "museum")


@pytest.fixture
def pages(client, library, museum, reader):
    """A function: the page of a URL's name at a node as the reader gets it, and its context."""
    client.force_login(reader)

    def page(name, node=None, **asked):
        node = node or top_node(library.organisation)
        return client.get(reverse(name, args=[node.organisation.slug, node.slug]), query_params=asked)

    return page


AS_AT = [{}, {"period": "2019-07"}, {"period": "2019-07", "meaning": "then"}, {"period": "2019-06"}]


@pytest.mark.parametrize("asked", AS_AT)
@pytest.mark.parametrize("sort", ["-status", "status", "budget", "-budget", "next", "-next"])
def test_the_portfolio_neither_says_nor_orders_by_what_is_exempt(pages, asked, sort):
    answer = pages("portfolio", sort=sort, **asked)
    words = answer.content.decode()
    assert HIDDEN not in words
    assert "9,876" not in words
    totals = answer.context["totals"]
    assert {count.kind: count.count for count in totals.counts} == {"at_risk": 1, "not_rated": 1}
    assert totals.exceptions == 1
    rows = {row.title: row for row in answer.context["table"].listed}
    library, museum = rows["New library"], rows["New museum"]
    assert (library.status, library.before) == (None, None)
    assert library.planned == museum.planned == Decimal(100)
    assert library.next_item == "Doors open"
    assert museum.status.kind == "at_risk"
    titles = [row.title for row in answer.context["table"].listed]
    first = "New museum" if sort == "-status" else "New library"  # of equals the first by title
    assert titles[0] == first


@pytest.mark.parametrize("asked", AS_AT)
def test_filters_by_status_do_not_find_it(pages, asked):
    for wanted in ({"kind": "off_track"}, {"exceptions": "on"}):
        words = pages("portfolio", **asked, **wanted).content.decode()
        assert "New library" not in words
    assert "New library" in pages("portfolio", kind="not_rated", **asked).content.decode()


@pytest.mark.parametrize("asked", AS_AT)
def test_what_stands_beneath_a_node_is_counted_without_it(pages, library, reader, asked):
    answer = pages("node", **asked)
    (level,) = answer.context["beneath"]
    assert {count.kind: count.count for count in level.counts} == {"at_risk": 1, "not_rated": 1}


def test_home_and_the_history_do_not_tell_it(client, pages, library, reader):
    listed = client.get(reverse("home"))
    assert library in [report.node for report in listed.context["published"]]
    for words in (listed.content.decode(), pages("node-history", library).content.decode()):
        assert "Red" not in words
        assert "Not rated" in words


def test_staff_see_it_all(client, library, museum, director):
    client.force_login(director)
    answer = client.get(reverse("portfolio", args=[library.organisation.slug, top_node(library.organisation).slug]))
    row = next(row for row in answer.context["table"].listed if row.title == "New library")
    assert (row.status.kind, row.before.kind, row.next_item) == ("off_track", "at_risk", HIDDEN)
    assert row.planned == SECRET_POUNDS + 100


def test_trends_and_what_is_kept_of_closed_periods_leave_it_out(pages, library):
    organisation = library.organisation
    for day in (JUNE, JULY):
        close_period(factories.period(organisation, day), by=factories.system_user())
    kept = PeriodStanding.objects.filter(node=top_node(organisation), side="published")
    for standing in kept:
        assert standing.counts["kinds"] == {"at_risk": 1, "not_rated": 1}
        assert standing.sums == {"planned": "200.00"}
    for node in (None, library):
        words = pages("trends", node).content.decode()
        assert HIDDEN not in words
        assert "9,876" not in words
    assert "Off track" not in pages("trends").content.decode()


@pytest.mark.parametrize("node", ["top", "library"])
def test_the_comparison_tells_and_counts_none_of_it(pages, library, node):
    asked = {"since": "2019-06", "period": "2019-07"}
    words = pages("compare", library if node == "library" else None, **asked).content.decode()
    assert HIDDEN not in words
    assert "9,876" not in words
    assert "worse" not in words.lower().replace("worse, better, new and gone", "")


def test_a_cell_that_is_kept_back_is_not_added_up(organisation, project):
    draft = factories.draft(project)
    row = factories.budget(draft, planned=100, actual=30)
    score = {"score": Decimal(7), "lead_words": "Head of Sales", "marks": {"score": {"kind": "exempt"}}}
    score["marks"]["lead_words"] = {"kind": "exempt"}
    type(row).objects.filter(pk=row.pk).update(marks={"planned": {"kind": "exempt"}, "actual": {"kind": "provenance"}})
    Report.objects.filter(pk=draft.pk).update(**score)
    report = factories.published(project, report=Report.objects.get(pk=draft.pk))
    assert report.summary.sums == {"planned": "100.00", "actual": "30.00"}
    assert report.summary.public_sums == {"actual": "30.00"}
    nodes = Node.objects.filter(pk=project.pk)
    found = {
        published: queries.portfolio_page(nodes, queries.PortfolioFilter(), {}, published=published, sort="score")[0]
        for published in (True, False)
    }
    assert (found[True].score, found[True].lead) == (None, "")
    assert (found[False].score, found[False].lead) == (Decimal(7), "Head of Sales")
    sold = queries.PortfolioFilter(lead="sales")
    assert not queries.filtered(nodes, sold, published=True)
    assert queries.filtered(nodes, sold, published=False)


def test_a_direction_that_is_kept_back_is_in_no_list_of_readers(organisation, project):
    draft = factories.draft(project)
    overall = draft.dimensionrating_rows.get(dimension__is_overall=True)
    red = overall.dimension.scheme.statuses.get(kind="off_track")
    kept_back = ({}, {"marks": {"status": {"kind": "exempt"}}}, {"is_exempt": True})
    for number, fields in enumerate(kept_back):
        dimension = Dimension.objects.create(
            organisation=organisation, template=draft.template, key=f"d{number}", label=f"Direction {number}",
            scheme=overall.dimension.scheme,
        )  # fmt: skip
        DimensionRating.objects.create(
            organisation=organisation, report=draft, dimension=dimension, title=dimension.label, status=red, **fields
        )
    factories.published(project, report=draft)
    nodes = Node.objects.filter(pk=project.pk)
    told = {
        published: [
            title
            for title, *_ in queries.portfolio_page(nodes, queries.PortfolioFilter(), {}, published=published)[
                0
            ].directions
        ]
        for published in (True, False)
    }
    assert told == {True: ["Direction 0"], False: ["Direction 0", "Direction 1", "Direction 2"]}


def test_what_was_exempt_until_a_day_is_told_from_then_on(organisation, project):
    draft = factories.draft(project)
    rate(draft, "off_track", is_exempt=True, exempt_until=timezone.localdate() + timezone.timedelta(days=1))
    factories.published(project, report=draft)
    call_command("rebuild_roll_ups", ended=True)
    project.refresh_from_db()
    assert (project.published_overall, project.published_severity) == (None, 0)
    summary = ReportSummary.objects.get(report__node=project)
    assert summary.overall.kind == "off_track"
    # A day later, as far as the row goes: nothing else of a frozen report may be written.
    with pytest.MonkeyPatch.context() as later:
        tomorrow = timezone.localdate() + timezone.timedelta(days=1)
        later.setattr("projects.actions.summaries.timezone.localdate", lambda: tomorrow)
        call_command("rebuild_roll_ups", ended=True)
    project.refresh_from_db()
    assert project.published_overall.kind == "off_track"


def test_the_kept_figures_are_those_the_rows_give(library, museum):
    organisation = library.organisation
    close_period(factories.period(organisation, JUNE), by=factories.system_user())
    columns = ("node", "side", "counts", "sums")
    before = sorted(map(repr, PeriodStanding.objects.values_list(*columns)))
    rebuild_all(organisation)
    assert sorted(map(repr, PeriodStanding.objects.values_list(*columns))) == before
