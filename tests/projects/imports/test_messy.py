"""A list that has been through many hands: preamble, totals, shifted rows, split ids, names in many spellings."""

import csv
import json
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from projects.imports.apply import CannotBeApplied, apply_import, keep_import
from projects.imports.layout import layout_from_dict
from projects.imports.plan import plan_workbook
from projects.imports.present import grouped
from projects.models import ImportLayout, Node
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("read_in_this_process")]

DATA = Path(__file__).parents[4] / "shared" / "data"
HEADINGS = [
    "Unique Investment Identifier", "Business Case ID", "Agency Code", "Agency Name", "Investment Title", "Project ID",
    "Agency Project ID", "Project Name", "Project Description", "Start Date", "Completion Date (B1)",
    "Planned Project Completion Date (B2)", "Projected/Actual Project Completion Date (B2)", "Lifecycle Cost",
    "Schedule Variance (in days)", "Schedule Variance (%)", "Cost Variance ($ M)", "Cost Variance (%)",
    "Planned Cost ($ M)", "Projected/Actual Cost ($ M)", "Updated Date", "Updated Time", "Unique Project ID",
]  # fmt: skip
LAYOUT = {
    "format": 1,
    "name": "agencies",
    "version": 1,
    "title": "Projects of agencies",
    "makes_parents": "portfolio",
    "sheets": [
        {
            "key": "projects",
            "blocks": [
                {
                    "key": "projects",
                    "kind": "table",
                    "title": "Projects",
                    "record": "node",
                    "id": "node.reference",
                    "totals": ["Total"],
                    "fields": [
                        {"key": "node.parent", "labels": ["Agency Name"], "required": True},
                        {"key": "node.reference", "labels": ["Project ID"], "required": True},
                        {"key": "node.title", "labels": ["Project Name"], "required": True},
                        {"key": "node.start", "labels": ["Start Date"], "type": "written_date"},
                        {"key": "node.finish", "labels": ["Completion Date (B1)"], "type": "written_date"},
                        {"key": "budget.planned", "labels": ["Planned Cost ($ M)"], "type": "money", "millions": True},
                        {
                            "key": "budget.forecast",
                            "labels": ["Projected/Actual Cost ($ M)"],
                            "type": "money",
                            "millions": True,
                        },
                    ],
                }
            ],
        }
    ],
}


@pytest.fixture
def office():
    council = factories.council("Works Office", "works", clock_on=date(2014, 9, 1))
    ImportLayout.objects.create(organisation=council, slug="agencies", name="Agencies", number=1, declaration=LAYOUT)
    return council


def row(number, name, agency="Department of Labor", start="01/10/2011", finish="30/09/2012", **more):
    cells = [
        "005-1", "212", "5", agency, "An investment", number, "", name, "What it is for.", start, finish, "", "",
        "15.297", "0", "0", "0", "0", more.get("planned", "15.297"), more.get("actual", "15.297"), "22/09/2011",
        "10:22:25", "1",
    ]  # fmt: skip
    return more.get("before", []) + cells


def messy(tmp_path, *rows):
    path = tmp_path / "agencies-2012-03.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["A list of projects."], [], ["Handle with care."], [], [], HEADINGS, *rows])
    return path


def test_rows_that_are_not_understood_are_refused_and_said_once(office, tmp_path):
    shifted = [row(str(40 + each), f"Shifted {each}", before=[""] * 5) for each in range(3)]
    split = row("50", "Split id")
    split.insert(7, "833")
    swapped = row("51", "Swapped date", finish="2012-30-09")
    total = ["Total", *[""] * 17, "30.594", "30.594", "", "", ""]
    good, again = [row("1", "Ledger"), row("2", "Archive")], row("2", "Again")
    path = messy(tmp_path, *good, [], total, *shifted, split, swapped, again)
    plan = plan_workbook(path, office, layout="agencies")
    said = {one.message: one.places for one in grouped(plan.errors)}
    assert said == {
        "The values of this row, or most of them, stand 5 columns to the right of their headings.": (
            "CSV F11", "CSV F12", "CSV F13",
        ),
        "The values of this row, or most of them, stand 1 column to the right of their headings.": ("CSV A14",),
        "“2012-30-09” looks like a date but cannot be read as one.": ("CSV K15",),
        "Project ID 2 is already used in F8.": ("CSV F16",),
    }  # fmt: skip
    assert sorted(line for _, line in plan.refused) == [11, 12, 13, 14, 15, 16]
    assert [part.node_title for part in plan.parts] == ["Ledger", "Archive"]
    assert [(one.cell, one.agrees) for one in plan.controls] == [("S10", True), ("T10", True)]


