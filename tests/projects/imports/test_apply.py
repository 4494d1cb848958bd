"""Both real-shaped dashboards land in the record figure by figure, once; damaged ones land nowhere."""

from datetime import date
from decimal import Decimal

import pytest
from auditlog.models import LogEntry
from django.core.exceptions import PermissionDenied

from projects.actions.nodes import change_node
from projects.actions.reports import open_draft, publish_report
from projects.actions.rows import change_row
from projects.imports.apply import CannotBeApplied, RecordHasMoved, apply_import, keep_import
from projects.imports.plan import plan_workbook
from projects.imports.planned import CONFLICT, UNCHANGED
from projects.imports.problems import WorkbookRefused
from projects.models import (
    Answer,
    BenefitUpdate,
    Board,
    BudgetPosition,
    ChangeAwareness,
    ChangeLine,
    ChangeRequest,
    DimensionRating,
    Import,
    ImportedValue,
    Narrative,
    Node,
    Origin,
    PlanItem,
    PlanItemUpdate,
    Report,
    ReportingStream,
    ReportState,
    ResourcePosition,
    Risk,
    RiskAssessment,
    StatedFigure,
)
from projects.rules.access import ROLE_PERMISSIONS
from tests import factories
from tests.projects.imports.record import bring_in, counts, newest, node, workbook
from tests.workbooks import ICT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("read_in_this_process")]


@pytest.fixture
def homelessness(council, tmp_path):
    bring_in(workbook(tmp_path), council)
    return newest(council)


@pytest.fixture
def ict(council, tmp_path):
    bring_in(workbook(tmp_path, ICT, name="ict-2019-07.xlsx"), council)
    return newest(council, "ict")


def test_the_project_of_homelessness(homelessness):
    made = homelessness.node
    assert (made.title, made.reference, made.slug, made.tier.label) == ("Homelessness", "5", "homelessness", "GOLD")
    report = homelessness
    assert (report.lead_words, report.reports_to_words, report.stage_words, report.team_size) == (
        "Assistant Director - People & Communities",
        "Executive",
        "Delivery",
        9,
    )
    assert (report.start_on, report.finish_on) == (date(2018, 4, 1), date(2020, 3, 31))
    assert (report.score, report.score_label, report.tier.label) == (3, "Project Score (10)", "GOLD")


def test_a_past_period_becomes_an_approved_report_marked_as_imported(homelessness):
    assert (homelessness.state, homelessness.origin, homelessness.as_at_on) == (
        ReportState.APPROVED,
        Origin.IMPORTED,
        date(2019, 7, 31),
    )
    assert homelessness.covers == [
        "project-detail",
        "project-status",
        "budget",
        "risk-consideration",
        "milestones",
        "high-risk-register",
        "benefits",
        "commentary",
        "resources",
        "reporting-streams",
        "change-control",
    ]


def test_the_ratings_and_answers_of_homelessness(homelessness):
    ratings = DimensionRating.objects.filter(report=homelessness)
    assert {row.dimension.key: row.status.label for row in ratings} == {
        "status": "Green",
        "direction": "Ahead of target",
        "risk-direction": "OK",
        "risk-status": "OK",
    }
    assert {row.question.key: row.status.label for row in Answer.objects.filter(report=homelessness)} == {
        "budget-on-track": "Yes",
        "unforeseen-spend": "No",
        "milestones-slipped": "No",
    }


def test_the_forecast_budget_of_homelessness(homelessness):
    position = BudgetPosition.objects.get(report=homelessness)
    assert (position.layout, position.planned, position.forecast, position.actual) == (
        "forecast",
        Decimal(601400),
        Decimal(594058),
        None,
    )
    assert position.budget.layout == "forecast"


def test_the_figures_that_homelessness_states(homelessness):
    assert {row.key: (row.words, row.amount) for row in StatedFigure.objects.filter(report=homelessness)} == {
        "budget.remaining": ("£7,342", Decimal(7342)),
        "budget.variance_percent": ("-1%", Decimal(-1)),
        "budget.outlook": ("Forecast to underspend by £7,342", None),
        "counts.high_risks": ("2", Decimal(2)),
        "counts.red_milestones": ("0", Decimal(0)),
    }


