"""The part of a page that looks at the record as at a period or a day: what is asked for, and the ways on from it."""

from dataclasses import dataclass
from functools import cached_property

from django.http import HttpRequest
from django.utils import timezone

from projects.as_at import AsAt, Meaning, NoSuchDay, as_at
from projects.clock import today_for
from projects.models import Organisation, Period, Series
from projects.templatetags.portal import query_string

# What another day's list does not take over: the page of the list, and the file it was asked as.
LEFT_BEHIND = {"period": None, "meaning": None, "format": None, "report": None}


@dataclass(frozen=True)
class AsAtChoice:
    """What the address asks for, read; `as_at` is None for now, and then `problem` says what could not be read."""

    request: HttpRequest
    organisation: Organisation
    series: Series | None
    published: bool
    words: str
    as_at: AsAt | None = None
    problem: str = ""

    @cached_property
    def periods(self) -> list[Period]:
        """The periods that have begun, the newest first, each name once."""
        begun = Period.objects.filter(
            organisation=self.organisation, starts_on__lte=today_for(self.organisation)
        ).order_by("as_at_on")
        if self.series:
            begun = begun.filter(calendar=self.series.calendar_id)
        by_slug = {period.slug: period for period in begun}
        return sorted(by_slug.values(), key=lambda period: period.as_at_on, reverse=True)

    @property
    def period(self) -> str:
        """The slug of the period that was asked for, "" for a day."""
        return self.as_at.asked if self.as_at and self.as_at.period else ""

    @property
    def day(self) -> str:
        """The day that was asked for, and what could not be read, to be mended."""
        return "" if self.period else self.words

    @property
    def meaning(self) -> str:
        return self.as_at.meaning if self.as_at else Meaning.KNOWN

    @property
    def meanings(self) -> list[tuple[str, str]]:
        """(value, words) to choose from."""
        then = "published" if self.published else "approved"
        return [(Meaning.KNOWN.value, "as now known"), (Meaning.THEN.value, f"as {then} then")]

    @property
    def query(self) -> str:
        """What the address of another page is given to show the same day; "" for now."""
        return query_string(None, **self._asked(self.as_at.asked, self.meaning)) if self.as_at else ""

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Filters and sorting, to be carried through the form."""
        return [
            (name, value)
            for name, values in self.request.GET.lists()
            if name not in LEFT_BEHIND and name != "page"
            for value in values
        ]

    @property
    def asked(self) -> list[tuple[str, str]]:
        """The day and meaning, to be carried through the forms of filters."""
        return list(self._asked(self.as_at.asked, self.meaning).items()) if self.as_at else []

    @property
    def now_url(self) -> str:
        return query_string(self.request, **LEFT_BEHIND)

    @property
    def other_meaning(self) -> dict:
        """The way to the same day in the other meaning."""
        other = Meaning.KNOWN if self.meaning == Meaning.THEN else Meaning.THEN
        return {"label": f"Show it {dict(self.meanings)[other]}", "url": self._url(self.as_at.asked, other)}

    @property
    def steps(self) -> list[dict]:
        """The periods before and after the day shown: label, name and url of each."""
        earlier = [period for period in self.periods if period.as_at_on < self.as_at.day][:1]
        later = [period for period in self.periods if period.as_at_on > self.as_at.day][-1:]
        return [
            {"label": label, "name": period.label, "url": self._url(period.slug, self.meaning)}
            for label, periods in (("Previous", earlier), ("Next", later))
            for period in periods
        ]

    def _url(self, asked: str, meaning: str) -> str:
        return query_string(self.request, **{**LEFT_BEHIND, **self._asked(asked, meaning)})

    def _asked(self, asked: str, meaning: str) -> dict:
        return {"period": asked, "meaning": meaning}


def chosen_as_at(
    request: HttpRequest, organisation: Organisation, *, published: bool, series: Series | None = None
) -> AsAtChoice:
    """What ?period= and ?meaning= ask for; without a period it is now, and so it is where the words name nothing."""
    words = request.GET.get("period", "").strip()
    choice = (request, organisation, series, published, words)
    if not words:
        return AsAtChoice(*choice)
    try:
        meant = as_at(
            words,
            request.GET.get("meaning", ""),
            organisation,
            published=published,
            now=timezone.now(),
            series=series,
        )
    except NoSuchDay as unknown:
        return AsAtChoice(*choice, problem=str(unknown))
    return AsAtChoice(*choice, as_at=meant)
