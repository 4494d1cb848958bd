"""What things are held to: every version of every baseline, two of them side by side, and the re-cast ledger."""

import csv

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from projects.clock import today_for
from projects.facts import limits_of
from projects.forms.changes import kind_of
from projects.ledger import ledger_of, ordered
from projects.models import Baseline, BudgetBaseline, ChangeRequest, Node, PlanItemBaseline
from projects.permissions import get_node, may, needs, require
from projects.rules.access import Permission
from projects.rules.drift import drift_of
from projects.tables import safe_cell
from projects.versions import SORTS, chains_of, days_words, differences, drift_colour, thing_of
from projects.views.changes import change_tabs, thing_url
from projects.views.registers import trail_to
from projects.views.tabs import node_tabs

ROWS_A_PAGE = 50
SORTED_BY = {"moves": "Most moves", "drift": "Furthest from the first baseline", "forecast": "Forecast moved furthest"}


def _page(request, org, node, current):
    """The node of the address and what each of its pages here is given."""
    place = get_node(request.user, org, node, Permission.VIEW_RECORD)
    request.organisation = place.organisation
    return place, {
        "organisation": place.organisation,
        "node": place,
        "tabs": node_tabs(request.user, place, "changes"),
        "parts": change_tabs(place, current),
        "trail": trail_to(place, ("Change control", reverse("changes", args=[org, node]))),
    }


# ---- versions ----


@needs(Permission.VIEW_RECORD)
def baselines(request: HttpRequest, org: str, node: str) -> HttpResponse:
    """Everything of a node that is held to something: the version in force, how many there were, what is proposed."""
    place, page = _page(request, org, node, "baselines")
    groups = []
    for sort in SORTS.values():
        mine = {"node": place} if sort.thing == "node" else {f"{sort.thing}__node": place}
        things: dict = {}
        for version in sort.versions(**mine).order_by(sort.thing, "number"):
            things.setdefault(thing_of(version), []).append(version)
        chains = chains_of(thing.pk for thing in things) if sort.model is PlanItemBaseline else {}
        limits = limits_of(place.organisation)
        rows = [_row(sort, place, thing, versions, chains, limits) for thing, versions in things.items()]
        if rows:
            group = {"title": sort.title, "rows": rows, "has_drift": sort.model is PlanItemBaseline}
            if sort.model is BudgetBaseline:
                group["document"] = ("Funding profile", reverse("document", args=["funding-profile", org, node]))
            groups.append(group)
    return render(
        request,
        "projects/changes/baselines.html",
        {**page, "groups": groups, "can_raise": may(request.user, Permission.RAISE_CHANGE, place)},
    )


def _row(sort, place, thing, versions, chains, limits):
    in_force = next((each for each in versions if each.state == Baseline.State.IN_FORCE), None)
    drift = drift_of(chains.get(thing.pk, ()), limits)
    return {
        "thing": thing,
        "kind": kind_of(thing),
        "url": reverse("baseline", args=[place.organisation.slug, place.slug, sort.key, thing.pk]),
        "in_force": in_force,
        "says": "; ".join(f"{each.label}: {each.words}" for each in sort.says(in_force) if each.words)
        if in_force
        else "",
        "count": sum(each.in_force_from is not None for each in versions),
        "proposed": sum(each.state == Baseline.State.PROPOSED for each in versions),
        "drift": days_words(drift.days),
        "drift_colour": drift_colour(drift),
    }


