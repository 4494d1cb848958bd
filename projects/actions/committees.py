"""Cover reports to committees: written, changed and published; a published one never changes."""

from datetime import datetime

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from projects.actions.deadlines import deadlines_follow
from projects.actions.schemes import change_setting, remove_setting
from projects.actions.writing import save_changes, save_new
from projects.audit import acting
from projects.clock import today_for
from projects.models import (
    Board,
    CommitteeReport,
    CommitteeReportAppendix,
    CommitteeReportClearance,
    CommitteeReportSection,
    Meeting,
    Node,
    Report,
    ReportState,
)
from projects.rules.cover import Part, part_of
from projects.rules.dates import WrittenDate, parse_written_date
from projects.work_programme import kept_tables, public_lines

OF_NO_REPORT = "funding-profile"  # an appendix that is drawn of budgets' versions, as at the day of publication


class CommitteeReportIsPublished(Exception):
    """What a meeting has received never changes; the next meeting gets a new report."""


class CommitteeReportIsDiscarded(CommitteeReportIsPublished):
    """Somebody has thrown it away: nothing can be written into it any more."""


class CommitteeReportIsCleared(CommitteeReportIsPublished):
    """Its reviewers have cleared it as it stands: it is locked until somebody opens it again."""


class NotCleared(Exception):
    """A report is published only once its reviewers have cleared it; the message says who has not."""


class AppendixNotPublished(Exception):
    """A cover report is public only with its appendices: the titles of those that are not are in the message."""


def add_meeting(board: Board, starts_at: datetime, *, by, **fields) -> Meeting:
    """The meeting of `board` at that time, made where it is not known yet; deadlines counted from it follow."""
    known = Meeting.objects.filter(board=board, starts_at=starts_at).first()
    if known:
        return known
    meeting = Meeting(organisation_id=board.organisation_id, board=board, starts_at=starts_at, **fields)
    with deadlines_follow(board.organisation, by=by, reason=f"{meeting} was added"):
        return save_new(meeting, by=by)


def change_meeting(meeting: Meeting, changes: dict, *, version: int | None = None, by) -> Meeting:
    """Change or move a meeting; the deadlines of open periods that are counted from it move with it."""
    with deadlines_follow(meeting.organisation, by=by, reason=f"{meeting} was changed"):
        return change_setting(meeting, changes, version=version, by=by)


def cancel_meeting(meeting: Meeting, *, by) -> None:
    """Take a meeting out: open periods go to the board's next one. IsInUse where a report was made for it."""
    with deadlines_follow(meeting.organisation, by=by, reason=f"{meeting} was cancelled"):
        remove_setting(meeting, by=by)


def create_committee_report(
    *, node: Node, meeting: Meeting, slug: str, by, sections=(), clearances=(), appendices=(), **fields
) -> CommitteeReport:
    """Begin the cover report of `node` to a meeting.

    `sections`, `clearances` and `appendices` are the fields of each, in the order they are printed; the accessible
    format sentence is the organisation's unless the fields bring one.
    """
    organisation = node.organisation
    fields.setdefault("accessible_formats", organisation.accessible_formats)
    with transaction.atomic():
        report = save_new(
            CommitteeReport(
                organisation=organisation,
                organisation_name=organisation.name,
                node=node,
                meeting=meeting,
                slug=slug,
                **fields,
            ),
            by=by,
        )
        for section in sections:
            add_section(report, by=by, **section)
        for clearance in clearances:
            add_clearance(report, by=by, **clearance)
        for appendix in appendices:
            add_appendix(report, by=by, **appendix)
    return report


def lock_unpublished(report: CommitteeReport, *, also_cleared: bool = False) -> CommitteeReport:
    """The report as it now is, locked; CommitteeReportIsPublished where it is too late, also where it is cleared."""
    current = CommitteeReport.objects.select_for_update(no_key=True).filter(pk=report.pk).first()
    if current is None:
        raise CommitteeReportIsDiscarded("The report was discarded meanwhile.")
    if current.state == CommitteeReport.State.PUBLISHED:
        raise CommitteeReportIsPublished(f"{current} was published and never changes. Write a new report instead.")
    if current.state == CommitteeReport.State.CLEARED and not also_cleared:
        raise CommitteeReportIsCleared(f"{current} is cleared and locked. Open it again to change it.")
    return current


