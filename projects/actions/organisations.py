"""Founding a council with settings it can work with at once, and the periods it reports by."""

from dataclasses import fields as fields_of
from datetime import date, timedelta
from itertools import pairwise

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from projects.actions.deadlines import Meetings, deadlines_follow, due_by_rule
from projects.actions.nodes import plant
from projects.actions.roll_ups import rebuild
from projects.actions.writing import save_changes, save_new
from projects.audit import record
from projects.clock import today_for
from projects.models import (
    Cadence,
    Calendar,
    Dimension,
    Node,
    NodeKind,
    Organisation,
    Period,
    Question,
    ReportTemplate,
    RiskBand,
    RiskMatrix,
    Status,
    StatusScheme,
    Subject,
    TemplateSection,
    Threshold,
)
from projects.rules.kinds import Kind, severity_of
from projects.rules.limits import DEFAULT_LIMITS

# (slug, name, subject, statuses); a status is (label, code, shape, colour, kind, definition, also written as).
DEFAULT_SCHEMES = (
    (
        "rag",
        "Project status",
        Subject.OVERALL,
        (
            ("Green", "G", "circle", "green", Kind.ON_TRACK, "Goes to plan; nothing needs deciding.", ["On track"]),
            ("Amber", "A", "triangle", "amber", Kind.AT_RISK, "Will miss its plan unless something is done.", []),
            ("Red", "R", "octagon", "red", Kind.OFF_TRACK, "Misses its plan; a board must decide.", []),
        ),
    ),
    (
        "direction",
        "Direction of travel",
        Subject.DIRECTION,
        (
            ("Ahead of target", "AHEAD", "arrow_up", "green", Kind.ON_TRACK, "Further on than planned.", ["Improving"]),
            (
                "On track",
                "ON",
                "arrow_right",
                "green",
                Kind.ON_TRACK,
                "Where the plan says it should be.",
                ["On target"],
            ),
            ("OK", "OK", "arrow_right", "green", Kind.ON_TRACK, "Steady; no action is needed.", []),
            ("Behind target", "BEHIND", "arrow_down", "amber", Kind.AT_RISK, "Less far on than planned.", ["Behind"]),
        ),
    ),
    (
        "milestone",
        "Milestones",
        Subject.MILESTONE,
        (
            ("Not started", "NS", "square", "blue", Kind.NOT_STARTED, "Not due to begin yet.", []),
            ("Green", "G", "circle", "green", Kind.ON_TRACK, "Will be done by its date.", ["On track"]),
            ("Amber", "A", "triangle", "amber", Kind.AT_RISK, "May miss its date.", []),
            ("Red", "R", "octagon", "red", Kind.OFF_TRACK, "Has missed its date, or will.", []),
            ("Complete", "C", "tick", "purple", Kind.DONE, "Done and accepted.", ["Completed", "Done"]),
        ),
    ),
    (
        "risk-band",
        "Risk bands",
        Subject.RISK_BAND,
        (
            ("Low", "L", "circle", "green", Kind.ON_TRACK, "Watched where it arises.", []),
            ("Medium", "M", "diamond", "yellow", Kind.WATCH, "Managed by the project lead.", ["Moderate"]),
            ("High", "H", "triangle", "red", Kind.OFF_TRACK, "Reported; further action is planned.", []),
            ("Very high", "VH", "octagon", "red", Kind.OFF_TRACK, "Reported at once to the board.", ["Critical"]),
        ),
    ),
    (
        "risk-status",
        "Risk status",
        Subject.RISK_STATUS,
        (
            ("OK", "OK", "circle", "green", Kind.ON_TRACK, "Controls hold.", ["Acceptable"]),
            ("Attention", "ATT", "triangle", "amber", Kind.AT_RISK, "Further actions are late or not enough.", []),
            ("Action needed", "ACT", "octagon", "red", Kind.OFF_TRACK, "The board must act.", []),
        ),
    ),
    (
        "risk-state",
        "Risks and issues: open or closed",
        Subject.RISK_STATE,
        (
            ("Open", "OPEN", "ring", "blue", Kind.ON_TRACK, "Still to be managed.", ["Live"]),
            ("Closed", "CLOSED", "tick", "purple", Kind.DONE, "Gone, or settled.", []),
        ),
    ),
    (
        "benefit",
        "Benefits",
        Subject.BENEFIT,
        (
            ("Not started", "NS", "square", "blue", Kind.NOT_STARTED, "Nothing can be measured yet.", []),
            ("On target", "ON", "circle", "green", Kind.ON_TRACK, "Will be had as planned.", ["On track"]),
            ("Under review", "REV", "diamond", "yellow", Kind.WATCH, "Its size or date is being looked at.", []),
            ("At risk", "RISK", "triangle", "amber", Kind.AT_RISK, "May fall short.", []),
            ("Not achieved", "NOT", "octagon", "red", Kind.OFF_TRACK, "Has fallen short.", []),
            ("Completed", "DONE", "tick", "purple", Kind.DONE, "Had in full.", ["Complete", "Achieved"]),
        ),
    ),
    (
        "indicator",
        "Indicators",
        Subject.INDICATOR,
        (
            ("On target", "ON", "circle", "green", Kind.ON_TRACK, "At the target or better.", []),
            ("Near target", "NEAR", "triangle", "amber", Kind.AT_RISK, "Short of it, within the tolerance.", []),
            ("Off target", "OFF", "octagon", "red", Kind.OFF_TRACK, "Short by more than the tolerance.", []),
            ("No data", "NONE", "dash", "grey", Kind.NOT_RATED, "Nothing was measured.", []),
        ),
    ),
    (
        "adequacy",
        "Resources",
        Subject.ADEQUACY,
        (
            ("Adequate", "OK", "circle", "green", Kind.ON_TRACK, "People and money suffice.", []),
            ("Stretched", "STR", "triangle", "amber", Kind.AT_RISK, "Enough only for a time.", []),
            ("Inadequate", "INAD", "octagon", "red", Kind.OFF_TRACK, "The work cannot be done with them.", []),
        ),
    ),
    (
        "recommendation",
        "Recommendations and findings",
        Subject.RECOMMENDATION,
        (
            ("Not started", "NS", "square", "blue", Kind.NOT_STARTED, "Nothing has been done yet.", []),
            ("In progress", "PROG", "circle", "green", Kind.ON_TRACK, "Being acted on.", []),
            ("Delayed", "LATE", "triangle", "amber", Kind.AT_RISK, "Later than was agreed.", []),
            ("Implemented", "DONE", "tick", "purple", Kind.DONE, "Done, with evidence.", ["Complete", "Closed"]),
        ),
    ),
    (
        "answer-yes-good",
        "Answers where yes is good",
        Subject.ANSWER,
        (
            ("Yes", "Y", "tick", "green", Kind.ON_TRACK, "As it should be.", []),
            ("No", "N", "triangle", "amber", Kind.AT_RISK, "Say why in the commentary.", []),
        ),
    ),
    (
        "answer-no-good",
        "Answers where no is good",
        Subject.ANSWER,
        (
            ("No", "N", "tick", "green", Kind.ON_TRACK, "As it should be.", []),
            ("Yes", "Y", "triangle", "amber", Kind.AT_RISK, "Say why in the commentary.", []),
        ),
    ),
)
AHEAD = timedelta(days=60)  # how long before a calendar runs out its next year is made
# Two bands that both count as high risks still rank: the common scale is per status, not per kind.
OWN_SEVERITY = {("risk-band", "H"): 4}

