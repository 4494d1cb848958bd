"""How values are printed, the same in every medium."""

from datetime import date
from decimal import Decimal

import pytest

from reporting.documents.charts import money_bars, risk_matrix
from reporting.documents.contents import Column, FieldRow, HeadingCell, Narrative, Table, WrittenDay, printed
from tests.reporting.documents.samples import GREEN, band_of


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (Decimal(601400), "money", "£601,400"),
        (Decimal(-7342), "money", "-£7,342"),
        (Decimal("0.5"), "money", "£0.50"),
        (0, "money", "£0"),
        ("see commentary", "money", "see commentary"),
        (Decimal("-1.2208"), "percent", "-1%"),
        (Decimal("93.003"), "percent", "93%"),
        (Decimal(17_831_000), "thousands", "17,831"),
        (Decimal("-6036500"), "thousands", "-6,037"),
        (Decimal("-400"), "thousands", "0"),
        (1250, "number", "1,250"),
        (Decimal("100"), "number", "100"),
        (Decimal("4.50"), "number", "4.5"),
        (date(2019, 7, 1), "date", "1 July 2019"),
        (WrittenDay("Mar-20 ongoing"), "date", "Mar-20 ongoing"),
        (GREEN, "status", "GREEN"),
        (None, "text", ""),
    ],
)
def test_values_are_printed_as_readers_expect(value, kind, text):
    assert printed(value, kind) == text


def test_a_percentage_has_the_decimals_that_its_row_asks_for():
    assert FieldRow("Lower than budget", Decimal("4.05"), "percent", places=2).text == "4.05%"


def test_a_missing_value_is_never_nothing_or_nought():
    assert FieldRow("Forecast", None, "money").text == "Not reported"
    row = Table((Column("a", "A", "money"), Column("b", "B")), ({},)).printed_rows[0]
    assert [cell.text for cell in row.cells] == ["–", ""]


def test_neighbouring_columns_of_a_group_share_a_heading():
    table = Table(
        (
            Column("ref", "Ref"),
            Column("a", "18/19", group="£000"),
            Column("b", "19/20", group="£000"),
            Column("c", "Note"),
        )
    )
    assert table.group_headings == (HeadingCell("", 1), HeadingCell("£000", 2), HeadingCell("", 1))
    assert Table((Column("ref", "Ref"),)).group_headings == ()
    assert [column.full_label for column in table.columns] == ["Ref", "£000, 18/19", "£000, 19/20", "Note"]


@pytest.mark.parametrize("wrong", [{"kind": "colour"}, {"width": 0}, {"width": 101}])
def test_a_column_that_cannot_be_drawn_is_refused(wrong):
    with pytest.raises(ValueError, match=r"column"):
        Column("a", "A", **wrong)


def test_narrative_keeps_its_authors_paragraphs():
    assert [paragraph.text for paragraph in Narrative.of("One.\r\n\r\nTwo\nstill two.").passages[0].paragraphs] == [
        "One.",
        "Two\nstill two.",
    ]
    assert Narrative.of(" ").passages == ()


def test_bars_are_on_one_scale_and_say_their_figures():
    chart = money_bars((("Planned budget", Decimal(600)), ("Forecast", Decimal(300))))
    assert [bar.width for bar in chart.bars] == [150, 75]
    assert chart.title == "Planned budget £600; Forecast £300"


@pytest.mark.parametrize(
    "amounts", [(), (("Planned", Decimal(0)),), (("Planned", Decimal(5)), ("Forecast", Decimal(-5)))]
)
def test_no_chart_where_bars_would_mislead(amounts):
    assert money_bars(amounts) is None


def test_risks_stand_in_the_matrix_by_likelihood_and_impact():
    labels = ("1", "2", "3", "4", "5")
    matrix = risk_matrix("Risks", (("R2", 4, 5), ("R7", 4, 5), ("R1", 1, 1)), labels, labels, band_of)
    assert [row.label for row in matrix.rows] == ["5 5", "4 4", "3 3", "2 2", "1 1"]
    crowded = matrix.rows[1].cells[4]
    assert (crowded.score, crowded.band.label, crowded.count, crowded.references) == (20, "High", 2, ("R2", "R7"))
    with pytest.raises(ValueError, match="Risk R9 stands at 6 x 1"):
        risk_matrix("Risks", (("R9", 6, 1),), labels, labels, band_of)


def test_a_table_stays_whole_on_a_page_only_where_it_is_short_in_rows_and_in_words():
    def of(rows, words):
        return Table((Column("a", "A"),), tuple({"a": words} for _ in range(rows))).is_short

    assert of(10, "x" * 100)
    assert not of(11, "x")
    assert not of(10, "x" * 101)
