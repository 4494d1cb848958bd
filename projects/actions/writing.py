"""The two ways a row is written: made new, or changed from the version it was read at."""

from contextlib import contextmanager
from contextvars import ContextVar
from zlib import crc32

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models, transaction

from projects.audit import acting, record
from projects.models.base import Owned, Versioned

_is_noted_further_out = ContextVar("is_lost_attempt_noted_further_out", default=False)


class EditedMeanwhile(Exception):
    """Somebody saved the row after it was read. Nothing was written; both texts are here."""

    def __init__(self, current, attempted: dict):
        super().__init__(f"{current} was changed by somebody else after you opened it.")
        self.current = current
        self.attempted = attempted


class RemovedMeanwhile(Exception):
    """Somebody took the row out after it was read. Nothing was written."""

    def __init__(self, row):
        super().__init__(f"{str(row) or row._meta.verbose_name.capitalize()} was removed by somebody else meanwhile.")


class OtherOrganisation(Exception):
    """A row may not point at another organisation's row."""


def check_same_organisation(instance) -> None:
    """OtherOrganisation if a foreign key of `instance` leads into another organisation."""
    if not isinstance(instance, Owned):
        return
    for field in instance._meta.concrete_fields:
        if not isinstance(field, models.ForeignKey) or not issubclass(field.related_model, Owned):
            continue
        if getattr(instance, field.attname) is None:
            continue
        other = getattr(instance, field.name)
        if other.organisation_id != instance.organisation_id:
            raise OtherOrganisation(
                f"{field.verbose_name.capitalize()} {other} belongs to another organisation than {instance}."
            )


def check_all_same_organisation(instances: list) -> None:
    """`check_same_organisation` of many rows of one table, with one question for each foreign key."""
    model = type(instances[0])
    for field in model._meta.concrete_fields:
        if not isinstance(field, models.ForeignKey) or not issubclass(field.related_model, Owned):
            continue
        wanted = {}
        for instance in instances:
            if (pk := getattr(instance, field.attname)) is not None:
                wanted.setdefault(pk, instance)
        organisations = field.related_model._base_manager.in_bulk(wanted) if wanted else {}
        for pk, other in organisations.items():
            if other.organisation_id != wanted[pk].organisation_id:
                raise OtherOrganisation(
                    f"{field.verbose_name.capitalize()} {other} belongs to another organisation than {wanted[pk]}."
                )


def save_new(instance, *, by, reason=""):
    """Save a row for the first time, with its line in the audit trail."""
    check_same_organisation(instance)
    with transaction.atomic(), acting(by, reason):
        instance.save(force_insert=True)
    return instance


@contextmanager
def all_or_nothing(*, by, organisation=None):
    """A transaction. What comes too late in it is noted in the audit trail once it is rolled back, and only once.

    `organisation` is for people, who belong to none: it says in whose trail the note stands.
    """
    if _is_noted_further_out.get():
        with transaction.atomic():
            yield
        return
    try:
        with lost_attempts_noted_here(), transaction.atomic():
            yield
    except EditedMeanwhile as lost:
        note_lost_attempt(lost, by=by, organisation=organisation)
        raise


@contextmanager
def lost_attempts_noted_here():
    """For callers that save again after EditedMeanwhile: they note what is lost in the end, and nothing is noted for
    them."""
    token = _is_noted_further_out.set(True)
    try:
        yield
    finally:
        _is_noted_further_out.reset(token)


def save_changes(instance, changes: dict, *, version: int | None = None, by, reason=""):
    """Write `changes` (column or field name: value) if the row still has `version`.

    `version` None means the version `instance` was read at. EditedMeanwhile if somebody
    was quicker; the row then holds exactly what they wrote, and the attempt is in the audit trail.
    RemovedMeanwhile if they took it out.
    An action with a transaction around this takes `all_or_nothing` for it.
    """
    model = type(instance)
    expected = instance.version if version is None else version
    real = {name: value for name, value in changes.items() if getattr(instance, name) != value}
    if changes and not real:
        return instance  # it says so already, whoever wrote it
    with all_or_nothing(by=by), acting(by, reason):
        if not model._base_manager.filter(pk=instance.pk, version=expected).update(version=expected + 1):
            current = model._base_manager.filter(pk=instance.pk).first()
            raise EditedMeanwhile(current, changes) if current else RemovedMeanwhile(instance)
        for name, value in real.items():
            setattr(instance, name, value)
        check_same_organisation(instance)
        instance.version = expected + 1
        instance.save(update_fields=sorted(real) or ["version"])
        return instance


def version_of(row) -> int:
    """What a save of `row` names as read: its version, or of a table without versions a sum of all it says.

    The template a part belongs to is no part of the sum: a copy that says the same is as good. Of a person only the
    post is: signing in is no edit.
    """
    if isinstance(row, Versioned):
        return row.version
    if isinstance(row, AbstractBaseUser):
        return crc32(row.post.encode())
    said = [
        str(getattr(row, field.attname))
        for field in row._meta.concrete_fields
        if not field.primary_key and field.name != "template"
    ]
    said += [str(sorted(each.pk for each in getattr(row, field.name).all())) for field in row._meta.many_to_many]
    return crc32("\n".join(said).encode())


def refuse_if_moved(row, changes: dict, version: int | None) -> None:
    """EditedMeanwhile unless `row`, of a table without versions, says what it said; it is locked from here on.

    `version` None asks nothing. RemovedMeanwhile if somebody took it out.
    """
    current = type(row)._base_manager.select_for_update(no_key=True).filter(pk=row.pk).first()
    if current is None:
        raise RemovedMeanwhile(row)
    if version is not None and version_of(current) != version and not says(current, changes):
        raise EditedMeanwhile(current, changes)


def says(row, changes: dict) -> bool:
    """Whether `row` says all of `changes` already, lists of links included."""
    links = {field.name for field in row._meta.many_to_many}
    return all(
        set(getattr(row, name).all()) == set(value) if name in links else getattr(row, name) == value
        for name, value in changes.items()
    )


def note_lost_attempt(lost: EditedMeanwhile, *, by, organisation=None) -> None:
    """Keep the text of a save that came too late: the audit trail holds both attempts."""
    record(
        lost.current,
        {name: [str(getattr(lost.current, name)), str(value)] for name, value in lost.attempted.items()},
        by=by,
        reason="Not saved: somebody else had saved it meanwhile",
        organisation=organisation,
    )
