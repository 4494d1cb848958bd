"""Settings that reports are written in: statuses, tiers, templates. What a report past draft uses never changes.

An edit of a row in use makes a new row that replaces it: the old one is archived and points to
the new one, frozen reports go on printing the old, and everything still open moves to the new.
A row nobody has used past draft is edited in place.
"""

from django.db import IntegrityError, models, transaction

from projects.actions.writing import (
    EditedMeanwhile,
    RemovedMeanwhile,
    all_or_nothing,
    check_same_organisation,
    refuse_if_moved,
    save_changes,
    save_new,
    says,
)
from projects.audit import acting, record
from projects.models import (
    OPEN_STATES,
    Answer,
    Dimension,
    DimensionRating,
    Node,
    NodeBaseline,
    Question,
    Report,
    ReportSummary,
    ReportTemplate,
    RiskBand,
    Series,
    Status,
    TemplateSection,
    Tier,
    state_models,
)
from projects.models.base import Versioned

# What may be edited in place at any time: no report prints it.
UNPRINTED = {Status: {"synonyms"}, Tier: {"definition"}, ReportTemplate: {"requires_sign_off"}}


class IsInUse(Exception):
    """The row cannot go: something still needs it; the message says what."""


def change_setting(instance, changes: dict, *, version: int | None = None, by, reason=""):
    """Write changes to any row of settings, lists of links (a board's members) included.

    EditedMeanwhile if somebody was quicker; `version` as `writing.version_of` has it.
    """
    links = {field.name: changes[field.name] for field in instance._meta.many_to_many if field.name in changes}
    columns = {name: value for name, value in changes.items() if name not in links}
    with all_or_nothing(by=by):
        if isinstance(instance, Versioned):
            instance = save_changes(instance, columns, version=version, by=by, reason=reason)
        elif changes:
            refuse_if_moved(instance, changes, version)
            for name, value in columns.items():
                setattr(instance, name, value)
            check_same_organisation(instance)
            with acting(by, reason):
                instance.save(update_fields=sorted(columns))
        for name, rows in links.items():
            _set_links(instance, name, rows, by)
    return instance


def add_setting(instance, links: dict, *, by):
    """Save a new row of settings with its lists of links."""
    with transaction.atomic():
        save_new(instance, by=by)
        for name, rows in links.items():
            _set_links(instance, name, rows, by)
    return instance


def remove_setting(instance, *, by) -> None:
    """Archive a row of settings; one whose table has no archive is deleted. IsInUse if something needs it."""
    if hasattr(instance, "is_archived"):
        save_changes(instance, {"is_archived": True}, by=by)
        return
    try:
        with transaction.atomic(), acting(by):
            instance.delete()
    except models.ProtectedError as needed:
        kinds = sorted({str(row._meta.verbose_name_plural) for row in needed.protected_objects})
        raise IsInUse(f"{instance} is still used by {', '.join(kinds)}.") from needed


def restore_setting(instance, *, by):
    """Bring an archived row of settings back. IsInUse if it was replaced, or another has its name by now."""
    if getattr(instance, "replaced_by", None):
        raise IsInUse(f"{instance} was replaced. Change the row that replaced it.")
    try:
        return save_changes(instance, {"is_archived": False}, by=by)
    except IntegrityError as taken:
        raise IsInUse(f"Another {instance._meta.verbose_name} has the name or code of {instance} now.") from taken


# --- statuses and tiers ----------------------------------------------------------------------------------------------


def is_status_used(status: Status) -> bool:
    """Whether a report past draft says this status, or a summary counts by it."""
    return (
        any(
            model.objects.filter(**{field.name: status}).exclude(report__state__in=OPEN_STATES).exists()
            for model, field in _keys_to(Status, state_models())
        )
        or ReportSummary.objects.filter(overall=status).exists()
    )


def change_status(status: Status, changes: dict, *, version: int | None = None, by) -> Status:
    """Change a status, or replace it where a report past draft says it. Returns the row now in force."""
    with all_or_nothing(by=by):
        if _in_place(status, changes) or not is_status_used(status):
            return save_changes(status, changes, version=version, by=by)
        if newest := _replacement(status, changes):
            return newest
        new = _replace(status, changes, version, by)
        for model, field in _keys_to(Status, state_models()):
            _move_open_rows(model, field.name, status, new, by)
        for band in RiskBand.objects.filter(status=status):
            change_setting(band, {"status": new}, by=by)
        return new


def is_tier_used(tier: Tier) -> bool:
    """Whether a report past draft, or an agreed baseline, is of this tier."""
    return (
        Report.objects.filter(tier=tier).exclude(state__in=OPEN_STATES).exists()
        or NodeBaseline.objects.filter(tier=tier).exclude(in_force_from=None).exists()
    )


def change_tier(tier: Tier, changes: dict, *, version: int | None = None, by) -> Tier:
    """Change a tier, or replace it where a report past draft is of it. Returns the row now in force.

    Nodes and open drafts move to the new tier; sections and questions for the old one are for the new one too.
    """
    with all_or_nothing(by=by):
        if _in_place(tier, changes) or not is_tier_used(tier):
            return save_changes(tier, changes, version=version, by=by)
        if newest := _replacement(tier, changes):
            return newest
        new = _replace(tier, changes, version, by)
        for node in Node.objects.filter(tier=tier):
            save_changes(node, {"tier": new}, by=by)
        for report in Report.objects.filter(tier=tier, state__in=OPEN_STATES):
            save_changes(report, {"tier": new}, by=by)
        # Beside the old one, not instead of it: frozen reports of the old tier still look here for their sections.
        for model in (TemplateSection, Question):
            for part in model.objects.filter(tiers=tier):
                part.tiers.add(new)
        return new


