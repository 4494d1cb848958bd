"""What the audit trail is narrowed by."""

from django import forms
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType

from projects.models import Node, Organisation


class AuditFilterForm(forms.Form):
    """Who, where, what and when; everything may be left open."""

    person = forms.ModelChoiceField(queryset=get_user_model().objects.none(), required=False, empty_label="Anybody")
    node = forms.ModelChoiceField(queryset=Node.objects.none(), required=False, empty_label="Anywhere", label="Where")
    table = forms.ModelChoiceField(
        queryset=ContentType.objects.none(), required=False, empty_label="Anything", label="What"
    )
    since = forms.DateField(required=False, label="From", help_text="For example 31/7/2019.")
    until = forms.DateField(required=False, label="To", help_text="The day itself is included.")

    def __init__(self, *args, organisation: Organisation, **kwargs):
        super().__init__(*args, **kwargs)
        users = get_user_model().objects.filter(grants__organisation=organisation).distinct()
        self.fields["person"].queryset = users
        self.fields["person"].label_from_instance = lambda user: f"{user} ({user.email})"
        self.fields["node"].queryset = Node.objects.filter(organisation=organisation)
        self.fields["node"].label_from_instance = lambda node: f"{'– ' * (node.depth - 1)}{node.title}"
        tables = [model._meta.model_name for model in apps.get_app_config("projects").get_models()]
        self.fields["table"].queryset = ContentType.objects.filter(
            app_label="projects", model__in=tables
        ) | ContentType.objects.filter(app_label="accounts", model="user")
        self.fields["table"].label_from_instance = lambda table: table.name.capitalize()
