"""A list of values is the same list in whatever encoding, with whatever signs between the values, it was saved."""

from pathlib import Path

import pytest

from projects.imports.child import read_here
from projects.imports.delimited import decode
from projects.imports.guard import SizeLimits
from projects.imports.problems import WorkbookRefused
from projects.imports.read import read_workbook

ENCODINGS = Path(__file__).parents[4] / "shared" / "data" / "encodings"
MAP = [
    ["cell_key", "template_sheet", "cellreference", "type"],
    ["Project/Programme Name", "Introduction", "C11", "TEXT"],
    ["Department", "Introduction", "C9", "TEXT"],
    ["Delivery Body", "Introduction", "C10", "TEXT"],
    ["GMPP - IPA ID Number", "Introduction", "C12", "TEXT"],
    ["Controls Project ID number", "Introduction", "C13", "NUMBER"],
    ["Project Type (for IPA use)", "Introduction", "C14", "TEXT"],
    ["Classification", "Introduction", "C15", "TEXT"],
    ["GMPP (GMPP - formally joined GMPP)", "Introduction", "C16", "TEXT"],
    ["Reporting period (GMPP - Snapshot Date)", "Introduction", "C17", "DATE"],
    ["Snapshot Date", "Introduction", "C18", "DATE"],
    ["Senior Responsible Owner (SRO)", "Introduction", "C21", "TEXT"],
    ["Senior Responsible Owner (SRO) - Email", "Introduction", "C22", "TEXT"],
    ["Senior Responsible Owner (SRO) - ID number", "Introduction", "C23", "NUMBER"],
    ["SRO Sign-Off", "Introduction", "C24", "DATE"],
    ["Bad Spacing", "Introduction", "c35", "TEXT"],
    ["String Key", "Summary", "B3", "TEXT"],
    ["Big Float", "Another Sheet", "F17", "NUMBER"],
    ["Funny Date", "Another Sheet", "H39", "DATE"],
]
SAVED_AS = ["UTF8", "comma_delimited", "macintosh", "msdos", "note_pad_ansi", "note_pad_utf8", "unicode_text"]
SAVED_AS += ["note_pad_unicode", "note_pad_unicode_big_endian"]


def rows(path) -> list[list[str]]:
    found: dict[int, list[str]] = {}
    for (row, _), cell in sorted(read_here(path).sheets[0].cells.items()):
        found.setdefault(row, []).append(cell.value)
    return list(found.values())


@pytest.mark.skipif(not ENCODINGS.is_dir(), reason="the files in nine encodings are not on this machine")
@pytest.mark.parametrize("saved_as", SAVED_AS)
def test_one_list_saved_nine_ways(saved_as):
    assert rows(ENCODINGS / f"datamap_{saved_as}.csv") == MAP


PORTFOLIO = ENCODINGS.parent / "gmpp-2022.csv"


@pytest.mark.skipif(not PORTFOLIO.is_file(), reason="the government's portfolio of 2022 is not on this machine")
def test_a_published_list_with_lines_within_its_values():
    cells = read_here(PORTFOLIO).sheets[0].cells
    assert (max(row for row, _ in cells), max(column for _, column in cells)) == (236, 17)  # 235 projects and the head
    assert (cells[1, 1].value, cells[2, 1].value) == ("GMPP ID Number", "MOD_0135_2122-Q1")
    ratings = [cells[row, 6].value for row in range(2, 237) if (row, 6) in cells]
    assert "Amber" in ratings


def saved(tmp_path, text: str):
    path = tmp_path / "list.csv"
    path.write_bytes(text.encode())
    return path


def test_a_title_above_the_table_does_not_hide_the_delimiter(tmp_path):
    path = saved(tmp_path, "Projects, programmes, plans, and their boards\n\nRef;Cost\n1;2,50\n2;3,75\n")
    assert rows(path) == [
        ["Projects, programmes, plans, and their boards"],
        ["Ref", "Cost"],
        ["1", "2,50"],
        ["2", "3,75"],
    ]


def test_commas_in_the_words_are_no_delimiter_where_every_row_has_another(tmp_path):
    path = saved(tmp_path, "Ref;Detail\n1;doors, roof, walls\n2;paint, floors, lifts\n3;yard\n")
    assert rows(path)[1] == ["1", "doors, roof, walls"]


def test_the_delimiter_that_the_first_line_names(tmp_path):
    assert rows(saved(tmp_path, "sep=;\r\nRef;Cost, planned\r\n1;2\r\n")) == [["Ref", "Cost, planned"], ["1", "2"]]


def test_line_ends_of_all_kinds_within_a_value(tmp_path):
    path = saved(tmp_path, '"Ref","Detail"\r\n"1","Roof\neast\rand\r\r\nwest"\r\n"2","Doors"\r\n')
    assert rows(path) == [["Ref", "Detail"], ["1", "Roof\neast\rand\nwest"], ["2", "Doors"]]


def test_spaces_round_values_and_signs_that_cannot_be_kept(tmp_path):
    path = saved(tmp_path, "Ref,Detail\n 1 ,\xa0Roof\xa0east\xa0\n" + "x,y\n" * 2_000 + "2,Do\0or\x07s\n")
    found = rows(path)
    assert (found[1], found[-1]) == (["1", "Roof\xa0east"], ["2", "Doors"])


def test_pounds_and_dashes_in_the_code_page_of_each_system():
    for encoding in ("cp1252", "mac_roman", "cp850"):
        assert decode("Cost £5,000 – café".replace("–", "-").encode(encoding)) == "Cost £5,000 - café"


@pytest.mark.parametrize(
    ("text", "limits", "expected"),
    [
        ("1\n" * 11, SizeLimits(rows=10), "has a cell at A11; the most that is taken is 10 rows"),
        (
            "1" + ",2" * 10,
            SizeLimits(columns=10),
            "has a cell at K1; the most that is taken is 100,000 rows and 10 columns",
        ),
        ("1,2\n" * 6, SizeLimits(cells=11), "holds more than 11 cells"),
    ],
)
def test_more_than_is_taken(tmp_path, text, limits, expected):
    with pytest.raises(WorkbookRefused) as refused:
        read_workbook(saved(tmp_path, text), "csv", limits=limits)
    assert expected in refused.value.sentence


@pytest.mark.parametrize(
    ("encoding", "written_by"), [("cp1252", "Windows"), ("mac_roman", "an older Macintosh"), ("cp850", "MS-DOS")]
)
def test_pounds_are_pounds_in_every_code_page_and_which_was_taken_is_told(tmp_path, encoding, written_by):
    path = tmp_path / "budget.csv"
    path.write_bytes("Project,Budget\nLettings,£601\nCafé,£7\n".encode(encoding))
    workbook = read_workbook(path, "csv")
    assert [workbook.sheets[0].cells[place].value for place in ((2, 2), (3, 1), (3, 2))] == ["£601", "Café", "£7"]
    assert workbook.notes == [
        f"The file does not say how its signs are coded; it was read as written by {written_by} (“£601”)."
    ]


def test_a_quotation_that_does_not_end_is_refused_in_words(tmp_path):
    path = tmp_path / "open.csv"
    path.write_text('Project,"Budget\n' + "Lettings,7\n" * 20_000)
    with pytest.raises(
        WorkbookRefused, match="one is longer than 131,072 characters, as if a quotation mark were missing"
    ):
        read_workbook(path, "csv")
