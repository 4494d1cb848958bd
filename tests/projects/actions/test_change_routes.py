"""Changes of every kind on their routes: chosen by rule, decided step by step, escalated by drift."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from projects.actions.change_control import (
    BaselineMoved,
    ChangeIsDecided,
    NotOfThisNode,
    blanks_of,
    change_change,
    change_proposals,
    choose_route,
    decide_change,
    next_step,
    others_on,
    proposals_of,
    raise_anew,
    raise_change,
    set_awareness,
    set_first_baseline,
    steps_of,
    submit_change,
    withdraw_change,
)
from projects.actions.writing import EditedMeanwhile
from projects.models import (
    Baseline,
    BenefitBaseline,
    BenefitTarget,
    BudgetBaseline,
    BudgetBaselineLine,
    ChangeRequest,
    ChangeRoute,
    ChangeRouteStep,
    IndicatorBaseline,
    IndicatorTarget,
    Node,
    NodeBaseline,
    PlanItemBaseline,
)
from projects.models.indicators import Indicator
from projects.permissions import may_decide
from projects.rules.dates import parse_written_date
from projects.versions import differences, stated
from tests import factories

State = ChangeRequest.State
FIRST = date(2020, 3, 31)


def held_to(item, day):
    baseline = PlanItemBaseline(organisation=item.organisation, plan_item=item)
    baseline.finish = parse_written_date(day)
    return baseline


@pytest.fixture
def doors(project):
    """A milestone held to 31 March 2020."""
    item = factories.milestone(factories.draft(project)).plan_item
    set_first_baseline(held_to(item, FIRST), by=factories.system_user())
    return item


@pytest.fixture
def boards(organisation):
    return factories.board(organisation, "Improvement Board", order=1), factories.board(organisation, order=2)


@pytest.fixture
def routes(organisation, boards):
    """Norwich's ways of decision (PID 4.7): service or policy; significant milestones and drift; all else."""
    improvement, executive = boards
    ways = (
        ("Service or policy", {"service_or_policy": True}, (improvement, executive)),
        ("Significant milestone", {"significant": True, "drift": "amber"}, (improvement,)),
        ("Minor", {}, (None,)),
    )
    made = {}
    for order, (name, rule, deciders) in enumerate(ways):
        route = ChangeRoute.objects.create(organisation=organisation, name=name, rule=rule, order=order)
        for place, board in enumerate(deciders):
            ChangeRouteStep.objects.create(organisation=organisation, route=route, board=board, order=place)
        made[name] = route
    return made


def proposed(item, days, officer, **more):
    return raise_change(
        item.node,
        by=officer,
        sort=ChangeRequest.Sort.BASELINE,
        item_words=f"{item} by {days} days",
        description="The roof is late",
        baselines=[held_to(item, FIRST + timedelta(days=days))],
        **more,
    )


def words_of(request):
    return [reason["words"] for reason in request.route_because]


# ---- the route ----


def test_the_route_is_chosen_by_rule_and_says_why(routes, doors, officer):
    sent = submit_change(proposed(doors, 5, officer, affects_service_or_policy=True), by=officer)
    assert (sent.route, words_of(sent)) == (routes["Service or policy"], ["It has an impact on service or policy."])
    doors.is_significant = True
    doors.save()
    sent = submit_change(proposed(doors, 6, officer), by=officer)
    assert sent.route == routes["Significant milestone"]
    doors.is_significant = False
    doors.save()
    assert submit_change(proposed(doors, 7, officer), by=officer).route == routes["Minor"]


def test_an_impact_seen_after_it_was_sent_changes_the_route(routes, doors, officer):
    sent = submit_change(proposed(doors, 5, officer), by=officer)
    sent = change_change(sent, {"affects_service_or_policy": True}, by=officer)
    assert (sent.route, words_of(sent)) == (routes["Service or policy"], ["It has an impact on service or policy."])


