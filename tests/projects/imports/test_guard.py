"""What is not a workbook, or is built to do harm, is refused with a sentence before anything opens it."""

import contextlib
import io
import random
import zipfile

import pytest
from openpyxl import Workbook

from projects.imports.child import (
    TASK,
    TOO_LARGE,
    TOO_SLOW,
    WEB_REQUEST,
    ProcessLimits,
    ReadingLimitReached,
    read_here,
    read_safely,
)
from projects.imports.guard import CHUNK, OLE2, SizeLimits, check_file
from projects.imports.problems import WorkbookRefused
from projects.imports.read import read_workbook
from tests.projects.imports.xls_files import build_xls, text
from tests.workbooks import build_dashboard


@pytest.fixture
def dashboard(tmp_path):
    return build_dashboard(tmp_path / "dashboard.xlsx")


def refusal(path, **options) -> str:
    with pytest.raises(WorkbookRefused) as refused:
        check_file(path, **options)
    return refused.value.sentence


def refusal_on_reading(path, **options) -> str:
    checked = check_file(path)
    with pytest.raises(WorkbookRefused) as refused:
        read_workbook(path, checked.kind, **options)
    return refused.value.sentence


def repacked(source, target, *, replace=None, add=()):
    """A copy of a workbook with some parts replaced (a function of the old bytes) and others added."""
    replace = replace or {}
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, replace[name](content) if name in replace else content)
        for name, content in add:
            new.writestr(name, content)
    return target


SHEET = "xl/worksheets/sheet1.xml"


def test_workbook_is_taken(dashboard):
    checked = check_file(dashboard)
    assert (checked.kind, checked.notes) == ("xlsx", ())


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("empty.xlsx", b"", "The file is empty."),
        ("words.xlsx", b"Project Reference\t5\n", "is named .xlsx but is a text file"),
        ("words.xlsx", "Project".encode("utf-16"), "is named .xlsx but is a text file"),
        ("paper.xlsx", b"%PDF-1.7\n%\xe2\xe3", "is named .xlsx but is something else"),
        ("paper.pdf", b"%PDF-1.7\n", "The file is not a workbook."),
        ("list.csv", b"\x00\x01\x02\x03", "The file is not a workbook."),
        ("locked.xlsx", OLE2 + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        ("letter.doc", OLE2 + bytes(600) + "WordDocument".encode("utf-16-le"), "not a workbook"),
        ("short.xlsx", b"PK\x03\x04" + bytes(50), "damaged or cut short"),
    ],
)
def test_wrong_kinds_of_file(tmp_path, name, content, expected):
    path = tmp_path / name
    path.write_bytes(content)
    assert expected in refusal(path)


def test_name_as_sent_counts_where_the_file_is_stored_under_another(tmp_path):
    path = tmp_path / "5f2c"
    path.write_bytes(b"REF,DETAIL\n1,Roof\n")
    assert check_file(path, name="register.CSV").kind == "csv"
    assert "is named .xlsx but is a text file" in refusal(path, name="register.xlsx")


@pytest.mark.parametrize("name", ["register.xls", "register.csv", "register.ods", "register", "register.xlsx.txt"])
def test_a_workbook_is_told_by_its_content_whatever_its_name(dashboard, tmp_path, name):
    path = dashboard.rename(tmp_path / name)
    assert read_here(path).sheets[0].name == "Dashboard"


def test_an_old_workbook_of_another_name(tmp_path):
    path = build_xls(tmp_path / "register.xlsx", [("Status", 0, text(0, 0, "Red"))])
    assert (check_file(path).kind, read_here(path).sheets[0].cells[1, 1].value) == ("xls", "Red")


@pytest.mark.parametrize(
    "content", [b"<html><table><tr><td>Red</td></tr></table></html>", b"<?xml version='1.0'?><Workbook/>"]
)
def test_pages_that_are_named_as_workbooks_are_refused(tmp_path, content):
    path = tmp_path / "register.xls"
    path.write_bytes(content)
    assert "is named .xls but is a text file, not a workbook. Open it in a spreadsheet programme" in refusal(path)


def test_truncated_workbook(dashboard, tmp_path):
    path = tmp_path / "cut.xlsx"
    path.write_bytes(dashboard.read_bytes()[:-400])
    assert "damaged or cut short" in refusal(path)


