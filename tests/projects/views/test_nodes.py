"""The tree in pages."""

import pytest
from django.urls import reverse

from projects.actions.nodes import add_node
from projects.models import Calendar, Node, NodeKind, ReportTemplate
from projects.permissions import top_node
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(client, administrator):
    client.force_login(administrator)
    return client


@pytest.fixture
def place(organisation, administrator):
    return add_node(
        parent=top_node(organisation), kind=NodeKind.PORTFOLIO, slug="place", title="Place", by=administrator
    )


def url(name, node):
    return reverse(name, args=[node.organisation.slug, node.slug])


def tree_url(organisation):
    return reverse("settings-nodes", args=[organisation.slug])


def test_the_tree_is_drawn_top_down(signed_in, organisation, place):
    factories.project(organisation, parent=place)
    page = signed_in.get(tree_url(organisation)).content.decode()
    assert page.index("Westshire Council</a>") < page.index("Place</a>") < page.index("New library</a>")


def test_a_node_is_added(signed_in, place):
    address = url("settings-node-add", place)
    assert signed_in.get(address).status_code == 200
    sent = {"title": "Town hall roof", "slug": "roof", "kind": "project", "order": "0"}
    assert signed_in.post(address, sent).status_code == 302
    roof = Node.objects.get(slug="roof")
    assert (roof.parent, roof.depth) == (place, 3)


def test_an_address_left_blank_is_made_from_the_title(signed_in, place):
    sent = {"title": "Town hall: the roof!", "slug": "", "kind": "project", "order": "0"}
    assert signed_in.post(url("settings-node-add", place), sent).status_code == 302
    assert Node.objects.get(slug="town-hall-the-roof").parent == place


def test_a_new_project_can_report(signed_in, organisation, place):
    template, calendar = ReportTemplate.objects.get(), Calendar.objects.get()
    sent = {"title": "Roof", "slug": "roof", "kind": "project", "order": "0", "template": template.pk}
    half = signed_in.post(url("settings-node-add", place), sent)
    assert "Choose both what it reports on and the calendar" in half.content.decode()
    assert signed_in.post(url("settings-node-add", place), sent | {"calendar": calendar.pk}).status_code == 302
    series = Node.objects.get(slug="roof").headline_series
    assert (series.template, series.calendar, series.keeps_registers) == (template, calendar, True)
    assert (
        'name="template"'
        not in signed_in.get(url("settings-node-change", Node.objects.get(slug="roof"))).content.decode()
    )


def test_a_node_without_reports_begins_to_report(signed_in, place):
    template, calendar = ReportTemplate.objects.get(), Calendar.objects.get()
    sent = {"title": "Place", "slug": "place", "kind": "portfolio", "order": "0", "version": place.version}
    sent |= {"template": template.pk, "calendar": calendar.pk}
    assert signed_in.post(url("settings-node-change", place), sent).status_code == 302
    assert Node.objects.get(slug="place").headline_series.template == template


def test_what_was_typed_stays_on_error(signed_in, place):
    sent = {"title": "Town hall roof", "slug": "place", "kind": "project", "order": "0"}
    refused = signed_in.post(url("settings-node-add", place), sent)
    assert refused.status_code == 200
    assert "Another node has this address." in refused.content.decode()
    assert "Town hall roof" in refused.content.decode()


def test_a_node_is_renamed(signed_in, place):
    address = url("settings-node-change", place)
    sent = {"title": "Places", "slug": "place", "kind": "portfolio", "order": "0", "version": place.version}
    assert signed_in.post(address, sent).status_code == 302
    assert Node.objects.get(slug="place").title == "Places"
    clash = signed_in.post(address, sent | {"title": "The place"})
    assert clash.status_code == 409
    assert "The place" in clash.content.decode()
    assert Node.objects.get(slug="place").title == "Places"


def test_a_kind_that_does_not_fit_is_a_sentence(signed_in, organisation, place):
    factories.project(organisation, parent=place)
    sent = {"title": "Place", "slug": "place", "kind": "workstream", "order": "0", "version": place.version}
    refused = signed_in.post(url("settings-node-change", place), sent)
    assert "A project cannot stand beneath a workstream." in refused.content.decode()


def test_a_node_is_moved(signed_in, organisation, place):
    library = factories.project(organisation)
    address = url("settings-node-move", library)
    offered = signed_in.get(address).context["form"].fields["to"].queryset
    assert library not in offered
    assert place in offered
    signed_in.post(address, {"to": place.pk})
    assert Node.objects.get(pk=library.pk).parent == place


def test_a_node_is_archived_with_a_reason_and_restored(signed_in, organisation, place):
    factories.project(organisation, parent=place)
    address = url("settings-node-archive", place)
    assert "It and one node beneath it leave the lists." in signed_in.get(address).content.decode()
    assert signed_in.post(address, {"reason": ""}).status_code == 200
    assert not Node.objects.get(pk=place.pk).is_archived
    signed_in.post(address, {"reason": "Closed"})
    assert Node.objects.filter(is_archived=True).count() == 2
    page = signed_in.get(tree_url(organisation)).content.decode()
    assert "New library" not in page
    assert "Show 2 archived nodes" in page
    signed_in.post(url("settings-node-restore", place), {"with_all_beneath": "on"})
    assert not Node.objects.filter(is_archived=True).exists()


def test_the_councils_node_has_no_way_down(signed_in, organisation):
    top = top_node(organisation)
    page = signed_in.get(url("settings-node-change", top))
    assert "slug" not in page.context["form"].fields
    refused = signed_in.post(url("settings-node-archive", top), {"reason": "Why not"})
    assert "cannot be archived" in refused.content.decode()


def test_who_may_not(client, organisation, place, pmo, stranger):
    client.force_login(pmo)
    assert client.get(tree_url(organisation)).status_code == 403
    assert client.post(url("settings-node-archive", place), {"reason": "x"}).status_code == 403
    client.force_login(stranger)
    assert client.get(tree_url(organisation)).status_code == 404
    assert client.get(url("settings-node-change", place)).status_code == 404


def test_the_tree_costs_the_same_however_long(signed_in, organisation, count_queries):
    def cost():
        with count_queries() as counted:
            signed_in.get(tree_url(organisation))
        return len(counted)

    for number in range(2):
        factories.project(organisation, slug=f"p{number}", with_series=False)
    cost()  # the first page also begins the session
    few = cost()
    for number in range(2, 22):
        factories.project(organisation, slug=f"p{number}", with_series=False)
    assert cost() == few
