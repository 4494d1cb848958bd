"""Benefits, cashable and not, and what each year of a saving is said to bring."""

from django.db import models

from projects.models.base import Money, Owned, Versioned, WrittenDateField
from projects.models.change import Baseline, BaselineLine
from projects.models.plan import ItemQuerySet
from projects.models.reports import ReportLine, ReportRow
from projects.rules.money import format_pounds


class Benefit(Owned, Versioned):
    class BenefitKind(models.TextChoices):
        CASHABLE = "cashable", "Cashable"
        NON_CASHABLE = "non_cashable", "Non-cashable"
        COST_AVOIDANCE = "cost_avoidance", "Cost avoidance"
        NON_FINANCIAL = "non_financial", "Non-financial"

    node = models.ForeignKey("projects.Node", on_delete=models.PROTECT, related_name="benefits")
    ref = models.CharField(max_length=40, blank=True)
    title = models.TextField()
    kind = models.CharField(max_length=20, choices=BenefitKind, default=BenefitKind.NON_FINANCIAL)
    measure = models.TextField(blank=True)
    source = models.TextField(blank=True)
    is_archived = models.BooleanField(default=False)
    archived_reason = models.TextField(blank=True)

    objects = ItemQuerySet.as_manager()

    class Meta:
        ordering = ["node", "pk"]

    def __str__(self):
        return f"{self.ref} {self.title}".strip()


class BenefitUpdate(ReportRow):
    benefit = models.ForeignKey(Benefit, on_delete=models.PROTECT, related_name="updates")
    baseline = models.ForeignKey(
        "projects.BenefitBaseline", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    status = models.ForeignKey("projects.Status", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    review = WrittenDateField("review date")
    brought_forward = Money("slippage brought forward")
    comment = models.TextField(blank=True)

    identity_field = "benefit"
    beneath = ("lines",)
    figures = {"savings": "Savings by year"}

    @property
    def savings(self) -> str:
        """What is stated of each year, in words: "2018: target £60,000, at risk £60,000"."""
        return "; ".join(line.words for line in sorted(self.lines.all(), key=lambda line: (line.order, line.pk)))


class SavingLine(ReportLine):
    """One financial year of a saving (`year` 2018 is 2018/19; None is a total with no year).

    Signs are as printed: at risk and slippage positive, over-achievement negative.
    """

    update_row = models.ForeignKey(BenefitUpdate, on_delete=models.CASCADE, related_name="lines")
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    target = Money()
    at_risk = Money()
    slipped = Money("of which slipped")
    other_way = Money("delivered another way")
    claimed = Money()
    validated = Money("validated by finance")

    row_field = "update_row"

    @property
    def words(self) -> str:
        """The year, by the one in which it begins, with every amount stated of it."""
        amounts = [
            f"{field.verbose_name} {format_pounds(pounds)}"
            for field in self._meta.concrete_fields
            if isinstance(field, Money) and (pounds := getattr(self, field.name)) is not None
        ]
        return f"{self.year or 'All years'}: {', '.join(amounts)}"


class BenefitBaseline(Baseline):
    benefit = models.ForeignKey(Benefit, on_delete=models.PROTECT, related_name="baselines")
    measure = models.TextField(blank=True)

    identity_field = "benefit"


class BenefitTarget(BaselineLine):
    baseline = models.ForeignKey(BenefitBaseline, on_delete=models.CASCADE, related_name="targets")
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    amount = Money()
    words = models.CharField(max_length=200, blank=True)
