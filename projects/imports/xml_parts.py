"""Read the XML parts of a packed workbook: names without their prefixes, and never a declaration of entities."""

import posixpath
import zipfile
from collections.abc import Iterator
from typing import IO
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from projects.imports.guard import DECLARES_ENTITIES
from projects.imports.problems import WorkbookRefused


def new_parser() -> expat.XMLParserType:
    """A parser that gives whole texts and refuses a document type, in which entities would be declared."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = 2**16

    def refuse(*declared):
        raise WorkbookRefused(DECLARES_ENTITIES)

    parser.StartDoctypeDeclHandler = refuse
    return parser


def local(name: str) -> str:
    """A name without its prefix: "x:row" is row."""
    return name.rpartition(":")[2]


def local_attributes(attributes: dict[str, str]) -> dict[str, str]:
    return {local(name): value for name, value in attributes.items()}


def parse_tree(content: bytes) -> Element:
    """A small part as a tree; names and attributes without their prefixes."""
    parser, builder = new_parser(), TreeBuilder()
    parser.StartElementHandler = lambda name, attributes: builder.start(local(name), local_attributes(attributes))
    parser.EndElementHandler = lambda name: builder.end(local(name))
    parser.CharacterDataHandler = builder.data
    parser.Parse(content, True)
    return builder.close()


class Package:
    """The parts of a packed workbook by name; a name is found in whatever case it is written."""

    def __init__(self, archive: zipfile.ZipFile):
        self.archive = archive
        self.names = {name.lower(): name for name in archive.namelist()}

    def __contains__(self, part: str) -> bool:
        return part.lower() in self.names

    def open(self, part: str) -> IO[bytes]:
        return self.archive.open(self.names[part.lower()])

    def read(self, part: str) -> bytes:
        """The part's bytes, none where it is not there."""
        return self.archive.read(self.names[part.lower()]) if part in self else b""

    def tree(self, part: str) -> Element:
        """The part as a tree; an empty one where it is not there."""
        return parse_tree(self.read(part)) if part in self else Element("missing")

    def related(self, part: str) -> Iterator[tuple[str, str, str]]:
        """(id, kind, part) of each part that a part points to within the package; kind is its type's last word."""
        folder, name = posixpath.split(part)
        for relation in self.tree(posixpath.join(folder, "_rels", f"{name}.rels")).iter("Relationship"):
            target = relation.get("Target", "")
            if relation.get("TargetMode") == "External" or not target:
                continue
            whole = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            yield relation.get("Id", ""), relation.get("Type", "").rpartition("/")[2], whole
