"""Read a workbook in a process of its own, with limits on memory and time, so that no file can harm the portal.

The child writes the grid as lines of JSON (never pickle: what comes out of a hostile file must not be able to run).
"""

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
from pathlib import Path

from projects.imports.guard import check_file
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
    """What reading one file may cost: wall and processor seconds, bytes of memory, bytes of result."""

    seconds: int = 10
    memory_bytes: int = 512 * 2**20
    result_bytes: int = 256 * 2**20


def read_safely(path: Path, *, name: str = "", limits: ProcessLimits = ProcessLimits()) -> Workbook:
    """Check and read a file inside limits. WorkbookRefused with a sentence whatever goes wrong; nothing is left behind.

    `name` is the file's name as its sender knows it, where it is stored under another.
    """
    path = Path(path).resolve()
    if not path.is_file():
        raise WorkbookRefused("There is no such file.")
    with tempfile.TemporaryDirectory(prefix="workbook-") as folder:
        result = Path(folder, "grid.jsonl")
        code = _run(path, name or path.name, result, limits)
        if code == REFUSED:
            raise WorkbookRefused(json.loads(result.read_text(encoding="utf-8")))
        if code in (-signal.SIGKILL, -signal.SIGXCPU):
            raise WorkbookRefused(TOO_SLOW)
        if code != 0:
            raise WorkbookRefused(UNREADABLE)
        return _load(result)


def _run(path: Path, name: str, result: Path, limits: ProcessLimits) -> int:
    """The child's exit code; -SIGKILL where it ran out of time."""
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
        return child.wait(limits.seconds)
    except subprocess.TimeoutExpired:
        return -signal.SIGKILL
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def _load(result: Path) -> Workbook:
    with result.open(encoding="utf-8") as lines:
        book = json.loads(next(lines))
        workbook = Workbook(book["kind"], [], book["notes"])
        for line in lines:
            entry = json.loads(line)
            if isinstance(entry, dict):
                entry["merged"] = [tuple(area) for area in entry["merged"]]
                workbook.sheets.append(Sheet(**entry))
            else:
                row, column, value, *rest = entry
                workbook.sheets[-1].cells[row, column] = Cell(_value_from_json(value), *rest)
    return workbook


def _lines(workbook: Workbook) -> Iterator[str]:
    yield json.dumps({"kind": workbook.kind, "notes": workbook.notes})
    for sheet in workbook.sheets:
        about = ("name", "state", "merged", "hidden_rows", "hidden_cols")
        yield json.dumps({name: getattr(sheet, name) for name in about})
        for (row, column), cell in sheet.cells.items():
            entry = [row, column, _value_to_json(cell.value), cell.number_format]
            if cell.fill_rgb or cell.comment or cell.is_formula or cell.is_error:
                entry += [cell.fill_rgb, cell.comment, cell.formula, cell.is_error]
            yield json.dumps(entry)


def _value_to_json(value):
    return {"on": value.isoformat()} if isinstance(value, date) else value


def _value_from_json(value):
    if isinstance(value, dict):
        words = value["on"]
        return datetime.fromisoformat(words) if "T" in words else date.fromisoformat(words)
    return value


def _limit_this_process(limits: ProcessLimits) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.result_bytes, limits.result_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(path: str, name: str, result: str, limits: str) -> int:
    """The child's own work: check, read, write the grid; or write the sentence that refuses."""
    _limit_this_process(ProcessLimits(**json.loads(limits)))
    try:
        checked = check_file(Path(path), name=name)
        with open(result, "w", encoding="utf-8") as output:
            for line in _lines(read_workbook(Path(path), checked.kind, checked.notes)):
                output.write(line + "\n")
        return 0
    except WorkbookRefused as refused:
        sentence = refused.sentence
    except MemoryError:
        sentence = TOO_LARGE
    except Exception as error:
        # Readers fail on damaged files in many ways; only the words about a password are worth passing on.
        is_locked = "password" in str(error).lower()
        sentence = (
            "The workbook is protected by a password. Save a copy without one and load that."
            if is_locked
            else UNREADABLE
        )
    Path(result).write_text(json.dumps(sentence), encoding="utf-8")
    return REFUSED


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
