"""The project status report and the programme status report of September 2018, drawn, against the printed figures.

Typed from Appendices B and C of the agenda of 5 November 2018 and paragraphs 9 to 22 of its report, in thousands.
"""

import io

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from projects.models import Node
from reporting.documents.render import render_as, render_html
from reporting.drawing import Reader, build_document
from reporting.queries import NoSuchReport
from tests.reporting.documents.pdfua import assert_pdf_ua, pdf_text

pytestmark = pytest.mark.django_db

PUBLIC = Reader(only_published=True, sees_exempt=False)
# title, target 2018/19, 2019/20, 2020/21, total; at risk likewise; another way; net. A dash: the cell is empty.
COUNCIL = "14,487 6,639 4,448 25,574 -5,700 -63 – -5,763 273 -6,036"
PORTFOLIOS = {
    "Adult Social Care & Health": "8,569 5,682 3,580 17,831 -6,612 -63 – -6,675 22 -6,697",
    "Children & Families": "1,681 325 350 2,356 226 – – 226 251 -25",
    "Place": "2,184 182 – 2,366 686 – – 686 – 686",
    "CEX": "2,053 450 518 3,021 – – – – – –",
}
PROGRAMMES = {
    "Promoting Independence Interventions": "7,027 3,328 2,321 12,676 -6,756 -3 – -6,759 22 -6,781",
    "Early Resolution": "507 394 416 1,317 – – – – – –",
    "Commissioning & Direct Services": "1,035 1,960 843 3,838 144 -60 – 84 – 84",
}
# Last month, this month, then the figures of the row as printed.
PROJECTS = {
    "Targeted Reviews (C07)": ("On Target", "On Target", "2,010 2,000 2,000 6,010 -1,967 – – -1,967 – -1,967"),
    "Further Expansion of Assistive Technology to Promote Independence (C08)": (
        "On Target", "On Target", "174 154 -28 300 – – – – – –",
    ),
    "Transitions": ("On Target", "On Target", "60 50 50 160 -151 -27 – -178 – -178"),
    "Integrated Community Equipment Loan Scheme (ICELS)": ("At Risk", "At Risk", "– – – – 14 – – 14 – 14"),
    "Contracts Review": ("Compromised", "Compromised", "680 – – 680 160 – – 160 – 160"),
    "CFCS Management Structure Review": (
        "Experiencing Obstacles", "Closed or Completed", "– – – – – – – – 185 -185",
    ),
    "Statutory School Transport": ("Compromised", "Compromised", "686 – – 686 686 – – 686 – 686"),
    "Smarter Working": ("On Target", "On Target", "– – – – – – – – – –"),
}  # fmt: skip
EXCEPTIONS = {
    "Adult Social Care & Health": {"Experiencing Obstacles": 7, "At Risk": 5},
    "Children & Families": {"Compromised": 1},
    "Place": {"Compromised": 1},
    "CEX": {},
}


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker, demonstration):
    with django_db_blocker.unblock(), transaction.atomic():
        demonstration.council("nottinghamshire")
        yield {
            "council": drawn("portfolio-status", "nottinghamshire"),
            "programmes": drawn("programme-status", "improving-lives"),
        }
        transaction.set_rollback(True)


def drawn(name, slug, **asked):
    node = Node.objects.select_related("organisation", "headline_series").get(slug=slug)
    return build_document(name, node, PUBLIC, **asked)


def section(document, title):
    (found,) = [section for section in document.sections if section.title == title]
    return found.content


def rows(table):
    """{what names the row: its other cells}."""
    found = {}
    for row in table.printed_rows:
        cells = [cell.text for cell in row.cells]
        at = next(place for place, cell in enumerate(row.cells) if cell.column.header)
        found[cells[at]] = cells[at + 1 :]
    return found


def test_portfolios_and_the_council_come_to_what_is_printed(built):
    said = rows(section(built["council"], "Savings by portfolio"))
    assert {title: " ".join(cells[1:]) for title, cells in said.items()} == {**PORTFOLIOS, "Total": COUNCIL}
    assert said["Total"][0] == "70 of 70"


