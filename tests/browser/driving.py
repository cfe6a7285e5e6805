"""What a browser test does with a page: sign in, check accessibility, take its picture, count a journey's effort."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page

from practice.models import RoleGrant, Staff
from tests.suite import JOURNEY_COUNTS

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
PAGES = DOCS / "screenshots" / "pages"
RECORDING = os.environ.get("SCREENSHOTS") == "1"

Size = dict[str, int]

DESKTOP = {"width": 1366, "height": 768}
TABLET = {"width": 820, "height": 1180}
PHONE = {"width": 390, "height": 844}

NARROWEST = {"width": 320, "height": 640}
WIDTHS = (1366, 1180, 820, 390)
TRAPPED = 1000  # steps with the tab key after which there is no end to a page

ACCESSIBILITY_RULES = ("wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice")
ALL_RULES = {"type": "tag", "values": ACCESSIBILITY_RULES}
CONTRAST = {"type": "rule", "values": ["color-contrast"]}
# Without preloading: axe would rebuild imported style sheets inside the page, which our security policy refuses.
AXE_OPTIONS = {"preload": False, "resultTypes": ["violations"]}

# What is wrong with where the focus is: nothing (""), or in words. None at the end of the page.
FOCUS = """() => {
  const focused = document.activeElement;
  if (!focused || focused === document.body) return null;
  const shown = focused.closest("label") ?? focused;
  const box = shown.getBoundingClientRect();
  const ringed = [focused, shown].some(each => {
    const style = getComputedStyle(each);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  });
  const name = `${focused.tagName} ${focused.name ?? ""} ${focused.textContent.trim().slice(0, 30)}`;
  if (!ringed) return `no ring: ${name}`;
  const isTall = box.height > innerHeight;
  if (box.top > innerHeight || (isTall ? box.bottom < 0 : box.top < 0)) return `outside the window: ${name}`;
  const line = shown.getClientRects()[0];
  const height = Math.min(Math.max(line.top + line.height / 2, 0), innerHeight - 1);
  const top = document.elementFromPoint(line.left + line.width / 2, height);
  return top && (shown.contains(top) || top.contains(shown)) ? "" : `covered: ${name}`;
}"""

# What makes the page scroll sideways at this width: the first elements that reach beyond it.
TOO_WIDE = """width => document.documentElement.scrollWidth <= width ? [] :
  [...document.body.querySelectorAll("*")]
    .filter(each => each.checkVisibility() && each.getBoundingClientRect().right > width + 0.5)
    .map(each => each.outerHTML.slice(0, 100)).slice(0, 5)"""

# Counts what a hand does, not what a script does: only events that the browser itself made (isTrusted).
COUNTER = """
addEventListener("pointerdown", event => event.isTrusted && trajectCount("clicks"), true);
addEventListener("keydown", event => {
  if (!event.isTrusted || ["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
  const writes = event.target.closest("textarea, input:not([type=radio], [type=checkbox], [type=submit])");
  const character = writes && [...event.key].length === 1 && !event.ctrlKey && !event.altKey && !event.metaKey;
  trajectCount(character ? "typed_characters" : "control_keys");
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


def assert_accessible(page: Page, within: str | None = None, rules: Mapping[str, object] = ALL_RULES) -> None:
    """Fail with axe's report if the page, or the part `within` it, breaks WCAG 2.2 A or AA or a best practice."""
    page.wait_for_load_state()  # a click ends when the answer begins to arrive, not when the page stands
    results = Axe().run(page, context=within, options={**AXE_OPTIONS, "runOnly": rules})
    assert results.violations_count == 0, f"{page.url} {page.viewport_size}\n{results.generate_report()}"


def assert_accessible_at_every_width(page: Page) -> None:
    """Fail if the page breaks a rule at one of the four widths, in light or dark.

    Of the rules only contrast depends on the colours, so dark is tried for contrast alone.
    """
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": DESKTOP["height"]})
        assert_accessible(page)
    page.emulate_media(color_scheme="dark")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": DESKTOP["height"]})
        assert_accessible(page, rules=CONTRAST)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(DESKTOP)


def assert_narrow(page: Page) -> None:
    """Fail if the page scrolls sideways on the narrowest screen."""
    page.set_viewport_size(NARROWEST)
    too_wide = page.evaluate(TOO_WIDE, NARROWEST["width"])
    assert not too_wide, "\n".join([page.url, *too_wide])
    page.set_viewport_size(DESKTOP)


def assert_focus_walks(page: Page) -> int:
    """Walk through the page with the tab key, to its end: every step is seen, and none is a trap. Gives the steps."""
    page.evaluate("document.activeElement?.blur(); scrollTo(0, 0)")
    problems = []
    for step in range(TRAPPED):
        page.keyboard.press("Tab")
        problem = page.evaluate(FOCUS)
        if problem is None:
            assert problems == [], f"{page.url}: {problems[:3]}"
            return step
        problems += [problem] if problem else []
    raise AssertionError(f"{page.url}: no end after {TRAPPED} steps, {problems[:3]}")


def screenshot(page: Page, name: str, sizes: Iterable[Size] = (DESKTOP, TABLET)) -> None:
    """Write docs/screenshots/NAME-WIDTH.png at each of these sizes, when SCREENSHOTS=1 (`make screenshots`)."""
    if not RECORDING:
        return
    page.wait_for_load_state()
    before = page.viewport_size
    for size in sizes:
        page.set_viewport_size(size)
        page.screenshot(path=DOCS / "screenshots" / f"{name}-{size['width']}.png", animations="disabled")
    if before:
        page.set_viewport_size(before)


def picture_of(page: Page, name: str) -> None:
    """Write the picture of a page for docs/generated/pages.md (`make screenshots`); at other times it must be there."""
    path = PAGES / f"{name.replace(':', '.')}.jpg"
    if RECORDING:
        PAGES.mkdir(exist_ok=True)
        page.wait_for_load_state()
        page.screenshot(path=path, type="jpeg", quality=60, animations="disabled")
    assert path.is_file(), f"{name} has no picture yet: make screenshots docs"


@dataclass
class Effort:
    """What a journey asks of a person's hands."""

    clicks: int = 0
    control_keys: int = 0
    typed_characters: int = 0
    page_loads: int = 0

    def add(self, what: str) -> None:
        """Count one of them."""
        setattr(self, what, getattr(self, what) + 1)


def record(journey: str, effort: Effort) -> None:
    """Print the counts of a journey; keep them for the documentation when SCREENSHOTS=1, else compare with it."""
    print(f"{journey}: {asdict(effort)}")
    counts = json.loads(JOURNEY_COUNTS.read_text()) if JOURNEY_COUNTS.exists() else {}
    if RECORDING:
        JOURNEY_COUNTS.write_text(json.dumps(counts | {journey: asdict(effort)}, indent=2, sort_keys=True) + "\n")
    else:
        assert counts.get(journey) == asdict(effort), "the documented counts differ: run make screenshots"


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
