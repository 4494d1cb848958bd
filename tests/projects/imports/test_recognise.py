"""A workbook is known by its headings; one that is not gives a sentence with what was looked for."""

from dataclasses import replace

import pytest
from openpyxl import Workbook

from projects.imports.guard import check_file
from projects.imports.layout import built_in_layouts
from projects.imports.problems import WorkbookRefused
from projects.imports.read import read_workbook
from projects.imports.recognise import best_match, recognise
from tests.workbooks import ICT, build_dashboard


def read(path):
    return read_workbook(path, check_file(path).kind)


@pytest.fixture
def dashboard_layout():
    return next(layout for layout in built_in_layouts() if layout.name == "project-dashboard")


@pytest.mark.parametrize("damage", [{}, {"shift": (3, 3)}, {"spelt": str.lower}, {"is_merged": False}, {"tier": None}])
def test_dashboard_is_recognised_whole(tmp_path, damage):
    match = best_match(read(build_dashboard(tmp_path / "d.xlsx", ICT, **damage)), built_in_layouts())
    assert (match.layout.name, match.score, match.missing) == ("project-dashboard", 1.0, ())


def test_what_is_missing_is_named(tmp_path, dashboard_layout):
    path = build_dashboard(tmp_path / "d.xlsx", without=["risks", "milestones"])
    (match,) = recognise(read(path), [dashboard_layout])
    assert match.is_recognised
    assert match.missing == ("MILESTONES AND INTERDEPENDENCIES", "PROJECT HIGH RISK REGISTER")
    assert match.missing_required == ("MILESTONES AND INTERDEPENDENCIES",)


def test_sheets_are_found_by_what_they_hold_whatever_their_names(tmp_path, dashboard_layout):
    def rename(book):
        book["Dashboard"].title = "Sheet1"
        book["Change Control"].title = "Sheet2"
        book.move_sheet("Sheet2", -1)

    (match,) = recognise(read(build_dashboard(tmp_path / "d.xlsx", also=rename)), [dashboard_layout])
    assert {found.layout.key: found.grid.sheet.name for found in match.sheets} == {
        "dashboard": "Sheet1",
        "change-control": "Sheet2",
    }


def test_best_layout_comes_first_and_of_equals_the_newer(tmp_path, dashboard_layout):
    newer = replace(dashboard_layout, version=2)
    other = replace(dashboard_layout, name="a-part", sheets=dashboard_layout.sheets[1:])
    workbook = read(build_dashboard(tmp_path / "d.xlsx", has_changes=False))
    ranked = recognise(workbook, [other, dashboard_layout, newer])
    assert [(match.layout.name, match.layout.version) for match in ranked] == [
        ("project-dashboard", 2),
        ("project-dashboard", 1),
        ("a-part", 1),
    ]


def test_another_workbook_is_refused_with_what_was_looked_for(tmp_path):
    book = Workbook()
    book.active.title = "Cats"
    book.active.append(["Name", "Weight", "Keeper"])
    book.active.append(["PROJECT STATUS", "Monthly", "A director"])
    book.save(tmp_path / "other.xlsx")
    with pytest.raises(WorkbookRefused) as refused:
        best_match(read(tmp_path / "other.xlsx"), built_in_layouts())
    sentence = refused.value.sentence
    assert sentence.startswith("The workbook is in no known layout: none of their headings stands in it.")
    assert "“One-sheet project dashboard with a change control record”" in sentence


def test_empty_workbook(tmp_path):
    Workbook().save(tmp_path / "empty.xlsx")
    with pytest.raises(WorkbookRefused, match="The workbook is empty"):
        best_match(read(tmp_path / "empty.xlsx"), built_in_layouts())


def test_without_layouts_nothing_is_recognised(tmp_path):
    with pytest.raises(WorkbookRefused, match="no layout"):
        best_match(read(build_dashboard(tmp_path / "d.xlsx")), [])
