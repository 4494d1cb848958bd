"""Layouts of workbooks: looked at, made and changed by forms, tried at once, kept in versions, sent as files."""

from copy import deepcopy
from pathlib import Path

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from projects.actions.layouts import LayoutIsTheSame, LayoutNameIsTaken, archive_layout, restore_layout, save_layout
from projects.actions.writing import EditedMeanwhile
from projects.forms.layouts import (
    BlockForm,
    FieldFormSet,
    RuleFormSet,
    SaveForm,
    SheetForm,
    StartForm,
    TitleForm,
    TrialForm,
)
from projects.imports.background import on_disk
from projects.imports.cell_maps import is_cell_map, read_cell_map, rules_of, with_rules, write_cell_map
from projects.imports.differences import differences
from projects.imports.drafts import (
    begin_draft,
    blank_declaration,
    change_draft,
    discard_draft,
    save_draft,
    try_on,
    what_is_wrong,
)
from projects.imports.fields_of_record import GROUPS, label_of, record_fields
from projects.imports.guess import guess_declaration, slug_of
from projects.imports.layout import LEFT_OUT, Layout, LayoutProblem, built_in_layouts, layout_from_dict, layout_to_dict
from projects.imports.layout_files import read_layout_file, write_layout_file
from projects.imports.problems import WorkbookRefused
from projects.models import ImportLayout, LayoutDraft, Organisation
from projects.permissions import get_organisation, get_visible, needs, top_node
from projects.rules.access import Permission


def _own(organisation: Organisation):
    return ImportLayout.objects.filter(organisation=organisation).select_related("saved_by")


def _trail(organisation: Organisation, *more: dict) -> list[dict]:
    return [
        {"label": organisation.name, "url": reverse("home")},
        {"label": "Imports", "url": reverse("imports")},
        {"label": "Layouts", "url": reverse("layouts", args=[organisation.slug])},
        *more,
    ]


def _built_in(name: str) -> Layout | None:
    return next((one for one in built_in_layouts() if one.name == name), None)


def _get_draft(user, pk: int) -> LayoutDraft:
    return get_visible(
        LayoutDraft.objects.select_related("organisation", "started_by"),
        user,
        Permission.IMPORT,
        node_of=lambda draft: top_node(draft.organisation),
        pk=pk,
    )


# Layouts there are ---------------------------------------------------------------------------------------------------


@needs(Permission.IMPORT)
@require_GET
def layout_list(request: HttpRequest, org: str) -> HttpResponse:
    """The council's own layouts, those that are being made, and the built-in ones."""
    organisation = get_organisation(request.user, org, Permission.IMPORT)
    newest = list(_own(organisation).newest().defer("declaration"))
    names = {one.slug for one in newest if not one.is_archived}
    context = {
        "organisation": organisation,
        "trail": _trail(organisation)[:-1],
        "own": [one for one in newest if not one.is_archived],
        "archived": [one for one in newest if one.is_archived],
        "drafts": LayoutDraft.objects.filter(organisation=organisation).select_related("started_by").defer("trial"),
        "built_in": [(one, one.name in names) for one in built_in_layouts()],
    }
    return render(request, "projects/layouts/list.html", context)


def _versions(organisation: Organisation, name: str) -> tuple[list[ImportLayout], Layout | None]:
    """The versions of the council's own layout of a name, newest first, and the built-in one of that name."""
    own = list(_own(organisation).filter(slug=name).order_by("-number").defer("declaration"))
    built_in = _built_in(name)
    if not own and built_in is None:
        raise Http404
    return own, built_in


def _declaration_of(organisation: Organisation, name: str, number: int) -> dict:
    own = _own(organisation).filter(slug=name, number=number).first()
    if own is not None:
        return own.declaration
    built_in = _built_in(name)
    if built_in is None or built_in.version != number:
        raise Http404
    return layout_to_dict(built_in)


