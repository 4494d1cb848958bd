"""People who sign in, and the roles they hold on nodes.

A person belongs to a council only through their roles there, so one person can work for two.
An administrator may close an account or set its password only if they answer for every role
it holds: anything else would be a way into another council's records.
"""

import secrets
from datetime import timedelta

from allauth.mfa.models import Authenticator
from axes.utils import reset as lift_lock_out
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from projects.actions.writing import all_or_nothing, refuse_if_moved, save_changes, save_new
from projects.audit import acting, record
from projects.models import Board, Grant, Node, Organisation
from projects.models.people import ROLE_LABELS, granted_paths
from projects.rules.access import Permission, Role
from projects.rules.tree import is_within

PASSWORD_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # noqa: S105 none that is taken for another


class PersonExists(Exception):
    """There is an account with this address already; `user` is it."""

    def __init__(self, user):
        super().__init__("There is an account with this address already.")
        self.user = user


class LastAdministrator(Exception):
    """The council would be left with nobody who can administer it."""


class NotYours(Exception):
    """The person holds roles that this administrator does not answer for, or is the administrator."""


class RoleRefused(Exception):
    """The role cannot be granted like this; the message says why."""


def one_time_password() -> str:
    """Four groups of four letters and figures: about 79 bits, and easy to read out."""
    return "-".join("".join(secrets.choice(PASSWORD_LETTERS) for _ in range(4)) for _ in range(4))


def person_with(email: str):
    """The account with this address, or None."""
    return get_user_model().objects.filter(email=email.strip().lower()).first()


def create_person(*, email: str, post: str, by, organisation: Organisation, is_active: bool = True):
    """Make an account: (user, one-time password). The password is kept nowhere and must be changed at once.

    The account can see nothing until a role is granted. PersonExists if the address has one.
    """
    if existing := person_with(email):
        raise PersonExists(existing)
    password = one_time_password()
    with transaction.atomic(), acting(by, organisation=organisation):
        user = get_user_model().objects.create_user(
            email, password, post=post, must_change_password=True, is_active=is_active
        )
    return user, password


def appoint(*, email: str, post: str, node: Node, role: str, by, **terms):
    """Give a role to whoever signs in with `email`: (user, one-time password, or None for an account there was).

    `terms` are those of `grant_role`. An account there was keeps its post and its password.
    """
    with transaction.atomic():
        user, password = person_with(email), None
        if user is None:
            user, password = create_person(email=email, post=post, by=by, organisation=node.organisation)
        grant_role(user=user, node=node, role=role, by=by, **terms)
    return user, password


def change_person(user, *, post: str, version: int | None = None, by, organisation: Organisation):
    """Change the post a person is known by. EditedMeanwhile if it moved since `version`, of `writing.version_of`."""
    _require_own(user, by)
    with all_or_nothing(by=by, organisation=organisation), acting(by, organisation=organisation):
        refuse_if_moved(user, {"post": post}, version)
        user.post = post
        user.save(update_fields=["post"])
    return user


def reset_password(user, *, by, organisation: Organisation) -> str:
    """Give a person a new one-time password, and lift a lock-out. Every session of theirs ends."""
    _refuse_self(user, by, "Change your own password from your account.")
    _require_own(user, by)
    password = one_time_password()
    with transaction.atomic(), acting(by, "New one-time password", organisation):
        user.set_password(password)
        user.must_change_password = True
        user.save(update_fields=["password", "must_change_password"])
        lift_lock_out(username=user.email)
    return password


def remove_second_factor(user, *, by, organisation: Organisation) -> None:
    """Let a person who lost their second factor in without it, until they set up another."""
    _refuse_self(user, by, "Remove your own second factor from your account.")
    _require_own(user, by)
    with transaction.atomic():
        Authenticator.objects.filter(user=user).delete()
        record(user, {"second factor": ["set up", "removed"]}, by=by, organisation=organisation)


def deactivate_person(user, *, by, organisation: Organisation, reason: str = ""):
    """Close an account: it can no longer sign in; everything it did stays. Roles are kept for a return."""
    _refuse_self(user, by, "You cannot close your own account.")
    _require_own(user, by)
    with transaction.atomic():
        for council in Organisation.objects.filter(pk__in=_administers(user)):
            _refuse_last_administrator(council, without_user=user)
        return _set_active(user, False, by, organisation, reason)


def reactivate_person(user, *, by, organisation: Organisation):
    """Open a closed account again."""
    _require_own(user, by)
    return _set_active(user, True, by, organisation)


