"""The forward plan of a scrutiny committee: drawn from a programme's plan, validated line by line."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from projects.models.base import Owned, Versioned, WrittenDateField
from projects.models.people import node_filter, open_to
from projects.rules.access import Permission


class ForwardPlanQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(node_filter(user, Permission.VIEW_PUBLISHED, "node__")).filter(open_to(user, "node__"))


class ForwardPlan(Owned, Versioned):
    """Which committee is to see the decision points and critical milestones of which programme.

    Its lines are not stored: they are the items of the standing reports, so that a date that moves there moves here.
    """

    node = models.ForeignKey("projects.Node", on_delete=models.PROTECT, related_name="forward_plans")
    board = models.ForeignKey("projects.Board", on_delete=models.PROTECT, related_name="forward_plans")
    tranche = models.ForeignKey("projects.Tranche", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    key_points = models.TextField(blank=True)
    ask = models.TextField("asked of the committee", blank=True)
    is_archived = models.BooleanField(default=False)

    objects = ForwardPlanQuerySet.as_manager()

    class Meta:
        ordering = ["node", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["node"], condition=models.Q(is_archived=False), name="one_forward_plan_of_a_node"
            )
        ]

    def __str__(self):
        return f"{self.board} forward plan"


class ForwardPlanValidation(Owned):
    """Somebody confirmed the date of one line. Where the date has moved since, it holds no longer."""

    class Validator(models.TextChoices):
        PMO = "pmo", "PMO"
        MONITORING_OFFICER = "monitoring_officer", "Monitoring Officer"

    plan = models.ForeignKey(ForwardPlan, on_delete=models.CASCADE, related_name="validations")
    plan_item = models.ForeignKey("projects.PlanItem", on_delete=models.CASCADE, related_name="validations")
    validator = models.CharField(max_length=30, choices=Validator)
    validated_by = models.CharField("validated by (post)", max_length=200)
    validated_on = models.DateField()
    finish = WrittenDateField("date as validated")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["validated_on", "pk"]

    def __str__(self):
        return f"{self.get_validator_display()}: {self.plan_item}"


class ForwardPlanQuery(Owned, Versioned):
    """Something that must be settled before a part of the plan can be relied on."""

    plan = models.ForeignKey(ForwardPlan, on_delete=models.CASCADE, related_name="queries")
    node = models.ForeignKey("projects.Node", on_delete=models.PROTECT, related_name="+")
    text = models.TextField("query")
    raised_on = models.DateField(null=True, blank=True)
    settled_on = models.DateField(null=True, blank=True)
    answer = models.TextField(blank=True)

    class Meta:
        ordering = ["settled_on", "raised_on", "pk"]
        verbose_name_plural = "forward plan queries"

    def __str__(self):
        return self.text
