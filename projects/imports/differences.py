"""What two versions of a layout have that the other has not, in words for people."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

NAMES = {
    "titles": "names of the sheet",
    "labels": "headings",
    "headings": "headings above it",
    "key": "goes to",
    "type": "read as",
    "record": "each row is",
    "id": "column that names a row",
    "date_rule": "dates",
}
NAMED_BY = ("key", "name", "total")


@dataclass(frozen=True)
class Difference:
    """One place at which two versions differ; "" where one of them says nothing."""

    where: str
    before: str
    after: str


def differences(before: dict, after: dict) -> list[Difference]:
    """Where `after` differs from `before`, in the order of the newer one."""
    old, new = dict(_lines(before)), dict(_lines(after))
    places = [*new, *(place for place in old if place not in new)]
    return [
        Difference(place, old.get(place, ""), new.get(place, ""))
        for place in places
        if old.get(place) != new.get(place)
    ]


def _lines(written: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Every plain value with the names of the parts that it stands in."""
    if isinstance(written, dict):
        for key, value in written.items():
            if (where, key) not in (("", "version"), ("", "format")):
                yield from _lines(value, f"{where}, {NAMES.get(key, key)}" if where else NAMES.get(key, key))
    elif isinstance(written, list) and written and isinstance(written[0], dict):
        seen: dict[str, int] = {}
        for one in written:
            name = str(next((one[key] for key in NAMED_BY if key in one), ""))
            seen[name] = seen.get(name, 0) + 1
            yield from _lines(one, f"{where} “{name}”" + (f" ({seen[name]})" if seen[name] > 1 else ""))
    elif isinstance(written, list):
        yield where, "; ".join(str(one) for one in written)
    elif isinstance(written, bool):
        yield where, "yes" if written else "no"
    else:
        yield where, str(written)
