"""Risks and issues."""

from django.db import models

from projects.models.base import Owned, Versioned, WrittenDateField
from projects.models.plan import ItemQuerySet
from projects.models.reports import ReportRow


class Risk(Owned, Versioned):
    """An uncertainty the node keeps watch on; how it is rated is said in its reports."""

    node = models.ForeignKey("projects.Node", on_delete=models.PROTECT, related_name="risks")
    ref = models.CharField(max_length=40, blank=True)
    title = models.TextField()
    category = models.CharField(max_length=100, blank=True)
    raised_on = models.DateField(null=True, blank=True)
    is_opportunity = models.BooleanField(default=False)
    is_archived = models.BooleanField(default=False)
    archived_reason = models.TextField(blank=True)

    objects = ItemQuerySet.as_manager()

    class Meta:
        ordering = ["node", "pk"]

    def __str__(self):
        return f"{self.ref} {self.title}".strip()


class RiskAssessment(ReportRow):
    """A risk as rated in one report: by likelihood and impact, or by band where that is all there is."""

    risk = models.ForeignKey(Risk, on_delete=models.PROTECT, related_name="assessments")
    inherent_likelihood = models.PositiveSmallIntegerField(null=True, blank=True)
    inherent_impact = models.PositiveSmallIntegerField(null=True, blank=True)
    residual_likelihood = models.PositiveSmallIntegerField(null=True, blank=True)
    residual_impact = models.PositiveSmallIntegerField(null=True, blank=True)
    target_likelihood = models.PositiveSmallIntegerField(null=True, blank=True)
    target_impact = models.PositiveSmallIntegerField(null=True, blank=True)
    inherent_band = models.ForeignKey(
        "projects.Status", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    residual_band = models.ForeignKey(
        "projects.Status", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    target_band = models.ForeignKey(
        "projects.Status", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    status = models.ForeignKey("projects.Status", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    impact_text = models.TextField("potential impact", blank=True)
    controls = models.TextField("existing controls", blank=True)
    further_actions = models.TextField(blank=True)
    action_owner_words = models.CharField("person responsible", max_length=300, blank=True)
    timescale_words = models.CharField("timescale", max_length=200, blank=True)
    response = models.CharField(max_length=40, blank=True)
    proximity_words = models.CharField("proximity", max_length=200, blank=True)
    review = WrittenDateField("review date")
    last_reviewed = WrittenDateField("last reviewed")
    comment = models.TextField(blank=True)

    identity_field = "risk"


class Issue(Owned, Versioned):
    """Something that has happened and needs managing."""

    class IssueKind(models.TextChoices):
        PROBLEM = "problem", "Problem or concern"
        OFF_SPECIFICATION = "off_specification", "Off-specification"
        REQUEST_FOR_CHANGE = "request_for_change", "Request for change"

    node = models.ForeignKey("projects.Node", on_delete=models.PROTECT, related_name="issues")
    ref = models.CharField(max_length=40, blank=True)
    title = models.TextField()
    kind = models.CharField(max_length=20, choices=IssueKind, default=IssueKind.PROBLEM)
    raised_on = models.DateField(null=True, blank=True)
    raised_by_words = models.CharField("raised by (post)", max_length=300, blank=True)
    is_archived = models.BooleanField(default=False)
    archived_reason = models.TextField(blank=True)

    objects = ItemQuerySet.as_manager()

    class Meta:
        ordering = ["node", "pk"]

    def __str__(self):
        return f"{self.ref} {self.title}".strip()


class IssueUpdate(ReportRow):
    issue = models.ForeignKey(Issue, on_delete=models.PROTECT, related_name="updates")
    status = models.ForeignKey("projects.Status", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    priority = models.CharField(max_length=40, blank=True)
    severity = models.CharField(max_length=40, blank=True)
    impact_text = models.TextField("impact", blank=True)
    action_text = models.TextField("action", blank=True)
    review = WrittenDateField("review date")
    closed_on = models.DateField(null=True, blank=True)
    comment = models.TextField(blank=True)

    identity_field = "issue"
