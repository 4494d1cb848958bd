"""Change control: requests, the routes they take, who was made aware, and baselines they move."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from projects.models.base import Exemptable, Owned, Versioned, WrittenDateField
from projects.models.people import node_filter, open_to
from projects.models.reports import ReportRow
from projects.rules.access import Permission


class BaselineIsInForce(Exception):
    """A baseline that has been approved is read-only; it moves by a change request."""


class BaselineQuerySet(models.QuerySet):
    def _refuse_approved(self):
        if self.exclude(in_force_from=None).exists():
            raise BaselineIsInForce("An approved baseline cannot be changed; raise a change request.")

    def update(self, **changes):
        if set(changes) - {"in_force_to", "state"}:
            self._refuse_approved()
        return super().update(**changes)

    def delete(self):
        self._refuse_approved()
        return super().delete()

    def in_force(self):
        return self.filter(state=Baseline.State.IN_FORCE)


class Baseline(Owned):
    """A version of what a thing is held to. The first approval freezes it; a later one replaces it.

    A proposed row is the item of a change request: before is `based_on`, after is this row.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        IN_FORCE = "in_force", "In force"
        SUPERSEDED = "superseded", "Superseded"
        REJECTED = "rejected", "Rejected"

    number = models.PositiveIntegerField("version", default=1)
    label = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=20, choices=State, default=State.PROPOSED)
    based_on = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="replacements")
    change_request = models.ForeignKey(
        "projects.ChangeRequest", null=True, blank=True, on_delete=models.PROTECT, related_name="%(class)s_items"
    )
    in_force_from = models.DateTimeField(null=True, blank=True)
    in_force_to = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    identity_field = None

    objects = BaselineQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["number", "pk"]

    def __str__(self):
        return self.label or f"Version {self.number}"


class BaselineLineQuerySet(models.QuerySet):
    def _refuse_approved(self):
        if self.exclude(baseline__in_force_from=None).exists():
            raise BaselineIsInForce("The lines of an approved baseline cannot be changed; raise a change request.")

    def update(self, **changes):
        self._refuse_approved()
        return super().update(**changes)

    def delete(self):
        self._refuse_approved()
        return super().delete()


class BaselineLine(Owned):
    """A line of a baseline; its table has a foreign key named `baseline`."""

    order = models.PositiveIntegerField(default=0)

    objects = BaselineLineQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["order", "pk"]


