"""Forms of a committee's work programme: a line, why it changes, and why it is taken out."""

from django import forms

from projects.actions.work_programme import change_line
from projects.forms.fields import WrittenDateInput
from projects.forms.records import DayInput, RecordForm, line_box, text_box
from projects.models import Meeting, Resolution, WorkProgrammeItem
from projects.work_programme import meeting_day


class LineForm(RecordForm):
    """A line of the work programme. `meetings` are those of its board that it can stand under."""

    prefix_words = "line"
    widths = {"title": "full", "summary": "full", "lead_officer_words": "full", "author_words": "full"}

    title = line_box("Report title", required="Give the report a title.")
    summary = text_box("Brief summary of the agenda item", rows=3)
    meeting = forms.ChoiceField(label="Meeting", required=False)
    when = WrittenDateInput(
        label="When, where there is no meeting yet", help_text="A date; words such as Spring 2019 will do."
    )
    lead_officer_words = line_box("Lead officer", help_text="The post.")
    author_words = line_box("Report author", help_text="The post; TBC while it is not known.")
    is_key_decision = forms.BooleanField(
        label="This is a key decision", required=False, help_text="Its notice is published 28 clear days before."
    )
    notice_on = DayInput(label="Notice published on", help_text="Such as 7 December 2018.")
    is_exempt = forms.BooleanField(label="This line is exempt from publication", required=False)
    exempt_paragraph = line_box("Schedule 12A paragraph", max_length=20)
    exempt_reason = text_box("Why it is in the public interest to keep it exempt", rows=2)

    def __init__(self, row, meetings: list[Meeting], *, reason: str = "", data=None):
        self.meetings = {str(meeting.pk): meeting for meeting in meetings}
        self.reason = reason
        super().__init__(row, writer=self._write, data=data)

    def shape(self):
        named = [(key, meeting_day(meeting)) for key, meeting in self.meetings.items()]
        self.fields["meeting"].choices = [("", "No meeting yet"), *named]

    def _write(self, row, changes, *, version, by):
        return change_line(row, changes, version=version, by=by, reason=self.reason)

    def text_of(self, row, name) -> str:
        if name == "meeting":
            return str(row.meeting_id or "")
        return super().text_of(row, name)

    def clean_meeting(self) -> Meeting | None:
        return self.meetings.get(self.cleaned_data["meeting"])

    def clean(self):
        answers = super().clean()
        if "meeting" in answers and not answers["meeting"] and "when" in answers and not answers["when"].text:
            self.add_error("meeting", "Choose a meeting, or say below when the report is expected.")
        if answers.get("is_exempt") and not answers.get("exempt_paragraph"):
            self.add_error("exempt_paragraph", "Name the paragraph of Schedule 12A that keeps it from the public.")
        return answers


class WhyForm(forms.Form):
    """Why a line is added or changed, for the audit trail, and the resolution that asked for it."""

    reason = line_box("Why", help_text="For the audit trail.")
    resolution = forms.ModelChoiceField(
        label="By resolution", queryset=Resolution.objects.none(), required=False, empty_label="None"
    )

    def __init__(self, board, data=None):
        super().__init__(data, prefix="why")
        self.fields["resolution"].queryset = (
            Resolution.objects.filter(meeting__board=board).select_related("meeting").order_by("-meeting__starts_at")
        )
        self.fields["resolution"].label_from_instance = lambda resolution: (
            f"{resolution.number}, {meeting_day(resolution.meeting)}"
        )


class RemoveLineForm(forms.Form):
    """Why a line is taken out."""

    reason = text_box("Why it is taken out", rows=3, required="Say why the line is taken out.")


def new_line(board) -> WorkProgrammeItem:
    """An unsaved line for the form of another one."""
    return WorkProgrammeItem(organisation=board.organisation, board=board)
