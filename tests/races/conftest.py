"""A server of several processes, as in production, on the tests' own database, and four people signed in to it."""

import os
import socket
import sys
from contextlib import contextmanager
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from pmo_portal.processes import start_child, stop_children
from tests import factories
from tests.races.people import Crowd, Person

WORKERS = 3
PEOPLE = 4


def database_url() -> str:
    """The address of the database that this process tests on."""
    about = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{about['NAME']}"
    port = f":{about['PORT']}" if about["PORT"] else ""
    return f"postgres://{about['USER']}@{quote(about['HOST'], safe='')}{port}/{about['NAME']}"


@pytest.fixture
def crowd(transactional_db, tmp_path):
    """Four people of a council, each with every working role, signed in at a server of several workers.

    A server costs seconds, and does not outlive an emptied database, whose kinds of things are numbered anew: so one
    test runs many races.
    """
    organisation = factories.council()
    users = [
        factories.person(f"person-{number}@example.org", organisation, "pmo", post=f"Officer {number}")
        for number in range(PEOPLE)
    ]
    for user in users:
        factories.grant(user, organisation, "administrator")
    with served(tmp_path / "log") as port:
        gathered = Crowd(organisation, [Person(port, user) for user in users])
        yield gathered
        gathered.leave()


@contextmanager
def served(log):
    """The port of a server on the tests' database; an error that it writes down fails the test."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        command = [sys.executable, "-m", "gunicorn", "pmo_portal.wsgi", "--bind", f"fd://{listening.fileno()}"]
        command += ["--workers", str(WORKERS), "--preload", "--timeout", "300", "--no-control-socket"]
        environment = os.environ | {
            "PORTAL_MODE": "development",
            "SECRET_KEY": settings.SECRET_KEY,  # it takes the sessions that are begun here
            "DATABASE_URL": database_url(),
            "MEDIA_ROOT": str(settings.MEDIA_ROOT),
        }
        with log.open("wb") as said:
            server = start_child(
                command,
                cwd=settings.BASE_DIR,
                env=environment,
                stdout=said,
                stderr=said,
                pass_fds=[listening.fileno()],
            )
        try:
            port = listening.getsockname()[1]
            # The first answer comes when it is ready: till then the question waits in the queue of the open port.
            answer = Person(port, None).open("/health/")
            assert answer.status == 200, log.read_text()
            yield port
        finally:
            stop_children([server])
    assert "Traceback" not in log.read_text(), log.read_text()
