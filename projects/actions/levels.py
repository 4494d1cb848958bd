"""A parent's report is made from the standing reports of the levels below: what it takes over, and what overtakes it.

The children of a report are the nearest nodes below its own that report; they are aligned by date, not by period.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F, Max, Q, QuerySet

from projects.audit import record
from projects.facts import ItemFacts, ReportFacts, facts_of
from projects.models import Node, Notice, Origin, Period, PlanItemUpdate, Report, ReportInput, TemplateSection
from projects.rules.kinds import Kind
from projects.rules.schedule import days_overdue, slip_days

NoticeKind = Notice.NoticeKind
# What the rows of each section of notices are.
NOTICE_SECTIONS = {
    "escalations": NoticeKind.ESCALATION,
    "awareness": NoticeKind.AWARENESS,
    "deviations": NoticeKind.DEVIATION,
    "activities": NoticeKind.ACTIVITY,
    "products-completed": NoticeKind.PRODUCT_DONE,
    "work-planned": NoticeKind.WORK_PLANNED,
    "products-next": NoticeKind.PRODUCT_NEXT,
}
# Those that open with what the reports below say, with the titles they have where a template names none of them.
TAKEN_TITLES = {
    "escalations": "Escalations",
    "awareness": "To be aware of",
    "deviations": "Deviations",
    "products-completed": "Products completed",
    "products-next": "Products to come",
}
TAKEN_SECTIONS = tuple(TAKEN_TITLES)
DAYS_AHEAD = 31  # of products to come, where nothing says how long the period is
OFF_PLAN = (Kind.AT_RISK, Kind.OFF_TRACK)
TAKEN = "taken"  # the mark that says at which version a row was taken over
EXEMPT_FIELDS = ("is_exempt", "exempt_paragraph", "exempt_reason", "exempt_until")


@dataclass(frozen=True)
class Child:
    """A node below that reports: what stands of it as at the parent's date, and what the parent was made from.

    `expected` is the newest period of its own calendar by that date.
    """

    node: Node
    standing: Report | None
    used: Report | None
    expected: Period | None

    @property
    def is_new(self) -> bool:
        """Whether there is something to take over."""
        return self.standing is not None and self.standing != self.used

    @property
    def is_late(self) -> bool:
        """Whether its newest report is older than its own calendar asks for by the parent's date."""
        if self.expected is None:
            return False
        return self.standing is None or self.standing.as_at_on < self.expected.as_at_on


@dataclass(frozen=True)
class Taken:
    """What taking over came to, in rows."""

    added: int = 0
    renewed: int = 0
    dropped: int = 0
    kept: int = 0  # edited or taken out here, so left as they are

    @property
    def words(self) -> str:
        told = [f"{self.added} taken over", f"{self.renewed} brought up to date", f"{self.dropped} no longer reported"]
        if self.kept:
            told.append(f"{self.kept} edited or taken out here and left as they are")
        return ", ".join(told)


def reporting_below(node: Node) -> list[Node]:
    """The nearest nodes below `node` that report; what lies below one of those speaks through it."""
    nodes: list[Node] = []
    below = Node.objects.beneath(node).in_use().exclude(pk=node.pk).exclude(headline_series=None)
    for each in below.select_related("headline_series").order_by("path"):
        if not nodes or not each.path.startswith(nodes[-1].path):
            nodes.append(each)
    return nodes


def children_of(report: Report) -> list[Child]:
    """The reports below `report`, in the order of the tree; four statements, however many there are."""
    nodes = reporting_below(report.node)
    if not nodes:
        return []
    by_series = {node.headline_series_id: node for node in nodes}
    standing = {
        each.series_id: each
        for each in Report.objects.known_at(report.as_at_on)
        .filter(series__in=by_series)
        .select_related("node__organisation", "organisation", "period", "tier", "summary__overall__scheme")
    }
    used = {
        each.child.series_id: each.child
        for each in ReportInput.objects.filter(report=report).select_related(
            "child__node", "child__summary__overall__scheme"
        )
    }
    expected: dict[int, Period] = {}
    calendars = {node.headline_series.calendar_id for node in nodes}
    for period in Period.objects.filter(calendar__in=calendars, as_at_on__lte=report.as_at_on).order_by("as_at_on"):
        expected[period.calendar_id] = period
    return [
        Child(node, standing.get(pk), used.get(pk), expected.get(node.headline_series.calendar_id))
        for pk, node in by_series.items()
    ]


