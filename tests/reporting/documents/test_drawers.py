"""A process that draws and ends too soon costs a pack one clear sentence."""

import pytest

from reporting.documents import drawers
from reporting.documents.parts import KeptParts


def test_a_drawer_that_ends_before_it_is_told_anything_is_said_to_have_drawn_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(drawers.sys, "executable", "/bin/false")
    monkeypatch.setattr(drawers, "_begin", lambda: {"styles": "x" * 1_000_000})  # more than a pipe holds
    with (
        pytest.raises(drawers.PartNotDrawn, match=r"^The report could not be drawn\.$"),
        drawers.Drawers(KeptParts(tmp_path), processes=1) as drawing,
    ):
        drawing._ask("The report", tmp_path / "part.pdf", "<html></html>")
