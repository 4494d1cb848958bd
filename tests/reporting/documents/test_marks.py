"""Text of committee reports: a few marks, and nothing that could do harm."""

import pytest

from reporting.documents.marks import Run, marked_html, runs_of


@pytest.mark.parametrize(
    ("typed", "drawn"),
    [
        ("To **note** the *report*.", "To <strong>note</strong> the <em>report</em>."),
        ("See [the plan](https://example.org/plan).", 'See <a href="https://example.org/plan">the plan</a>.'),
        ("Costs < £5 & rising", "Costs &lt; £5 &amp; rising"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ('<a href="https://example.org">x</a>', '&lt;a href="https://example.org"&gt;x&lt;/a&gt;'),
        ("[now](javascript:alert(1))", "[now](javascript:alert(1))"),
        ("[file](file:///etc/passwd)", "[file](file:///etc/passwd)"),
        ("[mail](ftp://example.org)", "<a>mail</a>"),
        ("# not a heading, ![no](https://example.org/a.png)", None),
        (r"2 \* 3 \* 4", "2 * 3 * 4"),
        ("a_file_name and 5 * 6", "a_file_name and 5 * 6"),
    ],
)
def test_marks_are_drawn_and_nothing_else_gets_through(typed, drawn):
    html = marked_html(typed)
    assert "<img" not in html
    assert "<h1" not in html
    if drawn is not None:
        assert html == drawn


def test_runs_for_word_files():
    assert runs_of("To **note** [it](https://example.org), *all*") == [
        Run("To "),
        Run("note", is_bold=True),
        Run(" "),
        Run("it", address="https://example.org"),
        Run(", "),
        Run("all", is_italic=True),
    ]
    assert runs_of("**a\nb**") == [Run("a\nb", is_bold=True)]
