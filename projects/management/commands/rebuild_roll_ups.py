"""What lists show to readers and what is kept of closed periods, worked out again from the reports."""

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from projects.actions.roll_ups import rebuild_all
from projects.actions.standing import exemptions_ended, restate_public
from projects.models import Organisation


class Command(BaseCommand):
    """For after an exemption has ended, or whenever the figures are in doubt: only derived figures are written."""

    help = "Work out again what lists show to readers where something is kept back, and the roll-ups of closed periods."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organisation", default="", help="the slug of one council; all of them")

        parser.add_argument(
            "--ended", action="store_true", help="only councils where an exemption ended within the last days"
        )

    def handle(self, *args, **options):
        organisations = Organisation.objects.all()
        if options["organisation"]:
            organisations = organisations.filter(slug=options["organisation"])
            if not organisations:
                raise CommandError(f"There is no council {options['organisation']}.")
        today = timezone.localdate()
        for organisation in organisations:
            if options["ended"] and not exemptions_ended(organisation, today):
                continue
            reports = restate_public(organisation)
            periods = rebuild_all(organisation)
            self.stdout.write(
                f"{organisation.name}: {reports} reports that keep something back, {periods} closed periods"
            )
