"""Signing in, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from practice.models import RoleGrant, Staff
from tests.browser.conftest import NewPage
from tests.browser.driving import assert_accessible, counted, screenshot


@pytest.fixture
def sanne(live_server: object) -> Staff:
    """A physiotherapist who signs in by hand."""
    staff = Staff.objects.create_user("sanne@example.org", "a-long-password", name="Sanne Bakker")
    RoleGrant.objects.create(staff=staff, role="physiotherapist")
    return staff


@pytest.mark.parametrize("javascript", [True, False])
def test_a_physiotherapist_signs_in_by_hand(new_page: NewPage, sanne: Staff, javascript: bool) -> None:
    page = new_page(javascript=javascript)
    page.goto("/")
    page.locator("[name=username]").fill(sanne.email)
    page.locator("[name=password]").fill("a-long-password")
    page.locator("main form").get_by_role("button").last.click()
    expect(page).to_have_url("/")


def test_the_sign_in_page_is_accessible(page: Page) -> None:
    page.goto("/sign-in/")
    assert_accessible(page)
    screenshot(page, "sign-in")


def test_the_browsers_language_is_spoken(new_page: NewPage) -> None:
    for language in ("nl", "en"):
        page = new_page(language=language)
        page.goto("/sign-in/")
        assert page.locator("html").get_attribute("lang") == language


def test_effort_is_counted(page: Page, sanne: Staff) -> None:
    page.goto("/sign-in/")
    with counted(page, "sign_in") as effort:
        page.locator("[name=username]").click()
        page.keyboard.type("sanne@example.org")
        page.keyboard.press("Tab")
        page.keyboard.type("a-long-password")
        page.keyboard.press("Enter")
        expect(page).to_have_url("/")
    assert (effort.clicks, effort.control_keys, effort.typed_characters, effort.page_loads) == (1, 2, 32, 1)
