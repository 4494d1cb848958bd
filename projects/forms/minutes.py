"""Forms of the minutes of a meeting: attendance, items, resolutions; all on one page."""

import re
from datetime import datetime, time

from django import forms
from django.utils import timezone

from projects.actions.minutes import change_item, change_resolution, record_attendance
from projects.forms.committees import refuse_exempt_without_why
from projects.forms.records import DayInput, RecordForm, line_box, text_box
from projects.models import CommitteeReport, Meeting, Node

EXEMPT = ("is_exempt", "exempt_paragraph", "exempt_reason", "exempt_until")
ABSENT = re.compile(r"\s*\((absent|a)\)\s*$", re.IGNORECASE)


class ClockInput(forms.CharField):
    """A time of day: 11:50, 11.50 am, 2 pm. Cleans to a time; blank is None."""

    def __init__(self, **kwargs):
        super().__init__(max_length=20, required=False, **kwargs)

    def clean(self, value) -> time | None:
        words = super().clean(value).strip().lower()
        if not words:
            return None
        said = re.fullmatch(r"(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?", words)
        if not said:
            raise forms.ValidationError("Give the time such as 11:50 or 2.15 pm.")
        hour, minute, half = int(said[1]), int(said[2] or 0), said[3]
        if half and not 1 <= hour <= 12:
            raise forms.ValidationError("Give the time such as 11:50 or 2.15 pm.")
        if half:
            hour = hour % 12 + (12 if half == "pm" else 0)
        try:
            return time(hour, minute)
        except ValueError:
            raise forms.ValidationError("Give the time such as 11:50 or 2.15 pm.") from None


class MeetingForm(RecordForm):
    """Who was there, and when the meeting closed."""

    prefix_words = "meeting"
    widths = {"attendance": "full", "place": "full"}

    attendance = text_box(
        "Attendance",
        rows=8,
        help_text="One a line: a group, a colon, the post. Posts, not names. (absent) at the end where they were not"
        " there. Such as Councillors: Chairman.",
    )
    place = line_box("Place", max_length=200)
    ended_at = ClockInput(
        label="The meeting closed at",
        help_text="Such as 11:50. Once it is given, readers see the minutes.",
    )

    def __init__(self, row: Meeting, *, data=None):
        super().__init__(row, writer=record_attendance, data=data)

    def text_of(self, row, name) -> str:
        if name == "attendance":
            return "\n".join(f"{group}: {who}{' (absent)' if absent else ''}" for group, who, absent in row.attendance)
        if name == "ended_at":
            return f"{timezone.localtime(row.ended_at):%H:%M}" if row.ended_at else ""
        return super().text_of(row, name)

    def clean_attendance(self) -> list[list]:
        """[group, who, absent] of each line."""
        rows = []
        for line in filter(str.strip, self.cleaned_data["attendance"].splitlines()):
            group, _, who = (part.strip() for part in line.partition(":"))
            is_absent = bool(ABSENT.search(who))
            who = ABSENT.sub("", who)
            if not group or not who:
                raise forms.ValidationError(f"Write a group, a colon and a post: {line.strip()}")
            rows.append([group, who, is_absent])
        return rows

    def clean_ended_at(self) -> datetime | None:
        at = self.cleaned_data["ended_at"]
        starts_at = timezone.localtime(self.row.starts_at)
        if at is None:
            return None
        ended_at = timezone.make_aware(datetime.combine(starts_at.date(), at))
        if ended_at < starts_at:
            raise forms.ValidationError(f"The meeting began at {starts_at:%H:%M}: it closed later than that.")
        return ended_at


def report_box():
    """Which report an item was about: its resolutions then stand with the report."""
    return forms.ModelChoiceField(
        label="Report",
        queryset=CommitteeReport.objects.none(),
        required=False,
        empty_label="About no report",
        help_text="An item about an exempt report is kept from the public with it.",
    )


