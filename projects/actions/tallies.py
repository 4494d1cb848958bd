"""Stated totals where no register is kept: which lines a new one has, and how its counts are written."""

from collections.abc import Iterable

from django.utils.text import slugify

from projects.actions.rows import TALLY_SECTIONS, add_row, change_row
from projects.actions.writing import all_or_nothing
from projects.audit import acting
from projects.models import Report, Status, Subject, Tally, TallyLine, Tranche
from projects.rules.kinds import Kind
from projects.rules.tree import ancestors_of

ALL = "All"  # the column of the whole, where a tally is split by tranche
TOTAL = "Total"
PRINTED_TOGETHER = (Kind.ON_HOLD, Kind.NOT_STARTED)  # one printed line over two kinds of status


def add_tally(report: Report, section: str, title: str, *, by) -> Tally:
    """A new tally in a draft, with a line for each status that its section counts, by tranche where there are any."""
    with all_or_nothing(by=by):
        taken = set(Tally.objects.of(report).values_list("key", flat=True))
        stem = slugify(title)[:50] or "tally"
        key = next(key for key in (stem, *(f"{stem}-{number}" for number in range(2, 1000))) if key not in taken)
        row = add_row(report, Tally, by=by, key=key, section=section, title=title, as_of=report.as_at_on)
        tranches = _tranches(report) if section == "delivery" else []
        columns = [ALL, *tranches] if tranches else [""]
        lines = [(TOTAL, name, []) for name in tranches]
        lines += [(label, name, kinds) for label, kinds in _lines(report, TALLY_SECTIONS[section]) for name in columns]
        TallyLine.objects.bulk_create(
            TallyLine(
                organisation_id=report.organisation_id,
                report=report,
                tally=row,
                order=order,
                label=label,
                column=column,
                kinds=kinds,
            )
            for order, (label, column, kinds) in enumerate(lines, start=1)
        )
        return row


def _tranches(report: Report) -> list[str]:
    path = report.node.path
    found = Tranche.objects.filter(node__path__in=[*ancestors_of(path), path])
    return list(found.order_by("-node__depth", "order").values_list("name", flat=True))


def _lines(report: Report, subject: Subject) -> Iterable[tuple[str, list[str]]]:
    """(label, kinds counted) in the order of the council's scheme; what is on hold or not begun shares a line."""
    statuses = list(
        Status.objects.filter(
            organisation=report.organisation_id, scheme__subject=subject, is_archived=False, scheme__is_archived=False
        ).order_by("scheme", "order", "pk")
    )
    statuses = [each for each in statuses if each.scheme_id == statuses[0].scheme_id]
    together = [each for each in statuses if each.kind in PRINTED_TOGETHER]
    for status in statuses:
        if status not in together:
            yield status.label, [status.kind]
    if together:
        yield "/".join(each.label for each in together), sorted({each.kind for each in together})


def change_tally(row: Tally, changes: dict, counts: dict[int, int | None], *, version=None, by) -> Tally:
    """Change a tally's own columns and the counts of its lines (by their id) together.

    EditedMeanwhile if somebody was quicker.
    """
    with all_or_nothing(by=by):
        row = change_row(row, changes, version=version, by=by)
        with acting(by):
            for line in TallyLine.objects.filter(tally=row, pk__in=counts):
                if line.count != counts[line.pk]:
                    line.count = counts[line.pk]
                    line.save(update_fields=["count"])
        return row
