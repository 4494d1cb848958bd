"""Characters that no font of this machine can draw: a PDF with an empty box in their place is not PDF/UA."""

import shutil
import subprocess
import unicodedata
from bisect import bisect_right
from functools import cache

ALWAYS_DRAWN = 0x17F  # Latin letters, which the fonts of the documents have
STAND_INS = ("\N{REPLACEMENT CHARACTER}", "?")
LIST_FONTS = ("fc-list", "--format=%{charset}\\n")


def drawable(text: str) -> str:
    """The text with a sign in the place of every character that could not be drawn; where fonts are not known as is."""
    unusual = [sign for sign in set(text) if ord(sign) > ALWAYS_DRAWN]
    if not unusual or not _covered():
        return text
    missing = [sign for sign in unusual if not _is_drawn(sign) and unicodedata.category(sign) not in ("Cf", "Mn")]
    return text.translate(dict.fromkeys(map(ord, missing), _stand_in())) if missing else text


@cache
def _covered() -> tuple[tuple[int, int], ...]:
    """The ranges of characters that the fonts have, as fontconfig lists them, in order; empty where it cannot say."""
    if not shutil.which(LIST_FONTS[0]):
        return ()
    listed = subprocess.run(LIST_FONTS, capture_output=True, text=True, check=False, timeout=60).stdout
    found: list[tuple[int, int]] = []
    for first, last in sorted(map(_range, set(listed.split()))):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return tuple(found)


def _range(words: str) -> tuple[int, int]:
    """20-7e, or a single character."""
    first, _, last = words.partition("-")
    return int(first, 16), int(last or first, 16)


def _is_drawn(sign: str) -> bool:
    place = bisect_right(_covered(), ord(sign), key=lambda each: each[0]) - 1
    return place >= 0 and ord(sign) <= _covered()[place][1]


def _stand_in() -> str:
    return next(sign for sign in STAND_INS if _is_drawn(sign) or sign == STAND_INS[-1])
