"""The walk of a new user through the demonstration: from an officer's edit to the appendix a director downloads."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.walking import COMMENTARY, MILESTONE, MOVED_TO, bring_homelessness_up_to_date
from tests.reporting.documents.pdfua import assert_pdf_ua, pdf_text
from tests.workbooks import ICT, build_dashboard

pytestmark = pytest.mark.browser


def test_an_officer_reports_the_pmo_publishes_a_director_reads(opened_for):
    bring_homelessness_up_to_date(opened_for("officer"), saves_as_one_types=True)
    approve_and_publish(opened_for("pmo"))
    page = opened_for("director")
    page.get_by_role("link", name="Portfolio of Rochford District Council").click()
    row = page.get_by_role("row").filter(has_text="Homelessness")
    expect(row.get_by_role("cell", name=re.compile("Last period: GREEN.*This period: AMBER"))).to_be_visible()
    # the milestone that was moved is no longer the next
    expect(row.get_by_role("cell", name="31 March 2020 Increase the supply of affordable")).to_be_visible()
    expect(row.get_by_role("cell", name="August 2019 as at 21 August 2019")).to_be_visible()
    row.get_by_role("link", name="Homelessness").click()
    expect(page.get_by_role("main")).to_contain_text(COMMENTARY)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as PDF").click()
    pdf = Path(download.value.path()).read_bytes()
    text = pdf_text(pdf)
    assert f"{MILESTONE} Apr-18 {MOVED_TO}" in text
    assert COMMENTARY in text
    assert_pdf_ua(pdf)


def approve_and_publish(page):
    waiting = page.get_by_role("listitem").filter(has_text="Homelessness: August 2019")
    waiting.get_by_role("link", name="Approve").click()
    expect(page.get_by_role("row").filter(has_text=MILESTONE)).to_contain_text(MOVED_TO)
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("link", name="Publish", exact=True).click()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("main")).to_contain_text("the report is published")


def test_an_administrator_brings_a_workbook_in(opened_for, tmp_path):
    page = opened_for("administrator")
    page.get_by_role("link", name="Imports of workbooks").click()
    page.get_by_role("link", name="Load a workbook").click()
    page.get_by_label("Council").select_option("Rochford District Council")
    page.get_by_label("Workbook").set_input_files(
        build_dashboard(tmp_path / "ict-2019-08.xlsx", ICT, cells={"D45": "Sep-19"})
    )
    page.get_by_role("button", name="See what it would change").click()
    expect(page.get_by_role("main")).to_contain_text("A draft of August 2019 (the file's name says so) will be opened")
    expect(page.get_by_role("row").filter(has_text="Dashboard D45")).to_contain_text(re.compile("Jul-19.*Sep-19", re.S))
    page.get_by_role("button", name="Bring in").click()
    expect(page.get_by_role("status")).to_have_text("ict-2019-08.xlsx is brought in.")
    page.get_by_role("link", name="Go to the report").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Report for August 2019")
    expect(page.get_by_role("listitem").filter(has_text="MILESTONES")).to_contain_text("Changed since last period")
