"""Actions that the words of another action name: "(A.2)", "A6", "D4/5"."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

# A capital letter or a few, then a number; what follows a stroke has the same letters: "D4/5" is D4 and D5.
_NAMED = re.compile(
    r"(?<![A-Za-z0-9])(?P<letters>[A-Z]{1,3})(?:\.[ ]?)?(?P<number>\d+)(?P<more>(?:[ ]?/[ ]?\d+)*)(?![A-Za-z0-9])"
)


@dataclass(frozen=True)
class Words:
    """A piece of a text; `ref` is the known reference that it names, "" for words between."""

    text: str
    ref: str = ""


def plain_ref(ref: str) -> str:
    """A reference without the dots and spaces that authors put in or leave out: "A. 10" and "A.10" are a10."""
    return re.sub(r"[.\s]", "", ref).casefold()


def split_at_references(words: str, known: Collection[str], own: str = "") -> tuple[Words, ...]:
    """The text in pieces, those that name a known reference apart. What names itself or nothing known stays words."""
    by_plain = {plain_ref(ref): ref for ref in known if ref and ref != own}
    pieces: list[Words] = []
    at = 0
    for start, end, ref in _named(words, by_plain):
        if start > at:
            pieces.append(Words(words[at:start]))
        pieces.append(Words(words[start:end], ref))
        at = end
    if at < len(words):
        pieces.append(Words(words[at:]))
    return tuple(pieces)


def named_in(texts: Iterable[str], known: Collection[str], own: str = "") -> tuple[str, ...]:
    """The known references that the texts name, in the order named, each once."""
    found = (piece.ref for words in texts for piece in split_at_references(words, known, own) if piece.ref)
    return tuple(dict.fromkeys(found))


def _named(words: str, by_plain: dict[str, str]) -> Iterable[tuple[int, int, str]]:
    for match in _NAMED.finditer(words):
        letters = match["letters"]
        if ref := by_plain.get(plain_ref(letters + match["number"])):
            yield match.start(), match.end("number"), ref
        for more in re.finditer(r"\d+", match["more"]):
            if ref := by_plain.get(plain_ref(letters + more[0])):
                yield match.start("more") + more.start(), match.start("more") + more.end(), ref
