"""A council's settings: one set of views over the declared pages, and the few pages that are unlike them."""

from copy import copy

from auditlog.models import LogEntry
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from projects.actions.organisations import (
    NoRegularPeriods,
    change_organisation,
    financial_year_of,
    make_periods,
)
from projects.actions.schemes import IsInUse, restore_setting
from projects.actions.writing import EditedMeanwhile, RemovedMeanwhile
from projects.clock import today_for
from projects.forms.settings import MakePeriodsForm, OrganisationForm
from projects.models import Calendar
from projects.models.base import with_related
from projects.permissions import get_organisation, needs
from projects.rules.access import Permission
from projects.views.settings_pages import BY_KEY, GROUPS, PAGES, SettingsPage, children_of

ROWS_A_PAGE = 50


def page_of(request, organisation, current="", trail=(), *, is_administrator=True, **context) -> dict:
    """What every page of the settings is drawn from: the council, its side navigation, the way back.

    Those who may read the audit trail and no more are shown none of the settings.
    """
    slug = organisation.slug
    if not is_administrator:
        return {"organisation": organisation, "trail": list(trail), **context}
    links = [("Council details", reverse("settings-organisation", args=[slug]), "organisation")]
    links += [
        ("Portfolio tree", reverse("settings-nodes", args=[slug]), "nodes"),
        ("People and roles", reverse("settings-people", args=[slug]), "people"),
    ]
    links += [(page.title, reverse(f"settings-{page.key}", args=[slug]), page.key) for page in PAGES if not page.parent]
    links.append(("Common severity", reverse("severity-mapping", args=[slug]), "severity"))
    links.append(("Audit trail", reverse("audit", args=[slug]), "audit"))
    return {
        "organisation": organisation,
        "settings_links": [{"label": label, "url": url, "current": key == current} for label, url, key in links],
        "trail": [{"label": "Settings", "url": reverse("settings", args=[slug])}, *trail],
        **context,
    }


@needs(Permission.MANAGE_SETTINGS)
def settings_home(request: HttpRequest, org: str) -> HttpResponse:
    """Everything that can be settled, by group."""
    organisation = get_organisation(request.user, org, Permission.MANAGE_SETTINGS)
    groups = [
        (
            group,
            [
                {"label": page.title, "hint": page.lead, "url": reverse(f"settings-{page.key}", args=[org])}
                for page in PAGES
                if page.group == group
            ],
        )
        for group in GROUPS
    ]
    groups[0][1][:0] = [
        {
            "label": "Council details",
            "hint": "Name, colour, financial year, the sentence about accessible formats.",
            "url": reverse("settings-organisation", args=[org]),
        },
        {
            "label": "Portfolio tree",
            "hint": "Portfolios, programmes, projects and workstreams.",
            "url": reverse("settings-nodes", args=[org]),
        },
        {
            "label": "People and roles",
            "hint": "Who signs in, and what they may do where.",
            "url": reverse("settings-people", args=[org]),
        },
        {
            "label": "Common severity",
            "hint": "Every status of every scheme on the one scale that totals are put in order by.",
            "url": reverse("severity-mapping", args=[org]),
        },
        {
            "label": "Layouts of workbooks",
            "hint": "How workbooks that are brought in are read: sheets, headings, and where their values go.",
            "url": reverse("layouts", args=[org]),
        },
        {"label": "Audit trail", "hint": "Who changed what, when and why.", "url": reverse("audit", args=[org])},
    ]
    context = page_of(request, organisation, groups=groups)
    context["trail"] = []
    return render(request, "projects/settings/home.html", context)


@needs(Permission.MANAGE_SETTINGS)
def settings_organisation(request: HttpRequest, org: str) -> HttpResponse:
    """The council's own details."""
    organisation = get_organisation(request.user, org, Permission.MANAGE_SETTINGS)
    address = reverse("settings-organisation", args=[org])
    form = OrganisationForm(
        chosen(request, OrganisationForm, organisation, organisation),
        instance=copy(organisation),
        organisation=organisation,
    )
    if request.method == "POST" and form.is_valid():
        try:
            if changes := form.changes():
                change_organisation(organisation, changes, version=form.cleaned_data["version"], by=request.user)
        except EditedMeanwhile as clash:
            return conflict_page(request, form, clash, organisation, OrganisationForm, address)
        messages.success(request, "The council's details are saved.")
        return redirect(address)
    context = page_of(request, organisation, "organisation", form=form, heading="Council details", cancel_url=None)
    return render(request, "projects/settings/form.html", context)


