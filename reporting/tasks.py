"""Background work of reporting: what the worker does with packs."""

from pathlib import Path

from django.conf import settings
from django_tasks import task

from reporting import assembling, exporting
from reporting.documents.parts import KeptParts


@task()
def assemble_pack(number: int, run: str) -> None:
    """Assemble one pack; `run` says which of its assemblies this is."""
    assembling.assemble(number, run)


@task()
def draw_export(number: int, run: str) -> None:
    """Draw one large document for the person who asked."""
    exporting.draw_export(number, run)


@task()
def take_up_packs() -> None:
    """Put packs and exports into the queue again whose worker is gone."""
    assembling.take_up_abandoned(assemble_pack.enqueue)
    exporting.take_up_abandoned(draw_export.enqueue)


@task()
def tidy_parts() -> None:
    """Remove drawn parts that no pack has used for three months, and exports older than two weeks."""
    KeptParts(Path(settings.MEDIA_ROOT)).tidy()
    exporting.tidy_exports()
