"""Working in a spreadsheet: take a report or a register out as a workbook, and bring back what was changed in it."""

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from projects.actions.writing import save_changes
from projects.clock import today_for
from projects.forms.imports import WorkbookForm
from projects.imports.apply import (
    CannotBeApplied,
    RecordHasMoved,
    apply_import,
    chosen_fields,
    discard_import,
    keep_import,
    replan_import,
)
from projects.imports.background import (
    VALUES_OF_A_REPORT,
    ask_to_apply,
    ask_to_read,
    cancel,
    is_large_file,
    is_large_plan,
    on_disk,
)
from projects.imports.child import ReadingLimitReached
from projects.imports.export import NothingToExport
from projects.imports.guard import check_file
from projects.imports.plan import plan_returned
from projects.imports.planned import CONFLICT, CREATE, ROUND_TRIP, UNCHANGED, UPDATE, ImportPlan
from projects.imports.present import grouped, rows_to_show, shown_parts
from projects.imports.problems import WorkbookRefused
from projects.imports.round_trip.export import workbook_of
from projects.imports.round_trip.scope import Scope, of_node, of_register
from projects.imports.tasks import work_on_import
from projects.imports.undo import CannotBeUndone, undo_import, why_not_undone
from projects.models import Import, Node
from projects.permissions import get_node, needs
from projects.rules.access import Permission
from projects.views.downloads import as_loaded, as_workbook
from projects.views.imports import PLANNED_ROWS_A_PAGE, chosen_on_page, with_the_worker
from projects.views.registers import asked_rows, register_named


def workbook_response(scope: Scope, user) -> HttpResponse:
    """The workbook as a download."""
    return as_workbook(workbook_of(scope, user), scope.name)


def nothing_to_work_in(request: HttpRequest, nothing: NothingToExport, node: Node) -> HttpResponse:
    """Why there is no workbook, on the page that workbooks are taken from."""
    messages.error(request, str(nothing))
    return redirect("spreadsheet", node.organisation.slug, node.slug)


@needs(Permission.EDIT_DRAFT)
def spreadsheet(request: HttpRequest, org: str, node: str) -> HttpResponse:
    """Where a node's report is taken out as a workbook and brought back."""
    place = get_node(request.user, org, node, Permission.EDIT_DRAFT)
    request.organisation = place.organisation
    form = WorkbookForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("spreadsheet-back", _load(form.cleaned_data["file"], place, request.user).pk)
        except WorkbookRefused as refused:
            form.add_error("file", refused.sentence)
    try:
        scope, nothing = of_node(place, request.user), ""
    except NothingToExport as sentence:
        scope, nothing = None, str(sentence)
    mine = Import.objects.filter(layout=ROUND_TRIP, uploaded_by=request.user, node=place).defer("plan", "choices")
    context = {
        "organisation": place.organisation,
        "node": place,
        "form": form,
        "scope": scope,
        "report": scope.reports[0] if scope else None,
        "sheets": [(sheet.title, len(scope.rows[sheet.key])) for sheet in scope.sheets] if scope else [],
        "nothing": nothing,
        "mine": mine[:10],
        "has_projects": Node.objects.filter(parent=place).exists(),
        "trail": _trail(place),
    }
    return render(request, "projects/spreadsheets/work.html", context, status=422 if form.errors else 200)


def _load(given, place: Node, user) -> Import:
    """Keep a workbook that came back, with its preview; a large one is kept, and read by the worker."""
    kept = {"organisation": place.organisation, "by": user, "node": place}
    with on_disk(given, given.name) as path:
        check_file(path, name=given.name)
        if not is_large_file(given.size):
            try:
                return keep_import(path, plan_returned(path, place.organisation, name=given.name, by=user), **kept)
            except ReadingLimitReached:
                pass  # the worker has wider limits
        empty = ImportPlan(layout=ROUND_TRIP, file_name=given.name)
        imported = keep_import(path, empty, state=Import.State.NOT_READ, **kept)
    return ask_to_read(imported, {}, by=user, enqueue=work_on_import.enqueue)


