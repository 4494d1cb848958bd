"""Lines beneath a row of the record, as columns that repeat on a sheet: years of a saving, periods of an indicator."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from projects.imports.layout import squeeze
from projects.models import BenefitUpdate, Indicator, IndicatorUpdate, IndicatorValue, SavingLine, Tally, TallyLine
from projects.models.reports import ReportLine, ReportRow

TABLES_WITH_LINES = {
    BenefitUpdate: (SavingLine, ("year",)),
    IndicatorUpdate: (IndicatorValue, ("measured",)),
    Tally: (TallyLine, ("label", "column")),
}
BETWEEN = " | "  # the words of a tag that stand in several columns
QUARTER = re.compile(r"q[1-4]", re.IGNORECASE)


def line_model(model: type[ReportRow]) -> type[ReportLine]:
    return TABLES_WITH_LINES[model][0]


def line_key(model: type[ReportRow], tag: str) -> dict[str, Any]:
    """The column that tells the lines of a row apart, by the tag of the sheet's column: {"year": 2018}; a tag of no
    words is a line of no year."""
    names = TABLES_WITH_LINES[model][1]
    if len(names) > 1:
        return dict(zip(names, tag.split(BETWEEN), strict=True))
    (name,) = names
    return {name: int(tag) if name == "year" and tag else tag or None}


def line_of(row: ReportRow | None, tag: str) -> ReportLine | None:
    """The line of a row that a tag names; None where there is none yet."""
    if row is None:
        return None
    told = line_key(type(row), tag)
    return next(
        (line for line in row.lines.all() if all(_same(getattr(line, name), wanted) for name, wanted in told.items())),
        None,
    )


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return sorted(map(squeeze, one.split())) == sorted(map(squeeze, other.split()))
    return one == other


def by_tag(said: Mapping[tuple[str, str], Any]) -> dict[str, dict[str, Any]]:
    """What is said of each line: {(column, tag): value} as {tag: {column: value}}."""
    lines: dict[str, dict[str, Any]] = {}
    for (name, tag), value in said.items():
        lines.setdefault(tag, {})[name] = value
    return lines


def measured_words(tag: str) -> str:
    """A period as the record names it, its quarter first: "2018-19 Q2" is "Q2 2018-19"."""
    words = tag.split()
    quarters = [word for word in words if QUARTER.fullmatch(word)]
    return " ".join([*(word.upper() for word in quarters), *(word for word in words if word not in quarters)])


def guess_unit(words: Iterable[str]) -> str:
    """The unit of a new indicator, by how its figures are written."""
    written = " ".join(words).lower()
    if "%" in written:
        return Indicator.Unit.PERCENT
    if "min" in written:
        return Indicator.Unit.SECONDS
    return Indicator.Unit.POUNDS if "£" in written else Indicator.Unit.NUMBER
