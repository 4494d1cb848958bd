"""What people paste from a spreadsheet, read as a table or refused in a sentence."""

import pytest

from projects.rules.cells import NotATable, table_of, words_of_table

READ = (["", "Before", "After"], [["Posts (FTE)", "1,204.63", "177.12"], ["Vacant", "", "3.5"]])


@pytest.mark.parametrize(
    "pasted",
    [
        "\tBefore\tAfter\r\nPosts (FTE)\t1,204.63\t177.12\r\nVacant\t\t3.5\r\n",
        " | Before | After\nPosts (FTE) | 1,204.63 | 177.12\n\nVacant | | 3.5",
        ',Before,After\nPosts (FTE),"1,204.63",177.12\nVacant,,3.5',
        '\tBefore\tAfter\n"Posts\n(FTE)"\t1,204.63\t177.12\nVacant\t\t3.5',
    ],
)
def test_cells_are_parted_by_tabs_bars_or_commas(pasted):
    assert table_of(pasted) == READ
    assert table_of(words_of_table(*READ)) == READ


def test_a_cell_with_a_bar_in_it_comes_back_as_it_was():
    columns, rows = ["a", "b|c"], [["1", "2"]]
    assert table_of(words_of_table(columns, rows)) == (columns, rows)


def test_marks_that_do_not_pair_between_tabs_are_words():
    assert table_of('a\tb\n"x\t1\ny\t2') == (["a", "b"], [['"x', "1"], ["y", "2"]])
    assert table_of('a\tb\n"x" 6"\t1')[1] == [['"x" 6"', "1"]]


def test_short_rows_end_in_empty_cells_and_nothing_is_no_table():
    assert table_of("a\tb\tc\nx\t1")[1] == [["x", "1", ""]]
    assert table_of(" \n ") == ([], [])


def test_empty_columns_that_were_marked_with_the_table_are_left_out():
    assert table_of("a\tb\t\t\nx\t1\t\t\n\t\t\t\n") == (["a", "b"], [["x", "1"]])


@pytest.mark.parametrize(
    ("pasted", "sentence"),
    [
        ("only words", "Only one column"),
        ("a\tb", "at least one row"),
        ("a\tb\nx\t1\t2", "more cells than there are headings: x | 1 | 2"),
        ("a,b\nPosts,1,050", "quotation marks"),
        ("a\tb\t\nx\t1\t2", "Column 3 has no heading"),
        ('a,b\n"x,1', "quotation mark"),
        ("a\tb\n" + "x\t1\n" * 201, "at most 200 rows"),
    ],
)
def test_what_is_no_table_is_refused_with_what_to_do(pasted, sentence):
    with pytest.raises(NotATable, match=sentence):
        table_of(pasted)
