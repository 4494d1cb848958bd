"""Bringing workbooks in: load, look at what it would change, bring it in, take it back; and taking one out."""

import tempfile
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models.fields.json import KT
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from projects.actions.writing import save_changes
from projects.forms.imports import LayoutChoiceForm, PeriodForm, UploadForm
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
    plan_again,
)
from projects.imports.child import ReadingLimitReached
from projects.imports.export import NothingToExport, export_name, export_report, newest_report
from projects.imports.guard import check_file
from projects.imports.needs import make_needed
from projects.imports.plan import plan_workbook
from projects.imports.plan_named import NAMED_KEY
from projects.imports.planned import CONFLICT, CREATE, ROUND_TRIP, UNCHANGED, UPDATE, ImportPlan, joined
from projects.imports.present import grouped, grouped_ignored, rows_to_show, shown_parts, what_will_be_made
from projects.imports.problems import WorkbookRefused
from projects.imports.progress import told
from projects.imports.provenance import sources_of
from projects.imports.tasks import work_on_import
from projects.imports.undo import CannotBeUndone, undo_import, why_not_undone
from projects.imports.wording import layout_named, title_of_layout
from projects.models import Import, Node, Organisation, Post, Report
from projects.permissions import get_node, get_report, get_visible, may, needs, require, top_node
from projects.rules.access import Permission
from projects.views.downloads import as_loaded, as_workbook
from projects.views.workflow import page_of

ROWS_A_PAGE = 50
PLANNED_ROWS_A_PAGE = 200
SOURCES_A_PAGE = 100
WITH_THE_WORKER = (Import.State.READING, Import.State.APPLYING)


def _organisations(user):
    """The councils into which `user` may import."""
    tops = Node.objects.where(user, Permission.IMPORT).filter(kind="organisation")
    return Organisation.objects.filter(pk__in=tops.values("organisation_id"))


def _get_import(user, pk: int) -> Import:
    """The import, for somebody who may import into its council."""
    return get_visible(
        Import.objects.select_related("organisation", "node", "uploaded_by", "period"),
        user,
        Permission.IMPORT,
        node_of=lambda imported: top_node(imported.organisation),
        pk=pk,
    )


def _trail(organisation: Organisation, *more: dict) -> list[dict]:
    return [
        {"label": organisation.name, "url": reverse("home")},
        {"label": "Imports", "url": reverse("imports")},
        *more,
    ]


@needs(Permission.IMPORT)
@require_GET
def import_list(request: HttpRequest) -> HttpResponse:
    """Every workbook loaded into the person's councils, newest first."""
    organisations = list(_organisations(request.user))
    if not organisations:
        raise Http404
    imports = (
        Import.objects.visible_to(request.user)
        .filter(organisation__in=organisations)
        .select_related("organisation", "uploaded_by")
        .annotate(project=KT("plan__whom"), period_words=KT("plan__when"))
        .defer("plan", "choices")
    )
    page = Paginator(imports, ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "shows_councils": len(organisations) > 1,
        "organisations": organisations,
        **_one_council(organisations),
    }
    return render(request, "projects/imports/list.html", context)


def _one_council(organisations: list[Organisation]) -> dict:
    return {"organisation": organisations[0]} if len(organisations) == 1 else {}


@needs(Permission.IMPORT)
def import_new(request: HttpRequest) -> HttpResponse:
    """Load a workbook. A file that is refused is not kept; the form says why."""
    organisations = _organisations(request.user)
    if not organisations:
        raise Http404
    layout_links: list[Organisation] = []
    form = UploadForm(request.POST or None, request.FILES or None, organisations=organisations)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("import", _load(form.cleaned_data, request.user).pk)
        except WorkbookRefused as refused:
            form.add_error("file", refused.sentence)
            layout_links = [form.cleaned_data["organisation"]]
    trail = [{"label": "Imports", "url": reverse("imports")}]
    context = {
        "form": form,
        "trail": trail,
        "layout_links": layout_links,
        "most_kb": settings.IMPORT_BYTES_AT_ONCE // 1000,
        **_one_council(list(organisations)),
    }
    return render(request, "projects/imports/new.html", context, status=422 if form.errors else 200)


