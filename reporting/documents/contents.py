"""What a section of a document may contain: plain values, with the one way in which each of them is printed.

A section's content is built once from the record and then drawn as a page, a PDF, a workbook and a Word file, so
everything here is immutable and knows nothing of the database. The shape that each section's template expects:

    project-detail, project-status, budget, risk-consideration     Fields
    milestones, high-risk-register, risk-register, benefits,
    resources, reporting-streams, change-control, status-key,
    indicators, indicator-table                                    Table
    commentary, cover-section                                      Narrative
    risk-matrix                                                    RiskMatrix
    pictures                                                       Pictures
    cover-header                                                   CoverHeader
    cover-closing                                                  CoverClosing
    notices                                                        catalogue.sections.Notices
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from projects.rules.money import format_percent, format_pounds, round_half_up

MONEY, NUMBER, PERCENT, DATE, STATUS, TEXT = "money", "number", "percent", "date", "status", "text"
THOUSANDS = "thousands"  # pounds, printed in thousands under a heading that says so
KINDS = (TEXT, MONEY, NUMBER, DATE, STATUS, PERCENT, THOUSANDS)
FIGURES = (MONEY, NUMBER, PERCENT, THOUSANDS)

NOT_REPORTED = "Not reported"
MOST_ROWS_KEPT_TOGETHER = 10
MOST_LETTERS_KEPT_TOGETHER = 1_000  # about a third of a page: taller tables would leave the page before them empty
MOST_COLUMNS_WITHOUT_SCROLLING = 10
NO_FIGURE = "\N{EN DASH}"


@dataclass(frozen=True)
class StatusMark:
    """A status as it is drawn: its word, and a shape and a colour that say the same again.

    `shape` and `colour` are names that the style sheet of the statuses knows (circle, diamond ...; green, amber ...);
    `kind` is the kind of status (on_track ...), empty where it makes no difference to the drawing.
    """

    label: str
    shape: str = "dash"
    colour: str = "grey"
    kind: str = ""


@dataclass(frozen=True)
class WrittenDay:
    """A date as its author wrote it ("Mar-20 ongoing"); `on` is the day, None where the words name no single day."""

    words: str
    on: date | None = None


@dataclass(frozen=True)
class Reference:
    """Part of a cell's words; `anchor` is the row of the same table it leads to, empty where it leads nowhere."""

    text: str
    anchor: str = ""


@dataclass(frozen=True)
class References:
    """Words of a cell that name other rows ("Milestone 2,5"); `note` says which name no row, or the row itself."""

    parts: tuple[Reference, ...]
    note: str = ""

    @property
    def words(self) -> str:
        """The cell as it was written."""
        return "".join(part.text for part in self.parts)


def printed_date(day: date) -> str:
    """A day as readers see it: 10 July 2019."""
    return f"{day.day} {day:%B %Y}"


def printed_money(pounds: Decimal | int) -> str:
    """Pounds with thousands separated, pence only where there are any: £601,400, -£7,342, £0.50."""
    return format_pounds(Decimal(pounds), pence=pounds != int(pounds))


def printed_thousands(pounds: Decimal | int) -> str:
    """Pounds in whole thousands: 17,831 for £17,831,000."""
    return f"{round_half_up(Decimal(pounds) / 1000):,}"


