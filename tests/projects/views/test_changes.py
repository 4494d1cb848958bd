"""Change control pages: the record as printed, raising, awareness, deciding, and who may do which."""

import pytest
from django.urls import reverse

from projects.actions.change_control import (
    change_change,
    decide_change,
    raise_change,
    set_awareness,
    set_first_baseline,
    submit_change,
)
from projects.actions.rows import change_row
from projects.models import (
    Board,
    BudgetBaseline,
    ChangeRequest,
    ChangeRoute,
    ChangeRouteStep,
    PlanItem,
    PlanItemBaseline,
)
from projects.permissions import top_node
from projects.rules.dates import parse_written_date
from tests import factories
from tests.beginnings import handed_out

State = ChangeRequest.State


@pytest.fixture
def boards(organisation):
    """Rochford's two columns."""
    return [
        Board.objects.create(organisation=organisation, name=name, awareness_heading=heading, order=order)
        for order, (name, heading) in enumerate(
            [("Leadership Team", "Date LT Aware"), ("Executive", "Date IB / Exec Aware")]
        )
    ]


@pytest.fixture(scope="module")
def beginning(founded):
    """A milestone held to its first baseline."""
    project = factories.project(founded)
    row = factories.milestone(factories.draft(project), "Doors open", finish="Mar-20")
    baseline = PlanItemBaseline(organisation=project.organisation, plan_item=row.plan_item)
    baseline.finish = parse_written_date("Mar-20")
    set_first_baseline(baseline, by=factories.system_user())
    return {"project": project, "doors": row.plan_item}


(doors,) = handed_out("doors")


@pytest.fixture
def submitted(project, doors, officer):
    after = PlanItemBaseline(plan_item=doors)
    after.finish = parse_written_date("Jun-20")
    request = raise_change(
        project,
        by=officer,
        sort=ChangeRequest.Sort.BASELINE,
        item_words="Milestone change: Doors open",
        description="The roof is late",
        baselines=[after],
    )
    return submit_change(request, by=officer)


def noted(project, by, **words):
    return raise_change(project, by=by, **{"item_words": "Risk register: Roof", "description": "Review moved", **words})


def record(node):
    return reverse("changes", args=[node.organisation.slug, node.slug])


def new(node, **query):
    return reverse("change-new", args=[node.organisation.slug, node.slug], query=query)


def finish_of(item):
    return PlanItemBaseline.objects.in_force().get(plan_item=item).finish_words


# ---- the record ----


def test_the_record_prints_each_board_and_counts_what_is_blank(client, director, project, officer, boards):
    team, executive = boards
    noted(project, officer, awareness={team: "17.7.18 Full Council", executive: ""})
    noted(project, officer, awareness={team: "LT project meet 31.7.18"})
    noted(project, officer, awareness={team: "", executive: "10 July 2019"})
    raise_change(
        project, by=officer, sort=ChangeRequest.Sort.BASELINE, item_words="Being written", description="Not raised"
    )
    client.force_login(director)
    page = client.get(record(project))
    words = page.content.decode()
    assert page.context["headings"] == ["Date LT Aware", "Date IB / Exec Aware"]
    assert "17.7.18 Full Council" in words
    assert page.context["waiting"] == [
        "1 change is waiting for Leadership Team awareness, for 0 days.",
        "2 changes are waiting for Executive awareness, the oldest for 0 days.",
    ]
    assert words.count(">Not yet<") == 3


def test_a_council_sees_the_changes_of_its_projects_and_no_archived_ones(
    client, director, organisation, project, officer
):
    noted(project, officer)
    gone = noted(project, officer, item_words="By mistake")
    ChangeRequest.objects.filter(pk=gone.pk).update(is_archived=True)
    client.force_login(director)
    page = client.get(record(top_node(organisation)))
    assert [row["change"].item_words for row in page.context["rows"]] == ["Risk register: Roof"]
    assert "New library" in page.content.decode()


def test_the_record_can_be_narrowed_to_a_state(client, director, project, officer, submitted):
    noted(project, officer)
    client.force_login(director)
    page = client.get(f"{record(project)}?state=submitted")
    assert [row["change"] for row in page.context["rows"]] == [submitted]
    assert len(client.get(f"{record(project)}?state=nonsense").context["rows"]) == 2


