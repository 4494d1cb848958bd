"""Forms of cover reports: begun for a meeting, then written section by section."""

import re
from datetime import datetime, time

from django import forms
from django.utils import timezone
from django.utils.text import slugify

from projects.actions.assembly import not_told
from projects.actions.committees import OF_NO_REPORT, change_clearance, change_committee_report, change_section
from projects.forms.fields import WrittenDateInput, words_of_day
from projects.forms.records import DayInput, RecordForm, line_box, text_box
from projects.models import Board, Budget, CommitteeReport, CommitteeReportClearance, Node, Period, Post, Report
from projects.rules.cells import NotATable, cells_of, table_of, words_of_table
from projects.rules.cover import Part, part_of

# What an appendix can show, by the names documents go by.
DOCUMENTS = (
    ("project-dashboard", "Project dashboard"),
    ("change-control", "Change control record"),
    ("risk-register", "Risk register"),
    ("project-plan", "Project plan"),
    ("checkpoint", "Checkpoint reports"),
    ("recommendation-tracker", "Recommendation tracker"),
    ("portfolio-status", "Project status report"),
    ("programme-status", "Programme status report"),
    ("portfolio-update", "Portfolio update"),
    ("indicators", "Indicators"),
    ("scorecard", "Programme scorecard"),
    ("look-ahead", "Eight-week look-ahead"),
    ("dependencies", "Dependencies"),
    ("scrutiny-plan", "Scrutiny forward plan"),
    (OF_NO_REPORT, "Funding profile"),
)
# What a report to a committee is printed as.
KINDS_OF_REPORT = (
    ("cover-report", "Cover report, with documents as appendices"),
    ("narrative-update", "Narrative update, assembled from the projects' reports"),
)
KINDS_OF_SECTION = (
    ("", "Numbered paragraphs"),
    (Part.RECOMMENDATIONS, "Recommendations, numbered 1), 2)"),
    (Part.PLAIN, "Paragraphs without numbers"),
    (Part.LISTED, "A list numbered 1., 2. by itself"),
    (Part.QUESTIONS, "Questions, each with its answer on the lines below it"),
    (Part.APPENDICES, "The list of appendices"),
    (Part.SIGNATURE, "The signature, here rather than at the foot"),
    (Part.CONTACT, "The contact, here rather than at the foot"),
    (Part.CLEARANCES, "Comments of reviewers"),
    (Part.BACKGROUND_PAPERS, "Background papers, here rather than at the foot"),
    (Part.WORK_PROGRAMME, "The committee's work programme as it stands when the report is published"),
)
WHAT_FOLLOWS_THE_TEXT = {
    Part.BACKGROUND_PAPERS: "Words before the papers, which are typed at the foot of this page.",
    Part.SIGNATURE: "Words before the declaration and the signature, which are typed at the foot of this page.",
    Part.CONTACT: "Words before the contact, which is typed at the foot of this page.",
    Part.APPENDICES: "Words before the list, which names what is attached below.",
}
PERIODS_OFFERED = 24
HOW_TABLES_ARE_TYPED = (
    "Paste from a spreadsheet, or part cells with | or commas. The first line is the headings. A line before it without"
    " cells is the caption; a blank line begins another table. [table 1] on a line of its own in the text is its place."
)
HOW_TEXT_IS_READ = (
    "A blank line begins a new paragraph, which gets the next number. A line that begins with # is a heading"
    " without a number; lines that begin with - are bullets of the paragraph before, and a paragraph that begins with +"
    " goes on with it without a number. **Two stars** make words bold, *one* italic, and [words](https://example.org)"
    " lead to an address. The buttons above a box set these marks for you, and what is pasted keeps no others."
)
# A box that static/js/prose.js shows as it will look.
PROSE = "data-prose"


