"""Where a workbook's values go: which project, which period, and which report of it."""

import hashlib
import json
import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import SequenceMatcher, get_close_matches

from django.db import models
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from projects.actions.organisations import financial_year_of
from projects.actions.reports import NOT_CARRIED
from projects.clock import today_for
from projects.imports.answers import links_as_they_are
from projects.imports.layout import Layout, squeeze
from projects.imports.planned import CORRECTION, DRAFT, LOCKED, PAST, PartPlan
from projects.models import (
    Cadence,
    Calendar,
    ChangeAwareness,
    ChangeRequest,
    Node,
    NodeAlias,
    NodeKind,
    Organisation,
    Period,
    Report,
    ReportRow,
    ReportTemplate,
    Series,
    Status,
    WorkProgrammeItem,
    state_models,
)
from projects.rules.dates import Precision, parse_written_date
from projects.rules.savings import year_words

SIMILAR = 0.6  # share of equal letters from which two titles may name one thing
NEARLY = 0.9  # and from which nobody would think them two
FIGURES = re.compile(r"\d+")
YEAR_ALONE = re.compile(r"(?<![\d£.,])(?:19|20)\d\d(?![\d.,])")
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

    @property
    def begins_on(self) -> date:
        """The first day of the period; of one that is yet to be added the first of its last month."""
        return self.period.starts_on if self.period else self.as_at_on.replace(day=1)

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


class HeldRows:
    """The rows that the values of many reports are held against, read a table at a time."""

    def __init__(self, targets: Iterable[Target]):
        bases = [target.base for target in targets if target.base is not None]
        self.reports = {report.pk for report in bases} | {report.copied_from_id for report in bases} - {None}
        self._rows: dict[type[models.Model], dict[int, list]] = {}

    def of(self, model: type[ReportRow], report_id: int | None) -> list[ReportRow]:
        """The rows of a table in one report, in the order in which they are copied."""
        if model not in self._rows:
            by_report: dict[int, list] = {}
            held = model.objects.filter(report__in=self.reports).order_by("pk")
            for row in held.prefetch_related(*getattr(model, "beneath", ())):
                by_report.setdefault(row.report_id, []).append(row)
            self._rows[model] = by_report
        return self._rows[model].get(report_id, [])

    def base_rows(self, target: Target, model: type[ReportRow]) -> list[ReportRow]:
        """The rows that the values of one report are held against."""
        if target.base is None or (target.opens_report and issubclass(model, NOT_CARRIED)):
            return []
        rows = self.of(model, target.base.pk)
        return [row for row in rows if not row.is_removed] if target.opens_report else rows

    def earlier(self, target: Target, model: type[ReportRow]) -> list[ReportRow]:
        """The rows of the report that an open draft was copied from."""
        if target.base is None or target.opens_report or target.base.copied_from_id is None:
            return []
        return self.of(model, target.base.copied_from_id)


# Which project ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FoundNode:
    """The node a title and a reference name; `other` is the node that the reference names where it is another.

    `is_near`: the title is not quite the node's, and the nearest one was taken.
    """

    node: Node | None
    other: Node | None = None
    is_near: bool = False