def test_steps_are_decided_in_order_and_the_last_brings_it_into_force(routes, boards, doors, officer, pmo):
    sent = submit_change(proposed(doors, 5, officer, affects_service_or_policy=True), by=officer)
    moment = timezone.make_aware(timezone.datetime(2019, 7, 10, 12))
    once = decide_change(sent, by=pmo, approve=True, words="Agreed", at=moment)
    first, second = steps_of(once)
    assert (once.state, first.approval.board, first.approval.at, first.approval.words) == (
        State.SUBMITTED, boards[0], moment, "Agreed",
    )  # fmt: skip
    assert second.is_next
    assert next_step(once).step.board == boards[1]
    assert PlanItemBaseline.objects.in_force().get().finish_on == FIRST
    assert once.awareness.get().aware_words == "10 July 2019"  # the board that decides is aware
    twice = decide_change(once, by=pmo, approve=True)
    assert (twice.state, next_step(twice)) == (State.APPROVED, None)
    assert PlanItemBaseline.objects.in_force().get().finish_on == FIRST + timedelta(days=5)


def test_a_rejection_at_any_step_ends_it(routes, doors, officer, pmo):
    sent = submit_change(proposed(doors, 5, officer, affects_service_or_policy=True), by=officer)
    ended = decide_change(sent, by=pmo, approve=False, words="No")
    assert (ended.state, ended.approvals.count()) == (State.REJECTED, 1)
    with pytest.raises(ChangeIsDecided):
        decide_change(ended, by=pmo, approve=True)


def test_a_step_is_not_decided_twice_from_one_reading(routes, doors, officer, pmo):
    sent = submit_change(proposed(doors, 5, officer, affects_service_or_policy=True), by=officer)
    read = sent.version
    decide_change(sent, by=pmo, approve=True, version=read)
    with pytest.raises(EditedMeanwhile):
        decide_change(sent, by=pmo, approve=True, version=read)
    sent.refresh_from_db()
    assert (sent.state, sent.approvals.count()) == (State.SUBMITTED, 1)


def test_another_route_needs_a_reason_and_keeps_what_was_decided(routes, doors, officer, pmo):
    sent = submit_change(proposed(doors, 5, officer, affects_service_or_policy=True), by=officer)
    sent = decide_change(sent, by=pmo, approve=True)
    sent = choose_route(sent, routes["Significant milestone"], by=pmo, reason="No policy after all")
    assert words_of(sent)[-1] == (
        f"{pmo} chose Significant milestone instead of Service or policy: No policy after all"
    )
    assert next_step(sent) is None  # the one board of it has decided already
    with pytest.raises(ChangeIsDecided):
        choose_route(withdraw_change(sent, by=pmo), None, by=pmo, reason="x")


def test_small_changes_that_add_up_take_the_longer_route(routes, doors, officer, pmo):
    """10 and 17 days pass as minor; the next day makes 28 in all, where drift turns amber."""
    for days in (10, 27):
        sent = submit_change(proposed(doors, days, officer), by=officer)
        assert sent.route == routes["Minor"]
        decide_change(sent, by=pmo, approve=True)
    sent = submit_change(proposed(doors, 28, officer), by=officer)
    assert sent.route == routes["Significant milestone"]
    assert words_of(sent) == [
        f"{doors}: drift since the first baseline is 28 days; AMBER from 28 days, over 3 changes."
    ]


def test_a_rule_made_stricter_meanwhile_escalates_at_the_decision(routes, boards, doors, officer, pmo):
    sent = submit_change(proposed(doors, 10, officer), by=officer)
    routes["Significant milestone"].rule = {"days_from": 10}
    routes["Significant milestone"].save()
    sent = decide_change(sent, by=pmo, approve=True)
    assert (sent.state, sent.route) == (State.SUBMITTED, routes["Significant milestone"])
    assert next_step(sent).step.board == boards[0]
    assert PlanItemBaseline.objects.in_force().get().finish_on == FIRST


# ---- who may decide ----


def test_who_may_decide_a_step(organisation, project, routes, boards, officer, sponsor, pmo, director):
    of_board = routes["Significant milestone"].steps.get()
    of_sponsor = routes["Minor"].steps.get()
    post = factories.post(organisation, "Project Manager")
    of_post = ChangeRouteStep.objects.create(organisation=organisation, route=routes["Minor"], post=post)

    def deciders(step):
        return [person for person in (officer, sponsor, pmo, director) if may_decide(person, project, step)]

    assert deciders(None) == deciders(of_board) == [pmo]
    assert deciders(of_sponsor) == [sponsor]
    assert deciders(of_post) == [pmo]  # nobody signs in for the post
    post.holder = officer
    post.save()
    of_post = ChangeRouteStep.objects.get(pk=of_post.pk)
    assert deciders(of_post) == [officer]
    factories.grant(director, organisation, "officer", deputy_for=officer)
    del director._active_grants
    assert deciders(of_post) == [officer, director]
    sponsor.grants.all().delete()
    del sponsor._active_grants
    assert deciders(of_sponsor) == [pmo]  # nobody is its sponsor


