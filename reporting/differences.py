"""What it takes to compare two rows of the record: the fields of every table, and what moved between two values.

Rows are read as tuples of plain columns; fields are made from the tables' own columns, so that a new table or column
is compared without a word here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from operator import itemgetter
from typing import Any

from django.db import models

from projects.actions.reports import HEADER_FIELDS, KEYED_MODELS, said_fields
from projects.actions.rows import SECTION_TABLES
from projects.models import (
    Answer,
    BenefitUpdate,
    BudgetPosition,
    BudgetPositionLine,
    ChangeLine,
    DimensionRating,
    IndicatorUpdate,
    IndicatorValue,
    IssueUpdate,
    Narrative,
    Notice,
    Organisation,
    PlanItemUpdate,
    ProposedChange,
    RecommendationUpdate,
    Report,
    ReportingStream,
    ReportRow,
    ResourcePosition,
    RiskAssessment,
    SavingLine,
    StatedFigure,
    Status,
    Tally,
    TallyLine,
    state_models,
)
from projects.models.base import Money, WrittenDateField
from projects.rules.dates import Precision, parse_written_date
from projects.rules.kinds import Kind
from reporting.documents.contents import StatusMark, WrittenDay, printed_date

NOT_RATED = StatusMark("Not rated", "ring", "grey", "not_rated")


class Move(StrEnum):
    """What happened to a thing or to one of its fields; the value is what is printed."""

    NEW = "New"
    REMOVED = "Removed"
    DONE = "Completed"
    CLOSED = "Closed"
    LATER = "Moved later"
    EARLIER = "Moved earlier"
    WORSE = "Worse"
    BETTER = "Better"
    UP = "Up"
    DOWN = "Down"
    CHANGED = "Changed"
    REWORDED = "Words only"


@dataclass(frozen=True)
class Part:
    """A part of a comparison: its heading, and what one of its things and several are called."""

    key: str
    title: str
    one: str
    many: str


PARTS = {
    part.key: part
    for part in (
        Part("statuses", "Statuses", "status", "statuses"),
        Part("milestones", "Milestones", "milestone", "milestones"),
        Part("risks", "Risks", "risk", "risks"),
        Part("issues", "Issues", "issue", "issues"),
        Part("benefits", "Benefits", "benefit", "benefits"),
        Part("money", "Money", "amount of money", "amounts of money"),
        Part("indicators", "Indicators", "indicator", "indicators"),
        Part("counts", "Counts", "count", "counts"),
        Part("changes", "Change control", "change control entry", "change control entries"),
        Part("recommendations", "Recommendations", "recommendation", "recommendations"),
        Part("resources", "Resources", "post", "posts"),
        Part("detail", "Project detail", "detail", "details"),
        Part("narrative", "Narrative", "text", "texts"),
        Part("other", "Other records", "other record", "other records"),
    )
}

PART_OF = {
    DimensionRating: "statuses",
    Answer: "statuses",
    PlanItemUpdate: "milestones",
    RiskAssessment: "risks",
    IssueUpdate: "issues",
    BenefitUpdate: "benefits",
    BudgetPosition: "money",
    IndicatorUpdate: "indicators",
    Tally: "counts",
    ChangeLine: "changes",
    ProposedChange: "changes",
    RecommendationUpdate: "recommendations",
    ResourcePosition: "resources",
    Narrative: "narrative",
}
# The sections that speak of a table; the tables of no section are compared where both reports hold rows of them.
SECTIONS_OF = {
    model: frozenset(key for key, tables in SECTION_TABLES.items() if model in tables)
    for model in (
        PlanItemUpdate, RiskAssessment, IssueUpdate, BenefitUpdate, BudgetPosition, ResourcePosition, ReportingStream,
        IndicatorUpdate, RecommendationUpdate,
    )
} | {ChangeLine: frozenset({"change-control"}), ProposedChange: frozenset({"changes-proposed"})}  # fmt: skip
# Which of a new or removed thing's fields are shown; of the others the statuses.
SHOWN_OF_NEW = {
    PlanItemUpdate: ("end", "status"),
    RiskAssessment: ("residual_band", "residual"),
    ChangeLine: ("description",),
    Notice: ("text",),
    Narrative: ("text",),
}
# What tells the lines beneath one row apart.
LINE_KEYS = {
    SavingLine: ("year",),
    BudgetPositionLine: ("category", "year"),
    IndicatorValue: ("measured",),
    TallyLine: ("label", "column"),
}
NOT_COMPARED = (StatedFigure,)  # how a source printed what the record derives
SILENT = {
    "is_exempt", "exempt_paragraph", "exempt_reason", "exempt_until", "is_removed", "removed_reason", "section", "key",
    "layout", "proposed_status", "proposed_because", "shares_comment",
}  # fmt: skip
# Dates that something is due by; another (a review's, a start) is changed and not moved later.
PLAN_DATES = {"end", "finish", "due"}
# A rating that says nothing of how the thing stands now has no better or worse.
WITHOUT_DIRECTION = {"inherent_band", "target_band", "inherent", "target"}


@dataclass(frozen=True)
class Field:
    """A field as it is compared. `read` takes a row's columns (a tuple) to a value of its `kind`:

    date: (words, day, precision); status: id; money and number: Decimal; text: str; score: (likelihood, impact).
    `marks` are the names under which a cell of it can be kept back.
    """

    name: str
    label: str
    kind: str
    read: Callable[[tuple], Any]
    marks: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Change:
    """One field of one thing, old beside new as they are printed; a thing that is new or gone has one side only.

    `difference` is days for a date, pounds for money, otherwise None. `item_key` tells things of one name apart.
    """

    part: str
    item: str
    field: str
    move: Move
    old: Any = None
    new: Any = None
    difference: Any = None
    item_key: Any = None
    noun: str = ""


# ---- what a table's columns are ----


@dataclass(frozen=True)
class Kept:
    """A table of state rows as it is read: columns asked of the database, and the fields they make."""

    model: type
    part: str
    key: str  # the lookup that matches rows
    columns: tuple[str, ...]
    fields: tuple[Field, ...]
    about: str = ""  # a lookup that names the kind of thing, or the section that asks for it
    identity: str = ""


ROW = ("pk", "report_id", "ref", "title", "is_exempt", "exempt_until", "is_removed", "removed_reason", "marks")
PK, REPORT, REF, TITLE, IS_EXEMPT, EXEMPT_UNTIL, IS_REMOVED, REMOVED_REASON, MARKS, KEY, ABOUT = range(11)
FIRST = 11  # where the said columns of a row begin


@cache
def kept_tables() -> tuple[Kept, ...]:
    """Every table of state rows, as it is compared."""
    return tuple(_kept(model) for model in state_models() if issubclass(model, ReportRow) and model not in NOT_COMPARED)


def _kept(model) -> Kept:
    identity = model.identity_field or ""
    about = "plan_item__kind" if model is PlanItemUpdate else ""
    leave_out = {identity}
    if model in KEYED_MODELS:
        key, about = f"{identity}__key", f"{identity}__section"
        leave_out |= {"title", "ref", "owner_words"}
    elif identity:
        key = model._meta.get_field(identity).attname
    else:
        key = "title"
    columns, fields = _fields_of(model, FIRST, leave_out=leave_out)
    return Kept(model, PART_OF.get(model, "other"), key, columns, fields, about, identity)


def _fields_of(model, first: int, leave_out=frozenset()) -> tuple[tuple[str, ...], tuple[Field, ...]]:
    """The columns of a table that say something, and the fields they make; columns are read from place `first`."""
    said = [model._meta.get_field(name) for name in said_fields(model)] if issubclass(model, ReportRow) else [
        each for each in model._meta.concrete_fields if each.name not in {"id", "report", "order", "marks"}
    ]  # fmt: skip
    said = [each for each in said if each.name not in SILENT and each.name not in leave_out]
    said = [each for each in said if not each.is_relation or each.related_model is Status]
    columns = tuple(each.attname for each in said)
    place = {name: first + number for number, name in enumerate(columns)}
    dates = [name for name, kept in vars(model).items() if isinstance(kept, WrittenDateField)]
    scores = [
        name.removesuffix("_likelihood") for name in columns if name.endswith("_likelihood")
    ]  # risks: likelihood x impact
    parts = {f"{name}_{part}" for name in dates for part in ("words", "on", "precision")}
    parts |= {f"{name}_{side}" for name in scores for side in ("likelihood", "impact")}
    fields = [_date_field(model, name, place) for name in dates]
    if model is PlanItemUpdate:
        fields = [_end_of_item(place), *(each for each in fields if each.name == "start")]
    fields += [
        Field(
            name,
            f"{name} score".capitalize(),
            "score",
            itemgetter(place[f"{name}_likelihood"], place[f"{name}_impact"]),
            frozenset({f"{name}_likelihood", f"{name}_impact"}),
        )
        for name in scores
    ]
    fields += [_plain_field(each, place[each.attname]) for each in said if each.attname not in parts]
    return columns, tuple(fields)


def _date_field(model, name, place) -> Field:
    return Field(
        name,
        as_label(getattr(model, name).label or name),
        "date",
        itemgetter(*(place[f"{name}_{part}"] for part in ("words", "on", "precision"))),
        frozenset({name, f"{name}_words"}),
    )


def _end_of_item(place) -> Field:
    """One printed column over two facts: the day it was done, else the day it is forecast for."""
    done = itemgetter(*(place[f"actual_{part}"] for part in ("words", "on", "precision")))
    due = itemgetter(*(place[f"finish_{part}"] for part in ("words", "on", "precision")))

    def read(row):
        return done(row) if any(done(row)) else due(row)

    marks = frozenset({"finish", "finish_words", "actual", "actual_words"})
    return Field("end", "Target or actual end date", "date", read, marks)


def _plain_field(column, place) -> Field:
    kind = "text"
    read = itemgetter(place)
    if column.is_relation:
        kind = "status"
    elif isinstance(column, Money):
        kind = "money"
    elif isinstance(column, models.DecimalField | models.IntegerField):
        kind = "number"
    elif isinstance(column, models.DateField):
        kind = "date"
        read = _plain_day(place)
    elif isinstance(column, models.BooleanField):
        read = _yes_or_no(place)
    elif isinstance(column, models.JSONField):
        read = _flat(place)
    elif column.choices:
        read = _chosen(place, dict(column.flatchoices))
    name = column.name
    return Field(name, as_label(column.verbose_name), kind, read, frozenset({name, column.attname}))


def _plain_day(place):
    return lambda row: (printed_date(row[place]) if row[place] else "", row[place], Precision.DAY)


def _yes_or_no(place):
    return lambda row: "Yes" if row[place] else "No"


def _flat(place):
    return lambda row: flat_words(row[place])


def _chosen(place, labels):
    return lambda row: str(labels.get(row[place], row[place]))


def flat_words(kept) -> str:
    """A small table or the like in words, a line for each of its rows."""
    if isinstance(kept, dict):
        return ": ".join(str(each) for each in kept.values() if each)
    if isinstance(kept, list):
        if any(isinstance(each, list | dict) for each in kept):
            return "\n".join(filter(None, (flat_words(each) for each in kept)))
        return " | ".join(str(each) for each in kept)
    return "" if kept is None else str(kept)


def as_label(words: str) -> str:
    plain = str(words).replace("_", " ")
    return plain[:1].upper() + plain[1:]


# ---- comparing two values ----


@dataclass(frozen=True)
class Known:
    """What comparing needs of the council: its statuses by id, and how it writes dates."""

    organisation: Organisation
    statuses: dict[int, tuple]  # id: (id of the one in use now, StatusMark, severity, id of the scheme)
    labels: dict[str, dict[str, str]]  # of each subject of a scheme: the labels by code, in order

    @classmethod
    def of(cls, organisation: Organisation) -> "Known":
        rows = {
            row[0]: row
            for row in Status.objects.filter(organisation=organisation)
            .order_by("-is_archived", "order", "pk")
            .values_list(
                "pk",
                "label",
                "shape",
                "colour",
                "kind",
                "severity",
                "replaced_by_id",
                "scheme__subject",
                "code",
                "scheme_id",
            )
        }
        found = {}
        labels: dict[str, dict[str, str]] = {}
        for pk, label, shape, colour, kind, severity, _, subject, code, scheme in rows.values():
            labels.setdefault(subject, {})[code] = label
            now = pk
            while rows[now][6] is not None:
                now = rows[now][6]
            found[pk] = (now, StatusMark(label, shape, colour, kind), severity, scheme)
        return cls(organisation, found, labels)

    def codes(self, subject: str) -> dict[str, str]:
        """The labels of one subject's statuses by their codes; of several with one code that in use now."""
        return self.labels.get(subject, {})

    def mark(self, status_id: int | None) -> StatusMark:
        return self.statuses[status_id][1] if status_id else NOT_RATED

    def severity(self, status_id: int | None) -> int:
        return self.statuses[status_id][2] if status_id else 0

    def scheme(self, status_id: int) -> int:
        return self.statuses[status_id][3]

    def is_same(self, one: int | None, other: int | None) -> bool:
        """Whether two ids are one status: a replaced one is the status that replaced it."""
        if one is None or other is None:
            return one is other
        return self.statuses[one][0] == self.statuses[other][0]

    def is_done(self, status_id: int | None) -> bool:
        return bool(status_id) and self.statuses[status_id][1].kind == Kind.DONE

    def moved(self, old: int | None, new: int | None, *, directed: bool = True) -> Move:
        """How one status became another; what nobody rated is neither better nor worse."""
        before, after = self.severity(old), self.severity(new)
        if not directed or not before or not after or before == after:
            return Move.CHANGED
        if self.is_done(new):
            return Move.DONE
        return Move.WORSE if after > before else Move.BETTER

    def says_the_same(self, old: tuple, new: tuple) -> bool:
        """Whether two written dates can mean the same day: "Mar-20" and "31/03/2020"."""
        if old[1] == new[1]:
            return True
        if old[2] in ("", Precision.DAY) and new[2] in ("", Precision.DAY):
            return False
        one, other = self._days(old), self._days(new)
        return (one[0] <= other[0] and other[1] <= one[1]) or (other[0] <= one[0] and one[1] <= other[1])

    def _days(self, written: tuple) -> tuple[date, date]:
        words, on, precision = written
        if precision not in ("", Precision.DAY):
            read = parse_written_date(
                words, day_first=self.organisation.is_day_first, fy_start_month=self.organisation.financial_year_start
            )
            if read.earliest and read.latest and read.earliest <= on <= read.latest:
                return read.earliest, read.latest
        return on, on


