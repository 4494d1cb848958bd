"""Files made to do harm, as files, through the command: refused in a sentence or made safe, and nothing is changed.

Each is read by the child with its limits on time and memory, as an upload is.
"""

import random
import struct
import zipfile
from resource import RUSAGE_CHILDREN, getrusage

import openpyxl
import pytest
from django.core.management import call_command

from projects.imports.child import WEB_REQUEST
from projects.models import Narrative
from tests.projects.imports.record import counts, newest
from tests.projects.imports.test_guard import SHEET, repacked
from tests.projects.imports.test_ods import cell, row
from tests.projects.imports.test_ods import saved as saved_ods
from tests.projects.imports.xls_files import build_xls, record, text
from tests.workbooks import HOMELESSNESS, build_dashboard

pytestmark = pytest.mark.django_db
LAUGHS = b'<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.fixture
def refused(council, capsys):
    """What the command says of a file that it refuses."""

    def refused(path) -> str:
        before, started = counts(), getrusage(RUSAGE_CHILDREN).ru_utime
        with pytest.raises(SystemExit) as end:
            call_command("import_workbook", str(path), commit=True)
        assert getrusage(RUSAGE_CHILDREN).ru_utime - started < WEB_REQUEST.seconds + 1
        printed = capsys.readouterr()
        assert (end.value.code, printed.out, counts()) == (2, "", before)
        assert len(printed.err.splitlines()) == 1
        return printed.err

    return refused


def with_rows(tmp_path, xml: bytes, name="hostile.xlsx"):
    """A dashboard whose sheet has these rows after its own."""
    source = build_dashboard(tmp_path / "sound.xlsx")
    return repacked(source, tmp_path / name, replace={SHEET: lambda old: old.replace(b"</sheetData>", xml)})


def zip_bomb(tmp_path):
    source = build_dashboard(tmp_path / "sound.xlsx")
    return repacked(source, tmp_path / "bomb.xlsx", add=[("xl/media/image1.png", bytes(64 * 2**20))])


def zip_that_lies_about_its_sizes(tmp_path):
    path = zip_bomb(tmp_path)
    size = (64 * 2**20).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(size, (100).to_bytes(4, "little")))
    return path


def xml_bomb(tmp_path):
    source = build_dashboard(tmp_path / "sound.xlsx")
    return repacked(source, tmp_path / "laughs.xlsx", replace={SHEET: lambda xml: LAUGHS + xml})


def xml_bomb_in_a_part_of_another_name(tmp_path):
    source = build_dashboard(tmp_path / "sound.xlsx")
    pointer = b'<Relationship Id="rId77" Type="http://x/sharedStrings" Target="texts.bin"/></Relationships>'
    return repacked(
        source,
        tmp_path / "laughs.xlsx",
        replace={"xl/_rels/workbook.xml.rels": lambda xml: xml.replace(b"</Relationships>", pointer)},
        add=[("xl/texts.bin", LAUGHS + b"<sst><si><t>&b;</t></si></sst>")],
    )


def million_rows(tmp_path):
    rows = b"".join(b"<row><c><v>%d</v></c></row>" % number for number in range(1_000_000))
    return with_rows(tmp_path, rows + b"</sheetData>")


def million_rows_of_text(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_bytes(b"1,2\n" * 1_000_000)
    return path


def sixteen_thousand_columns(tmp_path):
    return with_rows(tmp_path, b"<row>" + b"<c><v>1</v></c>" * 16_000 + b"</row></sheetData>")


def cell_in_the_last_corner(tmp_path):
    path = with_rows(tmp_path, b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')
    assert path.stat().st_size < 12_000
    return path


def ods_without_end(tmp_path):
    return saved_ods(
        tmp_path, row(cell("x", number_columns_repeated="900"), about='table:number-rows-repeated="99999"')
    )


def letter_named_as_a_workbook(tmp_path):
    path = tmp_path / "letter.xlsx"
    path.write_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    return path


def truncated(tmp_path):
    path = build_dashboard(tmp_path / "cut.xlsx")
    path.write_bytes(path.read_bytes()[:5_000])
    return path


def part_outside_the_workbook(tmp_path):
    source = build_dashboard(tmp_path / "sound.xlsx")
    return repacked(source, tmp_path / "paths.xlsx", add=[("../../../../tmp/outside.xml", b"<x/>")])


def sheet_that_is_said_to_be_outside(tmp_path):
    source = build_dashboard(tmp_path / "sound.xlsx")

    def elsewhere(xml: bytes) -> bytes:
        return xml.replace(b"/xl/worksheets/sheet1.xml", b"../../../../../etc/passwd").replace(
            b"/xl/worksheets/sheet2.xml", b"file:///etc/passwd"
        )

    return repacked(source, tmp_path / "paths.xlsx", replace={"xl/_rels/workbook.xml.rels": elsewhere})


def locked_with_a_password(tmp_path):
    path = tmp_path / "locked.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le"))
    return path


