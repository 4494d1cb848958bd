"""Attachments, and where imported values came from."""

from django.apps import apps
from django.conf import settings
from django.core.files.storage import storages
from django.db import models
from django.utils import timezone

from projects.models.base import Exemptable, Owned, Versioned
from projects.models.people import node_filter, open_to
from projects.rules.access import Permission


def private_storage():
    """Uploads are kept outside what the web server serves; a view hands them out as downloads."""
    return storages["default"]


class AttachmentQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(node_filter(user, Permission.VIEW_RECORD, "node__")).filter(open_to(user, "", "node__"))


class Attachment(Owned, Versioned, Exemptable):
    """A file or a link that bears on a record. Every one hangs on a node; it may name the record too."""

    node = models.ForeignKey("projects.Node", on_delete=models.PROTECT, related_name="attachments")
    title = models.CharField(max_length=300)
    file = models.FileField(upload_to="attachments/%Y/%m/", storage=private_storage, blank=True)
    link = models.URLField(blank=True)
    report = models.ForeignKey("projects.Report", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    plan_item = models.ForeignKey(
        "projects.PlanItem", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    risk = models.ForeignKey("projects.Risk", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    issue = models.ForeignKey("projects.Issue", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    benefit = models.ForeignKey("projects.Benefit", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    change_request = models.ForeignKey(
        "projects.ChangeRequest", null=True, blank=True, on_delete=models.PROTECT, related_name="attachments"
    )
    recommendation = models.ForeignKey(
        "projects.Recommendation", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    added_at = models.DateTimeField(default=timezone.now)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    is_archived = models.BooleanField(default=False)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["-added_at"]
        constraints = [
            models.CheckConstraint(
                condition=(models.Q(file="") & ~models.Q(link="")) | (~models.Q(file="") & models.Q(link="")),
                name="attachment_is_file_or_link",
            )
        ]

    def __str__(self):
        return self.title


class OfImportersQuerySet(models.QuerySet):
    def visible_to(self, user):
        """What belongs to organisations into which `user` may import."""
        return self.filter(organisation__in=organisations_of(user))


class ImportLayoutQuerySet(OfImportersQuerySet):
    def newest(self):
        """Of each layout its newest version alone."""
        later = ImportLayout.objects.filter(
            organisation=models.OuterRef("organisation"),
            slug=models.OuterRef("slug"),
            number__gt=models.OuterRef("number"),
        )
        return self.filter(~models.Exists(later)).order_by("name", "slug")


def organisations_of(user):
    """The organisations into which `user` may import, as rows of their own nodes name them."""
    node = apps.get_model("projects", "Node")
    tops = node.objects.filter(node_filter(user, Permission.IMPORT, ""), kind="organisation")
    return tops.values("organisation_id")


class ImportLayout(Owned, Versioned):
    """A version of a workbook layout that an organisation has saved; the built-in ones are files of the same shape.

    A version is never rewritten, as imports name the one that they were read by; archiving is all that may change. A
    layout is archived where its newest version is.
    """

    slug = models.SlugField(max_length=60)
    name = models.CharField(max_length=120)
    number = models.PositiveIntegerField("version of the layout", default=1)
    declaration = models.JSONField()
    note = models.CharField("what changed", max_length=300, blank=True)
    saved_at = models.DateTimeField(default=timezone.now)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    is_archived = models.BooleanField(default=False)

    objects = ImportLayoutQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "slug", "number"], name="layout_version_once")]

    def __str__(self):
        return f"{self.name}, version {self.number}"


class LayoutDraft(Owned, Versioned):
    """A layout while it is being made or changed, with the file that it is tried on and what that showed.

    `slug` is that of the layout it becomes a version of, "" for a new one until it has a name.
    """

    slug = models.SlugField(max_length=60, blank=True)
    declaration = models.JSONField(default=dict)
    file = models.FileField(upload_to="layouts/%Y/%m/", storage=private_storage, blank=True)
    file_name = models.CharField(max_length=300, blank=True)
    trial = models.JSONField(default=dict, blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects = OfImportersQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at"]

    def __str__(self):
        return self.declaration.get("title") or "New layout"


class ImportQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Imports into organisations where `user` may import, and so only their own council's."""
        return self.filter(node_filter(user, Permission.IMPORT, "node__"))


class Import(Owned, Versioned):
    """A workbook brought in: the file, what it would change, and what it did.

    A large one is read and brought in by the worker: `run` is the work in hand, so that one that was thought dead
    cannot write into a later one, and `problem` says what the last one ended with where that was no success.
    """

    class State(models.TextChoices):
        READING = "reading", "Being read"
        NOT_READ = "not_read", "Not read"
        APPLYING = "applying", "Being brought in"
        PREVIEWED = "previewed", "Previewed"
        APPLIED = "applied", "Applied"
        DISCARDED = "discarded", "Discarded"
        UNDONE = "undone", "Undone"

    node = models.ForeignKey("projects.Node", on_delete=models.PROTECT, related_name="imports")
    file = models.FileField(upload_to="imports/%Y/%m/", storage=private_storage)
    file_name = models.CharField(max_length=300)
    sha256 = models.CharField(max_length=64)
    layout = models.CharField(max_length=60)
    layout_version = models.PositiveIntegerField("version of the layout", null=True, blank=True)
    period = models.ForeignKey("projects.Period", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=20, choices=State, default=State.PREVIEWED)
    plan = models.JSONField(default=dict)
    choices = models.JSONField(default=dict, blank=True)
    uploaded_at = models.DateTimeField(default=timezone.now)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    applied_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    run = models.UUIDField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=1)
    beat_at = models.DateTimeField(default=timezone.now)
    problem = models.TextField(blank=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        ordering = ["-uploaded_at"]

    def __str__(self):
        return self.file_name


class ImportedValue(Owned):
    """A field an import wrote: what stood before, what it wrote and the cell it came from."""

    imported = models.ForeignKey(Import, on_delete=models.PROTECT, related_name="values")
    table = models.CharField(max_length=60)
    row_id = models.BigIntegerField()
    field = models.CharField(max_length=60)
    sheet = models.CharField(max_length=100, blank=True)
    cell = models.CharField(max_length=20, blank=True)
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)
    is_new_row = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["table", "row_id"])]
