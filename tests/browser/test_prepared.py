"""A patient prepares the intake on a phone, and the practice sees it: in a real browser."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from intake.domain.prepared import pages
from intake.models import Intake, PatientLink
from plans.models import PatientAlarm
from practice.models import PracticeSettings
from tests.browser.conftest import NewPage
from tests.browser.driving import DESKTOP, PHONE, assert_accessible, screenshot, sign_in, sign_in_as
from tests.factories.intake import IntakeFactory, sent_link, shipped_questionnaires
from tests.factories.patients import EpisodeFactory, PatientFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("practice")]
NARROW = {"width": 320, "height": 700}
SHOWN = 3  # the page of questions that is in the documentation
LEAST = 44  # px that a thumb needs
WORDS = {
    "nl": {"on": "Verder", "next": "Volgende", "send": "Mijn antwoorden versturen", "thanks": "Bedankt"},
    "en": {"on": "Go on", "next": "Next", "send": "Send my answers", "thanks": "Thank you"},
}
SMALL_TARGETS = """
least => [...document.querySelectorAll("button, summary, .plain-option, .plain-actions a, .plain-change")]
  .filter(each => each.offsetParent && each.getBoundingClientRect().height < least)
  .map(each => each.outerHTML.slice(0, 90))
"""


def assert_fits(page: Page) -> None:
    """Nothing needs scrolling sideways on the narrowest phone."""
    page.set_viewport_size(NARROW)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], page.url
    page.set_viewport_size(PHONE)


def enter(page: Page, token: str, language: str) -> None:
    """Fill in the date of birth of the factory's patients."""
    page.goto(reverse("prepare", args=[token]))
    for name, value in (("day", "14"), ("month", "3"), ("year", "1978")):
        page.locator(f"[name={name}]").fill(value)
    page.get_by_role("button", name=WORDS[language]["on"]).click()


def place_of(code: str) -> str:
    """The address of the page that asks this."""
    asked = pages(shipped_questionnaires()["low_back"])
    return reverse("prepare_page", args=[next(each.number for each in asked if code in [i.code for i in each.items])])


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_page_is_accessible_and_fits_a_phone(new_page: NewPage, language: str) -> None:
    PracticeSettings.objects.create(name="Fysiotherapie De Linde", phone="+31302345678")
    link, token = sent_link(EpisodeFactory(patient=PatientFactory(sex="female")), region="", language=language)
    page = new_page(language=language, viewport=PHONE)
    page.goto(reverse("prepare", args=[token]))
    assert_accessible(page)
    assert_fits(page)
    screenshot(page, f"preparing-door-{language}", [PHONE])
    enter(page, token, language)
    assert_accessible(page)
    page.locator(".plain-option").first.click()
    page.get_by_role("button", name=WORDS[language]["next"]).click()
    seen = 0
    while "/questions/" in page.url:
        seen += 1
        assert page.locator("html").get_attribute("lang") == language
        assert_accessible(page)
        assert_fits(page)
        assert page.evaluate(SMALL_TARGETS, LEAST) == [], page.url
        if seen == SHOWN:
            screenshot(page, f"preparing-{language}", [PHONE])
        page.get_by_role("button", name=WORDS[language]["next"]).click()
    assert seen >= 25
    assert_accessible(page)
    assert_fits(page)
    screenshot(page, f"preparing-overview-{language}", [PHONE])
    page.get_by_role("button", name=WORDS[language]["send"]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(WORDS[language]["thanks"])
    assert_accessible(page)
    link.refresh_from_db()
    assert link.finished_at
    assert link.answers() == {}


def test_without_javascript_answers_are_kept_and_the_patient_goes_on_where_they_stopped(new_page: NewPage) -> None:
    link, token = sent_link()
    page = new_page(javascript=False, viewport=PHONE)
    enter(page, token, "nl")
    page.locator("[name=request_for_help]").fill("Weer kunnen tillen")
    page.get_by_role("button", name="Volgende").click()
    page.get_by_role("button", name="Volgende").click()
    page.get_by_text("Het wordt erger").click()
    page.get_by_role("button", name="Volgende").click()
    stopped = page.get_by_text(re.compile(r"^Pagina \d")).inner_text()
    page.get_by_role("button", name="Nu stoppen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Deze pagina is gesloten")
    assert link.answers() == {"request_for_help": "Weer kunnen tillen", "course": "increased"}
    enter(page, token, "nl")
    expect(page.get_by_text(stopped)).to_be_visible()
    page.get_by_role("button", name="Terug").click()
    expect(page.locator("[name=course][value=increased]")).to_be_checked()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_text("How has it gone since it began?")).to_be_visible()


