"""Change control pages: the record of a node, one change, raising, awareness, its route and the decisions."""

from datetime import datetime, time

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Q
from django.forms.utils import ErrorDict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from projects.actions.change_control import (
    CHASED,
    UNDECIDED,
    BaselineMoved,
    ChangeIsDecided,
    archive_change,
    blanks_of,
    change_proposals,
    choose_route,
    decide_change,
    in_force_now,
    next_step,
    others_on,
    proposals_of,
    raise_anew,
    raise_change,
    steps_of,
    submit_change,
    waiting_since,
    withdraw_change,
)
from projects.actions.registers import draft_in_hand, register_series
from projects.actions.writing import EditedMeanwhile
from projects.clock import today_for
from projects.facts import limits_of
from projects.forms.changes import (
    TOUCHABLE,
    AwarenessForm,
    ChangeWordsForm,
    ChasedFilterForm,
    DecisionForm,
    PickForm,
    RaiseForm,
    RouteChoiceForm,
    items_of,
    kind_of,
)
from projects.forms.editing import ReasonForm
from projects.forms.proposals import forms_of, proposal_forms, with_more_rows
from projects.models import Board, ChangeAwareness, ChangeRequest, ChangeTouch, Node, PlanItemBaseline
from projects.models.base import with_related
from projects.permissions import get_node, get_visible, may, may_decide, needs, require
from projects.rules.access import Permission
from projects.rules.drift import drift_of
from projects.tables import REGISTERS, told_changes
from projects.versions import SORT_OF, chains_of, differences, drift_colour, node_of, stated, thing_of
from projects.views.conflicts import conflict_page, with_choices
from projects.views.registers import trail_to
from projects.views.tabs import node_tabs

ROWS_A_PAGE = 50
State = ChangeRequest.State
# What a noted change is about: a status, a date, a band; words that were only put better are not.
LOGGED_LABELS = ("status", "date", "band")
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


def change_tabs(place, current: str) -> list[dict]:
    """The pages of a node's change control side by side."""
    named = [place.organisation.slug, place.slug]
    pages = (("Record", "changes"), ("Awareness to chase", "change-blanks"), ("Baselines", "baselines"),
             ("Re-cast ledger", "ledger"))  # fmt: skip
    return [{"label": label, "url": reverse(name, args=named), "current": name == current} for label, name in pages]


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
            "parts": change_tabs(place, "changes"),
            "trail": trail_to(place),
            "page": page,
            "unnoted": _unnoted(request.user, place) if may(request.user, Permission.RAISE_CHANGE, place) else [],
            "headings": [heading_of(board) for board in boards],
            "rows": [_row(each, boards) for each in page],
            "waiting": _waiting(blanks_of(nodes, today_for(place.organisation), changes=record)),
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
                "is_chased": not aware.get(board.pk)
                and change.state in CHASED
                and bool(board.awareness_heading or board.pk in aware),
            }
            for board in boards
        ],
    }


def _waiting(blanks) -> list[str]:
    """A sentence for each board that has not heard of every change, with the age of the oldest."""
    by_board = {}
    for blank in blanks:
        by_board.setdefault(blank.board, []).append(blank.days)
    return [
        f"{len(days)} change{' is' if len(days) == 1 else 's are'} waiting for {board.name} awareness, "
        f"{'' if len(days) == 1 else 'the oldest '}for {_days(max(days))}."
        for board, days in sorted(by_board.items(), key=lambda pair: (pair[0].order, pair[0].name))
    ]


def _days(count: int) -> str:
    return f"{count:,} day{'' if count == 1 else 's'}"


