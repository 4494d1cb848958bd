"""The highlight report editor: a small form for each row of a section, saved row by row.

Two people may edit one section at once. Each form carries the version its row was read at and the
answers as they stood then, so that only what a person changed is written, what somebody else changed
meanwhile stays, and only a field that both changed is put to them to choose.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

from django import forms

from projects.actions.indicators import change_indicator
from projects.actions.proposals import chosen_otherwise, is_judged, proposing_once
from projects.actions.reports import change_report, is_critical_path_only, is_narrative, row_key, sections_of
from projects.actions.rows import (
    HEADER_SECTIONS,
    SECTION_TABLES,
    WHOLE_LIFE_COST,
    add_row,
    change_row,
    earlier_rows,
    made_with,
)
from projects.actions.tallies import add_tally
from projects.actions.writing import EditedMeanwhile, lost_attempts_noted_here, note_lost_attempt
from projects.forms.fields import PoundsInput, StatusChoice, WrittenDateInput, words_of_day
from projects.forms.savings import SavingBoxes
from projects.forms.tallies import CountBoxes
from projects.models import (
    Answer,
    BenefitUpdate,
    Budget,
    BudgetPosition,
    DataTable,
    DimensionRating,
    IndicatorUpdate,
    IssueUpdate,
    Narrative,
    Notice,
    PlanItemUpdate,
    Recommendation,
    RecommendationUpdate,
    Report,
    ReportingStream,
    ResourcePosition,
    ReviewFindingUpdate,
    RiskAssessment,
    RiskBand,
    RiskMatrix,
    Status,
    Subject,
    Tally,
)
from projects.models.base import with_related
from projects.rules.cells import NotATable, table_of, words_of_table
from projects.rules.dates import Precision, parse_written_date
from projects.rules.indicators import HOW_TO_WRITE, CannotBeRead, Unit, read_figure
from projects.rules.kinds import Kind
from projects.rules.milestones import LinkKind, parse_interdependencies, resolve
from projects.rules.money import round_half_up
from projects.rules.risk import RiskBand as Band
from projects.rules.risk import band_of_score
from projects.rules.spoken_days import days_spoken_of, stale_sentences

TYPED = "typed"  # what a form's hidden box calls the answers as they stood when the page was made


class Scales:
    """What an organisation rates by: every status, read once for all the boxes of a page, and its risk matrix."""

    def __init__(self, organisation):
        self.organisation = organisation
        self.all = list(
            Status.objects.filter(organisation=organisation).select_related("scheme").order_by("scheme", "order", "pk")
        )

    def of_scheme(self, scheme_id, chosen=None) -> list[Status]:
        """The statuses in use of a scheme, and the one chosen even where it is in use no more."""
        return [status for status in self.all if status.scheme_id == scheme_id and self._is_offered(status, chosen)]

    def about(self, subject, chosen=None) -> list[Status]:
        """The same for a subject: of the scheme chosen from, else of the organisation's first for it."""
        scheme_id = chosen.scheme_id if chosen else None
        if scheme_id is None:
            in_use = (each.scheme_id for each in self.all if each.scheme.subject == subject and not each.is_archived)
            scheme_id = next((each for each in in_use), None)
        return self.of_scheme(scheme_id, chosen)

    @cached_property
    def risk_steps(self) -> tuple[list, list]:
        """Choices of likelihood and of impact, lowest first, by the organisation's risk matrix."""
        matrix = RiskMatrix.objects.filter(organisation=self.organisation).order_by("-is_default", "pk").first()
        if matrix is None:
            return [], []
        return _steps(matrix.likelihood_labels), _steps(matrix.impact_labels)

    @cached_property
    def risk_bands(self) -> dict[Band, Status]:
        """The bands of the organisation's risk matrix, each with the status it is drawn as."""
        return {
            Band(band.from_score, band.to_score, band.status.label, Kind(band.status.kind)): band.status
            for band in RiskBand.objects.filter(organisation=self.organisation, matrix__is_default=True).select_related(
                "status"
            )
        }

    @staticmethod
    def _is_offered(status, chosen):
        return (not status.is_archived and not status.scheme.is_archived) or (chosen and status.pk == chosen.pk)


def _steps(labels):
    return [(str(step), f"{step} {label}") for step, label in enumerate(labels, start=1)]


@dataclass(frozen=True)
class Box:
    """One field as the page draws it, with what it was last period where that differs."""

    bound: object
    hint: str
    was: str | None
    is_changed: bool
    before: str
    after: str
    width: str
    prefix: str
    is_inline: bool

    @property
    def is_long(self) -> bool:
        """Whether paper needs lines for it rather than a space."""
        return isinstance(self.bound.field.widget, forms.Textarea)

    @property
    def choices(self) -> list[str]:
        """What can be ticked on paper."""
        return [label for value, label in getattr(self.bound.field, "choices", ()) if value]


