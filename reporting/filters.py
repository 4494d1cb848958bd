"""What a person may ask of a list; the choice stands in the address."""

from django import forms
from django.http import HttpRequest

from projects.models import Tier
from projects.rules.kinds import Kind
from projects.templatetags.portal import query_string
from reporting.queries import PortfolioFilter

KINDS = [("", "Any status"), *((kind.value, kind.label) for kind in Kind)]


class PortfolioFilterForm(forms.Form):
    """The filters of the portfolio. Nothing is required, and what cannot be understood asks for everything."""

    words = forms.CharField(label="Words in the title", required=False, max_length=100)
    kind = forms.ChoiceField(label="Status", choices=KINDS, required=False)
    tier = forms.ChoiceField(label="Tier", required=False)
    lead = forms.CharField(label="Project lead (post)", required=False, max_length=100)
    exceptions = forms.BooleanField(label="At risk or off track only", required=False)
    missing = forms.BooleanField(label="Not reported this period only", required=False)

    def __init__(self, *args, tiers: list[Tier], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["tier"].choices = [("", "Any tier"), *((tier.code, tier.label) for tier in tiers)]
        if not tiers:
            del self.fields["tier"]

    @property
    def asked(self) -> PortfolioFilter:
        """The filter as the query takes it."""
        said = self.cleaned_data if self.is_valid() else {}
        return PortfolioFilter(
            words=said.get("words", ""),
            kind=said.get("kind", ""),
            tier=said.get("tier", ""),
            lead=said.get("lead", ""),
            only_exceptions=said.get("exceptions", False),
            only_missing=said.get("missing", False),
        )

    def chosen(self, request: HttpRequest) -> list[dict]:
        """Each filter that is set, in words, with the address that removes it."""
        said = self.cleaned_data if self.is_valid() else {}
        words = []
        for name, value in said.items():
            if not value:
                continue
            field = self.fields[name]
            label = field.label
            if isinstance(field, forms.ChoiceField):
                label = f"{label}: {dict(field.choices)[value]}"
            elif not isinstance(field, forms.BooleanField):
                label = f"{label}: {value}"
            words.append({"label": label, "url": query_string(request, **{name: None})})
        return words
