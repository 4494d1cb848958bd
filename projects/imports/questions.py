"""What is asked once of a whole file: which of day and month comes first in its dates, and what becomes of what it
hides."""

from collections.abc import Iterable, Mapping
from datetime import date

from projects.imports.parse import Parsed, ParsedValue
from projects.imports.planned import AskedOnce
from projects.imports.problems import Ignored
from projects.imports.read import Sheet, Workbook, address, column_letters
from projects.rules.dates import parse_written_date

DATES, DAY, MONTH = "dates", "day", "month"
TAKE, LEAVE = "take", "leave"
HIDDEN = {"rows": "hidden-rows", "columns": "hidden-columns", "sheets": "hidden-sheets"}
EXAMPLES = 5


# The order of day and month


def order_of(parsed: Parsed, answers: Mapping[str, str], *, is_day_first: bool) -> str:
    """Which comes first: as somebody answered, else as a date of the file tells that can be read in one way alone,
    else as the council writes."""
    if answers.get(DATES) in (DAY, MONTH):
        return answers[DATES]
    if len(parsed.orders) == 1:
        return next(iter(parsed.orders))
    return DAY if is_day_first else MONTH


def about_dates(parsed: Parsed, answers: Mapping[str, str], order: str, *, is_day_first: bool) -> list[AskedOnce]:
    """The question about the order, with dates of the file read both ways; none where no date can be read both ways."""
    if not parsed.ambiguous:
        return []
    by_words = {value.words: value for value in reversed(parsed.ambiguous)}
    values = sorted(by_words.values(), key=parsed.ambiguous.index)[:EXAMPLES]
    first = values[0].words
    return [
        AskedOnce(
            DATES,
            "Which comes first in its dates, the day or the month?",
            [
                [DAY, f"The day: {first} is {_read(first, DAY)}"],
                [MONTH, f"The month: {first} is {_read(first, MONTH)}"],
            ],
            order,
            _told(parsed, answers, order, is_day_first=is_day_first),
            [f"{_place(one)}: “{one.words}” is {_read(one.words, DAY)} or {_read(one.words, MONTH)}" for one in values]
            + ([f"and {len(by_words) - EXAMPLES} more"] if len(by_words) > EXAMPLES else []),
        )
    ]


def _told(parsed: Parsed, answers: Mapping[str, str], order: str, *, is_day_first: bool) -> str:
    if answers.get(DATES):
        return "You said so."
    seen = [f"“{value.words}” ({_place(value)})" for value in parsed.orders.values()]
    if len(seen) == 2:
        return f"{seen[0]} and {seen[1]} are written in different orders; the council's own is taken."
    if seen:
        return f"{seen[0]} can be read with the {order} first alone."
    return f"No other date of the file tells; the council writes the {DAY if is_day_first else MONTH} first."


def _place(value: ParsedValue) -> str:
    return f"{value.sheet} {value.cell}"


def _read(words: str, order: str) -> str:
    read = parse_written_date(words, day_first=order == DAY)
    if read.earliest is None or read.latest is None:
        return "no date"
    return " to ".join(dict.fromkeys(_day(day) for day in (read.earliest, read.latest)))


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


# What is hidden


def about_hidden(sheets: Iterable[Sheet], answers: Mapping[str, str]) -> list[AskedOnce]:
    """A question each for the rows, columns and sheets that hold something and are hidden; `sheets` are those taken."""
    found = _hidden(sheets)
    return [
        AskedOnce(
            HIDDEN[kind],
            f"The workbook hides {_counted(places, kind)}. Should what stands there be taken?",
            [[TAKE, "Take it as if it were shown"], [LEAVE, "Leave it out"]],
            _answer(answers, kind),
            "You said so." if answers.get(HIDDEN[kind]) else "It is taken unless you say otherwise.",
            [f"{place}: {words}" for place, words in places[:EXAMPLES]]
            + ([f"and {len(places) - EXAMPLES} more"] if len(places) > EXAMPLES else []),
        )
        for kind, places in found.items()
        if places
    ]


def _answer(answers: Mapping[str, str], kind: str) -> str:
    return LEAVE if answers.get(HIDDEN[kind]) == LEAVE else TAKE


def _counted(places: list, kind: str) -> str:
    return f"{len(places)} {kind if len(places) > 1 else kind.removesuffix('s')}"


def _hidden(sheets: Iterable[Sheet]) -> dict[str, list[tuple[str, str]]]:
    """By kind the places of what is hidden, each with the first words that stand there."""
    found: dict[str, list[tuple[str, str]]] = {kind: [] for kind in HIDDEN}
    for sheet in sheets:
        first_in_row: dict[int, str] = {}
        first_in_column: dict[int, str] = {}
        for (row, column), cell in sorted(sheet.cells.items()):
            if not cell.is_blank:
                first_in_row.setdefault(row, cell.text or cell.formula or "")
                first_in_column.setdefault(column, cell.text or cell.formula or "")
        if sheet.state != "visible":
            if first_in_row:
                found["sheets"].append((sheet.name, f"begins with “{_short(next(iter(first_in_row.values())))}”"))
            continue
        for row in sorted(set(sheet.hidden_rows) & first_in_row.keys()):
            found["rows"].append((f"{sheet.name} row {row}", f"“{_short(first_in_row[row])}”"))
        for column in sorted(set(sheet.hidden_cols) & first_in_column.keys()):
            found["columns"].append(
                (f"{sheet.name} column {column_letters(column)}", f"“{_short(first_in_column[column])}”")
            )
    return found


def _short(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= 60 else f"{words[:59]}…"


def leave_hidden_out(workbook: Workbook, answers: Mapping[str, str]) -> list[Ignored]:
    """Take out of the workbook what somebody wants left out; returns what goes, to be listed."""
    left = []
    for sheet in list(workbook.sheets):
        if sheet.state != "visible":
            if _answer(answers, "sheets") == LEAVE and len(workbook.sheets) > 1:
                workbook.sheets.remove(sheet)
                filled = sum(not cell.is_blank for cell in sheet.cells.values())
                left.append(
                    Ignored(sheet.name, "", f"{filled} filled cells", "the sheet is hidden, and you left it out")
                )
            continue
        rows = set(sheet.hidden_rows) if _answer(answers, "rows") == LEAVE else set()
        columns = set(sheet.hidden_cols) if _answer(answers, "columns") == LEAVE else set()
        for row, column in [place for place in sheet.cells if place[0] in rows or place[1] in columns]:
            cell = sheet.cells.pop((row, column))
            if not cell.is_blank:
                what = "row" if row in rows else "column"
                reason = f"its {what} is hidden, and you left it out"
                left.append(Ignored(sheet.name, address(row, column), cell.text or cell.formula or "", reason))
    return left
