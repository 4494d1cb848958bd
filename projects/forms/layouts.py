"""Making a layout in the browser: where it begins, its sheets, its blocks with their headings, the rules of a cell map.

Everything that a layout may say stands in a form: what is seldom needed under further options, in lines that
`notations` explains.
"""

import re

from django import forms

from projects.forms.imports import small_enough
from projects.forms.notations import Colours, Counts, Lines, Meanings, Sections, Statuses, Sums, WordsByKey
from projects.imports.fields_of_record import (
    RECORDS,
    field_choices,
    is_writable,
    label_of,
    map_choices,
    record_fields,
)
from projects.imports.guard import SizeLimits
from projects.imports.guess import slug_of
from projects.imports.layout import NAME, Field, Layout
from projects.imports.layout_files import MOST_BYTES
from projects.models import Cadence, LayoutDraft, NodeKind, ReportTemplate, Subject

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
    "pairs": "A key: words and what they stand for, compared with the settings",
}
ADDED = [(kind.value, f"A {kind.label.lower()}") for kind in NodeKind if kind != NodeKind.ORGANISATION]
BLANK_ROWS = 5
FIELD_PREFIX = "f"
FIELD_KEY = re.compile(rf"{FIELD_PREFIX}-\d+-key")
NEEDS = ("template", "scheme", "cadence", "sections", "statuses")


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
    makes = forms.ChoiceField(label="Something new is added as", choices=ADDED)
    makes_own = forms.ChoiceField(
        required=False,
        label="What a sheet itself is about is added as",
        choices=ADDED,
        help_text="Where the rows of a sheet are each about a thing of their own.",
    )
    makes_parents = forms.ChoiceField(
        required=False,
        label="What it stands beneath is added as",
        choices=[("", "It is not added"), *ADDED],
        help_text="Where the workbook names a parent that the portal does not have.",
    )
    beneath = forms.CharField(
        required=False,
        max_length=120,
        label="Portfolio that all of it stands in",
        help_text="It is made where there is none of that name.",
    )
    options = Meanings(
        label="Options of the template's sections",
        help_text="Where one document has several templates: benefits = by_year, one a line.",
    )
    colours = Colours(
        rows=4,
        label="Statuses told by the fill of a cell",
        help_text="One a line: of what, the fill as six hex digits, the word: project: 00B050 = Green.",
    )
    template = forms.CharField(
        required=False,
        max_length=100,
        label="Report template",
        help_text="Its name. Whoever may change the settings is offered to have all this made.",
    )
    scheme = forms.CharField(
        required=False,
        max_length=100,
        label="Statuses of the overall rating",
        help_text="What they are called together.",
    )
    cadence = forms.ChoiceField(
        required=False,
        label="How often it is reported",
        choices=[("", "–"), *Cadence.choices],
        help_text="The calendar that is made has such periods.",
    )
    sections = Sections(
        rows=4,
        label="Sections of the template",
        help_text="One a line: aims | Description and aims | kind = narrative.",
    )
    statuses = Statuses(
        rows=4,
        label="Statuses",
        help_text="One a line: Amber | A | at_risk | amber | triangle | What it says. Synonyms may follow.",
    )

    def __init__(self, *args, organisation, is_saved: bool, **kwargs):
        super().__init__(*args, **kwargs)
        templates = ReportTemplate.objects.filter(organisation=organisation, is_archived=False).order_by("name")
        chosen = self.initial.get("documents") or []
        known = {one.document: one.name for one in templates if one.document}
        self.fields["documents"].choices = list({**{name: name for name in chosen}, **known}.items())
        if is_saved:
            self.fields["name"].disabled = True

    @classmethod
    def of(cls, draft: LayoutDraft, sent=None) -> "TitleForm":
        """The form of a draft; `sent` is what somebody typed."""
        said = draft.declaration
        needs = next(iter(said.get("needs", ())), {})
        initial = {"makes": "project", "makes_own": "programme", **needs, **said}
        return cls(sent, initial=initial, organisation=draft.organisation, is_saved=bool(draft.slug))

    @property
    def has_needs(self) -> bool:
        return any(self[name].value() or name in self.errors for name in NEEDS)

    def clean_name(self):
        name = self.cleaned_data["name"].strip()
        if not NAME.fullmatch(name):
            raise forms.ValidationError(f"Use small letters, digits and single hyphens, such as {slug_of(name)}.")
        return name

    def clean(self):
        given = super().clean()
        if any(given.get(name) for name in NEEDS):
            for name in ("template", "scheme", "cadence", "sections"):
                if not given.get(name) and name not in self.errors:
                    self.add_error(name, "Fill this in as well, or clear all of what a council must have.")
        return given

    def changed(self, declaration: dict) -> dict:
        needs = _without_blanks({name: self.cleaned_data[name] for name in NEEDS}, {})
        said = {name: value for name, value in self.cleaned_data.items() if name not in NEEDS}
        defaults = {"makes": "project", "makes_own": "programme"}
        return _without_blanks({**declaration, **said, "needs": [needs] if needs else []}, defaults)


