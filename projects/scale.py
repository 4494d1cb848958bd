"""A large synthetic council for measuring. The same numbers make the same council, every time.

Written in bulk and past the actions, because a hundred thousand rows through them would take hours; what the
actions would have left behind (standings, current and previous reports, summaries) is left behind here too.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import compress

from django.db import connection, transaction
from django.db.models import Case, CharField, F, IntegerField, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast, Concat, LPad, Mod, Substr
from django.db.models.lookups import LessThan
from django.utils import timezone

from projects.actions.nodes import add_node
from projects.actions.organisations import found_organisation, make_periods
from projects.actions.roll_ups import rebuild
from projects.actions.summaries import summary_columns
from projects.audit import record
from projects.models import (
    Answer,
    Benefit,
    BenefitUpdate,
    Budget,
    BudgetPosition,
    Calendar,
    ChangeRequest,
    Dependency,
    Dimension,
    DimensionRating,
    Narrative,
    Node,
    NodeKind,
    Organisation,
    Period,
    PlanItem,
    PlanItemBaseline,
    PlanItemUpdate,
    Question,
    Report,
    ReportState,
    ReportSummary,
    ReportTemplate,
    Risk,
    RiskAssessment,
    SavingLine,
    Series,
    Status,
)
from projects.permissions import top_node
from projects.rules.dates import parse_written_date
from projects.rules.kinds import Kind
from projects.rules.savings import financial_year
from projects.rules.tree import WIDTH

SLUG = "scale"
TODAY = date(2025, 4, 14)
BATCH = 500  # projects written at a time: bounds the memory
WHOLE = 2  # the newest so many reports of every project have all their rows ...
WHOLE_EVERY = 100  # ... and those of every so many projects all of them; the others say their overall status alone
CHANGED_EVERY = 10  # of every so many projects a milestone was moved by a change request, and waits for another's
ROWS = 2_000  # rows in one statement
PORTFOLIOS = 10
PROGRAMMES = 10  # in each portfolio
SERVICES = ("Housing", "Highways", "Schools", "Adult care", "Leisure", "Planning", "Waste", "Customer services")
WORKS = ("refurbishment", "system replacement", "redesign", "extension", "savings review", "relocation")
MILESTONES = ("Business case agreed", "Contract let", "In use")
RISKS = ("Costs rise before the contract is let", "Key staff leave")


def load_scale(*, projects: int, periods: int = 2, slug: str = SLUG, savings: bool = False, by) -> Organisation:
    """Bring the synthetic council up to `projects` projects, each with a published report in `periods` months.

    With `savings` each states what it saves in three financial years.
    """
    organisation = Organisation.objects.filter(slug=slug).first() or found_organisation(
        name=f"{slug.replace('-', ' ').capitalize()} Council (sample)", slug=slug, short_name="Scale", clock_on=TODAY,
        is_sample=True, by=by,
    )  # fmt: skip
    there = Node.objects.filter(organisation=organisation, kind=NodeKind.PROJECT).count()
    programmes = _programmes(organisation, by)
    council = _Council(organisation, _last_periods(organisation, periods, by), by, savings)
    for first in range(there, projects, BATCH):
        with transaction.atomic():
            council.add_projects(range(first, min(first + BATCH, projects)), programmes)
    if projects > there:
        _close(council.periods, by)
        added = {"projects": [str(there), str(projects)]}
        record(top_node(organisation), added, by=by, reason="Synthetic data written in bulk")
    return organisation


def _programmes(organisation, by) -> list[Node]:
    known = {node.slug: node for node in Node.objects.filter(organisation=organisation)}
    top = top_node(organisation)
    found = []
    for number in range(1, PORTFOLIOS + 1):
        portfolio = known.get(f"portfolio-{number}") or add_node(
            parent=top,
            kind=NodeKind.PORTFOLIO,
            slug=f"portfolio-{number}",
            title=f"Portfolio {number}",
            is_sample=True,
            by=by,
        )
        for place in range(1, PROGRAMMES + 1):
            slug = f"programme-{number}-{place}"
            found.append(
                known.get(slug)
                or add_node(
                    parent=portfolio,
                    kind=NodeKind.PROGRAMME,
                    slug=slug,
                    title=f"Programme {number}.{place}",
                    is_sample=True,
                    by=by,
                )
            )
    return found


def _last_periods(organisation, count, by):
    """The newest `count` periods that have ended by the council's day, oldest first."""
    calendar = Calendar.objects.get(organisation=organisation, slug="monthly")
    year = TODAY.year
    while (ended := calendar.periods.filter(ends_on__lt=TODAY)).count() < count:
        year -= 1
        make_periods(calendar, year=year, by=by)
    return list(ended.order_by("-as_at_on")[:count])[::-1]


