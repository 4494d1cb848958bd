"""Pictures of figures that a table beside them also gives: values here, drawn by templates as SVG or as a table."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from reporting.documents.contents import MatrixCell, MatrixRow, RiskMatrix, StatusMark, printed_money

# Dark and light by turns, so that neighbouring bars differ in greyscale too; each at least 3:1 on white.
FILLS = ("#12436d", "#28a197", "#801650", "#f46a25")
LEFT, WIDTH, STEP = 112, 150, 24


@dataclass(frozen=True)
class Bar:
    label: str
    amount: str
    y: int
    text_y: int
    width: int
    amount_x: int
    fill: str


@dataclass(frozen=True)
class BarChart:
    """Amounts of money as horizontal bars on one scale. `title` is the text alternative and states every figure."""

    title: str
    bars: tuple[Bar, ...]
    left: int = LEFT

    @property
    def height(self) -> int:
        return len(self.bars) * STEP

    @property
    def full_width(self) -> int:
        return LEFT + WIDTH + 78


def money_bars(amounts: Sequence[tuple[str, Decimal]]) -> BarChart | None:
    """A chart of (label, pounds). None when there is nothing to draw: no amounts, all zero, or one that is negative."""
    largest = max((pounds for _, pounds in amounts), default=Decimal(0))
    if largest <= 0 or any(pounds < 0 for _, pounds in amounts):
        return None
    bars = []
    for position, (label, pounds) in enumerate(amounts):
        width = int(pounds / largest * WIDTH)
        top = position * STEP + 3
        bars.append(
            Bar(label, printed_money(pounds), top, top + 13, width, LEFT + width + 6, FILLS[position % len(FILLS)])
        )
    return BarChart("; ".join(f"{bar.label} {bar.amount}" for bar in bars), tuple(bars))


def risk_matrix(
    caption: str,
    placed: Iterable[tuple[str, int, int]],
    likelihood_labels: Sequence[str],
    impact_labels: Sequence[str],
    band_of: Callable[[int], StatusMark],
    unplaced: Iterable[str] = (),
) -> RiskMatrix:
    """Risks set out by likelihood and impact, the likeliest row first.

    `placed` gives (reference, likelihood, impact), both counted from 1; the labels run from the lowest. `band_of`
    gives the band of a score. `unplaced` are references of risks that are known by their band only.
    """
    references: dict[tuple[int, int], list[str]] = {}
    for reference, likelihood, impact in placed:
        if not (1 <= likelihood <= len(likelihood_labels) and 1 <= impact <= len(impact_labels)):
            raise ValueError(f"Risk {reference} stands at {likelihood} x {impact}, which is outside the matrix.")
        references.setdefault((likelihood, impact), []).append(reference)
    rows = tuple(
        MatrixRow(
            f"{likelihood} {likelihood_labels[likelihood - 1]}",
            tuple(
                MatrixCell(
                    likelihood,
                    impact,
                    likelihood * impact,
                    band_of(likelihood * impact),
                    tuple(references.get((likelihood, impact), ())),
                )
                for impact in range(1, len(impact_labels) + 1)
            ),
        )
        for likelihood in range(len(likelihood_labels), 0, -1)
    )
    numbered = tuple(f"{position} {label}" for position, label in enumerate(impact_labels, start=1))
    return RiskMatrix(caption, numbered, rows, unplaced=tuple(unplaced))


# ---- trends: what was said from period to period ----

LABELS, CELL, HALF = 176, 36, 18
PLOT_LEFT, PLOT_TOP, PLOT_HEIGHT, LABEL_ROOM, LABEL_STEP = 92, 12, 200, 190, 16
AXIS_ROOM = 40  # below the plot: two lines of words
DASHES = ("", "9 4", "2 3", "9 3 2 3", "14 4", "5 5")
MARKERS = ("circle", "square", "triangle", "diamond", "cross", "ring")
INKS = ("#12436d", "#801650", "#0b6158", "#0b0c0c", "#a84d00", "#54319f")
MOST_LINES = len(INKS)
GREATEST_STEP = 96


# The statuses' colours again (css/status.css), because a style sheet does not reach the pictures of a PDF.
TINTS = {
    "green": "#d9ece4", "amber": "#ffe4c2", "yellow": "#fff4b3", "red": "#f8dcdc", "blue": "#d8e7f4",
    "purple": "#e6dff3", "grey": "#eceeef",
}  # fmt: skip


@dataclass(frozen=True)
class Tick:
    """Words at a place of an axis, on one line or two."""

    x: int
    y: int
    words: str
    more: str = ""


def axis_ticks(labels: Sequence[str], x_of: Callable[[int], int], y: int) -> tuple[Tick, ...]:
    """The names of periods below their places, split at the last space so that neighbours do not meet."""
    ticks = []
    for place, label in enumerate(labels):
        first, _, second = label.rpartition(" ")
        ticks.append(Tick(x_of(place), y, first or second, second if first else ""))
    return tuple(ticks)


@dataclass(frozen=True)
class StripCell:
    """A status at one period; `mark` None: nothing is known, and `code` says why."""

    x: int
    y: int
    code: str
    mark: StatusMark | None
    arrow: str = ""  # arrow_up, arrow_down: against the last one known

    @property
    def fill(self) -> str:
        return TINTS.get(self.mark.colour, TINTS["grey"]) if self.mark else "#ffffff"

    @property
    def text_x(self) -> int:
        return self.x + HALF - 1

    @property
    def shape_x(self) -> int:
        return self.x + (4 if self.arrow else 11)


@dataclass(frozen=True)
class StripRow:
    label: str
    text_y: int
    cells: tuple[StripCell, ...]


@dataclass(frozen=True)
class Strip:
    """Statuses by period: a row for each thing rated, each cell with its code, shape and colour."""

    title: str
    description: str
    rows: tuple[StripRow, ...]
    ticks: tuple[Tick, ...]
    width: int
    height: int
    template = "reporting/sections/status-strip.html"


def status_strip(
    title: str,
    description: str,
    labels: Sequence[str],
    rows: Sequence[tuple[str, Sequence[tuple[str, StatusMark | None, str]]]],
) -> Strip:
    """`rows` are (what is rated, its (code, status or None, arrow or "") at each period)."""
    drawn = []
    for number, (label, cells) in enumerate(rows):
        top = number * (CELL + 4)
        drawn.append(
            StripRow(
                _cut(label, 24),
                top + 23,
                tuple(StripCell(LABELS + place * CELL, top, *cell) for place, cell in enumerate(cells)),
            )
        )
    height = len(rows) * (CELL + 4)
    ticks = axis_ticks(labels, lambda place: LABELS + place * CELL + HALF, height + 12)
    return Strip(title, description, tuple(drawn), ticks, LABELS + len(labels) * CELL + 2, height + AXIS_ROOM - 8)


@dataclass(frozen=True)
class Point:
    x: int
    y: int
    is_square: bool = False  # done: the day itself, no forecast


@dataclass(frozen=True)
class Line:
    """One line of a chart, in pieces: where nothing is known there is none. A lonely point is a piece of its own."""

    label: str
    label_x: int
    label_y: int
    pieces: tuple[str, ...]  # "x,y x,y"
    points: tuple[Point, ...]
    ink: str
    dash: str
    marker: str


@dataclass(frozen=True)
class LineChart:
    """Lines over periods, each with a dash and a marker of its own and its name at its end."""

    title: str
    description: str
    lines: tuple[Line, ...]
    ticks: tuple[Tick, ...]
    levels: tuple[Tick, ...]  # of the upright axis
    plot_right: int
    width: int
    height: int
    left: int = PLOT_LEFT
    template = "reporting/sections/line-chart.html"


def line_chart(
    title: str,
    description: str,
    labels: Sequence[str],
    lines: Sequence[tuple[str, Sequence[int | None]]],
    levels: Sequence[tuple[int, str]],
    squares: frozenset[tuple[int, int]] = frozenset(),
) -> LineChart | None:
    """`lines` are (name, a number at each period or None); `levels` the numbers named at the side, lowest first.

    `squares` are the (line, place) of points that are facts among forecasts. None where no number is known.
    """
    known = [number for _, numbers in lines for number in numbers if number is not None]
    if not known:
        return None
    low, high = min([*known, levels[0][0]]), max([*known, levels[-1][0]])
    step = min(GREATEST_STEP, max(CELL, 560 // max(len(labels) - 1, 1)))

    def x_of(place):
        return PLOT_LEFT + HALF + place * step

    def y_of(number):
        return PLOT_TOP + PLOT_HEIGHT - (round((number - low) / (high - low) * PLOT_HEIGHT) if high > low else 100)

    right = x_of(len(labels) - 1) + HALF
    drawn = []
    for number, (_, numbers) in enumerate(lines):
        points, pieces, piece = [], [], []
        for place, value in enumerate([*numbers, None]):
            if value is not None:
                points.append(Point(x_of(place), y_of(value), (number, place) in squares))
                piece.append(f"{points[-1].x},{points[-1].y}")
            else:
                pieces += [" ".join(piece)] if len(piece) > 1 else []
                piece = []
        drawn.append((tuple(points), tuple(pieces)))
    ends = {number: points[-1].y for number, (points, _) in enumerate(drawn) if points}
    label_ys = _apart(ends)
    return LineChart(
        title,
        description,
        tuple(
            Line(
                _cut(label, 26), right + 6, label_ys[number] + 5, pieces, points,
                INKS[number % MOST_LINES], DASHES[number % MOST_LINES], MARKERS[number % MOST_LINES],
            )
            for number, ((label, _), (points, pieces)) in enumerate(zip(lines, drawn, strict=True))
            if points
        ),
        axis_ticks(labels, x_of, PLOT_TOP + PLOT_HEIGHT + 24),
        tuple(Tick(PLOT_LEFT - 8, y_of(number), words) for number, words in levels),
        right,
        right + LABEL_ROOM,
        max(PLOT_TOP + PLOT_HEIGHT + AXIS_ROOM + 6, max(label_ys.values()) + 12),
    )  # fmt: skip


def _apart(ends: dict[int, int]) -> dict[int, int]:
    """Heights for the names of lines: each at its line's end, or as far below the one before as keeps both legible."""
    placed, last = {}, -LABEL_STEP
    for number, y in sorted(ends.items(), key=lambda each: (each[1], each[0])):
        last = placed[number] = max(y, last + LABEL_STEP)
    return placed


