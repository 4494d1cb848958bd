"""A plan as people look at it: what is said once for many cells, and the rows that differ, by section."""

from dataclasses import dataclass

from projects.imports.plan import CONFLICT, CREATE, UNCHANGED, UPDATE, ImportPlan, PlannedField, PlannedRow
from projects.imports.problems import CellProblem


@dataclass(frozen=True)
class Said:
    """One sentence and every place it is said of."""

    message: str
    places: tuple[str, ...]

    @property
    def is_long(self) -> bool:
        return len(self.places) > 12

    @property
    def others(self) -> int:
        return len(self.places) - 1


@dataclass(frozen=True)
class ShownRow:
    """A row of the plan that differs from the record, with the values that do."""

    row: PlannedRow
    fields: tuple[PlannedField, ...]
    unchanged: int

    @property
    def has_conflict(self) -> bool:
        return any(one.action == CONFLICT for one in self.fields)


@dataclass(frozen=True)
class ShownSection:
    """The rows of a section that differ, and how many of its values do not."""

    title: str
    rows: tuple[ShownRow, ...]
    unchanged: int


def grouped(problems: list[CellProblem]) -> list[Said]:
    """Problems with the same message as one, in the order in which they were first said."""
    places: dict[str, list[str]] = {}
    for problem in problems:
        place = f"{problem.sheet} {problem.cell}".strip()
        places.setdefault(problem.message, []).append(place)
    return [Said(message, tuple(dict.fromkeys(place for place in said if place))) for message, said in places.items()]


def shown_sections(plan: ImportPlan) -> list[ShownSection]:
    """The plan by section, in the order of the workbook."""
    by_section: dict[str, list[PlannedRow]] = {}
    for row in plan.rows:
        by_section.setdefault(row.section, []).append(row)
    return [
        ShownSection(
            title,
            tuple(
                ShownRow(row, tuple(differing), len(row.with_action(UNCHANGED)))
                for row in rows
                if (differing := row.with_action(CREATE, UPDATE, CONFLICT))
            ),
            sum(len(row.with_action(UNCHANGED)) for row in rows),
        )
        for title, rows in by_section.items()
    ]


def counted(number: int, one: str, many: str = "") -> str:
    """ "1 value", "46 values"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def what_will_be_made(plan: ImportPlan) -> str:
    """What bringing the plan in makes, in a sentence."""
    told = f"{plan.period_label} ({plan.period_how})"
    whom = f"{plan.node_title} is new and will be added as a project. " if plan.is_new_node else ""
    if plan.mode == "past":
        added = "" if plan.period_id else " The periods of that financial year will be added to the calendar."
        return (
            f"{whom}The workbook speaks of {told}, a past period without a report:"
            f" it becomes an approved report, marked as imported.{added}"
        )
    if plan.mode == "correction":
        return (
            f"{whom}The workbook speaks of {told}, of which there is an approved report: where values differ,"
            " a new revision is approved in its place. The old one is kept as it was."
        )
    if plan.mode == "locked":
        return f"The workbook speaks of {told}, of which the report awaits approval."
    if plan.existing_id:
        return f"The values go into the open draft of {told}."
    added = "" if plan.period_id else " The periods of that financial year will be added to the calendar."
    return f"{whom}A draft of {told} will be opened, and the values go into it.{added}"
