"""Forms of the returns page and of a period's page."""

from django import forms

from projects.forms.editing import ReasonForm
from projects.forms.fields import WrittenDateInput
from projects.models import Calendar, Period, Series
from projects.returns import Shown


class ReturnsForm(forms.Form):
    """Which calendar, period and returns to show. What cannot be understood asks for everything."""

    calendar = forms.ChoiceField(label="Calendar", required=False)
    period = forms.ChoiceField(label="Period", required=False)
    shown = forms.ChoiceField(label="Show", choices=Shown.choices, required=False)
    words = forms.CharField(label="Words in the title", required=False, max_length=100)

    def __init__(self, *args, calendars: list[Calendar], periods: list[Period], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["calendar"].choices = [(each.slug, each.name) for each in calendars]
        self.fields["period"].choices = [(each.slug, each.label) for each in periods]
        if len(calendars) == 1:
            del self.fields["calendar"]

    def said(self, name: str) -> str:
        """What was chosen; "" where nothing was or it is not understood."""
        self.full_clean()
        return self.cleaned_data.get(name, "")


class SeriesChoice(forms.ModelChoiceField):
    """A series by the node it reports of."""

    def label_from_instance(self, series: Series) -> str:
        return f"{series.node.title} ({series.template})"


class ExceptionForm(ReasonForm):
    """Which series may still report for a closed period, until when and why."""

    series = SeriesChoice(queryset=Series.objects.none(), label="Whose report", empty_label="Choose one")
    until = WrittenDateInput(
        label="Until the end of",
        help_text="A day, such as 30 September 2019. Blank: until the exception is ended.",
    )
    field_order = ("series", "until", "reason")

    def __init__(self, *args, period: Period, nodes, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["series"].queryset = (
            Series.objects.filter(calendar=period.calendar_id, is_archived=False, node__in=nodes)
            .select_related("node", "template")
            .order_by("node__title", "pk")
        )
        self.fields["until"].day_first = period.organisation.is_day_first
        self.fields["reason"].label = "Why"

    def clean_until(self):
        """The last day; None where there is none."""
        written = self.cleaned_data["until"]
        if written.text and written.latest is None:
            raise forms.ValidationError("Write a day, such as 30 September 2019.")
        return written.latest
