"""Several people save at once, through a real server: one wins, the others are shown both texts, nothing is lost.

More than two thousand saves are raced on each database.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

from auditlog.models import LogEntry
from django.urls import reverse

from projects.actions.change_control import raise_change
from projects.actions.committees import add_meeting, add_section, create_committee_report
from projects.models import Narrative, Status
from projects.permissions import top_node
from tests import factories
from tests.races.conftest import PEOPLE

# Of each target; in a round of four people nine saves meet: four, then the three that lost, then two. A save into a
# report, a paper or what a report is built of costs the server two or three times what a save of a plain row does.
ROUNDS, ROUNDS_OF_PLAIN_ROWS = 6, 52
ROUNDS_SIDE_BY_SIDE = 30
LOST = "Not saved: somebody else had saved it meanwhile"


@dataclass(frozen=True)
class Target:
    """A text that several people change: the row it stands in, the form it is changed with and its box there."""

    row: object
    column: str
    address: str
    box: str


def of_record(row, column, address, prefix) -> Target:
    return Target(row, column, address, f"{prefix}-{row.pk}-{column}")


def in_reports(organisation):
    """Texts of a draft: a row, the report's own columns, a row on its register's page, what a milestone is."""
    report = factories.draft(factories.project(organisation, slug="reported"))
    milestone = factories.milestone(report)
    commentary = Narrative.objects.get(report=report, section="commentary")
    item = (organisation.slug, report.node.slug, "milestones", milestone.plan_item.pk)
    return [
        of_record(commentary, "text", reverse("report-edit-section", args=[report.pk, "commentary"]), "narrative"),
        of_record(report, "stage_words", reverse("report-edit-section", args=[report.pk, "project-detail"]), "report"),
        Target(milestone, "comment", reverse("register-item-edit", args=item), "row-comment"),
        of_record(milestone.plan_item, "theme", reverse("register-item-about", args=item), "about"),
    ]


def beside_reports(organisation):
    """Texts of a committee report, and of what reports are built of."""
    system = factories.system_user()
    node = factories.project(organisation, slug="changed")
    meeting = add_meeting(factories.board(organisation), datetime(2019, 9, 4, 18, 30, tzinfo=UTC), by=system)
    cover = create_committee_report(
        node=top_node(organisation),
        meeting=meeting,
        slug="executive",
        heading="Report",
        subject="Projects",
        report_of="Director",
        by=system,
    )
    section = add_section(cover, heading="Purpose", by=system)
    on_cover = reverse("committee-report-edit", args=[organisation.slug, cover.slug])
    status = Status.objects.filter(organisation=organisation).first()
    org = organisation.slug
    return [
        of_record(cover, "subject", on_cover, "header"),
        of_record(section, "text", on_cover, "section"),
        Target(status, "definition", reverse("settings-statuses-change", args=[org, status.pk]), "definition"),
        Target(node, "title", reverse("settings-node-change", args=[org, node.slug]), "title"),
    ]


def of_plain_rows(organisation):
    """Texts that stand alone: of a change request, of the council itself and of a board."""
    node = factories.project(organisation, slug="changing")
    change = raise_change(node, by=factories.system_user(), item_words="Doors", description="Moved")
    board = factories.board(organisation, name="Cabinet")
    org = organisation.slug
    return [
        of_record(change, "description", reverse("change-edit", args=[change.pk]), "change"),
        Target(organisation, "accessible_formats", reverse("settings-organisation", args=[org]), "accessible_formats"),
        Target(board, "name", reverse("settings-boards-change", args=[org, board.pk]), "name"),
    ]


def test_one_of_many_saves_wins_and_the_others_choose(crowd):
    organisation = crowd.organisation
    targets = [(target, ROUNDS) for target in (*in_reports(organisation), *beside_reports(organisation))]
    targets += [(target, ROUNDS_OF_PLAIN_ROWS) for target in of_plain_rows(organisation)]
    for target, rounds in targets:
        first = version_of(target)
        outcomes = [race(crowd, target, number) for number in range(rounds)]
        won = [text for winners, _ in outcomes for text in winners]
        lost = [text for _, losers in outcomes for text in losers]
        assert (len(won), len(lost)) == (rounds * (PEOPLE - 1), rounds * 6)
        assert version_of(target) - first == len(won)
        assert_trail_holds(target, won, lost)


def race(crowd, target, number):
    """Four people change the text they all read, and whoever loses insists, until one is left, who gives in.

    The texts that were saved, in their order, and those that were not, once for each time they were refused.
    """
    opened = crowd.people[number % PEOPLE].open(target.address).form(target.box)
    mine = {person: f"{person.user.post}, round {number}" for person in crowd.people}
    waiting = {person: opened | {target.box: mine[person]} for person in crowd.people}
    won, lost = [], []
    while len(waiting) > 1:
        version = version_of(target)
        answers = crowd.send_together(target.address, waiting)
        assert Counter(answer.status for answer in answers.values()) == {302: 1, 409: len(waiting) - 1}, target
        won.append(next(mine[person] for person, answer in answers.items() if answer.status == 302))
        assert (text_of(target), version_of(target)) == (won[-1], version + 1)
        losers = {person: answer for person, answer in answers.items() if answer.status == 409}
        lost += [mine[person] for person in losers]
        for person, answer in losers.items():
            assert {escape(won[-1]), escape(mine[person])} <= set(texts_of(answer.page)), target
        waiting = {
            person: answer.form(target.box) | {f"keep_{target.box}": "yours"} for person, answer in losers.items()
        }
    ((last, answers),) = waiting.items()
    assert last.send(target.address, answers | {f"keep_{target.box}": "theirs"}).status == 302
    assert text_of(target) == won[-1]
    return won, lost


def texts_of(page):
    """The texts between which a page of both asks to choose."""
    return [part.partition("</p>")[0] for part in page.split("</h3><p>")[1:]]


def text_of(target):
    return type(target.row).objects.values_list(target.column, flat=True).get(pk=target.row.pk)


def version_of(target):
    return type(target.row).objects.values_list("version", flat=True).get(pk=target.row.pk)


def assert_trail_holds(target, won, lost):
    """Each text saved follows on the one before; each refused is there as often as it was refused."""
    lines = LogEntry.objects.get_for_object(target.row).filter(action=LogEntry.Action.UPDATE).order_by("pk")
    saved, refused = [], []
    for line in lines:
        if target.column in line.changes:
            is_lost = (line.additional_data or {}).get("reason") == LOST
            (refused if is_lost else saved).append(line.changes[target.column])
    saved = saved[-len(won) :]
    assert [after for _, after in saved] == won
    assert [before for before, _ in saved[1:]] == won[:-1]
    assert Counter(after for _, after in refused) == Counter(lost)


def test_saves_that_do_not_touch_each_other_are_all_kept(crowd):
    """Different rows of a section, and different answers of a row: everybody's text is saved, whoever was first."""
    report = factories.draft(factories.project(crowd.organisation, slug="shared"))
    rows = [factories.milestone(report, title=f"Milestone {number}") for number in range(PEOPLE)]
    address = reverse("report-edit-section", args=[report.pk, "milestones"])
    boxes_of_rows = [f"planitemupdate-{row.pk}-comment" for row in rows]
    boxes_of_a_row = [
        f"planitemupdate-{rows[0].pk}-{name}" for name in ("comment", "interdependencies", "ref", "title")
    ]
    for boxes in (boxes_of_rows, boxes_of_a_row):
        for number in range(ROUNDS_SIDE_BY_SIDE):
            opened = crowd.people[0].open(address).form(boxes[0])
            said = {box: f"{person.user.post}, {number}" for person, box in zip(crowd.people, boxes, strict=True)}
            sent = {person: opened | {box: said[box]} for person, box in zip(crowd.people, boxes, strict=True)}
            answers = crowd.send_together(address, sent)
            assert {answer.status for answer in answers.values()} == {302}
            now = crowd.people[0].open(address).form(boxes[0])
            assert {box: now[box] for box in boxes} == said
    lines = LogEntry.objects.get_for_objects(type(rows[0]).objects.filter(report=report))
    assert not [line for line in lines if (line.additional_data or {}).get("reason") == LOST]
    # Each row was made, and changed by one person in each of the first rounds; the first by all in the others too.
    for row in rows:
        row.refresh_from_db()
    assert [row.version for row in rows] == [1 + ROUNDS_SIDE_BY_SIDE * 5, *[1 + ROUNDS_SIDE_BY_SIDE] * 3]
