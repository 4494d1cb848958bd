"""Indicators as the rules judge them: the bridge from their rows to a rating, and to the council's own statuses."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from projects.facts import limits_of
from projects.models import IndicatorUpdate, IndicatorValue, Organisation, Status, Subject
from projects.rules.indicators import rate_indicator
from projects.rules.kinds import Kind, Rating


@dataclass(frozen=True)
class Measured:
    """An indicator in one report: the status that follows from its figures beside the one that is stated."""

    row: IndicatorUpdate
    rating: Rating
    derived: Status | None  # the council's status of the rating's kind; None where it has none

    @property
    def stated(self) -> Status | None:
        return self.row.status

    @property
    def is_stated_otherwise(self) -> bool:
        """Whether what is stated means something else than what the figures say."""
        return bool(self.stated and self.derived and self.stated.kind != self.derived.kind)


class Judge:
    """Judges the indicators of one organisation; its limits and statuses are read once."""

    def __init__(self, organisation: Organisation):
        self.organisation = organisation

    @cached_property
    def limits(self):
        return limits_of(self.organisation).indicators

    @cached_property
    def statuses(self) -> dict[str, Status]:
        """{kind: the first status in use of the organisation's first scheme for indicators}."""
        found: dict[str, Status] = {}
        in_use = Status.objects.filter(
            organisation=self.organisation,
            scheme__subject=Subject.INDICATOR,
            scheme__is_archived=False,
            is_archived=False,
        )
        for status in in_use.select_related("scheme").order_by("scheme", "order", "pk"):
            if not found or status.scheme_id == next(iter(found.values())).scheme_id:
                found.setdefault(status.kind, status)
        return found

    def rating(self, row: IndicatorUpdate, value: IndicatorValue | None) -> Rating:
        """What the rule says of one printed period."""
        if value is None:
            return Rating(None, "No data")
        held = row.indicator
        tolerance = held.tolerance_percent
        return rate_indicator(value.actual, value.target, held.direction, tolerance=tolerance, limits=self.limits)

    def status_of(self, rating: Rating) -> Status | None:
        return self.statuses.get(rating.status or Kind.NOT_RATED)

    def measured(self, row: IndicatorUpdate) -> Measured:
        """The indicator as its report's own period stands."""
        rating = self.rating(row, row.current)
        return Measured(row, rating, self.status_of(rating))


def measured(rows: Iterable[IndicatorUpdate], organisation: Organisation) -> list[Measured]:
    """Many indicators of one organisation, which need their lines, indicator and status at hand."""
    judge = Judge(organisation)
    return [judge.measured(row) for row in rows]
