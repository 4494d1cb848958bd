"""Paths of the tree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.rules.tree import ancestors_of, child_path, depth, ids_of, is_within, moved, parent_path, subtree_range

node_ids = st.integers(min_value=1, max_value=99_999_999)


@st.composite
def paths(draw, min_depth=1):
    path = ""
    for node_id in draw(st.lists(node_ids, min_size=min_depth, max_size=6)):
        path = child_path(path, node_id)
    return path


def test_a_path_is_eight_digits_a_level():
    root = child_path("", 7)
    assert root == "00000007"
    assert child_path(root, 12345678) == "0000000712345678"


def test_ancestors_are_root_first_without_the_node():
    path = child_path(child_path(child_path("", 1), 2), 3)
    assert ancestors_of(path) == ("00000001", "0000000100000002")
    assert parent_path(path) == "0000000100000002"
    assert ancestors_of("00000001") == ()
    assert parent_path("00000001") == ""


@pytest.mark.parametrize("node_id", [0, -1, 100_000_000])
def test_an_id_that_does_not_fit_is_refused(node_id):
    with pytest.raises(ValueError, match="does not fit"):
        child_path("", node_id)


@pytest.mark.parametrize("path", ["1", "0000000a", "000000011", "٠٠٠٠٠٠٠١"])
def test_what_is_not_a_path_is_refused(path):
    with pytest.raises(ValueError, match="Not a path"):
        depth(path)


def test_a_node_cannot_move_below_itself():
    with pytest.raises(ValueError, match="below itself"):
        moved("0000000100000002", "00000001", "000000010000000200000003")
    with pytest.raises(ValueError, match="below itself"):
        moved("0000000100000002", "00000001", "0000000100000002")


def test_a_path_moves_only_from_below_its_old_parent():
    with pytest.raises(ValueError, match="not below"):
        moved("0000000100000002", "00000003", "00000004")


def test_a_root_can_come_under_a_parent_and_back():
    under = moved("0000000100000002", "", "00000009")
    assert under == "000000090000000100000002"
    assert moved(under, "00000009", "") == "0000000100000002"


@given(paths(), node_ids)
def test_a_child_is_one_level_below_its_parent(path, node_id):
    child = child_path(path, node_id)
    assert depth(child) == depth(path) + 1
    assert parent_path(child) == path
    assert ancestors_of(child)[-1] == path
    assert ids_of(child) == (*ids_of(path), node_id)


@given(paths(), paths())
def test_the_range_holds_just_the_subtree(top, other):
    low, high = subtree_range(top)
    assert (low <= other < high) == is_within(other, top) == (other == top or top in ancestors_of(other))


@given(paths(), st.lists(node_ids, max_size=3))
def test_the_range_holds_every_descendant(top, below):
    path = top
    for node_id in below:
        path = child_path(path, node_id)
    low, high = subtree_range(top)
    assert low <= path < high


@given(paths(min_depth=2), paths())
def test_a_move_there_and_back_changes_nothing(path, new_parent):
    old_parent = ancestors_of(path)[0]
    mover = ancestors_of(path)[1] if depth(path) > 2 else path
    if is_within(new_parent, mover):
        return
    there = moved(path, old_parent, new_parent)
    assert is_within(there, new_parent)
    assert moved(there, new_parent, old_parent) == path
