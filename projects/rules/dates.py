"""Read dates as registers write them: "Mar-20 ongoing", "Autumn 2018", "06/0/09".

The words are always kept; a date is read only where the words say one. Financial years begin in
`fy_start_month`; two-digit years are 1970 to 2069.
"""

import calendar
import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

EXCEL_1900 = date(1899, 12, 30)
EXCEL_1904 = date(1904, 1, 1)


class Precision(StrEnum):
    """How much of a date the words give."""

    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    SEASON = "season"
    HALF = "half"
    YEAR = "year"
    FINANCIAL_YEAR = "financial_year"
    RANGE = "range"  # from one date to another, or several dates: the first and the last of them
    RECURRING = "recurring"  # "monthly monitoring"
    NONE = "none"  # blank, or words that give no date: "TBC", "Complete", "6 months"
    UNREAD = "unread"  # looks like a date and cannot be read as one: "06/0/09", "30th July" (of which year?)


@dataclass(frozen=True)
class WrittenDate:
    """The words as written, and the days they can mean."""

    text: str
    earliest: date | None = None
    latest: date | None = None
    precision: Precision = Precision.NONE
    is_ongoing: bool = False

    @property
    def on(self) -> date | None:
        """The day to sort and check by: the last one the words allow, so "Mar-20" is not late in mid-March."""
        return self.latest


def parse_written_date(
    written: object,
    *,
    day_first: bool = True,
    fy_start_month: int = 4,
    year: int | None = None,
    excel_epoch: date | None = None,
) -> WrittenDate:
    """Read a cell or a typed text as a date, without ever raising.

    `year` completes words that have none ("30th July"); without it they stay unread. `excel_epoch`
    (EXCEL_1900 or EXCEL_1904) allows numbers as day counts; a whole number from 1970 to 2069 is a year.
    Years joined ("2018-21") are financial years. "Q3 2019" says no financial year and is not read,
    except where the financial year is the calendar year.
    """
    if written is None:
        return WrittenDate("")
    if isinstance(written, datetime):
        written = written.date()
    if isinstance(written, date):
        return WrittenDate(f"{written:%d/%m/}{written.year:04d}", written, written, Precision.DAY)
    if isinstance(written, (int, float, Decimal)) and not isinstance(written, bool):
        return _from_number(written, excel_epoch)
    text = str(written).strip()
    return _Reader(day_first, fy_start_month, year).read(text)


def is_ambiguous(text: object) -> bool:
    """Whether a numeric date in the text is a different day when day and month change places (03/04/19)."""
    pairs = ((int(hit["day"]), int(hit["month"])) for hit in re.finditer(_NUMERIC, _plain(str(text))))
    return any(first != second and 1 <= first <= 12 and 1 <= second <= 12 for first, second in pairs)


def order_told(text: object) -> str:
    """ "day" or "month": which of the two comes first in a numeric date that can be read in one way alone (13/04/19).

    "" where the text has no such date.
    """
    for hit in re.finditer(_NUMERIC, _plain(str(text))):
        first, second = int(hit["day"]), int(hit["month"])
        if 12 < first <= 31 and 1 <= second <= 12:
            return "day"
        if 12 < second <= 31 and 1 <= first <= 12:
            return "month"
    return ""


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "winter": 12}  # first month; winter runs into the next year

_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec)(?![a-z])\.?"
)
_DAY = r"(?<![\d./-])\d{1,2}(?:\s?(?:st|nd|rd|th)\b)?"
_LONG_YEAR = r"(?:19|20|21)\d\d(?!\d)"
_YEAR = rf"(?:{_LONG_YEAR}|'?\d\d(?![\d%]|st\b|nd\b|rd\b|th\b|[./]\d))"
_FY = rf"(?:{_LONG_YEAR}|\d\d)\s?[-/]\s?(?:{_LONG_YEAR}|\d\d(?!\d))"
_NUMERIC = r"(?<![\d./-])(?P<day>\d{1,2})[./-](?P<month>\d{1,2})[./-](?P<year>(?:19|20|21)\d\d|\d\d)(?![\d/-]|\.\d)"
_JOIN = re.compile(r"\s*(?:(?:-|/|to|and|&|until|till|through)\s*)+")

