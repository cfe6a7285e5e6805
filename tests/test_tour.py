"""A walk through Traject, from a telephone call to the manager who reads the plan. Read this first."""

import pytest
from django.core.management import call_command
from django.test import Client

from intake.models import QuestionnaireVersion
from tests.factories.practice import LocationFactory, PractitionerFactory, StaffFactory
from tests.screens import answer_everything, as_shown, text

PATIENT = {"given_name": "Jan", "family_name": "van der Berg", "birth_date": "14-03-1978", "sex": "male"}
PATIENT |= {"name_order": "own", "language": "nl", "share_with_gp": "given"}
COMPLAINT = {
    "request_for_help": "Weer een dag kunnen tegelen",
    "weeks_since_onset": 2,
    "onset": "after_lifting",
    "nprs": 7,
}


@pytest.mark.django_db
def test_from_registration_to_an_adopted_plan_that_the_manager_finds(client: Client) -> None:
    call_command("load_content", verbosity=0)
    LocationFactory()
    therapist = PractitionerFactory(staff=StaffFactory(email="sanne@example.org", password="a-long-password"))
    client.post("/sign-in/", {"username": "Sanne@example.org", "password": "a-long-password"})

    record = client.post("/patients/register/", PATIENT).url
    episode = client.post(f"{record}episodes/open/", {"route": "direct_access", "practitioner": therapist.pk}).url

    low_back = QuestionnaireVersion.objects.get(code="low_back")
    intake = client.post(f"{episode}intakes/start/", {"questionnaire": low_back.pk}).url
    answer_everything(client, intake, COMPLAINT)

    suggestions = client.post(intake, {"complete": "yes"}).url
    assert "Acute lage rugpijn" in text(client.get(suggestions))

    adopt = suggestions.replace("suggestions/", "adopt/low_back_acute_profile_2/")
    agreed = {"goal_text": "Een dag tegelen", "discussed": "on"}
    plan = client.post(adopt, as_shown(client.get(adopt)) | agreed).url
    assert "Een dag tegelen" in text(client.get(plan))
    assert client.get(f"{plan}plan.pdf", {"language": "nl"}).content.startswith(b"%PDF")
    assert plan in text(client.get("/"))

    client.force_login(StaffFactory(roles=["manager"]))
    assert "Berg" in text(client.get("/admin/plans/plan/"))
    assert "Een dag tegelen" in text(client.get(f"/admin/plans{plan.replace('plans', 'plan')}change/"))
