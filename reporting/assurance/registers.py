"""Checks of risks, benefits, posts and the change record."""

from collections.abc import Iterator
from datetime import date

from projects.facts import ReportFacts, RiskFacts
from projects.rules.kinds import Band, band_of
from projects.rules.risk import high_risk_count, review_days_overdue
from projects.rules.schedule import days_overdue
from reporting.assurance.registry import Evidence, Hit, Severity, Subject, check
from reporting.assurance.words import (
    about_benefit,
    about_rating,
    about_risk,
    count,
    days,
    status_of,
    today_is,
)


def is_high(risk: RiskFacts) -> bool:
    """Whether what remains of the risk counts as high; an unrated one does not."""
    return bool(high_risk_count([risk.band.kind if risk.band else None]))


def high_risks(facts: ReportFacts) -> tuple[RiskFacts, ...]:
    """The open risks that count as high, as the report's own number of high risks counts them."""
    return tuple(risk for risk in facts.open_risks if is_high(risk))


@check("RSK-01", Severity.MEDIUM, clear_by="Review the risk and set the next review date, or close it.")
def risk_review_overdue(facts: ReportFacts, today: date) -> Iterator[Hit]:
    """The review date of an open risk has passed.

    Its rating may describe a project of some months ago.
    """
    for risk in facts.open_risks:
        late = review_days_overdue(risk.review.on, today)
        if late:
            yield Hit(
                about_risk(risk),
                f"Its review is {days(late)} overdue.",
                (
                    Evidence("Review date", str(risk.review)),
                    Evidence("Residual risk", status_of(risk.band)),
                    today_is(today),
                ),
                Severity.HIGH if is_high(risk) else None,
            )


@check("RSK-02", Severity.MEDIUM, clear_by="Record what more is being done, by whom and by when.")
def high_risk_without_further_action(facts: ReportFacts, today: date) -> Iterator[Hit]:
    """A high risk has no further action recorded.

    The board is told that the risk is high, but not what is being done about it.
    """
    for risk in high_risks(facts):
        if not risk.further_actions.strip():
            yield Hit(
                about_risk(risk),
                f"What remains of it is {status_of(risk.band)} and no further action is recorded.",
                (
                    Evidence("Residual risk", status_of(risk.band)),
                    Evidence("Existing controls", risk.controls or "none recorded"),
                    Evidence("Further actions", "none recorded"),
                ),
            )


@check("RSK-03", Severity.MEDIUM, clear_by="Change the risk status, or say in the commentary why it is right.")
def risk_status_good_beside_high_risks(facts: ReportFacts, today: date) -> Iterator[Hit]:
    """The risk status is good although the register holds high risks.

    Who reads only the status does not learn of the risks behind it.
    """
    high = high_risks(facts)
    for rating in facts.ratings:
        good = rating.status and band_of(rating.status.kind) is Band.GREEN
        if rating.subject == "risk_status" and good and high:
            yield Hit(
                about_rating(rating),
                f"It is {rating.status.label} beside {count(len(high), 'high risk', 'high risks')}.",
                (
                    Evidence(rating.label, rating.status.label),
                    Evidence("High risks", ", ".join(risk.ref or risk.title for risk in high)),
                ),
            )


@check("RSK-04", Severity.MEDIUM, clear_by="Change the direction of travel, or the ratings that have grown.")
def risks_grew_but_direction_is_good(facts: ReportFacts, today: date) -> Iterator[Hit]:
    """There are more high risks than in the last report, yet the direction of travel of the risks is good.

    The direction says that nothing has grown worse.
    """
    if facts.previous is None:
        return
    was, now = len(high_risks(facts.previous)), len(high_risks(facts))
    for rating in facts.ratings:
        good = rating.status and band_of(rating.status.kind) is Band.GREEN
        if rating.key == "risk-direction" and good and now > was:
            yield Hit(
                about_rating(rating),
                f"It is {rating.status.label}, while high risks went from {was} to {now}.",
                (
                    Evidence(f"High risks in {facts.previous.period_label}", str(was)),
                    Evidence("High risks now", str(now)),
                ),
            )


@check("BEN-01", Severity.MEDIUM, clear_by="Review the benefit and set the next review date, or mark it complete.")
def benefit_review_overdue(facts: ReportFacts, today: date) -> Iterator[Hit]:
    """The review date of a benefit that is still to come has passed.

    Nobody can say whether what the project is for is coming about.
    """
    for benefit in facts.benefits:
        late = days_overdue(benefit.review.on, today, is_done=benefit.is_done)
        if late:
            yield Hit(
                about_benefit(benefit),
                f"Its review is {days(late)} overdue.",
                (
                    Evidence("Review date", str(benefit.review)),
                    Evidence("Status", status_of(benefit.status)),
                    today_is(today),
                ),
            )


@check("BEN-02", Severity.LOW, clear_by="Say how the benefit will be measured.")
def target_without_measure(facts: ReportFacts, today: date) -> Iterator[Hit]:
    """A benefit has a target and no measure.

    Without a measure nobody can tell whether the target was met.
    """
    for benefit in facts.benefits:
        if benefit.has_target and not benefit.measure.strip():
            yield Hit(about_benefit(benefit), "It has a target and no measure.", (Evidence("Measure", "none"),))


@check("RES-01", Severity.MEDIUM, clear_by="Record the new end of the funding, or take the post off the list.")
def funding_has_ended(facts: ReportFacts, today: date) -> Iterator[Hit]:
    """The funding of a post that is still listed has ended.

    The project counts on somebody who may no longer be paid for.
    """
    for post in facts.posts:
        late = days_overdue(post.ends.on, today)
        if late:
            yield Hit(
                Subject(f"post/{post.title[:200]}/{post.ends.words}", f"Post: {post.title}"),
                f"Its funding ended {days(late)} ago.",
                (
                    Evidence("Funded until", str(post.ends)),
                    Evidence("Funding", post.funding or "not stated"),
                    today_is(today),
                ),
            )


@check("CHG-01", Severity.LOW, clear_by="Record when the board was told, or why it need not be.")
def board_not_aware(facts: ReportFacts, today: date) -> Iterator[Hit]:
    """A change is recorded and it does not say when a board became aware of it.

    A change that a board never heard of is one it did not agree to.
    """
    for change in facts.changes:
        blank = [heading for heading, words in change.awareness if not words.strip()]
        if blank:
            yield Hit(
                Subject(f"change/{change.id}", f"Change: {change.item}", "change", change.id),
                f"Nothing stands under {' or '.join(blank)}.",
                (
                    Evidence("Description", change.description),
                    *(Evidence(heading, words.strip() or "blank") for heading, words in change.awareness),
                ),
            )
