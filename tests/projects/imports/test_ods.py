"""An .ods workbook comes out as a reader of the sheet sees it."""

import zipfile
from datetime import date, datetime

import pytest

from projects.imports.child import read_here
from projects.imports.guard import SizeLimits
from projects.imports.problems import WorkbookRefused
from projects.imports.read import Workbook, read_workbook

PREFIXES = ("office", "table", "text", "style", "fo", "number", "calcext", "dc")
NAMESPACES = " ".join(f'xmlns:{prefix}="urn:{prefix}"' for prefix in PREFIXES)
MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"
STYLES = """
<style:style style:name="red" style:family="table-cell">
  <style:table-cell-properties fo:background-color="#ff0000"/></style:style>
<style:style style:name="bold-red" style:family="table-cell" style:parent-style-name="red"/>
<style:style style:name="none" style:family="table-cell" style:parent-style-name="red">
  <style:table-cell-properties fo:background-color="transparent"/></style:style>
<style:style style:name="hidden" style:family="table"><style:table-properties table:display="false"/></style:style>
<style:style style:name="judged" style:family="table-cell">
  <style:map style:condition="cell-content()=&quot;Red&quot;" style:apply-style-name="red"/></style:style>
"""


def judged(*conditions: str) -> str:
    """Rows, and rules that colour A1:B1 red."""
    written = "".join(
        f'<calcext:condition calcext:apply-style-name="red" calcext:value="{condition}"/>' for condition in conditions
    )
    return (
        '{rows}<calcext:conditional-formats><calcext:conditional-format calcext:target-range-address="'
        f'Status.A1:Status.B1">{written}</calcext:conditional-format></calcext:conditional-formats>'
    )


def saved(tmp_path, rows: str, *, around="{rows}", styles="", manifest="", name="register.ods"):
    path = tmp_path / name
    table = f'<table:table table:name="Status">{around.format(rows=rows)}</table:table>' if rows else around
    content = (
        f"<office:document-content {NAMESPACES}><office:automatic-styles>{STYLES}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{table}</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", MIMETYPE)
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("styles.xml", f"<office:document-styles {NAMESPACES}>{styles}</office:document-styles>")
        archive.writestr("content.xml", content)
    return path


def read(*arguments, **options) -> Workbook:
    return read_here(saved(*arguments, **options))


def row(*cells: str, about="") -> str:
    return f"<table:table-row {about}>{''.join(cells)}</table:table-row>"


def cell(words="", **about) -> str:
    prefixes = {"style_name": "table", "value_type": "office", "formula": "table", "currency": "office"}

    def prefix(name: str) -> str:
        if name.startswith(("number_", "content_")):
            return "table"
        return prefixes.get(name, "office")

    written = "".join(f' {prefix(name)}:{name.replace("_", "-")}="{value}"' for name, value in about.items())
    return f"<table:table-cell{written}>{f'<text:p>{words}</text:p>' if words else ''}</table:table-cell>"


def first_row(workbook: Workbook) -> list:
    return [one for (row, _), one in sorted(workbook.sheets[0].cells.items()) if row == 1]


def test_values_and_how_they_are_written(tmp_path):
    workbook = read(
        tmp_path,
        row(
            cell("0042", value_type="string"),
            cell("5", value_type="float", value="5"),
            cell("93.5%", value_type="percentage", value="0.935"),
            cell("£601,400", value_type="currency", currency="GBP", value="601400"),
            cell("£5.50", value_type="currency", currency="GBP", value="5.5"),
            cell("01/04/18", value_type="date", date_value="2018-04-01"),
            cell("01/04/18 09:30", value_type="date", date_value="2018-04-01T09:30:00"),
            cell("TRUE", value_type="boolean", boolean_value="true"),
            cell("10:00", value_type="time", time_value="PT10H00M00S"),
        ),
    )
    assert [one.value for one in first_row(workbook)] == [
        "0042",
        5,
        0.935,
        601400,
        5.5,
        date(2018, 4, 1),
        datetime(2018, 4, 1, 9, 30),  # noqa: DTZ001  a cell has no time zone
        True,
        "10:00",
    ]
    assert [one.text for one in first_row(workbook)[2:5]] == ["93.5%", "£601,400", "£5.50"]


def test_formulas_and_errors(tmp_path):
    workbook = read(
        tmp_path,
        row(
            cell("7", value_type="float", value="7", formula="of:=SUM([.B1:.C1])"),
            cell("#REF!", value_type="string", formula="of:=[.#REF!]"),
            cell(formula="of:=[.A1]*2"),
            cell("#REF!", value_type="string"),
        ),
    )
    assert [(one.value, one.formula, one.is_error) for one in first_row(workbook)] == [
        (7, "=SUM(B1:C1)", False),
        ("#REF!", "=#REF!", True),
        (None, "=A1*2", False),
        ("#REF!", None, False),
    ]


def test_fills_of_a_style_its_parent_and_the_column(tmp_path):
    columns = (
        '<table:table-column table:number-columns-repeated="3"/>'
        '<table:table-column table:default-cell-style-name="red" table:visibility="collapse"/>{rows}'
    )
    cells = [cell("a", style_name="red"), cell("b", style_name="bold-red"), cell("c", style_name="none"), cell("d")]
    workbook = read(tmp_path, row(*cells), around=columns)
    assert [one.fill_rgb for one in first_row(workbook)] == ["FF0000", "FF0000", None, "FF0000"]
    assert workbook.sheets[0].hidden_cols == [4]