class NodeBaseline(Baseline):
    """A project's tier, dates, scope and team as agreed; the versions of its PID."""

    node = models.ForeignKey("projects.Node", on_delete=models.PROTECT, related_name="baselines")
    tier = models.ForeignKey("projects.Tier", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    start = WrittenDateField("start date", side="earliest")
    finish = WrittenDateField("finish date")
    scope = models.TextField(blank=True)
    team_size = models.PositiveIntegerField(null=True, blank=True)
    document_on = WrittenDateField("date of the document")
    author_words = models.CharField("author (post)", max_length=300, blank=True)
    signed_off = WrittenDateField("signed off")

    identity_field = "node"


class NodeBaselineSection(BaselineLine):
    """A section of a PID version."""

    baseline = models.ForeignKey(NodeBaseline, on_delete=models.CASCADE, related_name="sections")
    key = models.SlugField(max_length=60)
    heading = models.CharField(max_length=200)
    text = models.TextField(blank=True)


class ChangeRoute(Owned, Versioned):
    """Who must decide a change, by what it touches."""

    name = models.CharField(max_length=120)
    applies_to = models.TextField("what it touches", blank=True)
    rule = models.JSONField(default=dict, blank=True)
    order = models.PositiveSmallIntegerField(default=0)
    is_archived = models.BooleanField(default=False)

    class Meta:
        ordering = ["order", "pk"]

    def __str__(self):
        return self.name


class ChangeRouteStep(Owned):
    """Who decides next on a route: a board, a post or, where it names neither, the project's own sponsor."""

    route = models.ForeignKey(ChangeRoute, on_delete=models.CASCADE, related_name="steps")
    board = models.ForeignKey("projects.Board", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    post = models.ForeignKey("projects.Post", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "pk"]

    def __str__(self):
        return str(self.board or self.post or "The project's sponsor")


class ChangeRequestQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Requests on nodes of `user`'s working record, less exempt ones they may not see.

        Readers see change control only as a published report prints it.
        """
        return self.filter(node_filter(user, Permission.VIEW_RECORD, "node__")).filter(open_to(user, "", "node__"))


class ChangeRequest(Owned, Versioned, Exemptable):
    """A change asked for (baseline) or noted (logged); it may touch many items or none."""

    class Sort(models.TextChoices):
        BASELINE = "baseline", "Change to a baseline"
        LOGGED = "logged", "Change noted"

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        SUBMITTED = "submitted", "Awaiting decision"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"
        WITHDRAWN = "withdrawn", "Withdrawn"
        NOTED = "noted", "Noted"

    node = models.ForeignKey("projects.Node", on_delete=models.PROTECT, related_name="change_requests")
    sort = models.CharField(max_length=20, choices=Sort, default=Sort.LOGGED)
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT)
    ref = models.CharField(max_length=40, blank=True)
    item_words = models.TextField("item amended")
    description = models.TextField("description of change")
    justification = models.TextField(blank=True)
    financial_implications = models.TextField(blank=True)
    route = models.ForeignKey(ChangeRoute, null=True, blank=True, on_delete=models.PROTECT, related_name="requests")
    route_because = models.JSONField("why this route", default=list, blank=True, editable=False)
    affects_service_or_policy = models.BooleanField("has an impact on service or policy", default=False)
    report = models.ForeignKey(
        "projects.Report", null=True, blank=True, on_delete=models.PROTECT, related_name="change_requests"
    )
    raised_at = models.DateTimeField(default=timezone.now)
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decision_reason = models.TextField(blank=True)
    order = models.PositiveIntegerField(default=0)
    marks = models.JSONField(default=dict, blank=True)
    is_archived = models.BooleanField(default=False)

    objects = ChangeRequestQuerySet.as_manager()

    class Meta:
        ordering = ["node", "order", "pk"]

    def __str__(self):
        return self.item_words


class ChangeTouch(Owned):
    """An item that a logged change touches, and the report that made the move.

    Exactly one item is named (typed keys, no generic ones). Baseline changes name theirs
    through the proposed baseline rows instead.
    """

    change_request = models.ForeignKey(ChangeRequest, on_delete=models.CASCADE, related_name="touches")
    plan_item = models.ForeignKey(
        "projects.PlanItem", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    risk = models.ForeignKey("projects.Risk", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    issue = models.ForeignKey("projects.Issue", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    benefit = models.ForeignKey("projects.Benefit", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    budget = models.ForeignKey("projects.Budget", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    report = models.ForeignKey("projects.Report", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    field = models.CharField(max_length=60, blank=True)
    before_words = models.CharField(max_length=300, blank=True)
    after_words = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name_plural = "change touches"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(plan_item__isnull=False)
                | models.Q(risk__isnull=False)
                | models.Q(issue__isnull=False)
                | models.Q(benefit__isnull=False)
                | models.Q(budget__isnull=False),
                name="change_touch_names_an_item",
            )
        ]


class ChangeAwareness(Owned, Versioned):
    """When a board became aware of a change, in words and as a date; blank is chased."""

    change_request = models.ForeignKey(ChangeRequest, on_delete=models.CASCADE, related_name="awareness")
    board = models.ForeignKey("projects.Board", on_delete=models.PROTECT, related_name="+")
    aware = WrittenDateField("aware")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["change_request", "board"], name="board_aware_once")]


class ChangeApproval(Owned):
    """A step of the route decided."""

    change_request = models.ForeignKey(ChangeRequest, on_delete=models.CASCADE, related_name="approvals")
    step = models.ForeignKey(ChangeRouteStep, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    board = models.ForeignKey("projects.Board", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    is_approval = models.BooleanField(default=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    words = models.TextField(blank=True)


class ChangeLine(ReportRow):
    """A change as the report printed it; `title` is the item amended.

    `awareness` is one entry a column: [{"heading": "Date LT aware", "words": "17.7.18"}].
    """

    change_request = models.ForeignKey(ChangeRequest, on_delete=models.PROTECT, related_name="lines")
    description = models.TextField(blank=True)
    justification = models.TextField(blank=True)
    financial_implications = models.TextField(blank=True)
    awareness = models.JSONField(default=list)

    identity_field = "change_request"


class ProposedChange(ReportRow):
    """A change that a report proposes, as it printed it; the request itself goes on in change control."""

    class About(models.TextChoices):
        PLAN = "plan", "To the initiation document or the plan"
        SERVICE = "service", "To a service or a policy of the council"

    change_request = models.ForeignKey(ChangeRequest, on_delete=models.PROTECT, related_name="proposed_in")
    about = models.CharField(max_length=10, choices=About)
    description = models.TextField(blank=True)
    justification = models.TextField("reasons", blank=True)
    state_words = models.CharField("state", max_length=60, blank=True)
    route_words = models.CharField("route", max_length=300, blank=True)

    identity_field = "change_request"
