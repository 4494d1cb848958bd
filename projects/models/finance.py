"""Budgets: planned, actual, committed, emergency and forecast, in pounds."""

from django.db import models

from projects.models.base import Money, Owned, Versioned
from projects.models.change import Baseline, BaselineLine
from projects.models.plan import ItemQuerySet
from projects.models.reports import ReportLine, ReportRow


class Budget(Owned, Versioned):
    """A pot of money. `layout` says how it is reported: a year-end forecast against plan, or
    actual with committed and emergency spend."""

    class Layout(models.TextChoices):
        FORECAST = "forecast", "Year-end forecast against plan"
        SPEND = "spend", "Actual, committed and emergency spend"

    class Fund(models.TextChoices):
        REVENUE = "revenue", "Revenue"
        CAPITAL = "capital", "Capital"
        BOTH = "both", "Capital and revenue"

    node = models.ForeignKey("projects.Node", on_delete=models.PROTECT, related_name="budgets")
    title = models.CharField(max_length=200, default="Project budget")
    layout = models.CharField(max_length=20, choices=Layout, default=Layout.FORECAST)
    fund = models.CharField(max_length=20, choices=Fund, default=Fund.REVENUE)
    is_archived = models.BooleanField(default=False)

    objects = ItemQuerySet.as_manager()

    class Meta:
        ordering = ["node", "pk"]

    def __str__(self):
        return self.title


class BudgetPosition(ReportRow):
    """Where a budget stands. None is "not reported", which is never zero."""

    budget = models.ForeignKey(Budget, on_delete=models.PROTECT, related_name="positions")
    baseline = models.ForeignKey(
        "projects.BudgetBaseline", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    layout = models.CharField(max_length=20, choices=Budget.Layout, default=Budget.Layout.FORECAST)
    planned = Money("planned budget")
    actual = Money("actual spend to date")
    committed = Money("committed spend to date")
    emergency = Money("emergency spend")
    forecast = Money("end of year forecast")
    comment = models.TextField(blank=True)

    identity_field = "budget"


class BudgetPositionLine(ReportLine):
    position = models.ForeignKey(BudgetPosition, on_delete=models.CASCADE, related_name="lines")
    category = models.CharField(max_length=100, blank=True)
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    planned = Money()
    actual = Money()
    forecast = Money()

    row_field = "position"


class BudgetBaseline(Baseline):
    """A version of a budget's profile ("Potential profile (Nov 18)" is a proposed one)."""

    budget = models.ForeignKey(Budget, on_delete=models.PROTECT, related_name="baselines")
    amount = Money()

    identity_field = "budget"


class BudgetBaselineLine(BaselineLine):
    baseline = models.ForeignKey(BudgetBaseline, on_delete=models.CASCADE, related_name="lines")
    category = models.CharField(max_length=100, blank=True)
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    amount = Money()
