#!/usr/bin/env python
"""The command line of the portal: `python manage.py help` lists the commands."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import OperationalError, ProgrammingError

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pmo_portal.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as problem:
        sys.exit(f"The portal does not start: {problem}")
    except (OperationalError, ProgrammingError) as refusal:
        sys.exit(f"The database refused: {refusal}. Run make setup to migrate it, or look at DATABASE_URL.")
