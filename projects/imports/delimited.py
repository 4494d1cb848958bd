"""Read .csv and its kin: text of unknown encoding, with commas, semicolons, tabs or bars between the values."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from projects.imports.cells import Cell, Sheet
from projects.imports.guard import SizeLimits, check_place
from projects.imports.problems import WorkbookRefused
from projects.rules.printable import printable

CSV_SHEET = "CSV"
DELIMITERS = ",;\t|"
NAMED_DELIMITER = re.compile(r"\s*\"?sep=(.)\"?[\r\n]+", re.IGNORECASE)
HEAD = 50_000  # characters in which the delimiter is looked for
HEAD_ROWS = 60
# What a council's file may well hold outside ASCII; used to tell the one-byte encodings apart.
LIKELY_SIGNS = set("£€‘’“”–—•…°½¼¾éèêëàâäáçïîíñôöóúüÉ×\xa0")
CURRENCIES = "£€"
CODE_PAGES = {"cp1252": "Windows", "mac_roman": "an older Macintosh", "cp850": "MS-DOS"}
STRANGE = re.compile(r"[^\x00-\x7f]")
BEYOND_ASCII = re.compile(r"[^\s,;\t|\"]{0,12}[^\x00-\x7f][^\s,;\t|\"]{0,12}")


def read_csv(path: Path, limits: SizeLimits) -> tuple[list[Sheet], list[str]]:
    """The file as one sheet of texts."""
    sheet = Sheet(CSV_SHEET)
    text, told = _decoded(path.read_bytes())
    for row, values in enumerate(_rows(printable(text)), start=1):
        for column, value in enumerate(values, start=1):
            if value := value.strip():
                check_place(row, column, CSV_SHEET, limits, filled=len(sheet.cells))
                sheet.cells[row, column] = Cell(value)
    return [sheet], told


def _rows(text: str) -> Iterator[list[str]]:
    # Some programmes put a carriage return, or two, before the line feed; alone it ends a line too.
    text = re.sub(r"\r+\n", "\n", text)
    named = NAMED_DELIMITER.match(text)  # spreadsheet programmes take such a first line as an instruction
    delimiter = named[1] if named else _delimiter(text[:HEAD])
    try:
        yield from csv.reader(io.StringIO(text[named.end() :] if named else text, newline=""), delimiter=delimiter)
    except csv.Error as error:
        because = str(error)
        if "field limit" in because:
            because = f"one is longer than {csv.field_size_limit():,} characters, as if a quotation mark were missing"
        raise WorkbookRefused(
            f"The file could not be read as a list of values: {because}."
            " Open it in a spreadsheet programme and save it as .xlsx."
        ) from error


def _delimiter(head: str) -> str:
    """The sign that cuts most rows into the same number of values; a title above the table has none of them."""

    def fit(delimiter: str) -> tuple[int, int]:
        try:
            rows = islice(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter), HEAD_ROWS)
            widths = Counter(len(row) for row in rows if len(row) > 1)
        except csv.Error:
            return 0, 0
        width, rows_of_it = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
        return rows_of_it, width

    return max(DELIMITERS, key=fit)


def decode(content: bytes) -> str:
    """The text of a file of unknown encoding: by its mark, then UTF-8, then the likeliest one-byte code page."""
    return _decoded(content)[0]


def _decoded(content: bytes) -> tuple[str, list[str]]:
    """The text, and what should be told of how it was read."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return content.decode(encoding, errors="replace"), []
    sample = content[:2000]
    if sample.count(0) > len(sample) // 4:
        side = "le" if sample[1::2].count(0) > sample[::2].count(0) else "be"
        return content.decode(f"utf-16-{side}", errors="replace"), []
    try:
        return content.decode("utf-8"), []
    except UnicodeDecodeError:
        readings = {name: content.decode(name, errors="replace") for name in CODE_PAGES}
        best = max(readings, key=lambda name: _likelihood(readings[name]))
        example = BEYOND_ASCII.search(readings[best])
        return readings[best], [
            f"The file does not say how its signs are coded; it was read as written by {CODE_PAGES[best]}"
            f" (“{example[0].strip()}”)."
        ] if example else []


def _likelihood(text: str) -> int:
    """How likely the signs beyond ASCII are: a pound before a figure most, an accent away from letters least."""
    said = 0
    for found in STRANGE.finditer(text):
        sign, place = found[0], found.start()
        before, after = text[place - 1 : place], text[place + 1 : place + 2]
        if sign in CURRENCIES and after.isdigit():
            said += 2
        elif sign.isalpha() and not (before.isalpha() or after.isalpha()):
            said -= 1
        else:
            said += 1 if sign in LIKELY_SIGNS else -1 if sign.isalpha() else -2
    return said
