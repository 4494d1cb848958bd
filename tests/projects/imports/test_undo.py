"""An import is taken back while nothing newer stands on it, and not after."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, models, transaction

from projects.actions.change_control import set_awareness
from projects.actions.proposals import ratings_to_explain
from projects.actions.reports import publish_report, submit_report
from projects.actions.rows import change_row
from projects.imports.apply import CannotBeApplied, discard_import, keep_import
from projects.imports.plan import plan_workbook
from projects.imports.planned import CONFLICT
from projects.imports.undo import CannotBeUndone, undo_import, why_not_undone
from projects.models import (
    BudgetPosition,
    ChangeAwareness,
    ChangeRequest,
    Import,
    Node,
    PlanItemUpdate,
    Report,
    ReportState,
    RiskAssessment,
)
from tests import factories
from tests.projects.imports.record import bring_in, counts, newest, node, workbook

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("read_in_this_process")]


def test_a_draft_that_the_import_opened_is_discarded_with_what_it_made(council, tmp_path):
    imported = undo_import(bring_in(workbook(tmp_path, name="h.xlsx"), council), by=factories.system_user())
    assert imported.state == Import.State.UNDONE
    assert not Report.objects.exists()
    assert Node.objects.get(slug="homelessness").is_archived
    assert set(ChangeRequest.objects.values_list("is_archived", flat=True)) == {True}


def test_after_undoing_the_workbook_can_be_brought_in_again(council, tmp_path):
    path = workbook(tmp_path, name="h.xlsx")
    undo_import(bring_in(path, council), by=None)
    bring_in(path, council)
    assert BudgetPosition.objects.get().planned == Decimal(601400)


def test_values_in_a_draft_go_back_to_what_stood_before(council, tmp_path):
    bring_in(workbook(tmp_path, name="h.xlsx"), council)
    second = bring_in(
        workbook(
            tmp_path,
            name="h.xlsx",
            cells={"D21": 1, "D11": "Closure", "A40": 4, "B40": "One more", "E40": "RED", "C37": None},
        ),
        council,
    )
    assert PlanItemUpdate.objects.get(ref="1").start_on is None
    undo_import(second, by=None)
    assert BudgetPosition.objects.get().forecast == Decimal(594058)
    assert newest(council).stage_words == "Delivery"
    assert PlanItemUpdate.objects.get(ref="1").start_words == "Apr-18"
    assert not PlanItemUpdate.objects.filter(ref="4").exists()
    assert plan_workbook(workbook(tmp_path, name="h.xlsx"), council).to_bring_in == 0


def test_a_change_gets_its_former_words_and_awareness_back(council, tmp_path):
    def reworded(book):
        book["Change Control"]["C3"] = "Less demand."
        book["Change Control"]["E3"] = "18.7.18"

    bring_in(workbook(tmp_path, name="h.xlsx"), council)
    second = bring_in(workbook(tmp_path, name="h.xlsx", also=reworded), council)
    request = ChangeRequest.objects.get(justification="Less demand.")
    undo_import(second, by=None)
    request.refresh_from_db()
    assert request.justification == "Demand has grown."
    words = ChangeAwareness.objects.filter(change_request=request).values_list("aware_words", flat=True)
    assert list(words) == ["n/a - business cases previously agreed"]


def test_awareness_that_was_typed_in_the_portal_is_a_conflict(council, tmp_path):
    bring_in(workbook(tmp_path, name="h.xlsx"), council)
    assert plan_workbook(workbook(tmp_path, name="h.xlsx"), council).count(CONFLICT) == 0
    aware = ChangeAwareness.objects.get(aware_words="n/a - business cases previously agreed")
    set_awareness(aware.change_request, aware.board, "3 September 2019", by=factories.system_user())
    plan = plan_workbook(workbook(tmp_path, name="h.xlsx"), council)
    said = [(one.cell, one.because) for row in plan.rows for one in row.with_action(CONFLICT)]
    assert said == [("E3", "It was written in the portal.")]


def test_what_was_changed_since_stays(council, tmp_path):
    bring_in(workbook(tmp_path, name="h.xlsx"), council)
    second = bring_in(workbook(tmp_path, name="h.xlsx", cells={"D48": "High", "D21": 1}), council)
    row = RiskAssessment.objects.get(ref="1")
    change_row(row, {"residual_band": factories.status(council, "risk_band", "Low")}, by=factories.system_user())
    with pytest.raises(CannotBeUndone, match="What came from Dashboard D48 has been changed since"):
        undo_import(second, by=None)
    assert BudgetPosition.objects.get().forecast == Decimal(1)


def test_a_draft_that_somebody_worked_on_is_not_discarded(council, tmp_path):
    imported = bring_in(workbook(tmp_path, name="h.xlsx"), council)
    change_row(BudgetPosition.objects.get(), {"comment": "Checked"}, by=factories.system_user())
    said = why_not_undone(imported)
    assert said.startswith("Somebody has worked on the draft (Homelessness, September 2019) since.")


def test_a_submitted_report_is_not_undone(council, tmp_path):
    imported = bring_in(workbook(tmp_path, name="h.xlsx"), council)
    for rating in ratings_to_explain(newest(council)):
        change_row(rating, {"chosen_because": "The board agreed it"}, by=factories.system_user())
    submit_report(newest(council), by=None)
    assert (
        why_not_undone(imported)
        == "The draft that it opened (Homelessness, September 2019) is submitted. Have it returned first."
    )


def test_an_approved_report_that_nothing_stands_on_goes_with_its_import(council, tmp_path):
    before = counts()
    imported = bring_in(workbook(tmp_path), council)
    assert newest(council).is_frozen
    undo_import(imported, by=None)
    after = counts()
    kept = {"Import", "ImportedValue", "Board", "Period"}  # that it was there, and what is set up once
    archived = {"Node", "ChangeRequest", "ChangeAwareness"}
    assert {name for name in after if after[name] != before[name]} <= kept | archived
    assert (node(council).is_archived, ChangeRequest.objects.filter(is_archived=False).exists()) == (True, False)


def test_a_correction_goes_and_what_it_corrected_stands_again(council, tmp_path):
    bring_in(workbook(tmp_path), council)
    corrected = newest(council)
    imported = bring_in(workbook(tmp_path, cells={"D21": 1}), council)
    assert newest(council).corrects == corrected
    undo_import(imported, by=None)
    assert newest(council) == corrected
    corrected.refresh_from_db()
    assert (corrected.approved_until, corrected.known_from) == (None, corrected.as_at_on)
    assert BudgetPosition.objects.get().forecast == Decimal(594058)


def test_a_published_report_stays(council, tmp_path):
    imported = bring_in(workbook(tmp_path), council)
    publish_report(newest(council), by=None)
    with pytest.raises(CannotBeUndone, match="is published, and that is not rewritten"):
        undo_import(imported, by=None)


def test_what_something_newer_stands_on_stays(council, tmp_path):
    imported = bring_in(workbook(tmp_path), council)
    newer = bring_in(workbook(tmp_path, cells={"D21": 1}), council)
    with pytest.raises(CannotBeUndone, match=r"is a correction of it. Correct Homelessness, July 2019 instead"):
        undo_import(imported, by=None)
    undo_import(newer, by=None)
    undo_import(imported, by=None)
    assert not Report.objects.exists()


def test_the_database_opens_no_other_approved_report(council, tmp_path):
    bring_in(workbook(tmp_path), council)
    report = newest(council)
    publish_report(report, by=None)
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        models.QuerySet(Report).filter(pk=report.pk).update(state=ReportState.DRAFT)


def test_an_import_is_undone_once(council, tmp_path):
    imported = undo_import(bring_in(workbook(tmp_path, name="h.xlsx"), council), by=None)
    assert why_not_undone(imported) == "This import is undone; only an applied one can be undone."


def test_a_preview_is_discarded_and_an_applied_import_is_not(council, tmp_path):
    path = workbook(tmp_path, name="h.xlsx")
    preview = keep_import(path, plan_workbook(path, council), organisation=council, by=None)
    assert discard_import(preview, by=None).state == Import.State.DISCARDED
    applied = bring_in(path, council)
    with pytest.raises(CannotBeApplied, match="applied and cannot be discarded"):
        discard_import(applied, by=None)
    assert node(council).title == "Homelessness"
