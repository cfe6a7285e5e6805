"""Registering a patient: number, relationship, duplicates, and what is kept of the BSN."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from patients.actions import SimilarPatients, register
from patients.models import Patient
from practice.models import Staff
from tests.factories.patients import PatientFactory, valid_bsn
from tests.factories.practice import LocationFactory, StaffFactory

NOW = timezone.now()


@pytest.fixture
def desk(db: None) -> Staff:
    return StaffFactory(roles=["front_desk"])


def details(**changed: Any) -> dict[str, Any]:
    """What a desk types for one patient."""
    typed = {
        "family_name": "Boer",
        "prefix": "de",
        "given_name": "Jan",
        "birth_date": dt.date(1978, 3, 14),
        "sex": "male",
    }
    return typed | changed


def enrol(by: Staff, typed: dict[str, Any] | None = None, **options: Any) -> Patient:
    """Register at a new location."""
    options = {"location": LocationFactory(), "details": typed or details()} | options
    return register(**options, by=by, now=NOW)


def test_registrations_are_numbered_in_a_row(desk: Staff) -> None:
    first = enrol(desk)
    second = enrol(desk, details(family_name="Yilmaz"))
    assert second.number == first.number + 1


def test_who_registers_sees_the_patient_and_other_roles_without_patients_do_not(desk: Staff) -> None:
    patient = enrol(desk)
    assert patient in Patient.objects.visible_to(desk)
    assert patient not in Patient.objects.visible_to(StaffFactory(roles=["administrator"]))


def test_the_bsn_is_unreadable_in_the_database_and_bound_to_its_row(desk: Staff) -> None:
    number = valid_bsn(7)
    patient = enrol(desk, bsn=number)
    with connection.cursor() as cursor:
        cursor.execute("select * from patients_patient")
        assert number not in str(cursor.fetchall())
        cursor.execute("select * from patients_searchtoken")
        assert number not in str(cursor.fetchall())
    assert Patient.objects.get(pk=patient.pk).bsn == number


def test_a_similar_patient_stops_a_registration_until_it_is_set_aside(desk: Staff) -> None:
    known = PatientFactory(given_name="Jan", family_name="Boer")
    with pytest.raises(SimilarPatients) as stopped:
        enrol(desk)
    assert [each.patient for each in stopped.value.similar] == [known]
    with pytest.raises(SimilarPatients):
        enrol(desk, known={known.pk})
    patient = enrol(desk, known={known.pk}, reason="cousins")
    assert patient.registered_despite == "cousins"
    assert Patient.objects.count() == 2


def test_a_bsn_belongs_to_one_patient_whatever_is_set_aside(desk: Staff) -> None:
    known = PatientFactory(bsn=valid_bsn(9))
    typed = details(family_name="Anders", birth_date=dt.date(1990, 1, 2))
    with pytest.raises(SimilarPatients) as stopped:
        enrol(desk, typed, bsn=valid_bsn(9))
    assert stopped.value.similar[0].certain
    with pytest.raises(SimilarPatients):
        enrol(desk, typed, bsn=valid_bsn(9), known={known.pk}, reason="other")
    assert Patient.objects.count() == 1