def _unnoted(user, place) -> list[dict]:
    """What has moved in the report in hand with nothing in the change record: a status or a date, with its page."""
    series = register_series(place)
    draft = draft_in_hand(series) if series else None
    if draft is None or series.current is None:
        return []
    told = []
    for kind, table in REGISTERS.items():
        if kind not in TOUCHABLE or not TOUCHABLE[kind].key:  # an indicator's figures are not noted one by one
            continue
        key = f"{TOUCHABLE[kind].key}_id"
        noted = ChangeTouch.objects.filter(
            Q(report=draft) | Q(change_request__report=draft), **{f"{key}__isnull": False}
        )
        known = set(noted.values_list(key, flat=True))
        before, now = _rows_by_thing(table, series.current), _rows_by_thing(table, draft)
        for pk, row in now.items():
            moves = _logged_moves(before.get(pk), row) if pk not in known else []
            if moves:
                told.append({"row": row, "moves": moves, "token": f"{kind}-{pk}"})
    return told


def _rows_by_thing(table, report) -> dict:
    rows = with_related(table.model.objects.of(report).present(), table.statuses)
    return {getattr(row, f"{table.identity}_id"): row for row in rows}


def _logged_moves(before, after) -> list:
    """The statuses and dates that differ between two rows of one thing."""
    if before is None or after is None:
        return []
    return [told for told in told_changes(before, after) if any(word in told.label.lower() for word in LOGGED_LABELS)]


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


@needs(Permission.VIEW_RECORD)
def change_blanks(request: HttpRequest, org: str, node: str) -> HttpResponse:
    """Every blank of the record, the oldest first: which board has yet to hear of which change, and for how long."""
    place = get_node(request.user, org, node, Permission.VIEW_RECORD)
    request.organisation = place.organisation
    nodes = Node.objects.visible_to(request.user).beneath(place)
    record = ChangeRequest.objects.visible_to(request.user)
    blanks = blanks_of(nodes, today_for(place.organisation), changes=record)
    boards = Board.objects.filter(pk__in={blank.board.pk for blank in blanks})
    asked = ChasedFilterForm(boards, request.GET)
    if asked.is_valid():
        board, least = asked.cleaned_data["board"], asked.cleaned_data["days"] or 0
        blanks = [each for each in blanks if (board is None or each.board == board) and each.days >= least]
    page = Paginator(blanks, ROWS_A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "projects/changes/blanks.html",
        {
            "organisation": place.organisation,
            "node": place,
            "tabs": node_tabs(request.user, place, "changes"),
            "parts": change_tabs(place, "change-blanks"),
            "trail": trail_to(place, ("Change control", reverse("changes", args=[org, node]))),
            "asked": asked,
            "page": page,
            "rows": [{"blank": each, "age": _days(each.days)} for each in page],
            "has_projects": Node.objects.filter(parent=place).exists(),
            "is_narrowed": any(request.GET.get(name) for name in asked.fields),
        },
    )


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
    """One change: its words, what it touches, its route, who was made aware, and the decisions."""
    found = _change(request, pk, Permission.VIEW_RECORD)
    return _change_page(request, found)


def _change_page(request, found, *, awareness_forms=None, decision_form=None, too_late=None, status=200):
    """`too_late` is what somebody else did before a decision that was sent: its sentence, the words that changed."""
    boards, entries = _awareness_of(found)
    can_raise = may(request.user, Permission.RAISE_CHANGE, found.node)
    is_open = found.state in UNDECIDED
    is_baseline = found.sort == ChangeRequest.Sort.BASELINE
    proposals = proposals_of(found)
    standings = steps_of(found) if is_baseline else []
    following = next((each for each in standings if each.is_next), None)
    can_decide = following is not None and may_decide(request.user, found.node, following.step)
    return render(
        request,
        "projects/changes/change.html",
        _page(
            found,
            colour=STATE_COLOURS[found.state],
            facts=_facts(found),
            touches=_touches(found),
            proposals=_proposals(found, proposals),
            rivals=_rivals(request.user, found, proposals),
            is_overtaken=is_open and any(_is_overtaken(each) for each in proposals),
            is_open=is_open,
            route_events=_route_events(found, standings),
            step_title=following.title if following else "",
            can_route=is_baseline and is_open and may(request.user, Permission.DECIDE_CHANGE, found.node),
            aware=[
                (heading_of(board), entries[board.pk].aware_words if board.pk in entries else "") for board in boards
            ],
            awareness_forms=awareness_forms or _awareness_forms(found),
            can_tell=can_raise and found.state != State.WITHDRAWN,
            decision_form=(decision_form or DecisionForm(initial=_as_read(found))) if can_decide else None,
            too_late=too_late,
            can_edit=can_raise and found.state in (*UNDECIDED, State.NOTED),
            can_propose=can_raise and found.state == State.DRAFT and bool(proposals),
            can_submit=can_raise and found.state == State.DRAFT and is_baseline,
            can_withdraw=can_raise and is_open,
            can_raise=can_raise,
            can_archive=can_raise and not found.is_archived and not is_open,
        ),
        status=status,
    )


