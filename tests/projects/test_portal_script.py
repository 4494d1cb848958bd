"""What the pages gain from static/js/portal.js, in a real browser, with the server's answers given by the test."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

ADDRESS = "http://127.0.0.1:9/"
SCRIPT = Path(__file__).resolve().parents[2] / "static" / "js" / "portal.js"
PAGE = """<!DOCTYPE html><html lang="en-GB"><title>T</title><body>
<form data-autosave="/save/" method="post" action="/send/">
  <input type="hidden" name="csrfmiddlewaretoken" value="secret"><input type="hidden" name="version" value="6">
  <label for="c">Commentary</label><textarea id="c" name="commentary"></textarea>
  <p data-autosave-status role="status"></p><button>Save</button>
</form>
<div data-add-row="rows"><input type="hidden" id="id_rows-TOTAL_FORMS" value="1">
  <div data-rows></div><template>
  <p><label for="id_rows-__prefix__-t">T</label>
  <input id="id_rows-__prefix__-t" name="rows-__prefix__-t"></p></template>
  <button type="button" data-add-row-button hidden>Add another</button></div>
<script src="/portal.js"></script></body></html>"""


@pytest.fixture
def page(chromium):
    """The page above; page.answers says what the server answers to each save in turn, page.sent what it was sent."""
    context = chromium.new_context()
    opened = context.new_page()
    opened.answers, opened.sent = [], []

    def save(route):
        opened.sent.append((route.request.post_data, route.request.headers))
        status, said = opened.answers.pop(0)
        route.fulfill(status=status, content_type="application/json", body=json.dumps(said))

    opened.route("**/*", lambda route: route.fulfill(content_type="text/html", body=PAGE))
    opened.route("**/portal.js", lambda route: route.fulfill(content_type="text/javascript", body=SCRIPT.read_text()))
    opened.route("**/save/", save)
    opened.goto(ADDRESS)
    yield opened
    context.close()


def test_typing_is_saved_and_the_next_save_carries_the_new_version(page):
    page.answers = [(200, {"saved_at": "10:42", "version": 7}), (200, {"saved_at": "10:43", "version": 8})]
    page.get_by_label("Commentary").fill("Tenders are in.")
    expect(page.get_by_role("status")).to_have_text("Saved 10:42")
    page.get_by_label("Commentary").fill("Tenders are in and scored.")
    expect(page.get_by_role("status")).to_have_text("Saved 10:43")
    bodies = [body for body, _ in page.sent]
    assert [re.search(r'name="version"\s+(\d+)', body).group(1) for body in bodies] == ["6", "7"]
    assert page.sent[0][1]["x-csrftoken"] == "secret"


def test_a_refused_answer_is_said_in_the_servers_words(page):
    page.answers = [(422, {"errors": {"forecast": ["31 June is not a date."]}})]
    page.get_by_label("Commentary").fill("x")
    expect(page.get_by_role("status")).to_have_text("Not saved. 31 June is not a date.")


def test_someone_elses_change_stops_the_saving(page):
    page.answers = [(409, {})]
    page.get_by_label("Commentary").fill("x")
    expect(page.get_by_role("status")).to_contain_text("Someone else has changed this")
    page.get_by_label("Commentary").fill("y")
    page.wait_for_timeout(1800)
    assert len(page.sent) == 1


def test_another_row_takes_the_next_number_and_the_focus(page):
    page.get_by_role("button", name="Add another").click()
    assert page.locator("#id_rows-TOTAL_FORMS").input_value() == "2"
    expect(page.locator("#id_rows-1-t")).to_be_focused()


def test_leaving_with_unsaved_text_asks_first(page):
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.get_by_label("Commentary").press_sequentially("x")
    page.reload()
    assert asked == ["beforeunload"]
