"""Change control pages: the record of a node, one change, raising, awareness and the decision."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from projects.actions.change_control import (
    BaselineMoved,
    ChangeIsDecided,
    archive_change,
    decide_change,
    proposals_of,
    raise_change,
    set_awareness,
    submit_change,
    withdraw_change,
)
from projects.actions.registers import draft_in_hand, register_series
from projects.actions.writing import EditedMeanwhile
from projects.forms.changes import (
    TOUCHABLE,
    AwarenessForm,
    ChangeWordsForm,
    DecisionForm,
    PickForm,
    RaiseForm,
    items_of,
    kind_of,
)
from projects.forms.editing import ReasonForm
from projects.models import Board, ChangeAwareness, ChangeRequest, Node
from projects.permissions import get_node, get_visible, may, needs, require
from projects.rules.access import Permission
from projects.views.conflicts import conflict_page, with_choices
from projects.views.registers import trail_to
from projects.views.tabs import node_tabs

ROWS_A_PAGE = 50
State = ChangeRequest.State
# Changes that boards are to be made aware of: not those still being written, nor those that came to nothing.
CHASED = (State.SUBMITTED, State.APPROVED, State.NOTED)
STATE_COLOURS = {
    State.DRAFT: "",
    State.SUBMITTED: "amber",
    State.APPROVED: "green",
    State.REJECTED: "red",
    State.WITHDRAWN: "",
    State.NOTED: "blue",
}


def heading_of(board: Board) -> str:
    """The column of a board in the change record, as printed."""
    return board.awareness_heading or f"Date {board.short_name or board.name} aware"


def _boards(organisation, requests) -> list[Board]:
    """The boards of the record's columns: those that print one, and those any of the changes was taken to."""
    entries = ChangeAwareness.objects.filter(change_request__in=requests).values("board")
    return list(
        Board.objects.filter(organisation=organisation)
        .filter((~Q(awareness_heading="") & Q(is_archived=False)) | Q(pk__in=entries))
        .order_by("order", "name")
    )


# ---- the record ----


@needs(Permission.VIEW_RECORD)
def changes(request: HttpRequest, org: str, node: str) -> HttpResponse:
    """The change control record of a node and all beneath it, and what boards have yet to hear of."""
    place = get_node(request.user, org, node, Permission.VIEW_RECORD)
    request.organisation = place.organisation
    nodes = Node.objects.visible_to(request.user).beneath(place)
    record = ChangeRequest.objects.visible_to(request.user).filter(node__in=nodes, is_archived=False)
    boards = _boards(place.organisation, record)
    state = request.GET.get("state", "")
    listed = record.filter(state=state) if state in State.values else record
    listed = listed.order_by("node__path", "order", "pk").select_related("node__organisation")
    page = Paginator(listed.prefetch_related("awareness"), ROWS_A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "projects/changes/changes.html",
        {
            "organisation": place.organisation,
            "node": place,
            "tabs": node_tabs(request.user, place, "changes"),
            "trail": trail_to(place),
            "page": page,
            "headings": [heading_of(board) for board in boards],
            "rows": [_row(each, boards) for each in page],
            "waiting": _waiting(record, boards),
            "states": _state_tabs(request, record, state),
            "has_projects": Node.objects.filter(parent=place).exists(),
            "can_raise": may(request.user, Permission.RAISE_CHANGE, place),
            "is_narrowed": state in State.values,
        },
    )


def _row(change, boards):
    aware = {entry.board_id: entry.aware_words for entry in change.awareness.all()}
    return {
        "change": change,
        "colour": STATE_COLOURS[change.state],
        "cells": [
            {
                "heading": heading_of(board),
                "words": aware.get(board.pk, ""),
                "is_chased": not aware.get(board.pk) and change.state in CHASED,
            }
            for board in boards
        ],
    }


def _waiting(record, boards) -> list[str]:
    """A sentence for each board that has not heard of every change: "3 changes are waiting for Executive awareness"."""
    chased = record.filter(state__in=CHASED)
    total = chased.count()
    told = dict.fromkeys((board.pk for board in boards), 0)
    for board in (
        ChangeAwareness.objects.filter(change_request__in=chased)
        .exclude(aware_words="")
        .values_list("board", flat=True)
    ):
        told[board] += 1
    return [
        f"{left} change{' is' if left == 1 else 's are'} waiting for {board.name} awareness."
        for board in boards
        if (left := total - told[board.pk])
    ]


