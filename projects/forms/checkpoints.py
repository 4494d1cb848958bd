"""Proposing a change in a checkpoint report."""

from django import forms

from projects.forms.fields import WrittenDateInput
from projects.forms.records import text_box
from projects.models import PlanItem, PlanItemBaseline, PlanItemUpdate, ProposedChange, Report

About = ProposedChange.About


class ProposeForm(forms.Form):
    """A change that a report proposes: what, why, and the action whose date it moves, if it moves one."""

    about = forms.ChoiceField(
        label="What is the change to?",
        choices=About.choices,
        widget=forms.RadioSelect,
        help_text="A significant change to a service and any change of policy go to the board and beyond.",
        error_messages={"required": "Say whether the plan changes, or a service or policy."},
    )
    item_words = text_box("What is to change", rows=2, required="Say what is to change.")
    description = text_box("The change proposed", rows=4, required="Describe the change.")
    justification = text_box("Why it is necessary", rows=4, required="Give the reasons: whoever decides reads them.")
    action = forms.ModelChoiceField(
        PlanItem.objects.none(),
        label="Action whose date moves",
        required=False,
        empty_label="None",
        help_text="Only where the change moves the date of one.",
    )
    finish = WrittenDateInput(label="New due date")

    def __init__(self, report: Report, data=None):
        super().__init__(data)
        organisation = report.organisation
        self.fields["finish"].day_first = organisation.is_day_first
        self.fields["finish"].fy_start_month = organisation.financial_year_start
        self.fields["finish"].help_text = "In words, such as January 2010."
        told = PlanItemUpdate.objects.of(report).present()
        self.fields["action"].queryset = PlanItem.objects.filter(pk__in=told.values("plan_item")).order_by("pk")

    def clean(self):
        answers = super().clean()
        action, finish = answers.get("action"), answers.get("finish")
        if action and finish and not finish.text:
            self.add_error("finish", "Give the new date, or choose no action.")
        if finish and finish.text and not action:
            self.add_error("action", "Choose the action whose date this is.")
        return answers

    @property
    def affects_service_or_policy(self) -> bool:
        return self.cleaned_data["about"] == About.SERVICE

    def words(self) -> dict[str, str]:
        """What the request says, by column."""
        return {name: self.cleaned_data[name] for name in ("item_words", "description", "justification")}

    def baselines(self) -> list[PlanItemBaseline]:
        """The unsaved version of the action's dates; its start and tranche stay as they are held to."""
        action = self.cleaned_data["action"]
        if action is None:
            return []
        held = PlanItemBaseline.objects.in_force().filter(plan_item=action).first()
        kept = {f"start_{part}": value for part, value in held.start.items()} if held else {}
        tranche = held.tranche if held else action.tranche
        finish = PlanItemBaseline.finish.values(self.cleaned_data["finish"])
        return [PlanItemBaseline(plan_item=action, tranche=tranche, **kept, **finish)]
