"""Register pages: the rows of a node or a portfolio, one thing with its history, and edits through the open draft."""

from dataclasses import dataclass
from itertools import islice

from django.contrib import messages
from django.contrib.contenttypes.models import ContentType
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_POST

from projects.actions.registers import draft_in_hand, draft_to_edit, period_to_edit, register_series
from projects.actions.reports import WrongState
from projects.actions.rows import remove_row, restore_row
from projects.as_at import AsAt
from projects.clock import today_for
from projects.forms.editing import ReasonForm, Scales
from projects.forms.fields import words_of_day
from projects.forms.registers import ABOUT_FORMS, ROW_FORMS, FilterForm
from projects.imports.provenance import sources_of_rows
from projects.models import (
    ChangeRequest,
    ChangeTouch,
    Node,
    PlanItem,
    PlanItemKind,
    PlanItemUpdate,
    Report,
    ReportIsFrozen,
    ReportRow,
    Series,
    Status,
)
from projects.permissions import get_node, may, needs, require, top_node
from projects.rules.access import Permission
from projects.tables import (
    REGISTERS,
    WITHHELD,
    Register,
    RegisterRows,
    as_csv,
    columns_for,
    is_withheld,
    told_changes,
    words_of,
)
from projects.views.as_at import AsAtChoice, chosen_as_at
from projects.views.conflicts import conflict_page, with_choices
from projects.views.tabs import node_tabs

ROWS_A_PAGE = 50
ROWS_A_BATCH = 500  # of a download: the drafts of so many rows are asked for at once


def register_named(kind: str) -> Register:
    if kind not in REGISTERS:
        raise Http404("There is no such register.")
    return REGISTERS[kind]


def trail_to(place, *more: tuple[str, str]) -> list[dict]:
    """Breadcrumbs from the node on; `more` are (label, address)."""
    home = ("Home", reverse("home"))
    node = (place.title, reverse("node", args=[place.organisation.slug, place.slug]))
    return [{"label": label, "url": url} for label, url in (home, node, *more)]


# ---- the register ----


@needs(Permission.VIEW_PUBLISHED)
def register(request: HttpRequest, org: str, node: str, kind: str) -> HttpResponse:
    """The register of a node and all beneath it, the draft in hand side by side; ?format=csv downloads it.

    As at a period or a day it is what the reports that stand then say, and no draft.
    """
    place = get_node(request.user, org, node, Permission.VIEW_PUBLISHED)
    request.organisation = place.organisation
    table = register_named(kind)
    has_projects = Node.objects.filter(parent=place).exists()
    sees_drafts = may(request.user, Permission.VIEW_RECORD, place)
    series = register_series(place)
    choice = chosen_as_at(request, place.organisation, published=not sees_drafts, series=series)
    at = choice.as_at
    rows = RegisterRows(table, place, request.user, at.day if at else today_for(place.organisation), at)
    asked = FilterForm(
        table, request.GET, statuses=_status_choices(place.organisation, table), has_projects=has_projects
    )
    is_whole = may(request.user, Permission.VIEW_EXEMPT, place)
    listed = rows.ordered(rows.where(*_questions(table, asked, rows.today, is_whole)), request.GET.get("sort", ""))
    if request.GET.get("format") == "csv" and not choice.problem:
        require(request.user, Permission.EXPORT, place)
        return _download(rows, listed, sees_drafts and not at)
    page = Paginator(listed, ROWS_A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "projects/registers/register.html",
        {
            "organisation": place.organisation,
            "node": place,
            "register": table,
            "columns": rows.columns,
            "choice": choice,
            "tabs": node_tabs(request.user, place, kind, choice.query),
            "trail": trail_to(place),
            "page": page,
            "lines": rows.lines(page),
            "asked": asked,
            "is_narrowed": any(asked.answer(name) for name in asked.fields),
            "kept": [*((name, request.GET[name]) for name in ("sort",) if name in request.GET), *choice.asked],
            "clear_url": reverse("register", args=[org, node, kind]) + choice.query,
            "has_projects": has_projects,
            "is_staff": sees_drafts,
            "sees_drafts": sees_drafts and not at,
            "shown": _standing_of(series, sees_drafts, at) if series else None,
            "draft": draft_in_hand(series) if series and sees_drafts and not at else None,
            "can_add": series is not None and not at and may(request.user, Permission.EDIT_REGISTER, place),
            "can_download": may(request.user, Permission.EXPORT, place),
            "can_edit": not at and may(request.user, Permission.EDIT_REGISTER, place),
        },
    )