def test_a_record_costs_the_same_however_long(client, director, project, officer, boards, count_queries):
    noted(project, officer, awareness={boards[0]: "17.7.18"})
    noted(project, officer)
    client.force_login(director)
    client.get(record(project))
    with count_queries() as few:
        assert len(client.get(record(project)).context["rows"]) == 2
    for number in range(20):
        noted(project, officer, awareness=dict.fromkeys(boards, f"{number} July 2019"))
    with count_queries() as many:
        assert len(client.get(record(project)).context["rows"]) == 22
    assert len(many) == len(few)


# ---- who may what ----


def test_readers_and_strangers_do_not_find_a_change(client, reader, stranger, project, officer, submitted):
    for user, of_record in ((reader, 403), (stranger, 404)):
        client.force_login(user)
        assert client.get(record(project)).status_code == of_record
        for name in ("change", "change-edit", "change-withdraw", "change-archive"):
            assert client.get(reverse(name, args=[submitted.pk])).status_code == 404
        for name in ("change-decide", "change-submit", "change-awareness"):
            assert client.post(reverse(name, args=[submitted.pk])).status_code == 404


def test_a_director_reads_only(client, director, project, submitted, boards):
    client.force_login(director)
    page = client.get(reverse("change", args=[submitted.pk]))
    assert "The roof is late" in page.content.decode()
    assert page.context["decision_form"] is None
    assert not page.context["can_tell"]
    assert client.get(new(project)).status_code == 403
    assert client.post(reverse("change-decide", args=[submitted.pk]), {"outcome": "approve"}).status_code == 403
    assert client.post(reverse("change-awareness", args=[submitted.pk])).status_code == 403
    for name in ("change-edit", "change-withdraw", "change-archive"):
        assert client.get(reverse(name, args=[submitted.pk])).status_code == 403


def test_an_officer_raises_and_does_not_decide(client, officer, project, doors, submitted):
    client.force_login(officer)
    page = client.get(reverse("change", args=[submitted.pk]))
    assert page.context["decision_form"] is None
    answer = client.post(
        reverse("change-decide", args=[submitted.pk]), {"outcome": "approve", "version": submitted.version}
    )
    assert answer.status_code == 403
    assert finish_of(doors) == "Mar-20"


def test_an_exempt_change_is_not_for_members(client, member, project, officer):
    change = noted(project, officer)
    client.force_login(member)
    assert client.get(reverse("change", args=[change.pk])).status_code == 404


# ---- raising ----


def test_a_change_is_noted_with_what_it_touches_and_who_knows(client, officer, project, doors, boards):
    risk = factories.risk(factories.draft(project), "Roof leaks").risk
    picked = {"item": [f"milestones-{doors.pk}", f"risks-{risk.pk}"]}
    client.force_login(officer)
    assert "Doors open" in client.get(new(project)).content.decode()
    page = client.get(new(project, words=1, **picked))
    form = page.context["form"]
    assert form["item_words"].value() == "Milestone change: Doors open\nRisk register: Roof leaks"
    answer = client.post(
        new(project, words=1, **picked),
        {
            form.add_prefix("item_words"): form["item_words"].value(),
            form.add_prefix("description"): "Both moved",
            form.add_prefix(f"before_milestones-{doors.pk}"): "Amber",
            form.add_prefix(f"after_milestones-{doors.pk}"): "Green",
            form.add_prefix(f"aware_{boards[0].pk}"): "17.7.18",
        },
    )
    change = ChangeRequest.objects.get()
    assert answer.url == reverse("change", args=[change.pk])
    assert change.state == State.NOTED
    touched = {touch.plan_item or touch.risk: touch for touch in change.touches.all()}
    assert set(touched) == {doors, risk}
    assert (touched[doors].before_words, touched[doors].after_words) == ("Amber", "Green")
    assert {entry.board: entry.aware_words for entry in change.awareness.all()} == {boards[0]: "17.7.18", boards[1]: ""}
    page = client.get(answer.url).content.decode()
    assert reverse("register-item", args=[project.organisation.slug, project.slug, "risks", risk.pk]) in page


