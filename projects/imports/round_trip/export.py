"""Write a workbook to work in: a sheet a table, with lists to choose from, real dates and figures, and guarded keys."""

import io
import re
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from projects.forms.editing import Scales
from projects.imports.round_trip.identity import NAME, HeldReport, HeldRow, Identity, key_of
from projects.imports.round_trip.scope import Scope
from projects.imports.round_trip.sheets import Column, Pattern, Sheet
from projects.imports.round_trip.values import WITHHELD, Ways, in_cell, shown
from projects.models import Post
from projects.rules.kinds import Kind
from projects.tables import is_withheld

KEY, VERSION, PROJECT, EXEMPT = "Portal key", "Version", "Project", "Exempt"
LISTS, INSTRUCTIONS = "Lists", "Instructions"
SPARE_ROWS = 500  # below the last row, that lists and formats still reach
WIDTHS = {"long": 48, "text": 18, "post": 24, "written": 18, "day": 16, "money": 16, "number": 10, "status": 18,
          "choice": 18, "yes": 10}  # fmt: skip
WIDE = {"title": 44, "text": 90, "cells": 60, "ref": 8}
FORMATS = {"money": '"£"#,##0.00;[Red]-"£"#,##0.00', "number": "0.##", "written": "dd/mm/yyyy", "day": "dd/mm/yyyy"}
POUNDS = '"£"#,##0;[Red]-"£"#,##0'
TINTS = {
    Kind.ON_TRACK: "D9EAD3",
    Kind.DONE: "CFE2F3",
    Kind.WATCH: "FFF2CC",
    Kind.AT_RISK: "FCE5CD",
    Kind.OFF_TRACK: "F4CCCC",
}
ESCAPES = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
HEAD = PatternFill("solid", fgColor="1F3864")
GREY = PatternFill("solid", fgColor="E7E6E6")
LINE = Border(bottom=Side("hair", color="999999"))
KEY_WARNING = "The portal tells the row by this key. Leave it as it is; leave it blank beside a new row."
LEAVE_ALONE = "This is here for you to read. It is changed in the portal."


def workbook_of(scope: Scope, user) -> bytes:
    """The workbook as the bytes of an .xlsx file. `user` None may see everything."""
    return _Writer(scope, user).write()


class _Looks:
    """The styles of cells, each made once: thousands of cells share one."""

    def __init__(self, sheet):
        self.sheet = sheet
        self.known: dict[tuple, Any] = {}

    def cell(self, value: Any, *, fill=None, font=None, number_format="", locked=False, quoted=False) -> WriteOnlyCell:
        cell = WriteOnlyCell(self.sheet, value)
        if isinstance(value, str):
            cell.value, cell.data_type = ESCAPES.sub("_x005F_", value), "s"
        key = (id(fill), id(font), number_format, locked, quoted)
        if key not in self.known:
            self.known[key] = self._style(fill, font, number_format, locked, quoted)
        cell._style = self.known[key]
        return cell

    def _style(self, fill, font, number_format, locked, quoted):
        cell = WriteOnlyCell(self.sheet, None)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        cell.protection = Protection(locked=locked)
        cell.border = LINE
        if fill is not None:
            cell.fill = fill
        if font is not None:
            cell.font = font
        if number_format:
            cell.number_format = number_format
        if quoted:  # what begins as a formula does stays text, even after somebody has been in the cell
            cell.quotePrefix = True
        return cell._style


