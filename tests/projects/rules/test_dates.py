"""Dates as the sources write them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.rules.dates import EXCEL_1900, EXCEL_1904, Precision, WrittenDate, is_ambiguous, parse_written_date


def d(words):
    return date.fromisoformat(words)


READ = [
    # Rochford, July 2019
    ("01/04/2018", "day", "2018-04-01", "2018-04-01"),
    ("17.7.18", "day", "2018-07-17", "2018-07-17"),
    ("17.7.18 Full Council via K Head report.", "day", "2018-07-17", "2018-07-17"),
    ("17.7.18 via Full Council. Standing item LT project meets.", "day", "2018-07-17", "2018-07-17"),
    ("LT project meet 31.7.18", "day", "2018-07-31", "2018-07-31"),
    ("LT project meet 11.9.18", "day", "2018-09-11", "2018-09-11"),
    ("Apr-18", "month", "2018-04-01", "2018-04-30"),
    ("March 2019 - gov budgets known.", "month", "2019-03-01", "2019-03-31"),
    ("Anticipated Q4-Q1 19-20", "range", "2019-01-01", "2019-06-30"),
    ("Q3 19-20", "quarter", "2019-10-01", "2019-12-31"),
    ("Q3 19-20 onwards", "quarter", "2019-10-01", "2019-12-31"),
    ("2018-21", "range", "2018-04-01", "2021-03-31"),
    ("Housing Options officer (Fixed term post grant funded 2018-21)", "range", "2018-04-01", "2021-03-31"),
    ("Community Engagement officer (Fixed term DWP funded post 2018-19)", "financial_year", "2018-04-01", "2019-03-31"),
    ("10 JULY 2019", "day", "2019-07-10", "2019-07-10"),
    # Nottinghamshire, autumn 2018
    ("Autumn 2018", "season", "2018-09-01", "2018-11-30"),
    ("Winter 2018", "season", "2018-12-01", "2019-02-28"),
    ("Winter 2018/19", "season", "2018-12-01", "2019-02-28"),
    ("Winter 2019", "season", "2019-12-01", "2020-02-29"),
    ("Summer/Autumn 2019", "range", "2019-06-01", "2019-11-30"),
    ("spring 2019", "season", "2019-03-01", "2019-05-31"),
    ("September 2018", "month", "2018-09-01", "2018-09-30"),
    ("Nov 2018", "month", "2018-11-01", "2018-11-30"),
    ("November 18", "month", "2018-11-01", "2018-11-30"),
    ("Sept/Oct 2019", "range", "2019-09-01", "2019-10-31"),
    ("June/ October 2019", "range", "2019-06-01", "2019-10-31"),
    ("Oct – Nov 18", "range", "2018-10-01", "2018-11-30"),
    ("Nov 18 - Jan 19", "range", "2018-11-01", "2019-01-31"),
    ("Nov - Jan 19", "range", "2018-11-01", "2019-01-31"),
    ("November 18 to – April 19", "range", "2018-11-01", "2019-04-30"),
    ("Migration November 18 to January 19", "range", "2018-11-01", "2019-01-31"),
    ("September 2017 – September 2018", "range", "2017-09-01", "2018-09-30"),
    ("between October and December 2018", "range", "2018-10-01", "2018-12-31"),
    ("Assessments: July 2018 Applications: September 2018", "range", "2018-07-01", "2018-09-30"),
    ("November 2018 (Bassetlaw) February 2019 (Kings Mill – Next Phase)", "range", "2018-11-01", "2019-02-28"),
    ("Dec 18 200 accounts. Remainder of accounts Jan to Mar 19", "range", "2018-12-01", "2019-03-31"),
    ("Bassetlaw District Hospital Nov 18", "month", "2018-11-01", "2018-11-30"),
    ("Quarter 2 2018-19", "quarter", "2018-07-01", "2018-09-30"),
    ("Q2 2018/19", "quarter", "2018-07-01", "2018-09-30"),
    ("2018/19", "financial_year", "2018-04-01", "2019-03-31"),
    ("through 2018/2019", "financial_year", "2018-04-01", "2019-03-31"),
    ("8th and 9th February 2018", "range", "2018-02-08", "2018-02-09"),
    ("21 st February 2018", "day", "2018-02-21", "2018-02-21"),
    ("Monday, 05 November 2018 at 10:30", "day", "2018-11-05", "2018-11-05"),
    ("late 2018/ early 2019", "range", "2018-01-01", "2019-12-31"),
    # Norwich 2009, Somerset 2022
    ("Must be fully implemented by November 2009", "month", "2009-11-01", "2009-11-30"),
    ("23/03/09", "day", "2009-03-23", "2009-03-23"),
    ("End of Jun 22", "month", "2022-06-01", "2022-06-30"),
    ("Last Period (As of:) 31/05/2022", "day", "2022-05-31", "2022-05-31"),
    ("by the end of 2019", "year", "2019-01-01", "2019-12-31"),
    # other forms that people type
    ("2019-07-10", "day", "2019-07-10", "2019-07-10"),
    ("2019-07-10T09:30:00", "day", "2019-07-10", "2019-07-10"),
    ("2019-07", "month", "2019-07-01", "2019-07-31"),
    ("2019", "year", "2019-01-01", "2019-12-31"),
    ("10th of July 2019", "day", "2019-07-10", "2019-07-10"),
    ("July 10, 2019", "day", "2019-07-10", "2019-07-10"),
    ("10-Jul-19", "day", "2019-07-10", "2019-07-10"),
    ("Jan '19", "month", "2019-01-01", "2019-01-31"),
    ("1 April 2018 to 31 March 2019", "range", "2018-04-01", "2019-03-31"),
    ("5 Nov - 12 Dec 2018", "range", "2018-11-05", "2018-12-12"),
    ("H2 2019/20", "half", "2019-10-01", "2020-03-31"),
    ("first half of 2019", "half", "2019-01-01", "2019-06-30"),
    ("1999-00", "financial_year", "1999-04-01", "2000-03-31"),
    ("29/02/2020", "day", "2020-02-29", "2020-02-29"),
    ("1/1/69", "day", "2069-01-01", "2069-01-01"),
    ("1/1/70", "day", "1970-01-01", "1970-01-01"),
]


@pytest.mark.parametrize(("words", "precision", "earliest", "latest"), READ)
def test_words_that_say_a_date(words, precision, earliest, latest):
    assert parse_written_date(words) == WrittenDate(words, d(earliest), d(latest), Precision(precision), False)


@pytest.mark.parametrize(
    ("words", "earliest", "latest"),
    [
        ("Mar-20 ongoing", "2020-03-01", "2020-03-31"),
        ("March 2020 monthly ongoing", "2020-03-01", "2020-03-31"),
        ("July 2018 ongoing", "2018-07-01", "2018-07-31"),
        ("Oct 18 - Ongoing", "2018-10-01", "2018-10-31"),
        ("March 2019 (and ongoing)", "2019-03-01", "2019-03-31"),
    ],
)
def test_ongoing_is_kept_beside_the_date(words, earliest, latest):
    assert parse_written_date(words) == WrittenDate(words, d(earliest), d(latest), Precision.MONTH, True)


@pytest.mark.parametrize(
    ("words", "precision", "is_ongoing"),
    [
        ("", "none", False),
        ("TBC", "none", False),
        ("Complete", "none", False),
        ("Ongoing", "none", True),
        ("6 months", "none", False),
        ("n/a - business cases previously agreed", "none", False),
        ("2003 servers and app installs", "none", False),
        ("Anthony May", "none", False),
        ("4.28/ 4.60", "none", False),
        ("monthly monitoring", "recurring", False),
        ("Montly statistical monitoring", "none", False),
        ("Monthly budget statements to LT and Leader/D Leader/ Pholders.", "recurring", False),
        ("06/0/09", "unread", False),
        ("31/02/2019", "unread", False),
        ("29/02/2019", "unread", False),
        ("30th July", "unread", False),
        ("Aug", "unread", False),
        ("May", "unread", False),
        ("September review", "unread", False),
        ("Q4", "unread", False),
        ("Q3 2019", "unread", False),
        ("April 2018-20", "unread", False),
        ("2008-12", "unread", False),
        ("1\\2/1\\0", "unread", False),
        ("03/25/2019", "unread", False),
        ("Jan 19 - Nov 18", "unread", False),
        ("17.7.18 and 06/0/09", "unread", False),
    ],
)
def test_words_that_say_no_date_are_kept_without_a_guess(words, precision, is_ongoing):
    assert parse_written_date(words) == WrittenDate(words, None, None, Precision(precision), is_ongoing)


def test_month_first_is_asked_for_never_guessed():
    assert parse_written_date("03/04/19").on == date(2019, 4, 3)
    assert parse_written_date("03/04/19", day_first=False).on == date(2019, 3, 4)
    assert parse_written_date("25/03/2019", day_first=False).precision is Precision.UNREAD


def test_the_year_of_the_reader_completes_words_without_one():
    assert parse_written_date("30th July", year=2009).on == date(2009, 7, 30)
    assert parse_written_date("Aug", year=2009).earliest == date(2009, 8, 1)
    assert parse_written_date("29 Feb", year=2009).precision is Precision.UNREAD
    assert parse_written_date("Apr-18", year=2009).earliest == date(2018, 4, 1)


def test_the_financial_year_begins_where_the_council_says():
    assert parse_written_date("2018/19", fy_start_month=1).latest == date(2018, 12, 31)
    assert parse_written_date("Q3 2019", fy_start_month=1).earliest == date(2019, 7, 1)


def test_cells_that_are_dates():
    assert parse_written_date(date(2019, 7, 1)) == WrittenDate(
        "01/07/2019", date(2019, 7, 1), date(2019, 7, 1), Precision.DAY
    )
    assert parse_written_date(datetime(2019, 7, 1, 9, 30, tzinfo=UTC)).on == date(2019, 7, 1)
    assert parse_written_date(None) == WrittenDate("")


@pytest.mark.parametrize(
    ("number", "epoch", "on"),
    [
        (43647, EXCEL_1900, date(2019, 7, 1)),
        (43647.75, EXCEL_1900, date(2019, 7, 1)),
        (42185, EXCEL_1904, date(2019, 7, 1)),
        (43647, None, None),
        (60, EXCEL_1900, None),
        (61, EXCEL_1900, date(1900, 3, 1)),
        (2019, EXCEL_1900, date(2019, 12, 31)),
        (2019, None, date(2019, 12, 31)),
        (1.07, None, None),
        (float("nan"), EXCEL_1900, None),
        (Decimal("NaN"), EXCEL_1900, None),
        (10**30, EXCEL_1900, None),
        (True, EXCEL_1900, None),
    ],
)
def test_cells_that_are_numbers(number, epoch, on):
    assert parse_written_date(number, excel_epoch=epoch).on == on


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("03/04/19", True),
        ("seen 3.4.2019 by the board", True),
        ("03/03/19", False),
        ("17/04/19", False),
        ("04/17/19", False),
        ("2019-03-04", False),
        ("Mar-19", False),
        ("", False),
    ],
)
def test_ambiguous_is_what_has_two_readings(words, answer):
    assert is_ambiguous(words) is answer


DAYS = st.dates(min_value=date(1970, 1, 1), max_value=date(2069, 12, 31))
pieces = st.sampled_from(
    [*"0123456789", *"/.-– ',", "31", "2018", "19", "Jan", "Feb", "sept", "may", "Q3", "H1", "Winter", "spring", "to",
     "and", "first half of", "ongoing", "early", "FY", "th", "of", "\\", "٣", "é"]
)  # fmt: skip


@given(st.one_of(st.text(), st.lists(pieces, max_size=12).map("".join)), st.booleans(), st.integers(1, 12))
def test_any_text_is_kept_and_never_raises(text, day_first, fy_start_month):
    read = parse_written_date(text, day_first=day_first, fy_start_month=fy_start_month, year=2019)
    assert read.text == text.strip()
    assert (read.earliest is None) == (read.latest is None)
    assert (read.earliest is None) == (read.precision in (Precision.NONE, Precision.UNREAD, Precision.RECURRING))
    if read.earliest:
        assert read.earliest <= read.latest
    is_ambiguous(text)


@given(st.one_of(st.integers(), st.floats(), st.decimals(), st.booleans(), st.binary(), st.times()))
def test_any_value_never_raises(value):
    parse_written_date(value, excel_epoch=EXCEL_1900)


@pytest.mark.parametrize(
    "form", ["%d/%m/%Y", "%d.%m.%y", "%Y-%m-%d", "%d %B %Y", "%d %b %y", "%A, %d %B %Y", "%B %d, %Y", "%d-%b-%Y"]
)
@given(on=DAYS, before=st.sampled_from(["", "by ", "LT "]))
def test_each_written_form_of_a_day_reads_as_that_day(form, on, before):
    read = parse_written_date(before + on.strftime(form) + " agreed")
    assert (read.earliest, read.latest, read.precision) == (on, on, Precision.DAY)


@given(on=DAYS)
def test_a_month_is_all_its_days(on):
    for form in ("%b-%y", "%B %Y", "%b %y", "%b %Y ongoing"):
        read = parse_written_date(on.strftime(form))
        assert read.earliest == on.replace(day=1)
        assert (read.latest + timedelta(days=1)).day == 1
        assert read.earliest <= on <= read.latest
