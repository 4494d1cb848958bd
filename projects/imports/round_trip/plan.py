"""What a workbook to work in changes: what stood in it when it was made, what the portal says now, what it says.

What only the workbook changed is brought in, what only the portal changed is kept and told, what both changed is put
to a person. The forms of the report editor judge every answer.
"""

import json
import re
from collections.abc import Iterable
from copy import copy
from decimal import Decimal

from django.forms import BooleanField

from projects.actions.indicators import FIGURES
from projects.actions.reports import is_critical_path_only, row_key
from projects.actions.savings import AMOUNTS
from projects.forms.editing import RowForm, Scales, plain
from projects.forms.fields import WrittenDateInput
from projects.imports.cells import Workbook
from projects.imports.layout import squeeze
from projects.imports.mapping import is_blank
from projects.imports.mapping import plain as as_json
from projects.imports.planned import (
    CONFLICT,
    CREATE,
    ROUND_TRIP,
    UNCHANGED,
    UPDATE,
    ImportPlan,
    PartPlan,
    PlannedField,
    PlannedRow,
)
from projects.imports.problems import CellProblem, WorkbookRefused
from projects.imports.round_trip.identity import HeldRow, Identity
from projects.imports.round_trip.read import Reader, ReadRow, Returned
from projects.imports.round_trip.sheets import BUDGETS, SHEETS, Sheet, line_of, words_of
from projects.imports.round_trip.targets import Goal, goals_of
from projects.imports.round_trip.values import Ways
from projects.imports.target import fingerprint
from projects.measures import Judge
from projects.models import (
    Budget,
    IndicatorUpdate,
    IndicatorValue,
    Organisation,
    PlanItemUpdate,
    Report,
    ReportRow,
    Status,
)
from projects.models.base import with_related
from projects.rules.indicators import read_figure
from projects.rules.money import Problem, parse_money
from projects.tables import is_withheld

MOST_KEPT = 60  # sentences on what the portal alone changed
REMOVED = "is_removed"
SPENT = frozenset({"actual", "committed", "emergency"})  # what a budget says that is reported by what is spent


def plan_round_trip(
    workbook: Workbook, identity: Identity, organisation: Organisation, *, name: str, by=None
) -> ImportPlan:
    """Hold a workbook that comes back against the record. WorkbookRefused where it is another council's.

    `by` None may see and do everything; otherwise the plan speaks only of what the person may see.
    """
    if identity.organisation != organisation.slug:
        raise WorkbookRefused(
            f"This workbook was made for {identity.council}, not for {organisation.name}. Nothing of it can be"
            " brought in here."
        )
    return _Planner(identity, organisation, name, by).make(workbook)


