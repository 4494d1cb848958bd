"""A scorecard of any council: its rows, its registers, and what it costs to draw."""

from datetime import date

import pytest

from projects.actions.rows import add_row
from projects.models import (
    Node,
    NodeKind,
    PlanItemUpdate,
    ResourcePosition,
    Status,
    StatusScheme,
    Tranche,
)
from reporting.drawing import Reader, build_document
from reporting.scorecard import scorecard_of
from tests import factories

pytestmark = pytest.mark.django_db
STAFF = Reader(only_published=False, sees_exempt=True)
READER = Reader(only_published=True, sees_exempt=False)


@pytest.fixture
def programme(organisation):
    """A programme with a workstream, both with an approved report of July."""
    node = factories.project(organisation, slug="change", title="Change", kind=NodeKind.PROGRAMME)
    Tranche.objects.create(organisation=organisation, node=node, name="First", order=1)
    workstream(node, "people")
    factories.published(node)
    return node


def workstream(programme, slug, **fields):
    node = factories.project(
        programme.organisation, slug=slug, title=slug.capitalize(), parent=programme, kind=NodeKind.WORKSTREAM, **fields
    )
    factories.published(node)
    return node


def drawn(programme, reader):
    return build_document("scorecard", Node.objects.get(pk=programme.pk), reader)


def rows(built):
    return next(each for each in built.sections if each.content and hasattr(each.content, "group_headings")).content


def titles(built):
    return [row["title"] for row in rows(built).rows]


def test_a_row_for_the_report_and_one_for_each_below(programme):
    workstream(programme, "money")
    assert titles(drawn(programme, STAFF)) == ["Change", "People", "Money"]


def test_what_stood_on_its_day_is_printed_whatever_comes_later(programme):
    people = programme.children.get()
    august = factories.draft(people, factories.period(programme.organisation, date(2019, 8, 31)))
    worse = Status.objects.get(organisation=programme.organisation, scheme__slug="rag", label="Red")
    august.dimensionrating_rows.filter(dimension__is_overall=True).update(status=worse)
    factories.published(people, report=august)
    Node.objects.filter(pk=people.pk).update(is_archived=True)
    built = drawn(programme, STAFF)
    assert titles(built) == ["Change", "People"]
    assert "Red" not in str(rows(built))


def test_readers_see_published_reports_alone(programme):
    money = factories.project(programme.organisation, slug="money", title="Money", parent=programme)
    factories.approved(money)
    assert titles(drawn(programme, STAFF)) == ["Change", "People", "Money"]
    assert titles(drawn(programme, READER)) == ["Change", "People"]


def test_drawing_costs_the_same_however_many_workstreams(programme, count_queries):
    with count_queries() as one:
        drawn(programme, STAFF)
    for number in range(10):
        workstream(programme, f"stream-{number}")
    with count_queries() as eleven:
        drawn(programme, STAFF)
    assert len(eleven) == len(one)


def test_registers_are_counted_by_kind_tranche_and_status(programme):
    organisation = programme.organisation
    people = programme.children.get()
    first = Tranche.objects.get()
    scheme = StatusScheme.objects.create(organisation=organisation, name="People", slug="adq", subject="adequacy")
    short = Status.objects.create(
        organisation=organisation, scheme=scheme, label="Short", code="S", shape="octagon", colour="red",
        kind="off_track",
    )  # fmt: skip
    report = factories.draft(people, factories.period(organisation, date(2019, 8, 31)))
    by = factories.system_user()
    add_row(report, ResourcePosition, by=by, title="Payroll", adequacy=short)
    green = factories.status(organisation, "milestone", "Green")
    for title, theme, tranche in (("A", "Payroll", first), ("B", "Payroll", None), ("C", "Other", first)):
        about = {"kind": "product", "theme": theme, "tranche": tranche}
        row = add_row(report, PlanItemUpdate, by=by, identity=about, title=title, status=green)
        PlanItemUpdate.objects.filter(pk=row.pk).update(marks=row.marks_with_theme(theme))
    factories.milestone(report, "D", "Mar-20")
    factories.published(people, report=report)
    newest = factories.draft(programme, factories.period(organisation, date(2019, 8, 31)))
    registers = scorecard_of(newest, published=False, sees_exempt=True, day=date(2019, 9, 1)).registers
    assert registers.number_of(("product",)) == 3
    assert registers.number_of(("product",), ("on_track",), "First") == 2
    assert registers.number_of(("milestone",)) == 1
    assert registers.number_unrated(("milestone",)) == 1
    assert registers.products_short_of_people() == 2
    assert registers.products_short_of_people("First") == 1
    assert (registers.items_kept_by, registers.positions_kept_by, registers.of) == (1, 1, 2)
