"""Work out which colour a conditional format gives a cell, where its rule compares cells with fixed values.

A rule that hangs on today's date, on ranks or averages, or on other sheets is not worked out; `paint` counts those.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from openpyxl.utils.datetime import to_excel

from projects.imports.cells import Cell, Sheet, position

Area = tuple[int, int, int, int]
Place = tuple[int, int]
LARGEST = (1_048_576, 16_384)


@dataclass(frozen=True)
class Rule:
    """One rule as the file states it. `areas` are (r1, c1, r2, c2); `fill_rgb` None: it colours nothing a person sees
    as a status. The formulas speak of the first area's top left cell."""

    kind: str
    areas: tuple[Area, ...]
    formulas: tuple[str, ...] = ()
    operator: str = ""
    text: str = ""
    fill_rgb: str | None = None
    priority: int = 0
    stops: bool = False


class NotWorkedOut(Exception):
    """The rule says something that is not evaluated here."""


def areas_of(words: str) -> tuple[Area, ...]:
    """ "B2:B9 D4" -> ((2, 2, 9, 2), (4, 4, 4, 4)); whole columns and rows too. What is no area is left out."""
    return tuple(area for part in words.replace(",", " ").split() if (area := _area(part)))


def _area(words: str) -> Area | None:
    first, _, last = words.replace("$", "").partition(":")
    last = last or first
    if first.isalpha() and last.isalpha():
        first, last = f"{first}1", f"{last}{LARGEST[0]}"
    elif first.isdecimal() and last.isdecimal():
        first, last = f"A{first}", f"XFD{last}"
    try:
        (top, left), (bottom, right) = position(first), position(last)
    except ValueError:
        return None
    return (min(top, bottom), min(left, right), max(top, bottom), max(left, right))


def paint(sheet: Sheet, rules: Iterable[Rule]) -> int:
    """Give each cell the fill of the first rule that holds for it. Returns how many colouring rules were left out."""
    rules = [rule for rule in rules if rule.fill_rgb is not None or rule.stops]
    left_out, columns = 0, _rows_by_column(sheet) if rules else {}
    painted: dict[Place, str] = {}
    stopped: set[Place] = set()
    for rule in sorted(rules, key=lambda rule: rule.priority):
        try:
            holds = _condition(rule, sheet)
            found = [place for place in _places(columns, rule.areas) if place not in stopped and holds(place)]
        except NotWorkedOut:
            left_out += rule.fill_rgb is not None
            continue
        for place in found:
            if rule.fill_rgb is not None:
                painted.setdefault(place, rule.fill_rgb)
        if rule.stops:
            stopped.update(found)
    for place, fill in painted.items():
        sheet.cells[place] = replace(sheet.cells[place], fill_rgb=fill)
    return left_out


def _rows_by_column(sheet: Sheet) -> dict[int, list[int]]:
    columns: dict[int, list[int]] = {}
    for row, column in sheet.cells:
        columns.setdefault(column, []).append(row)
    for rows in columns.values():
        rows.sort()
    return columns


def _places(columns: Mapping[int, list[int]], areas: Iterable[Area]) -> Iterable[Place]:
    for top, left, bottom, right in areas:
        for column, rows in columns.items():
            if left <= column <= right:
                for row in rows[bisect_left(rows, top) : bisect_right(rows, bottom)]:
                    yield row, column


# Conditions --------------------------------------------------------------------------------------------------------

Condition = Callable[[Place], bool]
Term = Callable[[Place], Any]

COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda one, other: _ordered(one, other) == 0,
    "<>": lambda one, other: _ordered(one, other) != 0,
    "<": lambda one, other: _ordered(one, other) < 0,
    "<=": lambda one, other: _ordered(one, other) <= 0,
    ">": lambda one, other: _ordered(one, other) > 0,
    ">=": lambda one, other: _ordered(one, other) >= 0,
}
OPERATORS = {
    "equal": "=",
    "notEqual": "<>",
    "lessThan": "<",
    "lessThanOrEqual": "<=",
    "greaterThan": ">",
    "greaterThanOrEqual": ">=",
}
TEXT_RULES: dict[str, Callable[[str, str], bool]] = {
    "containsText": lambda words, sought: sought in words,
    "notContainsText": lambda words, sought: sought not in words,
    "beginsWith": str.startswith,
    "endsWith": str.endswith,
}