class RowForm(forms.Form):
    """The answers of one row of a draft. Field names are the row's own; dates in words name their three columns."""

    widths: dict = {}
    lead: tuple = ()  # the fields that take the whole width above the others
    wide: tuple = ()  # and below them
    summarised: tuple = ()  # what a closed row says of itself
    printed: tuple = ()  # the columns of the paper return

    def __init__(self, row, *, previous, report, scales, data=None):
        self.row, self.previous, self.report, self.scales = row, previous, report, scales
        self.written: set[str] = set()  # the fields whose answers were saved, or are there already
        super().__init__(data, prefix=self.prefix_of(row))
        self.shape()
        for each in self.fields.values():
            if isinstance(each, WrittenDateInput):
                each.day_first = report.organisation.is_day_first
                each.fy_start_month = report.organisation.financial_year_start
        self.initial = {name: self.text_of(row, name) for name in self.fields}

    @staticmethod
    def prefix_of(row) -> str:
        return f"{row._meta.model_name}-{row.pk}"

    def shape(self) -> None:
        """Fit the fields to the row: its labels, and the statuses it may have."""

    @property
    def is_sent(self) -> bool:
        """Whether the posted page had this row at all; one that somebody added meanwhile is not in it."""
        return self.is_bound and self.add_prefix("version") in self.data

    @property
    def version_name(self) -> str:
        return self.add_prefix("version")

    @property
    def typed_name(self) -> str:
        return self.add_prefix(TYPED)

    @property
    def in_record(self) -> dict[str, str]:
        """The answers as they stand in the record."""
        return {name: self.text_of(self.row, name) for name in self.fields}

    @property
    def seen(self) -> dict[str, str]:
        """The answers that those on the page stand against: as it was opened, but for what was saved from it."""
        if not self.is_sent:
            return self.in_record
        settled = self.written | self.follows().keys() if self.written else ()
        return {
            name: text if name in settled else str(self.as_opened.get(name, ""))
            for name, text in self.in_record.items()
        }

    @property
    def typed_json(self) -> str:
        """For the hidden box: what a save of the page as it is now drawn is compared with."""
        return json.dumps(self.seen)

    @property
    def shown_version(self) -> int | str:
        """The version that the page as it is now drawn was made from: the posted one while it lacks others' answers."""
        return self.row.version if self.seen == self.in_record else self.data[self.version_name]

    @cached_property
    def as_opened(self) -> dict:
        """The answers as they stood when the posted page was made."""
        return as_opened(self.data.get(self.typed_name, ""))

    def text_of(self, row, name) -> str:
        """The answer of a row as its box shows it."""
        box = self.base_fields[name]
        if isinstance(box, WrittenDateInput):
            return getattr(row, f"{name}_words")
        if isinstance(box, StatusChoice):
            chosen = getattr(row, f"{name}_id")
            return "" if chosen is None else str(chosen)
        value = getattr(row, name)
        if isinstance(box, PoundsInput):
            return _pounds_as_typed(value)
        if isinstance(box, forms.BooleanField):
            return "on" if value else ""
        if isinstance(box, forms.DecimalField | forms.IntegerField):
            return "" if value is None else f"{value.normalize():f}" if hasattr(value, "normalize") else str(value)
        return "" if value is None else str(value)

    def words_of(self, row, name) -> str:
        """The answer of a row in words, for a reader."""
        return self.words(name, self.text_of(row, name))

    def words(self, name, text) -> str:
        """What a box's text says to a reader: a status by its label."""
        box = self.fields.get(name, self.base_fields[name])
        if isinstance(box, StatusChoice):
            return next((status.label for status in self.scales.all if str(status.pk) == text), "")
        if isinstance(box, forms.ChoiceField):
            return dict(box.choices).get(text, text)
        if isinstance(box, forms.BooleanField):
            return "Yes" if text else "No"
        if isinstance(box, PoundsInput):
            return _with_pound_sign(text)
        return text

    def posted_text(self, name) -> str:
        """What was posted for a field, lines ended and trimmed as the record has them."""
        if isinstance(self.fields[name], forms.BooleanField):
            return "on" if self.add_prefix(name) in self.data else ""
        return plain(self.data.get(self.add_prefix(name), ""))

    def changed_names(self) -> list[str]:
        """The valid fields whose answer differs from what the page showed when it was opened."""
        if not self.is_sent:
            return []
        return [
            name
            for name in self.fields
            if name not in self.errors and self.posted_text(name) != plain(str(self.as_opened.get(name, "")))
        ]

    def clashes(self) -> list[str]:
        """Fields changed here that somebody else has changed too, to something different."""
        if not self.is_sent or self.data[self.version_name] == str(self.row.version):
            return []
        return [
            name
            for name in self.changed_names()
            if plain(self.text_of(self.row, name)) != plain(str(self.as_opened.get(name, "")))
            and plain(self.text_of(self.row, name)) != self.posted_text(name)
        ]

    def changes(self, names: Iterable[str]) -> dict:
        """{column: value} of the named fields, where it differs from the record."""
        columns = {}
        for name in names:
            value = self.cleaned_data[name]
            if isinstance(self.fields[name], WrittenDateInput):
                columns |= getattr(type(self.row), name).values(value)
            else:
                columns[name] = plain(value) if isinstance(value, str) else value
        return {name: value for name, value in columns.items() if getattr(self.row, name) != value}

    def write(self, changes: dict, *, version: int, by):
        """Save the row; EditedMeanwhile as for every versioned row."""
        return change_row(self.row, changes, version=version, by=by)

    def save(self, *, by) -> list[str]:
        """Write what was changed and is valid; return the fields that clash and were not written."""
        if not self.is_sent:
            return []
        self.is_valid()
        while True:
            clashes = self.clashes()
            names = set(self.changed_names()) - set(clashes)
            changes = self.changes(names)
            try:
                if changes:
                    with lost_attempts_noted_here():
                        self.row = self.write(changes, version=self.row.version, by=by)
            except EditedMeanwhile as late:
                self._take(late.current)
                continue
            if clashes:
                note_lost_attempt(EditedMeanwhile(self.row, self.changes(clashes)), by=by)
            self.written = names
            return clashes

    def _take(self, row) -> None:
        """Go on with the row as somebody else has just left it."""
        if row is not self.row and not isinstance(row, Report):
            row.report = self.report
        self.row = row

    def follows(self) -> dict[str, str]:
        """{field: what its box must show now} of answers that follow from others of the form."""
        return {}

    # what the page draws

    @property
    def heading(self) -> str:
        return f"{self.row.ref} {self.row.title}".strip()

    @property
    def is_new(self) -> bool:
        """Whether the row has no like in the last report, though there is one."""
        return self.report.copied_from_id is not None and self.previous is None

    @property
    def lead_boxes(self) -> list[Box]:
        return [self.box(name) for name in self.fields if name in self.lead]

    @property
    def boxes(self) -> list[Box]:
        """The fields side by side."""
        return [self.box(name) for name in self.fields if name not in self.lead and name not in self.wide]

    @property
    def wide_boxes(self) -> list[Box]:
        return [self.box(name) for name in self.fields if name in self.wide]

    @property
    def all_boxes(self) -> list[Box]:
        return [self.box(name) for name in self.fields]

    @cached_property
    def is_changed(self) -> bool:
        """Whether the row differs from its like in the last report."""
        return any(box.is_changed for box in self.all_boxes)

    @property
    def is_open(self) -> bool:
        """Whether the row wants looking at, so that the page shows it unfolded."""
        return bool(self.errors) or self.is_new

    @property
    def summary(self) -> str:
        """What a folded row says of itself: "Mar-20 ongoing · GREEN"."""
        return " · ".join(filter(None, (self.words_of(self.row, name) for name in self.summarised)))

    @property
    def printed_cells(self) -> list[str]:
        return [self.words_of(self.row, name) for name in self.printed]

    def box(self, name) -> Box:
        before = None if self.previous is None else self.words_of(self.previous, name)
        is_changed = before is not None and before != self.words_of(self.row, name)
        hint, was = self.hint_of(name), None
        if is_changed:
            # a correction is compared with the report it corrects, which is not last period's
            if self.report.corrects_id:
                hint = f"{hint} As approved before: {before or 'nothing'}.".strip()
            else:
                was = before or "nothing"
        return Box(
            bound=self[name],
            hint=hint,
            was=was,
            is_changed=is_changed,
            before=before or "",
            after=self.words_of(self.row, name),
            width=self.widths.get(name, ""),
            prefix="£" if isinstance(self.fields[name], PoundsInput) else "",
            is_inline=isinstance(self.fields[name].widget, forms.RadioSelect),
        )

    def hint_of(self, name) -> str:
        box = self.fields[name]
        if isinstance(box, WrittenDateInput):
            return box.reading_of(str(self[name].value() or ""))
        return box.help_text


