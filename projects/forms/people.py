"""Forms for people and the roles they hold."""

from django import forms
from django.contrib.auth import get_user_model

from projects.actions.writing import version_of
from projects.models import Board, Grant, Node, Organisation
from projects.models.people import ROLES

ROLE_HELP = (
    "Officer edits drafts; sponsor signs off; PMO approves, imports and keeps registers; director reads and exports; "
    "administrator keeps settings and people; member reads what is published and exempt; reader what is published."
)


class PersonForm(forms.ModelForm):
    """How a person is known."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = get_user_model()
        fields = ["post"]

    def __init__(self, *args, organisation=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["version"] = version_of(self.instance)
        self.fields["post"].required = True


class RoleForm(forms.Form):
    """A role on a node of one council, with dates and, for a deputy, whom they stand in for."""

    role = forms.ChoiceField(choices=[("", "Choose one"), *ROLES], help_text=ROLE_HELP)
    node = forms.ModelChoiceField(
        queryset=Node.objects.none(),
        label="Where",
        empty_label=None,
        help_text="The role holds there and for everything beneath it.",
    )
    board = forms.ModelChoiceField(
        queryset=Board.objects.none(),
        required=False,
        empty_label="None",
        help_text="For a member: the committee whose exempt items they may read.",
    )
    deputy_for = forms.ModelChoiceField(
        queryset=get_user_model().objects.none(),
        required=False,
        empty_label="Nobody: the role is their own",
        label="Deputy for",
        help_text="A deputy holds the other person's role until the last day.",
    )
    starts_on = forms.DateField(required=False, label="First day", help_text="For example 31/7/2019. Blank: at once.")
    ends_on = forms.DateField(required=False, label="Last day", help_text="Blank: until it is ended.")

    def __init__(self, *args, organisation: Organisation, **kwargs):
        super().__init__(*args, **kwargs)
        nodes = self.fields["node"]
        nodes.queryset = Node.objects.filter(organisation=organisation).in_use()
        nodes.label_from_instance = lambda node: f"{'– ' * (node.depth - 1)}{node.title}"
        self.fields["board"].queryset = Board.objects.filter(organisation=organisation, is_archived=False)
        self.fields["deputy_for"].queryset = (
            get_user_model().objects.filter(grants__organisation=organisation).distinct()
        )
        self.fields["deputy_for"].label_from_instance = lambda user: f"{user} ({user.email})"


class NewPersonForm(RoleForm):
    """A person and their first role; where the address has an account already, only the role is added."""

    email = forms.EmailField(
        label="E-mail address", help_text="Used to sign in. If there is an account with it, the role is added to it."
    )
    post = forms.CharField(max_length=150, help_text='As printed, for example "Head of Housing".')

    field_order = ["email", "post", "role", "node", "board", "deputy_for", "starts_on", "ends_on"]


class RoleDatesForm(forms.ModelForm):
    """The days on which a role holds."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Grant
        fields = ["starts_on", "ends_on"]
        labels = {"starts_on": "First day", "ends_on": "Last day"}

    def __init__(self, *args, organisation=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.instance.version

    def clean(self):
        cleaned = super().clean()
        first, last = cleaned.get("starts_on"), cleaned.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", "The last day is before the first.")
        return cleaned


class PeopleFilterForm(forms.Form):
    """Narrow the list of people."""

    words = forms.CharField(required=False, label="Post or address")
    role = forms.ChoiceField(required=False, choices=[("", "Any"), *ROLES])
    state = forms.ChoiceField(
        required=False, choices=[("", "Can sign in"), ("closed", "Account closed"), ("all", "All")], label="Account"
    )