# ---- every kind of baseline ----


def approved(node, officer, pmo, *baselines):
    raised = raise_change(
        node, by=officer, sort=ChangeRequest.Sort.BASELINE, item_words="x", description="y", baselines=list(baselines)
    )
    return decide_change(submit_change(raised, by=officer), by=pmo, approve=True)


def test_one_change_moves_baselines_of_every_kind_with_their_lines(organisation, project, doors, officer, pmo):
    draft = factories.draft(project)
    benefit, budget = factories.benefit(draft).benefit, factories.budget(draft).budget
    indicator = Indicator.objects.create(organisation=organisation, node=project, title="Visits")
    tier = factories.tier(organisation)
    of_project = NodeBaseline(node=project, tier=tier, scope="One library", team_size=3)
    approved(
        project,
        officer,
        pmo,
        held_to(doors, "30/06/2020"),
        of_project,
        (
            BenefitBaseline(benefit=benefit, measure="Visits a year"),
            [BenefitTarget(year=2018, amount=Decimal(100)), BenefitTarget(year=2019, amount=Decimal(250))],
        ),
        (BudgetBaseline(budget=budget), [BudgetBaselineLine(category="Capital", year=2019, amount=Decimal(5000))]),
        (IndicatorBaseline(indicator=indicator), [IndicatorTarget(measured="Q1", amount=Decimal(90))]),
    )
    assert Node.objects.get(pk=project.pk).tier == tier
    benefit.refresh_from_db()
    assert benefit.measure == "Visits a year"
    in_force = BenefitBaseline.objects.in_force().get()
    assert [(each.label, each.words) for each in stated(in_force)] == [
        ("Measure", "Visits a year"), ("2018/19", "£100"), ("2019/20", "£250"),
    ]  # fmt: skip
    later = BenefitBaseline(benefit=benefit, measure="Visits a year")
    approved(project, officer, pmo, (later, [BenefitTarget(year=2019, amount=Decimal(300))]))
    told = {each.label: each for each in differences(in_force, BenefitBaseline.objects.in_force().get())}
    assert (told["2019/20"].before, told["2019/20"].after, told["2019/20"].by) == ("£250", "£300", "+£50")
    assert (told["2018/19"].after, told["2018/19"].is_changed) == ("", True)
    assert told["Measure"].is_changed is False
    assert [each.words for each in stated(IndicatorBaseline.objects.in_force().get())] == ["90"]


def test_large_money_takes_the_route_for_it(organisation, project, officer, pmo):
    budget = factories.budget(factories.draft(project)).budget
    approved(project, officer, pmo, (BudgetBaseline(budget=budget, amount=Decimal(100_000)), []))
    large = ChangeRoute.objects.create(organisation=organisation, name="Large", rule={"percent_from": "10"})
    ChangeRoute.objects.create(organisation=organisation, name="Small", order=1)

    def route_of(amount):
        raised = raise_change(
            project,
            by=officer,
            sort=ChangeRequest.Sort.BASELINE,
            item_words="x",
            description="y",
            baselines=[BudgetBaseline(budget=budget, amount=Decimal(amount))],
        )
        return submit_change(raised, by=officer)

    assert route_of(109_999).route.name == "Small"
    sent = route_of(90_000)
    assert (sent.route, words_of(sent)) == (
        large,
        ["Project budget moves by 10%; this route is for 10% or more."],
    )


def test_another_nodes_things_are_not_moved(organisation, project, doors, officer):
    pool = factories.project(organisation, slug="pool", title="New pool")
    with pytest.raises(NotOfThisNode):
        raise_change(
            pool,
            by=officer,
            sort=ChangeRequest.Sort.BASELINE,
            item_words="x",
            description="y",
            baselines=[held_to(doors, "30/06/2020")],
        )
    assert not ChangeRequest.objects.exists()


