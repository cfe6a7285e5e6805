"""What a browser test does with a page: sign in, check accessibility, take its picture, count a journey's effort."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page

from practice.models import RoleGrant, Staff

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
JOURNEY_COUNTS = DOCS / "generated" / "journey_counts.json"
RECORDING = os.environ.get("SCREENSHOTS") == "1"

DESKTOP = {"width": 1366, "height": 768}
TABLET = {"width": 820, "height": 1180}

ACCESSIBILITY_RULES = ("wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice")
AXE_OPTIONS = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": ACCESSIBILITY_RULES}}

# Counts what a hand does, not what a script does: only events that the browser itself made (isTrusted).
COUNTER = """
addEventListener("pointerdown", event => event.isTrusted && trajectCount("clicks"), true);
addEventListener("keydown", event => {
  if (!event.isTrusted || ["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
  const writes = event.target.closest("textarea, input:not([type=radio], [type=checkbox], [type=submit])");
  const character = writes && [...event.key].length === 1 && !event.ctrlKey && !event.altKey && !event.metaKey;
  trajectCount(character ? "characters" : "keys");
}, true);
"""


def somebody(role: str) -> Staff:
    """The first member of staff with this role: of the demo data where it is loaded, else a new one."""
    found = Staff.objects.filter(role_grants__role=role).order_by("email").first()
    if found:
        return found
    staff = Staff.objects.create_user(f"{role}@example.org", None, name=f"Somebody {role}")
    RoleGrant.objects.create(staff=staff, role=role)
    return staff


def sign_in(page: Page, role: str) -> Staff:
    """Sign `page` in as somebody with `role`, without the sign-in form (which has tests of its own)."""
    staff = somebody(role)
    sign_in_as(page, staff)
    return staff


def sign_in_as(page: Page, staff: Staff) -> None:
    """Sign `page` in as this person."""
    client = Client()
    client.force_login(staff)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session, "domain": "localhost", "path": "/"}
    page.context.add_cookies([cookie])


def assert_accessible(page: Page) -> None:
    """Fail with axe's report if the page breaks WCAG 2.2 A or AA or a best practice."""
    results = Axe().run(page, options=AXE_OPTIONS)
    assert results.violations_count == 0, f"{page.url}\n{results.generate_report()}"


def screenshot(page: Page, name: str) -> None:
    """Write docs/screenshots/NAME-WIDTH.png at desktop and tablet size, when SCREENSHOTS=1 (`make screenshots`)."""
    if not RECORDING:
        return
    before = page.viewport_size
    for size in (DESKTOP, TABLET):
        page.set_viewport_size(size)
        page.screenshot(path=DOCS / "screenshots" / f"{name}-{size['width']}.png", animations="disabled")
    if before:
        page.set_viewport_size(before)


@dataclass
class Effort:
    """What a journey asks of a person's hands."""

    clicks: int = 0
    keys: int = 0
    characters: int = 0
    page_loads: int = 0

    def add(self, what: str) -> None:
        """Count one click, control key, typed character or page load."""
        setattr(self, what, getattr(self, what) + 1)


def record(journey: str, effort: Effort) -> None:
    """Keep the counts of a journey for the documentation, when SCREENSHOTS=1."""
    if not RECORDING:
        return
    counts = json.loads(JOURNEY_COUNTS.read_text()) if JOURNEY_COUNTS.exists() else {}
    counts[journey] = asdict(effort)
    JOURNEY_COUNTS.parent.mkdir(parents=True, exist_ok=True)
    JOURNEY_COUNTS.write_text(json.dumps(counts, indent=2, sort_keys=True) + "\n")


@contextmanager
def counted(page: Page, journey: str) -> Iterator[Effort]:
    """Count the effort of what happens inside, once per page. Type with `press_sequentially`: `fill` presses no key."""
    effort = Effort()
    page.on("domcontentloaded", lambda _page: effort.add("page_loads"))
    page.expose_function("trajectCount", effort.add)
    page.add_init_script(COUNTER)
    page.evaluate(COUNTER)
    yield effort
    page.evaluate("0")  # what the page sent before this has arrived after it
    record(journey, effort)
