"""The agenda and an appointment: what is shown, to whom, and with how many queries."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from patients.models import Patient
from practice.models import AccessEvent, Location, Practitioner, Staff
from scheduling.domain.clock import moment
from scheduling.models import Appointment
from tests.factories.patients import PatientFactory
from tests.factories.practice import (
    AbsenceFactory,
    ClosureFactory,
    LocationFactory,
    OpeningHoursFactory,
    PractitionerFactory,
    RoleGrantFactory,
    RoomFactory,
    StaffFactory,
    WorkingHoursFactory,
)
from tests.factories.scheduling import AppointmentFactory, RecurringBlockFactory
from tests.screens import queries, text

pytestmark = pytest.mark.django_db
MONDAY = dt.date(2026, 11, 30)
WEEK = "/agenda/?date=2026-11-30"


def at(clock: str, date: dt.date = MONDAY) -> dt.datetime:
    return moment(dt.datetime.combine(date, dt.time.fromisoformat(clock)))


class Place:
    """A location that is open on weekdays, with somebody who works there, and the desk."""

    def __init__(self) -> None:
        self.location: Location = LocationFactory(name="Utrecht")
        for weekday in range(1, 6):
            OpeningHoursFactory(location=self.location, weekday=weekday)
        self.sanne = self.therapist("Sanne")
        self.room = RoomFactory(location=self.location, name="Kamer 1")
        self.desk: Staff = RoleGrantFactory(
            role="front_desk", location=self.location, staff=StaffFactory(name="Karim", roles=[])
        ).staff

    def therapist(self, name: str) -> Practitioner:
        practitioner = PractitionerFactory(staff=StaffFactory(name=name))
        for weekday in range(1, 6):
            WorkingHoursFactory(practitioner=practitioner, location=self.location, weekday=weekday)
        return practitioner

    def patient(self, name: str, **fields: Any) -> Patient:
        return PatientFactory(family_name=name, given_name="Jan", location=self.location, **fields)

    def visit(self, start: str = "09:00", date: dt.date = MONDAY, minutes: int = 30, **fields: Any) -> Appointment:
        fields = {"practitioner": self.sanne, "location": self.location, "room": self.room} | fields
        fields.setdefault("patient", self.patient("Boer"))
        begins = at(start, date)
        return AppointmentFactory(starts=begins, ends=begins + dt.timedelta(minutes=minutes), **fields)


@pytest.fixture
def place() -> Place:
    return Place()


@pytest.fixture
def desk(place: Place) -> Client:
    client = Client()
    client.force_login(place.desk)
    return client


def page(client: Client, address: str = WEEK) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return text(response)


@pytest.mark.parametrize("more", ["", "&range=day", "&whose=all", "&by=room", "&by=room&range=day", "&form=list"])
def test_the_agenda_shows_who_comes_when(place: Place, desk: Client, more: str) -> None:
    visit = place.visit()
    shown = page(desk, f"{WEEK}{more}")
    assert "Boer, Jan" in shown
    assert "09:00–09:30" in shown
    assert f"/appointments/{visit.pk}/" in shown


def test_the_agenda_is_a_board_or_a_list_and_its_links_keep_to_that(place: Place, desk: Client) -> None:
    place.visit()
    board, listed = page(desk), page(desk, f"{WEEK}&form=list")
    assert ("board-overview" in board, "agenda-rows" in board) == (True, False)
    assert ("board-overview" in listed, "agenda-rows" in listed) == (False, True)
    assert "date=2026-12-07&amp;range=week&amp;by=practitioner&amp;form=table" in board
    assert "date=2026-12-07&amp;range=week&amp;by=practitioner&amp;form=list" in listed


@pytest.mark.parametrize("more", ["", "&form=table", "&form=list"])
def test_a_telephone_gets_the_list_unless_the_board_is_chosen(place: Place, desk: Client, more: str) -> None:
    place.visit()
    answer = desk.get(f"{WEEK}{more}", headers={"User-Agent": "Mozilla/5.0 (Android 15; Mobile) Mobi"})
    assert ("agenda-rows" in text(answer)) == (more != "&form=table")


def test_what_somebody_wrote_is_text_on_the_board_and_in_the_list(place: Place, desk: Client) -> None:
    place.visit(patient=place.patient("<b>Boer</b>"), room=RoomFactory(location=place.location, name="<i>Kamer"))
    AbsenceFactory(practitioner=place.sanne, starts=at("00:00"), ends=at("00:00", dt.date(2026, 12, 1)))
    place.sanne.staff.name = "<u>Sanne"
    place.sanne.staff.save()
    for form in ("table", "list"):
        shown = page(desk, f"{WEEK}&form={form}")
        assert "&lt;b&gt;Boer" in shown
        assert not {"<b>", "<i>", "<u>"} & {shown[at : at + 3] for at in range(len(shown))}


def test_a_patient_whom_the_reader_may_not_see_is_only_taken_time(place: Place, desk: Client) -> None:
    elsewhere = PatientFactory(family_name="Geheim")
    hidden = place.visit(patient=elsewhere)
    shown = page(desk)
    assert "09:00–09:30" in shown
    assert "bezet" in shown
    assert "Geheim" not in shown
    assert str(hidden.pk) not in shown
    assert desk.get(f"/appointments/{hidden.pk}/").status_code == 404


@pytest.mark.parametrize("form", ["table", "list"])
def test_closed_time_says_why(place: Place, desk: Client, form: str) -> None:
    AbsenceFactory(practitioner=place.sanne, starts=at("00:00"), ends=at("00:00", dt.date(2026, 12, 1)))
    RecurringBlockFactory(weekday=2)
    ClosureFactory(
        starts=at("13:00", dt.date(2026, 12, 2)), ends=at("18:00", dt.date(2026, 12, 2)), reason="Verhuizing"
    )
    shown = page(desk, f"{WEEK}&form={form}")
    assert "Sanne is er niet (verlof)" in shown
    assert "12:00–13:00 Bezet: Teamoverleg" in shown
    assert "13:00–17:00 De praktijk is gesloten: Verhuizing" in shown


def test_a_public_holiday_is_named(place: Place, desk: Client) -> None:
    assert "Eerste kerstdag" in page(desk, "/agenda/?date=2026-12-25")


def test_an_appointment_in_closed_time_carries_a_warning(place: Place, desk: Client) -> None:
    place.visit()
    assert "visit-warning" not in page(desk)
    AbsenceFactory(practitioner=place.sanne, starts=at("00:00"), ends=at("00:00", dt.date(2026, 12, 1)))
    assert "visit-warning" in page(desk)


def test_an_overlap_on_purpose_is_marked(place: Place, desk: Client) -> None:
    place.visit()
    place.visit(patient=place.patient("Visser"), room=None, overlap_because="Stagiair", overlap_by=place.desk)
    assert "expres dubbel" in page(desk)


@pytest.mark.parametrize(
    ("state", "word"),
    [("arrived", "aanwezig"), ("done", "gedaan"), ("no_show", "niet verschenen"), ("booked", "geboekt")],
)
def test_a_state_is_a_word(place: Place, desk: Client, state: str, word: str) -> None:
    place.visit(state=state)
    assert word in page(desk, f"{WEEK}&form=table")
    assert word in page(desk, f"{WEEK}&form=list")


def test_what_was_cancelled_is_not_in_the_agenda(place: Place, desk: Client) -> None:
    place.visit(state="cancelled", cancelled_at=at("08:00"))
    assert "Boer" not in page(desk)


def test_week_53_lies_between_week_52_and_week_1(place: Place, desk: Client) -> None:
    place.visit(date=dt.date(2026, 12, 31))
    shown = page(desk, "/agenda/?date=2027-01-01")
    assert "week 53" in shown
    assert "Boer" in shown
    assert "date=2026-12-25" in shown
    assert "date=2027-01-08" in shown


def test_another_location_has_an_agenda_of_its_own(place: Place, desk: Client) -> None:
    other = LocationFactory(name="Almere")
    place.visit(location=other, room=None)
    assert "Boer" not in page(desk)
    assert "Boer" in page(desk, f"{WEEK}&location={other.pk}")


def test_a_weekend_is_shown_when_something_is_on(place: Place, desk: Client) -> None:
    assert "za 5 dec" not in page(desk)
    place.visit(date=dt.date(2026, 12, 5))
    assert "za 5 dec" in page(desk)


@pytest.mark.parametrize(
    "nonsense", ["?date=1", "?whose=999999", "?location=x&by=y&range=z&form=q", "?whose=1&by=room"]
)
def test_an_address_that_asks_for_nonsense_shows_an_agenda(desk: Client, nonsense: str) -> None:
    assert "Sanne" in page(desk, f"/agenda/{nonsense}") or "Kamer 1" in page(desk, f"/agenda/{nonsense}")


def test_a_practice_without_locations_has_an_empty_agenda(client: Client) -> None:
    client.force_login(StaffFactory(roles=["front_desk"]))
    assert "Geen afspraken" in page(client)
    assert page(client, f"{WEEK}&range=day")


def test_reading_the_agenda_is_written_down(place: Place, desk: Client) -> None:
    page(desk, f"{WEEK}&whose={place.sanne.pk}")
    event = AccessEvent.objects.get(event="agenda_read")
    assert event.user_name == "Karim"
    assert event.detail == f"week from 2026-11-30, practitioner {place.sanne.pk}"


def test_the_agenda_is_in_the_navigation_of_who_reads_the_planning(place: Place, desk: Client) -> None:
    assert 'href="/agenda/"' in page(desk, "/")
    office = Client()
    office.force_login(StaffFactory(roles=["administrator"]))
    assert 'href="/agenda/"' not in page(office, "/")


@pytest.mark.parametrize("more", ["", "&range=day", "&by=room", "&form=list", "&whose=1"])
def test_the_agenda_takes_as_many_queries_for_many_as_for_one(place: Place, desk: Client, more: str) -> None:
    place.visit()
    one = queries(desk, f"{WEEK}{more}")
    for number in range(1, 7):
        someone = place.therapist(f"Therapeut {number}")
        AbsenceFactory(practitioner=someone)
        for weekday in range(5):
            date = MONDAY + dt.timedelta(days=weekday)
            room = RoomFactory(location=place.location) if weekday == 0 else None
            place.visit(practitioner=someone, date=date, room=room, patient=place.patient(f"Naam{number}{weekday}"))
    assert queries(desk, f"{WEEK}{more}") == one
    assert one <= 24


def test_an_appointment_says_who_when_with_whom_and_where(place: Place, desk: Client) -> None:
    visit = place.visit()
    shown = page(desk, f"/appointments/{visit.pk}/")
    for part in ("BOER", "maandag 30 november 2026, 09:00–09:30", "Sanne", "Kamer 1", "zitting", "geboekt"):
        assert part in shown
    assert AccessEvent.objects.filter(event="appointment_read", patient_id=str(visit.patient_id)).exists()
