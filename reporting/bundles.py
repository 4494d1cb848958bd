"""All files of a pack's copy in one ZIP, to be handed to the agenda system and looked through years later.

Beside the files, under the names that readers see, it holds a list of them for people and their hashes for
`sha256sum --check SHA256SUMS`.
"""

import csv
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from projects.tables import safe_cell

HASHES, LIST = "SHA256SUMS", "Files of this pack.csv"
PACKED_ALREADY = {".pdf", ".docx", ".xlsx"}


@dataclass(frozen=True)
class Bundled:
    """A file to go in; `pages` is None for what has none."""

    title: str
    name: str
    file: Path
    pages: int | None
    sha256: str


def bundle(files: Sequence[Bundled], output: Path) -> None:
    """Write the files, each of a name of its own, in their order, then the list and the hashes."""
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as whole:
        for each in files:
            how = zipfile.ZIP_STORED if each.file.suffix in PACKED_ALREADY else zipfile.ZIP_DEFLATED
            whole.write(each.file, each.name, compress_type=how)
        whole.writestr(LIST, _list(files))
        whole.writestr(HASHES, "".join(f"{each.sha256}  {each.name}\n" for each in files))


def free_name(name: str, taken: set[str]) -> str:
    """The name, with a number where it is taken; from then on it is."""
    path, number, free = PurePath(name), 1, name
    while free in taken:
        number += 1
        free = f"{path.stem} ({number}){path.suffix}"
    taken.add(free)
    return free


def _list(files: Sequence[Bundled]) -> str:
    """The files as CSV; it begins with a mark by which spreadsheets know its letters."""
    written = io.StringIO()
    lines = csv.writer(written)
    lines.writerow(["Order", "Document", "File", "Pages", "Bytes", "SHA-256"])
    for place, each in enumerate(files, start=1):
        size = each.file.stat().st_size
        lines.writerow([place, safe_cell(each.title), safe_cell(each.name), each.pages or "", size, each.sha256])
    return f"\ufeff{written.getvalue()}"
