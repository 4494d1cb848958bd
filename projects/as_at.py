"""Which reports stand at a day or in a period: as now known, or as it stood then."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time

from django.db import models
from django.utils import timezone

from projects.models import Organisation, Period, Report, Series
from projects.models.reports import known_on, stood_at


class Meaning(models.TextChoices):
    """The two things that "as at" can mean; pages say which in words."""

    KNOWN = "known", "as now known"
    THEN = "then", "as it stood then"


class NoSuchDay(Exception):
    """The words name no period and no day; the message says so in a sentence."""


@dataclass(frozen=True)
class AsAt:
    """A day to look at the record from, and in which meaning. `published`: as readers see it, else as staff do.

    As now known: the newest revision of the newest report that speaks of `day` or before, late ones and
    corrections with it. As it stood then: the report that was the newest approved (or published) one at `moment`.
    """

    day: date
    meaning: Meaning
    published: bool
    label: str  # "July 2019" or "3 July 2019"
    asked: str  # the period's slug or the day, as an address gives it
    moment: datetime | None = None  # None as now known
    period: Period | None = None  # None where a day was asked for

    @property
    def words(self) -> str:
        """What the page says above its figures."""
        if self.meaning == Meaning.KNOWN:
            return f"{self.label}, as now known: with corrections and late reports made since"
        said = "published" if self.published else "approved"
        at = timezone.localtime(self.moment)
        return f"{self.label}, as {said} then: what stood on {at.day} {at:%B %Y at %H:%M}, without what came later"

    @property
    def until(self) -> datetime:
        """The moment up to which the tree itself is looked at: what was added later was not there."""
        return self.moment or _end_of(self.day)

    def on_side(self, published: bool) -> "AsAt":
        """The same day and meaning as readers (or as staff) see it."""
        return replace(self, published=published)

    def standing(self, prefix: str = "") -> models.Q:
        """Whether the report behind `prefix` stands."""
        if self.meaning == Meaning.KNOWN:
            return known_on(self.day, published=self.published, prefix=prefix)
        return stood_at(self.moment, published=self.published, prefix=prefix)

    def reports(self) -> models.QuerySet:
        """Every report that stands, at most one a series; the caller asks what the person may see of them."""
        return Report.objects.filter(self.standing())

    def report_of(self, series: Series) -> Report | None:
        """The report of one series that stands; None where there is none."""
        return self.reports().filter(series=series).first()

    def speaks_of(self, report: Report) -> bool:
        """Whether the report is of the period asked for, and not an older one that merely stands until the next."""
        return self.period is None or report.as_at_on >= self.period.starts_on


def as_at(
    words: str,
    meaning: str,
    organisation: Organisation,
    *,
    published: bool,
    now: datetime,
    series: Series | None = None,
) -> AsAt:
    """Read a period's slug or a day (2019-07-31). NoSuchDay for what is neither.

    Of periods with the same slug that of `series`' calendar is meant, else the one that ends last. As it stood
    then is, for a period, the moment it was closed (`now` while it is open) and, for a day, that day's end.
    """
    chosen = Meaning.THEN if meaning == Meaning.THEN else Meaning.KNOWN
    period = _period(words, organisation, series)
    if period:
        moment = min(period.closed_at or now, now)
        day, label = period.as_at_on, period.label
    else:
        try:
            day = date.fromisoformat(words)
        except ValueError:
            raise NoSuchDay(
                f"There is no period and no day named {words}. Give a period, or a day as 2019-07-31."
            ) from None
        moment = min(_end_of(day), now)
        label = f"{day.day} {day:%B %Y}"
    return AsAt(day, chosen, published, label, words, moment if chosen == Meaning.THEN else None, period)


def _end_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.max))


def _period(words: str, organisation: Organisation, series: Series | None) -> Period | None:
    periods = Period.objects.filter(organisation=organisation, slug=words).order_by("-as_at_on")
    if series:
        return periods.filter(calendar=series.calendar_id).first() or periods.first()
    return periods.first()