LIKELIHOOD_LABELS = ["Remote", "Unlikely", "Possible", "Likely", "Near certain"]
IMPACT_LABELS = ["Slight", "Minor", "Moderate", "Major", "Severe"]
# Codes of the scheme "risk-band" with the scores they begin and end at (design: rules).
MATRIX_BANDS = (("L", 1, 6), ("M", 7, 10), ("H", 11, 16), ("VH", 17, 25))

# (key, title, help)
DEFAULT_SECTIONS = (
    ("project-detail", "Project detail", "Who leads the project, whom it reports to, its stage, dates and team."),
    ("project-status", "Project status", "The overall status, the score and the direction of travel."),
    ("budget", "Budgeting and forecasting", "Planned budget against the forecast, or against what is spent."),
    ("risk-consideration", "Risk consideration", "The questions every project answers; the counts are made for you."),
    ("milestones", "Milestones and interdependencies", "What is to be done by when; mark the critical path."),
    ("high-risk-register", "High risk register", "The risks worth the board's attention, with review dates."),
    ("benefits", "Benefits realisation", "What the project is for, and how far that has been had."),
    ("commentary", "Explanatory commentary", "What changed, why, and what comes next: a few short paragraphs."),
    ("resources", "Resource planning and forecasting", "Posts on the project, how they are funded and until when."),
    ("reporting-streams", "Other reporting streams", "What else must be considered and is reported elsewhere."),
    ("change-control", "Change control", "Changes to what was agreed, and when each board became aware."),
)
# (key, label, scheme, section, rule)
DEFAULT_DIMENSIONS = (
    ("status", "Project status", "rag", "project-status", "overall"),
    ("direction", "Direction of travel", "direction", "project-status", ""),
    ("risk-direction", "Direction of travel", "direction", "risk-consideration", ""),
    ("risk-status", "Risk status", "risk-status", "risk-consideration", ""),
)
# (key, text, scheme)
DEFAULT_QUESTIONS = (
    ("budget-on-track", "Is your budget on track?", "answer-yes-good"),
    ("unforeseen-spend", "Has there been any unforeseen spend?", "answer-no-good"),
    ("milestones-slipped", "Have any of your milestones slipped with consequences?", "answer-no-good"),
)