def as_opened(typed: str) -> dict:
    """{name: text} of a hidden box that says how the answers stood; none where it was tampered with."""
    try:
        said = json.loads(typed)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def plain(text: str) -> str:
    """The text with its lines ended and trimmed as the record has them."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _pounds_as_typed(pounds) -> str:
    """1234.50 as "1,234.50", whole pounds without pence; None as an empty box."""
    if pounds is None:
        return ""
    return f"{pounds:,.2f}" if pounds != round_half_up(pounds) else f"{pounds:,.0f}"


def _with_pound_sign(text: str) -> str:
    """ "1,234" as "£1,234"; what was typed otherwise stays as it is."""
    digits = text.removeprefix("-")
    return f"{text[: len(text) - len(digits)]}£{digits}" if digits[:1].isdigit() else text


def _words(**kwargs):
    return forms.CharField(required=False, max_length=kwargs.pop("max_length", 300), **kwargs)


def _text(rows=3, **kwargs):
    return forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": rows}), **kwargs)


def _ref():
    return _words(label="Ref", max_length=40)


def _detail(label="Detail"):
    text = _text(rows=2, label=label)
    text.required = True
    text.error_messages["required"] = "Say what it is."
    return text


class HeaderForm(RowForm):
    """What the report says of the project itself: columns of the report."""

    is_new = False
    heading = ""

    def write(self, changes, *, version, by):
        return change_report(self.row, changes, version=version, by=by)


class ProjectDetailForm(HeaderForm):
    lead_words = _words(label="Project lead", help_text="The post, not a person's name.")
    reports_to_words = _words(label="Reports to", help_text="The board or committee.")
    sponsor_words = _words(label="Sponsor", help_text="The post.")
    stage_words = _words(label="Project stage", max_length=100, help_text="Such as initiation, delivery or closure.")
    start = WrittenDateInput(label="Project start date", side="earliest")
    finish = WrittenDateInput(label="Project finish date")
    team_size = forms.IntegerField(
        label="Project team members",
        required=False,
        min_value=0,
        max_value=100_000,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={"invalid": "Give the number of people, in figures."},
    )
    whole_life_cost = PoundsInput(label="Whole-life cost")
    widths = {"team_size": "5", "start": "20", "finish": "20", "whole_life_cost": "10"}

    def shape(self):
        asks = self.report.template.sections.filter(key="project-detail", options__has_key=WHOLE_LIFE_COST).exists()
        if not asks and self.row.whole_life_cost is None:
            del self.fields[WHOLE_LIFE_COST]


class TimeForm(HeaderForm):
    """The two days that time used and remaining are counted between."""

    start = WrittenDateInput(label="Time is counted from", side="earliest")
    finish = WrittenDateInput(label="Time is counted to")
    widths = {"start": "20", "finish": "20"}


class ScoreForm(HeaderForm):
    """The score, stored as stated and not interpreted."""

    score = forms.DecimalField(
        label="Project score",
        required=False,
        max_digits=8,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        error_messages={"invalid": "Give the score in figures."},
    )
    widths = {"score": "5"}

    def shape(self):
        self.fields["score"].label = self.report.score_label or "Project score"


class DimensionForm(RowForm):
    """A dimension's status as chosen; where it differs from the one proposed, why."""

    status = StatusChoice()
    chosen_because = _text(
        rows=2,
        label="Why another status than the one proposed",
        help_text="Needed where the colour differs. Members read both statuses and both reasons.",
    )

    def shape(self):
        dimension = self.row.dimension
        self.fields["status"].label = self.row.title or dimension.label
        self.fields["status"].help_text = dimension.help_text
        self.fields["status"].offer(self.scales.of_scheme(dimension.scheme_id, self.row.status))
        if not (dimension.rule and is_judged(self.report)) and not self.row.chosen_because:
            del self.fields["chosen_because"]

    heading = ""

    @property
    def proposed(self):
        """The status the rules propose, if they propose one."""
        return self.row.proposed_status

    @property
    def has_rule(self) -> bool:
        """Whether the rules are asked at all; where they propose nothing they say why."""
        return bool(self.row.dimension.rule)

    @property
    def is_chosen_otherwise(self) -> bool:
        return chosen_otherwise(self.row)


class AnswerForm(RowForm):
    """The stated answer to a question of the template."""

    status = StatusChoice(widget=forms.RadioSelect)
    comment = _words(label="Comment", help_text="What a reader should know beside the answer.", max_length=1000)

    def shape(self):
        self.fields["status"].label = self.row.title or self.row.question.text
        self.fields["status"].offer(self.scales.of_scheme(self.row.question.scheme_id, self.row.status))

    heading = ""


class NarrativeForm(RowForm):
    """Free text of a section."""

    text = forms.CharField(required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 14}))
    wide = ("text",)
    widths = {"text": "full"}

    def shape(self):
        self.fields["text"].label = self.row.title or "Commentary"

    def hint_of(self, name):
        words = len(str(self[name].value() or "").split())
        return (
            f"{self._stale()}Plain paragraphs with a blank line between them. {words} word{'' if words == 1 else 's'}."
        )

    def _stale(self) -> str:
        """What the text still says of the day of the report that it was copied from; asked only where it says a day."""
        if not days_spoken_of(self.row.text) or self.row.report.copied_from is None:
            return ""
        report = self.row.report
        stale = stale_sentences(self.row.text, report.copied_from.as_at_on)
        now = words_of_day(report.as_at_on)
        return "".join(f"It still says “{said}”, and this report is as at {now}. " for said in stale)

    @property
    def is_new(self) -> bool:
        """Nothing is new where nothing is said."""
        return super().is_new and bool(self.row.text.strip())

    heading = ""


