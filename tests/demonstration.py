"""What many tests begin with, made once as the portal makes it and then put back from its plain rows.

The councils of the demonstration take half a minute of work to load, and the council of most tests a fifth of a
second; putting the same rows back takes a moment.
"""

import fcntl
import io
import pickle
from pathlib import Path

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, transaction

from projects import immutability
from projects.loading import demonstration_loader, load_council, read_fixture
from projects.models import Organisation

WHOLE = "whole demonstration"
NOT_OURS = {"django_migrations", "django_site", "sqlite_sequence"}
# Written by the migrations, and anew with other numbers after a test that emptied every table.
WRITTEN_ANEW = ("auth_permission", "django_content_type")
kinds_put_in: set[str] = set()  # those of them that were put in since the start of the test before


class Demonstration:
    """The kept rows lie in `folder`, which all workers of a session share."""

    def __init__(self, folder: Path):
        self.folder = folder

    def council(self, slug: str) -> Organisation:
        """Put one council into the empty database, in the caller's transaction."""
        self._put(slug, lambda: _loaded(slug))
        return Organisation.objects.get(slug=slug)

    def whole(self) -> str:
        """Put all councils and the cast into the empty database, as `load_demo` does; what that said."""
        return self._put(WHOLE, _loaded_by_the_command)

    def _put(self, name, load):
        kept = self.folder / f"{connection.vendor}-{name}.pickle"
        with (self.folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # one worker loads, the others wait for its rows
            if not kept.exists():
                said = load()
                kept.write_bytes(pickle.dumps((said, rows_now())))
                return said
        said, rows = pickle.loads(kept.read_bytes())
        with transaction.atomic():  # rows may stand before those that they point at
            immutability.remove()
            put_back(rows)
            immutability.install()
        return said


def _loaded(slug: str) -> str:
    load_council(read_fixture(slug), by=demonstration_loader())
    return ""


def _loaded_by_the_command() -> str:
    said = io.StringIO()
    call_command("load_demo", stdout=said)
    return said.getvalue()


def _tables() -> list[str]:
    with connection.cursor() as cursor:
        return sorted(set(connection.introspection.table_names(cursor)) - NOT_OURS)


def _columns(table: str) -> str:
    with connection.cursor() as cursor:
        names = [column.name for column in connection.introspection.get_table_description(cursor, table)]
    return ", ".join(connection.ops.quote_name(name) for name in names)


def rows_now() -> dict:
    """{table: (its columns, its rows as the database itself writes them)}; tables without rows are left out."""
    rows = {}
    for table in _tables():
        columns = _columns(table)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor, cursor.copy(f'COPY "{table}" ({columns}) TO STDOUT') as copy:
                rows[table] = columns, b"".join(bytes(part) for part in copy)
        else:
            # a plus before a column keeps Python from reading its type
            plain = ", ".join(f"+{column}" for column in columns.split(", "))
            rows[table] = columns, connection.connection.execute(f'SELECT {plain} FROM "{table}"').fetchall()
    return {table: kept for table, kept in rows.items() if kept[1]}


def put_back(rows: dict) -> None:
    """Write the rows into tables that have none, in the caller's transaction; numbers go on after theirs."""
    with connection.cursor() as cursor:
        for table in WRITTEN_ANEW:
            if table in rows:
                cursor.execute(f'DELETE FROM "{table}"')
                kinds_put_in.add(table)
    ContentType.objects.clear_cache()
    for table, (columns, those) in rows.items():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor, cursor.copy(f'COPY "{table}" ({columns}) FROM STDIN') as copy:
                copy.write(those)
        else:
            marks = ", ".join("?" for _ in those[0])
            connection.connection.executemany(f'INSERT INTO "{table}" ({columns}) VALUES ({marks})', those)
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.db_table in rows]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)
