"""The page of components: the state of the art of every screen, in both languages, modes and at four widths."""

import pytest
from django.conf import LazySettings
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import NewPage
from tests.browser.driving import assert_accessible, screenshot, sign_in

WIDTHS = (1366, 1180, 820, 390)
FINE_TARGET, COARSE_TARGET = 24, 44  # pixels: WCAG 2.2 AA, and a thumb on a tablet


@pytest.fixture(autouse=True)
def demo(settings: LazySettings) -> None:
    """The page exists in a demo and in development only."""
    settings.DEMO = True


def opened(new_page: NewPage, address: str = "/_components/", **options: object) -> Page:
    page = new_page(**{"language": "en"} | options)
    sign_in(page, "physiotherapist")
    page.goto(address)
    return page


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("address", ["/_components/", "/_components/?errors=1"])
def test_it_is_accessible_in_every_language_mode_and_width(
    new_page: NewPage, language: str, mode: str, address: str
) -> None:
    page = opened(new_page, address, language=language, color_scheme=mode)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 768})
        assert_accessible(page)


def test_it_does_not_scroll_sideways_at_320_pixels(new_page: NewPage) -> None:
    page = opened(new_page, viewport={"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def too_small(target: Locator, least: int) -> bool:
    box = target.bounding_box() if target.is_visible() else None  # what lies in a closed menu is no target yet
    return box is not None and min(box["width"], box["height"]) < least


def test_targets_are_large_enough_for_a_mouse(new_page: NewPage) -> None:
    page = opened(new_page)
    buttons = page.locator("main button, main .btn, main label:has(input[type=radio]), main .choice, header a").all()
    assert [button.inner_text() for button in buttons if too_small(button, FINE_TARGET)] == []


def test_targets_are_large_enough_for_a_thumb(new_page: NewPage) -> None:
    page = opened(new_page, viewport={"width": 820, "height": 1180}, has_touch=True, is_mobile=True)
    answers = page.locator("main label:has(input[type=radio]), main .choice, main .btn").all()
    assert len(answers) > 40
    assert [answer.inner_text() for answer in answers if too_small(answer, COARSE_TARGET)] == []


def test_a_screen_reader_hears_question_and_answer_of_a_table_row(new_page: NewPage) -> None:
    page = opened(new_page)
    expect(page.get_by_role("radio", name="Recent infection No", exact=True)).to_be_checked()
    expect(page.get_by_role("radio", name="History of cancer Not asked")).to_be_checked()


def test_a_score_is_chosen_with_the_keyboard(new_page: NewPage) -> None:
    page = opened(new_page)
    score = page.get_by_role("group", name="Pain, mean")
    score.get_by_role("radio", name="7", exact=True).focus()
    page.keyboard.press("ArrowRight")
    expect(score.get_by_role("radio", name="8", exact=True)).to_be_checked()
    page.keyboard.type("10")
    expect(score.get_by_role("radio", name="10", exact=True)).to_be_checked()
    page.keyboard.type("3")
    expect(score.get_by_role("radio", name="3", exact=True)).to_be_checked()


@pytest.mark.parametrize("javascript", [True, False])
def test_errors_are_summed_up_on_top_with_focus_and_links(new_page: NewPage, javascript: bool) -> None:
    page = opened(new_page, javascript=javascript)
    page.get_by_role("button", name="Complete").click()
    expect(page).to_have_title("Error: Components · Traject")
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    summary.get_by_role("link", name="Request for help").click()
    expect(page.get_by_label("Request for help")).to_be_focused()
    described = page.get_by_label("Request for help").get_attribute("aria-describedby")
    assert described == "id_request_for_help_helptext id_request_for_help_error"


def test_the_menu_closes_with_escape_and_returns_the_focus(new_page: NewPage) -> None:
    page = opened(new_page)
    page.locator("details.menu summary").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
    expect(page.locator("details.menu summary")).to_be_focused()


def test_what_is_printed_is_dark_on_white_and_has_no_navigation(new_page: NewPage) -> None:
    page = opened(new_page, color_scheme="dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    expect(page.get_by_role("navigation").first).to_be_hidden()
    expect(page.get_by_role("button").first).to_be_hidden()


def test_its_picture_is_taken(new_page: NewPage) -> None:
    screenshot(opened(new_page), "components")
