"""What a finger can hit on a tablet and on a phone: 44 pixels on the pages that are used in the room."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import NewPage
from tests.browser.driving import PHONE, TABLET
from tests.browser.test_demo import SCREENS

LEAST = 44  # px, for a finger
IN_THE_ROOM = ("today", "intake")

# What can be pressed and is smaller than that: a label counts for its box. Links in a sentence are left out, as WCAG
# 2.5.8 does, and so is what is off the screen until it has the focus.
SMALL = """least => {
  const inSentence = each => each.matches("a") && getComputedStyle(each).display === "inline"
    && [...each.parentElement.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim());
  return [...document.querySelectorAll(
    "a, button, summary, select, textarea, input:not([type=hidden]), [data-region], [role=button]"
  )].map(each => [each, each.closest("label") ?? each.labels?.[0]?.closest(".form-check, .body-tick") ?? each])
  .filter(([each, target]) => target.checkVisibility({visibilityProperty: true}) && each.tabIndex >= 0
    && !each.closest(".visually-hidden, .skip, svg")
    && !inSentence(each))
  .map(([each, target]) => [target.getBoundingClientRect(), each, target])
  .filter(([box]) => box.width && Math.round(Math.min(box.width, box.height)) < least)
  .map(([box, each]) => `${Math.round(box.width)}x${Math.round(box.height)} ${each.outerHTML.slice(0, 90)}`);
}"""


@pytest.mark.parametrize("viewport", [TABLET, PHONE], ids=["tablet", "phone"])
def test_a_finger_hits_what_it_means(new_page: NewPage, demo: None, viewport: dict[str, int]) -> None:
    page = new_page(viewport=viewport, has_touch=True, is_mobile=True)
    for name in IN_THE_ROOM:
        SCREENS[name].open(page)
        unfold_everything(page)
        assert page.evaluate("matchMedia('(pointer: coarse)').matches")
        small = page.evaluate(SMALL, LEAST)
        assert not small, "\n".join([name, *small])


def unfold_everything(page: Page) -> None:
    """Open what is folded, so that it counts too."""
    page.evaluate("document.querySelectorAll('details:not([data-more])').forEach(each => { each.open = true; })")