def _route_events(found, standings) -> list[dict]:
    """The steps of the way a change takes: decided, waited for (since when), still to come."""
    if found.state in (State.DRAFT, State.WITHDRAWN) and not any(each.approval for each in standings):
        return [{"title": f"{place}. {each.title}", "by": "Not begun"} for place, each in enumerate(standings, start=1)]
    events = []
    for place, standing in enumerate(standings, start=1):
        approval = standing.approval
        if approval:
            outcome = "approved" if approval.is_approval else "rejected"
            events.append(
                {
                    "title": f"{place}. {standing.title}: {outcome}",
                    "by": f"Recorded by {approval.by}",
                    "at": approval.at,
                    "text": approval.words,
                }
            )
        elif standing.is_next:
            since = timezone.localdate(waiting_since(found))
            waited = max((max(today_for(found.organisation), timezone.localdate()) - since).days, 0)
            events.append(
                {
                    "title": f"{place}. {standing.title}: waiting",
                    "by": f"Waiting since {since.day} {since:%B %Y}, for {_days(waited)}",
                }
            )
        else:
            events.append(
                {"title": f"{place}. {standing.title}", "by": "Next" if found.state in UNDECIDED else "Not asked"}
            )
    return events


def _rivals(user, found, proposals) -> list[dict]:
    """The other undecided requests that propose something for the same things."""
    visible = ChangeRequest.objects.visible_to(user)
    others = others_on([thing_of(each) for each in proposals], visible, but=found)
    return [{"thing": thing, "change": change} for thing, changes in others.items() for change in changes]


def _told_of_rivals(request, raised) -> None:
    """Say which other requests a change meets, in the message of what was just done."""
    for rival in _rivals(request.user, raised, proposals_of(raised)):
        other = rival["change"]
        messages.warning(
            request,
            f"Change {other.ref} of {other.node.title} ({other.get_state_display().lower()}) proposes something for "
            f"{rival['thing']} too. Whichever is approved first, the other is to be based anew.",
        )


def _is_overtaken(proposal) -> bool:
    in_force = in_force_now(proposal)
    return (in_force.pk if in_force else None) != proposal.based_on_id


def _awareness_of(found):
    """The boards of the node's record, and what this change says to each."""
    boards = _boards(found.organisation, ChangeRequest.objects.filter(node=found.node_id))
    return boards, {entry.board_id: entry for entry in found.awareness.select_related("board")}


def _awareness_forms(found, data=None) -> list[AwarenessForm]:
    boards, entries = _awareness_of(found)
    return [AwarenessForm(found, board, entries.get(board.pk), data=data) for board in boards]


def _as_read(found) -> dict:
    """What a decision carries of the change it was made from."""
    return {
        "version": found.version,
        "read": ChangeWordsForm(found).typed_json,
        "decisions": found.approvals.count(),
    }


