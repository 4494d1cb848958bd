"""Checks of figures: what is stated against what the record derives, and sums named in the narrative."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from projects.facts import ReportFacts, StatedFacts
from projects.rules.elapsed import elapsed
from projects.rules.finance import differs_beyond_rounding, expected_spend, percent_spent, remaining, variance_percent
from projects.rules.kinds import Kind
from projects.rules.money import Money, format_percent, format_pounds, parse_money, round_half_up
from reporting.assurance.registers import high_risks
from reporting.assurance.registry import Evidence, Hit, Severity, Subject, check

RISK_SECTIONS = ("high-risk-register", "risk-register")


@dataclass(frozen=True)
class Derived:
    """What the record gives for a stated figure; `unit` is how far rounding may part the two."""

    value: Decimal | int
    words: str
    unit: Decimal


def derived_figures(facts: ReportFacts) -> dict[str, Derived]:
    """The figures the record derives, by key. With several budgets none: a stated one does not say whose it is."""
    figures: dict[str, Derived | None] = {}
    if len(facts.budgets) == 1:
        position = facts.budgets[0].position
        left = remaining(position)
        figures["budget.remaining"] = _pounds(left)
        figures["budget.outlook"] = _pounds(left)
        figures["budget.percent_spent"] = _points(percent_spent(position))
        figures["budget.variance_percent"] = _points(variance_percent(position))
    if any(key in facts.sections for key in RISK_SECTIONS):
        figures["counts.high_risks"] = _number(len(high_risks(facts)))
    if "milestones" in facts.sections:
        red = sum(item.status is not None and item.status.kind is Kind.OFF_TRACK for item in facts.items)
        figures["counts.red_milestones"] = _number(red)
    if span := elapsed(facts.start.on, facts.finish.on, facts.as_at_on):
        figures["time.used"] = _number(span.used.days)
        figures["time.remaining"] = _number(span.remaining.days)
    return {key: figure for key, figure in figures.items() if figure is not None}


def _pounds(value: Decimal | None) -> Derived | None:
    return None if value is None else Derived(value, format_pounds(value), Decimal(1))


def _points(value: Decimal | None) -> Derived | None:
    return None if value is None else Derived(value, format_percent(value, places=1), Decimal("0.5"))


def _number(value: int) -> Derived:
    return Derived(value, str(value), Decimal(0))


def _compared(facts: ReportFacts) -> Iterator[tuple[StatedFacts, Decimal, Derived]]:
    """Each stated figure that the record derives too, with its amount signed as the derived one is."""
    derived = derived_figures(facts)
    for stated in facts.stated:
        if stated.amount is None or stated.key not in derived:
            continue
        amount = stated.amount
        if stated.key == "budget.outlook" and re.search(r"over-?\s?spend", stated.words, re.IGNORECASE):
            amount = -abs(amount)
        yield stated, amount, derived[stated.key]


@check(
    "FIG-01",
    Severity.MEDIUM,
    clear_by="Correct the record or the source; the document prints the figure that the record gives.",
    source="scorecard of June 2022, whose milestones do not add up to their total",
)
def stated_differs_from_derived(facts: ReportFacts, today: date) -> Iterator[Hit]:
    """A figure that the source states is not the one its own parts give.

    A total that does not add up makes readers doubt every other figure of the report.
    """
    for stated, amount, derived in _compared(facts):
        if differs_beyond_rounding(amount, Decimal(derived.value), derived.unit):
            yield Hit(
                Subject(f"figure/{stated.key}", stated.label),
                f"It is stated as {stated.words}; the record gives {derived.words}.",
                (Evidence("Stated", stated.words), Evidence("From the record", derived.words)),
            )


def within_rounding(facts: ReportFacts) -> Iterator[str]:
    """The stated figures that are let pass although they are not the derived ones to the unit, in sentences."""
    for stated, amount, derived in _compared(facts):
        apart = round_half_up(amount) != round_half_up(Decimal(derived.value))
        if apart and not differs_beyond_rounding(amount, Decimal(derived.value), derived.unit):
            yield f"{stated.label} is stated as {stated.words}; the record gives {derived.words}: within rounding."


# What a clause calls the amount in it, and the figures of the record that it could mean.
CONCEPTS = (
    ("planned", re.compile(r"\b(?:planned|plan of|(?:total|agreed|project|whole)\s(?:project\s)?budget|budget of)\b")),
    ("committed", re.compile(r"\bcommitte?d\b|\bcommitments?\b")),
    ("spent", re.compile(r"\bspent\b|\bspend to date\b|\bactual spend\b|\bexpenditure to date\b")),
    ("forecast", re.compile(r"\bforecast\b|\boutturn\b")),
    ("remaining", re.compile(r"\bremain(?:s|ing|der)?\b|\boutstanding\b|\bunderspend\b|\boverspend\b"
                             r"|\b(?:final|last) payment\b|\bstill to be (?:made|paid)\b|\bleft\b")),
)  # fmt: skip
_AMOUNT = re.compile(r"-?£\s?\d[\d,]*(?:\.\d+)?(?:\s?(?:k|m|mn|bn|thousand|million|billion)\b)?", re.IGNORECASE)
_CLAUSE_END = re.compile(r"(?<=[.!?;])\s+|\n+")
_NEAR = 60  # characters between an amount and the word that says what it is


@check(
    "FIG-02",
    Severity.MEDIUM,
    clear_by="Correct the sentence or the budget, or say in it what else the amount covers.",
)
def narrative_differs_from_record(facts: ReportFacts, today: date) -> Iterator[Hit]:
    """A sum in the narrative is none of the budget's own, by more than rounding.

    Members read the sentence and the table on the same page. An amount is compared only where its sentence says that
    it is planned, committed, spent, forecast or left; it may be any figure of the budget, or a sum that it gives.
    """
    recorded = _recorded(facts)
    if not recorded:
        return
    for narrative in facts.narratives:
        for words, amount, concepts in _named_amounts(narrative.text):
            if any(_is_rounded_from(words, amount, value) for values in recorded.values() for _, value in values):
                continue
            meant = [figure for concept in concepts for figure in recorded.get(concept, ())]
            if not meant:
                continue
            shown = dict.fromkeys(f"{label} {format_pounds(value)}" for label, value in meant)
            yield Hit(
                Subject(f"narrative/{narrative.section}/{amount.normalize():f}", f"{narrative.title}: {words}"),
                f"{words} is not a figure of the budget; the record has {', '.join(shown)}.",
                (
                    Evidence("Narrative", words),
                    *(Evidence(label, format_pounds(value)) for label, value in dict.fromkeys(meant)),
                ),
            )


def _recorded(facts: ReportFacts) -> dict[str, list[tuple[str, Decimal]]]:
    """By concept, the budget's figures in pounds with their names; figures not reported are left out."""
    found: dict[str, list[tuple[str, Decimal]]] = {}
    for budget in facts.budgets:
        position = budget.position
        together = expected_spend(position) if position.forecast is None else None
        figures = (
            (("planned",), "planned", position.planned),
            (("committed",), "committed", position.committed),
            (("spent",), "actual spend", position.actual),
            (("committed", "spent"), "spent and committed together", together),
            (("forecast",), "forecast", position.forecast),
            (("emergency",), "emergency spend", position.emergency),
            (("remaining",), "remaining", remaining(position)),
        )
        for concepts, label, value in figures:
            if value is None:
                continue
            for concept in concepts:
                found.setdefault(concept, []).append((label, abs(value)))
    return found


