"""The sound workbooks that fuzzing starts from: one of each layout and format, and one with all that occurs in life."""

import csv
import zipfile
from pathlib import Path

import openpyxl
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule, FormulaRule
from openpyxl.styles import PatternFill

from tests.projects.imports.test_ods import MIMETYPE, NAMESPACES
from tests.projects.imports.xls_files import build_xls, comment, number, text
from tests.workbooks import HOMELESSNESS, ICT, build_dashboard

LEGACY = Path(__file__).resolve().parents[3] / "shared" / "legacy"


def build_bases(folder: Path) -> list[Path]:
    """The files, in a folder of their own."""
    folder = folder / "bases"
    folder.mkdir()
    plain = build_dashboard(folder / "homelessness.xlsx")
    legacy = {path.stem: _copied(path, folder) for path in sorted(LEGACY.glob("*.xlsx"))}
    return [
        plain,
        build_dashboard(folder / "ict.xlsx", ICT, is_merged=False),
        build_dashboard(folder / "life.xlsx", HOMELESSNESS, also=_as_in_life),
        _as_ods(plain, folder / "homelessness.ods"),
        _as_xls(plain, folder / "homelessness.xls"),
        _as_csv(plain, folder / "homelessness.csv", "utf-8-sig", ","),
        _as_csv(plain, folder / "unicode.csv", "utf-16", "\t"),
        *legacy.values(),
        _as_ods(legacy["nottinghamshire-work-programme-2018-10"], folder / "programme.ods"),
        _as_xls(legacy["nottinghamshire-project-status-report-2018-09"], folder / "status.xls"),
        _as_csv(legacy["nottinghamshire-ict-performance-2018-q2"], folder / "indicators.csv", "cp1252", ";"),
    ]


def _copied(path: Path, folder: Path) -> Path:
    copy = folder / path.name
    copy.write_bytes(path.read_bytes())
    return copy


def _as_in_life(book: openpyxl.Workbook) -> None:
    sheet = book["Dashboard"]
    red = PatternFill(bgColor="FFFF0000")
    sheet.conditional_formatting.add("E37:E45", CellIsRule(operator="equal", formula=['"RED"'], fill=red))
    sheet.conditional_formatting.add("A1:H60", FormulaRule(formula=['ISNUMBER(SEARCH("red",A1))'], fill=red))
    sheet["D4"].comment = Comment("ask the board", "someone")
    sheet["H50"] = "=SUM(A1:A9)"
    sheet["H51"] = "#REF!"
    sheet.row_dimensions[40].hidden = True
    sheet.column_dimensions["G"].hidden = True
    lists = book.create_sheet("Lists")
    lists.append(["RED", "AMBER", 0.5])
    lists["C1"].number_format = "0%"
    lists.sheet_state = "veryHidden"


def _rows(path: Path) -> list[list]:
    sheet = openpyxl.load_workbook(path).worksheets[0]
    return [["" if value is None else value for value in row] for row in sheet.iter_rows(values_only=True)]


def _as_csv(source: Path, path: Path, encoding: str, delimiter: str) -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(_rows(source))
    return path


def _as_xls(source: Path, path: Path) -> Path:
    records = b"".join(
        number(row, column, value) if isinstance(value, int | float) else text(row, column, str(value), 1)
        for row, values in enumerate(_rows(source))
        for column, value in enumerate(values)
        if value != ""
    )
    return build_xls(path, [("Dashboard", 0, records + comment(3, 3, "ask"))], styles=[(0, 0, 64), (0, 1, 10)])


def _as_ods(source: Path, path: Path) -> Path:
    def cell(value) -> str:
        words = str(value).replace("&", "&amp;").replace("<", "&lt;")
        sort = f'office:value-type="float" office:value="{value}"' if isinstance(value, int | float) else ""
        look = 'table:style-name="red"' if words and not sort else ""
        return f"<table:table-cell {sort} {look}><text:p>{words}</text:p></table:table-cell>"

    rows = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in _rows(source))
    style = '<style:style style:name="red"><style:table-cell-properties fo:background-color="#FF0000"/></style:style>'
    content = (
        f"<office:document-content {NAMESPACES}><office:automatic-styles>{style}</office:automatic-styles><office:body>"
        f'<office:spreadsheet><table:table table:name="Dashboard">{rows}</table:table></office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", MIMETYPE)
        archive.writestr("content.xml", content)
    return path
