"""What changed between two reports: every figure worked out by hand, and nothing told that a reader may not see."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from projects.actions.reports import correct_report
from projects.actions.rows import add_row, change_row, remove_row
from projects.models import (
    BenefitUpdate,
    BudgetPosition,
    DimensionRating,
    Narrative,
    Node,
    Notice,
    PlanItemUpdate,
    Report,
    ResourcePosition,
    RiskAssessment,
    SavingLine,
    Status,
    Tally,
)
from projects.permissions import top_node
from projects.rules.dates import parse_written_date
from reporting.comparison import Asked, NothingToCompare, compare, counted_words, sides_of
from reporting.differences import Known, Move
from tests import factories
from tests.beginnings import handed_out

JULY, AUGUST = date(2019, 7, 31), date(2019, 8, 31)
BOTH = Asked(period="2019-08", since="2019-07")


@pytest.fixture(scope="module")
def beginning(founded):
    """July's draft, in which nothing is said yet."""
    project = factories.project(founded)
    return {"project": project, "july": factories.draft(project, factories.period(founded, JULY))}


(july,) = handed_out("july")


def then(report):
    """Publish July and open August, a copy of it."""
    factories.published(report.node, report=report)
    return factories.draft(report.node, factories.period(report.organisation, AUGUST))


def changed(row, **fields):
    return change_row(row, fields, by=factories.system_user())


def only(model, report):
    return model.objects.get(report=report)


def compared(node, asked=BOTH, *, published=False, sees_exempt=True):
    old, new = sides_of(node, asked, published=published)
    return compare(node, old, new, sees_exempt=sees_exempt)


def told(node, part=None, **who):
    """(item, field, move, old, new, difference) of every change, statuses and dates as their words."""
    return [
        (
            change.item, change.field, change.move,
            getattr(change.old, "label", getattr(change.old, "words", change.old)),
            getattr(change.new, "label", getattr(change.new, "words", change.new)),
            change.difference,
        )
        for change in compared(node, **who).changes
        if part in (None, change.part)
    ]  # fmt: skip


# ---- dates ----


@pytest.mark.parametrize(
    ("before", "after", "move", "days"),
    [
        ("Mar-20", "30/06/2020", Move.LATER, 91),  # 31 March to 30 June
        ("31/03/2020", "29/02/2020", Move.EARLIER, -31),
        ("Mar-20", "31/03/2020", Move.REWORDED, None),
        ("Mar-20", "15/03/2020", Move.REWORDED, None),  # a day of the month it was due in
        ("Spring 2020", "Mar-20", Move.REWORDED, None),
        ("Mar-20", "Apr-20", Move.LATER, 30),
        ("Mar-20", "01/04/2020", Move.LATER, 1),
        ("Mar-20", "TBC", Move.CHANGED, None),
    ],
)
def test_a_date_that_moved_is_told_from_one_that_is_only_worded_otherwise(project, july, before, after, move, days):
    factories.milestone(july, finish=before)
    august = then(july)
    changed(only(PlanItemUpdate, august), **PlanItemUpdate.finish.values(parse_written_date(after)))
    factories.approved(project, report=august)
    assert told(project) == [("Doors open", "Target or actual end date", move, before, after, days)]


def test_a_milestone_that_was_done_is_completed_and_late_by_its_days(project, july):
    factories.milestone(july, finish="31/03/2020")
    august = then(july)
    changed(only(PlanItemUpdate, august), **PlanItemUpdate.actual.values(parse_written_date("02/04/2020")))
    factories.approved(project, report=august)
    assert told(project) == [
        ("Doors open", "Target or actual end date", Move.DONE, "31/03/2020", "02/04/2020", 2),
    ]


def test_a_review_put_off_is_no_milestone_moved(project, july):
    factories.risk(july, **RiskAssessment.review.values(parse_written_date("01/09/2019")))
    august = then(july)
    changed(only(RiskAssessment, august), **RiskAssessment.review.values(parse_written_date("08/09/2019")))
    factories.approved(project, report=august)
    assert told(project) == [("Roof leaks", "Review date", Move.CHANGED, "01/09/2019", "08/09/2019", 7)]


