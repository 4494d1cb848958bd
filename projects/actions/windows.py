"""The printed window of an indicator moves on with each new report: a place for the new period, the oldest goes."""

from projects.measures import Judge
from projects.models import IndicatorBaseline, IndicatorTarget, IndicatorUpdate, IndicatorValue, Report

PERIODS_KEPT = 8  # of an indicator in one report; a table prints the newest of them


def move_windows(report: Report) -> None:
    """Give each indicator of a draft that was just copied a place for the draft's period, with its target.

    The target is that of the baseline in force: the line of this very period, else of the year it names, else the
    one of no period. Nothing is measured yet, and the status says so.
    """
    rows = list(
        IndicatorUpdate.objects.of(report)
        .select_related("indicator", "status__scheme")
        .prefetch_related("lines")
        .order_by("order", "pk")
    )
    measured = report.period_label or f"{report.as_at_on.day} {report.as_at_on:%B %Y}"
    moving = [row for row in rows if row.current is None or row.current.measured != measured]
    if not moving:
        return
    targets = _targets({row.indicator_id for row in moving})
    no_data = Judge(report.organisation)
    new, gone = [], []
    for row in moving:
        held_to = _target_of(targets.get(row.indicator_id, ()), measured)
        value = IndicatorValue(
            organisation_id=report.organisation_id,
            report=report,
            update_row=row,
            order=(row.current.order if row.current else 0) + 1,
            measured=measured,
            measured_on=report.as_at_on,
            target=held_to.amount if held_to else None,
            target_words=held_to.words if held_to else "",
        )
        gone += [old.pk for old in row.values[: 1 - PERIODS_KEPT]]
        row.status = no_data.status_of(no_data.rating(row, value))
        new.append(value)
    IndicatorValue.objects.filter(pk__in=gone).delete()
    IndicatorValue.objects.bulk_create(new, batch_size=500)
    IndicatorUpdate.objects.bulk_update(moving, ["status"], batch_size=500)


def _targets(indicators: set[int]) -> dict[int, list[IndicatorTarget]]:
    in_force = IndicatorBaseline.objects.in_force().filter(indicator__in=indicators).prefetch_related("targets")
    return {baseline.indicator_id: list(baseline.targets.all()) for baseline in in_force}


def _target_of(targets, measured: str) -> IndicatorTarget | None:
    named = sorted((each for each in targets if each.measured and each.measured in measured), key=lambda each: each.pk)
    exact = [each for each in named if each.measured == measured]
    return next(iter([*exact, *named, *(each for each in targets if not each.measured)]), None)
