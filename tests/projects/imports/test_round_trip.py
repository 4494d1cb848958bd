"""Working in a spreadsheet: what comes back is just what was changed, and nothing is lost on the way."""

import zipfile
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from xml.sax.saxutils import escape

import openpyxl
import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from projects.actions.reports import change_report
from projects.actions.rows import add_row, change_row, remove_row
from projects.imports.apply import CannotBeApplied, RecordHasMoved, apply_import, keep_import
from projects.imports.background import plan_again, work
from projects.imports.cells import Cell
from projects.imports.plan import plan_returned, plan_workbook
from projects.imports.planned import CONFLICT, CREATE, LOCKED
from projects.imports.problems import WorkbookRefused
from projects.imports.read import read_workbook
from projects.imports.round_trip.export import workbook_of
from projects.imports.round_trip.identity import HeldReport, identity_of
from projects.imports.round_trip.plan import plan_round_trip
from projects.imports.round_trip.scope import of_node
from projects.imports.round_trip.targets import goals_of
from projects.imports.round_trip.values import LONGEST
from projects.imports.undo import undo_import
from projects.models import (
    BenefitUpdate,
    BudgetPosition,
    DimensionRating,
    ImportedValue,
    Narrative,
    PlanItemUpdate,
    RecommendationUpdate,
    Report,
    ReportingStream,
    ResourcePosition,
    ReviewFindingUpdate,
    RiskAssessment,
    Tally,
    TallyLine,
    TemplateSection,
)
from projects.rules.dates import parse_written_date
from tests import factories
from tests.beginnings import handed_out

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("read_in_this_process")]

FORMULAS = ("=1+1", '=HYPERLINK("http://example.org")', "+44", "-1", "@SUM(A1)", "\t=2", "'quoted")


def _library(council):
    """A project with a row in most of its tables, in an open draft."""
    node = factories.project(council)
    report = factories.draft(node)
    by = factories.system_user()
    start, finish = parse_written_date("1 April 2018"), parse_written_date("Autumn 2020")
    days = {**Report.start.values(start), **Report.finish.values(finish)}
    change_report(report, {"lead_words": "Head of Libraries", "team_size": 4, **days}, by=by)
    factories.milestone(report, "Doors open", "31/03/2020", ref="1", comment="On the way")
    factories.milestone(report, "Shelves ordered", "Mar-20 ongoing", ref="2", is_critical_path=True)
    factories.risk(report, "Roof leaks", ref="1", residual_likelihood=3, residual_impact=4, controls="A bucket")
    factories.benefit(report, "More visitors", ref="1", comment="10% more")
    factories.budget(report, planned=Decimal("601400.00"), forecast=Decimal("-7342.50"))
    add_row(report, ResourcePosition, by=by, title="Project manager", people=Decimal("0.5"))
    add_row(report, ReportingStream, by=by, title="Estates", tier_words="GOLD")
    add_row(report, RecommendationUpdate, by=by, identity={"source": "Inspection 2018"}, ref="R1", title="Publish")
    add_row(report, ReviewFindingUpdate, by=by, identity={}, kind="insight", title="One team", area="Estates")
    totals = add_row(report, Tally, by=by, key="scorecards", title="Scorecards", total=99, as_of=date(2019, 7, 31))
    for order, (label, column) in enumerate((("Green", ""), ("Red/Stopped", "Tranche 1"), ("Red/Stopped", "All"))):
        said = {"label": label, "column": column, "order": order, "count": 10 * order}
        TallyLine.objects.create(organisation=council, report=report, tally=totals, **said)
    text = Narrative.objects.filter(report=report).first()
    if text:
        change_row(text, {"text": "Two paragraphs.\n\nOf which this is one."}, by=by)
    return node


@pytest.fixture(scope="module")
def beginning(founded):
    return {"library": _library(founded), "council": founded}


council, library = handed_out("council", "library")


def taken_out(node, tmp_path, user=None, name="out.xlsx"):
    path = tmp_path / name
    path.write_bytes(workbook_of(of_node(node, user), user))
    return path


def cell_of(book, sheet, column, row=2):
    """The cell under a heading."""
    page = book[sheet]
    (head,) = [cell for cell in page[1] if cell.value == column]
    return page.cell(row, head.column)


def changed(path, *changes):
    """The workbook with cells changed: (sheet, heading, row, value)."""
    book = openpyxl.load_workbook(path)
    for sheet, column, row, value in changes:
        cell = cell_of(book, sheet, column, row)
        cell.value = value
        if isinstance(value, str):
            cell.data_type = "s"
    book.save(path)
    return path


def as_read(path):
    """The cells as the portal reads them, where a test goes on from there: half a second less than saving again."""
    return read_workbook(path, "xlsx")


def write(book, sheet, column, row, value):
    page = next(page for page in book.sheets if page.name == sheet)
    (place,) = [place for (at, place), cell in page.cells.items() if at == 1 and cell.value == column]
    page.cells[row, place] = Cell(value)


def plan_of(book, council, by=None):
    return plan_round_trip(book, identity_of(book), council, name="out.xlsx", by=by)


def differences(plan):
    return [(row.section, one.label, one.action, one.base, one.old, one.new) for row in plan.rows for one in row.fields]


