"""Words without the signs that no database keeps, no page shows and no file may hold."""

import re

# Control characters, halves of pairs, the two that are no characters.
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
SOFT_BREAK = "\x0b"  # what a line's end within a paragraph is when it is pasted from Word


def printable(text: str, soft_break: str = "") -> str:
    """The text without them; `soft_break` stands for those of Word."""
    return UNPRINTABLE.sub("", text.replace(SOFT_BREAK, soft_break) if soft_break else text)
