"""Meetings and their packs: what goes to a meeting, the pack assembled from it, and the files that are kept of it."""

import hashlib
from datetime import date, time

from csp.decorators import csp_replace
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db.models import Prefetch, prefetch_related_objects
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from projects.actions.committees import AppendixNotPublished, NotCleared
from projects.clock import today_for
from projects.forms.records import text_box
from projects.holidays import bank_holidays
from projects.models import CommitteeReport, Meeting, Node, Organisation
from projects.permissions import get_visible, may, needs, require, top_node
from projects.rules.access import Permission
from projects.rules.deadlines import working_days_before
from projects.views.minutes import nodes_taking_actions
from projects.views.work_programme import board_document_url
from projects.work_programme import meeting_day, resolutions_for
from reporting.assembling import (
    ABANDONED_AFTER,
    PackIsAtWork,
    PackIsKept,
    PackIsNotOut,
    PackNotReady,
    ask_for_pack,
    begin_pack,
    cancel_assembly,
    discard_pack,
    publish_pack,
    publish_reports,
    put_into_pack,
    say_of_item,
    stands_again,
    unpublished_reports,
    why_overtaken,
    withdraw_pack,
)
from reporting.documents.render import CONTENT_TYPES
from reporting.models import KeptFile, Pack, PackItem
from reporting.tasks import assemble_pack
from reporting.views.documents import FORMAT_NAMES, disposition

CLEAR_DAYS = 5  # Local Government Act 1972, section 100B(3); neither the day of publication nor of the meeting counts
MIDNIGHT = time()
KEPT_TYPES = {**CONTENT_TYPES, "zip": "application/zip"}
FORMATS_OF_WHOLES = {"pdf": "PDF", "html": "page (HTML)", "zip": "all files of this copy in one, for the agenda system"}
STATE_COLOURS = {
    Pack.State.ASSEMBLING: "blue",
    Pack.State.READY: "purple",
    Pack.State.FAILED: "red",
    Pack.State.PUBLISHED: "green",
}


class KeptFileIsDamaged(Exception):
    """A kept file is no longer the one whose hash was written down."""


# ---- a meeting ----


def _meeting(request, org: str, pk: int) -> Meeting:
    known = Node.objects.visible_to(request.user).filter(organisation__slug=org).values("organisation")
    request.organisation = get_object_or_404(Organisation, pk__in=known)
    return get_object_or_404(
        Meeting.objects.select_related("board", "organisation"), organisation=request.organisation, pk=pk
    )


