"""The least valid rows; what matters to a test appears in the test."""

from datetime import date, timedelta
from unittest.mock import patch

from django.db.models import F

from pmo_portal.accounts.models import User
from projects.actions.nodes import add_node
from projects.actions.organisations import found_organisation
from projects.actions.proposals import propose, ratings_to_explain
from projects.actions.reports import approve_report, open_draft, publish_report, start_series, submit_report
from projects.actions.rows import add_row, change_row
from projects.models import (
    BenefitUpdate,
    Board,
    Budget,
    BudgetPosition,
    Calendar,
    DimensionRating,
    Grant,
    NodeKind,
    Organisation,
    Period,
    PlanItemUpdate,
    Post,
    Report,
    ReportTemplate,
    RiskAssessment,
    Status,
    Tier,
)
from projects.permissions import top_node
from projects.rules.dates import parse_written_date

PASSWORD = "correct-horse-battery-staple"


def council(name="Westshire Council", slug="westshire", clock_on=date(2019, 8, 6), **settings) -> Organisation:
    return found_organisation(name=name, slug=slug, clock_on=clock_on, **settings)


def system_user() -> User:
    """Whoever sets things up where a test does not care who did."""
    return User.objects.filter(email="system@example.org").first() or User.objects.create_user(
        email="system@example.org", post="System", is_active=False
    )


def person(email, organisation, role=None, node=None, **fields) -> User:
    fields.setdefault("post", f"{(role or 'someone').capitalize()} of {organisation.short_name or organisation.name}")
    user = User.objects.create_user(email=email, password=PASSWORD, **fields)
    if role:
        grant(user, organisation, role, node)
    return user


def grant(user, organisation, role, node=None, **fields) -> Grant:
    return Grant.objects.create(
        organisation=organisation, user=user, node=node or top_node(organisation), role=role, **fields
    )


def project(organisation, slug="library", title="New library", parent=None, with_series=True, **fields):
    """A project reporting monthly on the organisation's default template."""
    node = add_node(
        parent=parent or top_node(organisation),
        kind=fields.pop("kind", NodeKind.PROJECT),
        slug=slug,
        title=title,
        by=system_user(),
        **fields,
    )
    if with_series:
        start_series(
            node,
            ReportTemplate.objects.get(organisation=organisation, slug="highlight"),
            Calendar.objects.filter(organisation=organisation).first(),
            by=system_user(),
        )
    return node


def period(organisation, as_at_on=date(2019, 7, 31)) -> Period:
    """The month that ends at `as_at_on`, made if the calendar lacks it."""
    calendar = Calendar.objects.filter(organisation=organisation).first()
    existing = calendar.periods.filter(starts_on__lte=as_at_on, ends_on__gte=as_at_on).first()
    return existing or Period.objects.create(
        organisation=organisation,
        calendar=calendar,
        slug=f"{as_at_on:%Y-%m}",
        label=f"{as_at_on:%B %Y}",
        starts_on=as_at_on.replace(day=1),
        ends_on=as_at_on,
        as_at_on=as_at_on,
    )


def next_period(earlier: Period) -> Period:
    month_after = (earlier.ends_on + timedelta(days=40)).replace(day=1)
    return period(earlier.organisation, month_after - timedelta(days=1))


def draft(node, period_=None, by=None) -> Report:
    """An open draft with its overall status chosen, so that it can be submitted."""
    report = open_draft(node.headline_series, period_ or period(node.organisation), by=by or system_user())
    rating = DimensionRating.objects.filter(report=report, dimension__is_overall=True, status=None).first()
    if rating:
        rating.status = Status.objects.filter(scheme=rating.dimension.scheme, kind="on_track").first()
        rating.save()
    return report


def approved(node, period_=None, report=None) -> Report:
    """A report brought to its approval, its statuses explained; the rules are asked once instead of at each step."""
    with patch("projects.actions.reports.propose"):
        report = report or draft(node, period_)
        propose(report)
        for rating in ratings_to_explain(report):
            change_row(rating, {"chosen_because": "The board agreed it"}, by=system_user())
        return approve_report(submit_report(report, by=system_user()), by=system_user())


def published(node, period_=None, report=None) -> Report:
    return publish_report(approved(node, period_, report), by=system_user())


def status(organisation, subject, label) -> Status:
    return Status.objects.get(organisation=organisation, scheme__subject=subject, label=label, is_archived=False)


def milestone(report, title="Doors open", finish="Mar-20", **fields) -> PlanItemUpdate:
    finish_columns = PlanItemUpdate.finish.values(parse_written_date(finish))
    return add_row(
        report,
        PlanItemUpdate,
        by=system_user(),
        identity={"kind": "milestone"},
        title=title,
        **finish_columns,
        **fields,
    )


def risk(report, title="Roof leaks", **fields) -> RiskAssessment:
    return add_row(report, RiskAssessment, by=system_user(), identity={}, title=title, **fields)


def benefit(report, title="More visitors", **fields) -> BenefitUpdate:
    return add_row(report, BenefitUpdate, by=system_user(), identity={}, title=title, **fields)


def budget(report, layout=Budget.Layout.FORECAST, **pounds) -> BudgetPosition:
    return add_row(
        report,
        BudgetPosition,
        by=system_user(),
        identity={"layout": layout},
        title="Project budget",
        layout=layout,
        **pounds,
    )


def tier(organisation, code="gold", **fields) -> Tier:
    return Tier.objects.create(organisation=organisation, code=code, label=fields.pop("label", code.upper()), **fields)


def post(organisation, title="Head of Service", **fields) -> Post:
    return Post.objects.create(organisation=organisation, title=title, **fields)


def publish(node) -> Report:
    """Let readers see the newest approved report of a node."""
    return publish_report(Report.objects.get(node=node, series__current=F("pk")), by=system_user())


def board(organisation, name="Executive", **fields) -> Board:
    return Board.objects.create(organisation=organisation, name=name, **fields)
