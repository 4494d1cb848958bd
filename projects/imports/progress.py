"""How far a large import is, told beside the database: what an import writes nobody sees before all of it is written.

Each run has a file of a few words in the private store; its time is the run's last sign of life.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings

BEAT_EVERY = 5  # seconds


class Stopped(Exception):
    """Somebody cancelled the work, or another run took its place."""


def _place(run: UUID | str, ending: str) -> Path:
    return Path(settings.MEDIA_ROOT, "imports", "progress", f"{UUID(str(run))}.{ending}")


def told(run: UUID | str | None) -> str:
    """What the run said last, "" where it has said nothing yet."""
    try:
        return _place(run, "txt").read_text(encoding="utf-8") if run else ""
    except FileNotFoundError:
        return ""


def heard_of(run: UUID | str | None) -> datetime | None:
    """When the run last gave a sign of life, None where it has not begun."""
    try:
        return datetime.fromtimestamp(_place(run, "txt").stat().st_mtime, UTC) if run else None
    except FileNotFoundError:
        return None


def stop(run: UUID | str) -> None:
    """Ask a run to stop; it does so where it next says how far it is."""
    place = _place(run, "stop")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.touch()


def is_stopped(run: UUID | str) -> bool:
    """Whether somebody asked the run to stop."""
    return _place(run, "stop").exists()


def forget(run: UUID | str) -> None:
    """Clear away what a run said that is no more."""
    for ending in ("txt", "stop"):
        _place(run, ending).unlink(missing_ok=True)


class Progress:
    """Says how far one run is; calling it raises Stopped where somebody has asked it to stop."""

    def __init__(self, run: UUID | str):
        self.place = _place(run, "txt")
        self.stop = _place(run, "stop")

    def __call__(self, words: str) -> None:
        if self.stop.exists():
            raise Stopped
        fresh = self.place.with_suffix(".new")
        fresh.write_text(words, encoding="utf-8")
        fresh.replace(self.place)


@contextmanager
def alive(run: UUID | str) -> Iterator[Progress]:
    """Show that a run lives while it works, whatever it waits for, and clear away what it said at the end."""
    progress = Progress(run)
    progress.place.parent.mkdir(parents=True, exist_ok=True)
    is_over = threading.Event()

    def beat() -> None:
        while not is_over.wait(BEAT_EVERY):
            progress.place.touch()

    progress("Begun")
    beating = threading.Thread(target=beat, daemon=True)
    beating.start()
    try:
        yield progress
    finally:
        is_over.set()
        beating.join()
        forget(run)
