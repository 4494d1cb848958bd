"""The days that a text says it speaks of: "Position as of End of Jun 22"."""

import re
from datetime import date

from projects.rules.dates import Precision, parse_written_date

_SPOKEN = re.compile(r"\bas\s+(?:of|at)\s+(?P<day>[^.;:\[\]()\n]{3,40})", re.IGNORECASE)


def days_spoken_of(text: str) -> list[tuple[str, date]]:
    """Each "as of" or "as at" of a text that names a day or a month, as written, with the last day it can mean."""
    found = []
    for said in _SPOKEN.finditer(text or ""):
        read = parse_written_date(said["day"])
        if read.latest and read.precision in (Precision.DAY, Precision.MONTH):
            found.append((" ".join(said[0].split()), read.latest))
    return found


def stale_sentences(text: str, day: date) -> list[str]:
    """The words of a text that speak as of `day` or before it: the day of the report that the text was copied from."""
    return [words for words, spoken in days_spoken_of(text) if spoken <= day]
