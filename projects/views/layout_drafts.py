"""A layout while it is made: its sheets, blocks and rules in forms, tried on a file at once, saved as a version."""

from copy import deepcopy

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from projects.actions.layouts import LayoutIsTheSame, LayoutNameIsTaken
from projects.actions.writing import EditedMeanwhile
from projects.forms.layouts import BlockForm, FieldFormSet, RuleFormSet, SaveForm, SheetForm, TitleForm, TrialForm
from projects.imports.background import on_disk
from projects.imports.cell_maps import is_cell_map, rules_of, with_rules
from projects.imports.drafts import change_draft, discard_draft, save_draft, try_on, what_is_wrong
from projects.imports.fields_of_record import GROUPS, label_of, record_fields
from projects.imports.layout import LEFT_OUT, LayoutProblem, layout_from_dict, layout_to_dict
from projects.models import LayoutDraft
from projects.permissions import get_visible, needs, top_node
from projects.rules.access import Permission
from projects.views.layouts import own_layouts, trail_of_layouts


def _get_draft(user, pk: int) -> LayoutDraft:
    return get_visible(
        LayoutDraft.objects.select_related("organisation", "started_by"),
        user,
        Permission.IMPORT,
        node_of=lambda draft: top_node(draft.organisation),
        pk=pk,
    )


@needs(Permission.IMPORT)
def layout_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """A layout while it is made: what it is called, its sheets and blocks, and what trying it shows."""
    draft = _get_draft(request.user, pk)
    form = TitleForm.of(draft, request.POST or None)
    sheets = SheetForm.all_of(draft.declaration, request.POST or None)
    if request.method == "POST":
        if form.is_valid() and all(one.is_valid() for one in sheets):
            return _change_parts(request, draft, form, sheets)
        return _draft_page(request, draft, form=form, sheets=sheets, status=422)
    return _draft_page(request, draft)


def _change_parts(request, draft: LayoutDraft, form: TitleForm, sheets: list[SheetForm]) -> HttpResponse:
    """Write the page's boxes, then do what the button says: add or remove a sheet or a block."""
    said = form.changed(deepcopy(draft.declaration))
    said["sheets"] = [one.changed(sheet) for one, sheet in zip(sheets, said.get("sheets", ()), strict=True)]
    what, _, place = request.POST.get("do", "").partition("-at-")
    at = int(place) if place.isdecimal() and int(place) < len(said["sheets"]) else None
    goes_to = reverse("layout-draft", args=[draft.pk])
    if what == "add-sheet":
        keys = {sheet["key"] for sheet in said["sheets"]}
        key = next(f"sheet-{number}" for number in range(1, len(keys) + 2) if f"sheet-{number}" not in keys)
        said["sheets"].append({"key": key, "titles": [], "blocks": []})
        goes_to += f"#sheet-{len(said['sheets'])}"
    elif what == "remove-sheet" and at is not None:
        said["sheets"].pop(at)
    elif what == "add-block" and at is not None:
        keys = {block["key"] for sheet in said["sheets"] for block in sheet.get("blocks", ())}
        key = next(f"block-{number}" for number in range(1, len(keys) + 2) if f"block-{number}" not in keys)
        said["sheets"][at].setdefault("blocks", []).append(
            {"key": key, "kind": "table", "title": "New block", "fields": []}
        )
        goes_to = reverse("layout-block", args=[draft.pk, at, len(said["sheets"][at]["blocks"]) - 1])
    try:
        change_draft(draft, said, version=_version(request), by=request.user)
    except EditedMeanwhile as meanwhile:
        return _draft_page(request, draft, form=form, sheets=sheets, status=409, said=str(meanwhile))
    return redirect(goes_to)


def _version(request) -> int | None:
    words = request.POST.get("version", "")
    return int(words) if words.isdecimal() and len(words) < 10 else None


