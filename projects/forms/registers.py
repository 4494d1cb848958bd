"""Forms of the register pages: every field of a row in groups, and what a thing is for good."""

from itertools import groupby

from django import forms

from projects.actions.indicators import add_indicator
from projects.actions.recommendations import actions_named, change_recommendation, refs_answering, set_answering
from projects.actions.rows import add_row
from projects.actions.writing import save_changes
from projects.forms.editing import (
    BenefitForm,
    IndicatorForm,
    IssueForm,
    MilestoneForm,
    RecommendationForm,
    RiskForm,
    RowForm,
)
from projects.forms.fields import PoundsInput, StatusChoice, WrittenDateInput, words_of_day
from projects.forms.records import DayInput, RecordForm, line_box, text_box
from projects.models import Benefit, Indicator, Issue, PlanItem, PlanItemKind, Subject, Tranche
from projects.rules.references import plain_ref
from projects.rules.tree import ancestors_of

EXEMPT_FIELDS = ("is_exempt", "exempt_paragraph", "exempt_reason", "exempt_until")
EXEMPT_GROUP = ("Kept from the public", EXEMPT_FIELDS)


class RegisterForm(RowForm):
    """The whole row of a register. Its boxes keep their names while a save opens the draft it goes into."""

    is_exempt = forms.BooleanField(label="Exempt from publication", required=False)
    exempt_paragraph = line_box("Schedule 12A paragraph", max_length=20)
    exempt_reason = text_box("Why it is in the public interest to keep it exempt", rows=2)
    exempt_until = DayInput(label="Exempt until", help_text="Blank: without an end.")
    groups: tuple = ()  # (legend, names of the fields) in the order of the page

    @staticmethod
    def prefix_of(row) -> str:
        return "row"

    def text_of(self, row, name) -> str:
        if isinstance(self.fields[name], DayInput):
            return words_of_day(getattr(row, name))
        return super().text_of(row, name)

    @property
    def grouped(self) -> list[tuple]:
        """(legend, runs) of each group that has any fields; a run is (whether its boxes are wide, boxes)."""
        groups = [(legend, [name for name in names if name in self.fields]) for legend, names in self.groups]
        return [
            (legend, [(is_wide, [self.box(name) for name in run]) for is_wide, run in groupby(names, self._is_wide)])
            for legend, names in groups
            if names
        ]

    def _is_wide(self, name) -> bool:
        return isinstance(self.fields[name].widget, forms.Textarea | forms.CheckboxInput)

    def answers(self, row, withheld=()) -> list[tuple]:
        """(label, words, status or None) of every field as a reader sees it, blank ones included."""
        return [
            (
                self.fields[name].label,
                "Not for publication"
                if name in withheld
                else self.words_of(row, name)
                if self.text_of(row, name)
                else "",
                getattr(row, name) if isinstance(self.fields[name], StatusChoice) and name not in withheld else None,
            )
            for _, names in self.groups
            for name in names
            if name in self.fields and name not in EXEMPT_FIELDS
        ]

    def values(self) -> dict:
        """Every answer of a form for a new row, by column."""
        return self.changes(self.fields)

    def add(self, draft, identity: dict, *, by):
        """Put the row into a draft, with the thing it is about."""
        values = {"ref": self.cleaned_data["ref"], **self.values()}
        return add_row(draft, type(self.row), by=by, identity=identity, **values)


RATINGS = {"inherent": "Before controls", "residual": "Residual", "target": "Target"}


def _step(label):
    return forms.TypedChoiceField(label=label, required=False, coerce=int, empty_value=None)


class RiskRegisterForm(RegisterForm, RiskForm):
    """A risk rated by band alone, or by likelihood and impact, from which the band follows."""

    owner_words = line_box("Risk owner", help_text="The post.")
    inherent_likelihood, inherent_impact = _step("Likelihood"), _step("Impact")
    target_likelihood, target_impact = _step("Likelihood"), _step("Impact")
    inherent_band, target_band = StatusChoice(), StatusChoice()
    ratings = tuple(RATINGS)
    status = StatusChoice(label="State")
    timescale_words = line_box("Timescale", max_length=200)
    response = line_box("Response", max_length=40, help_text="Such as reduce, accept, transfer or avoid.")
    proximity_words = line_box("Proximity", max_length=200, help_text="How soon it could happen.")
    last_reviewed = WrittenDateInput(label="Last reviewed")
    comment = text_box("Comment", rows=2)
    groups = (
        ("The risk", ("ref", "title", "impact_text", "owner_words", "status", "proximity_words")),
        *(
            (f"{words} rating", (f"{sort}_likelihood", f"{sort}_impact", f"{sort}_band"))
            for sort, words in RATINGS.items()
        ),
        (
            "What is done about it",
            ("controls", "further_actions", "action_owner_words", "timescale_words", "response"),
        ),
        ("Review", ("review", "last_reviewed", "comment")),
        EXEMPT_GROUP,
    )

    def shape(self):
        super().shape()
        likelihoods, impacts = self.scales.risk_steps
        for sort, words in RATINGS.items():
            self.fields[f"{sort}_likelihood"].label = f"{words}: likelihood"
            self.fields[f"{sort}_impact"].label = f"{words}: impact"
            self.fields[f"{sort}_band"].label = f"{words}: band"
            self.fields[f"{sort}_likelihood"].choices = [("", "Not stated"), *likelihoods]
            self.fields[f"{sort}_impact"].choices = [("", "Not stated"), *impacts]
            chosen = getattr(self.row, f"{sort}_band")
            self.fields[f"{sort}_band"].offer(self.scales.about(Subject.RISK_BAND, chosen))
        states = self.scales.about(Subject.RISK_STATE, self.row.status)
        self.fields["status"].offer(states)
        if not states:
            del self.fields["status"]


