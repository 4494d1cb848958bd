"""Checks of when: reports late or missing, projects that should have ended."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from projects.facts import ReportFacts
from projects.rules.deadlines import lateness
from projects.rules.kinds import Kind
from projects.rules.schedule import days_overdue
from reporting.assurance.registry import Check, Evidence, Finding, Hit, Severity, Subject, add, check
from reporting.assurance.words import about_report, day, days, today_is

CLOSED = re.compile(
    r"\b(?:clos(?:e|ed|ing|ure)|complet\w*|finished|ended|handed over|benefits realisation)\b", re.IGNORECASE
)


@check(
    "PRJ-01",
    Severity.HIGH,
    clear_by="Close the project, or agree a new finish date by change control.",
    source="programme assurance review, June 2022",
)
def end_passed_in_delivery(facts: ReportFacts, today: date) -> Iterator[Hit]:
    """The finish date of the project has passed and it is not closed.

    Either it is late and nobody has said so, or the dates in the report are no longer kept.
    """
    late = days_overdue(facts.finish.on, today)
    is_done = facts.overall is not None and facts.overall.kind is Kind.DONE
    if late and not is_done and not CLOSED.search(facts.stage):
        yield Hit(
            about_report(facts),
            f"The project should have finished {days(late)} ago; its stage is {facts.stage or 'not stated'}.",
            (
                Evidence("Finish date", str(facts.finish)),
                Evidence("Stage", facts.stage or "not stated"),
                today_is(today),
            ),
        )


@check("REP-01", Severity.LOW, clear_by="Nothing clears a late report; accept the finding with the reason.")
def report_late(facts: ReportFacts, today: date) -> Iterator[Hit]:
    """The report was submitted after its deadline.

    A late report leaves no time to question it before it goes to its meeting.
    """
    if facts.submitted_at is None:
        return
    late = lateness(facts.due_at, facts.submitted_at, facts.submitted_at)
    if late.is_late:
        yield Hit(
            about_report(facts),
            f"It came {late.because.removeprefix('In ')}.",
            (Evidence("Due", _moment(facts.due_at)), Evidence("Submitted", _moment(facts.submitted_at))),
        )


@dataclass(frozen=True)
class DueReport:
    """A report that a series owes: whether it is in hand, and what was last known."""

    node_id: int
    period_label: str
    due_at: datetime
    state: str  # in words; "" where nothing has been begun
    last_known: str  # label of the newest approved report's period, "" where there is none


MISSING = add(
    Check(
        "REP-02",
        Severity.HIGH,
        rule="A report was due and there is none that has been approved or submitted.",
        why="What is not reported is unknown; totals made without it are too good or too bad.",
        clear_by="Submit the report.",
        source="programme assurance review, June 2022",
        find=None,
    )
)


def report_missing(due: DueReport, now: datetime) -> Finding | None:
    """The finding that a report is missing, once its deadline has passed."""
    late = lateness(due.due_at, None, now)
    if not late.is_late:
        return None
    hit = Hit(
        Subject(f"report/{due.period_label}", f"Report of {due.period_label}"),
        f"It is {late.because.removeprefix('Not in, ')}.",
        (
            Evidence("Due", _moment(due.due_at)),
            Evidence("State", due.state or "not begun"),
            Evidence("Last known", due.last_known or "nothing has been approved yet"),
        ),
    )
    return Finding(MISSING, hit, due.node_id, None, due.period_label)


def _moment(at: datetime) -> str:
    local = timezone.localtime(at)
    return f"{day(local.date())}, {local:%H:%M}"