def sections_from_below(report: Report, named: Iterable[TemplateSection]) -> list[TemplateSection]:
    """The sections for what a report takes from those below it, unsaved; none where its template names one itself.

    An open report has them where anything below reports; a frozen one where it was made from others.
    """
    named = list(named)
    if any(section.key in TAKEN_SECTIONS for section in named):
        return []
    if not ReportInput.objects.filter(report=report).exists() and (
        report.is_frozen or not reporting_below(report.node)
    ):
        return []
    last = max((section.order for section in named), default=0)
    return [
        TemplateSection(
            organisation_id=report.organisation_id,
            template_id=report.template_id,
            key=key,
            title=title,
            order=last + place,
        )
        for place, (key, title) in enumerate(TAKEN_TITLES.items(), start=1)
    ]


# ---- taking over ----


def take_over(report: Report, sections: Mapping[str, TemplateSection], *, by) -> Taken:
    """Bring what the reports below say that is new into an open draft with these sections (by key).

    Rows edited or taken out in the draft stay as they are; untouched ones follow the child's newer report.
    """
    children = [child for child in children_of(report) if child.is_new]
    if not children:
        return Taken()
    held = {
        _key(row.source.node_id, row): row
        for row in Notice.objects.of(report).exclude(source=None).select_related("source")
    }
    last = Notice.objects.of(report).aggregate(last=Max("order"))["last"] or 0
    new, renewed, kept = [], 0, 0
    for row in _said_below(report, children, sections):
        before = held.pop(_key(row.source.node_id, row), None)
        if before is None:
            last += 1
            row.order = last
            new.append(row)
        elif not _is_untouched(before):
            kept += 1
        elif before.source_id != row.source_id:
            _renew(before, row)
            renewed += 1
    Notice.objects.bulk_create(new, batch_size=500)
    nodes = {child.node.pk: child.standing for child in children}
    gone = [row for row in held.values() if row.source.node_id in nodes and _is_untouched(row)]
    for row in gone:
        because = f"No longer in {nodes[row.source.node_id]}"
        Notice.objects.filter(pk=row.pk, version=row.version).update(
            is_removed=True, removed_reason=because, version=F("version") + 1
        )
    _pin(report, children)
    taken = Taken(len(new), renewed, len(gone), kept)
    if new or renewed or gone:
        record(report, {"taken over from the reports below": ["", taken.words]}, by=by)
    return taken


def _key(node_id: int, row: Notice) -> tuple:
    """What matches a row taken over to the same thing in a newer report of the same child."""
    return node_id, row.kind, row.plan_item_id or row.ref or row.title or row.text


def _is_untouched(row: Notice) -> bool:
    return not row.is_removed and row.marks.get(TAKEN, {}).get("version") == row.version


def _renew(before: Notice, row: Notice) -> None:
    """Have an untouched row say what the child's newer report says; the version moves, so that an open form notices."""
    columns = {
        name: getattr(row, name)
        for name in ("ref", "title", "text", "area", "owner_words", "status_id", "source_id", "source_words",
                     *EXEMPT_FIELDS)
    }  # fmt: skip
    version = before.version + 1
    marks = {**row.marks, TAKEN: {"kind": TAKEN, "version": version}}
    Notice.objects.filter(pk=before.pk, version=before.version).update(**columns, marks=marks, version=version)


