"""The series of reports that a node makes: begun, ended and taken up again."""

from django.contrib import messages
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from projects.actions.series import SeriesRefused, begin_series, end_series, take_up_series
from projects.forms.series import SeriesForm
from projects.forms.settings import ReasonForm
from projects.models import Series
from projects.permissions import get_node, needs
from projects.rules.access import Permission
from projects.views.settings import page_of

STRUCTURE = Permission.MANAGE_STRUCTURE


@needs(STRUCTURE)
def node_series(request: HttpRequest, org: str, node: str) -> HttpResponse:
    """Every series of a node, and a form to begin another."""
    node = get_node(request.user, org, node, STRUCTURE)
    form = SeriesForm(request.POST or None, node=node)
    if request.method == "POST" and form.is_valid():
        try:
            begun = begin_series(node, **form.cleaned_data, by=request.user)
        except SeriesRefused as refused:
            form.add_error("template", str(refused))
        else:
            messages.success(request, f"{node} now reports on {begun.template} by the calendar {begun.calendar}.")
            return redirect("settings-node-series", org, node.slug)
    series = node.series.select_related("template", "calendar").annotate(
        count=Count("reports"), newest=Max("reports__as_at_on")
    )
    rows = series.order_by("is_archived", "-keeps_registers", "template__name")
    return render(request, "projects/nodes/series.html", _page(request, node, form=form, rows=rows))


@needs(STRUCTURE)
def node_series_end(request: HttpRequest, org: str, node: str, pk: int) -> HttpResponse:
    """End a series, or take up one that has ended, saying why."""
    node = get_node(request.user, org, node, STRUCTURE)
    series = get_object_or_404(Series.objects.select_related("template", "calendar"), node=node, pk=pk)
    form = ReasonForm(request.POST or None)
    do, said = (take_up_series, "taken up again") if series.is_archived else (end_series, "ended")
    if request.method == "POST" and form.is_valid():
        try:
            do(series, by=request.user, reason=form.cleaned_data["reason"])
        except SeriesRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"{series.template} of {node} is {said}.")
            return redirect("settings-node-series", org, node.slug)
    words = f"{series.template} of {node}"
    ends = "No more is asked for it. Its reports stay, and it can be taken up again."
    asked = {
        "heading": f"Take up {words} again?" if series.is_archived else f"End {words}?",
        "warning": "" if series.is_archived else ends,
        "action": "Take it up again" if series.is_archived else "End it",
        "cancel_url": reverse("settings-node-series", args=[org, node.slug]),
    }
    return render(request, "projects/settings/confirm.html", _page(request, node, form=form, **asked))


def _page(request: HttpRequest, node, **context) -> dict:
    named = [node.organisation.slug, node.slug]
    trail = [
        {"label": "Portfolio tree", "url": reverse("settings-nodes", args=named[:1])},
        {"label": node.title, "url": reverse("settings-node-change", args=named)},
    ]
    return page_of(request, node.organisation, "nodes", trail, node=node, **context)
