"""Every page there is, with a row of everything: accessible, walked through with the tab key, never scrolling sideways.

The addresses are found by walking the URLconf, so that a page which nobody thought of is looked at too.
"""

from http import HTTPStatus

import pytest
from django.conf import LazySettings, settings
from django.core.management import call_command
from django.urls import reverse
from playwright.sync_api import Page

from practice.domain.grants import Role
from tests.browser.conftest import Fill, NewPage
from tests.browser.driving import PAGES, assert_accessible, assert_focus_walks, assert_narrow, picture_of
from tests.security.conftest import World, made
from tests.security.objects import NEEDS_MORE
from tests.security.routes import BY_NAME, ROUTES, Route


class Everything:
    """A row of everything, made once for all these tests."""

    world: World

    def fill(self) -> None:
        """Make it, in an empty database."""
        call_command("load_content", verbosity=0)
        self.world = made()


@pytest.fixture(scope="session")
def everything() -> Everything:
    """The rows, once `fill` was called."""
    return Everything()


def reader(route: Route) -> Role | None:
    """The first role that may open an address; None where nobody may, or anybody may without signing in."""
    if route.is_public:
        return None
    return next((role for role in Role if route.is_open_to(role)), None)


READ = [route.name for route in ROUTES if route.is_public or reader(route)]


def page_at(world: World, name: str) -> str:
    """The address of a whole page, standing still; empty for a file, a part of a page, or what leads elsewhere."""
    address = world.address(name)
    answer = world.browser(reader(BY_NAME[name])).get(address)
    assert answer.status_code != HTTPStatus.FORBIDDEN or name in NEEDS_MORE
    assert name == "sign_in" or not answer.get("Location", "").startswith(f"{reverse('sign_in')}?next="), (
        "not signed in"
    )
    is_page = answer.status_code == HTTPStatus.OK and not answer.streaming and b"<html" in answer.content[:500]
    if not is_page:
        return ""
    return f"{address}?look=no" if "Refresh" in answer else address  # the page of a replay looks again by itself


def sign_in_to_read(page: Page, world: World, name: str) -> None:
    """Sign in who reads this page."""
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": world.sessions[reader(BY_NAME[name])]}
    page.context.add_cookies([cookie | {"domain": "localhost", "path": "/"}])


@pytest.mark.parametrize("name", READ)
def test_a_page_is_for_everybody(
    new_page: NewPage, settings: LazySettings, filled: Fill, everything: Everything, name: str
) -> None:
    settings.DEMO = True
    filled(everything.fill)
    if address := page_at(everything.world, name):
        page = new_page()
        sign_in_to_read(page, everything.world, name)
        page.goto(address)
        picture_of(page, name)
        assert_accessible(page)
        assert_focus_walks(page)
        assert_narrow(page)


def test_no_picture_is_of_a_page_that_is_gone() -> None:
    assert {picture.stem.replace(".", ":") for picture in PAGES.iterdir()} <= set(READ)