def _pin(report: Report, children: list[Child]) -> None:
    """Write down which reports the draft is made from now."""
    children = list(children)
    ReportInput.objects.filter(
        report=report, child__series__in=[child.standing.series_id for child in children]
    ).delete()
    ReportInput.objects.bulk_create(
        ReportInput(organisation_id=report.organisation_id, report=report, child=child.standing) for child in children
    )


def copy_inputs(source: Report, target: Report) -> None:
    """A correction is made from the same reports as what it corrects, until newer ones are taken over."""
    ReportInput.objects.bulk_create(
        ReportInput(organisation_id=target.organisation_id, report=target, child_id=child)
        for child in ReportInput.objects.filter(report=source)
        .exclude(child=F("corrected_by"))  # a late return that was not used
        .values_list("child_id", flat=True)
    )


# ---- what the reports below say ----


def _said_below(report: Report, children: list[Child], sections: Mapping[str, TemplateSection]) -> Iterable[Notice]:
    """Unsaved rows of the report, child by child: its own notices, then the items of its plan that belong here."""
    wanted = {NOTICE_SECTIONS[key]: sections[key].options for key in TAKEN_SECTIONS if key in sections}
    by_report = {child.standing.pk: child for child in children}
    told: dict[int, list[Notice]] = {}
    for notice in Notice.objects.filter(report__in=by_report, kind__in=wanted).present().order_by("order", "pk"):
        told.setdefault(notice.report_id, []).append(notice)
    all_facts = facts_of(child.standing for child in children)
    chosen = {facts.report_id: _chosen_items(facts, report, wanted) for facts in all_facts}
    updates = {
        (row.report_id, row.plan_item_id): row
        for row in PlanItemUpdate.objects.filter(
            report__in=by_report, plan_item__in={item for items in chosen.values() for item, _ in items}
        ).present()
    }
    for pk, child in by_report.items():
        seen = set()
        for notice in told.get(pk, ()):
            seen.add((notice.kind, notice.plan_item_id))
            yield _row_of(report, child, notice, notice.kind, notice.text)
        for (item, kind), words in chosen[pk].items():
            if (kind, item) not in seen:
                yield _row_of(report, child, updates[pk, item], kind, words)


def _row_of(report: Report, child: Child, said: Notice | PlanItemUpdate, kind: str, text: str) -> Notice:
    """A row of the parent from one of the child's: an exempt child or row stays exempt."""
    exempt = child.node if child.node.is_exempt else said
    marks = {TAKEN: {"kind": TAKEN, "version": 1}}
    for field, mark in said.marks.items():
        if mark.get("kind") in ("withheld", "exempt"):
            marks["title" if field == "title" else "text"] = mark
    return Notice(
        organisation_id=report.organisation_id,
        report=report,
        kind=kind,
        ref=said.ref,
        title=said.title,
        area=getattr(said, "area", ""),
        text=text,
        owner_words=said.owner_words,
        plan_item_id=said.plan_item_id,
        status_id=said.status_id,
        source=child.standing,
        source_words=child.standing.title[:300],
        marks=marks,
        **{name: getattr(exempt, name) for name in EXEMPT_FIELDS},
    )


def _chosen_items(facts: ReportFacts, report: Report, wanted: Mapping[str, dict]) -> dict[tuple[int, str], str]:
    """{(item, kind of notice): words} of the child's plan items that the parent's sections ask for.

    A section's options may name the `item_kinds` it takes ("product") and, of products to come, how many `days_ahead`.
    """
    since = _since(report)
    chosen = {}
    for item in facts.items:
        for kind, options in wanted.items():
            kinds = options.get("item_kinds")
            if kinds and item.kind.lower() not in kinds:
                continue
            words = _words_for(kind, options, item, facts, since, report.as_at_on)
            if words:
                chosen[item.id, kind] = words
    return chosen


def _since(report: Report) -> date:
    """The day after which things happened "in the period"."""
    if report.copied_from:
        return report.copied_from.as_at_on
    if report.period:
        return report.period.starts_on - timedelta(days=1)
    return report.as_at_on - timedelta(days=DAYS_AHEAD)