# ---- statuses, scores and money ----


def test_statuses_and_scores_are_worse_or_better(project, july):
    amber = factories.status(project.organisation, "milestone", "Amber")
    factories.milestone(july, status=factories.status(project.organisation, "milestone", "Green"))
    factories.risk(july, residual_likelihood=4, residual_impact=3)
    august = then(july)
    changed(only(PlanItemUpdate, august), status=amber)
    changed(only(RiskAssessment, august), residual_likelihood=2)
    rating = DimensionRating.objects.get(report=august, dimension__is_overall=True)
    changed(rating, status=Status.objects.get(scheme=rating.dimension.scheme, label="Red"), chosen_because="Late.")
    factories.approved(project, report=august)
    assert told(project, "milestones") == [("Doors open", "Status", Move.WORSE, "Green", "Amber", None)]
    was, now = "4 \N{MULTIPLICATION SIGN} 3 = 12", "2 \N{MULTIPLICATION SIGN} 3 = 6"
    assert told(project, "risks") == [("Roof leaks", "Residual score", Move.BETTER, was, now, None)]
    assert ("Project status", "Status", Move.WORSE, "Green", "Red", None) in told(project, "statuses")
    assert compared(project).nodes[0].move is Move.WORSE


def test_what_nobody_rated_is_neither_better_nor_worse(project, july):
    factories.milestone(july)
    august = then(july)
    changed(only(PlanItemUpdate, august), status=factories.status(project.organisation, "milestone", "Red"))
    factories.approved(project, report=august)
    assert told(project, "milestones") == [("Doors open", "Status", Move.CHANGED, "Not rated", "Red", None)]


def test_a_status_that_was_replaced_is_the_same_status(project):
    old = factories.status(project.organisation, "milestone", "Amber")
    Status.objects.filter(pk=old.pk).update(is_archived=True)
    new = Status.objects.create(
        organisation=old.organisation, scheme=old.scheme, label="Amber", code="AM", shape="triangle", colour="amber",
        kind="at_risk", severity=4,
    )  # fmt: skip
    known = Known.of(project.organisation)
    assert not known.is_same(old.pk, new.pk)
    Status.objects.filter(pk=old.pk).update(replaced_by=new)
    known = Known.of(project.organisation)
    assert known.is_same(old.pk, new.pk)
    assert not known.is_same(old.pk, None)


def test_money_is_shown_with_its_difference_and_what_was_not_reported_is_not_nought(project, july):
    factories.budget(july, planned=Decimal("1000"), forecast=Decimal("900.50"))
    august = then(july)
    changed(only(BudgetPosition, august), planned=None, forecast=Decimal("1250"), actual=Decimal("3"))
    factories.approved(project, report=august)
    assert told(project, "money") == [
        ("Project budget", "Planned budget", Move.CHANGED, Decimal(1000), None, None),
        ("Project budget", "Actual spend to date", Move.CHANGED, None, Decimal(3), None),
        ("Project budget", "End of year forecast", Move.UP, Decimal("900.50"), Decimal(1250), Decimal("349.50")),
    ]


def test_the_years_of_a_saving_are_compared_each_with_its_own(project, july):
    row = factories.benefit(july, title="Fewer agency staff")
    for year, pounds in ((2018, 100), (2019, 200)):
        SavingLine.objects.create(
            organisation=project.organisation, report=july, update_row=row, year=year, target=500, at_risk=pounds
        )
    august = then(july)
    SavingLine.objects.filter(report=august, year=2019).update(at_risk=-50)
    factories.approved(project, report=august)
    assert told(project) == [
        ("Fewer agency staff, 2019/20", "At risk", Move.DOWN, Decimal(200), Decimal(-50), Decimal(-250))
    ]


# ---- new, removed, renamed ----


