"""The one tree of portfolios, programmes, projects and workstreams, and its other names."""

from django.db import models
from django.utils import timezone

from projects.models.base import Exemptable, Owned, Versioned, WrittenDateField
from projects.models.people import node_filter, open_to
from projects.rules.access import Permission
from projects.rules.tree import ancestors_of, subtree_range


class NodeKind(models.TextChoices):
    ORGANISATION = "organisation", "Council"
    PORTFOLIO = "portfolio", "Portfolio"
    PROGRAMME = "programme", "Programme"
    PROJECT = "project", "Project"
    WORKSTREAM = "workstream", "Workstream"
    SUB_WORKSTREAM = "sub_workstream", "Sub-workstream"


class NodeQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Nodes `user` may know of: the working record below their roles, or what is published there."""
        return self.filter(
            node_filter(user, Permission.VIEW_RECORD)
            | (node_filter(user, Permission.VIEW_PUBLISHED) & models.Q(is_archived=False))
        ).filter(open_to(user, "", node=""))

    def where(self, user, permission):
        """Nodes on which `user` holds `permission`."""
        return self.filter(node_filter(user, permission))

    def beneath(self, node):
        """`node` and everything below it."""
        low, high = subtree_range(node.path)
        return self.filter(path__gte=low, path__lt=high)

    def ancestors(self, node):
        """The nodes above `node`, highest first."""
        return self.filter(path__in=ancestors_of(node.path)).order_by("path")

    def in_use(self):
        return self.filter(is_archived=False)

    def in_use_at(self, moment):
        """Nodes that were not archived yet at `moment`, or have been brought back since."""
        return self.filter(models.Q(is_archived=False) | models.Q(archived_at__gt=moment))


NEVER_REPORTED = -1  # stands for a severity: after "not rated", which is 0


class Node(Owned, Versioned, Exemptable):
    """A place in the tree. What it *is*; what was said of it lives in its reports.

    `path` is the fixed-width ids from the top down (rules/tree.py); history keys on the id. Of what the
    headline series says, the date and the overall status of its newest reports are copied here, so that a
    list of ten thousand nodes is counted and put in order from an index.
    """

    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    path = models.CharField(max_length=200, unique=True, editable=False)
    depth = models.PositiveSmallIntegerField(default=1, editable=False)
    kind = models.CharField(max_length=20, choices=NodeKind)
    slug = models.SlugField(max_length=100)
    title = models.CharField(max_length=300)
    reference = models.CharField(max_length=60, blank=True)
    description = models.TextField(blank=True)
    tier = models.ForeignKey("projects.Tier", null=True, blank=True, on_delete=models.PROTECT, related_name="nodes")
    lead_post = models.ForeignKey(
        "projects.Post", null=True, blank=True, on_delete=models.SET_NULL, related_name="leads"
    )
    sponsor_post = models.ForeignKey(
        "projects.Post", null=True, blank=True, on_delete=models.SET_NULL, related_name="sponsors"
    )
    board = models.ForeignKey(
        "projects.Board",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="nodes",
        verbose_name="reports to",
    )
    headline_series = models.ForeignKey(
        "projects.Series", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    # the headline series' newest approved and newest published report, rewritten by actions.standing
    current_as_at_on = models.DateField(null=True, blank=True, editable=False)
    current_overall = models.ForeignKey(
        "projects.Status",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        db_index=False,
    )
    current_severity = models.SmallIntegerField(default=NEVER_REPORTED, editable=False)
    published_as_at_on = models.DateField(null=True, blank=True, editable=False)
    published_overall = models.ForeignKey(
        "projects.Status",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        db_index=False,
    )
    published_severity = models.SmallIntegerField(default=NEVER_REPORTED, editable=False)
    labels = models.ManyToManyField("projects.Label", blank=True, related_name="nodes")
    order = models.PositiveSmallIntegerField(default=0)
    is_sample = models.BooleanField("sample data", default=False)
    is_archived = models.BooleanField(default=False)
    archived_reason = models.TextField(blank=True)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = NodeQuerySet.as_manager()

    class Meta:
        ordering = ["path"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "slug"], name="node_slug_once"),
            models.CheckConstraint(
                condition=models.Q(kind="organisation", parent=None) | ~models.Q(kind="organisation"),
                name="council_is_a_top_node",
            ),
        ]
        # The portfolio's tiles and its first page, for staff and for readers.
        indexes = [
            models.Index(
                fields=columns, condition=models.Q(headline_series__isnull=False, is_archived=False), name=name
            )
            for name, columns in {
                "node_current_count": ["organisation", "current_overall", "current_as_at_on"],
                "node_current_order": ["organisation", "-current_severity", "title"],
                "node_published_count": ["organisation", "published_overall", "published_as_at_on"],
                "node_published_order": ["organisation", "-published_severity", "title"],
            }.items()
        ]

    def __str__(self):
        return self.title

    @property
    def is_project(self):
        return self.kind == NodeKind.PROJECT


class NodeAlias(Owned):
    """Another name a node is printed under; `document` says where, blank means anywhere."""

    node = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="aliases")
    document = models.CharField(max_length=60, blank=True)
    printed_as = models.CharField(max_length=300)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "document", "printed_as"], name="alias_names_one_node")
        ]

    def __str__(self):
        return self.printed_as


class Label(Owned):
    """A cross-cutting theme."""

    name = models.CharField(max_length=100)
    definition = models.TextField(blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="label_once")]

    def __str__(self):
        return self.name


class Grouping(Owned, Versioned):
    """How a document groups nodes beside the tree; nothing is loaded or counted twice."""

    document = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    order = models.PositiveSmallIntegerField(default=0)
    nodes = models.ManyToManyField(Node, through="GroupingMember", related_name="groupings")

    class Meta:
        ordering = ["document", "order"]

    def __str__(self):
        return self.title


class GroupingMember(Owned):
    grouping = models.ForeignKey(Grouping, on_delete=models.CASCADE, related_name="members")
    node = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="+")
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["grouping", "node"], name="grouped_once")]

    def __str__(self):
        return self.node.title


class Tranche(Owned):
    """A slice of a programme's plan, with the day it must be done by."""

    node = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="tranches")
    name = models.CharField(max_length=100)
    order = models.PositiveSmallIntegerField(default=0)
    due = WrittenDateField("due")

    class Meta:
        ordering = ["order"]

    def __str__(self):
        return self.name
