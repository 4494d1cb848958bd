"""Recommendations, reviewers' findings, decisions, actions and scored checklists."""

from django.db import models

from projects.models.base import Owned, Versioned, WrittenDateField
from projects.models.plan import ItemQuerySet, PlanItem
from projects.models.reports import ReportRow


class Recommendation(Owned, Versioned):
    """A recommendation of an inspector or auditor, known by its source report and reference."""

    node = models.ForeignKey("projects.Node", on_delete=models.PROTECT, related_name="recommendations")
    source = models.CharField("source report", max_length=200)
    ref = models.CharField(max_length=40, blank=True)
    title = models.TextField()
    made_on = models.DateField(null=True, blank=True)
    plan_items = models.ManyToManyField(PlanItem, blank=True, related_name="recommendations")
    is_archived = models.BooleanField(default=False)

    objects = ItemQuerySet.as_manager()

    class Meta:
        ordering = ["node", "pk"]
        constraints = [models.UniqueConstraint(fields=["node", "source", "ref"], name="recommendation_once")]

    def __str__(self):
        return f"{self.source} {self.ref}".strip()


class RecommendationUpdate(ReportRow):
    recommendation = models.ForeignKey(Recommendation, on_delete=models.PROTECT, related_name="updates")
    status = models.ForeignKey("projects.Status", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    progress = models.TextField(blank=True)
    evidence = models.TextField("closing evidence", blank=True)

    identity_field = "recommendation"

    @property
    def source(self) -> str:
        """The report that made the recommendation."""
        return self.recommendation.source


class ReviewFinding(Owned, Versioned):
    """An external reviewer's finding and the step they suggest."""

    node = models.ForeignKey("projects.Node", on_delete=models.PROTECT, related_name="review_findings")
    source = models.CharField(max_length=200)
    title = models.TextField("issue")
    suggested_step = models.TextField(blank=True)
    made_on = models.DateField(null=True, blank=True)
    is_archived = models.BooleanField(default=False)

    objects = ItemQuerySet.as_manager()


class ReviewFindingUpdate(ReportRow):
    """What a report prints of a finding, and under which heading.

    `suggested_step` is the step as it stood when the period began; `next_step` what the reviewer suggests now. With
    the next draft the one becomes the other (actions.findings).
    """

    class Heading(models.TextChoices):
        ISSUE = "issue", "Issue"
        ACHIEVEMENT = "achievement", "Key achievement"
        IMPROVEMENT = "improvement", "Area for improvement"
        PROGRESS = "progress", "Area of progress"
        CONSIDERATION = "consideration", "Area for consideration"
        INSIGHT = "insight", "Insight"

    review_finding = models.ForeignKey(ReviewFinding, on_delete=models.PROTECT, related_name="updates")
    kind = models.CharField("printed as", max_length=20, choices=Heading, default=Heading.ISSUE)
    area = models.CharField("workstream", max_length=200, blank=True)
    suggested_step = models.TextField(blank=True)
    status = models.ForeignKey("projects.Status", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    progress = models.TextField("progress since", blank=True)
    next_step = models.TextField("suggested next", blank=True)

    identity_field = "review_finding"


class Decision(Owned, Versioned):
    """A decision asked of a board or committee."""

    node = models.ForeignKey("projects.Node", on_delete=models.PROTECT, related_name="decisions")
    board = models.ForeignKey("projects.Board", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    title = models.TextField()
    plan_item = models.ForeignKey(PlanItem, null=True, blank=True, on_delete=models.PROTECT, related_name="decisions")
    needed = WrittenDateField("needed by")
    is_archived = models.BooleanField(default=False)

    objects = ItemQuerySet.as_manager()


class DecisionUpdate(ReportRow):
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="updates")
    outcome = models.TextField(blank=True)
    decided = WrittenDateField("decided on")

    identity_field = "decision"


class Action(Owned, Versioned):
    """Something to be done that is not part of the plan: from a meeting, a risk, a review."""

    node = models.ForeignKey("projects.Node", on_delete=models.PROTECT, related_name="actions")
    title = models.TextField()
    source = models.CharField(max_length=200, blank=True)
    risk = models.ForeignKey("projects.Risk", null=True, blank=True, on_delete=models.PROTECT, related_name="actions")
    meeting = models.ForeignKey("projects.Meeting", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    is_archived = models.BooleanField(default=False)

    objects = ItemQuerySet.as_manager()


class ActionUpdate(ReportRow):
    action = models.ForeignKey(Action, on_delete=models.PROTECT, related_name="updates")
    status = models.ForeignKey("projects.Status", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    due = WrittenDateField("due")
    done = WrittenDateField("done")
    comment = models.TextField(blank=True)

    identity_field = "action"


class Checklist(Owned, Versioned):
    """A scored list (an agilometer, closure criteria): what is scored is the organisation's."""

    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60)
    highest_score = models.PositiveSmallIntegerField(default=1)
    is_archived = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "slug"], name="checklist_slug_once")]


class ChecklistFactor(Owned):
    checklist = models.ForeignKey(Checklist, on_delete=models.CASCADE, related_name="factors")
    label = models.CharField(max_length=200)
    definition = models.TextField(blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "pk"]


class ChecklistScore(ReportRow):
    factor = models.ForeignKey(ChecklistFactor, on_delete=models.PROTECT, related_name="scores")
    score = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    basis = models.TextField(blank=True)

    identity_field = "factor"
