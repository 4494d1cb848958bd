"""Read a workbook in a process of its own, with limits on memory and time, so that no file can harm the portal.

The child writes the grid as lines of JSON (never pickle: what comes out of a hostile file must not be able to run).
"""

import gc
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path

from projects.imports.guard import LOCKED, check_file
from projects.imports.problems import WorkbookRefused
from projects.imports.read import Cell, Sheet, Workbook, read_workbook

PROJECT_ROOT = Path(__file__).resolve().parents[2]
REFUSED = 3
TOO_LARGE = (
    "The workbook needs more memory to read than is allowed. Split it, or delete empty rows and columns, and try again."
)
TOO_SLOW = "The workbook takes too long to read. Split it, or delete empty rows and columns, and try again."
UNREADABLE = "The workbook is damaged and could not be read. Open it in a spreadsheet programme and save it as .xlsx."


@dataclass(frozen=True)
class ProcessLimits:
    """What reading one file may cost: seconds of the processor, bytes of memory, bytes of result.

    `patience` are the seconds by the clock after which it is ended all the same: on a busy machine a sound file waits
    long for its turn, and only one that sleeps or reads without end comes so far.
    """

    seconds: int = 10
    patience: int = 50
    memory_bytes: int = 512 * 2**20
    result_bytes: int = 256 * 2**20


# While somebody waits for a page, and in the background, where larger files are read.
WEB_REQUEST = ProcessLimits()
TASK = ProcessLimits(seconds=120, patience=600, memory_bytes=1024 * 2**20, result_bytes=1024 * 2**20)


class ReadingLimitReached(WorkbookRefused):
    """The file may be sound, but reading it costs more time or memory than was allowed; wider limits may do."""


def read_safely(path: Path, *, name: str = "", limits: ProcessLimits = WEB_REQUEST) -> Workbook:
    """Check and read a file inside limits. WorkbookRefused with a sentence whatever goes wrong; nothing is left behind.

    `name` is the file's name as its sender knows it, where it is stored under another.
    """
    path = Path(path).resolve()
    if not path.is_file():
        raise WorkbookRefused("There is no such file.")
    with tempfile.TemporaryDirectory(prefix="workbook-") as folder:
        result = Path(folder, "grid.jsonl")
        return outcome(_run(path, name or path.name, result, limits), result)


def outcome(code: int, result: Path) -> Workbook:
    """What a child that ended with `code` wrote: the workbook, or WorkbookRefused."""
    if code == REFUSED:
        sentence = json.loads(result.read_text(encoding="utf-8"))
        raise ReadingLimitReached(sentence) if sentence == TOO_LARGE else WorkbookRefused(sentence)
    if code in (-signal.SIGKILL, -signal.SIGXCPU):
        raise ReadingLimitReached(TOO_SLOW)
    if code == -signal.SIGABRT:  # calamine does not survive a lack of memory
        raise ReadingLimitReached(TOO_LARGE)
    if code != 0:
        raise WorkbookRefused(UNREADABLE)
    return _load(result)


def _run(path: Path, name: str, result: Path, limits: ProcessLimits) -> int:
    """The child's exit code; -SIGKILL or -SIGXCPU where it ran out of time."""
    child = subprocess.Popen(
        [sys.executable, "-m", "projects.imports.child", str(path), name, str(result), json.dumps(asdict(limits))],
        cwd=PROJECT_ROOT,
        env={"PATH": os.environ.get("PATH", ""), "PYTHONDONTWRITEBYTECODE": "1"},  # no secrets of the portal
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        return child.wait(limits.patience)
    except subprocess.TimeoutExpired:
        return -signal.SIGKILL
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def read_here(path: Path, *, name: str = "") -> Workbook:
    """Check and read a file in this process, without limits. WorkbookRefused whatever is wrong with the file."""
    try:
        checked = check_file(path, name=name)
        return read_workbook(path, checked.kind, checked.notes)
    except (WorkbookRefused, MemoryError):
        raise
    except BaseException as error:
        # Readers fail on damaged files in many ways (calamine's panic is no Exception).
        if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):
            raise
        # Of their words only those about a password are worth passing on.
        raise WorkbookRefused(LOCKED if "password" in str(error).lower() else UNREADABLE) from error


