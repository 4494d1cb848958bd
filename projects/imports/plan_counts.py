"""What a workbook counts and calls attention to: stated totals with their counts, stated figures, notices."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from projects.imports.layout import Block, Count, squeeze
from projects.imports.lines import BETWEEN
from projects.imports.mapping import NOTICE_SECTIONS, Column, plain
from projects.imports.match import match_records
from projects.imports.parse import ParsedRecord, ParsedValue, count_of
from projects.imports.planned import CREATE, UNCHANGED, UPDATE, PlannedField
from projects.models import Notice, StatedFigure, Tally, TallyLine

if TYPE_CHECKING:
    from projects.imports.plan_part import PartPlanner

FIGURE = re.compile(r"-?\d[\d,]*(?:\.\d+)?")
IN_BRACKETS = re.compile(r"\s*\([^()]*\)\s*$")


def plan_counts(planner: "PartPlanner", *, of_before: bool = False) -> None:
    """Plan the counts and stated figures of the report's own period, or of the one before."""
    _Counts(planner, of_before).plan()


class _Counts:
    def __init__(self, planner: "PartPlanner", of_before: bool):
        self.planner = planner
        self.of_before = of_before
        self.blocks = {block.key: block for block in planner.shared.layout.blocks()}
        self.titles = {section.key: section.title for section in planner.template.sections.all()}
        self.dates = {value.record_key: value for value in planner.shared.dated if is_before(value.key) == of_before}

    def plan(self) -> None:
        tallies: dict[str, list[tuple[Block, Count, ParsedRecord]]] = {}
        for record in self.planner.parsed.records.get("count", ()):
            if told := self._told(record):
                tallies.setdefault(told[1].key, []).append(told)
        for key, rows in tallies.items():
            self._tally(key, rows)
        told_of: dict[str, Block] = {}
        for record in self.planner.parsed.records.get("stated", ()):
            if told := self._told(record):
                self._stated(*told)
                told_of[told[0].key] = told[0]
        for block in told_of.values():
            self._compare_day(block)

    def _compare_day(self, block: Block) -> None:
        """List a day over stated figures that is not the report's: they have none of their own."""
        said, day = self.dates.get(block.key), date.fromisoformat(self.planner.part.as_at_on)
        if said and said.value.latest != day:
            words = f"the report is as at {day.day} {day:%B %Y}, and figures stated in it have no other day"
            self.planner.ignore(said, f"the figures below it are taken, but not the day: {words}")

    def _told(self, record: ParsedRecord) -> tuple[Block, Count, ParsedRecord] | None:
        """A row with what it counts for; None where it has no place in the report, which is said of its values."""
        block = self.blocks[record.block]
        count = count_of(block, record)
        if count is not None and block.section in self.titles:
            return block, count, record
        because = "the layout has no such row" if count is None else "the report template has no such section"
        for value in self._values(block, record):
            if value.words:
                self.planner.ignore(value, because)
        return None

    def _values(self, block: Block, record: ParsedRecord) -> Iterator[ParsedValue]:
        """The figures of a row that are of the period in question."""
        label = block.fields[0].key
        for key, value in record.values.items():
            if key != label and is_before(key) == self.of_before:
                yield value

    def _tally(self, key: str, rows: list[tuple[Block, Count, ParsedRecord]]) -> None:
        planner = self.planner
        if not any(True for block, _, record in rows for _ in self._values(block, record)):
            return
        section = rows[0][0].section
        planner.speaks_of(section)
        row = next((one for one in planner.held.base_rows(planner.target, Tally) if one.key == key), None)
        stood = next((one for one in planner.held.earlier(planner.target, Tally) if one.key == key), None)
        fields: list[PlannedField | None] = []
        title = rows[0][1].labels[0]
        for place, (block, count, record) in enumerate(rows, start=1):
            words = str(record.value(block.fields[0].key)).strip(" :")
            title = words if count.is_total else title
            for value in self._values(block, record):
                column = count.column or self._column(value)
                label = f"{words}, {column}" if column else words
                if count.is_total and not self._is_of_a_part(value):
                    fields.append(self._total(value, label, row, stood, self._day(block)))
                else:
                    name = f"count@{place} {column}"[:60]
                    fields.append(self._line(value, (words, column), count, name, label, row, stood))
        as_of = self._day(rows[0][0]).isoformat()
        made_with = {"key": key, "section": section, "title": row.title if row else title, "as_of": as_of}
        planner.add(self.titles[section], row.title if row else title, Tally, row, fields, made_with=made_with)

    def _column(self, value: ParsedValue) -> str:
        """The heading of the column of a figure, where a row has several of one period."""
        return self.planner.shared.label_of(value.key) if "@" in value.key else ""

    @staticmethod
    def _is_of_a_part(value: ParsedValue) -> bool:
        return value.key.partition("@")[0].endswith(".part")

    def _day(self, block: Block) -> date:
        """The day that counts are of: the one over their column, else the report's."""
        said = self.dates.get(block.key)
        return said.value.latest if said else date.fromisoformat(self.planner.part.as_at_on)

    def _total(self, value: ParsedValue, label: str, row, stood, as_of: date) -> PlannedField | None:
        columns = {"total": value.value, "as_of": as_of}
        column = Column(value.key, "total", "number")
        one = self.planner.field(value, column, Tally, row, stood, columns=columns)
        if one is not None:
            one.label = label
        return one

    def _line(self, value, told: tuple[str, str], count: Count, name: str, label: str, row, stood):
        """One count; its line is known by its words and its column, as the record writes them."""
        line, earlier = _line_of(row, told), _line_of(stood, told)
        tag = BETWEEN.join((line.label, line.column) if line else told)
        new: dict[str, Any] = {"count": value.value}
        if line is None:
            new["kinds"] = list(count.kinds)
        before = {column: getattr(line, column) if line else None for column in new}
        if (value.value is None and before["count"] is None) or not self.planner.check(TallyLine, value, new):
            return None
        planned = PlannedField(
            name=name,
            label=label,
            action=UNCHANGED,
            old=_words(before["count"]),
            new=_words(value.value),
            sheet=value.sheet,
            cell=value.cell,
            columns={f"{column}@{tag}": plain(one) for column, one in new.items()},
            before={f"{column}@{tag}": plain(one) for column, one in before.items()},
        )
        if before["count"] != value.value:
            planned.action = CREATE if before["count"] is None else UPDATE
            if row is not None:
                planned.because = self.planner.why_conflict(row, stood, name, before, line, earlier)
            self.planner.settle(planned, value)
        return planned

    def _stated(self, block: Block, count: Count, record: ParsedRecord) -> None:
        planner = self.planner
        rows = {one.key: one for one in planner.held.base_rows(planner.target, StatedFigure)}
        stood = {one.key: one for one in planner.held.earlier(planner.target, StatedFigure)}
        title = IN_BRACKETS.sub("", str(record.value(block.fields[0].key)).strip(" :"))
        for value in self._values(block, record):
            planner.speaks_of(block.section)
            figure = FIGURE.search(value.words)
            columns = {"words": value.words, "amount": Decimal(figure[0].replace(",", "")) if figure else None}
            row = rows.get(count.key)
            one = planner.field(
                value, Column(value.key, "words"), StatedFigure, row, stood.get(count.key), columns=columns
            )
            if one is not None:
                one.label = title
            made_with = {"key": count.key, "title": title}
            planner.add(self.titles[block.section], title, StatedFigure, row, [one], made_with=made_with)


