"""A patient on the telephone: found, offered three places, booked, and undone."""

import datetime as dt
import re
import uuid

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from patients.models import Patient
from plans.models import Plan
from practice.models import AccessEvent, Staff
from scheduling import actions
from scheduling.actions.bookings import placements_of
from scheduling.models import Appointment, Message, Series
from tests.factories.patients import EpisodeFactory, PatientFactory
from tests.factories.plans import adopted
from tests.factories.practice import AbsenceFactory, StaffFactory
from tests.scheduling.test_agenda import Place, at
from tests.screens import text

pytestmark = pytest.mark.django_db
FRIDAY = dt.datetime(2026, 11, 27, 9, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def clock() -> object:
    with time_machine.travel(FRIDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def place() -> Place:
    return Place()


@pytest.fixture
def desk(place: Place) -> Client:
    client = Client()
    client.force_login(place.desk)
    return client


@pytest.fixture
def caller(place: Place) -> Patient:
    patient = place.patient("Boer")
    EpisodeFactory(patient=patient, practitioner=place.sanne, location=place.location)
    return patient


def places(answer: HttpResponse) -> list[str]:
    return re.findall(r'name="place" value="([^"]+)"', text(answer))


def call(client: Client, **asked: object) -> HttpResponse:
    return client.post("/telephone/", {"kind": "session", "who": "own", "first": "2026-11-30"} | asked)


def book(client: Client, patient: Patient, value: str) -> HttpResponse:
    return client.post("/telephone/book/", {"patient": patient.pk, "kind": "session", "place": value})


@pytest.mark.parametrize("typed", ["boe", "1403", "14-3"])
def test_three_letters_or_a_birthday_lead_to_three_places(
    place: Place, desk: Client, caller: Patient, typed: str
) -> None:
    answer = call(desk, q=typed)
    assert [value[:16] for value in places(answer)] == ["2026-11-30T08:00", "2026-12-01T08:00", "2026-11-30T08:30"]
    assert "Maandag dertig november, acht uur, bij Sanne. Past dat?" in text(answer)
    assert "Dinsdag één december, acht uur, bij Sanne. Past dat?" in text(answer)


def test_who_reads_english_is_spoken_to_in_english(place: Place, desk: Client) -> None:
    place.patient("Smith", language="en")
    assert "Monday the thirtieth of November, eight o&#x27;clock, with Sanne." in text(call(desk, q="smith"))


def test_several_who_match_are_chosen_from(place: Place, desk: Client, caller: Patient) -> None:
    other = place.patient("Boerema")
    answer = call(desk, q="boe")
    assert places(answer) == []
    assert f'value="{caller.pk}"' in text(answer)
    assert f'value="{other.pk}"' in text(answer)
    assert len(places(call(desk, patient=other.pk))) == 3


def test_a_patient_of_another_team_is_not_found(desk: Client) -> None:
    stranger = PatientFactory(family_name="Vreemd")
    assert "Niemand gevonden" in text(call(desk, q="vreemd"))
    assert call(desk, patient=stranger.pk).status_code == 404


def test_the_own_practitioner_comes_first_and_anyone_when_that_is_sooner(
    place: Place, desk: Client, caller: Patient
) -> None:
    tom = place.therapist("Tom")
    AbsenceFactory(practitioner=place.sanne, starts=at("00:00"), ends=at("00:00", dt.date(2026, 12, 2)))
    found = [(value[:16], value.split()[1]) for value in places(call(desk, patient=caller.pk))]
    assert found == [
        ("2026-12-02T08:00", str(place.sanne.pk)),
        ("2026-12-03T08:00", str(place.sanne.pk)),
        ("2026-11-30T08:00", str(tom.pk)),
    ]


def test_the_best_place_says_that_it_is_the_earliest_too(place: Place, desk: Client, caller: Patient) -> None:
    place.therapist("Tom")
    answer = text(call(desk, patient=caller.pk))
    assert "past het best, en is het eerst van alle" in answer
    assert "bij iemand anders" in answer
    assert "het eerst, bij wie dan ook" not in answer


@pytest.mark.parametrize(
    ("typed", "note", "year"),
    [
        ("2031-03-01", "Dit is meer dan een jaar vooruit. Plaatsen worden getoond vanaf 27 november 2027.", " 2027 "),
        ("2025-03-01", "Deze dag is voorbij. Plaatsen worden getoond vanaf vandaag, 27 november 2026.", ""),
        ("2027-02-01", "", " 2027 08:00"),
    ],
)
def test_a_day_that_cannot_be_is_kept_and_told(
    place: Place, desk: Client, caller: Patient, typed: str, note: str, year: str
) -> None:
    answer = text(call(desk, patient=caller.pk, first=typed))
    assert f'name="first" value="{typed}"' in answer
    assert note in answer
    assert ("Plaatsen worden getoond" in answer) == bool(note)
    offered = re.search(r"<strong>(.*?)</strong> <span>Sanne", answer)
    assert offered
    assert year in offered[1] if year else "202" not in offered[1]


def test_the_next_three_are_others(place: Place, desk: Client, caller: Patient) -> None:
    assert not set(places(call(desk, patient=caller.pk))) & set(places(call(desk, patient=caller.pk, page=1)))


def test_a_part_of_the_day_is_kept_to(place: Place, desk: Client, caller: Patient) -> None:
    assert places(call(desk, patient=caller.pk, parts=["afternoon"]))[0][:16] == "2026-11-30T12:00"


def test_booking_takes_the_place_once_however_often_it_is_sent(place: Place, desk: Client, caller: Patient) -> None:
    value = places(call(desk, patient=caller.pk))[0]
    first, second = book(desk, caller, value), book(desk, caller, value)
    visit = Appointment.objects.get()
    assert first.url == second.url == f"/appointments/{visit.pk}/"
    assert (visit.patient, visit.starts, visit.practitioner) == (caller, at("08:00"), place.sanne)
    assert AccessEvent.objects.filter(event="appointment_booked", patient_id=str(caller.pk)).count() == 1
    assert "Geboekt: maandag 30 november 08:00 bij Sanne." in text(desk.get(first.url))


def test_a_call_that_begins_on_the_agenda_books_a_session(place: Place, desk: Client, caller: Patient) -> None:
    answer = desk.post("/telephone/", {"q": "boe"})
    assert '<option value="session" selected>' in text(answer)
    assert 'name="first" value="2026-11-28"' in text(answer)
    assert 'value="own" checked' in text(answer)
    assert places(answer)[0][:16] == "2026-11-30T08:00"


def test_a_place_that_went_meanwhile_is_refused_with_others(place: Place, desk: Client, caller: Patient) -> None:
    value = places(call(desk, patient=caller.pk))[0]
    place.visit("08:00", patient=place.patient("Visser"))
    answer = book(desk, caller, value)
    assert answer.status_code == 409
    assert "Niet geboekt." in text(answer)
    assert len(places(answer)) == 3
    assert value not in places(answer)


def test_a_booking_is_undone_within_half_a_minute_and_nobody_is_told(
    place: Place, desk: Client, caller: Patient, clock: time_machine.Traveller
) -> None:
    page = book(desk, caller, places(call(desk, patient=caller.pk))[0]).url
    clock.shift(29)
    assert "undo/" in text(desk.get(page))
    assert desk.post(f"{page}undo/").url == "/telephone/"
    assert Appointment.objects.get().state == "cancelled"
    assert not Message.objects.waiting().exists()
    assert desk.post(f"{page}undo/").url == "/telephone/"


def test_later_or_by_a_colleague_a_booking_is_not_undone(
    place: Place, desk: Client, caller: Patient, clock: time_machine.Traveller
) -> None:
    page = book(desk, caller, places(call(desk, patient=caller.pk))[0]).url
    colleague = Client()
    colleague.force_login(StaffFactory(roles=["front_desk", "manager"]))
    colleague.post(f"{page}undo/")
    clock.shift(31)
    assert "undo/" not in text(desk.get(page))
    desk.post(f"{page}undo/")
    assert Appointment.objects.get().state == "booked"


@pytest.mark.parametrize(
    "nonsense",
    [
        {},
        {"q": ""},
        {"first": "x"},
        {"page": -1},
        {"page": 10**9},
        {"kind": "song"},
        {"patient": "x"},
        {"first": "9999-12-31"},
    ],
)
def test_nonsense_offers_nothing_and_breaks_nothing(desk: Client, caller: Patient, nonsense: dict[str, object]) -> None:
    assert call(desk, **nonsense).status_code == 200
    assert desk.post("/telephone/book/", {"place": "x", "patient": caller.pk}).status_code == 422
    assert desk.post("/telephone/book/", {"place": "x"}).status_code == 422


def test_names_and_birth_dates_stay_out_of_addresses(place: Place, desk: Client, caller: Patient) -> None:
    assert "Boer" not in text(desk.get("/telephone/?q=boe"))
    assert AccessEvent.objects.filter(event="patients_searched").count() == 0
    call(desk, q="boe")
    assert AccessEvent.objects.filter(event="patients_searched").count() == 1
    assert AccessEvent.objects.filter(event="telephone_offers", patient_id=str(caller.pk)).exists()


# --- while a series is being proposed --------------------------------------------------------------------------------


def planned(place: Place) -> Plan:
    treated = {"patient": place.patient("Boer"), "practitioner": place.sanne, "location": place.location}
    return adopted(fields={f"episode__{what}": who for what, who in treated.items()})


def proposed(plan: Plan, by: Staff) -> Series:
    return actions.propose_series(plan=plan, request_key=uuid.uuid4(), by=by, now=timezone.now())


def test_the_next_session_is_booked_while_the_desk_itself_proposes_the_series(place: Place, desk: Client) -> None:
    plan = planned(place)
    series, patient = proposed(plan, place.desk), plan.episode.patient
    answer = call(desk, patient=patient.pk)
    assert "Zitting 1 van het plan, 30 minuten" in text(answer)
    assert "Je plant deze reeks nu in en houdt plaatsen vast tot 10:05." in text(answer)
    assert f"/plans/{plan.pk}/series/" in text(answer)
    value = places(answer)[0]
    page = book(desk, patient, value).url
    assert book(desk, patient, value).url == page
    visit = Appointment.objects.get()
    assert (visit.plan, visit.session_number, visit.state) == (plan, 1, "booked")
    assert "worden niet meer vastgehouden" in text(desk.get(page))
    assert "Zitting 2 van het plan" in text(call(desk, patient=patient.pk))
    said = text(desk.post(f"/series/{series.pk}/book/"))
    assert "Zitting 1 is intussen al geboekt, op 30-11 om 08:00." in said
    assert Appointment.objects.booked().get() == visit


def test_a_place_that_the_desk_holds_for_the_series_can_be_taken_itself(place: Place, desk: Client) -> None:
    plan = planned(place)
    first = placements_of(proposed(plan, place.desk))[0]
    offered = places(call(desk, patient=plan.episode.patient_id, first=first.start.date().isoformat()))
    assert f"{first.start:%Y-%m-%dT%H:%M}" in [value[:16] for value in offered]


def test_while_a_colleague_proposes_the_series_nothing_of_it_is_booked(place: Place, desk: Client) -> None:
    plan, colleague = planned(place), StaffFactory(name="Fatima", roles=["front_desk"])
    value = places(call(desk, patient=plan.episode.patient_id))[0]
    proposed(plan, colleague)
    answer = call(desk, patient=plan.episode.patient_id)
    assert places(answer) == []
    assert "Fatima plant deze reeks nu in en houdt plaatsen vast tot 10:05." in text(answer)
    assert f"/plans/{plan.pk}/series/" in text(answer)
    refused = book(desk, plan.episode.patient, value)
    assert refused.status_code == 409
    assert not Appointment.objects.booked().exists()


def test_once_the_hold_of_a_colleague_is_over_the_session_is_booked(
    place: Place, desk: Client, clock: time_machine.Traveller
) -> None:
    plan = planned(place)
    proposed(plan, StaffFactory(roles=["front_desk"]))
    clock.shift(301)
    book(desk, plan.episode.patient, places(call(desk, patient=plan.episode.patient_id))[0])
    assert Appointment.objects.booked().get().session_number == 1
