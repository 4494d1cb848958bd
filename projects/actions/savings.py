"""Savings by year in a draft: what an officer states of a year, beside the benefit's own columns."""

from decimal import Decimal

from projects.actions.rows import change_row
from projects.actions.writing import all_or_nothing
from projects.audit import acting
from projects.models import BenefitUpdate, SavingLine

AMOUNTS = ("target", "at_risk", "slipped", "other_way", "claimed", "validated")
NO_YEAR = "all"  # what the name of an amount ends in where it is of no year


def amount_name(column: str, year: int | None) -> str:
    """What an amount is called among the columns of its row: at_risk_2018, other_way_all."""
    return f"{column}_{NO_YEAR if year is None else year}"


def amounts_of(lines) -> dict[str, Decimal]:
    """{name: pounds} of what the lines of one benefit state."""
    return {
        amount_name(column, line.year): getattr(line, column)
        for line in lines
        for column in AMOUNTS
        if getattr(line, column) is not None
    }


def change_savings(
    row: BenefitUpdate, changes: dict, amounts: dict[tuple[str, int | None], Decimal | None], *, version=None, by
) -> BenefitUpdate:
    """Change a benefit's columns and the amounts of its years together, from the version the row was read at.

    `amounts` maps (column, year) to pounds, None for not stated. EditedMeanwhile if somebody was quicker.
    """
    with all_or_nothing(by=by):
        row = change_row(row, changes, version=version, by=by)
        lines = {line.year: line for line in SavingLine.objects.filter(update_row=row)}
        for (column, year), pounds in amounts.items():
            if year not in lines:
                lines[year] = SavingLine(
                    organisation_id=row.organisation_id, report_id=row.report_id, update_row=row, year=year
                )
            setattr(lines[year], column, pounds)
        with acting(by):
            for place, year in enumerate(sorted(lines, key=lambda year: (year is None, year)), start=1):
                line = lines[year]
                line.order = place
                if any(getattr(line, column) is not None for column in AMOUNTS):
                    line.save()
                elif line.pk:
                    line.delete()
        return row
