"""Examine what stands in the record: which reports are looked at, by which day, and what was accepted.

A frozen report is judged by the day it speaks of, an open one by today: a report of July is not blamed for August.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.utils import timezone

from projects.clock import today_for
from projects.facts import facts_of
from projects.models import FROZEN_STATES, Node, Organisation, Period, Report, ReportState, Series
from reporting.assurance.figures import within_rounding
from reporting.assurance.registry import Finding, Severity, findings_in
from reporting.assurance.timeliness import DueReport, report_missing
from reporting.models import FindingAcceptance
from reporting.queries import moment_of, periods_now

IN_HAND = (ReportState.SUBMITTED, ReportState.SIGNED_OFF, *FROZEN_STATES)


class UnknownPeriod(LookupError):
    """No calendar of the organisation has a period of that name."""


@dataclass(frozen=True)
class Judged:
    """A finding, and the acceptance that covers it (None: it stands)."""

    finding: Finding
    acceptance: FindingAcceptance | None = None


@dataclass(frozen=True)
class Examined:
    """What was found on one node. `report` is None where there was none to look at; `day` is what it was judged by."""

    node: Node
    report: Report | None
    day: date
    judged: tuple[Judged, ...] = ()
    notes: tuple[str, ...] = ()  # let pass: stated figures within rounding

    @property
    def standing(self) -> tuple[Finding, ...]:
        """The findings nobody has accepted, gravest first."""
        return tuple(each.finding for each in self.judged if each.acceptance is None)

    @property
    def accepted(self) -> tuple[Judged, ...]:
        return tuple(each for each in self.judged if each.acceptance is not None)

    def number_of(self, severity: Severity) -> int:
        return sum(finding.severity is severity for finding in self.standing)


def examine_report(report: Report) -> Examined:
    """What the checks find in one report (with node, organisation, period and tier at hand), whatever its state."""
    return _examined_together([report], [])[0]


def examine_reports(reports: Iterable[Report]) -> dict[int, Examined]:
    """{number of the report: what the checks find in it}, asked of all together; reports as for `examine_report`."""
    return {each.report.pk: each for each in _examined_together(reports, [])}


def examine(nodes: QuerySet, period: str = "") -> list[Examined]:
    """What the checks find on `nodes` that report, in the order of the tree.

    Of each series the newest approved report is looked at, or the one of `period` (a slug), approved if possible; a
    report that is due and not in is a finding too. A day instead of a slug asks for the newest approved ones up to it.
    UnknownPeriod where no series of theirs has the period.
    """
    series = list(
        Series.objects.filter(node__in=nodes.in_use(), is_archived=False)
        .select_related("node__organisation", "template")
        .order_by("node__path", "pk")
    )
    if day := _as_day(period):
        periods, reports = {}, _reports_up_to(series, day)
    elif period:
        periods = {each.calendar_id: each for each in _periods(series, period)}
        reports = _reports_of_period(series, period)
    else:
        organisations = {each.node.organisation for each in series}
        now = periods_now(organisations, today_for)
        periods = {calendar: each.expected for calendar, each in now.items() if each.expected}
        reports = _whole(Report.objects.filter(pk__in=[each.current_id for each in series if each.current_id]))
    return _examined_together(reports, _missing(series, periods), order=[each.node for each in series])


def _periods(series: list[Series], slug: str) -> list[Period]:
    periods = list(Period.objects.filter(calendar__in={each.calendar_id for each in series}, slug=slug))
    if not periods:
        raise UnknownPeriod(f"There is no period {slug} in the calendars these reports follow.")
    return periods


def _reports_of_period(series: list[Series], slug: str) -> list[Report]:
    """Of each series the report of the period: the newest approved revision, or else what is being written."""
    chosen: dict[int, Report] = {}
    for report in _whole(Report.objects.filter(series__in=series, period__slug=slug)):
        known = chosen.get(report.series_id)
        if known is None or (report.is_frozen, report.revision) > (known.is_frozen, known.revision):
            chosen[report.series_id] = report
    return list(chosen.values())


def _reports_up_to(series: list[Series], day: date) -> list[Report]:
    """Of each series the newest approved report as at `day` or before."""
    upto = Report.objects.frozen().filter(series__in=series, as_at_on__lte=day).in_order()
    return _whole(Report.objects.filter(pk__in=dict(upto.values_list("series_id", "pk")).values()))


def _as_day(words: str) -> date | None:
    try:
        return date.fromisoformat(words)
    except ValueError:
        return None


def _whole(reports: QuerySet) -> list[Report]:
    return list(reports.select_related("node__organisation", "organisation", "period", "tier"))


def _missing(series: list[Series], periods: dict[int, Period]) -> list[Finding]:
    """A finding for each series whose report of the period (by calendar) is due and not in.

    Nothing is owed for a time before the first report, or before the node was made where there is none.
    """
    said: dict[int, list[tuple[date, str, str]]] = defaultdict(list)
    rows = Report.objects.filter(series__in=series).in_order()
    for series_id, day, state, label in rows.values_list("series_id", "as_at_on", "state", "period_label"):
        said[series_id].append((day, state, label))
    findings = []
    for each in series:
        period = periods.get(each.calendar_id)
        if period is None or period.due_at is None or not _owes(each, period, said[each.pk]):
            continue
        organisation = each.node.organisation
        due = DueReport(
            each.node_id,
            period.label,
            period.due_at,
            next((ReportState(state).label for day, state, _ in said[each.pk] if day == period.as_at_on), ""),
            next((label for day, state, label in reversed(said[each.pk])
                  if state in FROZEN_STATES and day < period.as_at_on), ""),
        )  # fmt: skip
        finding = report_missing(due, moment_of(organisation, today_for(organisation)))
        if finding:
            findings.append(finding)
    return findings


def _owes(series: Series, period: Period, said: list[tuple[date, str, str]]) -> bool:
    if any(day == period.as_at_on and state in IN_HAND for day, state, _ in said):
        return False
    approved = [day for day, state, _ in said if state in FROZEN_STATES]
    if approved:
        return min(approved) < period.as_at_on
    return bool(said) or timezone.localdate(series.node.created_at) <= period.ends_on


def _examined_together(
    reports: Iterable[Report], missing: list[Finding], order: Iterable[Node] | None = None
) -> list[Examined]:
    reports = list(reports)
    nodes = {report.node_id: report.node for report in reports}
    places = {node.pk: place for place, node in enumerate(order or nodes.values())}
    accepted = _acceptances({*nodes, *(finding.node_id for finding in missing)})
    missing_of: dict[int, list[Finding]] = defaultdict(list)
    for finding in missing:
        missing_of[finding.node_id].append(finding)
    examined = []
    for report, facts in zip(reports, facts_of(reports), strict=True):
        day = report.as_at_on if report.is_frozen else today_for(report.node.organisation)
        found = [*missing_of.pop(report.node_id, []), *findings_in(facts, day)]
        examined.append(Examined(report.node, report, day, _judged(found, accepted), tuple(within_rounding(facts))))
    examined.extend(
        Examined(node, None, today_for(node.organisation), _judged(missing_of.pop(node.pk), accepted))
        for node in order or ()
        if node.pk in missing_of
    )
    return sorted(examined, key=lambda each: places[each.node.pk])


def _acceptances(nodes: set[int]) -> dict[tuple[int, str, str], FindingAcceptance]:
    """The acceptances that hold today, by node, check and subject."""
    organisations = Organisation.objects.filter(pk__in=Node.objects.filter(pk__in=nodes).values("organisation"))
    held: dict[tuple[int, str, str], FindingAcceptance] = {}
    for organisation in organisations:
        rows = FindingAcceptance.objects.filter(organisation=organisation, node__in=nodes)
        for row in rows.in_force(today_for(organisation)).select_related("accepted_by"):
            held[row.node_id, row.check_code, row.subject_key] = row
    return held


def _judged(found: Iterable[Finding], accepted: dict) -> tuple[Judged, ...]:
    return tuple(
        Judged(finding, accepted.get((finding.node_id, finding.code, finding.subject.key))) for finding in found
    )
