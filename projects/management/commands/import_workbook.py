"""Preview a workbook, or bring it in."""

import csv
import json
import sys
from pathlib import Path

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand

from projects.imports.apply import CannotBeApplied, apply_import, keep_import
from projects.imports.plan import councils_with_project, plan_workbook
from projects.imports.planned import CONFLICT, CREATE, UNCHANGED, UPDATE, ImportPlan
from projects.imports.present import counted, grouped, shown_parts, what_will_be_made
from projects.imports.problems import WorkbookRefused
from projects.models import Organisation

CLEAN, ERRORS_IN_CELLS, REFUSED = 0, 1, 2


class Command(BaseCommand):
    """Without --commit a preview that changes nothing. Exit 0 clean, 1 with errors in cells, 2 refused."""

    help = "Preview a workbook; with --commit, bring it in."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--layout", default="", help="the layout to read by; told from the headings if left out")
        parser.add_argument(
            "--organisation",
            default="",
            help="the council's slug; may be left out where one council alone has the project",
        )
        parser.add_argument("--period", default="", help="the period, such as 2019-07; told from the name if left out")
        parser.add_argument(
            "--accept-totals",
            action="store_true",
            help="bring in rows that do not come to the totals printed below them",
        )
        parser.add_argument(
            "--posts", type=Path, help="a CSV file of names of people and the posts that they stand for"
        )
        parser.add_argument("--commit", action="store_true", help="bring the workbook in")
        parser.add_argument("--json", action="store_true", help="print the counts and problems as JSON")

    def handle(self, *args, file, layout, organisation, period, commit, **options):
        try:
            council = self._council(organisation, file, layout)
            posts = _posts_in(options["posts"]) if options["posts"] else None
            plan = plan_workbook(file, council, layout=layout, period=period, posts=posts)
        except WorkbookRefused as refused:
            self._refuse(refused.sentence)
        self._tell(plan, as_json=options["json"])
        if plan.errors:
            self.stderr.write(
                f"{counted(len(plan.errors), 'problem')} in the cells of the workbook:"
                " correct them and import it again; nothing was changed."
            )
            sys.exit(ERRORS_IN_CELLS)
        if commit:
            self._commit(file, plan, council, is_quiet=options["json"], accepts_totals=options["accept_totals"])
        elif plan.blocked:
            self.stderr.write(plan.blocked)

    def _council(self, slug: str, file: Path, layout: str) -> Organisation:
        councils = list(Organisation.objects.order_by("slug"))
        chosen = [council for council in councils if council.slug == slug] if slug else councils
        slugs = ", ".join(council.slug for council in councils)
        if not councils:
            self._refuse("There is no organisation yet. Make one with create_administrator.")
        if not chosen:
            self._refuse(f"There is no organisation {slug}. Choose one with --organisation: {slugs}.")
        if len(chosen) > 1:
            chosen = councils_with_project(file, chosen, layout=layout)
        if len(chosen) != 1:
            self._refuse(f"Say which organisation the workbook is of with --organisation: {slugs}.")
        return chosen[0]

    def _commit(
        self, file: Path, plan: ImportPlan, council: Organisation, *, is_quiet: bool, accepts_totals: bool
    ) -> None:
        if not plan.to_bring_in and not plan.blocked:
            if not is_quiet:
                self.stdout.write("There is nothing to bring in: the record says all of it already.")
            return
        try:
            if plan.blocked:
                raise CannotBeApplied(plan.blocked)
            if plan.disagreeing and not accepts_totals:
                raise CannotBeApplied(
                    "Totals of the workbook are not what its rows come to (see the warnings). Correct the workbook, or"
                    " say with --accept-totals that the rows are right; nothing was changed."
                )
            imported = keep_import(file, plan, organisation=council, by=None)
            apply_import(imported, by=None, is_trusted=True, accepts_totals=accepts_totals)
        except (CannotBeApplied, PermissionDenied) as refused:
            self._refuse(str(refused))
        if not is_quiet:
            self.stdout.write(f"{counted(plan.to_bring_in, 'value')} brought in.")

    def _refuse(self, sentence: str) -> None:
        self.stderr.write(sentence)
        sys.exit(REFUSED)

    def _tell(self, plan: ImportPlan, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(summary(plan), ensure_ascii=False))
            return
        if not plan.blocked:
            self.stdout.write(what_will_be_made(plan))
        self.stdout.write(
            f"{plan.count(CREATE)} to create, {plan.count(UPDATE)} to update, {plan.count(UNCHANGED)} unchanged,"
            f" {counted(plan.count(CONFLICT), 'conflict')}."
        )
        for part in shown_parts(plan):
            if len(plan.parts) > 1:
                self.stdout.write(f"{part.title}:")
            for section in part.sections:
                for shown in section.rows:
                    self.stdout.write(f"  {section.title}: {shown.row.title}")
                    for one in shown.fields:
                        kept = f"  (conflict, kept: {one.because})" if one.action == CONFLICT else ""
                        self.stdout.write(f"    {one.cell} {one.label}: {one.old or '–'} → {one.new or '–'}{kept}")
        if plan.controls:
            self.stdout.write(
                f"{counted(len(plan.controls), 'total')} compared with what their rows and parts come to:"
                f" {counted(sum(not one.agrees for one in plan.controls), 'difference')}."
            )
        for heading, problems in (("Error", plan.errors), ("Warning", plan.warnings)):
            for said in grouped(problems):
                self.stdout.write(f"{heading}: {', '.join(said.places)}: {said.message}")
        for ignored in plan.ignored:
            self.stdout.write(f"Not taken: {ignored.sheet} {ignored.cell}: “{ignored.words}”: {ignored.reason}")
        for missing in plan.not_in_file:
            self.stdout.write(f"Not in the file, left as it is: {missing['section']}: {missing['title']}")


def _posts_in(path: Path) -> dict[str, str]:
    """{name: post} of a file of two columns. WorkbookRefused where it cannot be read."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return {line[0].strip(): line[1].strip() for line in csv.reader(lines) if len(line) > 1}
    except (OSError, UnicodeDecodeError) as error:
        raise WorkbookRefused(
            f"The list of posts {path} cannot be read ({error}). Give a CSV file in UTF-8."
        ) from error


def summary(plan: ImportPlan) -> dict:
    """The plan as counts of values, every problem with its cell, and what is not taken over."""
    return {
        "layout": plan.layout,
        "create": plan.count(CREATE),
        "update": plan.count(UPDATE),
        "unchanged": plan.count(UNCHANGED),
        "conflicts": plan.count(CONFLICT),
        "errors": [{"sheet": one.sheet, "cell": one.cell, "message": one.message} for one in plan.errors],
        "controls": [
            {
                "sheet": one.sheet,
                "cell": one.cell,
                "label": one.label,
                "stated": None if one.stated is None else str(one.stated),
                "derived": str(one.derived),
                "agrees": one.agrees,
            }
            for one in plan.controls
        ],
        "warnings": [{"sheet": one.sheet, "cell": one.cell, "message": one.message} for one in plan.warnings],
        "ignored": [
            {"sheet": one.sheet, "cell": one.cell, "words": one.words, "reason": one.reason} for one in plan.ignored
        ],
    }