def asked_rows(request, table: Register, place: Node, today) -> tuple[RegisterRows, QuerySet]:
    """The rows of the register now, and those that the page's address asks for, in its order."""
    rows = RegisterRows(table, place, request.user, today)
    has_projects = Node.objects.filter(parent=place).exists()
    statuses = _status_choices(place.organisation, table)
    asked = FilterForm(table, request.GET, statuses=statuses, has_projects=has_projects)
    is_whole = may(request.user, Permission.VIEW_EXEMPT, place)
    return rows, rows.ordered(rows.where(*_questions(table, asked, today, is_whole)), request.GET.get("sort", ""))


def _status_choices(organisation, table):
    """(code, label) of the statuses the register may have, each once though several schemes have it."""
    said = Status.objects.filter(organisation=organisation, scheme__subject=table.subject, is_archived=False)
    return list(dict(said.order_by("-severity", "order", "pk").values_list("code", "label")).items())


def _is_told(field: str) -> Q:
    """Rows whose field is not marked to be kept from readers: nor are they found by it."""
    kind = f"marks__{field}__kind"
    return Q(**{f"{kind}__isnull": True}) | ~Q(**{f"{kind}__in": WITHHELD})


def _questions(table, asked, today, is_whole: bool) -> list[Q]:
    """What the filter asks of each row; unless the person sees the whole of it, only of what is told."""
    questions = []
    if words := asked.answer("q"):
        questions.append((Q(title__icontains=words) | Q(ref__iexact=words)) & ~Q(marks__has_key="title"))
    if project := asked.answer("project"):
        questions.append(Q(report__title__icontains=project) | Q(report__reference__iexact=project))
    if asked.answer("status") == "none":
        questions.append(Q(**{table.status: None}))
    elif code := asked.answer("status"):
        questions.append(Q(**{f"{table.status}__code": code}))
    if asked.answer("overdue"):
        questions.append(table.overdue(today))
    if not is_whole:
        asks_of = {"status": table.status, "overdue": table.due}
        questions += [_is_told(field) for name, field in asks_of.items() if asked.answer(name)]
    return questions


def _standing_of(series: Series, is_staff: bool, at: AsAt | None) -> Report | None:
    if at:
        return at.report_of(series)
    return series.current if is_staff else series.published


def _download(rows, listed, sees_drafts):
    found = listed.iterator(chunk_size=ROWS_A_BATCH)
    batches = iter(lambda: list(islice(found, ROWS_A_BATCH)), [])
    lines = (line for batch in batches for line in rows.lines(batch))
    answer = StreamingHttpResponse(
        as_csv(rows.columns, lines, with_drafts=sees_drafts), content_type="text/csv; charset=utf-8"
    )
    name = "-".join(filter(None, (rows.register.kind, rows.place.slug, slugify(rows.at.asked) if rows.at else "")))
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


# ---- one thing ----


@dataclass
class Item:
    """A risk, issue, milestone or benefit as its pages need it."""

    table: Register
    place: Node
    identity: object
    series: Series | None
    standing: ReportRow | None  # in the newest approved (for readers published) report; None where it is not in it
    draft: Report | None  # the report in hand; None for readers and where none is open
    drafted: ReportRow | None  # the thing's row in that draft, taken out or not
    name: str  # never what is kept from who reads the page
    choice: AsAtChoice | None = None  # of the page that shows it as at a day

    @property
    def shown(self) -> ReportRow | None:
        """The row that says most: the draft's, else the standing one."""
        return self.drafted or self.standing

    @property
    def at(self) -> AsAt | None:
        return self.choice.as_at if self.choice else None

    @property
    def address(self) -> list:
        return [self.place.organisation.slug, self.place.slug, self.table.kind, self.identity.pk]

    @property
    def url(self) -> str:
        return reverse("register-item", args=self.address)

    def page(self, **more) -> dict:
        """What every page about the thing is given."""
        org, node = self.place.organisation.slug, self.place.slug
        query = self.choice.query if self.choice else ""
        registers = (self.table.title, reverse("register", args=[org, node, self.table.kind]) + query)
        return {
            "organisation": self.place.organisation,
            "node": self.place,
            "register": self.table,
            "item": self,
            "name": self.name,
            "trail": trail_to(self.place, registers, *more.pop("steps", ())),
            **more,
        }


