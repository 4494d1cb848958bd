"""People who sign in and the roles they hold in one council. An administrator sees nobody else's people."""

from copy import copy

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.core.paginator import Paginator
from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from projects.actions.people import (
    LastAdministrator,
    NotYours,
    RoleRefused,
    answers_for,
    appoint,
    change_person,
    change_role,
    deactivate_person,
    grant_role,
    reactivate_person,
    remove_second_factor,
    reset_password,
    revoke_role,
)
from projects.actions.writing import EditedMeanwhile
from projects.forms.people import NewPersonForm, PeopleFilterForm, PersonForm, RoleDatesForm, RoleForm
from projects.forms.settings import ReasonForm
from projects.models import Grant
from projects.permissions import get_organisation, needs
from projects.rules.access import Permission
from projects.views.settings import chosen, conflict_page, page_of

PEOPLE = Permission.MANAGE_PEOPLE
PEOPLE_A_PAGE = 50


@needs(PEOPLE)
def people_list(request: HttpRequest, org: str) -> HttpResponse:
    """Everybody who holds or held a role in the council, with the roles of today."""
    organisation = get_organisation(request.user, org, PEOPLE)
    filters = PeopleFilterForm(request.GET)
    grants = Grant.objects.filter(organisation=organisation)
    people = _filtered(organisation, filters.cleaned_data if filters.is_valid() else {})
    today = timezone.localdate()
    current = grants.active_on(today).select_related("node", "deputy_for", "board").order_by("node__path", "role")
    people = people.prefetch_related(Prefetch("grants", queryset=current, to_attr="current_roles"))
    context = page_of(
        request,
        organisation,
        "people",
        here=Paginator(people, PEOPLE_A_PAGE).get_page(request.GET.get("page")),
        filters=filters,
        clear_url=reverse("settings-people", args=[org]),
    )
    return render(request, "projects/people/list.html", context)


def _filtered(organisation, asked):
    grants = Grant.objects.filter(organisation=organisation)
    if asked.get("role"):
        grants = grants.active_on(timezone.localdate()).filter(role=asked["role"])
    people = get_user_model().objects.filter(pk__in=grants.values("user"))
    if asked.get("words"):
        people = people.filter(Q(post__icontains=asked["words"]) | Q(email__icontains=asked["words"]))
    if asked.get("state") != "all":
        people = people.filter(is_active=asked.get("state") != "closed")
    return people


@needs(PEOPLE)
@never_cache
def person_add(request: HttpRequest, org: str) -> HttpResponse:
    """A new person with a first role; their one-time password is shown on this page and never again."""
    organisation = get_organisation(request.user, org, PEOPLE)
    form = NewPersonForm(request.POST or None, organisation=organisation)
    if request.method == "POST" and form.is_valid():
        try:
            person, password = appoint(by=request.user, **form.cleaned_data)
        except RoleRefused as refused:
            form.add_error(None, str(refused))
        else:
            if password:
                return _password_page(request, organisation, person, password, f"{person} can sign in")
            messages.success(
                request,
                "There was an account with this address: the role is added, its post and password are as before.",
            )
            return redirect("settings-person", org, person.pk)
    return _form_page(request, organisation, form, "Add a person", "Add")


