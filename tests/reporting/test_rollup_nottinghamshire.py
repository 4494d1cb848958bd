"""Roll-ups of the savings portfolio of September 2018 (agenda of 5 November 2018, Appendices B and C).

Figures are typed from the printed totals, in thousands of pounds.
"""

import pytest
from django.db import transaction

from projects.as_at import as_at
from projects.clock import today_for
from projects.models import Node
from reporting.exceptions import exceptions_of
from reporting.queries import periods_at
from reporting.rollup import roll_up
from tests import factories

pytestmark = pytest.mark.django_db

# target, gross at risk, gross over-achieved, net at risk; None where no project states an amount
DEPARTMENTS = {
    "Adult Social Care & Health": (17831, 666, -7341, -6697),
    "Children & Families": (2356, 226, None, -25),
    "Place": (2366, 686, None, 686),
    "Chief Executives": (3021, None, None, None),
}
PROGRAMMES = {
    "Promoting Independence Interventions": (12676, -6781),
    "Early Resolution": (1317, None),  # printed as 0
    "Commissioning & Direct Services": (3838, 84),
}


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker, demonstration):
    with django_db_blocker.unblock(), transaction.atomic():
        council = demonstration.council("nottinghamshire")
        yield council, factories.person("director@notts.example.org", council, "director")
        transaction.set_rollback(True)


def rolled(loaded, slug):
    council, director = loaded
    node = Node.objects.select_related("organisation").get(organisation=council, slug=slug)
    september = as_at("2018-09", "", council, published=False, now=council.created_at)
    expected = periods_at(council, september)
    today = today_for(council)
    return roll_up(director, node, expected, published=False, sees_exempt=True, today=today, at=september)


def thousands(sums, *names):
    return tuple(None if sums.get(name) is None else int(sums[name] / 1000) for name in names)


def test_the_departments_and_the_council_roll_up_to_the_printed_totals(loaded, db):
    found = rolled(loaded, "nottinghamshire")
    names = ("target", "gross_at_risk", "gross_over", "net")
    assert {part.level.title: thousands(part.sums, *names) for part in found.parts} == DEPARTMENTS
    assert thousands(found.sums, *names) == (25574, 1578, -7341, -6036)


def test_the_programmes_roll_up_to_the_totals_of_the_programme_report(loaded, db):
    found = rolled(loaded, "improving-lives")
    assert {part.level.title: thousands(part.sums, "target", "net") for part in found.parts} == PROGRAMMES
    assert thousands(found.sums, "target", "net") == (17831, -6697)
    assert {part.level.title: part.own.label for part in found.parts} == {
        "Promoting Independence Interventions": "On Target",
        "Early Resolution": "Experiencing Obstacles",
        "Commissioning & Direct Services": "Experiencing Obstacles",
    }


def test_the_exceptions_are_the_projects_listed_at_risk_and_compromised(loaded, db):
    council, director = loaded
    september = as_at("2018-09", "", council, published=False, now=council.created_at)
    node = Node.objects.get(organisation=council, parent=None)
    found = exceptions_of(director, node, published=False, sees_exempt=True, at=september)
    assert [(status.label, len(listed)) for status, listed in found.by_status] == [("Compromised", 2), ("At Risk", 5)]
    assert all(each.details for each in found.listed)
    watched = exceptions_of(director, node, published=False, sees_exempt=True, at=september, is_with_watched=True)
    assert "CFCS Management Structure Review" in [each.node.title for each in watched.remediated]
