"""What a thing is to be held to: a form for each kind of baseline, its lines as a table."""

import re
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property

from projects.forms.fields import PoundsInput, WrittenDateInput
from projects.forms.records import text_box
from projects.models import (
    Baseline,
    BaselineLine,
    BenefitTarget,
    BudgetBaselineLine,
    IndicatorTarget,
    NodeBaselineSection,
    PlanItemBaseline,
    ReportTemplate,
    TemplateSection,
    Tier,
    Tranche,
)
from projects.rules.dates import WrittenDate
from projects.rules.tree import ancestors_of
from projects.versions import SORTS, Sort, financial_year, plain_number

SPARE_ROWS = 3
MOST_ROWS = 200
NOTHING_DIFFERS = "Nothing differs from what it is held to now. Change something, or leave it out of the change."
NOTHING_SAID = "Say what it is to be held to."


class YearInput(forms.CharField):
    """A financial year, 2018/19. Cleans to the year it begins in; blank is None, for an amount of no one year.

    "Year 2" cleans to 2: profiles are agreed before it is settled when their first year begins.
    """

    def __init__(self, **kwargs):
        super().__init__(required=False, max_length=12, **kwargs)

    def clean(self, value) -> int | None:
        text = super().clean(value)
        if not text:
            return None
        if numbered := re.fullmatch(r"year\s+([1-9]\d?)", text, re.IGNORECASE):
            return int(numbered[1])
        read = re.fullmatch(r"((?:19|20)\d\d)(?:\s*[/\u2013-]\s*(\d\d|\d{4}))?", text)
        if not read or (read[2] and int(read[2]) % 100 != (int(read[1]) + 1) % 100):
            raise ValidationError("Write the financial year as 2018/19. Without a date yet it is Year 1.")
        return int(read[1])


class LineForm(forms.Form):
    """A line of a version. A blank one is none, so clearing a line takes it out."""

    unique = ()  # what may stand once in a version

    def said(self) -> dict:
        """The answers, {} for a blank line."""
        answers = getattr(self, "cleaned_data", {})
        return answers if any(value not in (None, "") for value in answers.values()) else {}

    @staticmethod
    def shown(line: BaselineLine) -> dict:
        """A line as its boxes show it."""
        raise NotImplementedError


class TargetLine(LineForm):
    unique = ("year",)
    year = YearInput(label="Financial year")
    amount = PoundsInput(label="Target in pounds")
    words = forms.CharField(label="Target in words", required=False, max_length=200)

    @staticmethod
    def shown(line):
        return {"year": _year(line.year), "amount": plain_number(line.amount), "words": line.words}


class BudgetLine(LineForm):
    unique = ("category", "year")
    category = forms.CharField(label="Category", required=False, max_length=100)
    year = YearInput(label="Financial year")
    amount = PoundsInput(label="Pounds")

    @staticmethod
    def shown(line):
        return {"category": line.category, "year": _year(line.year), "amount": plain_number(line.amount)}