class BudgetForm(RowForm):
    """Where the budget stands, by the way it is reported."""

    layout = forms.ChoiceField(
        label="How it is reported", choices=Budget.Layout.choices, help_text="Save to see the boxes of the other way."
    )
    planned = PoundsInput(label="Planned budget")
    forecast = PoundsInput(label="End of year forecast")
    actual = PoundsInput(label="Actual spend to date")
    committed = PoundsInput(label="Committed spend to date")
    emergency = PoundsInput(label="Emergency spend")
    comment = _text(label="Comment")
    wide = ("comment",)
    summarised = ("planned",)
    printed = ("planned", "forecast", "actual", "committed", "emergency")
    of_layout = {
        Budget.Layout.FORECAST: ("layout", "planned", "forecast", "comment"),
        Budget.Layout.SPEND: ("layout", "planned", "actual", "committed", "emergency", "comment"),
    }

    def shape(self):
        shown = self.of_layout[self.row.layout]
        # a figure of the other way is kept and shown as long as it is there
        self.fields = {
            name: box
            for name, box in self.fields.items()
            if name in shown or (isinstance(box, PoundsInput) and getattr(self.row, name) is not None)
        }


class MilestoneForm(RowForm):
    ref = _ref()
    title = _detail()
    start = WrittenDateInput(label="Start date", side="earliest")
    finish = WrittenDateInput(label="Target end date")
    actual = WrittenDateInput(label="Actual end date")
    status = StatusChoice(label="Status")
    interdependencies = _words(label="Interdependencies", max_length=200)
    is_critical_path = forms.BooleanField(label="On the critical path", required=False)
    comment = _text(rows=2, label="Comment")
    lead = ("title",)
    wide = ("comment",)
    summarised = ("finish", "actual", "status")
    printed = ("ref", "title", "start", "finish", "actual", "status", "interdependencies", "is_critical_path")
    widths = {"ref": "5", "title": "full", "comment": "full"}
    known_refs: frozenset = frozenset()  # every milestone's reference; the section sets it

    def shape(self):
        self.fields["status"].offer(self.scales.about(Subject.MILESTONE, self.row.status))

    @property
    def is_open(self) -> bool:
        """A date that cannot be read, or ends before it starts, is shown with what is said of it."""
        return super().is_open or any(self._is_odd(name) for name in ("start", "finish", "actual"))

    def _date(self, name):
        return self.fields[name].read(str(self[name].value() or "")) if name in self.fields else None

    def _is_odd(self, name) -> bool:
        written = self._date(name)
        return written is not None and (written.precision is Precision.UNREAD or self._is_before_start(name))

    def _is_before_start(self, name) -> bool:
        start, end = self._date("start"), self._date(name)
        return bool(start and end and start.earliest and end.latest and end.latest < start.earliest)

    def hint_of(self, name):
        if name in ("finish", "actual") and self._is_before_start(name):
            return f"{super().hint_of(name)} It lies before the start."
        if name != "interdependencies":
            return super().hint_of(name)
        links = resolve(
            parse_interdependencies(str(self[name].value() or "")), self.known_refs, str(self["ref"].value() or "")
        )
        said = {
            LinkKind.SELF: "{} is this milestone itself.",
            LinkKind.DANGLING: "{} is not among the milestones.",
        }
        odd = [said[link.kind].format(link.ref) for link in links if link.kind in said]
        return " ".join(odd) or "Such as Milestone 2, 5."


class CriticalPathForm(MilestoneForm):
    """A milestone of a project whose tier reports its critical path only: every row is on it."""

    printed = tuple(name for name in MilestoneForm.printed if name != "is_critical_path")

    def shape(self):
        super().shape()
        del self.fields["is_critical_path"]


class ActionForm(MilestoneForm):
    """An action of a checkpoint report: who does it from when to when, and how it stands."""

    owner_words = _words(label="Owner", help_text="The post.")
    asked = ("ref", "title", "owner_words", "start", "finish", "actual", "status", "interdependencies", "comment")
    summarised = ("owner_words", "finish", "actual", "status")
    printed = ("ref", "title", "owner_words", "start", "finish", "status")

    def shape(self):
        super().shape()
        self.fields = {name: self.fields[name] for name in self.asked}
        self.fields["finish"].label = "Due date"
        self.fields["actual"].label = "Completed on"
        self.fields["interdependencies"].label = "Related actions"

    def hint_of(self, name):
        if name != "interdependencies":
            return super().hint_of(name)
        return "Those that its own words do not name, such as A.2, A.6. The project plan prints them."

    @property
    def heading(self) -> str:
        return super().heading if self.row.ref else f"Part: {self.row.title}"


class ProgrammeMilestoneForm(MilestoneForm):
    """A milestone of a programme's update: its date in words, its project, and whether it shares another's update."""

    theme = _words(
        label="Project within the programme",
        max_length=200,
        help_text="Its name as printed: milestones of one project stand together. Empty for the programme's own.",
    )
    shares_comment = forms.BooleanField(
        label="The update of the milestone above speaks for this one too",
        required=False,
        help_text="One update for several milestones of a project: it is written beside the first of them.",
    )
    asked = ("title", "theme", "finish", "actual", "status", "shares_comment", "comment")
    lead = ("title", "theme")
    wide = ("shares_comment", "comment")
    summarised = ("theme", "finish", "actual", "status")
    printed = ("title", "theme", "finish", "status", "shares_comment", "comment")
    widths = {"title": "full", "theme": "full", "comment": "full"}
    is_first = False  # whether no milestone of its project stands above it; the section sets it

    def shape(self):
        super().shape()
        self.fields = {name: self.fields[name] for name in self.asked}
        self.fields["finish"].label = "Date"
        self.fields["comment"].label = "Update"
        if self.previous is not None:
            self.previous.plan_item = self.row.plan_item  # it is about the same thing: not read again

    def clean(self):
        answers = super().clean()
        if answers.get("shares_comment") and self.is_first:
            self.add_error("shares_comment", "No milestone of the same project stands above: give its own update.")
        elif answers.get("shares_comment") and answers.get("comment"):
            self.add_error("shares_comment", "It has an update of its own: clear that, or untick this.")
        return answers

    def changes(self, names):
        columns = super().changes(names)
        if "theme" in columns:
            columns["marks"] = self.row.marks_with_theme(columns.pop("theme"))
        return columns


