"""Large documents, drawn in the background: asked for, waited for, fetched; by the person who asked and nobody else."""

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from projects.permissions import get_node, may, needs, require
from projects.rules.access import Permission
from reporting.documents.document import UnknownDocument
from reporting.documents.render import CONTENT_TYPES
from reporting.exporting import ask_again, ask_for_export, cancel_export
from reporting.models import Export
from reporting.tasks import draw_export
from reporting.views.documents import FORMATS, disposition

ASKED = ("period", "meaning", "board")


@require_POST
@needs(Permission.VIEW_PUBLISHED)
def export_ask(request: HttpRequest, name: str, org: str, node: str) -> HttpResponse:
    """Have a document drawn in the background, as its address asks for it."""
    place = get_node(request.user, org, node, Permission.VIEW_PUBLISHED)
    if may(request.user, Permission.VIEW_RECORD, place):
        require(request.user, Permission.EXPORT, place)
    ending = request.GET.get("format", "pdf")
    if ending not in FORMATS.get(name, ()):
        raise Http404(f"The portal does not draw {ending} files of this document.")
    asked = {key: request.GET[key] for key in ASKED if request.GET.get(key)}
    try:
        export = ask_for_export(name, place, ending, asked, by=request.user, enqueue=draw_export.enqueue)
    except UnknownDocument as unknown:
        raise Http404(str(unknown)) from unknown
    return redirect("export", export.pk)


def _mine(request, pk: int) -> Export:
    exports = Export.objects.filter(asked_by=request.user).select_related("node__organisation")
    export = get_object_or_404(exports, pk=pk)
    request.organisation = export.node.organisation
    return export


@needs(None)
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the drawing is; then the file. Asked for by htmx, only how far it is."""
    found = _mine(request, pk)
    is_at_work = found.state == Export.State.AT_WORK
    if request.htmx and not is_at_work:
        return HttpResponse(headers={"HX-Refresh": "true"})
    page = {
        "organisation": request.organisation,
        "export": found,
        "is_at_work": is_at_work,
        "trail": [{"label": "Documents", "url": reverse("documents")}],
    }
    return render(request, "reporting/export_progress.html" if request.htmx else "reporting/export.html", page)


@require_POST
@needs(None)
def export_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop the drawing."""
    cancel_export(_mine(request, pk))
    return redirect("export", pk)


@require_POST
@needs(None)
def export_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Have it drawn again."""
    ask_again(_mine(request, pk), enqueue=draw_export.enqueue)
    return redirect("export", pk)


@needs(None)
def export_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The file, while its owner may still see the node it is about."""
    found = _mine(request, pk)
    if found.state != Export.State.READY or not may(request.user, Permission.VIEW_PUBLISHED, found.node):
        raise Http404("There is no such file.")
    answer = FileResponse(found.file.open("rb"), content_type=CONTENT_TYPES[found.ending])
    answer.headers["Content-Disposition"] = disposition(found.name)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