class Nodes:
    """The nodes of an organisation by what they are called, read once."""

    def __init__(self, organisation: Organisation):
        self.top: Node | None = None
        self.by_title: dict[str, Node] = {}
        self.same_title: dict[str, int] = {}
        self.by_reference: dict[str, Node] = {}
        by_pk = {}
        for node in Node.objects.filter(organisation=organisation, is_archived=False).order_by("pk"):
            by_pk[node.pk] = node
            if node.kind == NodeKind.ORGANISATION:
                self.top = node
                continue
            self.by_title.setdefault(squeeze(node.title), node)
            self.same_title[squeeze(node.title)] = self.same_title.get(squeeze(node.title), 0) + 1
            if node.reference:
                self.by_reference.setdefault(squeeze(node.reference), node)
        for alias in NodeAlias.objects.filter(organisation=organisation, node__in=by_pk).order_by("pk"):
            self.by_title.setdefault(squeeze(alias.printed_as), by_pk[alias.node_id])

    def find_by_reference(self, title: str, reference: str, *, is_title_once: bool) -> FoundNode:
        """The node by its reference, which is what its rows go by; else by a title that nothing else has.

        `is_title_once`: no other row of the file has this title.
        """
        if by_reference := self.by_reference.get(squeeze(reference)):
            return FoundNode(by_reference)
        by_title = self.by_title.get(squeeze(title))
        if by_title is None or not is_title_once or self.same_title.get(squeeze(title), 1) > 1:
            return FoundNode(None)
        return FoundNode(by_title)

    def find(self, title: str, reference: str = "", *, nearly: bool = False) -> FoundNode:
        """The node by its title (or a name it is also printed under), else by its reference; the title wins.

        `nearly`: where neither names one, the one node whose title is all but the same.
        """
        by_title = self.by_title.get(squeeze(title))
        by_reference = self.by_reference.get(squeeze(reference)) if reference else None
        if by_title is not None:
            return FoundNode(by_title, by_reference if by_reference not in (None, by_title) else None)
        if by_reference is not None or not nearly:
            return FoundNode(by_reference)
        figures = FIGURES.findall(title)  # "Phase 1" and "Phase 2" are near, and two things
        names = [name for name in self.by_title if FIGURES.findall(name) == figures]
        near = get_close_matches(squeeze(title), names, n=1, cutoff=NEARLY)
        found = self.by_title[near[0]] if near else None
        if found is None or (reference and found.reference):  # two references are two things
            return FoundNode(None)
        return FoundNode(found, is_near=True)


def find_node(organisation: Organisation, title: str, reference: str) -> FoundNode:
    """The node that a title and a reference name, among all of the organisation's."""
    return Nodes(organisation).find(title, reference)


def is_similar(one: str, other: str) -> bool:
    """Whether two titles could name the same thing, one of them reworded."""
    return SequenceMatcher(None, squeeze(one), squeeze(other)).ratio() >= SIMILAR


# Which period ----------------------------------------------------------------------------------------------------


def fits(template: ReportTemplate, layout: Layout) -> tuple:
    """How well a template's reports are filled by a layout; the least is the best. The first says whether it lacks
    sections that the layout needs."""
    sections = {section.key: section.options for section in template.sections.all()}
    has_options = all(sections.get(key, {}).get(option) for key, option in layout.options.items())
    lacks = any(section.key not in sections for needs in layout.needs for section in needs.sections)
    return (lacks, template.document not in layout.fills, not has_options)


def best_series(series: Iterable[Series], layout: Layout) -> Series | None:
    """Of a node's series the one that a layout fills; where none is printed so, the one that lists show."""
    order = sorted(series, key=lambda one: (*fits(one.template, layout), not one.keeps_registers, one.pk))
    return order[0] if order else None


def template_of(organisation: Organisation, layout: Layout) -> ReportTemplate | None:
    """The template that a new project of this layout reports on."""
    templates = ReportTemplate.objects.filter(organisation=organisation, is_archived=False).order_by("pk")
    return min(templates.prefetch_related("sections"), key=lambda one: (*fits(one, layout), one.pk), default=None)


def calendar_of(organisation: Organisation, template: ReportTemplate | None, cadence: str = "") -> Calendar | None:
    """The calendar that other projects on the template report by, else the organisation's first of a cadence."""
    used = Series.objects.filter(template=template, is_archived=False).select_related("calendar").first()
    calendars = Calendar.objects.filter(organisation=organisation, is_archived=False)
    return used.calendar if used else calendars.filter(**({"cadence": cadence} if cadence else {})).first()


