"""Every page that edits what stands: a page opened before somebody else's save is answered with both texts."""

import re

import pytest
from auditlog.models import LogEntry
from django.test import Client

from tests import factories
from tests.addresses import ROWS, address_of
from tests.races.people import FormReader

# The box that is changed where the first of the form will not do, and what two people write into it.
WRITTEN = {
    "settings-role": ("ends_on", "01/01/2030", "02/01/2030"),
    "settings-thresholds-change": ("amber_from", "1.00", "2.00"),
    "settings-periods-change": ("label", "Mine", "Theirs"),
    "settings-bands-change": ("to_score", "2", "3"),
    "settings-meetings-change": ("place", "Mine", "Theirs"),
    "settings-steps-change": ("order", "8", "9"),
    "settings-sections-change": ("title", "Mine", "Theirs"),
    "settings-dimensions-change": ("label", "Mine", "Theirs"),
    "settings-questions-change": ("text", "Mine", "Theirs"),
    "register-item-about": ("theme", "Mine", "Theirs"),
    "settings-person": ("post", "Mine", "Theirs"),
    "settings-aliases-change": ("printed_as", "Mine", "Theirs"),
    "settings-grouped-change": ("order", "8", "9"),
    "minutes-edit": ("place", "Mine", "Theirs"),
    "scrutiny-plan-edit": ("ask", "Mine", "Theirs"),
}
ENDS = ("-change", "-edit", "-about", "-edit-section", "settings-organisation", "settings-role", "settings-person")
# Nobody can have changed it meanwhile.
MAKE_SOMETHING_NEW = ("layout-change", "report-edit", "report-propose-change")
EDITS = [name for name in ROWS if name.endswith(ENDS) and name not in MAKE_SOMETHING_NEW]


@pytest.fixture
def organisation(db, kept_world):
    return kept_world[0]


@pytest.fixture
def world(organisation, kept_world):
    return kept_world[1]


@pytest.fixture
def two(organisation):
    """Two people who may edit everything."""
    signed_in = []
    for number in (1, 2):
        user = factories.person(f"editor-{number}@example.org", organisation, "pmo", post=f"Editor {number}")
        factories.grant(user, organisation, "administrator")
        browser = Client()
        browser.force_login(user)
        signed_in.append(browser)
    return signed_in


def edited_form(page):
    """The answers of the form of a page that names the version it was made from."""
    forms = FormReader(page.content.decode()).forms
    return next(form for form in forms if any(re.search(r"(^|-)version$", box) for box in form))


def box_to_change(name, form):
    if name in WRITTEN:
        wanted, mine, theirs = WRITTEN[name]
        return next(box for box in form if box == wanted or box.endswith(f"-{wanted}")), mine, theirs
    words = (box for box in form if re.search(r"(^|-)(name|title|label|subject|item_words|text)$", box))
    return next(words), "Mine", "Theirs"


@pytest.mark.parametrize("name", EDITS)
def test_a_stale_page_is_answered_with_both_texts(name, two, world):
    first, second = two
    address = address_of(name, world)
    opened = edited_form(first.get(address))
    box, mine, theirs = box_to_change(name, opened)
    assert second.post(address, opened | {box: theirs}).status_code == 302
    page = first.post(address, opened | {box: mine})
    assert page.status_code == 409
    conflict = page.context["conflict"]
    assert [(field["theirs"], field["yours"]) for field in conflict["fields"]] == [(theirs, mine)]
    assert conflict["changed_by"] == "Editor 2"
    lost = LogEntry.objects.filter(additional_data__reason__startswith="Not saved")
    assert len(lost) == 1
    assert name == "settings-role" or lost[0].changes[box.rpartition("-")[2]] == [theirs, mine]
    kept = FormReader(page.content.decode()).forms[-1]
    for choice, text in (("theirs", theirs), ("yours", mine)):
        assert first.post(conflict["action"], kept | {f"keep_{box}": choice}).status_code == 302
        assert edited_form(second.get(conflict["action"]))[box] == text


@pytest.mark.parametrize("name", EDITS)
def test_the_same_text_from_both_is_no_conflict(name, two, world):
    first, second = two
    address = address_of(name, world)
    opened = edited_form(first.get(address))
    box, mine, _ = box_to_change(name, opened)
    assert second.post(address, opened | {box: mine}).status_code == 302
    assert first.post(address, opened | {box: mine}).status_code == 302
