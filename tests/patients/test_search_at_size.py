"""Search among some thousand patients gives what a plain reading of the same words gives."""

import datetime as dt
import random
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from patients.domain.folding import words
from patients.domain.search import parse
from patients.models import Patient, SearchToken, TreatmentRelationship
from practice.models import Staff
from tests.factories.patients import PatientFactory
from tests.factories.practice import LocationFactory, StaffFactory

pytestmark = pytest.mark.django_db
COUNT = 3000
GIVEN = ["Jan", "Janna", "Şahin", "Piet", "Maria", "Noor", "Elif", "Bram", "Zoë"]
FAMILY = ["Jansen", "Boer", "Boersma", "Berg", "O'Brien", "Núñez", "Yılmaz", "Dijk", "Bruijn"]
PREFIXED = [("van", "Rijn"), ("van der", "Berg"), ("el", "Idrissi"), ("'t", "Hart"), ("ten", "Brink"), ("d'", "Hondt")]
LOOK_ALIKE = [("", "Vandenberg"), ("", "Elbers"), ("", "Ten"), ("", "El Amrani"), ("van den", "Berg"), ("", "Rijk")]


@pytest.fixture
def staff() -> Staff:
    """Somebody whose team treats every second of the patients."""
    chance, now = random.Random(7), timezone.now()
    made = StaffFactory(roles=["physiotherapist"])
    mine = LocationFactory()
    patients = [
        Patient(
            number=20_000 + number,
            given_name=chance.choice(GIVEN),
            family_name=chance.choice(FAMILY) + chance.choice(["", "s", "man"]),
            birth_date=dt.date(1940, 1, 1) + dt.timedelta(days=chance.randrange(25_000)),
            phone=f"+316{chance.randrange(10**8):08}",
            sex="unknown",
            registered_at=now,
            registered_by=made,
            changed_at=now,
        )
        for number in range(COUNT)
    ]
    for patient in patients:
        patient.sort_name = patient.name.sort_key()
    Patient.objects.bulk_create(patients)
    SearchToken.objects.bulk_create(
        SearchToken(patient=patient, kind=kind, token=token)
        for patient in patients
        for kind, token in sorted(patient.findable_by())
    )
    TreatmentRelationship.objects.bulk_create(
        TreatmentRelationship(patient=patient, location=mine, basis="registration", from_at=now, started_by=made)
        for patient in patients[::2]
    )
    return made


def begins(patient: Patient, *parts: str) -> bool:
    """Whether each part begins one of the patient's names."""
    names = words(f"{patient.given_name} {patient.family_name}")
    return all(any(name.startswith(part) for name in names) for part in parts)


def test_a_search_finds_all_and_only_the_visible_patients_that_match(staff: Staff) -> None:
    visible = list(Patient.objects.visible_to(staff))
    assert len(visible) == COUNT // 2
    asked = [("obrienman zoe", ("obrienman", "zoe")), ("nunezs jan", ("nunezs", "jan")), ("yilm sah", ("yilm", "sah"))]
    for text, parts in asked:
        found = Patient.objects.visible_to(staff).matching(parse(text), limit=COUNT)
        assert {patient.pk for patient in found.patients} == {each.pk for each in visible if begins(each, *parts)}
        assert not found.more
    for patient in visible[:20]:
        for text in (f"{patient.birth_date:%d%m}", patient.phone[-6:], str(patient.number)):
            found = Patient.objects.visible_to(staff).matching(parse(text), limit=COUNT)
            assert patient in found.patients


def test_a_page_holds_the_closest_names_and_says_that_there_are_more(staff: Staff) -> None:
    found = Patient.objects.visible_to(staff).matching(parse("boer"), limit=20)
    assert found.more
    assert len(found.patients) == 20
    assert {patient.family_name for patient in found.patients} == {"Boer"}


def test_a_search_takes_two_queries(staff: Staff, django_assert_num_queries: object) -> None:
    assert staff.current_grants
    with django_assert_num_queries(2):  # type: ignore[operator]
        Patient.objects.visible_to(staff).matching(parse("boer jan"), limit=20)


@pytest.fixture
def named() -> Staff:
    """Somebody whose patients have prefixes in their names, or names that look like one."""
    made = StaffFactory(roles=["physiotherapist"])
    mine = LocationFactory()
    people = [*(("Ada", *surname) for surname in [*PREFIXED, *LOOK_ALIKE]), ("Vanessa", "", "Roos")]
    for given, prefix, family in people:
        patient = PatientFactory(given_name=given, initials="", prefix=prefix, family_name=family)
        patient.refresh_search()
        TreatmentRelationship.objects.create(
            patient=patient, location=mine, basis="registration", from_at=timezone.now(), started_by=made
        )
    return made


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("van", ["Vandenberg", "Vanessa Roos", "van den Berg", "van der Berg", "van Rijn"]),
        ("van r", ["van Rijn", "Vanessa Roos"]),
        ("van rij", ["van Rijn", "Rijk"]),
        ("ada van rijn", ["van Rijn"]),
        ("Rijn, van", ["van Rijn"]),
        ("van der", ["van der Berg"]),
        ("van der b", ["van der Berg"]),
        ("van der berg", ["van der Berg", "van den Berg"]),
        ("der b", ["van der Berg"]),
        ("el", ["El Amrani", "Elbers", "el Idrissi"]),
        ("el ", ["El Amrani", "Elbers", "el Idrissi"]),
        ("el idr", ["el Idrissi"]),
        ("El Idrissi", ["el Idrissi"]),
        ("el a", ["El Amrani", "Elbers"]),
        ("'t h", ["'t Hart"]),
        ("’t Hart", ["'t Hart"]),
        ("ten", ["Ten", "ten Brink"]),
        ("ten br", ["ten Brink"]),
        ("d'hon", ["d'Hondt"]),
        ("van q", []),
    ],
)
def test_a_prefix_and_the_beginning_of_a_name_find_who_is_called_so(
    named: Staff, typed: str, found: list[str], django_assert_max_num_queries: object
) -> None:
    assert named.current_grants
    with django_assert_max_num_queries(4):  # type: ignore[operator]
        page = Patient.objects.visible_to(named).matching(parse(typed), limit=20)
    called = [f"{one.given_name} {one.name.surname()}".removeprefix("Ada ") for one in page.patients]
    assert called == found


def test_patients_of_before_are_found_by_their_prefix_too(named: Staff) -> None:
    def tokens() -> list[tuple[object, ...]]:
        return sorted(SearchToken.objects.values_list("patient__number", "kind", "token"))

    there, move = tokens(), import_module("patients.migrations.0002_surnames_are_found_by_their_prefix")
    move.remove_surnames(apps, connection.schema_editor())
    assert len(tokens()) < len(there)
    for _again in range(2):
        move.add_surnames(apps, connection.schema_editor())
        assert tokens() == there
