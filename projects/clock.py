"""What day it is: the real one, or an organisation's demonstration date."""

from datetime import date

from django.utils import timezone


def today_for(organisation) -> date:
    """Today for the work of `organisation`. Security and the audit trail always use the real clock."""
    return organisation.clock_on or timezone.localdate()