def test_the_same_projects_by_programme(built):
    said = rows(section(built["council"], "Savings by programme"))
    assert {title: " ".join(said[title][1:]) for title in PROGRAMMES} == PROGRAMMES
    assert " ".join(said["Total"][1:]) == COUNCIL


def test_every_portfolio_ends_in_its_totals(built):
    for title, figures in PORTFOLIOS.items():
        table = section(built["council"], title).table
        assert len(table.columns) == 14
        assert " ".join(rows(table)[f"{title} totals"][2:]) == figures


def test_projects_are_as_printed(built):
    said = {}
    for title in PORTFOLIOS:
        said |= rows(section(built["council"], title).table)
    assert len(said) == 74  # 70 projects, each once, and four rows of totals
    for title, (before, now, figures) in PROJECTS.items():
        cells = said[title]
        assert (cells[0], cells[1], " ".join(cells[2:])) == (before, now, figures), title


def test_what_the_net_would_hide(built):
    said = {row.label: (row.text, row.note) for row in section(built["council"], "What stands behind the net").rows}
    assert said["Net at risk (£000)"][0] == "-6,036"
    assert said["At risk or slipped, gross (£000)"][0] == "1,578"
    assert said["Over-achieved, gross (£000)"][0] == "-7,341"
    figure, note = said["Largest over-achievement (£000)"]
    assert figure == "-4,577"
    assert "Continuing Healthcare" in note
    assert "62%" in note  # 4,577 of 7,341
    assert "-1,459" in note  # -6,036 without -4,577
    assert said["Moved from one year to another (£000)"][0] == "60"
    assert said["Slippage brought forward from earlier years (£000)"][0] == "251"


def test_slippage_moves_from_one_year_to_the_next(built):
    moved, carried, _ = section(built["council"], "Beside the years printed").tables
    assert rows(moved) == {"Investment in Shared lives": ["2018/19", "2019/20", "60"]}
    assert rows(carried) == {"Reduction in long-term care placements (C03 2014 & B04 2016)": ["251"], "Total": ["251"]}


@pytest.mark.parametrize(("portfolio", "counts"), EXCEPTIONS.items())
def test_exceptions_by_status_with_their_details(built, portfolio, counts):
    part = section(built["council"], portfolio)
    assert {status.label: len(table.rows) for status, table in part.exceptions} == counts
    assert all(len(row["details"]) > 40 for _, table in part.exceptions for row in table.rows)


def test_what_was_an_exception_last_month_and_is_none_now(built):
    remediated = {title: section(built["council"], title).remediated for title in PORTFOLIOS}
    assert [title for title, table in remediated.items() if table] == ["Children & Families"]
    assert rows(remediated["Children & Families"]) == {
        "CFCS Management Structure Review": ["Experiencing Obstacles", "Closed or Completed", "-185"]
    }


def test_the_key_has_six_statuses_with_codes_of_their_own(built):
    key = section(built["council"], "Status key")
    assert [row["code"] for row in key.rows] == ["OT", "EO", "AR", "C", "CL", "NS"]
    assert all(row["meaning"] for row in key.rows)


def test_programmes_state_their_status_beside_their_projects(built):
    said = rows(section(built["programmes"], "Programmes").table)
    whole = said["Improving Lives Portfolio"]
    assert (whole[:3], " ".join(whole[3:])) == (
        ["On Target", "On Target", "Better"],
        PORTFOLIOS["Adult Social Care & Health"],
    )
    assert (
        " ".join(said["– Promoting Independence Interventions"][3:])
        == PROGRAMMES["Promoting Independence Interventions"]
    )
    assert said["– – Interventions for Adults aged 18-64"][:3] == ["Experiencing Obstacles"] * 2 + ["Better"]
    assert " ".join(said["– Commissioning & Direct Services"][3:]) == PROGRAMMES["Commissioning & Direct Services"]
    table = section(built["programmes"], "Programmes").table
    assert [row["ref"] for row in table.rows if row["ref"]] == [f"ASCH 180{number}" for number in (2, 3, 4, 1, 5)]


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        (
            "ASCH 1802 Interventions for Adults aged 65+",
            ["OT Reablement", "OT Best Practice in Support Planning",
             "OT Better Support for Hospital Discharge Project", "EO Housing with care"],
        ),
        (
            "ASCH 1803 Interventions for Adults aged 18-64",
            ["AR Reduction in long-term care placements",
             "AR Ensuring cost-effective services for younger adults through alternative accommodation",
             "AR Promoting Independence in supported living and outreach services",
             "EO Reducing the Costs of residential Placements - Younger Adults",
             "OT ASCH Strategy - Improving Lives & Notts Enabling Service", "OT Preparing for Adulthood"],
        ),
        (
            "ASCH 1804 Cross cutting interventions",
            ["EO Direct Payments", "OT Targeted Reviews", "OT Improved Collection of Continuing Health Care Collection",
             "EO Brokerage for Self Funders", "OT Assistive Technology"],
        ),
    ],
)  # fmt: skip
def test_project_lines_stand_under_the_names_and_in_the_order_printed(built, title, lines):
    table = section(built["programmes"], title).lines
    assert [f"{row['code']} {row['project']}" for row in table.rows] == lines
    assert all(row["comment"] for row in table.rows)


