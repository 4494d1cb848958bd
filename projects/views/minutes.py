"""The minutes of a meeting, written on one page; they are read as the document `minutes`."""

from datetime import datetime
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from projects.actions.committees import add_meeting
from projects.actions.minutes import add_item, add_resolution, remove_item, remove_resolution
from projects.forms.minutes import ActionForm, ItemForm, MeetingForm, NewItemForm, NewMeetingForm
from projects.models import Board, Meeting, MinuteItem, Node, PlanItemKind, Resolution
from projects.permissions import needs, require, top_node
from projects.rules.access import Permission
from projects.views.committees import known_organisation
from projects.views.conflicts import conflict_page, with_choices
from projects.views.work_programme import board_document_url
from projects.work_programme import meeting_day


@needs(Permission.EDIT_COMMITTEE_REPORT)
def minutes_edit(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Write the minutes: attendance, items with their resolutions, the time the meeting closed."""
    organisation = known_organisation(request, org)
    meeting = get_object_or_404(
        Meeting.objects.select_related("board", "organisation"), organisation=organisation, pk=pk
    )
    require(request.user, Permission.EDIT_COMMITTEE_REPORT, top_node(organisation))
    if request.method != "POST":
        return _MinutesPage(meeting).draw(request)
    with transaction.atomic():
        page = _MinutesPage(meeting, with_choices(request.POST))
        clashes = page.write(request.user)
    return page.answer(request, clashes)


class _MinutesPage:
    """All forms of the page that minutes are written on."""

    def __init__(self, meeting: Meeting, posted=None):
        self.meeting, self.posted = meeting, posted
        self.head = MeetingForm(meeting, data=posted)
        items = MinuteItem.objects.filter(meeting=meeting).prefetch_related(
            Prefetch("resolutions", Resolution.objects.prefetch_related("work_programme_items"))
        )
        self.items = [ItemForm(item, data=posted) for item in items]
        self.new_item = NewItemForm(meeting, posted)

    @property
    def forms(self):
        return [self.head, *(form for item in self.items for form in (item, *item.resolutions))]

    @property
    def sent(self):
        """The forms that were on the posted page: an item that somebody added meanwhile is not."""
        return [form for form in self.forms if form.is_sent]

    @property
    def filled_in(self):
        """Everything on the page that may be right or wrong."""
        return [*self.sent, *(item.new_resolution for item in self.items), self.new_item]

    @property
    def is_valid(self) -> bool:
        judged = [form.is_valid() for form in self.filled_in]  # every one, so that each says what is wrong with it
        return all(judged)

    def write(self, user) -> list[tuple]:
        """Save what was sent, if it is right; the answers (form, field name) that somebody else changed too."""
        if not self.is_valid:
            return []
        clashes = [(form, name) for form in self.sent for name in form.save(by=user)]
        if not clashes:
            self._add_and_remove(user)
        return clashes

    def _add_and_remove(self, user):
        for item in self.items:
            for resolution in item.resolutions:
                if resolution.remove_name in self.posted:
                    remove_resolution(resolution.row, by=user)
            if item.new_resolution.cleaned_data["number"]:
                add_resolution(item.row, by=user, **item.new_resolution.cleaned_data)
            if item.remove_name in self.posted:
                remove_item(item.row, by=user)
        if self.new_item.cleaned_data["heading"]:
            add_item(self.meeting, by=user, **self.new_item.cleaned_data)

    def answer(self, request, clashes) -> HttpResponse:
        here = reverse("minutes-edit", args=[self.meeting.organisation.slug, self.meeting.pk])
        if not self.is_valid:
            return self.draw(request, status=422)
        if clashes:
            return conflict_page(
                request,
                self.forms,
                clashes,
                what=f"Minutes: {self.meeting}",
                action=here,
                context=self._context(),
            )
        messages.success(request, "The minutes are saved.")
        return redirect(here)

    def draw(self, request, status=200) -> HttpResponse:
        wrong = [form for form in self.filled_in if form.is_bound and form.errors]
        return render(
            request,
            "projects/committees/minutes_edit.html",
            self._context(page=self, wrong=wrong, form=wrong[0] if wrong else None),
            status=status,
        )

    def _context(self, **more) -> dict:
        organisation, board = self.meeting.organisation, self.meeting.board
        day = timezone.localdate(self.meeting.starts_at)
        return {
            "organisation": organisation,
            "meeting": self.meeting,
            "day": meeting_day(self.meeting),
            "trail": [{"label": "Committees", "url": reverse("committees", args=[organisation.slug])}],
            "document": board_document_url("minutes", organisation, board, period=day.isoformat()),
            **more,
        }


def nodes_taking_actions(user, organisation):
    """The nodes of a council whose registers `user` may add an action to."""
    nodes = Node.objects.where(user, Permission.EDIT_REGISTER).filter(organisation=organisation).in_use()
    return nodes.exclude(headline_series=None).order_by("path")


@needs(Permission.EDIT_REGISTER)
def resolution_action(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Make an action of a resolution: choose the project, whose register then takes it with the resolution's words."""
    organisation = known_organisation(request, org)
    resolution = get_object_or_404(
        Resolution.objects.select_related("meeting__board", "minute_item", "committee_report__node"),
        organisation=organisation,
        pk=pk,
    )
    nodes = nodes_taking_actions(request.user, organisation)
    if not nodes.exists():
        raise PermissionDenied(f"Your role does not allow this in {organisation}.")
    form = ActionForm(nodes, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        words = f"{resolution.text} (resolution {resolution.number}, {resolution.meeting})"
        page = reverse("register-add", args=[org, form.cleaned_data["node"].slug, "milestones"])
        asked = {"title": words, "kind": PlanItemKind.ACTION.value}
        if resolution.is_exempt_on(timezone.localdate()):
            asked["exempt"] = "yes"
        return redirect(f"{page}?{urlencode(asked)}")
    back = reverse("meeting", args=[org, resolution.meeting_id])
    page = {"organisation": organisation, "resolution": resolution, "form": form, "back": back}
    page["trail"] = [{"label": str(resolution.meeting), "url": back}]
    return render(request, "projects/committees/action.html", page, status=422 if form.errors else 200)


@needs(Permission.EDIT_COMMITTEE_REPORT)
def meeting_add(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """A meeting of a committee that is not known yet, by its day and hour."""
    organisation = known_organisation(request, org)
    board = get_object_or_404(Board.objects.select_related("organisation"), organisation=organisation, pk=pk)
    require(request.user, Permission.EDIT_COMMITTEE_REPORT, top_node(organisation))
    form = NewMeetingForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        starts_at = timezone.make_aware(datetime.combine(form.cleaned_data["meets_on"], form.cleaned_data["meets_at"]))
        add_meeting(board, starts_at, by=request.user)
        messages.success(request, "The meeting is added.")
        return redirect("work-programme", org, pk)
    return render(
        request,
        "projects/committees/meeting_new.html",
        {
            "organisation": organisation,
            "board": board,
            "form": form,
            "trail": [{"label": "Committees", "url": reverse("committees", args=[org])}],
            "back": reverse("work-programme", args=[org, pk]),
        },
        status=422 if form.errors else 200,
    )
