"""The frame of every page: colours of one's choice, the way to a patient, and what a narrow screen leaves out."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.driving import assert_accessible, sign_in

DARK_GROUND = "rgb(18, 24, 31)"


def ground(page: Page) -> str:
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


@pytest.mark.parametrize(("role", "address"), [("physiotherapist", "/"), ("manager", "/admin/")])
def test_the_colours_of_the_profile_win_over_those_of_the_device(new_page: NewPage, role: str, address: str) -> None:
    page = new_page(color_scheme="light")
    staff = sign_in(page, role)
    page.goto(address)
    assert ground(page) == "rgb(255, 255, 255)"
    staff.colour_mode = "dark"
    staff.save()
    page.goto(address)
    assert ground(page) == DARK_GROUND
    assert_accessible(page)


def test_the_colours_of_the_device_are_followed(new_page: NewPage) -> None:
    page = new_page(color_scheme="dark")
    page.goto("/sign-in/")
    assert ground(page) == DARK_GROUND


def test_the_first_tab_skips_to_the_content(new_page: NewPage) -> None:
    page = new_page(language="en")
    sign_in(page, "physiotherapist")
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_a_patient_is_searched_from_every_page_with_the_keyboard(new_page: NewPage) -> None:
    page = new_page(language="en")
    sign_in(page, "physiotherapist")
    page.goto("/help/")
    page.keyboard.press("Control+k")
    page.keyboard.type("Nobody")
    page.keyboard.press("Enter")
    expect(page).to_have_url("/patients/")
    expect(page.locator("main [name=q]")).to_have_value("Nobody")


@pytest.mark.parametrize("address", ["/", "/patients/", "/patients/register/", "/profile/", "/help/"])
def test_no_page_scrolls_sideways_at_320_pixels(new_page: NewPage, address: str) -> None:
    page = new_page(viewport={"width": 320, "height": 640})
    sign_in(page, "physiotherapist")
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
