"""What is pasted is kept without the signs that no file can hold."""

from projects.forms.records import line_box, text_box
from projects.rules.printable import printable


def test_only_what_cannot_be_kept_goes():
    assert printable("a\x00b\x0bc\x1fd\ufffee\tf\ng \N{BOOKS} \u0639") == "abcde\tf\ng \N{BOOKS} \u0639"
    assert printable("a\x0bb", "\n") == "a\nb"


def test_words_soft_break_ends_a_line_of_a_box_and_is_a_blank_in_a_line():
    assert text_box("Text").clean("First\x0bsecond\x02") == "First\nsecond"
    assert line_box("Line").clean("First\x0bsecond") == "First second"
