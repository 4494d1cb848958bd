"""Processes that draw: one that ends too soon costs a pack one clear sentence, one that has grown begins again."""

import os
import signal
from pathlib import Path

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


def test_a_copy_that_is_killed_is_noticed_while_the_others_go_on(tmp_path):
    html = '<html lang="en"><head><title>Part</title></head><body><h1>Part</h1></body></html>'
    with drawers.Drawers(KeptParts(tmp_path), processes=2) as drawing:
        for number in range(2):  # the sockets take turns
            drawing._ask("Part", tmp_path / f"{number}.pdf", html)
        first = drawing._first.pid
        copies = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        os.kill(int(copies[0]), signal.SIGKILL)
        outcomes = []
        for number in range(2, 4):
            try:
                drawing._ask("Part", tmp_path / f"{number}.pdf", html)
                outcomes.append("drawn")
            except drawers.PartNotDrawn as lacking:
                outcomes.append(str(lacking))
        assert sorted(outcomes) == ["Part could not be drawn.", "drawn"]


def test_a_drawer_that_has_grown_goes_on_in_a_new_copy(tmp_path, monkeypatch):
    monkeypatch.setattr(drawers, "GROWN", 0)  # every copy has, after its first part
    asked = [(f"Part {number}", tmp_path / f"{number}.pdf") for number in range(3)]
    with drawers.Drawers(KeptParts(tmp_path), processes=1) as drawing:
        for title, place in asked:
            html = f'<html lang="en"><head><title>{title}</title></head><body><h1>{title}</h1></body></html>'
            drawing._ask(title, place, html)
        assert drawing._first.poll() is None
    assert [title in pdf_text(place.read_bytes()) for title, place in asked] == [True] * 3
