"""People and their roles in pages."""

import pytest
from django.urls import reverse
from django.utils import timezone

from pmo_portal.accounts.models import User
from projects.models import Grant
from projects.permissions import top_node
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(client, administrator):
    client.force_login(administrator)
    return client


def url(name, organisation, *args):
    return reverse(name, args=[organisation.slug, *args])


def new_person(organisation, **fields):
    return {
        "email": "new@example.org",
        "post": "Head of Housing",
        "role": "officer",
        "node": top_node(organisation).pk,
        **fields,
    }


def test_a_person_is_added_and_the_password_shown_once(signed_in, organisation):
    shown = signed_in.post(url("settings-person-add", organisation), new_person(organisation))
    password = shown.context["password"]
    assert password in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    person = User.objects.get(email="new@example.org")
    assert person.check_password(password)
    assert password not in signed_in.get(url("settings-person", organisation, person.pk)).content.decode()


def test_the_new_person_chooses_a_password_first(signed_in, client, organisation):
    password = signed_in.post(url("settings-person-add", organisation), new_person(organisation)).context["password"]
    client.logout()
    client.post(reverse("account_login"), {"login": "new@example.org", "password": password})
    assert client.get("/").url == reverse("account_change_password")


def test_a_known_address_gets_the_role_and_keeps_the_password(signed_in, organisation, stranger):
    answer = signed_in.post(
        url("settings-person-add", organisation), new_person(organisation, email=stranger.email.upper()), follow=True
    )
    assert "There was an account with this address" in answer.content.decode()
    person = User.objects.get(pk=stranger.pk)
    assert person.check_password(factories.PASSWORD)
    assert person.post == stranger.post
    assert person.grants.filter(organisation=organisation, role="officer").exists()


def test_errors_stand_beside_their_boxes_and_nothing_is_lost(signed_in, organisation):
    refused = signed_in.post(
        url("settings-person-add", organisation), new_person(organisation, email="nonsense", role="")
    )
    page = refused.content.decode()
    assert "There is a problem" in page
    assert "Head of Housing" in page
    assert set(refused.context["form"].errors) == {"email", "role"}


def test_people_of_other_councils_are_not_there(signed_in, organisation, stranger):
    assert stranger.email not in signed_in.get(url("settings-people", organisation)).content.decode()
    for name in ("settings-person", "settings-person-password", "settings-person-close", "settings-role-add"):
        assert signed_in.get(url(name, organisation, stranger.pk)).status_code == 404
    grant = stranger.grants.first()
    assert signed_in.post(url("settings-role-end", organisation, grant.pk), {"reason": "x"}).status_code == 404
    assert Grant.objects.get(pk=grant.pk).ends_on is None


def test_the_list_is_filtered(signed_in, organisation, officer, director):
    factories.person("gone@example.org", organisation, "officer", is_active=False)
    everyone = signed_in.get(url("settings-people", organisation)).content.decode()
    assert officer.email in everyone
    assert "gone@example.org" not in everyone
    directors = signed_in.get(url("settings-people", organisation), {"role": "director"}).content.decode()
    assert director.email in directors
    assert officer.email not in directors
    closed = signed_in.get(url("settings-people", organisation), {"state": "closed"}).content.decode()
    assert "gone@example.org" in closed
    found = signed_in.get(url("settings-people", organisation), {"words": "DIRECTOR@"}).content.decode()
    assert director.email in found
    assert officer.email not in found


def test_a_role_is_added_changed_and_ended(signed_in, organisation, officer):
    project = factories.project(organisation)
    signed_in.post(
        url("settings-role-add", organisation, officer.pk),
        {"role": "sponsor", "node": project.pk, "starts_on": "1/8/2019", "ends_on": "31/12/2099"},
    )
    grant = Grant.objects.get(user=officer, role="sponsor")
    assert (grant.node, str(grant.ends_on)) == (project, "2099-12-31")
    days = url("settings-role", organisation, grant.pk)
    refused = signed_in.post(days, {"starts_on": "1/8/2019", "ends_on": "1/7/2019", "version": grant.version})
    assert "The last day is before the first." in refused.content.decode()
    signed_in.post(days, {"starts_on": "1/8/2019", "ends_on": "", "version": grant.version})
    grant.refresh_from_db()
    assert grant.ends_on is None
    stale = signed_in.post(days, {"starts_on": "", "ends_on": "", "version": grant.version - 1})
    assert stale.status_code == 409
    assert stale.context["conflict"]
    signed_in.post(url("settings-role-end", organisation, grant.pk), {"reason": "Moved on"})
    grant.refresh_from_db()
    assert grant.ends_on < timezone.localdate()