class ItemForm(RecordForm):
    """An item of the minutes."""

    prefix_words = "item"
    widths = {"heading": "full", "text": "full"}

    number = line_box("Number", max_length=10)
    heading = line_box("Heading", required="Give the item a heading.")
    committee_report = report_box()
    text = text_box("What was discussed", rows=3)
    is_exempt = forms.BooleanField(label="This item and its resolutions are exempt from publication", required=False)
    exempt_paragraph = line_box("Schedule 12A paragraph", max_length=20)
    exempt_reason = text_box("Why it is in the public interest to keep it exempt", rows=2)
    exempt_until = DayInput(label="Exempt until", help_text="Blank: until somebody lifts it.")

    def __init__(self, row, *, data=None):
        super().__init__(row, writer=change_item, data=data)
        self.fields["committee_report"].queryset = CommitteeReport.objects.filter(meeting=row.meeting_id)
        self.resolutions = [ResolutionForm(each, data=data) for each in row.resolutions.all()]
        self.new_resolution = NewResolutionForm(row, data)

    def text_of(self, row, name) -> str:
        if name == "committee_report":
            return str(row.committee_report_id or "")
        return super().text_of(row, name)

    def clean(self):
        answers = super().clean()
        refuse_exempt_without_why(self, answers)
        return answers

    @property
    def boxes_said(self):
        return [self.box(name) for name in ("number", "heading", "committee_report", "text")]

    @property
    def boxes_exempt(self):
        return [self.box(name) for name in EXEMPT]

    @property
    def is_exempt_shown(self) -> bool:
        """Whether the boxes about exemption are worth showing open."""
        return self.row.is_exempt or any(box.bound.errors for box in self.boxes_exempt)

    @property
    def remove_name(self) -> str:
        return f"remove-item-{self.row.pk}"


class ResolutionForm(RecordForm):
    """A resolution on an item."""

    prefix_words = "resolution"
    widths = {"text": "full"}

    number = line_box("Resolution", required="Give the resolution its number.", max_length=20)
    text = text_box("What was resolved", rows=2, required="Say what was resolved.")

    def __init__(self, row, *, data=None):
        super().__init__(row, writer=change_resolution, data=data)

    @property
    def remove_name(self) -> str:
        return f"remove-resolution-{self.row.pk}"

    @property
    def lines(self) -> list[str]:
        """The lines of the work programme that it changed."""
        return [line.title for line in self.row.work_programme_items.all()]


class NewResolutionForm(forms.Form):
    """Another resolution on an item."""

    number = line_box("Resolution", max_length=20, help_text="Such as 2018/015.")
    text = text_box("What was resolved", rows=2)

    def __init__(self, item, data=None):
        super().__init__(data, prefix=f"new-resolution-{item.pk}")

    def clean(self):
        answers = super().clean()
        if answers.get("text") and not answers.get("number"):
            self.add_error("number", "Give the resolution its number.")
        if answers.get("number") and not answers.get("text"):
            self.add_error("text", "Say what was resolved.")
        return answers


class NewItemForm(forms.Form):
    """Another item, at the end."""

    number = line_box("Number", max_length=10)
    heading = line_box("Heading")
    committee_report = report_box()
    text = text_box("What was discussed", rows=3)

    def __init__(self, meeting, data=None):
        super().__init__(data, prefix="new-item")
        self.fields["committee_report"].queryset = CommitteeReport.objects.filter(meeting=meeting)

    def clean(self):
        answers = super().clean()
        if (answers.get("text") or answers.get("number")) and not answers.get("heading"):
            self.add_error("heading", "Give the item a heading.")
        return answers


class NewMeetingForm(forms.Form):
    """The day and hour of a meeting that is not known yet."""

    meets_on = DayInput(label="Date of the meeting", help_text="Such as 4 March 2019.")
    meets_at = ClockInput(label="Time of the meeting", help_text="Such as 10:30.")

    def clean_meets_on(self):
        if self.cleaned_data["meets_on"] is None:
            raise forms.ValidationError("Give the date of the meeting.")
        return self.cleaned_data["meets_on"]

    def clean_meets_at(self):
        if self.cleaned_data["meets_at"] is None:
            raise forms.ValidationError("Give the time of the meeting.")
        return self.cleaned_data["meets_at"]


class ActionForm(forms.Form):
    """Which project acts on a resolution."""

    node = forms.ModelChoiceField(
        label="Who acts on it",
        queryset=Node.objects.none(),
        empty_label="Choose a project",
        error_messages={"required": "Choose the project that acts on it."},
    )

    def __init__(self, nodes, data=None):
        super().__init__(data)
        self.fields["node"].queryset = nodes
