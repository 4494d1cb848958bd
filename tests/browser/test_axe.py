"""Every page in a real browser, on a desktop and on the narrowest telephone: accessible, fitting, without a fault.

A page is here because its address is in tests/addresses.py: it is opened by a role that may come in.
"""

import pytest
from django.urls import reverse

from pmo_portal.accounts.models import User
from projects.actions.reports import sections_of
from projects.models import CommitteeReport, Node, Organisation, Report
from reporting.documents.catalogue import REPORT_DOCUMENTS
from reporting.models import Export
from tests import factories
from tests.addresses import ROLES, ROWS, address_of
from tests.browser.pages import WIDTHS, Visits

pytestmark = pytest.mark.browser

PREFERRED = ("pmo", "administrator", "officer")
# In parts, so that the workers share them.
PARTS = {f"{part} of 4": list(ROWS)[part - 1 :: 4] for part in (1, 2, 3, 4)}


@pytest.fixture
def visits(chromium, client, live_server):
    opened = Visits(chromium, client, live_server.url)
    yield opened
    opened.close()


@pytest.fixture
def cast(organisation):
    return {role: factories.person(f"{role}@example.org", organisation, role) for role in ROLES}


def role_for(name):
    """Who is shown a page; None where it is its owner's alone."""
    return next((role for role in (*PREFERRED, *ROWS[name].allowed) if role in ROWS[name].allowed), None)


def answers_with_a_page(client, path):
    """Not so: a step that is only sent, and a file."""
    answer = client.get(path)
    answer.close()
    return answer.status_code != 405 and "Content-Disposition" not in answer


def is_for_something_new(name):
    return name.endswith(("-add", "-new"))


@pytest.mark.parametrize("part", PARTS)
def test_every_page(part, visits, client, world, cast):
    """A form for something new is looked at with all that is missing said in it."""
    for role in ROLES:
        page = visits.as_person(cast[role])
        for name in [name for name in PARTS[part] if role_for(name) == role]:
            path = address_of(name, world)
            if is_for_something_new(name):
                visits.go(path)
                page.locator("main form .button[type=submit]").first.click()
                visits.look(f"{name}, sent empty")
                if page.url.endswith(path):  # it was not taken as it stood
                    continue
            if answers_with_a_page(client, path):
                visits.open(path, statuses=(200, 409))
    visits.assert_faultless()


def test_a_file_that_is_drawn_for_one_person_is_theirs_to_follow(visits, world, cast):
    Export.objects.update(asked_by=cast["director"])
    visits.as_person(cast["director"])
    visits.open(address_of("export", world))
    visits.assert_faultless()


def test_pages_before_signing_in_and_pages_that_refuse(visits, world, cast):
    page = visits.as_person(None)
    for name in ("account_login", "account_reset_password", "account_reset_password_done", "accessibility"):
        visits.open(reverse(name))
    visits.go(reverse("account_login"))
    page.get_by_label("Email").fill("nobody@example.org")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    visits.look("wrong password")
    visits.as_person(cast["reader"])
    visits.open("/no-such-page/", statuses=(404,))
    visits.open(address_of("settings", world), statuses=(403,))
    for name in ("account_change_password", "mfa_index", "account_logout"):
        visits.open(reverse(name))
    for role in ROLES:
        visits.as_person(cast[role])
        visits.open(reverse("home"))
    visits.assert_faultless()


def test_the_steps_of_a_report(visits, world, cast):
    things, _ = world
    draft = things["draft"].pk
    for role, name, steps in (
        ("officer", "report-submit", ("Submit",)),
        ("officer", "report-pull-back", ()),
        ("pmo", "report-return", ("Return to the officer",)),  # no reason is given: it comes back with the error
        ("pmo", "report-approve", ("Approve",)),
        ("pmo", "report-publish", ("Publish",)),
        ("pmo", "report-correct", ()),
    ):
        page = visits.as_person(cast[role])
        visits.open(reverse(name, args=[draft]))
        for step in steps:
            page.get_by_role("button", name=step, exact=True).click()
            visits.look(f"after {step}")
    visits.assert_faultless()


def test_the_demonstration_as_a_director(visits, transactional_db, capsys, demonstration):
    """The pages with all that real reports hold, of every council."""
    demonstration.whole()
    visits.as_person(User.objects.get(email="director@example.org"))
    reporting = Node.objects.exclude(headline_series=None).select_related("organisation", "headline_series")
    # one of each that is drawn in a way of its own: dozens of projects on one template look alike
    alike = {(node.headline_series.template_id, node.tier_id, node.kind): node for node in reporting}
    for node in alike.values():
        visits.open(reverse("node", args=[node.organisation.slug, node.slug]))
    for organisation in Organisation.objects.all():
        visits.open(reverse("portfolio", args=[organisation.slug, organisation.slug]))
    for name in REPORT_DOCUMENTS:
        visits.open(reverse("document", args=[name, "rochford", "ict"]))
    cover = CommitteeReport.objects.get(organisation__slug="rochford", slug="executive-2019-07-10")
    visits.open(reverse("document", args=["cover-report", "rochford", cover.node.slug]) + f"?period={cover.slug}")
    visits.assert_faultless()


def test_the_demonstration_as_an_officer(visits, transactional_db, capsys, demonstration):
    """A draft with all that a real report holds, section by section, and its registers."""
    demonstration.whole()
    visits.as_person(User.objects.get(email="officer@example.org"))
    visits.open(reverse("home"))
    draft = Report.objects.get(node__slug="homelessness", period__slug="2019-08")
    visits.open(reverse("report-edit", args=[draft.pk]))
    for section in sections_of(draft):
        visits.open(reverse("report-edit-section", args=[draft.pk, section.key]))
    for blank in ("", "?blank=1"):
        visits.open(reverse("report-print", args=[draft.pk]) + blank)
    for kind in ("milestones", "risks", "issues", "benefits"):
        visits.open(reverse("register", args=["rochford", "homelessness", kind]))
    visits.open(reverse("changes", args=["rochford", "homelessness"]))
    visits.assert_faultless()


def test_a_fault_is_found(visits, live_server):
    """Every kind of fault that the tests above would report, put into a page on purpose."""
    page = visits.as_person(None)
    visits.go(reverse("accessibility"))
    page.evaluate("""() => {
      document.querySelector("main").insertAdjacentHTML("beforeend",
        '<input id="nameless"><img src="https://elsewhere.example.org/a.png" alt="A"><p style="color: red">Styled</p>');
      document.getElementById("nameless").style.width = "400px";
      setTimeout(() => { throw new Error("thrown by a script"); });
    }""")
    visits.look("page")
    desktop, telephone = (" ".join(visits.wrong[f"page at {width} px"]) for width in WIDTHS)
    for fault in ("axe label", "console: Applying inline style", "asks another server", "script: thrown by a script"):
        assert fault in desktop
    assert "wider than the window: input" in telephone
    assert "wider" not in desktop