def test_new_removed_and_renamed_things(project, july):
    gone = factories.risk(july, title="Roof leaks")
    factories.milestone(july, title="Doors open")
    august = then(july)
    remove_row(RiskAssessment.objects.get(report=august, risk=gone.risk), by=factories.system_user(), reason="Mended.")
    changed(only(PlanItemUpdate, august), title="Doors open to all")
    factories.benefit(august, title="More visitors")
    factories.approved(project, report=august)
    assert told(project) == [
        ("Doors open to all", "Title", Move.CHANGED, "Doors open", "Doors open to all", None),
        ("Roof leaks", "", Move.REMOVED, None, "Mended.", None),
        ("More visitors", "", Move.NEW, None, None, None),
    ]
    assert counted_words(compared(project).changes) == "1 milestone changed, 1 risk removed, 1 new benefit"


def test_things_without_an_identity_are_matched_by_name_and_twins_stay_two(project, july):
    for _ in range(2):
        add_row(july, ResourcePosition, by=factories.system_user(), title="Engineer", people=1)
    august = then(july)
    changed(ResourcePosition.objects.filter(report=august).last(), people=2)
    factories.approved(project, report=august)
    assert told(project) == [("Engineer", "People (FTE)", Move.UP, Decimal(1), Decimal(2), Decimal(1))]
    assert compared(project).nodes[0].unchanged["resources"] == 1


def test_unchanged_things_are_counted_and_not_listed(project, july):
    factories.milestone(july)
    factories.milestone(july, title="Doors close")
    factories.approved(project, report=then(july))
    comparison = compared(project)
    assert comparison.changes == []
    assert comparison.nodes[0].unchanged["milestones"] == 2
    assert counted_words(comparison.changes) == "no changes"


def test_the_texts_are_both_shown(project, july):
    Narrative.objects.filter(report=july, section="commentary").update(text="Before.")
    august = then(july)
    changed(Narrative.objects.get(report=august, section="commentary"), text="After.")
    factories.approved(project, report=august)
    assert told(project) == [("Explanatory commentary", "Text", Move.CHANGED, "Before.", "After.", None)]


# ---- what is not in both reports ----


def covering(report, *sections):
    Report.objects.filter(pk=report.pk).update(covers=list(sections))
    report.refresh_from_db()
    return report


def test_a_section_that_only_one_report_covers_is_said_to_be_so_and_nothing_is_removed(project, july):
    factories.milestone(july)
    factories.risk(july)
    august = covering(then(july), "project-status", "high-risk-register", "commentary")
    changed(only(RiskAssessment, august), comment="Watched.")
    factories.approved(project, report=august)
    comparison = compared(project)
    assert [(change.part, change.move) for change in comparison.changes] == [("risks", Move.CHANGED)]
    assert "Milestones: covered in July 2019, not in August 2019, so nothing is compared." in (
        comparison.nodes[0].not_compared
    )


def test_a_tier_that_fills_no_register_takes_nothing_away(project, july):
    gold, bronze = (factories.tier(project.organisation, code) for code in ("gold", "bronze"))
    july.template.sections.get(key="benefits").tiers.add(gold)
    Report.objects.filter(pk=july.pk).update(tier=gold)
    factories.benefit(july)
    august = then(Report.objects.get(pk=july.pk))
    Report.objects.filter(pk=august.pk).update(tier=bronze)
    BenefitUpdate.objects.filter(report=august).delete()
    factories.approved(project, report=Report.objects.get(pk=august.pk))
    comparison = compared(project)
    assert [(change.item, change.old, change.new) for change in comparison.changes] == [("Tier", "GOLD", "BRONZE")]
    assert "Benefits: covered in July 2019, not in August 2019, so nothing is compared." in (
        comparison.nodes[0].not_compared
    )


def test_a_rating_that_only_one_report_gives_is_not_removed(project, july):
    rating = DimensionRating.objects.filter(report=july, dimension__key="direction")
    rating.update(status=Status.objects.filter(scheme__subject="direction").first())
    august = then(july)
    DimensionRating.objects.filter(report=august, dimension__key="direction").delete()
    factories.approved(project, report=august)
    comparison = compared(project)
    assert comparison.changes == []
    assert comparison.nodes[0].not_compared == ["Direction of travel: only in July 2019, so nothing is compared."]