class IssueRegisterForm(RegisterForm, IssueForm):
    owner_words = line_box("Owner", help_text="The post.")
    closed_on = DayInput(label="Closed on", help_text="The day it was settled.")
    comment = text_box("Comment", rows=2)
    groups = (
        ("The issue", ("ref", "title", "impact_text", "owner_words")),
        ("How it stands", ("status", "priority", "severity", "closed_on")),
        ("What is done about it", ("action_text", "review", "comment")),
        EXEMPT_GROUP,
    )


class MilestoneRegisterForm(RegisterForm, MilestoneForm):
    owner_words = line_box("Owner", help_text="The post.")
    groups = (
        ("The milestone", ("ref", "title", "owner_words", "interdependencies", "is_critical_path")),
        ("Dates and status", ("start", "finish", "actual", "status", "comment")),
        EXEMPT_GROUP,
    )


class BenefitRegisterForm(RegisterForm, BenefitForm):
    owner_words = line_box("Owner", help_text="The post.")
    brought_forward = PoundsInput(label="Slippage brought forward")
    groups = (
        ("The benefit", ("ref", "title", "owner_words")),
        ("How it stands", ("status", "review", "brought_forward", "comment")),
        EXEMPT_GROUP,
    )


class IndicatorRegisterForm(RegisterForm, IndicatorForm):
    owner_words = line_box("Owner", help_text="The post.")
    groups = (
        ("The indicator", ("ref", "title", "owner_words")),
        ("Its figures in this period", ("actual_words", "target_words", "comparator_words", "status", "comment")),
        EXEMPT_GROUP,
    )

    def shape(self):
        super().shape()
        for name, label in type(self.row).figures.items():
            if name in self.fields:  # reports of two periods stand side by side: the labels name neither
                box = self.fields[name]
                box.help_text = f"Of {box.label.rpartition(' ')[0]}. {box.help_text}".strip()
                box.label = label

    def add(self, draft, identity: dict, *, by):
        """Put the indicator into a draft; its figures wait until its unit is known."""
        said = {"ref": self.cleaned_data["ref"], "title": self.cleaned_data["title"]}
        return add_indicator(draft, by=by, identity={**identity, **said}, **{**said, **self.values()})


class RecommendationRegisterForm(RegisterForm, RecommendationForm):
    owner_words = line_box("Owner", help_text="The post.")
    groups = (
        ("The recommendation", ("ref", "title", "owner_words")),
        ("How it stands", ("status", "progress", "evidence")),
        EXEMPT_GROUP,
    )

    def add(self, draft, identity: dict, *, by):
        """Put the recommendation into a draft, with the actions that answer it."""
        items = identity.pop("plan_items", ())
        row = super().add(draft, identity, by=by)
        set_answering(row.recommendation, items, by=by)
        return row


ROW_FORMS = {
    "recommendations": RecommendationRegisterForm,
    "risks": RiskRegisterForm,
    "issues": IssueRegisterForm,
    "milestones": MilestoneRegisterForm,
    "benefits": BenefitRegisterForm,
    "indicators": IndicatorRegisterForm,
}


# ---- what a thing is, whatever reports say of it ----


class AboutForm(RecordForm):
    """What a thing is for good; saved at once, not in a draft."""

    prefix_words = "about"

    def __init__(self, row, *, data=None):
        super().__init__(row, writer=save_changes, data=data)


class RiskAboutForm(AboutForm):
    category = line_box("Category or work area", max_length=100)
    raised_on = DayInput(label="Raised on")
    is_opportunity = forms.BooleanField(label="An opportunity, not a threat", required=False)


class IssueAboutForm(AboutForm):
    kind = forms.ChoiceField(label="Kind of issue", choices=Issue.IssueKind.choices)
    raised_on = DayInput(label="Raised on")
    raised_by_words = line_box("Raised by", help_text="The post.")


