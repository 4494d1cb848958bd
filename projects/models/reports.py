"""Series and highlight reports: what was said of a node, period by period, and never rewritten.

Every state row of the record stands on `ReportRow` (or, for lines beneath a row, `ReportLine`).
Copy-forward, imports, comparison, audit and locks are loops over `state_models()`.
"""

from django.apps import apps
from django.conf import settings
from django.db import connection, models
from django.utils import timezone

from projects.models.base import Exemptable, Money, Owned, Versioned, WrittenDateField, exempt_now
from projects.models.people import node_filter, open_to
from projects.rules.access import Permission

NAMES_MARK = "printed_as"  # the mark of a report that says what its document calls the node and those above it
PRINTED = "printed"  # the kind of mark that keeps words a report prints and has no column for


class ReportIsFrozen(Exception):
    """An approved or published report never changes; a correction is a new revision."""


class ReportTemplate(Owned, Versioned):
    """Which sections, dimensions and questions the reports of a series have.

    Immutable once a report past draft uses it: an edit makes a new row that replaces it. One for reports to a
    committee may be for one `board` alone, and say how paragraphs are numbered.
    """

    slug = models.SlugField(max_length=60)
    name = models.CharField(max_length=120)
    document = models.CharField("printed as the document", max_length=60)
    marking = models.CharField(max_length=60, blank=True)
    requires_sign_off = models.BooleanField("sponsor signs off", default=False)
    score_label = models.CharField(max_length=60, blank=True)
    board = models.ForeignKey("projects.Board", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    numbering = models.CharField("numbering of paragraphs", max_length=20, blank=True)  # "": the report's own default
    replaced_by = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaces")
    is_archived = models.BooleanField(default=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "slug"], condition=models.Q(is_archived=False), name="template_slug_once"
            )
        ]

    def __str__(self):
        return self.name


class TemplateSection(Owned):
    """A section of a template. No tiers means every tier has it."""

    template = models.ForeignKey(ReportTemplate, on_delete=models.CASCADE, related_name="sections")
    key = models.SlugField(max_length=60)
    title = models.CharField(max_length=200)
    help_text = models.TextField(blank=True)
    tiers = models.ManyToManyField("projects.Tier", blank=True, related_name="+")
    scope_label = models.CharField(
        "who fills it, as printed", max_length=100, blank=True, help_text='Such as "GOLD AND SILVER PROJECTS".'
    )
    order = models.PositiveSmallIntegerField(default=0)
    options = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["order", "pk"]
        constraints = [models.UniqueConstraint(fields=["template", "key"], name="section_once")]

    def __str__(self):
        return self.title


class Dimension(Owned):
    """Something a report rates: overall status, resources, schedule, a direction of travel."""

    template = models.ForeignKey(ReportTemplate, on_delete=models.CASCADE, related_name="dimensions")
    key = models.SlugField(max_length=60)
    label = models.CharField(max_length=100)
    scheme = models.ForeignKey("projects.StatusScheme", on_delete=models.PROTECT, related_name="+")
    section = models.SlugField("printed in the section", max_length=60, blank=True)
    is_overall = models.BooleanField(default=False)
    rule = models.CharField("proposed by the rule", max_length=30, blank=True)
    help_text = models.TextField(blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["template", "key"], name="dimension_once"),
            models.UniqueConstraint(
                fields=["template"], condition=models.Q(is_overall=True), name="one_overall_dimension"
            ),
        ]

    def __str__(self):
        return self.label


class Question(Owned):
    """A question every report of the template answers. No tiers means every tier."""

    template = models.ForeignKey(ReportTemplate, on_delete=models.CASCADE, related_name="questions")
    key = models.SlugField(max_length=60)
    text = models.CharField(max_length=300)
    scheme = models.ForeignKey("projects.StatusScheme", on_delete=models.PROTECT, related_name="+")
    section = models.SlugField(max_length=60, blank=True)
    tiers = models.ManyToManyField("projects.Tier", blank=True, related_name="+")
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "pk"]
        constraints = [models.UniqueConstraint(fields=["template", "key"], name="question_once")]

    def __str__(self):
        return self.text


class SeriesQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(
            node_filter(user, Permission.VIEW_RECORD, "node__") | node_filter(user, Permission.VIEW_PUBLISHED, "node__")
        ).filter(open_to(user, "node__"))


