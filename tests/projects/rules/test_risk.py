"""Risks: Norwich's matrix of 2009, Rochford's registers of 2019."""

from datetime import date

import pytest

from projects.rules.dates import parse_written_date
from projects.rules.kinds import Kind
from projects.rules.risk import DEFAULT_BANDS, band_of_score, high_risk_count, matrix_cells, review_days_overdue, score


@pytest.mark.parametrize(
    ("likelihood", "impact", "label"),
    [(1, 1, "Low"), (2, 3, "Low"), (2, 4, "Moderate"), (2, 5, "Moderate"), (3, 4, "High"), (4, 4, "High"),
     (4, 5, "Very high"), (5, 5, "Very high")],
)  # fmt: skip
def test_scores_fall_in_bands(likelihood, impact, label):
    assert band_of_score(likelihood, impact).band.label == label


def test_every_score_up_to_25_has_one_band():
    for points in range(1, 26):
        assert sum(band.from_score <= points <= band.to_score for band in DEFAULT_BANDS) == 1


def test_the_reason_shows_the_sum():
    assert band_of_score(3, 4).because == "3 x 4 = 12; High is 11 to 16"


def test_what_is_not_scored_has_no_band():
    assert score(None, 3) is None
    assert band_of_score(3, None).band is None
    outside = band_of_score(5, 6)
    assert (outside.score, outside.band, outside.because) == (30, None, "No band holds a score of 30")


def test_high_risks_of_the_appendices():
    high, medium, low = Kind.OFF_TRACK, Kind.AT_RISK, Kind.ON_TRACK
    homelessness = [medium, high, medium, low, high, medium]
    ict = [high, high, high, medium, medium]
    assert high_risk_count(homelessness) == 2
    assert high_risk_count(ict) == 3
    assert high_risk_count([None, Kind.NOT_RATED]) == 0
    assert high_risk_count([medium, high, low], high_from=Kind.AT_RISK) == 2


@pytest.mark.parametrize(
    ("review", "days"),
    [("Feb-18", 497), ("Jun-18", 375), ("Aug-18", 313), ("Oct-18", 252), ("March 2020 monthly ongoing", 0),
     ("Jul-19", 0), ("monthly monitoring", None)],
)  # fmt: skip
def test_reviews_overdue_at_the_meeting(review, days):
    meeting = date(2019, 7, 10)
    assert review_days_overdue(parse_written_date(review).on, meeting) == days
    assert review_days_overdue(parse_written_date(review).on, meeting, is_closed=True) is None


def test_the_matrix_shows_likelihood_from_the_top():
    cells = matrix_cells([("1", 5, 4), ("2", 5, 4), ("3", 1, 1), ("4", None, 2)])
    assert [len(row) for row in cells] == [5] * 5
    assert cells[0][3].refs == ("1", "2")
    assert cells[0][3].band.label == "Very high"
    assert cells[4][0].refs == ("3",)
    assert sum(len(cell.refs) for row in cells for cell in row) == 3


def test_a_risk_outside_the_matrix_is_refused():
    with pytest.raises(ValueError, match="Risk 9: 6 x 1 is outside"):
        matrix_cells([("9", 6, 1)])
