"""Which reports a node begins to make."""

from django import forms

from projects.forms.committees import KINDS_OF_REPORT
from projects.models import Calendar, Node, ReportTemplate

# Written by whoever writes papers for committees, and no series of a node.
FOR_COMMITTEES = tuple(document for document, _ in KINDS_OF_REPORT)


class SeriesForm(forms.Form):
    template = forms.ModelChoiceField(ReportTemplate.objects.none(), label="Reports on", empty_label="Choose one")
    calendar = forms.ModelChoiceField(
        Calendar.objects.none(),
        label="Reports by the calendar",
        empty_label="Choose one",
        help_text="It says how often, and by when.",
    )

    def __init__(self, *args, node: Node, **kwargs):
        super().__init__(*args, **kwargs)
        own = {"organisation": node.organisation_id, "is_archived": False}
        self.fields["template"].queryset = ReportTemplate.objects.filter(**own).exclude(document__in=FOR_COMMITTEES)
        self.fields["calendar"].queryset = Calendar.objects.filter(**own)
        self.fields["calendar"].label_from_instance = lambda one: f"{one} ({one.get_cadence_display().lower()})"