class IndicatorLine(LineForm):
    unique = ("measured",)
    measured = forms.CharField(label="Period measured", required=False, max_length=40)
    amount = forms.DecimalField(
        label="Target",
        required=False,
        max_digits=18,
        decimal_places=4,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    words = forms.CharField(label="Target in words", required=False, max_length=100)

    @staticmethod
    def shown(line):
        return {"measured": line.measured, "amount": plain_number(line.amount), "words": line.words}


def _year(year: int | None) -> str:
    return "" if year is None else financial_year(year)


class LinesFormSet(forms.BaseFormSet):
    def clean(self):
        seen = set()
        for form in self.forms:
            said = form.said()
            key = tuple(said.get(name) for name in form.unique)
            if said and key in seen:
                form.add_error(form.unique[0], "There is another line for this already.")
            seen.add(key) if said else None


class ProposalForm(forms.Form):
    """What one thing is to be held to. It opens with what it is held to now, else with what the last report says.

    `current` is the version in force (None without one); `proposal` the row that is edited, None for a new one.
    """

    sort: Sort
    line_form: type[LineForm] | None = None
    line_model: type[BaselineLine] | None = None

    def __init__(self, thing, current, *, proposal=None, data=None):
        self.thing, self.current, self.proposal = thing, current, proposal
        super().__init__(data, prefix=f"{self.sort.key}-{thing.pk}")
        organisation = thing.organisation
        for box in self.fields.values():
            if isinstance(box, WrittenDateInput):
                box.day_first, box.fy_start_month = organisation.is_day_first, organisation.financial_year_start
        opened = proposal or current
        self.initial = self.shown(opened) if opened else self.reported()
        for name, box in self.fields.items():
            if isinstance(box, WrittenDateInput):
                box.help_text = box.reading_of(str(self[name].value() or ""))

    # what subclasses say

    def shown(self, version: Baseline) -> dict:
        """A version as the boxes show it."""
        return {name: getattr(version, name) for name in self.fields}

    def reported(self) -> dict:
        """The boxes for a first version, from what the newest report says."""
        return {}

    def reported_lines(self) -> list[dict]:
        return []

    # the lines

    @cached_property
    def lines(self) -> forms.BaseFormSet | None:
        if self.line_form is None:
            return None
        made = forms.formset_factory(self.line_form, LinesFormSet, extra=SPARE_ROWS, max_num=MOST_ROWS)
        return made(self.data if self.is_bound else None, initial=self._lines_shown(), prefix=f"{self.prefix}-lines")

    @property
    def rows_name(self) -> str:
        """The hidden box that counts the lines."""
        return f"{self.prefix}-lines-TOTAL_FORMS"

    def _lines_shown(self):
        opened = self.proposal or self.current
        if opened is None:
            return self.reported_lines()
        return [self.line_form.shown(line) for line in getattr(opened, self.sort.lines).all()]

    # the answers

    def is_valid(self):
        is_right = super().is_valid()
        return (self.lines is None or self.lines.is_valid()) and is_right

    def clean(self):
        answers = super().clean()
        if self.errors or (self.lines is not None and not self.lines.is_valid()):
            return answers
        columns, lines = self.columns(), [line.said() for line in self._line_forms()]
        if self.current is None:
            # dates without words and lines without answers say nothing
            if not lines and not self.line_rows() and all(value in (None, "") for value in columns.values()):
                raise ValidationError(NOTHING_SAID)
            return answers
        same = all(getattr(self.current, name) == value for name, value in self.compared(columns).items())
        if same and self._has_same_lines(lines):
            raise ValidationError(NOTHING_DIFFERS)
        return answers

    def compared(self, columns: dict) -> dict:
        """The columns that say whether a version differs from the one before."""
        return columns

    def _has_same_lines(self, lines) -> bool:
        """Whether the lines say what those in force do."""
        return self.lines is None or lines == self._lines_in_force()

    def _line_forms(self):
        return [line for line in self.lines.forms if line.said()] if self.lines is not None else []

    def _lines_in_force(self):
        columns = list(self.line_form.base_fields)
        return [
            {name: getattr(line, name) for name in columns} for line in getattr(self.current, self.sort.lines).all()
        ]

    def columns(self) -> dict:
        """{column: value} of the version."""
        told = {}
        for name, value in self.column_answers().items():
            told |= getattr(self.sort.model, name).values(value) if isinstance(value, WrittenDate) else {name: value}
        return told

    def column_answers(self) -> dict:
        """The answers that are columns of the version."""
        return self.cleaned_data

    def line_rows(self) -> list[BaselineLine]:
        """The lines, unsaved."""
        return [self.line_model(**line.said()) for line in self._line_forms()]

    def version(self) -> tuple[Baseline, list[BaselineLine]]:
        """The proposed version and its lines, unsaved."""
        return self.sort.model(**{self.sort.thing: self.thing}, **self.columns()), self.line_rows()


def _newest(rows):
    """The newest approved row of a thing."""
    return rows.filter(report__known_from__isnull=False, is_removed=False).order_by("report__as_at_on").last()


class PlanProposal(ProposalForm):
    sort = SORTS["milestones"]
    start = WrittenDateInput(label="Start date", side="earliest")
    finish = WrittenDateInput(label="Target date")
    tranche = forms.ModelChoiceField(Tranche.objects.none(), label="Tranche", required=False, empty_label="None")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        path = self.thing.node.path
        tranches = Tranche.objects.filter(node__path__in=[*ancestors_of(path), path])
        if tranches.exists():
            self.fields["tranche"].queryset = tranches
        else:
            del self.fields["tranche"]

    def shown(self, version):
        return {"start": version.start_words, "finish": version.finish_words, "tranche": version.tranche_id}

    def reported(self):
        said = _newest(self.thing.updates)
        return (
            {"start": said.start_words, "finish": said.finish_words, "tranche": self.thing.tranche_id} if said else {}
        )

    def version(self):
        version, lines = super().version()
        if "tranche" not in self.fields and isinstance(self.current, PlanItemBaseline):
            version.tranche_id = self.current.tranche_id
        return version, lines


SECTION = "section_"  # the boxes of an initiation document's sections begin with it
DOCUMENT_FIELDS = ("label", "document_on", "author_words", "signed_off")


class ProjectProposal(ProposalForm):
    """A project's tier, dates, scope and team; where the council has a template for it the whole initiation document.

    Sections of a version that the template does not have go on as they are.
    """

    sort = SORTS["project"]
    tier = forms.ModelChoiceField(Tier.objects.none(), label="Tier", required=False, empty_label="None")
    start = WrittenDateInput(label="Start date", side="earliest")
    finish = WrittenDateInput(label="Finish date")
    scope = text_box("Scope", rows=5)
    team_size = forms.IntegerField(
        label="Team members", required=False, min_value=0, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    label = forms.CharField(label="What this version is", required=False, max_length=100)
    document_on = WrittenDateInput(label="Date of this version")
    author_words = forms.CharField(label="Author", required=False, max_length=300, help_text="The post.")
    signed_off = WrittenDateInput(label="Signed off")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.template_sections:
            for name in DOCUMENT_FIELDS:
                del self.fields[name]
        else:
            self.fields["signed_off"].help_text = "Blank: the approvals of this change are printed instead."
        for section in self.template_sections:
            self.fields[SECTION + section.key] = text_box(section.title, rows=6, help_text=section.help_text)
        standing = {version.tier_id for version in (self.current, self.proposal) if version and version.tier_id}
        mine = Tier.objects.filter(organisation_id=self.thing.organisation_id)
        self.fields["tier"].queryset = mine.filter(is_archived=False) | mine.filter(pk__in=standing)

    def shown(self, version):
        return {
            "tier": version.tier_id,
            "start": version.start_words,
            "finish": version.finish_words,
            "scope": version.scope,
            "team_size": version.team_size,
            **self._document_fields(version),
            **{SECTION + line.key: line.text for line in version.sections.all()},
        }

    def reported(self):
        series = self.thing.headline_series
        said = series.current if series else None
        dates = {"start": said.start_words, "finish": said.finish_words, "team_size": said.team_size} if said else {}
        return {"tier": self.thing.tier_id, "scope": self.thing.description, **dates}

    def _document_fields(self, version):
        """What a version says of itself; the next one says it anew."""
        if version is not self.proposal:
            return {"author_words": version.author_words}
        return {
            "label": version.label,
            "document_on": version.document_on_words,
            "author_words": version.author_words,
            "signed_off": version.signed_off_words,
        }

    def compared(self, columns):
        return {name: value for name, value in columns.items() if not name.startswith(DOCUMENT_FIELDS)}

    @cached_property
    def template_sections(self) -> list[TemplateSection]:
        """The sections that the council's initiation documents have; none where it has no template for them."""
        mine = ReportTemplate.objects.filter(
            organisation_id=self.thing.organisation_id, document="pid", is_archived=False
        )
        return list(TemplateSection.objects.filter(template=mine.first()).order_by("order", "pk"))

    def column_answers(self):
        return {name: value for name, value in self.cleaned_data.items() if not name.startswith(SECTION)}

    def _has_same_lines(self, lines) -> bool:
        return [_said_of(row) for row in self.line_rows()] == [_said_of(line) for line in self.current.sections.all()]

    def line_rows(self):
        asked = {section.key for section in self.template_sections}
        rows = [
            NodeBaselineSection(key=section.key, heading=section.title, text=text)
            for section in self.template_sections
            if (text := self.cleaned_data.get(SECTION + section.key, "").replace("\r\n", "\n").strip())
        ]
        opened = self.proposal or self.current
        kept = (line for line in opened.sections.all() if line.key not in asked) if opened else ()
        return [*rows, *(NodeBaselineSection(key=line.key, heading=line.heading, text=line.text) for line in kept)]


def _said_of(line: NodeBaselineSection) -> tuple[str, str, str]:
    return line.key, line.heading, line.text


class BenefitProposal(ProposalForm):
    sort = SORTS["benefits"]
    line_form, line_model = TargetLine, BenefitTarget
    measure = text_box("How it is measured", rows=2)

    def reported(self):
        return {"measure": self.thing.measure}

    def reported_lines(self):
        said = _newest(self.thing.updates)
        lines = said.lines.exclude(target=None) if said else ()
        return [{"year": _year(line.year), "amount": plain_number(line.target)} for line in lines]


class BudgetProposal(ProposalForm):
    sort = SORTS["budgets"]
    line_form, line_model = BudgetLine, BudgetBaselineLine
    amount = PoundsInput(label="Whole budget in pounds", help_text="Blank: the sum of the lines.")

    def shown(self, version):
        return {"amount": plain_number(version.amount)}

    def reported(self):
        said = _newest(self.thing.positions)
        return {"amount": plain_number(said.planned)} if said else {}

    def reported_lines(self):
        said = _newest(self.thing.positions)
        lines = said.lines.exclude(planned=None) if said else ()
        return [
            {"category": line.category, "year": _year(line.year), "amount": plain_number(line.planned)}
            for line in lines
        ]

    def clean(self):
        answers = super().clean()
        told = [line.said().get("amount") for line in self._line_forms()] if self.lines.is_valid() else []
        total = sum((amount for amount in told if amount is not None), Decimal(0))
        stated = answers.get("amount")
        if stated is not None and told and total != stated:
            self.add_error("amount", f"The lines come to £{total:,.2f}. Correct one or the other, or leave this blank.")
        return answers


class IndicatorProposal(ProposalForm):
    sort = SORTS["indicators"]
    line_form, line_model = IndicatorLine, IndicatorTarget

    def reported_lines(self):
        said = _newest(self.thing.updates)
        lines = said.lines.exclude(target=None, target_words="") if said else ()
        return [
            {"measured": line.measured, "amount": plain_number(line.target), "words": line.target_words}
            for line in lines
        ]


PROPOSALS = {
    form.sort.key: form for form in (PlanProposal, ProjectProposal, BenefitProposal, BudgetProposal, IndicatorProposal)
}


def proposal_forms(things, *, data=None) -> list[ProposalForm]:
    """The form of each thing, given as (kind, thing), with the version in force at hand."""
    told = []
    for kind, thing in things:
        sort = SORTS[kind]
        current = sort.versions(**{sort.thing: thing}).in_force().first()
        told.append(PROPOSALS[kind](thing, current, data=data))
    return told


def forms_of(proposals, *, data=None) -> list[ProposalForm]:
    """The forms of proposals that stand already, to rewrite them."""
    told = []
    for proposal in proposals:
        form = next(each for each in PROPOSALS.values() if each.sort.model is type(proposal))
        told.append(form(getattr(proposal, form.sort.thing), proposal.based_on, proposal=proposal, data=data))
    return told


def with_more_rows(posted, name: str):
    """The posted answers with more blank lines in the table whose counting box is `name`."""
    answers = posted.copy()
    if answers.get(name, "").isdecimal():
        answers[name] = str(min(int(answers[name]) + SPARE_ROWS, MOST_ROWS))
    return answers
