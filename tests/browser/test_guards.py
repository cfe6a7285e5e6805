"""The guards that every browser test has, each seen to notice what it is there for."""

from contextlib import suppress

from playwright.sync_api import Error, Page

from tests.browser.conftest import Guard
from tests.browser.driving import sign_in


def test_a_page_that_is_missing_is_a_problem_unless_expected(page: Page, guard: Guard) -> None:
    sign_in(page, "front_desk")
    page.goto("/nowhere/")
    assert len(guard.unexpected()) == 1
    guard.expect("status of 404")
    assert guard.unexpected() == []


def test_a_breach_of_the_content_security_policy_is_a_problem(page: Page, guard: Guard) -> None:
    page.goto("/sign-in/")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">')")
    assert "Content Security Policy" in guard.unexpected()[0]
    guard.expect("Content Security Policy")


def test_a_script_error_is_a_problem(page: Page, guard: Guard) -> None:
    page.goto("/sign-in/")
    page.evaluate("setTimeout(() => { throw new Error('broken') })")
    page.wait_for_timeout(50)
    assert guard.unexpected() == ["script error: broken"]
    guard.expect("broken")


def test_another_host_is_a_problem_and_is_never_reached(page: Page, guard: Guard) -> None:
    with suppress(Error):
        page.goto("http://traject.example/")
    assert guard.unexpected() == ["request to another host: http://traject.example/"]
    guard.expect("traject.example")
