"""The narrative update of Southampton against its source: 29 paragraphs with their figures, the tables, the foot."""

import io
import re
from datetime import date

import pytest
from openpyxl import load_workbook

from projects.models import CommitteeReport, IndicatorUpdate
from projects.permissions import top_node
from reporting.documents.catalogue.narrative_update import built_narrative_update, nth
from reporting.documents.contents import Fields
from reporting.documents.render import render_docx, render_pdf, render_xlsx
from reporting.drawing import Reader, build_document
from tests.reporting.documents.pdfua import assert_pdf_ua, pdf_text

COUNCIL = "southampton"
pytestmark = pytest.mark.django_db

# What each numbered paragraph of the source states, in figures, dates, names and titles.
STATED = {
    1: ("November 2013", "OSMC", "Transformation Programme", "January 2014", "business as usual",
        "Programme Management Office (PMO)", "IT", "Procurement"),
    2: ("Not applicable",),
    3: ("Transformation Programme", "Programme Management Office"),
    4: ("June 2017", "phase 3", "Children and Families", "Infrastructure, Planning and Development"),
    5: ("Adult Social Care", "Capital Assets", "Emergency Planning", "City Services", "19 February 2018", "2017/18",
        "OSMC"),
    6: ("Seven digital journeys", "Housing Transformation", "supplier"),
    7: ("Digital Strategy", "Cabinet", "three", "Southampton's economy", "Customer Strategy", "four years",
        "Artificial Intelligence", "Alexa", "OK Google"),
    8: ("Customer and Digital Board", "Chief Strategy Officer", "December 2017", "Agresso/Business World", "HR",
        "Payroll", "e-recruitment", "Requisitioning", "Resource Link", "MyView", "2018 and 2019", "27 February 2018",
        "Capital Board", "Paris", "summer 2019", "8 and 9 February 2018", "6.1", "spring 2018",
        "Customer Relationship Management", "Staff Survey", "Microsoft Office", "Outlook", "Office 365", "£8M",
        "Central Business District", "Service Director, Digital and Business Operations",
        "Service Lead for Economic Development and Skills", "March 2018", "Service Lead for Digital and Strategic IT",
        "Chrome", "Bring Your Own Device", "Civic Centre", "WiFi"),
    9: ("Procurement and Contract Management Board", "Chief Operations Officer",
        "Cabinet Member for Environment and Transport", "Contract Procedure Rules", "May 2017",
        "Procurement Strategy", "Southampton First Policy", "January 2018", "focus groups", "Requisitioning",
        "April 2018", "Procure to Pay", "April 2019", "e-learning", "February to March 2018", "Staff Stuff"),
    10: ("Sub £100k",),
    11: ("June 2017", "Hays", "December 2017", "£1.99M"),
    12: ("Hays", "July 2017 to December 2017", "enhanced DBS", "Temporary Employment Agency (TEA)"),
    13: ("July 2017", "1 January 2018", "over 220 posts", "106", "38 applicants", "over £240,000"),
    14: ("Adult Social Care Improvement Board", "direct payments", "extra care housing", "PMO", "2018/19"),
    15: ("Target Operating Model", "Phase 3", "shared lives", "2018/19", "dashboard of key indicators"),
    16: ("Chief Executive", "intensive care meetings", "Cabinet Members"),
    17: ("Ofsted", "Case Reviews", "Improvement Plan", "Children and Families Improvement Board"),
    18: ("1,050", "December 2017", "519", "Edge of Care", "early January 2018", "Front Door", "MASH", "0-19",
         "Solent NHS Trust"),
    19: ("Phase 3", "17%", "Q3", "2%", "15%", "trade unions"),
    20: ("17 January 2018", "16 January 2018", "10 April 2018", "Full Council", "May", "over 1000"),
    21: ("Essex County Council", "Business Academy", "May 2018", "Joint Consultative Group",
         "Service Level Agreements", "TUPE", "Tenants and Leaseholders", "Strategy Hub"),
    22: ("IT and Digital projects", "Phase 3", "Operating Model", "LATCo"),
    23: ("Customer and Digital Board", "HR and OD Board", "Chief Strategy Officer", "Procurement Board",
         "Chief Operating Officer", "Cabinet Member for Finance", "Adult Social Care Improvement Board",
         "Children and Families Improvement Board", "CMT", "Overview and Scrutiny Management Committee"),
    24: ("Medium Term Financial Strategy", "Capital report", "21 February 2018"),
    25: ("none",),
    26: ("Part 1A Section 9", "Local Government Act 2000"),
    27: ("None",),
    28: ("None",),
    29: ("None",),
}  # fmt: skip
# Under which headings they stand: (the section, the heading within it) and the first and last number.
PLACES = [
    ("Reasons for report recommendations", "", 1, 1),
    ("Alternative options considered and rejected", "", 2, 2),
    ("Detail (including consultation carried out)", "Background", 3, 3),
    ("Detail (including consultation carried out)", "Restructuring the Council - Operating Model", 4, 5),
    ("Detail (including consultation carried out)", "Digital Transformation", 6, 8),
    ("Detail (including consultation carried out)", "Procurement Savings Initiatives", 9, 10),
    ("Detail (including consultation carried out)", "HR Update", 11, 13),
    ("Detail (including consultation carried out)", "Adult Social Care", 14, 16),
    ("Detail (including consultation carried out)", "Children and Families", 17, 19),
    ("Detail (including consultation carried out)", "Proposals for a Local Authority Trading Company (LATCo)", 20, 21),
    ("Detail (including consultation carried out)", "Looking Forward", 22, 23),
    ("Resource implications", "Capital/Revenue", 24, 24),
    ("Resource implications", "Property/Other", 25, 25),
    ("Legal implications", "Statutory power to undertake proposals in the report", 26, 26),
    ("Legal implications", "Other legal implications", 27, 27),
    ("Risk management implications", "", 28, 28),
    ("Policy framework implications", "", 29, 29),
]
POSTS = [
    ("", "C&F (Social Care)", "C&F (Early Years and Education)", "I,P&D"),
    ("Previous establishment (S188)", 204.63, 86.16, 24.4),
    ("New establishment (s188)", 177.12, 63.05, 19.1),
    ("Reduction in posts (FTE)", 27.51, 23.11, 5.3),
    ("Voluntary Redundancy", 4.05, None, 3),
    ("Compulsory Redundancy", 2.4, None, 1),
    ("Resignation", 1, None, None),
    ("Dismissal", 1.4, None, None),
    ("Mutual Agreement", 1, None, None),
    ("Vacancies", 51.46, 6.7, 3.5),
]
HAYS = [
    ("", "July", "Aug", "Sept", "Oct", "Nov", "Dec"),
    ("Shifts Filled", 648, 811, 722, 617, 795, 700),
    ("Shifts Unfilled", 8, 20, 29, 13, 9, 27),
    ("No of Shift Workers used", 257, 290, 278, 259, 252, 245),
    ("No of temp staff assignments filled", 76, 56, 92, 50, 47, 47),
]