def _load(given: dict, user) -> Import:
    """Keep a workbook with its preview; a large one is kept, and read by the worker."""
    uploaded, organisation = given["file"], given["organisation"]
    asked = {"layout": given["layout"], "period": given["period"]}
    with on_disk(uploaded, uploaded.name) as path:
        check_file(path, name=uploaded.name)
        if not is_large_file(uploaded.size):
            try:
                plan = plan_workbook(path, organisation, name=uploaded.name, by=user, **asked)
                return keep_import(path, plan, organisation=organisation, by=user)
            except ReadingLimitReached:
                pass  # the worker has wider limits
        empty = ImportPlan(layout=given["layout"], file_name=uploaded.name)
        kept = keep_import(path, empty, organisation=organisation, by=user, state=Import.State.NOT_READ)
    return ask_to_read(kept, asked, by=user, enqueue=work_on_import.enqueue)


@needs(Permission.IMPORT)
@require_GET
def import_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """What a workbook would change, or did; of one that the worker has in hand, how far it is."""
    imported = _get_import(request.user, pk)
    answer = with_the_worker(request, imported, trail=_trail(imported.organisation), page_name="import", stem="import")
    return answer or _preview(request, imported)


def with_the_worker(
    request: HttpRequest, imported: Import, *, trail: list[dict], page_name: str, stem: str
) -> HttpResponse | None:
    """How far the worker is with a workbook, or why it could not read it; None where there is a preview to show.

    `page_name` is the address of the page, `stem` what the names of its steps begin with.
    """
    page = {
        "imported": imported,
        "organisation": imported.organisation,
        "trail": trail,
        "page_name": page_name,
        "stem": stem,
    }
    if imported.state in WITH_THE_WORKER:
        page["told"] = told(imported.run) or "Waiting for the worker"
        return render(request, f"projects/imports/{'progress' if request.htmx else 'at_work'}.html", page)
    if request.htmx:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "projects/imports/not_read.html", page) if imported.state == Import.State.NOT_READ else None


def _preview(
    request: HttpRequest, imported: Import, *, status: int = 200, said: str = "", form=None, layout_form=None
) -> HttpResponse:
    plan = ImportPlan.from_json(imported.plan)
    is_open = imported.state == Import.State.PREVIEWED
    may_past = may(request.user, Permission.IMPORT_PAST, top_node(imported.organisation))
    needs_more = is_open and plan.needs_past_permission and not may_past
    differing = rows_to_show(plan)
    page = Paginator(differing, PLANNED_ROWS_A_PAGE).get_page(request.GET.get("page"))
    is_paged = page.paginator.num_pages > 1
    kept = {row.key for row in page.object_list}
    shown = shown_parts(plan, only=kept if is_paged else None)
    return render(
        request,
        "projects/imports/preview.html",
        {
            "organisation": imported.organisation,
            "imported": imported,
            "plan": plan,
            "trail": _trail(imported.organisation),
            "facts": _facts(imported, plan),
            "made": what_will_be_made(plan),
            "tiles": _tiles(plan),
            "shown": shown,
            "page": page if is_paged else None,
            "left_out": set(imported.choices.get("left_out", ())) if is_paged or not is_open else (),
            "take": set(imported.choices.get("take", ())) if is_paged or not is_open else (),
            "is_applied": imported.state == Import.State.APPLIED,
            "is_large": is_large_plan(plan),
            "most_values": f"{settings.IMPORT_VALUES_AT_ONCE:,}",
            "values_of_a_report": VALUES_OF_A_REPORT,
            "is_one": len(plan.parts) == 1,
            "posts": Post.objects.filter(organisation=imported.organisation).values_list("title", flat=True),
            "agreeing": [part for part in plan.parts if not part.differs],
            "differing_totals": [one for one in plan.controls if not one.agrees],
            "errors": grouped(plan.errors),
            "warnings": grouped(plan.warnings),
            "conflicts": plan.count(CONFLICT),
            "count": _count(plan, imported) if is_paged or not is_open else plan.to_bring_in,
            "is_open": is_open,
            "can_choose": is_open and not plan.must_mend and not plan.blocked and not needs_more,
            "not_taken": grouped_ignored(plan.ignored),
            "needs_more": needs_more,
            "may_make": may(request.user, Permission.MANAGE_SETTINGS, top_node(imported.organisation)),
            "period_form": form or PeriodForm(initial={"period": plan.parts[0].period_slug if plan.parts else ""}),
            "form": form,
            "layout_form": layout_form or LayoutChoiceForm(organisation=imported.organisation) if is_open else None,
            "also_said": _also_said(imported.organisation, plan),
            "has_named": any(row.made_with.get("key", "").startswith(NAMED_KEY) for row in plan.rows),
            "why_not_undone": why_not_undone(imported) if imported.state == Import.State.APPLIED else "",
            "report": _report_of(request.user, imported, plan),
            "said": said or (imported.problem if is_open else ""),
        },
        status=status,
    )


