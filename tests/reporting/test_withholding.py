"""Cells with marks of their own are told to nobody who does not see what is exempt."""

from datetime import date

import pytest

from reporting.documents.catalogue import built_dashboard
from reporting.withholding import as_told
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_marked_cell_is_blank_or_words_and_the_row_itself_is_left_alone(project, organisation):
    draft = factories.draft(project)
    red = factories.status(organisation, "milestone", "Red")
    marks = {name: {"kind": "exempt"} for name in ("finish", "status", "interdependencies")}
    marks |= {"comment": {"kind": "withheld", "reason": "Bids"}, "title": {"kind": "provenance"}}
    row = factories.milestone(
        draft, finish="Mar-20", status=red, comment="Sold", interdependencies="To Zephyr", marks=marks
    )
    (shown,) = as_told([row], sees_exempt=False)
    assert (shown.finish_words, shown.finish_on, shown.status) == ("Exempt from publication", None, None)
    assert (shown.comment, shown.interdependencies, shown.title) == (
        "Withheld",
        "Exempt from publication",
        "Doors open",
    )
    assert (row.finish_words, row.status, row.comment) == ("Mar-20", red, "Sold")
    assert as_told([row], sees_exempt=True)[0] is row


def test_a_dashboard_prints_no_marked_cell_of_any_column(project):
    draft = factories.draft(project)
    marks = {
        name: {"kind": "exempt"} for name in ("start", "finish", "interdependencies", "comment", "title", "owner_words")
    }
    words = dict.fromkeys(("start_words", "interdependencies", "comment", "owner_words"), "Zephyr")
    factories.milestone(draft, title="Zephyr", finish="Zephyr", marks=marks, **words)
    report = factories.published(project, report=draft)
    told = {sees: str(built_dashboard(report, sees_exempt=sees, day=date(2019, 8, 6))) for sees in (True, False)}
    assert "Zephyr" in told[True]
    assert "Zephyr" not in told[False]
