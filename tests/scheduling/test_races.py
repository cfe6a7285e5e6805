"""Many at the same moment: one wins, the others are told what they can have instead, and nothing overlaps."""

import datetime as dt
import os
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from random import Random
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from patients.models import Patient
from patients.policies import Refused
from plans.models import Plan
from practice.models import Location, Practitioner, Room, Staff
from scheduling import actions
from scheduling.actions.bookings import as_json
from scheduling.domain.clock import wall_time
from scheduling.domain.instance import Placement
from scheduling.models import Appointment, AppointmentKind, Series
from tests.factories.patients import EpisodeFactory, PatientFactory
from tests.factories.plans import adopted
from tests.factories.practice import (
    LocationFactory,
    PractitionerFactory,
    RoomFactory,
    StaffFactory,
    WorkingHoursFactory,
)

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
CLIENTS = int(os.environ.get("TRAJECT_RACE_CLIENTS", "50"))
ROUNDS = int(os.environ.get("TRAJECT_RACE_ROUNDS", "3"))  # of one visit; 200 before a release
SERIES_ROUNDS = -(-ROUNDS // 20)  # of a whole series, whose losers each get a new proposal: that takes longer
SERIES_CLIENTS = -(-CLIENTS // 3)
THREADS = 7  # at work at once; the others wait in line, as they do before the server
PROCESSES, TRIES = 8, 25  # that write at random, and how often each of them tries
PAUSE = 0.2  # seconds at most between two writes of one process; SQLite lets writers wait in no order
MOVES = 0.4  # of what is written at random, the rest are bookings
SEED = 11
CONFLICT, FOUND = 409, 302


@pytest.fixture
def place() -> Location:
    """A location without opening hours, with rooms enough."""
    location = LocationFactory()
    RoomFactory.create_batch(3, location=location)
    return location


def works(place: Location) -> Any:
    """Somebody who works every day of the week."""
    who = PractitionerFactory()
    for weekday in range(1, 8):
        WorkingHoursFactory(practitioner=who, location=place, weekday=weekday)
    return who


def another(plan: Plan, location: Location) -> Plan:
    """A plan like this one, with one session, for another patient."""
    revision, session = plan.current_revision, plan.current_revision.planned_sessions.first()
    copy = Plan.objects.get(pk=plan.pk)
    copy.pk, copy._state.adding, copy.current_revision = uuid.uuid4(), True, None
    copy.episode = EpisodeFactory(patient=PatientFactory(location=location), practitioner=plan.episode.practitioner)
    copy.save()
    revision.pk, revision.plan = None, copy
    revision.save()
    session.pk, session.revision = None, revision
    session.save()
    copy.current_revision = revision
    copy.save()
    return copy


def at_once(act: Any, count: int, threads: int) -> list[Any]:
    """What `act` gives or raises for each of many who come at the same moment, in the threads that a server has."""

    def run(number: int) -> Any:
        try:
            return act(number)
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, range(count)))


def proposed(plan: Plan, there: Placement, by: Staff) -> Series:
    """A proposal of one place that is not held any more: everybody may still try to book it."""
    kept = {"placements": [as_json(there)], "pins": [], "skips": []}
    return Series.objects.create(plan=plan, request_key=uuid.uuid4(), by=by, held_at=timezone.now(), proposal=kept)


class Contest:
    """Many who come for one place at the same moment, again and again: each time one gets it, and others are helped."""

    def __init__(self, desk: Staff) -> None:
        self.signed_in = Client()
        self.signed_in.force_login(desk)
        assert self.signed_in.session[SESSION_KEY]
        self.day = wall_time(timezone.now()).date() + dt.timedelta(days=2)

    def start(self, number: int) -> dt.datetime:
        """When the place of a round begins."""
        return dt.datetime.combine(self.day + dt.timedelta(days=number % 5), dt.time(9))

    def round(self, clients: int, post: Callable[[Client, int], Any], said: str, helped: str) -> None:
        """One of the clients books, the others read `said` and find `helped` on their page."""
        Appointment.objects.all().delete()

        def book(at: int) -> Any:
            browser = Client(headers={"Accept-Language": "en"})
            browser.cookies = self.signed_in.cookies
            return post(browser, at)

        answers = at_once(book, clients, THREADS)
        assert [answer for answer in answers if isinstance(answer, Exception)] == []
        assert sorted(answer.status_code for answer in answers) == [FOUND, *[CONFLICT] * (clients - 1)]
        assert Appointment.objects.booked().count() == 1
        for answer in answers:
            if answer.status_code == CONFLICT:
                page = answer.content.decode()
                assert said in page
                assert helped in page


