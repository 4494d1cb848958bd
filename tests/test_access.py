"""Every address with every role. An address without its row fails, and so does a view that names no permission."""

import pytest

from tests import factories
from tests.addresses import ROLES, ROWS, address_of, addresses

pytestmark = pytest.mark.django_db


@pytest.fixture
def organisation(db, kept_world):
    return kept_world[0]


@pytest.fixture
def world(organisation, kept_world):
    return kept_world[1]


def answer_to(client, method, name, things, **query):
    answer = getattr(client, method)(address_of(name, things), **query)
    if answer.streaming:
        list(answer.streaming_content)  # a file handed out is open until it is read
    return answer


def test_every_address_has_its_row_and_every_row_its_address():
    assert {name for name, _ in addresses()} == set(ROWS)


def test_every_view_names_its_permission():
    assert [name for name, view in addresses() if not getattr(view, "names_permission", False)] == []


@pytest.mark.parametrize("role", ROLES)
def test_who_comes_in(role, client, world, organisation):
    client.force_login(factories.person(f"{role}@example.org", organisation, role))
    wrong = {}
    for name, row in ROWS.items():
        answer = answer_to(client, "get", name, world).status_code
        if role in row.allowed:
            fits = answer < 400 or answer in (405, 409)  # asked for as a POST, or not now
        else:
            fits = answer in (404 if role in row.hidden_from else 403, 405)  # 405: only sent to, see below
        if not fits:
            wrong[name] = answer
    assert wrong == {}


@pytest.mark.parametrize("role", ROLES)
def test_who_may_not_come_in_may_not_send_either(role, client, world, organisation):
    client.force_login(factories.person(f"{role}@example.org", organisation, role))
    wrong = {}
    for name, row in ROWS.items():
        if role not in row.allowed:
            answer = answer_to(client, "post", name, world).status_code
            if answer not in (403, 404, 405):
                wrong[name] = answer
    assert wrong == {}


def test_another_council_is_not_there(client, world, stranger):
    client.force_login(stranger)
    wrong = {}
    for name, row in ROWS.items():
        for answer in (answer_to(client, "get", name, world), answer_to(client, "post", name, world)):
            if not row.is_personal and answer.status_code not in (404, 405):
                wrong[name] = answer.status_code
    assert wrong == {}


def test_nobody_comes_in_without_signing_in(client, world):
    wrong = {}
    for name in ROWS:
        if name == "accessibility":
            continue  # the law wants it public
        answer = answer_to(client, "get", name, world)
        if name == "published" and answer.status_code == 404:
            continue  # what was published is there for all or is not there
        if answer.status_code != 302 or "/account/login/" not in answer.url:
            wrong[name] = answer.status_code
    assert wrong == {}
