"""The demo's buttons and what people decide about themselves, in a real browser."""

import pytest
from django.conf import LazySettings
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.driving import assert_accessible, sign_in


def test_one_click_plays_a_role_in_a_demo(new_page: NewPage, settings: LazySettings) -> None:
    settings.DEMO = True
    page = new_page(javascript=False)
    page.goto("/sign-in/?next=/profile/")
    page.locator("button[name=role][value=physiotherapist]").click()
    expect(page).to_have_url("/profile/")


def test_the_sign_in_page_of_a_demo_is_accessible(page: Page, settings: LazySettings) -> None:
    settings.DEMO = True
    page.goto("/sign-in/")
    assert_accessible(page)


@pytest.mark.parametrize("address", ["/profile/", "/profile/password/"])
def test_the_screens_of_ones_own_account_are_accessible(page: Page, address: str) -> None:
    sign_in(page, "front_desk")
    page.goto(address)
    assert_accessible(page)


def test_the_language_switch_keeps_the_page(new_page: NewPage) -> None:
    page = new_page(language="nl", javascript=False)
    sign_in(page, "front_desk")
    page.goto("/profile/")
    page.locator("button[name=language][value=en]").click()
    expect(page).to_have_url("/profile/")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("heading", level=1)).to_have_text("Profile")
