"""Write a node's report as a workbook to work in."""

import sys
from pathlib import Path

from django.core.management.base import BaseCommand

from projects.imports.export import LAYOUT, NothingToExport, export_report, newest_report
from projects.imports.planned import ROUND_TRIP
from projects.imports.round_trip.export import workbook_of
from projects.imports.round_trip.scope import of_node
from projects.models import Node


class Command(BaseCommand):
    """The workbook can be edited and brought in again with import_workbook. Exit 2 where there is nothing to write."""

    help = "Write a node's report as a workbook to work in, which import_workbook brings back."

    def add_arguments(self, parser):
        parser.add_argument("node", help="organisation/slug, such as westshire/library")
        parser.add_argument(
            "--layout",
            choices=(ROUND_TRIP, LAYOUT),
            default=ROUND_TRIP,
            help="every table on a sheet to work in, or the newest report as its dashboard",
        )
        parser.add_argument("-o", "--output", type=Path, required=True, help="the .xlsx file to write")

    def handle(self, *args, node, output, layout=ROUND_TRIP, **options):
        organisation, _, slug = node.partition("/")
        found = Node.objects.filter(organisation__slug=organisation, slug=slug or organisation).first()
        try:
            if found is None:
                raise NothingToExport(f"There is no node {node}. Name it as organisation/slug.")
            if not output.parent.is_dir():
                raise NothingToExport(f"There is no folder {output.parent}. Make it first.")
            if layout == ROUND_TRIP:
                output.write_bytes(workbook_of(of_node(found, None), None))
            else:
                export_report(newest_report(found), output)
        except NothingToExport as nothing:
            self.stderr.write(str(nothing))
            sys.exit(2)
        self.stdout.write(f"{output} is written.")
