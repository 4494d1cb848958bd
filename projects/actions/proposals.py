"""The statuses that the rules propose for a draft, with their reasons; a person may choose otherwise and says why."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import transaction

from projects.actions.levels import children_of
from projects.facts import EVIDENCE, ReportFacts, evidence_of
from projects.models import (
    FROZEN_STATES,
    DimensionRating,
    Origin,
    Report,
    Status,
)
from projects.rules.benefits import rate_benefit, totals
from projects.rules.finance import rate_finance
from projects.rules.kinds import Kind, Rating, band_of, severity_of
from projects.rules.levels import ChildStatus, nearest, propose_from_children
from projects.rules.overall import Proposal, compare, propose_overall, worst_rating
from projects.rules.schedule import rate_slip

# The sections of which one must be covered for a rule to have anything to go by.
EVIDENCE_SECTIONS = {
    "schedule": {"milestones"},
    "finance": {"budget"},
    "risk": {"high-risk-register", "risks"},
    "benefits": {"benefits"},
}
_waiting: ContextVar[dict | None] = ContextVar("reports_to_propose_for", default=None)


def _about(noun: str, thing, rating: Rating, words: str = "") -> Rating:
    """A rating of one thing that names it, unless it is private: then not even its figures are told."""
    if thing.is_private:
        band = band_of(rating.status)
        return Rating(rating.status, f"An exempt {noun.lower()} is {band.name}" if band else rating.because)
    ref = getattr(thing, "ref", "")
    named = f"{noun.capitalize()} {ref} {thing.title}" if ref else thing.title
    return Rating(rating.status, f"{named.rstrip('.')}. {words or rating.because}")


def schedule(facts: ReportFacts) -> Rating:
    """The worst slip of an open item against its baseline; one whose date has passed slips on to the report's day."""
    rated = []
    for item in facts.open_items:
        expected = max(item.finish.on, facts.as_at_on) if item.finish.on else None
        slip = rate_slip(item.baseline_on, expected, is_critical=item.is_critical, limits=facts.limits)
        rated.append(_about(item.kind, item, slip))
    if facts.items and not facts.open_items:
        return Rating(Kind.ON_TRACK, "Everything in the plan is done")
    return worst_rating(rated, "No open item has both a baseline and a date")


def finance(facts: ReportFacts) -> Rating:
    """The worst budget by its forecast, or what is spent and committed, over plan."""
    rated = [_about("budget", each, rate_finance(each.position, facts.limits.finance)) for each in facts.budgets]
    return worst_rating(rated, "No budget has both a plan and a forecast or spend")


def risk(facts: ReportFacts) -> Rating:
    """The worst residual band of an open risk."""
    rated = [
        _about("risk", each, Rating(each.band.kind, ""), f"What remains of it is {each.band.label}")
        for each in sorted(facts.open_risks, key=lambda each: -severity_of(each.band.kind) if each.band else 0)
        if each.band
    ]
    return worst_rating(rated, "No open risk is rated")


def benefits(facts: ReportFacts) -> Rating:
    """The worst financial year of all benefits together; a year counts the lines that state both target and risk."""
    years = defaultdict(list)
    private = any(benefit.is_private for benefit in facts.benefits)
    for benefit in facts.benefits:
        for each in benefit.years:
            if each.line.target is not None and (each.line.at_risk, each.line.other_way) != (None, None):
                years[each.year].append(each.line)
    if len(years) > 1:
        years.pop(None, None)  # the total of the years beside it
    rated = []
    for year, lines in sorted(years.items(), key=lambda pair: pair[0] or 0):
        total = totals(lines)
        rating = rate_benefit(total.target, total.target - total.net_at_risk, facts.limits.benefits)
        named = f"{year}/{(year + 1) % 100:02}" if year else "All years"
        rated.append(
            Rating(rating.status, "Benefits rest on an exempt one" if private else f"{named}: {rating.because}")
        )
    return worst_rating(rated, "No benefit states both its target and what is at risk")


DIMENSIONS: dict[str, Callable[[ReportFacts], Rating]] = {
    "schedule": schedule,
    "finance": finance,
    "risk": risk,
    "benefits": benefits,
}


def _rated(facts: ReportFacts, rule: str) -> Rating:
    if not EVIDENCE_SECTIONS[rule] & facts.sections:
        return Rating(None, "The report does not cover it")
    return DIMENSIONS[rule](facts)


def proposal_by(rule: str, facts: ReportFacts) -> Proposal:
    """What a rule proposes from what the report itself says (design: rules)."""
    if rule in DIMENSIONS:
        rating = _rated(facts, rule)
        return Proposal(rating.status, rating.because)
    dimensions = {name.capitalize(): _rated(facts, name) for name in DIMENSIONS}
    proposal = propose_overall(dimensions)
    reasons = tuple(f"{name}: {rating.because}" for name, rating in dimensions.items() if rating.status)
    return Proposal(proposal.status, proposal.because, reasons)


