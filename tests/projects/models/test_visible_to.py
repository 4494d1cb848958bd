"""Which rows a person may see; `may` and `visible_to` agree."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from projects.models import Node, PlanItem, PlanItemUpdate, Report, Risk, RiskAssessment
from projects.permissions import may
from projects.rules.access import ROLE_PERMISSIONS, Permission, Role
from tests import factories
from tests.beginnings import handed_out

pytestmark = pytest.mark.django_db

WORKING_ROLES = [role for role in Role if Permission.VIEW_RECORD in ROLE_PERMISSIONS[role]]


@pytest.fixture(scope="module")
def beginning(founded):
    """July published with an exempt risk, August a draft with one more milestone."""
    project = factories.project(founded)
    july = factories.draft(project)
    factories.milestone(july, title="Doors open")
    factories.risk(july, title="Roof leaks")
    factories.risk(july, title="Owner will not sell", is_exempt=True, exempt_paragraph="3")
    factories.published(project, report=july)
    august = factories.draft(project, factories.next_period(july.period))
    factories.milestone(august, title="Not yet public")
    return {"project": project, "two_reports": (july, august)}


(two_reports,) = handed_out("two_reports")


@pytest.mark.parametrize("role", WORKING_ROLES)
def test_working_roles_see_drafts(role, two_reports, organisation):
    user = factories.person("someone@example.org", organisation, role.value)
    assert set(Report.objects.visible_to(user)) == set(two_reports)
    assert PlanItem.objects.visible_to(user).count() == 2
    assert RiskAssessment.objects.visible_to(user).filter(title="Owner will not sell").exists()


def test_readers_see_what_is_published_and_not_exempt(reader, two_reports):
    july, _ = two_reports
    assert list(Report.objects.visible_to(reader)) == [july]
    assert list(PlanItemUpdate.objects.visible_to(reader).values_list("title", flat=True)) == ["Doors open"]
    assert list(PlanItem.objects.visible_to(reader).values_list("title", flat=True)) == ["Doors open"]
    assert list(RiskAssessment.objects.visible_to(reader).values_list("title", flat=True)) == ["Roof leaks"]
    assert list(Risk.objects.visible_to(reader).values_list("title", flat=True)) == ["Roof leaks"]


def test_members_see_exempt_items_too(member, two_reports):
    assert RiskAssessment.objects.visible_to(member).count() == 2


def test_an_exemption_ends_on_its_date(reader, project):
    report = factories.draft(project)
    today = timezone.localdate()
    factories.risk(report, title="Still exempt", is_exempt=True, exempt_until=today + timedelta(days=1))
    factories.risk(report, title="No longer", is_exempt=True, exempt_until=today)
    factories.published(project, report=report)
    assert list(RiskAssessment.objects.visible_to(reader).values_list("title", flat=True)) == ["No longer"]


def test_an_exempt_node_is_hidden_from_readers(reader, officer, organisation):
    factories.project(organisation, is_exempt=True)
    assert not Node.objects.visible_to(reader).filter(slug="library").exists()
    assert Node.objects.visible_to(officer).filter(slug="library").exists()


def test_what_was_published_of_a_node_made_exempt_is_hidden_with_it(reader, member, two_reports):
    july, _ = two_reports
    Node.objects.filter(pk=july.node_id).update(is_exempt=True)
    assert not Report.objects.visible_to(reader).exists()
    assert not PlanItemUpdate.objects.visible_to(reader).exists()
    assert not PlanItem.objects.visible_to(reader).exists()
    assert list(Report.objects.visible_to(member)) == [july]


def test_nobody_sees_another_council(stranger, two_reports):
    july, _ = two_reports
    assert not Report.objects.visible_to(stranger).exists()
    assert not Node.objects.visible_to(stranger).filter(organisation=july.organisation).exists()
    assert not PlanItem.objects.visible_to(stranger).exists()


def test_a_role_reaches_its_subtree_and_no_further(organisation):
    mine = factories.project(organisation, slug="mine", title="Mine")
    below = factories.project(organisation, slug="below", title="Below", parent=mine)
    beside = factories.project(organisation, slug="beside", title="Beside")
    user = factories.person("someone@example.org", organisation, "officer", node=mine)
    assert set(Node.objects.visible_to(user)) == {mine, below}
    assert may(user, Permission.EDIT_DRAFT, below)
    assert not may(user, Permission.EDIT_DRAFT, beside)


def test_a_deputy_holds_the_role_between_its_dates(organisation, project, officer):
    today = timezone.localdate()
    deputy = factories.person("deputy@example.org", organisation)
    factories.grant(
        deputy, organisation, "officer", deputy_for=officer, starts_on=today, ends_on=today + timedelta(days=7)
    )
    late = factories.person("late@example.org", organisation)
    factories.grant(late, organisation, "officer", deputy_for=officer, ends_on=today - timedelta(days=1))
    early = factories.person("early@example.org", organisation)
    factories.grant(early, organisation, "officer", deputy_for=officer, starts_on=date(2999, 1, 1))
    assert [may(user, Permission.EDIT_DRAFT, project) for user in (deputy, late, early)] == [True, False, False]


def test_somebody_deactivated_may_nothing(officer, project):
    officer.is_active = False
    assert not may(officer, Permission.VIEW_PUBLISHED, project)


@pytest.mark.parametrize("role", Role)
def test_may_agrees_with_the_table(role, organisation, project):
    user = factories.person("someone@example.org", organisation, role.value)
    held = {permission for permission in Permission if may(user, permission, project)}
    assert held == set(ROLE_PERMISSIONS[role])
