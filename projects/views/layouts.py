"""Layouts of workbooks that there are: looked at, begun, kept in versions, sent as files."""

from pathlib import Path

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from projects.actions.layouts import LayoutIsTheSame, archive_layout, restore_layout, save_layout
from projects.forms.layouts import StartForm
from projects.imports.background import on_disk
from projects.imports.cell_maps import is_cell_map, read_cell_map, write_cell_map
from projects.imports.differences import differences
from projects.imports.drafts import begin_draft, blank_declaration, try_on
from projects.imports.fields_of_record import label_of
from projects.imports.guess import guess_declaration, slug_of
from projects.imports.layout import LEFT_OUT, Layout, LayoutProblem, built_in_layouts, layout_from_dict, layout_to_dict
from projects.imports.layout_files import read_layout_file, write_layout_file
from projects.imports.problems import WorkbookRefused
from projects.models import ImportLayout, LayoutDraft, Organisation
from projects.permissions import get_organisation, needs
from projects.rules.access import Permission


def own_layouts(organisation: Organisation):
    """Every version of the council's own layouts."""
    return ImportLayout.objects.filter(organisation=organisation).select_related("saved_by")


def trail_of_layouts(organisation: Organisation, *more: dict) -> list[dict]:
    """The way to a page about layouts; `more` are the steps below the list of them."""
    return [
        {"label": organisation.name, "url": reverse("home")},
        {"label": "Imports", "url": reverse("imports")},
        {"label": "Layouts", "url": reverse("layouts", args=[organisation.slug])},
        *more,
    ]


def _built_in(name: str) -> Layout | None:
    return next((one for one in built_in_layouts() if one.name == name), None)


# Layouts there are ---------------------------------------------------------------------------------------------------


@needs(Permission.IMPORT)
@require_GET
def layout_list(request: HttpRequest, org: str) -> HttpResponse:
    """The council's own layouts, those that are being made, and the built-in ones."""
    organisation = get_organisation(request.user, org, Permission.IMPORT)
    newest = list(own_layouts(organisation).newest().defer("declaration"))
    names = {one.slug for one in newest if not one.is_archived}
    context = {
        "organisation": organisation,
        "trail": trail_of_layouts(organisation)[:-1],
        "own": [one for one in newest if not one.is_archived],
        "archived": [one for one in newest if one.is_archived],
        "drafts": LayoutDraft.objects.filter(organisation=organisation).select_related("started_by").defer("trial"),
        "built_in": [(one, one.name in names) for one in built_in_layouts()],
    }
    return render(request, "projects/layouts/list.html", context)


def _versions(organisation: Organisation, name: str) -> tuple[list[ImportLayout], Layout | None]:
    """The versions of the council's own layout of a name, newest first, and the built-in one of that name."""
    own = list(own_layouts(organisation).filter(slug=name).order_by("-number").defer("declaration"))
    built_in = _built_in(name)
    if not own and built_in is None:
        raise Http404
    return own, built_in


def _declaration_of(organisation: Organisation, name: str, number: int) -> dict:
    own = own_layouts(organisation).filter(slug=name, number=number).first()
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
        "trail": trail_of_layouts(organisation),
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
    newest = {one.slug: one.declaration for one in own_layouts(organisation).newest().filter(is_archived=False)}
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
    context = {
        "organisation": organisation,
        "form": form,
        "problems": problems,
        "trail": trail_of_layouts(organisation),
    }
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
    return name if own_layouts(organisation).filter(slug=name).exists() else ""
