"""The colour that a rule gives a cell is the one a person sees there; a rule that is not understood colours nothing."""

from datetime import date

import pytest

from projects.imports.cells import Cell, Sheet
from projects.imports.conditional import Rule, areas_of, paint

RED, GREEN = "FF0000", "00B050"


def painted(values, *rules) -> list[str | None]:
    """The fills of column A, rows from 1, after the rules; column B says on each row what A says, reversed."""
    sheet = Sheet("Status")
    for row, value in enumerate(values, start=1):
        sheet.cells[row, 1] = value if isinstance(value, Cell) else Cell(value)
        sheet.cells[row, 2] = Cell(str(value)[::-1])
    paint(sheet, rules)
    return [sheet.cells[row, 1].fill_rgb for row in range(1, len(values) + 1)]


def rule(kind, *formulas, areas="A1:A99", fill=RED, **about) -> Rule:
    return Rule(kind, areas_of(areas), tuple(formulas), fill_rgb=fill, **about)


@pytest.mark.parametrize(
    ("operator", "formulas", "coloured"),
    [
        ("equal", ["5"], [5]),
        ("notEqual", ["5"], [4, 6]),
        ("lessThan", ["5"], [4]),
        ("lessThanOrEqual", ["5"], [4, 5]),
        ("greaterThan", ["5"], [6]),
        ("greaterThanOrEqual", ["5"], [5, 6]),
        ("between", ["5", "6"], [5, 6]),
        ("between", ["6", "5"], [5, 6]),
        ("notBetween", ["5", "6"], [4]),
        ("equal", ["-5"], []),
    ],
)
def test_a_cell_held_against_figures(operator, formulas, coloured):
    values = [4, 5, 6]
    fills = painted(values, rule("cellIs", *formulas, operator=operator))
    assert [value for value, fill in zip(values, fills, strict=True) if fill == RED] == coloured


def test_words_are_compared_without_regard_to_case():
    assert painted(["Red", "RED ", "Amber"], rule("cellIs", '"RED"', operator="equal")) == [RED, None, None]


def test_days_are_compared_as_numbers():
    values = [date(2019, 7, 1), date(2019, 7, 2), "soon"]
    assert painted(values, rule("cellIs", "43647", operator="equal")) == [RED, None, None]


def test_an_error_is_equal_to_nothing():
    cell = Cell("#REF!", is_error=True)
    assert painted([cell], rule("cellIs", '"#REF!"', operator="equal")) == [None]
    assert painted([cell, "x"], rule("containsErrors")) == [RED, None]
    assert painted([cell, "x"], rule("notContainsErrors")) == [None, RED]


@pytest.mark.parametrize(
    ("kind", "coloured"),
    [
        ("containsText", ["Amber/Red", "red"]),
        ("notContainsText", ["Green"]),
        ("beginsWith", ["red"]),
        ("endsWith", ["Amber/Red", "red"]),
    ],
)
def test_words_within_a_cell(kind, coloured):
    values = ["Amber/Red", "red", "Green"]
    fills = painted(values, rule(kind, text="RED"))
    assert [value for value, fill in zip(values, fills, strict=True) if fill == RED] == coloured


def test_blank_cells():
    values = ["", "  ", "x"]
    assert painted(values, rule("containsBlanks")) == [RED, RED, None]
    assert painted(values, rule("notContainsBlanks")) == [None, None, RED]


@pytest.mark.parametrize(
    ("formula", "coloured"),
    [
        ('$A1="Red"', ["Red"]),
        ('A1="Red"', ["Red"]),
        ('B1="deR"', ["Red"]),
        ('$B$1="deR"', ["Red", "Amber", 7]),
        ('B2="rebmA"', ["Red"]),
        ('OR(A1="Red",A1=7)', ["Red", 7]),
        ('AND(A1<>"Red",NOT(A1=7))', ["Amber"]),
        ('NOT(ISERROR(SEARCH("mb",A1)))', ["Amber"]),
        ('NOT(SEARCH("mb",A1))', []),
        ('ISERROR(UPPER(SEARCH("mb",A1)))', ["Red", 7]),
        ('ISNUMBER(SEARCH("R",A1))', ["Red", "Amber"]),
        ("ISNUMBER(A1)", [7]),
        ('LEFT(A1,1)="a"', ["Amber"]),
        ('RIGHT(A1,2)&""="ed"', ["Red"]),
        ("LEN(TRIM(A1))=0", []),
        ("LEN(A1)>3", ["Amber"]),
        ("TRUE", ["Red", "Amber", 7]),
        ('(A1)=("Red")', ["Red"]),
        ('UPPER(A1)="RED"', ["Red"]),
        ("ISBLANK(C1)", ["Red", "Amber", 7]),
    ],
)
def test_formulas_about_the_cell_and_its_neighbours(formula, coloured):
    values = ["Red", "Amber", 7]
    fills = painted(values, rule("expression", formula))
    assert [value for value, fill in zip(values, fills, strict=True) if fill == RED] == coloured


def test_formulas_speak_of_the_first_cell_of_their_area():
    assert painted(["Red", "Red", "Red"], rule("expression", '$A2="Red"', areas="A2:A3")) == [None, RED, RED]


@pytest.mark.parametrize(
    "formula",
    [
        "TODAY()>A1",
        "A1>Lists!$A$1",
        "COUNTIF(A:A,A1)>1",
        "A1+1=2",
        'A1="Red',
        "(A1=1",
        "OR(A1=1",
        "A1=",
        "",
        "(" * 500 + "A1",
        "A1:A9=1",
        "LEFT()",
    ],
)
def test_a_formula_that_is_not_understood_colours_nothing_and_is_counted(formula):
    sheet = Sheet("Status", cells={(1, 1): Cell("Red", fill_rgb=GREEN)})
    assert paint(sheet, [rule("expression", formula)]) == 1
    assert sheet.cells[1, 1].fill_rgb == GREEN


def test_rules_without_a_colour_are_not_counted():
    assert paint(Sheet("Status"), [rule("dataBar", fill=None), rule("expression", "TODAY()", fill=None)]) == 0
    assert paint(Sheet("Status"), [rule("top10"), rule("cellIs", operator="equal")]) == 2


def test_the_first_rule_by_priority_wins_and_a_stop_ends_the_others():
    first = rule("cellIs", '"Red"', operator="equal", priority=1)
    second = rule("notContainsBlanks", fill=GREEN, priority=2)
    assert painted(["Red", "Amber"], second, first) == [RED, GREEN]
    halt = rule("cellIs", '"Red"', operator="equal", priority=1, fill=None, stops=True)
    assert painted(["Red", "Amber"], second, halt) == [None, GREEN]


def test_areas():
    assert areas_of("B2:B9 $D$4") == ((2, 2, 9, 2), (4, 4, 4, 4))
    assert areas_of("C:D 3:4") == ((1, 3, 1_048_576, 4), (3, 1, 4, 16_384))
    assert areas_of("#REF! B9:B2") == ((2, 2, 9, 2),)
