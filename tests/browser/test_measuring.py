"""Measure again, read the graph, and let the patient look along; then going on where the work was left."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from intake.models import Intake
from patients.models import Episode
from plans.models import Plan
from practice.domain.grants import Role
from practice.models import Staff
from tests.browser.conftest import NewPage
from tests.browser.driving import assert_accessible, assert_narrow, screenshot, sign_in_as
from tests.factories.intake import IntakeFactory
from tests.factories.patients import EpisodeFactory
from tests.factories.plans import adopted, record, suggested

pytestmark = pytest.mark.usefixtures("practice")

START = {
    "request_for_help": "Weer met mijn dochter zwemmen",
    "nprs": 7,
    "psk_1_activity": "traplopen",
    "psk_1": 8,
    "pain_chart": {"low_back_left": {"kinds": ["pain"], "intensity": 7}, "calf_left": {"kinds": ["pain"]}},
}


@pytest.fixture
def sanne(practice: None) -> Staff:
    """The physiotherapist of the demo."""
    return Staff.objects.get(role_grants__role=Role.PHYSIOTHERAPIST)


def her_episode(sanne: Staff) -> Episode:
    return EpisodeFactory(practitioner=sanne.practitioner)


@pytest.fixture
def plan(sanne: Staff) -> Plan:
    """A plan of hers after an intake of a month ago."""
    month = timezone.localdate() - dt.timedelta(days=28)
    return adopted(suggested(START, author=sanne, episode=her_episode(sanne), date=month))


def measure(page: Page) -> None:
    """Fill in the pain score and the activity, and tick one region of the list."""
    page.locator('label[for="id_nprs_5"]').click()
    page.locator('label[for="id_psk_1_4"]').click()
    page.locator("details.body-group").first.locator("summary").click()
    page.get_by_label("Lage rug, links", exact=True).check()
    page.get_by_role("button", name="Meting vastleggen").click()


def test_a_measurement_a_graph_and_a_look_along(page: Page, plan: Plan, sanne: Staff) -> None:
    sign_in_as(page, sanne)
    page.goto(reverse("plan", args=[plan.pk]))
    page.get_by_role("link", name="Meting invoeren").click()
    assert_accessible(page)
    assert_narrow(page)
    screenshot(page, "measure")
    measure(page)
    expect(page.get_by_role("status")).to_contain_text("van 7 naar 4, 3 punten beter. Een relevante verandering")
    expect(page.get_by_role("status")).to_contain_text("2 gebieden werden er 1, niet meer onder de knie")
    expect(page.get_by_role("img", name="lager is beter")).to_have_count(2)
    page.get_by_text("Als tabel").first.click()
    assert_accessible(page)
    assert_narrow(page)
    screenshot(page, "outcome")
    page.get_by_role("link", name="Meekijken").click()
    expect(page.locator("main")).to_contain_text("Weer met mijn dochter zwemmen")
    expect(page.locator("body")).not_to_contain_text(plan.patient.family_name)
    assert_accessible(page)
    assert_narrow(page)
    screenshot(page, "look_along")
    page.get_by_role("link", name="Sluiten").first.click()
    expect(page).to_have_url(reverse("plan", args=[plan.pk]))


def test_a_measurement_without_javascript(new_page: NewPage, plan: Plan, sanne: Staff) -> None:
    page = new_page(javascript=False)
    sign_in_as(page, sanne)
    page.goto(reverse("plan_measure", args=[plan.pk]))
    measure(page)
    expect(page.get_by_role("status")).to_contain_text("van 7 naar 4")


def test_going_on_is_at_the_question_that_was_answered_last(page: Page, sanne: Staff) -> None:
    intake = IntakeFactory(episode=her_episode(sanne), author=sanne)
    record(intake, "complaint", {"weeks_since_onset": 3})
    record(intake, "medical", {"hypertension": True})
    assert Intake.objects.get(pk=intake.pk).last_answered == "hypertension"
    sign_in_as(page, sanne)
    page.goto(reverse("today"))
    page.locator(f'a[href^="{reverse("intake", args=[intake.pk])}"]').first.click()
    focused = page.locator(":focus")
    expect(focused).to_have_attribute("name", "hypertension")
    expect(focused).to_be_in_viewport()
