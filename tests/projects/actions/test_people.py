"""Accounts, roles with dates and deputies, and what one administrator may not do to another council's people."""

from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from django.core.management import CommandError, call_command
from django.utils import timezone

from pmo_portal.accounts.models import User
from projects.actions.people import (
    LastAdministrator,
    NotYours,
    PersonExists,
    RoleRefused,
    appoint,
    change_person,
    change_role,
    create_person,
    deactivate_person,
    grant_role,
    one_time_password,
    reactivate_person,
    reset_password,
    revoke_role,
)
from projects.models import Board, Grant, Node, Organisation
from projects.permissions import may, top_node
from projects.rules.access import Permission, Role
from tests import factories

pytestmark = pytest.mark.django_db


def fresh(user):
    return User.objects.get(pk=user.pk)


def days(count):
    return timezone.localdate() + timedelta(days=count)


def test_a_one_time_password_is_long_and_its_own():
    passwords = {one_time_password() for _ in range(50)}
    assert len(passwords) == 50
    assert {len(password) for password in passwords} == {19}


def test_a_new_person_must_choose_a_password(organisation, administrator):
    user, password = create_person(
        email="New@Example.org", post="Head of Housing", by=administrator, organisation=organisation
    )
    assert user.email == "new@example.org"
    assert user.check_password(password)
    assert user.must_change_password
    assert not Node.objects.visible_to(user).exists()


def test_the_trail_holds_no_password(organisation, administrator):
    user, _ = create_person(email="new@example.org", post="P", by=administrator, organisation=organisation)
    reset_password(user, by=administrator, organisation=organisation)
    lines = LogEntry.objects.get_for_object(user)
    assert lines.count() == 2
    for line in lines:
        assert line.additional_data["organisation"] == organisation.pk
        assert line.actor == administrator
        assert line.changes["password"][1] == "(hidden)"
        assert "argon2" not in str(line.changes)
        assert user.password not in str(line.serialized_data)


def test_one_address_has_one_account(organisation, administrator, officer):
    with pytest.raises(PersonExists) as clash:
        create_person(email=officer.email.upper(), post="X", by=administrator, organisation=organisation)
    assert clash.value.user == officer


def test_one_person_can_work_for_two_councils(organisation, administrator, officer):
    elsewhere = factories.council(name="Elsewhere Council", slug="elsewhere")
    user, password = appoint(
        email=officer.email, post="Ignored", node=top_node(elsewhere), role="reader", by=administrator
    )
    assert (user, password) == (officer, None)
    assert fresh(user).post == officer.post
    assert may(fresh(user), Permission.EDIT_DRAFT, top_node(organisation))
    assert not may(fresh(user), Permission.EDIT_DRAFT, top_node(elsewhere))
    assert may(fresh(user), Permission.VIEW_PUBLISHED, top_node(elsewhere))


def test_nothing_is_made_when_the_role_is_refused(organisation, administrator):
    with pytest.raises(RoleRefused):
        appoint(
            email="new@example.org",
            post="P",
            node=top_node(organisation),
            role="officer",
            by=administrator,
            starts_on=days(2),
            ends_on=days(1),
        )
    assert not User.objects.filter(email="new@example.org").exists()


@pytest.mark.parametrize(
    ("starts", "ends", "holds"),
    [(None, None, True), (0, 0, True), (1, None, False), (None, -1, False), (-2, 2, True)],
)
def test_a_role_holds_on_its_days(organisation, administrator, starts, ends, holds):
    user = factories.person("someone@example.org", organisation)
    grant_role(
        user=user,
        node=top_node(organisation),
        role="officer",
        by=administrator,
        starts_on=None if starts is None else days(starts),
        ends_on=None if ends is None else days(ends),
    )
    assert may(user, Permission.EDIT_DRAFT, top_node(organisation)) is holds


def test_the_same_role_is_not_granted_twice(organisation, administrator, officer):
    with pytest.raises(RoleRefused, match="already"):
        grant_role(user=officer, node=top_node(organisation), role="officer", by=administrator)


def test_a_role_that_ended_is_taken_up_again(organisation, administrator, officer):
    grant = officer.grants.get()
    revoke_role(grant, by=administrator, reason="Left")
    assert not may(fresh(officer), Permission.EDIT_DRAFT, top_node(organisation))
    assert Grant.objects.filter(pk=grant.pk).exists()
    grant_role(user=officer, node=top_node(organisation), role="officer", by=administrator)
    assert officer.grants.count() == 1
    assert may(fresh(officer), Permission.EDIT_DRAFT, top_node(organisation))


def test_a_role_that_never_began_is_gone(organisation, administrator, officer):
    grant = grant_role(user=officer, node=top_node(organisation), role="pmo", by=administrator, starts_on=days(10))
    revoke_role(grant, by=administrator)
    assert not Grant.objects.filter(role="pmo", user=officer).exists()


