"""What a correction changes, and which later reports still say what it corrects."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import models
from django.utils.text import capfirst

from projects.actions.reports import HEADER_FIELDS, row_key, rows_by_key, said_fields
from projects.models import (
    Answer,
    DimensionRating,
    Notice,
    PlanItemUpdate,
    Report,
    ReportRow,
    Status,
    state_models,
)

# A date is told by its words; the day read from them and its precision follow.
FOLLOWING = ("_on", "_precision")


@dataclass(frozen=True)
class Difference:
    """One field that the correction changes, in words: of which thing, what was approved, what is right."""

    model: type[models.Model]
    key: object  # of the row, as reports are compared by; None for a column of the report itself
    field: str
    what: str
    old: object
    old_words: str
    new_words: str


@dataclass(frozen=True)
class Carrier:
    """A later report that still carries old values; `is_parent` if it was made from the report that is corrected."""

    report: Report
    differences: tuple[Difference, ...]
    is_parent: bool = False


def differences_of(correction: Report) -> list[Difference]:
    """What the correction changes of the report it corrects, field by field; rows added or taken out as a whole."""
    found = list(_header_differences(correction))
    labels = dict(Status.objects.filter(organisation=correction.organisation_id).values_list("pk", "label"))
    for model in _tables():
        before = rows_by_key(correction.corrects_id, model)
        after = rows_by_key(correction.pk, model)
        for key, row in after.items():
            old = before.get(key)
            if old is None:
                continue  # no later report carries what was never said
            found += [
                Difference(
                    model,
                    key,
                    name,
                    f"{_thing(row)}: {_label(model, name)}",
                    getattr(old, name),
                    _words(old, name, labels),
                    _words(row, name, labels),
                )
                for name in _told_fields(model, old, row)
            ]
    return found


def carried_on(correction: Report) -> tuple[list[Difference], list[Carrier]]:
    """What the correction changes, and the reports that still carry an old value, oldest first.

    Of the series: every later report's newest revision and the open draft. Of parents: those made from an earlier
    revision, as far as they quote what is corrected.
    """
    differences = differences_of(correction)
    if not differences:
        return [], []
    later = [*_later(correction), *_unfinished(correction)]
    carriers = [
        Carrier(report, carried)
        for report in later
        if (carried := tuple(_still(report, differences)))
    ]  # fmt: skip
    return differences, [*carriers, *_parents(correction, differences)]


def _tables() -> Iterable[type[ReportRow]]:
    return [model for model in state_models() if issubclass(model, ReportRow)]


def _header_differences(correction: Report) -> Iterable[Difference]:
    original = correction.corrects
    for name in _without_followers(name for name in HEADER_FIELDS if _differs(original, correction, name)):
        label = capfirst(str(Report._meta.get_field(name).verbose_name))
        old, new = getattr(original, name), getattr(correction, name)
        yield Difference(Report, None, name, label, old, _plain(old), _plain(new))


def _told_fields(model, old, row) -> list[str]:
    return _without_followers(name for name in said_fields(model) if _differs(old, row, name))


def _differs(old, new, name) -> bool:
    return getattr(old, name) != getattr(new, name)


def _without_followers(names: Iterable[str]) -> list[str]:
    """The fields, less the day and precision of a date whose words are among them."""
    names = list(names)
    words = {name.removesuffix("_words") for name in names if name.endswith("_words")}
    return [
        name
        for name in names
        if not name.endswith("_precision")
        and not any(name == f"{stem}{ending}" for stem in words for ending in FOLLOWING)
    ]


def _thing(row: ReportRow) -> str:
    if isinstance(row, DimensionRating | Answer):
        return row.title or str(getattr(row, row.identity_field))
    return str(row) or capfirst(str(row._meta.verbose_name))


def _label(model, name: str) -> str:
    label = str(model._meta.get_field(name).verbose_name)
    return "taken out" if name == "is_removed" else label


def _words(row, name: str, labels: dict[int, str]) -> str:
    value = getattr(row, name)
    field = row._meta.get_field(name)
    if field.is_relation and value is not None:
        return labels.get(value, "") if field.related_model is Status else str(getattr(row, field.name))
    return _plain(value)


def _plain(value) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return "nothing" if value in (None, "") else str(value)


def _later(correction: Report) -> Iterable[Report]:
    """The newest approved revision of each later date of the series."""
    later = Report.objects.frozen().filter(series=correction.series_id, as_at_on__gt=correction.as_at_on)
    return later.exclude(known_from=None).in_order()


def _unfinished(correction: Report) -> Iterable[Report]:
    later = Report.objects.unfinished().filter(series=correction.series_id, as_at_on__gt=correction.as_at_on)
    return later.in_order()


def _still(report: Report, differences: list[Difference]) -> Iterable[Difference]:
    """The differences whose old value the report holds."""
    rows: dict[type, dict] = {}
    for each in differences:
        if each.model is Report:
            held = report
        else:
            if each.model not in rows:
                rows[each.model] = rows_by_key(report.pk, each.model)
            held = rows[each.model].get(each.key)
        if held is not None and getattr(held, each.field) == each.old:
            yield each


def _parents(correction: Report, differences: list[Difference]) -> list[Carrier]:
    """Parents' reports whose rows were taken from an earlier revision and speak of what is corrected."""
    earlier = Report.objects.filter(
        series=correction.series_id, as_at_on=correction.as_at_on, revision__lt=correction.revision
    )
    quoted: dict[Report, list[Difference]] = {}
    taken = Notice.objects.filter(source__in=earlier).present().select_related("report")
    for row in taken.order_by("report__as_at_on", "report__revision", "order"):
        about = [
            each
            for each in differences
            if (each.model is PlanItemUpdate and each.key == row.plan_item_id)
            or (each.model is Notice and each.key[0] == row.kind and each.key[2] == row_key(row)[2])
        ]
        if about:
            quoted.setdefault(row.report, []).extend(each for each in about if each not in quoted.get(row.report, ()))
    return [Carrier(report, tuple(each), is_parent=True) for report, each in quoted.items()]