def _close(periods, by):
    """Close the periods that ended before the newest one, and add up what was reported for them."""
    for period in periods[:-1]:
        Period.objects.filter(pk=period.pk, closed_at=None).update(
            closed_at=_moment(period.as_at_on + timedelta(days=20)), closed_by=by
        )
    rebuild(periods[:-1])


@dataclass
class _Batch:
    """Projects that are written together: their numbers, nodes, series and things, in one order.

    `earlier` gives the report that each node's next one is copied from.
    """

    numbers: Sequence[int]
    nodes: list[Node]
    series: list[Series]
    identities: dict[type, list]
    earlier: dict[int, Report] = field(default_factory=dict)

    def only(self, chosen: list[bool]) -> "_Batch":
        """The projects at the chosen places."""

        def kept(things):
            of_each = len(things) // len(chosen)
            return list(compress(things, (is_chosen for is_chosen in chosen for _ in range(of_each))))

        identities = {model: kept(things) for model, things in self.identities.items()}
        return _Batch(kept(self.numbers), kept(self.nodes), kept(self.series), identities, self.earlier)


def _insert(model, source: QuerySet, *, is_like: bool = False, **columns):
    """A row of `model` for each of `source`, made by the database: with these columns, the others as in the source
    (`is_like`) or as they are in a new row."""
    fields = [each for each in model._meta.concrete_fields if not each.primary_key]

    def chosen(each):
        if each.name not in columns:
            return F(each.attname) if is_like else Value(each.get_default(), output_field=each)
        given = columns[each.name]
        return given if hasattr(given, "resolve_expression") else Value(given, output_field=each)

    select, given = source.order_by().values_list(*map(chosen, fields)).query.sql_with_params()
    quoted = ", ".join(connection.ops.quote_name(each.column) for each in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({quoted}) {select}", given)


class _Council:
    """The settings that every synthetic project needs, read once."""

    def __init__(self, organisation, periods, by, savings):
        self.organisation, self.periods, self.by, self.savings = organisation, periods, by, savings
        self.template = ReportTemplate.objects.get(organisation=organisation, slug="highlight")
        self.calendar = Calendar.objects.get(organisation=organisation, slug="monthly")
        self.dimensions = list(Dimension.objects.filter(template=self.template).select_related("scheme"))
        self.questions = list(Question.objects.filter(template=self.template))
        self.statuses = {}
        for status in Status.objects.filter(organisation=organisation).select_related("scheme").order_by("order"):
            self.statuses.setdefault(status.scheme.slug, []).append(status)
        self.overall = next(dimension for dimension in self.dimensions if dimension.is_overall)

    def add_projects(self, numbers: range, programmes: list[Node]):
        """Write these projects with everything beneath them."""
        nodes = self._add_nodes(numbers, programmes)
        things = {
            PlanItem: [PlanItem(ref=str(n), title=title) for n, title in enumerate(MILESTONES, 1)],
            Risk: [Risk(ref=str(n), title=title) for n, title in enumerate(RISKS, 1)],
            Benefit: [Benefit(ref="1", title="Running costs fall")],
            Budget: [Budget()],
        }
        identities = {
            model: self._written(
                model(organisation=self.organisation, node=node, **self._identity_fields(sample))
                for node in nodes
                for sample in samples
            )
            for model, samples in things.items()
        }
        series = self._written(
            Series(organisation=self.organisation, node=node, template=self.template, calendar=self.calendar)
            for node in nodes
        )
        pks = [node.pk for node in nodes]
        own_series = Series.objects.filter(node=OuterRef("pk")).values("pk")[:1]
        Node.objects.filter(pk__in=pks).update(headline_series=Subquery(own_series))
        batch = _Batch(numbers, nodes, series, identities)
        kept = batch.only([number % WHOLE_EVERY == 0 for number in numbers])
        newest = max(len(self.periods) - WHOLE, 0)
        for place in range(len(self.periods)):
            self._add_reports(place, batch if place >= newest else kept)
        self._add_earlier(newest, Report.objects.filter(node__in=pks).exclude(node__in=kept.nodes))
        self._point_series(series)
        self._copy_to_nodes(pks)
        self._add_changes(numbers, nodes, identities[PlanItem])

    def _add_changes(self, numbers, nodes, items):
        """Of a share of the projects: the last milestone agreed, moved by an approved request, and waiting."""
        chosen = [at for at, number in enumerate(numbers) if number % CHANGED_EVERY == 0]
        if not chosen:
            return
        agreed, moved = _moment(TODAY - timedelta(days=900)), _moment(TODAY - timedelta(days=300))
        requests = self._written(
            ChangeRequest(
                organisation=self.organisation,
                node=nodes[at],
                sort=ChangeRequest.Sort.BASELINE,
                state=ChangeRequest.State.APPROVED,
                item_words=MILESTONES[-1],
                description="Sample data: the date moves by a month.",
                raised_at=agreed,
                raised_by=self.by,
                decided_at=moved,
                decided_by=self.by,
            )
            for at in chosen
        )
        lasts = [items[at * len(MILESTONES) + len(MILESTONES) - 1] for at in chosen]
        days = [TODAY + timedelta(days=numbers[at] % 400) for at in chosen]
        first = self._written(
            PlanItemBaseline(
                organisation=self.organisation, plan_item=item, state=PlanItemBaseline.State.SUPERSEDED,
                in_force_from=agreed, in_force_to=moved, **PlanItemBaseline.finish.values(parse_written_date(day)),
            )
            for item, day in zip(lasts, days, strict=True)
        )  # fmt: skip
        self._written(
            PlanItemBaseline(
                organisation=self.organisation, plan_item=before.plan_item, number=2, based_on=before,
                change_request=request, state=PlanItemBaseline.State.IN_FORCE, in_force_from=moved,
                **PlanItemBaseline.finish.values(parse_written_date(day + timedelta(days=30))),
            )
            for before, request, day in zip(first, requests, days, strict=True)
        )  # fmt: skip
        self._written(
            Dependency(
                organisation=self.organisation, from_item=item, to_item=items[at * len(MILESTONES)],
                words=f"{nodes[at].reference} {MILESTONES[0]}",
            )
            for item, at in zip(lasts, [*chosen[1:], chosen[0]], strict=True)
        )  # fmt: skip

    def _add_nodes(self, numbers, programmes):
        nodes = self._written(
            Node(
                organisation=self.organisation,
                parent=programmes[number % len(programmes)],
                path=f"new-{number}",  # unique until the id is known, below
                depth=4,
                kind=NodeKind.PROJECT,
                slug=f"project-{number + 1}",
                title=f"{SERVICES[number % len(SERVICES)]} {WORKS[number % len(WORKS)]} {number + 1}",
                reference=f"P{number + 1}",
                is_sample=True,
            )
            for number in numbers
        )
        own_id = LPad(Cast("pk", CharField()), WIDTH, Value("0"))
        pks = [node.pk for node in nodes]
        for programme in {node.parent for node in nodes}:
            Node.objects.filter(parent=programme, pk__in=pks).update(path=Concat(Value(programme.path), own_id))
        return list(
            Node.objects.filter(pk__in=pks).select_related("organisation", "tier", "parent__parent").order_by("pk")
        )

    @staticmethod
    def _identity_fields(sample):
        return {name: getattr(sample, name) for name in ("ref", "title") if hasattr(sample, name)}

    def _add_reports(self, place, batch):
        """The reports of one period with everything they say."""
        period = self.periods[place]
        opened = _moment(period.as_at_on - timedelta(days=7))
        reports = self._written(
            Report(
                organisation=self.organisation,
                node=node,
                series=series,
                template=self.template,
                period=period,
                as_at_on=period.as_at_on,
                copied_from=batch.earlier.get(node.pk),
                period_label=period.label,
                stage_words="Delivery",
                team_size=number % 9 + 1,
                opened_at=opened,
                opened_by=self.by,
                **self._printed(node),
            )
            for number, node, series in zip(batch.numbers, batch.nodes, batch.series, strict=True)
        )
        if not reports:
            return
        batch.earlier.update({report.node_id: report for report in reports})
        chosen = {
            report.pk: self._choices(number, place) for number, report in zip(batch.numbers, reports, strict=True)
        }
        self._written(self._dimension_rows(reports, chosen))
        self._written(self._answer_rows(reports, chosen))
        self._written(self._narrative_rows(reports, chosen))
        for model, rows in (
            (PlanItem, self._milestone_rows),
            (Risk, self._risk_rows),
            (Benefit, self._benefit_rows),
            (Budget, self._budget_rows),
        ):
            written = self._written(rows(reports, chosen, iter(batch.identities[model])))
            if self.savings and model is Benefit:
                self._written(self._saving_lines(written))
        self._written(self._summaries(reports, chosen))
        self._publish(place, Report.objects.filter(pk__in=[report.pk for report in reports]))

    def _add_earlier(self, newest, reports):
        """The reports of the periods before `newest`, which say the overall status and no more.

        The database makes them from those of the period `newest`: sent one by one they would take most of an hour.
        """
        like = reports.filter(period=self.periods[newest])
        number = Cast(Substr("reference", 2), IntegerField()) - 1
        red, amber, green = (status for status in self.statuses["rag"][2::-1])
        for place in range(newest):
            period = self.periods[place]
            opened = _moment(period.as_at_on - timedelta(days=7))
            _insert(
                Report, like, is_like=True,
                period=period.pk, as_at_on=period.as_at_on, period_label=period.label, covers=["project-status"],
                opened_at=opened, state=ReportState.DRAFT, copied_from=None,
                **dict.fromkeys(
                    ("submitted_at", "submitted_by", "approved_at", "approved_by", "published_at", "published_by")
                ),
            )  # fmt: skip
            made = reports.filter(period=period)
            turn = Mod(number * 7 + place * 3, 35)

            def chosen(column, turn=turn):
                return Case(
                    When(LessThan(turn, 5), then=Value(getattr(red, column))),
                    When(LessThan(turn, 12), then=Value(getattr(amber, column))),
                    default=Value(getattr(green, column)),
                    output_field=IntegerField(),
                )

            common = {"organisation": self.organisation.pk, "report": F("pk")}
            _insert(
                DimensionRating, made, dimension=self.overall.pk, title=self.overall.label, order=self.overall.order,
                status=chosen("pk"), is_changed=place > 0, **common,
            )  # fmt: skip
            counts = {register: {} for register in ("milestones", "risks", "benefits")}
            said = {"overall": chosen("pk"), "severity": chosen("severity"), "counts": counts}
            _insert(ReportSummary, made, **summary_columns(said, said), **common)
            self._publish(place, made)

    def _printed(self, node):
        programme = node.parent
        return {
            "organisation_name": node.organisation.name,
            "title": node.title,
            "reference": node.reference,
            "parent_titles": [node.organisation.name, programme.parent.title, programme.title],
            "node_path": node.path,
            "node_kind": node.kind,
            "tier": node.tier,
        }

    def _choices(self, number, place) -> dict:
        """What project `number` says in its report of period `place`: about a seventh are red, a fifth amber."""
        turn = (number * 7 + place * 3) % 35
        rag = self.statuses["rag"]
        milestones = {status.kind: status for status in self.statuses["milestone"]}
        late = turn < 5
        return {
            "overall": rag[2] if late else rag[1] if turn < 12 else rag[0],
            "milestones": [
                milestones[Kind.DONE],
                milestones[Kind.DONE if turn > 20 else Kind.ON_TRACK],
                milestones[Kind.OFF_TRACK if late else Kind.ON_TRACK],
            ],
            "finishes": [
                TODAY - timedelta(days=200),
                TODAY - timedelta(days=turn),
                TODAY + timedelta(days=30 + number % 400),
            ],
            "bands": [self.statuses["risk-band"][turn % 4], self.statuses["risk-band"][turn % 2]],
            "benefit": self.statuses["benefit"][1 + turn % 3],
            "planned": Decimal(50_000 + number % 977 * 1_000),
            "forecast": Decimal(50_000 + number % 977 * 1_000) + (turn - 15) * 250,
            "answer": 1 if late else 0,
            "is_changed": place > 0,
        }

    def _row(self, model, report, **columns):
        return model(organisation=self.organisation, report=report, **columns)

    def _dimension_rows(self, reports, chosen) -> Iterator[DimensionRating]:
        steady = {dimension.pk: dimension.scheme.statuses.first() for dimension in self.dimensions}
        for report in reports:
            said = chosen[report.pk]
            for dimension in self.dimensions:
                yield self._row(
                    DimensionRating,
                    report,
                    dimension=dimension,
                    title=dimension.label,
                    order=dimension.order,
                    status=said["overall"] if dimension.is_overall else steady[dimension.pk],
                    is_changed=dimension.is_overall and said["is_changed"],
                )

    def _answer_rows(self, reports, chosen) -> Iterator[Answer]:
        for report in reports:
            for question in self.questions:
                scheme = "answer-yes-good" if question.key == "budget-on-track" else "answer-no-good"
                yield self._row(
                    Answer,
                    report,
                    question=question,
                    title=question.text,
                    order=question.order,
                    status=self.statuses[scheme][chosen[report.pk]["answer"]],
                )

    def _narrative_rows(self, reports, chosen) -> Iterator[Narrative]:
        for report in reports:
            yield self._row(
                Narrative,
                report,
                section="commentary",
                title="Explanatory commentary",
                text=f"Sample data. {report.title} is {chosen[report.pk]['overall'].label.lower()} this month.",
            )

    def _milestone_rows(self, reports, chosen, items) -> Iterator[PlanItemUpdate]:
        for report in reports:
            said = chosen[report.pk]
            for order, (status, finish) in enumerate(zip(said["milestones"], said["finishes"], strict=True), start=1):
                item = next(items)
                field = PlanItemUpdate.actual if status.kind == Kind.DONE else PlanItemUpdate.finish
                yield self._row(
                    PlanItemUpdate,
                    report,
                    plan_item=item,
                    ref=item.ref,
                    title=item.title,
                    order=order,
                    status=status,
                    is_critical_path=order == len(MILESTONES),
                    **field.values(parse_written_date(finish)),
                )

    def _risk_rows(self, reports, chosen, risks) -> Iterator[RiskAssessment]:
        review = RiskAssessment.review.values(parse_written_date("30/06/2025"))
        for report in reports:
            for order, band in enumerate(chosen[report.pk]["bands"], start=1):
                risk = next(risks)
                yield self._row(
                    RiskAssessment,
                    report,
                    risk=risk,
                    ref=risk.ref,
                    title=risk.title,
                    order=order,
                    residual_band=band,
                    **review,
                )

    def _benefit_rows(self, reports, chosen, benefits) -> Iterator[BenefitUpdate]:
        review = BenefitUpdate.review.values(parse_written_date("quarterly"))
        for report in reports:
            benefit = next(benefits)
            status = chosen[report.pk]["benefit"]
            yield self._row(
                BenefitUpdate, report, benefit=benefit, ref="1", title=benefit.title, order=1, status=status, **review
            )

    def _saving_lines(self, rows) -> Iterator[SavingLine]:
        """Three years each: of every fifth project some slips to the second, of every seventh the first brings more."""
        first = financial_year(self.periods[-1].as_at_on, self.organisation.financial_year_start)
        for number, row in enumerate(rows):
            target = Decimal(20_000 + number % 90 * 1_000)
            slips = target / 4 if number % 5 == 0 else -target / 2 if number % 7 == 0 else None
            at_risk = (slips, -slips if slips and slips > 0 else None, None)
            for place, pounds in enumerate(at_risk):
                yield self._row(
                    SavingLine, row.report, update_row=row, year=first + place, order=place, target=target,
                    at_risk=pounds,
                )  # fmt: skip

    def _budget_rows(self, reports, chosen, budgets) -> Iterator[BudgetPosition]:
        for report in reports:
            said = chosen[report.pk]
            yield self._row(
                BudgetPosition,
                report,
                budget=next(budgets),
                title="Project budget",
                order=1,
                planned=said["planned"],
                forecast=said["forecast"],
            )

    def _summaries(self, reports, chosen) -> Iterator[ReportSummary]:
        for report in reports:
            said = chosen[report.pk]
            waiting = [
                (finish, title)
                for finish, title, status in zip(said["finishes"], MILESTONES, said["milestones"], strict=True)
                if status.kind != Kind.DONE
            ]
            next_on, next_title = min(waiting)
            columns = {
                "overall": said["overall"],
                "severity": said["overall"].severity,
                "counts": {
                    "milestones": _counted(status.kind for status in said["milestones"]),
                    "risks": _counted(band.code for band in said["bands"]),
                    "benefits": _counted([said["benefit"].kind]),
                },
                "sums": {"planned": f"{said['planned']:.2f}", "forecast": f"{said['forecast']:.2f}"},
                "next_item": next_title,
                "next_item_on": next_on,
            }
            yield self._row(ReportSummary, report, **summary_columns(columns, columns))

    def _publish(self, place, reports: QuerySet):
        """Freeze the period's reports and say from when to when they stand: alike for all, as all report alike."""
        day = self.periods[place].as_at_on
        later = self.periods[place + 1].as_at_on if place + 1 < len(self.periods) else None
        approved, published = _moment(day), _moment(day + timedelta(days=5))
        reports.update(
            state=ReportState.PUBLISHED,
            submitted_at=approved,
            submitted_by=self.by,
            approved_at=approved,
            approved_by=self.by,
            published_at=published,
            published_by=self.by,
            approved_from=approved,
            approved_until=later and _moment(later),
            published_from=published,
            published_until=later and _moment(later + timedelta(days=5)),
            known_from=day,
            known_to=later,
            public_known_from=day,
            public_known_to=later,
        )

    def _point_series(self, series):
        reports = Report.objects.filter(series=OuterRef("pk")).order_by("-as_at_on").values("pk")
        newest, before = Subquery(reports[:1]), Subquery(reports[1:2])
        Series.objects.filter(pk__in=[each.pk for each in series]).update(
            current=newest, published=newest, previous=before, published_before=before
        )

    def _copy_to_nodes(self, pks):
        """What `standing.copy_to_node` leaves beside each node."""
        newest = ReportSummary.objects.filter(report__series=OuterRef("headline_series")).order_by("-report__as_at_on")
        Node.objects.filter(pk__in=pks).update(
            **{
                f"{side}_{part}": Subquery(newest.values(column)[:1])
                for side in ("current", "published")
                for part, column in (
                    ("as_at_on", "report__as_at_on"),
                    ("overall", "overall"),
                    ("severity", "severity"),
                )
            }
        )

    @staticmethod
    def _written(rows) -> list:
        rows = list(rows)
        if not rows:
            return []
        return type(rows[0]).objects.bulk_create(rows, batch_size=ROWS)


def _counted(keys) -> dict:
    return dict(sorted(Counter(keys).items()))


def _moment(day):
    return timezone.make_aware(datetime.combine(day, time(9)))
