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