def refuse_exempt_without_why(form, answers) -> None:
    """Nothing is kept from the public without its paragraph of Schedule 12A and the public interest in it.

    Nor until a day that is past, where somebody types that day: it would be public at once.
    """
    if not answers.get("is_exempt"):
        return
    until = answers.get("exempt_until")
    is_day_typed = not isinstance(form, RecordForm) or "exempt_until" in form.changed_names()
    if until and is_day_typed and until <= timezone.localdate():
        sentence = "That day is past: the public would have it at once. Give a later day, or leave it blank."
        form.add_error("exempt_until", sentence)
    for name, sentence in (
        ("exempt_paragraph", "Name the paragraph of Schedule 12A that keeps it from the public."),
        ("exempt_reason", "Say why it is in the public interest to keep it exempt."),
    ):
        if not answers.get(name) and name not in form.errors:
            form.add_error(name, sentence)


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
    background_papers = text_box(
        "Background papers",
        rows=3,
        help_text="One a line; None. where there are none. Of an exempt one: its title, | and the paragraph.",
    )
    contact = line_box("Contact", help_text="The post, not a person's name or number.")
    accessible_formats = text_box("Accessible formats", rows=2, help_text="How to ask for another format.")
    is_exempt = forms.BooleanField(label="The whole report is exempt from publication", required=False)
    exempt_paragraph = line_box("Schedule 12A paragraph", max_length=20)
    exempt_reason = text_box("Why it is in the public interest to keep it exempt", rows=2)
    exempt_until = DayInput(label="Exempt until", help_text="Blank: until somebody lifts it.")

    def __init__(self, row, *, data=None):
        super().__init__(row, writer=change_committee_report, data=data)

    def text_of(self, row, name) -> str:
        if name == "fields":
            return "\n".join(f"{label}: {words}" for label, words in row.fields)
        return super().text_of(row, name)

    def clean(self):
        answers = super().clean()
        refuse_exempt_without_why(self, answers)
        return answers

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
        try:
            columns, rows = table_of("\n".join(lines))
        except NotATable as unread:
            raise forms.ValidationError(f"{caption}: {unread}" if caption else str(unread)) from unread
        tables.append({"caption": caption, "columns": columns, "rows": rows})
    return tables


def words_of_tables(tables: list[dict]) -> str:
    """Small tables as their box shows them."""
    return "\n\n".join(
        "\n".join(filter(None, (table["caption"], words_of_table(table["columns"], table["rows"])))) for table in tables
    )


def _cells(line: str) -> list[str]:
    try:
        return next(iter(cells_of(line)), [])
    except NotATable as unread:
        raise forms.ValidationError(str(unread)) from unread


