"""Which report of a series stands when; rewritten whole under a lock of the series."""

from datetime import date, timedelta
from itertools import zip_longest

from django.db import transaction

from projects.actions.roll_ups import refresh_for
from projects.actions.summaries import EXEMPT, rebuild_summaries
from projects.models import Node, Organisation, Report, ReportState, ReportSummary, Series
from projects.models.base import Exemptable
from projects.models.reports import state_models
from projects.models.structure import NEVER_REPORTED

LOOKS_BACK = timedelta(days=8)  # a scheduler that was away for a week misses no exemption that ended


def lock_series(series) -> Series:
    """The series, locked for the rest of the transaction: reports of a series are totally ordered.

    It alone: a lock of its organisation or its node would wait for whoever writes any row that points to them, while
    they wait for the report. So no lock of ours keeps others from pointing to a row (no_key).
    """
    series_and_above = Series.objects.select_related("node", "template", "organisation")
    return series_and_above.select_for_update(of=("self",), no_key=True).get(pk=series.pk)


def _key(report):
    return report.as_at_on, report.revision


def restate(series: Series) -> None:
    """Rewrite the standings of a series' frozen reports, and its current and previous ones.

    As it stood then (moments): a report stands from its approval until one that is later in
    the series is approved. As now known (dates): the newest revision of each date stands
    until the next date. Once for approved reports, once for published ones.
    """
    frozen = list(Report.objects.frozen().filter(series=series).in_order())
    published = [report for report in frozen if report.state == ReportState.PUBLISHED]
    approved_moments = _moments(frozen, "approved_at")
    published_moments = _moments(published, "published_at")
    known = _dates(frozen)
    public_known = _dates(published)
    for report in frozen:
        columns = {}
        columns["approved_from"], columns["approved_until"] = approved_moments.get(report.pk, (None, None))
        columns["published_from"], columns["published_until"] = published_moments.get(report.pk, (None, None))
        columns["known_from"], columns["known_to"] = known.get(report.pk, (None, None))
        columns["public_known_from"], columns["public_known_to"] = public_known.get(report.pk, (None, None))
        if any(getattr(report, name) != value for name, value in columns.items()):
            Report.objects.filter(pk=report.pk).update(**columns)
    current, previous = _newest_two(frozen)
    shown, shown_before = _newest_two(published)
    Series.objects.filter(pk=series.pk).update(
        current=current, previous=previous, published=shown, published_before=shown_before
    )
    copy_to_node(series, current, shown)


def copy_to_node(series: Series, current: Report | None, published: Report | None) -> None:
    """Write beside the node what lists count and order by; nothing where another series is its headline."""
    summaries = {
        summary.report_id: summary for summary in ReportSummary.objects.filter(report__in=[current, published])
    }
    columns = {}
    for side, report, of in (("current", current, ""), ("published", published, "public_")):
        summary = summaries.get(report.pk) if report else None
        columns[f"{side}_as_at_on"] = report.as_at_on if report else None
        columns[f"{side}_overall"] = getattr(summary, f"{of}overall_id") if summary else None
        columns[f"{side}_severity"] = getattr(summary, f"{of}severity") if summary else NEVER_REPORTED
    Node.objects.filter(headline_series=series).update(**columns)


def _moments(reports, moment_field):
    spans = {}
    standing = None
    for report in sorted(reports, key=lambda report: (getattr(report, moment_field), _key(report))):
        if standing is not None and _key(report) <= _key(standing):
            continue  # a late return or a correction of an older period: the newer report goes on standing
        moment = getattr(report, moment_field)
        if standing is not None:
            spans[standing.pk] = (spans[standing.pk][0], moment)
        spans[report.pk] = (moment, None)
        standing = report
    return spans


def _dates(reports):
    newest = {}
    for report in sorted(reports, key=_key):
        newest[report.as_at_on] = report
    days = sorted(newest)
    return {newest[day].pk: (day, later) for day, later in zip_longest(days, days[1:])}


def _newest_two(reports):
    newest = {}
    for report in sorted(reports, key=_key):
        newest[report.as_at_on] = report
    ordered = [newest[day] for day in sorted(newest, reverse=True)]
    return (ordered[0] if ordered else None), (ordered[1] if len(ordered) > 1 else None)


def restate_public(organisation: Organisation) -> int:
    """Write again what lists show to readers of reports that keep something back: an exemption may have ended.

    How many reports that were.
    """
    marked = Report.objects.frozen().filter(organisation=organisation, summary__counts__has_key=EXEMPT)
    count = 0
    for report in marked.select_related("series"):
        with transaction.atomic():
            series = lock_series(report.series)
            rebuild_summaries([report])
            copy_to_node(series, series.current, series.published)
            count += 1
    return count


def exemptions_ended(organisation: Organisation, today: date) -> bool:
    """Whether something that lists count has ceased to be exempt within the last days."""
    ended = {"is_exempt": True, "exempt_until__gt": today - LOOKS_BACK, "exempt_until__lte": today}
    return any(
        rows.filter(**ended).exists()
        for rows in (
            Node.objects.filter(organisation=organisation),
            *(
                model.objects.filter(report__organisation=organisation)
                for model in state_models()
                if issubclass(model, Exemptable)
            ),
        )
    )


def settle(series: Series, report: Report) -> None:
    """What approval and publication leave behind: the summary rebuilt, standings and roll-ups rewritten with it."""
    rebuild_summaries([report])
    settle_summarised(series, report)


def settle_summarised(series: Series, report: Report) -> None:
    """The same where the report's summary is written already."""
    restate(series)
    refresh_for(report)
