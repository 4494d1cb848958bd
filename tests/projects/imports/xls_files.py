"""Build .xls workbooks for tests, record by record: nothing that is installed writes them."""

import struct
from collections.abc import Iterable, Sequence
from pathlib import Path

SECTOR = 512
FIRST_OWN_FORMAT = 164
FREE, END, TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def record(kind: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def start(kind: int) -> bytes:
    """The record that a stream begins with: 5 for the workbook, 0x10 for a sheet, 0x20 for a chart."""
    return record(0x809, struct.pack("<HHHHII", 0x600, kind, 0, 1997, 0, 6))


def number(row: int, column: int, value: float, style: int = 0) -> bytes:
    return record(0x203, struct.pack("<HHHd", row, column, style, value))


def text(row: int, column: int, words: str, style: int = 0) -> bytes:
    return record(0x204, struct.pack("<HHHHB", row, column, style, len(words), 1) + words.encode("utf-16-le"))


def blank(row: int, column: int, style: int) -> bytes:
    return record(0x201, struct.pack("<HHH", row, column, style))


def error(row: int, column: int, code: int) -> bytes:
    return record(0x205, struct.pack("<HHHBB", row, column, 0, code, 1))


def failed_formula(row: int, column: int, code: int) -> bytes:
    return record(0x06, struct.pack("<HHHBxBxxxHHIH", row, column, 0, 2, code, 0xFFFF, 0, 0, 0))


def comment(row: int, column: int, words: str, of: int = 1) -> bytes:
    return (
        record(0x5D, struct.pack("<HHHH", 0x15, 18, 0x19, of) + bytes(18))
        + record(0x1B6, struct.pack("<HHIHHHI", 0, 0, 0, 0, len(words), 16, 0))
        + record(0x3C, b"\x01" + words[:4].encode("utf-16-le"))  # long texts are cut, so this one is
        + record(0x3C, b"\0" + words[4:].encode("latin-1"))
        + record(0x3C, bytes(16))  # how the text looks
        + record(0x1C, struct.pack("<HHHHHBB", row, column, 0, of, 1, 0, 65))
    )


def build_xls(
    path: Path,
    sheets: Iterable[tuple[str, int, bytes]],
    *,
    formats: Sequence[str] = (),
    styles: Sequence[tuple[int, int, int]] = ((0, 0, 64),),
    own_colours: Sequence[bytes] = (),
    is_1904: bool = False,
    also: bytes = b"",
) -> Path:
    """Sheets are (name, 0 visible, 1 hidden or 2 very hidden, records); styles (format, pattern, colour)."""
    shared = also + record(0x22, struct.pack("<H", is_1904))
    for at, words in enumerate(formats, start=FIRST_OWN_FORMAT):
        shared += record(0x41E, struct.pack("<HHB", at, len(words), 1) + words.encode("utf-16-le"))
    for number_format, pattern, colour in styles:
        shared += record(0xE0, struct.pack("<HH10xIH", 0, number_format, pattern << 26, colour))
    if own_colours:
        palette = b"".join(colour + b"\0" for colour in own_colours)
        shared += record(0x92, struct.pack("<H", len(own_colours)) + palette)
    streams = [start(0x10) + records + record(0x0A) for _, _, records in sheets]
    names = [struct.pack("<BB", len(name), 1) + name.encode("utf-16-le") for name, _, _ in sheets]
    at = len(start(5)) + len(shared) + sum(10 + len(name) for name in names) + 4
    listed = b""
    for (_, state, _), name, stream in zip(sheets, names, streams, strict=True):
        listed += record(0x85, struct.pack("<IBB", at, state, 0) + name)
        at += len(stream)
    path.write_bytes(_container(start(5) + shared + listed + record(0x0A) + b"".join(streams)))
    return path


def _container(stream: bytes) -> bytes:
    """The stream in a container of sectors: a table of them, a directory, and the stream itself."""
    size = max(len(stream), 4096)  # smaller streams would be kept elsewhere
    count = -(-size // SECTOR)
    table = [TABLE, END, *range(3, count + 2), END]
    if len(table) > SECTOR // 4:
        raise ValueError("The workbook is too large for one table of sectors.")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, END, 0, END, 0) + struct.pack("<109I", 0, *[FREE] * 108)
    entries = _entry("Root Entry", 5, 1, END, 0) + _entry("Workbook", 2, FREE, 2, size) + bytes(256)
    sectors = struct.pack(f"<{SECTOR // 4}I", *table, *[FREE] * (SECTOR // 4 - len(table)))
    return header + sectors + entries + stream.ljust(count * SECTOR, b"\0")


def _entry(name: str, kind: int, child: int, first: int, size: int) -> bytes:
    written = name.encode("utf-16-le").ljust(64, b"\0")
    about = struct.pack("<HBBIII", len(name) * 2 + 2, kind, 1, FREE, FREE, child)
    return written + about + bytes(36) + struct.pack("<IQ", first, size)