def test_a_style_that_is_shared_by_the_files_of_a_template(tmp_path):
    common = '<office:styles><style:style style:name="Bad"><style:table-cell-properties fo:background-color="#FFC7CE"/>'
    common += "</style:style></office:styles>"
    (one,) = first_row(read(tmp_path, row(cell("x", style_name="Bad")), styles=common))
    assert one.fill_rgb == "FFC7CE"


def test_a_status_that_a_rule_colours_has_that_colour(tmp_path):
    by_style = row(cell("Red", style_name="judged"), cell("Green", style_name="judged"))
    assert [one.fill_rgb for one in first_row(read(tmp_path, by_style))] == ["FF0000", None]


@pytest.mark.parametrize(
    "condition",
    [
        "=&quot;Red&quot;",
        "contains-text(&quot;ED&quot;)",
        "begins-with(&quot;r&quot;)",
        "formula-is([.A1]=&quot;Red&quot;)",
        "formula-is(OR([.A1]=&quot;Red&quot;;[.$A1]=7))",
        "!=&quot;Green&quot;",
    ],
)
def test_conditional_formats(tmp_path, condition):
    formats = judged(condition)
    workbook = read(tmp_path, row(cell("Red"), cell("Green")), around=formats)
    assert [one.fill_rgb for one in first_row(workbook)] == ["FF0000", None]
    assert workbook.notes == []


def test_figures_between_others_and_rules_that_are_not_worked_out(tmp_path):
    formats = judged("between(1,5)", "top-elements(3)")
    cells = [cell("5", value_type="float", value="5"), cell("6", value_type="float", value="6")]
    workbook = read(tmp_path, row(*cells), around=formats)
    assert [one.fill_rgb for one in first_row(workbook)] == ["FF0000", None]
    assert workbook.notes == [
        "The sheet “Status” colours cells by a rule that the portal does not work out; the cells' own colours are"
        " taken there."
    ]


def test_comments_lines_and_spaces(tmp_path):
    words = (
        "<table:table-cell><office:annotation><dc:date>2018</dc:date><text:p>Ask the</text:p><text:p>board</text:p>"
        "</office:annotation><text:p>One<text:s text:c='2'/>two<text:line-break/>three</text:p><text:p>four</text:p>"
        "</table:table-cell>"
    )
    (one,) = first_row(read(tmp_path, row(words)))
    assert (one.value, one.comment) == ("One  two\nthree\nfour", "Ask the\nboard")


def test_what_is_repeated_merged_and_hidden(tmp_path):
    rows = (
        row(cell("head", number_columns_spanned="2", number_rows_spanned="2"), "<table:covered-table-cell/>", cell("c"))
        + row("<table:covered-table-cell><text:p>unseen</text:p></table:covered-table-cell>")
        + row(cell("x", number_columns_repeated="2"), about='table:number-rows-repeated="2" table:visibility="filter"')
        + row(cell(number_columns_repeated="101", style_name="red"))
        + row(cell(number_columns_repeated="16384", style_name="red"), about='table:number-rows-repeated="1048571"')
    )
    (sheet,) = read(tmp_path, rows).sheets
    assert {place: one.value for place, one in sheet.cells.items()} == {
        (1, 1): "head",
        (1, 3): "c",
        (3, 1): "x",
        (3, 2): "x",
        (4, 1): "x",
        (4, 2): "x",
    }
    assert (sheet.merged, sheet.hidden_rows) == ([(1, 1, 2, 2)], [3, 4])


def test_sheets_that_are_hidden(tmp_path):
    around = '<table:table table:name="One"/><table:table table:name="Lists" table:style-name="hidden"/>'
    workbook = read(tmp_path, "", around=around)
    assert [(sheet.name, sheet.state) for sheet in workbook.sheets] == [("One", "visible"), ("Lists", "hidden")]


FOR_EVER = 'table:number-rows-repeated="1048576"'


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (row(cell("x", number_columns_repeated="16384")), "has a cell at XFD1;"),
        (row(cell("x"), about=FOR_EVER), "has a cell at A1048576;"),
        (
            row(cell("x", number_columns_repeated="99"), about='table:number-rows-repeated="99"'),
            "more than 5,000 cells",
        ),
    ],
)
def test_a_small_file_that_repeats_a_value_without_end(tmp_path, rows, expected):
    with pytest.raises(WorkbookRefused) as refused:
        read_workbook(saved(tmp_path, rows), "ods", limits=SizeLimits(rows=1_000, cells=5_000))
    assert expected in refused.value.sentence


def test_a_workbook_locked_with_a_password(tmp_path):
    with pytest.raises(WorkbookRefused, match="protected by a password"):
        read(tmp_path, row(cell("x")), manifest="<manifest:encryption-data/>")


def test_a_workbook_without_a_table(tmp_path):
    with pytest.raises(WorkbookRefused, match="no sheet of cells"):
        read(tmp_path, "", around="")
