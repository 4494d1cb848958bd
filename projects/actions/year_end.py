"""A financial year ends: its savings leave the window, and what it fell short by is carried on."""

from decimal import Decimal

from projects.models import BenefitUpdate, Report, SavingLine
from projects.rules.savings import YearOfSaving, end_of_years, financial_year


def end_savings_years(report: Report, source: Report) -> None:
    """Of a draft just copied from a report of an earlier financial year: close the years that have ended.

    What a benefit fell short by in them, by whichever way, becomes slippage brought forward; the earlier report keeps
    its lines. Nothing happens within a year.
    """
    first_month = report.organisation.financial_year_start
    year = financial_year(report.as_at_on, first_month)
    if financial_year(source.as_at_on, first_month) == year:
        return
    ended = SavingLine.objects.of(report).filter(year__lt=year)
    rows = BenefitUpdate.objects.filter(pk__in=ended.values("update_row")).prefetch_related("lines")
    moved, lines = [], []
    for row in rows:
        said = list(row.lines.all())
        closed = end_of_years((YearOfSaving(line.year, line.at_risk, line.other_way) for line in said), year)
        if closed.carried:
            row.brought_forward = (row.brought_forward or Decimal(0)) + closed.carried
            moved.append(row)
        left = {each.year: each.other_way for each in closed.kept}
        for line in said:
            if line.year in left and line.other_way != left[line.year]:
                line.other_way = left[line.year]
                lines.append(line)
    BenefitUpdate.objects.bulk_update(moved, ["brought_forward"])
    SavingLine.objects.bulk_update(lines, ["other_way"])
    SavingLine.objects.of(report).filter(year__lt=year).delete()
