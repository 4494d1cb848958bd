"""What the checks find, for a person or for a script."""

import json

from django.core.management.base import BaseCommand, CommandParser

from projects.models import Node, Organisation
from reporting.assurance.document import report_words
from reporting.assurance.examine import Examined, Judged, UnknownPeriod, examine

UNKNOWN = 2  # exit code: an organisation or period there is not


class Command(BaseCommand):
    """Always leaves with 0 when it could look, whatever it found."""

    help = "List the findings of the assurance checks, by node; of the newest approved reports, or of one period."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organisation", metavar="SLUG", help="one organisation; without it, every one")
        parser.add_argument("--period", metavar="SLUG", default="", help="the reports of this period")
        parser.add_argument("--json", action="store_true", help="one list of objects on standard output")

    def handle(self, *args, **options):
        organisations = Organisation.objects.all()
        if options["organisation"]:
            organisations = organisations.filter(slug=options["organisation"])
            if not organisations.exists():
                self._refuse(f"There is no organisation {options['organisation']}.")
        examined = self._examined(organisations, options["period"])
        if options["json"]:
            found = [_as_json(each, judged) for each in examined for judged in each.judged]
            self.stdout.write(json.dumps(found, indent=2, ensure_ascii=False))
            return
        for each in examined:
            self._print(each)
        standing = sum(len(each.standing) for each in examined)
        accepted = sum(len(each.accepted) for each in examined)
        self.stdout.write(f"{standing} findings on {len(examined)} nodes, {accepted} more accepted.")

    def _examined(self, organisations, period: str) -> list[Examined]:
        """By organisation; a period need only be known to one of them."""
        examined: list[Examined] = []
        unknown = []
        for organisation in organisations:
            try:
                examined += examine(Node.objects.filter(organisation=organisation), period)
            except UnknownPeriod as missing:
                unknown.append(str(missing))
        if unknown and len(unknown) == len(organisations):
            self._refuse(unknown[0])
        return examined

    def _refuse(self, sentence: str):
        self.stderr.write(sentence)
        raise SystemExit(UNKNOWN)

    def _print(self, examined: Examined):
        node = examined.node
        self.stdout.write(f"{node.title} ({node.organisation.slug}/{node.slug}). {report_words(examined)}")
        for finding in examined.standing:
            self.stdout.write(f"  {finding.severity.label:<7}{finding.code}  {finding.subject.words}")
            self.stdout.write(f"         {finding.hit.what}")
            self.stdout.write(f"         {'; '.join(str(each) for each in finding.hit.evidence)}")
        for judged in examined.accepted:
            acceptance = judged.acceptance
            self.stdout.write(
                f"  Accepted until {acceptance.expires_on}: {judged.finding.code}  "
                f"{judged.finding.subject.words}. {acceptance.reason}"
            )
        for note in examined.notes:
            self.stdout.write(f"  Let pass: {note}")
        self.stdout.write("")


def _as_json(examined: Examined, judged: Judged) -> dict:
    finding, acceptance = judged.finding, judged.acceptance
    return {
        "code": finding.code,
        "node": f"{examined.node.organisation.slug}/{examined.node.slug}",
        "report": finding.report_words,
        "severity": finding.severity.value,
        "what": finding.hit.what,
        "where": finding.subject.words,
        "evidence": [{"label": each.label, "value": each.words} for each in finding.hit.evidence],
        "why": finding.check.why,
        "clear_by": finding.check.clear_by,
        "accepted": acceptance
        and {
            "reason": acceptance.reason,
            "by": str(acceptance.accepted_by),
            "until": acceptance.expires_on.isoformat(),
        },
    }
