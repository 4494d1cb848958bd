"""Performance indicators, and stated totals where no register is kept."""

from django.db import models

from projects.models.base import Owned, Versioned
from projects.models.change import Baseline, BaselineLine
from projects.models.plan import ItemQuerySet
from projects.models.reports import ReportLine, ReportRow
from projects.rules.indicators import Way, movement, print_figure, stands_to

WAY_WORDS = {Way.BETTER: "Better", Way.SAME: "Same", Way.WORSE: "Worse", None: ""}


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
    beneath = ("lines",)
    figures = {"actual_words": "Actual", "target_words": "Target", "comparator_words": "Compared with"}

    @property
    def values(self) -> list["IndicatorValue"]:
        """The printed window, the oldest period first."""
        return list(self.lines.all())

    @property
    def current(self) -> "IndicatorValue | None":
        """The period that the report is about."""
        values = self.values
        return values[-1] if values else None

    @property
    def before(self) -> "IndicatorValue | None":
        values = self.values
        return values[-2] if len(values) > 1 else None

    @property
    def actual_words(self) -> str:
        return self.current.printed_actual(self.indicator) if self.current else ""

    @property
    def target_words(self) -> str:
        return self.current.printed_target(self.indicator) if self.current else ""

    @property
    def comparator_words(self) -> str:
        return print_figure(self.current.comparator, self.indicator.unit) if self.current else ""

    @property
    def compared_words(self) -> str:
        """What the figure is compared with and how it stands to it: "15% (national average): 2% above"."""
        if not self.comparator_words:
            return ""
        named = (
            f"{self.comparator_words} ({self.indicator.comparator})"
            if self.indicator.comparator
            else self.comparator_words
        )
        stands = stands_to(self.current.actual, self.current.comparator, self.indicator.unit)
        return f"{named}: {stands}" if stands else named

    @property
    def before_words(self) -> str:
        return self.before.printed_actual(self.indicator) if self.before else ""

    @property
    def way(self) -> Way | None:
        """How the last figure compares with the one before it."""
        now, before, held = self.current, self.before, self.indicator
        if now is None or before is None:
            return None
        return movement(before.actual, now.actual, held.direction, target=now.target, accumulates=held.accumulates)

    @property
    def way_words(self) -> str:
        if self.way is None and self.indicator.accumulates:
            return "Adds up through the year"
        return WAY_WORDS[self.way]

    @property
    def group_words(self) -> str:
        return self.indicator.group


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

    def printed_actual(self, indicator: Indicator) -> str:
        """As written, else in the indicator's unit."""
        return self.actual_words or print_figure(self.actual, indicator.unit)

    def printed_target(self, indicator: Indicator) -> str:
        return self.target_words or print_figure(self.target, indicator.unit)


class IndicatorBaseline(Baseline):
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="baselines")

    identity_field = "indicator"

    @property
    def measure(self) -> str:
        """Its targets in words: "Q2 2018-19: 99.80%"."""
        return "; ".join(line.words_with_period(self.indicator) for line in self.targets.all())


class IndicatorTarget(BaselineLine):
    baseline = models.ForeignKey(IndicatorBaseline, on_delete=models.CASCADE, related_name="targets")
    measured = models.CharField(max_length=40, blank=True)
    amount = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    words = models.CharField(max_length=100, blank=True)

    def words_with_period(self, indicator: Indicator) -> str:
        said = self.words or print_figure(self.amount, indicator.unit)
        return f"{self.measured}: {said}" if self.measured else said


class Tally(ReportRow):
    """A stated total where no register is kept, drawn beside the register's own count.

    `title` is what is counted; `total` is stored as stated and never derived. `section` is the one it is edited and
    printed in, "" for a tally that another figure stands on.
    """

    key = models.SlugField(max_length=60)
    section = models.SlugField(max_length=60, blank=True)
    total = models.IntegerField(null=True, blank=True)
    as_of = models.DateField(null=True, blank=True)

    identity_field = "key"
    beneath = ("lines",)
    figures = {"counts_words": "Counts"}

    @property
    def counts_words(self) -> str:
        """Every count of its lines, so that a change of one is a change of the tally."""
        return "; ".join(
            f"{line.label} {line.column}: {'not stated' if line.count is None else line.count}"
            for line in self.lines.all()
        )


class TallyLine(ReportLine):
    """One count of a tally. `kinds` are the kinds of status that it counts; a line without any is a total of its
    column, or an "of which" that is no part of the total."""

    tally = models.ForeignKey(Tally, on_delete=models.CASCADE, related_name="lines")
    label = models.CharField(max_length=200)
    column = models.CharField(max_length=100, blank=True)
    kinds = models.JSONField("kinds of status counted", default=list, blank=True)
    count = models.IntegerField(null=True, blank=True)

    row_field = "tally"