def test_what_is_missing_is_said_and_nothing_typed_is_lost(client, officer, project):
    client.force_login(officer)
    form = client.get(new(project, words=1)).context["form"]
    answer = client.post(new(project, words=1), {form.add_prefix("justification"): "Because of the roof"})
    words = answer.content.decode()
    assert "Say what is amended." in words
    assert "Describe the change." in words
    assert "Because of the roof" in words
    assert not ChangeRequest.objects.exists()


def test_one_change_moves_several_baselines_when_it_is_approved(client, officer, pmo, project, doors):
    hall = factories.milestone(factories.draft(project), "Hall let").plan_item
    picked = {"sort": "baseline", "words": 1, "item": [f"milestones-{doors.pk}", f"milestones-{hall.pk}"]}
    client.force_login(officer)
    page = client.get(new(project, **picked))
    assert page.context["proposal_forms"][0]["finish"].value() == "Mar-20"
    form = page.context["form"]
    words = {
        form.add_prefix("item_words"): "Milestone changes",
        form.add_prefix("description"): "The roof is late",
        f"milestones-{doors.pk}-finish": "Jun-20",
        "action": "submit",
    }
    refused = client.post(new(project, **picked), words)
    assert "Say what it is to be held to." in refused.content.decode()
    assert "Jun-20" in refused.content.decode()
    client.post(new(project, **picked), {**words, f"milestones-{hall.pk}-finish": "Autumn 2020"})
    change = ChangeRequest.objects.get()
    assert change.state == State.SUBMITTED
    assert finish_of(doors) == "Mar-20"
    client.force_login(pmo)
    version = client.get(reverse("change", args=[change.pk])).context["decision_form"]["version"].value()
    client.post(reverse("change-decide", args=[change.pk]), {"outcome": "approve", "words": "", "version": version})
    assert (finish_of(doors), finish_of(hall)) == ("Jun-20", "Autumn 2020")


def test_what_is_as_it_was_is_no_change(client, officer, project, doors):
    picked = {"sort": "baseline", "words": 1, "item": f"milestones-{doors.pk}"}
    client.force_login(officer)
    form = client.get(new(project, **picked)).context["form"]
    answer = client.post(
        new(project, **picked),
        {
            form.add_prefix("item_words"): "x",
            form.add_prefix("description"): "y",
            f"milestones-{doors.pk}-finish": "Mar-20",
        },
    )
    assert "Nothing differs from what it is held to now" in answer.content.decode()
    assert not ChangeRequest.objects.exists()


def test_a_baseline_change_names_something(client, officer, project, doors):
    client.force_login(officer)
    answer = client.post(new(project, sort="baseline", words=1), {"change-item_words": "x", "change-description": "y"})
    assert answer.status_code == 422
    assert "Tick at least one thing" in answer.content.decode()
    assert not ChangeRequest.objects.exists()


def test_another_projects_milestone_cannot_be_picked(client, officer, organisation, project, doors):
    other = factories.project(organisation, slug="pool", title="New pool")
    client.force_login(officer)
    page = client.get(new(other, words=1, item=[f"milestones-{doors.pk}"]))
    assert page.context["picked"] == []


# ---- editing, awareness, steps ----


def test_two_people_who_edit_a_change_choose_between_both(client, officer, pmo, project):
    change = noted(project, officer)
    where = reverse("change-edit", args=[change.pk])
    client.force_login(officer)
    form = client.get(where).context["form"]
    change_change(change, {"description": "Theirs", "justification": "Only theirs"}, by=pmo)
    sent = {
        form.version_name: form.row.version,
        form.typed_name: form.typed_json,
        form.add_prefix("item_words"): change.item_words,
        form.add_prefix("description"): "Mine",
    }
    answer = client.post(where, sent)
    assert answer.status_code == 409
    conflict = answer.context["conflict"]
    assert (conflict["fields"][0]["theirs"], conflict["fields"][0]["yours"]) == ("Theirs", "Mine")
    keep = f"keep_{form.add_prefix('description')}"
    client.post(where, {**dict(conflict["carried"]), keep: "yours"})
    change.refresh_from_db()
    assert (change.description, change.justification) == ("Mine", "Only theirs")


