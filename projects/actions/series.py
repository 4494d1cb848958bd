"""Which reports a node makes: each series is one template by one calendar."""

from django.db import transaction

from projects.actions.reports import start_series
from projects.actions.standing import lock_series
from projects.actions.writing import save_changes
from projects.models import Calendar, Node, Report, ReportTemplate, Series


class SeriesRefused(Exception):
    """The series cannot be begun or ended so; the message says why and what to do."""


def begin_series(node: Node, template: ReportTemplate, calendar: Calendar, *, by) -> Series:
    """Begin a series of reports of a node. The first keeps the registers; SeriesRefused says why it cannot be."""
    with transaction.atomic():
        node = Node.objects.select_for_update(no_key=True).select_related("organisation").get(pk=node.pk)
        _refuse_at(node)
        held = list(node.series.select_related("calendar"))
        same = next((one for one in held if one.template_id == template.pk), None)
        if same is not None and same.is_archived:
            raise SeriesRefused(
                f"{node} has reported on “{template}” before, and that ended. Take it up again instead."
            )
        if same is not None:
            raise SeriesRefused(f"{node} reports on “{template}” already, by the calendar “{same.calendar}”.")
        keeps = not any(one.keeps_registers for one in held)
        return start_series(node, template, calendar, by=by, keeps_registers=keeps)


def end_series(series: Series, *, by, reason: str) -> Series:
    """End a series: nothing is asked for it any more, and its reports stay. SeriesRefused says why it cannot be."""
    with transaction.atomic():
        series = lock_series(series)
        if series.is_archived:
            raise SeriesRefused(f"“{series.template}” has ended already.")
        if series.keeps_registers:
            raise SeriesRefused(
                f"“{series.template}” keeps the registers of {series.node}, and lists show it:"
                " it ends when the node is archived."
            )
        if not reason.strip():
            raise SeriesRefused("Say why it ends.")
        unfinished = Report.objects.unfinished().filter(series=series).order_by("as_at_on").first()
        if unfinished is not None:
            label = unfinished.period_label or unfinished.as_at_on
            state = unfinished.get_state_display().lower()
            raise SeriesRefused(f"The report of {label} is not approved yet ({state}). Approve or discard it first.")
        return save_changes(series, {"is_archived": True}, by=by, reason=reason)


def take_up_series(series: Series, *, by, reason: str) -> Series:
    """Go on with a series that had ended, by its own calendar."""
    with transaction.atomic():
        series = lock_series(series)
        _refuse_at(series.node)
        if not series.is_archived:
            raise SeriesRefused(f"“{series.template}” has not ended.")
        if series.template.is_archived or series.calendar.is_archived:
            what = "report template" if series.template.is_archived else "calendar"
            raise SeriesRefused(f"Its {what} is archived. Restore that in the settings first.")
        if not reason.strip():
            raise SeriesRefused("Say why it is taken up again.")
        return save_changes(series, {"is_archived": False}, by=by, reason=reason)


def _refuse_at(node: Node) -> None:
    if node.is_archived:
        raise SeriesRefused(f"{node} is archived. Restore it first.")
