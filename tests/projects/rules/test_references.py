"""References to other actions in the words of an action, as the improvement plan of 2009 writes them."""

import pytest

from projects.rules.references import named_in, plain_ref, split_at_references

KNOWN = ("A.2", "A.3", "A.6", "A.10", "C.1", "D.4", "D.5", "G")


@pytest.mark.parametrize(
    ("words", "refs"),
    [
        ("Utilise initial consultation results (A.2) for the draft vision (A.3)", ("A.2", "A.3")),
        ("feed all the results into A.6", ("A.6",)),
        ("following completion of final blueprint/vision for service (A6).", ("A.6",)),
        ("aligned with performance reporting system (D4/5) to demonstrate", ("D.4", "D.5")),
        ("framework in line with D5", ("D.5",)),
        ("A. 10 waits", ("A.10",)),
        ("A.2, again A.2", ("A.2",)),
        ("a 2 star service; fortnightly 1-2-1s; R1/R6; G; Z.9; DA.2x", ()),
        ("", ()),
    ],
)
def test_which_actions_are_named(words, refs):
    assert named_in([words], KNOWN) == refs


def test_an_action_does_not_name_itself():
    assert named_in(["A.2 and A.3"], KNOWN, own="A.2") == ("A.3",)


def test_the_pieces_are_the_whole_text_again():
    words = "system (D4/5) and A.6."
    pieces = split_at_references(words, KNOWN)
    assert "".join(piece.text for piece in pieces) == words
    assert [(piece.text, piece.ref) for piece in pieces if piece.ref] == [("D4", "D.4"), ("5", "D.5"), ("A.6", "A.6")]


def test_dots_and_spaces_make_no_difference():
    assert plain_ref("A. 10") == plain_ref("a10") == "a10"
