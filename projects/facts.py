"""The only bridge from model rows to the values that rules and checks take.

The facts of many reports are read together, each table once, so that a portfolio costs as many statements as a project.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone

from projects.clock import moment_for
from projects.models import (
    Answer,
    BenefitTarget,
    BenefitUpdate,
    BudgetPosition,
    ChangeAwareness,
    ChangeLine,
    ChangeRequest,
    ChangeTouch,
    DimensionRating,
    Narrative,
    Organisation,
    PlanItemBaseline,
    PlanItemKind,
    PlanItemUpdate,
    Report,
    ResourcePosition,
    RiskAssessment,
    StatedFigure,
    Status,
    Tally,
    TallyLine,
    TemplateSection,
    Threshold,
)
from projects.models import SavingLine as SavingLineRow
from projects.rules import limits as rules_limits
from projects.rules.benefits import SavingLine
from projects.rules.finance import Position
from projects.rules.kinds import Kind
from projects.rules.limits import DEFAULT_LIMITS, Limits
from projects.rules.milestones import Link, parse_interdependencies, resolve
from projects.rules.sections import SectionPlace, sections_for

REPORTS_AT_ONCE = 500  # a statement may name only so many rows
HISTORY_KEPT = 6  # reports before the last one whose forecasts are compared


@dataclass(frozen=True)
class Said:
    """A status as its council words it, and what it means."""

    label: str
    kind: Kind


@dataclass(frozen=True)
class Written:
    """A date as written; `on` is the day it is checked by, None where the words give none."""

    words: str = ""
    on: date | None = None

    def __str__(self):
        return self.words or (f"{self.on.day} {self.on:%B %Y}" if self.on else "")


@dataclass(frozen=True)
class ItemFacts:
    """A milestone, product or action as one report states it. `id` is the item's, the same in every report.

    `is_private`, here and below: it is exempt or its words are withheld, so no reason that is printed may name it.
    """

    id: int
    kind: str  # as printed: "Milestone", "Product"
    ref: str
    title: str
    owner: str
    start: Written
    finish: Written
    actual: Written
    baseline_on: date | None
    status: Said | None
    interdependencies: str
    links: tuple[Link, ...]
    is_critical: bool
    earlier_finishes: tuple[date, ...] = ()  # forecasts of the reports before, oldest first
    baselines_on: tuple[date | None, ...] = ()  # what it was held to up to this report, the first baseline first
    is_change_recorded: bool = False  # since the last report, by a request or a note of the change record
    is_private: bool = False

    @property
    def is_done(self) -> bool:
        return bool(self.actual.on) or (self.status is not None and self.status.kind is Kind.DONE)

    @property
    def end_on(self) -> date | None:
        """The day it was done, or else the day it is forecast for."""
        return self.actual.on or self.finish.on


@dataclass(frozen=True)
class RiskFacts:
    id: int
    ref: str
    title: str
    band: Said | None
    status: Said | None
    controls: str
    further_actions: str
    review: Written
    is_private: bool = False

    @property
    def is_closed(self) -> bool:
        return self.status is not None and self.status.kind is Kind.DONE


@dataclass(frozen=True)
class YearFacts:
    """What one financial year of a benefit is said to bring; `year` 2018 is 2018/19, None a total without a year."""

    year: int | None
    line: SavingLine


@dataclass(frozen=True)
class BenefitFacts:
    id: int
    ref: str
    title: str
    status: Said | None
    review: Written
    measure: str
    has_target: bool
    years: tuple[YearFacts, ...] = ()
    is_private: bool = False

    @property
    def is_done(self) -> bool:
        return self.status is not None and self.status.kind is Kind.DONE


@dataclass(frozen=True)
class BudgetFacts:
    id: int
    title: str
    position: Position
    is_private: bool = False


@dataclass(frozen=True)
class RatingFacts:
    """A dimension's status as chosen, beside the one proposed."""

    key: str
    label: str
    subject: str  # what its scheme is about: "overall", "direction", "risk_status"
    is_overall: bool
    status: Said | None
    proposed: Said | None
    comment: str
    chosen_because: str


