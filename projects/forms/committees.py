"""Forms of cover reports: begun for a meeting, then written section by section."""

import re
from datetime import datetime, time

from django import forms
from django.utils import timezone
from django.utils.text import slugify

from projects.actions.committees import change_clearance, change_committee_report, change_section
from projects.forms.fields import WrittenDateInput
from projects.forms.records import DayInput, RecordForm, line_box, text_box
from projects.models import Board, CommitteeReport, CommitteeReportClearance, Node
from projects.rules.cover import Part, part_of

# What an appendix can show, by the names documents go by.
DOCUMENTS = (
    ("project-dashboard", "Project dashboard"),
    ("change-control", "Change control record"),
    ("risk-register", "Risk register"),
    ("portfolio-status", "Project status report"),
    ("programme-status", "Programme status report"),
    ("portfolio-update", "Portfolio update"),
    ("indicators", "Indicators"),
)
KINDS_OF_SECTION = (
    ("", "Numbered paragraphs"),
    (Part.RECOMMENDATIONS, "Recommendations, numbered 1), 2)"),
    (Part.PLAIN, "Paragraphs without numbers"),
    (Part.SIGNATURE, "The signature, here rather than at the foot"),
    (Part.CONTACT, "The contact, here rather than at the foot"),
    (Part.CLEARANCES, "Comments of reviewers"),
    (Part.BACKGROUND_PAPERS, "Background papers, here rather than at the foot"),
    (Part.WORK_PROGRAMME, "The committee's work programme as it stands when the report is published"),
)
HOW_TABLES_ARE_TYPED = (
    "Paste from a spreadsheet, or part cells with |. The first line is the headings. A line before it without cells is"
    " the caption; a blank line begins another table. [table 1] on a line of its own in the text puts the first there."
)
HOW_TEXT_IS_READ = (
    "A blank line begins a new paragraph, which gets the next number. A line that begins with # is a heading"
    " without a number; lines that begin with - are bullets of the paragraph before."
)


class HeaderForm(RecordForm):
    """What stands above and below the sections."""

    prefix_words = "header"
    fields_above = ("agenda_item", "heading", "subject", "report_of", "fields", "numbering")

    agenda_item = line_box("Agenda item", max_length=10)
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


def tables_of(words: str) -> list[dict]:
    """Small tables as they are typed or pasted: blocks parted by blank lines, cells by tabs or |.

    ValidationError where a block has no headings, or a row has more cells than there are.
    """
    tables = []
    for block in re.split(r"\n\s*\n", words.replace("\r\n", "\n").strip("\n")):
        lines = [line for line in block.split("\n") if line.strip()]
        if not lines:
            continue
        caption = "" if _cells(lines[0])[1:] else lines.pop(0).strip()
        if not lines or not _cells(lines[0])[1:]:
            raise forms.ValidationError(f"Give the table headings, parted by | or pasted: {caption}")
        columns, *rows = (_cells(line) for line in lines)
        if long := next((row for row in rows if len(row) > len(columns)), None):
            raise forms.ValidationError(f"This row has more cells than there are headings: {' | '.join(long)}")
        rows = [row + [""] * (len(columns) - len(row)) for row in rows]
        tables.append({"caption": caption, "columns": columns, "rows": rows})
    return tables


def words_of_tables(tables: list[dict]) -> str:
    """Small tables as their box shows them."""
    return "\n\n".join(
        "\n".join([*([table["caption"]] if table["caption"] else ()), *(" | ".join(row) for row in _rows(table))])
        for table in tables
    )


def _rows(table):
    return [table["columns"], *table["rows"]]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"[\t|]", line)]


