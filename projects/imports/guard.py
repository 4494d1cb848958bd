"""Look at an uploaded file before anything opens it, and refuse what is not a workbook or is built to do harm."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from projects.imports.cells import FileKind, address
from projects.imports.problems import WorkbookRefused


@dataclass(frozen=True)
class SizeLimits:
    """How large a workbook may be. Bytes, counts, and unpacked bytes for each packed one."""

    file_bytes: int = 25 * 2**20
    members: int = 2_000
    unpacked_bytes: int = 200 * 2**20
    ratio: int = 200
    ratio_from_bytes: int = 5 * 2**20  # small files may pack very well and are harmless
    rows: int = 100_000
    columns: int = 1_000
    cells: int = 1_500_000


@dataclass(frozen=True)
class Checked:
    """What the file really is, and what the importer should be told about it."""

    kind: FileKind
    notes: tuple[str, ...] = ()


SAVE_AGAIN = "Open it in a spreadsheet programme, save it as .xlsx and load that."
IF_TRUSTED = f"If you know who sent it: {SAVE_AGAIN[0].lower()}{SAVE_AGAIN[1:]}"
DECLARES_ENTITIES = (
    f"The file declares XML entities, which no workbook needs and which do harm; it was not opened. {IF_TRUSTED}"
)
LOCKED = "The workbook is protected by a password. Save a copy without one and load that."
OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
TEXT_SUFFIXES = {".csv", ".tsv", ".txt"}
WORKBOOK_SUFFIXES = {".xlsx", ".xlsm", ".xltx", ".xls", ".ods"}
UNSAFE_XML = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
CHUNK = 2**20


def check_file(path: Path, *, name: str = "", limits: SizeLimits = SizeLimits()) -> Checked:
    """Say what a file is, by its content; WorkbookRefused says what is wrong in a sentence.

    Only a text file needs its `name` (the path's own where none is given): .csv is taken, .xlsx is not what it says.
    """
    path = Path(path)
    size = path.stat().st_size
    if size == 0:
        raise WorkbookRefused("The file is empty. Save the workbook again and choose that file.")
    if size > limits.file_bytes:
        raise WorkbookRefused(
            f"The file is {_megabytes(size)}; the largest that is taken is {_megabytes(limits.file_bytes)}."
            " Split it and load the parts."
        )
    with path.open("rb") as source:
        start = source.read(4096)
    if start.startswith(OLE2):
        return _check_ole2(path)
    if start.startswith(b"PK"):
        return _check_zip(path, limits)
    return _check_text(Path(name or path).suffix.lower(), start)


def _megabytes(size: int) -> str:
    return f"{size / 2**20:.0f} MB" if size >= 2**20 else f"{size / 2**10:.0f} kB"


def _check_text(suffix: str, start: bytes) -> Checked:
    is_utf16 = start.startswith((b"\xff\xfe", b"\xfe\xff")) or start.count(0) > len(start) // 4
    controls = sum(byte < 32 and byte not in b"\t\n\r\x0c\x1a" for byte in start)
    is_text = is_utf16 or (controls == 0 and not start.startswith((b"%PDF", b"{\\rtf")))
    if suffix in WORKBOOK_SUFFIXES:
        what = "a text file" if is_text else "something else"
        raise WorkbookRefused(
            f"The file is named {suffix} but is {what}, not a workbook."
            " Open it in a spreadsheet programme and save it as .xlsx."
        )
    if suffix not in TEXT_SUFFIXES or not is_text:
        raise WorkbookRefused("The file is not a workbook. Workbooks are taken as .xlsx, .xlsm, .xls, .ods or .csv.")
    return Checked("csv")


def _check_ole2(path: Path) -> Checked:
    """The old container: an .xls workbook, or a newer one locked with a password."""
    content = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise WorkbookRefused(LOCKED)
    if not any(name.encode("utf-16-le") + b"\0\0" in content for name in ("Workbook", "Book")):
        raise WorkbookRefused(
            "The file is an old Office document and not a workbook, or one that is cut short."
            " Choose the workbook itself, or save it again."
        )
    notes = ("The workbook holds macros; they are ignored.",) if "_VBA_PROJECT".encode("utf-16-le") in content else ()
    return Checked("xls", notes)


def _check_zip(path: Path, limits: SizeLimits) -> Checked:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_members(members, path.stat().st_size, limits)
            kind = _zip_kind(archive)
            _scan_members(archive, members, limits)
            return Checked(kind, _notes({member.filename for member in members}))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError, RuntimeError) as error:
        raise WorkbookRefused(
            "The file is damaged or cut short: it cannot be unpacked. Save it again and try once more."
        ) from error


def _check_members(members: list[zipfile.ZipInfo], packed: int, limits: SizeLimits) -> None:
    if len(members) > limits.members:
        raise WorkbookRefused(
            f"The file holds {len(members):,} parts; a workbook of more than {limits.members:,} is not taken."
            f" {SAVE_AGAIN}"
        )
    names = [member.filename for member in members]
    if len(set(names)) != len(names):
        raise WorkbookRefused(
            f"The file holds two parts of the same name, which no spreadsheet programme writes. {IF_TRUSTED}"
        )
    for member in members:
        # orig_filename: zipfile itself turns backslashes and cuts at a null character.
        name = member.orig_filename
        if name.startswith("/") or "\\" in name or ":" in name or "\0" in name or ".." in name.split("/"):
            raise WorkbookRefused(
                f"The file holds a part whose name points outside the workbook, so it was not opened. {IF_TRUSTED}"
            )
        if member.flag_bits & 0x1:
            raise WorkbookRefused(LOCKED)
    unpacked = sum(member.file_size for member in members)
    if unpacked > limits.unpacked_bytes:
        raise WorkbookRefused(
            f"Unpacked the file would be {_megabytes(unpacked)};"
            f" the most that is taken is {_megabytes(limits.unpacked_bytes)}. Split it and load the parts."
        )
    if unpacked > limits.ratio_from_bytes and unpacked > packed * limits.ratio:
        raise WorkbookRefused(
            f"The file unpacks to far more than a workbook of its size would hold, so it was not opened. {IF_TRUSTED}"
        )


def _zip_kind(archive: zipfile.ZipFile) -> FileKind:
    names = set(archive.namelist())
    if "mimetype" in names and archive.read("mimetype")[:200].startswith(
        b"application/vnd.oasis.opendocument.spreadsheet"
    ):
        if "META-INF/manifest.xml" in names and b"encryption-data" in archive.read("META-INF/manifest.xml"):
            raise WorkbookRefused(LOCKED)
        return "ods"
    if "[Content_Types].xml" in names and b"spreadsheetml" in archive.read("[Content_Types].xml"):
        if "xl/workbook.bin" in names:
            raise WorkbookRefused("Binary workbooks (.xlsb) are not taken. Save the workbook as .xlsx.")
        return "xlsx"
    raise WorkbookRefused(
        "The file is a packed file but not a workbook. Workbooks are taken as .xlsx, .xlsm, .xls, .ods or .csv."
    )


def _scan_members(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], limits: SizeLimits) -> None:
    """Read every part through once: what it declares about its size may be untrue."""
    unpacked = 0
    for member in members:
        is_xml = member.filename.lower().endswith((".xml", ".rels", ".vml"))
        for chunk, fresh in _chunks(archive, member):
            unpacked += fresh
            if unpacked > limits.unpacked_bytes:
                raise WorkbookRefused(
                    f"Unpacked the file is more than {_megabytes(limits.unpacked_bytes)}. Split it and load the parts."
                )
            if not is_xml:
                continue
            if UNSAFE_XML.search(chunk):
                raise WorkbookRefused(DECLARES_ENTITIES)
            if b"\0" in chunk:
                raise WorkbookRefused(
                    f"A part of the file is not in the usual encoding (UTF-8), so it was not opened. {SAVE_AGAIN}"
                )


def _chunks(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[tuple[bytes, int]]:
    """A part in pieces cut between tags, so that no tag is missed or counted twice; with the bytes newly read."""
    rest = b""
    with archive.open(member) as part:
        while fresh := part.read(CHUNK):
            piece = rest + fresh
            cut = piece.rfind(b"<")
            # A tag longer than a piece is no tag; without this the rest would grow without end.
            cut = len(piece) if cut <= 0 or len(piece) - cut > CHUNK else cut
            rest = piece[cut:]
            yield piece[:cut], len(fresh)
    if rest:
        yield rest, 0


def check_place(row: int, column: int, sheet: str, limits: SizeLimits, *, filled: int = 0) -> None:
    """Refuse a cell further off than is taken, and one more than the `filled` cells that are taken."""
    if row > limits.rows or column > limits.columns:
        raise WorkbookRefused(
            f"A sheet ({sheet}) has a cell at {address(row, column)}; the most that is taken is {limits.rows:,} rows"
            f" and {limits.columns:,} columns. Delete the empty rows and columns beyond the table and save it again."
        )
    if filled >= limits.cells:
        raise WorkbookRefused(f"The workbook holds more than {limits.cells:,} cells. Split it and load the parts.")


def _notes(names: set[str]) -> tuple[str, ...]:
    notes = []
    if any(name.endswith("vbaProject.bin") for name in names):
        notes.append("The workbook holds macros; they are ignored.")
    links = sum(name.startswith("xl/externalLinks/") and name.endswith(".xml") for name in names)
    if links:
        other = "another workbook" if links == 1 else f"{links} other workbooks"
        notes.append(
            f"The workbook takes values from {other}; the values last stored are used and no link is followed."
        )
    return tuple(notes)
