"""From an episode to an adopted plan and its papers, through the screens."""

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from intake.models import Intake
from plans import actions
from plans.domain.protocol import compose
from plans.management.content_files import read_protocol_content
from plans.models import Plan
from tests.factories.intake import published
from tests.factories.patients import EpisodeFactory
from tests.factories.practice import StaffFactory
from tests.intake.test_intakes import answered

pytestmark = pytest.mark.django_db


def test_walk() -> None:
    actions.publish_protocol(
        protocol=compose(read_protocol_content(settings.BASE_DIR / "plans" / "content" / "back_pain")),
        now=timezone.now(),
    )
    staff = StaffFactory(roles=["physiotherapist"])
    episode = EpisodeFactory()
    client = Client()
    client.force_login(staff)
    version = published()
    start = client.post(f"/episodes/{episode.pk}/intakes/start/", {"questionnaire": version.pk})
    assert start.status_code == 302, start.content.decode()[:3000]
    page = client.get(start.url)
    assert page.status_code == 200
    intake = Intake.objects.get()
    saved = client.post(
        start.url, {"shown_complaint": '{"weeks_since_onset": null}', "weeks_since_onset": "5,5", "save": "complaint"}
    )
    assert saved.status_code == 302
    answered(intake)
    done = client.post(start.url, {"complete": "yes"})
    assert done.status_code == 302, done.content.decode()[:2000]
    suggestion = client.get(done.url)
    assert suggestion.status_code == 200
    adopt = client.get(f"/intakes/{intake.pk}/adopt/low_back_acute_profile_2/")
    assert adopt.status_code == 200
    form = adopt.context["form"]
    data = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    data = {k: v for k, v in data.items() if v is not None} | {"discussed": "on", "goal_text": "Weer tillen"}
    made = client.post(f"/intakes/{intake.pk}/adopt/low_back_acute_profile_2/", data)
    assert made.status_code == 302, made.context["form"].errors
    assert Plan.objects.get().life == "active"
    plan = client.get(made.url)
    assert plan.status_code == 200
    pdf = client.get(made.url + "plan.pdf?language=nl")
    assert pdf.content.startswith(b"%PDF")
    advice = client.get(f"/intakes/{intake.pk}/advice.pdf")
    assert advice.content.startswith(b"%PDF")
    assert client.get(f"/intakes/{intake.pk}/answers/").status_code == 200
    assert client.get(f"/intakes/{intake.pk}/follow-up/").status_code == 200