def brought_in(path, council, by=None, **choices):
    plan = plan_workbook(path, council, name=path.name, by=by)
    imported = keep_import(path, plan, organisation=council, by=by)
    return apply_import(imported, by=by, is_trusted=by is None, **choices)


# ---- unchanged ----


def test_what_is_not_touched_changes_nothing(council, library, tmp_path):
    plan = plan_workbook(taken_out(library, tmp_path), council)
    assert (plan.parts, plan.errors, plan.warnings, plan.ignored) == ([], [], [], [])
    assert plan.as_they_are > 60


def test_the_workbook_is_one_that_people_like(council, library, tmp_path):
    book = openpyxl.load_workbook(taken_out(library, tmp_path))
    assert book.sheetnames[:3] == ["Instructions", "Reports", "Statuses"]
    assert {page.title for page in book if page.sheet_state == "hidden"} == {"Portal", "Lists"}
    page = book["Milestones"]
    assert page.freeze_panes == "C2"
    assert page.auto_filter.ref == "A1:L3"
    finish, words = (cell_of(book, "Milestones", "Target end date", row) for row in (2, 3))
    assert (finish.value.date(), words.value) == (date(2020, 3, 31), "Mar-20 ongoing")
    assert finish.number_format == "dd/mm/yyyy"
    money = cell_of(book, "Budgets", "End of year forecast")
    assert money.value == -7342.5
    assert "£" in money.number_format
    lists = {rule.formula1 for rule in page.data_validations.dataValidation if rule.type == "list"}
    assert len(lists) >= 2
    protection = page.protection
    assert protection.sheet
    assert protection.password is None
    assert not any((protection.sort, protection.autoFilter, protection.insertRows, protection.deleteRows))
    assert not cell_of(book, "Milestones", "Detail").protection.locked
    assert page["A1"].protection.locked
    guarded = [rule for rule in page.data_validations.dataValidation if rule.type == "custom"]
    assert [str(rule.sqref) for rule in guarded] == ["K2:L503"]
    assert cell_of(book, "Milestones", "Portal key").fill.fgColor.rgb == "00E7E6E6"
    told = " ".join(str(cell.value) for row in book["Instructions"] for cell in row if cell.value)
    assert "Into the open draft of the July 2019 report." in told


NASTY = st.text(st.characters(exclude_categories=("Cs", "Cn"), exclude_characters="\x00"), max_size=80)
WORDS = st.one_of(NASTY, st.sampled_from(FORMULAS), st.sampled_from(("_x000D_", "1", "007", "1.0", "Yes", "£5", "é😀")))
DAYS = st.one_of(
    st.dates(date(1880, 1, 1), date(2150, 1, 1)).map(lambda day: f"{day:%d/%m/}{day.year:04d}"),
    st.dates(date(1899, 12, 1), date(2030, 1, 1)).map(lambda day: f"{day.day} {day:%B} {day.year:04d}"),
    st.sampled_from(("Mar-20 ongoing", "Autumn 2018", "monthly monitoring", "06/0/09", "31/02/2020", "2018-21", "")),
    NASTY,
)
POUNDS = st.one_of(st.none(), st.decimals(Decimal("-99999999999999.99"), Decimal("99999999999999.99"), places=2))


def _plain(words, most=200):
    """As forms keep what was typed: without the one sign that they refuse."""
    return words.replace("\r\n", "\n").replace("\r", "\n").strip()[:most].strip()


@settings(
    max_examples=8,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    texts=st.lists(WORDS, min_size=6, max_size=6),
    days=st.lists(DAYS, min_size=4, max_size=4),
    pounds=st.lists(POUNDS, min_size=2, max_size=2),
    steps=st.one_of(st.none(), st.tuples(st.integers(1, 5), st.integers(1, 5))),
    counts=st.lists(st.one_of(st.none(), st.integers(0, 1_000_000)), min_size=3, max_size=3),
    tick=st.booleans(),
    at=st.integers(0, 6),
)
def test_any_record_comes_back_unchanged_and_one_cell_as_one_change(
    council, library, tmp_path, texts, days, pounds, steps, counts, tick, at
):
    """Whatever the record says. Then one cell is changed, and exactly that one comes back."""
    report = Report.objects.get(node=library)
    _restate(report, [_plain(words) for words in texts], [_plain(words) for words in days], pounds, steps, tick)
    _recount(report, counts, [_plain(words) for words in texts])
    book = as_read(taken_out(library, tmp_path))
    plan = plan_of(book, council)
    assert (differences(plan), plan.errors, plan.ignored, plan.warnings) == ([], [], [], [])
    sheet, column, value, new = (
        ("Milestones", "Comment", "=new words", "=new words"),
        ("Budgets", "Planned budget", 12.5, "£12.50"),
        ("Risks", "Review date", date(2031, 5, 6), "06/05/2031"),
        ("Reports", "Project team members", 77, "77"),
        ("Stated totals", "Tranche 1: Red/Stopped", 1_000_001 - 2, "999999"),
        ("Review, insights", "Workstream", "=new words", "=new words"),
        ("Recommendations", "Progress", "=new words", "=new words"),
    )[at]
    write(book, sheet, column, 2, value)
    plan = plan_of(book, council)
    assert (plan.errors, plan.warnings) == ([], [])
    assert [(section, label, said) for section, label, _, _, _, said in differences(plan)] == [(sheet, column, new)]