def change_committee_report(report: CommitteeReport, changes: dict, *, version=None, by) -> CommitteeReport:
    """Change the heading block, the declaration and the like; EditedMeanwhile if somebody was quicker."""
    with transaction.atomic():
        lock_unpublished(report)
    # Outside: what a person quicker than us made impossible is still noted in the audit trail.
    return save_changes(report, changes, version=version, by=by)


def add_section(report: CommitteeReport, *, heading: str, by, **fields) -> CommitteeReportSection:
    """Add a numbered section, at the end unless `order` says where."""
    return _add(CommitteeReportSection, report, by=by, heading=heading, **fields)


def change_section(
    section: CommitteeReportSection, changes: dict, *, version=None, by, reason=""
) -> CommitteeReportSection:
    """Change a section's heading, text or place. RemovedMeanwhile if somebody took it out."""
    with transaction.atomic():
        lock_unpublished(section.report)
    return save_changes(section, changes, version=version, by=by, reason=reason)


def remove_section(section: CommitteeReportSection, *, by, reason="") -> None:
    """Take a section out of an unpublished report; the audit trail keeps its words."""
    _remove(section, by=by, reason=reason)


def add_clearance(report: CommitteeReport, *, heading: str, by, **fields) -> CommitteeReportClearance:
    """Add what a reviewer says of the report, behind those already there."""
    return _add(CommitteeReportClearance, report, by=by, heading=heading, **fields)


def change_clearance(clearance: CommitteeReportClearance, changes: dict, *, version=None, by):
    """Change a reviewer's comment, initials or date."""
    with transaction.atomic():
        lock_unpublished(clearance.report)
    return save_changes(clearance, changes, version=version, by=by)


def remove_clearance(clearance: CommitteeReportClearance, *, by, reason="") -> None:
    """Take a reviewer's comment out of an unpublished report."""
    _remove(clearance, by=by, reason=reason)


def add_appendix(report: CommitteeReport, *, node: Node, label: str, by, **fields) -> CommitteeReportAppendix:
    """Add an appendix: a document drawn from the newest published report of `node`."""
    fields.setdefault("title", node.title)
    fields.setdefault("document", "project-dashboard")
    return _add(CommitteeReportAppendix, report, by=by, node=node, label=label, **fields)


def remove_appendix(appendix: CommitteeReportAppendix, *, by, reason="") -> None:
    """Take an appendix off an unpublished report."""
    _remove(appendix, by=by, reason=reason)


def discard_committee_report(report: CommitteeReport, *, by, reason="") -> None:
    """Throw an unpublished report away."""
    with transaction.atomic(), acting(by, reason):
        lock_unpublished(report, also_cleared=True)
        report.delete()


def give_clearance(clearance: CommitteeReportClearance, *, text: str, initials: str, cleared: WrittenDate, by):
    """A reviewer clears the report with initials and date; the last of them locks it.

    CommitteeReportIsPublished where it is too late.
    """
    with transaction.atomic():
        report = lock_unpublished(clearance.report)
        changes = {"text": text, "initials": initials, **CommitteeReportClearance.cleared.values(cleared)}
        clearance = save_changes(clearance, changes, by=by, reason="Cleared")
        if not report.clearances.filter(initials="").exists():
            save_changes(
                report, {"state": CommitteeReport.State.CLEARED}, by=by, reason="All reviewers have cleared it"
            )
    return clearance


