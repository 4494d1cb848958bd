"""Starting Chromium, and opening pages in it as somebody."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, sync_playwright

# The first keeps it off the network on its own account; in a container it can have no sandbox of its own.
ARGUMENTS = ("--disable-background-networking", "--disable-component-update", "--no-first-run", "--no-sandbox")


@contextmanager
def launched_chromium() -> Iterator[Browser]:
    """The machine's Chromium. Where there is none this fails: these tests are never skipped."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium") or "/usr/bin/chromium", args=list(ARGUMENTS)
        )
        yield browser
        browser.close()


def sign_in(context: BrowserContext, client, user, address: str) -> None:
    """Open the pages of the server at `address` as `user`, without typing a password; `client` makes the session."""
    client.force_login(user)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": address}])
