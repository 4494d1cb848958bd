"""Where a workbook's values go: which project, which period, and which report of it."""

import hashlib
import json
import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher

from django.utils import timezone

from projects.actions.organisations import financial_year_of
from projects.actions.reports import NOT_CARRIED
from projects.clock import today_for
from projects.imports.layout import squeeze
from projects.models import (
    Cadence,
    Calendar,
    ChangeAwareness,
    ChangeRequest,
    Node,
    NodeAlias,
    Organisation,
    Period,
    Report,
    ReportRow,
    ReportTemplate,
    Series,
    Status,
    state_models,
)
from projects.rules.dates import Precision, parse_written_date

SIMILAR = 0.6  # share of equal letters from which two titles may name one thing
MONTH_IN_NAME = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_. ]?(0[1-9]|1[0-2])(?!\d)")


@dataclass(frozen=True)
class ChosenPeriod:
    """The period that a workbook speaks of. `period` None: the calendar lacks it, and it will be added.

    `how` says in words what it was told by.
    """

    label: str
    slug: str
    as_at_on: date
    how: str
    is_past: bool
    period: Period | None = None

    def financial_year(self, organisation: Organisation) -> int:
        return financial_year_of(self.as_at_on, organisation)


@dataclass(frozen=True)
class Target:
    """The report that values go into. `existing` is the newest of its date, `base` what it starts from.

    mode: draft (of the open period, opened where there is none), past (an approved report of origin
    "imported"), correction (a new revision of an approved one), locked (it awaits approval).
    """

    mode: str
    series: Series | None
    chosen: ChosenPeriod
    existing: Report | None
    base: Report | None

    @property
    def opens_report(self) -> bool:
        """Whether applying makes a report where there is none of this date."""
        return self.existing is None

    @property
    def needs_past_permission(self) -> bool:
        return self.mode in ("past", "correction")

    def base_rows(self, model: type[ReportRow]) -> list[ReportRow]:
        """The rows that the values are held against, in the order in which they are copied."""
        if self.base is None or (self.opens_report and issubclass(model, NOT_CARRIED)):
            return []
        rows = model.objects.filter(report=self.base).order_by("pk")
        return list(rows.filter(is_removed=False) if self.opens_report else rows)


# Which project ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FoundNode:
    """The node a title and a reference name; `other` is the node that the reference names where it is another."""

    node: Node | None
    other: Node | None = None


def find_node(organisation: Organisation, title: str, reference: str) -> FoundNode:
    """The node by its title (or a name it is also printed under), else by its reference; the title wins."""
    nodes = list(Node.objects.filter(organisation=organisation, is_archived=False).exclude(kind="organisation"))
    wanted = squeeze(title)
    by_title = next((node for node in nodes if squeeze(node.title) == wanted), None)
    if by_title is None:
        alias = next(
            (
                alias
                for alias in NodeAlias.objects.filter(organisation=organisation).select_related("node")
                if squeeze(alias.printed_as) == wanted
            ),
            None,
        )
        by_title = alias.node if alias else None
    by_reference = next((node for node in nodes if reference and squeeze(node.reference) == squeeze(reference)), None)
    if by_title is None:
        return FoundNode(by_reference)
    return FoundNode(by_title, by_reference if by_reference not in (None, by_title) else None)


def is_similar(one: str, other: str) -> bool:
    """Whether two titles could name the same thing, one of them reworded."""
    return SequenceMatcher(None, squeeze(one), squeeze(other)).ratio() >= SIMILAR


# Which period ----------------------------------------------------------------------------------------------------


def series_of(node: Node | None, document: str) -> Series | None:
    """The series of a node that is printed as `document`, else the one that lists show."""
    if node is None:
        return None
    series = list(Series.objects.filter(node=node, is_archived=False).select_related("template", "calendar", "node"))
    series.sort(key=lambda one: (one.template.document != document, not one.keeps_registers, one.pk))
    return series[0] if series else None


def template_of(organisation: Organisation, document: str) -> ReportTemplate | None:
    """The template that a new project of this layout reports on."""
    templates = list(ReportTemplate.objects.filter(organisation=organisation, is_archived=False).order_by("pk"))
    templates.sort(key=lambda one: one.document != document)
    return templates[0] if templates else None


def calendar_of(organisation: Organisation, template: ReportTemplate | None) -> Calendar | None:
    """The calendar that other projects on the template report by, else the organisation's first."""
    used = Series.objects.filter(template=template, is_archived=False).select_related("calendar").first()
    return used.calendar if used else Calendar.objects.filter(organisation=organisation, is_archived=False).first()


