"""What the scheduler puts into the queue: housekeeping, and the regular work of the record by its commands."""

from django.core.management import call_command
from django_tasks import task


@task()
def tidy_up() -> None:
    """Remove ended sessions and the results of background work that finished more than a month ago."""
    call_command("clearsessions")
    call_command("prune_db_task_results", min_age_days=30)


@task()
def send_reminders() -> None:
    """Send the reminders that are due; each is sent once, however often this runs."""
    call_command("send_reminders")


@task()
def end_exemptions() -> None:
    """Show readers' lists what was exempt until today."""
    call_command("rebuild_roll_ups", ended=True)


@task()
def make_periods() -> None:
    """Make the periods of the next year in time."""
    call_command("make_periods")