def test_awareness_is_written_in_words_by_board(client, officer, project, boards):
    change = noted(project, officer, awareness={boards[0]: ""})
    client.force_login(officer)
    assert tell(client, change, boards[0], "LT project meet 31.7.18").status_code == 302
    entry = change.awareness.get()
    assert (entry.aware_words, str(entry.aware_on)) == ("LT project meet 31.7.18", "2018-07-31")
    tell(client, change, boards[0], "")
    assert change.awareness.get().aware_words == ""


def tell(client, change, board, words, page=None):
    """Send the page of a change, as it is now or as it was opened, with other words for a board."""
    page = page or client.get(reverse("change", args=[change.pk]))
    forms = {form.board: form for form in page.context["awareness_forms"]}
    sent = {form.typed_name: form.typed_json for form in forms.values()}
    sent |= {form.version_name: form.shown_version for form in forms.values()}
    sent |= {form.add_prefix("aware_words"): form.initial["aware_words"] for form in forms.values()}
    sent[forms[board].add_prefix("aware_words")] = words
    return client.post(reverse("change-awareness", args=[change.pk]), sent)


@pytest.mark.parametrize("before", [None, "1 July 2019"])
def test_two_people_who_tell_a_board_choose_between_both(client, officer, pmo, project, boards, before):
    change = noted(project, officer, awareness={boards[0]: before} if before else {})
    client.force_login(officer)
    opened = client.get(reverse("change", args=[change.pk]))
    set_awareness(change, boards[0], "8 July 2019", by=pmo)
    assert tell(client, change, boards[1], "At the meeting", opened).status_code == 302
    answer = tell(client, change, boards[0], "9 July 2019", opened)
    assert answer.status_code == 409
    (field,) = answer.context["conflict"]["fields"]
    assert (field["theirs"], field["yours"]) == ("8 July 2019", "9 July 2019")
    assert {entry.board: entry.aware_words for entry in change.awareness.all()} == {
        boards[0]: "8 July 2019",
        boards[1]: "At the meeting",
    }
    carried = dict(answer.context["conflict"]["carried"])
    kept = client.post(answer.context["conflict"]["action"], {**carried, f"keep_{field['name']}": "yours"})
    assert kept.status_code == 302
    assert change.awareness.get(board=boards[0]).aware_words == "9 July 2019"


def test_the_awareness_of_an_approved_change_can_still_be_written(client, pmo, submitted, boards):
    client.force_login(pmo)
    where = reverse("change", args=[submitted.pk])
    client.post(
        reverse("change-decide", args=[submitted.pk]),
        {"outcome": "approve", "words": "", "version": submitted.version},
    )
    assert "change-edit" not in client.get(where).content.decode()
    tell(client, submitted, boards[1], "10 July 2019")
    assert submitted.awareness.get().aware_words == "10 July 2019"


def decision_opened(client, change, **answers):
    """The decision on a change as its page would send it."""
    form = client.get(reverse("change", args=[change.pk])).context["decision_form"]
    return {"decided_on": "", **form.initial, **answers}


def test_a_decision_on_words_edited_meanwhile_is_put_beside_them(client, pmo, officer, submitted):
    client.force_login(pmo)
    read = submitted.description
    sent = decision_opened(client, submitted, outcome="approve", words="Agreed as it reads")
    change_change(submitted, {"description": "Something else"}, by=officer)
    answer = client.post(reverse("change-decide", args=[submitted.pk]), sent)
    assert answer.status_code == 409
    too_late = answer.context["too_late"]
    assert too_late["edited"] == [("Description of change", read, "Something else")]
    assert (too_late["theirs"], too_late["yours"]) == (None, "Approve: Agreed as it reads")
    assert not submitted.approvals.exists()
    again = answer.context["decision_form"].initial
    assert again["words"] == "Agreed as it reads"
    client.post(reverse("change-decide", args=[submitted.pk]), {**again, "decided_on": ""})
    assert submitted.approvals.get().words == "Agreed as it reads"


