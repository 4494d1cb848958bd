"""The dependency map and the forward plan of a scrutiny committee: drawn as their documents, kept in the browser."""

from collections.abc import Iterable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from projects.actions.dependencies import DependencyIsMapped, DependsOnItself, map_dependency, unmap_dependency
from projects.actions.forward_plan import ask_query, begin_plan, validate_lines
from projects.clock import today_for
from projects.forms.plans import Choice, DependencyForm, PlanForm, QueryForm, ValidationForm
from projects.models import Dependency, ForwardPlan, ForwardPlanQuery, Node, PlanItemUpdate
from projects.permissions import get_node, may, needs, require, top_node
from projects.rules.access import Permission
from projects.views.conflicts import conflict_page, with_choices
from reporting.documents.catalogue import DEPENDENCIES, SCRUTINY_PLAN
from reporting.documents.catalogue.dependencies import built_dependencies
from reporting.documents.catalogue.scrutiny_plan import built_scrutiny_plan
from reporting.plan_ahead import is_done, items_of, lines_of, links_of, plan_of, view_of
from reporting.views.nodes import trail_to

MOST_OFFERED = 400  # items in a box; more are found by their words


def _trail(user, node: Node, *more: tuple[str, str]) -> list[dict]:
    trail = trail_to(user, node)
    own = {"label": node.title, "url": reverse("node", args=[node.organisation.slug, node.slug])}
    return [*trail, own, *({"label": label, "url": url} for label, url in more)]


def _files(name: str, node: Node) -> list[dict]:
    base = reverse("document", args=[name, node.organisation.slug, node.slug])
    return [
        {"label": "Download as PDF", "url": f"{base}?format=pdf"},
        {"label": "Download the tables (XLSX)", "url": f"{base}?format=xlsx"},
    ]


def _staff_view(user, node: Node):
    return view_of(node, published=False, sees_exempt=may(user, Permission.VIEW_EXEMPT, node))


# ---- dependencies ----


@needs(Permission.VIEW_RECORD)
def dependencies(request: HttpRequest, org: str, node: str) -> HttpResponse:
    """The map with a box for one more and, of each that the person may change, the way to take it off."""
    place = get_node(request.user, org, node, Permission.VIEW_RECORD)
    request.organisation = place.organisation
    view = _staff_view(request.user, place)
    can_edit = may(request.user, Permission.EDIT_REGISTER, place)
    form, is_cut = _dependency_form(request, place, view) if can_edit or request.method == "POST" else (None, False)
    if request.method == "POST":
        require(request.user, Permission.EDIT_REGISTER, place)
        if form.is_valid():
            item, needed, words = form.chosen
            require(request.user, Permission.EDIT_REGISTER, item.node)
            try:
                map_dependency(item, needed, words, comment=form.cleaned_data["comment"], by=request.user)
            except (DependencyIsMapped, DependsOnItself) as refusal:
                form.add_error("needed", str(refusal))
            else:
                messages.success(request, f"On the map: {item} waits for {needed or words}.")
                return redirect("dependencies", org, place.slug)
    return render(
        request,
        "reporting/plans/dependencies.html",
        {
            "node": place,
            "organisation": place.organisation,
            "trail": _trail(request.user, place),
            "built": built_dependencies(place, published=False, sees_exempt=view.sees_exempt),
            "medium": "page",
            "downloads": _files(DEPENDENCIES.name, place) if may(request.user, Permission.EXPORT, place) else [],
            "form": form,
            "find": request.GET.get("find", ""),
            "is_cut": is_cut,
            "most": MOST_OFFERED,
            "links": links_of(view) if can_edit else [],
        },
        status=422 if form and form.errors else 200,
    )


