"""Performance indicators, and stated totals where no register is kept."""

from django.db import models

from projects.models.base import Owned, Versioned
from projects.models.change import Baseline, BaselineLine
from projects.models.plan import ItemQuerySet
from projects.models.reports import ReportLine, ReportRow


class Indicator(Owned, Versioned):
    class Unit(models.TextChoices):
        NUMBER = "number", "Number"
        PERCENT = "percent", "Percent"
        SCORE = "score", "Score"
        DAYS = "days", "Days"
        SECONDS = "seconds", "Minutes and seconds"
        POUNDS = "pounds", "Pounds"

    class Direction(models.TextChoices):
        HIGHER = "higher", "Higher is better"
        LOWER = "lower", "Lower is better"
        CLOSEST = "closest", "Closest to target is better"

    node = models.ForeignKey("projects.Node", on_delete=models.PROTECT, related_name="indicators")
    ref = models.CharField(max_length=40, blank=True)
    title = models.TextField()
    group = models.CharField(max_length=200, blank=True)
    unit = models.CharField(max_length=20, choices=Unit, default=Unit.NUMBER)
    direction = models.CharField(max_length=20, choices=Direction, default=Direction.HIGHER)
    tolerance_percent = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    accumulates = models.BooleanField(default=False)
    pair_key = models.CharField(max_length=60, blank=True)
    pair_label = models.CharField(max_length=60, blank=True)
    comparator = models.CharField(max_length=200, blank=True)
    is_archived = models.BooleanField(default=False)

    objects = ItemQuerySet.as_manager()

    class Meta:
        ordering = ["node", "pk"]

    def __str__(self):
        return f"{self.title} ({self.ref})" if self.ref else self.title


class IndicatorUpdate(ReportRow):
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="updates")
    status = models.ForeignKey("projects.Status", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    comment = models.TextField(blank=True)

    identity_field = "indicator"


class IndicatorValue(ReportLine):
    """One measured period as printed in one report, so that a restatement shows.

    `actual` is in base units (seconds, pounds, percent as 67 for 67%); None is no data.
    """

    update_row = models.ForeignKey(IndicatorUpdate, on_delete=models.CASCADE, related_name="lines")
    measured = models.CharField("period measured", max_length=40)
    measured_on = models.DateField(null=True, blank=True)
    actual = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    actual_words = models.CharField(max_length=100, blank=True)
    target = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    target_words = models.CharField(max_length=100, blank=True)
    comparator = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    status = models.ForeignKey("projects.Status", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    row_field = "update_row"


class IndicatorBaseline(Baseline):
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="baselines")

    identity_field = "indicator"


class IndicatorTarget(BaselineLine):
    baseline = models.ForeignKey(IndicatorBaseline, on_delete=models.CASCADE, related_name="targets")
    measured = models.CharField(max_length=40, blank=True)
    amount = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    words = models.CharField(max_length=100, blank=True)


class Tally(ReportRow):
    """A stated total where no register is kept, drawn beside the register's own count.

    `title` is what is counted; `total` is stored as stated and never derived.
    """

    key = models.SlugField(max_length=60)
    total = models.IntegerField(null=True, blank=True)
    as_of = models.DateField(null=True, blank=True)

    identity_field = "key"


class TallyLine(ReportLine):
    tally = models.ForeignKey(Tally, on_delete=models.CASCADE, related_name="lines")
    label = models.CharField(max_length=200)
    column = models.CharField(max_length=100, blank=True)
    kinds = models.JSONField("kinds of status counted", default=list, blank=True)
    count = models.IntegerField(null=True, blank=True)

    row_field = "tally"
