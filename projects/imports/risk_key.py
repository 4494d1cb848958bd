"""What a workbook says of the council's risk scales, held against its risk matrix and never written."""

import re
from collections.abc import Iterable, Iterator

from projects.imports.layout import squeeze
from projects.imports.parse import ParsedRecord, ParsedValue
from projects.imports.problems import CellProblem
from projects.models import Organisation, RiskBand, RiskMatrix

SCORES = re.compile(r"\s*(\d+)\s*(?:[-–—]|to)\s*(\d+)\s*", re.IGNORECASE)
WHERE = "An administrator changes it in the council's settings, under Risk matrices."


def differences(records: Iterable[ParsedRecord], organisation: Organisation) -> list[CellProblem]:
    """A warning for each score, band or label of a workbook's key that the council's own matrix has otherwise."""
    rows = [(record.block, *record.values.values()) for record in records]
    if not rows:
        return []
    matrix = RiskMatrix.objects.filter(organisation=organisation).order_by("-is_default", "pk").first()
    if matrix is None:
        return [_warning(rows[0][1], f"The council has no risk matrix to compare it with. {WHERE}")]
    scales = {"likelihood": matrix.likelihood_labels, "impact": matrix.impact_labels}
    found: list[CellProblem] = []
    for scale, labels in scales.items():
        found += _scale(scale, labels, [(place, label) for block, place, label in rows if block == scale])
    bands = list(matrix.bands.select_related("status"))
    return found + list(_bands(bands, [(scores, label) for block, scores, label in rows if block == "bands"]))


def _scale(scale: str, labels: list[str], said: list[tuple[ParsedValue, ParsedValue]]) -> Iterator[CellProblem]:
    named = set()
    for place, label in said:
        number = int(place.words) if place.words.isdigit() else 0
        if not 1 <= number <= len(labels):
            yield _warning(place, f"The council's {scale} goes from 1 to {len(labels)}, without {place.words}. {WHERE}")
            continue
        named.add(number)
        held = labels[number - 1]
        if squeeze(held) != squeeze(label.words):
            words = f"The workbook calls a {scale} of {number} “{label.words}”, the council's risk matrix “{held}”."
            yield _warning(label, f"{words} {WHERE}")
    for number, held in enumerate(labels, start=1):
        if said and number not in named:
            yield _warning(said[-1][0], f"The council's {scale} of {number} (“{held}”) is not in the workbook. {WHERE}")


def _bands(bands: list[RiskBand], said: list[tuple[ParsedValue, ParsedValue]]) -> Iterator[CellProblem]:
    named = set()
    for scores, label in said:
        words = {squeeze(label.words)}
        held = next((one for one in bands if words & set(map(squeeze, _names(one)))), None)
        if held is None:
            yield _warning(label, f"The council's risk matrix has no band “{label.words}”. {WHERE}")
            continue
        named.add(held.pk)
        read = SCORES.fullmatch(scores.words)
        if read is None or (int(read[1]), int(read[2])) != (held.from_score, held.to_score):
            other = f"{held.status.label} is {held.from_score} to {held.to_score} in the council's risk matrix"
            yield _warning(scores, f"The workbook has {label.words} at {scores.words}; {other}. {WHERE}")
    for one in bands:
        if said and one.pk not in named:
            yield _warning(said[-1][1], f"The council's band {one.status.label} is not in the workbook. {WHERE}")


def _names(band: RiskBand) -> tuple[str, ...]:
    return (band.status.label, *band.status.synonyms)


def _warning(value: ParsedValue, message: str) -> CellProblem:
    return CellProblem(value.sheet, value.cell, message, "warning")
