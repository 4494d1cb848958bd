"""Forms of scored lists: an agilometer, the criteria of a project's closure."""

from django import forms

from projects.forms.editing import RowForm
from projects.forms.records import text_box


class ScoreForm(RowForm):
    """The score of one factor and what it is based on. `scales` is the list that is scored."""

    score = forms.DecimalField(
        required=False, max_digits=6, decimal_places=2, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    basis = text_box("Basis", rows=2, help_text="What the score goes by.")
    widths = {"score": "5"}
    wide = ("basis",)

    @staticmethod
    def prefix_of(row) -> str:
        return f"factor-{row.factor_id}"

    def shape(self):
        highest = self.scales.highest_score
        self.fields["score"].label = f"Score, 0 to {highest}"
        self.fields["score"].error_messages["invalid"] = "Give the score in figures."
        self.fields["score"].help_text = "Blank: not scored, which is not nought."

    def clean_score(self):
        score, highest = self.cleaned_data["score"], self.scales.highest_score
        if score is not None and not 0 <= score <= highest:
            raise forms.ValidationError(f"Give a score from 0 to {highest}.")
        return score

    @property
    def heading(self) -> str:
        return self.row.factor.label
