"""A patient cancels: whom does the free place help, who is asked, and who gets it."""

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from practice.models import Location, Practitioner
from scheduling.models import Appointment
from tests.browser.conftest import NewPage, open_on_holidays
from tests.browser.driving import assert_accessible, screenshot, sign_in
from tests.factories.patients import PatientFactory
from tests.factories.practice import PractitionerFactory, RoomFactory, StaffFactory, WorkingHoursFactory
from tests.factories.scheduling import AppointmentFactory

FULL = pytest.mark.parametrize(("language", "javascript"), [("nl", True), ("en", False)])


@pytest.fixture
def monday() -> dt.datetime:
    """Nine in the morning on the Monday after next."""
    today = timezone.localtime().replace(hour=9, minute=0, second=0, microsecond=0)
    return today + dt.timedelta(days=14 - today.weekday())


@pytest.fixture
def week(monday: dt.datetime, live_server: LiveServer) -> dict[str, Appointment]:
    """Two visits with the same practitioner: one that is cancelled, and one whose patient wants to come earlier."""
    open_on_holidays()
    room = RoomFactory(name="Kamer 1")
    who = PractitionerFactory(staff=StaffFactory(name="Daan van Leeuwen"))
    for weekday in (1, 3):
        WorkingHoursFactory(practitioner=who, location=room.location, weekday=weekday)
    places = {"practitioner": who, "room": room, "location": room.location}
    return {
        "early": _visit("Smit", monday, **places),
        "late": _visit("Yilmaz", monday + dt.timedelta(days=2), **places),
    }


def _visit(name: str, starts: dt.datetime, **places: Practitioner | Location | Any) -> Appointment:
    patient = PatientFactory(family_name=name, given_name="Robin", initials="R.")
    return AppointmentFactory(patient=patient, starts=starts, ends=starts + dt.timedelta(minutes=30), **places)


@FULL
def test_a_cancelled_visit_goes_to_who_wants_to_come_earlier(
    week: dict[str, Appointment], new_page: NewPage, live_server: LiveServer, language: str, javascript: bool
) -> None:
    page = new_page(language=language, javascript=javascript)
    words = WORDS[language]
    sign_in(page, "front_desk")
    page.goto(f"{live_server.url}{reverse('waiting_list_add', args=[week['late'].patient_id])}")
    _check(page, javascript)
    page.get_by_role("button", name=words["wait"]).click()
    page.goto(f"{live_server.url}{reverse('appointment_cancel', args=[week['early'].pk])}")
    _check(page, javascript)
    page.get_by_label(words["patient"]).check()
    page.get_by_role("button", name=words["cancel"]).click()
    _offer_and_accept(page, words, javascript)
    assert Appointment.objects.booked().filter(starts=week["early"].starts).get().patient == week["late"].patient


def _check(page: Page, javascript: bool) -> None:
    """Where scripts run, axe finds nothing; it is a script itself."""
    if javascript:
        assert_accessible(page)


def _offer_and_accept(page: Page, words: dict[str, str], javascript: bool) -> None:
    """From the page that a cancellation leads to."""
    expect(page.get_by_text("Yilmaz, Robin").first).to_be_visible()
    _check(page, javascript)
    screenshot(page, "free-place")
    page.get_by_role("button", name="Yilmaz, Robin").click()
    _check(page, javascript)
    page.get_by_role("button", name=words["accepted"], exact=True).click()
    expect(page.get_by_role("status")).to_contain_text(words["booked"])
    _check(page, javascript)


WORDS = {
    "nl": {
        "wait": "Op de wachtlijst zetten",
        "patient": "de patiënt",
        "cancel": "Bezoek afzeggen",
        "accepted": "Aangenomen",
        "booked": "de plek is geboekt",
    },
    "en": {
        "wait": "Put on the waiting list",
        "patient": "the patient",
        "cancel": "Cancel the visit",
        "accepted": "Accepted",
        "booked": "the place is booked",
    },
}