def _state_tabs(request, record, chosen):
    counts = {}
    for state in record.order_by().values_list("state", flat=True):
        counts[state] = counts.get(state, 0) + 1
    tabs = [{"label": f"All ({sum(counts.values())})", "url": request.path, "current": chosen not in State.values}]
    tabs += [
        {"label": f"{state.label} ({counts[state]})", "url": f"?state={state}", "current": chosen == state}
        for state in State
        if state in counts
    ]
    return tabs


# ---- one change ----


def _change(request, pk, permission) -> ChangeRequest:
    """The change, for somebody who may `permission` its node."""
    found = get_visible(
        ChangeRequest.objects.select_related(
            "node__organisation", "organisation", "report", "route", "raised_by", "decided_by"
        ),
        request.user,
        Permission.VIEW_RECORD,
        pk=pk,
    )
    require(request.user, permission, found.node)
    request.organisation = found.organisation
    return found


def _page(change, *steps, **more) -> dict:
    """What every page about a change is given."""
    org, node = change.organisation.slug, change.node.slug
    record = ("Change control", reverse("changes", args=[org, node]))
    return {
        "organisation": change.organisation,
        "node": change.node,
        "change": change,
        "trail": trail_to(change.node, record, *steps),
        **more,
    }


def _step_page(change, **more):
    return _page(change, (change.item_words, reverse("change", args=[change.pk])), **more)


@needs(Permission.VIEW_RECORD)
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """One change: its words, what it touches, who was made aware, and the decision."""
    found = _change(request, pk, Permission.VIEW_RECORD)
    boards, entries = _awareness_of(found)
    can_raise = may(request.user, Permission.RAISE_CHANGE, found.node)
    return _change_page(
        request,
        found,
        awareness_form=AwarenessForm(boards, entries) if can_raise and found.state != State.WITHDRAWN else None,
        decision_form=DecisionForm(initial={"version": found.version}),
    )


def _change_page(request, found, *, awareness_form, decision_form, status=200):
    boards, entries = _awareness_of(found)
    can_raise = may(request.user, Permission.RAISE_CHANGE, found.node)
    is_open = found.state in (State.DRAFT, State.SUBMITTED)
    can_decide = found.state == State.SUBMITTED and may(request.user, Permission.DECIDE_CHANGE, found.node)
    return render(
        request,
        "projects/changes/change.html",
        _page(
            found,
            colour=STATE_COLOURS[found.state],
            facts=_facts(found),
            touches=_touches(found),
            proposals=_proposals(found),
            aware=[
                (heading_of(board), entries[board.pk].aware_words if board.pk in entries else "") for board in boards
            ],
            awareness_form=awareness_form,
            decision_form=decision_form if can_decide else None,
            decisions=found.approvals.select_related("by", "board").order_by("at"),
            can_edit=can_raise and found.state in (State.DRAFT, State.SUBMITTED, State.NOTED),
            can_submit=can_raise and found.state == State.DRAFT,
            can_withdraw=can_raise and is_open,
            can_archive=can_raise and not found.is_archived and not is_open,
        ),
        status=status,
    )


def _awareness_of(found):
    """The boards of the node's record, and what this change says to each."""
    boards = _boards(found.organisation, ChangeRequest.objects.filter(node=found.node_id))
    return boards, {entry.board_id: entry for entry in found.awareness.select_related("board")}


def _facts(found):
    rows = [
        {"label": "Sort", "value": found.get_sort_display()},
        {"label": "Number", "value": found.ref},
        {"label": "Description of change", "value": found.description},
        {"label": "Justification", "value": found.justification or None},
        {"label": "Financial implications", "value": found.financial_implications or None},
        {
            "label": "Raised",
            "value": f"{found.raised_at.day} {found.raised_at:%B %Y}",
            "note": str(found.raised_by) if found.raised_by else "",
        },
    ]
    if found.report_id:
        rows.append({"label": "Report", "value": found.report.period_label or str(found.report.as_at_on)})
    if found.is_exempt:
        rows.append({"label": "Exempt", "value": found.exempt_paragraph or "Schedule 12A", "note": found.exempt_reason})
    return rows


def _item_url(found, kind, item):
    return reverse("register-item", args=[found.organisation.slug, item.node.slug, kind, item.pk])