@needs(Permission.IMPORT)
@require_GET
def layout(request: HttpRequest, org: str, name: str) -> HttpResponse:
    """What a layout looks for, its versions, and how one of them differs from another."""
    organisation = get_organisation(request.user, org, Permission.IMPORT)
    own, built_in = _versions(organisation, name)
    numbers = [one.number for one in own] or [built_in.version]
    number = _number_asked(request.GET.get("version"), numbers, numbers[0])
    shown = layout_from_dict(_declaration_of(organisation, name, number))
    before = _number_asked(request.GET.get("before"), [one for one in numbers if one != number], None)
    context = {
        "organisation": organisation,
        "trail": _trail(organisation),
        "name": name,
        "shown": shown,
        "number": number,
        "is_newest": number == numbers[0],
        "newest": own[0] if own else None,
        "versions": own,
        "built_in": built_in,
        "is_map": is_cell_map(shown),
        "sheets": _described(shown),
        "before": before,
        "differences": differences(_declaration_of(organisation, name, before), layout_to_dict(shown))
        if before
        else [],
    }
    return render(request, "projects/layouts/layout.html", context)


def _number_asked(words: str | None, numbers: list[int], otherwise: int | None) -> int | None:
    asked = int(words) if words and words.isdecimal() and len(words) < 7 else None
    if words and asked not in numbers:
        raise Http404
    return asked or otherwise


def _described(shown: Layout) -> list[dict]:
    """The sheets of a layout with their blocks, and the fields of each in words."""
    return [
        {
            "title": " or ".join(sheet.titles) or "Any sheet that has these headings",
            "aside": sheet.aside,
            "blocks": [
                {
                    "block": block,
                    "fields": [(label_of(one.key) if one.key != LEFT_OUT else "Left out", one) for one in block.fields],
                    "named": len(block.cells),
                }
                for block in sheet.blocks
            ],
        }
        for sheet in shown.sheets
    ]


@needs(Permission.IMPORT)
@require_GET
def layout_file(request: HttpRequest, org: str, name: str, number: int) -> HttpResponse:
    """A version as a file that any portal takes; a cell map also as the .csv that it came as."""
    organisation = get_organisation(request.user, org, Permission.IMPORT)
    version = layout_from_dict(_declaration_of(organisation, name, number))
    as_map = request.GET.get("as") == "map"
    if as_map and not is_cell_map(version):
        raise Http404
    content, ending, kind = (
        (write_cell_map(version), "csv", "text/csv; charset=utf-8")
        if as_map
        else (write_layout_file(version), "json", "application/json")
    )
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{version.name}-{version.version}.{ending}"'
    return response


@needs(Permission.IMPORT)
@require_POST
def layout_archive(request: HttpRequest, org: str, name: str) -> HttpResponse:
    """Take a layout out of use, or into use again; its versions and what was read by them stay."""
    organisation = get_organisation(request.user, org, Permission.IMPORT)
    own, _ = _versions(organisation, name)
    if not own:
        raise Http404
    if request.POST.get("do") == "restore":
        restore_layout(own[0], by=request.user)
        messages.success(request, f"{own[0].name} is in use again.")
    else:
        archive_layout(own[0], by=request.user)
        messages.success(request, f"{own[0].name} is archived; workbooks are no longer read by it.")
    return redirect("layouts", org)


@needs(Permission.IMPORT)
@require_POST
def layout_version(request: HttpRequest, org: str, name: str, number: int) -> HttpResponse:
    """Make an earlier version the newest: what it says becomes a version of its own."""
    organisation = get_organisation(request.user, org, Permission.IMPORT)
    declaration = _declaration_of(organisation, name, number)
    try:
        made = save_layout(organisation, declaration, note=f"As version {number} had it", by=request.user)
        messages.success(request, f"{made} says what version {number} said.")
    except LayoutIsTheSame as same:
        messages.success(request, str(same))
    return redirect("layout", org, name)


