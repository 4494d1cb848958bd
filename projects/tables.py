"""The registers as tables: which columns each has, what can be asked of it, and how a row is told."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, F, OuterRef, Q

from projects.actions.registers import drafts_in_hand
from projects.actions.reports import row_key
from projects.actions.rows import changed_fields
from projects.as_at import AsAt
from projects.models import (
    BenefitUpdate,
    IndicatorUpdate,
    IssueUpdate,
    Node,
    PlanItemUpdate,
    RecommendationUpdate,
    Report,
    ReportRow,
    RiskAssessment,
    Series,
    Status,
    StatusScheme,
    Subject,
)
from projects.models.people import node_filter
from projects.permissions import may
from projects.rules.access import Permission
from projects.rules.kinds import Kind
from projects.rules.schedule import days_overdue
from projects.rules.tree import subtree_range

WITHHELD = ("withheld", "exempt")  # the marks of a field that the public does not see


@dataclass(frozen=True)
class Column:
    """A column of a register: `kind` is text, status, written (a date in words), yes (a tick in words) or figure.

    A figure is told of the lines beneath a row (its `<key>_words`); a register is not sorted by it.
    """

    key: str
    label: str
    kind: str = "text"
    order: tuple[str, ...] = ()  # what ?sort=key orders by; none: the column itself
    subject: Subject | None = None  # shown only where the council has a scheme for it

    @property
    def is_sortable(self) -> bool:
        return self.kind != "figure"

    @property
    def order_by(self) -> tuple[str, ...]:
        if self.order or not self.is_sortable:
            return self.order
        return {"status": (f"{self.key}__severity", f"{self.key}__order"), "written": (f"{self.key}_on",)}.get(
            self.kind, (self.key,)
        )


@dataclass(frozen=True)
class Register:
    """A register of a node: the table behind it, its columns, its status and the date it chases."""

    kind: str
    title: str
    noun: str
    nouns: str
    model: type[ReportRow]
    columns: tuple[Column, ...]
    status: str  # the status that the filter is about
    subject: Subject
    status_label: str
    due: str = ""  # the date in words that is chased; "" for none
    due_label: str = ""  # the filter's words for it
    done: Q | None = None  # rows that are not chased any more

    @property
    def identity(self) -> str:
        return self.model.identity_field

    @property
    def identity_model(self):
        return self.model._meta.get_field(self.identity).related_model

    @property
    def statuses(self) -> list[str]:
        """Every status that a row names."""
        return [field.name for field in self.model._meta.concrete_fields if field.related_model is Status]

    def days_overdue(self, row, today: date) -> int | None:
        """Days since the date passed; 0 in time, None for what is done or has no date that can be read."""
        is_done = bool(row.status and row.status.kind == Kind.DONE)
        is_done = is_done or bool(getattr(row, "actual_on", None) or getattr(row, "closed_on", None))
        return days_overdue(getattr(row, f"{self.due}_on"), today, is_done=is_done)

    def overdue(self, today: date) -> Q:
        """The same question for the database: rows whose date has passed."""
        return Q(**{f"{self.due}_on__lt": today}) & ~self.done


DONE = Q(status__isnull=False, status__kind=Kind.DONE.value)
REF = Column("ref", "Ref")
REVIEW = Column("review", "Review date", "written")

REGISTERS = {
    register.kind: register
    for register in (
        Register(
            "risks", "Risk register", "risk", "risks", RiskAssessment,
            (REF, Column("title", "Risk"), REVIEW, Column("residual_band", "Residual", "status"),
             Column("status", "State", "status", subject=Subject.RISK_STATE),
             Column("action_owner_words", "Person responsible")),
            "residual_band", Subject.RISK_BAND, "Residual risk", "review", "Review overdue", DONE,
        ),
        Register(
            "issues", "Issue register", "issue", "issues", IssueUpdate,
            (REF, Column("title", "Issue"), Column("priority", "Priority"), Column("severity", "Severity"), REVIEW,
             Column("status", "State", "status"), Column("owner_words", "Owner")),
            "status", Subject.RISK_STATE, "State", "review", "Review overdue", DONE | Q(closed_on__isnull=False),
        ),
        Register(
            "milestones", "Milestones", "milestone", "milestones", PlanItemUpdate,
            (REF, Column("title", "Milestone"), Column("start", "Start date", "written"),
             Column("finish", "Target end date", "written"), Column("actual", "Actual end date", "written"),
             Column("status", "Status", "status"), Column("interdependencies", "Interdependencies"),
             Column("is_critical_path", "Critical path", "yes")),
            "status", Subject.MILESTONE, "Status", "finish", "Date passed", DONE | Q(actual_on__isnull=False),
        ),
        Register(
            "benefits", "Benefits", "benefit", "benefits", BenefitUpdate,
            (REF, Column("title", "Key benefit"), REVIEW, Column("status", "Status", "status"),
             Column("owner_words", "Owner")),
            "status", Subject.BENEFIT, "Status", "review", "Review overdue", DONE,
        ),
        Register(
            "indicators", "Indicators", "indicator", "indicators", IndicatorUpdate,
            (REF, Column("title", "Indicator"), Column("group", "Group", order=("indicator__group", "order")),
             Column("before", "Before", "figure"), Column("actual", "Actual", "figure"),
             Column("target", "Target", "figure"), Column("status", "Status", "status"),
             Column("way", "Since the period before", "figure")),
            "status", Subject.INDICATOR, "Status",
        ),
        Register(
            "recommendations", "Recommendations", "recommendation", "recommendations", RecommendationUpdate,
            (Column("source", "Source report", order=("recommendation__source", "order")), REF,
             Column("title", "Recommendation"), Column("status", "Status", "status"),
             Column("evidence", "Closing evidence")),
            "status", Subject.RECOMMENDATION, "Status",
        ),
    )
}  # fmt: skip


def columns_for(register: Register, organisation) -> list[Column]:
    """The columns of a register that a council uses."""
    asked = {column.subject for column in register.columns if column.subject}
    used = StatusScheme.objects.filter(organisation=organisation, subject__in=asked, is_archived=False)
    subjects = set(used.values_list("subject", flat=True)) if asked else set()
    return [column for column in register.columns if column.subject is None or column.subject in subjects]


# ---- which rows ----


@dataclass
class RegisterRows:
    """The rows of a register for one place in the tree and whoever looks.

    Staff see the newest approved report of each node and, beside it, the draft in hand; others
    what is published. A row that is only in the draft stands for itself. As at a day (`at`) they
    are the rows of the reports that stand then, without drafts, of the tree as those printed it.
    """

    register: Register
    place: Node
    user: object
    today: date
    at: AsAt | None = None

    def __post_init__(self):
        self.columns = columns_for(self.register, self.place.organisation)
        found = self._as_at() if self.at else self._now()
        named = ("report__node__organisation", self.register.identity, *self.register.statuses)
        self.all = found.select_related(*named).prefetch_related(*self.register.model.beneath)

    def _as_at(self):
        low, high = subtree_range(self.place.path)
        by = node_filter(self.user, Permission.VIEW_RECORD, "node__")
        nodes = Node.objects.visible_to(self.user).in_use_at(self.at.until) | Node.objects.filter(pk=self.place.pk)
        reports = Report.objects.filter(
            (self.at.on_side(published=False).standing() & by) | (self.at.on_side(published=True).standing() & ~by),
            organisation=self.place.organisation,
            node_path__gte=low,
            node_path__lt=high,
            node__in=nodes,
            series__keeps_registers=True,
        )
        self.drafts = self.register.model.objects.none()
        return self.register.model.objects.visible_to(self.user).filter(report__in=reports, is_removed=False)

    def _now(self):
        model, working = self.register.model, node_filter(self.user, Permission.VIEW_RECORD, "node__")
        nodes = Node.objects.visible_to(self.user).beneath(self.place)
        series = Series.objects.filter(
            keeps_registers=True, node__in=nodes.filter(Q(is_archived=False) | Q(pk=self.place.pk))
        )
        of_staff = series.filter(working)
        seen = model.objects.visible_to(self.user)
        approved = Exists(
            model.objects.filter(
                **{self.register.identity: OuterRef(self.register.identity)},
                report=OuterRef("report__series__current"),
                is_removed=False,
            )
        )
        self.drafts = seen.filter(report__in=drafts_in_hand(of_staff))
        return seen.filter(
            Q(report__in=of_staff.values("current"), is_removed=False)
            | Q(report__in=series.exclude(working).values("published"), is_removed=False)
            | (Q(report__in=drafts_in_hand(of_staff)) & ~approved)
        )

    def where(self, *questions: Q):
        """The rows of which, approved or in the draft, all the questions are true."""
        rows, identity = self.all, self.register.identity
        for question in questions:
            rows = rows.filter(question | Q(**{f"{identity}__in": self.drafts.filter(question).values(identity)}))
        return rows

    def ordered(self, rows, sort: str):
        """Sorted as ?sort= says ("-" before the name turns it round); as printed where it says nothing known."""
        column = next((each for each in self.columns if each.key == sort.removeprefix("-")), None)
        if sort.removeprefix("-") == "project":
            column = Column("project", "Project", order=("report__title",))
        by = column.order_by if column else ()
        turn = "desc" if sort.startswith("-") else "asc"
        return rows.order_by(
            *(getattr(F(name), turn)(nulls_last=True) for name in by), "report__node__path", "order", "pk"
        )

    def lines(self, rows: Iterable[ReportRow]) -> list["Line"]:
        """The rows as they are told, each with what the draft makes of it; one query for all their drafts."""
        rows, identity = list(rows), f"{self.register.identity}_id"
        in_draft = {
            (row.report.series_id, getattr(row, identity)): row
            for row in self.drafts.filter(**{f"{identity}__in": [getattr(row, identity) for row in rows]})
            .select_related("report", self.register.identity, *self.register.statuses)
            .prefetch_related(*self.register.model.beneath)
        }  # fmt: skip
        return [Line(self, row, in_draft.get((row.report.series_id, getattr(row, identity)))) for row in rows]


# ---- how a row is told ----


@dataclass(frozen=True)
class Cell:
    """One cell: `words` for a reader, the status where it is one, and a note such as how late the review is."""

    column: Column
    words: str
    status: Status | None = None
    note: str = ""

    @property
    def is_status(self) -> bool:
        return self.column.kind == "status"


@dataclass(frozen=True)
class Told:
    """A field that the draft changes."""

    label: str
    before: str
    after: str


class Line:
    """One row of a register page."""

    def __init__(self, rows: RegisterRows, row: ReportRow, draft: ReportRow | None):
        self.register, self.row, self.draft = rows.register, row, draft
        self.node = row.report.node
        self.identity_id = getattr(row, f"{self.register.identity}_id")
        self.cells = [self._cell(column, rows) for column in rows.columns]
        self.is_new = draft is not None and draft.pk == row.pk
        self.is_removed = draft is not None and draft.is_removed
        self.told = [] if draft is None or self.is_new or self.is_removed else told_changes(row, draft)

    def _cell(self, column: Column, rows: RegisterRows) -> Cell:
        if is_withheld(self.row, column.key, rows.user):
            return Cell(column, "Not for publication")
        if column.kind == "status":
            status = getattr(self.row, column.key)
            return Cell(column, status.label if status else "Not rated", status)
        note = ""
        if column.key == self.register.due:
            days = self.register.days_overdue(self.row, rows.today)
            note = f"Overdue by {days} day{'' if days == 1 else 's'}" if days else ""
        return Cell(column, words_of(self.row, column.key), note=note)

    @property
    def draft_words(self) -> str:
        """What the draft makes of the row, in one text; "" where it leaves it alone."""
        if self.is_removed:
            return f"Taken out: {self.draft.removed_reason}"
        if self.is_new:
            return "New in the draft"
        return "; ".join(f"{told.label}: {told.before} to {told.after}" for told in self.told)


def is_withheld(row: ReportRow | Report, field: str, user) -> bool:
    """Whether a field of a row, or of a report itself, is marked to be kept from `user`."""
    is_marked = row.marks.get(field, {}).get("kind") in WITHHELD
    report = row if isinstance(row, Report) else row.report
    return is_marked and not may(user, Permission.VIEW_EXEMPT, report.node)


def words_of(row: ReportRow, name: str) -> str:
    """A field of a row as a reader sees it: dates as written, a status by its label, yes or no."""
    if hasattr(type(row), f"{name}_words"):
        return getattr(row, f"{name}_words")
    value = getattr(row, name)
    if isinstance(value, bool):
        return "Yes" if value else ""
    if isinstance(value, date):
        return f"{value.day} {value:%B %Y}"
    return "" if value is None else str(value)


def told_changes(before: ReportRow, after: ReportRow) -> list[Told]:
    """What differs between two rows of one thing, field by field; a date is told by its words.

    The statuses of both are at hand already, so that no query is made.
    """
    fields = {field.attname: field for field in type(after)._meta.concrete_fields}
    told = []
    for attname in changed_fields(after, {row_key(after): before}):
        stem = attname.rpartition("_")[0]
        is_date = f"{stem}_precision" in fields
        if is_date and not attname.endswith("_words"):
            continue
        name = stem if is_date else fields[attname].name
        label = str(fields[attname].verbose_name)
        told.append(
            Told(label[:1].upper() + label[1:], words_of(before, name) or "nothing", words_of(after, name) or "nothing")
        )
    for name, label in type(after).figures.items():
        was, now = words_of(before, name), words_of(after, name)
        if now and was != now:  # a period that is not measured yet changes nothing
            told.append(Told(label, was or "nothing", now))
    return told


# ---- as a file ----

# What a spreadsheet would take for a formula when it opens the file.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(words: str) -> str:
    """Text that no spreadsheet reads as a formula: an apostrophe goes before what would be one."""
    return f"'{words}" if words.startswith(FORMULA_STARTS) else words


class _Line:
    """A file that hands back what is written into it, so that rows can be sent one by one."""

    def write(self, text):
        return text


def as_csv(columns: list[Column], lines: Iterable[Line], *, with_drafts: bool) -> Iterator[str]:
    """The register as CSV, a line at a time, with the project of each row."""
    writer = csv.writer(_Line())
    heads = ["Project", *(column.label for column in columns), "Note"]
    yield writer.writerow([*heads, "In the draft"] if with_drafts else heads)
    for line in lines:
        words = [line.row.report.title, *(cell.words for cell in line.cells)]
        words.append(" ".join(cell.note for cell in line.cells if cell.note))
        if with_drafts:
            words.append(line.draft_words)
        yield writer.writerow([safe_cell(each) for each in words])
