"""Forms of change control: raising, editing, who was made aware, its route, deciding."""

import json
from dataclasses import dataclass

from django import forms

from projects.actions.change_control import change_change, set_awareness
from projects.forms.records import DayInput, RecordForm, line_box, text_box
from projects.models import (
    Benefit,
    Budget,
    ChangeAwareness,
    ChangeRequest,
    ChangeRoute,
    Indicator,
    Issue,
    Node,
    PlanItem,
    Risk,
)

NO_ITEM = "Say what is amended."
NO_DESCRIPTION = "Describe the change."
AWARE_HINT = "When it was made aware, in words, such as 17.7.18 or monthly meeting. Blank: not yet."


@dataclass(frozen=True)
class Touchable:
    """A kind of thing that a change can name.

    `key` is a noted change's key for it, "" where only a baseline of it changes; `named` is how a record names it.
    """

    kind: str
    model: type
    key: str
    named: str
    is_held: bool = False  # to a baseline


TOUCHABLE = {
    each.kind: each
    for each in (
        Touchable("project", Node, "", "Project", is_held=True),
        Touchable("milestones", PlanItem, "plan_item", "Milestone change", is_held=True),
        Touchable("risks", Risk, "risk", "Risk register"),
        Touchable("issues", Issue, "issue", "Issue register"),
        Touchable("benefits", Benefit, "benefit", "Key benefit change", is_held=True),
        Touchable("budgets", Budget, "budget", "Budget change", is_held=True),
        Touchable("indicators", Indicator, "", "Indicator target change", is_held=True),
    )
}


@dataclass(frozen=True)
class Picked:
    """A thing chosen for a change."""

    kind: Touchable
    item: object

    @property
    def token(self) -> str:
        return f"{self.kind.kind}-{self.item.pk}"

    @property
    def title(self) -> str:
        return getattr(self.item, "title", str(self.item))


def items_of(node, *, is_baseline: bool) -> list[Picked]:
    """Everything of a node that a change can name, archived things left out."""
    picked = []
    for kind in TOUCHABLE.values():
        if (kind.is_held if is_baseline else kind.key) and kind.model is not Node:
            picked += [Picked(kind, item) for item in kind.model.objects.filter(node=node, is_archived=False)]
        elif kind.model is Node and is_baseline:
            picked.append(Picked(kind, node))
    return picked


def kind_of(item) -> str:
    """What a thing is: a milestone or a project by its kind, else the name of its table."""
    kinded = isinstance(item, PlanItem | Node)
    return item.get_kind_display() if kinded else str(item._meta.verbose_name).capitalize()


def proposed_words(picked: list[Picked]) -> str:
    """How a change record would name what was picked: "Milestone change: Doors open; Hall let"."""
    lines = []
    for kind in TOUCHABLE.values():
        titles = [each.title for each in picked if each.kind is kind]
        if titles:
            lines.append(f"{kind.named}: {'; '.join(titles)}")
    return "\n".join(lines)


class PickForm(forms.Form):
    """Which things the change touches; it may touch none."""

    item = forms.MultipleChoiceField(
        label="What does it touch?",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="One, several or none.",
    )

    def __init__(self, choices: list[Picked], data=None):
        super().__init__(data)
        self.fields["item"].choices = [
            (
                each.token,
                " ".join(filter(None, (kind_of(each.item), getattr(each.item, "ref", "")))) + f": {each.title}",
            )
            for each in choices
        ]


class ChangeWordsForm(RecordForm):
    """The words of a change, as the change record prints them."""

    prefix_words = "change"
    item_words = text_box("Item amended", rows=2, required=NO_ITEM)
    description = text_box("Description of change", rows=4, required=NO_DESCRIPTION)
    justification = text_box("Justification", rows=3)
    financial_implications = text_box(
        "Financial implications", rows=2, help_text="In words; say none where there are none."
    )
    affects_service_or_policy = forms.BooleanField(
        label="It has an impact on service or policy",
        required=False,
        help_text="A significant change to a service, or any change to a policy of the council.",
    )
    is_exempt = forms.BooleanField(label="Exempt from publication", required=False)
    exempt_paragraph = line_box("Schedule 12A paragraph", max_length=20)
    exempt_reason = text_box("Why it is in the public interest to keep it exempt", rows=2)

    def __init__(self, row: ChangeRequest, *, data=None):
        super().__init__(row, writer=change_change, data=data)
        if row.sort == ChangeRequest.Sort.LOGGED:
            del self.fields["affects_service_or_policy"]  # it decides a route, and nobody decides what is noted


