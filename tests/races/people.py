"""People at work at the same moment: each is signed in to a real server, opens pages and sends their forms."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from html.parser import HTMLParser
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from threading import Barrier
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client

CSRF_TOKEN = "t" * 32


PATIENCE = 300  # seconds: a machine busy with other tests is no fault of the portal


class FormReader(HTMLParser):
    """The answers of the forms of a page, as a browser would send them back untouched."""

    def __init__(self, page: str):
        super().__init__()
        self.forms: list[dict[str, str]] = []
        self._writing = self._choosing = None  # the name of an open textarea and select
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        name = given.get("name")
        if tag == "form":
            self.forms.append({})
        elif tag == "input" and name and self.forms:
            if given.get("type") not in ("checkbox", "radio", "submit", "file") or "checked" in given:
                self.forms[-1][name] = given.get("value") or ""
        elif tag == "textarea":
            self._writing, self.forms[-1][name] = name, ""
        elif tag == "select":
            self._choosing = name
        elif tag == "option" and "selected" in given and self._choosing:
            self.forms[-1][self._choosing] = given.get("value") or ""

    def handle_endtag(self, tag):
        if tag == "textarea":
            # HTML has it that the first line end within a textarea is not part of the text.
            self.forms[-1][self._writing] = self.forms[-1][self._writing].removeprefix("\n")
            self._writing = None
        elif tag == "select":
            self._choosing = None

    def handle_data(self, text):
        if self._writing:
            self.forms[-1][self._writing] += text


@dataclass(frozen=True)
class Answer:
    status: int
    page: str
    location: str

    def form(self, having: str) -> dict[str, str]:
        """The answers of the form that has a box of this name."""
        return next(form for form in FormReader(self.page).forms if having in form)


class Person:
    """Somebody's browser, with the cookies of a session begun in the database; without `user`, with none."""

    def __init__(self, port: int, user):
        self.port, self.user = port, user
        self.cookies = SimpleCookie({settings.CSRF_COOKIE_NAME: CSRF_TOKEN})
        if user:
            browser = Client()
            browser.force_login(user)
            self.cookies.update(browser.cookies)

    def open(self, address: str) -> Answer:
        return self._ask("GET", address)

    def send(self, address: str, answers: dict[str, str]) -> Answer:
        return self._ask("POST", address, {**answers, "csrfmiddlewaretoken": CSRF_TOKEN})

    def _ask(self, method, address, answers=None):
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            headers = {"Cookie": "; ".join(f"{name}={cookie.value}" for name, cookie in self.cookies.items())}
            if answers is not None:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            connection.request(
                method, address, urlencode(answers, doseq=True) if answers is not None else None, headers
            )
            response = connection.getresponse()
            for cookie in response.headers.get_all("Set-Cookie", ()):
                self.cookies.load(cookie)
            return Answer(response.status, response.read().decode(), response.headers.get("Location", ""))
        finally:
            connection.close()


class Crowd:
    """People who act at the same moment."""

    def __init__(self, organisation, people: list[Person]):
        self.organisation, self.people = organisation, people
        self._threads = ThreadPoolExecutor(len(people))

    def together(self, acts: dict[Person, Callable[[Person], Answer]]) -> dict[Person, Answer]:
        """What each was answered. None begins before all are ready."""
        ready = Barrier(len(acts))

        def act(person):
            ready.wait(timeout=PATIENCE)
            return acts[person](person)

        return dict(zip(acts, self._threads.map(act, acts), strict=True))

    def send_together(self, address, answers: dict[Person, dict]) -> dict[Person, Answer]:
        """Each sends their own answers to the same address."""
        return self.together(
            {person: lambda person, sent=sent: person.send(address, sent) for person, sent in answers.items()}
        )

    def leave(self) -> None:
        self._threads.shutdown()
