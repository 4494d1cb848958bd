"""Layouts are data: they survive the way to JSON and back, and a wrong one is refused with all that is wrong."""

import json
from copy import deepcopy

import pytest
from openpyxl import Workbook

from projects.imports.layout import (
    LayoutProblem,
    built_in_layouts,
    layout_from_dict,
    layout_to_dict,
    load_layout,
    match_spelling,
    squeeze,
)
from projects.imports.parse import StatusLookup, parse
from projects.imports.read import read_workbook

REGISTER = {
    "format": 1,
    "name": "indicator-register",
    "version": 1,
    "title": "Indicators",
    "sheets": [
        {
            "key": "register",
            "blocks": [
                {
                    "key": "indicators",
                    "kind": "table",
                    "title": "Indicators",
                    "record": "indicator",
                    "header_rows": 2,
                    "totals": ["Total*"],
                    "fields": [
                        {"key": "indicator.title", "labels": ["Indicator"], "required": True},
                        {"key": "indicator.before", "type": "money", "labels": ["2017-18 Actual"], "thousands": True},
                        {"key": "indicator.now", "type": "money", "labels": ["2018-19 Actual"]},
                        {"key": "indicator.status", "type": "status", "subject": "rag", "labels": ["2018-19 Status"]},
                    ],
                }
            ],
        }
    ],
}


@pytest.mark.parametrize("layout", built_in_layouts(), ids=lambda layout: layout.name)
def test_built_in_layouts_survive_json(layout):
    assert layout_from_dict(json.loads(json.dumps(layout_to_dict(layout)))) == layout


def test_built_in_layouts_name_no_council():
    names = ("rochford", "norwich", "somerset", "southampton", "nottingham")
    written = json.dumps([layout_to_dict(layout) for layout in built_in_layouts()]).lower()
    assert [name for name in names if name in written] == []


@pytest.mark.parametrize(
    ("text", "spelling", "matches"),
    [
        ("Interdepend encies", "INTERDEPENDENCIES", True),
        ("TARGET/ACTUAL  END\nDATE", "Target / Actual End Date", True),
        ("Budgeting & Forecasting – GOLD projects only", "BUDGETING AND FORECASTING - GOLD PROJECTS ONLY", True),
        ("Change Control Record for ICT", "Change Control Record*", True),
        ("A change control record", "Change Control Record*", False),
        ("Project Score (10)", "Project Score (#)", True),
        ("Project Score (ten)", "Project Score (#)", False),
        ("Project Status", "Project Stage", False),
        ("REF", "REFERENCE", False),
    ],
)
def test_spellings(text, spelling, matches):
    assert bool(match_spelling(text, [spelling])) is matches


def test_figure_in_a_label_is_kept():
    assert match_spelling("PROJECT SCORE ( 10 )", ["Project Score (#)"])[1] == "10"
    assert squeeze("Café — 50 %") == "cafe50percent"


def changed(path: str, value):
    """The register's layout with one entry set, by a path such as sheets.0.key; None takes it away."""
    layout = deepcopy(REGISTER)
    part = layout
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in steps:
        part = part[step]
    if value is None:
        del part[last]
    else:
        part[last] = value
    return layout