class NoRegularPeriods(Exception):
    """A calendar without a fixed cadence has no periods that could be made in one go."""


def found_organisation(*, name: str, slug: str, by=None, with_defaults: bool = True, **settings) -> Organisation:
    """Make a council, its top node and, unless `with_defaults` is False, settings it can begin with.

    `settings` are fields of Organisation. `by` is None where nobody can have signed in yet.
    Without defaults it has the top node and the thresholds only, and the caller brings the rest.
    What it begins with is one line of the audit trail.
    """
    with transaction.atomic():
        organisation = save_new(Organisation(name=name, slug=slug, **settings), by=by)
        plant(Node(organisation=organisation, kind=NodeKind.ORGANISATION, slug=slug, title=name), by=by)
        _settle_thresholds(organisation)
        if with_defaults:
            schemes = _settle_schemes(organisation)
            _settle_matrix(organisation, schemes["risk-band"])
            _settle_template(organisation, schemes)
            begun_with = ["thresholds", *(name for _, name, _, _ in DEFAULT_SCHEMES), "risk matrix", "highlight report"]
            record(organisation, {"default settings": ["", ", ".join(begun_with)]}, by=by)
            calendar = save_new(Calendar(organisation=organisation, name="Monthly", slug="monthly"), by=by)
            make_periods(calendar, year=financial_year_of(today_for(organisation), organisation), by=by)
        return organisation


def change_organisation(organisation: Organisation, changes: dict, *, version: int | None = None, by) -> Organisation:
    """Change a council's own details; its top node goes by the same name, deadlines by the bank holidays chosen."""
    with deadlines_follow(organisation, by=by, reason=f"The details of {organisation} were changed"):
        organisation = save_changes(organisation, changes, version=version, by=by)
        top = Node.objects.get(organisation=organisation, kind=NodeKind.ORGANISATION)
        if top.title != organisation.name:
            save_changes(top, {"title": organisation.name}, by=by)
        return organisation


