"""Savings by financial year: what the section of benefits prints where a council reports cashable benefits so."""

from projects.models import SavingLine
from projects.rules import benefits as rules
from reporting.documents.catalogue.report_context import ReportContext
from reporting.documents.contents import MONEY, Column, Table

EMPTY = "No savings are stated."


def savings(context: ReportContext) -> Table:
    """A row a year and the total; what is stated of no year, as what is delivered another way, is in the total only."""
    by_row = {}
    for line in SavingLine.objects.filter(update_row__in=context.benefits):
        by_row.setdefault(line.update_row_id, []).append(line)
    rows = [
        {"benefit": row.title, "year": f"{line.year}/{(line.year + 1) % 100:02}", **_amounts([line])}
        for row in context.benefits
        for line in by_row.get(row.pk, ())
        if line.year is not None
    ]
    lines = [line for lines in by_row.values() for line in lines]
    total = ({"benefit": "Total", "year": "" if len(by_row) > 1 else "Total", **_amounts(lines)},) if lines else ()
    benefit = (Column("benefit", "Benefit", header=True),) if len(by_row) > 1 else ()
    columns = (
        *benefit,
        Column("year", "Financial year", header=not benefit),
        Column("target", "Target", MONEY),
        Column("at_risk", "At risk / slippage & over achievement", MONEY),
        Column("other_way", "Delivered in an alternative way", MONEY),
        Column("net", "Net at risk", MONEY),
    )
    return Table(columns, tuple(rows), totals=total, empty=EMPTY)


def _amounts(lines) -> dict:
    said = rules.totals(rules.SavingLine(line.target, line.at_risk, line.slipped, line.other_way) for line in lines)
    return {"target": said.target, "at_risk": said.at_risk, "other_way": said.other_way, "net": said.net_at_risk}