class _Planner:
    def __init__(self, identity: Identity, organisation: Organisation, name: str, by):
        self.identity = identity
        self.organisation = organisation
        self.by = by
        self.scales = Scales(organisation)
        labels = {str(status.pk): status.label for status in self.scales.all}
        self.ways = Ways(labels, organisation.is_day_first, organisation.financial_year_start)
        self.plan = ImportPlan(layout=ROUND_TRIP, file_name=name)
        self.parts: dict[int, PartPlan] = {}
        self.goals: dict[int, Goal] = {}
        self.kept: list[CellProblem] = []
        self.judge = Judge(organisation)

    def make(self, workbook: Workbook) -> ImportPlan:
        returned = Reader(self.identity, self.ways).read(workbook)
        sheet = workbook.sheets[0].name
        self.plan.errors = list(returned.errors)
        self.plan.warnings = [*(CellProblem(sheet, "", note, "warning") for note in workbook.notes), *returned.warnings]
        self.plan.ignored = list(returned.ignored)
        self.plan.as_they_are = returned.same
        self._settle(returned)
        self.plan.parts = [part for part in self.parts.values() if part.rows]
        self._order_parts()
        self.plan.warnings += self._told_kept()
        self.plan.base = fingerprint(self.organisation, self.plan.parts)
        return self.plan

    # which rows

    def _settle(self, returned: Returned) -> None:
        moved = self._moved()
        touched = {row.key for row in returned.rows if row.held} | set(returned.missing) | moved
        held = self.identity.rows
        new = [(row, self._report_of_new(row)) for row in returned.rows if row.held is None]
        wanted = {held[key].report for key in touched} | {pk for _, pk in new if pk}
        self.goals = goals_of((self.identity.reports[pk] for pk in sorted(wanted)), self.organisation, self.by)
        rows = self._rows_now(touched)
        changed = {row.key for row in returned.rows}
        for read in returned.rows:
            if read.held is not None and read.held.report in self.goals:
                self._plan_row(read, rows.get(read.key))
        for key in sorted(moved - changed - set(returned.missing)):
            self._tell_kept(key, rows.get(key), ())
        self._plan_new(new)
        for key in returned.missing:
            self._plan_missing(key, rows.get(key))

    def _moved(self) -> set[str]:
        """Rows that somebody has saved since the workbook was made."""
        versions = {
            (sheet.key, pk): version
            for sheet, pks in self._pks(self.identity.rows).items()
            for pk, version in sheet.model.objects.filter(pk__in=pks).values_list("pk", "version")
        }
        return {
            key
            for key, row in self.identity.rows.items()
            if versions.get((row.sheet, row.pk), row.version) != row.version
        }

    def _pks(self, keys: Iterable[str]) -> dict[Sheet, list[int]]:
        by_sheet: dict[str, list[int]] = {}
        for key in keys:
            row = self.identity.rows[key]
            by_sheet.setdefault(row.sheet, []).append(row.pk)
        return {SHEETS[sheet]: pks for sheet, pks in by_sheet.items()}

    def _rows_now(self, keys: set[str]) -> dict[str, ReportRow | Report]:
        """The rows of the record that keys stand for now: those of the reports that changes go into.

        What the person may not see is not among them, as if it were gone.
        """
        found = {}
        elsewhere = {goal.held.pk for goal in self.goals.values() if goal.held and not goal.is_same}
        for sheet, pks in self._pks(keys).items():
            if sheet.is_of_report:
                seen = self._reports_seen()
                found |= {(sheet.key, pk): self.goals[pk].held for pk in pks if pk in self.goals and pk in seen}
                continue
            made_of = {row.pk: row for row in self._read(sheet, pk__in=pks)}
            by_key = {}
            if elsewhere:
                by_key = {(row.report_id, row_key(row)): row for row in self._read(sheet, report__in=elsewhere)}
            for pk, row in made_of.items():
                goal = self.goals.get(row.report_id)
                if goal is None or goal.held is None:
                    continue
                now = row if goal.is_same else by_key.get((goal.held.pk, row_key(row)))
                if now is not None:
                    now.report = goal.held
                    found[sheet.key, pk] = now
        rows = self.identity.rows
        return {key: row for key in keys if (row := found.get((rows[key].sheet, rows[key].pk))) is not None}

    def _reports_seen(self) -> set[int]:
        """The reports of the workbook of which the one that changes go into is one the person may see."""
        held = {pk: goal.held.pk for pk, goal in self.goals.items() if goal.held}
        if self.by is None:
            return set(held)
        seen = set(Report.objects.filter(pk__in=held.values()).visible_to(self.by).values_list("pk", flat=True))
        return {pk for pk, into in held.items() if into in seen}

    def _read(self, sheet: Sheet, **lookup) -> list[ReportRow]:
        rows = sheet.model.objects.filter(organisation=self.organisation, **lookup, **sheet.where)
        if self.by is not None:
            rows = rows.visible_to(self.by)
        rows = with_related(rows, sheet.followed).prefetch_related(*sheet.model.beneath)
        return list(rows.order_by("order", "pk"))

    def _part(self, report: int) -> PartPlan:
        if report not in self.parts:
            self.parts[report] = self.goals[report].part()
        return self.parts[report]

    def _order_parts(self) -> None:
        order = list(self.identity.reports)
        self.plan.parts.sort(key=lambda part: order.index(int(part.key[1:])))

    # a row that was there

    def _plan_row(self, read: ReadRow, row) -> None:
        goal = self.goals[read.held.report]
        if goal.because:
            self._refuse_row(read, goal, row, goal.because)
            return
        if row is None or getattr(row, REMOVED, False):
            self._refuse_row(read, goal, row, "The row was taken out of the report since the workbook was made.")
            return
        form = self._form(read, row, goal)
        if form is None:
            return
        planned = PlannedRow(read.key, read.sheet.title, title_of(read.sheet, row), row._meta.model_name, row.pk,
                             self._identity_of(read.sheet, row), [])  # fmt: skip
        clashes = set(form.clashes())
        for name, at in read.cells.items():
            if name in FIGURES and isinstance(row, IndicatorUpdate) and row.current is None:
                self._fail(read, name, "The report has no place for figures of its period yet. Fill them in there.")
            elif name in form.fields and name not in form.errors:
                planned.fields.append(self._field(read, form, row, name, at, name in clashes))
        if planned.fields:
            self._part(read.held.report).rows.append(planned)
        if read.held.version != row.version or not goal.is_same:
            self._tell_kept(read.key, row, read.changed, form)

    def _form(self, read: ReadRow, row, goal: Goal) -> RowForm | None:
        """The editor's form of the row, as if the page of the time were sent in with the cells that were changed."""
        shape = read.sheet.shape_of(goal.held)
        said = {"previous": None, "report": goal.held, "scales": self.scales}
        blank = shape(row, **said)
        for name in list(read.changed):
            if name not in blank.fields:
                self._fail(read, name, "This is not asked of this row in the portal. Clear the cell.")
                del read.changed[name], read.cells[name]
        answers = self._answers(read, blank)
        opened = {name: read.held.texts.get(name, text) for name, text in blank.in_record.items()}
        version = read.held.version if goal.is_same else 0
        form = shape(row, data=self._posted(blank, {**opened, **answers}, opened, version), **said)
        if not form.is_valid():
            sound = shape(row, data=self._posted(blank, opened, opened, version), **said)
            for name, sentences in form.errors.items():
                if name in read.changed or name not in sound.errors:
                    self._fail(read, name, " ".join(sentences))
        return form

    def _posted(self, form: RowForm, answers: dict, opened: dict, version) -> dict:
        """What the page of the editor would send in; a tick that is not set is not sent."""
        sent = {
            form.add_prefix(name): text
            for name, text in answers.items()
            if text or not isinstance(form.fields[name], BooleanField)
        }
        return {**sent, form.version_name: str(version), form.typed_name: json.dumps(opened)}

    def _answers(self, read: ReadRow, form: RowForm) -> dict[str, str]:
        """The changed answers as the boxes take them: a status by its number in the scheme that the row is rated by."""
        answers = {}
        for name, text in read.changed.items():
            box = form.fields[name]
            if hasattr(box, "statuses") and text:
                status = _status_called(text, box.statuses.values())
                if status is None:
                    offered = ", ".join(each.label for each in box.statuses.values())
                    self._fail(read, name, f"“{text}” is none of the statuses: {offered}.")
                    text = read.held.texts.get(name, "") if read.held else ""
                else:
                    text = str(status.pk)
            answers[name] = text
        return answers

    def _field(self, read: ReadRow, form: RowForm, row, name: str, at: str, is_clash: bool) -> PlannedField:
        base, now, new = read.held.texts.get(name, ""), form.text_of(row, name), form.posted_text(name)
        columns, before = self._columns(form, row, name)
        field = PlannedField(
            name,
            str(form.fields[name].label),
            UNCHANGED,
            form.words(name, now),
            form.words(name, new),
            read.page,
            at,
            columns,
            before,
            base=form.words(name, base),
        )
        if plain(now) == plain(new) or columns == before:
            return field  # the record says so already, in these words or others
        if is_clash:
            field.action = CONFLICT
            field.because = (
                f"Both were changed. When the workbook was made it said {_quoted(field.base)}; since then the portal"
                f" was changed to {_quoted(field.old)} and the workbook to {_quoted(field.new)}."
            )
        else:
            field.action = CREATE if all(is_blank(value) for value in before.values()) else UPDATE
            field.because = _kept_as_words(form, name)
        return field

    def _columns(self, form: RowForm, row, name: str) -> tuple[dict, dict]:
        """What would be written of an answer and what stands there, by column: those of lines by column and tag."""
        if name in getattr(form, "boxes_of_amounts", ()):
            tag = line_of(name)
            return {tag: as_json(form.cleaned_data[name])}, {tag: as_json(getattr(row, name))}
        if name in FIGURES and isinstance(row, IndicatorUpdate):
            return self._figure(form, row, name)
        columns, before = {}, {}
        for column, value in form.changes([name]).items():
            stood = getattr(row, column)
            if isinstance(value, Status) or isinstance(stood, Status):
                column, value, stood = f"{column}_id", value.pk if value else None, stood.pk if stood else None
            columns[column], before[column] = as_json(value), as_json(stood)
        return columns, before

    def _figure(self, form: RowForm, row: IndicatorUpdate, name: str) -> tuple[dict, dict]:
        """A figure of the report's period in words and read, and the status where it goes with the figures."""
        line = row.current
        words = form.cleaned_data[name].strip()
        names = [name.removesuffix("_words"), *([name] if name != "comparator_words" else [])]
        said = {names[0]: read_figure(words, row.indicator.unit), **dict.fromkeys(names[1:], words)}
        columns = {f"{each}@{line.measured}": as_json(value) for each, value in said.items()}
        before = {f"{each}@{line.measured}": as_json(getattr(line, each)) for each in said}
        follows = row.status_id is None or row.status == self.judge.status_of(self.judge.rating(row, line))
        if follows and "status" not in form.changed_names():
            status = self.judge.status_of(self.judge.rating(row, _with_figures(line, form)))
            columns["status_id"], before["status_id"] = status.pk if status else None, row.status_id
        return columns, before

    @staticmethod
    def _identity_of(sheet: Sheet, row) -> int | None:
        name = getattr(sheet.model, "identity_field", None)
        if not name or not sheet.model._meta.get_field(name).is_relation:
            return None
        return getattr(row, f"{name}_id")

    def _refuse_row(self, read: ReadRow, goal: Goal, row, because: str) -> None:
        """Show what differs and cannot be written, so that nothing typed is lost."""
        columns = {column.name: column for column in self.identity.columns[read.sheet.key]}
        is_told = row is not None or read.sheet.is_of_report
        title = title_of(read.sheet, row) if is_told else read.held.texts.get("title", "") or read.key
        now = self._texts(read.sheet, row, goal) if row is not None else {}
        fields = [
            PlannedField(
                name, columns[name].label, CONFLICT, self._words(read, name, now.get(name, "")),
                self._words(read, name, text), read.page, read.cells[name], {}, {}, because, is_fixed=True,
                base=self._words(read, name, read.held.texts.get(name, "")),
            )
            for name, text in read.changed.items()
        ]  # fmt: skip
        model = read.sheet.model._meta.model_name
        planned = PlannedRow(
            read.key, read.sheet.title, title, model, row.pk if row is not None else read.held.pk, None, fields
        )
        self._part(read.held.report).rows.append(planned)

    def _texts(self, sheet: Sheet, row, goal: Goal) -> dict[str, str]:
        """The answers of a row now, less those that are kept from the person."""
        form = sheet.shape_of(goal.held)(row, previous=None, report=goal.held, scales=self.scales)
        return self._open_texts(form)

    def _open_texts(self, form: RowForm) -> dict[str, str]:
        texts = form.in_record
        if self.by is None:
            return texts
        return {name: text for name, text in texts.items() if not is_withheld(form.row, name, self.by)}

    def _words(self, read: ReadRow, name: str, text: str) -> str:
        column = next(each for each in self.identity.columns[read.sheet.key] if each.name == name)
        return words_of(column, text, self.ways.labels) or (text if column.kind == "status" else "")

    # what only the portal changed

    def _tell_kept(self, key: str, row, changed: Iterable[str], form: RowForm | None = None) -> None:
        held = self.identity.rows[key]
        goal = self.goals.get(held.report)
        if goal is None or goal.held is None or row is None or getattr(row, REMOVED, False):
            return
        now = self._open_texts(form) if form else self._texts(SHEETS[held.sheet], row, goal)
        columns = {column.name: column for column in self.identity.columns[held.sheet]}
        for name, base in held.texts.items():
            if name in changed or name not in now or plain(now[name]) == plain(base):
                continue
            column = columns[name]
            was, is_now = (words_of(column, text, self.ways.labels) for text in (base, now[name]))
            self.kept.append(
                CellProblem(
                    self.identity.sheets[held.sheet],
                    "",
                    f"{title_of(SHEETS[held.sheet], row)}, {column.label}: changed in the portal since, from"
                    f" {_quoted(was)} to {_quoted(is_now)}. The portal's is kept.",
                    "warning",
                )
            )

    def _told_kept(self) -> list[CellProblem]:
        if len(self.kept) <= MOST_KEPT:
            return self.kept
        more = len(self.kept) - MOST_KEPT
        said = f"{more} more answers were changed in the portal since. The portal's are kept."
        return [*self.kept[:MOST_KEPT], CellProblem("", "", said, "warning")]

    # rows that are new, and rows that are gone

    def _report_of_new(self, read: ReadRow) -> int | None:
        """The report that a new row goes into: its project's, or the only one of the workbook."""
        reports = self.identity.reports
        if not read.sheet.adds:
            self._fail_row(read, f"Rows cannot be added on the sheet {read.sheet.title}. {read.sheet.why_no_rows}")
            return None
        if len(reports) == 1:
            return next(iter(reports))
        named = [pk for pk, one in reports.items() if squeeze(one.title) == squeeze(read.project)]
        if not named:
            said = f"“{read.project}” is no project of this workbook." if read.project else "The row names no project."
            self._fail_row(read, f"{said} Choose one from the list of the column Project.")
            return None
        return named[0]

    def _plan_new(self, new: list[tuple[ReadRow, int | None]]) -> None:
        placed = [(read, pk) for read, pk in new if pk in self.goals]
        for sheet in dict.fromkeys(read.sheet for read, _ in placed):
            reports = {self.goals[pk].held.pk for read, pk in placed if read.sheet is sheet and self.goals[pk].held}
            there: dict[int, list] = {}
            for row in self._read(sheet, report__in=reports):
                there.setdefault(row.report_id, []).append(row)
            for read, pk in placed:
                if read.sheet is sheet:
                    held = self.goals[pk].held
                    self._plan_new_row(read, pk, there.setdefault(held.pk if held else 0, []))

    def _plan_new_row(self, read: ReadRow, report: int, there: list) -> None:
        goal = self.goals[report]
        title = _title_of_new(read)
        key = f"{read.sheet.key}-new-{read.number}"
        planned = PlannedRow(key, read.sheet.title, title, read.sheet.model._meta.model_name, None, None, [])
        if goal.because:
            planned.fields = self._plain_fields(read, goal.because)
            self._part(report).rows.append(planned)
            return
        alike = next((row for row in there if not row.is_removed and self._is_alike(read, row)), None)
        if alike is not None:
            self._plan_alike(read, report, alike)
            return
        if not self._is_told_what(read, there):
            return
        made_with = self._made_with(read, goal, there)
        row = read.sheet.model(organisation=self.organisation, **made_with)
        said = {"previous": None, "report": goal.held, "scales": self.scales}
        amounts = {name: text for name, text in read.changed.items() if name.rpartition("_")[0] in AMOUNTS}
        blank = read.sheet.form(row, **said)
        answers = {name: text for name, text in self._answers_of_new(read, blank).items() if name not in amounts}
        opened = blank.in_record
        form = read.sheet.form(row, data=self._posted(blank, {**opened, **answers}, opened, ""), **said)
        if not form.is_valid():
            for name, sentences in form.errors.items():
                self._fail(read, name, " ".join(sentences))
            return
        for name in answers:
            columns, before = self._columns(form, row, name)
            planned.fields.append(
                PlannedField(name, str(form.fields[name].label), CREATE, "", form.words(name, form.posted_text(name)),
                             read.page, read.cells[name], columns, before, _kept_as_words(form, name))
            )  # fmt: skip
        for name, text in amounts.items():
            planned.fields += self._amount(read, name, text)
        planned.made_with = made_with
        planned.identity = dict(read.sheet.identity or {})
        row.title = title
        if read.sheet.told_by_about == "title":
            planned.fields.insert(0, PlannedField("title", read.sheet.about[0], CREATE, "", title, read.page,
                                                  read.about_cell, {"title": title}, {"title": ""}))  # fmt: skip
        elif read.sheet.told_by_about:
            planned.identity[read.sheet.told_by_about] = row.told_by_about = read.about
            planned.title = f"{title} ({read.about})"
        there.append(row)  # a second row of the same words is told of as such
        self._part(report).rows.append(planned)

    def _is_told_what(self, read: ReadRow, there: list) -> bool:
        """Whether a new row says what only its grey column can: the name of a budget, the source of what is asked."""
        told_by = read.sheet.told_by_about
        if not told_by:
            return True
        at, head = read.about_cell or read.first_cell, read.sheet.about[0]
        longest = 200  # characters of a title and of a source
        sentence = ""
        if not read.about:
            sentence = f"Say in the column {head} what the new row is of."
        elif len(read.about) > longest:
            sentence = f"{head} may have {longest} characters; this has {len(read.about)}."
        elif told_by == "source" and read.changed.get("ref") in {
            row.ref for row in there if self._source(row) == read.about
        }:
            sentence = f"Another row of the source {read.about} has the reference {read.changed['ref']}."
        if sentence:
            self.plan.errors.append(CellProblem(read.page, at, sentence))
        return not sentence

    @staticmethod
    def _source(row) -> str:
        return getattr(row, "told_by_about", None) or row.source

    def _answers_of_new(self, read: ReadRow, form: RowForm) -> dict[str, str]:
        for name in list(read.changed):
            if name not in form.fields and name.rpartition("_")[0] not in AMOUNTS:
                self._fail(read, name, "This is not asked of a new row. Clear the cell, and fill it in later.")
                del read.changed[name], read.cells[name]
        known = ReadRow(read.sheet, read.page, read.number, None, "", changed={
            name: text for name, text in read.changed.items() if name in form.fields
        }, cells=read.cells)  # fmt: skip
        return self._answers(known, form)

    def _amount(self, read: ReadRow, name: str, text: str) -> list[PlannedField]:
        money = parse_money(text)
        if isinstance(money, Problem):
            self._fail(read, name, money.because)
            return []
        tag = line_of(name)
        label = next(each.label for each in self.identity.columns[read.sheet.key] if each.name == name)
        pounds = money.pounds if money.pounds is None else money.pounds.quantize(Decimal("0.01"))
        return [PlannedField(name, label, CREATE, "", text, read.page, read.cells[name], {tag: as_json(pounds)},
                             {tag: None})]  # fmt: skip

    def _made_with(self, read: ReadRow, goal: Goal, there: list) -> dict:
        made = dict(read.sheet.where)
        if read.sheet is BUDGETS and "forecast" not in read.changed and SPENT.intersection(read.changed):
            made["layout"] = Budget.Layout.SPEND.value
        if read.sheet.has_refs and "ref" not in read.changed:
            made["ref"] = _next_ref([row.ref for row in there])
        if read.sheet.model is PlanItemUpdate:
            sections = goal.held.template.sections.all()
            if any(is_critical_path_only(section, goal.held) for section in sections if section.key == "milestones"):
                made["is_critical_path"] = True
        return made

    def _is_alike(self, read: ReadRow, row) -> bool:
        """Whether a row of the record is the one that the workbook adds: brought in before, or added by somebody."""
        held = self.identity.rows
        known = {one.pk for one in held.values() if one.sheet == read.sheet.key}
        ref = read.changed.get("ref", "")
        return (
            row.pk not in known
            and squeeze(row.title) == squeeze(_title_of_new(read))
            and (not ref or row.ref == ref)
            and (read.sheet.told_by_about != "source" or self._source(row) == read.about)
        )

    def _plan_alike(self, read: ReadRow, report: int, row) -> None:
        """Hold a row without a key against the one that says the same already; where they differ a person decides."""
        goal = self.goals[report]
        if row.pk is None:
            self._fail_row(read, "Another row of this sheet says the same. Take one of them out.")
            return
        row.report = goal.held
        texts = self._texts(read.sheet, row, goal)
        held = HeldRow(read.sheet.key, row.pk, report, row.version, texts)
        again = ReadRow(read.sheet, read.page, read.number, held, f"{read.sheet.key}-{row.pk}-again", read.project,
                        dict(read.changed), dict(read.cells))  # fmt: skip
        form = self._form(again, row, goal)
        planned = PlannedRow(again.key, read.sheet.title, title_of(read.sheet, row), row._meta.model_name, row.pk,
                             self._identity_of(read.sheet, row), [])  # fmt: skip
        for name, at in again.cells.items():
            if name in form.errors:
                continue
            field = self._field(again, form, row, name, at, False)
            if field.action != UNCHANGED:
                field.action = CONFLICT
                field.because = "The portal has a row of this name that the workbook did not have. Which is right?"
            planned.fields.append(field)
        self._part(report).rows.append(planned)

    def _plain_fields(self, read: ReadRow, because: str) -> list[PlannedField]:
        columns = {column.name: column.label for column in self.identity.columns[read.sheet.key]}
        return [
            PlannedField(name, columns[name], CONFLICT, "", self._words(read, name, text), read.page, read.cells[name],
                         {}, {}, because, is_fixed=True)
            for name, text in read.changed.items()
        ]  # fmt: skip

    def _plan_missing(self, key: str, row) -> None:
        """A row that is no longer in the workbook: taken out only where a person says so."""
        held = self.identity.rows[key]
        sheet, goal = SHEETS[held.sheet], self.goals.get(held.report)
        if row is None or getattr(row, REMOVED, False) or goal is None:
            return
        title, page = title_of(sheet, row), self.identity.sheets[held.sheet]
        if not sheet.adds or goal.because:
            why = goal.because or "Rows of this sheet cannot be taken out."
            said = f"{title} is no longer in the workbook; it stays as it is. {why}"
            self.plan.warnings.append(CellProblem(page, "", said, "warning"))
            return
        field = PlannedField(
            REMOVED, "The row", CONFLICT, "In the report", "No longer in the workbook: take it out", page, "",
            {REMOVED: True, "removed_reason": f"Taken out in the workbook {self.plan.file_name}"},
            {REMOVED: False, "removed_reason": ""},
            "The row is no longer in the workbook. Take it out of the report, or keep it?", base="In the report",
        )  # fmt: skip
        planned = PlannedRow(
            key, sheet.title, title, row._meta.model_name, row.pk, self._identity_of(sheet, row), [field]
        )
        self._part(held.report).rows.append(planned)

    # problems

    def _fail(self, read: ReadRow, name: str, sentence: str) -> None:
        at = read.cells.get(name, read.first_cell)
        self.plan.errors.append(CellProblem(read.page, at, sentence))

    def _fail_row(self, read: ReadRow, sentence: str) -> None:
        self.plan.errors.append(CellProblem(read.page, read.first_cell, sentence))


