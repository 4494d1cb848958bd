"""What is said once for many cells names each sheet once, and cells one below the other together."""

import pytest

from projects.imports.present import grouped
from projects.imports.problems import CellProblem


@pytest.mark.parametrize(
    ("cells", "spots"),
    [
        (["Costs B3", "Costs B4", "Costs B5", "Costs D4", "Plan 2 A2"], ("Costs B3 to B5", "D4", "Plan 2 A2")),
        (["Costs B3", "Costs B5", "Costs B3"], ("Costs B3", "B5")),
        (["Costs ", "Costs B3"], ("Costs", "B3")),
        (["Q2 2018-19 ", "Costs "], ("Q2 2018-19", "Costs")),
    ],
)
def test_places_are_told_in_few_words(cells, spots):
    problems = [CellProblem(*place.rsplit(" ", 1), "It is no date.") for place in cells]
    (said,) = grouped(problems)
    assert said.spots == spots
    assert (said.first, said.others) == (spots, ())


def test_many_places_are_shown_by_their_first():
    (said,) = grouped([CellProblem("Costs", f"B{row}", "It is no date.") for row in range(1, 40, 2)])
    assert said.first == ("Costs B1", "B3", "B5")
    assert len(said.others) == 17