def _item(request, org, node, kind, pk, permission, *, as_at: bool = False) -> Item:
    """The thing at the address, for somebody who may `permission` its node and sees at least one row of it.

    With `as_at` as the address's period or day has it; edits are always of what is now.
    """
    place = get_node(request.user, org, node, permission)
    request.organisation = place.organisation
    table = register_named(kind)
    identity = get_object_or_404(table.identity_model.objects.visible_to(request.user), pk=pk, node=place)
    is_staff = may(request.user, Permission.VIEW_RECORD, place)
    rows = _rows_of(table, identity, request.user)
    if not is_staff and not rows.exists():
        raise Http404("This is not published.")
    series = register_series(place)
    choice = chosen_as_at(request, place.organisation, published=not is_staff, series=series) if as_at else None
    at = choice.as_at if choice else None
    standing = _standing_of(series, is_staff, at) if series else None
    draft = draft_in_hand(series) if series and is_staff and not at else None
    stands = rows.present().filter(report=standing).first() if standing else None
    drafted = rows.filter(report=draft).first() if draft else None
    newest = drafted or stands or (identity if is_staff else rows.order_by("-report__as_at_on", "-pk").first())
    is_named = not any(is_withheld(newest, cell, request.user) for cell in ("title", "ref") if newest is not identity)
    return Item(
        table,
        place,
        identity,
        series,
        standing=stands,
        draft=draft,
        drafted=drafted,
        name=str(newest) if is_named else f"{table.noun.capitalize()}, not for publication",
        choice=choice,
    )


def _rows_of(table, identity, user):
    return (
        table.model.objects.visible_to(user)
        .filter(**{table.identity: identity})
        .select_related("report__organisation", "report__period", "report__node", table.identity, *table.statuses)
        .prefetch_related(*table.model.beneath)
    )


def _form(item: Item, row, *, report, previous, data=None):
    """The form of a row; `report` is the one it is compared in, a stand-in where the draft is not open yet."""
    if row.report_id is None or row.report_id == report.pk:
        row.report = report
    form = ROW_FORMS[item.table.kind](
        row, previous=previous, report=report, scales=Scales(item.place.organisation), data=data
    )
    if item.table.model is PlanItemUpdate and report.pk:
        form.known_refs = frozenset(
            PlanItemUpdate.objects.of(report).present().exclude(ref="").values_list("ref", flat=True)
        )
    return form


def _stand_in(item_series: Series, place) -> Report:
    """A report that rows are shown in before there is any."""
    return Report(organisation=place.organisation, node=place, series=item_series)


@needs(Permission.VIEW_PUBLISHED)
def register_item(request: HttpRequest, org: str, node: str, kind: str, pk: int) -> HttpResponse:
    """One thing: what is said of it, now or as at a day, what every report said, its baselines and changes."""
    item = _item(request, org, node, kind, pk, Permission.VIEW_PUBLISHED, as_at=True)
    organisation = item.place.organisation
    is_staff = may(request.user, Permission.VIEW_RECORD, item.place)
    can_edit = item.at is None and may(request.user, Permission.EDIT_REGISTER, item.place)
    return render(
        request,
        "projects/registers/item.html",
        item.page(
            facts=_facts(item, request.user),
            about=_about(item) if is_staff or item.standing else [],
            history=_history(item, request.user),
            sources=sources_of_rows(filter(None, (item.drafted, item.standing))) if is_staff else [],
            may_import=may(request.user, Permission.IMPORT, top_node(organisation)),
            baselines=_baselines(item) if is_staff else [],
            baseline_url=reverse("baseline", args=item.address)
            if is_staff and hasattr(item.identity, "baselines")
            else "",
            waits_for=_waits_for(item, request.user) if is_staff else [],
            needed_by=_needed_by(item, request.user) if is_staff else [],
            changes=_changes(item, request.user) if is_staff else [],
            is_staff=is_staff,
            can_edit=can_edit and item.series is not None and (item.draft is None or item.draft.is_open),
            closed_draft=item.draft if can_edit and item.draft and not item.draft.is_open else None,
            can_raise_change=item.at is None and may(request.user, Permission.RAISE_CHANGE, item.place),
            audit_url=_audit_url(item) if may(request.user, Permission.VIEW_AUDIT, top_node(organisation)) else "",
        ),
    )


def _audit_url(item):
    """The audit trail, narrowed to rows of this kind at this node."""
    table = ContentType.objects.get_for_model(item.table.model).pk
    return f"{reverse('audit', args=[item.place.organisation.slug])}?node={item.place.pk}&table={table}"


