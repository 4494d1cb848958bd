"""Making a layout in the browser: where it begins, its sheets, its blocks with their headings, the rules of a cell map.

What a form does not show of a block (sums, counts, groups of rows) stays as the layout has it.
"""

from django import forms

from projects.forms.imports import small_enough
from projects.imports.cells import printable
from projects.imports.fields_of_record import RECORDS, field_choices, label_of, map_choices, record_fields
from projects.imports.guard import SizeLimits
from projects.imports.guess import slug_of
from projects.imports.layout import NAME, Field, Layout
from projects.imports.layout_files import LONGEST, MOST_BYTES
from projects.models import ReportTemplate

TYPES = {
    "text": "Words",
    "integer": "Whole number",
    "money": "Money",
    "percent": "Percentage",
    "figure": "Figure as it is shown",
    "written_date": "Date, or words for one",
    "status": "Status",
    "yes_no": "Yes or no",
    "choice": "One of a list",
}
DATES = {
    "words_allowed": "Words are allowed; what looks like a date must be one",
    "must_be_a_date": "It must be a date",
    "anything": "Anything; warn where it is no date",
}
KINDS = {
    "table": "A table: a row of headings, a row for each thing",
    "fields": "Labels with their values to the right",
    "list": "A list: one value a row",
    "text": "Words below a heading",
    "labelled": "Paragraphs that begin with a label and a colon",
    "banner": "Words at the top of the sheet, without a heading",
    "subject": "A heading that names what stands below it",
    "figures": "Figures by row and column",
}
BLANK_ROWS = 5


