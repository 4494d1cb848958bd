"""Organisations and what each has settled for itself: statuses, tiers, thresholds, calendars."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from projects.models.base import Owned, Versioned
from projects.rules.kinds import Kind

ACCENTS = [
    (name, name.capitalize()) for name in ("navy", "teal", "green", "plum", "crimson", "purple", "slate", "bronze")
]


class Organisation(Versioned):
    """A council (several can share one installation); nobody sees another's records."""

    name = models.CharField(max_length=200, unique=True)
    short_name = models.CharField(max_length=60, blank=True)
    slug = models.SlugField(max_length=60, unique=True)
    accent = models.CharField("accent colour", max_length=20, choices=ACCENTS, default="navy")
    logo = models.FileField(upload_to="logos/", blank=True)
    financial_year_start = models.PositiveSmallIntegerField(
        "first month of the financial year", default=4, validators=[MinValueValidator(1), MaxValueValidator(12)]
    )
    is_day_first = models.BooleanField("dates are written day first", default=True)
    bank_holidays = models.CharField("bank holidays of", max_length=10, default="ENG")
    packs_are_public = models.BooleanField("published packs can be read without signing in", default=False)
    accessible_formats = models.TextField(
        "accessible format sentence", blank=True, help_text="Printed at the foot of committee reports."
    )
    clock_on = models.DateField(
        "demonstration date",
        null=True,
        blank=True,
        help_text="For demonstrations only: the portal works as if today were this date.",
    )
    is_sample = models.BooleanField("holds sample data", default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name


class Subject(models.TextChoices):
    """What a status scheme is about; an organisation may use several at once."""

    OVERALL = "overall", "Project or programme status"
    DIMENSION = "dimension", "Dimension of a report"
    DIRECTION = "direction", "Direction of travel"
    MILESTONE = "milestone", "Milestone, product or action"
    RISK_BAND = "risk_band", "Risk band"
    RISK_STATUS = "risk_status", "Risk status"
    RISK_STATE = "risk_state", "Risk or issue state"
    BENEFIT = "benefit", "Benefit"
    INDICATOR = "indicator", "Indicator"
    ANSWER = "answer", "Answer to a question"
    ADEQUACY = "adequacy", "Resource adequacy"
    RECOMMENDATION = "recommendation", "Recommendation or finding"


class StatusScheme(Owned, Versioned):
    """A set of statuses for one subject."""

    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=60)
    subject = models.CharField(max_length=20, choices=Subject)
    is_archived = models.BooleanField(default=False)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["organisation", "slug"], name="scheme_slug_once")]

    def __str__(self):
        return self.name


SHAPES = [
    (name, name.replace("_", " ").capitalize())
    for name in (
        "circle",
        "triangle",
        "diamond",
        "square",
        "octagon",
        "tick",
        "bar",
        "ring",
        "dash",
        "arrow_up",
        "arrow_right",
        "arrow_down",
    )
]
COLOURS = [(name, name.capitalize()) for name in ("green", "yellow", "amber", "red", "blue", "purple", "grey")]
KINDS = [(kind.value, kind.value.replace("_", " ").capitalize()) for kind in Kind]


class Status(Owned, Versioned):
    """One status: always drawn as text, shape and colour.

    Once a report past draft uses it the row never changes: an edit makes a new row and
    `replaced_by` points to it. `severity` 0-5 is the common scale that roll-ups over
    different vocabularies are made on (0 says nothing, 5 is worst; rules/kinds.py).
    """

    scheme = models.ForeignKey(StatusScheme, on_delete=models.PROTECT, related_name="statuses")
    label = models.CharField(max_length=60)
    code = models.CharField("short code", max_length=12)
    definition = models.TextField(blank=True)
    shape = models.CharField(max_length=20, choices=SHAPES)
    colour = models.CharField(max_length=20, choices=COLOURS)
    kind = models.CharField(max_length=20, choices=KINDS)
    severity = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(5)])
    order = models.PositiveSmallIntegerField(default=0)
    synonyms = models.JSONField("also written as", default=list, blank=True)
    replaced_by = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaces")
    is_archived = models.BooleanField(default=False)

    class Meta:
        ordering = ["scheme", "order", "pk"]
        verbose_name_plural = "statuses"
        constraints = [
            models.UniqueConstraint(
                fields=["scheme", "code"], condition=models.Q(is_archived=False), name="status_code_once"
            ),
            models.UniqueConstraint(
                fields=["scheme", "label"], condition=models.Q(is_archived=False), name="status_label_once"
            ),
        ]

    def __str__(self):
        return self.label