def test_a_status_beside_those_of_its_projects(built):
    part = section(built["programmes"], "ASCH 1803 Interventions for Adults aged 18-64")
    assert part.tally == "Its 6 projects: 3 At Risk, 1 Experiencing Obstacles, 2 On Target."
    assert len(part.benefits) == 4


def test_the_pdf_is_tagged_and_repeats_the_headings_of_the_wide_table(built):
    for document in built.values():
        assert_pdf_ua(render_as(document, "pdf"))
    words = pdf_text(render_as(built["council"], "pdf")).split()
    # the table of 23 projects goes over three pages: its status columns are headed on each
    assert words.count("(last") >= len(PORTFOLIOS) + 2


def test_the_workbook_has_figures_in_thousands(built):
    book = load_workbook(io.BytesIO(render_as(built["council"], "xlsx")))
    sheet = book["Adult Social Care & Health"]
    assert [sheet.cell(1, 5).value, sheet.cell(2, 5).value] == ["Cashable benefits", "2018/19 (£000)s"]
    totals = [cell.value for cell in sheet[sheet.max_row]]
    assert totals[4:] == [8569, 5682, 3580, 17831, -6612, -63, None, -6675, 22, -6697]


def test_a_cell_of_a_narrow_page_names_both_of_its_headings(built):
    page = render_html(built["council"])
    assert 'data-label="Cashable benefits, 2018/19 (£000)s"' in page


def test_one_portfolio_alone(built):
    document = drawn("portfolio-status", "place")
    assert [each.title for each in document.sections if each.key == "savings-portfolio"] == ["Place"]
    assert not [each for each in document.sections if each.title == "Savings by portfolio"]


def test_a_period_is_asked_for_in_either_meaning(built):
    before = drawn("portfolio-status", "nottinghamshire", period="2018-08")
    assert before.subtitle == "as at August 2018"
    said = rows(section(before, "Savings by portfolio"))
    assert said["Total"][:2] == ["70 of 70", "–"]  # August said the statuses alone: unknown, not nothing
    now = drawn("portfolio-status", "nottinghamshire", period="2018-09", meaning="then")
    assert "as published then" in now.masthead.stands_as
    with pytest.raises(NoSuchReport):
        drawn("portfolio-status", "nottinghamshire", period="2018-07")


def test_the_cost_does_not_grow_with_the_projects(built):
    def queries(slug):
        node = Node.objects.select_related("organisation", "headline_series").get(slug=slug)
        with CaptureQueriesContext(connection) as asked:
            build_document("portfolio-status", node, PUBLIC)
        return len(asked)

    assert queries("children-families") == queries("adult-social-care-health") - GROUPED
    assert queries("place") == queries("children-families")


GROUPED = 1  # only the projects of one department are also reported by programme


def test_exempt_savings_are_in_no_sum_of_the_public(built):
    with transaction.atomic():
        Node.objects.filter(slug="continuing-healthcare-funding").update(is_exempt=True)
        said = rows(section(drawn("portfolio-status", "nottinghamshire"), "Savings by portfolio"))
        assert said["Total"][0] == "69 of 69"
        assert said["Total"][-1] == "-1,459"
        transaction.set_rollback(True)
