"""Checks of what was chosen against what the record shows: statuses, directions, answers."""

from collections.abc import Iterator
from datetime import date

from projects.facts import ItemFacts, RatingFacts, ReportFacts
from projects.rules.finance import rate_finance
from projects.rules.kinds import KIND_OF_BAND, Band, Rating, band_of
from projects.rules.limits import rate
from projects.rules.money import format_pounds
from projects.rules.overall import compare, propose_overall
from projects.rules.schedule import days_overdue, is_overdue, rate_slip
from projects.rules.spoken_days import stale_sentences
from reporting.assurance.registry import Evidence, Hit, Severity, Subject, check
from reporting.assurance.words import about_item, about_rating, count, status_of, today_is
from reporting.documents.contents import printed_date

NO_EVIDENCE = Rating(None, "Nothing to judge by")


def schedule_by_dates(facts: ReportFacts, today: date) -> Rating:
    """The worst of the open rows by their dates alone: slip against the baseline, or days past a date without one."""
    return _worst([_by_dates(facts, item, today) for item in facts.open_items])


def schedule(facts: ReportFacts, today: date) -> Rating:
    """The worst of the open rows by their dates and by their own statuses."""
    stated = [
        Rating(KIND_OF_BAND[band], f"{about_item(item).words} is {item.status.label}")
        for item in facts.open_items
        if item.status and (band := band_of(item.status.kind))
    ]
    return _worst([*stated, schedule_by_dates(facts, today)])


def spend(facts: ReportFacts) -> Rating:
    """The worst of the budgets by their forecast, or what is spent and committed, over plan."""
    return _worst([rate_finance(budget.position, facts.limits.finance) for budget in facts.budgets])


def _by_dates(facts: ReportFacts, item: ItemFacts, today: date) -> Rating:
    late = days_overdue(item.finish.on, today)
    expected = max(item.finish.on, today) if late else item.finish.on
    if item.baseline_on:
        rating = rate_slip(item.baseline_on, expected, is_critical=item.is_critical, limits=facts.limits)
    else:
        lines = facts.limits.schedule_critical if item.is_critical else facts.limits.schedule
        rating = rate("Time past its date", late, lines)
    return Rating(rating.status, f"{about_item(item).words}. {rating.because}")


def _worst(ratings: list[Rating]) -> Rating:
    rated = [(band.severity, rating) for rating in ratings if (band := band_of(rating.status))]
    return max(rated, key=lambda pair: pair[0])[1] if rated else NO_EVIDENCE


@check(
    "STA-01",
    Severity.HIGH,
    clear_by="Choose the status that the evidence gives, or put the evidence right; if neither, say why.",
    source="programme assurance review, June 2022",
)
def overall_greener_than_evidence(facts: ReportFacts, today: date) -> Iterator[Hit]:
    """The overall status is better than what the report's own milestones and budget give.

    Where a reason was given for choosing it, the finding is kept at low: members should see both.
    """
    dimensions = {
        name: rating
        for name, rating in (("Milestones", schedule(facts, today)), ("Budget", spend(facts)))
        if rating.status is not None
    }
    proposal = propose_overall(dimensions)
    for rating in facts.ratings:
        if rating.is_overall:
            yield from _greener(rating, proposal.status, (proposal.because, *proposal.reasons))


@check(
    "STA-02",
    Severity.MEDIUM,
    clear_by="Choose the status that the evidence gives, or put the evidence right; if neither, say why.",
    source="programme assurance review, June 2022",
)
def dimension_greener_than_evidence(facts: ReportFacts, today: date) -> Iterator[Hit]:
    """A dimension is better than its own evidence: a direction of travel than the dates of the plan, another
    dimension than the status that the rules propose.

    The parts of a report should not tell two stories.
    """
    for rating in facts.ratings:
        if rating.is_overall:
            continue
        if rating.key == "direction":
            by_dates = schedule_by_dates(facts, today)
            yield from _greener(rating, by_dates.status, (by_dates.because,))
        elif rating.proposed:
            yield from _greener(rating, rating.proposed.kind, (f"The rules propose {rating.proposed.label}",))


def _greener(rating: RatingFacts, proposed, reasons: tuple[str, ...]) -> Iterator[Hit]:
    choice = compare(rating.status.kind if rating.status else None, proposed)
    if not choice.is_greener:
        return
    chosen = (Evidence("Why it was chosen", rating.chosen_because),) if rating.chosen_because else ()
    yield Hit(
        about_rating(rating),
        f"It is {rating.status.label}; the evidence gives {band_of(proposed).name}.",
        (Evidence(rating.label, rating.status.label), *(Evidence("Evidence", each) for each in reasons), *chosen),
        Severity.LOW if chosen else None,
    )


@check("STA-03", Severity.MEDIUM, clear_by="Say in the commentary what changed, and why.")
def status_changed_without_narrative(facts: ReportFacts, today: date) -> Iterator[Hit]:
    """A status is not what it was in the last report, and no narrative is new.

    Members will ask what happened; the report should have the answer.
    """
    if facts.previous is None or _new_narratives(facts):
        return
    before = {rating.key: rating for rating in facts.previous.ratings}
    for rating in facts.ratings:
        was = before.get(rating.key)
        if was is None or was.status is None or rating.status is None or rating.comment.strip():
            continue
        if was.status.label != rating.status.label:
            yield Hit(
                about_rating(rating),
                f"It went from {was.status.label} to {rating.status.label} without a word of explanation.",
                (
                    Evidence(facts.previous.period_label, was.status.label),
                    Evidence(facts.period_label, rating.status.label),
                    Evidence("Narrative", "the same as in the last report, or none"),
                ),
            )


