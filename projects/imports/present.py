"""A plan as people look at it: what is said once for many cells, and the rows that differ, by section."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from projects.imports.planned import (
    CONFLICT,
    CORRECTION,
    CREATE,
    DRAFT,
    LINES,
    LOCKED,
    PAST,
    UNCHANGED,
    UPDATE,
    ImportPlan,
    PartPlan,
    PlannedField,
    PlannedRow,
)
from projects.imports.problems import CellProblem, Ignored

FIRST_PLACES = 3  # that are shown of many cells that the same is said of
MOST_SPOTS = 12  # that are shown without a click
CELL_AT_END = re.compile(r"(.*) ([A-Z]{1,3})[1-9]\d*")


@dataclass(frozen=True)
class Said:
    """One sentence and every place it is said of."""

    message: str
    places: tuple[str, ...]

    @property
    def spots(self) -> tuple[str, ...]:
        """The places, a sheet named once and cells one below the other as one: "Costs B3 to B9", "D4", "Plan A2"."""
        return tuple(_spots(self.places))

    @property
    def first(self) -> tuple[str, ...]:
        return self.spots if len(self.spots) <= MOST_SPOTS else self.spots[:FIRST_PLACES]

    @property
    def others(self) -> tuple[str, ...]:
        return self.spots[len(self.first) :]


def _spots(places: Iterable[str]) -> Iterator[str]:
    sheet_before = ""
    for (sheet, column), cells in groupby(places, key=_column_of):
        for rows in _runs([int(place[len(sheet) + 1 + len(column) :]) for place in cells] if column else [0]):
            first, last = f"{column}{rows[0]}", f"{column}{rows[-1]}"
            words = (first if first == last else f"{first} to {last}") if column else ""
            yield words if words and sheet == sheet_before else f"{sheet} {words}".strip()
            sheet_before = sheet


def _column_of(place: str) -> tuple[str, str]:
    """The sheet and the column of a place; the column "" where the whole sheet is meant."""
    found = CELL_AT_END.fullmatch(place)
    return (found[1], found[2]) if found else (place, "")


def _runs(rows: list[int]) -> Iterator[list[int]]:
    """Rows that follow each other, together."""
    run: list[int] = []
    for row in rows:
        if run and row != run[-1] + 1:
            yield run
            run = []
        run.append(row)
    yield run


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


@dataclass(frozen=True)
class ShownPart:
    """What a workbook says of one thing in one period that differs, and in how many values it agrees."""

    part: PartPlan
    sections: tuple[ShownSection, ...]
    unchanged: int

    @property
    def title(self) -> str:
        return ", ".join(filter(None, (self.part.node_title, self.part.period_label)))


def grouped(problems: list[CellProblem]) -> list[Said]:
    """Problems with the same message as one, in the order in which they were first said."""
    places: dict[str, list[str]] = {}
    for problem in problems:
        place = f"{problem.sheet} {problem.cell}".strip()
        places.setdefault(problem.message, []).append(place)
    return [Said(message, tuple(dict.fromkeys(place for place in said if place))) for message, said in places.items()]


def rows_to_show(plan: ImportPlan) -> list[PlannedRow]:
    """The rows that differ from the record, in the order in which they are shown."""
    return [
        row
        for part in plan.parts
        if part.differs
        for rows in _by_section(part).values()
        for row in rows
        if row.with_action(CREATE, UPDATE, CONFLICT)
    ]


@dataclass(frozen=True)
class LeftOut:
    """One reason, and every place that it is said of, each with its first words."""

    message: str
    places: tuple[tuple[str, str], ...]

    @property
    def first(self) -> tuple[tuple[str, str], ...]:
        return self.places[:FIRST_PLACES]

    @property
    def others(self) -> tuple[tuple[str, str], ...]:
        return self.places[FIRST_PLACES:]

    @property
    def where(self) -> str:
        said = "; ".join(f"{place}: “{words}”" for place, words in self.first)
        return f"{said}; and {counted(len(self.others), 'more cell')}" if self.others else said


def grouped_ignored(ignored: list[Ignored]) -> list[LeftOut]:
    """What is not taken over, by the reason, in the order in which they were first given."""
    places: dict[str, list[tuple[str, str]]] = {}
    for one in ignored:
        places.setdefault(one.reason, []).append((f"{one.sheet} {one.cell}".strip(), one.words))
    return [LeftOut(reason, tuple(said)) for reason, said in places.items()]


def shown_parts(plan: ImportPlan, *, only: set[str] | None = None) -> list[ShownPart]:
    """The parts of a plan that differ from the record, in the order of the workbook; `only` these rows of them."""
    parts = [
        ShownPart(part, tuple(shown_sections(part, only=only)), part.count(UNCHANGED))
        for part in plan.parts
        if part.differs
    ]
    return [part for part in parts if only is None or any(section.rows for section in part.sections)]


def _by_section(part: PartPlan) -> dict[str, list[PlannedRow]]:
    by_section: dict[str, list[PlannedRow]] = {}
    for row in part.rows:
        by_section.setdefault(row.section, []).append(row)
    return by_section


def shown_sections(part: PartPlan, *, only: set[str] | None = None) -> list[ShownSection]:
    """One part by section, in the order of the workbook."""
    return [
        ShownSection(
            title,
            tuple(
                ShownRow(row, tuple(differing), len(row.with_action(UNCHANGED)))
                for row in rows
                if (only is None or row.key in only) and (differing := row.with_action(CREATE, UPDATE, CONFLICT))
            ),
            sum(len(row.with_action(UNCHANGED)) for row in rows),
        )
        for title, rows in _by_section(part).items()
    ]


def counted(number: int, one: str, many: str = "") -> str:
    """ "1 value", "46 values"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def what_will_be_made(plan: ImportPlan) -> str:
    """What bringing the plan in makes, in a few sentences."""
    if len(plan.parts) == 1:
        return _made_of_one(plan.parts[0])
    if not plan.parts:
        return ""
    differing = [part for part in plan.parts if part.differs]
    new = {part.node_title for part in plan.parts if part.is_new_node}
    said = [f"The workbook speaks of {plan.whom} in {plan.when} ({plan.parts[0].period_how})."]
    if new:
        said.append(f"{counted(len(new), 'of them is', 'of them are')} new and will be added.")
    for mode, what in (
        (PAST, ("of a past period will be approved, marked as imported",) * 2),
        (CORRECTION, ("approved already is corrected", "approved already are corrected")),
        (DRAFT, ("that is open or will be opened takes the values", "that are open or will be opened take the values")),
    ):
        if count := sum(part.mode == mode for part in differing):
            said.append(f"{counted(count, 'report')} {what[count > 1]}.")
    if not differing:
        said.append("The record says all of it already.")
    return " ".join(said)


def _made_of_one(part: PartPlan) -> str:
    if part.mode == LINES:
        return (
            f"The workbook speaks of the work programme of {part.node_title}; its lines are changed as they stand now."
        )
    told = f"{part.period_label} ({part.period_how})"
    kind = part.node_kind.replace("_", "-")
    whom = f"{part.node_title} is new and will be added as a {kind}. " if part.is_new_node else ""
    added = "" if part.period_id else " The periods of that financial year will be added to the calendar."
    if part.mode == PAST:
        return (
            f"{whom}The workbook speaks of {told}, a past period without a report:"
            f" it becomes an approved report, marked as imported.{added}"
        )
    if part.mode == CORRECTION:
        return (
            f"{whom}The workbook speaks of {told}, of which there is an approved report: where values differ,"
            " a new revision is approved in its place. The old one is kept as it was."
        )
    if part.mode == LOCKED:
        return f"The workbook speaks of {told}, of which the report awaits approval."
    if part.existing_id:
        return f"The values go into the open draft of {told}."
    return f"{whom}A draft of {told} will be opened, and the values go into it.{added}"
