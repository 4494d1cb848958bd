"""The named values of a cell map: what a form states under a name for which the record has no field."""

from typing import TYPE_CHECKING

from projects.imports.layout import NAMED, squeeze
from projects.imports.mapping import Column
from projects.models import StatedFigure

if TYPE_CHECKING:
    from projects.imports.plan_part import PartPlanner

NAMED_KEY = "named."  # of a stated figure that is a named value; the squeezed name follows


def named_key(name: str) -> str:
    """What a named value is known by in a report."""
    return f"{NAMED_KEY}{squeeze(name)}"


def plan_named(planner: "PartPlanner") -> None:
    """Plan each named value beside the one that the report states under the same name."""
    said = {key: value for key, value in planner.parsed.values.items() if key.startswith(f"{NAMED}@")}
    if not said:
        return
    rows = {row.key: row for row in planner.held.base_rows(planner.target, StatedFigure)}
    earlier = {row.key: row for row in planner.held.earlier(planner.target, StatedFigure)}
    for key, value in said.items():
        name = key.partition("@")[2]
        known_by = named_key(name)
        row = rows.get(known_by)
        one = planner.field(value, Column(key, "words"), StatedFigure, row, earlier.get(known_by))
        planner.add(value.sheet, name, StatedFigure, row, [one], made_with={"key": known_by, "title": name})