class SheetForm(forms.Form):
    """One sheet of a layout."""

    titles = Lines(
        label="Names of the sheet",
        help_text="One a line; * stands for any words. Leave it blank and the sheet is told by its headings.",
    )
    by_title = forms.BooleanField(required=False, label="Told by its name alone")
    required = forms.BooleanField(required=False, label="Every workbook has it")
    repeats = forms.BooleanField(required=False, label="There may be several like it")
    aside = forms.CharField(
        required=False,
        max_length=200,
        label="Why it is left aside",
        help_text="For a sheet without blocks, whose values are not taken: the preview gives this as the reason.",
    )

    @classmethod
    def all_of(cls, declaration: dict, sent=None) -> list["SheetForm"]:
        """A form for each sheet of a declaration."""
        return [
            cls(sent, prefix=f"s{place}", initial={"required": True, **sheet})
            for place, sheet in enumerate(declaration.get("sheets", ()))
        ]

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
    sums = Sums(
        label="What figures of a row come to", help_text="One a line: saving.net = saving.total - saving.other_way."
    )
    group = forms.ChoiceField(
        required=False,
        label="Said once for the rows below",
        help_text="What a row alone in the table, or the heading, says of all rows below it.",
    )
    group_ids = forms.ChoiceField(
        required=False,
        label="Such a row is told by",
        choices=[("", "Its words"), ("letters", "A reference that has letters only")],
        help_text="Numbers are then the rows of the group.",
    )
    heading_heads = forms.BooleanField(
        required=False,
        label="The heading stands in the row of column headings",
        help_text="Above the first column, and is said of all rows.",
    )
    unheaded = forms.ChoiceField(required=False, label="Column without a heading", help_text="What its words are.")
    own = Lines(
        label="Row about the sheet itself",
        help_text="One spelling a line, such as “Overall*”; all other rows are about things of their own.",
    )
    adds = forms.BooleanField(
        required=False, label="It may name something new", help_text="Else what the portal does not know is an error."
    )
    says = Meanings(label="Said of every row without a column for it", help_text="One a line: plan_item.kind = action.")
    section = forms.CharField(
        required=False,
        max_length=60,
        label="Section of the report",
        help_text="For counts and stated figures: its key.",
    )
    counts = Counts(
        rows=8,
        label="What each row counts",
        help_text="One row a line: products | total | Total*, or products | on_track, watch | On track,"
        " or products | in Tranche 1 | Tranche 1 products*.",
    )
    required_when = WordsByKey(
        label="It must be there when", help_text="One a line, another value of the workbook: node.tier = gold, silver."
    )
    within_rows = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=20,
        initial=3,
        label="Rows looked at for words at the top",
        help_text="For words without a heading: how many rows from the first that is filled.",
    )
    RARE = (
        "sums",
        "group",
        "group_ids",
        "heading_heads",
        "unheaded",
        "own",
        "says",
        "section",
        "counts",
        "required_when",
    )

    def __init__(self, *args, keys: list[str], **kwargs):
        super().__init__(*args, **kwargs)
        mine = [("", "None"), *((key, label_of(key)) for key in dict.fromkeys(keys) if key)]
        for name in ("id", "group", "unheaded"):
            self.fields[name].choices = mine
        record = self.initial.get("record", "")
        if record and record not in RECORDS:
            self.fields["record"].choices += [(record, label_of(f"x.{record}"))]

    @classmethod
    def of(cls, block: dict, sent=None) -> "BlockForm":
        """The form of a block; what somebody has `sent` may name a field that the same form adds."""
        keys = [one.get("key", "") for one in block["fields"]]
        keys += [value for name, value in (sent or {}).items() if FIELD_KEY.fullmatch(name)]
        return cls(sent, initial={"header_rows": 1, "adds": True, "within_rows": 3, **block}, keys=keys)

    @property
    def has_rare(self) -> bool:
        """Whether an option that is seldom needed says something, and all are shown open."""
        names = (*self.RARE, "adds", "within_rows")
        is_set = any(self[name].value() for name in self.RARE) or not self["adds"].value()
        return is_set or str(self["within_rows"].value()) != "3" or any(name in self.errors for name in names)

    def clean(self):
        given = super().clean()
        if (
            given.get("kind") in ("table", "list", "figures")
            and not given.get("record")
            and "record" not in self.errors
        ):
            self.add_error("record", "Say what each row is.")
        if given.get("kind") not in ("table", "banner", "labelled", "figures", None) and not given.get("headings"):
            self.add_error("headings", "Give the heading by which the block is found.")
        return given

    def changed(self, block: dict) -> dict:
        defaults = {"required": False, "header_rows": 1, "heading_heads": False, "adds": True, "within_rows": 3}
        return _without_blanks({**block, **self.cleaned_data}, defaults)


