"""Workbooks as downloads."""

from django.http import FileResponse, HttpResponse

from projects.models import Import

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def as_workbook(content: bytes, name: str) -> HttpResponse:
    """A workbook that the portal made, under a file name of its own making."""
    return HttpResponse(content, content_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def as_loaded(imported: Import) -> FileResponse:
    """A workbook as somebody loaded it; always as a download, never shown by the browser."""
    return FileResponse(
        imported.file.open("rb"),
        as_attachment=True,
        filename=imported.file_name,
        content_type="application/octet-stream",
    )
