"""The audit trail of a council: who changed which field from what to what, when, where and why."""

from datetime import UTC, datetime, time, timedelta

from auditlog.models import LogEntry
from django.core.exceptions import FieldDoesNotExist
from django.db.models import DateField, DateTimeField, ForeignKey
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.dateparse import parse_date, parse_datetime

from projects.forms.audit import AuditFilterForm
from projects.models import Node
from projects.models.base import with_related
from projects.permissions import get_organisation, may, needs, top_node
from projects.rules.access import Permission
from projects.views.settings import page_of

LINES_A_PAGE = 50
ACTIONS = {
    LogEntry.Action.CREATE: "Added",
    LogEntry.Action.UPDATE: "Changed",
    LogEntry.Action.DELETE: "Removed",
    LogEntry.Action.ACCESS: "Read",
}
NOTHING = {"None", "", "[]", "{}"}  # how the trail writes an empty value


@needs(Permission.VIEW_AUDIT)
def audit(request: HttpRequest, org: str) -> HttpResponse:
    """The lines of one council, newest first. Paged by the number of the last line: nothing is counted."""
    organisation = get_organisation(request.user, org, Permission.VIEW_AUDIT)
    filters = AuditFilterForm(request.GET, organisation=organisation)
    lines = LogEntry.objects.filter(additional_data__organisation=organisation.pk)
    lines = _narrowed(lines, filters.cleaned_data) if filters.is_valid() else lines.none()
    before = request.GET.get("before", "")
    if before.isdecimal():
        lines = lines.filter(pk__lt=int(before))
    found = list(
        lines.select_related("actor", "content_type").defer("serialized_data").order_by("-pk")[: LINES_A_PAGE + 1]
    )
    shown = found[:LINES_A_PAGE]
    context = page_of(
        request,
        organisation,
        "audit",
        is_administrator=may(request.user, Permission.MANAGE_SETTINGS, top_node(organisation)),
        lines=_in_words(shown),
        older=shown[-1].pk if len(found) > LINES_A_PAGE else None,
        is_newest=not before,
        filters=filters,
        clear_url=reverse("audit", args=[org]),
    )
    return render(request, "projects/audit/list.html", context)


def _narrowed(lines, asked):
    if asked["person"]:
        lines = lines.filter(actor=asked["person"])
    if asked["node"] and asked["node"].parent_id:
        beneath = Node.objects.beneath(asked["node"]).values_list("pk", flat=True)
        lines = lines.filter(additional_data__node__in=list(beneath))
    if asked["table"]:
        lines = lines.filter(content_type=asked["table"])
    if asked["since"]:
        lines = lines.filter(timestamp__gte=_start_of(asked["since"]))
    if asked["until"]:
        lines = lines.filter(timestamp__lt=_start_of(asked["until"] + timedelta(days=1)))
    return lines


def _start_of(day):
    return timezone.make_aware(datetime.combine(day, time.min))


def _in_words(lines):
    """Each line as a person reads it: names of fields, labels of choices, titles instead of numbers."""
    titles = _titles(lines)
    nodes = Node.objects.in_bulk({line.additional_data["node"] for line in lines if "node" in line.additional_data})
    told = []
    for line in lines:
        model = line.content_type.model_class()
        node = nodes.get(line.additional_data.get("node"))
        told.append(
            {
                "at": timezone.localtime(line.timestamp),
                "by": line.actor or line.actor_email or "The portal itself",
                "action": ACTIONS[line.action],
                "what": model._meta.verbose_name if model else line.content_type.model,
                "title": line.object_repr,
                "node": node,
                "reason": line.additional_data.get("reason", ""),
                "changes": [
                    {
                        "field": _label(model, name),
                        "before": _words(model, name, before, titles),
                        "after": _words(model, name, after, titles),
                    }
                    for name, before, after in _changes(line)
                ],
            }
        )
    return told


def _changes(line):
    """(field, before, after) of a line; a new row tells only what it was given."""
    for name, change in sorted((line.changes or {}).items()):
        if name == "id" or not isinstance(change, list):
            continue
        before, after = change
        if str(before) in NOTHING and str(after) in NOTHING:
            continue
        yield name, before, after


def _field(model, name):
    try:
        return model._meta.get_field(name) if model else None
    except FieldDoesNotExist:
        return None


def _label(model, name):
    field = _field(model, name)
    words = str(getattr(field, "verbose_name", name)).replace("_", " ")
    return words[:1].upper() + words[1:]


def _titles(lines):
    """{(table, number): title} of every row that the lines name by number: one query a table."""
    wanted = {}
    for line in lines:
        model = line.content_type.model_class()
        for name, *values in _changes(line):
            field = _field(model, name)
            if isinstance(field, ForeignKey):
                wanted.setdefault(field.related_model, set()).update(int(v) for v in values if str(v).isdecimal())
    return {
        (model, row.pk): str(row)
        for model, numbers in wanted.items()
        for row in with_related(model._base_manager.filter(pk__in=numbers), _needed_for_title(model))
    }


def _needed_for_title(model):
    """What printing a row of these tables reads beside it."""
    return {"grant": ["node"], "series": ["template", "node"], "meeting": ["board"]}.get(model._meta.model_name, [])


def _words(model, name, value, titles):
    """A value as it is read; "" for nothing."""
    if str(value) in NOTHING:
        return ""
    field = _field(model, name)
    if isinstance(field, ForeignKey) and str(value).isdecimal():
        return titles.get((field.related_model, int(value)), f"No longer there (number {value})")
    if field is not None and (choices := getattr(field, "flatchoices", None)):
        return str(dict(choices).get(value, value))
    if isinstance(field, DateTimeField) and (moment := parse_datetime(str(value))):
        # The trail holds moments in UTC, without saying so.
        moment = moment if timezone.is_aware(moment) else moment.replace(tzinfo=UTC)
        return date_format(timezone.localtime(moment), "j F Y, H:i")
    if isinstance(field, DateField) and (day := parse_date(str(value))):
        return date_format(day, "j F Y")
    return {"True": "Yes", "False": "No"}.get(str(value), str(value))