class MilestoneAboutForm(AboutForm):
    kind = forms.ChoiceField(label="Kind", choices=PlanItemKind.choices)
    theme = line_box("Theme", max_length=200)
    tranche_id = forms.TypedChoiceField(label="Tranche", required=False, coerce=int, empty_value=None)
    parent = line_box(
        "Part of", max_length=40, help_text="The reference of the action that it is part of, such as A.8. Blank: none."
    )
    is_significant = forms.BooleanField(
        label="A significant milestone of the whole project",
        required=False,
        help_text="A change of its date goes the longer way of decision.",
    )
    needs_publication = forms.BooleanField(label="The decision needs public notice", required=False)

    def shape(self):
        path = self.row.node.path
        tranches = Tranche.objects.filter(node__path__in=[*ancestors_of(path), path]).order_by("node__depth", "order")
        if tranches:
            self.fields["tranche_id"].choices = [("", "None"), *((str(each.pk), each.name) for each in tranches)]
        else:
            del self.fields["tranche_id"]

    def text_of(self, row, name) -> str:
        if name == "parent":
            return (row.parent.ref or row.parent.title[:40]) if row.parent_id else ""
        return super().text_of(row, name)

    def clean_parent(self):
        words = self.cleaned_data["parent"]
        self.whole = None
        if not words:
            return words
        if self.row.parent_id and words == self.text_of(self.row, "parent"):
            self.whole = self.row.parent
            return words
        named = PlanItem.objects.filter(node=self.row.node, parent=None, is_archived=False).exclude(pk=self.row.pk)
        self.whole = next((item for item in named if plain_ref(item.ref) == plain_ref(words) != ""), None)
        if self.whole is None:
            raise forms.ValidationError(f"No action of {self.row.node} that is whole is known as {words}.")
        if self.row.pk and self.row.children.exists():
            raise forms.ValidationError("It has parts of its own, so it cannot be part of another.")
        return words

    def changes(self, names):
        columns = super().changes([name for name in names if name != "parent"])
        return {**columns, "parent": self.whole} if "parent" in names else columns


class BenefitAboutForm(AboutForm):
    kind = forms.ChoiceField(label="Kind of benefit", choices=Benefit.BenefitKind.choices)
    measure = text_box("How it is measured", rows=2)
    source = text_box("Where the figures come from", rows=2)


class IndicatorAboutForm(AboutForm):
    group = line_box("Group", max_length=200, help_text="The heading it is printed under.")
    unit = forms.ChoiceField(label="Measured in", choices=Indicator.Unit.choices)
    direction = forms.ChoiceField(label="Which way is better", choices=Indicator.Direction.choices)
    tolerance_percent = forms.DecimalField(
        label="Tolerance",
        required=False,
        min_value=0,
        max_digits=6,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        help_text="Per cent of the target within which it is amber. Blank: the organisation's own.",
        error_messages={"invalid": "Give the tolerance in figures, such as 10."},
    )
    accumulates = forms.BooleanField(label="Adds up through the year", required=False)
    pair_key = line_box(
        "Printed together with", max_length=60, help_text="Indicators with the same word here share a row."
    )
    pair_label = line_box("Name within the pair", max_length=60, help_text="Such as Corporate or Schools.")
    comparator = line_box("Compared with", max_length=200, help_text="Such as the lowest quartile of a benchmark.")


class RecommendationAboutForm(AboutForm):
    source = line_box("Source report", required="Say which report made it.", max_length=200)
    made_on = DayInput(label="Made on")
    actions = forms.CharField(
        label="Answered by actions",
        required=False,
        max_length=2000,
        help_text="Their references, such as A.1, B.3. Those of this project and all beneath it are known.",
    )

    def text_of(self, row, name) -> str:
        if name != "actions":
            return super().text_of(row, name)
        return ", ".join(refs_answering(row)) if row.pk else ""

    def clean_actions(self):
        words = self.cleaned_data["actions"]
        found, unknown = actions_named(self.row.node, words)
        if unknown:
            raise forms.ValidationError(f"No action is known as {', '.join(unknown)}.")
        self.answering = found
        return ", ".join(item.ref for item in found)

    def changes(self, names):
        columns = super().changes([name for name in names if name != "actions"])
        return {**columns, "plan_items": self.answering} if "actions" in names else columns

    def write(self, changes, *, version, by):
        return change_recommendation(self.row, changes, version=version, by=by)


ABOUT_FORMS = {
    "recommendations": RecommendationAboutForm,
    "risks": RiskAboutForm,
    "issues": IssueAboutForm,
    "milestones": MilestoneAboutForm,
    "benefits": BenefitAboutForm,
    "indicators": IndicatorAboutForm,
}


# ---- narrowing a register ----


class FilterForm(forms.Form):
    """What a register is narrowed to; it stands in the address."""

    q = forms.CharField(label="Words", required=False, max_length=200)
    status = forms.ChoiceField(required=False)
    project = forms.CharField(label="Project", required=False, max_length=200, help_text="Part of its name.")
    overdue = forms.BooleanField(required=False)

    def __init__(self, register, data=None, *, statuses=(), has_projects=False):
        super().__init__(data)
        self.fields["status"].label = register.status_label
        self.fields["status"].choices = [("", "Any"), ("none", "Not rated"), *statuses]
        self.fields["overdue"].label = register.due_label
        if not register.due:
            del self.fields["overdue"]
        if not has_projects:
            del self.fields["project"]

    def answer(self, name):
        """What is asked of a field; "" where nothing readable is."""
        self.is_valid()
        return self.cleaned_data.get(name) or ""
