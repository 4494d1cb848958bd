"""Run the demonstration: the portal, its worker and its scheduler, on this machine only."""

import socket
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from pmo_portal.processes import end_with_parent, signals_end_this_process, start_child, stop_children

ADDRESS = ("127.0.0.1", 8000)
BEGUN_AGAIN = 20  # times, all in all


def refusal(mode: str, address: str) -> str | None:
    """Why the demonstration must not start, as a sentence; None when it may."""
    if mode != "demo":
        return f"The demonstration does not run with production settings: PORTAL_MODE is {mode}. Start it by make demo."
    if address != "{}:{}".format(*ADDRESS):
        return f"The demonstration is for this machine only and is not offered at {address}: leave the address out."
    return None


def is_taken(address: tuple[str, int]) -> bool:
    """True when something listens at the address already."""
    with socket.socket() as probe:
        return probe.connect_ex(address) == 0


class Command(BaseCommand):
    help = "Run the demonstration at 127.0.0.1:8000 until it is interrupted. `make demo` prepares it and calls this."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--address", default="{}:{}".format(*ADDRESS), help="any but the default is refused")
        parser.add_argument("--check", action="store_true", help="only say whether it may start")

    def handle(self, *args: Any, **options: Any) -> None:
        if reason := refusal(settings.MODE, options["address"]):
            raise CommandError(reason)
        if is_taken(ADDRESS):
            raise CommandError("Something listens at 127.0.0.1:8000 already: stop it, then run make demo again.")
        if options["check"]:
            return
        end_with_parent()
        signals_end_this_process()
        children = []
        try:
            manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
            web = [sys.executable, "-m", "gunicorn", "pmo_portal.wsgi", "--bind", options["address"]]
            # Sync workers answer soonest on pages like ours; a long PDF must not be cut off after 30 seconds.
            web += ["--workers", "2", "--timeout", "120", "--preload", "--log-level", "warning"]
            # Nobody steers it while it runs, and its control socket would lie in the person's home folder.
            web += ["--no-control-socket"]
            if Path("/dev/shm").is_dir():  # noqa: S108 (gunicorn's heartbeat files, better in memory than on a disk)
                web += ["--worker-tmp-dir", "/dev/shm"]  # noqa: S108
            children.append(start_child(web, cwd=settings.BASE_DIR))
            background = [[*manage, "db_worker"], [*manage, "run_scheduler"]]
            children += [start_child(command) for command in background]
            self.wait_for_the_portal(children)
            self.stdout.write("The portal is at http://127.0.0.1:8000/ (Ctrl-C stops it).")
            self.stdout.flush()
            self.keep_running(children, background)
            raise CommandError("A part of the demonstration stopped by itself; its last lines are above.")
        finally:
            stop_children(children)

    def keep_running(self, children: list, background: list[list[str]]) -> None:
        """Return when the web server has ended, or the others too often; these are begun again, as a service would."""
        for _ in range(BEGUN_AGAIN):
            while all(child.poll() is None for child in children):
                time.sleep(0.5)
            if children[0].poll() is not None:
                return
            for place, command in enumerate(background, start=1):
                if children[place].poll() is not None:
                    self.stderr.write(f"{command[-1]} stopped by itself and is begun again.")
                    children[place] = start_child(command)

    def wait_for_the_portal(self, children: list) -> None:
        """Wait until the web server listens, or a child has ended, up to a minute."""
        for _ in range(600):
            if is_taken(ADDRESS) or any(child.poll() is not None for child in children):
                return
            time.sleep(0.1)
