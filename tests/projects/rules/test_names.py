"""Names of people are told from titles of posts and bodies."""

import pytest

from projects.rules.names import names_in, with_posts


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("Ann Lee", ["Ann Lee"]),
        ("Ann Lee / Bo Ek", ["Ann Lee", "Bo Ek"]),
        ("Iain McMillan", ["Iain McMillan"]),
        ("Mary-Jane O’Brien", ["Mary-Jane O’Brien"]),
        ("J. Smith", ["J. Smith"]),
        ("Mrs A Jones and Cllr Pat Hill", ["Mrs A Jones", "Cllr Pat Hill"]),
        ("Head of Legal", []),
        ("Assistant Director - People & Communities", []),
        ("Service Director, Finance, Infrastructure and Improvement", []),
        ("Leadership Team", []),
        ("Executive", []),
        ("TBC", []),
        ("Two named, posts not given", []),
        ("", []),
    ],
)
def test_who_is_named(words, names):
    assert names_in(words) == names


def test_each_name_becomes_its_post_and_the_others_are_told():
    assert with_posts("Ann Lee / Bo Ek", {"Ann Lee": "Head of Legal"}) == ("Head of Legal / Bo Ek", ["Bo Ek"])
    assert with_posts("Head of Legal", {}) == ("Head of Legal", [])
