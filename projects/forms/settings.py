"""Forms for what a council settles for itself: one base, and what each table of settings adds to it."""

import re
from itertools import chain, count

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Max, UniqueConstraint
from django.utils.text import slugify

from projects.actions.rows import HEADER_SECTIONS, SECTION_TABLES, WHOLE_LIFE_COST
from projects.actions.writing import version_of
from projects.forms.committees import KINDS_OF_REPORT, KINDS_OF_SECTION
from projects.forms.fields import WrittenDateInput
from projects.forms.section_options import STARTS_BLANK, CommitteeSectionBoxes, boxes_filled, boxes_of, options_with
from projects.holidays import NATIONS
from projects.models import (
    Board,
    Calendar,
    ChangeRoute,
    ChangeRouteStep,
    CommitteeReport,
    Dimension,
    Label,
    Meeting,
    Organisation,
    Period,
    Post,
    Question,
    ReportTemplate,
    RiskBand,
    RiskMatrix,
    Status,
    StatusScheme,
    Team,
    TemplateSection,
    Threshold,
    Tier,
)
from projects.models.base import Owned
from projects.models.structure import NodeKind
from projects.rules.cover import FROM_PROJECTS, part_of
from projects.rules.routes import BASELINES, RouteRule

# What may stand only once, in the words of the form: the box, and a sentence.
CLASHES = {
    "node_slug_once": ("slug", "Another node has this address."),
    "scheme_slug_once": ("slug", "Another scheme has this address."),
    "status_code_once": ("code", "Another status of this scheme has this code."),
    "status_label_once": ("label", "Another status of this scheme has this label."),
    "tier_code_once": ("code", "Another tier has this code."),
    "calendar_slug_once": ("slug", "Another calendar has this address."),
    "period_slug_once": ("slug", "Another period of this calendar has this address."),
    "period_as_at_once": ("as_at_on", "Another period of this calendar speaks as at this day."),
    "board_name_once": ("name", "Another board has this name."),
    "meeting_once": ("starts_at", "This board has a meeting at this time already."),
    "alias_names_one_node": ("printed_as", "Another node is printed under this name there."),
    "grouped_once": ("node", "The node is in the group already."),
    "label_once": ("name", "Another label has this name."),
    "template_slug_once": ("slug", "Another template has this address."),
    "section_once": ("key", "The template has this section already."),
    "dimension_once": ("key", "The template has a dimension with this key."),
    "one_overall_dimension": ("is_overall", "The template has an overall dimension already."),
    "question_once": ("key", "The template has a question with this key."),
}
DATE_HELP = "For example 31/7/2019."
MOMENT_HELP = "For example 31/7/2019 17:00."
SLUG_HELP = "Small letters, figures and hyphens; it stands in addresses and does not change later."


class LinesField(forms.CharField):
    """A list of words, one a line."""

    widget = forms.Textarea(attrs={"rows": 5})

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value):
        return [line.strip() for line in (super().clean(value) or "").splitlines() if line.strip()]

    def has_changed(self, initial, data):
        return (initial or []) != [line.strip() for line in (data or "").splitlines() if line.strip()]


TEXT = "narrative"  # the kind, among a section's options, of one that is free text


