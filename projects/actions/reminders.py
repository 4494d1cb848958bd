"""Reminders: one mail a person of all that waits for them, and never twice of the same thing on the same step.

A row is claimed for each thing before the mail goes, and two claims of one thing are refused by the database: however
many processes run at once, one sends. A mail that fails is not tried again; its rows stay without `sent_at`.
"""

import smtplib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

import structlog
from django.conf import settings
from django.core import mail
from django.db import IntegrityError, transaction
from django.db.models import Model, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from projects.actions.change_control import blanks_of
from projects.audit import record
from projects.clock import moment_for, today_for
from projects.models import (
    OPEN_STATES,
    ChangeRequest,
    Grant,
    Node,
    Organisation,
    Period,
    PeriodException,
    Reminder,
    ReportState,
    Series,
)
from projects.permissions import top_node
from projects.returns import returns_of
from projects.rules.access import Permission, Role, roles_with
from projects.rules.deadlines import every_step, lateness, reminder_step
from projects.rules.tree import ancestors_of

DUE, LATE, AWARENESS, DECISION = Reminder.ReminderKind
AWARENESS_AFTER = timedelta(days=14)  # a board that has not been told by then is asked for
DECISION_AFTER = timedelta(days=7)
CHANGES_EVERY = 7  # days between reminders of one change
CHASED_FOR = timedelta(days=366)  # a period nobody closed is not chased for ever
MOST_LINES = 40  # of one heading in a mail
HEADINGS = {
    DUE: "Reports to bring up to date",
    LATE: "Late reports",
    AWARENESS: "Boards not told of a change",
    DECISION: "Changes awaiting a decision",
}

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Call:
    """One thing to tell somebody, before it is known to whom."""

    kind: Reminder.ReminderKind
    about: str
    step_on: date
    words: str
    path: str  # of the page to go to
    organisation: Organisation
    of: dict[str, Model] = field(default_factory=dict, hash=False, compare=False)  # series and period, or the change

    @property
    def key(self) -> tuple[str, str, date]:
        return self.kind.value, self.about, self.step_on


@dataclass
class Sent:
    """What came of it."""

    people: int = 0
    things: int = 0
    failed: int = 0  # people whose mail could not go
    repeated: int = 0  # things that somebody had been told of on the same step
    nobody: list[str] = field(default_factory=list)  # reports that nobody could be reminded of


class Holders:
    """Who may be written to in a council: active people by the nodes on which they hold a role today."""

    def __init__(self, organisation: Organisation):
        self.by_role = defaultdict(lambda: defaultdict(dict))
        self.working = defaultdict(set)
        working_roles = {role.value for role in roles_with(Permission.VIEW_RECORD)}
        grants = Grant.objects.filter(organisation=organisation, user__is_active=True).active_on(timezone.localdate())
        for grant in grants.select_related("user", "node").order_by("pk"):
            self.by_role[grant.role][grant.node.path][grant.user_id] = grant.user
            if grant.role in working_roles:
                self.working[grant.user_id].add(grant.node.path)

    def officers_of(self, node: Node) -> list:
        """Officers by the grants nearest to the node, and who holds its lead's post, if they may see it."""
        people = next(
            (self.by_role[Role.OFFICER][path] for path in _upwards(node) if self.by_role[Role.OFFICER].get(path)), {}
        )
        holder = node.lead_post.holder if node.lead_post else None
        if holder and holder.is_active and self.working[holder.pk] & set(_upwards(node)):
            people = {**people, holder.pk: holder}
        return list(people.values())

    def pmo_of(self, node: Node) -> list:
        """Everybody who holds the PMO's role on the node or above it."""
        people = {}
        for path in _upwards(node):
            people |= self.by_role[Role.PMO].get(path, {})
        return list(people.values())


def _upwards(node):
    return [node.path, *reversed(ancestors_of(node.path))]


# ---- what is to be said ----


def calls_of(organisation: Organisation) -> dict:
    """{person: what they are to be told today}, by the calendars' own steps."""
    holders = Holders(organisation)
    told = defaultdict(list)
    for call, people in [*_report_calls(organisation, holders), *_change_calls(organisation, holders)]:
        for person in people:
            told[person].append(call)
    return told


