"""A real browser on a live server: a test's page fails the test for what is wrong on it even where nobody looks."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from practice.actions import demo_staff
from practice.domain.grants import Role
from scheduling.availability import holidays_of
from tests.browser.driving import DESKTOP
from tests.debian import chromium_program
from tests.factories.practice import HolidayOverrideFactory, LocationFactory, PractitionerFactory

# Playwright keeps an event loop in this thread; the ORM may be used beside it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost",
]
LOCALES = {"nl": "nl-NL", "en": "en-GB"}
TIMEOUT = 30_000  # milliseconds before a step that does not happen fails: long, for a machine that is busy with more

expect.set_options(timeout=TIMEOUT)

NewPage = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder as a browser test."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@dataclass
class Guard:
    """What went wrong on the pages of one test, except what the test expects."""

    problems: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def expect(self, words: str) -> None:
        """Accept problems that contain these words, such as "status of 403" on a page that refuses."""
        self.expected.append(words)

    def watch(self, page: Page) -> None:
        """Note script errors, console errors (which a breach of the content security policy is) and other hosts."""
        page.on("pageerror", lambda error: self.problems.append(f"script error: {error}"))
        page.on("console", self._console)
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.problems.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https", "ws", "wss") and address.hostname != "localhost":
            self.problems.append(f"request to another host: {request.url}")

    def unexpected(self) -> list[str]:
        """The problems that the test did not expect."""
        return [problem for problem in self.problems if not any(words in problem for words in self.expected)]


@pytest.fixture
def guard() -> Iterator[Guard]:
    """Fails the test at its end if something went wrong on one of its pages."""
    guard = Guard()
    yield guard
    assert guard.unexpected() == []


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_program(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(browser: Browser, live_server: LiveServer, guard: Guard) -> Iterator[NewPage]:
    """Make a page of its own person: `new_page(language="en", javascript=False, viewport=TABLET)`.

    Further options are those of Playwright's `new_context`. Addresses are relative to the live server.
    """
    contexts = []

    def make(*, language: str = "nl", javascript: bool = True, **options: object) -> Page:
        given = {"viewport": DESKTOP, "timezone_id": "Europe/Amsterdam", "reduced_motion": "reduce"} | options
        context = browser.new_context(
            base_url=live_server.url, locale=LOCALES[language], java_script_enabled=javascript, **given
        )
        context.set_default_timeout(TIMEOUT)
        contexts.append(context)
        page = context.new_page()
        guard.watch(page)
        return page

    yield make
    for context in contexts:
        context.close()


Fill = Callable[[Callable[[], None]], None]


@pytest.fixture(scope="session")
def filled() -> Iterator[Fill]:
    """Fill the empty database: `filled(fill)` calls `fill` the first time, and later puts back what it made.

    Only on SQLite, which copies a database in milliseconds; reading the content takes a second, the demo ten.
    """
    copies: dict[Callable[[], None], sqlite3.Connection] = {}

    def fill_by(fill: Callable[[], None]) -> None:
        connection.ensure_connection()
        database = connection.connection
        if fill in copies:
            copies[fill].backup(database)
            return
        fill()
        if isinstance(database, sqlite3.Connection):
            copies[fill] = sqlite3.connect(":memory:")
            database.backup(copies[fill])

    yield fill_by
    for copy in copies.values():
        copy.close()


def a_practice() -> None:
    """The shipped content, one location, and the demo's physiotherapist as its practitioner."""
    call_command("load_content", verbosity=0)
    LocationFactory(name="Centrum")
    PractitionerFactory(staff=demo_staff(role=Role.PHYSIOTHERAPIST, now=timezone.now()))
    open_on_holidays()


def open_on_holidays() -> None:
    """Let the practice work on the public holidays to come, so that tests mean the same in every week of the year."""
    year = timezone.localdate().year
    for date in (*holidays_of(year), *holidays_of(year + 1)):
        HolidayOverrideFactory(date=date)


def a_demo() -> None:
    """The made-up practice of `make run`."""
    call_command("load_content", verbosity=0)
    for command in ("load_demo", "load_demo_agenda", "load_demo_waiting"):
        call_command(command, verbosity=0)


@pytest.fixture
def practice(live_server: LiveServer, settings: LazySettings, filled: Fill) -> None:
    """A demo with the shipped content, one location, and the demo's physiotherapist as its practitioner."""
    settings.DEMO = True
    filled(a_practice)


@pytest.fixture
def demo(live_server: LiveServer, settings: LazySettings, filled: Fill) -> None:
    """The made-up practice of `make run`."""
    settings.DEMO = True
    filled(a_demo)


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """A page in Dutch, at desktop size, with JavaScript."""
    return new_page()