def _in_place(row, changes):
    real = {name for name, value in changes.items() if getattr(row, name) != value}
    return real <= UNPRINTED[type(row)]


def _replacement(old, changes):
    """What somebody has replaced `old` by since its page was opened, if it says what `changes` say; None if nobody has.

    EditedMeanwhile, with the newest row, if it says something else.
    """
    newest = type(old).objects.select_for_update(no_key=True).get(pk=old.pk)
    while newest.replaced_by_id:
        newest = newest.replaced_by
    if newest.pk == old.pk:
        return None
    if not says(newest, changes):
        raise EditedMeanwhile(newest, changes)
    return newest


def _replace(old, changes, version, by):
    """Archive `old` in favour of a copy of it with `changes`."""
    save_changes(old, {"is_archived": True}, version=version, by=by, reason="Replaced: reports use it")
    new = type(old)(
        **{
            field.attname: getattr(old, field.attname)
            for field in old._meta.concrete_fields
            if not field.primary_key and field.name not in {"version", "replaced_by", "is_archived"}
        }
    )
    for name, value in changes.items():
        setattr(new, name, value)
    save_new(new, by=by, reason=f"Replaces {old}")
    save_changes(old, {"replaced_by": new}, by=by, reason="Replaced: reports use it")
    return new


def _keys_to(target, tables):
    """(table, field) of every foreign key of `tables` to `target`."""
    for model in tables:
        for field in model._meta.concrete_fields:
            if isinstance(field, models.ForeignKey) and field.related_model is target:
                yield model, field


def _move_open_rows(model, name, old, new, by):
    rows = model.objects.filter(**{name: old}, report__state__in=OPEN_STATES)
    for row in rows:
        change_setting(row, {name: new}, by=by, reason=f"{old} was replaced")


# --- report templates ------------------------------------------------------------------------------------------------


def is_template_used(template: ReportTemplate) -> bool:
    """Whether a report past draft is drawn by this template."""
    return Report.objects.filter(template=template).exclude(state__in=OPEN_STATES).exists()


def change_template(template: ReportTemplate, changes: dict, *, version: int | None = None, by) -> ReportTemplate:
    """Change a template itself, or replace it with all its parts. Returns the template now in force."""
    with all_or_nothing(by=by):
        if _in_place(template, changes) or not is_template_used(template):
            return save_changes(template, changes, version=version, by=by)
        if newest := _replacement(template, changes):
            return newest
        new, _ = _new_version(template, changes, version, by)
        return new


def change_template_section(section: TemplateSection, changes: dict, *, by) -> TemplateSection:
    """Change a section (title, help, order, tiers ...). Returns the section of the template now in force."""
    return change_part(section, changes, by=by)


def change_part(part, changes: dict, *, version: int | None = None, by):
    """Change a section, dimension or question. A template in use is replaced first, and its copy changed.

    Returns the part of the template now in force. RemovedMeanwhile if that has the part no more.
    """
    with all_or_nothing(by=by):
        newest = _newest_copy(part)
        if says(newest, changes):
            return newest
        refuse_if_moved(newest, changes, version)
        return change_setting(_part_in_force(newest, by), changes, by=by)


def add_part(part, links: dict, *, by):
    """Add a section, dimension or question to its template, or to the copy that replaces a template in use."""
    with transaction.atomic():
        if is_template_used(part.template):
            part.template, _ = _new_version(part.template, {}, None, by)
        return add_setting(part, links, by=by)


def remove_part(part, *, by) -> ReportTemplate:
    """Take a section, dimension or question out. Returns the template now in force.

    What drafts have said of a dimension or question stays with the old template.
    """
    with transaction.atomic():
        if (isinstance(part, Dimension) and DimensionRating.objects.filter(dimension=part).exists()) or (
            isinstance(part, Question) and Answer.objects.filter(question=part).exists()
        ):
            template, copies = _new_version(part.template, {}, None, by)
            part = copies[type(part), part.pk]
        else:
            part = _part_in_force(part, by)
            template = part.template
        remove_setting(part, by=by)
        return template


def _newest_copy(part):
    template = part.template
    while template.replaced_by_id:  # somebody replaced it while this page was open
        template = template.replaced_by
    if template == part.template:
        return part
    newest = type(part).objects.filter(template=template, key=part.key).first()
    if newest is None:
        raise RemovedMeanwhile(part)
    return newest


def _part_in_force(part, by):
    part = _newest_copy(part)
    if not is_template_used(part.template):
        return part
    _, copies = _new_version(part.template, {}, None, by)
    return copies[type(part), part.pk]


def _new_version(template, changes, version, by):
    """Replace a template: (the new one, {(table, old id): copied part}). Series go on with the new one.

    Drafts keep the template they were opened with; the next period's reports have the new one.
    """
    new = _replace(template, changes, version, by)
    copies = {}
    for model in (TemplateSection, Dimension, Question):
        for part in model.objects.filter(template=template):
            links = {field.name: list(getattr(part, field.name).all()) for field in model._meta.many_to_many}
            old_id = part.pk
            part.pk = None
            part._state.adding = True
            part.template = new
            copies[model, old_id] = add_setting(part, links, by=by)
    for series in Series.objects.filter(template=template):
        save_changes(series, {"template": new}, by=by)
    return new, copies


def _set_links(instance, name, rows, by):
    manager = getattr(instance, name)
    before = ", ".join(str(row) for row in manager.all())
    manager.set(rows)
    after = ", ".join(str(row) for row in manager.all())
    if before != after:
        record(instance, {name: [before, after]}, by=by)
