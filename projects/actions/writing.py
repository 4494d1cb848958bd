"""The two ways a row is written: made new, or changed from the version it was read at."""

from django.db import models, transaction

from projects.audit import acting, record
from projects.models.base import Owned


class EditedMeanwhile(Exception):
    """Somebody saved the row after it was read. Nothing was written; both texts are here."""

    def __init__(self, current, attempted: dict):
        super().__init__(f"{current} was changed by somebody else after you opened it.")
        self.current = current
        self.attempted = attempted


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


def save_changes(instance, changes: dict, *, version: int | None = None, by, reason=""):
    """Write `changes` (column or field name: value) if the row still has `version`.

    `version` None means the version `instance` was read at. EditedMeanwhile if somebody
    was quicker; the row then holds exactly what they wrote, and the attempt is in the audit trail.
    """
    try:
        return write_changes(instance, changes, version=version, by=by, reason=reason)
    except EditedMeanwhile as lost:
        note_lost_attempt(lost, by=by)
        raise


def write_changes(instance, changes: dict, *, version: int | None = None, by, reason=""):
    """`save_changes` inside a transaction of the caller's, who notes a lost attempt once that is rolled back."""
    model = type(instance)
    expected = instance.version if version is None else version
    real = {name: value for name, value in changes.items() if getattr(instance, name) != value}
    with transaction.atomic(), acting(by, reason):
        bumped = model._base_manager.filter(pk=instance.pk, version=expected).update(version=expected + 1)
        if bumped:
            for name, value in real.items():
                setattr(instance, name, value)
            check_same_organisation(instance)
            instance.version = expected + 1
            instance.save(update_fields=sorted({*real}) or ["version"])
            return instance
    raise EditedMeanwhile(model._base_manager.get(pk=instance.pk), changes)


def note_lost_attempt(lost: EditedMeanwhile, *, by) -> None:
    """Keep the text of a save that came too late: the audit trail holds both attempts."""
    record(
        lost.current,
        {name: [str(getattr(lost.current, name)), str(value)] for name, value in lost.attempted.items()},
        by=by,
        reason="Not saved: somebody else had saved it meanwhile",
    )
