"""The five councils of the demonstration, one person for each role and one who clears reports to committees."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from projects.loading import DEMO_PASSWORD, demonstration_loader, load_council, load_people, read_fixture
from projects.models.people import ROLE_LABELS
from projects.rules.access import Role


class Command(BaseCommand):
    """May be run again: it adds what is missing and leaves what people have made of the rest."""

    help = "Load the five councils from fixtures/ and a sign-in for each role. May be run again."

    def handle(self, *args, **options):
        if settings.IS_PRODUCTION:
            raise CommandError(
                "The demonstration's sign-ins are public, so it is not loaded into a production installation. "
                "Set PORTAL_MODE to development or demo."
            )
        by = demonstration_loader()
        for name in read_fixture("demonstration")["councils"]:
            organisation = load_council(read_fixture(name), by=by)
            self.stdout.write(f"{organisation.name} is loaded.")
        people = read_fixture("people")
        load_people(people, by=by)
        self.stdout.write(f"\n{'Role':<17}{'Sign in as':<30}{'Password':<20}Post")
        for person in people:
            role = ROLE_LABELS[Role(person["roles"][0]["role"])]
            self.stdout.write(f"{role:<17}{person['email']:<30}{DEMO_PASSWORD:<20}{person['post']}")