def _draft_page(
    request,
    draft: LayoutDraft,
    *,
    form=None,
    sheets=None,
    trial_form=None,
    save_form=None,
    status=200,
    said="",
    wrong=None,
) -> HttpResponse:
    parts = draft.declaration.get("sheets", ())
    sheets = sheets or SheetForm.all_of(draft.declaration)
    kinds = {block["kind"] for sheet in parts for block in sheet.get("blocks", ())}
    is_map = kinds == {"cells"}
    rules = rules_of(layout_from_dict(draft.declaration)) if is_map else []
    context = {
        "organisation": draft.organisation,
        "draft": draft,
        "trail": trail_of_layouts(draft.organisation),
        "form": form or TitleForm.of(draft),
        "sheets": list(zip(sheets, parts, strict=False)),
        "is_map": is_map,
        "rules": [(label_of(one.key) if one.key != LEFT_OUT else "Left out: not kept", one.labels) for one in rules],
        "named": sum(len(block.get("cells", ())) for sheet in parts for block in sheet.get("blocks", ())),
        "wrong": wrong if wrong is not None else what_is_wrong(draft.declaration),
        "trial": draft.trial,
        "trial_form": trial_form or TrialForm(),
        "save_form": save_form or SaveForm(),
        "next_number": _next_number(draft),
        "said": said,
    }
    return render(request, "projects/layouts/draft.html", context, status=status)


def _next_number(draft: LayoutDraft) -> int:
    newest = own_layouts(draft.organisation).filter(slug=draft.declaration.get("name", "")).order_by("-number").first()
    return newest.number + 1 if newest else max(1, draft.declaration.get("version", 1))


@needs(Permission.IMPORT)
def layout_block(request: HttpRequest, pk: int, sheet: int, place: int) -> HttpResponse:
    """A block: how it is found, and where each of its headings goes."""
    draft = _get_draft(request.user, pk)
    block = _block_at(draft, sheet, place)
    sent = request.POST or None
    form, fields = BlockForm.of(block, sent), FieldFormSet.of(block, sent)
    said = ""
    if request.method == "POST":
        if request.POST.get("do") == "remove":
            declaration = deepcopy(draft.declaration)
            declaration["sheets"][sheet]["blocks"].pop(place)
            change_draft(draft, declaration, version=_version(request), by=request.user)
            return redirect("layout-draft", pk)
        if form.is_valid() and fields.is_valid():
            declaration = deepcopy(draft.declaration)
            declaration["sheets"][sheet]["blocks"][place] = form.changed(block) | {"fields": fields.changed(block)}
            try:
                change_draft(draft, declaration, version=_version(request), by=request.user)
                if request.POST.get("do") == "more":
                    return redirect("layout-block", pk, sheet, place)
                return redirect(reverse("layout-draft", args=[pk]) + "#trial")
            except EditedMeanwhile as meanwhile:
                said = str(meanwhile)
    context = {
        "organisation": draft.organisation,
        "draft": draft,
        "part": block,  # "block" is a template's own word
        "form": form,
        "fields": fields,
        "said": said,
        "keys": [one["key"] for one in block["fields"] if one.get("key")],
        "known": [(key, f"{GROUPS.get(one.group, '')}: {one.label}") for key, one in record_fields().items()],
        "unplaced": _unplaced(draft),
        "trail": trail_of_layouts(draft.organisation, {"label": str(draft), "url": reverse("layout-draft", args=[pk])}),
    }
    is_wrong = bool(form.errors or fields.total_error_count()) if request.method == "POST" else False
    return render(request, "projects/layouts/block.html", context, status=409 if said else 422 if is_wrong else 200)


def _unplaced(draft: LayoutDraft) -> list[dict]:
    """The headings of the tried file that the draft does not know, each once with the first value below it."""
    first: dict[str, dict] = {}
    for one in draft.trial.get("ignored", ()):
        if one.get("heading"):
            first.setdefault(one["heading"], one)
    return list(first.values())