@needs(Permission.VIEW_RECORD)
def baseline(request: HttpRequest, org: str, node: str, kind: str, pk: int) -> HttpResponse:
    """Every version of what one thing is held to: who made it, when, by which request; any two side by side."""
    place, page = _page(request, org, node, "baselines")
    if kind not in SORTS:
        raise Http404("There is no such kind of baseline.")
    sort = SORTS[kind]
    mine = {"pk": place.pk} if sort.thing == "node" else {"node": place}
    thing = get_object_or_404(sort.thing_model.objects.filter(**mine), pk=pk)
    visible = set(ChangeRequest.objects.visible_to(request.user).filter(node=place).values_list("pk", flat=True))
    versions = list(
        sort.versions(**{sort.thing: thing}).select_related("change_request__decided_by").order_by("-number")
    )
    before, after = _chosen(request, versions)
    drift = drift_of(chains_of([thing.pk])[thing.pk], limits_of(place.organisation)) if kind == "milestones" else None
    page["trail"].append({"label": "Baselines", "url": reverse("baselines", args=[org, node])})
    return render(
        request,
        "projects/changes/baseline.html",
        {
            **page,
            "thing": thing,
            "kind": kind_of(thing),
            "thing_url": thing_url(thing),
            "token": f"{kind}-{thing.pk}",
            "versions": [
                {
                    "version": each,
                    "state": each.get_state_display(),
                    "says": [said for said in sort.says(each) if said.words],
                    "request": each.change_request if each.change_request_id in visible else None,
                    "by": each.change_request.decided_by or each.created_by if each.change_request else each.created_by,
                }
                for each in versions
            ],
            "before": before,
            "after": after,
            "before_words": f"Version {before.number}" if before else "",
            "after_words": f"Version {after.number}" if after else "",
            "differences": differences(before, after) if before and after else [],
            "drift": drift if drift and drift.days is not None else None,
            "drift_colour": drift_colour(drift),
            "can_raise": may(request.user, Permission.RAISE_CHANGE, place),
        },
    )


def _chosen(request, versions):
    """The two versions to compare: those asked for, else the newest and the one it was based on."""
    by_number = {str(each.number): each for each in versions}
    after = by_number.get(request.GET.get("to", "")) or (versions[0] if versions else None)
    based_on = next((each for each in versions if after and each.pk == after.based_on_id), None)
    return by_number.get(request.GET.get("from", "")) or based_on, after


# ---- the ledger ----


@needs(Permission.VIEW_RECORD)
def ledger(request: HttpRequest, org: str, node: str) -> HttpResponse:
    """Every move of every milestone of a node and beneath it, those moved most often first; ?format=csv downloads."""
    place, page = _page(request, org, node, "ledger")
    nodes = Node.objects.visible_to(request.user).beneath(place)
    entries = ledger_of(nodes, limits_of(place.organisation))
    by = request.GET.get("sort", "")
    by = by if by in SORTED_BY else "moves"
    entries = ordered(entries, by)
    if request.GET.get("format") == "csv":
        require(request.user, Permission.EXPORT, place)
        return _as_csv(place, entries)
    shown = Paginator(entries, ROWS_A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "projects/changes/ledger.html",
        {
            **page,
            "page": shown,
            "entries": [_entry(each, place) for each in shown],
            "totals": {
                "moves": sum(len(each.moves) for each in entries),
                "items": len(entries),
                "unrequested": sum(each.unrequested for each in entries),
            },
            "orders": [{"label": SORTED_BY[each], "url": f"?sort={each}", "current": each == by} for each in SORTED_BY],
            "has_projects": Node.objects.filter(parent=place).exists(),
            "can_download": may(request.user, Permission.EXPORT, place),
            "today": today_for(place.organisation),
        },
    )


def _entry(entry, place):
    return {
        "entry": entry,
        "url": reverse("register-item", args=[place.organisation.slug, entry.node_slug, "milestones", entry.item_id]),
        "forecast": days_words(entry.forecast_days),
        "drift": days_words(entry.drift.days),
        "drift_colour": drift_colour(entry.drift),
    }


def _as_csv(place, entries):
    """A line a move: a spreadsheet sorts and sums them."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="re-cast-ledger-{place.slug}.csv"'
    lines = csv.writer(answer)
    lines.writerow(
        ["Project", "Milestone", "What moved", "On", "From", "To", "Days later", "By", "Why", "Report", "Moves in all"]
    )
    for entry in entries:
        for move in entry.moves:
            words = (entry.node_title, entry.title, move.sort, move.on.isoformat(), move.before, move.after)
            days = "" if move.days is None else move.days
            rest = (move.by, move.why, move.report_words)
            lines.writerow([*map(safe_cell, words), days, *map(safe_cell, rest), len(entry.moves)])
    return answer