def _dependency_form(request, place: Node, view) -> tuple[DependencyForm, bool]:
    """The form, offering open items at and beneath the node as what waits, and any of the council as what is needed.

    Also whether more were found than are offered.
    """
    words = request.GET.get("find", "").strip().casefold()
    rows = items_of(view, top_node(place.organisation))
    if words:
        rows = [row for row in rows if words in f"{row.ref} {row.title}".casefold()]
    own = [row for row in rows if row.report.node.path.startswith(place.path) and not is_done(row)]
    items = {str(row.plan_item_id): row.plan_item for row in rows}
    form = DependencyForm(items, _choices(own), _choices(rows), data=request.POST if request.method == "POST" else None)
    return form, len(rows) > MOST_OFFERED


def _choices(rows: Iterable[PlanItemUpdate]) -> list[Choice]:
    grouped: dict[str, list] = {}
    for row in list(rows)[:MOST_OFFERED]:
        words = f"{row.ref} {row.title}".strip()
        grouped.setdefault(row.report.title, []).append((str(row.plan_item_id), words[:120]))
    return list(grouped.items())


@needs(Permission.EDIT_REGISTER)
def dependency_remove(request: HttpRequest, org: str, node: str, pk: int) -> HttpResponse:
    """Take a dependency off the map, once it is confirmed."""
    place = get_node(request.user, org, node, Permission.EDIT_REGISTER)
    request.organisation = place.organisation
    beneath = Node.objects.beneath(place)
    mapped = get_object_or_404(
        Dependency.objects.select_related("from_item__node", "to_item"),
        pk=pk,
        is_mapped=True,
        from_item__node__in=beneath,
    )
    back = reverse("dependencies", args=[org, place.slug])
    if request.method == "POST":
        unmap_dependency(mapped, by=request.user)
        messages.success(request, "The dependency is off the map.")
        return redirect(back)
    return render(
        request,
        "reporting/plans/remove.html",
        {
            "organisation": place.organisation,
            "trail": _trail(request.user, place, (DEPENDENCIES.title, back)),
            "caption": place.title,
            "mapped": mapped,
            "back": back,
        },
    )


# ---- the forward plan of a scrutiny committee ----


@needs(Permission.VIEW_PUBLISHED)
def scrutiny_plan(request: HttpRequest, org: str, node: str) -> HttpResponse:
    """The forward plan as everybody who may reads it, and what its keepers can do with it."""
    place = get_node(request.user, org, node, Permission.VIEW_PUBLISHED)
    request.organisation = place.organisation
    plan = plan_of(place)
    can_edit = may(request.user, Permission.EDIT_COMMITTEE_REPORT, plan.node if plan else place)
    built = None
    if plan:
        built = built_scrutiny_plan(
            place,
            published=not may(request.user, Permission.VIEW_RECORD, place),
            sees_exempt=may(request.user, Permission.VIEW_EXEMPT, place),
        )
    is_staff = may(request.user, Permission.VIEW_RECORD, place)
    may_download = not is_staff or may(request.user, Permission.EXPORT, place)
    return render(
        request,
        "reporting/plans/scrutiny_plan.html",
        {
            "node": place,
            "organisation": place.organisation,
            "trail": _trail(request.user, place),
            "plan": plan,
            "queries": plan.queries.select_related("node") if plan and can_edit else [],
            "built": built,
            "medium": "page",
            "downloads": _files(SCRUTINY_PLAN.name, place) if plan and may_download else [],
            "can_edit": can_edit,
        },
    )


def _plan(request, org, node) -> tuple[Node, ForwardPlan]:
    """The node and its forward plan, for those who keep it."""
    place = get_node(request.user, org, node, Permission.EDIT_COMMITTEE_REPORT)
    request.organisation = place.organisation
    plan = plan_of(place)
    if plan is None:
        raise Http404("No forward plan is kept here yet.")
    require(request.user, Permission.EDIT_COMMITTEE_REPORT, plan.node)
    return place, plan


def _step(request, place: Node, heading: str, form, **more) -> HttpResponse:
    back = reverse("scrutiny-plan", args=[place.organisation.slug, place.slug])
    return render(
        request,
        "reporting/plans/step.html",
        {
            "organisation": place.organisation,
            "trail": _trail(request.user, place, (SCRUTINY_PLAN.title, back)),
            "caption": place.title,
            "heading": heading,
            "form": form,
            "back": back,
            **more,
        },
        status=422 if form.errors else 200,
    )


