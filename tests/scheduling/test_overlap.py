"""The database refuses that a practitioner, a room or a patient has two appointments at once, on every way to write."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from scheduling.models import Appointment
from tests.factories.practice import StaffFactory
from tests.factories.scheduling import MADE_AT, MONDAY_AT_NINE, AppointmentFactory

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)
HALF_HOUR = 30 * MINUTE
SHARED = [
    ("practitioner", "no_practitioner_has_two_appointments_at_once"),
    ("room", "no_room_has_two_appointments_at_once"),
    ("patient", "no_patient_has_two_appointments_at_once"),
]


def shared(first: Appointment, what: str, **other: Any) -> dict[str, Any]:
    """What a second appointment is made of that shares one thing with the first."""
    return {what: getattr(first, what), "location": first.location, **other}


@pytest.mark.parametrize(("what", "sentence"), SHARED)
@pytest.mark.parametrize(("shift", "minutes"), [(0, 30), (-29, 30), (29, 30), (10, 5), (-60, 180)])
def test_two_appointments_never_share_a_moment(what: str, sentence: str, shift: int, minutes: int) -> None:
    first = AppointmentFactory()
    starts = first.starts + shift * MINUTE
    with pytest.raises(IntegrityError, match=sentence):
        AppointmentFactory(**shared(first, what, starts=starts, ends=starts + minutes * MINUTE))


@pytest.mark.parametrize(("what", "_sentence"), SHARED)
@pytest.mark.parametrize("shift", [-30, 30])
def test_one_appointment_may_start_when_another_ends(what: str, _sentence: str, shift: int) -> None:
    first = AppointmentFactory()
    AppointmentFactory(**shared(first, what, starts=first.starts + shift * MINUTE))
    assert Appointment.objects.live().count() == 2


@pytest.mark.parametrize(("what", "sentence"), SHARED)
def test_moving_cannot_make_an_overlap(what: str, sentence: str) -> None:
    first = AppointmentFactory()
    second = AppointmentFactory(**shared(first, what, starts=first.starts + HALF_HOUR))
    with pytest.raises(IntegrityError, match=sentence):
        Appointment.objects.filter(pk=second.pk).update(starts=first.starts + 29 * MINUTE)


@pytest.mark.parametrize(("what", "sentence"), SHARED)
@pytest.mark.parametrize("state", ["cancelled", "late_cancelled"])
def test_a_cancelled_appointment_gives_its_place_back_and_cannot_take_it_again(
    what: str, sentence: str, state: str
) -> None:
    first = AppointmentFactory(state=state, cancelled_at=MADE_AT)
    AppointmentFactory(**shared(first, what))
    with pytest.raises(IntegrityError, match=sentence):
        Appointment.objects.filter(pk=first.pk).update(state="booked", cancelled_at=None)


def test_another_practitioner_cannot_be_given_a_second_appointment_at_once() -> None:
    first = AppointmentFactory()
    second = AppointmentFactory()
    with pytest.raises(IntegrityError, match="no_practitioner"):
        Appointment.objects.filter(pk=second.pk).update(practitioner=first.practitioner)


def test_many_rows_written_at_once_are_refused_all_the_same() -> None:
    first = AppointmentFactory()
    fields = {"kind": first.kind, "patient": first.patient, "practitioner": first.practitioner, "by": first.by}
    times = {"starts": MONDAY_AT_NINE + HALF_HOUR, "ends": MONDAY_AT_NINE + 2 * HALF_HOUR}
    made = {"location": first.location, "created_at": MADE_AT, "changed_at": MADE_AT}
    copies = [Appointment(**fields, **times, **made) for _ in range(2)]
    with pytest.raises(IntegrityError, match="_at_once"), transaction.atomic():
        Appointment.objects.bulk_create(copies)


@pytest.mark.parametrize("what", ["practitioner", "room"])
def test_a_practitioner_and_a_room_may_be_shared_on_purpose(what: str) -> None:
    first = AppointmentFactory()
    trainee = {"overlap_because": "Stagiair onder toezicht", "overlap_by": StaffFactory()}
    AppointmentFactory(**shared(first, what, **trainee))
    assert Appointment.objects.live().count() == 2


def test_a_patient_is_never_in_two_places_whatever_the_reason() -> None:
    first = AppointmentFactory()
    trainee = {"overlap_because": "Stagiair onder toezicht", "overlap_by": StaffFactory()}
    with pytest.raises(IntegrityError, match="no_patient"):
        AppointmentFactory(**shared(first, "patient", **trainee))


def test_a_held_place_is_taken() -> None:
    first = AppointmentFactory(state="held", held_until=MONDAY_AT_NINE)
    with pytest.raises(IntegrityError, match="no_room"):
        AppointmentFactory(**shared(first, "room"))


def test_an_overlap_on_purpose_needs_a_reason_and_somebody_who_stands_for_it() -> None:
    with pytest.raises(IntegrityError, match="an_overlap_on_purpose_says_why_and_by_whom"):
        AppointmentFactory(overlap_because="Stagiair")
