"""Drawn parts, kept by what they say: nothing that is unchanged is drawn twice, in whichever pack it stands."""

import hashlib
import os
import tempfile
import time
from functools import cached_property
from pathlib import Path

from reporting.documents.document import BuiltDocument
from reporting.documents.pdf import draw_part, printed_html, style_words

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
        old = [file for file in self.folder.glob("*/*.pdf") if file.stat().st_mtime < before]
        for file in old:
            file.unlink(missing_ok=True)
        return len(old)


def keep(place: Path, drawn: bytes) -> None:
    """Write a part so that it is there as a whole or not at all."""
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=place.parent, suffix=".new", delete=False) as file:
        file.write(drawn)
    os.replace(file.name, place)
