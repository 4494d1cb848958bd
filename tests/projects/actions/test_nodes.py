"""The tree: every path is rebuilt after random moves, and roles and printed paths stay."""

import random
from datetime import date

import pytest
from auditlog.models import LogEntry

from projects.actions.nodes import (
    CannotBeArchived,
    CannotBePlaced,
    add_node,
    archive_node,
    change_node,
    move_node,
    restore_node,
)
from projects.actions.writing import EditedMeanwhile
from projects.models import Label, Node, NodeKind, Report
from projects.permissions import may, top_node
from projects.rules.access import Permission
from projects.rules.tree import child_path, depth
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def tree(organisation, administrator):
    """Two portfolios, a programme in the first and a project in that, by slug."""
    top = top_node(organisation)

    def add(slug, parent, kind):
        return add_node(parent=parent, kind=kind, slug=slug, title=slug.capitalize(), by=administrator)

    nodes = {"top": top}
    nodes["place"] = add("place", top, NodeKind.PORTFOLIO)
    nodes["people"] = add("people", top, NodeKind.PORTFOLIO)
    nodes["homes"] = add("homes", nodes["place"], NodeKind.PROGRAMME)
    nodes["roof"] = add("roof", nodes["homes"], NodeKind.PROJECT)
    return nodes


def rebuilt_path(node):
    return child_path(rebuilt_path(node.parent) if node.parent else "", node.pk)


def test_every_path_can_be_rebuilt_after_random_moves(organisation, administrator):
    dice = random.Random(2019)
    nodes = [top_node(organisation)]
    for number in range(30):
        kind = NodeKind.PORTFOLIO
        parent = Node.objects.get(pk=dice.choice(nodes).pk)
        nodes.append(add_node(parent=parent, kind=kind, slug=f"n{number}", title=f"N {number}", by=administrator))
    moves = 0
    for _ in range(60):
        node, to = (Node.objects.get(pk=dice.choice(nodes).pk) for _ in range(2))
        try:
            move_node(node, to=to, by=administrator)
            moves += 1
        except CannotBePlaced:
            continue
    assert moves > 20
    for node in Node.objects.filter(organisation=organisation):
        assert node.path == rebuilt_path(node)
        assert node.depth == depth(node.path)


def test_a_move_takes_everything_beneath(tree, administrator):
    move_node(tree["homes"], to=tree["people"], by=administrator)
    roof = Node.objects.get(slug="roof")
    assert [node.slug for node in Node.objects.ancestors(roof)] == ["westshire", "people", "homes"]
    assert list(Node.objects.beneath(Node.objects.get(slug="place")).values_list("slug", flat=True)) == ["place"]


def test_a_move_changes_who_may_by_the_place_and_not_by_the_grant(tree, organisation, administrator):
    of_place = factories.person("place@example.org", organisation, "officer", tree["place"])
    of_roof = factories.person("roof@example.org", organisation, "officer", tree["roof"])
    move_node(tree["homes"], to=tree["people"], by=administrator)
    roof = Node.objects.get(slug="roof")
    for person in (of_place, of_roof):
        person.__dict__.pop("_active_grants", None)
    assert not may(of_place, Permission.EDIT_DRAFT, roof)
    assert may(of_roof, Permission.EDIT_DRAFT, roof)
    assert roof in Node.objects.visible_to(of_roof)
    assert roof not in Node.objects.visible_to(of_place)


def test_an_approved_report_keeps_the_path_it_printed(organisation, administrator):
    node = factories.project(organisation)
    report = factories.approved(node)
    printed = (report.node_path, report.parent_titles)
    portfolio = add_node(
        parent=top_node(organisation), kind=NodeKind.PORTFOLIO, slug="new", title="New", by=administrator
    )
    move_node(node, to=portfolio, by=administrator)
    report = Report.objects.get(pk=report.pk)
    assert (report.node_path, report.parent_titles) == printed
    assert Node.objects.get(pk=node.pk).path != printed[0]


def test_a_move_is_one_line_in_the_trail(tree, administrator):
    move_node(tree["homes"], to=tree["people"], by=administrator)
    lines = LogEntry.objects.get_for_object(tree["homes"])
    assert lines.first().changes == {"parent": [str(tree["place"].pk), str(tree["people"].pk)]}
    assert lines.first().actor == administrator


@pytest.mark.parametrize(
    ("node", "to", "sentence"),
    [
        ("top", "place", "stays at the top"),
        ("place", "roof", "cannot stand beneath itself"),
        ("homes", "homes", "cannot stand beneath itself"),
        ("place", "homes", "cannot stand beneath itself"),
        ("people", "homes", "A portfolio cannot stand beneath a programme"),
    ],
)
def test_where_a_node_cannot_stand(tree, administrator, node, to, sentence):
    before = list(Node.objects.values_list("pk", "path"))
    with pytest.raises(CannotBePlaced, match=sentence):
        move_node(tree[node], to=tree[to], by=administrator)
    assert list(Node.objects.values_list("pk", "path")) == before