def test_the_milestones_of_homelessness(homelessness):
    rows = PlanItemUpdate.objects.filter(report=homelessness)
    said = [
        (row.ref, row.title, row.start_words, row.finish_words, row.status.label, row.interdependencies) for row in rows
    ]
    assert said == [
        ("1", "Eliminate the use of B & B", "Apr-18", "Mar-20 ongoing", "Green", "Milestone 1"),
        (
            "2",
            "Increase the supply of affordable temporary and settled accommodation",
            "Apr-18",
            "Mar-20 ongoing",
            "Amber",
            "Milestone 2,5",
        ),
        (
            "3",
            "To deliver a proactive preventative housing options service",
            "Apr-18",
            "Mar-20 ongoing",
            "Green",
            "Milestone 2,3,5,6",
        ),
    ]  # fmt: skip
    assert {row.start_on for row in rows} == {date(2018, 4, 1)}
    assert {row.finish_on for row in rows} == {date(2020, 3, 31)}


def test_the_risks_benefits_and_posts_of_homelessness(homelessness):
    risks = RiskAssessment.objects.filter(report=homelessness)
    assert [(row.ref, row.residual_band.label, row.review_words) for row in risks] == [
        (str(number), band, "March 2020 monthly ongoing")
        for number, band in enumerate(("Medium", "High", "Medium", "Low", "High", "Medium"), start=1)
    ]
    benefits = BenefitUpdate.objects.filter(report=homelessness)
    assert [(row.ref, row.status.label, row.review_words) for row in benefits] == [
        (number, "Under review", "monthly monitoring") for number in "123"
    ]
    posts = ResourcePosition.objects.filter(report=homelessness)
    assert [(row.title, row.funding_words) for row in posts][4:] == [
        ("Housing Options officer", "Fixed term post grant funded 2018-21"),
        ("Housing Options Officer", ""),
        ("Housing Options Officer", ""),
        ("Housing Options Support Officer", ""),
        ("Community Engagement officer", "Fixed term DWP funded post 2018-19"),
    ]
    streams = ReportingStream.objects.filter(report=homelessness)
    assert [(row.title, row.tier_words) for row in streams] == [
        ("Communications Plan", "GOLD"),
        ("Stakeholder Engagement Strategy", "GOLD"),
    ]


def test_the_commentary_and_the_change_record_of_homelessness(homelessness):
    assert Narrative.objects.get(report=homelessness, section="commentary").text.startswith("The draft strategy goes")
    first, second, third = ChangeRequest.objects.filter(node=homelessness.node)
    assert (first.state, first.description) == (ChangeRequest.State.NOTED, "Two posts added.")
    assert second.financial_implications == "£28,800 below budget"
    aware = ChangeAwareness.objects.filter(change_request=second).select_related("board")
    assert {entry.board.awareness_heading: (entry.aware_words, entry.aware_on) for entry in aware} == {
        "Date LT Aware": ("17.7.18 Full Council via K Head report.", date(2018, 7, 17)),
        "Date IB / Exec Aware": ("17.7.18 Full Council via K Head report", date(2018, 7, 17)),
    }
    assert third.item_words == "Risk review times for risks, 1,2,4,6."
    printed = ChangeLine.objects.filter(report=homelessness)
    assert printed[0].awareness[0]["words"] == "n/a - business cases previously agreed"


def test_ict_reports_spend_and_has_finished_milestones(ict):
    position = BudgetPosition.objects.get(report=ict)
    assert (position.layout, position.planned, position.actual, position.committed, position.emergency) == (
        "spend",
        Decimal(642848),
        Decimal(494982),
        Decimal(102888),
        Decimal(0),
    )
    assert {row.key: row.amount for row in StatedFigure.objects.filter(report=ict)} == {
        "budget.remaining": Decimal(44979),
        "budget.percent_spent": Decimal(93),
        "counts.high_risks": Decimal(3),
        "counts.red_milestones": Decimal(0),
    }
    rows = PlanItemUpdate.objects.filter(report=ict)
    assert [(row.status.label, row.actual_words, row.finish_words, row.is_critical_path) for row in rows] == [
        ("Complete", "Mar-18", "", True),
        ("Complete", "Feb-18", "", False),
        ("Complete", "Jun-18", "", True),
        ("Complete", "Jun-18", "", False),
        ("Complete", "Dec-18", "", False),
        ("Green", "", "Mar-19", False),
        ("Complete", "Nov-18", "", False),
        ("Green", "", "Jul-19", True),
    ]
    assert ict.finish_words == "01/07/2019"
    assert [row.review_words for row in BenefitUpdate.objects.filter(report=ict)] == ["Nov-18", "", "Nov-18", "Nov-18"]


