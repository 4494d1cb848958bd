"""Signs that no font has are replaced by one that says so; words are left alone."""

from reporting.documents import glyphs
from reporting.documents.glyphs import drawable

WORDS = "Caf\u00e9 \u2013 \u201cdoors\u201d"


def test_only_signs_without_a_font_are_replaced(monkeypatch):
    monkeypatch.setattr(glyphs, "_covered", lambda: ((0x20, 0x7E), (0x2013, 0x201D), (0xFFFD, 0xFFFD)))
    assert drawable(WORDS) == WORDS
    assert drawable("a\N{BOOKS}b\u0627\u200d") == "a\ufffdb\ufffd\u200d"
    monkeypatch.setattr(glyphs, "_covered", lambda: ((0x20, 0x7E),))
    assert drawable("\N{BOOKS}") == "?"


def test_without_a_list_of_fonts_everything_stays(monkeypatch):
    monkeypatch.setattr(glyphs, "_covered", lambda: ())
    assert drawable("\N{BOOKS}") == "\N{BOOKS}"


def test_the_fonts_of_this_machine_have_letters():
    assert not glyphs._covered() or glyphs._is_drawn("A")
