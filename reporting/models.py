"""What reporting keeps of its own: findings that somebody has accepted, with the reason and until when."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from projects.models.base import Owned, Versioned
from projects.models.people import node_filter
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
