"""What is kept of closed periods, worked out again from the reports."""

from django.core.management.base import BaseCommand, CommandError, CommandParser

from projects.actions.roll_ups import rebuild_all
from projects.models import Organisation


class Command(BaseCommand):
    """For after an exemption has ended, or whenever the figures are in doubt: nothing but the roll-ups is written."""

    help = "Work out the roll-ups of every closed period again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organisation", default="", help="the slug of one council; all of them")

    def handle(self, *args, **options):
        organisations = Organisation.objects.all()
        if options["organisation"]:
            organisations = organisations.filter(slug=options["organisation"])
            if not organisations:
                raise CommandError(f"There is no council {options['organisation']}.")
        for organisation in organisations:
            self.stdout.write(f"{organisation.name}: {rebuild_all(organisation)} closed periods")
