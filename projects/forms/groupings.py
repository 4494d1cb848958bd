"""Forms of what stands beside the tree: other names of its nodes, groupings of a document, tranches of a plan."""

from django import forms

from projects.forms.committees import DOCUMENTS
from projects.forms.fields import WrittenDateInput
from projects.forms.settings import SettingForm
from projects.models import Grouping, GroupingMember, Node, NodeAlias, Tranche


def document_words(name: str) -> str:
    """What a document is called, by its name in addresses; a name there is no document for stands as it is."""
    return dict(DOCUMENTS).get(name, name)


class OfNodeForm(SettingForm):
    """A form with a box for a node: any in use, indented as the tree has it."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "node" in self.fields:
            self.fields["node"].label_from_instance = lambda node: f"{'– ' * (node.depth - 1)}{node.title}"


class PrintedInForm(SettingForm):
    """A form with a box for a document: those drawn from reports, and whatever stands already."""

    document = forms.ChoiceField(label="Document")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        known = dict(DOCUMENTS)
        standing = self.instance.document
        if standing and standing not in known:
            known[standing] = standing
        anywhere = [] if self.fields["document"].required else [("", "Any document")]
        self.fields["document"].choices = [*anywhere, *known.items()]


class AliasForm(PrintedInForm, OfNodeForm):
    document = forms.ChoiceField(
        label="Printed in", required=False, help_text="Where this name stands in place of the title."
    )

    class Meta:
        model = NodeAlias
        fields = ["node", "printed_as", "document"]
        labels = {"node": "Other name of", "printed_as": "Name as printed"}
        help_texts = {"printed_as": "Workbooks that use this name are read as speaking of the same node."}


class GroupingForm(PrintedInForm):
    document = forms.ChoiceField(label="In the document", help_text="Which document lists the group.")

    class Meta:
        model = Grouping
        fields = ["title", "document", "order"]


class GroupedForm(OfNodeForm):
    above = ("grouping",)

    class Meta:
        model = GroupingMember
        fields = ["node", "order"]


class TrancheForm(OfNodeForm):
    due = WrittenDateInput(label="To be done by", help_text="As it is said: 1 April 2023, Spring 2023.")

    class Meta:
        model = Tranche
        fields = ["node", "name", "order"]
        labels = {"node": "Tranche of"}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["due"] = self.instance.due_words
        self.fields["due"].day_first = self.organisation.is_day_first

    def answers(self):
        return self._with_columns(super().answers())

    def changes(self):
        return self._with_columns(super().changes())

    def _with_columns(self, answers):
        if "due" in answers:
            answers |= Tranche.due.values(answers.pop("due"))
        return answers


class FindForm(forms.Form):
    """Which nodes to choose from: all, those beneath one, those with words in the title."""

    words = forms.CharField(label="Words in the title", required=False)
    beneath = forms.ModelChoiceField(Node.objects.none(), label="Beneath", required=False, empty_label="The whole tree")

    def __init__(self, data, *, organisation):
        super().__init__(data)
        nodes = Node.objects.filter(organisation=organisation).in_use()
        parents = nodes.filter(pk__in=nodes.exclude(parent=None).values("parent"))
        self.fields["beneath"].queryset = parents
        self.fields["beneath"].label_from_instance = lambda node: f"{'– ' * (node.depth - 1)}{node.title}"

    def found(self, nodes):
        """The nodes that fit; all of them while the boxes cannot be read."""
        if not self.is_valid():
            return nodes
        if words := self.cleaned_data["words"].strip():
            nodes = nodes.filter(title__icontains=words)
        if above := self.cleaned_data["beneath"]:
            nodes = nodes.beneath(above).exclude(pk=above.pk)
        return nodes
