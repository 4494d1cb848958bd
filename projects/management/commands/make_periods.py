"""Make the next year's periods of calendars that are about to run out."""

from typing import Any

from django.core.management.base import BaseCommand

from projects.actions.organisations import make_periods_ahead
from projects.models import Organisation


class Command(BaseCommand):
    help = "Make the next year's periods of every calendar in use that runs out within 60 days. May be run again."

    def handle(self, *args: Any, **options: Any) -> None:
        made = [
            period
            for organisation in Organisation.objects.order_by("pk")
            for period in make_periods_ahead(organisation, by=None)
        ]
        self.stdout.write(f"{len(made)} {'period' if len(made) == 1 else 'periods'} made.")
