"""Moving an appointment from the agenda: to a place that is offered, or to a time that somebody writes down."""

import datetime as dt
import re

import pytest
import time_machine
from django.test import Client

from practice.models import AccessEvent
from scheduling.models import Appointment
from tests.factories.practice import AbsenceFactory, RoomFactory, StaffFactory
from tests.scheduling.test_agenda import MONDAY, Place, at
from tests.screens import queries, text

pytestmark = pytest.mark.django_db
TUESDAY = dt.date(2026, 12, 1)
BEFORE = dt.datetime(2026, 11, 27, 9, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def friday_before() -> object:
    with time_machine.travel(BEFORE, tick=False):
        yield


@pytest.fixture
def place() -> Place:
    return Place()


@pytest.fixture
def desk(place: Place) -> Client:
    client = Client()
    client.force_login(place.desk)
    return client


def offered(client: Client, visit: Appointment, query: str = "") -> dict[str, str]:
    """The places on the page, each with its full name."""
    response = client.get(f"/appointments/{visit.pk}/move/{query}")
    assert response.status_code == 200
    return dict(re.findall(r'name="place" value="([^"]+)" aria-label="([^"]+)"', text(response)))


def sent(visit: Appointment, value: str, **more: object) -> dict[str, object]:
    return {"version": visit.version, "place": value} | more


def fresh(visit: Appointment) -> Appointment:
    return Appointment.objects.get(pk=visit.pk)


def test_each_free_place_is_a_button_with_a_full_name(place: Place, desk: Client) -> None:
    visit = place.visit()
    places = offered(desk, visit)
    value = f"2026-12-01T09:30 {place.sanne.pk} {place.room.pk} {place.location.pk}"
    assert places[value] == "Verplaats de afspraak naar dinsdag 1 december 09:30 bij Sanne"


def test_a_chosen_place_is_where_the_appointment_is_then(place: Place, desk: Client) -> None:
    visit = place.visit()
    value = next(value for value in offered(desk, visit) if value.startswith("2026-12-01T14:00"))
    answer = desk.post(f"/appointments/{visit.pk}/move/", sent(visit, value), follow=True)
    assert "Verplaatst naar dinsdag 1 december 14:00 bij Sanne." in text(answer)
    assert fresh(visit).starts == at("14:00", TUESDAY)
    assert AccessEvent.objects.filter(event="appointment_moved", object_id=str(visit.pk)).exists()


def test_no_place_is_offered_where_there_is_none(place: Place, desk: Client) -> None:
    visit = place.visit()
    place.visit("14:00", TUESDAY, patient=place.patient("Visser"))
    AbsenceFactory(practitioner=place.sanne, starts=at("00:00", MONDAY), ends=at("12:00", MONDAY))
    places = offered(desk, visit)
    assert not [value for value in places if value.startswith(("2026-12-01T14:00", "2026-11-30T10:00"))]
    assert [value for value in places if value.startswith("2026-11-30T13:00")]


def test_a_patient_is_never_offered_two_places_at_once(place: Place, desk: Client) -> None:
    visit = place.visit()
    place.visit("14:00", TUESDAY, patient=visit.patient, practitioner=place.therapist("Tom"), room=None)
    assert not [value for value in offered(desk, visit) if value.startswith("2026-12-01T14:00")]


def test_another_room_is_taken_where_the_own_one_is_in_use(place: Place, desk: Client) -> None:
    visit, other = place.visit(), RoomFactory(location=place.location, name="Kamer 2")
    place.visit("14:00", TUESDAY, practitioner=place.therapist("Tom"), patient=place.patient("Visser"))
    value = next(value for value in offered(desk, visit) if value.startswith("2026-12-01T14:00"))
    assert value.split(" ")[2] == str(other.pk)


@pytest.mark.parametrize(
    "query", ["?date=2026-12-01", "?date=2026-12-01&by=room&range=day", "?date=2026-12-01&form=list"]
)
def test_every_form_of_the_agenda_offers_places(place: Place, desk: Client, query: str) -> None:
    assert [value for value in offered(desk, place.visit(), query) if value.startswith("2026-12-01T10:00")]


def test_a_written_time_that_cannot_be_is_refused_with_its_reason_and_what_can(place: Place, desk: Client) -> None:
    visit = place.visit()
    AbsenceFactory(practitioner=place.sanne, starts=at("00:00", TUESDAY), ends=at("12:00", TUESDAY))
    form = {"version": visit.version, "day": "2026-12-01", "time": "09:00", "practitioner": place.sanne.pk}
    answer = desk.post(f"/appointments/{visit.pk}/move/", form)
    assert answer.status_code == 409
    assert "Sanne is er niet (verlof)" in text(answer)
    assert len(answer.context["nearest"]) == 3
    assert fresh(visit).starts == visit.starts


def test_a_written_time_that_can_be_is_taken(place: Place, desk: Client) -> None:
    visit = place.visit()
    form = {"version": visit.version, "day": "2026-12-01", "time": "09:20", "practitioner": place.sanne.pk}
    assert desk.post(f"/appointments/{visit.pk}/move/", form).status_code == 302
    assert fresh(visit).starts == at("09:20", TUESDAY)


def test_a_colleague_who_was_first_is_shown_beside_what_was_not_done(place: Place, desk: Client) -> None:
    visit = place.visit()
    first, second = [value for value in offered(desk, visit) if value.startswith("2026-12-01T1")][:2]
    desk.post(f"/appointments/{visit.pk}/move/", sent(visit, first))
    answer = desk.post(f"/appointments/{visit.pk}/move/", sent(visit, second))
    assert answer.status_code == 409
    assert "dinsdag 1 december 10:00" in text(answer)
    assert "naar dinsdag 1 december 10:30" in text(answer)
    assert fresh(visit).starts == at("10:00", TUESDAY)


@pytest.mark.parametrize(
    "nonsense",
    [
        {},
        {"place": "nonsense"},
        {"place": "2026-12-01T10:00 1 1"},
        {"place": "2026-12-01T10:00 99999999999999999999 - 1"},
        {"place": "0001-01-01T10:00 1 - 1"},
        {"day": "2026-12-01", "time": "25:00"},
        {"day": "2026-10-25", "time": "02:30"},
    ],
)
def test_nonsense_moves_nothing_and_is_told(place: Place, desk: Client, nonsense: dict[str, str]) -> None:
    visit = place.visit()
    answer = desk.post(f"/appointments/{visit.pk}/move/", {"version": visit.version} | nonsense)
    assert answer.status_code in (409, 422)
    assert fresh(visit).starts == visit.starts


def test_only_a_booked_appointment_is_moved_and_only_by_who_books(place: Place, desk: Client) -> None:
    done = place.visit("10:00", state="done")
    assert "/move/" not in text(desk.get(f"/appointments/{done.pk}/"))
    manager = Client()
    manager.force_login(StaffFactory(roles=["manager"]))
    assert manager.get(f"/appointments/{done.pk}/move/").status_code == 403


def test_the_page_takes_as_many_queries_for_many_as_for_one(place: Place, desk: Client) -> None:
    visit = place.visit()
    address = f"/appointments/{visit.pk}/move/?date=2026-12-01"
    one = queries(desk, address)
    for number in range(5):
        someone = place.therapist(f"Therapeut {number}")
        place.visit(date=TUESDAY, practitioner=someone, room=None, patient=place.patient(f"Naam{number}"))
    assert queries(desk, address) == one