def choose_period(
    calendar: Calendar, *, asked: str = "", said: str = "", file_name: str = "", sheets: Iterable[str] = ()
):
    """The period asked for, else the one that the workbook (`said`), its file's name or a sheet's name speaks of,
    else the open one.

    Returns it (None where there is no such period), and a sentence where something was looked for in vain.
    """
    organisation = calendar.organisation
    today = today_for(organisation)
    if asked:
        found = _period_in(calendar, asked, today, "you chose it")
        return found, "" if found else f"There is no period {asked} in the calendar {calendar}."
    sentence = ""
    for words, how in (
        (said, "the workbook says so"),
        (file_name.rsplit(".", 1)[0], "the file's name says so"),
        *((sheet, f"the name of the sheet {sheet} says so") for sheet in sheets),
    ):
        found = _period_in(calendar, words, today, how)
        if found:
            return found, ""
        if words and words == said:
            sentence = f"The workbook speaks of {words}, but the calendar {calendar} has no such period."
        elif MONTH_IN_NAME.search(words):
            sentence = sentence or f"The name {words} holds a date, but the calendar {calendar} has no period for it."
    period = calendar.periods.open_on(today).first()
    if period is None:
        return (
            None,
            sentence or f"The calendar {calendar} has no open period. Choose the period, or add one in the settings.",
        )
    return _chosen(period, today, "it is the open period"), sentence


def is_ahead(chosen: ChosenPeriod, organisation: Organisation) -> str:
    """That a period has not begun by the council's own day, in a sentence; "" where it has."""
    today = today_for(organisation)
    if chosen.begins_on <= today:
        return ""
    return (
        f"{chosen.label} has not begun: for the council it is {today:%-d %B %Y}. What is brought in is an open draft,"
        " not an approved report."
    )


def period_before(chosen: ChosenPeriod, calendar: Calendar) -> ChosenPeriod | None:
    """The period before the one chosen, None where the calendar has none."""
    before = calendar.periods.filter(as_at_on__lt=chosen.as_at_on).order_by("-as_at_on").first()
    return _chosen(before, today_for(calendar.organisation), "it is the period before") if before else None


def _period_in(calendar: Calendar, words: str, today: date, how: str) -> ChosenPeriod | None:
    lowered = re.sub(r"\bquarter\s+(?=[1-4]\b)", "q", words.lower())
    periods = list(calendar.periods.order_by("-as_at_on"))
    if not lowered:
        return None
    named = [
        one
        for one in periods
        if re.search(rf"(?<![\w]){re.escape(one.slug.lower())}(?![\d])", lowered)
        or squeeze(one.label) == squeeze(words)
        or (one.short_code and re.search(rf"(?<!\w){re.escape(one.short_code.lower())}(?!\w)", lowered))
    ]
    if named:
        return _chosen(max(named, key=lambda one: len(one.slug)), today, how)
    month = _month_in(words)
    if month is None and calendar.cadence == Cadence.YEARLY and (year := YEAR_ALONE.search(words)):
        month = date(int(year[0]), (calendar.organisation.financial_year_start - 2) % 12 + 1, 1)
    if month is None:
        return None
    last = month.replace(day=monthrange(month.year, month.month)[1])
    holding = [one for one in periods if one.starts_on <= last and one.ends_on >= month]
    if holding:
        inside = [one for one in holding if month <= one.as_at_on <= last]
        return _chosen((inside or holding)[0], today, how)
    if calendar.cadence == Cadence.MONTHLY:
        return ChosenPeriod(f"{month:%B %Y}", f"{month:%Y-%m}", last, how, is_past=last < today)
    if calendar.cadence == Cadence.YEARLY:
        return _year_ending(calendar, last, today, how)
    return None


def _year_ending(calendar: Calendar, day: date, today: date, how: str) -> ChosenPeriod:
    """The yearly period that holds a day, which the calendar lacks."""
    first_month = calendar.organisation.financial_year_start
    year = financial_year_of(day, calendar.organisation)
    ends_on = date(year + 1, first_month, 1) - timedelta(days=1)
    words = year_words(year, first_month)
    return ChosenPeriod(f"Year {words}", words.replace("/", "-"), ends_on, how, is_past=ends_on < today)


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


