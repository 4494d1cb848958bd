"""What every test has: no network beyond this machine, and kept files in a folder of its own."""

import gc
import ipaddress
import os
import socket
from contextlib import contextmanager
from functools import partial, partialmethod

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.test import TransactionTestCase, override_settings
from django.test.utils import CaptureQueriesContext

from pmo_portal.accounts.models import User
from projects import immutability
from projects.models import Organisation
from reporting.documents import pdf
from tests import factories
from tests.addresses import one_of_everything
from tests.beginnings import anew
from tests.browser.launch import launched_chromium
from tests.demonstration import WRITTEN_ANEW, Demonstration, kinds_put_in, put_back, rows_now
from tests.drawing import drawn_once

SHARED_BEGINNINGS = {"founded", "loaded"}  # fixtures of module scope that keep rows in the database


# What the two databases do in ways of their own: triggers, locks, writes in bulk, sums, search and order. CI asks both
# this; the rest, which works on the answers, it asks PostgreSQL, the database of production. `make test` asks both all.
BOTH = (
    "tests/pmo_portal/test_commands.py",
    "tests/pmo_portal/test_migrations.py",
    "tests/projects/actions/test_locks.py",
    "tests/projects/actions/test_reports.py",
    "tests/projects/actions/test_roll_ups.py",
    "tests/projects/actions/test_standing.py",
    "tests/projects/models/",
    "tests/projects/test_audit.py",
    "tests/projects/test_ledger.py",
    "tests/races/test_steps.py",
    "tests/reporting/test_as_at.py",
    "tests/reporting/test_exporting.py",
    "tests/reporting/test_portfolio.py",
    "tests/reporting/test_published_for_ever.py",
    "tests/reporting/test_queries.py",
    "tests/reporting/test_rollup.py",
)
LONG = (
    "tests/browser/",
    "tests/pmo_portal/test_migrations.py",
    "tests/races/",
    "tests/reporting/test_assembling_worker.py",
)


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses
def pytest_collection_modifyitems(items):
    """What CI runs on one database is marked `once`: all that is not in BOTH, and what asks no database.

    A test with neither the mark nor a fixture of the database is refused by pytest-django when it asks one.
    """
    for item in items:
        asks_a_database = item.get_closest_marker("django_db") or "django_db_setup" in item.fixturenames
        if not asks_a_database or not item.nodeid.startswith(BOTH):
            item.add_marker(pytest.mark.once)
        if "transactional_db" in item.fixturenames and not SHARED_BEGINNINGS.isdisjoint(item.fixturenames):
            raise pytest.UsageError(f"{item.nodeid} shares a beginning, which no other connection would see.")
    # Tests of a module that begin with nothing come before those that share a beginning, so that it is set up once.
    first = {}
    for place, item in enumerate(items):
        first.setdefault(item.path, place)
    items.sort(key=lambda item: (first[item.path], not SHARED_BEGINNINGS.isdisjoint(item.fixturenames)))
    # pytest-django puts those that empty the database behind the others; of these the longest begin, since left to the
    # end they would keep one worker busy while the others have nothing to do.
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def pytest_collection_finish():
    """What is loaded by now stays to the end: Python need not look through it for something to throw away."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """A test that does not ask for what the tests of its module share begins with an empty database."""
    for name, end in list(_shared_now.items()):
        if name not in item.fixturenames:
            end()
    if kinds_put_in:  # by a test that is rolled back by now, numbers and all
        kinds_put_in.clear()
        ContentType.objects.clear_cache()


_shared_now = {}  # {fixture of SHARED_BEGINNINGS that is set up: a function that ends it}


@contextmanager
def _shared(request, django_db_blocker):
    """A transaction for one of SHARED_BEGINNINGS, taken back when its module ends or a test does not ask for it."""
    _shared_now[request.fixturename] = partial(request._fixturedef.finish, request)
    try:
        with django_db_blocker.unblock(), transaction.atomic():
            yield
            transaction.set_rollback(True)
    finally:
        del _shared_now[request.fixturename]
        ContentType.objects.clear_cache()  # the numbers of kinds that were put in are gone too


def is_on_this_machine(address: object) -> bool:
    """True for a loopback address (host, port, ...) and for a Unix socket's path."""
    if not isinstance(address, tuple):
        return True
    host = str(address[0])
    if host in {"localhost", ""}:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(scope="session", autouse=True)
def sockets_closed_but_loopback():
    """A test that reaches out of this machine fails, whatever library it does it through."""
    patch = pytest.MonkeyPatch()
    for method in ("connect", "connect_ex"):
        original = getattr(socket.socket, method)

        def guarded(self, address, original=original):
            if not is_on_this_machine(address):
                raise RuntimeError(f"A test tried to reach {address!r}; tests stay on this machine.")
            return original(self, address)

        patch.setattr(socket.socket, method, guarded)
    yield
    patch.undo()


@pytest.fixture(scope="session", autouse=True)
def kept_files_in_a_folder_of_their_own(tmp_path_factory):
    """Uploads and packs of tests never reach var/."""
    with override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media")):
        yield


@pytest.fixture(scope="session", autouse=True)
def documents_drawn_once():
    """The same document is drawn once in a run: drawings cost the tests of documents most of their time."""
    with drawn_once():
        yield