def _condition(rule: Rule, sheet: Sheet) -> Condition:
    if not rule.areas:
        raise NotWorkedOut
    formulas = _Formulas(sheet, rule.areas[0][:2])
    if rule.kind == "cellIs":
        return _cell_is(rule, formulas)
    if rule.kind in TEXT_RULES and rule.text:
        holds, sought = TEXT_RULES[rule.kind], rule.text.lower()
        return lambda place: holds(_words(formulas.at(place)).lower(), sought)
    if rule.kind == "containsBlanks":
        return lambda place: not _words(formulas.at(place)).strip()
    if rule.kind == "notContainsBlanks":
        return lambda place: bool(_words(formulas.at(place)).strip())
    if rule.kind in ("containsErrors", "notContainsErrors"):
        return lambda place: isinstance(formulas.at(place), CellError) == (rule.kind == "containsErrors")
    if rule.formulas and rule.kind in ("expression", *TEXT_RULES):
        term = formulas.term(rule.formulas[0])
        return lambda place: _is_true(term(place))
    raise NotWorkedOut


def _cell_is(rule: Rule, formulas: "_Formulas") -> Condition:
    terms = [formulas.term(words) for words in rule.formulas]
    if rule.operator in OPERATORS and terms:
        compared, term = COMPARED[OPERATORS[rule.operator]], terms[0]
        return lambda place: _is_true(_compare(compared, formulas.at(place), term(place)))
    if rule.operator in ("between", "notBetween") and len(terms) >= 2:
        low, high = terms[:2]

        def is_between(place: Place) -> bool:
            value, ends = formulas.at(place), [low(place), high(place)]
            if any(isinstance(one, CellError) for one in (value, *ends)):
                return False
            ends.sort(key=_rank)
            inside = _ordered(ends[0], value) <= 0 <= _ordered(ends[1], value)
            return inside == (rule.operator == "between")

        return is_between
    raise NotWorkedOut


class CellError:
    """The value of a cell that shows an error: no comparison with it holds."""


ERROR = CellError()


def _value_of(cell: Cell | None) -> Any:
    """A cell's value as formulas see it: blank None, dates as day numbers."""
    if cell is None or cell.value is None:
        return None
    if cell.is_error:
        return ERROR
    value = cell.value
    if isinstance(value, date | datetime):
        try:
            return float(to_excel(value))
        except (ValueError, OverflowError):
            return None
    return value


def _words(value: Any) -> str:
    if value is None or isinstance(value, CellError):
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _is_true(value: Any) -> bool:
    return isinstance(value, bool | int | float) and bool(value)


def _rank(value: Any) -> tuple[int, Any]:
    """Spreadsheets put numbers before words, and words before true and false."""
    if isinstance(value, bool):
        return 2, value
    return (1, value.lower()) if isinstance(value, str) else (0, value or 0)


def _ordered(one: Any, other: Any) -> int:
    """-1, 0 or 1. A blank is as the other side needs it: nothing, no words or false."""
    if one is None:
        one = type(other)() if other is not None else 0
    if other is None:
        other = type(one)()
    first, second = _rank(one), _rank(other)
    return (first > second) - (first < second)


def _compare(compared: Callable[[Any, Any], bool], one: Any, other: Any) -> Any:
    return ERROR if isinstance(one, CellError) or isinstance(other, CellError) else compared(one, other)


# Formulas ----------------------------------------------------------------------------------------------------------

TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"]|"")*")|(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![A-Za-z\d]))
    |(?P<function>[A-Za-z]+)\s*\(|(?P<place>\$?[A-Za-z]{1,3}\$?\d{1,7})(?![\w(!:.])
    |(?P<flag>TRUE|FALSE)(?![\w(])|(?P<sign><>|<=|>=|[=<>(),&-]))""",
    re.VERBOSE | re.IGNORECASE,
)
DEEPEST = 20
LONGEST = 2_000


def _search(sought: Any, words: Any) -> Any:
    found = _words(words).lower().find(_words(sought).lower())
    return found + 1 if found >= 0 else ERROR


def _count(given: Any) -> int:
    return max(0, int(given)) if isinstance(given, int | float) and abs(given) < 1e6 else 0


FUNCTIONS: dict[str, tuple[int, int, Callable[..., Any]]] = {
    # name: fewest and most arguments, what it does; errors go in only where the name is among TAKES_ERRORS
    "AND": (1, 30, lambda *parts: all(_is_true(part) for part in parts)),
    "OR": (1, 30, lambda *parts: any(_is_true(part) for part in parts)),
    "NOT": (1, 1, lambda part: not _is_true(part)),
    "ISBLANK": (1, 1, lambda part: part is None),
    "ISERROR": (1, 1, lambda part: isinstance(part, CellError)),
    "ISNUMBER": (1, 1, lambda part: isinstance(part, int | float) and not isinstance(part, bool)),
    "ISTEXT": (1, 1, lambda part: isinstance(part, str)),
    "SEARCH": (2, 2, _search),
    "LEFT": (1, 2, lambda part, count=1: _words(part)[: _count(count)]),
    "RIGHT": (1, 2, lambda part, count=1: _words(part)[-_count(count) :] if _count(count) else ""),
    "LEN": (1, 1, lambda part: len(_words(part))),
    "TRIM": (1, 1, lambda part: " ".join(_words(part).split(" ")).strip()),
    "UPPER": (1, 1, lambda part: _words(part).upper()),
    "LOWER": (1, 1, lambda part: _words(part).lower()),
}
TAKES_ERRORS = {"ISERROR", "ISNUMBER", "ISTEXT", "ISBLANK"}


class _Formulas:
    """Formulas about cells of one sheet, written for the cell `origin` and moved along with the cell they judge."""

    def __init__(self, sheet: Sheet, origin: Place):
        self.cells = sheet.cells
        self.origin = origin

    def at(self, place: Place) -> Any:
        return _value_of(self.cells.get(place))

    def term(self, words: str) -> Term:
        """A formula's value for a cell. NotWorkedOut where it says more than is understood here."""
        words = words.strip().removeprefix("=")
        if len(words) > LONGEST:
            raise NotWorkedOut
        tokens, at = [], 0
        while words[at:].strip():
            found = TOKEN.match(words, at)
            if found is None:
                raise NotWorkedOut
            tokens.append((found.lastgroup, found[found.lastgroup]))
            at = found.end()
        term, rest = self._comparison(tokens, 0)
        if rest:
            raise NotWorkedOut
        return term

    def _comparison(self, tokens: list, depth: int) -> tuple[Term, list]:
        left, tokens = self._joined(tokens, depth)
        while tokens and tokens[0][0] == "sign" and tokens[0][1] in COMPARED:
            compared, first = COMPARED[tokens[0][1]], left
            second, tokens = self._joined(tokens[1:], depth)
            left = _bound(compared, first, second)
        return left, tokens

    def _joined(self, tokens: list, depth: int) -> tuple[Term, list]:
        left, tokens = self._part(tokens, depth)
        while tokens and tokens[0] == ("sign", "&"):
            first = left
            second, tokens = self._part(tokens[1:], depth)
            left = _bound(lambda one, other: _words(one) + _words(other), first, second)
        return left, tokens

    def _part(self, tokens: list, depth: int) -> tuple[Term, list]:
        if not tokens or depth > DEEPEST:
            raise NotWorkedOut
        (kind, words), rest = tokens[0], tokens[1:]
        if kind == "text":
            said = words[1:-1].replace('""', '"')
            return (lambda place: said), rest
        if kind == "number":
            figure = float(words)
            return (lambda place: figure), rest
        if kind == "flag":
            flag = words.upper() == "TRUE"
            return (lambda place: flag), rest
        if kind == "place":
            return self._reference(words), rest
        if kind == "function":
            return self._call(words.upper(), rest, depth)
        if words == "-" and rest and rest[0][0] == "number":
            figure = -float(rest[0][1])
            return (lambda place: figure), rest[1:]
        if words == "(":
            inner, rest = self._comparison(rest, depth + 1)
            if rest and rest[0] == ("sign", ")"):
                return inner, rest[1:]
        raise NotWorkedOut

    def _call(self, name: str, tokens: list, depth: int) -> tuple[Term, list]:
        if name not in FUNCTIONS:
            raise NotWorkedOut
        parts = []
        while not tokens or tokens[0] != ("sign", ")"):
            part, tokens = self._comparison(tokens, depth + 1)
            parts.append(part)
            if tokens and tokens[0] == ("sign", ","):
                tokens = tokens[1:]
            elif not tokens or tokens[0] != ("sign", ")"):
                raise NotWorkedOut
        fewest, most, does = FUNCTIONS[name]
        if not fewest <= len(parts) <= most:
            raise NotWorkedOut
        return _bound(does, *parts, takes_errors=name in TAKES_ERRORS), tokens[1:]

    def _reference(self, words: str) -> Term:
        row, column = position(words)
        is_fixed_column, is_fixed_row = words.startswith("$"), "$" in words[1:]
        down, along = row - self.origin[0], column - self.origin[1]

        def value(place: Place) -> Any:
            return self.at((row if is_fixed_row else place[0] + down, column if is_fixed_column else place[1] + along))

        return value


def _bound(does: Callable[..., Any], *terms: Term, takes_errors: bool = False) -> Term:
    """A function of terms as a term; an error among them is its value, unless it asks for errors."""

    def value(place: Place) -> Any:
        values = [term(place) for term in terms]
        if not takes_errors and any(isinstance(one, CellError) for one in values):
            return ERROR
        return does(*values)

    return value