class SectionForm(RecordForm):
    """A section of the report, of whatever kind."""

    prefix_words = "section"
    widths = {"text": "full", "heading": "full", "tables": "full"}

    heading = line_box("Heading", max_length=200)
    text = text_box("Text")
    tables = text_box("Tables", help_text=HOW_TABLES_ARE_TYPED, strip=False)
    is_within = forms.BooleanField(label="This section stands under the heading above it", required=False)
    is_exempt = forms.BooleanField(label="This section is exempt from publication", required=False)
    exempt_paragraph = line_box("Schedule 12A paragraph", max_length=20)
    exempt_reason = text_box("Why it is in the public interest to keep it exempt", rows=2)
    exempt_until = DayInput(label="Exempt until", help_text="Blank: until somebody lifts it.")

    def __init__(self, row, *, data=None):
        super().__init__(row, writer=change_section, data=data)
        # a line holds about 80 letters; a box is as high as its text, within reason
        for name in {"text", "tables"} & self.fields.keys():
            lines = sum(1 + len(line) // 80 for line in self.text_of(row, name).split("\n"))
            self.fields[name].widget.attrs["rows"] = min(max(lines + 1, 3), 20)

    def shape(self):
        """A signature may stand without a heading; what is filled in at publication has no text of its own."""
        part = part_of(self.row.key)
        if part is None and self.row.source_id is None:
            self.fields["heading"].required = True
            self.fields["heading"].error_messages["required"] = "Give the section a heading."
        if part in WHAT_FOLLOWS_THE_TEXT:
            self.fields["text"].help_text = WHAT_FOLLOWS_THE_TEXT[part]
        if part is Part.QUESTIONS:
            self.fields["text"].help_text = "A question on a line, its answer on the lines below; then a blank line."
        else:  # an answer is told from its question by its line
            self.fields["text"].widget.attrs[PROSE] = True
        if part in (Part.CLEARANCES, Part.WORK_PROGRAMME):
            del self.fields["text"]
        if part not in (None, Part.PLAIN):
            del self.fields["tables"]

    def text_of(self, row, name) -> str:
        return words_of_tables(row.tables) if name == "tables" else super().text_of(row, name)

    def clean(self):
        answers = super().clean()
        refuse_exempt_without_why(self, answers)
        return answers

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
        return [self.box(name) for name in ("heading", "is_within", "text") if name in self.fields]

    @property
    def previews(self) -> list[dict]:
        """The small tables as they are kept, below the box in which they are typed."""
        return self.row.tables if "tables" in self.fields else []

    @property
    def name(self) -> str:
        """What the page calls the section; what goes on under another is called after the report it was taken from."""
        return self.row.heading or (self.row.source.title if self.row.source_id else self.kind)

    @property
    def boxes_tables(self):
        return [self.box(name) for name in ("tables",) if name in self.fields]

    @property
    def is_exempt_shown(self) -> bool:
        """Whether the boxes about exemption are worth showing open."""
        return self.row.is_exempt or any(box.bound.errors for box in self.boxes_exempt)

    @property
    def boxes_exempt(self):
        return [self.box(name) for name in ("is_exempt", "exempt_paragraph", "exempt_reason", "exempt_until")]

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
        self.fields["text"].widget.attrs[PROSE] = True

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


class TakeInForm(forms.Form):
    """A project's report that nothing was taken from yet."""

    told = forms.ModelChoiceField(
        label="Report", queryset=Report.objects.none(), required=False, empty_label="Choose a project's report"
    )

    def __init__(self, report, data=None):
        super().__init__(data, prefix="take-in")
        left = not_told(report)
        self.fields["told"].queryset = Report.objects.filter(pk__in=[each.pk for each in left]).order_by("node__path")
        self.is_offered = bool(left)


NO_POST = "No post: the PMO writes it down"


def post_box():
    """The post that clears a report."""
    return forms.ModelChoiceField(
        label="Post", queryset=Post.objects.none(), required=False, empty_label=NO_POST,
        help_text="Who holds the post finds the report on the home page.",
    )  # fmt: skip


def posts_of(organisation_id: int, kept: int | None = None):
    """The posts that a reviewer may have: the council's in use, and the one that stands there already."""
    own = Post.objects.filter(organisation=organisation_id)
    return own.filter(is_archived=False) | own.filter(pk=kept)


def post_choices(organisation_id: int) -> list[tuple]:
    """The posts in use, read once for all the reviewers of a page."""
    return [("", NO_POST), *((post.pk, post.title) for post in posts_of(organisation_id))]


class ClearanceForm(RecordForm):
    """What a reviewer says of the report."""

    prefix_words = "clearance"
    widths = {"text": "full"}

    heading = line_box("Heading", required="Say whose comments these are.", max_length=200)
    reviewer = forms.ChoiceField(label="Who clears it", choices=CommitteeReportClearance.Reviewer.choices)
    post = post_box()
    due_on = DayInput(label="Wanted by")
    text = text_box("Comment", rows=2)

    def __init__(self, row, *, posts, data=None):
        """`posts`: the choices of posts in use; the one that stands there already is offered too."""
        super().__init__(row, writer=change_clearance, data=data)
        self.fields["post"].queryset = posts_of(row.organisation_id, kept=row.post_id)
        kept = [(row.post_id, row.post.title)] if row.post and row.post.is_archived else []
        self.fields["post"].choices = [*posts, *kept]

    def text_of(self, row, name) -> str:
        return str(row.post_id or "") if name == "post" else super().text_of(row, name)

    @property
    def remove_name(self) -> str:
        return f"remove-clearance-{self.row.pk}"


class NewClearanceForm(forms.Form):
    """Another reviewer's comments."""

    heading = line_box("Heading", max_length=200, help_text="Such as Constitutional Comments.")
    reviewer = forms.ChoiceField(
        label="Who clears it", choices=CommitteeReportClearance.Reviewer.choices, initial="other", required=False
    )
    post = post_box()
    due_on = DayInput(label="Wanted by", help_text="Blank: the day when papers are due.")
    text = text_box("Comment", rows=2)

    def __init__(self, report, *, posts, data=None):
        super().__init__(data, prefix="new-clearance")
        self.fields["post"].queryset = posts_of(report.organisation_id)
        self.fields["post"].choices = posts

    def clean(self):
        answers = super().clean()
        if any(answers.get(name) for name in ("text", "post", "due_on")) and not answers.get("heading"):
            self.add_error("heading", "Say whose comments these are.")
        return answers

    def columns(self) -> dict:
        """What the action takes."""
        given = {name: self.cleaned_data[name] for name in ("heading", "text", "post", "due_on")}
        return given | {"reviewer": self.cleaned_data["reviewer"] or CommitteeReportClearance.Reviewer.OTHER}


class GiveClearanceForm(forms.Form):
    """A reviewer's word on a report."""

    text = text_box("Comment", rows=4, help_text="Printed in the report.")
    initials = line_box("Your initials", required="Give the initials that stand behind the comment.", max_length=20)
    cleared = WrittenDateInput(label="Date", help_text="The day on which you cleared it, such as 10 July 2019.")

    def __init__(self, clearance, *, today, data=None):
        self.today = today
        initial = {"text": clearance.text, "cleared": words_of_day(today)}
        super().__init__(data, prefix=f"clear-{clearance.pk}", initial=initial)

    def clean_cleared(self):
        written = self.cleaned_data["cleared"]
        if written.latest is None or written.earliest != written.latest:
            raise forms.ValidationError("Give one day, such as 10 July 2019.")
        if written.latest > self.today:
            raise forms.ValidationError("That day is still to come.")
        return written


class OpenAgainForm(forms.Form):
    reason = text_box("Why it is opened again", required="Say why: its reviewers will have to clear it anew.", rows=3)


class NewAppendixForm(forms.Form):
    """More appendices: one document of each project chosen, of its newest published report or of a period."""

    label = line_box(
        "Label", max_length=60, help_text="Such as Appendix 3; of several, the first: the others count on from it."
    )
    nodes = forms.ModelMultipleChoiceField(
        label="About", queryset=Node.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    document = forms.ChoiceField(label="What it shows", choices=DOCUMENTS, required=False)
    period = forms.ChoiceField(label="Of", choices=(), required=False)
    title = line_box("Title", help_text="Blank: the project's own. Of several, each has its own.")
    is_exempt = forms.BooleanField(label="Exempt from publication as a whole", required=False)
    exempt_paragraph = line_box("Schedule 12A paragraph", max_length=20)
    exempt_reason = text_box("Why it is in the public interest to keep it exempt", rows=2)
    exempt_until = DayInput(label="Exempt until", help_text="Blank: until somebody lifts it.")

    def __init__(self, report, data=None):
        super().__init__(data, prefix="new-appendix")
        self.fields["nodes"].queryset = Node.objects.beneath(report.node).in_use().order_by("path")
        periods = Period.objects.filter(organisation=report.organisation_id, reports__isnull=False).distinct()
        self.fields["period"].choices = [
            ("", "The newest published report"),
            *((period.slug, str(period)) for period in periods.order_by("-as_at_on")[:PERIODS_OFFERED]),
        ]

    def clean(self):
        answers = super().clean()
        if answers.get("nodes") and not answers.get("label"):
            self.add_error("label", "Give the appendix a label.")
        if answers.get("label") and not answers.get("nodes") and "nodes" not in self.errors:
            self.add_error("nodes", "Choose what the appendix is about.")
        if answers.get("document") == OF_NO_REPORT and answers.get("nodes"):
            budgets = Budget.objects.filter(node__in=answers["nodes"], is_archived=False).exclude(baselines=None)
            funded = set(budgets.values_list("node", flat=True))
            if bare := [node.title for node in answers["nodes"] if node.pk not in funded]:
                self.add_error("document", f"No budget held to a profile: {', '.join(bare)}.")
        refuse_exempt_without_why(self, answers)
        return answers

    def columns(self) -> list[dict]:
        """What the action takes, for each appendix; a title left blank is the project's."""
        names = ("document", "period", "is_exempt", "exempt_paragraph", "exempt_reason", "exempt_until")
        shared = {name: self.cleaned_data[name] for name in names if self.cleaned_data[name]}
        nodes = list(self.cleaned_data["nodes"])
        if self.cleaned_data["title"] and len(nodes) == 1:
            shared["title"] = self.cleaned_data["title"]
        labels = _labels_from(self.cleaned_data["label"], len(nodes))
        return [{**shared, "node": node, "label": label} for node, label in zip(nodes, labels, strict=True)]


def _labels_from(first: str, many: int) -> list[str]:
    """Labels that count on from the first: Appendix 3, Appendix 4; Appendix A, Appendix B; else all the same."""
    stem, mark = re.fullmatch(r"(.*?)(\d+|\b[A-Z])?", first.strip()).groups()
    if mark is None:
        return [first] * many
    if mark.isdigit():
        return [f"{stem}{int(mark) + step}" for step in range(many)]
    return [f"{stem}{chr(ord(mark) + step)}" if ord(mark) + step <= ord("Z") else first for step in range(many)]


class BeginForm(forms.Form):
    """A new cover report: to which meeting, about what, and which earlier one it takes its sections from."""

    document = forms.ChoiceField(label="What it is", choices=KINDS_OF_REPORT, widget=forms.RadioSelect, required=False)
    node = forms.ModelChoiceField(
        label="About",
        queryset=Node.objects.none(),
        empty_label=None,
        help_text="A narrative update takes in the reports at and beneath it.",
    )
    board = forms.ModelChoiceField(
        label="To",
        queryset=Board.objects.none(),
        empty_label="Choose a board or committee",
        error_messages={"required": "Choose the board or committee it goes to."},
    )
    meets_on = DayInput(
        label="Date of the meeting",
        help_text="Such as 10 July 2019.",
        required=True,
        error_messages={"required": "Give the date of the meeting."},
    )
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

    def __init__(self, nodes, boards, sources, *, has_template=False, like=None, data=None):
        """`like`: the report that another one is begun from, to the same meeting."""
        newest = like or sources.first()
        initial = {"source": newest, "document": newest.document if newest else KINDS_OF_REPORT[0][0]}
        if like:
            met = timezone.localtime(like.meeting.starts_at)
            initial |= {"node": like.node_id, "board": like.meeting.board_id}
            initial |= {"meets_on": words_of_day(met.date()), "meets_at": f"{met:%H:%M}"}
        super().__init__(data, initial=initial)
        if has_template:
            self.fields["source"].empty_label = "The council's template"
        self.fields["node"].queryset = nodes
        self.fields["board"].queryset = boards
        self.fields["source"].queryset = sources
        self.fields["source"].label_from_instance = lambda report: f"{report.subject}, {report.meeting}"

    def clean(self):
        answers = super().clean()
        source = answers.get("source")
        document = answers.get("document") or (source.document if source else KINDS_OF_REPORT[0][0])
        answers["document"] = document
        if source and source.document != document:
            kind = dict(KINDS_OF_REPORT)[document].partition(",")[0].lower()
            self.add_error("source", f"The report chosen is no {kind}. Choose one that is, or begin without.")
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
