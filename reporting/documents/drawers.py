"""Parts drawn by processes of their own, side by side: two draw a pack in half the time, in little memory each.

A drawer reads lines of JSON: first the settings that it needs and the style sheet, then {"html", "place"}, each of
which it answers with one. It ends when its input does, so that none outlives the process that started it by more than
the part in hand. It never sees the database: setting up the whole portal takes longer than drawing ten pages.

What a drawing leaves behind is not collected, which costs an eighth of its time: the drawer draws in a copy of itself,
and takes a new copy once that one has grown.
"""

import contextlib
import gc
import json
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

from django.conf import settings

from reporting.documents.document import BuiltDocument
from reporting.documents.parts import KeptParts, keep
from reporting.documents.pdf import NUMERALS, draw_part, part_styles, printed_html

PROJECT_ROOT = Path(__file__).resolve().parents[2]
MOST_DRAWERS = 4
FEW = 2  # parts that are drawn sooner than another process has started
BEAT = 2.0  # seconds after which a waiting caller is told
HAS_GROWN = 3  # how such a copy ends
GROWN = 140 * 1024  # kibibytes (as the kernel counts) at which a drawer takes a new copy of itself


class PartNotDrawn(Exception):
    """A document could not be drawn; the message says which."""


class Drawers:
    """Draws the documents it is given, each once; a context manager that leaves no process behind."""

    def __init__(self, kept: KeptParts, processes: int | None = None, few: int = FEW):
        self.kept, self.few = kept, few
        self.processes = processes or min(os.cpu_count() or 1, MOST_DRAWERS)
        self._places: list[tuple[str, Path]] = []
        self._held: list[tuple[str, Path, str]] = []  # until it is known that there are more than a few
        self._futures: dict[Future, str] = {}
        self._own = threading.local()
        self._started: list[subprocess.Popen] = []
        self._threads = ThreadPoolExecutor(self.processes)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        for child in self._started:
            if error[0] is None:
                child.stdin.close()
            else:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)
        self._threads.shutdown(cancel_futures=True)
        for child in self._started:
            child.wait()
            for pipe in (child.stdin, child.stdout):
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    @property
    def done(self) -> int:
        """How many documents need nothing more."""
        return len(self._places) - len(self._held) - sum(not each.done() for each in self._futures)

    def take(self, title: str, place: Path) -> None:
        """Have one more document that is known to be kept."""
        self._places.append((title, place))

    def draw(self, title: str, built: BuiltDocument) -> None:
        """Have one more document drawn, unless it is kept or asked for already."""
        html = printed_html(built)
        place = self.kept.place_of(html)
        is_new = not self.kept.has(place) and all(place != other for _, other in self._places)
        self._places.append((title, place))
        if is_new:
            self._held.append((title, place, html))
        if len(self._held) > self.few or self._futures:
            self._hand_out()

    def finish(self, tell: Callable[[str, int], None]) -> list[Path]:
        """Wait until all is drawn; the files in the order they were asked for. PartNotDrawn where one cannot be."""
        for title, place, html in self._held:
            tell(title, self.done)
            keep(place, draw_part(html))
        self._held.clear()
        waiting = set(self._futures)
        while waiting:
            finished, waiting = wait(waiting, timeout=BEAT, return_when="FIRST_COMPLETED")
            for each in finished:
                each.result()
            if waiting:
                tell(next(self._futures[each] for each in self._futures if each in waiting), self.done)
        return [place for _, place in self._places]

    def _hand_out(self):
        for title, place, html in self._held:
            self._futures[self._threads.submit(self._ask, title, place, html)] = title
        self._held.clear()

    def _ask(self, title: str, place: Path, html: str) -> None:
        """In a thread that has a process of its own: send it a part and wait for its answer."""
        if not hasattr(self._own, "child"):
            self._own.child = subprocess.Popen(
                [sys.executable, "-m", "reporting.documents.drawers"],
                cwd=PROJECT_ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                process_group=0,
            )
            self._started.append(self._own.child)
            self._own.is_told = False
        child = self._own.child
        try:
            if not self._own.is_told:
                child.stdin.write(json.dumps(_begin()) + "\n")
                self._own.is_told = True
            child.stdin.write(json.dumps({"html": html, "place": str(place)}) + "\n")
            child.stdin.flush()
            answer = child.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer or "failed" in (said := json.loads(answer)):
            raise PartNotDrawn(f"{title} could not be drawn{': ' + said['failed'] if answer else ''}.")


def _begin() -> dict:
    """What a drawer is told first."""
    return {
        "settings": {
            "STATIC_URL": settings.STATIC_URL,
            "STATICFILES_DIRS": [str(folder) for folder in settings.STATICFILES_DIRS],
            "STATICFILES_FINDERS": ["django.contrib.staticfiles.finders.FileSystemFinder"],
        },
        "styles": part_styles(),
        "grown": GROWN,
    }


def main() -> None:
    """A drawer's own work: it gets ready, and then copies of it draw, one after the other."""
    begin = json.loads(sys.stdin.buffer.raw.readline())  # no further than the line: the rest is for the copy
    settings.configure(**begin["settings"])
    gc.disable()
    draw_part(NUMERALS, begin["styles"])  # finds the fonts and parses the style sheets, once for all copies
    gc.freeze()
    while (copy := os.fork()) and os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1]) == HAS_GROWN:
        pass
    if not copy:
        ended = 1
        try:
            ended = _draw_until(begin["grown"], begin["styles"])
        finally:
            os._exit(ended)  # without the tidying up that it was copied to be spared


def _draw_until(grown: int, styles: str) -> int:
    """Answer what is asked until there is no more (0), or until it takes so much memory (HAS_GROWN)."""
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            keep(Path(asked["place"]), draw_part(asked["html"], styles))
            answer = {"drawn": asked["place"]}
        except Exception as error:  # whatever is wrong with one document is told to who asked for it
            answer = {"failed": f"{type(error).__name__}: {error}"}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
        if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > grown:
            return HAS_GROWN
    return 0


if __name__ == "__main__":
    main()
