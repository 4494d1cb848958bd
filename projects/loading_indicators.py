"""Indicators and scored lists of a council that is written down as data (see loading.py)."""

from datetime import date, datetime, time
from decimal import Decimal

from django.utils import timezone

from projects.actions.change_control import set_first_baseline
from projects.actions.writing import save_new
from projects.models import (
    Checklist,
    ChecklistFactor,
    ChecklistScore,
    Indicator,
    IndicatorBaseline,
    IndicatorTarget,
    IndicatorUpdate,
    IndicatorValue,
    Node,
    StatedFigure,
    Status,
    Subject,
)
from projects.rules.indicators import read_figure

OWN = {"ref", "title", "group", "unit", "direction", "accumulates", "comparator"}


def load_indicators(organisation, council: dict, *, by) -> None:
    """Make the indicators with the targets they are held to, and the lists that are scored."""
    nodes = {node.slug: node for node in Node.objects.filter(organisation=organisation)}
    for given in council.get("indicators", ()):
        columns = {name: value for name, value in given.items() if name in OWN}
        pair = {"pair_key": given.get("pair", ""), "pair_label": given.get("label", "")}
        tolerance = {"tolerance_percent": Decimal(given["tolerance"])} if "tolerance" in given else {}
        node = nodes[given["node"]]
        indicator = save_new(Indicator(organisation=organisation, node=node, **columns, **pair, **tolerance), by=by)
        if targets := given.get("targets"):
            baseline = IndicatorBaseline(organisation=organisation, indicator=indicator, label="First targets")
            at = timezone.make_aware(datetime.combine(date.fromisoformat(given["targets_from"]), time(9)))
            set_first_baseline(baseline, list(_targets(organisation, indicator, targets)), by=by, at=at)
    for given in council.get("checklists", ()):
        columns = {name: given[name] for name in ("slug", "name", "highest_score")}
        checklist = save_new(Checklist(organisation=organisation, **columns), by=by)
        for order, (label, definition) in enumerate(given["factors"], start=1):
            factor = ChecklistFactor(checklist=checklist, label=label, definition=definition, order=order)
            factor.organisation = organisation
            save_new(factor, by=by)


def _targets(organisation, indicator, targets):
    for order, (measured, words) in enumerate(targets, start=1):
        amount = read_figure(words, indicator.unit)
        yield IndicatorTarget(organisation=organisation, measured=measured, words=words, amount=amount, order=order)


def measured_rows(organisation, given: dict) -> list[tuple]:
    """The unsaved rows that a report of the past has of indicators, scored lists and figures as stated."""
    return [
        *_indicator_rows(organisation, given),
        *_score_rows(organisation, given),
        *((_stated(organisation, figure), ()) for figure in given.get("stated", ())),
    ]


def _indicator_rows(organisation, given):
    """{"measured": [[period, its last day], ...], "rows": {ref: {"actual": [...], "target", "status", "comment"}}}:
    the last figure is that of the last period, and the target and status are of that one."""
    if "indicators" not in given:
        return
    said = given["indicators"]
    common = {"organisation": organisation}
    indicators = Indicator.objects.filter(organisation=organisation, node__slug=given["node"])
    known = {indicator.ref: indicator for indicator in indicators}
    statuses = {status.label: status for status in Status.objects.filter(scheme__subject=Subject.INDICATOR, **common)}
    for order, (ref, figures) in enumerate(said["rows"].items(), start=1):
        indicator, target = known[ref], figures.get("target", "")
        actuals = figures["actual"]
        lines = [
            IndicatorValue(
                order=place,
                measured=measured,
                measured_on=date.fromisoformat(on),
                actual=read_figure(words, indicator.unit),
                actual_words=words,
                **common,
            )
            for place, ((measured, on), words) in enumerate(
                zip(figures.get("measured", said["measured"])[-len(actuals) :], actuals, strict=True), start=1
            )
        ]
        lines[-1].target, lines[-1].target_words = read_figure(target, indicator.unit), target
        lines[-1].comparator = read_figure(figures.get("comparator", ""), indicator.unit)
        row = IndicatorUpdate(
            indicator=indicator,
            ref=ref,
            title=indicator.title,
            order=order,
            status=statuses.get(figures.get("status")),
            comment=figures.get("comment", ""),
            **common,
        )
        yield row, lines


def _score_rows(organisation, given):
    for slug, scores in given.get("checklists", {}).items():
        factors = ChecklistFactor.objects.filter(organisation=organisation, checklist__slug=slug)
        for factor, score in zip(factors, scores, strict=True):
            common = {"organisation": organisation, "title": factor.label, "order": factor.order}
            yield ChecklistScore(factor=factor, score=score, **common), ()


def _stated(organisation, given):
    columns = {name: given[name] for name in ("key", "title", "words")}
    return StatedFigure(organisation=organisation, amount=Decimal(given["amount"]), **columns)
