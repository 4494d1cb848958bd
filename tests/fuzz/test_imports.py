"""Mutated workbooks are refused in a sentence or planned; nothing else happens, and nothing is written by halves.

300 files of fixed seeds as part of the suite; `make fuzz` tries 10,000 of a new seed (FILES=..., SEED=...).
"""

import faulthandler
import json
import os
import random
import resource
import signal
import sys
import traceback
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import pytest
from django.db import connection, transaction

from projects.imports import child
from projects.imports.apply import CannotBeApplied, apply_import, keep_import
from projects.imports.child import ProcessLimits, read_here
from projects.imports.guard import OLE2
from projects.imports.plan import plan_workbook
from projects.imports.problems import WorkbookRefused
from tests.fuzz.bases import build_bases
from tests.fuzz.mutations import mutated
from tests.projects.imports.record import counts, dashboard_council

FIXED = 300
MEMORY_BYTES = 3 * 2**30  # of this process, which holds the tests too; a child has less
SECONDS = 10  # of the processor, for one file
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "CREATE", "DROP", "ALTER")
TRIED_ON = 25  # of so many seeds one is brought in, if it can be


class TookTooLong(Exception):
    """One file cost more of the processor than any may."""


@contextmanager
def limits():
    """One limit on memory for all files, and one on the processor for each (started anew by `start_clock`)."""

    def stop(*signalled):
        raise TookTooLong

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    before = signal.signal(signal.SIGVTALRM, stop)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, hard))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def refuse_writes(execute, statement, parameters, many, context):
    if statement.lstrip().upper().startswith(WRITES):
        raise AssertionError(f"A preview writes: {statement[:200]}")
    return execute(statement, parameters, many, context)


def one_file(path: Path, council):
    """Read -> recognise -> parse -> plan. The plan, or None where the file is refused."""
    try:
        with connection.execute_wrapper(refuse_writes):
            return plan_workbook(path, council)
    except WorkbookRefused as refused:
        if not refused.sentence.endswith("."):
            raise AssertionError(f"No sentence: {refused.sentence}") from refused
        return None
    except MemoryError:
        return None  # the child says that the workbook is too large


def bring_in(path: Path, plan, council) -> None:
    """Apply a plan as a whole or not at all, and take it back."""
    before = counts()
    with transaction.atomic():
        try:
            with transaction.atomic():
                apply_import(keep_import(path, plan, organisation=council, by=None), by=None, is_trusted=True)
        except CannotBeApplied:
            assert counts() == before
        transaction.set_rollback(True)
    assert counts() == before


def read_in_a_fork(path: Path, name: str):
    """Calamine ends its process where it lacks memory: the child's end is a refusal, this one's would end all."""
    result = path.with_suffix(".grid")
    fork = os.fork()
    if fork == 0:
        code = 1
        try:
            faulthandler.disable()
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            limits = ProcessLimits(memory_bytes=MEMORY_BYTES)
            code = child.main(str(path), name or path.name, str(result), json.dumps(asdict(limits)))
        finally:
            os._exit(code)
    _, status = os.waitpid(fork, 0)
    try:
        return child.outcome(os.waitstatus_to_exitcode(status), result)
    finally:
        result.unlink(missing_ok=True)


@pytest.fixture
def read_here_instead(monkeypatch):
    """A new process for each file would take hours; what the child does is done here, for old workbooks in a fork."""

    def read(path, *, name="", **limits):
        is_old = Path(path).read_bytes().startswith(OLE2)
        return read_in_a_fork(Path(path), name) if is_old else read_here(Path(path), name=name)

    monkeypatch.setattr("projects.imports.plan.read_safely", read)


def seeds() -> range:
    """The fixed ones; or as many as FUZZ_FILES says, from FUZZ_SEED on or from anywhere."""
    if not (files := os.environ.get("FUZZ_FILES")):
        return range(FIXED)
    first = int(os.environ.get("FUZZ_SEED") or random.SystemRandom().randrange(10**9))
    return range(first, first + int(files))


@pytest.mark.django_db
def test_mutated_files_are_refused_or_planned(tmp_path, read_here_instead, settings, capsys):
    settings.MEDIA_ROOT = tmp_path / "kept"
    council, bases = dashboard_council(), build_bases(tmp_path)
    tried = seeds()
    planned = refused = applied = 0
    failed: list[str] = []
    with limits():
        for seed in tried:
            chance = random.Random(seed)
            base = chance.choice(bases)
            path = tmp_path / f"{seed}-2019-07{base.suffix}"
            path.write_bytes(mutated(base.read_bytes(), chance))
            signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
            try:
                plan = one_file(path, council)
                if plan is None:
                    refused += 1
                else:
                    planned += 1
                    if seed % TRIED_ON == 0 and not plan.errors and not plan.blocked:
                        bring_in(path, plan, council)
                        applied += 1
            except Exception:
                kept = Path("var", "fuzz", path.name)
                kept.parent.mkdir(parents=True, exist_ok=True)
                kept.write_bytes(path.read_bytes())
                failed.append(
                    f"make fuzz SEED={seed} FILES=1   ({base.name}, kept as {kept})\n{traceback.format_exc()}"
                )
            finally:
                signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            path.unlink()
            if len(failed) > 20:
                break
    with capsys.disabled():
        if len(tried) != FIXED:
            sys.stdout.write(
                f"\nSEED={tried.start} FILES={len(tried)}: {planned} planned, {refused} refused,"
                f" {applied} brought in and taken back, {len(failed)} failed\n"
            )
    assert not failed, "\n\n".join(failed)
    if len(tried) >= FIXED:
        assert min(planned, refused) > len(tried) / 10, (planned, refused)
