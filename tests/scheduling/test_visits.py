"""Visits come to pass, are missed, cancelled and taken up again; the database keeps their place theirs alone."""

import datetime as dt
from typing import Any

import pytest

from patients.policies import Refused
from practice.models import AccessEvent, Staff
from scheduling import actions
from scheduling.models import Appointment, Message
from tests.factories.practice import StaffFactory
from tests.factories.scheduling import MONDAY_AT_NINE, AppointmentFactory

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
LONG_BEFORE = MONDAY_AT_NINE - 72 * HOUR


@pytest.fixture
def by() -> Staff:
    """Somebody at the desk."""
    return StaffFactory(roles=["front_desk"])


def again(visit: Appointment) -> Appointment:
    """The visit as it is stored now."""
    return Appointment.objects.get(pk=visit.pk)


def cancelled(visit: Appointment, by: Staff, now: dt.datetime = LONG_BEFORE, because: str = "patient") -> Appointment:
    """The visit, cancelled."""
    return actions.cancel(appointment=visit, version=visit.version, because=because, by=by, now=now)


@pytest.mark.parametrize(
    ("verb", "state", "event"),
    [
        (actions.arrive, "arrived", "appointment_arrived"),
        (actions.finish, "done", "appointment_done"),
        (actions.miss, "no_show", "appointment_missed"),
    ],
)
def test_a_visit_takes_a_step_that_is_logged(by: Staff, verb: Any, state: str, event: str) -> None:
    visit = AppointmentFactory()
    verb(appointment=visit, version=1, by=by, now=MONDAY_AT_NINE)
    assert (again(visit).state, again(visit).version) == (state, 2)
    logged = AccessEvent.objects.get(event=event)
    assert (logged.patient_id, logged.user_id) == (str(visit.patient_id), str(by.pk))


def test_a_step_can_be_taken_back(by: Staff) -> None:
    visit = AppointmentFactory()
    actions.miss(appointment=visit, version=1, by=by, now=MONDAY_AT_NINE + HOUR)
    actions.step_back(appointment=visit, version=2, by=by, now=MONDAY_AT_NINE + HOUR)
    assert again(visit).state == "booked"


@pytest.mark.parametrize(
    ("because", "before", "state"),
    [("patient", 72, "cancelled"), ("patient", 3, "late_cancelled"), ("practice", 3, "cancelled")],
)
def test_cancelling_tells_by_whom_and_whether_it_was_late(by: Staff, because: str, before: int, state: str) -> None:
    visit = AppointmentFactory()
    now = MONDAY_AT_NINE - before * HOUR
    cancelled(visit, by, now, because)
    stored = again(visit)
    assert (stored.state, stored.cancel_reason, stored.cancelled_at) == (state, because, now)
    assert stored.sequence == 1


def test_who_saw_an_older_version_overwrites_nothing(by: Staff) -> None:
    visit = AppointmentFactory()
    actions.arrive(appointment=visit, version=1, by=by, now=MONDAY_AT_NINE)
    with pytest.raises(actions.Stale) as refused:
        actions.miss(appointment=visit, version=1, by=by, now=MONDAY_AT_NINE + HOUR)
    assert refused.value.current.state == "arrived"
    assert again(visit).state == "arrived"


def test_what_the_table_does_not_allow_is_refused_in_words(by: Staff) -> None:
    visit = AppointmentFactory(state="done")
    with pytest.raises(Refused, match="gedaan"):
        actions.cancel(appointment=visit, version=1, because="patient", by=by, now=LONG_BEFORE)


def test_a_cancelled_visit_is_taken_up_again_while_its_place_is_free(by: Staff) -> None:
    visit = cancelled(AppointmentFactory(), by)
    actions.take_up(appointment=visit, version=2, by=by, now=LONG_BEFORE + HOUR)
    stored = again(visit)
    assert (stored.state, stored.cancelled_at, stored.cancel_reason, stored.sequence) == ("booked", None, "", 2)


@pytest.mark.parametrize("what", ["practitioner", "room", "patient"])
def test_a_place_that_was_given_away_cannot_be_taken_up_again(by: Staff, what: str) -> None:
    visit = cancelled(AppointmentFactory(), by)
    AppointmentFactory(**{what: getattr(visit, what)}, location=visit.location)
    with pytest.raises(actions.PlaceTaken) as refused:
        actions.take_up(appointment=visit, version=2, by=by, now=LONG_BEFORE)
    assert refused.value.what == what
    assert again(visit).state == "cancelled"


def test_several_visits_are_cancelled_at_once_and_the_patient_told_each(by: Staff) -> None:
    visits = [AppointmentFactory(), AppointmentFactory(state="done")]
    assert actions.cancel_all(visits=visits, because="practice", by=by, now=LONG_BEFORE) == 1
    assert again(visits[1]).state == "done"
    assert list(Message.objects.values_list("appointment", "kind")) == [(visits[0].pk, "changed")]
