"""What is asked of every page at every width: accessible, no wider than the window, and without a fault."""

from axe_playwright_python.base import AXE_SCRIPT
from django.contrib.auth.base_user import AbstractBaseUser
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response

from tests.browser.launch import sign_in

WIDTHS = (1280, 320)  # a desktop, and the narrowest telephone (WCAG 1.4.10)
HEIGHT = 900
# WCAG 2.0 to 2.2, levels A and AA, and what is good practice besides.
AXE_OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
# Colours are the same at every width, and looking at them takes axe two thirds of its time.
WITHOUT_COLOURS = {**AXE_OPTIONS, "rules": {"color-contrast": {"enabled": False}}}
# What stands out of the window without a box of its own to scroll in.
WIDER_THAN_THE_WINDOW = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const scrolls = (element) => element !== document.body && element !== document.documentElement
    && (getComputedStyle(element).overflowX !== "visible" || scrolls(element.parentElement));
  const out = [...document.body.querySelectorAll("*")].filter((element) =>
    element.getBoundingClientRect().right > width + 0.5 && !scrolls(element.parentElement));
  return (out.length ? out : [document.body]).slice(-3).map((element) =>
    element.tagName.toLowerCase() + (element.className ? "." + element.className : ""));
}"""


class Visits:
    """Opens pages as one person after another; `wrong` gathers what is wrong with them, by address."""

    def __init__(self, chromium: Browser, client: Client, address: str):
        self.wrong: dict[str, list[str]] = {}
        self._chromium, self._client, self._address = chromium, client, address
        self._context = None
        self._heard: list[str] = []

    def as_person(self, user: AbstractBaseUser | None) -> Page:
        """A new window for `user`; None is somebody who is not signed in."""
        self.close()
        self._context = self._chromium.new_context(reduced_motion="reduce")
        if user:
            sign_in(self._context, self._client, user, self._address)
        self.page = self._context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self._heard.append(f"script: {error}"))
        self.page.on("request", self._request)
        return self.page

    def close(self) -> None:
        if self._context:
            self._context.close()

    def open(self, path: str, *, statuses: tuple[int, ...] = (200,)) -> None:
        """Open the address and look at the page."""
        answer = self.go(path)
        if answer.status not in statuses:
            self._note(path, [f"answers {answer.status}"])
        self.look(path)

    def go(self, path: str) -> Response:
        """Open the address."""
        return self.page.goto(self._address + path)

    def look(self, name: str) -> None:
        """Look at the page that is open, at every width."""
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": HEIGHT})
            self._note(f"{name} at {width} px", self._faults(AXE_OPTIONS if width == WIDTHS[0] else WITHOUT_COLOURS))

    def assert_faultless(self) -> None:
        """Fail with every fault of every page that was looked at."""
        told = [f"{name}\n    " + "\n    ".join(faults) for name, faults in self.wrong.items()]
        assert not told, "\n".join(["Pages with faults:", *told])

    def _faults(self, options: dict) -> list[str]:
        if not self.page.evaluate("Boolean(window.axe)"):
            self.page.evaluate(AXE_SCRIPT)
        violations = self.page.evaluate("options => axe.run(options).then(results => results.violations)", options)
        heard, self._heard = self._heard, []
        return [
            *heard,
            *(
                f"axe {violation['id']}: {violation['help']}: {node['target'][0]}"
                for violation in violations
                for node in violation["nodes"][:3]
            ),
            *(f"wider than the window: {each}" for each in self.page.evaluate(WIDER_THAN_THE_WINDOW)),
        ]

    def _note(self, name: str, faults: list[str]) -> None:
        if faults:
            self.wrong.setdefault(name, []).extend(faults)

    def _console(self, message: ConsoleMessage) -> None:
        # A page that is meant to be refused is told here too; its status is judged in open().
        is_of_page = message.text.startswith("Failed to load resource") and message.location["url"] == self.page.url
        if message.type in ("error", "warning") and not is_of_page:
            self._heard.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self._address, "data:", "blob:")):
            self._heard.append(f"asks another server: {request.url}")