def _restate(report, texts, days, pounds, steps, tick):
    """Write into the rows without any form between: a record may hold what forms of today would not take."""
    dates = [parse_written_date(words) for words in days]
    statuses = [None, factories.status(report.organisation, "milestone", "Green")]
    Report.objects.filter(pk=report.pk).update(
        lead_words=texts[0], stage_words=texts[1][:100], **Report.start.values(dates[0]), team_size=4
    )
    PlanItemUpdate.objects.of(report).update(
        title=texts[2] or "A", comment=texts[3], status=statuses[tick], is_critical_path=tick,
        **PlanItemUpdate.start.values(dates[1]), **PlanItemUpdate.finish.values(dates[2]),
    )  # fmt: skip
    likelihood, impact = steps or (None, None)
    RiskAssessment.objects.of(report).update(
        title=texts[4] or "B", controls=texts[5] * 500, residual_likelihood=likelihood, residual_impact=impact,
        **RiskAssessment.review.values(dates[3]),
    )  # fmt: skip
    report.budgetposition_rows.update(planned=pounds[0], forecast=pounds[1], comment=texts[3])
    Narrative.objects.of(report).update(text=texts[0] + "\n\n" + texts[1])


def _recount(report, counts, texts):
    lines = TallyLine.objects.filter(report=report)
    for line, count in zip(lines, counts, strict=True):
        TallyLine.objects.filter(pk=line.pk).update(count=count)
    Tally.objects.of(report).update(title=texts[1] or "C", total=counts[0], as_of=date(2019, 7, 31))
    ReviewFindingUpdate.objects.of(report).update(title=texts[2] or "D", area=texts[3], suggested_step=texts[4])
    RecommendationUpdate.objects.of(report).update(title=texts[0] or "E", ref=texts[1][:40], progress=texts[5])


def test_texts_longer_than_a_cell_stay_as_they_are(council, library, tmp_path):
    row = RiskAssessment.objects.get(report__node=library)
    change_row(row, {"controls": "😀" * LONGEST}, by=factories.system_user())
    path = taken_out(library, tmp_path)
    assert cell_of(openpyxl.load_workbook(path), "Risks", "Existing controls").value.startswith("(Longer than a cell")
    assert plan_workbook(path, council).parts == []


@pytest.mark.parametrize("nasty", FORMULAS)
def test_text_never_becomes_a_formula(council, library, tmp_path, nasty):
    row = RiskAssessment.objects.get(report__node=library)
    change_row(row, {"title": nasty.strip()}, by=factories.system_user())
    cell = cell_of(openpyxl.load_workbook(taken_out(library, tmp_path)), "Risks", "Detail")
    assert (cell.value, cell.data_type, cell.quotePrefix) == (nasty.strip(), "s", True)


# ---- as spreadsheet programmes and people leave it ----


def test_another_programme_may_have_saved_it(council, library, tmp_path):
    """Columns moved, one more and some less, no instructions, dates and figures as text, a row hidden, rows sorted."""
    path = taken_out(library, tmp_path)
    book = openpyxl.load_workbook(path)
    del book["Instructions"]
    page = book["Milestones"]
    rows = [[cell.value for cell in row] for row in page.iter_rows()]
    heads = rows[0]
    order = [heads.index(name) for name in ("Portal key", "Target end date", "Detail", "Status", "Version", "Comment")]
    page.delete_rows(1, page.max_row)
    page.append(["A heading of my own"])
    page.append([*(heads[place] for place in order), "My notes"])
    for row in (rows[2], rows[1]):
        page.append([*(row[place] for place in order), "remember"])
    page["B4"].value, page["B4"].number_format = "2020-03-31 00:00:00", "@"
    page.row_dimensions[3].hidden = True
    cell_of(book, "Reports", "Project start date").value = "2018-04-01"
    cell_of(book, "Budgets", "Planned budget").value = "£601,400"
    cell_of(book, "Posts and teams", "People (full-time equivalent)").value = "0.50"
    cell_of(book, "Risks", "Ref").value = 1
    book.save(path)
    plan = plan_workbook(path, council)
    assert (plan.parts, plan.errors) == ([], [])
    assert [(one.words, one.cell) for one in plan.ignored] == [("My notes", "G2")]
    said_so = {warning.message for warning in plan.warnings}
    assert "The column Owner is not in the workbook; its answers stay as they are." in said_so
    page = openpyxl.load_workbook(path)
    page["Milestones"]["F3"].value = "Hidden, and counted"
    page.save(path)
    plan = plan_workbook(path, council)
    assert [new for *_, new in differences(plan)] == ["Hidden, and counted"]
    assert any("This row is hidden in the workbook" in warning.message for warning in plan.warnings)


def test_it_may_come_back_as_ods(council, library, tmp_path):
    book = openpyxl.load_workbook(changed(taken_out(library, tmp_path), ("Milestones", "Comment", 2, "From an .ods")))
    path = tmp_path / "back.ods"
    path.write_bytes(_as_ods(book))
    plan = plan_workbook(path, council)
    assert [(section, label, new) for section, label, *_, new in differences(plan)] == [
        ("Milestones", "Comment", "From an .ods")
    ]
    assert plan.errors == []