# --- the declared pages ----------------------------------------------------------------------------------------------


@needs(Permission.MANAGE_SETTINGS)
def settings_list(request: HttpRequest, org: str, page: SettingsPage) -> HttpResponse:
    """All rows of a page; archived ones on request."""
    organisation = get_organisation(request.user, org, Permission.MANAGE_SETTINGS)
    listing = _listing(page, organisation, request)
    return render(
        request,
        "projects/settings/list.html",
        page_of(request, organisation, page.key, page=page, listing=listing),
    )


@needs(Permission.MANAGE_SETTINGS)
def settings_add(request: HttpRequest, org: str, page: SettingsPage, above: int | None = None) -> HttpResponse:
    """A new row, within the row `above` where the page lies within another."""
    organisation = get_organisation(request.user, org, Permission.MANAGE_SETTINGS)
    row = page.model(organisation=organisation)
    if page.parent:
        parent = get_object_or_404(BY_KEY[page.parent].model, organisation=organisation, pk=above)
        setattr(row, page.above, parent)
    asked = {name: value for name, value in request.GET.items() if name in page.form.base_fields}
    form = page.form(request.POST or None, instance=copy(row), organisation=organisation, initial=asked)
    if request.method == "POST" and form.is_valid() and "preview" not in request.POST:
        answers = form.answers()
        links = {column.name: answers.pop(column.name, []) for column in page.model._meta.many_to_many}
        for name, value in answers.items():
            setattr(row, name, value)
        row = page.add(row, {name: rows for name, rows in links.items() if name in form.cleaned_data}, by=request.user)
        messages.success(request, f"{page.noun.capitalize()} added: {row}.")
        return redirect(_container_url(page, row))
    context = _row_context(request, organisation, page, row, form, heading=f"Add a {page.noun}")
    return render(request, "projects/settings/form.html", context)


@needs(Permission.MANAGE_SETTINGS)
def settings_change(request: HttpRequest, org: str, page: SettingsPage, pk: int) -> HttpResponse:
    """One row: its form, what lies within it, and the way to archive it."""
    organisation = get_organisation(request.user, org, Permission.MANAGE_SETTINGS)
    row = _row(page, organisation, pk)
    status = 200
    form = page.form(chosen(request, page.form, row, organisation), instance=copy(row), organisation=organisation)
    if request.method == "POST" and form.is_valid() and "preview" not in request.POST:
        was_used = bool(page.is_used and page.is_used(row))
        try:
            changed, changes = row, form.changes()
            if changes:
                changed = page.change(row, changes, version=form.cleaned_data.get("version"), by=request.user)
        except EditedMeanwhile as clash:
            address = _row_url(page, clash.current)
            return conflict_page(request, form, clash, organisation, page.form, address)
        except RemovedMeanwhile as gone:
            form.add_error(None, str(gone))
            status = 409
        else:
            messages.success(request, _saved_words(page, was_used and changed.pk != pk, changed))
            return redirect(_container_url(page, changed))
    context = _row_context(
        request,
        organisation,
        page,
        row,
        form,
        heading=str(row),
        is_used=bool(page.is_used and page.is_used(row)),
        children=[_listing(child, organisation, request, above=row) for child in children_of(page, row)],
        buttons=[(label, reverse(name, args=[org, pk])) for label, name in page.buttons],
    )
    return render(request, "projects/settings/form.html", context, status=status)


@needs(Permission.MANAGE_SETTINGS)
def settings_remove(request: HttpRequest, org: str, page: SettingsPage, pk: int) -> HttpResponse:
    """Archive a row, after asking; a table without an archive loses it, if nothing needs it."""
    organisation = get_organisation(request.user, org, Permission.MANAGE_SETTINGS)
    row = _row(page, organisation, pk)
    address = _container_url(page, row)
    verb = "Archive" if page.has_archive else "Remove"
    problem = None
    if request.method == "POST":
        try:
            container = page.remove(row, by=request.user)
        except (IsInUse, EditedMeanwhile, RemovedMeanwhile) as needed:
            problem = str(needed)
        else:
            messages.success(request, f"{page.noun.capitalize()} {verb.lower()}d: {row}.")
            return redirect(_row_url(BY_KEY[page.parent], container) if container else address)
    context = page_of(
        request,
        organisation,
        page.parent or page.key,
        _trail(page, row),
        heading=f"{verb} {row}?",
        problem=problem,
        warning="It is offered no longer. What uses it goes on using it."
        if page.has_archive
        else "It goes from the settings. What reports have printed stays printed.",
        action=f"{verb} this {page.noun}",
        cancel_url=address,
    )
    return render(request, "projects/settings/confirm.html", context, status=409 if problem else 200)


