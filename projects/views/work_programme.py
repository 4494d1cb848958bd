"""The committees of a council, and the work programme of each: read by all who know the council, kept by its PMO."""

from auditlog.models import LogEntry
from django.contrib import messages
from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from projects.actions.work_programme import add_line, link_resolution, remove_line, restore_line, shift_line
from projects.actions.writing import EditedMeanwhile
from projects.clock import moment_for, today_for
from projects.forms.work_programme import LineForm, RemoveLineForm, WhyForm, new_line
from projects.models import Board, CommitteeReport, Meeting, Organisation, WorkProgrammeItem
from projects.permissions import may, needs, require, top_node
from projects.rules.access import Permission
from projects.views.committees import document_url, known_organisation
from projects.views.conflicts import conflict_page, with_choices
from projects.work_programme import (
    by_heading,
    heading_of,
    is_exempt_on,
    lines_of,
    meeting_day,
    notice_on_line,
)

MEETINGS_SHOWN = 12


def board_document_url(name: str, organisation: Organisation, board: Board | None = None, **more) -> str:
    """The address of a document of a board, or of all of them; it is asked of the council's own top node."""
    query = {**({"board": board.pk} if board else {}), **more}
    return reverse("document", args=[name, organisation.slug, organisation.slug], query=query or None)


# ---- committees ----


@needs(Permission.VIEW_PUBLISHED)
def committees(request: HttpRequest, org: str) -> HttpResponse:
    """The council's committees and boards that meet: their work programmes, meetings, reports and minutes."""
    organisation = known_organisation(request, org)
    top = top_node(organisation)
    is_staff = may(request.user, Permission.VIEW_RECORD, top)
    can_write = may(request.user, Permission.EDIT_COMMITTEE_REPORT, top)
    reports = CommitteeReport.objects.visible_to(request.user).select_related("node__organisation", "meeting")
    meetings = (
        Meeting.objects.annotate(items=Count("minutes"))
        .prefetch_related(Prefetch("reports", reports.order_by("agenda_item", "pk"), to_attr="seen"))
        .order_by("-starts_at")
    )
    boards = (
        Board.objects.filter(organisation=organisation, is_archived=False)
        .annotate(lines=Count("work_programme", filter=Q(work_programme__is_archived=False), distinct=True))
        .prefetch_related(Prefetch("meetings", meetings, to_attr="met"))
    )
    wanted = [
        board
        for board in boards
        if board.kind in (Board.BoardKind.COMMITTEE, Board.BoardKind.EXECUTIVE) or board.lines or board.met
    ]
    return render(
        request,
        "projects/committees/committees.html",
        {
            "organisation": organisation,
            "trail": [{"label": "Committee reports", "url": reverse("committee-reports", args=[org])}],
            "boards": [_board_row(organisation, board, is_staff, can_write) for board in wanted],
            "forward_plan": board_document_url("forward-plan", organisation),
        },
    )


def _board_row(organisation, board, is_staff, can_write) -> dict:
    now = moment_for(organisation)
    return {
        "board": board,
        "next": min((meeting.starts_at for meeting in board.met if meeting.starts_at >= now), default=None),
        "is_cut": len(board.met) > MEETINGS_SHOWN,
        "meetings": [
            {
                "meeting": meeting,
                "day": meeting_day(meeting),
                "reports": [(each, document_url(each)) for each in meeting.seen],
                "minutes": _minutes_url(organisation, board, meeting)
                if meeting.items and (is_staff or meeting.ended_at)
                else "",
                "is_draft": meeting.ended_at is None,
                "can_write": can_write and meeting.starts_at <= now,
            }
            for meeting in board.met[:MEETINGS_SHOWN]
        ],
    }


def _minutes_url(organisation, board, meeting) -> str:
    day = timezone.localdate(meeting.starts_at)
    return board_document_url("minutes", organisation, board, period=day.isoformat())


# ---- the work programme of one ----


def _board(request, org, pk) -> Board:
    organisation = known_organisation(request, org)
    return get_object_or_404(Board.objects.select_related("organisation"), organisation=organisation, pk=pk)


def _line(request, org, pk, **where) -> WorkProgrammeItem:
    """A line that the person may write; PermissionDenied for who may not."""
    organisation = known_organisation(request, org)
    line = get_object_or_404(
        WorkProgrammeItem.objects.select_related("board__organisation", "organisation", "meeting"),
        organisation=organisation,
        pk=pk,
        **where,
    )
    require(request.user, Permission.EDIT_COMMITTEE_REPORT, top_node(organisation))
    return line


def _page(board, *steps, **more) -> dict:
    org = board.organisation.slug
    return {
        "organisation": board.organisation,
        "board": board,
        "trail": [
            {"label": "Committees", "url": reverse("committees", args=[org])},
            *steps,
        ],
        **more,
    }


def _step_page(board, **more) -> dict:
    return _page(board, {"label": f"Work programme: {board}", "url": _url(board)}, back=_url(board), **more)


def _url(board) -> str:
    return reverse("work-programme", args=[board.organisation.slug, board.pk])


