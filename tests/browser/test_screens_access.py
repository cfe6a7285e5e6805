"""Every screen from sign-in to the back office, in each of its states: usable by everybody, with what they have."""

import io
from collections.abc import Mapping
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from intake import actions as intake_actions
from intake.models import Intake
from plans import actions
from plans.models import Plan
from practice.domain.grants import Role
from practice.models import Staff
from tests.browser.conftest import Guard, NewPage
from tests.browser.driving import DESKTOP, TABLET, assert_accessible, assert_focus_walks, assert_narrow, sign_in_as
from tests.browser.walking import EMERGENCY, FIRST_CASE, ORDINARY, RECORD, Walk
from tests.factories.intake import IntakeFactory
from tests.factories.patients import EpisodeFactory
from tests.factories.practice import StaffFactory

CHOOSE = "Choose this plan"

pytestmark = pytest.mark.usefixtures("practice")


@pytest.fixture
def sanne(practice: None) -> Staff:
    """The physiotherapist of the demo."""
    return Staff.objects.get(role_grants__role=Role.PHYSIOTHERAPIST)


def drafted(sanne: Staff, answers: Mapping[str, Any]) -> Intake:
    """A draft of hers with these answers."""
    intake = IntakeFactory(episode=EpisodeFactory(practitioner=sanne.practitioner), author=sanne)
    for section in intake.questionnaire.sections:
        values = {item.code: answers[item.code] for item in section.items if item.code in answers}
        if values:
            now = timezone.now()
            intake_actions.save_section(intake=intake, section=section.code, values=values, base={}, by=sanne, now=now)
    return Intake.objects.with_patient().get(pk=intake.pk)


def completed(sanne: Staff, answers: Mapping[str, Any]) -> Intake:
    """A completed intake of hers with these answers; every red flag that they leave out was asked and denied."""
    intake = drafted(sanne, answers)
    flags = [item.code for item in intake.questionnaire.items.values() if item.red_flag]
    intake_actions.record_rest(intake=intake, section="red_flags", codes=flags, how="no", by=sanne, now=timezone.now())
    intake = Intake.objects.with_patient().get(pk=intake.pk)
    actions.complete_intake(intake=intake, by=sanne, now=timezone.now(), reason="Huisarts gebeld")
    return intake


def visit(page: Page, route: str, *args: object) -> Page:
    """Open a screen by its route and check it."""
    page.goto(reverse(route, args=args))
    check(page)
    return page


def check(page: Page) -> None:
    """Hold the screen that is open to what every screen promises."""
    assert_accessible(page)
    assert_narrow(page)


def test_screens_before_the_intake(page: Page, sanne: Staff) -> None:
    visit(page, "sign_in")
    sign_in_as(page, sanne)
    visit(page, "today")
    visit(page, "episode", EpisodeFactory(practitioner=sanne.practitioner).pk)


def test_the_intake_with_something_missing(page: Page, sanne: Staff, guard: Guard) -> None:
    guard.expect("status of 422")
    sign_in_as(page, sanne)
    page.goto(reverse("intake", args=[drafted(sanne, {}).pk]))
    Walk(page).press("Complete the intake")
    expect(page.locator(".error-summary")).to_be_focused()
    assert_accessible(page, within=".error-summary")


def test_the_intake_with_a_conflict(new_page: NewPage, sanne: Staff, guard: Guard) -> None:
    """Where no script runs, or it did not arrive: with it, the two values are on the page itself (test_autosave)."""
    guard.expect("status of 409")
    guard.expect("ERR_FAILED")
    intake = drafted(sanne, {})
    pages = [new_page(), new_page()]
    for page in pages:
        page.route("**/intake.js", lambda route: route.abort())
        sign_in_as(page, sanne)
        page.goto(reverse("intake", args=[intake.pk]))
    for page, weeks in zip(pages, ("4", "5"), strict=True):
        walk = Walk(page)
        walk.write("weeks_since_onset", weeks)
        walk.press("Save so far")
    expect(pages[1].get_by_role("alert")).to_contain_text("4")
    assert_accessible(pages[1], within="[role=alert]")