@needs(Permission.MANAGE_SETTINGS)
def settings_restore(request: HttpRequest, org: str, page: SettingsPage, pk: int) -> HttpResponse:
    """Bring an archived row back, after asking."""
    organisation = get_organisation(request.user, org, Permission.MANAGE_SETTINGS)
    row = _row(page, organisation, pk)
    problem = None
    if request.method == "POST":
        try:
            restore_setting(row, by=request.user)
        except (IsInUse, EditedMeanwhile, RemovedMeanwhile) as needed:
            problem = str(needed)
        else:
            messages.success(request, f"{page.noun.capitalize()} restored: {row}.")
            return redirect(_container_url(page, row))
    context = page_of(
        request,
        organisation,
        page.parent or page.key,
        _trail(page, row),
        heading=f"Restore {row}?",
        problem=problem,
        action=f"Restore this {page.noun}",
        cancel_url=_container_url(page, row),
    )
    return render(request, "projects/settings/confirm.html", context, status=409 if problem else 200)


def _saved_words(page, is_replaced, row):
    if is_replaced:
        return f"Saved as a new {page.noun}, {row}. Reports that used the old one still print it."
    return f"{page.noun.capitalize()} saved: {row}."


def _row(page, organisation, pk):
    return get_object_or_404(with_related(page.model.objects, page.related), organisation=organisation, pk=pk)


def _row_url(page, row):
    return reverse(f"settings-{page.key}-change", args=[row.organisation.slug, row.pk])


def _container_url(page, row):
    """Where a row is listed: its page, or the page of the row it lies within."""
    if page.parent:
        return _row_url(BY_KEY[page.parent], getattr(row, page.above))
    return reverse(f"settings-{page.key}", args=[row.organisation.slug])


def _trail(page, row):
    """The steps between the settings' home and the page of `row`."""
    if not page.parent:
        return [{"label": page.title, "url": _container_url(page, row)}]
    parent_page, parent = BY_KEY[page.parent], getattr(row, page.above)
    return [*_trail(parent_page, parent), {"label": str(parent), "url": _row_url(parent_page, parent)}]


def _row_context(request, organisation, page, row, form, **context):
    drawn = None
    if page.preview and ((form.is_bound and form.is_valid()) or row.pk):
        drawn = page.preview(form.instance)
    return page_of(
        request,
        organisation,
        page.parent or page.key,
        _trail(page, row),
        page=page,
        row=row,
        form=form,
        drawn=drawn,
        can_preview=page.preview is not None,
        cancel_url=_container_url(page, row),
        remove_url=_remove_url(page, row),
        **context,
    )


def _remove_url(page, row):
    if not row.pk or not page.can_remove:
        return None
    verb = "restore" if getattr(row, "is_archived", False) else "remove"
    return reverse(f"settings-{page.key}-{verb}", args=[row.organisation.slug, row.pk])


def _listing(page, organisation, request, above=None):
    """The rows of a page as words, by column, with their addresses. `above`: only the rows within it."""
    rows = with_related(page.model.objects.filter(organisation=organisation), page.related)
    rows = rows.prefetch_related(*page.prefetched)
    if above:
        rows = rows.filter(**{page.above: above})
    rows = rows if rows.ordered else rows.order_by("pk")
    with_archived = request.GET.get("archived") == page.key
    archived = 0
    if page.has_archive:
        archived = rows.filter(is_archived=True).count()
        rows = rows if with_archived else rows.filter(is_archived=False)
    here = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    name = f"settings-{page.key}"
    add_url = None
    if page.can_add and not getattr(above, "is_archived", False):
        add_url = reverse(f"{name}-add", args=[organisation.slug, *([above.pk] if above else [])])
    return {
        "page": page,
        "rows": [
            {
                "url": reverse(f"{name}-change", args=[organisation.slug, row.pk]),
                "is_archived": getattr(row, "is_archived", False),
                "cells": [
                    {"heading": column.heading, "value": column.value(row), "as_status": column.as_status}
                    for column in page.columns
                ],
            }
            for row in here
        ],
        "here": here,
        "archived": archived,
        "with_archived": with_archived,
        "add_url": add_url,
    }


