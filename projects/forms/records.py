"""Forms of versioned rows that stand outside reports: changes, cover reports, what a risk is for good."""

from collections.abc import Callable
from datetime import date

from django import forms

from projects.forms.editing import RowForm
from projects.forms.fields import words_of_day
from projects.rules.dates import Precision, parse_written_date
from projects.rules.printable import printable


class DayInput(forms.CharField):
    """One exact day, written in any usual way. Cleans to a date; blank is None, and may be unless it is required."""

    def __init__(self, *, required=False, **kwargs):
        super().__init__(max_length=40, required=required, **kwargs)

    def clean(self, value) -> date | None:
        written = parse_written_date(super().clean(value))
        if not written.text:
            return None
        if written.precision is not Precision.DAY:
            raise forms.ValidationError("Give one day, such as 10 July 2019.")
        return written.latest


class RecordForm(RowForm):
    """The answers of one row that is no report row; only what was changed is written, as in the report editor.

    `writer` is the action that saves: writer(row, changes, version=, by=).
    """

    prefix_words = "record"
    heading = ""

    def __init__(self, row, *, writer: Callable | None = None, data=None):
        self.writer = writer
        super().__init__(row, previous=None, report=row, scales=None, data=data)

    def prefix_of(self, row) -> str:
        return f"{self.prefix_words}-{row.pk}" if row.pk else self.prefix_words

    def text_of(self, row, name) -> str:
        if isinstance(self.fields[name], DayInput):
            return words_of_day(getattr(row, name))
        return super().text_of(row, name)

    def write(self, changes, *, version, by):
        return self.writer(self.row, changes, version=version, by=by)

    def values(self) -> dict:
        """Every answer of a form for something new, by column."""
        return self.changes(self.fields)

    def _take(self, row) -> None:
        self.row = row


class Words(forms.CharField):
    """Words as they may be kept: what is pasted from elsewhere brings signs that no file can hold."""

    def to_python(self, value):
        is_long = isinstance(self.widget, forms.Textarea)
        return super().to_python(printable(value, "\n" if is_long else " ") if isinstance(value, str) else value)


def text_box(label, rows=3, required="", **kwargs):
    """Several lines of words; `required` is the sentence shown where they are missing, "" where they may be."""
    box = Words(
        label=label, required=bool(required), widget=forms.Textarea(attrs={"rows": rows}), max_length=20_000, **kwargs
    )
    box.error_messages["required"] = required
    return box


def line_box(label, required="", max_length=300, **kwargs):
    """One line of words."""
    box = Words(label=label, required=bool(required), max_length=max_length, **kwargs)
    box.error_messages["required"] = required
    return box
