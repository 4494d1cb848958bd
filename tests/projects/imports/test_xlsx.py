"""What occurs in workbooks as people keep them comes out as a reader of the sheet sees it."""

import zipfile
from datetime import date, datetime

import openpyxl
import pytest
from openpyxl.chart import BarChart, Reference
from openpyxl.formatting.rule import CellIsRule, FormulaRule, Rule
from openpyxl.styles import PatternFill
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.formula import ArrayFormula

from projects.imports.child import read_here, read_safely
from projects.imports.problems import WorkbookRefused
from projects.imports.read import Workbook

RED, AMBER = PatternFill(bgColor="FFFF0000"), PatternFill("solid", bgColor="FFFFC000")
SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture
def saved(tmp_path):
    """Save a workbook that a function fills, with words in its parts replaced and parts added, and read it."""

    def save_and_read(fill=lambda book: None, *, replace=(), add=(), name="book.xlsx") -> Workbook:
        book = openpyxl.Workbook()
        fill(book)
        book.save(tmp_path / "before.xlsx")
        path = tmp_path / name
        with zipfile.ZipFile(tmp_path / "before.xlsx") as old, zipfile.ZipFile(path, "w") as new:
            for part in old.namelist():
                content = old.read(part).decode()
                for where, before, after in replace:
                    if where == part:
                        assert before in content
                        content = content.replace(before, after)
                new.writestr(part, content)
            for part, content in add:
                new.writestr(part, content)
        return read_here(path)

    return save_and_read


def cells_as(xml: str):
    """Replace the rows of an empty sheet."""
    return [(SHEET, "<sheetData></sheetData>", f"<sheetData>{xml}</sheetData>")]


def values(workbook: Workbook) -> dict:
    return {place: cell.value for place, cell in workbook.sheets[0].cells.items()}


def test_a_status_that_a_rule_colours_has_that_colour(saved):
    def fill(book):
        sheet = book.active
        for row, status in enumerate(("Red", "Amber", "Green", "Unknown"), start=1):
            sheet.cell(row, 1, status).fill = PatternFill("solid", fgColor="FFFFFFFF")
        sheet.conditional_formatting.add("A1:A4", CellIsRule(operator="equal", formula=['"red"'], fill=RED))
        amber = DifferentialStyle(fill=AMBER)
        sheet.conditional_formatting.add(
            "A1:A4",
            Rule(type="containsText", operator="containsText", text="amber", dxf=amber, formula=["TRUE"]),
        )
        green = PatternFill(bgColor="FF00B050")
        sheet.conditional_formatting.add("A1:A4", FormulaRule(formula=['$A1="Green"'], fill=green))

    workbook = saved(fill)
    assert [workbook.sheets[0].cells[row, 1].fill_rgb for row in range(1, 5)] == [
        "FF0000",
        "FFC000",
        "00B050",
        "FFFFFF",
    ]
    assert workbook.notes == []


def test_rules_that_are_not_worked_out_are_told(saved):
    def fill(book):
        book.active["A1"] = 5
        book.active.conditional_formatting.add("A1", FormulaRule(formula=["TODAY()>A1"], fill=RED))

    workbook = saved(fill)
    assert workbook.sheets[0].cells[1, 1].fill_rgb is None
    assert workbook.notes == [
        "The sheet “Sheet” colours cells by a rule that the portal does not work out; the cells' own colours are"
        " taken there."
    ]


def test_a_rule_of_the_newer_kind(saved):
    extension = (
        '<extLst><ext xmlns:x14="http://x"><x14:conditionalFormattings><x14:conditionalFormatting xmlns:xm="http://m">'
        '<x14:cfRule type="expression" priority="1" id="{1}"><xm:f>$A$1="Red"</xm:f><x14:dxf><x14:fill>'
        '<x14:patternFill><x14:bgColor rgb="FFFF0000"/></x14:patternFill></x14:fill></x14:dxf></x14:cfRule>'
        "<xm:sqref>A1</xm:sqref></x14:conditionalFormatting></x14:conditionalFormattings></ext></extLst></worksheet>"
    )
    extension = extension.replace("<x14:fill>", "<fill>").replace("</x14:fill>", "</fill>")
    workbook = saved(lambda book: book.active.append(["Red"]), replace=[(SHEET, "</worksheet>", extension)])
    assert workbook.sheets[0].cells[1, 1].fill_rgb == "FF0000"


