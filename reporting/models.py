"""What reporting keeps of its own: findings that somebody has accepted; committee packs and their finished files."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone

from projects.models.base import Owned, Versioned, exempt_now
from projects.models.people import node_filter, open_to
from projects.rules.access import Permission


class AcceptanceQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Acceptances on nodes of `user`'s working record; readers do not see findings."""
        return self.filter(node_filter(user, Permission.VIEW_RECORD, "node__"))

    def in_force(self, day):
        """Acceptances that still hold on `day`, their last day included."""
        return self.filter(withdrawn_at=None, expires_on__gte=day)


class FindingAcceptance(Owned, Versioned):
    """Somebody answers for leaving a finding as it is, for a reason and until a day.

    It covers what the check finds of the same subject of the same node, in whichever report.
    """

    node = models.ForeignKey("projects.Node", on_delete=models.PROTECT, related_name="accepted_findings")
    check_code = models.CharField(max_length=20)
    subject_key = models.CharField(max_length=400)
    subject_words = models.TextField()
    reason = models.TextField()
    expires_on = models.DateField("accepted until")
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = AcceptanceQuerySet.as_manager()

    class Meta:
        ordering = ["node", "check_code", "accepted_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["node", "check_code", "subject_key"],
                condition=models.Q(withdrawn_at=None),
                name="finding_accepted_once",
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="acceptance_says_why"),
        ]

    def __str__(self):
        return f"{self.check_code}, {self.subject_words}"


class PackQuerySet(models.QuerySet):
    def visible_to(self, user):
        """All packs to staff of the node, published ones to its readers."""
        return self.filter(
            node_filter(user, Permission.VIEW_RECORD, "node__")
            | (node_filter(user, Permission.VIEW_PUBLISHED, "node__") & models.Q(state__in=Pack.OPEN_TO_READERS))
        ).filter(open_to(user, "node__"))


class Pack(Owned, Versioned):
    """The papers of a meeting as one file: cover reports with their appendices, assembled in the background.

    `node` is the lowest node that all of its reports lie beneath. `told` names what is being drawn; `run` is the
    assembly in hand, so that one that was thought dead cannot write into a later one; `beat_at` is its last sign of
    life. A correction or a supplement is a pack of its own beside the one it follows.
    """

    class Kind(models.TextChoices):
        MAIN = "main", "Pack of the meeting"
        SUPPLEMENTARY = "supplementary", "Supplementary pack"
        CORRECTED = "corrected", "Corrected pack"

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        ASSEMBLING = "assembling", "Being assembled"
        READY = "ready", "Ready"
        FAILED = "failed", "Not assembled"
        PUBLISHED = "published", "Published"
        SUPERSEDED = "superseded", "Superseded"
        WITHDRAWN = "withdrawn", "Withdrawn"

    KEPT = (State.PUBLISHED, State.SUPERSEDED, State.WITHDRAWN)  # never assembled again
    OPEN_TO_READERS = (State.PUBLISHED, State.SUPERSEDED)

    node = models.ForeignKey("projects.Node", on_delete=models.PROTECT, related_name="packs")
    meeting = models.ForeignKey("projects.Meeting", on_delete=models.PROTECT, related_name="packs")
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.MAIN)
    follows = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="followed_by")
    reason = models.TextField("why it is made", blank=True)
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT)
    told = models.CharField(max_length=400, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    problem = models.TextField(blank=True)
    run = models.UUIDField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    beat_at = models.DateTimeField(null=True, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    assembled_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.TextField(blank=True)

    objects = PackQuerySet.as_manager()

    class Meta:
        ordering = ["-meeting__starts_at", "pk"]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.meeting}"

    @property
    def is_kept(self) -> bool:
        return self.state in self.KEPT


class PackItem(Owned):
    """A report of a pack in its order; one "to follow" or withdrawn stands in the contents with its reason."""

    class State(models.TextChoices):
        HERE = "here", "In the pack"
        TO_FOLLOW = "to_follow", "To follow"
        WITHDRAWN = "withdrawn", "Withdrawn from the agenda"

    pack = models.ForeignKey(Pack, on_delete=models.CASCADE, related_name="items")
    report = models.ForeignKey("projects.CommitteeReport", on_delete=models.PROTECT, related_name="in_packs")
    state = models.CharField(max_length=20, choices=State, default=State.HERE)
    reason = models.TextField(blank=True)  # why it is late and urgent, or why it was withdrawn
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "pk"]
        constraints = [models.UniqueConstraint(fields=["pack", "report"], name="report_once_in_pack")]

    def __str__(self):
        return self.report.subject


class KeptFileQuerySet(models.QuerySet):
    def visible_to(self, user):
        """All files to staff; of published packs the public copy to readers, the members' to who sees exempt items."""
        published = models.Q(pack__state__in=Pack.OPEN_TO_READERS)
        return self.filter(
            node_filter(user, Permission.VIEW_RECORD, "pack__node__")
            | (node_filter(user, Permission.VIEW_EXEMPT, "pack__node__") & published)
            | (
                node_filter(user, Permission.VIEW_PUBLISHED, "pack__node__")
                & published
                & models.Q(copy=KeptFile.PUBLIC)
            )
        ).filter(open_to(user, "pack__node__", node="pack__node__"))

    def open_to_everybody(self):
        """What is read without signing in: public copies of published packs, where the council has switched it on."""
        return self.filter(
            pack__organisation__packs_are_public=True,
            pack__state__in=Pack.OPEN_TO_READERS,
            copy=KeptFile.PUBLIC,
        ).exclude(exempt_now(timezone.localdate(), "pack__node__"))


class KeptFile(Owned):
    """A finished file, under the name that readers see, with the hash of its bytes. Published, it never changes."""

    MEMBERS, PUBLIC = "members", "public"
    COPIES = ((MEMBERS, "Members' copy"), (PUBLIC, "Public copy"))

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pack = models.ForeignKey(Pack, on_delete=models.CASCADE, related_name="files")
    copy = models.CharField(max_length=20, choices=COPIES)
    title = models.CharField(max_length=400)
    name = models.CharField(max_length=400)
    ending = models.CharField(max_length=10)
    is_whole = models.BooleanField("the whole pack", default=False)
    file = models.FileField(upload_to="packs/%Y/%m", max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    pages = models.PositiveIntegerField(null=True, blank=True)
    order = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField(default=timezone.now)

    objects = KeptFileQuerySet.as_manager()

    class Meta:
        ordering = ["pack", "copy", "order"]

    def __str__(self):
        return self.name


class Export(Owned):
    """A large document drawn in the background for one person, who alone may have it.

    `asked` is what its address asked for (period, meaning, board). The rest is as in a pack.
    """

    class State(models.TextChoices):
        AT_WORK = "at_work", "Being drawn"
        READY = "ready", "Ready"
        FAILED = "failed", "Not drawn"

    node = models.ForeignKey("projects.Node", on_delete=models.CASCADE, related_name="+")
    document = models.CharField(max_length=60)
    ending = models.CharField(max_length=10)
    asked = models.JSONField(default=dict)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="exports")
    asked_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=20, choices=State, default=State.AT_WORK)
    told = models.CharField(max_length=400, blank=True)
    problem = models.TextField(blank=True)
    run = models.UUIDField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=1)
    beat_at = models.DateTimeField(default=timezone.now)
    name = models.CharField(max_length=400, blank=True)
    file = models.FileField(upload_to="exports/%Y/%m", max_length=200, blank=True)

    class Meta:
        ordering = ["-asked_at"]

    def __str__(self):
        return self.name or f"{self.document}, {self.node}"
