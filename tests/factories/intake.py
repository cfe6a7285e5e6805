"""Test data of the intake app: the shipped questionnaires, and intakes started on them."""

from functools import cache

import factory
from django.conf import settings
from django.utils import timezone

from intake import actions
from intake.domain.composing import compose_all
from intake.domain.questionnaire import Questionnaire
from intake.management.content_files import read_intake_content
from intake.models import Intake, PatientLink, QuestionnaireVersion
from patients.models import Episode
from tests.factories.patients import EpisodeFactory
from tests.factories.practice import StaffFactory


@cache
def shipped_questionnaires() -> dict[str, Questionnaire]:
    """The questionnaires of the content files, by code."""
    return compose_all(read_intake_content(settings.BASE_DIR / "intake" / "content"))


def published(code: str = "low_back") -> QuestionnaireVersion:
    """The shipped questionnaire of this code, published in the test's database."""
    actions.publish_questionnaire(questionnaire=shipped_questionnaires()[code], now=timezone.now())
    return QuestionnaireVersion.objects.get(code=code, status="published")


class IntakeFactory(factory.django.DjangoModelFactory):
    """A draft intake of a low-back complaint, with no answers."""

    class Meta:
        model = Intake

    episode = factory.SubFactory(EpisodeFactory)
    questionnaire_version = factory.LazyFunction(published)
    author = factory.SubFactory(StaffFactory, roles=["physiotherapist"])
    started_at = factory.LazyFunction(timezone.now)
    date = factory.LazyFunction(timezone.localdate)


def sent_link(
    episode: Episode | None = None, *, region: str = "low_back", language: str = "nl"
) -> tuple[PatientLink, str]:
    """A personal link whose region is chosen, unless it is empty, and its token."""
    episode = episode or EpisodeFactory()
    link, token = actions.send_patient_link(
        episode=episode, language=language, by=episode.opened_by, now=timezone.now()
    )
    if region:
        version = published(region)
        actions.choose_prepared_questionnaire(link=link, questionnaire_version=version, now=timezone.now())
    return PatientLink.objects.get(pk=link.pk), token
