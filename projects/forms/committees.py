"""Forms of cover reports: begun for a meeting, then written section by section."""

from datetime import datetime, time

from django import forms
from django.utils import timezone
from django.utils.text import slugify

from projects.actions.committees import change_committee_report, change_section
from projects.forms.records import DayInput, RecordForm, line_box, text_box
from projects.models import Board, CommitteeReport, Node

# What an appendix can show, by the names documents go by.
DOCUMENTS = (
    ("project-dashboard", "Project dashboard"),
    ("change-control", "Change control record"),
    ("risk-register", "Risk register"),
)
HOW_TEXT_IS_READ = (
    "A blank line begins a new paragraph, which gets the next number. A line that begins with # is a heading"
    " without a number; lines that begin with - are bullets of the paragraph before."
)


class HeaderForm(RecordForm):
    """What stands above and below the sections."""

    prefix_words = "header"
    fields_above = ("heading", "subject", "report_of", "fields", "numbering")

    heading = line_box("Heading", required="Give the heading of the report.")
    subject = line_box("Subject", required="Say what the report is about.")
    report_of = line_box("Report from", required="Name the post the report comes from.", help_text="The post.")
    fields = text_box(
        "More rows of the heading block", rows=3, help_text="One a line: its label, a colon, what it says."
    )
    numbering = forms.ChoiceField(
        label="Numbering of paragraphs", choices=CommitteeReport.Numbering.choices, widget=forms.RadioSelect
    )
    declaration = text_box("Declaration", rows=3)
    signature_label = line_box("Signature line", max_length=200, help_text="The words before the signature.")
    signed_by = line_box("Signed by", help_text="The post.")
    background_papers = text_box("Background papers", rows=3, help_text="One a line; None. where there are none.")
    contact = line_box("Contact", help_text="The post, not a person's name or number.")
    accessible_formats = text_box("Accessible formats", rows=2, help_text="How to ask for another format.")
    is_exempt = forms.BooleanField(label="The whole report is exempt from publication", required=False)
    exempt_paragraph = line_box("Schedule 12A paragraph", max_length=20)
    exempt_reason = text_box("Why it is in the public interest to keep it exempt", rows=2)

    def __init__(self, row, *, data=None):
        super().__init__(row, writer=change_committee_report, data=data)

    def text_of(self, row, name) -> str:
        if name == "fields":
            return "\n".join(f"{label}: {words}" for label, words in row.fields)
        return super().text_of(row, name)

    def clean_fields(self) -> list[list[str]]:
        """[label, words] of each line."""
        rows = []
        for line in filter(str.strip, self.cleaned_data["fields"].splitlines()):
            label, _, words = (part.strip() for part in line.partition(":"))
            if not label or not words:
                raise forms.ValidationError(f"Write a label, a colon and what it says: {line.strip()}")
            rows.append([label, words])
        return rows

    @property
    def boxes_above(self):
        return [self.box(name) for name in self.fields_above]

    @property
    def boxes_below(self):
        return [self.box(name) for name in self.fields if name not in self.fields_above]


