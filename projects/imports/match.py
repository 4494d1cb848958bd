"""Tell which row of a file is about which thing of the record."""

from projects.imports.layout import squeeze
from projects.imports.target import is_similar

SHORTEST_PART = 15  # letters from which a title may stand for a longer one


def match_records(said: list[tuple[str, str, str]], known: list[tuple[str, str, str]]) -> list[int | None]:
    """For each row of the file the place in `known` of what it is about, None for something new.

    Each is (reference, title, further words). Surest first: all alike; reference and title; title; reference
    where the title is much the same, or one is part of the other. Nothing is matched twice.
    """
    matched: list[int | None] = [None] * len(said)
    free = set(range(len(known)))
    tests = (
        lambda one, other: one == other,
        lambda one, other: one[0] == other[0] and squeeze(one[1]) == squeeze(other[1]),
        lambda one, other: squeeze(one[1]) == squeeze(other[1]),
        lambda one, other: bool(one[0]) and one[0] == other[0] and is_similar(one[1], other[1]),
        lambda one, other: bool(one[0]) and one[0] == other[0] and _holds(one[1], other[1]),
    )
    for test in tests:
        for place, one in enumerate(said):
            if matched[place] is None:
                found = next((other for other in sorted(free) if test(one, known[other])), None)
                if found is not None:
                    matched[place] = found
                    free.discard(found)
    return matched


def _holds(one: str, other: str) -> bool:
    shorter, longer = sorted((squeeze(one), squeeze(other)), key=len)
    return len(shorter) >= SHORTEST_PART and shorter in longer


def match_changes(said: list[tuple[str, str]], held: list[tuple[str, str]]) -> list[int | None]:
    """The same for changes, by the item amended and its description; the item alone where one was reworded."""
    matched: list[int | None] = [None] * len(said)
    free = set(range(len(held)))
    for is_exact in (True, False):
        for place, (item, words) in enumerate(said):
            if matched[place] is not None:
                continue
            found = next(
                (
                    other
                    for other in sorted(free)
                    if squeeze(held[other][0]) == squeeze(item)
                    and (not is_exact or squeeze(held[other][1]) == squeeze(words))
                ),
                None,
            )
            if found is not None:
                matched[place] = found
                free.discard(found)
    return matched
