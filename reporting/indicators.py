"""What the `indicators` document reads: the reports at and beneath a node that keep indicators, for one reader."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Exists, OuterRef, Prefetch, Q
from django.utils import timezone

from projects.as_at import AsAt, NoSuchDay, as_at
from projects.measures import Judge, Measured
from projects.models import (
    Checklist,
    ChecklistScore,
    IndicatorUpdate,
    IndicatorValue,
    Narrative,
    Node,
    PlanItemKind,
    PlanItemUpdate,
    Report,
    Series,
    StatedFigure,
    Tally,
    TemplateSection,
)
from projects.models.base import exempt_now, with_related
from projects.rules.indicators import Scored, add_up
from projects.rules.kinds import Kind
from projects.rules.milestones import Delivered, Due, delivered
from projects.rules.money import percent
from reporting.queries import NoSuchReport
from reporting.withholding import as_told

SECTION = "indicators"  # the key of the template's section whose options say how its indicators are printed
WINDOW = 4  # periods that a table prints, where the template does not say


@dataclass(frozen=True)
class Counted:
    """Things counted as done out of all of them: each line (label, count), and the percentage that follows."""

    title: str
    lines: tuple[tuple[str, int | None], ...]
    delivered: Delivered


@dataclass(frozen=True)
class Closed:
    """A project scored when it was closed: by its factors where all are scored, else as its source states the sum."""

    title: str
    total: Decimal | None
    highest: int
    is_stated: bool  # the sum alone is known


@dataclass(frozen=True)
class Kept:
    """One report's indicators with all that is printed beside them."""

    report: Report
    sections: dict[str, TemplateSection]
    measured: tuple[Measured, ...]
    narratives: tuple[Narrative, ...]
    tallies: dict[str, Tally]
    items: tuple[PlanItemUpdate, ...]
    stated: dict[str, StatedFigure]
    closed: tuple[Closed, ...]
    index: Checklist | None

    @property
    def options(self) -> dict:
        """How the template has its indicators printed."""
        return self.sections[SECTION].options if SECTION in self.sections else {}

    @property
    def narrative_options(self) -> dict[str, dict]:
        return {key: section.options for key, section in self.sections.items()}

    @property
    def window(self) -> int:
        return int(self.options.get("window", WINDOW))

    def by_ref(self, ref: str) -> Measured | None:
        return next((each for each in self.measured if each.row.ref == ref), None)

    @property
    def counted(self) -> Counted | None:
        """What stands behind a percentage of things delivered: a tally, else the milestones due in the period."""
        if not (asked := self.options.get("counted")):
            return None
        if tally := self.tallies.get(asked.get("tally", "")):
            lines = list(tally.lines.all())
            done = sum(line.count or 0 for line in lines if Kind.DONE in line.kinds)
            whole = tally.total if tally.total is not None else sum(line.count or 0 for line in lines)
            counts = tuple((line.label, line.count) for line in lines)
            return Counted(tally.title, counts, Delivered(done, whole, percent(Decimal(done), Decimal(whole))))
        period = self.report.period
        if not self.items or period is None:
            return None
        due = [Due(item.finish_on, bool(item.status and item.status.kind == Kind.DONE)) for item in self.items]
        said = delivered(due, period.starts_on, period.ends_on)
        lines = (("Done", said.done), ("Not done", said.due - said.done))
        return Counted(f"Milestones due in {period}", lines, said)

    @property
    def index_scored(self) -> Scored:
        """The sums of the closed projects, added up."""
        return add_up(project.total for project in self.closed)


def kept_at(
    node: Node, *, published: bool, sees_exempt: bool, period: str = "", meaning: str = ""
) -> tuple[list[Kept], AsAt | None]:
    """The newest reports with indicators at and beneath a node, or those that stand as at a period or day.

    NoSuchReport where there are none. Costs the same however many indicators there are.
    """
    at = _asked(node, published, period, meaning)
    day = timezone.localdate()  # exemptions end by the real date
    standing = at.standing() if at else Q(pk__in=_newest(node.organisation_id, published))
    whole = Report.objects.filter(
        standing, organisation=node.organisation_id, node__in=Node.objects.beneath(node)
    ).filter(Q(node__is_archived=False) | Q(node=node))
    if not sees_exempt:
        whole = whole.exclude(exempt_now(day, "node__"))
    reports = list(
        whole.filter(Exists(IndicatorUpdate.objects.filter(report=OuterRef("pk"), is_removed=False)))
        .select_related("organisation", "node", "template", "period")
        .order_by("node__path")
    )
    if not reports:
        kind = "published" if published else "approved"
        asked = f" for {at.label}" if at else ""
        raise NoSuchReport(f"{node.title} has no {kind} report of indicators{asked}, nor has anything beneath it.")
    return _read(reports, whole, sees_exempt, day), at


