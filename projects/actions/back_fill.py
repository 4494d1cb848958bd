"""Reports of the past, entered as their source printed them: many at once, without a draft that anybody edits."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from projects.actions.reports import WrongState, as_printed
from projects.actions.standing import settle_summarised
from projects.actions.summaries import rebuild_summaries
from projects.actions.writing import check_all_same_organisation
from projects.audit import record
from projects.models import Origin, Period, Report, ReportEvent, ReportLine, ReportRow, ReportState, Series


@dataclass(frozen=True)
class PastReport:
    """What a source printed of one series in one period, and when it went through each step.

    `covers` are the keys of the sections it speaks of: of all others it says nothing. `rows` are unsaved state
    rows, each with its unsaved lines; what a row is about is made with it where it is unsaved too. `header` are columns
    of the report itself.
    """

    series: Series
    period: Period
    covers: Sequence[str]
    rows: Sequence[tuple[ReportRow, Sequence[ReportLine]]]
    opened_at: datetime
    submitted_at: datetime
    approved_at: datetime
    published_at: datetime | None  # None: approved, and left to be published
    header: Mapping[str, Any] = field(default_factory=dict)  # columns of the report itself


def back_fill(past: Iterable[PastReport], *, by, origin: Origin = Origin.BACK_FILLED, reason: str = "") -> list[Report]:
    """Enter reports of the past. WrongState if a series has a report of one of the days already.

    Written in bulk: the audit trail has a line for each report. A row's own copies of an earlier report's words are
    not made, and nothing is proposed: the reports say what the source says and no more.
    """
    past = list(past)
    with transaction.atomic():
        series = Series.objects.select_for_update(of=("self",), no_key=True).select_related(
            "template", "node__organisation", "node__tier", "node__board", "node__lead_post", "node__sponsor_post"
        )
        series = series.in_bulk({each.series.pk for each in past})
        taken = set(Report.objects.filter(series__in=series).values_list("series_id", "as_at_on"))
        for each in past:
            if (each.series.pk, each.period.as_at_on) in taken:
                raise WrongState(f"{series[each.series.pk]} has a report of {each.period} already.")
        # Not frozen until its rows are there: a frozen report takes none.
        reports = Report.objects.bulk_create(_unfrozen(each, series[each.series.pk], by, origin) for each in past)
        _write_rows(list(zip(reports, past, strict=True)))
        ReportEvent.objects.bulk_create(
            event for report, each in zip(reports, past, strict=True) for event in _events(report, each, by)
        )
        ends = [ReportState.PUBLISHED if each.published_at else ReportState.APPROVED for each in past]
        for state in set(ends):
            reached = [report.pk for report, end in zip(reports, ends, strict=True) if end == state]
            Report.objects.filter(pk__in=reached).update(state=state)
        newest = {}
        for report, each, end in zip(reports, past, ends, strict=True):
            report.state = end
            rows = {str(origin.label).lower(): ["", f"{len(each.rows)} rows of {', '.join(each.covers)}"]}
            record(report, rows, by=by, reason=reason)
            newest[report.series_id] = max(newest.get(report.series_id, report), report, key=lambda one: one.as_at_on)
        rebuild_summaries(reports)
        for pk, report in newest.items():
            settle_summarised(series[pk], report)
        return reports


def _unfrozen(each, series, by, origin):
    node = series.node
    report = Report(
        organisation_id=series.organisation_id,
        node=node,
        series=series,
        template=series.template,
        period=each.period,
        period_label=each.period.label,
        as_at_on=each.period.as_at_on,
        origin=origin,
        covers=list(each.covers),
        state=ReportState.SUBMITTED,
        marking=series.template.marking,
        score_label=series.template.score_label,
        lead_words=node.lead_post.title if node.lead_post else "",
        sponsor_words=node.sponsor_post.title if node.sponsor_post else "",
        reports_to_words=node.board.name if node.board else "",
        opened_at=each.opened_at,
        opened_by=by,
        submitted_at=each.submitted_at,
        submitted_by=by,
        approved_at=each.approved_at,
        approved_by=by,
        published_at=each.published_at,
        published_by=by if each.published_at else None,
        **as_printed(node, series.template.document),
    )
    for name, value in each.header.items():
        setattr(report, name, value)
    return report


def _write_rows(pairs):
    """Save what the rows are about, the rows and their lines, a table at a time."""
    things, rows, lines = defaultdict(list), defaultdict(list), defaultdict(list)
    for report, each in pairs:
        for row, beneath in each.rows:
            row.report = report
            rows[type(row)].append(row)
            thing = getattr(row, row.identity_field) if row.identity_field else None
            if getattr(thing, "pk", True) is None:  # an identity may be plain words
                things[type(thing)].append(thing)
            for line in beneath:
                line.report = report
                setattr(line, line.row_field, row)
                lines[type(line)].append(line)
    for made in things.values():
        _write(made)
    for made in rows.values():
        for row in made:  # takes over the key of what was saved a moment ago
            if row.identity_field:
                setattr(row, row.identity_field, getattr(row, row.identity_field))
        _write(made)
    for made in lines.values():
        for line in made:
            setattr(line, line.row_field, getattr(line, line.row_field))
        _write(made)


def _write(made):
    check_all_same_organisation(made)
    type(made[0])._base_manager.bulk_create(made, batch_size=500)


def _events(report, each, by):
    steps = (
        ("", ReportState.DRAFT, each.opened_at),
        (ReportState.DRAFT, ReportState.SUBMITTED, each.submitted_at),
        (ReportState.SUBMITTED, ReportState.APPROVED, each.approved_at),
        (ReportState.APPROVED, ReportState.PUBLISHED, each.published_at),
    )
    for was, state, at in steps:
        if at is None:
            continue
        yield ReportEvent(
            organisation_id=report.organisation_id, report=report, from_state=was, to_state=state, at=at, by=by
        )