class SectionForm(RecordForm):
    """A section of the report, of whatever kind."""

    prefix_words = "section"
    widths = {"text": "full", "heading": "full", "tables": "full"}

    heading = line_box("Heading", max_length=200)
    text = text_box("Text")
    tables = text_box("Tables", help_text=HOW_TABLES_ARE_TYPED)
    is_exempt = forms.BooleanField(label="This section is exempt from publication", required=False)
    exempt_paragraph = line_box("Schedule 12A paragraph", max_length=20)

    def __init__(self, row, *, data=None):
        super().__init__(row, writer=change_section, data=data)
        # a line holds about 80 letters; a box is as high as its text, within reason
        for name in {"text", "tables"} & self.fields.keys():
            lines = sum(1 + len(line) // 80 for line in self.text_of(row, name).split("\n"))
            self.fields[name].widget.attrs["rows"] = min(max(lines + 1, 3), 20)

    def shape(self):
        """A signature may stand without a heading; what is filled in at publication has no text of its own."""
        part = part_of(self.row.key)
        if part is None:
            self.fields["heading"].required = True
            self.fields["heading"].error_messages["required"] = "Give the section a heading."
        if part in (Part.CLEARANCES, Part.WORK_PROGRAMME):
            del self.fields["text"]
        if part not in (None, Part.PLAIN):
            del self.fields["tables"]

    def text_of(self, row, name) -> str:
        return words_of_tables(row.tables) if name == "tables" else super().text_of(row, name)

    def clean_tables(self) -> list[dict]:
        return tables_of(self.cleaned_data["tables"])

    @property
    def kind(self) -> str:
        """What the section is, said to who edits it; "" for numbered paragraphs."""
        part = part_of(self.row.key)
        return dict(KINDS_OF_SECTION)[part] if part else ""

    @property
    def has_tables(self) -> bool:
        """Whether the box of tables is worth showing open."""
        return bool(self.row.tables) or "tables" in self.errors

    @property
    def boxes_said(self):
        return [self.box(name) for name in ("heading", "text") if name in self.fields]

    @property
    def boxes_tables(self):
        return [self.box(name) for name in ("tables",) if name in self.fields]

    @property
    def boxes_exempt(self):
        return [self.box("is_exempt"), self.box("exempt_paragraph")]

    @property
    def remove_name(self) -> str:
        return f"remove-section-{self.row.pk}"


class NewSectionForm(forms.Form):
    """Another section, at the end."""

    key = forms.ChoiceField(label="What it is", choices=KINDS_OF_SECTION, required=False)
    heading = line_box("Heading", max_length=200)
    text = text_box("Text", rows=6)

    def __init__(self, data=None):
        super().__init__(data, prefix="new-section")

    def clean(self):
        answers = super().clean()
        wants_heading = answers.get("text") or answers.get("key") not in ("", None, Part.SIGNATURE)
        if wants_heading and not answers.get("heading"):
            self.add_error("heading", "Give the section a heading.")
        return answers

    @property
    def is_filled(self) -> bool:
        """Whether there is a section to add."""
        return bool(self.cleaned_data["heading"] or self.cleaned_data["key"])


class ClearanceForm(RecordForm):
    """What a reviewer says of the report."""

    prefix_words = "clearance"
    widths = {"text": "full"}

    heading = line_box("Heading", required="Say whose comments these are.", max_length=200)
    text = text_box("Comment", rows=2)
    initials = line_box("Initials of the reviewer", max_length=20)
    cleared = WrittenDateInput(label="Date")

    def __init__(self, row, *, data=None):
        super().__init__(row, writer=change_clearance, data=data)

    @property
    def remove_name(self) -> str:
        return f"remove-clearance-{self.row.pk}"


class NewClearanceForm(forms.Form):
    """Another reviewer's comments."""

    heading = line_box("Heading", max_length=200, help_text="Such as Constitutional Comments.")
    text = text_box("Comment", rows=2)
    initials = line_box("Initials of the reviewer", max_length=20)
    cleared = WrittenDateInput(label="Date")

    def __init__(self, data=None):
        super().__init__(data, prefix="new-clearance")

    def clean(self):
        answers = super().clean()
        if any(answers.get(name) for name in ("text", "initials")) and not answers.get("heading"):
            self.add_error("heading", "Say whose comments these are.")
        return answers

    def columns(self) -> dict:
        """What the action takes."""
        given = {name: self.cleaned_data[name] for name in ("heading", "text", "initials")}
        return given | CommitteeReportClearance.cleared.values(self.cleaned_data["cleared"])


class NewAppendixForm(forms.Form):
    """Another appendix: a document drawn from the newest published report of a project."""

    label = line_box("Label", max_length=60, help_text="Such as Appendix 3.")
    node = forms.ModelChoiceField(
        label="About", queryset=Node.objects.none(), required=False, empty_label="Choose a project or portfolio"
    )
    document = forms.ChoiceField(label="What it shows", choices=DOCUMENTS, required=False)
    title = line_box("Title", help_text="Blank: the project's own.")

    def __init__(self, report, data=None):
        super().__init__(data, prefix="new-appendix")
        self.fields["node"].queryset = Node.objects.beneath(report.node).in_use().order_by("path")

    def clean(self):
        answers = super().clean()
        if answers.get("node") and not answers.get("label"):
            self.add_error("label", "Give the appendix a label.")
        if answers.get("label") and not answers.get("node") and "node" not in self.errors:
            self.add_error("node", "Choose what the appendix is about.")
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

    def __init__(self, nodes, boards, sources, *, has_template=False, data=None):
        super().__init__(data, initial={"source": sources.first()})
        if has_template:
            self.fields["source"].empty_label = "The council's template"
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
