"""A project plan: actions beneath themes, each theme a workstream with its own reports."""

from datetime import date
from pathlib import Path

import openpyxl
import pytest

from projects.imports.plan import councils_with_project, plan_workbook
from projects.imports.planned import CONFLICT, CREATE, UPDATE
from projects.imports.undo import undo_import
from projects.models import Node, Organisation, PlanItem, PlanItemUpdate, Recommendation, Report, RiskMatrix
from reporting.documents.catalogue.project_plan import built_project_plan
from tests import factories
from tests.projects.imports.record import bring_in, counts

COUNCIL = "norwich"  # that `loaded` puts into the database
LEGACY = Path(__file__).resolve().parents[4] / "shared" / "legacy"
PLAN = LEGACY / "norwich-housing-improvement-plan-2009-04.xlsx"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("read_in_this_process", "loaded"),
    pytest.mark.skipif(not LEGACY.exists(), reason=f"there are no workbooks in {LEGACY}"),
]


def council():
    return Organisation.objects.get(slug=COUNCIL)


def differing(plan):
    return {one.label for row in plan.rows for one in row.with_action(CREATE, UPDATE, CONFLICT)}


def changed_copy(tmp_path, change):
    """The workbook after somebody has worked on it."""
    book = openpyxl.load_workbook(PLAN)
    change(book)
    book.save(tmp_path / PLAN.name)
    return tmp_path / PLAN.name


def test_every_action_with_its_date_is_in_the_record_beneath_its_theme():
    assert councils_with_project(PLAN, [council()]) == [council()]
    plan = plan_workbook(PLAN, council())
    assert (plan.layout, plan.errors, plan.not_in_file) == ("action-plan", [], [])
    assert [part.node_slug for part in plan.parts] == [f"theme-{letter}" for letter in "abcdefg"]
    assert {part.period_label for part in plan.parts} == {"17 to 30 April 2009"}
    actions = [[row for row in part.rows if row.table == "planitemupdate"] for part in plan.parts]
    assert [len(rows) for rows in actions] == [14, 29, 3, 5, 4, 4, 1]
    assert differing(plan) == {"Priority Actions", "WORK AREA/THEME"}
    unlike = {row.title.partition(" ")[0] for rows in actions for row in rows if row.with_action(UPDATE, CONFLICT)}
    assert unlike == {"A.5", "A.6", "A.8", "B.1", "B.17", "B.29", "D.1", "E.1", "G"}
    said = {one.cell: one.new for row in plan.rows for one in row.fields if one.sheet == "Project plan"}
    assert (said["E16"], said["E68"]) == (
        "Must be fully implemented by November 2009",
        "Must be fully implemented by November 2009",
    )
    assert (
        said["G13"] == "Audit Commission Inspection R1, Audit Commission Inspection R2, Audit Commission Inspection R6"
    )


def test_what_is_not_taken_is_listed_with_the_reason():
    plan = plan_workbook(PLAN, council())
    reasons = {(one.sheet, one.cell): one.reason for one in plan.ignored}
    assert reasons["Project plan", "G8"] == (
        "it names no recommendation that is kept, and no reference;"
        " the record keeps Audit Commission Inspection R1, Audit Commission Inspection R2"
    )
    assert {sheet for sheet, cell in reasons if cell and cell[0] != "G"} == set()
    assert [(one.sheet, one.message) for one in plan.warnings] == [
        ("Risk matrix", "“Risk matrix” has its headings and no rows.")
    ]


def test_a_key_that_differs_from_the_councils_risk_matrix_is_said_cell_by_cell_and_not_written(tmp_path):
    def change(book):
        key = book["Risk key"]
        key["B9"], key["A3"], key["A4"], key["A12"], key["B18"] = "Likely", "7-9", "10-16", 6, "Severe"

    held = list(RiskMatrix.objects.filter(organisation=council()).values())
    plan = plan_workbook(changed_copy(tmp_path, change), council())
    said = {one.cell: one.message for one in plan.warnings if one.sheet == "Risk key"}
    assert set(said) == {"B9", "A3", "A4", "A12", "B18"}
    assert said["B9"].startswith("The workbook calls a likelihood of 4 “Likely”, the council's risk matrix “Probable”.")
    assert said["A3"].startswith("The workbook has Moderate risk at 7-9; Moderate risk is 7 to 10 in the council's")
    assert all("settings, under Risk matrices" in message for message in said.values())
    assert sum("“Remote”" in one.message for one in plan.warnings) == 1
    bring_in(changed_copy(tmp_path, change), council())
    assert list(RiskMatrix.objects.filter(organisation=council()).values()) == held


def answered(ref):
    return {str(one) for one in PlanItem.objects.get(organisation=council(), ref=ref).recommendations.all()}


