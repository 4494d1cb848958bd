"""Write a project's newest report as a workbook."""

import sys
from pathlib import Path

from django.core.management.base import BaseCommand

from projects.imports.export import NothingToExport, export_report, newest_report
from projects.models import Node


class Command(BaseCommand):
    """The workbook can be edited and brought in again with import_workbook. Exit 2 where there is nothing to write."""

    help = "Write a project's newest report as a workbook that import_workbook reads."

    def add_arguments(self, parser):
        parser.add_argument("node", help="organisation/slug, such as westshire/library")
        parser.add_argument("-o", "--output", type=Path, required=True, help="the .xlsx file to write")

    def handle(self, *args, node, output, **options):
        organisation, _, slug = node.partition("/")
        found = Node.objects.filter(organisation__slug=organisation, slug=slug or organisation).first()
        try:
            if found is None:
                raise NothingToExport(f"There is no node {node}. Name it as organisation/slug.")
            if not output.parent.is_dir():
                raise NothingToExport(f"There is no folder {output.parent}. Make it first.")
            export_report(newest_report(found), output)
        except NothingToExport as nothing:
            self.stderr.write(str(nothing))
            sys.exit(2)
        self.stdout.write(f"{output} is written.")