def is_before(key: str) -> bool:
    """Whether the values of a column are of the period before."""
    return key.partition(".")[2] == "before"


def _line_of(row: Tally | None, told: tuple[str, str]) -> TallyLine | None:
    wanted = tuple(map(squeeze, told))
    lines = row.lines.all() if row is not None else ()
    return next((one for one in lines if (squeeze(one.label), squeeze(one.column)) == wanted), None)


def _words(count: int | None) -> str:
    return "" if count is None else f"{count:,}"


def plan_notices(planner: "PartPlanner") -> None:
    """Plan the sentences that the report calls attention to, each kind held against the report's own of that kind."""
    records = planner.parsed.records.get("notice", ())
    kinds = dict.fromkeys(str(one.value("notice.kind")) for one in records if one.value("notice.kind"))
    titles = {section.key: section.title for section in planner.template.sections.all()}
    held = planner.held.base_rows(planner.target, Notice)
    for kind in kinds:
        own = [one for one in records if one.value("notice.kind") == kind]
        section, title = NOTICE_SECTIONS[kind]
        if section not in titles:
            for value in (value for one in own for value in one.values.values() if value.words):
                planner.ignore(value, "the report template has no such section")
            continue
        planner.speaks_of(section)
        rows = [one for one in held if one.kind == kind and one.source_id is None and not one.is_removed]
        _notices(planner, own, rows, titles[section] or title)


def _notices(planner: "PartPlanner", records: list[ParsedRecord], rows: list[Notice], section: str) -> None:
    earlier = planner.held.earlier(planner.target, Notice)
    matched = match_records(
        [("", str(one.value("notice.area") or ""), str(one.value("notice.text") or "")) for one in records],
        [("", one.area, one.text) for one in rows],
    )
    for record, index in zip(records, matched, strict=True):
        row = rows[index] if index is not None else None
        stood = next((one for one in earlier if row and (one.kind, one.text) == (row.kind, row.text)), None)
        fields = [
            planner.field(record.values.get(f"notice.{name}"), Column(f"notice.{name}", name), Notice, row, stood)
            for name in ("kind", "area", "text")
        ]
        planner.add(section, str(record.value("notice.area") or section), Notice, row, fields)
    taken = {index for index in matched if index is not None}
    planner.part.not_in_file += [
        {"section": section, "title": one.text} for place, one in enumerate(rows) if place not in taken
    ]
