"""The audit trail: who changed which field from what to what, when and, where asked, why.

django-auditlog writes one line for each saved object. Bulk writes pass it by, so the actions
that make them record one line of their own with `record`.
"""

from contextlib import contextmanager
from contextvars import ContextVar

from auditlog.context import auditlog_value, set_actor
from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.apps import apps

_reason = ContextVar("audit_reason", default="")
_organisation = ContextVar("audit_organisation", default=None)  # for people, who belong to none

# Derived or themselves a log: a line about them would say what another line says already.
UNLOGGED = {"ReportSummary", "PeriodStanding", "ReportEvent", "ImportedValue", "ReportInput", "Dependency", "Reminder"}
COPIED_TO_NODES = [
    f"{side}_{part}" for side in ("current", "published") for part in ("as_at_on", "overall", "severity")
]
UNTOLD_FIELDS = ["version", "confirmed_at", "is_changed", "path", "depth", "plan", "archived_at", *COPIED_TO_NODES]


def _context_of(instance):
    """What every line about `instance` carries: its organisation, its node, its report and the reason given."""
    node_id = getattr(instance, "node_id", None)
    report_id = getattr(instance, "report_id", None)
    if node_id is None and report_id is not None and hasattr(instance.report, "node_id"):
        node_id = instance.report.node_id
    context = {
        "organisation": instance.pk
        if instance._meta.model_name == "organisation"
        else getattr(instance, "organisation_id", _organisation.get()),
        "node": instance.pk if instance._meta.model_name == "node" else node_id,
        "report": report_id,
        "reason": _reason.get(),
    }
    return {key: value for key, value in context.items() if value}


def register(model):
    """Have every saved row of `model` leave its line in the trail."""
    model.get_additional_data = _context_of
    fields = {field.name for field in model._meta.get_fields()}
    auditlog.register(model, exclude_fields=[field for field in UNTOLD_FIELDS if field in fields])


def register_record():
    """Register every table of the record, once, when the app is ready."""
    for model in apps.get_app_config("projects").get_models(include_auto_created=False):
        if model.__name__ not in UNLOGGED:
            register(model)
    user = apps.get_model("accounts", "User")
    user.get_additional_data = _context_of
    auditlog.register(
        user, exclude_fields=["last_login"], mask_fields=["password"], mask_callable="projects.audit.hidden"
    )


def hidden(value: str) -> str:
    """What stands in the trail for a password: that there is one. The library's own mask shows half the hash."""
    return "(hidden)" if value else ""


@contextmanager
def acting(by, reason="", organisation=None):
    """Everything written inside is by `by`, for `reason` (an outer reason holds where none is given).

    `organisation` is for lines about people: it says in whose trail they stand.
    """
    token = _reason.set(reason or _reason.get())
    organisation_token = _organisation.set(organisation.pk if organisation else _organisation.get())
    # set_actor forgets the actor outside it, so the outer one (the request's) is put back by hand.
    outer = auditlog_value.get(None)
    try:
        with set_actor(by):
            yield
    finally:
        if outer is not None:
            auditlog_value.set(outer)
        _organisation.reset(organisation_token)
        _reason.reset(token)


def record(instance, changes, *, by, reason="", organisation=None, action=LogEntry.Action.UPDATE):
    """One line for what auditlog could not see itself; `changes` is {field: [old words, new words]}."""
    with acting(by, reason, organisation):
        return LogEntry.objects.log_create(instance, force_log=True, action=action, changes=changes)
