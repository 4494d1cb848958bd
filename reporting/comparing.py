"""What a person asks to be compared; the choice stands in the address, so that it can be sent on."""

from django import forms
from django.core.exceptions import ValidationError

from projects.as_at import Meaning
from projects.clock import today_for
from projects.models import Node, Organisation, Period, Series
from projects.rules.dates import Precision, parse_written_date
from reporting.comparison import Asked, reports_of

KNOWN_WORDS = "As now known: with corrections and late reports"


def asked_in(asked, node: Node, *, published: bool) -> Asked:
    """What the address of a file asks for: two reports, or two sides as the picker writes them."""
    names = ("period", "meaning", "since", "since_meaning")
    reports = reports_of(node, asked.getlist("report"), published=published)
    return Asked(**{name: asked.get(name, "") for name in names}, reports=tuple(reports) if len(reports) > 1 else ())


class ComparisonForm(forms.Form):
    """Two sides, each a period or a day and what it means; a day that is given wins over the period beside it.

    ?period= and ?since= take a day too, as everywhere in the portal; it is then shown in the box for days.
    """

    since = forms.ChoiceField(label="From the period", required=False)
    since_day = forms.CharField(label="Or from the day", required=False, max_length=40)
    since_meaning = forms.ChoiceField(label="Its meaning", required=False)
    period = forms.ChoiceField(label="To the period", required=False)
    period_day = forms.CharField(label="Or to the day", required=False, max_length=40)
    meaning = forms.ChoiceField(label="Its meaning", required=False)

    def __init__(self, asked, *, organisation: Organisation, series: Series | None, published: bool):
        self.organisation = organisation
        begun = Period.objects.filter(organisation=organisation, starts_on__lte=today_for(organisation))
        if series:
            begun = begun.filter(calendar=series.calendar_id)
        periods = dict(begun.order_by("-as_at_on").values_list("slug", "label"))
        said = {name: asked.get(name, "") for name in self.base_fields}
        for name in ("since", "period"):
            if said[name] and said[name] not in periods:
                said[f"{name}_day"] = said[f"{name}_day"] or said[name]
                said[name] = ""
        for name in ("since_meaning", "meaning"):
            if said[name] not in Meaning.values:
                said[name] = Meaning.KNOWN.value
        super().__init__(said)
        then = f"As {'published' if published else 'approved'} then: without what came later"
        for name, usual in (("since", "The report before"), ("period", "Now")):
            self.fields[name].choices = [("", usual), *periods.items()]
            self.fields[f"{name}_day"].help_text = "For example, 31 July 2019"
        for name in ("since_meaning", "meaning"):
            self.fields[name].choices = [(Meaning.KNOWN.value, KNOWN_WORDS), (Meaning.THEN.value, then)]

    def clean_since_day(self) -> str:
        return self._day("since_day")

    def clean_period_day(self) -> str:
        return self._day("period_day")

    def _day(self, name: str) -> str:
        """The day as addresses give it (2019-07-31), empty for none."""
        words = self.cleaned_data[name].strip()
        if not words:
            return ""
        read = parse_written_date(words, day_first=self.organisation.is_day_first)
        if read.precision != Precision.DAY:
            raise ValidationError(f"{words} names no period and no day. Give a day such as 31 July 2019.")
        return read.on.isoformat()

    @property
    def asked(self) -> Asked:
        """What to compare; only of a form that is valid."""
        said = self.cleaned_data
        return Asked(
            period=said["period_day"] or said["period"],
            meaning=said["meaning"],
            since=said["since_day"] or said["since"],
            since_meaning=said["since_meaning"],
        )
