"""What was approved is never rewritten: the QuerySets refuse, and so does the database itself."""

import pytest
from django.db import DatabaseError, connection, transaction

from projects.actions.change_control import set_first_baseline
from projects.models import (
    BaselineIsInForce,
    BenefitBaseline,
    BenefitTarget,
    Narrative,
    PlanItemBaseline,
    PlanItemUpdate,
    Report,
    ReportIsFrozen,
    ReportRow,
    RiskAssessment,
    SavingLine,
    state_models,
)
from projects.rules.dates import parse_written_date
from tests import factories
from tests.beginnings import handed_out

pytestmark = pytest.mark.django_db


def refused_by_the_database(statement, parameters=()):
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)


@pytest.fixture(scope="module")
def beginning(founded):
    """An approved report."""
    project = factories.project(founded)
    report = factories.draft(project)
    factories.milestone(report)
    factories.risk(report)
    saving = factories.benefit(report)
    SavingLine.objects.create(organisation=report.organisation, report=report, update_row=saving, year=2019, target=5)
    return {"project": project, "frozen": factories.approved(project, report=report)}


(frozen,) = handed_out("frozen")


def test_querysets_refuse_rows_of_an_approved_report(frozen):
    rows = PlanItemUpdate.objects.of(frozen)
    with pytest.raises(ReportIsFrozen):
        rows.update(title="Another title")
    with pytest.raises(ReportIsFrozen):
        rows.delete()
    row = rows.get()
    row.title = "Another title"
    with pytest.raises(ReportIsFrozen):
        PlanItemUpdate.objects.bulk_update([row], ["title"])
    with pytest.raises(ReportIsFrozen):
        Report.objects.filter(pk=frozen.pk).update(title="Another title")
    with pytest.raises(ReportIsFrozen):
        Report.objects.filter(pk=frozen.pk).delete()


@pytest.mark.parametrize("table", state_models(), ids=lambda table: table.__name__)
def test_the_database_refuses_every_state_table(table, frozen):
    name = table._meta.db_table
    row = table.objects.filter(report=frozen).first()
    if row is None:
        # empty here: that its three refusals are installed is what can be seen
        assert triggers_by_table().get(name, 0) >= 3
        return
    refused_by_the_database(f'UPDATE {name} SET "order" = 99 WHERE id = %s', [row.pk])
    refused_by_the_database(f"DELETE FROM {name} WHERE id = %s", [row.pk])
    row.pk = None
    row._state.adding = True
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        row.save(force_insert=True)


def triggers_by_table():
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT tbl_name, count(*) FROM sqlite_master WHERE type = 'trigger' GROUP BY tbl_name")
        else:
            cursor.execute("SELECT event_object_table, count(*) FROM information_schema.triggers GROUP BY 1")
        return dict(cursor.fetchall())


def test_the_report_itself_is_refused_by_the_database(frozen):
    refused_by_the_database("UPDATE projects_report SET title = 'Another' WHERE id = %s", [frozen.pk])
    refused_by_the_database("UPDATE projects_report SET state = 'draft' WHERE id = %s", [frozen.pk])
    refused_by_the_database("DELETE FROM projects_report WHERE id = %s", [frozen.pk])


def test_an_instance_save_is_refused_too(frozen):
    row = RiskAssessment.objects.of(frozen).get()
    row.title = "Another title"
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        row.save()


def test_a_draft_stays_editable(project):
    report = factories.draft(project)
    milestone = factories.milestone(report)
    PlanItemUpdate.objects.filter(pk=milestone.pk).update(title="Doors open late")
    assert PlanItemUpdate.objects.get(pk=milestone.pk).title == "Doors open late"


def test_an_approved_baseline_is_read_only(project):
    item = factories.milestone(factories.draft(project)).plan_item
    baseline = set_first_baseline(
        PlanItemBaseline(
            organisation=project.organisation,
            plan_item=item,
            **PlanItemBaseline.finish.values(parse_written_date("Mar-20")),
        ),
        by=factories.system_user(),
    )
    with pytest.raises(BaselineIsInForce):
        PlanItemBaseline.objects.filter(pk=baseline.pk).update(finish_words="Apr-20")
    refused_by_the_database("UPDATE projects_planitembaseline SET finish_words = 'Apr-20' WHERE id = %s", [baseline.pk])
    refused_by_the_database("DELETE FROM projects_planitembaseline WHERE id = %s", [baseline.pk])


def test_the_lines_of_an_approved_baseline_are_read_only(project):
    saving = factories.benefit(factories.draft(project)).benefit
    baseline = set_first_baseline(
        BenefitBaseline(organisation=project.organisation, benefit=saving),
        [BenefitTarget(year=2019, amount=5000)],
        by=factories.system_user(),
    )
    line = baseline.targets.get()
    with pytest.raises(BaselineIsInForce):
        BenefitTarget.objects.filter(pk=line.pk).update(amount=1)
    refused_by_the_database("UPDATE projects_benefittarget SET amount = 1 WHERE id = %s", [line.pk])
    line.pk = None
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        line.save(force_insert=True)


def test_the_audit_trail_is_only_added_to(frozen):
    refused_by_the_database("UPDATE auditlog_logentry SET changes = '{}'")
    refused_by_the_database("DELETE FROM auditlog_logentry")


def test_a_frozen_report_takes_no_new_narrative(frozen):
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        Narrative.objects.create(organisation=frozen.organisation, report=frozen, section="commentary", text="Late")


def test_every_state_table_is_a_row_or_a_line():
    assert len(state_models()) >= 20
    lines = [table for table in state_models() if not issubclass(table, ReportRow)]
    assert all(table.row_field for table in lines)
