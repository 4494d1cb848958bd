"""How checks name what they found: a row of the report, a day, a number of days."""

from datetime import date

from projects.facts import BenefitFacts, ItemFacts, RatingFacts, ReportFacts, RiskFacts, Said
from reporting.assurance.registry import Evidence, Subject

NOT_RATED = "not rated"


def about_item(item: ItemFacts) -> Subject:
    return Subject(f"milestone/{item.id}", _named(item.kind, item.ref, item.title), "milestones", item.id)


def about_risk(risk: RiskFacts) -> Subject:
    return Subject(f"risk/{risk.id}", _named("Risk", risk.ref, risk.title), "risks", risk.id)


def about_benefit(benefit: BenefitFacts) -> Subject:
    return Subject(f"benefit/{benefit.id}", _named("Benefit", benefit.ref, benefit.title), "benefits", benefit.id)


def about_rating(rating: RatingFacts) -> Subject:
    return Subject(f"rating/{rating.key}", rating.label)


def about_report(facts: ReportFacts) -> Subject:
    return Subject("report", f"Report of {facts.period_label}")


def status_of(said: Said | None) -> str:
    return said.label if said else NOT_RATED


def today_is(today: date) -> Evidence:
    return Evidence("As at", day(today))


def day(when: date) -> str:
    """A day as the portal prints it: 10 July 2019."""
    return f"{when.day} {when:%B %Y}"


def days(number: int) -> str:
    return f"{number} day{'' if number == 1 else 's'}"


def count(number: int, one: str, many: str) -> str:
    """The number with its noun: "1 high risk", "3 high risks"."""
    return f"{number} {one if number == 1 else many}"


def _named(kind: str, ref: str, title: str) -> str:
    return f"{kind} {ref}: {title}" if ref else f"{kind}: {title}"