def test_who_decides_second_sees_both_decisions(client, pmo, officer, submitted):
    client.force_login(pmo)
    sent = decision_opened(client, submitted, outcome="reject", words="Too dear")
    decide_change(submitted, by=officer, approve=True, words="Worth it")
    answer = client.post(reverse("change-decide", args=[submitted.pk]), sent)
    assert answer.status_code == 409
    too_late = answer.context["too_late"]
    assert (too_late["theirs"].words, too_late["yours"]) == ("Worth it", "Reject: Too dear")
    page = answer.content.decode()
    assert "this change is approved. " not in page
    assert "this change is approved." in page
    assert "Worth it" in page
    assert "Too dear" in page


def test_a_rejection_says_why(client, pmo, submitted, doors):
    where = reverse("change-decide", args=[submitted.pk])
    client.force_login(pmo)
    answer = client.post(where, {"outcome": "reject", "words": "", "version": submitted.version})
    assert "Say why the change is rejected." in answer.content.decode()
    client.post(where, {"outcome": "reject", "words": "No money", "version": submitted.version})
    submitted.refresh_from_db()
    assert (submitted.state, submitted.decision_reason) == (State.REJECTED, "No money")
    assert finish_of(doors) == "Mar-20"


def test_a_change_edited_after_it_was_read_is_not_decided(client, pmo, officer, submitted, doors):
    read = submitted.version
    change_change(submitted, {"description": "Something else"}, by=officer)
    client.force_login(pmo)
    answer = client.post(
        reverse("change-decide", args=[submitted.pk]), {"outcome": "approve", "words": "Fine by me", "version": read}
    )
    assert answer.status_code == 409
    words = answer.content.decode()
    assert "edited after you opened it" in words
    assert "Fine by me" in words
    assert finish_of(doors) == "Mar-20"


def raised_to(doors, words, officer):
    after = PlanItemBaseline(plan_item=doors)
    after.finish = parse_written_date(words)
    raised = raise_change(
        doors.node,
        by=officer,
        sort=ChangeRequest.Sort.BASELINE,
        item_words=f"To {words}",
        description="x",
        baselines=[after],
    )
    return submit_change(raised, by=officer)


def decide(client, change, outcome="approve", **more):
    change.refresh_from_db()
    return client.post(
        reverse("change-decide", args=[change.pk]),
        {"outcome": outcome, "words": "", "version": change.version, **more},
        follow=True,
    )


def test_a_proposal_overtaken_by_another_is_shown_beside_it_and_based_anew(
    client, pmo, officer, project, submitted, doors
):
    second = raised_to(doors, "Sep-20", officer)
    client.force_login(pmo)
    told = decide(client, submitted).content.decode()
    assert f"Change {second.ref} of New library (awaiting decision) proposes something for" in told
    answer = decide(client, second)
    assert answer.status_code == 409
    (row,) = answer.context["overtaken"][0]["rows"]
    assert (row["based_on"], row["in_force"], row["proposed"]) == ("Mar-20", "Jun-20", "Sep-20")
    assert finish_of(doors) == "Jun-20"
    client.force_login(officer)
    page = client.post(reverse("change-anew", args=[second.pk]), {"version": second.version}, follow=True)
    assert page.context["proposal_forms"][0]["finish"].value() == "Sep-20"
    second.refresh_from_db()
    anew = ChangeRequest.objects.latest("pk")
    assert (second.state, anew.state, anew.description) == (State.WITHDRAWN, State.DRAFT, "x")
    submit_change(anew, by=officer)
    client.force_login(pmo)
    assert decide(client, anew).status_code == 200
    assert finish_of(doors) == "Sep-20"


def test_the_second_of_two_requests_is_told_of_the_first(client, officer, project, submitted, doors):
    picked = {"sort": "baseline", "words": 1, "item": f"milestones-{doors.pk}"}
    client.force_login(officer)
    page = client.get(new(project, **picked))
    assert reverse("change", args=[submitted.pk]) in page.content.decode()
    form = page.context["form"]
    answer = client.post(
        new(project, **picked),
        {
            form.add_prefix("item_words"): "Again",
            form.add_prefix("description"): "y",
            f"milestones-{doors.pk}-finish": "Sep-20",
            "action": "submit",
        },
        follow=True,
    )
    assert (
        f"Change {submitted.ref} of New library (awaiting decision) proposes something for" in answer.content.decode()
    )
    assert [rival["change"] for rival in answer.context["rivals"]] == [submitted]
    page = client.get(reverse("change", args=[submitted.pk]))
    assert [rival["change"].item_words for rival in page.context["rivals"]] == ["Again"]


