"""The dependency map: which item waits for which, also between workstreams, kept by hand."""

from projects.actions.writing import save_new
from projects.audit import record
from projects.models import Dependency, PlanItem


class DependencyIsMapped(Exception):
    """The two are on the map already."""


class DependsOnItself(Exception):
    """An item cannot wait for itself."""


def map_dependency(item: PlanItem, needed: PlanItem | None, words: str = "", *, comment="", by) -> Dependency:
    """Put on the map that `item` waits for `needed`, or for what `words` name where the record does not have it."""
    if needed is not None and needed.pk == item.pk:
        raise DependsOnItself("A thing cannot wait for itself. Choose another one.")
    words = words if needed is None else str(needed)[:200]
    if Dependency.objects.filter(from_item=item, to_item=needed, words=words, is_mapped=True).exists():
        raise DependencyIsMapped(f"{item} is said to wait for that already.")
    mapped = save_new(
        Dependency(
            organisation_id=item.organisation_id,
            from_item=item,
            to_item=needed,
            words=words,
            is_mapped=True,
            comment=comment,
        ),
        by=by,
    )
    record(item, {"waits for": ["", words]}, by=by)
    return mapped


def unmap_dependency(mapped: Dependency, *, by, reason="") -> None:
    """Take a dependency off the map."""
    item, words = mapped.from_item, mapped.words
    mapped.delete()
    record(item, {"waits for": [words, ""]}, by=by, reason=reason)
