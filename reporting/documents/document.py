"""Documents are declared as a list of sections and built once; every medium draws the same result."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from django.utils.text import slugify

from reporting.documents.contents import StatusMark, Table

LONGEST_STEM, KEPT_END = 150, 70  # letters of a file's name, and of those that stay at its end


class UnknownDocument(LookupError):
    """No document is registered under the name; the message lists the names that are."""


class DocumentAlreadyRegistered(ValueError):
    """Two documents claim one name."""


class HeadingLevelSkipped(ValueError):
    """A section's heading is more than one level below the one before it, which a screen reader cannot follow."""


@dataclass(frozen=True)
class Masthead:
    """What stands above and around a document's sections, as this council words it.

    `marking` ("PUBLIC DOCUMENT"), `tier` ("GOLD") and `appendix` ("Appendix 1") are printed as given, empty for none;
    `tier_style` is gold, silver, bronze or plain.
    `as_at` is in words; `stands_as` says in a sentence which past day was asked for, and in which meaning.
    `file_stem` is the name of the file that readers download, without its ending. `made_on` dates
    the files' metadata (None: no date), so that the same document gives the same bytes on any day.
    """

    title: str
    organisation_name: str
    subtitle: str = ""
    marking: str = ""
    tier: str = ""
    tier_style: str = "plain"
    appendix: str = ""
    as_at: str = ""
    stands_as: str = ""
    file_stem: str = ""
    footer: str = ""
    made_on: date | None = None
    status_key: tuple[StatusMark, ...] = ()


class Context(Protocol):
    """What a document is built from: its masthead, and whatever the content functions of its sections read."""

    masthead: Masthead


@dataclass(frozen=True)
class Section:
    """A declared section. `content(context)` returns its content, or None where this document has no such section.

    `title` may be a function of the context, where the council words its own headings. With `many`, the content is
    a list of (title, content) pairs, each a section. `beside`: printed at half width, next to its neighbour.
    """

    key: str
    title: str | Callable[[Any], str]
    content: Callable[[Any], Any]
    level: int = 2
    many: bool = False
    beside: bool = False


@dataclass(frozen=True)
class Document:
    """A document by its name on the command line and in addresses, with its sections in printed order."""

    name: str
    title: str
    sections: tuple[Section, ...]
    landscape: bool = False


@dataclass(frozen=True)
class BuiltSection:
    """A section with its content. `level` is its heading's; `anchor` is unique in the document.

    `side` is "left" or "right" where the section shares the width with a neighbour, otherwise empty.
    """

    key: str
    title: str
    content: Any
    anchor: str
    level: int = 2
    side: str = ""

    @property
    def template(self) -> str:
        return f"reporting/sections/{self.key}.html"

    @property
    def tables(self) -> tuple[Table, ...]:
        return self.content.tables


@dataclass(frozen=True)
class BuiltDocument:
    """A document ready to be drawn in any medium. Nothing here is read from the database again."""

    name: str
    masthead: Masthead
    sections: tuple[BuiltSection, ...]
    landscape: bool = False
    language: str = "en-GB"

    @property
    def title(self) -> str:
        return self.masthead.title

    @property
    def subtitle(self) -> str:
        return self.masthead.subtitle

    @property
    def organisation_name(self) -> str:
        return self.masthead.organisation_name

    @property
    def file_name(self) -> str:
        """The PDF's name as readers see it, such as "Appendix 1 - PMO Dashboard - Homelessness.pdf"."""
        return self.file_name_as("pdf")

    def file_name_as(self, ending: str) -> str:
        """The name of the file in another format; characters that file systems refuse become hyphens.

        A name that is too long for them loses its middle: what it begins and ends with tells it from others.
        """
        stem = " ".join((self.masthead.file_stem or self.title).split())
        stem = "".join("-" if sign in '\\/:*?"<>|' or not sign.isprintable() else sign for sign in stem)
        if len(stem) > LONGEST_STEM:
            stem = f"{stem[: LONGEST_STEM - KEPT_END].rstrip()}...{stem[-KEPT_END:].lstrip()}"
        return f"{stem}.{ending}"

    @property
    def tables(self) -> tuple[tuple[str, Table], ...]:
        """Every table with the title of its section, in printed order."""
        return tuple((section.title, table) for section in self.sections for table in section.tables)


def build(document: Document, context: Context) -> BuiltDocument:
    """Ask every section for its content, leave out those that have none, and number the anchors."""
    sections: list[BuiltSection] = []
    level_before = 1
    used: set[str] = set()
    for section, title, content in _contents(document, context):
        if section.level > level_before + 1:
            raise HeadingLevelSkipped(
                f"Section {title!r} of {document.name} has a heading of level {section.level} "
                f"after level {level_before}."
            )
        level_before = section.level
        side = ""
        if section.beside:
            side = "right" if sections and sections[-1].side == "left" else "left"
        anchor = _unused(slugify(title) or section.key, used)
        sections.append(BuiltSection(section.key, title, content, anchor, section.level, side))
    return BuiltDocument(
        document.name, context.masthead, tuple(_without_lonely_halves(sections)), landscape=document.landscape
    )


def _contents(document: Document, context: Context) -> Iterable[tuple[Section, str, Any]]:
    for section in document.sections:
        content = section.content(context)
        if section.many:
            yield from ((section, title, each) for title, each in content or ())
        elif content is not None:
            yield section, section.title(context) if callable(section.title) else section.title, content


def _unused(anchor: str, used: set[str]) -> str:
    free, number = anchor, 2
    while free in used:
        free, number = f"{anchor}-{number}", number + 1
    used.add(free)
    return free


def _without_lonely_halves(sections: list[BuiltSection]) -> Iterable[BuiltSection]:
    """A half-width section whose neighbour is not in this document takes the full width."""
    for position, section in enumerate(sections):
        following = sections[position + 1] if position + 1 < len(sections) else None
        if section.side == "left" and (following is None or following.side != "right"):
            yield BuiltSection(section.key, section.title, section.content, section.anchor, section.level)
        else:
            yield section


_documents: dict[str, Document] = {}


def register(document: Document) -> Document:
    """Make a document known by its name; returns it, so that a module can keep it in a constant."""
    if _documents.get(document.name, document) is not document:
        raise DocumentAlreadyRegistered(f"There are two documents named {document.name}.")
    _documents[document.name] = document
    return document


def document(name: str) -> Document:
    """The document of that name; raises UnknownDocument with the names there are."""
    try:
        return _documents[name]
    except KeyError:
        raise UnknownDocument(
            f"There is no document named {name}. Use one of: {', '.join(sorted(_documents))}."
        ) from None


def all_documents() -> tuple[Document, ...]:
    """Every registered document, by name."""
    return tuple(_documents[name] for name in sorted(_documents))