def printed_side(known: Known, kind: str, value):
    """A value as the two columns of a comparison show it; None is nothing reported."""
    if kind == "status":
        return known.mark(value)
    if kind == "date":
        words, on, _ = value
        return WrittenDay(words or printed_date(on), on) if words or on else None
    if kind == "score":
        likelihood, impact = value
        if likelihood is None or impact is None:
            return None
        return f"{likelihood} \N{MULTIPLICATION SIGN} {impact} = {likelihood * impact}"
    return value if value != "" else None


def compared(known: Known, named: Field, old, new) -> tuple[Move, Any] | None:
    """(move, difference) of one field; None where both sides say the same."""
    if old == new:
        return None
    if named.kind == "status":
        if known.is_same(old, new):
            return None
        return known.moved(old, new, directed=named.name not in WITHOUT_DIRECTION), None
    if named.kind == "date":
        return _compared_dates(known, old, new, named.name in PLAN_DATES)
    if named.kind == "score":
        before, after = _product(old), _product(new)
        if before is None or after is None or before == after or named.name in WITHOUT_DIRECTION:
            return Move.CHANGED, None
        return (Move.WORSE if after > before else Move.BETTER), None
    if named.kind in ("money", "number"):
        if old is None or new is None:
            return Move.CHANGED, None
        return (Move.UP if new > old else Move.DOWN), new - old
    return None if str(old or "").strip() == str(new or "").strip() else (Move.CHANGED, None)


