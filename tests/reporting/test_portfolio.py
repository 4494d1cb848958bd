"""The portfolio: what it says of each node, how it is narrowed, and what it costs."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from projects.actions.nodes import archive_node
from projects.models import Node, Period
from projects.permissions import top_node
from reporting.queries import PortfolioFilter, reporting_nodes
from reporting.tables import PortfolioTable
from tests import factories


def address(organisation, **asked):
    return reverse("portfolio", args=[organisation.slug, organisation.slug], query=asked)


def reported(organisation, slug, kind, month=date(2019, 7, 31), node=None, **pounds):
    """A node with an approved report whose overall status is of `kind`."""
    node = node or factories.project(organisation, slug=slug, title=slug.capitalize())
    report = factories.draft(node, factories.period(organisation, month))
    rating = report.dimensionrating_rows.get(dimension__is_overall=True)
    rating.status = rating.dimension.scheme.statuses.filter(kind=kind).first()
    rating.save()
    if pounds and not report.budgetposition_rows.exists():
        factories.budget(report, **pounds)
    factories.approved(node, report=report)
    return node


def rows_of(response):
    return {row.title: row for row in response.context["table"].listed}


def test_a_row_says_what_the_newest_two_reports_say(client, organisation, director):
    node = reported(
        organisation, "library", "on_track", date(2019, 6, 30), planned=Decimal(601400), forecast=Decimal(594058)
    )
    reported(organisation, "library", "at_risk", node=node)
    client.force_login(director)
    response = client.get(address(organisation))
    row = rows_of(response)["Library"]
    assert (row.before.label, row.status.label) == ("Green", "Amber")
    assert (row.planned, row.expected_spend, row.remaining) == (601400, 594058, 7342)
    assert (row.period, row.is_missing) == ("July 2019", False)
    drawn = response.content.decode()
    assert "Last period: " in drawn
    assert "£7,342 remaining" in drawn


def test_a_node_without_this_periods_report_is_not_reported_and_never_green(client, organisation, director):
    reported(organisation, "library", "on_track", date(2019, 5, 31))
    reported(organisation, "museum", "on_track")
    client.force_login(director)
    response = client.get(address(organisation))
    assert rows_of(response)["Library"].is_missing
    assert "Not reported; last known May 2019" in response.content.decode()
    assert response.context["totals"].missing == 1
    only = client.get(address(organisation, missing="on"))
    assert set(rows_of(only)) == {"Library"}


def test_a_node_that_never_reported_is_listed(client, organisation, project, director):
    client.force_login(director)
    response = client.get(address(organisation))
    assert "Not reported yet" in response.content.decode()
    assert response.context["totals"].missing == 1


def test_tiles_count_by_status_and_lead_to_the_filter(client, organisation, director):
    for slug, kind in (("library", "on_track"), ("museum", "off_track"), ("baths", "off_track")):
        reported(organisation, slug, kind)
    client.force_login(director)
    response = client.get(address(organisation))
    tiles = {tile["label"]: tile for tile in response.context["tiles"]}
    assert {label: tile["count"] for label, tile in tiles.items()} == {"Red": 2, "Green": 1, "In all": 3}
    narrowed = client.get(address(organisation) + tiles["Red"]["url"])
    assert set(rows_of(narrowed)) == {"Museum", "Baths"}
    assert narrowed.context["page"].paginator.count == 2
    assert narrowed.context["totals"].nodes == 3


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"words": "mus"}, {"Museum"}),
        ({"exceptions": "on"}, {"Museum"}),
        ({"kind": "on_track"}, {"Library"}),
        ({"kind": "not_rated"}, {"Baths"}),
        ({"lead": "parks"}, {"Library"}),
        ({"tier": "gold"}, {"Baths"}),
        ({"kind": "no such kind"}, {"Library", "Museum", "Baths"}),
    ],
)
def test_filters(client, organisation, director, asked, expected):
    factories.project(organisation, slug="baths", title="Baths", tier=factories.tier(organisation))
    library = factories.project(organisation, slug="library", title="Library")
    library.lead_post = factories.post(organisation, "Head of Parks")
    library.save()
    reported(organisation, "library", "on_track", node=library)
    reported(organisation, "museum", "at_risk")
    client.force_login(director)
    response = client.get(address(organisation, **asked))
    assert set(rows_of(response)) == expected


@pytest.mark.parametrize(
    "sort", ["title", "-title", "tier", "status", "-score", "next", "-budget", "report", "nonsense"]
)
def test_every_order_lists_every_node_once(client, organisation, director, sort):
    for slug, kind in (("library", "on_track"), ("museum", "off_track")):
        reported(organisation, slug, kind, planned=Decimal(5))
    factories.project(organisation, slug="baths", title="Baths")
    client.force_login(director)
    titles = [row.title for row in client.get(address(organisation, sort=sort)).context["table"].listed]
    assert sorted(titles) == ["Baths", "Library", "Museum"]


def test_the_worst_stand_first_and_headings_say_the_order(client, organisation, director):
    for slug, kind in (("library", "on_track"), ("museum", "off_track"), ("baths", "at_risk")):
        reported(organisation, slug, kind)
    client.force_login(director)
    assert [row.title for row in client.get(address(organisation)).context["table"].listed] == [
        "Museum",
        "Baths",
        "Library",
    ]
    assert 'aria-sort="ascending"' in client.get(address(organisation, sort="title")).content.decode()


def test_readers_see_the_published_report_only(client, organisation, reader):
    node = reported(organisation, "library", "on_track", date(2019, 6, 30))
    factories.publish(node)
    reported(organisation, "library", "off_track", node=node)
    client.force_login(reader)
    row = rows_of(client.get(address(organisation)))["Library"]
    assert (row.period, row.status.label, row.unfinished) == ("June 2019", "Green", None)


def test_staff_see_the_report_that_is_being_made(client, organisation, director):
    node = reported(organisation, "library", "on_track")
    factories.draft(node, factories.period(organisation, date(2019, 8, 31)))
    client.force_login(director)
    unfinished = rows_of(client.get(address(organisation)))["Library"].unfinished
    assert (unfinished.period, unfinished.state_label) == ("August 2019", "Draft")


def test_only_the_lowest_reporting_nodes_are_counted(client, organisation, director):
    programme = factories.project(organisation, slug="homes", title="Homes", kind="programme")
    factories.project(organisation, slug="flats", title="Flats", parent=programme)
    client.force_login(director)
    assert set(rows_of(client.get(address(organisation)))) == {"Flats"}


def test_archived_and_strange_nodes_are_not_listed(client, organisation, project, director, stranger):
    archive_node(project, by=factories.system_user(), reason="Ended")
    client.force_login(director)
    assert rows_of(client.get(address(organisation))) == {}
    client.force_login(stranger)
    assert client.get(address(organisation)).status_code == 404


@pytest.mark.parametrize("role", ["director", "pmo", "reader", "member", "officer", "stranger"])
@pytest.mark.parametrize("start", ["organisation", "homes", "library"])
def test_the_list_holds_what_a_person_may_see(organisation, project, request, role, start):
    """What a role settles for all beneath is not asked of each row: the answer is the same."""
    user = request.getfixturevalue(role)
    homes = factories.project(organisation, slug="homes", title="Homes", kind="programme")
    for slug, fields in {"flats": {}, "secret": {"is_exempt": True}, "once": {"is_exempt": True,
                         "exempt_until": date(2020, 1, 1)}, "ended": {"is_archived": True}}.items():  # fmt: skip
        factories.project(organisation, slug=slug, title=slug, parent=homes, **fields)
    node = {"organisation": top_node(organisation), "homes": homes, "library": project}[start]
    asked_of_each = Node.objects.visible_to(user).beneath(node).in_use().exclude(headline_series=None)
    expected = set(asked_of_each.exclude(pk=node.pk)) - {homes}
    assert set(reporting_nodes(user, node)) == expected
    if (role, start) == ("reader", "homes"):
        assert {each.slug for each in expected} == {"flats", "once"}


def test_a_role_beneath_shows_only_what_it_is_held_on(organisation, project, officer):
    only = factories.person("one@example.org", organisation, "officer", node=project)
    factories.project(organisation, slug="museum", title="Museum")
    assert set(reporting_nodes(only, top_node(organisation))) == {project}
    assert reporting_nodes(officer, top_node(organisation)).count() == 2


def test_two_calendars_have_a_deadline_each(client, organisation, director):
    """A quarterly project is not missing because a month has ended."""
    reported(organisation, "library", "on_track", date(2019, 5, 31))
    museum = reported(organisation, "museum", "on_track", date(2019, 5, 31))
    monthly = museum.headline_series.calendar
    quarterly = type(monthly).objects.create(organisation=organisation, name="Quarterly", slug="quarterly")
    quarter = {"starts_on": date(2019, 3, 1), "ends_on": date(2019, 5, 31), "as_at_on": date(2019, 5, 31)}
    Period.objects.create(organisation=organisation, calendar=quarterly, slug="q1", label="Quarter 1", **quarter)
    type(museum.headline_series).objects.filter(pk=museum.headline_series_id).update(calendar=quarterly)
    client.force_login(director)
    response = client.get(address(organisation))
    assert {title: row.is_missing for title, row in rows_of(response).items()} == {"Library": True, "Museum": False}
    assert response.context["totals"].missing == 1
    assert set(rows_of(client.get(address(organisation, missing="on")))) == {"Library"}


def test_what_never_reported_stands_last_in_either_order(client, organisation, director):
    factories.project(organisation, slug="baths", title="Baths")
    for slug, kind in (("library", "on_track"), ("museum", "off_track")):
        reported(organisation, slug, kind)
    client.force_login(director)
    for sort, expected in (("-status", ["Museum", "Library", "Baths"]), ("status", ["Library", "Museum", "Baths"])):
        titles = [row.title for row in client.get(address(organisation, sort=sort)).context["table"].listed]
        assert titles == expected


def test_titles_are_escaped(client, organisation, director):
    reported(organisation, "library", "on_track", node=factories.project(organisation, title="<b>Bold</b> & brave"))
    client.force_login(director)
    drawn = client.get(address(organisation)).content.decode()
    assert "<b>Bold" not in drawn
    assert "&lt;b&gt;Bold&lt;/b&gt; &amp; brave" in drawn


def test_the_portfolio_costs_the_same_however_long(client, organisation, director, count_queries):
    reported(organisation, "first", "on_track")
    reported(organisation, "second", "at_risk")
    client.force_login(director)
    client.get(address(organisation))
    with count_queries() as two:
        client.get(address(organisation))
    for number in range(20):
        reported(organisation, f"project-{number}", "on_track")
    with count_queries() as many:
        client.get(address(organisation))
    assert len(two) == len(many)
    assert len(many) <= 12, [query["sql"][:120] for query in many.captured_queries]


def test_pages(client, organisation, director):
    for number in range(51):
        factories.project(organisation, slug=f"project-{number}", title=f"Project {number:02}")
    client.force_login(director)
    first = client.get(address(organisation, sort="title"))
    second = client.get(address(organisation, sort="title", page=2))
    assert len(first.context["table"].listed) == 50
    assert [row.title for row in second.context["table"].listed] == ["Project 50"]
    beyond = client.get(address(organisation, sort="title", page=99))
    assert [row.title for row in beyond.context["table"].listed] == ["Project 50"]


def test_every_column_declared_has_a_cell():
    for name in PortfolioTable.base_columns:
        assert callable(getattr(PortfolioTable, f"cell_{name}"))


def test_an_empty_council_says_so(client, organisation, director):
    client.force_login(director)
    assert "Nothing reports here yet" in client.get(address(organisation)).content.decode()
    assert top_node(organisation).title == organisation.name
    assert PortfolioFilter().kind == ""