def _report_calls(organisation, holders):
    today = today_for(organisation)
    nodes = Node.objects.filter(organisation=organisation)
    top = top_node(organisation)
    periods = Period.objects.filter(
        organisation=organisation, starts_on__lte=today, due_at__gte=moment_for(organisation) - CHASED_FOR
    ).filter(
        Q(closed_at=None)
        | Q(pk__in=PeriodException.objects.in_force_on(today).filter(organisation=organisation).values("period"))
    )
    for period in periods.select_related("calendar", "organisation").order_by("due_at", "pk"):
        calendar = period.calendar
        step = reminder_step(
            timezone.localdate(period.due_at), today, calendar.remind_days_before, calendar.remind_late_every
        )
        if step is None or calendar.is_archived:
            continue
        waiting = returns_of(nodes.in_use(), period).filter(done_at=None)
        if period.closed_at:
            waiting = waiting.filter(
                pk__in=PeriodException.objects.in_force_on(today).filter(period=period).values("series")
            )
        for series in waiting.select_related("node__lead_post__holder").order_by("node__title"):
            call = _report_call(series, period, step.on, is_late=step.is_late)
            officers = holders.officers_of(series.node)
            yield call, officers
            if step.is_late:
                path = f"{_returns_path(top, period)}&{urlencode({'shown': 'missing'})}"
                yield (
                    _report_call(series, period, step.on, is_late=True, path=path),
                    [person for person in holders.pmo_of(series.node) if person not in officers],
                )


def _returns_path(top: Node, period: Period) -> str:
    asked = urlencode({"calendar": period.calendar.slug, "period": period.slug})
    return f"{reverse('returns', args=[top.slug, top.slug])}?{asked}"


def _report_call(series, period, step_on, *, is_late, path=""):
    """The call for one report. `series` as `returns_of` gives it."""
    node, organisation = series.node, period.organisation
    state = f"{ReportState(series.report_state).label}." if series.report_state else "Not begun."
    if period.due_at:
        due = f"due {_moment(period.due_at)}"
        if is_late:
            late = lateness(period.due_at, None, moment_for(organisation)).because.removeprefix("Not in, ")
            due = f"was {due}, {late}"
        words = f"{_title(node)}, {period}: {due}. {state}"
    else:
        words = f"{_title(node)}, {period}. {state}"
    if not path:
        path = (
            reverse("report-edit", args=[series.report_pk])
            if series.report_state in OPEN_STATES
            else reverse("report-periods", args=[organisation.slug, node.slug])
        )
    about = f"series {series.pk} period {period.pk}"
    return Call(
        LATE if is_late else DUE, about, step_on, words, path, organisation, {"series": series, "period": period}
    )


def _change_calls(organisation, holders):
    today = today_for(organisation)
    nodes = Node.objects.filter(organisation=organisation).in_use()
    undecided = ChangeRequest.objects.filter(node__in=nodes, is_archived=False, state=ChangeRequest.State.SUBMITTED)
    for request in undecided.select_related("node").order_by("raised_at", "pk"):
        if step := every_step(_raised_on(request) + DECISION_AFTER, today, CHANGES_EVERY):
            yield _change_call(DECISION, request, step.on, organisation), holders.pmo_of(request.node)
    blank = defaultdict(list)
    requests = {}
    for each in blanks_of(nodes, today):
        requests[each.change.pk] = each.change
        blank[each.change.pk].append(each.board.short_name or each.board.name)
    for pk, request in requests.items():
        if step := every_step(_raised_on(request) + AWARENESS_AFTER, today, CHANGES_EVERY):
            names = ", ".join(sorted(blank[pk]))
            call = _change_call(AWARENESS, request, step.on, organisation, f" No date yet for: {names}.")
            yield call, holders.pmo_of(request.node)


def _change_call(kind, request, step_on, organisation, more=""):
    title = "An exempt change" if _is_exempt(request) or _is_exempt(request.node) else str(request).rstrip(".")
    words = f"{_title(request.node)}: {title}, raised {_day(_raised_on(request))}.{more}"
    path = reverse("change", args=[request.pk])
    return Call(kind, f"change {request.pk}", step_on, words, path, organisation, {"change_request": request})


def _raised_on(request) -> date:
    return timezone.localdate(request.raised_at)


def _is_exempt(thing) -> bool:
    """Whether the mark stands today: a mail goes through hands that the portal does not know."""
    return thing.is_exempt and (thing.exempt_until is None or thing.exempt_until > timezone.localdate())


def _title(node: Node) -> str:
    return f"An exempt {node.get_kind_display().lower()}" if _is_exempt(node) else node.title