def test_of_many_who_book_one_place_one_gets_it_and_the_others_get_other_places(place: Location) -> None:
    sanne, desk = works(place), StaffFactory(roles=["front_desk"])
    patients = PatientFactory.create_batch(CLIENTS, location=place)
    room, contest = place.rooms.first(), Contest(desk)
    for number in range(ROUNDS):
        there = f"{contest.start(number):%Y-%m-%dT%H:%M} {sanne.pk} {room.pk} {place.pk}"

        def post(browser: Client, at: int, there: str = there) -> Any:
            sent = {"patient": patients[at].pk, "kind": "session", "who": "anyone", "place": there}
            return browser.post(reverse("dock_book"), sent)

        contest.round(CLIENTS, post, said="is taken then", helped='class="dock-option"')


def test_of_many_who_book_a_series_one_gets_it_and_the_others_get_another_proposal(place: Location) -> None:
    sanne, desk = works(place), StaffFactory(roles=["front_desk"])
    first = adopted(fields={"episode__practitioner": sanne, "episode__location": place})
    plans = [another(first, place) for _ in range(SERIES_CLIENTS)]
    room, contest = place.rooms.first(), Contest(desk)
    for number in range(SERIES_ROUNDS):
        there = Placement(1, contest.start(number), 30, str(sanne.pk), str(room.pk), str(place.pk))
        series = [proposed(plan, there, desk) for plan in plans]

        def post(browser: Client, at: int, series: list[Series] = series) -> Any:
            return browser.post(reverse("series_book", args=[series[at].pk]))

        contest.round(SERIES_CLIENTS, post, said="Nothing was booked", helped='class="proposal-')


def overlaps() -> int:
    """Pairs of live appointments that share a moment and a practitioner, a room or a patient."""
    rows = list(Appointment.objects.live().values_list("starts", "ends", "practitioner_id", "room_id", "patient_id"))
    return sum(
        one[0] < other[1] and other[0] < one[1] and any(one[k] == other[k] for k in (2, 3, 4))
        for at, one in enumerate(rows)
        for other in rows[at + 1 :]
    )


class Desk:
    """Somebody who books and moves visits at random, in an agenda that has room for few of them."""

    def __init__(self, number: int) -> None:
        self.chance = Random(SEED + number)
        self.by = Staff.objects.get(role_grants__role="front_desk")
        self.people, self.rooms = list(Practitioner.objects.all()), list(Room.objects.all())
        self.patients, self.kind = list(Patient.objects.all()), AppointmentKind.objects.named("session")
        self.day = wall_time(timezone.now()).date() + dt.timedelta(days=2)

    def somewhere(self) -> Placement:
        """A place that may be taken or not."""
        start = dt.datetime.combine(self.day, dt.time(8)) + dt.timedelta(minutes=15 * self.chance.randrange(32))
        who, room = self.chance.choice(self.people), self.chance.choice(self.rooms)
        return Placement(1, start, 30, str(who.pk), str(room.pk), str(room.location_id))

    def write(self) -> None:
        """Move a visit, or book one."""
        visit = Appointment.objects.booked().order_by("?").first()
        how: dict[str, Any] = {"placement": self.somewhere(), "by": self.by, "now": timezone.now()}
        if visit is not None and self.chance.random() < MOVES:
            actions.move_appointment(appointment=visit, version=visit.version, **how)
        else:
            actions.book_one(patient=self.chance.choice(self.patients), kind=self.kind, **how)

    def work(self) -> list[str]:
        """Try a number of times; gives what went wrong in another way than by a refusal."""
        strange = []
        for _try in range(TRIES):
            time.sleep(self.chance.random() * PAUSE)
            try:
                self.write()
            except (Refused, actions.Stale):
                continue
            except Exception as error:
                strange.append(repr(error))
        return strange


def _work(number: int) -> list[str]:
    return Desk(number).work()


def test_processes_that_book_and_move_at_random_never_overlap(place: Location) -> None:
    for _number in range(2):
        works(place)
    PatientFactory.create_batch(4)
    StaffFactory(roles=["front_desk"])
    connection.close()
    if connection.vendor == "postgresql":
        connection.close_pool()
    with get_context("fork").Pool(PROCESSES) as processes:
        assert processes.map(_work, range(PROCESSES)) == [[]] * PROCESSES
    assert overlaps() == 0
    assert Appointment.objects.booked().count() > 4