def test_what_a_draft_proposes_is_rewritten_until_it_is_sent(project, officer, pmo):
    benefit = factories.benefit(factories.draft(project)).benefit
    raised = raise_change(
        project,
        by=officer,
        sort=ChangeRequest.Sort.BASELINE,
        item_words="x",
        description="y",
        baselines=[(BenefitBaseline(benefit=benefit), [BenefitTarget(year=2018, amount=Decimal(1))])],
    )
    (proposal,) = proposals_of(raised)
    read = raised.version
    rewritten = [(proposal, {"measure": "Visits"}, [BenefitTarget(year=2019, amount=Decimal(2))])]
    change_proposals(raised, rewritten, version=read, by=officer)
    proposal = BenefitBaseline.objects.get()
    assert (proposal.measure, [line.year for line in proposal.targets.all()]) == ("Visits", [2019])
    with pytest.raises(EditedMeanwhile):
        change_proposals(ChangeRequest.objects.get(), rewritten, version=read, by=pmo)
    sent = submit_change(ChangeRequest.objects.get(), by=officer)
    with pytest.raises(ChangeIsDecided):
        change_proposals(sent, rewritten, by=officer)


# ---- two requests on one thing ----


def test_the_second_is_overtaken_and_raised_anew(project, doors, officer, pmo):
    first, second = (submit_change(proposed(doors, days, officer), by=officer) for days in (10, 20))
    everything = ChangeRequest.objects.all()
    assert others_on([doors], everything, but=second) == {doors: [first]}
    decide_change(first, by=pmo, approve=True)
    assert others_on([doors], everything, but=first) == {doors: [second]}
    with pytest.raises(BaselineMoved, match="base it anew"):
        decide_change(second, by=pmo, approve=True)
    anew = raise_anew(second, by=officer)
    second.refresh_from_db()
    assert (second.state, anew.state) == (State.WITHDRAWN, State.DRAFT)
    (proposal,) = proposals_of(anew)
    assert (proposal.based_on.number, proposal.finish_on) == (2, FIRST + timedelta(days=20))
    assert PlanItemBaseline.objects.get(change_request=second).state == Baseline.State.REJECTED
    decide_change(submit_change(anew, by=officer), by=pmo, approve=True)
    assert PlanItemBaseline.objects.in_force().get().finish_on == FIRST + timedelta(days=20)


def test_a_draft_that_was_overtaken_is_not_sent(doors, officer, pmo):
    first, second = (proposed(doors, days, officer) for days in (10, 20))
    decide_change(submit_change(first, by=officer), by=pmo, approve=True)
    with pytest.raises(BaselineMoved):
        submit_change(second, by=officer)


# ---- who has yet to hear ----


def test_blanks_are_counted_in_days_the_oldest_first(organisation, project, boards, officer, count_queries):
    improvement, executive = boards
    improvement.awareness_heading = "Date Board Aware"
    improvement.save()
    day = date(2019, 8, 6)

    def noted(days, **aware):
        at = timezone.make_aware(timezone.datetime(2019, 8, 6, 9)) - timedelta(days=days)
        return raise_change(project, by=officer, item_words="x", description="y", at=at, **aware)

    young, old = noted(3), noted(40, awareness={executive: ""})
    told = noted(50, awareness={improvement: "17.7.19"})
    proposed_only = raise_change(project, by=officer, item_words="x", description="y", sort=ChangeRequest.Sort.BASELINE)
    nodes = Node.objects.all()
    found = [(blank.change, blank.board, blank.days) for blank in blanks_of(nodes, day)]
    assert found == [(old, improvement, 40), (old, executive, 40), (young, improvement, 3)]
    assert not {told, proposed_only} & {change for change, _, _ in found}
    set_awareness(old, improvement, "5 August 2019", by=officer)
    assert len(blanks_of(nodes, day)) == 2
    with count_queries() as few:
        blanks_of(nodes, day)
    for _ in range(20):
        noted(1)
    with count_queries() as many:
        assert len(blanks_of(nodes, day)) == 22
    assert len(few) == len(many)