def from_children(report: Report) -> Proposal:
    """What the reports that this one is made from propose; titles of exempt ones are not told."""
    children, missing = [], []
    for child in children_of(report):
        if child.used is None:
            if child.standing is None:
                missing.append(_title(child.node, child.node.title))
            continue
        overall = child.used.summary.overall if hasattr(child.used, "summary") else None
        is_old = child.expected is not None and child.used.as_at_on < child.expected.as_at_on
        children.append(
            ChildStatus(
                _title(child.node, child.used.title),
                overall.label if overall else "",
                overall.severity if overall else 0,
                overall.scheme.name if overall else "",
                str(child.used.period_label or child.used.as_at_on) if is_old else "",
            )
        )
    return propose_from_children(children, missing)


def _title(node, title: str) -> str:
    return "An exempt project" if node.is_exempt else title


def propose(report: Report) -> None:
    """Work out what the rules propose for a report that is not approved yet, and keep it beside what is chosen.

    It is no person's edit: no version moves, so that nobody's save is refused for it, and the audit trail is silent.
    """
    with transaction.atomic():
        report = (
            Report.objects.select_for_update(of=("self",), no_key=True)
            .select_related("node__organisation", "organisation", "period", "tier")
            .filter(pk=report.pk)
            .exclude(state__in=FROZEN_STATES)
            .first()
        )
        if report is None:
            return
        ratings = list(
            DimensionRating.objects.of(report).present().exclude(dimension__rule="").select_related("dimension")
        )
        if not ratings:
            return
        facts = evidence_of(report)
        proposals = {
            rule: from_children(report) if rule == "children" else proposal_by(rule, facts)
            for rule in {rating.dimension.rule for rating in ratings}
        }
        offered = defaultdict(list)
        schemes = {rating.dimension.scheme_id for rating in ratings}
        for status in Status.objects.filter(scheme__in=schemes, is_archived=False).order_by("order", "pk"):
            offered[status.scheme_id].append(status)
        for rating in ratings:
            status, because = _in_scheme(proposals[rating.dimension.rule], offered[rating.dimension.scheme_id])
            if (rating.proposed_status_id, rating.proposed_because) != (status and status.pk, because):
                DimensionRating.objects.filter(pk=rating.pk).update(proposed_status=status, proposed_because=because)


def _in_scheme(proposal: Proposal, statuses: Sequence[Status]) -> tuple[Status | None, list[str]]:
    """The proposal in a scheme's own words, with its reasons; none where nothing is rated."""
    because = [proposal.because, *proposal.reasons]
    if proposal.status is None:
        return None, because
    place = nearest(proposal.status, [(Kind(status.kind), status.severity) for status in statuses])
    if place is None:
        return None, because
    status = statuses[place]
    if status.kind != proposal.status:
        because.append(
            f"The scheme has no status that means {proposal.status.label.lower()}; "
            f"{status.label} is the nearest by common severity"
        )
    return status, because


def propose_after(report: Report, model) -> None:
    """Propose again once a row of `model` has changed; inside `proposing_once` that waits for its end."""
    if model not in EVIDENCE:
        return
    waiting = _waiting.get()
    if waiting is None:
        propose(report)
    else:
        waiting[report.pk] = report


@contextmanager
def proposing_once() -> Iterator[None]:
    """However many rows are saved inside, the rules are asked once for each report, at the end."""
    waiting: dict[int, Report] = {}
    token = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(token)
        for report in waiting.values():
            propose(report)


def is_judged(report: Report) -> bool:
    """Whether whoever chose the statuses saw what the rules propose.

    Not so for reports entered from paper or a workbook, nor for corrections of those: they say what was said then.
    """
    return report.origin == Origin.ENTERED and (report.corrects is None or is_judged(report.corrects))


def chosen_otherwise(rating: DimensionRating) -> bool:
    """Whether another colour was chosen than the one proposed. The words within a colour are the officer's."""
    if rating.status is None or rating.proposed_status is None:
        return False
    return compare(rating.status.kind, rating.proposed_status.kind).is_different


def ratings_to_explain(report: Report) -> list[DimensionRating]:
    """Statuses chosen otherwise than proposed for which no reason is given yet."""
    if not is_judged(report):
        return []
    ratings = DimensionRating.objects.of(report).present().select_related("dimension", "status", "proposed_status")
    return [each for each in ratings.filter(chosen_because="") if chosen_otherwise(each)]
