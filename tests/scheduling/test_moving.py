"""Moving an appointment from the agenda: to a place that is offered, or to a time that somebody writes down."""

import datetime as dt
import re

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client

from practice.models import AccessEvent
from scheduling.models import Appointment
from tests.factories.practice import AbsenceFactory, RoleGrantFactory, RoomFactory, StaffFactory
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


@pytest.mark.parametrize(
    ("day", "said"), [("2026-12-05", "Sanne werkt dan niet."), ("2026-12-25", "Gesloten: Eerste kerstdag.")]
)
def test_a_day_off_and_a_closed_day_are_told_by_themselves(place: Place, desk: Client, day: str, said: str) -> None:
    visit = place.visit()
    form = {"version": visit.version, "day": day, "time": "09:00", "practitioner": place.sanne.pk}
    answer = text(desk.post(f"/appointments/{visit.pk}/move/", form))
    assert said in answer
    assert "Er is dan niemand vrij." not in answer
    assert "Er is geen geschikte ruimte vrij." not in answer or "Gesloten" not in answer


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


# --- an overlap on purpose ------------------------------------------------------------------------------------------


@pytest.fixture
def therapist(place: Place) -> Client:
    """Somebody who may let visits overlap, in English."""
    staff = RoleGrantFactory(
        role="physiotherapist", location=place.location, staff=StaffFactory(name="Nadia", roles=[])
    ).staff
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(staff)
    return client


@pytest.fixture
def thomas_at_nine(place: Place) -> Appointment:
    """Another therapist treats in room 1 on Tuesday at nine."""
    return place.visit("09:00", TUESDAY, practitioner=place.therapist("Thomas"), patient=place.patient("Visser"))


def to_nine(client: Client, visit: Appointment, **more: object) -> HttpResponse:
    """Write down Tuesday at nine with Sanne, on purpose."""
    typed = {"day": "2026-12-01", "time": "09:00", "practitioner": visit.practitioner_id}
    sent = {"version": visit.version, "overlap_because": "Trainee"} | typed | more
    return client.post(f"/appointments/{visit.pk}/move/", sent)


def on_the_page(answer: HttpResponse) -> dict[str, str]:
    """What the first button sends that overlaps on purpose."""
    page = text(answer)
    notice = page[page.index("It shares its time with:") :]
    place, named = re.search(r'name="place" value="([^"]+)"', notice), re.search(r'name="named" value="([^"]*)"', page)
    assert place
    assert named
    return {"place": place[1], "named": named[1]}


@pytest.mark.usefixtures("thomas_at_nine")
def test_an_overlap_on_purpose_is_in_the_room_of_the_practitioner_and_doubles_nobody_else(
    place: Place, therapist: Client
) -> None:
    visit, second = place.visit(), RoomFactory(location=place.location, name="Kamer 2")
    RoomFactory(location=place.location, name="Kamer 0")
    theirs = place.visit("09:00", TUESDAY, room=second, patient=place.patient("Bakker"))
    asked = to_nine(therapist, visit)
    assert asked.status_code == 200
    assert "<li>09:00–09:30 Sanne, Kamer 2</li>" in text(asked)
    assert "<li>09:00–09:30 Thomas" not in text(asked)
    assert fresh(visit).starts == visit.starts
    assert to_nine(therapist, visit, **on_the_page(asked)).status_code == 302
    assert (fresh(visit).room, fresh(visit).overlap_because) == (second, "Trainee")
    agenda = text(therapist.get("/agenda/?date=2026-12-01&range=day"))
    assert agenda.count("overlap on purpose") == 2
    assert "Trainee" in text(therapist.get(f"/appointments/{theirs.pk}/"))


@pytest.mark.usefixtures("thomas_at_nine")
def test_without_a_room_of_their_own_the_practitioner_gets_a_free_one(place: Place, therapist: Client) -> None:
    visit, free = place.visit(), RoomFactory(location=place.location, name="Kamer 2")
    place.visit("09:00", TUESDAY, room=None, patient=place.patient("Bakker"))
    to_nine(therapist, visit, **on_the_page(to_nine(therapist, visit)))
    assert fresh(visit).room == free


def test_the_room_of_another_therapist_is_shared_only_when_it_was_named_and_chosen(
    place: Place, therapist: Client, thomas_at_nine: Appointment
) -> None:
    visit = place.visit()
    place.visit("09:00", TUESDAY, room=None, patient=place.patient("Bakker"))
    asked = to_nine(therapist, visit)
    assert "Put it in Kamer 1, which Thomas uses then" in text(asked)
    unnamed = to_nine(therapist, visit, place=on_the_page(asked)["place"])
    assert unnamed.status_code == 200
    assert fresh(visit).starts == visit.starts
    assert to_nine(therapist, visit, **on_the_page(asked)).status_code == 302
    assert fresh(visit).room == thomas_at_nine.room
    assert text(therapist.get("/agenda/?date=2026-12-01&range=day")).count("overlap on purpose") == 3


def test_a_reason_for_a_place_that_is_free_is_no_overlap(place: Place, therapist: Client) -> None:
    visit = place.visit()
    assert to_nine(therapist, visit).status_code == 302
    assert (fresh(visit).starts, fresh(visit).overlap_because) == (at("09:00", TUESDAY), "")


def test_leave_is_named_and_not_doubled(place: Place, therapist: Client) -> None:
    visit = place.visit()
    AbsenceFactory(practitioner=place.sanne, starts=at("00:00", TUESDAY), ends=at("12:00", TUESDAY))
    answer = to_nine(therapist, visit)
    assert answer.status_code == 409
    assert "Sanne is away (leave)." in text(answer)


def test_the_desk_may_not_overlap(place: Place, desk: Client) -> None:
    visit = place.visit()
    place.visit("09:00", TUESDAY, patient=place.patient("Bakker"))
    assert to_nine(desk, visit).status_code == 409
    assert fresh(visit).starts == visit.starts