class RiskForm(RowForm):
    """A risk as rated. Where likelihood and impact are given, the band follows from the organisation's matrix."""

    ratings: tuple = ("residual",)  # which of before controls, residual and target the form asks for
    ref = _ref()
    title = _detail()
    review = WrittenDateInput(label="Review date")
    residual_band = StatusChoice(label="Residual risk")
    residual_likelihood = forms.TypedChoiceField(label="Likelihood", required=False, coerce=int, empty_value=None)
    residual_impact = forms.TypedChoiceField(label="Impact", required=False, coerce=int, empty_value=None)
    action_owner_words = _words(label="Person responsible", help_text="The post.")
    impact_text = _text(rows=2, label="Potential impact")
    controls = _text(rows=2, label="Existing controls")
    further_actions = _text(rows=2, label="Further actions")
    lead = ("title",)
    wide = ("impact_text", "controls", "further_actions")
    summarised = ("review", "residual_band")
    printed = ("ref", "title", "review", "residual_band")
    widths = {"ref": "5", "title": "full"}

    def shape(self):
        self.fields["residual_band"].offer(self.scales.about(Subject.RISK_BAND, self.row.residual_band))
        for name, steps in zip(("residual_likelihood", "residual_impact"), self.scales.risk_steps, strict=True):
            self.fields[name].choices = [("", "Not stated"), *steps]

    def derived(self, likelihood, impact) -> tuple[Status | None, str]:
        """The band that follows from likelihood and impact, and why."""
        banded = band_of_score(likelihood, impact, tuple(self.scales.risk_bands))
        return self.scales.risk_bands.get(banded.band), banded.because

    def clean(self):
        answers = super().clean()
        for sort in self.ratings:
            likelihood, impact = answers.get(f"{sort}_likelihood"), answers.get(f"{sort}_impact")
            if (likelihood is None) != (impact is None):
                missing = f"{sort}_likelihood" if likelihood is None else f"{sort}_impact"
                self.add_error(missing, "Give both likelihood and impact, or neither of them and only the band.")
                continue
            chosen, scored = answers.get(f"{sort}_band"), self._is_scored_now(sort)
            if likelihood is not None and not scored and self._is_answered_anew(f"{sort}_band"):
                band, because = self.derived(likelihood, impact)
                if band and chosen != band:
                    self.add_error(
                        f"{sort}_band", f"The band follows from the score: {because}. Clear both to choose it alone."
                    )
        return answers

    def _is_answered_anew(self, name) -> bool:
        return self.posted_text(name) != str(self.as_opened.get(name, ""))

    def _is_scored_now(self, sort) -> bool:
        return self._is_answered_anew(f"{sort}_likelihood") or self._is_answered_anew(f"{sort}_impact")

    def changes(self, names):
        """The changed answers, and the bands that follow from changed scores."""
        names = list(names)
        columns = super().changes(names)
        for sort in self.ratings:
            if f"{sort}_likelihood" in names or f"{sort}_impact" in names:
                band, _ = self.derived(
                    self.cleaned_data.get(f"{sort}_likelihood"), self.cleaned_data.get(f"{sort}_impact")
                )
                if band and band != getattr(self.row, f"{sort}_band"):
                    columns[f"{sort}_band"] = band
        return columns

    def hint_of(self, name):
        sort, _, part = name.rpartition("_")
        if part == "band" and sort in self.ratings:
            likelihood, impact = self._score_of(sort)
            if likelihood is None or impact is None:
                return "Follows from likelihood and impact where both are given."
            return f"{self.derived(likelihood, impact)[1]}."
        return super().hint_of(name)

    def _score_of(self, sort):
        return getattr(self.row, f"{sort}_likelihood"), getattr(self.row, f"{sort}_impact")

    def follows(self):
        return {
            f"{sort}_band": self.text_of(self.row, f"{sort}_band")
            for sort in self.ratings
            if None not in self._score_of(sort) and f"{sort}_band" not in self.errors
        }


class MatrixRiskForm(RiskForm):
    """A risk of a whole register: every column of a risk matrix."""

    timescale_words = _words(label="Timescale", max_length=200, help_text="By when the further actions are taken.")
    last_reviewed = WrittenDateInput(label="Last reviewed")
    comment = _text(rows=2, label="Status or progress")
    wide = ("impact_text", "controls", "further_actions", "comment")
    printed = ("ref", "title", "residual_band", "action_owner_words", "timescale_words", "last_reviewed")


class IssueForm(RowForm):
    ref = _ref()
    title = _detail()
    status = StatusChoice(label="State")
    priority = _words(label="Priority", max_length=40)
    severity = _words(label="Severity", max_length=40)
    review = WrittenDateInput(label="Review date")
    impact_text = _text(rows=2, label="Impact")
    action_text = _text(rows=2, label="Action")
    lead = ("title",)
    wide = ("impact_text", "action_text")
    summarised = ("review", "status")
    printed = ("ref", "title", "status", "priority", "review")
    widths = {"ref": "5", "title": "full"}

    def shape(self):
        self.fields["status"].offer(self.scales.about(Subject.RISK_STATE, self.row.status))


class BenefitForm(RowForm):
    ref = _ref()
    title = _detail("Key benefit")
    review = WrittenDateInput(label="Review date")
    status = StatusChoice(label="Status")
    comment = _text(rows=2, label="Comment")
    lead = ("title",)
    wide = ("comment",)
    summarised = ("review", "status")
    printed = ("ref", "title", "review", "status")
    widths = {"ref": "5", "title": "full"}

    def shape(self):
        self.fields["status"].offer(self.scales.about(Subject.BENEFIT, self.row.status))


