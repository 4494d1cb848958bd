"""The portal with JavaScript switched off: scripts only make quicker what the forms do without them."""

import pytest
from playwright.sync_api import expect

from projects.models import Narrative, Report
from tests.browser.walking import COMMENTARY, bring_homelessness_up_to_date

pytestmark = pytest.mark.browser


def test_an_officer_reports_and_submits(opened_for):
    page = opened_for("officer", java_script_enabled=False)
    bring_homelessness_up_to_date(page, saves_as_one_types=False)
    report = Report.objects.get(node__slug="homelessness", period__slug="2019-08")
    assert report.state == "submitted"
    assert Narrative.objects.of(report).get(section="commentary").text == COMMENTARY


def test_a_wrong_answer_comes_back_with_all_that_was_typed(opened_for):
    page = opened_for("officer", java_script_enabled=False)
    page.get_by_role("link", name="Homelessness: August 2019").click()
    page.get_by_role("link", name="BUDGETING AND FORECASTING").click()
    page.get_by_label("PLANNED BUDGET").fill("a lot")
    page.get_by_label("END OF YEAR FORECAST").fill("£600,000")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".error-summary")).to_contain_text("This is not an amount of money")
    expect(page.get_by_label("PLANNED BUDGET")).to_have_value("a lot")
    expect(page.get_by_label("END OF YEAR FORECAST")).to_have_value("£600,000")
    assert page.title().startswith("Error: ")