def locked_ods(tmp_path):
    return saved_ods(tmp_path, row(cell("x")), manifest="<manifest:encryption-data/>")


def old_workbook_of_rubbish(tmp_path):
    path = tmp_path / "old.xls"
    rubbish = random.Random(1).randbytes(4_000)
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + rubbish + "Workbook".encode("utf-16-le") + bytes(8))
    return path


def old_workbook_that_claims_more_than_it_holds(tmp_path):
    sizes = record(0x200, struct.pack("<IIHHH", 0, 0xFFFFFFF, 0, 0xFFFF, 0))
    return build_xls(tmp_path / "old.xls", [("Status", 0, sizes + text(0, 0, "x"))])


def empty(tmp_path):
    path = tmp_path / "empty.xlsx"
    path.touch()
    return path


def tree_that_is_never_closed(tmp_path):
    source = build_dashboard(tmp_path / "sound.xlsx")
    deep = b"</sheetData>" + b"<a>" * 200_000
    return repacked(source, tmp_path / "deep.xlsx", replace={SHEET: lambda xml: xml.replace(b"</sheetData>", deep)})


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (zip_bomb, "unpacks to far more than a workbook of its size would hold, so it was not opened. If you know"),
        (zip_that_lies_about_its_sizes, "damaged or cut short: it cannot be unpacked. Save it again"),
        (xml_bomb, "declares XML entities, which no workbook needs and which do harm; it was not opened. If you know"),
        (xml_bomb_in_a_part_of_another_name, "declares XML entities"),
        (million_rows, "the most that is taken is 100,000 rows and 1,000 columns. Delete the empty rows"),
        (million_rows_of_text, "A sheet (CSV) has a cell at A100001"),
        (sixteen_thousand_columns, "1,000 columns. Delete the empty rows and columns beyond the table"),
        (cell_in_the_last_corner, "has a cell at XFD1048576"),
        (ods_without_end, "more than 1,500,000 cells. Split it and load the parts."),
        (letter_named_as_a_workbook, "is named .xlsx but is something else, not a workbook. Open it in a spreadsheet"),
        (truncated, "damaged or cut short"),
        (part_outside_the_workbook, "points outside the workbook, so it was not opened. If you know who sent it"),
        (sheet_that_is_said_to_be_outside, "no sheet of cells"),
        (locked_with_a_password, "protected by a password. Save a copy without one and load that."),
        (locked_ods, "protected by a password. Save a copy without one and load that."),
        (old_workbook_of_rubbish, "damaged and could not be read. Open it in a spreadsheet programme"),
        (old_workbook_that_claims_more_than_it_holds, "needs more memory to read than is allowed. Split it"),
        (empty, "The file is empty. Save the workbook again and choose that file."),
        (tree_that_is_never_closed, "damaged and could not be read"),
    ],
)
def test_refused_in_a_sentence(refused, tmp_path, make, said):
    assert said in refused(make(tmp_path))


def test_links_to_other_workbooks_are_told_and_not_followed(council, capsys, tmp_path):
    link = b'<externalLink><externalBook r:id="rId1"/></externalLink>'
    target = b'<Relationships><Relationship Id="rId1" Type="http://x/externalLinkPath" TargetMode="External" Target="'
    target += b'file:///etc/passwd"/></Relationships>'
    add = [("xl/externalLinks/externalLink1.xml", link), ("xl/externalLinks/_rels/externalLink1.xml.rels", target)]
    path = repacked(build_dashboard(tmp_path / "sound.xlsx"), tmp_path / "linked-2019-07.xlsx", add=add)
    before = counts()
    call_command("import_workbook", str(path))
    printed = capsys.readouterr()
    assert "takes values from another workbook; the values last stored are used and no link is followed." in printed.out
    assert ("root:" in printed.out, counts()) == (False, before)


INJECTED = "=cmd|' /C calc'!A0"


def test_words_that_would_be_a_formula_stay_words(council, capsys, tmp_path):
    def inject(book):
        (commentary,) = (one for line in book["Dashboard"] for one in line if one.value == HOMELESSNESS.commentary)
        commentary.value, commentary.data_type = INJECTED, "s"

    path = build_dashboard(tmp_path / "injected-2019-07.xlsx", also=inject)
    call_command("import_workbook", str(path), commit=True)
    assert Narrative.objects.of(newest(council)).get(section="commentary").text == INJECTED
    call_command("export_workbook", "westshire/homelessness", output=tmp_path / "out.xlsx")
    assert "Error" not in capsys.readouterr().out
    written = [
        one
        for sheet in openpyxl.load_workbook(tmp_path / "out.xlsx")
        for line in sheet
        for one in line
        if isinstance(one.value, str) and "calc" in one.value
    ]
    assert written
    assert all(one.data_type == "s" for one in written)
    with zipfile.ZipFile(tmp_path / "out.xlsx") as archive:
        assert not any(b"<f>" in archive.read(name) for name in archive.namelist() if "sheet" in name)