# Tried in this order at each place of the text, so the fuller form stands before the shorter.
_FORMS = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("iso", rf"(?<![\d./-])(?P<year>{_LONG_YEAR})[-/](?P<month>\d{{1,2}})[-/](?P<day>\d{{1,2}})(?!\d|[./-]\d)"),
        ("numeric", _NUMERIC),
        ("bad", r"(?<![\d./-])\d{1,4}[./\\]\d{1,4}[./\\]\d{1,4}(?!\d)"),
        ("days", rf"(?P<first>{_DAY})\s?(?:-|/|to|and|&)\s?(?P<day>\d{{1,2}}(?:st|nd|rd|th)?)(?:\s?of)?[\s-]?"
                 rf"(?P<word>\b{_MONTH})[\s,-]{{0,2}}(?P<year>{_YEAR})"),
        ("day", rf"(?P<day>{_DAY})(?:\s?of)?[\s-]?(?P<word>(?<![a-z]){_MONTH})"
                rf"(?:[\s,/-]{{0,2}}(?P<year>{_YEAR})(?!\s?-?{_MONTH}))?"),
        ("day", rf"\b(?P<word>{_MONTH})\s(?P<day>\d{{1,2}}(?:st|nd|rd|th)?),?\s(?P<year>{_LONG_YEAR})"),
        ("day", rf"\b(?P<word>{_MONTH})\s(?P<day>\d{{1,2}}(?:st|nd|rd|th))\b"),
        ("bad", rf"\b{_MONTH}\s?{_LONG_YEAR}[-/]\d\d(?!\d|\s?{_MONTH})"),
        ("month", rf"\b(?P<word>{_MONTH})(?:\s?[-/,]?\s?(?P<year>{_YEAR}))"),
        ("season", rf"\b(?P<word>spring|summer|autumn|winter)\b(?:\s(?:of\s)?(?P<fy>{_FY}|{_YEAR}))?"),
        ("quarter", rf"\b(?:q|qtr\s?|quarter\s)(?P<part>[1-4])\b(?:,?\s(?:of\s)?(?P<fy>{_FY}|{_LONG_YEAR}))?"),
        ("quarter", rf"(?<![\d./-])(?P<fy>{_FY}),?\s(?:q|qtr\s?|quarter\s)(?P<part>[1-4])\b"),
        ("half", rf"\b(?P<part>h1|h2|first half|second half)(?:,?\s(?:of\s)?(?P<fy>{_FY}|{_LONG_YEAR}))"),
        ("years", rf"(?<![\d./-])(?P<fy>{_LONG_YEAR}\s?[-/]\s?(?:{_LONG_YEAR}|\d\d))(?!\d|[./-]\d)"),
        ("years", r"\bfy\s?(?P<fy>\d\d[-/]\d\d)(?!\d|[./-]\d)"),
        ("year", rf"\b(?:early|mid|late|end|end of|by|during|before|since|until)[\s-](?P<year>{_LONG_YEAR})(?![-/]\d)"),
        ("month", rf"\b(?P<word>{_MONTH})"),
    )
)  # fmt: skip
_RECURRING = re.compile(
    r"\b(?:daily|weekly|fortnightly|monthly|bi-?monthly|quarterly|termly|annual|annually|yearly"
    r"|(?:every|each) (?:\w+ )?(?:day|week|fortnight|month|quarter|year)s?)\b"
)
_ONGOING = re.compile(r"\bon[\s-]?going\b")


@dataclass(frozen=True)
class _Found:
    """One date expression of the text. Without a year, `month` (or `part`) waits for one."""

    start: int
    end: int
    earliest: date | None
    latest: date | None
    precision: Precision
    form: str = ""
    month: int | None = None
    day: int | None = None
    part: int | None = None