def test_the_others_are_brought_in_where_somebody_says_so(office, tmp_path):
    path = messy(tmp_path, row("1", "Ledger"), row("2", "Archive", finish="31/31/2012"), row("3", "Web"))
    plan = plan_workbook(path, office, layout="agencies")
    imported = keep_import(path, plan, organisation=office, by=None)
    with pytest.raises(CannotBeApplied, match="1 cell of the workbook cannot be read"):
        apply_import(imported, by=None, is_trusted=True)
    apply_import(imported, by=None, is_trusted=True, leaves_out_refused=True)
    assert list(Node.objects.filter(kind="project").values_list("title", "reference", "parent__title")) == [
        ("Ledger", "1", "Department of Labor"),
        ("Web", "3", "Department of Labor"),
    ]


def test_names_that_are_almost_alike_are_asked_about(office, tmp_path):
    path = messy(tmp_path, row("1", "Ledger"), row("2", "Archive", agency="Departmnt of Labor"), row("3", "Web", "DoL"))
    plan = plan_workbook(path, office, layout="agencies")
    (asked,) = [one for one in plan.questions if one.key != "dates"]
    assert (asked.text, asked.answer) == ("Is “Departmnt of Labor” the same as “Department of Labor”?", "other")
    assert [part.above[-1][0] for part in plan.parts] == ["Department of Labor", "Departmnt of Labor", "DoL"]
    assert plan.parts[0].place == "Department of Labor (new), in Works Office"
    again = plan_workbook(path, office, layout="agencies", answers={asked.key: "same"})
    assert [part.above[-1][0] for part in again.parts] == ["Department of Labor", "Department of Labor", "DoL"]


def test_things_of_one_name_are_told_apart_by_their_reference(office, tmp_path):
    path = messy(tmp_path, row("1", "Maintenance"), row("2", "Maintenance"))
    imported = keep_import(path, plan_workbook(path, office, layout="agencies"), organisation=office, by=None)
    apply_import(imported, by=None, is_trusted=True)
    assert list(Node.objects.filter(title="Maintenance").values_list("reference", flat=True)) == ["1", "2"]
    plan = plan_workbook(path, office, layout="agencies")
    assert (len(plan.parts), plan.to_bring_in) == (2, 0)


def test_the_layout_of_such_a_list_is_data():
    assert layout_from_dict(json.loads(json.dumps(LAYOUT))).makes_parents == "portfolio"


@pytest.mark.skipif(not (DATA / "us-it-projects-messy.csv").is_file(), reason="the messy list is not on this machine")
def test_the_whole_list_is_placed_or_listed(office):
    plan = plan_workbook(DATA / "us-it-projects-messy.csv", office, layout="agencies", period="2012-03")
    said = Counter(one.message for one in plan.errors)
    assert said["The values of this row, or most of them, stand 5 columns to the right of their headings."] == 275
    assert said["The values of this row, or most of them, stand 1 column to the right of their headings."] == 7
    assert not any(part.node_title.casefold().startswith("total") for part in plan.parts)
    assert plan.must_mend == []
    assert len(plan.parts) + len(plan.refused) == 2197 + 275
    asked = {one.text for one in plan.questions}
    assert "Is “Department of Agraculture” the same as “Department of Agriculture”?" in asked
