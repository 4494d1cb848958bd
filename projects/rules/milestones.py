"""Milestones delivered, the interdependencies written beside them, and the words for the critical path."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from projects.rules.money import percent


@dataclass(frozen=True)
class Due:
    """A milestone's due date and whether it is done; `due` None: no date can be read."""

    due: date | None
    is_done: bool


@dataclass(frozen=True)
class Delivered:
    """Milestones done out of those due, and the percentage in points (None: none were due)."""

    done: int
    due: int
    points: Decimal | None


class LinkKind(StrEnum):
    """What became of a written reference."""

    OK = "ok"
    SELF = "self"  # a milestone that names itself; kept and shown
    DANGLING = "dangling"  # names what is not in the register; kept and shown


@dataclass(frozen=True)
class Link:
    """One written reference and what it leads to."""

    ref: str
    kind: LinkKind


def delivered(milestones: Iterable[Due], first: date, last: date) -> Delivered:
    """Count the milestones due from `first` to `last`, both included, and those of them that are done."""
    due = [each for each in milestones if each.due is not None and first <= each.due <= last]
    done = sum(each.is_done for each in due)
    return Delivered(done, len(due), percent(Decimal(done), Decimal(len(due))))


def parse_interdependencies(words: str | None) -> tuple[str, ...]:
    """The references in "Milestone 2,3,5,6": ("2", "3", "5", "6"), as printed, in order, each once.

    Words that name no reference give (); the caller keeps the words.
    """
    said = re.fullmatch(
        rf"\s*(?:milestones?|m/s|ms|refs?\.?|no\.?|actions?)?\s*({_REF}(?:{_AND}(?:milestones?\s*)?{_REF})*)\s*\.?\s*",
        words or "",
        re.IGNORECASE,
    )
    if said is None:
        return ()
    return tuple(dict.fromkeys(re.sub(r"\s", "", ref) for ref in re.findall(_REF, said[1])))


def resolve(refs: Iterable[str], known: Collection[str], own: str) -> tuple[Link, ...]:
    """Say of each reference whether it leads to a milestone of the register, to itself or nowhere."""
    return tuple(
        Link(ref, LinkKind.SELF if ref == own else LinkKind.OK if ref in known else LinkKind.DANGLING) for ref in refs
    )


def is_on_critical_path(words: str | bool | None) -> bool | None:
    """Read the critical path column: its own title, "yes" or a cross; blank and "no" are not on it; else None."""
    if isinstance(words, bool):
        return words
    plain = (words or "").strip().lower()
    if plain in {"critical path", "critical", "yes", "y", "x", "true"}:
        return True
    return False if plain in {"", "no", "n", "-", "false"} else None


_REF = r"(?:(?<![A-Za-z])[A-Za-z]\.?\s?)?\d+(?:\.\d+)*(?![\w])"
_AND = r"\s*(?:,|;|&|/|\band\b)\s*(?:and\s+)?"