def _as_ods(book) -> bytes:
    def cell(value):
        if value is None:
            return "<table:table-cell/>"
        if isinstance(value, datetime):
            return f'<table:table-cell office:value-type="date" office:date-value="{value:%Y-%m-%d}"/>'
        if isinstance(value, int | float):
            return f'<table:table-cell office:value-type="float" office:value="{value}"/>'
        lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in value.split("\n"))
        return f'<table:table-cell office:value-type="string">{lines}</table:table-cell>'

    tables = "".join(
        f'<table:table table:name="{page.title}">'
        + "".join(
            f"<table:table-row>{''.join(cell(each.value) for each in row)}</table:table-row>"
            for row in page.iter_rows()
        )
        + "</table:table>"
        for page in book
    )
    content = (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
        ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
        ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">'
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    kept = BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
    return kept.getvalue()


# ---- changed on one side, and on both ----


def test_changes_go_into_the_draft_by_the_actions_of_the_editor_and_come_out_again(council, library, tmp_path):
    path = changed(
        taken_out(library, tmp_path),
        ("Reports", "Project stage", 2, "Delivery"),
        ("Milestones", "Status", 2, "green"),
        ("Milestones", "Target end date", 3, date(2020, 5, 1)),
        ("Risks", "Residual: likelihood", 2, "5"),
        ("Budgets", "End of year forecast", 2, "(1,200)"),
    )
    imported = brought_in(path, council)
    report = Report.objects.get(node=library)
    doors, shelves = PlanItemUpdate.objects.of(report)
    risk = RiskAssessment.objects.get(report=report)
    assert report.stage_words == "Delivery"
    assert doors.status.label == "Green"
    assert (shelves.finish_words, shelves.finish_on) == ("01/05/2020", date(2020, 5, 1))
    assert (risk.residual_likelihood, risk.residual_band.label) == (5, "Very high")
    assert report.budgetposition_rows.get().forecast == Decimal(-1200)
    assert risk.marks["residual_likelihood"]["cell"] == "J2"
    assert ImportedValue.objects.filter(imported=imported).count() == 5
    again = plan_workbook(path, council)
    assert (again.to_bring_in, again.count(CONFLICT)) == (0, 0)
    undo_import(imported, by=factories.system_user())
    report.refresh_from_db()
    risk.refresh_from_db()
    assert (report.stage_words, risk.residual_likelihood, risk.residual_band) == ("", 3, None)
    assert report.budgetposition_rows.get().forecast == Decimal("-7342.50")


def test_a_conflict_has_three_sides_and_a_person_decides(council, library, tmp_path):
    path = changed(
        taken_out(library, tmp_path),
        ("Risks", "Existing controls", 2, "Two buckets"),
        ("Risks", "Response", 2, "reduce"),
    )
    risk = RiskAssessment.objects.get(report__node=library)
    risk = change_row(risk, {"controls": "A tarpaulin", "comment": "Seen on Monday"}, by=factories.system_user())
    plan = plan_workbook(path, council)
    assert sorted(differences(plan)) == [
        ("Risks", "Existing controls", CONFLICT, "A bucket", "A tarpaulin", "Two buckets"),
        ("Risks", "Response", CREATE, "", "", "reduce"),
    ]
    assert [warning.message for warning in plan.warnings] == [
        "1 Roof leaks, Comment: changed in the portal since, from nothing to “Seen on Monday”. The portal's is kept."
    ]
    key = next(row.key for row in plan.rows)
    kept = brought_in(path, council)
    risk.refresh_from_db()
    assert (risk.controls, risk.response, risk.comment) == ("A tarpaulin", "reduce", "Seen on Monday")
    undo_import(kept, by=factories.system_user())
    brought_in(path, council, take={f"{key}.controls"})
    risk.refresh_from_db()
    assert (risk.controls, risk.response, risk.comment) == ("Two buckets", "reduce", "Seen on Monday")


def test_an_edit_after_the_preview_asks_for_a_new_one(council, library, tmp_path):
    path = changed(taken_out(library, tmp_path), ("Risks", "Response", 2, "reduce"))
    imported = keep_import(path, plan_workbook(path, council), organisation=council, by=None)
    change_row(RiskAssessment.objects.get(report__node=library), {"comment": "x"}, by=factories.system_user())
    with pytest.raises(RecordHasMoved):
        apply_import(imported, by=None, is_trusted=True)


def test_new_rows_come_in_once(council, library, tmp_path):
    path = changed(
        taken_out(library, tmp_path),
        ("Risks", "Detail", 3, "Money runs out"),
        ("Risks", "Residual: likelihood", 3, "2 " ),
        ("Risks", "Residual: impact", 3, 4),
        ("Milestones", "Detail", 4, "Opening day"),
        ("Milestones", "Target end date", 4, "Autumn 2020"),
    )  # fmt: skip
    imported = brought_in(path, council)
    risk = RiskAssessment.objects.get(title="Money runs out")
    assert (risk.ref, risk.residual_impact, risk.residual_band.label) == ("2", 4, "Medium")
    day = PlanItemUpdate.objects.get(title="Opening day")
    assert (day.ref, day.finish_words, day.plan_item.kind) == ("3", "Autumn 2020", "milestone")
    again = plan_workbook(path, council)
    assert (again.to_bring_in, again.count(CONFLICT), again.errors) == (0, 0, [])
    undo_import(imported, by=factories.system_user())
    assert not RiskAssessment.objects.filter(title="Money runs out").exists()


def test_rows_of_what_the_grey_column_names_are_new_by_it(council, library, tmp_path):
    path = changed(
        taken_out(library, tmp_path),
        ("Budgets", "Budget", 3, "Grant of the fund"),
        ("Budgets", "Actual spend to date", 3, 1200),
        ("Recommendations", "Source report", 3, "Audit 2019"),
        ("Recommendations", "Ref", 3, "R1"),
        ("Recommendations", "Recommendation", 3, "Keep a register"),
        ("Review, insights", "What the reviewer says", 3, "Clear roles"),
    )
    imported = brought_in(path, council)
    budget = BudgetPosition.objects.get(title="Grant of the fund")
    assert (budget.actual, budget.layout, budget.budget.title) == (1200, "spend", "Grant of the fund")
    asked = RecommendationUpdate.objects.get(title="Keep a register")
    assert (asked.recommendation.source, asked.ref) == ("Audit 2019", "R1")
    assert ReviewFindingUpdate.objects.get(title="Clear roles").kind == "insight"
    again = plan_workbook(path, council)
    assert (again.to_bring_in, again.count(CONFLICT), again.errors) == (0, 0, [])
    undo_import(imported, by=factories.system_user())
    assert BudgetPosition.objects.count() == 1
    path = changed(path, ("Recommendations", "Source report", 3, "Inspection 2018"), ("Budgets", "Budget", 3, None))
    told = {f"{one.sheet} {one.cell}": one.message for one in plan_workbook(path, council).errors}
    assert told == {
        "Recommendations A3": "Another row of the source Inspection 2018 has the reference R1.",
        "Budgets A3": "Say in the column Budget what the new row is of.",
    }


def test_counts_of_a_stated_total_come_back_and_go_again(council, library, tmp_path):
    sheet = "Stated totals"
    path = changed(
        taken_out(library, tmp_path),
        (sheet, "Total as stated", 2, 100),
        (sheet, "Tranche 1: Red/Stopped", 2, 11),
        (sheet, "Counted as of", 2, date(2019, 8, 31)),
    )
    imported = brought_in(path, council)
    totals = Tally.objects.get()
    assert (totals.total, totals.as_of) == (100, date(2019, 8, 31))
    assert [line.count for line in totals.lines.all()] == [0, 11, 20]
    undo_import(imported, by=factories.system_user())
    totals = Tally.objects.get()
    assert (totals.total, totals.as_of) == (99, date(2019, 7, 31))
    assert [line.count for line in totals.lines.all()] == [0, 10, 20]
    path = changed(path, (sheet, "Green", 2, "many"), (sheet, "What is counted", 3, "Another"))
    told = {one.cell: one.message for one in plan_workbook(path, council).errors}
    assert told["D2"] == "Give the number in figures, such as 12."
    assert told["A3"].startswith("Rows cannot be added on the sheet Stated totals. What a total counts follows")


def test_rows_left_out_are_asked_about(council, library, tmp_path):
    path = taken_out(library, tmp_path)
    book = openpyxl.load_workbook(path)
    book["Milestones"].delete_rows(3)
    book["Statuses"].delete_rows(2)
    book.save(path)
    plan = plan_workbook(path, council)
    ((key, field),) = [(row.key, one) for row in plan.rows for one in row.fields]
    assert (field.action, field.old, field.new) == (CONFLICT, "In the report", "No longer in the workbook: take it out")
    assert "it stays as it is" in " ".join(warning.message for warning in plan.warnings)
    brought_in(path, council, take={f"{key}.is_removed"})
    assert PlanItemUpdate.objects.get(title="Shelves ordered").is_removed
    assert plan_workbook(path, council).parts == []


# ---- what cannot be ----


def test_what_cannot_be_read_names_its_cell(council, library, tmp_path):
    path = changed(
        taken_out(library, tmp_path),
        ("Milestones", "Status", 2, "Blue"),
        ("Milestones", "On the critical path", 3, "perhaps"),
        ("Reports", "Project team members", 2, "many"),
        ("Risks", "Residual: impact", 2, None),
        ("Risks", "Detail", 2, None),
        ("Benefits", "Comment", 3, "A comment on nothing"),
    )
    plan = plan_workbook(path, council)
    told = {f"{one.sheet} {one.cell}": one.message for one in plan.errors}
    assert told["Milestones I2"] == "“Blue” is none of the statuses: Not started, Green, Amber, Red, Complete."
    assert told["Milestones E3"] == "“perhaps” is neither Yes nor No."
    assert told["Reports G2"] == "Give the number of people, in figures."
    assert told["Risks B2"] == "Say what it is."
    assert told["Risks K2"] == "Give both likelihood and impact, or neither of them and only the band."
    assert told["Benefits A3"] == "Say what it is."
    assert len(told) == 6


def test_headings_in_other_words_and_words_for_a_date_are_told_of(council, library, tmp_path):
    path = changed(
        taken_out(library, tmp_path),
        ("Milestones", "Comment", 2, "Nearly"),
        ("Milestones", "Comment", 1, "Remarks by us"),
        ("Milestones", "Target end date", 2, "32/13/2020"),
        ("Risks", "Portal key", 1, "Key"),
    )
    plan = plan_workbook(path, council)
    fields = [one for row in plan.rows for one in row.fields]
    assert [(one.label, one.new, one.because[:34]) for one in fields] == [
        ("Target end date", "32/13/2020", "No date can be read from this. It "),
        ("Comment", "Nearly", ""),
    ]
    assert [f"{one.cell} {one.message}" for one in plan.warnings] == [
        "J1 The heading “Remarks by us” stands where Comment stood, and is read as that."
    ]
    assert [(one.sheet, one.message) for one in plan.errors] == [
        ("Risks", "The heading Portal key is missing. Write it above the keys of the rows again.")
    ]
    assert plan.ignored == []


@pytest.mark.parametrize(
    ("column", "value", "sentence"),
    [
        ("Portal key", "milestones-1-abcdef", "The portal gave this workbook no row with the key milestones-1-abcdef."),
        ("Version", 99, "The version beside the row was"),
    ],
)
def test_a_key_that_was_changed_is_told_of(council, library, tmp_path, column, value, sentence):
    plan = plan_workbook(changed(taken_out(library, tmp_path), ("Milestones", column, 2, value)), council)
    assert next(one.message for one in plan.errors).startswith(sentence)


def test_a_row_copied_with_its_key_is_told_of(council, library, tmp_path):
    path = taken_out(library, tmp_path)
    book = openpyxl.load_workbook(path)
    book["Milestones"].append([cell.value for cell in book["Milestones"][2]])
    book.save(path)
    plan = plan_workbook(path, council)
    assert [one.message for one in plan.errors] == ["The row 2 has this key too. Clear the key of the one that is new."]


def test_the_hidden_sheet_is_sealed(council, library, tmp_path):
    path = taken_out(library, tmp_path)
    book = openpyxl.load_workbook(path)
    line = next(row for row in book["Portal"].iter_rows() if row[1].value == "row" and "Roof" in str(row[7].value))
    line[7].value = line[7].value.replace("A bucket", "Two buckets")
    book.save(path)
    with pytest.raises(WorkbookRefused, match="The hidden sheet “Portal” of this workbook was changed"):
        plan_workbook(path, council)
    del book["Portal"]
    book.save(path)
    with pytest.raises(WorkbookRefused, match="hidden sheet “Portal” was deleted"):
        plan_returned(path, council, name="out.xlsx", by=None)


def test_another_councils_workbook_is_refused(council, library, tmp_path):
    path = taken_out(library, tmp_path)
    with pytest.raises(WorkbookRefused, match="made for Westshire Council, not for Elsewhere Council"):
        plan_workbook(path, factories.council(name="Elsewhere Council", slug="elsewhere"))


def test_an_approved_report_is_not_written(council, library, tmp_path):
    path = changed(taken_out(library, tmp_path), ("Risks", "Response", 2, "reduce"))
    factories.approved(library, report=Report.objects.get(node=library))
    plan = plan_workbook(path, council)
    assert [part.mode for part in plan.parts] == [LOCKED]
    ((field,),) = [row.fields for row in plan.rows]
    assert (field.action, field.is_fixed, field.new) == (CONFLICT, True, "reduce")
    assert "Make a correction of it" in field.because
    assert plan.to_bring_in == 0


def test_what_an_approved_report_says_is_worked_on_in_the_draft_that_follows(council, library, tmp_path):
    report = factories.approved(library, report=Report.objects.get(node=library))
    factories.next_period(report.period)
    path = changed(taken_out(library, tmp_path), ("Risks", "Response", 2, "reduce"))
    imported = brought_in(path, council)
    draft = Report.objects.get(node=library, copied_from=report)
    assert RiskAssessment.objects.get(report=draft).response == "reduce"
    assert RiskAssessment.objects.get(report=report).response == ""
    undo_import(imported, by=factories.system_user())
    assert not Report.objects.filter(pk=draft.pk).exists()
    factories.draft(library, factories.next_period(report.period))  # opened by somebody else meanwhile
    assert [(section, new) for section, *_, new in differences(plan_workbook(path, council))] == [("Risks", "reduce")]


def test_a_row_taken_out_meanwhile_is_told_of(council, library, tmp_path):
    path = changed(taken_out(library, tmp_path), ("Risks", "Response", 2, "reduce"))
    remove_row(RiskAssessment.objects.get(report__node=library), by=factories.system_user(), reason="Gone")
    ((field,),) = [row.fields for row in plan_workbook(path, council).rows]
    assert field.is_fixed
    assert field.because == "The row was taken out of the report since the workbook was made."


def test_savings_by_year_come_back(council, library, tmp_path):
    TemplateSection.objects.filter(template=library.headline_series.template, key="benefits").update(
        options={"by_year": True}
    )
    path = taken_out(library, tmp_path)
    assert plan_workbook(path, council).parts == []
    at_risk = "2019/20: at risk, slipped or over-achieved"
    path = changed(path, ("Benefits", "2019/20: target", 2, 60000), ("Benefits", at_risk, 2, -19000))
    imported = brought_in(path, council)
    line = BenefitUpdate.objects.get(report__node=library).lines.get(year=2019)
    assert (line.target, line.at_risk) == (60000, -19000)
    assert plan_workbook(taken_out(library, tmp_path), council).parts == []
    undo_import(imported, by=factories.system_user())
    assert not BenefitUpdate.objects.get(report__node=library).lines.filter(year=2019).exists()


# ---- a status is rated by the scheme of its row ----


def test_ratings_are_read_by_their_own_schemes(council, library, tmp_path):
    path = taken_out(library, tmp_path)
    rating = DimensionRating.objects.filter(report__node=library, dimension__is_overall=True).get()
    wanted = rating.dimension.scheme.statuses.exclude(pk=rating.status_id).filter(is_archived=False).first()
    row = next(row for row in openpyxl.load_workbook(path)["Statuses"].iter_rows() if row[0].value == rating.title)
    brought_in(changed(path, ("Statuses", "Status", row[0].row, wanted.label.upper())), council)
    rating.refresh_from_db()
    assert rating.status == wanted


# ---- who, and how much it costs ----


def test_what_a_person_may_not_see_is_neither_taken_out_nor_spoken_of(council, library, tmp_path):
    risk = RiskAssessment.objects.get(report__node=library)
    whole = taken_out(library, tmp_path)
    change_row(risk, {"is_exempt": True, "controls": "A secret"}, by=factories.system_user())
    officer = factories.person("o@example.org", council, "officer", library)
    book = openpyxl.load_workbook(taken_out(library, tmp_path, officer, "hers.xlsx"))
    assert cell_of(book, "Risks", "Exempt").value == "Yes"
    assert "Keep it from the public." in str([cell.value for row in book["Instructions"] for cell in row])
    reader = factories.person("r@example.org", council, "reader")
    guess = changed(whole, ("Risks", "Existing controls", 2, "A guess"))
    plan = plan_workbook(guess, council, by=reader)
    again = plan_again(keep_import(guess, plan, organisation=council, by=reader), by=reader)
    for told in (plan, again):
        assert "A secret" not in str(told.to_json())
        assert [part.mode for part in told.parts] == [LOCKED]


def test_an_officer_brings_back_her_own_nodes_workbook(council, library, tmp_path, client):
    officer = factories.person("o@example.org", council, "officer", library)
    client.force_login(officer)
    at = [council.slug, library.slug]
    page = client.get(reverse("spreadsheet", args=at))
    assert "Download the workbook" in page.content.decode()
    answer = client.get(reverse("spreadsheet-report", args=at))
    assert answer["Content-Disposition"] == 'attachment; filename="library-to-work-in-2019-07.xlsx"'
    path = tmp_path / "library-to-work-in-2019-07.xlsx"
    path.write_bytes(answer.content)
    changed(path, ("Risks", "Response", 2, "reduce"), ("Milestones", "Comment", 2, "Nearly"))
    change_row(PlanItemUpdate.objects.get(ref="1"), {"comment": "Further off"}, by=factories.system_user())
    with path.open("rb") as file:
        answer = client.post(reverse("spreadsheet", args=at), {"file": file})
    page = client.get(answer.url).content.decode()
    assert all(
        words in page for words in ("On the way", "Further off", "Nearly", "Keep the portal", "Bring in 1 value")
    )
    imported = library.imports.get()
    rows = [row.key for row in plan_workbook(path, council).rows]
    answer = client.post(
        reverse("spreadsheet-apply", args=[imported.pk]), {"bring": rows, f"take-{rows[0]}.comment": "file"}
    )
    assert PlanItemUpdate.objects.get(ref="1").comment == "Nearly"
    assert RiskAssessment.objects.get(report__node=library).response == "reduce"
    assert "Put back what stood before" in client.get(answer.url).content.decode()
    client.post(reverse("spreadsheet-undo", args=[imported.pk]))
    assert PlanItemUpdate.objects.get(ref="1").comment == "Further off"
    answer = client.post(reverse("spreadsheet", args=at), {"file": SimpleUploadedFile("a.xlsx", b"no workbook")})
    assert answer.status_code == 422
    client.force_login(
        factories.person("p@example.org", council, "officer", factories.project(council, "pool", "Pool"))
    )
    assert client.get(reverse("spreadsheet-back", args=[imported.pk])).status_code == 404


def test_a_large_workbook_is_read_and_brought_in_by_the_worker_page_by_page(
    council, library, tmp_path, client, settings, monkeypatch
):
    client.force_login(factories.person("o@example.org", council, "officer", library))
    settings.IMPORT_BYTES_AT_ONCE, settings.IMPORT_VALUES_AT_ONCE = 1_000, 1
    for views in ("imports", "spreadsheets"):
        monkeypatch.setattr(f"projects.views.{views}.PLANNED_ROWS_A_PAGE", 1)
    at = reverse("spreadsheet", args=[council.slug, library.slug])
    book = openpyxl.Workbook()
    book.active["A1"] = "Not ours"
    for name in ("other.xlsx", "ours.xlsx"):
        path = tmp_path / name
        if name == "ours.xlsx":
            taken_out(library, tmp_path, name=name)
            changed(path, ("Milestones", "Comment", 2, "Nearly"), ("Risks", "Response", 2, "reduce"))
        else:
            book.save(path)
        with path.open("rb") as file:
            back = client.post(at, {"file": file}).url
        imported = library.imports.latest("pk")
        assert imported.state == "reading"
        page = client.get(back).content.decode()
        assert "Waiting for the worker" in page
        assert reverse("spreadsheet-cancel", args=[imported.pk]) in page
        work(imported.pk, str(imported.run))
        page = client.get(back).content.decode()
        if name == "other.xlsx":
            assert "This is not a workbook that was downloaded here to work in" in page
            assert reverse("spreadsheet-again", args=[imported.pk]) in page
    assert "Rows 1 to 1 of 2." in page
    imported.refresh_from_db()
    first, second = (row["key"] for row in imported.plan["parts"][0]["rows"])
    answer = client.post(reverse("spreadsheet-choices", args=[imported.pk]), {"shown": [first], "to": "2"})
    assert f'value="{second}" checked' in client.get(answer.url).content.decode()
    client.post(reverse("spreadsheet-apply", args=[imported.pk]), {"shown": [second], "bring": [second]})
    imported.refresh_from_db()
    assert imported.state == "applying"
    work(imported.pk, str(imported.run))
    assert RiskAssessment.objects.get(report__node=library).response == "reduce"
    assert PlanItemUpdate.objects.get(ref="1").comment == "On the way"
    assert back in mail.outbox[-1].body


def test_an_officer_of_another_project_changes_nothing(council, library, tmp_path):
    path = changed(taken_out(library, tmp_path), ("Risks", "Response", 2, "reduce"))
    other = factories.person("p@example.org", council, "officer", factories.project(council, "pool", "Pool"))
    plan = plan_workbook(path, council, by=other)
    assert [part.mode for part in plan.parts] == [LOCKED]
    plan = plan_workbook(path, council)  # made by somebody who may
    imported = keep_import(path, plan, organisation=council, by=other)
    with pytest.raises(CannotBeApplied, match="Your role does not allow you to edit New library"):
        apply_import(imported, by=other)


def test_who_may_not_see_a_report_is_told_nothing_of_it_by_an_old_workbook(council, library, tmp_path):
    path = changed(taken_out(library, tmp_path), ("Reports", "Project stage", 2, "Delivery"))
    report = Report.objects.get(node=library)
    change_report(report, {"stage_words": "Under review", "lead_words": "A new head"}, by=factories.system_user())
    other = factories.person("p@example.org", council, "officer", factories.project(council, "pool", "Pool"))
    plan = plan_workbook(path, council, by=other)
    ((field,),) = [row.fields for row in plan.rows]
    assert (field.old, field.new, field.because) == (
        "", "Delivery", "Your role does not allow you to edit the report of New library."
    )  # fmt: skip
    assert plan.warnings == []
    assert not any(words in str(plan.to_json()) for words in ("Under review", "A new head"))
    assert "Under review" in str(plan_workbook(path, council).to_json())


def test_a_register_goes_out_as_its_page_lists_it(council, library, tmp_path, client):
    pmo = factories.person("pmo@example.org", council, "pmo")
    client.force_login(pmo)
    at = [council.slug, library.slug, "milestones"]
    assert "Work on these in a spreadsheet" in client.get(reverse("register", args=at)).content.decode()
    path = tmp_path / "milestones.xlsx"
    path.write_bytes(client.get(reverse("spreadsheet-register", args=at) + "?q=Shelves").content)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Instructions", "Milestones", "Lists", "Portal"]
    assert [row[1].value for row in book["Milestones"].iter_rows(min_row=2)] == ["Shelves ordered"]
    assert plan_workbook(path, council).parts == []


def test_where_changes_go_costs_the_same_however_many_drafts_are_to_be_opened(council, library, count_queries):
    first = factories.approved(library, report=Report.objects.get(node=library))
    after = factories.next_period(first.period)
    reports, costs = [first], []
    for number in range(5):
        node = factories.project(council, f"pool{number}", f"Pool {number}")
        reports.append(factories.approved(node, first.period))
    told = [HeldReport(one.pk, one.version, False, one.node.slug, one.title) for one in reports]
    for many in (2, 6):
        with count_queries() as asked:
            goals = goals_of(told[:many], council, None)
        assert [goal.opens for goal in goals.values()] == [after] * many
        costs.append(len(asked))
    assert costs[0] == costs[1]


def test_a_portfolio_costs_the_same_however_long_it_is(council, library, tmp_path, client, count_queries):
    pmo = factories.person("pmo@example.org", council, "pmo")
    client.force_login(pmo)
    address = reverse("spreadsheet-portfolio", args=[council.slug, council.slug])
    client.get(address)  # signs in, and reads what is read once
    costs = []
    for name, more in (("two", 1), ("many", 20)):
        for number in range(more):
            node = factories.project(council, f"{name}{number}", f"{name.capitalize()} {number}")
            factories.budget(factories.draft(node), planned=Decimal(1000 + number))
        path = tmp_path / f"{name}.xlsx"
        with count_queries() as out:
            path.write_bytes(client.get(address).content)
        book, projects = as_read(path), 1 + len(costs) + more
        for row in range(2, projects + 2):
            write(book, "Reports", "Project stage", row, "Delivery")
        with count_queries() as back:
            plan = plan_of(book, council, by=type(pmo).objects.get(pk=pmo.pk))
        costs.append((len(out), len(back)))
        assert plan.to_bring_in == projects
    assert costs[0] == costs[1]
    filtered = tmp_path / "filtered.xlsx"
    filtered.write_bytes(client.get(f"{address}?words=Two").content)
    (name,) = (row[0].value for row in openpyxl.load_workbook(filtered)["Budgets"].iter_rows(min_row=2))
    assert name == "Project budget"
