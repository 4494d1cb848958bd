"""Documents are declared once and built once."""

import dataclasses

import pytest

from reporting.documents import document as registry
from reporting.documents.contents import Fields, Narrative
from reporting.documents.document import (
    Document,
    DocumentAlreadyRegistered,
    HeadingLevelSkipped,
    Section,
    UnknownDocument,
    all_documents,
    build,
    document,
    register,
)
from tests.reporting.documents.samples import Sheet, held, masthead

TEXT = Narrative.of("Words.")


def built_of(*sections, **contents):
    return build(Document("sample", "Sample", sections), Sheet(masthead("Sample"), contents))


def test_a_section_without_content_is_left_out():
    built = built_of(
        Section("commentary", "Here", held("here")), Section("budget", "Not here", held("missing")), here=TEXT
    )
    assert [section.title for section in built.sections] == ["Here"]


def test_anchors_are_unique_and_readable():
    sections = [Section("commentary", "Key points", held("here"))] * 3
    assert [section.anchor for section in built_of(*sections, here=TEXT).sections] == [
        "key-points",
        "key-points-2",
        "key-points-3",
    ]


def test_a_section_can_be_many_and_can_word_its_own_title():
    built = built_of(
        Section("cover-section", "Unused", lambda sheet: [("1 Purpose", TEXT), ("2 Introduction", TEXT)], many=True),
        Section("commentary", lambda sheet: f"About {sheet.masthead.title}", held("here")),
        here=TEXT,
    )
    assert [section.title for section in built.sections] == ["1 Purpose", "2 Introduction", "About Sample"]


def test_a_heading_level_cannot_be_skipped():
    with pytest.raises(HeadingLevelSkipped, match="'Deep' of sample has a heading of level 4 after level 2"):
        built_of(
            Section("commentary", "Top", held("here")), Section("commentary", "Deep", held("here"), level=4), here=TEXT
        )


@pytest.mark.parametrize(
    ("present", "sides"),
    [("a b", ["left", "right"]), ("a", [""]), ("b", [""]), ("a b c", ["left", "right", ""])],
)
def test_half_width_sections_stand_in_pairs_or_take_the_full_width(present, sides):
    sections = [Section("budget", key, held(key), beside=True) for key in "abc"]
    built = built_of(*sections, **dict.fromkeys(present.split(), Fields(())))
    assert [section.side for section in built.sections] == sides


def test_a_built_document_cannot_be_changed():
    built = built_of(Section("commentary", "Here", held("here")), here=TEXT)
    with pytest.raises(dataclasses.FrozenInstanceError):
        built.sections = ()


def test_the_file_name_is_what_readers_see():
    head = masthead("PMO Dashboard", file_stem="Appendix 1 - PMO Dashboard - Homes: new/old")
    built = build(Document("sample", "Sample", ()), Sheet(head))
    assert built.file_name == "Appendix 1 - PMO Dashboard - Homes- new-old.pdf"
    assert built.file_name_as("docx").endswith("new-old.docx")


def test_a_long_file_name_loses_its_middle_and_no_sign_is_left_that_a_folder_refuses():
    head = masthead("PMO", file_stem=f"Item 4 - {'Libraries ' * 30}\n\x0b\u202e - 5 May 2018 - not for publication")
    name = build(Document("sample", "Sample", ()), Sheet(head)).file_name
    assert len(name) < 160
    assert name.startswith("Item 4 - Libraries ")
    assert name.endswith("Libraries - - 5 May 2018 - not for publication.pdf")
    assert name.isprintable()


def test_documents_are_found_by_name(monkeypatch):
    monkeypatch.setattr(registry, "_documents", dict(registry._documents))
    sample = Document("sample-for-the-registry", "Sample", ())
    assert register(sample) is sample
    assert register(sample) is document("sample-for-the-registry")
    assert sample in all_documents()
    with pytest.raises(DocumentAlreadyRegistered):
        register(Document("sample-for-the-registry", "Another", ()))
    with pytest.raises(UnknownDocument, match=r"no document named nothing\. Use one of: .*sample-for-the-registry"):
        document("nothing")