def _facts(item, user):
    """The answers side by side: label, standing words and status, drafted ones, and whether they differ."""
    standing = _answers(item, item.standing, user)
    drafted = _answers(item, item.drafted, user)
    rows = []
    for was, now in zip(standing or drafted, drafted or standing, strict=True):
        if was[1] or now[1]:
            rows.append({"label": was[0], "was": was, "now": now, "is_changed": bool(drafted) and was[1] != now[1]})
    return rows


def _answers(item, row, user):
    if row is None:
        return []
    sees_all = may(user, Permission.VIEW_EXEMPT, item.place)
    withheld = [] if sees_all else [name for name, mark in row.marks.items() if mark.get("kind") in WITHHELD]
    return _form(item, row, report=row.report, previous=None).answers(row, withheld)


def _about(item):
    form = ABOUT_FORMS[item.table.kind](item.identity)
    said = [name for name in form.fields if form.text_of(item.identity, name)]
    return [{"label": form.fields[name].label, "value": form.words_of(item.identity, name)} for name in said]


def _history(item, user):
    """Every report that says something of the thing, newest first, with what it changed."""
    rows = list(_rows_of(item.table, item.identity, user).order_by("report__as_at_on", "report__revision", "pk"))
    sees_all = may(user, Permission.VIEW_EXEMPT, item.place)
    columns = columns_for(item.table, item.place.organisation)
    told, before = [], None
    for row in rows:
        hidden = set() if sees_all else {name for name, mark in row.marks.items() if mark.get("kind") in WITHHELD}
        told.append(
            {
                "row": row,
                "report": row.report,
                "cells": [
                    {
                        "label": column.label,
                        "is_status": column.kind == "status" and column.key not in hidden,
                        "status": getattr(row, column.key) if column.kind == "status" else None,
                        "words": "Not for publication" if column.key in hidden else words_of(row, column.key),
                    }
                    for column in columns
                    if column.kind in ("status", "written", "figure")
                ],
                "comment": "" if "comment" in hidden else getattr(row, "comment", ""),
                "changes": told_changes(before, row) if before and sees_all else [],
            }
        )
        before = row
    return told[::-1]


def _baselines(item):
    """The versions of what the thing is held to; risks and issues have none."""
    if not hasattr(item.identity, "baselines"):
        return []
    versions = item.identity.baselines.select_related("change_request").order_by("-number")
    return [
        {
            "baseline": version,
            "state": version.get_state_display(),
            "start": getattr(version, "start_words", ""),
            "finish": getattr(version, "finish_words", ""),
            "measure": getattr(version, "measure", ""),
        }
        for version in versions
    ]


def _waits_for(item, user):
    """What the newest approved report says a milestone waits for: (words, address); "" where nothing can be opened."""
    if item.table.model is not PlanItemUpdate:
        return []
    told = []
    open_to = _milestones_open_to(item, user)
    for link in item.identity.waits_for.select_related("to_item"):
        if link.to_item is None:
            told.append((f"{link.words} (not among the milestones)", ""))
        elif link.to_item_id == item.identity.pk:
            told.append((f"{link.words} (itself)", ""))
        elif link.to_item_id not in open_to:
            told.append((link.words, ""))
        else:
            told.append((str(link.to_item), _milestone_url(item, link.to_item)))
    return told


def _needed_by(item, user):
    """The other milestones that wait for this one: (words, address)."""
    if item.table.model is not PlanItemUpdate:
        return []
    links = item.identity.needed_by.exclude(from_item=item.identity).select_related("from_item")
    open_to = _milestones_open_to(item, user)
    return [
        (str(link.from_item), _milestone_url(item, link.from_item)) for link in links if link.from_item_id in open_to
    ]


def _milestones_open_to(item, user) -> set[int]:
    """The milestones of the node whose rows the person may see: exempt ones are named to few."""
    rows = PlanItemUpdate.objects.visible_to(user).filter(plan_item__node=item.place)
    return set(rows.values_list("plan_item_id", flat=True))


def _milestone_url(item, other):
    return reverse("register-item", args=[*item.address[:3], other.pk])


def _changes(item, user):
    """Change requests that touched the thing, logged or to its baseline."""
    touched = {"plan_item", "risk", "issue", "benefit"} & {item.table.identity}
    asked = Q()
    for name in touched:
        asked |= Q(pk__in=ChangeTouch.objects.filter(**{name: item.identity}).values("change_request"))
    if hasattr(item.identity, "baselines"):
        asked |= Q(pk__in=item.identity.baselines.exclude(change_request=None).values("change_request"))
    return list(ChangeRequest.objects.visible_to(user).filter(asked, is_archived=False).order_by("-raised_at"))