def _settle_thresholds(organisation):
    Threshold.objects.bulk_create(
        Threshold(
            organisation=organisation,
            measure=limit.name,
            amber_from=getattr(DEFAULT_LIMITS, limit.name).amber_from,
            red_from=getattr(DEFAULT_LIMITS, limit.name).red_from,
        )
        for limit in fields_of(DEFAULT_LIMITS)
    )


def _settle_schemes(organisation) -> dict:
    schemes = {
        slug: StatusScheme(organisation=organisation, slug=slug, name=name, subject=subject)
        for slug, name, subject, _ in DEFAULT_SCHEMES
    }
    StatusScheme.objects.bulk_create(schemes.values())
    Status.objects.bulk_create(
        Status(
            organisation=organisation,
            scheme=schemes[slug],
            label=label,
            code=code,
            definition=definition,
            shape=shape,
            colour=colour,
            kind=kind,
            severity=OWN_SEVERITY.get((slug, code), severity_of(kind)),
            order=order,
            synonyms=synonyms,
        )
        for slug, _, _, statuses in DEFAULT_SCHEMES
        for order, (label, code, shape, colour, kind, definition, synonyms) in enumerate(statuses, start=1)
    )
    return schemes


def _settle_matrix(organisation, scheme):
    matrix = RiskMatrix.objects.bulk_create(
        [
            RiskMatrix(
                organisation=organisation,
                name="Likelihood and impact",
                likelihood_labels=LIKELIHOOD_LABELS,
                impact_labels=IMPACT_LABELS,
            )
        ]
    )[0]
    statuses = {status.code: status for status in scheme.statuses.all()}
    RiskBand.objects.bulk_create(
        RiskBand(
            organisation=organisation, matrix=matrix, status=statuses[code], from_score=from_score, to_score=to_score
        )
        for code, from_score, to_score in MATRIX_BANDS
    )


def _settle_template(organisation, schemes):
    template = ReportTemplate.objects.bulk_create(
        [
            ReportTemplate(
                organisation=organisation,
                slug="highlight",
                name="Highlight report",
                document="project-dashboard",
                score_label="Project score",
            )
        ]
    )[0]
    common = {"organisation": organisation, "template": template}
    TemplateSection.objects.bulk_create(
        TemplateSection(key=key, title=title, help_text=help_text, order=order, **common)
        for order, (key, title, help_text) in enumerate(DEFAULT_SECTIONS, start=1)
    )
    Dimension.objects.bulk_create(
        Dimension(
            key=key,
            label=label,
            scheme=schemes[scheme],
            section=section,
            rule=rule,
            is_overall=rule == "overall",
            order=order,
            **common,
        )
        for order, (key, label, scheme, section, rule) in enumerate(DEFAULT_DIMENSIONS, start=1)
    )
    Question.objects.bulk_create(
        Question(key=key, text=text, scheme=schemes[scheme], section="risk-consideration", order=order, **common)
        for order, (key, text, scheme) in enumerate(DEFAULT_QUESTIONS, start=1)
    )


def financial_year_of(day: date, organisation: Organisation) -> int:
    """The calendar year in which the financial year that holds `day` begins: 2019 for 2019/20."""
    return day.year - (day.month < organisation.financial_year_start)


def make_periods(calendar: Calendar, *, year: int, by) -> list[Period]:
    """Make the periods of the financial year that begins in `year`; those that overlap one there is are left out.

    Each is due by the calendar's rule, at the first meeting of its board on the last day or after where the rule
    counts from one. NoRegularPeriods for a calendar without a fixed cadence.
    """
    organisation = calendar.organisation
    taken = list(calendar.periods.values_list("starts_on", "ends_on"))
    meetings = Meetings([calendar])
    made = []
    with transaction.atomic():
        for slug, label, short_code, starts_on, ends_on in _spans(calendar, year):
            if any(starts_on <= until and ends_on >= since for since, until in taken):
                continue
            meeting = meetings.taking(calendar, ends_on)
            made.append(
                save_new(
                    Period(
                        organisation=organisation,
                        calendar=calendar,
                        slug=slug,
                        label=label,
                        short_code=short_code,
                        starts_on=starts_on,
                        ends_on=ends_on,
                        as_at_on=ends_on,
                        meeting=meeting,
                        due_at=due_by_rule(calendar, ends_on, meeting),
                    ),
                    by=by,
                )
            )
    return made


