"""Whatever format a workbook comes in, the same grid comes out."""

import zipfile
from datetime import date, datetime

import pytest
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.styles.colors import Color

from projects.imports.child import read_safely
from projects.imports.guard import check_file
from projects.imports.problems import WorkbookRefused
from projects.imports.read import (
    Sheet,
    address,
    column_letters,
    column_number,
    decode,
    display,
    position,
    read_workbook,
)
from tests.workbooks import build_dashboard


def read(path) -> list[Sheet]:
    return read_workbook(path, check_file(path).kind).sheets


@pytest.fixture
def saved(tmp_path):
    """Save a one-sheet workbook that a function fills, and read it back."""

    def save_and_read(fill) -> Sheet:
        book = Workbook()
        fill(book.active)
        book.save(tmp_path / "book.xlsx")
        return read(tmp_path / "book.xlsx")[0]

    return save_and_read


@pytest.mark.parametrize(
    ("column", "letters"), [(1, "A"), (26, "Z"), (27, "AA"), (702, "ZZ"), (703, "AAA"), (16384, "XFD")]
)
def test_column_letters(column, letters):
    assert column_letters(column) == letters
    assert column_number(letters) == column
    assert position(address(38, column)) == (38, column)


@pytest.mark.parametrize("words", ["", "38", "E", "E0", "38E", "ABCD1"])
def test_not_an_address(words):
    with pytest.raises(ValueError, match="not a cell address"):
        position(words)


@pytest.mark.parametrize(
    ("value", "number_format", "words"),
    [
        (None, "General", ""),
        ("  Mar-20 ongoing ", "General", "Mar-20 ongoing"),
        (5, "General", "5"),
        (5.0, "General", "5"),
        (2.5, "General", "2.5"),
        (601400, '"£"#,##0', "£601,400"),
        (-7342.5, '"£"#,##0.00', "-£7,342.50"),
        (-0.01, "0%", "-1%"),
        (0.07, "0%", "7%"),
        (True, "General", "TRUE"),
        (date(2018, 4, 1), "dd/mm/yyyy", "01/04/2018"),
        (datetime(2018, 4, 1, 9, 30), "General", "01/04/2018 09:30"),  # noqa: DTZ001  a cell has no time zone
    ],
)
def test_words_of_a_value(value, number_format, words):
    assert display(value, number_format) == words


def test_sheet_keeps_what_a_reader_sees(saved):
    def fill(sheet):
        sheet.title = "Dashboard"
        sheet["B3"] = "AMBER"
        sheet["B3"].fill = PatternFill("solid", fgColor="FFFFC000")
        sheet["B3"].comment = Comment("ask the board", "someone")
        sheet["C4"].fill = PatternFill("solid", fgColor="FF00B050")
        sheet["D5"] = date(2018, 4, 1)
        sheet["D5"].number_format = "dd/mm/yyyy"
        sheet.merge_cells("A7:C8")
        sheet["A9"] = 1
        sheet.row_dimensions[9].hidden = True
        sheet.column_dimensions.group("F", "H", hidden=True)

    sheet = saved(fill)
    assert sheet.name == "Dashboard"
    amber = sheet.cells[3, 2]
    assert (amber.value, amber.fill_rgb, amber.comment) == ("AMBER", "FFC000", "ask the board")
    assert (sheet.cells[4, 3].value, sheet.cells[4, 3].fill_rgb, sheet.cells[4, 3].is_blank) == (None, "00B050", True)
    assert sheet.cells[5, 4].value == date(2018, 4, 1)
    assert sheet.merged == [(7, 1, 8, 3)]
    assert (sheet.hidden_rows, sheet.hidden_cols) == ([9], [6, 7, 8])
    assert set(sheet.cells) == {(3, 2), (4, 3), (5, 4), (9, 1)}


def test_colours_of_the_theme_and_the_palette(saved):
    def fill(sheet):
        sheet["A1"].fill = PatternFill("solid", fgColor=Color(theme=0))
        sheet["A2"].fill = PatternFill("solid", fgColor=Color(theme=4))
        sheet["A3"].fill = PatternFill("solid", fgColor=Color(indexed=10))
        sheet["A4"].fill = PatternFill("solid", fgColor=Color(theme=1, tint=0.5))
        sheet["A5"].fill = PatternFill("lightGrid", fgColor="FFFF0000")
        sheet["A5"] = "hatched"

    sheet = saved(fill)
    assert [sheet.cells[row, 1].fill_rgb for row in range(1, 6)] == ["FFFFFF", "4F81BD", "FF0000", "808080", None]