def _count(plan: ImportPlan, imported: Import) -> int:
    """How many values are brought in as somebody has chosen on the pages of a long preview."""
    left_out, take = set(imported.choices.get("left_out", ())), set(imported.choices.get("take", ()))
    return sum(len(chosen_fields(row, left_out, take)) for row in plan.rows)


def _report_of(user, imported: Import, plan: ImportPlan) -> Report | None:
    """The report that an applied import went into, where it is one."""
    if imported.state != Import.State.APPLIED or len(plan.parts) != 1:
        return None
    part = plan.parts[0]
    made = imported.choices.get("parts", {}).get(part.key, {})
    return Report.objects.visible_to(user).filter(pk=made.get("report") or part.existing_id or 0).first()


def _facts(imported: Import, plan: ImportPlan) -> list[dict]:
    how = plan.parts[0].period_how if plan.parts else ""
    is_new = len(plan.parts) == 1 and plan.parts[0].is_new_node
    return [
        *([{"label": "Of", "value": plan.whom, "note": "New" if is_new else ""}] if plan.whom else []),
        *([{"label": "Period", "value": plan.when, "note": f"Because {how}" if how else ""}] if plan.when else []),
        {"label": "Layout", "value": _layout_words(imported.organisation, plan)},
        {
            "label": "File",
            "value": imported.file_name,
            "url": reverse("import-file", args=[imported.pk]),
            "action": "Download",
        },
        {
            "label": "Loaded",
            "value": f"{imported.uploaded_at:%-d %B %Y}",
            "note": f"by {imported.uploaded_by or 'the command line'}",
        },
        {"label": "State", "value": imported.get_state_display()},
    ]


def _layout_words(organisation: Organisation, plan: ImportPlan) -> str:
    if plan.layout == ROUND_TRIP:
        return "A workbook that was taken out of the portal to work in"
    title = title_of_layout(organisation, plan.layout, plan.layout_version)
    return f"{title}, version {plan.layout_version}" if plan.layout_version else title


def _also_said(organisation: Organisation, plan: ImportPlan) -> str:
    """Which layouts fit a workbook just as well as the one that it is read by; "" where none does."""
    if not plan.also_in:
        return ""
    mine, *others = (f"“{title_of_layout(organisation, name)}”" for name in (plan.layout, *plan.also_in))
    return f"It is read as {mine}, and fits {joined(others)} as well. Choose one below."


def _tiles(plan: ImportPlan) -> list[dict]:
    return [
        {"count": plan.count(CREATE), "label": "new"},
        {"count": plan.count(UPDATE), "label": "changed"},
        {"count": plan.count(UNCHANGED), "label": "as they are"},
        {"count": plan.count(CONFLICT), "label": "to decide"},
    ]


@needs(Permission.IMPORT)
@require_POST
def import_period(request: HttpRequest, pk: int) -> HttpResponse:
    """Preview the workbook again: for another period, or because the record has moved."""
    imported = _get_import(request.user, pk)
    form = PeriodForm(request.POST)
    if imported.state != Import.State.PREVIEWED:
        return _preview(request, imported, status=409, said="This import is settled; load the workbook again.")
    if not form.is_valid():
        return _preview(request, imported, status=422, form=form)
    period = form.cleaned_data["period"]
    try:
        plan = _planned_again(imported, by=request.user, period=period)
    except WorkbookRefused as refused:
        return _preview(request, imported, status=422, said=refused.sentence)
    if plan is None:
        return redirect("import", imported.pk)
    if not plan.parts:
        form.add_error("period", plan.blocked)
        return _preview(request, imported, status=422, form=form)
    replan_import(imported, plan, by=request.user, period=period)
    return redirect("import", imported.pk)


def _planned_again(imported: Import, *, by, **chosen) -> ImportPlan | None:
    """The preview made anew; None where the worker makes it: the file is large, or costs too much to read here."""
    if not is_large_file(imported.file.size):
        try:
            return plan_again(imported, by=by, **chosen)
        except ReadingLimitReached:
            pass
    ask_to_read(imported, chosen, by=by, enqueue=work_on_import.enqueue)
    return None


def _preview_again(request: HttpRequest, imported: Import, **chosen) -> HttpResponse:
    """Put a preview made anew, as somebody chose, in place of the one that is kept."""
    try:
        plan = _planned_again(imported, by=request.user, **chosen)
    except WorkbookRefused as refused:
        return _preview(request, imported, status=422, said=refused.sentence)
    if plan is not None:
        replan_import(imported, plan, by=request.user, period=imported.choices.get("period", ""))
    return redirect("import", imported.pk)


