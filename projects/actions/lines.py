"""Lines beneath a row of a draft: the years of a saving, the periods of an indicator."""

from collections.abc import Callable, Mapping
from typing import Any

from projects.audit import acting
from projects.models.reports import ReportRow


def change_lines(
    row: ReportRow, said: Mapping[str, Mapping[str, Any]], *, key: Callable[[str], dict[str, Any]], by
) -> None:
    """Write what is said of some lines of a row: {tag: {column: value}}. `key` gives the columns that a tag stands for.

    A line that is not there is added behind the others; one of which nothing is stated any more stays, blank.
    """
    lines = list(row.lines.all())
    for tag, amounts in said.items():
        told = key(tag)
        line = next((one for one in lines if all(getattr(one, name) == value for name, value in told.items())), None)
        if line is None:
            table = row._meta.get_field("lines").related_model
            order = max((one.order for one in lines), default=0) + 1
            line = table(organisation_id=row.organisation_id, report_id=row.report_id, order=order, **told)
            setattr(line, table.row_field, row)
            lines.append(line)
        for name, value in amounts.items():
            setattr(line, name, value)
        with acting(by):
            line.save()