# --- two people at once ----------------------------------------------------------------------------------------------


def chosen(request, form_class, row, organisation):
    """What was sent, with the answers of the conflict page put in: "theirs" is what the row now says."""
    if request.method != "POST":
        return None
    sent = request.POST.copy()
    now = form_class(instance=copy(row), organisation=organisation)
    for choice in [name for name in sent if name.startswith("keep_")]:
        name = choice.removeprefix("keep_")
        if sent[choice] == "theirs" and name in now.fields:
            value = now[name].value()
            sent.setlist(name, [str(each) for each in value] if isinstance(value, list) else [_sendable(now, name)])
    return sent


def conflict_page(request, form, clash, organisation, form_class, action) -> HttpResponse:
    """409: what somebody else saved beside what was sent, field by field, to choose from."""
    now = form_class(instance=copy(clash.current), organisation=organisation)
    fields = []
    for name in clash.attempted:
        if name not in form.fields or _shown(now, name, now[name].value()) == _shown(form, name, form[name].value()):
            continue
        fields.append(
            {
                "name": name,
                "label": form.fields[name].label,
                "theirs": _shown(now, name, now[name].value()),
                "yours": _shown(form, name, form[name].value()),
            }
        )
    line = LogEntry.objects.get_for_object(clash.current).exclude(actor=request.user).first()
    conflict = {
        "what": str(clash.current),
        "changed_by": str(line.actor) if line and line.actor else "You, in another window,",
        "changed_at": timezone.localtime(line.timestamp) if line else None,
        "action": action,
        "carried": [
            (name, str(now["version"].value()) if name == "version" else value)
            for name in request.POST
            if name not in {"csrfmiddlewaretoken", "preview"} and not name.startswith("keep_")
            for value in request.POST.getlist(name)
        ],
        "fields": fields,
    }
    return render(request, "409.html", {"organisation": organisation, "conflict": conflict}, status=409)


def _sendable(form, name):
    """A value as its box would send it back."""
    value = form.fields[name].widget.format_value(form[name].value())
    if isinstance(value, list):
        value = value[0] if value else ""
    return "" if value is None else str(value)


def _shown(form, name, value):
    """A value in the words of its box: the label of a choice, not its number."""
    field = form.fields[name]
    values = value if isinstance(value, list) else [value]
    if choices := getattr(field, "choices", None):
        labels = {str(key): str(label) for key, label in choices}
        return ", ".join(labels.get(str(each), str(each)) for each in values if each not in (None, ""))
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return _sendable(form, name) if hasattr(field.widget, "format_value") else str(value or "")


# --- calendars -------------------------------------------------------------------------------------------------------


@needs(Permission.MANAGE_SETTINGS)
def settings_make_periods(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """The periods of a financial year in one go."""
    organisation = get_organisation(request.user, org, Permission.MANAGE_SETTINGS)
    calendar = get_object_or_404(Calendar, organisation=organisation, pk=pk)
    page = BY_KEY["calendars"]
    form = MakePeriodsForm(
        request.POST or None, initial={"year": financial_year_of(today_for(organisation), organisation)}
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = make_periods(calendar, year=form.cleaned_data["year"], by=request.user)
        except NoRegularPeriods as irregular:
            form.add_error(None, str(irregular))
        else:
            messages.success(request, f"{len(made)} {'period' if len(made) == 1 else 'periods'} made.")
            return redirect(_row_url(page, calendar))
    trail = [*_trail(page, calendar), {"label": calendar.name, "url": _row_url(page, calendar)}]
    context = page_of(
        request,
        organisation,
        page.key,
        trail,
        form=form,
        heading=f"Make the periods of a year: {calendar}",
        submit="Make the periods",
        cancel_url=_row_url(page, calendar),
    )
    return render(request, "projects/settings/form.html", context)
