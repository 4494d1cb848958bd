"""The work programme of a committee as it stands, by meeting, and the copies kept of it.

What a committee was shown is kept with the report that showed it: `kept_tables` makes that copy.
"""

from collections.abc import Iterable
from datetime import date
from operator import or_

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from projects.holidays import bank_holidays
from projects.models import Board, Meeting, Resolution, WorkProgrammeItem
from projects.models.base import exempt_now
from projects.models.committees import exempt_minutes
from projects.rules.notice import Notice, notice_of

COLUMNS = ("Report title", "Brief summary of agenda item", "Lead officer", "Report author")
NO_MEETING = "No meeting yet"


def lines_of(board: Board) -> list[WorkProgrammeItem]:
    """The lines of a board in the order of its meetings; those without one by their date, undated ones last."""
    return sorted(
        WorkProgrammeItem.objects.filter(board=board, is_archived=False)
        .select_related("meeting", "board__organisation")
        .prefetch_related(Prefetch("resolutions", Resolution.objects.select_related("meeting"))),
        key=place_of,
    )


def public_lines(board: Board) -> list[WorkProgrammeItem]:
    """Those of them that the public may know of today."""
    today = timezone.localdate()
    return [line for line in lines_of(board) if not is_exempt_on(line, today)]


def resolutions_for(meeting: Meeting, *, is_staff: bool, sees_exempt: bool) -> QuerySet:
    """What a meeting resolved: for readers once its minutes are out, and nothing on exempt reports or items."""
    resolutions = Resolution.objects.filter(meeting=meeting).select_related("minute_item", "committee_report")
    if not is_staff and meeting.ended_at is None:
        return resolutions.none()
    if sees_exempt:
        return resolutions
    today = timezone.localdate()
    reports = (exempt_now(today, f"committee_report__{of}") for of in ("", "node__"))
    return resolutions.exclude(or_(*reports) | exempt_minutes(today, "minute_item__"))


def is_exempt_on(line: WorkProgrammeItem, day: date) -> bool:
    """Whether the line is kept from the public on `day`."""
    return line.is_exempt and (line.exempt_until is None or line.exempt_until > day)


def day_of(line: WorkProgrammeItem) -> date | None:
    """The day of the line's meeting, else what its words can be read as."""
    return timezone.localdate(line.meeting.starts_at) if line.meeting_id else line.when_on


def notice_on_line(line: WorkProgrammeItem, today: date) -> Notice:
    """How the notice of a line that is a key decision stands, by its organisation's bank holidays."""
    day = day_of(line)
    free = bank_holidays(line.board.organisation.bank_holidays, {day.year, day.year - 1}) if day else ()
    return notice_of(day, line.notice_on, today, free)


def place_of(line: WorkProgrammeItem) -> tuple:
    """By what a work programme is put in order."""
    day = day_of(line)
    return (day is None, day or date.max, not line.meeting_id, line.order, line.pk)


def heading_of(line: WorkProgrammeItem) -> str:
    """What the line stands under: the day of its meeting, else the words of when."""
    if line.meeting_id:
        return meeting_day(line.meeting)
    return line.when_words or NO_MEETING


def meeting_day(meeting: Meeting) -> str:
    """The day of a meeting: 7 January 2019."""
    day = timezone.localdate(meeting.starts_at)
    return f"{day.day} {day:%B %Y}"


def by_heading(lines: Iterable[WorkProgrammeItem]) -> dict[str, list[WorkProgrammeItem]]:
    """The lines under their meetings."""
    found: dict[str, list] = {}
    for line in lines:
        found.setdefault(heading_of(line), []).append(line)
    return found


def kept_tables(lines: Iterable[WorkProgrammeItem], as_at: date) -> list[dict]:
    """The lines as small tables of a report, one a meeting, each saying as at which day it was kept."""
    return [
        {
            "caption": heading,
            "columns": list(COLUMNS),
            "rows": [[line.title, line.summary, line.lead_officer_words, line.author_words] for line in group],
            "as_at": as_at.isoformat(),
        }
        for heading, group in by_heading(lines).items()
    ]