class Series(Owned, Versioned):
    """The reports of one node on one template. Exactly one series of a node keeps its registers."""

    node = models.ForeignKey("projects.Node", on_delete=models.PROTECT, related_name="series")
    template = models.ForeignKey(ReportTemplate, on_delete=models.PROTECT, related_name="series")
    calendar = models.ForeignKey("projects.Calendar", on_delete=models.PROTECT, related_name="series")
    keeps_registers = models.BooleanField(default=True)
    current = models.ForeignKey(
        "projects.Report", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    previous = models.ForeignKey(
        "projects.Report", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    published = models.ForeignKey(
        "projects.Report", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    published_before = models.ForeignKey(
        "projects.Report", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    is_archived = models.BooleanField(default=False)

    objects = SeriesQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "series"
        constraints = [
            models.UniqueConstraint(fields=["node", "template"], name="series_once"),
            models.UniqueConstraint(
                fields=["node"], condition=models.Q(keeps_registers=True), name="one_series_keeps_registers"
            ),
        ]

    def __str__(self):
        return f"{self.template} of {self.node}"


class ReportState(models.TextChoices):
    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Submitted"
    SIGNED_OFF = "signed_off", "Signed off"
    RETURNED = "returned", "Returned"
    APPROVED = "approved", "Approved"
    PUBLISHED = "published", "Published"


OPEN_STATES = (ReportState.DRAFT, ReportState.RETURNED)  # an officer can edit
FROZEN_STATES = (ReportState.APPROVED, ReportState.PUBLISHED)


class Origin(models.TextChoices):
    ENTERED = "entered", "Entered in the portal"
    IMPORTED = "imported", "Imported"
    BACK_FILLED = "back_filled", "Back-filled"


def known_on(day, *, published=False, prefix=""):
    """Reports that are now known to speak for `day`, as a Q over the fields behind `prefix`; see `known_at`."""
    side = f"{prefix}public_known" if published else f"{prefix}known"
    return models.Q(**{f"{side}_from__lte": day}) & (
        models.Q(**{f"{side}_to": None}) | models.Q(**{f"{side}_to__gt": day})
    )


def stood_at(moment, *, published=False, prefix=""):
    """Reports that were the newest approved (or published) at `moment`, as a Q; see `standing_at`."""
    side = f"{prefix}published" if published else f"{prefix}approved"
    return models.Q(**{f"{side}_from__lte": moment}) & (
        models.Q(**{f"{side}_until": None}) | models.Q(**{f"{side}_until__gt": moment})
    )


class ReportQuerySet(models.QuerySet):
    def update(self, **changes):
        if set(changes) - FREE_COLUMNS and self.filter(state__in=FROZEN_STATES).exists():
            raise ReportIsFrozen("An approved report cannot be changed; make a correction.")
        return super().update(**changes)

    def delete(self):
        if self.filter(state__in=FROZEN_STATES).exists():
            raise ReportIsFrozen("An approved report cannot be deleted.")
        return super().delete()

    def visible_to(self, user):
        """Every report below `user`'s working roles, and published ones where they may read."""
        return self.filter(
            node_filter(user, Permission.VIEW_RECORD, "node__")
            | (node_filter(user, Permission.VIEW_PUBLISHED, "node__") & models.Q(state=ReportState.PUBLISHED))
        ).filter(open_to(user, "node__"))

    def frozen(self):
        return self.filter(state__in=FROZEN_STATES)

    def unfinished(self):
        return self.exclude(state__in=FROZEN_STATES)

    def in_order(self):
        """Oldest first: the total order within a series."""
        return self.order_by("as_at_on", "revision", "pk")

    def known_at(self, day, *, published=False):
        """As now known: the reports that stand on `day`, with later corrections and late returns."""
        return self.filter(known_on(day, published=published))

    def standing_at(self, moment, *, published=False):
        """As it stood then: the reports that were the newest approved (or published) at `moment`."""
        return self.filter(stood_at(moment, published=published))


class Report(Owned, Versioned):
    """A highlight, checkpoint or programme report of one node at one date.

    Everything it prints is copied into it, so that a later change of a title, a post or a
    board cannot rewrite it. `covers` lists the section keys it speaks of; null means all of
    its template's. What a report does not cover is unknown, never zero.
    """

    node = models.ForeignKey("projects.Node", on_delete=models.PROTECT, related_name="reports")
    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="reports")
    template = models.ForeignKey(ReportTemplate, on_delete=models.PROTECT, related_name="reports")
    period = models.ForeignKey(
        "projects.Period", null=True, blank=True, on_delete=models.PROTECT, related_name="reports"
    )
    as_at_on = models.DateField()
    revision = models.PositiveSmallIntegerField(default=1)
    corrects = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrections")
    correction_reason = models.TextField(blank=True)
    state = models.CharField(max_length=20, choices=ReportState, default=ReportState.DRAFT)
    origin = models.CharField(max_length=20, choices=Origin, default=Origin.ENTERED)
    covers = models.JSONField(null=True, blank=True)
    copied_from = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    # as printed
    organisation_name = models.CharField(max_length=200, blank=True)
    period_label = models.CharField(max_length=80, blank=True)
    title = models.CharField(max_length=300)
    reference = models.CharField(max_length=60, blank=True)
    parent_titles = models.JSONField(default=list, blank=True)
    node_path = models.CharField(max_length=200, blank=True)
    node_kind = models.CharField(max_length=20, blank=True)
    tier = models.ForeignKey("projects.Tier", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    lead_words = models.CharField("project lead", max_length=300, blank=True)
    sponsor_words = models.CharField("sponsor", max_length=300, blank=True)
    reports_to_words = models.CharField("reports to", max_length=300, blank=True)
    stage_words = models.CharField("stage", max_length=100, blank=True)
    start = WrittenDateField("start date", side="earliest")
    finish = WrittenDateField("finish date")
    team_size = models.PositiveIntegerField("team members", null=True, blank=True)
    whole_life_cost = Money("whole-life cost")
    score = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    score_label = models.CharField(max_length=60, blank=True)
    marking = models.CharField(max_length=60, blank=True)
    appendix_label = models.CharField("appendix", max_length=60, blank=True)
    marks = models.JSONField(default=dict, blank=True)
    confirmed = models.JSONField("sections confirmed", default=dict, blank=True)

    # who did what when
    opened_at = models.DateTimeField(default=timezone.now)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    signed_off_at = models.DateTimeField(null=True, blank=True)
    signed_off_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    return_reason = models.TextField(blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    # standings, rewritten under a lock of the series by actions.standing
    approved_from = models.DateTimeField(null=True, blank=True, editable=False)
    approved_until = models.DateTimeField(null=True, blank=True, editable=False)
    published_from = models.DateTimeField(null=True, blank=True, editable=False)
    published_until = models.DateTimeField(null=True, blank=True, editable=False)
    known_from = models.DateField(null=True, blank=True, editable=False)
    known_to = models.DateField(null=True, blank=True, editable=False)
    public_known_from = models.DateField(null=True, blank=True, editable=False)
    public_known_to = models.DateField(null=True, blank=True, editable=False)

    objects = ReportQuerySet.as_manager()

    class Meta:
        ordering = ["as_at_on", "revision", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["series", "as_at_on", "revision"], name="report_revision_once"),
            models.CheckConstraint(
                condition=models.Q(corrects=None) | ~models.Q(correction_reason=""), name="correction_says_why"
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "state"]),
            models.Index(fields=["node", "known_from", "known_to"]),
            models.Index(fields=["node", "approved_from", "approved_until"]),
            models.Index(fields=["node", "public_known_from", "public_known_to"], name="report_public_known"),
            models.Index(fields=["node", "published_from", "published_until"], name="report_published_then"),
            models.Index(fields=["organisation", "node_path"], name="report_beneath_then"),
        ]

    def __str__(self):
        return f"{self.title}, {self.period_label or self.as_at_on}"

    @property
    def is_frozen(self):
        return self.state in FROZEN_STATES

    @property
    def is_open(self):
        """Whether an officer may still edit it."""
        return self.state in OPEN_STATES

    def covers_section(self, key):
        return self.covers is None or key in self.covers


# Columns of a frozen report that may still be written: its publication and its standings.
FREE_COLUMNS = frozenset(
    {
        "state",
        "published_at",
        "published_by",
        "published_by_id",
        "approved_from",
        "approved_until",
        "published_from",
        "published_until",
        "known_from",
        "known_to",
        "public_known_from",
        "public_known_to",
    }
)


class ReportRowQuerySet(models.QuerySet):
    def _refuse_frozen(self):
        if self.filter(report__state__in=FROZEN_STATES).exists():
            raise ReportIsFrozen("Rows of an approved report cannot be changed; make a correction.")

    def update(self, **changes):
        self._refuse_frozen()
        return super().update(**changes)

    def delete(self):
        self._refuse_frozen()
        return super().delete()

    def bulk_update(self, objs, fields, batch_size=None):
        objs = list(objs)
        self.filter(pk__in=[row.pk for row in objs])._refuse_frozen()
        return super().bulk_update(objs, fields, batch_size)

    def visible_to(self, user):
        """Rows of reports `user` may see, less exempt ones where they may not see those."""
        exemptable = ("", "report__node__") if issubclass(self.model, ReportRow) else ("report__node__",)
        return self.filter(
            node_filter(user, Permission.VIEW_RECORD, "report__node__")
            | (
                node_filter(user, Permission.VIEW_PUBLISHED, "report__node__")
                & models.Q(report__state=ReportState.PUBLISHED)
            )
        ).filter(open_to(user, *exemptable, node="report__node__"))

    def public(self, on=None):
        """Rows fit for a public copy: exempt ones left out."""
        return self.exclude(exempt_now(on or timezone.localdate()))

    def of(self, report):
        return self.filter(report=report)

    def present(self):
        """Rows not removed in their report."""
        return self.filter(is_removed=False)


class ReportRow(Owned, Versioned, Exemptable):
    """One row of state: what a report says of one thing.

    `is_changed` is set at approval, against the report it was copied from. `marks` says of a
    field that it was withheld, exempt, or which cell it came from:
    {field: {kind: "withheld"|"exempt"|"provenance"|"printed", ...}}; provenance is not copied forward.
    """

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="%(class)s_rows")
    ref = models.CharField(max_length=40, blank=True)
    title = models.TextField(blank=True)
    owner_words = models.CharField("owner (post)", max_length=300, blank=True)
    order = models.PositiveIntegerField(default=0)
    is_changed = models.BooleanField(default=False, editable=False)
    confirmed_at = models.DateTimeField(null=True, blank=True, editable=False)
    is_removed = models.BooleanField(default=False)
    removed_reason = models.TextField(blank=True)
    marks = models.JSONField(default=dict, blank=True)

    # set by each table: the field that names the thing the row is about, None where the row is its own thing
    identity_field = None
    # the lines beneath a row that lists of rows read along, and the figures (name: label) that a row tells of them
    beneath: tuple[str, ...] = ()
    figures: dict[str, str] = {}

    objects = ReportRowQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["order", "pk"]
        indexes = [
            models.Index(fields=["report", "order"], name="%(class)s_in_order"),
            models.Index(fields=["report"], condition=models.Q(is_changed=True), name="%(class)s_moved"),
        ]

    def __str__(self):
        return f"{self.ref} {self.title}".strip()


class ReportLine(Owned):
    """A line beneath a state row (a year of a saving, a value of an indicator)."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="%(class)s_lines")
    order = models.PositiveIntegerField(default=0)
    marks = models.JSONField(default=dict, blank=True)

    # set by each table: the field that names the row above
    row_field = None

    objects = ReportRowQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["order", "pk"]


def state_models():
    """Every table of state rows, those that carry lines before their lines."""
    tables = [model for model in apps.get_app_config("projects").get_models() if issubclass(model, ReportRow)]
    lines = [model for model in apps.get_app_config("projects").get_models() if issubclass(model, ReportLine)]
    return [*tables, *lines]


def tables_filled_by(*reports: int) -> list:
    """Of `state_models()` those that hold rows of a report with one of these ids, found in one statement.

    Most reports fill few of the tables: who copies or compares them asks this first.
    """
    tables = state_models()
    quoted, these = connection.ops.quote_name, ", ".join(["%s"] * len(reports))
    each = (
        f"SELECT {place} WHERE EXISTS (SELECT 1 FROM {quoted(table._meta.db_table)} WHERE report_id IN ({these}))"  # noqa: S608 (names of tables)
        for place, table in enumerate(tables)
    )
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(each), [*reports] * len(tables))
        filled = {place for (place,) in cursor.fetchall()}
    return [table for place, table in enumerate(tables) if place in filled]


class DimensionRating(ReportRow):
    """A dimension's status as chosen, beside the one the rules propose and why they do."""

    dimension = models.ForeignKey(Dimension, on_delete=models.PROTECT, related_name="ratings")
    status = models.ForeignKey("projects.Status", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    comment = models.TextField(blank=True)
    proposed_status = models.ForeignKey(
        "projects.Status", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    proposed_because = models.JSONField(default=list, blank=True)
    chosen_because = models.TextField("why another status was chosen", blank=True)

    identity_field = "dimension"


class Answer(ReportRow):
    """The stated answer to a question of the template."""

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="answers")
    status = models.ForeignKey("projects.Status", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    comment = models.TextField(blank=True)

    identity_field = "question"


class StatedFigure(ReportRow):
    """A figure a source states that the record derives; the derived one is printed, this is kept.

    A key that begins with "named." is the name of a cell of somebody's form for which the record has no field; `title`
    is the name as its owner writes it.
    """

    key = models.CharField(max_length=300)
    words = models.TextField(blank=True)
    amount = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)

    identity_field = "key"


class Narrative(ReportRow):
    """Free text of a section (plain paragraphs, a blank line between them)."""

    section = models.SlugField(max_length=60)
    text = models.TextField(blank=True)

    identity_field = "section"


class DataTable(ReportRow):
    """A small table inside a report: `columns` is a list of headings, `rows` a list of lists of words.

    `title` is its caption. "[table 1]" in a text of the report stands for the first of them.
    """

    section = models.SlugField(max_length=60)
    columns = models.JSONField(default=list)
    rows = models.JSONField(default=list)


class Notice(ReportRow):
    """Something a report calls attention to in a sentence: an escalation, a deviation, a product completed.

    `source` is the child's report that a parent's report took it from, and `source_words` that child's title as
    printed; what the parent says itself has none.
    """

    class NoticeKind(models.TextChoices):
        ESCALATION = "escalation", "Escalation"
        AWARENESS = "awareness", "Awareness"
        DEVIATION = "deviation", "Deviation"
        ACTIVITY = "activity", "Activity"
        PRODUCT_DONE = "product_done", "Product completed"
        WORK_PLANNED = "work_planned", "Work planned"
        PRODUCT_NEXT = "product_next", "Product to come"

    kind = models.CharField(max_length=20, choices=NoticeKind)
    area = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    plan_item = models.ForeignKey(
        "projects.PlanItem", null=True, blank=True, on_delete=models.PROTECT, related_name="notices"
    )
    status = models.ForeignKey("projects.Status", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey(
        Report, null=True, blank=True, on_delete=models.PROTECT, related_name="quoted_in", editable=False
    )
    source_words = models.CharField("taken from", max_length=300, blank=True, editable=False)


class ReportingStream(ReportRow):
    """Another reporting stream that must be considered; `title` is the activity."""

    tier_words = models.CharField("tier", max_length=60, blank=True)


class ReportInput(Owned):
    """Pins the child report that a parent's report was made from.

    A later correction of the child, or a later return for the same date, flags the parent and never changes it.
    """

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="inputs")
    child = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="used_in")
    child_corrected_at = models.DateTimeField(null=True, blank=True)
    corrected_by = models.ForeignKey(Report, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["report", "child"], name="input_once")]


class ReportEvent(Owned):
    """Who moved a report from one state to another, when and why."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="events")
    from_state = models.CharField(max_length=20, blank=True)
    to_state = models.CharField(max_length=20)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["at", "pk"]


class ReportSummary(Owned):
    """Counts and sums of one approved report, derived from its rows and rebuildable from them.

    The `public_` columns are the same without what is exempt or withheld: lists for readers read those.
    """

    report = models.OneToOneField(Report, on_delete=models.CASCADE, related_name="summary")
    overall = models.ForeignKey("projects.Status", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    severity = models.PositiveSmallIntegerField(default=0)
    counts = models.JSONField(default=dict)  # {"milestones": {kind: n}, "risks": {...}, "benefits": {...}}
    sums = models.JSONField(default=dict)  # {"planned": "601400.00", "forecast": ..., "spent": ...}
    next_item = models.CharField(max_length=500, blank=True)
    next_item_on = models.DateField(null=True, blank=True)
    public_overall = models.ForeignKey(
        "projects.Status", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    public_severity = models.PositiveSmallIntegerField(default=0)
    public_counts = models.JSONField(default=dict)
    public_sums = models.JSONField(default=dict)
    public_next_item = models.CharField(max_length=500, blank=True)
    public_next_item_on = models.DateField(null=True, blank=True)


class PeriodStanding(Owned):
    """The roll-up of a node's subtree at the close of a period, derived and rebuildable.

    `side` is whose: of approved reports (staff) or of published ones, without what is exempt (readers).
    """

    class Side(models.TextChoices):
        APPROVED = "approved", "Approved reports"
        PUBLISHED = "published", "Published reports"

    side = models.CharField(max_length=10, choices=Side, default=Side.APPROVED)
    period = models.ForeignKey("projects.Period", on_delete=models.CASCADE, related_name="standings")
    node = models.ForeignKey("projects.Node", on_delete=models.CASCADE, related_name="standings")
    reported = models.PositiveIntegerField(default=0)
    expected = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    sums = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["period", "node", "side"], name="standing_once")]