def kept_of(report: Report, *, sees_exempt: bool, day: date) -> Kept:
    """The indicators of one report, whatever its state."""
    return _read([report], Report.objects.filter(pk=report.pk), sees_exempt, day)[0]


def _asked(node, published, period, meaning) -> AsAt | None:
    if not period:
        return None
    series = node.headline_series
    try:
        return as_at(period, meaning, node.organisation, published=published, now=timezone.now(), series=series)
    except NoSuchDay as unknown:
        raise NoSuchReport(str(unknown)) from unknown


def _newest(organisation, published):
    return Series.objects.filter(organisation=organisation, is_archived=False).values(
        "published" if published else "current"
    )


def _read(reports: Sequence[Report], standing, sees_exempt, day) -> list[Kept]:
    def rows(model, *related):
        found = with_related(model.objects.filter(report__in=reports).present(), related).order_by("order", "pk")
        by_report = defaultdict(list)
        for row in as_told(found if sees_exempt else found.exclude(exempt_now(day)), sees_exempt=sees_exempt):
            by_report[row.report_id].append(row)
        return by_report

    values = Prefetch("lines", IndicatorValue.objects.order_by("order", "pk"))
    indicators = defaultdict(list)
    found = IndicatorUpdate.objects.filter(report__in=reports).present().select_related("indicator", "status__scheme")
    found = (found if sees_exempt else found.exclude(exempt_now(day))).prefetch_related(values)
    for row in as_told(found, sees_exempt=sees_exempt):
        indicators[row.report_id].append(row)
    judge = Judge(reports[0].organisation)
    narratives, stated = rows(Narrative), rows(StatedFigure)
    tallies = defaultdict(list)
    counted = Tally.objects.filter(report__in=reports).present().prefetch_related("lines")
    for tally in as_told(counted if sees_exempt else counted.exclude(exempt_now(day)), sees_exempt=sees_exempt):
        tallies[tally.report_id].append(tally)
    items = rows(PlanItemUpdate, "status", "plan_item")
    sections = defaultdict(dict)
    for section in TemplateSection.objects.filter(template__in={report.template_id for report in reports}):
        sections[section.template_id][section.key] = section
    told = []
    for report in reports:
        own = sections[report.template_id]
        index, projects = _closed(report, own.get(SECTION), standing, sees_exempt, day)
        told.append(
            Kept(
                report=report,
                sections=own,
                measured=tuple(judge.measured(row) for row in indicators[report.pk]),
                narratives=tuple(
                    narrative for narrative in narratives[report.pk] if narrative.text and narrative.section in own
                ),
                tallies={tally.key: tally for tally in tallies[report.pk]},
                items=tuple(item for item in items[report.pk] if item.plan_item.kind == PlanItemKind.MILESTONE),
                stated={figure.key: figure for figure in stated[report.pk]},
                closed=projects,
                index=index,
            )
        )
    return told


def _closed(report, section, standing, sees_exempt, day):
    """The projects beneath that were scored in the same period, where the template asks for them."""
    asked = section.options.get("checklist") if section else None
    if not asked:
        return None, ()
    index = Checklist.objects.filter(organisation=report.organisation_id, slug=asked["slug"]).first()
    if index is None:
        return None, ()
    factors = index.factors.count()
    scores, sums = defaultdict(list), {}
    beneath = standing.filter(as_at_on=report.as_at_on, node_path__startswith=report.node_path)
    scored = ChecklistScore.objects.filter(report__in=beneath, factor__checklist=index).present()
    figures = StatedFigure.objects.filter(report__in=beneath, key=index.slug).exclude(report=report).present()
    if not sees_exempt:
        scored, figures = scored.exclude(exempt_now(day)), figures.exclude(exempt_now(day))
    for score in as_told(scored, sees_exempt=sees_exempt):
        scores[score.report_id].append(score.score)
    for figure in as_told(figures, sees_exempt=sees_exempt):
        sums[figure.report_id] = figure.amount
    highest = index.highest_score * factors
    told = []
    for pk, title in (
        beneath.filter(pk__in={*scores, *sums}).order_by("node__order", "node__path").values_list("pk", "title")
    ):
        said = add_up(scores[pk])
        is_whole = said.scored == factors
        told.append(Closed(title, said.total if is_whole else sums.get(pk), highest, not is_whole))
    return index, tuple(told)