def test_a_first_report_is_new_and_not_full_of_new_things(project, july):
    factories.milestone(july)
    factories.approved(project, report=july)
    with pytest.raises(NothingToCompare, match="no report before that of 31 July 2019"):
        compared(project, Asked())
    node = compared(project, Asked(period="2019-07", since="2019-06-01")).nodes[0]
    assert (node.changes, node.move) == ([], Move.NEW)
    assert node.sentence == "First reported for July 2019: there was no report before to compare with."


def test_the_same_report_on_both_sides_reported_nothing(project, july):
    factories.approved(project, report=july)
    node = compared(project, Asked(period="2019-08-05", since="2019-08-01")).nodes[0]
    assert node.is_still
    assert node.changes == []


# ---- who sees what ----


def test_exempt_things_are_left_out_on_whichever_side_they_are_exempt(project, july):
    factories.risk(july, title="Open once, exempt now")
    factories.risk(july, title="Exempt once, open now", is_exempt=True)
    factories.risk(july, title="Always open")
    august = then(july)
    rows = {row.title: row for row in RiskAssessment.objects.filter(report=august)}
    changed(rows["Open once, exempt now"], is_exempt=True, comment="The landlord sells.")
    changed(rows["Exempt once, open now"], is_exempt=False, comment="Sold.")
    changed(rows["Always open"], comment="Watched.")
    factories.published(project, report=august)
    public = compared(project, published=True, sees_exempt=False)
    assert [change.item for change in public.changes] == ["Always open"]
    assert public.nodes[0].unchanged["risks"] == 0
    assert not public.holds_exempt
    private = compared(project, published=True)
    assert {change.item for change in private.changes} == set(rows)
    assert private.holds_exempt


def test_a_section_of_exempt_things_only_is_not_spoken_of(project, july):
    factories.risk(july, title="The landlord may sell", is_exempt=True)
    factories.published(project, report=covering(then(july), "project-status", "commentary"))
    public = compared(project, published=True, sees_exempt=False).nodes[0].not_compared
    private = compared(project, published=True).nodes[0].not_compared
    assert not [said for said in public if said.startswith("Risks")]
    assert "Risks: covered in July 2019, not in August 2019, so nothing is compared." in private


def test_a_cell_that_is_kept_back_on_either_side_is_not_told(project, july):
    row = factories.risk(july, comment="Open.", controls="Before.")
    august = then(july)
    changed(only(RiskAssessment, august), comment="Price: 4 million.", controls="After.")
    RiskAssessment.objects.filter(report=august).update(marks={"comment": {"kind": "exempt"}})
    factories.published(project, report=august)
    public = compared(project, published=True, sees_exempt=False)
    assert [(change.item, change.field) for change in public.changes] == [(row.title, "Existing controls")]
    assert len(compared(project, published=True).changes) == 2


def test_readers_compare_what_is_published(project, july):
    factories.milestone(july)
    august = then(july)
    changed(only(PlanItemUpdate, august), comment="Approved only.")
    factories.approved(project, report=august)
    assert len(compared(project).changes) == 1
    assert compared(project, published=True).nodes[0].is_still


def test_then_is_without_the_correction_and_now_with_it(project, july):
    factories.milestone(july, comment="One")
    august = then(july)
    changed(only(PlanItemUpdate, august), comment="Two")
    moment = timezone.now()
    august = factories.approved(project, report=august)
    correction = correct_report(august, by=factories.system_user(), reason="A slip of the pen.")
    changed(only(PlanItemUpdate, correction), comment="Three")
    factories.approved(project, report=correction)
    Report.objects.filter(pk=july.pk).update(approved_from=moment - timedelta(days=9))
    Report.objects.filter(pk=august.pk).update(
        approved_from=moment - timedelta(days=5), approved_until=moment - timedelta(days=2)
    )
    day = (moment - timedelta(days=3)).date().isoformat()
    before = Asked(period=day, meaning="then", since="2019-07")
    assert [change.new for change in compared(project, before).changes] == ["Two"]
    assert [change.new for change in compared(project).changes] == ["Three"]
    assert [
        (change.old, change.new)
        for change in compared(project, Asked(reports=(Report.objects.get(pk=august.pk), correction))).changes
    ] == [("Two", "Three")]


