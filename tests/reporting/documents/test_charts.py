"""Charts leave gaps as gaps, draw a lonely point as a point, and give every line a dash and a marker of its own."""

from decimal import Decimal
from itertools import pairwise

from reporting.documents.charts import MOST_LINES, line_chart, profile_bars, stacked_bars, status_strip
from reporting.documents.contents import StatusMark

LEVELS = [(0, "£0"), (100, "£100")]
LABELS = ["Apr 19", "May 19", "Jun 19", "Jul 19"]


def drawn(*lines):
    return line_chart("Budget", "", LABELS, lines, LEVELS)


def test_a_gap_breaks_the_line_and_is_never_zero():
    (line,) = drawn(("Spent", [10, 20, None, 40])).lines
    assert len(line.points) == 3
    assert [len(piece.split()) for piece in line.pieces] == [2]  # July stands alone
    assert max(point.y for point in line.points) < drawn(("Spent", [0])).lines[0].points[0].y


def test_a_single_point_is_a_point_without_a_line():
    (line,) = drawn(("Spent", [None, 50, None, None])).lines
    assert (len(line.points), line.pieces) == (1, ())


def test_nothing_known_is_no_chart():
    assert drawn(("Spent", [None] * 4)) is None
    assert stacked_bars("Counts", "", LABELS, [([], "–")] * 4) is None
    assert profile_bars("Savings", "", ("Target", "Forecast"), [("2018/19", None, None)], str) is None


def test_lines_are_told_apart_without_colour_and_their_names_do_not_meet():
    lines = drawn(*((f"Item {number}", [50, 50, 50, 50]) for number in range(MOST_LINES))).lines
    assert len({(line.dash, line.marker) for line in lines}) == MOST_LINES
    heights = sorted(line.label_y for line in lines)
    assert all(below - above >= 14 for above, below in pairwise(heights))


def test_bars_stand_on_one_floor_and_add_up():
    chart = stacked_bars("Counts", "", LABELS[:2], [([("R", "red", 1), ("G", "green", 3)], "4"), ([], "–")])
    red, green = chart.stacks[0].pieces
    assert (red.height, green.height) == (50, 150)  # a quarter and three quarters of the plot
    assert red.y + red.height == chart.floor
    assert green.y + green.height == red.y
    assert chart.stacks[1].pieces == ()


def test_less_than_nothing_hangs_below_the_line():
    chart = profile_bars("Savings", "", ("Target", "Forecast"), [("2018/19", Decimal(100), Decimal(-50))], str)
    target, forecast = chart.bars
    assert target.y + target.height == chart.zero
    assert forecast.y == chart.zero
    assert target.height > forecast.height


def test_a_period_with_nothing_has_an_empty_cell():
    green = StatusMark("Green", "circle", "green")
    chart = status_strip("Statuses", "", LABELS[:2], [("Overall", [("G", green, ""), ("–", None, "")])])
    told, empty = chart.rows[0].cells
    assert (told.code, told.fill) == ("G", "#d9ece4")
    assert (empty.code, empty.mark, empty.fill) == ("–", None, "#ffffff")
