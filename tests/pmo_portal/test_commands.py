"""The scheduler, the housekeeping, the demonstration's refusals, and children that never outlive their parent."""

import io
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from pmo_portal.management.commands.run_demo import Command as RunDemo
from pmo_portal.management.commands.run_demo import refusal
from pmo_portal.management.commands.run_scheduler import enqueue, scheduler_of
from pmo_portal.processes import start_child, stop_children

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("mode", "address", "reason"),
    [
        ("demo", "127.0.0.1:8000", None),
        ("demo", "0.0.0.0:8000", "is for this machine only"),
        ("demo", "127.0.0.1:80", "is for this machine only"),
        ("demo", "[::]:8000", "is for this machine only"),
        ("production", "127.0.0.1:8000", "does not run with production settings"),
        ("development", "127.0.0.1:8000", "does not run with production settings"),
    ],
)
def test_the_demonstration_is_for_this_machine_only(mode, address, reason):
    said = refusal(mode, address)
    assert (said is None) if reason is None else (reason in said)


def test_the_command_of_the_demonstration_refuses_in_a_sentence():
    with pytest.raises(CommandError, match="PORTAL_MODE is test"):
        call_command("run_demo", "--check")


def test_a_worker_of_the_demonstration_that_stops_is_begun_again():
    programs = ("import time; time.sleep(3)", "import time; time.sleep(0.1)", "import time; time.sleep(60)")
    web, *background = [[sys.executable, "-c", program] for program in programs]
    first = [start_child(command) for command in (web, *background)]
    children = list(first)
    said = io.StringIO()
    try:
        RunDemo(stderr=said).keep_running(children, background)
    finally:
        stop_children({*first, *children})
    assert first[0].returncode == 0
    assert "stopped by itself and is begun again" in said.getvalue()
    assert (children[1] is first[1], children[2] is first[2]) == (False, True)


@pytest.mark.django_db(transaction=True)
def test_the_scheduler_puts_the_housekeeping_into_the_queue_and_the_worker_does_it():
    ended = SessionStore()
    ended["seen_at"] = 0
    ended.set_expiry(timezone.now() - timedelta(days=1))
    ended.create()
    enqueue("pmo_portal.tasks.tidy_up")
    assert Session.objects.count() == 1
    call_command("db_worker", "--batch", "--no-startup-delay", "--no-reload")
    assert [result.status for result in DBTaskResult.objects.all()] == ["SUCCESSFUL"]
    assert Session.objects.count() == 0


def test_every_line_of_the_schedule_names_a_task(settings):
    jobs = scheduler_of(settings.SCHEDULE).get_jobs()
    assert [job.id for job in jobs] == [line["task"] for line in settings.SCHEDULE]
    with pytest.raises(ImportError):
        scheduler_of([{"task": "pmo_portal.tasks.no_such_task", "hour": "1"}])


@pytest.mark.skipif(sys.platform != "linux", reason="a promise of Linux")
def test_a_child_ends_with_its_parent_even_when_that_is_killed():
    program = (
        "import time; from pmo_portal.processes import start_child;"
        "child = start_child(['sleep', '60']); print(child.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        child_pid = int(parent.stdout.readline())
        os.kill(child_pid, 0)
        parent.send_signal(signal.SIGKILL)
    for _ in range(100):
        state = Path(f"/proc/{child_pid}/stat")
        if not state.exists() or state.read_text().split()[2] == "Z":
            return
        time.sleep(0.05)
    pytest.fail("The child still runs.")


def test_a_missing_secret_is_said_in_one_sentence():
    finished = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PORTAL_ENV_FILE": os.devnull},
        capture_output=True,
        text=True,
    )
    assert finished.returncode == 1
    assert finished.stderr.startswith("The portal does not start: SECRET_KEY is not set")
    assert finished.stderr.count("\n") == 1