# ---- edits, through the draft ----


@transaction.atomic
def _open(item: Item, user) -> None:
    """Make sure the draft is there and the thing's row in it at hand. WrongState where no edit is possible."""
    item.draft = draft_to_edit(item.series, by=user, today=today_for(item.place.organisation))
    item.drafted = item.table.model.objects.of(item.draft).filter(**{item.table.identity: item.identity}).first()


def _draft_words(series, draft, today) -> str:
    """What saving does, in a sentence; "" where it cannot be said yet."""
    if draft:
        label = draft.period_label or words_of_day(draft.as_at_on)
        return f"Saved in the draft of the {label} report; the approved report stays as it is."
    period = period_to_edit(series, today)
    if period is None:
        return ""
    return f"No report is open now. Saving opens the draft of the {period.label} report and writes the change there."


def _refused(request, refusal, where):
    messages.error(request, str(refusal))
    return redirect(where)


@needs(Permission.EDIT_REGISTER)
def register_item_edit(request: HttpRequest, org: str, node: str, kind: str, pk: int) -> HttpResponse:
    """Edit what is said of the thing; the change goes into the open draft."""
    item = _item(request, org, node, kind, pk, Permission.EDIT_REGISTER)
    if item.series is None or item.shown is None:
        return _refused(request, f"This {item.table.noun} is in no report that can be edited.", item.url)
    form = _item_form(item, with_choices(request.POST) if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if not form.changed_names():
            messages.info(request, "Nothing was changed, so nothing was saved.")
            return redirect(item.url)
        try:
            if item.drafted is None:
                _open(item, request.user)
                if item.drafted is None:
                    raise WrongState(f"The draft of {item.draft.period_label} does not have this {item.table.noun}.")
                form = _item_form(item, form.data)
            clashes = form.save(by=request.user)
        except (WrongState, ReportIsFrozen) as refusal:
            return _refused(request, refusal, item.url)
        if clashes:
            return conflict_page(
                request,
                [form],
                [(form, name) for name in clashes],
                what=str(item.shown),
                action=reverse("register-item-edit", args=item.address),
                context=item.page(),
            )
        messages.success(request, f"{form.row}: saved in the draft of the {item.draft.period_label} report.")
        return redirect(item.url)
    return render(
        request,
        "projects/registers/edit.html",
        item.page(
            form=form,
            forms=[form],
            heading=str(item.shown),
            caption=f"Edit the {item.table.noun}",
            goes=_draft_words(item.series, item.draft, today_for(item.place.organisation)),
            back=item.url,
            steps=[(str(item.shown), item.url)],
        ),
    )


def _item_form(item, data):
    row = item.shown
    previous = None
    if item.drafted is not None and item.standing is not None:
        previous = item.standing
    report = item.draft if item.drafted is not None else row.report
    return _form(item, row, report=report, previous=previous, data=data)


@needs(Permission.EDIT_REGISTER)
def register_add(request: HttpRequest, org: str, node: str, kind: str) -> HttpResponse:
    """Add a risk, issue, milestone or benefit; it goes into the open draft."""
    place = get_node(request.user, org, node, Permission.EDIT_REGISTER)
    request.organisation = place.organisation
    table = register_named(kind)
    back = reverse("register", args=[org, node, kind])
    series = register_series(place)
    if series is None:
        return _refused(request, f"{place.title} has no series of reports yet. An administrator can start one.", back)
    draft = draft_in_hand(series)
    new = table.identity_model(organisation=place.organisation, node=place)
    item = Item(table, place, new, series, None, draft, None, name="")
    report = draft or series.current or _stand_in(series, place)
    posted = request.POST if request.method == "POST" else None
    row = table.model(organisation=place.organisation, ref=_next_ref(table, series))
    noun = _noun_asked_for(table, request.GET.get("kind", ""))
    if request.method != "POST" and request.GET.get("title"):
        row.title = request.GET["title"][:300]  # what it comes from, such as a resolution
        item.identity.kind = request.GET.get("kind", "")
        row.is_exempt = "exempt" in request.GET
    form = _form(item, row, report=report, previous=None, data=posted)
    about = ABOUT_FORMS[kind](item.identity, data=posted)
    if request.method == "POST" and form.is_valid() and about.is_valid():
        try:
            with transaction.atomic():
                draft = draft_to_edit(series, by=request.user, today=today_for(place.organisation))
                row = form.add(draft, about.values(), by=request.user)
        except (WrongState, ReportIsFrozen) as refusal:
            return _refused(request, refusal, back)
        messages.success(request, f"Added {row} to the draft of the {draft.period_label} report.")
        return redirect("register-item", org, node, kind, getattr(row, f"{table.identity}_id"))
    return render(
        request,
        "projects/registers/edit.html",
        {
            "organisation": place.organisation,
            "node": place,
            "register": table,
            "form": form if form.errors else about,
            "forms": [form, about],
            "row_form": form,
            "about_form": about,
            "heading": f"Add {'an' if noun[0] in 'ai' else 'a'} {noun}",
            "caption": place.title,
            "goes": _draft_words(series, draft, today_for(place.organisation)),
            "back": back,
            "trail": trail_to(place, (table.title, back)),
        },
    )


def _noun_asked_for(table, kind: str) -> str:
    """What is being added: the kind that the address names, such as an action of a resolution, else the table's own."""
    if table.identity_model is not PlanItem:
        return table.noun
    return dict(PlanItemKind.choices).get(kind, table.noun).lower()


def _next_ref(table, series) -> str:
    """One more than the largest number among the references of the series, so that none is used twice."""
    refs = table.model.objects.filter(report__series=series).values_list("ref", flat=True).distinct()
    return str(max((int(ref) for ref in refs if ref.isdecimal()), default=0) + 1)


@needs(Permission.EDIT_REGISTER)
def register_item_about(request: HttpRequest, org: str, node: str, kind: str, pk: int) -> HttpResponse:
    """Edit what the thing is for good (its category, its kind); saved at once."""
    item = _item(request, org, node, kind, pk, Permission.EDIT_REGISTER)
    form = ABOUT_FORMS[kind](item.identity, data=with_choices(request.POST) if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        clashes = form.save(by=request.user)
        if clashes:
            return conflict_page(
                request,
                [form],
                [(form, name) for name in clashes],
                what=str(item.identity),
                action=reverse("register-item-about", args=item.address),
                context=item.page(),
            )
        messages.success(request, f"{item.page()['name']}: saved.")
        return redirect(item.url)
    return render(
        request,
        "projects/registers/about.html",
        item.page(form=form, back=item.url, steps=[(str(item.shown or item.identity), item.url)]),
    )


@needs(Permission.EDIT_REGISTER)
def register_item_remove(request: HttpRequest, org: str, node: str, kind: str, pk: int) -> HttpResponse:
    """Take the thing out of the draft, saying why; it can be put back until the report is approved."""
    item = _item(request, org, node, kind, pk, Permission.EDIT_REGISTER)
    if item.series is None or item.shown is None or item.shown.is_removed:
        return _refused(request, f"This {item.table.noun} is in no report it could be taken out of.", item.url)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    form.fields["reason"].label = "Why is it taken out?"
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                _open(item, request.user)
                if item.drafted is None:
                    raise WrongState(f"The draft of {item.draft.period_label} does not have this {item.table.noun}.")
                remove_row(item.drafted, by=request.user, reason=form.cleaned_data["reason"])
        except (WrongState, ReportIsFrozen) as refusal:
            return _refused(request, refusal, item.url)
        messages.success(request, f"Taken out of the draft of the {item.draft.period_label} report: {item.shown}")
        return redirect(item.url)
    return render(
        request,
        "projects/registers/remove.html",
        item.page(
            form=form,
            goes=_draft_words(item.series, item.draft, today_for(item.place.organisation)),
            back=item.url,
            steps=[(str(item.shown), item.url)],
        ),
    )


@needs(Permission.EDIT_REGISTER)
@require_POST
def register_item_restore(request: HttpRequest, org: str, node: str, kind: str, pk: int) -> HttpResponse:
    """Put back what was taken out of the draft."""
    item = _item(request, org, node, kind, pk, Permission.EDIT_REGISTER)
    if item.drafted is None or not item.drafted.is_removed:
        return _refused(request, f"This {item.table.noun} was not taken out of a draft.", item.url)
    try:
        restore_row(item.drafted, by=request.user)
    except (WrongState, ReportIsFrozen) as refusal:
        return _refused(request, refusal, item.url)
    messages.success(request, f"Put back into the draft: {item.drafted}")
    return redirect(item.url)
