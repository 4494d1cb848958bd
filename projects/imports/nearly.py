"""Headings worded a little otherwise than in the layout: "Current status" for "Status", "Due date" for "Date due".

What is read so is always said: words alone can mislead.
"""

import re
import unicodedata
from collections.abc import Collection, Hashable, Iterable, Mapping
from functools import lru_cache
from typing import TypeVar

from projects.imports.layout import Field, is_wild

FILLERS = frozenset(["a", "an", "and", "for", "in", "of", "or", "the", "to"])
QUALIFIERS = frozenset(["current", "latest", "overall", "project"])
# words that say no more than the type of a field does
KIND_WORDS = {
    "written_date": frozenset(["date", "day"]),
    "status": frozenset(["statu", "rag", "rating"]),
    "text": frozenset(["name", "title", "detail", "description"]),
    "integer": frozenset(["no", "number"]),
}
WORD = re.compile(r"[^\W_]+")
Place = TypeVar("Place", bound=Hashable)
LONGEST = 80  # characters; the words of longer headings say more than one thing


@lru_cache(maxsize=4096)
def _words(text: str) -> frozenset[str]:
    """The words of a heading in the singular, without those that join others."""
    plain = unicodedata.normalize("NFKD", text).casefold().replace("&", " and ")
    words = (word[:-1] if len(word) > 3 and word.endswith("s") else word for word in WORD.findall(plain))
    return frozenset(word for word in words if word not in FILLERS)


def near_label(text: str, one: Field) -> str | None:
    """The label of a field that a heading means, in other words or another order; None where it means none."""
    if len(text) > LONGEST:
        return None
    said = _words(text) - QUALIFIERS
    kind = KIND_WORDS.get(one.type, frozenset())
    for label in one.labels:
        bare = label.strip("*").strip()
        if is_wild(bare):
            continue
        meant = _words(bare) - QUALIFIERS
        if said & meant and not (said ^ meant) - kind:
            return bare
    return None


def near_headings(texts: Mapping[Place, str], fields: Iterable[Field]) -> dict[Place, Field]:
    """The field that each heading means, where it means one field alone and no other heading means the same."""
    means: dict[Place, list[Field]] = {}
    for one in fields:
        for place, text in texts.items():
            if not (one.repeats or one.either) and near_label(text, one):
                means.setdefault(place, []).append(one)
    said = [one.key for meant in means.values() for one in meant]
    return {place: meant[0] for place, meant in means.items() if len(meant) == 1 and said.count(meant[0].key) == 1}


def near_spelling(text: str, spellings: Collection[str]) -> bool:
    """Whether the heading of a block is one of these but for order, number and joining words."""
    words = _words(text) if len(text) <= LONGEST else frozenset()
    return bool(words) and any(words == _words(spelling) for spelling in spellings if not is_wild(spelling))
