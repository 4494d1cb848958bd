"""The workbooks of a council whose reports the demonstration has: every figure and date in them is in the record."""

from decimal import Decimal
from pathlib import Path

import pytest

from projects.imports.plan import plan_workbook
from projects.imports.planned import CONFLICT, CREATE, UPDATE
from projects.imports.undo import undo_import
from projects.models import Organisation, WorkProgrammeItem
from tests.projects.imports.record import bring_in

COUNCIL = "nottinghamshire"  # that `loaded` puts into the database
LEGACY = Path(__file__).resolve().parents[4] / "shared" / "legacy"
NARRATIVES = {"Exception detail", "Programme Outline", "Overview of progress", "Comments"}
NARRATIVES |= {"Delivery Status, key updates and risks to delivery"}

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("read_in_this_process", "loaded"),
    pytest.mark.skipif(not LEGACY.exists(), reason=f"there are no workbooks in {LEGACY}"),
]


def planned(name):
    return plan_workbook(LEGACY / f"nottinghamshire-{name}.xlsx", Organisation.objects.get())


def differing(plan):
    """The labels of all values that differ from the record."""
    return {one.label for row in plan.rows for one in row.with_action(CREATE, UPDATE, CONFLICT)}


def test_the_seventy_projects_with_their_savings():
    plan = planned("project-status-report-2018-09")
    assert (plan.layout, plan.errors, plan.ignored, plan.when) == (
        "portfolio-status",
        [],
        [],
        "September 2018 and August 2018",
    )
    ours = [part for part in plan.parts if part.period_label == "September 2018"]
    assert len(ours) == 70
    assert differing(plan) == {"Exception detail"}
    assert [one for one in plan.controls if not one.agrees] == []
    totals = {(one.sheet, one.label): one.derived for one in plan.controls if not one.row}
    assert totals["ASCH", "Cashable benefits Total (£000)s"] == Decimal(17_831_000)
    assert totals["ASCH", "Net at risk amount"] == Decimal(-6_697_000)
    assert [totals[sheet, "Cashable benefits Total (£000)s"] for sheet in ("C&F", "Place", "CEX")] == [
        2_356_000,
        2_366_000,
        3_021_000,
    ]


def test_the_programmes_of_four_departments_with_their_milestones():
    plan = planned("portfolio-update-2018-09")
    assert (plan.layout, plan.errors, len(plan.parts)) == ("portfolio-update", [], 20)
    assert {part.is_new_node for part in plan.parts} == {False}
    assert differing(plan) <= NARRATIVES
    assert plan.not_in_file == []


def test_the_indicators_with_their_pairs():
    plan = planned("ict-performance-2018-q2")
    assert (plan.layout, plan.errors, plan.whom, plan.when) == ("indicators", [], "ICT Services", "Q2 2018-19")
    assert differing(plan) <= NARRATIVES
    assert plan.not_in_file == []


def test_the_work_programme_by_meeting_with_posts_for_names():
    plan = planned("work-programme-2018-10")
    assert (plan.layout, plan.errors, plan.whom) == ("work-programme", [], "Improvement and Change Sub-Committee")
    assert differing(plan) == {"Summary"}
    assert plan.not_in_file == []
    assert len(plan.parts[0].rows) == 12
    assert len(plan.names) == 9
    posts = dict.fromkeys(plan.names, "Sample post")
    again = plan_workbook(
        LEGACY / "nottinghamshire-work-programme-2018-10.xlsx", Organisation.objects.get(), posts=posts
    )
    assert again.names == []
    assert differing(again) == {"Summary", "Lead officer (post)", "Report author (post)"}


def test_the_work_programme_is_brought_in_and_taken_back():
    council = Organisation.objects.get()
    before = list(WorkProgrammeItem.objects.order_by("pk").values("pk", "title", "summary", "lead_officer_words"))
    imported = bring_in(LEGACY / "nottinghamshire-work-programme-2018-10.xlsx", council)
    assert WorkProgrammeItem.objects.filter(summary="Overview of progress against the Council Plan").count() == 2
    undo_import(imported, by=None)
    assert list(WorkProgrammeItem.objects.order_by("pk").values(*before[0])) == before
