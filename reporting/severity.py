"""How every council word for how things stand is put on the one scale that totals over several schemes are made on."""

from collections.abc import Iterable

from projects.models import Organisation, Status, StatusScheme
from projects.rules.kinds import Kind
from reporting.documents.catalogue.report_context import mark_of
from reporting.documents.contents import NUMBER, STATUS, Column, Table

# What a place on the common scale means, in words; a council puts each status where it belongs.
SEVERITY_WORDS = {0: "Says nothing", 1: "Done", 2: "On track", 3: "To watch", 4: "At risk", 5: "Off track"}
WORST = max(SEVERITY_WORDS)


def mapping_of(organisation: Organisation, schemes: Iterable[int] | None = None) -> Table:
    """Every status in use of the council's schemes with its place on the common scale, scheme by scheme, worst first.

    `schemes` None: all that are not archived; else those alone, for the foot of a roll-up in which they meet.
    """
    wanted = StatusScheme.objects.filter(organisation=organisation)
    wanted = wanted.filter(is_archived=False) if schemes is None else wanted.filter(pk__in=schemes)
    statuses = (
        Status.objects.filter(scheme__in=wanted, is_archived=False)
        .select_related("scheme")
        .order_by("scheme__subject", "scheme__name", "scheme", "-severity", "order", "pk")
    )
    columns = (
        Column("scheme", "Scheme", width=30),
        Column("status", "Status", STATUS, header=True, width=25),
        Column("kind", "What it means"),
        Column("severity", "Common severity", NUMBER, width=12),
        Column("words", "In words", width=15),
    )
    rows = tuple(
        {
            "scheme": f"{status.scheme} ({status.scheme.get_subject_display().lower()})",
            "status": mark_of(status),
            "kind": Kind(status.kind).label,
            "severity": status.severity,
            "words": SEVERITY_WORDS[status.severity],
        }
        for status in statuses
    )
    return Table(columns, rows, caption="Statuses on the common scale, 0 to 5: 5 is worst", empty="There are none yet.")


def mixed_mapping(organisation: Organisation, schemes: Iterable[int]) -> Table | None:
    """The mapping to print under figures that add up statuses of several schemes; None where they are of one."""
    several = set(schemes)
    return mapping_of(organisation, several) if len(several) > 1 else None