def test_an_alarming_answer_is_on_the_worklist_at_once_and_gone_after_the_contact(new_page: NewPage) -> None:
    PracticeSettings.objects.create(name="Fysiotherapie De Linde", phone="+31302345678")
    link, token = sent_link()
    phone = new_page(viewport=PHONE)
    enter(phone, token, "nl")
    phone.goto(place_of("saddle_numbness"))
    phone.locator("#q_saddle_numbness").get_by_text("Ja", exact=True).click()
    phone.get_by_role("button", name="Volgende").click()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Bel nu om hulp")
    assert_accessible(phone)
    assert_fits(phone)
    screenshot(phone, "preparing-call-nl", [PHONE])
    alarm = PatientAlarm.objects.get(link=link)
    for role, clinical in (("front_desk", False), ("physiotherapist", True)):
        page = new_page(viewport=DESKTOP)
        sign_in(page, role)
        page.goto("/")
        expect(page.get_by_role("heading", name="Bel deze patiënten nu")).to_be_visible()
        assert_accessible(page)
        page.get_by_role("link", name="Contact vastleggen").click()
        assert_accessible(page)
        assert (alarm.flags[0]["label"]["nl"] in page.content()) is clinical
    page.get_by_label("Wie is bereikt").fill("Patiënt")
    page.get_by_label("Wat er is afgesproken").fill("Gaat meteen naar de spoedeisende hulp")
    page.get_by_role("button", name="Dit contact vastleggen").click()
    expect(page.get_by_role("heading", name="Bel deze patiënten nu")).to_have_count(0)


@pytest.mark.parametrize("javascript", [True, False])
def test_the_therapist_takes_answers_over_and_keeps_what_was_typed(new_page: NewPage, javascript: bool) -> None:
    link, token = sent_link()
    phone = new_page(viewport=PHONE, javascript=False)
    enter(phone, token, "nl")
    phone.goto(place_of("course"))
    phone.locator("[name=weeks_since_onset]").fill("6")
    phone.get_by_text("Het wordt erger").click()
    phone.get_by_role("button", name="Volgende").click()
    page = new_page(viewport=DESKTOP, javascript=javascript)
    therapist = sign_in(page, "physiotherapist")
    intake = IntakeFactory(episode=link.episode, author=therapist)
    sign_in_as(page, therapist)
    page.goto(reverse("intake", args=[intake.pk]))
    offer = page.locator("#offered-complaint")
    expect(offer).to_contain_text("2 antwoorden")
    if javascript:
        assert_accessible(page)
        offer.scroll_into_view_if_needed()
        screenshot(page, "offered-answers-nl")
    page.locator("[name=request_for_help]").fill("Weer tillen")
    offer.get_by_role("button", name=re.compile(r"^Overnemen\s*: Beloop")).click()
    expect(offer.locator(".offered-taken_over")).to_have_text(re.compile("Beloop.*overgenomen", re.DOTALL))
    saved = Intake.objects.get(pk=intake.pk)
    assert saved.answers() == {"request_for_help": "Weer tillen", "course": "increased"}
    assert saved.recorded["course"]["how"] == "patient"


def test_the_front_desk_sends_a_link_and_copies_it(new_page: NewPage) -> None:
    episode = EpisodeFactory(patient=PatientFactory(email=""))
    page = new_page(viewport=DESKTOP)
    sign_in(page, "front_desk")
    page.goto(reverse("episode", args=[episode.pk]))
    page.get_by_role("link", name="Link sturen").click()
    assert_accessible(page)
    screenshot(page, "sending-a-link-nl")
    page.get_by_label("Link kopiëren").check()
    page.get_by_role("button", name="Link maken").click()
    assert_accessible(page)
    assert "/prepare/link/" in page.get_by_label("Persoonlijke link").input_value()
    page.get_by_role("link", name="Terug naar de episode").click()
    assert_accessible(page)
    page.get_by_role("button", name="Intrekken").click()
    expect(page.get_by_text("ingetrokken", exact=True)).to_be_visible()
    assert PatientLink.objects.get(episode=episode).revoked_by