class FieldForm(forms.Form):
    """One heading of a block and where its values go."""

    at = forms.IntegerField(required=False, widget=forms.HiddenInput)
    labels = Lines(label="Heading, every spelling on a line")
    key = forms.ChoiceField(required=False, label="Goes to")
    type = forms.ChoiceField(required=False, label="Read as", choices=[("", "As usual for it"), *TYPES.items()])
    required = forms.BooleanField(required=False, label="Must be filled")
    date_rule = forms.ChoiceField(required=False, label="Dates", choices=DATES.items())
    subject = forms.ChoiceField(
        required=False,
        label="Status of what",
        choices=[("", "As usual for it"), *Subject.choices],
        help_text="For a status: whose words and colours are meant.",
    )
    thousands = forms.BooleanField(required=False, label="In thousands")
    millions = forms.BooleanField(required=False, label="In millions")
    repeats = forms.BooleanField(required=False, label="Several columns, told apart by * or #")
    either = forms.BooleanField(required=False, label="Several columns, of which the first that is filled is taken")
    capture = forms.CharField(
        required=False,
        max_length=60,
        label="What # or the last * of the heading goes to",
        widget=forms.TextInput(attrs={"list": "keys-of-record"}),
    )
    bracket = forms.CharField(
        required=False,
        max_length=60,
        label="What stands in a bracket goes to",
        widget=forms.TextInput(attrs={"list": "keys-of-record"}),
    )
    choices = Meanings(label="Words and what they stand for", help_text="For one of a list: Yes = yes, one a line.")
    withheld = Lines(label="Words of a value that is kept back", help_text="Such as “Exempt under Section *”.")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["key"].choices = field_choices(self.initial.get("key", ""))
        subject = self.initial.get("subject", "")
        if subject and subject not in Subject.values:
            self.fields["subject"].choices += [(subject, f"{Subject.OVERALL.label} ({subject})")]

    @property
    def has_options(self) -> bool:
        """Whether the further options say something, and are shown open."""
        rare = ("thousands", "millions", "repeats", "either", "capture", "bracket", "choices", "withheld")
        return any(self.initial.get(name) for name in rare) or any(name in self.errors for name in rare)

    def clean_capture(self):
        return self._known("capture")

    def clean_bracket(self):
        return self._known("bracket")

    def _known(self, name: str) -> str:
        key = self.cleaned_data[name].strip()
        if key and not is_writable(key):
            raise forms.ValidationError(f"There is no field {key}. Choose one of those that are offered.")
        return key

    @property
    def is_left_blank(self) -> bool:
        return not self.cleaned_data.get("labels") and not self.cleaned_data.get("key")

    def changed(self, old: dict) -> dict:
        """The field as the form has it; `old` is what it was."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "at"}
        usual = record_fields()[given["key"]].as_usual if given["key"] in record_fields() else Field(given["key"])
        kept = old if old.get("key") == given["key"] else {}
        given["type"] = given["type"] or usual.type
        given["date_rule"] = given["date_rule"] or "words_allowed"
        said = {**kept, **given}
        if said["type"] == "status":
            said["subject"] = given["subject"] or usual.subject or "project"
        else:
            said.pop("subject", None)
        if said["type"] == "choice" and not said["choices"]:
            said["choices"] = dict(usual.choices)
        defaults = {
            "type": "text",
            "required": False,
            "date_rule": "words_allowed",
            "thousands": False,
            "millions": False,
            "repeats": False,
            "either": False,
        }
        return {"key": given["key"], **_without_blanks(said, defaults)}


class FieldForms(forms.BaseFormSet):
    """The headings of a block, and a few blank lines for more."""

    @classmethod
    def of(cls, block: dict, sent=None) -> "FieldForms":
        initial = [{"at": at, "date_rule": "words_allowed", **one} for at, one in enumerate(block["fields"])]
        return cls(sent, initial=initial, prefix=FIELD_PREFIX)

    def changed(self, block: dict) -> list[dict]:
        """The fields as the forms have them; those that were left blank are not there."""
        filled = [one for one in self if one.has_changed() | bool(one.initial) and not one.is_left_blank]
        held = dict(enumerate(block["fields"]))
        return [one.changed(held.get(one.cleaned_data.get("at"), {})) for one in filled]


FieldFormSet = forms.formset_factory(FieldForm, formset=FieldForms, extra=BLANK_ROWS, max_num=300, absolute_max=320)


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
