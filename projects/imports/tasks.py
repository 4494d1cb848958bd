"""Background work of imports: what the worker does with large workbooks."""

from django_tasks import task

from projects.imports import background


@task()
def work_on_import(number: int, run: str) -> None:
    """Read one workbook, or bring one in; `run` says which of its runs this is."""
    background.work(number, run)


@task()
def take_up_imports() -> None:
    """Give imports to the worker again whose worker is gone."""
    background.take_up_abandoned(work_on_import.enqueue)