@needs(Permission.IMPORT)
@require_POST
def layout_change(request: HttpRequest, org: str, name: str) -> HttpResponse:
    """Begin the next version of a layout; of a built-in one the council's first."""
    organisation = get_organisation(request.user, org, Permission.IMPORT)
    own, built_in = _versions(organisation, name)
    declaration = own[0].declaration if own else layout_to_dict(built_in)
    draft = begin_draft(organisation, declaration, slug=name, by=request.user)
    return redirect("layout-draft", draft.pk)


# Making one ----------------------------------------------------------------------------------------------------------


@needs(Permission.IMPORT)
def layout_new(request: HttpRequest, org: str) -> HttpResponse:
    """Begin a layout: from a file's headings, a copy, a layout file or cell map, or nothing."""
    organisation = get_organisation(request.user, org, Permission.IMPORT)
    newest = {one.slug: one.declaration for one in _own(organisation).newest().filter(is_archived=False)}
    layouts = {one.name: one for one in built_in_layouts()}
    layouts.update({name: layout_from_dict(said) for name, said in newest.items()})
    form = StartForm(
        request.POST or None,
        request.FILES or None,
        layouts=list(layouts.values()),
        initial={"start": request.GET.get("start", "headings")},
    )
    problems: tuple[str, ...] = ()
    if request.method == "POST" and form.is_valid():
        try:
            draft = _begin(form.cleaned_data, organisation, layouts, by=request.user)
            return redirect("layout-draft", draft.pk)
        except WorkbookRefused as refused:
            form.add_error("file", refused.sentence)
        except LayoutProblem as problem:
            form.add_error("file", "The file cannot be taken as a layout; what is wrong stands below.")
            problems = problem.sentences
    context = {"organisation": organisation, "form": form, "problems": problems, "trail": _trail(organisation)}
    return render(request, "projects/layouts/new.html", context, status=422 if form.errors else 200)


def _begin(given: dict, organisation: Organisation, layouts: dict[str, Layout], *, by) -> LayoutDraft:
    title, uploaded = given["title"], given["file"]
    if given["start"] == StartForm.FILE:
        content = uploaded.read()
        if uploaded.name.lower().endswith(".json"):
            brought = read_layout_file(content)
        else:
            brought = read_cell_map(
                content, title=title or Path(uploaded.name).stem.replace("-", " ").capitalize()[:120]
            )
        return begin_draft(organisation, layout_to_dict(brought), slug=_taken(organisation, brought.name), by=by)
    if given["start"] == StartForm.BLANK:
        return begin_draft(organisation, blank_declaration(title, slug_of(title)), by=by)
    if given["start"] == "copy":
        source = layouts[given["source"]]
        title = title or f"{source.title}, copied"[:120]
        said = {
            **layout_to_dict(source),
            "name": slug_of(title),
            "title": title,
            "documents": list(source.fills),
            "version": 1,
        }
    else:
        with on_disk(uploaded, uploaded.name) as path:
            said = guess_declaration(path, name=uploaded.name, title=title)
    draft = begin_draft(organisation, said, by=by)
    if uploaded:
        with on_disk(uploaded, uploaded.name) as path:
            draft = try_on(draft, path, name=uploaded.name, by=by)
    return draft


def _taken(organisation: Organisation, name: str) -> str:
    """The name where the council has a layout of it, whose next version a file becomes; else ""."""
    return name if _own(organisation).filter(slug=name).exists() else ""


# A draft -------------------------------------------------------------------------------------------------------------


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
        "trail": _trail(draft.organisation),
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
    newest = _own(draft.organisation).filter(slug=draft.declaration.get("name", "")).order_by("-number").first()
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
        "trail": _trail(draft.organisation, {"label": str(draft), "url": reverse("layout-draft", args=[pk])}),
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
        "trail": _trail(draft.organisation, {"label": str(draft), "url": reverse("layout-draft", args=[pk])}),
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