@needs(Permission.IMPORT)
@require_POST
def import_posts(request: HttpRequest, pk: int) -> HttpResponse:
    """Preview the workbook again, with the posts that names of people in it stand for."""
    imported = _get_import(request.user, pk)
    if imported.state != Import.State.PREVIEWED:
        return _preview(request, imported, status=409, said="This import is settled; load the workbook again.")
    given = zip(request.POST.getlist("name"), request.POST.getlist("post"), strict=False)
    posts = {**imported.plan["posts"], **{name: post.strip()[:300] for name, post in given if post.strip()}}
    return _preview_again(request, imported, posts=posts)


@needs(Permission.IMPORT)
@require_POST
def import_choices(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep what is ticked on one page of a long preview, and go to the next."""
    imported = _get_import(request.user, pk)
    if imported.state == Import.State.PREVIEWED:
        save_changes(imported, {"choices": {**imported.choices, **chosen_on_page(request, imported)}}, by=request.user)
    page = request.POST.get("to", "")
    return redirect(f"{reverse('import', args=[pk])}?page={int(page) if page.isdecimal() else 1}")


def chosen_on_page(request: HttpRequest, imported: Import) -> dict[str, list[str]]:
    """What somebody leaves out and decides for the workbook: on this page, and on those that are not shown."""
    rows = rows_to_show(ImportPlan.from_json(imported.plan))
    is_paged = len(rows) > PLANNED_ROWS_A_PAGE
    shown = set(request.POST.getlist("shown")) if is_paged else {row.key for row in rows}
    left_out = set(imported.choices.get("left_out", ())) - shown | shown - set(request.POST.getlist("bring"))
    elsewhere = {one for one in imported.choices.get("take", ()) if one.partition(".")[0] not in shown}
    return {"left_out": sorted(left_out), "take": sorted(elsewhere | decided_for_workbook(request))}


def decided_for_workbook(request: HttpRequest) -> set[str]:
    """The fields that both sides changed of which somebody takes what the workbook says: "row.field"."""
    return {
        name.removeprefix("take-")
        for name, value in request.POST.items()
        if name.startswith("take-") and value == "file"
    }


@needs(Permission.IMPORT)
@require_POST
def import_answers(request: HttpRequest, pk: int) -> HttpResponse:
    """Preview the workbook again, with answers to what is asked once of a file."""
    imported = _get_import(request.user, pk)
    if imported.state != Import.State.PREVIEWED:
        return _preview(request, imported, status=409, said="This import is settled; load the workbook again.")
    answers = dict(imported.plan.get("answers", {}))
    for asked in ImportPlan.from_json(imported.plan).questions:
        answer = request.POST.get(asked.key)
        if answer in [value for value, _ in asked.choices]:
            answers[asked.key] = answer
    return _preview_again(request, imported, answers=answers)


@needs(Permission.IMPORT)
@require_POST
def import_needs(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the template, statuses and calendar that the layout needs, and preview the workbook again."""
    imported = _get_import(request.user, pk)
    require(request.user, Permission.MANAGE_SETTINGS, top_node(imported.organisation))
    if imported.state != Import.State.PREVIEWED or not imported.plan.get("needs"):
        return _preview(request, imported, status=409, said="Nothing is lacking any more; load the workbook again.")
    layout = layout_named(imported.organisation, imported.plan["layout"])
    template = make_needed(imported.organisation, layout, by=request.user)
    messages.success(request, f"The report template {template.name} is made.")
    return _preview_again(request, imported)


@needs(Permission.IMPORT)
@require_POST
def import_layout(request: HttpRequest, pk: int) -> HttpResponse:
    """Preview the workbook again, read by another layout that a person chose."""
    imported = _get_import(request.user, pk)
    form = LayoutChoiceForm(request.POST, organisation=imported.organisation)
    if imported.state != Import.State.PREVIEWED:
        return _preview(request, imported, status=409, said="This import is settled; load the workbook again.")
    if not form.is_valid():
        return _preview(request, imported, status=422, layout_form=form)
    period = imported.choices.get("period", "")
    try:
        plan = _planned_again(imported, by=request.user, layout=form.cleaned_data["layout"])
    except WorkbookRefused as refused:
        form.add_error("layout", refused.sentence)
        return _preview(request, imported, status=422, layout_form=form)
    if plan is not None:
        replan_import(imported, plan, by=request.user, period=period)
    return redirect("import", imported.pk)


@needs(Permission.IMPORT)
@require_POST
def import_apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Bring in what is ticked."""
    imported = _get_import(request.user, pk)
    choices = {
        **chosen_on_page(request, imported),
        "accepts_totals": "accept-totals" in request.POST,
        "leaves_out_refused": "leave-out-refused" in request.POST,
    }
    try:
        if is_large_plan(ImportPlan.from_json(imported.plan)):
            ask_to_apply(imported, choices, by=request.user, enqueue=work_on_import.enqueue)
            return redirect("import", pk)
        apply_import(imported, by=request.user, **choices)
    except RecordHasMoved as moved:
        plan = _planned_again(imported, by=request.user)
        if plan is None:
            return redirect("import", pk)
        replan_import(imported, plan, by=request.user, period=imported.choices.get("period", ""))
        return _preview(request, _get_import(request.user, pk), status=409, said=f"{moved} This is the new preview.")
    except CannotBeApplied as refused:
        return _preview(request, imported, status=422, said=str(refused))
    messages.success(request, f"{imported.file_name} is brought in.")
    return redirect("import", imported.pk)


@needs(Permission.IMPORT)
@require_POST
def import_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop the worker; nothing is changed."""
    cancel(_get_import(request.user, pk))
    return redirect("import", pk)


@needs(Permission.IMPORT)
@require_POST
def import_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Have a workbook read again that was not."""
    imported = _get_import(request.user, pk)
    if imported.state == Import.State.NOT_READ:
        ask_to_read(imported, {}, by=request.user, enqueue=work_on_import.enqueue)
    return redirect("import", pk)


@needs(Permission.IMPORT)
@require_POST
def import_discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a preview away."""
    imported = _get_import(request.user, pk)
    try:
        discard_import(imported, by=request.user)
    except CannotBeApplied as refused:
        return _preview(request, imported, status=409, said=str(refused))
    messages.success(request, f"{imported.file_name} is discarded; nothing was changed.")
    return redirect("imports")


@needs(Permission.IMPORT)
def import_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an import back, after a page that says what goes."""
    imported = _get_import(request.user, pk)
    because = why_not_undone(imported)
    if request.method == "POST" and not because:
        try:
            undo_import(imported, by=request.user)
            messages.success(request, f"The import of {imported.file_name} is undone.")
            return redirect("import", imported.pk)
        except CannotBeUndone as stands:
            because = str(stands)
    plan = ImportPlan.from_json(imported.plan)
    here = {"label": imported.file_name, "url": reverse("import", args=[imported.pk])}
    made = imported.choices.get("parts", {})
    context = {
        "organisation": imported.organisation,
        "imported": imported,
        "plan": plan,
        "because": because,
        "report": _report_of(request.user, imported, plan),
        "opened": [part for part in plan.parts if "report" in made.get(part.key, {})],
        "added": [part for part in plan.parts if "node" in made.get(part.key, {})],
        "trail": _trail(imported.organisation, here),
    }
    return render(request, "projects/imports/undo.html", context, status=409 if because and request.POST else 200)


@needs(Permission.IMPORT)
@require_GET
def import_file(request: HttpRequest, pk: int) -> FileResponse:
    """The workbook as it was loaded; always as a download, never shown by the browser."""
    return as_loaded(_get_import(request.user, pk))


@needs(Permission.VIEW_RECORD)
@require_GET
def report_sources(request: HttpRequest, pk: int) -> HttpResponse:
    """Where the values of a report came from: file, sheet and cell, when and by whom, and which were edited since."""
    report = get_report(request.user, pk, Permission.VIEW_RECORD)
    page = Paginator(sources_of(report), SOURCES_A_PAGE).get_page(request.GET.get("page"))
    may_import = may(request.user, Permission.IMPORT, top_node(report.organisation))
    context = page_of(report, page=page, may_import=may_import)
    return render(request, "projects/imports/sources.html", context)


@needs(Permission.EXPORT)
@require_GET
def export_workbook(request: HttpRequest, org: str, node: str) -> HttpResponse:
    """The project's newest report as a workbook that can be edited and brought in again."""
    found = get_node(request.user, org, node, Permission.EXPORT)
    try:
        report = newest_report(found)
    except NothingToExport as nothing:
        raise Http404(str(nothing)) from nothing
    with tempfile.TemporaryDirectory(prefix="export-") as folder:
        content = export_report(report, Path(folder, "workbook.xlsx")).read_bytes()
    return as_workbook(content, export_name(report))