# ---- portfolios ----


def fill(organisation, number, start=0):
    for each in range(start, number):
        node = factories.project(organisation, slug=f"project-{each}", title=f"Project {each}")
        july = factories.draft(node, factories.period(organisation, JULY))
        factories.milestone(july, finish="01/03/2020")
        factories.budget(july, planned=100)
        august = then(july)
        changed(only(PlanItemUpdate, august), **PlanItemUpdate.finish.values(parse_written_date("08/03/2020")))
        factories.published(node, report=august)


def test_a_portfolio_costs_the_same_queries_however_long_it_is(organisation, count_queries):
    top = top_node(organisation)
    fill(organisation, 2)
    compared(top)
    with count_queries() as two:
        assert len(compared(top).changes) == 2
    fill(organisation, 22, start=2)
    with count_queries() as twenty_two:
        comparison = compared(top)
    assert len(comparison.changes) == 22
    assert len(twenty_two) == len(two)


def test_the_roll_up_names_who_moved_is_new_and_is_gone(organisation):
    top = top_node(organisation)
    fill(organisation, 1)
    late = factories.project(organisation, slug="late", title="Late")
    factories.published(late, factories.period(organisation, AUGUST))
    gone = factories.project(organisation, slug="gone", title="Gone")
    factories.published(gone, factories.period(organisation, JULY))
    put_away = timezone.make_aware(timezone.datetime(2019, 8, 15))
    Node.objects.filter(pk=gone.pk).update(is_archived=True, archived_at=put_away)
    comparison = compared(top, published=True, sees_exempt=False)
    assert [(node.title, node.move) for node in comparison.movers] == [("Late", Move.NEW), ("Gone", Move.REMOVED)]
    assert counted_words(comparison.changes) == "1 milestone moved later"


def test_an_exempt_project_is_not_there_for_readers(organisation):
    fill(organisation, 2)
    Node.objects.filter(slug="project-1").update(is_exempt=True)
    top = top_node(organisation)
    assert [node.title for node in compared(top, published=True, sees_exempt=False).nodes] == ["Project 0"]
    assert len(compared(top).nodes) == 2


def test_what_two_reports_below_call_alike_is_kept_apart(project, july):
    for source, kind, text in (
        ("Baths", "escalation", "The roof"), ("Museum", "escalation", "The lift"), ("Baths", "deviation", "The floor"),
    ):  # fmt: skip
        said = {"ref": "E1", "kind": kind, "text": text, "source_words": source}
        add_row(july, Notice, by=factories.system_user(), title="", **said)
    august = then(july)
    changed(Notice.objects.get(report=august, source_words="Museum"), text="The lift and the stairs")
    factories.approved(project, report=august)
    (change,) = [each for each in compared(project).changes if each.field == "Text"]
    assert (change.old, change.new) == ("The lift", "The lift and the stairs")


def test_a_stated_total_that_only_one_report_prints_is_not_new(project, july):
    for key, total in (("products", 10), ("streams", 3)):
        add_row(july, Tally, by=factories.system_user(), identity=key, title=key.capitalize(), total=total)
    august = then(july)
    changed(Tally.objects.get(report=august, key="products"), total=12)
    add_row(august, Tally, by=factories.system_user(), identity="later", title="Later", total=7)
    factories.approved(project, report=august)
    assert told(project, "counts") == [("Products", "Total", Move.UP, 10, 12, 2)]
    assert compared(project).nodes[0].not_compared == ["Later: only in August 2019, so nothing is compared."]
