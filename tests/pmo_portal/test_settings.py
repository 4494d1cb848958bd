"""The promises of the settings, each tried in a process of its own with nothing in its environment but what is said."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

ROOT = Path(__file__).resolve().parents[2]
LONG = "k" * 60
PRODUCTION = {"SECRET_KEY": LONG, "ALLOWED_HOSTS": "pmo.example.org"}
DEMO = {"PORTAL_MODE": "demo", "SECRET_KEY": LONG}


def start_with(environment, show="MODE"):
    """Load the settings; returns (exit status, what was printed and complained of)."""
    finished = subprocess.run(
        [sys.executable, "-c", f"from pmo_portal import settings; print(settings.{show})"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PORTAL_ENV_FILE": os.devnull, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return finished.returncode, finished.stdout + finished.stderr


@pytest.mark.parametrize(
    ("environment", "complaint"),
    [
        ({}, "SECRET_KEY is not set"),
        ({"PORTAL_MODE": "development"}, "SECRET_KEY is not set"),
        ({"PORTAL_MODE": "demo"}, "SECRET_KEY is not set"),
        ({"SECRET_KEY": "short", "ALLOWED_HOSTS": "pmo.example.org"}, "SECRET_KEY is too short"),
        ({"SECRET_KEY": LONG}, "ALLOWED_HOSTS is not set"),
        ({**PRODUCTION, "PORTAL_MODE": "live"}, "PORTAL_MODE is 'live'"),
        ({**PRODUCTION, "PORTAL_DEBUG": "1"}, "PORTAL_DEBUG shows internals"),
        ({**PRODUCTION, "OIDC_SERVER_URL": "https://id.example.org"}, "OIDC_CLIENT_ID"),
        ({**DEMO, "DATABASE_URL": "postgres://portal@db/live"}, "DATABASE_URL names another database"),
        ({**DEMO, "MEDIA_ROOT": "/srv/portal/media"}, "MEDIA_ROOT names another folder"),
        ({**DEMO, "ALLOWED_HOSTS": "pmo.example.org"}, "ALLOWED_HOSTS names other hosts"),
    ],
)
def test_it_refuses_to_start(environment, complaint):
    status, said = start_with(environment)
    assert status != 0
    assert complaint in said


@pytest.mark.parametrize(
    ("environment", "show", "expected"),
    [
        (PRODUCTION, "MODE", "production"),
        (PRODUCTION, "SESSION_COOKIE_SECURE", "True"),
        (PRODUCTION, "SECURE_SSL_REDIRECT", "True"),
        (PRODUCTION, "STORAGES['staticfiles']['BACKEND']", "whitenoise.storage.CompressedManifestStaticFilesStorage"),
        (DEMO, "DATABASES['default']['NAME']", str(ROOT / "var" / "demo" / "portal.sqlite3")),
        (DEMO, "MEDIA_ROOT", str(ROOT / "var" / "demo" / "media")),
        (
            {**PRODUCTION, "DATABASE_URL": "postgres://u:p@%2Frun%2Fpg/portal"},
            "DATABASES['default']['HOST']",
            "/run/pg",
        ),
    ],
)
def test_it_starts_as_told(environment, show, expected):
    status, said = start_with(environment, show)
    assert (status, said.strip()) == (0, expected)


def test_the_environment_wins_over_the_file(tmp_path):
    file = tmp_path / "portal.env"
    file.write_text(f"PORTAL_MODE=development\nSECRET_KEY={LONG}\n")
    assert start_with({"PORTAL_ENV_FILE": str(file)}) == (0, "development\n")
    assert start_with({"PORTAL_ENV_FILE": str(file), **PRODUCTION, "PORTAL_MODE": "production"}) == (0, "production\n")


def test_tests_run_in_test_mode():
    assert settings.MODE == "test"


def test_sqlite_is_tuned_for_the_web(tmp_path):
    """In a process of its own, so that it is asked of SQLite whichever database the tests run on."""
    ask = (
        "from django.db import connection as c; cursor = c.cursor(); "
        "pragmas = ('journal_mode', 'foreign_keys', 'synchronous', 'busy_timeout'); "
        "print(*[cursor.execute(f'PRAGMA {name}').fetchone()[0] for name in pragmas], "
        "c.settings_dict['OPTIONS']['transaction_mode'])"
    )
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", ask],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path / 'portal.sqlite3'}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["wal", "1", "1", "60000", "IMMEDIATE"]


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["account_login", "account_reset_password", "health"])
def test_pages_forbid_scripts_and_styles_that_are_not_ours(client, name):
    policy = client.get(reverse(name)).headers["Content-Security-Policy"]
    for directive in ("default-src 'self'", "object-src 'none'", "frame-ancestors 'none'", "base-uri 'self'"):
        assert directive in policy
    assert "unsafe" not in policy
    assert "*" not in policy


@pytest.mark.django_db
def test_the_health_page_asks_the_database_and_needs_no_sign_in(client):
    response = client.get("/health/", headers={"accept": "application/json"})
    assert response.status_code == 200
    assert response.json() == {"Database(alias='default')": "OK"}


def test_a_stranger_is_asked_to_sign_in_to_the_django_admin(client, db):
    response = client.get("/admin/login/")
    assert response.status_code == 302
    assert response.url.startswith(reverse("account_login"))