def _moment(at) -> str:
    local = timezone.localtime(at)
    return f"{_day(local)} at {local:%H:%M}"


def _day(day) -> str:
    return f"{day.day} {day:%B %Y}"


# ---- saying it ----


def send_reminders(organisations: Iterable[Organisation]) -> Sent:
    """Send whatever is due today; what has been sent is not sent again, so that this may run as often as one likes."""
    told = defaultdict(list)
    for organisation in organisations:
        for person, calls in calls_of(organisation).items():
            told[person] += calls
    return _send(told)


def remind_now(returns: Iterable[Series], period: Period, *, by) -> Sent:
    """Remind the officers of these returns (as `returns_of` gives them) today, whatever the calendar's steps say."""
    organisation = period.organisation
    holders = Holders(organisation)
    today = today_for(organisation)
    is_late = bool(period.due_at) and period.due_at < moment_for(organisation)
    told, nobody, asked = defaultdict(list), [], 0
    for series in returns:
        people = holders.officers_of(series.node)
        asked += 1
        if not people:
            nobody.append(series.node.title)
        for person in people:
            told[person].append(_report_call(series, period, today, is_late=is_late))
    sent = _send(told)
    sent.nobody = nobody
    record(period, {"reminders asked for": ["", f"{asked} reports, mails to {sent.people} people"]}, by=by)
    return sent


def _send(told: dict) -> Sent:
    sent = Sent()
    if not told:
        return sent
    connection = mail.get_connection()
    try:
        connection.open()  # where no mail can go at all, nothing is claimed and the next hour tries again
    except (OSError, smtplib.SMTPException):
        log.exception("No reminder was sent: the mail server cannot be reached.")
        sent.failed = len(told)
        return sent
    for person, calls in sorted(told.items(), key=lambda each: each[0].pk):
        claimed, new = _claim(person, calls)
        sent.repeated += len(calls) - len(new)
        if not new:
            continue
        try:
            connection.send_messages([_message(person, new, connection)])
        except (OSError, smtplib.SMTPException):
            log.exception("A reminder could not be sent; it is not tried again.", person=person.pk, things=len(new))
            connection.close()
            sent.failed += 1
            continue
        Reminder.objects.filter(pk__in=[row.pk for row in claimed]).update(sent_at=timezone.now())
        sent.people += 1
        sent.things += len(new)
    connection.close()
    return sent


def _claim(person, calls: list[Call]) -> tuple[list[Reminder], list[Call]]:
    """Write the rows of what nobody has claimed yet; none where another process was quicker."""
    calls = sorted({call.key: call for call in calls}.values(), key=lambda call: call.key)
    for _ in range(3):
        known = set(
            Reminder.objects.filter(user=person, step_on__in={call.step_on for call in calls}).values_list(
                "kind", "about", "step_on"
            )
        )
        new = [call for call in calls if call.key not in known]
        if not new:
            return [], []
        rows = [
            Reminder(
                organisation=call.organisation,
                kind=call.kind,
                user=person,
                about=call.about,
                step_on=call.step_on,
                **call.of,
            )
            for call in new
        ]
        try:
            with transaction.atomic():
                return Reminder.objects.bulk_create(rows), new
        except IntegrityError:
            continue  # somebody claimed one of them since it was looked up: look again
    return [], []


def _message(person, calls: list[Call], connection) -> mail.EmailMessage:
    organisations = {call.organisation for call in calls}
    parts = []
    for kind, heading in HEADINGS.items():
        of_kind = [call for call in calls if call.kind == kind]
        if of_kind:
            parts.append({"heading": heading, "calls": of_kind[:MOST_LINES], "more": len(of_kind[MOST_LINES:])})
    counts = [f"{len([call for call in calls if call.kind == kind])} {words}" for kind, words in (
        (LATE, "late"), (DUE, "due"), (AWARENESS, "not told"), (DECISION, "to decide")
    ) if any(call.kind == kind for call in calls)]  # fmt: skip
    names = ", ".join(sorted(organisation.short_name or organisation.name for organisation in organisations))
    body = render_to_string(
        "projects/mail/reminder.txt",
        {"person": person, "parts": parts, "portal": settings.PORTAL_URL, "several": len(organisations) > 1},
    )
    return mail.EmailMessage(f"{names}: {', '.join(counts)}", body, to=[person.email], connection=connection)
