"""The assurance document: what the checks found, node by node, as PDF and workbook."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from projects.clock import today_for
from projects.models import DimensionRating, Node, PlanItemUpdate, Subject
from reporting.assurance.examine import Examined, Judged, examine
from reporting.assurance.registry import Check, Severity
from reporting.documents.catalogue.severity import where_schemes_meet
from reporting.documents.contents import NUMBER, STATUS, Column, StatusMark, Table, printed_date
from reporting.documents.document import BuiltDocument, Document, Masthead, Section, build, register

MARKS = {
    Severity.HIGH: StatusMark("High", "octagon", "red", "off_track"),
    Severity.MEDIUM: StatusMark("Medium", "triangle", "amber", "at_risk"),
    Severity.LOW: StatusMark("Low", "circle", "grey", "watch"),
}

OF_STATUSES = "STA-"  # codes of the checks that compare statuses


@dataclass(frozen=True)
class CheckGroup:
    """What one check found on one node."""

    check: Check
    table: Table


@dataclass(frozen=True)
class NodeFindings:
    """What was found on one node. `tables` is the same as one table, for the workbook."""

    report_words: str
    groups: tuple[CheckGroup, ...]
    accepted: Table | None
    notes: tuple[str, ...]
    tables: tuple[Table, ...]


@dataclass(frozen=True)
class AssuranceContext:
    masthead: Masthead
    examined: tuple[Examined, ...]


def report_words(examined: Examined) -> str:
    """Which report was looked at and by which day it was judged."""
    if examined.report is None:
        return "There is no report to look at."
    report = examined.report
    state = "" if report.is_frozen else f", {report.get_state_display().lower()}"
    return (
        f"Report of {report.period_label or printed_date(report.as_at_on)}{state}, as at {printed_date(examined.day)}."
    )


def by_check(judged: Sequence[Judged]) -> list[tuple[Check, list[Judged]]]:
    """What was found, gathered by check in the order of the findings, which is by gravity."""
    gathered: dict[str, list[Judged]] = {}
    for each in judged:
        gathered.setdefault(each.finding.code, []).append(each)
    return [(together[0].finding.check, together) for together in gathered.values()]


def summary(context: AssuranceContext) -> Table:
    columns = (
        Column("node", "Reported on", header=True),
        Column("report", "Report", width=18),
        *(Column(severity.value, severity.label, NUMBER, width=10) for severity in Severity),
        Column("accepted", "Accepted", NUMBER, width=12),
    )
    rows = tuple(
        {
            "node": each.node.title,
            "report": each.report.period_label if each.report else "None",
            **{severity.value: each.number_of(severity) for severity in Severity},
            "accepted": len(each.accepted),
        }
        for each in context.examined
    )
    total = {"node": "Total", "report": ""} | {
        key: sum(row[key] for row in rows) for key in (*(severity.value for severity in Severity), "accepted")
    }
    return Table(columns, rows, totals=(total,) if len(rows) > 1 else (), empty="Nothing has been reported yet.")


def findings(context: AssuranceContext) -> list[tuple[str, NodeFindings]]:
    """A section for each node on which anything was found or let pass."""
    return [(each.node.title, _of_node(each)) for each in context.examined if each.judged or each.notes]


def checks_made(context: AssuranceContext) -> Table:
    """The checks behind the findings, each with its rule, so that the document explains itself."""
    used = {judged.finding.code: judged.finding.check for each in context.examined for judged in each.judged}
    columns = (
        Column("code", "Check", header=True, width=10),
        Column("rule", "Rule"),
        Column("why", "Why it matters"),
    )
    rows = tuple({"code": code, "rule": used[code].rule, "why": used[code].why} for code in sorted(used))
    return Table(columns, rows, empty="No check found anything.")


def _of_node(examined: Examined) -> NodeFindings:
    standing = [each for each in examined.judged if each.acceptance is None]
    return NodeFindings(
        report_words(examined),
        tuple(CheckGroup(check, _found_table(together)) for check, together in by_check(standing)),
        _accepted_table(examined.accepted) if examined.accepted else None,
        examined.notes,
        (_whole_table(examined),),
    )


def _found_table(judged: Sequence[Judged]) -> Table:
    columns = (
        Column("severity", "Severity", STATUS, width=15),
        Column("where", "Where", header=True, width=27),
        Column("what", "What", width=25),
        Column("evidence", "Evidence"),
    )
    rows = tuple(
        {
            "severity": MARKS[each.finding.severity],
            "where": each.finding.subject.words,
            "what": each.finding.hit.what,
            "evidence": "\n".join(str(evidence) for evidence in each.finding.hit.evidence),
        }
        for each in judged
    )
    return Table(columns, rows)


def _accepted_table(accepted: Sequence[Judged]) -> Table:
    columns = (
        Column("code", "Check", width=10),
        Column("where", "Where", header=True, width=25),
        Column("what", "What", width=25),
        Column("reason", "Accepted because"),
        Column("until", "Until", "date", width=14),
    )
    rows = tuple(
        {
            "code": each.finding.code,
            "where": each.finding.subject.words,
            "what": each.finding.hit.what,
            "reason": f"{each.acceptance.reason} ({each.acceptance.accepted_by})",
            "until": each.acceptance.expires_on,
        }
        for each in accepted
    )
    return Table(columns, rows)


def _whole_table(examined: Examined) -> Table:
    columns = tuple(
        Column(key, label)
        for key, label in (
            ("code", "Check"),
            ("severity", "Severity"),
            ("where", "Where"),
            ("what", "What"),
            ("evidence", "Evidence"),
            ("why", "Why it matters"),
            ("clear_by", "What would clear it"),
            ("accepted", "Accepted because"),
        )
    )
    rows = tuple(
        {
            "code": each.finding.code,
            "severity": each.finding.severity.label,
            "where": each.finding.subject.words,
            "what": each.finding.hit.what,
            "evidence": "\n".join(str(evidence) for evidence in each.finding.hit.evidence),
            "why": each.finding.check.why,
            "clear_by": each.finding.check.clear_by,
            "accepted": each.acceptance.reason if each.acceptance else "",
        }
        for each in examined.judged
    )
    return Table(columns, rows)


def schemes_compared(context: AssuranceContext) -> set[int]:
    """The schemes of the statuses that are held against one another where a status is found to be too good."""
    reports = [
        each.report.pk
        for each in context.examined
        if each.report and any(judged.finding.code.startswith(OF_STATUSES) for judged in each.judged)
    ]
    found: set[int] = set()
    for model in (DimensionRating, PlanItemUpdate) if reports else ():
        rated = model.objects.filter(report__in=reports).present().exclude(status=None)
        found |= set(
            rated.exclude(status__scheme__subject=Subject.DIRECTION).values_list("status__scheme", flat=True).distinct()
        )
    return found


ASSURANCE = register(
    Document(
        "assurance",
        "Assurance findings",
        (
            Section("findings-table", "Findings in numbers", summary),
            Section("findings", "Findings", findings, many=True),
            Section("findings-table", "The checks that found something", checks_made),
            where_schemes_meet(lambda context: context.examined[0].node.organisation, schemes_compared),
        ),
        landscape=True,
    )
)


def built_assurance(node: Node, examined: Sequence[Examined], *, day: date, period_words: str = "") -> BuiltDocument:
    """The findings on `node` and beneath it; `period_words` says which reports were looked at."""
    masthead = Masthead(
        title="Assurance findings",
        organisation_name=node.organisation.name,
        subtitle=node.title,
        as_at=period_words or "Newest approved reports",
        file_stem=f"Assurance findings - {node.title}" + (f" - {period_words}" if period_words else ""),
        made_on=day,
    )
    return build(ASSURANCE, AssuranceContext(masthead, tuple(examined)))


def assurance_of(node: Node, period: str = "") -> BuiltDocument:
    """The document of `node` and all beneath it. UnknownPeriod where their calendars have no such period."""
    return built_assurance(
        node, examine(Node.objects.beneath(node), period), day=today_for(node.organisation), period_words=period
    )
