"""What day it is: the real one, or an organisation's demonstration date."""

from datetime import date, datetime

from django.utils import timezone


def today_for(organisation) -> date:
    """Today for the work of `organisation`. Security and the audit trail always use the real clock."""
    return organisation.clock_on or timezone.localdate()


def moment_for(organisation) -> datetime:
    """Now, for deadlines: the real moment, or the same time of day on the demonstration date."""
    now, today = timezone.localtime(), today_for(organisation)
    return now if today == now.date() else now.replace(year=today.year, month=today.month, day=today.day)
