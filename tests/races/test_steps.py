"""Steps that must happen once, taken by four people at the same moment through a real server."""

from collections import Counter
from itertools import count, cycle

from django.urls import reverse

from projects.actions.change_control import raise_change, set_first_baseline, submit_change
from projects.actions.reports import submit_report
from projects.imports.apply import keep_import
from projects.imports.plan import plan_workbook
from projects.models import (
    ChangeApproval,
    ChangeRequest,
    Import,
    Narrative,
    PlanItemBaseline,
    Report,
    ReportEvent,
)
from projects.rules.dates import parse_written_date
from tests import factories
from tests.projects.imports.record import workbook

TIMES = 5  # each step is raced


def test_what_happens_once(crowd, tmp_path):
    made = (factories.project(crowd.organisation, slug=f"project-{number}") for number in count())
    reports_become_each_state_once(crowd, made)
    edits_meet_steps(crowd, made)
    changes_are_decided_once(crowd, made)
    drafts_are_opened_once_by_edits_of_a_register(crowd, made)
    workbooks_are_brought_in_once(crowd, workbook(tmp_path))


def all_send(crowd, address, **answers):
    """Everybody sends the same; the answers, none of them an error of the server."""
    given = crowd.send_together(address, dict.fromkeys(crowd.people, answers))
    assert {answer.status for answer in given.values()} <= {302, 409}
    return list(given.values())


def became(report):
    """How often the report came into each state."""
    return Counter(ReportEvent.objects.filter(report=report).values_list("to_state", flat=True))


def reports_become_each_state_once(crowd, made):
    for _ in range(TIMES):
        node = next(made)
        period = factories.period(crowd.organisation)
        opened = all_send(crowd, reverse("report-open", args=[crowd.organisation.slug, node.slug]), period=period.slug)
        report = Report.objects.get(node=node)
        assert {answer.location for answer in opened} == {reverse("report-edit", args=[report.pk])}
        factories.draft(node, period)  # with the answer that it cannot be handed in without
        for step in ("submit", "approve", "publish"):
            all_send(crowd, reverse(f"report-{step}", args=[report.pk]))
        assert became(report) == {"draft": 1, "submitted": 1, "approved": 1, "published": 1}
        all_send(crowd, reverse("report-correct", args=[report.pk]), reason="A figure was wrong")
        assert sorted(Report.objects.filter(node=node).values_list("revision", "state")) == [
            (report.revision, "published"),
            (report.revision + 1, "draft"),
        ]


def edits_meet_steps(crowd, made):
    """What is said to be saved is in the report, what is said to be refused is not, whichever came first."""
    editor, first, second, third = crowd.people
    for number in range(TIMES * 3):
        report = factories.draft(next(made))
        if number % 3 == 1:
            submit_report(report, by=factories.system_user())
        address = reverse("report-edit-section", args=[report.pk, "commentary"])
        box = f"narrative-{Narrative.objects.get(report=report, section='commentary').pk}"
        typed = {f"{box}-version": "1", f"{box}-typed": "{}", f"{box}-text": "Mine"}
        steps = [("submit", "approve", "approve"), ("pull-back", "approve", "approve"), ("discard", "submit", "submit")]
        acts = {editor: lambda person, address=address, typed=typed: person.send(address, typed)}
        for person, step in zip((first, second, third), steps[number % 3], strict=True):
            path = reverse(f"report-{step}", args=[report.pk])
            acts[person] = lambda person, path=path: person.send(path, {})
        answers = crowd.together(acts)
        assert {answer.status for answer in answers.values()} <= {302, 404}
        kept = Narrative.objects.filter(report_id=report.pk, section="commentary").first()
        if kept is None:
            assert (number % 3, became(report)) == (2, {})
            continue
        is_saved = answers[editor].location == address
        assert kept.text == ("Mine" if is_saved else "")
        steps_taken = became(report)
        assert steps_taken["approved"] <= 1
        if number % 3 == 1:  # pulled back or approved, never both
            assert steps_taken["approved"] + steps_taken["draft"] - 1 == 1
            assert steps_taken["draft"] == 2 or not is_saved


