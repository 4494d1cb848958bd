"""What a check is and what it finds.

A check is a small pure function over the facts of one report and the day it is judged by. Its docstring is its text in
the product: the first paragraph says the rule, the second why it matters.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from projects.facts import ReportFacts


class CheckAlreadyRegistered(ValueError):
    """Two checks claim one code."""


class Severity(StrEnum):
    """How much a finding matters to the reader of the report."""

    HIGH = "high"  # the report may mislead its readers
    MEDIUM = "medium"  # something to put right or to explain
    LOW = "low"  # the record is untidy

    @property
    def label(self) -> str:
        return self.value.capitalize()

    @property
    def rank(self) -> int:
        """0 for the gravest, to sort by."""
        return list(Severity).index(self)


@dataclass(frozen=True)
class Subject:
    """What a finding is about. `key` is the same in every report, so that an acceptance holds from month to month.

    `kind` and `id` lead to the record (milestones and 12: the register's page of item 12); `id` is None where the
    report itself is the place to look.
    """

    key: str
    words: str
    kind: str = "report"
    id: int | None = None


@dataclass(frozen=True)
class Evidence:
    """One value that the finding rests on, in words."""

    label: str
    words: str

    def __str__(self):
        return f"{self.label}: {self.words}"


@dataclass(frozen=True)
class Hit:
    """What a check found in one place; `severity` replaces the check's own where this case differs."""

    subject: Subject
    what: str
    evidence: tuple[Evidence, ...]
    severity: Severity | None = None


@dataclass(frozen=True)
class Check:
    """A registered check. `clear_by` says what would clear its findings, `source` where the rule comes from.

    `find` is None for a check that has no report to look at, because it is about the want of one.
    """

    code: str
    severity: Severity
    rule: str
    why: str
    clear_by: str
    source: str
    find: Callable[[ReportFacts, date], Iterable[Hit]] | None


@dataclass(frozen=True)
class Finding:
    """A hit of a check in one report (`report_id` None: there is no report)."""

    check: Check
    hit: Hit
    node_id: int
    report_id: int | None
    report_words: str

    @property
    def code(self) -> str:
        return self.check.code

    @property
    def severity(self) -> Severity:
        return self.hit.severity or self.check.severity

    @property
    def subject(self) -> Subject:
        return self.hit.subject


_checks: dict[str, Check] = {}


def check(code: str, severity: Severity, *, clear_by: str, source: str = "") -> Callable:
    """Register the function under `code`; its findings are of `severity` and cleared by `clear_by`."""

    def register(find):
        rule, _, why = (" ".join(part.split()) for part in inspect.getdoc(find).partition("\n\n"))
        add(Check(code, severity, rule, why, clear_by, source, find))
        return find

    return register


def add(new: Check) -> Check:
    """Make a check known by its code."""
    if new.code in _checks:
        raise CheckAlreadyRegistered(f"There are two checks with the code {new.code}.")
    _checks[new.code] = new
    return new


def all_checks() -> tuple[Check, ...]:
    """Every registered check, by code."""
    return tuple(_checks[code] for code in sorted(_checks))


def findings_in(facts: ReportFacts, today: date) -> Iterator[Finding]:
    """What every check finds in one report as at `today`, gravest first within the report."""
    found = [
        Finding(each, hit, facts.node_id, facts.report_id, facts.period_label)
        for each in all_checks()
        if each.find is not None
        for hit in each.find(facts, today)
    ]
    yield from sorted(found, key=lambda finding: finding.severity.rank)
