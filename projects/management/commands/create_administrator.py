"""Begin an installation, or one more council in it: the council and its first administrator."""

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email, validate_slug
from django.db import transaction
from django.db.models import Q

from projects.actions.organisations import found_organisation
from projects.actions.people import appoint
from projects.models import Organisation
from projects.permissions import top_node
from projects.rules.access import Role


class Command(BaseCommand):
    help = "Make a council and its first administrator, and print a one-time password."

    def add_arguments(self, parser):
        parser.add_argument("--email", required=True, help="the address the administrator signs in with")
        parser.add_argument("--organisation", required=True, help="the council's name")
        parser.add_argument("--slug", required=True, help="the council's name in addresses: small letters and hyphens")
        parser.add_argument("--post", default="Administrator", help="the administrator's post")

    def handle(self, *args, email, organisation, slug, post, **options):
        try:
            validate_email(email)
            validate_slug(slug)
        except ValidationError as wrong:
            raise CommandError(f"{email} or {slug}: {' '.join(wrong.messages)}") from wrong
        if Organisation.objects.filter(Q(slug=slug) | Q(name=organisation)).exists():
            raise CommandError(
                f"{organisation} ({slug}) exists already, and nothing was changed. "
                "Its administrators add people in the portal, under Settings."
            )
        with transaction.atomic():
            council = found_organisation(name=organisation, slug=slug)
            user, password = appoint(
                email=email, post=post, node=top_node(council), role=Role.ADMINISTRATOR.value, by=None
            )
        self.stdout.write(f"{council} stands, at /settings/{council.slug}/.")
        if password:
            self.stdout.write(f"Sign in as      {user.email}\nOne-time password  {password}")
            self.stdout.write("It is kept nowhere: a new one is chosen at the first sign-in.")
        else:
            self.stdout.write(f"{user.email} had an account: it is now administrator here too, its password as before.")
