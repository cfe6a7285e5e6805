"""A manager reviews plans: how much it asks of the hands, that it needs no script, and that everybody can read it."""

import re
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from plans import actions
from plans.models import Plan, PlanRevision
from practice.models import Staff
from tests.browser.conftest import Guard, NewPage
from tests.browser.driving import assert_accessible, assert_narrow, counted, record, screenshot, sign_in, sign_in_as
from tests.browser.walking import Walk
from tests.factories.plans import adopted, choice, suggested

pytestmark = pytest.mark.usefixtures("practice")

ASKED = {"fever_or_chills": False}
OTHERWISE = {"session_minutes": 45, "reasons": {"session_minutes": ("planning", "Past in het rooster")}}
COMMENT = "Waarom 45 minuten?"


def handed_in(answers: dict[str, Any] | None = None, **changes: Any) -> PlanRevision:
    """A plan that waits for review, made by the physiotherapist of the demo."""
    therapist = Staff.objects.get(is_demo=True, role_grants__role="physiotherapist")
    return adopted(suggested({**ASKED, **(answers or {})}, author=therapist), **changes).current_revision


def review_of(revision: PlanRevision) -> str:
    return PlanRevision.objects.get(pk=revision.pk).review


def test_a_clean_plan_is_approved_in_two_clicks(page: Page) -> None:
    revision = handed_in()
    sign_in(page, "manager")
    walk = Walk(page)
    page.goto("/admin/")
    with counted(page, "approve_clean_plan") as effort:
        walk.follow("Begin")
        walk.press("Approve and next")
    expect(page.locator(".messagelist")).to_contain_text(str(revision.plan.patient))
    assert review_of(revision) == "approved"
    assert effort.clicks == 2
    record("approve_clean_plan", effort)


def test_a_deviating_plan_is_judged_in_three_clicks(page: Page) -> None:
    revision = handed_in(**OTHERWISE)
    sign_in(page, "manager")
    walk = Walk(page)
    page.goto("/admin/")
    with counted(page, "judge_deviating_plan") as effort:
        walk.follow("Begin")
        row = page.locator("table.compare tbody tr").first
        for said in (walk.words("minutes per session"), "30", "45", "Past in het rooster"):
            expect(row).to_contain_text(said)
        screenshot(page, "review-nl")
        page.get_by_label(walk.words("What should change")).click()
        page.keyboard.type(COMMENT)
        walk.press("Return with this comment")
    assert review_of(revision) == "returned"
    assert effort.clicks == 3
    record("judge_deviating_plan", effort)


@pytest.mark.parametrize("javascript", [True, False], ids=["with a script", "without a script"])
def test_a_returned_plan_is_changed_by_its_author_and_approved(new_page: NewPage, javascript: bool) -> None:
    revision = handed_in(**OTHERWISE)
    office, room = new_page(javascript=javascript), new_page(javascript=javascript)
    sign_in(office, "manager")
    sign_in_as(room, revision.author)
    manager, therapist = Walk(office), Walk(room)

    office.goto("/admin/plans/plantoreview/")
    office.get_by_role("link", name=str(revision.plan.patient)).click()
    office.get_by_label(manager.words("What should change")).fill(COMMENT)
    manager.press("Return with this comment")

    room.goto("/")
    expect(room.locator("main")).to_contain_text(COMMENT)
    therapist.follow("Change the plan")
    room.locator("[name=session_minutes]").fill("30")
    therapist.choose("discussed")
    room.locator("main form button[type=submit]").last.click()
    expect(room).to_have_url(re.compile(r"/plans/[0-9a-f-]+/$"))
    room.goto("/")
    expect(room.locator("main")).not_to_contain_text(COMMENT)

    office.goto("/admin/")
    manager.follow("Begin")
    expect(office.locator("blockquote")).to_contain_text(COMMENT)
    manager.press("Approve")
    assert Plan.objects.get().current_revision.review == "approved"


@pytest.mark.parametrize("javascript", [True, False], ids=["with a script", "without a script"])
def test_many_are_approved_at_once_and_the_rest_is_named(new_page: NewPage, javascript: bool) -> None:
    clean, differing = handed_in(), handed_in(**OTHERWISE)
    page = new_page(javascript=javascript)
    sign_in(page, "manager")
    page.goto("/admin/plans/plantoreview/")
    for box in page.locator("#result_list tbody input[type=checkbox]").all():
        box.check()
    page.locator("button[name=index]").first.click()
    walk = Walk(page)
    expect(page.locator("#content")).to_contain_text(str(differing.plan.patient))
    assert_accessible(page) if javascript else None
    walk.press("Approve this plan")
    assert (review_of(clean), review_of(differing)) == ("approved", "submitted")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_everybody_can_read_what_a_manager_reviews(new_page: NewPage, language: str, guard: Guard) -> None:
    guard.expect("status of 409")
    guard.expect("status of 422")
    flagged = handed_in({"night_pain": True, "unexplained_fatigue": True, "general_malaise": True}, **OTHERWISE)
    suggested({"screening": "concern", "deviating_findings": "Oogt ziek"}, reason="Huisarts belt terug")
    page = new_page(language=language)
    sign_in(page, "manager")
    walk = Walk(page, language)
    page.goto("/admin/")
    screenshot(page, f"worklist-{language}")
    check(page)
    for address in (
        "plantoreview/",
        "plantoreview/?state=all",
        "openintake/",
        "plan/?watch=late",
        "plantoreview/quality/",
    ):
        page.goto(f"/admin/plans/{address}")
        screenshot(page, f"plans-to-review-{language}") if address == "plantoreview/" else None
        check(page)
    page.goto(f"/admin/plans/plantoreview/{flagged.pk}/change/")
    for fold in page.locator("main details, #content details").all():
        fold.evaluate("fold => fold.open = true")
    check(page)
    walk.press("Return with this comment")
    check(page)
    plan = Plan.objects.get()
    changed = choice(plan.suggestion, session_minutes=50, reasons={"session_minutes": ("planning", "")})
    actions.revise(plan=plan, base=1, choice=changed, by=plan.author, now=timezone.now())
    walk.press("Approve")
    expect(page.locator(".review-notice")).to_be_visible()
    check(page)


def check(page: Page) -> None:
    """Hold the screen that is open to what every screen promises."""
    assert_accessible(page)
    assert_narrow(page)
