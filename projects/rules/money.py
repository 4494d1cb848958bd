"""Read and print pounds and percentages. Amounts are Decimal pounds; thousands exist only at the edges."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

_LARGEST = Decimal(10) ** 15


@dataclass(frozen=True)
class Money:
    """An amount in pounds and the words it was read from."""

    pounds: Decimal | None  # None: nothing was stated
    words: str


@dataclass(frozen=True)
class Percent:
    """A percentage in points (93 for 93%) and the words it was read from."""

    points: Decimal | None  # None: nothing was stated
    words: str


@dataclass(frozen=True)
class Problem:
    """Why a figure could not be read, in a sentence for the person who sent it."""

    because: str
    words: str


_NOT_STATED = {"", "-", "n/a", "na", "tbc", "tba"}
_MULTIPLES = {
    "k": 10**3, "thousand": 10**3, "m": 10**6, "mn": 10**6, "million": 10**6, "bn": 10**9, "billion": 10**9,
}  # fmt: skip
_DIGITS = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+"
_AMOUNT = re.compile(
    rf"(?P<sign>[+-]?)\s*(?:£|gbp)?\s*(?P<inner>[+-]?)\s*(?P<digits>{_DIGITS})"
    rf"\s*(?P<multiple>{'|'.join(sorted(_MULTIPLES, key=len, reverse=True))})?",
    re.ASCII,
)
_POINTS = re.compile(rf"(?P<sign>[+-]?)\s*(?P<digits>{_DIGITS})\s*(?:%|per cent|percent)?", re.ASCII)


def parse_money(written: object, *, thousands: bool = False, millions: bool = False) -> Money | Problem:
    """Read an amount: "£642,848", "(1,234)", "-£5", "£4.1m", 251.3.

    `thousands` says that the column is in £000, `millions` in £m; words with their own "k" or "m" are taken at their
    word.
    Blank, "-", "n/a" and "TBC" state nothing; anything else that is not an amount is a Problem.
    """
    scale = 10**6 if millions else 1000 if thousands else 1
    if _is_number(written):
        number = _exact(written)
        words = str(written)
        if number is None:
            return Problem("This is not an amount of money.", words)
        return _money(number * scale, words)
    words = "" if written is None else str(written).strip()
    plain = _plain(words)
    if plain in _NOT_STATED:
        return Money(None, words)
    if plain == "nil":
        return Money(Decimal(0), words)
    in_brackets = re.fullmatch(r"(£?)\s*\((.*)\)", plain)
    said = _AMOUNT.fullmatch(in_brackets.group(1) + in_brackets.group(2) if in_brackets else plain)
    signs = 0 if said is None else len(said["sign"] + said["inner"]) + bool(in_brackets)
    if said is None or signs > 1:
        return Problem("This is not an amount of money. Write it like £1,234 or -£1,234.", words)
    number = Decimal(said["digits"].replace(",", ""))
    number *= _MULTIPLES[said["multiple"]] if said["multiple"] else scale
    is_negative = in_brackets or "-" in said["sign"] + said["inner"]
    return _money(-number if is_negative and number else number, words)


def parse_percent(written: object, *, number_is_fraction: bool = True) -> Percent | Problem:
    """Read a percentage: "93%", "-1%", "58.68 %", "(5%)".

    A number is a fraction (0.93 for 93%), as spreadsheets keep cells in percent format, unless
    `number_is_fraction` is false.
    """
    if _is_number(written):
        number = _exact(written)
        words = str(written)
        if number is None or abs(number) >= _LARGEST:
            return Problem("This is not a percentage.", words)
        return Percent(number * 100 if number_is_fraction else number, words)
    words = "" if written is None else str(written).strip()
    plain = _plain(words)
    if plain in _NOT_STATED:
        return Percent(None, words)
    in_brackets = re.fullmatch(r"\((.*)\)(%?)", plain)
    said = _POINTS.fullmatch(in_brackets.group(1) + in_brackets.group(2) if in_brackets else plain)
    if said is None or (in_brackets and said["sign"]):
        return Problem("This is not a percentage. Write it like 93% or -1%.", words)
    points = Decimal(said["digits"].replace(",", ""))
    if points >= _LARGEST:
        return Problem("This percentage is too large to be right.", words)
    is_negative = in_brackets or said["sign"] == "-"
    return Percent(-points if is_negative and points else points, words)


def format_pounds(pounds: Decimal | None, *, pence: bool = False, missing: str = "") -> str:
    """Print an amount to the pound (or penny): "£642,848", "-£5". None prints `missing`."""
    if pounds is None:
        return missing
    rounded = round_half_up(pounds, 2 if pence else 0)
    return f"{'-' if rounded < 0 else ''}£{abs(rounded):,}"


def percent(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    """`part` of `whole` in points, unrounded; None where either is missing or the whole is nothing."""
    if part is None or not whole:
        return None
    return Decimal(part) / Decimal(whole) * 100


def format_percent(points: Decimal | None, *, places: int = 0, missing: str = "") -> str:
    """Print points to `places` decimals: "93%", "-1%". None prints `missing`."""
    return missing if points is None else f"{round_half_up(points, places)}%"


def round_half_up(value: Decimal, places: int = 0) -> Decimal:
    """Round as a person does, halves away from zero; never a minus before a zero."""
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return rounded if rounded else abs(rounded)


def _is_number(written: object) -> bool:
    return isinstance(written, (int, float, Decimal)) and not isinstance(written, bool)


def _exact(number: int | float | Decimal) -> Decimal | None:
    """The number as Decimal, a float to the 15 digits a spreadsheet keeps; None for no number at all."""
    exact = Decimal(f"{number:.15g}") if isinstance(number, float) else Decimal(number)
    return exact if exact.is_finite() else None


def _money(pounds: Decimal, words: str) -> Money | Problem:
    if abs(pounds) >= _LARGEST:
        return Problem("This amount is too large to be right.", words)
    return Money(pounds, words)


def _plain(words: str) -> str:
    dashes = {0x2010: "-", 0x2011: "-", 0x2012: "-", 0x2013: "-", 0x2014: "-", 0x2212: "-"}
    return re.sub(r"\s+", " ", words.translate(dashes)).strip().lower()