def test_withdrawing_and_archiving_ask_why(client, officer, project, submitted):
    client.force_login(officer)
    withdraw = reverse("change-withdraw", args=[submitted.pk])
    assert "Say why." in client.post(withdraw, {"reason": ""}).content.decode()
    client.post(withdraw, {"reason": "Found a way"})
    submitted.refresh_from_db()
    assert submitted.state == State.WITHDRAWN
    assert client.get(reverse("change-edit", args=[submitted.pk])).status_code == 302
    answer = client.post(reverse("change-archive", args=[submitted.pk]), {"reason": "Not needed"})
    assert answer.url == record(project)
    submitted.refresh_from_db()
    assert submitted.is_archived


def test_a_drafted_change_is_sent_for_decision(client, officer, project, doors):
    change = raise_change(
        project, by=officer, sort=ChangeRequest.Sort.BASELINE, item_words="x", description="y", baselines=[]
    )
    client.force_login(officer)
    assert "Send for decision" in client.get(reverse("change", args=[change.pk])).content.decode()
    client.post(reverse("change-submit", args=[change.pk]))
    change.refresh_from_db()
    assert change.state == State.SUBMITTED
    answer = client.post(reverse("change-submit", args=[change.pk]), follow=True)
    assert "awaiting decision already" in answer.content.decode()


def test_awareness_set_twice_keeps_one_line(project, officer, boards):
    change = noted(project, officer)
    set_awareness(change, boards[0], "17.7.18", by=officer)
    set_awareness(change, boards[0], "18.7.18", by=officer)
    assert change.awareness.get().aware_words == "18.7.18"


# ---- routes and steps ----


def test_the_sponsor_decides_a_step_of_theirs_and_nobody_else(
    client, organisation, sponsor, pmo, officer, submitted, doors
):
    route = ChangeRoute.objects.create(organisation=organisation, name="Minor")
    ChangeRouteStep.objects.create(organisation=organisation, route=route)
    ChangeRequest.objects.filter(pk=submitted.pk).update(route=route)
    where = reverse("change", args=[submitted.pk])
    for user in (pmo, officer):
        client.force_login(user)
        page = client.get(where)
        assert page.context["decision_form"] is None
        assert decide(client, submitted).status_code == 403
    client.force_login(sponsor)
    page = client.get(where).content.decode()
    assert "1. The project&#x27;s sponsor: waiting" in page
    decide(client, submitted, decided_on="5 August 2019")
    assert finish_of(doors) == "Jun-20"
    assert str(submitted.approvals.get().at.date()) == "2019-08-05"


def test_a_day_to_come_is_no_day_of_a_decision(client, pmo, submitted):
    client.force_login(pmo)
    answer = decide(client, submitted, decided_on="1 January 2090")
    assert "This day has not come yet." in answer.content.decode()
    submitted.refresh_from_db()
    assert submitted.state == State.SUBMITTED


def test_each_step_is_shown_decided_waiting_or_next(client, organisation, pmo, director, submitted, boards):
    route = ChangeRoute.objects.create(organisation=organisation, name="Board, then executive")
    for order, board in enumerate(boards):
        ChangeRouteStep.objects.create(organisation=organisation, route=route, board=board, order=order)
    ChangeRequest.objects.filter(pk=submitted.pk).update(route=route)
    client.force_login(director)
    titles = [event["title"] for event in client.get(reverse("change", args=[submitted.pk])).context["route_events"]]
    assert titles == ["1. Leadership Team: waiting", "2. Executive"]
    client.force_login(pmo)
    page = decide(client, submitted)
    assert "The change now waits for Executive." in page.content.decode()
    assert [event["title"] for event in page.context["route_events"]] == [
        "1. Leadership Team: approved",
        "2. Executive: waiting",
    ]


