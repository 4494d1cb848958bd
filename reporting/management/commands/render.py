"""Draw a document from the command line."""

import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandParser

from projects.as_at import Meaning
from projects.models import Node
from reporting.comparison import Asked
from reporting.documents.catalogue import CHANGES_SINCE
from reporting.documents.document import UnknownDocument, all_documents
from reporting.documents.document import document as named_document
from reporting.documents.render import CONTENT_TYPES, UnknownFormat, render_as
from reporting.drawing import Reader, build_document
from reporting.queries import NoSuchReport

REFUSED = 2
# Whoever runs commands on the server sees the working record, exempt items too.
READER = Reader(only_published=False, sees_exempt=True)


class Command(BaseCommand):
    help = "Draw a document as PDF, page, workbook or Word file. `render --list` prints the names of the documents."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("document", nargs="?", help="a name that --list prints")
        parser.add_argument("--list", action="store_true", dest="lists", help="print the names of the documents")
        parser.add_argument("--node", default="", help="organisation/slug")
        parser.add_argument("--period", default="", help="a period of the document's own series, or a date; the newest")
        parser.add_argument(
            "--meaning", default="", help=f"of the period: {' or '.join(Meaning.values)}; {Meaning.KNOWN}"
        )
        parser.add_argument("--since", default="", help="changes-since: the period or date before; the report before")
        parser.add_argument("--format", default="", dest="ending", help=f"{', '.join(CONTENT_TYPES)}; pdf")
        parser.add_argument("-o", "--output", default="", help="the file to write")

    def handle(self, *args, **options) -> None:
        if options["lists"]:
            for each in all_documents():
                self.stdout.write(each.name)
            return
        try:
            named = ("document", "node", "period", "meaning", "since", "ending", "output")
            self.draw(**{name: options[name] for name in named})
        except (Refused, UnknownDocument, UnknownFormat, NoSuchReport) as refused:
            self.stderr.write(str(refused))
            sys.exit(REFUSED)

    def draw(
        self, document: str | None, node: str, period: str, meaning: str, since: str, ending: str, output: str
    ) -> None:
        if not document:
            raise Refused("Name a document; `render --list` prints them.")
        named_document(document)
        if since and document != CHANGES_SINCE.name:
            raise Refused(f"--since is for {CHANGES_SINCE.name}: {document} is drawn of one period.")
        if not output:
            raise Refused("Name the file to write with -o.")
        ending = ending or "pdf"
        if ending not in CONTENT_TYPES:
            raise Refused(f"The portal does not draw {ending} files; use one of {', '.join(CONTENT_TYPES)}.")
        if meaning and meaning not in Meaning.values:
            raise Refused(f"There is no meaning {meaning}; use one of {', '.join(Meaning.values)}.")
        compared = Asked(period=period, meaning=meaning or Meaning.KNOWN, since=since)
        built = build_document(document, found_node(node), READER, period=period, meaning=meaning, compared=compared)
        try:
            Path(output).write_bytes(render_as(built, ending))
        except OSError as failed:
            raise Refused(f"{output} cannot be written: {failed.strerror}.") from failed


class Refused(Exception):
    """The command cannot do what was asked; the message says what to do instead."""


def found_node(words: str) -> Node:
    """The node named organisation/slug; an organisation's slug alone names its top node."""
    if not words:
        raise Refused("Name a node with --node organisation/slug.")
    organisation, _, slug = words.partition("/")
    node = (
        Node.objects.filter(organisation__slug=organisation, slug=slug or organisation)
        .select_related("organisation", "headline_series")
        .first()
    )
    if node is None:
        raise Refused(f"There is no node {words}; a node is named organisation/slug.")
    return node