def test_a_deputy_has_an_end_and_somebody_to_stand_in_for(organisation, administrator, officer, pmo):
    top = top_node(organisation)
    with pytest.raises(RoleRefused, match="last day"):
        grant_role(user=officer, node=top, role="pmo", by=administrator, deputy_for=pmo)
    with pytest.raises(RoleRefused, match="is not Sponsor"):
        grant_role(user=officer, node=top, role="sponsor", by=administrator, deputy_for=pmo, ends_on=days(5))
    with pytest.raises(RoleRefused, match="themselves"):
        grant_role(user=pmo, node=top, role="pmo", by=administrator, deputy_for=pmo, ends_on=days(5))
    grant = grant_role(user=officer, node=top, role="pmo", by=administrator, deputy_for=pmo, ends_on=days(5))
    assert may(fresh(officer), Permission.APPROVE, top)
    with pytest.raises(RoleRefused, match="last day"):
        change_role(grant, starts_on=None, ends_on=None, by=administrator)


def test_a_board_of_another_council_is_refused(organisation, administrator, member):
    elsewhere = factories.council(name="Elsewhere Council", slug="elsewhere")
    board = Board.objects.create(organisation=elsewhere, name="Executive")
    with pytest.raises(RoleRefused, match="another council"):
        grant_role(user=member, node=top_node(organisation), role="member", by=administrator, board=board)


def test_a_closed_account_can_do_nothing_and_comes_back(organisation, administrator, officer):
    deactivate_person(officer, by=administrator, organisation=organisation, reason="Left")
    assert not may(fresh(officer), Permission.EDIT_DRAFT, top_node(organisation))
    reactivate_person(fresh(officer), by=administrator, organisation=organisation)
    assert may(fresh(officer), Permission.EDIT_DRAFT, top_node(organisation))


def test_nobody_closes_their_own_account(organisation, administrator):
    factories.person("second@example.org", organisation, "administrator")
    with pytest.raises(NotYours):
        deactivate_person(administrator, by=administrator, organisation=organisation)


def test_the_last_administrator_stays(organisation, administrator):
    second = factories.person("second@example.org", organisation, "administrator")
    deactivate_person(second, by=administrator, organisation=organisation)
    with pytest.raises(LastAdministrator):
        revoke_role(administrator.grants.get(), by=administrator)
    with pytest.raises(LastAdministrator):
        change_role(administrator.grants.get(), starts_on=None, ends_on=days(5), by=administrator)
    reactivate_person(fresh(second), by=administrator, organisation=organisation)
    revoke_role(administrator.grants.get(), by=second)
    with pytest.raises(LastAdministrator):
        deactivate_person(fresh(second), by=None, organisation=organisation)


def test_an_administrator_of_a_part_is_not_one_of_the_whole(organisation, administrator):
    node = factories.project(organisation)
    factories.person("part@example.org", organisation, "administrator", node)
    with pytest.raises(LastAdministrator):
        revoke_role(administrator.grants.get(), by=administrator)


def test_the_account_of_somebody_who_works_elsewhere_too_is_not_ours(organisation, administrator, stranger):
    factories.grant(stranger, organisation, "officer")
    for attempt in (
        lambda: reset_password(stranger, by=administrator, organisation=organisation),
        lambda: deactivate_person(stranger, by=administrator, organisation=organisation),
        lambda: change_person(stranger, post="Nobody", by=administrator, organisation=organisation),
    ):
        with pytest.raises(NotYours):
            attempt()
    assert fresh(stranger).is_active
    assert fresh(stranger).check_password(factories.PASSWORD)


def test_a_role_elsewhere_that_has_ended_ties_nobody(organisation, administrator, stranger):
    factories.grant(stranger, organisation, "officer")
    Grant.objects.filter(user=stranger).exclude(organisation=organisation).update(ends_on=days(-1))
    reset_password(stranger, by=administrator, organisation=organisation)
    assert fresh(stranger).must_change_password


def test_a_superuser_is_out_of_reach(organisation, administrator):
    root = User.objects.create_superuser("root@example.org", factories.PASSWORD)
    factories.grant(root, organisation, "reader")
    with pytest.raises(NotYours):
        reset_password(root, by=administrator, organisation=organisation)


def test_the_command_begins_an_empty_installation(capsys):
    call_command("create_administrator", email="first@example.org", organisation="New Council", slug="new")
    said = capsys.readouterr().out
    user = User.objects.get(email="first@example.org")
    password = said.split("One-time password")[1].split()[0]
    assert user.check_password(password)
    assert user.grants.get().role == Role.ADMINISTRATOR
    assert may(user, Permission.MANAGE_SETTINGS, top_node(Organisation.objects.get(slug="new")))


def test_the_command_refuses_politely_what_exists(organisation):
    with pytest.raises(CommandError, match="exists already, and nothing was changed"):
        call_command("create_administrator", email="x@example.org", organisation=organisation.name, slug="other")
    assert not User.objects.filter(email="x@example.org").exists()


def test_the_command_refuses_a_bad_address(db):
    with pytest.raises(CommandError):
        call_command("create_administrator", email="nobody", organisation="New Council", slug="new")
    assert not Organisation.objects.exists()
