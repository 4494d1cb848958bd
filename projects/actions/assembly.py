"""A committee's report assembled from the reports of projects: what each tells, and what has overtaken it since.

Words are copied into sections of the committee report with the report they came from. They are edited there, and
nothing below changes; where the report below is corrected later, the section says so until it is taken anew.
"""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import F, Max, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from projects.actions.committees import add_section, change_section
from projects.models import (
    CommitteeReport,
    CommitteeReportSection,
    DataTable,
    IndicatorUpdate,
    Meeting,
    Narrative,
    Node,
    Report,
)

WITHHELD, EXEMPT = "withheld", "exempt"
EXEMPT_FIELDS = ("is_exempt", "exempt_paragraph", "exempt_reason", "exempt_until")
TAKEN = ("heading", "text", "tables")


def day_of(meeting: Meeting):
    """The day that a report to the meeting speaks for."""
    return timezone.localdate(meeting.starts_at)


def reports_to_tell(node: Node, meeting: Meeting) -> list[Report]:
    """The approved reports that stand on the day of the meeting, of `node` and all beneath it, in the tree's order."""
    series = Node.objects.beneath(node).in_use().exclude(headline_series=None).values("headline_series")
    return list(
        Report.objects.known_at(day_of(meeting))
        .filter(series__in=series)
        .select_related("node", "organisation")
        .order_by("node__path")
    )


def sections_from(reports: Iterable[Report]) -> list[dict]:
    """The fields of a section for each report that has anything to tell, in their order.

    A programme's has its title as the heading; what a project below one of them tells goes on under that, as a bullet
    where it is one paragraph.
    """
    told, above = [], ""
    for report in reports:
        is_beneath = bool(above) and report.node.path.startswith(above)
        section = section_from(report, is_beneath=is_beneath)
        if section is None:
            continue
        told.append(section)
        if not is_beneath:
            above = report.node.path
    return told


def section_from(report: Report, *, is_beneath: bool) -> dict | None:
    """What a report tells as the fields of a section; None where it tells nothing.

    What is withheld in the report is not taken. Where anything in it is exempt, the section is.
    """
    texts, exempt = [], [report.node] if report.node.is_exempt else []
    for row in Narrative.objects.of(report).present().order_by("order", "pk"):
        kind = row.marks.get("text", {}).get("kind")
        if row.text.strip() and kind != WITHHELD:
            texts.append(row.text.replace("\r\n", "\n").strip())
            exempt += [row] if row.is_exempt or kind == EXEMPT else []
    tables = []
    for row in DataTable.objects.of(report).present().order_by("order", "pk"):
        tables.append({"caption": row.title, "columns": row.columns, "rows": row.rows})
        exempt += [row] if row.is_exempt else []
    measures, exempt_measures = _measures(report)
    tables += [measures] if measures else []
    exempt += exempt_measures
    if not texts and not tables:
        return None
    text = "\n\n".join(texts)
    if is_beneath and text and "\n\n" not in text and not tables:
        text = f"- {' '.join(text.split())}"
    said = {"heading": "" if is_beneath else report.title[:200], "text": text, "tables": tables}
    kept_back = {name: getattr(exempt[0], name) for name in EXEMPT_FIELDS} | {"is_exempt": True} if exempt else {}
    return {**said, **kept_back, "is_within": True, "source": report, "taken": said}


def _measures(report: Report) -> tuple[dict | None, list[IndicatorUpdate]]:
    """The report's indicators as a small table, beside what they are compared with; and those that are exempt."""
    rows = list(
        IndicatorUpdate.objects.of(report)
        .present()
        .select_related("indicator")
        .prefetch_related("lines")
        .order_by("order", "pk")
    )
    rows = [row for row in rows if row.actual_words]
    if not rows:
        return None, []
    columns = {
        "Measure": [row.title for row in rows],
        "Period": [row.current.measured for row in rows],
        "Figure": [row.actual_words for row in rows],
        "Target": [row.target_words for row in rows],
        "Compared with": [row.compared_words for row in rows],
    }
    told = {label: cells for label, cells in columns.items() if any(cells)}
    table = {
        "caption": "Measures",
        "columns": list(told),
        "rows": [list(row) for row in zip(*told.values(), strict=True)],
    }
    return table, [row for row in rows if row.is_exempt]


# ---- taking more in, and taking anew ----


def not_told(report: CommitteeReport) -> list[Report]:
    """The reports at and beneath its node that no section of the committee report was taken from."""
    told = set(report.sections.exclude(source=None).values_list("source__series", flat=True))
    return [each for each in reports_to_tell(report.node, report.meeting) if each.series_id not in told]


def take_in(report: CommitteeReport, told: Report, *, by) -> CommitteeReportSection | None:
    """Add what a report below tells, after the last section that was taken from one; None where it tells nothing."""
    with transaction.atomic():
        fields = section_from(told, is_beneath=False)
        if fields is None:
            return None
        last = report.sections.exclude(source=None).aggregate(last=Max("order"))["last"]
        if last is not None:
            for section in report.sections.filter(order__gt=last).order_by("-order"):
                change_section(section, {"order": section.order + 1}, by=by)
            fields["order"] = last + 1
        return add_section(report, by=by, **fields)


def says_now(section: CommitteeReportSection, newer: Report) -> dict:
    """What the section would say if it were taken from `newer`: heading, text and tables."""
    told = section_from(newer, is_beneath=not section.taken.get("heading"))
    return told or {"heading": section.heading, "text": "", "tables": []}


def take_anew(section: CommitteeReportSection, *, by) -> CommitteeReportSection:
    """Put in what stands below now; the words that it replaces are in the audit trail."""
    newer = newer_sources(section.report)[section.pk]
    fields = says_now(section, newer)
    said = {name: fields[name] for name in TAKEN}
    reason = f"Taken anew from {newer}"
    return change_section(section, {**fields, "source": newer, "taken": said}, by=by, reason=reason)


# ---- what has been overtaken ----


def newer_sources(report: CommitteeReport) -> dict[int, Report]:
    """{section: the report that stands now} for sections whose report was corrected or followed before the meeting."""
    sections = list(report.sections.exclude(source=None).select_related("source"))
    standing = {
        each.series_id: each
        for each in Report.objects.known_at(day_of(report.meeting))
        .filter(series__in={section.source.series_id for section in sections})
        .select_related("node", "organisation")
    }
    newer = {section.pk: standing.get(section.source.series_id) for section in sections}
    return {section.pk: newer[section.pk] for section in sections if newer[section.pk] not in (None, section.source)}


def overtaken_sections(nodes: QuerySet) -> QuerySet:
    """Sections of the committee reports of `nodes` whose source no longer stands on the day of their meeting."""
    day = F("day")
    stands = Q(source__known_from__lte=day) & (Q(source__known_to=None) | Q(source__known_to__gt=day))
    return (
        CommitteeReportSection.objects.filter(report__node__in=nodes)
        .exclude(source=None)
        .annotate(day=TruncDate("report__meeting__starts_at"))
        .exclude(stands)
        .select_related("report__organisation", "report__meeting__board", "source")
        .order_by("-report__meeting__starts_at", "order")
    )
