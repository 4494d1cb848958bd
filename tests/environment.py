"""Loaded by pytest before the settings are (see pyproject.toml): tests never see the environment they are run from.

DATABASE_URL alone is kept: it says on which database the suite runs.
"""

import atexit
import os
import shutil
import tempfile

from tests.kept import FOLDER

for name in ("MEDIA_ROOT", "PORTAL_DEBUG", "ALLOWED_HOSTS", "EMAIL_URL", "SECRET_KEY", "OIDC_SERVER_URL", "LOG_LEVEL"):
    os.environ.pop(name, None)
os.environ["PORTAL_ENV_FILE"] = os.devnull
os.environ["PORTAL_MODE"] = "test"
# The browser tests' driver keeps an event loop in the thread in which the database is used.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
if FOLDER not in os.environ:  # pytest by itself; its workers find the variable set
    os.environ[FOLDER] = tempfile.mkdtemp(prefix="pmo-portal-tests-")
    atexit.register(shutil.rmtree, os.environ[FOLDER], ignore_errors=True)
