"""Parts drawn by processes of their own, side by side: two draw a pack in half the time, in little memory each.

One process gets ready, from the settings that it needs and the style sheet, a line of JSON; copies of it draw. A
drawer reads lines {"html", "place"}, each of which it answers with one, from a socket of its own, and ends when that
does: none outlives the process that started it by more than the part in hand. It never sees the database: setting up
the whole portal takes longer than drawing ten pages.

What a drawing leaves behind is not collected, which costs an eighth of its time: a drawer that has grown ends, and a
new copy takes its socket.
"""

import contextlib
import gc
import io
import json
import os
import queue
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import BinaryIO, TextIO

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
        self._starting = threading.Lock()
        self._first: subprocess.Popen | None = None  # the process of which the drawers are copies
        self._free: queue.SimpleQueue[TextIO] = queue.SimpleQueue()  # the drawers that have nothing in hand
        self._threads = ThreadPoolExecutor(self.processes)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self._first is not None and error[0] is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._first.pid, signal.SIGKILL)
        self._threads.shutdown(cancel_futures=True)
        if self._first is not None:
            for _ in range(self.processes):
                with contextlib.suppress(BrokenPipeError):
                    self._free.get().close()
            self._first.wait()

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
        """In a thread: send a drawer that is free a part, and wait for its answer."""
        with self._starting:
            if self._first is None:
                self._start()
        drawer = self._free.get()
        try:
            drawer.write(json.dumps({"html": html, "place": str(place)}) + "\n")
            drawer.flush()
            answer = drawer.readline()
        except (BrokenPipeError, ConnectionResetError):
            answer = ""
        finally:
            self._free.put(drawer)
        if not answer or "failed" in (said := json.loads(answer)):
            raise PartNotDrawn(f"{title} could not be drawn{': ' + said['failed'] if answer else ''}.")

    def _start(self) -> None:
        ends = [socket.socketpair() for _ in range(self.processes)]
        theirs = [their.fileno() for _, their in ends]
        self._first = subprocess.Popen(
            [sys.executable, "-m", "reporting.documents.drawers", *map(str, theirs)],
            cwd=PROJECT_ROOT,
            stdin=subprocess.PIPE,
            pass_fds=theirs,
            text=True,
            process_group=0,
        )
        for our, their in ends:
            their.close()
            self._free.put(our.makefile("rw"))
            our.close()  # the file goes on
        with contextlib.suppress(BrokenPipeError):  # it has ended: whoever asks a drawer finds that out
            self._first.stdin.write(json.dumps(_begin()) + "\n")
            self._first.stdin.flush()
        with contextlib.suppress(BrokenPipeError):
            self._first.stdin.close()


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
    """Get ready, then see to it that every socket has a copy that draws."""
    begin = json.loads(sys.stdin.readline())
    settings.configure(**begin["settings"])
    gc.disable()
    draw_part(NUMERALS, begin["styles"])  # finds the fonts and parses the style sheets, once for all copies
    gc.freeze()
    waiting = [int(number) for number in sys.argv[1:]]
    copies: dict[int, int] = {}
    while waiting or copies:
        while waiting:
            place = waiting.pop()
            copies[_copy(place, [*waiting, *copies.values()], begin)] = place
        ended, status = os.wait()
        place = copies.pop(ended)
        if os.waitstatus_to_exitcode(status) == HAS_GROWN:
            waiting.append(place)
        else:
            os.close(place)


def _copy(mine: int, others: list[int], begin: dict) -> int:
    """The number of a new process that answers what is asked through one socket, and holds no other open."""
    if pid := os.fork():
        return pid
    ended = 1
    try:
        for other in others:
            os.close(other)
        with open(mine, "r+b", buffering=0) as asked:
            ended = _draw_until(begin["grown"], begin["styles"], asked)
    finally:
        os._exit(ended)  # without the tidying up that it was copied to be spared


def _draw_until(grown: int, styles: str, asked: BinaryIO) -> int:
    """Answer what is asked until there is no more (0), or until it takes so much memory (HAS_GROWN)."""
    for line in io.BufferedReader(asked):
        part = json.loads(line)
        try:
            keep(Path(part["place"]), draw_part(part["html"], styles))
            answer = {"drawn": part["place"]}
        except Exception as error:  # whatever is wrong with one document is told to who asked for it
            answer = {"failed": f"{type(error).__name__}: {error}"}
        asked.write((json.dumps(answer) + "\n").encode())
        if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > grown:
            return HAS_GROWN
    return 0


if __name__ == "__main__":
    main()