class _Reader:
    def __init__(self, day_first: bool, fy_start_month: int, year: int | None):
        self.day_first, self.fy_start_month, self.year = day_first, fy_start_month, year

    def read(self, text: str) -> WrittenDate:
        """Find the date expressions, join them to ranges, say what they come to."""
        plain = _plain(text)
        is_ongoing = bool(_ONGOING.search(plain))
        if re.fullmatch(_LONG_YEAR, plain):
            plain = f"by {plain}"
        found = self._joined(plain, self._found(plain))
        if self.year is not None:
            found = [self._completed(each, self.year) for each in found]
        if any(each.form == "bad" for each in found):
            return WrittenDate(text, precision=Precision.UNREAD, is_ongoing=is_ongoing)
        read = [each for each in found if each.earliest]
        if read:
            earliest, latest = min(each.earliest for each in read), max(each.latest for each in read)
            same = all((each.earliest, each.latest) == (earliest, latest) for each in read)
            return WrittenDate(text, earliest, latest, read[0].precision if same else Precision.RANGE, is_ongoing)
        if found:
            return WrittenDate(text, precision=Precision.UNREAD, is_ongoing=is_ongoing)
        precision = Precision.RECURRING if _RECURRING.search(plain) else Precision.NONE
        return WrittenDate(text, precision=precision, is_ongoing=is_ongoing)

    def _found(self, plain: str) -> list[_Found]:
        found, place = [], 0
        # each form's next hit is kept until passed, so that a long text is not searched again for every date in it
        hits = [pattern.search(plain) for _, pattern in _FORMS]
        while True:
            for order, (_, pattern) in enumerate(_FORMS):
                if hits[order] and hits[order].start() < place:
                    hits[order] = pattern.search(plain, place)
            ahead = [(hit.start(), order) for order, hit in enumerate(hits) if hit]
            if not ahead:
                return found
            _, order = min(ahead)
            form, hit = _FORMS[order][0], hits[order]
            each = replace(self._one(form, hit.groupdict()), start=hit.start(), end=hit.end())
            # "may" is more often a verb than a month
            if not (each.precision is Precision.UNREAD and hit.group() == "may" and plain != "may"
                    and not _JOIN.match(plain, hit.end())):  # fmt: skip
                found.append(each)
            place = hit.end()

    def _one(self, form: str, said: dict[str, str | None]) -> _Found:
        year = _long_year(said.get("year"))
        month = _month_number(said.get("word"))
        day = _leading_number(said.get("day"))
        if form == "iso":
            return _day(year, int(said["month"]), day)
        if form == "numeric":
            first, second = day, int(said["month"])
            return _day(year, second, first) if self.day_first else _day(year, first, second)
        if form == "days":
            return _span(_day(year, month, _leading_number(said["first"])), _day(year, month, day))
        if form == "day":
            return _day(year, month, day) if year else _waiting("day", month=month, day=day)
        if form == "month":
            return _months(year, month, 1, Precision.MONTH) if year else _waiting("month", month=month)
        if form == "season":
            return self._season(_SEASONS[said["word"]], said["fy"])
        if form in ("quarter", "half"):
            part = int(said["part"]) if form == "quarter" else 2 if said["part"] in ("h2", "second half") else 1
            return self._part_of_year(form, part, said["fy"], in_words="half" in said["part"])
        if form == "years":
            return self._years(said["fy"])
        if form == "year":
            return _months(year, 1, 12, Precision.YEAR)
        return _bad()

    def _season(self, month: int, said: str | None) -> _Found:
        if said is None:
            return _waiting("season", month=month)
        if re.fullmatch(_YEAR, said):
            return _months(_long_year(said), month, 3, Precision.SEASON)
        first, last = _two_years(said)
        if month == 12 and last == first + 1:
            return _months(first, month, 3, Precision.SEASON)
        return _bad()

    def _part_of_year(self, form: str, part: int, said: str | None, *, in_words: bool) -> _Found:
        precision, length = (Precision.QUARTER, 3) if form == "quarter" else (Precision.HALF, 6)
        if said is None:
            return _waiting(form, part=part)
        if re.fullmatch(_LONG_YEAR, said):
            if in_words or self.fy_start_month == 1:
                return _months(int(said), 1 + (part - 1) * length, length, precision)
            return _waiting(form)
        first, last = _two_years(said)
        if last != first + 1:
            return _bad()
        return _months(first, self.fy_start_month + (part - 1) * length, length, precision)

    def _years(self, said: str) -> _Found:
        first, last = _two_years(said)
        second = re.split(r"[-/]", said)[1].strip()
        if last == first + 1:
            return _months(first, self.fy_start_month, 12, Precision.FINANCIAL_YEAR)
        could_be_month = len(second) == 2 and 1 <= int(second) <= 12
        if last > first and not could_be_month:
            return _months(first, self.fy_start_month, 12 * (last - first), Precision.RANGE)
        if last <= first and could_be_month:
            return _months(first, int(second), 1, Precision.MONTH)  # 2019-07
        return _bad()

    def _joined(self, plain: str, found: list[_Found]) -> list[_Found]:
        """Make one range of two expressions with "to", "-", "/" between them; the first may lack the year."""
        joined: list[_Found] = []
        for each in found:
            before = joined[-1] if joined else None
            if before and _JOIN.fullmatch(plain[before.end : each.start]) and each.earliest:
                begin = before if before.earliest else self._year_before(before, each)
                joined[-1] = replace(_span(begin, each), start=before.start, end=each.end)
            else:
                joined.append(each)
        return joined

    def _year_before(self, waiting: _Found, end: _Found) -> _Found:
        """Take the year from the end of a range: "Nov - Jan 19" begins in 2018, "Q4-Q1 19-20" in 2018/19."""
        if waiting.form == "quarter" and waiting.part and end.precision is Precision.QUARTER:
            year = end.earliest.year if end.earliest.month >= self.fy_start_month else end.earliest.year - 1
            begin = _months(year, self.fy_start_month + (waiting.part - 1) * 3, 3, Precision.QUARTER)
            if begin.earliest <= end.earliest:
                return begin
            return _months(year - 1, self.fy_start_month + (waiting.part - 1) * 3, 3, Precision.QUARTER)
        if waiting.month and end.precision in (Precision.DAY, Precision.MONTH, Precision.SEASON):
            begin = self._completed(waiting, end.earliest.year)
            if begin.earliest and begin.earliest > end.earliest:
                return self._completed(waiting, end.earliest.year - 1)
            return begin
        return waiting

    def _completed(self, found: _Found, year: int) -> _Found:
        """The expression in the given year, where a year is all it lacks."""
        if found.earliest or not found.month:
            return found
        if found.form == "day":
            complete = _day(year, found.month, found.day)
        else:
            season = found.form == "season"
            complete = _months(year, found.month, 3 if season else 1, Precision.SEASON if season else Precision.MONTH)
        return replace(complete, start=found.start, end=found.end)


