"""Boards and committees, their meetings, the reports they receive and their work programmes."""

from django.db import models
from django.utils import timezone

from projects.models.base import Exemptable, ExemptWithNode, Owned, Versioned, WrittenDateField, exempt_now
from projects.models.organisation import Cadence
from projects.models.people import node_filter, open_to
from projects.rules.access import Permission
from projects.rules.tree import subtree_range


class Board(Owned, Versioned):
    """A board or committee. `awareness_heading` is the change record's column for it, as printed."""

    class BoardKind(models.TextChoices):
        COMMITTEE = "committee", "Committee of members"
        EXECUTIVE = "executive", "Executive or cabinet"
        BOARD = "board", "Officer board"
        TEAM = "team", "Leadership team"

    name = models.CharField(max_length=200)
    short_name = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=20, choices=BoardKind, default=BoardKind.BOARD)
    cadence = models.CharField(max_length=20, choices=Cadence, default=Cadence.MONTHLY)
    terms = models.TextField("terms of reference", blank=True)
    awareness_heading = models.CharField(max_length=100, blank=True)
    members = models.ManyToManyField("projects.Post", blank=True, related_name="boards")
    order = models.PositiveSmallIntegerField(default=0)
    is_archived = models.BooleanField(default=False)

    class Meta:
        ordering = ["order", "name"]
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="board_name_once")]

    def __str__(self):
        return self.name


class Meeting(Owned, Versioned):
    board = models.ForeignKey(Board, on_delete=models.PROTECT, related_name="meetings")
    starts_at = models.DateTimeField()
    place = models.CharField(max_length=200, blank=True)
    papers_due_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField("closed at", null=True, blank=True)
    attendance = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["starts_at"]
        constraints = [models.UniqueConstraint(fields=["board", "starts_at"], name="meeting_once")]

    def __str__(self):
        return f"{self.board}, {timezone.localtime(self.starts_at):%-d %B %Y}"


class CommitteeReportQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(
            node_filter(user, Permission.VIEW_RECORD, "node__")
            | (node_filter(user, Permission.VIEW_PUBLISHED, "node__") & models.Q(state=CommitteeReport.State.PUBLISHED))
        ).filter(open_to(user, "", "node__"))

    def telling_of(self, node):
        """Reports about `node` or a part of it, and those with a section taken from a report of one; newest first."""
        low, high = subtree_range(node.path)
        taken = CommitteeReportSection.objects.filter(
            report=models.OuterRef("pk"), is_exempt=False, source__node__path__gte=low, source__node__path__lt=high
        )
        about = models.Q(node__path__gte=low, node__path__lt=high)
        return self.filter(about | models.Exists(taken)).select_related("organisation", "meeting__board", "node")


