"""Each check just under, on and over its line, on facts made by hand: no database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from projects.facts import (
    AnswerFacts,
    BenefitFacts,
    BudgetFacts,
    ChangeFacts,
    ItemFacts,
    NarrativeFacts,
    PostFacts,
    RatingFacts,
    ReportFacts,
    RiskFacts,
    Said,
    StatedFacts,
    Written,
)
from projects.rules.finance import Position
from projects.rules.kinds import Kind
from projects.rules.limits import DEFAULT_LIMITS
from projects.rules.milestones import parse_interdependencies, resolve
from reporting.assurance.figures import within_rounding
from reporting.assurance.registry import CheckAlreadyRegistered, Severity, add, all_checks, findings_in
from reporting.assurance.timeliness import DueReport, report_missing

TODAY = date(2019, 7, 10)
GREEN, AMBER, RED = Said("GREEN", Kind.ON_TRACK), Said("AMBER", Kind.AT_RISK), Said("RED", Kind.OFF_TRACK)
COMPLETE = Said("Complete", Kind.DONE)
HIGH, MEDIUM = Said("High", Kind.OFF_TRACK), Said("Medium", Kind.WATCH)
YES, NO_IS_GOOD, NO_IS_BAD = Said("Yes", Kind.ON_TRACK), Said("No", Kind.ON_TRACK), Said("No", Kind.OFF_TRACK)


def on(days: int) -> Written:
    """A date so many days from today."""
    day = TODAY + timedelta(days=days)
    return Written(day.isoformat(), day)


def item(id=1, status=GREEN, finish=None, waits_for="", **fields) -> ItemFacts:
    given = {
        "id": id, "kind": "Milestone", "ref": str(id), "title": f"Step {id}", "owner": "", "start": Written(),
        "finish": finish or on(30), "actual": Written(), "baseline_on": None, "status": status,
        "interdependencies": waits_for, "links": (), "is_critical": False,
    }  # fmt: skip
    return ItemFacts(**{**given, **fields})


def linked(*items: ItemFacts) -> tuple[ItemFacts, ...]:
    """The items with their written interdependencies resolved among them."""
    refs = {each.ref for each in items}
    return tuple(
        replace(each, links=resolve(parse_interdependencies(each.interdependencies), refs, each.ref)) for each in items
    )


def risk(band=MEDIUM, review=None, **fields) -> RiskFacts:
    given = {"id": 1, "ref": "1", "title": "Roof leaks", "status": None, "controls": "", "further_actions": ""}
    return RiskFacts(**{**given, **fields}, band=band, review=review or Written())


def rating(key="status", status=GREEN, subject="overall", **fields) -> RatingFacts:
    given = {"label": key, "is_overall": key == "status", "proposed": None, "comment": "", "chosen_because": ""}
    return RatingFacts(key=key, status=status, subject=subject, **{**given, **fields})


def budget(**pounds) -> tuple[BudgetFacts, ...]:
    figures = {name: Decimal(value) for name, value in pounds.items()}
    return (BudgetFacts(1, "Project budget", Position(**figures)),)


def report(**fields) -> ReportFacts:
    given = {
        "report_id": 1, "node_id": 1, "node_title": "Library", "organisation_slug": "westshire", "node_slug": "library",
        "period_label": "July 2019", "as_at_on": TODAY, "is_frozen": True, "stage": "Delivery", "start": Written(),
        "finish": Written(), "due_at": None, "submitted_at": None,
        "sections": frozenset({"milestones", "high-risk-register"}), "limits": DEFAULT_LIMITS,
    }  # fmt: skip
    return ReportFacts(**{**given, **fields})


def last(**fields) -> ReportFacts:
    return report(report_id=0, period_label="June 2019", as_at_on=date(2019, 6, 10), **fields)


def found(code: str, facts: ReportFacts) -> list:
    return [finding for finding in findings_in(facts, TODAY) if finding.code == code]


def number(code: str, **fields) -> int:
    return len(found(code, report(**fields)))


def test_nothing_is_found_in_an_empty_report():
    assert list(findings_in(report(), TODAY)) == []


def test_every_check_says_its_rule_why_it_matters_and_what_would_clear_it():
    assert len(all_checks()) >= 27
    for each in all_checks():
        assert each.rule.endswith(".")
        assert each.why.endswith(".")
        assert each.clear_by.endswith(".")


def test_a_code_belongs_to_one_check():
    with pytest.raises(CheckAlreadyRegistered, match="two checks with the code"):
        add(all_checks()[0])


@pytest.mark.parametrize(("days", "times"), [(1, 0), (0, 0), (-1, 1)])
def test_date_passed_but_on_track(days, times):
    assert number("MIL-01", items=(item(finish=on(days)),)) == times


@pytest.mark.parametrize(
    ("status", "actual", "times"),
    [(GREEN, Written(), 1), (Said("Not started", Kind.NOT_STARTED), Written(), 1), (AMBER, Written(), 0),
     (None, Written(), 0), (COMPLETE, Written(), 0), (GREEN, on(-40), 0)],
)  # fmt: skip
def test_date_passed_is_no_contradiction_for_what_is_done_or_said_to_be_late(status, actual, times):
    assert number("MIL-01", items=(item(status=status, finish=on(-30), actual=actual),)) == times


@pytest.mark.parametrize(("days", "times"), [(-1, 0), (0, 0), (1, 1)])
def test_forecast_moved_without_change_record(days, times):
    before = last(items=(item(finish=on(30)),))
    assert number("MIL-02", previous=before, items=(item(finish=on(30 + days)),)) == times
    recorded = item(finish=on(30 + days), is_change_recorded=True)
    assert number("MIL-02", previous=before, items=(recorded,)) == 0


def test_a_new_row_has_not_moved():
    assert number("MIL-02", previous=last(), items=(item(),)) == 0


@pytest.mark.parametrize(("moves", "times"), [(2, 0), (3, 1)])
def test_forecast_moved_again_and_again(moves, times):
    earlier = tuple(TODAY + timedelta(days=10 * number) for number in range(moves))
    assert number("MIL-03", items=(item(finish=on(10 * moves), earlier_finishes=earlier),)) == times


def test_moves_to_and_fro_count_only_when_later():
    days = (10, 20, 10, 20, 20)
    earlier = tuple(TODAY + timedelta(days=each) for each in days)
    assert number("MIL-03", items=(item(finish=on(20), earlier_finishes=earlier),)) == 0


def test_no_date():
    assert number("MIL-04", items=(item(finish=Written("TBC")), item(2), item(3, COMPLETE, Written("?")))) == 1


def test_no_owner_counts_only_where_others_have_one():
    assert number("MIL-05", items=(item(), item(2))) == 0
    assert number("MIL-05", items=(item(), item(2, owner="Project Officer"))) == 1


@pytest.mark.parametrize(("rows", "times"), [(4, 0), (5, 1)])
def test_many_on_one_day(rows, times):
    assert number("MIL-06", items=tuple(item(id) for id in range(1, rows + 1))) == times
    assert number("MIL-06", items=tuple(item(id, finish=on(id)) for id in range(1, rows + 1))) == 0


@pytest.mark.parametrize(("moves", "severity"), [((0, 14, 27), None), ((0, 14, 28), "medium"), ((0, 40, 84), "high")])
def test_small_changes_that_add_up(moves, severity):
    told = found("MIL-07", report(items=(item(baselines_on=tuple(on(each).on for each in moves)),)))
    assert [each.severity.value for each in told] == ([severity] if severity else [])
    if severity == "medium":
        assert told[0].hit.what == "2 approved changes moved it 28 days later in all."
    assert found("MIL-07", report(items=(item(baselines_on=(on(0).on, on(90).on), status=COMPLETE),))) == []


def test_depends_on_itself_and_on_nothing_listed():
    items = linked(item(1, waits_for="Milestone 1"), item(2, waits_for="Milestone 1,5"), item(3, waits_for="see plan"))
    assert [finding.subject.key for finding in found("DEP-01", report(items=items))] == ["milestone/1"]
    missing = found("DEP-02", report(items=items))
    assert [finding.hit.what for finding in missing] == ["It waits for 5, which is not in the plan."]


@pytest.mark.parametrize(("days", "times"), [(29, 0), (30, 0), (31, 1)])
def test_due_before_what_it_needs(days, times):
    items = linked(item(1, finish=on(30), waits_for="2"), item(2, finish=on(days)))
    assert number("DEP-03", items=items) == times


def test_what_is_late_cannot_come_before_today():
    items = linked(item(1, finish=on(-1), waits_for="2"), item(2, finish=on(-20)))
    assert number("DEP-03", items=items) == 1


@pytest.mark.parametrize(
    ("needed", "times"),
    [(item(2, COMPLETE, on(-11)), 0), (item(2, COMPLETE, on(-10)), 0), (item(2, COMPLETE, on(-9)), 1),
     (item(2, GREEN, on(-30)), 1)],
)  # fmt: skip
def test_complete_before_what_it_needs(needed, times):
    assert number("DEP-04", items=linked(item(1, COMPLETE, on(-10), "2"), needed)) == times


def test_rows_in_a_circle_are_told_once():
    circle = linked(item(1, waits_for="2"), item(2, waits_for="3"), item(3, waits_for="1"), item(4, waits_for="1"))
    [told] = found("DEP-05", report(items=circle))
    assert str(told.hit.evidence[0]) == "Circle: 1 waits for 2 waits for 3 waits for 1"
    assert number("DEP-05", items=linked(item(1, waits_for="2"), item(2, waits_for="3"), item(3))) == 0


@pytest.mark.parametrize(("days", "times"), [(1, 0), (0, 0), (-1, 1)])
def test_risk_review_overdue(days, times):
    assert number("RSK-01", risks=(risk(review=on(days)),)) == times
    assert number("RSK-01", risks=(risk(review=on(days), status=Said("Closed", Kind.DONE)),)) == 0


def test_a_review_without_a_date_is_not_overdue_and_a_high_risk_is_graver():
    assert number("RSK-01", risks=(risk(review=Written("monthly ongoing")),)) == 0
    severities = [found("RSK-01", report(risks=(risk(band, on(-1)),)))[0].severity for band in (MEDIUM, HIGH)]
    assert severities == [Severity.MEDIUM, Severity.HIGH]


@pytest.mark.parametrize(
    ("band", "actions", "times"), [(MEDIUM, "", 0), (None, "", 0), (HIGH, " ", 1), (HIGH, "New roof", 0)]
)
def test_high_risk_without_further_action(band, actions, times):
    assert number("RSK-02", risks=(risk(band, further_actions=actions),)) == times


@pytest.mark.parametrize(("band", "status", "times"), [(HIGH, GREEN, 1), (MEDIUM, GREEN, 0), (HIGH, RED, 0)])
def test_risk_status_good_beside_high_risks(band, status, times):
    ratings = (rating("risk-status", status, "risk_status"),)
    assert number("RSK-03", risks=(risk(band),), ratings=ratings) == times


@pytest.mark.parametrize(("was", "times"), [(HIGH, 0), (MEDIUM, 1)])
def test_risks_grew_but_direction_is_good(was, times):
    ratings = (rating("risk-direction", GREEN, "direction"),)
    assert number("RSK-04", previous=last(risks=(risk(was),)), risks=(risk(HIGH),), ratings=ratings) == times


def benefit(**fields) -> BenefitFacts:
    given = {"id": 1, "ref": "1", "title": "Visitors", "status": GREEN, "review": Written(), "measure": ""}
    return BenefitFacts(**{**given, "has_target": False, **fields})


@pytest.mark.parametrize(("days", "times"), [(1, 0), (0, 0), (-1, 1)])
def test_benefit_review_overdue(days, times):
    assert number("BEN-01", benefits=(benefit(review=on(days)),)) == times
    assert number("BEN-01", benefits=(benefit(review=on(days), status=COMPLETE),)) == 0


def test_target_without_measure():
    given = (benefit(has_target=True), benefit(has_target=True, measure="Gate count"), benefit())
    assert number("BEN-02", benefits=given) == 1


@pytest.mark.parametrize(("days", "times"), [(1, 0), (0, 0), (-1, 1)])
def test_funding_has_ended(days, times):
    assert number("RES-01", posts=(PostFacts("Officer", "grant", on(days)),)) == times


def test_board_not_aware():
    changes = (
        ChangeFacts(1, "Date", "Moved", (("LT", "17.7.18"), ("Exec", " "))),
        ChangeFacts(2, "Date", "Moved", (("LT", "n/a"), ("Exec", "17.7.18"))),
    )
    [told] = found("CHG-01", report(changes=changes))
    assert told.hit.what == "Nothing stands under Exec."


@pytest.mark.parametrize(("late", "times"), [(13, 0), (41, 1), (42, 1)])
def test_overall_greener_than_the_dates(late, times):
    """GREEN is right until 14 days; over plan or not, one amber dimension of two still gives GREEN."""
    one_dimension = report(items=(item(status=None, finish=on(-late)),), ratings=(rating(),))
    assert len(found("STA-01", one_dimension)) == times


def test_one_amber_dimension_of_two_is_let_pass_two_are_not():
    on_plan, over = budget(planned="100", forecast="104.99"), budget(planned="100", forecast="105")
    assert number("STA-01", items=(item(status=AMBER),), budgets=on_plan, ratings=(rating(),)) == 0
    assert number("STA-01", items=(item(status=AMBER),), budgets=over, ratings=(rating(),)) == 1
    assert number("STA-01", items=(item(status=AMBER),), budgets=over, ratings=(rating(status=AMBER),)) == 0


def test_a_reason_for_the_choice_lowers_the_finding_but_keeps_it():
    facts = report(items=(item(status=RED),), ratings=(rating(chosen_because="The board agreed a new date."),))
    [told] = found("STA-01", facts)
    assert told.severity is Severity.LOW
    assert str(told.hit.evidence[-1]) == "Why it was chosen: The board agreed a new date."


@pytest.mark.parametrize(("late", "times"), [(6, 0), (7, 1)])
def test_direction_by_the_dates_of_the_critical_path(late, times):
    """AMBER from 7 days there, half of the 14 elsewhere."""
    ratings = (rating("direction", GREEN, "direction"),)
    assert number("STA-02", items=(item(finish=on(-late), is_critical=True),), ratings=ratings) == times


@pytest.mark.parametrize(("late", "times"), [(13, 0), (14, 1)])
def test_what_has_not_come_has_slipped_until_today(late, times):
    """The forecast still says the baseline date, which is past."""
    row = item(finish=on(-late), baseline_on=on(-late).on)
    assert number("STA-02", items=(row,), ratings=(rating("direction", GREEN, "direction"),)) == times


def test_another_dimension_against_the_proposal():
    for proposed, times in ((GREEN, 0), (AMBER, 1), (None, 0)):
        assert number("STA-02", ratings=(rating("schedule", GREEN, "dimension", proposed=proposed),)) == times


@pytest.mark.parametrize(
    ("status", "text", "comment", "times"),
    [(GREEN, "As before", "", 0), (AMBER, "As  before\n", "", 1), (AMBER, "News", "", 0), (AMBER, "", "", 1),
     (AMBER, "As before", "Funding fell through", 0)],
)  # fmt: skip
def test_status_changed_without_narrative(status, text, comment, times):
    before = last(ratings=(rating(),), narratives=(NarrativeFacts("commentary", "Commentary", "As before"),))
    now = {"ratings": (rating(status=status, comment=comment),)}
    now["narratives"] = (NarrativeFacts("commentary", "Commentary", text),)
    assert number("STA-03", previous=before, **now) == times


@pytest.mark.parametrize(("text", "times"), [("As before", 1), ("As  before ", 1), ("News", 0), ("", 0)])
def test_narrative_unchanged(text, times):
    before = last(narratives=(NarrativeFacts("commentary", "Commentary", "As before"),))
    assert number("NAR-01", previous=before, narratives=(NarrativeFacts("commentary", "Commentary", text),)) == times


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("Position as of End of May 19", 1),
        ("Position as of End of May 19. More news.", 1),
        ("Position as of End of Jun 19", 0),
        ("As of 1 March 2018 it was the other way", 0),  # not what the last report said
    ],
)
def test_narrative_speaks_of_last_report(text, times):
    said = (NarrativeFacts("position", "Position", "Position as of End of May 19"),)
    before = last(narratives=said)
    assert number("NAR-02", previous=before, narratives=(NarrativeFacts("position", "Position", text),)) == times


@pytest.mark.parametrize(("forecast", "times"), [("104.99", 0), ("105", 1), ("110", 1)])
def test_budget_answer_contradicted(forecast, times):
    figures = budget(planned="100", forecast=forecast)
    assert number("ANS-01", budgets=figures, answers=(AnswerFacts("budget-on-track", "On track?", YES),)) == times
    assert number("ANS-01", budgets=figures, answers=(AnswerFacts("budget-on-track", "On track?", NO_IS_BAD),)) == 0


@pytest.mark.parametrize(
    ("row", "times"),
    [(item(), 0), (item(finish=on(0)), 0), (item(finish=on(-1)), 1), (item(status=RED), 1), (item(finish=on(31)), 1)],
)
def test_slip_answer_contradicted(row, times):
    answers = (AnswerFacts("milestones-slipped", "Slipped?", NO_IS_GOOD),)
    assert number("ANS-02", previous=last(items=(item(),)), items=(row,), answers=answers) == times


@pytest.mark.parametrize(("emergency", "times"), [("0", 0), ("0.01", 1)])
def test_spend_answer_contradicted(emergency, times):
    answers = (AnswerFacts("unforeseen-spend", "Unforeseen spend?", NO_IS_GOOD),)
    assert number("ANS-03", budgets=budget(planned="9", actual="1", emergency=emergency), answers=answers) == times


SPENT = budget(planned="642848", actual="494982", committed="102888", emergency="0")


@pytest.mark.parametrize(
    ("key", "amount", "times", "notes"),
    [
        ("budget.remaining", "44978", 0, 0),
        ("budget.remaining", "44979", 0, 1),  # each part may have been rounded
        ("budget.remaining", "44980", 1, 0),
        ("budget.percent_spent", "93", 0, 0),
        ("budget.percent_spent", "94", 1, 0),
        ("counts.high_risks", "1", 0, 0),
        ("counts.high_risks", "2", 1, 0),
        ("counts.red_milestones", "0", 0, 0),
        ("counts.red_milestones", "1", 1, 0),
    ],
)
def test_stated_against_derived(key, amount, times, notes):
    stated = (StatedFacts(key, "Figure", amount, Decimal(amount)),)
    facts = report(budgets=SPENT, risks=(risk(HIGH),), items=(item(),), stated=stated)
    assert len(found("FIG-01", facts)) == times
    assert len(list(within_rounding(facts))) == notes


def test_an_outlook_on_the_wrong_side_of_the_plan():
    for words, times in (("Forecast to underspend by £7,342", 0), ("Forecast to overspend by £7,342", 1)):
        stated = (StatedFacts("budget.outlook", "Outlook", words, Decimal(7342)),)
        assert number("FIG-01", budgets=budget(planned="601400", forecast="594058"), stated=stated) == times


def test_a_register_the_project_does_not_keep_has_no_count():
    stated = (StatedFacts("counts.high_risks", "High risks", "2", Decimal(2)),)
    assert number("FIG-01", sections=frozenset(), stated=stated) == 0


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("£620,271 is committed to date.", ["£620,271"]),
        ("There is a committed spend to date of £620,271. The total project budget is £642,848.", ["£620,271"]),
        ("The final outstanding payment amount is £7,581.", ["£7,581"]),
        ("£597,870 is spent and committed.", []),  # a sum that the table gives
        ("£597,871 is spent and committed.", []),  # within rounding
        ("£597,872 is spent and committed.", ["£597,872"]),
        ("We have committed £0.6m.", []),  # rounded as coarsely as it is written
        ("We have committed £0.7m.", ["£0.7m"]),
        ("About £600,000 has been committed.", []),
        ("The grant is worth £50,000.", []),  # says nothing of the budget
        ("A saving of £5. The budget was committed.", []),  # another sentence
    ],
)
def test_sums_in_the_narrative(text, amounts):
    facts = report(budgets=SPENT, narratives=(NarrativeFacts("commentary", "Commentary", text),))
    assert [str(finding.hit.evidence[0].words) for finding in found("FIG-02", facts)] == amounts


@pytest.mark.parametrize(
    ("days", "stage", "overall", "times"),
    [(1, "Delivery", GREEN, 0), (0, "Delivery", GREEN, 0), (-1, "Delivery", GREEN, 1), (-1, "", None, 1),
     (-1, "Closed", GREEN, 0), (-1, "Project closure", GREEN, 0), (-1, "Delivery", COMPLETE, 0)],
)  # fmt: skip
def test_end_passed_in_delivery(days, stage, overall, times):
    assert number("PRJ-01", finish=on(days), stage=stage, ratings=(rating(status=overall),)) == times


DUE = datetime(2019, 7, 2, 17, tzinfo=UTC)


@pytest.mark.parametrize(("seconds", "times"), [(-1, 0), (0, 0), (1, 1)])
def test_report_late(seconds, times):
    assert number("REP-01", due_at=DUE, submitted_at=DUE + timedelta(seconds=seconds)) == times
    assert number("REP-01", due_at=None, submitted_at=DUE) == 0


@pytest.mark.parametrize(("seconds", "is_found"), [(-1, False), (0, False), (1, True)])
def test_report_missing(seconds, is_found):
    due = DueReport(1, "July 2019", DUE, "", "June 2019")
    assert (report_missing(due, DUE + timedelta(seconds=seconds)) is not None) == is_found
