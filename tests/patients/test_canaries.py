"""A patient whose every detail is a canary: where may it be seen, and where never."""

import datetime as dt
import logging

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.urls import reverse

from patients.models import Episode, Patient
from practice.models import AccessEvent, Location
from tests.factories.patients import EpisodeFactory, PatientFactory, valid_bsn
from tests.factories.practice import LocationFactory, PractitionerFactory, StaffFactory

pytestmark = pytest.mark.django_db
BSN = valid_bsn(123)
NAME, GIVEN, BORN = "Kanariegeel", "Tjirpende", "09-07-1961"
READERS = ["physiotherapist", "front_desk", "manager"]
PAGES = ["patient", "patient_change", "consent_record", "episode_open"]
EPISODE_PAGES = ["episode", "episode_close"]


@pytest.fixture
def location() -> Location:
    return LocationFactory()


@pytest.fixture
def patient(location: Location) -> Patient:
    return PatientFactory(
        family_name=NAME, given_name=GIVEN, birth_date=dt.date(1961, 7, 9), bsn=BSN, location=location, number=77_777
    )


def client_as(role: str) -> Client:
    client = Client()
    client.force_login(StaffFactory(roles=[role], language="en"))
    return client


def addresses(patient: Patient, episode: Episode) -> list[str]:
    """Every page about this patient, the back office included."""
    pages = [reverse(name, args=[patient.pk]) for name in PAGES]
    pages += [reverse(name, args=[episode.pk]) for name in EPISODE_PAGES]
    pages += [reverse("admin:patients_patient_changelist"), reverse("admin:patients_patient_change", args=[patient.pk])]
    pages += [reverse("admin:patients_episode_changelist"), reverse("admin:patients_episode_change", args=[episode.pk])]
    return [*pages, reverse("patient_search"), reverse("patient_register")]


@pytest.mark.parametrize("role", [*READERS, "administrator"])
def test_no_page_shows_the_bsn(role: str, patient: Patient) -> None:
    client = client_as(role)
    for address in addresses(patient, EpisodeFactory(patient=patient)):
        response = client.get(address)
        assert BSN not in response.content.decode()
        assert BSN not in str(response.headers)


@pytest.mark.parametrize("role", ["administrator"])
def test_who_has_no_patients_sees_nothing_of_one(role: str, patient: Patient) -> None:
    client = client_as(role)
    for address in addresses(patient, EpisodeFactory(patient=patient)):
        response = client.get(address)
        assert response.status_code in (403, 404)
        assert not {NAME, GIVEN, "77777"} & set(response.content.decode().split())
        assert NAME not in response.content.decode()


def test_a_journey_leaves_no_identity_in_addresses_logs_and_other_tables(
    location: Location, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = client_as("front_desk")
    typed = {"family_name": NAME, "given_name": GIVEN, "birth_date": BORN, "sex": "male", "bsn": BSN}
    typed |= {"name_order": "own", "language": "nl", "location": location.pk}
    visited = [client.post(reverse("patient_register"), typed)]
    patient = Patient.objects.get()
    for said in (NAME, BORN, BSN):
        visited.append(client.post(reverse("patient_search"), {"q": said}))
    visited.append(client.post(reverse("patient_register"), {**typed, "bsn": "", "city": "Zeist"}))
    visited.append(client.post(reverse("bsn_reveal", args=[patient.pk])))
    opened = {"route": "direct_access", "practitioner": PractitionerFactory().pk, "location": location.pk}
    visited.append(client.post(reverse("episode_open", args=[patient.pk]), opened))
    visited.append(client.get(reverse("patient", args=[patient.pk])))
    visited += [client.get(f"/patients/{BSN}/"), client_as("manager").get(reverse("patient", args=[patient.pk]))]

    kept = [str(AccessEvent.objects.values()), str(LogEntry.objects.values())]
    kept += [str(session.get_decoded()) for session in Session.objects.all()]
    logged = "\n".join(record.getMessage() for record in caplog.records if record.name != "django.db.backends")
    logged = logged.replace(f"/patients/{BSN}/", "")  # an address that somebody else made up
    headers = "\n".join(str(response.headers) for response in visited)
    for canary in (NAME, GIVEN, BSN, BORN, "1961-07-09"):
        assert canary not in "\n".join([*kept, logged, headers])


def test_the_tables_keep_the_bsn_sealed(patient: Patient) -> None:
    with connection.cursor() as cursor:
        for table in ("patients_patient", "patients_searchtoken"):
            cursor.execute(f"select * from {table}")  # noqa: S608
            assert BSN not in str(cursor.fetchall())
    assert Patient.objects.get().bsn == BSN


class TestBackOffice:
    def test_a_manager_reads_and_each_reading_is_written_down(self, patient: Patient) -> None:
        client = client_as("manager")
        assert NAME in client.get(reverse("admin:patients_patient_changelist")).content.decode()
        page = client.get(reverse("admin:patients_patient_change", args=[patient.pk]))
        assert NAME in page.content.decode()
        assert 'name="_save"' not in page.content.decode()
        events = set(AccessEvent.objects.values_list("event", "patient_id"))
        assert {("patients_listed", ""), ("patient_read", str(patient.pk))} <= events

    def test_nobody_changes_or_adds_or_deletes_there(self, patient: Patient) -> None:
        client = client_as("manager")
        assert client.get(reverse("admin:patients_patient_add")).status_code == 403
        assert client.get(reverse("admin:patients_patient_delete", args=[patient.pk])).status_code == 403
        assert client.post(reverse("admin:patients_patient_change", args=[patient.pk]), {}).status_code == 403

    def test_the_desk_has_no_back_office(self, patient: Patient) -> None:
        assert client_as("front_desk").get(reverse("admin:patients_patient_changelist")).status_code == 403

    def test_a_manager_keeps_the_list_of_care_providers(self) -> None:
        client = client_as("manager")
        typed = {"kind": "gp", "name": "Huisartsen Noord", "agb": "1234567", "is_active": "on"}
        page = client.post(reverse("admin:patients_externalprovider_add"), typed).content.decode()
        assert "eight digits" in page
        saved = client.post(reverse("admin:patients_externalprovider_add"), {**typed, "agb": "01234567"})
        assert saved.status_code == 302
        assert AccessEvent.objects.filter(event="externalprovider_added").exists()
