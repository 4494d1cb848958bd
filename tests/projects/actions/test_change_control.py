"""Change control: noted at once or decided, boards made aware, baselines moved by nothing else."""

from datetime import UTC, datetime

import pytest

from projects.actions.change_control import (
    BaselineMoved,
    ChangeIsDecided,
    archive_change,
    change_change,
    decide_change,
    raise_change,
    set_awareness,
    set_first_baseline,
    submit_change,
    withdraw_change,
)
from projects.actions.writing import EditedMeanwhile, OtherOrganisation
from projects.models import (
    Baseline,
    BaselineIsInForce,
    Board,
    ChangeRequest,
    PlanItem,
    PlanItemBaseline,
)
from projects.rules.dates import parse_written_date
from tests import factories

State = ChangeRequest.State
MOMENT = datetime(2019, 8, 6, 9, tzinfo=UTC)


@pytest.fixture
def doors(project):
    """A milestone that is held to March 2020."""
    row = factories.milestone(factories.draft(project), "Doors open", finish="Mar-20")
    set_first_baseline(held_to(row.plan_item, "Mar-20"), by=None, at=MOMENT)
    return row.plan_item


def held_to(item, finish):
    baseline = PlanItemBaseline(organisation_id=item.organisation_id, plan_item=item)
    baseline.finish = parse_written_date(finish)
    return baseline


def proposed(project, item, by, finish="Jun-20"):
    request = raise_change(
        project,
        by=by,
        sort=ChangeRequest.Sort.BASELINE,
        item_words="Milestone change: Doors open",
        description="Later",
        baselines=[held_to(item, finish)],
    )
    return submit_change(request, by=by)


def in_force(item):
    return PlanItemBaseline.objects.in_force().get(plan_item=item)


def test_a_logged_change_is_noted_at_once_and_numbered(project, officer, organisation):
    board = Board.objects.create(organisation=organisation, name="Leadership Team")
    words = {"item_words": "Key benefit status change", "description": "New target"}
    first = raise_change(project, by=officer, awareness={board: "17.7.18 Full Council"}, **words)
    second = raise_change(project, by=officer, awareness={board: ""}, **words)
    assert (first.state, first.ref, second.ref) == (State.NOTED, "1", "2")
    entry = first.awareness.get()
    assert (entry.aware_words, str(entry.aware_on)) == ("17.7.18 Full Council", "2018-07-17")
    assert second.awareness.get().aware_words == ""


def test_one_change_touches_several_things_or_none(project, officer):
    report = factories.draft(project)
    items = [factories.milestone(report, title).plan_item for title in ("Doors open", "Hall let")]
    request = raise_change(
        project,
        by=officer,
        item_words="Milestone changes",
        description="RAG",
        touches=[{"plan_item": item, "before_words": "Amber", "after_words": "Green"} for item in items],
    )
    assert [touch.plan_item for touch in request.touches.order_by("pk")] == items


def test_another_councils_milestone_cannot_be_touched(project, officer, stranger):
    elsewhere = factories.project(stranger.grants.first().organisation, slug="theirs")
    theirs = factories.milestone(factories.draft(elsewhere)).plan_item
    with pytest.raises(OtherOrganisation):
        raise_change(project, by=officer, item_words="x", description="y", touches=[{"plan_item": theirs}])
    assert not ChangeRequest.objects.exists()


def test_approval_puts_the_proposal_in_force_and_closes_what_it_replaces(project, doors, officer, pmo):
    request = proposed(project, doors, officer)
    assert in_force(doors).finish_words == "Mar-20"
    decided = decide_change(request, by=pmo, approve=True, words="Agreed", at=MOMENT)
    assert (decided.state, decided.decided_by, decided.decision_reason) == (State.APPROVED, pmo, "Agreed")
    assert (in_force(doors).finish_words, in_force(doors).in_force_from) == ("Jun-20", MOMENT)
    before = PlanItemBaseline.objects.get(plan_item=doors, number=1)
    assert (before.state, before.in_force_to) == (Baseline.State.SUPERSEDED, MOMENT)
    assert decided.approvals.get().is_approval


