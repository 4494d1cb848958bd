"""Documents of a council's boards, which belong to no node: work programme, forward plan, minutes."""

from datetime import date

from django.db.models import Exists, OuterRef

from projects.models import Board, Meeting, MinuteItem, Organisation, WorkProgrammeItem
from reporting.documents.catalogue.minutes import MINUTES, built_minutes
from reporting.documents.catalogue.work_programme import (
    FORWARD_PLAN,
    WORK_PROGRAMME,
    built_forward_plan,
    built_work_programme,
)
from reporting.documents.document import BuiltDocument
from reporting.queries import NoSuchReport

BOARD_DOCUMENTS = {WORK_PROGRAMME.name, FORWARD_PLAN.name, MINUTES.name}


def board_document(
    name: str, organisation: Organisation, *, only_published: bool, sees_exempt: bool, period="", board=""
) -> BuiltDocument:
    """One of BOARD_DOCUMENTS of a council.

    `board` is its number, "" for the first by the council's order that has something to draw. `period` is the day of
    a meeting for minutes, a day or a report for the copy kept of a work programme. NoSuchReport where there is none.
    """
    if name == FORWARD_PLAN.name:
        return built_forward_plan(organisation, sees_exempt=sees_exempt)
    boards = Board.objects.filter(organisation=organisation).select_related("organisation")
    if board:
        boards = boards.filter(pk=board) if board.isdecimal() else boards.none()
    if name == MINUTES.name:
        return built_minutes(_meeting(organisation, boards, only_published, period), sees_exempt=sees_exempt)
    if not board:
        boards = boards.filter(Exists(WorkProgrammeItem.objects.filter(board=OuterRef("pk"))))
    found = boards.first()
    if found is None:
        raise NoSuchReport(f"{organisation.name} has no work programme to draw.")
    return built_work_programme(found, period=period, sees_exempt=sees_exempt)


def _meeting(organisation: Organisation, boards, only_published: bool, period: str) -> Meeting:
    """The newest meeting that has minutes, or the one of the day; readers are shown none that is still a draft."""
    meetings = (
        Meeting.objects.filter(board__in=boards)
        .filter(Exists(MinuteItem.objects.filter(meeting=OuterRef("pk"))))
        .select_related("board", "organisation")
    )
    if only_published:
        meetings = meetings.exclude(ended_at=None)
    if period:
        try:
            meetings = meetings.filter(starts_at__date=date.fromisoformat(period))
        except ValueError:
            raise NoSuchReport(f"{period} is no day of a meeting; give it such as 2018-09-04.") from None
    found = meetings.order_by("-starts_at", "board__order").first()
    if found is None:
        asked = f" of {period}" if period else ""
        raise NoSuchReport(f"{organisation.name} has no minutes{asked} to draw.")
    return found
