"""Forms of the dependency map and of a scrutiny committee's forward plan."""

from collections.abc import Iterable

from django import forms

from projects.actions.forward_plan import change_plan, change_query
from projects.forms.records import DayInput, RecordForm, line_box, text_box
from projects.models import Board, ForwardPlan, ForwardPlanQuery, ForwardPlanValidation, Node, PlanItem, Tranche
from projects.rules.tree import ancestors_of

Choice = tuple[str, list[tuple[str, str]]]  # a heading and the (value, words) under it
NOTHING = [("", "Choose")]


class DependencyForm(forms.Form):
    """One thing waits for another, or for something that is not in the record and is named in words."""

    item = forms.ChoiceField(label="What waits", error_messages={"required": "Choose what waits."})
    needed = forms.ChoiceField(label="What it waits for", required=False)
    words = line_box(
        "Or, where the record does not have it, in words",
        max_length=200,
        help_text="It is shown as broken until it is in a plan.",
    )
    comment = text_box("Why", rows=2)

    def __init__(self, items: dict[str, PlanItem], waiting: list[Choice], needed: list[Choice], data=None):
        super().__init__(data)
        self.items = items
        self.fields["item"].choices = [*NOTHING, *waiting]
        self.fields["needed"].choices = [("", "Something else"), *needed]

    def clean(self):
        answers = super().clean()
        named, words = answers.get("needed"), answers.get("words", "").strip()
        if "needed" not in self.errors and bool(named) == bool(words):
            said = (
                "Choose one of the list or give words, not both." if named else "Choose what it waits for, or say it."
            )
            self.add_error("needed", said)
        if named and named == answers.get("item"):
            self.add_error("needed", "A thing cannot wait for itself. Choose another one.")
        return answers

    @property
    def chosen(self) -> tuple[PlanItem, PlanItem | None, str]:
        """What waits, what for, and the words for it."""
        answers = self.cleaned_data
        return self.items[answers["item"]], self.items.get(answers["needed"]), answers["words"].strip()


class PlanForm(RecordForm):
    """What a forward plan says of itself, and what it is drawn from."""

    prefix_words = "plan"
    widths = {"key_points": "full", "ask": "full"}

    board_id = forms.TypedChoiceField(
        label="Committee", coerce=int, error_messages={"required": "Choose the committee."}
    )
    tranche_id = forms.TypedChoiceField(
        label="Critical milestones of",
        required=False,
        coerce=int,
        empty_value=None,
        help_text="Decision points are always in the plan.",
    )
    key_points = text_box("Key points", rows=5, help_text="A blank line between paragraphs.")
    ask = text_box("Asked of the committee", rows=3)

    def __init__(self, row: ForwardPlan, *, data=None):
        super().__init__(row, writer=change_plan, data=data)

    def shape(self):
        node = self.row.node
        boards = Board.objects.filter(organisation=node.organisation_id, is_archived=False).order_by("order", "name")
        self.fields["board_id"].choices = [*NOTHING, *((str(each.pk), each.name) for each in boards)]
        tranches = Tranche.objects.filter(node__path__in=[*ancestors_of(node.path), node.path]).order_by("order")
        self.fields["tranche_id"].choices = [("", "Every tranche"), *((str(each.pk), each.name) for each in tranches)]


class ValidationForm(forms.Form):
    """Who validated the dates of the lines that are ticked, and when."""

    items = forms.MultipleChoiceField(
        label="Lines", error_messages={"required": "Tick the lines whose dates were validated."}
    )
    validator = forms.ChoiceField(
        label="On behalf of",
        choices=[*NOTHING, *ForwardPlanValidation.Validator.choices],
        error_messages={"required": "Say on whose behalf."},
    )
    validated_by = line_box(
        "Validated by", required="Give the post that validated them.", max_length=200, help_text="The post."
    )
    validated_on = DayInput(label="Validated on", help_text="Such as 7 July 2022.")

    def __init__(self, lines: Iterable, data=None):
        super().__init__(data)
        self.lines = list(lines)
        self.fields["items"].choices = [(str(line.row.plan_item_id), line.row.title) for line in self.lines]

    def clean_validated_on(self):
        if (day := self.cleaned_data["validated_on"]) is None:
            raise forms.ValidationError("Give the day.")
        return day

    @property
    def chosen(self) -> list[PlanItem]:
        ticked = set(self.cleaned_data["items"])
        return [line.row.plan_item for line in self.lines if str(line.row.plan_item_id) in ticked]


class QueryForm(RecordForm):
    """A query about the plan, and what settled it."""

    prefix_words = "query"
    widths = {"text": "full", "answer": "full"}

    node_id = forms.TypedChoiceField(label="About", coerce=int, error_messages={"required": "Choose what it is about."})
    text = text_box("Query", rows=3, required="Say what must be settled.")
    raised_on = DayInput(label="Raised on")
    settled_on = DayInput(label="Settled on", help_text="Blank while it is outstanding.")
    answer = text_box("How it was settled", rows=3)

    def __init__(self, row: ForwardPlanQuery, *, data=None):
        super().__init__(row, writer=change_query, data=data)

    def shape(self):
        nodes = Node.objects.beneath(self.row.plan.node).in_use().order_by("path")
        self.fields["node_id"].choices = [*NOTHING, *((str(each.pk), each.title) for each in nodes)]

    def clean(self):
        answers = super().clean()
        raised, settled = answers.get("raised_on"), answers.get("settled_on")
        if raised and settled and settled < raised:
            self.add_error("settled_on", "This is before it was raised.")
        return answers