@pytest.fixture
def drawn_anew(monkeypatch):
    """For tests of the drawing itself: it is done each time."""
    monkeypatch.setattr(pdf, "drawn", pdf.drawn.of_the_portal)


@pytest.fixture(scope="session")
def chromium():
    """The one browser of the run: a second driver in the same process would refuse to start."""
    with launched_chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def rows_of_a_council(django_db_setup, django_db_blocker):
    """The rows that founding the tests' council leaves in an empty database."""
    with django_db_blocker.unblock(), transaction.atomic():
        factories.council()
        rows = {table: kept for table, kept in rows_now().items() if table not in WRITTEN_ANEW}
        kinds = set(ContentType.objects.values_list("pk", "app_label", "model"))
        transaction.set_rollback(True)
    return rows, kinds


def _founded(rows, kinds) -> Organisation:
    fits = set(ContentType.objects.values_list("pk", "app_label", "model")) == kinds
    ContentType.objects.clear_cache()  # it may hold numbers of before the tables were emptied
    if not fits or Organisation.objects.exists() or User.objects.exists():
        return factories.council()
    with transaction.atomic():  # rows may stand before those that they point at
        put_back(rows)
    return Organisation.objects.get()


def _begun(request, name):
    """The part of that name of what the tests of the module share; None where this test does not, or it has none."""
    return anew(request.getfixturevalue("beginning").get(name)) if "beginning" in request.fixturenames else None


@pytest.fixture
def organisation(request, db, rows_of_a_council):
    """A council with its default settings, its clock on 6 August 2019."""
    if "founded" in request.fixturenames:
        return anew(request.getfixturevalue("founded"))
    return _founded(*rows_of_a_council)


@pytest.fixture(scope="module")
def founded(request, django_db_blocker, rows_of_a_council):
    """The same council, for a module whose tests begin with more than a council (tests/beginnings.py says how)."""
    with _shared(request, django_db_blocker):
        yield _founded(*rows_of_a_council)


@pytest.fixture
def project(request, organisation):
    """A project of the council, reporting monthly, with nothing reported yet."""
    return _begun(request, "project") or factories.project(organisation)


def _person(organisation, role):
    return factories.person(f"{role}@{organisation.slug}.example.org", organisation, role)


@pytest.fixture
def officer(request, organisation):
    return _begun(request, "officer") or _person(organisation, "officer")


@pytest.fixture
def sponsor(organisation):
    return _person(organisation, "sponsor")


@pytest.fixture
def pmo(request, organisation):
    return _begun(request, "pmo") or _person(organisation, "pmo")


@pytest.fixture
def director(organisation):
    return _person(organisation, "director")


@pytest.fixture
def administrator(organisation):
    return _person(organisation, "administrator")


@pytest.fixture
def member(organisation):
    return _person(organisation, "member")


@pytest.fixture
def reader(organisation):
    return _person(organisation, "reader")


@pytest.fixture
def stranger(db):
    """Somebody with every working role, of another council."""
    other = factories.council(name="Elsewhere Council", slug="elsewhere")
    user = _person(other, "pmo")
    factories.grant(user, other, "administrator")
    return user


@pytest.fixture
def world(organisation):
    """One of everything that an address can name."""
    return one_of_everything(organisation)


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory):
    """The councils of the demonstration, to be put into a test's or a module's transaction."""
    folder = tmp_path_factory.getbasetemp()
    return Demonstration(folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder)


@pytest.fixture(scope="module")
def loaded(request, django_db_setup, django_db_blocker, demonstration):
    """The council that the module names as COUNCIL, for all its tests; each test's own writes are taken back."""
    with _shared(request, django_db_blocker):
        yield demonstration.council(request.module.COUNCIL)


@pytest.fixture(scope="module")
def kept_world(founded):
    """A council, and one of everything in it, for all tests of a module that read much and take long to set up.

    Each test is rolled back to it; it is rolled back after the last.
    """
    return founded, one_of_everything(founded)


@pytest.fixture
def count_queries(db):
    """Count the statements of a block: `with count_queries() as counted: ...; len(counted)`."""
    return lambda: CaptureQueriesContext(connection)


@pytest.fixture(scope="session", autouse=True)
def emptied_past_the_refusals():
    """Transactional tests empty the tables afterwards, which the frozen rows' triggers would refuse."""
    patch = pytest.MonkeyPatch()
    patch.setattr(
        TransactionTestCase, "_fixture_teardown", partialmethod(_emptied, TransactionTestCase._fixture_teardown)
    )
    yield
    patch.undo()


def _emptied(case, by_django):
    """On PostgreSQL without asking triggers and foreign keys, which spares seconds of making two hundred triggers anew.

    Elsewhere the triggers go, and the migrate signal that follows emptying puts them back.
    """
    if connection.vendor != "postgresql":
        immutability.remove()
        return by_django(case)
    put_in = {model._meta.db_table for model in (MigrationRecorder.Migration, ContentType, Permission)}
    tables = set(connection.introspection.django_table_names(only_existing=True)) - put_in
    quoted = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("; ".join(f"DELETE FROM {quoted(table)}" for table in sorted(tables)))
        cursor.execute("SET session_replication_role = origin")
