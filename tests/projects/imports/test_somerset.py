"""A programme's scorecard with its workstreams, its counts by tranche and what it calls attention to."""

from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from projects.imports.apply import CannotBeApplied, apply_import, keep_import
from projects.imports.plan import councils_with_project, plan_workbook
from projects.imports.planned import CONFLICT, CREATE, UNCHANGED, UPDATE
from projects.imports.undo import undo_import
from projects.models import (
    Dimension,
    DimensionRating,
    Node,
    Notice,
    Organisation,
    Report,
    ReportTemplate,
    StatedFigure,
    StatusScheme,
    Tally,
    TallyLine,
    TemplateSection,
)
from tests import factories
from tests.projects.imports.record import counts

COUNCIL = "somerset"  # that `loaded` puts into the database
LEGACY = Path(__file__).resolve().parents[4] / "shared" / "legacy"
SCORECARD = LEGACY / "somerset-lgr-scorecard-2022-06.xlsx"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("read_in_this_process", "loaded"),
    pytest.mark.skipif(not LEGACY.exists(), reason=f"there are no workbooks in {LEGACY}"),
]


def council():
    return Organisation.objects.get(slug=COUNCIL)


def bring_in(path, to):
    imported = keep_import(path, plan_workbook(path, to), organisation=to, by=None)
    return apply_import(imported, by=None, is_trusted=True, accepts_totals=True)


def like_somersets(other):
    """Give a council the template of Somerset's scorecard."""
    theirs = ReportTemplate.objects.get(organisation=council(), slug="scorecard")
    own = ReportTemplate.objects.create(organisation=other, slug="scorecard", name="Scorecard", document="scorecard")
    scheme = StatusScheme.objects.get(organisation=other, slug=theirs.dimensions.first().scheme.slug)
    for one in theirs.sections.all():
        TemplateSection.objects.create(
            organisation=other, template=own, key=one.key, title=one.title, order=one.order, options=one.options
        )
    for one in theirs.dimensions.all():
        Dimension.objects.create(
            organisation=other, template=own, key=one.key, label=one.label, section=one.section,
            order=one.order, scheme=scheme, is_overall=one.is_overall,
        )  # fmt: skip


def differing(plan):
    return {one.label for row in plan.rows for one in row.with_action(CREATE, UPDATE, CONFLICT)}


def changed_copy(tmp_path, change):
    """The workbook after somebody has worked on it."""
    book = openpyxl.load_workbook(SCORECARD)
    change(book)
    book.save(tmp_path / SCORECARD.name)
    return tmp_path / SCORECARD.name


def otherwise(book):
    """Columns moved, headings in another case, the same words otherwise."""
    notices = book["Escalations & Awareness"]
    notices.move_range("A1:A5", cols=4)
    products = book["Products"]
    products.move_range("B1:B7", cols=3)
    for sheet in (products, book["Resource"], notices):
        for cell in sheet[1]:
            cell.value = cell.value and cell.value.upper()
    for cell in book["Scorecard"][3]:
        cell.value = cell.value and cell.value.upper()


def test_the_ratings_and_counts_of_two_periods_are_in_the_record_and_four_sentences_differ():
    assert councils_with_project(SCORECARD, [council()]) == [council()]
    plan = plan_workbook(SCORECARD, council())
    assert (plan.layout, plan.errors, plan.ignored) == ("scorecard", [], [])
    assert plan.when == "June 2022 and May 2022"
    assert {part.node_id is None for part in plan.parts} == {False}
    assert differing(plan) == {"Note"}
    assert plan.not_in_file == []
    said = {(one.sheet, one.cell): one.new for row in plan.rows for one in row.fields}
    assert [said["Scorecard", cell] for cell in ("B11", "C11", "D11", "E11", "F11", "G11")] == [
        "Amber",
        "Amber",
        "Red",
        "Red",
        "Amber",
        "Amber",
    ]
    assert (said["Time", "B3"], said["Time", "C3"]) == ("305 Days (56%)", "275 Days (50%)")
    assert (said["Resource", "B2"], said["Milestones", "D4"]) == ("101", "176")


def test_a_stated_total_that_its_rows_do_not_come_to_has_to_be_accepted():
    plan = plan_workbook(SCORECARD, council())
    apart = [(one.sheet, one.cell, one.stated, one.derived) for one in plan.controls if not one.agrees]
    assert apart == [
        ("Milestones", "B2", Decimal(712), Decimal(658)),
        ("Milestones", "C2", Decimal(504), Decimal(450)),
    ]
    imported = keep_import(SCORECARD, plan, organisation=council(), by=None)
    with pytest.raises(CannotBeApplied, match="Totals of the workbook are not what its rows come to"):
        apply_import(imported, by=None, is_trusted=True)