def make_periods_ahead(organisation: Organisation, *, by) -> list[Period]:
    """Make the next year's periods of every regular calendar in use whose last period ends within `AHEAD` of today."""
    calendars = Calendar.objects.filter(organisation=organisation, is_archived=False, series__is_archived=False)
    made = []
    for calendar in calendars.exclude(cadence=Cadence.ADHOC).annotate(runs_to=Max("periods__ends_on")):
        if calendar.runs_to and calendar.runs_to <= today_for(organisation) + AHEAD:
            year = financial_year_of(calendar.runs_to + timedelta(days=1), organisation)
            made += make_periods(calendar, year=year, by=by)
    return made


def _spans(calendar, year):
    """(slug, label, short code, first day, last day) of each period of a financial year.

    Short codes carry the year: trends print them side by side, and no two of a calendar are alike.
    """
    first_month = calendar.organisation.financial_year_start
    months = [_month_after(date(year, first_month, 1), count) for count in range(13)]
    year_words = f"{year}/{(year + 1) % 100:02d}" if first_month > 1 else str(year)
    if calendar.cadence == Cadence.MONTHLY:
        for start, following in pairwise(months):
            yield f"{start:%Y-%m}", f"{start:%B %Y}", f"{start:%b %y}", start, following - timedelta(days=1)
    elif calendar.cadence == Cadence.QUARTERLY:
        for number in range(4):
            start, following = months[number * 3], months[number * 3 + 3]
            label, code = f"Quarter {number + 1} {year_words}", f"Q{number + 1} {year_words[2:]}"
            yield f"{year}-q{number + 1}", label, code, start, following - timedelta(days=1)
    elif calendar.cadence == Cadence.YEARLY:
        slug = year_words.replace("/", "-")
        yield slug, f"Year {year_words}", year_words, months[0], months[12] - timedelta(days=1)
    elif calendar.cadence in (Cadence.WEEKLY, Cadence.FORTNIGHTLY):
        length = timedelta(days=7 if calendar.cadence == Cadence.WEEKLY else 14)
        # Whole weeks from Monday to Sunday; the week that a year ends in belongs to that year, whole.
        start = months[0] + timedelta(days=-months[0].weekday() % 7)
        last = calendar.periods.filter(ends_on__lt=months[12]).order_by("-ends_on").first()
        if last and last.ends_on >= start - length:
            start = last.ends_on + timedelta(days=1)
        while start < months[12]:
            end = start + length - timedelta(days=1)
            words = "Week" if calendar.cadence == Cadence.WEEKLY else "Fortnight"
            yield f"{end:%Y-%m-%d}", f"{words} to {end.day} {end:%B %Y}", f"{end.day} {end:%b %y}", start, end
            start += length
    else:
        raise NoRegularPeriods(f"{calendar} has no fixed cadence: add its periods one at a time.")


def _month_after(day, count):
    months = day.month - 1 + count
    return date(day.year + months // 12, months % 12 + 1, 1)


def close_period(period: Period, *, by, at=None) -> Period:
    """Say that a period is over: its reports are locked (actions.locks), but for exceptions, and added up."""
    with transaction.atomic():
        period = save_changes(period, {"closed_at": at or timezone.now(), "closed_by": by}, by=by)
        rebuild([period])
        return period


def reopen_period(period: Period, *, by, reason: str) -> Period:
    """Open a closed period again, saying why."""
    with transaction.atomic():
        period = save_changes(period, {"closed_at": None, "closed_by": None}, by=by, reason=reason)
        rebuild([period])
        return period