def _words_for(kind, options, item: ItemFacts, facts: ReportFacts, since: date, day: date) -> str:
    """What the parent says of the item in a section of `kind`; "" where it does not belong there."""
    if kind == NoticeKind.DEVIATION:
        return deviation_words(item, day)
    if kind == NoticeKind.PRODUCT_DONE and item.is_done:
        if item.actual.on:
            return f"Completed {item.actual}." if since < item.actual.on <= day else ""
        before = {each.id: each for each in facts.previous.items} if facts.previous else {}
        is_news = since < facts.as_at_on and not (item.id in before and before[item.id].is_done)
        return "Completed; no date is given." if is_news else ""
    if kind == NoticeKind.PRODUCT_NEXT and not item.is_done and item.finish.on:
        last = day + timedelta(days=options.get("days_ahead") or max((day - since).days, DAYS_AHEAD))
        return f"Due {item.finish}." if day < item.finish.on <= last else ""
    return ""


def deviation_words(item: ItemFacts, day: date) -> str:
    """How an open item departs from its plan by `day`; "" where it does not."""
    if item.is_done:
        return ""
    told = []
    if late := days_overdue(item.finish.on, day):
        told.append(f"{_days(late)} past its date, {item.finish}.")
    moved = slip_days(item.earlier_finishes[-1], item.finish.on) if item.earlier_finishes else None
    if moved and moved > 0:
        told.append(f"Moved {_days(moved)} later since the last report, to {item.finish}.")
    if item.status and item.status.kind in OFF_PLAN and not told:
        told.append(f"Due {item.finish}." if str(item.finish) else "No date is given.")
    return " ".join(told)


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"


# ---- what overtakes a parent's report ----


def flag_parents(report: Report, *, at) -> None:
    """Say on the approved reports made from an older report of this series that this one stands in its place now.

    For a first return that came late the parent gets an input whose child is the late report itself: it was not used.
    The parent's report is never changed.
    """
    stands = Report.objects.exclude(known_from=None).select_related("node").filter(pk=report.pk).first()
    if stands is None or stands.node.headline_series_id != stands.series_id:
        return
    spoken = Q(as_at_on__gte=stands.known_from)
    if stands.known_to:
        spoken &= Q(as_at_on__lt=stands.known_to)
    made_from = Report.objects.frozen().filter(spoken, inputs__child__series=stands.series_id)
    ReportInput.objects.filter(report__in=made_from.values("pk"), child__series=stands.series_id).exclude(
        child=stands
    ).update(child_corrected_at=at, corrected_by=stands)
    above = Node.objects.ancestors(stands.node).exclude(headline_series=None).order_by("-path").first()
    if above is None:
        return
    without = (
        Report.objects.frozen()
        .filter(spoken, series=above.headline_series_id, origin=Origin.ENTERED)
        .filter(Q(template__sections__key__in=TAKEN_SECTIONS) | Q(template__dimensions__rule="children"))
        .exclude(inputs__child__series=stands.series_id)
        .distinct()
    )
    ReportInput.objects.bulk_create(
        ReportInput(
            organisation_id=stands.organisation_id,
            report=parent,
            child=stands,
            child_corrected_at=at,
            corrected_by=stands,
        )
        for parent in without
    )


def flag_overtaken(report: Report, *, at) -> None:
    """At its own approval: which of the reports it was made from have been overtaken already."""
    for child in children_of(report):
        if child.used and child.standing and child.is_new:
            ReportInput.objects.filter(report=report, child=child.used).update(
                child_corrected_at=at, corrected_by=child.standing
            )


def overtaken_inputs(reports: QuerySet | Iterable[Report]) -> QuerySet:
    """What approved reports were made from that a correction or a late return has overtaken since, newest first."""
    return (
        ReportInput.objects.filter(report__in=reports)
        .exclude(child_corrected_at=None)
        .select_related("report__node", "child__node", "corrected_by")
        .order_by("-child_corrected_at", "child__node__path")
    )