def printed_number(number: Decimal | int) -> str:
    """A count or a measure with thousands separated and no zeros that say nothing."""
    digits = f"{number:,f}" if isinstance(number, Decimal) else f"{number:,}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def printed(value: Any, kind: str, places: int = 0) -> str:
    """The text that readers see for `value`, a percentage to `places` decimals.

    Text given for a figure is printed as written; None is the empty text.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, StatusMark):
        return value.label
    if isinstance(value, WrittenDay | References):
        return value.words
    if isinstance(value, date):
        return printed_date(value)
    if kind == MONEY:
        return printed_money(value)
    if kind == THOUSANDS:
        return printed_thousands(value)
    if kind == PERCENT:
        return format_percent(Decimal(value), places=places)
    return printed_number(value)


@dataclass(frozen=True)
class Column:
    """A column of a table.

    `header`: its cells name their row. `width`: per cent of the table, None to share what is left.
    `group`: the heading it shares with its neighbours, printed in a row above. `places`: decimals of a percentage.
    `signed`: a difference, printed with its plus.
    """

    key: str
    label: str
    kind: str = TEXT
    header: bool = False
    width: int | None = None
    group: str = ""
    places: int = 0
    signed: bool = False

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"A column cannot be of the kind {self.kind!r}; use one of {', '.join(KINDS)}.")
        if self.width is not None and not 0 < self.width <= 100:
            raise ValueError(f"The width of column {self.label!r} must be from 1 to 100 per cent, not {self.width}.")

    @property
    def is_figure(self) -> bool:
        return self.kind in FIGURES

    @property
    def full_label(self) -> str:
        """The heading with the one it stands under, for a cell that is read without the table round it."""
        return f"{self.group}, {self.label}" if self.group else self.label


@dataclass(frozen=True)
class PrintedCell:
    """One cell as the templates draw it."""

    text: str
    column: Column
    status: StatusMark | None = None
    references: References | None = None

    @property
    def is_bare_number(self) -> bool:
        """Whether it says nothing without its heading, where a narrow page draws a row as a card."""
        return self.text.isdigit()

    @property
    def is_blank(self) -> bool:
        """Whether nothing was stated where a figure could stand."""
        return self.text == NO_FIGURE


@dataclass(frozen=True)
class PrintedRow:
    """`anchor` is what references of other rows lead to, empty where the row has none."""

    cells: tuple[PrintedCell, ...]
    is_total: bool = False
    anchor: str = ""


@dataclass(frozen=True)
class HeadingCell:
    """A heading over `span` columns; an empty label is a gap above columns that belong to no group."""

    label: str
    span: int


@dataclass(frozen=True)
class Table:
    """Rows of the record under headings.

    A row is a mapping from column key to value: Decimal pounds for money and thousands, per cent for percent, a date
    or WrittenDay, a StatusMark, References; None where nothing was reported; under "anchor" what other rows lead to it
    by. `totals` are rows of the same shape, set apart. `caption` says what the rows are; without one the section's
    heading names the table. `empty` is printed when there are no rows. `sheet` names its sheet in a workbook, empty
    for the section's heading.
    """

    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, Any], ...] = ()
    caption: str = ""
    totals: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[str, ...] = ()
    empty: str = "None recorded."
    sheet: str = ""

    @property
    def tables(self) -> tuple["Table", ...]:
        return (self,)

    @property
    def is_wide(self) -> bool:
        """So many columns that a page may have to scroll it."""
        return len(self.columns) > MOST_COLUMNS_WITHOUT_SCROLLING

    @property
    def is_short(self) -> bool:
        """Few enough rows, with few enough words in them, to stay whole on one printed page."""
        if len(self.rows) + len(self.totals) > MOST_ROWS_KEPT_TOGETHER:
            return False
        return sum(len(cell.text) for row in self.printed_rows for cell in row.cells) <= MOST_LETTERS_KEPT_TOGETHER

    @property
    def group_headings(self) -> tuple[HeadingCell, ...]:
        """The upper of two rows of headings, neighbours of one group merged; empty when no column has a group."""
        if not any(column.group for column in self.columns):
            return ()
        merged: list[HeadingCell] = []
        for column in self.columns:
            if merged and column.group and merged[-1].label == column.group:
                merged[-1] = HeadingCell(column.group, merged[-1].span + 1)
            else:
                merged.append(HeadingCell(column.group, 1))
        return tuple(merged)

    @property
    def printed_rows(self) -> tuple[PrintedRow, ...]:
        return tuple(
            PrintedRow(
                tuple(self._printed_cell(row, column) for column in self.columns), is_total, row.get("anchor", "")
            )
            for rows, is_total in ((self.rows, False), (self.totals, True))
            for row in rows
        )

    @staticmethod
    def _printed_cell(row: Mapping[str, Any], column: Column) -> PrintedCell:
        value = row.get(column.key)
        text = NO_FIGURE if value is None and column.is_figure else printed(value, column.kind, column.places)
        if column.signed and isinstance(value, Decimal | int) and value > 0:
            text = f"+{text}"
        return PrintedCell(
            text,
            column,
            value if isinstance(value, StatusMark) else None,
            value if isinstance(value, References) else None,
        )


@dataclass(frozen=True)
class FieldRow:
    """One label and its value.

    `stated`: what a source stated where the record derives `value` and the two differ; kept for the workbook, not
    printed. `note`: a short explanation printed under the value.
    """

    label: str
    value: Any
    kind: str = TEXT
    stated: Any = None
    note: str = ""
    places: int = 0

    @property
    def text(self) -> str:
        return printed(self.value, self.kind, self.places) or NOT_REPORTED

    @property
    def status(self) -> StatusMark | None:
        return self.value if isinstance(self.value, StatusMark) else None


@dataclass(frozen=True)
class Fields:
    """Labels with values, in the order in which they are printed; `chart` is one picture of them, drawn below."""

    rows: tuple[FieldRow, ...]
    caption: str = ""
    notes: tuple[str, ...] = ()
    chart: "Any | None" = None

    @property
    def tables(self) -> tuple[Table, ...]:
        return ()


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of narrative: `number` as printed ("3.1") or empty; `bullets` follow its text.

    `goes_on`: part of the numbered paragraph before it. `is_marked`: its words may have the marks of documents.marks.
    """

    text: str
    number: str = ""
    bullets: tuple[str, ...] = ()
    goes_on: bool = False
    is_marked: bool = False