def test_formulas_have_their_text_and_the_result_that_was_stored(saved):
    rows = (
        '<row r="1"><c r="A1"><f>SUM(B1:C1)</f><v>7</v></c><c r="B1" t="str"><f>"a"&amp;"b"</f><v>ab</v></c>'
        '<c r="C1" t="e"><f>A1/0</f><v>#DIV/0!</v></c><c r="D1"><f>X1</f></c>'
        '<c r="E1" t="str"><f>IF(1,"")</f><v></v></c></row>'
        '<row r="2"><c r="A2"><f t="shared" si="0" ref="A2:A4">B2*2</f><v>4</v></c></row>'
        '<row r="3"><c r="A3"><f t="shared" si="0"/><v>6</v></c></row>'
        '<row r="4"><c r="A4"><f t="shared" si="0"/></c></row>'
    )
    cells = saved(replace=cells_as(rows)).sheets[0].cells
    assert [(cells[1, column].value, cells[1, column].formula) for column in range(1, 6)] == [
        (7, "=SUM(B1:C1)"),
        ("ab", '="a"&"b"'),
        ("#DIV/0!", "=A1/0"),
        (None, "=X1"),
        ("", '=IF(1,"")'),
    ]
    assert [cells[1, column].is_error for column in range(1, 6)] == [False, False, True, False, False]
    assert [cells[1, column].is_blank for column in range(1, 6)] == [False, False, False, False, True]
    assert [(cells[row, 1].value, cells[row, 1].is_formula) for row in (2, 3, 4)] == [
        (4, True),
        (6, True),
        (None, True),
    ]
    assert cells[4, 1].formula == "=B4*2"


def test_an_array_formula(saved):
    def fill(book):
        book.active["A1"] = ArrayFormula("A1:A2", "=B1:B2*2")

    assert saved(fill).sheets[0].cells[1, 1].formula == "=B1:B2*2"