def choose_targets(wanted: Iterable[tuple[Series | None, ChosenPeriod]]) -> list[Target]:
    """For each series and period the report that values go into, and the one they are held against."""
    wanted = list(wanted)
    existing: dict[tuple[int, date], Report] = {}
    sources: dict[tuple[int, date], Report] = {}
    for day in {chosen.as_at_on for _, chosen in wanted}:
        series = {one.pk for one, chosen in wanted if one is not None and chosen.as_at_on == day}
        for report in Report.objects.filter(series__in=series, as_at_on=day).order_by("revision", "pk"):
            existing[report.series_id, day] = report
        newest = Report.objects.frozen().filter(series=OuterRef("pk"), as_at_on__lt=day).in_order().reverse()
        pks = Series.objects.filter(pk__in=series).annotate(newest=Subquery(newest.values("pk")[:1]))
        for report in Report.objects.filter(pk__in=[pk for pk in pks.values_list("newest", flat=True) if pk]):
            sources[report.series_id, day] = report
    return [_target(series, chosen, existing, sources) for series, chosen in wanted]


def choose_target(series: Series | None, chosen: ChosenPeriod) -> Target:
    """The report of the period that values go into, and the one they are held against."""
    return choose_targets([(series, chosen)])[0]


def _target(series, chosen: ChosenPeriod, existing: dict, sources: dict) -> Target:
    mode = PAST if chosen.is_past else DRAFT
    if series is None:
        return Target(mode, None, chosen, None, None)
    report = existing.get((series.pk, chosen.as_at_on))
    if report is None:
        return Target(mode, series, chosen, None, sources.get((series.pk, chosen.as_at_on)))
    if report.is_frozen:
        return Target(CORRECTION, series, chosen, report, report)
    return Target(DRAFT if report.is_open else LOCKED, series, chosen, report, report)


# What a plan was made on -----------------------------------------------------------------------------------------


def fingerprint(organisation: Organisation, parts: Iterable[PartPlan]) -> str:
    """What a plan was made on, in short: while it is the same, nobody has changed what the plan speaks of."""
    parts = list(parts)
    nodes = [part.node_id for part in parts if part.node_id]
    reports = {pk for part in parts for pk in (part.existing_id, part.base_id) if pk}
    series = [part.series_id for part in parts if part.series_id]
    days = {part.as_at_on for part in parts if part.as_at_on}
    titles = Node.objects.filter(organisation=organisation).order_by("pk").values_list("title", "reference")
    told: list = [
        list(Status.objects.filter(organisation=organisation).order_by("pk").values_list("pk", "version")),
        list(titles) if len(nodes) < len(parts) else [],
        list(Node.objects.filter(pk__in=nodes).order_by("pk").values_list("pk", "version")),
        list(Report.objects.filter(pk__in=reports).order_by("pk").values_list("pk", "state", "version")),
        list(Report.objects.filter(series__in=series, as_at_on__in=days).order_by("pk").values_list("pk", flat=True)),
        rows_as_they_are(reports),
        list(
            WorkProgrammeItem.objects.filter(board__in=[part.board_id for part in parts if part.board_id])
            .order_by("pk")
            .values_list("pk", "version")
        ),
        list(ChangeRequest.objects.filter(node__in=nodes).order_by("pk").values_list("pk", "version")),
        list(
            ChangeAwareness.objects.filter(change_request__node__in=nodes).order_by("pk").values_list("pk", "version")
        ),
        links_as_they_are(organisation, nodes),
    ]
    return hashlib.sha256(json.dumps(told, default=str).encode()).hexdigest()


def rows_as_they_are(reports: Iterable[int]) -> list:
    """[table, row, version] of every row of some reports, their own versions first."""
    reports = list(reports)
    rows = [
        ["report", *pair] for pair in Report.objects.filter(pk__in=reports).order_by("pk").values_list("pk", "version")
    ]
    for model in state_models():
        if issubclass(model, ReportRow):
            name = model._meta.model_name
            held = model.objects.filter(report__in=reports).order_by("pk").values_list("pk", "version")
            rows += [[name, *pair] for pair in held]
    return rows