class Tier(Owned, Versioned):
    """How much a project reports: which sections it fills. Immutable once used, like a status."""

    label = models.CharField(max_length=60)
    code = models.SlugField("code", max_length=30)
    definition = models.TextField(blank=True)
    order = models.PositiveSmallIntegerField(default=0)
    replaced_by = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaces")
    is_archived = models.BooleanField(default=False)

    class Meta:
        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "code"], condition=models.Q(is_archived=False), name="tier_code_once"
            )
        ]

    def __str__(self):
        return self.label


class Threshold(Owned, Versioned):
    """Where a measure turns amber and red. A measure without a row has the default of the rules."""

    class Measure(models.TextChoices):
        SCHEDULE = "schedule", "Schedule: days of slip"
        SCHEDULE_CRITICAL = "schedule_critical", "Schedule on the critical path: days of slip"
        FINANCE = "finance", "Finance: percent over planned"
        BENEFITS = "benefits", "Benefits: percent short of target"
        INDICATORS = "indicators", "Indicators: percent below target"
        DRIFT = "drift", "Cumulative drift: days moved since the first baseline"

    measure = models.CharField(max_length=30, choices=Measure)
    amber_from = models.DecimalField(max_digits=10, decimal_places=2)
    red_from = models.DecimalField(max_digits=10, decimal_places=2)

    class Meta:
        ordering = ["measure"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "measure"], name="threshold_once"),
            models.CheckConstraint(
                condition=models.Q(red_from__gte=models.F("amber_from")), name="threshold_red_not_before_amber"
            ),
        ]

    def __str__(self):
        return self.get_measure_display()


class RiskMatrix(Owned, Versioned):
    """A likelihood x impact grid with its scale labels, lowest first."""

    name = models.CharField(max_length=100)
    likelihood_labels = models.JSONField(default=list)
    impact_labels = models.JSONField(default=list)
    is_default = models.BooleanField(default=True)

    class Meta:
        verbose_name_plural = "risk matrices"

    def __str__(self):
        return self.name


class RiskBand(Owned):
    """Scores from/to (both included) that fall in one band."""

    matrix = models.ForeignKey(RiskMatrix, on_delete=models.CASCADE, related_name="bands")
    status = models.ForeignKey(Status, on_delete=models.PROTECT, related_name="+")
    from_score = models.PositiveSmallIntegerField()
    to_score = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["from_score"]
        constraints = [
            models.CheckConstraint(condition=models.Q(to_score__gte=models.F("from_score")), name="risk_band_range")
        ]


class Cadence(models.TextChoices):
    WEEKLY = "weekly", "Weekly"
    FORTNIGHTLY = "fortnightly", "Fortnightly"
    MONTHLY = "monthly", "Monthly"
    QUARTERLY = "quarterly", "Quarterly"
    YEARLY = "yearly", "Yearly"
    ADHOC = "adhoc", "When needed"


def default_reminders():
    return [5, 1]


class Calendar(Owned, Versioned):
    """A run of reporting periods and how their deadlines are set."""

    class DeadlineRule(models.TextChoices):
        HOURS_BEFORE = "hours_before", "Hours before the meeting"
        CLEAR_DAYS = "clear_days", "Clear days before the meeting"
        WORKING_DAYS = "working_days", "Working days before the meeting"
        DAYS_AFTER_END = "days_after_end", "Days after the period ends"

    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=60)
    cadence = models.CharField(max_length=20, choices=Cadence, default=Cadence.MONTHLY)
    deadline_rule = models.CharField(max_length=20, choices=DeadlineRule, default=DeadlineRule.DAYS_AFTER_END)
    deadline_amount = models.PositiveSmallIntegerField(default=7)
    board = models.ForeignKey(
        "projects.Board",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="calendars",
        verbose_name="reports go to the meetings of",
    )
    remind_days_before = models.JSONField("remind this many days before the deadline", default=default_reminders)
    remind_late_every = models.PositiveSmallIntegerField(
        "remind of a late report every so many days", default=7, help_text="0: never."
    )
    is_archived = models.BooleanField(default=False)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["organisation", "slug"], name="calendar_slug_once")]

    def __str__(self):
        return self.name


