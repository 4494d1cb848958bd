"""What the tests of a module begin with, set up once for all of them.

A module whose tests begin alike says so in a fixture `kept` of module scope, and hands its parts out to each test:

    @pytest.fixture(scope="module")
    def kept(founded):  # a council that stays for the module (tests/conftest.py)
        node = factories.project(founded)
        return {"organisation": founded, "project": node, "july": factories.approved(node)}

    organisation, project, july = handed_out("organisation", "project", "july")

What a test writes is taken back after it, down to what `kept` left, and so is that after the module. So its tests are
of neither `live_server` nor `transactional_db`, and each of them finds all of `kept`, asked for or not. The fixture
`organisation` must be among what is handed out, so that no test founds another.
"""

import pytest
from django.db.models import Model


def handed_out(*names: str) -> list:
    """A fixture for each of these parts of the module's `kept`, read anew for each test."""
    return [_fixture(name) for name in names]


def _fixture(name):
    @pytest.fixture(name=name)
    def part(db, kept):
        return anew(kept[name])

    return part


def anew(part):
    """The same rows read again, in a mapping or a sequence of them too: a test may change the objects it is given."""
    if isinstance(part, Model):
        return type(part)._base_manager.get(pk=part.pk)
    if isinstance(part, dict):
        return {name: anew(each) for name, each in part.items()}
    if isinstance(part, list | tuple):
        return type(part)(anew(each) for each in part)
    return part