class SectionForm(RecordForm):
    """A numbered section."""

    prefix_words = "section"
    widths = {"text": "full", "heading": "full"}

    heading = line_box("Heading", required="Give the section a heading.", max_length=200)
    text = text_box("Text")
    is_exempt = forms.BooleanField(label="This section is exempt from publication", required=False)
    exempt_paragraph = line_box("Schedule 12A paragraph", max_length=20)

    def __init__(self, row, *, data=None):
        super().__init__(row, writer=change_section, data=data)
        # a line holds about 80 letters; the box is as high as its text, within reason
        lines = sum(1 + len(line) // 80 for line in self.text_of(row, "text").split("\n"))
        self.fields["text"].widget.attrs["rows"] = min(max(lines + 1, 3), 20)

    @property
    def boxes_said(self):
        return [self.box("heading"), self.box("text")]

    @property
    def boxes_exempt(self):
        return [self.box("is_exempt"), self.box("exempt_paragraph")]

    @property
    def remove_name(self) -> str:
        return f"remove-section-{self.row.pk}"


class NewSectionForm(forms.Form):
    """Another section, at the end."""

    heading = line_box("Heading", max_length=200)
    text = text_box("Text", rows=6)

    def __init__(self, data=None):
        super().__init__(data, prefix="new-section")

    def clean(self):
        answers = super().clean()
        if answers.get("text") and not answers.get("heading"):
            self.add_error("heading", "Give the section a heading.")
        return answers


class NewAppendixForm(forms.Form):
    """Another appendix: a document drawn from the newest published report of a project."""

    label = line_box("Label", max_length=60, help_text="Such as Appendix 3.")
    node = forms.ModelChoiceField(
        label="Project", queryset=Node.objects.none(), required=False, empty_label="Choose a project"
    )
    document = forms.ChoiceField(label="What it shows", choices=DOCUMENTS, required=False)
    title = line_box("Title", help_text="Blank: the project's own.")

    def __init__(self, report, data=None):
        super().__init__(data, prefix="new-appendix")
        self.fields["node"].queryset = (
            Node.objects.beneath(report.node).in_use().exclude(headline_series=None).order_by("path")
        )

    def clean(self):
        answers = super().clean()
        if answers.get("node") and not answers.get("label"):
            self.add_error("label", "Give the appendix a label.")
        if answers.get("label") and not answers.get("node") and "node" not in self.errors:
            self.add_error("node", "Choose the project the appendix shows.")
        return answers

    def columns(self) -> dict:
        """What the action takes; a title left blank is the project's."""
        given = {name: self.cleaned_data[name] for name in ("label", "node", "title", "document")}
        return {name: value for name, value in given.items() if value}


class BeginForm(forms.Form):
    """A new cover report: to which meeting, about what, and which earlier one it takes its sections from."""

    node = forms.ModelChoiceField(label="About", queryset=Node.objects.none(), empty_label=None)
    board = forms.ModelChoiceField(
        label="To",
        queryset=Board.objects.none(),
        empty_label="Choose a board or committee",
        error_messages={"required": "Choose the board or committee it goes to."},
    )
    meets_on = DayInput(label="Date of the meeting", help_text="Such as 10 July 2019.")
    meets_at = forms.TimeField(
        label="Time of the meeting",
        initial="19:30",
        widget=forms.TextInput,
        error_messages={"invalid": "Give the time such as 19:30.", "required": "Give the time such as 19:30."},
    )
    source = forms.ModelChoiceField(
        label="Begin from", queryset=CommitteeReport.objects.none(), required=False, empty_label="An empty report"
    )
    subject = line_box("Subject", help_text="Blank: as in the report it begins from.")
    report_of = line_box("Report from", help_text="The post. Blank: as in the report it begins from.")

    def __init__(self, nodes, boards, sources, data=None):
        super().__init__(data, initial={"source": sources.first()})
        self.fields["node"].queryset = nodes
        self.fields["board"].queryset = boards
        self.fields["source"].queryset = sources
        self.fields["source"].label_from_instance = lambda report: f"{report.subject}, {report.meeting}"

    def clean_meets_on(self):
        if self.cleaned_data["meets_on"] is None:
            raise forms.ValidationError("Give the date of the meeting.")
        return self.cleaned_data["meets_on"]

    def clean(self):
        answers = super().clean()
        if answers.get("source") is None:
            for name, sentence in (("subject", "Say what the report is about."), ("report_of", "Name the post.")):
                if not answers.get(name):
                    self.add_error(name, sentence)
        return answers

    @property
    def starts_at(self) -> datetime:
        at: time = self.cleaned_data["meets_at"]
        return timezone.make_aware(datetime.combine(self.cleaned_data["meets_on"], at))

    @property
    def slug(self) -> str:
        """The last part of the report's address, before a number makes it the only one."""
        board = self.cleaned_data["board"]
        return slugify(f"{board.name}-{self.cleaned_data['meets_on']:%Y-%m-%d}")[:70]
