"""Registers between reports: which draft an edit on a register page goes into."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Exists, F, OuterRef, Q

from projects.actions.locks import lock_of_report
from projects.actions.reports import WrongState, open_draft
from projects.models import Period, Report, Series


def register_series(node) -> Series | None:
    """The series of `node` that keeps its registers; None where none is begun."""
    return (
        Series.objects.filter(node=node, keeps_registers=True, is_archived=False)
        .select_related("template", "calendar", "current", "node__organisation")
        .first()
    )


def drafts_in_hand(series):
    """For each of the series (a QuerySet) the report in hand: the newest that is not approved, later than the
    newest approved one. Corrections of older reports are not what a register edit is about."""
    unfinished = Report.objects.unfinished().filter(
        Q(series__current=None) | Q(as_at_on__gt=F("series__current__as_at_on")), corrects=None
    )
    later = unfinished.filter(series=OuterRef("series"), as_at_on__gt=OuterRef("as_at_on"))
    return unfinished.filter(~Exists(later), series__in=series)


def draft_in_hand(series: Series) -> Report | None:
    """The report that edits of the registers go into; None where none is open yet."""
    return (
        drafts_in_hand(Series.objects.filter(pk=series.pk))
        .select_related("organisation", "template", "series", "period", "copied_from")
        .first()
    )


def period_to_edit(series: Series, today) -> Period | None:
    """The period an edit opens a draft of: the newest begun one that is not approved yet, else the next to begin."""
    return periods_to_edit([series], today)[series.pk]


def periods_to_edit(series: Iterable[Series], today) -> dict[int, Period | None]:
    """{series: the period an edit opens a draft of}, in one query where the series bring their newest report along."""
    series = list(series)
    calendars = {each.calendar_id for each in series}
    open_periods = list(Period.objects.filter(calendar__in=calendars, closed_at=None).order_by("as_at_on"))
    found = {}
    for each in series:
        after = each.current.as_at_on if each.current_id else date.min
        ahead = [one for one in open_periods if one.calendar_id == each.calendar_id and one.as_at_on > after]
        begun = [one for one in ahead if one.starts_on <= today]
        found[each.pk] = (begun or ahead[:1] or [None])[-1]
    return found


def draft_to_edit(series: Series, *, by, today) -> Report:
    """The draft that register edits go into, opened if none is; one that is locked is passed over for the next period.

    WrongState where no period is left to report.
    """
    draft = draft_in_hand(series)
    if draft and not ((lock := lock_of_report(draft)) and lock.is_locked):
        return draft
    period = period_to_edit(series, today)
    if period is None:
        raise WrongState("There is no period left to report. Ask an administrator to add the next ones.")
    return open_draft(series, period, by=by)
