"""Processes that draw: one that ends too soon costs a pack one clear sentence, one that has grown begins again."""

import pytest

from reporting.documents import drawers
from reporting.documents.parts import KeptParts
from tests.reporting.documents.pdfua import pdf_text


def test_a_drawer_that_ends_before_it_is_told_anything_is_said_to_have_drawn_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(drawers.sys, "executable", "/bin/false")
    monkeypatch.setattr(drawers, "_begin", lambda: {"styles": "x" * 1_000_000})  # more than a pipe holds
    with (
        pytest.raises(drawers.PartNotDrawn, match=r"^The report could not be drawn\.$"),
        drawers.Drawers(KeptParts(tmp_path), processes=1) as drawing,
    ):
        drawing._ask("The report", tmp_path / "part.pdf", "<html></html>")


def test_a_drawer_that_has_grown_goes_on_in_a_new_copy(tmp_path, monkeypatch):
    monkeypatch.setattr(drawers, "GROWN", 0)  # every copy has, after its first part
    asked = [(f"Part {number}", tmp_path / f"{number}.pdf") for number in range(3)]
    with drawers.Drawers(KeptParts(tmp_path), processes=1) as drawing:
        for title, place in asked:
            html = f'<html lang="en"><head><title>{title}</title></head><body><h1>{title}</h1></body></html>'
            drawing._ask(title, place, html)
        assert len(drawing._started) == 1
    assert [title in pdf_text(place.read_bytes()) for title, place in asked] == [True] * 3
