"""A manager changes a rule and sees whom it touches; a second one publishes it; the next patient is suggested it."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from plans.actions import governing, replaying
from plans.forms.kinds import PARTS
from plans.models import Replay
from practice.models import Staff
from tests.browser.conftest import Guard, NewPage
from tests.browser.driving import (
    TABLET,
    assert_accessible,
    assert_accessible_at_every_width,
    assert_narrow,
    screenshot,
    sign_in_as,
)
from tests.factories.plans import adopted, published_protocol, suggested
from tests.factories.practice import StaffFactory

pytestmark = pytest.mark.django_db(transaction=True)

TEMPLATE = "low_back_acute_profile_2"
RULE = "tumour_weight_loss_alone"
LOSS = {"unexplained_weight_loss": True}


def manager(new_page: NewPage, **options: object) -> tuple[Page, Staff]:
    """The page of a manager who is signed in."""
    staff = StaffFactory(roles=["manager"], language="en")
    page = new_page(language="en", **options)
    sign_in_as(page, staff)
    return page, staff


def test_a_changed_rule_goes_all_the_way_and_a_plan_that_exists_stays(
    new_page: NewPage, live_server: LiveServer, guard: Guard
) -> None:
    guard.expect("status of 422")
    old = adopted(suggested())
    before = suggested(LOSS)
    first = published_protocol()
    page, _writer = manager(new_page)
    tablet, _onlooker = manager(new_page, viewport=TABLET)
    other, _second = manager(new_page, viewport=TABLET, javascript=False)  # axe needs a script of its own: not here

    page.goto(f"{live_server.url}/admin/plans/protocolversion/")
    assert_accessible(page)
    page.get_by_role("link", name="Rugpijn").or_(page.get_by_role("link", name="Back pain")).first.click()
    page.get_by_role("button", name="New draft of this version").click()
    assert_accessible(page)
    draft = page.url

    page.get_by_role("link", name="Rules", exact=True).click()
    page.get_by_label("Search", exact=True).fill(RULE)
    page.get_by_role("button", name="Filter").click()
    assert_accessible(page)
    page.get_by_role("link", name=RULE).click()
    assert_accessible(page)
    page.get_by_label("Condition").fill("unexplained_weight_los is yes")
    page.get_by_role("button", name="Check and save").click()
    expect(page.get_by_text("is no code of a question or finding")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Condition").fill("unexplained_weight_loss is yes")
    page.get_by_label("Urgency").select_option("emergency")
    page.get_by_role("button", name="Check and save").click()
    expect(page.get_by_text("The rule is saved.")).to_be_visible()

    page.get_by_role("link", name="What differs").click()
    expect(page.get_by_text("conclusion, urgency: routine → emergency")).to_be_visible()
    assert_accessible(page)

    page.goto(draft)
    page.get_by_role("button", name="Replay over past intakes").click(no_wait_after=True)
    expect(page.get_by_role("heading", name="waiting")).to_be_visible()
    tablet.goto(f"{page.url}?look=no")
    assert_accessible(tablet)
    replaying.run_replay.call(str(Replay.objects.get().pk))
    expect(page.get_by_role("link", name="an emergency flag is new")).to_be_visible()  # the page looks by itself
    assert_accessible(page)
    page.get_by_role("link", name=str(before.intake.patient)).click()
    assert_accessible(page)
    page.get_by_role("link", name="Make a test case of this intake").click()
    assert_accessible(page)
    page.get_by_label("Title:").fill("Weight loss alone")
    page.get_by_label("Highest urgency of the red flags").select_option("emergency")
    page.get_by_label("Where the patient goes first").select_option("emergency")
    page.get_by_role("button", name="Add to the test set").click()
    assert_accessible(page)

    page.goto(draft)
    expect(page.get_by_text("0 of 1 test cases come out otherwise")).to_be_visible()
    page.get_by_role("button", name="Submit for review").click()
    expect(page.get_by_text("so somebody else publishes it")).to_be_visible()

    tablet.goto(draft)
    assert_accessible(tablet)
    other.goto(draft)
    other.get_by_role("button", name=re.compile("^Publish")).click()
    expect(other.get_by_text("Published. New suggestions follow this version")).to_be_visible()

    after = suggested(LOSS, reason="overlegd")
    assert (after.urgency, after.protocol_version.version) == ("emergency", 2)
    old.refresh_from_db()
    before.refresh_from_db()
    assert old.protocol_version == before.protocol_version == first


def test_an_exercise_is_added_kept_when_wrong_and_removed_again_by_keyboard_alone(
    new_page: NewPage, live_server: LiveServer, guard: Guard
) -> None:
    guard.expect("status of 422")
    suggested()
    page, staff = manager(new_page, viewport=TABLET)
    version = governing.draft_protocol(of=published_protocol(), by=staff, now=timezone.now())
    start = f"{live_server.url}/admin/plans/protocolversion/{version.pk}/"
    for address in (
        *(f"{slug}/" for slug in PARTS),
        *(f"{slug}/new-entry/" for slug in PARTS if slug != "about"),
        "templates/low_back_acute_profile_2/",
        "techniques/mobilisation/",
        "derived/load_not_safe/",
        "sources/kngf_lbp_manual/remove/",
    ):
        page.goto(start + address)
        assert_accessible(page)

    page.goto(f"{start}exercises/")
    page.get_by_role("link", name="New: exercise").press("Enter")
    page.get_by_label("Start as a copy of").select_option("cat_camel")
    page.get_by_role("button", name="Fill in").press("Enter")
    page.get_by_label("Code:").fill("cat_camel_seated")
    page.get_by_label("Title, English").fill("Cat and camel, seated")
    page.get_by_label("Sources:").fill("hearsay")
    page.get_by_role("button", name="Check and save").press("Enter")
    expect(page.get_by_text("is not in the list of sources")).to_be_visible()
    expect(page.get_by_label("Title, English")).to_have_value("Cat and camel, seated")
    assert_accessible(page)
    page.get_by_label("Sources:").fill("kngf_lbp_dosage")
    page.get_by_label("Sources:").press("Enter")
    expect(page.get_by_text("Saved: cat_camel_seated.")).to_be_visible()
    page.get_by_role("link", name="Exercises").last.press("Enter")
    page.get_by_label("Only what differs from version 1").press("Space")
    page.get_by_role("button", name="Filter").press("Enter")
    expect(page.locator("#result_list").get_by_role("row")).to_have_count(2)
    assert_accessible(page)
    page.get_by_role("link", name="Cat and camel, seated").press("Enter")
    page.get_by_role("link", name="Remove this from the draft").press("Enter")
    assert_accessible(page)
    page.get_by_role("button", name="Remove it from this draft").press("Enter")
    expect(page.get_by_text("Removed from this draft: cat_camel_seated.")).to_be_visible()


def test_a_phase_is_added_to_a_template_by_keyboard_alone(
    new_page: NewPage, live_server: LiveServer, guard: Guard
) -> None:
    guard.expect("status of 422")
    suggested()
    page, staff = manager(new_page)
    version = governing.draft_protocol(of=published_protocol(), by=staff, now=timezone.now())
    page.goto(f"{live_server.url}/admin/plans/protocolversion/{version.pk}/templates/{TEMPLATE}/")
    assert_accessible(page)
    keys = page.keyboard
    page.get_by_role("button", name="Add a phase").press("Enter")
    phase = page.get_by_role("group", name="Phase 3", exact=True)
    expect(phase.get_by_label("Title, Dutch")).to_be_focused()
    for word in ("Volhouden", "Keep it up", "U houdt het vol.", "You keep it up.", "", "1"):
        keys.type(word)
        keys.press("Tab")
    keys.press("Enter")  # add a technique
    technique = phase.get_by_role("group", name="Technique 1")
    expect(technique.get_by_role("combobox")).to_be_focused()
    keys.type("Education")
    keys.press("Tab")
    keys.press("Space")
    for word in ("", "10 minuten", "10 minutes"):
        keys.type(word)
        keys.press("Tab")
    assert_accessible(page)
    phase.get_by_label("Title, English").press("Enter")
    expect(page.get_by_text("Nothing was saved.")).to_be_visible()
    expect(phase.get_by_text("This field is required.")).to_have_count(1)
    expect(phase.get_by_label("Aim, English")).to_have_value("You keep it up.")
    expect(technique.get_by_label("Dose, Dutch")).to_have_value("10 minuten")
    assert_accessible(page)
    phase.get_by_label("Weeks:").focus()
    keys.type("2")
    page.get_by_role("button", name="Move up: phase 3").press("Enter")
    expect(page.get_by_role("group", name="Phase 2", exact=True)).to_be_focused()
    page.get_by_label("Title, Dutch").first.press("Enter")
    expect(page.get_by_text(f"Saved: {TEMPLATE}.")).to_be_visible()
    version.refresh_from_db()
    phases = version.protocol.templates[TEMPLATE].phases
    assert [phase.code for phase in phases] == ["settle", "keep_it_up", "build"]
    assert [dose.technique for dose in phases[1].techniques] == ["education"]


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_form_of_a_template_can_be_used_by_anybody(
    language: str, new_page: NewPage, live_server: LiveServer
) -> None:
    suggested()
    staff = StaffFactory(roles=["manager"], language=language)
    page = new_page(language=language)
    sign_in_as(page, staff)
    version = governing.draft_protocol(of=published_protocol(), by=staff, now=timezone.now())
    page.goto(f"{live_server.url}/admin/plans/protocolversion/{version.pk}/templates/{TEMPLATE}/")
    page.locator("summary").first.click()
    assert_accessible_at_every_width(page)
    assert_narrow(page)
    page.locator("#phases-title").scroll_into_view_if_needed()
    page.evaluate("document.getElementById('phases-title').scrollIntoView()")
    screenshot(page, f"management-template-{language}")


def test_the_pages_of_parts_fit_a_telephone(new_page: NewPage, live_server: LiveServer) -> None:
    suggested()
    page, staff = manager(new_page, viewport={"width": 320, "height": 800})
    version = governing.draft_protocol(of=published_protocol(), by=staff, now=timezone.now())
    for address in (
        "techniques/",
        "techniques/mobilisation/",
        "sources/kngf_lbp_manual/remove/",
        "templates/new-entry/",
    ):
        page.goto(f"{live_server.url}/admin/plans/protocolversion/{version.pk}/{address}")
        assert page.evaluate("document.documentElement.scrollWidth") == 320, address


def test_templates_and_files_can_be_reached_by_everybody(new_page: NewPage, live_server: LiveServer) -> None:
    suggested()
    page, _staff = manager(new_page)
    version = published_protocol()
    start = f"{live_server.url}/admin/plans/protocolversion/"
    for address in (
        "import/",
        *(f"{version.pk}/{slug}/" for slug in PARTS),
        f"{version.pk}/templates/low_back_acute_profile_2/",
        f"{version.pk}/techniques/mobilisation/",
        f"{version.pk}/derived/load_not_safe/",
        f"{version.pk}/rules/",
        f"{version.pk}/rules/{RULE}/",
        "../protocolcase/",
        "../protocolcase/add/",
    ):
        page.goto(start + address)
        assert_accessible(page)
