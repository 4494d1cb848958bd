"""Drawn parts, kept by what they say: nothing that is unchanged is drawn twice, in whichever pack it stands."""

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from reporting.documents.document import BuiltDocument
from reporting.documents.pdf import draw_part, printed_html, style_words

PROJECT_ROOT = Path(__file__).resolve().parents[2]
# Whatever decides how a document turns out beside the record: when one of these changes, no recollection holds.
MAKERS = ("reporting/**/*.py", "projects/rules/*.py", "projects/templatetags/*.py", "templates/reporting/**/*.html")
KEPT_FOR = 90 * 24 * 3600  # seconds after its last use


class KeptParts:
    """Parts in a folder of the kept files, each under the hash of its text and of the styles it is drawn in."""

    def __init__(self, root: Path):
        self.folder = root / "parts"

    @cached_property
    def _styles(self) -> bytes:
        return hashlib.sha256(style_words().encode()).digest()

    def place_of(self, html: str) -> Path:
        """Where the part of that text is kept once it is drawn."""
        name = hashlib.sha256(self._styles + html.encode()).hexdigest()
        return self.folder / name[:2] / f"{name}.pdf"

    @staticmethod
    def has(place: Path) -> bool:
        """Whether it is there; asking counts as using it."""
        try:
            os.utime(place)
        except FileNotFoundError:
            return False
        return True

    def recalled(self, told: str) -> "Recollection | None":
        """What the document that `told` describes came to, without building it again; None where it is not known."""
        try:
            known = json.loads(self._recollection_of(told).read_text())
        except FileNotFoundError:
            return None
        place = self.folder / known["place"]
        return Recollection(place, known["marking"], known["pages"]) if self.has(place) else None

    def recall(self, told: str, place: Path, marking: str, pages: int) -> None:
        """Remember what the document that `told` describes came to."""
        said = {"place": str(place.relative_to(self.folder)), "marking": marking, "pages": pages}
        keep(self._recollection_of(told), json.dumps(said).encode())

    def _recollection_of(self, told: str) -> Path:
        return self.folder / "told" / f"{hashlib.sha256(_makers() + self._styles + told.encode()).hexdigest()}.json"

    def place_of_whole(self, parts: Iterable[tuple[str, Path]]) -> Path:
        """Where the parts, each with its title, are kept as one file once they are joined."""
        said = "\n".join(f"{title} {place.name}" for title, place in parts)
        return self.place_of(f"joined {_makers().hex()}\n{said}")

    def drawn(self, built: BuiltDocument) -> Path:
        """The part, drawn here and now unless it is kept."""
        html = printed_html(built)
        place = self.place_of(html)
        if not self.has(place):
            keep(place, draw_part(html))
        return place

    def tidy(self, *, now: float | None = None) -> int:
        """Remove what nobody has used for three months; how many there were."""
        before = (now or time.time()) - KEPT_FOR
        old = [file for file in self.folder.glob("*/*") if file.stat().st_mtime < before]
        for file in old:
            file.unlink(missing_ok=True)
        return len(old)


@dataclass(frozen=True)
class Recollection:
    """A part that is known without building its document: the file, what marks its pages, how many there are."""

    place: Path
    marking: str
    pages: int


@cache
def _makers() -> bytes:
    files = sorted(file for pattern in MAKERS for file in PROJECT_ROOT.glob(pattern))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).digest()


def keep(place: Path, drawn: bytes) -> None:
    """Write a part so that it is there as a whole or not at all."""
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=place.parent, suffix=".new", delete=False) as file:
        file.write(drawn)
    os.replace(file.name, place)
