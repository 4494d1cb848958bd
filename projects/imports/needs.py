"""What a layout needs that a council has not: said in a sentence, and made where somebody asks for it."""

from django.db import transaction
from django.utils.text import slugify

from projects.actions.organisations import make_periods
from projects.actions.writing import save_new
from projects.clock import today_for
from projects.imports.layout import Layout, Needs, squeeze
from projects.imports.target import financial_year_of
from projects.models import (
    Cadence,
    Calendar,
    Dimension,
    Organisation,
    ReportTemplate,
    Status,
    StatusScheme,
    Subject,
    TemplateSection,
)
from projects.rules.kinds import severity_of


def what_is_needed(organisation: Organisation, layout: Layout, template: ReportTemplate | None) -> str:
    """What the council lacks for reports in this layout, in a sentence; "" where it has all. `template` is the one
    that fits best."""
    for needs in layout.needs:
        held = {section.key for section in template.sections.all()} if template else set()
        lacking = [section.title for section in needs.sections if section.key not in held]
        if lacking:
            named = ", ".join(f"“{title}”" for title in lacking)
            return (
                f"No report template of the council has all the sections that this layout fills ({named}). Make the"
                f" template “{needs.template}” with the statuses “{needs.scheme}” and a {needs.cadence} calendar, or"
                " add the sections to a template in the settings."
            )
    return ""


def make_needed(organisation: Organisation, layout: Layout, *, by) -> ReportTemplate:
    """Make the template that a layout needs, with its statuses and its calendar where the council has none such."""
    (needs,) = layout.needs
    with transaction.atomic():
        scheme = _scheme(organisation, needs, by)
        reason = f"Made for the layout {layout.title}"
        template = save_new(
            ReportTemplate(
                organisation=organisation,
                slug=_free_slug(ReportTemplate, organisation, needs.template),
                name=needs.template,
                document=layout.fills[0],
            ),
            by=by,
            reason=reason,
        )
        for order, section in enumerate(needs.sections, start=1):
            said = {"key": section.key, "title": section.title, "order": order, "options": dict(section.options)}
            save_new(TemplateSection(organisation=organisation, template=template, **said), by=by, reason=reason)
        rating = {"key": "status", "label": needs.scheme, "section": "project-status", "is_overall": True}
        save_new(Dimension(organisation=organisation, template=template, scheme=scheme, **rating), by=by, reason=reason)
        _calendar(organisation, needs, by)
    return template


def _scheme(organisation: Organisation, needs: Needs, by) -> StatusScheme:
    """The council's scheme for overall ratings that has all these statuses, else a new one."""
    schemes = StatusScheme.objects.filter(organisation=organisation, subject=Subject.OVERALL, is_archived=False)
    wanted = {squeeze(one.label) for one in needs.statuses}
    for scheme in schemes.prefetch_related("statuses"):
        if wanted <= {squeeze(status.label) for status in scheme.statuses.all() if not status.is_archived}:
            return scheme
    slug = _free_slug(StatusScheme, organisation, needs.scheme)
    scheme = save_new(
        StatusScheme(organisation=organisation, slug=slug, name=needs.scheme, subject=Subject.OVERALL), by=by
    )
    for order, one in enumerate(needs.statuses, start=1):
        said = {"label": one.label, "code": one.code, "kind": one.kind, "colour": one.colour, "shape": one.shape}
        save_new(
            Status(
                organisation=organisation,
                scheme=scheme,
                order=order,
                severity=severity_of(one.kind),
                definition=one.definition,
                synonyms=list(one.synonyms),
                **said,
            ),
            by=by,
        )
    return scheme


def _calendar(organisation: Organisation, needs: Needs, by) -> None:
    if Calendar.objects.filter(organisation=organisation, cadence=needs.cadence, is_archived=False).exists():
        return
    name = Cadence(needs.cadence).label
    slug = _free_slug(Calendar, organisation, name)
    calendar = save_new(Calendar(organisation=organisation, name=name, slug=slug, cadence=needs.cadence), by=by)
    make_periods(calendar, year=financial_year_of(today_for(organisation), organisation), by=by)


def _free_slug(model, organisation: Organisation, name: str) -> str:
    stem = slugify(name)[:50]
    taken = set(model.objects.filter(organisation=organisation).values_list("slug", flat=True))
    numbered = (f"{stem}-{number}" for number in range(2, len(taken) + 3))
    return stem if stem not in taken else next(slug for slug in numbered if slug not in taken)
