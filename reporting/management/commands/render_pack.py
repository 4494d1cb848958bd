"""A committee pack as one PDF."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from reporting.documents.drawers import PartNotDrawn
from reporting.packs import AppendixMissing, PackIsExempt, UnknownPack, drawn_pack, pack_named

REFUSED = 2  # exit code: no such pack, or it cannot be drawn


class Command(BaseCommand):
    help = "Draw a cover report with its appendices as one PDF; --public leaves out all that is exempt."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("pack", metavar="PACK", help="organisation/committee-report")
        parser.add_argument("-o", "--output", metavar="FILE", required=True, help="the file to write")
        parser.add_argument("--public", action="store_true", help="the copy for the public")

    def handle(self, *args, **options):
        try:
            report = pack_named(options["pack"])
            drawn_pack(
                report.meeting, [report], Path(options["output"]), public=options["public"], day=timezone.localdate()
            )
        except (UnknownPack, PackIsExempt, AppendixMissing, PartNotDrawn) as refused:
            self._refuse(str(refused))
        except OSError as failed:
            self._refuse(f"{options['output']} cannot be written: {failed.strerror}.")

    def _refuse(self, sentence: str):
        self.stderr.write(sentence)
        raise SystemExit(REFUSED)
