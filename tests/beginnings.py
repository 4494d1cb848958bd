"""What the tests of a module begin with, set up once for all of them.

A module many of whose tests begin alike says so in a fixture `beginning` of module scope, and hands its parts out:

    @pytest.fixture(scope="module")
    def beginning(founded):  # a council that stays for the module (tests/conftest.py)
        node = factories.project(founded)
        return {"project": node, "july": factories.approved(node)}

    (july,) = handed_out("july")

The fixtures `organisation`, `project`, `officer` and `pmo` are those of `beginning` where it has them. What a test
writes is taken back after it, down to what `beginning` left. A test that asks for no part of it, at first or second
hand, begins with an empty database as ever.
"""

import pytest
from django.db.models import Model


def handed_out(*names: str) -> list:
    """A fixture for each of these parts of the module's `beginning`, read anew for each test."""
    return [_fixture(name) for name in names]


def _fixture(name):
    @pytest.fixture(name=name)
    def part(db, beginning):
        return anew(beginning[name])

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