def _block_at(draft: LayoutDraft, sheet: int, place: int) -> dict:
    try:
        block = draft.declaration["sheets"][sheet]["blocks"][place]
    except (IndexError, KeyError) as error:
        raise Http404 from error
    if block["kind"] == "cells":
        raise Http404
    return block


@needs(Permission.IMPORT)
def layout_map(request: HttpRequest, pk: int) -> HttpResponse:
    """Which names of a cell map go to which fields; all others are kept under their own names."""
    draft = _get_draft(request.user, pk)
    try:
        held = layout_from_dict(draft.declaration)
    except LayoutProblem as problem:
        raise Http404 from problem
    if not is_cell_map(held):
        raise Http404
    initial = [
        {"labels": one.labels, "key": one.key, "type": one.type, "date_rule": one.date_rule} for one in rules_of(held)
    ]
    rules = RuleFormSet(request.POST or None, initial=initial, prefix="r")
    problems: tuple[str, ...] = ()
    said = ""
    if request.method == "POST" and rules.is_valid():
        wanted = [rule for one in rules if one.cleaned_data and (rule := one.rule)]
        try:
            changed = layout_to_dict(with_rules(held, wanted))
            change_draft(draft, changed, version=_version(request), by=request.user)
            return redirect("layout-map" if request.POST.get("do") == "more" else "layout-draft", pk)
        except LayoutProblem as problem:
            problems = problem.sentences
        except EditedMeanwhile as meanwhile:
            said = str(meanwhile)
    context = {
        "organisation": draft.organisation,
        "draft": draft,
        "rules": rules,
        "problems": problems,
        "said": said,
        "sheets": [(sheet.titles[0], [one for block in sheet.blocks for one in block.cells]) for sheet in held.sheets],
        "trail": trail_of_layouts(draft.organisation, {"label": str(draft), "url": reverse("layout-draft", args=[pk])}),
    }
    is_wrong = request.method == "POST" and (problems or rules.total_error_count())
    return render(request, "projects/layouts/map.html", context, status=409 if said else 422 if is_wrong else 200)


@needs(Permission.IMPORT)
@require_POST
def layout_try(request: HttpRequest, pk: int) -> HttpResponse:
    """Try a draft on another file."""
    draft = _get_draft(request.user, pk)
    form = TrialForm(request.POST, request.FILES)
    if not form.is_valid():
        return _draft_page(request, draft, trial_form=form, status=422)
    uploaded = form.cleaned_data["file"]
    with on_disk(uploaded, uploaded.name) as path:
        draft = try_on(draft, path, name=uploaded.name, by=request.user)
    if draft.trial.get("refused"):
        form.add_error("file", draft.trial["refused"])
        return _draft_page(request, draft, trial_form=form, status=422)
    return redirect(reverse("layout-draft", args=[pk]) + "#trial")


@needs(Permission.IMPORT)
@require_POST
def layout_save(request: HttpRequest, pk: int) -> HttpResponse:
    """Save a draft as the next version of its layout; imports are read by it from now on."""
    draft = _get_draft(request.user, pk)
    form = SaveForm(request.POST)

    def refused(said: str = "", wrong: list[str] | None = None) -> HttpResponse:
        return _draft_page(request, draft, save_form=form, status=422, said=said, wrong=wrong)

    if not form.is_valid():
        return refused()
    try:
        version = save_draft(draft, note=form.cleaned_data["note"], by=request.user)
    except LayoutProblem as problem:
        return refused("The layout cannot be saved yet; what is still to do stands below.", list(problem.sentences))
    except (LayoutIsTheSame, LayoutNameIsTaken) as stands:
        return refused(str(stands))
    messages.success(request, f"{version} is saved; workbooks are read by it from now on.")
    return redirect("layout", draft.organisation.slug, version.slug)


@needs(Permission.IMPORT)
@require_POST
def layout_discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a draft away."""
    draft = _get_draft(request.user, pk)
    title = str(draft)
    discard_draft(draft)
    messages.success(request, f"The draft of {title} is discarded.")
    return redirect("layouts", draft.organisation.slug)