# From the child to the portal --------------------------------------------------------------------------------------

ABOUT = ("name", "state", "merged", "hidden_rows", "hidden_cols")
CELLS_A_LINE = 500


def _lines(workbook: Workbook) -> Iterator[str]:
    """The workbook as lines of JSON: what it is; then for each sheet what it is, and its cells by the hundred.

    A line of cells has their rows, columns, values, and which of the sheet's looks they have: the looks that were not
    met before are in the same line. Looks are all but the value, so most cells share one.
    """
    yield json.dumps({"kind": workbook.kind, "notes": workbook.notes})
    for sheet in workbook.sheets:
        yield json.dumps({name: getattr(sheet, name) for name in ABOUT})
        looks: dict[tuple, int] = {}
        cells = iter(sheet.cells.items())
        while some := list(islice(cells, CELLS_A_LINE)):
            met = len(looks)
            numbers = [looks.setdefault(_look(cell), len(looks)) for _, cell in some]
            places = [row for (row, _), _ in some], [column for (_, column), _ in some]
            values = [_value_to_json(cell.value) for _, cell in some]
            yield json.dumps([*places, values, numbers, list(islice(looks, met, None))])


def _look(cell: Cell) -> tuple:
    return cell.number_format, cell.fill_rgb, cell.comment, cell.formula, cell.is_error


def _load(result: Path) -> Workbook:
    was_collecting = gc.isenabled()
    gc.disable()  # looking through cells in the making for some to throw away doubles the time
    try:
        with result.open(encoding="utf-8") as lines:
            book = json.loads(next(lines))
            workbook = Workbook(book["kind"], [], book["notes"])
            for line in lines:
                entry = json.loads(line)
                if isinstance(entry, dict):
                    entry["merged"] = [tuple(area) for area in entry["merged"]]
                    sheet = Sheet(**entry)
                    workbook.sheets.append(sheet)
                    looks: list[list] = []
                    known: dict[tuple, Cell] = {}
                else:
                    looks += entry.pop()
                    _load_cells(sheet, looks, known, *entry)
        return workbook
    finally:
        if was_collecting:
            gc.enable()


def _load_cells(sheet: Sheet, looks: list[list], known: dict, rows, columns, values, numbers) -> None:
    # Words and days come again and again; one copy of such a cell is enough.
    cells = sheet.cells
    for row, column, value, number in zip(rows, columns, values, numbers, strict=True):
        if type(value) is str:
            cell = known.get((value, number)) or known.setdefault((value, number), Cell(value, *looks[number]))
        elif type(value) is dict:
            day = value["on"], number, "day"
            cell = known.get(day) or known.setdefault(day, Cell(_value_from_json(value), *looks[number]))
        else:
            cell = Cell(value, *looks[number])
        cells[row, column] = cell


def _value_to_json(value):
    return {"on": value.isoformat()} if isinstance(value, date) else value


def _value_from_json(value):
    words = value["on"]
    return datetime.fromisoformat(words) if "T" in words else date.fromisoformat(words)


def _limit_this_process(limits: ProcessLimits) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.result_bytes, limits.result_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(path: str, name: str, result: str, limits: str) -> int:
    """The child's own work: check, read, write the grid; or write the sentence that refuses."""
    _limit_this_process(ProcessLimits(**json.loads(limits)))
    gc.disable()  # nothing read is thrown away again, and looking for it takes a fifth of the time
    try:
        workbook = read_here(Path(path), name=name)
        with open(result, "w", encoding="utf-8") as output:
            output.writelines(f"{line}\n" for line in _lines(workbook))
        return 0
    except WorkbookRefused as refused:
        sentence = refused.sentence
    except (MemoryError, OSError):
        sentence = TOO_LARGE
    Path(result).write_text(json.dumps(sentence), encoding="utf-8")
    return REFUSED


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
