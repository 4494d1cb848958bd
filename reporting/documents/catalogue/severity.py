"""How every council word for how things stand is put on the one scale that totals over several schemes are made on."""

from collections.abc import Callable, Iterable
from typing import Any

from projects.models import Organisation, Status, StatusScheme, Subject
from projects.rules.kinds import Kind
from reporting.documents.catalogue.report_context import mark_of
from reporting.documents.contents import STATUS, Column, Table
from reporting.documents.document import Section

# What a place on the common scale means, in words; a council puts each status where it belongs.
SEVERITY_WORDS = {0: "says nothing", 1: "done", 2: "on track", 3: "to watch", 4: "at risk", 5: "off track"}


def mapping_of(organisation: Organisation, schemes: Iterable[int] | None = None) -> Table:
    """Every status in use of the council's schemes with its place on the common scale, scheme by scheme, worst first.

    `schemes` None: all that are not archived; else those alone, for the foot of a roll-up in which they meet.
    """
    wanted = StatusScheme.objects.filter(organisation=organisation)
    wanted = wanted.filter(is_archived=False) if schemes is None else wanted.filter(pk__in=schemes)
    place = {subject: number for number, subject in enumerate(Subject)}
    statuses = Status.objects.filter(scheme__in=wanted, is_archived=False).select_related("scheme")
    columns = (
        Column("scheme", "Scheme", width=25),
        Column("about", "About"),
        Column("status", "Status", STATUS, header=True, width=22),
        Column("kind", "What it means", width=15),
        Column("severity", "Common severity", width=15),
    )
    rows = tuple(
        {
            "scheme": str(status.scheme),
            "about": status.scheme.get_subject_display(),
            "status": mark_of(status),
            "kind": Kind(status.kind).label,
            "severity": f"{status.severity}: {SEVERITY_WORDS[status.severity]}",
        }
        for status in sorted(
            statuses,
            key=lambda each: (place[each.scheme.subject], each.scheme.name, each.scheme_id, -each.severity, each.order),
        )
    )
    return Table(columns, rows, caption="Statuses on the common scale, 0 to 5: 5 is worst", empty="There are none yet.")


def mixed_mapping(organisation: Organisation, schemes: Iterable[int]) -> Table | None:
    """The mapping to print under figures that add up statuses of several schemes; None where they are of one."""
    several = set(schemes)
    return mapping_of(organisation, several) if len(several) > 1 else None


def where_schemes_meet(organisation_of: Callable[[Any], Organisation], used: Callable[[Any], Iterable]) -> Section:
    """The last section of a document whose lists or counts put statuses of several schemes in one order.

    `used` gives those statuses, or the numbers of their schemes; where they are of one scheme there is no section.
    """

    def mapping(context) -> Table | None:
        schemes = {getattr(each, "scheme_id", each) for each in used(context) if each is not None}
        return mixed_mapping(organisation_of(context), schemes)

    return Section("status-key", "Statuses on the common scale", mapping)
