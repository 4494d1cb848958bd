"""The other tests make their tables straight from the models; here an empty database is migrated for real."""

import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection

from projects.immutability import PREFIX


@pytest.fixture
def empty_database_url(tmp_path, django_db_blocker):
    """A database of its own beside the one the tests run on: a file, or another database of the same server."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
        return
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        name = f"{connection.settings_dict['NAME']}_empty"
        cursor.execute(f'CREATE DATABASE "{name}"')
        try:
            host = connection.settings_dict["HOST"].replace("/", "%2F")
            user = connection.settings_dict["USER"]
            yield f"postgres://{user}@{host}/{name}"
        finally:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.mark.django_db(transaction=True)
def test_an_empty_database_migrates_and_carries_the_refusals(empty_database_url, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    count = (
        "from django.core.management import call_command; from django.db import connection; "
        "call_command('migrate', verbosity=0); cursor = connection.cursor(); "
        "cursor.execute(\"SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'PREFIX%'\" "
        "if connection.vendor == 'sqlite' else "
        "\"SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'PREFIX%'\"); "
        "print(cursor.fetchone()[0])"
    ).replace("PREFIX", PREFIX)
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", count],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[-1]) > 90