class IndicatorForm(RowForm):
    """An indicator's figures of the report's period, in words and read in its unit."""

    ref = _ref()
    title = _detail("Indicator")
    actual_words = _words(label="Actual", max_length=100)
    target_words = _words(label="Target", max_length=100)
    comparator_words = _words(label="Compared with", max_length=100)
    status = StatusChoice(label="Status")
    comment = _text(rows=2, label="Comment")
    lead = ("title",)
    wide = ("comment",)
    summarised = ("actual_words", "target_words", "status")
    printed = ("ref", "title", "actual_words", "target_words", "status")
    widths = {"ref": "5", "title": "full", "actual_words": "10", "target_words": "10", "comparator_words": "10"}

    def shape(self):
        self.fields["status"].offer(self.scales.about(Subject.INDICATOR, self.row.status))
        if self.row.indicator_id is None:  # what it is measured in is not known yet
            for name in ("actual_words", "target_words", "comparator_words", "status"):
                del self.fields[name]
            return
        if not self.row.indicator.comparator and not self.row.comparator_words:
            del self.fields["comparator_words"]
        else:
            self.fields["comparator_words"].help_text = f"{self.row.indicator.comparator}.".lstrip(".")
        period = self.row.current.measured if self.row.current else self.report.period_label
        self.fields["actual_words"].label = f"{period} actual".strip()
        self.fields["target_words"].label = f"{period} target".strip()
        self.fields["actual_words"].help_text = HOW_TO_WRITE[Unit(self.row.indicator.unit)]
        self.fields["status"].help_text = "Follows from the figures unless you choose another."

    @property
    def is_open(self) -> bool:
        """A period that is not measured yet wants filling in."""
        return super().is_open or not self.row.actual_words

    def _figure(self, name):
        words = self.cleaned_data[name]
        try:
            read_figure(words, self.row.indicator.unit)
        except CannotBeRead as unread:
            raise forms.ValidationError(str(unread)) from unread
        return words

    def clean_actual_words(self):
        return self._figure("actual_words")

    def clean_target_words(self):
        return self._figure("target_words")

    def clean_comparator_words(self):
        return self._figure("comparator_words")

    def write(self, changes, *, version, by):
        return change_indicator(self.row, changes, version=version, by=by)

    def _take(self, row):
        super()._take(row)
        if row is not None:
            self.row = IndicatorUpdate.objects.select_related("indicator", "status").get(pk=row.pk)
            self.row.report = self.report


class RecommendationForm(RowForm):
    """How a recommendation is being answered; one that is closed says what shows it."""

    ref = _ref()
    title = _detail("Recommendation")
    status = StatusChoice(label="Status")
    progress = _text(rows=2, label="Progress")
    evidence = _text(rows=2, label="Closing evidence", help_text="Such as a minute, a policy or figures.")
    lead = ("title",)
    wide = ("progress", "evidence")
    summarised = ("status",)
    printed = ("ref", "title", "status", "progress", "evidence")
    widths = {"ref": "5", "title": "full"}

    def shape(self):
        self.fields["status"].offer(self.scales.about(Subject.RECOMMENDATION, self.row.status))

    @property
    def heading(self) -> str:
        source = self.row.recommendation.source if self.row.recommendation_id else ""
        return " ".join(filter(None, (source, super().heading)))

    def clean(self):
        answers = super().clean()
        status = answers.get("status")
        if status and status.kind == Kind.DONE and not answers.get("evidence"):
            self.add_error("evidence", "Say what shows that it is done, or choose another status.")
        if self._is_taken(answers.get("ref")):
            self.add_error("ref", "Another recommendation of the same source has this reference.")
        return answers

    def _is_taken(self, ref) -> bool:
        if not self.row.recommendation_id or ref == self.row.ref:
            return False
        mine = self.row.recommendation
        same = Recommendation.objects.filter(node=mine.node_id, source=mine.source, ref=ref)
        return same.exclude(pk=mine.pk).exists()


class SavingsForm(SavingBoxes, BenefitForm):
    """A benefit with its savings by year."""


class ResourceForm(RowForm):
    title = _detail("Post or team")
    people = forms.DecimalField(
        label="People (full-time equivalent)",
        required=False,
        min_value=0,
        max_digits=8,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        error_messages={"invalid": "Give the number in figures, such as 1 or 0.5."},
    )
    funding_words = _words(label="Funding", help_text="Where it is not permanent, such as grant funded 2018-21.")
    ends = WrittenDateInput(label="Funded until")
    adequacy = StatusChoice(label="How well resourced")
    lead = ("title",)
    summarised = ("funding_words", "ends", "adequacy")
    printed = ("title", "people", "funding_words", "ends")
    widths = {"title": "full", "people": "5"}

    def shape(self):
        rated = self.scales.about(Subject.ADEQUACY, self.row.adequacy)
        self.fields["adequacy"].offer(rated)
        if not rated:
            del self.fields["adequacy"]


class StreamForm(RowForm):
    title = _detail("Work stream activity")
    tier_words = _words(label="Tier", max_length=60)
    lead = ("title",)
    summarised = ("tier_words",)
    printed = ("title", "tier_words")
    widths = {"title": "full"}


class NoticeForm(RowForm):
    """Something the report calls attention to: its own words, or a row taken over from a report below."""

    title = _detail("What")
    text = _text(label="Detail")
    area = _words(label="Area", max_length=200, help_text="Such as the workstream or theme.")
    owner_words = _words(label="Owner", help_text="The post.")
    status = StatusChoice(label="Status")
    lead = ("title", "text")
    summarised = ("text", "status")
    printed = ("title", "text", "owner_words", "status")
    widths = {"title": "full", "text": "full"}

    def shape(self):
        self.fields["status"].offer(self.scales.about(Subject.MILESTONE, self.row.status))

    @property
    def source(self):
        """The report below that the row was taken from; None for the report's own."""
        return self.row.source

    @property
    def summary(self) -> str:
        return " · ".join(filter(None, (self.row.source_words, super().summary)))


class DataTableForm(RowForm):
    """A small table: what is pasted is read into cells, and shown below its box as the table it came to."""

    title = _detail("What the table shows")
    cells = forms.CharField(
        label="Cells",
        required=False,
        strip=False,  # an empty first heading is a tab at the very start
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text="Paste from a spreadsheet, or part cells with | or commas. The first line is the headings.",
    )
    wide = ("title", "cells")
    printed = ("title",)  # and the table itself below it
    widths = {"title": "full", "cells": "full"}

    def text_of(self, row, name):
        return words_of_table(row.columns, row.rows) if name == "cells" else super().text_of(row, name)

    def clean_cells(self):
        try:
            return table_of(self.cleaned_data["cells"])
        except NotATable as unread:
            raise forms.ValidationError(str(unread)) from unread

    def changes(self, names):
        said = super().changes(name for name in names if name != "cells")
        if "cells" in names:
            columns, rows = self.cleaned_data["cells"]
            said |= {"columns": columns, "rows": rows} if (columns, rows) != (self.row.columns, self.row.rows) else {}
        return said

    @property
    def preview(self):
        """The table as it is kept, for the page to draw; always there, so that it can follow what is typed."""
        return self.row

    @property
    def summary(self) -> str:
        return f"{len(self.row.rows)} rows of {len(self.row.columns)} cells" if self.row.rows else "No cells yet"

    @property
    def is_open(self) -> bool:
        return super().is_open or not self.row.rows


