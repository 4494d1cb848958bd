"""Send the reminders that are due: reports due or late, boards not told of a change, changes to decide."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from projects.actions.reminders import send_reminders
from projects.models import Organisation


class Command(BaseCommand):
    help = "Send the reminders that are due. May be run as often as one likes: nothing is sent twice."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organisation", metavar="SLUG", help="only this council's")

    def handle(self, *args: Any, **options: Any) -> None:
        organisations = Organisation.objects.order_by("pk")
        if slug := options["organisation"]:
            organisations = organisations.filter(slug=slug)
            if not organisations:
                raise CommandError(f"There is no council {slug}.")
        sent = send_reminders(organisations)
        people = "1 person" if sent.people == 1 else f"{sent.people} people"
        things = "1 thing" if sent.things == 1 else f"{sent.things} things"
        self.stdout.write(f"{people} reminded of {things}.")
        if sent.failed:
            raise CommandError(f"The mail to {sent.failed} people could not be sent; the log says why.")