class RaiseForm(ChangeWordsForm):
    """A new change: its words, who has been made aware and, where it is only noted, what was and what is.

    `moved` is {token: (before, after)} of what the reports say has moved, to begin with.
    """

    def __init__(self, row, *, picked: list[Picked], boards, moved=None, data=None):
        self.picked, self.boards, self.moved = picked, boards, moved or {}
        self.is_baseline = row.sort == ChangeRequest.Sort.BASELINE
        super().__init__(row, data=data)

    def shape(self):
        for board in self.boards:
            self.fields[self.aware_name(board)] = forms.CharField(
                label=f"{board} aware", required=False, max_length=200, help_text=AWARE_HINT
            )
        for each in self.picked if not self.is_baseline else ():
            before, after = self.names_of(each)
            self.fields[before] = line_box(f"Before: {each.title}")
            self.fields[after] = line_box(f"After: {each.title}")
        self.base_fields = self.fields  # boxes are told by these; ours are known only now

    @staticmethod
    def aware_name(board) -> str:
        return f"aware_{board.pk}"

    @staticmethod
    def names_of(picked: Picked) -> tuple[str, str]:
        """The boxes of a thing: before and after."""
        return f"before_{picked.token}", f"after_{picked.token}"

    def text_of(self, row, name) -> str:
        if name == "item_words" and not row.item_words:
            return proposed_words(self.picked)
        if hasattr(row, name):
            return super().text_of(row, name)
        side, _, token = name.partition("_")
        return self.moved.get(token, ("", ""))[side == "after"]

    def words_boxes(self):
        return [self.box(name) for name in ChangeWordsForm.base_fields if name in self.fields]

    def aware_boxes(self):
        return [self.box(self.aware_name(board)) for board in self.boards]

    def picked_boxes(self):
        """(thing, its boxes) in the order picked."""
        return [(each, [self.box(name) for name in self.names_of(each)]) for each in self.picked]

    def columns(self) -> dict:
        """The answers that are columns of the change."""
        return {name: self.cleaned_data[name] for name in ChangeWordsForm.base_fields if name in self.cleaned_data}

    def awareness(self) -> dict:
        """{board: words}; blank is chased."""
        return {board: self.cleaned_data[self.aware_name(board)] for board in self.boards}

    def touches(self) -> list[dict]:
        return [
            {
                each.kind.key: each.item,
                "before_words": self.cleaned_data[self.names_of(each)[0]],
                "after_words": self.cleaned_data[self.names_of(each)[1]],
            }
            for each in self.picked
        ]


class AwarenessForm(RecordForm):
    """When one board was made aware, in words; a row of its own begins with version 0."""

    prefix_words = "aware"
    aware_words = line_box("", max_length=200, help_text=AWARE_HINT)

    def __init__(self, change: ChangeRequest, board, entry: ChangeAwareness | None, *, data=None):
        self.board = board
        if entry is None:
            entry = ChangeAwareness(
                organisation_id=change.organisation_id, change_request=change, board=board, version=0
            )
        super().__init__(entry, writer=self._tell, data=data)

    def prefix_of(self, row) -> str:
        return f"{self.prefix_words}-{self.board.pk}"

    def shape(self):
        self.fields["aware_words"].label = self.board.awareness_heading or f"{self.board} aware"

    def _tell(self, row, changes, *, version, by):
        return set_awareness(row.change_request, self.board, changes["aware_words"], version=version, by=by)


class DecisionForm(forms.Form):
    """Approve or reject one step, when and why."""

    outcome = forms.ChoiceField(
        label="Decision",
        choices=[("approve", "Approve"), ("reject", "Reject: the change ends here")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose approve or reject."},
    )
    decided_on = DayInput(label="Decided on", help_text="The day of the meeting, such as 10 July 2019. Blank: today.")
    words = text_box("Reason or minute", rows=3, help_text="Needed where the change is rejected.")
    version = forms.IntegerField(widget=forms.HiddenInput)
    read = forms.CharField(widget=forms.HiddenInput, required=False)  # the words that are decided on
    decisions = forms.IntegerField(widget=forms.HiddenInput, required=False)  # how many there were by then

    def __init__(self, *args, today=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today

    def clean(self):
        answers = super().clean()
        if answers.get("outcome") == "reject" and not answers.get("words"):
            self.add_error("words", "Say why the change is rejected.")
        if self.today and answers.get("decided_on") and answers["decided_on"] > self.today:
            self.add_error("decided_on", "This day has not come yet.")
        return answers

    def words_read(self) -> dict[str, str]:
        """{field: its text} of the change when its page was opened."""
        try:
            said = json.loads(self.cleaned_data["read"])
        except ValueError:
            return {}
        return said if isinstance(said, dict) else {}


class RouteChoiceForm(forms.Form):
    """Another way of decision than the rules choose, and why."""

    route = forms.ModelChoiceField(
        ChangeRoute.objects.none(), label="Route", required=False, empty_label="One decision, recorded by the PMO"
    )
    reason = text_box("Why this route?", rows=3, required="Say why another route than the rules choose.")
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, change: ChangeRequest, data=None):
        super().__init__(data, initial={"route": change.route_id, "version": change.version})
        self.fields["route"].queryset = ChangeRoute.objects.filter(
            organisation_id=change.organisation_id, is_archived=False
        )


class ChasedFilterForm(forms.Form):
    """Which blanks of the record are listed: of one board, and how old at least."""

    board = forms.ModelChoiceField(None, label="Board", required=False, empty_label="Every board")
    days = forms.IntegerField(
        label="Waiting for at least so many days",
        required=False,
        min_value=0,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={"invalid": "Give a number of days.", "min_value": "Give a number of days."},
    )

    def __init__(self, boards, data=None):
        super().__init__(data)
        self.fields["board"].queryset = boards