@dataclass(frozen=True)
class Passage:
    """Paragraphs under a heading of their own (a project's name in a cover report); an empty heading prints none.

    `tables` follow the paragraphs; text behind them is a passage of its own without a heading.
    """

    paragraphs: tuple[Paragraph, ...]
    heading: str = ""
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True)
class Narrative:
    """Running text, and the small tables that belong to it."""

    passages: tuple[Passage, ...]
    empty: str = "None."

    @property
    def tables(self) -> tuple[Table, ...]:
        return tuple(table for passage in self.passages for table in passage.tables)

    @classmethod
    def of(cls, *texts: str) -> "Narrative":
        """Narrative of plain paragraphs: the texts are split where their authors left a blank line; blank ones go."""
        pieces = (piece.strip() for text in texts for piece in text.replace("\r\n", "\n").split("\n\n"))
        paragraphs = tuple(Paragraph(piece) for piece in pieces if piece)
        return cls((Passage(paragraphs),) if paragraphs else ())


@dataclass(frozen=True)
class MatrixCell:
    """A cell of the risk matrix: its score, the band that the score falls in and the risks that stand there."""

    likelihood: int
    impact: int
    score: int
    band: StatusMark
    references: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        return len(self.references)


@dataclass(frozen=True)
class MatrixRow:
    """The cells of one likelihood, impact rising from left to right."""

    label: str
    cells: tuple[MatrixCell, ...]


@dataclass(frozen=True)
class RiskMatrix:
    """Risks by likelihood (rows, highest first) and impact (columns): a table, so that it can be read aloud."""

    caption: str
    impact_labels: tuple[str, ...]
    rows: tuple[MatrixRow, ...]
    likelihood_title: str = "Likelihood"
    impact_title: str = "Impact"
    unplaced: tuple[str, ...] = ()  # risks known by band only, which have no place in the matrix

    @property
    def tables(self) -> tuple[Table, ...]:
        """The matrix as a plain table, for the workbook and the Word file."""
        columns = (
            Column("likelihood", self.likelihood_title, header=True),
            *(
                Column(f"impact-{position}", label, group=self.impact_title)
                for position, label in enumerate(self.impact_labels)
            ),
        )
        rows = tuple(
            {"likelihood": row.label}
            | {
                f"impact-{position}": f"{cell.band.label} {cell.score}: {', '.join(cell.references) or 'none'}"
                for position, cell in enumerate(row.cells)
            }
            for row in self.rows
        )
        return (Table(columns, rows, caption=self.caption),)


@dataclass(frozen=True)
class Picture:
    """A chart (of documents.charts; None where there is nothing to draw) and the table of the same figures below it."""

    chart: Any | None
    table: Table


@dataclass(frozen=True)
class Pictures:
    """Charts with their tables; `lead` says how to read them."""

    pictures: tuple[Picture, ...]
    lead: str = ""
    notes: tuple[str, ...] = ()

    @property
    def tables(self) -> tuple[Table, ...]:
        return tuple(picture.table for picture in self.pictures)


@dataclass(frozen=True)
class CoverHeader:
    """The head of a committee report: to which meeting, from whom, about what. People appear by post."""

    report_to: str
    report_from: str
    subject: str
    meeting: WrittenDay | date | None = None
    more: tuple[tuple[str, str], ...] = ()  # (label, words) of the council's own rows
    tables: tuple[Table, ...] = field(default=(), repr=False)

    @property
    def meeting_text(self) -> str:
        return printed(self.meeting, DATE)


@dataclass(frozen=True)
class CoverClosing:
    """The foot of a committee report: declaration, signature, background papers, contact by post, other formats."""

    declaration: str = ""
    signature_label: str = ""
    signatory_post: str = ""
    background_papers: tuple[str, ...] = ()
    contact: str = ""
    accessible_formats: str = ""
    tables: tuple[Table, ...] = field(default=(), repr=False)