def _new_narratives(facts: ReportFacts) -> bool:
    before = {narrative.section: plain(narrative.text) for narrative in facts.previous.narratives}
    return any(
        plain(narrative.text) and plain(narrative.text) != before.get(narrative.section)
        for narrative in facts.narratives
    )


def plain(text: str) -> str:
    """The words of a text alone, so that a blank line more is no new narrative."""
    return " ".join(text.split()).casefold()


@check("NAR-01", Severity.LOW, clear_by="Say what happened since the last report, if only that nothing did.")
def narrative_unchanged(facts: ReportFacts, today: date) -> Iterator[Hit]:
    """A narrative is word for word that of the last report.

    Text carried forward unread looks like news and is not.
    """
    before = {narrative.section: narrative.text for narrative in facts.previous.narratives} if facts.previous else {}
    for narrative in facts.narratives:
        if plain(narrative.text) and plain(narrative.text) == plain(before.get(narrative.section, "")):
            yield Hit(
                Subject(f"narrative/{narrative.section}", narrative.title),
                f"It is the same as in the report of {facts.previous.period_label}.",
                (Evidence("Begins", _beginning(narrative.text)),),
            )


@check("NAR-02", Severity.HIGH, clear_by="Write as of when it speaks now, or take the sentence out.")
def narrative_speaks_of_last_report(facts: ReportFacts, today: date) -> Iterator[Hit]:
    """A narrative still says that it speaks as of the day of the last report, or of a day before.

    A sentence that was right last month dates everything below it.
    """
    if facts.previous is None:
        return
    before = {narrative.section: plain(narrative.text) for narrative in facts.previous.narratives}
    for narrative in facts.narratives:
        for words in stale_sentences(narrative.text, facts.previous.as_at_on):
            if plain(words) in before.get(narrative.section, ""):
                yield Hit(
                    Subject(f"narrative/{narrative.section}/as-of", narrative.title),
                    f"It says “{words}”, as the report of {facts.previous.period_label} did.",
                    (Evidence("This report is as at", printed_date(facts.as_at_on)),),
                )


def _beginning(text: str) -> str:
    words = text.split()
    return " ".join(words[:12]) + (" ..." if len(words) > 12 else "")


@check("ANS-01", Severity.HIGH, clear_by="Change the answer, or the figures that contradict it.")
def budget_answer_contradicted(facts: ReportFacts, today: date) -> Iterator[Hit]:
    """The budget is said to be on track, and its figures are over plan by more than the limit.

    One of the two is wrong, and both are printed on the same page.
    """
    rating = spend(facts)
    if band_of(rating.status) in (Band.AMBER, Band.RED):
        yield from _contradicted(facts, "budget-on-track", "the budget's figures say otherwise", (rating.because,))


@check("ANS-02", Severity.MEDIUM, clear_by="Change the answer, or say in the commentary why it has no consequences.")
def slip_answer_contradicted(facts: ReportFacts, today: date) -> Iterator[Hit]:
    """No milestone is said to have slipped, and the plan shows one that has.

    A slip without consequences deserves the sentence that says so.
    """
    before = {item.id: item for item in facts.previous.items} if facts.previous else {}
    slipped = [
        reason for item in facts.open_items if (reason := _how_it_slipped(item, before.get(item.id), today)) is not None
    ]
    if slipped:
        what = f"{count(len(slipped), 'open row of the plan has', 'open rows of the plan have')} slipped"
        yield from _contradicted(facts, "milestones-slipped", what, (*slipped, str(today_is(today))))


def _how_it_slipped(item: ItemFacts, was: ItemFacts | None, today: date) -> str | None:
    name = about_item(item).words
    if is_overdue(item.finish.on, today):
        return f"{name}, due {item.finish}, is not complete"
    if item.status and band_of(item.status.kind) is Band.RED:
        return f"{name} is {item.status.label}"
    if was and was.finish.on and item.finish.on and item.finish.on > was.finish.on:
        return f"{name} went from {was.finish} to {item.finish}"
    return None


@check("ANS-03", Severity.MEDIUM, clear_by="Change the answer, or the emergency spend.")
def spend_answer_contradicted(facts: ReportFacts, today: date) -> Iterator[Hit]:
    """There is said to have been no unforeseen spend, and emergency spend is recorded.

    Emergency spend is unforeseen spend.
    """
    emergency = [budget for budget in facts.budgets if budget.position.emergency]
    if emergency:
        words = tuple(f"{budget.title}: {format_pounds(budget.position.emergency)}" for budget in emergency)
        yield from _contradicted(facts, "unforeseen-spend", "emergency spend is recorded", words)


def _contradicted(facts: ReportFacts, key: str, what: str, reasons: tuple[str, ...]) -> Iterator[Hit]:
    """A hit for the question `key` where its answer is the good one."""
    for answer in facts.answers:
        if answer.key == key and answer.status and band_of(answer.status.kind) is Band.GREEN:
            yield Hit(
                Subject(f"answer/{key}", answer.text),
                f"The answer is {status_of(answer.status)}, but {what}.",
                (Evidence("Answer", status_of(answer.status)), *(Evidence("Record", each) for each in reasons)),
            )