def test_another_route_is_chosen_with_a_reason(client, organisation, pmo, submitted):
    route = ChangeRoute.objects.create(organisation=organisation, name="Executive")
    where = reverse("change-route", args=[submitted.pk])
    client.force_login(pmo)
    sent = {"route": route.pk, "version": submitted.version, "reason": ""}
    assert "Say why another route" in client.post(where, sent).content.decode()
    page = client.post(where, {**sent, "reason": "Members asked"}, follow=True)
    assert "chose Executive: Members asked" in page.content.decode()


# ---- lines, drafts ----


def test_the_lines_of_a_budget_are_proposed_as_a_table(client, officer, project):
    budget = factories.budget(factories.draft(project)).budget
    picked = {"sort": "baseline", "words": 1, "item": f"budgets-{budget.pk}"}
    client.force_login(officer)
    form = client.get(new(project, **picked)).context["form"]
    lines = f"budgets-{budget.pk}-lines"
    sent = {
        form.add_prefix("item_words"): "Budget",
        form.add_prefix("description"): "More",
        f"budgets-{budget.pk}-amount": "6,000",
        f"{lines}-TOTAL_FORMS": "3",
        f"{lines}-INITIAL_FORMS": "0",
        f"{lines}-0-category": "Capital",
        f"{lines}-0-year": "2019/20",
        f"{lines}-0-amount": "£5,000",
    }
    more = client.post(new(project, **picked), {**sent, "more": f"{lines}-TOTAL_FORMS"})
    assert len(more.context["proposal_forms"][0].lines.forms) == 6
    assert "The lines come to" not in more.content.decode()
    refused = client.post(new(project, **picked), {**sent, f"{lines}-1-year": "2019/21"}).content.decode()
    assert "Write the financial year as 2018/19." in refused
    assert "£5,000" in refused
    refused = client.post(new(project, **picked), sent)
    assert "The lines come to £5,000.00" in refused.content.decode()
    client.post(new(project, **picked), {**sent, f"budgets-{budget.pk}-amount": ""})
    proposal = BudgetBaseline.objects.get(change_request__item_words="Budget")
    assert [(line.category, line.year, line.amount) for line in proposal.lines.all()] == [("Capital", 2019, 5000)]
    where = reverse("change-proposed", args=[proposal.change_request_id])
    page = client.get(where)
    shown = page.context["proposal_forms"][0].lines.forms[0]
    assert (shown["year"].value(), shown["amount"].value()) == ("2019/20", "5000")
    client.post(
        where,
        {**sent, f"budgets-{budget.pk}-amount": "", f"{lines}-INITIAL_FORMS": "1", f"{lines}-0-amount": "7000",
         "version": page.context["change"].version},
    )  # fmt: skip
    assert BudgetBaseline.objects.get(pk=proposal.pk).lines.get().amount == 7000


def test_a_draft_rewritten_by_two_is_read_again_and_nothing_is_lost(client, officer, project, doors):
    after = PlanItemBaseline(plan_item=doors)
    after.finish = parse_written_date("Jun-20")
    raised = raise_change(
        project, by=officer, sort=ChangeRequest.Sort.BASELINE, item_words="x", description="y", baselines=[after]
    )
    read = raised.version
    change_change(raised, {"description": "Theirs"}, by=officer)
    client.force_login(officer)
    answer = client.post(
        reverse("change-proposed", args=[raised.pk]), {f"milestones-{doors.pk}-finish": "Sep-20", "version": read}
    )
    assert answer.status_code == 409
    assert "Sep-20" in answer.content.decode()
    after.refresh_from_db()
    assert after.finish_words == "Jun-20"


# ---- what moved without a note ----


def test_what_the_draft_moves_is_offered_to_be_noted(client, officer, project, organisation):
    july = factories.draft(project)
    amber = factories.status(organisation, "milestone", "Amber")
    row = factories.milestone(july, "Doors open", finish="Mar-20", status=amber)
    draft = factories.draft(project, factories.next_period(factories.approved(project, report=july).period))
    moved = draft.planitemupdate_rows.get()
    change_row(moved, {"status": factories.status(organisation, "milestone", "Green")}, by=officer)
    client.force_login(officer)
    page = client.get(record(project))
    assert [each["token"] for each in page.context["unnoted"]] == [f"milestones-{row.plan_item_id}"]
    picked = {"words": 1, "item": f"milestones-{row.plan_item_id}"}
    form = client.get(new(project, **picked)).context["form"]
    before, after = (form[f"{side}_milestones-{row.plan_item_id}"] for side in ("before", "after"))
    assert (before.value(), after.value()) == ("Status: Amber", "Status: Green")
    client.post(
        new(project, **picked),
        {
            form.add_prefix("item_words"): "Doors open",
            form.add_prefix("description"): "Sooner",
            before.html_name: before.value(),
            after.html_name: after.value(),
        },
    )
    assert ChangeRequest.objects.get().touches.get().report == draft
    assert client.get(record(project)).context["unnoted"] == []


