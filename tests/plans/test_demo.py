"""The demo data: loaded once, through the rules, and never beside real patients."""

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone

from intake.models import Intake, PatientLink
from patients.domain.bsn import passes_11_test
from patients.models import Patient
from plans.models import Deviation, FollowUp, NoCourse, PatientAlarm, Plan, Referral
from plans.policies import hold_on
from practice.models import Practitioner, Staff
from tests.factories.patients import PatientFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(settings: LazySettings) -> None:
    settings.DEMO = True
    call_command("load_content", verbosity=0)
    call_command("load_demo", verbosity=0)


def test_the_demo_shows_every_stage_of_care_and_is_loaded_once(demo: None, client: Client) -> None:
    patients = Patient.objects.all()
    assert patients.count() == 24
    assert {patient.bsn[0] for patient in patients} == {"9"}
    assert all(passes_11_test(patient.bsn) for patient in patients)
    assert Practitioner.objects.count() == 4
    assert Intake.objects.get(status="draft").last_section == "examination"
    assert len(set(Plan.objects.values_list("template", flat=True))) >= 14
    assert {"active", "paused", "completed"} <= set(Plan.objects.values_list("life", flat=True))
    assert set(Plan.objects.values_list("current_revision__review", flat=True)) == {"submitted", "approved", "returned"}
    assert Deviation.objects.exists()
    assert NoCourse.objects.count() == 1
    assert Referral.objects.filter(discipline="gp").exists()
    emergency = Intake.objects.get(urgency="emergency", status="completed")
    assert FollowUp.objects.filter(intake=emergency, outcome="no_treatment").exists()
    held = Intake.objects.filter(urgency="within_24h", follow_ups=None)
    assert held
    assert all(hold_on(intake, intake.suggestions.first().trace).held for intake in held)
    assert PatientAlarm.objects.open().count() == 1
    assert PatientLink.objects.filter(finished_at__isnull=False).exists()
    assert Intake.objects.filter(started_at__gt=timezone.now()).count() == 0
    client.force_login(Staff.objects.get(email="sanne@traject.example"))
    assert client.get("/").status_code == 200
    call_command("load_demo", verbosity=0)
    assert Patient.objects.count() == 24


def people(seed: int) -> list[tuple[str, ...]]:
    """Who the demo registers with this seed; nothing of it stays."""
    with transaction.atomic():
        call_command("load_demo", seed=seed, verbosity=0)
        found = list(Patient.objects.order_by("number").values_list("family_name", "phone", "street", "gp__name"))
        transaction.set_rollback(True)
    return found


def test_the_same_seed_gives_the_same_people(settings: LazySettings) -> None:
    settings.DEMO = True
    call_command("load_content", verbosity=0)
    assert people(seed=3) == people(seed=3)


def test_the_demo_is_refused_outside_a_demo() -> None:
    with pytest.raises(CommandError, match="DEMO=1"):
        call_command("load_demo")


def test_the_demo_is_refused_beside_real_patients(settings: LazySettings) -> None:
    settings.DEMO = True
    PatientFactory()
    with pytest.raises(CommandError, match="not made up"):
        call_command("load_demo")
    assert Patient.objects.count() == 1
