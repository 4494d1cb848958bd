"""What a form states under names of its own, beside a report; and the report written into the form again."""

import tempfile
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from projects.imports.form_export import export_form, export_form_name, maps_of
from projects.imports.plan_named import NAMED_KEY
from projects.models import StatedFigure
from projects.permissions import get_report, needs
from projects.rules.access import Permission
from projects.views.downloads import as_workbook

NO_SHEET = "Entered by hand"


@needs(Permission.VIEW_RECORD)
@require_GET
def named_values(request: HttpRequest, pk: int) -> HttpResponse:
    """The values that a report keeps under the names of a form, by the sheets they came from."""
    report = get_report(request.user, pk, Permission.VIEW_RECORD)
    rows = StatedFigure.objects.visible_to(request.user).of(report).present().filter(key__startswith=NAMED_KEY)
    sheets: dict[str, list[StatedFigure]] = {}
    for row in rows:
        if row.words:
            row.source = row.marks.get("words", {})
            sheets.setdefault(row.source.get("sheet") or NO_SHEET, []).append(row)
    context = {
        "organisation": report.organisation,
        "report": report,
        "sheets": list(sheets.items()),
        "count": sum(len(held) for held in sheets.values()),
        "maps": maps_of(report.organisation),
        "trail": [
            {"label": report.organisation.name, "url": reverse("home")},
            {"label": report.node.title, "url": reverse("node", args=[report.organisation.slug, report.node.slug])},
            {"label": str(report.period_label), "url": reverse("report", args=[report.pk])},
        ],
    }
    return render(request, "projects/layouts/named_values.html", context)


@needs(Permission.EXPORT)
@require_GET
def export_by_layout(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """A report in the cells of a form, as one of the council's cell maps has them."""
    report = get_report(request.user, pk, Permission.EXPORT)
    layout = next((one for one in maps_of(report.organisation) if one.name == name), None)
    if layout is None:
        raise Http404
    with tempfile.TemporaryDirectory(prefix="export-") as folder:
        content = export_form(report, layout, Path(folder, "form.xlsx")).read_bytes()
    return as_workbook(content, export_form_name(report, layout))
