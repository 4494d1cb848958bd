"""The council that workbooks are brought into, and reading them quickly where a test is about what follows."""

from pathlib import Path

import pytest

from projects.imports.guard import check_file
from projects.imports.read import read_workbook
from tests.beginnings import handed_out
from tests.projects.imports.record import dashboard_council


@pytest.fixture(scope="module")
def beginning(founded):
    return {"council": dashboard_council(founded)}


(council,) = handed_out("council")


@pytest.fixture
def read_in_this_process(monkeypatch):
    """Workbooks are read here, not in a process of their own: half a second less for each."""

    def read(path, *, name="", limits=None):
        checked = check_file(Path(path), name=name)
        return read_workbook(Path(path), checked.kind, checked.notes)

    monkeypatch.setattr("projects.imports.plan.read_safely", read)