def test_damaged_part(dashboard, tmp_path):
    content = bytearray(dashboard.read_bytes())
    middle = len(content) // 3
    content[middle : middle + 40] = bytes(40)
    path = tmp_path / "damaged.xlsx"
    path.write_bytes(content)
    assert "damaged or cut short" in refusal(path)


@pytest.mark.parametrize("seed", range(30))
def test_changed_bytes_are_read_or_refused_never_a_crash(dashboard, seed):
    content = bytearray(dashboard.read_bytes())
    chance = random.Random(seed)
    for _ in range(chance.randint(1, 20)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    dashboard.write_bytes(content)
    with contextlib.suppress(WorkbookRefused):
        check_file(dashboard)


def test_other_packed_file(tmp_path):
    path = tmp_path / "photos.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("one.txt", "not a workbook")
    assert "packed file but not a workbook" in refusal(path)


def test_too_large_a_file(dashboard):
    size = dashboard.stat().st_size
    assert check_file(dashboard, limits=SizeLimits(file_bytes=size)).kind == "xlsx"
    assert "the largest that is taken" in refusal(dashboard, limits=SizeLimits(file_bytes=size - 1))


def test_zip_bomb(dashboard, tmp_path):
    path = repacked(dashboard, tmp_path / "bomb.xlsx", add=[("xl/media/blank.bin", bytes(20 * 2**20))])
    assert path.stat().st_size < 2**20
    assert "unpacks to far more" in refusal(path)
    assert "Unpacked the file would be" in refusal(path, limits=SizeLimits(unpacked_bytes=2**20))


def test_too_many_parts(dashboard, tmp_path):
    path = repacked(dashboard, tmp_path / "parts.xlsx", add=[(f"xl/x{n}.bin", b"") for n in range(2001)])
    assert "parts; a workbook of more than 2,000" in refusal(path)


@pytest.mark.parametrize("name", ["../../outside.xml", "/etc/outside.xml", "xl\\..\\outside.xml", "C:outside.xml"])
def test_path_tricks(dashboard, tmp_path, name):
    path = repacked(dashboard, tmp_path / "paths.xlsx", add=[(name, b"x")])
    assert "points outside the workbook" in refusal(path)


def test_two_parts_of_one_name(dashboard, tmp_path):
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = repacked(dashboard, tmp_path / "twice.xlsx", add=[(SHEET, b"<worksheet/>")])
    assert "two parts of the same name" in refusal(path)


@pytest.mark.parametrize(
    "declaration",
    [b'<!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>', b"<!doctype w SYSTEM 'file:///etc/passwd'>"],
)
def test_xml_bombs(dashboard, tmp_path, declaration):
    path = repacked(dashboard, tmp_path / "entities.xlsx", replace={SHEET: lambda xml: declaration + xml})
    assert "declares XML entities" in refusal(path)


def test_declaration_across_two_pieces_of_the_scan(dashboard, tmp_path):
    content = b" " * (CHUNK - 4) + b"<!DOCTYPE w><w/>"
    path = repacked(dashboard, tmp_path / "entities.xlsx", add=[("xl/other.xml", content)])
    assert "declares XML entities" in refusal(path)


def test_xml_in_another_encoding_is_not_let_past_the_scan(dashboard, tmp_path):
    path = repacked(dashboard, tmp_path / "utf16.xlsx", replace={SHEET: lambda xml: xml.decode().encode("utf-16")})
    assert "not in the usual encoding" in refusal(path)


@pytest.mark.parametrize(
    ("cell", "is_refused"), [("XFD1048576", True), ("A100001", True), ("ALM1", True), ("ALL100000", False)]
)
def test_far_off_cells(tmp_path, cell, is_refused):
    book = Workbook()
    book.active[cell] = 1
    path = tmp_path / "far.xlsx"
    book.save(path)
    if is_refused:
        assert f"has a cell at {cell}" in refusal_on_reading(path)
    else:
        assert read_workbook(path, "xlsx").sheets[0].cells[100_000, 1_000].value == 1


def test_far_off_cell_that_the_declared_dimension_hides(dashboard, tmp_path):
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    path = repacked(dashboard, tmp_path / "far.xlsx", replace={SHEET: lambda xml: xml.replace(b"</sheetData>", far)})
    assert "has a cell at XFD1048576" in refusal_on_reading(path)


def test_far_off_cells_that_hold_nothing_are_no_reason_to_refuse(dashboard, tmp_path):
    far = b'<row r="1048576"><c r="XFD1048576" s="1"/></row></sheetData>'
    path = repacked(dashboard, tmp_path / "far.xlsx", replace={SHEET: lambda xml: xml.replace(b"</sheetData>", far)})
    assert max(read_workbook(path, "xlsx").sheets[0].cells)[0] < 1_000


def test_cells_without_addresses_are_counted(dashboard, tmp_path):
    many = b"<row>" + b"<c><v>1</v></c>" * 500 + b"</row></sheetData>"
    path = repacked(dashboard, tmp_path / "many.xlsx", replace={SHEET: lambda xml: xml.replace(b"</sheetData>", many)})
    sheet = read_workbook(path, "xlsx").sheets[0]
    last = max(sheet.cells)
    assert last[1] == 500
    assert all(sheet.cells[last[0], column].value == 1 for column in range(1, 501))
    assert "more than 500 cells" in refusal_on_reading(path, limits=SizeLimits(cells=500))


def test_macros_and_links_to_other_workbooks_are_told(dashboard, tmp_path):
    add = [("xl/vbaProject.bin", b"x"), ("xl/externalLinks/externalLink1.xml", b"<externalLink/>")]
    path = repacked(dashboard, tmp_path / "linked.xlsm", add=add)
    assert check_file(path).notes == (
        "The workbook holds macros; they are ignored.",
        "The workbook takes values from another workbook; the values last stored are used and no link is followed.",
    )
    assert read_safely(path).notes == list(check_file(path).notes)


def test_reading_in_a_child_gives_the_same_cells_and_leaves_nothing(dashboard, tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    workbook = read_safely(dashboard)
    assert [sheet.name for sheet in workbook.sheets] == ["Dashboard", "Change Control"]
    cell = workbook.sheets[0].cells[38, 5]
    assert (cell.value, cell.fill_rgb) == ("AMBER", "FFC000")
    assert workbook.sheets[0].cells[9, 4].text == "01/04/2018"
    assert list(folder.iterdir()) == []


def test_child_refuses_with_the_guards_sentence(tmp_path, monkeypatch):
    path = tmp_path / "words.xlsx"
    path.write_text("only words")
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    with pytest.raises(WorkbookRefused, match=r"is named \.xlsx but is a text file"):
        read_safely(path)
    assert list(folder.iterdir()) == []


def test_child_out_of_memory(dashboard, tmp_path):
    rows = b"".join(b"<row><c><v>%d</v></c></row>" % number for number in range(90_000)) + b"</sheetData>"
    path = repacked(dashboard, tmp_path / "large.xlsx", replace={SHEET: lambda xml: xml.replace(b"</sheetData>", rows)})
    with pytest.raises(ReadingLimitReached) as refused:
        read_safely(path, limits=ProcessLimits(memory_bytes=60 * 2**20, seconds=60))
    assert refused.value.sentence == TOO_LARGE


@pytest.mark.parametrize("limits", [ProcessLimits(seconds=0), ProcessLimits(patience=0)])
def test_child_out_of_time(dashboard, limits):
    with pytest.raises(ReadingLimitReached) as refused:
        read_safely(dashboard, limits=limits)
    assert refused.value.sentence == TOO_SLOW


def test_a_task_has_more_time_and_memory_than_a_request():
    assert TASK.seconds > WEB_REQUEST.seconds == 10
    assert WEB_REQUEST.seconds < WEB_REQUEST.patience < TASK.patience
    assert TASK.memory_bytes > WEB_REQUEST.memory_bytes == 512 * 2**20


def test_missing_file(tmp_path):
    with pytest.raises(WorkbookRefused, match="There is no such file"):
        read_safely(tmp_path / "nowhere.xlsx")


def test_encrypted_member(dashboard, tmp_path):
    content = bytearray(dashboard.read_bytes())
    start = 0
    while (start := content.find(b"PK\x01\x02", start)) >= 0:
        content[start + 8] |= 1  # the "encrypted" bit of a part's entry
        start += 4
    path = tmp_path / "locked.xlsx"
    path.write_bytes(content)
    assert "protected by a password" in refusal(path)


def test_binary_workbook(tmp_path):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("[Content_Types].xml", "application/vnd.openxmlformats-officedocument.spreadsheetml")
        archive.writestr("xl/workbook.bin", b"")
    path = tmp_path / "binary.xlsb"
    path.write_bytes(held.getvalue())
    assert "Binary workbooks" in refusal(path)
