"""Rows of the intake as bundles of FHIR R4. Reading rows is all that happens here; who may is the caller's to ask."""

import hashlib
import hmac

from django.conf import settings

from intake.domain.instrument_editing import alone
from intake.fhir.elements import Addresses, Resource, bundle
from intake.fhir.questionnaires import questionnaire_resources
from intake.fhir.responses import About, intake_resources
from intake.models import Intake, QuestionnaireVersion
from patients.models import Episode

RESPONSE_STATUSES = {"draft": "in-progress", "completed": "completed", "entered_in_error": "entered-in-error"}


def addresses() -> Addresses:
    """Where this practice names its resources."""
    return Addresses(settings.FHIR_ROOT.rstrip("/"))


def opaque(kind: str, key: object) -> str:
    """An id that leads nowhere without the key of the practice, and is the same in every export."""
    digest = hmac.new(settings.INDEX_KEY.encode(), f"fhir {kind} {key}".encode(), hashlib.sha256).hexdigest()
    return digest[:32]


def subject_of(episode: Episode) -> str:
    """The nameless patient of an episode: the same in its intakes and plans, another one in another episode."""
    return opaque("subject", episode.pk)


def questionnaire_bundle(version: QuestionnaireVersion) -> Resource:
    """One version of a questionnaire with its value sets."""
    resources = questionnaire_resources(addresses(), [version.questionnaire], status=version.status)
    return bundle(addresses(), resources)


def instrument_bundle(version: QuestionnaireVersion, code: str) -> Resource:
    """One instrument of a version of a questionnaire as a questionnaire of its own. Raises `KeyError`."""
    instrument = alone(version.questionnaire, code)
    return bundle(addresses(), questionnaire_resources(addresses(), [instrument], status=version.status))


def intake_bundle(intake: Intake, *, with_text: bool = False) -> Resource:
    """The answers and findings of an intake with its questionnaire; texts, which may name people, only if asked for."""
    version = intake.questionnaire_version
    about = About(
        response=opaque("intake", intake.pk),
        subject=subject_of(intake.episode),
        day=intake.date,
        status=RESPONSE_STATUSES[intake.status],
        with_text=with_text,
    )
    mine = intake_resources(addresses(), version.questionnaire, intake.answers(), intake.findings(), about)
    asked = questionnaire_resources(addresses(), [version.questionnaire], status=version.status)
    return bundle(addresses(), [*mine, *asked])