def _trail(place: Node, *more: dict) -> list[dict]:
    return [
        {"label": "Home", "url": reverse("home")},
        {"label": place.title, "url": reverse("node", args=[place.organisation.slug, place.slug])},
        *more,
    ]


@needs(Permission.EDIT_DRAFT)
@require_GET
def spreadsheet_report(request: HttpRequest, org: str, node: str) -> HttpResponse:
    """The node's report as a workbook to work in: the draft in hand, or the approved one that the next begins with."""
    place = get_node(request.user, org, node, Permission.EDIT_DRAFT)
    try:
        return workbook_response(of_node(place, request.user), request.user)
    except NothingToExport as nothing:
        return nothing_to_work_in(request, nothing, place)


@needs(Permission.EDIT_REGISTER)
@require_GET
def spreadsheet_register(request: HttpRequest, org: str, node: str, kind: str) -> HttpResponse:
    """A register as a workbook to work in: the rows that its page lists, under the same filters."""
    place = get_node(request.user, org, node, Permission.EDIT_REGISTER)
    table = register_named(kind)
    rows, listed = asked_rows(request, table, place, today_for(place.organisation))
    try:
        return workbook_response(of_register(place, kind, rows.lines(listed), request.user), request.user)
    except NothingToExport as nothing:
        return nothing_to_work_in(request, nothing, place)


# ---- what came back ----


def _mine(request: HttpRequest, pk: int) -> Import:
    """A workbook that the person brought back, while they may still edit where it came from."""
    own = Import.objects.filter(layout=ROUND_TRIP, uploaded_by=request.user)
    places = Node.objects.visible_to(request.user).where(request.user, Permission.EDIT_DRAFT)
    imported = get_object_or_404(
        own.filter(node__in=places).select_related("organisation", "node", "uploaded_by"), pk=pk
    )
    request.organisation = imported.organisation
    return imported


@needs(None)
@require_GET
def spreadsheet_back(request: HttpRequest, pk: int) -> HttpResponse:
    """What a workbook changes: when it was made, in the portal now, in the workbook."""
    imported = _mine(request, pk)
    trail = _trail(imported.node, _here(imported.node))
    answer = with_the_worker(request, imported, trail=trail, page_name="spreadsheet-back", stem="spreadsheet")
    return answer or _preview(request, imported)


def _here(place: Node) -> dict:
    return {"label": "Work in a spreadsheet", "url": reverse("spreadsheet", args=[place.organisation.slug, place.slug])}


def _preview(request: HttpRequest, imported: Import, *, status: int = 200, said: str = "") -> HttpResponse:
    plan = ImportPlan.from_json(imported.plan)
    is_open = imported.state == Import.State.PREVIEWED
    conflicts = sum(not one.is_fixed for row in plan.rows for one in row.with_action(CONFLICT))
    place = imported.node
    page = Paginator(rows_to_show(plan), PLANNED_ROWS_A_PAGE).get_page(request.GET.get("page"))
    is_paged = page.paginator.num_pages > 1
    left_out = set(imported.choices.get("left_out", ())) if is_paged else set()
    take = set(imported.choices.get("take", ())) if is_paged else set()
    tiles = [
        {"count": plan.count(CREATE) + plan.count(UPDATE), "label": "changed in the workbook"},
        {"count": conflicts, "label": "to decide"},
        {"count": plan.count(UNCHANGED), "label": "as they are"},
    ]
    context = {
        "organisation": imported.organisation,
        "imported": imported,
        "plan": plan,
        "place": place,
        "trail": _trail(place, _here(place)),
        "tiles": tiles,
        "shown": shown_parts(plan, only={row.key for row in page.object_list} if is_paged else None),
        "page": page if is_paged else None,
        "left_out": left_out,
        "take": take,
        "is_large": is_large_plan(plan),
        "most_values": settings.IMPORT_VALUES_AT_ONCE,
        "values_of_a_report": VALUES_OF_A_REPORT,
        "errors": grouped(plan.errors),
        "warnings": grouped(plan.warnings),
        "conflicts": conflicts,
        "count": sum(len(chosen_fields(row, left_out, take)) for row in plan.rows),
        "is_open": is_open,
        "can_choose": is_open and not plan.errors and bool(plan.to_bring_in or conflicts),
        "reports": [part for part in plan.parts if part.existing_id],
        "why_not_undone": why_not_undone(imported) if imported.state == Import.State.APPLIED else "",
        "said": said or (imported.problem if is_open else ""),
    }
    return render(request, "projects/spreadsheets/back.html", context, status=status)


