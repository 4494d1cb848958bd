"""The demonstration, and windows on it."""

import pytest
from playwright.sync_api import expect

from tests.browser.walking import signed_in_by_typing

expect.set_options(timeout=20_000)  # milliseconds: a page that is drawn while other tests keep the machine busy


@pytest.fixture
def opened_for(chromium, live_server, transactional_db, capsys, demonstration):
    """The demonstration's home page for a role, which has typed its password, in a window of its own."""
    demonstration.whole()
    contexts = []

    def opened(role, **options):
        contexts.append(chromium.new_context(**options))
        return signed_in_by_typing(contexts[-1], live_server.url, role)

    yield opened
    for context in contexts:
        context.close()
