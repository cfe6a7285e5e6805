"""Test data of the intake app: the shipped questionnaires, and intakes started on them."""

from functools import cache

import factory
from django.conf import settings
from django.utils import timezone

from intake import actions
from intake.domain.questionnaire import Questionnaire, compose_all
from intake.management.content_files import read_intake_content
from intake.models import Intake, QuestionnaireVersion
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