class CommitteeReport(Owned, Versioned, ExemptWithNode):
    """The cover report to a meeting. Published, it never changes."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        CLEARED = "cleared", "Cleared"
        PUBLISHED = "published", "Published"

    class Numbering(models.TextChoices):
        BY_SECTION = "by_section", "1.1, 1.2, 2.1: by section"
        THROUGH = "through", "1, 2, 3: through all sections"

    node = models.ForeignKey("projects.Node", on_delete=models.PROTECT, related_name="committee_reports")
    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="reports")
    slug = models.SlugField(max_length=80)
    document = models.CharField(max_length=60, default="cover-report")
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT)
    organisation_name = models.CharField(max_length=200, blank=True)
    agenda_item = models.CharField(max_length=10, blank=True)
    heading = models.CharField(max_length=300)
    subject = models.CharField(max_length=300)
    report_of = models.CharField("report of (post)", max_length=300)
    numbering = models.CharField(max_length=20, choices=Numbering, default=Numbering.BY_SECTION)
    fields = models.JSONField("header block", default=list, blank=True)
    declaration = models.TextField(blank=True)
    signature_label = models.CharField(max_length=200, blank=True)
    signed_by = models.CharField("signed by (post)", max_length=300, blank=True)
    background_papers = models.TextField(blank=True)
    contact = models.CharField("contact (post)", max_length=300, blank=True)
    accessible_formats = models.TextField(blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = CommitteeReportQuerySet.as_manager()

    class Meta:
        ordering = ["-meeting__starts_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["organisation", "slug"], name="committee_report_slug_once")]

    def __str__(self):
        return self.subject


class CommitteeReportSection(Owned, Versioned, Exemptable):
    """A numbered section. `text` has a paragraph a blank-line block: "# words" is an unnumbered
    heading within it, lines that begin "- " are bullets of the paragraph before, "+ words" go on
    with it without a number, and "[table 1]" is the place of the first small table."""

    report = models.ForeignKey(CommitteeReport, on_delete=models.CASCADE, related_name="sections")
    key = models.SlugField(max_length=60, blank=True)
    heading = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    # small tables after the text: [{"caption": "", "columns": ["", ...], "rows": [["", ...], ...]}]
    tables = models.JSONField(default=list, blank=True)
    order = models.PositiveSmallIntegerField(default=0)
    is_within = models.BooleanField("stands under the heading above", default=False)
    # where the section was taken from a project's report: which, and what it said ({"heading", "text", "tables"})
    source = models.ForeignKey(
        "projects.Report", null=True, blank=True, on_delete=models.PROTECT, related_name="told_in", editable=False
    )
    taken = models.JSONField(default=dict, blank=True, editable=False)

    class Meta:
        ordering = ["order", "pk"]

    @property
    def is_edited(self) -> bool:
        """Whether a section that was taken from a report says something else by now."""
        return bool(self.taken) and any(getattr(self, name) != said for name, said in self.taken.items())


class CommitteeReportClearance(Owned, Versioned):
    """What finance, the legal or the monitoring officer say of a report before it is published.

    `heading` is printed ("Constitutional Comments"), with the reviewer's initials and date behind it. It is given once
    the initials stand there.
    """

    class Reviewer(models.TextChoices):
        FINANCE = "finance", "Finance"
        LEGAL = "legal", "Legal"
        MONITORING_OFFICER = "monitoring", "Monitoring officer"
        OTHER = "other", "Another reviewer"

    report = models.ForeignKey(CommitteeReport, on_delete=models.CASCADE, related_name="clearances")
    heading = models.CharField(max_length=200)
    reviewer = models.CharField(max_length=20, choices=Reviewer, default=Reviewer.OTHER)
    post = models.ForeignKey("projects.Post", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField("wanted by", null=True, blank=True)
    text = models.TextField("comment", blank=True)
    initials = models.CharField(max_length=20, blank=True)
    cleared = WrittenDateField("date")
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "pk"]


class CommitteeReportAppendix(Owned, ExemptWithNode):
    """An appendix: a document drawn from a node's report, pinned when the cover report is published.

    `period` is the slug of the report's period or a day, "" for the newest published one.
    """

    report = models.ForeignKey(CommitteeReport, on_delete=models.CASCADE, related_name="appendices")
    label = models.CharField(max_length=60)
    title = models.CharField(max_length=300)
    document = models.CharField(max_length=60)
    period = models.CharField(max_length=60, blank=True)
    node = models.ForeignKey("projects.Node", on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey("projects.Report", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "pk"]


class WorkProgrammeItem(Owned, Versioned, Exemptable):
    """A report a committee expects, by meeting; also a line of the forward plan."""

    board = models.ForeignKey(Board, on_delete=models.PROTECT, related_name="work_programme")
    meeting = models.ForeignKey(Meeting, null=True, blank=True, on_delete=models.PROTECT, related_name="work_programme")
    when = WrittenDateField("when")
    title = models.CharField(max_length=300)
    summary = models.TextField(blank=True)
    lead_officer_words = models.CharField("lead officer (post)", max_length=300, blank=True)
    author_words = models.CharField("report author (post)", max_length=300, blank=True)
    plan_item = models.ForeignKey(
        "projects.PlanItem", null=True, blank=True, on_delete=models.PROTECT, related_name="work_programme"
    )
    is_key_decision = models.BooleanField(default=False)
    notice_on = models.DateField("notice published on", null=True, blank=True)
    order = models.PositiveSmallIntegerField(default=0)
    is_archived = models.BooleanField(default=False)

    class Meta:
        ordering = ["board", "when_on", "order", "pk"]


def exempt_minutes(day, prefix=""):
    """Items of minutes that are kept from the public on `day`, by their own mark or with the report they are about."""
    report = f"{prefix}committee_report__"
    return exempt_now(day, prefix) | exempt_now(day, report) | exempt_now(day, f"{report}node__")


class MinuteItem(Owned, Versioned, Exemptable):
    """An item of a meeting's minutes, as discussed; `number` is the agenda's. What was resolved on it goes with it."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="minutes")
    committee_report = models.ForeignKey(
        CommitteeReport, null=True, blank=True, on_delete=models.PROTECT, related_name="minutes"
    )
    number = models.CharField(max_length=10, blank=True)
    heading = models.CharField(max_length=300)
    text = models.TextField(blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "pk"]

    def __str__(self):
        return f"{self.number} {self.heading}".strip()


class Resolution(Owned, Versioned):
    """A numbered resolution of a meeting, and the lines of the work programme that it changed."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="resolutions")
    committee_report = models.ForeignKey(
        CommitteeReport, null=True, blank=True, on_delete=models.PROTECT, related_name="resolutions"
    )
    minute_item = models.ForeignKey(
        MinuteItem, null=True, blank=True, on_delete=models.PROTECT, related_name="resolutions"
    )
    work_programme_items = models.ManyToManyField(WorkProgrammeItem, blank=True, related_name="resolutions")
    number = models.CharField(max_length=20)
    text = models.TextField()
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "pk"]

    def is_exempt_on(self, day) -> bool:
        """Whether what was resolved is kept from the public on `day`, with its item or with its report."""
        return any(each is not None and each.is_exempt_on(day) for each in (self.minute_item, self.committee_report))