def _named_amounts(text: str) -> Iterator[tuple[str, Decimal, list[str]]]:
    """Each amount of the text whose clause says what it is: as written, in pounds, and what it is said to be."""
    for clause in _CLAUSE_END.split(text):
        found = list(_AMOUNT.finditer(clause))
        for place, hit in enumerate(found):
            begin = max(found[place - 1].end() if place else 0, hit.start() - _NEAR)
            end = min(found[place + 1].start() if place + 1 < len(found) else len(clause), hit.end() + _NEAR)
            around = clause[begin:end].lower()
            concepts = [concept for concept, pattern in CONCEPTS if pattern.search(around)]
            read = parse_money(hit.group())
            if concepts and isinstance(read, Money) and read.pounds:
                yield hit.group().rstrip(","), abs(read.pounds), concepts


def _is_rounded_from(words: str, amount: Decimal, value: Decimal) -> bool:
    """Whether `amount` can be `value`, rounded as finely as it was written: £1.2m to the nearest £0.1m.

    Noughts at the end are taken for rounding up to a twentieth of the amount: £600,000 may be £601,400, not £650,000.
    """
    exact = parse_money(words.replace(",", ""))
    digits = re.search(r"\d+(?:\.(\d+))?", words.replace(",", ""))
    scale = exact.pounds / Decimal(digits.group()) if exact.pounds else Decimal(1)
    unit = abs(scale) / (10 ** len(digits.group(1) or ""))
    if not digits.group(1):
        whole = digits.group()
        unit *= 10 ** (len(whole) - len(whole.rstrip("0")))
    return not differs_beyond_rounding(amount, value, max(min(unit, amount / 20), Decimal(1)))