@pytest.fixture(scope="module")
def built(loaded):
    return build_document("narrative-update", top_node(loaded), Reader(only_published=True, sees_exempt=False))


def paragraphs(built):
    """{number: (section, heading within it, every word of the paragraph with its bullets and what goes on with it)}."""
    found, last = {}, None
    for section in built.sections:
        heading = ""
        for passage in getattr(section.content, "passages", ()):
            heading = passage.heading or heading
            for paragraph in passage.paragraphs:
                words = " ".join((paragraph.text, *paragraph.bullets))
                if re.fullmatch(r"\d+\.", paragraph.number) and section.title != "Supporting documentation":
                    last = int(paragraph.number[:-1])
                    found[last] = (section.title, heading, words)
                elif paragraph.goes_on:
                    place, under, before = found[last]
                    found[last] = (place, under, f"{before} {words}")
    return found


def test_paragraphs_are_numbered_from_1_to_29_under_the_headings_of_the_source(built):
    found = paragraphs(built)
    assert list(found) == list(range(1, 30))
    places = [(section, heading) for section, heading, _ in found.values()]
    assert places == [(section, heading) for section, heading, first, last in PLACES for _ in range(first, last + 1)]


@pytest.mark.parametrize("number", STATED)
def test_a_paragraph_states_what_its_source_does(built, number):
    words = paragraphs(built)[number][2]
    assert [stated for stated in STATED[number] if stated not in words] == []


def test_the_head_names_posts_and_no_numbers(built):
    head = built.sections[0].content
    assert isinstance(head, Fields)
    assert {row.label: row.text for row in head.rows} == {
        "Decision-maker": "Overview and Scrutiny Management Committee",
        "Subject": "Programme Management Office update on key projects",
        "Date of decision": "15 February 2018",
        "Report of": "Cabinet Member for Sustainable Living",
        "Contact details: author": "The author of the report (post not stated)",
        "Contact details: director": "Director",
        "Statement of confidentiality": "None",
    }


