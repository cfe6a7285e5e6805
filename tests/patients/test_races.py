"""Two desks at the same moment."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from patients.actions import LostUpdate, SimilarPatients, change, register
from patients.models import Patient
from tests.factories.patients import PatientFactory
from tests.factories.practice import LocationFactory, StaffFactory

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
AT_ONCE = 8


def at_once(act: Callable[[int], Any]) -> list[Any]:
    """What `act` gives or raises in each of several threads that start together."""
    start = Barrier(AT_ONCE)

    def run(number: int) -> Any:
        try:
            start.wait()
            return act(number)
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run, range(AT_ONCE)))


def test_patients_registered_at_once_get_numbers_in_a_row() -> None:
    desk, location, now = StaffFactory(roles=["front_desk"]), LocationFactory(), timezone.now()

    def act(number: int) -> Patient:
        born = dt.date(1950 + number, 1, 13)
        details = {"family_name": "Abcdefgh"[number] * 5, "birth_date": born, "sex": "unknown"}
        return register(details=details, location=location, by=desk, now=now)

    numbers = sorted(patient.number for patient in at_once(act))
    assert numbers == list(range(numbers[0], numbers[0] + AT_ONCE))


def test_one_person_registered_at_once_is_registered_once() -> None:
    desk, location, now = StaffFactory(roles=["front_desk"]), LocationFactory(), timezone.now()
    details = {"family_name": "Boer", "given_name": "Jan", "birth_date": dt.date(1978, 3, 14), "sex": "male"}
    results = at_once(lambda _number: register(details=details, location=location, by=desk, now=now))
    assert Patient.objects.count() == 1
    assert sum(isinstance(result, SimilarPatients) for result in results) == AT_ONCE - 1


def test_changes_at_once_lose_nothing() -> None:
    desk, patient, now = StaffFactory(roles=["front_desk"]), PatientFactory(version=1), timezone.now()
    results = at_once(
        lambda number: change(patient=patient, version=1, details={"city": f"Stad {number}"}, by=desk, now=now)
    )
    assert sum(isinstance(result, LostUpdate) for result in results) == AT_ONCE - 1
    assert Patient.objects.get().version == 2
