"""The desk books a whole series: how many clicks it takes, without JavaScript too, and for everybody to use."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from plans.models import Plan
from practice.domain.grants import Role
from practice.models import Absence, Location, Practitioner, Staff
from scheduling.domain.clock import moment
from scheduling.models import Appointment
from tests.browser.conftest import NewPage
from tests.browser.driving import (
    assert_accessible,
    assert_accessible_at_every_width,
    assert_focus_walks,
    assert_narrow,
    counted,
    screenshot,
    sign_in_as,
)
from tests.browser.walking import Walk
from tests.factories.plans import adopted
from tests.factories.practice import RoomFactory, StaffFactory, WorkingHoursFactory

pytestmark = pytest.mark.usefixtures("practice")
TWELVE = "low_back_chronic_profile_3_work"


@pytest.fixture
def desk(practice: None) -> Staff:
    """Who answers the telephone."""
    return StaffFactory(roles=[Role.FRONT_DESK])


@pytest.fixture
def plan(practice: None) -> Plan:
    """A plan of twelve sessions, with somebody who works on working days."""
    location, sanne = Location.objects.get(), Practitioner.objects.get()
    RoomFactory(location=location)
    for weekday in range(1, 6):
        WorkingHoursFactory(practitioner=sanne, location=location, weekday=weekday)
    return adopted(template=TWELVE, fields={"episode__practitioner": sanne, "episode__location": location})


def at_the_list(page: Page, desk: Staff) -> Walk:
    """The list of plans on the screen of the desk."""
    sign_in_as(page, desk)
    page.goto("/to-schedule/")
    return Walk(page)


def spoilt(plan: Plan) -> None:
    """A day of leave that keeps one session from its rhythm: the third one, as it would be proposed now."""
    first = timezone.localdate() + dt.timedelta(days=1)
    for days in range(18, 23):
        start = moment(dt.datetime.combine(first + dt.timedelta(days=days), dt.time()))
        Absence.objects.create(practitioner=plan.episode.practitioner, starts=start, ends=start + dt.timedelta(days=1))


@pytest.mark.parametrize("javascript", [True, False])
def test_twelve_sessions_are_booked_in_a_few_clicks(
    new_page: NewPage, desk: Staff, plan: Plan, javascript: bool
) -> None:
    walk = at_the_list(new_page(javascript=javascript), desk)
    if javascript:
        with counted(walk.page, "book_12_sessions") as effort:
            book(walk)
        assert effort.clicks <= 3
    else:
        book(walk)
    assert Appointment.objects.booked().filter(plan=plan).count() == 12


def book(walk: Walk) -> None:
    """Make the proposal, and book it."""
    walk.page.locator("button[name=propose]").first.click()
    screenshot(walk.page, "series")
    walk.page.locator(".book-bar button").first.click()
    expect(walk.page.locator("h1")).to_contain_text("12")


def test_a_conflict_costs_two_clicks_more(new_page: NewPage, desk: Staff, plan: Plan) -> None:
    spoilt(plan)
    walk = at_the_list(new_page(), desk)
    with counted(walk.page, "book_12_sessions_one_conflict") as effort:
        walk.page.locator("button[name=propose]").first.click()
        walk.page.locator(".proposal-adjusted button[name=place]").first.click()
        expect(walk.page.locator(".proposal-pinned")).to_have_count(1)
        walk.page.locator(".book-bar button").first.click()
        expect(walk.page.locator("h1")).to_contain_text("12")
    assert effort.clicks <= 5


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_screens_are_for_everybody(new_page: NewPage, desk: Staff, plan: Plan, language: str) -> None:
    spoilt(plan)
    walk = at_the_list(new_page(language=language), desk)
    check(walk.page)
    walk.page.locator("button[name=propose]").first.click()
    assert_accessible_at_every_width(walk.page)
    check(walk.page)
    walk.page.goto(reverse("together"))
    check(walk.page)
    walk.page.goto(reverse("series", args=[plan.pk]))
    walk.page.locator(".book-bar button").first.click()
    check(walk.page)


def check(page: Page) -> None:
    """Usable by everybody: without obstacles, on a narrow screen, and with the keyboard."""
    assert_accessible(page)
    assert_narrow(page)
    assert_focus_walks(page)
