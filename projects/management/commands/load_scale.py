"""A large synthetic council, for benchmarks."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from projects.actions.people import grant_role, person_with
from projects.loading import demonstration_loader
from projects.models import Grant
from projects.permissions import top_node
from projects.scale import load_scale

SEEN_BY = {"pmo@example.org": "pmo", "director@example.org": "director"}


class Command(BaseCommand):
    """May be run again: it brings the council up to the number of projects asked for."""

    help = "Load a large synthetic council (slug: scale), marked as sample data."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--projects", type=int, required=True, help="how many projects it is to have")
        parser.add_argument("--periods", type=int, default=2, help="how many months each project has reported (2)")

    def handle(self, *args, **options):
        if settings.IS_PRODUCTION:
            raise CommandError("Synthetic data is not loaded into a production installation.")
        if options["projects"] < 1 or options["periods"] < 1:
            raise CommandError("Give at least one project and one period.")
        by = demonstration_loader()
        organisation = load_scale(projects=options["projects"], periods=options["periods"], by=by)
        top = top_node(organisation)
        for email, role in SEEN_BY.items():
            user = person_with(email)
            if user and not Grant.objects.filter(user=user, node=top).exists():
                grant_role(user=user, node=top, role=role, by=by)
        self.stdout.write(f"{organisation.name} has {options['projects']} projects or more.")
