"""Form fields that take what officers type: dates in words, pounds, statuses of a scheme."""

from calendar import monthrange
from datetime import date
from decimal import Decimal

from django import forms

from projects.rules.dates import Precision, WrittenDate, parse_written_date
from projects.rules.money import Problem, parse_money

DATE_HINT = "A date; words such as Mar-20 or Autumn 2018 will do."


class WrittenDateInput(forms.CharField):
    """A date as it is written. Cleans to a `WrittenDate` and never refuses: what gives no date is kept as words.

    `day_first` and `fy_start_month` are the organisation's; a form sets them.
    """

    day_first = True
    fy_start_month = 4

    def __init__(self, *, side="latest", **kwargs):
        self.side = side
        super().__init__(max_length=200, required=False, **kwargs)

    def clean(self, value) -> WrittenDate:
        return self.read(super().clean(value))

    def read(self, words: str) -> WrittenDate:
        """`words` as a date, by the organisation's way of writing."""
        return parse_written_date(words, day_first=self.day_first, fy_start_month=self.fy_start_month)

    def reading_of(self, words: str) -> str:
        """How the words were read, in a sentence; the hint of an empty box."""
        return reading(self.read(words), self.side) or DATE_HINT


def reading(written: WrittenDate, side: str = "latest") -> str:
    """Say how a date in words was read: "Read as: by the end of March 2020". "" where nothing was written.

    `side` is the end of a span that is checked against: "latest" for finishes, "earliest" for starts.
    """
    if not written.text:
        return ""
    if written.latest is None:
        if written.precision is Precision.UNREAD:
            return "Kept as words; it looks like a date but cannot be read as one."
        return "Kept as words; no date can be read."
    if written.earliest == written.latest:
        return f"Read as: {words_of_day(written.latest)}."
    if side == "earliest":
        return f"Read as: from {words_of_day(written.earliest)}."
    last_of_month = monthrange(written.latest.year, written.latest.month)[1]
    if written.latest.day == last_of_month:
        return f"Read as: by the end of {written.latest:%B} {written.latest.year}."
    return f"Read as: by {words_of_day(written.latest)}."


def words_of_day(day: date | None) -> str:
    """The day as its box shows it."""
    return f"{day.day} {day:%B %Y}" if day else ""


class PoundsInput(forms.CharField):
    """An amount as typed: £1,234, (1,234), 1.2m. Cleans to Decimal pounds; blank is None, which is not nought."""

    def __init__(self, **kwargs):
        super().__init__(max_length=60, required=False, **kwargs)

    def clean(self, value) -> Decimal | None:
        said = parse_money(super().clean(value))
        if isinstance(said, Problem):
            raise forms.ValidationError(said.because)
        return said.pounds if said.pounds is None else said.pounds.quantize(Decimal("0.01"))


class StatusChoice(forms.ChoiceField):
    """One status of a scheme, or none. Cleans to a Status; the choices are given as rows, so that no query is made."""

    default_error_messages = {"invalid_choice": "Choose one of the statuses listed."}

    def __init__(self, *, statuses=(), **kwargs):
        super().__init__(required=False, **kwargs)
        self.offer(statuses)

    def offer(self, statuses) -> None:
        """Take these statuses as the choices."""
        self.statuses = {str(status.pk): status for status in statuses}
        self.choices = [("", "Not stated"), *((key, status.label) for key, status in self.statuses.items())]

    def clean(self, value):
        return self.statuses.get(super().clean(value))