def test_both_projects_share_the_boards_that_were_added(homelessness, ict, council):
    assert sorted(Board.objects.filter(organisation=council).values_list("name", flat=True)) == [
        "Investment Board / Executive",
        "Leadership Team",
    ]


def test_every_value_knows_its_cell(homelessness):
    risk = RiskAssessment.objects.get(report=homelessness, ref="2")
    mark = risk.marks["residual_band"]
    assert (mark["kind"], mark["file"], mark["sheet"], mark["cell"]) == (
        "provenance",
        "homelessness-2019-07.xlsx",
        "Dashboard",
        "D49",
    )
    kept = ImportedValue.objects.get(imported_id=mark["import"], cell="D49")
    assert (kept.table, kept.row_id, kept.is_new_row) == ("riskassessment", risk.pk, True)
    assert kept.after == {"residual_band_id": risk.residual_band_id}


@pytest.mark.parametrize("project_name", ["homelessness", "ict"])
def test_the_second_time_changes_nothing(council, tmp_path, project_name):
    path = workbook(tmp_path, **({"project": ICT, "name": "ict-2019-07.xlsx"} if project_name == "ict" else {}))
    bring_in(path, council)
    before = counts()
    plan = plan_workbook(path, council)
    assert {one.action for row in plan.rows for one in row.fields} == {UNCHANGED}
    imported = keep_import(path, plan, organisation=council, by=None)
    with pytest.raises(CannotBeApplied, match="Nothing is left to bring in"):
        apply_import(imported, by=None, is_trusted=True)
    assert counts() == {**before, "Import": before["Import"] + 1}


def test_a_past_report_that_differs_is_corrected(council, tmp_path, homelessness):
    publish_report(homelessness, by=factories.system_user())
    bring_in(workbook(tmp_path, cells={"D21": 600000}), council)
    correction = newest(council)
    assert (correction.revision, correction.corrects, correction.state) == (2, homelessness, ReportState.APPROVED)
    assert correction.correction_reason == "Imported from homelessness-2019-07.xlsx"
    assert BudgetPosition.objects.get(report=correction).forecast == Decimal(600000)
    assert BudgetPosition.objects.get(report=homelessness).forecast == Decimal(594058)
    assert RiskAssessment.objects.filter(report=correction).count() == 6


def test_a_correction_prints_a_change_that_the_file_added(council, tmp_path, homelessness):
    def one_more(book):
        sheet = book["Change Control"]
        for column, words in enumerate(("Milestone 3", "RAG change to Red.", "Demand", "None"), start=1):
            sheet.cell(6, column, words)

    bring_in(workbook(tmp_path, cells={"D21": 600000}, also=one_more), council)
    lines = ChangeLine.objects.filter(report=newest(council))
    assert [line.title for line in lines][-1] == "Milestone 3"
    assert lines.count() == 4


def test_an_open_period_gets_its_draft(council, tmp_path):
    bring_in(workbook(tmp_path, name="h.xlsx"), council)
    draft = newest(council)
    assert (draft.state, draft.origin, draft.period_label) == (ReportState.DRAFT, Origin.ENTERED, "September 2019")
    assert draft.covers is None


def test_the_next_months_workbook_updates_the_same_things(council, tmp_path, homelessness):
    bring_in(workbook(tmp_path, name="homelessness-2019-08.xlsx", cells={"E38": "GREEN", "D21": 590000}), council)
    august = newest(council)
    assert (august.as_at_on, august.copied_from) == (date(2019, 8, 31), homelessness)
    assert PlanItem.objects.count() == 3
    assert Risk.objects.count() == 6
    moved = PlanItemUpdate.objects.get(report=august, ref="2")
    assert (moved.status.label, moved.is_changed) == ("Green", True)
    assert not PlanItemUpdate.objects.get(report=august, ref="1").is_changed
    assert StatedFigure.objects.filter(report=august).count() == 5


def test_periods_that_the_calendar_lacks_are_added(council, tmp_path):
    bring_in(workbook(tmp_path, name="homelessness-2017-02.xlsx"), council)
    assert newest(council).period.slug == "2017-02"


def test_a_row_left_out_stays_out(council, tmp_path):
    path = workbook(tmp_path)
    plan = plan_workbook(path, council)
    left_out = [row.key for row in plan.rows if "Eliminate" in row.title or row.section == "Project"]
    bring_in(path, council, left_out=left_out)
    assert [row.ref for row in PlanItemUpdate.objects.filter(report=newest(council))] == ["2", "3"]


