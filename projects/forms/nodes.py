"""Forms for the tree: a node's own details, and the place it is moved to."""

from django import forms
from django.utils.text import slugify

from projects.actions.nodes import RANKS
from projects.forms.series import FOR_COMMITTEES
from projects.forms.settings import SettingForm
from projects.models import Calendar, Node, NodeKind, ReportTemplate


class NodeForm(SettingForm):
    """What a node is. The council's own keeps its kind and its address.

    A node that does not report yet may begin to: `reporting` is the template and the calendar, both or neither.
    """

    template = forms.ModelChoiceField(
        ReportTemplate.objects.exclude(document__in=FOR_COMMITTEES),
        required=False,
        label="Reports on",
        help_text="Leave blank if it makes no reports.",
    )
    calendar = forms.ModelChoiceField(Calendar.objects.all(), required=False, label="Reports by the calendar")

    class Meta:
        model = Node
        fields = [
            "title",
            "kind",
            "slug",
            "reference",
            "description",
            "tier",
            "lead_post",
            "sponsor_post",
            "board",
            "labels",
            "order",
            "is_exempt",
            "exempt_paragraph",
            "exempt_reason",
            "exempt_until",
        ]
        labels = {
            "slug": "Address",
            "lead_post": "Led by",
            "sponsor_post": "Sponsored by",
            "is_exempt": "Kept from the public",
            "exempt_until": "Kept from the public until",
        }
        widgets = {
            "description": forms.Textarea(attrs={"rows": 3}),
            "exempt_reason": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts = {
            "slug": "Small letters, figures and hyphens; left blank it is made from the title."
            " Old addresses stop working when it changes."
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk and self.instance.parent_id is None:
            del self.fields["kind"], self.fields["slug"]
        else:
            lowest = RANKS[NodeKind(self.instance.parent.kind)]
            self.fields["kind"].choices = [
                (kind.value, kind.label) for kind in NodeKind if kind != NodeKind.ORGANISATION and RANKS[kind] >= lowest
            ]
            self.fields["slug"].required = False
        if not self.fields["labels"].queryset.exists():
            del self.fields["labels"]
        if self.instance.pk and self.instance.headline_series_id:
            del self.fields["template"], self.fields["calendar"]

    def clean_slug(self):
        return self.cleaned_data["slug"] or slugify(self.cleaned_data.get("title", ""))[:80].strip("-")

    def clean(self):
        cleaned = super().clean()
        if "template" in self.fields and bool(cleaned.get("template")) != bool(cleaned.get("calendar")):
            missing = "calendar" if cleaned.get("template") else "template"
            self.add_error(missing, "Choose both what it reports on and the calendar it reports by, or neither.")
        return cleaned

    @property
    def reporting(self) -> tuple[ReportTemplate, Calendar] | None:
        """The template and the calendar that the node begins to report by; None where it does not."""
        template, calendar = self.cleaned_data.get("template"), self.cleaned_data.get("calendar")
        return (template, calendar) if template and calendar else None

    def answers(self):
        return {name: value for name, value in super().answers().items() if name in self._meta.fields}

    def changes(self):
        return {name: value for name, value in super().changes().items() if name in self._meta.fields}


class MoveForm(forms.Form):
    """Where a node is to stand: any node in use that is not it or beneath it."""

    to = forms.ModelChoiceField(queryset=Node.objects.none(), label="Move it beneath", empty_label="Choose one")

    def __init__(self, *args, node: Node, **kwargs):
        super().__init__(*args, **kwargs)
        beneath = Node.objects.beneath(node).values("pk")
        self.fields["to"].queryset = (
            Node.objects.filter(organisation=node.organisation).in_use().exclude(pk__in=beneath)
        )
        self.fields["to"].label_from_instance = lambda each: f"{'– ' * (each.depth - 1)}{each.title}"


class ArchiveForm(forms.Form):
    reason = forms.CharField(label="Why it is archived", widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)


class RestoreForm(forms.Form):
    with_all_beneath = forms.BooleanField(label="And everything archived beneath it", required=False)