@needs(Permission.VIEW_PUBLISHED)
def meeting(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """A meeting: its papers with where each stands, its packs, when they must be out, what it resolved."""
    met = _meeting(request, org, pk)
    reports = _reports_of(request.user, met)
    packs = Pack.objects.visible_to(request.user).filter(meeting=met).select_related("meeting__board")
    whole = KeptFile.objects.visible_to(request.user).filter(is_whole=True)
    top = top_node(met.organisation)
    packs = packs.prefetch_related(Prefetch("files", whole, to_attr="wholes"))
    return render(
        request,
        "reporting/meeting.html",
        {
            "organisation": met.organisation,
            "meeting": met,
            "day": meeting_day(met),
            "trail": [
                {"label": "Committee reports", "url": reverse("committee-reports", args=[org])},
                {"label": "Committees", "url": reverse("committees", args=[org])},
            ],
            "facts": _facts(met),
            "reports": [{"report": each, "clearances": _clearances(each)} for each in reports],
            "packs": [_pack_row(pack) for pack in packs],
            "can_assemble": any(may(request.user, Permission.ASSEMBLE_PACK, each.node) for each in reports),
            "can_act": nodes_taking_actions(request.user, met.organisation).exists(),
            "can_record": may(request.user, Permission.EDIT_COMMITTEE_REPORT, top),
            "minutes": _minutes_url(request.user, met),
            "resolutions": resolutions_for(
                met,
                is_staff=may(request.user, Permission.VIEW_RECORD, top),
                sees_exempt=may(request.user, Permission.VIEW_EXEMPT, top),
            ),
        },
    )


def _reports_of(user, met: Meeting):
    return (
        CommitteeReport.objects.visible_to(user)
        .filter(meeting=met)
        .select_related("organisation", "node")
        .prefetch_related("clearances", "appendices")
        .order_by("agenda_item", "pk")
    )


def _facts(met: Meeting) -> list[dict]:
    starts_at = timezone.localtime(met.starts_at)
    by = publish_by(met)
    hour = f" at {starts_at:%H:%M}" if starts_at.time() != MIDNIGHT else ""  # midnight: the hour is not known
    rows = [{"label": "Meets", "value": f"{_day(starts_at.date())}{hour}"}]
    if met.place:
        rows.append({"label": "Place", "value": met.place})
    if met.papers_due_at:
        due = timezone.localtime(met.papers_due_at)
        rows.append({"label": "Papers due", "value": f"{_day(due.date())} at {due:%H:%M}"})
    note = "Five clear days before the meeting."
    if _is_late(met):
        note += " That day has passed: a report published now needs a reason for urgency."
    rows.append({"label": "Papers published by", "value": _day(by), "note": note})
    return rows


def publish_by(met: Meeting) -> date:
    """The last day on which papers can be published with five clear days before the meeting."""
    day = timezone.localdate(met.starts_at)
    holidays = bank_holidays(met.organisation.bank_holidays, (day.year - 1, day.year))
    return working_days_before(day, CLEAR_DAYS + 1, holidays)


def _is_late(met: Meeting) -> bool:
    """Whether papers published today come with fewer clear days, and the meeting is still to come."""
    return publish_by(met) < today_for(met.organisation) <= timezone.localdate(met.starts_at)


def _clearances(report) -> str:
    wanted = list(report.clearances.all())
    given = sum(bool(each.initials) for each in wanted)
    return f"{given} of {len(wanted)}" if wanted else "None asked for"


def _minutes_url(user, met: Meeting) -> str:
    if not met.minutes.exists():
        return ""
    is_staff = may(user, Permission.VIEW_RECORD, top_node(met.organisation))
    if not is_staff and met.ended_at is None:
        return ""
    return board_document_url(
        "minutes", met.organisation, met.board, period=timezone.localdate(met.starts_at).isoformat()
    )


def _pack_row(pack: Pack) -> dict:
    return {"pack": pack, "colour": STATE_COLOURS.get(pack.state, ""), "wholes": getattr(pack, "wholes", ())}


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


# ---- beginning a pack ----


class PackForm(forms.Form):
    """Which reports a pack is made of, and why there is another one."""

    kind = forms.ChoiceField(label="What it is", choices=(), widget=forms.RadioSelect)
    reports = forms.ModelMultipleChoiceField(
        label="Reports in it",
        queryset=CommitteeReport.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one report."},
    )
    follows = forms.ModelChoiceField(
        label="The pack that it follows or corrects", queryset=Pack.objects.none(), required=False, empty_label=None
    )
    reason = text_box(
        "Why it is made or cannot wait",
        rows=2,
        help_text="Of a supplement or a correction, and of papers later than five clear days: printed in the pack.",
    )

    def __init__(self, reports, *, published, is_late: bool = False, data=None):
        """`published`: the packs of the meeting that are out, the newest first."""
        newest = published.first()
        kinds = Pack.Kind.choices if newest else Pack.Kind.choices[:2]
        kind = Pack.Kind.SUPPLEMENTARY if newest else Pack.Kind.MAIN
        out = PackItem.objects.filter(pack__in=published, state=PackItem.State.HERE).values("report")
        left = reports.exclude(pk__in=out) if newest else reports  # a supplement brings what is not out yet
        super().__init__(data, initial={"kind": kind, "reports": left or reports, "follows": newest})
        self.is_late = is_late
        self.newest = newest
        self.fields["follows"].queryset = published
        self.fields["follows"].label_from_instance = lambda pack: (
            f"{pack.get_kind_display()}, published on {_day(timezone.localdate(pack.published_at))}"
        )
        if len(published) < 2:
            del self.fields["follows"]
        self.fields["kind"].choices = kinds
        self.fields["reports"].queryset = reports
        self.fields["reports"].label_from_instance = lambda report: " ".join(
            filter(None, (f"{report.agenda_item}." if report.agenda_item else "", report.subject, _state_words(report)))
        )

    @property
    def followed(self) -> Pack | None:
        """The pack that this one follows or corrects; None of a pack by itself."""
        if self.cleaned_data["kind"] == Pack.Kind.MAIN:
            return None
        return self.cleaned_data.get("follows") or self.newest

    def clean(self):
        answers = super().clean()
        if answers.get("kind") not in (None, Pack.Kind.MAIN) and not answers.get("reason"):
            self.add_error("reason", "Say why there is another pack of this meeting.")
        elif self.is_late and not answers.get("reason"):
            self.add_error(
                "reason",
                "Papers are published later than five clear days before the meeting: say why they cannot wait.",
            )
        return answers


def _state_words(report) -> str:
    return "" if report.state == CommitteeReport.State.PUBLISHED else f"({report.get_state_display().lower()})"


@needs(Permission.ASSEMBLE_PACK)
def pack_new(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Choose the reports of the pack and have it assembled at once."""
    met = _meeting(request, org, pk)
    reports = _reports_of(request.user, met)
    nodes = [each.node for each in reports] or [top_node(met.organisation)]
    for node in nodes:
        require(request.user, Permission.ASSEMBLE_PACK, node)
    published = Pack.objects.filter(meeting=met, state=Pack.State.PUBLISHED).order_by("-published_at")
    data = request.POST if request.method == "POST" else None
    form = PackForm(reports, published=published, is_late=_is_late(met), data=data)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        pack = begin_pack(
            met,
            said["reports"],
            by=request.user,
            kind=said["kind"],
            follows=form.followed,
            reason=said["reason"],
        )
        ask_for_pack(pack, by=request.user, enqueue=assemble_pack.enqueue)
        return redirect("pack", pack.pk)
    return render(
        request,
        "reporting/pack_new.html",
        {
            "organisation": met.organisation,
            "meeting": met,
            "form": form,
            "trail": _trail(met),
            "has_reports": bool(reports),
        },
        status=422 if form.errors else 200,
    )


def _trail(met: Meeting) -> list[dict]:
    org = met.organisation.slug
    return [
        {"label": "Committees", "url": reverse("committees", args=[org])},
        {"label": str(met), "url": reverse("meeting", args=[org, met.pk])},
    ]


# ---- one pack ----


def _pack(request, pk: int, permission: Permission) -> Pack:
    found = get_visible(
        Pack.objects.select_related("organisation", "meeting__board", "meeting__organisation", "node", "follows"),
        request.user,
        Permission.VIEW_PUBLISHED,
        pk=pk,
    )
    require(request.user, permission, found.node)
    request.organisation = found.organisation
    return found


@needs(Permission.VIEW_PUBLISHED)
def pack(request: HttpRequest, pk: int) -> HttpResponse:
    """A pack: how far it is, its files, and what can be done with it. Asked for by htmx, only how far it is."""
    found = _pack(request, pk, Permission.VIEW_PUBLISHED)
    is_staff = may(request.user, Permission.VIEW_RECORD, found.node)
    is_at_work = found.state == Pack.State.ASSEMBLING
    page = {
        "organisation": found.organisation,
        "pack": found,
        "is_at_work": is_at_work,
        "is_silent": is_at_work and found.beat_at < timezone.now() - ABANDONED_AFTER,
        "can_assemble": not found.is_kept and may(request.user, Permission.ASSEMBLE_PACK, found.node),
    }
    if request.htmx and is_at_work:
        return render(request, "reporting/pack_progress.html", page)
    if request.htmx:
        return HttpResponse(headers={"HX-Refresh": "true"})
    items = found.items.select_related("report__organisation")
    to_publish = _to_publish(found)
    overtaken = why_overtaken(found) if found.state == Pack.State.READY and not to_publish else ""
    is_held_up = bool(overtaken) or any(line["awaited"] for line in to_publish)
    return render(
        request,
        "reporting/pack.html",
        page
        | {
            "trail": _trail(found.meeting),
            "colour": STATE_COLOURS.get(found.state, ""),
            "facts": _pack_facts(found, is_staff),
            "items": items if is_staff else (),
            "copies": _copies(request.user, found),
            "is_ready": found.state == Pack.State.READY,
            "can_publish": found.state == Pack.State.READY
            and not is_held_up
            and may(request.user, Permission.PUBLISH_PAPERS, found.node),
            "can_withdraw": found.state in Pack.OPEN_TO_READERS
            and may(request.user, Permission.PUBLISH_PAPERS, found.node),
            "to_publish": to_publish if is_staff else (),
            "is_held_up": is_held_up,
            "overtaken": overtaken if is_staff else "",
            "left_out": _left_out(request.user, found) if page["can_assemble"] and not is_at_work else (),
            "beside": _beside(request.user, found),
        },
    )


def _to_publish(found: Pack) -> list[dict]:
    """The reports that are published before a finished pack can be, each with whom it still awaits."""
    reports = unpublished_reports(found) if found.state == Pack.State.READY else []
    prefetch_related_objects(reports, "clearances")
    return [
        {
            "report": report,
            "awaited": ", ".join(each.heading for each in report.clearances.all() if not each.initials),
        }
        for report in reports
    ]


def _left_out(user, found: Pack):
    """The reports of the meeting that are not in the pack and may be put in."""
    return [
        report
        for report in _reports_of(user, found.meeting).exclude(in_packs__pack=found)
        if may(user, Permission.ASSEMBLE_PACK, report.node)
    ]


@require_POST
@needs(Permission.ASSEMBLE_PACK)
def pack_put_in(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a report of the meeting into the pack."""
    found = _pack(request, pk, Permission.ASSEMBLE_PACK)
    asked = request.POST.get("report", "")
    report = next((each for each in _left_out(request.user, found) if str(each.pk) == asked), None)
    try:
        if report is not None:
            put_into_pack(found, report, by=request.user)
            messages.success(request, f"{report.subject} is in the pack. Assemble it to have it so.")
    except (PackIsKept, PackIsAtWork) as refusal:
        messages.error(request, str(refusal))
    return redirect("pack", pk)


def _beside(user, found: Pack) -> list[dict]:
    """The packs that this one stands beside, each with what they are to each other."""
    lines = []
    if found.follows is not None and Pack.objects.visible_to(user).filter(pk=found.follows_id).exists():
        if found.kind != Pack.Kind.CORRECTED:
            words = "It goes with this one"
        elif found.state == Pack.State.WITHDRAWN and found.follows.state == Pack.State.PUBLISHED:
            words = "It corrected this one, which is the published one again"
        else:
            words = "It corrects this one"
        lines.append({"words": words, "pack": found.follows})
    for each in Pack.objects.visible_to(user).filter(follows=found).select_related("meeting__board"):
        words = "Corrected by this one" if each.kind == Pack.Kind.CORRECTED else "Followed by this one"
        lines.append({"words": words, "pack": each, "reason": each.reason})
    return [line | {"colour": STATE_COLOURS.get(line["pack"].state, "")} for line in lines]


def _pack_facts(found: Pack, is_staff: bool) -> list[dict]:
    rows = [
        {"label": "Meeting", "value": str(found.meeting)},
        {"label": "State", "value": found.get_state_display()},
    ]
    if found.reason:
        label = "Why it cannot wait" if found.kind == Pack.Kind.MAIN else "Why it is made"
        rows.append({"label": label, "value": found.reason})
    if is_staff and found.assembled_at:
        at = timezone.localtime(found.assembled_at)
        rows.append(
            {"label": "Assembled", "value": f"{_day(at.date())} at {at:%H:%M}", "note": str(found.asked_by or "")}
        )
    if found.published_at:
        at = timezone.localtime(found.published_at)
        rows.append(
            {"label": "Published", "value": f"{_day(at.date())} at {at:%H:%M}", "note": str(found.published_by or "")}
        )
    if found.withdrawn_at:
        at = timezone.localtime(found.withdrawn_at)
        rows.append({"label": "Withdrawn", "value": _day(at.date()), "note": found.withdrawn_reason})
    return rows


def _copies(user, found: Pack) -> list[dict]:
    """The files that the person may have, by copy: the whole pack, then each document in its formats."""
    files = list(KeptFile.objects.visible_to(user).filter(pack=found))
    copies = []
    for copy, label in KeptFile.COPIES:
        mine = [each for each in files if each.copy == copy]
        if mine:
            documents = {}
            for each in mine:
                if not each.is_whole:
                    documents.setdefault(each.title, []).append((FORMAT_NAMES.get(each.ending, "page (HTML)"), each))
            copies.append(
                {
                    "label": label,
                    "wholes": [(FORMATS_OF_WHOLES[each.ending], each) for each in mine if each.is_whole],
                    "documents": list(documents.items()),
                }
            )
    return copies


@require_POST
@needs(Permission.ASSEMBLE_PACK)
def pack_assemble(request: HttpRequest, pk: int) -> HttpResponse:
    """Have the pack assembled, again or for the first time."""
    found = _pack(request, pk, Permission.ASSEMBLE_PACK)
    try:
        if found.state == Pack.State.ASSEMBLING and found.beat_at < timezone.now() - ABANDONED_AFTER:
            cancel_assembly(found, by=request.user)
        ask_for_pack(found, by=request.user, enqueue=assemble_pack.enqueue)
    except (PackIsKept, PackIsAtWork) as refusal:
        messages.error(request, str(refusal))
    return redirect("pack", pk)


@require_POST
@needs(Permission.ASSEMBLE_PACK)
def pack_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop the assembly in hand."""
    try:
        cancel_assembly(_pack(request, pk, Permission.ASSEMBLE_PACK), by=request.user)
    except PackIsKept as refusal:
        messages.error(request, str(refusal))
    return redirect("pack", pk)


class ItemForm(forms.Form):
    """Whether a report is in the pack, follows or was withdrawn, and why."""

    state = forms.ChoiceField(label="Where the report stands", choices=PackItem.State.choices, widget=forms.RadioSelect)
    reason = text_box(
        "Reason", rows=3, help_text="Why the item is late and cannot wait for the next meeting, or why it is withdrawn."
    )

    def clean(self):
        answers = super().clean()
        if answers.get("state") not in (None, PackItem.State.HERE) and not answers.get("reason"):
            self.add_error("reason", "Give the reason: it is printed in the pack.")
        return answers


@needs(Permission.ASSEMBLE_PACK)
def pack_item(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """Say of a report that it is to follow or withdrawn."""
    found = _pack(request, pk, Permission.ASSEMBLE_PACK)
    line = get_object_or_404(PackItem.objects.select_related("report", "pack"), pack=found, pk=item)
    form = ItemForm(
        request.POST if request.method == "POST" else None, initial={"state": line.state, "reason": line.reason}
    )
    if request.method == "POST" and form.is_valid():
        try:
            say_of_item(line, **form.cleaned_data, by=request.user)
            messages.success(request, "Saved. Assemble the pack to have it so.")
        except (PackIsKept, PackIsAtWork) as refusal:
            messages.error(request, str(refusal))
        return redirect("pack", pk)
    return _step(request, found, form, heading=line.report.subject, button="Save")


# ---- publishing ----


LATE_WITHOUT_REASON = (
    "The papers would be out later than five clear days before the meeting, and this pack does not say why they cannot"
    " wait. Discard it and assemble one that does."
)
PUBLISHED_FOR_EVER = "A published pack never changes. A mistake is put right by a corrected pack beside it."


class WithdrawForm(forms.Form):
    reason = text_box("Why it is withdrawn", required="Say why readers may no longer have it.", rows=3)


@needs(Permission.PUBLISH_PAPERS)
def pack_publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish the files as they are, after a last look."""
    found = _pack(request, pk, Permission.PUBLISH_PAPERS)
    reports = unpublished_reports(found) if found.state == Pack.State.READY else []
    problem = "" if found.reason or not _is_late(found.meeting) else LATE_WITHOUT_REASON
    if request.method == "POST" and not problem:
        try:
            if reports:
                for report in reports:
                    require(request.user, Permission.PUBLISH_PAPERS, report.node)
                publish_reports(found, by=request.user, enqueue=assemble_pack.enqueue)
                words = "The reports are published. The pack is assembled once more, without the mark of a draft."
            else:
                publish_pack(found, by=request.user)
                words = "The pack is published."
        except (PackIsKept, PackIsAtWork, PackNotReady, NotCleared, AppendixNotPublished) as refusal:
            problem = str(refusal)
        else:
            messages.success(request, words)
            return redirect("pack", pk)
    step = {"heading": "Publish the pack", "button": "Publish", "warns": PUBLISHED_FOR_EVER}
    if reports:
        names = "; ".join(report.subject for report in reports)
        warns = f"{names}. A published report never changes. The pack is then assembled again, for you to publish."
        step = {"heading": "Publish the reports of the pack", "button": "Publish the reports", "warns": warns}
    return _step(request, found, None, problem=problem, **step)


@needs(Permission.PUBLISH_PAPERS)
def pack_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a pack from its readers, for a reason."""
    found = _pack(request, pk, Permission.PUBLISH_PAPERS)
    if found.state not in Pack.OPEN_TO_READERS:
        messages.error(request, "Only a pack that readers have can be withdrawn.")
        return redirect("pack", pk)
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    again = stands_again(found)
    if request.method == "POST" and form.is_valid():
        try:
            withdraw_pack(found, reason=form.cleaned_data["reason"], by=request.user)
        except PackIsNotOut as refusal:
            messages.error(request, str(refusal))
            return redirect("pack", pk)
        words = f" {_the_pack_of(again)} is the published one again." if again else ""
        messages.success(request, f"The pack is withdrawn. Staff can still open it.{words}")
        return redirect("pack", pk)
    warns = "Readers and members lose it at once. What was published stays kept for the council's staff."
    if again:
        warns += (
            f" {_the_pack_of(again)}, which it corrects, is the published one again; withdraw that too if it is wrong."
        )
    return _step(request, found, form, heading="Withdraw the pack", button="Withdraw", warns=warns, is_grave=True)


def _the_pack_of(pack: Pack) -> str:
    return f"The pack published on {_day(timezone.localdate(pack.published_at))}"


@needs(Permission.ASSEMBLE_PACK)
def pack_discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw an unpublished pack away."""
    found = _pack(request, pk, Permission.ASSEMBLE_PACK)
    if request.method == "POST":
        try:
            discard_pack(found, by=request.user)
        except (PackIsKept, PackIsAtWork) as refusal:
            messages.error(request, str(refusal))
            return redirect("pack", pk)
        messages.success(request, "The pack is discarded.")
        return redirect("meeting", found.organisation.slug, found.meeting_id)
    warns = "Its files are thrown away. The reports it was made of stay."
    return _step(request, found, None, heading="Discard the pack", button="Discard", warns=warns, is_grave=True)


def _step(request, found: Pack, form, **said) -> HttpResponse:
    trail = [*_trail(found.meeting), {"label": found.get_kind_display(), "url": reverse("pack", args=[found.pk])}]
    status = 409 if said.get("problem") else 422 if form is not None and form.errors else 200
    page = {"organisation": found.organisation, "pack": found, "trail": trail, "form": form, "step": said}
    return render(request, "reporting/pack_step.html", page, status=status)


# ---- what was kept ----


@login_not_required
@needs(Permission.VIEW_PUBLISHED)
@csp_replace(
    {
        "default-src": ["'none'"],
        "style-src": ["'unsafe-inline'"],
        "img-src": ["data:"],
        "sandbox": ["allow-same-origin"],
    }
)
def published(request: HttpRequest, pk) -> HttpResponse:
    """A kept file: the same bytes for ever. 404 to who may not have it, and to all where it is not there."""
    files = KeptFile.objects.open_to_everybody()
    if request.user.is_authenticated:
        files = files | KeptFile.objects.visible_to(request.user)
    found = files.filter(pk=pk).first()
    if found is None:
        raise Http404("There is no such file.")
    content = found.file.open("rb")
    if hashlib.file_digest(content, "sha256").hexdigest() != found.sha256:
        content.close()
        raise KeptFileIsDamaged(f"{found.pk} is no longer what was kept: restore it from the backup.")
    content.seek(0)
    answer = FileResponse(content, content_type=KEPT_TYPES[found.ending])
    answer.headers["ETag"] = f'"{found.sha256}"'
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Content-Disposition"] = disposition(found.name, is_shown=found.ending == "html")
    return answer