def test_a_role_is_not_granted_elsewhere(signed_in, organisation, officer, stranger):
    theirs = stranger.grants.first().node
    refused = signed_in.post(url("settings-role-add", organisation, officer.pk), {"role": "pmo", "node": theirs.pk})
    assert refused.status_code == 200
    assert not Grant.objects.filter(user=officer, node=theirs).exists()


def test_an_account_is_closed_and_opened(signed_in, organisation, officer):
    address = url("settings-person-close", organisation, officer.pk)
    assert signed_in.post(address, {"reason": ""}).status_code == 200
    assert User.objects.get(pk=officer.pk).is_active
    signed_in.post(address, {"reason": "Left"})
    assert not User.objects.get(pk=officer.pk).is_active
    signed_in.post(address)
    assert User.objects.get(pk=officer.pk).is_active


def test_what_is_refused_is_a_sentence(signed_in, organisation, administrator, stranger):
    own = signed_in.post(url("settings-person-close", organisation, administrator.pk), {"reason": "x"})
    assert own.status_code == 409
    assert "You cannot close your own account." in own.content.decode()
    last = signed_in.post(url("settings-role-end", organisation, administrator.grants.get().pk), {"reason": "x"})
    assert "without an administrator" in last.content.decode()
    factories.grant(stranger, organisation, "officer")
    theirs = signed_in.post(url("settings-person-password", organisation, stranger.pk))
    assert "also has roles in another council" in theirs.content.decode()
    assert User.objects.get(pk=stranger.pk).check_password(factories.PASSWORD)


def test_a_password_is_made_anew(signed_in, organisation, officer):
    address = url("settings-person-password", organisation, officer.pk)
    assert signed_in.get(address).status_code == 200
    assert User.objects.get(pk=officer.pk).check_password(factories.PASSWORD)
    password = signed_in.post(address).context["password"]
    officer = User.objects.get(pk=officer.pk)
    assert officer.check_password(password)
    assert officer.must_change_password


def test_a_lost_second_factor_is_removed(signed_in, organisation, officer):
    answer = signed_in.post(url("settings-person-second-factor", organisation, officer.pk), follow=True)
    assert "without a second factor" in answer.content.decode()


def test_the_post_is_changed(signed_in, organisation, officer):
    address = url("settings-person", organisation, officer.pk)
    opened = signed_in.get(address).context["form"]["version"].value()
    signed_in.post(address, {"post": "Housing Officer", "version": opened})
    assert User.objects.get(pk=officer.pk).post == "Housing Officer"


@pytest.mark.parametrize("who", ["officer", "pmo", "director", "reader"])
def test_only_administrators_manage_people(client, organisation, request, who):
    client.force_login(request.getfixturevalue(who))
    assert client.get(url("settings-people", organisation)).status_code == 403
    sent = new_person(organisation, role="administrator")
    assert client.post(url("settings-person-add", organisation), sent).status_code == 403
    assert not User.objects.filter(email="new@example.org").exists()


def test_the_list_costs_the_same_however_long(signed_in, organisation, count_queries):
    def cost():
        with count_queries() as counted:
            signed_in.get(url("settings-people", organisation))
        return len(counted)

    for number in range(2):
        factories.person(f"p{number}@example.org", organisation, "officer")
    cost()  # the first page also begins the session
    few = cost()
    for number in range(2, 22):
        factories.person(f"p{number}@example.org", organisation, "officer")
    assert cost() == few