def _plan_again(request: HttpRequest, imported: Import) -> ImportPlan:
    with imported.file.open("rb") as kept, on_disk(kept, imported.file_name) as path:
        return plan_returned(path, imported.organisation, name=imported.file_name, by=request.user)


@needs(None)
@require_POST
def spreadsheet_apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Bring in what is ticked, and of what both sides changed what was decided for the workbook."""
    imported = _mine(request, pk)
    choices = chosen_on_page(request, imported)
    try:
        if is_large_plan(ImportPlan.from_json(imported.plan)):
            ask_to_apply(imported, choices, by=request.user, enqueue=work_on_import.enqueue)
            return redirect("spreadsheet-back", pk)
        apply_import(imported, by=request.user, **choices)
    except RecordHasMoved as moved:
        try:
            plan = _plan_again(request, imported)
        except ReadingLimitReached:
            ask_to_read(imported, {}, by=request.user, enqueue=work_on_import.enqueue)
            return redirect("spreadsheet-back", pk)
        replan_import(imported, plan, by=request.user)
        return _preview(request, _mine(request, pk), status=409, said=f"{moved} This is the new preview.")
    except CannotBeApplied as refused:
        return _preview(request, imported, status=422, said=str(refused))
    messages.success(request, f"{imported.file_name} is brought in.")
    return redirect("spreadsheet-back", imported.pk)


@needs(None)
@require_POST
def spreadsheet_choices(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep what is ticked on one page of a long preview, and go to the next."""
    imported = _mine(request, pk)
    if imported.state == Import.State.PREVIEWED:
        choices = {**imported.choices, **chosen_on_page(request, imported)}
        save_changes(imported, {"choices": choices}, by=request.user)
    page = request.POST.get("to", "")
    return redirect(f"{reverse('spreadsheet-back', args=[pk])}?page={int(page) if page.isdecimal() else 1}")


@needs(None)
@require_POST
def spreadsheet_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop the worker; nothing is changed."""
    cancel(_mine(request, pk))
    return redirect("spreadsheet-back", pk)


@needs(None)
@require_POST
def spreadsheet_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Have a workbook read again that was not."""
    imported = _mine(request, pk)
    if imported.state == Import.State.NOT_READ:
        ask_to_read(imported, {}, by=request.user, enqueue=work_on_import.enqueue)
    return redirect("spreadsheet-back", pk)


@needs(None)
@require_POST
def spreadsheet_discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a preview away; nothing is changed."""
    imported = _mine(request, pk)
    try:
        discard_import(imported, by=request.user)
    except CannotBeApplied as refused:
        return _preview(request, imported, status=409, said=str(refused))
    messages.success(request, f"{imported.file_name} is discarded; nothing was changed.")
    return redirect("spreadsheet", imported.organisation.slug, imported.node.slug)


@needs(None)
@require_POST
def spreadsheet_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Put back what stood before the workbook was brought in, while nothing newer stands on it."""
    imported = _mine(request, pk)
    try:
        undo_import(imported, by=request.user)
    except CannotBeUndone as stands:
        return _preview(request, imported, status=409, said=str(stands))
    messages.success(request, f"What {imported.file_name} changed is put back.")
    return redirect("spreadsheet-back", imported.pk)


@needs(None)
@require_GET
def spreadsheet_file(request: HttpRequest, pk: int) -> FileResponse:
    """The workbook as it was brought back; always as a download."""
    return as_loaded(_mine(request, pk))
