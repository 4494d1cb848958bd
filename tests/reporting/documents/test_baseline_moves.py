"""The re-cast ledger as a document: what it says, for whom, in each format."""

from datetime import date
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from projects.permissions import top_node
from reporting.documents.catalogue.baseline_moves import built_moves
from reporting.documents.contents import printed
from tests import factories
from tests.projects.test_ledger import report_that_says
from tests.reporting.documents.pdfua import assert_pdf_ua, pdf_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def moved(organisation, project):
    """Doors moved by 31 and by 30 days."""
    period = factories.period(organisation, date(2019, 5, 31))
    for words in ("31/12/2019", "31/01/2020", "01/03/2020"):
        report_that_says(project, period, {"Doors open": words})
        period = factories.next_period(period)
    return project


def address(node, **asked):
    return reverse("document", args=["baseline-moves", node.organisation.slug, node.slug], query=asked)


def test_each_milestone_has_a_row_and_each_move_another(moved):
    built = built_moves(moved, day=date(2019, 8, 6))
    (_, by_milestone), (_, every_move) = built.tables
    (row,) = by_milestone.rows
    assert (row["moves"], row["forecast_days"], row["baseline_moves"], row["unrequested"]) == (2, 61, 0, 2)
    assert [(each["before"], each["after"], each["days"]) for each in every_move.rows] == [
        ("31/12/2019", "31/01/2020", 31),
        ("31/01/2020", "01/03/2020", 30),
    ]
    assert printed(row["drift"], "status") == "No baseline moved"
    assert "node" not in [column.key for column in by_milestone.columns]


def test_of_a_whole_portfolio_it_names_the_projects(moved, organisation):
    built = built_moves(top_node(organisation), day=date(2019, 8, 6))
    assert built.tables[0][1].rows[0]["node"] == "New library"
    assert built.tables[0][1].columns[0].key == "node"


def test_it_is_drawn_for_staff_as_page_pdf_and_workbook(client, moved, director, reader):
    client.force_login(director)
    assert "31/01/2020" in client.get(address(moved)).content.decode()
    pdf = client.get(address(moved, format="pdf")).content
    assert_pdf_ua(pdf)
    assert "Doors open" in pdf_text(pdf)
    book = load_workbook(BytesIO(client.get(address(moved, format="xlsx")).content))
    assert "Every move" in book.sheetnames
    client.force_login(reader)
    assert client.get(address(moved)).status_code == 404


def test_up_to_a_day_it_leaves_out_what_came_later(client, moved, director):
    client.force_login(director)
    words = client.get(address(moved, period="2019-06-30")).content.decode()
    assert "31/01/2020" in words
    assert "01/03/2020" not in words
    assert client.get(address(moved, period="nonsense")).status_code == 404
