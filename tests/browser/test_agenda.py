"""The agenda and the telephone: a visit moves by two clicks or by keys, a whole call needs no mouse, all can use it."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from patients.models import Patient
from practice.domain.grants import Role
from practice.models import Location, Practitioner, Staff
from scheduling.domain.clock import moment, wall_time
from scheduling.models import Appointment
from tests.browser.conftest import Guard, NewPage
from tests.browser.driving import assert_accessible, assert_focus_walks, assert_narrow, counted, screenshot, sign_in_as
from tests.factories.patients import EpisodeFactory, PatientFactory
from tests.factories.practice import AbsenceFactory, RoomFactory, StaffFactory, WorkingHoursFactory
from tests.factories.scheduling import AppointmentFactory

pytestmark = pytest.mark.usefixtures("practice")
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def desk(practice: None) -> Staff:
    """Who answers the telephone."""
    return StaffFactory(roles=[Role.FRONT_DESK])


@pytest.fixture
def monday() -> dt.date:
    """The first day of next week."""
    today = timezone.localdate()
    return today + dt.timedelta(days=7 - today.weekday())


@pytest.fixture
def caller(practice: None) -> Patient:
    """A patient of the practitioner who works on working days."""
    location, sanne = Location.objects.get(), Practitioner.objects.get()
    RoomFactory(location=location)
    for weekday in range(1, 6):
        WorkingHoursFactory(practitioner=sanne, location=location, weekday=weekday)
    patient = PatientFactory(family_name="Boersma", location=location)
    EpisodeFactory(patient=patient, practitioner=sanne, location=location)
    return patient


@pytest.fixture
def visit(caller: Patient, monday: dt.date) -> Appointment:
    """A visit of this patient on Monday at ten."""
    location = Location.objects.get()
    return AppointmentFactory(
        patient=caller,
        practitioner=Practitioner.objects.get(),
        location=location,
        room=location.rooms.first(),
        starts=moment(dt.datetime.combine(monday, dt.time(10))),
    )


def test_a_whole_call_needs_no_mouse(new_page: NewPage, desk: Staff, caller: Patient) -> None:
    page = new_page()
    sign_in_as(page, desk)
    page.goto(reverse("agenda"))
    with counted(page, "visit_by_telephone") as effort:
        page.keyboard.press("Alt+v")
        page.keyboard.type("boe")
        page.keyboard.press("Enter")
        expect(page.locator("[data-dock-options] .dock-option").first).to_be_focused()
        expect(page.locator(".dock-say")).to_have_count(3)
        screenshot(page, "telephone-places")
        page.keyboard.press("2")
        page.wait_for_url("**/appointments/**")
    assert effort.clicks == 0
    booked = Appointment.objects.booked().get()
    assert booked.patient == caller


def test_a_call_without_javascript(new_page: NewPage, desk: Staff, caller: Patient) -> None:
    page = new_page(javascript=False)
    sign_in_as(page, desk)
    page.goto(reverse("dock"))
    page.locator("#dock-q").fill("boe")
    page.keyboard.press("Enter")
    page.locator(".dock-option").first.click()
    assert Appointment.objects.booked().count() == 1


def to_the_places(page: Page, desk: Staff, visit: Appointment, monday: dt.date) -> None:
    """From the week on the board to the places to which a visit can be moved."""
    sign_in_as(page, desk)
    page.goto(f"{reverse('agenda')}?date={monday}")
    page.locator(".visit-move").first.click()


@pytest.mark.parametrize("javascript", [True, False])
def test_a_visit_is_moved_by_two_clicks(
    new_page: NewPage, desk: Staff, visit: Appointment, monday: dt.date, javascript: bool
) -> None:
    page = new_page(javascript=javascript)
    to_the_places(page, desk, visit, monday)
    screenshot(page, "moving")
    page.locator(".place", has_text="11:00").first.click()
    visit.refresh_from_db()
    assert wall_time(visit.starts).time() == dt.time(11)


def test_a_visit_is_moved_by_keys(new_page: NewPage, desk: Staff, visit: Appointment, monday: dt.date) -> None:
    page = new_page()
    to_the_places(page, desk, visit, monday)
    page.locator(".place[tabindex='0']").focus()
    first = page.locator(".place:focus").get_attribute("value")
    page.keyboard.press("ArrowDown")
    chosen = page.locator(".place:focus").get_attribute("value")
    assert chosen != first
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{reverse('appointment', args=[visit.pk])}")
    visit.refresh_from_db()
    assert wall_time(visit.starts).isoformat()[:16] in str(chosen)


def dragged(page: Page, desk: Staff, query: str, to: str) -> None:
    """Drag the only visit on the board to a cell."""
    sign_in_as(page, desk)
    page.goto(f"{reverse('agenda')}?{query}")
    page.locator(".visit").drag_to(page.locator(f"td[data-at^='{to}']"))


@pytest.mark.parametrize(
    ("more", "to", "then"),
    [("", "{tuesday} ", "10:00"), ("&range=day", "{monday}T11:00", "11:00"), ("&by=room", "{tuesday} ", "10:00")],
)
def test_a_visit_is_dragged_to_another_place(
    new_page: NewPage, desk: Staff, visit: Appointment, monday: dt.date, more: str, to: str, then: str
) -> None:
    page = new_page()
    cell = to.format(monday=monday, tuesday=monday + dt.timedelta(days=1))
    dragged(page, desk, f"date={monday}{more}", cell)
    expect(page.locator(".visit time")).to_contain_text(then)
    assert page.url.endswith(f"?date={monday}{more}")
    visit.refresh_from_db()
    assert f"{wall_time(visit.starts):%Y-%m-%d %H:%M}" == f"{cell[:10]} {then}"


def test_a_place_that_cannot_be_is_refused_in_words_after_dragging_too(
    new_page: NewPage, desk: Staff, visit: Appointment, monday: dt.date, guard: Guard
) -> None:
    AbsenceFactory(practitioner=visit.practitioner, starts=visit.starts + 24 * HOUR, ends=visit.ends + 24 * HOUR)
    page = new_page()
    guard.expect("status of 409")
    dragged(page, desk, f"date={monday}", f"{monday + dt.timedelta(days=1)} ")
    expect(page.get_by_role("alert")).to_contain_text("(verlof)")
    visit.refresh_from_db()
    assert wall_time(visit.starts).date() == monday


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_screens_are_for_everybody(
    new_page: NewPage, desk: Staff, visit: Appointment, monday: dt.date, language: str
) -> None:
    AbsenceFactory(practitioner=visit.practitioner, starts=visit.starts - HOUR, ends=visit.ends + HOUR)
    page = new_page(language=language)
    sign_in_as(page, desk)
    agenda = f"{reverse('agenda')}?date={monday}"
    ways = [agenda, f"{agenda}&range=day", f"{agenda}&form=list", f"{agenda}&by=room"]
    ways += [reverse("appointment", args=[visit.pk]), reverse("appointment_move", args=[visit.pk])]
    ways += [reverse("appointment_cancel", args=[visit.pk]), reverse("dock"), reverse("leave_conflicts")]
    for address in [*ways, reverse("waiting_list")]:
        page.goto(address)
        check(page)
    page.goto(reverse("dock"))
    page.locator("#dock-q").fill("boe")
    page.keyboard.press("Enter")
    expect(page.locator(".dock-option").first).to_be_visible()
    check(page)


def check(page: Page) -> None:
    """Usable by everybody: without obstacles, on a narrow screen, and with the keyboard."""
    assert_accessible(page)
    assert_narrow(page)
    assert_focus_walks(page)