def _facts(found):
    rows = [
        {"label": "Sort", "value": found.get_sort_display()},
        {"label": "Number", "value": found.ref},
        {"label": "Description of change", "value": found.description},
        {"label": "Justification", "value": found.justification or None},
        {"label": "Financial implications", "value": found.financial_implications or None},
        *(
            [{"label": "Impact on service or policy", "value": "Yes" if found.affects_service_or_policy else "No"}]
            if found.sort == ChangeRequest.Sort.BASELINE
            else []
        ),
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


def thing_url(thing) -> str:
    """The page of what a change names: its register page, else the versions of what it is held to."""
    node = node_of(thing)
    kind = next((kind for kind, each in TOUCHABLE.items() if isinstance(thing, each.model)), "")
    name = "register-item" if kind in REGISTERS else "baseline"
    return reverse(name, args=[node.organisation.slug, node.slug, kind, thing.pk])


def _touches(found):
    """The things a logged change touches, with their pages and the report that made the move."""
    told = []
    keys = [each.key for each in TOUCHABLE.values() if each.key]
    for touch in found.touches.select_related(*(f"{key}__node__organisation" for key in keys), "report"):
        item = next(getattr(touch, key) for key in keys if getattr(touch, f"{key}_id"))
        told.append(
            {
                "item": item,
                "kind": kind_of(item),
                "url": thing_url(item),
                "before": touch.before_words,
                "after": touch.after_words,
                "report": touch.report,
            }
        )
    return told


def _proposals(found, proposals):
    """The baseline versions a change proposes: before is the version it was based on."""
    chains = chains_of(each.plan_item_id for each in proposals if isinstance(each, PlanItemBaseline))
    limits = limits_of(found.organisation)
    told = []
    for proposal in proposals:
        thing = thing_of(proposal)
        drift = None
        if isinstance(proposal, PlanItemBaseline) and proposal.finish_on:
            chain = chains[thing.pk] if proposal.in_force_from else [*chains[thing.pk], proposal.finish_on]
            drift = drift_of(chain, limits)
        told.append(
            {
                "item": thing,
                "kind": kind_of(thing),
                "url": thing_url(thing),
                "versions_url": versions_url(proposal),
                "version": proposal,
                "state": proposal.get_state_display(),
                "before": proposal.based_on,
                "differences": differences(_full(proposal.based_on), proposal),
                "drift": drift if drift and drift.days is not None else None,
                "drift_colour": drift_colour(drift),
            }
        )
    return told


def _full(version):
    """The version with its lines at hand; None for none."""
    return SORT_OF[type(version)].versions(pk=version.pk).first() if version else None


def versions_url(version) -> str:
    """The page of every version of what this one is of."""
    thing = thing_of(version)
    node = node_of(thing)
    return reverse("baseline", args=[node.organisation.slug, node.slug, SORT_OF[type(version)].key, thing.pk])


# ---- raising and editing ----


@needs(Permission.RAISE_CHANGE)
def change_new(request: HttpRequest, org: str, node: str) -> HttpResponse:
    """Raise a change: first what it names, then its words, what it does to each thing and who knows of it."""
    place = get_node(request.user, org, node, Permission.RAISE_CHANGE)
    request.organisation = place.organisation
    is_baseline = request.GET.get("sort") == "baseline"
    choices = items_of(place, is_baseline=is_baseline)
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
    if ("words" not in request.GET and request.method != "POST") or (is_baseline and not picked):
        pick = PickForm(choices, data=request.GET if asked else None)
        says_pick = "words" in request.GET and is_baseline
        return render(
            request,
            "projects/changes/pick.html",
            {**common, "pick": pick, "has_choices": bool(choices), "says_pick": says_pick},
            status=422 if says_pick else 200,
        )
    boards = _boards(place.organisation, ChangeRequest.objects.filter(node=place))
    posted, more = _posted(request)
    sort = ChangeRequest.Sort.BASELINE if is_baseline else ChangeRequest.Sort.LOGGED
    form = RaiseForm(
        ChangeRequest(organisation=place.organisation, node=place, sort=sort),
        picked=picked,
        boards=boards,
        moved={} if is_baseline else _moved(place, picked),
        data=posted,
    )
    proposed = proposal_forms([(each.kind.kind, each.item) for each in picked], data=posted) if is_baseline else []
    if request.method == "POST" and not more and all(each.is_valid() for each in (form, *proposed)):
        raised = _raise(request, place, form, proposed)
        messages.success(request, f"The change is {raised.get_state_display().lower()}: {raised.item_words}")
        _told_of_rivals(request, raised)
        return redirect("change", pk=raised.pk)
    if more:
        _unjudged([form, *proposed])
    return render(
        request,
        "projects/changes/new.html",
        {
            **common,
            "form": form,
            "picked": picked,
            "proposed": _proposed(request.user, proposed),
            "proposal_forms": proposed,
        },
    )


def _posted(request):
    """What was posted, None for nothing; and whether only more lines were asked for."""
    if request.method != "POST":
        return None, False
    name = request.POST.get("more", "")
    return (with_more_rows(request.POST, name), True) if name else (request.POST, False)


def _unjudged(forms) -> None:
    """Whoever only asks for more lines is not told yet what is missing."""
    for form in forms:
        form._errors = ErrorDict()


def _proposed(user, forms) -> list[dict]:
    """Each form with what the thing is held to now, how far it has drifted so far and who else wants to move it."""
    others = others_on([form.thing for form in forms], ChangeRequest.objects.visible_to(user))
    chains = chains_of(form.thing.pk for form in forms if form.sort.model is PlanItemBaseline)
    told = []
    for form in forms:
        mine = form.proposal.change_request_id if form.proposal else None
        drift = drift_of(chains[form.thing.pk]) if form.sort.model is PlanItemBaseline else None
        told.append(
            {
                "form": form,
                "kind": kind_of(form.thing),
                "current": form.current,
                "says": [each for each in stated(form.current) if each.words],
                "drift": drift if drift and drift.moves else None,
                "others": [each for each in others.get(form.thing, ()) if each.pk != mine],
            }
        )
    return told


def _moved(place, picked) -> dict:
    """{token: (before, after)} of what the reports say has moved of each thing: in the draft in hand, else in the
    newest approved report."""
    series = register_series(place)
    if series is None:
        return {}
    draft = draft_in_hand(series)
    before, after = (series.current, draft) if draft else (series.previous, series.current)
    if before is None or after is None:
        return {}
    told = {}
    for each in picked:
        table = REGISTERS.get(each.kind.kind)
        if table:
            rows = [_rows_by_thing(table, report).get(each.item.pk) for report in (before, after)]
            moves = _logged_moves(*rows)
            told[each.token] = tuple(
                "; ".join(f"{move.label.capitalize()}: {getattr(move, side) or 'none'}" for move in moves)[:300]
                for side in ("before", "after")
            )
    return told


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
def _raise(request, place, form, proposed):
    series = register_series(place)
    report = draft_in_hand(series) if series else None
    raised = raise_change(
        place,
        by=request.user,
        sort=form.row.sort,
        awareness=form.awareness(),
        touches=() if form.is_baseline else [{**touch, "report": report} for touch in form.touches()],
        baselines=[each.version() for each in proposed],
        report=report,
        **form.columns(),
    )
    if form.is_baseline and request.POST.get("action") == "submit":
        submit_change(raised, by=request.user)
    return raised


@needs(Permission.RAISE_CHANGE)
def change_proposed(request: HttpRequest, pk: int) -> HttpResponse:
    """Rewrite what a drafted change proposes, its lines as tables."""
    found = _change(request, pk, Permission.RAISE_CHANGE)
    if found.state != State.DRAFT:
        messages.error(request, f"This change is {found.get_state_display().lower()}; what it proposes stays.")
        return redirect("change", pk=pk)
    posted, more = _posted(request)
    forms = forms_of(proposals_of(found), data=posted)
    if request.method == "POST" and not more and all(each.is_valid() for each in forms):
        version = request.POST.get("version", "")
        try:
            change_proposals(
                found,
                [(each.proposal, each.columns(), each.line_rows()) for each in forms],
                version=int(version) if version.isdecimal() else 0,
                by=request.user,
            )
            messages.success(request, "What the change proposes is saved.")
            return redirect("change", pk=pk)
        except ChangeIsDecided as refusal:
            messages.error(request, str(refusal))
            return redirect("change", pk=pk)
        except EditedMeanwhile:
            found.refresh_from_db()
            messages.error(
                request, "Somebody else edited the change after you opened it. Nothing of yours is lost: it stands "
                "below. Read what the change proposes now, then save again."
            )  # fmt: skip
            return _proposed_page(request, found, forms, status=409)
    if more:
        _unjudged(forms)
    return _proposed_page(request, found, forms)


def _proposed_page(request, found, forms, status=200):
    return render(
        request,
        "projects/changes/proposed.html",
        _step_page(found, proposed=_proposed(request.user, forms), proposal_forms=forms),
        status=status,
    )


@needs(Permission.RAISE_CHANGE)
def change_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Edit the words of a change, until it is decided."""
    found = _change(request, pk, Permission.RAISE_CHANGE)
    if found.state not in (*UNDECIDED, State.NOTED):
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
    forms = _awareness_forms(found, with_choices(request.POST))
    if not all(form.is_valid() for form in forms if form.is_sent):
        return _change_page(request, found, awareness_forms=forms, status=422)
    if clashes := [(form, name) for form in forms for name in form.save(by=request.user)]:
        return conflict_page(
            request,
            forms,
            clashes,
            what=f"Change {found.ref}: {found.item_words}",
            action=reverse("change-awareness", args=[pk]),
            context=_step_page(found),
        )
    messages.success(request, "Who was made aware is saved.")
    return redirect("change", pk=pk)


# ---- steps ----


@needs(Permission.RAISE_CHANGE)
@require_POST
def change_submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a drafted change for decision."""
    found = _change(request, pk, Permission.RAISE_CHANGE)
    try:
        sent = submit_change(found, by=request.user)
    except BaselineMoved:
        return _overtaken_page(request, found, status=409)
    except (ChangeIsDecided, EditedMeanwhile) as refusal:
        messages.error(request, str(refusal))
        return redirect("change", pk=pk)
    route = f" It takes the route {sent.route}." if sent.route else ""
    messages.success(request, f"The change awaits a decision.{route}")
    _told_of_rivals(request, sent)
    return redirect("change", pk=pk)


@needs(Permission.RAISE_CHANGE)
def change_anew(request: HttpRequest, pk: int) -> HttpResponse:
    """What a change was based on beside what is in force now, and the way to base it anew."""
    found = _change(request, pk, Permission.RAISE_CHANGE)
    if request.method == "POST":
        version = request.POST.get("version", "")
        try:
            new = raise_anew(found, by=request.user, version=int(version) if version.isdecimal() else None)
        except (ChangeIsDecided, EditedMeanwhile) as refusal:
            messages.error(request, str(refusal))
            return redirect("change", pk=pk)
        messages.success(
            request, f"Change {found.ref} is withdrawn and drafted anew as change {new.ref}. Read what it proposes."
        )
        return redirect("change-proposed", pk=new.pk)
    return _overtaken_page(request, found)


def _overtaken_page(request, found, status=200):
    """Both versions of everything that was overtaken, and what is proposed."""
    overtaken = []
    for proposal in proposals_of(found):
        if found.state in UNDECIDED and _is_overtaken(proposal):
            in_force = in_force_now(proposal)
            overtaken.append(
                {
                    "item": thing_of(proposal),
                    "based_on": proposal.based_on,
                    "in_force": in_force,
                    "rows": _three(_full(proposal.based_on), in_force, proposal),
                    "url": versions_url(proposal),
                }
            )
    return render(request, "projects/changes/overtaken.html", _step_page(found, overtaken=overtaken), status=status)


def _three(based_on, in_force, proposal) -> list[dict]:
    """What three versions say, label by label."""
    said = [{each.label: each.words for each in stated(version)} for version in (based_on, in_force, proposal)]
    return [
        {"label": label, "based_on": said[0].get(label, ""), "in_force": said[1].get(label, ""), "proposed": words}
        for label, words in said[2].items()
        if any(each.get(label) for each in said)
    ]


@needs(Permission.DECIDE_CHANGE)
def change_route(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a change on another route than the rules choose, saying why."""
    found = _change(request, pk, Permission.DECIDE_CHANGE)
    form = RouteChoiceForm(found, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            choose_route(
                found,
                form.cleaned_data["route"],
                by=request.user,
                reason=form.cleaned_data["reason"],
                version=form.cleaned_data["version"],
            )
            messages.success(request, f"The change takes the route {form.cleaned_data['route'] or 'of one decision'}.")
        except (ChangeIsDecided, EditedMeanwhile) as refusal:
            messages.error(request, str(refusal))
        return redirect("change", pk=pk)
    return render(request, "projects/changes/route.html", _step_page(found, form=form))


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


@needs(Permission.VIEW_RECORD)
@require_POST
def change_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide the step that is next, as the change was read; where it was edited meanwhile it is to be read again."""
    found = _change(request, pk, Permission.VIEW_RECORD)
    standing = next_step(found)
    if not may_decide(request.user, found.node, standing.step if standing else None):
        raise PermissionDenied("This step is decided by somebody else.")
    form = DecisionForm(request.POST, today=max(today_for(found.organisation), timezone.localdate()))
    if not form.is_valid():
        return _change_page(request, found, decision_form=form, status=422)
    day = form.cleaned_data["decided_on"]
    try:
        decided = decide_change(
            found,
            by=request.user,
            approve=form.cleaned_data["outcome"] == "approve",
            words=form.cleaned_data["words"],
            at=timezone.make_aware(datetime.combine(day, time(12))) if day else None,
            version=form.cleaned_data["version"],
        )
    except (EditedMeanwhile, ChangeIsDecided):
        return _decided_too_late(request, pk, form)
    except BaselineMoved:
        return _overtaken_page(request, found, status=409)
    _say_decided(request, found, standing, decided)
    return redirect("change", pk=pk)


def _decided_too_late(request, pk, form):
    """409: what somebody else wrote since the change was read, beside the decision that was not recorded."""
    found = _change(request, pk, Permission.VIEW_RECORD)
    words = ChangeWordsForm(found)
    read = form.words_read()
    decisions = found.approvals.select_related("by", "step").order_by("pk")
    mine = dict(form.fields["outcome"].choices)[form.cleaned_data["outcome"]].partition(":")[0]
    too_late = {
        "sentence": "The change was edited after you opened it. Read it again, then decide."
        if found.state == State.SUBMITTED
        else f"Somebody else was quicker: this change is {found.get_state_display().lower()}.",
        "edited": [
            (words.fields[name].label, words.words(name, said), words.words_of(found, name))
            for name, said in read.items()
            if name in words.fields and words.text_of(found, name) != said
        ],
        "theirs": next(iter(decisions[form.cleaned_data["decisions"] or 0 :]), None),
        "yours": f"{mine}: {form.cleaned_data['words']}" if form.cleaned_data["words"] else mine,
    }
    kept = {**form.cleaned_data, "decided_on": request.POST.get("decided_on", "")}
    again = DecisionForm(initial={**kept, **_as_read(found)})
    return _change_page(request, found, decision_form=again, too_late=too_late, status=409)


def _say_decided(request, found, standing, decided) -> None:
    if decided.state == State.SUBMITTED:
        following = next_step(decided)
        messages.success(request, f"{standing.title}: approved. The change now waits for {following.title}.")
        if decided.route_id != found.route_id:
            messages.warning(request, f"It takes the longer route {decided.route}: {decided.route_because[0]['words']}")
    else:
        messages.success(request, f"The change is {decided.get_state_display().lower()}.")
    _told_of_rivals(request, decided)