class _Writer:
    def __init__(self, scope: Scope, user):
        self.scope = scope
        self.user = user
        council = scope.organisation
        self.scales = Scales(council)
        self.ways = Ways(
            {str(status.pk): status.label for status in self.scales.all},
            council.is_day_first,
            council.financial_year_start,
        )
        self.identity = Identity(
            council.slug, council.name, scope.node.slug, scope.of, f"{timezone.localtime():%Y-%m-%d %H:%M}"
        )
        self.lists: dict[tuple[str, ...], str] = {}
        self.book = Workbook(write_only=True)
        self.names = project_names(scope.reports)
        self.is_many = len(scope.reports) > 1

    def write(self) -> bytes:
        instructions = self.book.create_sheet(INSTRUCTIONS)
        for report in self.scope.reports:
            held = HeldReport(report.pk, report.version, not report.is_frozen, report.node.slug, self.names[report.pk])
            self.identity.reports[report.pk] = held
        counts = [(sheet, self._sheet(sheet, self.scope.rows[sheet.key])) for sheet in self.scope.sheets]
        self._instructions(instructions, counts)
        self._lists()
        portal = self.book.create_sheet(NAME)
        portal.sheet_state = "hidden"
        portal.protection.sheet = True
        for line in self.identity.lines():
            portal.append([_text(portal, word) for word in line])
        self.book.properties.title = self.scope.words
        self.book.properties.creator = self.scope.organisation.name
        kept = io.BytesIO()
        self.book.save(kept)
        return kept.getvalue()

    # a table

    def _sheet(self, sheet: Sheet, rows: list) -> int:
        pattern = Pattern(sheet, rows, self.scales, self.scope.reports[0])
        page = self.book.create_sheet(sheet.title)
        self.identity.sheets[sheet.key] = sheet.title
        self.identity.columns[sheet.key] = pattern.columns
        shows_exempt = any(getattr(row, "is_exempt", False) for row in rows) and not sheet.is_of_report
        before = [PROJECT] if self.is_many else []
        before += [sheet.about[0]] if sheet.about else []
        after = [*([EXEMPT] if shows_exempt else []), KEY, VERSION]
        heads = [*before, *(column.label for column in pattern.columns), *after]
        self._set_up(page, before, pattern.columns, after, len(rows), sheet)
        looks = _Looks(page)
        white = Font(bold=True, color="FFFFFF")
        page.append([looks.cell(head, fill=HEAD, font=white, locked=True) for head in heads])
        formats = {column.name: self._format(column, rows) for column in pattern.columns}
        for row in rows:
            texts = pattern.texts_of(row)
            report = row if sheet.is_of_report else row.report
            cells = [looks.cell(self.names[report.pk], fill=GREY)] if self.is_many else []
            if sheet.about:
                cells.append(looks.cell(in_cell(sheet.about[1](row)), fill=GREY))
            for column in pattern.columns:
                if column.name not in texts:
                    cells.append(looks.cell(None, fill=GREY))
                elif self.user is not None and is_withheld(row, column.name, self.user):
                    del texts[column.name]
                    cells.append(looks.cell(WITHHELD, fill=GREY))
                else:
                    cells.append(self._cell(looks, column, texts[column.name], formats[column.name]))
            if shows_exempt:
                cells.append(looks.cell("Yes" if row.is_exempt else "", fill=GREY))
            key = key_of(sheet.key, row.pk, self.identity.organisation)
            self.identity.rows[key] = HeldRow(sheet.key, row.pk, report.pk, row.version, texts)
            page.append([*cells, looks.cell(key, fill=GREY), looks.cell(row.version, fill=GREY)])
        return len(rows)

    def _cell(self, looks: _Looks, column: Column, text: str, number_format: str) -> WriteOnlyCell:
        value = shown(column, text, self.ways)
        if isinstance(value, str):
            number_format = "@" if column.kind in ("text", "long", "post", "written", "day") else ""
        is_like_a_formula = isinstance(value, str) and value[:1] in "=+-@'"
        return looks.cell(value, number_format=number_format, quoted=is_like_a_formula)

    def _format(self, column: Column, rows: list) -> str:
        """How the figures of a column are written: pounds without pence where none of them has any."""
        if column.kind != "money":
            return FORMATS.get(column.kind, "")
        amounts = [getattr(row, column.name, None) for row in rows]
        return FORMATS["money"] if any(each % 1 for each in amounts if isinstance(each, Decimal)) else POUNDS

    def _set_up(self, page, before: list, columns: list[Column], after: list, count: int, sheet: Sheet) -> None:
        """Widths, formats, lists and protection; those below the last row are for rows that are added."""
        last = count + 1 + (SPARE_ROWS if sheet.adds else 0)
        width = len(before) + len(columns) + len(after)
        page.freeze_panes = f"{get_column_letter(len(before) + 1 + self._frozen(columns))}2"
        page.print_title_rows = "1:1"
        page.page_setup.orientation = "landscape"
        page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
        page.sheet_properties.pageSetUpPr.fitToPage = True
        page.auto_filter.ref = f"A1:{get_column_letter(width)}{max(count + 1, 2)}"
        for number in range(1, width + 1):
            page.column_dimensions[get_column_letter(number)].protection = Protection(locked=not sheet.adds)
            page.column_dimensions[get_column_letter(number)].alignment = Alignment(wrap_text=True, vertical="top")
        for number, _ in enumerate(before, start=1):
            page.column_dimensions[get_column_letter(number)].width = 34
        for number, column in enumerate(columns, start=len(before) + 1):
            letter = get_column_letter(number)
            page.column_dimensions[letter].width = WIDE.get(column.name, WIDTHS[column.kind])
            if column.kind in FORMATS:
                page.column_dimensions[letter].number_format = FORMATS[column.kind]
            area = f"{letter}2:{letter}{last}"
            if check := self._check(column, area):
                page.data_validations.append(check)
            if column.kind == "status":
                self._tint(page, column, area)
        for number, _ in enumerate(after, start=len(before) + len(columns) + 1):
            page.column_dimensions[get_column_letter(number)].width = 12
        self._guard(page, before, after, width, last, sheet)
        allowed = ("formatCells", "formatColumns", "formatRows", "sort", "autoFilter")
        for name in (*allowed, *(("insertRows", "deleteRows") if sheet.adds else ())):
            setattr(page.protection, name, False)  # False is not forbidden
        page.protection.sheet = True

    @staticmethod
    def _frozen(columns: list[Column]) -> int:
        """How many columns stay in view: the reference and what the row is about."""
        names = [column.name for column in columns[:2]]
        return 2 if names == ["ref", "title"] else 1 if names[:1] == ["title"] else 0

    def _check(self, column: Column, area: str) -> DataValidation | None:
        """The list to choose from. Statuses and codes are chosen; posts are offered and others may be written."""
        offers = self._posts if column.kind == "post" else column.offers
        if not offers:
            return None
        check = DataValidation("list", formula1=self._list(tuple(offers)), allow_blank=True, sqref=area)
        if column.kind == "post":
            check.showErrorMessage = False
            return check
        check.showErrorMessage, check.errorStyle = True, "stop"
        check.errorTitle, check.error = "Not in the list", f"Choose one of the list for {column.label}."[:220]
        return check

    @cached_property
    def _posts(self) -> tuple[str, ...]:
        posts = Post.objects.filter(organisation=self.scope.organisation, is_archived=False)
        return tuple(posts.order_by("title").values_list("title", flat=True))

    def _list(self, offers: tuple[str, ...]) -> str:
        """Where on the sheet of lists the offers stand; each list is written once."""
        if offers not in self.lists:
            letter = get_column_letter(len(self.lists) + 1)
            self.lists[offers] = f"'{LISTS}'!${letter}$1:${letter}${len(offers)}"
        return self.lists[offers]

    def _tint(self, page, column: Column, area: str) -> None:
        """The colour of a status behind its word."""
        for status in {status.label: status for status in self.scales.all if status.label in column.offers}.values():
            if tint := TINTS.get(Kind(status.kind)):
                label = status.label.replace('"', '""')
                rule = CellIsRule(operator="equal", formula=[f'"{label}"'], fill=PatternFill(bgColor=tint))
                page.conditional_formatting.add(area, rule)

    def _guard(self, page, before: list, after: list, width: int, last: int, sheet: Sheet) -> None:
        """Keys are refused changes by a rule of their own: a locked cell would keep the sheet from being sorted."""
        letter = get_column_letter
        is_new = f"ISBLANK(${letter(width - 1)}2)"  # beside a row without a key: what it is of may be said
        ours = [(width - 1, width, KEY_WARNING, "FALSE")]
        if len(after) > 2:
            ours.append((width - 2, width - 2, LEAVE_ALONE, "FALSE"))
        if sheet.about:
            ours.append((len(before), len(before), LEAVE_ALONE, is_new if sheet.told_by_about else "FALSE"))
        if self.is_many and not sheet.adds:
            ours.append((1, 1, LEAVE_ALONE, "FALSE"))
        elif self.is_many:
            names = tuple(self.names.values())
            offered = DataValidation("list", formula1=self._list(names), allow_blank=True, sqref=f"A2:A{last}")
            offered.showErrorMessage = True
            offered.error = "Choose one of the projects of this workbook."
            page.data_validations.append(offered)
        for first, final, sentence, rule in ours:
            check = DataValidation(
                "custom", formula1=rule, allow_blank=True, sqref=f"{letter(first)}2:{letter(final)}{last}"
            )
            check.showErrorMessage, check.errorStyle = True, "stop"
            check.errorTitle, check.error = "Leave this as it is", sentence
            page.data_validations.append(check)

    # what stands beside

    def _lists(self) -> None:
        page = self.book.create_sheet(LISTS)
        page.sheet_state = "hidden"
        longest = max((len(offers) for offers in self.lists), default=0)
        for place in range(longest):
            page.append([_text(page, offers[place]) if place < len(offers) else None for offers in self.lists])

    def _instructions(self, page, counts: list[tuple[Sheet, int]]) -> None:
        page.column_dimensions["A"].width = 30
        page.column_dimensions["B"].width = 90
        page.protection.sheet = True
        looks = _Looks(page)
        page.append([looks.cell(self.scope.words, font=Font(bold=True, size=16))])
        made = f"{self.scope.organisation.name}. Made on {timezone.localtime():%-d %B %Y at %H:%M}."
        page.append([looks.cell(made)])
        page.append([])
        for head, words in self._sentences():
            page.append([looks.cell(head, font=Font(bold=True)), looks.cell(words)])
        page.append([])
        white = Font(bold=True, color="FFFFFF")
        page.append([looks.cell(head, fill=HEAD, font=white) for head in ("Sheet", "What it takes")])
        for sheet, count in counts:
            takes = "rows can be added and taken out." if sheet.adds else f"no rows can be added. {sheet.why_no_rows}"
            page.append([looks.cell(sheet.title), looks.cell(f"{count} row{'' if count == 1 else 's'}; {takes}")])

    def _sentences(self) -> list[tuple[str, str]]:
        told = [
            ("What to do", "Change the white cells. Save the workbook, then bring it back in the portal: on the page of"
             f" {self.scope.node.title}, Work on this in a spreadsheet. You see every difference before anything is"
             " changed."),
            ("Choosing", "Cells with a list take what the list offers. Posts are offered, and others may be written."),
            ("Dates", "A date, or words as in the portal: Mar-20, Autumn 2018, monthly."),
            ("Money", "In pounds. A blank cell is not stated, which is not nought."),
            ("New rows", "Write below the last row and leave the key blank, where the sheet lets rows be added; below"
             " you see which do."),
            ("Rows taken out", "Delete a row, and the portal asks whether to take it out. Nothing goes in silence."),
            ("Grey cells", "Leave them: the portal tells rows by their keys. Sort, filter and hide as you like."),
            ("Others at work", "What others change meanwhile is kept. Where both of you change one cell, you choose."),
        ]  # fmt: skip
        if self.scope.of == "report":
            told.append(
                (
                    "Not in here",
                    "Requests for change, dependencies of the map, and what meetings decide or ask to"
                    " be done have their own pages: each of them is decided or recorded there.",
                )
            )
        told += [("Where it goes", words) for words in self._where()]
        if any(getattr(row, "is_exempt", False) for rows in self.scope.rows.values() for row in rows):
            told.append(("Not for publication", "This workbook holds exempt rows. Keep it from the public."))
        if self.scope.left_out:
            told.append(("Left out", f"{self.scope.left_out} of the list that you may not edit, or without a report."))
        return told

    def _where(self) -> list[str]:
        if self.is_many:
            return ["Into the draft of each project's report; a draft is opened where none is open."]
        report = self.scope.reports[0]
        when = report.period_label or str(report.as_at_on)
        if report.is_open:
            return [f"Into the open draft of the {when} report."]
        if report.is_frozen:
            return [f"This is what the approved {when} report says. Changes go into the draft that follows it."]
        return [
            f"The {when} report is {report.get_state_display().lower()}. Have it returned before you bring this back."
        ]


def _text(page, words: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(page)
    cell.value, cell.data_type = ESCAPES.sub("_x005F_", in_cell(words) or ""), "s"
    cell.number_format = "@"
    return cell


def project_names(reports: list) -> dict[int, str]:
    """{report: what the column of projects calls it}; of two alike each gets its reference or slug."""
    titles = [report.title for report in reports]
    return {
        report.pk: in_cell(report.title)
        if titles.count(report.title) == 1
        else f"{report.title} ({report.reference or report.node.slug})"
        for report in reports
    }
