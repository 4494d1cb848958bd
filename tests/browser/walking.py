"""What people of the demonstration do in the portal, by what they read on its pages."""

from playwright.sync_api import BrowserContext, Page, expect

from projects.loading import DEMO_PASSWORD

MILESTONE, MOVED_TO = "Eliminate the use of B & B", "Jul-21"
COMMENTARY = "Two more households moved on in August. The landlord forum has its date."
REASON = "One milestone alone has moved, and the board has agreed to it."


def signed_in_by_typing(context: BrowserContext, address: str, role: str) -> Page:
    """The home page of the person with that role."""
    page = context.new_page()
    page.goto(address)
    page.get_by_label("Email").fill(f"{role}@example.org")
    page.get_by_label("Password").fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("What needs you")
    return page


def bring_homelessness_up_to_date(page: Page, *, saves_as_one_types: bool) -> None:
    """As officer: move a milestone, write the commentary, lower the status, submit the report."""
    page.get_by_role("link", name="Homelessness: August 2019").click()
    page.get_by_role("link", name="MILESTONES AND INTERDEPENDENCIES").click()
    milestone = page.get_by_role("group").filter(has_text=MILESTONE)
    milestone.get_by_label("Target end date").fill(MOVED_TO)
    save(page)
    expect(milestone).to_contain_text("Read as: by the end of July 2021.")
    expect(milestone).to_contain_text("Last period: Mar-20 ongoing")

    page.get_by_role("link", name="All sections").click()
    page.get_by_role("link", name="EXPLANATORY COMMENTARY").click()
    page.get_by_role("textbox", name="EXPLANATORY COMMENTARY").fill(COMMENTARY)
    if saves_as_one_types:
        expect(page.locator("[data-autosave-status]")).to_contain_text("Saved")
        page.reload()
        expect(page.get_by_role("textbox", name="EXPLANATORY COMMENTARY")).to_have_value(COMMENTARY)
    else:
        save(page)

    page.get_by_role("link", name="All sections").click()
    page.get_by_role("link", name="PROJECT STATUS").click()
    page.get_by_label("Project Status").select_option("AMBER")
    page.get_by_label("Why another status").first.fill(REASON)
    save(page)
    page.get_by_role("link", name="All sections").click()
    expect(page.get_by_role("listitem").filter(has_text="MILESTONES")).to_contain_text("Changed since last period")
    page.get_by_role("link", name="Submit", exact=True).click()
    expect(page.get_by_role("row").filter(has_text=MILESTONE)).to_contain_text(MOVED_TO)
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("the report is submitted")


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".notice")).to_contain_text("saved")
