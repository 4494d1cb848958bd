"""Milestones: Rochford's appendices of July 2019."""

from datetime import date
from decimal import Decimal

import pytest

from projects.rules.milestones import (
    Due,
    Link,
    LinkKind,
    delivered,
    is_on_critical_path,
    parse_interdependencies,
    resolve,
)


@pytest.mark.parametrize(
    ("words", "refs"),
    [
        ("Milestone 1", ("1",)),
        ("Milestone 2,5", ("2", "5")),
        ("Milestone 2,3,5,6", ("2", "3", "5", "6")),
        ("Milestones 2 & 3", ("2", "3")),
        ("milestone 2, 3 and 5.", ("2", "3", "5")),
        ("Milestone 2, Milestone 4", ("2", "4")),
        ("A. 10, B2", ("A.10", "B2")),
        ("2,2", ("2",)),
        ("3.1", ("3.1",)),
        ("", ()),
        (None, ()),
        ("None", ()),
        ("Finance system, 2 servers", ()),
        ("Milestone", ()),
        ("2-4", ()),
    ],
)
def test_references_are_read_as_printed(words, refs):
    assert parse_interdependencies(words) == refs


def test_homelessness_has_self_and_dangling_references():
    known = {"1", "2", "3"}
    assert resolve(("1",), known, "1") == (Link("1", LinkKind.SELF),)
    assert [link.kind for link in resolve(("2", "3", "5", "6"), known, "3")] == ["ok", "self", "dangling", "dangling"]


def test_percent_delivered_counts_what_was_due_in_the_quarter():
    milestones = [
        Due(date(2018, 7, 1), True),
        Due(date(2018, 9, 30), True),
        Due(date(2018, 8, 1), False),
        Due(date(2018, 6, 30), True),
        Due(date(2018, 10, 1), True),
        Due(None, True),
    ]
    answer = delivered(milestones, date(2018, 7, 1), date(2018, 9, 30))
    assert (answer.done, answer.due) == (2, 3)
    assert answer.points == Decimal(2) / Decimal(3) * 100


def test_nothing_due_is_no_percentage():
    assert delivered([], date(2018, 7, 1), date(2018, 9, 30)).points is None


@pytest.mark.parametrize(
    ("words", "answer"),
    [("Critical Path", True), ("yes", True), ("X", True), (True, True), ("", False), (None, False), ("No", False),
     ("perhaps", None)],
)  # fmt: skip
def test_the_critical_path_column(words, answer):
    assert is_on_critical_path(words) is answer
