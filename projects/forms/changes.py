"""Forms of change control: raising, editing, who was made aware, deciding."""

from dataclasses import dataclass

from django import forms

from projects.actions.change_control import change_change
from projects.forms.fields import WrittenDateInput
from projects.forms.records import RecordForm, line_box, text_box
from projects.models import Benefit, ChangeRequest, Issue, PlanItem, PlanItemBaseline, Risk
from projects.rules.dates import parse_written_date

NO_ITEM = "Say what is amended."
NO_DESCRIPTION = "Describe the change."
AWARE_HINT = "When it was made aware, in words, such as 17.7.18 or monthly meeting. Blank: not yet."


@dataclass(frozen=True)
class Touchable:
    """A kind of thing that a change can touch: its table, the touch's key for it and how a record names it."""

    kind: str
    model: type
    key: str
    named: str


TOUCHABLE = {
    each.kind: each
    for each in (
        Touchable("milestones", PlanItem, "plan_item", "Milestone change"),
        Touchable("risks", Risk, "risk", "Risk register"),
        Touchable("issues", Issue, "issue", "Issue register"),
        Touchable("benefits", Benefit, "benefit", "Key benefit change"),
    )
}


@dataclass(frozen=True)
class Picked:
    """A thing chosen for a change; `baseline` is what a milestone is held to now, None without one."""

    kind: Touchable
    item: object
    baseline: PlanItemBaseline | None = None

    @property
    def token(self) -> str:
        return f"{self.kind.kind}-{self.item.pk}"


def items_of(node) -> list[Picked]:
    """Everything of a node that a change can touch, archived things left out."""
    in_force = {each.plan_item_id: each for each in PlanItemBaseline.objects.in_force().filter(plan_item__node=node)}
    return [
        Picked(kind, item, in_force.get(item.pk) if kind.key == "plan_item" else None)
        for kind in TOUCHABLE.values()
        for item in kind.model.objects.filter(node=node, is_archived=False)
    ]


def kind_of(item) -> str:
    """What a thing is: a milestone or another item of the plan by its kind, else the name of its table."""
    return item.get_kind_display() if isinstance(item, PlanItem) else str(item._meta.verbose_name).capitalize()


def proposed_words(picked: list[Picked]) -> str:
    """How a change record would name what was picked: "Milestone change: Doors open; Hall let"."""
    lines = []
    for kind in TOUCHABLE.values():
        titles = [each.item.title for each in picked if each.kind is kind]
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
            (each.token, f"{kind_of(each.item)} {each.item.ref}: {each.item.title}".replace(" :", ":"))
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
    is_exempt = forms.BooleanField(label="Exempt from publication", required=False)
    exempt_paragraph = line_box("Schedule 12A paragraph", max_length=20)
    exempt_reason = text_box("Why it is in the public interest to keep it exempt", rows=2)

    def __init__(self, row: ChangeRequest, *, data=None):
        super().__init__(row, writer=change_change, data=data)


