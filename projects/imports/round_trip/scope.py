"""What a workbook to work in holds: which reports can be worked on, and their rows on each sheet."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import QuerySet

from projects.actions.registers import drafts_in_hand
from projects.imports.export import NothingToExport
from projects.imports.round_trip.sheets import OF_PORTFOLIO, SHEETS, Sheet
from projects.models import Node, Report, ReportRow, Series
from projects.models.base import with_related
from projects.permissions import may
from projects.rules.access import Permission

PREFETCHED = ("template__sections", "template__sections__tiers")


@dataclass
class Scope:
    """What goes into a workbook: `of` is "report", "portfolio" or the kind of a register.

    `left_out` counts what the person sees and may not edit.
    """

    node: Node
    of: str
    words: str
    reports: list[Report]
    rows: dict[str, list] = field(default_factory=dict)  # {key of a sheet: its rows}
    left_out: int = 0

    @property
    def organisation(self):
        return self.node.organisation

    @property
    def sheets(self) -> list[Sheet]:
        return [SHEETS[key] for key in SHEETS if key in self.rows]

    @property
    def name(self) -> str:
        """The file's name."""
        when = {report.period.slug if report.period else f"{report.as_at_on:%Y-%m-%d}" for report in self.reports}
        what = self.node.slug if self.of == "report" else f"{self.node.slug}-{self.of}"
        return f"{what}-to-work-in{f'-{when.pop()}' if len(when) == 1 else ''}.xlsx"


def reports_to_work_on(nodes: QuerySet) -> list[Report]:
    """For each of the nodes the report that an edit is about: the draft in hand, else the newest approved one.

    Three queries, however many nodes there are.
    """
    series = Series.objects.filter(node__in=nodes, keeps_registers=True, is_archived=False)
    drafts = drafts_in_hand(series)
    newest = Report.objects.filter(pk__in=series.exclude(pk__in=drafts.values("series")).values("current"))
    found = [
        *whole_reports(Report.objects.filter(pk__in=drafts.values("pk"))),
        *whole_reports(newest),
    ]
    return sorted(found, key=lambda report: report.node.path)


def whole_reports(reports: QuerySet) -> QuerySet:
    related = ("node", "organisation", "template", "period", "tier", "series__current", "copied_from")
    return reports.select_related(*related).prefetch_related(*PREFETCHED)


def of_node(node: Node, user) -> Scope:
    """A node's report, every table of it. NothingToExport where the node has none. `user` None may see everything."""
    reports = reports_to_work_on(Node.objects.filter(pk=node.pk))
    if not reports:
        raise NothingToExport(f"{node.title} has no report yet; there is nothing to export.")
    scope = Scope(node, "report", f"{reports[0]}", reports)
    asked = {section.key for section in reports[0].template.sections.all()}
    for sheet in SHEETS.values():
        rows = rows_of(sheet, reports, user)
        if rows or (sheet.adds and asked.intersection(sheet.sections)):
            scope.rows[sheet.key] = rows
    return scope


def of_portfolio(node: Node, nodes: QuerySet, user) -> Scope:
    """What the reports of many nodes say of themselves, their statuses and budgets: of those that may be edited."""
    editable = Node.objects.where(user, Permission.EDIT_DRAFT).filter(pk__in=nodes.order_by().values("pk"))
    reports = reports_to_work_on(editable)
    if not reports:
        raise NothingToExport("None of the projects listed has a report that you may edit.")
    scope = Scope(node, "portfolio", f"Portfolio of {node.title}", reports, left_out=nodes.count() - len(reports))
    scope.rows = {sheet.key: rows_of(sheet, reports, user) for sheet in OF_PORTFOLIO}
    return scope


def of_register(node: Node, kind: str, lines: Iterable, user) -> Scope:
    """The rows of a register as its page lists them (`lines`), with what the draft in hand makes of them."""
    sheet = SHEETS[kind]
    lines = list(lines)
    wanted = {(line.draft or line.row).pk for line in lines if not line.is_removed}
    places = {line.node.pk: line.node for line in lines}
    own = {pk for pk, place in places.items() if may(user, Permission.EDIT_REGISTER, place)}
    reports = reports_to_work_on(Node.objects.filter(pk__in={*own, node.pk}))
    if not any(report.node_id in own for report in reports) and not may(user, Permission.EDIT_REGISTER, node):
        raise NothingToExport(f"The list holds none of the {sheet.title.lower()} that you may edit.")
    rows = [row for row in rows_of(sheet, reports, user) if row.pk in wanted]
    held = {row.report_id for row in rows}
    reports = [report for report in reports if report.pk in held or report.node_id == node.pk]
    if not reports:
        raise NothingToExport("There is no report yet that changes could go into.")
    words = f"{sheet.title} of {node.title}"
    return Scope(node, kind, words, reports, {kind: rows}, len(wanted) - len(rows))


def rows_of(sheet: Sheet, reports: list[Report], user) -> list:
    """The rows of a sheet in some reports, in their order, less those that the person may not see."""
    if sheet.is_of_report:
        return reports
    by_pk = {report.pk: report for report in reports}
    rows: QuerySet[ReportRow] = sheet.model.objects.filter(report__in=by_pk, is_removed=False, **sheet.where)
    if user is not None:
        rows = rows.visible_to(user)
    found = list(with_related(rows, sheet.followed).prefetch_related(*sheet.model.beneath))
    for row in found:
        row.report = by_pk[row.report_id]
    places = {pk: place for place, pk in enumerate(by_pk)}
    return sorted(found, key=lambda row: (places[row.report_id], row.order, row.pk))