def test_no_move_into_another_council(tree, administrator):
    elsewhere = top_node(factories.council(name="Elsewhere Council", slug="elsewhere"))
    with pytest.raises(CannotBePlaced, match="another council"):
        move_node(tree["homes"], to=elsewhere, by=administrator)


def test_the_tree_has_an_end(organisation, administrator):
    node = top_node(organisation)
    for level in range(2, 26):
        node = add_node(parent=node, kind=NodeKind.PORTFOLIO, slug=f"l{level}", title="Deep", by=administrator)
    assert len(node.path) == 200
    beside = add_node(
        parent=top_node(organisation), kind=NodeKind.PORTFOLIO, slug="beside", title="Beside", by=administrator
    )
    with pytest.raises(CannotBePlaced, match="too deep"):
        move_node(beside, to=node, by=administrator)
    with pytest.raises(CannotBePlaced, match="too deep"):
        add_node(parent=node, kind=NodeKind.PORTFOLIO, slug="deeper", title="Deeper", by=administrator)


def test_an_address_is_taken_once(tree, administrator):
    with pytest.raises(CannotBePlaced, match="address roof"):
        add_node(parent=tree["people"], kind=NodeKind.PROJECT, slug="roof", title="Another", by=administrator)
    with pytest.raises(CannotBePlaced, match="address roof"):
        change_node(tree["homes"], {"slug": "roof"}, by=administrator)


def test_a_second_council_in_the_tree_is_refused(tree, administrator):
    with pytest.raises(CannotBePlaced):
        add_node(parent=tree["top"], kind=NodeKind.ORGANISATION, slug="x", title="X", by=administrator)


def test_a_change_of_kind_fits_above_and_below(tree, administrator):
    with pytest.raises(CannotBePlaced, match="A programme cannot stand beneath a project"):
        change_node(tree["place"], {"kind": NodeKind.PROJECT}, by=administrator)
    change_node(tree["roof"], {"kind": NodeKind.WORKSTREAM}, by=administrator)
    assert Node.objects.get(slug="roof").kind == NodeKind.WORKSTREAM


def test_the_councils_node_keeps_its_address(tree, administrator):
    with pytest.raises(CannotBePlaced):
        change_node(tree["top"], {"slug": "other"}, by=administrator)


def test_a_place_is_not_changed_by_a_change(tree, administrator):
    with pytest.raises(ValueError, match="parent"):
        change_node(tree["roof"], {"parent": tree["people"]}, by=administrator)


def test_two_who_change_a_node_at_once(tree, administrator):
    change_node(tree["roof"], {"title": "Roofs"}, version=1, by=administrator)
    with pytest.raises(EditedMeanwhile):
        change_node(Node.objects.get(slug="roof"), {"title": "The roof"}, version=1, by=administrator)
    assert Node.objects.get(slug="roof").title == "Roofs"


def test_labels_are_kept_and_told(tree, organisation, administrator):
    green = Label.objects.create(organisation=organisation, name="Carbon")
    change_node(tree["roof"], {"labels": [green]}, by=administrator)
    assert list(tree["roof"].labels.all()) == [green]
    assert LogEntry.objects.get_for_object(tree["roof"]).first().changes == {"labels": ["", "Carbon"]}


def test_archiving_takes_what_is_beneath_and_says_why(tree, administrator):
    archive_node(tree["homes"], by=administrator, reason="The programme has closed")
    assert set(Node.objects.in_use().values_list("slug", flat=True)) == {"westshire", "place", "people"}
    assert Node.objects.get(slug="roof").archived_reason == "The programme has closed"
    line = LogEntry.objects.get_for_object(tree["roof"]).first()
    assert line.additional_data["reason"] == "The programme has closed"


def test_restoring_goes_from_the_top_down(tree, administrator):
    archive_node(tree["homes"], by=administrator, reason="Closed")
    with pytest.raises(CannotBeArchived, match="Restore Homes first"):
        restore_node(Node.objects.get(slug="roof"), by=administrator)
    restore_node(Node.objects.get(slug="homes"), by=administrator)
    assert Node.objects.get(slug="roof").is_archived
    restore_node(Node.objects.get(slug="homes"), by=administrator, with_all_beneath=True)
    assert not Node.objects.filter(is_archived=True).exists()


def test_what_cannot_be_archived(tree, administrator):
    with pytest.raises(CannotBeArchived, match="council"):
        archive_node(tree["top"], by=administrator, reason="Why not")
    with pytest.raises(CannotBeArchived, match="why"):
        archive_node(tree["roof"], by=administrator, reason="  ")


def test_nothing_is_added_beneath_what_is_archived(tree, administrator):
    archive_node(tree["homes"], by=administrator, reason="Closed")
    with pytest.raises(CannotBePlaced, match="archived"):
        add_node(parent=tree["homes"], kind=NodeKind.PROJECT, slug="late", title="Late", by=administrator)


def test_a_restored_node_reports_again(organisation, administrator):
    node = factories.project(organisation)
    july = factories.published(node)
    archive_node(node, by=administrator, reason="Paused")
    restore_node(node, by=administrator)
    assert july.as_at_on == date(2019, 7, 31)
    assert Report.objects.frozen().filter(node=node).count() == 1