class FindingForm(RowForm):
    """What an external reviewer says under one heading of their report."""

    title = _detail("What the reviewer says")
    area = _words(label="Workstream", max_length=200, help_text="Blank: the whole programme.")
    suggested_step = _text(label="Suggested step")
    lead = ("title",)
    wide = ("suggested_step",)
    summarised = ("area",)
    printed = ("title", "area", "suggested_step")
    widths = {"title": "full", "suggested_step": "full"}


class IssueFindingForm(FindingForm):
    """An issue that is carried from month to month, with the step suggested and the progress made since."""

    progress = _text(label="Progress since")
    next_step = _text(
        label="Suggested next",
        help_text="What the reviewer suggests now; it is the suggested step of the next report.",
    )
    wide = ("suggested_step", "progress", "next_step")
    printed = ("title", "area", "suggested_step", "progress", "next_step")
    widths = {"title": "full", **dict.fromkeys(wide, "full")}


class TotalForm(RowForm):
    """A total as it was stated, and when it was counted."""

    title = _detail("What is counted")
    total = forms.IntegerField(
        label="Total as stated",
        required=False,
        min_value=0,
        max_value=1_000_000,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        help_text="As it was counted; it is never worked out from the lines.",
        error_messages={"invalid": "Give the number in figures, such as 712."},
    )
    as_of_words = _words(label="Counted as of", max_length=40, help_text="The day, such as 30 June 2022.")
    lead = ("title",)
    summarised = ("total", "as_of_words")
    printed = ("title", "total", "as_of_words")
    widths = {"title": "full", "total": "5", "as_of_words": "20"}

    def text_of(self, row, name):
        if name == "as_of_words":
            return f"{row.as_of.day} {row.as_of:%B %Y}" if row.as_of else ""
        return super().text_of(row, name)

    def clean_as_of_words(self):
        written = parse_written_date(self.cleaned_data["as_of_words"], day_first=self.report.organisation.is_day_first)
        if written.text and written.precision is not Precision.DAY:
            raise forms.ValidationError("Give one day, such as 30 June 2022.")
        return written

    def changes(self, names):
        names = set(names)
        columns = super().changes(names - {"as_of_words"})
        if "as_of_words" in names and self.cleaned_data["as_of_words"].latest != self.row.as_of:
            columns["as_of"] = self.cleaned_data["as_of_words"].latest
        return columns


class TallyForm(CountBoxes, TotalForm):
    """A stated total and its counts, where no register is kept or beside one."""


class AddForm(forms.Form):
    """Another row: what it is; the rest is filled in once it is there."""

    title = forms.CharField(required=False, max_length=2000)

    def __init__(self, register, data=None):
        super().__init__(data, prefix=f"new-{register.model._meta.model_name}")
        self.register = register
        self.fields["title"].label = register.asks

    def clean_title(self):
        return plain(self.cleaned_data["title"])


@dataclass(frozen=True)
class Register:
    """A table of rows that a section edits: its form, what one row is called, what is asked for a new one."""

    model: type
    form: type
    noun: str
    nouns: str
    asks: str
    blank_rows: int  # on the paper return
    has_refs: bool = True
    identity: dict | None = field(default_factory=dict)  # None: the row is its own thing

    @property
    def spare_rows(self) -> range:
        return range(self.blank_rows)

    @property
    def table(self) -> str:
        return self.model._meta.model_name

    @property
    def columns(self) -> list[tuple[str, bool]]:
        """The column heads of the paper return, and whether much is written beneath."""
        return [(self.form.base_fields[name].label, name == "title") for name in self.form.printed]


REGISTERS = {
    register.model: register
    for register in (
        Register(PlanItemUpdate, MilestoneForm, "milestone", "milestones", "What must be reached", 8),
        Register(RiskAssessment, RiskForm, "risk", "risks", "What could happen", 8),
        Register(IssueUpdate, IssueForm, "issue", "issues", "What has happened", 5),
        Register(BenefitUpdate, BenefitForm, "benefit", "benefits", "What will be better", 5),
        Register(IndicatorUpdate, IndicatorForm, "indicator", "indicators", "What is measured", 4),
        Register(
            RecommendationUpdate, RecommendationForm, "recommendation", "recommendations", "What is recommended", 4
        ),
        Register(BudgetPosition, BudgetForm, "budget", "budgets", "Name of the budget", 1, has_refs=False),
        Register(
            ResourcePosition,
            ResourceForm,
            "post or team",
            "posts and teams",
            "Title of the post or team",
            8,
            False,
            None,
        ),
        Register(Notice, NoticeForm, "entry", "entries", "What is it about", 3, False, None),
        Register(DataTable, DataTableForm, "table", "tables", "What the table shows", 1, False, None),
        Register(
            ReportingStream, StreamForm, "reporting stream", "reporting streams", "Work stream activity", 3, False, None
        ),
        Register(ReviewFindingUpdate, FindingForm, "finding", "findings", "What the reviewer says", 3, False),
        Register(Tally, TallyForm, "tally", "tallies", "What is counted", 2, False, None),
    )
}
SINGLE_FORMS = {DimensionRating: DimensionForm, Answer: AnswerForm, Narrative: NarrativeForm}
# Queries follow these keys once for all rows of a table.
FOLLOWED = {
    DimensionRating: ("dimension", "status", "proposed_status"),
    Answer: ("question", "status"),
    PlanItemUpdate: ("status", "plan_item"),
    RiskAssessment: ("residual_band",),
    IssueUpdate: ("status",),
    BenefitUpdate: ("status",),
    IndicatorUpdate: ("indicator", "status"),
    RecommendationUpdate: ("recommendation", "status"),
    Notice: ("status", "source"),
    ResourcePosition: ("adequacy",),
}
HEADER_FORMS = {"project-detail": ProjectDetailForm, "project-status": ScoreForm, "time": TimeForm}


@dataclass
class Block:
    """The rows of one table as the page shows them; `register` is None where rows cannot be added."""

    forms: list
    register: Register | None = None
    add_form: AddForm | None = None
    removed: list = field(default_factory=list)


@dataclass
class Saved:
    """What a save came to."""

    errors: dict  # {name of the box: [sentence]}
    clashes: list  # (form, field name) of what two people changed
    added: list  # rows made

    @property
    def is_whole(self) -> bool:
        return not self.errors and not self.clashes