def test_it_is_brought_in_and_says_nothing_new_the_second_time_and_is_taken_back():
    report = Report.objects.filter(node__slug="lgr").in_order().last()
    texts = list(Notice.objects.filter(report=report).values_list("text", flat=True))
    imported = bring_in(SCORECARD, council())
    corrected = Report.objects.filter(node__slug="lgr").in_order().last()
    assert (corrected.corrects, corrected.state) == (report, "approved")
    assert Notice.objects.filter(report=corrected, text__startswith="LGR Savings – The LGR programme").exists()
    assert TallyLine.objects.filter(report=corrected).count() == TallyLine.objects.filter(report=report).count()
    again = plan_workbook(SCORECARD, council())
    assert (again.to_bring_in, differing(again)) == (0, set())
    undo_import(imported, by=None)
    newest = Report.objects.filter(node__slug="lgr").in_order().last()
    assert newest == report
    assert list(Notice.objects.filter(report=newest).values_list("text", flat=True)) == texts


def test_columns_may_stand_elsewhere_and_headings_be_written_otherwise(tmp_path):
    plan = plan_workbook(changed_copy(tmp_path, otherwise), council())
    assert (plan.errors, plan.ignored, differing(plan)) == ([], [], {"Note"})


def test_the_stamp_and_the_days_over_the_columns_are_compared_and_written(tmp_path):
    said = {(one.sheet, one.cell): one for row in plan_workbook(SCORECARD, council()).rows for one in row.fields}
    assert said["Scorecard", "A1"].new == "Position as of End of Jun 22 [USING AVAILABLE DATA]"
    assert said["Scorecard", "A1"].action == UNCHANGED

    def change(book):
        book["Scorecard"]["A1"] = (
            "LGR in Somerset - Top Level Programme Scorecard - Position as of End of Jun 22 [FIGURES OF MAY]"
        )
        book["Time"]["C1"] = "This Period (As of:) 29/06/2022"
        book["Time"]["B1"] = "Last Period (As of:) soon"
        book["Resource"]["C1"] = "This Period (As of:) 24/06/2022"

    path = changed_copy(tmp_path, change)
    plan = plan_workbook(path, council())
    position = next(one for row in plan.rows for one in row.fields if one.label == "Position and stamp")
    assert (position.cell, position.old) == ("A1", "Position as of End of Jun 22 [USING AVAILABLE DATA]")
    assert position.new == "Position as of End of Jun 22 [FIGURES OF MAY]"
    warned = {(one.sheet, one.cell): one.message for one in plan.warnings}
    assert "stamps “USING AVAILABLE DATA”" in warned["Scorecard", "A1"]
    assert warned["Time", "B1"] == "“soon” is not read as the day that the column is as of."
    ignored = {(one.sheet, one.cell): one.reason for one in plan.ignored}
    assert ignored["Time", "C1"].endswith(
        "the report is as at 30 June 2022, and figures stated in it have no other day"
    )
    bring_in(path, council())
    corrected = Report.objects.filter(node__slug="lgr").in_order().last()
    tallies = Tally.objects.filter(report=corrected)
    assert {str(one.as_of) for one in tallies.filter(section="resource-counts")} == {"2022-06-24"}
    assert str(tallies.get(key="products").as_of) == "2022-06-30"
    assert plan_workbook(path, council()).to_bring_in == 0


def test_a_figure_that_differs_and_a_row_that_nobody_knows_are_said(tmp_path):
    def change(book):
        book["Products"]["C4"] = 134
        book["Resource"].append(["Sub-Workstreams with a cat", "1", "2"])

    plan = plan_workbook(changed_copy(tmp_path, change), council())
    assert differing(plan) == {"Note", "On Track, Tranche 1"}
    assert {(one.cell, one.reason) for one in plan.ignored} == {
        ("B8", "the layout has no such row"),
        ("C8", "the layout has no such row"),
    }


def test_a_council_that_has_none_of_it_gets_the_programme_with_its_workstreams(tmp_path):
    other = factories.council(slug="elsewhere", clock_on=council().clock_on)
    like_somersets(other)
    before = counts()
    imported = bring_in(SCORECARD, other)
    programme = Node.objects.get(organisation=other, kind="programme")
    assert programme.title == "LGR in Somerset"
    assert Node.objects.filter(parent=programme, kind="workstream").count() == 7
    reports = Report.objects.filter(node=programme).in_order()
    assert [str(one.as_at_on) for one in reports] == ["2022-05-31", "2022-06-30"]
    labels = DimensionRating.objects.filter(report__in=reports).order_by("report__as_at_on", "dimension")
    assert list(labels.values_list("status__label", flat=True)) == [
        "Green",
        "Amber",
        "Green",
        "Amber",
        "Amber",
        "Green",
    ]
    tallies = Tally.objects.filter(report=reports[1]).order_by("order")
    assert sorted(tallies.values_list("key", "total")) == [
        ("milestones", 712),
        ("products", 245),
        ("products-inadequately-resourced", 122),
        ("sub-workstreams", 99),
    ]
    assert TallyLine.objects.get(
        tally__in=tallies, tally__key="products", label="On Track", column="Tranche 1"
    ).kinds == [
        "on_track",
        "watch",
    ]
    assert StatedFigure.objects.get(report=reports[0], key="time.used").amount == 242
    undo_import(imported, by=None)
    after = counts()
    assert {name for name in after if after[name] != before[name]} <= {"Import", "ImportedValue", "Period"}
