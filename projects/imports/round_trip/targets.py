"""Where the changes of a workbook to work in go: into the report it was made of, or the draft that follows it."""

from collections.abc import Iterable
from dataclasses import dataclass

from projects.actions.locks import lock_of_report
from projects.actions.registers import drafts_in_hand, periods_to_edit
from projects.clock import today_for
from projects.imports.planned import DRAFT, LOCKED, PartPlan
from projects.imports.round_trip.identity import HeldReport
from projects.imports.round_trip.scope import whole_reports
from projects.models import Node, Organisation, Period, Report, Series
from projects.permissions import may
from projects.rules.access import Permission


@dataclass
class Goal:
    """The report that changes to one of the workbook's reports go into.

    `held` is the report whose rows the changes are held against: the one that is written into, or the one that the
    draft to be opened begins with. `because` says why nothing can be written, "" where it can.
    """

    told: HeldReport
    made_of: Report | None
    held: Report | None
    because: str = ""
    opens: Period | None = None
    place: Node | None = None

    @property
    def is_same(self) -> bool:
        """Whether the rows are those that the workbook was made of."""
        return self.made_of is not None and self.held is not None and self.made_of.pk == self.held.pk

    def part(self) -> PartPlan:
        """The part of a plan that the changes are listed in."""
        node = self.held.node if self.held else self.place
        part = PartPlan(f"r{self.told.pk}", self.held.title if self.held else self.told.title, node.pk, node.slug,
                        node.kind, mode=LOCKED if self.because else DRAFT)  # fmt: skip
        if self.held is None:
            return part
        series, period = self.held.series, self.opens or self.held.period
        part.series_id, part.template_id, part.calendar_id = series.pk, series.template_id, series.calendar_id
        part.period_how = "the workbook was made of it"
        part.period_id = period.pk if period else None
        part.period_label = period.label if period else str(self.held.as_at_on)
        part.period_slug = period.slug if period else ""
        part.as_at_on = (period or self.held).as_at_on.isoformat()
        part.base_id = self.held.pk
        part.existing_id = None if self.opens else self.held.pk
        return part


def goals_of(told: Iterable[HeldReport], organisation: Organisation, by) -> dict[int, Goal]:
    """{report of the workbook: where its changes go}. `by` None may do everything."""
    told = list(told)
    pks = [one.pk for one in told]
    reports = {
        report.pk: report for report in whole_reports(Report.objects.filter(pk__in=pks, organisation=organisation))
    }
    series = {report.series_id: report.series for report in reports.values()}
    in_hand = drafts_in_hand(Series.objects.filter(pk__in=series)).values("pk")
    drafts = {report.series_id: report for report in whole_reports(Report.objects.filter(pk__in=in_hand))}
    to_open = [each for pk, each in series.items() if pk not in drafts]
    periods = periods_to_edit(to_open, today_for(organisation))
    newest = whole_reports(Report.objects.filter(pk__in={each.current_id for each in series.values()} - {None}))
    current = {report.series_id: report for report in newest}
    lost = [one.slug for one in told if one.pk not in reports]
    places = {node.slug: node for node in Node.objects.filter(organisation=organisation, slug__in=lost)}
    goals = {}
    for one in told:
        report = reports.get(one.pk)
        if report is None:
            if one.slug in places:
                sentence = f"The draft of {one.title} that this workbook was made of was discarded. Download a new one."
                goals[one.pk] = Goal(one, None, None, sentence, place=places[one.slug])
            continue
        key = report.series_id
        goals[one.pk] = _goal(one, report, drafts.get(key), current.get(key), periods.get(key), by)
    return goals


def _goal(
    told: HeldReport, report: Report, draft: Report | None, current: Report | None, period: Period | None, by
) -> Goal:
    """`period` is the one that a draft is opened of where none is in hand."""
    if by is not None and not may_write(by, report.node):
        return Goal(told, report, report, f"Your role does not allow you to edit the report of {report.title}.")
    if report.is_frozen and told.was_open:
        return Goal(told, report, report,
                    f"{report} has been {report.get_state_display().lower()} since the workbook was made, and then a"
                    " report never changes. Make a correction of it, or change it in the next draft.")  # fmt: skip
    into = draft if report.is_frozen else report
    if into is None:
        base = current or report
        sentence = "" if period else "There is no period left to report. Ask an administrator to add the next ones."
        return Goal(told, report, base, sentence, opens=period)
    lock = lock_of_report(into)
    if not into.is_open:
        sentence = f"{into} is {into.get_state_display().lower()}. Pull it back or have it returned to edit it."
        return Goal(told, report, into, sentence)
    return Goal(told, report, into, lock.words if lock and lock.is_locked else "")


def may_write(user, node: Node) -> bool:
    """Whether somebody may bring changes of a node's report in: who edits it, or who imports for the council."""
    return may(user, Permission.EDIT_DRAFT, node) or may(user, Permission.IMPORT, node)
