"""Put the portal's regular work into the queue when its time comes."""

from argparse import ArgumentParser
from typing import Any

from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.cron import CronTrigger
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import close_old_connections
from django.utils.module_loading import import_string

from pmo_portal.processes import signals_end_this_process


def enqueue(path: str) -> None:
    """Put the task of this dotted path into the queue; the worker runs it."""
    close_old_connections()
    import_string(path).enqueue()


def scheduler_of(schedule: list[dict[str, str]]) -> BlockingScheduler:
    """A scheduler for lines such as settings.SCHEDULE: a task's path and the fields of a cron line."""
    scheduler = BlockingScheduler(timezone=settings.TIME_ZONE)
    for line in schedule:
        path, when = line["task"], {name: value for name, value in line.items() if name != "task"}
        import_string(path)  # a misspelt task is found when the scheduler starts, not in the night
        scheduler.add_job(
            enqueue,
            CronTrigger(timezone=settings.TIME_ZONE, **when),
            args=[path],
            id=path,
            coalesce=True,  # after a sleep of the machine once is enough
            misfire_grace_time=3600,
        )
    return scheduler


class Command(BaseCommand):
    help = "Put the tasks of settings.SCHEDULE into the queue when their time comes. Run one for each installation."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--list", action="store_true", help="print the schedule and stop")

    def handle(self, *args: Any, **options: Any) -> None:
        scheduler = scheduler_of(settings.SCHEDULE)
        if options["list"]:
            for job in scheduler.get_jobs():
                self.stdout.write(f"{job.id}  {job.trigger}")
            return
        signals_end_this_process()
        scheduler.start()
