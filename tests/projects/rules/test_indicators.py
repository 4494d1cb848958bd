"""Indicators by direction."""

from decimal import Decimal

import pytest

from projects.rules.indicators import CannotBeRead, Way, add_up, movement, print_figure, rate_indicator, read_figure
from projects.rules.kinds import Kind

GREEN, AMBER, RED = Kind.ON_TRACK, Kind.AT_RISK, Kind.OFF_TRACK


@pytest.mark.parametrize(
    ("actual", "direction", "status"),
    [
        ("101", "higher", GREEN),
        ("100", "higher", GREEN),
        ("99.99", "higher", AMBER),
        ("90", "higher", AMBER),
        ("89.99", "higher", RED),
        ("99", "lower", GREEN),
        ("100", "lower", GREEN),
        ("100.01", "lower", AMBER),
        ("110", "lower", AMBER),
        ("110.01", "lower", RED),
        ("100", "closest", GREEN),
        ("90", "closest", AMBER),
        ("110", "closest", AMBER),
        ("110.01", "closest", RED),
        ("89.99", "closest", RED),
    ],
)
def test_rating_on_each_line(actual, direction, status):
    assert rate_indicator(Decimal(actual), Decimal(100), direction).status is status


def test_no_data_no_target():
    assert rate_indicator(None, Decimal(5)).because == "No data"
    assert rate_indicator(None, Decimal(5)).status is None
    assert rate_indicator(Decimal(5), None).status is None


def test_its_own_tolerance_replaces_the_organisations():
    assert rate_indicator(Decimal(97), Decimal(100), tolerance=Decimal(2)).status is RED
    assert rate_indicator(Decimal(98), Decimal(100), tolerance=Decimal(2)).status is AMBER


def test_targets_of_nothing_and_below():
    assert rate_indicator(Decimal(0), Decimal(0), "lower").status is GREEN
    assert rate_indicator(Decimal(1), Decimal(0), "lower").status is RED
    assert rate_indicator(Decimal(-105), Decimal(-100), "higher").status is AMBER


@pytest.mark.parametrize(
    ("words", "unit", "figure"),
    [
        ("99.95%", "percent", "99.95"),
        ("58.68 %", "percent", "58.68"),
        ("100%", "percent", "100"),
        ("71", "percent", "71"),
        ("5:44 mins", "seconds", "344"),
        ("6:04 mins", "seconds", "364"),
        ("6.00 mins", "seconds", "360"),
        ("0:59", "seconds", "59"),
        ("£223", "pounds", "223"),
        ("£1,204.50", "pounds", "1204.50"),
        ("4.28", "score", "4.28"),
        ("8.2/9", "score", "8.2"),
        ("3.50", "days", "3.5"),
        ("2.42 days", "days", "2.42"),
        ("13,363", "number", "13363"),
        ("-1", "number", "-1"),
        ("", "percent", None),
        ("–", "pounds", None),
        ("No data", "seconds", None),
    ],
)
def test_figures_are_read_in_their_unit(words, unit, figure):
    assert read_figure(words, unit) == (None if figure is None else Decimal(figure))


@pytest.mark.parametrize(
    ("words", "unit", "told"),
    [
        ("5:60", "seconds", "minutes and seconds"),
        ("about six", "seconds", "minutes and seconds"),
        ("£200", "percent", "percentage"),
        ("lots", "pounds", "amount of money"),
        ("4,5", "score", "score"),
        ("100000000000000", "number", "too large"),
    ],
)
def test_what_is_no_figure_is_told_how_to_write_one(words, unit, told):
    with pytest.raises(CannotBeRead, match=told):
        read_figure(words, unit)


@pytest.mark.parametrize(
    ("figure", "unit", "words"),
    [
        ("344", "seconds", "5:44 mins"),
        ("59.6", "seconds", "1:00 mins"),
        ("99.8000", "percent", "99.8%"),
        ("223.0000", "pounds", "£223"),
        ("8.0000", "score", "8"),
        ("13363", "number", "13,363"),
    ],
)
def test_figures_are_printed_in_their_unit(figure, unit, words):
    assert print_figure(Decimal(figure), unit) == words
    assert print_figure(None, unit) == ""


@pytest.mark.parametrize(
    ("before", "now", "direction", "way"),
    [
        ("84", "67", "higher", Way.WORSE),
        ("8.1", "8.2", "higher", Way.BETTER),
        ("13.14", "10.89", "lower", Way.BETTER),
        ("202", "204", "lower", Way.WORSE),
        ("5", "5", "lower", Way.SAME),
        ("40", "52", "closest", Way.BETTER),
        ("48", "52", "closest", Way.SAME),
        ("51", "55", "closest", Way.WORSE),
    ],
)
def test_the_way_since_the_period_before(before, now, direction, way):
    assert movement(Decimal(before), Decimal(now), direction, target=Decimal(50)) is way


def test_nothing_is_said_of_the_way_without_figures_or_of_what_adds_up():
    assert movement(None, Decimal(1), "higher") is None
    assert movement(Decimal(1), None, "higher") is None
    assert movement(Decimal(1), Decimal(2), "closest") is None
    assert movement(Decimal("1.42"), Decimal("2.42"), "lower", accumulates=True) is None


def test_scores_are_added_up_and_what_is_not_scored_is_not_nought():
    nine = add_up(Decimal(score) for score in (9, 9, 9, 9, 8, 9, 8, 6, 7))
    assert (nine.total, round(nine.mean, 2), nine.is_whole) == (74, Decimal("8.22"), True)
    part = add_up([Decimal(3), None, Decimal(0)])
    assert (part.total, part.mean, part.scored, part.factors, part.is_whole) == (3, Decimal("1.5"), 2, 3, False)
    assert add_up([None, None]).mean is None
