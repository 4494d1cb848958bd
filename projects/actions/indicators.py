"""Edits of an indicator's figures and of scored lists, in the draft of a report."""

from django.db import transaction

from projects.actions.reports import refuse_unless_open
from projects.actions.rows import add_row, add_rows, change_row
from projects.actions.writing import all_or_nothing, save_new
from projects.audit import acting
from projects.measures import Judge
from projects.models import Checklist, ChecklistScore, Indicator, IndicatorUpdate, IndicatorValue, Report
from projects.rules.indicators import read_figure

FIGURES = ("actual_words", "target_words", "comparator_words")


def add_indicator(report: Report, *, by, identity: Indicator | dict, **fields) -> IndicatorUpdate:
    """Put an indicator into a draft with a place for the draft's period; its figures are filled in there."""
    with transaction.atomic():
        row = add_row(report, IndicatorUpdate, by=by, identity=identity, **fields)
        save_new(_blank(row), by=by)
        return row


def _blank(row: IndicatorUpdate) -> IndicatorValue:
    report = row.report
    return IndicatorValue(
        organisation_id=report.organisation_id,
        report=report,
        update_row=row,
        order=1,
        measured=report.period_label or f"{report.as_at_on.day} {report.as_at_on:%B %Y}",
        measured_on=report.as_at_on,
    )


def change_indicator(row: IndicatorUpdate, changes: dict, *, version=None, by, reason="") -> IndicatorUpdate:
    """Write what a report says of an indicator: its columns, and the figures of the report's period in words.

    EditedMeanwhile as for every row, CannotBeRead for a figure that is none. Where no status is chosen and the one
    stated was what the figures said, it goes with the new figures.
    """
    figures = {name: changes[name].strip() for name in FIGURES if name in changes}
    with all_or_nothing(by=by):
        refuse_unless_open(row.report)
        fields = {name: value for name, value in changes.items() if name not in FIGURES}
        value = row.current or _blank(row)
        if figures:
            judge = Judge(row.report.organisation)
            followed = row.status_id is None or row.status == judge.status_of(judge.rating(row, row.current))
            _take(value, figures, row.indicator.unit)
            if "status" not in fields and followed:
                fields["status"] = judge.status_of(judge.rating(row, value))
            if all(getattr(row, name) == said for name, said in fields.items()):
                fields = {}  # the version moves all the same: the figures are part of the row
        change_row(row, fields, version=version, by=by, reason=reason)
        if figures:
            with acting(by, reason):
                value.save()
        return IndicatorUpdate.objects.select_related("report__organisation", "indicator", "status").get(pk=row.pk)


def _take(value: IndicatorValue, figures: dict, unit: str) -> None:
    for name, words in figures.items():
        if name != "comparator_words":  # no words of its own are kept of it
            setattr(value, name, words)
        setattr(value, name.removesuffix("_words"), read_figure(words, unit))


def begin_scoring(report: Report, checklist: Checklist, *, by) -> list[ChecklistScore]:
    """The scores of a list in a draft, a blank one made for every factor that has none; in the list's order."""
    with transaction.atomic():
        refuse_unless_open(report)
        known = {row.factor_id: row for row in ChecklistScore.objects.of(report).filter(factor__checklist=checklist)}
        factors = list(checklist.factors.all())
        new = [(factor, {"title": factor.label, "order": factor.order}) for factor in factors if factor.pk not in known]
        known |= {row.factor_id: row for row in add_rows(report, ChecklistScore, new, by=by)} if new else {}
        return [known[factor.pk] for factor in factors]