class PeriodQuerySet(models.QuerySet):
    def open_on(self, day):
        """Periods that have begun and are not closed, newest first."""
        return self.filter(starts_on__lte=day, closed_at=None).order_by("-as_at_on")

    def holding(self, day):
        """The period of which `day` is part, if any."""
        return self.filter(starts_on__lte=day, ends_on__gte=day)


class Period(Owned, Versioned):
    """One reporting period. Reports of it speak as at `as_at_on` and are due at `due_at`."""

    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT, related_name="periods")
    slug = models.SlugField(max_length=40)
    label = models.CharField(max_length=80)
    short_code = models.CharField(max_length=12, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField()
    as_at_on = models.DateField()
    due_at = models.DateTimeField(null=True, blank=True)
    meeting = models.ForeignKey(
        "projects.Meeting", null=True, blank=True, on_delete=models.SET_NULL, related_name="periods"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )

    objects = PeriodQuerySet.as_manager()

    class Meta:
        ordering = ["calendar", "as_at_on"]
        constraints = [
            models.UniqueConstraint(fields=["calendar", "slug"], name="period_slug_once"),
            models.UniqueConstraint(fields=["calendar", "as_at_on"], name="period_as_at_once"),
            models.UniqueConstraint(
                fields=["calendar", "short_code"], condition=~models.Q(short_code=""), name="period_short_code_once"
            ),
            models.CheckConstraint(condition=models.Q(ends_on__gte=models.F("starts_on")), name="period_runs_forward"),
        ]

    def __str__(self):
        return self.label


class PeriodExceptionQuerySet(models.QuerySet):
    def in_force_on(self, day):
        """Exceptions not ended by `day` (the last day included)."""
        return self.filter(models.Q(until_on=None) | models.Q(until_on__gte=day), ended_at=None)


class PeriodException(Owned, Versioned):
    """A closed period is locked; this names a series that may still report for it, until when and why."""

    period = models.ForeignKey(Period, on_delete=models.CASCADE, related_name="exceptions")
    series = models.ForeignKey("projects.Series", on_delete=models.CASCADE, related_name="period_exceptions")
    until_on = models.DateField("last day", null=True, blank=True)
    reason = models.TextField()
    granted_at = models.DateTimeField(default=timezone.now)
    granted_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = PeriodExceptionQuerySet.as_manager()

    class Meta:
        ordering = ["period", "pk"]

    def __str__(self):
        return f"{self.series.node} for {self.period}"


class Reminder(Owned):
    """A reminder sent to a person: the row is written before the message goes, so that none goes twice.

    `about` names what it is of ("series 4 period 7"), `step_on` the day of the calendar it was for. `sent_at`
    None: the message was about to go when the process ended; it is not tried again.
    """

    class ReminderKind(models.TextChoices):
        DUE = "due", "Report due"
        LATE = "late", "Report late"
        AWARENESS = "awareness", "Board not told of a change"
        DECISION = "decision", "Change awaits a decision"

    kind = models.CharField(max_length=20, choices=ReminderKind)
    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="reminders")
    about = models.CharField(max_length=100)
    step_on = models.DateField()
    series = models.ForeignKey("projects.Series", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    period = models.ForeignKey(Period, null=True, blank=True, on_delete=models.CASCADE, related_name="reminders")
    change_request = models.ForeignKey(
        "projects.ChangeRequest", null=True, blank=True, on_delete=models.CASCADE, related_name="reminders"
    )
    claimed_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-step_on", "pk"]
        constraints = [models.UniqueConstraint(fields=["user", "kind", "about", "step_on"], name="reminded_once")]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.about}"