def changed_since_cleared(report: CommitteeReport) -> set[int]:
    """The clearances, by number, given before something in the report's head, sections or appendices was changed."""
    given = {str(pk) for pk in report.clearances.exclude(initials="").values_list("pk", flat=True)}
    if not given:
        return set()
    entries = LogEntry.objects.filter(content_type=_kind(CommitteeReportClearance), object_pk__in=given)
    cleared = dict(entries.filter(changes__has_key="initials").values_list("object_id").annotate(newest=Max("pk")))
    later = LogEntry.objects.filter(pk__gt=min(cleared.values(), default=0))
    parts = (_kind(CommitteeReportSection), _kind(CommitteeReportAppendix))
    changed = later.filter(content_type__in=parts, additional_data__report=report.pk)
    changed |= later.filter(content_type=_kind(CommitteeReport), object_id=report.pk).exclude(changes__has_key="state")
    newest = changed.aggregate(newest=Max("pk"))["newest"] or 0
    return {pk for pk, given_in in cleared.items() if newest > given_in}


def _kind(model) -> ContentType:
    return ContentType.objects.get_for_model(model)


def open_again(report: CommitteeReport, *, reason: str, by) -> CommitteeReport:
    """Unlock a cleared report to change it, or have one that is cleared in part cleared anew.

    Its reviewers' comments stay, their initials and dates go.
    """
    with transaction.atomic():
        current = lock_unpublished(report, also_cleared=True)
        blank = CommitteeReportClearance.cleared.values(parse_written_date(""))
        for clearance in current.clearances.all():
            save_changes(clearance, {"initials": "", **blank}, by=by, reason=reason)
        return save_changes(current, {"state": CommitteeReport.State.DRAFT}, by=by, reason=reason)


def publish_committee_report(report: CommitteeReport, *, by, at=None, as_at=None) -> CommitteeReport:
    """Publish, pinning each appendix to the report of its node that readers see at that moment.

    A work programme that the report brings is kept as its public lines stand, said to be as at `as_at` (None: today
    by the council's clock). NotCleared where a reviewer has not cleared it, AppendixNotPublished where a node has no
    published report yet.
    """
    moment = at or timezone.now()
    with transaction.atomic():
        report = lock_unpublished(report, also_cleared=True)
        if waited_for := list(report.clearances.filter(initials="").values_list("heading", flat=True)):
            raise NotCleared(f"It is not cleared yet: {', '.join(waited_for)}.")
        missing = []
        for appendix in report.appendices.select_related("node"):
            if appendix.node.headline_series_id is None or appendix.document == OF_NO_REPORT:
                continue  # a portfolio's document is drawn of all beneath, as at the day of publication
            source = _source_of(appendix, moment)
            if source is None:
                missing.append(f"{appendix.label} ({appendix.title})")
                continue
            with acting(by):
                appendix.source = source
                appendix.save(update_fields=["source"])
        if missing:
            raise AppendixNotPublished(f"Publish first what these appendices show: {', '.join(missing)}.")
        for section in report.sections.all():
            if part_of(section.key) is Part.WORK_PROGRAMME:
                lines = public_lines(report.meeting.board)
                tables = kept_tables(lines, as_at or today_for(report.organisation))
                save_changes(section, {"tables": tables}, by=by)
        return save_changes(
            report,
            {"state": CommitteeReport.State.PUBLISHED, "published_at": moment, "published_by": by},
            by=by,
        )


def _source_of(appendix: CommitteeReportAppendix, moment: datetime) -> Report | None:
    """The report that readers see of the appendix's node at that moment, or of the period it asks for."""
    published = Report.objects.filter(series=appendix.node.headline_series_id)
    if appendix.period:
        asked = published.filter(period__slug=appendix.period, state=ReportState.PUBLISHED, published_at__lte=moment)
        return asked.order_by("-published_at").first()
    return published.standing_at(moment, published=True).first()


def _add(model, report, *, by, **fields):
    with transaction.atomic():
        lock_unpublished(report)
        if "order" not in fields:
            last = model.objects.filter(report=report).aggregate(last=Max("order"))["last"]
            fields["order"] = (last or 0) + 1
        return save_new(model(organisation_id=report.organisation_id, report=report, **fields), by=by)


def _remove(part, *, by, reason):
    with transaction.atomic(), acting(by, reason):
        lock_unpublished(part.report)
        part.delete()
