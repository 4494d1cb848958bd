"""Child processes that never outlive the one that started them. Standard library only: the test run uses it too."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

PR_SET_PDEATHSIG = 1


def end_with_parent(parent_pid: int | None = None, by: int = signal.SIGTERM) -> None:
    """Have this process ended when its parent is, even by a signal that the parent cannot see (Linux; else nothing).

    `parent_pid` is the parent as the caller knows it; if it has gone already, this process ends at once. `by` is the
    signal that ends it.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, by)
    if parent_pid is not None and os.getppid() != parent_pid:
        os.kill(os.getpid(), by)


def start_child(command: Sequence[str], by: int = signal.SIGTERM, **options: Any) -> subprocess.Popen:
    """Start a program that is told to end, by the signal `by`, when this one does. `options` go to subprocess.Popen."""
    own_pid = os.getpid()
    return subprocess.Popen(command, preexec_fn=lambda: end_with_parent(own_pid, by), **options)


def stop_children(children: Sequence[subprocess.Popen], seconds: float = 10) -> None:
    """Ask the programs to end, wait up to `seconds` for each, then end them."""
    for child in children:
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def signals_end_this_process() -> None:
    """Turn the polite signals into SystemExit, so that `finally` clauses run and clean up."""

    def end(signal_number: int, frame: object) -> None:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        sys.exit(128 + signal_number)

    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        # Under nohup the hang-up is ignored on purpose, and stays so.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, end)
