"""Pounds and percentages as the sources write them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.rules.money import (
    Money,
    Percent,
    Problem,
    format_percent,
    format_pounds,
    parse_money,
    parse_percent,
    percent,
    round_half_up,
)


@pytest.mark.parametrize(
    ("words", "pounds"),
    [
        ("£642,848", "642848"),
        ("£0", "0"),
        ("1,234.50", "1234.50"),
        ("(1,234)", "-1234"),
        ("(£1,234)", "-1234"),
        ("£(1,234)", "-1234"),
        ("-£5", "-5"),
        ("£-5", "-5"),
        ("−£5", "-5"),
        ("£4.1m", "4100000"),
        ("£25.6m", "25600000"),
        ("£1.2 million", "1200000"),
        ("£251k", "251000"),
        ("(£6m)", "-6000000"),
        ("£ 28,800", "28800"),
        ("GBP 12", "12"),
        (".50", "0.50"),
        ("nil", "0"),
        ("-0", "0"),
    ],
)
def test_words_that_are_an_amount(words, pounds):
    assert parse_money(words) == Money(Decimal(pounds), words)


@pytest.mark.parametrize("words", ["", "  ", "-", "–", "n/a", "N/A", "TBC"])
def test_words_that_state_nothing(words):
    assert parse_money(words) == Money(None, words.strip())


def test_an_empty_cell_states_nothing():
    assert parse_money(None) == Money(None, "")
    assert parse_percent(None) == Percent(None, "")


@pytest.mark.parametrize(
    "words",
    ["about £5", "£5-£6", "1,23", "12,34,567", "1.234,50", "--5", "-(5)", "(-5)", "£", "5%", "£5x", "1e5", "٣", "$5",
     "£9,999,999bn"],
)  # fmt: skip
def test_words_that_are_no_amount(words):
    assert isinstance(parse_money(words), Problem)


@pytest.mark.parametrize(
    ("number", "pounds"),
    [
        (642848, "642848"),
        (0, "0"),
        (-1234.5, "-1234.5"),
        (0.1 + 0.2, "0.3"),
        (Decimal("5.55"), "5.55"),
    ],
)
def test_cells_that_are_numbers(number, pounds):
    assert parse_money(number).pounds == Decimal(pounds)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN"), True, 10**15, object()])
def test_cells_that_are_no_amount(value):
    assert isinstance(parse_money(value), Problem)


@pytest.mark.parametrize(
    ("written", "pounds"),
    [(8569, "8569000"), ("8,569", "8569000"), ("(6,697)", "-6697000"), (251.3, "251300"), ("£1.2m", "1200000"),
     ("", None)],
)  # fmt: skip
def test_a_column_in_thousands(written, pounds):
    assert parse_money(written, thousands=True).pounds == (None if pounds is None else Decimal(pounds))


@pytest.mark.parametrize(
    ("pounds", "printed"),
    [
        ("642848", "£642,848"),
        ("-5", "-£5"),
        ("0", "£0"),
        ("-0.4", "£0"),
        ("0.5", "£1"),
        ("-0.5", "-£1"),
        ("1.49", "£1"),
    ],
)
def test_an_amount_prints_to_the_pound(pounds, printed):
    assert format_pounds(Decimal(pounds)) == printed


def test_an_amount_prints_to_the_penny_or_as_missing():
    assert format_pounds(Decimal("1234.5"), pence=True) == "£1,234.50"
    assert format_pounds(None) == ""
    assert format_pounds(None, missing="Not stated") == "Not stated"


@pytest.mark.parametrize(
    ("written", "points"),
    [("93%", "93"), ("-1%", "-1"), ("58.68 %", "58.68"), ("(5%)", "-5"), ("(5)%", "-5"), ("4.05 per cent", "4.05"),
     ("n/a", None), (0.93, "93"), (-0.01, "-1")],
)  # fmt: skip
def test_percentages(written, points):
    assert parse_percent(written).points == (None if points is None else Decimal(points))


def test_a_number_that_is_points_already():
    assert parse_percent(93, number_is_fraction=False).points == 93


@pytest.mark.parametrize("written", ["most", "93%%", "-(5%)", "9 3%", float("nan"), True, "1" * 20 + "%"])
def test_what_is_no_percentage(written):
    assert isinstance(parse_percent(written), Problem)


@pytest.mark.parametrize(
    ("part", "whole", "points"), [(1, 4, "25"), (0, 4, "0"), (1, 0, None), (None, 4, None), (1, None, None)]
)
def test_percent_of_a_whole(part, whole, points):
    assert percent(part, whole) == (None if points is None else Decimal(points))


@pytest.mark.parametrize(
    ("points", "places", "printed"),
    [("93.0", 0, "93%"), ("-1.22", 0, "-1%"), ("-0.3", 0, "0%"), ("0.5", 0, "1%"), ("92.25", 1, "92.3%")],
)
def test_a_percentage_prints(points, places, printed):
    assert format_percent(Decimal(points), places=places) == printed


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_what_is_printed_reads_back(pounds):
    assert parse_money(format_pounds(pounds, pence=True)).pounds == pounds
    assert parse_money(format_pounds(pounds)).pounds == round_half_up(pounds)


@given(st.one_of(st.text(), st.integers(), st.floats(), st.decimals(), st.booleans(), st.none()))
def test_any_value_gives_an_answer(value):
    assert isinstance(parse_money(value), (Money, Problem))
    assert isinstance(parse_percent(value), (Percent, Problem))