def _touches(found):
    """The things a logged change touches, with their pages."""
    told = []
    keys = {each.key: kind for kind, each in TOUCHABLE.items()}
    for touch in found.touches.select_related(*(f"{key}__node" for key in keys), "budget", "report"):
        key = next((key for key in keys if getattr(touch, f"{key}_id")), None)
        item = getattr(touch, key) if key else touch.budget
        told.append(
            {
                "item": item,
                "kind": kind_of(item),
                "url": _item_url(found, keys[key], item) if key else "",
                "before": touch.before_words,
                "after": touch.after_words,
            }
        )
    return told


def _proposals(found):
    """The baseline versions a change proposes: before is the version it was based on."""
    told = []
    kinds = {each.key: kind for kind, each in TOUCHABLE.items()}
    for proposal in proposals_of(found):
        item = getattr(proposal, proposal.identity_field)
        before = proposal.based_on
        told.append(
            {
                "item": item,
                "url": _item_url(found, kinds[proposal.identity_field], item)
                if proposal.identity_field in kinds
                else "",
                "version": proposal,
                "state": proposal.get_state_display(),
                "before": _dates_of(before) if before else "No baseline yet",
                "after": _dates_of(proposal),
            }
        )
    return told


def _dates_of(version) -> str:
    """The dates a version holds its thing to, in words."""
    dates = [("from ", getattr(version, "start_words", "")), ("to ", getattr(version, "finish_words", ""))]
    return " ".join(f"{lead}{words}" for lead, words in dates if words) or str(version)


# ---- raising and editing ----


@needs(Permission.RAISE_CHANGE)
def change_new(request: HttpRequest, org: str, node: str) -> HttpResponse:
    """Raise a change: first what it touches, then its words, what it does to each thing and who knows of it."""
    place = get_node(request.user, org, node, Permission.RAISE_CHANGE)
    request.organisation = place.organisation
    is_baseline = request.GET.get("sort") == "baseline"
    choices = [each for each in items_of(place) if not is_baseline or each.kind.key == "plan_item"]
    asked = set(request.GET.getlist("item"))
    picked = [each for each in choices if each.token in asked]
    back = reverse("changes", args=[org, node])
    common = {
        "organisation": place.organisation,
        "node": place,
        "trail": trail_to(place, ("Change control", back)),
        "is_baseline": is_baseline,
        "back": back,
        "sorts": _sort_tabs(request, is_baseline),
    }
    if "words" not in request.GET and request.method != "POST":
        pick = PickForm(choices, data=request.GET if asked else None)
        return render(request, "projects/changes/pick.html", {**common, "pick": pick, "has_choices": bool(choices)})
    boards = _boards(place.organisation, ChangeRequest.objects.filter(node=place))
    form = RaiseForm(
        ChangeRequest(organisation=place.organisation, node=place),
        picked=picked,
        boards=boards,
        is_baseline=is_baseline,
        data=request.POST if request.method == "POST" else None,
    )
    if request.method == "POST" and form.is_valid():
        raised = _raise(request, place, form)
        messages.success(request, f"The change is {raised.get_state_display().lower()}: {raised.item_words}")
        return redirect("change", pk=raised.pk)
    return render(request, "projects/changes/new.html", {**common, "form": form, "picked": picked})


def _sort_tabs(request, is_baseline):
    query = request.GET.copy()
    tabs = []
    for sort, label in (
        (ChangeRequest.Sort.LOGGED, "Note a change"),
        (ChangeRequest.Sort.BASELINE, "Change a baseline"),
    ):
        query["sort"] = sort
        tabs.append(
            {
                "label": label,
                "url": f"?{query.urlencode()}",
                "current": is_baseline == (sort == ChangeRequest.Sort.BASELINE),
            }
        )
    return tabs


@transaction.atomic
def _raise(request, place, form):
    series = register_series(place)
    raised = raise_change(
        place,
        by=request.user,
        sort=ChangeRequest.Sort.BASELINE if form.is_baseline else ChangeRequest.Sort.LOGGED,
        awareness=form.awareness(),
        touches=() if form.is_baseline else form.touches(),
        baselines=form.baselines() if form.is_baseline else (),
        report=draft_in_hand(series) if series else None,
        **form.columns(),
        **form.exempt_columns(),
    )
    if form.is_baseline and request.POST.get("action") == "submit":
        submit_change(raised, by=request.user)
    return raised