def test_links_to_recommendations_are_brought_in_new_changed_and_removed_and_taken_back(tmp_path):
    """There are two R1: one of the inspection, one of the review of lettings."""

    def change(book):
        sheet = book["Project plan"]
        sheet["G7"] = "Audit Commission Review R1"  # A.4 has none
        sheet["G4"] = "Audit Commission Inspection R1 and R2"  # A.1 has the first
        sheet["G12"] = "Audit Commission Inspection R6"  # A.9 has R1 and R6
        sheet["G47"] = None  # B.29 has the review's R1
        sheet["G31"] = "HQN / R Veale Plan Audit Commission Inspection R4/R5/R6"  # a source that is called otherwise
        sheet["G10"] = "R1"  # of two reports
        sheet["H4"] = "A.2 and B.1"

    before = {ref: answered(ref) for ref in ("A.1", "A.4", "A.9", "B.13", "B.29")}
    assert before["B.29"] == {"Audit Commission Review R1"}
    path = changed_copy(tmp_path, change)
    plan = plan_workbook(path, council())
    links = {one.cell: one for row in plan.rows for one in row.fields if one.name == "links"}
    labels = {cell: (one.action, one.label.partition(": ")[2]) for cell, one in links.items()}
    assert (labels["G7"], labels["G4"]) == ((CREATE, ""), (UPDATE, "changed"))
    assert (labels["G12"], labels["G47"], labels["G31"]) == (
        (UPDATE, "changed"),
        (UPDATE, "removed"),
        (UPDATE, "changed"),
    )
    ignored = {one.cell: one.reason for one in plan.ignored}
    assert ignored["G10"].startswith("2 reports have it (Audit Commission Inspection; Audit Commission Review)")
    assert ignored["G31"].startswith("“HQN / R Veale Plan”: it names no recommendation that is kept")
    revisions = Report.objects.filter(node__slug="theme-b").count()
    imported = bring_in(path, council())
    assert answered("A.4") == {"Audit Commission Review R1"}
    assert answered("A.1") == {"Audit Commission Inspection R1", "Audit Commission Inspection R2"}
    assert answered("A.9") == {"Audit Commission Inspection R6"}
    assert answered("B.29") == set()
    assert answered("B.13") == before["B.13"] | {"Audit Commission Inspection R6"}
    corrected = Report.objects.filter(node__slug="theme-a", as_at_on="2009-04-30").in_order().last()
    assert PlanItemUpdate.objects.get(report=corrected, ref="A.1").interdependencies == "A.2 and B.1"
    project = Node.objects.get(slug="housing-improvement")
    plan = built_project_plan(project, published=False, sees_exempt=True, period="2009-04-30", meaning="")
    consultation = next(each.content.table for each in plan.sections if each.title.startswith("A."))
    related = next(row["related"] for row in consultation.rows if row["ref"] == "A.1")
    assert related.words == "A.2 and B.1"
    assert [part.anchor for part in related.parts if part.anchor] == ["action-a2", "action-b1"]
    assert Report.objects.filter(node__slug="theme-b").count() == revisions + 1
    assert plan_workbook(path, council()).to_bring_in == 0
    undo_import(imported, by=None)
    assert {ref: answered(ref) for ref in before} == before


def test_it_is_brought_in_and_says_nothing_new_the_second_time_and_is_taken_back():
    theme = Node.objects.get(slug="theme-e")
    report = Report.objects.filter(node=theme).in_order().last()
    imported = bring_in(PLAN, council())
    corrected = Report.objects.filter(node=theme).in_order().last()
    assert corrected.corrects == report
    assert "each work area/themes in" in PlanItemUpdate.objects.get(report=corrected, ref="E.1").title
    assert plan_workbook(PLAN, council()).to_bring_in == 0
    undo_import(imported, by=None)
    assert Report.objects.filter(node=theme).in_order().last() == report


def test_columns_may_stand_elsewhere_and_headings_be_written_otherwise(tmp_path):
    def otherwise(book):
        sheet = book["Project plan"]
        sheet.move_range("E2:E68", cols=6)
        for cell in sheet[2]:
            cell.value = cell.value and cell.value.upper()

    plan = plan_workbook(changed_copy(tmp_path, otherwise), council())
    assert (plan.errors, differing(plan)) == ([], {"Priority Actions", "WORK AREA/THEME"})


def test_a_new_council_gets_a_workstream_for_each_theme_and_the_risks_of_the_project(tmp_path):
    def change(book):
        matrix = book["Risk matrix"]
        matrix.append(["1", "Structures", "Nobody leads", "Delay", "None", 4, 3, 12, "Appoint", "", "May 2009"])
        matrix["H3"] = 13
        book["Project plan"]["D4"] = "May 2009"

    path = changed_copy(tmp_path, change)
    other = factories.council(slug="elsewhere", clock_on=date(2009, 5, 6))
    before = counts()
    plan = plan_workbook(path, other)
    assert plan.errors == []
    assert len([part for part in plan.parts if part.is_new_node]) == 8
    imported = bring_in(path, other)
    items = PlanItem.objects.filter(organisation=other)
    assert (items.count(), set(items.values_list("kind", flat=True))) == (60, {"action"})
    assert Node.objects.filter(organisation=other, kind="workstream").count() == 7
    made = Recommendation.objects.filter(organisation=other).order_by("source", "ref")
    assert [str(one) for one in made] == [
        *(f"Audit Commission Inspection R{number}" for number in range(1, 7)),
        "Audit Commission Review R1",
    ]
    assert made.get(source="Audit Commission Review").plan_items.get().ref == "B.29"
    assert plan_workbook(path, other).to_bring_in == 0
    assert Node.objects.get(organisation=other, reference="G").title.startswith("Key Lines of Enquiry (KLOE's) Revise")
    assert PlanItemUpdate.objects.get(report__node__organisation=other, ref="A.1").start_words == "May 2009"
    assert Node.objects.get(organisation=other, kind="project").title == "NORWICH HOUSING IMPROVEMENT PROJECT"
    undo_import(imported, by=None)
    after = counts()
    assert {name for name in after if after[name] != before[name]} <= {"Import", "ImportedValue", "Period"}