def held_to(item, finish):
    baseline = PlanItemBaseline(organisation_id=item.organisation_id, plan_item=item)
    baseline.finish = parse_written_date(finish)
    return baseline


def proposed(item, finish):
    """A change of the milestone's baseline that awaits its decision."""
    change = raise_change(
        item.node,
        by=factories.system_user(),
        sort=ChangeRequest.Sort.BASELINE,
        item_words="Doors",
        description="Later",
        baselines=[held_to(item, finish)],
    )
    return submit_change(change, by=factories.system_user())


def changes_are_decided_once(crowd, made):
    for number in range(TIMES * 2):
        item = factories.milestone(factories.draft(next(made))).plan_item
        set_first_baseline(held_to(item, "Mar-20"), by=None)
        is_one = number % 2 == 0
        days = ["Jun-20"] if is_one else ["1 Jun 2020", "2 Jun 2020", "3 Jun 2020", "4 Jun 2020"]
        changes = [proposed(item, day) for day in days]
        acts = {}
        for person, change in zip(crowd.people, cycle(changes), strict=False):
            form = person.open(reverse("change", args=[change.pk])).form("words")
            said = form | {"outcome": "approve", "words": f"Agreed by {person.user.post}"}
            path = reverse("change-decide", args=[change.pk])
            acts[person] = lambda person, path=path, said=said: person.send(path, said)
        answers = crowd.together(acts)
        assert {answer.status for answer in answers.values()} <= {302, 409}
        assert ChangeApproval.objects.filter(change_request__in=changes).count() == 1
        states = Counter(ChangeRequest.objects.filter(node=item.node).values_list("state", flat=True))
        assert states == ({"approved": 1} if is_one else {"approved": 1, "submitted": 3})
        in_force = PlanItemBaseline.objects.in_force().get(plan_item=item)
        assert in_force.change_request.state == "approved"


def drafts_are_opened_once_by_edits_of_a_register(crowd, made):
    for _ in range(TIMES):
        node = next(made)
        place = (crowd.organisation.slug, node.slug)
        report = factories.draft(node)
        rows = [factories.milestone(report, title=f"Milestone {number}") for number in range(4)]
        factories.approved(node, report=report)
        factories.next_period(report.period)
        acts = {}
        for person, row in zip(crowd.people, rows, strict=True):
            path = reverse("register-item-edit", args=[*place, "milestones", row.plan_item_id])
            said = person.open(path).form("row-comment") | {"row-comment": f"By {person.user.post}"}
            acts[person] = lambda person, path=path, said=said: person.send(path, said)
        assert {answer.status for answer in crowd.together(acts).values()} == {302}
        (draft,) = Report.objects.filter(node=node, state="draft")
        assert sorted(draft.planitemupdate_rows.values_list("comment", flat=True)) == sorted(
            f"By {person.user.post}" for person in crowd.people
        )


def workbooks_are_brought_in_once(crowd, path):
    """By four people from one preview, and from four previews of the same workbook."""
    organisation = crowd.organisation
    plan = plan_workbook(path, organisation)
    kept = [keep_import(path, plan, organisation=organisation, by=crowd.people[0].user) for _ in range(4)]
    rows = [row.key for row in plan.rows]
    for imports in ([kept[0]] * 4, kept):
        acts = {}
        for person, imported in zip(crowd.people, imports, strict=True):
            address = reverse("import-apply", args=[imported.pk])
            acts[person] = lambda person, address=address: person.send(address, {"bring": rows})
        answers = crowd.together(acts)
        assert {answer.status for answer in answers.values()} <= {302, 409, 422}
        assert Counter(Import.objects.values_list("state", flat=True)) == {"applied": 1, "previewed": 3}
        assert Report.objects.filter(node__slug="homelessness").count() == 1