def _from_number(number: int | float | Decimal, excel_epoch: date | None) -> WrittenDate:
    text = str(number)
    if not Decimal(number).is_finite():
        return WrittenDate(text, precision=Precision.UNREAD)
    if 1970 <= number <= 2069 and number == int(number):
        span = _months(int(number), 1, 12, Precision.YEAR)
        return WrittenDate(str(int(number)), span.earliest, span.latest, Precision.YEAR)
    # Day counts below 61 are those of Excel's invented 29 February 1900.
    if excel_epoch and 61 <= number <= (date(2199, 12, 31) - excel_epoch).days:
        day = excel_epoch + timedelta(days=int(number))
        return WrittenDate(f"{day:%d/%m/%Y}", day, day, Precision.DAY)
    return WrittenDate(text, precision=Precision.UNREAD)


def _plain(text: str) -> str:
    """Lower case, one kind of dash and apostrophe, single spaces, no full stop at the end."""
    text = text.translate({0x2010: "-", 0x2011: "-", 0x2012: "-", 0x2013: "-", 0x2014: "-", 0x2212: "-",
                           0x2018: "'", 0x2019: "'"})  # fmt: skip
    # only ASCII digits count as digits below
    text = re.sub(r"[^\x00-\x7f]", lambda hit: " " if hit.group().isspace() else "?", text)
    return re.sub(r"\s+", " ", text.lower()).strip().rstrip(".;,")


def _long_year(said: str | None) -> int | None:
    if not said:
        return None
    year = int(said.lstrip("'"))
    return year if year > 99 else year + (1900 if year >= 70 else 2000)


def _two_years(said: str) -> tuple[int, int]:
    """(2018, 2021) of "2018-21"; the second year takes the century that puts it after the first."""
    begin, end = (part.strip() for part in re.split(r"[-/]", said))
    first, last = _long_year(begin), int(end)
    if last < 100:
        last += first // 100 * 100
        if last < first and first % 100 == 99:
            last += 100
    return first, last


def _month_number(word: str | None) -> int | None:
    return _MONTHS.index(word[:3]) + 1 if word and word[:3] in _MONTHS else None


def _leading_number(said: str | None) -> int | None:
    return int(re.match(r"\d+", said).group()) if said else None


def _bad() -> _Found:
    return _Found(0, 0, None, None, Precision.UNREAD, "bad")


def _waiting(form: str, **lacking: int | None) -> _Found:
    return _Found(0, 0, None, None, Precision.UNREAD, form, **lacking)


def _day(year: int, month: int, day: int) -> _Found:
    if not (1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]):
        return _bad()
    return _Found(0, 0, date(year, month, day), date(year, month, day), Precision.DAY)


def _months(year: int, month: int, length: int, precision: Precision) -> _Found:
    """`length` whole months from `month`, which may be more than 12 and so fall in a later year."""
    begin, end = year * 12 + month - 1, year * 12 + month - 1 + length
    last = date(end // 12, end % 12 + 1, 1) - timedelta(days=1)
    return _Found(0, 0, date(begin // 12, begin % 12 + 1, 1), last, precision)


def _span(begin: _Found, end: _Found) -> _Found:
    if not (begin.earliest and end.earliest) or begin.earliest > end.latest:
        return _bad()
    return _Found(0, 0, begin.earliest, end.latest, Precision.RANGE)