@dataclass(frozen=True)
class Piece:
    """A part of a bar, with its words beside or in it where they fit."""

    y: int
    height: int
    fill: str
    words: str
    text_y: int
    fits: bool


@dataclass(frozen=True)
class Stack:
    x: int
    text_x: int
    pieces: tuple[Piece, ...]
    total: str
    total_y: int


@dataclass(frozen=True)
class StackedBars:
    """Counts by period, one on the other, worst at the foot; periods without any have no bar."""

    title: str
    description: str
    stacks: tuple[Stack, ...]
    ticks: tuple[Tick, ...]
    bar: int
    width: int
    height: int
    floor: int = PLOT_TOP + PLOT_HEIGHT + 14
    template = "reporting/sections/stacked-bars.html"


def stacked_bars(
    title: str,
    description: str,
    labels: Sequence[str],
    stacks: Sequence[tuple[Sequence[tuple[str, str, int]], str]],
) -> StackedBars | None:
    """`stacks` are, for each period, its ((code, colour, count) worst first, the words above it). None without any."""
    most = max((sum(count for *_, count in parts) for parts, _ in stacks), default=0)
    if not most:
        return None
    step = min(GREATEST_STEP, max(CELL + 4, 620 // len(labels)))
    bar, floor = min(step - 6, 56), StackedBars.floor

    def middle(place):
        return 10 + place * step + step // 2

    drawn = []
    for place, (parts, words) in enumerate(stacks):
        foot, so_far, pieces = floor, 0, []
        for code, colour, number in parts:
            so_far += number
            top = floor - round(so_far / most * PLOT_HEIGHT)
            height = foot - top
            text = f"{code} {number}" if len(f"{code} {number}") * 7 <= bar else code
            fits = height >= 14 and len(text) * 8 <= bar + 4
            pieces.append(Piece(top, height, TINTS.get(colour, TINTS["grey"]), text, top + height // 2 + 5, fits))
            foot = top
        drawn.append(Stack(middle(place) - bar // 2, middle(place), tuple(pieces), words, foot - 5))
    return StackedBars(
        title, description, tuple(drawn), axis_ticks(labels, middle, floor + 16), bar,
        20 + len(labels) * step, floor + AXIS_ROOM,
    )  # fmt: skip


@dataclass(frozen=True)
class ProfileBar:
    x: int
    y: int
    height: int
    words: str
    text_y: int
    is_second: bool


@dataclass(frozen=True)
class Profile:
    """Two amounts side by side for each year: the plain bar is the first, the hatched one the second."""

    title: str
    description: str
    bars: tuple[ProfileBar, ...]
    ticks: tuple[Tick, ...]
    names: tuple[str, str]
    zero: int
    width: int
    height: int
    bar: int = 54
    template = "reporting/sections/profile-bars.html"


def profile_bars(
    title: str,
    description: str,
    names: tuple[str, str],
    years: Sequence[tuple[str, Decimal | None, Decimal | None]],
    words_of: Callable[[Decimal], str],
) -> Profile | None:
    """`years` are (year, first amount, second amount), None where it is not known. None without any amount."""
    amounts = [amount for _, *pair in years for amount in pair if amount is not None]
    if not any(amounts):
        return None
    high, low = max([*amounts, Decimal(0)]), min([*amounts, Decimal(0)])
    zero = 50 + int(high / (high - low) * 160)
    step = Profile.bar * 2 + 26
    bars = []
    for place, (_, *pair) in enumerate(years):
        for second, amount in enumerate(pair):
            if amount is None:
                continue
            size = int(abs(amount) / (high - low) * 160)
            top = zero - size if amount >= 0 else zero
            bars.append(
                ProfileBar(
                    16 + place * step + second * (Profile.bar + 2), top, size, words_of(amount),
                    top - 5 if amount >= 0 else top + size + 14, bool(second),
                )
            )  # fmt: skip
    foot = 50 + 160 + (22 if low < 0 else 6)
    ticks = tuple(Tick(16 + place * step + Profile.bar, foot + 14, year) for place, (year, *_) in enumerate(years))
    return Profile(title, description, tuple(bars), ticks, names, zero, max(20 + len(years) * step, 320), foot + 24)


def _cut(words: str, most: int) -> str:
    return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"


# ---- small lines: an indicator against its target ----

SMALL_STEP, SMALL_TOP, SMALL_TALL = 34, 6, 40


@dataclass(frozen=True)
class SmallLine:
    """A line over a few periods, the target broken beside it; `words` are all its figures, printed below it."""

    label: str
    words: str
    pieces: tuple[str, ...]  # "x,y x,y"; where nothing is known there is no line
    points: tuple[Point, ...]
    target_y: int | None
    width: int
    height: int = SMALL_TALL + 2 * SMALL_TOP
    template = "reporting/sections/small-line.html"

    @property
    def target_right(self) -> int:
        return self.width - 4


def small_line(label: str, words: str, numbers: Sequence[Decimal | None], target: Decimal | None) -> SmallLine | None:
    """`numbers` are the figures period by period, None where there is none. None without any figure."""
    known = [number for number in (*numbers, target) if number is not None]
    if not any(number is not None for number in numbers):
        return None
    low, high = min(known), max(known)

    def y_of(number: Decimal) -> int:
        share = (number - low) / (high - low) if high > low else Decimal("0.5")
        return SMALL_TOP + SMALL_TALL - int(share * SMALL_TALL)

    points, pieces, piece = [], [], []
    for place, number in enumerate([*numbers, None]):
        if number is not None:
            points.append(Point(12 + place * SMALL_STEP, y_of(number)))
            piece.append(f"{points[-1].x},{points[-1].y}")
        else:
            pieces += [" ".join(piece)] if len(piece) > 1 else []
            piece = []
    target_y = None if target is None else y_of(target)
    return SmallLine(label, words, tuple(pieces), tuple(points), target_y, 24 + (len(numbers) - 1) * SMALL_STEP)