@needs(Permission.RAISE_CHANGE)
def change_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Edit the words of a change, until it is decided."""
    found = _change(request, pk, Permission.RAISE_CHANGE)
    if found.state not in (State.DRAFT, State.SUBMITTED, State.NOTED):
        messages.error(request, f"This change is {found.get_state_display().lower()}; raise another.")
        return redirect("change", pk=pk)
    form = ChangeWordsForm(found, data=with_choices(request.POST) if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            clashes = form.save(by=request.user)
        except ChangeIsDecided as refusal:
            messages.error(request, str(refusal))
            return redirect("change", pk=pk)
        if clashes:
            return conflict_page(
                request,
                [form],
                [(form, name) for name in clashes],
                what=f"Change {found.ref}: {found.item_words}",
                action=reverse("change-edit", args=[pk]),
                context=_step_page(found),
            )
        messages.success(request, "The change is saved.")
        return redirect("change", pk=pk)
    return render(request, "projects/changes/edit.html", _step_page(found, form=form))


@needs(Permission.RAISE_CHANGE)
@require_POST
def change_awareness(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down when each board was made aware; a decided change may still be told."""
    found = _change(request, pk, Permission.RAISE_CHANGE)
    boards, entries = _awareness_of(found)
    form = AwarenessForm(boards, entries, request.POST)
    if not form.is_valid():
        return _change_page(
            request,
            found,
            awareness_form=form,
            decision_form=DecisionForm(initial={"version": found.version}),
            status=422,
        )
    for board, words in form.changed():
        set_awareness(found, board, words, by=request.user)
    messages.success(request, "Who was made aware is saved.")
    return redirect("change", pk=pk)


# ---- steps ----


@needs(Permission.RAISE_CHANGE)
@require_POST
def change_submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a drafted change for decision."""
    found = _change(request, pk, Permission.RAISE_CHANGE)
    try:
        submit_change(found, by=request.user)
        messages.success(request, "The change awaits a decision.")
    except (ChangeIsDecided, EditedMeanwhile) as refusal:
        messages.error(request, str(refusal))
    return redirect("change", pk=pk)


@needs(Permission.RAISE_CHANGE)
def change_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a change back before it is decided."""
    return _with_reason(
        request,
        pk,
        withdraw_change,
        title="Withdraw the change",
        asks="Why is it withdrawn?",
        lead="It stays in the record as withdrawn; what it proposed does not come into force.",
        done="The change is withdrawn.",
    )


@needs(Permission.RAISE_CHANGE)
def change_archive(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a change raised by mistake off the pages of the record."""
    return _with_reason(
        request,
        pk,
        archive_change,
        title="Archive the change",
        asks="Why is it archived?",
        lead="It no longer shows in the change control record. Reports that have printed it keep it.",
        done="The change is archived.",
    )


def _with_reason(request, pk, act, *, title, asks, lead, done):
    found = _change(request, pk, Permission.RAISE_CHANGE)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    form.fields["reason"].label = asks
    if request.method == "POST" and form.is_valid():
        try:
            act(found, by=request.user, reason=form.cleaned_data["reason"])
        except (ChangeIsDecided, EditedMeanwhile) as refusal:
            messages.error(request, str(refusal))
            return redirect("change", pk=pk)
        messages.success(request, done)
        if found.is_archived:
            return redirect("changes", found.organisation.slug, found.node.slug)
        return redirect("change", pk=pk)
    return render(request, "projects/changes/step.html", _step_page(found, form=form, title=title, lead=lead))


@needs(Permission.DECIDE_CHANGE)
@require_POST
def change_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve or reject a change as it was read; where its words were edited meanwhile it is to be read again."""
    found = _change(request, pk, Permission.DECIDE_CHANGE)
    boards, entries = _awareness_of(found)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _change_page(
            request, found, awareness_form=AwarenessForm(boards, entries), decision_form=form, status=422
        )
    try:
        decided = decide_change(
            found,
            by=request.user,
            approve=form.cleaned_data["outcome"] == "approve",
            words=form.cleaned_data["words"],
            version=form.cleaned_data["version"],
        )
    except EditedMeanwhile:
        messages.error(request, "The change was edited after you opened it. Read it again, then decide.")
        kept = DecisionForm(initial={**form.cleaned_data, "version": found.version})
        return _change_page(
            request, found, awareness_form=AwarenessForm(boards, entries), decision_form=kept, status=409
        )
    except (ChangeIsDecided, BaselineMoved) as refusal:
        messages.error(request, str(refusal))
        return redirect("change", pk=pk)
    messages.success(request, f"The change is {decided.get_state_display().lower()}.")
    return redirect("change", pk=pk)
