"""Posts and teams as a report states them."""

from django.db import models

from projects.models.base import WrittenDateField
from projects.models.reports import ReportRow


class ResourcePosition(ReportRow):
    """A post or team working on the node; `title` is the post as printed."""

    post = models.ForeignKey("projects.Post", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    people = models.DecimalField("people (FTE)", max_digits=8, decimal_places=2, null=True, blank=True)
    adequacy = models.ForeignKey("projects.Status", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    funding_words = models.CharField("funding", max_length=300, blank=True)
    ends = WrittenDateField("funded until")
    comment = models.TextField(blank=True)
