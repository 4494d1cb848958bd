"""Signing in, and what is asked of people who have."""

import pytest
from allauth.socialaccount.adapter import get_adapter
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import override_settings
from django.urls import reverse

User = get_user_model()
PASSWORD = "grey-heron-on-the-weir"

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer():
    return User.objects.create_user("Officer@Example.org", PASSWORD, post="Housing Officer")


def sign_in(client, password, login="officer@example.org"):
    return client.post(reverse("account_login"), {"login": login, "password": password})


def test_one_address_is_one_account_whatever_its_capitals(officer):
    assert officer.email == "officer@example.org"
    assert User.objects.get_by_natural_key("OFFICER@example.org") == officer
    for same in ("officer@example.org", "OFFICER@EXAMPLE.ORG"):
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.create_user(same, PASSWORD)


def test_the_database_refuses_capitals_in_an_address(officer):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=officer.pk).update(email="Officer@example.org")


def test_a_form_is_told_that_the_address_is_taken(officer):
    with pytest.raises(ValidationError, match="There is an account with this address"):
        User(email="OFFICER@example.org", password="x").full_clean()


def test_people_appear_by_post(officer):
    assert str(officer) == officer.get_full_name() == "Housing Officer"
    assert str(User(email="a@example.org")) == "a@example.org"


def test_signing_in_by_address_in_any_case(client, officer):
    response = sign_in(client, PASSWORD, login="OFFICER@example.org")
    assert response.status_code == 302
    assert client.session["_auth_user_id"] == str(officer.pk)


def test_ten_wrong_passwords_close_the_door_even_to_the_right_one(client, officer):
    for _ in range(10):
        response = sign_in(client, "wrong")
    assert response.status_code == 429
    assert sign_in(client, PASSWORD).status_code == 429
    assert "_auth_user_id" not in client.session
    # Only this pair of address and place: another person at the same council still gets in.
    User.objects.create_user("pmo@example.org", PASSWORD)
    assert sign_in(client, PASSWORD, login="pmo@example.org").status_code == 302


def test_a_person_who_was_deactivated_cannot_sign_in(client, officer):
    User.objects.filter(pk=officer.pk).update(is_active=False)
    sign_in(client, PASSWORD)
    assert "_auth_user_id" not in client.session


def test_nobody_registers(client):
    client.post(reverse("account_signup"), {"email": "new@example.org", "password1": PASSWORD})
    assert not User.objects.exists()


def test_an_address_is_not_changed_by_its_owner(client, officer):
    client.force_login(officer)
    assert client.post(reverse("account_email"), {"action_add": "", "email": "x@example.org"}).status_code == 404


def test_a_password_set_by_an_administrator_is_changed_first(client, officer):
    User.objects.filter(pk=officer.pk).update(must_change_password=True)
    client.force_login(officer)
    change = reverse("account_change_password")
    response = client.get(reverse("mfa_index"))
    assert (response.status_code, response.url) == (302, change)
    assert client.get(change).status_code == 200
    new = "heron-and-otter-2026"
    client.post(change, {"oldpassword": PASSWORD, "password1": new, "password2": new})
    officer.refresh_from_db()
    assert not officer.must_change_password
    assert officer.check_password(new)
    assert client.get(reverse("mfa_index")).status_code == 200


@override_settings(SESSION_IDLE_SECONDS=60)
@pytest.mark.parametrize(("idle_seconds", "stays"), [(0, True), (60, True), (61, False)])
def test_an_idle_session_ends(client, officer, monkeypatch, idle_seconds, stays):
    clock = [1_000_000]
    monkeypatch.setattr("pmo_portal.accounts.middleware.time", lambda: clock[0])
    client.force_login(officer)
    client.get(reverse("mfa_index"))
    clock[0] += idle_seconds
    response = client.get(reverse("mfa_index"))
    assert (response.status_code == 200) is stays
    assert ("_auth_user_id" in client.session) is stays


def test_a_session_that_is_used_goes_on(client, officer, monkeypatch, settings):
    settings.SESSION_IDLE_SECONDS = 60
    clock = [1_000_000]
    monkeypatch.setattr("pmo_portal.accounts.middleware.time", lambda: clock[0])
    client.force_login(officer)
    for _ in range(4):
        assert client.get(reverse("mfa_index")).status_code == 200
        clock[0] += 50


def test_a_stranger_is_sent_to_sign_in(client):
    response = client.get(reverse("mfa_index"))
    assert response.status_code == 302
    assert response.url.startswith(reverse("account_login"))


def test_single_sign_on_makes_no_accounts(rf):
    adapter = get_adapter(rf.get("/"))
    assert adapter.is_open_for_signup(rf.get("/"), None) is False
