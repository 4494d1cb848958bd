"""Scores and bands of risks, reviews that are overdue, and the cells of the matrix."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from projects.rules.kinds import Kind, severity_of
from projects.rules.schedule import days_overdue


@dataclass(frozen=True)
class RiskBand:
    """Scores from/to, both included, that fall in one band."""

    from_score: int
    to_score: int
    label: str
    kind: Kind


# the bands of a 5 x 5 matrix in common use (design: rules)
DEFAULT_BANDS = (
    RiskBand(1, 6, "Low", Kind.ON_TRACK),
    RiskBand(7, 10, "Moderate", Kind.WATCH),
    RiskBand(11, 16, "High", Kind.AT_RISK),
    RiskBand(17, 25, "Very high", Kind.OFF_TRACK),
)


@dataclass(frozen=True)
class Banded:
    """The band of a risk and how it came about."""

    band: RiskBand | None  # None: not scored, or no band holds the score
    score: int | None
    because: str


@dataclass(frozen=True)
class MatrixCell:
    """One cell of the likelihood x impact grid with the references of the risks in it."""

    likelihood: int
    impact: int
    score: int
    band: RiskBand | None
    refs: tuple[str, ...]


def score(likelihood: int | None, impact: int | None) -> int | None:
    """Likelihood times impact; None where either was not given."""
    return None if likelihood is None or impact is None else likelihood * impact


def band_of_score(likelihood: int | None, impact: int | None, bands: Sequence[RiskBand] = DEFAULT_BANDS) -> Banded:
    """The band of a scored risk. A risk given only as a band has no score and is not banded here."""
    points = score(likelihood, impact)
    if points is None:
        return Banded(None, None, "Likelihood or impact is not given")
    band = _band(points, bands)
    if band is None:
        return Banded(None, points, f"No band holds a score of {points}")
    because = f"{likelihood} x {impact} = {points}; {band.label} is {band.from_score} to {band.to_score}"
    return Banded(band, points, because)


def high_risk_count(kinds: Iterable[Kind | str | None], high_from: Kind = Kind.OFF_TRACK) -> int:
    """How many open risks have a residual band as severe as `high_from`; unrated ones do not count."""
    return sum(severity_of(kind) >= severity_of(high_from) for kind in kinds)


def review_days_overdue(review_on: date | None, today: date, *, is_closed: bool = False) -> int | None:
    """Days since an open risk should have been reviewed; 0 in time; None if closed or no date can be read."""
    return days_overdue(review_on, today, is_done=is_closed)


def matrix_cells(
    risks: Iterable[tuple[str, int | None, int | None]], bands: Sequence[RiskBand] = DEFAULT_BANDS, size: int = 5
) -> tuple[tuple[MatrixCell, ...], ...]:
    """The grid as rows of likelihood, highest first, each by impact, lowest first; unscored risks are left out.

    `risks` are (reference, likelihood, impact). ValueError for a risk that lies outside the grid.
    """
    at: dict[tuple[int, int], list[str]] = {}
    for ref, likelihood, impact in risks:
        if likelihood is None or impact is None:
            continue
        if not (1 <= likelihood <= size and 1 <= impact <= size):
            raise ValueError(f"Risk {ref}: {likelihood} x {impact} is outside a {size} x {size} matrix")
        at.setdefault((likelihood, impact), []).append(ref)
    return tuple(
        tuple(
            MatrixCell(row, column, row * column, _band(row * column, bands), tuple(at.get((row, column), ())))
            for column in range(1, size + 1)
        )
        for row in range(size, 0, -1)
    )


def _band(points: int, bands: Sequence[RiskBand]) -> RiskBand | None:
    return next((band for band in bands if band.from_score <= points <= band.to_score), None)
