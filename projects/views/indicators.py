"""Scored lists of a node: what they come to by the report that stands, and their scores in the open draft."""

from dataclasses import dataclass

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html_join

from projects.actions.indicators import begin_scoring
from projects.actions.registers import draft_in_hand, draft_to_edit, period_to_edit, register_series
from projects.actions.reports import WrongState
from projects.clock import today_for
from projects.forms.indicators import ScoreForm
from projects.models import Checklist, ChecklistScore, Report, ReportIsFrozen, Series, StatedFigure
from projects.permissions import get_node, may, needs
from projects.rules.access import Permission
from projects.rules.indicators import Scored, add_up
from projects.rules.money import round_half_up
from projects.views.conflicts import conflict_page, with_choices
from projects.views.registers import trail_to
from projects.views.tabs import node_tabs


@dataclass(frozen=True)
class Sheet:
    """A list as one report scores it; `stated` is the sum that a source states where it gives no scores."""

    report: Report
    rows: list[ChecklistScore]
    scored: Scored
    stated: StatedFigure | None

    @property
    def mean(self) -> str:
        """The average to two places; a list without any score prints 0.00, as the blank sheet does."""
        return f"{round_half_up(self.scored.mean or 0, 2)}"

    @property
    def total(self) -> str:
        return f"{self.scored.total.normalize():f}"


def _series(place) -> Series | None:
    """The series that scores go into: the one that keeps the registers, else the first there is."""
    return register_series(place) or Series.objects.filter(node=place, is_archived=False).order_by("pk").first()


def _sheet(user, report: Report | None, checklist: Checklist) -> Sheet | None:
    """The list in a report; None where there is no report, or it says nothing of the list."""
    if report is None:
        return None
    seen = ChecklistScore.objects.visible_to(user).of(report).present()
    given = {row.factor_id: row for row in seen.filter(factor__checklist=checklist)}
    stated = StatedFigure.objects.visible_to(user).of(report).filter(key=checklist.slug).first()
    if not given and stated is None:
        return None
    factors = list(checklist.factors.all())
    rows = [given.get(factor.pk) or ChecklistScore(factor=factor, report=report) for factor in factors]
    return Sheet(report, rows, add_up(row.score for row in rows), stated)


def _standing(place, series, user) -> Report | None:
    if series is None:
        return None
    return series.current if may(user, Permission.VIEW_RECORD, place) else series.published


def _page(request, org, node, permission):
    place = get_node(request.user, org, node, permission)
    request.organisation = place.organisation
    lists = reverse("checklists", args=[org, node])
    return place, {
        "organisation": place.organisation,
        "node": place,
        "tabs": node_tabs(request.user, place, "indicators"),
        "trail": trail_to(place, ("Indicators", reverse("register", args=[org, node, "indicators"]))),
        "lists_url": lists,
    }


@needs(Permission.VIEW_PUBLISHED)
def checklists(request: HttpRequest, org: str, node: str) -> HttpResponse:
    """Every list that the council scores, with what it comes to for this node."""
    place, page = _page(request, org, node, Permission.VIEW_PUBLISHED)
    standing = _standing(place, _series(place), request.user)
    kept = Checklist.objects.filter(organisation=place.organisation, is_archived=False).order_by("name")
    rows = [{"list": each, "sheet": _sheet(request.user, standing, each)} for each in kept.prefetch_related("factors")]
    return render(request, "projects/indicators/checklists.html", {**page, "rows": rows})


def _checklist(place, slug) -> Checklist:
    return get_object_or_404(Checklist, organisation=place.organisation, slug=slug, is_archived=False)


@needs(Permission.VIEW_PUBLISHED)
def checklist(request: HttpRequest, org: str, node: str, checklist: str) -> HttpResponse:
    """A scored list by the report that stands; staff see the draft's beside it."""
    place, page = _page(request, org, node, Permission.VIEW_PUBLISHED)
    found = _checklist(place, checklist)
    series = _series(place)
    draft = draft_in_hand(series) if series and may(request.user, Permission.VIEW_RECORD, place) else None
    page["trail"].append({"label": "Scored lists", "url": page["lists_url"]})
    return render(
        request,
        "projects/indicators/checklist.html",
        {
            **page,
            "checklist": found,
            "factors": found.factors.all(),
            "sheets": list(
                filter(
                    None,
                    (_sheet(request.user, report, found) for report in (_standing(place, series, request.user), draft)),
                )
            ),
            "can_score": series is not None and may(request.user, Permission.EDIT_REGISTER, place),
        },
    )


@needs(Permission.EDIT_REGISTER)
def checklist_score(request: HttpRequest, org: str, node: str, checklist: str) -> HttpResponse:
    """Score the factors of a list; the scores go into the open draft."""
    place, page = _page(request, org, node, Permission.EDIT_REGISTER)
    found = _checklist(place, checklist)
    series = _series(place)
    back = reverse("checklist", args=[org, node, checklist])
    if series is None:
        messages.error(request, f"{place.title} has no series of reports yet. An administrator can start one.")
        return redirect(back)
    today = today_for(place.organisation)
    draft = draft_in_hand(series)
    shown = draft or series.current or Report(organisation=place.organisation, node=place, series=series)
    sheet = _sheet(request.user, shown if shown.pk else None, found)
    rows = sheet.rows if sheet else [ChecklistScore(factor=factor, report=shown) for factor in found.factors.all()]
    posted = with_choices(request.POST) if request.method == "POST" else None
    forms = _forms(found, rows, shown, posted)
    page["trail"] += [{"label": "Scored lists", "url": page["lists_url"]}, {"label": found.name, "url": back}]
    if request.method == "POST" and not _wrong(forms):
        try:
            clashes, forms = _save(found, series, place, posted, request.user, today)
        except (WrongState, ReportIsFrozen) as refusal:
            messages.error(request, str(refusal))
            return redirect(back)
        if clashes:
            action = reverse("checklist-score", args=[org, node, checklist])
            return conflict_page(request, forms, clashes, what=found.name, action=action, context=page)
        messages.success(request, f"{found.name}: saved in the draft.")
        return redirect(back)
    period = None if draft else period_to_edit(series, today)
    return render(
        request,
        "projects/indicators/score.html",
        {
            **page,
            "checklist": found,
            "forms": forms,
            "wrong": format_html_join("", '<li><a href="#{}">{}</a></li>', _wrong(forms)),
            "back": back,
            "draft": draft,
            "period": period,
        },
    )


def _forms(checklist, rows, report, posted):
    return [ScoreForm(row, previous=None, report=report, scales=checklist, data=posted) for row in rows]


def _wrong(forms):
    """Everything that is wrong, as the id of the box and a sentence that names the factor."""
    return [(box.id_for_label, f"{form.heading}: {said}") for form in forms for box in form for said in box.errors]


def _save(checklist, series, place, posted, user, today):
    """Write the scores: (form, field) of what two people changed, and the forms as they stand then."""
    with transaction.atomic():
        draft = draft_to_edit(series, by=user, today=today)
        rows = begin_scoring(draft, checklist, by=user)
    for row in rows:
        row.report = draft
    forms = _forms(checklist, rows, draft, posted)
    return [(form, name) for form in forms for name in form.save(by=user)], forms