class SettingForm(forms.ModelForm):
    """A row of settings of one council. Choices are the council's own; `changes` is what an action takes.

    The form's instance is a copy for checking: the action writes the row it is given.
    """

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    fixed = ()  # fields that are chosen once, when the row is made
    above = ()  # foreign keys filled in before the form is shown
    in_order = ()  # (box, later box, what is said when the later one is smaller)

    def __init__(self, *args, organisation: Organisation, **kwargs):
        super().__init__(*args, **kwargs)
        self.organisation = organisation
        if self.instance.pk:
            for name in self.fixed:
                self.fields.pop(name, None)
        if self.instance.pk:
            self.initial["version"] = version_of(self.instance)
        else:
            del self.fields["version"]
        for name, field in self.fields.items():
            self._fit(name, field)

    def _fit(self, name, field):
        if isinstance(field, forms.ModelMultipleChoiceField):
            field.widget = forms.CheckboxSelectMultiple(choices=field.widget.choices)
        if isinstance(field, forms.ModelChoiceField) and issubclass(field.queryset.model, Owned):
            own = field.queryset.model._default_manager.filter(organisation=self.organisation)
            if any(column.name == "is_archived" for column in own.model._meta.fields):
                # What is archived is offered to nobody, but where it stands it may stay.
                own = own.filter(is_archived=False) | own.filter(pk__in=self._standing(name))
            field.queryset = own
            if not isinstance(field, forms.ModelMultipleChoiceField):
                field.empty_label = "Choose one" if field.required else "None"
        elif isinstance(field, forms.DateTimeField):
            field.widget = forms.DateTimeInput(format="%d/%m/%Y %H:%M")
            if moment := self.initial.get(name):
                self.initial[name] = moment.replace(second=0)  # not shown, and so not changed by being shown
            field.help_text = field.help_text or MOMENT_HELP
        elif isinstance(field, forms.DateField):
            field.widget = forms.DateInput(format="%d/%m/%Y")
            field.help_text = field.help_text or DATE_HELP
        elif isinstance(field, (forms.IntegerField, forms.DecimalField)) and not field.widget.is_hidden:
            field.widget = forms.TextInput(attrs={"inputmode": "decimal"})
        elif isinstance(field, forms.SlugField):
            field.help_text = field.help_text or SLUG_HELP

    def _standing(self, name):
        if not self.instance.pk:
            return []
        standing = getattr(self.instance, name, None)  # None too for a box that is no field of the row
        return [row.pk for row in standing.all()] if hasattr(standing, "all") else [standing.pk] if standing else []

    def clean(self):
        cleaned = super().clean()
        for first, last, sentence in self.in_order:
            if None not in (cleaned.get(first), cleaned.get(last)) and cleaned[last] < cleaned[first]:
                self.add_error(last, sentence)
        return cleaned

    def validate_unique(self):
        """Check what may stand once in a council, or within the row above, and say it at its box.

        Django leaves these out, because the council and the row above are not on the form.
        """
        super().validate_unique()
        left_out = self._get_validation_exclusions() - {"organisation", *self.above}
        for constraint in self._meta.model._meta.constraints:
            if not isinstance(constraint, UniqueConstraint):
                continue
            try:
                constraint.validate(self._meta.model, self.instance, exclude=left_out)
            except ValidationError as problem:
                box, sentence = CLASHES.get(constraint.name, (None, problem))
                self.add_error(box if box in self.fields else None, sentence)

    def answers(self) -> dict:
        """Every field of the row with what was typed: for a new row."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}

    def changes(self) -> dict:
        """What differs from the row as it is."""
        return {name: self.cleaned_data[name] for name in self.changed_data if name != "version"}


class OrganisationForm(SettingForm):
    class Meta:
        model = Organisation
        fields = [
            "name",
            "short_name",
            "accent",
            "financial_year_start",
            "is_day_first",
            "bank_holidays",
            "accessible_formats",
            "packs_are_public",
            "clock_on",
        ]
        widgets = {"accessible_formats": forms.Textarea(attrs={"rows": 3})}
        labels = {"short_name": "Short name"}
        help_texts = {
            "bank_holidays": "Deadlines in working days leave them out.",
            "packs_are_public": "Public copies of published committee packs only, by the address of each file.",
        }

    bank_holidays = forms.ChoiceField(label="Bank holidays of", choices=NATIONS)


class BoardForm(SettingForm):
    class Meta:
        model = Board
        fields = ["name", "short_name", "kind", "cadence", "awareness_heading", "terms", "members", "order"]
        labels = {"awareness_heading": "Heading of its column in the change record"}
        help_texts = {"awareness_heading": "Such as: Date the board became aware. Blank: it has no column."}


class MeetingForm(SettingForm):
    above = ("board",)

    class Meta:
        model = Meeting
        fields = ["starts_at", "place", "papers_due_at"]
        labels = {"starts_at": "Begins", "papers_due_at": "Papers are due"}


class TierForm(SettingForm):
    class Meta:
        model = Tier
        fields = ["label", "code", "definition", "order"]


class SchemeForm(SettingForm):
    fixed = ("slug", "subject")  # reports print what a scheme is about

    class Meta:
        model = StatusScheme
        fields = ["name", "slug", "subject"]


class StatusForm(SettingForm):
    above = ("scheme",)
    synonyms = LinesField(
        label="Also written as",
        required=False,
        help_text="Other words for it in workbooks, one a line. They are read, never printed.",
    )

    class Meta:
        model = Status
        fields = ["label", "code", "definition", "shape", "colour", "kind", "severity", "order", "synonyms"]
        labels = {"kind": "What it means"}
        help_texts = {
            "kind": "The common meaning, so that totals over several schemes are possible.",
            "severity": "0 says nothing, 5 is worst.",
        }
        widgets = {"definition": forms.Textarea(attrs={"rows": 3})}


class ThresholdForm(SettingForm):
    in_order = (("amber_from", "red_from", "Red cannot begin before amber."),)

    class Meta:
        model = Threshold
        fields = ["amber_from", "red_from"]


class DaysField(forms.CharField):
    """A list of numbers of days, with commas between them."""

    widget = forms.TextInput(attrs={"inputmode": "text"})
    most = 60

    def prepare_value(self, value):
        return ", ".join(str(number) for number in value) if isinstance(value, list) else value

    def clean(self, value):
        words = [word for word in re.split(r"[,;\s]+", super().clean(value) or "") if word]
        if not all(word.isdecimal() and int(word) <= self.most for word in words):
            raise ValidationError(f"Write numbers of days up to {self.most} with commas between them, such as 5, 1.")
        return sorted({int(word) for word in words}, reverse=True)

    def has_changed(self, initial, data):
        try:
            return (initial or []) != self.clean(data)
        except ValidationError:
            return True


class CalendarForm(SettingForm):
    fixed = ("slug",)

    remind_days_before = DaysField(
        label="Remind officers so many days before the deadline",
        required=False,
        help_text="Numbers with commas between them: 5, 1. Blank: no reminder before the deadline.",
    )

    class Meta:
        model = Calendar
        fields = [
            "name",
            "slug",
            "cadence",
            "board",
            "deadline_rule",
            "deadline_amount",
            "remind_days_before",
            "remind_late_every",
        ]
        labels = {
            "deadline_rule": "Deadlines are counted in",
            "deadline_amount": "How many",
            "remind_late_every": "Remind officers and the PMO of a late report every so many days",
        }
        help_texts = {
            "board": "Deadlines before a meeting are counted from the first one on a period's last day or after.",
            "remind_late_every": "From the day after the deadline until it is in. 0: never.",
        }

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("deadline_rule") not in (None, Calendar.DeadlineRule.DAYS_AFTER_END) and not cleaned.get(
            "board"
        ):
            self.add_error("board", "Choose the board whose meetings the deadlines are counted from.")
        return cleaned


class PeriodForm(SettingForm):
    above = ("calendar",)
    in_order = (("starts_on", "ends_on", "The last day is before the first."),)
    fixed = ("slug",)

    class Meta:
        model = Period
        fields = ["label", "short_code", "slug", "starts_on", "ends_on", "as_at_on", "due_at", "meeting"]
        labels = {"as_at_on": "Reports speak as at", "due_at": "Reports are due", "starts_on": "First day"}
        help_texts = {
            "ends_on": DATE_HELP,
            "due_at": f"{MOMENT_HELP} By the calendar's rule, unless something else is written here.",
            "meeting": "The one that takes the reports; by the calendar's rule, unless another is chosen.",
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["ends_on"].label = "Last day"
        self.fields["meeting"].queryset = self.fields["meeting"].queryset.select_related("board")

    def clean_short_code(self):
        """No two periods of a calendar have one code: charts print nothing else."""
        code = self.cleaned_data["short_code"]
        others = self.instance.calendar.periods.exclude(pk=self.instance.pk)
        if code and (clash := others.filter(short_code=code).first()):
            raise ValidationError(f"{clash} of this calendar has this code.")
        return code


# What a report made by a template is printed as, by the names documents go by.
PRINTED_AS = (
    ("A report to a committee", KINDS_OF_REPORT),
    (
        "A report of a project, a programme or a portfolio",
        (
            ("project-dashboard", "Project dashboard"),
            ("programme-status", "Programme status report"),
            ("portfolio-update", "Portfolio update"),
            ("scorecard", "Programme scorecard"),
            ("checkpoint", "Checkpoint report"),
            ("indicators", "Indicators"),
            ("pid", "Project initiation document"),
        ),
    ),
)


def printed_as(document: str) -> str:
    """The name of a document as people know it."""
    names = {name: label for _, documents in PRINTED_AS for name, label in documents}
    return names.get(document, document)


def is_for_committee(template: ReportTemplate) -> bool:
    return template.document in dict(KINDS_OF_REPORT)


class TemplateForm(SettingForm):
    fixed = ("slug",)
    of_committees = ("board", "numbering")
    of_projects = ("marking", "score_label", "requires_sign_off")

    document = forms.ChoiceField(label="Printed as", choices=PRINTED_AS)
    numbering = forms.ChoiceField(
        label="Numbering of paragraphs",
        choices=[("", "Not a report to a committee"), *CommitteeReport.Numbering.choices],
        required=False,
    )

    class Meta:
        model = ReportTemplate
        fields = ["name", "slug", "document", "board", "numbering", "marking", "score_label", "requires_sign_off"]
        labels = {"board": "For the committee"}
        help_texts = {
            "board": "The one whose reports begin like this. None: every committee without a template of its own.",
            "marking": "Printed on every page, such as PUBLIC DOCUMENT.",
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            return
        for name in self.of_projects if is_for_committee(self.instance) else self.of_committees:
            del self.fields[name]
        if printed_as(self.instance.document) == self.instance.document:
            kept = (self.instance.document, self.instance.document)
            self.fields["document"].choices = [*PRINTED_AS, kept]


class SectionForm(SettingForm):
    """A section by its key; what else it is told stands among its options."""

    above = ("template",)
    fixed = ("key",)

    is_text = forms.BooleanField(
        label="A text that officers write",
        required=False,
        help_text="Tick it where the key is none of the portal's own.",
    )
    remark = forms.CharField(
        label="Remark printed below its figures",
        required=False,
        max_length=300,
        help_text="On a scorecard, such as how complete the registers are.",
    )
    asks_cost = forms.BooleanField(
        label="It asks for the whole-life cost",
        required=False,
        help_text="In the project detail alone.",
    )

    starts_blank = forms.BooleanField(
        label="Written anew for each report",
        required=False,
        help_text="A text that says as of when it speaks should not be copied from the last report.",
    )

    class Meta:
        model = TemplateSection
        fields = ["title", "key", "help_text", "tiers", "scope_label", "order"]
        labels = {"tiers": "Which tiers fill it", "help_text": "Help for the officer"}
        help_texts = {
            "tiers": "None ticked: every project does.",
            "key": f"The portal's own are {', '.join(sorted({*SECTION_TABLES, *HEADER_SECTIONS}))}. Any other is a text"
            " that officers write.",
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["is_text"] = self.instance.options.get("kind") == TEXT
        self.initial["remark"] = self.instance.options.get("note", "")
        self.initial["starts_blank"] = bool(self.instance.options.get(STARTS_BLANK))
        is_of_committee = is_for_committee(self.instance.template)
        if is_of_committee:
            for name in ("is_text", "remark", "starts_blank", "asks_cost", "tiers", "scope_label", "help_text"):
                del self.fields[name]
        elif self.instance.key != "project-detail":
            del self.fields["asks_cost"]
        if is_of_committee and not self.instance.pk:
            self.fields["key"] = forms.ChoiceField(
                label="What it is",
                choices=_kinds_of_section(self.instance.template),
                required=False,
                help_text="Who the reviewers are, of their comments, is asked for once the section is added.",
            )
            last = self.instance.template.sections.aggregate(last=Max("order"))["last"]
            self.initial["order"] = (last or 0) + 1
        self.committee = CommitteeSectionBoxes(self.instance) if is_of_committee else None
        if self.committee:
            self.fields |= self.committee.fields
            self.initial |= self.committee.filled
        self.boxes = boxes_of(self.instance.key) if self.instance.pk else {}
        self.fields |= self.boxes
        self.initial |= boxes_filled(self.instance.options, self.instance.key) if self.boxes else {}
        self.initial["asks_cost"] = bool(self.instance.options.get(WHOLE_LIFE_COST))

    def clean_key(self) -> str:
        """The key; of a committee's section the kind that was chosen, or its title, made the only one."""
        asked = self.cleaned_data["key"]
        template = self.instance.template
        if not is_for_committee(template):
            return asked
        stem = asked or slugify(self.cleaned_data.get("title", ""))[:50] or "section"
        if not asked and (part_of(stem) or stem == FROM_PROJECTS):
            stem = f"text-{stem}"
        taken = set(template.sections.values_list("key", flat=True))
        return next(key for key in chain((stem,), (f"{stem}-{number}" for number in count(2))) if key not in taken)

    def clean(self):
        cleaned = super().clean()
        for name in self.committee.nameless(cleaned) if self.committee else ():
            self.add_error(name, "Say whose comments these are.")
        return cleaned

    def answers(self):
        return self._with_options(super().answers())

    def changes(self):
        return self._with_options(super().changes())

    def _with_options(self, answers):
        """The answers as columns: what has no column of its own is put among the options."""
        options = dict(self.instance.options)
        for name, key, value in (
            ("is_text", "kind", TEXT if answers.get("is_text") else ""),
            ("remark", "note", answers.get("remark", "")),
            ("starts_blank", STARTS_BLANK, answers.get("starts_blank", False)),
            ("asks_cost", WHOLE_LIFE_COST, answers.get("asks_cost", False)),
        ):
            if answers.pop(name, None) is None:
                continue
            options.pop(key, None)
            if value:
                options[key] = value
        options = options_with(options, {name: answers.pop(name) for name in self.boxes if name in answers})
        if self.committee:
            answers = {name: value for name, value in answers.items() if name not in self.committee.fields}
            options = self.committee.options_with(options, self.cleaned_data)
        return {**answers, "options": options} if options != self.instance.options else answers


