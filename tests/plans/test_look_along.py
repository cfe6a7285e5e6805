"""Looking along: a patient sees their own words, body chart, goals and course, and nothing else."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from intake import actions as intake_actions
from intake.actions import Taken
from intake.models import Intake
from plans.models import Plan
from practice.models import AccessEvent, Staff
from tests.factories.plans import adopted, draft, suggested
from tests.factories.practice import StaffFactory
from tests.screens import text

pytestmark = pytest.mark.django_db

SECRET = "geheimwoord"
WORDS = "Weer met mijn dochter zwemmen"
SHOWN = {"request_for_help": WORDS, "psk_1_activity": "traplopen", "psk_1": 7, "nprs": 6}
CHART = {"low_back_left": {"kinds": ["pain"], "intensity": 6}}
OWN_WORDS = {"goal_activity", "psk_2_activity", "psk_3_activity"}


@pytest.fixture
def therapist() -> Staff:
    return StaffFactory(roles=["physiotherapist"], language="nl")


@pytest.fixture
def client(therapist: Staff) -> Client:
    client = Client()
    client.force_login(therapist)
    return client


def full(therapist: Staff) -> Intake:
    """A draft in which every text but the patient's own is a secret, and a red flag was answered with yes."""
    intake = draft(SHOWN | {"pain_chart": CHART, "night_pain": True}, author=therapist)
    for section in intake.questionnaire.sections:
        texts = [item.code for item in section.items if item.kind.value in ("text", "long_text")]
        values = {code: SECRET for code in texts if code not in {*SHOWN, *OWN_WORDS}}
        asked = {"intake": intake, "section": section.code, "values": values, "base": intake.answers()}
        intake_actions.save_section(**asked, by=therapist, now=timezone.now())
    return Intake.objects.with_patient().get(pk=intake.pk)


@pytest.fixture
def plan(therapist: Staff) -> Plan:
    month = timezone.localdate() - dt.timedelta(days=28)
    plan = adopted(suggested(SHOWN | {"pain_chart": CHART, "diagnosis_text": SECRET}, author=therapist, date=month))
    intake_actions.measure(
        intake=plan.intake,
        taken=Taken(timezone.localdate(), {"nprs": 3, "psk_1": 2}, chart={}),
        by=therapist,
        now=timezone.now(),
    )
    return plan


def test_an_intake_shows_the_patients_words_and_chart_while_it_is_recorded(client: Client, therapist: Staff) -> None:
    page = text(client.get(reverse("intake_look_along", args=[full(therapist).pk])))
    assert WORDS in page
    assert "Lage rug, links: pijn (6 van 10)" in page
    assert "traplopen" in page


def test_nothing_else_of_the_record_is_on_it(client: Client, therapist: Staff) -> None:
    intake = full(therapist)
    patient = intake.patient
    page = client.get(reverse("intake_look_along", args=[intake.pk])).content.decode()
    assert SECRET not in page
    for hidden in (patient.family_name, patient.number, str(patient.birth_date.year), "BSN", "rode vlag", "Rode vlag"):
        assert str(hidden) not in page
    flag = intake.questionnaire.items["night_pain"]
    assert flag.label.nl not in page


def test_there_is_no_way_to_another_patient_from_it(client: Client, plan: Plan) -> None:
    page = client.get(reverse("plan_look_along", args=[plan.pk])).content.decode()
    assert "search" not in page
    assert "<nav" not in page
    assert f'href="{reverse("today")}"' not in page
    assert page.count(f'href="{reverse("plan", args=[plan.pk])}"') == 2


def test_a_plan_shows_goals_course_and_chart_then_and_now(client: Client, plan: Plan) -> None:
    page = text(client.get(reverse("plan_look_along", args=[plan.pk])))
    assert "Weer een volle dag werken" in page
    assert "Hoeveel pijn had u gemiddeld in de laatste 24 uur?" in page
    assert "duidelijk beter vanaf 4" in page
    assert "1 gebied werd er 0" in page
    assert "NPRS" not in page
    assert "PSK" not in page
    assert SECRET not in page


def test_it_speaks_english_too(plan: Plan, therapist: Staff) -> None:
    therapist.language = "en"
    therapist.save()
    client = Client()
    client.force_login(therapist)
    page = text(client.get(reverse("plan_look_along", args=[plan.pk])))
    assert "What you came for" in page
    assert "How much pain did you have on average in the last 24 hours?" in page


@pytest.mark.parametrize(("route", "event"), [("plan_look_along", "plan_looked_along")])
def test_looking_along_is_in_the_access_log(client: Client, plan: Plan, route: str, event: str) -> None:
    client.get(reverse(route, args=[plan.pk]))
    assert AccessEvent.objects.get(event=event).patient_id == str(plan.episode.patient_id)


@pytest.mark.parametrize("role", ["front_desk", "manager"])
def test_who_reads_no_clinical_content_does_not_look_along(plan: Plan, role: str) -> None:
    client = Client()
    client.force_login(StaffFactory(roles=[role]))
    assert client.get(reverse("plan_look_along", args=[plan.pk])).status_code == 403


def test_each_screen_of_care_leads_to_it(client: Client, plan: Plan, therapist: Staff) -> None:
    assert reverse("plan_look_along", args=[plan.pk]) in text_of(client, "plan", plan.pk)
    look = reverse("intake_look_along", args=[plan.intake_id])
    assert look in text_of(client, "suggestions", plan.intake_id)
    open_intake = full(therapist)
    assert reverse("intake_look_along", args=[open_intake.pk]) in text_of(client, "intake", open_intake.pk)


def text_of(client: Client, route: str, pk: object) -> str:
    return client.get(reverse(route, args=[pk])).content.decode()