def _compared_dates(known, old, new, is_plan):
    if old[:2] == new[:2]:
        return None
    if old[1] is None or new[1] is None:
        return Move.CHANGED, None
    if known.says_the_same(old, new):
        return (Move.REWORDED, None) if old[0] != new[0] else None
    days = (new[1] - old[1]).days
    if not is_plan:
        return Move.CHANGED, days
    return (Move.LATER if days > 0 else Move.EARLIER), days


def _product(score):
    return None if None in score else score[0] * score[1]


@cache
def header_fields() -> tuple[Field, ...]:
    """The report's own columns, read from `Head.columns`."""
    place = {name: number for number, name in enumerate(HEADER_FIELDS)}
    dates = ("start", "finish")
    fields = [_date_field(Report, name, place) for name in dates]
    skipped = {f"{name}_{part}" for name in dates for part in ("words", "on", "precision")}
    skipped |= {"score_label", "appendix_label"}
    fields += [_plain_field(Report._meta.get_field(name), place[name]) for name in HEADER_FIELDS if name not in skipped]
    return tuple(fields)


@cache
def line_fields(model) -> tuple[tuple[str, ...], tuple[Field, ...]]:
    """The columns of a table of lines after what tells them apart, and the fields they make."""
    keys = LINE_KEYS[model]
    return _fields_of(
        model, 2 + len(keys), leave_out={*keys, model.row_field, "measured_on", "actual_words", "target_words"}
    )
