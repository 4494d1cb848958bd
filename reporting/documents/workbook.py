"""A built document's tables as a workbook: every table on a sheet of its own, figures as figures, dates as dates."""

import io
import re
import zipfile
from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from projects.rules.printable import printable
from reporting.documents.contents import DATE, MONEY, PERCENT, THOUSANDS, FieldRow, Fields, Table, WrittenDay, printed
from reporting.documents.document import BuiltDocument

FORMATS = {MONEY: '"£"#,##0;[Red]-"£"#,##0', PERCENT: '0.##"%"', DATE: "d mmmm yyyy", THOUSANDS: "#,##0;[Red]-#,##0"}
PENCE = '"£"#,##0.00;[Red]-"£"#,##0.00'
HEAD_FONT, HEAD_FILL = Font(bold=True), PatternFill("solid", fgColor="DEE4EA")
WRAPPED = Alignment(wrap_text=True, vertical="top")
LONGEST_TITLE = 31
# Dates the file when the document has no date of its own, so that the same document gives the same bytes.
EPOCH = datetime.combine(date(2000, 1, 1), time())


def draw_xlsx(built: BuiltDocument) -> bytes:
    """The document's tables and label/value blocks, a sheet each; a document without any gives its title alone.

    A document of a past day says on a last sheet which day that is, and in which meaning.
    """
    book = Workbook()
    book.remove(book.active)
    for section in built.sections:
        if isinstance(section.content, Fields):
            _fields_sheet(book.create_sheet(_sheet_title(book, section.title)), section.content)
        for table in section.tables:
            _table_sheet(book.create_sheet(_sheet_title(book, table.sheet or section.title)), table)
    if not book.worksheets:
        _put(book.create_sheet(_sheet_title(book, built.title)), 1, 1, built.title)
    if built.masthead.stands_as:
        named = ", ".join(filter(None, (built.title, built.subtitle)))
        about = Fields((FieldRow("Document", named), FieldRow("Drawn", built.masthead.stands_as)))
        _fields_sheet(book.create_sheet(_sheet_title(book, "About this file")), about)
    made_at = datetime.combine(built.masthead.made_on, time()) if built.masthead.made_on else EPOCH
    book.properties.title = printable(built.title)
    book.properties.creator = printable(built.organisation_name)
    book.properties.language = built.language
    book.properties.created = made_at
    saved = io.BytesIO()
    book.save(saved)
    return undated(saved.getvalue())


def undated(package: bytes) -> bytes:
    """An Office file without the moment of its saving, which would make every copy differ."""
    settled = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as before, zipfile.ZipFile(settled, "w", zipfile.ZIP_DEFLATED) as after:
        for member in before.infolist():
            content = before.read(member)
            if member.filename == "docProps/core.xml":
                created = re.search(rb"<dcterms:created[^>]*>([^<]*)<", content)
                if created:
                    content = re.sub(
                        rb"(<dcterms:modified[^>]*>)[^<]*(<)", rb"\g<1>" + created.group(1) + rb"\g<2>", content
                    )
            after.writestr(zipfile.ZipInfo(member.filename, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return settled.getvalue()


def _sheet_title(book: Workbook, title: str) -> str:
    """A title that Excel takes: no forbidden characters, at most 31 of them, unlike any other in the book."""
    plain = re.sub(r"[\[\]:*?/\\]", " ", printable(title)).strip("' ") or "Table"
    taken = {name.lower() for name in book.sheetnames}
    candidate, number = plain[:LONGEST_TITLE].strip(), 2
    while candidate.lower() in taken:
        ending = f" {number}"
        candidate, number = plain[: LONGEST_TITLE - len(ending)].strip() + ending, number + 1
    return candidate


def _table_sheet(sheet: Worksheet, table: Table) -> None:
    first = 1
    if table.group_headings:
        column = 1
        for heading in table.group_headings:
            _put(sheet, first, column, heading.label)
            if heading.span > 1:
                sheet.merge_cells(
                    start_row=first, end_row=first, start_column=column, end_column=column + heading.span - 1
                )
            column += heading.span
        first += 1
    for position, column in enumerate(table.columns, start=1):
        _put(sheet, first, position, column.label)
    _mark_head(sheet, first)
    for row_number, row in enumerate((*table.rows, *table.totals), start=first + 1):
        for position, column in enumerate(table.columns, start=1):
            _put(sheet, row_number, position, row.get(column.key), column.kind)
    _fit(sheet)


def _fields_sheet(sheet: Worksheet, fields: Fields) -> None:
    """Labels, values, and what a source stated where it differs from the value that the record derives."""
    labels = ["Item", "Value"]
    if any(row.stated is not None for row in fields.rows):
        labels.append("As stated in the source")
    for position, label in enumerate(labels, start=1):
        _put(sheet, 1, position, label)
    _mark_head(sheet, 1)
    for row_number, row in enumerate(fields.rows, start=2):
        _put(sheet, row_number, 1, row.label)
        _put(sheet, row_number, 2, row.value, row.kind)
        if row.stated is not None:
            _put(sheet, row_number, 3, row.stated, row.kind)
    _fit(sheet)


def _put(sheet: Worksheet, row: int, column: int, value: Any, kind: str = "text") -> None:
    """Write one value. Text is forced to be text, so that what begins with "=" never becomes a formula."""
    if isinstance(value, WrittenDay):
        value = value.on or value.words
    if value is None or value == "":
        return
    cell = sheet.cell(row=row, column=column)
    cell.alignment = WRAPPED
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        cell.value = Decimal(value) / 1000 if kind == THOUSANDS else value
        cell.number_format = PENCE if kind == MONEY and value != int(value) else FORMATS.get(kind, "General")
    elif isinstance(value, date):
        cell.value = value
        cell.number_format = FORMATS[DATE]
    else:
        cell.value = printable(printed(value, kind))
        cell.data_type = "s"


def _mark_head(sheet: Worksheet, last_row: int) -> None:
    for row in sheet.iter_rows(min_row=1, max_row=last_row):
        for cell in row:
            cell.font, cell.fill = HEAD_FONT, HEAD_FILL
    sheet.freeze_panes = sheet.cell(row=last_row + 1, column=1)
    sheet.print_title_rows = f"1:{last_row}"


def _fit(sheet: Worksheet) -> None:
    """Columns as wide as their longest word or line, within reason."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    for position, column in enumerate(_columns(sheet), start=1):
        longest = max((len(str(value)) for value in column if value is not None), default=0)
        sheet.column_dimensions[get_column_letter(position)].width = min(max(longest + 2, 10), 60)


def _columns(sheet: Worksheet) -> Iterable[tuple[Any, ...]]:
    return sheet.iter_cols(values_only=True)
