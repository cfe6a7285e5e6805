"""From signing in to an adopted plan on paper, and on to the manager: a published case, recorded by hand."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from intake.models import Intake
from plans.models import Letter, Plan
from tests.browser.conftest import Guard, NewPage
from tests.browser.walking import EMERGENCY, FIRST_CASE, ORDINARY, PLAN_URL, RECORD, Walk

CHOOSE = "Choose this plan"

AS_PEOPLE_DO = pytest.mark.parametrize(
    ("language", "javascript"), [("nl", True), ("en", True), ("nl", False)], ids=["nl", "en", "nl-without-javascript"]
)

pytestmark = pytest.mark.usefixtures("practice")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_published_case_becomes_a_plan_on_paper_that_the_manager_finds(new_page: NewPage, language: str) -> None:
    page = new_page(language=language)
    walk = Walk(page, language)
    walk.arrive()
    expect(page.locator("html")).to_have_attribute("lang", language)

    walk.start_intake()
    walk.record(RECORD | FIRST_CASE["answers"])
    walk.deny_the_rest()
    walk.complete()
    walk.fold(CHOOSE)
    walk.write("build_weeks", "4")
    walk.pick("build_reason", walk.words("load capacity"))
    walk.adopt()

    stored = Intake.objects.get().answers()
    assert {code: stored[code] for code in FIRST_CASE["answers"]} == FIRST_CASE["answers"]
    plan = Plan.objects.get()
    assert [(deviation.what, deviation.reason) for deviation in plan.current_revision.deviations.all()] == [
        ("build.weeks", "load_capacity")
    ]
    expect(page.get_by_role("heading", level=1)).to_have_text(plan.title[language])
    for link, spoken in {"Print (Dutch)": "nl", "Print (English)": "en"}.items():
        paper = walk.pdf(link)
        assert paper.language == spoken
        assert paper.title == Walk(page, spoken).words("Your treatment plan")
        for text in ("D. Berg", RECORD["goal_activity"], plan.title[spoken], *goals_of(plan, spoken)):
            assert text in paper.text

    page.goto("/")
    walk.sign_out()
    walk.sign_in("manager")
    page.get_by_role("link", name=walk.words("treatment plans").capitalize(), exact=True).first.click()
    page.get_by_role("link", name="Berg, Daan").click()
    expect(page.locator("#content")).to_contain_text(plan.title[language])
    expect(page.locator("#content")).to_contain_text(walk.words("load capacity"))


def goals_of(plan: Plan, language: str) -> list[str]:
    """The goals that the template of this plan sets, in one language."""
    return [goal.text.in_language(language) for goal in plan.plan_template.goals]


def test_the_suggestion_gives_its_reasons_as_links_to_the_answers(new_page: NewPage) -> None:
    page = new_page(language="en")
    walk = Walk(page, "en")
    walk.arrive()
    walk.start_intake()
    walk.record(RECORD | FIRST_CASE["answers"])
    walk.deny_the_rest()
    walk.complete()
    first = page.locator("article.suggested").first
    expect(first.get_by_role("heading")).to_contain_text("Acute low back pain, profile 2")
    first.get_by_role("link", name=re.compile("4")).first.click()
    expect(page).to_have_url(re.compile("/answers/#answer-weeks_since_onset$"))
    expect(page.locator("#answer-weeks_since_onset")).to_contain_text("4")


@AS_PEOPLE_DO
def test_an_emergency_interrupts_once_and_holds_the_plan_until_a_contact_is_recorded(
    new_page: NewPage, language: str, javascript: bool
) -> None:
    page = new_page(language=language, javascript=javascript)
    walk = Walk(page, language)
    walk.arrive()
    walk.start_intake()
    walk.record(EMERGENCY)
    walk.deny_the_rest()
    walk.press("Complete the intake")
    expect(page).to_have_url(re.compile("/complete/"))
    expect(page.locator(".urgency-emergency").first).to_be_visible()

    walk.fold("Complete the intake now, with a reason")
    walk.write("reason", "Ambulance onderweg")
    walk.press("Complete with this reason")
    expect(page).to_have_url(re.compile("/suggestions/"))
    expect(page.get_by_role("heading", name=walk.words("A plan is held"))).to_be_visible()
    expect(page.locator("summary", has_text=walk.words(CHOOSE))).to_have_count(0)

    gp = re.compile(rf"^{walk.words('Letter')}\s*: {walk.words('general practitioner')}")
    page.get_by_role("button", name=gp).click()
    page.locator("main li a").first.click()
    walk.press("Sign the letter as it was saved")
    expect(page.get_by_role("button", name=walk.words("Save the draft"))).to_have_count(0)
    assert Letter.objects.get().signed_at
    letter = walk.pdf("Open as PDF")
    assert letter.language == "nl"
    assert "D. Berg" in letter.text

    walk.follow("Back to the referral")
    walk.follow("Back to the suggestion")
    walk.follow("Record a contact")
    record_contact(walk)
    expect(page.get_by_role("heading", name=walk.words("A plan is held"))).to_have_count(0)
    walk.fold(CHOOSE)
    walk.adopt()
    assert Plan.objects.get().life == "active"


def record_contact(walk: Walk) -> None:
    """Record that the emergency department was reached, about everything that holds, and that treatment may start."""
    for box in walk.page.locator("main [name=flags]").all():
        box.check()
    walk.write("reached", "Spoedeisende hulp")
    now = timezone.localtime()
    walk.page.locator("[name=reached_at_0]").fill(f"{now:%Y-%m-%d}")
    walk.page.locator("[name=reached_at_1]").fill(f"{now:%H:%M}")
    walk.write("advised", "MRI gemaakt, geen compressie")
    walk.choose("outcome", "may_start")
    walk.press("Record this contact")


@AS_PEOPLE_DO
def test_an_intake_ends_without_a_course_and_with_advice_on_paper(
    new_page: NewPage, language: str, javascript: bool
) -> None:
    page = new_page(language=language, javascript=javascript)
    walk = Walk(page, language)
    walk.arrive()
    walk.start_intake()
    walk.record(ORDINARY)
    walk.deny_the_rest()
    walk.complete()
    walk.follow("No course needed: advice and when to come back")
    page.locator("[name=advice]").first.check()
    walk.write("come_back_when", "Als het over drie weken niet beter is")
    walk.press("End without a course")
    paper = walk.pdf("Print the advice")
    assert (paper.language, paper.title) == (language, walk.words("Advice for your back"))
    assert "Als het over drie weken niet beter is" in paper.text
    assert not Plan.objects.exists()


def test_everything_works_without_javascript(new_page: NewPage, guard: Guard) -> None:
    guard.expect("status of 422")
    page = new_page(javascript=False)
    walk = Walk(page)
    walk.arrive()
    walk.start_intake()
    walk.press("Complete the intake")
    expect(page.locator(".error-summary")).to_be_visible()
    walk.record(RECORD | FIRST_CASE["answers"])
    walk.deny_the_rest()
    walk.complete()
    walk.fold(CHOOSE)
    walk.adopt()
    assert walk.pdf("Print (Dutch)").language == "nl"
    assert Intake.objects.get().status == "completed"


def test_the_intake_is_recorded_with_the_keyboard_alone(new_page: NewPage, guard: Guard) -> None:
    guard.expect("status of 422")
    page = new_page()
    walk = Walk(page, mouse=False)
    walk.arrive()
    walk.start_intake()
    walk.press("Complete the intake")
    expect(page.locator(".error-summary")).to_be_focused()
    walk.record(RECORD | FIRST_CASE["answers"])
    walk.deny_the_rest()
    walk.complete()
    walk.fold(CHOOSE)
    walk.adopt()
    expect(page).to_have_url(PLAN_URL)
