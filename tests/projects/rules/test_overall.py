"""The proposed overall status."""

import pytest

from projects.rules.kinds import Kind, Rating
from projects.rules.overall import compare, propose_overall

G, A, W, R, N = Kind.ON_TRACK, Kind.AT_RISK, Kind.WATCH, Kind.OFF_TRACK, None


@pytest.mark.parametrize(
    ("statuses", "proposed"),
    [
        ([], None),
        ([N, N], None),
        ([G, G, N], G),
        ([Kind.DONE, G], G),
        ([G, A, G], G),
        ([G, W], G),
        ([A, A, G], A),
        ([A, W, G], A),
        ([A], A),
        ([A, N], A),
        ([G, R, G], R),
        ([A, R], R),
    ],
)
def test_worst_but_one_step_better_for_a_single_amber(statuses, proposed):
    dimensions = {f"D{number}": Rating(status, "because") for number, status in enumerate(statuses)}
    assert propose_overall(dimensions).status is proposed


def test_the_reasons_name_the_dimensions():
    proposal = propose_overall(
        {
            "Schedule": Rating(A, "Slip is 20 days; AMBER from 14 days"),
            "Finance": Rating(A, "Spend over plan is 6%; AMBER from 5%"),
            "Benefits": Rating(None, "There is no target"),
        }
    )
    assert proposal.because == "The worst of the dimensions is AMBER: Schedule, Finance; not rated: Benefits"
    assert proposal.reasons[2] == "Benefits: There is no target"


@pytest.mark.parametrize(
    ("chosen", "proposed", "is_greener", "is_different"),
    [
        ("on_track", "off_track", True, True),
        ("off_track", "on_track", False, True),
        ("watch", "at_risk", False, False),
        (None, "at_risk", False, False),
        ("on_track", None, False, False),
        ("not_rated", "at_risk", False, False),
    ],
)
def test_chosen_beside_proposed(chosen, proposed, is_greener, is_different):
    choice = compare(chosen, proposed)
    assert (choice.is_greener, choice.is_different) == (is_greener, is_different)


def test_a_different_choice_is_said_in_words():
    assert compare("on_track", "at_risk").because == "GREEN was chosen, better than the proposed AMBER"