def _kinds_of_section(template: ReportTemplate) -> list[tuple[str, str]]:
    kinds = list(KINDS_OF_SECTION)
    if template.document == "narrative-update":
        kinds.append((FROM_PROJECTS, "What the projects' reports tell"))
    return kinds


class PartForm(SettingForm):
    """A part of a template that is printed in one of its sections."""

    above = ("template",)
    fixed = ("key",)

    section = forms.ChoiceField(required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        sections = self.instance.template.sections.values_list("key", "title")
        self.fields["section"].choices = [("", "None"), *sections]


class DimensionForm(PartForm):
    section = forms.ChoiceField(label="Printed in the section", required=False)
    rule = forms.ChoiceField(
        label="Proposed by the rule",
        required=False,
        choices=[
            ("", "None: chosen by hand"),
            ("overall", "Overall: the worst of the others"),
            ("schedule", "Schedule: days of slip"),
            ("finance", "Finance: percent over planned"),
            ("risk", "Risk: the worst band"),
            ("benefits", "Benefits: percent short of target"),
            ("children", "Reports below: the worst of them"),
        ],
    )

    class Meta:
        model = Dimension
        fields = ["label", "key", "scheme", "section", "is_overall", "rule", "help_text", "order"]
        labels = {"is_overall": "This is the overall status"}


class QuestionForm(PartForm):
    section = forms.ChoiceField(label="Asked in the section", required=False)

    class Meta:
        model = Question
        fields = ["text", "key", "scheme", "section", "tiers", "order"]
        labels = {"tiers": "Which tiers answer it"}
        help_texts = {"tiers": "None ticked: every project does."}


class MatrixForm(SettingForm):
    likelihood_labels = LinesField(label="Likelihood, lowest first", help_text="One a line.")
    impact_labels = LinesField(label="Impact, lowest first", help_text="One a line.")

    class Meta:
        model = RiskMatrix
        fields = ["name", "likelihood_labels", "impact_labels", "is_default"]
        labels = {"is_default": "Used unless another is named"}


class BandForm(SettingForm):
    above = ("matrix",)
    in_order = (("from_score", "to_score", "The last score is below the first."),)

    class Meta:
        model = RiskBand
        fields = ["status", "from_score", "to_score"]
        labels = {"status": "Band", "from_score": "First score", "to_score": "Last score"}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        bands = self.fields["status"]
        bands.queryset = bands.queryset.filter(scheme__subject="risk_band").select_related("scheme")

    def clean(self):
        cleaned = super().clean()
        first, last = cleaned.get("from_score"), cleaned.get("to_score")
        if first is not None and last is not None:
            others = self.instance.matrix.bands.exclude(pk=self.instance.pk)
            if clash := others.filter(from_score__lte=last, to_score__gte=first).first():
                self.add_error(
                    "from_score", f"{clash.status} holds the scores {clash.from_score} to {clash.to_score} already."
                )
        return cleaned


class LabelForm(SettingForm):
    class Meta:
        model = Label
        fields = ["name", "definition"]


class TeamForm(SettingForm):
    class Meta:
        model = Team
        fields = ["name", "node"]
        labels = {"node": "Part of"}


class PostForm(SettingForm):
    funded_until = WrittenDateInput(label="Funded until")

    class Meta:
        model = Post
        fields = ["title", "team", "holder", "funding"]
        labels = {"holder": "Who signs in for it"}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        people = self.fields["holder"].queryset
        self.fields["holder"].queryset = people.filter(grants__organisation=self.organisation).distinct()
        self.initial["funded_until"] = self.instance.funded_until_words
        self.fields["funded_until"].day_first = self.organisation.is_day_first

    def answers(self):
        return self._with_columns(super().answers())

    def changes(self):
        return self._with_columns(super().changes())

    def _with_columns(self, answers):
        if "funded_until" in answers:
            answers |= Post.funded_until.values(answers.pop("funded_until"))
        return answers


class RouteForm(SettingForm):
    """A route of decision; its rule is kept as one value and asked in plain boxes."""

    kinds = forms.MultipleChoiceField(
        label="Only changes to",
        required=False,
        choices=[(kind, words[0].upper() + words[1:]) for kind, words in BASELINES.items()],
        widget=forms.CheckboxSelectMultiple,
        help_text="None ticked: any.",
    )
    node_kinds = forms.MultipleChoiceField(
        label="Only changes raised on",
        required=False,
        choices=[(kind.value, f"A {kind.label.lower()}") for kind in NodeKind if kind is not NodeKind.ORGANISATION],
        widget=forms.CheckboxSelectMultiple,
        help_text="None ticked: any.",
    )
    service_or_policy = forms.BooleanField(label="It has an impact on service or policy", required=False)
    significant = forms.BooleanField(label="It moves a significant milestone", required=False)
    days_from = forms.IntegerField(
        label="It moves a date by so many days or more", required=False, min_value=1, help_text="Earlier or later."
    )
    pounds_from = forms.DecimalField(
        label="It moves an amount by so many pounds or more", required=False, min_value=1, help_text="Up or down."
    )
    percent_from = forms.DecimalField(
        label="It moves an amount by so many percent or more", required=False, min_value=0, help_text="Up or down."
    )
    drift = forms.ChoiceField(
        label="It adds to a drift since the first baseline that is",
        required=False,
        choices=[("", "Not asked"), ("amber", "Amber or red"), ("red", "Red")],
        help_text="The lines are set under thresholds.",
    )

    class Meta:
        model = ChangeRoute
        fields = ["name", "applies_to", "order"]
        help_texts = {
            "order": "Routes are asked in this order and the first that fits is taken: the longest way first, the one "
            "for everything else, with no condition, last."
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        rule = RouteRule.read(self.instance.rule or {})
        for name in RouteRule.__dataclass_fields__:
            value = getattr(rule, name)
            self.initial[name] = list(value) if isinstance(value, tuple) else value
            self.fields[name].initial = self.initial[name]

    def answers(self):
        return self._with_rule(super().answers())

    def changes(self):
        return self._with_rule(super().changes())

    def _with_rule(self, answers):
        """The boxes of the rule put together; they are kept out where none was changed."""
        asked = {name: answers.pop(name) for name in RouteRule.__dataclass_fields__ if name in answers}
        if asked:
            said = {name: self.cleaned_data[name] for name in RouteRule.__dataclass_fields__}
            answers["rule"] = RouteRule.read(said).kept()
        return answers


class RouteStepForm(SettingForm):
    above = ("route",)
    is_sponsor = forms.BooleanField(
        label="The project's own sponsor",
        required=False,
        help_text="Whoever signs off reports of the project as its sponsor (senior responsible owner).",
    )

    class Meta:
        model = ChangeRouteStep
        fields = ["board", "post", "order"]
        help_texts = {
            "board": "Its decision is recorded by the PMO.",
            "post": "Decides for itself; the PMO records it where nobody signs in for the post.",
            "order": "Steps are decided in this order.",
        }

    field_order = ["board", "post", "is_sponsor", "order"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        names_nobody = bool(self.instance.pk and not self.instance.board_id and not self.instance.post_id)
        self.initial["is_sponsor"] = self.fields["is_sponsor"].initial = names_nobody

    def clean(self):
        cleaned = super().clean()
        named = [each for each in ("board", "post", "is_sponsor") if cleaned.get(each)]
        if len(named) != 1:
            raise ValidationError("Name one: a board, a post or the project's own sponsor.")
        return cleaned

    def answers(self):
        return _without_sponsor(super().answers())

    def changes(self):
        return _without_sponsor(super().changes())


def _without_sponsor(answers):
    """A step that names neither board nor post is the sponsor's; there is no column for it."""
    return {name: value for name, value in answers.items() if name != "is_sponsor"}


class MakePeriodsForm(forms.Form):
    """Which financial year to make the periods of."""

    year = forms.IntegerField(
        label="Financial year that begins in",
        min_value=2000,
        max_value=2100,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        help_text="2019 for 2019/20. Periods that are there already are left as they are.",
    )


class ReasonForm(forms.Form):
    """Why something is done: kept in the audit trail."""

    reason = forms.CharField(label="Why", widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)
