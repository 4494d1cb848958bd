"""Housekeeping that belongs to no concept of the PMO."""

from django.core.management import call_command
from django_tasks import task


@task()
def tidy_up() -> None:
    """Remove ended sessions and the results of background work that finished more than a month ago."""
    call_command("clearsessions")
    call_command("prune_db_task_results", min_age_days=30)