@pytest.mark.parametrize("words", ["#REF!", "#N/A", "#NAME?", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!"])
def test_every_error_is_one(saved, words):
    (cell,) = saved(replace=cells_as(f'<row><c t="e"><v>{words}</v></c></row>')).sheets[0].cells.values()
    assert (cell.text, cell.is_error) == (words, True)


def test_texts_with_parts_of_their_own_look_line_ends_and_spaces(saved):
    rows = (
        '<row r="1"><c r="A1" t="inlineStr"><is><r><t>Amber</t></r>'
        '<r><rPr><b/></rPr><t xml:space="preserve"> / Red</t></r>'
        "<rPh><t>not seen</t></rPh></is></c>"
        '<c r="B1" t="inlineStr"><is><t>one_x000D_&#10;two _x0000__x005F_x000D_</t></is></c>'
        '<c r="C1" t="inlineStr"><is><t>&#160;GREEN&#160; </t></is></c>'
        '<c r="D1" t="inlineStr"><is><t>0042</t></is></c></row>'
    )
    cells = saved(replace=cells_as(rows)).sheets[0].cells
    assert cells[1, 1].value == "Amber / Red"
    assert cells[1, 2].value == "one\r\ntwo _x000D_"
    assert cells[1, 3].text == "GREEN"
    assert cells[1, 4].value == "0042"


def test_shared_texts_with_parts_of_their_own_look(saved):
    texts = "<si><r><t>Amber</t></r><r><t> / Red</t></r><rPh><t>not seen</t></rPh></si><si><t>0042</t></si>"
    rows = '<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row>'
    pointer = '<Relationship Id="rId77" Type="http://x/sharedStrings" Target="texts.xml"/></Relationships>'
    pointed = ("xl/_rels/workbook.xml.rels", "</Relationships>", pointer)
    workbook = saved(replace=[*cells_as(rows), pointed], add=[("xl/texts.xml", f"<sst>{texts}</sst>")])
    assert values(workbook) == {(1, 1): "Amber / Red", (1, 2): "0042"}


def test_days_of_both_calendars(saved):
    def fill(book):
        book.epoch = CALENDAR_MAC_1904
        book.active["A1"] = date(2018, 4, 1)
        book.active["A2"] = datetime(2018, 4, 1, 9, 30)  # noqa: DTZ001  a cell has no time zone

    assert list(values(saved(fill)).values()) == [date(2018, 4, 1), datetime(2018, 4, 1, 9, 30)]  # noqa: DTZ001


def test_numbers_as_the_format_may_write_them(saved):
    rows = (
        "<row><c><v>5</v></c><c><v>5.0</v></c><c><v>1.5E2</v></c><c><v>-0.01</v></c><c><v>1e999</v></c><c><v>1_0</v></c>"
        '<c><v>nan</v></c><c><v>123456789012345678901</v></c><c t="b"><v>1</v></c><c t="d"><v>2018-04-01</v></c></row>'
    )
    found = list(values(saved(replace=cells_as(rows))).values())
    assert found == [5, 5.0, 150.0, -0.01, "1e999", "1_0", "nan", 123456789012345678901.0, True, date(2018, 4, 1)]
    assert type(found[0]) is int


def test_what_stands_under_a_merged_range_is_not_seen(saved):
    rows = '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c><c r="C1"><v>3</v></c></row>'
    merged = [
        (
            SHEET,
            "</sheetData>",
            '</sheetData><mergeCells><mergeCell ref="A1:B1"/><mergeCell ref="A2:XFD9999"/></mergeCells>',
        )
    ]
    workbook = saved(replace=[*cells_as(rows), *merged])
    assert values(workbook) == {(1, 1): 1, (1, 3): 3}
    assert workbook.sheets[0].merged == [(1, 1, 1, 2), (2, 1, 9999, 16384)]


def test_hidden_rows_and_columns_however_they_are_hidden(saved):
    rows = '<row r="1"><c><v>1</v></c></row><row r="2" hidden="1"/><row r="3" ht="0"/><row r="4" ht="15"/>'
    columns = '<cols><col min="2" max="3" hidden="1"/><col min="4" max="4" width="0"/></cols>'
    (sheet,) = saved(replace=[*cells_as(rows), (SHEET, "<sheetData>", f"{columns}<sheetData>")]).sheets
    assert (sheet.hidden_rows, sheet.hidden_cols) == ([2, 3], [2, 3, 4])


def test_sheets_that_are_hidden_charts_or_gone(saved):
    def fill(book):
        book.active.append([1, 2])
        book.create_sheet("Lists").sheet_state = "hidden"
        book.create_sheet("Secret").sheet_state = "veryHidden"
        chart = BarChart()
        chart.add_data(Reference(book.active, min_col=1, min_row=1))
        book.create_chartsheet("Trend").add_chart(chart)

    gone = [("xl/workbook.xml", "</sheets>", '<sheet name="Gone" sheetId="9" r:id="rId99"/></sheets>')]
    gone.append(("xl/workbook.xml", "<workbook ", '<workbook xmlns:r="http://r" '))
    workbook = saved(fill, replace=gone)
    assert [(sheet.name, sheet.state) for sheet in workbook.sheets] == [
        ("Sheet", "visible"),
        ("Lists", "hidden"),
        ("Secret", "very_hidden"),
    ]
    assert workbook.notes == [
        "The sheet “Trend” is a chart; it holds no cells to take.",
        "The sheet “Gone” is not in the file any more.",
        "The sheet “Secret” is hidden so that a spreadsheet programme does not even list it.",
    ]


def test_a_workbook_of_charts_alone_is_refused(saved):
    only = ('sheetId="1" state="visible" r:id="rId1"', 'sheetId="1" r:id="rId99"')
    with pytest.raises(WorkbookRefused, match="no sheet of cells"):
        saved(replace=[("xl/workbook.xml", *only)])


def test_a_conversation_about_a_cell_is_its_comment(saved):
    relations = (
        '<Relationships><Relationship Id="rId1" Type="http://x/comments" Target="../comments1.xml"/>'
        '<Relationship Id="rId2" Type="http://x/threadedComment" Target="/xl/threadedComments/threadedComment1.xml"/>'
        '<Relationship Id="rId3" Type="http://x/hyperlink" Target="http://example.org" TargetMode="External"/>'
        "</Relationships>"
    )
    old = (
        '<comments><commentList><comment ref="A1"><text><r><t>[Threaded comment] needs a newer version</t></r></text>'
        '</comment><comment ref="C3"><text><t>Ask </t><r><t>the board</t></r></text></comment></commentList></comments>'
    )
    threads = (
        '<ThreadedComments><threadedComment ref="A1"><text>Is this right?</text></threadedComment>'
        '<threadedComment ref="A1"><text>Yes.</text></threadedComment></ThreadedComments>'
    )
    workbook = saved(
        lambda book: book.active.append(["Red"]),
        add=[
            ("xl/worksheets/_rels/sheet1.xml.rels", relations),
            ("xl/comments1.xml", old),
            ("xl/threadedComments/threadedComment1.xml", threads),
        ],
    )
    cells = workbook.sheets[0].cells
    assert (cells[1, 1].value, cells[1, 1].comment) == ("Red", "Is this right?\nYes.")
    assert (cells[3, 3].value, cells[3, 3].comment) == (None, "Ask the board")


def test_a_dimension_that_lies_hides_nothing(saved):
    workbook = saved(
        lambda book: [book.active.append([row]) for row in range(9)],
        replace=[(SHEET, '<dimension ref="A1:A9"/>', '<dimension ref="A1"/>')],
    )
    assert len(workbook.sheets[0].cells) == 9


def test_parts_with_prefixed_names_and_of_the_strict_kind(saved):
    sheet = (
        '<x:worksheet xmlns:x="http://purl.oclc.org/ooxml/spreadsheetml/main"><x:sheetData><x:row r="2">'
        '<x:c r="B2" t="inlineStr"><x:is><x:t>Roof</x:t></x:is></x:c></x:row></x:sheetData></x:worksheet>'
    )
    path = "xl/worksheets/other.xml"
    workbook = saved(
        add=[(path, sheet)],
        replace=[("xl/_rels/workbook.xml.rels", "/xl/worksheets/sheet1.xml", "/XL/Worksheets/Other.xml")],
    )
    assert values(workbook) == {(2, 2): "Roof"}


def test_colours_of_the_workbooks_own_palette(saved):
    def fill(book):
        book.active["A1"].fill = PatternFill("solid", fgColor=openpyxl.styles.colors.Color(indexed=3))

    own = ("xl/styles.xml", 'rgb="0000FF00"', 'rgb="00123456"')
    cell = saved(fill, replace=[own]).sheets[0].cells[1, 1]
    assert cell.fill_rgb == "123456"


@pytest.mark.parametrize(
    "replace",
    [
        [(SHEET, "</sheetData>", "")],
        [("xl/workbook.xml", "</sheets>", "")],
        cells_as('<row><c t="s"><v>99</v></c></row>'),
        cells_as('<row><c r="?1"><v>99</v></c></row>'),
        cells_as('<row><c r="A0"><v>99</v></c></row>'),
        cells_as('<row r="-1"><c><v>99</v></c></row>'),
        cells_as('<row r="x"><c><v>99</v></c></row>'),
    ],
)
def test_a_damaged_part_is_refused_in_one_sentence(saved, replace):
    with pytest.raises(WorkbookRefused) as refused:
        saved(
            lambda book: book.active.append(["x"]) if replace[0][1] != "<sheetData></sheetData>" else None,
            replace=replace,
        )
    assert "damaged" in refused.value.sentence


def test_nothing_is_lost_on_the_way_from_the_child(saved, tmp_path):
    def fill(book):
        sheet = book.active
        sheet.append(["Red", "Red", 5, 5.5, True, date(2018, 4, 1), datetime(2018, 4, 1, 9, 30), None])  # noqa: DTZ001
        sheet["A1"].fill = PatternFill("solid", fgColor="FFFF0000")
        sheet["C1"].number_format = "0%"
        sheet["H1"].comment = openpyxl.comments.Comment("ask", "someone")
        sheet["I1"] = "=A1"
        for row in range(600):
            sheet.append([f"row {row}"])
        sheet.merge_cells("A700:B700")

    here = saved(fill)
    away = read_safely(tmp_path / "book.xlsx")
    assert (away.kind, away.notes, away.sheets) == (here.kind, here.notes, here.sheets)
