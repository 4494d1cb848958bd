"""The minutes of a meeting: who was there, what was discussed, what was resolved.

Once the time the meeting closed is written down, readers see them.
"""

from django.db import transaction
from django.db.models import Max

from projects.actions.schemes import change_setting
from projects.actions.work_programme import link_resolution
from projects.actions.writing import all_or_nothing, save_changes, save_new
from projects.audit import acting
from projects.models import CommitteeReport, Meeting, MinuteItem, Resolution


def record_attendance(meeting: Meeting, changes: dict, *, version=None, by) -> Meeting:
    """Write who was there, and when the meeting closed; EditedMeanwhile if somebody was quicker.

    `attendance` is a list of [group, who, absent], such as ["Councillors", "Chairman", False]; people stand by post.
    """
    return change_setting(meeting, changes, version=version, by=by)


def add_item(meeting: Meeting, *, heading: str, by, **fields) -> MinuteItem:
    """Add an item, at the end unless `order` says where."""
    fields.setdefault("order", _next(MinuteItem, meeting))
    return save_new(
        MinuteItem(organisation_id=meeting.organisation_id, meeting=meeting, heading=heading, **fields), by=by
    )


def change_item(item: MinuteItem, changes: dict, *, version=None, by) -> MinuteItem:
    """Change an item's number, heading, text or report; its resolutions go with it to the report."""
    with all_or_nothing(by=by):
        item = save_changes(item, changes, version=version, by=by)
        if "committee_report" in changes:
            for resolution in item.resolutions.all():
                save_changes(resolution, {"committee_report": item.committee_report}, by=by)
    return item


def remove_item(item: MinuteItem, *, by, reason="") -> None:
    """Take an item out with its resolutions; the audit trail keeps the words."""
    with transaction.atomic(), acting(by, reason):
        for resolution in item.resolutions.all():
            resolution.delete()
        item.delete()


def add_resolution(item: MinuteItem, *, number: str, text: str, by, lines=(), **fields) -> Resolution:
    """Add a resolution on an item, with the lines of the work programme that it changes."""
    report: CommitteeReport | None = item.committee_report
    fields.setdefault("order", _next(Resolution, item.meeting))
    with transaction.atomic():
        resolution = save_new(
            Resolution(
                organisation_id=item.organisation_id,
                meeting=item.meeting,
                minute_item=item,
                committee_report=report,
                number=number,
                text=text,
                **fields,
            ),
            by=by,
        )
        for line in lines:
            link_resolution(resolution, line, by=by)
    return resolution


def change_resolution(resolution: Resolution, changes: dict, *, version=None, by) -> Resolution:
    """Change a resolution's number or words."""
    return save_changes(resolution, changes, version=version, by=by)


def remove_resolution(resolution: Resolution, *, by, reason="") -> None:
    """Take a resolution out; the audit trail keeps its words."""
    with acting(by, reason):
        resolution.delete()


def _next(model, meeting: Meeting) -> int:
    return (model.objects.filter(meeting=meeting).aggregate(last=Max("order"))["last"] or 0) + 1
