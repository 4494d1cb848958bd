"""Checks of stated totals: parts that do not add up, and counts that tell two stories."""

from collections.abc import Iterator
from datetime import date

from projects.facts import RatingFacts, ReportFacts, TallyFacts
from projects.rules.kinds import Band, Kind, band_of
from reporting.assurance.registry import Evidence, Hit, Severity, Subject, check
from reporting.assurance.words import about_rating

REVIEW = "programme assurance review, June 2022"
BEHIND = (Kind.AT_RISK, Kind.OFF_TRACK)
WATCHED = (Band.AMBER, Band.RED)


def _about(tally: TallyFacts, column: str = "") -> Subject:
    words = f"{tally.title}: {column}" if column else tally.title
    return Subject(f"tally/{tally.key}/{column}".rstrip("/"), words)


@check(
    "FIG-03",
    Severity.MEDIUM,
    clear_by="Find what the states leave out, and count it or correct the total.",
    source="scorecard of June 2022, whose milestones do not add up to their total",
)
def states_do_not_add_up(facts: ReportFacts, today: date) -> Iterator[Hit]:
    """A stated total is not the sum of the states it is broken down into.

    What is in no state is watched by nobody: it may be late, and no line of the report would say so.
    """
    for tally in facts.tallies:
        several = len([each for each in tally.counts if each.kinds and each.column == tally.columns[0]]) > 1
        for column in tally.columns if several else ():
            total, summed = tally.total_of(column), tally.sum_of(column)
            if total is None or summed is None or total == summed:
                continue
            apart = abs(total - summed)
            yield Hit(
                _about(tally, column),
                f"The states add up to {summed:,}, and {total:,} is stated: {apart:,} "
                f"{'are in no state' if total > summed else 'too many'}.",
                (
                    Evidence("Total as stated", f"{total:,}"),
                    *(
                        Evidence(each.label, "not stated" if each.count is None else f"{each.count:,}")
                        for each in tally.counts
                        if each.kinds and each.column == column
                    ),
                    Evidence("Sum of the states", f"{summed:,}"),
                ),
            )


@check(
    "RES-02",
    Severity.MEDIUM,
    clear_by="Say which products the shortage will reach and when, or rate resources by what it does to the plan.",
    source=REVIEW,
)
def short_of_people_and_on_track(facts: ReportFacts, today: date) -> Iterator[Hit]:
    """Resources are amber or red, and the schedule is green.

    If people are short and everything stays on track, one of the two does not mean what readers take it to mean.
    """
    resources, schedule = _rating(facts, "resources"), _rating(facts, "schedule")
    if not (resources and schedule) or _band(schedule) is not Band.GREEN or _band(resources) not in WATCHED:
        return
    said = [Evidence(each.label, each.status.label) for each in (resources, schedule)]
    for tally in facts.tallies:
        behind = tally.number_of(*BEHIND) if tally.section == "delivery" else None
        if behind is not None:
            of = f" of {tally.total:,}" if tally.total else ""
            said.append(Evidence(f"{tally.title}: at risk or off track", f"{behind:,}{of}"))
    items = [item for item in facts.open_items if item.status]
    if items:
        behind = sum(item.status.kind in BEHIND for item in items)
        said.append(Evidence("Rows of the plan at risk or off track", f"{behind} of {len(items)} rated and open"))
    yield Hit(
        about_rating(resources),
        f"{resources.label} is {resources.status.label} and {schedule.label} {schedule.status.label}.",
        tuple(said),
        Severity.HIGH if _band(resources) is Band.RED else None,
    )


def _rating(facts: ReportFacts, word: str) -> RatingFacts | None:
    """The rated dimension of the key: each council's template names its own."""
    return next((each for each in facts.ratings if each.key == word and each.status), None)


def _band(rating: RatingFacts) -> Band | None:
    return band_of(rating.status.kind)


@check(
    "STA-04",
    Severity.MEDIUM,
    clear_by="Count by one rule, or say in the report why what is behind puts nothing at risk.",
    source=REVIEW,
)
def behind_yet_nothing_at_risk(facts: ReportFacts, today: date) -> Iterator[Hit]:
    """One count of the report says that something is behind, another that nothing is at risk.

    Where milestones are re-cast without a word, the count of what is at risk stays at nought.
    """
    counted = [
        (tally, number)
        for tally in facts.tallies
        if tally.section == "delivery" and (number := tally.number_of(*BEHIND)) is not None
    ]
    behind = [(tally, number) for tally, number in counted if number]
    nothing = [tally for tally, number in counted if not number]
    if behind and nothing:
        tally, number = behind[0]
        yield Hit(
            _about(tally),
            f"{number:,} are behind, and {' and '.join(each.title.lower() for each in nothing)}: 0.",
            tuple(Evidence(each.title, f"{number:,} at risk or off track") for each, number in counted),
        )
