"""The sheets of a workbook to work in: a table each, with the boxes of the report editor as its columns."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.db import models

from projects.actions.findings import FINDING_SECTIONS
from projects.actions.levels import NOTICE_SECTIONS, TAKEN_TITLES
from projects.actions.rows import TALLY_SECTIONS
from projects.actions.savings import NO_YEAR
from projects.forms.editing import (
    AnswerForm,
    BudgetForm,
    DataTableForm,
    DimensionForm,
    FindingForm,
    IssueFindingForm,
    NarrativeForm,
    NoticeForm,
    ProjectDetailForm,
    ResourceForm,
    RowForm,
    Scales,
    ScoreForm,
    StreamForm,
    TallyForm,
    TotalForm,
)
from projects.forms.fields import PoundsInput, StatusChoice, WrittenDateInput
from projects.forms.records import DayInput
from projects.forms.registers import EXEMPT_FIELDS, ROW_FORMS, BenefitRegisterForm
from projects.forms.savings import SavingBoxes
from projects.forms.tallies import PREFIX
from projects.imports.lines import BETWEEN
from projects.models import (
    Answer,
    BenefitUpdate,
    BudgetPosition,
    DataTable,
    DimensionRating,
    IndicatorUpdate,
    IssueUpdate,
    Narrative,
    Notice,
    PlanItemUpdate,
    RecommendationUpdate,
    Report,
    ReportingStream,
    ReportRow,
    ResourcePosition,
    ReviewFindingUpdate,
    RiskAssessment,
    Status,
    Subject,
    Tally,
)

POSTS = ("owner_words", "action_owner_words", "lead_words", "sponsor_words")
DAYS = ("as_of_words",)


class ReportForm(ScoreForm, ProjectDetailForm):
    """What a report says of the project itself."""


class SavingsRegisterForm(SavingBoxes, BenefitRegisterForm):
    """A benefit of a register with its savings by year."""


class TallySheetForm(TallyForm):
    """A stated total with its counts, each known by its words: the lines of the next report have other numbers."""

    @property
    def boxes_of_amounts(self) -> dict[str, forms.Field]:
        return {name: self.fields[name] for name in self.lines}

    @staticmethod
    def name_of(line) -> str:
        return f"{PREFIX}{line.column}{BETWEEN}{line.label}"


@dataclass(frozen=True)
class Column:
    """A column to fill in. `kind` says how its cells are written and read (`values`); `offers` what a list offers.

    `codes` are the answers of a choice by their words, as the form's box takes them.
    """

    name: str
    label: str
    kind: str
    offers: tuple[str, ...] = ()
    codes: dict[str, str] = field(default_factory=dict, hash=False)
    hint: str = ""


@dataclass(frozen=True, eq=False)
class Sheet:
    """A table of the record as a sheet. `key` begins the keys of its rows.

    `where` tells its rows from others of the table, and new ones get it; `about` is a grey column that says what a row
    is, and `told_by_about` what a new row is told by it: its title, or the source of what it is about. `identity` is
    what a new thing is made with where rows may be added, None for a row that is its own thing; `why_no_rows` says why
    none may be.
    """

    key: str
    title: str
    model: type[models.Model]
    form: type[RowForm]
    names: tuple[str, ...]
    sections: tuple[str, ...] = ()
    where: dict[str, Any] = field(default_factory=dict)
    about: tuple[str, Callable[[Any], str]] | None = None
    told_by_about: str = ""
    adds: bool = False
    why_no_rows: str = ""
    identity: dict[str, Any] | None = None
    has_refs: bool = False
    labels: dict[str, str] = field(default_factory=dict)
    subjects: dict[str, str] = field(default_factory=dict)  # of statuses that the form knows from its row only
    followed: tuple[str, ...] = ()

    @property
    def is_of_report(self) -> bool:
        return self.model is Report

    def shape_of(self, report: Report) -> type[RowForm]:
        """The form of a row in one report."""
        if self.model is Tally:
            return TallySheetForm
        if self.model is BenefitUpdate and SavingBoxes.options_of(report).get("by_year"):
            return SavingsRegisterForm
        return self.form

    def asks_by_row(self, report: Report) -> bool:
        """Whether each row has boxes of its own: the years of its savings, the counts of its total."""
        return self.shape_of(report) is not self.form


def _of_register(kind: str, title: str, model: type[ReportRow], sections: tuple[str, ...], **more) -> Sheet:
    form = ROW_FORMS[kind]
    names = tuple(name for _, names in form.groups for name in names if name not in EXEMPT_FIELDS)
    return Sheet(kind, title, model, form, names, sections, **more)


def _names(form: type[RowForm], *, without: Iterable[str] = ()) -> tuple[str, ...]:
    return tuple(name for name in form.base_fields if name not in without)


def _notices(section: str, kind: str) -> Sheet:
    return Sheet(
        section, NOTICE_TITLES[section], Notice, NoticeForm, _names(NoticeForm), (section,), {"kind": kind}, adds=True,
        followed=("status",),
    )  # fmt: skip


def _findings(section: str, kind: str) -> Sheet:
    form = IssueFindingForm if section == "review-findings" else FindingForm
    return Sheet(
        section, FINDING_TITLES[section], ReviewFindingUpdate, form, _names(form), (section,), {"kind": kind},
        adds=True, identity={},
    )  # fmt: skip


NOTICE_TITLES = {
    **TAKEN_TITLES,
    "activities": "Activities",
    "work-planned": "Work planned",
}
FINDING_TITLES = {
    "review-achievements": "Review, achievements",
    "review-improvements": "Review, improvements",
    "review-progress": "Review, progress",
    "review-considerations": "Review, considerations",
    "review-findings": "Review, issues",
    "review-insights": "Review, insights",
}
REPORTS = Sheet(
    "reports", "Reports", Report, ReportForm, _names(ReportForm), why_no_rows="Each project has one row here."
)
RATINGS = Sheet(
    "ratings",
    "Statuses",
    DimensionRating,
    DimensionForm,
    ("status", "chosen_because"),
    about=("What is rated", lambda row: row.title or row.dimension.label),
    labels={"status": "Status"},
    followed=("dimension", "status"),
    why_no_rows="The report's template says what is rated.",
)
BUDGETS = Sheet(
    "budgets",
    "Budgets",
    BudgetPosition,
    BudgetForm,
    _names(BudgetForm, without=("layout",)),
    ("budget",),
    about=("Budget", lambda row: row.title or "Budget"),
    told_by_about="title",
    adds=True,
    identity={},
)
SHEETS = {
    sheet.key: sheet
    for sheet in (
        REPORTS,
        RATINGS,
        Sheet(
            "answers",
            "Questions",
            Answer,
            AnswerForm,
            ("status", "comment"),
            about=("Question", lambda row: row.title or row.question.text),
            labels={"status": "Answer"},
            followed=("question", "status"),
            why_no_rows="The report's template asks the questions.",
        ),
        Sheet(
            "texts",
            "Texts",
            Narrative,
            NarrativeForm,
            ("text",),
            about=("Section", lambda row: row.title or row.section.replace("-", " ").capitalize()),
            labels={"text": "Text"},
            why_no_rows="The report's template has its sections.",
        ),
        BUDGETS,
        _of_register(
            "milestones", "Milestones", PlanItemUpdate, ("milestones",), adds=True, identity={"kind": "milestone"},
            has_refs=True, followed=("status", "plan_item"),
        ),
        _of_register(
            "risks", "Risks", RiskAssessment, ("high-risk-register", "risks"), adds=True, identity={}, has_refs=True,
            followed=("inherent_band", "residual_band", "target_band", "status"),
        ),
        _of_register(
            "issues", "Issues", IssueUpdate, ("issues",), adds=True, identity={}, has_refs=True, followed=("status",)
        ),
        _of_register(
            "benefits", "Benefits", BenefitUpdate, ("benefits",), adds=True, identity={}, has_refs=True,
            followed=("status",),
        ),
        _of_register(
            "indicators", "Indicators", IndicatorUpdate, ("indicators",), subjects={"status": Subject.INDICATOR},
            followed=("indicator", "status"),
            why_no_rows="An indicator needs its unit and which way is better. Add it in the register of indicators.",
        ),
        _of_register(
            "recommendations", "Recommendations", RecommendationUpdate, ("recommendations",),
            about=("Source report", lambda row: row.recommendation.source), told_by_about="source", adds=True,
            identity={}, has_refs=True, followed=("recommendation", "status"),
        ),
        Sheet(
            "resources", "Posts and teams", ResourcePosition, ResourceForm, _names(ResourceForm), ("resources",),
            adds=True, followed=("adequacy",),
        ),
        Sheet(
            "streams", "Reporting streams", ReportingStream, StreamForm, _names(StreamForm), ("reporting-streams",),
            adds=True,
        ),
        *(_notices(section, kind) for section, kind in NOTICE_SECTIONS.items()),
        *(_findings(section, kind) for section, kind in FINDING_SECTIONS.items()),
        Sheet(
            "tables", "Small tables", DataTable, DataTableForm, ("title", "cells"), ("data-tables",),
            why_no_rows="A table has its place in a text. Add it in the report editor.",
        ),
        Sheet(
            "tallies", "Stated totals", Tally, TotalForm, _names(TotalForm), tuple(TALLY_SECTIONS),
            why_no_rows="What a total counts follows from the statuses in use. Add it in the report editor.",
        ),
    )
}  # fmt: skip
OF_PORTFOLIO = (REPORTS, RATINGS, BUDGETS)


class Pattern:
    """What the rows of a sheet have in common: its columns, and how a row's answers are told.

    Built once for a sheet, so that a thousand rows do not each build a form.
    """

    def __init__(self, sheet: Sheet, rows: list, scales: Scales, report: Report):
        self.sheet = sheet
        self.scales = scales
        row = rows[0] if rows else sheet.model(organisation=scales.organisation)
        said = {"previous": None, "report": report, "scales": scales}
        bare = type("BareForm", (sheet.form,), {"shape": lambda form: None})
        self.bare = bare(row, **said)
        self.shaped = sheet.form(row, **said) if sheet.about is None else self.bare
        self.labels = {str(status.pk): status.label for status in scales.all}
        self.by_row = {
            each.pk: sheet.shape_of(each.report)(each, **{**said, "report": each.report})
            for each in rows
            if not sheet.is_of_report and sheet.asks_by_row(each.report)
        }
        self.columns = [*self._columns(rows), *self._columns_of_rows()]

    def texts_of(self, row) -> dict[str, str]:
        """The answers of a row by column, as the boxes of the editor show them."""
        own = self.by_row.get(row.pk)
        texts = {
            name: self.bare.text_of(row, name) for column in self.columns if (name := column.name) in self.bare.fields
        }
        return {**texts, **({name: own.text_of(row, name) for name in own.boxes_of_amounts} if own else {})}

    def words_of(self, name: str, text: str) -> str:
        """An answer as a reader sees it."""
        column = next((each for each in self.columns if each.name == name), None)
        return words_of(column, text, self.labels) if column else text

    def _columns(self, rows: list) -> list[Column]:
        return [
            self._column(name, self.shaped.fields.get(name) or self.bare.fields[name], rows)
            for name in self.sheet.names
            if name in self.shaped.fields or name in self.sheet.subjects or rows
        ]

    def _column(self, name: str, box: forms.Field, rows: list) -> Column:
        kind = kind_of(name, box)
        label = self.sheet.labels.get(name) or str(box.label or name)
        offers, codes = (), {}
        if kind == "status":
            statuses = [*self._statuses(name, box, rows), *(getattr(row, name) for row in rows if getattr(row, name))]
            offers = tuple(dict.fromkeys(status.label for status in statuses))
        elif kind == "choice":
            codes = {str(words): str(code) for code, words in box.choices if code not in ("", None)}
            offers = tuple(codes)
        elif kind == "yes":
            offers = ("Yes", "No")
        return Column(name, label, kind, offers, codes, box.help_text)

    def _statuses(self, name: str, box: StatusChoice, rows: list) -> list[Status]:
        if name in self.sheet.subjects:
            return self.scales.about(self.sheet.subjects[name])
        schemes = {
            part.scheme_id
            for row in rows
            for part in (getattr(row, "dimension", None), getattr(row, "question", None))
            if part
        }
        if schemes:
            return [status for scheme in sorted(schemes) for status in self.scales.of_scheme(scheme)]
        return list(box.statuses.values())

    def _columns_of_rows(self) -> list[Column]:
        boxes = {name: box for form in self.by_row.values() for name, box in form.boxes_of_amounts.items()}
        ordered = boxes.items() if self.sheet.model is Tally else _by_year(boxes)
        return [Column(name, str(box.label), kind_of(name, box), hint=box.help_text) for name, box in ordered]


def line_of(name: str) -> str:
    """The line beneath the row that an answer is of: "target_2019" is the target of 2019, "target@2019"."""
    if name.startswith(PREFIX):
        column, _, label = name.removeprefix(PREFIX).partition(BETWEEN)
        return f"count@{label}{BETWEEN}{column}"
    column, _, year = name.rpartition("_")
    return f"{column}@{'' if year == NO_YEAR else year}"


def _by_year(boxes: dict) -> list[tuple]:
    """The amounts year by year, those of no year last; within a year in their order."""
    order = list(boxes)
    return sorted(boxes.items(), key=lambda one: (one[0].rpartition("_")[2], order.index(one[0])))


def kind_of(name: str, box: forms.Field) -> str:
    """How the answers of a box are written into cells."""
    for kinds, kind in (
        (WrittenDateInput, "written"),
        (DayInput, "day"),
        (PoundsInput, "money"),
        (StatusChoice, "status"),
        (forms.ChoiceField, "choice"),
        (forms.BooleanField, "yes"),
        (forms.IntegerField, "number"),
    ):
        if isinstance(box, kinds):
            return kind
    if name in DAYS:
        return "day"
    if name in POSTS:
        return "post"
    return "long" if isinstance(box.widget, forms.Textarea) else "text"


def words_of(column: Column, text: str, labels: dict[str, str]) -> str:
    """An answer as a reader sees it: a status by its label, a choice by its words, yes or no."""
    if column.kind == "status":
        return labels.get(text, "")
    if column.kind == "choice":
        return next((words for words, code in column.codes.items() if code == text), text)
    if column.kind == "yes":
        return "Yes" if text else "No"
    return text