def test_the_intake_is_read_back_and_every_sheet_of_its_print_says_whom_it_is_about(page: Page, sanne: Staff) -> None:
    sign_in_as(page, sanne)
    intake = completed(sanne, RECORD | FIRST_CASE["answers"])
    visit(page, "intake_answers", intake.pk)
    sheets = [sheet.extract_text() for sheet in PdfReader(io.BytesIO(page.pdf(format="A4"))).pages]
    assert len(sheets) > 1
    for sheet in sheets:
        assert intake.patient.name.banner() in sheet
        assert f"{intake.patient.number}" in sheet


def test_from_a_clear_suggestion_to_a_plan(page: Page, sanne: Staff, guard: Guard) -> None:
    guard.expect("status of 422")
    sign_in_as(page, sanne)
    intake = completed(sanne, RECORD | FIRST_CASE["answers"])
    visit(page, "suggestions", intake.pk)
    walk = Walk(page)
    walk.follow(CHOOSE)  # of the second template
    check(page)
    page.go_back()
    walk.fold(CHOOSE)  # of the first
    check(page)
    walk.write("build_weeks", "4")
    walk.choose("discussed")
    walk.press("Make the plan")
    expect(page.locator(".error-summary")).to_be_focused()
    check(page)
    walk.pick("build_reason", walk.words("load capacity"))
    walk.press("Make the plan")
    check(page)
    visit(page, "today")
    visit(page, "episode", intake.episode_id)


def test_a_suggestion_with_flags_that_do_not_hold(page: Page, sanne: Staff) -> None:
    sign_in_as(page, sanne)
    visit(page, "suggestions", completed(sanne, ORDINARY | {"night_pain": True}).pk)
    expect(page.locator(".flag-card").first).to_be_visible()


def test_what_a_held_plan_asks_for(page: Page, sanne: Staff, guard: Guard) -> None:
    guard.expect("status of 422")
    sign_in_as(page, sanne)
    visit(page, "intake_complete", drafted(sanne, EMERGENCY).pk)
    intake = completed(sanne, EMERGENCY)
    visit(page, "suggestions", intake.pk)
    visit(page, "follow_up", intake.pk)
    walk = Walk(page)
    walk.press("Record this contact")
    check(page)
    page.goto(reverse("suggestions", args=[intake.pk]))
    page.locator(f"form[action='{reverse('referral_draft', args=[intake.pk, 'gp'])}'] button").first.click()
    check(page)
    page.locator("main li a").first.click()
    check(page)
    walk.press("Sign the letter as it was saved")
    check(page)


def test_an_ending_without_a_course(page: Page, sanne: Staff, guard: Guard) -> None:
    guard.expect("status of 422")
    sign_in_as(page, sanne)
    visit(page, "no_course", completed(sanne, ORDINARY).pk)
    walk = Walk(page)
    walk.press("End without a course")
    check(page)
    page.locator("[name=advice]").first.check()
    walk.write("come_back_when", "Over drie weken")
    walk.press("End without a course")
    check(page)


def adopted(walk: Walk, intake: Intake) -> Plan:
    """The plan that the first suggestion gives."""
    walk.page.goto(reverse("suggestions", args=[intake.pk]))
    walk.fold(CHOOSE)
    walk.adopt()
    return Plan.objects.get(intake=intake)


def test_plans_in_the_back_office(new_page: NewPage, sanne: Staff) -> None:
    page = new_page()
    sign_in_as(page, sanne)
    plan = adopted(Walk(page), completed(sanne, ORDINARY))
    office = new_page()
    sign_in_as(office, StaffFactory(roles=["manager"]))
    visit(office, "admin:index")
    visit(office, "admin:plans_plan_changelist")
    visit(office, "admin:plans_plan_change", plan.pk)


@pytest.mark.parametrize("viewport", [DESKTOP, TABLET], ids=["desktop", "tablet"])
def test_the_focus_is_seen_at_every_step_through_the_intake(
    new_page: NewPage, sanne: Staff, viewport: dict[str, int]
) -> None:
    page = new_page(viewport=viewport)
    sign_in_as(page, sanne)
    page.goto(reverse("intake", args=[drafted(sanne, {"saddle_numbness": True}).pk]))
    assert assert_focus_walks(page) > 100