class RaiseForm(ChangeWordsForm):
    """A new change: its words, what it does to each thing it touches, and who has been made aware."""

    def __init__(self, row, *, picked: list[Picked], boards, is_baseline, data=None):
        self.picked, self.boards, self.is_baseline = picked, boards, is_baseline
        super().__init__(row, data=data)

    def shape(self):
        for board in self.boards:
            self.fields[self.aware_name(board)] = forms.CharField(
                label=f"{board} aware", required=False, max_length=200, help_text=AWARE_HINT
            )
        for each in self.picked:
            before, after = self.names_of(each)
            if self.is_baseline:
                self.fields[before] = WrittenDateInput(label=f"New start date: {each.item.title}", side="earliest")
                self.fields[after] = WrittenDateInput(label=f"New target date: {each.item.title}")
            else:
                self.fields[before] = line_box(f"Before: {each.item.title}")
                self.fields[after] = line_box(f"After: {each.item.title}")
        self.base_fields = self.fields  # boxes are told by these; ours are known only now

    @staticmethod
    def aware_name(board) -> str:
        return f"aware_{board.pk}"

    @staticmethod
    def names_of(picked: Picked) -> tuple[str, str]:
        """The boxes of a thing: before and after, or new start and new target date."""
        return f"before_{picked.token}", f"after_{picked.token}"

    def text_of(self, row, name) -> str:
        if name == "item_words" and not row.item_words:
            return proposed_words(self.picked)
        return super().text_of(row, name) if hasattr(row, name) else ""

    def words_boxes(self):
        return [self.box(name) for name in ChangeWordsForm.base_fields]

    def aware_boxes(self):
        return [self.box(self.aware_name(board)) for board in self.boards]

    def picked_boxes(self):
        """(thing, its boxes) in the order picked."""
        return [(each, [self.box(name) for name in self.names_of(each)]) for each in self.picked]

    def hint_of(self, name):
        if name.startswith("before_") and self.is_baseline:
            return "Blank: as it is."
        return super().hint_of(name)

    def clean(self):
        answers = super().clean()
        if not self.is_baseline:
            return answers
        if not self.picked:
            raise forms.ValidationError("A change to a baseline names at least one milestone.")
        for each in self.picked:
            start, finish = (answers.get(name) for name in self.names_of(each))
            if not (start and start.text) and not (finish and finish.text):
                self.add_error(self.names_of(each)[1], "Give the new date.")
        return answers

    def columns(self) -> dict:
        """The words of the change, by column."""
        return {
            name: self.cleaned_data[name]
            for name in ("item_words", "description", "justification", "financial_implications")
        }

    def exempt_columns(self) -> dict:
        return {name: self.cleaned_data[name] for name in ("is_exempt", "exempt_paragraph", "exempt_reason")}

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

    def baselines(self) -> list[PlanItemBaseline]:
        """The proposed versions: a date left blank stays as it is."""
        proposed = []
        for each in self.picked:
            start, finish = (self.cleaned_data[name] for name in self.names_of(each))
            now = each.baseline
            row = PlanItemBaseline(plan_item=each.item, tranche=now.tranche if now else None)
            row.start = start if start.text else parse_written_date(now.start_words if now else "")
            row.finish = finish if finish.text else parse_written_date(now.finish_words if now else "")
            proposed.append(row)
        return proposed


class AwarenessForm(forms.Form):
    """When each board was made aware, in words."""

    def __init__(self, boards, entries: dict, data=None):
        """`entries` is {board id: its ChangeAwareness}."""
        super().__init__(data)
        self.boards, self.entries = boards, entries
        for board in boards:
            entry = entries.get(board.pk)
            self.fields[f"board_{board.pk}"] = forms.CharField(
                label=board.awareness_heading or f"{board} aware",
                required=False,
                max_length=200,
                help_text=AWARE_HINT,
                initial=entry.aware_words if entry else "",
            )

    def changed(self) -> list[tuple]:
        """(board, words) of the boards whose words differ from the record."""
        told = []
        for board in self.boards:
            words = self.cleaned_data[f"board_{board.pk}"]
            entry = self.entries.get(board.pk)
            if words != (entry.aware_words if entry else ""):
                told.append((board, words))
        return told


class DecisionForm(forms.Form):
    """Approve or reject, and why."""

    outcome = forms.ChoiceField(
        label="Decision",
        choices=[("approve", "Approve: the proposed dates come into force"), ("reject", "Reject")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose approve or reject."},
    )
    words = text_box("Reason", rows=3, help_text="Needed where the change is rejected.")
    version = forms.IntegerField(widget=forms.HiddenInput)

    def clean(self):
        answers = super().clean()
        if answers.get("outcome") == "reject" and not answers.get("words"):
            self.add_error("words", "Say why the change is rejected.")
        return answers
