"""Text of committee reports is written as it will look, and comes to the same marks as without a script."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from projects.actions.committees import add_meeting, create_committee_report
from projects.models import Board, CommitteeReportSection
from projects.permissions import top_node
from tests.browser.pages import Visits

pytestmark = pytest.mark.browser

TEXT = (
    "Members **note** the *position*, 5 * 3 included.\n- one\n- two with [a page](https://example.org/a)\n\n"
    "# Next steps\n\n+ This goes on.\nOn a line of its own.\n\n[table 1]"
)
UNKNOWN = "A star escaped: \\* and a _word_."
FROM_WORD = """
<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p.MsoNormal{margin:0cm}</style></head><body>
<h1 style="mso-style:x">Costs</h1>
<p class="MsoNormal" style="color:red"><b>Bold</b> <span style="font-size:30pt">words</span><o:p></o:p>
<img src="https://example.org/x.png" onerror="alert(1)"><script>alert(2)</script></p>
<ul><li><p class="MsoListParagraph">first</p></li><li>second</li></ul>
<p><a href="javascript:alert(3)">no link</a></p></body></html>"""
PASTE = """html => {
  const brought = new DataTransfer();
  brought.setData("text/html", html);
  const paste = new ClipboardEvent("paste", {clipboardData: brought, bubbles: true, cancelable: true});
  document.activeElement.dispatchEvent(paste);
}"""


@pytest.fixture
def report(transactional_db, organisation, pmo):
    board = Board.objects.create(organisation=organisation, name="Executive", kind="executive")
    return create_committee_report(
        node=top_node(organisation),
        meeting=add_meeting(board, datetime(2030, 1, 7, 18, tzinfo=UTC), by=pmo),
        slug="prose",
        heading="Report",
        subject="Prose",
        report_of="Director",
        sections=[{"heading": "One", "text": TEXT}, {"heading": "Two", "text": UNKNOWN}, {"heading": "Three"}],
        by=pmo,
    )


@pytest.fixture
def visits(chromium, client, live_server):
    opened = Visits(chromium, client, live_server.url)
    yield opened
    opened.close()


def written(report, heading):
    return CommitteeReportSection.objects.get(report=report, heading=heading).text


def test_text_is_written_as_it_looks_and_kept_as_marks(visits, report, organisation, pmo):
    page = visits.as_person(pmo)
    visits.go(reverse("committee-report-edit", args=[organisation.slug, report.slug]))
    boxes = [f"section-{section.pk}-text" for section in report.sections.order_by("order")]
    one, two, three = (page.locator(f'textarea[name="{name}"]') for name in boxes)
    editors = page.get_by_role("textbox", name="Text", exact=True)
    first = page.locator(f'[data-prose-of="{one.get_attribute("id")}"]')
    last = page.locator(f'[data-prose-of="{three.get_attribute("id")}"]')
    expect(first.locator("strong")).to_have_text("note")
    expect(first.locator("li")).to_have_text(["one", "two with a page"])
    expect(first.locator("h2")).to_have_text("Next steps")
    expect(one).to_be_hidden()
    expect(two).to_be_visible()  # marks that the editor would not give back as they are
    assert editors.count() >= 3

    first.locator("p", has_text="This goes on").click()
    page.keyboard.press("End")
    page.keyboard.type(" Typed * star")
    assert one.input_value() == TEXT.replace("goes on.", "goes on. Typed * star")

    last.focus()
    page.evaluate(PASTE, FROM_WORD)
    expect(last.locator("li")).to_have_count(2)
    assert three.input_value() == "# Costs\n\n**Bold** words\n- first\n- second\n\nno link"

    page.keyboard.press("Enter")
    page.get_by_role("button", name="Bold", exact=True).last.focus()
    page.keyboard.press("Control+Home")
    last.focus()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.press("Control+b")
    page.keyboard.type("All bold")
    expect(
        page.locator(f'.prose:has([data-prose-of="{three.get_attribute("id")}"])').get_by_role("button", name="Bold")
    ).to_have_attribute("aria-pressed", "true")
    assert three.input_value() == "**All bold**"

    page.get_by_role("button", name="Link").first.click()
    expect(page.get_by_label("Address of the link").first).to_be_focused()
    visits.look("the editor")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.locator("h1")).to_be_visible()
    assert written(report, "One") == TEXT.replace("goes on.", "goes on. Typed * star")
    assert written(report, "Two") == UNKNOWN
    assert written(report, "Three") == "**All bold**"
    visits.assert_faultless()
