"""The minutes of a meeting: who was there, the items, the resolutions by number and what they changed."""

from dataclasses import dataclass

from django.db.models import Prefetch
from django.utils import timezone

from projects.models import Meeting, MinuteItem, Resolution
from projects.models.committees import exempt_minutes
from projects.work_programme import heading_of, is_exempt_on, place_of
from reporting.documents.catalogue.cover_report import NOT_FOR_PUBLICATION, stem_ending
from reporting.documents.contents import Column, FieldRow, Fields, Narrative, Paragraph, Passage, Table, printed_date
from reporting.documents.document import BuiltDocument, Document, Masthead, Section, build, register


@dataclass(frozen=True)
class MinutesContext:
    """A meeting with its items in order; `sees_exempt`: lines of the work programme that are kept from the public."""

    meeting: Meeting
    items: tuple[MinuteItem, ...]
    masthead: Masthead
    sees_exempt: bool


def meeting_facts(context: MinutesContext) -> Fields:
    meeting = context.meeting
    rows = [
        FieldRow("Meeting", meeting.board.name),
        FieldRow("Date", f"{printed_date(timezone.localdate(meeting.starts_at))} (commencing at {_hour(meeting)})"),
    ]
    if meeting.place:
        rows.append(FieldRow("Place", meeting.place))
    return Fields(tuple(rows))


def attendance(context: MinutesContext) -> Table | None:
    """Who was there, by post; an A marks who was absent."""
    columns = (
        Column("group", "Group", header=True, width=25),
        Column("who", "Post"),
        Column("attendance", "Attendance", width=20),
    )
    rows = tuple(
        {"group": group, "who": who, "attendance": "A (absent)" if absent else "Present"}
        for group, who, absent in context.meeting.attendance
    )
    return Table(columns, rows) if rows else None


def items(context: MinutesContext) -> list[tuple[str, Narrative]]:
    """A section for each item: what was discussed, then what was resolved."""
    return [(f"{item.number}. {item.heading}" if item.number else item.heading, _item(context, item))
            for item in context.items]  # fmt: skip


def _item(context: MinutesContext, item: MinuteItem) -> Narrative:
    passages = list(Narrative.of(item.text).passages)
    today = timezone.localdate()
    for resolution in item.resolutions.all():
        changed = tuple(
            f"{heading_of(line)}: {line.title}"
            for line in sorted(resolution.work_programme_items.all(), key=place_of)
            if context.sees_exempt or not is_exempt_on(line, today)
        )
        paragraphs = [Paragraph(resolution.text)]
        if changed:
            paragraphs.append(Paragraph("Work programme:", "", changed))
        passages.append(Passage(tuple(paragraphs), f"Resolved {resolution.number}"))
    return Narrative(tuple(passages))


def close_of_meeting(context: MinutesContext) -> Narrative | None:
    """When the meeting closed, and the line on which the chairman signs."""
    meeting = context.meeting
    if meeting.ended_at is None:
        return None
    return Narrative.of(f"The meeting closed at {_clock(meeting.ended_at)}.", "Chairman")


MINUTES = register(
    Document(
        "minutes",
        "Minutes",
        (
            Section("project-detail", "Meeting", meeting_facts),
            Section("status-key", "Membership and attendance", attendance),
            Section("cover-section", "", items, many=True),
            Section("cover-section", "Close of the meeting", close_of_meeting),
        ),
    )
)


def built_minutes(meeting: Meeting, *, sees_exempt: bool) -> BuiltDocument:
    """The minutes of a meeting; until the time it closed is written down they are marked as a draft.

    Items on what is exempt are not in the public's copy.
    """
    day = timezone.localdate(meeting.starts_at)
    items = MinuteItem.objects.filter(meeting=meeting)
    exempt = exempt_minutes(timezone.localdate())
    found = (items if sees_exempt else items.exclude(exempt)).prefetch_related(
        Prefetch("resolutions", Resolution.objects.prefetch_related("work_programme_items__meeting"))
    )
    holds_exempt = sees_exempt and items.filter(exempt).exists()
    marks = ("DRAFT" if meeting.ended_at is None else "", NOT_FOR_PUBLICATION if holds_exempt else "")
    masthead = Masthead(
        title=f"Minutes of the {meeting.board.name}",
        organisation_name=meeting.organisation.name,
        marking=", ".join(filter(None, marks)),
        as_at=printed_date(day),
        file_stem=f"Minutes - {meeting.board.name} - {printed_date(day)}{stem_ending(holds_exempt)}",
        made_on=day,
    )
    return build(MINUTES, MinutesContext(meeting, tuple(found), masthead, sees_exempt))


def _hour(meeting: Meeting) -> str:
    return _clock(meeting.starts_at)


def _clock(moment) -> str:
    """10.30 am, as committees print it."""
    at = timezone.localtime(moment)
    return f"{at:%I.%M} {'am' if at.hour < 12 else 'pm'}".lstrip("0")
