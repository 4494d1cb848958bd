"""The days that texts speak of, in the words of the sources."""

from datetime import date

import pytest

from projects.rules.spoken_days import days_spoken_of, stale_sentences


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Position as of End of Jun 22 [USING AVAILABLE DATA]", [date(2022, 6, 30)]),
        ("The figures are as at 31 December 2017. Nothing else.", [date(2017, 12, 31)]),
        ("This Period (As of: soon), as of today, as at the start", []),
        ("As good as of old", []),
        ("", []),
    ],
)
def test_days_are_found_where_a_text_says_as_of_or_as_at(text, days):
    assert [day for _, day in days_spoken_of(text)] == days


def test_a_text_that_speaks_of_the_last_report_or_before_is_stale():
    text = "Position as of End of Jun 22 [USING AVAILABLE DATA]"
    assert stale_sentences(text, date(2022, 6, 30)) == ["as of End of Jun 22"]
    assert stale_sentences(text, date(2022, 6, 29)) == []