def test_a_conflict_is_kept_unless_it_is_decided_for_the_file(council, tmp_path):
    bring_in(workbook(tmp_path, name="h.xlsx"), council)
    row = RiskAssessment.objects.get(report=newest(council), ref="1")
    change_row(row, {"residual_band": factories.status(council, "risk_band", "Low")}, by=factories.system_user())
    path = workbook(tmp_path, name="h.xlsx", cells={"D48": "High", "D49": "Medium"})
    (conflict,) = [
        f"{row.key}.{one.name}" for row in plan_workbook(path, council).rows for one in row.with_action(CONFLICT)
    ]
    bring_in(path, council)
    bands = RiskAssessment.objects.filter(report=newest(council)).order_by("ref")
    assert [row.residual_band.label for row in bands][:2] == ["Low", "Medium"]
    bring_in(path, council, take=[conflict])
    assert bands.get(ref="1").residual_band.label == "High"


def test_a_row_taken_out_comes_back_only_when_decided(council, tmp_path):
    known = factories.project(council, slug="homelessness", title="Homelessness")
    item = factories.milestone(factories.draft(known, factories.period(council, date(2019, 9, 30))), ref="1",
                               title="Eliminate the use of B & B")  # fmt: skip
    change_row(item, {"is_removed": True, "removed_reason": "Done"}, by=factories.system_user())
    path = workbook(tmp_path, name="h.xlsx")
    bring_in(path, council)
    item.refresh_from_db()
    assert item.is_removed
    plan = plan_workbook(path, council)
    take = [f"{row.key}.is_removed" for row in plan.rows if any(one.name == "is_removed" for one in row.fields)]
    bring_in(path, council, take=take)
    item.refresh_from_db()
    assert not item.is_removed


def test_an_exempt_mark_stays(council, tmp_path):
    bring_in(workbook(tmp_path, name="h.xlsx"), council)
    row = RiskAssessment.objects.get(report=newest(council), ref="1")
    exempt = {"kind": "exempt", "reason": "paragraph 3"}
    change_row(row, {"marks": {**row.marks, "residual_band": exempt}}, by=factories.system_user())
    path = workbook(tmp_path, name="h.xlsx", cells={"D48": "High"})
    plan = plan_workbook(path, council)
    take = [f"{row.key}.{one.name}" for row in plan.rows for one in row.with_action(CONFLICT)]
    bring_in(path, council, take=take)
    row.refresh_from_db()
    assert (row.residual_band.label, row.marks["residual_band"]) == ("High", exempt)


@pytest.mark.parametrize("moved", ["row", "node", "report", "new project"])
def test_a_record_that_moved_after_the_preview_takes_nothing(council, tmp_path, moved):
    path = workbook(tmp_path, name="h.xlsx")
    if moved != "new project":
        bring_in(path, council)
    imported = keep_import(
        path, plan_workbook(workbook(tmp_path, name="h.xlsx", cells={"D21": 1}), council), organisation=council, by=None
    )
    if moved == "row":
        row = BudgetPosition.objects.get()
        change_row(row, {"comment": "Checked"}, by=factories.system_user())
    elif moved == "node":
        change_node(node(council), {"description": "More"}, by=factories.system_user())
    elif moved == "report":
        factories.approved(node(council), report=newest(council))
    else:
        bring_in(path, council)
    before = counts()
    with pytest.raises(RecordHasMoved, match="Preview the workbook again"):
        apply_import(imported, by=None, is_trusted=True)
    assert counts() == before


@pytest.mark.parametrize(
    ("damage", "cell", "message"),
    [
        ({"without": ["benefits"]}, "A57", "The block “BENEFITS REALISATION” is missing: no cell holds that heading."),
        ({"cells": {"E38": "MAUVE"}}, "E38", "“MAUVE” is not a known status; there are Not started, Green"),
        ({"cells": {"C49": "31/02/2020"}}, "C49", "“31/02/2020” looks like a date but cannot be read as one."),
        ({"cells": {"D20": "lots"}}, "D20", "“lots” is not an amount of money."),
        ({"cells": {"D4": None}}, "D4", "“Project Title” (A4) has no value."),
    ],
)
def test_a_damaged_workbook_names_the_cell_and_changes_nothing(council, tmp_path, damage, cell, message):
    path = workbook(tmp_path, **damage)
    before = counts()
    plan = plan_workbook(path, council)
    assert [(one.sheet, one.cell, one.message.startswith(message)) for one in plan.errors] == [
        ("Dashboard", cell, True)
    ]
    imported = keep_import(path, plan, organisation=council, by=None)
    with pytest.raises(CannotBeApplied):
        apply_import(imported, by=None, is_trusted=True)
    assert counts() == {**before, "Import": before["Import"] + 1}