BLOCK = "sheets.0.blocks.0"


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("format", 2, "The layout is of format 2; this portal reads format 1."),
        ("title", None, "The layout lacks “title”."),
        ("version", "one", "The layout, version should be a whole number."),
        ("version", True, "The layout, version should be a whole number."),
        ("name", "Not a Name", "small letters, digits and single hyphens"),
        ("sheets", {}, "The layout, sheets should be a list."),
        ("sheets", [], "The layout has no sheets."),
        ("shets", [], "The layout has an unknown entry “shets”."),
        ("sheets.0", "Dashboard", "The layout, sheets 1 should be an object."),
        ("sheets.0.titles", "Dashboard", "titles should be a list of words."),
        ("colours", {"rag": {"green": "GREEN"}}, "Colour “green” of rag is not six hex digits."),
        (f"{BLOCK}.kind", "grid", "is of unknown kind “grid”"),
        (f"{BLOCK}.record", None, "does not say which table its rows go to"),
        (f"{BLOCK}.id", "indicator.ref", "which is none of its fields"),
        (f"{BLOCK}.header_rows", 0, "needs at least one header row"),
        (f"{BLOCK}.kind", "list", "has no heading to be found by"),
        (f"{BLOCK}.headings", ["*"], "without a letter or digit"),
        (f"{BLOCK}.required_when", {"node.tier": ["gold"]}, "is required by “node.tier”, which no field has"),
        (f"{BLOCK}.required_when", {"node.tier": "gold"}, "required_when node.tier should be a list of words"),
        (f"{BLOCK}.fields", [], "has no fields"),
        (f"{BLOCK}.fields.0.key", "title", "should have a key such as risk.review"),
        (f"{BLOCK}.fields.0.key", "indicator.now", "Two fields are called “indicator.now”."),
        (f"{BLOCK}.fields.0.type", "number", "is of unknown type “number”"),
        (f"{BLOCK}.fields.0.type", "choice", "is a choice and has no choices"),
        (f"{BLOCK}.fields.0.labels", [], "has no label to be found by"),
        (f"{BLOCK}.fields.0.capture", "indicator.figure", "captures a figure and no label has #"),
        (f"{BLOCK}.fields.0.date_rule", "never", "unknown date rule “never”"),
        (f"{BLOCK}.fields.3.subject", "", "does not say of what"),
    ],
)
def test_wrong_layouts_are_refused(path, value, expected):
    with pytest.raises(LayoutProblem) as problem:
        layout_from_dict(changed(path, value))
    assert any(expected in sentence for sentence in problem.value.sentences), problem.value.sentences


def test_all_that_is_wrong_is_said():
    layout = changed(f"{BLOCK}.record", None)
    layout["name"] = "Bad Name"
    with pytest.raises(LayoutProblem) as problem:
        layout_from_dict(layout)
    assert len(problem.value.sentences) == 2


@pytest.mark.parametrize(("content", "expected"), [("{", "not JSON"), ("[]", "A layout is an object")])
def test_files_that_are_no_layout(tmp_path, content, expected):
    path = tmp_path / "layout.json"
    path.write_text(content)
    with pytest.raises(LayoutProblem, match=expected):
        load_layout(path)


def test_table_with_two_header_rows_and_a_total(tmp_path):
    """The shape of an indicator sheet: year above, measure below, found without a heading of its own."""
    book = Workbook()
    sheet = book.active
    for row in (
        ["All indicators"],
        ["Indicator", "2017-18", "2018-19", None],
        [None, "Actual", "Actual", "Status"],
        ["Savings", "1.5", "£2,000", "Green"],
        ["Spend", "(3)", "-£4", "Red"],
        ["Total", "=SUM(B4:B5)", "£1,996", None],
    ):
        sheet.append(row)
    sheet.merge_cells("C2:D2")
    book.save(tmp_path / "register.xlsx")
    statuses = {"rag": StatusLookup({"Green": "g", "Red": "r"})}
    parsed = parse(read_workbook(tmp_path / "register.xlsx", "xlsx"), layout_from_dict(REGISTER), statuses=statuses)
    rows = parsed.records["indicator"]
    assert [row.is_total for row in rows] == [False, False, True]
    assert [row.value("indicator.before") for row in rows] == [1500, -3000, None]
    assert [row.value("indicator.now") for row in rows] == [2000, -4, 1996]
    assert [row.value("indicator.status") for row in rows] == ["g", "r", None]
    assert [(one.cell, one.words) for one in parsed.ignored] == [("A1", "All indicators")]
    assert parsed.problems == []
    assert [(one.cell, one.stated, one.derived) for one in parsed.controls] == [("B6", None, -1500), ("C6", 1996, 1996)]