@needs(Permission.VIEW_PUBLISHED)
def work_programme(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """The lines of a committee as they stand, under their meetings, with the notices of key decisions."""
    board = _board(request, org, pk)
    top = top_node(board.organisation)
    can_write = may(request.user, Permission.EDIT_COMMITTEE_REPORT, top)
    today, real = today_for(board.organisation), timezone.localdate()
    lines = lines_of(board)
    if not may(request.user, Permission.VIEW_EXEMPT, top):
        lines = [line for line in lines if not is_exempt_on(line, real)]
    groups = [
        {"heading": heading, "rows": [_line_row(line, today, place, len(group)) for place, line in enumerate(group, 1)]}
        for heading, group in by_heading(lines).items()
    ]
    return render(
        request,
        "projects/committees/work_programme.html",
        _page(
            board,
            groups=groups,
            can_write=can_write,
            as_at=today,
            late=[row["line"] for group in groups for row in group["rows"] if row["notice"] and row["notice"].is_late],
            document=board_document_url("work-programme", board.organisation, board, period="now"),
            pdf=board_document_url("work-programme", board.organisation, board, period="now", format="pdf"),
            xlsx=board_document_url("work-programme", board.organisation, board, period="now", format="xlsx"),
            kept=_kept(request.user, board),
            removed=_removed(board) if can_write else [],
        ),
    )


def _line_row(line, today, place, of) -> dict:
    return {
        "line": line,
        "notice": notice_on_line(line, today) if line.is_key_decision else None,
        "resolutions": ", ".join(each.number for each in line.resolutions.all()),
        "is_first": place == 1,
        "is_last": place == of,
    }


def _kept(user, board) -> list[dict]:
    """The copies that published reports keep of it, newest first."""
    reports = (
        CommitteeReport.objects.visible_to(user)
        .filter(meeting__board=board, state=CommitteeReport.State.PUBLISHED, sections__key="work-programme")
        .select_related("meeting__board")
        .order_by("-meeting__starts_at")
        .distinct()
    )
    return [
        {"report": each, "url": board_document_url("work-programme", board.organisation, board, period=each.slug)}
        for each in reports
    ]


def _removed(board) -> list[dict]:
    """The lines taken out, each with the reason that was given last."""
    lines = list(WorkProgrammeItem.objects.filter(board=board, is_archived=True).select_related("meeting"))
    entries = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(WorkProgrammeItem),
        object_id__in=[line.pk for line in lines],
        changes__has_key="is_archived",
    ).order_by("timestamp")
    why = {entry.object_id: entry for entry in entries}
    return [
        {
            "line": line,
            "heading": heading_of(line),
            "reason": (why[line.pk].additional_data or {}).get("reason", "") if line.pk in why else "",
        }
        for line in lines
    ]


def _meetings_for(board, line=None) -> list[Meeting]:
    """The meetings a line can stand under: those to come, and the one it stands under."""
    wanted = Q(starts_at__date__gte=today_for(board.organisation))
    if line is not None and line.meeting_id:
        wanted |= Q(pk=line.meeting_id)
    return list(Meeting.objects.filter(wanted, board=board).order_by("starts_at"))


@needs(Permission.EDIT_COMMITTEE_REPORT)
def work_programme_add(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Another line."""
    board = _board(request, org, pk)
    require(request.user, Permission.EDIT_COMMITTEE_REPORT, top_node(board.organisation))
    posted = request.POST if request.method == "POST" else None
    form, why = LineForm(new_line(board), _meetings_for(board), data=posted), WhyForm(board, posted)
    if posted is not None and form.is_valid() and why.is_valid():
        add_line(board, by=request.user, **why.cleaned_data, **form.values())
        messages.success(request, "The line is added.")
        return redirect(_url(board))
    return _draw_line(request, board, form, why, heading="Add a line")


@needs(Permission.EDIT_COMMITTEE_REPORT)
def work_programme_item(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Change a line, or move it to another meeting."""
    line = _line(request, org, pk, is_archived=False)
    board = line.board
    posted = with_choices(request.POST) if request.method == "POST" else None
    why = WhyForm(board, posted)
    reason = why.cleaned_data["reason"] if posted is not None and why.is_valid() else ""
    form = LineForm(line, _meetings_for(board, line), reason=reason, data=posted)
    if posted is None or not form.is_valid() or not why.is_valid():
        return _draw_line(request, board, form, why, heading="Change the line")
    if clashes := form.save(by=request.user):
        return conflict_page(
            request,
            [form],
            [(form, name) for name in clashes],
            what=line.title,
            action=reverse("work-programme-item", args=[org, pk]),
            context=_step_page(board),
        )
    if resolution := why.cleaned_data["resolution"]:
        link_resolution(resolution, line, by=request.user)
    messages.success(request, "The line is saved.")
    return redirect(_url(board))


def _draw_line(request, board, form, why, *, heading):
    is_wrong = bool(form.errors or why.errors)
    return render(
        request,
        "projects/committees/line.html",
        _step_page(board, form=form, why=why, heading=heading),
        status=422 if is_wrong else 200,
    )


@needs(Permission.EDIT_COMMITTEE_REPORT)
@require_POST
def work_programme_shift(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Move a line up or down among those of its meeting."""
    line = _line(request, org, pk, is_archived=False)
    try:
        shift_line(line, request.POST.get("step", ""), by=request.user)
    except EditedMeanwhile as late:
        messages.error(request, str(late))
    return redirect(f"{_url(line.board)}#line-{line.pk}")


@needs(Permission.EDIT_COMMITTEE_REPORT)
def work_programme_remove(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Take a line out, with the reason."""
    line = _line(request, org, pk, is_archived=False)
    form = RemoveLineForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            remove_line(line, by=request.user, reason=form.cleaned_data["reason"])
        except EditedMeanwhile as late:
            messages.error(request, str(late))
        else:
            messages.success(request, f"Taken out: {line.title}")
        return redirect(_url(line.board))
    return render(
        request,
        "projects/committees/remove_line.html",
        _step_page(line.board, line=line, under=heading_of(line), form=form),
        status=422 if form.errors else 200,
    )


@needs(Permission.EDIT_COMMITTEE_REPORT)
@require_POST
def work_programme_restore(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Put a line back that was taken out."""
    line = _line(request, org, pk)
    restore_line(line, by=request.user)
    messages.success(request, f"Put back: {line.title}")
    return redirect(_url(line.board))
