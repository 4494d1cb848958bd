"""How quick packs are: the dashboards of many projects drawn from nothing and drawn again, and the memory it takes."""

import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from projects.actions.committees import add_meeting, create_committee_report, publish_committee_report
from projects.models import Board, CommitteeReport, Node, Organisation
from projects.permissions import top_node
from reporting.packs import drawn_pack

WATCHED_EVERY = 0.05  # seconds
MEBIBYTE = 1024  # of kibibytes, as the kernel counts


@dataclass
class Memory:
    """Mebibytes at the highest: of everything together, and of the largest process that draws."""

    total: float = 0
    drawer: float = 0
    ended: threading.Event = field(default_factory=threading.Event, repr=False)

    def watch(self) -> None:
        while not self.ended.wait(WATCHED_EVERY):
            drawers = [_resident(pid) for pid in _drawers(os.getpid())]
            self.drawer = max([self.drawer, *drawers])
            self.total = max(self.total, sum(drawers) + _resident(os.getpid()))


@contextmanager
def watched() -> Iterator[Memory]:
    """The memory that the block takes, in this process and in those that it starts (Linux; else nought)."""
    memory = Memory()
    watching = threading.Thread(target=memory.watch)
    watching.start()
    try:
        yield memory
    finally:
        memory.ended.set()
        watching.join()


def _drawers(pid: int) -> list[int]:
    """The processes below that draw: drawers and their copies; one that has just been started still looks like us."""
    found = [each for child in _children(pid) for each in (child, *_children(child))]
    return [each for each in found if _is_drawer(each)]


def _is_drawer(pid: int) -> bool:
    try:
        return b"reporting.documents.drawers" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _children(pid: int) -> list[int]:
    found = []
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(child) for child in thread.read_text().split()]
        except OSError:
            continue  # the thread has just ended
    return found


def _resident(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) / MEBIBYTE for line in lines if line.startswith("VmRSS:")), 0)


def report_with_appendices(organisation: Organisation, size: int, *, by) -> CommitteeReport:
    """A published committee report with the dashboards of `size` projects."""
    board, _ = Board.objects.get_or_create(organisation=organisation, name="Executive", kind="executive")
    nodes = Node.objects.filter(organisation=organisation).exclude(headline_series=None).order_by("path")[:size]
    report = create_committee_report(
        node=top_node(organisation),
        meeting=add_meeting(board, datetime(2026, 1, size % 28 + 1, 18, tzinfo=UTC), by=by),
        slug=f"executive-{size}",
        heading="Report to the Executive",
        subject="Projects",
        report_of="Strategic Director",
        sections=[{"heading": "Purpose", "text": "To note how the projects stand."}],
        appendices=[{"node": node, "label": f"Appendix {place}"} for place, node in enumerate(nodes, start=1)],
        by=by,
    )
    return publish_committee_report(report, by=by)


def measured(report: CommitteeReport, *, cold: bool) -> dict:
    """Seconds, pages and memory of one drawing of the report's pack; `cold`: nothing of it is kept."""
    if cold:
        shutil.rmtree(Path(settings.MEDIA_ROOT) / "parts", ignore_errors=True)
    report = CommitteeReport.objects.select_related("organisation", "meeting__board", "node").get(pk=report.pk)
    output = Path(settings.MEDIA_ROOT) / "measured.pdf"
    with watched() as memory:
        started = time.perf_counter()
        drawn = drawn_pack(report.meeting, [report], output, public=False, day=timezone.localdate())
        seconds = time.perf_counter() - started
    output.unlink()
    return {
        "seconds": round(seconds, 2),
        "pages": drawn.pages,
        "drawer_mib": round(memory.drawer),
        "total_mib": round(memory.total),
    }
