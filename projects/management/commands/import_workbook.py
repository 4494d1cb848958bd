"""Preview a workbook, or bring it in."""

import csv
import json
import sys
from pathlib import Path

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand
from django.db import transaction

from projects.actions.layouts import LayoutIsTheSame, save_layout
from projects.imports.apply import CannotBeApplied, apply_import, keep_import
from projects.imports.cell_maps import read_cell_map
from projects.imports.layout import Layout, LayoutProblem, layout_to_dict
from projects.imports.layout_files import read_layout_file
from projects.imports.needs import make_needed
from projects.imports.plan import councils_with_project, plan_workbook
from projects.imports.planned import CONFLICT, CREATE, UNCHANGED, UPDATE, ImportPlan
from projects.imports.present import counted, grouped, grouped_ignored, shown_parts, what_will_be_made
from projects.imports.problems import WorkbookRefused
from projects.imports.questions import DATES, DAY, HIDDEN, LEAVE, MONTH, TAKE
from projects.imports.wording import layout_named
from projects.models import ImportLayout, Organisation

CLEAN, ERRORS_IN_CELLS, REFUSED = 0, 1, 2


class Command(BaseCommand):
    """Without --commit a preview that changes nothing. Exit 0 clean, 1 with errors in cells, 2 refused."""

    help = "Preview a workbook; with --commit, bring it in."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--layout",
            default="",
            help="the layout to read by: its name, or a layout file (.json) or cell map (.csv), which --commit saves;"
            " told from the headings if left out",
        )
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
        parser.add_argument(
            "--dates",
            choices=(DAY, MONTH),
            default="",
            help="which comes first in dates such as 03/04/2018; told from other dates of the file if left out",
        )
        for kind, key in HIDDEN.items():
            parser.add_argument(f"--{key}", choices=(TAKE, LEAVE), default="", help=f"what becomes of hidden {kind}")
        parser.add_argument(
            "--answer",
            action="append",
            default=[],
            metavar="QUESTION=ANSWER",
            help="answer another question that the preview asks, by the words in brackets behind it",
        )
        parser.add_argument(
            "--leave-out-refused", action="store_true", help="bring in the other rows where some cannot be read whole"
        )
        parser.add_argument(
            "--make-needed",
            action="store_true",
            help="make the report template, statuses and calendar that the layout needs and the council lacks",
        )
        parser.add_argument("--commit", action="store_true", help="bring the workbook in")
        parser.add_argument("--json", action="store_true", help="print the counts and problems as JSON")

    def handle(self, *args, file, layout, organisation, period, commit, **options):
        try:
            layout = _layout_in(Path(layout)) if layout.lower().endswith((".json", ".csv")) else layout
            council = self._council(organisation, file, layout)
            posts = _posts_in(options["posts"]) if options["posts"] else None
            given = {"layout": layout, "period": period, "posts": posts, "answers": _answers(options)}
            plan = plan_workbook(file, council, **given)
            if plan.needs and options["make_needed"]:
                plan = self._with_what_it_needs(plan, council, is_kept=commit, file=file, **given)
        except WorkbookRefused as refused:
            self._refuse(refused.sentence)
        self._tell(plan, as_json=options["json"])
        leaves_out = options["leave_out_refused"] and not plan.must_mend
        if plan.errors and not leaves_out:
            self.stderr.write(
                f"{counted(len(plan.errors), 'problem')} in the cells of the workbook:"
                " correct them and import it again; nothing was changed."
            )
            sys.exit(ERRORS_IN_CELLS)
        if commit:
            self._commit(
                file,
                plan,
                council,
                layout,
                is_quiet=options["json"],
                accepts_totals=options["accept_totals"],
                leaves_out=leaves_out,
            )
        elif plan.blocked:
            self.stderr.write(plan.blocked)

    def _council(self, slug: str, file: Path, layout: str | Layout) -> Organisation:
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

    def _with_what_it_needs(self, plan: ImportPlan, council: Organisation, *, is_kept: bool, **given) -> ImportPlan:
        """The plan once the layout has what it needs; in a preview that is made for the look and taken back."""
        with transaction.atomic():
            template = make_needed(council, layout_named(council, plan.layout), by=None)
            said = "is made" if is_kept else "will be made"
            self.stderr.write(f"The report template “{template.name}” {said}, with its statuses and its calendar.")
            plan = plan_workbook(given.pop("file"), council, **given)
            transaction.set_rollback(not is_kept)
        return plan

    def _commit(
        self,
        file: Path,
        plan: ImportPlan,
        council: Organisation,
        layout: str | Layout,
        *,
        is_quiet: bool,
        accepts_totals: bool,
        leaves_out: bool,
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
            if isinstance(layout, Layout):
                plan.layout_version = _saved(council, layout).number
            imported = keep_import(file, plan, organisation=council, by=None)
            apply_import(
                imported, by=None, is_trusted=True, accepts_totals=accepts_totals, leaves_out_refused=leaves_out
            )
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
        if plan.layout_version:
            self.stdout.write(f"Read by the layout {plan.layout}, version {plan.layout_version}.")
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
                self.stdout.write(f"{heading}: {', '.join(said.spots)}: {said.message}")
        for asked in plan.questions:
            choice = next(label for value, label in asked.choices if value == asked.answer)
            values = " or ".join(value for value, _ in asked.choices)
            self.stdout.write(f"Question ({asked.key}={values}): {asked.text} Now: {choice}. {asked.told}")
            for example in asked.examples:
                self.stdout.write(f"    {example}")
        for said in grouped_ignored(plan.ignored):
            self.stdout.write(f"Not taken: {said.where}: {said.message}")
        for missing in plan.not_in_file:
            self.stdout.write(f"Not in the file, left as it is: {missing['section']}: {missing['title']}")


def _answers(options: dict) -> dict[str, str]:
    """The answers to the questions that are asked once of a file, as the options give them."""
    given = {DATES: options["dates"], **{key: options[key.replace("-", "_")] for key in HIDDEN.values()}}
    for words in options["answer"]:
        key, equals, value = words.partition("=")
        if not equals:
            raise WorkbookRefused(f"“{words}” answers no question: write QUESTION=ANSWER.")
        given[key.strip()] = value.strip()
    return {key: value for key, value in given.items() if value}


def _layout_in(path: Path) -> Layout:
    """The layout in a file. WorkbookRefused where it is none."""
    try:
        content = path.read_bytes()
        if path.suffix.lower() == ".csv":
            return read_cell_map(content, title=path.stem.replace("-", " ").capitalize())
        return read_layout_file(content)
    except OSError as error:
        raise WorkbookRefused(f"The layout {path} cannot be read ({error.strerror}).") from error
    except LayoutProblem as problem:
        raise WorkbookRefused(f"The layout {path.name} cannot be used. {' '.join(problem.sentences[:20])}") from problem


def _saved(council: Organisation, layout: Layout) -> ImportLayout:
    """The layout as the council's own, saved unless it is already as the file has it."""
    try:
        return save_layout(council, layout_to_dict(layout), note="Given on the command line", by=None)
    except LayoutIsTheSame:
        return ImportLayout.objects.filter(organisation=council, slug=layout.name).order_by("number").last()


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
        "refused_rows": [{"sheet": sheet, "row": row} for sheet, row in plan.refused],
        "questions": [
            {"key": one.key, "question": one.text, "answer": one.answer, "told": one.told, "examples": one.examples}
            for one in plan.questions
        ],
        "needs": plan.needs,
        "warnings": [{"sheet": one.sheet, "cell": one.cell, "message": one.message} for one in plan.warnings],
        "ignored": [
            {"sheet": one.sheet, "cell": one.cell, "words": one.words, "reason": one.reason} for one in plan.ignored
        ],
    }