def grant_role(
    *, user, node: Node, role: str, by, starts_on=None, ends_on=None, deputy_for=None, board: Board | None = None
) -> Grant:
    """Let `user` act as `role` on `node` and all beneath it; dates are inclusive, None is open.

    A deputy's role has an end, and must be held by the person deputised for. The same role held
    before, and ended, is taken up again. RoleRefused says what does not fit.
    """
    role = Role(role)
    if ends_on and starts_on and ends_on < starts_on:
        raise RoleRefused("The last day is before the first.")
    if board and board.organisation_id != node.organisation_id:
        raise RoleRefused("The board belongs to another council.")
    if deputy_for:
        _check_deputy(user, node, role, ends_on, deputy_for)
    with transaction.atomic():
        Organisation.objects.select_for_update(no_key=True).get(pk=node.organisation_id)
        same = Grant.objects.filter(user=user, node=node, role=role.value, board=board, deputy_for=deputy_for).first()
        if same and (same.ends_on is None or same.ends_on >= timezone.localdate()):
            raise RoleRefused(f"{user} has this role on {node.title} already.")
        if same:
            grant = save_changes(same, {"starts_on": starts_on, "ends_on": ends_on}, by=by)
        else:
            grant = save_new(
                Grant(
                    organisation=node.organisation,
                    user=user,
                    node=node,
                    role=role.value,
                    board=board,
                    deputy_for=deputy_for,
                    starts_on=starts_on,
                    ends_on=ends_on,
                ),
                by=by,
            )
    _forget_grants(user)
    return grant


def change_role(grant: Grant, *, starts_on, ends_on, version: int | None = None, by) -> Grant:
    """Change the days on which a role holds."""
    if ends_on and starts_on and ends_on < starts_on:
        raise RoleRefused("The last day is before the first.")
    if grant.deputy_for_id and ends_on is None:
        raise RoleRefused("A deputy's role needs a last day.")
    with all_or_nothing(by=by):
        grant = save_changes(grant, {"starts_on": starts_on, "ends_on": ends_on}, version=version, by=by)
        _refuse_if_it_was_the_last(grant)
    _forget_grants(grant.user)
    return grant


def revoke_role(grant: Grant, *, by, reason: str = "") -> None:
    """End a role at once. That it was held stays on record, unless it never was."""
    yesterday = timezone.localdate() - timedelta(days=1)
    with transaction.atomic():
        if grant.starts_on and grant.starts_on > yesterday:
            with acting(by, reason):
                grant.delete()
        else:
            save_changes(grant, {"ends_on": yesterday}, by=by, reason=reason)
        _refuse_if_it_was_the_last(grant)
    _forget_grants(grant.user)


def answers_for(by, user) -> bool:
    """Whether `by` manages people wherever `user` holds a role now or will: only then is the account theirs to change.

    `by` None is the command line, which answers for everybody.
    """
    if by is None:
        return True
    if user.is_superuser and not by.is_superuser:
        return False
    held = Grant.objects.filter(user=user).exclude(ends_on__lt=timezone.localdate()).select_related("node")
    reach = granted_paths(by, Permission.MANAGE_PEOPLE)
    return all(any(is_within(grant.node.path, path) for path in reach) for grant in held)


def _require_own(user, by):
    if not answers_for(by, user):
        raise NotYours(f"{user} also has roles in another council: end the roles here instead.")


def _refuse_self(user, by, sentence):
    if user == by:
        raise NotYours(sentence)


def _set_active(user, is_active, by, organisation, reason=""):
    with transaction.atomic(), acting(by, reason, organisation):
        user.is_active = is_active
        user.save(update_fields=["is_active"])
    return user


def _check_deputy(user, node, role, ends_on, deputy_for):
    if deputy_for == user:
        raise RoleRefused("Nobody deputises for themselves.")
    if ends_on is None:
        raise RoleRefused("A deputy's role needs a last day.")
    held = Grant.objects.active_on(timezone.localdate()).filter(user=deputy_for, role=role.value, deputy_for=None)
    if not any(is_within(node.path, grant.node.path) for grant in held.select_related("node")):
        raise RoleRefused(f"{deputy_for} is not {ROLE_LABELS[role]} on {node.title}.")


def _administers(user):
    grants = Grant.objects.active_on(timezone.localdate()).filter(user=user, role=Role.ADMINISTRATOR.value)
    return grants.filter(node__parent=None).values_list("organisation_id", flat=True)


def _refuse_if_it_was_the_last(grant):
    if grant.role == Role.ADMINISTRATOR and grant.node.parent_id is None:
        _refuse_last_administrator(grant.organisation)


def _refuse_last_administrator(organisation, without_user=None):
    """LastAdministrator unless somebody who can sign in administers the whole council today, for good."""
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    left = Grant.objects.active_on(timezone.localdate()).filter(
        organisation=organisation, role=Role.ADMINISTRATOR.value, node__parent=None, user__is_active=True, ends_on=None
    )
    if without_user:
        left = left.exclude(user=without_user)
    if not left.exists():
        raise LastAdministrator(f"{organisation} would be left without an administrator. Appoint another first.")


def _forget_grants(user):
    """What the person may do is kept on the object for a request; this one has changed."""
    user.__dict__.pop("_active_grants", None)