@dataclass(frozen=True)
class AnswerFacts:
    key: str
    text: str
    status: Said | None


@dataclass(frozen=True)
class StatedFacts:
    """A figure that the source printed although the record derives it."""

    key: str
    label: str
    words: str
    amount: Decimal | None


@dataclass(frozen=True)
class NarrativeFacts:
    section: str
    title: str
    text: str


@dataclass(frozen=True)
class PostFacts:
    title: str
    funding: str
    ends: Written


@dataclass(frozen=True)
class CountFacts:
    """A line of a tally; `kinds` are the kinds of status that it counts, none for a total or an "of which"."""

    label: str
    column: str
    kinds: frozenset[Kind]
    count: int | None


@dataclass(frozen=True)
class TallyFacts:
    """A stated total with its counts."""

    key: str
    title: str
    section: str
    total: int | None
    counts: tuple[CountFacts, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that statuses are counted in."""
        return tuple(dict.fromkeys(each.column for each in self.counts if each.kinds))

    def total_of(self, column: str) -> int | None:
        """The total stated of a column: its own, else that of the whole."""
        own = [each.count for each in self.counts if not each.kinds and each.column == column]
        return own[0] if own else self.total

    def sum_of(self, column: str) -> int | None:
        """What the statuses of a column add up to; None where none is counted."""
        counts = [each.count for each in self.counts if each.kinds and each.column == column]
        return sum(count or 0 for count in counts) if any(count is not None for count in counts) else None

    def number_of(self, *kinds: Kind) -> int | None:
        """How many of the whole have a status of these kinds; None where no line counts them alone."""
        whole = self.columns[0] if self.columns else ""
        counts = [
            each.count for each in self.counts if each.kinds and each.kinds <= set(kinds) and each.column == whole
        ]
        return sum(count or 0 for count in counts) if any(count is not None for count in counts) else None


@dataclass(frozen=True)
class ChangeFacts:
    """A line of the change record; `awareness` is (column heading, words) for each board."""

    id: int
    item: str
    description: str
    awareness: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ReportFacts:
    """Everything one report says, and the report before it (whose own predecessor is not read)."""

    report_id: int
    node_id: int
    node_title: str
    organisation_slug: str
    node_slug: str
    period_label: str
    as_at_on: date
    is_frozen: bool
    stage: str
    start: Written
    finish: Written
    due_at: datetime | None
    submitted_at: datetime | None
    sections: frozenset[str]
    limits: Limits
    items: tuple[ItemFacts, ...] = ()
    risks: tuple[RiskFacts, ...] = ()
    benefits: tuple[BenefitFacts, ...] = ()
    budgets: tuple[BudgetFacts, ...] = ()
    ratings: tuple[RatingFacts, ...] = ()
    answers: tuple[AnswerFacts, ...] = ()
    stated: tuple[StatedFacts, ...] = ()
    narratives: tuple[NarrativeFacts, ...] = ()
    posts: tuple[PostFacts, ...] = ()
    changes: tuple[ChangeFacts, ...] = ()
    tallies: tuple[TallyFacts, ...] = ()
    previous: "ReportFacts | None" = None

    @property
    def open_items(self) -> tuple[ItemFacts, ...]:
        return tuple(item for item in self.items if not item.is_done)

    @property
    def open_risks(self) -> tuple[RiskFacts, ...]:
        return tuple(risk for risk in self.risks if not risk.is_closed)

    @property
    def overall(self) -> Said | None:
        """The overall status as chosen; None where none was."""
        return next((rating.status for rating in self.ratings if rating.is_overall), None)


def limits_of(organisation: Organisation) -> Limits:
    """The organisation's thresholds, the defaults where it has set none."""
    measures = {
        row.measure: rules_limits.Threshold(row.amber_from, row.red_from, getattr(DEFAULT_LIMITS, row.measure).unit)
        for row in Threshold.objects.filter(organisation=organisation)
    }
    return Limits(**measures)


def facts_of(reports: Iterable[Report]) -> list[ReportFacts]:
    """The facts of `reports`, in their order, each with those of the approved report before it in its series.

    Reports need node, organisation, period and tier at hand (select_related). Removed rows are left out; exempt
    ones are not: whoever shows findings has the right to see the whole record.
    """
    reports = list(reports)
    facts: list[ReportFacts] = []
    for start in range(0, len(reports), REPORTS_AT_ONCE):
        facts += _facts_of_some(reports[start : start + REPORTS_AT_ONCE])
    return facts


def evidence_of(report: Report) -> ReportFacts:
    """What the rules propose statuses from, and no more: plan, risks, benefits and budgets of one report."""
    return _Rows([report], {}, whole=False).facts(report)


def _facts_of_some(reports: Sequence[Report]) -> list[ReportFacts]:
    before = _reports_before(reports)
    earlier = list(
        Report.objects.filter(pk__in={ids[-1] for ids in before.values() if ids}).select_related(
            "node__organisation", "period", "tier"
        )
    )
    rows = _Rows([*reports, *earlier], before)
    previous = {report.pk: rows.facts(report) for report in earlier}
    return [rows.facts(report, previous[before[report.pk][-1]] if before[report.pk] else None) for report in reports]


def _reports_before(reports: Sequence[Report]) -> dict[int, list[int]]:
    """For each report the approved ones of its series before it, oldest first: of each date the newest revision."""
    newest: dict[int, dict[date, int]] = defaultdict(dict)
    frozen = Report.objects.frozen().filter(series__in={report.series_id for report in reports})
    for pk, series, day in frozen.in_order().values_list("pk", "series_id", "as_at_on"):
        newest[series][day] = pk
    return {
        report.pk: [pk for day, pk in newest[report.series_id].items() if day < report.as_at_on] for report in reports
    }


EVIDENCE = (PlanItemUpdate, RiskAssessment, BenefitUpdate, BudgetPosition)


class _Rows:
    """The state rows of a batch of reports, each table read once; not `whole`: those of the evidence alone."""

    def __init__(self, reports: Sequence[Report], before: dict[int, list[int]], *, whole: bool = True):
        self.whole = whole
        self.ids = [report.pk for report in reports]
        self.before = before
        self.statuses = {
            pk: Said(label, Kind(kind))
            for pk, label, kind in Status.objects.filter(
                organisation__in={report.organisation_id for report in reports}
            ).values_list("pk", "label", "kind")
        }
        self.items = self._of(
            PlanItemUpdate, "plan_item_id", "plan_item__kind", "ref", "title", "owner_words", *_dates("start"),
            *_dates("finish"), *_dates("actual"), "baseline__finish_on", "baseline__number", "status_id",
            "interdependencies", "is_critical_path", "is_exempt", "marks", plan_item__parent=None,
        )  # fmt: skip
        self.risks = self._of(
            RiskAssessment, "risk_id", "ref", "title", "residual_band_id", "status_id", "controls", "further_actions",
            *_dates("review"), "is_exempt", "marks",
        )  # fmt: skip
        self.benefits = self._of(
            BenefitUpdate, "benefit_id", "ref", "title", "status_id", *_dates("review"), "benefit__measure",
            "is_exempt", "marks",
        )  # fmt: skip
        self.years = self._years() if self.benefits else {}
        self.budgets = self._of(
            BudgetPosition, "budget_id", "title", "planned", "actual", "committed", "emergency", "forecast",
            "is_exempt", "marks",
        )  # fmt: skip
        self.ratings = self._of(
            DimensionRating, "dimension__key", "dimension__label", "dimension__scheme__subject",
            "dimension__is_overall", "status_id", "proposed_status_id", "comment", "chosen_because",
        )  # fmt: skip
        self.answers = self._of(Answer, "question__key", "question__text", "status_id")
        self.stated = self._of(StatedFigure, "key", "title", "words", "amount")
        self.narratives = self._of(Narrative, "section", "title", "text")
        self.posts = self._of(ResourcePosition, "title", "funding_words", *_dates("ends"))
        self.tallies = self._of(Tally, "pk", "key", "title", "section", "total")
        self.counts = self._counts()
        self.places = _places({report.template_id for report in reports})
        self.limits = {
            organisation.pk: limits_of(organisation)
            for organisation in {report.node.organisation for report in reports}
        }
        self.changes: dict[int, list[ChangeFacts]] = {}
        self.finishes: dict[tuple[int, int], date] = {}
        self.baselines: dict[int, list[tuple[int, date | None]]] = {}
        self.recorded: set[tuple[int, int]] = set()
        self.targets: set[int] = set()
        if whole:
            self._read_history(reports)

    def _read_history(self, reports) -> None:
        """What the checks ask beyond the rows of the reports themselves."""
        self.changes = self._change_lines(reports)
        self.finishes = self._finishes()
        self.baselines = self._baselines(reports)
        self.recorded = self._changes_of_items(reports)
        self.targets = set(
            BenefitTarget.objects.filter(
                baseline__benefit__in={row.benefit_id for rows in self.benefits.values() for row in rows}
            ).values_list("baseline__benefit_id", flat=True)
        )

    def _of(self, model, *columns: str, **narrowed) -> dict[int, list]:
        """By report, the rows of a table as tuples with these columns: a tenth of the cost of whole objects.

        Parts of a plan item are judged with the whole.
        """
        rows = defaultdict(list)
        if not self.whole and model not in EVIDENCE:
            return rows
        present = model.objects.filter(report__in=self.ids, **narrowed).present()
        for row in present.values_list("report_id", *columns, named=True):
            rows[row.report_id].append(row)
        return rows

    def _years(self) -> dict[tuple[int, int], list[YearFacts]]:
        """(report, benefit): the years of its saving."""
        years: dict[tuple[int, int], list[YearFacts]] = defaultdict(list)
        lines = SavingLineRow.objects.filter(report__in=self.ids, update_row__is_removed=False).order_by("order", "pk")
        for report, benefit, year, *pounds in lines.values_list(
            "report_id", "update_row__benefit_id", "year", "target", "at_risk", "slipped", "other_way"
        ):
            years[report, benefit].append(YearFacts(year, SavingLine(*pounds)))
        return years

    def _counts(self) -> dict[int, list[CountFacts]]:
        """By tally, its lines in their order."""
        counts: dict[int, list[CountFacts]] = defaultdict(list)
        if not self.tallies:
            return counts
        lines = TallyLine.objects.filter(report__in=self.ids).order_by("order", "pk")
        for tally, label, column, kinds, count in lines.values_list("tally_id", "label", "column", "kinds", "count"):
            counts[tally].append(CountFacts(label, column, frozenset(Kind(kind) for kind in kinds), count))
        return counts

    def _change_lines(self, reports) -> dict[int, list[ChangeFacts]]:
        """The change record: as frozen in an approved report, as it stands now in any other."""
        lines: dict[int, list[ChangeFacts]] = defaultdict(list)
        frozen = [report.pk for report in reports if report.is_frozen]
        rows = ChangeLine.objects.filter(report__in=frozen).present()
        for report, pk, *said, entries in rows.values_list(
            "report_id", "change_request_id", "title", "description", "awareness"
        ):
            awareness = tuple((entry["heading"], entry["words"]) for entry in entries)
            lines[report].append(ChangeFacts(pk, *said, awareness))
        unfinished = [report for report in reports if not report.is_frozen]
        nodes = {report.node_id for report in unfinished}
        headings: dict[int, dict[int, str]] = defaultdict(dict)
        words: dict[tuple[int, int], str] = {}
        entries = ChangeAwareness.objects.filter(change_request__node__in=nodes).select_related(
            "board", "change_request"
        )
        for entry in entries.order_by("board__order", "board__name"):
            headings[entry.change_request.node_id][entry.board_id] = (
                entry.board.awareness_heading or f"Date {entry.board.short_name or entry.board.name} aware"
            )
            words[entry.change_request_id, entry.board_id] = entry.aware_words
        shown = ChangeRequest.objects.filter(node__in=nodes, is_archived=False).exclude(
            state__in=(ChangeRequest.State.DRAFT, ChangeRequest.State.WITHDRAWN)
        )
        of_node: dict[int, list[ChangeFacts]] = defaultdict(list)
        for request in shown:
            awareness = tuple(
                (heading, words.get((request.pk, board), "")) for board, heading in headings[request.node_id].items()
            )
            of_node[request.node_id].append(ChangeFacts(request.pk, request.item_words, request.description, awareness))
        return lines | {report.pk: of_node[report.node_id] for report in unfinished}

    def _finishes(self) -> dict[tuple[int, int], date]:
        """(report, item): forecast, of the reports before each."""
        wanted = {pk for ids in self.before.values() for pk in ids[-HISTORY_KEPT:]}
        found: dict[tuple[int, int], date] = {}
        rows = PlanItemUpdate.objects.filter(report__in=wanted).present().exclude(finish_on=None)
        for report, item, day in rows.values_list("report_id", "plan_item_id", "finish_on"):
            found[report, item] = day
        return found

    def _baselines(self, reports) -> dict[int, list[tuple[int, date | None]]]:
        """By item, the number and target date of each approved baseline, the first one first."""
        found = defaultdict(list)
        rows = PlanItemBaseline.objects.filter(plan_item__node__in={report.node_id for report in reports})
        for item, number, day in (
            rows.exclude(in_force_from=None).order_by("number").values_list("plan_item_id", "number", "finish_on")
        ):
            found[item].append((number, day))
        return found

    def _changes_of_items(self, reports) -> set[tuple[int, int]]:
        """(report, item) of each item that a request or note of the change record moved since the last report."""
        alive = ChangeRequest.objects.exclude(state__in=(ChangeRequest.State.REJECTED, ChangeRequest.State.WITHDRAWN))
        touched = [
            *ChangeTouch.objects.filter(
                change_request__in=alive.filter(node__in={report.node_id for report in reports})
            )
            .exclude(plan_item=None)
            .values_list("plan_item_id", "change_request__node_id", "report_id", "change_request__report_id",
                         "change_request__raised_at"),
            *(
                (item, node, None, report, at)
                for item, node, report, at in PlanItemBaseline.objects.filter(
                    change_request__in=alive.filter(node__in={report.node_id for report in reports})
                ).values_list("plan_item_id", "change_request__node_id", "change_request__report_id",
                              "change_request__raised_at")
            ),
        ]  # fmt: skip
        days = {report.pk: report.as_at_on for report in reports}
        recorded = set()
        for report in reports:
            since = [days[pk] for pk in self.before.get(report.pk, ())[-1:] if pk in days]
            for item, node, *told_by, raised_at in touched:
                if node != report.node_id:
                    continue
                raised_on = timezone.localdate(raised_at)
                is_since = bool(since) and since[0] < raised_on <= report.as_at_on
                if report.pk in told_by or is_since:
                    recorded.add((report.pk, item))
        return recorded

    def facts(self, report: Report, previous: ReportFacts | None = None) -> ReportFacts:
        node = report.node
        filled = sections_for(report.tier.code if report.tier else None, self.places[report.template_id])
        return ReportFacts(
            report_id=report.pk,
            node_id=node.pk,
            node_title=report.title,
            organisation_slug=node.organisation.slug,
            node_slug=node.slug,
            period_label=report.period_label or f"{report.as_at_on:%B %Y}",
            as_at_on=report.as_at_on,
            is_frozen=report.is_frozen,
            stage=report.stage_words,
            start=_written(report, "start"),
            finish=_written(report, "finish"),
            due_at=report.period.due_at if report.period else None,
            # Past a demonstration's date it counts as handed in now, as on the returns page.
            submitted_at=report.submitted_at and min(report.submitted_at, moment_for(node.organisation)),
            sections=frozenset(key for key in filled if report.covers_section(key)),
            limits=self.limits[report.organisation_id],
            items=self._item_facts(report),
            risks=tuple(
                RiskFacts(
                    row.risk_id,
                    row.ref,
                    row.title,
                    self.statuses.get(row.residual_band_id),
                    self.statuses.get(row.status_id),
                    row.controls,
                    row.further_actions,
                    _written(row, "review"),
                    _is_private(row),
                )
                for row in self.risks[report.pk]
            ),
            benefits=tuple(
                BenefitFacts(
                    row.benefit_id,
                    row.ref,
                    row.title,
                    self.statuses.get(row.status_id),
                    _written(row, "review"),
                    row.benefit__measure,
                    row.benefit_id in self.targets,
                    tuple(self.years.get((report.pk, row.benefit_id), ())),
                    _is_private(row),
                )
                for row in self.benefits[report.pk]
            ),
            budgets=tuple(
                BudgetFacts(
                    row.budget_id,
                    row.title,
                    Position(row.planned, row.actual, row.committed, row.emergency, row.forecast),
                    _is_private(row),
                )
                for row in self.budgets[report.pk]
            ),
            ratings=tuple(
                RatingFacts(
                    row.dimension__key,
                    row.dimension__label,
                    row.dimension__scheme__subject,
                    row.dimension__is_overall,
                    self.statuses.get(row.status_id),
                    self.statuses.get(row.proposed_status_id),
                    row.comment,
                    row.chosen_because,
                )
                for row in self.ratings[report.pk]
            ),
            answers=tuple(
                AnswerFacts(row.question__key, row.question__text, self.statuses.get(row.status_id))
                for row in self.answers[report.pk]
            ),
            stated=tuple(
                StatedFacts(row.key, row.title or row.key, row.words, row.amount) for row in self.stated[report.pk]
            ),
            narratives=tuple(
                NarrativeFacts(row.section, row.title or row.section, row.text) for row in self.narratives[report.pk]
            ),
            posts=tuple(
                PostFacts(row.title, row.funding_words, _written(row, "ends")) for row in self.posts[report.pk]
            ),
            changes=tuple(self.changes.get(report.pk, ())),
            tallies=tuple(
                TallyFacts(row.key, row.title or row.key, row.section, row.total, tuple(self.counts[row.pk]))
                for row in self.tallies[report.pk]
            ),
            previous=previous,
        )

    def _item_facts(self, report: Report) -> tuple[ItemFacts, ...]:
        rows = self.items[report.pk]
        refs = {row.ref for row in rows if row.ref}
        before = self.before.get(report.pk, [])[-HISTORY_KEPT:]
        return tuple(
            ItemFacts(
                id=row.plan_item_id,
                kind=PlanItemKind(row.plan_item__kind).label,
                ref=row.ref,
                title=row.title,
                owner=row.owner_words,
                start=_written(row, "start"),
                finish=_written(row, "finish"),
                actual=_written(row, "actual"),
                baseline_on=row.baseline__finish_on,
                status=self.statuses.get(row.status_id),
                interdependencies=row.interdependencies,
                links=resolve(parse_interdependencies(row.interdependencies), refs, row.ref),
                is_critical=row.is_critical_path,
                earlier_finishes=tuple(
                    self.finishes[pk, row.plan_item_id] for pk in before if (pk, row.plan_item_id) in self.finishes
                ),
                baselines_on=tuple(
                    day
                    for number, day in self.baselines.get(row.plan_item_id, ())
                    if number <= (row.baseline__number or 0)
                ),
                is_change_recorded=(report.pk, row.plan_item_id) in self.recorded,
                is_private=_is_private(row),
            )
            for row in rows
        )


def _places(templates: set[int]) -> dict[int, list[SectionPlace]]:
    """The sections of each template, with the tiers that fill them."""
    tiers: dict[tuple[int, str, int], set[str]] = defaultdict(set)
    sections = TemplateSection.objects.filter(template__in=templates)
    for *section, tier in sections.values_list("template_id", "key", "order", "tiers__code"):
        tiers[tuple(section)].update({tier} - {None})
    places = {template: [] for template in templates}
    for (template, key, order), codes in tiers.items():
        places[template].append(SectionPlace(key, order, frozenset(codes)))
    return places


def _dates(name: str) -> tuple[str, str]:
    """The columns of a written date that facts need."""
    return f"{name}_words", f"{name}_on"


def _written(row, name: str) -> Written:
    return Written(getattr(row, f"{name}_words"), getattr(row, f"{name}_on"))


def _is_private(row) -> bool:
    """Whether the row, or any field of it, is kept from the public."""
    return row.is_exempt or any(mark.get("kind") in ("withheld", "exempt") for mark in row.marks.values())