def test_another_workbook_and_a_text_file_are_refused(council, tmp_path):
    text = tmp_path / "notes.xlsx"
    text.write_text("Milestones are on track.")
    with pytest.raises(WorkbookRefused, match=r"named \.xlsx but is a text file"):
        plan_workbook(text, council)
    other = workbook(tmp_path, without=["project-detail", "project-status", "budget", "risk-consideration",
                                        "milestones", "risks", "benefits", "commentary"])  # fmt: skip
    with pytest.raises(WorkbookRefused, match="is in no known layout"):
        plan_workbook(other, council)


def test_a_past_period_needs_its_own_permission(council, tmp_path, monkeypatch):
    someone = factories.person("importer@example.org", council, "pmo")
    path = workbook(tmp_path)
    monkeypatch.setattr(
        "projects.rules.access.ROLE_PERMISSIONS",
        {role: held - {"import_past"} for role, held in ROLE_PERMISSIONS.items()},
    )
    before = counts()
    with pytest.raises(PermissionDenied):
        bring_in(path, council, by=someone)
    assert Node.objects.count() == before["Node"]
    bring_in(workbook(tmp_path, name="h.xlsx"), council, by=someone)
    assert newest(council).state == ReportState.DRAFT


def test_a_stranger_may_not_apply(council, tmp_path, stranger):
    with pytest.raises(PermissionDenied):
        bring_in(workbook(tmp_path), council, by=stranger)


def test_the_audit_trail_says_who_and_from_which_file(council, tmp_path, pmo_of_council):
    bring_in(workbook(tmp_path, name="h.xlsx"), council, by=pmo_of_council)
    bring_in(workbook(tmp_path, name="h.xlsx", cells={"D21": 500000}), council, by=pmo_of_council)
    position = BudgetPosition.objects.get()
    line = LogEntry.objects.filter(object_pk=str(position.pk), content_type__model="budgetposition").latest("pk")
    assert (line.actor, line.additional_data["reason"], line.changes["forecast"]) == (
        pmo_of_council,
        "Imported from h.xlsx",
        ["594058.00", "500000.00"],
    )


def test_what_an_import_adds_has_one_line_a_table_and_its_cells(council, tmp_path, pmo_of_council):
    bring_in(workbook(tmp_path, name="h.xlsx"), council, by=pmo_of_council)
    report = newest(council)
    rows = PlanItemUpdate.objects.filter(report=report)
    lines = LogEntry.objects.get_for_object(report).filter(additional_data__reason="Imported from h.xlsx")
    added = {table: words for line in lines for table, (_, words) in line.changes.items() if words.endswith(" added")}
    assert added["plan item updates"] == added["plan items"] == f"{len(rows)} added"
    assert all(line.actor == pmo_of_council for line in lines)
    kept = ImportedValue.objects.filter(table="planitemupdate", is_new_row=True)
    assert set(kept.values_list("row_id", flat=True)) == {row.pk for row in rows}
    assert [row.marks["title"]["sheet"] for row in rows] == ["Dashboard"] * len(rows)
    assert [row.order for row in rows] == list(range(1, len(rows) + 1))


@pytest.fixture
def pmo_of_council(council):
    return factories.person("pmo@example.org", council, "pmo")


def test_a_template_that_asks_for_sign_off_gets_one(council, tmp_path):
    template = Report.template.field.related_model.objects.get(organisation=council)
    template.requires_sign_off = True
    template.save()
    bring_in(workbook(tmp_path), council)
    assert newest(council).state == ReportState.APPROVED


def test_a_first_report_of_a_project_opened_by_hand_keeps_its_own_series(council, tmp_path):
    known = factories.project(council, slug="homelessness", title="Homelessness")
    open_draft(known.headline_series, factories.period(council, date(2019, 9, 30)), by=factories.system_user())
    bring_in(workbook(tmp_path, name="h.xlsx"), council)
    assert Report.objects.filter(node=known).count() == 1
    assert known.series.count() == 1
    assert Import.objects.get().node == known