def test_rejection_leaves_the_baseline(project, doors, officer, pmo):
    request = proposed(project, doors, officer)
    decide_change(request, by=pmo, approve=False, words="Too late")
    assert in_force(doors).finish_words == "Mar-20"
    assert PlanItemBaseline.objects.get(change_request=request).state == Baseline.State.REJECTED


def test_withdrawing_rejects_what_was_proposed(project, doors, officer):
    request = withdraw_change(proposed(project, doors, officer), by=officer, reason="Found a way")
    assert request.state == State.WITHDRAWN
    assert PlanItemBaseline.objects.get(change_request=request).state == Baseline.State.REJECTED


def test_of_two_changes_based_on_one_version_the_second_is_refused(project, doors, officer, pmo):
    first, second = proposed(project, doors, officer, "Jun-20"), proposed(project, doors, officer, "Sep-20")
    decide_change(first, by=pmo, approve=True)
    with pytest.raises(BaselineMoved, match="version 1, but version 2 is in force"):
        decide_change(second, by=pmo, approve=True)
    second.refresh_from_db()
    assert second.state == State.SUBMITTED
    assert in_force(doors).finish_words == "Jun-20"


def test_a_decision_counts_only_for_the_words_that_were_read(project, doors, officer, pmo):
    request = proposed(project, doors, officer)
    read = request.version
    change_change(request, {"description": "Much later"}, by=officer)
    with pytest.raises(EditedMeanwhile):
        decide_change(request, by=pmo, approve=True, version=read)
    assert in_force(doors).finish_words == "Mar-20"


@pytest.mark.parametrize("approve", [True, False])
def test_a_decided_change_does_not_change(project, doors, officer, pmo, approve, organisation):
    decided = decide_change(proposed(project, doors, officer), by=pmo, approve=approve, words="So be it")
    for step in (
        lambda: change_change(decided, {"description": "x"}, by=officer),
        lambda: submit_change(decided, by=officer),
        lambda: withdraw_change(decided, by=officer),
        lambda: decide_change(decided, by=pmo, approve=not approve),
    ):
        with pytest.raises(ChangeIsDecided):
            step()
    board = Board.objects.create(organisation=organisation, name="Executive")
    assert set_awareness(decided, board, "10 July 2019", by=officer).aware_words == "10 July 2019"


def test_a_baseline_in_force_is_changed_by_nothing_else(doors):
    with pytest.raises(BaselineIsInForce):
        PlanItemBaseline.objects.filter(plan_item=doors).update(finish_words="Dec-30")
    with pytest.raises(ValueError, match="raise a change request"):
        set_first_baseline(held_to(doors, "Dec-30"), by=None)


def test_archiving_says_why_and_keeps_the_row(project, officer):
    request = raise_change(project, by=officer, item_words="By mistake", description="x")
    archive_change(request, by=officer, reason="Raised twice")
    assert ChangeRequest.objects.get().is_archived
    assert PlanItem.objects.count() == 0


def test_a_change_is_raised_exempt(project, officer, reader):
    request = raise_change(
        project, by=officer, item_words="x", description="y", is_exempt=True, exempt_paragraph="3", exempt_reason="Bids"
    )
    assert (request.is_exempt, request.exempt_paragraph, request.exempt_reason) == (True, "3", "Bids")


@pytest.mark.parametrize(("is_day_first", "day"), [(True, "2019-07-06"), (False, "2019-06-07")])
def test_awareness_is_read_as_the_council_writes_dates(project, officer, organisation, is_day_first, day):
    organisation.is_day_first = is_day_first
    organisation.save()
    request = raise_change(project, by=officer, item_words="x", description="y")
    request.refresh_from_db()
    board = Board.objects.create(organisation=organisation, name="Executive")
    assert str(set_awareness(request, board, "06/07/2019", by=officer).aware_on) == day
