"""What each page of a council's settings is about: its table, form, columns and how a change is written.

A page of rows that lie within others (statuses in a scheme) names the page above it and the key
to it; its rows are listed there. views/settings.py draws them all.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.db.models import Model
from django.utils import timezone

from projects.actions.committees import add_meeting, cancel_meeting, change_meeting
from projects.actions.deadlines import add_period, change_calendar, change_period
from projects.actions.schemes import (
    add_part,
    add_setting,
    change_part,
    change_setting,
    change_status,
    change_template,
    change_tier,
    is_status_used,
    is_template_used,
    is_tier_used,
    remove_part,
    remove_setting,
)
from projects.forms import groupings as beside
from projects.forms import settings as forms
from projects.models import (
    Board,
    Calendar,
    ChangeRoute,
    ChangeRouteStep,
    Dimension,
    Grouping,
    GroupingMember,
    Label,
    Meeting,
    NodeAlias,
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
    Tranche,
)
from projects.rules.kinds import Kind

COUNCIL, REPORTING, JUDGEMENT = "The council", "Reporting", "Statuses and limits"


@dataclass(frozen=True)
class Column:
    """A column of a list: its heading and what it shows of a row. `as_status` draws the value as a status."""

    heading: str
    value: Callable[[Model], object]
    as_status: bool = False


@dataclass(frozen=True)
class SettingsPage:
    """A table of settings. `add`, `change` and `remove` are the actions that write it."""

    key: str  # in addresses, after "settings-" in URL names
    title: str
    noun: str
    model: type[Model]
    form: type[forms.SettingForm]
    columns: tuple[Column, ...]
    group: str = ""
    lead: str = ""
    parent: str = ""  # key of the page it lies within
    above: str = ""  # foreign key to that page's row
    related: tuple[str, ...] = ()  # read with each row
    prefetched: tuple[str, ...] = ()
    can_add: bool = True
    can_remove: bool = True
    is_used: Callable[[Model], bool] | None = None  # whether a change makes a new row
    preview: Callable[[Model], object] | None = None  # the status to draw for a row
    add: Callable = add_setting
    change: Callable = change_setting
    remove: Callable = remove_setting
    buttons: tuple[tuple[str, str], ...] = field(default=())  # (label, URL name) on a row's page
    fits: Callable[[Model], bool] = lambda above: True  # whether the row above has such rows

    @property
    def has_archive(self) -> bool:
        return any(column.name == "is_archived" for column in self.model._meta.fields)


def _tiers(part):
    return ", ".join(str(tier) for tier in part.tiers.all() if not tier.is_archived) or "All"


def _is_template_of_part_used(part):
    return is_template_used(part.template)


def _is_filled_by_officers(template):
    return not forms.is_for_committee(template)


def _add_meeting(meeting, links, *, by):
    """`add_meeting` as a settings page adds a row."""
    return add_meeting(
        meeting.board, meeting.starts_at, place=meeting.place, papers_due_at=meeting.papers_due_at, by=by
    )


def _day(value):
    return f"{value.day} {value:%B %Y}" if value else None


PAGES = (
    SettingsPage(
        "boards",
        "Boards and committees",
        "board",
        Board,
        forms.BoardForm,
        (
            Column("Name", str),
            Column("Kind", lambda board: board.get_kind_display()),
            Column("Meets", lambda board: board.get_cadence_display()),
            Column("Column in the change record", lambda board: board.awareness_heading),
        ),
        group=COUNCIL,
        lead="Whom projects report to, and who is made aware of changes.",
    ),
    SettingsPage(
        "meetings",
        "Meetings",
        "meeting",
        Meeting,
        forms.MeetingForm,
        (Column("Meeting", str), Column("Place", lambda meeting: meeting.place)),
        parent="boards",
        above="board",
        related=("board", "organisation"),
        add=_add_meeting,
        change=change_meeting,
        remove=cancel_meeting,
    ),
    SettingsPage(
        "posts",
        "Posts",
        "post",
        Post,
        forms.PostForm,
        (
            Column("Post", str),
            Column("Team", lambda post: post.team),
            Column("Who signs in for it", lambda post: post.holder and post.holder.email),
            Column("Funded until", lambda post: post.funded_until_words),
        ),
        group=COUNCIL,
        lead="Reports name posts, never people.",
        related=("team", "holder"),
    ),
    SettingsPage(
        "teams",
        "Teams",
        "team",
        Team,
        forms.TeamForm,
        (Column("Name", str), Column("Part of", lambda team: team.node)),
        group=COUNCIL,
        related=("node",),
    ),
    SettingsPage(
        "labels",
        "Labels",
        "label",
        Label,
        forms.LabelForm,
        (Column("Name", str), Column("Definition", lambda label: label.definition)),
        group=COUNCIL,
        lead="Themes that run across the tree.",
    ),
    SettingsPage(
        "aliases",
        "Other names",
        "name",
        NodeAlias,
        beside.AliasForm,
        (
            Column("Name as printed", str),
            Column("Stands for", lambda alias: alias.node),
            Column("Printed in", lambda alias: beside.document_words(alias.document) or "Any document"),
        ),
        group=COUNCIL,
        lead="One piece of work may be printed under several names; it stays one node, and is counted once.",
        related=("node",),
    ),
    SettingsPage(
        "groupings",
        "Groupings",
        "grouping",
        Grouping,
        beside.GroupingForm,
        (
            Column("Title", str),
            Column("In the document", lambda grouping: beside.document_words(grouping.document)),
            Column("Nodes", lambda grouping: str(len(grouping.members.all()))),
        ),
        group=COUNCIL,
        lead="How a document groups nodes beside the tree. Nothing is loaded or counted twice.",
        prefetched=("members",),
        buttons=(("Choose its nodes", "settings-grouping-nodes"),),
    ),
    SettingsPage(
        "grouped",
        "Nodes of the group",
        "node of a group",
        GroupingMember,
        beside.GroupedForm,
        (Column("Node", str), Column("Order", lambda member: str(member.order))),
        parent="groupings",
        above="grouping",
        related=("grouping", "node"),
    ),
    SettingsPage(
        "tranches",
        "Tranches",
        "tranche",
        Tranche,
        beside.TrancheForm,
        (
            Column("Name", str),
            Column("Of", lambda tranche: tranche.node),
            Column("To be done by", lambda tranche: tranche.due_words),
        ),
        group=COUNCIL,
        lead="Slices of a programme's plan, each with the day it is to be done by.",
        related=("node",),
    ),
    SettingsPage(
        "tiers",
        "Tiers",
        "tier",
        Tier,
        forms.TierForm,
        (
            Column("Label", str),
            Column("Code", lambda tier: tier.code),
            Column("Definition", lambda tier: tier.definition),
        ),
        group=REPORTING,
        lead="How much a project reports: sections of a template name the tiers that fill them.",
        is_used=is_tier_used,
        change=change_tier,
    ),
    SettingsPage(
        "templates",
        "Report templates",
        "report template",
        ReportTemplate,
        forms.TemplateForm,
        (
            Column("Name", str),
            Column("Printed as", lambda template: forms.printed_as(template.document)),
            Column("For the committee", lambda template: template.board or ""),
            Column("Sponsor signs off", lambda template: "Yes" if template.requires_sign_off else "No"),
        ),
        group=REPORTING,
        lead="Which sections, statuses and questions a report has.",
        related=("board",),
        is_used=is_template_used,
        change=change_template,
    ),
    SettingsPage(
        "sections",
        "Sections",
        "section",
        TemplateSection,
        forms.SectionForm,
        (
            Column("Title", str),
            Column("Key", lambda section: section.key),
            Column("Tiers", _tiers),
            Column("Order", lambda section: section.order),
        ),
        parent="templates",
        above="template",
        related=("template",),
        prefetched=("tiers",),
        is_used=_is_template_of_part_used,
        add=add_part,
        change=change_part,
        remove=remove_part,
    ),
    SettingsPage(
        "dimensions",
        "What is rated",
        "dimension",
        Dimension,
        forms.DimensionForm,
        (
            Column("Label", str),
            Column("Section", lambda dimension: dimension.section),
            Column("Scheme", lambda dimension: dimension.scheme),
            Column("Overall", lambda dimension: "Yes" if dimension.is_overall else "No"),
        ),
        parent="templates",
        above="template",
        fits=_is_filled_by_officers,
        related=("template", "scheme"),
        is_used=_is_template_of_part_used,
        add=add_part,
        change=change_part,
        remove=remove_part,
    ),
    SettingsPage(
        "questions",
        "Questions",
        "question",
        Question,
        forms.QuestionForm,
        (
            Column("Question", str),
            Column("Section", lambda question: question.section),
            Column("Answers", lambda question: question.scheme),
            Column("Tiers", _tiers),
        ),
        parent="templates",
        above="template",
        fits=_is_filled_by_officers,
        related=("template", "scheme"),
        prefetched=("tiers",),
        is_used=_is_template_of_part_used,
        add=add_part,
        change=change_part,
        remove=remove_part,
    ),
    SettingsPage(
        "calendars",
        "Calendars",
        "calendar",
        Calendar,
        forms.CalendarForm,
        (
            Column("Name", str),
            Column("Cadence", lambda calendar: calendar.get_cadence_display()),
            Column(
                "Deadline",
                lambda calendar: f"{calendar.deadline_amount} {calendar.get_deadline_rule_display().lower()}",
            ),
            Column("Meetings of", lambda calendar: calendar.board),
        ),
        group=REPORTING,
        lead="The runs of periods that reports are made for, when they are due and when people are reminded.",
        related=("board",),
        change=change_calendar,
        buttons=(("Make the periods of a year", "settings-make-periods"),),
    ),
    SettingsPage(
        "periods",
        "Periods",
        "period",
        Period,
        forms.PeriodForm,
        (
            Column("Period", str),
            Column("From", lambda period: _day(period.starts_on)),
            Column("To", lambda period: _day(period.ends_on)),
            Column("As at", lambda period: _day(period.as_at_on)),
            Column("Due", lambda period: period.due_at and _day(timezone.localdate(period.due_at))),
            Column("Closed", lambda period: "Yes" if period.closed_at else "No"),
        ),
        parent="calendars",
        above="calendar",
        related=("calendar__organisation", "meeting"),
        add=add_period,
        change=change_period,
        buttons=(("Close, reopen or make an exception", "period"),),
    ),
    SettingsPage(
        "routes",
        "Change routes",
        "change route",
        ChangeRoute,
        forms.RouteForm,
        (
            Column("Name", str),
            Column("Order", lambda route: str(route.order)),
            Column("For changes that touch", lambda route: route.applies_to),
            Column("Decided by", lambda route: ", then ".join(str(step) for step in route.steps.all())),
        ),
        group=REPORTING,
        lead="Who decides a change, by what it touches: the first route that fits is taken.",
        prefetched=("steps__board", "steps__post"),
    ),
    SettingsPage(
        "steps",
        "Steps",
        "step",
        ChangeRouteStep,
        forms.RouteStepForm,
        (Column("Decided by", str), Column("Order", lambda step: str(step.order))),
        parent="routes",
        above="route",
        related=("route", "board", "post"),
    ),
    SettingsPage(
        "schemes",
        "Status schemes",
        "status scheme",
        StatusScheme,
        forms.SchemeForm,
        (Column("Name", str), Column("About", lambda scheme: scheme.get_subject_display())),
        group=JUDGEMENT,
        lead="The council's own words for how things stand, and what each means.",
    ),
    SettingsPage(
        "statuses",
        "Statuses",
        "status",
        Status,
        forms.StatusForm,
        (
            Column("Label", str),
            Column("As drawn", lambda status: status, as_status=True),
            Column("Meaning", lambda status: Kind(status.kind).label),
            Column("Severity", lambda status: status.severity),
            Column("Definition", lambda status: status.definition),
        ),
        parent="schemes",
        above="scheme",
        related=("scheme",),
        is_used=is_status_used,
        preview=lambda status: status,
        change=change_status,
    ),
    SettingsPage(
        "thresholds",
        "Thresholds",
        "threshold",
        Threshold,
        forms.ThresholdForm,
        (
            Column("Measure", str),
            Column("Amber from", lambda limit: f"{limit.amber_from.normalize():f}"),
            Column("Red from", lambda limit: f"{limit.red_from.normalize():f}"),
        ),
        group=JUDGEMENT,
        lead="Where the rules turn amber and red.",
        can_add=False,
        can_remove=False,
    ),
    SettingsPage(
        "matrices",
        "Risk matrices",
        "risk matrix",
        RiskMatrix,
        forms.MatrixForm,
        (
            Column("Name", str),
            Column("Size", lambda matrix: f"{len(matrix.likelihood_labels)} by {len(matrix.impact_labels)}"),
        ),
        group=JUDGEMENT,
        lead="The scales of likelihood and impact, and the bands of their product.",
    ),
    SettingsPage(
        "bands",
        "Bands",
        "band",
        RiskBand,
        forms.BandForm,
        (
            Column("Scores", lambda band: f"{band.from_score} to {band.to_score}"),
            Column("Band", lambda band: band.status, as_status=True),
        ),
        parent="matrices",
        above="matrix",
        related=("matrix", "status"),
        preview=lambda band: band.status,
    ),
)
BY_KEY = {page.key: page for page in PAGES}
GROUPS = (COUNCIL, REPORTING, JUDGEMENT)


def children_of(page: SettingsPage, row: Model) -> list[SettingsPage]:
    """The pages whose rows lie within `row` of `page`."""
    return [each for each in PAGES if each.parent == page.key and each.fits(row)]