# ---- blanks, versions, the ledger ----


def test_blanks_are_listed_and_narrowed(client, director, project, officer, boards, count_queries):
    noted(project, officer, awareness={boards[0]: "17.7.18"})
    where = reverse("change-blanks", args=[project.organisation.slug, project.slug])
    client.force_login(director)
    page = client.get(where)
    assert [(row["blank"].board, row["age"]) for row in page.context["rows"]] == [(boards[1], "0 days")]
    assert client.get(where, {"board": boards[1].pk, "days": "1"}).context["rows"] == []
    assert "Give a number of days." in client.get(where, {"days": "many"}).content.decode()
    with count_queries() as few:
        client.get(where)
    for _ in range(21):
        noted(project, officer, awareness={boards[0]: "17.7.18"})
    with count_queries() as many:
        assert len(client.get(where).context["rows"]) == 22
    assert len(many) == len(few)


def test_every_version_is_readable_and_any_two_are_compared(client, director, pmo, officer, project, doors):
    for words in ("Jun-20", "Sep-20"):
        decide_change(raised_to(doors, words, officer), by=pmo, approve=True)
    where = reverse("baseline", args=[project.organisation.slug, project.slug, "milestones", doors.pk])
    client.force_login(director)
    page = client.get(where)
    assert [row["version"].number for row in page.context["versions"]] == [3, 2, 1]
    assert [row["by"] for row in page.context["versions"]] == [pmo, pmo, factories.system_user()]
    (told,) = page.context["differences"]
    assert (told.before, told.after, told.by) == ("Jun-20", "Sep-20", "92 days later")
    (told,) = client.get(where, {"from": "1", "to": "3"}).context["differences"]
    assert (told.before, told.after, told.by) == ("Mar-20", "Sep-20", "183 days later")
    assert client.get(where, {"from": "nonsense"}).status_code == 200
    assert client.get(where.replace("milestones", "nonsense")).status_code == 404


def test_the_baselines_of_a_node_cost_the_same_however_many(client, director, project, count_queries):
    def held(number):
        item = factories.milestone(factories.draft(project), f"Door {number}").plan_item
        baseline = PlanItemBaseline(organisation=project.organisation, plan_item=item)
        baseline.finish = parse_written_date("Mar-20")
        set_first_baseline(baseline, by=factories.system_user())

    held(0)
    held(1)
    where = reverse("baselines", args=[project.organisation.slug, project.slug])
    client.force_login(director)
    client.get(where)
    with count_queries() as few:
        assert len(client.get(where).context["groups"][0]["rows"]) == 2
    for number in range(2, 22):
        held(number)
    with count_queries() as many:
        assert len(client.get(where).context["groups"][0]["rows"]) == 22
    assert len(many) == len(few)


def test_the_ledger_is_a_page_and_a_file(client, director, reader, pmo, officer, project, doors):
    decide_change(raised_to(doors, "Jun-20", officer), by=pmo, approve=True)
    PlanItem.objects.filter(pk=doors.pk).update(title="=Doors")
    where = reverse("ledger", args=[project.organisation.slug, project.slug])
    client.force_login(director)
    page = client.get(where)
    assert page.context["totals"] == {"moves": 1, "items": 1, "unrequested": 0}
    assert "91 days later" in page.content.decode()
    heads, line = client.get(where, {"format": "csv"}).content.decode().splitlines()
    assert heads.startswith("Project,Milestone,What moved")
    assert line.split(",")[1:3] == ["'=Doors", "Baseline"]
    assert "Mar-20,Jun-20,91" in line
    client.force_login(reader)
    assert client.get(where).status_code == 403