def _saved(request, place: Node, form, what: str, said: str) -> HttpResponse:
    """Save a form of a row that two people may change; the choice between both texts where they did."""
    if clashes := form.save(by=request.user):
        return conflict_page(
            request,
            [form],
            [(form, name) for name in clashes],
            what=what,
            action=request.path,
            context={"organisation": place.organisation},
        )
    messages.success(request, said)
    return redirect("scrutiny-plan", place.organisation.slug, place.slug)


@needs(Permission.EDIT_COMMITTEE_REPORT)
def scrutiny_plan_edit(request: HttpRequest, org: str, node: str) -> HttpResponse:
    """Begin the forward plan, or change its committee, its tranche and what it says of itself."""
    place = get_node(request.user, org, node, Permission.EDIT_COMMITTEE_REPORT)
    request.organisation = place.organisation
    plan = plan_of(place)
    if plan:
        require(request.user, Permission.EDIT_COMMITTEE_REPORT, plan.node)
    row = plan or ForwardPlan(organisation=place.organisation, node=place)
    form = PlanForm(row, data=with_choices(request.POST) if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _step(request, place, "Change the forward plan" if plan else "Begin a forward plan", form)
    if plan:
        return _saved(request, place, form, str(plan), "The forward plan is saved.")
    answers = form.cleaned_data
    begin_plan(
        place,
        answers["board_id"],
        tranche=answers["tranche_id"],
        key_points=answers["key_points"],
        ask=answers["ask"],
        by=request.user,
    )
    messages.success(request, "The forward plan is begun.")
    return redirect("scrutiny-plan", org, place.slug)


@needs(Permission.EDIT_COMMITTEE_REPORT)
def scrutiny_plan_validate(request: HttpRequest, org: str, node: str) -> HttpResponse:
    """Tick the lines whose dates somebody validated, and say who and when."""
    place, plan = _plan(request, org, node)
    lines = lines_of(plan, _staff_view(request.user, plan.node))
    form = ValidationForm(lines, data=request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        number = validate_lines(
            plan,
            form.chosen,
            validator=said["validator"],
            validated_by=said["validated_by"],
            validated_on=said["validated_on"],
            by=request.user,
        )
        messages.success(request, f"{number} line{'' if number == 1 else 's'} validated by {said['validated_by']}.")
        return redirect("scrutiny-plan", org, place.slug)
    ticked = set(request.POST.getlist("items"))
    return _step(
        request,
        place,
        "Record a validation",
        form,
        template_lines=[(line, str(line.row.plan_item_id) in ticked) for line in lines],
    )


@needs(Permission.EDIT_COMMITTEE_REPORT)
def scrutiny_query_add(request: HttpRequest, org: str, node: str) -> HttpResponse:
    """A query about a part of the plan."""
    place, plan = _plan(request, org, node)
    row = ForwardPlanQuery(organisation=place.organisation, plan=plan, raised_on=today_for(place.organisation))
    form = QueryForm(row, data=request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _step(request, place, "Add a query", form)
    said = form.cleaned_data
    about = get_object_or_404(Node.objects.beneath(plan.node), pk=said["node_id"])
    ask_query(
        plan,
        about,
        said["text"],
        raised_on=said["raised_on"],
        settled_on=said["settled_on"],
        answer=said["answer"],
        by=request.user,
    )
    messages.success(request, "The query is listed.")
    return redirect("scrutiny-plan", org, place.slug)


@needs(Permission.EDIT_COMMITTEE_REPORT)
def scrutiny_query(request: HttpRequest, org: str, node: str, pk: int) -> HttpResponse:
    """Change a query, or settle it."""
    place, plan = _plan(request, org, node)
    row = get_object_or_404(ForwardPlanQuery.objects.select_related("plan__node"), plan=plan, pk=pk)
    form = QueryForm(row, data=with_choices(request.POST) if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _step(request, place, "Change or settle a query", form)
    return _saved(request, place, form, row.text, "The query is saved.")