def test_the_foot_has_every_part_of_the_source(built):
    by_title = {section.title: section.content for section in built.sections}
    assert [each.text for each in by_title["Key decision?"].passages[0].paragraphs] == ["No"]
    assert "directly" in by_title["Wards/communities affected"].passages[0].paragraphs[0].text
    recommended = by_title["Recommendations"].passages[0].paragraphs
    assert [each.number for each in recommended] == ["(i)"]
    parts = {passage.heading: passage for passage in by_title["Supporting documentation"].passages if passage.heading}
    assert list(parts) == [
        "Appendices", "Documents in Members' Rooms", "Equality Impact Assessment", "Privacy Impact Assessment",
        "Other background documents",
    ]  # fmt: skip
    for name in ("Appendices", "Documents in Members' Rooms"):
        assert [(each.number, each.text) for each in parts[name].paragraphs] == [("1.", "None")]
    equality, privacy = (parts[f"{name} Impact Assessment"].tables[0] for name in ("Equality", "Privacy"))
    assert "(ESIA)" in equality.rows[0]["question"]
    assert "ESIAs" in equality.rows[0]["answer"]
    assert "(PIA)" in privacy.rows[0]["question"]
    assert "PIAs" in privacy.rows[0]["answer"]
    papers = by_title["Supporting documentation"].tables[-1]
    assert [column.label for column in papers.columns][1] == "Title of Background Paper(s)"
    assert "Schedule 12A" in papers.columns[2].label
    assert papers.rows == ({"number": "1.", "title": "None", "exempt": ""},)


def cells(sheet):
    rows = [tuple(row) for row in sheet.iter_rows(values_only=True)]
    return [tuple("" if not place and cell is None else cell for place, cell in enumerate(row)) for row in rows]


def test_the_workbook_has_the_tables_as_figures(built):
    book = load_workbook(io.BytesIO(render_xlsx(built)))
    told = {name: cells(book[name]) for name in book.sheetnames}
    assert next(rows for name, rows in told.items() if name.startswith("Posts before")) == POSTS
    assert next(rows for name, rows in told.items() if name.startswith("Delivery of the Hays")) == HAYS
    assert ("Agency rate in social work teams", "Q3 2017-18", "17%", "15% (national average): 2% above") in told[
        "Measures"
    ]


def test_the_pdf_is_accessible_and_prints_every_figure(built):
    pdf = render_pdf(built)
    assert_pdf_ua(pdf)
    text = " ".join(pdf_text(pdf).split())
    printed = [cell for table in (POSTS, HAYS) for row in table[1:] for cell in row[1:] if cell is not None]
    assert [cell for cell in printed if str(cell) not in text] == []
    assert "james" not in text.lower()
    assert "023 80" not in text
    assert "@" not in text


def test_it_is_a_word_file_too(built):
    assert render_docx(built)[:2] == b"PK"


def test_the_agency_rate_stands_beside_the_national_average(loaded):
    row = IndicatorUpdate.objects.select_related("indicator").get(organisation=loaded, ref="CF3")
    assert (row.current.actual, row.current.comparator) == (17, 15)
    dashboard = build_document("indicators", top_node(loaded), Reader(only_published=True, sees_exempt=False))
    said = [row["compared"] for _, table in dashboard.tables for row in table.rows if "compared" in row]
    assert "15% (national average): 2% above" in said


def test_sections_name_the_reports_they_were_taken_from(loaded):
    report = CommitteeReport.objects.get(organisation=loaded, document="narrative-update")
    taken = report.sections.exclude(source=None).values_list("source__node__slug", flat=True)
    assert list(taken) == [
        "operating-model", "digital-transformation", "business-world", "client-case-management",
        "customer-relationship-management", "desktop-refresh", "office-365", "full-fibre-network",
        "digital-business-as-usual", "procurement-savings", "hr-update", "adult-social-care",
        "children-and-families", "latco",
    ]  # fmt: skip
    built = built_narrative_update(report, sees_exempt=True, day=date(2018, 2, 6))
    assert built.masthead.marking == ""


@pytest.mark.parametrize(("number", "printed"), [(1, "(i)"), (4, "(iv)"), (9, "(ix)"), (14, "(xiv)")])
def test_recommendations_have_roman_numbers(number, printed):
    assert nth(number) == printed
