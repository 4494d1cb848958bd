"""Other names, groupings and tranches: kept in the settings, reached from the tree."""

import pytest
from django.urls import reverse

from projects.models import Grouping, GroupingMember, Label, NodeAlias, Tranche
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def grouping(organisation):
    return Grouping.objects.create(organisation=organisation, document="portfolio-status", title="By programme")


@pytest.fixture
def client(client, administrator):
    client.force_login(administrator)
    return client


def address(name, *given, **query):
    return reverse(f"settings-{name}", args=given, query=query)


def test_a_name_is_added_for_the_node_one_came_from(client, organisation, project):
    page = address("aliases-add", organisation.slug, node=project.pk)
    assert f'<option value="{project.pk}" selected>' in client.get(page).content.decode()
    client.post(page, {"node": project.pk, "printed_as": "Reading rooms", "document": "programme-status"})
    alias = NodeAlias.objects.get()
    assert (alias.node, alias.printed_as, alias.document) == (project, "Reading rooms", "programme-status")


def test_one_name_stands_for_one_node_in_a_document(client, organisation, project):
    NodeAlias.objects.create(organisation=organisation, node=project, printed_as="Rooms", document="indicators")
    other = factories.project(organisation, "baths", "Baths")
    sent = {"node": other.pk, "printed_as": "Rooms", "document": "indicators"}
    answer = client.post(address("aliases-add", organisation.slug), sent)
    assert "Another node is printed under this name there." in answer.content.decode()
    assert 'value="Rooms"' in answer.content.decode()  # nothing typed is lost
    client.post(address("aliases-add", organisation.slug), {**sent, "document": ""})
    assert NodeAlias.objects.count() == 2


def test_nodes_of_another_council_are_not_offered(client, organisation, stranger):
    theirs = factories.project(stranger.grants.first().organisation, "theirs", "Theirs")
    page = address("aliases-add", organisation.slug)
    assert "Theirs" not in client.get(page).content.decode()
    client.post(page, {"node": theirs.pk, "printed_as": "Mine", "document": ""})
    assert not NodeAlias.objects.exists()


def test_a_tranche_keeps_its_date_as_it_was_written(client, organisation, project):
    page = address("tranches-add", organisation.slug)
    client.post(page, {"node": project.pk, "name": "Tranche 1", "order": 1, "due": "Spring 2020"})
    tranche = Tranche.objects.get()
    assert (tranche.due_words, tranche.due_on.isoformat()) == ("Spring 2020", "2020-05-31")
    change = address("tranches-change", organisation.slug, tranche.pk)
    assert 'value="Spring 2020"' in client.get(change).content.decode()


def test_a_node_of_a_grouping_stands_in_it_once(client, organisation, project, grouping):
    page = address("grouped-add", organisation.slug, grouping.pk)
    client.post(page, {"node": project.pk, "order": 1})
    again = client.post(page, {"node": project.pk, "order": 2})
    assert "The node is in the group already." in again.content.decode()
    assert GroupingMember.objects.count() == 1


def test_nodes_are_ticked_and_what_is_not_on_the_page_stays(client, organisation, project, grouping):
    baths = factories.project(organisation, "baths", "Baths")
    parks = factories.project(organisation, "parks", "Parks")
    for node in (baths, parks):
        GroupingMember.objects.create(organisation=organisation, grouping=grouping, node=node, order=3)
    page = address("grouping-nodes", organisation.slug, grouping.pk, words="b")
    words = client.get(page).content.decode()
    assert "Baths" in words
    assert "New library" in words
    assert "Parks" not in words
    client.post(page, {"shown": [project.pk, baths.pk], "chosen": [project.pk]})
    assert [member.node.title for member in grouping.members.all()] == ["Parks", "New library"]
    assert list(grouping.members.values_list("order", flat=True)) == [3, 4]


def test_those_beneath_a_node_can_be_asked_for(client, organisation, project, grouping):
    inner = factories.project(organisation, "roof", "Roof", parent=project, kind="workstream")
    factories.project(organisation, "parks", "Parks")
    words = client.get(address("grouping-nodes", organisation.slug, grouping.pk, beneath=project.pk)).content.decode()
    assert f'value="{inner.pk}"' in words
    assert "Parks" not in words


def test_choosing_is_told_in_the_audit_trail(client, organisation, project, grouping):
    client.post(
        address("grouping-nodes", organisation.slug, grouping.pk), {"shown": [project.pk], "chosen": [project.pk]}
    )
    trail = client.get(reverse("audit", args=[organisation.slug])).content.decode()
    assert "By programme" in trail
    assert "New library" in trail


def test_a_nodes_page_tells_all_that_stands_beside_the_tree(client, organisation, project, grouping):
    NodeAlias.objects.create(organisation=organisation, node=project, printed_as="Reading rooms")
    GroupingMember.objects.create(organisation=organisation, grouping=grouping, node=project)
    Tranche.objects.create(organisation=organisation, node=project, name="Tranche 1")
    project.labels.add(Label.objects.create(organisation=organisation, name="Climate"))
    page = address("node-beside", organisation.slug, project.slug)
    words = client.get(page).content.decode()
    for said in ("Reading rooms", "By programme", "Tranche 1", "Climate"):
        assert said in words
    assert page in client.get(address("nodes", organisation.slug)).content.decode()
    assert page in client.get(address("node-change", organisation.slug, project.slug)).content.decode()


@pytest.mark.parametrize("page", ["aliases", "groupings", "tranches"])
def test_a_list_costs_the_same_however_long(client, organisation, project, count_queries, page):
    def more(number):
        node = factories.project(organisation, f"n{number}", f"N{number}", with_series=False)
        NodeAlias.objects.create(organisation=organisation, node=node, printed_as=f"A{number}")
        Tranche.objects.create(organisation=organisation, node=node, name=f"T{number}")
        grouping = Grouping.objects.create(organisation=organisation, document="x", title=f"G{number}")
        GroupingMember.objects.create(organisation=organisation, grouping=grouping, node=node)

    for number in range(2):
        more(number)
    client.get(address(page, organisation.slug))
    with count_queries() as few:
        client.get(address(page, organisation.slug))
    for number in range(2, 22):
        more(number)
    with count_queries() as many:
        client.get(address(page, organisation.slug))
    assert len(many) == len(few)