class Lines(forms.CharField):
    """Several spellings, one a line."""

    def __init__(self, **kwargs):
        rows = kwargs.pop("rows", 2)
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), required=False, max_length=10_000, **kwargs)

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def to_python(self, value) -> list[str]:
        lines = [" ".join(printable(line).split()) for line in (super().to_python(value) or "").splitlines()]
        if long := next((line for line in lines if len(line) > LONGEST // 4), None):
            raise forms.ValidationError(f"“{long[:40]}…” is too long for a heading.")
        return [line for line in dict.fromkeys(lines) if line]


class Meanings(Lines):
    """Words and the code that each stands for: "Yes = yes", one a line."""

    def prepare_value(self, value):
        return [f"{word} = {code}" for word, code in value.items()] if isinstance(value, dict) else value

    def bound_data(self, data, initial):
        return data

    def to_python(self, value) -> dict[str, str]:
        said = {}
        for line in super().to_python(value):
            word, sign, code = (part.strip() for part in line.partition("="))
            if not (word and sign and code):
                raise forms.ValidationError(f"“{line}” should read: words in the sheet = what they stand for.")
            said[word] = code
        return said


class StartForm(forms.Form):
    """Where a new layout begins. `layouts` are those there are."""

    BLANK, HEADINGS, FILE = "blank", "headings", "file"

    start = forms.ChoiceField(widget=forms.RadioSelect, label="Begin with", initial=HEADINGS)
    title = forms.CharField(
        max_length=120,
        required=False,
        label="Title",
        help_text="Such as “Risk register of the harbour board”. A layout file brings its own.",
    )
    file = forms.FileField(
        required=False,
        label="File",
        help_text="The workbook to try it on; or the layout file (.json) or the cell map (.csv).",
    )
    source = forms.ChoiceField(required=False, label="Which layout")

    def __init__(self, *args, layouts: list[Layout], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["start"].choices = [
            (self.HEADINGS, "The headings of a file"),
            ("copy", "A copy of a layout there is"),
            (self.FILE, "A layout file (.json) or a cell map (.csv with key, sheet, cell and type)"),
            (self.BLANK, "Nothing"),
        ]
        self.fields["source"].choices = [("", "Choose one"), *((one.name, one.title) for one in layouts)]

    def clean(self):
        given = super().clean()
        start, uploaded = given.get("start"), given.get("file")
        if start in (self.HEADINGS, self.FILE) and not uploaded and "file" not in self.errors:
            self.add_error("file", "Choose the file.")
        if start == "copy" and not given.get("source") and "source" not in self.errors:
            self.add_error("source", "Choose the layout to copy.")
        if start in (self.HEADINGS, self.BLANK) and not given.get("title"):
            self.add_error("title", "Say what the layout is called.")
        if uploaded:
            try:
                small_enough(uploaded, MOST_BYTES if start == self.FILE else SizeLimits().file_bytes)
            except forms.ValidationError as too_large:
                self.add_error("file", too_large)
        return given


class TitleForm(forms.Form):
    """What a layout is called, and what it makes of what is new. `templates` are the council's."""

    title = forms.CharField(
        max_length=120, label="Title", error_messages={"required": "Say what the layout is called."}
    )
    name = forms.CharField(
        max_length=60,
        label="Name",
        help_text="For the command line: small letters, digits and single hyphens. It stays as it is once it is saved.",
        error_messages={"required": "Give the layout a name."},
    )
    documents = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Reports that it fills",
        help_text="Leave all unticked and a project's own reports are taken.",
    )
    makes = forms.ChoiceField(
        label="Something new is added as",
        choices=[
            ("project", "A project"),
            ("programme", "A programme"),
            ("portfolio", "A portfolio"),
            ("workstream", "A workstream"),
        ],
    )

    def __init__(self, *args, organisation, is_saved: bool, **kwargs):
        super().__init__(*args, **kwargs)
        templates = ReportTemplate.objects.filter(organisation=organisation, is_archived=False).order_by("name")
        chosen = self.initial.get("documents") or []
        known = {one.document: one.name for one in templates if one.document}
        self.fields["documents"].choices = list({**{name: name for name in chosen}, **known}.items())
        if is_saved:
            self.fields["name"].disabled = True

    def clean_name(self):
        name = self.cleaned_data["name"].strip()
        if not NAME.fullmatch(name):
            raise forms.ValidationError(f"Use small letters, digits and single hyphens, such as {slug_of(name)}.")
        return name

    def changed(self, declaration: dict) -> dict:
        given = self.cleaned_data
        said = {**declaration, "title": given["title"], "name": given["name"], "makes": given["makes"]}
        said["documents"] = given["documents"]
        return _without_blanks(said, {"makes": "project"})


class SheetForm(forms.Form):
    """One sheet of a layout."""

    titles = Lines(
        label="Names of the sheet",
        help_text="One a line; * stands for any words. Leave it blank and the sheet is told by its headings.",
    )
    by_title = forms.BooleanField(required=False, label="Told by its name alone")
    required = forms.BooleanField(required=False, label="Every workbook has it")
    repeats = forms.BooleanField(required=False, label="There may be several like it")

    def changed(self, sheet: dict) -> dict:
        return _without_blanks({**sheet, **self.cleaned_data}, {"required": True, "by_title": False, "repeats": False})


class BlockForm(forms.Form):
    """A block of a sheet, but for its fields."""

    title = forms.CharField(max_length=120, label="Title", error_messages={"required": "Say what the block is called."})
    kind = forms.ChoiceField(choices=KINDS.items(), label="Kind of block", widget=forms.RadioSelect)
    headings = Lines(
        label="Heading above it",
        help_text="One spelling a line; * is any words, # a number. A table without one is found by its columns.",
    )
    record = forms.ChoiceField(
        required=False, label="Each row is", choices=[("", "–"), *RECORDS.items()], help_text="For tables and lists."
    )
    id = forms.ChoiceField(
        required=False,
        label="Column that names a row",
        help_text="Such as its reference. Rows with nothing else filled are left aside.",
    )
    header_rows = forms.IntegerField(min_value=1, max_value=5, initial=1, label="Rows of headings")
    required = forms.BooleanField(required=False, label="Every workbook has it")
    totals = Lines(
        label="Words that mark a row of totals", help_text="One a line. Totals are compared, never brought in."
    )

    def __init__(self, *args, keys: list[str], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["id"].choices = [("", "None"), *((key, label_of(key)) for key in dict.fromkeys(keys) if key)]
        record = self.initial.get("record", "")
        if record and record not in RECORDS:
            self.fields["record"].choices += [(record, label_of(f"x.{record}"))]

    def clean(self):
        given = super().clean()
        if given.get("kind") in ("table", "list") and not given.get("record") and "record" not in self.errors:
            self.add_error("record", "Say what each row is.")
        if given.get("kind") not in ("table", "banner", "labelled", None) and not given.get("headings"):
            self.add_error("headings", "Give the heading by which the block is found.")
        return given

    def changed(self, block: dict) -> dict:
        defaults = {"required": False, "header_rows": 1}
        return _without_blanks({**block, **self.cleaned_data}, defaults)


class FieldForm(forms.Form):
    """One heading of a block and where its values go."""

    at = forms.IntegerField(required=False, widget=forms.HiddenInput)
    labels = Lines(label="Heading, every spelling on a line")
    key = forms.ChoiceField(required=False, label="Goes to")
    type = forms.ChoiceField(required=False, label="Read as", choices=[("", "As usual for it"), *TYPES.items()])
    required = forms.BooleanField(required=False, label="Must be filled")
    date_rule = forms.ChoiceField(required=False, label="Dates", choices=DATES.items())
    thousands = forms.BooleanField(required=False, label="In thousands")
    repeats = forms.BooleanField(required=False, label="Several columns, told apart by * or #")
    choices = Meanings(label="Words and what they stand for", help_text="For one of a list: Yes = yes, one a line.")
    withheld = Lines(label="Words of a value that is kept back", help_text="Such as “Exempt under Section *”.")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["key"].choices = field_choices(self.initial.get("key", ""))

    @property
    def has_options(self) -> bool:
        """Whether the further options say something, and are shown open."""
        rare = ("thousands", "repeats", "choices", "withheld")
        return any(self.initial.get(name) for name in rare) or any(name in self.errors for name in rare)

    @property
    def is_left_blank(self) -> bool:
        return not self.cleaned_data.get("labels") and not self.cleaned_data.get("key")

    def changed(self, old: dict) -> dict:
        """The field as the form has it; what a form does not show stays while the field is the same."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "at"}
        usual = record_fields()[given["key"]].as_usual if given["key"] in record_fields() else Field(given["key"])
        kept = old if old.get("key") == given["key"] else {}
        given["type"] = given["type"] or usual.type
        given["date_rule"] = given["date_rule"] or "words_allowed"
        said = {**kept, **given}
        if said["type"] == "status":
            said["subject"] = kept.get("subject") or usual.subject or "project"
        else:
            said.pop("subject", None)
        if said["type"] == "choice" and not said["choices"]:
            said["choices"] = dict(usual.choices)
        defaults = {
            "type": "text",
            "required": False,
            "date_rule": "words_allowed",
            "thousands": False,
            "repeats": False,
        }
        return {"key": given["key"], **_without_blanks(said, defaults)}


FieldFormSet = forms.formset_factory(FieldForm, extra=BLANK_ROWS, max_num=300, absolute_max=320)


class RuleForm(forms.Form):
    """Which names of a cell map go to which field."""

    labels = Lines(label="Names in the map, one a line", help_text="")
    key = forms.ChoiceField(required=False, label="Goes to", choices=map_choices)
    type = forms.ChoiceField(required=False, label="Read as", choices=[("", "As usual for it"), *TYPES.items()])
    date_rule = forms.ChoiceField(required=False, label="Dates", choices=DATES.items())

    def clean(self):
        given = super().clean()
        if given.get("labels") and not given.get("key"):
            self.add_error("key", "Say where these cells go.")
        if given.get("key") and not given.get("labels") and "labels" not in self.errors:
            self.add_error("labels", "Say which names of the map go there.")
        return given

    @property
    def rule(self) -> Field | None:
        given = self.cleaned_data
        if not given.get("key"):
            return None
        usual = record_fields()[given["key"]].as_usual if given["key"] in record_fields() else Field(given["key"])
        kind = given["type"] or usual.type
        return Field(
            given["key"],
            tuple(given["labels"]),
            type=kind,
            subject=(usual.subject or "project") if kind == "status" else "",
            choices=dict(usual.choices) if kind == "choice" else {},
            date_rule=given["date_rule"] or "words_allowed",
        )


RuleFormSet = forms.formset_factory(RuleForm, extra=BLANK_ROWS, max_num=300, absolute_max=320)


class TrialForm(forms.Form):
    """Another file to try the layout on."""

    file = forms.FileField(label="File to try it on", error_messages={"required": "Choose a file."})

    def clean_file(self):
        return small_enough(self.cleaned_data["file"])


class SaveForm(forms.Form):
    """Saving a draft as the next version."""

    note = forms.CharField(
        max_length=300,
        required=False,
        label="What changed",
        help_text="For whoever looks back at the versions.",
        error_messages={"max_length": "Say in 300 letters what changed."},
    )


def _without_blanks(said: dict, defaults: dict) -> dict:
    return {
        name: value
        for name, value in said.items()
        if name in ("fields", "blocks", "sheets", "labels")
        or (value not in ("", None, [], {}, ()) and defaults.get(name, ...) != value)
        or (value is False and defaults.get(name) is True)
    }
