"""What calamine does not tell of an .xls workbook: how its cells look, what is hidden or merged, errors and comments.

The file is a container of sectors (MS-CFB); in it a stream of records (MS-XLS, "BIFF8"), of which a few matter here.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from openpyxl.styles.numbers import BUILTIN_FORMATS

from projects.imports.cells import State
from projects.imports.colours import PALETTE
from projects.rules.printable import printable

Place = tuple[int, int]
END_OF_CHAIN, FREE = 0xFFFFFFFE, 0xFFFFFFFF
STATES: tuple[State, ...] = ("visible", "hidden", "very_hidden")
ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
WORKSHEET = 0
SOLID = 1
FIRST_OWN_COLOUR = 8  # of the palette; those before are fixed

(BOF, EOF, FILEPASS, CONTINUE, NOTE, OBJECT, TEXT) = (0x809, 0x0A, 0x2F, 0x3C, 0x1C, 0x5D, 0x1B6)
(BOUNDSHEET, FORMAT, STYLE, OWN_COLOURS, ROW, COLUMNS, MERGED) = (0x85, 0x41E, 0xE0, 0x92, 0x208, 0x7D, 0xE5)
(FORMULA, BLANK, BLANKS, NUMBERS, BOOL_OR_ERROR, RULE) = (0x06, 0x201, 0xBE, 0xBD, 0x205, 0x1B1)
ONE_CELL = {FORMULA, BLANK, BOOL_OR_ERROR, 0x203, 0x27E, 0xFD, 0x204, 0xD6}  # with numbers and texts of four kinds
VERSION_8 = 0x600


class Locked(Exception):
    """The records are encrypted."""


@dataclass
class Looks:
    """One sheet. `styles` are (number format, fill) of each cell that has a record; rows and columns count from 1."""

    name: str
    state: State
    is_worksheet: bool
    styles: dict[Place, tuple[str, str | None]] = field(default_factory=dict)
    errors: dict[Place, str] = field(default_factory=dict)
    comments: dict[Place, str] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_cols: list[int] = field(default_factory=list)
    rules: int = 0


def read_looks(content: bytes) -> list[Looks]:
    """The sheets in the order of their tabs; none for workbooks older than Excel 97. Locked, or what struct raises."""
    stream = _stream(content, "Workbook")
    if stream is None or len(stream) < 8 or struct.unpack_from("<H", stream, 4)[0] != VERSION_8:
        return []
    book = _Globals()
    sheets = []
    for kind, record in _records(stream, 0):
        if kind == EOF:
            break
        book.take(kind, record)
    for start, looks in book.sheets:
        if looks.is_worksheet:
            _read_sheet(stream, start, looks, book)
        sheets.append(looks)
    return sheets


# The container -----------------------------------------------------------------------------------------------------


def _stream(content: bytes, name: str) -> bytes | None:
    """A stream of the container by its name."""
    shift, small_shift = struct.unpack_from("<HH", content, 30)
    if shift not in (9, 12) or small_shift > shift:
        return None
    size, small_size = 1 << shift, 1 << small_shift
    directory, _, cutoff, small_table, _, more, _ = struct.unpack_from("<IIIIIII", content, 48)

    def sector(number: int) -> bytes:
        return content[(number + 1) * size : (number + 2) * size]

    def chain(number: int, table: tuple[int, ...]) -> Iterator[int]:
        for _ in range(len(table)):  # a chain that is longer than the table runs in a circle
            if number >= len(table):
                return
            yield number
            number = table[number]

    def numbers(held: bytes) -> tuple[int, ...]:
        return struct.unpack(f"<{len(held) // 4}I", held[: len(held) // 4 * 4])

    lists = list(struct.unpack_from("<109I", content, 76))
    seen = set()
    while more < END_OF_CHAIN and more not in seen:
        seen.add(more)
        *some, more = numbers(sector(more)) or (END_OF_CHAIN,)
        lists += some
    table = numbers(b"".join(sector(number) for number in lists if number not in (FREE, END_OF_CHAIN)))
    entries = b"".join(sector(number) for number in chain(directory, table))
    small = b""
    for at in range(0, len(entries) - 127, 128):
        length = struct.unpack_from("<H", entries, at + 64)[0]
        kind = entries[at + 66]
        start, held = struct.unpack_from("<II", entries, at + 116)
        title = entries[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
        if kind == 5:  # the root, in which small streams are kept
            small = b"".join(sector(number) for number in chain(start, table))
        elif title.lower() == name.lower():
            if held >= cutoff:
                return b"".join(sector(number) for number in chain(start, table))[:held]
            places = numbers(b"".join(sector(number) for number in chain(small_table, table)))
            return b"".join(small[number * small_size : (number + 1) * small_size] for number in chain(start, places))[
                :held
            ]
    return None


def _records(stream: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """(kind, content) of each record, from a place in the stream to its end."""
    while start + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, start)
        yield kind, stream[start + 4 : start + 4 + length]
        start += 4 + length


# Records -----------------------------------------------------------------------------------------------------------


class _Globals:
    """What the sheets of a workbook share."""

    def __init__(self):
        self.sheets: list[tuple[int, Looks]] = []
        self.formats: dict[int, str] = dict(BUILTIN_FORMATS)
        self.written_styles: list[tuple[int, int, int]] = []
        self.palette = list(PALETTE)

    def take(self, kind: int, record: bytes) -> None:
        if kind == FILEPASS:
            raise Locked
        if kind == BOUNDSHEET:
            start, state, sort, length, wide = struct.unpack_from("<IBBBB", record)
            name = _text(record[8:], length, wide)
            is_worksheet = sort == WORKSHEET
            self.sheets.append((start, Looks(name, STATES[min(state & 3, 2)], is_worksheet)))
        elif kind == FORMAT:
            number, length, wide = struct.unpack_from("<HHB", record)
            self.formats[number] = _text(record[5:], length, wide) or "General"
        elif kind == STYLE:
            number_format, pattern, colours = (
                *struct.unpack_from("<H", record, 2),
                *struct.unpack_from("<IH", record, 14),
            )
            self.written_styles.append((number_format, pattern >> 26, colours & 0x7F))
        elif kind == OWN_COLOURS:
            for at in range(min(struct.unpack_from("<H", record)[0], 56)):
                self.palette[FIRST_OWN_COLOUR + at] = record[2 + at * 4 : 5 + at * 4].hex().upper().rjust(6, "0")

    def style(self, number: int) -> tuple[str, str | None]:
        """(number format, fill) of a style by its number."""
        if number >= len(self.written_styles):
            return "General", None
        number_format, pattern, colour = self.written_styles[number]
        is_filled = pattern == SOLID and colour < len(self.palette)
        return self.formats.get(number_format, "General"), self.palette[colour] if is_filled else None


def _text(content: bytes, length: int, wide: int) -> str:
    encoding, size = ("utf-16-le", 2) if wide & 1 else ("latin-1", 1)
    return printable(content[: length * size].decode(encoding, "replace"))


def _read_sheet(stream: bytes, start: int, looks: Looks, book: _Globals) -> None:
    known: dict[int, tuple[str, str | None]] = {}
    texts: dict[int, str] = {}
    notes: list[tuple[Place, int]] = []
    object_number = text_length = 0
    depth = 0  # charts within the sheet are streams within the stream

    def put(row: int, column: int, style: int) -> None:
        look = known.get(style) or known.setdefault(style, book.style(style))
        looks.styles[row + 1, column + 1] = look

    for kind, record in _records(stream, start):
        if kind == BOF:
            depth += 1
        elif kind == EOF:
            depth -= 1
            if depth <= 0:
                break
        elif depth > 1:
            continue
        elif kind in ONE_CELL:
            row, column, style = struct.unpack_from("<HHH", record)
            put(row, column, style)
            if error := _error(kind, record):
                looks.errors[row + 1, column + 1] = error
        elif kind in (NUMBERS, BLANKS):
            row, column = struct.unpack_from("<HH", record)
            step = 6 if kind == NUMBERS else 2
            for at, place in enumerate(range(4, len(record) - 2, step)):
                put(row, column + at, *struct.unpack_from("<H", record, place))
        else:
            _take_other(kind, record, looks)
            if kind == OBJECT and len(record) >= 8:
                object_number = struct.unpack_from("<H", record, 6)[0]
            elif kind == TEXT and len(record) >= 12:
                text_length = struct.unpack_from("<H", record, 10)[0]
            elif kind == CONTINUE and text_length and record:
                words = _text(record[1:], text_length, record[0])
                texts[object_number] = texts.get(object_number, "") + words
                text_length -= max(1, len(words))
            elif kind == NOTE and len(record) >= 8:
                row, column, _, number = struct.unpack_from("<HHHH", record)
                notes.append(((row + 1, column + 1), number))
    looks.comments = {place: texts[number].strip() for place, number in notes if texts.get(number, "").strip()}
    looks.hidden_rows.sort()
    looks.hidden_cols.sort()
    looks.merged.sort()


def _error(kind: int, record: bytes) -> str | None:
    if kind == BOOL_OR_ERROR and len(record) >= 8 and record[7]:
        return ERRORS.get(record[6], "#N/A")
    if kind == FORMULA and len(record) >= 14 and record[12:14] == b"\xff\xff" and record[6] == 2:
        return ERRORS.get(record[8], "#N/A")
    return None


def _take_other(kind: int, record: bytes, looks: Looks) -> Any:
    if kind == ROW:
        row, height, flags = struct.unpack_from("<H4xH4xH", record)
        if flags & 0x20 or height == 0:
            looks.hidden_rows.append(row + 1)
    elif kind == COLUMNS:
        first, last, width, _, flags = struct.unpack_from("<HHHHH", record)
        if flags & 1 or width == 0:
            looks.hidden_cols.extend(range(first + 1, min(last, 255) + 2))
    elif kind == MERGED:
        for at in range(2, len(record) - 7, 8):
            top, bottom, left, right = struct.unpack_from("<HHHH", record, at)
            looks.merged.append((top + 1, left + 1, bottom + 1, right + 1))
    elif kind == RULE:
        looks.rules += 1