def _kept_as_words(form: RowForm, name: str) -> str:
    """What there is to say of words in the place of a date that name no time; "" for all else."""
    written = form.cleaned_data[name]
    if not isinstance(form.fields[name], WrittenDateInput) or not written.text or written.earliest or written.latest:
        return ""
    return "No date can be read from this. It is kept as it is written, and nothing is reckoned from it."


def _title_of_new(read: ReadRow) -> str:
    return read.about if read.sheet.told_by_about == "title" else read.changed.get("title", "")


def title_of(sheet: Sheet, row) -> str:
    """What a row is called in the preview."""
    if sheet.is_of_report:
        return "The report itself"
    return (sheet.about[1](row) if sheet.about and sheet.key != "recommendations" else str(row)) or sheet.title


def _status_called(words: str, statuses: Iterable[Status]) -> Status | None:
    """The status of that label, as it is written or by its letters alone."""
    statuses = list(statuses)
    exact = (status for status in statuses if status.label == words)
    alike = (status for status in statuses if squeeze(status.label) == squeeze(words))
    return next(exact, None) or next(alike, None)


def _with_figures(line: IndicatorValue, form: RowForm) -> IndicatorValue:
    """The period's line as it would be with the figures that were changed."""
    changed = copy(line)
    for name in set(FIGURES).intersection(form.changed_names()):
        setattr(changed, name.removesuffix("_words"), read_figure(form.cleaned_data[name], form.row.indicator.unit))
    return changed


def _next_ref(refs: list[str]) -> str:
    """One more than the largest number among the references ("A.15" after "A.14")."""
    numbered = [found for ref in refs if (found := re.fullmatch(r"(\D*)(\d+)", ref))]
    lead = "" if any(ref.isdecimal() for ref in refs) or not numbered else numbered[-1][1]
    return f"{lead}{max((int(found[2]) for found in numbered if found[1] == lead), default=0) + 1}"


def _quoted(words: str) -> str:
    return f"“{words}”" if words else "nothing"