class SectionForms:
    """All forms of one section of a draft."""

    def __init__(self, report, section, data=None, scales=None):
        self.report, self.section, self.data = report, section, data
        self.scales = scales or Scales(report.organisation)
        self.blocks = [*self._single_rows(), *self._header(), *self._registers()]

    @property
    def forms(self) -> list:
        return [form for block in self.blocks for form in block.forms]

    @property
    def wrong(self) -> list[tuple[str, str]]:
        """Everything that is wrong, as the id of the box and a sentence that names row and field."""
        told = []
        for form in self.forms:
            for bound in form:
                lead = f"{form.heading}, {bound.label}" if form.heading else bound.label
                told += [(bound.id_for_label or f"{bound.auto_id}_0", f"{lead}: {said}") for said in bound.errors]
        return told

    def _form(self, form, row, previous):
        return form(row, previous=previous, report=self.report, scales=self.scales, data=self.data)

    def _header(self):
        form = HEADER_FORMS.get(self.section.key)
        if form and HEADER_SECTIONS.get(self.section.key):
            yield Block([self._form(form, self.report, self.report.copied_from)])

    def _single_rows(self):
        key = self.section.key
        for model, of_section in (
            (DimensionRating, {"dimension__section": key}),
            (Answer, {"question__section": key}),
            (Narrative, {"section": key}),
        ):
            rows = list(self._rows(model).present().filter(**of_section))
            if rows:
                earlier = earlier_rows(self.report, model)
                yield Block(
                    [self._form(SINGLE_FORMS[model], row, earlier.get(row_key(row))) for row in self._own(rows)]
                )

    def _registers(self):
        for model in SECTION_TABLES.get(self.section.key, ()):
            register = self._register(model)
            earlier = earlier_rows(self.report, model)
            rows = self._own(self._rows(model).filter(**self._made_with(model)))
            present = [row for row in rows if not row.is_removed]
            block = Block([self._form(register.form, row, earlier.get(row_key(row))) for row in present], register)
            if model is PlanItemUpdate:
                for form in block.forms:
                    form.known_refs = frozenset(row.ref for row in present if row.ref)
                if register.form is ProgrammeMilestoneForm:
                    self._find_first(block.forms)
            block.add_form = AddForm(register, self.data)
            block.removed = [row for row in rows if row.is_removed]
            yield block

    def _register(self, model) -> Register:
        """How the section edits a table."""
        register = REGISTERS[model]
        if model is BenefitUpdate and self.section.options.get("by_year"):
            return replace(register, form=SavingsForm)
        if model is PlanItemUpdate and self.section.options.get("by_theme"):
            return replace(register, form=ProgrammeMilestoneForm, has_refs=False)
        if model is RiskAssessment and self.section.key == "risks":
            return replace(register, form=MatrixRiskForm)
        if model is PlanItemUpdate and self.report.template.document == "checkpoint":
            return replace(register, form=ActionForm, noun="action", nouns="actions", asks="What must be done")
        if model is ReviewFindingUpdate and self.section.key == "review-findings":
            return replace(register, form=IssueFindingForm)
        return replace(register, form=CriticalPathForm) if self._is_critical_only(model) else register

    @staticmethod
    def _find_first(forms) -> None:
        """Tell each form whether its milestone is the first of its project."""
        themes = set()
        for form in forms:
            form.is_first = form.row.theme not in themes
            themes.add(form.row.theme)

    def _is_critical_only(self, model) -> bool:
        return model is PlanItemUpdate and is_critical_path_only(self.section, self.report)

    def _made_with(self, model) -> dict:
        """What every row of a table says in this section: that it is on the critical path, where only that is told."""
        if self._is_critical_only(model):
            return {"is_critical_path": True}
        return made_with(model, self.section.key)

    def _rows(self, model):
        followed = with_related(model.objects.of(self.report), FOLLOWED.get(model, ()))
        return followed.prefetch_related(*model.beneath)

    def _own(self, rows):
        """The rows, each holding this very report, so that nobody reads it again."""
        rows = list(rows)
        for row in rows:
            row.report = self.report
        return rows

    def save(self, *, by, adds=True) -> Saved:
        """Write everything that was changed and is valid; invalid boxes hold nothing else back.

        `adds` False leaves the box for another row alone: it is still being typed in.
        """
        with proposing_once():
            return self._save(by, adds)

    def _save(self, by, adds) -> Saved:
        saved = Saved({}, [], [])
        for form in self.forms:
            saved.clashes += [(form, name) for name in form.save(by=by)]
            if form.is_sent:
                saved.errors |= {form.add_prefix(name): list(said) for name, said in form.errors.items()}
        for block in self.blocks:
            if (
                adds
                and block.add_form is not None
                and block.add_form.is_valid()
                and block.add_form.cleaned_data["title"]
            ):
                saved.added.append(self._add(block.register, block.add_form.cleaned_data["title"], by))
        return saved

    def _add(self, register, title, by):
        if register.model is Tally:
            return add_tally(self.report, self.section.key, title, by=by)
        fields = {"title": title, **self._made_with(register.model)}
        if register.has_refs:
            fields["ref"] = self._next_ref(register.model)
        identity = None if register.identity is None else dict(register.identity)
        return add_row(self.report, register.model, by=by, identity=identity, **fields)

    def _next_ref(self, model) -> str:
        """One more than the largest number among the references ("A.15" after "A.14"); removed rows keep theirs."""
        refs = model.objects.of(self.report).values_list("ref", flat=True)
        numbered = [match for ref in refs if (match := re.fullmatch(r"(\D*)(\d+)", ref))]
        lead = "" if any(ref.isdecimal() for ref in refs) or not numbered else numbered[-1][1]
        return f"{lead}{max((int(match[2]) for match in numbered if match[1] == lead), default=0) + 1}"


def editable_keys(report: Report) -> set[str]:
    """The sections the editor has boxes for; the others are drawn from the record."""
    template = report.template
    return {
        *HEADER_FORMS,
        *SECTION_TABLES,
        *(section.key for section in template.sections.all() if is_narrative(section)),
        *template.dimensions.exclude(section="").values_list("section", flat=True),
        *template.questions.exclude(section="").values_list("section", flat=True),
    }


def section_of_report(report: Report, key: str):
    """The section of the report's template for its tier, and its neighbours; (None, None, None) where it has none."""
    sections = sections_of(report)
    at = next((number for number, section in enumerate(sections) if section.key == key), None)
    if at is None:
        return None, None, None
    return (
        sections[at],
        sections[at - 1] if at else None,
        sections[at + 1] if at + 1 < len(sections) else None,
    )


class ReasonForm(forms.Form):
    """Why something is done."""

    reason = forms.CharField(
        label="Reason",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Say why."},
    )