@needs(PEOPLE)
def person_page(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """A person: post, account and every role they hold or held here."""
    organisation = get_organisation(request.user, org, PEOPLE)
    person = _person(organisation, pk)
    form = PersonForm(chosen(request, PersonForm, person, organisation), instance=copy(person))
    is_ours = answers_for(request.user, person)
    if request.method == "POST" and form.is_valid():
        try:
            change_person(person, by=request.user, organisation=organisation, **form.cleaned_data)
        except NotYours as refused:
            form.add_error(None, str(refused))
        except EditedMeanwhile as clash:
            return conflict_page(request, form, clash, organisation, PersonForm, request.path)
        else:
            messages.success(request, "The post is saved.")
            return redirect("settings-person", org, pk)
    today = timezone.localdate()
    grants = (
        Grant.objects.filter(organisation=organisation, user=person)
        .select_related("node", "board", "deputy_for")
        .order_by("node__path", "role")
    )
    context = page_of(
        request,
        organisation,
        "people",
        [_people_step(organisation)],
        person=person,
        form=form,
        grants=[(grant, _is_over(grant, today)) for grant in grants],
        is_ours=is_ours,
        is_self=person == request.user,
        today=today,
    )
    return render(request, "projects/people/person.html", context)


@needs(PEOPLE)
@never_cache
def person_password(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """A new one-time password, after asking."""
    organisation = get_organisation(request.user, org, PEOPLE)
    person = _person(organisation, pk)
    problem = None
    if request.method == "POST":
        try:
            password = reset_password(person, by=request.user, organisation=organisation)
        except NotYours as refused:
            problem = str(refused)
        else:
            return _password_page(request, organisation, person, password, f"A new password for {person}")
    return _confirm_page(
        request,
        organisation,
        person,
        problem,
        heading=f"Give {person} a new password?",
        warning="The old password stops working and they are signed out everywhere.",
        action="Make a one-time password",
    )


@needs(PEOPLE)
def person_second_factor(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Take away a second factor that was lost, after asking."""
    organisation = get_organisation(request.user, org, PEOPLE)
    person = _person(organisation, pk)
    problem = None
    if request.method == "POST":
        try:
            remove_second_factor(person, by=request.user, organisation=organisation)
        except NotYours as refused:
            problem = str(refused)
        else:
            messages.success(request, f"{person} signs in without a second factor until they set up another.")
            return redirect("settings-person", org, pk)
    return _confirm_page(
        request,
        organisation,
        person,
        problem,
        heading=f"Remove the second factor of {person}?",
        warning="Make sure that it is them who asks.",
        action="Remove the second factor",
    )


@needs(PEOPLE)
def person_close(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Close an account, or open a closed one again."""
    organisation = get_organisation(request.user, org, PEOPLE)
    person = _person(organisation, pk)
    form = ReasonForm(request.POST or None) if person.is_active else None
    problem = None
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            if person.is_active:
                reason = form.cleaned_data["reason"]
                deactivate_person(person, by=request.user, organisation=organisation, reason=reason)
            else:
                reactivate_person(person, by=request.user, organisation=organisation)
        except (NotYours, LastAdministrator) as refused:
            problem = str(refused)
        else:
            messages.success(request, f"The account of {person} is {'open again' if form is None else 'closed'}.")
            return redirect("settings-person", org, pk)
    return _confirm_page(
        request,
        organisation,
        person,
        problem,
        form=form,
        heading=f"Close the account of {person}?" if person.is_active else f"Open the account of {person} again?",
        warning="They can no longer sign in. What they did stays on record." if person.is_active else None,
        action="Close the account" if person.is_active else "Open the account",
    )


@needs(PEOPLE)
def role_add(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """One more role for a person."""
    organisation = get_organisation(request.user, org, PEOPLE)
    person = _person(organisation, pk)
    form = RoleForm(request.POST or None, organisation=organisation)
    if request.method == "POST" and form.is_valid():
        try:
            grant = grant_role(user=person, by=request.user, **form.cleaned_data)
        except RoleRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"{person} is now {grant.get_role_display()} on {grant.node}.")
            return redirect("settings-person", org, pk)
    return _form_page(request, organisation, form, f"Add a role for {person}", "Add the role", person)


@needs(PEOPLE)
def role_change(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """The days on which a role holds."""
    organisation = get_organisation(request.user, org, PEOPLE)
    grant = _grant(organisation, pk)
    person = grant.user
    form = RoleDatesForm(chosen(request, RoleDatesForm, grant, organisation), instance=_grant(organisation, pk))
    if request.method == "POST" and form.is_valid():
        try:
            change_role(grant, by=request.user, **form.cleaned_data)
        except (RoleRefused, LastAdministrator) as refused:
            form.add_error(None, str(refused))
        except EditedMeanwhile as clash:
            return conflict_page(request, form, clash, organisation, RoleDatesForm, request.path)
        else:
            messages.success(request, "The days are saved.")
            return redirect("settings-person", org, person.pk)
    return _form_page(request, organisation, form, f"{grant}: when it holds", "Save", person)


@needs(PEOPLE)
def role_end(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """End a role at once, saying why."""
    organisation = get_organisation(request.user, org, PEOPLE)
    grant = _grant(organisation, pk)
    form = ReasonForm(request.POST or None)
    problem = None
    if request.method == "POST" and form.is_valid():
        try:
            revoke_role(grant, by=request.user, reason=form.cleaned_data["reason"])
        except LastAdministrator as refused:
            problem = str(refused)
        else:
            messages.success(request, f"{grant.user} is no longer {grant.get_role_display()} on {grant.node}.")
            return redirect("settings-person", org, grant.user_id)
    return _confirm_page(
        request,
        organisation,
        grant.user,
        problem,
        form=form,
        heading=f"End this role of {grant.user}?",
        lead=str(grant),
        action="End the role",
    )


def _person(organisation, pk):
    """Somebody who holds or held a role in the council; anybody else does not exist here."""
    held = Grant.objects.filter(organisation=organisation).values("user")
    return get_object_or_404(get_user_model().objects.filter(pk__in=held), pk=pk)


def _grant(organisation, pk):
    return get_object_or_404(
        Grant.objects.select_related("user", "node", "organisation"), organisation=organisation, pk=pk
    )


def _is_over(grant, today):
    return grant.ends_on is not None and grant.ends_on < today


def _people_step(organisation):
    return {"label": "People and roles", "url": reverse("settings-people", args=[organisation.slug])}


def _person_step(organisation, person):
    return {"label": str(person), "url": reverse("settings-person", args=[organisation.slug, person.pk])}


def _trail(organisation, person=None):
    return [_people_step(organisation), *([_person_step(organisation, person)] if person else [])]


def _form_page(request, organisation, form, heading, submit, person=None):
    trail = _trail(organisation, person)
    context = page_of(
        request, organisation, "people", trail, form=form, heading=heading, submit=submit, cancel_url=trail[-1]["url"]
    )
    return render(request, "projects/settings/form.html", context)


def _confirm_page(request, organisation, person, problem, **context):
    trail = _trail(organisation, person)
    context = page_of(request, organisation, "people", trail, problem=problem, cancel_url=trail[-1]["url"], **context)
    return render(request, "projects/settings/confirm.html", context, status=409 if problem else 200)


def _password_page(request, organisation, person, password, heading):
    context = page_of(
        request,
        organisation,
        "people",
        _trail(organisation, person),
        person=person,
        password=password,
        heading=heading,
    )
    return render(request, "projects/people/password.html", context)
