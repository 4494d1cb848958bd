"""The plan: milestones, deliverables, actions and decision points are kinds of one thing."""

import functools
import operator

from django.db import models

from projects.models.base import Owned, Versioned, WrittenDateField
from projects.models.change import Baseline
from projects.models.people import node_filter
from projects.models.reports import PRINTED, ReportRow, ReportState, state_models
from projects.rules.access import Permission

THEME_MARK = "printed_theme"  # the mark of a row that says which theme it is printed under


class PlanItemKind(models.TextChoices):
    MILESTONE = "milestone", "Milestone"
    DELIVERABLE = "deliverable", "Deliverable"
    PRODUCT = "product", "Product"
    ACTION = "action", "Action"
    DECISION_POINT = "decision_point", "Decision point"


def _is_about(rows, item):
    return rows.identity_field and rows._meta.get_field(rows.identity_field).related_model is item


class ItemQuerySet(models.QuerySet):
    """Identities that hang on a node."""

    def visible_to(self, user):
        """Everything in `user`'s working record; to readers what a published report says something of."""
        said = [
            rows.objects.filter(
                report__state=ReportState.PUBLISHED, **{rows.identity_field: models.OuterRef("pk")}
            ).visible_to(user)
            for rows in state_models()
            if issubclass(rows, ReportRow) and _is_about(rows, self.model)
        ]
        published = functools.reduce(operator.or_, [models.Q(models.Exists(rows)) for rows in said])
        return self.filter(
            node_filter(user, Permission.VIEW_RECORD, "node__")
            | (node_filter(user, Permission.VIEW_PUBLISHED, "node__") & published)
        )


class PlanItem(Owned, Versioned):
    """Something the plan promises. Its dates and status are said in its reports."""

    node = models.ForeignKey("projects.Node", on_delete=models.PROTECT, related_name="plan_items")
    kind = models.CharField(max_length=20, choices=PlanItemKind, default=PlanItemKind.MILESTONE)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    tranche = models.ForeignKey(
        "projects.Tranche", null=True, blank=True, on_delete=models.PROTECT, related_name="items"
    )
    ref = models.CharField(max_length=40, blank=True)
    title = models.TextField()
    theme = models.CharField(max_length=200, blank=True)
    owner_post = models.ForeignKey(
        "projects.Post", null=True, blank=True, on_delete=models.SET_NULL, related_name="plan_items"
    )
    is_significant = models.BooleanField(
        "significant milestone", default=False, help_text="A change of its date goes the longer way of decision."
    )
    needs_publication = models.BooleanField("decision needs notice", default=False)
    is_archived = models.BooleanField(default=False)
    archived_reason = models.TextField(blank=True)

    objects = ItemQuerySet.as_manager()

    class Meta:
        ordering = ["node", "kind", "pk"]
        indexes = [models.Index(fields=["node", "kind", "ref"])]

    def __str__(self):
        return f"{self.ref} {self.title}".strip()


class PlanItemUpdate(ReportRow):
    """What a report says of a plan item. "Target / actual end date" is one printed column over two facts:
    `finish` is the forecast, `actual` the day it was done."""

    plan_item = models.ForeignKey(PlanItem, on_delete=models.PROTECT, related_name="updates")
    baseline = models.ForeignKey(
        "projects.PlanItemBaseline", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    start = WrittenDateField("start date", side="earliest")
    finish = WrittenDateField("target date")
    actual = WrittenDateField("actual end date")
    status = models.ForeignKey("projects.Status", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    interdependencies = models.CharField(max_length=200, blank=True)
    is_critical_path = models.BooleanField("critical path", default=False)
    comment = models.TextField(blank=True)
    shares_comment = models.BooleanField("the comment of the item above speaks for this one too", default=False)

    identity_field = "plan_item"

    @property
    def theme(self) -> str:
        """The project within a programme that the item stands under, as the report prints it; "" where under none."""
        mark = self.marks.get(THEME_MARK)
        return self.plan_item.theme if mark is None else mark["words"]

    def marks_with_theme(self, words: str) -> dict:
        """The row's marks, saying from now on that it stands under this theme."""
        return {**self.marks, THEME_MARK: {"kind": PRINTED, "words": words}}


class PlanItemBaseline(Baseline):
    """The dates an item is held to; moved only by change control."""

    plan_item = models.ForeignKey(PlanItem, on_delete=models.PROTECT, related_name="baselines")
    start = WrittenDateField("start date", side="earliest")
    finish = WrittenDateField("target date")
    tranche = models.ForeignKey("projects.Tranche", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    identity_field = "plan_item"


class Dependency(Owned):
    """One item waits for another. `to_item` is None where the words name nothing that is in the record.

    Those of the dependency map (`is_mapped`) run between nodes and are kept by hand; the others are read from the
    interdependencies that a report writes beside its items.
    """

    from_item = models.ForeignKey(PlanItem, on_delete=models.CASCADE, related_name="waits_for")
    to_item = models.ForeignKey(PlanItem, null=True, blank=True, on_delete=models.CASCADE, related_name="needed_by")
    words = models.CharField(max_length=200, blank=True)
    is_mapped = models.BooleanField("on the dependency map", default=False)
    comment = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "dependencies"
        ordering = ["from_item", "pk"]