def choose_period(calendar: Calendar, *, asked: str = "", file_name: str = "", sheets: Iterable[str] = ()):
    """The period asked for, else the one that the file's name or a sheet's name speaks of, else the open one.

    Returns it (None where there is no such period), and a sentence where something was looked for in vain.
    """
    organisation = calendar.organisation
    today = today_for(organisation)
    if asked:
        found = _period_in(calendar, asked, today, "you chose it")
        return found, "" if found else f"There is no period {asked} in the calendar {calendar}."
    said = ""
    for words, how in (
        (file_name.rsplit(".", 1)[0], "the file's name says so"),
        *((sheet, f"the name of the sheet {sheet} says so") for sheet in sheets),
    ):
        found = _period_in(calendar, words, today, how)
        if found:
            return found, ""
        if MONTH_IN_NAME.search(words):
            said = f"The name {words} holds a date, but the calendar {calendar} has no period for it."
    period = calendar.periods.open_on(today).first()
    if period is None:
        return (
            None,
            said or f"The calendar {calendar} has no open period. Choose the period, or add one in the settings.",
        )
    return _chosen(period, today, "it is the open period"), said


def _period_in(calendar: Calendar, words: str, today: date, how: str) -> ChosenPeriod | None:
    lowered = words.lower()
    periods = list(calendar.periods.order_by("-as_at_on"))
    named = [one for one in periods if re.search(rf"(?<![\w]){re.escape(one.slug.lower())}(?![\d])", lowered)]
    if named:
        return _chosen(max(named, key=lambda one: len(one.slug)), today, how)
    month = _month_in(words)
    if month is None:
        return None
    last = month.replace(day=monthrange(month.year, month.month)[1])
    holding = [one for one in periods if one.starts_on <= last and one.ends_on >= month]
    if holding:
        inside = [one for one in holding if month <= one.as_at_on <= last]
        return _chosen((inside or holding)[0], today, how)
    if calendar.cadence == Cadence.MONTHLY:
        return ChosenPeriod(f"{month:%B %Y}", f"{month:%Y-%m}", last, how, is_past=last < today)
    return None


def _month_in(words: str) -> date | None:
    """The first day of the month that "...-2019-07" or "July 2019" in the words names."""
    if found := MONTH_IN_NAME.search(words):
        return date(int(found[1]), int(found[2]), 1)
    read = parse_written_date(re.sub(r"[_-]", " ", words))
    if read.precision in (Precision.MONTH, Precision.DAY) and read.earliest:
        return read.earliest.replace(day=1)
    return None


def _chosen(period: Period, today: date, how: str) -> ChosenPeriod:
    due_on = timezone.localtime(period.due_at).date() if period.due_at else period.ends_on
    is_past = period.closed_at is not None or max(period.ends_on, due_on) < today
    return ChosenPeriod(period.label, period.slug, period.as_at_on, how, is_past, period)


# Which report ----------------------------------------------------------------------------------------------------


def choose_target(series: Series | None, chosen: ChosenPeriod) -> Target:
    """The report of the period that values go into, and the one they are held against."""
    if series is None:
        return Target("past" if chosen.is_past else "draft", None, chosen, None, None)
    existing = Report.objects.filter(series=series, as_at_on=chosen.as_at_on).order_by("-revision").first()
    if existing is None:
        source = Report.objects.frozen().filter(series=series, as_at_on__lt=chosen.as_at_on).in_order().last()
        return Target("past" if chosen.is_past else "draft", series, chosen, None, source)
    if existing.is_frozen:
        return Target("correction", series, chosen, existing, existing)
    return Target("draft" if existing.is_open else "locked", series, chosen, existing, existing)


def fingerprint(organisation: Organisation, node: Node | None, base: Report | None, existing: Report | None) -> str:
    """What a plan was made on, in short: while it is the same, nobody has changed what the plan speaks of."""
    parts: list = [
        list(Status.objects.filter(organisation=organisation).order_by("pk").values_list("pk", "version")),
        [existing.pk, existing.state, existing.version] if existing else None,
        [base.pk, base.version, rows_as_they_are(base)] if base else None,
    ]
    if node is None:
        parts.append(
            list(Node.objects.filter(organisation=organisation).order_by("pk").values_list("title", "reference"))
        )
    else:
        parts += [
            [node.pk, node.version],
            list(ChangeRequest.objects.filter(node=node).order_by("pk").values_list("pk", "version")),
            list(ChangeAwareness.objects.filter(change_request__node=node).order_by("pk").values_list("pk", "version")),
        ]
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()


def rows_as_they_are(report: Report) -> list:
    """(table, row, version) of every row of a report, its own version first."""
    rows = [["report", report.pk, report.version]]
    for model in state_models():
        if issubclass(model, ReportRow):
            name = model._meta.model_name
            rows += [
                [name, *pair]
                for pair in model.objects.filter(report=report).order_by("pk").values_list("pk", "version")
            ]
    return rows