def test_formula_without_a_stored_result(saved):
    def fill(sheet):
        sheet["A1"] = 2
        sheet["A2"] = "=SUM(A1:A1)"

    cell = saved(fill).cells[2, 1]
    assert (cell.value, cell.formula, cell.is_formula, cell.is_blank) == (None, "=SUM(A1:A1)", True, False)


def test_error_values_are_marked(saved):
    cell = saved(lambda sheet: sheet.cell(1, 1, "#REF!")).cells[1, 1]
    assert (cell.text, cell.is_error) == ("#REF!", True)


def test_hidden_sheets_are_told_apart(tmp_path):
    def hide(book):
        for name, state in (("Lists", "hidden"), ("Secret", "veryHidden")):
            book.create_sheet(name).sheet_state = state

    sheets = read(build_dashboard(tmp_path / "dashboard.xlsx", also=hide))
    assert [(sheet.name, sheet.state) for sheet in sheets] == [
        ("Dashboard", "visible"),
        ("Change Control", "visible"),
        ("Lists", "hidden"),
        ("Secret", "very_hidden"),
    ]


ROWS = "Item,Cost\r\nCafé – “new”,£5\r\n"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", ROWS),
        ("utf-8-sig", ROWS),
        ("utf-16", ROWS),
        ("utf-16-le", ROWS),
        ("utf-16-be", ROWS),
        ("cp1252", ROWS),
        ("mac_roman", ROWS),
        ("cp850", "Item,Cost\r\nCafé,£5\r\n"),
    ],
)
def test_encodings(encoding, text):
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r", "\r\r\n"])
def test_csv_delimiters_and_line_ends(tmp_path, delimiter, line_end):
    path = tmp_path / "register.csv"
    lines = [["REF", "DETAIL"], ["1", f'"Roof{delimiter} east"'], ["", "=1+1"]]
    path.write_bytes(line_end.join(delimiter.join(line) for line in lines).encode())
    (sheet,) = read(path)
    assert {place: cell.value for place, cell in sheet.cells.items()} == {
        (1, 1): "REF",
        (1, 2): "DETAIL",
        (2, 1): "1",
        (2, 2): f"Roof{delimiter} east",
        (3, 2): "=1+1",
    }
    assert not sheet.cells[3, 2].is_formula


def test_csv_through_the_child(tmp_path):
    path = tmp_path / "register.csv"
    path.write_text("REF,DETAIL\n1,Roof\n")
    assert read_safely(path).sheets[0].cells[2, 2].value == "Roof"


def test_csv_with_a_cell_too_long_to_be_one(tmp_path):
    path = tmp_path / "register.csv"
    path.write_text("x" * 200_000)
    with pytest.raises(WorkbookRefused, match="could not be read as a list of values"):
        read(path)


ODS_CONTENT = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 office:version="1.2"><office:body><office:spreadsheet><table:table table:name="Register">
<table:table-row><table:table-cell/></table:table-row>
<table:table-row><table:table-cell/>
<table:table-cell office:value-type="string"><text:p>Roof</text:p></table:table-cell>
<table:table-cell office:value-type="float" office:value="5"><text:p>5</text:p></table:table-cell>
<table:table-cell office:value-type="date" office:date-value="2019-07-10"><text:p>10/07/19</text:p></table:table-cell>
</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"""


def test_ods_keeps_its_places(tmp_path):
    path = tmp_path / "register.ods"
    mimetype = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{mimetype}"/></manifest:manifest>'
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", mimetype)
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", ODS_CONTENT.replace("\n", ""))
    (sheet,) = read_safely(path).sheets
    assert (sheet.name, sheet.state) == ("Register", "visible")
    values = {place: cell.value for place, cell in sheet.cells.items()}
    assert values == {(2, 2): "Roof", (2, 3): 5, (2, 4): date(2019, 7, 10)}
    assert isinstance(values[2, 3], int)
